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
from analysis.estimate.averages import AVERAGES
from analysis.publish import cite as citing
from analysis.publish.bibliography import MOST_WORDS, issued, project
from analysis.publish.cite import citations, cite, drawn_from, number, read
from analysis.publish.cite_verdict import rows, verdict_citations
from analysis.publish.run.parameters import ParameterError
from analysis.registers.lookup import claims, price_lists, sources

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
        f"version 0.2.0, commit 0123456789ab. Data: {KIM.cite} "
        f"(Licence: {KIM.licence}) Average: typical account."
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


def test_a_draft_has_the_year_of_its_version_and_no_month():
    citation = citations("F02a", manifest("draft"))
    year = project()["released"][:4]
    assert f"({year})." in citation["apa"] and "n.d." not in citation["apa"]
    assert "edition draft (made from 89abcdef)" in citation["apa"]
    assert citation["csl"]["issued"] == {"date-parts": [[int(year)]]}
    assert fields(citation["bibtex"])["year"] == year
    assert "month" not in fields(citation["bibtex"])
    assert citation["short"].endswith("micro-vs-macro, edition draft 89abcdef.")


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
        f"The micro-vs-macro project. (2026, November). {value} {name}. In micro-vs-macro, "
        f"edition 2026-11, version "
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


# --- for a slide, over the newest edition

NEWEST = max(path for path in paths.REPORTS.iterdir() if issued(path.name))
CITED = read(NEWEST, "manifest.json")
VERDICTS = rows(NEWEST)
JUDGED = sorted({row["claim"] for row in VERDICTS} & set(claims()))


@pytest.mark.parametrize("key", sorted(CITED["figures"]))
def test_a_figure_is_cited_on_a_slide_in_at_most_25_words_with_edition_and_data(key):
    citation = citations(key, CITED)
    assert len(citation["short"].split()) <= MOST_WORDS
    assert f"Figure {key}." in citation["short"]
    assert f"micro-vs-macro, edition {NEWEST.name}." in citation["short"]
    assert not [average for average in AVERAGES if average in citation["short"]]
    drawn = citation["apa"].partition("Data: ")[2].partition("Average: ")[0]
    assert not [average for average in AVERAGES if average in drawn]
    assert "n.d." not in citation["apa"]
    sources = CITED["figures"][key]["sources"]
    assert bool(sources) == (" more source" in citation["short"] or any(
        CITED["producers"][source]["short"] in citation["short"] for source in sources
    ))  # fmt: skip


def test_a_figure_of_simulated_data_says_so_on_a_slide():
    made_up = [
        key
        for key, figure in CITED["figures"].items()
        if "SIMULATED" in figure["caption"] + figure["source"]
    ]
    assert len(made_up) > 4
    for key in made_up:
        assert "simulated data" in citations(key, CITED)["short"]


@pytest.mark.parametrize("key", JUDGED)
def test_a_verdict_is_cited_on_a_slide_in_at_most_25_words(key):
    short = verdict_citations(key, CITED, VERDICTS)["short"]
    assert len(short.split()) <= MOST_WORDS
    assert re.match(rf"Claim {key}\b", short)
    assert short.endswith(f"micro-vs-macro, edition {NEWEST.name}.")
    words = "supported|contradicted|undecided|no data|settled by reading"
    assert re.search(words, short)
    assert not re.search(r"nan\b|–\]|untestable|easily-|(?<!\d)-0 %", short)


@pytest.mark.parametrize("key", JUDGED)
def test_a_verdict_is_cited_in_full_with_every_reading_and_source(key):
    citation, claim = verdict_citations(key, CITED, VERDICTS), claims()[key]
    assert claim.paraphrase.rstrip(".") in citation["apa"]
    assert f"[Verdict on claim {key}]" in citation["apa"]
    assert "n.d." not in citation["apa"] and "untestable" not in citation["apa"]
    for row in VERDICTS:
        own = row["claim"] == key and row["scheme"] in ("", claim.scheme)
        if own and row["estimate"] and row["source"] in sources():
            source = sources()[row["source"]]
            assert source.short in citation["apa"] and source.cite.rstrip(".") in citation["apa"]
    assert json.loads(json.dumps(citation["csl"])) == citation["csl"]


def test_readings_of_a_claim_are_never_added_up():
    citation = verdict_citations("D06", CITED, VERDICTS)
    for text in (citation["apa"], citation["short"]):
        assert re.search(r"(?<!at most )\+60 %.*contradicted.*at most \+60 %.*supported", text)
    assert "micro (1K to 5K followers) against macro (10K to 25K followers)" in citation["apa"]


def test_the_command_cites_a_verdict_and_a_slide(capsys):
    assert cite("D06", NEWEST, "apa").startswith("The micro-vs-macro project. (2026, ")
    assert cite("F03a", NEWEST, "short") == citations("F03a", CITED)["short"]
    with pytest.raises(ParameterError, match=r"^claim 'D99' is not in this report"):
        cite("D99", NEWEST, "apa")


def test_persons_groups_and_the_address_are_cited_as_each_form_has_them():
    about = {
        "title": "micro-vs-macro",
        "version": "1.0.0",
        "authors": [{"given": "Ana Maria", "family": "Müller"}, "A group"],
        "address": "https://example.org/micro",
    }
    citation = citations("F02a", manifest() | {"project": about})
    assert citation["apa"].startswith("Müller, A. M., & A group. (2026, November).")
    assert "commit 0123456789ab. https://example.org/micro Data:" in citation["apa"]
    assert citation["csl"]["author"] == [about["authors"][0], {"literal": "A group"}]
    assert citation["csl"]["URL"] == about["address"]
    bibtex = fields(citation["bibtex"])
    assert bibtex["url"] == about["address"] and bibtex["edition"] == "2026-11"
    read_again = LatexNodes2Text().latex_to_text(bibtex["author"])
    assert read_again == "Müller, Ana Maria and A group"
    assert citation["short"].endswith(about["address"])


def test_who_made_the_project_and_its_address_are_settings_of_citation_cff():
    cff = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert project()["address"] == (cff.get("url") or cff.get("repository-code", ""))
    assert len(project()["authors"]) == len(cff["authors"])


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
