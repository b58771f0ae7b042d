"""The multiverse: what the answer would have been had we chosen otherwise.

A specification is one combination of choices: source, tier scheme, metric, average and posts. `specifications` lists those that
make sense as a frame that can be read, filtered and fixed by its `fingerprint` before any effect is seen; `inadmissible` lists
the others, each with its reason. `run` estimates all of them from the moments, together.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.estimate.averages import AVERAGES, log_average
from analysis.estimate.contrast import Averaged, Estimate, difference, estimand_of, level, ratio, smallest_ratio
from analysis.estimate.observe import EVERY_OTHER
from analysis.evidence.batch import ALL, Batch, chosen_posts, known_metrics, posts_named
from analysis.evidence.cells import MERGED
from analysis.evidence.metrics import METRICS
from analysis.evidence.records import TierScheme
from analysis.evidence.sample import Moments

AXES = ("source", "scheme", "metric", "average", "posts", "of", "versus")
"""Columns that tell one specification from another."""

CHOICES = {
    "source": "whose data",
    "scheme": "whose tiers",
    "numerator": "what is counted",
    "denominator": "what divides it",
    "average": "which average",
    "posts": "which posts",
}
"""The axes on which a reader can choose, in words."""

REACTIONS = ("likes", "comments", "shares", "saves")
"""What may stand in the numerator of an engagement rate; views and reach are audience, not engagement."""


def specifications(sources: Iterable[Moments], schemes: Iterable[TierScheme], **choices) -> pd.DataFrame:
    """List every admissible combination of choices.

    Parameters
    ----------
    sources : iterable of Moments
        Of one platform each, see `load_all`.
    schemes : iterable of TierScheme
        Whose words.
    **choices
        ``metrics`` (keys; those that count reactions and are rates, if not given), ``averages`` (names; all), ``posts`` (texts
        as `chosen_posts` reads them; all posts, and each level of each stratum of a source), ``of`` and ``versus`` (tiers;
        ``"micro"`` and ``"macro"``; an empty `versus` asks for the level of `of`, ``"every other tier"`` for the smallest
        ratio).

    Returns
    -------
    pandas.DataFrame
        AXES, and ``platform, numerator, denominator``; one row per specification, none estimated.
    """
    every = _every(sources, schemes, **choices)
    return every[every["reason"] == ""].drop(columns="reason").reset_index(drop=True)


def inadmissible(sources: Iterable[Moments], schemes: Iterable[TierScheme], **choices) -> pd.DataFrame:
    """List every combination that `specifications` leaves out, with the first ``reason`` why."""
    every = _every(sources, schemes, **choices)
    return every[every["reason"] != ""].reset_index(drop=True)


def engagement_rates(sources: Iterable[Moments]) -> tuple[str, ...]:
    """Keys of the metrics that someone could call an engagement rate and that any of the sources holds."""
    return tuple(key for key in known_metrics(sources) if METRICS[key].unit == "percent" and set(METRICS[key].numerator) <= set(REACTIONS))


def _every(
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    metrics: Iterable[str] | None = None,
    averages: Iterable[str] = tuple(AVERAGES),
    posts: Iterable[str] | None = None,
    of: str = "micro",
    versus: str = "macro",
) -> pd.DataFrame:
    """Every combination, with the reason against it, empty if there is none."""
    sources, schemes = list(sources), list(schemes)
    metrics = engagement_rates(sources) if metrics is None else tuple(metrics)
    parts = [pd.DataFrame(columns=["scheme", "metric", "average", "posts", "source", "platform", "reason"], dtype=str)]
    for moments in sources:
        choices = _posts_of(moments) if posts is None else tuple(posts)
        against = {
            "scheme": {scheme.key: _against_scheme(scheme, moments, of, versus) for scheme in schemes},
            "metric": {key: "" if key in moments.metrics else "the source does not hold the metric" for key in metrics},
            "average": dict.fromkeys(averages, ""),
            "posts": {choice: _against_posts(choice, moments) for choice in choices},
        }
        index = pd.MultiIndex.from_product([list(reasons) for reasons in against.values()], names=list(against))
        part = index.to_frame(index=False)
        reasons = [part[axis].map(found) for axis, found in against.items()]
        no_median = moments.resolution == "cells" and (part["average"] == "median account") & (part["posts"] != ALL)
        reasons.append(pd.Series(np.where(no_median, "cells of a stratum hold no histogram, so no median", ""), part.index))
        reason = np.select([found != "" for found in reasons], reasons, "")
        parts.append(part.assign(source=moments.source.key, platform=moments.source.platform, reason=reason))
    every = pd.concat(parts, ignore_index=True)
    words = {key: (" + ".join(METRICS[key].numerator), METRICS[key].denominator) for key in metrics}
    numerator, denominator = (every["metric"].map({key: pair[place] for key, pair in words.items()}) for place in (0, 1))
    every = every.assign(numerator=numerator, denominator=denominator, of=of, versus=versus)
    return every[[*AXES, "platform", "numerator", "denominator", "reason"]]


def _posts_of(moments: Moments) -> tuple[str, ...]:
    """All posts, and every level of every stratum of a source."""
    return (ALL, *(posts_named(name, level) for name in moments.source.strata for level in moments.levels(name)))


def _against_scheme(scheme: TierScheme, moments: Moments, of: str, versus: str) -> str:
    missing = [tier for tier in (of, versus) if tier not in (*scheme.names, "", EVERY_OTHER)]
    if missing:
        return f"the publisher has no tier '{missing[0]}'"
    return "" if scheme.fits(moments.source.platform) else "the publisher means other platforms"


def _against_posts(posts: str, moments: Moments) -> str:
    try:
        chosen = chosen_posts(posts, moments)
    except ValueError as missing:
        return str(missing).rstrip(".")
    if moments.resolution == "cells" and (len(chosen) > 1 or any(len(levels) > 1 for levels in chosen.values())):
        return "cells are published one level at a time; to combine levels takes accounts"
    return "levels too small to be told apart" if any(MERGED in levels for levels in chosen.values()) else ""


def fingerprint(frame: pd.DataFrame, schemes: Iterable[TierScheme]) -> str:
    """Hash a grid by its content: what is to be estimated, and where the tiers lie; not what the data say.

    The order of rows does not matter. Written down before estimates are seen, it shows that no specification came or went
    afterwards.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a sha256.
    """
    used = set(frame["scheme"])
    edges = {scheme.key: [(tier.name, tier.lower, tier.upper) for tier in scheme.tiers] for scheme in schemes if scheme.key in used}
    rows = sorted("\t".join(row) for row in frame[list(AXES)].itertuples(index=False, name=None))
    return hashlib.sha256(json.dumps([rows, edges], sort_keys=True).encode()).hexdigest()[:16]


def run(frame: pd.DataFrame, sources: Iterable[Moments], schemes: Iterable[TierScheme], confidence: float = 0.95) -> pd.DataFrame:
    """Estimate specifications together.

    Each estimate equals that of `contrast`, `tier_average` or `smallest_contrast` for its own sample; what specifications share is
    computed once.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `specifications`, or a part of it.
    sources, schemes : iterable
        At least those that the frame names.
    confidence : float
        Of each interval alone; see `analysis.estimate.joint` for all together.

    Returns
    -------
    pandas.DataFrame
        The frame, and the fields of `Estimate`.
    """
    frame = frame.reset_index(drop=True)
    found = [one.estimate(*row, confidence) for one, row in _each(frame, sources, schemes)]
    numbers = dict.fromkeys(("n_accounts", "n_posts"), int) | dict.fromkeys(("estimate", "low", "high"), float)
    return pd.concat([frame, pd.DataFrame(found, columns=Estimate._fields).astype(numbers)], axis=1)


def spreads(frame: pd.DataFrame, sources: Iterable[Moments], schemes: Iterable[TierScheme]) -> pd.DataFrame:
    """Give what the interval of each specification is made of.

    Returns
    -------
    pandas.DataFrame
        ``log, variance, df`` of the ratio or the level, with the index of the frame; nan for a smallest ratio, which has no
        variance of its own, and where nothing can be estimated.
    """
    found = [one.spread(*row) for one, row in _each(frame, sources, schemes)]
    return pd.DataFrame(found, columns=["log", "variance", "df"], index=frame.index, dtype=float)


def _each(frame: pd.DataFrame, sources: Iterable[Moments], schemes: Iterable[TierScheme]):
    """For each row in turn, the averages of its group, and what the row asks of them."""
    batches = batches_of(frame, sources)
    tiers = {scheme.key: {tier.name: tier for tier in scheme.tiers} for scheme in schemes}
    asked = [None] * len(frame)
    # sorted, so that all metrics of one choice of posts follow each other and share its sums
    for (source, posts, metric), places in sorted(frame.groupby(["source", "posts", "metric"]).indices.items()):
        averages = _Averages(batches[source], metric, posts)
        part = frame.iloc[places]
        for place, scheme, *row in zip(places, part["scheme"], part["average"], part["of"], part["versus"], strict=True):
            asked[place] = (averages, (tiers[scheme], *row))
    return asked


def batches_of(frame: pd.DataFrame, sources: Iterable[Moments]) -> dict[str, Batch]:
    """Make the sources of a frame ready, each for the metrics that the frame asks of it."""
    by_key = {moments.source.key: moments for moments in sources}
    return {key: Batch(by_key[key], tuple(metrics.unique())) for key, metrics in frame.groupby("source", sort=False)["metric"]}


class _Averages:
    """Averages of the tiers of one group, each computed once, whichever scheme asks."""

    def __init__(self, batch: Batch, metric: str, posts: str):
        self.group = batch.take(metric, posts)
        self.resolution, self.source = batch.moments.resolution, batch.moments.source
        self.metric, self.posts = METRICS[metric], posts
        self.slices, self.done = {}, {}

    def of(self, tier, average: str) -> Averaged:
        edges = (tier.lower, tier.upper)
        if edges not in self.slices:
            values = self.group.within(tier)
            self.slices[edges] = (values, int(values["accounts"].sum()), int(values["posts"].sum()))
        if (edges, average) not in self.done:
            values, *counts = self.slices[edges]
            histogram = self.group.histogram_within(tier) if average == "median account" else None
            self.done[edges, average] = Averaged(log_average(values, average, self.resolution, histogram), *counts)
        return self.done[edges, average]

    def estimate(self, tiers: Mapping, average: str, of: str, versus: str, confidence: float) -> Estimate:
        what = estimand_of(average, self.metric, self.posts)
        if not versus:
            return level(of, self.of(tiers[of], average), self.metric, self.source, what, confidence)
        if versus == EVERY_OTHER:
            return smallest_ratio(of, {name: self.of(tier, average) for name, tier in tiers.items()}, what, confidence)
        return ratio(of, versus, {name: self.of(tiers[name], average) for name in (of, versus)}, what, confidence)

    def spread(self, tiers: Mapping, average: str, of: str, versus: str) -> tuple[float, float, float]:
        if versus == EVERY_OTHER:
            return np.nan, np.nan, np.nan
        one = self.of(tiers[of], average).found
        return (difference(one, self.of(tiers[versus], average).found) if versus else one)[:3]
