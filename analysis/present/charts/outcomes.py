"""Verdicts as coloured and signed squares, and how outcomes share a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from analysis.estimate.answer import MIXED
from analysis.present.charts import canvas
from analysis.present.style import OUTCOMES, QUIET, ink_on, on_a_phone, styled
from analysis.registers.severity import AS_ASKED, EASILY, EASILY_NOT

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure


SHORT = {
    EASILY: "supported, can hardly fail",
    AS_ASKED: "supported as far as asked",
    EASILY_NOT: "contradicted, as true claims often are",
    MIXED: "both, by source",
    "untestable": "no data",
    "document": "settled by reading",
}
"""What a legend calls an outcome, where not by its key."""

BADGES = OUTCOMES | {MIXED: ("#8a6fb0", "±")}
"""Colour and sign of each badge of a claim."""

PHONE_CLAIM = 38
"""Characters of a claim on a phone, before it is broken."""

MOST_COUNTED = 5
"""Rows that have room for their count below their name."""

ROOM, ROOM_ON_A_PHONE = (6, 2.5), (17, 8)
"""Share of a bar [percent] above which a part has room for its sign and count, and for its count
alone.
"""


def outcome_legend(figure, outcomes, columns: int = 5, **kwargs) -> None:
    """Put colour, sign and name of outcomes above a figure; of a mapping, also their counts."""
    looks = {}
    for name, (colour, sign) in OUTCOMES.items():
        if name in outcomes:
            count = f" ({outcomes[name]:,})" if isinstance(outcomes, Mapping) else ""
            looks[f"{sign}  {SHORT.get(name, name)}{count}"] = colour
    canvas.legend_above(figure, columns, canvas.patches(looks), **kwargs)


@styled
def scorecard(verdicts) -> Figure:
    """Draw every claim against every source: a square per pair, coloured and signed by outcome.

    Parameters
    ----------
    verdicts : pandas.DataFrame or Verdicts
        ``reading`` (a claim, or one reading of it), ``source`` and ``outcome``, a row per pair.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> verdicts = pd.DataFrame({"reading": ["A01", "A02"], "outcome": ["supported", "undecided"]})
    >>> figure = an.plot.scorecard(verdicts.assign(source="Instagram"))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['+', '?']
    """
    frame = canvas.frame_of(verdicts, "reading", "source", "outcome", name="verdicts")
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure()
    axis = axes[0, 0]
    _draw_squares(axis, frame["reading"], frame["source"], frame["outcome"])
    axis.tick_params(axis="x", labelrotation=90)
    axis.set_xlabel("claim; with a number: one of its readings; empty: not asked", labelpad=10)
    outcome_legend(figure, set(frame["outcome"]), 3)
    return figure


@styled
def verdict_grid(verdicts, rows: str, columns: str, panels: str | None = None) -> Figure:
    """Draw outcomes as squares, coloured and signed; a missing square was not admissible.

    Parameters
    ----------
    verdicts : pandas.DataFrame or Verdicts
        ``outcome``, and the columns named; a row per square.
    rows, columns, panels : str
        Columns that name each row, column and panel, in order of appearance. Each panel has its
        own rows.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> verdicts = pd.DataFrame({"scheme": ["A", "B"], "outcome": ["supported", "contradicted"]})
    >>> figure = an.plot.verdict_grid(verdicts.assign(source="Instagram"), "scheme", "source")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['+', '−']
    """
    named = [rows, columns, panels] if panels else [rows, columns]
    frame = canvas.frame_of(verdicts, "outcome", *named, name="verdicts")
    if frame.empty:
        return canvas.no_data()
    order = list(frame[columns].unique())
    figure, drawn = canvas.panels(frame, panels, shared=False)
    for axis, part in drawn:
        _draw_squares(axis, part[columns], part[rows], part["outcome"], order)
        axis.tick_params(length=0)
        axis.tick_params(axis="x", rotation=35)
        for text in axis.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
    apart = (EASILY, AS_ASKED, EASILY_NOT)
    seldom = [name for name in apart if name in set(frame["outcome"])]
    usual = [name for name in OUTCOMES if name not in ("document", *apart)]
    outcome_legend(figure, [*usual, *seldom], 4)
    return figure


def _draw_squares(axis, x: pd.Series, y: pd.Series, outcomes: pd.Series, order=None) -> None:
    """Draw a square per outcome; columns in the order given, or of appearance."""
    from matplotlib.patches import Rectangle

    columns, rows = order or list(x.unique()), list(y.unique())
    for column, row, outcome in zip(x, y, outcomes, strict=True):
        (colour, sign), at = OUTCOMES[outcome], (columns.index(column), rows.index(row))
        corner = (at[0] - 0.46, at[1] - 0.44)
        axis.add_patch(Rectangle(corner, 0.92, 0.88, facecolor=colour, edgecolor="white"))
        middle = {"ha": "center", "va": "center_baseline", "fontsize": 18}
        axis.text(*at, sign, color=ink_on(colour), **middle)
    canvas.categories(axis, rows)
    axis.set(xticks=range(len(columns)), xticklabels=columns, xlim=(-0.5, len(columns) - 0.5))
    axis.grid(visible=False)


@styled
def shares(counts) -> Figure:
    """Draw how the outcomes of each row share it, as stacked bars with their counts.

    Parameters
    ----------
    counts : pandas.DataFrame
        Number of answers: rows as they are to be read, columns are outcomes.

    Examples
    --------
    >>> import analysis as an
    >>> figure = an.plot.shares(pd.DataFrame({"supported": [1], "undecided": [3]}, index=["A01"]))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['+ 1', '? 3']
    """
    frame = canvas.frame_of(counts, name="counts")
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure(label="share of the answers (%)")
    names, total = [name for name in OUTCOMES if name in frame], frame.sum(axis=1)
    share = frame.mul(100).div(total, axis=0)
    counted = {name: frame[name].astype(str) for name in names}
    signed, alone = ROOM_ON_A_PHONE if on_a_phone() else ROOM
    texts = {
        name: (f"{OUTCOMES[name][1]} " + counted[name]).where(share[name] > signed, counted[name])
        for name in names
    }
    colours = {name: OUTCOMES[name][0] for name in names}
    long = any("\n" in name for name in share.index)
    crowded = not on_a_phone() and (long or len(share) > MOST_COUNTED)  # parts have counts, too
    share.index = [name if crowded else f"{name}\nn {n:,}" for name, n in total.items()]
    texts = {name: column.set_axis(share.index) for name, column in texts.items()}
    canvas.stacked_bars(axes[0, 0], share, colours, texts, least=alone)
    outcome_legend(figure, names, 3)
    return figure


@styled
def claims_list(listed) -> Figure:
    """List claims in words, each with its outcome as a coloured and signed square.

    Parameters
    ----------
    listed : pandas.DataFrame
        ``badge`` (an outcome, or ``mixed``), ``says`` and ``where``, a row per claim, in order.

    Examples
    --------
    >>> import analysis as an
    >>> listed = pd.DataFrame({"badge": ["supported"], "says": ["Rates fall"], "where": ["TikTok"]})
    >>> [text.get_text() for text in an.plot.claims_list(listed).axes[0].texts]
    ['+', 'Rates fall', 'TikTok']
    """
    from matplotlib.patches import Rectangle

    frame = canvas.frame_of(listed, "badge", "says", "where", name="claims")
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure()
    axis, phone = axes[0, 0], on_a_phone()
    wide = 0.075 if phone else 0.036
    for y, row in enumerate(frame.itertuples()):
        colour, sign = BADGES[row.badge]
        axis.add_patch(Rectangle((0, y - 0.42), wide, 0.84, facecolor=colour, edgecolor="white"))
        middle = {"ha": "center", "va": "center_baseline"}
        axis.text(wide / 2, y, sign, color=ink_on(colour), **middle)
        says = canvas.wrap_lines(row.says, PHONE_CLAIM) if phone else row.says
        axis.text(wide + 0.015, y, says, ha="left", va="center")
        if not phone:
            axis.text(1, y, row.where, ha="right", va="center", color=QUIET)
    axis.set(xlim=(0, 1), ylim=(len(frame) - 0.5, -0.5), yticks=range(len(frame)), xticks=[])
    axis.set_gid(canvas.ROWS)
    axis.set_axis_off()
    looks = {f"{sign}  {SHORT.get(name, name)}": colour for name, (colour, sign) in BADGES.items()
             if name in set(frame["badge"])}  # fmt: skip
    canvas.legend_above(figure, 4, canvas.patches(looks))
    return figure
