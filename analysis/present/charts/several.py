"""Draws the same result of several samples: what ``.plot()`` of `Results` shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.display import picture
from analysis.estimate.confidence_curve import ConfidenceCurve
from analysis.estimate.cost.price_laws import PowerLaw
from analysis.estimate.curve.breakpoint import Breakpoint
from analysis.estimate.curve.inverted_u import Shape
from analysis.estimate.gathered import Results
from analysis.estimate.results import Estimates
from analysis.present.charts.canvas import log_axis, no_data
from analysis.present.charts.confidence import draw_curves
from analysis.present.charts.followers import fitted_curves, lines
from analysis.present.charts.register import draws
from analysis.present.charts.results import HELD, draw_estimates
from analysis.present.sentences.numbers import ratio_name
from analysis.present.sentences.reasons import rate

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

MOST = 9
"""Results that fit into a picture."""


@draws(Results)
def draw_results(results: Results, **options: Any) -> Figure:
    """Draw the first nine results together: curves of each source in a panel, estimates of each in
    rows; options as of the chart of one.

    Raises
    ------
    TypeError
        If results of this kind have no picture.

    Examples
    --------
    >>> import analysis as an
    >>> trends = an.load_all("instagram-kim").sample("engagement").tier("decades").trend()
    >>> len(trends.plot().axes)
    1
    """
    if not len(results):
        return no_data()
    shown = dict(zip(_names(results.keys), results.results[:MOST], strict=False))
    kind = type(results[0])
    if kind in TOGETHER:
        return TOGETHER[kind](shown, **options)
    if kind in HELD:
        return _estimates({name: HELD[kind](one) for name, one in shown.items()}, **options)
    if len(shown) == 1 or kind not in picture.registry:
        return picture(results[0], **options)  # which says what kinds without a picture have
    raise TypeError(f"Several {kind.__name__} are not drawn together: .plot() draws each of them.")


def _names(keys: pd.DataFrame) -> list[str]:
    """Name each result by its source and, where that is not enough, its metric and posts."""
    names = keys["source"]
    if names.duplicated().any():
        rates = map(rate, keys["metric"], keys["posts"].replace("all", ""))
        names = [", ".join(pair) for pair in zip(names, rates, strict=True)]
    return list(names)


def _estimates(shown: dict[str, Estimates], **options: Any) -> Figure:
    keyed = (held.keyed(source=name) for name, held in shown.items())
    return draw_estimates(Estimates.joined(keyed), **options)


def _shapes(shown: dict[str, Shape], **options: Any) -> Figure:
    slopes = {name: Estimates.of((one.low_end, one.high_end)) for name, one in shown.items()}
    unit = next(iter(shown.values())).low_end.unit
    return _estimates(slopes, **{"label": ratio_name(unit), "reference": 1.0} | options)


def _breakpoints(shown: dict[str, Breakpoint], **options: Any) -> Figure:
    curves = _joined({name: one.curves for name, one in shown.items()})
    if curves.empty:
        return no_data()
    places = _joined({name: one.at.to_frame() for name, one in shown.items()})
    metrics = dict.fromkeys(one.at.context.metric for one in shown.values())
    label = f"typical account: {next(iter(metrics)) if len(metrics) == 1 else 'its own metric'}"
    sure = places[places["status"] == "ok"]
    return fitted_curves(None, curves, "source", label, sure, **options)


def _power_laws(shown: dict[str, PowerLaw], confidence: float = 0.95) -> Figure:
    frame = _joined({one.name or name: one.along(confidence) for name, one in shown.items()})
    y = "quantity of a post"
    figure = lines(frame, "followers", "estimate", "source", "followers of the account", y)
    amounts = frame[["estimate", "low", "high"]]
    log_axis(figure.axes[0].yaxis, amounts.min().min() / 1.1, amounts.max().max() * 1.1)
    return figure


def _joined(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Put frames below each other, each with its name as the column ``source``."""
    return pd.concat(
        [frame.assign(source=name) for name, frame in frames.items()], ignore_index=True
    )


TOGETHER: dict[type, Callable[..., Any]] = {
    Breakpoint: _breakpoints,
    ConfidenceCurve: draw_curves,
    PowerLaw: _power_laws,
    Shape: _shapes,
}
"""How results are drawn together that are not drawn as the estimates that they hold."""
