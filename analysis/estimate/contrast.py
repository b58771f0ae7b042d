"""Averages by tier, and the ratio of two tiers, each with its interval.

A contrast compares different creators. It says how the tiers differ, not what would happen to a
creator who grew.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from analysis.display import because
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.registry import estimator, sample_verb
from analysis.estimate.results import Context, Estimate, Estimates, Family
from analysis.estimate.tier_averages import (
    Averaged,
    Measured,
    average_tiers,
    context_of,
    difference,
    estimand_of,
    log_interval,
    reasons_of,
    status_of,
    zeros_bound,
)
from analysis.estimate.tiers import check_tiers, tiers_of
from analysis.moments.sample import Sample
from analysis.registers.claims import EVERY_OTHER


@sample_verb
def by_tier(
    sample: Sample, average: str = "typical account", confidence: float = 0.95
) -> Estimates:
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
    Estimates
        One per tier of the scheme, smallest first, in the unit of the metric.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> [(tier.label, round(tier.estimate, 2)) for tier in kim.by_tier()][1:4]
    [('micro', 4.01), ('mid-tier', 3.26), ('macro', 2.91)]
    """
    tiers = [tier.name for tier in tiers_of(sample)]
    averaged = average_tiers(sample, tiers, average)
    contexts = [context_of(sample, average, tier, confidence=confidence) for tier in tiers]
    pairs = zip(tiers, contexts, strict=True)
    return Estimates.of(level(averaged[tier], sample, context) for tier, context in pairs)


@sample_verb
def tier_average(
    sample: Sample, tier: str, average: str = "typical account", confidence: float = 0.95
) -> Estimate:
    """Average one tier, in the unit of the metric.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> round(kim.tier_average("micro").estimate, 2)
    4.01
    """
    check_tiers(sample, tier)
    averaged = average_tiers(sample, (tier,), average)[tier]
    return level(averaged, sample, context_of(sample, average, tier, confidence=confidence))


def level(averaged: Averaged, sample: Measured, context: Context) -> Estimate:
    """Put the average of the tier `context.of` in the unit of the metric, with the currency of the
    source for money.
    """
    log, metric, tier = averaged.average, sample.metric, context.of.name
    ends = log_interval(log.log, log.variance, log.df, context.confidence)
    with np.errstate(over="ignore"):  # an end that no number reaches is infinite
        values = [metric.scale * value for value in (np.exp(log.log), *ends)]
    unit = metric.unit.replace("money", sample.source.currency or "money")
    why, counts = reasons_of({tier: averaged}), (averaged.accounts, averaged.posts)
    rest = (why, status_of(averaged), context, Family("factor", log.df))
    return Estimate(tier, *counts, *values, unit, estimand_of(context), *rest)


@sample_verb
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
        A ratio. Its interval is that of the difference of the logs, with degrees of freedom after
        Welch (1947) and Satterthwaite (1946).

    Raises
    ------
    ValueError
        If the sample has no tiers, or the scheme no such tier.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> kim.contrast("micro", "macro")
    micro (1K to 5K followers) against macro (10K to 25K): +38 % [+33 %, +43 %]
    Instagram (Kim et al.), (likes + comments) / followers, typical account; 10,776 accounts
    """
    check_tiers(sample, of, versus)
    averaged = average_tiers(sample, (of, versus), average)
    return ratio(sample, of, versus, averaged, average, confidence)


def ratio(
    sample: Sample,
    of: str,
    versus: str,
    averaged: Mapping[str, Averaged],
    average: str,
    confidence: float = 0.95,
) -> Estimate:
    """Divide one tier's average by another's; see `contrast`."""
    first, second = averaged[of], averaged[versus]
    context = context_of(sample, average, of, versus, confidence)
    return ratio_of(of, versus, first, second, context)


def ratio_of(
    of: str,
    versus: str,
    first: Averaged,
    second: Averaged,
    context: Context,
    values: tuple[float, float, float] | None = None,
) -> Estimate:
    """Make the estimate of a ratio; `values` are its estimate and interval, if they are known."""
    family = None
    if values is None:
        log = difference(first.average, second.average)
        ends = log_interval(log.log, log.variance, log.df, context.confidence)
        values, family = (np.exp(log.log), *ends), Family("factor", log.df)
    label, why = f"{of} / {versus}", reasons_of({of: first, versus: second})
    counts = (first.accounts + second.accounts, first.posts + second.posts)
    what = because("ratio", of=of, versus=versus, each=estimand_of(context))
    status, zeros = status_of(first, second), None
    if status == "indicative":
        zeros = zeros_bound(of, versus, first, second, context.confidence)
    return Estimate(label, *counts, *values, "ratio", what, why, status, context, family, zeros)


@sample_verb
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
        not supported; the reasons name such tiers.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> least = kim.smallest_contrast("nano")
    >>> least.label, round(least.estimate, 2), round(least.low, 2)
    ('nano / micro', 1.4, 1.36)
    """
    check_tiers(sample, of)
    averaged = average_tiers(sample, [tier.name for tier in tiers_of(sample)], average)
    context = context_of(sample, average, of, confidence=confidence)
    return smallest_ratio(of, averaged, context)


def smallest_ratio(of: str, averaged: Mapping[str, Averaged], context: Context) -> Estimate:
    """Divide one tier's average by each of the others; see `smallest_contrast`."""
    label = f"{of} / {EVERY_OTHER}"
    what = because("ratio", of=of, versus=EVERY_OTHER, each=estimand_of(context))
    first = averaged[of]
    others = [tier for tier in averaged if tier != of and averaged[tier].accounts > 0]
    usable = [tier for tier in others if status_of(first, averaged[tier]) == "ok"]
    if not usable:
        why = because("no_other_tier_suffices" if others else "no_other_tier")
        return Estimate.undefined(
            why, label=label, unit="ratio", estimand=what, n_accounts=first.accounts
        )
    columns = np.array([averaged[tier].average[:3] for tier in usable]).T
    ratios = difference(first.average, LogEstimate(*columns, None))
    each_level = 1 - (1 - context.confidence) / len(others)
    lows, highs = log_interval(ratios.log, ratios.variance, ratios.df, each_level)
    least = int(np.argmin(ratios.log))
    absent = [tier for tier in averaged if tier not in others and tier != of]
    left = tuple(absent + [tier for tier in others if tier not in usable])
    values = (np.exp(ratios.log[least]), 0.0 if left else lows.min(), highs.min())
    second = averaged[usable[least]]
    smallest = ratio_of(of, usable[least], first, second, context, values)
    notes = (because("smallest_ratio", ratios=len(usable)),)
    notes += (because("not_compared", tiers=left),) if left else ()
    return replace(smallest, estimand=what, reasons=(*smallest.reasons, *notes))


@sample_verb
def against(
    sample: Sample,
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> Estimates:
    """Divide every other tier of the scheme by one tier.

    Returns
    -------
    Estimates
        One contrast per other tier, smallest tier first.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> [(one.label, round(one.estimate, 2)) for one in kim.against("macro")][1:3]
    [('micro / macro', 1.38), ('mid-tier / macro', 1.12)]
    """
    check_tiers(sample, versus)
    names = [tier.name for tier in tiers_of(sample)]
    averaged = average_tiers(sample, names, average)
    others = [name for name in names if name != versus]
    return Estimates.of(
        ratio(sample, name, versus, averaged, average, confidence) for name in others
    )


@estimator(
    "contrast",
    "ratio",
    needs=("of",),
    accepts=("versus", "average"),
    tiered=True,
    alone=True,
    method=False,
)
def tier_or_contrast(
    sample: Sample, of: str, versus: str, average: str, confidence: float = 0.95
) -> Estimate:
    """Estimate the ratio of two tiers; the smallest one to all others if `versus` is EVERY_OTHER;
    the level of `of` without a `versus`.
    """
    if versus == EVERY_OTHER:
        return smallest_contrast(sample, of, average, confidence)
    if versus:
        return contrast(sample, of, versus, average, confidence)
    return tier_average(sample, of, average, confidence)
