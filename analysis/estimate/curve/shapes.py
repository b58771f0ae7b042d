"""What the tests for a U and an inverted U share: the answer, and how two slopes decide it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.display import Reason, Result, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.estimates import Quantity, estimates_of
from analysis.estimate.curve.piecewise import Bands
from analysis.estimate.curve.scaled_residuals import Spread
from analysis.estimate.registry import PER_DECADE
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.tier_averages import rate_of
from analysis.moments.sample import Sample

SHAPES = {"inverted U": 1.0, "U": -1.0}
"""Every shape, with the sign of its slope at the low end."""

ENDS, SIDES = ("slope at the low end", "slope at the high end"), ("slope below", "slope above")
"""Labels of the two slopes of a quadratic, and of two lines."""

QUADRATIC, LINES = "Lind and Mehlum", "two lines"
"""Names of the tests."""


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
        confidence): one lies above 1 and the other below, as the shape demands, if and only if p is
        at most 1 - confidence.
    p : float
        Of the shape not being there, by the test that was asked: the larger of its two one-sided p.
    shown : bool
        Whether p and p_two_lines are at most 1 - confidence: a quadratic alone also passes where
        the rate rises and is then level. On raw followers nothing is shown.
    test : str
        The test that was asked.
    p_two_lines : float
        The p of two lines, which have to agree; nan where the quadratic does not pass, and on raw
        followers.

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
    test: str = LINES
    p_two_lines: float = np.nan

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each of the three estimates, with the columns ``p``, ``shown``, ``test``
        and ``p_two_lines``.
        """
        estimates = Estimates.of([self.turning, self.low_end, self.high_end])
        tested = {"test": self.test, "p_two_lines": self.p_two_lines}
        return estimates.to_frame().assign(p=self.p, shown=self.shown, **tested)


class Sides(NamedTuple):
    """Slopes on either side of a turning point, each with its standard error, and how their t
    values spread. Multiplied by `by` they are logarithms of a ratio in `unit`.
    """

    labels: tuple[str, str]
    slopes: list[tuple[float, float]]
    spread: Spread
    by: float
    unit: str

    def p(self, shape: str, tails: int) -> float:
        """The larger one-sided p, times the tails."""
        signs = (SHAPES[shape], -SHAPES[shape])
        both = [
            self.spread.chance(place, value / se, sign)
            for place, (sign, (value, se)) in enumerate(zip(signs, self.slopes, strict=True))
        ]
        return min(tails * max(both), 1.0)

    def ratios(self, level: float) -> list[np.ndarray]:
        """Each slope as a ratio, with its interval."""
        with np.errstate(over="ignore"):
            return [
                np.exp(self.by * np.array([value, *self.spread.interval(place, value, se, level)]))
                for place, (value, se) in enumerate(self.slopes)
            ]


def answer(
    sample: Sample, bands: Bands, shape: str, sides: Sides, turning: tuple[float, ...],
    how: list[Reason], confidence: float,
) -> Shape:  # fmt: skip
    """Answer by two lines, each tested at half the level."""
    p = sides.p(shape, tails=2)
    shown = bool(p <= 1 - confidence)
    if not shown:
        how = [because("shape_not_shown", shape=shape, p=p), *how]
    values = [turning, *sides.ratios((1 + confidence) / 2)]
    made = _estimates(sample, bands, shape, sides, values, how, shown, confidence)
    return Shape(shape, *made, p, shown, LINES, p)


def confirmed(
    sample: Sample, bands: Bands, shape: str, sides: Sides, turning: tuple[float, ...],
    how: list[Reason], lines: Shape | None, confidence: float,
) -> Shape:  # fmt: skip
    """Answer by a quadratic, which counts only where two lines agree; these are None where they
    need not be asked.
    """
    p = sides.p(shape, tails=1)
    shown = bool(lines and lines.shown)
    if lines and not shown:
        how = [because("two_lines_disagree", shape=shape, p=p, lines=lines.p), *how]
    elif p > 1 - confidence:
        how = [because("shape_not_shown", shape=shape, p=p), *how]
    values = [turning, *sides.ratios(confidence)]
    made = _estimates(sample, bands, shape, sides, values, how, shown, confidence)
    return Shape(shape, *made, p, shown, QUADRATIC, lines.p if lines else np.nan)


def _estimates(
    sample: Sample, bands: Bands, shape: str, sides: Sides, values: list, how: list[Reason],
    shown: bool, confidence: float,
) -> list[Estimate]:  # fmt: skip
    quantities = _quantities(sample, shape, sides.labels, sides.unit)
    status = "ok" if shown and bands.accounts >= INDICATIVE else "indicative"
    return estimates_of(sample, bands.accounts, quantities, values, tuple(how), status, confidence)


def _quantities(sample: Sample, shape: str, labels: tuple[str, str], unit: str) -> list[Quantity]:
    rate = rate_of(sample)
    turns = Quantity("turning point", "followers", because("turning", rate=rate, shape=shape))
    slopes = [because("slope_of_side", side=name, rate=rate) for name in labels]
    return [turns, *(Quantity(*pair) for pair in zip(labels, (unit, unit), slopes, strict=True))]


def nothing(
    sample: Sample, bands: Bands, shape: str, confidence: float, why: Reason, test: str
) -> Shape:
    """Answer nothing, with the reason."""
    quantities = _quantities(sample, shape, ENDS, PER_DECADE)
    rest = (None, (why,), "undefined", confidence)
    made = estimates_of(sample, bands.accounts, quantities, *rest)
    return Shape(shape, *made, np.nan, False, test)
