"""Splitting a budget over tiers, platforms and regions: the best split if prices and reactions were
known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import Result
from analysis.estimate.cost.price_laws import PowerLaw, typical_followers
from analysis.estimate.cost.programme import Programme, without_overlap
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments, Sample
from analysis.moments.samples import Samples
from analysis.registers.metrics import METRICS
from analysis.registers.records import TierScheme

CREATORS_UP_TO = 400
"""Creators of one option at the most."""

ANYWHERE = "anywhere"
"""Country of options that are of no region."""


class BudgetError(ValueError):
    """A budget that cannot be spent as asked; the message names what is missing."""


@dataclass(frozen=True, repr=False)
class BudgetSplit(Result):
    """How many creators of each option to hire.

    Attributes
    ----------
    table : pandas.DataFrame
        The options with ``creators``, ``spent`` [money, handling included] and ``gained``
        [reactions].
    budget, currency : float and str
        What was to be spent.
    """

    table: pd.DataFrame
    budget: float
    currency: str

    @property
    def hired(self) -> pd.DataFrame:
        """The options of which any creator is hired."""
        return self.table[self.table["creators"] > 0]

    def to_frame(self) -> pd.DataFrame:
        """Give the table."""
        return self.table


@dataclass(frozen=True, repr=False)
class BudgetSplits(Result):
    """Several budgets, split under several sources of prices.

    Attributes
    ----------
    splits : dict
        A `BudgetSplit` by the source of its prices and its budget.
    missing : tuple of str
        Why a budget could not be spent.
    """

    splits: dict[tuple[str, float], BudgetSplit]
    missing: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Give the tables below each other, with ``prices, budget`` and ``share`` of the budget
        [percent].
        """
        parts = []
        for (prices, budget), split in self.splits.items():
            share = 100 * split.table["spent"] / budget
            parts.append(split.table.assign(prices=prices, budget=budget, share=share))
        return pd.concat(parts, ignore_index=True)


def split_budget(
    options: pd.DataFrame,
    budget: float,
    handling: float = 0.0,
    hours_each: float = 0.0,
    hours: float = np.inf,
    overlap: float = 0.0,
    floors: Mapping[tuple[str, str], int] | None = None,
    currency: str = "",
) -> BudgetSplit:
    """Choose how many creators of each option to hire, so that the reactions are as many as the
    budget and the hours allow.

    Creators come whole, and an option is either left out or used with at least its ``fewest``. With
    overlap the j-th further creator of an option adds ``(1 - overlap)**j`` of the first; options do
    not overlap.

    Parameters
    ----------
    options : pandas.DataFrame
        ``name``, the ``price`` of a creator without handling, the ``reactions`` it brings, and
        ``fewest`` if hired at all (optional); more columns are allowed.
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
        For sentences.

    Raises
    ------
    BudgetError
        If the budget buys no creator, or the floors need more money, hours or creators than there
        are.

    Examples
    --------
    >>> import analysis as an
    >>> options = {"name": ["micro", "macro"], "price": [300, 900], "reactions": [900, 4_000]}
    >>> an.cost.split_budget(pd.DataFrame(options), 2_400, handling=150, currency="EUR")
    2 creators for 2,100 of 2,400 EUR: 2 macro.
    """
    floors, money = dict(floors or {}), f"{budget:,.0f} {currency}".strip()
    cost = options["price"].to_numpy(float) + handling
    _check(options, cost, budget, money, floors, currency)
    if hours_each > hours:
        raise BudgetError(
            f"{hours:g} hours are too few for a single creator, who takes {hours_each:g}."
        )
    affordable = np.minimum(budget / cost, hours / hours_each if hours_each else np.inf)
    most = np.minimum(CREATORS_UP_TO, np.floor(affordable))
    count = Programme(options, cost, most, hours_each, overlap, floors).most_reactions(
        budget, hours
    )
    if count is None:
        unlimited = Programme(
            options, cost, np.full(len(cost), CREATORS_UP_TO), hours_each, overlap, floors
        )
        raise BudgetError(_unmet(unlimited, money, hours, floors, currency))
    if not count.sum():
        raise BudgetError(f"a budget of {money} hires no option in its smallest number (fewest).")
    gained = options["reactions"].to_numpy(float) * without_overlap(count, overlap)
    table = options.assign(creators=count.astype(int), spent=count * cost, gained=gained)
    return BudgetSplit(table, budget, currency)


def split_budgets(
    choices: Mapping[str, pd.DataFrame], budgets: Iterable[float], must: float, **how
) -> BudgetSplits:
    """Split several budgets under several sources of prices.

    Parameters
    ----------
    choices : mapping of str to DataFrame
        Options by name of the source of prices.
    budgets, must : iterable of float and float
        Budgets, and the one of them that has to be feasible; of the others the fault is kept.
    **how
        Of `split_budget`.

    Raises
    ------
    BudgetError
        If `must` cannot be spent.

    Examples
    --------
    >>> import analysis as an
    >>> options = {"name": ["micro", "macro"], "price": [300, 900], "reactions": [900, 4_000]}
    >>> choices = {"a rate card": pd.DataFrame(options)}
    >>> splits = an.cost.split_budgets(choices, [400, 2_400], must=2_400, handling=150)
    >>> list(splits.splits), len(splits.missing)
    ([('a rate card', 2400)], 1)
    """
    splits, missing, budgets = {}, [], list(budgets)
    for name, table in choices.items():
        for budget in budgets:
            try:
                splits[name, budget] = split_budget(table, budget, **how)
            except BudgetError as fault:
                if budget == must:
                    raise BudgetError(f"{name}: {fault}") from None
                missing.append(f"{name}: {fault}")
    return BudgetSplits(splits, tuple(missing))


def budget_options(
    samples: Iterable[Sample], law: PowerLaw, fewest: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Make the options of a budget: the typical account of each tier, platform and region.

    Parameters
    ----------
    samples, law : iterable of Sample and PowerLaw
        Reactions per follower in tiers, levels of a stratum being regions; the price of a post.
    fewest : mapping of str to int, optional
        Creators of a tier that are hired at the least, if any are.

    Returns
    -------
    pandas.DataFrame
        ``name, platform, country, tier, followers, price, reactions, accounts, fewest``; tiers
        without an account, or whose sums are not all published, are left out.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> reel = an.cost.load_prices()["agency-armenia-reel"].sample("cost_per_post").power_law()
    >>> options = an.cost.budget_options([kim], reel, fewest={"nano": 3})
    >>> options["name"].tolist()[0], options["followers"].round().tolist()[0]
    ('nano, instagram', 3282.0)
    """
    rows, fewest = [], fewest or {}
    for sample in samples:
        country = ANYWHERE if sample.stratum == "all" else sample.level
        platform = sample.source.platform
        place = [platform] if country == ANYWHERE else [platform, country]
        for tier in sample.scheme.names:
            held = sample.rows[sample.rows["tier"] == tier]
            # an option of other accounts than the tier's would be none of the tier
            if not held["positive"].sum() or held["log_rate"].isna().any():
                continue
            size = typical_followers(sample, tier)
            rate = float(np.exp(held["log_rate"].sum() / held["positive"].sum()))
            amounts = (size, float(law.at(size)), rate * size, int(held["accounts"].sum()))
            name = ", ".join([tier, *place])
            rows.append((name, platform, country, tier, *amounts, fewest.get(tier, 0)))
    columns = ["name", "platform", "country", "tier", "followers", "price", "reactions", "accounts"]
    return pd.DataFrame(rows, columns=[*columns, "fewest"])


def regional_samples(sources: Iterable[Moments], scheme: TierScheme) -> Samples:
    """Take reactions per follower of each country or continent, from sources that know them; levels
    of no place are left out.

    Examples
    --------
    >>> import analysis as an
    >>> regions = an.cost.regional_samples([an.load("tiktok-tides")], an.scheme("decades"))
    >>> [region.level for region in regions]
    ['Africa', 'America', 'Asia', 'Europe', 'Oceania']
    """
    samples = []
    for moments in sources:
        metric = METRICS[moments.main_metric]
        if metric.denominator != "followers" or "views" in metric.numerator:
            continue
        for name in ("country", "continent"):
            levels = [one for one in moments.levels(name) if one not in (MERGED, "unknown")]
            samples += [moments.sample(metric.key, name, level) for level in levels]
    return Samples(tuple(sample.tier(scheme) for sample in samples))


def _check(options, cost, budget, money, floors, currency) -> None:
    """Refuse what no programme is needed for."""
    if not (budget > 0 and np.isfinite(budget)):
        raise BudgetError(f"a budget of {budget:g} cannot be split. Allowed: an amount above 0.")
    priced = (cost > 0) & np.isfinite(cost)
    if not priced.all():
        name = options["name"].to_numpy()[~priced][0]
        raise BudgetError(
            f"option '{name}' has no cost above 0, so no budget limits it. Give every option a "
            "price."
        )
    asked = [pair for pair in floors if not (options[pair[0]] == pair[1]).any()]
    if asked:
        unknown = ", ".join(f"{column} = {value}" for column, value in asked)
        raise BudgetError(f"a floor names {unknown}, which no option has.")
    if budget < cost.min():
        least = f"{cost.min():,.0f} {currency}".strip()
        cheapest = f"{options['name'].iloc[int(cost.argmin())]}, costs {least} with handling"
        raise BudgetError(f"a budget of {money} buys no creator: the cheapest, {cheapest}.")


def _unmet(programme: Programme, money: str, hours: float, floors, currency: str) -> str:
    """What the floors would need."""
    asked = ", ".join(f"{count} of {value}" for (_, value), count in floors.items())
    needed = programme.cheapest()
    if needed is None:
        return f"the floors ({asked}) ask for more creators than the options have."
    least, time = needed
    limit = f"{money} and {hours:g} hours" if np.isfinite(hours) else money
    return (
        f"the floors ({asked}) cannot be met with {limit}: the cheapest way takes "
        f"{least:,.0f} {currency} and {time:g} hours."
    )
