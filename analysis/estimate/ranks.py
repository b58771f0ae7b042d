"""How often, instead of how much: the probability that an account of one tier surpasses one of another, and the trend over tiers.

A ratio of averages says nothing of the overlap. These ranks do: no logarithm, no average, no outlier that counts more than another. The
rates are those that were observed; where an account has few posts, noise moves the probability towards one half.

Cells hold no single account, so each bin of their histogram stands for its accounts spread evenly over it. `method` says how far the
result would move if all accounts of one side stood at the lower ends of their bins and those of the other at the upper ends: a bound,
far beyond what happens: on the registered sources cells and accounts differ by less than 0.01.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import Estimate, check_tiers
from analysis.evidence.sample import Sample

ZERO = -1e9
"""Where a rate of zero stands on the axis of a histogram: below every bin."""


class Trend(NamedTuple):
    """An ordered trend over tiers.

    Attributes
    ----------
    label, n_accounts, n_posts, estimate, low, high, unit, estimand, method, status
        Those of an `Estimate`: how often, of two random accounts of different tiers, that of the larger tier has the higher value. Above
        one half the metric rises with size.
    z, p : float
        Jonckheere and Terpstra's test, two-sided, that all tiers have one distribution; z is above zero if the metric rises.
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


def superiority(sample: Sample, of: str = "micro", versus: str = "macro", confidence: float = 0.95) -> Estimate:
    """Estimate how often a random account of one tier has a higher value than a random account of another; ties count half.

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
        A probability. Variance and degrees of freedom are those of Brunner and Munzel (2000), from statsmodels; the interval is made on
        the logit scale, so that it stays between 0 and 1.

    Raises
    ------
    ValueError
        If the scheme has no such tier.
    """
    check_tiers(sample, of, versus)
    n, posts = _counts(sample, of, versus)
    label = f"{of} above {versus}"
    estimand = f"probability that an account of {of} has more {sample.metric.title} than one of {versus}"
    problem = _problem(sample, of, versus)
    if problem:
        return Estimate(label, n, posts, np.nan, np.nan, np.nan, "probability", estimand, problem, "undefined")
    p, variance, df = concordance([_values(sample, tier) for tier in (versus, of)])
    low, high = logit_interval(p, variance, df, confidence)
    method = f"Brunner-Munzel, logit interval{_binning(sample, [versus, of])}"
    return Estimate(label, n, posts, p, low, high, "probability", estimand, *_said(sample, (of, versus), method, low))


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
        The test is that of statsmodels. Its null hypothesis is one distribution for all tiers; the interval asks less, only that
        accounts of larger tiers be no more often above than below, and lets spreads differ. With very different spreads they may
        disagree, and verdicts rest on the interval: the logit of the share of concordant pairs, with a variance from placements (each
        account's share of accounts of other tiers on the concordant side) and Welch-Satterthwaite degrees of freedom.
    """
    check_tiers(sample, *tiers)
    held = sample.rows.groupby("tier")["accounts"].sum()
    kept = [tier for tier in (tuple(tiers) or sample.scheme.names) if held.get(tier, 0) > 0]
    n, posts = _counts(sample, *kept)
    label, estimand = " < ".join(kept), f"probability that of two accounts of different tiers the larger has more {sample.metric.title}"
    problem = _problem(sample, *kept) or ("" if len(kept) > 1 else "fewer than two tiers hold accounts")
    if problem:
        nothing = (np.nan, np.nan, np.nan, "probability", estimand, problem, "undefined", np.nan, np.nan, np.nan)
        return Trend(label, n, posts, *nothing)
    values = [_values(sample, tier) for tier in kept]
    p, variance, df = concordance(values)
    low, high = logit_interval(p, variance, df, confidence)
    method = f"Jonckheere-Terpstra; logit interval from placements{_binning(sample, kept)}"
    estimate = Estimate(label, n, posts, p, low, high, "probability", estimand, *_said(sample, kept, method, low))
    return Trend(*estimate, *jonckheere(values))


def jonckheere(values: list[np.ndarray]) -> tuple[float, float, float]:
    """z, two-sided p and tau."""
    from statsmodels.stats.nonparametric import jonckheere_terpstra

    if len(np.unique(np.concatenate(values))) == 1:
        return np.nan, np.nan, np.nan
    found = jonckheere_terpstra(values, alternative="two-sided")
    return float(found.zstat), float(found.pvalue), float(found.tau)


def _values(sample: Sample, tier: str, at: float | None = None) -> np.ndarray:
    """One value per account of a tier, in its order; from a histogram spread evenly over each bin, or all `at` one end of it."""
    if sample.resolution == "accounts":
        return sample.rows.loc[sample.rows["tier"] == tier, "account_rate"].to_numpy(float)
    bins = sample.histogram[sample.histogram["tier"] == tier]
    counts = bins["accounts"].to_numpy(int)
    low, high = (np.repeat(bins[name].to_numpy(float), counts) for name in ("bin_low", "bin_high"))
    place = (np.arange(len(low)) - np.repeat(counts.cumsum() - counts, counts) + 0.5) / np.repeat(counts, counts)
    # a bin down to a rate of zero has no width on a log scale: unless asked for its lower end, its accounts stand at the upper one
    placed = low + (high - low) * (place if at is None else at)
    placed = np.where(np.isnan(low), ZERO if at == 0 else high, placed)
    return np.where(np.isnan(high), ZERO, placed)


def _lower(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """For each value of `one`, how many of `other` are lower; ties count half."""
    other = np.sort(other)
    return (np.searchsorted(other, one, "left") + np.searchsorted(other, one, "right")) / 2


def concordance(values: list[np.ndarray]) -> tuple[float, float, float]:
    """Share of pairs from two groups in which the later group is higher, ties half; its variance and degrees of freedom.

    An account's placement counts those of other groups on the concordant side. For two groups variance and degrees of freedom are
    those of Brunner and Munzel (2000), hence of statsmodels' ``rank_compare_2indep``.
    """
    placements = [
        sum(_lower(own, other) if there < here else len(other) - _lower(own, other) for there, other in enumerate(values) if there != here)
        for here, own in enumerate(values)
    ]
    pairs = sum(len(one) * len(other) for one, other in combinations(values, 2))
    sizes = np.array([len(own) for own in values])
    spreads = np.array([own.var(ddof=1) if len(own) > 1 else np.nan for own in placements])
    total = (sizes * spreads).sum()
    with np.errstate(invalid="ignore"):
        df = total**2 / ((sizes * spreads) ** 2 / (sizes - 1)).sum()
    return float(sum(own.sum() for own in placements) / 2 / pairs), float(total / pairs**2), float(df)


def logit_interval(p: float, variance: float, df: float, confidence: float) -> tuple[float, float]:
    """Delta method on the logit; nan without a variance, as when the groups do not overlap."""
    if not variance > 1e-24 or not 0 < p < 1:
        return np.nan, np.nan
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance) / (p * (1 - p))
    return float(expit(logit(p) - reach)), float(expit(logit(p) + reach))


def _binning(sample: Sample, tiers: list[str]) -> str:
    """Say how far the result moves if one side stands at the lower ends of its bins and the other at the upper ends."""
    if sample.resolution == "accounts":
        return ""
    ends = [{tier: _values(sample, tier, at) for tier in tiers} for at in (0.0, 1.0)]
    pairs = list(combinations(tiers, 2))
    counts = sum(len(ends[0][a]) * len(ends[0][b]) for a, b in pairs)
    low, high = (sum(_lower(one[b], two[a]).sum() for a, b in pairs) / counts for one, two in (ends, ends[::-1]))
    return f"; from a histogram, bins spread evenly: {low:.3f} to {high:.3f} however accounts lie in their bins"


def _counts(sample: Sample, *tiers: str) -> tuple[int, int]:
    """Accounts and posts of some tiers."""
    rows = sample.rows[sample.rows["tier"].isin(tiers)]
    return int(rows["accounts"].sum()), int(rows["posts"].sum())


def _problem(sample: Sample, *tiers: str) -> str:
    """Why there is no estimate, or nothing."""
    if sample.resolution == "cells" and sample.histogram is None:
        return "cells of a stratum hold no histogram, so no ranks"
    return "; ".join(f"{tier}: no account" for tier in tiers if not _counts(sample, tier)[0])


def _said(sample: Sample, tiers: Iterable[str], method: str, low: float) -> tuple[str, str]:
    """Method and status."""
    few = {tier: count for tier in tiers if (count := _counts(sample, tier)[0]) < INDICATIVE}
    problems = [f"indicative only, {count} account{'s' if count > 1 else ''} in {tier}" for tier, count in few.items()]
    if np.isnan(low):
        problems.append("the tiers do not overlap, or one holds a single account: no interval")
    return "; ".join([*problems, method]), "indicative" if problems else "ok"
