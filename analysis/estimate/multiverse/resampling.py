"""Redraws: every specification estimated again and again, from the same resampled or permuted
accounts.

An average is a sum over a sum, or a mean, so a redraw needs nothing but new sums per tier. Sums
over posts add up over the levels of a stratum and are made once per combination of levels; sums
over accounts are made once per choice of posts. The median is no sum, and has no redraws here.

An account that is dealt other followers keeps its rates, its views per follower and its posts, so
what is counted on its posts grows with its followers. If none of these bears a relation to
followers, dealt curves and the observed one are then alike in every respect, whichever way an
average weighs accounts. With its counts left as they were, a small account in the place of a large
one would still weigh little.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from analysis.estimate.averages import RATIOS
from analysis.estimate.multiverse.grid import batches_of
from analysis.estimate.contrast import EVERY_OTHER
from analysis.moments.batch import ADDITIVE, Batch
from analysis.moments.sample import Moments
from analysis.registers.metrics import METRICS, PER_POST
from analysis.registers.records import TierScheme

COLUMNS = {name: columns[:2] for name, columns in RATIOS.items()} | {
    "typical account": ("log_rate", "positive")
}
"""Averages that are a sum over a sum; for the typical account that is the logarithm itself."""

GROWING = ("numerator", "denominator")
"""Sums that grow with the followers of an account, unless they are counted per post."""

RESAMPLES, DRAWN, DEALS = 1_000, 400_000_000, 4_000_000
"""What is drawn and held in memory at once: so many resamples, of so many accounts times resamples,
and accounts times permutations.
"""

IN_CACHE = 250_000
"""Counts that are summed at a time: so few that they never leave the cache of a core."""


def bootstrap(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    draws: int,
    seed: int,
) -> np.ndarray:
    """Resample accounts with all their posts, the same accounts for every specification of a
    source.

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
        Logarithms of the estimates, a row per draw and a column per specification; nan where a draw
        leaves a tier empty, and throughout for medians and smallest ratios.
    """
    return _redrawn(
        frame,
        sources,
        schemes,
        draws,
        seed,
        _resampled,
        lambda accounts: max(1, min(RESAMPLES, DRAWN // accounts)),
    )


def permutation(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    draws: int,
    seed: int,
) -> np.ndarray:
    """Deal the follower counts of a source out among its accounts anew: what is found if followers
    bear no relation to anything.

    All rates of an account stay together, so that specifications hang together as they do in the
    data.

    Returns
    -------
    numpy.ndarray
        As from `bootstrap`.
    """
    return _redrawn(
        frame, sources, schemes, draws, seed, _permuted, lambda accounts: max(1, DEALS // accounts)
    )


def coins(accounts: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each account is drawn: a row of bytes per account, with four draws in each byte,
    from the lowest bits up.

    Three fair coins decide on each count, which is the first plus twice the product of the others:
    0, 1, 2 or 3, in 3, 3, 1 and 1 of 8 cases. Its mean and its variance are exactly 1, as those of
    a Poisson count (Hanley and MacGibbon 2006), its third moment about the mean is 0.75 where that
    has 1. Accounts are drawn independently of each other.
    """
    words = -(-draws // 32)
    counts = rng.bit_generator.random_raw(accounts * words) | _LOW_BITS
    counts &= rng.bit_generator.random_raw(accounts * words)
    return counts.view(np.uint8).reshape(accounts, 8 * words)


_LOW_BITS = np.uint64(0x5555555555555555)

_COUNTS_OF_BYTE = (np.arange(256)[:, None] >> np.arange(0, 8, 2) & 3).astype(float)


def counts_of(drawn: np.ndarray) -> np.ndarray:
    """Counts in the rows of `coins`, accounts x draws; as many draws as the bytes have room for."""
    return _COUNTS_OF_BYTE.take(drawn, axis=0, mode="clip").reshape(len(drawn), -1)


def _resampled(followers: np.ndarray, asked: "_Asked", draws: int, rng: np.random.Generator):
    """A function that sums values over accounts, per follower band, in each of the resamples."""
    drawn, bounds = coins(len(followers), draws, rng), np.searchsorted(followers, asked.edges)
    together = max(1, IN_CACHE // (4 * drawn.shape[1]))

    def sums(account: np.ndarray, values: np.ndarray, grows: np.ndarray) -> np.ndarray:
        found = np.zeros((asked.bands.shape[1], values.shape[1], 4 * drawn.shape[1]))
        at = np.searchsorted(account, bounds)
        for band in np.flatnonzero(asked.bands.any(axis=0)):
            for start in range(at[band], at[band + 1], together):
                rows = slice(start, min(start + together, at[band + 1]))
                found[band] += values[rows].T @ counts_of(drawn[account[rows]])
        return found[:, :, :draws]

    return sums


def _permuted(followers: np.ndarray, asked: "_Asked", draws: int, rng: np.random.Generator):
    """A function that sums values over accounts, per follower band, in each of the permutations."""
    from scipy.sparse import csc_array  # a third of a second that a reader of cells need not wait

    bands = asked.bands.shape[1]
    dealt = followers[np.stack([rng.permutation(len(followers)) for _ in range(draws)], axis=1)]
    band = np.searchsorted(asked.edges, dealt, side="right") - 1
    rows_of = np.where((band >= 0) & (band < bands), band, bands) * draws + np.arange(draws)
    growth = dealt / followers[:, None]

    def sums(account: np.ndarray, values: np.ndarray, grows: np.ndarray) -> np.ndarray:
        cells, starts = rows_of[account].ravel(), np.arange(len(account) + 1) * draws
        found = np.empty(((bands + 1) * draws, values.shape[1]))
        for times, columns in ((np.ones(len(cells)), ~grows), (growth[account].ravel(), grows)):
            if columns.any():
                found[:, columns] = (
                    csc_array((times, cells, starts), shape=(len(found), len(account)))
                    @ values[:, columns]
                )
        return found[: bands * draws].reshape(bands, draws, -1).transpose(0, 2, 1)

    return sums


def _redrawn(
    frame, sources, schemes, draws: int, seed: int, how, at_once: Callable[[int], int]
) -> np.ndarray:
    frame = frame.reset_index(drop=True)
    tiers = {
        (scheme.key, tier.name): (tier.lower, tier.upper or np.inf)
        for scheme in schemes
        for tier in scheme.tiers
    }
    batches = batches_of(frame, sources)
    logs = np.full((len(frame), draws), np.nan)
    for batch, stream in zip(
        batches.values(), np.random.default_rng(seed).spawn(len(batches)), strict=True
    ):
        if batch.moments.resolution == "cells":
            raise ValueError(
                f"source '{batch.moments.source.key}' is at hand as cells, which hold no accounts to draw. Use your own file or a "
                "simulated world; for cells there are the simultaneous intervals of `joint_intervals`."
            )
        part = frame[
            (frame["source"] == batch.moments.source.key)
            & frame["average"].isin(COLUMNS)
            & (frame["versus"] != EVERY_OTHER)
        ]
        asked = _Asked(batch, part, tiers)
        size = at_once(max(len(batch.followers), 1))
        for start in range(0, draws, size):
            stop = min(start + size, draws)
            sums = how(batch.followers, asked, stop - start, stream)
            for rows, found in asked.logs(sums, stop - start):
                logs[rows, start:stop] = found
    logs[~np.isfinite(logs)] = np.nan
    return logs.T


class _Asked:
    """What the specifications of one source ask of its accounts, laid out once for all draws."""

    def __init__(self, batch: Batch, part: pd.DataFrame, tiers: dict):
        self.batch = batch
        pairs = [
            [tiers.get((scheme, tier)) for tier in (of, versus)]
            for scheme, of, versus in part[["scheme", "of", "versus"]].to_numpy()
        ]
        ranges = sorted({edges for pair in pairs for edges in pair if edges})
        self.edges = np.array(sorted({edge for edges in ranges for edge in edges}))
        lower, upper = np.array(ranges).reshape(-1, 2).T
        self.bands = (
            (self.edges[:-1] >= lower[:, None]) & (self.edges[1:] <= upper[:, None])
        ).astype(float)
        place = {edges: index for index, edges in enumerate(ranges)}
        # a level has no second range: the row of zeros after the last stands for it
        self.pairs = np.array(
            [[place.get(edges, len(ranges)) for edges in pair] for pair in pairs]
        ).reshape(-1, 2)
        self.metric, self.average, self.index = (
            part["metric"].to_numpy(),
            part["average"].to_numpy(),
            part.index.to_numpy(),
        )
        self.posts = part.groupby("posts", sort=False).indices
        additive = (
            part["average"]
            .map(lambda average: set(COLUMNS[average]) <= set(ADDITIVE))
            .to_numpy(bool)
        )
        self.added = {
            posts: rows[additive[rows]]
            for posts, rows in self.posts.items()
            if additive[rows].any()
        }
        self.columns = self._columns()
        self.grows = np.array(
            [name in GROWING and METRICS[key].denominator != PER_POST for key, name in self.columns]
        )
        self.sides = {posts: self._sides(rows) for posts, rows in self.added.items()}
        self.others = {posts: rows[~additive[rows]] for posts, rows in self.posts.items()}
        self.cells = self._cells()

    def _columns(self) -> list[tuple[str, str]]:
        """Metric and name of the sums of a batch that any specification needs, in the order of the
        batch.
        """
        rows = np.concatenate([np.array([], int), *self.added.values()])
        pairs = set(zip(self.metric[rows], self.average[rows], strict=True))
        needed = {(metric, name) for metric, average in pairs for name in COLUMNS[average]}
        return [
            (key, name) for key in self.batch.metrics for name in ADDITIVE if (key, name) in needed
        ]

    def _sides(self, rows: np.ndarray) -> list[list[int]]:
        """Among these sums, those above and those below the line in some specifications."""
        place = {column: number for number, column in enumerate(self.columns)}
        pairs = zip(self.metric[rows], self.average[rows], strict=True)
        found = [[place[metric, name] for name in COLUMNS[average]] for metric, average in pairs]
        return [list(side) for side in zip(*found, strict=True)]

    def _cells(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Rows that lie in the same choices of posts, added up by account: which choices, the
        accounts, their sums.
        """
        if not self.added or not len(self.batch.account):
            return []
        levels = list(self.batch.levels.values())
        code = (
            np.ravel_multi_index(levels, [level.max() + 1 for level in levels])
            if levels
            else np.zeros(len(self.batch.account), int)
        )
        _, first, cell = np.unique(code, return_index=True, return_inverse=True)
        kinds, kind = np.unique(
            np.array([self.batch.chosen(posts)[first] for posts in self.added]),
            axis=1,
            return_inverse=True,
        )
        sums = (self.batch.added(kind.ravel()[cell] == number) for number in range(kinds.shape[1]))
        needed = [(key, name) in self.columns for key in self.batch.metrics for name in ADDITIVE]
        return [
            (within, account, values[:, needed])
            for within, (values, account) in zip(kinds.T, sums, strict=True)
        ]

    def logs(self, sums, draws: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield places in the frame, and the logs there: a row per specification and a column per
        draw.
        """
        cells = [
            np.tensordot(self.bands, sums(account, values, self.grows), 1)
            for _, account, values in self.cells
        ]
        nothing = np.zeros((len(self.bands), len(self.columns), draws))
        for number, (posts, rows) in enumerate(self.added.items()):
            whole = sum(
                (
                    cell
                    for (within, *_), cell in zip(self.cells, cells, strict=True)
                    if within[number]
                ),
                start=nothing,
            )
            above, below = self.sides[posts]
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log(whole)
                logs = np.concatenate([logs, np.zeros((1, *logs.shape[1:]))])
                one, two = (logs[side, above] - logs[side, below] for side in self.pairs[rows].T)
                yield self.index[rows], one - two
        for posts, rows in self.others.items():
            for metric, average in dict.fromkeys(
                zip(self.metric[rows], self.average[rows], strict=True)
            ):
                chosen = rows[(self.metric[rows] == metric) & (self.average[rows] == average)]
                group = self.batch.take(metric, posts)
                values = np.stack([group.values[name] for name in COLUMNS[average]], axis=1)
                above, below = np.tensordot(
                    self.bands, sums(group.places, values, np.zeros(2, bool)), 1
                ).transpose(1, 0, 2)
                with np.errstate(divide="ignore", invalid="ignore"):
                    averages = (
                        above / below if average == "typical account" else np.log(above / below)
                    )
                    averages = np.vstack([averages, np.zeros((1, averages.shape[1]))])
                    yield (
                        self.index[chosen],
                        averages[self.pairs[chosen, 0]] - averages[self.pairs[chosen, 1]],
                    )
