"""Deciding under uncertainty: what each decision brings, what it can cost, what knowing is worth,
and when not to move.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import Result, because
from analysis.errors import check_share
from analysis.estimate.cost.assumptions import Turning, turning
from analysis.estimate.cost.budget import BudgetError
from analysis.estimate.cost.price_laws import REFERENCE
from analysis.estimate.cost.programme import without_overlap
from analysis.estimate.cost.worlds import WORLDS
from analysis.estimate.results import Context, Estimate

WORST = 0.05
"""Share of the worlds in which regret is highest."""


@dataclass(frozen=True, repr=False)
class Information(Result):
    """The worth of knowing one quantity beforehand.

    Attributes
    ----------
    without, knowing : float
        Expected reactions of the best decision taken without, and with, the knowledge.
    """

    without: float
    knowing: float

    @property
    def value(self) -> float:
        """Their difference [reactions], never below zero."""
        return max(self.knowing - self.without, 0.0)

    @property
    def share(self) -> float:
        """Their difference [percent of `without`]."""
        return 100 * self.value / self.without if self.without else np.nan


@dataclass(frozen=True, repr=False)
class Advice(Result):
    """Whether to move money.

    Attributes
    ----------
    outcome : str
        ``reallocate``, ``keep`` or ``undecided``, which is no reason to reallocate.
    ratio : Estimate
        Reactions after over before: median and interval over worlds.
    """

    outcome: str
    ratio: Estimate

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``outcome, ratio, low, high``."""
        ratio = self.ratio
        row = {"outcome": self.outcome, "ratio": ratio.estimate}
        return pd.DataFrame([row | {"low": ratio.low, "high": ratio.high}])


@dataclass(frozen=True, repr=False)
class Decisions(Result):
    """Decisions compared in the same worlds.

    Attributes
    ----------
    table : pandas.DataFrame
        From `regret`; the present split stands last.
    along_handling : pandas.DataFrame
        ``handling, name, gain`` [percent of the best that can be had without knowing].
    knowing : Information
        On the handling cost alone.
    advice : Advice
        On moving from the present split to the one with the highest mean gain.
    turning : Turning or None
        The assumption that decides, and the value at which another decision wins.
    """

    table: pd.DataFrame
    along_handling: pd.DataFrame
    knowing: Information
    advice: Advice
    turning: Turning | None = None

    @property
    def least_regret(self) -> pd.Series:
        """The row with the least mean regret."""
        return _least(self.table)

    def to_frame(self) -> pd.DataFrame:
        """Give the table."""
        return self.table


def weigh_decisions(
    worlds: pd.DataFrame,
    options: pd.DataFrame,
    budget: float,
    handling: float,
    present_macro: float,
    overlap: float = 0.0,
    confidence: float = 0.95,
    currency: str = "",
) -> Decisions:
    """Compare simple ways of spending a budget in the same worlds.

    Parameters
    ----------
    worlds : pandas.DataFrame
        From `draw_worlds` or `draw_mixture`.
    options : pandas.DataFrame
        ``tier`` and ``followers`` of the typical creator of each tier, from `budget_options`.
    budget, handling : float
        Money, and money per creator for handling, in the currency of the worlds' prices. The
        handling cost is taken to lie within a factor of four of this.
    present_macro : float
        Share of the budget that macro gets today; the rest is for micro.
    overlap : float
        As in `split_budget`, within a tier.
    confidence : float
        Of the advice.
    currency : str
        Of all money, for the words.

    Returns
    -------
    Decisions
        Gains in reactions, regret in percent of the best decision, and an advice.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> reel = an.cost.load_prices()["agency-armenia-reel"].sample("cost_per_post").power_law()
    >>> worlds = an.cost.draw_worlds(reel, kim.power_law(), 500)
    >>> options = an.cost.budget_options([kim], reel)
    >>> an.cost.weigh_decisions(worlds, options, 5e6, 1e4, 0.5).least_regret["name"]
    'all mega'
    """
    tiers = list(options["tier"])
    decisions = simple_decisions(tiers, present_macro)
    shares, sizes = decisions[tiers], options["followers"].to_numpy()
    gains = payoffs(worlds, shares, sizes, budget, handling, overlap)
    doubt = handling * np.geomspace(0.25, 4, 17) if handling else np.zeros(1)
    lines, knowing = along_handling(worlds, decisions, sizes, budget, doubt, overlap)
    if not handling:  # nothing is in doubt, and yet a reader wants to see what a cost would do
        shown = np.linspace(0, float(worlds["price"].median()), 17)
        lines, _ = along_handling(worlds, decisions, sizes, budget, shown, overlap)
    table = regret(gains, decisions)

    def winner(cost: float, share: float) -> str:
        other = payoffs(worlds, shares, sizes, budget, cost, share)
        return str(regret(other, decisions).pipe(_least)["name"])

    turned = turning(winner, handling, overlap, budget, currency)
    best = int(table["gain"].iloc[:-1].argmax())  # the last is the present split
    advice = reallocate(gains[-1], gains[best], confidence, table["name"].iloc[[-1, best]])
    return Decisions(table, lines, knowing, advice, turned)


def _least(table: pd.DataFrame) -> pd.Series:
    """The row with the least mean regret."""
    return table.loc[table["regret"].idxmin()]


def simple_decisions(tiers: Iterable[str], present_macro: float) -> pd.DataFrame:
    """List decisions to compare, with a column per tier for its share of the budget, and ``name``:
    everything on one tier, an even split, and today's, which stands last even where it repeats
    another. Micro and macro are among the tiers.
    """
    tiers = list(tiers)
    nothing = dict.fromkeys(tiers, 0.0)
    rows = [nothing | {tier: 1.0} for tier in tiers]
    rows.append(dict.fromkeys(tiers, 1 / len(tiers)))
    rows.append(nothing | {"micro": 1 - present_macro, "macro": present_macro})
    names = [because("all_on", tier=tier) for tier in tiers]
    names += [because("even"), because("today", macro=present_macro)]
    return pd.DataFrame(rows).assign(name=list(map(str, names)))


def payoffs(
    worlds: pd.DataFrame,
    shares: pd.DataFrame,
    sizes: np.ndarray,
    budget: float,
    handling: float,
    overlap: float = 0.0,
) -> np.ndarray:
    """Calculate the reactions that each decision brings in each world, of shape (decisions,
    worlds), from shares of the budget by tier and the followers of a creator of each tier. Creators
    come whole: what a share cannot pay for is not spent.
    """
    size = np.asarray(sizes, float)[:, None] / REFERENCE
    price, gamma, reactions, beta = (worlds[name].to_numpy()[None, :] for name in WORLDS)
    cost, each = price * size**gamma + handling, reactions * size**beta
    count = np.floor(shares.to_numpy(float)[:, :, None] * budget / cost[None] + 1e-9)
    return (each[None] * without_overlap(count, overlap)).sum(axis=1)


def regret(gains: np.ndarray, decisions: pd.DataFrame) -> pd.DataFrame:
    """Compare each decision with the best of the listed ones in the same world: its mean ``gain``
    [reactions], mean ``regret`` and ``regret_high``, where its worst 5 percent begin [percent of
    the best], and ``best``, the share of worlds in which it is the best [percent].
    """
    top = gains.max(axis=0)
    lost = 100 * (1 - gains / np.where(top > 0, top, 1.0))
    return decisions.assign(
        gain=gains.mean(axis=1),
        regret=lost.mean(axis=1),
        regret_high=np.quantile(lost, 1 - WORST, axis=1),
        best=100 * (gains >= top).mean(axis=1),
    )


def information(gains: np.ndarray) -> Information:
    """Expected value of perfect information on one quantity, everything else staying unknown
    (EVPPI); `gains` are of shape (equally likely values of the quantity, decisions, worlds).
    """
    expected = gains.mean(axis=2)
    weight = np.full(len(expected), 1 / len(expected))
    return Information(float((weight @ expected).max()), float(weight @ expected.max(axis=1)))


def along_handling(
    worlds: pd.DataFrame,
    decisions: pd.DataFrame,
    sizes: np.ndarray,
    budget: float,
    handling: np.ndarray,
    overlap: float = 0.0,
) -> tuple[pd.DataFrame, Information]:
    """Calculate what each decision brings at each of several handling costs that are thought
    equally likely, and what knowing that cost beforehand is worth; see `Decisions`.
    """
    shares = decisions.drop(columns="name")
    gains = np.stack([payoffs(worlds, shares, sizes, budget, cost, overlap) for cost in handling])
    knowing = information(gains)
    mean = 100 * gains.mean(axis=2) / knowing.without
    lines = []
    for at, name in enumerate(decisions["name"]):
        lines.append(pd.DataFrame({"handling": handling, "name": name, "gain": mean[:, at]}))
    return pd.concat(lines, ignore_index=True), knowing


def reallocate(
    now: np.ndarray,
    then: np.ndarray,
    confidence: float = 0.95,
    names: Iterable[str] = ("present", "proposed"),
) -> Advice:
    """Advise to move money only if the whole interval of the gain lies above nothing; `now` and
    `then` are reactions of the present and of the proposed split in the same worlds.
    """
    if (now <= 0).any():
        raise BudgetError(
            "the present split buys no creator in some of the worlds, so there is nothing to "
            "compare with."
        )
    check_share("confidence", confidence)
    ends = [0.5, (1 - confidence) / 2, (1 + confidence) / 2]
    ratio, low, high = (float(end) for end in np.quantile(then / now, ends))
    outcome = "reallocate" if low > 1 else "keep" if high < 1 else "undecided"
    present, proposed = names
    label, context = f"{proposed} / {present}", Context(confidence=confidence, counted="draw")
    what, why = because("reactions_by_decision", decisions=label), because("quantiles_over_draws")
    rest = ("ratio", what, (why,), "ok", context)
    return Advice(outcome, Estimate(label, len(now), 0, ratio, low, high, *rest))
