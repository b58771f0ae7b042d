"""How often, instead of how much: the probability that an account of one tier surpasses one of
another, and the trend over tiers.

A ratio of averages does not show the overlap. These ranks do: no logarithm, no average, no outlier
that counts more than another. The rates are those that were observed; where an account has few
posts, noise moves the probability towards one half.

Cells hold no single account, so their histogram and the mean and spread of each band stand for
them (see `analysis.estimate.ratio.places`). How far the result moves if accounts are spread evenly
over their bins instead gives one more standard error. The method also states how far the result
would move if all accounts of one side stood at the lower ends of their bins and those of the other
at the upper ends: a bound, far beyond what happens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import logit

from analysis.display import Reason, Result, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.ratio.places import Places, places_of
from analysis.estimate.ratio.ranks import concordance, how_many_lower, jonckheere, logit_interval
from analysis.estimate.registry import estimator, sample_verb
from analysis.estimate.results import Context, Estimate, Family
from analysis.estimate.tier_averages import context_of
from analysis.estimate.tiers import check_tiers, tiers_of
from analysis.moments.sample import Sample

OPEN = 2 / 3
"""Standard error of a result from cells, as a share of how far it moves, in logits, if accounts are
spread evenly over their bins. On the registered sources the accounts themselves give results that
lie off by this share, root mean square (benchmarks/ranks_from_cells.csv).
"""


@dataclass(frozen=True, repr=False)
class Trend(Result):
    """An ordered trend over tiers.

    Attributes
    ----------
    estimate : Estimate
        How often, of two random accounts of different tiers, that of the larger tier has the higher
        value. Above one half the metric rises with size.
    z, p : float
        Jonckheere and Terpstra's test, two-sided, that all tiers have one distribution; z is above
        zero if the metric rises.
    tau : float
        Kendall's tau-b of value and tier.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> trend = kim.trend()
    >>> trend.z < 0, round(trend.tau, 2)
    (True, -0.16)
    """

    estimate: Estimate
    z: float
    p: float
    tau: float

    def to_frame(self) -> pd.DataFrame:
        """Give a row: the columns of the estimate, then ``z, p, tau``."""
        return self.estimate.to_frame().assign(z=self.z, p=self.p, tau=self.tau)


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
        A probability. Variance and degrees of freedom are those of Brunner and Munzel (2000); the
        interval is made on the logit scale, so that it stays between 0 and 1.

    Raises
    ------
    ValueError
        If the scheme has no such tier.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> round(kim.superiority("macro", "micro").estimate, 2)
    0.45
    """
    check_tiers(sample, of, versus)
    label, context = f"{of} above {versus}", context_of(sample, "", of, versus, confidence)
    what = because("more_often", of=of, versus=versus, metric=sample.metric.title)
    places = places_of(sample, (versus, of))
    return _share_of_pairs(sample, places, label, what, because("brunner_munzel"), context)


@sample_verb
def trend(sample: Sample, tiers: Iterable[str] = (), confidence: float = 0.95) -> Trend:
    """Test whether a metric rises or falls over ordered tiers, and estimate how often it does.

    Parameters
    ----------
    sample : Sample
        With tiers assigned.
    tiers : iterable of str
        Tiers in ascending order; all those of the scheme if none are named. Tiers without accounts
        are left out.
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

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> trend = kim.trend()
    >>> round(trend.estimate.estimate, 2), round(trend.tau, 2)
    (0.4, -0.16)
    """
    check_tiers(sample, *tiers)
    names = tuple(tiers) or [tier.name for tier in tiers_of(sample)]
    held = sample.within(names, ("accounts",))
    places = places_of(sample, [name for name in names if held[name]["accounts"].sum() > 0])
    what = because("larger_more_often", metric=sample.metric.title)
    label, context = " < ".join(places), context_of(sample, "", confidence=confidence)
    estimate = _share_of_pairs(sample, places, label, what, because("jonckheere"), context)
    if estimate.status == "undefined":
        return Trend(estimate, np.nan, np.nan, np.nan)
    values = [standing.likely for standing in places.values()]
    return Trend(estimate, *jonckheere(values, estimate.estimate))


def _share_of_pairs(
    sample: Sample, places: dict[str, Places], label: str, estimand: Reason, method: Reason,
    context: Context,
) -> Estimate:  # fmt: skip
    """Estimate how often, of two accounts of different tiers, that of the later tier is higher."""
    held = sample.within(places, ("accounts", "posts"))
    counts = {tier: int(rows["accounts"].sum()) for tier, rows in held.items()}
    n, posts = sum(counts.values()), int(sum(rows["posts"].sum() for rows in held.values()))
    unit = "probability"
    if problems := _problems(sample, counts):
        return Estimate.undefined(
            *problems, label=label, unit=unit, estimand=estimand, n_accounts=n, n_posts=posts,
            context=context,
        )  # fmt: skip
    p, variance, df = concordance([standing.likely for standing in places.values()])
    even = concordance([standing.even for standing in places.values()])[0]
    # the gap is one of logits, as the interval is: near 1 it is not as wide on one side as on the
    # other
    gap = (logit(p) - logit(even)) * p * (1 - p) if 0 < p < 1 and 0 < even < 1 else 0.0
    low, high = logit_interval(p, variance + (OPEN * gap) ** 2, df, context.confidence)
    doubts = [
        because("few_accounts", tier=tier, accounts=accounts)
        for tier, accounts in counts.items()
        if accounts < INDICATIVE
    ]
    if np.isnan(low):
        doubts.append(because("no_overlap"))
    reasons = (*doubts, method, *_binning(sample, list(places.values()), even))
    status = "indicative" if doubts else "ok"
    rest = (reasons, status, context, Family("odds", df))
    return Estimate(label, n, posts, p, low, high, unit, estimand, *rest)


def _problems(sample: Sample, counts: dict[str, int]) -> list[Reason]:
    """Why there is no estimate, if there is none."""
    if sample.resolution == "cells" and sample.histogram is None:
        return [because("no_histogram_for_ranks")]
    if len(counts) < 2:
        return [because("fewer_than_two_tiers")]
    empty = [tier for tier, accounts in counts.items() if not accounts]
    return [because("in_tier", tier=tier, problem=because("no_account")) for tier in empty]


def _binning(sample: Sample, places: list[Places], even: float) -> list[Reason]:
    """State what the result is if accounts are spread evenly over their bins, and if one side
    stands at the lower ends of its bins and the other at the upper ends.
    """
    if sample.resolution == "accounts":
        return []
    lows = [np.sort(standing.low) for standing in places]
    highs = [np.sort(standing.high) for standing in places]
    pairs = list(combinations(range(len(places)), 2))
    counts = sum(len(lows[a]) * len(lows[b]) for a, b in pairs)
    low = sum(how_many_lower(lows[b], highs[a]).sum() for a, b in pairs) / counts
    high = sum(how_many_lower(highs[b], lows[a]).sum() for a, b in pairs) / counts
    return [because("placed_in_bins", even=even, low=float(low), high=float(high))]
