"""How t values of slopes spread where residuals are skewed and their spread changes with size.

The slope at an end of the data rests on few accounts. Their residuals do not average out to a
normal distribution, and Student's quantiles are too narrow on one side. Here quantiles are drawn:
residuals, each divided by the spread that a line through the logarithms of absolute residuals gives
at its size (Harvey 1976), are exchangeable if that line is right; they are drawn with replacement,
multiplied by the spread where they land, and the fit is repeated (a bootstrap-t, Davison and
Hinkley 1997). The wider of the drawn and Student's quantiles counts, on either side; Student's go
with a standard error that is steadied by the line of spreads.

It needs accounts. From cells, which hold no single residual, quantiles are Student's with that
standard error and Satterthwaite's degrees of freedom.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from analysis.estimate.curve.piecewise import STRAIGHT, Bands, Basis, Fit
from analysis.estimate.curve.spread_line import steadied

ACCOUNTS_UP_TO = 1_000
"""Up to so many accounts errors are steadied and quantiles drawn; with more they are Student's."""

DRAWS, AT_ONCE = 999, 250_000
"""Draws, and how many residuals are drawn together, so that memory stays small."""

SEED = 1

FLOOR = 0.05
"""Share of the smallest residuals that count as equally small for the line of spreads."""

ROUNDS = 2
"""How often accounts are weighed anew by the spread of their residuals."""


class Spread(NamedTuple):
    """Distribution of the t values of several slopes: Student's, with degrees of freedom and a
    width for each slope, and drawn ones, draws x slopes, or None.

    `width` is the standard error that Student's t goes with, over that of the t values.
    """

    drawn: np.ndarray | None
    df: np.ndarray
    width: np.ndarray

    @property
    def errors(self) -> str:
        """Which errors these are: ``drawn``, ``steadied`` or ``plain``."""
        if self.drawn is not None:
            return "drawn"
        return "plain" if (self.width == 1).all() else "steadied"

    @classmethod
    def plain(cls, df: float, slopes: int) -> "Spread":
        """Student's t as it is."""
        return cls(None, np.full(slopes, float(df)), np.ones(slopes))

    def chance(self, slope: int, t: float, sign: float = 1.0) -> float:
        """Chance of a t value that is as large, with the sign that is asked for, where the slope
        is zero.
        """
        student = float(stdtr(self.df[slope], -sign * t / self.width[slope]))
        if self.drawn is None:
            return student
        reached = (sign * self.drawn[:, slope] >= sign * t).sum()
        return max(student, float((1 + reached) / (1 + len(self.drawn))))

    def quantiles(self, slope: int, level: float) -> tuple[float, float]:
        """Lower and upper t beyond which `chance` is at most 1 - level."""
        reach = float(stdtrit(self.df[slope], level) * self.width[slope])
        if self.drawn is None:
            return -reach, reach
        ordered = np.sort(self.drawn[:, slope])
        beyond = max(int((1 - level) * (1 + len(ordered)) + 1e-9), 1)
        return min(-reach, float(ordered[beyond - 1])), max(reach, float(ordered[-beyond]))

    def interval(self, slope: int, value: float, se: float, level: float) -> tuple[float, float]:
        """Slopes that a test of level 1 - level on either side does not rule out."""
        low, high = self.quantiles(slope, level)
        return value - high * se, value - low * se


def spread_of_t(bands: Bands, basis: Basis, fit: Fit, takes: np.ndarray) -> Spread:
    """Draw the t values of slopes, a row of weights on the coefficients for each, around those that
    were fitted.

    Parameters
    ----------
    bands, basis, fit
        From `least_squares`.
    takes : numpy.ndarray
        Slopes x coefficients.

    Returns
    -------
    Spread
        Student's alone from cells; with the degrees of freedom and the standard error of the fit
        where there are more than ACCOUNTS_UP_TO accounts or residuals leave nothing to draw from.
    """
    takes, free = np.asarray(takes, float), 1 - fit.leverage
    if bands.accounts > ACCOUNTS_UP_TO or fit.exact or not (free > STRAIGHT).all():
        return Spread.plain(fit.df, len(takes))
    se, df = steadied(bands, basis, fit, takes)
    own = np.sqrt(np.einsum("ij,jk,ik->i", takes, fit.covariance, takes))
    width = np.divide(se, own, out=np.ones_like(se), where=own > 0)
    if not bands.single:
        return Spread(None, df, width)
    drawn = _drawn(bands, basis, fit, takes)
    return Spread(drawn, np.full(len(takes), float(fit.df)), width)


def _drawn(bands: Bands, basis: Basis, fit: Fit, takes: np.ndarray) -> np.ndarray:
    """Draw t values, draws x slopes."""
    free = 1 - fit.leverage
    design, rng = basis.mean, np.random.default_rng(SEED)
    scaled, scale = _scaled(bands, design, fit)
    weights = design @ fit.inverse @ takes.T
    shares = (weights / free[:, None]) ** 2  # of a squared residual in the variance, HC3
    at_once, parts = max(1, AT_ONCE // bands.accounts), []
    for start in range(0, DRAWS, at_once):
        size = (min(at_once, DRAWS - start), bands.accounts)
        noise = scale * scaled[rng.integers(bands.accounts, size=size)]
        left = noise - (noise @ design) @ fit.inverse @ design.T
        # the same residual may be drawn for all of a few accounts, and leaves nothing
        variance = np.maximum(left**2 @ shares, STRAIGHT**2 * (noise**2 @ weights**2))
        parts.append(noise @ weights / np.sqrt(np.maximum(variance, np.finfo(float).tiny)))
    return np.concatenate(parts)


def _scaled(bands: Bands, design: np.ndarray, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Residuals over their spread, around zero, and the spread of each account.

    Residuals are those of a fit that weighs accounts by the spread, which wide ones do not draw to
    themselves; two rounds settle it.
    """
    residual, leverage = bands.y - design @ fit.coefficients, fit.leverage
    for _ in range(ROUNDS):
        scale = _scale(bands, residual / np.sqrt(1 - leverage))
        weighted, rates = design / scale[:, None], bands.y / scale
        inverse = np.linalg.pinv(weighted.T @ weighted)
        residual = bands.y - design @ (inverse @ (weighted.T @ rates))
        leverage = np.minimum(((weighted @ inverse) * weighted).sum(axis=1), 1 - STRAIGHT)
    scale = _scale(bands, residual / np.sqrt(1 - leverage))
    scaled = residual / np.sqrt(1 - leverage) / scale
    return scaled - scaled.mean(), scale


def _scale(bands: Bands, residual: np.ndarray) -> np.ndarray:
    """Spread of residuals along the axis, up to a factor: the root of a variance whose logarithm is
    a line in log followers.
    """
    x = bands.x - bands.x.mean()
    # a residual of nearly zero has a logarithm far below all others, which would turn the line
    floor = np.quantile(np.abs(residual), FLOOR) or np.abs(residual).max() * STRAIGHT
    logs = np.log(np.maximum(np.abs(residual), floor))
    return np.exp(x @ (logs - logs.mean()) / (x @ x) * x)
