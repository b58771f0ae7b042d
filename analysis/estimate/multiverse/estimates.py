"""Estimates of many specifications together; what several of them share is computed once.

The sums of a tier serve every scheme that draws the same edges, and the rows of a source are put in
the order of followers once, so that a tier is a slice of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import check_share
from analysis.estimate.averages import NEEDED, RATIOS, log_average, log_averages
from analysis.estimate.contrast import EVERY_OTHER, level, ratio_of, smallest_ratio
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.moderation import ABOVE, spreads_above
from analysis.estimate.multiverse.grid import AXES, Specification
from analysis.estimate.results import Context, Estimate, frame_of
from analysis.estimate.tier_averages import Averaged, difference, log_interval
from analysis.estimate.withheld import smallest_withheld
from analysis.moments.batch import Batch
from analysis.moments.group import Group
from analysis.moments.sample import Moments
from analysis.registers.lookup import as_schemes
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Source, Tier, TierScheme


def estimate_specifications(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate specifications.

    Each estimate equals that of `contrast`, `tier_average` or `smallest_contrast` for its own
    sample.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `specifications`, or a part of it.
    sources, schemes : iterable
        At least those that the frame names.
    confidence : float
        Of each interval by itself; see `joint_intervals` for all together.

    Returns
    -------
    pandas.DataFrame
        The frame, and the columns of estimates.

    Examples
    --------
    >>> import analysis as an
    >>> kim, tiers = an.load("instagram-kim"), an.scheme("harvard-media")
    >>> rate = {"metrics": ["engagement_per_follower"], "posts": ["all"]}
    >>> listed = an.multiverse.specifications([kim], [tiers], **rate)
    >>> ratios = an.multiverse.estimate_specifications(listed, [kim], [tiers])
    >>> ratios.set_index("average")["estimate"].round(2)["typical account"].item()
    1.38
    """
    check_share("confidence", confidence)
    frame = frame.reset_index(drop=True)
    averages = _Averages(frame, sources, as_schemes(schemes))
    logs = averages.logs()
    low, high = log_interval(logs.log, logs.variance, logs.df, confidence)
    with np.errstate(over="ignore"):  # an end that no number reaches is infinite
        values = zip(np.exp(logs.log).tolist(), low.tolist(), high.tolist(), strict=True)
    estimates = [averages.estimate(row, *value, confidence) for row, value in enumerate(values)]
    return pd.concat([frame, frame_of(estimates)], axis=1)


def spreads(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    batches: Mapping[str, Batch] | None = None,
) -> pd.DataFrame:
    """Give what the interval of each specification is made of: ``log, variance, df`` of the ratio
    or the level, with the index of the frame; nan for a smallest ratio, which has no variance of
    its own, and where nothing can be estimated.
    """
    logs = _Averages(frame.reset_index(drop=True), sources, as_schemes(schemes), batches).logs()
    columns = {"log": logs.log, "variance": logs.variance, "df": logs.df}
    return pd.DataFrame(columns, index=frame.index)


def batches_of(frame: pd.DataFrame, sources: Iterable[Moments]) -> dict[str, Batch]:
    """Put the rows of each source in order, for the metrics that a frame asks of it."""
    by_key = {moments.source.key: moments for moments in sources}
    asked = frame.groupby("source", sort=False)["metric"]
    return {key: Batch(by_key[key], tuple(metrics.unique())) for key, metrics in asked}


class _Averages:
    """Averages of every tier that the specifications of a frame need.

    `made` holds them: for each source, metric, posts and average one after the other in the order
    of `place`. A specification finds its own at ``first[row] + place[scheme, tier]``.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        sources: Iterable[Moments],
        schemes: list[TierScheme],
        batches: Mapping[str, Batch] | None = None,
    ):
        self.asked = [Specification(*row) for row in frame[list(AXES)].to_numpy().tolist()]
        self.schemes = {scheme.key: scheme for scheme in schemes}
        self.tiers = {key: _by_name(scheme) for key, scheme in self.schemes.items()}
        ranges = self._ranges()
        self.made: list[Averaged] = []
        self.first = np.empty(len(frame), int)
        self.source = np.empty(len(frame), object)
        batches, average = batches or batches_of(frame, sources), frame["average"].to_numpy()
        groups = frame.groupby(["source", "posts", "metric"]).indices
        # sorted, so that all metrics of one choice of posts follow each other and share its sums
        for (source, posts, metric), rows in sorted(groups.items()):
            batch = batches[source]
            self.source[rows] = batch.moments.source
            for name, averages in _of_group(batch, metric, posts, ranges, set(average[rows])):
                self.first[rows[average[rows] == name]] = len(self.made)
                self.made += averages

    def _ranges(self) -> list[Tier]:
        """One tier for each range of followers that is needed; sets `place` of each name."""
        self.place, ranges = {}, {}
        for scheme, of, versus in {(one.scheme, one.of, one.versus) for one in self.asked}:
            names = self.tiers[scheme] if versus == EVERY_OTHER else (of, versus)
            for name in filter(None, names):
                tier = self.tiers[scheme][name]
                at, _ = ranges.setdefault((tier.lower, tier.upper), (len(ranges), tier))
                self.place[scheme, name] = at
        return [tier for _, tier in ranges.values()]

    def _of(self, row: int, tier: str) -> Averaged:
        return self.made[self.first[row] + self.place[self.asked[row].scheme, tier]]

    def logs(self) -> LogEstimate:
        """Logs of all ratios and levels, with arrays for fields; nan for a smallest ratio."""
        made = np.array([(*one.average[:3],) for one in self.made] or [(np.nan,) * 3]).T
        # a level is compared with zero, which has no variance; a smallest ratio is computed apart
        columns = np.hstack([made, [[0.0], [0.0], [1.0]], np.full((3, 1), np.nan)])
        zero, apart = columns.shape[1] - 2, columns.shape[1] - 1
        above, below = np.full((2, len(self.asked)), apart)
        for row, one in enumerate(self.asked):
            if one.versus != EVERY_OTHER:
                above[row] = self.first[row] + self.place[one.scheme, one.of]
                below[row] = zero
                if one.versus:
                    below[row] = self.first[row] + self.place[one.scheme, one.versus]
        first, second = (LogEstimate(*columns[:, at], None) for at in (above, below))
        both = difference(first, second)
        return both._replace(df=np.where(below == zero, first.df, both.df))

    def estimate(
        self, row: int, value: float, low: float, high: float, confidence: float
    ) -> Estimate:
        """Make the estimate of one specification from its ratio and interval."""
        one, context = self.asked[row], self._context(row, confidence)
        if one.versus == EVERY_OTHER:
            averages = {name: self._of(row, name) for name in self.tiers[one.scheme]}
            return smallest_ratio(one.of, averages, context)
        if not one.versus:
            measured = _Measured(METRICS[one.metric], self.source[row])
            return level(self._of(row, one.of), measured, context)
        both = (self._of(row, one.of), self._of(row, one.versus))
        return ratio_of(one.of, one.versus, *both, context, (value, low, high))

    def _context(self, row: int, confidence: float) -> Context:
        one, source = self.asked[row], self.source[row]
        tiers = self.tiers[one.scheme]
        title, of, versus = METRICS[one.metric].title, tiers.get(one.of), tiers.get(one.versus)
        scheme = self.schemes[one.scheme]
        chosen = (title, one.average, one.posts, of, versus, scheme.short, confidence)
        keys = ("account", source.binding, source.key, scheme.key)
        return Context(source.short, source.platform, *chosen, *keys)


def _by_name(scheme: TierScheme) -> dict[str, Tier]:
    return {tier.name: tier for tier in scheme.tiers}


class _Measured(NamedTuple):
    """The metric and the source of a specification."""

    metric: Metric
    source: Source


def _of_group(
    batch: Batch, metric: str, posts: str, tiers: list[Tier], averages: set[str]
) -> Iterator[tuple[str, list[Averaged]]]:
    """Yield each average's name, and the averages of the tiers within one choice of posts."""
    group, resolution = batch.take(metric, posts), batch.moments.resolution
    sums = group.sums(tiers)
    counts = np.column_stack([sums["accounts"], sums["posts"]]).astype(int).tolist()
    if averages & set(RATIOS):
        sums[ABOVE] = spreads_above(group, tiers, sums, resolution)
    for name in sorted(averages):
        if name == "median account":  # no sum: each tier's rows are needed
            pairs = [(group.within(tier), group.bins_within(tier)) for tier in tiers]
            logs = [log_average(rows, name, resolution, bins) for rows, bins in pairs]
        else:
            withheld = _withheld(group, tiers, name) if resolution == "cells" else None
            logs = log_averages(sums, name, withheld)
        yield name, [Averaged(log, *count) for log, count in zip(logs, counts, strict=True)]


def _withheld(group: Group, tiers: list[Tier], average: str) -> np.ndarray:
    """Accounts of the smallest cell of each tier that lacks a sum; 0 where none does."""
    needed = NEEDED[average]
    return np.array([smallest_withheld(group.within(tier), needed) for tier in tiers], int)
