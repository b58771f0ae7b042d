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
        bins = sample.bins_within(tier) if average != "typical account" else None
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


def zeros_bound(
    of: str, versus: str, first: Averaged, second: Averaged, confidence: float
) -> Reason | None:
    """Say to which side accounts of rate zero would move a ratio of typical accounts, where those
    of a single tier are too many to be left out; None where no side is sure.

    With a rate instead of zero, however low, they would lower the average of their tier, so its
    ratio without them is a bound. They must also be enough that a common rate for all of them moves
    the interval, which they widen, to no other side: k (n - 1) / m > t ** 2, for k of n accounts.

    Parameters
    ----------
    of, versus : str
        Tiers of the ratio.
    first, second : Averaged
        Their averages.
    confidence : float
        Of the interval.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("comments_per_post").tier("harvard-media")
    >>> tiers = average_tiers(kim, ("micro", "macro"), "typical account")
    >>> zeros_bound("macro", "micro", tiers["macro"], tiers["micro"], 0.95).key
    'zeros_raise'
    """
    pairs = ((of, first, second), (versus, second, first))
    leaning = [pair for pair in pairs if _lost_zeros(pair[1].average)]
    if len(leaning) != 1:
        return None
    ((name, tier, other),) = leaning
    positive, accounts = tier.average.df + 1, tier.accounts
    if positive < INDICATIVE or status_of(other) != "ok":
        return None
    zeros = accounts - positive
    quantile = stdtrit(min(tier.average.df, other.average.df), (1 + confidence) / 2)
    if not zeros * (accounts - 1) / positive > quantile**2:
        return None
    key = "zeros_raise" if name == versus else "zeros_lower"
    return because(key, tier=name, zeros=int(zeros), accounts=accounts)


def _lost_zeros(average: LogEstimate) -> bool:
    """Whether an average leaves out more accounts of rate zero than a verdict may overlook."""
    left_out = average.method is not None and average.method.key == "welch_without_zeros"
    return left_out and average.problem is not None and average.problem.key == "many_zeros"


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
    keys = (source.key, sample.scheme.key if sample.scheme else "")
    return Context(
        source.short, source.platform, sample.metric.title, average, sample.posts, tiers.get(of),
        tiers.get(versus), scheme, confidence, "account", source.binding, *keys,
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
    return tuple(dict.fromkeys([*problems, *few, *(_together(methods) if defined else ())]))


def _together(methods: list[Reason]) -> list[Reason]:
    """Join the methods of several tiers that differ only in how many accounts were excluded."""
    without = [dict(one.facts)["accounts"] for one in methods if one.key == "welch_without_zeros"]
    if not without:
        return methods
    rest = [one for one in methods if one.key not in ("welch", "welch_without_zeros")]
    return [because("welch_without_zeros", accounts=sum(without)), *rest]
