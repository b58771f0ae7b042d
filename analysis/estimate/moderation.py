"""What raises the variance of a mean of few accounts: that of log-normal rates.

Few accounts mostly lack the highest rates of their tier, and the variance of a mean is raised
towards what log-normal rates with the same spread of logs would give. Rates whose logs are skewed
to the left, such as those of accounts among which a part is nearly silent, have a wide spread that
says nothing of high rates. There the upper half of the logs stands for them.
"""

from collections.abc import Mapping

import numpy as np

from analysis.moments.cells import BIN
from analysis.moments.group import Group, evenly
from analysis.registers.records import Tier

FEW = 20
"""Effective accounts at which the observed variance and that of log-normal rates weigh the same;
docs/coverage.md shows what this does to intervals.
"""

NEGLIGIBLE = 1e-12
"""A variance of a logarithm that is no larger is rounding error, not variation."""

ABOVE = "spread_above"
"""Key under which `log_averages` takes the spread of the logs above their median, if at hand."""

WIDER = 2.0
"""Standard errors by which the lower half has to be spread wider than the upper one. With fewer,
a chance excess narrows intervals where both halves are heavy; benchmarks/means.csv has others.
"""


def spread_above(logs: np.ndarray) -> float:
    """Variance of logs around their median from those above it; nan unless those below it are
    spread wider by WIDER standard errors.

    Examples
    --------
    >>> logs = np.log(np.random.default_rng(1).gamma(1.0, size=200))
    >>> bool(spread_above(logs) < np.var(logs)), spread_above(-logs)
    (True, nan)
    """
    half = len(logs) / 2
    if half < 2:
        return np.nan
    away = logs - np.median(logs)
    squares = [np.where(side, away**2, 0.0) for side in (away > 0, away < 0)]
    above, below = (part.sum() / half for part in squares)
    fourth = sum((part**2).sum() for part in squares) / half - above**2 - below**2
    error = np.sqrt(max(fourth, 0.0) / half)
    return float(above) if below - above > WIDER * error else np.nan


def _of_accounts(rows: Mapping[str, np.ndarray]) -> np.ndarray:
    """Logs of the accounts that have any."""
    positive = np.asarray(rows["positive"], float) > 0
    return np.asarray(rows["log_rate"], float)[positive]


def _of_bins(bins: Mapping[str, np.ndarray] | None) -> np.ndarray:
    """Logs of the accounts in the bins of a histogram, spread evenly over each; those of rate zero
    are left out. Empty without a histogram.
    """
    if bins is None:
        return np.array([])
    columns = ("bin_low", "bin_high", "accounts")
    low, high, accounts = (np.asarray(bins[name], float) for name in columns)
    kept = np.isfinite(high)
    low, high = low[kept], high[kept]
    low = np.where(np.isnan(low), high, low)
    place, share = evenly(accounts[kept])
    return BIN * (low[place] + share * (high - low)[place])


def raised(sums: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which tiers have so few accounts, for the spread of their logs, that the variance of a mean
    may be raised by a hundredth of the difference or more.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return ~(_effective(sums, _spread(sums))[1] > 10 * FEW)


def of_tier(
    rows: Mapping[str, np.ndarray], resolution: str, histogram: Mapping[str, np.ndarray] | None
) -> float:
    """Spread of the logs above their median; see `spread_above`."""
    accounts = resolution == "accounts"
    return spread_above(_of_accounts(rows) if accounts else _of_bins(histogram))


def spreads_above(
    group: Group, tiers: list[Tier], sums: Mapping[str, np.ndarray], resolution: str
) -> np.ndarray:
    """Spread of the logs above their median in each tier where it matters; nan
    elsewhere.
    """
    above = np.full(len(tiers), np.nan)
    for place in np.flatnonzero(raised(sums)):
        tier = tiers[place]
        bins = group.bins_within(tier) if resolution == "cells" else None
        above[place] = of_tier(group.within(tier), resolution, bins)
    return above


def moderated_variance(
    observed: np.ndarray, sums: Mapping[str, np.ndarray], share: np.ndarray
) -> np.ndarray:
    """Raise a variance towards that of log-normal rates with the same spread of logs, the more the
    fewer accounts there are.

    Few accounts mostly lack the highest rates of their tier. Average and variance then come out
    too small together, and an interval lies below the truth too often; the spread of the logs does
    not depend on the highest rates as much. So the variance is moderated by one that borrows
    strength, as in Smyth (2004): by half of the difference at FEW effective accounts, a log-normal
    account weighing less the wider rates are spread, and by next to nothing at many. A share of
    accounts with a rate of zero adds to the spread. Where logs are skewed to the left, the spread
    is that of their upper half (see `spread_above`), since low rates say nothing of high ones.
    """
    spread = _spread(sums)
    if ABOVE in sums:
        # nan where the logs are not skewed to the left
        spread = np.where(sums[ABOVE] < spread, sums[ABOVE], spread)
    inflation, effective = _effective(sums, spread)
    expected = (inflation - 1) * share
    raised = observed + np.maximum(expected - observed, 0.0) / (1 + (effective / FEW) ** 2)
    return np.where((sums["positive"] < 2) | (observed <= NEGLIGIBLE), observed, raised)


def _spread(sums: Mapping[str, np.ndarray]) -> np.ndarray:
    """Variance of the logs of account rates."""
    positive, total, squares = (sums[name] for name in ("positive", "log_rate", "log_rate2"))
    return np.maximum(squares - total**2 / positive, 0.0) / (positive - 1)


def _effective(sums: Mapping[str, np.ndarray], spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """E[rate ** 2] / E[rate] ** 2 of log-normal rates, and how many equal accounts these stand
    for.
    """
    inflation = np.exp(spread) * sums["accounts"] / sums["positive"]
    return inflation, sums["accounts"] / inflation
