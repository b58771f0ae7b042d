"""Redraws: every specification estimated again and again, from the same resampled or permuted
accounts.

An average is a sum over a sum, or a mean, so a redraw needs nothing but new sums per tier. Sums
over posts add up over the levels of a stratum and are made once per combination of levels; sums
over accounts are made once per choice of posts. The median is no sum, and has no redraws here.

A permuted account keeps its rates, its views per follower and its posts, so what is counted on its
posts grows with the followers it is given. If none of these bears a relation to followers, permuted
curves and the observed one are then alike in every respect, whichever way an average weighs
accounts. With its counts left as they were, a small account in the place of a large one would still
weigh little.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from analysis.estimate.contrast import EVERY_OTHER
from analysis.estimate.multiverse.estimates import batches_of
from analysis.estimate.multiverse.plan import DIVIDED, Plan, Sums
from analysis.moments.sample import Moments
from analysis.registers.lookup import as_schemes
from analysis.registers.records import TierScheme

RESAMPLES, RESAMPLED, PERMUTED = 1_000, 400_000_000, 4_000_000
"""What is drawn and held in memory at once: so many resamples, of so many accounts times resamples,
and accounts times permutations.
"""

IN_CACHE = 250_000
"""Counts that are summed at a time: so few that they never leave the cache of a core."""


def bootstrap(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    draws: int,
    seed: int,
) -> np.ndarray:
    """Resample accounts with all their posts, the same accounts for every specification of a
    source.

    Gives logarithms of the estimates, a row per draw and a column per specification; nan where a
    draw leaves a tier empty, and throughout for medians and smallest ratios.
    """

    def at_once(accounts: int) -> int:
        return max(1, min(RESAMPLES, RESAMPLED // accounts))

    return _redrawn(frame, sources, schemes, draws, seed, _resampled, at_once)


def permutation(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    draws: int,
    seed: int,
) -> np.ndarray:
    """Permute follower counts across the accounts of a source (null hypothesis: followers are
    unrelated to anything); gives what `bootstrap` gives.

    All rates of an account stay together, so that specifications depend on each other as they do in
    the data.
    """

    def at_once(accounts: int) -> int:
        return max(1, PERMUTED // accounts)

    return _redrawn(frame, sources, schemes, draws, seed, _permuted, at_once)


def studentised(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    draws: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Divide every log ratio by its standard error, of the accounts as they are and of permuted
    ones: one value per specification, and what `permutation` gives.

    A tier whose accounts have wider rates moves further under permutation than it did before;
    divided by the standard error that each permutation has itself, and made a normal value by its
    degrees of freedom, ratios spread alike (Chung and Romano 2013).
    """

    def at_once(accounts: int) -> int:
        return max(1, PERMUTED // accounts)

    rest = (seed, _unchanged, at_once, Plan.studentised)
    observed = _redrawn(frame, sources, schemes, 1, *rest)[0]
    rest = (seed, _permuted, at_once, Plan.studentised)
    return observed, _redrawn(frame, sources, schemes, draws, *rest)


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


def times_drawn(drawn: np.ndarray) -> np.ndarray:
    """Counts in the rows of `coins`, accounts x draws; as many draws as the bytes hold."""
    return _COUNTS_OF_BYTE.take(drawn, axis=0, mode="clip").reshape(len(drawn), -1)


def _resampled(followers: np.ndarray, plan: Plan, draws: int, rng: np.random.Generator) -> Sums:
    drawn, bounds = coins(len(followers), draws, rng), np.searchsorted(followers, plan.edges)
    together = max(1, IN_CACHE // (4 * drawn.shape[1]))

    def sums(account: np.ndarray, values: np.ndarray, grows: np.ndarray) -> np.ndarray:
        totals = np.zeros((plan.bands.shape[1], values.shape[1], 4 * drawn.shape[1]))
        at = np.searchsorted(account, bounds)
        for band in np.flatnonzero(plan.bands.any(axis=0)):
            for start in range(at[band], at[band + 1], together):
                rows = slice(start, min(start + together, at[band + 1]))
                totals[band] += values[rows].T @ times_drawn(drawn[account[rows]])
        return totals[:, :, :draws]

    return sums


def _permuted(followers: np.ndarray, plan: Plan, draws: int, rng: np.random.Generator) -> Sums:
    orders = [rng.permutation(len(followers)) for _ in range(draws)]
    return _given(followers, plan, followers[np.stack(orders, axis=1)])


def _unchanged(followers: np.ndarray, plan: Plan, draws: int, rng: np.random.Generator) -> Sums:
    return _given(followers, plan, np.tile(followers[:, None], draws))


def _given(followers: np.ndarray, plan: Plan, given: np.ndarray) -> Sums:
    """Sum over accounts that are given other followers, accounts x draws."""
    from scipy.sparse import csc_array  # a third of a second that a reader of cells need not wait

    bands, draws = plan.bands.shape[1], given.shape[1]
    band = np.searchsorted(plan.edges, given, side="right") - 1
    # accounts in no band are summed, too, below the others
    rows_of = np.where((band >= 0) & (band < bands), band, bands) * draws + np.arange(draws)
    growth = given / followers[:, None]

    def sums(account: np.ndarray, values: np.ndarray, grows: np.ndarray) -> np.ndarray:
        cells, starts = rows_of[account].ravel(), np.arange(len(account) + 1) * draws
        totals = np.empty(((bands + 1) * draws, values.shape[1]))
        for power in np.unique(grows):
            times, columns = growth[account].ravel() ** power, grows == power
            adds = csc_array((times, cells, starts), shape=(len(totals), len(account)))
            totals[:, columns] = adds @ values[:, columns]
        return totals[: bands * draws].reshape(bands, draws, -1).transpose(0, 2, 1)

    return sums


def _redrawn(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    draws: int,
    seed: int,
    how: Callable[..., Sums],
    at_once: Callable[[int], int],
    what: Callable[[Plan, Sums, int], Iterator[tuple[np.ndarray, np.ndarray]]] = Plan.logs,
) -> np.ndarray:
    frame, tiers = frame.reset_index(drop=True), {}
    for scheme in as_schemes(schemes):
        for tier in scheme.tiers:
            tiers[scheme.key, tier.name] = (tier.lower, tier.upper or np.inf)
    batches = batches_of(frame, sources)
    streams = np.random.default_rng(seed).spawn(len(batches))
    logs = np.full((len(frame), draws), np.nan)
    for batch, stream in zip(batches.values(), streams, strict=True):
        source = batch.moments.source.key
        if batch.moments.resolution == "cells":
            raise ValueError(
                f"source '{source}' is at hand as cells, which hold no accounts to draw. Use your "
                "own file or a simulated world; for cells there are the simultaneous intervals of "
                "`joint_intervals`."
            )
        summed = frame["average"].isin(list(DIVIDED)) & (frame["versus"] != EVERY_OTHER)
        plan = Plan(batch, frame[(frame["source"] == source) & summed], tiers)
        size = at_once(max(len(batch.followers), 1))
        for start in range(0, draws, size):
            stop = min(start + size, draws)
            sums = how(batch.followers, plan, stop - start, stream)
            for rows, of_rows in what(plan, sums, stop - start):
                logs[rows, start:stop] = of_rows
    logs[~np.isfinite(logs)] = np.nan
    return logs.T
