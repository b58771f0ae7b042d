"""Ranks say the same of accounts as statsmodels does, nearly the same of cells, and nothing where
tiers do not differ.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.nonparametric import jonckheere_terpstra, rank_compare_2indep

from analysis.estimate.ratio.places import in_bins
from analysis.estimate.ratio.ranks import concordance, jonckheere, logit_interval
from analysis.estimate.ratio.superiority import superiority, trend
from analysis.moments.bands import band_edges
from analysis.moments.cells import cells
from analysis.moments.load import load
from analysis.moments.samples import samples
from analysis.moments.sums import account_moments
from analysis.registers.lookup import scheme, schemes
from analysis.simulate import worlds

DECADES = scheme("decades")
WORLD = worlds.world("accounts", worlds.posts(1, accounts=(1, 1))).sample().tier(DECADES)


def sample_of(**tiers):
    """A sample of accounts with these rates, by tier."""
    rows = [
        pd.DataFrame(
            {"tier": tier, "account_rate": np.asarray(rates, float), "accounts": 1.0, "posts": 1.0}
        )
        for tier, rates in tiers.items()
    ]
    return replace(WORLD, rows=pd.concat(rows, ignore_index=True))


def values(estimate):
    return estimate.estimate, estimate.low, estimate.high


def rates(seed, n, shift=0.0, sd=0.8):
    return np.exp(np.random.default_rng(seed).normal(shift, sd, n))


@pytest.fixture(scope="module")
def posts():
    return worlds.posts(seed=9, ratio=1.6, accounts=(500, 300))


@pytest.fixture(scope="module")
def both(posts):
    """The same world as accounts and as cells."""
    moments = account_moments(posts)
    table, histogram, _ = cells(moments, (), band_edges(schemes()))
    accounts = worlds.world("both", posts)
    summed = replace(accounts, resolution="cells", table=table, histogram=histogram)
    return [one.sample().tier(DECADES) for one in (accounts, summed)]


@pytest.mark.parametrize("rounding", [None, 1])
def test_superiority_its_variance_and_its_degrees_of_freedom_are_those_of_statsmodels(rounding):
    micro, macro = rates(1, 70, 0.3), rates(2, 40, sd=1.2)
    if rounding is not None:
        micro, macro = micro.round(rounding), macro.round(rounding)  # ties
    reference = rank_compare_2indep(micro, macro)
    p, se = reference.prob1, np.sqrt(reference.var_prob)
    reach = stats.t.ppf(0.975, reference.df) * se / (p * (1 - p))

    share = superiority(sample_of(micro=micro, macro=macro))

    logits = np.log(p / (1 - p)) + reach * np.array([0, -1, 1])
    assert values(share) == pytest.approx(tuple(1 / (1 + np.exp(-logits))), rel=1e-10)
    assert (share.unit, share.status) == ("probability", "ok")


@pytest.mark.parametrize("rounding", [None, 1])
def test_the_trend_is_that_of_statsmodels(rounding):
    parts = {"nano": rates(1, 50, 0.2), "micro": rates(2, 80, 0.1), "macro": rates(3, 30)}
    if rounding is not None:
        parts = {tier: values.round(rounding) for tier, values in parts.items()}
    reference = jonckheere_terpstra(list(parts.values()), alternative="two-sided")

    test = trend(sample_of(**parts))

    expected = (reference.zstat, reference.pvalue, reference.tau)
    assert (test.z, test.p, test.tau) == pytest.approx(expected, rel=1e-10)
    share = reference.statistic / (2 * reference.mean_null)
    assert test.estimate.estimate == pytest.approx(share, rel=1e-10)
    assert test.estimate.label == "nano < micro < macro"


def test_a_trend_over_two_tiers_is_superiority_of_the_larger():
    sample = sample_of(micro=rates(1, 50, 0.2), macro=rates(2, 60))
    larger = values(superiority(sample, "macro", "micro"))
    assert values(trend(sample).estimate) == pytest.approx(larger, rel=1e-12)


def test_a_known_probability_lies_in_the_interval_as_often_as_promised():
    truth, held, runs = stats.norm.cdf(0.5 / np.sqrt(0.8**2 + 1.2**2)), 0, 2000
    for seed in range(runs):
        groups = [rates((seed, 1), 25, sd=1.2), rates((seed, 0), 40, 0.5)]
        low, high = logit_interval(*concordance(groups), 0.95)
        held += low < truth < high
    assert held / runs > 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)


def test_the_trend_test_keeps_its_size_and_its_interval_the_truth_when_tiers_do_not_differ():
    runs, rejected, left = 600, 0, 0
    for seed in range(runs):
        groups = [rates((seed, n), n) for n in (60, 40, 20)]
        low, high = logit_interval(*concordance(groups), 0.95)
        rejected += jonckheere(groups, concordance(groups)[0])[1] < 0.05
        left += low > 0.5 or high < 0.5
    error = 3 * np.sqrt(0.05 * 0.95 / runs)
    assert (rejected / runs, left / runs) == pytest.approx((0.05, 0.05), abs=error)


def test_cells_give_nearly_what_accounts_give_and_bound_the_difference(both):
    exact, binned = (superiority(one) for one in both)
    assert binned.estimate == pytest.approx(exact.estimate, abs=0.005)
    assert (binned.low, binned.high) == pytest.approx((exact.low, exact.high), abs=0.006)
    assert "from a histogram" not in exact.method
    bound = dict(binned.reasons[-1].facts)
    assert bound["low"] < exact.estimate < bound["high"]
    assert f"{bound['low']:.3f} to {bound['high']:.3f} however they lie in them" in binned.method

    exact, binned = (trend(one) for one in both)
    assert binned.z == pytest.approx(exact.z, rel=0.04)
    assert binned.estimate.estimate == pytest.approx(exact.estimate.estimate, rel=0.04)


def test_accounts_of_rate_zero_lie_below_all_others_in_cells_as_in_accounts(posts):
    silent = {f"simulated-0-{number}" for number in range(60)}
    posts = posts.assign(
        **{
            name: posts[name].where(~posts["account_id"].isin(silent), 0)
            for name in ("likes", "comments")
        }
    )
    table, histogram, _ = cells(account_moments(posts), (), band_edges(schemes()))
    accounts = worlds.world("zeros", posts)
    summed = replace(accounts, resolution="cells", table=table, histogram=histogram)

    exact, binned = (superiority(one.sample().tier(DECADES)) for one in (accounts, summed))

    assert histogram["bin_high"].isna().any()
    assert binned.estimate == pytest.approx(exact.estimate, abs=0.01)


def test_ranks_do_not_change_with_the_unit_and_turn_with_the_tiers():
    sample = sample_of(micro=rates(1, 50, 0.2), macro=rates(2, 60))
    other = replace(
        sample, rows=sample.rows.assign(account_rate=1000 * sample.rows["account_rate"] ** 3)
    )
    one, two = superiority(sample), superiority(sample, "macro", "micro")

    assert values(superiority(other)) == values(one)
    assert (two.estimate, two.low, two.high) == pytest.approx(
        (1 - one.estimate, 1 - one.high, 1 - one.low), rel=1e-10
    )


def test_what_cannot_be_ranked_has_a_reason():
    apart = superiority(sample_of(micro=np.arange(20) + 100, macro=np.arange(20)))
    few = superiority(sample_of(micro=rates(1, 9), macro=rates(2, 60)))
    none = superiority(sample_of(micro=rates(1, 9)))
    level = superiority(load("instagram-kim").sample("engagement", "niche", "pet").tier(DECADES))
    lone = trend(sample_of(micro=rates(1, 30)))

    assert (apart.estimate, apart.status) == (1.0, "indicative")
    assert np.isnan(apart.low)
    assert "do not overlap" in apart.method
    assert "indicative only, 9 accounts in micro" in few.method
    assert (none.status, none.method) == ("undefined", "macro: no account")
    assert (level.status, level.method) == (
        "undefined",
        "cells of a stratum hold no histogram, so no ranks",
    )
    assert (lone.estimate.status, lone.estimate.label) == ("undefined", "micro")
    assert lone.estimate.method == "fewer than two tiers hold accounts"
    assert (lone.estimate.n_accounts, lone.estimate.unit) == (30, "probability")
    assert none.label == "micro above macro"
    assert np.isnan([*values(lone.estimate), lone.z, lone.p, lone.tau, *values(none)]).all()
    with pytest.raises(ValueError, match="tier scheme 'decades' has no tier 'giant'"):
        superiority(sample_of(micro=rates(1, 9)), "giant")


def test_accounts_that_are_all_alike_are_ranked_one_half():
    test = trend(sample_of(micro=np.ones(20), macro=np.ones(20)))
    assert (test.estimate.estimate, test.estimate.status) == (0.5, "indicative")
    assert np.isnan(test.p)


def test_on_instagram_larger_accounts_have_lower_rates_and_higher_totals_almost_always():
    both = samples(load("instagram-kim"), "engagement", "likes_per_post").tier(DECADES)

    shares, trends = both.superiority().to_frame(), both.trend().to_frame()

    # what the accounts themselves give
    assert shares["estimate"].tolist() == pytest.approx([0.5469, 0.0945], abs=0.001)
    assert trends["estimate"].tolist() == pytest.approx([0.3993, 0.9128], abs=0.001)
    assert (trends["z"] < 0).tolist() == [True, False]


def test_ranks_are_written_as_sentences():
    kim = load("instagram-kim").sample().tier(DECADES)
    share, test = superiority(kim, "macro", "micro"), trend(kim)

    assert share.sentence().endswith("in 45.3 % [44.2, 46.4] of pairs, 13,872 accounts.")
    assert "a random account of macro (100K to 1M followers) has more" in share.sentence()
    assert " falls with the tiers (nano < micro < macro < mega; p < 0.001): " in repr(test)
    alone = trend(sample_of(micro=rates(1, 30))).sentence()
    assert alone.endswith("cannot be estimated: fewer than two tiers hold accounts.")


def test_accounts_are_placed_in_bins_as_the_mean_and_spread_of_their_band_say():
    rng = np.random.default_rng(4)
    logs = rng.normal(3.0, 40.0, 4_000)
    ends = np.array([-200.0, -50.0, 0.0, 90.0, 200.0])
    accounts = np.histogram(logs, ends)[0].astype(float)
    band = np.full((2, 4), [[3.0], [40.0]])

    likely, even, low, high = in_bins(ends[:-1], ends[1:], accounts, *band)

    exact, steps = np.sort(logs), np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    away = [
        np.abs(np.quantile(placed, steps) - np.quantile(exact, steps)) for placed in (likely, even)
    ]
    assert away[0].max() < 4.0 < away[1].max()
    assert ((low <= likely) & (likely <= high) & (low <= even) & (even <= high)).all()


def test_accounts_are_spread_evenly_where_the_band_does_not_say_how():
    low, high, accounts = np.array([[0.0, 8.0], [8.0, 16.0], [4.0, 2.0]])
    unknown, nothing = np.full(2, np.nan), np.zeros(2)

    for middle, spread in ((unknown, unknown), (np.full(2, 900.0), np.ones(2)), (nothing, nothing)):
        places = in_bins(low, high, accounts, middle, spread)
        assert places.likely.tolist() == places.even.tolist() == [1.0, 3.0, 5.0, 7.0, 10.0, 14.0]


def test_what_bins_leave_open_makes_an_interval_wider(both):
    _, cells = both
    ends = cells.histogram[["bin_low", "bin_high"]].agg(["min", "max"])
    # one bin for each band, from the lowest rate to the highest
    one = cells.histogram.groupby(["metric", "lower", "upper"], as_index=False)["accounts"].sum()
    whole = one.assign(bin_low=ends.loc["min", "bin_low"], bin_high=ends.loc["max", "bin_high"])
    coarse = superiority(replace(cells, histogram=whole))
    fine = superiority(cells)

    even = dict(coarse.reasons[-1].facts)["even"]
    assert abs(even - coarse.estimate) > 0.01
    assert coarse.estimate == pytest.approx(fine.estimate, abs=0.01)
    assert coarse.high - coarse.low > 1.05 * (fine.high - fine.low)
