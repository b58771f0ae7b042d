"""What would flip a verdict: the smallest bias by which it becomes undecided, or its opposite.

A bias moves an estimate and its interval together, on the scale that fits the unit, and the rule
for verdicts is applied again. The number states how far off an estimate would have to be, not how
far off it is: shifts that were measured stand beside it (`analysis.estimate.shifts`).
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from analysis.display import Reason, Result, namespace_of
from analysis.estimate import turning as turning_module
from analysis.estimate.decision import ends_of
from analysis.estimate.results import SCALES
from analysis.estimate.turning import Turning, turning  # noqa: F401 (lent by this namespace)
from analysis.registers.shifts import is_clear, shifts_of

OF_UNITS = {
    "probability": "odds", "reliability": "odds", "share": "odds", "elasticity": "difference",
}  # fmt: skip
"""How a bias moves a value of each unit: by a factor on its odds, or by a difference. Ratios,
levels, followers and whatever is not named are moved by a factor.
"""


@dataclass(frozen=True)
class Shift:
    """A shift that was measured or simulated, to compare a bias with.

    Attributes
    ----------
    kind, level : str
        What was changed, such as ``age`` or ``rounding``, and to what.
    shift : float
        By how much the estimate moved, as the `bias` of `Flip`.
    shift_low, shift_high : float
        Interval of the shift; of one that was measured it holds for all that were tried at once.
    tried : int
        How many were.
    """

    kind: str
    level: str
    shift: float
    shift_low: float = np.nan
    shift_high: float = np.nan
    tried: int = 1


@dataclass(frozen=True, repr=False)
class Flip(Result):
    """The smallest bias that would change a verdict.

    Attributes
    ----------
    claim, source, scheme : str
        Keys, as in the verdict.
    test : int
        Number of the test.
    outcome : str
        Of the verdict.
    unit : str
        Of the estimate.
    estimate : float
        As it was judged.
    scale : str
        ``factor`` (on the estimate), ``odds`` (a factor on the odds of a probability or a
        reliability) or ``difference``.
    undecided, opposite : float
        The bias beyond which the verdict is undecided, and beyond which a supported claim is
        contradicted or the reverse: above 1 (or 0, of a difference) if the estimate would have to
        be higher. nan if no bias does it, or if the verdict decides nothing.
    beside : tuple of Shift
        The largest clear shift of each kind and direction registered for the same question.
    toward : Shift or None
        The largest clear shift, of those measured within the source, that leads the same way as
        the bias by which the verdict becomes undecided.
    compared : bool
        Whether shifts within the source are registered.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> flip = an.claim("D06").judge(kim.contrast("micro", "macro")).flip()
    >>> flip.scale, round(flip.undecided, 3), round(flip.opposite, 3)
    ('factor', 1.017, 1.092)
    """

    claim: str
    source: str
    scheme: str
    test: int
    outcome: str
    unit: str
    estimate: float
    scale: str
    undecided: float
    opposite: float
    beside: tuple[Shift, ...] = ()
    toward: Shift | None = None
    compared: bool = False

    @property
    def enough(self) -> bool:
        """Whether the shift towards the flip is as large as the bias that it takes."""
        if self.toward is None:
            return False
        return bool(_size(self.toward.shift, self.scale) >= _size(self.undecided, self.scale))


def scale_of(unit: str) -> str:
    """Name the scale on which a bias of a unit is a sum.

    Examples
    --------
    >>> scale_of("ratio"), scale_of("probability"), scale_of("elasticity")
    ('factor', 'odds', 'difference')
    """
    return OF_UNITS.get(unit, "factor")


def shifted(values, bias: float, unit: str) -> np.ndarray:
    """Move values by a bias, on the scale of their unit.

    Parameters
    ----------
    values : array_like
        In `unit`: an estimate, or the ends of its interval.
    bias : float
        A factor, a factor on the odds, or a difference: see `scale_of`.

    Examples
    --------
    >>> shifted([1.0], 1.5, "ratio").tolist(), shifted([0.5], 3.0, "probability").tolist()
    ([1.5], [0.75])
    """
    scale = scale_of(unit)
    step = bias if scale == "difference" else np.log(bias)
    with np.errstate(divide="ignore"):  # an end of zero stays at zero
        there, back = SCALES[scale]
        return back(there(np.asarray(values, float)) + step)


def distance(value: float, reference: float, unit: str) -> float:
    """Give the bias that leads from a reference to a value.

    Examples
    --------
    >>> round(float(distance(1.55, 1.38, "ratio")), 2)
    1.12
    """
    scale = scale_of(unit)
    there, _ = SCALES[scale]
    step = there(value) - there(reference)
    return float(step if scale == "difference" else np.exp(step))


def flips(
    low: float, high: float, claimed: tuple[float, float], outcome: str, unit: str
) -> tuple[float, float]:
    """Give the smallest biases by which a verdict becomes undecided, and its opposite.

    With the interval from `l` to `u` and the claimed range from `a` to `b`, on the scale of the
    unit, a supported claim is undecided from a shift of `a - l` or `b - u` on, and contradicted
    from `a - u` or `b - l` on; a contradicted one is undecided beyond `a - u` or `b - l`, and
    supported beyond `a - l` or `b - u`, if the interval fits the range at all. The relative idea is
    that of the E-value (VanderWeele and Ding 2017); nothing is assumed of where a bias is from.

    Parameters
    ----------
    low, high : float
        The interval that was judged, in `unit`.
    claimed : tuple of float
        The range that counts as the claim being right.
    outcome : str
        ``supported`` or ``contradicted``; anything else has no flip.
    unit : str
        Of the interval.

    Returns
    -------
    tuple of float
        As `Flip.undecided` and `Flip.opposite`; nan where no bias does it.

    Examples
    --------
    >>> [round(bias, 2) for bias in flips(2.0, 3.0, (1.0, np.inf), "supported", "ratio")]
    [0.5, 0.33]
    """
    scale = scale_of(unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.array([low, high, *claimed], float)
        if scale == "odds":  # a range without an end on either side holds every share
            ends[2:] = np.clip(ends[2:], 0.0, 1.0)
        l, u, a, b = SCALES[scale][0](ends)  # noqa: E741 (as in the formula)
        if outcome == "supported":
            steps = (a - l, b - u), (a - u, b - l)
        elif outcome == "contradicted" and u <= a:
            steps = (a - u,), (a - l,) if a - l < b - u else ()
        elif outcome == "contradicted" and l >= b:
            steps = (b - l,), (b - u,) if b - u > a - l else ()
        else:
            return np.nan, np.nan
    undecided, opposite = (_smallest(candidates) for candidates in steps)
    if scale == "difference":
        return undecided, opposite
    return float(np.exp(undecided)), float(np.exp(opposite))


def flips_of(
    span: Reason | None, low: float, high: float, outcome: str, unit: str, by_bound: bool
) -> tuple[float, float]:
    """Give `flips` for a range in words; nan where a verdict is made by reading or by parts.
    Accounts of rate zero that can only favour an outcome never decide the opposite one.
    """
    claimed = ends_of(span)
    if claimed is None:
        return np.nan, np.nan
    undecided, opposite = flips(low, high, claimed, outcome, unit)
    return undecided, np.nan if by_bound else opposite


def largest_shifts(claim: str, source: str, scheme: str, test: int) -> tuple[Shift, ...]:
    """Look up the largest registered shift of each kind and direction for one question, of those
    measured only the clear ones, whose interval holds no shift of none. Of other sources the one
    that differs most is given, whichever way.

    Examples
    --------
    >>> largest_shifts("D06", "my-posts", "harvard-media", 1)
    ()
    >>> shifts = largest_shifts("D06", "instagram-kim", "harvard-media", 1)
    >>> [(one.level, round(one.shift, 2)) for one in shifts if one.kind == "age"]
    [('older', 1.12)]
    """
    largest: dict[tuple, Shift] = {}
    for row in shifts_of(claim, source, scheme, test):
        none = 0.0 if row["scale"] == "difference" else 1.0
        if row["how"] == "measured" and not is_clear(row):
            continue
        shift = _shift(row)
        which = (shift.kind, shift.kind != "source" and shift.shift > none)
        held = largest.get(which)
        if held is None or _size(shift.shift, row["scale"]) > _size(held.shift, row["scale"]):
            largest[which] = shift
    return tuple(largest.values())


def flip_of_question(
    claim: str, source: str, scheme: str, test: int, outcome: str, unit: str, estimate: float,
    undecided: float, opposite: float = np.nan,
) -> Flip:  # fmt: skip
    """Put the biases that would change a verdict beside the shifts registered for its question.

    Examples
    --------
    >>> which = ("D06", "instagram-kim", "harvard-media", 1)
    >>> flip = flip_of_question(*which, "contradicted", "ratio", 1.38, 1.017)
    >>> flip.toward.level, flip.enough
    ('fashion', True)
    """
    which, scale = (claim, source, scheme, test), scale_of(unit)
    within = [row for row in shifts_of(*which) if row["how"] == "measured"]
    within = [row for row in within if row["kind"] != "source"]
    none = 0.0 if scale == "difference" else 1.0
    clear = [row for row in within if is_clear(row)]
    if np.isnan(undecided):
        clear = []
    same_way = [row for row in clear if (row["shift"] > none) == (undecided > none)]
    shifts = [_shift(row) for row in same_way]
    toward = max(shifts, key=lambda one: _size(one.shift, scale), default=None)
    values = (outcome, unit, estimate, scale, undecided, opposite)
    return Flip(*which, *values, largest_shifts(*which), toward, bool(within))


def _shift(row: dict[str, Any]) -> Shift:
    return Shift(*(row[field.name] for field in fields(Shift)))


def _size(shift: float, scale: str) -> float:
    return abs(shift if scale == "difference" else np.log(shift))


def _smallest(steps: tuple[float, ...]) -> float:
    """The step nearest to none; nan if there is none that is finite."""
    finite = [float(step) for step in steps if np.isfinite(step)]
    return min(finite, key=abs, default=np.nan)


__getattr__, __dir__ = namespace_of(globals(), vars(turning_module))
