"""Least squares along the follower axis, exact from cells and from accounts alike.

Let x be the logarithm of an account's followers and y that of its rate. Every curve fitted here is
a sum of functions of x that are straight inside a band of followers: a line, a line that bends at
an edge (a hinge), a step at an edge. Such a function is known by its mean and its slope in each
band, and all sums of squares and products that least squares need follow from a band's sums of x,
y, x squared, xy and y squared, which MOMENTS hold. An account is a band of its own, so the same
lines fit both.

What cells do not hold is how a squared residual changes with x inside a band. Robust variances take
it as constant there.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from analysis.display import Reason
from analysis.estimate.withheld import why_withheld
from analysis.moments.bands import GRID
from analysis.moments.sample import Sample

STRAIGHT = 1e-9
"""A column whose spread, apart from what other columns explain, is a smaller share repeats them."""

INNER = 0.05
"""Share of accounts that lies beyond the outermost candidates on either side."""

SUMS = (
    "positive", "log_followers", "log_rate", "log_followers2", "log_followers_log_rate",
    "log_rate2", "lower", "upper",
)  # fmt: skip
"""Columns of the rows that bands are made of."""


@dataclass(frozen=True)
class Bands:
    """Rows with accounts of a rate above zero, as band means and sums of squares within bands."""

    n: np.ndarray  # accounts
    x: np.ndarray  # means of log followers and of log rate
    y: np.ndarray
    xx: np.ndarray  # sums of squares and products around these means; zero for an account
    xy: np.ndarray
    yy: np.ndarray
    lower: np.ndarray  # logarithm of the edges; both are x for an account, infinite where open
    upper: np.ndarray
    withheld: Reason | None = None  # why there are none, if sums are not published

    @property
    def accounts(self) -> int:
        """How many accounts."""
        return int(self.n.sum())

    @property
    def single(self) -> bool:
        """Whether every band is an account."""
        return bool((self.lower == self.upper).all())

    @property
    def centre(self) -> float:
        """Mean of log followers over accounts."""
        return np.average(self.x, weights=self.n)

    def quantile(self, share: float) -> float:
        """Log followers below which this share of accounts lies; in cells the upper edge of the
        band that reaches it.
        """
        order = np.argsort(self.upper, kind="stable")
        reached = np.searchsorted(np.cumsum(self.n[order]), share * self.accounts)
        return float(self.upper[order][min(reached, len(order) - 1)])


class Basis(NamedTuple):
    """Functions of log followers, straight in each band."""

    mean: np.ndarray  # over a band's accounts: a row per band, a column per function
    slope: np.ndarray  # within a band


class Fit(NamedTuple):
    """A least-squares fit; the covariance is HC3 with the account as the unit (MacKinnon and White
    1985), which holds its level in small samples (Long and Ervin 2000).
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    df: int  # accounts less columns
    squares: np.ndarray  # sum of squared residuals in each band, exact
    leverage: np.ndarray  # mean of a band's accounts, exact
    inverse: np.ndarray  # of the matrix of sums of products

    @property
    def exact(self) -> bool:
        """Whether all accounts lie on the curve, so that nothing has an error."""
        accounts = self.df + len(self.coefficients)
        return bool(self.squares.sum() <= STRAIGHT**2 * accounts)


def bands_of(sample: Sample) -> Bands:
    """Take the bands of a sample; accounts of rate zero have no logarithm and are left out. Where
    sums of a cell are not published there is no band at all.
    """
    withheld = why_withheld(sample.rows, SUMS)
    # a line through the other bands would be that of other accounts
    rows = sample.rows.head(0) if withheld else sample.rows
    table = np.array([rows[name].to_numpy(float) for name in SUMS])
    n, x, y, xx, xy, yy, lower, upper = table[:, table[0] > 0]
    x, y = x / n, y / n
    # the spread within an account is none, and not what is left of two large numbers
    several = n > 1
    within = (
        np.where(several, np.maximum(xx - n * x * x, 0.0), 0.0),
        np.where(several, xy - n * x * y, 0.0),
        np.where(several, np.maximum(yy - n * y * y, 0.0), 0.0),
    )
    with np.errstate(divide="ignore"):
        return Bands(n, x, y, *within, np.log(lower), np.log(upper), withheld)


def candidates_of(bands: Bands) -> np.ndarray:
    """Edges with enough accounts on either side [log followers], ascending."""
    tried = np.unique(bands.lower)
    if bands.single:
        tried = np.log(np.unique([*GRID, *np.round(10 ** np.arange(2, 8, 0.05))]))
    below = np.array([bands.n[bands.lower < knot].sum() for knot in tried])
    enough = (below >= INNER * bands.accounts) & (below <= (1 - INNER) * bands.accounts)
    return np.array([knot for knot in tried[enough] if is_edge(bands, knot)])


def is_edge(bands: Bands, knot: float) -> bool:
    """Whether no band lies across a knot."""
    return not ((bands.lower < knot) & (bands.upper > knot)).any()


def line(bands: Bands) -> Basis:
    """Make the columns one and log followers, the latter around its mean."""
    ones = np.ones(len(bands.n))
    return Basis(np.column_stack([ones, bands.x - bands.centre]), np.column_stack([0 * ones, ones]))


def hinges(bands: Bands, knots) -> Basis:
    """Make one column for each knot [log followers, an edge]: zero below it, the distance from it
    above.
    """
    above = bands.lower[:, None] >= np.atleast_1d(knots)
    return Basis(np.where(above, bands.x[:, None] - np.atleast_1d(knots), 0.0), above.astype(float))


def steps(bands: Bands, knots) -> Basis:
    """Make one column for each knot [log followers, an edge]: zero below it, one above."""
    above = (bands.lower[:, None] >= np.atleast_1d(knots)).astype(float)
    return Basis(above, np.zeros_like(above))


def joined(*parts: Basis) -> Basis:
    """Put the columns of several bases side by side."""
    means, slopes = zip(*parts, strict=True)
    return Basis(np.hstack(means), np.hstack(slopes))


def products(bands: Bands, first: Basis, second: Basis, weights=1.0) -> np.ndarray:
    """Sum products of the columns of two bases over accounts, each band with a weight."""
    weights = np.broadcast_to(weights, bands.n.shape)
    at_means = (first.mean.T * (weights * bands.n)) @ second.mean
    return at_means + (first.slope.T * (weights * bands.xx)) @ second.slope


def with_rates(bands: Bands, basis: Basis) -> np.ndarray:
    """Sum products of the columns with log rates around their mean, which the constant column takes
    up.
    """
    return basis.mean.T @ (bands.n * bands.y) + basis.slope.T @ bands.xy


def leverages(bands: Bands, basis: Basis, inverse: np.ndarray) -> np.ndarray:
    """Mean leverage of each band's accounts."""
    at_mean, of_slope = (((columns @ inverse) * columns).sum(axis=1) for columns in basis)
    return at_mean + of_slope * bands.xx / bands.n


def residual_squares(bands: Bands, basis: Basis, coefficients: np.ndarray) -> np.ndarray:
    """Sum squared residuals in each band."""
    slope = basis.slope @ coefficients
    within = bands.yy - 2 * slope * bands.xy + slope**2 * bands.xx
    return bands.n * (bands.y - basis.mean @ coefficients) ** 2 + np.maximum(within, 0.0)


def least_squares(bands: Bands, basis: Basis) -> Fit | None:
    """Fit log rates by the columns of a basis; None if these are not independent in the bands, or
    there are no more accounts than columns. The covariance is nan if one account alone decides a
    coefficient.
    """
    df = bands.accounts - basis.mean.shape[1]
    gram = products(bands, basis, basis)
    scale = 1 / np.sqrt(np.maximum(np.diag(gram), np.finfo(float).tiny))
    scaled = gram * np.outer(scale, scale)
    if df < 1 or not np.linalg.eigvalsh(scaled)[0] > STRAIGHT:
        return None
    inverse = np.linalg.inv(scaled) * np.outer(scale, scale)
    coefficients = inverse @ with_rates(bands, basis)
    # sums of products lose digits where columns nearly repeat each other: what is left is fitted
    # once more
    left_y, left_xy = basis.mean @ coefficients, basis.slope @ coefficients * bands.xx
    left = replace(bands, y=bands.y - left_y, xy=bands.xy - left_xy)
    coefficients = coefficients + inverse @ with_rates(left, basis)
    squares = residual_squares(bands, basis, coefficients)
    leverage = leverages(bands, basis, inverse)
    free = 1 - leverage
    weights = np.where(free > STRAIGHT, squares / bands.n / np.maximum(free, STRAIGHT) ** 2, np.nan)
    covariance = inverse @ products(bands, basis, basis, weights) @ inverse
    return Fit(coefficients, covariance, df, squares, leverage, inverse)


def bent_line(bands: Bands, knot: float, step: bool = False) -> Fit | None:
    """Fit a line that bends at a knot, and with `step` also jumps there; None where that cannot be
    done.
    """
    if bands.accounts <= 3 or not is_edge(bands, knot):
        return None
    basis = joined(line(bands), hinges(bands, knot))
    return least_squares(bands, joined(basis, steps(bands, knot)) if step else basis)


def fieller(
    coefficients: np.ndarray, covariance: np.ndarray, t: float
) -> tuple[float, float, float]:
    """Turning point of a quadratic and the points that a t test does not rule out (Fieller
    1954).
    """
    (_, b, c), v = coefficients, covariance
    square, middle = 4 * (c**2 - t**2 * v[2, 2]), 4 * (b * c - t**2 * v[1, 2])
    constant = b**2 - t**2 * v[1, 1]
    under, at = middle**2 - 4 * square * constant, float(-b / (2 * c))
    if square <= 0 or under < 0:
        return at, -np.inf, np.inf
    ends = sorted((-middle + sign * np.sqrt(under)) / (2 * square) for sign in (-1, 1))
    return at, float(ends[0]), float(ends[1])
