"""Diagrams: names of tiers on the follower axis, tables as colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.estimate.scheme_comparison import most_names
from analysis.present.charts import canvas
from analysis.present.sentences.numbers import short_range
from analysis.present.style import CLAIM, LEAST, TIERS, ink_on, on_a_phone, styled, tier_colour

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

PER_LETTER, PER_LETTER_ON_A_PHONE = 0.068, 0.16
"""Decades of followers that a letter is wide on the map of tiers."""

LABEL = 26
"""Characters of the name of a row."""


@styled
def tier_map(tiers, names, low: float = 300, high: float = 5e6) -> Figure:
    """Draw who calls which follower range what; publishers with the same ranges share a row, and
    the stretch with the most names is marked.

    Parameters
    ----------
    tiers : pandas.DataFrame
        ``scheme, tier, lower, upper`` [followers, inf if open], schemes from top to bottom; as
        `tier_table` gives it.
    names : pandas.DataFrame
        ``lower, upper`` [followers], ``names`` and ``which``, the different names in use there; as
        `names_in_use` gives it.
    low, high : float
        Ends of the follower axis.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> schemes = [an.scheme(key) for key in ("tint", "later-fohr")]
    >>> tiers, names = an.tiers.tier_table(schemes), an.tiers.names_in_use(schemes)
    >>> axis = an.plot.tier_map(tiers, names).axes[0]
    >>> [label.get_text() for label in axis.get_yticklabels()]
    ['TINT, Later with Fohr']
    >>> [text.get_text() for text in axis.texts]
    ['nano', 'micro']
    """
    tiers = canvas.frame_of(tiers, "scheme", "tier", "lower", "upper", name="tiers")
    names = canvas.frame_of(names, "lower", "upper", "which", name="names")
    figure, axes = canvas.new_figure(label="followers of the account")
    axis, rows = axes[0, 0], alike(tiers)
    canvas.log_axis(axis.xaxis, low, high, most=5)
    for y, same in enumerate(rows.values()):
        _draw_tiers(axis, y, same, low, high)
    canvas.categories(axis, list(rows))
    _mark_stretch(axis, most_names(names), low, high)
    if on_a_phone():  # where names do not fit their bars
        shown = [name for name in TIERS[:-1] if name in set(tiers["tier"])]
        handles = canvas.patches({name: tier_colour(name) for name in shown})
        canvas.legend_above(figure, 3, handles)
    return figure


def _draw_tiers(axis, y: float, tiers: pd.DataFrame, low: float, high: float) -> None:
    """Draw the tiers of a publisher as bars, with their names where they fit."""
    wide = PER_LETTER_ON_A_PHONE if on_a_phone() else PER_LETTER
    look = {"height": 0.9, "edgecolor": "white", "linewidth": 2}
    for row in tiers.itertuples():
        left, right = np.clip([row.lower, row.upper], low, high)
        colour = tier_colour(row.tier)
        axis.barh(y, right - left, left=left, color=colour, **look)
        if np.log10(right / left) > wide * (len(row.tier) + 0.5):
            middle = {"ha": "center", "va": "center_baseline", "color": ink_on(colour)}
            axis.text(np.sqrt(left * right), y, row.tier, zorder=4, **middle)


def _mark_stretch(axis, stretch, low: float, high: float) -> None:
    """Mark where accounts have the most names."""
    if stretch.names < 2:
        return
    ends = np.clip([stretch.lower, stretch.upper], low, high)
    for end in ends:
        axis.axvline(end, color=CLAIM, linewidth=3, linestyle=canvas.DASHED, zorder=3)
    look = {"color": CLAIM, "weight": "bold", "ha": "center", "va": "bottom"}
    look |= {"xycoords": axis.get_xaxis_transform(), "textcoords": "offset points"}
    text = short_range(stretch.lower, stretch.upper)
    axis.annotate(text, (np.sqrt(ends.prod()), 1), (0, 4), gid=canvas.INSIDE, **look)
    axis.set_title("", pad=28, fontsize=LEAST)


def alike(tiers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Put schemes with the same tiers together, as long as their names fit into one."""
    groups: dict[tuple, dict] = {}
    for name, part in tiers.groupby("scheme", sort=False):
        edges = tuple(part[["tier", "lower", "upper"]].itertuples(index=False, name=None))
        same = groups.setdefault(edges, {})
        last = next(reversed(same), "")
        if last and len(last) + len(name) < LABEL:
            same[f"{last}, {name}"] = same.pop(last)
        else:
            same[name] = part
    return {name: part for same in groups.values() for name, part in same.items()}


@styled
def heatmap(table, label: str) -> Figure:
    """Draw a table of shares as coloured, labelled squares.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows and columns as they are to be read; values in percent, nan where there is none.
    label : str
        What the values are, with their unit.

    Examples
    --------
    >>> import analysis as an
    >>> table = pd.DataFrame({"A": [10.0], "B": [90.0]}, index=["Instagram"])
    >>> [text.get_text() for text in an.plot.heatmap(table, "accounts renamed (%)").axes[0].texts]
    ['10', '90']
    """
    import seaborn as sns

    frame = canvas.frame_of(table, name="table")
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure()
    axis = axes[0, 0]
    look = {"cmap": "cividis", "vmin": 0, "vmax": 100, "linewidths": 2, "cbar": False}
    sns.heatmap(frame, annot=True, fmt=".0f", annot_kws={"size": 20}, ax=axis, **look)
    canvas.title(axis, label)
    colours = axis.collections[0].get_facecolors()[frame.notna().to_numpy().ravel()]
    for text, colour in zip(axis.texts, colours, strict=True):
        text.set_color(ink_on(colour[:3]))
    axis.set(xlabel="", ylabel="")
    axis.grid(visible=False)
    axis.tick_params(axis="x", rotation=30, labelsize=18)
    for text in axis.get_xticklabels():
        text.set_ha("right")
    axis.tick_params(axis="y", rotation=0)
    return figure
