"""Deciding under uncertainty: what each decision brings, what it can cost, what knowing is worth,
and when not to move.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.estimate.cost.budget import BudgetError, distinct
from analysis.estimate.cost.price_laws import REFERENCE


def simple_decisions(tiers: Iterable[str], present_macro: float) -> pd.DataFrame:
    """List decisions to compare: everything on one tier, an even split, and what is done today.

    Parameters
    ----------
    tiers : iterable of str
        Micro and macro among them.
    present_macro : float
        Share of the budget that goes to macro today; the rest goes to micro.

    Returns
    -------
    pandas.DataFrame
        A column per tier with shares of the budget, and ``name``; today stands last, even where it
        repeats another.
    """
    tiers = list(tiers)
    rows = [dict.fromkeys(tiers, 0.0) | {tier: 1.0, "name": f"all {tier}"} for tier in tiers]
    rows.append(dict.fromkeys(tiers, 1 / len(tiers)) | {"name": "even"})
    today = {
        "micro": 1 - present_macro,
        "macro": present_macro,
        "name": f"today, {100 * present_macro:g} % macro",
    }
    return pd.DataFrame([*rows, dict.fromkeys(tiers, 0.0) | today])


def payoffs(
    worlds: pd.DataFrame,
    decisions: pd.DataFrame,
    sizes: np.ndarray,
    budget: float,
    handling: float,
    overlap: float = 0.0,
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
    price, gamma, reactions, beta = (
        worlds[name].to_numpy()[None, :] for name in ("price", "gamma", "reactions", "beta")
    )
    cost, each = price * size**gamma + handling, reactions * size**beta
    count = np.floor(decisions.to_numpy(float)[:, :, None] * budget / cost[None] + 1e-9)
    return (each[None] * distinct(count, overlap)).sum(axis=1)


def regret(gains: np.ndarray, decisions: pd.DataFrame, worst: float = 0.05) -> pd.DataFrame:
    """Compare each decision with the best of the listed ones in the same world.

    Returns
    -------
    pandas.DataFrame
        The decisions with their mean ``gain`` [reactions], mean ``regret`` and ``regret_high``,
        where its worst cases begin [percent of the best], and ``best``, the share of worlds in
        which it is the best [percent].
    """
    top = gains.max(axis=0)
    lost = 100 * (1 - gains / np.where(top > 0, top, 1.0))
    return decisions.assign(
        gain=gains.mean(axis=1),
        regret=lost.mean(axis=1),
        regret_high=np.quantile(lost, 1 - worst, axis=1),
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
    """Expected value of perfect information on one quantity, everything else staying unknown
    (EVPPI).

    Parameters
    ----------
    gains : numpy.ndarray
        Of shape (values of the quantity, decisions, worlds).
    weight : numpy.ndarray, optional
        Of the values; equal if not given.
    """
    expected = gains.mean(axis=2)
    weight = (
        np.full(len(expected), 1 / len(expected))
        if weight is None
        else np.asarray(weight, float) / np.sum(weight)
    )
    without, knowing = float((weight @ expected).max()), float(weight @ expected.max(axis=1))
    value = max(knowing - without, 0.0)
    return Information(without, knowing, value, 100 * value / without if without else np.nan)


def along_handling(
    worlds: pd.DataFrame,
    decisions: pd.DataFrame,
    sizes: np.ndarray,
    budget: float,
    handling: np.ndarray,
    overlap: float = 0.0,
) -> tuple[pd.DataFrame, Information]:
    """Reckon what each decision brings at each handling cost, and what knowing that cost beforehand
    is worth.

    Parameters
    ----------
    handling : numpy.ndarray
        Costs that are thought equally likely. The other parameters are those of `payoffs`;
        `decisions` also has ``name``.

    Returns
    -------
    lines : pandas.DataFrame
        ``handling, name, gain`` [percent of the best that can be had without knowing].
    known : Information
        On the handling cost alone.
    """
    shares = decisions.drop(columns="name")
    gains = np.stack([payoffs(worlds, shares, sizes, budget, cost, overlap) for cost in handling])
    known = information(gains)
    mean = 100 * gains.mean(axis=2) / known.without
    lines = [
        pd.DataFrame({"handling": handling, "name": name, "gain": mean[:, at]})
        for at, name in enumerate(decisions["name"])
    ]
    return pd.concat(lines, ignore_index=True), known


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
        raise BudgetError(
            "the present split buys no creator in some of the worlds, so there is nothing to compare with."
        )
    ratio, low, high = (
        float(end)
        for end in np.quantile(then / now, [0.5, (1 - confidence) / 2, (1 + confidence) / 2])
    )
    outcome = "reallocate" if low > 1 else "keep" if high < 1 else "do not reallocate: undecided"
    return Advice(outcome, ratio, low, high)
