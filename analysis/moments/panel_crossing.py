"""Rows of creators and periods -> sums around the period in which creators cross an edge.

Each creator who crosses is compared with creators of like size, in the same periods, who have not
crossed by then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

NEAR = 1.5
"""Creators within this factor of one another in the period before are of like size."""


class Around(NamedTuple):
    """Sums over the creators who cross, some periods after (or before) crossing."""

    when: int  # periods after the crossing; -2 is two before, and -1 is what is compared with
    crossers: int
    controls: int  # creators who are compared with, each counted once
    total: float  # of the differences of log rates
    squares: float  # of the same
    others: float  # of the squares of what those compared with add to the error of the total

    def plus(self, other: "Around") -> "Around":
        """Add the sums of other creators, or of another stretch of time."""
        return Around(self.when, *(a + b for a, b in zip(self[1:], other[1:], strict=True)))


@dataclass(frozen=True, eq=False)
class _Wide:
    """Sizes and log rates, shape (creators, periods); nan where a creator was not observed."""

    sizes: np.ndarray
    rates: np.ndarray


def around_crossing(
    rows: pd.DataFrame, edge: float, reach: int = 4, near: float = NEAR
) -> list[Around]:
    """Sum differences between creators who cross an edge and others of like size.

    A creator crosses in the first period at or above the edge, if all earlier ones lie below. The
    period before is what is compared with; who is compared lies below the edge from then on until
    `reach` periods after the crossing, and is within a factor `near` in size in the period before.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``account_id, period, size, rate``: one row per creator and period, periods at equal
        distances; rates above zero.
    edge : float
        Of sizes.
    reach : int
        Periods before and after the crossing.
    near : float
        Factor within which sizes are alike.

    Returns
    -------
    list of Around
        One for each period around the crossing in which anybody is observed.

    Examples
    --------
    >>> rows = pd.DataFrame({"account_id": list("aabbcc"), "period": [1, 2] * 3,
    ...     "size": [9, 11, 9, 9, 8, 8], "rate": [1.0, 2.0, 1.0, 1.0, 1.0, 1.0]})
    >>> [(one.when, one.crossers, one.controls) for one in around_crossing(rows, 10)]
    [(0, 1, 2)]
    """
    table = rows.assign(rate=np.log(rows["rate"]))
    sizes, rates = (
        table.pivot(index="account_id", columns="period", values=name) for name in ("size", "rate")
    )
    wide = _Wide(sizes.to_numpy(float), rates.to_numpy(float))
    crossers = list(_crossers(wide.sizes, edge))
    pairs = [(who, at, _alike(wide.sizes, who, at, edge, reach, near)) for who, at in crossers]
    spans = (when for when in range(-reach, reach + 1) if when != -1)
    made = (_around(wide, pairs, when) for when in spans)
    return [one for one in made if one.crossers]


def _crossers(sizes: np.ndarray, edge: float) -> Iterator[tuple[int, int]]:
    """Each creator who crosses, and the place of the period."""
    for who, row in enumerate(sizes):
        above = np.flatnonzero(row >= edge)
        if above.size and above[0] and np.isfinite(row[above[0] - 1]):
            yield who, int(above[0])


def _alike(
    sizes: np.ndarray, who: int, at: int, edge: float, reach: int, near: float
) -> np.ndarray:
    """Places of the creators who are compared with one who crosses."""
    before, span = sizes[:, at - 1], sizes[:, at - 1 : at + reach + 1]
    with np.errstate(invalid="ignore"):
        alike = (before >= before[who] / near) & (before <= before[who] * near)
        crossed = (span >= edge).any(axis=1)
    return np.flatnonzero(alike & ~crossed)


def _around(wide: _Wide, pairs: list[tuple[int, int, np.ndarray]], when: int) -> Around:
    """Sum over creators what has changed `when` periods after the crossing."""
    differences, others = [], np.zeros(len(wide.sizes))
    used = np.zeros(len(wide.sizes), bool)
    for who, at, alike in pairs:
        if not 0 <= at + when < wide.rates.shape[1]:
            continue
        changes = wide.rates[:, at + when] - wide.rates[:, at - 1]
        alike = alike[np.isfinite(changes[alike])]
        if not alike.size or not np.isfinite(changes[who]):
            continue
        mean = changes[alike].mean()
        differences.append(changes[who] - mean)
        others[alike] += (changes[alike] - mean) / alike.size
        used[alike] = True
    values = np.array(differences)
    sums = (values.sum(), (values**2).sum(), (others**2).sum())
    return Around(when, values.size, int(used.sum()), *map(float, sums))
