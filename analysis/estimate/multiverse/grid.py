"""The multiverse: what the answer would have been had we chosen otherwise.

A specification is one combination of choices: source, tier scheme, metric, average and posts.
`specifications` lists those that make sense as a frame that can be read, filtered and fixed by its
`fingerprint` before any effect is seen; `inadmissible` lists the others, each with its reason.
`run` estimates all of them from the moments, together.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.estimate.averages import AVERAGES, LogEstimate, log_average, log_averages
from analysis.estimate.contrast import (
    EVERY_OTHER,
    Averaged,
    difference,
    level,
    log_interval,
    ratio_of,
    smallest_ratio,
)
from analysis.estimate.results import COLUMNS, Context, Estimate
from analysis.moments.batch import ALL, Batch, chosen_posts, known_metrics, posts_named
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Source, TierScheme

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
"""What may stand in the numerator of an engagement rate; views and reach are audience, not
engagement.
"""


def specifications(
    sources: Iterable[Moments], schemes: Iterable[TierScheme], **choices
) -> pd.DataFrame:
    """List every admissible combination of choices.

    Parameters
    ----------
    sources : iterable of Moments
        Of one platform each, see `load_all`.
    schemes : iterable of TierScheme
        Whose words.
    **choices
        ``metrics`` (keys; those that count reactions and are rates, if not given), ``averages``
        (names; all), ``posts`` (texts as `chosen_posts` reads them; all posts, and each level of
        each stratum of a source), ``of`` and ``versus`` (tiers; ``"micro"`` and ``"macro"``; an
        empty `versus` asks for the level of `of`, ``"every other tier"`` for the smallest ratio).

    Returns
    -------
    pandas.DataFrame
        AXES, and ``platform, numerator, denominator``; one row per specification, none estimated.
    """
    return _combinations(True, sources, schemes, **choices).drop(columns="reason")


def inadmissible(
    sources: Iterable[Moments], schemes: Iterable[TierScheme], **choices
) -> pd.DataFrame:
    """List every combination that `specifications` leaves out, with the first ``reason`` why."""
    return _combinations(False, sources, schemes, **choices)


def engagement_rates(sources: Iterable[Moments]) -> tuple[str, ...]:
    """Keys of the metrics that someone could call an engagement rate and that any of the sources
    holds.
    """
    return tuple(
        key
        for key in known_metrics(sources)
        if METRICS[key].unit == "percent" and set(METRICS[key].numerator) <= set(REACTIONS)
    )


def _combinations(
    admissible: bool,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    metrics: Iterable[str] | None = None,
    averages: Iterable[str] = tuple(AVERAGES),
    posts: Iterable[str] | None = None,
    of: str = "micro",
    versus: str = "macro",
) -> pd.DataFrame:
    """Every combination that is admissible, or every one that is not, with the first reason against
    it.
    """
    sources, schemes = list(sources), list(schemes)
    metrics = engagement_rates(sources) if metrics is None else tuple(metrics)
    parts = [np.empty((7, 0), object)]
    for moments in sources:
        choices = _posts_of(moments) if posts is None else tuple(posts)
        against = (
            {scheme.key: _against_scheme(scheme, moments, of, versus) for scheme in schemes},
            {
                key: "" if key in moments.metrics else "the source does not hold the metric"
                for key in metrics
            },
            dict.fromkeys(averages, ""),
            {choice: _against_posts(choice, moments) for choice in choices},
        )
        places = np.indices([len(reasons) for reasons in against]).reshape(len(against), -1)
        names = [
            np.array(list(reasons), object)[place]
            for reasons, place in zip(against, places, strict=True)
        ]
        no_median = (
            (moments.resolution == "cells") & (names[2] == "median account") & (names[3] != ALL)
        )
        reason = np.where(
            no_median, "cells of a stratum hold no histogram, so no median", ""
        ).astype(object)
        for reasons, place in reversed(list(zip(against, places, strict=True))):
            said = np.array(list(reasons.values()), object)[place]
            reason = np.where(said != "", said, reason)
        source = np.full(
            (2, len(reason)), [[moments.source.key], [moments.source.platform]], object
        )
        parts.append(np.stack([*names, *source, reason])[:, (reason == "") == admissible])
    found = dict(
        zip(
            ("scheme", "metric", "average", "posts", "source", "platform", "reason"),
            np.hstack(parts),
            strict=True,
        )
    )
    found["numerator"] = [" + ".join(METRICS[key].numerator) for key in found["metric"]]
    found["denominator"] = [METRICS[key].denominator for key in found["metric"]]
    return pd.DataFrame(found | {"of": of, "versus": versus}, dtype=str)[
        [*AXES, "platform", "numerator", "denominator", "reason"]
    ]


def _posts_of(moments: Moments) -> tuple[str, ...]:
    """All posts, and every level of every stratum of a source."""
    return (
        ALL,
        *(
            posts_named(name, level)
            for name in moments.source.strata
            for level in moments.levels(name)
        ),
    )


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
    if moments.resolution == "cells" and (
        len(chosen) > 1 or any(len(levels) > 1 for levels in chosen.values())
    ):
        return "cells are published one level at a time; to combine levels takes accounts"
    return (
        "levels too small to be told apart"
        if any(MERGED in levels for levels in chosen.values())
        else ""
    )


def fingerprint(frame: pd.DataFrame, schemes: Iterable[TierScheme]) -> str:
    """Hash a grid by its content: what is to be estimated, and where the tiers lie; not what the
    data say.

    The order of rows does not matter. Written down before estimates are seen, it shows that no
    specification came or went afterwards.

    Returns
    -------
    str
        The first 16 hexadecimal digits of a sha256.
    """
    used = set(frame["scheme"])
    edges = {
        scheme.key: [(tier.name, tier.lower, tier.upper) for tier in scheme.tiers]
        for scheme in schemes
        if scheme.key in used
    }
    rows = sorted("\t".join(row) for row in frame[list(AXES)].itertuples(index=False, name=None))
    return hashlib.sha256(json.dumps([rows, edges], sort_keys=True).encode()).hexdigest()[:16]


def run(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate specifications together.

    Each estimate equals that of `contrast`, `tier_average` or `smallest_contrast` for its own
    sample; what specifications share is computed once.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `specifications`, or a part of it.
    sources, schemes : iterable
        At least those that the frame names.
    confidence : float
        Of each interval alone; see `analysis.estimate.multiverse.simultaneous` for all together.

    Returns
    -------
    pandas.DataFrame
        The frame, and the fields of `Estimate`.
    """
    frame, schemes = frame.reset_index(drop=True), list(schemes)
    averages = _Averages(frame, sources, schemes)
    found = averages.logs()
    low, high = log_interval(found.log, found.variance, found.df, confidence)
    with np.errstate(over="ignore"):
        values = zip(np.exp(found.log).tolist(), low.tolist(), high.tolist(), strict=True)
    rows = [averages.estimate(row, *value, confidence) for row, value in enumerate(values)]
    numbers = dict.fromkeys(("n_accounts", "n_posts"), int) | dict.fromkeys(
        ("estimate", "low", "high"), float
    )
    return pd.concat([frame, pd.DataFrame(rows, columns=Estimate._fields).astype(numbers)], axis=1)


def spreads(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    batches: Mapping[str, Batch] | None = None,
) -> pd.DataFrame:
    """Give what the interval of each specification is made of; `batches` are those of the frame, if
    they are at hand.

    Returns
    -------
    pandas.DataFrame
        ``log, variance, df`` of the ratio or the level, with the index of the frame; nan for a
        smallest ratio, which has no variance of its own, and where nothing can be estimated.
    """
    found = _Averages(frame.reset_index(drop=True), sources, list(schemes), batches).logs()
    return pd.DataFrame(
        {"log": found.log, "variance": found.variance, "df": found.df}, index=frame.index
    )


def batches_of(frame: pd.DataFrame, sources: Iterable[Moments]) -> dict[str, Batch]:
    """Make the sources of a frame ready, each for the metrics that the frame asks of it."""
    by_key = {moments.source.key: moments for moments in sources}
    return {
        key: Batch(by_key[key], tuple(metrics.unique()))
        for key, metrics in frame.groupby("source", sort=False)["metric"]
    }


class _Averages:
    """Averages of every tier that the specifications of a frame ask for, each made once, whichever
    scheme asks.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        sources: Iterable[Moments],
        schemes: list[TierScheme],
        batches: Mapping[str, Batch] | None = None,
    ):
        self.asked = (
            frame[["scheme", "metric", "average", "posts", "of", "versus"]].to_numpy().tolist()
        )
        self.tiers = {scheme.key: {tier.name: tier for tier in scheme.tiers} for scheme in schemes}
        used = {
            (scheme, name)
            for scheme, *_, of, versus in self.asked
            for name in self._names(scheme, of, versus)
        }
        edges = {
            (tier.lower, tier.upper): tier
            for tier in (self.tiers[scheme][name] for scheme, name in used)
        }
        self.place = {
            name: list(edges).index((tier.lower, tier.upper))
            for name in used
            for tier in [self.tiers[name[0]][name[1]]]
        }
        self.made: list[Averaged] = []
        self.first, self.source = np.empty(len(frame), int), np.empty(len(frame), object)
        batches, average = batches or batches_of(frame, sources), frame["average"].to_numpy()
        # sorted, so that all metrics of one choice of posts follow each other and share its sums
        for (source, posts, metric), rows in sorted(
            frame.groupby(["source", "posts", "metric"]).indices.items()
        ):
            self.source[rows] = batches[source].moments.source
            for name, made in _of_group(
                batches[source], metric, posts, list(edges.values()), set(average[rows])
            ):
                self.first[rows[average[rows] == name]] = len(self.made)
                self.made += made

    def _names(self, scheme: str, of: str, versus: str) -> Iterable[str]:
        """Tiers of which a specification needs the averages."""
        return self.tiers[scheme] if versus == EVERY_OTHER else (of, versus) if versus else (of,)

    def _of(self, row: int, tier: str) -> Averaged:
        return self.made[self.first[row] + self.place[self.asked[row][0], tier]]

    def logs(self) -> LogEstimate:
        """Log ratios or levels of all specifications, with arrays for fields; nan for a smallest
        ratio.
        """
        found = np.array([one.average[:3] for one in self.made] + [(0.0, 0.0, 1.0), (np.nan,) * 3]).T
        level, smallest = len(self.made), len(self.made) + 1
        at = np.array(
            [
                (smallest, smallest) if versus == EVERY_OTHER
                else (first + self.place[scheme, of], first + self.place[scheme, versus] if versus else level)
                for first, (scheme, *_, of, versus) in zip(self.first.tolist(), self.asked, strict=True)
            ], int,
        ).reshape(-1, 2).T  # fmt: skip
        one, two = (LogEstimate(*found[:, rows], None) for rows in at)
        both = difference(one, two)
        return both._replace(df=np.where(at[1] == level, one.df, both.df))

    def estimate(
        self, row: int, value: float, low: float, high: float, confidence: float
    ) -> Estimate:
        """Put the numbers of one specification in the unit that it asks for."""
        scheme, metric, average, posts, of, versus = self.asked[row]
        context = self._context(row, confidence)
        if versus == EVERY_OTHER:
            averages = {name: self._of(row, name) for name in self.tiers[scheme]}
            return smallest_ratio(of, averages, context)
        if not versus:
            asked = _Asked(METRICS[metric], self.source[row])
            return level(self._of(row, of), asked, context)
        both = (self._of(row, of), self._of(row, versus))
        return ratio_of(of, versus, *both, context, (value, low, high))

    def _context(self, row: int, confidence: float) -> Context:
        scheme, metric, average, posts, of, versus = self.asked[row]
        source, tiers = self.source[row], self.tiers[scheme]
        return Context(
            source.short, source.platform, METRICS[metric].title, average, posts, tiers.get(of),
            tiers.get(versus), scheme, confidence,
        )  # fmt: skip


class _Asked(NamedTuple):
    """The metric and the source of a specification."""

    metric: Metric
    source: Source


def _of_group(batch: Batch, metric: str, posts: str, tiers: list, averages: set[str]):
    """Yield each average's name, and the averages of the tiers within one choice of posts."""
    group, resolution = batch.take(metric, posts), batch.moments.resolution
    sums = group.sums(tiers)
    counts = list(
        zip(sums["accounts"].astype(int).tolist(), sums["posts"].astype(int).tolist(), strict=True)
    )
    for name in sorted(averages):
        if name == "median account":
            found = [
                log_average(group.within(tier), name, resolution, group.bins_within(tier))
                for tier in tiers
            ]
        else:
            found = log_averages(sums, name)
        yield name, [Averaged(one, *count) for one, count in zip(found, counts, strict=True)]
