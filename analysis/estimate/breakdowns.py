"""An estimate broken down: by tier scheme, by follower band, and by kind of creator."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.display import because
from analysis.estimate.averages import AVERAGES, NEEDED, check_average, log_average
from analysis.estimate.contrast import by_tier, contrast, ratio_of
from analysis.estimate.registry import sample_verb
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.tier_averages import Averaged, context_of
from analysis.estimate.tiers import bands
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments, Sample
from analysis.registers.lookup import as_schemes
from analysis.registers.records import TierScheme


@sample_verb
def across_schemes(
    sample: Sample,
    schemes: Iterable[TierScheme | str],
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> Estimates:
    """Estimate the same contrast under every scheme, or key of one, that has both tiers and is not
    bound to other platforms.

    Returns
    -------
    Estimates
        One per scheme, with its short name in the column ``scheme``.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> both = kim.across_schemes(["decades", "harvard-media"])
    >>> [round(ratio.estimate, 2) for ratio in both]
    [1.16, 1.38]
    """
    platform, both = sample.source.platform, {of, versus}
    having = [one for one in as_schemes(schemes) if one.fits(platform) and both <= set(one.names)]
    tiered = [sample.tier(scheme) for scheme in having]
    ratios = [contrast(one, of, versus, average, confidence) for one in tiered]
    return Estimates.of(ratios, scheme=[scheme.short for scheme in having])


@sample_verb
def along_followers(
    sample: Sample, average: str = "typical account", confidence: float = 0.95
) -> Estimates:
    """Average the metric in one follower band after the other.

    Returns
    -------
    Estimates
        One per band, ascending, with the columns ``lower, upper`` [followers].

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> bands = kim.along_followers().to_frame()
    >>> bands[["lower", "upper", "estimate"]].round(2).head(2).to_numpy().tolist()
    [[1000.0, 2000.0, 4.62], [2000.0, 5000.0, 3.6]]
    """
    scheme = bands(sample)
    uppers = [np.inf if one.upper is None else one.upper for one in scheme.tiers]
    averages = by_tier(sample.tier(scheme), average, confidence)
    return Estimates.of(averages, lower=[one.lower for one in scheme.tiers], upper=uppers)


def between_levels(
    moments: Moments,
    metric: str,
    of: str,
    versus: str,
    stratum: str = "creator_kind",
    average: str = "typical account",
    confidence: float = 0.95,
) -> Estimate:
    """Divide the average of one level of a stratum by that of another, as `contrast` does with
    tiers.

    Parameters
    ----------
    moments : Moments
        One platform of a source that has the stratum.
    metric : str
        As in `Moments.sample`.
    of, versus : str
        Levels, such as ``employee`` and ``external``.
    stratum : str
        By which the posts are split.

    Raises
    ------
    ValueError
        If an account has posts of both levels, so that the two are not independent.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim")
    >>> paid = between_levels(kim, "engagement", "yes", "no", "sponsored")
    >>> paid.label, round(paid.estimate, 2)
    ('yes / no', 0.88)
    """
    check_average(average)
    sides = [moments.sample(metric, stratum, level) for level in (of, versus)]
    if moments.resolution == "accounts":
        _check_apart(moments.table, of, versus, stratum)
    first, second = (_averaged(side, average) for side in sides)
    whole = replace(sides[0], stratum="all", level="all")
    context = context_of(whole, average, confidence=confidence)
    ratio = ratio_of(of, versus, first, second, context)
    return replace(ratio, estimand=because("by_stratum", each=ratio.estimand, stratum=stratum))


def _check_apart(table: pd.DataFrame, of: str, versus: str, stratum: str) -> None:
    chosen = table[table[stratum].isin([of, versus])]
    levels = chosen.groupby("account_id")[stratum].nunique()
    if both := int((levels > 1).sum()):
        remedy = f"give each account one {stratum}"
        raise ValueError(f"{both} accounts have posts of both {of} and {versus}: {remedy}.")


def _averaged(side: Sample, average: str) -> Averaged:
    rows = {name: side.rows[name].to_numpy(float) for name in NEEDED[average]}
    log = log_average(rows, average, side.resolution)
    return Averaged(log, side.accounts, int(side.rows["posts"].sum()))


def each_kind(
    sources: Iterable[Moments], metrics: Iterable[str], confidence: float = 0.95
) -> Estimates:
    """Contrast the kinds of creators of every source that has two or more, with those called
    external if there are any.

    Parameters
    ----------
    sources : iterable of Moments
        Loaded sources; the stratum is ``creator_kind``.
    metrics : iterable of str
        Keys of METRICS; those that a source does not hold are left aside.
    confidence : float
        Of every interval.

    Returns
    -------
    Estimates
        With the column ``source``.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.posts(seed=1, accounts=(20, 20))
    >>> kinds = posts["account_id"].str[-1].map(lambda last: "own" if last < "5" else "external")
    >>> world = an.simulate.world("kinds", posts.assign(creator_kind=kinds))
    >>> [kind.label for kind in each_kind([world], ["engagement_per_follower"])]
    ['own / external']
    """
    names, ratios = [], []
    for moments in sources:
        levels = moments.levels("creator_kind")
        kinds = [kind for kind in levels if kind not in ("unknown", MERGED)]
        base = "external" if "external" in kinds else kinds[0] if kinds else ""
        others = [kind for kind in kinds if kind != base]
        for metric in (metric for metric in metrics if metric in moments.metrics):
            for kind in others:
                ratios.append(between_levels(moments, metric, kind, base, confidence=confidence))
                names.append(moments.source.short)
    return Estimates.of(ratios, source=names)


@sample_verb
def across_averages(
    sample: Sample, of: str = "micro", versus: str = "macro", confidence: float = 0.95
) -> Estimates:
    """Estimate the same contrast by every average of AVERAGES.

    Returns
    -------
    Estimates
        One per average, with its name in the column ``average``.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> [round(ratio.estimate, 2) for ratio in kim.across_averages()][:2]
    [1.16, 1.14]
    """
    ratios = [contrast(sample, of, versus, average, confidence) for average in AVERAGES]
    return Estimates.of(ratios, average=AVERAGES)
