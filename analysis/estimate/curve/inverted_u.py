"""Does the rate rise and then fall with followers, or fall and then rise?

A significant square is no evidence of a turning point. Two tests ask for both sides of it: Lind and
Mehlum (2010) take the slopes of a quadratic at both ends of the data, Simonsohn (2018) two straight
lines on either side of a point that is chosen where a smooth curve is flat. Both look at log
followers. With raw followers instead, a pure power law, which turns nowhere, passes as a U or an
inverted U.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.bends import readings, what, with_step
from analysis.estimate.curve.piecewise import (
    PER_DECADE,
    Bands,
    Basis,
    Fit,
    bands_of,
    least_squares,
    line,
)
from analysis.estimate.curve.spline import smooth_curve, values
from analysis.estimate.results import Estimate
from analysis.moments.sample import Sample

SHAPES = {"inverted U": 1.0, "U": -1.0}
"""Every shape, with the sign of its slope at the low end."""

ARTICLE = {"inverted U": "an", "U": "a"}

SCALES = ("log followers", "followers")

TRAP = (
    "raw followers: a pure power law, which has no turning point, passes this test in nearly every sample; "
    "only the answer on log followers counts"
)

STEP = 100_000
"""On the scale of raw followers slopes are ratios per so many followers."""

MIDDLE = (0.1, 0.9)
"""Shares of accounts between which two lines may meet."""


class Shape(NamedTuple):
    """Answer of a test for a U or an inverted U.

    Attributes
    ----------
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
    warning : str
        Why not to believe it; empty on log followers.
    """

    turning: Estimate
    low_end: Estimate
    high_end: Estimate
    p: float
    shown: bool
    warning: str

    @property
    def rows(self) -> pd.DataFrame:
        """The three estimates as a frame, with ``p``, ``shown`` and ``warning``: what `each`
        takes.
        """
        found = pd.DataFrame([self.turning, self.low_end, self.high_end], columns=Estimate._fields)
        return found.assign(p=self.p, shown=self.shown, warning=self.warning)


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
    """
    _check(shape, scale)
    bands = bands_of(sample)
    log = scale == SCALES[0]
    unit, first = (
        (1.0, np.average(bands.x, weights=bands.n)) if log else (np.exp(bands.x.max()), 0.0)
    )
    fit = least_squares(bands, _quadratic(bands, log, unit, first)) if bands.accounts > 3 else None
    if fit is None or not np.isfinite(fit.covariance).all():
        return _nothing(sample, bands, f"{bands.accounts} accounts do not allow to fit a quadratic")
    ends = np.array([bands.x.min(), bands.x.max()])
    places = ends - first if log else np.exp(ends) / unit
    takes = np.array([[0, 1, 2 * place] for place in places])
    decade = (np.log(10), PER_DECADE) if log else (STEP / unit, f"ratio per {STEP:,.0f} followers")
    sides = [(take @ fit.coefficients, np.sqrt(take @ fit.covariance @ take)) for take in takes]
    t = stdtrit(fit.df, confidence)
    at, low, high = (
        first + value if log else value * unit
        for value in _fieller(fit.coefficients, fit.covariance, t)
    )
    with np.errstate(over="ignore"):
        turning = np.exp([at, low, high]) if log else np.array([at, max(low, 0.0), high])
    how = f"quadratic in {scale}, slopes at {np.exp(ends[0]):,.0f} and {np.exp(ends[1]):,.0f} followers, HC3; Fieller interval"
    how += "" if bands.single else ", squares to second order within bands (cells)"
    return _shape(
        sample, bands, shape, sides, fit.df, turning, decade, how, confidence, "" if log else TRAP
    )


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
    """
    _check(shape, SCALES[0])
    bands = bands_of(sample)
    if bands.accounts <= INDICATIVE or least_squares(bands, line(bands)) is None:
        return _nothing(sample, bands, f"{bands.accounts} accounts do not allow to fit two lines")
    flat = _flat(bands, SHAPES[shape])
    fit = with_step(bands, _middle_of(flat, 0.5)) if len(flat) else None
    if fit is not None:
        z = [abs(value / se) for value, se in _lines(fit)]
        knot = _middle_of(flat, z[1] / (z[0] + z[1]))
        fit = with_step(bands, knot)
    if fit is None or not np.isfinite(fit.covariance).all():
        return _nothing(sample, bands, "no line can be fitted on one side of the flat region")
    turning = np.exp([knot, flat[0], flat[-1]])
    how = f"two lines that part at {turning[0]:,.0f} followers, HC3; the range is where a smooth curve is flat"
    return _shape(
        sample,
        bands,
        shape,
        _lines(fit),
        fit.df,
        turning,
        (np.log(10), PER_DECADE),
        how,
        (1 + confidence) / 2,
        "",
        2,
    )


def _check(shape: str, scale: str) -> None:
    for kind, name, known in (("shape", shape, SHAPES), ("scale", scale, SCALES)):
        if name not in known:
            raise ValueError(f"{kind} '{name}' is not known. Known: {', '.join(known)}.")


def _quadratic(bands: Bands, log: bool, unit: float, first: float) -> Basis:
    """One, x and x squared, or one, followers and followers squared; within a band by their slopes
    at its middle.
    """
    spread, ones = bands.xx / bands.n, np.ones(len(bands.n))
    if log:
        x = bands.x - first
        return Basis(
            np.column_stack([ones, x, x**2 + spread]), np.column_stack([0 * ones, ones, 2 * x])
        )
    one, two = np.exp(bands.x + spread / 2) / unit, np.exp(2 * bands.x + 2 * spread) / unit**2
    return Basis(np.column_stack([ones, one, two]), np.column_stack([0 * ones, one, 2 * two]))


def _fieller(
    coefficients: np.ndarray, covariance: np.ndarray, t: float
) -> tuple[float, float, float]:
    """Turning point of a quadratic and the points that a t test does not rule out (Fieller
    1954).
    """
    (_, b, c), v = coefficients, covariance
    square, middle, constant = (
        4 * (c**2 - t**2 * v[2, 2]),
        4 * (b * c - t**2 * v[1, 2]),
        b**2 - t**2 * v[1, 1],
    )
    under = middle**2 - 4 * square * constant
    if square <= 0 or under < 0:
        return float(-b / (2 * c)), -np.inf, np.inf
    ends = sorted((-middle + sign * np.sqrt(under)) / (2 * square) for sign in (-1, 1))
    return float(-b / (2 * c)), float(ends[0]), float(ends[1])


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


def _middle_of(flat: np.ndarray, share: float) -> float:
    """A quantile that is one of the points."""
    return float(np.quantile(flat, share, method="nearest"))


def _lines(fit: Fit) -> list[tuple[float, float]]:
    """Slope below and above with standard errors."""
    return list(zip(*(part[:2] for part in readings(fit)), strict=True))


def _shape(
    sample: Sample,
    bands: Bands,
    shape: str,
    sides,
    df,
    turning,
    decade,
    how,
    confidence,
    warning,
    tails=1,
) -> Shape:
    """Make the answer of two slopes with standard errors; `confidence` is that of each one-sided
    test.
    """
    signs = np.array([SHAPES[shape], -SHAPES[shape]])
    p = float(
        min(
            max(
                tails * stdtr(df, -sign * value / se)
                for sign, (value, se) in zip(signs, sides, strict=True)
            ),
            1.0,
        )
    )
    shown = p <= tails * (1 - confidence)
    status = "indicative" if not shown or bands.accounts < INDICATIVE or warning else "ok"
    fields = {
        "n_accounts": bands.accounts,
        "n_posts": int(sample.rows["posts"].sum()),
        "status": status,
    }
    method = f"{'' if shown else f'no {shape} is shown (p {p:.2g}); '}{how}"
    with np.errstate(over="ignore"):
        slopes = [
            np.exp(decade[0] * (value + stdtrit(df, confidence) * se * np.array([0, -1, 1])))
            for value, se in sides
        ]
    labels = (
        ("slope at the low end", "slope at the high end")
        if tails == 1
        else ("slope below", "slope above")
    )
    rows = [
        (
            "turning point",
            turning,
            "followers",
            f"followers at which {what(sample)} turns if it has the shape of {ARTICLE[shape]} {shape}",
        )
    ]
    rows += [
        (label, ends, decade[1], f"{label} of {what(sample)}")
        for label, ends in zip(labels, slopes, strict=True)
    ]
    made = [
        Estimate(label=label, estimate=float(now[0]), low=float(now[1]), high=float(now[2]), unit=unit,
                 estimand=f"{words}, between accounts", reasons=method, **fields)
        for label, now, unit, words in rows
    ]  # fmt: skip
    return Shape(*made, p, bool(shown), warning)


def _nothing(sample: Sample, bands: Bands, why: str) -> Shape:
    none = {"estimate": np.nan, "low": np.nan, "high": np.nan, "reasons": why, "status": "undefined"}
    counts = {"n_accounts": bands.accounts, "n_posts": int(sample.rows["posts"].sum())}
    labels = (
        ("turning point", "followers"),
        ("slope at the low end", PER_DECADE),
        ("slope at the high end", PER_DECADE),
    )
    made = [
        Estimate(
            label=label,
            unit=unit,
            estimand=f"{label} of {what(sample)}, between accounts",
            **none,
            **counts,
        )
        for label, unit in labels
    ]
    return Shape(*made, np.nan, False, "")
