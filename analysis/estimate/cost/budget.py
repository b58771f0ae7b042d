"""Splitting a budget over tiers, platforms and regions: the best split if prices and reactions were
known.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.estimate.cost.price_laws import PowerLaw, typical_followers
from analysis.estimate.tiers import assign_tiers
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments, Sample
from analysis.registers.metrics import METRICS
from analysis.registers.records import TierScheme

OPTION = ("name", "price", "reactions")
"""Columns of an option; more are allowed, such as ``platform``, ``country`` and ``tier``,
``at_most`` and ``fewest`` [creators].
"""

MOST = 400
"""Creators of one option at the most, unless it says otherwise."""


class BudgetError(ValueError):
    """A budget that cannot be spent as asked; the sentence says what is missing."""


def split(
    options: pd.DataFrame, budget: float, handling: float = 0.0, hours_each: float = 0.0, hours: float = np.inf, overlap: float = 0.0,
    floors: Mapping[tuple[str, str], int] | None = None, currency: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Choose how many creators of each option to hire, so that the reactions are as many as the
    budget and the hours allow.

    A mixed-integer programme (HiGHS, by `scipy.optimize.milp`): whole creators, each option either
    left out or with at least its ``fewest``. With overlap the j-th further creator of an option
    adds ``(1 - overlap)**j`` of the first; options do not overlap.

    Parameters
    ----------
    options : pandas.DataFrame
        OPTION: a name, the price of a creator without handling, the reactions one brings; optional
        ``fewest`` if hired at all, and ``at_most``.
    budget, handling : float
        Money, and money per creator for handling, in one currency.
    hours_each, hours : float
        Coordination hours per creator, and hours at hand.
    overlap : float
        Share of a further creator's reactions that come from people reached before, within an
        option.
    floors : mapping, optional
        Creators at the least, by column and value, e.g. ``{("country", "Asia"): 2}``.
    currency : str
        For the sentences of faults.

    Returns
    -------
    pandas.DataFrame
        The options with ``creators``, ``spent`` [money, handling included] and ``gained``
        [reactions].

    Raises
    ------
    BudgetError
        If the budget buys no creator, or the floors need more money, hours or creators than there
        are.
    """
    floors = dict(floors or {})
    cost = options["price"].to_numpy(float) + handling
    _check(options, cost, budget, hours_each, hours, floors, currency)
    most = np.minimum(
        _most(options),
        np.floor(np.minimum(budget / cost, hours / hours_each if hours_each else np.inf)),
    )
    problem = _Programme(options, cost, most, hours_each, overlap, floors)
    count = problem.solve(budget, hours)
    if count is None:
        raise BudgetError(
            _why(
                _Programme(options, cost, _most(options), hours_each, overlap, floors),
                budget,
                hours,
                floors,
                currency,
            )
        )
    if not count.sum():
        raise BudgetError(
            f"a budget of {budget:,.0f} {currency} hires no option in its smallest number (fewest)."
        )
    gained = options["reactions"].to_numpy(float) * distinct(count, overlap)
    return options.assign(creators=count.astype(int), spent=count * cost, gained=gained)


def options(
    samples: Iterable[Sample], law: PowerLaw, fewest: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Make the options of a budget: the typical account of each tier, platform and region.

    Parameters
    ----------
    samples : iterable of Sample
        Of reactions per follower, with tiers assigned; those of a stratum ``country`` or
        ``continent`` give a region each.
    law : PowerLaw
        Price of a post, the same for all of them.
    fewest : mapping of str to int, optional
        Creators of a tier that are hired at the least, if any are.

    Returns
    -------
    pandas.DataFrame
        ``name, platform, country, tier, followers, price, reactions, accounts, fewest``; tiers
        without an account are left out.
    """
    rows = []
    for sample in samples:
        country = "anywhere" if sample.stratum == "all" else sample.level
        for tier in sample.scheme.names:
            held = sample.rows[sample.rows["tier"] == tier]
            if not held["positive"].sum():
                continue
            size = typical_followers(sample, tier)
            rate = float(np.exp(held["log_rate"].sum() / held["positive"].sum()))
            platform = sample.source.platform
            name = ", ".join([tier, platform, *([country] if country != "anywhere" else [])])
            least = (fewest or {}).get(tier, 0)
            rows.append(
                (
                    name,
                    platform,
                    country,
                    tier,
                    size,
                    float(law.at(size)),
                    rate * size,
                    int(held["accounts"].sum()),
                    least,
                )
            )
    columns = [
        "name",
        "platform",
        "country",
        "tier",
        "followers",
        "price",
        "reactions",
        "accounts",
        "fewest",
    ]
    return pd.DataFrame(rows, columns=columns)


def regional(sources: Iterable[Moments], scheme: TierScheme) -> list[Sample]:
    """Take reactions per follower of each country or continent, from sources that know them; levels
    of no place are left out.
    """
    found = []
    for moments in sources:
        metric = METRICS[moments.main_metric]
        if metric.denominator == "followers" and "views" not in metric.numerator:
            places = [
                (name, level) for name in ("country", "continent") for level in moments.levels(name)
            ]
            found += [
                moments.sample(metric.key, *place)
                for place in places
                if place[1] not in (MERGED, "unknown")
            ]
    return [assign_tiers(sample, scheme) for sample in found]


def sweep(
    choices: Mapping[str, pd.DataFrame], budgets: Iterable[float], must: float, **how
) -> tuple[pd.DataFrame, list[str]]:
    """Split several budgets under several sources of prices.

    Parameters
    ----------
    choices : mapping of str to DataFrame
        Options by name of the source of prices.
    budgets : iterable of float
        Budgets, `must` among them.
    must : float
        The budget that has to be feasible; of the others the fault is told.
    **how
        Of `split`.

    Returns
    -------
    splits : pandas.DataFrame
        ``prices, budget`` and the columns of `split`, with ``share`` of the budget [percent].
    said : list of str
        Why a budget is missing.
    """
    parts, said = [], []
    for name, table in choices.items():
        for budget in budgets:
            try:
                parts.append(
                    split(table, budget, **how).assign(
                        prices=name, budget=budget, share=lambda t, b=budget: 100 * t["spent"] / b
                    )
                )
            except BudgetError as fault:
                if budget == must:
                    raise BudgetError(f"{name}: {fault}") from None
                said.append(f"{name}: {fault}")
    return pd.concat(parts, ignore_index=True), said


def distinct(creators, overlap: float):
    """How many creators' worth of different people so many equal creators reach: ``(1 - (1 -
    overlap)**k) / overlap``.
    """
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
        raise BudgetError(
            f"option '{name}' has no cost above 0, so no budget limits it. Give every option a price."
        )
    unknown = [
        f"{column} = {value}" for column, value in floors if not (options[column] == value).any()
    ]
    if unknown:
        raise BudgetError(f"a floor names {', '.join(unknown)}, which no option has.")
    if budget < cost.min():
        least = f"{cost.min():,.0f} {currency}".strip()
        name = options["name"].iloc[int(cost.argmin())]
        raise BudgetError(
            f"a budget of {budget:,.0f} {currency} buys no creator: the cheapest, {name}, costs {least} with handling."
        )
    if hours_each > hours:
        raise BudgetError(
            f"{hours:g} hours are too few for a single creator, who takes {hours_each:g}."
        )


def _why(programme, budget, hours, floors, currency) -> str:
    """Say what the floors would need."""
    asked = ", ".join(f"{count} of {value}" for (_, value), count in floors.items())
    needed = programme.cheapest()
    if needed is None:
        return f"the floors ({asked}) ask for more creators than the options have."
    money, time = needed
    limit = f"{budget:,.0f} {currency}".strip() + (
        f" and {hours:g} hours" if np.isfinite(hours) else ""
    )
    return f"the floors ({asked}) cannot be met with {limit}: the cheapest way takes {money:,.0f} {currency} and {time:g} hours."


class _Programme:
    """Variables: the units of each option (continuous; concave, so they fill in order), their whole
    number, and whether it is used.
    """

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
        """Whole creators of each option with the most reactions; None if there are none that
        fit.
        """
        total = self._count()
        limits = [(self.cost @ total, -np.inf, budget)]
        if self.hours_each and np.isfinite(hours):
            limits.append((self.hours_each * total.sum(axis=0), -np.inf, hours))
        return self._run(np.concatenate([-self.worth, np.zeros(2 * self.n)]), limits)

    def cheapest(self) -> tuple[float, float] | None:
        """Money and hours that the floors take at the least; None if the options hold too few
        creators.
        """
        count = self._run(np.concatenate([np.zeros(len(self.of)), self.cost, np.zeros(self.n)]), [])
        return (
            None
            if count is None
            else (float(self.cost @ count), float(self.hours_each * count.sum()))
        )

    def _count(self) -> np.ndarray:
        """Rows that read the whole numbers."""
        return np.hstack(
            [np.zeros((self.n, len(self.of))), np.eye(self.n), np.zeros((self.n, self.n))]
        )

    def _run(self, objective: np.ndarray, limits: list) -> np.ndarray | None:
        from scipy.optimize import Bounds, LinearConstraint, milp

        total, used = (
            self._count(),
            np.hstack([np.zeros((self.n, len(self.of) + self.n)), np.eye(self.n)]),
        )
        units = np.hstack(
            [
                np.equal.outer(np.arange(self.n), self.of).astype(float),
                np.zeros((self.n, 2 * self.n)),
            ]
        )
        rules = [
            LinearConstraint(units - total, 0, 0),
            LinearConstraint(total - self.most[:, None] * used, -np.inf, 0),
        ]
        rules.append(LinearConstraint(total - self.fewest[:, None] * used, 0, np.inf))
        rules += [LinearConstraint(row, low, high) for row, low, high in limits]
        for (column, value), count in self.floors.items():
            rules.append(
                LinearConstraint(
                    total[(self.options[column] == value).to_numpy()].sum(axis=0), count, np.inf
                )
            )
        whole = np.concatenate([np.zeros(len(self.of)), np.ones(2 * self.n)])
        upper = np.concatenate([self.unit_most, self.most, np.ones(self.n)])
        found = milp(
            objective,
            constraints=rules,
            integrality=whole,
            bounds=Bounds(0, upper),
            options={"mip_rel_gap": 1e-6},
        )
        return None if found.x is None else np.round(found.x[len(self.of) : len(self.of) + self.n])
