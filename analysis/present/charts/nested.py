"""Intervals of several levels of confidence within each other, a row for each source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.estimate.confidence_curve import ConfidenceCurve
from analysis.estimate.decision import claimed_range
from analysis.present.charts import canvas
from analysis.present.charts.estimates import draw_claim, lift_words, log_range
from analysis.present.charts.lifts import lift_axis
from analysis.present.sentences.findings import span
from analysis.present.style import FINDING, HOLLOW, INK, REST, on_a_phone, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

LEVELS = {99.9: 4, 99.0: 9, 95.0: 16, 50.0: 24}
"""Levels of confidence [percent] that are drawn, with the height of their bars [points]."""

MOST_ROWS = 6
"""Rows that fit; of more sources, those with most accounts are drawn."""


@styled
def nested_intervals(curves: Iterable[ConfidenceCurve]) -> Figure:
    """Draw the intervals of 50, 95, 99 and 99.9 % of each ratio over what was claimed, the widest
    as the thinnest bar: where bars end, one sees how much confidence reaches the claim.

    Parameters
    ----------
    curves : iterable of ConfidenceCurve
        Of one contrast in several sources.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("harvard-media")
    >>> figure = an.plot.nested_intervals(kim.contrast().confidence_curve("D06"))
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['claimed: +60 %', '50']
    """
    drawn = [one for one in curves if not one.reasons]
    drawn = sorted(drawn, key=lambda one: -one.estimate.n_accounts)[:MOST_ROWS]
    if not drawn:
        return canvas.no_data()
    context, test = drawn[0].estimate.context, drawn[0].test
    label = f"lift of creators with {span(context.of)} over {span(context.versus)} followers"
    figure, axes = canvas.new_figure(label=label)
    axis, ends = axes[0, 0], [ends_of(one) for one in drawn]
    shown = pd.concat(ends).assign(estimate=drawn[0].estimate.estimate)
    claimed = (test.value, *claimed_range(test)) if test else ()
    lift_axis(axis.xaxis, *log_range(shown, 1.0, *claimed), most=4 if on_a_phone() else 9)
    draw_claim(axis, 1.0, claimed[1:] or None, claimed[0] if claimed else None, lift_words)
    for y, (curve, rows) in enumerate(zip(drawn, ends, strict=True)):
        colour = REST if y else FINDING
        for place, row in enumerate(rows.itertuples()):
            look = {"color": colour, "alpha": 0.35 + 0.2 * place, "solid_capstyle": "butt"}
            axis.plot([row.low, row.high], [y, y], linewidth=LEVELS[row.Index], **look)
        axis.plot(curve.estimate.estimate, y, "|", color=HOLLOW, markersize=18, markeredgewidth=2)
    widest = max(range(len(ends)), key=lambda y: np.log(ends[y]["high"] / ends[y]["low"]).max())
    _name_levels(axis, ends[widest], widest)
    names = [one.estimate.context.source for one in drawn]
    canvas.categories(axis, names)
    axis.set_ylim(len(drawn) - 0.5, -0.8)
    return figure


def ends_of(curve: ConfidenceCurve) -> pd.DataFrame:
    """Give the intervals of LEVELS, widest first: ``low, high`` by level.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> ends = ends_of(kim.contrast("micro", "macro").confidence_curve("D06"))
    >>> ends.loc[95.0].round(2).tolist()
    [1.33, 1.43]
    """
    frame = curve.to_frame()
    middle = len(frame) // 2
    below, above = frame.iloc[: middle + 1].iloc[::-1], frame.iloc[middle:]
    low, high = (
        np.interp(list(LEVELS), part["confidence"], part["value"]) for part in (below, above)
    )
    return pd.DataFrame({"low": low, "high": high}, index=list(LEVELS))


def _name_levels(axis, rows: pd.DataFrame, y: int) -> None:
    """Name levels at the right ends of a row, above it."""
    look = {"textcoords": "offset points", "ha": "center", "va": "bottom", "color": INK}
    for level in (50.0, 95.0, 99.9):
        where = (rows.loc[level, "high"], y)
        axis.annotate(f"{level:g}", where, (0, 14), bbox=canvas.PLATE, gid=canvas.INSIDE, **look)
