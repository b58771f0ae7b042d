"""Slopes within creators, between creators, and whether the two differ.

*Within*: how the rate of a creator changes in months in which that creator is larger, with an
effect of each creator and of each month (two-way fixed effects). *Between*: how creators that are
larger on average differ from smaller ones. Mundlak (1978) regresses on both; they differ if larger
creators are other creators.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from analysis.display import Reason, because
from analysis.errors import check_share
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.registry import PER_DECADE, estimator, per_decade
from analysis.estimate.results import Context, Estimate, Family
from analysis.estimate.tier_averages import t_interval
from analysis.moments.panel import Panel, PanelSums

STILL = 1e-10
"""Share of the squares of log sizes that is rounding: below it sizes are taken not to differ."""


class Slope(NamedTuple):
    """A slope of logarithms, and what clustered errors need."""

    value: float
    scores: np.ndarray  # weights of a creator's vector in that creator's score
    inflate: float  # factor for the degrees of freedom that were spent
    df: float


def slopes(sums: PanelSums) -> tuple[Slope, Slope]:
    """Fit both slopes; nan where sizes do not differ.

    Errors are clustered by creator (Liang and Zeger 1986), with the factor of small samples that
    Cameron and Miller (2015) review, G / (G - 1) * (N - 1) / (N - k) within, where k
    leaves out the creators' own effects since they lie within clusters, and G / (G - k) between.
    """
    inner, outer = sums.matrices
    pad = len(sums.first) - len(inner) * (len(inner) + 1) // 2
    clusters, months = sums.repeated, len(sums.periods)
    value, scores = _regressed(inner, outer[1, 1])
    spare = max(sums.rows - months, 0) * (clusters - 1)
    inflate = clusters * (sums.rows - 1) / spare if spare > 0 else np.nan
    within = Slope(value, np.concatenate([scores, np.zeros(pad)]), inflate, clusters - 1)
    value, scores = _regressed(outer, outer[1, 1])
    spare = sums.creators - months - 1
    inflate = sums.creators / spare if spare > 0 else np.nan
    scores = np.concatenate([np.zeros(len(sums.first) - pad), scores])
    return within, Slope(value, scores, inflate, spare)


def _regressed(products: np.ndarray, squares: float) -> tuple[float, np.ndarray]:
    """Regress the first variable on all others by their cross-products; give the coefficient of the
    second, nan if it does not vary beside `squares`, and the weights of a creator's own
    cross-products in its score.
    """
    inverse = _inverse(products[1:, 1:])
    coefficients = inverse @ products[1:, 0]
    # the part of the size that the other regressors do not explain
    left = products[1, 1] - products[1, 2:] @ _inverse(products[2:, 2:]) @ products[2:, 1]
    value = coefficients[0] if left > STILL * squares else np.nan
    scores = np.outer(np.r_[0.0, inverse[0]], np.r_[1.0, -coefficients])
    # the elements beside the diagonal stand in a vector once
    scores = scores + scores.T - np.diag(np.diag(scores))
    return float(value), scores[np.triu_indices(len(products))]


def _inverse(products: np.ndarray) -> np.ndarray:
    """Inverse that leaves aside what others determine, such as a month that nobody shares."""
    return np.linalg.pinv(products, rcond=1e-10, hermitian=True)


def swept(sums: PanelSums) -> tuple[float, float, float]:
    """Sums within creators of the square of the log rate, its product with log size and the square
    of log size, once effects of months are taken out.
    """
    products, _ = sums.matrices
    explained = products[:2, 2:] @ _inverse(products[2:, 2:])
    left = products[:2, :2] - explained @ products[2:, :2]
    return float(left[0, 0]), float(left[0, 1]), float(left[1, 1])


def error(sums: PanelSums, scores: np.ndarray) -> float:
    """Standard error of what has such scores."""
    return float(np.sqrt(max(scores @ sums.second @ scores, 0.0)))


@estimator("within creators", unit=PER_DECADE, follows=True)
def within(panel: Panel, confidence: float = 0.95) -> Estimate:
    """Estimate the ratio of rates where the same creator is ten times as large.

    Least squares of log rate on log size with an effect of each creator and of each month; errors
    are clustered by creator, with Student's t for the creators seen more than once.

    Parameters
    ----------
    panel : Panel
        Creators without a second row add nothing.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        The ratio at ten times the size; undefined where no creator changes in size.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.growing(seed=1, within=-0.1, between=-0.4)
    >>> panel = an.simulate.world("growing", posts).panel("likes_per_follower")
    >>> estimate = panel.within()
    >>> [round(float(np.log10(end)), 2) for end in (estimate.low, estimate.high)]
    [-0.18, -0.01]
    """
    slope, _ = slopes(panel.sums)
    se = error(panel.sums, slope.scores) * np.sqrt(slope.inflate)
    return _estimate(panel, "within", (slope.value, se, slope.df), panel.sums.repeated, confidence)


@estimator("between creators", unit=PER_DECADE, follows=True)
def between(panel: Panel, confidence: float = 0.95) -> Estimate:
    """Estimate the ratio of rates of creators that are ten times as large on average.

    Least squares of creators' mean log rates on their mean log sizes and on the months in which
    they were seen; each creator counts once.
    """
    _, slope = slopes(panel.sums)
    se = error(panel.sums, slope.scores) * np.sqrt(slope.inflate)
    return _estimate(panel, "between", (slope.value, se, slope.df), panel.sums.creators, confidence)


@estimator("between over within", unit="ratio", follows=True)
def apart(panel: Panel, confidence: float = 0.95) -> Estimate:
    """Divide the ratio between creators by that within them; 1 if creators who grow come to look
    like larger ones (the test of Mundlak, with errors clustered by creator).
    """
    inner, outer = slopes(panel.sums)
    scores = outer.scores * np.sqrt(outer.inflate) - inner.scores * np.sqrt(inner.inflate)
    values = (outer.value - inner.value, error(panel.sums, scores), min(inner.df, outer.df))
    made = _estimate(panel, "between / within", values, panel.sums.creators, confidence)
    return replace(made, unit="ratio")


def context_of(panel: Panel, confidence: float) -> Context:
    """What a reader needs to know beside a number: whose creators, and which metric."""
    return Context(
        panel.source.short, panel.source.platform, panel.metric.title, confidence=confidence,
        counted="creator", signs=panel.source.binding,
    )  # fmt: skip


def _estimate(
    panel: Panel, label: str, values: tuple[float, float, float], creators: int, confidence: float
) -> Estimate:
    """Put a slope as a ratio per tenfold size."""
    check_share("confidence", confidence)
    value, se, df = values
    context = context_of(panel, confidence)
    what = because("panel_slope", which=label, metric=panel.metric.title, along=panel.along)
    rows = int(panel.sums.rows)
    about = {"label": label, "unit": per_decade(panel.along), "estimand": what, "context": context}
    if not np.isfinite([value, se]).all() or df < 1:
        why = because("no_change_in_size", along=panel.along)
        return Estimate.undefined(why, n_accounts=creators, n_posts=rows, **about)
    few: tuple[Reason, ...] = ()
    if creators < INDICATIVE:
        few = (because("few_in_all", accounts=creators),)
    how = because("panel_method", which=label, periods=len(panel.sums.periods))
    ends = t_interval(value, se, df, confidence)
    estimate, low, high = (float(10**end) for end in (value, *ends))
    return Estimate(
        n_accounts=creators, n_posts=rows, estimate=estimate, low=low, high=high,
        reasons=(*few, how), status="indicative" if few else "ok",
        family=Family("factor", df), **about,
    )  # fmt: skip
