"""Charts for decisions: the cheapest size, how a budget is spent, what a decision can cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts import canvas
from analysis.present.style import CLAIM, HOLLOW, INK, QUIET, ink_on, styled, tier_colour

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

KIND_MARKS = {"measured payment": "s", "rate card": "o", "quote": "^"}
"""Mark of each kind of price; an open list has an interval besides."""

APART = 0.02
"""Beta by which marks with an interval are set apart to the left, so that no interval runs through
another mark."""

WITHIN = 18
"""Regret [percent] from which on it is written within its bar."""

LARGER, LARGER_COLOUR = "the larger, the cheaper", "#d9d9d9"
"""Label and colour of where no size is the cheapest, because cost falls with size throughout."""


@styled
def cheapest_size_map(regions, evidence, betas, edges: dict[str, float]) -> Figure:
    """Draw where the cheapest size lies for every elasticity of reactions (beta) and of price
    (gamma), a panel per handling cost.

    Parameters
    ----------
    regions : pandas.DataFrame
        ``panel, beta, gamma, size`` [followers; inf where larger is always cheaper], on a full
        grid.
    evidence : pandas.DataFrame
        ``kind, beta, beta_low, beta_high, gamma, gamma_low, gamma_high``, a row per source of
        prices; no interval of gamma where none is known.
    betas : pandas.DataFrame
        ``beta`` of other sources of reactions, marked at the bottom.
    edges : dict of str to float
        Lower edge [followers] of each tier, ascending.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> regions = pd.DataFrame({"panel": "free", "beta": [0.5, 1, 0.5, 1], "size": 2e4})
    >>> regions["gamma"] = [0.5, 0.5, 1, 1]
    >>> price = pd.DataFrame({"kind": ["quote"], "gamma": [0.9], "gamma_low": [0.8]})
    >>> price = price.assign(gamma_high=1.0, beta=0.8, beta_low=0.7, beta_high=0.9)
    >>> figure = an.plot.cheapest_size_map(regions, price, price, {"nano": 1, "micro": 10_000})
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['micro', 'the larger, the cheaper', 'quote']
    """
    regions = canvas.frame_of(regions, "panel", "beta", "gamma", "size", name="regions")
    ends = [f"{name}{end}" for name in ("beta", "gamma") for end in ("", "_low", "_high")]
    evidence = canvas.frame_of(evidence, "kind", *ends, name="evidence")
    betas = canvas.frame_of(betas, "beta", name="betas")
    if regions.empty:
        return canvas.no_data()
    label = "beta: elasticity of reactions in followers"
    figure, panels = canvas.panels(regions, "panel", label)
    for axis, part in panels:
        _draw_regions(axis, part, edges)
        axis.axhline(1, color=INK, linewidth=2, linestyle=canvas.DASHED)
        axis.plot([0, 2], [0, 2], color=INK, linewidth=2)
        _draw_prices(axis, evidence)
        limits = [(regions[of].min(), regions[of].max()) for of in ("beta", "gamma")]
        tick = {"color": CLAIM, "markersize": 26, "markeredgewidth": 3, "clip_on": False}
        axis.plot(betas["beta"], np.full(len(betas), limits[1][0]), "|", **tick)
        axis.set(xlim=limits[0], ylim=limits[1])
        axis.grid(visible=False)
    first = panels[0][0]
    first.set_ylabel("gamma: elasticity of price")
    canvas.legend_above(figure, 4, _map_legend(first, regions, evidence, edges))
    return figure


def _tier_of(sizes: pd.DataFrame | pd.Series, edges: dict[str, float]) -> np.ndarray:
    """Position of the tier of each size; -1 where larger is always cheaper."""
    lower = list(edges.values())
    position = np.digitize(np.maximum(sizes, lower[0]), lower) - 1
    return np.where(np.isinf(sizes), -1, position)


def _draw_regions(axis, part: pd.DataFrame, edges: dict[str, float]) -> None:
    from matplotlib.colors import ListedColormap

    grid = part.pivot(index="gamma", columns="beta", values="size")
    colours = ListedColormap([LARGER_COLOUR, *map(tier_colour, edges)])
    look = {"cmap": colours, "vmin": -1.5, "vmax": len(edges) - 0.5, "rasterized": True}
    axis.pcolormesh(grid.columns, grid.index, _tier_of(grid, edges), **look)


def _draw_prices(axis, evidence: pd.DataFrame) -> None:
    known = evidence["gamma_low"].notna()
    shifts = APART * known.cumsum().where(known, 0)
    for row, shift in zip(evidence.itertuples(), shifts, strict=True):
        x, inside = row.beta - shift, CLAIM if shift else HOLLOW
        if shift:
            axis.plot([x, x], [row.gamma_low, row.gamma_high], color=INK, linewidth=2.5)
        ends = [row.beta_low - shift, row.beta_high - shift]
        axis.plot(ends, [row.gamma, row.gamma], color=INK, linewidth=2.5)
        mark = {"color": INK, "markersize": 11, "markeredgewidth": 2}
        axis.plot(x, row.gamma, KIND_MARKS[row.kind], markerfacecolor=inside, **mark)


def _map_legend(axis, regions: pd.DataFrame, evidence: pd.DataFrame, edges: dict) -> list:
    """Handles of the tiers that are cheapest somewhere, and of the kinds of prices."""
    somewhere = set(_tier_of(regions["size"], edges))
    tiers = [name for position, name in enumerate(edges) if position in somewhere]
    colours = {name: tier_colour(name) for name in tiers} | {LARGER: LARGER_COLOUR}
    kinds = [kind for kind in KIND_MARKS if kind in set(evidence["kind"])]
    look = {"color": INK, "markerfacecolor": HOLLOW, "markersize": 11, "linestyle": "none"}
    marks = [axis.plot([], [], KIND_MARKS[kind], label=kind, **look)[0] for kind in kinds]
    return canvas.patches(colours) + marks


@styled
def cheapest_size_curves(
    curves, x_label: str, top: float = 1e7, mark: float | None = None
) -> Figure:
    """Draw the cheapest size against the cost of handling one creator, a line per source of prices.

    Parameters
    ----------
    curves : pandas.DataFrame or a result
        ``name, handling`` [money] and ``estimate, low, high`` [followers; inf where the larger is
        always the cheaper, drawn at the top].
    x_label : str
        What the horizontal axis shows, with its currency.
    top : float
        Followers at which "the larger, the cheaper" is drawn.
    mark : float, optional
        The reader's own handling cost.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> curve = pd.DataFrame({"name": "rate card", "handling": [10, 100], "estimate": [2e4, 1e5]})
    >>> curve = curve.assign(low=[1e4, 5e4], high=[4e4, 2e5])
    >>> figure = an.plot.cheapest_size_curves(curve, "handling a creator (EUR)", mark=50)
    >>> figure.axes[0].get_ylabel()
    'cheapest size (followers)'
    """
    frame = canvas.frame_of(curves, "name", "handling", "estimate", "low", "high", name="curves")
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure()
    axis, parts = axes[0, 0], canvas.panels_of(frame, "name")
    for (name, part), look in zip(parts.items(), canvas.line_looks(len(parts)), strict=True):
        middle, low, high = (part[end].clip(upper=top) for end in ("estimate", "low", "high"))
        if (high > low * 1.001).any():
            shade = {"color": look["color"], "alpha": 0.18, "linewidth": 0}
            axis.fill_between(part["handling"], low, high, **shade)
        axis.plot(part["handling"], middle, label=name, **look)
    lowest = max(min([top / 100, *frame.loc[frame["low"] > 0, "low"]]), 100)
    canvas.log_axis(axis.xaxis, frame["handling"].min(), frame["handling"].max())
    canvas.log_axis(axis.yaxis, lowest / 1.3, top * 2.4)
    axis.axhspan(top / 1.2, top * 2.4, color=QUIET, alpha=0.2, linewidth=0, zorder=0)
    axis.text(0.01, top * 1.6, LARGER, transform=axis.get_yaxis_transform(), va="center")
    if mark:
        axis.axvline(mark, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED)
    axis.set(xlabel=x_label, ylabel="cheapest size (followers)")
    canvas.legend_above(figure, 2, handlelength=None)
    return figure


@styled
def budget_splits(splits, panels: str, rows: str, label: str) -> Figure:
    """Draw how budgets are spent: stacked shares by tier, with the number of creators in them.

    Parameters
    ----------
    splits : pandas.DataFrame or a result
        The columns named by `panels` and `rows`, ``tier`` (small to large), ``share`` [percent of
        the budget] and ``creators``.
    panels, rows : str
        Columns that name each panel and each row, in order of appearance.
    label : str
        What the axis shows.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> split = pd.DataFrame({"tier": ["micro", "macro"], "share": [30, 70], "creators": [9, 1]})
    >>> split = split.assign(prices="rate card", budget="10,000 EUR")
    >>> figure = an.plot.budget_splits(split, "prices", "budget", "share of the budget (%)")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['9', '1']
    """
    frame = canvas.frame_of(splits, panels, rows, "tier", "share", "creators", name="splits")
    if frame.empty:
        return canvas.no_data()
    order, tiers = frame[rows].unique(), frame["tier"].unique()
    colours = {tier: tier_colour(tier) for tier in tiers}
    figure, drawn = canvas.panels(frame, panels, label)
    for axis, part in drawn:
        share, creators = (
            part.pivot_table(column, rows, "tier", "sum").reindex(index=order, columns=tiers)
            for column in ("share", "creators")
        )
        canvas.stacked_bars(axis, share.fillna(0), colours, creators.map("{:.0f}".format), least=9)
    canvas.legend_above(figure, len(tiers), canvas.patches(colours))
    return figure


@styled
def regret(decisions, value, x_label: str, mark: float | None = None) -> Figure:
    """Draw what each decision costs, beside what it brings at each handling cost.

    Parameters
    ----------
    decisions : pandas.DataFrame or a result
        ``name, regret, regret_high`` [percent of the reactions of the best decision]: the mean,
        and its worst 5 %.
    value : pandas.DataFrame or a result
        ``name, handling`` [money] and ``gain`` [reactions per unit of budget, percent of the
        decision that is the best on average].
    x_label : str
        Of the handling cost, with its currency.
    mark : float, optional
        The reader's own handling cost.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> lost = pd.DataFrame({"name": ["all micro"], "regret": [40], "regret_high": [80]})
    >>> gain = pd.DataFrame({"name": "all micro", "handling": [10, 100], "gain": [90, 60]})
    >>> figure = an.plot.regret(lost, gain, "handling a creator (EUR)")
    >>> figure.axes[0].texts[0].get_text()
    '40 %'
    """
    decisions = canvas.frame_of(decisions, "name", "regret", "regret_high", name="decisions")
    value = canvas.frame_of(value, "name", "handling", "gain", name="value")
    if decisions.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure(columns=2)
    left, right = axes[0]
    looks = canvas.line_looks(len(decisions))
    _draw_regrets(left, decisions, [look["color"] for look in looks])
    for name, look in zip(decisions["name"], looks, strict=True):
        part = value[value["name"] == name]
        right.plot(part["handling"], part["gain"], label=name, **look)
    if value["handling"].min() > 0:
        ends = (value["handling"].min(), value["handling"].max() * 1.001)
        canvas.log_axis(right.xaxis, *ends, most=5)
    if mark:
        right.axvline(mark, color=QUIET, linewidth=2, linestyle=canvas.DASHED)
    right.set(xlabel=x_label, ylabel="% of the best on average")
    canvas.title(right, "what each brings", 2)
    canvas.legend_above(figure, 3, right.get_legend_handles_labels()[0], handlelength=None)
    return figure


def _draw_regrets(axis, decisions: pd.DataFrame, colours: list) -> None:
    y = range(len(decisions))
    axis.barh(y, decisions["regret"], color=colours, height=0.6)
    axis.plot(decisions["regret_high"], y, "|", color=INK, markersize=22, markeredgewidth=3)
    for at, row in enumerate(decisions.itertuples()):
        axis.plot([row.regret, row.regret_high], [at, at], color=INK, linewidth=2)
        within = row.regret > WITHIN
        x = 2 if within else max(row.regret_high, row.regret) + 2
        colour = ink_on(colours[at]) if within else INK
        axis.text(x, at, f"{row.regret:.0f} %", va="center", color=colour)
    canvas.categories(axis, decisions["name"])
    axis.set(ylim=(len(y) - 0.4, -0.6), xlim=(0, 104), xlabel="% of what was possible")
    canvas.title(axis, "regret: mean, and worst 5 %", 2)
