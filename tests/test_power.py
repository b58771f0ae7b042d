"""Numbers of clicks and creators are the known ones, and a significant small study exaggerates as
much as simulated ones do.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from analysis.display import because
from analysis.estimate.power import (
    accounts_to_decide,
    chance_of_up_to,
    clicks_needed,
    creators_needed,
    creators_to_confirm,
    detectable_ratio,
    significance,
    significant_study,
)
from analysis.estimate.results import Estimate

TINY = 1 + 1e-9


@pytest.mark.parametrize(("base", "clicks"), [(0.01, 42_690), (0.02, 21_106), (0.03, 13_911)])
def test_clicks_for_a_lift_of_20_percent_are_about_420_sales_a_side(base, clicks):
    # references: (z.975 + z.80)^2 (p(1-p) + q(1-q)) / (p - q)^2; statsmodels takes the pooled
    # variance under the null, three clicks more
    assert clicks_needed(base) == pytest.approx(clicks, abs=3)
    assert base * clicks == pytest.approx(420, rel=0.02)


@pytest.mark.parametrize(
    ("spread", "clicks", "creators"),
    [
        (0.5, 200, 226),
        (0.5, 1_000, 140),
        (0.5, 5_000, 123),
        (0.8, 200, 410),
        (0.8, 1_000, 324),
        (0.8, 5_000, 307),
    ],
)
def test_creators_for_a_lift_of_20_percent_are_those_of_the_closed_form(spread, clicks, creators):
    # references: Poisson sales at the pooled rate of 2.2 percent; a binomial on each side has 1 - p
    # less of their variance
    assert (
        math.ceil(7.8489 * (2 * spread**2 + 2 / (0.022 * clicks)) / math.log(1.2) ** 2) == creators
    )
    assert creators_needed(0.02, clicks, spread) == pytest.approx(creators, abs=2)


@pytest.mark.parametrize(("margin", "creators"), [(1.10, 1207), (1.15, 562), (1.25, 221)])
def test_creators_to_show_that_two_tiers_are_alike_are_those_of_the_closed_form(margin, creators):
    # 2 sd^2 (z.95 + z.90)^2 / log(margin)^2 with a spread of 0.8, and rates that are known without
    # error
    assert creators_to_confirm(
        0.5, math.inf, 0.8, ratio=1.0, margin=margin, alpha=0.1
    ) == pytest.approx(creators, abs=1)


def test_creators_needed_give_the_power_they_promise():
    rng = np.random.default_rng(0)
    n, runs = creators_needed(0.02, 1_000, creator_sd=0.5, ratio=1.2), 4_000
    logs = [
        rng.normal(np.log(p), np.sqrt(0.25 + (1 - p) / (p * 1_000)), (runs, n))
        for p in (0.024, 0.02)
    ]
    z = (logs[0].mean(axis=1) - logs[1].mean(axis=1)) / np.sqrt(
        sum(side.var(axis=1, ddof=1) / n for side in logs)
    )

    assert 120 <= n <= 230
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.025)
    assert creators_needed(0.02, 1_000) > creators_needed(0.02, 100_000) > 100


def test_to_confirm_a_ratio_takes_more_creators_than_to_tell_it_from_one():
    n = creators_to_confirm(0.02, 1_000)
    rng = np.random.default_rng(1)
    logs = [
        rng.normal(np.log(p), np.sqrt(0.25 + (1 - p) / (p * 1_000)), (3_000, n))
        for p in (0.024, 0.02)
    ]
    log, se = (
        logs[0].mean(axis=1) - logs[1].mean(axis=1),
        np.sqrt(sum(side.var(axis=1, ddof=1) / n for side in logs)),
    )
    within = (log - 1.96 * se > np.log(1.2 / 1.1)) & (log + 1.96 * se < np.log(1.2 * 1.1))

    assert within.mean() == pytest.approx(0.8, abs=0.025)
    assert n > 4 * creators_needed(0.02, 1_000)


def test_the_best_of_sixteen_reaches_sixty_percent_in_most_worlds_without_any_effect():
    rng = np.random.default_rng(0)
    simulated = (np.exp(rng.normal(0, 0.3, (20_000, 16))).max(axis=1) >= 1.6).mean()

    assert float(chance_of_up_to(1.6, 16, 0.3)) == pytest.approx(simulated, abs=0.012)
    assert float(chance_of_up_to(1.6, 16, 0.3)) == pytest.approx(0.62, abs=0.005)


@pytest.mark.parametrize("effect", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("creators", [4, 10, 40])
def test_power_is_that_of_the_t_test_of_statsmodels(effect, creators):
    expected = TTestIndPower().power(effect, creators, alpha=0.05)
    assert significance(effect, math.sqrt(2 / creators), 2 * creators - 2)[0] == pytest.approx(
        expected, abs=2e-4
    )


def test_type_s_and_type_m_are_those_that_gelman_and_carlin_print():
    # Gelman and Carlin (2014), Beyond power calculations: an effect of 0.3 percent with standard
    # error 3.3 has power 0.05, a type S
    # error rate of 46 percent for an effect of 0.1, and exaggerates 77-fold; the effect of 2 with
    # standard error 8.1 has power
    # 0.06, type S 24 percent and an exaggeration of 9.7 (found there by simulation)
    power, type_s, type_m = significance(0.1, 3.28)
    assert (power, type_s, type_m) == pytest.approx((0.05, 0.46, 77), rel=0.02)
    power, type_s, type_m = significance(2.0, 8.1)
    assert (power, type_s, type_m) == pytest.approx((0.06, 0.24, 9.7), rel=0.07)


@pytest.mark.parametrize(("creators", "ratio"), [(5, 1.2), (10, 1.2), (40, 1.5)])
def test_simulated_studies_exaggerate_as_much_as_worked_out(creators, ratio):
    rng, studies = np.random.default_rng(creators), 60_000
    spreads = [math.sqrt(0.5**2 + (1 - p) / (p * 1_000)) for p in (0.02 * ratio, 0.02)]
    sd = math.sqrt(sum(spread**2 for spread in spreads) / 2)
    logs, variance = (
        np.log(ratio) + rng.normal(0, sd * math.sqrt(2 / creators), studies),
        sd**2 * rng.chisquare(2 * creators - 2, studies),
    )
    se = np.sqrt(variance / (2 * creators - 2) * 2 / creators)
    significant = logs[np.abs(logs / se) > stats.t.ppf(0.975, 2 * creators - 2)]

    study = significant_study(creators, 0.02, 1_000, ratio=ratio)

    assert study.power == pytest.approx(len(significant) / studies, abs=0.004)
    assert study.type_s == pytest.approx(np.mean(significant < 0), abs=0.02)
    assert study.type_m == pytest.approx(np.abs(significant).mean() / np.log(ratio), rel=0.02)
    assert study.reported == pytest.approx(ratio**study.type_m)
    assert study.sentence().startswith(f"With {creators} creators on each side, a true +")


@pytest.mark.parametrize("creators", [10, 20, 40, 140])
def test_the_detectable_ratio_is_seen_with_the_power_asked_for_and_falls_with_creators(creators):
    ratio = detectable_ratio(creators, 0.02, 1_000)

    assert significant_study(creators, 0.02, 1_000, ratio=ratio).power == pytest.approx(
        0.8, abs=1e-6
    )
    assert creators_needed(0.02, 1_000, ratio=ratio) <= creators
    assert ratio > detectable_ratio(creators + 5, 0.02, 1_000)


def test_with_many_creators_the_detectable_ratio_is_the_inverse_of_the_creators_needed():
    assert detectable_ratio(creators_needed(0.02, 1_000), 0.02, 1_000) == pytest.approx(
        1.2, abs=0.002
    )
    assert math.isnan(detectable_ratio(3, 0.5, 10, creator_sd=2.0))


def test_a_ratio_below_one_is_seen_as_one_above_and_a_large_study_does_not_exaggerate():
    below, above = (
        significant_study(20, 0.02, math.inf, ratio=1 / 1.2),
        significant_study(20, 0.02, math.inf, ratio=1.2),
    )

    assert below.reported < 1 < above.reported
    assert significant_study(5_000, 0.02, 1_000, ratio=1.5).type_m == pytest.approx(1, abs=1e-3)
    assert significant_study(20, 0.02, 1_000, ratio=TINY).type_s == pytest.approx(0.5, abs=1e-3)


def test_with_the_accounts_it_takes_to_decide_the_interval_ends_at_the_claimed_range():
    estimate = Estimate(
        "micro / macro",
        100,
        1000,
        1.2,
        0.8,
        1.8,
        "ratio",
        because("nothing"),
        (because("welch"),),
        "ok",
    )
    claimed = (1.6 / 1.1, 1.6 * 1.1)

    accounts = accounts_to_decide(estimate, claimed)

    high, higher = (1.2 * 1.5 ** np.sqrt(100 / n) for n in (accounts, accounts - 1))
    assert high <= claimed[0] < higher
    assert (
        accounts_to_decide(estimate, (0.0, claimed[0]))
        == accounts_to_decide(estimate, (claimed[0], np.inf))
        == accounts
    )
    for nothing in (
        {"low": 0.0},
        {"high": np.inf},
        {"low": np.nan, "high": np.nan},
        {"estimate": claimed[0]},
    ):
        assert accounts_to_decide(replace(estimate, **nothing), claimed) is None
