"""The same estimate many times: over sources, strata and metrics, under each scheme, and along
followers.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from analysis.estimate.contrast import Estimate, between_levels, by_tier, contrast
from analysis.estimate.tiers import assign_tiers, bands
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments, Sample
from analysis.registers.records import TierScheme

NUMBERS = ("lower", "upper", "n_accounts", "n_posts", "estimate", "low", "high")
NOTHING = pd.DataFrame(
    columns=["source", "metric", "posts", "scheme", "lower", "upper", *Estimate._fields]
).astype(dict.fromkeys(NUMBERS, float))
"""What `each` returns of no samples: every column that an estimate may give, and no row."""


def take(
    moments: Iterable[Moments], metric: str = "engagement", scheme: TierScheme | None = None
) -> list[Sample]:
    """Take a metric from every source that holds it.

    Parameters
    ----------
    moments : iterable of Moments
        Loaded sources.
    metric : str
        A key of METRICS; ``"engagement"`` for each source's own engagement rate; ``"main"`` for
        that or, where a source holds no engagement, the first metric it holds.
    scheme : TierScheme, optional
        Assign its tiers.

    Returns
    -------
    list of Sample
        Sources without the metric are left aside.
    """
    wanted = [(source, _key(source, metric)) for source in moments]
    samples = [source.sample(key) for source, key in wanted if key in source.metrics]
    return [assign_tiers(sample, scheme) for sample in samples] if scheme else samples


def take_strata(
    moments: Iterable[Moments],
    metric: str = "engagement",
    scheme: TierScheme | None = None,
    stratum: str = "",
) -> list[Sample]:
    """Take a metric within each level of each stratum, or of one stratum only, of every source that
    holds it.
    """
    samples = [
        source.sample(_key(source, metric), name, level)
        for source in moments
        if _key(source, metric) in source.metrics
        for name in source.source.strata
        if stratum in ("", name)
        for level in source.levels(name)
    ]
    return [assign_tiers(sample, scheme) for sample in samples] if scheme else samples


def _key(moments: Moments, metric: str) -> str:
    return {"engagement": moments.source.engagement, "main": moments.main_metric}.get(
        metric, metric
    )


def each_kind(
    sources: Iterable[Moments], metrics: Iterable[str], confidence: float = 0.95
) -> pd.DataFrame:
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
    pandas.DataFrame
        ``source``, and the fields of `Estimate`.
    """
    rows = []
    for moments in sources:
        kinds = [kind for kind in moments.levels("creator_kind") if kind not in ("unknown", MERGED)]
        base = "external" if "external" in kinds else kinds[0] if kinds else ""
        for metric in (metric for metric in metrics if metric in moments.metrics):
            found = [
                between_levels(moments, metric, kind, base, confidence=confidence)
                for kind in kinds
                if kind != base
            ]
            rows += [(moments.source.short, *one) for one in found]
    return pd.DataFrame(rows, columns=["source", *Estimate._fields])


def each(samples: Iterable[Sample], estimate: Callable, *args, **kwargs) -> pd.DataFrame:
    """Make the same estimate from every sample.

    Parameters
    ----------
    samples : iterable of Sample
        From `take` or `take_strata`.
    estimate : callable
        Takes a sample and the other arguments; returns an Estimate, a tuple that has its fields and
        more, or a frame of them: `contrast`, `equivalence`, `by_tier`.

    Returns
    -------
    pandas.DataFrame
        ``source`` (short name), ``metric`` (title), ``posts`` (which), and the fields of the
        estimates.
    """
    parts = []
    for sample in samples:
        found = estimate(sample, *args, **kwargs)
        part = found if isinstance(found, pd.DataFrame) else pd.DataFrame([found])
        posts = "all" if sample.stratum == "all" else f"{sample.stratum}: {sample.level}"
        where = pd.DataFrame(
            {"source": sample.source.short, "metric": sample.metric.title, "posts": posts},
            index=part.index,
        )
        parts.append(pd.concat([where, part], axis=1))
    return pd.concat(parts, ignore_index=True) if parts else NOTHING.copy()


def across_schemes(
    sample: Sample,
    schemes: Iterable[TierScheme],
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate the same contrast under every scheme that has both words and is not bound to other
    platforms.

    Returns
    -------
    pandas.DataFrame
        ``scheme`` (short name) and the fields of `Estimate`, one row per scheme.
    """
    platform = sample.source.platform
    having = [
        scheme for scheme in schemes if scheme.fits(platform) and {of, versus} <= set(scheme.names)
    ]
    rows = [
        (scheme.short, *contrast(assign_tiers(sample, scheme), of, versus, average, confidence))
        for scheme in having
    ]
    return pd.DataFrame(rows, columns=["scheme", *Estimate._fields])


def along_followers(
    sample: Sample, average: str = "typical account", confidence: float = 0.95
) -> pd.DataFrame:
    """Average the metric in one follower band after the other.

    Returns
    -------
    pandas.DataFrame
        ``lower, upper`` [followers] and the fields of `Estimate`, bands ascending.
    """
    tiered = assign_tiers(sample, bands(sample))
    edges = [
        (tier.lower, np.inf if tier.upper is None else tier.upper) for tier in tiered.scheme.tiers
    ]
    return pd.concat(
        [pd.DataFrame(edges, columns=["lower", "upper"]), by_tier(tiered, average, confidence)],
        axis=1,
    )
