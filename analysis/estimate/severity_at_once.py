"""Intervals of many worlds of tiers at once: of typical accounts, whose means and spreads are drawn
as such, and of ranks.
"""

import numpy as np

from analysis.estimate.averages import INDICATIVE, log_averages
from analysis.estimate.decision import holds_by_bound
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.ratio.ranks import concordance, logit_interval
from analysis.estimate.severity_tiers import Ends, TierWorld
from analysis.estimate.tier_averages import (
    Averaged,
    difference,
    log_interval,
    status_of,
    zeros_bound,
)
from analysis.registers.claims import EVERY_OTHER, Test


def at_once(test: Test) -> bool:
    """Whether intervals of a test follow from means and spreads, which cost next to nothing."""
    return test.estimator == "contrast" and test.average == "typical account"


def typical_ends(
    test: Test, tiers: dict[str, TierWorld], worlds: int, rng: np.random.Generator,
    confidence: float,
) -> Ends:  # fmt: skip
    """Intervals of a typical account, or of two against each other, or of one against every other:
    of normal logs the mean and the sum of squares are drawn as such.
    """
    logs = {tier: _typical(world, worlds, rng) for tier, world in tiers.items()}
    # accounts and zeros, on which the status rests, are the same in all worlds
    first = {tier: _in_first_world(drawn, tiers[tier]) for tier, drawn in logs.items()}
    if test.versus == EVERY_OTHER:
        return _smallest(test.of, logs, first, worlds, confidence)
    one = logs[test.of]
    log = difference(one, logs[test.versus]) if test.versus else one
    low, high = log_interval(log.log, log.variance, log.df, confidence)
    status = np.full(worlds, status_of(*first.values()))
    if test.versus and status[0] == "indicative":
        pair = (first[test.of], first[test.versus])
        zeros = zeros_bound(test.of, test.versus, *pair, confidence)
        status = np.where(holds_by_bound(test, low, high, zeros), "ok", status)
    return low, high, status


def _smallest(
    of: str, logs: dict[str, LogEstimate], first: dict[str, Averaged], worlds: int,
    confidence: float,
) -> Ends:  # fmt: skip
    """Intervals of the smallest ratio, as `contrast.smallest_ratio` makes them."""
    others = [tier for tier in logs if tier != of and first[tier].accounts > 0]
    usable = [tier for tier in others if status_of(first[of], first[tier]) == "ok"]
    if not usable:
        nothing = np.full(worlds, np.nan)
        return nothing, nothing, np.full(worlds, "undefined")
    columns = np.array([logs[tier][:3] for tier in usable]).transpose(1, 0, 2)
    ratios = difference(logs[of], LogEstimate(*columns, None))
    each_level = 1 - (1 - confidence) / len(others)
    lows, highs = log_interval(ratios.log, ratios.variance, ratios.df, each_level)
    compared = len(usable) == len(logs) - 1
    low = lows.min(axis=0) if compared else np.zeros(worlds)
    return low, highs.min(axis=0), np.full(worlds, "ok")


def _in_first_world(drawn: LogEstimate, world: TierWorld) -> Averaged:
    numbers = (float(part[0]) for part in drawn[:3])
    return Averaged(LogEstimate(*numbers, *drawn[3:]), world.accounts, world.accounts)


def _typical(world: TierWorld, worlds: int, rng: np.random.Generator) -> LogEstimate:
    n, sd = world.n, world.whole_sd
    means = world.mean + sd / np.sqrt(max(n, 1)) * rng.standard_normal(worlds)
    squares = sd**2 * rng.chisquare(max(n - 1, 1), worlds) + n * means**2
    full = np.ones(worlds)
    sums = {
        "accounts": full * world.accounts, "positive": full * n,
        "log_rate": n * means, "log_rate2": squares,
    }  # fmt: skip
    drawn = log_averages(sums, "typical account")
    numbers = np.array([one[:3] for one in drawn], float).T
    return LogEstimate(*numbers, drawn[0].method, drawn[0].problem, drawn[0].decisive)


def superiority_ends(
    test: Test, tiers: dict[str, TierWorld], worlds: int, rng: np.random.Generator,
    confidence: float,
) -> Ends:  # fmt: skip
    """Intervals of how often an account of one tier surpasses one of another, as
    `ratio.superiority` makes them of single accounts: ranks of rates are those of their logarithms.
    """
    pair = [tiers[test.versus], tiers[test.of]]
    fewest = min(world.accounts for world in pair)
    if not fewest:
        nothing = np.full(worlds, np.nan)
        return nothing, nothing, np.full(worlds, "undefined")
    ends = np.full((2, worlds), np.nan)
    for at in range(worlds):
        ends[:, at] = logit_interval(*concordance([_rates(one, rng) for one in pair]), confidence)
    sure = np.isfinite(ends[0]) & (fewest >= INDICATIVE)
    return *ends, np.where(sure, "ok", "indicative")


def _rates(world: TierWorld, rng: np.random.Generator) -> np.ndarray:
    """Log rates of all accounts; that of a rate of zero is below every other."""
    return np.concatenate([world.drawn(rng), np.full(world.zeros, -np.inf)])
