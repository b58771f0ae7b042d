"""The same creators through time: what changes as they grow beside how larger creators differ, and
what happens around a number of followers.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from analysis.estimate.panel.crossing import EventStudy
from analysis.estimate.panel.following import Crossings, Followed, Growing
from analysis.moments.panel import Panel
from analysis.present.charts import canvas
from analysis.present.charts.lifts import lift_axis
from analysis.present.charts.register import draws
from analysis.present.sentences import count, short_count
from analysis.present.sentences.panel import no_answer
from analysis.present.style import CLAIM, HOLLOW, INK, LEAST, QUIET, on_a_phone, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

LOOKS = {
    "within": {"marker": "o", "color": INK, "markerfacecolor": INK},
    "between": {"marker": "D", "color": CLAIM, "markerfacecolor": HOLLOW},
}
"""Looks of what changes within creators and of what differs between them; shape and filling repeat
the colour.
"""

WHO = {"within": "the same creators", "between": "other creators"}

WINDOW = 6.2
"""Place of the next window of observation, behind the periods."""


@draws(Growing)
def draw_growing(growing: Growing) -> Figure:
    """Draw both slopes of one panel."""
    return draw_followed(Followed((growing,), ()))


@draws(Panel)
def draw_panel(panel: Panel) -> Figure:
    """Draw both slopes of a panel."""
    return draw_growing(panel.growing())


@draws(Followed)
@styled
def draw_followed(followed: Followed) -> Figure:
    """Draw two slopes in each row, as lifts at ten times the size, each labelled where it stands.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.growing(seed=1, creators=30, months=4)
    >>> slopes = an.simulate.world("growing", posts).panel("likes_per_follower").growing()
    >>> [text.get_text() for text in slopes.plot().axes[0].texts]
    ['the same creators', 'other creators']
    """
    rows = [one for one in followed if not np.isnan(one.within.low)]
    if not rows:
        return canvas.no_data()
    figure, axes = canvas.new_figure(label="rate where creators are ten times as large")
    axis = axes[0, 0]
    for place, one in enumerate(rows):
        for which, apart in (("within", -0.16), ("between", 0.16)):
            _mark(axis, getattr(one, which), place + apart, which)
    canvas.categories(axis, [_named(one) for one in rows])
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.axvline(1, color=QUIET, linewidth=2, zorder=0)
    ends = np.array([[each.low, each.high] for one in rows for each in (one.within, one.between)])
    _lift_axis(axis, "x", ends)
    return figure


def _mark(axis, estimate, y: float, which: str) -> None:
    look = LOOKS[which]
    axis.plot([estimate.low, estimate.high], [y, y], color=look["color"], linewidth=4,
              solid_capstyle="butt")  # fmt: skip
    axis.plot(estimate.estimate, y, markersize=13, markeredgewidth=3, linestyle="", **look)
    side, shift = ("bottom", 12) if which == "within" else ("top", -12)
    above = {"textcoords": "offset points", "ha": "center", "va": side, "fontsize": LEAST}
    axis.annotate(WHO[which], (estimate.estimate, y), (0, shift), color=look["color"],
                  bbox=canvas.PLATE, gid=canvas.INSIDE, **above)  # fmt: skip


def _named(one: Growing) -> str:
    name = f"{one.panel.metric.title} along {one.panel.along}, {one.panel.source.short}"
    return name if on_a_phone() else fill(name, 26)


def _lift_axis(axis, which: str, ends: np.ndarray) -> None:
    """A logarithmic axis of ratios, marked as lifts."""
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = min(ends.min(), 1 / 1.1) / 1.15, max(ends.max(), 1.1) * 1.15
    part = axis.xaxis if which == "x" else axis.yaxis
    lift_axis(part, low, high, most=4 if on_a_phone() and which == "x" else 7)


MOST = 3
"""Panels that leave room for their labels; the others are in the figure's table."""


@draws(EventStudy)
def draw_event_study(study: EventStudy) -> Figure:
    """Draw the periods around one crossing."""
    return around_crossings([study])


@draws(Crossings)
def draw_crossings(crossings: Crossings) -> Figure:
    """Draw all in which anybody is seen crossing."""
    return around_crossings(crossings.seen)


@styled
def around_crossings(studies: Iterable[EventStudy]) -> Figure:
    """Draw what happens around the crossing of numbers of followers, a panel each: periods, and at
    the right the next window of observation.

    Parameters
    ----------
    studies : iterable of EventStudy
        A study without an estimate says in its panel why there is none.

    Examples
    --------
    >>> import analysis as an
    >>> weekly = an.load("youtube-tw-vtubers").panel()
    >>> figure = an.plot.around_crossings([weekly.crossing(10_000), weekly.crossing(100_000)])
    >>> len(figure.axes)
    2
    """
    parts: dict[tuple, list[EventStudy]] = {}
    for study in studies:
        metric = study[0].context.metric if len(study) else ""
        parts.setdefault((study.edge, metric), []).append(study)
    if not parts:
        return canvas.no_data()
    shown = dict(list(parts.items())[:MOST])
    figure, axes = canvas.new_figure(columns=len(shown), sharey=True)
    known = [one for group in shown.values() for study in group for _, one in _known(study)]
    ends = np.array([[one.low, one.high] for one in known] or [[0.5, 2.0]])
    for axis, ((edge, metric), group) in zip(axes[0], shown.items(), strict=True):
        _draw_group(axis, group)
        names = f"crossing {short_count(edge)} followers\n{metric}"
        canvas.title(axis, names, len(shown))
    _lift_axis(axes[0, 0], "y", ends)
    axes[0, 0].set_ylabel("beside like creators")
    return figure


def _known(study: EventStudy) -> list[tuple]:
    places = list(study.keys["when"]) if len(study) else []
    return [pair for pair in zip(places, study, strict=True) if not np.isnan(pair[1].low)]


def _draw_group(axis, studies: list[EventStudy]) -> None:
    """Periods around one crossing, with the next window at the right."""
    axis.axhline(1, color=QUIET, linewidth=2, zorder=0)
    axis.axvline(-0.5, color=CLAIM, linewidth=2.5, linestyle=canvas.DASHED, zorder=0)
    axis.plot(-1, 1, "o", color=INK, markerfacecolor=HOLLOW, markersize=12, markeredgewidth=2)
    ticks, names, who = [], [], []
    for study in studies:
        known, window = _known(study), study.step == "window"
        for when, one in known:
            place = WINDOW if window else when
            axis.plot([place, place], [one.low, one.high], color=INK, linewidth=4,
                      solid_capstyle="butt")  # fmt: skip
            axis.plot(place, one.estimate, "s" if window else "o", color=INK, markersize=12)
        if known:
            crossed = max(one.n_posts for _, one in known)
            who.append(f"{count(crossed, 'creator')} by {study.step}")
        elif not window:
            where = {"ha": "center", "va": "top", "transform": axis.get_xaxis_transform()}
            text = fill(no_answer(study), 24)
            axis.text(0, 0.97, text, fontsize=LEAST, bbox=canvas.PLATE, **where)
        ticks += [WINDOW] if window else [-4, -2, 0, 2, 4]
        names += ["next\nwindow"] if window else ["-4", "-2", "0", "2", "4"]
    axis.set_xticks(ticks, names)
    axis.set_xlim(-4.6, max(ticks) + 0.9)
    axis.grid(visible=False, axis="x")
    step = next((study.step for study in studies if study.step != "window"), "period")
    axis.set_xlabel("\n".join([f"{step}s after crossing", *who]))
