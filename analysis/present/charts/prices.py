"""How prices grow with followers, beside reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.present.charts import canvas
from analysis.present.style import CLAIM, FINDING, HOLLOW, REST, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

TENFOLD = "for ten times the followers, times as much"
"""What the axis shows."""

CHEAPER = "here larger\nis cheaper\nper reaction"
"""Left of reactions."""

ROOM = 6
"""Rows above which there is room for words in the picture."""


@styled
def price_growth(evidence) -> Figure:
    """Draw how many times as much a post costs at ten times the followers, a row per source of
    prices, beside how many times the reactions there are.

    Parameters
    ----------
    evidence : PriceEvidence or pandas.DataFrame
        ``name, gamma, gamma_low, gamma_high, beta``; no interval where none is known.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> price = pd.DataFrame({"name": ["a list"], "gamma": [0.5], "gamma_low": [0.4]})
    >>> figure = price_growth(price.assign(gamma_high=0.6, beta=0.9))
    >>> figure.axes[0].texts[0].get_text()
    'reactions: 7.9 times'
    """
    columns = ("name", "gamma", "gamma_low", "gamma_high", "beta")
    frame = canvas.frame_of(evidence, *columns, name="evidence")
    if frame.empty:
        return canvas.no_data()
    frame = frame.sort_values("gamma", kind="stable").reset_index(drop=True)
    figure, axes = canvas.new_figure(label=TENFOLD)
    axis, reactions = axes[0, 0], 10 ** frame["beta"].iloc[0]
    ends = 10 ** frame[["gamma", "gamma_low", "gamma_high"]].to_numpy(float)
    highest = max(float(np.nanmax(ends)), reactions)
    for row, (price, low, high) in enumerate(ends):
        colour = FINDING if price < reactions else REST
        if not np.isnan(low):
            axis.plot([low, high], [row, row], color=colour, linewidth=4)
        inside = HOLLOW if np.isnan(low) else colour
        mark = {"color": colour, "markersize": 12, "markeredgewidth": 2}
        axis.plot(price, row, "o", markerfacecolor=inside, **mark)
    axis.axvline(reactions, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED)
    _label(axis, reactions, f"reactions: {reactions:.2g} times")
    canvas.categories(axis, frame["name"])
    axis.set_xlim(0, highest * 1.12)
    axis.axvspan(0, reactions, color=FINDING, alpha=0.07, linewidth=0, zorder=0)
    if len(frame) > ROOM:  # the rows rise to the right, so that the lower left is free
        look = {"color": FINDING, "va": "bottom", "weight": "bold"}
        axis.text(highest * 0.02, len(frame) - 0.65, CHEAPER, **look)
    return figure


def _label(axis, at: float, text: str) -> None:
    """Name a line above the axes."""
    look = {"color": CLAIM, "weight": "bold", "ha": "center", "va": "bottom"}
    look |= {"xycoords": axis.get_xaxis_transform(), "textcoords": "offset points"}
    axis.annotate(text, (at, 1), (0, 4), gid=canvas.INSIDE, **look)
