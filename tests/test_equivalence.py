"""Tiers are called alike as seldom as promised when they are not, and test, interval and contrast
never disagree.
"""

import importlib.util
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.oneway import equivalence_oneway
from statsmodels.stats.weightstats import ttost_ind

from analysis import paths
from analysis.estimate.averages import AVERAGES, LogEstimate
from analysis.estimate.contrast import Estimate, contrast
from analysis.estimate.ratio.equivalence import ANSWERS, equivalence, equivalence_of_tiers, p_values
from analysis.estimate.replicate import each
from analysis.estimate.tiers import assign_tiers
from analysis.estimate.verdict import judge
from analysis.moments.load import load
from analysis.registers.lookup import claim, scheme
from analysis.simulate import worlds

SPEC = importlib.util.spec_from_file_location(
    "sizes_equivalence", paths.ROOT / "benchmarks" / "sizes_equivalence.py"
)
benchmark = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(benchmark)
DECADES = scheme("decades")


NAMES = ("nano", "micro", "macro")
WORLD = assign_tiers(worlds.world("cells", worlds.posts(1, accounts=(1, 1))).sample(), DECADES)


def logs(seed, means=(0.0, 0.0), n=(400, 300), sd=(0.8, 0.8)):
    rng = np.random.default_rng(seed)
    return [rng.normal(mean, one, size) for mean, size, one in zip(means, n, sd, strict=True)]


def sample_of(*parts):
    """One cell per tier, from the log rates of its accounts; micro and macro if there are two."""
    rows = [
        {
            "tier": name,
            "accounts": len(x),
            "posts": len(x),
            "positive": len(x),
            "log_rate": x.sum(),
            "log_rate2": (x**2).sum(),
        }
        for name, x in zip(NAMES[-len(parts) :], parts, strict=True)
    ]
    return replace(WORLD, resolution="cells", rows=pd.DataFrame(rows))


@pytest.fixture(scope="module")
def posts():
    return worlds.posts(seed=5, ratio=1.1, accounts=(300, 200))


def test_both_one_sided_tests_are_those_of_statsmodels():
    micro, macro = logs(1, (0.05, 0.0), sd=(0.8, 0.6))
    edge = np.log(1.15)
    reference = ttost_ind(micro, macro, -edge, edge, usevar="unequal")

    found = equivalence(sample_of(micro, macro), margin=1.15)

    assert (found.p_below, found.p_above) == pytest.approx(
        (reference[1][1], reference[2][1]), rel=1e-9
    )
    assert found.p_difference == pytest.approx(
        stats.ttest_ind(micro, macro, equal_var=False).pvalue, rel=1e-9
    )


@pytest.mark.parametrize("average", AVERAGES)
def test_the_ratio_and_its_interval_are_those_of_the_contrast(posts, average):
    sample = assign_tiers(worlds.world("alike", posts).sample(), DECADES)
    assert equivalence(sample, average=average)[:10] == contrast(sample, average=average)


@pytest.mark.parametrize("seed", range(40))
def test_interval_and_p_values_agree(seed):
    found = equivalence(sample_of(*logs(seed, (0.1 * (seed % 4), 0.0), n=(900, 900))))

    inside = 1 / found.margin < found.inner_low and found.inner_high < found.margin
    assert (max(found.p_below, found.p_above) < 0.05) == inside
    assert (found.p_difference < 0.05) == (found.low > 1 or found.high < 1)
    assert (found.answer == "equivalent") == inside
    assert found.low < found.inner_low < found.estimate < found.inner_high < found.high


def test_the_three_answers_and_the_case_in_which_two_of_them_are_true():
    rng = np.random.default_rng(3)
    noise = [part - part.mean() for part in (rng.normal(0, 0.8, 8000), rng.normal(0, 0.8, 8000))]
    said = {shift: equivalence(sample_of(noise[0] + shift, noise[1])) for shift in (0.0, 0.06, 0.5)}
    few = equivalence(sample_of(noise[0][:40], noise[1][:40]))

    assert [found.answer for found in said.values()] == ["equivalent", "equivalent", "different"]
    assert few.answer == "undecided"
    assert said[0.06].p_difference < 0.05
    assert "differs from 1" in said[0.06].because
    assert said[0.0].because.startswith("The 90 % interval, ") and said[0.0].because.endswith(
        "lies within 1/1.15 to 1.15."
    )
    assert (
        f"the 90 % interval, {few.inner_low:.3g} to {few.inner_high:.3g}, leaves 1/1.15 to 1.15."
        in few.because
    )
    assert (
        np.isnan(p_values(LogEstimate(0.1, 0.0, 10.0, ""), 1.15)).all()
        and np.isnan(p_values(LogEstimate(0.1, np.nan, 1.0, ""), 2)).all()
    )
    assert "by less than the margin" in said[0.06].because
    assert "differs" not in said[0.0].because
    assert {found.answer for found in (*said.values(), few)} == set(ANSWERS)


def test_an_answer_of_equivalent_never_meets_a_verdict_of_contradicted():
    alike = claim("A12")
    test = next(one for one in alike.tests if one.relation == "equals" and one.value == 1)
    for seed, shift in enumerate(np.linspace(-0.2, 0.2, 21)):
        found = equivalence(
            sample_of(*logs(seed, (shift, 0.0), n=(3000, 3000))), margin=test.margin
        )
        outcome = judge(alike, Estimate(*found[:10]), test).outcome
        assert (found.answer, outcome) not in {
            ("equivalent", "contradicted"),
            ("different", "supported"),
        }


def test_too_few_accounts_or_none_leave_it_undecided():
    few, none = (
        equivalence(sample_of(*logs(2, n=(9, 400)))),
        equivalence(sample_of(np.array([]), logs(2)[0])),
    )

    assert (few.answer, few.status) == ("undecided", "indicative")
    assert "9 accounts in micro" in few.because
    assert (none.answer, none.status) == ("undecided", "undefined")
    assert np.isnan(none.p_below)


def test_a_margin_has_to_be_a_factor_above_one():
    with pytest.raises(
        ValueError, match=r"margin 1 is not allowed. Allowed: a factor above 1, such as 1.15"
    ):
        equivalence(sample_of(*logs(1)), margin=1)
    with pytest.raises(ValueError, match="tier scheme 'decades' has no tier 'giant'"):
        equivalence(sample_of(*logs(1)), of="giant")


def test_swapping_the_tiers_swaps_the_one_sided_tests():
    sample = sample_of(*logs(4, (0.1, 0)))
    one, two = equivalence(sample), equivalence(sample, "macro", "micro")

    assert (one.p_below, one.p_above) == pytest.approx((two.p_above, two.p_below), rel=1e-9)
    assert one.answer == two.answer


def test_all_tiers_at_once_is_welleks_test_of_statsmodels_under_the_margin_of_the_worst_known_pair():
    parts = logs(7, (0.1, 0.05, 0.0), (500, 400, 300), (0.8, 0.7, 0.9))
    worst = max(
        np.var(a, ddof=1) / len(a) + np.var(b, ddof=1) / len(b)
        for a, b in [(parts[0], parts[2]), (parts[1], parts[2])]
    )
    total = sum(map(len, parts))
    reference = equivalence_oneway(parts, np.log(1.2) ** 2 / worst / total, use_var="unequal")

    found = equivalence_of_tiers(sample_of(*parts), margin=1.2)

    assert found.p_distance == pytest.approx(reference.pvalue, rel=1e-8)
    assert found.p_difference == pytest.approx(
        stats.f.sf(reference.statistic, *reference.df), rel=1e-8
    )


def test_all_tiers_are_alike_only_if_every_pair_is():
    for seed in range(30):
        sample = sample_of(
            *logs(seed, (0.0, 0.02 * (seed % 5), 0.0), (1500, 1500, 1500), (0.8,) * 3)
        )
        pairs = [equivalence(sample, *pair) for pair in combinations(NAMES, 2)]
        every = equivalence_of_tiers(sample)

        assert (every.answer == "equivalent") == all(pair.answer == "equivalent" for pair in pairs)
        assert every.p_pairs == pytest.approx(
            max(max(pair.p_below, pair.p_above) for pair in pairs), rel=1e-9
        )


def test_all_tiers_together_have_the_three_answers_and_their_reasons():
    few, apart, alike = (
        equivalence_of_tiers(sample_of(*logs(1, means, (n, n, n), (sd, sd, sd))))
        for means, n, sd in (((0, 0, 0), 40, 1), ((0, 0.5, 0), 900, 0.5), ((0, 0.05, 0), 9000, 0.5))
    )

    assert (few.answer, apart.answer, alike.answer) == ("undecided", "different", "equivalent")
    assert few.because.startswith(
        f"No difference is shown (p = {few.p_difference:.2g}), and {few.widest} is not shown to lie within"
    )
    assert apart.because.startswith("The tiers differ (p = ") and apart.because.endswith(
        "is not shown to lie within a factor of 1.15."
    )
    assert alike.because.startswith(
        "Every pair of tiers is equivalent within a factor of 1.15. They differ (p = "
    )


def test_tiers_that_cannot_be_compared_are_named():
    found = equivalence_of_tiers(sample_of(*logs(1, (0, 0, 0), (300, 5, 300), (1, 1, 1))))
    alone = equivalence_of_tiers(sample_of(*logs(1, n=(300, 5))))

    assert (found.tiers, found.left_out) == ("nano, macro", "micro, mega")
    assert (alone.answer, alone.status) == ("undecided", "undefined")
    assert "fewer than two tiers" in alone.because


def test_the_tests_keep_their_size_at_the_edge_of_the_margin():
    chosen = {
        name: benchmark.SCENARIOS[name]
        for name in list(benchmark.SCENARIOS)[:4] + list(benchmark.SCENARIOS)[8:9]
    }

    found = benchmark.sizes(worlds=500, scenarios=chosen).drop(columns=["scenario", "worlds"])

    error = np.sqrt(0.05 * 0.95 / 500)
    assert found["two one-sided tests"].dropna().between(0.03 - 2 * error, 0.06 + 2 * error).all()
    assert found["every pair"].max() < 0.05 + 3 * error
    assert found["distance"].max() < 0.05 + 3 * error


def test_the_committed_table_of_sizes_keeps_the_promise():
    table = pd.read_csv(paths.ROOT / "benchmarks" / "sizes_equivalence.csv").set_index("scenario")
    large = [
        name
        for name in table.index
        if "two tiers" in name and "edge" in name and " 60 accounts" not in name
    ]

    assert list(table.index) == list(benchmark.SCENARIOS)
    assert (table["worlds"] >= 10_000).all()
    assert table.loc[large, "two one-sided tests"].between(0.03, 0.06).all()
    assert (table.filter(like="edge", axis=0).drop(columns="worlds").max() < 0.06).all()
    # 562 accounts a side have 80 percent power for a margin of 15 percent, from 2 sd^2 (z.95 +
    # z.90)^2 / log(1.15)^2
    assert table.loc[
        "two tiers, the same, 562 accounts each", "two one-sided tests"
    ] == pytest.approx(0.8, abs=0.02)


def test_real_sources_are_told_apart_and_listed_side_by_side():
    samples = [
        assign_tiers(load(key).sample(), DECADES) for key in ("instagram-kim", "tiktok-datares")
    ]
    found = each(samples, equivalence)

    assert found["answer"].tolist() == ["different", "undecided"]
    assert found["estimate"].tolist() == pytest.approx([1.159, 1.014], abs=0.001)
