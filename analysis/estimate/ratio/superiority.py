"""How often, instead of how much: the probability that an account of one tier surpasses one of
another, and the trend over tiers.

A ratio of averages says nothing of the overlap. These ranks do: no logarithm, no average, no
outlier that counts more than another. The rates are those that were observed; where an account has
few posts, noise moves the probability towards one half.

Cells hold no single account, so each bin of their histogram stands for its accounts spread evenly
over it. `method` says how far the result would move if all accounts of one side stood at the lower
ends of their bins and those of the other at the upper ends: a bound, far beyond what happens: on
the registered sources cells and accounts differ by less than 0.01.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, ndtr, stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.registry import estimator
from analysis.estimate.results import Estimate
from analysis.estimate.tiers import check_tiers
from analysis.moments.sample import Sample

ZERO = -1e9
"""Where a rate of zero stands on the axis of a histogram: below every bin."""


class Trend(NamedTuple):
    """An ordered trend over tiers.

    Attributes
    ----------
    label, n_accounts, n_posts, estimate, low, high, unit, estimand, method, status
        Those of an `Estimate`: how often, of two random accounts of different tiers, that of the
        larger tier has the higher value. Above one half the metric rises with size.
    z, p : float
        Jonckheere and Terpstra's test, two-sided, that all tiers have one distribution; z is above
        zero if the metric rises.
    tau : float
        Kendall's tau-b of value and tier.
    """

    label: str
    n_accounts: int
    n_posts: int
    estimate: float
    low: float
    high: float
    unit: str
    estimand: str
    method: str
    status: str
    z: float
    p: float
    tau: float


@estimator("superiority", unit="probability", needs=("of", "versus"), tiered=True)
def superiority(
    sample: Sample, of: str = "micro", versus: str = "macro", confidence: float = 0.95
) -> Estimate:
    """Estimate how often a random account of one tier has a higher value than a random account of
    another; ties count half.

    Parameters
    ----------
    sample : Sample
        With tiers assigned, of a rate or of a total per post.
    of, versus : str
        Tiers of the scheme.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A probability. Variance and degrees of freedom are those of Brunner and Munzel (2000), from
        statsmodels; the interval is made on the logit scale, so that it stays between 0 and 1.

    Raises
    ------
    ValueError
        If the scheme has no such tier.
    """
    check_tiers(sample, of, versus)
    counts = _counts(sample, (of, versus))
    n, posts = map(sum, zip(*counts.values(), strict=True))
    label = f"{of} above {versus}"
    estimand = (
        f"probability that an account of {of} has more {sample.metric.title} than one of {versus}"
    )
    problem = _problem(sample, counts)
    if problem:
        return Estimate(
            label, n, posts, np.nan, np.nan, np.nan, "probability", estimand, problem, "undefined"
        )
    places = [_places(sample, tier) for tier in (versus, of)]
    p, variance, df = concordance([values for values, *_ in places])
    low, high = logit_interval(p, variance, df, confidence)
    method = f"Brunner-Munzel, logit interval{_binning(sample, places)}"
    return Estimate(
        label, n, posts, p, low, high, "probability", estimand, *_said(counts, method, low)
    )


def trend(sample: Sample, tiers: Iterable[str] = (), confidence: float = 0.95) -> Trend:
    """Test whether a metric rises or falls over ordered tiers, and estimate how often it does.

    Parameters
    ----------
    sample : Sample
        With tiers assigned.
    tiers : iterable of str
        Tiers in ascending order; all those of the scheme that hold accounts if none are named.
    confidence : float
        Of the interval.

    Returns
    -------
    Trend
        The test gives what statsmodels gives. Its null hypothesis is one distribution for all
        tiers; the interval asks less, only that accounts of larger tiers be no more often above
        than below, and lets spreads differ. With very different spreads they may disagree, and
        verdicts rest on the interval: the logit of the share of concordant pairs, with a variance
        from placements (each account's share of accounts of other tiers on the concordant side) and
        Welch-Satterthwaite degrees of freedom.
    """
    check_tiers(sample, *tiers)
    counts = {
        tier: held
        for tier, held in _counts(sample, tuple(tiers) or sample.scheme.names).items()
        if held[0] > 0
    }
    n, posts = (sum(held[part] for held in counts.values()) for part in (0, 1))
    label, estimand = (
        " < ".join(counts),
        f"probability that of two accounts of different tiers the larger has more {sample.metric.title}",
    )
    problem = _problem(sample, counts) or (
        "" if len(counts) > 1 else "fewer than two tiers hold accounts"
    )
    if problem:
        nothing = (
            np.nan,
            np.nan,
            np.nan,
            "probability",
            estimand,
            problem,
            "undefined",
            np.nan,
            np.nan,
            np.nan,
        )
        return Trend(label, n, posts, *nothing)
    places = [_places(sample, tier) for tier in counts]
    values = [placed for placed, *_ in places]
    p, variance, df = concordance(values)
    low, high = logit_interval(p, variance, df, confidence)
    method = f"Jonckheere-Terpstra; logit interval from placements{_binning(sample, places)}"
    estimate = Estimate(
        label, n, posts, p, low, high, "probability", estimand, *_said(counts, method, low)
    )
    return Trend(*estimate, *jonckheere(values, p))


def jonckheere(values: list[np.ndarray], p: float) -> tuple[float, float, float]:
    """z, two-sided p and tau-b, from the share `p` of concordant pairs; equal to statsmodels'
    ``jonckheere_terpstra``.

    The variance is that for ties of Kendall (1970). statsmodels looks at one account after the
    other, which takes a hundred times as long.
    """
    sizes = np.array([len(own) for own in values], float)
    ties = np.unique(np.concatenate(values), return_counts=True)[1].astype(float)
    if len(ties) == 1:
        return np.nan, np.nan, np.nan
    n, tied = (
        sizes.sum(),
        [(t * (t - 1), t * (t - 1) * (t - 2), t * (t - 1) * (2 * t + 5)) for t in (sizes, ties)],
    )
    (x, x0, x1), (y, y0, y1) = ([part.sum() for part in parts] for parts in tied)
    pairs = n * (n - 1)
    variance = (
        (pairs * (2 * n + 5) - x1 - y1) / 18
        + x * y / (2 * pairs)
        + x0 * y0 / (9 * pairs * max(n - 2, 1))
    )
    more = (2 * p - 1) * (pairs - x) / 2  # concordant pairs less discordant ones
    z = more / np.sqrt(variance)
    return float(z), float(2 * ndtr(-abs(z))), float(2 * more / np.sqrt((pairs - x) * (pairs - y)))


def _places(sample: Sample, tier: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One value per account of a tier; from a histogram spread evenly over each bin, then all at
    its lower, and at its upper end.
    """
    if sample.resolution == "accounts":
        return (sample.within((tier,), ("account_rate",))[tier]["account_rate"],) * 3
    low, high, counts = sample.bins_within(tier).values()
    counts = counts.astype(int)
    share = (
        np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts) + 0.5
    ) / np.repeat(counts, counts)
    low, high = np.repeat(low, counts), np.repeat(high, counts)
    # a bin down to a rate of zero has no width on a log scale: unless asked for its lower end, its
    # accounts stand at the upper one
    spread = np.where(np.isnan(low), high, low + (high - low) * share)
    return tuple(
        np.where(np.isnan(high), ZERO, placed)
        for placed in (spread, np.where(np.isnan(low), ZERO, low), high)
    )


def _lower(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """For each value of `one`, how many of `other`, which ascend, are lower; ties count half."""
    return (np.searchsorted(other, one, "left") + np.searchsorted(other, one, "right")) / 2


def concordance(values: list[np.ndarray]) -> tuple[float, float, float]:
    """Share of pairs from two groups in which the later group is higher, ties half; its variance
    and degrees of freedom.

    An account's placement counts those of other groups on the concordant side. For two groups
    variance and degrees of freedom are those of Brunner and Munzel (2000), hence of statsmodels'
    ``rank_compare_2indep``.
    """
    values = [np.sort(own) for own in values]
    placements = [
        sum(
            _lower(own, other) if there < here else len(other) - _lower(own, other)
            for there, other in enumerate(values)
            if there != here
        )
        for here, own in enumerate(values)
    ]
    pairs = sum(len(one) * len(other) for one, other in combinations(values, 2))
    sizes = np.array([len(own) for own in values])
    spreads = np.array([own.var(ddof=1) if len(own) > 1 else np.nan for own in placements])
    total = (sizes * spreads).sum()
    with np.errstate(invalid="ignore"):
        df = total**2 / ((sizes * spreads) ** 2 / (sizes - 1)).sum()
    return (
        float(sum(own.sum() for own in placements) / 2 / pairs),
        float(total / pairs**2),
        float(df),
    )


def logit_interval(p: float, variance: float, df: float, confidence: float) -> tuple[float, float]:
    """Delta method on the logit; nan without a variance, as when the groups do not overlap."""
    if not variance > 1e-24 or not 0 < p < 1:
        return np.nan, np.nan
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance) / (p * (1 - p))
    return float(expit(logit(p) - reach)), float(expit(logit(p) + reach))


def _binning(sample: Sample, places: list[tuple[np.ndarray, ...]]) -> str:
    """Say how far the result moves if one side stands at the lower ends of its bins and the other
    at the upper ends.
    """
    if sample.resolution == "accounts":
        return ""
    ends = [[np.sort(placed[end]) for placed in places] for end in (1, 2)]
    pairs = list(combinations(range(len(places)), 2))
    counts = sum(len(ends[0][a]) * len(ends[0][b]) for a, b in pairs)
    low, high = (
        sum(_lower(one[b], two[a]).sum() for a, b in pairs) / counts
        for one, two in (ends, ends[::-1])
    )
    return f"; from a histogram, bins spread evenly: {low:.3f} to {high:.3f} however accounts lie in their bins"


def _counts(sample: Sample, tiers: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Accounts and posts of some tiers."""
    held = sample.within(tiers, ("accounts", "posts"))
    return {
        tier: (int(rows["accounts"].sum()), int(rows["posts"].sum())) for tier, rows in held.items()
    }


def _problem(sample: Sample, counts: dict[str, tuple[int, int]]) -> str:
    """Why there is no estimate, or nothing."""
    if sample.resolution == "cells" and sample.histogram is None:
        return "cells of a stratum hold no histogram, so no ranks"
    return "; ".join(
        f"{tier}: no account" for tier, (accounts, _) in counts.items() if not accounts
    )


def _said(counts: dict[str, tuple[int, int]], method: str, low: float) -> tuple[str, str]:
    """Method and status."""
    few = {tier: accounts for tier, (accounts, _) in counts.items() if accounts < INDICATIVE}
    problems = [
        f"indicative only, {count} account{'s' if count > 1 else ''} in {tier}"
        for tier, count in few.items()
    ]
    if np.isnan(low):
        problems.append("the tiers do not overlap, or one holds a single account: no interval")
    return "; ".join([*problems, method]), "indicative" if problems else "ok"
