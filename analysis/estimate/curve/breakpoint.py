"""Does the line of log rate on log followers bend, and where?

The line may bend once, at an edge that is not known beforehand. Three questions stay apart: is
there any bend (a test that pays for looking everywhere), where is it (a profile of the sum of
squares), and does a bend predict accounts better than a straight line or a smooth curve. A best
bend exists in any data: only the first question shows whether there is one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtri

from analysis.display import Result, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.estimates import Quantity, estimates_of
from analysis.estimate.curve.piecewise import (
    Bands,
    Basis,
    bands_of,
    bent_line,
    candidates_of,
    hinges,
    joined,
    least_squares,
    leverages,
    line,
    steps,
)
from analysis.estimate.curve.scan import Scan, chance, largest_t, scan, wild
from analysis.estimate.curve.slope_changes import PLACEBOS, readings, sides, slope_changes_at
from analysis.estimate.curve.spline import Curve, compare, smooth_curve
from analysis.estimate.registry import estimator, sample_verb
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.tier_averages import rate_of
from analysis.moments.sample import Sample

DRAWN = 200
"""Points of a fitted curve at the most."""


@dataclass(frozen=True, repr=False)
class Breakpoint(Result):
    """The best breakpoint of the line, and whether there is one.

    Attributes
    ----------
    at : Estimate
        Where a change of slope fits best [followers], with its profile interval.
    below, above, change : Estimate
        Ratio of the rate per decade of followers on either side of it, and the one above over that
        below; the intervals allow for the breakpoint being somewhere else.
    p : float
        Of there being no breakpoint at all, after looking at every candidate.
    placebos : Estimates
        From `slope_changes_at`.
    models : pandas.DataFrame
        Straight line, one bend and smooth curve, from `analysis.estimate.curve.spline.compare`.
    curves : pandas.DataFrame
        ``model, followers, estimate``: the typical rate on each of them, in the unit of the metric,
        at the middle of each band, ascending; of accounts, at most 200 of them.

    Examples
    --------
    >>> import analysis as an
    >>> an.load("instagram-kim").sample("engagement").breakpoint(draws=999).models["model"].tolist()
    ['straight line', 'one bend', 'smooth curve']
    """

    at: Estimate
    below: Estimate
    above: Estimate
    change: Estimate
    p: float
    placebos: Estimates
    models: pd.DataFrame
    curves: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each of the four estimates, with the column ``p``.

        Examples
        --------
        >>> import analysis as an
        >>> bend = an.load("instagram-kim").sample("engagement").breakpoint(draws=999)
        >>> bend.to_frame()["label"].tolist()
        ['breakpoint', 'slope below', 'slope above', 'slope above / below']
        """
        estimates = Estimates.of([self.at, self.below, self.above, self.change])
        return estimates.to_frame().assign(p=self.p)


@sample_verb
def breakpoint(
    sample: Sample,
    confidence: float = 0.95,
    places: Iterable[float] = PLACEBOS,
    seed: int = 1,
    draws: int = 20_000,
) -> Breakpoint:
    """Fit one breakpoint at an unknown number of followers.

    Candidates are all edges of cells with at least 5 percent of the accounts on either side; for
    accounts also 20 places per decade.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    confidence : float
        Of every interval.
    places : iterable of float
        Where a single breakpoint is tried as a placebo, see `slope_changes_at`.
    seed, draws : int
        Of the null distribution of the largest t.

    Returns
    -------
    Breakpoint
        Of status ``undefined`` where no candidate is left, ``indicative`` where none is shown at
        this confidence.

    Examples
    --------
    >>> import analysis as an
    >>> bend = an.load("instagram-kim").sample("engagement").breakpoint(draws=999)
    >>> bend.at.estimate, bend.p
    (35000.0, 0.001)
    """
    bands = bands_of(sample)
    tried = scan(bands, candidates_of(bands)) if bands.accounts > INDICATIVE else None
    placebos = slope_changes_at(sample, places, confidence, seed, draws)
    place = because("place_of_breakpoint", rate=rate_of(sample))
    quantities = [Quantity("breakpoint", "followers", place), *sides(sample)]
    curves = _curves(bands, tried)
    models, drawn = compare(bands, curves, confidence), _drawn(sample, bands, curves)
    if tried is None:
        straight = least_squares(bands, line(bands)) if bands.accounts > INDICATIVE else None
        exact = straight is not None and straight.exact
        few = bands.withheld or because("no_search", accounts=bands.accounts)
        why = (because("no_variation_around_line") if exact else few,)
        nothing = (None, why, "undefined", confidence)
        made = estimates_of(sample, bands.accounts, quantities, *nothing)
        return Breakpoint(*made, np.nan, placebos, models, drawn)
    p = chance(largest_t(bands, tried, seed, draws), np.abs(tried.t).max())
    profile = _profile(bands, tried, confidence)
    shown = p <= 1 - confidence
    doubts, status = ((), "ok") if shown else ((because("no_breakpoint_shown"),), "indicative")
    facts = {"candidates": len(tried.knots), "p": p, "wild": wild(bands)}
    open_ends = (because("open_ends", ends=profile.open_ends),) if profile.open_ends else ()
    where = (*doubts, because("breakpoint_profile", **facts), *open_ends)
    how = (*doubts, because("slopes_profile", at=profile.at))
    of = (sample, bands.accounts)
    row = (profile.at, profile.low, profile.high)
    made = estimates_of(*of, quantities[:1], [row], where, status, confidence)
    slopes = _slopes(bands, tried, profile.behind, confidence)
    made += estimates_of(*of, quantities[1:], slopes, how, status, confidence)
    return Breakpoint(*made, p, placebos, models, drawn)


@estimator("breakpoint", unit="followers", method=False)
def breakpoint_at(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Estimate the followers at which the slope changes; see `breakpoint`."""
    return breakpoint(sample, confidence).at


class Profile(NamedTuple):
    """Where the breakpoint may be [followers]: the best place, the edges around those not ruled
    out, and which of these are ends of the search; `behind` is how far each candidate's fit lies
    behind the best, robustly scaled.
    """

    at: float
    low: float
    high: float
    open_ends: tuple[str, ...]
    behind: np.ndarray


def _profile(bands: Bands, tried: Scan, confidence: float) -> Profile:
    best = tried.squares[tried.best]
    fit = bent_line(bands, tried.knots[tried.best], step=True)
    variance, scale = best / (bands.accounts - 4), 1.0
    # the step is the derivative of the fit by the place of the bend: its variance, robust over
    # plain, scales the profile
    if fit is not None and fit.covariance[3, 3] > 0:
        scale = fit.covariance[3, 3] / (variance * fit.inverse[3, 3])
    behind = (tried.squares - best) / variance / scale
    followers, last = np.rint(np.exp(tried.knots)), len(behind) - 1
    start, end = np.flatnonzero(behind <= chdtri(1, 1 - confidence))[[0, -1]]
    low = 0.0 if start == 0 else float(followers[start - 1])
    high = np.inf if end == last else float(followers[end + 1])
    reached = (("lower", start == 0), ("upper", end == last))
    open_ends = tuple(side for side, is_open in reached if is_open)
    return Profile(float(followers[tried.best]), low, high, open_ends, behind)


def _slopes(bands: Bands, tried: Scan, behind: np.ndarray, confidence: float) -> np.ndarray:
    """Slopes with the best bend; their profile intervals run over every place of the bend that is
    not ruled out.
    """
    critical = chdtri(1, 1 - confidence)
    best = readings(bent_line(bands, tried.knots[tried.best]))[0]
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for knot, lag in zip(tried.knots, behind, strict=True):
        fit = bent_line(bands, knot) if lag <= critical else None
        if fit is not None:
            value, se = readings(fit)
            reach = se * np.sqrt(critical - lag)
            low, high = np.fmin(low, value - reach), np.fmax(high, value + reach)
    with np.errstate(over="ignore"):  # an interval may be so wide that its end is infinite
        return 10.0 ** np.column_stack([best, low, high])


def _curves(bands: Bands, tried: Scan | None) -> list[Curve]:
    """Straight line, one bend, smooth curve; none without candidates for a bend."""
    if tried is None:
        return []
    knot = tried.knots[tried.best]
    bent = joined(line(bands), hinges(bands, knot))
    wider = joined(bent, steps(bands, knot))
    extended, curve = least_squares(bands, wider), _curve("one bend", bands, bent)
    if extended:  # the place of the bend is a parameter, too
        curve = curve._replace(leverage=leverages(bands, wider, extended.inverse))
    return [_curve("straight line", bands, line(bands)), curve, smooth_curve(bands)]


def _curve(name: str, bands: Bands, basis: Basis) -> Curve:
    fit = least_squares(bands, basis)
    parts = (fit.coefficients, fit.inverse, fit.squares, fit.leverage)
    return Curve(name, basis, *parts, np.array([]))


def _drawn(sample: Sample, bands: Bands, curves: list[Curve]) -> pd.DataFrame:
    """Evaluate curves for a picture of them."""
    if not curves:
        return pd.DataFrame(columns=["model", "followers", "estimate"])
    order = np.argsort(bands.x, kind="stable")
    order = order[np.unique(np.linspace(0, len(order) - 1, DRAWN).astype(int))]
    parts = []
    for curve in curves:
        rates = sample.metric.scale * np.exp((curve.basis.mean @ curve.coefficients)[order])
        rows = {"model": curve.name, "followers": np.exp(bands.x[order]), "estimate": rates}
        parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True)
