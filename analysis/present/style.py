"""The style: slide size, one typeface, one ordered palette for colour-blind readers, too.

Figures are drawn at the size of a 16:9 slide, so that what is legible here is legible from the last
row.
"""

from collections.abc import Callable
from functools import cache, wraps

SLIDE = (40 / 3, 7.5)
"""Width and height of a figure [inches]."""

LEAST = 18
"""Size of the smallest text but the footer's [points, at the full width of a slide]."""

FOOTER = 0.066
"""Share of the height that is kept for the footer."""

INK, QUIET, CLAIM, HOLLOW = "#1b1b1b", "#6b6b6b", "#c2410c", "#ffffff"
"""Text and marks; secondary text; what was claimed; the inside of an indicative mark."""

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
        "axes.labelcolor": INK,
        "grid.color": "#e4e4e4",
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
            return draw(*args, **kwargs)

    return inside


def tier_colour(name: str) -> tuple:
    """Colour of a tier, from dark (small) to light (large); the same in every figure."""
    import matplotlib as mpl

    position = TIERS.index(name) if name in TIERS else len(TIERS) - 1
    return mpl.colormaps["viridis"](0.12 + 0.83 * position / (len(TIERS) - 1))


def ink_on(colour) -> str:
    """Black or white, whichever can be read on a colour."""
    import matplotlib as mpl

    red, green, blue = mpl.colors.to_rgb(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "#ffffff"
