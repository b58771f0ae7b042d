"""Ranks of accounts in several groups: how often the later is higher, and the test of a trend."""

from itertools import combinations

import numpy as np
from scipy.special import expit, logit, ndtr

from analysis.estimate.tier_averages import t_interval


def concordance(values: list[np.ndarray]) -> tuple[float, float, float]:
    """Share of pairs from two groups in which the later group is higher, ties half; its variance
    and degrees of freedom.

    An account's placement counts those of other groups on the concordant side. For two groups
    variance and degrees of freedom are those of Brunner and Munzel (2000), hence of statsmodels'
    ``rank_compare_2indep``.

    Parameters
    ----------
    values : list of numpy.ndarray
        Rates of the accounts of each group, in the order of the groups.

    Returns
    -------
    tuple of float
        Share from 0 to 1, its variance, degrees of freedom.

    Examples
    --------
    >>> p, variance, df = concordance([np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 6.0])])
    >>> round(p, 3)
    0.889
    """
    values = [np.sort(own) for own in values]
    placements = [np.zeros(len(own)) for own in values]
    for here, own in enumerate(values):
        for there, others in enumerate(values):
            if there != here:
                lower = how_many_lower(own, others)
                placements[here] += lower if there < here else len(others) - lower
    pairs = sum(len(own) * len(others) for own, others in combinations(values, 2))
    sizes = np.array([len(own) for own in values])
    spreads = np.array([own.var(ddof=1) if len(own) > 1 else np.nan for own in placements])
    total = (sizes * spreads).sum()
    with np.errstate(invalid="ignore"):
        df = total**2 / ((sizes * spreads) ** 2 / (sizes - 1)).sum()
    concordant = sum(own.sum() for own in placements) / 2
    return float(concordant / pairs), float(total / pairs**2), float(df)


def jonckheere(values: list[np.ndarray], p: float) -> tuple[float, float, float]:
    """z, two-sided p and tau-b, from the share `p` of concordant pairs; equal to statsmodels'
    ``jonckheere_terpstra``.

    The variance is that for ties of Kendall (1970). statsmodels looks at one account after the
    other, which takes a hundred times as long.

    Parameters
    ----------
    values : list of numpy.ndarray
        Rates of the accounts of each group, in the order of the groups.
    p : float
        Share of concordant pairs, from `concordance`.

    Returns
    -------
    tuple of float
        z, p, tau-b; nan if all rates are equal.

    Examples
    --------
    >>> z, p, tau = jonckheere([np.array([1.0, 2.0, 4.0]), np.array([3.0, 5.0, 6.0])], p=8 / 9)
    >>> round(z, 2), round(p, 2)
    (1.53, 0.13)
    """
    sizes = np.array([len(own) for own in values], float)
    ties = np.unique(np.concatenate(values), return_counts=True)[1].astype(float)
    if len(ties) == 1:
        return np.nan, np.nan, np.nan
    n = sizes.sum()
    (x, x0, x1), (y, y0, y1) = (
        ((t * (t - 1)).sum(), (t * (t - 1) * (t - 2)).sum(), (t * (t - 1) * (2 * t + 5)).sum())
        for t in (sizes, ties)
    )
    pairs = n * (n - 1)
    variance = (
        (pairs * (2 * n + 5) - x1 - y1) / 18
        + x * y / (2 * pairs)
        + x0 * y0 / (9 * pairs * max(n - 2, 1))
    )
    more = (2 * p - 1) * (pairs - x) / 2  # concordant pairs less discordant ones
    z = more / np.sqrt(variance)
    return float(z), float(2 * ndtr(-abs(z))), float(2 * more / np.sqrt((pairs - x) * (pairs - y)))


def logit_interval(p: float, variance: float, df: float, confidence: float) -> tuple[float, float]:
    """Delta method on the logit; nan without a variance, as when the groups do not overlap.

    Parameters
    ----------
    p, variance, df : float
        Of `concordance`.
    confidence : float
        Of the interval.

    Returns
    -------
    tuple of float
        Both ends, between 0 and 1.

    Examples
    --------
    >>> [round(end, 2) for end in logit_interval(0.7, 0.01, 20.0, 0.95)]
    [0.46, 0.86]
    """
    if not variance > 1e-24 or not 0 < p < 1:
        return np.nan, np.nan
    low, high = t_interval(logit(p), np.sqrt(variance) / (p * (1 - p)), df, confidence)
    return float(expit(low)), float(expit(high))


def how_many_lower(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each value, how many of the others, which ascend, are lower; ties count half."""
    sides = (np.searchsorted(others, values, side) for side in ("left", "right"))
    return sum(sides) / 2
