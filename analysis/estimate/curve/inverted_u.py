"""Does the rate rise and then fall with followers, or fall and then rise?

A significant square is no evidence of a turning point. Two tests ask for both sides of it: Lind and
Mehlum (2010) take the slopes of a quadratic at both ends of the data, Simonsohn (2018) two straight
lines on either side of a point that is chosen where a smooth curve is flat. Both look at log
followers. With raw followers instead, a pure power law, which turns nowhere, passes as a U or an
inverted U.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.display import Reason, Result, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.estimates import PER_DECADE, Quantity, check_known, estimates_of
from analysis.estimate.curve.piecewise import (
    Bands,
    Basis,
    Fit,
    bands_of,
    bent_line,
    fieller,
    least_squares,
    line,
)
from analysis.estimate.curve.slope_changes import readings
from analysis.estimate.curve.spline import smooth_curve, values
from analysis.estimate.registry import sample_verb
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.tier_averages import rate_of
from analysis.moments.sample import Sample

SHAPES = {"inverted U": 1.0, "U": -1.0}
"""Every shape, with the sign of its slope at the low end."""

SCALES, STEP = ("log followers", "followers"), 100_000
"""What may be squared; on raw followers slopes are ratios per so many followers."""

PER_STEP = f"ratio per {STEP:,} followers"
"""Unit of these slopes."""

MIDDLE = (0.1, 0.9)
"""Shares of accounts between which two lines may meet."""

ENDS, SIDES = ("slope at the low end", "slope at the high end"), ("slope below", "slope above")
"""Labels of the two slopes of a quadratic, and of two lines."""


@dataclass(frozen=True, repr=False)
class Shape(Result):
    """Answer of a test for a U or an inverted U.

    Attributes
    ----------
    shape : str
        Which was asked for.
    turning : Estimate
        Where it turns [followers].
    low_end, high_end : Estimate
        Slopes on either side, as ratios of the rate. Their intervals have the level 1 - 2 (1 -
        confidence): the shape is shown if and only if one lies above 1 and the other below, as the
        shape demands.
    p : float
        Of the shape not being there: the larger of the two one-sided p.
    shown : bool
        Whether p is at most 1 - confidence.

    Examples
    --------
    >>> import analysis as an
    >>> an.load("instagram-kim").sample("engagement").two_lines("U")
    Instagram (Kim et al.): (likes + comments) / followers along followers shows no U (p = 1).
    """

    shape: str
    turning: Estimate
    low_end: Estimate
    high_end: Estimate
    p: float
    shown: bool

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each of the three estimates, with the columns ``p`` and ``shown``."""
        estimates = Estimates.of([self.turning, self.low_end, self.high_end])
        return estimates.to_frame().assign(p=self.p, shown=self.shown)


class Sides(NamedTuple):
    """Slopes on either side of a turning point, each with its standard error. Multiplied by `by`
    they are logarithms of a ratio in `unit`.
    """

    labels: tuple[str, str]
    slopes: list[tuple[float, float]]
    df: float
    by: float
    unit: str


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
        The shape is shown if p is at most 1 - confidence.

    Returns
    -------
    Shape
        The turning point has Fieller's interval of the level 1 - 2 (1 - confidence): it lies within
        the data if and only if the shape is shown. It runs from 0 to infinity where the data do not
        bound it. From cells squares are taken to second order within bands, and the ends are the
        mean log followers of the outermost bands.

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
    nothing = (sample, bands, shape, confidence)
    if bands.accounts <= 3:
        return _nothing(*nothing, because("no_quadratic", accounts=bands.accounts))
    unit, first = (1.0, bands.centre) if log else (np.exp(bands.x.max()), 0.0)
    fit = least_squares(bands, _quadratic(bands, log, unit, first))
    if fit is None or not np.isfinite(fit.covariance).all():
        return _nothing(*nothing, because("no_quadratic", accounts=bands.accounts))
    ends = np.array([bands.x.min(), bands.x.max()])
    places = ends - first if log else np.exp(ends) / unit
    takes = [np.array([0, 1, 2 * place]) for place in places]
    slopes = [(take @ fit.coefficients, np.sqrt(take @ fit.covariance @ take)) for take in takes]
    by, per = (np.log(10), PER_DECADE) if log else (STEP / unit, PER_STEP)
    roots = fieller(fit.coefficients, fit.covariance, stdtrit(fit.df, confidence))
    with np.errstate(over="ignore"):
        at, low, high = np.exp(first + np.array(roots)) if log else np.array(roots) * unit
    turning = (at, max(low, 0.0), high)
    low_end, high_end = (float(end) for end in np.exp(ends))
    facts = {"scale": scale, "low": low_end, "high": high_end, "cells": not bands.single}
    how = [because("quadratic", **facts), *([] if log else [because("raw_followers")])]
    sides = Sides(ENDS, slopes, fit.df, by, per)
    return _answer(sample, bands, shape, sides, turning, how, confidence)


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
    nothing = (sample, bands, shape, confidence)
    if bands.accounts <= INDICATIVE or least_squares(bands, line(bands)) is None:
        return _nothing(*nothing, because("no_two_lines", accounts=bands.accounts))
    flat = _flat(bands, SHAPES[shape])
    fit = bent_line(bands, _place_in(flat, 0.5), step=True) if len(flat) else None
    if fit is not None and np.isfinite(fit.covariance).all():
        below, above = (abs(value / se) for value, se in _lines(fit))
        knot = _place_in(flat, above / (below + above))
        fit = bent_line(bands, knot, step=True)
    if fit is None or not np.isfinite(fit.covariance).all():
        return _nothing(*nothing, because("no_line_beside"))
    turning = np.exp([knot, flat[0], flat[-1]])
    sides = Sides(SIDES, _lines(fit), fit.df, np.log(10), PER_DECADE)
    how = [because("two_lines", at=float(turning[0]))]
    return _answer(sample, bands, shape, sides, turning, how, confidence, tails=2)


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


def _answer(
    sample: Sample, bands: Bands, shape: str, sides: Sides, turning: tuple[float, ...],
    how: list[Reason], confidence: float, tails: int = 1,
) -> Shape:  # fmt: skip
    """Answer by two slopes; with two tails each is tested at half the level."""
    signs = (SHAPES[shape], -SHAPES[shape])
    pairs = zip(signs, sides.slopes, strict=True)
    p = max(tails * stdtr(sides.df, -sign * value / se) for sign, (value, se) in pairs)
    p = float(min(p, 1.0))
    level = confidence if tails == 1 else (1 + confidence) / 2
    shown = bool(p <= tails * (1 - level))
    if not shown:
        how = [because("shape_not_shown", shape=shape, p=p), *how]
    trap = any(reason.key == "raw_followers" for reason in how)
    sure = shown and bands.accounts >= INDICATIVE and not trap
    t = stdtrit(sides.df, level) * np.array([0, -1, 1])
    with np.errstate(over="ignore"):
        slopes = [np.exp(sides.by * (value + t * se)) for value, se in sides.slopes]
    quantities = _quantities(sample, shape, sides.labels, sides.unit)
    status = "ok" if sure else "indicative"
    rest = (tuple(how), status, confidence)
    made = estimates_of(sample, bands.accounts, quantities, [turning, *slopes], *rest)
    return Shape(shape, *made, p, shown)


def _quantities(sample: Sample, shape: str, labels: tuple[str, str], unit: str) -> list[Quantity]:
    rate = rate_of(sample)
    turns = Quantity("turning point", "followers", because("turning", rate=rate, shape=shape))
    slopes = [because("slope_of_side", side=name, rate=rate) for name in labels]
    return [turns, *(Quantity(*pair) for pair in zip(labels, (unit, unit), slopes, strict=True))]


def _nothing(sample: Sample, bands: Bands, shape: str, confidence: float, why: Reason) -> Shape:
    quantities = _quantities(sample, shape, ENDS, PER_DECADE)
    nothing = (None, (why,), "undefined", confidence)
    return Shape(shape, *estimates_of(sample, bands.accounts, quantities, *nothing), np.nan, False)
