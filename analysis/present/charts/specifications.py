"""Specification curves: every estimate that other choices would have given, sorted, above the
choices that gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts import canvas
from analysis.present.charts.lifts import lift_axis
from analysis.present.charts.outcomes import outcome_legend
from analysis.present.style import CLAIM, FINDING, INK, OUTCOMES, QUIET, REST, on_a_phone, styled

DENSE = 300
"""Columns into which the dashboard below a curve is gathered: a slide shows no more of them."""

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure


@styled
def specification_curve(
    specifications,
    axes: dict[str, str],
    label: str,
    claimed: tuple[float, float] | None = None,
    value: float | None = None,
) -> Figure:
    """Draw the sorted estimates of all specifications with their intervals, above the choices that
    each rests on (Simonsohn, Simmons and Nelson 2020).

    Parameters
    ----------
    specifications : pandas.DataFrame or Verdicts
        Judged specifications: ``estimate, low, high`` (ratios), ``outcome`` and the columns of
        `axes`; ``joint_low, joint_high`` are drawn behind if they are there. Those without an
        interval are counted in the legend and left out of the curve.
    axes : dict of str to str
        Columns that are choices, and what each is called. A row of the dashboard is dark where its
        option is in use.
    label : str
        What the curve shows; it stands at its right, as do the names of the choices.
    claimed : tuple of float, optional
        The range that counts as the claim being right, between two lines.
    value : float, optional
        The claimed value itself.

    Raises
    ------
    ValueError
        If the specifications were not judged, or lack a choice.

    Examples
    --------
    >>> import analysis as an
    >>> judged = pd.DataFrame({"estimate": [1.1, 1.4], "low": [1.0, 1.2], "high": [1.2, 1.6]})
    >>> judged = judged.assign(outcome="contradicted", average=["mean", "median"])
    >>> choices = {"average": "average"}
    >>> figure = an.plot.specification_curve(judged, choices, "micro / macro", value=1.6)
    >>> [label.get_text() for label in figure.axes[2].get_yticklabels()]
    ['mean', 'median']
    """
    frame = canvas.frame_of(specifications, "outcome", *axes, name="judged specifications")
    counts = frame["outcome"].value_counts().to_dict()
    drawn = frame[frame["low"].notna()].sort_values(["estimate", *axes], ignore_index=True)
    if drawn.empty:
        return canvas.no_data()
    place = pd.Series(drawn.index, drawn.index)
    rows = {"outcome": [name for name in OUTCOMES if name in set(drawn["outcome"])]}
    rows |= {axis: list(place.groupby(drawn[axis]).mean().sort_values().index) for axis in axes}
    heights = [len(options) for options in rows.values()]
    heights = [max(14 - sum(heights), 5), *heights]  # as high as leaves each row a line of text
    below, ratios = "specifications, sorted by their estimate", {"height_ratios": heights}
    figure, panels = canvas.new_figure(rows=len(heights), label=below, gridspec_kw=ratios)
    figure.get_layout_engine().set(hspace=0.01, h_pad=0.04)
    _draw_curve(panels[0, 0], drawn, claimed, value)
    _write_beside(panels[0, 0], label.replace(" / ", " /\n"))  # the panel may be low
    for axis, (column, options) in zip(panels[1:, 0], rows.items(), strict=True):
        _draw_options(axis, drawn[column], options)
        _write_beside(axis, axes.get(column, "verdict"))
    outcome_legend(figure, counts, 4, columnspacing=1.6)
    return figure


def _draw_curve(axis, drawn: pd.DataFrame, claimed, value) -> None:
    from matplotlib.patheffects import withStroke

    top = {"zorder": 4, "path_effects": [withStroke(linewidth=5, foreground="white")]}
    axis.axhline(1, color=QUIET, linewidth=2)
    if "joint_low" in drawn:
        grey = {"color": "#d9d9d9", "linewidth": 1, "rasterized": True}
        axis.vlines(drawn.index, drawn["joint_low"], drawn["joint_high"], **grey)
    for outcome in drawn["outcome"].value_counts().index:  # the rarest last, on top of the others
        part = drawn[drawn["outcome"] == outcome]
        look = {"color": OUTCOMES[outcome][0], "linewidth": 1.2, "rasterized": True}
        axis.vlines(part.index, part["low"], part["high"], **look)
    marks = [end for end in claimed or () if 0 < end < np.inf]
    for end in marks:
        axis.axhline(end, color=CLAIM, linewidth=1.5, **top)
    if value is not None:
        axis.axhline(value, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED, **top)
    axis.plot(drawn.index, drawn["estimate"], color=INK, linewidth=3, **top | {"zorder": 5})
    ends = [drawn["low"].quantile(0.01), drawn["high"].quantile(0.99), value, *marks]
    ends = [end for end in ends if end and np.isfinite(end)]
    lift_axis(axis.yaxis, min(ends) / 1.1, max(ends) * 1.1, most=4)
    axis.set(xlim=(-0.5, len(drawn) - 0.5), xticks=[])
    axis.grid(visible=False, axis="x")


def _draw_options(axis, chosen: pd.Series, options: list[str]) -> None:
    """Draw a row per option: how often the specifications above use it, in its own colour if it is
    an outcome.
    """
    from matplotlib.colors import to_rgb

    columns = np.arange(len(chosen)) * min(DENSE, len(chosen)) // len(chosen)
    used = pd.crosstab(chosen, columns, normalize="columns").reindex(options).to_numpy()
    used = used / np.maximum(used.max(axis=1, keepdims=True), 1e-9)
    colours = np.array([to_rgb(OUTCOMES.get(option, [INK])[0]) for option in options])
    extent = (-0.5, len(chosen) - 0.5, len(options) - 0.5, -0.5)
    pixels = 1 - used[:, :, None] * (1 - colours[:, None])
    axis.imshow(pixels, aspect="auto", extent=extent, interpolation="none")
    canvas.categories(axis, options)
    axis.set_xticks([])
    axis.tick_params(axis="y", length=0, pad=6, labelsize=18)
    axis.grid(visible=False)
    axis.hlines(np.arange(len(options) - 1) + 0.5, *extent[:2], color="white", linewidth=2)


def _write_beside(axis, text: str) -> None:
    """Write at the right of a panel what it shows."""
    place = {"transform": axis.transAxes, "ha": "left", "va": "center"}
    axis.text(1.01, 0.5, text, fontsize=18, color=QUIET, **place)


@styled
def variance_by_choice(shares) -> Figure:
    """Draw which share of the spread of the estimates each choice accounts for.

    Parameters
    ----------
    shares : pandas.DataFrame or a result
        ``choice``, ``share`` [percent] and ``largest_step`` (a ratio; nan where there is none),
        largest share first.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> shares = pd.DataFrame({"choice": ["average"], "share": [40.0], "largest_step": [1.5]})
    >>> an.plot.variance_by_choice(shares).axes[0].texts[0].get_text()
    '40 %, options up to 50 % apart'
    """
    frame = canvas.frame_of(shares, "choice", "share", "largest_step", name="shares")
    if frame.empty:
        return canvas.no_data()
    apart = frame["largest_step"].map(
        lambda step: f", options up to {100 * (step - 1):.0f} % apart"
    )
    texts = frame["share"].map("{:.0f} %".format) + apart.where(frame["largest_step"].notna(), "")
    if on_a_phone():
        texts = frame["share"].map("{:.0f} %".format)
    label = "share of the spread of all answers (%)"
    return bars(frame.assign(text=texts), "choice", "share", "text", label)


@styled
def bars(frame, rows: str, value: str, text: str, label: str) -> Figure:
    """Draw a bar for each row, the longest in colour, with a text behind it.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the columns named, in order.
    rows, value, text : str
        Columns of names, of shares [percent], and of what is written behind.
    label : str
        Of the axis.

    Examples
    --------
    >>> import analysis as an
    >>> frame = pd.DataFrame({"choice": ["average"], "share": [40.0], "text": ["40 %"]})
    >>> figure = an.plot.bars(frame, "choice", "share", "text", "share (%)")
    >>> figure.axes[0].texts[0].get_text()
    '40 %'
    """
    frame = canvas.frame_of(frame, rows, value, text, name="shares")
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure(label=label)
    axis, longest = axes[0, 0], frame[value].max()
    colours = np.where(frame[value] == longest, FINDING, REST)
    drawn = axis.barh(range(len(frame)), frame[value], color=colours)
    axis.bar_label(drawn, frame[text], padding=8, fontsize=18)
    canvas.categories(axis, frame[rows])
    axis.set_xlim(0, 1.9 * max(longest, 1))
    return figure
