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

AT_ONCE = 1_000_000
"""Accounts times redraws that are drawn in one go; which accounts a seed draws depends on it."""

TOGETHER = 4
"""How many such goes are summed together, and held in memory: a wide product takes half the time of several narrow ones."""


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
    """How often each account is drawn, accounts x draws: nearly Poisson with mean 1 (Hanley and MacGibbon 2006), from one byte each.

    Of 256 bytes 94 stand for 0, 94 + 1 for 1, and so on: mean and variance are exactly 1, the third moment is 4.98 where a Poisson count
    has 5. Accounts are drawn independently of each other, so that a thousand redraws of a million accounts take seconds.
    """
    raw = rng.bit_generator.random_raw(-(-accounts * draws // 8)).tobytes()[: accounts * draws]
    return np.frombuffer(raw.translate(_COUNT_OF_BYTE), np.uint8).reshape(accounts, draws)


_COUNT_OF_BYTE = bytes(np.repeat(np.arange(6, dtype=np.uint8), (94, 95, 46, 16, 4, 1)))


def _resampled(followers: np.ndarray, edges: np.ndarray, draws: int, rng: np.random.Generator):
    """A function that sums values over accounts, per follower band, in each of the resamples."""
    each, bounds = _in_one_go(followers), np.searchsorted(followers, edges)
    counts = np.hstack([counts_of(len(followers), min(each, draws - start), rng) for start in range(0, draws, each)])

    def sums(account: np.ndarray, values: np.ndarray, grows: np.ndarray) -> np.ndarray:
        found = np.zeros((len(edges) - 1, values.shape[1], draws))
        at = np.searchsorted(account, bounds)
        for band, rows in enumerate(map(slice, at[:-1], at[1:])):
            if rows.start < rows.stop:
                found[band] = values[rows].T @ counts[account[rows]].astype(float)
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


def _in_one_go(followers: np.ndarray) -> int:
    return max(1, AT_ONCE // max(len(followers), 1))


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
        size = TOGETHER * _in_one_go(batch.followers)
        for start in range(0, draws, size):
            stop = min(start + size, draws)
            sums = how(batch.followers, asked.edges, stop - start, stream)
            for rows, found in asked.logs(sums):
                logs[rows, start:stop] = found
    logs[~np.isfinite(logs)] = np.nan
    return logs.T


class _Asked:
    """What the specifications of one source ask of its accounts, laid out once for all draws."""

    def __init__(self, batch: Batch, part: pd.DataFrame, tiers: dict):
        self.batch = batch
        pairs = [[tiers.get((scheme, tier)) for tier in (of, versus)] for scheme, of, versus in part[["scheme", "of", "versus"]].to_numpy()]
        ranges = sorted({edges for pair in pairs for edges in pair if edges})
        self.edges = np.array(sorted({edge for edges in ranges for edge in edges}))
        lower, upper = np.array(ranges).reshape(-1, 2).T
        self.bands = ((self.edges[:-1] >= lower[:, None]) & (self.edges[1:] <= upper[:, None])).astype(float)
        place = {edges: index for index, edges in enumerate(ranges)}
        # a level has no second range: the row of zeros after the last stands for it
        self.pairs = np.array([[place.get(edges, len(ranges)) for edges in pair] for pair in pairs]).reshape(-1, 2)
        self.grows = np.array([name in GROWING and METRICS[key].denominator != PER_POST for key in batch.metrics for name in ADDITIVE])
        self.metric, self.average, self.index = part["metric"].to_numpy(), part["average"].to_numpy(), part.index.to_numpy()
        self.posts = part.groupby("posts", sort=False).indices
        additive = part["average"].map(lambda average: set(COLUMNS[average]) <= set(ADDITIVE)).to_numpy(bool)
        self.added = {posts: rows[additive[rows]] for posts, rows in self.posts.items() if additive[rows].any()}
        self.sides = {posts: self._sides(rows) for posts, rows in self.added.items()}
        self.others = {posts: rows[~additive[rows]] for posts, rows in self.posts.items()}
        self.cells = self._cells()

    def _sides(self, rows: np.ndarray) -> list[list[int]]:
        """Among the sums of a batch, those above and those below the line in some specifications."""
        pairs = zip(self.metric[rows], self.average[rows], strict=True)
        first = {metric: len(ADDITIVE) * place for place, metric in enumerate(self.batch.metrics)}
        found = [[first[metric] + ADDITIVE.index(name) for name in COLUMNS[average]] for metric, average in pairs]
        return [list(side) for side in zip(*found, strict=True)]

    def _cells(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Rows that lie in the same choices of posts, added up by account: which choices, the accounts, their sums."""
        if not self.added:
            return []
        levels = list(self.batch.levels.values())
        code = np.ravel_multi_index(levels, [level.max() + 1 for level in levels]) if levels else np.zeros(len(self.batch.account), int)
        _, first, cell = np.unique(code, return_index=True, return_inverse=True)
        kinds, kind = np.unique(np.array([self.batch.chosen(posts)[first] for posts in self.added]), axis=1, return_inverse=True)
        sums = (self.batch.added(kind.ravel()[cell] == number) for number in range(kinds.shape[1]))
        return [(within, account, values) for within, (values, account) in zip(kinds.T, sums, strict=True)]

    def logs(self, sums) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield places in the frame, and the logs there: a row per specification and a column per draw."""
        cells = [np.tensordot(self.bands, sums(account, values, self.grows), 1) for _, account, values in self.cells]
        for number, (posts, rows) in enumerate(self.added.items()):
            whole = sum(cell for (within, *_), cell in zip(self.cells, cells, strict=True) if within[number])
            above, below = self.sides[posts]
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log(whole)
                logs = np.concatenate([logs, np.zeros((1, *logs.shape[1:]))])
                one, two = (logs[side, above] - logs[side, below] for side in self.pairs[rows].T)
                yield self.index[rows], one - two
        for posts, rows in self.others.items():
            for metric, average in dict.fromkeys(zip(self.metric[rows], self.average[rows], strict=True)):
                chosen = rows[(self.metric[rows] == metric) & (self.average[rows] == average)]
                group = self.batch.take(metric, posts)
                values = np.stack([group.values[name] for name in COLUMNS[average]], axis=1)
                above, below = np.tensordot(self.bands, sums(group.places, values, np.zeros(2, bool)), 1).transpose(1, 0, 2)
                with np.errstate(divide="ignore", invalid="ignore"):
                    averages = above / below if average == "typical account" else np.log(above / below)
                    averages = np.vstack([averages, np.zeros((1, averages.shape[1]))])
                    yield self.index[chosen], averages[self.pairs[chosen, 0]] - averages[self.pairs[chosen, 1]]
