"""The style: slide size, one typeface, one ordered palette for colour-blind readers, too.

Figures are drawn at the size of a 16:9 slide, so that what is legible here is legible from the last
row.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial, wraps

SLIDE = (40 / 3, 7.5)
"""Width and height of a figure [inches]."""

PHONE = 20 / 3
"""Width of a figure for a phone [inches]: text of 18 points is 12 pixels on a screen of 360."""

LEAST = 18
"""Size of the smallest text but the footer's [points, at the full width of a slide]."""

FOOTER = 0.066
"""Share of the height that is kept for the footer."""

INK, QUIET, CLAIM, HOLLOW = "#1b1b1b", "#6b6b6b", "#c2410c", "#ffffff"
"""Text and marks; secondary text; what was claimed; the inside of an indicative mark."""

FINDING, REST, GRID, PALE, DEEP = "#0f766e", "#8f8f8f", "#e4e4e4", "#fefefe", "#1a1a1a"
"""What the headline is about; all else beside it; lines of a grid; text on dark and on light
colours, which a dark page leaves as it is, unlike text and background of the page."""

_ON_A_PHONE: ContextVar[bool] = ContextVar("on_a_phone", default=False)

TIERS = (
    "nano", "micro", "mid-tier", "macro", "mega", "top", "celebrity", "VIP", "all-star",
    "over 750K",
)  # fmt: skip
"""Tier names from small to large, the order of the palette."""

OUTCOMES = {
    "supported": ("#0f766e", "+"),
    "easily supported": ("#a9d5ce", "⊕"),
    "supported as far as asked": ("#5aa89f", "±"),
    "contradicted": ("#c2410c", "−"),
    "easily contradicted": ("#eeb899", "⊖"),
    "undecided": ("#d4a72c", "?"),
    "untestable": ("#c9c9c9", "○"),
    "document": ("#7a9cc6", "§"),
}
"""Colour and sign of each outcome; the sign repeats the colour."""


@cache
def settings() -> dict:
    """Matplotlib settings: seaborn's white grid, with a font that every matplotlib ships."""
    import seaborn as sns

    sizes = ("font.size", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize")
    return {
        **sns.axes_style("whitegrid"),
        **sns.plotting_context("talk"),
        **dict.fromkeys(sizes, LEAST),
        "axes.titlesize": 20,
        "font.family": "DejaVu Sans",
        "font.sans-serif": ["DejaVu Sans"],
        "axes.edgecolor": QUIET,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.labelcolor": INK,
        "grid.color": GRID,
        "svg.hashsalt": "micro-vs-macro",
        "svg.fonttype": "path",
        "axes.axisbelow": True,
    }


def styled(draw: Callable) -> Callable:
    """Draw a figure in this style without touching the reader's own settings."""

    @wraps(draw)
    def inside(*args, **kwargs):
        import matplotlib as mpl

        with mpl.rc_context(settings()):
            drawn = draw(*args, **kwargs)
        return redrawable(drawn, partial(inside, *args, **kwargs))

    return inside


def redrawable(figure, draw: Callable):
    """Let a figure remember how it was drawn, so that it can be drawn again for a phone; the last
    who says it is right, since it changed the figure last.
    """
    if hasattr(figure, "redraw"):
        figure.redraw = draw
    return figure


@contextmanager
def for_a_phone() -> Iterator[None]:
    """Draw figures as narrow as a phone in this context, panels below each other."""
    token = _ON_A_PHONE.set(True)
    try:
        yield
    finally:
        _ON_A_PHONE.reset(token)


def on_a_phone() -> bool:
    """Whether figures are drawn for a phone."""
    return _ON_A_PHONE.get()


def tier_colour(name: str) -> tuple:
    """Colour of a tier, from dark (small) to light (large); the same in every figure."""
    import matplotlib as mpl

    position = TIERS.index(name) if name in TIERS else len(TIERS) - 1
    return mpl.colormaps["viridis"](0.12 + 0.83 * position / (len(TIERS) - 1))


def ink_on(colour) -> str:
    """Black or white, whichever can be read on a colour."""
    import matplotlib as mpl

    red, green, blue = mpl.colors.to_rgb(colour)
    return DEEP if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else PALE
