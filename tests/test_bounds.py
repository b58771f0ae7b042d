"""Accounts of rate zero that could only move a ratio further to the side where its interval lies
decide a claim with one side, and nothing else.
"""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import analysis as an
from analysis.estimate.averages import log_average
from analysis.estimate.contrast import ratio_of
from analysis.estimate.decision import decided
from analysis.estimate.results import Context
from analysis.estimate.tier_averages import Averaged
from analysis.registers.claims import Test


def averaged(logs, zeros=0):
    """The typical account of a tier with these log rates and so many accounts of rate zero."""
    logs = np.asarray(logs, float)
    rows = {
        "accounts": np.ones(len(logs) + zeros),
        "positive": np.r_[np.ones(len(logs)), np.zeros(zeros)],
        "log_rate": np.r_[logs, np.zeros(zeros)],
        "log_rate2": np.r_[logs**2, np.zeros(zeros)],
    }
    n = len(logs) + zeros
    return Averaged(log_average(rows, "typical account", "accounts"), n, n)


def ratio(macro, micro):
    return ratio_of("macro", "micro", macro, micro, Context(average="typical account"))


def asked(relation, value=1.0):
    fields = {"metric": "engagement", "of": "macro", "versus": "micro"}
    return Test(**fields, relation=relation, value=value)


def normal(seed, n, mean, spread):
    """Log rates whose mean and spread are exactly these."""
    logs = np.random.default_rng(seed).normal(size=n)
    return mean + spread * (logs - logs.mean()) / logs.std(ddof=1)


def turned(outcome):
    return {"supported": "contradicted", "contradicted": "supported"}[outcome]


WORLDS = {
    "seed": st.integers(0, 1000),
    "of_macro": st.integers(10, 60),
    "of_micro": st.integers(10, 60),
    "zeros": st.integers(1, 60),
    "difference": st.floats(-4, 4),
    "spreads": st.tuples(st.floats(0.05, 3), st.floats(0.05, 3)),
    "relation": st.sampled_from(["more_than", "less_than", "at_least", "at_most"]),
    "of_micro_are_zero": st.booleans(),
}


def by_a_bound(seed, of_macro, of_micro, zeros, difference, spreads, relation, of_micro_are_zero):
    """Log rates of the tier with zeros, a function that judges others in their place, and the
    verdict by a bound; skips worlds without one.
    """
    macro = normal(seed, of_macro, difference, spreads[0])
    micro = normal(seed + 1, of_micro, 0.0, spreads[1])
    test, held = asked(relation), micro if of_micro_are_zero else macro

    def judged(logs, zeros=0):
        tier = averaged(logs, zeros)
        pair = (averaged(macro), tier) if of_micro_are_zero else (tier, averaged(micro))
        estimate = ratio(*pair)
        return estimate, *decided(test, estimate)

    estimate, outcome, why = judged(held, zeros)
    assume(why.key == "by_bound")
    return held, judged, estimate, outcome


@settings(max_examples=60)
@given(**WORLDS, below=st.floats(0, 30))
def test_one_rate_below_all_others_in_place_of_the_zeros_never_turns_a_verdict_by_a_bound(
    zeros, below, **world
):
    held, judged, _, outcome = by_a_bound(zeros=zeros, **world)

    replaced = np.r_[held, np.full(zeros, held.min() - below)]

    assert judged(replaced)[1] == outcome


@settings(max_examples=60)
@given(**WORLDS, below=st.lists(st.floats(0, 30), min_size=60, max_size=60))
def test_any_rates_below_all_others_in_place_of_the_zeros_never_give_the_opposite(
    zeros, below, of_micro_are_zero, **world
):
    held, judged, before, outcome = by_a_bound(
        zeros=zeros, of_micro_are_zero=of_micro_are_zero, **world
    )

    after, now, _ = judged(np.r_[held, held.min() - np.array(below[:zeros])])

    assert now != turned(outcome)
    moved = after.estimate >= before.estimate * (1 - 1e-9)
    assert moved if of_micro_are_zero else after.estimate <= before.estimate * (1 + 1e-9)


@pytest.mark.parametrize(
    ("relation", "macro_above", "zeros_of", "outcome"),
    [
        ("more_than", True, "micro", "supported"),  # they would raise macro / micro
        ("at_least", True, "micro", "supported"),
        ("less_than", True, "micro", "contradicted"),
        ("at_most", True, "micro", "contradicted"),
        ("less_than", False, "macro", "supported"),  # they would lower it
        ("more_than", False, "macro", "contradicted"),
        ("more_than", True, "macro", "undecided"),  # they might turn it
        ("less_than", True, "macro", "undecided"),
        ("less_than", False, "micro", "undecided"),
        ("equals", True, "micro", "undecided"),
        ("equals", False, "macro", "undecided"),
    ],
)
def test_zeros_decide_only_where_they_point_away_from_the_edge_and_never_an_equality(
    relation, macro_above, zeros_of, outcome
):
    high, low = normal(1, 100, 1.0, 0.5), normal(2, 100, 0.0, 0.5)
    macro, micro = (high, low) if macro_above else (low, high)
    zeros = {name: 20 * (name == zeros_of) for name in ("macro", "micro")}
    estimate = ratio(averaged(macro, zeros["macro"]), averaged(micro, zeros["micro"]))

    found, why = decided(asked(relation), estimate)

    assert found == outcome
    assert why.key == ("too_little" if outcome == "undecided" else "by_bound")


def test_zeros_in_both_tiers_or_too_few_of_them_or_too_few_others_decide_nothing():
    macro, micro = normal(1, 100, 1.0, 0.5), normal(2, 100, 0.0, 0.5)
    both = ratio(averaged(macro, 20), averaged(micro, 20))
    few = ratio(averaged(macro[:12]), averaged(normal(2, 12, 0.0, 0.5), 1))
    thin = ratio(averaged(macro), averaged(micro[:9], 20))
    small = ratio(averaged(macro[:9]), averaged(micro, 20))

    for estimate in (both, few, thin, small):
        assert estimate.zeros is None
        assert decided(asked("more_than"), estimate)[0] == "undecided"


def test_one_zero_among_few_accounts_would_turn_the_verdict_that_is_not_given():
    macro, micro = normal(1, 12, 1.0, 0.5), normal(2, 12, 0.0, 0.5)

    without = ratio(averaged(macro), averaged(micro))
    assert decided(asked("more_than"), without)[0] == "supported"
    with_one = ratio(averaged(macro), averaged(np.r_[micro, -30.0]))
    assert decided(asked("more_than"), with_one)[0] == "undecided"


def test_the_bound_covers_the_ratio_of_all_accounts_as_often_as_it_says():
    rng, missed, worlds = np.random.default_rng(4), 0, 1000
    for _ in range(worlds):
        macro, micro = rng.normal(0.3, 1.0, 60), rng.normal(0.0, 1.0, 80)
        unseen = rng.random(80) < 0.3  # rates of three in ten micro accounts are far lower
        estimate = ratio(averaged(macro), averaged(micro[~unseen], int(unseen.sum())))
        assert estimate.zeros.key == "zeros_raise"
        # the true ratio is larger the lower the unseen rates are, and 0.3 [logs] at the least
        missed += np.log(estimate.low) > 0.3

    assert missed / worlds <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / worlds)


def test_the_verdict_says_that_it_rests_on_a_bound_and_on_how_many_accounts():
    kim = an.load("instagram-kim")
    verdict = an.judge("A13", kim, "harvard-media")[1]

    assert verdict.outcome == "supported"
    assert verdict.because.startswith("By a bound: 677 of 5,520 accounts in micro have a rate of ")
    assert "would only raise the ratio" in verdict.sentence()
