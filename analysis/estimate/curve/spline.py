"""A smooth curve along the follower axis, and which of several curves foretells an account best.

The curve is a penalised linear spline: a line with a hinge at every knot, whose bends are held
small by a ridge penalty (Ruppert, Wand and Carroll 2003). Like every sum of hinges it is exact from
cells.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.linalg import eigh
from scipy.special import ndtri, stdtrit

from analysis.estimate.curve.piecewise import (
    Bands,
    Basis,
    bands_of,
    candidates_of,
    hinges,
    joined,
    least_squares,
    line,
    products,
    residual_squares,
    with_rates,
)
from analysis.estimate.registry import estimator
from analysis.estimate.results import Estimate
from analysis.moments.sample import Sample

PENALTIES = 10.0 ** np.arange(-4, 6.01, 0.25)
"""Penalties tried, in units in which a column of hinges has a mean square of one."""

FEWEST = 5
"""Accounts between two knots of the curve at the least."""


class Curve(NamedTuple):
    """A curve fitted to log rates.

    Attributes
    ----------
    name : str
        What it is.
    basis : Basis
        Its columns.
    coefficients : numpy.ndarray
        One per column.
    spread : numpy.ndarray
        What the residual variance is multiplied by for the covariance of the coefficients, of their
        posterior if penalised.
    squares, leverage : numpy.ndarray
        Of each band: sum of squared residuals, mean leverage of its accounts.
    knots : numpy.ndarray
        [log followers].
    """

    name: str
    basis: Basis
    coefficients: np.ndarray
    spread: np.ndarray
    squares: np.ndarray
    leverage: np.ndarray
    knots: np.ndarray


def smooth_curve(bands: Bands) -> Curve:
    """Fit a penalised linear spline that may bend at every edge, for accounts at every candidate of
    `candidates_of`.
    """
    return spline(bands, candidates_of(bands) if bands.single else np.unique(bands.lower)[1:])


def values(bands: Bands, curve: Curve, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log rates on a curve and their standard errors.

    The variance is the larger of two: the posterior one, which allows for the curve being flattened
    by its penalty (Wahba 1983), and the robust one, which allows for a spread that differs along
    the axis.

    Parameters
    ----------
    points : numpy.ndarray
        [log followers].
    """
    centre = np.average(bands.x, weights=bands.n)
    columns = np.column_stack(
        [np.ones(len(points)), points - centre, np.maximum(points[:, None] - curve.knots, 0.0)]
    )
    variance = curve.squares.sum() / (bands.accounts - (bands.n * curve.leverage).sum())
    middle = products(bands, curve.basis, curve.basis, curve.squares / bands.n)
    posterior, robust = variance * curve.spread, curve.spread @ middle @ curve.spread
    widths = [((columns @ spread) * columns).sum(axis=1) for spread in (posterior, robust)]
    return columns @ curve.coefficients, np.sqrt(np.maximum(*widths))


@estimator("rate at", unit="", needs=("at",))
def rate_at(sample: Sample, at: float = 100_000, confidence: float = 0.95) -> Estimate:
    """Estimate the typical rate at a number of followers, on a smooth curve.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    at : float
        Followers, within those of the sample.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        In the unit of the metric; of status ``undefined`` outside the data.
    """
    bands, posts = bands_of(sample), int(sample.rows["posts"].sum())
    label, where = (
        f"at {at:,.0f} followers",
        "" if sample.stratum == "all" else f", posts with {sample.stratum} = {sample.level}",
    )
    estimand = f"typical account of {sample.metric.title}{where}, {label}"
    inside = bands.accounts > 2 * FEWEST and bands.x.min() <= np.log(at) <= bands.x.max()
    if not inside or least_squares(bands, line(bands)) is None:
        why = f"{at:,.0f} followers lie outside the data, or too few accounts to draw a curve"
        return Estimate(
            label,
            bands.accounts,
            posts,
            np.nan,
            np.nan,
            np.nan,
            sample.metric.unit,
            estimand,
            why,
            "undefined",
        )
    curve = smooth_curve(bands)
    value, se = (float(part[0]) for part in values(bands, curve, np.array([np.log(at)])))
    df = bands.accounts - (bands.n * curve.leverage).sum()
    ends = sample.metric.scale * np.exp(
        value + stdtrit(df, (1 + confidence) / 2) * se * np.array([0, -1, 1])
    )
    method = f"penalised linear spline, {bands.accounts - df:.1f} effective parameters, posterior or robust variance"
    return Estimate(
        label, bands.accounts, posts, *map(float, ends), sample.metric.unit, estimand, method, "ok"
    )


def spline(bands: Bands, knots: np.ndarray) -> Curve:
    """Fit a penalised linear spline, its penalty the one that foretells left-out accounts best.

    Parameters
    ----------
    bands : Bands
        From `bands_of`.
    knots : numpy.ndarray
        Edges at which it may bend [log followers], ascending; those with too few accounts between
        them are passed over.
    """
    knots = _thinned(bands, knots)
    basis = joined(line(bands), hinges(bands, knots))
    gram, ridge = products(bands, basis, basis), np.r_[0.0, 0.0, np.ones(len(knots))]
    scale = np.trace(gram[2:, 2:]) / max(len(knots), 1) / bands.accounts if len(knots) else 1.0
    # columns in which both the sums of products and the penalty are diagonal (Demmler and Reinsch
    # 1975)
    bend, turn = eigh(np.diag(ridge), gram)
    bend = np.maximum(bend, 0.0) * bands.accounts * scale
    turned = Basis(basis.mean @ turn, basis.slope @ turn)
    towards = with_rates(bands, turned)

    hat = turned.mean**2 + turned.slope**2 * (bands.xx / bands.n)[:, None]

    def at(penalty: float) -> Curve:
        kept = 1 / (1 + penalty * bend)
        squares = residual_squares(bands, turned, kept * towards)
        return Curve(
            "smooth curve",
            basis,
            turn @ (kept * towards),
            (turn * kept) @ turn.T,
            squares,
            hat @ kept,
            knots,
        )

    return min((at(penalty) for penalty in PENALTIES), key=left_out_squares)


def _thinned(bands: Bands, knots: np.ndarray) -> np.ndarray:
    """Knots with enough accounts between each two, and beyond the last."""
    kept, held = [], [np.where(bands.lower < knot, bands.n, 0.0).sum() for knot in knots]
    last = 0.0
    for knot, below in zip(knots, held, strict=True):
        if below - last >= FEWEST and bands.accounts - below >= FEWEST:
            kept.append(knot)
            last = below
    return np.array(kept)


def left_out_squares(curve: Curve) -> float:
    """Sum of squared errors when each account is foretold from the others.

    For a penalised or plain least-squares fit the error is the residual over one minus the
    leverage, exact for accounts; in cells the mean leverage of a band stands for those of its
    accounts.
    """
    return float((curve.squares / np.maximum(1 - curve.leverage, 1e-9) ** 2).sum())


def compare(bands: Bands, curves: list[Curve], confidence: float) -> pd.DataFrame:
    """Compare how well curves foretell the log rate of an account left out.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``parameters`` (effective number), ``error`` (root mean square of the log rate
        left out) and ``gain``, by how many percent the mean square is smaller than that of the
        first curve, with ``low`` and ``high``. The interval takes the difference of two squared
        errors as twice the error times the difference of the curves, which is its main part.
    """
    errors = [left_out_squares(curve) for curve in curves]
    rows = []
    for curve, error in zip(curves, errors, strict=True):
        apart = _apart(bands, curve, curves[0])
        reach = (
            -ndtri((1 - confidence) / 2)
            * 2
            * np.sqrt(products(bands, apart, apart, curve.squares / bands.n)[0, 0])
        )
        gain = errors[0] - error
        ends = (np.nan, np.nan) if curve is curves[0] else (gain - reach, gain + reach)
        shown = 100 * np.array([gain, *ends]) / errors[0]
        rows.append(
            (
                curve.name,
                float((bands.n * curve.leverage).sum()),
                np.sqrt(error / bands.accounts),
                *shown,
            )
        )
    return pd.DataFrame(rows, columns=["model", "parameters", "error", "gain", "low", "high"])


def _apart(bands: Bands, one: Curve, other: Curve) -> Basis:
    """The difference of two curves as a column."""
    mean, slope = (
        one.basis[i] @ one.coefficients - other.basis[i] @ other.coefficients for i in (0, 1)
    )
    return Basis(mean[:, None], slope[:, None])
