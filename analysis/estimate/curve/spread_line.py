"""How the spread of log rates changes with followers: a line through the logarithm of the variance.

Squared residuals of few accounts with skewed rates are small just where their mean is low, so that
a slope that is wrong looks sure of itself. A line through all of them borrows strength from
accounts of other sizes, and the wide residuals that some of these show.
"""

from typing import NamedTuple

import numpy as np

from analysis.estimate.curve.piecewise import STRAIGHT, Bands, Basis, Fit

ROUNDS, SETTLED = 100, 1e-9
"""Steps of the fit at most, and the step at which it ends."""


class SpreadLine(NamedTuple):
    """Variance of log rates around a curve, the exponential of a line in log followers.

    `rise` is the change of its logarithm per unit of log followers, with the standard error that
    normal residuals would give it, infinite where all accounts have one size.
    """

    level: float
    rise: float
    error: float
    centre: float

    def variance(self, x: np.ndarray) -> np.ndarray:
        """Variance at some log followers."""
        with np.errstate(over="ignore"):
            return np.exp(self.level + self.rise * (x - self.centre))

    @property
    def grows(self) -> bool:
        """Whether rates spread wider among larger accounts, by two standard errors."""
        return self.rise > 2 * self.error


def spread_line(bands: Bands, fit: Fit) -> SpreadLine:
    """Fit the line to the squared residuals of bands, as if these were gamma distributed.

    Squared residuals are divided by 1 - leverage and bands weighed by their accounts (Davidian and
    Carroll 1987); those of an account and of a band count alike.

    Parameters
    ----------
    bands : Bands
        Of accounts or cells.
    fit : Fit
        Of a curve to them.

    Returns
    -------
    SpreadLine
        Level with no rise where residuals or sizes are all the same.

    Examples
    --------
    >>> from analysis.estimate.curve.piecewise import least_squares, line
    >>> n, x = np.full(3, 100.0), np.array([8.0, 10.0, 12.0])
    >>> squares = n * np.exp(0.5 * (x - 10))
    >>> bands = Bands(n, x, 0 * x, 0 * x, 0 * x, squares, x - 1, x + 1)
    >>> round(spread_line(bands, least_squares(bands, line(bands))).rise, 2)
    0.5
    """
    x, centre = bands.x - bands.centre, bands.centre
    squares = fit.squares / bands.n / np.maximum(1 - fit.leverage, STRAIGHT)
    level, along = np.average(squares, weights=bands.n), float(bands.n @ x**2)
    if not level > STRAIGHT**2 or not along > STRAIGHT * bands.accounts:
        return SpreadLine(float(np.log(max(level, STRAIGHT**2))), 0.0, np.inf, centre)

    def loss(line: np.ndarray) -> float:
        fitted = line[0] + line[1] * x
        with np.errstate(over="ignore"):
            return float(bands.n @ (squares * np.exp(-fitted) + fitted))

    line = np.array([np.log(level), 0.0])
    for _ in range(ROUNDS):
        score = bands.n * (squares / np.exp(line[0] + line[1] * x) - 1)
        step = np.clip([score.sum() / bands.accounts, score @ x / along], -1, 1)
        size, before = 1.0, loss(line)
        # a whole step may overshoot, where a few residuals are large, and go to and fro for ever
        while size > SETTLED and not loss(line + size * step) <= before + SETTLED * abs(before):
            size /= 2
        line = line + size * step
        if np.abs(step).max() < SETTLED:
            break
    return SpreadLine(float(line[0]), float(line[1]), float(np.sqrt(2 / along)), centre)


def steadied(
    bands: Bands, basis: Basis, fit: Fit, takes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Standard errors of slopes, a row of weights on the coefficients for each, and Satterthwaite's
    degrees of freedom.

    The variance is that of HC3, which holds whatever the spread, raised half way to what the line
    of spreads gives, which does not move with the residuals of few accounts.
    """
    weights = np.asarray(takes, float) @ fit.inverse
    pull = bands.n * (weights @ basis.mean.T) ** 2 + bands.xx * (weights @ basis.slope.T) ** 2
    free = np.maximum(1 - fit.leverage, STRAIGHT)
    parts = pull * spread_line(bands, fit).variance(bands.x) / free
    own, lined = pull @ (fit.squares / bands.n / free**2), parts.sum(axis=1)
    df = lined**2 / (parts**2 @ (1 / bands.n))
    return np.sqrt(own + np.maximum(lined - own, 0.0) / 2), np.clip(df, 1, fit.df)
