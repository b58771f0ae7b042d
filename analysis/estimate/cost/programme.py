"""The mixed-integer programme behind the split of a budget (HiGHS, by `scipy.optimize.milp`).

Its variables are the units of each option (continuous; their worth falls, so they fill in order),
their whole number, and whether the option is used.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

ENOUGH = 1e-6
"""Relative gap to the best split at which the search ends."""


def without_overlap(creators, overlap: float):
    """How many creators' worth of different people so many equal creators reach: ``(1 - (1 -
    overlap)**k) / overlap``.
    """
    creators = np.asarray(creators, float)
    return creators if overlap == 0 else (1 - (1 - overlap) ** creators) / overlap


class Programme:
    """Whole creators of each option, within limits."""

    def __init__(
        self,
        options: pd.DataFrame,
        cost: np.ndarray,
        most: np.ndarray,
        hours_each: float,
        overlap: float,
        floors: Mapping[tuple[str, str], int],
    ):
        self.cost, self.most, self.hours_each, self.floors = cost, most, hours_each, floors
        self.options, self.n = options, len(options)
        steps = np.maximum(most, 0).astype(int) if overlap else np.ones(self.n, int)
        self.option_of = np.repeat(np.arange(self.n), steps)
        nth = np.concatenate([np.arange(count) for count in steps])
        reactions = options["reactions"].to_numpy(float)
        self.worth = reactions[self.option_of] * (1 - overlap) ** nth
        self.unit_most = np.ones(len(nth)) if overlap else most[self.option_of]
        self.fewest = options.get("fewest", pd.Series(0, options.index)).fillna(0).to_numpy(float)

    def most_reactions(self, budget: float, hours: float) -> np.ndarray | None:
        """Whole creators of each option with the most reactions; None if there are none that
        fit.
        """
        counts = self._counts()
        limits = [(self.cost @ counts, budget)]
        if self.hours_each and np.isfinite(hours):
            limits.append((self.hours_each * counts.sum(axis=0), hours))
        return self._solved(np.concatenate([-self.worth, np.zeros(2 * self.n)]), limits)

    def cheapest(self) -> tuple[float, float] | None:
        """Money and hours that the floors take at the least; None if the options hold too few
        creators.
        """
        units = np.zeros(len(self.worth))
        count = self._solved(np.concatenate([units, self.cost, np.zeros(self.n)]), [])
        if count is None:
            return None
        return float(self.cost @ count), float(self.hours_each * count.sum())

    def _block(self, place: int) -> np.ndarray:
        """Rows that read the whole numbers (0), or whether options are used (1)."""
        units, none, each = len(self.worth), np.zeros((self.n, self.n)), np.eye(self.n)
        blocks = [np.zeros((self.n, units)), *((none, each) if place else (each, none))]
        return np.hstack(blocks)

    def _counts(self) -> np.ndarray:
        return self._block(0)

    def _solved(self, objective: np.ndarray, limits: list) -> np.ndarray | None:
        """Whole numbers with the least objective; `limits` are rows with what they may reach."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        counts, used = self._counts(), self._block(1)
        own = np.equal.outer(np.arange(self.n), self.option_of).astype(float)
        units = np.hstack([own, np.zeros((self.n, 2 * self.n))])
        rules = [
            LinearConstraint(units - counts, 0, 0),
            LinearConstraint(counts - self.most[:, None] * used, -np.inf, 0),
            LinearConstraint(counts - self.fewest[:, None] * used, 0, np.inf),
        ]
        rules += [LinearConstraint(row, -np.inf, high) for row, high in limits]
        for (column, value), least in self.floors.items():
            chosen = (self.options[column] == value).to_numpy()
            rules.append(LinearConstraint(counts[chosen].sum(axis=0), least, np.inf))
        whole = np.concatenate([np.zeros(len(self.worth)), np.ones(2 * self.n)])
        upper = np.concatenate([self.unit_most, self.most, np.ones(self.n)])
        bounds, how = Bounds(0, upper), {"mip_rel_gap": ENOUGH}
        solved = milp(objective, constraints=rules, integrality=whole, bounds=bounds, options=how)
        first = len(self.worth)
        return None if solved.x is None else np.round(solved.x[first : first + self.n])
