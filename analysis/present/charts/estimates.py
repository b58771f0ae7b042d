"""Estimates with their intervals, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts import canvas
from analysis.present.sentences import short_count
from analysis.present.style import CLAIM, HOLLOW, INK, QUIET, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

MOST_COUNTS = 10
"""Rows of a panel up to which counts of accounts have room below the marks; with more rows they
would cover the next mark, and stand in the figure's table alone."""

COUNT_HEIGHT = 0.085
"""Share of a panel's height that the count below the last mark takes."""

FAR = 1e9
"""Where an open end of an interval is drawn: beyond every axis."""


@styled
def intervals(
    estimates,
    rows: str,
    panels: str | None = None,
    label: str = "ratio micro / macro",
    reference: float | None = 1.0,
    claimed: tuple[float, float] | None = None,
    claimed_value: float | None = None,
    linear: tuple[float, float] | None = None,
) -> Figure:
    """Draw estimates with their intervals, a row each, in panels that share both axes.

    Parameters
    ----------
    estimates : pandas.DataFrame or Estimates
        Columns ``estimate, low, high`` [in the unit of `label`], ``n_accounts`` and ``status``,
        and those named by `rows` and `panels`. Marks are hollow unless the status is ``ok``; a
        row without an estimate is labelled so; a column ``expected`` is marked by a bar.
    rows, panels : str
        Columns that name each row and each panel, in order of appearance.
    label : str
        What the axis shows, with its unit.
    reference : float, optional
        Where there is no difference.
    claimed : tuple of float, optional
        The range that counts as the claim being right, shaded.
    claimed_value : float, optional
        The claimed value itself.
    linear : tuple of float, optional
        Ends of a linear axis, for shares and differences. The default axis is logarithmic and
        holds all that is drawn.

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
    named = [rows, panels] if panels else [rows]
    needed = ("estimate", "low", "high", "n_accounts", "status", *named)
    frame = canvas.frame_of(estimates, *needed, name="estimates")
    if frame.empty:
        return canvas.no_data()
    order = list(frame[rows].unique())
    figure, drawn = canvas.panels(frame, panels, label)
    for axis, part in drawn:
        _draw_claim(axis, reference, claimed, claimed_value)
        for row, own in zip(part.itertuples(), part[rows], strict=True):
            _draw_row(axis, row, order.index(own), len(order))
        canvas.categories(axis, order)
        if len(order) <= MOST_COUNTS:
            axis.set_ylim(len(order) - 1 + max(0.5, COUNT_HEIGHT * len(order)), -0.5)
    first = drawn[0][0]
    if linear:
        first.set_xlim(*linear)
    else:
        ends = log_range(frame, reference, claimed_value, *(claimed or ()))
        canvas.log_axis(first.xaxis, *ends, most=9 // len(drawn) + 1)
    return figure


def _draw_claim(axis, reference, claimed, value) -> None:
    if claimed is not None:
        axis.axvspan(*np.clip(claimed, 1 / FAR, FAR), color=CLAIM, alpha=0.16, linewidth=0)
    if value is not None:
        axis.axvline(value, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED)
    if reference is not None:
        axis.axvline(reference, color=QUIET, linewidth=2)


def _draw_row(axis, row, y: int, rows: int) -> None:
    centred = {"ha": "center", "va": "center", "color": QUIET}
    if np.isnan(row.estimate):
        # the table beside the figure says why there is none
        words = "no estimate" if getattr(row, "n_accounts", 0) > 0 else "not in\nthis source"
        axis.text(0.5, y, words, transform=axis.get_yaxis_transform(), **centred)
        return
    if hasattr(row, "expected"):
        axis.plot(row.expected, y, "|", color=CLAIM, markersize=22, markeredgewidth=4)
    if not np.isnan(row.low):
        ends = [row.low, min(row.high, FAR)]
        axis.plot(ends, [y, y], color=INK, linewidth=4, solid_capstyle="butt")
    inside = INK if row.status == "ok" else HOLLOW
    mark = {"color": INK, "markersize": 12, "markeredgewidth": 2}
    axis.plot(row.estimate, y, "o", markerfacecolor=inside, **mark)
    if rows <= MOST_COUNTS and not np.isnan(row.n_accounts):
        below = {"textcoords": "offset points", "fontsize": 18, "bbox": canvas.PLATE}
        below["gid"] = canvas.INSIDE
        axis.annotate(count_label(row.n_accounts), (row.estimate, y), (0, -20), **below, **centred)


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
