"""Specifications: every combination of choices that makes sense, listed before any is estimated.

A specification is one combination of source, tier scheme, metric, average and posts (Steegen and
others 2016). `specifications` lists those that make sense, `inadmissible` the others, each with its
reason. The `fingerprint` of the list fixes it before any estimate is seen.

Reasons are worded as the frame is made: readers filter and count its rows by them, and a reason
that says why posts cannot be chosen is the text of an error.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from analysis.display import because
from analysis.estimate.averages import AVERAGES
from analysis.estimate.contrast import EVERY_OTHER
from analysis.moments.batch import ALL, chosen_posts, known_metrics, posts_named
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments
from analysis.registers.lookup import as_schemes
from analysis.registers.metrics import METRICS
from analysis.registers.records import TierScheme


class Specification(NamedTuple):
    """The choices that make a specification: keys of registers, but for average and posts."""

    source: str
    scheme: str
    metric: str
    average: str
    posts: str
    of: str
    versus: str


AXES = Specification._fields
"""Columns of every frame of specifications."""

CHOICES = {
    "source": "whose data",
    "scheme": "whose tiers",
    "numerator": "what is counted",
    "denominator": "what divides it",
    "average": "which average",
    "posts": "which posts",
}
"""Choices that a reader can make, with what each is called."""

REACTIONS = ("likes", "comments", "shares", "saves")
"""What may be counted in an engagement rate; views and reach are audience, not engagement."""


def specifications(
    sources: Iterable[Moments], schemes: Iterable[TierScheme | str], **choices
) -> pd.DataFrame:
    """List every admissible combination of choices.

    Parameters
    ----------
    sources : iterable of Moments
        Of one platform each, see `load_all`.
    schemes : iterable of TierScheme or str
        Whose tiers, or keys of registered ones.
    **choices
        ``metrics`` (keys; rates that count reactions if not given), ``averages`` (names; all if not
        given), ``posts`` (as `chosen_posts` reads them; all posts, and each level of each stratum
        of a source, if not given), ``of`` and ``versus`` (tiers; ``"micro"`` and ``"macro"`` if not
        given; an empty `versus` asks for the level of `of`, ``"every other tier"`` for the smallest
        ratio).

    Returns
    -------
    pandas.DataFrame
        AXES, and ``platform, numerator, denominator``; one row per specification, none estimated.

    Examples
    --------
    >>> import analysis as an
    >>> kim, tiers = an.load("instagram-kim"), an.scheme("harvard-media")
    >>> listed = specifications([kim], [tiers], posts=["all"])
    >>> listed[["metric", "average"]].nunique().to_dict()
    {'metric': 3, 'average': 5}
    """
    every = _combinations(sources, schemes, **choices)
    listed = every[every["reason"] == ""].drop(columns="reason")
    return listed.reset_index(drop=True)


def inadmissible(
    sources: Iterable[Moments], schemes: Iterable[TierScheme | str], **choices
) -> pd.DataFrame:
    """List every combination that `specifications` leaves out, with the first ``reason`` why.

    Examples
    --------
    >>> import analysis as an
    >>> tides = an.load("tiktok-tides")
    >>> left = inadmissible([tides], [an.scheme("mediakix-instagram")], posts=["all"])
    >>> left["reason"].unique().tolist()
    ['the publisher means other platforms']
    """
    every = _combinations(sources, schemes, **choices)
    return every[every["reason"] != ""].reset_index(drop=True)


def engagement_rates(sources: Iterable[Moments]) -> tuple[str, ...]:
    """Keys of the metrics that can be called an engagement rate and that any source holds."""
    rates = [key for key in known_metrics(sources) if METRICS[key].unit == "percent"]
    return tuple(key for key in rates if set(METRICS[key].numerator) <= set(REACTIONS))


def _combinations(
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    metrics: Iterable[str] | None = None,
    averages: Iterable[str] = tuple(AVERAGES),
    posts: Iterable[str] | None = None,
    of: str = "micro",
    versus: str = "macro",
) -> pd.DataFrame:
    """Every combination, with the first reason against it; empty if it is admissible."""
    sources, schemes = list(sources), as_schemes(schemes)
    metrics = engagement_rates(sources) if metrics is None else tuple(metrics)
    parts = [pd.DataFrame(columns=[*AXES, "platform", "reason"])]
    for moments in sources:
        held = dict.fromkeys(moments.metrics, "")
        chosen = _posts_of(moments) if posts is None else posts
        reasons = {
            "scheme": {one.key: _against_scheme(one, moments, of, versus) for one in schemes},
            "metric": {key: held.get(key, str(because("metric_not_held"))) for key in metrics},
            "average": dict.fromkeys(averages, ""),
            "posts": {one: _against_posts(one, moments) for one in chosen},
        }
        source = {"source": moments.source.key, "platform": moments.source.platform}
        parts.append(_crossed(reasons, moments.resolution).assign(**source))
    every = pd.concat(parts, ignore_index=True).assign(of=of, versus=versus)
    every["numerator"] = [" + ".join(METRICS[key].numerator) for key in every["metric"]]
    every["denominator"] = [METRICS[key].denominator for key in every["metric"]]
    return every[[*AXES, "platform", "numerator", "denominator", "reason"]].astype(str)


def _crossed(reasons: dict[str, dict[str, str]], resolution: str) -> pd.DataFrame:
    """Combine the options of all axes; `reasons` has what speaks against each option by itself."""
    options = [list(of_axis) for of_axis in reasons.values()]
    crossed = pd.MultiIndex.from_product(options, names=list(reasons)).to_frame(index=False)
    no_median = (crossed["average"] == "median account") & (crossed["posts"] != ALL)
    no_median &= resolution == "cells"
    reason = no_median.map({True: str(because("no_histogram")), False: ""})
    for axis in reversed(reasons):  # the first axis with something against a combination counts
        against = crossed[axis].map(reasons[axis])
        reason = reason.where(against == "", against)
    return crossed.assign(reason=reason)


def _posts_of(moments: Moments) -> list[str]:
    """All posts, and every level of every stratum of a source."""
    choices = [ALL]
    for stratum in moments.source.strata:
        choices += [posts_named(stratum, level) for level in moments.levels(stratum)]
    return choices


def _against_scheme(scheme: TierScheme, moments: Moments, of: str, versus: str) -> str:
    missing = [tier for tier in (of, versus) if tier not in (*scheme.names, "", EVERY_OTHER)]
    if missing:
        return str(because("tier_not_in_scheme", tier=missing[0]))
    fits = scheme.fits(moments.source.platform)
    return "" if fits else str(because("scheme_of_other_platforms"))


def _against_posts(posts: str, moments: Moments) -> str:
    try:
        chosen = chosen_posts(posts, moments)
    except ValueError as missing:
        return str(missing).rstrip(".")
    levels = [level for of_stratum in chosen.values() for level in of_stratum]
    if moments.resolution == "cells" and len(levels) > 1:
        return str(because("one_level_at_a_time"))
    return str(because("merged_levels")) if MERGED in levels else ""


def _edges(scheme: TierScheme) -> list[tuple]:
    return [(tier.name, tier.lower, tier.upper) for tier in scheme.tiers]


def fingerprint(frame: pd.DataFrame, schemes: Iterable[TierScheme | str]) -> str:
    """Hash a list of specifications and the edges of their tiers; what the data say plays no part.

    Written down before estimates are seen, it shows that no specification was added or left out
    afterwards. The order of rows does not matter.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the columns AXES.
    schemes : iterable of TierScheme or str
        At least those that the frame names.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a sha256.

    Examples
    --------
    >>> import analysis as an
    >>> kim, tiers = an.load("instagram-kim"), an.scheme("harvard-media")
    >>> listed = specifications([kim], [tiers], posts=["all"])
    >>> fingerprint(listed, [tiers]) == fingerprint(listed.iloc[::-1], [tiers])
    True
    """
    used = set(frame["scheme"])
    edges = {one.key: _edges(one) for one in as_schemes(schemes) if one.key in used}
    rows = sorted("\t".join(row) for row in frame[list(AXES)].itertuples(index=False, name=None))
    return hashlib.sha256(json.dumps([rows, edges], sort_keys=True).encode()).hexdigest()[:16]
