"""Draws confidence curves, sources beside a prediction, and shrunken levels, on axes of lifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.estimate.confidence_curve import ConfidenceCurve
from analysis.estimate.decision import claimed_range
from analysis.estimate.results import Estimate
from analysis.estimate.synthesis.prediction import BetweenSources
from analysis.estimate.synthesis.shrinkage import Shrunken
from analysis.present.charts import canvas
from analysis.present.charts.estimates import FAR, count_label, log_range
from analysis.present.charts.lifts import lift_axis
from analysis.present.charts.register import draws
from analysis.present.sentences.confidence import mark
from analysis.present.sentences.numbers import unit_name
from analysis.present.sentences.results import compared
from analysis.present.style import CLAIM, HOLLOW, INK, QUIET, on_a_phone, styled
from analysis.registers.claims import Test

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

WIDEST = (0.05, 20.0)
"""Ratios beyond which an axis is cut: a prediction from few sources can be wider than any use."""

GREY = "#9a9a9a"
"""Of raw figures beside shrunken ones."""

DIRECTIONS = {"more_than": "more", "less_than": "less", "equals": "the same"}
"""What is claimed where the claimed ratio is 1."""

NARROW = 4.0
"""Levels within such a factor stand on a plain axis, whose ticks are closer."""

LEVELS = (0, 25, 50, 75, 95)
"""Ticks of confidence [percent]."""


@draws(ConfidenceCurve)
def draw_curve(curve: ConfidenceCurve) -> Figure:
    """Draw the confidence at which the interval reaches each value, with the claimed range shaded
    and the interval of the estimate marked.
    """
    return draw_curves({curve.estimate.context.source or curve.estimate.label: curve})


@styled
def draw_curves(curves: dict[str, ConfidenceCurve]) -> Figure:
    """Draw several curves of one question over the same claimed range, by name.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> figure = kim.contrast("micro", "macro").confidence_curve("D06").plot()
    >>> figure.axes[0].get_ylabel()
    'confidence of the interval (%)'
    """
    drawn = {name: curve for name, curve in curves.items() if not curve.reasons}
    if not drawn:
        return canvas.no_data()
    first = next(iter(drawn.values()))
    who = _who(first.estimate)
    figure, axes = canvas.new_figure(label=who)
    axis, frames = axes[0, 0], {name: curve.to_frame() for name, curve in drawn.items()}
    _curve_axes(axis, frames, first)
    looks = canvas.line_looks(len(drawn)) if len(drawn) > 1 else [{"color": INK, "linewidth": 4}]
    for (name, frame), look in zip(frames.items(), looks, strict=True):
        axis.plot(frame["value"], frame["confidence"], label=name, **look)
        one, ends = drawn[name].estimate, {"markersize": 24, "markeredgewidth": 4}
        level = 100 * one.context.confidence
        axis.plot([one.low, one.high], [level] * 2, "|", color=look["color"], **ends)
    axis.set_ylabel("confidence of the interval (%)")
    if len(drawn) > 1:
        canvas.legend_above(figure, min(len(drawn), 3))
    return figure


def _who(estimate: Estimate) -> str:
    """Label of the axis: what is compared, without what the title says."""
    if estimate.unit == "ratio" and estimate.context.versus:
        return f"lift of {compared(estimate)}"
    return f"{compared(estimate)} ({unit_name(estimate.unit)})"


def _curve_axes(axis, frames: dict[str, pd.DataFrame], curve: ConfidenceCurve) -> None:
    """Axes that hold the curves and the claimed range, which is shaded and labelled."""
    one, ends = curve.estimate, [end for end in curve.range if 0 < end < np.inf]
    shown = pd.concat(frames.values())["value"]
    values = pd.DataFrame({name: shown for name in ("estimate", "low", "high")})
    is_lift = one.unit == "ratio" and bool(one.context.versus)
    low, high = min([shown.min(), *ends]), max([shown.max(), *ends])
    if is_lift:
        low, high = log_range(values, *ends, 1.0)
        lift_axis(axis.xaxis, max(low, WIDEST[0]), min(high, WIDEST[1]))
    elif one.family.scale == "factor" and high > NARROW * low:
        canvas.log_axis(axis.xaxis, *log_range(values, *ends))
    else:
        axis.set_xlim(low - 0.05 * (high - low), high + 0.05 * (high - low))
    level = 100 * one.context.confidence
    axis.set(ylim=(0, 100.5), yticks=sorted({*LEVELS, level} - ({95} if level != 95 else set())))
    axis.axhline(level, color=QUIET, linewidth=1.5)
    right = axis.get_yaxis_transform()
    text = {"transform": right, "ha": "right", "va": "top", "color": QUIET, "bbox": canvas.PLATE}
    axis.text(0.995, level - 1.5, f"{level:g} % interval", **text)
    if curve.test is not None:
        _shade(axis, curve.test, one)


def _shade(axis, test: Test, estimate: Estimate, label: bool = True) -> None:
    """Shade the range that counts as the claim being right, and mark its value, with a label."""
    limits = axis.get_xlim()
    axis.axvspan(*np.clip(claimed_range(test), 1 / FAR, FAR), color=CLAIM, alpha=0.16, linewidth=0)
    axis.axvline(test.value, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED)
    axis.set_xlim(limits)  # a range may have no end
    if label:
        stated = _stated(test, estimate)
        below = {"transform": axis.get_xaxis_transform(), "color": CLAIM, "bbox": canvas.PLATE}
        axis.text(test.value, 0.03, f" claimed: {stated}", ha="left", va="bottom", **below)


def _stated(test: Test, estimate: Estimate) -> str:
    """Write what is claimed in a word or two."""
    if test.value == 1:
        return DIRECTIONS.get(test.relation, "the same")
    words = {"at_most": "at most ", "at_least": "at least "}.get(test.relation, "")
    return f"{words}{mark(estimate, test.value)}"


@draws(BetweenSources)
@styled
def draw_between(between: BetweenSources, test: Test | None = None) -> Figure:
    """Draw a row per source, and below them the prediction for a new one.

    Parameters
    ----------
    between : BetweenSources
        From `between_sources`.
    test : Test, optional
        Of a claim, whose range is shaded.

    Examples
    --------
    >>> import analysis as an
    >>> sources = an.load_all().sample("engagement").tier("harvard-media")
    >>> figure = sources.contrast("micro", "macro").between_sources().plot()
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()][-1]
    'a new source'
    """
    rows = between.rows
    if not len(rows):
        return canvas.no_data()
    figure, axes = canvas.new_figure(label=f"lift of {compared(rows[0])}")
    axis, frame = axes[0, 0], rows.to_frame()
    marks = (test.value, *claimed_range(test)) if test else ()
    low, high = log_range(frame, 1.0, *marks)
    lift_axis(axis.xaxis, max(low, WIDEST[0]), min(high, WIDEST[1]), most())
    if test is not None:
        _shade(axis, test, rows[0], label=False)
        stated = _stated(test, rows[0])
        axis.set_title(f"shaded: as claimed ({stated})", fontsize=18, color=CLAIM)
    axis.axvline(1.0, color=QUIET, linewidth=2)
    for y, row in enumerate(frame.itertuples()):
        new = y >= len(between)
        if new:
            axis.axhline(y - 0.5, color=QUIET, linewidth=1)
        _interval(axis, y, row, QUIET if new else INK, mark="" if new else "o")
        text = {"textcoords": "offset points", "ha": "center", "va": "top", "color": QUIET}
        under = _about_new(between) if new else count_label(row.n_accounts)
        axis.annotate(under, (row.estimate, y), (0, -14), bbox=canvas.PLATE, **text)
    canvas.categories(axis, frame["source"].tolist())
    axis.set_ylim(len(frame) - 0.3, -0.5)
    return figure


def most() -> int:
    """How many ticks an axis of lifts has at most."""
    return 4 if on_a_phone() else 8


def _about_new(between: BetweenSources) -> str:
    level = f"{100 * between.estimates[0].context.confidence:g} % prediction"
    return level if between.predicts else f"{level}: {len(between)} sources are too few"


def _interval(axis, y: float, row, colour: str, mark: str = "o", inside: str | None = None) -> None:
    """Draw an interval as a bar, cut where the axis ends, with its estimate."""
    if np.isfinite(row.low):
        ends = [row.low, min(row.high, FAR)]
        axis.plot(ends, [y, y], color=colour, linewidth=4, solid_capstyle="butt")
    if mark:
        look = {"color": colour, "markersize": 12, "markeredgewidth": 2}
        axis.plot(row.estimate, y, mark, markerfacecolor=inside or colour, **look)


@draws(Shrunken)
@styled
def draw_shrunken(shrunken: Shrunken) -> Figure:
    """Draw each level twice: as it is (quiet, hollow) and drawn towards the mean (dark).

    Examples
    --------
    >>> import analysis as an
    >>> niches = an.load("instagram-kim").strata("engagement", "niche").tier("harvard-media")
    >>> figure = niches.moderated("micro", "macro").ratios.shrunken().plot()
    >>> len(figure.axes[0].get_yticklabels())
    9
    """
    if shrunken.status == "undefined":
        return canvas.no_data()
    from matplotlib.lines import Line2D

    frame = shrunken.to_frame().assign(name=shrunken.names)
    frame = frame.sort_values("estimate", ascending=False, ignore_index=True)
    figure, axes = canvas.new_figure(label=f"lift of {compared(shrunken.raw[0])}")
    axis = axes[0, 0]
    raw = frame[["raw", "raw_low", "raw_high"]].set_axis(["estimate", "low", "high"], axis=1)
    ends = log_range(pd.concat([raw, frame[raw.columns]]), 1.0)
    lift_axis(axis.xaxis, *ends, most())
    axis.axvline(1.0, color=QUIET, linewidth=2)
    axis.axvline(shrunken.mean, color=INK, linewidth=1.5, linestyle=canvas.DASHED)
    pairs = zip(raw.itertuples(), frame.itertuples(), strict=True)
    for y, (as_is, drawn) in enumerate(pairs):
        _interval(axis, y - 0.17, as_is, GREY, inside=HOLLOW)
        _interval(axis, y + 0.17, drawn, INK)
    canvas.categories(axis, frame["name"].tolist())
    looks = {"raw figure": (GREY, HOLLOW), "once chance is taken out": (INK, INK)}
    handles = [
        Line2D([], [], color=edge, marker="o", markersize=12, markeredgewidth=2, linewidth=4,
               markerfacecolor=inside, label=name)
        for name, (edge, inside) in looks.items()
    ]  # fmt: skip
    mean = {"color": INK, "linewidth": 1.5, "linestyle": canvas.DASHED}
    handles.append(Line2D([], [], label="mean of the levels", **mean))
    canvas.legend_above(figure, 3, handles)
    return figure
