"""AVERAGES: five ways of averaging one metric, each with the variance of its logarithm.

The same posts give five different "engagement rates", and none is wrong: they weigh accounts
differently. All five are estimated on the logarithmic scale with the account as the unit, because
their ratios between tiers are wanted.
"""

from collections.abc import Mapping
from math import isfinite

import numpy as np

from analysis.display import because, nearest
from analysis.estimate.log_estimates import NO_ACCOUNT, LogEstimate, Rows
from analysis.estimate.medians import around_mean, median_of_accounts, median_of_cells
from analysis.estimate.moderation import ABOVE, NEGLIGIBLE, moderated_variance, of_tier, raised
from analysis.estimate.withheld import why_withheld

AVERAGES: dict[str, str] = {
    "typical account": "geometric mean of account rates: the middle account on a ratio scale",
    "median account": "half of the accounts have a higher rate",
    "mean of accounts": "arithmetic mean of account rates: a few very high rates count much",
    "mean of posts": "arithmetic mean of post rates: busy accounts count more",
    "ratio of sums": "all reactions over all followers: large accounts count more",
}
"""Every average by name, with how it weighs accounts."""

RATIOS: dict[str, tuple[str, str, str, str, str]] = {
    "mean of accounts": ("account_rate", "accounts", "account_rate2", "accounts", "account_rate"),
    "mean of posts": ("rate", "posts", "rate2", "posts2", "rate_posts"),
    "ratio of sums": (
        "numerator", "denominator", "numerator2", "denominator2", "numerator_denominator",
    ),
}  # fmt: skip
"""Averages that are a sum over a sum: columns of both, of their squares and of their product."""

_LOGS = ("accounts", "positive", "log_rate", "log_rate2")
NEEDED: dict[str, tuple[str, ...]] = {
    "typical account": _LOGS,
    "median account": (*_LOGS, "account_rate"),
    **{name: tuple(dict.fromkeys((*_LOGS, *columns))) for name, columns in RATIOS.items()},
}
"""Columns of the rows that each average needs."""

INDICATIVE = 10
"""With fewer accounts no interval covers as often as it says: an estimate is indicative only."""

ZEROS = 0.05
"""With a larger share of accounts of rate zero, which have no logarithm, the typical account is
indicative only.
"""

ZEROS_OF_MEDIAN = 0.2
"""With a larger share the interval of the median comes near the zeros, or ends among them, by
chance: it is indicative only, too.
"""


def check_average(average: str) -> None:
    """Refuse a name that is no average."""
    if average not in AVERAGES:
        hint = nearest(average, AVERAGES)
        raise ValueError(f"average '{average}' is not known.{hint} Known: {', '.join(AVERAGES)}.")


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
        Of the same tier; needed for the median account from cells, and for the variance of means
        where the logs of few accounts are skewed to the left.

    Returns
    -------
    LogEstimate
        With a `problem` instead of a number where the tier is empty, without variation, or all
        zero.

    Examples
    --------
    >>> ones, logs = np.ones(2), np.array([0.0, 2.0])
    >>> rows = {"accounts": ones, "positive": ones, "log_rate": logs, "log_rate2": logs**2}
    >>> log_average(rows, "typical account", "accounts").log
    1.0
    """
    check_average(average)
    median = average == "median account"
    # from cells a median takes rates from the histogram
    needed = _LOGS if median else NEEDED[average]
    if resolution == "cells" and (problem := why_withheld(rows, needed)):
        return NO_ACCOUNT._replace(problem=problem)
    sums = sums_of(rows, average)
    if not median:
        arrays = {name: np.array([value]) for name, value in sums.items()}
        if average in RATIOS and raised(arrays).any():
            arrays[ABOVE] = np.array([of_tier(rows, resolution, histogram)])
        return log_averages(arrays, average)[0]
    if sums["accounts"] == 0:
        return NO_ACCOUNT
    if resolution == "accounts":
        middle = median_of_accounts(rows)
    else:
        middle = median_of_cells(histogram, around_mean(rows))
    return _with_zeros(_checked(middle), sums["accounts"], sums["positive"], ZEROS_OF_MEDIAN)


def sums_of(rows: Rows, average: str) -> dict[str, float]:
    """Sum the columns that an average needs, in floating point, since squares of counts outgrow
    the whole numbers of a file.
    """
    return {name: float(np.asarray(rows[name], float).sum()) for name in NEEDED[average]}


def log_averages(
    sums: Mapping[str, np.ndarray], average: str, withheld: np.ndarray | None = None
) -> list[LogEstimate]:
    """Average many tiers at once.

    Parameters
    ----------
    sums : mapping of numpy.ndarray
        The sums that `sums_of` gives, an array over tiers for each column.
    average : str
        A key of AVERAGES, but for the median account, which is not a sum.
    withheld : numpy.ndarray, optional
        Accounts of the smallest cell of each tier that lacks one of these sums; 0 for none.

    Returns
    -------
    list of LogEstimate
        One for each tier, as `log_average` gives it.

    Examples
    --------
    >>> names = ("accounts", "positive", "log_rate", "log_rate2")
    >>> sums = dict(zip(names, np.array([[2.0], [2.0], [2.0], [4.0]]), strict=True))
    >>> log_averages(sums, "typical account")[0].log
    1.0
    """
    typical = average == "typical account"
    with np.errstate(divide="ignore", invalid="ignore"):
        values = _typical(sums) if typical else _ratio(sums, *RATIOS[average])
    lacking = np.zeros(len(sums["accounts"]), int) if withheld is None else withheld
    columns = (sums["accounts"], sums["positive"], *(column.tolist() for column in values))
    rows = zip(lacking.tolist(), *columns, strict=True)
    return [_withheld(cell) if cell else _tier(typical, *row) for cell, *row in rows]


def _withheld(accounts: int) -> LogEstimate:
    """An average that cannot be had, since a cell of so many accounts lacks what it needs."""
    return NO_ACCOUNT._replace(problem=because("not_published", accounts=int(accounts)))


def _tier(
    typical: bool, accounts: float, positive: float, log: float, variance: float, df: float
) -> LogEstimate:
    """Check one tier's average, and note accounts without a logarithm."""
    if accounts == 0:
        return NO_ACCOUNT
    if not typical:
        return _checked(LogEstimate(log, variance, df, because("delta_method")))
    zeros = int(accounts - positive)
    method = because("welch_without_zeros", accounts=zeros) if zeros else because("welch")
    most = ZEROS if positive >= INDICATIVE else 0.0
    return _with_zeros(_checked(LogEstimate(log, variance, df, method)), accounts, positive, most)


def _checked(average: LogEstimate) -> LogEstimate:
    """Give the reason where a number is missing."""
    if average.problem:
        return average
    if not isfinite(average.log):
        return average._replace(log=np.nan, variance=np.nan, problem=because("rate_zero"))
    if average.df < 1:
        return average._replace(variance=np.nan, problem=because("one_account_dominates"))
    if not isfinite(average.variance):
        return average._replace(variance=np.nan, problem=because("too_few_positive"))
    if average.variance <= NEGLIGIBLE:
        return average._replace(variance=np.nan, problem=because("no_variation"))
    return average


def _with_zeros(average: LogEstimate, accounts: float, positive: float, most: float) -> LogEstimate:
    """Let no verdict rest on logarithms where more than a share of accounts has none."""
    if average.problem or accounts - positive <= most * accounts:
        return average
    problem = because("many_zeros", zeros=int(accounts - positive), accounts=int(accounts))
    return average._replace(problem=problem, decisive=False)


def plain(
    sums: Mapping[str, np.ndarray], average: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logarithms of an average, their variances as the accounts show them, which nothing raises for
    few accounts, and their degrees of freedom.
    """
    if average == "typical account":
        return _typical(sums)
    log, variance, effective = _observed(sums, *RATIOS[average])
    return log, variance, effective - 1


def _typical(sums: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean of account logs, its variance and degrees of freedom."""
    n, total, squares = (sums[name] for name in ("positive", "log_rate", "log_rate2"))
    mean = total / n
    variance = np.maximum(squares - n * mean**2, 0.0) / (n - 1) / n
    return mean, np.where(n > 1, variance, np.nan), n - 1


def _ratio(
    sums: Mapping[str, np.ndarray], numerator: str, denominator: str, numerator2: str,
    denominator2: str, product: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Delta method on the log of a sum over a sum, with two corrections for few or unequal
    accounts.

    The effective number of accounts is that of Kish (1965) for the numerator or the denominator,
    whichever is smaller. It gives the degrees of freedom, and a squared residual is divided by
    (1 - 1 / number) ** 2: the correction HC3 of MacKinnon and White (1985), which stands for
    leaving one account out, with the weighted mean of the accounts' shares in place of each share.
    """
    names = (numerator, denominator, numerator2, denominator2, product)
    log, observed, effective = _observed(sums, *names)
    share = sums[denominator2] / sums[denominator] ** 2
    variance = moderated_variance(observed, sums, share)
    return log, np.where(effective < 2, np.nan, variance), effective - 1


def _observed(
    sums: Mapping[str, np.ndarray], numerator: str, denominator: str, numerator2: str,
    denominator2: str, product: str,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Logarithm of a sum over a sum, its variance and the effective number of accounts."""
    names = (numerator, denominator, numerator2, denominator2, product)
    above, below, above2, below2, cross = (sums[name] for name in names)
    ratio, effective = above / below, np.minimum(above**2 / above2, below**2 / below2)
    residuals = np.maximum(above2 - 2 * ratio * cross + ratio**2 * below2, 0.0)
    return np.log(ratio), residuals / above**2 / (1 - 1 / effective) ** 2, effective
