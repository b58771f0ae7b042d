"""Creators, not tiers: how much of a post's rate is size, how much the creator, how much the single
post.

The model is log rate of a post = line in log followers + creator + post. Its variances follow from
sums (the analysis of variance with one factor, unbalanced), so cells give them as accounts do; only
posts that stand in a row of their own count, and rates of zero have no logarithm. The share of size
depends on which sizes a source holds.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.registry import estimator
from analysis.estimate.results import Estimate
from analysis.estimate.ratio.variance_components import (
    Fit,
    OneWay,
    creator_interval,
    icc_interval,
    one_way,
    post_interval,
)
from analysis.moments.sample import Sample


def variance_split(sample: Sample, confidence: float = 0.95) -> pd.DataFrame:
    """Split the variance of the log rate of posts into size, creator beyond size, and post.

    Returns
    -------
    pandas.DataFrame
        Three rows with the fields of `Estimate`, in squared natural logarithms, and their ``share``
        [percent].

    Notes
    -----
    Size is the squared slope on log followers, less its squared standard error, times the variance
    of log followers. From accounts with equally many posts, the three are those of REML.
    """
    fit, labels = one_way(sample), ("size", "creator beyond size", "post")
    if fit.problem:
        return pd.DataFrame(
            [_nothing(sample, label, "variance of logs", fit) for label in labels]
        ).assign(share=np.nan)
    size, size_ends, _ = _size(sample, fit.one, confidence)
    between = creator_interval(fit, confidence)
    values = (size, max(fit.one.creator - size, 0.0), fit.one.post)
    ends = (
        size_ends,
        tuple(max(end - size, 0.0) for end in between),
        post_interval(fit, confidence),
    )
    rows = [
        _estimate(sample, label, "variance of logs", fit, value, *end)
        for label, value, end in zip(labels, values, ends, strict=True)
    ]
    return pd.DataFrame(rows).assign(share=100 * np.array(values) / sum(values))


@estimator("creator beyond size", unit="ratio")
def creator_beyond_size(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Divide the variance between creators that followers do not tell by the variance that they
    tell.

    Returns
    -------
    Estimate
        A ratio, with the interval of Donner and Zou (2012) from those of both variances; without an
        upper end if the slope on followers may be zero. The slope is squared as it was found: less
        its error, the square could be zero and the ratio without end.
    """
    fit, label = one_way(sample), "creator beyond size / size"
    if fit.problem:
        return _nothing(sample, label, "ratio", fit)
    told, (size_low, size_high), size = _size(sample, fit.one, confidence)
    low, high = (max(end - told, 0.0) for end in creator_interval(fit, confidence))
    beyond = max(fit.one.creator - told, 0.0)
    product = beyond * size
    root = product**2 - low * (2 * beyond - low) * size_high * (2 * size - size_high)
    least = low * (2 * beyond - low) / (product + np.sqrt(max(root, 0.0))) if beyond > 0 else 0.0
    most, width = np.inf, size_low * (2 * size - size_low)
    if width > 0:
        most = (
            product + np.sqrt(max(product**2 - high * (2 * beyond - high) * width, 0.0))
        ) / width
    return _estimate(
        sample, label, "ratio", fit, beyond / size if size > 0 else np.nan, least, most
    )


def icc(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Estimate the share of the variance of log post rates that lies between creators, whatever
    their size (intraclass correlation).
    """
    return _of_icc(sample, "between creators", "share", confidence, lambda share: share)


def design_effect(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Estimate by how much the variance of a mean over posts grows because posts of one creator are
    alike.

    It is 1 + (m - 1) ICC with m = sum of squared posts per creator / posts (Kish 1965): that many
    posts count as one.
    """
    fit = one_way(sample)
    m = 1.0 if fit.problem else float(fit.one.posts2 / fit.one.posts)
    return _of_icc(sample, "design effect", "ratio", confidence, lambda share: 1 + (m - 1) * share)


@estimator("reliability", unit="reliability", needs=("at",))
def reliability(sample: Sample, at: float, confidence: float = 0.95) -> Estimate:
    """Estimate the reliability of a creator's mean over so many posts: k ICC / (1 + (k - 1) ICC),
    after Spearman and Brown.

    It is the correlation of the mean over `at` posts of a creator with the mean over as many
    others.
    """
    label = f"mean over {at:g} posts"
    return _of_icc(sample, label, "reliability", confidence, lambda share: _longer(share, at))


def posts_needed(sample: Sample, wanted: float = 0.8, confidence: float = 0.95) -> Estimate:
    """Estimate over how many posts of a creator the mean has the reliability that is wanted (not
    rounded).
    """
    found = _of_icc(
        sample, f"posts for a reliability of {wanted:g}", "share", confidence, lambda share: share
    )
    with np.errstate(divide="ignore"):
        needed, high, low = (
            float(wanted * (1 - share) / ((1 - wanted) * share))
            if share > 0
            else np.inf
            if share == 0
            else np.nan
            for share in (found.estimate, found.low, found.high)
        )
    return found._replace(estimate=needed, low=low, high=high, unit="posts")


def split_half(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Estimate the reliability of a creator's mean over all its posts from two halves of them,
    which needs no model of posts.

    The intraclass correlation of the two means, made longer by Spearman and Brown's 2 r / (1 + r).
    Only creators with posts in both halves count; `analysis.moments.sums` says how posts fall into
    halves.
    """
    fit = one_way(sample, halves=True)
    return _of_icc(
        sample,
        "mean over all posts",
        "reliability",
        confidence,
        lambda share: _longer(share, 2),
        fit,
    )


def shrunken_rates(sample: Sample) -> pd.DataFrame:
    """Draw each account's rate towards that of accounts of its size, the more the fewer posts it
    has, and rank both.

    Parameters
    ----------
    sample : Sample
        From accounts: a user's own file.

    Returns
    -------
    pandas.DataFrame
        One row per account with posts of its own, in the order of the sample: ``followers, posts,
        rate, shrunken`` (geometric means, in the unit of the metric), ``kept`` (weight of its own
        posts) and ``rank, shrunken_rank`` (1 is the highest). Empirical best linear prediction with
        the variances of `variance_split`.

    Raises
    ------
    ValueError
        From cells, or without a variance.
    """
    if sample.resolution != "accounts":
        raise ValueError(
            f"source '{sample.source.key}' holds cells; shrunken rates need accounts, as in a file of one's own."
        )
    fit = one_way(sample)
    if fit.problem:
        raise ValueError(f"source '{sample.source.key}': {fit.problem}.")
    rows = sample.rows[sample.rows["single_posts"] > 0]
    x, posts = np.log(rows["lower"].to_numpy(float)), rows["single_posts"].to_numpy(float)
    own = rows["post_log"].to_numpy(float) / posts
    beyond = max(fit.one.creator - _size(sample, fit.one, 0.95)[0], 0.0)
    weights = 1 / (beyond + fit.one.post / posts)
    design = np.column_stack([np.ones_like(x), x])
    line = (
        design
        @ np.linalg.lstsq(design * np.sqrt(weights)[:, None], own * np.sqrt(weights), rcond=None)[0]
    )
    kept = beyond * weights
    scale = sample.metric.scale
    table = pd.DataFrame(
        {"followers": rows["lower"], "posts": posts, "rate": scale * np.exp(own), "kept": kept},
        index=rows.index,
    )
    table["shrunken"] = scale * np.exp(line + kept * (own - line))
    ranks = table[["rate", "shrunken"]].rank(ascending=False, method="min").astype(int)
    return table.assign(rank=ranks["rate"], shrunken_rank=ranks["shrunken"])


def _longer(share: float, times: float) -> float:
    return times * share / (1 + (times - 1) * share)


def _of_icc(
    sample: Sample, label: str, unit: str, confidence: float, of, fit: Fit | None = None
) -> Estimate:
    """A rising function of the share between creators."""
    fit = fit or one_way(sample)
    if fit.problem:
        return _nothing(sample, label, unit, fit)
    share, ends = max(float(fit.one.icc), 0.0), icc_interval(fit, confidence)
    return _estimate(sample, label, unit, fit, of(share), *map(of, ends))


def _size(
    sample: Sample, one: OneWay, confidence: float
) -> tuple[float, tuple[float, float], float]:
    """Variance that a line on log followers tells, its interval, and the variance without taking
    off what chance tells.

    The line goes through the mean logs of rows, weighted by their accounts. Its error follows from
    the variances of creator beyond size and of post, of which the first in turn is the whole
    variance between creators less that of size: two linear equations.
    """
    rows = sample.rows[sample.rows["single_posts"] > 0]
    n, x, xx = (float(rows[name].sum()) for name in ("positive", "log_followers", "log_followers2"))
    weights, posts, posts2 = (
        rows[name].to_numpy(float) for name in ("single_accounts", "single_posts", "single_posts2")
    )
    variance = (xx - x * x / n) / (n - 1)
    means = (rows["log_followers"] / rows["positive"]).to_numpy(float)
    pull = weights * (means - (weights * means).sum() / weights.sum())
    if not variance > 1e-12 or not (pull * means).sum() > 1e-12:  # accounts all of one size
        return 0.0, (0.0, 0.0), 0.0
    pull = pull / (pull * means).sum()
    slope = (pull * rows["post_log"].to_numpy(float) / posts).sum()
    of_creator, of_post = (pull**2 * posts2 / posts**2).sum(), (pull**2 / posts).sum()
    beyond = max(
        (one.creator - (slope**2 - of_post * one.post) * variance) / (1 - of_creator * variance),
        0.0,
    )
    error = of_creator * beyond + of_post * one.post
    reach = stdtrit(n - 2, (1 + confidence) / 2) * np.sqrt(error)
    ends = max(abs(slope) - reach, 0.0), abs(slope) + reach
    return (
        max(slope**2 - error, 0.0) * variance,
        (ends[0] ** 2 * variance, ends[1] ** 2 * variance),
        slope**2 * variance,
    )


def _estimate(
    sample: Sample, label: str, unit: str, fit: Fit, value: float, low: float, high: float
) -> Estimate:
    few = fit.one.accounts < INDICATIVE
    method = (
        f"indicative only, {fit.one.accounts:.0f} accounts; {fit.method}" if few else fit.method
    )
    n, posts = int(fit.one.accounts), int(fit.one.posts)
    status = "indicative" if few else "ok"
    return Estimate(
        label,
        n,
        posts,
        float(value),
        float(low),
        float(high),
        unit,
        _estimand(sample, label),
        method,
        status,
    )


def _nothing(sample: Sample, label: str, unit: str, fit: Fit) -> Estimate:
    return Estimate(
        label,
        sample.accounts,
        0,
        np.nan,
        np.nan,
        np.nan,
        unit,
        _estimand(sample, label),
        fit.problem,
        "undefined",
    )


def _estimand(sample: Sample, label: str) -> str:
    posts = "" if sample.stratum == "all" else f", posts with {sample.stratum} = {sample.level}"
    return f"{label}, of the log of {sample.metric.title}{posts}"
