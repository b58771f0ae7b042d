"""Totals beside a marked line, parts of what differs between posts, and how soon a creator is
known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts import canvas
from analysis.present.charts.estimates import count_label, intervals
from analysis.present.charts.followers import lines
from analysis.present.style import FINDING, LEAST, QUIET, REST, ink_on, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

PARTS = {
    "size": ("followers", FINDING),
    "creator beyond size": ("the creator beyond followers", "#a9d5ce"),
    "post": ("the single post", "#d9d9d9"),
}
"""Names and colours of the parts of a variance."""

THICK, DOWN = 0.4, 0.14
"""Height of a bar, and how far below the middle of its row it stands, in rows."""

LEGIBLE = 15
"""Percent of a bar from which on a share has room inside."""


@styled
def beside_line(estimates, rows: str, label: str, at: float, text: str, **options) -> Figure:
    """Draw estimates with intervals beside a line that says what it is.

    Parameters
    ----------
    estimates, rows, label
        As for `intervals`.
    at : float
        Where the line stands.
    text : str
        What it says.
    **options
        Of `intervals`.

    Examples
    --------
    >>> row = {"what": "likes", "estimate": 7.4, "low": 7.0, "high": 8.0, "unit": "times"}
    >>> frame = pd.DataFrame([row | {"n_accounts": 9, "status": "ok"}])
    >>> figure = beside_line(frame, "what", "times", 10.0, "in step")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['7.4 times', 'in step']
    """
    figure = intervals(estimates, rows, label=label, reference=at, lifts=False, **options)
    if len(canvas.frame_of(estimates, name="estimates")):
        for axis in figure.axes:
            _say(axis, (at, 1), axis.get_xaxis_transform(), text, (0, 4))
            axis.set_title(axis.get_title() or " ", fontsize=LEAST, pad=32)
            for count in (one for one in axis.texts if one.get_text().startswith("n ")):
                count.set_bbox(canvas.PLATE)
    return figure


def _say(axis, place, transform, text: str, shift: tuple) -> None:
    look = {"color": QUIET, "ha": "center", "va": "bottom", "fontsize": LEAST}
    look |= {"xycoords": transform, "textcoords": "offset points", "gid": canvas.INSIDE}
    axis.annotate(text, place, shift, **look)


@styled
def parts_of_differences(split) -> Figure:
    """Draw what differences between posts are due to, a stacked bar for each source.

    Parameters
    ----------
    split : pandas.DataFrame or Estimates
        ``source, label, share`` [percent] and ``n_accounts``.

    Examples
    --------
    >>> rows = {"source": "A", "label": list(PARTS), "share": [4.0, 60.0, 36.0], "n_accounts": 9}
    >>> [text.get_text() for text in parts_of_differences(pd.DataFrame(rows)).axes[0].texts][:2]
    ['followers 4 %', '60 %']
    """
    frame = canvas.frame_of(split, "source", "label", name="split")
    frame = frame[frame["share"].notna()] if "share" in frame else frame.head(0)
    if frame.empty:
        return canvas.no_data()
    wide = frame.pivot_table(index="source", columns="label", values="share", sort=False)
    figure, axes = canvas.new_figure(label="share of the differences between posts (%)")
    axis, left = axes[0, 0], pd.Series(0.0, index=wide.index)
    for key, (_, colour) in PARTS.items():
        widths = wide[key] if key in wide else left * 0
        axis.barh(np.arange(len(wide)) + DOWN, widths, THICK, left, color=colour)
        for y, (start, width) in enumerate(zip(left, widths, strict=True)):
            _write_part(axis, key, (start, width), y)
        left = left + widths
    counted = frame.drop_duplicates("source")["n_accounts"]
    names = [f"{one}\n{count_label(n)}" for one, n in zip(wide.index, counted, strict=True)]
    canvas.categories(axis, names)
    axis.set(xlim=(0, 100), ylim=(len(wide) - 0.5, -0.6))
    named = dict(list(PARTS.values()))
    canvas.legend_above(figure, 3, canvas.patches(named))
    return figure


def _write_part(axis, key: str, place: tuple[float, float], y: float) -> None:
    """Write a share where it stands; that of size, which may be tiny, above its bar."""
    (name, colour), (start, width) = PARTS[key], place
    value = "under 1 %" if width < 0.5 else f"{width:.0f} %"
    if key == "size":
        look = {"color": colour, "weight": "bold", "va": "bottom"}
        axis.text(0.5, y + DOWN - THICK / 2 - 0.02, f"{name} {value}", **look)
    elif width > LEGIBLE:
        look = {"ha": "center", "va": "center", "color": ink_on(colour)}
        axis.text(start + width / 2, y + DOWN, value, **look)


@styled
def known_after(curve, enough: float) -> Figure:
    """Draw how well a creator is known after so many posts, a line for each source.

    Parameters
    ----------
    curve : pandas.DataFrame
        ``posts_used, source, estimate, low, high`` [percent].
    enough : float
        From which percentage on a creator counts as known.

    Examples
    --------
    >>> rows = {"posts_used": [1, 5], "estimate": [60, 90], "low": [50, 85], "high": [70, 95]}
    >>> bool(known_after(pd.DataFrame(rows).assign(source="A"), 80).axes[0].get_ylim()[1] == 100)
    True
    """
    axes = ("posts of the creator", "due to the creator (%)")
    figure = lines(curve, "posts_used", "estimate", "source", *axes)
    axis = figure.axes[0]
    if not len(curve):
        return figure
    axis.axhline(enough, color=REST, linewidth=2.5, linestyle=canvas.DASHED)
    look = {"color": QUIET, "ha": "right", "va": "top", "xytext": (-6, -4)}
    look |= {"xycoords": axis.get_yaxis_transform(), "textcoords": "offset points"}
    axis.annotate(f"enough: {enough:.0f} %", (1, enough), **look)
    axis.set_ylim(min(50, curve["low"].min() - 2), 100)
    axis.legend(frameon=True, framealpha=0.9, title=None, loc="lower right")
    return figure
