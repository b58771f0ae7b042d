"""Joint inference: what all specifications together allow to be concluded.

Specifications share accounts, so they are not separate pieces of evidence. Two questions are asked
of them together. Could a curve like this arise if followers bore no relation to anything?
`permutation_test` permutes the followers and compares. How wide must the intervals be for all of
them to hold at once? `joint_intervals` widens them, by as much as the specifications' dependence
requires.

From accounts both are answered by redraws of whole accounts. Cells hold no accounts to permute
followers across, so the first question cannot be put to them. Their sums of squares and products
give the dependence between tier schemes of the same average of the same metric and posts; between
averages, metrics and strata they do not, and there the intervals are widened by Bonferroni's
inequality, which holds under any dependence.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtrit

from analysis.display import FrameResult
from analysis.errors import check_share
from analysis.estimate.multiverse.dependence import CROSSED, NormalDraws, mixing_weights
from analysis.estimate.multiverse.estimates import batches_of, spreads
from analysis.estimate.multiverse.resampling import bootstrap, studentised
from analysis.moments.batch import Batch
from analysis.moments.sample import Moments
from analysis.registers.lookup import as_schemes
from analysis.registers.records import TierScheme

SIGNIFICANT = 1.96
"""Standard errors beyond which a specification counts as significant by itself."""


def joint_test(observed: np.ndarray, null: np.ndarray) -> pd.DataFrame:
    """Compare a whole curve with curves drawn under the null hypothesis: logarithms of the
    estimates over their standard errors (t, as normal values), one per specification, and a row of
    them per draw.

    The statistics are ``median t`` (without its sign), ``share significant`` and ``largest |t|``;
    low and high hold the middle 95 percent of the draws. The observed curve is treated as the
    others are, so that p is exact if they are exchangeable (Phipson and Smyth 2010).
    Specifications that some draw leaves without an estimate are not used.
    """
    columns = ["statistic", "observed", "low", "high", "p"]
    curves = np.vstack([observed, null])
    curves = curves[:, np.isfinite(curves).all(axis=0)]
    if not curves.size:
        return pd.DataFrame(columns=[*columns, "draws", "specifications"])
    t = np.abs(curves)
    statistics = {
        "median t": np.abs(np.median(curves, axis=1)),
        "share significant": (t > SIGNIFICANT).mean(axis=1),
        "largest |t|": t.max(axis=1),
    }
    rows = []
    for name, values in statistics.items():
        low, high = np.quantile(values[1:], (0.025, 0.975))
        rows.append((name, values[0], low, high, _p(values, t)))
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(draws=len(null), specifications=curves.shape[1])


def _p(values: np.ndarray, t: np.ndarray) -> float:
    """Share of curves that are at least as extreme as the first; ties, which would make p too
    large, are broken by the mean |t|.
    """
    order = np.lexsort((t.mean(axis=1), values))
    return float((len(values) - np.flatnonzero(order == 0)[0]) / len(values))


@dataclass(frozen=True, repr=False)
class JointTest(FrameResult):
    """A whole specification curve against curves without any relation.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``statistic, observed, low, high, p, draws, specifications``, see `joint_test`.
    """


def permutation_test(
    frame: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    draws: int,
    seed: int,
) -> JointTest:
    """Test whether followers bear any relation to the metrics, by all specifications together.

    Log ratios are divided by their standard errors, anew in each permutation: otherwise tiers of
    the same average whose rates spread differently would be taken for different ones (Chung and
    Romano 2013). Each t is made the normal value that is as improbable, since a tier of few
    accounts with wide rates has fewer degrees of freedom than after a permutation.

    Parameters
    ----------
    frame : pandas.DataFrame
        Specifications of sources at the resolution of accounts.
    sources, schemes : iterable
        Those that the frame names.
    draws, seed : int
        Permutations, and the seed of their generator.

    Examples
    --------
    >>> import analysis as an
    >>> world = an.simulate.world("small", an.simulate.posts(1, ratio=3.0, accounts=(40, 30)))
    >>> rates = {"averages": ["typical account"], "posts": ["all"]}
    >>> listed = an.multiverse.specifications([world], [an.scheme("decades")], **rates)
    >>> test = permutation_test(listed, [world], [an.scheme("decades")], draws=19, seed=1)
    >>> test.to_frame().set_index("statistic").loc["median t", "p"].item()
    0.05
    """
    sources, schemes = list(sources), as_schemes(schemes)
    return JointTest(joint_test(*studentised(frame, sources, schemes, draws, seed)))


def joint_intervals(
    estimated: pd.DataFrame,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    confidence: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Widen the intervals of specifications so that all of them hold together.

    Within a family, whose dependence is known, the smallest p-value among the specifications is
    drawn again and again, and its quantile becomes the level of each (max-t of Westfall and Young
    1993, on the scale of p-values since degrees of freedom differ). Families share the error by
    their number of specifications (Bonferroni), so that no interval is wider than without knowing
    any dependence. Each interval keeps the variance and the degrees of freedom that it has alone;
    the draws only show how far the specifications move together. That a value lies outside any of
    the intervals is a test of it by all specifications at once.

    Parameters
    ----------
    estimated : pandas.DataFrame
        From `estimate_specifications` or `judge_specifications`.
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
        ``joint_low, joint_high, family``, with the index of `estimated`; nan for what has no
        interval that may decide.

    Examples
    --------
    >>> import analysis as an
    >>> world = an.simulate.world("small", an.simulate.posts(1, ratio=3.0, accounts=(40, 30)))
    >>> tiers = [an.scheme("decades")]
    >>> listed = an.multiverse.specifications([world], tiers, posts=["all"])
    >>> alone = an.multiverse.estimate_specifications(listed, [world], tiers)
    >>> joint = an.multiverse.joint_intervals(alone, [world], tiers, 0.95, draws=99, seed=1)
    >>> bool((joint["joint_low"] <= alone["low"]).all())
    True
    """
    check_share("confidence", confidence)
    sources, schemes = list(sources), as_schemes(schemes)
    batches = batches_of(estimated, sources)
    spread = spreads(estimated, sources, schemes, batches)
    usable = (estimated["status"] == "ok") & np.isfinite(spread["variance"])
    families = _families(estimated, sources).where(usable)
    level = np.full(len(estimated), np.nan)
    alone, places = (1 - confidence) / max(usable.sum(), 1), np.flatnonzero(usable)
    largest = _largest_of(estimated, families, sources, schemes, batches, draws, seed)
    for members in families[usable].groupby(families[usable].to_numpy()).indices.values():
        rows = places[members]
        level[rows] = alone
        if len(rows) > 1 and estimated["average"].iloc[rows[0]] in CROSSED:
            drawn = largest(rows)
            if len(drawn):
                shared = np.quantile(2 * ndtr(-drawn), alone * len(rows))
                level[rows] = max(float(shared), alone)
    reach = stdtrit(spread["df"], 1 - level / 2) * np.sqrt(spread["variance"])
    unit = estimated["estimate"] / np.exp(spread["log"])
    low, high = unit * np.exp(spread["log"] - reach), unit * np.exp(spread["log"] + reach)
    return pd.DataFrame({"joint_low": low, "joint_high": high, "family": families.fillna("")})


def _largest_of(
    estimated: pd.DataFrame,
    families: pd.Series,
    sources: list[Moments],
    schemes: list[TierScheme],
    batches: Mapping[str, Batch],
    draws: int,
    seed: int,
) -> Callable[[np.ndarray], np.ndarray]:
    """Make a function that draws the largest |z| among the specifications in some rows: of cells
    normal ones, of accounts redrawn ones.
    """
    cells = (_resolutions(estimated, sources) == "cells").to_numpy()
    redrawn = bootstrap(estimated[~cells], sources, schemes, draws, seed)
    column, in_cells = np.cumsum(~cells) - 1, families[cells].value_counts()
    normal = NormalDraws(in_cells.max() if len(in_cells) else 0, seed)
    tiers = {(scheme.key, tier.name): tier for scheme in schemes for tier in scheme.tiers}
    names = estimated[["scheme", "of", "versus"]].to_numpy()

    def largest(rows: np.ndarray) -> np.ndarray:
        if not cells[rows[0]]:
            return _largest(redrawn[:, column[rows]])
        first = estimated.iloc[rows[0]]
        group = batches[first["source"]].take(first["metric"], first["posts"])
        pairs = [(tiers.get((key, of)), tiers.get((key, below))) for key, of, below in names[rows]]
        return normal.largest(mixing_weights(pairs, group, first["average"]))

    return largest


def _resolutions(frame: pd.DataFrame, sources: list[Moments]) -> pd.Series:
    return frame["source"].map({moments.source.key: moments.resolution for moments in sources})


def _families(estimated: pd.DataFrame, sources: list[Moments]) -> pd.Series:
    """Name the specifications whose dependence is known; what has no redraws is a family of its
    own.
    """
    within = estimated["source"]
    for axis in ("metric", "posts", "average"):
        within = within + ", " + estimated[axis]
    alone = within + ", " + estimated["scheme"]
    accounts = _resolutions(estimated, sources) == "accounts"
    family = estimated["source"].where(accounts, within)
    return family.where(estimated["average"].isin(list(CROSSED)), alone)


def _largest(draws: np.ndarray) -> np.ndarray:
    """Largest |z| of each redraw, a row, among the specifications; a redraw that leaves none of
    them an estimate is left out.
    """
    known = np.isfinite(draws)
    draws = draws[known.any(axis=1)][:, known.any(axis=0)]
    if not draws.size:
        return np.array([])
    return np.nanmax(np.abs(draws - np.nanmean(draws, axis=0)) / np.nanstd(draws, axis=0), axis=1)
