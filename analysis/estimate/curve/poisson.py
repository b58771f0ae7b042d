"""The slope of counts on followers, which weighs accounts by what is expected of them and keeps
rates of zero.

Every post of an account has the account's followers, so an account's sums are all that score
equations and the sandwich variance need: the fit is that of a regression over single posts,
clustered by account.
"""

import numpy as np

from analysis.display import because
from analysis.estimate.curve.estimates import Slope
from analysis.estimate.tiers import log_midpoint
from analysis.moments.sample import Sample

COLUMNS = ("numerator", "denominator", "numerator2", "denominator2", "numerator_denominator")
"""Columns of MOMENTS that the score equations and their variance need."""


def poisson_line(sample: Sample) -> Slope:
    """Solve the score equations of E[numerator] = denominator * exp(a + slope * x), summed by
    account, with the sandwich of their sums.
    """
    rows, accounts = sample.rows, sample.accounts
    above, below, above2, below2, cross = (rows[name].to_numpy(float) for name in COLUMNS)
    x, spread = _places(sample)
    if accounts < 3 or above.sum() == 0 or np.ptp(x[above > 0]) == 0:
        return Slope(np.nan, np.nan, np.nan, accounts, None, because("too_few_counts"))
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
    posts = rows["posts"].sum()
    # the usual correction for few clusters, which is statsmodels' too
    correction = accounts / (accounts - 1) * (posts - 1) / (posts - 2)
    se = float(np.sqrt(correction * (bread @ (column.T * squares) @ column @ bread)[1, 1]))
    # a few large accounts can carry a slope; with as many degrees of freedom as there are accounts
    # its interval would hold the truth in 79 to 89 percent of simulated worlds instead of 95, with
    # Kish's in 92 to 96
    df = _kish(fitted2 * (column @ bread)[:, 1] ** 2, rows["accounts"].to_numpy(float))
    method = because("poisson", df=float(df), cells=sample.resolution == "cells")
    if se > 1e-12:
        return Slope(float(s), se, df, accounts, method)
    return Slope(float(s), np.nan, df, accounts, method, because("no_variation"))


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


def _kish(parts: np.ndarray, accounts: np.ndarray) -> float:
    """Effective number of accounts, after Kish (1965), less one; `parts` in a variance, each of so
    many accounts, which in cells count alike.
    """
    return max(float(parts.sum() ** 2 / (parts**2 / accounts).sum()) - 1, 1.0)
