"""Frames drawn by functions of seaborn, in the style of all other figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.present.charts import canvas
from analysis.present.style import FINDING, QUIET, on_a_phone, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure


APART = 0.07
"""Least distance of two names at the ends of lines, as a share of the axis."""


SHORT = 10
"""Characters of a name that fits beside the end of a line on a phone."""


@styled
def drawn_by(
    draw: Callable[..., Any],
    data,
    x_label: str = "",
    y_label: str = "",
    log: str = "",
    mark: tuple[float, float, str] | None = None,
    edges: tuple[float, ...] = (),
    **options,
) -> Figure:
    """Draw a frame by a function of seaborn, or any that takes ``data`` and ``ax``, in this style;
    lines are labelled at their ends instead of in a legend.

    Parameters
    ----------
    draw : callable
        E.g. ``seaborn.lineplot``.
    data : pandas.DataFrame or a result
        What is drawn.
    x_label, y_label : str
        Axis labels with units.
    log : str
        Which axes are logarithmic: ``""``, ``"x"``, ``"y"`` or ``"xy"``.
    mark : tuple of float, float and str, optional
        A point that the headline is about, with its text.
    edges : tuple of float
        Where vertical lines stand, e.g. edges of tiers.
    **options
        For `draw`; with columns ``low`` and ``high``, and a `hue` that is a column, intervals of
        lines are shaded.

    Examples
    --------
    >>> import pandas as pd
    >>> import seaborn as sns
    >>> power = pd.DataFrame({"creators": [10, 100], "power": [0.2, 0.8], "spread": "0.5"})
    >>> columns = {"x": "creators", "y": "power", "hue": "spread"}
    >>> figure = drawn_by(sns.lineplot, power, "creators a side", "power", log="x", **columns)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['0.5']
    """
    frame = canvas.frame_of(data, name="data")
    figure, axes = canvas.new_figure()
    axis = axes[0, 0]
    if frame.empty:
        return canvas.no_data(axis)
    draw(data=frame, ax=axis, **options)
    _shade(axis, frame, options.get("x"), options.get("hue"))
    for which, column in (("x", options.get("x")), ("y", options.get("y"))):
        if which in log:
            ends = frame[column].min() / 1.05, frame[column].max() * 1.05
            canvas.log_axis(getattr(axis, f"{which}axis"), *ends)
    axis.set(xlabel=x_label, ylabel=y_label)
    for edge in edges:
        axis.axvline(edge, color=QUIET, linewidth=1.5, linestyle=canvas.DASHED)
    _label_ends(axis)
    if mark:
        x, y, text = mark
        look = {"color": FINDING, "weight": "bold", "fontsize": 24, "bbox": canvas.PLATE}
        axis.plot(x, y, "o", color=FINDING, markersize=16, zorder=5)
        axis.annotate(text, (x, y), (-14, 8), textcoords="offset points", ha="right", **look)
    return figure


def _shade(axis, frame, x, hue) -> None:
    """Shade the interval of each line."""
    if not (isinstance(hue, str) and {"low", "high", x} <= set(frame)):
        return
    levels = frame.groupby(hue, sort=False)
    for line, (_, part) in zip(list(axis.get_lines()), levels, strict=False):
        look = {"color": line.get_color(), "alpha": 0.18, "linewidth": 0}
        axis.fill_between(part[x], part["low"], part["high"].clip(upper=1e9), **look)


def _label_ends(axis) -> None:
    """Put the names of a legend at the ends of their lines, in their colours."""
    legend = axis.get_legend()
    if legend is None:
        return
    handles, texts = legend.legend_handles, [text.get_text() for text in legend.get_texts()]
    names = dict(zip((handle.get_color() for handle in handles), texts, strict=True))
    legend.remove()
    if on_a_phone() and max(map(len, names.values()), default=0) > SHORT:
        canvas.legend_above(axis.figure, 1, handles)
        return
    look = {"textcoords": "offset points", "va": "center", "annotation_clip": False}
    scaled = np.log if axis.get_yscale() == "log" else np.asarray
    lowest, highest = scaled(axis.get_ylim())
    last = np.inf
    ends = [(line.get_ydata()[-1], line.get_xdata()[-1], line.get_color())
            for line in axis.get_lines() if len(line.get_xdata())]  # fmt: skip
    for y, x, colour in sorted(ends, reverse=True):
        if name := names.pop(colour, ""):
            last = min(scaled(y), last - APART * (highest - lowest))
            place = np.exp(last) if axis.get_yscale() == "log" else last
            axis.annotate(name, (x, place), (10, 0), **look)
