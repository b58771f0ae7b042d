"""Many breakpoints at once: the test of each, and how large the largest is where there is none.

What is concluded from several breakpoints at once holds for all of them: t values of neighbouring
breakpoints are close to each other, so the null distribution of the largest is drawn with the
correlations that the data show, robust like the variances.
"""

from typing import NamedTuple

import numpy as np

from analysis.estimate.curve.piecewise import (
    STRAIGHT,
    Bands,
    Basis,
    Fit,
    hinges,
    least_squares,
    line,
    products,
    with_rates,
)

SIGNS_UP_TO = 2_000
"""Up to so many accounts the null distribution is drawn by flipping the signs of residuals."""

AT_ONCE = 500
"""Draws that are made together, so that memory stays small."""


class Scan(NamedTuple):
    """Every candidate at once."""

    knots: np.ndarray  # [log followers]
    squares: np.ndarray  # sum of squared residuals with a bend there
    t: np.ndarray  # of the score test
    correlation: np.ndarray  # of the t values if there is no bend
    rest: Basis  # what each hinge adds to a straight line
    straight: Fit

    @property
    def best(self) -> int:
        """Place of the candidate that fits best."""
        return int(np.argmin(self.squares))


def scan(bands: Bands, knots: np.ndarray) -> Scan | None:
    """Score test of a hinge at each knot, residuals taken from the straight line, as holds if there
    is no bend; without knots whose hinge repeats the line. None where no knot is left, or no
    account lies beside the line.
    """
    if bands.accounts <= 2 or not len(knots):
        return None
    straight, bent = line(bands), hinges(bands, knots)
    fit = least_squares(bands, straight)
    if fit is None or fit.exact:
        return None
    explained = fit.inverse @ products(bands, straight, bent)
    rest = Basis(bent.mean - straight.mean @ explained, bent.slope - straight.slope @ explained)
    score, own = with_rates(bands, rest), np.diag(products(bands, rest, rest))
    parts = own > STRAIGHT * np.diag(products(bands, bent, bent))
    if not parts.all():
        return scan(bands, knots[parts])
    middle = products(bands, rest, rest, fit.squares / bands.n)
    spread = np.sqrt(np.diag(middle))
    squares = fit.squares.sum() - score**2 / own
    return Scan(knots, squares, score / spread, middle / np.outer(spread, spread), rest, fit)


def wild(bands: Bands) -> bool:
    """Whether `largest_t` flips signs of residuals, and does not draw correlated normal numbers."""
    return bands.single and bands.accounts <= SIGNS_UP_TO


def largest_t(bands: Bands, tried: Scan, seed: int, draws: int, bent: bool = False) -> np.ndarray:
    """Draw the largest absolute t of several breakpoints if there is none: that of the score
    test, or of the fit with the bend (HC3) if `bent`.

    Up to SIGNS_UP_TO accounts each draw flips the signs of the residuals from the straight line at
    random (wild bootstrap with the null imposed, Davidson and Flachaire 2008), which keeps the size
    where few accounts lie beyond a breakpoint. With more, and from cells, t values are normal with
    the correlation that the residuals show.
    """
    rng = np.random.default_rng(seed)
    if wild(bands):
        return _flipped(bands, tried, rng, draws, bent)
    size, turn = np.linalg.eigh(tried.correlation)
    kept = size > 1e-8 * size[-1]
    normal = rng.standard_normal((draws, kept.sum())) @ (turn[:, kept] * np.sqrt(size[kept])).T
    return np.abs(normal).max(axis=1)


def _flipped(
    bands: Bands, tried: Scan, rng: np.random.Generator, draws: int, bent: bool
) -> np.ndarray:
    straight, rest, fit = line(bands).mean, tried.rest.mean, tried.straight
    residual, own = bands.y - straight @ fit.coefficients, (rest**2).sum(axis=0)
    free = 1 - fit.leverage[:, None] - rest**2 / own * bent
    weights = 1 / np.maximum(free, STRAIGHT) ** 2 if bent else np.ones_like(free)
    parts = []
    for _ in range(-(-draws // AT_ONCE)):
        flipped = residual * rng.choice([-1.0, 1.0], (AT_ONCE, bands.accounts))
        score = flipped @ rest
        left = flipped - (flipped @ straight) @ fit.inverse @ straight.T
        variance = left**2 @ (rest**2 * weights)
        if bent:  # the hinge takes up a part of the residuals from the line
            change = score / own
            crossed = left @ (rest**3 * weights)
            variance += change**2 * (rest**4 * weights).sum(axis=0) - 2 * change * crossed
        t = np.abs(score) / np.sqrt(np.maximum(variance, np.finfo(float).tiny))
        parts.append(t.max(axis=1))
    return np.concatenate(parts)[:draws]


def chance(largest: np.ndarray, t: float) -> float:
    """Share of draws that reach t, the observed one counted as a draw (Davison and Hinkley
    1997).
    """
    return float((1 + (largest >= t).sum()) / (1 + len(largest)))


def critical(largest: np.ndarray, confidence: float) -> float:
    """The t above which `chance` is at most 1 - confidence."""
    return float(np.sort(largest)[-max(int((1 - confidence) * (1 + len(largest)) + 1e-9), 1)])
