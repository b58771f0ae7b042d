"""Axes of ratios that read as lifts: +50 %, not 1.5."""

import numpy as np

from analysis.present.charts import canvas
from analysis.present.sentences.confidence import MOST_LIFT

SAME = "same"
"""Tick where there is no difference."""

RATIOS = (
    tuple(np.arange(0.1, 3.05, 0.1).round(1)),
    tuple(np.arange(0.2, 3.1, 0.2).round(1)),
    (0.05, 0.1, 0.2, 0.5, 0.8, 1, 1.2, 1.5, 2, 3, 5, 10, 20),
    (0.05, 0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 20),
    (0.1, 0.2, 0.5, 1, 2, 4, 10, 20),
    (0.1, 0.3, 1, 3, 10),
    (0.2, 1, 5),
    (0.1, 1, 10),
)
"""Ticks of an axis of lifts, from many to few."""

GAP = 0.125
"""Least distance of two ticks, as a share of the axis: labels of lifts are long."""


def lift_axis(axis, low: float, high: float, most: int = 9) -> None:
    """Set up a logarithmic axis of ratios that reads as lifts: 1.5 is +50 %; with at most about so
    many ticks.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter

    canvas.log_axis(axis, low, high)
    gap = max(GAP, 1 / most)
    for every in RATIOS:
        ticks = [ratio for ratio in every if low <= ratio <= high]
        gaps = np.diff(np.log(ticks)) / np.log(high / low)
        if gaps.min(initial=1) >= gap:
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(_tick))


def _tick(ratio: float, _position=None) -> str:
    if np.isclose(ratio, 1):
        return SAME
    if ratio > MOST_LIFT:
        return f"{ratio:.0f} times"
    return f"{100 * (ratio - 1):+,.0f} %".replace("-", "−")
