"""The slope of counts on followers, which weighs accounts by what is expected of them and keeps
rates of zero.

Every post of an account has the account's followers, so an account's sums are all that score
equations and the sandwich variance need: the fit is that of a regression over single posts,
clustered by account.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.display import because
from analysis.estimate.curve.estimates import Slope
from analysis.estimate.curve.piecewise import bands_of, least_squares, line
from analysis.estimate.curve.spread_line import spread_line
from analysis.estimate.moderation import FEW
from analysis.estimate.tiers import log_midpoint
from analysis.estimate.withheld import why_withheld
from analysis.moments.sample import Sample

COLUMNS = ("numerator", "denominator", "numerator2", "denominator2", "numerator_denominator")
"""Columns of MOMENTS that the score equations and their variance need."""

RATES = ("account_rate", "account_rate2")
"""What the variance that borrows strength needs besides."""

WIDEST = 6.0
"""Largest variance of log rates that is allowed for. The mean of wider ones rests on accounts that
nobody sees, and its error on the single largest account."""

LARGEST_LEVERAGE = 0.99
"""Largest leverage that is allowed for: an account that alone decides the slope has one."""


class Counts(NamedTuple):
    """A slope of counts with two variances.

    `sandwich` is that of single posts clustered by account, as statsmodels gives it; `variance` and
    `df` are those of the interval, see `_moderated`.
    """

    slope: float
    sandwich: float
    variance: float
    df: float


def poisson_line(sample: Sample) -> Slope:
    """Solve the score equations of E[numerator] = denominator * exp(a + slope * x), summed by
    account, with the sandwich of their sums.
    """
    accounts = sample.accounts
    # a few large accounts carry the slope and its error, so no cell can be done without
    if withheld := why_withheld(sample.rows, (*COLUMNS, *RATES)):
        return Slope(np.nan, np.nan, np.nan, accounts, None, withheld)
    above = sample.rows["numerator"].to_numpy(float)
    if accounts < 3 or above.sum() == 0 or np.ptp(_places(sample)[0][above > 0]) == 0:
        return Slope(np.nan, np.nan, np.nan, accounts, None, because("too_few_counts"))
    counts = counts_of(sample)
    method = because("poisson", df=counts.df, cells=sample.resolution == "cells")
    if counts.variance > 1e-24:
        se = float(np.sqrt(counts.variance))
        return Slope(counts.slope, se, counts.df, accounts, method)
    nothing = because("no_variation")
    return Slope(counts.slope, np.nan, counts.df, accounts, method, nothing)


def counts_of(sample: Sample) -> Counts:
    """Fit counts that have at least two sizes above zero."""
    rows, accounts = sample.rows, sample.accounts
    above, below, above2, below2, cross = (rows[name].to_numpy(float) for name in COLUMNS)
    x, spread = _places(sample)
    centre = np.average(x, weights=below)
    a, s = _scores(above, below, x - centre, spread)
    column = np.column_stack([np.ones(len(x)), x - centre + s * spread])
    expected = np.exp(a + s * (x - centre) + s**2 * spread / 2)
    bread = np.linalg.inv((column.T * (below * expected)) @ column)
    # inside a band the larger accounts are expected to have more, which is no residual: both
    # factors are 1 for accounts
    tilt = float(sample.metric.denominator == "followers")
    at_product, at_square = np.exp(s * spread * (tilt + s)), np.exp(s * spread * (2 * tilt + s))
    fitted2 = expected**2 * at_square * below2
    squares = np.maximum(above2 - 2 * expected * at_product * cross + fitted2, 0.0)
    pull = (column @ bread)[:, 1] ** 2
    # the usual correction for few clusters, which is statsmodels' too
    posts = rows["posts"].sum()
    correction = accounts / (accounts - 1) * (posts - 1) / (posts - 2)
    sandwich = float(correction * (pull @ squares))
    # the leverage of an account, in cells the mean of a band's
    n = rows["accounts"].to_numpy(float)
    leverage = ((column @ bread) * column).sum(axis=1) * below * expected / n
    relative = _relative(rows, expected * np.exp(-tilt * s * spread), s**2 * spread)
    off, wider = _off(sample, x, below * expected, relative)
    shared = Shared(n, below * expected, fitted2, off, wider, spread)
    return Counts(s, sandwich, *_moderated(shared, pull, squares, leverage))


class Shared(NamedTuple):
    """What the rows add to the variance that borrows strength."""

    accounts: np.ndarray
    expected: np.ndarray  # sums of what is expected, and of its squares
    expected2: np.ndarray
    off: float  # mean squared relative residual
    wider: np.ndarray  # how many times as much it is in a row
    spread: np.ndarray  # variance of log followers


def _moderated(
    shared: Shared, pull: np.ndarray, squares: np.ndarray, leverage: np.ndarray
) -> tuple[float, float]:
    """Variance of the slope, and its degrees of freedom.

    A few large accounts carry the slope. Their own squared residuals, divided by (1 - leverage)
    squared (CR3), are too few to give a variance: mostly none of them is as far off as some would
    be among many. So the variance is moderated, as that of averages is, by one that borrows
    strength from all accounts: each is taken to be as far off, relative to what is expected of it,
    as all are in the mean that what is expected weighs; where rates spread wider among larger
    accounts, further, see `_wider`. It counts by half at FEW effective accounts
    (Kish 1965). Degrees of freedom are put together after Satterthwaite (1946).
    """
    free, weights = 1 - np.minimum(leverage, LARGEST_LEVERAGE), pull * shared.expected2
    own = float(pull @ (squares / free**2))
    # the squares of a band's accounts differ as their followers to the fourth power
    unequal = np.exp(4 * shared.spread) / shared.accounts
    effective = float(weights.sum() ** 2 / (weights**2 @ unequal))
    df, total = max(effective - 1, 1.0), shared.expected.sum()
    borrowed = shared.off * float((weights * shared.wider / free).sum())
    if not borrowed > own:
        return own, df
    weight = 1 / (1 + (effective / FEW) ** 2)
    variance = own + (borrowed - own) * weight
    # the fewer, the wider rates are spread: a squared residual is itself uncertain
    behind = total**2 / shared.expected2.sum() / (1 + shared.off) ** 3
    parts = ((1 - weight) * own) ** 2 / df + (weight * borrowed) ** 2 / behind
    return variance, max(variance**2 / parts, df)


def _relative(rows: pd.DataFrame, expected: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Mean square of an account's rate over what is expected, less one, in each row; `around` is
    the variance of the logarithm of what is expected.
    """
    n = rows["accounts"].to_numpy(float)
    rate, rate2 = (rows[name].to_numpy(float) for name in RATES)
    squares = rate2 / expected**2 / np.exp(around) - 2 * rate / expected + n
    return np.maximum(squares, 0.0) / n * n.sum() / max(n.sum() - 2, 1)


def _off(
    sample: Sample, x: np.ndarray, expected: np.ndarray, relative: np.ndarray
) -> tuple[float, np.ndarray]:
    """Mean squared relative residual, and how many times as much it is in each row.

    It is at most that of log-normal rates whose logarithms lie as far off their line as those of
    the sample.
    """
    mean, bands = float(np.average(relative, weights=expected)), bands_of(sample)
    fit = least_squares(bands, line(bands)) if bands.accounts > 2 else None
    if fit is None:
        return mean, np.ones(len(x))
    with np.errstate(over="ignore"):
        most = float(np.exp(fit.squares.sum() / fit.df)) * sample.accounts / bands.accounts - 1
    spread, off = spread_line(bands, fit), min(mean, most)
    if fit.exact or not spread.grows or not off > 0:
        return off, np.ones(len(x))
    return off, _wider(spread.variance(x), expected, off)


def _wider(variance: np.ndarray, expected: np.ndarray, off: float) -> np.ndarray:
    """How many times as far off accounts of each size are as all are in the mean, where rates
    spread wider among larger accounts.

    Rates that are far above what is expected of large accounts are then too rare to be seen, and
    neither are they in the mean. Log-normal rates of the spread that the line gives at each size
    would be further off, at large sizes far too much so; the geometric mean of both counts.
    """
    log_normal = np.expm1(np.minimum(variance, WIDEST))
    seen = log_normal / np.average(log_normal, weights=expected)
    return np.sqrt(seen * log_normal / off)


def _places(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Where the denominator of each row stands in log followers, and its variance there; an account
    stands at its own.
    """
    rows = sample.rows
    if sample.resolution == "accounts":
        return np.log(rows["lower"].to_numpy(float)), np.zeros(len(rows))
    n = np.maximum(rows["positive"].to_numpy(float), 1.0)
    mean = rows["log_followers"].to_numpy(float) / n
    spread = np.maximum(rows["log_followers2"].to_numpy(float) / n - mean**2, 0.0)
    # followers weigh the larger accounts of a band: a tilt by exp(x) moves the mean by the variance
    mean = mean + spread * (sample.metric.denominator == "followers")
    middle = np.log(log_midpoint(rows["lower"], rows["upper"].replace(np.inf, np.nan)))
    return np.where((rows["positive"] == 0).to_numpy(), middle, mean), spread


def _scores(
    above: np.ndarray, below: np.ndarray, x: np.ndarray, spread: np.ndarray
) -> tuple[float, float]:
    """Solve the Poisson score equations by Fisher scoring with halved steps."""
    theta = np.array([np.log(above.sum() / below.sum()), 0.0])

    def loss(theta):
        with np.errstate(over="ignore"):
            eta = theta[0] + theta[1] * x + theta[1] ** 2 * spread / 2
            return (below * np.exp(eta) - above * eta).sum()

    for _ in range(200):
        column = np.column_stack([np.ones(len(x)), x + theta[1] * spread])
        expected = below * np.exp(theta[0] + theta[1] * x + theta[1] ** 2 * spread / 2)
        step = np.linalg.solve((column.T * expected) @ column, column.T @ (above - expected))
        size, before = 1.0, loss(theta)
        while size > 1e-6 and not loss(theta + size * step) <= before + 1e-12 * abs(before):
            size /= 2
        theta = theta + size * step
        if np.abs(step).max() < 1e-13 * max(1.0, np.abs(theta).max()):
            break
    return float(theta[0]), float(theta[1])
