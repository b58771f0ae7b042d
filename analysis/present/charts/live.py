"""A picture that follows a slider: what stays is drawn once, what moves is drawn on top of it."""

import io

import numpy as np
import pandas as pd

from analysis.present.charts.canvas import follower_axis, log_axis
from analysis.present.charts.intervals import middle_of, reach_of
from analysis.present.sentences import number
from analysis.present.style import CLAIM, INK, QUIET, settings, tier_colour

SIZE, DPI = (11.0, 4.4), 90
"""Inches, dots per inch."""

SMALL = {
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.labelsize": 12,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
}
"""Text for a screen at arm's length, not for the last row."""


class LiveImage:
    """An average along followers with two tiers, and their contrast beside it.

    Setting up axes takes longer than all the rest. They are drawn only if the curve or the reach of
    the contrast has changed; the tiers and the contrast are painted over a copy of them.

    Parameters
    ----------
    confidence : float
        Of the interval, for its title.
    """

    def __init__(self, confidence: float = 0.95):
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        with mpl.rc_context(settings() | SMALL):
            self.figure = Figure(figsize=SIZE, dpi=DPI)
            self.canvas = FigureCanvasAgg(self.figure)
            self.axes = self.figure.subplots(1, 2, width_ratios=(3, 2))
            self.figure.subplots_adjust(left=0.08, right=0.98, bottom=0.17, top=0.9, wspace=0.16)
        self.confidence = confidence
        self.shown, self.ends, self.background = None, (0.0, 0.0), None

    def png(
        self,
        curve: pd.DataFrame,
        estimate,
        claimed: tuple[float, float],
        tiers: dict[str, tuple[float, float]],
        title: str,
    ) -> bytes:
        """Draw.

        Parameters
        ----------
        curve : pandas.DataFrame
            From `along_followers`; the same object as long as nothing of it has changed.
        estimate : Estimate
            The contrast.
        claimed : tuple of float
            The range that counts as the claim being right.
        tiers : dict
            Lower and upper edge [followers] by name.
        title : str
            What is averaged, and how.
        """
        import matplotlib as mpl
        from PIL import Image

        with mpl.rc_context(settings() | SMALL):
            ends = [
                end
                for end in (estimate.low, estimate.estimate, estimate.high)
                if np.isfinite(end) and end > 0
            ]
            if curve is not self.shown or (
                ends and not self.ends[0] < min(ends) <= max(ends) < self.ends[1]
            ):
                self._still(curve, ends, title)
            self.canvas.restore_region(self.background)
            for axis, artist in [*self._spans(tiers), *self._contrast(estimate, claimed)]:
                axis.draw_artist(artist)
                artist.remove()
        buffer = io.BytesIO()
        Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB").save(
            buffer, "png", compress_level=1
        )
        return buffer.getvalue()

    def _still(self, curve: pd.DataFrame, ends: list[float], title: str) -> None:
        """Draw what does not move, and keep a copy."""
        for axis in self.axes:
            axis.clear()
        left, right = self.axes
        held = curve[curve["estimate"].notna()]
        left.fill_between(
            middle_of(held), held["low"], held["high"], color=QUIET, alpha=0.3, linewidth=0
        )
        left.plot(middle_of(held), held["estimate"], "-o", color=INK, linewidth=2, markersize=5)
        log_axis(left.yaxis, *reach_of(held, ()), most=5)
        follower_axis(left.xaxis, curve["lower"])
        left.set(xlabel="followers", title=title)
        self.ends = (min([*ends, 0.3]) / 1.5, max([*ends, 3.0]) * 1.5)
        right.axvline(1, color=QUIET, linewidth=1.5)
        log_axis(right.xaxis, *self.ends, most=6)
        right.set(
            ylim=(-1, 1),
            yticks=[],
            xlabel="ratio",
            title=f"ratio micro / macro, {100 * self.confidence:g} % interval",
        )
        self.canvas.draw()
        self.shown, self.background = curve, self.canvas.copy_from_bbox(self.figure.bbox)

    def _spans(self, tiers: dict[str, tuple[float, float]]):
        left = self.axes[0]
        low, high = left.get_xlim()
        for name, (lower, upper) in tiers.items():
            inside = np.clip([lower, upper], low, high)
            yield left, left.axvspan(*inside, color=tier_colour(name), alpha=0.25, linewidth=0)
            yield (
                left,
                left.text(
                    np.sqrt(inside.prod()),
                    0.96,
                    name,
                    transform=left.get_xaxis_transform(),
                    ha="center",
                    va="top",
                ),
            )

    def _contrast(self, estimate, claimed: tuple[float, float]):
        """One contrast with its interval, hollow if it is indicative only, over the claimed
        range.
        """
        right = self.axes[1]
        yield (
            right,
            right.axvspan(*np.clip(claimed, *self.ends), color=CLAIM, alpha=0.16, linewidth=0),
        )
        if not np.isfinite(estimate.estimate):
            return
        if np.isfinite(estimate.low):
            ends = np.clip([estimate.low, estimate.high], *self.ends)
            yield right, right.plot(ends, [0, 0], color=INK, linewidth=4, solid_capstyle="butt")[0]
        inside = INK if estimate.status == "ok" else "white"
        mark = {"color": INK, "markerfacecolor": inside, "markersize": 11, "markeredgewidth": 2}
        yield right, right.plot(estimate.estimate, 0, "o", **mark)[0]
        yield (
            right,
            right.text(
                estimate.estimate,
                0.12,
                number(estimate.estimate),
                ha="center",
                color=CLAIM,
                fontsize=14,
            ),
        )
