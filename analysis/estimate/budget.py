"""Splitting a budget: the best split if everything were known, what it costs not to know, and when not to move at all."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.estimate.prices import REFERENCE

OPTION = ("name", "price", "reactions")
"""Columns of an option; more are allowed, such as ``platform``, ``country`` and ``tier``, ``at_most`` and ``fewest`` [creators]."""

MOST = 400
"""Creators of one option at the most, unless it says otherwise."""


class BudgetError(ValueError):
    """A budget that cannot be spent as asked; the sentence says what is missing."""


def split(
    options: pd.DataFrame, budget: float, handling: float = 0.0, hours_each: float = 0.0, hours: float = np.inf, overlap: float = 0.0,
    floors: Mapping[tuple[str, str], int] | None = None, currency: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Choose how many creators of each option to hire, so that the reactions are as many as the budget and the hours allow.

    A mixed-integer programme (HiGHS, by `scipy.optimize.milp`): whole creators, each option either left out or with at least its
    ``fewest``. With overlap the j-th further creator of an option adds ``(1 - overlap)**j`` of the first; options do not overlap.

    Parameters
    ----------
    options : pandas.DataFrame
        OPTION: a name, the price of a creator without handling, the reactions one brings; optional ``fewest`` if hired at all, and
        ``at_most``.
    budget, handling : float
        Money, and money per creator for handling, in one currency.
    hours_each, hours : float
        Coordination hours per creator, and hours at hand.
    overlap : float
        Share of a further creator's reactions that come from people reached before, within an option.
    floors : mapping, optional
        Creators at the least, by column and value, e.g. ``{("country", "Asia"): 2}``.
    currency : str
        For the sentences of faults.

    Returns
    -------
    pandas.DataFrame
        The options with ``creators``, ``spent`` [money, handling included] and ``gained`` [reactions].

    Raises
    ------
    BudgetError
        If the budget buys no creator, or the floors need more money, hours or creators than there are.
    """
    floors = dict(floors or {})
    cost = options["price"].to_numpy(float) + handling
    _check(options, cost, budget, hours_each, hours, floors, currency)
    most = np.minimum(_most(options), np.floor(np.minimum(budget / cost, hours / hours_each if hours_each else np.inf)))
    problem = _Programme(options, cost, most, hours_each, overlap, floors)
    count = problem.solve(budget, hours)
    if count is None:
        raise BudgetError(_why(_Programme(options, cost, _most(options), hours_each, overlap, floors), budget, hours, floors, currency))
    if not count.sum():
        raise BudgetError(f"a budget of {budget:,.0f} {currency} hires no option in its smallest number (fewest).")
    gained = options["reactions"].to_numpy(float) * distinct(count, overlap)
    return options.assign(creators=count.astype(int), spent=count * cost, gained=gained)


def distinct(creators, overlap: float):
    """How many creators' worth of different people so many equal creators reach: ``(1 - (1 - overlap)**k) / overlap``."""
    creators = np.asarray(creators, float)
    return creators if overlap == 0 else (1 - (1 - overlap) ** creators) / overlap


def _most(options: pd.DataFrame) -> np.ndarray:
    return options.get("at_most", pd.Series(MOST, options.index)).fillna(MOST).to_numpy(float)


def _check(options, cost, budget, hours_each, hours, floors, currency) -> None:
    """Refuse what no programme is needed for."""
    if not (budget > 0 and np.isfinite(budget)):
        raise BudgetError(f"a budget of {budget:g} cannot be split. Allowed: an amount above 0.")
    if (cost <= 0).any() or not np.isfinite(cost).all():
        name = options["name"].to_numpy()[~((cost > 0) & np.isfinite(cost))][0]
        raise BudgetError(f"option '{name}' has no cost above 0, so no budget limits it. Give every option a price.")
    unknown = [f"{column} = {value}" for column, value in floors if not (options[column] == value).any()]
    if unknown:
        raise BudgetError(f"a floor names {', '.join(unknown)}, which no option has.")
    if budget < cost.min():
        least = f"{cost.min():,.0f} {currency}".strip()
        name = options["name"].iloc[int(cost.argmin())]
        raise BudgetError(f"a budget of {budget:,.0f} {currency} buys no creator: the cheapest, {name}, costs {least} with handling.")
    if hours_each > hours:
        raise BudgetError(f"{hours:g} hours are too few for a single creator, who takes {hours_each:g}.")


def _why(programme, budget, hours, floors, currency) -> str:
    """Say what the floors would need."""
    asked = ", ".join(f"{count} of {value}" for (_, value), count in floors.items())
    needed = programme.cheapest()
    if needed is None:
        return f"the floors ({asked}) ask for more creators than the options have."
    money, time = needed
    limit = f"{budget:,.0f} {currency}".strip() + (f" and {hours:g} hours" if np.isfinite(hours) else "")
    return f"the floors ({asked}) cannot be met with {limit}: the cheapest way takes {money:,.0f} {currency} and {time:g} hours."


class _Programme:
    """Variables: the units of each option (continuous; concave, so they fill in order), their whole number, and whether it is used."""

    def __init__(self, options, cost, most, hours_each, overlap, floors):
        self.cost, self.hours_each, self.options, self.floors = cost, hours_each, options, floors
        self.n = len(options)
        steps = np.maximum(most, 0).astype(int) if overlap else np.ones(self.n, int)
        self.of = np.repeat(np.arange(self.n), steps)
        nth = np.concatenate([np.arange(k) for k in steps]) if steps.sum() else np.empty(0)
        self.worth = options["reactions"].to_numpy(float)[self.of] * (1 - overlap) ** nth
        self.unit_most = np.ones(len(self.of)) if overlap else most[self.of]
        self.most = most
        self.fewest = options.get("fewest", pd.Series(0, options.index)).fillna(0).to_numpy(float)

    def solve(self, budget: float, hours: float) -> np.ndarray | None:
        """Whole creators of each option with the most reactions; None if there are none that fit."""
        total = self._count()
        limits = [(self.cost @ total, -np.inf, budget)]
        if self.hours_each and np.isfinite(hours):
            limits.append((self.hours_each * total.sum(axis=0), -np.inf, hours))
        return self._run(np.concatenate([-self.worth, np.zeros(2 * self.n)]), limits)

    def cheapest(self) -> tuple[float, float] | None:
        """Money and hours that the floors take at the least; None if the options hold too few creators."""
        count = self._run(np.concatenate([np.zeros(len(self.of)), self.cost, np.zeros(self.n)]), [])
        return None if count is None else (float(self.cost @ count), float(self.hours_each * count.sum()))

    def _count(self) -> np.ndarray:
        """Rows that read the whole numbers."""
        return np.hstack([np.zeros((self.n, len(self.of))), np.eye(self.n), np.zeros((self.n, self.n))])

    def _run(self, objective: np.ndarray, limits: list) -> np.ndarray | None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        total, used = self._count(), np.hstack([np.zeros((self.n, len(self.of) + self.n)), np.eye(self.n)])
        units = np.hstack([np.equal.outer(np.arange(self.n), self.of).astype(float), np.zeros((self.n, 2 * self.n))])
        rules = [LinearConstraint(units - total, 0, 0), LinearConstraint(total - self.most[:, None] * used, -np.inf, 0)]
        rules.append(LinearConstraint(total - self.fewest[:, None] * used, 0, np.inf))
        rules += [LinearConstraint(row, low, high) for row, low, high in limits]
        for (column, value), count in self.floors.items():
            rules.append(LinearConstraint(total[(self.options[column] == value).to_numpy()].sum(axis=0), count, np.inf))
        whole = np.concatenate([np.zeros(len(self.of)), np.ones(2 * self.n)])
        upper = np.concatenate([self.unit_most, self.most, np.ones(self.n)])
        found = milp(objective, constraints=rules, integrality=whole, bounds=Bounds(0, upper), options={"mip_rel_gap": 1e-6})
        return None if found.x is None else np.round(found.x[len(self.of) : len(self.of) + self.n])


def payoffs(
    worlds: pd.DataFrame, decisions: pd.DataFrame, sizes: np.ndarray, budget: float, handling: float, overlap: float = 0.0
) -> np.ndarray:
    """Reactions that each decision brings in each world.

    Parameters
    ----------
    worlds : pandas.DataFrame
        From `draws`.
    decisions : pandas.DataFrame
        A row per decision, a column per tier: shares of the budget.
    sizes : numpy.ndarray
        Followers of a creator of each tier.
    budget, handling : float
        In the currency of the worlds' prices.
    overlap : float
        As in `split`, within a tier.

    Returns
    -------
    numpy.ndarray
        Of shape (decisions, worlds). Creators come whole: what a share cannot pay for is not spent.
    """
    size = np.asarray(sizes, float)[:, None] / REFERENCE
    price, gamma, reactions, beta = (worlds[name].to_numpy()[None, :] for name in ("price", "gamma", "reactions", "beta"))
    cost, each = price * size**gamma + handling, reactions * size**beta
    count = np.floor(decisions.to_numpy(float)[:, :, None] * budget / cost[None] + 1e-9)
    return (each[None] * distinct(count, overlap)).sum(axis=1)


def regret(gains: np.ndarray, decisions: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Compare each decision with the best of the listed ones in the same world.

    Returns
    -------
    pandas.DataFrame
        The decisions with their mean ``gain`` [reactions], mean ``regret`` and its upper quantile ``regret_high`` [percent of the
        best], and ``best``, the share of worlds in which it is the best [percent].
    """
    top = gains.max(axis=0)
    lost = 100 * (1 - gains / np.where(top > 0, top, 1.0))
    return decisions.assign(
        gain=gains.mean(axis=1),
        regret=lost.mean(axis=1),
        regret_high=np.quantile(lost, confidence, axis=1),
        best=100 * (gains >= top).mean(axis=1),
    )


class Information(NamedTuple):
    """What knowing one quantity beforehand is worth.

    Attributes
    ----------
    without, knowing : float
        Expected reactions of the best decision taken without, and with, the knowledge.
    value : float
        Their difference [reactions], never below zero.
    share : float
        The same [percent of `without`].
    """

    without: float
    knowing: float
    value: float
    share: float


def information(gains: np.ndarray, weight: np.ndarray | None = None) -> Information:
    """Expected value of perfect information on one quantity, everything else staying unknown (EVPPI).

    Parameters
    ----------
    gains : numpy.ndarray
        Of shape (values of the quantity, decisions, worlds).
    weight : numpy.ndarray, optional
        Of the values; equal if not given.
    """
    expected = gains.mean(axis=2)
    weight = np.full(len(expected), 1 / len(expected)) if weight is None else np.asarray(weight, float) / np.sum(weight)
    without, knowing = float((weight @ expected).max()), float(weight @ expected.max(axis=1))
    value = max(knowing - without, 0.0)
    return Information(without, knowing, value, 100 * value / without if without else np.nan)


class Advice(NamedTuple):
    """Whether to move money.

    Attributes
    ----------
    outcome : str
        ``reallocate``, ``keep`` or ``do not reallocate: undecided``.
    ratio, low, high : float
        Reactions after over before: median and interval over worlds.
    """

    outcome: str
    ratio: float
    low: float
    high: float


def reallocate(now: np.ndarray, then: np.ndarray, confidence: float = 0.95) -> Advice:
    """Move money only if the whole interval of the gain lies above nothing.

    Parameters
    ----------
    now, then : numpy.ndarray
        Reactions of the present and of the proposed split in the same worlds.
    """
    if (now <= 0).any():
        raise BudgetError("the present split buys no creator in some of the worlds, so there is nothing to compare with.")
    ratio, low, high = (float(end) for end in np.quantile(then / now, [0.5, (1 - confidence) / 2, (1 + confidence) / 2]))
    outcome = "reallocate" if low > 1 else "keep" if high < 1 else "do not reallocate: undecided"
    return Advice(outcome, ratio, low, high)
