"""The site works for those who use it: filters, copying, downloads, keyboard, phone, dark, print,
and no request to another host.
"""

import csv
import functools
import http.server
import json
import threading
from collections import defaultdict
from pathlib import Path

import pytest

from analysis.publish.cite import citations
from analysis.publish.site.layout import PAGES
from analysis.registers.lookup import claims, sources
from analysis.registers.published import published as published_figures
from analysis.registers.severity import counted_as

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed, so no page is opened"
)
NAMES = [*PAGES, "01-who-is-micro", "12-scorecard"]
FILTERED = {"scorecard": len(claims()), "claims": len(claims()), "figures": 4}
FILTERED["published"] = len(published_figures())


@pytest.fixture(scope="module")
def served(published):
    """The address of the report on a web server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=published)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(browser):
    """One page of the browser, at the size of a desk."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page, published):
    """A function that opens a page of the report from the file system."""

    def go(address, width=1440, scheme="light", media="screen"):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, media=media)
        # else an address that differs in its hash alone would not be loaded anew
        page.goto("about:blank")
        page.goto(f"{published.as_uri()}/{address}")
        return page

    return go


def visible(page, selector="[data-entry]"):
    return page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)]
             .filter((one) => one.checkVisibility()).length""",
        selector,
    )


def choices(page, name):
    """Values of a list and the number that stands behind each."""
    options = page.locator(f"select[name='{name}'] option").evaluate_all(
        "all => all.map((one) => [one.value, one.textContent])"
    )
    return {value: int(text.rpartition("(")[2].rstrip(")")) for value, text in options}


@pytest.mark.parametrize("place", ["file", "host"])
def test_no_page_asks_another_host_or_fails_to_get_what_it_asks_for(
    browser, published, served, place
):
    context = browser.new_context()
    page, asked, wrong = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: wrong.append((request.url, request.failure)))
    page.on(
        "response", lambda response: wrong.append(response.url) if response.status >= 400 else None
    )
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    base = published.as_uri() if place == "file" else served
    for path in sorted(published.glob("*.html")):
        page.goto(f"{base}/{path.name}", wait_until="load")
        assert len(page.inner_text("main")) > 500, path.name
        page.evaluate("for (const one of document.images) one.loading = 'eager'")
        assert (
            page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
            is not None
        )
    context.close()
    asked = [url for url in asked if not url.endswith("/favicon.ico")]
    assert len(asked) >= len(NAMES) + 4
    assert [url for url in asked if not url.startswith((base, "data:"))] == []
    assert [one for one in wrong if "favicon" not in str(one) and "404" not in str(one)] == []


@pytest.mark.parametrize(("name", "total"), FILTERED.items())
def test_each_choice_shows_as_many_entries_as_it_says(opened, name, total):
    page = opened(f"{name}.html")
    lists = page.locator("form.filters select").evaluate_all("all => all.map((one) => one.name)")
    assert lists and visible(page) == total
    for one in lists:
        offered = choices(page, one)
        assert offered[""] == total and min(offered.values()) >= 1
        for value in list(offered)[1:4]:
            page.select_option(f"select[name='{one}']", value)
            assert visible(page) == offered[value]
            assert (
                page.locator("form.filters output")
                .first.text_content()
                .startswith(f"{offered[value]} of {total} ")
            )
        page.select_option(f"select[name='{one}']", "")
    assert visible(page) == total


def test_the_numbers_behind_the_choices_are_those_of_the_verdicts(opened, published):
    with (published / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        own = [
            row
            for row in csv.DictReader(file)
            if row["scheme"] in ("", claims()[row["claim"]].scheme)
        ]
    said, both = defaultdict(set), set()
    for row in own:
        # what a test that can hardly fail supports has a choice of its own
        counts_as = counted_as(row["outcome"], row["severity"], row["as_asked"])
        said[counts_as].add(row["claim"])
        if counts_as == "supported" and row["source"] == "tiktok-tides":
            both.add(row["claim"])
    page = opened("scorecard.html")
    assert choices(page, "outcome") == {"": len(claims())} | {
        outcome: len(keys) for outcome, keys in said.items()
    }
    page.select_option("select[name=outcome]", "supported")
    short = sources()["tiktok-tides"].short
    assert choices(page, "source")[short] == len(both)
    page.select_option("select[name=source]", short)
    assert (
        set(page.locator("article.card:visible").evaluate_all("all => all.map((one) => one.id)"))
        == both
    )
    assert page.locator(".answers li:visible .outcome:not(.supported)").count() == 0
    page.fill("input[name=words]", "word that no claim has")
    assert visible(page) == 0 and set(choices(page, "family").values()) == {0}
    page.click("button[type=reset]")
    playwright.expect(page.locator("form.filters output").first).to_have_text(
        f"{len(claims())} of {len(claims())} claims"
    )


def test_the_numbers_behind_published_figures_are_those_of_the_files(opened):
    frame = published_figures()
    page = opened("published.html")
    assert {k: n for k, n in choices(page, "confidence").items() if k} == frame[
        "confidence"
    ].value_counts().to_dict()
    assert {k: n for k, n in choices(page, "owner").items() if k} == frame[
        "data_owner"
    ].value_counts().to_dict()


def test_a_filtered_view_can_be_linked_and_a_plain_anchor_shows_its_claim(opened):
    page = opened("scorecard.html")
    page.select_option("select[name=outcome]", "contradicted")
    page.fill("input[name=words]", "engagement")
    address, shown = page.evaluate("location.hash"), visible(page)
    assert address == "#words=engagement&outcome=contradicted" and 0 < shown < 50
    page = opened(f"scorecard.html{address}")
    assert (
        visible(page),
        page.input_value("select[name=outcome]"),
        page.input_value("input[name=words]"),
    ) == (shown, "contradicted", "engagement")
    page.evaluate("location.hash = 'A09'")
    playwright.expect(page.locator("#A09 table")).to_be_visible()
    assert visible(page) == len(claims())
    page = opened("scorecard.html#outcome=nonsense&words=%E0%A4%A")
    assert page.input_value("select[name=outcome]") == ""


def test_all_can_be_reached_and_used_with_the_keyboard(opened):
    page = opened("scorecard.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "((one) => one.name || one.type || one.localName)(document.activeElement)"
            )
        )
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", (
            seen
        )
    expected = ["words", "outcome", "source", "platform", "family", "document", "reset"]
    assert seen[seen.index("words") :][: len(expected)] == expected
    page.focus("select[name=outcome]")
    page.keyboard.press("c")
    assert page.input_value("select[name=outcome]") == "contradicted" and visible(page) < len(
        claims()
    )
    page.focus(".card:visible summary >> nth=0")
    page.keyboard.press("Enter")
    assert page.locator(".card:visible table").first.is_visible()


def test_the_citation_goes_to_the_clipboard(browser, published, served):
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    cited = citations("F01a", manifest)
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served)
    page = context.new_page()
    page.goto(f"{served}/figures.html#F01a")
    page.click("#F01a button:has-text('Copy citation')")
    playwright.expect(page.locator("#F01a [role=status]").first).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == cited["apa"]
    page.click("#F01a summary:has-text('Citation')")
    for kind, wanted in (("BibTeX", cited["bibtex"]), ("CSL-JSON", cited["csl"])):
        page.click(f"#F01a button:has-text('{kind}')")
        playwright.expect(page.locator("#F01a details [role=status]")).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert (json.loads(copied) if kind == "CSL-JSON" else copied) == wanted
        page.evaluate("document.querySelector('#F01a details [role=status]').textContent = ''")
    context.close()


def test_where_the_clipboard_is_closed_the_citation_is_selected(browser, published):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(f"{published.as_uri()}/figures.html")
    page.click("#F12a button:has-text('Copy citation')")
    playwright.expect(page.locator("#F12a [role=status]").first).to_contain_text("Selected")
    assert page.evaluate("String(getSelection())").strip() == page.text_content("#F12a-apa").strip()
    context.close()


@pytest.mark.parametrize("kind", ["svg", "png", "csv"])
def test_a_download_gives_the_file(browser, published, served, tmp_path, kind):
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    page.goto(f"{served}/figures.html")
    with page.expect_download() as waiting:
        page.click(f"#F12b a[href$='.{kind}']")
    waiting.value.save_as(tmp_path / "given")
    assert waiting.value.suggested_filename == f"F12b.{kind}"
    original = published / "figures" / f"F12b.{kind}"
    assert (tmp_path / "given").read_bytes() == original.read_bytes()
    context.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_a_phone(opened, name):
    page = opened(f"{name}.html", width=360)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    wide = page.evaluate(
        """[...document.querySelectorAll('main *')]
             .filter((one) => one.getBoundingClientRect().right > 361 &&
               !one.closest('.table-box, pre') && !one.closest('.unseen'))
             .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert wide == []


def test_figures_bring_their_own_dark_paper(opened):
    page = opened("figures.html", scheme="dark")
    papers = page.locator("figure img").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert papers == ["rgba(0, 0, 0, 0)"] * 4
    source = (page.url.rpartition("/")[0] + "/figures/F01a.svg").removeprefix("file://")
    assert "prefers-color-scheme: dark" in Path(source).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["index", "scorecard", "published", "12-scorecard"])
def test_print_leaves_out_what_paper_cannot_use_and_cuts_nothing_off(opened, name):
    page = opened(f"{name}.html", scheme="dark", media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for selector in (".top", ".filters", ".side", "button", "details.code", "footer"):
        assert visible(page, selector) == 0
    heights = page.locator(".table-box:visible").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).maxHeight)"
    )
    assert set(heights) <= {"none"}
