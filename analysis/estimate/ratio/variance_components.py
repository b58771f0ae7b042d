"""The analysis of variance with one factor, the creator, unbalanced, from sums; and the intervals
that accounts or cells allow.

From accounts the intervals come from the jackknife that leaves one account out, on a logarithmic
scale; they need no normal distribution. Cells hold no single account, so theirs are those of a
normal distribution: Searle's (1971) F interval for the share of variance between creators,
Williams' (1962) for the variance itself. Rates have heavier tails: on the registered sources the
jackknife is 1.3 to 1.6 times as wide, so near an edge cells decide too early.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtri, expit, fdtri, logit

from analysis.display import Reason, because
from analysis.estimate.tier_averages import t_interval
from analysis.estimate.withheld import published, why_withheld
from analysis.moments.sample import Sample

POSTS = (
    "single_accounts", "single_posts", "single_posts2", "post_log", "post_log2", "post_log_between",
)  # fmt: skip
"""Columns of MOMENTS that are the sums of `OneWay`."""

HALVES = ("halves", "half_log", "half_log2", "half_product")
"""Those of the means over two halves of an account's posts."""

TINY = 1e-12
"""A variance or share that is no larger is rounding error; logarithms are taken of no less."""


FOLLOWERS = ("positive", "log_followers", "log_followers2")
"""Columns that the part of size needs beside them."""


class OneWay(NamedTuple):
    """Sums of an analysis of variance with one factor, the creator; each may be an array.

    Attributes
    ----------
    accounts, posts, posts2
        Creators, posts, and the sum of squares of a creator's number of posts.
    total, squares, between
        Sums of logs, of their squares, and of a creator's squared sum over its number of posts.
    """

    accounts: np.ndarray
    posts: np.ndarray
    posts2: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    between: np.ndarray

    @property
    def per_creator(self):
        """Posts of a creator, as the variance between creators weighs them."""
        return (self.posts - self.posts2 / self.posts) / (self.accounts - 1)

    @property
    def squares_between(self):
        """Sum of squares between creators."""
        return self.between - self.total**2 / self.posts

    @property
    def post(self):
        """Variance between posts of the same creator."""
        return (self.squares - self.between) / (self.posts - self.accounts)

    @property
    def creator(self):
        """Variance between creators; below zero by chance where there is none."""
        return (self.squares_between / (self.accounts - 1) - self.post) / self.per_creator

    @property
    def share(self):
        """Share of the variance that lies between creators (intraclass correlation)."""
        return self.creator / (self.creator + self.post)

    @property
    def f(self):
        """Mean square between creators over that within."""
        return self.creator * self.per_creator / self.post + 1


class Fit(NamedTuple):
    """The sums of a sample and, from accounts, of each of them; or the problem why not."""

    whole: OneWay
    each: OneWay | None
    method: Reason | None
    problem: Reason | None = None

    def jackknife(self, of: Callable, scale: Callable) -> tuple[float, float]:
        """Standard error on a scale, and degrees of freedom."""
        pairs = zip(self.whole, self.each, strict=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            values = scale(of(OneWay(*(total - own for total, own in pairs))))
        n = len(values)
        return float(np.sqrt((n - 1) / n * np.square(values - values.mean()).sum())), n - 1


def one_way(sample: Sample, halves: bool = False) -> Fit:
    """Take the sums of a sample; with `halves` the two means of each creator take the place of its
    posts.

    Returns
    -------
    Fit
        Variances of log rates, in squared natural logarithms; or the problem.

    Examples
    --------
    >>> import analysis as an
    >>> fit = one_way(an.load("instagram-kim").sample("engagement"))
    >>> round(float(fit.whole.share), 2)
    0.68
    """
    needed = HALVES if halves else (*POSTS, *FOLLOWERS)
    held, left = published(sample.rows, needed)
    rows = _halves(held) if halves else OneWay(*(held[name].to_numpy(float) for name in POSTS))
    whole = OneWay(*(np.nansum(column) for column in rows))
    withheld = why_withheld(held, needed)
    if withheld and whole.posts > whole.accounts:
        return Fit(whole, None, None, withheld)
    counted = {"accounts": int(whole.accounts), "halves": halves}
    within = whole.squares - whole.between
    enough = whole.accounts >= 3 and whole.posts > whole.accounts
    if not enough or not within > TINY * max(whole.squares, 1e-300):
        return Fit(whole, None, None, because("too_few_repeated", **counted))
    if sample.resolution == "cells":
        return Fit(whole, None, because("variance_from_cells", **counted, left=left))
    each = OneWay(*(column[rows.accounts > 0] for column in rows))
    return Fit(whole, each, because("variance_by_jackknife", **counted))


def _halves(rows: pd.DataFrame) -> OneWay:
    n, log, log2, product = (rows[name].to_numpy(float) for name in HALVES)
    return OneWay(n, 2 * n, 4 * n, log, log2, log2 / 2 + product)


def share_interval(fit: Fit, confidence: float) -> tuple[float, float]:
    """Interval of the share between creators."""
    whole = fit.whole
    if fit.each and 0 < whole.share < 1:
        inside = (TINY, 1 - TINY)
        se, df = fit.jackknife(
            lambda sums: sums.share, lambda share: logit(np.clip(share, *inside))
        )
        low, high = t_interval(logit(whole.share), se, df, confidence)
        return float(expit(low)), float(expit(high))
    df = (whole.accounts - 1, whole.posts - whole.accounts)
    tails = ((1 + confidence) / 2, (1 - confidence) / 2)
    ratios = [whole.f / fdtri(*df, tail) for tail in tails]
    low, high = (max((end - 1) / (end + whole.per_creator - 1), 0.0) for end in ratios)
    return float(low), float(high)


def creator_interval(fit: Fit, confidence: float) -> tuple[float, float]:
    """Interval of the whole variance between creators."""
    whole = fit.whole
    if fit.each and whole.creator > 0:
        return _log_interval(fit, lambda sums: sums.creator, confidence)
    df, within = whole.accounts - 1, whole.posts - whole.accounts
    tails = ((1 + confidence) / 2, (1 - confidence) / 2)
    ends = ((1 - fdtri(df, within, tail) / whole.f) / chdtri(df, 1 - tail) for tail in tails)
    low, high = (max(whole.squares_between * end / whole.per_creator, 0.0) for end in ends)
    return float(low), float(high)


def post_interval(fit: Fit, confidence: float) -> tuple[float, float]:
    """Interval of the variance between posts of the same creator."""
    if fit.each:
        return _log_interval(fit, lambda sums: sums.post, confidence)
    df, tails = fit.whole.posts - fit.whole.accounts, ((1 - confidence) / 2, (1 + confidence) / 2)
    low, high = (float(fit.whole.post * df / chdtri(df, tail)) for tail in tails)
    return low, high


def _log_interval(fit: Fit, of: Callable, confidence: float) -> tuple[float, float]:
    se, df = fit.jackknife(of, lambda variance: np.log(np.maximum(variance, TINY)))
    factor = np.exp(t_interval(0.0, se, df, confidence)[1])
    return float(of(fit.whole) / factor), float(of(fit.whole) * factor)
