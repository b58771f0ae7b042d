"""Estimates: an average by tier, and the ratio of two tiers, each with its interval.

A contrast compares different creators. It says how the tiers differ, not what would happen to a
creator who grew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isfinite
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE, NEEDED, LogEstimate, log_average
from analysis.moments.sample import Moments, Sample
from analysis.registers.metrics import Metric
from analysis.registers.records import Source


class Estimate(NamedTuple):
    """One number with its uncertainty.

    Attributes
    ----------
    label : str
        The tier, or ``of / versus``.
    n_accounts, n_posts : int
        What it rests on; in a contrast both tiers together.
    estimate, low, high : float
        Estimate and confidence interval in `unit`; nan where not defined.
    unit : str
        ``percent``, ``count per post`` or ``ratio``.
    estimand : str
        What is estimated, in words.
    method : str
        How the interval was found, and what is missing and why.
    status : str
        ``ok``; ``indicative`` (fewer than 10 accounts in a tier, or no interval); ``undefined`` (no
        estimate).
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


class Averaged(NamedTuple):
    """The average of one tier, with the accounts and posts it rests on."""

    found: LogEstimate
    accounts: int
    posts: int


def by_tier(
    sample: Sample, average: str = "typical account", confidence: float = 0.95
) -> pd.DataFrame:
    """Average each tier.

    Parameters
    ----------
    sample : Sample
        With tiers assigned.
    average : str
        A key of AVERAGES.
    confidence : float
        Of each interval.

    Returns
    -------
    pandas.DataFrame
        One row per tier of the scheme, smallest first, with the fields of `Estimate`.
    """
    averaged, estimand = of_tiers(sample, sample.scheme.names, average), _estimand(sample, average)
    levels = [
        level(tier, found, sample.metric, sample.source, estimand, confidence)
        for tier, found in averaged.items()
    ]
    return pd.DataFrame(levels, columns=Estimate._fields)


def tier_average(
    sample: Sample, tier: str, average: str = "typical account", confidence: float = 0.95
) -> Estimate:
    """Average one tier, in the unit of the metric."""
    return level(
        tier,
        of_tiers(sample, (tier,), average)[tier],
        sample.metric,
        sample.source,
        _estimand(sample, average),
        confidence,
    )


def level(
    tier: str,
    averaged: Averaged,
    metric: Metric,
    source: Source,
    estimand: str,
    confidence: float = 0.95,
) -> Estimate:
    """Put the average of one tier in the unit of the metric, with the currency of the source for
    money.
    """
    found, n, posts = averaged
    with np.errstate(over="ignore"):  # an end that no number reaches is infinite
        low, high = (
            metric.scale * end
            for end in log_interval(found.log, found.variance, found.df, confidence)
        )
    unit = metric.unit.replace("money", source.currency or "money")
    return Estimate(
        tier,
        n,
        posts,
        metric.scale * np.exp(found.log),
        low,
        high,
        unit,
        estimand,
        _method({tier: averaged}),
        _status(averaged),
    )


def contrast(
    sample: Sample,
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> Estimate:
    """Divide the average of one tier by that of another.

    Parameters
    ----------
    sample : Sample
        With tiers assigned.
    of, versus : str
        Tiers of the scheme; the ratio is `of` over `versus`.
    average : str
        A key of AVERAGES.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A ratio. Its interval is that of the difference of the logs, with Welch-Satterthwaite
        degrees of freedom.

    Raises
    ------
    ValueError
        If the scheme has no such tier.
    """
    check_tiers(sample, of, versus)
    return _contrast(sample, of, versus, average, confidence)


def _contrast(sample: Sample, of: str, versus: str, average: str, confidence: float) -> Estimate:
    """Divide the average of the rows named `of` by that of the rows named `versus`."""
    return ratio(
        of, versus, of_tiers(sample, (of, versus), average), _estimand(sample, average), confidence
    )


def ratio(
    of: str, versus: str, averaged: Mapping[str, Averaged], estimand: str, confidence: float = 0.95
) -> Estimate:
    """Divide one tier's average by another's; see `contrast`."""
    one, two = averaged[of], averaged[versus]
    found = difference(one.found, two.found)
    low, high = log_interval(found.log, found.variance, found.df, confidence)
    return told(of, versus, one, two, (np.exp(found.log), low, high), estimand)


def told(
    of: str,
    versus: str,
    one: Averaged,
    two: Averaged,
    values: tuple[float, float, float],
    estimand: str,
) -> Estimate:
    """Say of a ratio and its interval what they are, what they rest on and whether they may
    decide.
    """
    label, method = f"{of} / {versus}", _method({of: one, versus: two})
    n, posts = one.accounts + two.accounts, one.posts + two.posts
    return Estimate(
        label, n, posts, *values, "ratio", f"{label}, {estimand}", method, _status(one, two)
    )


def check_tiers(sample: Sample, *tiers: str) -> None:
    """Refuse tiers that the scheme of a sample does not have."""
    for tier in tiers:
        if tier not in sample.scheme.names:
            raise ValueError(
                f"tier scheme '{sample.scheme.key}' has no tier '{tier}'. It has: {', '.join(sample.scheme.names)}."
            )


def difference(one: LogEstimate, two: LogEstimate) -> LogEstimate:
    """Subtract two independent logs; degrees of freedom after Welch and Satterthwaite."""
    return LogEstimate(
        one.log - two.log,
        one.variance + two.variance,
        _welch(one, two),
        one.method,
        decisive=one.decisive and two.decisive,
    )


def between_levels(
    sources: Moments, metric: str, of: str, versus: str, stratum: str = "creator_kind", average: str = "typical account",
    confidence: float = 0.95,
) -> Estimate:  # fmt: skip
    """Divide the average of one level of a stratum by that of another, as `contrast` does with
    tiers.

    Parameters
    ----------
    sources : Moments
        One platform of a source that has the stratum.
    metric : str
        As in `Moments.sample`.
    of, versus : str
        Levels, such as ``employee`` and ``external``.
    stratum : str
        What tells them apart.

    Raises
    ------
    ValueError
        If an account has posts of both levels, so that the two are not independent.
    """
    sides = [sources.sample(metric, stratum, level) for level in (of, versus)]
    if sources.resolution == "accounts":
        levels = (
            sources.table[sources.table[stratum].isin([of, versus])]
            .groupby("account_id")[stratum]
            .nunique()
        )
        if both := int((levels > 1).sum()):
            raise ValueError(
                f"{both} accounts have posts of both {of} and {versus}: give each account one {stratum}."
            )
    rows = pd.concat(
        [side.rows.assign(tier=level) for side, level in zip(sides, (of, versus), strict=True)],
        ignore_index=True,
    )
    found = _contrast(
        replace(sides[0], rows=rows, stratum="all", level="all", histogram=None),
        of,
        versus,
        average,
        confidence,
    )
    return found._replace(estimand=f"{found.estimand}, by {stratum}")


def smallest_contrast(
    sample: Sample, of: str = "micro", average: str = "typical account", confidence: float = 0.95
) -> Estimate:
    """Divide the average of one tier by that of the tier that comes closest to it or surpasses it.

    The tier is the highest of all if and only if this ratio is above 1. The ratios to the other
    tiers have simultaneous intervals (Bonferroni), so the smallest of their ends is an interval of
    the smallest ratio.

    Returns
    -------
    Estimate
        The smallest ratio. A tier that cannot be compared, for lack of accounts, may be higher
        still: the interval then has no lower end, so that being the highest can be contradicted but
        not supported; `method` names such tiers.
    """
    return smallest_ratio(
        of, of_tiers(sample, sample.scheme.names, average), _estimand(sample, average), confidence
    )


def smallest_ratio(
    of: str, averaged: Mapping[str, Averaged], estimand: str, confidence: float = 0.95
) -> Estimate:
    """Divide one tier's average by each of the others; see `smallest_contrast`."""
    label = f"{of} / every other tier"
    others = [tier for tier in averaged if tier != of and averaged[tier].accounts > 0]
    each_level = 1 - (1 - confidence) / max(len(others), 1)
    usable = [tier for tier in others if _status(averaged[of], averaged[tier]) == "ok"]
    if not usable:
        reason = "no other tier has enough accounts" if others else "no other tier has an account"
        n = averaged[of].accounts
        return Estimate(
            label,
            n,
            0,
            np.nan,
            np.nan,
            np.nan,
            "ratio",
            f"{label}, {estimand}",
            reason,
            "undefined",
        )
    ratios = difference(
        averaged[of].found,
        LogEstimate(*np.array([averaged[tier].found[:3] for tier in usable]).T, ""),
    )
    lows, highs = log_interval(ratios.log, ratios.variance, ratios.df, each_level)
    least = int(np.argmin(ratios.log))
    left = [tier for tier in averaged if tier not in others and tier != of] + [
        tier for tier in others if tier not in usable
    ]
    note = f"; smallest of {len(usable)} ratios, simultaneous intervals"
    note += (
        f"; no lower end, since not compared for lack of accounts: {', '.join(left)}"
        if left
        else ""
    )
    values = (np.exp(ratios.log[least]), 0.0 if left else lows.min(), highs.min())
    found = told(of, usable[least], averaged[of], averaged[usable[least]], values, estimand)
    return found._replace(estimand=f"{label}, {estimand}", method=found.method + note)


def against(
    sample: Sample,
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Divide every other tier of the scheme by one tier.

    Returns
    -------
    pandas.DataFrame
        One contrast per other tier, smallest tier first, with the fields of `Estimate`.
    """
    check_tiers(sample, versus)
    averaged, what = of_tiers(sample, sample.scheme.names, average), _estimand(sample, average)
    return pd.DataFrame(
        [ratio(name, versus, averaged, what, confidence) for name in averaged if name != versus],
        columns=Estimate._fields,
    )


def of_tiers(sample: Sample, tiers: Iterable[str], average: str) -> dict[str, Averaged]:
    """Log average, accounts and posts of each of some tiers."""
    held = sample.within(
        tiers, ("posts", *NEEDED.get(average, ("accounts",)))
    )  # what is no average is refused by log_average
    bins = {
        tier: sample.bins_within(tier) if average == "median account" else None for tier in held
    }
    logs = {
        tier: log_average(rows, average, sample.resolution, bins[tier])
        for tier, rows in held.items()
    }
    return {
        tier: Averaged(logs[tier], int(rows["accounts"].sum()), int(rows["posts"].sum()))
        for tier, rows in held.items()
    }


def _welch(one: LogEstimate, two: LogEstimate) -> float:
    """Welch-Satterthwaite degrees of freedom of a difference."""
    parts = one.variance**2 / np.maximum(one.df, 1) + two.variance**2 / np.maximum(two.df, 1)
    return (one.variance + two.variance) ** 2 / parts


def log_interval(log: float, variance: float, df: float, confidence: float) -> tuple[float, float]:
    """Interval of an average or ratio from its log; nan without a variance. Arrays give arrays."""
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
    with np.errstate(over="ignore"):  # an interval may be so wide that its upper end is infinite
        return np.exp(log - reach), np.exp(log + reach)


def _status(*tiers: Averaged) -> str:
    status = "ok"
    for found, accounts, _ in tiers:
        if not isfinite(found.log):
            return "undefined"
        if not found.decisive or not isfinite(found.variance) or accounts < INDICATIVE:
            status = "indicative"
    return status


def _estimand(sample: Sample, average: str) -> str:
    return estimand_of(
        average,
        sample.metric,
        "all" if sample.stratum == "all" else f"{sample.stratum}: {sample.level}",
    )


def estimand_of(average: str, metric: Metric, posts: str = "all") -> str:
    """Say what is estimated of one tier; `posts` is ``"all"`` or names a stratum and its level."""
    chosen = "" if posts == "all" else f", posts with {posts.replace(': ', ' = ')}"
    return f"{average} of {metric.title}{chosen}"


def _method(tiers: dict[str, Averaged]) -> str:
    """What is missing and why, then how the interval was found, each said once; without an estimate
    only the former.
    """
    problems, few, methods, defined = [], [], {}, True
    for name, (found, accounts, _) in tiers.items():
        if found.problem:
            problems.append(f"{name}: {found.problem}")
        if 0 < accounts < INDICATIVE:
            few.append(
                f"indicative only, {accounts} account{'s' if accounts > 1 else ''} in {name}"
            )
        defined = defined and isfinite(found.log)
        methods[found.method] = None
    return "; ".join([*problems, *few, *(methods if defined else ())])
