"""Follower bands: where they are cut, and which are joined because they have too few accounts."""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from analysis.registers.records import TierScheme

GRID = tuple(int(step * 10**power) for power in range(2, 8) for step in (1, 2, 5))
"""Band edges beside those of the tier schemes: 1, 2, 5 per decade from 100 to 50 million
followers.
"""

ROUND = {"1": 3, "5": 2, "2": 1}
"""How long an edge outlasts others when bands are joined, by the digit before its zeros. It depends
on the edge alone, so that a further tier scheme does not cut cells anew.
"""


class Need(NamedTuple):
    """How many accounts a band needs: above the highest edge of any tier it may as well be wider,
    and no estimate lacks a sum of it.
    """

    fewest: int  # of any band
    enough: int = 0  # of one whose edge lies above `highest`
    highest: float = np.inf  # [followers]


def band_edges(schemes: Mapping[str, TierScheme]) -> tuple[int, ...]:
    """List 0, GRID and every edge of every scheme, ascending [followers]."""
    # bands must not lie across an edge of any scheme, or its tiers would lose their accounts
    used = {edge for scheme in schemes.values() for edge in scheme.edges}
    return tuple(sorted({0, *GRID} | used))


def highest_edge(schemes: Mapping[str, TierScheme]) -> int:
    """Give the highest edge of any tier [followers]."""
    return max(max(scheme.edges) for scheme in schemes.values())


def bands(followers: np.ndarray, edges: tuple[int, ...], need: Need) -> tuple[np.ndarray, int]:
    """Join every band with too few accounts to a neighbour; give the edges that are left, the last
    infinite, and how many accounts were in bands that were joined.

    Examples
    --------
    >>> sizes = np.repeat([150.0, 300.0, 700.0, 3_000.0], [9, 9, 9, 3])
    >>> edges, joined = bands(sizes, (0, 200, 500, 1_000), Need(5))
    >>> [float(edge) for edge in edges], joined
    ([0.0, 200.0, 500.0, inf], 12)
    >>> edges, joined = bands(sizes, (0, 200, 500, 1_000), Need(5, enough=10, highest=200))
    >>> [float(edge) for edge in edges]
    [0.0, 200.0, inf]
    """
    kept = [*map(float, edges), np.inf]
    while True:
        counts = np.histogram(followers, bins=kept)[0]
        given = (_given(kept, band, counts[band], need) for band in np.flatnonzero(counts))
        edge = next((one for one in given if one), None)
        if edge is None:
            break
        kept.pop(edge)
    whole = set(pairwise([*edges, np.inf]))
    joined = [band not in whole for band in pairwise(kept)]
    return np.array(kept), int(counts[joined].sum())


def _given(kept: list[float], band: int, accounts: int, need: Need) -> int | None:
    """Say which of its two edges a band gives up: the less round, the upper one if they are alike;
    none if it has enough accounts, or no neighbour.
    """
    few = accounts < need.fewest
    sides = [
        side for side in (band + 1, band)
        if 0 < side < len(kept) - 1
        if few or (accounts < need.enough and kept[side] > need.highest)
    ]  # fmt: skip
    return min(sides, key=lambda side: _roundness(kept[side])) if sides else None


def _roundness(edge: float) -> int:
    return ROUND.get(f"{edge:.0f}".rstrip("0"), 0)
