"""The empty figure: slide size, room for the footer, titles that fit, logarithmic axes with round
ticks.
"""

import io
import textwrap
from functools import cache

from analysis.present.sentences import short_count
from analysis.present.style import FOOTER, LEAST, SLIDE, styled

PLATE = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "boxstyle": "square,pad=0.1"}
"""Behind small labels, so that lines do not run through them."""


@cache
def slide_figure() -> type:
    """The class of our figures: one that shows itself in a notebook, whatever the notebook has
    imported.
    """
    from matplotlib.figure import Figure

    class SlideFigure(Figure):
        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=72)
            return buffer.getvalue()

    return SlideFigure


@styled
def new_figure(columns: int = 1, rows: int = 1, label: str = "", **kwargs):
    """A figure with a grid of axes, the label below all of them, and the footer's strip left
    free.
    """
    figure = slide_figure()(figsize=SLIDE, layout="constrained")
    below = FOOTER + (0.055 if label else 0)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, rect=(0, below, 1, 1 - below))
    if label:
        figure.text(0.5, FOOTER, label, fontsize=18, ha="center", va="bottom")
    return figure, figure.subplots(rows, columns, squeeze=False, **kwargs)


def lay_out(figure) -> None:
    """Give the axes their final places. With a layout engine left in place, every `savefig` would
    draw twice: once only to lay out.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas, engine = figure.canvas, figure.get_layout_engine()
    if engine:
        FigureCanvasSVG(figure)  # by the widths of text that no pixel grid has rounded
        engine.execute(figure)
        figure.set_canvas(canvas)
    figure.set_layout_engine(None)


def title(axis, text: str, panels: int) -> None:
    """Write a panel's title, wrapped to the width that so many panels leave."""
    width = {1: 88, 2: 44, 3: 34, 4: 16}.get(panels, 14)
    lines = [line for part in text.split("\n") for line in textwrap.wrap(part, width) or [""]]
    axis.set_title("\n".join(lines), fontsize=18, pad=10)


def log_axis(axis, low: float, high: float, most: int = 8) -> None:
    """Set up a logarithmic axis with at most so many round ticks."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (low, high)})
    for steps in (
        (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8),
        (1, 1.5, 2, 3, 5),
        (1, 2, 5),
        (1, 3),
        (1,),
        None,
    ):
        powers = range(-6, 11, 1 if steps else 2)
        ticks = [
            step * 10.0**power
            for power in powers
            for step in steps or (1,)
            if low <= step * 10.0**power <= high
        ]
        if len(ticks) <= most:
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(short_count))


def follower_axis(axis, lower) -> None:
    """Set up the axis of followers for bands that begin at `lower`; a band from zero, or none at
    all, still needs an axis.
    """
    ends = [float(end) for end in lower if end >= 100]
    log_axis(axis, min(ends, default=100) / 1.5, max(ends, default=1000) * 6, most=5)


def nothing(axis) -> None:
    """Say in an empty panel that there is nothing to draw."""
    axis.text(
        0.5,
        0.5,
        "no source holds this",
        transform=axis.transAxes,
        ha="center",
        va="center",
        fontsize=20,
    )
    axis.set_axis_off()


def too_small(figure, footer) -> dict[str, float]:
    """Find what could not be read from the last row: texts below LEAST, with their size [points];
    the figure has to be drawn.

    The footer may be smaller. It is there to be read in a copy that was passed on, not during the
    talk.
    """
    from matplotlib.text import Text

    shown = [
        text
        for text in figure.findobj(Text)
        if text is not footer and text.get_visible() and text.get_text().strip()
    ]
    return {text.get_text(): text.get_fontsize() for text in shown if text.get_fontsize() < LEAST}
