"""Nothing that comes from a file can act in a page: hostile text in every field, in a real browser,
with and without the sanitiser.
"""

from contextlib import contextmanager
from html import escape

import nbformat
import pandas as pd
import pytest

from analysis.estimate.verdict import COLUMNS
from analysis.present.tables import to_html
from analysis.publish import check
from analysis.publish.site import build, front, gallery, pages, registered, scorecard

EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
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
    f"<template><script>{FIRE}</script></template>"
    f"<noscript><p title=\"</noscript><img src=x onerror={FIRE}>\">",
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
SENDS_AWAY = f'<meta http-equiv=refresh content="0;url={AWAY}/o">'
"""Only escaping and the sanitiser stop this: no policy of a page forbids to leave it."""

PAYLOADS = [payload.replace(MARK, str(number)) for number, payload in enumerate(PAYLOADS)]
"""Each sets a variable of its own, so that what fired is known where several stand on a page."""

ALL = [*PAYLOADS, SENDS_AWAY]


@pytest.fixture(scope="module")
def visit(browser, tmp_path_factory):
    """A function that opens HTML and touches all in it; gives what fired, which addresses were
    requested, the messages on the console, and counts.
    """
    path = tmp_path_factory.mktemp("hostile") / "page.html"
    (path.parent / "figures").mkdir()
    for kind in ("svg", "phone.svg"):
        (path.parent / "figures" / f"F01a.{kind}").write_text(EMPTY, encoding="utf-8")
    context = browser.new_context()
    page, requested, messages = context.new_page(), [], []

    def pass_on(route):
        local = route.request.url.startswith(("file:", "data:", "about:"))
        if local:
            route.continue_()
        else:
            requested.append(route.request.url)
            route.abort()

    page.on("console", lambda message: messages.append(message.text))
    page.on("dialog", lambda dialog: dialog.dismiss())
    context.route("**/*", pass_on)  # what the policy stops does not come this far

    def look(html, *counted):
        path.write_text(html, encoding="utf-8")
        page.goto(path.as_uri(), wait_until="load")
        fired, counts = page.evaluate(
            """async (counted) => {
                 const kinds = ["mouseover", "focus", "toggle", "animationstart"];
                 for (const node of document.querySelectorAll("*")) {
                   for (const kind of kinds) node.dispatchEvent(new Event(kind));
                   const link = (node.href || "").startsWith?.("javascript:");
                   if (link || node.matches("button[formaction]")) node.click(); }
                 for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
                 const fired = Object.keys(window).filter((name) => /^fired\\d+$/.test(name));
                 const count = (selector) => document.querySelectorAll(selector).length;
                 return [fired, counted.map(count)]; }""",
            counted,
        )
        seen = fired, [*requested], [*messages], counts
        requested.clear()
        messages.clear()
        return seen

    yield look
    context.close()


def notebook_page(tmp_path, payloads):
    """A page of a notebook with texts in every field that a reader's data can reach."""
    new, cells = nbformat.v4, []
    for payload in payloads:
        table = to_html(pd.DataFrame({"account": [payload], payload: ["x"]}), payload, payload)
        text = escape(payload)
        image = f'<img alt="{text}" src="data:image/png;base64,AA">'
        figure = f'<figure id="F01a">{image}<figcaption>{text}</figcaption></figure>'
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
    """What pages show of notebooks, sources, figures and verdicts, with a text in each field."""
    fields = [dict.fromkeys(build.SHOWN, text) | {"limits": [text]} for text in payloads]
    sources = {f"own{number}": shown for number, shown in enumerate(fields)}
    figures = {
        f"F{n:02}a": {"alt": payload, "caption": payload, "source": payload}
        for n, payload in enumerate(payloads)
    }
    entries = [
        {"name": "01-hostile", "title": payload, "record": {"edition": payload, "figures": figures}}
        for payload in payloads
    ]
    verdict = dict.fromkeys(COLUMNS, "") | {"claim": "D06", "outcome": "undecided"}
    verdict |= {"unit": "ratio", "test": 1, "scheme": "harvard-media"}
    hostile = ("because", "claimed", "estimand")
    verdicts = [
        verdict | {"source": f"own{number}"} | dict.fromkeys(hostile, payload)
        for number, payload in enumerate(payloads)
    ]
    shown = {"notebook": "01-hostile", "sources": list(sources)}
    manifest = {
        "edition": payloads[0], "commit": payloads[0], "sources": sources, "producers": sources,
        "notebooks": {"01-hostile": {"made_from": payloads[0]}},
        "project": {"title": payloads[0], "authors": payloads, "version": payloads[0]},
        "figures": {key: figure | shown for key, figure in figures.items()},
    }  # fmt: skip
    verdicts = pd.DataFrame(verdicts).assign(estimate=1.0, low=0.5, high=2.0)
    return entries, verdicts, sources, manifest


def report_pages(payloads):
    """The pages of a report beside those of its notebooks, each with what to count in it and how
    often it has to be there.
    """
    entries, verdicts, sources, manifest = every_field(payloads)
    count = len(payloads)
    yield scorecard.scorecard(entries, verdicts, sources), {"#D06 tbody tr": count}
    yield front.front(front.gathered(entries, verdicts, manifest)), {}
    figures = gallery.gallery(entries[:1], manifest)
    yield figures, {"article.figure": count, "article.figure img": count}
    yield registered.methods_page(sources), {"article.card": count}


def swapped(facts, payload):
    """The same, with a text in place of the mark."""
    if isinstance(facts, dict):
        return {swapped(key, payload): swapped(value, payload) for key, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [swapped(value, payload) for value in facts]
    return facts.replace(MARK, payload) if isinstance(facts, str) else facts


def checked_file(tmp_path, text):
    """What `check` reports of a file with a text in its name, its header and its cells."""
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


def test_the_payloads_fire_where_nothing_stops_them(visit):
    pages = [f"<!DOCTYPE html><title>x</title><p>{payload}</p>" for payload in PAYLOADS]
    seen = [visit(page)[:2] for page in pages]
    assert len(PAYLOADS) >= 50
    assert sum(bool(fired) for fired, _ in seen) >= 25
    assert sum(bool(requested) for _, requested in seen) >= 8


def test_nothing_in_a_notebook_fires_or_requests_anything(visit, tmp_path):
    page = notebook_page(tmp_path, ALL)
    fired, requested, messages, counts = visit(page, "th", "nav[aria-label=Notebooks] > ol > li")
    assert (fired, requested, messages) == ([], [], [])
    assert counts == [2 * len(ALL), len(ALL)]


def test_the_policy_alone_stops_what_is_neither_sanitised_nor_escaped(visit, tmp_path):
    with sanitiser(False):
        html = notebook_page(tmp_path, [MARK])
    assert html.count(MARK) >= 10
    for payload in PAYLOADS:
        fired, requested, *_ = visit(html.replace(MARK, payload))
        assert (payload, fired, requested) == (payload, [], [])


def test_no_text_of_a_source_or_figure_fires_on_a_page_of_the_report(visit):
    for html, expected in report_pages(ALL):
        # the console has messages on pictures that are not there
        fired, requested, _, counts = visit(html, *expected)
        assert (fired, requested, counts) == ([], [], list(expected.values()))


def test_nothing_in_a_file_fires_where_it_is_checked(visit, tmp_path):
    facts = checked_file(tmp_path, MARK)
    lists = {key: [] for key, value in facts.items() if isinstance(value, list | tuple)}
    for payload in ALL:
        hostile = swapped(facts, payload)
        for key, rows in lists.items():
            rows += hostile[key]
    html = check.as_html(facts | lists | {"file": " ".join(ALL)})
    assert check.as_html(facts).count(MARK) >= 4 and MARK not in html
    columns, count = "[aria-label=Columns] tbody tr", len(facts["columns"])
    assert visit(html, columns) == ([], [], [], [count * len(ALL)])
    first = check.as_html(checked_file(tmp_path, PAYLOADS[0]))
    assert visit(first, columns) == ([], [], [], [count])
