"""Prices, costs, portfolios, budgets and decisions as sentences, and their reasons."""

from math import isnan

import numpy as np

from analysis.display import because, lines, sentence
from analysis.estimate.cost.accounts import Creators
from analysis.estimate.cost.assumptions import Turning
from analysis.estimate.cost.budget import BudgetSplit, BudgetSplits
from analysis.estimate.cost.decisions import Advice, Decisions, Information
from analysis.estimate.cost.portfolios import ONE, Portfolios
from analysis.estimate.cost.price_laws import PowerLaw
from analysis.estimate.cost.printed_prices import PriceEvidence
from analysis.estimate.cost.ratios import CostRatios
from analysis.estimate.cost.sizes import CheapestSizes
from analysis.present.sentences.numbers import (
    count,
    enumerated,
    interval,
    listing,
    number,
    short_count,
)
from analysis.present.sentences.reasons import WORDINGS
from analysis.present.sentences.results import compared, lifts

LEAST = 0.01
"""Worth of information [percent] below which its size is not written."""

WORDINGS |= {
    "worst_case": lambda of, versus, metric, worst: (
        f"worst {100 * worst:g} % over the median case, one {of} / {versus} with as many "
        f"followers, {metric}"
    ),
    "worst_case_of_several": lambda of, versus, metric, worst, accounts: (
        f"worst {100 * worst:g} % over the median case, {accounts} {of} / {versus} with as many "
        f"followers together, {metric}"
    ),
    "worst_case_together": "worst case of {accounts} together, {metric}",
    "left_in_worst_cases": lambda metric, worst, accounts: (
        f"of the usual {metric} in the worst {100 * worst:g} % of cases"
        + (f" of {accounts} together" if accounts > 1 else "")
    ),
    "cost_per_reaction": "cost per reaction: prices of {prices}, reactions of {reactions}",
    "reactions_per_cost": "reactions per cost: reactions of {reactions}, prices of {prices}",
    "reactions_by_decision": "reactions, {decisions}",
    "all_on": "all {tier}",
    "even": "even",
    "today": lambda macro: f"today, {100 * macro:g} % macro",
    "printed_without_error": "a printed table gives no error",
    "no_published_table": "no published table",
    "tenfold_accounts": "accounts ten times as large / accounts",
    "cost_per_follower_of": lambda prices: ", ".join(filter(None, ("cost per follower", prices))),
    "few_owners": lambda owners: f"indicative only, {count(owners, 'data owner')}",
    "owners_vote": "t over data owners, one vote each, {tables} tables",
    "two_sources": "two independent sources, variances of logarithms added",
    "no_creators": "{fault}",
    "few_in_a_tier": "indicative only, {accounts} accounts in a tier",
    "bootstrap": lambda resamples, k, together: (
        f"bootstrap of accounts ({resamples}), k = {k} drawn "
        + (f"with rank correlation {together:g}" if together else "independently")
    ),
    "quantiles_over_draws": "median and quantiles over draws",
}


ADVICE = {"reallocate": "reallocate", "keep": "keep", "undecided": "do not reallocate: undecided"}
"""What each outcome of `reallocate` advises."""


@sentence.register(PowerLaw)
def _power_law(law: PowerLaw) -> str:
    grows = f"grows as followers to the power {interval(law.slope, *law.interval())}"
    return f"{law.name or law.source}: {grows}."


@sentence.register(PriceEvidence)
def _price_evidence(evidence: PriceEvidence) -> str:
    frame = evidence.to_frame()
    below, sure = frame["gamma"] < frame["beta"], frame["gamma_high"] < frame["beta_low"]
    sources = f"{below.sum()} of {count(len(frame), 'source')} of prices"
    text = f"By {sources} larger accounts cost less per reaction before handling"
    return f"{text}, by {sure.sum()} of them with the whole interval."


@sentence.register(CostRatios)
def _cost_ratios(ratios: CostRatios) -> str:
    counts = ratios.dearer().items()
    parts = [f"per {what.removeprefix('a ')} by {above} of {n}" for what, (above, n) in counts]
    tier = ratios[0].label.split(" / ")[0] if len(ratios) else "the first tier"
    return f"By sources of prices {tier} costs more {listing(parts)}."


@lines.register(CostRatios)
def _cost_ratios_lines(ratios: CostRatios) -> str:
    frame = ratios.to_frame()[["name", "quantity"]].rename(columns={"name": "prices of"})
    frame = frame.rename(columns={"quantity": "per"})
    frame["ratio [interval]"] = [lifts(one) for one in ratios]
    return f"{ratios.sentence()}\n{frame.to_string(index=False)}"


@sentence.register(CheapestSizes)
def _cheapest_sizes(sizes: CheapestSizes) -> str:
    always, names = sizes.always_larger, sizes.curves["name"].unique()
    sources = f"{len(always)} of {count(len(names), 'source')} of prices"
    text = f"By {sources} larger is always cheaper per reaction"
    some = sizes.turning[sizes.turning["low"] > 0]
    if some.empty:
        return f"{text}."
    ends = enumerated(some, "name")
    larger = f"{short_count(sizes.large)} followers beat {short_count(sizes.small)}"
    where = f"where handling one creator costs more than {ends}"
    return f"{text}; by the others {larger} {where}."


@sentence.register(Creators)
def _creators(accounts: Creators) -> str:
    middle = float(accounts.rate[accounts.pick(np.array([0.5]))][0])
    rate = number(100 * middle, "percent")
    return f"{count(accounts.n, 'account')} to draw creators from, median rate {rate}."


@sentence.register(Portfolios)
def _portfolios(portfolios: Portfolios) -> str:
    parts = []
    for assumption in (name for name in portfolios.table["portfolio"].unique() if name != ONE):
        times = portfolios.times_one(assumption)
        for row in times.itertuples():
            much = f"{row.mean:.2f} times as much, in the worst 5 % {row.low:.2f} times"
            parts.append(f"{assumption}, prices of {row.Index}: {much}")
    return f"Against one alone, for the same money, {'; '.join(parts)}."


@sentence.register(BudgetSplit)
def _budget_split(split: BudgetSplit) -> str:
    money = f"{split.hired['spent'].sum():,.0f} of {split.budget:,.0f} {split.currency}".strip()
    creators = count(int(split.hired["creators"].sum()), "creator")
    return f"{creators} for {money}: {bought(split)}."


def bought(split: BudgetSplit) -> str:
    """Write how many creators of each option are hired."""
    return listing(f"{row.creators} {row.name}" for row in split.hired.itertuples(index=False))


@sentence.register(BudgetSplits)
def _budget_splits(splits: BudgetSplits) -> str:
    parts = []
    for (prices, budget), split in splits.splits.items():
        money = f"{budget:,.0f} {split.currency}".strip()
        parts.append(f"At the prices of {prices}, {money} best hire {bought(split)}")
    missing = (fault.rstrip(".").replace(": ", ", ", 1) for fault in splits.missing)
    faults = [f"At the prices of {fault}" for fault in missing]
    return ". ".join([*parts, *faults]) + "."


@sentence.register(Information)
def _information(knowing: Information) -> str:
    if isnan(knowing.share):
        return "Knowing it beforehand is worth nothing, since no decision brings a reaction."
    return f"Knowing it beforehand is worth {_worth(knowing)}."


def _worth(knowing: Information) -> str:
    if knowing.share < LEAST:
        return f"less than {LEAST:g} % of the reactions"
    return f"{knowing.share:.2g} % of the reactions"


@sentence.register(Advice)
def _advice(advice: Advice) -> str:
    ratio = advice.ratio
    times = f"{interval(ratio.estimate, ratio.low, ratio.high)} times the reactions"
    return f"{compared(ratio)}: {times}. Advice: {ADVICE[advice.outcome]}."


@sentence.register(Turning)
def _turning(turning: Turning) -> str:
    if isnan(turning.value):
        return "No other handling cost or overlap of audiences that was tried would change that."
    more = turning.value > turning.assumed
    if turning.assumption == "overlap":
        share = f"{100 * turning.assumed:.2g} %"
        what = f"that {share} of a further creator's reactions come from people already reached"
        there = f"{100 * turning.value:.2g} %"
    else:
        what = f"that handling one creator costs {_money(turning, turning.assumed)}"
        there = _money(turning, turning.value)
    beyond = f"from {there} on" if more else f"at {there} or less"
    then = "an even split" if turning.then == str(because("even")) else turning.then
    return f"What decides is an assumption, {what}: {beyond} it is {then}."


def _money(turning: Turning, value: float) -> str:
    if not value:
        return "nothing"
    return f"{value:,.{0 if value >= 10 else 2}f} {turning.currency}".rstrip()


@sentence.register(Decisions)
def _decisions(decisions: Decisions) -> str:
    least = decisions.least_regret
    cases = f"{least['regret']:.0f} % on average and {least['regret_high']:.0f} % in bad cases"
    text = f"{least['name'].capitalize()} has the least regret, {cases}."
    worth = f"Knowing the handling cost beforehand is worth {_worth(decisions.knowing)}."
    decides = decisions.turning.sentence() if decisions.turning else ""
    return " ".join(filter(None, (text, decides, worth)))
