"""The site is accessible: axe finds no fault, and decides the contrast of every text."""

import pytest

from analysis.publish.site.layout import PAGES

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed, so no page is examined"
)
each_page = pytest.mark.parametrize("name", [*PAGES, "01-who-is-micro", "12-scorecard"])
in_both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])
COLOURS = ["color-contrast", "link-in-text-block"]

SHORTEN = """() => {
  const look = (one) => { const { color, backgroundColor, fontSize, fontWeight, textDecorationLine }
    = getComputedStyle(one);
    return [one.tagName, color, backgroundColor, fontSize, fontWeight, textDecorationLine].join(); }
  const differ = (ones, seen = new Set()) => [...ones].filter((one) => {
    const looks = [one, ...one.querySelectorAll("*")].map(look);
    return looks.every((each) => seen.has(each)) || looks.forEach((each) => seen.add(each)); });
  const beyond = (selector, n) => [...document.querySelectorAll(selector)].slice(n);
  document.querySelectorAll("details").forEach((one) => one.open = true);
  const again = [...document.querySelectorAll("tbody")].flatMap((body) => differ(body.rows));
  [...again, ...differ(document.querySelectorAll("pre span, article.heard")),
    ...beyond("article.card", 8), ...beyond("details.code, .trail, .jump li", 6)]
    .forEach((one) => one.remove()); }"""
"""Content that is repeated hundreds of times is examined a few times, but opened: of the rows of a
table, and of the words of all code, those with a colour, a size or a weight not seen before.
"""

UNROLL = """() => {
  document.querySelectorAll(".table-box").forEach((box) => box.style.maxHeight = "none");
  const room = { boxSizing: "content-box", width: innerWidth + "px", paddingRight: "9000px" };
  Object.assign(document.body.style, room); }"""
"""Nothing is scrolled out of sight, and the body reaches behind the widest table: axe ignores that
boxes cut off their contents, and decides no contrast where text is larger than its background.
"""

PASSED_OVER = r"""(targets) => {
  const judged = new Set(targets.map((target) => document.querySelector(target)));
  const text = (one) => [...one.childNodes].filter((node) => node.nodeType === 3)
    .map((node) => node.nodeValue).join("").trim();
  const left_out = (one) => judged.has(one) || one.closest("option, .skip, .unseen");
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.checkVisibility() && !left_out(one))
    .map(text).filter((text) => text.length > 1 && /[\p{L}\p{N}]/u.test(text)); }"""
"""Texts that axe did not look at. It skips single characters and punctuation by design."""

IN_PICTURES = r"""(least) => {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number).slice(0, 3);
  const light = (part) => (part <= 10 ? part / 3294 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const contrast = (one, other) => {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05); };
  const over = (ground, colour, share) =>
    ground.map((part, at) => part + share * (colour[at] - part));
  const paper = numbers(getComputedStyle(document.body).backgroundColor), poor = [];
  for (const text of document.querySelectorAll("svg text")) {
    const box = text.getBoundingClientRect(), fill = numbers(getComputedStyle(text).fill);
    const grounds = [paper];
    for (const area of text.ownerSVGElement.querySelectorAll("rect")) {
      const { left, right, top, bottom } = area.getBoundingClientRect();
      if (left > box.right || right < box.left || top > box.bottom || bottom < box.top) continue;
      const style = getComputedStyle(area);
      grounds.push(over(grounds.at(-1), numbers(style.fill), Number(style.opacity))); }
    if (grounds.some((ground) => contrast(fill, ground) < least)) poor.push(text.textContent); }
  return poor; }"""
"""Texts in pictures with less contrast than `least` to the page or to an area behind them: axe
takes a picture for an image and decides nothing about its text.
"""


@pytest.fixture(scope="module")
def page(browser):
    """One page of the browser."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page, published):
    """A function that opens a page of the report, shortened."""

    def open_page(name, scheme="light"):
        page.set_viewport_size({"width": 1440, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{published.as_uri()}/{name}.html")
        page.evaluate(SHORTEN)
        return page

    return open_page


def only(*rules):
    """Options of axe that run these rules and report what passed, too."""
    return {"runOnly": {"type": "rule", "values": rules}}


def examined(page, options=axe.DEFAULT_OPTIONS):
    return axe.Axe().run(page, options=options).response


def failures(report):
    """Serious faults by rule and place, with the reason; an undecided contrast is a fault, except
    of text in a picture, which is measured apart.
    """
    failed = [rule for rule in report["violations"] if rule["impact"] in ("serious", "critical")]
    undecided = [rule for rule in report["incomplete"] if rule["id"] == "color-contrast"]
    return {
        (rule["id"], node["target"][0]): node["failureSummary"]
        for rule in (*failed, *undecided)
        for node in rule["nodes"]
        if rule in failed or not node["html"].startswith("<text ")
    }


def passed_over(page, report):
    """Texts in sight whose contrast axe did not examine."""
    outcomes = report["violations"] + report["incomplete"] + report["passes"]
    contrast = [rule for rule in outcomes if rule["id"] == "color-contrast"]
    return page.evaluate(
        PASSED_OVER, [node["target"][0] for rule in contrast for node in rule["nodes"]]
    )


@each_page
def test_axe_finds_nothing_serious(opened, name):
    other = {"rules": {"color-contrast": {"enabled": False}}}  # the next test is about contrast
    assert failures(examined(opened(name), other)) == {}


@each_page
@in_both_schemes
def test_every_text_stands_out_from_its_background(opened, name, scheme):
    page = opened(name, scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    stricter = ["color-contrast-enhanced"] if scheme == "dark" else []
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(UNROLL)
        report = examined(page, only(*COLOURS, *stricter))
        assert failures(report) == {}, f"{width} pixels wide"
        assert passed_over(page, report) == []
        assert page.evaluate(IN_PICTURES, 7 if stricter else 4.5) == []


@in_both_schemes
def test_axe_finds_what_cannot_be_read(opened, scheme):
    page = opened("methods", scheme)
    page.evaluate(
        """const style = (selector, text) => document.querySelector(selector).style = text;
           style("h1", "color: gray; background: #555; padding: 1em");
           style("#micro", "color: var(--line)");
           style("#rate", "background: var(--paper); line-height: .5");
           document.querySelector("#sources").innerHTML = "<img src=x>"; """
    )
    found = failures(examined(page))
    poor = {("color-contrast", "h1"), ("color-contrast", "#micro")}
    undecided = "color-contrast", "#rate"  # its text is higher than its background in any font
    assert set(found) == poor | {undecided, ("image-alt", "img")}
    assert all("insufficient color contrast" in found[place] for place in poor)
    assert "could not be determined" in found[undecided]


def test_text_that_axe_does_not_look_at_is_noticed(opened):
    page = opened("methods")
    page.evaluate("document.querySelector('h1').style = 'position: absolute; left: -999px'")
    title = page.locator("h1").text_content()
    assert passed_over(page, examined(page, only("color-contrast"))) == [title]


@in_both_schemes
def test_text_of_a_picture_that_cannot_be_read_is_noticed(opened, scheme):
    page = opened("explore", scheme)
    assert page.evaluate("document.querySelectorAll('svg text').length") > 5
    page.evaluate("document.querySelector('text.claim').style.fill = 'gray'")
    page.evaluate("document.querySelector('rect.micro').style.opacity = 1")
    page.evaluate("document.querySelector('text.value').setAttribute('y', 250)")
    page.evaluate("document.querySelector('text.value').setAttribute('x', 40)")
    found = page.evaluate(IN_PICTURES, 7)
    assert "claimed: +60 %" in found and "+38\u00a0%" in found
