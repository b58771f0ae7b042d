"""Moments, all that is known of one source, and Sample, one metric of it: what estimators take."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.display import Result, nearest
from analysis.errors import RegisterError
from analysis.moments.group import BINS, Group
from analysis.moments.rows import account_rows
from analysis.moments.sums import account_moments
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Source, Tier, TierScheme


@dataclass(frozen=True, repr=False)
class Sample(Result):
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

    @property
    def posts(self) -> str:
        """Which posts: ``"all"``, or a stratum and its level, e.g. ``niche: beauty``."""
        return "all" if self.stratum == "all" else f"{self.stratum}: {self.level}"

    def copied(self) -> "Sample":
        """Copy the frames, on write: changing one sample leaves the others as they are."""
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
        values = {name: self.rows[name].to_numpy(float) for name in columns}
        group = Group(values, tiers=self.rows["tier"].to_numpy())
        return {name: group.within(self._tier(name)) for name in tiers}

    def bins_within(self, tier: str, columns: Iterable[str] = BINS) -> dict[str, np.ndarray] | None:
        """Take columns of the histogram within a tier; None where there is no histogram."""
        return Group({}, self.histogram).bins_within(self._tier(tier), columns)

    def _tier(self, name: str) -> Tier:
        """Find a tier of the scheme by its name; any other name has no place on the axis."""
        tiers = () if self.scheme is None else self.scheme.tiers
        nowhere = Tier.model_construct(name=name, lower=np.inf, upper=np.inf)
        return next((tier for tier in tiers if tier.name == name), nowhere)


@dataclass(frozen=True, repr=False)
class Moments(Result):
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

    NEXT = " Estimators are methods of samples: .sample('engagement') gives one."

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

    def key_of(self, metric: str) -> str:
        """Give the key of a metric; ``"engagement"`` and ``"main"`` depend on the source."""
        return {"engagement": self.source.engagement, "main": self.main_metric}.get(metric, metric)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platforms of the rows, sorted."""
        return tuple(sorted(self.table["platform"].unique()))

    def on(self, platform: str) -> "Moments":
        """Take one platform of a source that has several."""
        if platform not in self.platforms:
            raise RegisterError(
                f"source '{self.source.key}' has no rows on '{platform}'. "
                f"It has: {', '.join(self.platforms)}."
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
        # another platform of the source holds the metric that answers "engagement rate"
        return replace(part, source=part.source.model_copy(update={"engagement": ""}))

    def levels(self, stratum: str) -> tuple[str, ...]:
        """Levels of a stratum, sorted; empty if the source does not have the stratum.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("instagram-kim").levels("sponsored")
        ('(merged)', 'no', 'yes')
        """
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

        Examples
        --------
        >>> import analysis as an
        >>> kim = an.load("instagram-kim")
        >>> kim.sample("engagement").accounts, kim.sample("engagement", "sponsored", "yes").accounts
        (22669, 1966)
        """
        if self.source.platform == "several":
            raise RegisterError(
                f"source '{self.source.key}' mixes {', '.join(self.platforms)}, whose rates are "
                f"different things. Take one, e.g. with .on('{self.platforms[0]}'); "
                f"load_all('{self.source.key}') takes each."
            )
        key = self.source.engagement if metric == "engagement" else metric
        if key not in self.metrics:
            wanted = "a metric of engagement" if metric == "engagement" else f"metric '{metric}'"
            held = ", ".join(self.metrics)
            known = ("engagement", "main", *METRICS)
            hint = "" if metric in known else nearest(metric, known)
            raise RegisterError(
                f"source '{self.source.key}' does not hold {wanted}.{hint} It holds: {held}."
            )
        if stratum != "all" and level not in self.levels(stratum):
            known = [
                f"{name}={value}" for name in self.source.strata for value in self.levels(name)
            ]
            raise RegisterError(
                f"source '{self.source.key}' has no posts with {stratum}={level}. "
                f"It has: {', '.join(known) or 'no strata'}."
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
            histogram = None
            if stratum == "all" and self.histogram is not None:
                histogram = self.histogram.take(bins.get(metric.key, none)).reset_index(drop=True)
            chosen = self.table.take(rows.get(key, none)).reset_index(drop=True)
            chosen = chosen.drop(columns=["metric", "stratum", "level"]).copy()
            # accounts in merged cells are noted, too, but they are not left out
            merged = self.notes["reason"].str.startswith("in a ")
            noted = self.notes[(self.notes["metric"] == metric.key) & ~merged]
            left_out = noted[["reason", "accounts"]].reset_index(drop=True)
            self._taken[key] = Sample(
                self.source, metric, stratum, level, "cells", chosen, left_out, histogram
            )
        return self._taken[key].copied()

    def _accounts(self, metric: Metric, stratum: str, level: str) -> Sample:
        rows, left_out = account_rows(self.table, metric, stratum, level)
        rows = rows.drop(columns="account_id").reset_index(drop=True)
        return Sample(self.source, metric, stratum, level, "accounts", rows, left_out)


def from_posts(
    posts, source: Source, rows_left_out: pd.DataFrame | None = None, fingerprint: str = ""
) -> Moments:
    """Make moments of a POSTS table in hand, whose columns hold the strata of the source;
    `rows_left_out` has ``reason, rows``.
    """
    left_out = pd.DataFrame({"reason": [], "rows": []}) if rows_left_out is None else rows_left_out
    return Moments(source, "accounts", account_moments(posts, source.strata), left_out, fingerprint)
