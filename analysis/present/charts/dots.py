"""Many values at once: a dot for each, in rows with their middle, or piled up in a histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.estimate.multiverse.one_claim import ClaimCurve
from analysis.present.charts import canvas
from analysis.present.charts.estimates import lift_words
from analysis.present.charts.lifts import SAME, lift_axis
from analysis.present.charts.outcomes import SHORT
from analysis.present.charts.register import draws
from analysis.present.style import (
    CLAIM,
    FINDING,
    HOLLOW,
    INK,
    LEAST,
    OUTCOMES,
    QUIET,
    REST,
    on_a_phone,
    styled,
)

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

GOLDEN = 0.61803398875
"""Steps by it spread dots evenly across a row, without chance."""

THICK = 0.3
"""Half of the height of a row over which many dots are spread."""

FEW = 60
"""Values of a row up to which their dots are large."""

BARS = 40
"""Of a histogram."""


@draws(ClaimCurve)
def draw_claim_curve(curve: ClaimCurve) -> Figure:
    """Pile up all answers to a claim, coloured by what becomes of it, with the claimed value."""
    test, known = curve.test, curve.known
    names = {name: SHORT.get(name, name) for name in ("supported", "undecided", "contradicted")}
    frame = known.assign(outcome=known["outcome"].map(names))
    colours = {shown: OUTCOMES[name][0] for name, shown in names.items()}
    claimed = {"claimed": test.claimed_range(), "claimed_value": test.value}
    label = f"by how much {test.of} differs from {test.versus}"
    return histogram(frame, "estimate", "outcome", colours, label, **claimed)


@styled
def dots(
    frame,
    value: str,
    rows: str,
    label: str,
    emphasis: str | None = None,
    claimed: tuple[float, float] | None = None,
    claimed_value: float | None = None,
    lifts: bool = False,
) -> Figure:
    """Draw a dot for each value, in named rows.

    Without `emphasis` each row also has a bar at its median, which is written beside it; with it
    the chosen dots are large and have their value, the others are quiet.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the columns named.
    value, rows : str
        Columns of values and of the names of their rows, in order of appearance.
    label : str
        What the axis shows, with its unit.
    emphasis : str, optional
        A column of truth values.
    claimed, claimed_value : optional
        As for `intervals`.
    lifts : bool
        Whether values are ratios, drawn as lifts; otherwise they are percentages.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> frame = pd.DataFrame({"tiers": ["A", "A", "B"], "ratio": [1.2, 1.4, 1.0]})
    >>> figure = an.plot.dots(frame, "ratio", "tiers", "lift", lifts=True)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['+30 %', 'same']
    """
    named = [value, rows, *([emphasis] if emphasis else [])]
    frame = canvas.frame_of(frame, *named, name="values")
    frame = frame[np.isfinite(frame[value])] if len(frame) else frame
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure(label=label)
    axis, order = axes[0, 0], list(frame[rows].unique())
    write = lift_or_same if lifts else "{:.0f} %".format
    _across(axis, frame[value], lifts, (claimed_value,), beside=3)
    for y, name in enumerate(order):
        part = frame[frame[rows] == name]
        if emphasis:
            _chosen(axis, part, value, part[emphasis].to_numpy(bool), y, write)
        else:
            _cloud(axis, part[value].to_numpy(), y, write)
    _claim(axis, claimed, claimed_value, write, 1.0 if lifts else None)
    canvas.categories(axis, order)
    return figure


def lift_or_same(ratio: float) -> str:
    """Write a lift; one that rounds to nothing as what it is.

    Examples
    --------
    >>> lift_or_same(1.002), lift_or_same(1.3)
    ('same', '+30 %')
    """
    return SAME if abs(ratio - 1) < 0.005 else lift_words(ratio)


def halo() -> list:
    """Keep text apart from what it lies on."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=5, foreground=HOLLOW)]


def _across(axis, values: pd.Series, lifts: bool, marks, beside: float = 1) -> None:
    """Set up the axis that values lie along, with air for what is written beside them; of very many
    the outermost 1 % may lie outside.
    """
    if not lifts:
        axis.set_xlim(-5, 124 if not on_a_phone() else 148)
        axis.set_xticks(range(0, 101, 50 if on_a_phone() else 20))
        return
    low, high = values.quantile([0.005, 0.995]) if len(values) > 200 else values.agg(["min", "max"])
    ends = [low, high, 1.0, *(mark for mark in marks if mark)]
    air = max((max(ends) / min(ends)) ** 0.07, 1.05)
    lift_axis(axis.xaxis, min(ends) / air, max(ends) * air**beside, most=4 if on_a_phone() else 9)


def _cloud(axis, values: np.ndarray, y: int, write) -> None:
    """Draw all values of a row quietly, and their median with its value."""
    middle = np.median(values)
    if len(values) > 1:
        places = y + THICK * (2 * (np.arange(len(values)) * GOLDEN % 1) - 1)
        size = (
            {"markersize": 5, "alpha": 0.45}
            if len(values) > FEW
            else {"markersize": 9, "alpha": 0.8}
        )
        look = {"color": REST, "rasterized": len(values) > 300, **size}
        axis.plot(values, places, "o", markeredgewidth=0, **look)
    axis.plot([middle, middle], [y - 0.36, y + 0.36], color=FINDING, linewidth=5)
    above = {"textcoords": "offset points", "va": "center", "weight": "bold", "color": INK}
    above |= {"gid": canvas.INSIDE, "zorder": 6, "path_effects": halo()}
    axis.annotate(write(middle), (middle, y), (7, 0), ha="left", **above)


def _chosen(axis, part: pd.DataFrame, value: str, chosen: np.ndarray, y: int, write) -> None:
    """Draw the values of a row quietly, the chosen large and with their values."""
    axis.plot(part[value][~chosen], [y] * (~chosen).sum(), "o", color=REST, markersize=8, alpha=0.6)
    for one in part[value][chosen]:
        axis.plot(one, y, "o", color=FINDING, markersize=14)
        beside = {"textcoords": "offset points", "va": "center", "weight": "bold", "color": INK}
        beside |= {"gid": canvas.INSIDE, "path_effects": halo()}
        axis.annotate(write(one), (one, y), (11, 0), ha="left", **beside)


def _claim(axis, claimed, value, write, reference) -> None:
    if claimed is not None:
        axis.axvspan(*np.clip(claimed, *axis.get_xlim()), color=CLAIM, alpha=0.16, linewidth=0)
    if value is not None:
        axis.axvline(value, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED)
        look = {"color": CLAIM, "weight": "bold", "ha": "center", "va": "bottom"}
        look |= {"xycoords": axis.get_xaxis_transform(), "textcoords": "offset points"}
        axis.annotate(f"claimed: {write(value)}", (value, 1), (0, 4), gid=canvas.INSIDE, **look)
        axis.set_title("", pad=32, fontsize=LEAST)
    if reference is not None:
        axis.axvline(reference, color=QUIET, linewidth=2, zorder=0)


@styled
def histogram(
    frame,
    value: str,
    parts: str,
    colours: dict[str, str],
    label: str,
    claimed: tuple[float, float] | None = None,
    claimed_value: float | None = None,
) -> Figure:
    """Pile up ratios by how large they are, coloured by what they are part of.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the columns named.
    value, parts : str
        Columns of ratios, and of what each is part of.
    colours : dict of str to str
        Of the parts, in the order in which they are piled up.
    label : str
        What the axis shows.
    claimed, claimed_value : optional
        As for `intervals`.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> frame = pd.DataFrame({"ratio": [1.2, 1.3, 2.0], "outcome": ["a", "a", "b"]})
    >>> figure = an.plot.histogram(frame, "ratio", "outcome", {"a": "#0f766e"}, "lift")
    >>> round(sum(bar.get_height() for bar in figure.axes[0].patches))
    2
    """
    frame = canvas.frame_of(frame, value, parts, name="values")
    frame = frame[(frame[value] > 0) & np.isfinite(frame[value])] if len(frame) else frame
    if frame.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure(label=label)
    axis = axes[0, 0]
    _across(axis, frame[value], True, (claimed_value,))
    low, high = axis.get_xlim()
    edges = np.geomspace(low, high, (BARS if not on_a_phone() else BARS // 2) + 1)
    under = np.zeros(len(edges) - 1)
    for name, colour in colours.items():
        # what lies beyond the ends is piled up at the ends, so that nothing is lost
        held = np.clip(frame.loc[frame[parts] == name, value], low * 1.0001, high / 1.0001)
        heights = np.histogram(held, edges)[0]
        look = {"align": "edge", "color": colour, "edgecolor": "white", "linewidth": 1}
        axis.bar(edges[:-1], heights, np.diff(edges), bottom=under, **look)
        under += heights
    _claim(axis, claimed, claimed_value, lift_words, 1.0)
    axis.grid(visible=False, axis="x")
    axis.set_ylabel("answers", color=INK)
    named = {name: colour for name, colour in colours.items() if (frame[parts] == name).any()}
    canvas.legend_above(figure, 1 if on_a_phone() else 3, canvas.patches(named))
    return figure
