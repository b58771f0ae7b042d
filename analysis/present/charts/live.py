"""The explorer's picture, fast enough to follow a slider."""

import io

import numpy as np
import pandas as pd

from analysis.present.charts.canvas import log_axis
from analysis.present.charts.followers import draw_bands, follower_axis
from analysis.present.sentences import number
from analysis.present.style import CLAIM, HOLLOW, INK, QUIET, settings, tier_colour

SIZE, DPI = (11.0, 4.4), 90
"""Inches, dots per inch."""

SMALL = {"font.size": 12, "axes.titlesize": 13} | dict.fromkeys(
    ("axes.labelsize", "xtick.labelsize", "ytick.labelsize"), 12
)
"""Text for a screen at arm's length, not for the last row."""


class LiveImage:
    """An average along followers with two tiers, and their contrast beside it.

    Setting up axes takes longer than all the rest. They are drawn only if the curve or the range of
    the contrast has changed; the tiers and the contrast are painted over a copy of them.
    """

    def __init__(self, confidence: float = 0.95):
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with mpl.rc_context(settings() | SMALL):
            figure = Figure(figsize=SIZE, dpi=DPI)
            self.canvas = FigureCanvasAgg(figure)
            self.left, self.right = figure.subplots(1, 2, width_ratios=(3, 2))
            figure.subplots_adjust(left=0.08, right=0.98, bottom=0.17, top=0.9, wspace=0.16)
        self.heading = f"ratio micro / macro, {100 * confidence:g} % interval"
        self.curve, self.range, self.background = None, (0.0, 0.0), None

    def png(
        self,
        curve: pd.DataFrame,
        estimate,
        claimed: tuple[float, float],
        tiers: dict[str, tuple[float, float]],
        title: str,
    ) -> bytes:
        """Draw a curve from `along_followers` (the same object as long as nothing in it has
        changed), the edges of tiers [followers], and a contrast over the range that counts as the
        claim being right.
        """
        import matplotlib as mpl
        from PIL import Image

        values = [estimate.low, estimate.estimate, estimate.high]
        drawn = [value for value in values if np.isfinite(value) and value > 0]
        fits = not drawn or self.range[0] < min(drawn) <= max(drawn) < self.range[1]
        with mpl.rc_context(settings() | SMALL):
            if curve is not self.curve or not fits:
                self._draw_background(curve, drawn, title)
            self.canvas.restore_region(self.background)
            for artist in [*self._tiers(tiers), *self._contrast(estimate, claimed)]:
                artist.axes.draw_artist(artist)
                artist.remove()
        buffer, pixels = io.BytesIO(), np.asarray(self.canvas.buffer_rgba())
        Image.fromarray(pixels).convert("RGB").save(buffer, "png", compress_level=1)
        return buffer.getvalue()

    def _draw_background(self, curve: pd.DataFrame, values: list[float], title: str) -> None:
        """Draw what does not move, and keep a copy."""
        self.left.clear()
        self.right.clear()
        draw_bands(self.left, curve[curve["estimate"].notna()], linewidth=2, markersize=5)
        follower_axis(self.left.xaxis, curve["lower"])
        self.left.set(xlabel="followers", title=title)
        self.range = (min([*values, 0.3]) / 1.5, max([*values, 3.0]) * 1.5)
        self.right.axvline(1, color=QUIET, linewidth=1.5)
        log_axis(self.right.xaxis, *self.range, most=6)
        self.right.set(ylim=(-1, 1), yticks=[], xlabel="ratio", title=self.heading)
        self.canvas.draw()
        self.curve, self.background = curve, self.canvas.copy_from_bbox(self.canvas.figure.bbox)

    def _tiers(self, tiers: dict[str, tuple[float, float]]):
        place = {"transform": self.left.get_xaxis_transform(), "ha": "center", "va": "top"}
        for name, edges in tiers.items():
            ends = np.clip(edges, *self.left.get_xlim())
            yield self.left.axvspan(*ends, color=tier_colour(name), alpha=0.25, linewidth=0)
            yield self.left.text(np.sqrt(ends.prod()), 0.96, name, **place)

    def _contrast(self, estimate, claimed: tuple[float, float]):
        """The contrast with its interval over the claimed range, hollow if only indicative."""
        ends = np.clip(claimed, *self.range)
        yield self.right.axvspan(*ends, color=CLAIM, alpha=0.16, linewidth=0)
        value = estimate.estimate
        if not np.isfinite(value):
            return
        if np.isfinite(estimate.low):
            ends = np.clip([estimate.low, estimate.high], *self.range)
            yield from self.right.plot(ends, [0, 0], color=INK, lw=4, solid_capstyle="butt")
        inside = INK if estimate.status == "ok" else HOLLOW
        mark = {"color": INK, "markersize": 11, "markeredgewidth": 2}
        yield from self.right.plot(value, 0, "o", markerfacecolor=inside, **mark)
        yield self.right.text(value, 0.12, number(value), ha="center", color=CLAIM, fontsize=14)
