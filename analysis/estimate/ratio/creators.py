"""Creators, not tiers: how much of a post's rate varies with size, how much with the creator, how
much with the single post.

The model is log rate of a post = line in log followers + creator + post. Its variances follow from
sums (the analysis of variance with one factor, unbalanced), so cells give them as accounts do; only
posts that stand in a row of their own count, and rates of zero have no logarithm. The share of size
depends on which sizes a source holds.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from analysis.display import because
from analysis.errors import check_least, check_share
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.ratio.variance_components import (
    TINY,
    Fit,
    OneWay,
    creator_interval,
    one_way,
    post_interval,
    share_interval,
)  # fmt: skip
from analysis.estimate.registry import estimator, sample_verb
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.tier_averages import context_of, rate_of, t_interval
from analysis.moments.sample import Sample

PARTS = ("size", "creator beyond size", "post")
"""What the variance between posts is split into."""


@sample_verb
def variance_split(sample: Sample, confidence: float = 0.95) -> Estimates:
    """Split the variance of the log rate of posts into size, creator beyond size, and post.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    confidence : float
        Of each interval.

    Returns
    -------
    Estimates
        One per part, in squared natural logarithms, with the column ``share`` [percent].

    Notes
    -----
    Size is the squared slope on log followers, less its squared standard error, times the variance
    of log followers. From accounts with equally many posts, the three are those of REML.

    Examples
    --------
    >>> import analysis as an
    >>> split = an.load("instagram-kim").sample("engagement").variance_split()
    >>> split.to_frame()[["label", "share"]].round(1).values.tolist()
    [['size', 4.4], ['creator beyond size', 63.2], ['post', 32.4]]
    """
    fit, unit = one_way(sample), "variance of logs"
    if fit.problem:
        missing = [_estimate(sample, part, unit, fit, (), confidence) for part in PARTS]
        return Estimates.of(missing, share=[np.nan] * len(PARTS))
    size = _size(sample, fit.whole, confidence)
    beyond = [max(end - size.variance, 0.0) for end in creator_interval(fit, confidence)]
    values = (size.variance, max(fit.whole.creator - size.variance, 0.0), fit.whole.post)
    ends = ((size.low, size.high), beyond, post_interval(fit, confidence))
    rows = [(value, *pair) for value, pair in zip(values, ends, strict=True)]
    parts = zip(PARTS, rows, strict=True)
    split = [_estimate(sample, part, unit, fit, row, confidence) for part, row in parts]
    return Estimates.of(split, share=100 * np.array(values) / sum(values))


@estimator("creator beyond size", unit="ratio")
def creator_beyond_size(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Divide the variance between creators that does not go with followers by that which does.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A ratio, with the interval of Donner and Zou (2012) from those of both variances; without an
        upper end if the slope on followers may be zero. The squared slope is not reduced by its
        error here: the difference could be zero and the ratio without end.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> round(kim.creator_beyond_size().estimate, 1)
    14.2
    """
    fit, label = one_way(sample), str(because("beyond_over_size"))
    if fit.problem:
        return _estimate(sample, label, "ratio", fit, (), confidence)
    size = _size(sample, fit.whole, confidence)
    if not size.unadjusted > 0:
        fit = fit._replace(problem=because("no_variance_of_size"))
        return _estimate(sample, label, "ratio", fit, (), confidence)
    low, high = (max(end - size.variance, 0.0) for end in creator_interval(fit, confidence))
    beyond, divisor = max(fit.whole.creator - size.variance, 0.0), size.unadjusted
    product = beyond * divisor
    below, above = (end * (2 * beyond - end) for end in (low, high))
    narrow, wide = (end * (2 * divisor - end) for end in (size.low, size.high))
    least = below / (product + np.sqrt(max(product**2 - below * wide, 0.0))) if beyond > 0 else 0.0
    most = np.inf
    if narrow > 0:
        most = (product + np.sqrt(max(product**2 - above * narrow, 0.0))) / narrow
    values = (beyond / divisor, least, most)
    return _estimate(sample, label, "ratio", fit, values, confidence)


@estimator("reliability", unit="reliability", needs=("at",))
def reliability(sample: Sample, at: float, confidence: float = 0.95) -> Estimate:
    """Estimate the reliability of a creator's mean over so many posts, after Spearman and Brown.

    It is the correlation of the mean over `at` posts of a creator with the mean over as many
    others. For one post it is the intraclass correlation: the share of the variance of log rates
    that lies between creators, whatever their size.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    at : float
        Posts of a creator.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A correlation, from 0 to 1.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> round(kim.reliability(1).estimate, 2), round(kim.reliability(5).estimate, 2)
    (0.68, 0.91)
    """
    check_least("at", at, 0, above=True)
    label = str(because("mean_over_posts", posts=at))
    return _of_share(sample, label, "reliability", confidence, partial(_lengthened, times=at))


@sample_verb
def posts_needed(sample: Sample, wanted: float = 0.8, confidence: float = 0.95) -> Estimate:
    """Estimate over how many posts of a creator the mean has the reliability that is wanted (not
    rounded).

    Parameters
    ----------
    sample : Sample
        Of any metric.
    wanted : float
        Reliability, between 0 and 1.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        Posts of a creator.

    Examples
    --------
    >>> import analysis as an
    >>> round(an.load("instagram-kim").sample("engagement").posts_needed(0.8).estimate, 1)
    1.9
    """
    check_share("wanted", wanted)
    label = str(because("posts_for_reliability", wanted=wanted))

    def needed(share: float) -> float:
        return wanted * (1 - share) / ((1 - wanted) * share) if share != 0 else np.inf

    estimate = _of_share(sample, label, "posts", confidence, needed)
    return replace(estimate, low=estimate.high, high=estimate.low)  # a larger share needs fewer


@sample_verb
def split_half(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Estimate the reliability of a creator's mean over all its posts from two halves of them,
    which needs no model of posts.

    The intraclass correlation of the two means, lengthened by Spearman and Brown's 2 r / (1 + r).
    Only creators with posts in both halves count; `analysis.moments.sums` says how posts fall into
    halves.

    Returns
    -------
    Estimate
        A correlation, from 0 to 1.

    Examples
    --------
    >>> import analysis as an
    >>> round(an.load("instagram-kim").sample("engagement").split_half().estimate, 2)
    0.82
    """
    both = partial(_lengthened, times=2)
    label = str(because("mean_over_all_posts"))
    return _of_share(sample, label, "reliability", confidence, both, halves=True)


def _lengthened(share: float, times: float) -> float:
    return times * share / (1 + (times - 1) * share)


def _of_share(
    sample: Sample, label: str, unit: str, confidence: float, function: Callable[[float], float],
    halves: bool = False,
) -> Estimate:  # fmt: skip
    """A function of the share of variance between creators, and of the ends of its interval."""
    fit = one_way(sample, halves)
    if fit.problem:
        return _estimate(sample, label, unit, fit, (), confidence)
    shares = (max(float(fit.whole.share), 0.0), *share_interval(fit, confidence))
    return _estimate(sample, label, unit, fit, tuple(map(function, shares)), confidence)


class Size(NamedTuple):
    """Variance of log rates that varies with followers: reduced by what chance adds, its interval,
    and as observed.
    """

    variance: float
    low: float
    high: float
    unadjusted: float


def _size(sample: Sample, whole: OneWay, confidence: float) -> Size:
    """Estimate the variance that varies with followers.

    The line is fitted to mean logs of rows, weighted by their accounts. Its error follows from
    the variances of creator beyond size and of post, of which the first in turn is the whole
    variance between creators less that of size: two linear equations.
    """
    rows = sample.rows[sample.rows["single_posts"] > 0]
    n, x, xx = (float(rows[name].sum()) for name in ("positive", "log_followers", "log_followers2"))
    names = ("single_accounts", "single_posts", "single_posts2")
    weights, posts, posts2 = (rows[name].to_numpy(float) for name in names)
    variance = (xx - x * x / n) / (n - 1)
    means = (rows["log_followers"] / rows["positive"]).to_numpy(float)
    pull = weights * (means - (weights * means).sum() / weights.sum())
    if not variance > TINY or not (pull * means).sum() > TINY:  # accounts all of one size
        return Size(0.0, 0.0, 0.0, 0.0)
    pull = pull / (pull * means).sum()
    slope = (pull * rows["post_log"].to_numpy(float) / posts).sum()
    of_creator, of_post = (pull**2 * posts2 / posts**2).sum(), (pull**2 / posts).sum()
    between = whole.creator - (slope**2 - of_post * whole.post) * variance
    beyond = max(between / (1 - of_creator * variance), 0.0)
    error = of_creator * beyond + of_post * whole.post
    low, high = t_interval(abs(slope), np.sqrt(error), n - 2, confidence)
    reduced = max(slope**2 - error, 0.0) * variance
    return Size(reduced, max(low, 0.0) ** 2 * variance, high**2 * variance, slope**2 * variance)


def _estimate(
    sample: Sample, label: str, unit: str, fit: Fit, values: tuple[float, ...], confidence: float
) -> Estimate:
    """Make an estimate of `values`, which are not looked at if the fit has a problem."""
    context = context_of(sample, "", confidence=confidence)
    key = {"reliability": "reliability", "posts": "posts_needed"}.get(unit, "of_logs")
    estimand = because(key, label=label, rate=rate_of(sample))
    if fit.problem:
        return Estimate.undefined(
            fit.problem, label=label, unit=unit, estimand=estimand, n_accounts=sample.accounts,
            context=context,
        )  # fmt: skip
    n, counted = int(fit.whole.accounts), int(fit.whole.posts)
    few = (because("few_in_all", accounts=n),) if n < INDICATIVE else ()
    status, reasons = "indicative" if few else "ok", (*few, fit.method)
    return Estimate(
        label, n, counted, *map(float, values), unit, estimand, reasons, status, context
    )
