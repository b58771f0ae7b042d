"""Redraws: every specification estimated again and again, from the same resampled or permuted accounts.

An average is a sum over a sum, or a mean, so a redraw needs nothing but new sums per tier. Sums over posts add up over the levels of a
stratum and are made once per combination of levels; sums over accounts are made once per choice of posts. The median is no sum,
and has no redraws here.

An account that is dealt other followers keeps its rates, its views per follower and its posts, so what is counted on its posts grows with
its followers. If none of these bears a relation to followers, dealt curves and the observed one are then alike in every respect, whichever
way an average weighs accounts. With its counts left as they were, a small account in the place of a large one would still weigh little.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from analysis.estimate.averages import RATIOS
from analysis.estimate.multiverse import batches_of
from analysis.estimate.observe import EVERY_OTHER
from analysis.evidence.batch import ADDITIVE, Batch
from analysis.evidence.metrics import METRICS, PER_POST
from analysis.evidence.records import TierScheme
from analysis.evidence.sample import Moments

COLUMNS = {name: columns[:2] for name, columns in RATIOS.items()} | {"typical account": ("log_rate", "positive")}
"""Averages that are a sum over a sum; for the typical account that is the logarithm itself."""

GROWING = ("numerator", "denominator")
"""Sums that grow with the followers of an account, unless they are counted per post."""

AT_ONCE = 250
"""Redraws that are held in memory together."""


def bootstrap(frame: pd.DataFrame, sources: Iterable[Moments], schemes: Iterable[TierScheme], draws: int, seed: int) -> np.ndarray:
    """Resample accounts with all their posts, the same accounts for every specification of a source.

    Parameters
    ----------
    frame : pandas.DataFrame
        From `specifications`.
    sources, schemes : iterable
        Those that the frame names; sources at the resolution of accounts.
    draws : int
        How many.
    seed : int
        Of the random generator.

    Returns
    -------
    numpy.ndarray
        Logarithms of the estimates, a row per draw and a column per specification; nan where a draw leaves a tier empty, and
        throughout for medians and smallest ratios.
    """
    return _redrawn(frame, sources, schemes, draws, seed, _resampled)


def permutation(frame: pd.DataFrame, sources: Iterable[Moments], schemes: Iterable[TierScheme], draws: int, seed: int) -> np.ndarray:
    """Deal the follower counts of a source out among its accounts anew: what is found if followers bear no relation to anything.

    All rates of an account stay together, so that specifications hang together as they do in the data.

    Returns
    -------
    numpy.ndarray
        As from `bootstrap`.
    """
    return _redrawn(frame, sources, schemes, draws, seed, _permuted)


def counts_of(accounts: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each account is drawn: `draws` columns, each with as many draws as there are accounts."""
    drawn = rng.integers(accounts, size=(draws, accounts)) + accounts * np.arange(draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * accounts).reshape(draws, accounts).T.astype(float)


def _resampled(followers: np.ndarray, edges: np.ndarray, draws: int, rng: np.random.Generator):
    """A function that sums values over accounts, per follower band, in each of the resamples."""
    counts = np.ascontiguousarray(counts_of(len(followers), draws, rng))
    bounds = np.searchsorted(followers, edges)

    def sums(account: np.ndarray, values: np.ndarray, grows: np.ndarray) -> np.ndarray:
        found = np.zeros((len(edges) - 1, values.shape[1], draws))
        at = np.searchsorted(account, bounds)
        for band, rows in enumerate(map(slice, at[:-1], at[1:])):
            if rows.start < rows.stop:
                found[band] = values[rows].T @ counts[account[rows]]
        return found

    return sums


def _permuted(followers: np.ndarray, edges: np.ndarray, draws: int, rng: np.random.Generator):
    """A function that sums values over accounts, per follower band, in each of the permutations."""
    from scipy.sparse import csc_array  # a third of a second that a reader of cells need not wait

    bands = len(edges) - 1
    dealt = followers[np.stack([rng.permutation(len(followers)) for _ in range(draws)], axis=1)]
    band = np.searchsorted(edges, dealt, side="right") - 1
    rows_of = np.where((band >= 0) & (band < bands), band, bands) * draws + np.arange(draws)
    growth = dealt / followers[:, None]

    def sums(account: np.ndarray, values: np.ndarray, grows: np.ndarray) -> np.ndarray:
        cells, starts = rows_of[account].ravel(), np.arange(len(account) + 1) * draws
        found = np.empty(((bands + 1) * draws, values.shape[1]))
        for times, columns in ((np.ones(len(cells)), ~grows), (growth[account].ravel(), grows)):
            if columns.any():
                found[:, columns] = csc_array((times, cells, starts), shape=(len(found), len(account))) @ values[:, columns]
        return found[: bands * draws].reshape(bands, draws, -1).transpose(0, 2, 1)

    return sums


def _redrawn(frame, sources, schemes, draws: int, seed: int, how) -> np.ndarray:
    frame = frame.reset_index(drop=True)
    tiers = {(scheme.key, tier.name): (tier.lower, tier.upper or np.inf) for scheme in schemes for tier in scheme.tiers}
    batches = batches_of(frame, sources)
    logs = np.full((len(frame), draws), np.nan)
    for batch, stream in zip(batches.values(), np.random.default_rng(seed).spawn(len(batches)), strict=True):
        if batch.moments.resolution == "cells":
            raise ValueError(
                f"source '{batch.moments.source.key}' is at hand as cells, which hold no accounts to draw. Use your own file or a "
                "simulated world; for cells there are the simultaneous intervals of `joint_intervals`."
            )
        part = frame[(frame["source"] == batch.moments.source.key) & frame["average"].isin(COLUMNS) & (frame["versus"] != EVERY_OTHER)]
        asked = _Asked(batch, part, tiers)
        for start in range(0, draws, AT_ONCE):
            stop = min(start + AT_ONCE, draws)
            sums = how(batch.followers, asked.edges, stop - start, stream)
            for columns, found in asked.logs(sums):
                logs[columns, start:stop] = found
    return logs.T


class _Asked:
    """What the specifications of one source ask of its accounts."""

    def __init__(self, batch: Batch, part: pd.DataFrame, tiers: dict):
        self.batch, self.part = batch, part
        pairs = [[tiers.get((scheme, tier)) for tier in (of, versus)] for scheme, of, versus in part[["scheme", "of", "versus"]].to_numpy()]
        self.ranges = sorted({edges for pair in pairs for edges in pair if edges})
        self.edges = np.array(sorted({edge for edges in self.ranges for edge in edges}))
        lower, upper = np.array(self.ranges).reshape(-1, 2).T
        self.bands = ((self.edges[:-1] >= lower[:, None]) & (self.edges[1:] <= upper[:, None])).astype(float)
        place = {edges: index for index, edges in enumerate(self.ranges)}
        # a level has no second range: the row of zeros after the last stands for it
        self.pairs = np.array([[place.get(edges, len(self.ranges)) for edges in pair] for pair in pairs]).reshape(-1, 2)
        columns = [COLUMNS[average] for average in part["average"]]
        self.additive = np.array([set(pair) <= set(ADDITIVE) for pair in columns], bool)

    def logs(self, sums) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield places in the frame, and the logs there: a row per specification and a column per draw."""
        cells = self._cells(sums) if self.additive.any() else None
        for posts, places in self.part.groupby("posts", sort=False).indices.items():
            whole = None
            for (metric, average), inner in self.part.iloc[places].groupby(["metric", "average"], sort=False).indices.items():
                chosen = places[inner]
                if self.additive[chosen[0]]:
                    whole = self._added(cells, posts) if whole is None else whole
                    first = len(ADDITIVE) * self.batch.metrics.index(metric)
                    above, below = (whole[:, first + ADDITIVE.index(name)] for name in COLUMNS[average])
                else:
                    group = self.batch.take(metric, posts)
                    values = np.stack([group.values[name] for name in COLUMNS[average]], axis=1)
                    above, below = np.tensordot(self.bands, sums(group.places, values, np.zeros(2, bool)), 1).transpose(1, 0, 2)
                yield self.part.index[chosen].to_numpy(), self._compared(above, below, self.pairs[chosen], average)

    def _cells(self, sums) -> tuple[np.ndarray, np.ndarray]:
        """Sums over posts for each combination of levels that occurs, and the first row of each."""
        levels = list(self.batch.levels.values())
        code = np.ravel_multi_index(levels, [level.max() + 1 for level in levels]) if levels else np.zeros(len(self.batch.account), int)
        _, first, cell = np.unique(code, return_index=True, return_inverse=True)
        rows = [np.flatnonzero(cell == number) for number in range(len(first))]
        grows = np.array([name in GROWING and METRICS[key].denominator != PER_POST for key in self.batch.metrics for name in ADDITIVE])
        return first, np.stack([sums(self.batch.account[at], self.batch.values[at], grows) for at in rows])

    def _added(self, cells: tuple[np.ndarray, np.ndarray], posts: str) -> np.ndarray:
        """Sums over one choice of posts: ranges x columns x draws."""
        first, sums = cells
        taken = np.zeros(len(self.batch.account), bool)
        taken[self.batch.chosen(posts)] = True
        return np.tensordot(self.bands, np.tensordot(taken[first].astype(float), sums, 1), 1)

    @staticmethod
    def _compared(above: np.ndarray, below: np.ndarray, pairs: np.ndarray, average: str) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            averages = above / below if average == "typical account" else np.log(above / below)
            averages = np.vstack([averages, np.zeros((1, averages.shape[1]))])
            found = averages[pairs[:, 0]] - averages[pairs[:, 1]]
        return np.where(np.isfinite(found), found, np.nan)
