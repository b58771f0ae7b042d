"""Every artefact makes what its closed form says, in worlds where size does not matter."""

import math

import numpy as np
import pytest

from analysis.estimate.averages import log_average
from analysis.estimate.contrast import contrast
from analysis.estimate.curve.elasticity import measured_betas
from analysis.estimate.curve.inactive import explaining_error, log_spread, without_inactive
from analysis.estimate.power import chance_of_up_to
from analysis.moments.samples import Samples
from analysis.registers.lookup import scheme
from analysis.simulate import artefacts, worlds

DECADES = scheme("decades")
SINGLE = sorted(set(artefacts.ARTEFACTS) - {"best of many"})


def ratio(world):
    sample = worlds.world("w", world.posts).sample(world.metric).tier(DECADES)
    return contrast(sample, average=world.average)


def beta(posts):
    return measured_betas([worlds.world("w", posts).sample("likes_per_follower")]).iloc[0]


@pytest.mark.parametrize("name", SINGLE)
def test_an_artefact_makes_the_ratio_of_its_closed_form(name):
    worlds = [artefacts.ARTEFACTS[name](seed) for seed in (1, 2, 3)]
    result = [ratio(world) for world in worlds]

    error = np.mean([math.log(one.high / one.low) / 3.92 for one in result]) / math.sqrt(
        len(result)
    )
    off = np.mean([math.log(one.estimate) for one in result]) - math.log(worlds[0].expected)
    assert abs(off) < 3.5 * error
    assert error < 0.04, "the world is too small to tell"


def test_with_nothing_switched_on_there_is_no_premium():
    world = artefacts.nothing(4)

    assert (world.truth, world.expected) == (1.0, 1.0)
    assert 0.94 < ratio(world).estimate < 1.06


@pytest.mark.parametrize("name", sorted({*SINGLE, "best of many"} - {"nothing", "high rates only"}))
def test_every_other_artefact_is_expected_to_make_a_premium_where_the_truth_is_one(name):
    world = artefacts.ARTEFACTS[name](1)

    assert world.truth == 1
    assert world.expected > 1.3


def test_a_list_of_high_rates_hides_a_part_of_a_true_premium():
    world = artefacts.high_rates_only(1)

    assert 1 < world.expected < world.truth == pytest.approx(artefacts.premium(0.8))
    assert ratio(world).high < world.truth


def test_a_feed_makes_a_premium_per_follower_and_none_per_view():
    feeds = [worlds.world("w", artefacts.viral_feed(seed).posts) for seed in range(4)]

    def ratios(metric):
        samples = Samples(tuple(feed.sample(metric) for feed in feeds))
        return samples.tier(DECADES).contrast().to_frame()

    assert ratios("likes_per_follower")["low"].min() > 3
    logs = np.log(ratios("engagement_per_view")["estimate"])
    assert logs.mean() == pytest.approx(0, abs=0.08)


@pytest.mark.parametrize(("error", "decade"), [(0.5, 1.26), (0.7, 1.51)])
def test_errors_in_followers_flatten_the_slope_as_known(error, decade):
    """methods: s^2 / (s^2 + e^2) at s = 1.5; per decade 1.26 and 1.51."""
    kept = artefacts.SPREAD**2 / (artefacts.SPREAD**2 + error**2)
    result = beta(artefacts.inactive_followers(5, 40_000, error).posts)

    assert 10 ** (1 - kept) == pytest.approx(decade, abs=0.005)
    assert result["beta"] == pytest.approx(kept, abs=3.5 * result["se"])


def test_old_posts_over_followers_of_today_flatten_the_slope_as_known():
    """Independent simulation: beta 0.81 and 1.56 a decade, where growth and final size correlate by
    0.63.
    """
    result = beta(artefacts.old_posts(5, 40_000).posts)

    assert 3 * 0.35 / math.hypot(1.3, 3 * 0.35) == pytest.approx(0.63, abs=0.005)
    assert result["beta"] == pytest.approx(0.81, abs=0.012)
    assert 10 ** (1 - result["beta"]) == pytest.approx(1.56, abs=0.05)


@pytest.mark.parametrize(
    ("true", "spread", "gap"),
    [(0.8, 1.0, 1.22), (0.8, 1.5, 1.57), (0.8, 2.0, 2.23), (1.0, 1.5, 1.0)],
)
def test_mean_of_accounts_over_ratio_of_sums_is_the_known_factor(true, spread, gap):
    assert artefacts.averaging_gap(true, spread) == pytest.approx(gap, abs=0.005)
    gaps = []
    for seed in range(8):
        rows = (
            worlds.world("w", artefacts.power_law(seed, true, spread, 20_000).posts)
            .sample("likes_per_follower")
            .rows
        )
        mean, sums = (
            log_average(rows, average, "accounts").log
            for average in ("mean of accounts", "ratio of sums")
        )
        gaps.append(mean - sums)
    assert np.mean(gaps) == pytest.approx(
        math.log(artefacts.averaging_gap(true, spread)),
        abs=4 * np.std(gaps) / math.sqrt(len(gaps)) + 0.005,
    )


def test_a_premium_between_tiers_follows_from_the_slope_and_the_spread():
    """Tier means of log followers by brute force."""
    size = np.random.default_rng(0).normal(artefacts.CENTRE, 1.2, 400_000)
    micro, macro = (
        size[(size >= low) & (size < high)].mean()
        for low, high in (artefacts.MICRO, artefacts.MACRO)
    )

    assert artefacts.premium(0.8, 1.2) == pytest.approx(math.exp(0.2 * (macro - micro)), rel=2e-3)
    assert artefacts.premium(1.0) == 1


def test_the_best_of_sixteen_reaches_the_claimed_ratio_as_often_as_computed():
    """The chance is 62 percent for a standard error of 0.3."""
    assert chance_of_up_to(1.6, 16, 0.3) == pytest.approx(0.62, abs=0.005)
    best = []
    for seed in range(400):
        posts = artefacts.best_of_many(seed).posts
        logs = (
            np.log(posts["likes"] / posts["followers"])
            .groupby([posts["niche"], posts["followers"] >= 1e5])
            .mean()
            .unstack()
        )
        best.append(np.exp((logs[False] - logs[True]).max()))

    assert np.mean(np.array(best) > 1.6) == pytest.approx(
        float(chance_of_up_to(1.6, 16, artefacts.brand_error())), abs=0.08
    )
    assert np.median(best) == pytest.approx(artefacts.best_of_many(0).expected, rel=0.03)
    world = worlds.world("w", artefacts.best_of_many(0).posts)
    brands = world.strata("likes_per_follower").tier(DECADES).contrast().to_frame()
    assert brands["estimate"].max() == pytest.approx(best[0], rel=1e-9)


def test_the_correction_for_inactive_followers_finds_the_elasticity_of_those_who_look():
    error = 0.7
    posts = artefacts.inactive_followers(6, 40_000, error).posts
    sample = worlds.world("w", posts).sample("likes_per_follower")
    cleaned = without_inactive(sample, [0.0, error]).to_frame()
    narrow = without_inactive(sample, [0.0, error], confidence=0.9).to_frame()
    plain = measured_betas([sample]).iloc[0]
    kept = np.array([1.0, 1 - error**2 / log_spread(sample) ** 2])

    for result in (cleaned, narrow):
        assert result["beta"].to_numpy() == pytest.approx(plain["beta"] / kept)
    for result, z in ((cleaned, 1.959964), (narrow, 1.644854)):
        ends = [10 ** (1 - (plain["beta"] + side * z * plain["se"]) / kept) for side in (0, 1, -1)]
        assert result[["estimate", "low", "high"]].to_numpy() == pytest.approx(
            np.transpose(ends), rel=1e-6
        )
    assert cleaned["beta"].iloc[1] == pytest.approx(1.0, abs=0.02)
    assert cleaned["low"].iloc[1] < 1 < cleaned["high"].iloc[1]
    assert cleaned["low"].iloc[0] > 1.3
    assert explaining_error(sample).estimate == pytest.approx(error, abs=0.03)
    assert log_spread(sample) == pytest.approx(math.hypot(artefacts.SPREAD, error), rel=0.02)


def test_an_error_as_large_as_the_spread_leaves_nothing_and_no_premium_needs_no_error():
    sample = worlds.world("w", artefacts.power_law(1, 1.2).posts).sample("likes_per_follower")

    (nothing,) = without_inactive(sample, [5.0])
    assert nothing.status == explaining_error(sample).status == "undefined"
    numbers = without_inactive(sample, [5.0]).to_frame()[["estimate", "low", "high", "beta"]]
    assert numbers.isna().all(axis=None)
    assert math.isnan(explaining_error(sample).estimate)


def test_what_is_simulated_is_labelled_so_and_is_no_evidence():
    source = worlds.world("a feed", artefacts.nothing(1, 200).posts).source

    assert source.short == "SIMULATED: a feed"
    assert not source.evidence
