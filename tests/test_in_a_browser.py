"""Nothing that comes from a file can act in a page: hostile text in every field, in a real browser,
with and without the sanitiser.
"""

from contextlib import contextmanager
from html import escape

import nbformat
import pandas as pd
import pytest

from analysis.estimate.verdict import Verdict
from analysis.present.tables import to_html
from analysis.publish import check
from analysis.publish.site import build, gallery, pages, registered, scorecard

MARK = "PAYLOAD"
FIRE = f"window.fired{MARK}=1"
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
"""Only escaping and the sanitiser stop this one: no policy in a page forbids it to send its reader
on.
"""

PAYLOADS = [payload.replace(MARK, str(number)) for number, payload in enumerate(PAYLOADS)]
"""Each sets a variable of its own, so that what fired can be told where several stand on one
page.
"""

ALL = [*PAYLOADS, GOES_AWAY]


@pytest.fixture(scope="module")
def visit(browser, tmp_path_factory):
    """A function that opens HTML, touches all in it, and says what fired, what was asked for, what
    the console told, and counts.
    """
    path = tmp_path_factory.mktemp("hostile") / "page.html"
    context = browser.new_context()
    page, asked, told = context.new_page(), [], []

    def pass_on(route):
        local = route.request.url.startswith(("file:", "data:", "about:"))
        asked.extend([] if local else [route.request.url])
        route.continue_() if local else route.abort()

    page.on("console", lambda message: told.append(message.text))
    page.on("dialog", lambda dialog: dialog.dismiss())
    context.route("**/*", pass_on)  # what the policy stops never comes so far

    def look(html, *counted):
        path.write_text(html, encoding="utf-8")
        page.goto(path.as_uri(), wait_until="load")
        fired, counts = page.evaluate(
            """async (counted) => {
                 for (const one of document.querySelectorAll("*")) {
                   for (const kind of ["mouseover", "focus", "toggle", "animationstart"]) one.dispatchEvent(new Event(kind));
                   if ((one.href || "").startsWith?.("javascript:") || one.matches("button[formaction]")) one.click(); }
                 for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
                 return [Object.keys(window).filter((name) => /^fired\\d+$/.test(name)),
                         counted.map((selector) => document.querySelectorAll(selector).length)]; }""",
            counted,
        )
        found = fired, [*asked], [*told], counts
        asked.clear(), told.clear()
        return found

    yield look
    context.close()


def notebook_page(tmp_path, payloads):
    """A page of a notebook with texts in every field that a reader's data can reach."""
    new, cells = nbformat.v4, []
    for payload in payloads:
        table = to_html(pd.DataFrame({"account": [payload], payload: ["x"]}), payload, payload)
        words = escape(payload)
        figure = f'<figure id="F01a"><img alt="{words}" src="data:image/png;base64,AA"><figcaption>{words}</figcaption></figure>'
        outputs = [
            new.new_output("display_data", {"text/html": html, "text/plain": payload})
            for html in (table, figure, f"<p>{payload}</p>")
        ]
        outputs += [
            new.new_output("stream", text=payload),
            new.new_output("display_data", {"text/plain": payload}),
        ]
        cells += [
            new.new_markdown_cell(f"# {payload}\n\n{payload}\n\n## {payload}"),
            new.new_code_cell(f"# {payload}", outputs=outputs),
        ]
    path = tmp_path / "01-hostile.ipynb"
    nbformat.write(new.new_notebook(cells=cells), path)
    entries = [
        {"name": "01-hostile", "title": payload, "record": {"figures": {"F01a": {}}}}
        for payload in payloads
    ]
    return pages.page(path, entries[0], entries)


def every_field(payloads):
    """What a report says of notebooks, sources, figures and verdicts, with a text in each field."""
    sources = {
        f"own{n}": {name: [payload] if name == "limits" else payload for name in build.SHOWN}
        for n, payload in enumerate(payloads)
    }
    figures = {
        f"F{n:02}a": {"alt": payload, "caption": payload, "source": payload}
        for n, payload in enumerate(payloads)
    }
    entries = [
        {"name": "01-hostile", "title": payload, "record": {"edition": payload, "figures": figures}}
        for payload in payloads
    ]
    words = {name: "" for name in Verdict._fields} | {
        "claim": "D06",
        "outcome": "undecided",
        "unit": "ratio",
    }
    verdicts = [
        words | {"source": f"own{n}", "because": payload, "claimed": payload, "estimand": payload}
        for n, payload in enumerate(payloads)
    ]
    manifest = {
        "edition": payloads[0], "commit": payloads[0], "sources": sources, "producers": sources,
        "notebooks": {"01-hostile": {"made_from": payloads[0]}},
        "project": {"title": payloads[0], "authors": payloads, "version": payloads[0]},
        "figures": {key: told | {"notebook": "01-hostile", "sources": list(sources)} for key, told in figures.items()},
    }  # fmt: skip
    return (
        entries,
        pd.DataFrame(verdicts).assign(estimate=1.0, low=0.5, high=2.0),
        sources,
        manifest,
    )


def report_pages(payloads):
    """The pages of a report beside those of its notebooks, each with what to count in it and how
    often it has to be there.
    """
    entries, verdicts, sources, manifest = every_field(payloads)
    one = [entries[0]]
    yield (
        scorecard.index(entries, verdicts, sources),
        {"#D06 tbody tr": len(payloads), ".notebooks > li": len(payloads)},
    )
    yield (
        gallery.gallery(one, manifest),
        {"article.figure": len(payloads), "article.figure img": len(payloads)},
    )
    yield registered.methods_page(sources), {"article.card": len(payloads)}


def swapped(told, payload):
    """The same, with a text in place of the mark."""
    if isinstance(told, dict):
        return {swapped(key, payload): swapped(value, payload) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [swapped(value, payload) for value in told]
    return told.replace(MARK, payload) if isinstance(told, str) else told


def checked_file(tmp_path, text):
    """What `check` says of a file with a text in its name, its header and its cells."""
    quoted = '"' + text.replace('"', '""') + '"'
    path = tmp_path / f"{text[:60].replace('/', '')}.csv"
    lines = [
        f"account_id,platform,followers,likes,niche,{quoted}",
        f"{quoted},x,10,{quoted},{quoted},1",
        f"{quoted},x,10,1.2K,a,1",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return check.check(path, show_names=True)


@contextmanager
def sanitiser(on):
    exporter = pages.page_exporter()
    exporter.register_filter("clean", pages.clean if on else lambda html: html)
    try:
        yield
    finally:
        exporter.register_filter("clean", pages.clean)


def test_the_probes_fire_where_nothing_holds_them(visit):
    found = [visit(f"<!DOCTYPE html><title>x</title><p>{payload}</p>")[:2] for payload in PAYLOADS]
    assert len(PAYLOADS) >= 50
    assert sum(bool(fired) for fired, _ in found) >= 25
    assert sum(bool(asked) for _, asked in found) >= 8


def test_nothing_in_a_notebook_fires_or_asks_for_anything(visit, tmp_path):
    fired, asked, told, counts = visit(
        notebook_page(tmp_path, ALL), "th", "nav[aria-label=Notebooks] > ol > li"
    )
    assert (fired, asked, told) == ([], [], [])
    assert counts == [2 * len(ALL), len(ALL)]


def test_the_policy_alone_holds_what_is_neither_sanitised_nor_escaped(visit, tmp_path):
    with sanitiser(False):
        html = notebook_page(tmp_path, [MARK])
    assert html.count(MARK) >= 10
    assert {
        payload: found
        for payload in PAYLOADS
        if any((found := visit(html.replace(MARK, payload)))[:2])
    } == {}


def test_nothing_that_a_source_or_figure_says_of_itself_fires_on_a_page_of_the_report(visit):
    for html, expected in report_pages(ALL):
        fired, asked, _, counts = visit(
            html, *expected
        )  # the console tells of pictures that are not there
        assert (fired, asked, counts) == ([], [], list(expected.values()))


def test_nothing_in_a_file_fires_where_it_is_checked(visit, tmp_path):
    told = checked_file(tmp_path, MARK)
    every = [swapped(told, payload) for payload in ALL]
    lists = {
        key: [row for one in every for row in one[key]]
        for key, value in told.items()
        if isinstance(value, list | tuple)
    }
    html = check.as_html(told | lists | {"file": " ".join(ALL)})
    assert check.as_html(told).count(MARK) >= 4 and MARK not in html
    columns = "[aria-label=Columns] tbody tr"
    assert visit(html, columns) == ([], [], [], [len(told["columns"]) * len(ALL)])
    assert visit(check.as_html(checked_file(tmp_path, PAYLOADS[0])), columns) == (
        [],
        [],
        [],
        [len(told["columns"])],
    )
