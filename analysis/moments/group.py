"""Which rows lie in a tier, and Group: the rows of one metric as plain arrays.

`Sample` takes tiers from here by the name that each row bears, `Batch` by slices of rows that are
in the order of followers; averages take either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.registers.records import Tier, TierScheme

NO_TIER = "(no tier)"
"""Name of what lies in no tier of a scheme."""

BINS = ("bin_low", "bin_high", "accounts")
"""Columns of a histogram: the ends of a bin on the axis of `analysis.moments.cells.BIN`, and the
accounts in it.
"""


def inside(tier: Tier, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Say which ranges of followers, equal ends for an account, lie within a tier.

    An account may be at any point below the upper edge of the tier; a cell may end exactly on it.
    """
    top = np.inf if tier.upper is None else tier.upper
    return (lower >= tier.lower) & np.where(lower == upper, lower < top, upper <= top)


def tier_of(lower: np.ndarray, upper: np.ndarray, scheme: TierScheme) -> np.ndarray:
    """Name the tier that holds each follower range, NO_TIER where none does.

    Parameters
    ----------
    lower, upper : numpy.ndarray
        Equal for an account; the half-open range of a cell otherwise. A cell across an edge is in
        no tier.
    scheme : TierScheme
        The names.

    Returns
    -------
    numpy.ndarray of str
        One name per range.

    Examples
    --------
    >>> import analysis as an
    >>> tier_of(np.array([9_999, 10_000]), np.array([9_999, 10_000]), an.scheme("decades")).tolist()
    ['nano', 'micro']
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    names = np.full(lower.shape, NO_TIER, dtype=object)
    for one in scheme.tiers:
        names[inside(one, lower, upper)] = one.name
    return names


def evenly(accounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Spread accounts that were counted in bins evenly over them.

    Returns
    -------
    bins : numpy.ndarray
        The place of the bin of each account.
    shares : numpy.ndarray
        How far into its bin it stands, from 0 to 1.

    Examples
    --------
    >>> bins, shares = evenly(np.array([1, 2]))
    >>> bins.tolist(), shares.tolist()
    ([0, 1, 1], [0.5, 0.25, 0.75])
    """
    times = accounts.astype(int)
    bins = np.repeat(np.arange(len(times)), times)
    first = np.repeat(times.cumsum() - times, times)
    return bins, (np.arange(times.sum()) - first + 0.5) / times[bins]


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
        """Find the rows within a tier: those that bear its name, or a slice of the sorted ones."""
        if self.tiers is not None:
            return self.tiers == tier.name
        held = np.flatnonzero(inside(tier, self.lower, self.upper))
        return slice(held[0], held[-1] + 1) if held.size else slice(0, 0)

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
        held = inside(tier, *(self.histogram[name].to_numpy() for name in ("lower", "upper")))
        return {name: self.histogram[name].to_numpy(float)[held] for name in columns}
