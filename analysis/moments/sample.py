"""Moments and Sample: what the evidence room hands to the statistics."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.moments.sums import account_moments, account_rows
from analysis.registers.lookup import RegisterError
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Source, TierScheme

BINS = ("bin_low", "bin_high", "accounts")
"""Columns of a histogram: the ends of a bin on the axis of `analysis.moments.cells.BIN`, and the
accounts in it.
"""


def bins_between(
    histogram: pd.DataFrame, lower: float, upper: float | None, columns: Iterable[str] = BINS
) -> dict[str, np.ndarray]:
    """Take columns of the bins whose band lies between two follower counts, as plain arrays;
    without an upper one, above the lower.
    """
    inside = (histogram["lower"].to_numpy() >= lower) & (
        histogram["upper"].to_numpy() <= (np.inf if upper is None else upper)
    )
    return {name: histogram[name].to_numpy(float)[inside] for name in columns}


@dataclass(frozen=True)
class Sample:
    """The rows of one metric in one source: what estimators take.

    Attributes
    ----------
    source : Source
        Where the rows came from.
    metric : Metric
        What was counted, over what.
    stratum, level : str
        Which posts; ``"all"`` for every post.
    resolution : str
        ``"accounts"`` (a row is an account) or ``"cells"`` (a row sums the accounts of a follower
        band).
    rows : pandas.DataFrame
        ``platform, lower, upper`` [followers] and MOMENTS; ``tier`` once a scheme has been
        assigned.
    left_out : pandas.DataFrame
        ``reason, accounts``: accounts that are in no row.
    histogram : pandas.DataFrame or None
        Cells only: account rates counted in bins, from which medians are taken.
    scheme : TierScheme or None
        The scheme by which ``tier`` was assigned.
    """

    source: Source
    metric: Metric
    stratum: str
    level: str
    resolution: str
    rows: pd.DataFrame
    left_out: pd.DataFrame
    histogram: pd.DataFrame | None = None
    scheme: TierScheme | None = None

    @property
    def accounts(self) -> int:
        """How many accounts the rows describe."""
        return int(self.rows["accounts"].sum())

    def copied(self) -> "Sample":
        """Copy the frames, on write: what is done to those of one sample leaves the others as they
        are.
        """
        histogram = None if self.histogram is None else self.histogram.copy(deep=False)
        return replace(
            self,
            rows=self.rows.copy(deep=False),
            left_out=self.left_out.copy(deep=False),
            histogram=histogram,
        )

    def within(
        self, tiers: Iterable[str], columns: Iterable[str]
    ) -> dict[str, dict[str, np.ndarray]]:
        """Take columns of the rows in each of some tiers, as plain arrays of numbers."""
        place, numbers = (
            self.rows["tier"].to_numpy(),
            {name: self.rows[name].to_numpy(float) for name in columns},
        )
        return {
            tier: {name: column[place == tier] for name, column in numbers.items()}
            for tier in tiers
        }

    def bins_within(self, tier: str, columns: Iterable[str] = BINS) -> dict[str, np.ndarray] | None:
        """Take the histogram of a tier in the same way; a bin across its edge, as its band, is in
        no tier. None where there is none.
        """
        edges = next(
            ((one.lower, one.upper) for one in self.scheme.tiers if one.name == tier),
            (np.inf, np.inf),
        )
        return None if self.histogram is None else bins_between(self.histogram, *edges, columns)


@dataclass(frozen=True)
class Moments:
    """Everything known of one source, as sums.

    Attributes
    ----------
    source : Source
        Its record in data/sources.toml, or one made for a user's file.
    resolution : str
        ``"accounts"`` or ``"cells"``.
    table : pandas.DataFrame
        The wide table of `account_moments`, or cells.
    histogram : pandas.DataFrame or None
        Cells of observations only; prices have none.
    notes : pandas.DataFrame
        Cells only: ``metric, reason, accounts``.
    rows_left_out : pandas.DataFrame
        ``reason, rows``: rows of the raw data that were not used.
    fingerprint : str
        sha256 of what was read.
    """

    source: Source
    resolution: str
    table: pd.DataFrame
    rows_left_out: pd.DataFrame
    fingerprint: str
    histogram: pd.DataFrame | None = None
    notes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["metric", "reason", "accounts"])
    )

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Keys of the metrics that can be asked for."""
        if self.resolution == "cells":
            held = set(self.table["metric"].unique())
            return tuple(key for key in METRICS if key in held)
        return tuple(
            key
            for key in METRICS
            if f"{key}.posts" in self.table and self.table[f"{key}.posts"].gt(0).any()
        )

    @property
    def main_metric(self) -> str:
        """The metric that answers "engagement rate" here, or the first one held if none does."""
        return self.source.engagement or self.metrics[0]

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platforms of the rows, sorted."""
        return tuple(sorted(self.table["platform"].unique()))

    def on(self, platform: str) -> "Moments":
        """Take one platform of a source that has several."""
        if platform not in self.platforms:
            raise RegisterError(
                f"source '{self.source.key}' has no rows on '{platform}'. It has: {', '.join(self.platforms)}."
            )
        names = {
            "key": f"{self.source.key}-{platform}",
            "short": f"{self.source.short} ({platform})",
            "platform": platform,
        }
        part = replace(
            self,
            source=self.source.model_copy(update=names),
            table=self.table[self.table["platform"] == platform],
        )
        if part.source.engagement in part.metrics:
            return part
        return replace(
            part, source=part.source.model_copy(update={"engagement": ""})
        )  # another platform of the source holds it

    def levels(self, stratum: str) -> tuple[str, ...]:
        """Levels of a stratum, sorted; empty if the source does not know the stratum."""
        return self._levels.get(stratum, ())

    @cached_property
    def _levels(self) -> dict[str, tuple[str, ...]]:
        if self.resolution == "cells":
            named = self.table[["stratum", "level"]].drop_duplicates()
            return {
                name: tuple(sorted(named.loc[named["stratum"] == name, "level"]))
                for name in self.source.strata
            }
        return {name: tuple(sorted(self.table[name].unique())) for name in self.source.strata}

    def sample(
        self, metric: str = "engagement", stratum: str = "all", level: str = "all"
    ) -> Sample:
        """Take the rows of one metric.

        Parameters
        ----------
        metric : str
            A key of METRICS, or ``"engagement"`` for the metric that answers "engagement rate" in
            this source.
        stratum, level : str
            Which posts, e.g. ``"sponsored", "yes"``.

        Raises
        ------
        RegisterError
            If the source does not hold the metric or the level, or mixes platforms.
        """
        if self.source.platform == "several":
            raise RegisterError(
                f"source '{self.source.key}' mixes {', '.join(self.platforms)}, whose rates are different things. "
                f"Take one, e.g. with .on('{self.platforms[0]}'); load_all('{self.source.key}') takes each."
            )
        key = self.source.engagement if metric == "engagement" else metric
        if key not in self.metrics:
            wanted = "a metric of engagement" if metric == "engagement" else f"metric '{metric}'"
            raise RegisterError(
                f"source '{self.source.key}' does not hold {wanted}. It holds: {', '.join(self.metrics)}."
            )
        if stratum != "all" and level not in self.levels(stratum):
            known = [
                f"{name}={value}" for name in self.source.strata for value in self.levels(name)
            ]
            raise RegisterError(
                f"source '{self.source.key}' has no posts with {stratum}={level}. It has: {', '.join(known) or 'no strata'}."
            )
        sample = self._cells if self.resolution == "cells" else self._accounts
        return sample(METRICS[key], stratum, level)

    @cached_property
    def _places(self) -> tuple[dict[tuple[str, str, str], np.ndarray], dict[str, np.ndarray]]:
        """Rows of each sample of cells, and bins of each metric."""
        bins = {} if self.histogram is None else self.histogram.groupby("metric").indices
        return self.table.groupby(["metric", "stratum", "level"]).indices, bins

    @cached_property
    def _taken(self) -> dict[tuple[str, str, str], Sample]:
        """Samples of cells that were asked for; none goes stale, since moments are never changed,
        only replaced by others.
        """
        return {}

    def _cells(self, metric: Metric, stratum: str, level: str) -> Sample:
        key = (metric.key, stratum, level)
        if key not in self._taken:
            (rows, bins), none = self._places, np.array([], int)
            kept = stratum == "all" and self.histogram is not None
            histogram = (
                self.histogram.take(bins.get(metric.key, none)).reset_index(drop=True)
                if kept
                else None
            )
            chosen = (
                self.table.take(rows.get(key, none))
                .drop(columns=["metric", "stratum", "level"])
                .reset_index(drop=True)
                .copy()
            )
            noted = (self.notes["metric"] == metric.key) & ~self.notes["reason"].str.startswith(
                "in a "
            )
            left_out = self.notes.loc[noted, ["reason", "accounts"]].reset_index(drop=True)
            self._taken[key] = Sample(
                self.source, metric, stratum, level, "cells", chosen, left_out, histogram
            )
        return self._taken[key].copied()

    def _accounts(self, metric: Metric, stratum: str, level: str) -> Sample:
        rows, left_out = account_rows(self.table, metric, stratum, level)
        return Sample(
            self.source,
            metric,
            stratum,
            level,
            "accounts",
            rows.drop(columns="account_id").reset_index(drop=True),
            left_out,
        )


def from_posts(
    posts, source: Source, rows_left_out: pd.DataFrame | None = None, fingerprint: str = ""
) -> Moments:
    """Make moments of a POSTS table in hand.

    Parameters
    ----------
    posts : frame or relation
        See `account_moments`.
    source : Source
        What the table is; its `strata` must be columns of it.
    rows_left_out : pandas.DataFrame, optional
        ``reason, rows``.
    fingerprint : str, optional
        sha256 of the data.
    """
    left_out = pd.DataFrame({"reason": [], "rows": []}) if rows_left_out is None else rows_left_out
    return Moments(source, "accounts", account_moments(posts, source.strata), left_out, fingerprint)
