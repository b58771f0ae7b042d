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
two largest parts is at least P of the largest, or the second largest could compute the largest
(the p-percent rule in Hundepool and others 2012). Sums of squares and products, of which only
variances are made, are rounded instead of withheld, to powers of COARSE and so that variances
become larger: an average is exact then, and its interval a little too wide.

Groups of sums are published whole or not at all, for all levels of a stratum or none.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import RegisterError
from analysis.moments.dominance import SQUARED, P, dominated, rounded
from analysis.moments.kinds import (
    GROUPS,
    LINEAR,
    LOGS,
    OF_ESTIMATE,
    OF_SINGLE,
    SHARE,
    SQUARES,
    Kind,
    Unit,
    family_of,
    kind_of,
    terms_of,
    twin_of,
    units,
    unknowns,
)
from analysis.moments.rank import independent, spanned
from analysis.registers.metrics import METRICS


class _Stratum(NamedTuple):
    """Which accounts of a band lie in which level of a stratum."""

    member: np.ndarray  # a row per level, a column per kind of account
    parts: bool  # whether each account lies in one level


def withhold(
    table: pd.DataFrame, members: Mapping[tuple[str, str, str], pd.DataFrame],
    main: str, asked: tuple[tuple[str, str], ...] = (), tables: int = 1,
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
        The metric whose sums come first.
    asked : tuple of tuple
        Other metrics and groups of theirs that come before what no test asks for.
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
    for number in table["band"].unique():
        of_band = {
            key: rows[rows["band"] == number].set_index("account_id")
            for key, rows in members.items()
        }
        of_band = {key: rows for key, rows in of_band.items() if len(rows)}
        band = _Band(of_band, metrics, main, asked, tables)
        published = band.published()
        for stratum, metric, group in set(_all_units(of_band)) - published:
            if group == "size":
                raise RegisterError(
                    f"{stratum}: the posts of a cell of {metric} would give single accounts away. "
                    "Take wider bands, or leave the stratum out."
                )
            for column in GROUPS[group]:
                values[column] = values[column].astype(float)
                values[column].iloc[keys[number, stratum, metric]] = np.nan
        for stratum, metric, column in band.coarse():
            places = keys[number, stratum, metric]
            values[column] = values[column].astype(float)
            values[column].iloc[places] = rounded(values[column].iloc[places], column)
    return pd.DataFrame(values)


def _all_units(members: Mapping[tuple[str, str, str], pd.DataFrame]) -> Iterator[Unit]:
    pairs = {(stratum, metric) for metric, stratum, _ in members}
    yield from (Unit(stratum, metric, group) for stratum, metric in pairs for group in GROUPS)


class _Band:
    """What is published about the accounts of one band, and whom it is charged to."""

    def __init__(
        self, members: Mapping[tuple[str, str, str], pd.DataFrame], metrics: tuple[str, ...],
        main: str, asked: tuple[tuple[str, str], ...], tables: int,
    ):  # fmt: skip
        self.members, self.metrics, self.main, self.asked = members, metrics, main, asked
        whole = members[main, "all", "all"]
        # where each account has one post, the number of posts says nothing
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
        _, kinds, counts = np.unique(stacked, axis=1, return_index=True, return_counts=True)
        self.left = counts * unknowns(metrics, single) // (SHARE * tables)
        self.strata = {
            name: _Stratum(one[:, kinds].astype(float), bool((one.sum(axis=0) == 1).all()))
            for name, one in matrix.items()
        }
        self.families: dict[tuple[str, tuple[str, ...]], set[tuple]] = {}
        self.charged: dict[Kind, tuple[list[np.ndarray], list[int]]] = {}
        self.done: dict[Kind, set[str]] = {}
        self.alike, self.twins = self._alike(), self._twins()

    def _alike(self) -> dict[Kind, Kind]:
        """Name one kind of sum for all to which each account contributes the same, such as
        followers of those with likes and of those with comments where these are the same accounts.
        """
        first: dict[tuple, Kind] = {}
        alike = {}
        for key, column in product(self.metrics, ("log_followers", "log_followers2")):
            parts = [
                self.members[key, stratum, level][column].to_numpy().tobytes()
                for stratum, levels in self.levels.items()
                for level in levels
            ]
            kind = kind_of(METRICS[key], column)
            alike[kind] = first.setdefault((column, *parts), kind)
        return alike

    def _twins(self) -> dict[str, str]:
        """Name the twin of each metric whose logarithms follow from those of the twin, since each
        account has the same followers in all of its posts.
        """
        pairs = {key: twin_of(METRICS[key], self.metrics) for key in self.metrics}
        return {key: twin for key, twin in pairs.items() if twin and self._follow(key, twin)}

    def _follow(self, key: str, twin: str) -> bool:
        one, other = (self.members[name, "all", "all"] for name in (key, twin))
        apart = (one["log_rate"] - other["log_rate"]).abs() - one["log_followers"]
        return bool(apart.abs().max() < 1e-9)

    def published(self) -> set[Unit]:
        """Take groups one after the other, as far as the accounts can be charged."""
        taken = set()
        names = tuple(name for name in self.strata if name != "all")
        for unit in units(self.metrics, names, self.main, self.asked):
            if unit in taken:
                continue
            whole = unit.stratum == "all" or Unit("all", *unit[1:]) in taken
            # the size of a cell is that of all metrics
            follows = self._follows(unit, taken)
            if whole and self._allowed(unit) and (follows or self._charge(unit)):
                shared = self.metrics if unit.group == "size" else (unit.metric,)
                taken |= {Unit(unit.stratum, metric, unit.group) for metric in shared}
        return taken

    def _follows(self, unit: Unit, taken: set[Unit]) -> bool:
        """Say whether the sums of a unit can be computed from those that were taken, or are of
        single posts where the file has none.
        """
        rows = self.members[unit.metric, "all", "all"]
        if unit.group in OF_SINGLE and not rows[list(GROUPS[unit.group])].any(axis=None):
            return True
        twin = self.twins.get(unit.metric)
        needed = {Unit(unit.stratum, twin, group) for group in LOGS}
        return unit.group in LOGS and twin is not None and needed <= taken

    def _allowed(self, unit: Unit) -> bool:
        """Look at every level of a stratum for dominance, and for accounts that all have none."""
        metric = METRICS[unit.metric]
        families = {family_of(metric, column) for column in GROUPS[unit.group]}
        for level in self.levels[unit.stratum]:
            none = not self.members[unit.metric, unit.stratum, level]["positive"].any()
            if none and unit.group != "size":
                return False
        linear = self._dominated(unit.stratum, LINEAR, P)
        return not families & (linear | self._dominated(unit.stratum, OF_ESTIMATE, SQUARED))

    def _dominated(self, stratum: str, columns: tuple[str, ...], share: float) -> set[tuple]:
        """Families of sums of which one is dominated, in any level and over all metrics."""
        if (stratum, columns) not in self.families:
            self.families[stratum, columns] = {
                family_of(METRICS[key], column)
                for key, level in product(self.metrics, self.levels[stratum])
                for column in columns
                if kind_of(METRICS[key], column) not in self.free
                and dominated(self.members[key, stratum, level][column].to_numpy(float), share)
            }
        return self.families[stratum, columns]

    def coarse(self) -> Iterator[tuple[str, str, str]]:
        """Stratum, metric and column of the sums that are rounded, in all levels together: one that
        was not would follow from the others and the whole.
        """
        for stratum, key, column in product(self.strata, self.metrics, SQUARES):
            families = self._dominated(stratum, SQUARES, SQUARED)
            if family_of(METRICS[key], column) in families:
                yield stratum, key, column

    def _charge(self, unit: Unit) -> bool:
        """Charge the sums of a unit to accounts; leave everything as it was if that fails."""
        named = (kind_of(METRICS[unit.metric], name) for name in GROUPS[unit.group])
        kinds = dict.fromkeys(self.alike.get(kind, kind) for kind in named)
        left, charged = self.left.copy(), dict(self.charged)
        new = [
            kind for kind in kinds
            if kind not in self.free and unit.stratum not in self.done.get(kind, ())
        ]  # fmt: skip
        for kind in new:
            if self._adds_up(kind):
                continue
            if not self._charge_kind(kind, self.strata[unit.stratum]):
                self.left, self.charged = left, charged
                return False
        for kind in new:
            self.done.setdefault(kind, set()).add(unit.stratum)
        return True

    def _adds_up(self, kind: Kind) -> bool:
        """Say whether a sum follows from charged ones by addition. Where there are levels it may
        not do so in each of them, so that it is charged there.
        """
        if len(self.strata) > 1:
            return False
        wanted, *others = (self._terms(one) for one in (kind, *self.charged))
        return spanned(wanted, others)

    def _terms(self, kind: Kind) -> dict[tuple, float]:
        if kind[0] == "log_rate" and kind[1] not in self.twins:
            return {kind: 1.0}
        return {self.alike.get(name, name): share for name, share in terms_of(kind).items()}

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
