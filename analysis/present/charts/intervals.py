"""Charts of estimates: a frame in, a Figure out. Each draws its intervals, its n and its unit, and
saves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts.canvas import PLATE, follower_axis, log_axis, new_figure, title
from analysis.present.sentences import short_count
from analysis.present.style import CLAIM, HOLLOW, INK, QUIET, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

MOST_COUNTS = 10
"""Rows of a panel whose counts of accounts have room below their marks; with more, the counts stand
in the figure's table alone.
"""

ROOM = 0.085
"""Share of a panel's height that the count below the last mark takes."""


@styled
def intervals(
    estimates: pd.DataFrame,
    rows: str,
    panels: str | None = None,
    label: str = "ratio micro / macro",
    reference: float | None = 1.0,
    claimed: tuple[float, float] | None = None,
    claimed_value: float | None = None,
    linear: tuple[float, float] | None = None,
) -> Figure:
    """Draw estimates with their intervals, a row each, side by side in panels that share both axes.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The fields of an estimate, and the columns named by `rows` and `panels`. Marks of estimates
        that are indicative only are hollow; a row without an estimate says so; a column
        ``expected``, if there is one, is marked by a bar.
    rows, panels : str
        Columns that give each row and each panel its name, in order of appearance.
    label : str
        What the axis shows, with its unit.
    reference : float, optional
        Where there is no difference.
    claimed : tuple of float, optional
        The range that counts as the claim being right, shaded.
    claimed_value : float, optional
        The claimed value itself.
    linear : tuple of float, optional
        Ends of a linear axis, for shares and differences; without them the axis is logarithmic and
        as long as it has to be.
    """
    names = (
        list(dict.fromkeys(estimates[panels]))
        if panels and len(estimates)
        else ["" if len(estimates) else "no source holds this"]
    )
    order = list(dict.fromkeys(estimates[rows]))
    figure, axes = new_figure(columns=len(names), label=label, sharey=True, sharex=True)
    for axis, name in zip(axes[0], names, strict=True):
        part = estimates[estimates[panels] == name] if panels else estimates
        _claimed(axis, reference, claimed, claimed_value)
        _interval_rows(axis, part, rows, order)
        title(axis, name, len(names))
        below = 0.5 if len(order) > MOST_COUNTS else max(0.5, ROOM * len(order))
        axis.set(
            yticks=range(len(order)), yticklabels=order, ylim=(max(len(order), 1) - 1 + below, -0.5)
        )
        axis.grid(visible=False, axis="y")
    if linear:
        axes[0][0].set_xlim(*linear)
        return figure
    low, high = reach_of(estimates, (reference, claimed_value, *(claimed or ())))
    log_axis(axes[0][0].xaxis, low, high, most=9 // len(names) + 1)
    return figure


def _claimed(axis, reference, claimed, value) -> None:
    if claimed is not None:
        axis.axvspan(
            max(claimed[0], 1e-9), min(claimed[1], 1e9), color=CLAIM, alpha=0.16, linewidth=0
        )
    if value is not None:
        axis.axvline(value, color=CLAIM, linewidth=2.5, linestyle=(0, (4, 2)))
    if reference is not None:
        axis.axvline(reference, color=QUIET, linewidth=2)


def _interval_rows(axis, part: pd.DataFrame, rows: str, order: list[str]) -> None:
    for row in part.itertuples():
        y = order.index(getattr(row, rows))
        if np.isnan(row.estimate):
            axis.text(
                0.5,
                y,
                "not in\nthis source",
                transform=axis.get_yaxis_transform(),
                ha="center",
                va="center",
                color=QUIET,
            )
            continue
        if hasattr(row, "expected"):
            axis.plot(row.expected, y, "|", color=CLAIM, markersize=22, markeredgewidth=4)
        if not np.isnan(row.low):
            axis.plot(
                [row.low, min(row.high, 1e9)], [y, y], color=INK, linewidth=4, solid_capstyle="butt"
            )  # an end may be open
        inside = INK if row.status == "ok" else HOLLOW
        axis.plot(
            row.estimate,
            y,
            "o",
            color=INK,
            markerfacecolor=inside,
            markersize=12,
            markeredgewidth=2,
        )
        if (
            np.isnan(row.n_accounts) or len(order) > MOST_COUNTS
        ):  # with more rows the counts would cover the next mark
            continue
        place = {"textcoords": "offset points", "ha": "center", "va": "center"}
        count = f"n {short_count(_round(row.n_accounts))}"
        axis.annotate(
            count, (row.estimate, y), (0, -20), fontsize=18, color=QUIET, bbox=PLATE, **place
        )


def _round(count: float) -> float:
    """Two significant digits, for a label."""
    return float(f"{count:.2g}") if count >= 100 else count


def reach_of(estimates: pd.DataFrame, marks) -> tuple[float, float]:
    """Ends of a logarithmic axis that hold every interval and mark, with some air."""
    ends = pd.concat(
        [
            estimates["estimate"],
            estimates["low"],
            estimates["high"],
            pd.Series([mark for mark in marks if mark], dtype=float),
        ]
    )
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = (ends.min(), ends.max()) if len(ends) else (0.5, 2.0)
    air = max((high / low) ** 0.06, 1.04)
    return low / air, high * air


@styled
def along_followers(
    estimates: pd.DataFrame, panels: str, label: str, edges: tuple[float, ...] = ()
) -> Figure:
    """Draw an average along the follower axis, a panel per source, each with its own level.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The fields of an estimate, ``lower, upper`` [followers] of each band and the column named by
        `panels`.
    panels : str
        Column that gives each panel its name.
    label : str
        What the vertical axis shows, with its unit.
    edges : tuple of float
        Followers at which to draw tier edges.
    """
    names = list(dict.fromkeys(estimates[panels])) or ["no source holds this"]
    rows = 1 if len(names) < 4 else 2
    columns = -(-len(names) // rows)
    figure, axes = new_figure(columns, rows, label="followers of the account", sharex=True)
    figure.supylabel(label, fontsize=18)
    for axis, name in zip(axes.flat, names, strict=False):
        part = estimates[(estimates[panels] == name) & estimates["estimate"].notna()]
        _curve(axis, part, edges)
        title(axis, f"{name}, n {short_count(_round(part['n_accounts'].sum()))}", columns)
    for axis in axes.flat[len(names) :]:
        axis.set_axis_off()
    follower_axis(axes[0][0].xaxis, estimates["lower"])
    return figure


def middle_of(bands: pd.DataFrame) -> np.ndarray:
    """Where a follower band stands on the logarithmic axis; open ends are closed."""
    upper = np.where(np.isinf(bands["upper"]), bands["lower"] * 3, bands["upper"])
    return np.sqrt(np.maximum(bands["lower"], upper / 5) * upper)


def _curve(axis, part: pd.DataFrame, edges: tuple[float, ...]) -> None:
    """One curve with its band, each point at the middle of its follower band on the logarithmic
    scale.
    """
    middle = middle_of(part)
    for edge in edges:
        axis.axvline(edge, color=CLAIM, linewidth=1.5, linestyle=(0, (4, 2)))
    axis.fill_between(middle, part["low"], part["high"], color=QUIET, alpha=0.3, linewidth=0)
    axis.plot(middle, part["estimate"], "-o", color=INK, linewidth=2.5, markersize=6)
    log_axis(axis.yaxis, *reach_of(part, ()), most=5)


@styled
def lines(frame: pd.DataFrame, x: str, y: str, hue: str, x_label: str, y_label: str) -> Figure:
    """Draw one line per level of `hue`, on a logarithmic horizontal axis.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `x`, `y` and `hue` (as shown); with ``low`` and ``high`` the intervals are shaded.
    x, y, hue : str
        Column names.
    x_label, y_label : str
        Axis labels with units.
    """
    figure, axes = new_figure()
    _lines(axes[0, 0], frame, x, y, hue, x_label, y_label)
    return figure


@styled
def two_panels_of_lines(left: dict, right: dict) -> Figure:
    """Draw two line charts side by side on logarithmic axes; each holds the arguments of `lines`
    and a ``title``.
    """
    figure, axes = new_figure(columns=2)
    for axis, panel in zip(axes[0], (left, right), strict=True):
        title(axis, panel["title"], 2)
        _lines(axis, **{key: value for key, value in panel.items() if key != "title"})
        log_axis(
            axis.yaxis,
            panel["frame"][panel["y"]].min() / 1.15,
            panel["frame"][panel["y"]].max() * 1.15,
        )
    return figure


def _lines(axis, frame: pd.DataFrame, x: str, y: str, hue: str, x_label: str, y_label: str) -> None:
    import seaborn as sns

    axis.set(xlabel=x_label, ylabel=y_label)
    if frame.empty:
        axis.text(
            0.5, 0.5, "no source holds this", transform=axis.transAxes, ha="center", color=QUIET
        )
        return
    levels = list(dict.fromkeys(frame[hue]))
    # colour and dash say the same
    sns.lineplot(
        frame,
        x=x,
        y=y,
        hue=hue,
        style=hue,
        hue_order=levels,
        palette="viridis",
        linewidth=3.5,
        errorbar=None,
        ax=axis,
    )
    if {"low", "high"} <= set(frame.columns):
        for line, level in zip(axis.get_lines(), levels, strict=False):
            part = frame[frame[hue] == level]
            axis.fill_between(
                part[x], part["low"], part["high"], color=line.get_color(), alpha=0.2, linewidth=0
            )
    log_axis(axis.xaxis, frame[x].min() / 1.05, frame[x].max() * 1.05)
    axis.set(xlabel=x_label, ylabel=y_label)  # seaborn has put the columns' names there
    axis.legend(frameon=True, framealpha=0.9, title=None)
