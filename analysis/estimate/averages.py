"""AVERAGES: five ways of averaging one metric, each with the variance of its logarithm.

The same posts give five different "engagement rates", and none is wrong: they weigh accounts
differently. All five are estimated on the logarithmic scale with the account as the unit, because
what is wanted of them is a ratio of tiers.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import bdtr, ndtri

from analysis.moments.cells import BIN

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
        Why something is missing, or why the number is indicative only, in words; empty if nothing
        is.
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
    "ratio of sums": (
        "numerator",
        "denominator",
        "numerator2",
        "denominator2",
        "numerator_denominator",
    ),
}
"""Averages that are a sum over a sum: columns of both, of their squares and of their product."""

_LOGS = ("accounts", "positive", "log_rate", "log_rate2")
NEEDED: dict[str, tuple[str, ...]] = {
    "typical account": _LOGS,
    "median account": (*_LOGS[:2], "account_rate"),
    **{name: tuple(dict.fromkeys((*_LOGS, *columns))) for name, columns in RATIOS.items()},
}
"""Columns of the rows that each average needs."""

METHOD = "delta method from sums over accounts (HC3, moderated by log-normal rates), Kish df"

NO_ACCOUNT = LogEstimate(np.nan, np.nan, np.nan, "", "no account")

INDICATIVE = 10
"""With fewer accounts than this no interval keeps its promise: such an estimate is indicative
only.
"""

ZEROS = 0.05
"""With a larger share of accounts of rate zero, which have no logarithm, the typical account is
indicative only.
"""

ZEROS_OF_MEDIAN = 0.2
"""With a larger one the interval of the median comes near the zeros, or ends among them, by luck:
it is indicative only, too.
"""

FEW = 20
"""Effective accounts at which the variance seen and that of log-normal rates count alike; see
Coverage in CONTRIBUTING.md.
"""

NEGLIGIBLE = 1e-12
"""A variance of a logarithm that is no larger is what rounding leaves of none."""


def log_average(
    rows: Rows, average: str, resolution: str, histogram: Rows | None = None
) -> LogEstimate:
    """Average the rows of one tier.

    Parameters
    ----------
    rows : pandas.DataFrame or mapping of numpy.ndarray
        With the columns MOMENTS; of accounts the first sixteen are enough.
    average : str
        A key of AVERAGES.
    resolution : str
        ``"accounts"`` or ``"cells"``.
    histogram : pandas.DataFrame or mapping of numpy.ndarray, optional
        Of the same tier; needed for the median account from cells.

    Returns
    -------
    LogEstimate
        With a `problem` instead of a number where the tier is empty, without variation, or all
        zero.
    """
    if average not in AVERAGES:
        raise ValueError(f"average '{average}' is not known. Known: {', '.join(AVERAGES)}.")
    if average != "median account":
        return log_averages(
            {name: np.array([total]) for name, total in sums_of(rows, average).items()}, average
        )[0]
    accounts, positive, _ = sums_of(rows, average).values()
    if accounts == 0:
        return NO_ACCOUNT
    found = _checked(
        _median_of_accounts(rows) if resolution == "accounts" else _median_of_cells(histogram)
    )
    return _with_zeros(found, accounts, positive, ZEROS_OF_MEDIAN)


def sums_of(rows: Rows, average: str) -> dict[str, float]:
    """Sums over rows that an average needs, in floating point, since squares of counts outgrow the
    whole numbers of a file.
    """
    return {name: float(np.asarray(rows[name], float).sum()) for name in NEEDED[average]}


def log_averages(sums: Mapping[str, np.ndarray], average: str) -> list[LogEstimate]:
    """Average many tiers at once.

    Parameters
    ----------
    sums : mapping of numpy.ndarray
        What `sums_of` gives of each tier.
    average : str
        A key of AVERAGES, but for the median account, which is no sum.

    Returns
    -------
    list of LogEstimate
        One for each tier, as `log_average` gives it.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        log, variance, df = (
            _typical(sums) if average == "typical account" else _ratio(sums, *RATIOS[average])
        )
    found = []
    for accounts, positive, *values in zip(
        sums["accounts"],
        sums["positive"],
        log.tolist(),
        variance.tolist(),
        df.tolist(),
        strict=True,
    ):
        if accounts == 0:
            found.append(NO_ACCOUNT)
        elif average == "typical account":
            zeros = (
                f", without {accounts - positive:.0f} accounts of rate zero"
                if accounts > positive
                else ""
            )
            one = _checked(LogEstimate(*values, f"Welch on account logs{zeros}"))
            found.append(
                _with_zeros(one, accounts, positive, ZEROS if positive >= INDICATIVE else 0.0)
            )
        else:
            found.append(_checked(LogEstimate(*values, METHOD)))
    return found


def _checked(found: LogEstimate) -> LogEstimate:
    """Say in words why a number is missing."""
    if found.problem:
        return found
    if not isfinite(found.log):
        return found._replace(
            log=np.nan, variance=np.nan, problem="nothing was counted: the rate is zero"
        )
    if found.df < 1:
        return found._replace(
            variance=np.nan, problem="a single account carries the average: no interval"
        )
    if not isfinite(found.variance):
        return found._replace(
            variance=np.nan, problem="too few accounts have a rate above zero: no interval"
        )
    if found.variance <= NEGLIGIBLE:
        return found._replace(variance=np.nan, problem="no variation between accounts: no interval")
    return found


def _with_zeros(found: LogEstimate, accounts: float, positive: float, most: float) -> LogEstimate:
    """Let no verdict rest on logarithms where more than a share of accounts has none."""
    if found.problem or accounts - positive <= most * accounts:
        return found
    words = f"indicative only, {accounts - positive:.0f} of {accounts:.0f} accounts have a rate of zero and no logarithm"
    return found._replace(problem=words, decisive=False)


def _typical(sums: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean of account logs, its variance and degrees of freedom; accounts with a rate of zero have
    no logarithm.
    """
    n, total, squares = (sums[name] for name in ("positive", "log_rate", "log_rate2"))
    mean = total / n
    variance = np.maximum(squares - n * mean**2, 0.0) / (n - 1) / n
    return mean, np.where(n > 1, variance, np.nan), n - 1


def _ratio(
    sums: Mapping[str, np.ndarray],
    numerator: str,
    denominator: str,
    numerator2: str,
    denominator2: str,
    product: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Delta method on the log of a sum over a sum, with two corrections for few or unequal
    accounts.

    The effective number of accounts is that of Kish (1965) for the numerator or the denominator,
    whichever is smaller. It gives the degrees of freedom, and a squared residual is divided by (1 -
    1 / number) ** 2: the correction HC3 of MacKinnon and White (1985), which stands for leaving one
    account out, with the weighted mean of the accounts' shares in place of each share.
    """
    above, below, above2, below2, cross = (
        sums[name] for name in (numerator, denominator, numerator2, denominator2, product)
    )
    ratio, effective = above / below, np.minimum(above**2 / above2, below**2 / below2)
    residuals = np.maximum(above2 - 2 * ratio * cross + ratio**2 * below2, 0.0)
    seen = residuals / above**2 / (1 - 1 / effective) ** 2
    variance = np.where(effective < 2, np.nan, _moderated(seen, sums, below2 / below**2))
    return np.log(ratio), variance, effective - 1


def _moderated(seen: np.ndarray, sums: Mapping[str, np.ndarray], share: np.ndarray) -> np.ndarray:
    """Raise a variance towards that of log-normal rates with the spread of these, the more the
    fewer accounts there are.

    Few accounts mostly lack the highest rates of their tier. Average and variance then come out too
    small together, and an interval lies below the truth too often; the spread of the logs does not
    depend on the highest rates as much. So the variance is moderated by one that borrows strength,
    as in Smyth (2004): by half of the difference at FEW effective accounts, a log-normal account
    being worth less the wider rates are spread, and by next to nothing at many. A share of accounts
    with a rate of zero adds to the spread.
    """
    n, positive, total, squares = (
        sums[name] for name in ("accounts", "positive", "log_rate", "log_rate2")
    )
    inflation = (
        np.exp(np.maximum(squares - total**2 / positive, 0.0) / (positive - 1)) * n / positive
    )  # E[rate ** 2] / E[rate] ** 2
    expected, effective = (inflation - 1) * share, n / inflation
    raised = seen + np.maximum(expected - seen, 0.0) / (1 + (effective / FEW) ** 2)
    return np.where((positive < 2) | (seen <= NEGLIGIBLE), seen, raised)


def _middle_ranks(n: float) -> tuple[float, float]:
    """Rank c of Price and Bonett (2001) and the normal quantile that the interval (c, n - c + 1)
    stands for.
    """
    rank = max(round((n + 1) / 2 - np.sqrt(n)), 1)
    return rank, -ndtri(bdtr(rank - 1, int(n), 0.5))


def _median_of_accounts(rows: Rows) -> LogEstimate:
    """Median of account rates; variance of its log from order statistics (Price and Bonett 2001,
    2020).
    """
    rates = np.sort(np.asarray(rows["account_rate"]))
    n = len(rates)
    rank, z = _middle_ranks(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.log(rates[rank - 1]), np.log(rates[n - rank])
        log = np.log(np.median(rates))
        variance = ((high - low) / (2 * z)) ** 2
    return LogEstimate(log, variance, n - 1, "order statistics of log rates (Price-Bonett)")


def _median_of_cells(histogram: Rows | None) -> LogEstimate:
    """The same from binned log rates; says how far off binning can be."""
    if histogram is None:
        return LogEstimate(
            np.nan, np.nan, np.nan, "", "cells of a stratum hold no histogram, so no median"
        )
    low, high, accounts = (
        np.asarray(histogram[name], float) for name in ("bin_low", "bin_high", "accounts")
    )
    n = float(accounts.sum())
    if n == 0:
        return LogEstimate(np.nan, np.nan, np.nan, "", "no account")
    rank, z = _middle_ranks(n)
    middle, first, last = _quantiles(
        low, high, accounts, (0.5, (rank - 0.5) / n, (n - rank + 0.5) / n)
    )
    error = max(_bound(high, high, accounts) - middle, middle - _bound(low, high, accounts))
    method = f"order statistics of log rates (Price-Bonett) from a histogram, median exact to {100 * np.expm1(error):.1f} %"
    return LogEstimate(middle, ((last - first) / (2 * z)) ** 2, n - 1, method)


def _quantiles(
    low: np.ndarray, high: np.ndarray, accounts: np.ndarray, shares: Iterable[float]
) -> list[float]:
    """Quantiles of log rates, spread evenly within each bin."""
    zero = np.isnan(high)
    floor = float(accounts[zero].sum())  # accounts of rate zero lie below every point
    low, high, accounts = low[~zero], high[~zero], accounts[~zero]
    # a bin that reaches down to a rate of zero has no width on a log scale: its accounts stand at
    # its upper end
    low = np.where(np.isnan(low), high, low)
    points = np.unique(np.concatenate([low, high]))
    flat = high <= low
    width = np.where(flat, 1.0, high - low)

    def below(place: int) -> float:
        point = points[place]
        return (
            floor
            + (accounts * np.where(flat, point >= high, np.clip((point - low) / width, 0, 1))).sum()
        )

    found = []
    for wanted in (share * (floor + accounts.sum()) for share in shares):
        place = bisect_right(
            range(len(points)), wanted, key=below
        )  # looked up at a few points, since there are many bins
        pair = slice(max(place - 1, 0), place + 1)
        inside = (
            np.interp(wanted, [below(at) for at in range(len(points))[pair]], points[pair])
            if wanted > floor
            else -np.inf
        )
        found.append(float(inside * BIN))
    return found


def _bound(ends: np.ndarray, high: np.ndarray, accounts: np.ndarray) -> float:
    """Where the median would be if every account stood at one end of its bin; bins without an upper
    end hold rates of zero.
    """
    ends = np.where(np.isnan(high) | np.isnan(ends), -np.inf, ends)
    order = np.argsort(ends)
    return float(ends[order][np.searchsorted(np.cumsum(accounts[order]), accounts.sum() / 2)] * BIN)
