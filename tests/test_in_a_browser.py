"""Nothing that comes from a file can act in a page: hostile text in every field, in a real browser, with and without the sanitiser."""

import shutil
from contextlib import contextmanager
from html import escape

import nbformat
import pandas as pd
import pytest

from analysis.evidence.registers import sources
from analysis.present.tables import to_html
from analysis.publish import check, pages, site

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed, so no page is opened")
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine, so no page is opened")

FIRE = "window.fired=1"
AWAY = "http://evil.example"
PAYLOADS = [
    f"<script>{FIRE}</script>",
    f"<SCRIPT>{FIRE}</SCRIPT >",
    f"<scr<script>ipt>{FIRE}</scr</script>ipt>",
    f'"><script>{FIRE}</script>',
    f"'><script>{FIRE}</script>",
    f"</title><script>{FIRE}</script>",
    f"</style><script>{FIRE}</script>",
    f"</textarea><script>{FIRE}</script>",
    f"--><script>{FIRE}</script>",
    f"]]><script>{FIRE}</script>",
    f"</script><script>{FIRE}</script>",
    f"<img src=x onerror={FIRE}>",
    f"<img src=x onerror='{FIRE}'",
    f'" onerror="{FIRE}" x="',
    f'x" onmouseover="{FIRE}',
    f"x' onmouseover='{FIRE}",
    f"<img/src=x/onerror={FIRE}>",
    f"<IMG SRC=x ONERROR={FIRE}>",
    f"<svg onload={FIRE}>",
    f"<svg><script>{FIRE}</script></svg>",
    f"<svg><animate onbegin={FIRE} attributeName=x dur=1s></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={FIRE}>",
    f"<body onload={FIRE}>",
    f"<details open ontoggle={FIRE}><summary>x</summary></details>",
    f"<video><source onerror={FIRE}></video>",
    f"<audio src=x onerror={FIRE}></audio>",
    f"<input autofocus onfocus={FIRE}>",
    f"<select autofocus onfocus={FIRE}></select>",
    f"<div onmouseover={FIRE}>x</div>",
    f"<p style='animation:x 1s' onanimationstart={FIRE}>x</p>",
    f'<a href="javascript:{FIRE}">x</a>',
    f'<a href=" java&#10;script:{FIRE}">x</a>',
    f"[x](javascript:{FIRE})",
    f"![x](x' onerror='{FIRE})",
    f"<iframe src=\"javascript:parent.{FIRE}\"></iframe>",
    f'<iframe srcdoc="<script>parent.{FIRE}</script>"></iframe>',
    f"<object data=\"data:text/html,<script>parent.{FIRE}</script>\"></object>",
    f"<embed src=\"data:text/html,<script>parent.{FIRE}</script>\">",
    f"<form><button formaction=\"javascript:{FIRE}\">x</button></form>",
    f"<template><script>{FIRE}</script></template><noscript><p title=\"</noscript><img src=x onerror={FIRE}>\">",
    f"{{{{7*7}}}}<script>{FIRE}</script>{{% raw %}}",
    f"$<img src=x onerror={FIRE}>$",
    f"<xmp><p title=\"</xmp><svg/onload={FIRE}>\">",
    f"\u202e<img src=x onerror={FIRE}>",
    f"<img src={AWAY}/a.png>",
    f"![x]({AWAY}/b.png)",
    f"<script src={AWAY}/c.js></script>",
    f"<link rel=stylesheet href={AWAY}/d.css>",
    f"<style>@import url({AWAY}/e.css); body {{ background: url({AWAY}/f.png) }}</style>",
    f"<p style=\"background:url({AWAY}/g.png)\">x</p>",
    f"<iframe src={AWAY}/h></iframe>",
    f"<base href={AWAY}/><img src=i.png>",
    f"<svg><image href={AWAY}/j.png /><use href={AWAY}/k.svg#x /></svg>",
    f"<video poster={AWAY}/l.png src={AWAY}/m.mp4></video>",
    f"<link rel=prefetch href={AWAY}/n>",
]  # fmt: skip
GOES_AWAY = f'<meta http-equiv=refresh content="0;url={AWAY}/o">'
"""Only the sanitiser stops this one: no policy in a page forbids it to send its reader on."""


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, tmp_path):
    """A function that opens HTML, touches all in it, and says what fired, what was asked for, and what the console told."""
    context = browser.new_context()

    def look(html):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        page, asked, told = context.new_page(), [], []

        def pass_on(route):
            local = route.request.url.startswith(("file:", "data:", "about:"))
            asked.extend([] if local else [route.request.url])
            route.continue_() if local else route.abort()

        page.on("console", lambda message: told.append(message.text))
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.route("**/*", pass_on)  # what the policy stops never comes so far
        page.goto(path.as_uri(), wait_until="load")
        page.evaluate(
            """() => { for (const one of document.querySelectorAll("*")) {
                 for (const kind of ["mouseover", "focus", "toggle", "animationstart"]) one.dispatchEvent(new Event(kind));
                 if ((one.href || "").startsWith?.("javascript:") || one.matches("button")) one.click(); } }"""
        )
        page.wait_for_timeout(20)
        fired = page.evaluate("window.fired === 1")
        heads = page.evaluate("document.querySelectorAll('th').length")
        page.close()
        return fired, asked, told, heads

    yield look
    context.close()


def notebook_page(tmp_path, payload):
    """A page of a notebook with a text in every field that a reader's data can reach."""
    new = nbformat.v4
    table = to_html(pd.DataFrame({"account": [payload], payload: ["x"]}), payload, payload)
    figure = (
        f'<figure id="F01a"><img alt="{escape(payload)}" src="data:image/png;base64,AA"><figcaption>{escape(payload)}</figcaption></figure>'
    )
    raw = f"<p>{payload}</p>"
    outputs = [new.new_output("display_data", {"text/html": html, "text/plain": payload}) for html in (table, figure, raw)]
    outputs += [new.new_output("stream", text=payload), new.new_output("display_data", {"text/plain": payload})]
    cells = [new.new_markdown_cell(f"# {payload}\n\n{payload}"), new.new_code_cell(f"# {payload}", outputs=outputs)]
    path = tmp_path / "01-hostile.ipynb"
    nbformat.write(new.new_notebook(cells=cells), path)
    return pages.page(path, payload, [{"name": "01-hostile", "title": payload}])


def index_page(payload):
    """The first page of a report, with a text in what a source and a figure say of themselves."""
    source = {name: [payload] if name == "limits" else payload for name in site.SHOWN}
    figures = {"F01a": {"alt": payload, "caption": payload, "source": payload}}
    entry = {"name": "01-hostile", "title": payload, "record": {"edition": payload, "figures": figures}}
    verdict = {name: "" for name in site.Verdict._fields} | {
        "claim": "D06",
        "outcome": "undecided",
        "source": "own",
        "because": payload,
        "claimed": payload,
    }
    verdict |= {"estimate": 1.0, "low": 0.5, "high": 2.0, "unit": "ratio", "estimand": payload}
    return site._index([entry], pd.DataFrame([verdict]), {"own": source | {"title": payload}})


def check_page(tmp_path, payload):
    """What `check` says of a file with a text in its name, its header and its cells."""
    quoted = '"' + payload.replace('"', '""') + '"'
    name = "".join(letter for letter in payload if letter not in "/\0\n")[:60]
    path = tmp_path / f"{name}.csv"
    head = f'account_id,platform,followers,likes,niche,"{payload.replace(chr(34), chr(34) * 2)}"'
    path.write_text(f"{head}\n{quoted},x,10,{quoted},{quoted},1\n@{quoted},x,10,1.2K,a,1\n".replace('@"', '"@'), encoding="utf-8")
    return check.as_html(check.check(path, show_names=True))


@contextmanager
def sanitiser(on):
    exporter = pages._exporter()
    exporter.register_filter("clean", pages.clean if on else lambda html: html)
    try:
        yield
    finally:
        exporter.register_filter("clean", pages.clean)


def test_the_probes_fire_where_nothing_holds_them(visit):
    found = [visit(f"<!DOCTYPE html><title>x</title><p>{payload}</p>")[:2] for payload in PAYLOADS]
    assert len(PAYLOADS) >= 50
    assert sum(fired for fired, _ in found) >= 25
    assert sum(bool(asked) for _, asked in found) >= 8


@pytest.mark.parametrize("on", [True, False], ids=["with the sanitiser", "with the policy alone"])
def test_nothing_in_a_notebook_fires_or_asks_for_anything(visit, tmp_path, on):
    wrong = {}
    with sanitiser(on):
        for payload in PAYLOADS + [GOES_AWAY] * on:
            fired, asked, told, heads = visit(notebook_page(tmp_path, payload))
            if fired or asked or (on and (told or heads != 2)):
                wrong[payload] = (fired, asked, told, heads)
    assert wrong == {}


def test_nothing_that_a_source_or_figure_says_of_itself_fires_on_the_first_page(visit):
    wrong = {payload: found for payload in [*PAYLOADS, GOES_AWAY] if any((found := visit(index_page(payload)))[:2])}
    assert wrong == {}


def test_nothing_in_a_file_fires_where_it_is_checked(visit, tmp_path):
    wrong = {payload: found for payload in [*PAYLOADS, GOES_AWAY] if any((found := visit(check_page(tmp_path, payload)))[:3])}
    assert wrong == {}


def test_a_published_report_asks_for_nothing_and_its_console_stays_empty(published, browser):
    context = browser.new_context()
    page, asked, told = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    for path in sorted(published.glob("*.html")):
        page.goto(path.as_uri(), wait_until="load")
    context.close()
    assert len(sources()) and len(asked) >= 3
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert told == []
