"""Fitted curves along the follower axis, over the averages of follower bands that they were fitted
to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts.canvas import follower_axis, log_axis, new_figure, title
from analysis.present.charts.intervals import middle_of, reach_of
from analysis.present.style import CLAIM, INK, QUIET, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

LINES = (("#6b6b6b", (0, (1, 1.2))), ("#0f766e", "-"), ("#1d4ed8", (0, (5, 1.5))))
"""Colour and dash of the models, in order of appearance; the dash says what the colour says."""


@styled
def curves(
    points: pd.DataFrame,
    fitted: pd.DataFrame,
    panels: str,
    label: str,
    bends: pd.DataFrame,
    claimed: float | None = None,
) -> Figure:
    """Draw fitted curves over averages with intervals, a panel for each source, each with its own
    level.

    Parameters
    ----------
    points : pandas.DataFrame
        The fields of an estimate, ``lower, upper`` [followers] of each band and the column named by
        `panels`.
    fitted : pandas.DataFrame
        ``model, followers, estimate`` and the column named by `panels`.
    panels : str
        Column that gives each panel its name.
    label : str
        What the vertical axis shows, with its unit.
    bends : pandas.DataFrame
        ``low, high`` [followers] and the column named by `panels`: where the bend lies, shaded.
    claimed : float, optional
        Followers at which a bend is claimed.
    """
    names = list(dict.fromkeys(points[panels])) or ["no source holds this"]
    columns = min(len(names), 3)
    figure, axes = new_figure(
        columns, -(-len(names) // columns), label="followers of the account", sharex=True
    )
    figure.supylabel(label, fontsize=18)
    for axis, name in zip(axes.flat, names, strict=False):
        part, lines, shaded = (frame[frame[panels] == name] for frame in (points, fitted, bends))
        _panel(axis, part[part["estimate"].notna()], lines, shaded, claimed)
        title(axis, name, columns)
    for axis in axes.flat[len(names) :]:
        axis.set_axis_off()
    follower_axis(axes[0][0].xaxis, points["lower"])
    handles, labels = axes[0][0].get_legend_handles_labels()
    spare = axes.flat[-1] if len(names) < axes.size else axes[0][0]
    spare.legend(
        handles,
        labels,
        loc="center" if len(names) < axes.size else "best",
        frameon=True,
        framealpha=0.9,
    )
    return figure


def _panel(
    axis, points: pd.DataFrame, fitted: pd.DataFrame, bends: pd.DataFrame, claimed: float | None
) -> None:
    for row in bends.itertuples():
        axis.axvspan(
            max(row.low, 1.0),
            min(row.high, 1e10),
            color=QUIET,
            alpha=0.16,
            linewidth=0,
            label="interval of the bend",
        )
    if claimed:
        axis.axvline(claimed, color=CLAIM, linewidth=2, linestyle=(0, (4, 2)), label="claimed")
    reach = np.maximum(
        np.nan_to_num(points[["low", "high"]].sub(points["estimate"], axis=0).abs().T), 0.0
    )
    axis.errorbar(
        middle_of(points),
        points["estimate"],
        reach,
        fmt="o",
        color=INK,
        markersize=5,
        linewidth=2,
        label="follower band",
    )
    for (colour, dash), (model, line) in zip(
        LINES, fitted.groupby("model", sort=False), strict=False
    ):
        axis.plot(
            line["followers"],
            line["estimate"],
            color=colour,
            linestyle=dash,
            linewidth=3,
            label=model,
        )
    log_axis(axis.yaxis, *reach_of(points, ()), most=5)
