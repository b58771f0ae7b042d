"""Moments of accounts -> cells: sums over follower bands that describe no person.

A cell is the sum of MOMENTS over the accounts of one platform and follower band, for one metric and
one level of one stratum. Its columns are those of an account, so estimators are written once. Band
edges contain every edge of every tier scheme: a scheme is never approximated.

No cell describes fewer than FEWEST accounts, and none can be had by subtracting cells from each
other: a band with fewer accounts is merged with a neighbour before anything else, across the edge
that fewer schemes use, and within a band the levels of a stratum that are too small are merged into
one level, "(merged)", together with the smallest other level if need be. The cells of a stratum
therefore always add up to those of all accounts, or repeat them. And every metric of a source has
to be defined on the same posts, lest one metric less another tell of a single post.
"""

from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.errors import RegisterError
from analysis.moments.sums import MOMENTS, account_rows
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import TierScheme

FEWEST = 5
"""Accounts that a published cell describes at the least."""

MERGED = "(merged)"
GRID = tuple(int(step * 10**power) for power in range(2, 8) for step in (1, 2, 5))
"""Band edges beside those of the tier schemes: 1, 2, 5 per decade from 100 to 50 million
followers.
"""

BIN = 0.02
"""Width of a histogram bin, in natural logarithms of the account rate: a median is then known to
about 2 percent.
"""


def band_edges(schemes: dict[str, TierScheme]) -> dict[int, int]:
    """Every edge of every scheme, and GRID, ascending from 0, each with the number of schemes that
    use it.
    """
    uses = Counter(edge for scheme in schemes.values() for edge in scheme.edges)
    return {edge: uses[edge] for edge in sorted({0, *GRID, *uses})}


def cells(
    moments: pd.DataFrame, strata: tuple[str, ...], edges: dict[int, int]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Sum account moments over follower bands, for every metric and one stratum at a time.

    Parameters
    ----------
    moments : pandas.DataFrame
        From `account_moments`, of one platform.
    strata : tuple of str
        Strata to publish beside all accounts together.
    edges : dict
        Band edges [followers], ascending from 0, and how many schemes use each; the last band is
        open.

    Returns
    -------
    cells : pandas.DataFrame
        ``metric, stratum, level, platform, lower, upper`` and MOMENTS; the upper edge of an open
        band is infinite.
    histogram : pandas.DataFrame
        ``metric, lower, upper`` (the band), ``bin_low, bin_high`` (the logarithm of the account
        rate in units of BIN; a missing ``bin_low`` reaches down to a rate of zero) and
        ``accounts``, at least FEWEST, for all accounts together.
    notes : pandas.DataFrame
        ``metric, reason, accounts``: accounts that are in no cell, and those in cells that had to
        be merged.

    Raises
    ------
    RegisterError
        If two metrics are defined on different posts.
    """
    _check_same_posts(moments)
    found, bins, notes = [], [], []
    for metric in (metric for key, metric in METRICS.items() if f"{key}.posts" in moments):
        rows, left_out = account_rows(moments, metric)
        bands, merged = _bands(rows["lower"].to_numpy(), edges)
        band = pd.Series(
            np.searchsorted(bands, rows["lower"], side="right") - 1,
            index=rows["account_id"].to_numpy(),
        )
        found.append(_sum(rows, band, bands).assign(metric=metric.key, stratum="all", level="all"))
        noted = [left_out, _note("in a follower band merged with its neighbour", merged)]
        for stratum in strata:
            regrouped, merged = _merge_levels(moments, metric, stratum, band)
            for level in sorted(regrouped[stratum].unique()):
                rows_of_level, _ = account_rows(regrouped, metric, stratum, level)
                found.append(
                    _sum(rows_of_level, band, bands).assign(
                        metric=metric.key, stratum=stratum, level=level
                    )
                )
            noted.append(_note(f"in a cell whose levels of {stratum} were merged", merged))
        bins.append(_histogram(rows, band, bands).assign(metric=metric.key))
        notes.append(pd.concat(noted, ignore_index=True).assign(metric=metric.key))
    table = pd.concat(notes, ignore_index=True)[["metric", "reason", "accounts"]]
    return (
        pd.concat(found, ignore_index=True)[
            ["metric", "stratum", "level", "platform", "lower", "upper", *MOMENTS]
        ],
        pd.concat(bins, ignore_index=True)[
            ["metric", "lower", "upper", "bin_low", "bin_high", "accounts"]
        ],
        table[table["accounts"] > 0].reset_index(drop=True),
    )


def _check_same_posts(moments: pd.DataFrame) -> None:
    placed = moments[moments["followers_min"].notna()]  # the others are in no cell
    counts = placed[[name for key in METRICS if (name := f"{key}.posts") in moments]]
    differing = [
        name.removesuffix(".posts") for name in counts if not counts[name].equals(counts.iloc[:, 0])
    ]
    if differing:
        raise RegisterError(
            f"{', '.join(differing)} and {counts.columns[0].removesuffix('.posts')} are defined on different posts, so that their "
            "difference could tell of single posts. Let the adapter leave out, and count, posts on which not every metric is defined."
        )


def _note(reason: str, accounts: int) -> pd.DataFrame:
    return pd.DataFrame({"reason": [reason], "accounts": [accounts]})


def _bands(followers: np.ndarray, edges: dict[int, int]) -> tuple[np.ndarray, int]:
    """Edges left when every band with too few accounts has joined a neighbour, and how many
    accounts that moved.
    """
    kept = [*map(float, edges), np.inf]
    while True:
        counts = np.histogram(followers, bins=kept)[0]
        small = np.flatnonzero((counts > 0) & (counts < FEWEST))
        if not small.size or len(kept) == 2:
            break
        # of its two edges the band gives up the one that fewer schemes use, the upper one if both
        # are used as much
        sides = [side for side in (small[0] + 1, small[0]) if 0 < side < len(kept) - 1]
        kept.pop(min(sides, key=lambda side: edges[int(kept[side])]))
    whole = set(pairwise([*edges, np.inf]))
    moved = sum(
        int(count) for count, band in zip(counts, pairwise(kept), strict=True) if band not in whole
    )
    return np.array(kept), moved


def _merge_levels(
    moments: pd.DataFrame, metric: Metric, stratum: str, band: pd.Series
) -> tuple[pd.DataFrame, int]:
    """Relabel, band by band, the levels of a stratum that are too small to publish; also return the
    accounts concerned.
    """
    moments = moments[
        moments["account_id"].isin(band.index) & (moments[f"{metric.key}.posts"] > 0)
    ].copy()
    band_of_row = moments["account_id"].map(band)
    merged = 0
    for _, rows in moments.groupby(band_of_row):
        accounts = rows.groupby(stratum)["account_id"].agg(set)
        by_size = sorted(accounts.index, key=lambda level: (len(accounts[level]), level))
        pool = [level for level in by_size if len(accounts[level]) < FEWEST]
        rest = [level for level in by_size if level not in pool]
        while pool and rest and len(set().union(*accounts[pool])) < FEWEST:
            pool.append(rest.pop(0))
        if pool:
            moments.loc[rows.index[rows[stratum].isin(pool)], stratum] = MERGED
            merged += len(set().union(*accounts[pool]))
    return moments, merged


def _sum(rows: pd.DataFrame, band: pd.Series, bands: np.ndarray) -> pd.DataFrame:
    """One row per band that has accounts."""
    sums = (
        rows.groupby([rows["platform"], rows["account_id"].map(band).rename("band")])[list(MOMENTS)]
        .sum()
        .reset_index()
    )
    return sums.assign(lower=bands[sums["band"]], upper=bands[sums["band"] + 1])


def _histogram(rows: pd.DataFrame, band: pd.Series, bands: np.ndarray) -> pd.DataFrame:
    """Account rates counted in bins of BIN, neighbouring bins merged upward until each describes
    FEWEST accounts.
    """
    bins = np.floor(rows["log_rate"] / BIN).where(rows["positive"] > 0)
    parts = []
    for index, values in bins.groupby(rows["account_id"].map(band)):
        counts = values.value_counts(dropna=False).sort_index(na_position="first")
        grown: list[list[float]] = []
        for low, count in counts.items():
            if grown and grown[-1][2] < FEWEST:
                grown[-1][1:] = [low + 1, grown[-1][2] + count]
            else:
                grown.append([low, low + 1, count])
        if len(grown) > 1 and grown[-1][2] < FEWEST:
            _, high, count = grown.pop()
            grown[-1][1:] = [high, grown[-1][2] + count]
        part = pd.DataFrame(grown, columns=["bin_low", "bin_high", "accounts"])
        parts.append(part.assign(lower=bands[index], upper=bands[index + 1]))
    return pd.concat(parts, ignore_index=True)
