"""Which sums of a cell may be published, so that no account can be read off.

Sums are equations about the accounts of a band, whose unknowns are, for each account, its
followers, its number of posts and each count that metrics are made of. With as many equations as
unknowns an account can be solved for. So every published sum is charged to an account that it
covers, and none is charged with more than one for each SHARE of its unknowns. The same sum in two
metrics is charged once, and what follows by subtracting cells is charged, too: of each kind of sum,
such as the sum of log rates, the cells of a band give as many independent equations as their matrix
of membership has rank, and so many accounts are charged on whose columns alone the matrix has that
rank. Whatever set of accounts one looks at, no more equations about it alone can then be had, by
any subtraction, than one for each SHARE of its unknowns (Edmonds 1968, on partitions into
independent sets).

Sums that no logarithm tames have to pass a test of dominance, too: what is left of one without its
two largest parts is at least P of the largest, or the second largest account could tell the
largest.

Groups of sums are published whole or not at all, for all levels of a stratum or none.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import RegisterError
from analysis.moments.kinds import (
    GROUPS,
    LINEAR,
    SHARE,
    SQUARES,
    Kind,
    Unit,
    family_of,
    kind_of,
    units,
    unknowns,
)
from analysis.registers.metrics import METRICS

P = 0.1
"""What has to be left of a sum without its two largest parts, as a share of the largest."""


class _Stratum(NamedTuple):
    """Which accounts of a band lie in which level of a stratum."""

    member: np.ndarray  # a row per level, a column per kind of account
    parts: bool  # whether each account lies in one level


def dominated(parts: np.ndarray, share: float = P) -> bool:
    """Say whether the largest part of a sum could be told to a `share` by the second largest.

    Examples
    --------
    >>> dominated(np.array([10.0, 3.0, 0.5, 0.4])), dominated(np.array([10.0, 3.0, 0.6, 0.5]))
    (True, False)
    """
    ordered = np.sort(parts)
    return bool(ordered[:-2].sum() < share * ordered[-1])


def withhold(
    table: pd.DataFrame, members: Mapping[tuple[str, str, str], pd.DataFrame], main: str,
    tables: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Empty the sums of cells that may not be published.

    How many accounts and posts a cell has is always published.

    Parameters
    ----------
    table : pandas.DataFrame
        Cells, with ``band``.
    members : mapping of pandas.DataFrame
        The accounts behind them: rows of `account_rows` by metric, stratum and level, with
        ``band``.
    main : str
        The metric that comes first.
    tables : int
        How many tables are published about the same accounts, each of which may use its part.

    Raises
    ------
    RegisterError
        If not even the posts of a cell may be published, as one account has nearly all.
    """
    table = table.reset_index(drop=True)
    metrics = tuple(table["metric"].unique())
    values = table.to_dict("series")
    keys = table.groupby(["band", "stratum", "metric"]).indices
    for band in table["band"].unique():
        of_band = {
            key: rows[rows["band"] == band].set_index("account_id") for key, rows in members.items()
        }
        of_band = {key: rows for key, rows in of_band.items() if len(rows)}
        published = _Band(of_band, metrics, main, tables).published()
        for stratum, metric, group in set(_all_units(of_band)) - published:
            if group == "size":
                raise RegisterError(
                    f"{stratum}: the posts of a cell of {metric} could be told apart by account. "
                    "Take wider bands, or leave the stratum out."
                )
            for column in GROUPS[group]:
                values[column] = values[column].astype(float)
                values[column].iloc[keys[band, stratum, metric]] = np.nan
    return pd.DataFrame(values)


def _all_units(members: Mapping[tuple[str, str, str], pd.DataFrame]) -> Iterator[Unit]:
    pairs = {(stratum, metric) for metric, stratum, _ in members}
    yield from (Unit(stratum, metric, group) for stratum, metric in pairs for group in GROUPS)


class _Band:
    """What is published about the accounts of one band, and whom it is charged to."""

    def __init__(
        self, members: Mapping[tuple[str, str, str], pd.DataFrame], metrics: tuple[str, ...],
        main: str, tables: int,
    ):  # fmt: skip
        self.members, self.metrics, self.main = members, metrics, main
        whole = members[main, "all", "all"]
        # where each account has one post, the number of posts tells nothing
        self.free = {("accounts",)}
        single = bool((whole["posts"] == 1).all())
        if single:
            self.free |= {("posts",), ("posts2",)}
        self.levels: dict[str, list[str]] = {}
        matrix = {}
        for key, name, level in members:
            if key == main:
                self.levels.setdefault(name, []).append(level)
        for name, levels in self.levels.items():
            held = [whole.index.isin(members[main, name, level].index) for level in levels]
            matrix[name] = np.array(held)
        stacked = np.vstack(list(matrix.values())).astype(float)
        _, first, counts = np.unique(stacked, axis=1, return_index=True, return_counts=True)
        self.left = counts * unknowns(metrics, single) // (SHARE * tables)
        self.strata = {
            name: _Stratum(one[:, first].astype(float), bool((one.sum(axis=0) == 1).all()))
            for name, one in matrix.items()
        }
        self.families: dict[tuple[str, str], set[tuple]] = {}
        self.charged: dict[Kind, tuple[list[np.ndarray], list[int]]] = {}
        self.done: dict[Kind, set[str]] = {}

    def published(self) -> set[Unit]:
        """Take groups one after the other, as far as the accounts can be charged."""
        taken = set()
        names = tuple(name for name in self.strata if name != "all")
        for unit in units(self.metrics, names, self.main):
            whole = unit.stratum == "all" or Unit("all", *unit[1:]) in taken
            # the size of a cell is that of all metrics
            if whole and self._allowed(unit) and self._charge(unit):
                shared = self.metrics if unit.group == "size" else (unit.metric,)
                taken |= {Unit(unit.stratum, metric, unit.group) for metric in shared}
        return taken

    def _allowed(self, unit: Unit) -> bool:
        """Look at every level of a stratum for dominance, and for accounts that all have none."""
        metric = METRICS[unit.metric]
        families = {family_of(metric, column) for column in GROUPS[unit.group]}
        for level in self.levels[unit.stratum]:
            if not self.members[unit.metric, unit.stratum, level]["positive"].any():
                return unit.group == "size"
            cell = (unit.stratum, level)
            if cell not in self.families:
                self.families[cell] = self._dominated(*cell)
            if families & self.families[cell]:
                return False
        return True

    def _dominated(self, stratum: str, level: str) -> set[tuple]:
        """Families of sums of a cell of which one is dominated, over all metrics."""
        families = set()
        for key in self.metrics:
            rows = self.members[key, stratum, level]
            for column in (*LINEAR, *SQUARES):
                share = P if column in LINEAR else (1 + P) ** 2 - 1
                kind = kind_of(METRICS[key], column)
                if kind not in self.free and dominated(rows[column].to_numpy(float), share):
                    families.add(family_of(METRICS[key], column))
        return families

    def _charge(self, unit: Unit) -> bool:
        """Charge the sums of a unit to accounts; leave everything as it was if that fails."""
        kinds = dict.fromkeys(kind_of(METRICS[unit.metric], name) for name in GROUPS[unit.group])
        left, charged = self.left.copy(), dict(self.charged)
        new = [
            kind for kind in kinds
            if kind not in self.free and unit.stratum not in self.done.get(kind, ())
        ]  # fmt: skip
        for kind in new:
            if not self._charge_kind(kind, self.strata[unit.stratum]):
                self.left, self.charged = left, charged
                return False
        for kind in new:
            self.done.setdefault(kind, set()).add(unit.stratum)
        return True

    def _charge_kind(self, kind: Kind, stratum: _Stratum) -> bool:
        if not stratum.parts:
            # an account in two levels has other numbers in each, so each level is charged
            return all(self._charge_one(level) for level in stratum.member)
        rows, basis = self.charged.get(kind, ([], []))
        rows = [*rows, *stratum.member]
        more = independent(np.array(rows), basis, self.left)
        if more is None:
            return False
        self.left[more] -= 1
        self.charged[kind] = (rows, [*basis, *more])
        return True

    def _charge_one(self, member: np.ndarray) -> bool:
        place = int(np.argmax(np.where(member > 0, self.left, -1)))
        if self.left[place] < 1 or not member[place]:
            return False
        self.left[place] -= 1
        return True


def independent(matrix: np.ndarray, basis: list[int], left: np.ndarray) -> list[int] | None:
    """Choose columns beside those of `basis` on which the matrix keeps its rank, those with the
    most `left` first and none without any; None if there are not enough.

    Examples
    --------
    >>> independent(np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]), [], np.array([2, 1, 0]))
    [0, 1]
    """
    wanted = int(np.linalg.matrix_rank(matrix))
    rest, chosen = matrix.astype(float).copy(), []
    for place in basis:
        _remove(rest, place)
    while len(basis) + len(chosen) < wanted:
        free = (np.square(rest).sum(axis=0) > 1e-9) & (left > 0)
        if not free.any():
            return None
        place = int(np.argmax(np.where(free, left, -1)))
        _remove(rest, place)
        chosen.append(place)
    return chosen


def _remove(rest: np.ndarray, place: int) -> None:
    """Take the direction of one column out of all."""
    direction = rest[:, place].copy()
    squared = direction @ direction
    if squared > 1e-9:
        rest -= np.outer(direction, direction @ rest / squared)
