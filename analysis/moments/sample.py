"""Moments: all that is known of one source, from which samples of its metrics are taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis.display import Result, because, nearest
from analysis.errors import RegisterError
from analysis.moments.cells import MERGED
from analysis.moments.metric_sample import Sample
from analysis.moments.rows import account_rows
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Source

KEPT = 20_000
"""Rows of accounts up to which samples are kept for the next who asks: a claim asks for the same
one under each scheme, and those of a large file would fill the memory.
"""


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
    panels : pandas.DataFrame or None
        Accounts only: rows of `analysis.moments.panel_sums.panel_rows`, of creators whose followers
        differ between their posts.
    panel_sums : mapping or None
        Of more creators than are kept one by one: `analysis.moments.panel_sums.PanelSums` by metric
        and size.
    crossings : pandas.DataFrame or None
        Of these, sums around the crossing of numbers of followers: ``metric, along, edge`` and the
        fields of `analysis.moments.panel_crossing.Around`.
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
    panels: pd.DataFrame | None = None
    panel_sums: Mapping[tuple[str, str], Any] | None = None
    crossings: pd.DataFrame | None = None

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Keys of the metrics that can be asked for.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("youtube-fr-science").metrics
        ('views_per_follower', 'views_per_post')
        """
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
        """The metric that answers "engagement rate" here, or the first one held if none does.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("youtube-fr-science").main_metric
        'views_per_follower'
        """
        return self.source.engagement or self.metrics[0]

    def key_of(self, metric: str) -> str:
        """Give the key of a metric; ``"engagement"`` and ``"main"`` depend on the source.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("tiktok-tides").key_of("engagement")
        'likes_per_follower'
        """
        return {"engagement": self.source.engagement, "main": self.main_metric}.get(metric, metric)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platforms of the rows, sorted.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("tiktok-tides").platforms
        ('tiktok',)
        """
        return tuple(sorted(self.table["platform"].unique()))

    def on(self, platform: str) -> "Moments":
        """Take one platform of a source that has several.

        Examples
        --------
        >>> import analysis as an
        >>> import pandas as pd
        >>> parts = [an.simulate.posts(seed=1, platform=name) for name in ("tiktok", "youtube")]
        >>> both = an.simulate.world("two platforms", pd.concat(parts))
        >>> both.platforms, both.on("tiktok").source.key
        (('tiktok', 'youtube'), 'two-platforms-tiktok')
        """
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
            panels=None if self.panels is None else self.panels.query("platform == @platform"),
        )
        if part.source.engagement in part.metrics:
            return part
        # another platform of the source holds the metric that answers "engagement rate"
        return replace(part, source=part.source.model_copy(update={"engagement": ""}))

    def to_frame(self) -> pd.DataFrame:
        """Give the table of sums.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("instagram-kim").to_frame().columns[:6].tolist()
        ['metric', 'stratum', 'level', 'platform', 'lower', 'upper']
        """
        return self.table

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
        # an average over platforms would depend on how many posts of each are in the file
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
        asked = (METRICS[key], stratum, level)
        if self.resolution == "accounts" and len(self.table) > KEPT:
            return self._accounts(*asked)
        if asked not in self._taken:
            make = self._cells if self.resolution == "cells" else self._accounts
            self._taken[asked] = make(*asked)
        return self._taken[asked].copied()

    @cached_property
    def _places(self) -> tuple[dict[tuple[str, str, str], np.ndarray], dict[str, np.ndarray]]:
        """Rows of each sample of cells, and bins of each metric."""
        bins = {} if self.histogram is None else self.histogram.groupby("metric").indices
        return self.table.groupby(["metric", "stratum", "level"]).indices, bins

    @cached_property
    def _taken(self) -> dict[tuple[Metric, str, str], Sample]:
        """Samples that were asked for; none goes stale, since moments are never changed, only
        replaced by others.
        """
        return {}

    def _cells(self, metric: Metric, stratum: str, level: str) -> Sample:
        (rows, bins), none = self._places, np.array([], int)
        histogram = None
        # a histogram of a level would have bins of fewer accounts than may be published
        if stratum == "all" and self.histogram is not None:
            histogram = self.histogram.take(bins.get(metric.key, none)).reset_index(drop=True)
        chosen = self.table.take(rows.get((metric.key, stratum, level), none))
        chosen = chosen.reset_index(drop=True).drop(columns=["metric", "stratum", "level"]).copy()
        # accounts in merged cells are noted, too, but they are not left out
        merged = self.notes["reason"].str.startswith("in a ")
        noted = self.notes[(self.notes["metric"] == metric.key) & ~merged]
        left_out, beside = noted[["reason", "accounts"]].reset_index(drop=True), None
        if stratum != "all":
            beside = self._merged(metric, stratum, chosen)
            if held := int(beside["accounts"].sum()):
                posts = f"{stratum}: {level}"
                why = because("posts_in_merged_cells", tier="", accounts=held, posts=posts)
                left_out.loc[len(left_out)] = [str(why), held]
        return Sample(
            self.source, metric, stratum, level, "cells", chosen, left_out, histogram, merged=beside
        )

    def _merged(self, metric: Metric, stratum: str, chosen: pd.DataFrame) -> pd.DataFrame:
        """Cells of merged levels in the bands where a level has no cell of its own: all of its
        posts in such a band, if there are any, are among them.
        """
        rows = self._places[0].get((metric.key, stratum, MERGED), np.array([], int))
        merged = self.table.take(rows)[["lower", "upper", "accounts"]]
        alone = merged["lower"].isin(chosen["lower"])
        return merged[~alone].reset_index(drop=True)

    def _accounts(self, metric: Metric, stratum: str, level: str) -> Sample:
        rows, left_out = account_rows(self.table, metric, stratum, level)
        rows = rows.drop(columns="account_id").reset_index(drop=True)
        return Sample(self.source, metric, stratum, level, "accounts", rows, left_out)
