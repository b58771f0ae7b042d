"""What is published is whole, checkable, readable by everyone, and asks nothing of any other
host.
"""

import base64
import csv
import getpass
import hashlib
import json
import re
import sys
import tempfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import paths
from analysis.estimate.verdict import OUTCOMES
from analysis.finding import Finding
from analysis.present.report import MADE_FROM, STAGE, Report
from analysis.present.tables import to_csv
from analysis.publish.cite import citations, first_sentence
from analysis.publish.site import build
from analysis.publish.site.layout import PAGES as BESIDE
from analysis.publish.site.pages import clean
from analysis.publish.site.registered import restated
from analysis.registers import lookup
from analysis.registers.published import published as published_figures
from analysis.registers.severity import counted_as

NOTEBOOKS = ("01-who-is-micro", "12-scorecard")
PAGES = (*BESIDE, *NOTEBOOKS)
COLUMNS = [
    "claim",
    "outcome",
    "source",
    "scheme",
    "estimand",
    "estimate",
    "low",
    "high",
    "unit",
    "claimed",
    "because",
    "test",
    "flip",
    "severity",
    "supported_if_false",
    "supported_if_true",
    "supported_if_no_difference",
    "as_asked",
    "fragile",
    "contradicted_if_true",
    "contradicted_if_false",
    "contradicted_if_no_difference",
]
VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}
each_page = pytest.mark.parametrize("page", PAGES)


class Page(HTMLParser):
    """The elements of a page, each with its attributes and the names of those around it."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.around, self.text = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), tuple(self.around)))
        if tag not in VOID:
            self.around.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        assert tag in VOID

    def handle_endtag(self, tag):
        assert self.around.pop() == tag

    def handle_data(self, data):
        self.text.append((tuple(self.around), data))

    def of(self, tag):
        return [attributes for name, attributes, _ in self.elements if name == tag]

    def says(self, tag):
        return ["".join(data for around, data in self.text if around and around[-1] == tag).strip()]


def written(path):
    """The cells of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def pages(published):
    return {name: Page((published / f"{name}.html").read_text(encoding="utf-8")) for name in PAGES}


@pytest.fixture(scope="module")
def manifest(published):
    return json.loads((published / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def verdicts(published):
    with (published / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_manifest_names_every_file_with_its_hash(published, manifest):
    found = {
        path.relative_to(published).as_posix(): path
        for path in published.rglob("*")
        if path.is_file()
    }
    assert set(manifest["files"]) == set(found) - {"manifest.json"}
    assert {
        name: hashlib.sha256(found[name].read_bytes()).hexdigest() for name in manifest["files"]
    } == manifest["files"]


def test_the_manifest_names_what_the_report_was_made_from(manifest):
    assert (
        manifest["lock"]
        == hashlib.sha256((paths.ROOT / "requirements.lock").read_bytes()).hexdigest()
    )
    for name, notebook in manifest["notebooks"].items():
        assert (
            notebook["sha256"]
            == hashlib.sha256((paths.NOTEBOOKS / f"{name}.ipynb").read_bytes()).hexdigest()
        )
    assert list(manifest["sources"]) == sorted(
        key for key, source in lookup.sources().items() if source.evidence
    )
    for key, source in manifest["sources"].items():
        assert (
            source["sha256"]
            == hashlib.sha256((paths.CELLS / f"{key}.csv").read_bytes()).hexdigest()
        )
        assert source["licence"] == lookup.sources()[key].licence


def test_every_figure_is_there_as_svg_png_and_the_table_behind_it(published, manifest):
    assert list(manifest["figures"]) == ["F01a", "F01b", "F12a", "F12b"]
    assert {path.name for path in (published / "figures").iterdir()} == {
        f"{key}.{kind}"
        for key in manifest["figures"]
        for kind in ("svg", "phone.svg", "png", "csv")
    }
    for key, figure in manifest["figures"].items():
        assert figure["caption"] and figure["source"] and len(figure["alt"]) >= 20
        assert figure["notebook"][:2] == key[1:3]


def test_verdicts_have_the_documented_columns_and_only_known_outcomes(verdicts):
    assert list(verdicts[0]) == COLUMNS
    assert {verdict["outcome"] for verdict in verdicts} <= set(OUTCOMES)
    assert {verdict["claim"] for verdict in verdicts} == set(lookup.claims())
    assert all(verdict["because"] for verdict in verdicts)


def test_a_verdict_that_an_interval_decides_has_one_and_the_others_have_none(verdicts):
    for verdict in verdicts:
        numbers = [verdict[name] for name in ("estimate", "low", "high")]
        if verdict["estimand"] == "all tests together":
            assert numbers == ["", "", ""]
        elif verdict["outcome"] in ("supported", "contradicted"):
            # an interval without an upper end, of a ratio whose denominator may be zero, leaves it
            # out
            estimate, low, high = (float(number or "inf") for number in numbers)
            assert low <= estimate <= high and low < float("inf")
        elif verdict["outcome"] in ("untestable", "document"):
            assert numbers == ["", "", ""]


def test_no_question_is_answered_twice(verdicts):
    questions = [
        tuple(verdict[name] for name in ("claim", "source", "scheme", "estimand", "claimed"))
        for verdict in verdicts
    ]
    assert len(set(questions)) == len(questions)


def test_every_number_has_a_value_a_unit_and_its_notebook(published):
    numbers = json.loads((published / "numbers.json").read_text(encoding="utf-8"))
    assert len(numbers) >= 5
    for key, number in numbers.items():
        assert set(number) == {"value", "unit", "notebook"}
        assert number["value"] is None or isinstance(number["value"], float)
        assert number["unit"]
        assert re.fullmatch(r"\d\d\.[a-z0-9._-]+", key) and key[:2] == number["notebook"][:2]


def test_the_numbers_of_outcomes_are_the_counts_of_verdicts(published, verdicts):
    numbers = json.loads((published / "numbers.json").read_text(encoding="utf-8"))
    counts = Counter(
        counted_as(row["outcome"], row["severity"], row["as_asked"]) for row in verdicts
    )
    assert len(counts) > 3
    for outcome, count in counts.items():
        assert numbers[f"12.{outcome.replace(' ', '-')}"]["value"] == count


def test_the_card_of_a_claim_shows_what_would_flip_it_and_how_severe_its_test_is(
    published, verdicts
):
    page = (published / "scorecard.html").read_text(encoding="utf-8")
    (card,) = re.findall(r'<article class="card" id="D06".*?</article>', page, re.S)
    heads = re.findall(r"<li data-facets.*?</li>", card, re.S)
    decided = [head for head in heads if "contradicted" in head]
    assert decided
    for head in decided:
        assert re.search(r"A bias of [\d.]+ % \(to [\d.]+\) would make this undecided; ", head)
        assert re.search(
            r"alone give [\d.]+, [\d.]+ \[.*\] times the ratio of .*, which is (not )?enough", head
        )
        assert "If the claim were true, this test would have contradicted it in" in head
    others = [head for head in heads if head not in decided]
    still = "If the claim were only just false, this test would still"
    assert all(still in head or "can hardly fail" in head for head in others)
    every = re.findall(r'<article class="card" id="(\w+)".*?</article>', page, re.S)
    assert len(every) == len({row["claim"] for row in verdicts})


@each_page
def test_a_page_forbids_scripts_and_all_that_is_not_its_own(published, pages, page):
    (policy,) = [
        meta["content"]
        for meta in pages[page].of("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for tag in ("script", "style"):
        (content,) = re.findall(
            rf"<{tag}>(.*?)</{tag}>",
            (published / f"{page}.html").read_text(encoding="utf-8"),
            re.DOTALL,
        )
        assert (
            rules[f"{tag}-src"]
            == f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
        )
    assert not [
        rule for rule in rules if rule.startswith(("connect-src", "frame-src", "object-src"))
    ]
    assert "http" not in policy and "*" not in policy
    assert pages[page].of("iframe") + pages[page].of("object") + pages[page].of("link") == []
    assert pages[page].of("script") == [{}]
    assert [
        name
        for _, attributes, _ in pages[page].elements
        for name in attributes
        if name.startswith("on")
    ] == []


@each_page
def test_a_page_loads_nothing_from_elsewhere(published, pages, page):
    for tag, attributes, _ in pages[page].elements:
        for name in ("src", "href", "srcset", "poster", "action", "data"):
            address = attributes.get(name, "")
            if re.match(r"\s*([a-z+.-]+:|//)", address, re.IGNORECASE):
                assert (
                    address.startswith("data:image/")
                    if tag == "img"
                    else tag == "a" and address.startswith(("https://", "http://", "mailto:"))
                )
    assert not re.search(r"@import|url\(", (published / f"{page}.html").read_text(encoding="utf-8"))


@each_page
def test_every_link_within_the_report_leads_somewhere(published, pages, page):
    known = {
        name: {attributes["id"] for _, attributes, _ in pages[name].elements if "id" in attributes}
        for name in PAGES
    }
    addresses = [a["href"] for a in pages[page].of("a") if "href" in a and "://" not in a["href"]]
    assert len(addresses) > 3
    for address in addresses:
        file, _, part = address.partition("#")
        assert not file or (published / file).is_file(), address
        if part and "=" not in part:  # what a filter shows is tested in a browser
            assert part in known[Path(file).stem if file else page], address


@each_page
def test_a_page_has_a_language_a_title_and_one_heading_of_the_first_order(pages, page):
    assert pages[page].of("html") == [{"lang": "en"}]
    (title,) = pages[page].says("title")
    assert title.endswith(" · micro-vs-macro") and len(title) > len(" · micro-vs-macro")
    assert len(pages[page].of("h1")) == 1


@pytest.mark.parametrize("page", ["figures", *NOTEBOOKS])
def test_every_picture_is_described(pages, page):
    pictures = pages[page].of("img")
    assert len(pictures) >= 1
    assert [picture for picture in pictures if len(picture.get("alt", "")) < 20] == []


@pytest.mark.parametrize("page", sorted(set(PAGES) - {"figures", "index"}))
def test_the_heads_of_tables_survive(pages, page):
    tables = len(pages[page].of("table"))
    assert tables >= 1
    assert sum(tag == "thead" for tag, _, _ in pages[page].elements) == tables
    assert (
        len([1 for tag, _, around in pages[page].elements if tag == "th" and "thead" in around])
        >= 2 * tables
    )


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_code_is_folded_away(published, pages, page):
    executed = nbformat.read(published / "notebooks" / f"{page}.ipynb", as_version=4)
    cells = sum(cell.cell_type == "code" for cell in executed.cells)
    assert sum(details.get("class") == "code" for details in pages[page].of("details")) == cells
    blocks = [
        around
        for tag, attributes, around in pages[page].elements
        if "highlight" in attributes.get("class", "")
    ]
    assert len(blocks) >= cells
    assert all("details" in around for around in blocks)


def test_the_gallery_shows_every_figure_with_its_description_its_files_and_its_citation(
    published, pages, manifest
):
    page = pages["figures"]
    assert [article["id"] for article in page.of("article")] == list(manifest["figures"])
    assert [picture["alt"] for picture in page.of("img")] == [
        figure["alt"] for figure in manifest["figures"].values()
    ]
    given = {a["href"] for a in page.of("a") if "download" in a}
    assert given == {
        f"figures/{key}.{kind}" for key in manifest["figures"] for kind in ("svg", "png", "csv")
    }
    text = "".join(data for _, data in page.text)
    for key, figure in manifest["figures"].items():
        assert figure["caption"] in text and figure["alt"] in text
        assert text.count(first_sentence(figure["caption"])) >= 2  # also in its citation
        assert (
            citations(key, manifest)["apa"] in text and citations(key, manifest)["bibtex"] in text
        )
        assert len(written(published / "figures" / f"{key}.csv")) >= 2


def test_the_registers_are_shown_whole(pages):
    ids = {
        name: {attributes["id"] for _, attributes, _ in pages[name].elements if "id" in attributes}
        for name in BESIDE
    }
    assert (
        set(lookup.claims()) <= ids["claims"]
        and set(lookup.claims()) <= ids["index"] & ids["scorecard"]
    )
    assert set(published_figures()["id"]) <= ids["published"]
    assert {f"step-{key}" for key in lookup.quotations()} <= ids["quotations"]
    text = {name: "".join(data for _, data in pages[name].text) for name in BESIDE}
    for source in (source for source in lookup.sources().values() if source.evidence):
        assert source.cite in text["methods"] and all(
            limit in text["methods"] for limit in source.limits
        )


def test_who_restates_whom_is_counted_from_the_figures():
    found = {one["owner"]: one for one in restated(published_figures())}
    assert sum(one["figures"] for one in found.values()) == len(published_figures())
    frame = published_figures().query("data_owner == 'hypeauditor'")
    others = frame[~frame["directness"].str.startswith("primary")]
    assert found["hypeauditor"]["own"] == len(frame) - len(others)
    assert set(found["hypeauditor"]["others"]) == set(others["publisher_seen"])


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_a_page_shows_every_figure_and_caption_of_its_notebook(pages, manifest, page):
    keys = [key for key, figure in manifest["figures"].items() if figure["notebook"] == page]
    assert keys == [figure["id"] for figure in pages[page].of("figure")]
    for key in keys:
        assert manifest["figures"][key]["alt"] in [
            picture["alt"] for picture in pages[page].of("img")
        ]


def test_nothing_that_is_published_reveals_this_machine_or_this_run(published):
    words = {
        str(paths.ROOT),
        str(Path.home()),
        sys.prefix,
        tempfile.gettempdir(),
        f"/{getpass.getuser()}/",
        "/home/",
        "/Users/",
        "ipykernel_",
    }
    for path in (path for path in published.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert [word for word in words if word.rstrip("/") and word.encode() in content] == [], (
            path.name
        )
        assert not re.search(rb" at 0x[0-9a-f]{6,}", content), (
            f"{path.name} holds an address in memory"
        )


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<a href="javascript:alert(1)">a</a>',
        '<a href=" java\nscript:alert(1)">a</a>',
        '<a href="data:text/html,alert(1)">a</a>',
        '<a href="DATA:text/html,alert(1)">a</a>',
        '<a href=" da\nta:text/html,alert(1)">a</a>',
        '<img src="https://elsewhere.example/alert.png">',
        '<img src="//elsewhere.example/alert.png">',
        '<img src="data:text/html,alert(1)">',
        '<p style="background: url(https://elsewhere.example/alert)">a</p>',
        "<style>@import 'https://elsewhere.example/alert.css'</style>",
        '<link rel="stylesheet" href="https://elsewhere.example/alert.css">',
        '<meta http-equiv="refresh" content="0; url=https://elsewhere.example/alert">',
        '<iframe src="https://elsewhere.example/alert"></iframe>',
        '<svg onload="alert(1)"><script>alert(1)</script></svg>',
        '<form action="https://elsewhere.example/alert"><button>a</button></form>',
        '<base href="https://elsewhere.example/alert">',
        '<a href="http://elsewhere.example/alert">a</a>',
    ],
)
def test_what_could_act_or_ask_is_taken_out(html):
    assert "alert" not in clean(html)


def test_what_a_report_needs_is_kept():
    table = (
        '<table class="table"><thead><tr><th scope="col" '
        'colspan="2">head</th></tr></thead><tbody><tr><td>cell</td></tr></tbody></table>'
    )
    assert clean(table) == table
    figure = (
        '<figure id="F01a"><img alt="what is drawn" '
        'src="data:image/svg+xml;base64,PHN2Zy8+"><figcaption>c</figcaption></figure>'
    )
    assert Page(clean(figure)).of("img") == Page(figure).of("img")
    assert '<figure id="F01a">' in clean(figure)
    assert (
        clean("<h2>a</h2><ul><li><em>b</em> <code>c</code></li></ul>")
        == "<h2>a</h2><ul><li><em>b</em> <code>c</code></li></ul>"
    )
    assert (
        clean('<a href="https://example.org/paper">p</a>')
        == '<a href="https://example.org/paper" rel="noopener">p</a>'
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1"])
def test_text_that_a_spreadsheet_would_run_is_guarded(tmp_path, text):
    to_csv(
        pd.DataFrame({"who": [text, "a=b", "x"], "amount": [-1.5, 2.0, float("nan")]}),
        tmp_path / "out.csv",
    )
    head, first, *others = written(tmp_path / "out.csv")
    assert head == ["who", "amount"]
    assert (first[0].replace("\r", "\n"), first[1]) == ("'" + text.replace("\r", "\n"), "-1.5")
    assert others == [["a=b", "2"], ["x", ""]]


@pytest.mark.parametrize("text", ["a\r=1+1", "a\n=1+1", "a\r\n=1+1", 'a",=1+1\n=1+1'])
def test_text_does_not_break_out_of_its_cell(tmp_path, text):
    to_csv(pd.DataFrame({"who": [text, "x"], "amount": [1, 2]}), tmp_path / "out.csv")
    rows = written(tmp_path / "out.csv")
    assert [len(row) for row in rows] == [2, 2, 2]
    assert rows[1][0].splitlines() == text.splitlines()


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setenv(STAGE, str(tmp_path))
    return Report("03-sixty-percent", "2026-11")


ALT = "Two lines that cross at ten thousand followers."
DRAWN = pd.DataFrame({"x": [1, 2], "y": [3, 4]})


def said(headline="Something differs", alt=ALT):
    return Finding(headline, "a against b", "Bars: intervals.", alt)


@pytest.mark.parametrize("alt", ["", "a figure", " " * 40])
def test_a_figure_without_alt_text_is_refused(tmp_path, report, alt):
    with pytest.raises(
        ValueError, match=r"^figure 'F03a' needs an alt text of at least 20 characters"
    ):
        report.figure("F03a", Figure(), said(alt=alt), DRAWN, "a source")
    assert report.record["figures"] == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "headline", ["", " ", "a (b)", "nan percent", "likes_per_post", "word " * 15, "100 % to –"]
)
def test_a_headline_that_is_no_sentence_is_refused(headline):
    with pytest.raises(ValueError, match=r"^the headline "):
        said(headline)


def test_an_alt_text_that_only_repeats_the_caption_is_refused(report):
    caption = "Something is different here. a against b"
    made = Finding("Something is different here", "a against b", "", caption)
    with pytest.raises(ValueError, match=r"^figure 'F03a' needs .* does not only repeat"):
        report.figure("F03a", Figure(), made, DRAWN, "a source")


def test_a_key_is_used_once(report):
    report.figure("F03a", Figure(), said(), DRAWN, "a source")
    with pytest.raises(
        ValueError,
        match=r"^figures: the key 'F03a' is used twice in notebook 03-sixty-percent\. Keys so "
        r"far: F03a\.$",
    ):
        report.figure("F03a", Figure(), said("Another differs"), DRAWN, "a source")
    assert report.record["figures"]["F03a"]["caption"] == "Something differs. a against b"


def test_a_footer_is_drawn_as_it_stands(report):
    report.figure("F03a", Figure(), said(), DRAWN, r"costs in $\notmath$, own data")
    assert list(report.record["figures"]) == ["F03a"]


def test_a_figure_with_text_too_small_for_a_slide_is_refused(tmp_path, report):
    figure = Figure()
    figure.text(0.5, 0.5, "a remark", fontsize=12)
    with pytest.raises(
        ValueError,
        match=r"^figure 'F03a': text has at least 18 points on a slide, but 'a remark' has 12\.",
    ):
        report.figure("F03a", figure, said(), DRAWN, "a source")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("made_from", "words"), [("89abcdef", "89abcdef"), (None, "opened by hand")]
)
def test_a_footer_distinguishes_drafts(tmp_path, monkeypatch, made_from, words):
    monkeypatch.setenv(STAGE, str(tmp_path))
    if made_from:
        monkeypatch.setenv(MADE_FROM, made_from)
    Report("03-sixty-percent", "draft").figure("F03a", Figure(), said(), DRAWN, "a source")
    svg = (tmp_path / "figures" / "F03a.svg").read_text(encoding="utf-8")
    assert f"F03a · edition draft · {words} · a source" in svg


def a_stage(folder, *records):
    """A stage as complete runs leave it: an executed notebook and a record for each."""
    notebooks = []
    for record in records:
        content = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_markdown_cell(f"# Is {record['notebook']} <b>right</b> & true?")]
        )
        for path in (
            folder / "sources" / f"{record['notebook']}.ipynb",
            folder / "stage" / "notebooks" / f"{record['notebook']}.ipynb",
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(content, path)
        notebooks.append(folder / "sources" / f"{record['notebook']}.ipynb")
        path = folder / "stage" / "records" / f"{record['notebook']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(
                {"edition": "x", "figures": {}, "tables": {}, "numbers": {}, "verdicts": []}
                | record
            ),
            encoding="utf-8",
        )
    return folder / "stage", notebooks, {record["notebook"]: {"edition": "x"} for record in records}


def test_a_report_without_any_verdict_can_be_published(tmp_path):
    stage, notebooks, merged = a_stage(tmp_path, {"notebook": "09-new"})
    build.build(stage, notebooks, merged)
    assert (stage / "verdicts.csv").read_text(encoding="utf-8") == ",".join(COLUMNS) + "\n"
    assert "0 verdicts over tests" in (stage / "scorecard.html").read_text(encoding="utf-8")


def test_a_title_is_text(tmp_path):
    stage, notebooks, merged = a_stage(tmp_path, {"notebook": "09-new"})
    build.build(stage, notebooks, merged)
    for name in ("index", "09-new"):
        assert "Is 09-new &lt;b&gt;right&lt;/b&gt; &amp; true?" in (
            stage / f"{name}.html"
        ).read_text(encoding="utf-8")


def test_two_notebooks_must_not_answer_one_question_differently(tmp_path):
    verdict = dict.fromkeys(COLUMNS, "") | {
        "claim": "A12",
        "source": "tiktok-tides",
        "scheme": "tint",
        "estimate": 1.0,
        "low": 0.9,
        "high": 1.1,
    }
    records = [
        {"notebook": f"0{n}-one", "verdicts": [verdict | {"outcome": outcome}]}
        for n, outcome in enumerate(("supported", "undecided"))
    ]
    with pytest.raises(
        ValueError,
        match=r"^claim A12, source tiktok-tides, scheme tint: two notebooks answer supported, "
        r"undecided\.$",
    ):
        build.build(*a_stage(tmp_path, *records))
