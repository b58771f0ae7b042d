"""Estimates with their intervals, a row each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.estimate.decision import claimed_range
from analysis.present.charts import canvas
from analysis.present.charts.lifts import lift_axis
from analysis.present.sentences import number, short_count
from analysis.present.sentences.confidence import change
from analysis.present.style import (
    CLAIM,
    FINDING,
    HOLLOW,
    INK,
    LEAST,
    QUIET,
    REST,
    on_a_phone,
    styled,
)
from analysis.registers.claims import Claim, Test

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

MOST_VALUES = 8
"""Rows of a single panel up to which each mark has its value above it, and its name the count."""

MOST_LINES = 5
"""Rows of a slide up to which the count stands on a line of its own."""

FAR = 1e9
"""Where an open end of an interval is drawn: beyond every axis."""

FREE = 0.62
"""Share of an axis up to which an interval leaves room for a count at the right."""


@styled
def intervals(
    estimates,
    rows: str,
    panels: str | None = None,
    label: str = "lift of micro over macro",
    reference: float | None = 1.0,
    claimed: tuple[float, float] | None = None,
    claimed_value: float | None = None,
    linear: tuple[float, float] | None = None,
    emphasis: str | None = None,
    lifts: bool | None = None,
) -> Figure:
    """Draw estimates with their intervals, a row each, in panels that share both axes.

    Parameters
    ----------
    estimates : pandas.DataFrame or Estimates
        Columns ``estimate, low, high`` [in the unit of `label`], ``n_accounts`` and ``status``,
        and those named by `rows`, `panels` and `emphasis`. Marks are hollow unless the status is
        ``ok``; a row without an estimate is labelled so; a column ``expected`` is marked by a bar.
    rows, panels : str
        Columns that name each row and each panel, in order of appearance.
    label : str
        What the axis shows, with its unit.
    reference : float, optional
        Where there is no difference.
    claimed : tuple of float, optional
        The range that counts as the claim being right, shaded.
    claimed_value : float, optional
        The claimed value itself, labelled where it stands.
    linear : tuple of float, optional
        Ends of a linear axis, for shares and differences. The default axis is logarithmic and
        holds all that is drawn.
    emphasis : str, optional
        A column of truth values: the rows that the headline is about; the others are quiet.
    lifts : bool, optional
        Whether the axis reads as lifts, +50 % instead of 1.5; if not given, it does for ratios
        (by the column ``unit``) with a reference of one.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> ratio = {"estimate": 1.4, "low": 1.3, "high": 1.5, "n_accounts": 900, "status": "ok"}
    >>> figure = an.plot.intervals(pd.DataFrame([{"tier": "micro", **ratio}]), rows="tier")
    >>> figure.axes[0].get_xscale()
    'log'
    """
    named = [name for name in (rows, panels, emphasis) if name]
    needed = ("estimate", "low", "high", "n_accounts", "status", *named)
    frame = canvas.frame_of(estimates, *needed, name="estimates")
    if frame.empty:
        return canvas.no_data()
    as_lifts = _reads_as_lifts(frame, reference, linear) if lifts is None else lifts
    order = list(frame[rows].unique())
    figure, drawn = canvas.panels(frame, panels, label)
    single = len(drawn) == 1 and len(order) == len(frame) <= MOST_VALUES
    crowded = len(order) > MOST_LINES and not on_a_phone()
    first = drawn[0][0]
    _scale(first, frame, (reference, claimed_value, *(claimed or ())), linear, as_lifts, len(drawn))
    write = _writer(frame, as_lifts)
    for axis, part in drawn:
        stated = write if axis is first else None
        draw_claim(axis, reference, claimed, claimed_value, stated)
        stressed = part[emphasis] if emphasis else [None] * len(part)
        for row, own, chosen in zip(part.itertuples(), part[rows], stressed, strict=True):
            place = order.index(own)
            draw_row(axis, row, place, chosen, None if not single or crowded else write)
            if single and crowded and row.estimate == row.estimate:
                _write_beside(axis, row, place, chosen, write)
            if not single and len(order) <= MOST_VALUES and row.estimate == row.estimate:
                _draw_count(axis, row, order.index(own))
        between = "\n" if len(order) <= MOST_LINES or on_a_phone() else ", "
        named = _counts(frame, rows, single)
        canvas.categories(axis, [_with_count(*one, between) for one in named])
        if single and not crowded:  # room for the value above the first mark
            axis.set_ylim(len(order) - 0.5, -0.8)
    return figure


def _reads_as_lifts(frame: pd.DataFrame, reference: float | None, linear) -> bool:
    return not linear and reference == 1 and "unit" in frame and (frame["unit"] == "ratio").all()


def _scale(axis, frame, marks, linear, as_lifts: bool, panels: int) -> None:
    """Set up the axis that all panels share, so that it holds all that is drawn."""
    if linear:
        axis.set_xlim(*linear)
        return
    ends = log_range(frame, *marks)
    alone = 10 if as_lifts else 7  # followers are written in more letters
    most = 4 if on_a_phone() else alone if panels == 1 else max(9 // panels, 2)
    (lift_axis if as_lifts else canvas.log_axis)(axis.xaxis, *ends, most=most)


def _writer(frame: pd.DataFrame, as_lifts: bool):
    """How a value is written beside its mark."""
    if as_lifts:
        return lift_words
    units = frame["unit"].unique() if "unit" in frame else [""]
    if len(units) == 1 and units[0] == "times":
        return lambda value: f"{float(f'{value:.2g}'):g} times"
    unit = units[0] if len(units) == 1 and units[0] == "percent" else ""
    return lambda value: number(value, unit)


def _counts(frame: pd.DataFrame, rows: str, single: bool) -> list[tuple]:
    """Names of the rows, with their number of accounts where each has one."""
    firsts = frame.drop_duplicates(rows)
    counted = firsts["n_accounts"] if single else [np.nan] * len(firsts)
    return list(zip(firsts[rows], counted, strict=True))


def _with_count(name: str, accounts: float, between: str) -> str:
    return str(name) if np.isnan(accounts) else f"{name}{between}{count_label(accounts)}"


def draw_claim(axis, reference, claimed, value, write) -> None:
    """Shade what counts as the claim being right, and label the claimed value."""
    if claimed is not None:
        axis.axvspan(*np.clip(claimed, 1 / FAR, FAR), color=CLAIM, alpha=0.16, linewidth=0)
    if value is not None:
        axis.axvline(value, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED)
    if value is not None and write:
        plain = re.sub(r"\.0+(?= )", "", write(value))  # a claim has the digits that were said
        text = "claimed" if value == reference else f"claimed: {plain}"
        look = {"color": CLAIM, "weight": "bold", "ha": "center", "va": "bottom"}
        look |= {"xycoords": axis.get_xaxis_transform(), "textcoords": "offset points"}
        axis.annotate(text, (value, 1), (0, 4), gid=canvas.INSIDE, **look)
        axis.set_title(axis.get_title(), pad=32, fontsize=LEAST)
    if reference is not None:
        axis.axvline(reference, color=QUIET, linewidth=2)


def draw_row(axis, row, y: int, chosen: bool | None, write) -> None:
    """Draw a row: quiet unless chosen, if any is; with its value above where `write` is given."""
    colour = INK if chosen is None else FINDING if chosen else REST
    if np.isnan(row.estimate):
        # the table beside the figure says why there is none
        text = "not in this source" if getattr(row, "n_accounts", 0) == 0 else "no estimate"
        look = {"ha": "center", "va": "center", "color": QUIET, "bbox": canvas.PLATE}
        axis.text(0.5, y, text, transform=axis.get_yaxis_transform(), **look)
        return
    if hasattr(row, "expected"):
        axis.plot(row.expected, y, "|", color=CLAIM, markersize=22, markeredgewidth=4)
    if not np.isnan(row.low):
        ends = [row.low, min(row.high, FAR)]
        axis.plot(ends, [y, y], color=colour, linewidth=4, solid_capstyle="butt")
    inside = colour if row.status == "ok" else HOLLOW
    mark = {"color": colour, "markersize": 12, "markeredgewidth": 2}
    axis.plot(row.estimate, y, "o", markerfacecolor=inside, **mark)
    if write:
        above = {"textcoords": "offset points", "ha": "center", "va": "bottom", "weight": "bold"}
        above |= {"bbox": canvas.PLATE, "gid": canvas.INSIDE, "color": colour}
        axis.annotate(write(row.estimate), (row.estimate, y), (0, 9), **above)


def _write_beside(axis, row, y: int, chosen: bool | None, write) -> None:
    """Write a value at the right of its row, outside the frame, where rows leave no room above a
    mark.
    """
    look = {"transform": axis.get_yaxis_transform(), "va": "center", "weight": "bold"}
    look["color"] = INK if chosen is None else FINDING if chosen else QUIET
    axis.text(1.015, y, write(row.estimate), **look)


def _draw_count(axis, row, y: int) -> None:
    """Write the number of accounts at the side that the interval leaves free, if it is known."""
    if np.isnan(row.n_accounts):
        return
    low, high = axis.get_xlim()
    place = np.log if axis.get_xscale() == "log" else float
    end = row.estimate if np.isnan(row.high) else min(max(row.high, low), high)
    right = (place(end) - place(low)) / (place(high) - place(low)) < FREE
    where = (0.985, "right") if right else (0.015, "left")
    look = {"va": "center", "color": QUIET, "transform": axis.get_yaxis_transform()}
    look["bbox"] = canvas.PLATE
    axis.text(where[0], y, count_label(row.n_accounts), ha=where[1], **look)


def lift_words(ratio: float) -> str:
    """Write a lift beside a mark.

    Examples
    --------
    >>> lift_words(1.3803), lift_words(0.9), lift_words(12.0), lift_words(0.999)
    ('+38 %', '−10 %', '12 times', '0 %')
    """
    text = change(ratio).replace("-", "−")
    return "0 %" if text in ("+0 %", "−0 %") else text


def count_label(accounts: float) -> str:
    """Write a number of accounts to two digits: ``n 1.2K``."""
    return f"n {short_count(float(f'{accounts:.2g}') if accounts >= 100 else accounts)}"


def log_range(estimates: pd.DataFrame, *marks: float | None) -> tuple[float, float]:
    """Ends of a logarithmic axis that hold every interval and mark, with some air."""
    drawn = estimates[["estimate", "low", "high"]].to_numpy(float).ravel()
    ends = np.append(drawn, [mark for mark in marks if mark])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = (ends.min(), ends.max()) if len(ends) else (0.5, 2.0)
    air = max((high / low) ** 0.06, 1.04)
    return low / air, high * air


def band(claim: Claim | Test) -> dict:
    """Give the options by which a chart marks what was claimed, by the first test of a claim.

    Examples
    --------
    >>> import analysis as an
    >>> band(an.claim("D06"))["claimed_value"]
    1.6
    """
    test = claim.tests[0] if isinstance(claim, Claim) else claim
    return {"claimed": claimed_range(test), "claimed_value": test.value}
