"""Charts for decisions: where the cheapest size lies, how a budget is spent, what a decision can
cost. A frame in, a Figure out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts.canvas import PLATE, log_axis, new_figure, title
from analysis.present.style import CLAIM, HOLLOW, INK, QUIET, ink_on, styled, tier_colour

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

KIND_MARKS = {"measured payment": "s", "rate card": "o", "quote": "^"}
"""Mark of each kind of price; an open list has an interval besides."""

APART = 0.02
"""Beta by which marks with an interval are set apart."""

DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (1, 1)), (0, (10, 3)))
"""Of lines, so that dash and colour say the same."""

LARGER = "#d9d9d9"
"""Where larger is always cheaper."""


@styled
def cheapest_map(
    regions: pd.DataFrame, evidence: pd.DataFrame, betas: pd.DataFrame, edges: dict[str, float]
) -> Figure:
    """Draw where the cheapest size lies, for every elasticity of reactions and of price, a panel
    per handling cost.

    Parameters
    ----------
    regions : pandas.DataFrame
        ``panel, beta, gamma, size`` [followers; inf where larger is always cheaper], on a full
        grid.
    evidence : pandas.DataFrame
        ``kind, beta, beta_low, beta_high, gamma, gamma_low, gamma_high``, one row per source of
        prices.
    betas : pandas.DataFrame
        ``beta``: other sources of reactions, marked below.
    edges : dict
        Lower edge [followers] of each tier, ascending.
    """
    from matplotlib.patches import Patch

    panels = list(dict.fromkeys(regions["panel"]))
    figure, axes = new_figure(
        len(panels), label="beta: elasticity of reactions in followers", sharey=True, sharex=True
    )
    names = list(edges)
    for axis, panel in zip(axes[0], panels, strict=True):
        _regions(axis, regions[regions["panel"] == panel], edges)
        axis.axhline(1, color=INK, linewidth=2, linestyle=(0, (4, 2)))
        axis.plot([0, 2], [0, 2], color=INK, linewidth=2)
        _evidence(axis, evidence)
        low = regions["gamma"].min()
        axis.plot(
            betas["beta"],
            np.full(len(betas), low),
            "|",
            color=CLAIM,
            markersize=26,
            markeredgewidth=3,
            clip_on=False,
        )
        axis.set(
            xlim=(regions["beta"].min(), regions["beta"].max()), ylim=(low, regions["gamma"].max())
        )
        axis.grid(visible=False)
        title(axis, panel, len(panels))
    axes[0][0].set_ylabel("gamma: elasticity of price")
    held = [name for name in names if (_named(regions["size"], edges) == names.index(name)).any()]
    handles = [Patch(color=tier_colour(name), label=name) for name in held] + [
        Patch(color=LARGER, label="the larger, the cheaper")
    ]
    kinds = [kind for kind in KIND_MARKS if kind in set(evidence["kind"])]
    handles += [
        axes[0][0].plot(
            [],
            [],
            KIND_MARKS[kind],
            color=INK,
            markerfacecolor=HOLLOW,
            markersize=11,
            linestyle="none",
            label=kind,
        )[0]
        for kind in kinds
    ]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=4, frameon=False, handlelength=1.2
    )
    return figure


def _named(sizes, edges: dict[str, float]) -> np.ndarray:
    """Place of the tier of each size, -1 where larger is always cheaper."""
    sizes = np.asarray(sizes, float)
    place = (
        np.searchsorted(
            list(edges.values()), np.maximum(sizes, next(iter(edges.values()))), side="right"
        )
        - 1
    )
    return np.where(np.isinf(sizes), -1, place)


def _regions(axis, part: pd.DataFrame, edges: dict[str, float]) -> None:
    from matplotlib.colors import ListedColormap

    grid = part.pivot(index="gamma", columns="beta", values="size")
    colours = ListedColormap([LARGER, *(tier_colour(name) for name in edges)])
    axis.pcolormesh(
        grid.columns,
        grid.index,
        _named(grid.to_numpy(), edges),
        cmap=colours,
        vmin=-1.5,
        vmax=len(edges) - 0.5,
        rasterized=True,
    )


def _evidence(axis, evidence: pd.DataFrame) -> None:
    """Marks at their beta; those with an interval are set apart to the left, so that no interval
    runs through another mark.
    """
    aside = 0.0
    for row in evidence.itertuples():
        inside, at = HOLLOW, row.beta
        if not np.isnan(row.gamma_low):
            aside += APART
            inside, at = CLAIM, row.beta - aside
            axis.plot([at, at], [row.gamma_low, row.gamma_high], color=INK, linewidth=2.5)
        axis.plot(
            [at - row.beta + row.beta_low, at - row.beta + row.beta_high],
            [row.gamma, row.gamma],
            color=INK,
            linewidth=2.5,
        )
        axis.plot(
            at,
            row.gamma,
            KIND_MARKS[row.kind],
            color=INK,
            markerfacecolor=inside,
            markersize=11,
            markeredgewidth=2,
        )


@styled
def cheapest_curves(
    curves: pd.DataFrame, x_label: str, top: float = 1e7, mark: float | None = None
) -> Figure:
    """Draw the cheapest size against the cost of handling one creator, a line per source of prices.

    Parameters
    ----------
    curves : pandas.DataFrame
        ``name, handling, estimate, low, high`` [followers; inf: the larger the cheaper, drawn at
        the top].
    x_label : str
        What the horizontal axis shows, with its currency.
    top : float
        Where "the larger, the cheaper" is drawn.
    mark : float, optional
        The reader's own handling cost.
    """
    import matplotlib as mpl

    figure, axes = new_figure()
    axis, names = axes[0, 0], list(dict.fromkeys(curves["name"]))
    for at, name in enumerate(names):
        part = curves[curves["name"] == name]
        colour = mpl.colormaps["viridis"](0.05 + 0.85 * at / max(len(names) - 1, 1))
        ends = {end: np.minimum(part[end], top) for end in ("estimate", "low", "high")}
        if (ends["high"] > ends["low"] * 1.001).any():
            axis.fill_between(
                part["handling"], ends["low"], ends["high"], color=colour, alpha=0.18, linewidth=0
            )
        axis.plot(
            part["handling"],
            ends["estimate"],
            color=colour,
            linewidth=3.5,
            linestyle=DASHES[at % len(DASHES)],
            label=name,
        )
    low = max(min([top / 100, *curves.loc[curves["low"] > 0, "low"]]), 100)
    # without a curve the axis still has to be somewhere
    log_axis(axis.xaxis, *(curves["handling"].agg(["min", "max"]) if len(curves) else (1, 1000)))
    log_axis(axis.yaxis, low / 1.3, top * 2.4)
    axis.axhspan(top / 1.2, top * 2.4, color=LARGER, linewidth=0, zorder=0)
    axis.text(
        0.01,
        top * 1.6,
        "the larger, the cheaper",
        transform=axis.get_yaxis_transform(),
        va="center",
    )
    if mark:
        axis.axvline(mark, color=CLAIM, linewidth=2.5, linestyle=(0, (4, 2)))
    axis.set(xlabel=x_label, ylabel="cheapest size (followers)")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure


@styled
def spending(splits: pd.DataFrame, panels: str, rows: str, label: str) -> Figure:
    """Draw how budgets are spent: stacked bars of shares by tier, with the number of creators in
    them.

    Parameters
    ----------
    splits : pandas.DataFrame
        The columns named by `panels` and `rows`, ``tier``, ``share`` [percent of the budget] and
        ``creators``; tiers small to large.
    panels, rows : str
        Columns that give each panel and each row its name, in order of appearance.
    label : str
        What the axis shows.
    """
    names, order = list(dict.fromkeys(splits[panels])), list(dict.fromkeys(splits[rows]))
    tiers = list(dict.fromkeys(splits["tier"]))
    figure, axes = new_figure(len(names), label=label, sharey=True, sharex=True)
    for axis, name in zip(axes[0], names, strict=True):
        left = np.zeros(len(order))
        for tier in tiers:
            part = (
                splits[(splits[panels] == name) & (splits["tier"] == tier)]
                .groupby(rows)[["share", "creators"]]
                .sum()
                .reindex(order)
            )
            width = part["share"].fillna(0).to_numpy()
            colour = tier_colour(tier)
            bars = axis.barh(
                range(len(order)), width, left=left, color=colour, edgecolor="white", linewidth=2
            )
            text = [
                f"{count:.0f}" if share > 9 else ""
                for share, count in zip(width, part["creators"].fillna(0), strict=True)
            ]
            axis.bar_label(bars, text, label_type="center", color=ink_on(colour), fontsize=18)
            left += width
        axis.set(
            yticks=range(len(order)),
            yticklabels=order,
            ylim=(len(order) - 0.5, -0.5),
            xlim=(0, 100),
        )
        axis.grid(visible=False, axis="y")
        title(axis, name, len(names))
    from matplotlib.patches import Patch

    handles = [Patch(color=tier_colour(tier), label=tier) for tier in tiers]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=len(handles),
        frameon=False,
        handlelength=1.2,
    )
    return figure


@styled
def regrets(
    decisions: pd.DataFrame, value: pd.DataFrame, x_label: str, mark: float | None = None
) -> Figure:
    """Draw what each decision costs on average and in bad cases, beside what knowing the handling
    cost is worth.

    Parameters
    ----------
    decisions : pandas.DataFrame
        ``name, regret, regret_high`` [percent of the reactions of the best decision].
    value : pandas.DataFrame
        ``handling``, ``name`` and ``gain`` [reactions per unit of budget, relative to the best on
        average, percent].
    x_label : str
        Of the handling cost, with its currency.
    mark : float, optional
        The reader's own handling cost.
    """
    import matplotlib as mpl

    figure, axes = new_figure(2)
    left, right = axes[0]
    y = np.arange(len(decisions))
    colours = [mpl.colormaps["viridis"](0.05 + 0.85 * at / max(len(decisions) - 1, 1)) for at in y]
    left.barh(y, decisions["regret"], color=colours, height=0.6)
    left.plot(decisions["regret_high"], y, "|", color=INK, markersize=22, markeredgewidth=3)
    for at, row in zip(y, decisions.itertuples(), strict=True):
        left.plot([row.regret, row.regret_high], [at, at], color=INK, linewidth=2)
        left.annotate(
            f"{row.regret:.0f} %", (row.regret, at), (4, 17), textcoords="offset points", bbox=PLATE
        )
    left.set(
        yticks=y,
        yticklabels=decisions["name"],
        ylim=(len(y) - 0.4, -0.6),
        xlim=(0, 104),
        xlabel="% of what was possible",
    )
    left.grid(visible=False, axis="y")
    title(left, "regret: mean, and worst 5 %", 2)
    for at, name in enumerate(decisions["name"]):
        part = value[value["name"] == name]
        right.plot(
            part["handling"],
            part["gain"],
            color=colours[at],
            linewidth=3.5,
            linestyle=DASHES[at % len(DASHES)],
            label=name,
        )
    log_axis(right.xaxis, value["handling"].min(), value["handling"].max() * 1.001, most=5)
    if mark:
        right.axvline(mark, color=QUIET, linewidth=2, linestyle=(0, (4, 2)))
    right.set(xlabel=x_label, ylabel="% of the best on average")
    figure.legend(
        *right.get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False
    )
    title(right, "what each brings", 2)
    return figure
