"""Worlds along followers: log rates lie around a line, or two that meet, with the accounts,
followers and spreads of each cell of a source.

Sums over the accounts of a cell are drawn as such: of normal deviations the sum, the sum of
products with log followers and the rest of the sum of squares are independent.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.estimate.curve.breakpoint import breakpoint
from analysis.estimate.curve.elasticity import slope
from analysis.estimate.curve.piecewise import Bands, bands_of, bent_line
from analysis.estimate.registry import estimated
from analysis.moments.sample import Sample
from analysis.registers.claims import Test

DRAWS = 199
"""Inner draws of the search for a breakpoint, fewer than by default."""

FEW = 10
"""Accounts below which a cell has the spread of all cells."""


@dataclass(frozen=True)
class Line:
    """Log rate against log followers: two lines that meet, or one.

    Attributes
    ----------
    at : float
        Log followers where they meet.
    level : float
        Log rate there.
    below, above : float
        Slopes.
    """

    at: float
    level: float
    below: float
    above: float

    def values(self, x: np.ndarray) -> np.ndarray:
        """Log rates at log followers."""
        apart = x - self.at
        return self.level + np.where(apart < 0, self.below, self.above) * apart


def observed_line(sample: Sample, at: float) -> Line:
    """Fit two lines that meet at a number of followers; one, where a sample does not carry two."""
    bands, knot = bands_of(sample), np.log(at)
    fit = bent_line(bands, knot)
    if fit is None:
        return straight_line(sample, at)
    below, above = fit.coefficients[1], fit.coefficients[1] + fit.coefficients[2]
    return _through_the_middle(bands, Line(knot, 0.0, float(below), float(above)))


def straight_line(sample: Sample, at: float) -> Line:
    """Fit one line."""
    one = slope(sample).value
    return _through_the_middle(bands_of(sample), Line(np.log(at), 0.0, one, one))


def _through_the_middle(bands: Bands, line: Line) -> Line:
    """Raise a line until it has the mean of all log rates."""
    apart = np.average(bands.y - line.values(bands.x), weights=bands.n)
    return replace(line, level=float(line.level + apart))


def line_for(test: Test, sample: Sample, value: float) -> Line:
    """Bend a line so that what the test asks for has a value; the rest is as in the source."""
    if test.estimator == "breakpoint":
        return replace(observed_line(sample, test.value), at=float(np.log(value)))
    if test.estimator == "rate at":
        return replace(
            straight_line(sample, test.at), level=float(np.log(value / sample.metric.scale))
        )
    side = test.estimator.removeprefix("slope ")
    # a ratio per decade of followers is ten to the power of the slope
    return replace(observed_line(sample, test.at), **{side: float(np.log10(value))})


def world_of(sample: Sample, line: Line, rng: np.random.Generator) -> Sample:
    """Draw the sums of logs of every cell anew."""
    rows = sample.rows
    names = ("positive", "log_followers", "log_followers2", "lower", "upper")
    n, total, squares, lower, upper = (rows[name].to_numpy(float) for name in names)
    held = np.maximum(n, 1)
    x = total / held
    within = np.where(n > 1, np.maximum(squares - n * x**2, 0.0), 0.0)
    inner = _slopes_within(line, x, lower, upper)
    level, sd = line.values(x), _spreads(sample)
    first = np.where(n > 0, sd * np.sqrt(n) * rng.standard_normal(len(n)), 0.0)
    second = np.where(n > 1, sd * rng.standard_normal(len(n)), 0.0)
    rest = np.where(n > 2, sd**2 * rng.chisquare(np.maximum(n - 2, 1)), 0.0)
    logs = n * level + first
    products = total * level + inner * within + x * first + np.sqrt(within) * second
    fitted = n * level**2 + inner**2 * within
    errors = first**2 / held + second**2 + rest
    crossed = 2 * (level * first + inner * np.sqrt(within) * second)
    sums = {
        "log_rate": logs,
        "log_rate2": fitted + crossed + errors,
        "log_followers_log_rate": products,
    }
    return replace(sample, rows=rows.assign(**sums), histogram=None)


def _slopes_within(line: Line, x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Slope of a line within each band; from edge to edge where two lines meet inside."""
    low, high = np.log(np.maximum(lower, 1.0)), np.log(upper)
    high = np.where(np.isfinite(high), high, 2 * x - low)
    wide = high > low
    apart = np.where(wide, high - low, 1.0)
    return np.where(wide, (line.values(high) - line.values(low)) / apart, 0.0)


def _spreads(sample: Sample) -> np.ndarray:
    """Standard deviation of log rates within each cell."""
    names = ("positive", "log_rate", "log_rate2")
    n, total, squares = (sample.rows[name].to_numpy(float) for name in names)
    inner = np.maximum(squares - total**2 / np.maximum(n, 1), 0.0)
    several = n > 1
    if not several.any():
        fit = observed_line(sample, float(np.exp(bands_of(sample).centre)))
        left = bands_of(sample).y - fit.values(bands_of(sample).x)
        return np.full(len(n), left.std())
    common = inner[several].sum() / (n[several] - 1).sum()
    return np.sqrt(np.where(n >= FEW, inner / np.maximum(n - 1, 1), common))


def line_ends(
    test: Test,
    sample: Sample,
    lines: tuple[Line, ...],
    worlds: int,
    rng,
    confidence: float,
    beside: Sample | None = None,
):
    """Intervals of a test in many worlds, one after the other; `lines` are that of the sample and
    that of the sample beside it.
    """
    ask = _ask(test, confidence)
    ends = []
    for _ in range(worlds):
        other = None if beside is None else world_of(beside, lines[1], rng)
        estimate = ask(world_of(sample, lines[0], rng), other)
        ends.append((estimate.low, estimate.high, estimate.status))
    low, high, status = zip(*ends, strict=True)
    return np.array(low), np.array(high), np.array(status)


def _ask(test: Test, confidence: float) -> Callable:
    if test.estimator == "breakpoint":
        return lambda world, _: breakpoint(world, confidence, places=(), draws=DRAWS).at
    return lambda world, other: estimated(test, world, confidence, other)
