"""Averages and fitted curves along the follower axis, and other lines on logarithmic axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts import canvas
from analysis.present.charts.estimates import count_label, log_range
from analysis.present.style import CLAIM, INK, QUIET, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

MODELS = (("#6b6b6b", (0, (1, 1.2))), ("#0f766e", "-"), ("#1d4ed8", (0, (5, 1.5))))
"""Colour and dash of fitted models, in order of appearance; the dash repeats the colour."""

BANDS = ("estimate", "low", "high", "lower", "upper")
"""Columns of averages along follower bands."""


@styled
def along_followers(estimates, panels: str, label: str, edges: tuple[float, ...] = ()) -> Figure:
    """Draw an average along the follower axis, a panel per source, each with its own level.

    Parameters
    ----------
    estimates : pandas.DataFrame or Estimates
        A row per follower band: ``estimate, low, high`` [in the unit of `label`], ``n_accounts``,
        ``lower, upper`` [followers] and the column named by `panels`.
    panels : str
        Column that names each panel.
    label : str
        What the vertical axis shows, with its unit.
    edges : tuple of float
        Followers at which to draw tier edges.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> bands = pd.DataFrame({"lower": [1e3, 1e4], "upper": [1e4, 1e5], "n_accounts": [90, 40]})
    >>> bands = bands.assign(estimate=[4.0, 3.0], low=[3.5, 2.5], high=[4.5, 3.5], source="A")
    >>> figure = an.plot.along_followers(bands, "source", "engagement rate (%)", edges=(10_000,))
    >>> figure.axes[0].get_title()
    'A, n 130'
    """
    frame = canvas.frame_of(estimates, *BANDS, "n_accounts", panels, name="estimates")
    if frame.empty:
        return canvas.no_data()
    parts = canvas.panels_of(frame, panels)
    columns = len(parts) if len(parts) < 4 else -(-len(parts) // 2)
    figure, axes = _follower_panels(frame, len(parts), columns, label)
    for axis, (name, part) in zip(axes.flat, parts.items(), strict=False):
        part = part[part["estimate"].notna()]
        for edge in edges:
            axis.axvline(edge, color=CLAIM, linewidth=1.5, linestyle=canvas.DASHED)
        draw_bands(axis, part, linewidth=2.5, markersize=6)
        canvas.title(axis, f"{name}, {count_label(part['n_accounts'].sum())}", columns)
    return figure


def draw_bands(axis, bands: pd.DataFrame, **line) -> None:
    """Draw averages of follower bands with their intervals as a curve with a band."""
    x = band_centres(bands)
    axis.fill_between(x, bands["low"], bands["high"], color=QUIET, alpha=0.3, linewidth=0)
    axis.plot(x, bands["estimate"], "-o", color=INK, **line)
    canvas.log_axis(axis.yaxis, *log_range(bands), most=5)


def band_centres(bands: pd.DataFrame) -> np.ndarray:
    """Where follower bands stand on the logarithmic axis; open ends are closed."""
    upper = np.where(np.isinf(bands["upper"]), bands["lower"] * 3, bands["upper"])
    return np.sqrt(np.maximum(bands["lower"], upper / 5) * upper)


def follower_axis(axis, lower) -> None:
    """Set up the axis of followers for bands that begin at `lower`; it is there without any."""
    ends = [float(end) for end in lower if end >= 100]
    canvas.log_axis(axis, min(ends, default=100) / 1.5, max(ends, default=1000) * 6, most=5)


def _follower_panels(frame: pd.DataFrame, panels: int, columns: int, label: str) -> tuple:
    """A grid of panels over one follower axis; what no panel needs is switched off."""
    rows = -(-panels // columns)
    figure, axes = canvas.new_figure(columns, rows, label="followers of the account", sharex=True)
    figure.supylabel(label, fontsize=18)
    for axis in axes.flat[panels:]:
        axis.set_axis_off()
    follower_axis(axes[0, 0].xaxis, frame["lower"])
    return figure, axes


@styled
def fitted_curves(
    points, fitted, panels: str, label: str, breakpoints, claimed: float | None = None
) -> Figure:
    """Draw fitted curves over the averages that they were fitted to, a panel per source.

    Parameters
    ----------
    points : pandas.DataFrame or Estimates or None
        A row per follower band: ``estimate, low, high`` [in the unit of `label`], ``lower, upper``
        [followers] and the column named by `panels`; None for the curves alone.
    fitted : pandas.DataFrame
        ``model, followers, estimate`` and the column named by `panels`.
    panels : str
        Column that names each panel.
    label : str
        What the vertical axis shows, with its unit.
    breakpoints : pandas.DataFrame or Estimates
        ``low, high`` [followers] and the column named by `panels`: where it lies, shaded.
    claimed : float, optional
        Followers at which a breakpoint is claimed.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> bands = pd.DataFrame({"lower": [1e3, 1e4], "upper": [1e4, 1e5], "source": "A"})
    >>> bands = bands.assign(estimate=[4.0, 3.0], low=[3.5, 2.5], high=[4.5, 3.5])
    >>> line = pd.DataFrame({"followers": [1e3, 1e5], "estimate": [4.2, 2.8], "source": "A"})
    >>> bend = pd.DataFrame({"low": [9e3], "high": [3e4], "source": ["A"]})
    >>> figure = an.plot.fitted_curves(bands, line.assign(model="line"), "source", "rate (%)", bend)
    >>> len(figure.axes)
    1
    """
    fitted = canvas.frame_of(fitted, "model", "followers", "estimate", panels, name="fitted")
    marked = points is not None
    if not marked:  # the axes hold the curves
        ends = dict.fromkeys(("lower", "upper"), fitted["followers"])
        points = fitted.assign(low=np.nan, high=np.nan, **ends)
    points = canvas.frame_of(points, *BANDS, panels, name="points")
    breakpoints = canvas.frame_of(breakpoints, "low", "high", panels, name="breakpoints")
    if points.empty:
        return canvas.no_data()
    parts = canvas.panels_of(points, panels)
    columns = min(len(parts), 3)
    figure, axes = _follower_panels(points, len(parts), columns, label)
    for axis, (name, part) in zip(axes.flat, parts.items(), strict=False):
        shaded, lines = (frame[frame[panels] == name] for frame in (breakpoints, fitted))
        part = part[part["estimate"].notna()]
        _draw_fit(axis, part if marked else part.head(0), lines, shaded, claimed)
        canvas.log_axis(axis.yaxis, *log_range(part), most=5)
        canvas.title(axis, name, columns)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    free = len(parts) < axes.size
    place = {"loc": "center" if free else "best", "frameon": True, "framealpha": 0.9}
    (axes.flat[-1] if free else axes[0, 0]).legend(handles, labels, **place)
    return figure


def _draw_fit(axis, points, fitted, breakpoints, claimed: float | None) -> None:
    grey = {"color": QUIET, "alpha": 0.16, "linewidth": 0, "label": "interval of the breakpoint"}
    for row in breakpoints.itertuples():
        axis.axvspan(max(row.low, 1.0), min(row.high, 1e10), **grey)
    if claimed:
        axis.axvline(claimed, color=CLAIM, linewidth=2, linestyle=canvas.DASHED, label="claimed")
    if len(points):
        reach = np.nan_to_num(points[["low", "high"]].sub(points["estimate"], axis=0).abs().T)
        mark = {"fmt": "o", "color": INK, "markersize": 5, "linewidth": 2, "label": "follower band"}
        axis.errorbar(band_centres(points), points["estimate"], reach, **mark)
    models = fitted.groupby("model", sort=False)
    for (colour, dash), (model, line) in zip(MODELS, models, strict=False):
        look = {"color": colour, "linestyle": dash, "linewidth": 3, "label": model}
        axis.plot(line["followers"], line["estimate"], **look)


@styled
def lines(frame, x: str, y: str, hue: str, x_label: str, y_label: str) -> Figure:
    """Draw one line per level of `hue`, on a logarithmic horizontal axis.

    Parameters
    ----------
    frame : pandas.DataFrame or a result
        Columns `x` (above zero), `y` and `hue`; with ``low`` and ``high`` intervals are shaded.
    x, y, hue : str
        Column names; `hue` is shown in the legend as it is.
    x_label, y_label : str
        Axis labels with units.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> power = pd.DataFrame({"creators": [10, 100], "power": [0.2, 0.8], "spread": "0.5"})
    >>> figure = an.plot.lines(power, "creators", "power", "spread", "creators a side", "power")
    >>> figure.axes[0].get_xscale()
    'log'
    """
    figure, axes = canvas.new_figure()
    _draw_lines(axes[0, 0], frame, x, y, hue, x_label, y_label)
    return figure


@styled
def lines_side_by_side(left: dict, right: dict) -> Figure:
    """Draw two line charts side by side, both of their axes logarithmic.

    Parameters
    ----------
    left, right : dict
        The arguments of `lines` by name, and a ``title``.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> power = pd.DataFrame({"creators": [10, 100], "clicks": [2e4, 4e3], "spread": "0.5"})
    >>> columns = {"x": "creators", "y": "clicks", "hue": "spread"}
    >>> panel = {"frame": power, "x_label": "creators", "y_label": "clicks", **columns}
    >>> left, right = panel | {"title": "Alike"}, panel | {"title": "Different"}
    >>> figure = an.plot.lines_side_by_side(left, right)
    >>> [axis.get_title() for axis in figure.axes]
    ['Alike', 'Different']
    """
    figure, axes = canvas.new_figure(columns=2)
    for axis, panel in zip(axes[0], (left, right), strict=True):
        arguments = dict(panel)
        canvas.title(axis, arguments.pop("title"), 2)
        frame = _draw_lines(axis, **arguments)
        if len(frame):
            y = frame[panel["y"]]
            canvas.log_axis(axis.yaxis, y.min() / 1.15, y.max() * 1.15)
    return figure


def _draw_lines(axis, frame, x: str, y: str, hue: str, x_label: str, y_label: str) -> pd.DataFrame:
    import seaborn as sns

    frame = canvas.frame_of(frame, x, y, hue, name="frame")
    if frame.empty:
        canvas.no_data(axis)
        return frame
    look = {"style": hue, "palette": "viridis", "linewidth": 3.5}  # dashes repeat the colours
    sns.lineplot(frame, x=x, y=y, hue=hue, errorbar=None, ax=axis, **look)
    if {"low", "high"} <= set(frame):
        levels = frame.groupby(hue, sort=False)
        for line, (_, part) in zip(axis.get_lines(), levels, strict=False):
            shade = {"color": line.get_color(), "alpha": 0.2, "linewidth": 0}
            axis.fill_between(part[x], part["low"], part["high"], **shade)
    canvas.log_axis(axis.xaxis, frame[x].min() / 1.05, frame[x].max() * 1.05)
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.legend(frameon=True, framealpha=0.9, title=None)
    return frame
