"""The page on which edges can be moved computes what Python computes, at once, in words and in a
picture; its address brings a setting back.
"""

import json
import math
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.special import stdtrit

from analysis.display import because
from analysis.estimate.decision import WAYS_OF_COMPUTING, claimed_range, decided
from analysis.estimate.explored import Choices, beside_the_claim, comparisons
from analysis.moments.load import load, load_all
from analysis.present.explorer import ALL
from analysis.present.sentences.findings import TIMES, Pair, direction
from analysis.publish.site.explorer import AVERAGES, explorer_data, explorer_page
from analysis.publish.site.layout import TEMPLATES
from analysis.registers.lookup import claims
from analysis.registers.metrics import METRICS

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed, so no page is opened"
)
EACH = 3
"""Edges that are tried for each source, metric and average."""

MOVE = """(settings) => settings.map((setting) => {
  const form = document.getElementById("choices"), field = (name) => form.elements[name];
  for (const [name, value] of setting) {
    field(name).value = value;
    for (const kind of ["input", "change"])
      field(name).dispatchEvent(new Event(kind, { bubbles: true }));
  }
  const outcomes = [...document.querySelectorAll("#readings li")].map((one) => one.dataset.outcome);
  const sentence = document.getElementById("sentence").textContent;
  return { ...document.getElementById("explorer").dataset, outcomes, sentence }; })"""
"""Moves controls as a hand would, one after the other, and gives what the page then shows."""

LAYOUT = "document.body.getBoundingClientRect()"
"""Makes a browser lay out what has changed, as before it paints."""


@pytest.fixture(scope="module")
def choices():
    return Choices(load_all("open"))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("explorer") / "explore.html"
    path.write_text(explorer_page(set()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page, address):
    """A function that opens the page with a setting, at a width."""

    def go(setting="", width=1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("about:blank")
        page.goto(address + setting)
        return page

    return go


@pytest.fixture
def arithmetic(page):
    """A function that computes with the arithmetic of the page alone."""
    page.goto("about:blank")
    page.add_script_tag(content=(TEMPLATES / "estimate.js").read_text(encoding="utf-8"))
    return page.evaluate


def edges_of(source):
    return [math.inf if edge is None else edge for edge in source["edges"]]


def tried(data):
    """Every source, metric and average with edges drawn by lot, and each claim in turn."""
    rng, keys = np.random.default_rng(19), list(data["claims"])
    for source, facts in data["sources"].items():
        edges = edges_of(facts)
        for metric in facts["metrics"]:
            for average in AVERAGES:
                for _ in range(EACH):
                    low, middle, high = sorted(rng.choice(len(edges), 3, replace=False).tolist())
                    begins = int(rng.integers(middle, high))
                    yield {
                        "claim": keys[rng.integers(len(keys))], "source": source,
                        "metric": metric, "average": average,
                        "micro": (low, middle), "macro": (begins, high),
                    }  # fmt: skip
    for metric in ("comments_per_follower", "comments_per_post"):  # with many rates of zero
        yield {
            "claim": "C14", "source": "instagram-kim", "metric": metric,
            "average": "typical account", "micro": (0, 1), "macro": (3, 4),
        }  # fmt: skip


def moves(setting):
    """Controls with their values, in the order in which they are moved."""
    moved = [(name, setting[name]) for name in ("source", "metric", "average", "claim")]
    for tier in ("micro", "macro"):
        moved += [
            (f"{tier}-{end}", at) for end, at in zip(("from", "to"), setting[tier], strict=True)
        ]
    return moved


def answered(choices, data, setting):
    """What Python answers: the estimate, and the outcome of each reading of the claim."""
    edges = edges_of(data["sources"][setting["source"]])
    tiers = {name: tuple(float(edges[at]) for at in setting[name]) for name in ("micro", "macro")}
    explored = choices.answer(**setting | tiers, posts=ALL)
    claim, _ = choices.tests[setting["claim"]]
    beside = beside_the_claim(choices.sources[setting["source"]], setting["metric"], claim)
    judged = [claim.judge(explored.estimate, test).outcome for test in comparisons(claim)]
    if beside or explored.estimate.status == "undefined":
        judged = ["untestable"]  # with one reason for all readings
    assert explored.verdict.outcome == judged[0]
    return explored, judged


def size_of(estimate, metric):
    """How a figure's headline gives the size of a clear difference, in words."""
    pair = Pair(estimate.context.of, estimate.context.versus, METRICS[metric])
    percent = round(100 * abs(estimate.estimate - 1)) if estimate.estimate < TIMES else 1
    if estimate.status != "ok" or not direction(estimate.low, estimate.high) or percent in (0, 100):
        return ""
    size, _ = pair.amount([estimate.estimate])
    return size.format(what=pair.nouns[0])


def test_the_page_computes_what_python_computes(opened, choices):
    data = explorer_data()
    settings = list(tried(data))
    assert len(settings) >= 200
    assert {one["source"] for one in settings} == set(choices.sources)
    shown = opened().evaluate(MOVE, [moves(one) for one in settings])
    statuses, outcomes, reasons = set(), set(), set()
    for setting, seen in zip(settings, shown, strict=True):
        explored, judged = answered(choices, data, setting)
        estimate = explored.estimate
        for name in ("estimate", "low", "high"):
            wanted = pytest.approx(getattr(estimate, name), rel=1e-9, abs=0, nan_ok=True)
            assert float(seen[name]) == wanted, (setting, name)
        why = [one for one in estimate.reasons if one.key not in WAYS_OF_COMPUTING]
        names = ("status", "accounts", "reasons", "zeros", "outcomes")
        zeros = estimate.zeros.key if estimate.zeros else ""
        reason = "; ".join(map(str, why))
        expected = [estimate.status, str(estimate.n_accounts), reason, zeros, judged]
        assert [seen[name] for name in names] == expected, setting
        assert size_of(estimate, setting["metric"]) in seen["sentence"].replace("\u00a0", " ")
        statuses.add(estimate.status)
        outcomes.update(judged)
        reasons.update(dict(one.facts).get("problem", one).key for one in why)
        reasons.add(explored.verdict.reason.key)
    assert statuses == {"ok", "indicative", "undefined"}
    assert outcomes == {"supported", "contradicted", "undecided", "untestable"}
    assert reasons >= {
        "not_published", "few_accounts", "many_zeros", "interval_across", "interval_below",
        "interval_above", "interval_within", "other_metric", "other_platforms",
    }  # fmt: skip


def test_each_place_of_an_interval_is_judged_as_in_python(arithmetic):
    data, rng, kim = explorer_data(), np.random.default_rng(7), load("instagram-kim")
    given = kim.sample().tier("decades").contrast("micro", "macro")
    tests = [test for claim in claims().values() for test in comparisons(claim)]
    written = [test for claim in data["claims"].values() for test in claim["tests"]]
    tests, written = tests * 3, written * 3
    for at, relation in enumerate(("at_least", "less_than", "at_most")):  # that no claim has
        tests[at] = tests[at].model_copy(update={"relation": relation, "margin": 1.1})
        low, high = claimed_range(tests[at])
        ends = {"low": low, "high": None if math.isinf(high) else high}
        written[at] = written[at] | {"relation": relation} | ends
    cases, wanted = [], []
    for test, shown in zip(tests, written, strict=True):
        for status, key in product(
            ("ok", "indicative", "undefined"), ("", "zeros_raise", "zeros_lower")
        ):
            for low, high in np.sort(np.exp(rng.normal(0.2, 0.4, (12, 2))), axis=1).tolist():
                zeros = because(key, tier="micro", zeros=3, accounts=30) if key else None
                evidence = replace(given, low=low, high=high, status=status, zeros=zeros)
                outcome, why = decided(test, evidence)
                wanted.append([outcome, why.key])
                facts = {"raise": key == "zeros_raise"} if key else None
                cases.append([shown, {"low": low, "high": high, "status": status, "zeros": facts}])
    code = "(cases) => cases.map((one) => judged(...one)).map((one) => [one.outcome, one.why])"
    assert arithmetic(code, cases) == wanted
    assert {why for _, why in wanted} >= {"by_bound", "too_little", "interval_across"}


def test_tiers_of_every_publisher_that_cells_can_be_cut_at_are_answered(opened, choices):
    data = explorer_data()
    edges = edges_of(data["sources"]["instagram-kim"])
    page = opened()
    for key, scheme in data["schemes"].items():
        tiers = {
            name: tuple(math.inf if edge is None else edge for edge in scheme[name])
            for name in ("micro", "macro")
        }
        inside = {edge for ends in tiers.values() for edge in ends if edge >= edges[0]}
        (seen,) = page.evaluate(MOVE, [[("scheme", key)]])
        chosen = page.input_value("select[name=scheme]")
        if inside - set(edges):  # other edges are near, and are not called the publisher's
            assert chosen == ""
            continue
        assert chosen == key
        places = {
            name: tuple(edges.index(max(edge, edges[0])) for edge in tiers[name]) for name in tiers
        }
        setting = {"claim": "D06", "source": "instagram-kim", "average": "typical account"}
        setting |= {"metric": "engagement_per_follower"} | places
        explored, _ = answered(choices, data, setting)
        assert float(seen["estimate"]) == pytest.approx(explored.estimate.estimate, rel=1e-9)


def test_quantiles_of_students_t_are_exact_to_a_trillionth(arithmetic):
    df = np.concatenate([[1.0, 2.0, 4.0], np.geomspace(1, 1e6, 200)])
    for p in (0.6, 0.9, 0.95, 0.975, 0.995):
        given = arithmetic("([df, p]) => df.map((one) => tQuantile(one, p))", [df.tolist(), p])
        assert given == pytest.approx(stdtrit(df, p), rel=1e-12, abs=0)
        # closed forms for one, two and four degrees of freedom
        tail = 4 * p * (1 - p)
        root = math.cos(math.acos(math.sqrt(tail)) / 3) / math.sqrt(tail)
        exact = (
            math.tan(math.pi * (p - 0.5)),
            (2 * p - 1) * math.sqrt(2 / tail),
            2 * math.sqrt(root - 1),
        )
        assert given[:3] == pytest.approx(exact, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    "setting", ["", "#source=tiktok-datares&metric=likes_per_post&average=mean of accounts"]
)
def test_a_step_takes_less_than_a_frame(opened, setting):
    page = opened(setting)
    session = page.context.new_cdp_session(page)
    # of the processor alone: others on this machine make it wait
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds():
        values = session.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in values if one["name"] == "TaskDuration")

    slides = [[("micro-to", at)] for at in (2, 3, 4, 5, 6, 7, 8)] * 10
    started = seconds()
    page.evaluate(f"(slides) => slides.forEach((one) => {{ ({MOVE})([one]); {LAYOUT}; }})", slides)
    each = (seconds() - started) / len(slides)
    print(f"a step takes {1000 * each:.1f} ms")
    assert each < 0.016


@pytest.mark.parametrize(
    ("setting", "sentence", "verdicts"),
    [
        (
            "",
            "On Instagram, creators with 1K–5K followers get 38 % more engagement than those with "
            "10K–25K.",
            ["contradicted", "supported"],
        ),
        (
            "#claim=A12&source=youtube-fr-tech&metric=engagement_per_view&micro=1000-10000"
            "&macro=100000-",
            "On YouTube, creators with 1K–10K and those with 100K–5M followers do not clearly "
            "differ in engagement per view.",
            ["untestable"],
        ),
        (
            "#claim=C14&source=instagram-kim&metric=comments_per_post&micro=1000-5000"
            "&macro=10000-25000",
            "On Instagram, creators with 1K–5K followers get fewer comments per post than those "
            "with 10K–25K.",
            ["untestable"],
        ),
        (
            "#source=tiktok-datares&metric=engagement_per_view&average=ratio of sums"
            "&micro=10000-100000&macro=100000-1000000",
            "On TikTok, creators with 10K–100K and those with 100K–1M followers cannot be compared "
            "in engagement per view.",
            ["untestable"],
        ),
    ],
)
def test_the_answer_is_a_sentence(opened, setting, sentence, verdicts):
    page = opened(setting)
    assert page.inner_text("#sentence").replace("\u2060", "").replace("\u00a0", " ") == sentence
    outcomes = page.locator("#readings li").evaluate_all(
        "all => all.map((one) => one.dataset.outcome)"
    )
    assert outcomes == verdicts


def test_edges_that_overlap_are_refused_as_in_python(opened, choices):
    page = opened("#micro=1000-50000&macro=10000-25000")
    with pytest.raises(ValueError, match="let macro begin where micro ends") as refused:
        setting = {"claim": "D06", "source": "instagram-kim", "metric": "engagement_per_follower"}
        tiers = {"micro": (1e3, 5e4), "macro": (1e4, 2.5e4)}
        choices.answer(**setting, **tiers, average="typical account", posts=ALL)
    assert page.inner_text("#sentence") == str(refused.value)
    assert page.inner_text("#readings") == page.inner_text("#numbers") == ""
    assert page.locator("#picture circle").count() == 0


def test_a_link_shows_the_same_picture_and_nonsense_the_first_one(opened):
    page = opened()
    page.evaluate(
        MOVE, [[("source", "tiktok-tides"), ("micro-to", 6), ("average", "ratio of sums")]]
    )
    look = "[...document.querySelectorAll('#explorer, table')].map((one) => one.innerHTML)"
    before, setting = page.evaluate(look), page.evaluate("location.hash")
    link = page.evaluate("document.getElementById('link').textContent")
    assert link == page.url and "source=tiktok-tides" in setting
    assert opened(setting).evaluate(look) == before
    first = opened().evaluate(look)
    for nonsense in (
        "#source=none&micro=9-1&macro=x",
        "#main",
        "#micro=25000-25000&average=%E0%A4%A",
    ):
        page = opened(nonsense)
        seen = json.loads(
            page.evaluate("JSON.stringify(document.getElementById('explorer').dataset)")
        )
        assert float(seen["estimate"]) > 0 or seen["refused"] == "true"
    assert opened("#claim=none").evaluate(look) == first
    page.evaluate("location.hash = 'source=youtube-tides'")
    playwright.expect(page.locator("#numbers")).to_contain_text("YouTube (TIDES)")


def test_the_link_can_be_copied_or_is_selected(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(address)
    page.click("button:has-text('Copy link')")
    playwright.expect(page.locator(".tools [role=status]")).to_contain_text("Selected")
    assert page.evaluate("String(getSelection())").strip() == page.url
    context.close()


def test_it_is_used_with_the_keyboard_and_read_aloud(opened):
    page = opened()
    assert page.get_attribute("#sentence", "aria-live") == "polite"
    before = page.inner_text("#sentence")
    page.focus("#micro-to")
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#micro-to", "aria-valuetext") == "10,000 followers"
    assert page.inner_text("#sentence") != before
    page.keyboard.press("Tab")
    page.keyboard.type("6,000".replace(",", ""))
    page.keyboard.press("Enter")
    assert page.input_value("[name=micro-to-number]") == "5000"  # the nearest edge
    assert page.inner_text("#sentence") == before
    page.fill("[name=macro-to-number]", "")
    page.keyboard.press("Tab")
    assert page.get_attribute("#macro-to", "aria-valuetext") == "no end"
    assert "10K or more" in page.inner_text("#sentence")
    # an end that is pushed past the other takes it along
    page.focus("#micro-from")
    page.keyboard.press("End")
    low, high = (int(page.input_value(f"#micro-{end}")) for end in ("from", "to"))
    assert low < high


@pytest.mark.parametrize("width", [1280, 360])
def test_the_picture_says_what_is_claimed_in_text_that_can_be_read(opened, width):
    page = opened(width=width)
    texts = page.locator("#picture text").evaluate_all(
        "all => all.map((one) => [one.textContent, parseFloat(getComputedStyle(one).fontSize),"
        " one.getBoundingClientRect().left, one.getBoundingClientRect().right])"
    )
    written = {text.replace("\u00a0", " ") for text, *_ in texts}
    assert written >= {"claimed: +60 %", "no difference", "+38 %", "micro: 4.01 %", "macro: 2.91 %"}
    assert all(size >= 12 and left >= 0 and right <= width for _, size, left, right in texts)
    scale = page.evaluate("document.getElementById('picture').getScreenCTM().a")
    assert scale == pytest.approx(1, abs=0.01)


def test_the_page_asks_for_nothing_and_reports_nothing(browser, address):
    context = browser.new_context()
    page, asked, wrong = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    page.evaluate(MOVE, [moves(one) for one in list(tried(explorer_data()))[::10]])
    assert asked == [address] and wrong == []
    context.close()


def test_the_data_are_what_the_script_needs(choices):
    data = explorer_data()
    assert len(json.dumps(data, separators=(",", ":"))) < 200_000
    for key, source in data["sources"].items():
        bands = list(zip(source["lower"], source["upper"], strict=True))
        assert all(high is None or low < high for low, high in bands)
        assert all(high <= low for (_, high), (low, _) in pairwise(bands))
        for metric, cells in source["metrics"].items():
            sample = choices.sources[key].sample(metric)
            assert sum(cells["sums"]["accounts"]) == sample.accounts
            assert len(cells["bins"]) == len(bands)
