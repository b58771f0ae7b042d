"""Joint inference: what can be said of all specifications together.

Specifications share accounts, so they are not separate pieces of evidence. Two questions are asked of them together. Could a curve like
this arise if followers bore no relation to anything? `no_relation` deals the followers out anew and compares. How wide must the
intervals be for all of them to hold at once? `joint_intervals` widens them, by as much as the specifications' dependence asks for.

From accounts both are answered from redraws of whole accounts. Cells hold no accounts to deal followers to, so the first question cannot
be put to them. Their sums of squares and products do tell how the same average of the same metric and posts hangs together under different
tier schemes; between averages, metrics and strata they do not, and there the intervals are widened by Bonferroni's inequality, which
asks nothing of the dependence.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtrit

from analysis.estimate.averages import RATIOS, log_average
from analysis.estimate.multiverse import batches_of, spreads
from analysis.estimate.redraws import bootstrap, permutation
from analysis.evidence.batch import Group
from analysis.evidence.records import TierScheme
from analysis.evidence.sample import Moments

SIGNIFICANT = 1.96
"""Standard deviations beyond which a specification counts as significant by itself."""

NORMAL_DRAWS = 20_000
"""Behind the joint intervals of cells, where a draw costs next to nothing."""

CROSSED = RATIOS | {"typical account": ("log_rate", "positive", "log_rate2", "positive", "log_rate")}
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
        ``statistic, observed, low, high, p, draws, specifications``; low and high hold the middle 95 percent of the draws. The
        statistics are ``median log ratio`` (without its sign), ``share significant`` and ``largest |z|``. A z is a log ratio over its
        standard deviation among all curves, the observed one included: all curves are then treated alike, so that p is exact if
        they are exchangeable (Phipson and Smyth 2010). Specifications that some draw leaves without an estimate are not
        used.
    """
    curves = np.vstack([observed, null])
    curves = curves[:, np.isfinite(curves).all(axis=0)]
    if not curves.size:
        return pd.DataFrame(columns=["statistic", "observed", "low", "high", "p", "draws", "specifications"])
    z = np.abs(curves) / np.sqrt(np.square(curves).mean(axis=0))
    statistics = {
        "median log ratio": np.abs(np.median(curves, axis=1)),
        "share significant": (z > SIGNIFICANT).mean(axis=1),
        "largest |z|": z.max(axis=1),
    }
    rows = [(name, values[0], *np.quantile(values[1:], (0.025, 0.975)), _p(values, z)) for name, values in statistics.items()]
    table = pd.DataFrame(rows, columns=["statistic", "observed", "low", "high", "p"])
    return table.assign(draws=len(null), specifications=curves.shape[1])


def _p(values: np.ndarray, z: np.ndarray) -> float:
    """Share of curves that are at least as extreme as the first; equal shares are told apart by the mean |z|, lest p be too large."""
    order = np.lexsort((z.mean(axis=1), values))
    return float((len(values) - np.flatnonzero(order == 0)[0]) / len(values))


def no_relation(frame: pd.DataFrame, sources: Iterable[Moments], schemes: Iterable[TierScheme], draws: int, seed: int) -> pd.DataFrame:
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
    return joint_test(spreads(frame, sources, schemes)["log"].to_numpy(), permutation(frame, sources, schemes, draws, seed))


def joint_intervals(
    found: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    confidence: float,
    draws: int,
    seed: int,
    redrawn: np.ndarray | None = None,
) -> pd.DataFrame:
    """Widen the intervals of specifications so that all of them hold together.

    Within a family, whose dependence is known, the smallest p-value among the specifications is drawn again and again, and its quantile
    becomes the level of each (max-t, on the scale of p-values since degrees of freedom differ). Families share the error by their
    number of specifications (Bonferroni), so that no interval is wider than without knowing any dependence. Each interval keeps the
    variance and the degrees of freedom that it has alone; the draws only say how far the specifications move together. That a value
    lies outside any of the intervals is a test of it by all specifications at once.

    Parameters
    ----------
    found : pandas.DataFrame
        From `run`.
    sources, schemes : iterable
        Those that the frame names.
    confidence : float
        That all intervals hold.
    draws, seed : int
        Resamples of accounts, and the seed of their generator; for cells, whose draws are normal, there are always NORMAL_DRAWS.
    redrawn : numpy.ndarray, optional
        From `bootstrap` of the same specifications, if it is at hand.

    Returns
    -------
    pandas.DataFrame
        ``joint_low, joint_high, family``, with the index of `found`; nan for what has no interval that is decided.
    """
    sources, schemes = list(sources), list(schemes)
    spread = spreads(found, sources, schemes)
    usable = (found["status"] == "ok") & np.isfinite(spread["variance"])
    families = _families(found, sources).where(usable)
    cells = found["source"].map({moments.source.key: moments.resolution for moments in sources}) == "cells"
    if redrawn is None:
        redrawn = bootstrap(found[~cells], sources, schemes, draws, seed)
    drawn = pd.DataFrame(redrawn, columns=found.index[~cells])
    largest = families[cells].value_counts().max() if (cells & usable).any() else 0
    batches, normal = batches_of(found[cells], sources), np.random.default_rng(seed).standard_normal((NORMAL_DRAWS, largest))
    level = pd.Series(np.nan, found.index)
    for _, part in found[usable].groupby(families, sort=False):
        values = _from_cells(part, batches, schemes, normal) if cells[part.index[0]] else drawn[part.index].to_numpy()
        level[part.index] = _level(values, (1 - confidence) * len(part) / usable.sum())
    reach = stdtrit(spread["df"], 1 - level / 2) * np.sqrt(spread["variance"])
    unit = found["estimate"] / np.exp(spread["log"])
    low, high = unit * np.exp(spread["log"] - reach), unit * np.exp(spread["log"] + reach)
    return pd.DataFrame({"joint_low": low, "joint_high": high, "family": families.fillna("")})


def _families(found: pd.DataFrame, sources: list[Moments]) -> pd.Series:
    """Name the specifications whose dependence is known; what has no redraws is a family of its own."""
    resolution = found["source"].map({moments.source.key: moments.resolution for moments in sources})
    within = found["source"] + ", " + found["metric"] + ", " + found["posts"] + ", " + found["average"]
    alone = within + ", " + found["scheme"]
    return found["source"].where(resolution == "accounts", within).where(found["average"].isin(set(CROSSED)), alone)


def _level(draws: np.ndarray, error: float) -> float:
    """Level of a single interval at which all intervals of a family err no oftener than `error`; a redraw without a tier is left out."""
    specifications = draws.shape[1]
    if specifications < 2:
        return error
    z = np.abs(draws - np.nanmean(draws, axis=0)) / np.nanstd(draws, axis=0)
    return max(float(np.quantile(2 * ndtr(-np.nanmax(z, axis=1)), error)), error / specifications)


def _from_cells(part: pd.DataFrame, batches: dict, schemes: list[TierScheme], normal: np.ndarray) -> np.ndarray:
    """Draws of one family from cells: normal, with the covariance that its band sums give."""
    first = part.iloc[0]
    if first["average"] not in CROSSED:
        return normal[:, :1]
    tiers = {(scheme.key, tier.name): tier for scheme in schemes for tier in scheme.tiers}
    pairs = [[tiers.get((scheme, name)) for name in names] for scheme, *names in part[["scheme", "of", "versus"]].to_numpy()]
    ranges = list({(tier.lower, tier.upper): tier for pair in pairs for tier in pair if tier}.values())
    covariance = cell_covariance(batches[first["source"]].take(first["metric"], first["posts"]), first["average"], ranges)
    place = {(tier.lower, tier.upper): index for index, tier in enumerate(ranges)}
    signs = np.zeros((len(part), len(ranges)))
    for row, pair in enumerate(pairs):
        for tier, sign in zip(pair, (1, -1), strict=True):
            if tier:
                signs[row, place[tier.lower, tier.upper]] += sign
    value, vector = np.linalg.eigh(signs @ covariance @ signs.T)
    return normal[:, : len(part)] @ (vector * np.sqrt(np.maximum(value, 0))).T


def cell_covariance(group: Group, average: str, tiers: list) -> np.ndarray:
    """Covariance of the log averages of tiers that may share bands.

    The correlations are those of the plain delta method, from the sums of squares and products in the cells that two tiers share. The
    variances are those of the intervals, which `log_average` corrects for few and unequal accounts: a correction stretches the spread of
    one average and leaves alone which accounts two averages have in common.
    """
    above, below, above2, below2, product = (group.values[name] for name in CROSSED[average])
    inside = np.zeros((len(tiers), len(group.lower)))
    for row, tier in enumerate(tiers):
        inside[row, group.rows(tier)] = 1
    ratio = (inside @ above) / (inside @ below)
    shared = [(inside * column) @ inside.T for column in (above2, product, below2)]
    both = shared[0] - np.add.outer(ratio, ratio) * shared[1] + np.multiply.outer(ratio, ratio) * shared[2]
    spread = np.sqrt([log_average(group.within(tier), average, "cells").variance for tier in tiers])
    scale = spread / np.sqrt(np.diag(both))
    return both * np.multiply.outer(scale, scale)


def halves(moments: Moments, seed: int) -> tuple[Moments, Moments]:
    """Split the accounts of a source in two by lot, so that what is chosen on one half can be confirmed on the other.

    Raises
    ------
    ValueError
        For cells, which hold no single accounts: confirm on another platform instead.
    """
    if moments.resolution == "cells":
        raise ValueError(f"source '{moments.source.key}' is at hand as cells, which hold no accounts to split. Confirm on another source.")
    account = pd.factorize(moments.table["account_id"])[0]
    first = np.random.default_rng(seed).permutation(account.max() + 1) % 2 == 0
    return tuple(replace(moments, table=moments.table[chosen].reset_index(drop=True)) for chosen in (first[account], ~first[account]))


CONFIRMED = ("scheme", "metric", "average", "posts", "of", "versus")
"""Choices that are carried from where they were picked to where they are confirmed."""


def confirm(picked: pd.DataFrame, elsewhere: pd.DataFrame, by: tuple[str, ...] = CONFIRMED) -> pd.DataFrame:
    """Look the picked specifications up where they were not picked.

    Parameters
    ----------
    picked : pandas.DataFrame
        Rows of `run`, chosen for what they say.
    elsewhere : pandas.DataFrame
        `run` on the other half, or on other sources.
    by : tuple of str
        Choices that have to agree; without ``metric`` and ``posts``, each source's own may stand for the other's.

    Returns
    -------
    pandas.DataFrame
        The choices, then ``source, estimate, low, high`` of the pick and, with ``_elsewhere`` behind, of the confirmation; nan where
        the choices are not admissible there.
    """
    columns = [*by, "source", "estimate", "low", "high", "status"]
    return picked[columns].merge(elsewhere[columns], on=list(by), how="left", suffixes=("", "_elsewhere"))
