"""Sample: the rows of one metric in one source, which is what estimators take."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.display import Result
from analysis.moments.group import BINS, Group
from analysis.registers.metrics import Metric
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
    merged : pandas.DataFrame or None
        Cells of a level only: ``lower, upper, accounts`` of bands whose levels were merged, where
        that many accounts at the most have posts of the level.
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
    merged: pd.DataFrame | None = None

    @property
    def accounts(self) -> int:
        """How many accounts the rows describe.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("instagram-kim").sample("engagement").accounts
        22669
        """
        return int(self.rows["accounts"].sum())

    @property
    def posts(self) -> str:
        """Which posts: ``"all"``, or a stratum and its level, e.g. ``niche: beauty``."""
        return "all" if self.stratum == "all" else f"{self.stratum}: {self.level}"

    def to_frame(self) -> pd.DataFrame:
        """Give the rows.

        Examples
        --------
        >>> import analysis as an
        >>> rows = an.load("instagram-kim").sample("engagement").to_frame()
        >>> rows.loc[rows["lower"] == 20_000, ["lower", "upper", "accounts"]].to_numpy().tolist()
        [[20000.0, 25000.0, 1205.0]]
        """
        return self.rows

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
        """Take columns of the rows in each of some tiers, as plain arrays of numbers.

        Examples
        --------
        >>> import analysis as an
        >>> sample = an.load("instagram-kim").sample("engagement").tier("decades")
        >>> float(sample.within(["macro"], ["accounts"])["macro"]["accounts"].sum())
        3160.0
        """
        values = {name: self.rows[name].to_numpy(float) for name in columns}
        group = Group(values, tiers=self.rows["tier"].to_numpy())
        return {name: group.within(self._tier(name)) for name in tiers}

    def bins_within(self, tier: str, columns: Iterable[str] = BINS) -> dict[str, np.ndarray] | None:
        """Take columns of the histogram within a tier; None where there is no histogram.

        Examples
        --------
        >>> import analysis as an
        >>> sample = an.load("instagram-kim").sample("engagement").tier("decades")
        >>> float(sample.bins_within("macro")["accounts"].sum())
        3160.0
        """
        return Group({}, self.histogram).bins_within(self._tier(tier), columns)

    def _tier(self, name: str) -> Tier:
        """Find a tier of the scheme by its name; any other name has no place on the axis."""
        tiers = () if self.scheme is None else self.scheme.tiers
        # model_construct skips the checks, which infinite edges would not pass
        nowhere = Tier.model_construct(name=name, lower=np.inf, upper=np.inf)
        return next((tier for tier in tiers if tier.name == name), nowhere)
