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
from statsmodels.stats.oneway import anova_oneway
from statsmodels.stats.weightstats import ttost_ind

from analysis import paths
from analysis.estimate.averages import AVERAGES
from analysis.estimate.contrast import contrast
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.ratio.equivalence import equivalence, p_values
from analysis.estimate.ratio.tiers_alike import equivalence_of_tiers
from analysis.estimate.verdict import judge
from analysis.moments.load import load_all
from analysis.registers.lookup import claim, scheme
from analysis.simulate import worlds

SPEC = importlib.util.spec_from_file_location(
    "sizes_equivalence", paths.ROOT / "benchmarks" / "sizes_equivalence.py"
)
benchmark = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(benchmark)
DECADES = scheme("decades")


NAMES = ("nano", "micro", "macro")
WORLD = worlds.world("cells", worlds.posts(1, accounts=(1, 1))).sample().tier(DECADES)


def logs(seed, means=(0.0, 0.0), n=(400, 300), sd=(0.8, 0.8)):
    rng = np.random.default_rng(seed)
    return [rng.normal(mean, one, size) for mean, size, one in zip(means, n, sd, strict=True)]


def sample_of(*parts):
    """One cell per tier, from the log rates of its accounts; micro and macro if there are two."""
    rows = []
    for name, x in zip(NAMES[-len(parts) :], parts, strict=True):
        counts = dict.fromkeys(("accounts", "posts", "positive"), len(x))
        rows.append({"tier": name, **counts, "log_rate": x.sum(), "log_rate2": (x**2).sum()})
    return replace(WORLD, resolution="cells", rows=pd.DataFrame(rows))


@pytest.fixture(scope="module")
def posts():
    return worlds.posts(seed=5, ratio=1.1, accounts=(300, 200))


def test_both_one_sided_tests_are_those_of_statsmodels():
    micro, macro = logs(1, (0.05, 0.0), sd=(0.8, 0.6))
    edge = np.log(1.15)
    reference = ttost_ind(micro, macro, -edge, edge, usevar="unequal")

    test = equivalence(sample_of(micro, macro), margin=1.15)

    expected = (reference[1][1], reference[2][1])
    assert (test.p_below, test.p_above) == pytest.approx(expected, rel=1e-9)
    welch = stats.ttest_ind(micro, macro, equal_var=False).pvalue
    assert test.p_difference == pytest.approx(welch, rel=1e-9)


@pytest.mark.parametrize("average", AVERAGES)
def test_the_ratio_and_its_interval_are_those_of_the_contrast(posts, average):
    sample = worlds.world("alike", posts).sample().tier(DECADES)
    assert equivalence(sample, average=average).estimate == contrast(sample, average=average)


@pytest.mark.parametrize("seed", range(40))
def test_interval_and_p_values_agree(seed):
    test = equivalence(sample_of(*logs(seed, (0.1 * (seed % 4), 0.0), n=(900, 900))))

    ratio, inside = test.estimate, 1 / test.margin < test.inner_low < test.inner_high < test.margin
    assert (max(test.p_below, test.p_above) < 0.05) == inside
    assert (test.p_difference < 0.05) == (ratio.low > 1 or ratio.high < 1)
    assert (test.answer == "equivalent") == inside
    assert ratio.low < test.inner_low < ratio.estimate < test.inner_high < ratio.high


def test_the_three_answers_and_the_case_in_which_two_of_them_are_true():
    rng = np.random.default_rng(3)
    noise = [part - part.mean() for part in (rng.normal(0, 0.8, 8000), rng.normal(0, 0.8, 8000))]
    same, near, far = (
        equivalence(sample_of(noise[0] + shift, noise[1])) for shift in (0.0, 0.06, 0.5)
    )
    few = equivalence(sample_of(noise[0][:40], noise[1][:40]))

    answers = [test.answer for test in (same, near, far, few)]
    assert answers == ["equivalent", "equivalent", "different", "undecided"]
    assert near.p_difference < 0.05
    assert near.because.endswith("The ratio differs from 1 (p < 0.001), by less than the margin.")
    assert same.because.startswith("The 90 % interval, ")
    assert same.because.endswith("lies within 1/1.15 to 1.15.")
    assert far.because == "The interval excludes 1 and lies beyond 1/1.15 to 1.15."
    inner = f"the 90 % interval, {few.inner_low:.3g} to {few.inner_high:.3g}"
    assert few.because == f"The interval includes 1, and {inner}, leaves 1/1.15 to 1.15."


@pytest.mark.parametrize("variance", [0.0, np.nan])
def test_without_a_variance_there_is_no_p(variance):
    assert np.isnan(p_values(LogEstimate(0.1, variance, 10.0, None), 1.15)).all()


def test_an_answer_of_equivalent_never_meets_a_verdict_of_contradicted():
    alike = claim("A12")
    asked = next(test for test in alike.tests if test.relation == "equals" and test.value == 1)
    for seed, shift in enumerate(np.linspace(-0.2, 0.2, 21)):
        sample = sample_of(*logs(seed, (shift, 0.0), n=(3000, 3000)))
        test = equivalence(sample, margin=asked.margin)
        outcome = judge(alike, test.estimate, asked).outcome
        impossible = {("equivalent", "contradicted"), ("different", "supported")}
        assert (test.answer, outcome) not in impossible


def test_too_few_accounts_or_none_leave_it_undecided():
    few = equivalence(sample_of(*logs(2, n=(9, 400))))
    none = equivalence(sample_of(np.array([]), logs(2)[0]))

    assert (few.answer, few.estimate.status) == ("undecided", "indicative")
    assert few.because == f"Too little to decide: {few.estimate.method}."
    assert "9 accounts in micro" in few.because
    assert (none.answer, none.estimate.status) == ("undecided", "undefined")
    assert np.isnan(none.p_below)
    assert "cannot be estimated: micro: no account" in none.sentence()


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


def test_the_difference_of_all_tiers_is_welchs_test_of_statsmodels():
    parts = logs(7, (0.1, 0.05, 0.0), (500, 40, 300), (0.8, 0.7, 0.9))
    reference = anova_oneway(parts, use_var="unequal")

    test = equivalence_of_tiers(sample_of(*parts), margin=1.2)

    assert test.p_difference == pytest.approx(reference.pvalue, rel=1e-9)


def test_all_tiers_are_alike_only_if_every_pair_is():
    for seed in range(30):
        means, accounts = (0.0, 0.02 * (seed % 5), 0.0), (1500, 1500, 1500)
        sample = sample_of(*logs(seed, means, accounts, (0.8,) * 3))
        pairs = [equivalence(sample, *pair) for pair in combinations(NAMES, 2)]
        every = equivalence_of_tiers(sample)

        assert (every.answer == "equivalent") == all(pair.answer == "equivalent" for pair in pairs)
        largest = max(max(pair.p_below, pair.p_above) for pair in pairs)
        assert every.p_pairs == pytest.approx(largest, rel=1e-9)


def test_all_tiers_together_have_the_three_answers_and_their_reasons():
    few, apart, alike = (
        equivalence_of_tiers(sample_of(*logs(1, means, (n, n, n), (sd, sd, sd))))
        for means, n, sd in (((0, 0, 0), 40, 1), ((0, 0.5, 0), 900, 0.5), ((0, 0.05, 0), 9000, 0.5))
    )

    assert (few.answer, apart.answer, alike.answer) == ("undecided", "different", "equivalent")
    not_shown = "is not shown to lie within a factor of 1.15."
    p = f"p = {few.p_difference:.2g}"
    assert few.because == f"No difference is shown ({p}), and {few.widest} {not_shown}"
    assert apart.because == f"The tiers differ (p < 0.001), and {apart.widest} {not_shown}"
    every = "Every pair of tiers is equivalent within a factor of 1.15."
    assert alike.because == f"{every} They differ (p < 0.001), by less than the margin."


def test_tiers_that_cannot_be_compared_are_named():
    partly = equivalence_of_tiers(sample_of(*logs(1, (0, 0, 0), (300, 5, 300), (1, 1, 1))))
    alone = equivalence_of_tiers(sample_of(*logs(1, n=(300, 5))))

    assert (partly.tiers, partly.left_out) == (("nano", "macro"), ("micro", "mega"))
    assert partly.sentence().endswith("Not compared: micro and mega.")
    assert (alone.answer, alone.widest) == ("undecided", "")
    assert "fewer than two tiers" in alone.because
    row = partly.to_frame().iloc[0]
    assert (row["tiers"], row["left_out"], row["answer"]) == (
        "nano, macro",
        "micro, mega",
        partly.answer,
    )


def test_the_tests_keep_their_size_at_the_edge_of_the_margin():
    names = [name for place, name in enumerate(benchmark.SCENARIOS) if place in (0, 1, 2, 3, 8)]
    chosen = {name: benchmark.SCENARIOS[name] for name in names}

    shares = benchmark.sizes(worlds=500, scenarios=chosen)

    error, two = np.sqrt(0.05 * 0.95 / 500), shares["two one-sided tests"].dropna()
    assert two.between(0.03 - 2 * error, 0.06 + 2 * error).all()
    assert shares["every pair"].max() < 0.05 + 3 * error


def test_the_committed_table_of_sizes_keeps_the_promise():
    table = pd.read_csv(paths.ROOT / "benchmarks" / "sizes_equivalence.csv").set_index("scenario")
    at_the_edge = [name for name in table.index if "two tiers" in name and "edge" in name]
    large = [name for name in at_the_edge if " 60 accounts" not in name]

    assert list(table.index) == list(benchmark.SCENARIOS)
    assert (table["worlds"] >= 10_000).all()
    assert table.loc[large, "two one-sided tests"].between(0.03, 0.06).all()
    assert (table.filter(like="edge", axis=0).drop(columns="worlds").max() < 0.06).all()
    # 562 accounts a side have 80 percent power for a margin of 15 percent, from 2 sd^2 (z.95 +
    # z.90)^2 / log(1.15)^2
    power = table.loc["two tiers, the same, 562 accounts each", "two one-sided tests"]
    assert power == pytest.approx(0.8, abs=0.02)


def test_real_sources_are_kept_apart_and_listed_side_by_side():
    loaded = load_all("open")
    samples = loaded.sample("engagement").tier(DECADES)

    rows = samples.equivalence().to_frame().set_index("source")
    tests = rows.loc[[loaded[key].source.short for key in ("instagram-kim", "tiktok-datares")]]

    assert tests["answer"].tolist() == ["different", "undecided"]
    assert tests["estimate"].tolist() == pytest.approx([1.159, 1.014], abs=0.001)
    assert rows["because"].str.startswith("The interval ").all()
