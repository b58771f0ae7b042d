"""Does the rate rise and then fall with followers, or fall and then rise?

A significant square is no evidence of a turning point. Two tests ask for both sides of it: Lind and
Mehlum (2010) take the slopes of a quadratic at both ends of the data, Simonsohn (2018) two straight
lines on either side of a point that is chosen where a smooth curve is flat. Both look at log
followers. A quadratic also passes where a rate rises and is then level: no turning point is shown
unless two lines agree. With raw followers instead, a pure power law, which turns nowhere, passes
the test of the quadratic as a U or an inverted U.
"""

import numpy as np

from analysis.display import because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.estimates import check_known
from analysis.estimate.curve.piecewise import (
    STRAIGHT,
    Bands,
    Basis,
    Fit,
    bands_of,
    bent_line,
    fieller,
    least_squares,
    line,
)
from analysis.estimate.curve.scaled_residuals import Spread, spread_of_t
from analysis.estimate.curve.shapes import (
    ENDS,
    LINES,
    QUADRATIC,
    SHAPES,
    SIDES,
    Shape,
    Sides,
    answer,
    confirmed,
    nothing,
)
from analysis.estimate.curve.slope_changes import readings
from analysis.estimate.curve.spline import smooth_curve, values
from analysis.estimate.registry import PER_DECADE, sample_verb
from analysis.moments.sample import Sample

SCALES, STEP = ("log followers", "followers"), 100_000
"""What may be squared; on raw followers slopes are ratios per so many followers."""

PER_STEP = f"ratio per {STEP:,} followers"
"""Unit of these slopes."""

MIDDLE = (0.1, 0.9)
"""Shares of accounts between which two lines may meet."""


@sample_verb
def lind_mehlum(
    sample: Sample,
    shape: str = "inverted U",
    scale: str = "log followers",
    confidence: float = 0.95,
) -> Shape:
    """Test for a turning point by the slopes of a quadratic at both ends of the data (Lind and
    Mehlum 2010).

    Parameters
    ----------
    sample : Sample
        Of any metric.
    shape : str
        One of SHAPES.
    scale : str
        One of SCALES: what is squared.
    confidence : float
        The shape is shown if p is at most 1 - confidence, and that of `two_lines`, too; on raw
        followers never.

    Returns
    -------
    Shape
        The turning point has Fieller's interval of the level 1 - 2 (1 - confidence): it lies within
        the data if and only if p is at most 1 - confidence. It runs from 0 to infinity where the
        data do not bound it. Of accounts, up to 1,000, t values are compared with drawn ones (see
        `analysis.estimate.curve.scaled_residuals`), else with Student's. From cells squares are
        taken to second order within bands, and the ends are the mean log followers of the outermost
        bands.

    Raises
    ------
    ValueError
        If shape or scale is not known.

    Examples
    --------
    >>> import analysis as an
    >>> an.load("instagram-kim").sample("engagement").lind_mehlum().shown
    False
    """
    check_known("shape", shape, SHAPES)
    check_known("scale", scale, SCALES)
    bands, log = bands_of(sample), scale == SCALES[0]
    few = bands.withheld or because("no_quadratic", accounts=bands.accounts)
    why = (sample, bands, shape, confidence, few)
    if bands.accounts <= 3:
        return nothing(*why, QUADRATIC)
    unit, first = (1.0, bands.centre) if log else (np.exp(bands.x.max()), 0.0)
    basis = _quadratic(bands, log, unit, first)
    fit = least_squares(bands, basis)
    if fit is None or fit.exact or not np.isfinite(fit.covariance).all():
        return nothing(*why, QUADRATIC)
    ends = np.array([bands.x.min(), bands.x.max()])
    places = ends - first if log else np.exp(ends) / unit
    takes = np.array([[0, 1, 2 * place] for place in places])
    slopes = [(take @ fit.coefficients, np.sqrt(take @ fit.covariance @ take)) for take in takes]
    by, per = (np.log(10), PER_DECADE) if log else (STEP / unit, PER_STEP)
    spread = spread_of_t(bands, basis, fit, takes)
    turning = np.array(_turning(fit, spread, SHAPES[shape], confidence))
    with np.errstate(over="ignore"):
        low, at, high = np.exp(first + turning) if log else turning * unit
    low_end, high_end = (float(end) for end in np.exp(ends))
    facts = {"scale": scale, "low": low_end, "high": high_end, "cells": not bands.single}
    how = [because("quadratic", **facts, errors=spread.errors)]
    how += [] if log else [because("raw_followers")]
    sides = Sides(ENDS, slopes, spread, by, per)
    turning = (at, max(low, 0.0), high)
    passed = log and sides.p(shape, tails=1) <= 1 - confidence
    lines = two_lines(sample, shape, confidence) if passed else None
    return confirmed(sample, bands, shape, sides, turning, how, lines, confidence)


@sample_verb
def two_lines(sample: Sample, shape: str = "inverted U", confidence: float = 0.95) -> Shape:
    """Test for a turning point by two lines that may jump between them (Simonsohn 2018).

    A smooth curve has its most extreme point within the middle 80 percent of accounts; where it is
    within one standard error of that point it is flat. The lines part in the flat region, nearer to
    the side that has the stronger line (the Robin Hood rule).

    Parameters
    ----------
    sample : Sample
        Of any metric.
    shape : str
        One of SHAPES.
    confidence : float
        The shape is shown if both slopes have their sign at this level.

    Returns
    -------
    Shape
        The turning point is where the lines part, its interval the flat region: a range of points,
        with no level. From cells the lines part at an edge. The p is twice the larger one-sided p,
        since the original test takes two-sided ones.

    Raises
    ------
    ValueError
        If the shape is not known.

    Examples
    --------
    >>> import analysis as an
    >>> an.load("instagram-kim").sample("engagement").two_lines("U").shown
    False
    """
    check_known("shape", shape, SHAPES)
    bands = bands_of(sample)
    few = bands.withheld or because("no_two_lines", accounts=bands.accounts)
    nowhere = (sample, bands, shape, confidence)
    fit = least_squares(bands, line(bands)) if bands.accounts > INDICATIVE else None
    if fit is None:
        return nothing(*nowhere, few, LINES)
    if fit.exact:
        return nothing(*nowhere, because("no_variation_around_line"), LINES)
    flat = _flat(bands, SHAPES[shape])
    fit = bent_line(bands, _place_in(flat, 0.5), step=True) if len(flat) else None
    if _carried(fit):
        below, above = (abs(value / se) for value, se in _lines(fit))
        knot = _place_in(flat, above / (below + above))
        fit = bent_line(bands, knot, step=True)
    if not _carried(fit):
        return nothing(*nowhere, because("no_line_beside"), LINES)
    turning = np.exp([knot, flat[0], flat[-1]])
    sides = Sides(SIDES, _lines(fit), Spread.plain(fit.df, 2), np.log(10), PER_DECADE)
    how = [because("two_lines", at=float(turning[0]))]
    return answer(sample, bands, shape, sides, turning, how, confidence)


def _carried(fit: Fit | None) -> bool:
    """Whether both slopes have an error: neither none, nor one that a single account decides."""
    return fit is not None and bool((readings(fit)[1][:2] > STRAIGHT).all())


def _turning(
    fit: Fit, spread: Spread, sign: float, confidence: float
) -> tuple[float, float, float]:
    """Lower end, estimate and upper end of the turning point.

    Each end takes the quantile of the slope at its end of the data, so that the interval lies
    within the data if and only if both slopes have the sign that the shape demands.
    """
    of_ends = [spread.quantiles(place, confidence) for place in (0, 1)]
    rising = (of_ends[0][1], -of_ends[1][0])
    falling = (-of_ends[0][0], of_ends[1][1])
    t_low, t_high = rising if sign > 0 else falling
    at, low, _ = fieller(fit.coefficients, fit.covariance, t_low)
    return low, at, fieller(fit.coefficients, fit.covariance, t_high)[2]


def _quadratic(bands: Bands, log: bool, unit: float, first: float) -> Basis:
    """One, x and x squared, or one, followers and followers squared; within a band by their slopes
    at its middle.
    """
    spread, ones = bands.xx / bands.n, np.ones(len(bands.n))
    if log:
        x = bands.x - first
        means, slopes = (ones, x, x**2 + spread), (0 * ones, ones, 2 * x)
    else:
        size, square = np.exp(bands.x + spread / 2), np.exp(2 * bands.x + 2 * spread)
        size, square = size / unit, square / unit**2
        means, slopes = (ones, size, square), (0 * ones, size, 2 * square)
    return Basis(np.column_stack(means), np.column_stack(slopes))


def _flat(bands: Bands, sign: float) -> np.ndarray:
    """Points at which a smooth curve is within one standard error of its most extreme point in the
    middle; accounts, or edges.
    """
    points = np.sort(bands.x) if bands.single else np.unique(bands.lower)[1:]
    low, high = (bands.quantile(share) for share in MIDDLE)
    points = points[(points > low) & (points < high)]
    if not len(points):
        return points
    fitted, se = values(bands, smooth_curve(bands), points)
    return points[sign * fitted + se >= (sign * fitted).max()]


def _place_in(flat: np.ndarray, share: float) -> float:
    """A quantile of the flat region that is among its points."""
    return float(np.quantile(flat, share, method="nearest"))


def _lines(fit: Fit) -> list[tuple[float, float]]:
    """Slope below and above with standard errors."""
    return list(zip(*(part[:2] for part in readings(fit)), strict=True))
