"""A smooth curve along the follower axis, and which of several curves predicts an account best.

The curve is a penalised linear spline: a line with a hinge at every knot, whose bends are held
small by a ridge penalty (Ruppert, Wand and Carroll 2003). Like every sum of hinges it is exact from
cells.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.linalg import eigh
from scipy.special import ndtri

from analysis.display import because
from analysis.errors import check_least
from analysis.estimate.curve.estimates import Quantity, estimates_of
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
from analysis.estimate.results import Estimate, Family
from analysis.estimate.tier_averages import rate_of, t_interval
from analysis.moments.sample import Sample

PENALTIES = 10.0 ** np.arange(-4, 6.01, 0.25)
"""Penalties tried, in units in which a column of hinges has a mean square of one."""

FEWEST = 5
"""Accounts between two knots of the curve at the least."""


class Curve(NamedTuple):
    """A curve fitted to log rates."""

    name: str
    basis: Basis
    coefficients: np.ndarray
    # times the residual variance: covariance of the coefficients, of their posterior if penalised
    spread: np.ndarray
    squares: np.ndarray  # sum of squared residuals of each band
    leverage: np.ndarray  # mean of a band's accounts
    knots: np.ndarray  # [log followers]

    def parameters(self, bands: Bands) -> float:
        """Effective number of parameters."""
        return float((bands.n * self.leverage).sum())

    def left_out_squares(self) -> float:
        """Sum of squared errors when each account is predicted from the others.

        For a penalised or plain least-squares fit the error is the residual over one minus the
        leverage, exact for accounts; in cells the mean leverage of a band stands for those of its
        accounts.
        """
        return float((self.squares / np.maximum(1 - self.leverage, 1e-9) ** 2).sum())


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

    Examples
    --------
    >>> import analysis as an
    >>> round(an.load("instagram-kim").sample("engagement").rate_at(10_000).estimate, 2)
    3.06
    """
    check_least("at", at, 0, above=True)
    bands, label = bands_of(sample), str(because("at_followers", at=float(at)))
    what = because("rate_at", rate=rate_of(sample), at=float(at))
    quantities = [Quantity(label, sample.metric.unit, what)]
    inside = bands.accounts > 2 * FEWEST and bands.x.min() <= np.log(at) <= bands.x.max()
    if not inside or least_squares(bands, line(bands)) is None:
        why = (bands.withheld or because("outside_the_data", at=float(at)),)
        nothing = (None, why, "undefined", confidence)
        return estimates_of(sample, bands.accounts, quantities, *nothing)[0]
    curve = smooth_curve(bands)
    log, se = (float(part[0]) for part in values(bands, curve, np.array([np.log(at)])))
    parameters = curve.parameters(bands)
    low, high = t_interval(log, se, bands.accounts - parameters, confidence)
    rates = sample.metric.scale * np.exp([log, low, high])
    how = (because("smooth_curve", parameters=parameters),)
    (rate,) = estimates_of(sample, bands.accounts, quantities, [rates], how, "ok", confidence)
    return replace(rate, family=Family("factor", bands.accounts - parameters))


def smooth_curve(bands: Bands) -> Curve:
    """Fit a penalised linear spline that may bend at every edge, for accounts at every candidate of
    `candidates_of`.
    """
    return spline(bands, candidates_of(bands) if bands.single else np.unique(bands.lower)[1:])


def values(bands: Bands, curve: Curve, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log rates on a curve at points [log followers], and their standard errors.

    The variance is the larger of two: the posterior one, which allows for the curve being flattened
    by its penalty (Wahba 1983), and the robust one, which allows for a spread that differs along
    the axis.
    """
    beyond = np.maximum(points[:, None] - curve.knots, 0.0)
    columns = np.column_stack([np.ones(len(points)), points - bands.centre, beyond])
    variance = curve.squares.sum() / (bands.accounts - curve.parameters(bands))
    middle = products(bands, curve.basis, curve.basis, curve.squares / bands.n)
    posterior, robust = variance * curve.spread, curve.spread @ middle @ curve.spread
    widths = [((columns @ spread) * columns).sum(axis=1) for spread in (posterior, robust)]
    return columns @ curve.coefficients, np.sqrt(np.maximum(*widths))


def spline(bands: Bands, knots: np.ndarray) -> Curve:
    """Fit a penalised linear spline that may bend at knots [log followers], ascending; those with
    too few accounts between them are passed over. Its penalty is the one that predicts left-out
    accounts best.
    """
    knots = _thinned(bands, knots)
    basis = joined(line(bands), hinges(bands, knots))
    gram, ridge = products(bands, basis, basis), np.r_[0.0, 0.0, np.ones(len(knots))]
    scale = np.trace(gram[2:, 2:]) / len(knots) / bands.accounts if len(knots) else 1.0
    # columns in which both the sums of products and the penalty are diagonal (Demmler and Reinsch
    # 1975)
    roughness, turn = eigh(np.diag(ridge), gram)
    roughness = np.maximum(roughness, 0.0) * bands.accounts * scale
    turned = Basis(basis.mean @ turn, basis.slope @ turn)
    towards = with_rates(bands, turned)
    hat = turned.mean**2 + turned.slope**2 * (bands.xx / bands.n)[:, None]

    def penalised(penalty: float) -> Curve:
        kept = 1 / (1 + penalty * roughness)
        squares, spread = residual_squares(bands, turned, kept * towards), (turn * kept) @ turn.T
        coefficients = turn @ (kept * towards)
        return Curve("smooth curve", basis, coefficients, spread, squares, hat @ kept, knots)

    return min(map(penalised, PENALTIES), key=Curve.left_out_squares)


def _thinned(bands: Bands, knots: np.ndarray) -> np.ndarray:
    """Knots with enough accounts between each two, and beyond the last."""
    kept, last = [], 0.0
    for knot in knots:
        below = bands.n[bands.lower < knot].sum()
        if below - last >= FEWEST and bands.accounts - below >= FEWEST:
            kept.append(knot)
            last = below
    return np.array(kept)


def compare(bands: Bands, curves: list[Curve], confidence: float) -> pd.DataFrame:
    """Compare how well curves predict the log rate of an account that was left out.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``parameters`` (effective number), ``error`` (root mean square of the log rate
        left out) and ``gain``, by how many percent the mean square is smaller than that of the
        first curve, with ``low`` and ``high``. The interval takes the difference of two squared
        errors as twice the error times the difference of the curves, which is its main part.
    """
    rows, first = [], curves[0].left_out_squares() if curves else np.nan
    for curve in curves:
        error = curve.left_out_squares()
        apart = _apart(curve, curves[0])
        variance = products(bands, apart, apart, curve.squares / bands.n)[0, 0]
        reach = -ndtri((1 - confidence) / 2) * 2 * np.sqrt(variance)
        gain = first - error
        ends = (np.nan, np.nan) if curve is curves[0] else (gain - reach, gain + reach)
        shown = 100 * np.array([gain, *ends]) / first
        root = np.sqrt(error / bands.accounts)
        rows.append((curve.name, curve.parameters(bands), root, *shown))
    return pd.DataFrame(rows, columns=["model", "parameters", "error", "gain", "low", "high"])


def _apart(curve: Curve, other: Curve) -> Basis:
    """The difference of two curves as a column."""
    mean, slope = (
        own @ curve.coefficients - others @ other.coefficients
        for own, others in zip(curve.basis, other.basis, strict=True)
    )
    return Basis(mean[:, None], slope[:, None])
