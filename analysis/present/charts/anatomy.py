"""What stands around a picture: headline and subtitle above, note and footer below.

The chart takes what is left. The same figure is made for a slide and for a phone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from analysis.finding import Finding
from analysis.present.charts.canvas import BELOW, ROWS, lay_out, legend_height
from analysis.present.style import INK, LEAST, PHONE, QUIET, for_a_phone

POINT = 72
"""Points of an inch."""

AIR = 12
"""Space at each side, and between what stands around the picture [points]."""

LINE = 1.25
"""Height of a line over the size of its text."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of text around a picture [points], by its kind."""

    headline: float
    subtitle: float
    note: float
    footer: float


ON_A_SLIDE, ON_A_PHONE = Sizes(28, 18, 13.5, 11), Sizes(26, 19, LEAST, LEAST)


@dataclass(frozen=True)
class Around:
    """What was put around a picture.

    Attributes
    ----------
    texts, small : tuple of matplotlib.text.Text
        All of it; note and footer, which may be smaller than the rest.
    head, foot : float
        Shares of the height above and below the picture.
    """

    texts: tuple
    small: tuple
    head: float
    foot: float


def dress(figure, finding: Finding, footer: str, sizes: Sizes = ON_A_SLIDE) -> Around:
    """Put headline, subtitle, note and footer around a figure and lay it out.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn, not yet laid out.
    finding : Finding
        Headline, detail and caveat are written; without text nothing is.
    footer : str
        Key, edition and source.
    sizes : Sizes
        Of the text.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> around = dress(kim.by_tier().plot(), Finding("Rates fall with size", "Kim et al."), "F00a")
    >>> bool(0.05 < around.head < 0.2)
    True
    """
    width, height = (POINT * inches for inches in figure.get_size_inches())
    free = width - 2 * AIR
    above = [
        (balanced(finding.headline, sizes.headline, free, bold=True), sizes.headline, INK),
        (wrapped(finding.detail, sizes.subtitle, free), sizes.subtitle, QUIET),
    ]
    below = [
        (wrapped(footer, sizes.footer, free), sizes.footer, QUIET),
        (wrapped(finding.caveat, sizes.note, free), sizes.note, QUIET),
    ]
    top, texts, small = AIR, [], []
    for place, (text, size, colour) in enumerate(above):
        if text:
            look = {"va": "top", "weight": "normal" if place else "bold", "color": colour}
            texts.append(_write(figure, text, size, 1 - top / height, **look))
            top += _height(text, size) + AIR / 2
    bottom = AIR / 2
    for text, size, colour in below:
        if text:
            small.append(_write(figure, text, size, bottom / height, va="bottom", color=colour))
            bottom += _height(text, size) + AIR / 2
    _fit(figure, top / height, _label(figure, bottom, free) / height)
    lay_out(figure)
    return Around((*texts, *small), tuple(small), top / height, bottom / height)


def _write(figure, text: str, size: float, y: float, **look):
    x = AIR / (POINT * figure.get_size_inches()[0])
    look |= {"parse_math": False, "linespacing": LINE}
    return figure.text(x, y, text, fontsize=size, ha="left", **look)


def _height(text: str, size: float) -> float:
    return size * LINE * (1 + text.count("\n"))


def _label(figure, bottom: float, free: float) -> float:
    """Put the label of all axes above the note; gives where the axes may begin [points]."""
    height = POINT * figure.get_size_inches()[1]
    for text in figure.texts:
        if text.get_gid() == BELOW:
            text.set(text=wrapped(text.get_text(), LEAST, free), y=bottom / height)
            bottom += _height(text.get_text(), LEAST) + AIR / 2
    return bottom


def _fit(figure, head: float, foot: float) -> None:
    """Leave to axes and legends what is between head and foot [shares of the height]; an anchored
    legend is not counted by the layout, so that its height is taken off here.
    """
    engine, taken = figure.get_layout_engine(), 0.0
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0, foot, 1, 1 - head - foot), transform=figure.transFigure)
        taken += legend_height(legend) / figure.bbox.height
    if engine:
        engine.set(rect=(0, foot, 1, 1 - head - foot - taken))


def phone_version(figure, finding: Finding, footer: str, around: Around):
    """Draw a dressed figure again for a phone, as high as its panels need, with text around it; a
    figure that does not remember how it was drawn is made narrower as it is.
    """
    with for_a_phone():
        drawn = figure.redraw() if getattr(figure, "redraw", None) else _undressed(figure, around)
        needed = _needed(drawn)
        needed += sum(map(legend_height, drawn.legends)) * POINT / drawn.dpi
        drawn.set_size_inches(PHONE, (needed + sum(_heights(finding, footer))) / POINT)
        dress(drawn, finding, footer, ON_A_PHONE)
    return drawn


def _undressed(figure, around: Around):
    """Take away what was put around a figure, and let it be laid out anew."""
    for text in around.texts:
        text.remove()
    for axis in figure.axes:  # a fixed place takes axes out of the layout
        axis.set_in_layout(True)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)
    return figure


def _heights(finding: Finding, footer: str) -> Iterator[float]:
    """Heights of what stands around a picture on a phone [points]."""
    free, sizes = POINT * PHONE - 2 * AIR, ON_A_PHONE
    yield _height(balanced(finding.headline, sizes.headline, free, bold=True), sizes.headline)
    yield _height(wrapped(finding.detail, sizes.subtitle, free), sizes.subtitle)
    yield _height(wrapped(finding.caveat, sizes.note, free), sizes.note)
    yield _height(wrapped(footer, sizes.footer, free), sizes.footer) + 4 * AIR


def _needed(figure) -> float:
    """Height that the panels of a figure need on a phone [points], shared out among them."""
    panels = [axis for axis in figure.axes if axis.get_subplotspec() is not None]
    heights = [_panel_height(axis) for axis in panels]
    grids = {axis.get_subplotspec().get_gridspec() for axis in panels}
    if len(grids) == 1 and (grid := grids.pop()).ncols == 1 and grid.nrows == len(panels):
        if len(set(heights)) > 1 and list(grid.get_height_ratios()) == [1] * grid.nrows:
            grid.set_height_ratios(heights)
        return sum(heights)
    return max(heights, default=300)


def _panel_height(axis) -> float:
    """Height of a panel: of its rows if it has named ones, of a plain picture otherwise."""
    rows = [label.get_text() for label in axis.get_yticklabels()] if axis.get_gid() == ROWS else []
    # rows stand at equal distances, so that the longest name decides
    lines = len(rows) * max((max(2, 1 + name.count("\n")) for name in rows), default=0)
    title = 1 + axis.get_title().count("\n") if axis.get_title() else 0
    return max(LINE * LEAST * (lines + 0.4 * len(rows)) if rows else 260, 110) + 50 + 24 * title


def wrapped(text: str, size: float, width: float, bold: bool = False) -> str:
    r"""Break a text into lines of at most a width [points], by the widths of its words.

    Examples
    --------
    >>> wrapped("likes and comments per follower", 18, 170).count("\n")
    2
    """
    space = _width(" ", bold) * size
    lines: list[list[str]] = [[]]
    used = 0.0
    for word in text.replace(" %", "\u00a0%").split(" "):
        wide = _width(word, bold) * size
        if lines[-1] and used + space + wide > width:
            lines.append([])
            used = 0.0
        used += wide + (space if lines[-1] else 0)
        lines[-1].append(word)
    return "\n".join(map(" ".join, lines)) if text else ""


def balanced(text: str, size: float, width: float, bold: bool = False) -> str:
    """Break a text into as few lines as fit, of nearly the same length."""
    lines = wrapped(text, size, width, bold)
    count = lines.count("\n")
    for share in (0.5, 0.6, 0.7, 0.8, 0.9) if count else ():
        narrower = wrapped(text, size, width * share, bold)
        if narrower.count("\n") == count:
            return narrower
    return lines


@cache
def _width(word: str, bold: bool) -> float:
    """Width of a word at a size of one point."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=100)
    return TextToPath().get_text_width_height_descent(word or " ", font, ismath=False)[0] / 100
