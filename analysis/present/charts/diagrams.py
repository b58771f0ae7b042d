"""Diagrams: words on an axis, tables as colours, trails of quotations, scorecards. A frame in, a
Figure out.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts.canvas import log_axis, new_figure, nothing, title
from analysis.present.style import (
    CLAIM,
    FOOTER,
    INK,
    OUTCOMES,
    QUIET,
    SLIDE,
    ink_on,
    styled,
    tier_colour,
)

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

PER_LETTER = 0.064
"""Decades of followers that a letter is wide on the map of tiers."""

LINE, PADDING = 0.31, 0.26
"""Height of a line of text in a trail, and what its box adds [inches]."""

LETTERS = 86
"""That stand side by side on a slide."""


@styled
def tier_map(
    tiers: pd.DataFrame, names: pd.DataFrame, low: float = 300, high: float = 5e6
) -> Figure:
    """Draw who calls which follower range what; a name too long for its bar is cut to three
    letters.

    Parameters
    ----------
    tiers : pandas.DataFrame
        ``scheme`` (as shown), ``tier``, ``lower``, ``upper`` [followers, inf if open], schemes from
        top to bottom.
    names : pandas.DataFrame
        ``lower, upper`` [followers] and ``names``, the number of different words in use there.
    low, high : float
        Ends of the follower axis.
    """
    figure, axes = new_figure(rows=2, sharex=True, gridspec_kw={"height_ratios": [5.2, 1]})
    bars, steps = axes[:, 0]
    order = list(dict.fromkeys(tiers["scheme"]))
    for row in tiers.itertuples():
        left, right = max(row.lower, low), min(row.upper, high)
        colour, y = tier_colour(row.tier), order.index(row.scheme)
        bars.barh(
            y, right - left, left=left, height=0.78, color=colour, edgecolor="white", linewidth=2
        )
        word = (
            row.tier
            if np.log10(right / left) > PER_LETTER * (len(row.tier) + 0.5)
            else row.tier[:3]
        )
        bars.text(np.sqrt(left * right), y, word, ha="center", va="center", color=ink_on(colour))
    bars.set(yticks=range(len(order)), yticklabels=order, ylim=(len(order) - 0.5, -0.5))
    bars.grid(visible=False, axis="y")
    shown = names[(names["upper"] > low) & (names["lower"] < high)]
    steps.stairs(
        shown["names"],
        [max(shown["lower"].iloc[0], low), *np.minimum(shown["upper"], high)],
        fill=True,
        color=QUIET,
    )
    steps.set(
        ylabel="words\nin use",
        xlabel="followers of the account",
        yticks=range(0, int(shown["names"].max()) + 1, 2),
    )
    log_axis(steps.xaxis, low, high, most=5)
    return figure


@styled
def heat(table: pd.DataFrame, label: str) -> Figure:
    """Draw a table of shares as coloured, labelled squares.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows and columns as they are to be read; values in percent.
    label : str
        What the values are, with their unit.
    """
    import seaborn as sns

    figure, axes = new_figure()
    axis = axes[0, 0]
    if table.empty:
        nothing(axis)
        return figure
    sns.heatmap(
        table,
        annot=True,
        fmt=".0f",
        cmap="cividis",
        vmin=0,
        vmax=100,
        linewidths=2,
        ax=axis,
        cbar=False,
        annot_kws={"size": 20},
    )
    title(axis, label, 1)
    for text, colour in zip(
        axis.texts,
        axis.collections[0].get_facecolors()[table.notna().to_numpy().ravel()],
        strict=True,
    ):
        text.set_color(ink_on(colour[:3]))
    axis.set(xlabel="", ylabel="")
    axis.grid(visible=False)
    axis.tick_params(axis="x", rotation=30, labelsize=18)
    for text in axis.get_xticklabels():
        text.set_ha("right")
    axis.tick_params(axis="y", rotation=0)
    return figure


@styled
def trail(steps: pd.DataFrame, links: pd.DataFrame) -> Figure:
    """Draw who quoted whom, from the top down: what was inferred is dashed, what was read is solid.

    Parameters
    ----------
    steps : pandas.DataFrame
        ``key, text, seen``, in the order in which they are to stand beside each other.
    links : pandas.DataFrame
        ``from, to`` (keys); a step stands below every step that it quotes.
    """
    figure, axes = new_figure()
    axis = axes[0, 0]
    depth = _depths(steps["key"], links)
    rows = [
        [key for key in steps["key"] if depth[key] == level]
        for level in range(max(depth.values()) + 1)
    ]
    texts = {
        key: _boxed(text, len(rows[depth[key]]))
        for key, text in zip(steps["key"], steps["text"], strict=True)
    }
    place = _places(rows, texts)
    seen = dict(zip(steps["key"], steps["seen"], strict=True))
    for start, end in zip(links["from"], links["to"], strict=True):
        look = _look(seen[start] and seen[end])
        arrow = {
            "arrowstyle": "-|>",
            "color": look["edgecolor"],
            "linestyle": look["linestyle"],
            "linewidth": 2,
            "shrinkA": 0,
            "shrinkB": 0,
        }
        (left, upper, half), (right, lower, below) = place[start], place[end]
        axis.annotate("", (right, lower + below), (left, upper - half), arrowprops=arrow)
    for key, (x, y, _) in place.items():
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "linewidth": 2} | _look(
            seen[key]
        )
        axis.text(
            x, y, texts[key], ha="center", va="center", bbox=box, in_layout=False
        )  # the axes stay as wide as the slide
    axis.set(xlim=(0, 1), ylim=(-SLIDE[1] * (1 - FOOTER), 0))
    axis.set_axis_off()
    return figure


def _boxed(text: str, beside: int) -> str:
    """Wrap a step to the width that the steps beside it leave; one that stands alone has room for
    everything in a line.
    """
    parts = text.split("\n") if beside > 1 else [text.replace("\n", ": ")]
    return "\n".join(line for part in parts for line in textwrap.wrap(part, LETTERS // beside - 3))


def _places(rows: list[list[str]], texts: dict[str, str]) -> dict[str, tuple[float, float, float]]:
    """Middle of each box and half its height [inches], rows as far apart as the slide allows."""
    heights = [max(LINE * (texts[key].count("\n") + 1) + PADDING for key in row) for row in rows]
    free = SLIDE[1] * (1 - FOOTER) - 0.3 - sum(heights)
    gap, top, place = min(free / max(len(rows) - 1, 1), 1.2), -0.1, {}
    for row, height in zip(rows, heights, strict=True):
        for index, key in enumerate(row):
            own = LINE * (texts[key].count("\n") + 1) + PADDING
            place[key] = ((index + 0.5) / len(row), top - height / 2, own / 2)
        top -= height + gap
    return place


def _look(seen: bool) -> dict:
    """How a step or link looks that was read, or was inferred."""
    return {"edgecolor": INK, "linestyle": "-"} if seen else {"edgecolor": CLAIM, "linestyle": "--"}


def _depths(keys, links: pd.DataFrame) -> dict[str, int]:
    """How many steps each step lies below the start of its longest trail."""
    above = {key: list(links.loc[links["to"] == key, "from"]) for key in keys}
    depth: dict[str, int] = {}
    while len(depth) < len(above):
        ready = {key: over for key, over in above.items() if all(one in depth for one in over)}
        depth |= {
            key: 1 + max((depth[one] for one in over), default=-1) for key, over in ready.items()
        }
    return depth


@styled
def shares(counts: pd.DataFrame) -> Figure:
    """Draw how the outcomes of each row share it, as stacked bars with their counts.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows as they are to be read, columns are outcomes.
    """
    figure, axes = new_figure(label="share of the answers (%)")
    axis, left = axes[0, 0], np.zeros(len(counts))
    if counts.empty:
        nothing(axis)
        return figure
    total = counts.sum(axis=1).to_numpy()
    for outcome in (name for name in OUTCOMES if name in counts):
        colour, sign = OUTCOMES[outcome]
        width = 100 * counts[outcome].to_numpy() / total
        bars = axis.barh(
            range(len(counts)),
            width,
            left=left,
            color=colour,
            edgecolor="white",
            linewidth=2,
            label=f"{sign}  {outcome}",
        )
        labels = [
            f"{sign} {count}" if share > 6 else ""
            for count, share in zip(counts[outcome], width, strict=True)
        ]
        axis.bar_label(bars, labels, label_type="center", color=ink_on(colour), fontsize=18)
        left += width
    names = [f"{name}\nn {n}" for name, n in zip(counts.index, total, strict=True)]
    axis.set(
        yticks=range(len(counts)), yticklabels=names, ylim=(len(counts) - 0.5, -0.5), xlim=(0, 100)
    )
    axis.grid(visible=False, axis="y")
    figure.legend(loc="outside upper center", ncols=5, frameon=False, handlelength=1.2)
    return figure


@styled
def scorecard(verdicts: pd.DataFrame) -> Figure:
    """Draw every claim against every source: one square per pair, coloured and signed by its
    outcome.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        ``reading`` (a claim, or one reading of it), ``source`` (as shown) and ``outcome``, one row
        per pair.
    """
    figure, axes = new_figure()
    axis = axes[0, 0]
    claims, sources = (list(dict.fromkeys(verdicts[name])) for name in ("reading", "source"))
    for row in verdicts.itertuples():
        colour, sign = OUTCOMES[row.outcome]
        x, y = claims.index(row.reading), sources.index(row.source)
        axis.add_patch(_square(x, y, colour))
        axis.text(x, y, sign, ha="center", va="center", color=ink_on(colour), fontsize=20)
    axis.set(
        xticks=range(len(claims)),
        xticklabels=claims,
        yticks=range(len(sources)),
        yticklabels=sources,
    )
    axis.tick_params(axis="x", labelrotation=90)
    axis.set(
        xlim=(-0.5, len(claims) - 0.5),
        ylim=(len(sources) - 0.5, -0.5),
        xlabel="claim; with a number: one of its readings",
    )
    axis.grid(visible=False)
    handles = [_square(0, 0, colour) for colour, _ in OUTCOMES.values()]
    labels = [f"{sign}  {name}" for name, (_, sign) in OUTCOMES.items()]
    figure.legend(
        handles, labels, loc="outside upper center", ncols=5, frameon=False, handlelength=1.2
    )
    return figure


def _square(x: float, y: float, colour: str):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor=colour, edgecolor="white")
