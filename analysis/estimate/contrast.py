"""Estimates: an average by tier, and the ratio of two tiers, each with its interval.

A contrast compares different creators. It says how the tiers differ, not what would happen to a creator who grew.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE, LogEstimate, log_average
from analysis.estimate.tiers import assign_tiers, bands
from analysis.evidence.records import TierScheme
from analysis.evidence.sample import Moments, Sample


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
        ``ok``; ``indicative`` (fewer than 10 accounts in a tier, or no interval); ``undefined`` (no estimate).
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


def by_tier(sample: Sample, average: str = "typical account", confidence: float = 0.95) -> pd.DataFrame:
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
    return pd.DataFrame([tier_average(sample, name, average, confidence) for name in sample.scheme.names], columns=Estimate._fields)


def tier_average(sample: Sample, tier: str, average: str = "typical account", confidence: float = 0.95) -> Estimate:
    """Average one tier, in the unit of the metric."""
    found, n, posts = of_tier(sample, tier, average)
    low, high = log_interval(found.log, found.variance, found.df, confidence)
    scale = sample.metric.scale
    return Estimate(
        tier, n, posts, scale * np.exp(found.log), scale * low, scale * high, _unit(sample),
        _estimand(sample, average), _method(sample, {tier: found}), _status(n, found),
    )  # fmt: skip


def contrast(
    sample: Sample, of: str = "micro", versus: str = "macro", average: str = "typical account", confidence: float = 0.95
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
        A ratio. Its interval is that of the difference of the logs, with Welch-Satterthwaite degrees of freedom.

    Raises
    ------
    ValueError
        If the scheme has no such tier.
    """
    check_tiers(sample, of, versus)
    return _ratio(sample, of, versus, average, confidence)


def _ratio(sample: Sample, of: str, versus: str, average: str, confidence: float) -> Estimate:
    """Divide the average of the rows named `of` by that of the rows named `versus`."""
    (one, n_one, posts_one), (two, n_two, posts_two) = (of_tier(sample, tier, average) for tier in (of, versus))
    found = difference(one, two)
    low, high = log_interval(found.log, found.variance, found.df, confidence)
    label = f"{of} / {versus}"
    estimand, method = f"{label}, {_estimand(sample, average)}", _method(sample, {of: one, versus: two})
    status = _status(min(n_one, n_two), one, two)
    return Estimate(label, n_one + n_two, posts_one + posts_two, np.exp(found.log), low, high, "ratio", estimand, method, status)


def check_tiers(sample: Sample, *tiers: str) -> None:
    """Refuse tiers that the scheme of a sample does not have."""
    for tier in tiers:
        if tier not in sample.scheme.names:
            raise ValueError(f"tier scheme '{sample.scheme.key}' has no tier '{tier}'. It has: {', '.join(sample.scheme.names)}.")


def difference(one: LogEstimate, two: LogEstimate) -> LogEstimate:
    """Subtract two independent logs; degrees of freedom after Welch and Satterthwaite."""
    return LogEstimate(one.log - two.log, one.variance + two.variance, _welch(one, two), one.method, decisive=one.decisive and two.decisive)


def between_levels(
    sources: Moments, metric: str, of: str, versus: str, stratum: str = "creator_kind", average: str = "typical account",
    confidence: float = 0.95,
) -> Estimate:  # fmt: skip
    """Divide the average of one level of a stratum by that of another, as `contrast` does with tiers.

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
        levels = sources.table[sources.table[stratum].isin([of, versus])].groupby("account_id")[stratum].nunique()
        if both := int((levels > 1).sum()):
            raise ValueError(f"{both} accounts have posts of both {of} and {versus}: give each account one {stratum}.")
    rows = pd.concat([side.rows.assign(tier=level) for side, level in zip(sides, (of, versus), strict=True)], ignore_index=True)
    found = _ratio(replace(sides[0], rows=rows, stratum="all", level="all", histogram=None), of, versus, average, confidence)
    return found._replace(estimand=f"{found.estimand}, by {stratum}")


def smallest_contrast(sample: Sample, of: str = "micro", average: str = "typical account", confidence: float = 0.95) -> Estimate:
    """Divide the average of one tier by that of the tier that comes closest to it or surpasses it.

    The tier is the highest of all if and only if this ratio is above 1. The ratios to the other tiers have simultaneous intervals
    (Bonferroni), so the smallest of their ends is an interval of the smallest ratio.

    Returns
    -------
    Estimate
        The smallest ratio. A tier that cannot be compared, for lack of accounts, may be higher still: the interval then has no lower
        end, so that being the highest can be contradicted but not supported; `method` names such tiers.
    """
    held = sample.rows.groupby("tier")["accounts"].sum()
    others = [tier for tier in sample.scheme.names if tier != of and held.get(tier, 0) > 0]
    empty = [tier for tier in sample.scheme.names if tier not in others and tier != of]
    level = 1 - (1 - confidence) / max(len(others), 1)
    ratios = pd.DataFrame([contrast(sample, of, tier, average, level) for tier in others], columns=Estimate._fields)
    usable = ratios[ratios["status"] == "ok"]
    if usable.empty:
        estimand = f"{of} / every other tier, {_estimand(sample, average)}"
        reason = "no other tier has enough accounts" if len(ratios) else "no other tier has an account"
        n = int(held.get(of, 0))
        return Estimate(f"{of} / every other tier", n, 0, np.nan, np.nan, np.nan, "ratio", estimand, reason, "undefined")
    least = usable.loc[usable["estimate"].idxmin()]
    left = [*empty, *(label.split(" / ")[1] for label in ratios.loc[ratios["status"] != "ok", "label"])]
    note = f"; smallest of {len(usable)} ratios, simultaneous intervals"
    note += f"; no lower end, since not compared for lack of accounts: {', '.join(left)}" if left else ""
    low, high = 0.0 if left else usable["low"].min(), usable["high"].min()
    n, posts = int(least["n_accounts"]), int(least["n_posts"])
    estimand = f"{of} / every other tier, {_estimand(sample, average)}"
    return Estimate(least["label"], n, posts, least["estimate"], low, high, "ratio", estimand, least["method"] + note, "ok")


def against(sample: Sample, versus: str = "macro", average: str = "typical account", confidence: float = 0.95) -> pd.DataFrame:
    """Divide every other tier of the scheme by one tier.

    Returns
    -------
    pandas.DataFrame
        One contrast per other tier, smallest tier first, with the fields of `Estimate`.
    """
    others = [name for name in sample.scheme.names if name != versus]
    return pd.DataFrame([contrast(sample, name, versus, average, confidence) for name in others], columns=Estimate._fields)


def across_schemes(
    sample: Sample,
    schemes: Iterable[TierScheme],
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate the same contrast under every scheme that has both words and is not bound to other platforms.

    Returns
    -------
    pandas.DataFrame
        ``scheme`` (short name) and the fields of `Estimate`, one row per scheme.
    """
    platform = sample.source.platform
    having = [scheme for scheme in schemes if scheme.fits(platform) and {of, versus} <= set(scheme.names)]
    rows = [(scheme.short, *contrast(assign_tiers(sample, scheme), of, versus, average, confidence)) for scheme in having]
    return pd.DataFrame(rows, columns=["scheme", *Estimate._fields])


def along_followers(sample: Sample, average: str = "typical account", confidence: float = 0.95) -> pd.DataFrame:
    """Average the metric in one follower band after the other.

    Returns
    -------
    pandas.DataFrame
        ``lower, upper`` [followers] and the fields of `Estimate`, bands ascending.
    """
    tiered = assign_tiers(sample, bands(sample))
    edges = [(tier.lower, np.inf if tier.upper is None else tier.upper) for tier in tiered.scheme.tiers]
    return pd.concat([pd.DataFrame(edges, columns=["lower", "upper"]), by_tier(tiered, average, confidence)], axis=1)


def of_tier(sample: Sample, tier: str, average: str) -> tuple[LogEstimate, int, int]:
    """Log average, accounts and posts of one tier."""
    rows = sample.rows[sample.rows["tier"] == tier]
    histogram = sample.histogram if sample.histogram is None else sample.histogram[sample.histogram["tier"] == tier]
    n, posts = int(rows["accounts"].sum()), int(rows["posts"].sum())
    return log_average(rows, average, sample.resolution, histogram), n, posts


def _welch(one: LogEstimate, two: LogEstimate) -> float:
    """Welch-Satterthwaite degrees of freedom of a difference."""
    if not np.isfinite(one.variance + two.variance):
        return np.nan
    parts = one.variance**2 / one.df + two.variance**2 / two.df
    return (one.variance + two.variance) ** 2 / parts


def log_interval(log: float, variance: float, df: float, confidence: float) -> tuple[float, float]:
    """Interval of an average or ratio from its log; nan without a variance."""
    if not np.isfinite(variance):
        return np.nan, np.nan
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
    with np.errstate(over="ignore"):  # an interval may be so wide that its upper end is infinite
        return float(np.exp(log - reach)), float(np.exp(log + reach))


def _status(fewest: int, *tiers: LogEstimate) -> str:
    if not all(np.isfinite(found.log) for found in tiers):
        return "undefined"
    sure = all(found.decisive and np.isfinite(found.variance) for found in tiers)
    return "ok" if sure and fewest >= INDICATIVE else "indicative"


def _unit(sample: Sample) -> str:
    """The metric's unit, with the currency of the source for money."""
    return sample.metric.unit.replace("money", sample.source.currency or "money")


def _estimand(sample: Sample, average: str) -> str:
    posts = "" if sample.stratum == "all" else f", posts with {sample.stratum} = {sample.level}"
    return f"{average} of {sample.metric.title}{posts}"


def _method(sample: Sample, tiers: dict[str, LogEstimate]) -> str:
    """What is missing and why, then how the interval was found, each said once; without an estimate only the former."""
    counts = {name: int(sample.rows.loc[sample.rows["tier"] == name, "accounts"].sum()) for name in tiers}
    problems = [f"{name}: {found.problem}" for name, found in tiers.items() if found.problem]
    problems += [
        f"indicative only, {count} account{'s' if count > 1 else ''} in {name}" for name, count in counts.items() if 0 < count < INDICATIVE
    ]
    if any(not np.isfinite(found.log) for found in tiers.values()):
        return "; ".join(problems)
    return "; ".join([*problems, *dict.fromkeys(found.method for found in tiers.values())])
