"""What notebooks 04, 05 and 13 say of their figures: a headline for any result, also for none."""

import re
from math import inf, nan

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.display import because
from analysis.estimate.results import Context, Estimate, Estimates
from analysis.finding import MOST_WORDS, UNFIT, words

PLATFORMS = ("instagram", "tiktok", "youtube", "")
TOTALS = ("likes per post", "comments per post", "views per post")


def check(finding):
    """Hold a finding to what any reader may expect of it."""
    assert words(finding.headline) <= MOST_WORDS
    assert not UNFIT.search(finding.headline), finding.headline
    assert "100 % to 100 %" not in finding.headline
    assert re.match("[A-Z0-9]", finding.headline) and not finding.headline.endswith(".")
    assert len(finding.alt) >= 20 and words(finding.alt) <= 60
    for text in (finding.headline, finding.detail, finding.caveat, finding.alt):
        assert not re.search(r"\bnan\b|\binf\b|none and|  |\.\.(?!\.)|[a-z]_[a-z]", text), text
    return finding


def ends_of(rng):
    """An estimate with its interval: below one, above it, across it, or not defined."""
    middle = float(np.exp(rng.normal(0, 1.5)))
    kind = rng.integers(6)
    if kind == 0:
        return nan, nan, nan
    if kind == 1:
        return middle, nan, nan
    reach = float(np.exp(abs(rng.normal(0, 0.6))))
    return middle, middle / reach, inf if kind == 2 else middle * reach


def made(rng, metric, values, unit="ratio", label="a"):
    tiers = {tier.name: tier for tier in an.scheme("decades").tiers}
    of, versus = tiers["macro"], tiers["micro"]
    platform = PLATFORMS[rng.integers(len(PLATFORMS))]
    context = Context(
        source=f"Data {platform or 'of one'}", platform=platform, metric=metric, of=of,
        versus=versus, average="typical account",
    )  # fmt: skip
    what = because("slope_beside_breakpoint", rate=metric, side="below")
    counts = int(rng.integers(3, 9_999))
    status = "undefined" if np.isnan(values[0]) else "ok"
    return Estimate(label, counts, counts, *values, unit, what, (), status, context)


def several(seed, unit="ratio", share=False):
    """Some estimates of totals, or none."""
    rng, rows = np.random.default_rng(seed), []
    for _ in range(rng.integers(0, 7)):
        values = ends_of(rng)
        if share:
            values = tuple(end / (1 + end) if end < inf else 1.0 for end in values)
        if unit == "elasticity":
            values = tuple(np.log10(values))
        rows.append(made(rng, TOTALS[rng.integers(3)], values, unit))
    return Estimates.of(rows)


@pytest.mark.parametrize("seed", range(60))
def test_any_totals_give_headlines(seed):
    check(an.text.slower_totals(several(seed, "elasticity")))
    check(an.text.posts_for_one(several(seed)))


@pytest.mark.parametrize("seed", range(60))
def test_any_shares_of_pairs_give_a_headline(seed):
    totals, rates = several(seed, share=True), several(seed + 99, share=True)
    check(an.text.no_guarantee(totals, rates))


@pytest.mark.parametrize("seed", range(60))
def test_any_number_of_posts_needed_gives_a_headline(seed):
    check(an.text.posts_enough(several(seed, "posts")))


@pytest.mark.parametrize("seed", range(60))
def test_any_parts_of_a_variance_give_a_headline(seed):
    rng, rows, shares = np.random.default_rng(seed), [], []
    for _ in range(rng.integers(0, 4)):
        size = 0.0 if rng.integers(3) else float(rng.uniform(0, 100))
        parts = [size, (100 - size) / 2, (100 - size) / 2]
        lost = rng.integers(3) == 0
        for name, part in zip(("size", "creator beyond size", "post"), parts, strict=True):
            value = nan if lost else part / 50
            rows.append(made(rng, TOTALS[0], (value, value, value), "variance of logs", name))
            shares.append(nan if lost else part)
    split = Estimates.of(rows)
    keyed = split.keyed(source="Data", share=shares) if rows else split
    check(an.text.beyond_followers(keyed))
    assert an.plot.parts_of_differences(keyed).axes


def test_a_total_that_grows_is_written_as_a_multiple_and_never_in_step_where_it_is_slower():
    likes = an.load_all("instagram-kim").sample("likes_per_post")
    finding = check(an.text.slower_totals(likes.elasticity()))
    assert finding.headline.endswith("with ten times the followers get 7.7 times the likes")
    assert "clearly less than ten times as many in 1" in finding.detail


def test_without_any_source_the_headlines_of_totals_say_so():
    none = an.Sources().sample("likes_per_post").tier("decades")
    for finding in (
        an.text.slower_totals(none.elasticity()),
        an.text.posts_for_one(none.contrast("macro", "micro")),
        an.text.no_guarantee(*[none.superiority("macro", "micro")] * 2),
        an.text.posts_enough(none.posts_needed(0.8)),
        an.text.beyond_followers(none.variance_split()),
    ):
        assert check(finding).headline.startswith("No source has")


def test_what_a_test_takes_is_computed_for_any_rate_and_ratio():
    for ratio in (1.05, 1.2, 3.0):
        few, many = (an.power.creators_needed(0.02, n, ratio=ratio) for n in (5_000, 200))
        confirmed = an.power.creators_to_confirm(0.02, 1_000, ratio=ratio)
        clicks = an.power.clicks_needed(0.02, ratio)
        assert "Computed" in check(an.text.what_it_takes(few, many, confirmed, clicks)).detail


@pytest.mark.parametrize("seed", range(30))
def test_simulated_worlds_are_labelled_whatever_their_verdicts(seed):
    rng = np.random.default_rng(seed)
    rows = [
        {"creators": n, "truth": truth, "low": 1.0, "high": 1.3,
         "verdict": ("supported", "undecided")[rng.integers(2)]}
        for truth in (1.2, 1.0)
        for n in (10, 40, 2_400)
    ]  # fmt: skip
    assert "SIMULATED" in check(an.text.would_detect(pd.DataFrame(rows))).headline


@pytest.mark.parametrize("seed", range(40))
def test_live_chats_are_named_whatever_was_measured(seed):
    rng = np.random.default_rng(seed)
    rows = [
        {"tiers": f"{n}K / 100K+", "channels": channels, **dict(
            zip(("estimate", "low", "high"), ends_of(rng), strict=True))}
        for channels in ("all channels", "independent channels")
        for n in range(rng.integers(0, 5))
    ]  # fmt: skip
    finding = check(an.text.in_live_chats(pd.DataFrame(rows), PLATFORMS[rng.integers(4)]))
    assert re.search("live.chat", finding.headline)


def test_growth_says_where_and_names_live_chats():
    posts = an.simulate.growing(seed=1, within=0.0, between=-0.4)
    world = an.simulate.world("growing", posts)
    check(world.panel("likes_per_follower").growing().finding())
    nobody = an.panel.followed(an.load_all("instagram-kim"))
    for made_of in (nobody, nobody.crossings()):
        check(made_of.finding())
    chats = check(an.panel.followed(an.load_all("proxies")).finding())
    assert chats.headline.startswith("In live chats")
