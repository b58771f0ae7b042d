"""AVERAGES: five ways of averaging one metric, each with the variance of its logarithm.

The same posts give five different "engagement rates", and none is wrong: they weigh accounts differently. All five are
estimated on the logarithmic scale with the account as the unit, because what is wanted of them is a ratio of tiers.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import bdtr, ndtri

from analysis.evidence.cells import BIN

Rows = pd.DataFrame | Mapping[str, np.ndarray]


class LogEstimate(NamedTuple):
    """An average on the logarithmic scale.

    Attributes
    ----------
    log : float
        Natural logarithm of the average; nan if it is not defined.
    variance : float
        Of `log`; nan if it is not known.
    df : float
        Degrees of freedom that go with it.
    method : str
        How the variance was found.
    problem : str
        Why something is missing, or why the number is indicative only, in words; empty if nothing is.
    decisive : bool
        Whether a verdict may rest on it.
    """

    log: float
    variance: float
    df: float
    method: str
    problem: str = ""
    decisive: bool = True


AVERAGES: dict[str, str] = {
    "typical account": "geometric mean of account rates: the account in the middle on a ratio scale",
    "median account": "half of the accounts have a higher rate",
    "mean of accounts": "arithmetic mean of account rates: a few very high rates count much",
    "mean of posts": "arithmetic mean of post rates: busy accounts count more",
    "ratio of sums": "all reactions over all followers: large accounts count more",
}
"""Every average by name, with what it weighs."""

RATIOS: dict[str, tuple[str, str, str, str, str]] = {
    "mean of accounts": ("account_rate", "accounts", "account_rate2", "accounts", "account_rate"),
    "mean of posts": ("rate", "posts", "rate2", "posts2", "rate_posts"),
    "ratio of sums": ("numerator", "denominator", "numerator2", "denominator2", "numerator_denominator"),
}
"""Averages that are a sum over a sum: columns of both, of their squares and of their product."""

INDICATIVE = 10
"""With fewer accounts than this no interval keeps its promise: such an estimate is indicative only."""

ZEROS = 0.05
"""With a larger share of accounts of rate zero, which have no logarithm, the typical account is indicative only."""


def log_average(rows: Rows, average: str, resolution: str, histogram: pd.DataFrame | None = None) -> LogEstimate:
    """Average the rows of one tier.

    Parameters
    ----------
    rows : pandas.DataFrame or mapping of numpy.ndarray
        With the columns MOMENTS.
    average : str
        A key of AVERAGES.
    resolution : str
        ``"accounts"`` or ``"cells"``.
    histogram : pandas.DataFrame, optional
        Of the same tier; needed for the median account from cells.

    Returns
    -------
    LogEstimate
        With a `problem` instead of a number where the tier is empty, without variation, or all zero.
    """
    if average not in AVERAGES:
        raise ValueError(f"average '{average}' is not known. Known: {', '.join(AVERAGES)}.")
    if rows["accounts"].sum() == 0:
        return LogEstimate(np.nan, np.nan, np.nan, "", "no account")
    if average == "typical account":
        return _checked(_typical(rows))
    if average == "median account":
        return _checked(_median_of_accounts(rows) if resolution == "accounts" else _median_of_cells(histogram))
    columns = RATIOS[average]
    return _checked(_jackknife(rows, *columns[:2]) if resolution == "accounts" else _linearised(rows, *columns))


def _checked(found: LogEstimate) -> LogEstimate:
    """Say in words why a number is missing."""
    if found.problem:
        return found
    if not np.isfinite(found.log):
        return found._replace(log=np.nan, variance=np.nan, problem="nothing was counted: the rate is zero")
    if found.df < 1:
        return found._replace(variance=np.nan, problem="a single account carries the average: no interval")
    if not np.isfinite(found.variance):
        return found._replace(variance=np.nan, problem="one account holds everything that was counted: no interval")
    if found.variance <= 1e-24:
        return found._replace(variance=np.nan, problem="no variation between accounts: no interval")
    return found


def _typical(rows: Rows) -> LogEstimate:
    """Mean and variance of account logs; accounts with a rate of zero have no logarithm."""
    n, total, squares = (float(rows[name].sum()) for name in ("positive", "log_rate", "log_rate2"))
    zeros = int(rows["accounts"].sum() - n)
    method = "Welch on account logs" + (f", without {zeros} accounts of rate zero" if zeros else "")
    if n == 0:
        return LogEstimate(-np.inf, np.nan, np.nan, method)
    mean = total / n
    variance = max(squares - n * mean**2, 0.0) / (n - 1) / n if n > 1 else np.nan
    found = _checked(LogEstimate(mean, variance, n - 1, method))
    if found.problem or not zeros or (zeros <= ZEROS * (n + zeros) and n >= INDICATIVE):
        return found
    words = f"indicative only, {zeros} of {zeros + n:.0f} accounts have a rate of zero and no logarithm"
    return found._replace(problem=words, decisive=False)


def _kish(weights: float, squares: float) -> float:
    """Kish's effective number of accounts, less one."""
    return weights**2 / squares - 1


def _jackknife(rows: Rows, numerator: str, denominator: str) -> LogEstimate:
    """Leave one account out, on the log of a ratio of sums (Efron and Stein 1981); degrees of freedom after Kish (1965)."""
    above, below = np.asarray(rows[numerator]), np.asarray(rows[denominator])
    n, total, base = len(above), above.sum(), below.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(total / base)
        without = np.log((total - above) / (base - below))
        away = without - without.sum() / n
    return LogEstimate(log, (n - 1) / n * away.dot(away), _kish(base, below.dot(below)), "leave-one-account-out jackknife, Kish df")


def _linearised(rows: Rows, numerator: str, denominator: str, numerator2: str, denominator2: str, product: str) -> LogEstimate:
    """Delta method on the log of a ratio of sums; all that cells allow."""
    above, below, above2, below2, cross = (float(rows[name].sum()) for name in (numerator, denominator, numerator2, denominator2, product))
    n = float(rows["accounts"].sum())
    method = "linearised (delta method) from cells, Kish df"
    if above == 0:
        return LogEstimate(-np.inf, np.nan, np.nan, method)
    ratio = above / below
    residuals = max(above2 - 2 * ratio * cross + ratio**2 * below2, 0.0)
    variance = n / (n - 1) * residuals / above**2 if n > 1 else np.nan
    return LogEstimate(np.log(ratio), variance, _kish(below, below2), method)


def _middle_ranks(n: float) -> tuple[float, float]:
    """Rank c of Price and Bonett (2001) and the normal quantile that the interval (c, n - c + 1) stands for."""
    rank = max(round((n + 1) / 2 - np.sqrt(n)), 1)
    return rank, -ndtri(bdtr(rank - 1, int(n), 0.5))


def _median_of_accounts(rows: Rows) -> LogEstimate:
    """Median of account rates; variance of its log from order statistics (Price and Bonett 2001, 2020)."""
    rates = np.sort(np.asarray(rows["account_rate"]))
    n = len(rates)
    rank, z = _middle_ranks(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.log(rates[rank - 1]), np.log(rates[n - rank])
        log = np.log(np.median(rates))
        variance = ((high - low) / (2 * z)) ** 2
    return LogEstimate(log, variance, n - 1, "order statistics of log rates (Price-Bonett)")


def _median_of_cells(histogram: pd.DataFrame | None) -> LogEstimate:
    """The same from binned log rates; says how far off binning can be."""
    if histogram is None:
        return LogEstimate(np.nan, np.nan, np.nan, "", "cells of a stratum hold no histogram, so no median")
    n = float(histogram["accounts"].sum())
    if n == 0:
        return LogEstimate(np.nan, np.nan, np.nan, "", "no account")
    rank, z = _middle_ranks(n)
    counted = _cumulated(histogram)
    middle, low, high = (_quantile(*counted, count) for count in (n / 2, rank - 0.5, n - rank + 0.5))
    error = max(_bound(histogram, "bin_high") - middle, middle - _bound(histogram, "bin_low"))
    method = f"order statistics of log rates (Price-Bonett) from a histogram, median exact to {100 * np.expm1(error):.1f} %"
    return LogEstimate(middle, ((high - low) / (2 * z)) ** 2, n - 1, method)


def _cumulated(histogram: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, float]:
    """Edges of bins, the accounts below each, spread evenly within a bin, and the accounts of rate zero, which lie below every edge."""
    zero = histogram["bin_high"].isna().to_numpy()
    floor = float(histogram["accounts"].to_numpy(float)[zero].sum())
    low, high, accounts = (histogram[name].to_numpy(float)[~zero] for name in ("bin_low", "bin_high", "accounts"))
    # a bin that reaches down to a rate of zero has no width on a log scale: its accounts stand at its upper end
    low, high = np.where(np.isnan(low), high, low).astype(int), high.astype(int)
    edges = np.unique(np.concatenate([low, high])) if low.size else np.zeros(1, int)
    width, first, size = high - low, edges[0], edges[-1] - edges[0] + 1
    units = np.repeat(low - np.cumsum(width) + width, width) + np.arange(width.sum())  # each bin's stretches of one BIN
    spread = np.bincount(units + 1 - first, np.repeat(accounts / np.maximum(width, 1), width), size)
    points = np.bincount(high[width == 0] - first, accounts[width == 0], size)
    # what is off by rounding would pick the other end of a gap between two bins
    return edges, floor + np.round(np.cumsum(spread + points)[edges - first], 9), floor


def _quantile(edges: np.ndarray, below: np.ndarray, floor: float, count: float) -> float:
    """Log rate below which so many accounts lie."""
    return -np.inf if count <= floor else float(np.interp(count, below, edges) * BIN)


def _bound(histogram: pd.DataFrame, side: str) -> float:
    """Where the median would be if every account stood at one side of its bin; bins without an upper end hold rates of zero."""
    ends, accounts = histogram[side].where(histogram["bin_high"].notna()).to_numpy(float), histogram["accounts"].to_numpy(float)
    order = np.argsort(np.where(np.isnan(ends), -np.inf, ends), kind="stable")
    value = ends[order][np.searchsorted(np.cumsum(accounts[order]), accounts.sum() / 2)]
    return -np.inf if np.isnan(value) else float(value * BIN)
