"""Group: the rows of one metric as plain arrays, from which the rows of a tier are taken.

`Sample` takes tiers from here by the name that each row bears, `Batch` by slices of rows that are
in the order of followers; averages take either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.registers.records import Tier

BINS = ("bin_low", "bin_high", "accounts")
"""Columns of a histogram: the ends of a bin on the axis of `analysis.moments.cells.BIN`, and the
accounts in it.
"""


@dataclass(frozen=True)
class Group:
    """The rows of one metric over one choice of posts.

    Attributes
    ----------
    values : mapping of str to numpy.ndarray
        Columns of MOMENTS.
    histogram : pandas.DataFrame or None
        Cells only; see `analysis.moments.cells`.
    tiers : numpy.ndarray or None
        Name of each row's tier; if None, rows are in the order of followers and a tier is a slice.
    lower, upper : numpy.ndarray
        Followers of each row, ascending; equal for an account. Empty if `tiers` is given.
    places : numpy.ndarray
        Place of each account among those of the source; empty for cells.
    """

    values: Mapping[str, np.ndarray]
    histogram: pd.DataFrame | None = None
    tiers: np.ndarray | None = None
    lower: np.ndarray = field(default_factory=lambda: np.array([], int))
    upper: np.ndarray = field(default_factory=lambda: np.array([], int))
    places: np.ndarray = field(default_factory=lambda: np.array([], int))

    def rows(self, tier: Tier) -> slice | np.ndarray:
        """Find the rows within a tier, by the rule of `analysis.estimate.tiers.tier_of`."""
        if self.tiers is not None:
            return self.tiers == tier.name
        # an account lies below the upper edge, a cell may end on it
        side = "left" if self.places.size else "right"
        start = int(np.searchsorted(self.lower, tier.lower))
        return slice(start, max(start, int(np.searchsorted(self.upper, _top(tier), side=side))))

    def within(self, tier: Tier) -> dict[str, np.ndarray]:
        """Take the values of the rows within a tier."""
        rows = self.rows(tier)
        return {name: column[rows] for name, column in self.values.items()}

    def sums(self, tiers: Iterable[Tier]) -> dict[str, np.ndarray]:
        """Sum the values over the rows within each tier."""
        table = np.stack([np.asarray(column, float) for column in self.values.values()])
        totals = [table[:, self.rows(tier)].sum(axis=1) for tier in tiers]
        return dict(zip(self.values, np.reshape(totals, (-1, len(table))).T, strict=True))

    def bins_within(
        self, tier: Tier, columns: Iterable[str] = BINS
    ) -> dict[str, np.ndarray] | None:
        """Take columns of the histogram within a tier; None where there is no histogram.

        A bin whose band lies across an edge of the tier is in no tier, as the band itself.
        """
        if self.histogram is None:
            return None
        lower, upper = (self.histogram[name].to_numpy() for name in ("lower", "upper"))
        inside = (lower >= tier.lower) & (upper <= _top(tier))
        return {name: self.histogram[name].to_numpy(float)[inside] for name in columns}


def _top(tier: Tier) -> float:
    return np.inf if tier.upper is None else tier.upper
