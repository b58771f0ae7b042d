"""Bends along followers: axes for curves beside a claimed place, and places that were tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.present.charts import canvas
from analysis.present.charts.estimates import lift_words, log_range
from analysis.present.charts.lifts import lift_axis
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import short_count
from analysis.present.style import CLAIM, FINDING, HOLLOW, LEAST, QUIET, REST, on_a_phone, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

FIRST = 1_000
"""Followers from which on curves are shown."""

MARKS = (
    ("less steep beyond", "o", FINDING, FINDING),
    ("steeper beyond", "v", CLAIM, CLAIM),
    ("cannot tell", "o", HOLLOW, REST),
)
"""What a bend does, with its mark, its colour and that of its edge."""


def beside_claim(axis, lines: pd.DataFrame, at: float) -> None:
    """Finish a panel of curves against their own height at a claimed place: logarithmic axes, the
    place labelled, names of platforms.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
        With the lines drawn.
    lines : pandas.DataFrame
        From `an.curve.against`.
    at : float
        Followers at which a fall is claimed to begin.
    """
    shown = lines[lines["followers"] >= FIRST]
    if shown.empty:
        canvas.no_data(axis)
        return
    canvas.log_axis(axis.xaxis, FIRST, max(shown["followers"].max(), 2 * at) * 1.3, most=5)
    low, high = shown["against"].min() / 1.1, shown["against"].max() * 1.1
    lift_axis(axis.yaxis, min(low, 0.8), max(high, 1.25), most=6)
    axis.axhline(1, color=QUIET, linewidth=2, zorder=1.4)
    axis.axvline(at, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED, zorder=1.5)
    look = {"color": CLAIM, "weight": "bold", "ha": "center", "va": "bottom"}
    look |= {"xycoords": axis.get_xaxis_transform(), "textcoords": "offset points"}
    text = f"claimed: falls from {short_count(at)} on"
    axis.annotate(text, (at, 1), (0, 4), gid=canvas.INSIDE, fontsize=LEAST, **look)
    axis.set(xlabel="", ylabel="")
    axis.set_title(" ", fontsize=LEAST)
    handles, labels = axis.get_legend_handles_labels()
    if handles:
        names = list(map(platform_name, labels))
        axis.legend(handles, names, frameon=False, title=None, loc="upper right", fontsize=LEAST)


@styled
def places(tried, at: float, confidence: float = 0.95) -> Figure:
    """Draw bends at fixed places as a grid: a row per source, a column per place, and a mark for
    what can be shown.

    Parameters
    ----------
    tried : pandas.DataFrame
        From `an.curve.tried`: ``source, at, estimate, p, status``.
    at : float
        The claimed place [followers], which is labelled.
    confidence : float
        At which a bend is shown.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> row = {"source": "A", "at": 1e5, "estimate": 1.4, "p": 0.01, "status": "ok"}
    >>> len(places(pd.DataFrame([row]), 1e5).axes)
    1
    """
    frame = canvas.frame_of(tried, "source", "at", "estimate", "p", "status", name="tried")
    if frame.empty:
        return canvas.no_data()
    sources, columns = list(frame["source"].unique()), sorted(frame["at"].unique())
    figure, axes = canvas.new_figure(label="followers at which a bend is tried")
    axis = axes[0, 0]
    axis.axvspan(columns.index(at) - 0.5, columns.index(at) + 0.5, color=CLAIM, alpha=0.12, lw=0)
    for row in frame[frame["estimate"].notna()].itertuples():
        shown = row.status == "ok" and row.p <= 1 - confidence
        _, mark, colour, edge = MARKS[0 if row.estimate > 1 else 1] if shown else MARKS[2]
        spot = {"color": colour, "markeredgecolor": edge, "markeredgewidth": 2.5}
        spot |= {"marker": mark, "markersize": 17, "linestyle": ""}
        axis.plot(columns.index(row.at), sources.index(row.source), **spot)
    _label_places(axis, columns, sources, at)
    _legend(figure)
    return figure


def _label_places(axis, columns: list[float], sources: list[str], at: float) -> None:
    canvas.categories(axis, sources)
    axis.set_xticks(range(len(columns)), [short_count(place) for place in columns])
    axis.set_xlim(-0.5, len(columns) - 0.5)
    axis.grid(visible=False)
    for tick, place in zip(axis.get_xticklabels(), columns, strict=True):
        tick.set(color=CLAIM if place == at else QUIET, weight="bold" if place == at else "normal")


def _legend(figure) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker=mark, color=colour, markeredgecolor=edge, markersize=14,
               markeredgewidth=2.5, linestyle="", label=label)
        for label, mark, colour, edge in MARKS
    ]  # fmt: skip
    canvas.legend_above(figure, 1 if on_a_phone() else len(handles), handles)


@styled
def spans(
    frame, rows: str, label: str, percent: bool = False, claimed_value: float | None = None
) -> Figure:
    """Draw many values of one thing as a row of dots, with the smallest and the largest written
    beside it; the first row is what the headline is about.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``estimate`` and the column named by `rows`, in order of appearance; with a column
        ``marked`` (a name or nothing) such values stand out and are named in a legend.
    rows : str
        Column that names each row.
    label : str
        What the axis shows.
    percent : bool
        Whether values are percent; they are ratios, drawn as lifts, otherwise.
    claimed_value : float, optional
        A claimed value, labelled where it stands.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> values = pd.DataFrame({"source": ["A", "A", "A"], "estimate": [1.1, 1.3, 1.8]})
    >>> [text.get_text() for text in spans(values, "source", "lift").axes[0].texts]
    ['+10 %', '+80 %']
    """
    frame = canvas.frame_of(frame, rows, "estimate", name="values")
    frame = frame[frame["estimate"] > 0]
    if frame.empty:
        return canvas.no_data()
    names = list(frame[rows].unique())
    figure, axes = canvas.new_figure(label=label)
    axis, write = axes[0, 0], (_percent if percent else lift_words)
    values = frame["estimate"] if claimed_value is None else [*frame["estimate"], claimed_value]
    air = (max(values) / min(values)) ** (0.6 if on_a_phone() else 0.2) * 1.05
    scale = canvas.log_axis if percent else lift_axis
    scale(axis.xaxis, min(values) / air, max(values) * air, most=4 if on_a_phone() else 8)
    for place, name in enumerate(names):
        _draw_span(axis, frame[frame[rows] == name], place, FINDING if place == 0 else REST, write)
    if not percent:
        axis.axvline(1, color=QUIET, linewidth=2, zorder=0)
    if claimed_value is not None:
        label_claim(axis, claimed_value, write)
    canvas.categories(axis, names)
    _name_marked(figure, frame)
    return figure


MARKED = ("D", "s")
"""Marks of values that stand out."""


def _draw_span(axis, part: pd.DataFrame, place: int, colour: str, write) -> None:
    low, high = part["estimate"].min(), part["estimate"].max()
    axis.plot([low, high], [place, place], color=colour, linewidth=2.5, zorder=1)
    axis.plot(part["estimate"], [place] * len(part), "o", color=colour, markersize=9, alpha=0.55)
    if "marked" in part:
        for mark, name in zip(MARKED, dict.fromkeys(filter(None, part["marked"])), strict=False):
            at = part.loc[part["marked"] == name, "estimate"]
            axis.plot(at, [place] * len(at), mark, color=colour, markersize=14, zorder=3)
    for value, side, gap in ((low, "right", -12), (high, "left", 12)):
        look = {"ha": side, "va": "center", "color": colour, "weight": "bold"}
        axis.annotate(write(value), (value, place), (gap, 0), textcoords="offset points", **look)
        if low == high:
            break


def _percent(value: float) -> str:
    return f"{float(f'{value:.2g}'):g} %"


def _name_marked(figure, frame: pd.DataFrame) -> None:
    from matplotlib.lines import Line2D

    if "marked" not in frame:
        return
    names = dict.fromkeys(filter(None, frame["marked"]))
    handles = [
        Line2D([], [], marker=mark, color=QUIET, markersize=13, linestyle="", label=name)
        for mark, name in zip(MARKED, names, strict=False)
    ]
    if handles:
        canvas.legend_above(figure, 1 if on_a_phone() else len(handles), handles)


def label_claim(axis, value: float, write) -> None:
    """Draw a claimed value as a dashed line with its label above."""
    axis.axvline(value, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED, zorder=1.5)
    look = {"color": CLAIM, "weight": "bold", "ha": "center", "va": "bottom"}
    look |= {"xycoords": axis.get_xaxis_transform(), "textcoords": "offset points"}
    axis.annotate(f"claimed: {write(value)}", (value, 1), (0, 4), gid=canvas.INSIDE, **look)
    axis.set_title(" ", fontsize=LEAST)


@styled
def in_order(frame, label: str, claimed_value: float | None = None) -> Figure:
    """Draw ratios in order, smallest first, side by side with upright intervals; the largest is
    what the headline is about.

    Parameters
    ----------
    frame : pandas.DataFrame or Estimates
        ``estimate, low, high`` of ratios.
    label : str
        What stands side by side.
    claimed_value : float, optional
        A claimed ratio, labelled where it stands.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> ratios = pd.DataFrame({"estimate": [1.0, 1.4], "low": [0.8, 1.1], "high": [1.2, 1.8]})
    >>> [text.get_text() for text in in_order(ratios, "brands", 1.6).axes[0].texts]
    ['claimed: +60 %', '+40 %']
    """
    frame = canvas.frame_of(frame, "estimate", "low", "high", name="ratios")
    frame = frame.dropna(subset=["estimate", "low", "high"]).sort_values("estimate")
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure(label=label)
    axis, last = axes[0, 0], len(frame) - 1
    lift_axis(axis.yaxis, *log_range(frame, 1.0, claimed_value), most=5)
    axis.axhline(1, color=QUIET, linewidth=2, zorder=0)
    if claimed_value is not None:
        axis.axhline(claimed_value, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED)
        look = {"color": CLAIM, "weight": "bold", "va": "bottom", "bbox": canvas.PLATE}
        axis.annotate(f"claimed: {lift_words(claimed_value)}", (-0.4, claimed_value), **look)
    for place, row in enumerate(frame.itertuples()):
        colour = FINDING if place == last else REST
        axis.plot([place, place], [row.low, row.high], color=colour, linewidth=4)
        axis.plot(place, row.estimate, "o", color=colour, markersize=12)
    best = frame["estimate"].iloc[-1]
    look = {"ha": "right", "va": "center", "weight": "bold", "color": FINDING}
    look |= {"textcoords": "offset points", "bbox": canvas.PLATE}
    axis.annotate(lift_words(best), (last, best), (-12, 0), **look)
    axis.set(xticks=[], xlim=(-0.7, last + 0.7))
    axis.grid(visible=False, axis="x")
    return figure
