"""Batch: many samples of one source, as plain arrays in the order of followers.

`Moments.sample` gives one metric over one choice of posts as a frame. Thousands of specifications
need hundreds of them: here the rows of a source are sorted once, every choice of posts is then one
sum over its rows for all metrics together, and a tier is a slice.
"""

from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd

from analysis.moments.group import Group
from analysis.moments.rows import MOMENTS, followers_of, rates_of
from analysis.moments.sample import Moments
from analysis.moments.sums import SIZE
from analysis.registers.metrics import METRICS

ALL = "all"
ADDITIVE = ("posts", "numerator", "denominator", "rate")
"""Sums over posts: they add up over the levels of a stratum, which means of accounts do not."""


def posts_named(stratum: str, level: str) -> str:
    """Name the posts of one level of a stratum."""
    return f"{stratum}: {level}"


def chosen_posts(posts: str, moments: Moments) -> dict[str, tuple[str, ...]]:
    """Read which levels of which strata a choice of posts names: ``"all"``, ``"sponsored: yes"``,
    several levels as ``"niche: food or travel"``, or several strata as
    ``"sponsored: no; niche: food"``.
    """
    if posts == ALL:
        return {}
    stratum, _, level = posts.partition(": ")
    if level in moments.levels(stratum):  # a single level, whatever marks its name has in it
        return {stratum: (level,)}
    chosen = {}
    for part in posts.split("; "):
        stratum, _, levels = part.partition(": ")
        known = moments.levels(stratum)
        chosen[stratum] = (levels,) if levels in known else tuple(levels.split(" or "))
        if missing := [level for level in chosen[stratum] if level not in known]:
            raise ValueError(
                f"source '{moments.source.key}' has no posts with {stratum}: {missing[0]}. "
                f"It has: {', '.join(levels_of(moments)) or ALL}."
            )
    return chosen


def levels_of(moments: Moments) -> tuple[str, ...]:
    """Name the posts of each level of each stratum of a source."""
    named: list[str] = []
    for stratum in moments.source.strata:
        named += [posts_named(stratum, level) for level in moments.levels(stratum)]
    return tuple(named)


class Batch:
    """A source of one platform prepared for many samples of some metrics, or of all that it holds;
    `followers` are those of each account that has any, ascending, and empty for cells.
    """

    def __init__(self, moments: Moments, metrics: tuple[str, ...] | None = None):
        self.moments = moments
        self.metrics = tuple(key for key in moments.metrics if metrics is None or key in metrics)
        self.followers = np.array([])
        # specifications come posts by posts: to keep the sums of the last choice is enough
        self._sums = lru_cache(1)(self._summed)
        if moments.resolution == "cells":
            by_sample = moments.table.sort_values("lower").groupby(["metric", "stratum", "level"])
            self.table, self.no_rows = dict(list(by_sample)), moments.table.head(0)
            self.histogram = dict(list(moments.histogram.groupby("metric")))
            self.take = lru_cache(None)(self._cells)
        else:
            self._order()
            self.take = self._accounts

    def _order(self) -> None:
        """Sort the rows of the wide table by the followers of their account."""
        table = self.moments.table
        code = pd.factorize(table["account_id"])[0]
        order = np.argsort(code, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(code[order]) > 0])
        size = zip(SIZE, (np.fmin, np.fmax, np.add, np.add), strict=True)
        low, high, logs, posts = (
            reduce.reduceat(table[name].to_numpy(float)[order], starts) for name, reduce in size
        )
        # accounts of unknown followers divide by zero posts here; they are cut off below
        with np.errstate(invalid="ignore", divide="ignore"):
            followers = followers_of(low, high, logs, posts)
        unknown = np.isnan(low)
        # unknown ones sort last, so that the known ones are a prefix
        ascending = np.argsort(np.where(unknown, np.inf, followers), kind="stable")
        known = ascending[: int((~unknown).sum())]
        place = np.full(len(starts), -1)
        place[known] = np.arange(len(known))
        self.followers = followers[known]
        of_row = place[code]
        rows = np.flatnonzero(of_row >= 0)
        rows = rows[np.argsort(of_row[rows], kind="stable")]
        columns = list(map(".".join, product(self.metrics, ADDITIVE)))
        self.account = of_row[rows]
        self.values = table[columns].to_numpy(float)[rows]
        self.levels, self.names = {}, {}
        for name in self.moments.source.strata:
            codes, self.names[name] = pd.factorize(table[name])
            self.levels[name] = codes[rows]

    def chosen(self, posts: str) -> np.ndarray:
        """Whether each row of `values` lies in a choice of posts."""
        inside = np.ones(len(self.account), bool)
        for name, levels in chosen_posts(posts, self.moments).items():
            inside &= self.names[name].isin(levels)[self.levels[name]]
        return inside

    def added(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Add the chosen rows of `values` up to one row per account, and name the accounts,
        ascending.
        """
        from scipy.sparse import csr_array  # a third of a second, which cells need not wait for

        rows = np.flatnonzero(chosen)
        account = self.account[rows]
        starts = np.flatnonzero(np.diff(account, prepend=-1))
        # one product adds up all columns of all accounts
        entries = (np.ones(len(rows)), rows, np.r_[starts, len(rows)])
        adds = csr_array(entries, shape=(len(starts), len(self.account)))
        return adds @ self.values, account[starts]

    def _summed(self, posts: str) -> tuple[np.ndarray, np.ndarray]:
        """Sums of every metric per account, a row per sum, and the accounts."""
        sums, account = self.added(self.chosen(posts))
        # a metric is four rows of this, read one after the other
        return np.ascontiguousarray(sums.T), account

    def _accounts(self, metric: str, posts: str) -> Group:
        sums, account = self._sums(posts)
        first = len(ADDITIVE) * self.metrics.index(metric)
        defined = sums[first] > 0
        places = account[defined]
        followers = self.followers[places]
        values = rates_of(*sums[first : first + len(ADDITIVE), defined])
        return Group(values, lower=followers, upper=followers, places=places)

    def _cells(self, metric: str, posts: str) -> Group:
        stratum, levels = next(iter(chosen_posts(posts, self.moments).items()), (ALL, (ALL,)))
        # histograms are published for all posts only
        histogram = self.histogram.get(metric) if posts == ALL else None
        rows = self.table.get((metric, stratum, levels[0]), self.no_rows)
        values = dict(zip(MOMENTS, rows[list(MOMENTS)].to_numpy(float).T, strict=True))
        lower, upper = (rows[name].to_numpy(float) for name in ("lower", "upper"))
        return Group(values, histogram, lower=lower, upper=upper)


def known_metrics(sources) -> tuple[str, ...]:
    """Keys of the metrics that any of the sources holds, in the order of METRICS."""
    held = set().union(*(moments.metrics for moments in sources))
    return tuple(key for key in METRICS if key in held)
