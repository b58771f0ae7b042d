"""What notebook 11 says of its figures: a headline for any prices, also for none."""

import re
from dataclasses import replace
from math import inf, nan

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.estimate.cost.assumptions import Turning
from analysis.estimate.cost.budget import BudgetSplits
from analysis.estimate.cost.decisions import Decisions, Information, reallocate
from analysis.estimate.cost.portfolios import ONE, Portfolios
from analysis.estimate.cost.printed_prices import PriceEvidence
from analysis.estimate.cost.ratios import CostRatios
from analysis.estimate.cost.sizes import CheapestSizes
from analysis.finding import MOST_WORDS, UNFIT, words

SCHEME = an.scheme("decades")
TIERS = [tier.name for tier in SCHEME.tiers]


def check(finding):
    """Hold a finding to what any reader may expect of it."""
    assert words(finding.headline) <= MOST_WORDS
    assert not UNFIT.search(finding.headline)
    assert finding.headline[0].isupper() and not finding.headline.endswith(".")
    assert len(finding.alt) >= 20 and words(finding.alt) <= 60
    for text in (finding.headline, finding.detail, finding.caveat, finding.alt):
        assert not re.search(r"\bnan\b|\binf\b|none and|  |\.\.(?!\.)|[a-z]_[a-z]", text), text
        assert not re.search(r"\b(lose|gain|raise|cause)s?\b", text), text
    return finding


@pytest.fixture(scope="module")
def kim():
    return an.load("instagram-kim").sample("engagement").tier(SCHEME)


@pytest.fixture(scope="module")
def ratios(kim):
    tables = an.cost.price_slopes(an.registers.published(), an.registers.price_tables())
    return an.cost.cost_ratios(an.cost.load_prices().values(), tables[tables["pooled"]], kim)


def shaken(ratios, seed):
    """Some of the ratios, moved, turned or taken away."""
    rng = np.random.default_rng(seed)
    kept = ratios.where(rng.random(len(ratios)) < rng.choice([0.0, 0.1, 0.5, 1.0]))
    made = []
    for one in kept:
        value = rng.choice([nan, 1.0, float(np.exp(rng.normal()))])
        made.append(replace(one, estimate=value, low=value / 2, high=rng.choice([inf, value * 2])))
    return CostRatios(tuple(made), kept.keys)


@pytest.mark.parametrize("seed", range(40))
def test_any_ratios_of_costs_have_a_headline(ratios, kim, seed):
    check(an.text.cheaper_by_unit(shaken(ratios, seed), kim))


def test_the_headline_has_the_direction_of_most_prices(ratios, kim):
    found = check(an.text.cheaper_by_unit(ratios.for_platform("instagram"), kim))
    assert "less per post" in found.headline
    dearer, n = ratios.for_platform("instagram").dearer()["a reaction"]
    assert ("more per reaction" in found.headline) == (2 * dearer > n)
    turned = [replace(one, estimate=1 / one.estimate) for one in ratios]
    other = an.text.cheaper_by_unit(CostRatios(tuple(turned), ratios.keys), kim)
    assert "more per post" in other.headline


def test_any_evidence_on_prices_has_a_headline(kim):
    law = an.cost.power_law(kim)
    tables = an.cost.price_slopes(an.registers.published(), an.registers.price_tables())
    evidence = an.cost.price_evidence(an.cost.load_prices(), tables, law)
    rng = np.random.default_rng(3)
    for most in (0, 1, 2, len(evidence)):
        kept = evidence.where(np.arange(len(evidence)) < most)
        slopes = [replace(one, slope=float(rng.normal(0.8, 0.5))) for one in kept.laws]
        check(replace(kept, laws=tuple(slopes)).finding())
        check(PriceEvidence(kept.facts, kept.laws, replace(law, slope=nan), 0.9).finding())


@pytest.mark.parametrize("costs", [[], [-5.0], [0.0, 12.0], [110.0, 3e6, 0.02], [nan]])
def test_any_cheapest_sizes_have_a_headline(costs):
    names = [f"list {at}" for at in range(len(costs))]
    turning = pd.DataFrame({"name": names, "estimate": costs, "low": costs, "high": costs})
    curves = pd.DataFrame({"name": names, "handling": 1.0, "low": inf, "high": inf})
    sizes = CheapestSizes(curves, turning.assign(unit="USD"), 3e4, 3e5)
    for platform in ("instagram", ""):
        check(an.text.handling_decides(sizes, 1_000, platform))


@pytest.mark.parametrize("means", [[0.2], [0.2, 3.4], [nan], [1.0, nan]])
def test_any_portfolios_have_a_headline(kim, means):
    rows = []
    for at, mean in enumerate(means):
        for name, value in ((ONE, 1.0), ("apart", mean)):
            rows.append({"prices": f"list {at}", "portfolio": name, "mean": value, "low": value})
    found = an.text.same_money(Portfolios(pd.DataFrame(rows)), "apart", kim, "150 USD")
    check(found)
    assert "SIMULATED" in found.headline + found.detail


def test_budgets_that_hire_nobody_have_a_headline():
    assert "None" in check(an.text.best_split(BudgetSplits({}, ()), SCHEME, "nothing")).headline


@pytest.mark.parametrize("value", [nan, 0.0, 0.02, 0.4, 12.0, 2_345.6])
@pytest.mark.parametrize("assumption", ["handling", "overlap"])
@pytest.mark.parametrize("now", ["all macro", "all mega", "even", "today, 50 % macro"])
def test_the_headline_names_the_assumption_that_decides(value, assumption, now):
    table = pd.DataFrame({"name": [now], "regret": [20.0], "regret_high": [70.0]})
    advice = reallocate(np.ones(9), np.linspace(0.5, 2, 9))
    turning = Turning(assumption, 0.3, value, now, "all nano", "USD")
    decisions = Decisions(table, table, Information(1.0, 1.1), advice, turning)
    found = check(an.text.least_regretted(decisions, SCHEME, "Eight owners of prices."))
    assert "SIMULATED" in found.detail and "undecided" in found.detail
    named = {"handling": "handling", "overlap": "overlap"}[assumption]
    assert named in found.headline
    if value == value:
        assert ("above" if value > 0.3 else "under") in found.headline
    assert not any(re.search(rf"\b{tier}\b", found.headline + found.detail) for tier in TIERS)
