"""A figure is cited with its edition and with those whose data it draws, in forms that other
programs read.
"""

import json
import re
import tomllib

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text

from analysis import paths
from analysis.publish import cite as citing
from analysis.publish.cite import citations, cite, drawn_from, issued, number, read
from analysis.publish.run.parameters import ParameterError
from analysis.registers.lookup import price_lists, sources

KIM, TIDES = sources()["instagram-kim"], sources()["tiktok-tides"]
SHORTS = {key: one.short for key, one in (sources() | price_lists()).items()}
FIGURE = {
    "caption": "Micro over macro: 1.18.",
    "alt": "A ratio.",
    "source": "typical account",
    "notebook": "02-engagement",
}
NASTY = r"50 % & more_than $x$ #1 {a} ~ ^ \ “up to” – −1 Füchslin, François"


def manifest(edition="2026-11", key="F02a", **figure):
    producers = {
        one.key: {"short": one.short, "cite": one.cite, "licence": one.licence}
        for one in (KIM, TIDES)
    }
    return {
        "project": {
            "title": "micro-vs-macro",
            "authors": ["The micro-vs-macro project"],
            "version": "0.2.0",
        },
        "edition": edition,
        "commit": "0123456789ab",
        "notebooks": {"02-engagement": {"made_from": "89abcdef"}},
        "producers": producers,
        "figures": {key: FIGURE | {"sources": ["instagram-kim"]} | figure},
    }


def fields(bibtex):
    """The fields of an entry, each on a line of its own, without the braces around it."""
    lines = [line.strip() for line in bibtex.splitlines()[1:-1]]
    return {line.split(" = {", 1)[0]: line.split(" = {", 1)[1].removesuffix("},") for line in lines}


def test_a_citation_names_figure_finding_edition_version_commit_and_producers():
    apa = citations("F02a", manifest())["apa"]
    assert apa == (
        "The micro-vs-macro project. (2026, November). Micro over macro: 1.18 [Figure F02a]. In "
        "micro-vs-macro, edition 2026-11, "
        f"version 0.2.0, commit 0123456789ab. Drawn from: typical account. Data: {KIM.cite} "
        f"(Licence: {KIM.licence})"
    )
    assert "\n" not in apa


def test_a_figure_drawn_from_no_data_set_blames_none():
    citation = citations(
        "F04b", manifest(key="F04b", sources=[], source="SIMULATED worlds, seed 20")
    )
    assert citation["apa"].endswith("Drawn from: SIMULATED worlds, seed 20.")
    assert "Data:" not in citation["bibtex"] + citation["csl"]["note"]


def test_every_producer_is_named():
    citation = citations("F02a", manifest(sources=["instagram-kim", "tiktok-tides"]))
    for one in (KIM, TIDES):
        assert one.cite in citation["apa"]
        assert one.cite in citation["csl"]["note"]
        assert one.cite in LatexNodes2Text().latex_to_text(citation["bibtex"])


def test_a_draft_has_no_date():
    citation = citations("F02a", manifest("draft"))
    assert "(n.d.)" in citation["apa"]
    assert "edition draft (made from 89abcdef)" in citation["apa"]
    assert "issued" not in citation["csl"]
    assert not {"year", "month"} & set(fields(citation["bibtex"]))


@pytest.mark.parametrize(
    ("edition", "date"),
    [("2026-11", (2026, 11)), ("2026-11b", (2026, 11)), ("2026-13", ()), ("draft", ())],
)
def test_an_edition_is_dated_by_its_name_alone(edition, date):
    assert issued(edition) == date


def test_csl_has_the_fields_that_the_format_knows():
    item = citations("F02a", manifest())["csl"]
    assert (item["type"], item["number"], item["edition"], item["version"]) == (
        "graphic",
        "F02a",
        "2026-11",
        "0.2.0",
    )
    assert item["author"] == [{"literal": "The micro-vs-macro project"}]
    assert item["issued"] == {"date-parts": [[2026, 11]]}
    assert json.loads(json.dumps(item)) == item


def test_bibtex_survives_every_mark_that_tex_reads_as_a_command():
    citation = fields(citations("F02a", manifest(caption=NASTY))["bibtex"])
    assert r"50 {\%} {\&} more{\_}than {\$}x{\$} {\#}1 {\{}a{\}}" in citation["title"]
    assert citation["title"].isascii()
    read = LatexNodes2Text().latex_to_text(citation["title"].strip("{}"))
    assert (
        re.sub(".(?= \\\\)", "^", read).replace("-1", "−1") == NASTY
    )  # TeX sets its own circumflex and minus


@given(
    st.text(
        st.characters(min_codepoint=32, max_codepoint=0x17E, exclude_characters="\x7f"),
        min_size=1,
        max_size=40,
    )
)
def test_no_caption_can_unbalance_the_braces(caption):
    entry = citations("F02a", manifest(caption=caption))["bibtex"]
    depth = 0
    for before, mark in zip(f" {entry}", entry, strict=False):
        depth += (mark == "{") - (mark == "}") if before != "\\" else 0
        assert depth >= 0
    assert depth == 0


def test_sources_are_those_that_the_table_or_the_footer_names():
    citation = FIGURE | {"alt": "TikTok (TIDES) does not have it."}
    assert drawn_from(citation, "source\nInstagram (Kim et al.)\n", SHORTS) == ["instagram-kim"]
    assert drawn_from(citation | {"source": "TikTok (DataRes)"}, "x\n1\n", SHORTS) == [
        "tiktok-datares"
    ]
    assert drawn_from(citation, "x\n1\n", SHORTS) == ["tiktok-tides"]
    assert drawn_from(FIGURE, "x\n1\n", SHORTS) == []
    assert drawn_from(FIGURE, "name\nacme\n", {"own": "acme", "part": "acm"}) == ["own"]


def test_every_figure_of_a_report_can_be_cited(published):
    citation = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    for key in citation["figures"]:
        assert f"[Figure {key}]" in citations(key, citation)["apa"]
    assert citation["figures"]["F01a"]["sources"] == []
    assert "agency-armenia" in citation["figures"]["F12a"]["sources"]
    cited = {source for figure in citation["figures"].values() for source in figure["sources"]}
    assert set(citation["producers"]) == cited


@pytest.mark.parametrize(
    ("entry", "citation"),
    [
        ({"value": 1.0377358, "unit": "ratio"}, "1.04 ratio (unrounded: 1.0377358)"),
        ({"value": 5.0, "unit": "percent"}, "5.00 %"),
        ({"value": 12345.0, "unit": "accounts"}, "12,345 accounts"),
        ({"value": 0.2, "unit": ""}, "0.200"),
        ({"value": None, "unit": "ratio"}, "–"),
    ],
)
def test_a_number_is_rounded_for_a_slide_and_given_in_full_where_that_differs(
    published, monkeypatch, entry, citation
):
    files = {
        "manifest.json": read(published, "manifest.json"),
        "numbers.json": {"one": entry | {"notebook": "01-who-is-micro"}},
    }
    monkeypatch.setattr(citing, "read", lambda _, name: files[name])
    assert number("one", published).splitlines()[0] == citation


def test_a_number_is_given_with_its_notebook_and_edition(published):
    key, entry = next(
        iter(json.loads((published / "numbers.json").read_text(encoding="utf-8")).items())
    )
    value, where, citation = number(key, published).splitlines()
    assert where == f"notebook {entry['notebook']}, edition 2026-11"
    name = f"[Number {key} of notebook {entry['notebook']}]"
    assert citation.startswith(
        f"The micro-vs-macro project. (2026). {value} {name}. In micro-vs-macro, edition 2026-11, "
        f"version "
    )


def test_an_unknown_key_gives_the_nearest_names(published):
    with pytest.raises(
        ParameterError, match=r"^figure 'F01c' is not in this report\. Nearest of its 4: F01b, "
    ):
        cite("F01c", published, "apa")
    with pytest.raises(
        ParameterError,
        match=r"^number '12\.suported' is not in this report\. Nearest of its \d+: 12\.supported, ",
    ):
        number("12.suported", published)


def test_a_folder_that_is_no_report_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"has no manifest\.json, so it is not a report\."):
        cite("F01a", tmp_path, "apa")


def test_citation_cff_is_valid():
    schema = json.loads(
        (paths.ROOT / "tests" / "reference" / "cff-1.2.0.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.Draft7Validator.check_schema(schema)
    citation = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(citation)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(citation | {"licence": "MIT"})


def test_one_version_everywhere():
    declared = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]["version"]
    cff = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = (
        (paths.ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1].splitlines()[0]
    )
    assert cff["version"] == declared
    assert newest == f"{declared}, {cff['date-released']}"
