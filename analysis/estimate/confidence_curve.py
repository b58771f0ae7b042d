"""How far, not only on which side: the confidence at which an interval reaches a value.

Every interval of an estimate belongs to a family, one for each level of confidence. The confidence
curve shows all of them at once: at each value, the level at which the interval just reaches it
(Schweder and Hjort 2016). It is two-sided; a confidence distribution is its one-sided counterpart
(Xie and Singh 2013). Neither is a probability that the truth lies somewhere: it describes what the
intervals of this method do.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.display import Reason, Result, because, verb
from analysis.estimate.decision import claimed_range
from analysis.estimate.gathered import Results
from analysis.estimate.results import SCALES, Estimate, Estimates
from analysis.registers import lookup
from analysis.registers.claims import Claim, Test

UNEVEN = 1e-6
"""How far, in widths of the interval, an estimate may lie from the middle that it was made with."""

HIGHEST = 0.9999
"""Up to which level a curve is drawn, and beyond which no level is given."""


class OnScale(NamedTuple):
    """An estimate where its interval is symmetric: value, standard error, degrees of freedom."""

    value: float
    se: float
    df: float


def on_scale(estimate: Estimate) -> OnScale | Reason:
    """Take an estimate to the scale of its interval, or say why there is none.

    Returns
    -------
    OnScale or Reason
        The standard error is that of the interval: its half width over the quantile of t.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> log = on_scale(kim.contrast("micro", "macro"))
    >>> round(log.value, 3), round(log.se, 4)
    (0.322, 0.0182)
    """
    family = estimate.family
    if not np.isfinite([estimate.estimate, estimate.low, estimate.high]).all():
        return because("no_interval_to_extend")
    if family is None:
        return because("interval_not_by_t")
    with np.errstate(divide="ignore"):  # an end of zero has no logarithm, and is refused below
        ends = (estimate.low, estimate.estimate, estimate.high)
        low, value, high = SCALES[family.scale][0](np.array(ends))
    # an interval that was widened on one side is not of the family any more
    if not abs(low + high - 2 * value) <= UNEVEN * (high - low):
        return because("interval_not_by_t")
    se = (high - low) / 2 / stdtrit(family.df, (1 + estimate.context.confidence) / 2)
    return OnScale(float(value), float(se), float(family.df))


@dataclass(frozen=True, repr=False)
class ConfidenceCurve(Result):
    """At each value, the confidence at which the interval of an estimate reaches it.

    Attributes
    ----------
    estimate : Estimate
        What was observed.
    claim : str
        Key of the claim whose range is marked; empty without a claim.
    test : Test or None
        The test of the claim.
    range : tuple of float
        The open range that counts as the claim being right, in the unit of the estimate; nan
        without a claim.
    missed : float
        One less the confidence at which the interval reaches the end of the claimed range that is
        nearest: from outside, or from within. It is the two-sided p-value of that end; nan without
        a claim or a curve.
    missed_value : float
        The same of the claimed value itself.
    held : float
        Share of the confidence distribution within the claimed range, 0 to 1.
    reasons : tuple of Reason
        Why there is no curve; empty if there is one.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> curve = kim.contrast("micro", "macro").confidence_curve("D06")
    >>> round(curve.nearest, 3), round(curve.reached, 2)
    (1.455, 99.61)
    """

    estimate: Estimate
    claim: str
    test: Test | None
    range: tuple[float, float]
    missed: float
    missed_value: float
    held: float
    reasons: tuple[Reason, ...] = ()

    @property
    def inside(self) -> bool:
        """Whether the estimate itself lies in the claimed range."""
        return self.range[0] < self.estimate.estimate < self.range[1]

    @property
    def nearest(self) -> float:
        """The end of the claimed range that the interval reaches first."""
        end = None if self.reasons else nearest_end(self.estimate, self.range)
        return np.nan if end is None else end

    @property
    def reached(self) -> float:
        """The confidence at which the interval reaches the nearest end of the claimed range
        [percent].
        """
        return 100 * (1 - self.missed)

    def to_frame(self, points: int = 201) -> pd.DataFrame:
        """Give the curve from end to end of the interval of level HIGHEST: ``value``, in the unit
        of the estimate, and ``confidence`` [percent].
        """
        if self.reasons:
            return pd.DataFrame({"value": [], "confidence": []}, dtype=float)
        there, back = SCALES[self.estimate.family.scale]
        value, se, df = on_scale(self.estimate)
        reach = stdtrit(df, (1 + HIGHEST) / 2) * se
        # the middle is among an odd number of points, and is the estimate
        values = back(np.linspace(value - reach, value + reach, points))
        missed = _missed(OnScale(value, se, df), there(values))
        return pd.DataFrame({"value": values, "confidence": 100 * (1 - missed)})


def _missed(made: OnScale, values: np.ndarray) -> np.ndarray:
    return 2 * stdtr(made.df, -np.abs(values - made.value) / made.se)


def missed_at(estimate: Estimate, value: float) -> float:
    """Give one less the confidence at which the interval of an estimate reaches a value.

    Raises
    ------
    ValueError
        If the interval was not made by Student's t.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> lift = kim.contrast("micro", "macro")
    >>> round(float(missed_at(lift, lift.high)), 4)
    0.05
    """
    made = on_scale(estimate)
    if isinstance(made, Reason):
        raise ValueError(f"{estimate.label} has no confidence curve: {made}.")
    with np.errstate(divide="ignore"):
        return float(_missed(made, SCALES[estimate.family.scale][0](value)))


def nearest_end(estimate: Estimate, ends: tuple[float, float]) -> float | None:
    """Give the end of a range that the interval of an estimate reaches first; None if it has none.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> nearest_end(kim.contrast("micro", "macro"), (1.45, 1.76))
    1.45
    """
    inner = [end for end in ends if 0 < end < np.inf]
    return max(inner, key=lambda end: missed_at(estimate, end), default=None)


def _held(estimate: Estimate, low: float, high: float) -> float:
    """Share of the confidence distribution between two values."""
    value, se, df = on_scale(estimate)
    with np.errstate(divide="ignore"):
        ends = SCALES[estimate.family.scale][0](np.array([low, high]))
    below, above = (ends - value) / se
    # from the nearer tail, where differences of values close to 1 would lose their digits
    if below > 0:
        below, above = -above, -below
    return float(stdtr(df, above) - stdtr(df, below))


@verb(Estimate, Estimates)
def confidence_curve(
    estimate: Estimate | Estimates, claim: Claim | str | None = None, test: Test | None = None
) -> ConfidenceCurve | Results:
    """Give the confidence at which the interval of an estimate reaches each value, with the range
    of a claim marked.

    Parameters
    ----------
    estimate : Estimate or Estimates
        With an interval by Student's t on whichever scale: ratios, levels, elasticities, slopes,
        shares of pairs. Of several, each has a curve.
    claim : Claim or str, optional
        A claim in the unit of the estimate, or its key.
    test : Test, optional
        Which of the claim's tests; the first if not given.

    Returns
    -------
    ConfidenceCurve or Results

    Raises
    ------
    ValueError
        If the claim has no tests.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> curve = kim.contrast("micro", "macro").confidence_curve("D06")
    >>> print(curve.sentence().split("counts). ")[1])
    It would take 99.6 % confidence for the interval to reach +45 %; the claimed +60 % lies outside\
 every interval up to 99.99 %.
    """
    if isinstance(estimate, Estimates):
        keys = estimate.keys if len(estimate.keys.columns) else _labels(estimate)
        return Results(tuple(confidence_curve(one, claim, test) for one in estimate), keys)
    claim = lookup.claim(claim) if isinstance(claim, str) else claim
    if claim is not None and not claim.tests:
        raise ValueError(f"{claim.key} has no test, so no range to mark.")
    test = test or (claim.tests[0] if claim is not None else None)
    ends = claimed_range(test) if test else (np.nan, np.nan)
    made, key = on_scale(estimate), claim.key if claim is not None else ""
    if isinstance(made, Reason):
        why = (made,) if np.isfinite(estimate.low) else (made, *estimate.reasons)
        return ConfidenceCurve(estimate, key, test, ends, np.nan, np.nan, np.nan, why)
    if test is None:
        return ConfidenceCurve(estimate, key, test, ends, np.nan, np.nan, np.nan)
    missed = [missed_at(estimate, end) for end in ends if 0 < end < np.inf]
    value = missed_at(estimate, test.value)
    held = _held(estimate, *ends)
    return ConfidenceCurve(estimate, key, test, ends, max(missed), value, held)


def _labels(estimates: Estimates) -> pd.DataFrame:
    """Keys of results, of estimates that only their labels distinguish."""
    columns = ("source", "metric", "posts")
    rows = [(*map(one.context.__getattribute__, columns), one.label) for one in estimates]
    return pd.DataFrame(rows, columns=[*columns, "label"])
