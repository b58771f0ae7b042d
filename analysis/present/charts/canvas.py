"""What every chart shares: the empty figure, its panels, axes, titles and legend.

A figure has the size of a slide, or the width of a phone with its panels below each other; what
stands around the picture is put there by `anatomy`.
"""

import io
import textwrap
from functools import cache
from itertools import cycle

import numpy as np
import pandas as pd

from analysis.display import nearest
from analysis.present.sentences import short_count
from analysis.present.style import FOOTER, LEAST, PHONE, SLIDE, ink_on, on_a_phone, styled

PLATE = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "boxstyle": "square,pad=0.1"}
"""Behind small labels, so that lines do not run through them."""

DASHED = (0, (4, 2))
"""Line style of what was claimed or chosen."""

DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (1, 1)), (0, (10, 3)))
"""Of lines in order."""

BELOW = "below"
"""Group of the text that labels all axes."""

ROWS = "rows"
"""Group of axes with a name for each row."""

PHONE_LABEL = 17
"""Characters of a row's name on a phone, before it is broken."""

PHONE_LINE = 42
"""Characters of a line across a phone."""

STEPS = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
"""Round ticks within a decade, from many to few."""


def frame_of(data, *columns: str, name: str) -> pd.DataFrame:
    """Give data, a frame or a result, as a frame with the columns that a chart needs, unless there
    are no rows; a column that is missing is named with the nearest.
    """
    frame = data.to_frame() if hasattr(data, "to_frame") else data
    if not isinstance(frame, pd.DataFrame):
        kind = type(data).__name__
        raise TypeError(f"{name}: give a data frame or a result with .to_frame(), not a {kind}.")
    for column in columns if len(frame) else ():
        if column not in frame:
            hint = nearest(column, frame) or f" The columns are: {', '.join(map(str, frame))}."
            raise ValueError(f"{name}: there is no column '{column}'.{hint}")
    return frame


def panels_of(frame: pd.DataFrame, column: str | None) -> dict[str, pd.DataFrame]:
    """Split a frame by a column, in order of appearance; without a column it is a single panel."""
    groups = frame.groupby(column, sort=False, dropna=False) if column else [("", frame)]
    return dict(iter(groups))


@cache
def slide_figure() -> type:
    """The class of our figures, which show themselves in a notebook without pyplot."""
    from matplotlib.figure import Figure

    class SlideFigure(Figure):
        redraw = None
        """Draws the same again, if the function that drew it is known."""

        def _repr_png_(self) -> bytes:
            buffer = io.BytesIO()
            self.savefig(buffer, format="png", dpi=72)
            return buffer.getvalue()

    return SlideFigure


@styled
def new_figure(columns: int = 1, rows: int = 1, label: str = "", **kwargs):
    """Make a figure of a slide's size, for a chart of one's own.

    Parameters
    ----------
    columns, rows : int
        Of the grid of axes.
    label : str
        Stands below all axes.
    **kwargs
        For `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    tuple of (matplotlib.figure.Figure, numpy.ndarray)
        The figure and its axes, shape ``(rows, columns)``. The footer's strip is free.

    Examples
    --------
    >>> figure, axes = new_figure(columns=2, label="followers")
    >>> axes.shape, figure.get_size_inches().round(1)
    ((1, 2), array([13.3,  7.5]))
    """
    phone = on_a_phone()
    size = (PHONE, SLIDE[1]) if phone else SLIDE
    figure = slide_figure()(figsize=size, layout="constrained")
    below = FOOTER + (0.055 if label else 0)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, rect=(0, below, 1, 1 - below))
    if label:
        look = {"fontsize": LEAST, "ha": "center", "va": "bottom", "gid": BELOW}
        figure.text(0.5, FOOTER, label, **look)
    grid = (rows * columns, 1) if phone else (rows, columns)
    axes = figure.subplots(*grid, squeeze=False, **_ratios(kwargs, phone, rows, columns))
    return figure, axes.reshape(rows, columns)


def _ratios(kwargs: dict, phone: bool, rows: int, columns: int) -> dict:
    """Options of `subplots` for panels below each other: a height for each, no widths."""
    given = kwargs.get("gridspec_kw")
    if not (phone and given):
        return kwargs
    heights = given.get("height_ratios", [1] * rows)
    return kwargs | {"gridspec_kw": {"height_ratios": np.repeat(heights, columns)}}


def panels(frame: pd.DataFrame, column: str | None, label: str = "", shared: bool = True):
    """Make a figure with a titled panel for each value of a column; gives the figure, and the axis
    and the rows of each panel.
    """
    parts = panels_of(frame, column)
    figure, axes = new_figure(len(parts), label=label, sharey=shared, sharex=shared)
    for axis, name in zip(axes[0], parts, strict=True):
        title(axis, name, len(parts))
    return figure, list(zip(axes[0], parts.values(), strict=True))


def no_data(axis=None):
    """Write in an empty panel, or in a figure of its own, that there is nothing to draw."""
    axis = axis or new_figure()[1][0, 0]
    where = {"transform": axis.transAxes, "ha": "center", "va": "center"}
    axis.text(0.5, 0.5, "no source has data for this", fontsize=20, **where)
    axis.set_axis_off()
    return axis.figure


def lay_out(figure) -> None:
    """Give the axes their final places, so that a later `savefig` need not lay out again."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    canvas, engine = figure.canvas, figure.get_layout_engine()
    if engine and figure.axes:
        FigureCanvasSVG(figure)  # by the widths of text that no pixel grid has rounded
        engine.execute(figure)
        figure.set_canvas(canvas)
        for axis in figure.axes:  # the last digits depend on what was measured before
            axis.set_position([round(end, 6) for end in axis.get_position(original=True).bounds])
    figure.set_layout_engine(None)
    _keep_inside(figure)


def legend_height(legend) -> float:
    """Height of a legend [pixels of its figure], by the widths of text that no grid has rounded."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    figure = legend.get_figure(root=True)
    canvas = figure.canvas
    FigureCanvasSVG(figure)
    height = legend.get_window_extent().height
    figure.set_canvas(canvas)
    return height


INSIDE = "inside"
"""Group of annotations that are moved sideways where they would cover the frame of their axes."""


def _keep_inside(figure) -> None:
    """Move such annotations into their axes, once these have their places."""
    points, air = 72 / figure.dpi, 4
    for axis in figure.axes:
        frame = axis.get_window_extent()
        for text in (one for one in axis.texts if one.get_gid() == INSIDE):
            box = text.get_window_extent()
            if box.width + 2 * air > frame.width:
                continue
            right, left = frame.x0 + air - box.x0, box.x1 - frame.x1 + air
            dx, dy = text.xyann
            text.xyann = (dx + points * (max(right, 0) - max(left, 0)), dy)


def wrap_lines(text: str, width: int) -> str:
    """Wrap each line of a text by itself."""
    return "\n".join(textwrap.fill(part, width) for part in text.split("\n"))


def title(axis, text: str, panels: int = 1) -> None:
    """Write a panel's title, wrapped to the width that so many panels leave."""
    width = 36 if on_a_phone() else {1: 88, 2: 44, 3: 34, 4: 16}.get(panels, 14)
    axis.set_title(wrap_lines(str(text), width), fontsize=18, pad=10)


def categories(axis, names) -> None:
    """Name the rows of a chart, the first at the top."""
    count = len(names)
    if on_a_phone():
        names = [_narrow(str(name)) for name in names]
    axis.set(yticks=range(count), yticklabels=names, ylim=(count - 0.5, -0.5))
    axis.grid(visible=False, axis="y")
    axis.set_gid(ROWS)


def _narrow(name: str) -> str:
    """Break the name of a row for a phone, before a bracket if there is one."""
    name = name.replace(" (", "\n(") if len(name.partition("\n")[0]) > PHONE_LABEL else name
    return wrap_lines(name, PHONE_LABEL)


def log_axis(axis, low: float, high: float, most: int = 8) -> None:
    """Set up a logarithmic axis with at most so many round ticks."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (low, high)})
    decades = 10.0 ** np.arange(-6, 11)
    for every in (*(np.outer(decades, steps).ravel() for steps in STEPS), decades[::2]):
        ticks = every[(low <= every) & (every <= high)]
        if len(ticks) <= most:
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(short_count))


def legend_above(figure, columns: int, handles=None, **kwargs) -> None:
    """Put the legend above all panels: of `handles`, or of what carries a label; on a phone in as
    many columns as its labels leave room for.
    """
    kwargs = {"handlelength": 1.2, "frameon": False} | kwargs
    if on_a_phone():
        labels = [str(one.get_label()) for one in handles or ()]
        columns = min(columns, max(1, PHONE_LINE // (4 + max(map(len, labels), default=0))))
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, **kwargs)


def patches(colours: dict) -> list:
    """Legend handles: a coloured square for each label."""
    from matplotlib.patches import Patch

    return [Patch(facecolor=colour, label=label) for label, colour in colours.items()]


def stacked_bars(axis, shares: pd.DataFrame, colours: dict, texts: pd.DataFrame, least: float):
    """Draw the shares of each row [percent] as stacked bars; those above `least` are labelled."""
    left = np.zeros(len(shares))
    look = {"edgecolor": "white", "linewidth": 2}
    for name, colour in colours.items():
        width = shares[name].to_numpy()
        bars = axis.barh(range(len(shares)), width, left=left, color=colour, **look)
        inside = {"label_type": "center", "color": ink_on(colour), "fontsize": 18}
        axis.bar_label(bars, texts[name].where(width > least, ""), **inside)
        left += width
    categories(axis, shares.index)
    axis.set_xlim(0, 100)


def line_looks(count: int) -> list[dict]:
    """Looks of so many lines without a tier, dark to light; the dash repeats the colour."""
    import matplotlib as mpl

    colours = mpl.colormaps["viridis"](0.05 + 0.85 * np.linspace(0, 1, count))
    looks = zip(colours, cycle(DASHES), strict=False)
    return [{"color": colour, "linestyle": dash, "linewidth": 3.5} for colour, dash in looks]


def too_small(figure, but: tuple) -> dict[str, float]:
    """Texts of a drawn figure below `LEAST`, which cannot be read from the last row, with their
    size [points]. Note and footer may be smaller: they serve readers of a copy, not the audience.
    """
    from matplotlib.text import Text

    shown = [
        text
        for text in figure.findobj(Text)
        if text not in but and text.get_visible() and text.get_text().strip()
    ]
    return {text.get_text(): text.get_fontsize() for text in shown if text.get_fontsize() < LEAST}
