"""Which assumption decides between simple ways of spending a budget, and from which value on
another one wins.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import Result

STEPS = 48
"""Values of an assumption that are tried on either side of the assumed one."""

HALVINGS = 20
"""Times that the interval with the change is halved."""

MOST_OVERLAP = 0.5
"""Largest overlap that is tried."""

MOST_HANDLING = 0.1
"""Largest handling cost that is tried, as a share of the budget: at more, hardly anybody is hired.
"""


@dataclass(frozen=True, repr=False)
class Turning(Result):
    """The value of an assumption from which on another decision has the least regret.

    Attributes
    ----------
    assumption : str
        ``handling`` (money per creator) or ``overlap`` (a share).
    assumed, value : float
        What was assumed, and where the winner changes; nan if nothing that was tried changes it.
    now, then : str
        The decision with the least regret at the assumed value, and beyond the other one.
    currency : str
        Of a handling cost.
    """

    assumption: str
    assumed: float
    value: float
    now: str
    then: str
    currency: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``assumption, assumed, value, now, then``."""
        row = (self.assumption, self.assumed, self.value, self.now, self.then)
        columns = ["assumption", "assumed", "value", "now", "then"]
        return pd.DataFrame([row], columns=columns)


def turning(
    winner: Callable[[float, float], str], handling: float, overlap: float, budget: float,
    currency: str = "",
) -> Turning:  # fmt: skip
    """Find the assumption that decides: the one whose change to another winner is nearest.

    Parameters
    ----------
    winner : callable
        Gives the name of the decision with the least regret at a handling cost and an overlap.
    handling, overlap : float
        What is assumed.
    budget : float
        Of which the handling cost of a creator is at most a tenth, or what is assumed.
    currency : str
        Of both.

    Examples
    --------
    >>> found = turning(lambda cost, _: "all macro" if cost > 12 else "all micro", 150, 0.0, 20_000)
    >>> found.assumption, round(found.value), found.then
    ('handling', 12, 'all micro')
    """
    now = winner(handling, overlap)
    most = max(budget * MOST_HANDLING, handling)
    smallest = (handling or most) * 1e-3
    costs = np.concatenate([[0.0], np.geomspace(smallest, most, 2 * STEPS), [handling]])
    shares = np.concatenate([np.linspace(0, MOST_OVERLAP, STEPS // 2), [overlap]])
    found = []
    for name, at, values, which in (
        ("handling", handling, costs, lambda value: winner(value, overlap)),
        ("overlap", overlap, shares, lambda value: winner(handling, value)),
    ):
        value = _nearest(which, at, np.unique(values), now)
        if value is not None:
            distance = abs(value - at) / max(value, at, 1e-12)
            beyond = which(value + (value - at) * 1e-6)
            found.append((distance, Turning(name, at, value, now, beyond, currency)))
    if not found:
        return Turning("handling", handling, np.nan, now, now, currency)
    return min(found, key=lambda pair: pair[0])[1]


def _nearest(
    which: Callable[[float], str], at: float, values: np.ndarray, now: str
) -> float | None:
    """The value nearest to `at`, below or above, at which another decision wins."""
    ends = []
    for side in (values[values < at][::-1], values[values > at]):
        inside = at
        for value in side:
            if which(value) != now:
                ends.append(_halved(which, inside, value, now))
                break
            inside = value
    return min(ends, key=lambda end: abs(end - at) / max(end, at, 1e-12)) if ends else None


def _halved(which: Callable[[float], str], inside: float, outside: float, now: str) -> float:
    """Narrow down where the winner changes; gives the value just beyond."""
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if which(middle) == now:
            inside = middle
        else:
            outside = middle
    return float(outside)
