"""What estimates of tiers are made of: averages by tier, differences of logs, intervals, status."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import stdtrit

from analysis.display import Reason, because
from analysis.estimate.averages import INDICATIVE, NEEDED, check_average, log_average
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.results import Context
from analysis.moments.sample import Sample
from analysis.registers.metrics import Metric
from analysis.registers.records import Source


class Measured(Protocol):
    """What has a metric and a source: a sample, or a specification of the multiverse."""

    metric: Metric
    source: Source


class Averaged(NamedTuple):
    """The average of one tier on the log scale, with the accounts and posts it rests on."""

    average: LogEstimate
    accounts: int
    posts: int


def difference(first: LogEstimate, second: LogEstimate) -> LogEstimate:
    """Subtract two independent logs; degrees of freedom after Welch and Satterthwaite.

    Examples
    --------
    >>> float(difference(LogEstimate(1.0, 0.04, 9, None), LogEstimate(0.5, 0.04, 9, None)).df)
    18.0
    """
    variance = first.variance + second.variance
    parts = first.variance**2 / np.maximum(first.df, 1)
    parts = parts + second.variance**2 / np.maximum(second.df, 1)
    decisive = first.decisive and second.decisive
    log, df = first.log - second.log, variance**2 / parts
    return LogEstimate(log, variance, df, first.method, decisive=decisive)


def average_tiers(sample: Sample, tiers: Iterable[str], average: str) -> dict[str, Averaged]:
    """Log average, accounts and posts of each of some tiers."""
    check_average(average)
    held = sample.within(tiers, ("posts", *NEEDED[average]))
    averaged = {}
    for tier, rows in held.items():
        bins = sample.bins_within(tier) if average == "median account" else None
        log = log_average(rows, average, sample.resolution, bins)
        averaged[tier] = Averaged(log, int(rows["accounts"].sum()), int(rows["posts"].sum()))
    return averaged


def log_interval(log: float, variance: float, df: float, confidence: float) -> tuple[float, float]:
    """Interval of an average or ratio from its log; nan without a variance. Arrays give arrays.

    Examples
    --------
    >>> [round(float(end), 2) for end in log_interval(0.0, 0.01, 30, 0.95)]
    [0.82, 1.23]
    """
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
    with np.errstate(over="ignore"):  # an interval may be so wide that its upper end is infinite
        return np.exp(log - reach), np.exp(log + reach)


def t_interval(value: float, se: float, df: float, confidence: float) -> tuple[float, float]:
    """Interval of a number from its standard error, by Student's t. Arrays give arrays.

    Examples
    --------
    >>> [round(float(end), 2) for end in t_interval(1.0, 0.1, 30, 0.95)]
    [0.8, 1.2]
    """
    reach = stdtrit(df, (1 + confidence) / 2) * se
    return value - reach, value + reach


def status_of(*tiers: Averaged) -> str:
    """Whether what rests on some tiers is ``ok``, ``indicative`` or ``undefined``."""
    if not all(isfinite(tier.average.log) for tier in tiers):
        return "undefined"
    sure = [tier.average.decisive and isfinite(tier.average.variance) for tier in tiers]
    enough = [tier.accounts >= INDICATIVE for tier in tiers]
    return "ok" if all(sure) and all(enough) else "indicative"


def estimand_of(context: Context) -> Reason:
    """Name what is estimated of one tier."""
    facts = {"metric": context.metric, "posts": context.posts}
    return because("average", average=context.average, **facts)


def rate_of(sample: Sample) -> Reason:
    """Name the metric of a sample, and of which posts, for an estimand."""
    return because("rate", metric=sample.metric.title, posts=sample.posts)


def context_of(
    sample: Sample, average: str, of: str = "", versus: str = "", confidence: float = 0.95
) -> Context:
    """Collect what a sentence about an estimate needs."""
    tiers = {tier.name: tier for tier in sample.scheme.tiers} if sample.scheme else {}
    scheme, source = sample.scheme.short if sample.scheme else "", sample.source
    return Context(
        source.short, source.platform, sample.metric.title, average, sample.posts, tiers.get(of),
        tiers.get(versus), scheme, confidence, signs=source.binding,
    )  # fmt: skip


def reasons_of(tiers: Mapping[str, Averaged]) -> tuple[Reason, ...]:
    """List what is missing and why, then how the interval was computed; without an estimate only
    the former.
    """
    problems, few, methods = [], [], []
    for name, (average, accounts, _) in tiers.items():
        if average.problem:
            problems.append(because("in_tier", tier=name, problem=average.problem))
        if 0 < accounts < INDICATIVE:
            few.append(because("few_accounts", tier=name, accounts=accounts))
        if average.method:
            methods.append(average.method)
    defined = all(isfinite(tier.average.log) for tier in tiers.values())
    return tuple(dict.fromkeys([*problems, *few, *(methods if defined else ())]))
