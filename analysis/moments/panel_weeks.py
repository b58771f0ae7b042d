"""Periods of very many creators, one period after the other -> sums around crossing an edge.

The same sums as `around_crossing`, for panels too large for a table of creators and periods. A few
periods are held at a time, and no pair of creators is: sorted by size, those who are compared with
one another lie beside each other, so that a mean over them is a difference of running sums.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from analysis.moments.panel_crossing import NEAR, Around


class Period(NamedTuple):
    """Whoever was observed in a period."""

    places: np.ndarray  # of creators, whole numbers from 0
    sizes: np.ndarray
    rates: np.ndarray  # natural logarithms


NOBODY = Period(np.empty(0, int), np.empty(0), np.empty(0))


class _Alike(NamedTuple):
    """Creators compared with those who cross in a period, sorted by size."""

    places: np.ndarray
    changes: np.ndarray
    start: np.ndarray  # of each who crosses: the first place of those of like size
    stop: np.ndarray


class _Sums:
    """What is added up, some periods after the crossing."""

    def __init__(self, creators: int):
        self.crossers, self.total, self.squares = 0, 0.0, 0.0
        # every creator may be compared with several who cross, in several periods
        self.others, self.used = np.zeros(creators), np.zeros(creators, bool)

    def add(self, changes: np.ndarray, alike: _Alike) -> None:
        """Add those who cross in one period, with the changes of their log rates."""
        start, stop = alike.start, alike.stop
        some = stop > start
        start, stop, changes = start[some], stop[some], changes[some]
        running = np.concatenate([[0.0], np.cumsum(alike.changes)])
        means = (running[stop] - running[start]) / (stop - start)
        self.crossers += len(changes)
        self.total += float((changes - means).sum())
        self.squares += float(((changes - means) ** 2).sum())

        def over_ranges(values: np.ndarray) -> np.ndarray:
            """Sum values of those who cross over the ranges of whom they are compared with."""
            size = len(alike.places) + 1
            steps = np.bincount(start, values, size) - np.bincount(stop, values, size)
            return np.cumsum(steps)[:-1]

        used = over_ranges(np.ones(len(changes))) > 0.5
        weights, weighted = over_ranges(1 / (stop - start)), over_ranges(means / (stop - start))
        added = alike.changes * weights - weighted
        self.others[alike.places[used]] += added[used]
        self.used[alike.places[used]] = True

    def around(self, when: int) -> Around:
        """Give the sums."""
        others = float((self.others**2).sum())
        return Around(when, self.crossers, int(self.used.sum()), self.total, self.squares, others)


def around_by_period(
    periods: Iterable[Period], first: np.ndarray, edge: float, reach: int = 4, near: float = NEAR
) -> list[Around]:
    """Sum differences between creators who cross an edge and others of like size.

    Parameters
    ----------
    periods : iterable of Period
        From the first to the last, at equal distances; one in which nobody was observed keeps its
        place. Each is read once.
    first : numpy.ndarray
        Period in which each creator is first at or above the edge, shape (creators,); -1 for never.
    edge, reach, near
        See `around_crossing`.

    Returns
    -------
    list of Around
        As from `around_crossing`.

    Examples
    --------
    >>> sizes, rates = [[9, 9, 8], [11, 9, 8]], [[0.0, 0.0, 0.0], [1.0, 0.2, 0.0]]
    >>> periods = [Period(np.arange(3), *map(np.array, pair)) for pair in zip(sizes, rates)]
    >>> (one,) = around_by_period(periods, np.array([1, -1, -1]), 10)
    >>> one.when, one.crossers, one.controls, round(one.total, 6)
    (0, 1, 2, 0.9)
    """
    spans = [when for when in range(-reach, reach + 1) if when != -1]
    sums = {when: _Sums(len(first)) for when in spans}
    held: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for at, period in enumerate(chain(periods, repeat(NOBODY, reach))):
        held[at] = _laid_out(period, len(first))
        held.pop(at - reach - max(reach, 1) - 1, None)
        if at > reach:
            for when, changes, alike in _compared(held, first, at - reach, edge, reach, near):
                sums[when].add(changes, alike)
    return [one.around(when) for when, one in sums.items() if one.crossers]


def _laid_out(period: Period, creators: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes and log rates of all creators, nan of those who were not observed."""
    sizes, rates = np.full(creators, np.nan), np.full(creators, np.nan)
    sizes[period.places], rates[period.places] = period.sizes, period.rates
    return sizes, rates


def _compared(
    held: dict, first: np.ndarray, at: int, edge: float, reach: int, near: float
) -> Iterator[tuple[int, np.ndarray, _Alike]]:
    """Changes of those who cross in a period, and whom they are compared with."""
    before, rates_before = held[at - 1]
    crossing = first == at
    if not crossing.any():
        return
    above = np.zeros(len(first), bool)
    for period in range(at - 1, at + reach + 1):
        above |= held[period][0] >= edge
    below = np.isfinite(before) & ~above
    for when in range(-reach, reach + 1):
        if when == -1 or at + when not in held:
            continue
        changes = held[at + when][1] - rates_before
        known = np.isfinite(changes)
        who, others = np.flatnonzero(crossing & known), np.flatnonzero(below & known)
        others = others[np.argsort(before[others], kind="stable")]
        sizes = before[others]
        start = np.searchsorted(sizes, before[who] / near, side="left")
        stop = np.searchsorted(sizes, before[who] * near, side="right")
        yield when, changes[who], _Alike(others, changes[others], start, stop)
