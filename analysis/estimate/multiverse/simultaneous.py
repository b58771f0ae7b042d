"""Joint inference: what can be said of all specifications together.

Specifications share accounts, so they are not separate pieces of evidence. Two questions are asked
of them together. Could a curve like this arise if followers bore no relation to anything?
`no_relation` deals the followers out anew and compares. How wide must the intervals be for all of
them to hold at once? `joint_intervals` widens them, by as much as the specifications' dependence
asks for.

From accounts both are answered from redraws of whole accounts. Cells hold no accounts to deal
followers to, so the first question cannot be put to them. Their sums of squares and products do
tell how the same average of the same metric and posts hangs together under different tier schemes;
between averages, metrics and strata they do not, and there the intervals are widened by
Bonferroni's inequality, which asks nothing of the dependence.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtrit

from analysis.estimate.averages import RATIOS, log_averages
from analysis.estimate.multiverse.grid import AXES, batches_of, spreads
from analysis.estimate.multiverse.resampling import bootstrap, permutation
from analysis.moments.group import Group
from analysis.moments.sample import Moments
from analysis.registers.records import Tier, TierScheme

SIGNIFICANT = 1.96
"""Standard deviations beyond which a specification counts as significant by itself."""

NORMAL_DRAWS = 20_000
"""Behind the joint intervals of cells, where a draw costs next to nothing."""

CROSSED = RATIOS | {
    "typical account": ("log_rate", "positive", "log_rate2", "positive", "log_rate")
}
"""Columns of cells: a sum, what divides it, their squares and their product."""


def joint_test(observed: np.ndarray, null: np.ndarray) -> pd.DataFrame:
    """Compare a whole curve with curves drawn where nothing is to be found.

    Parameters
    ----------
    observed : numpy.ndarray
        Logarithms of the estimates, one per specification.
    null : numpy.ndarray
        A row per draw, from `permutation`.

    Returns
    -------
    pandas.DataFrame
        ``statistic, observed, low, high, p, draws, specifications``; low and high hold the middle
        95 percent of the draws. The statistics are ``median log ratio`` (without its sign), ``share
        significant`` and ``largest |z|``. A z is a log ratio over its standard deviation among all
        curves, the observed one included: all curves are then treated alike, so that p is exact if
        they are exchangeable (Phipson and Smyth 2010). Specifications that some draw leaves without
        an estimate are not used.
    """
    curves = np.vstack([observed, null])
    curves = curves[:, np.isfinite(curves).all(axis=0)]
    if not curves.size:
        return pd.DataFrame(
            columns=["statistic", "observed", "low", "high", "p", "draws", "specifications"]
        )
    z = np.abs(curves) / np.sqrt(np.square(curves).mean(axis=0))
    statistics = {
        "median log ratio": np.abs(np.median(curves, axis=1)),
        "share significant": (z > SIGNIFICANT).mean(axis=1),
        "largest |z|": z.max(axis=1),
    }
    rows = [
        (name, values[0], *np.quantile(values[1:], (0.025, 0.975)), _p(values, z))
        for name, values in statistics.items()
    ]
    table = pd.DataFrame(rows, columns=["statistic", "observed", "low", "high", "p"])
    return table.assign(draws=len(null), specifications=curves.shape[1])


def _p(values: np.ndarray, z: np.ndarray) -> float:
    """Share of curves that are at least as extreme as the first; equal shares are told apart by the
    mean |z|, lest p be too large.
    """
    order = np.lexsort((z.mean(axis=1), values))
    return float((len(values) - np.flatnonzero(order == 0)[0]) / len(values))


def no_relation(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Test whether followers bear any relation to the metrics, by all specifications together.

    Parameters
    ----------
    frame : pandas.DataFrame
        Specifications of sources at the resolution of accounts.
    sources, schemes : iterable
        Those that the frame names.
    draws, seed : int
        Permutations, and the seed of their generator.

    Returns
    -------
    pandas.DataFrame
        See `joint_test`.
    """
    sources, schemes = list(sources), list(schemes)
    return joint_test(
        spreads(frame, sources, schemes)["log"].to_numpy(),
        permutation(frame, sources, schemes, draws, seed),
    )


def joint_intervals(
    found: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    confidence: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Widen the intervals of specifications so that all of them hold together.

    Within a family, whose dependence is known, the smallest p-value among the specifications is
    drawn again and again, and its quantile becomes the level of each (max-t, on the scale of
    p-values since degrees of freedom differ). Families share the error by their number of
    specifications (Bonferroni), so that no interval is wider than without knowing any dependence.
    Each interval keeps the variance and the degrees of freedom that it has alone; the draws only
    say how far the specifications move together. That a value lies outside any of the intervals is
    a test of it by all specifications at once.

    Parameters
    ----------
    found : pandas.DataFrame
        From `run`.
    sources, schemes : iterable
        Those that the frame names.
    confidence : float
        That all intervals hold.
    draws, seed : int
        Resamples of accounts, and the seed of their generator; for cells, whose draws are normal,
        there are always NORMAL_DRAWS.

    Returns
    -------
    pandas.DataFrame
        ``joint_low, joint_high, family``, with the index of `found`; nan for what has no interval
        that is decided.
    """
    sources, schemes = list(sources), list(schemes)
    batches = batches_of(found, sources)
    spread = spreads(found, sources, schemes, batches)
    usable = (found["status"] == "ok") & np.isfinite(spread["variance"])
    families = _families(found, sources).where(usable)
    level = np.full(len(found), np.nan)
    alone, held = (1 - confidence) / max(usable.sum(), 1), np.flatnonzero(usable)
    largest = _largest_of(found, families, sources, schemes, batches, draws, seed)
    for members in families[usable].groupby(families[usable].to_numpy()).indices.values():
        rows = held[members]
        level[rows] = alone
        if len(rows) > 1 and found["average"].iloc[rows[0]] in CROSSED:
            drawn = largest(rows)
            level[rows] = (
                max(float(np.quantile(2 * ndtr(-drawn), alone * len(rows))), alone)
                if len(drawn)
                else alone
            )
    reach = stdtrit(spread["df"], 1 - level / 2) * np.sqrt(spread["variance"])
    unit = found["estimate"] / np.exp(spread["log"])
    low, high = unit * np.exp(spread["log"] - reach), unit * np.exp(spread["log"] + reach)
    return pd.DataFrame({"joint_low": low, "joint_high": high, "family": families.fillna("")})


def _largest_of(
    found, families, sources, schemes, batches, draws: int, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """A function that draws the largest |z| among the specifications in some rows: of cells normal
    ones, of accounts redrawn ones.
    """
    cells = (
        found["source"].map({moments.source.key: moments.resolution for moments in sources})
        == "cells"
    ).to_numpy()
    redrawn, column = bootstrap(found[~cells], sources, schemes, draws, seed), np.cumsum(~cells) - 1
    in_cells = families[cells].value_counts()
    normal = _Normal(
        np.random.default_rng(seed).standard_normal(
            (NORMAL_DRAWS, in_cells.max() if len(in_cells) else 0)
        )
    )
    tiers = {(scheme.key, tier.name): tier for scheme in schemes for tier in scheme.tiers}
    asked = found[list(AXES)].to_numpy()

    def largest(rows: np.ndarray) -> np.ndarray:
        if not cells[rows[0]]:
            return _largest(redrawn[:, column[rows]])
        one = found.iloc[rows[0]]
        return normal.largest(
            _mixed(asked[rows], batches[one["source"]].take(one["metric"], one["posts"]), tiers)
        )

    return largest


def _families(found: pd.DataFrame, sources: list[Moments]) -> pd.Series:
    """Name the specifications whose dependence is known; what has no redraws is a family of its
    own.
    """
    resolution = found["source"].map(
        {moments.source.key: moments.resolution for moments in sources}
    )
    within = (
        found["source"] + ", " + found["metric"] + ", " + found["posts"] + ", " + found["average"]
    )
    alone = within + ", " + found["scheme"]
    return (
        found["source"]
        .where(resolution == "accounts", within)
        .where(found["average"].isin(set(CROSSED)), alone)
    )


def _largest(draws: np.ndarray) -> np.ndarray:
    """Largest |z| of each redraw, a row, among the specifications; a redraw that leaves none of
    them an estimate is left out.
    """
    draws = draws[np.isfinite(draws).any(axis=1)][:, np.isfinite(draws).any(axis=0)]
    if not draws.size:
        return np.array([])
    return np.nanmax(np.abs(draws - np.nanmean(draws, axis=0)) / np.nanstd(draws, axis=0), axis=1)


class _Normal:
    """Normal draws, a column per specification, of which every family from cells takes as many as
    it has.
    """

    def __init__(self, draws: np.ndarray):
        self.draws = np.ascontiguousarray((draws - draws.mean(axis=0)).T)
        self.covariance = self.draws @ self.draws.T / len(draws)

    def largest(self, mixed: np.ndarray) -> np.ndarray:
        """Largest |z| of each draw among sums of the draws, with weights in the rows of `mixed`."""
        taken = mixed.shape[1]
        deviation = np.sqrt(np.einsum("ij,jk,ik->i", mixed, self.covariance[:taken, :taken], mixed))
        z = (mixed / deviation[:, None]) @ self.draws[:taken]
        return np.abs(z, out=z).max(axis=0)


def _mixed(asked: np.ndarray, group: Group, tiers: dict[tuple[str, str], Tier]) -> np.ndarray:
    """Weights that give independent normal draws the covariance of one family from cells, which its
    band sums tell.

    Specifications that compare the same ranges of followers have one row together.
    """
    pairs = [
        [tiers.get((scheme, name)) for name in (of, versus)] for _, scheme, *_, of, versus in asked
    ]
    ranges = list(
        {(tier.lower, tier.upper): tier for pair in pairs for tier in pair if tier}.values()
    )
    covariance = cell_covariance(group, asked[0][AXES.index("average")], ranges)
    place = {(tier.lower, tier.upper): index for index, tier in enumerate(ranges)}
    signs = np.zeros((len(pairs), len(ranges)))
    for row, pair in enumerate(pairs):
        for tier, sign in zip(pair, (1, -1), strict=True):
            if tier:
                signs[row, place[tier.lower, tier.upper]] += sign
    value, vector = np.linalg.eigh(signs @ covariance @ signs.T)
    return (vector * np.sqrt(np.maximum(value, 0)))[np.unique(signs, axis=0, return_index=True)[1]]


def cell_covariance(group: Group, average: str, tiers: list) -> np.ndarray:
    """Covariance of the log averages of tiers that may share bands.

    The correlations are those of the plain delta method, from the sums of squares and products in
    the cells that two tiers share. The variances are those of the intervals, which `log_averages`
    corrects for few and unequal accounts: a correction stretches the spread of one average and
    leaves alone which accounts two averages have in common.
    """
    above, below, above2, below2, product = (group.values[name] for name in CROSSED[average])
    inside = np.zeros((len(tiers), len(group.lower)))
    for row, tier in enumerate(tiers):
        inside[row, group.rows(tier)] = 1
    ratio = (inside @ above) / (inside @ below)
    shared = [(inside * column) @ inside.T for column in (above2, product, below2)]
    both = (
        shared[0]
        - np.add.outer(ratio, ratio) * shared[1]
        + np.multiply.outer(ratio, ratio) * shared[2]
    )
    spread = np.sqrt([one.variance for one in log_averages(group.sums(tiers), average)])
    scale = spread / np.sqrt(np.diag(both))
    return both * np.multiply.outer(scale, scale)


def halves(moments: Moments, seed: int) -> tuple[Moments, Moments]:
    """Split the accounts of a source in two by lot, so that what is chosen on one half can be
    confirmed on the other.

    Raises
    ------
    ValueError
        For cells, which hold no single accounts: confirm on another platform instead.
    """
    if moments.resolution == "cells":
        raise ValueError(
            f"source '{moments.source.key}' is at hand as cells, which hold no accounts to split. Confirm on another source."
        )
    account = pd.factorize(moments.table["account_id"])[0]
    first = np.random.default_rng(seed).permutation(account.max() + 1) % 2 == 0
    return tuple(
        replace(moments, table=moments.table[chosen].reset_index(drop=True))
        for chosen in (first[account], ~first[account])
    )


CONFIRMED = ("scheme", "metric", "average", "posts", "of", "versus")
"""Choices that are carried from where they were picked to where they are confirmed."""


def confirm(
    picked: pd.DataFrame, elsewhere: pd.DataFrame, by: tuple[str, ...] = CONFIRMED
) -> pd.DataFrame:
    """Look the picked specifications up where they were not picked.

    Parameters
    ----------
    picked : pandas.DataFrame
        Rows of `run`, chosen for what they say.
    elsewhere : pandas.DataFrame
        `run` on the other half, or on other sources.
    by : tuple of str
        Choices that have to agree; without ``metric`` and ``posts``, each source's own may stand
        for the other's.

    Returns
    -------
    pandas.DataFrame
        The choices, then ``source, estimate, low, high`` of the pick and, with ``_elsewhere``
        behind, of the confirmation; nan where the choices are not admissible there.
    """
    columns = [*by, "source", "estimate", "low", "high", "status"]
    return picked[columns].merge(
        elsewhere[columns], on=list(by), how="left", suffixes=("", "_elsewhere")
    )
