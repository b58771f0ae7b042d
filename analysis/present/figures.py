"""Figures: a frame in, a Figure out. Each draws its intervals, its n and its unit, and saves nothing."""

import io
import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.present.style import CLAIM, FOOTER, HOLLOW, INK, OUTCOMES, QUIET, SLIDE, ink_on, styled, tier_colour
from analysis.present.words import short_count

PLATE = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "boxstyle": "square,pad=0.1"}
"""Behind small labels, so that lines do not run through them."""


class SlideFigure(Figure):
    """A figure that shows itself in a notebook, whatever the notebook has imported."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=72)
        return buffer.getvalue()


def _figure(columns: int = 1, rows: int = 1, label: str = "", **kwargs):
    """A figure with a grid of axes, the label below all of them, and the footer's strip left free."""
    figure = SlideFigure(figsize=SLIDE, layout="constrained")
    below = FOOTER + (0.055 if label else 0)
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, rect=(0, below, 1, 1 - below))
    if label:
        figure.text(0.5, FOOTER, label, fontsize=18, ha="center", va="bottom")
    return figure, figure.subplots(rows, columns, squeeze=False, **kwargs)


def _title(axis, text: str, panels: int) -> None:
    """Write a panel's title, wrapped to the width that so many panels leave."""
    width = {1: 90, 2: 46, 3: 32}.get(panels, 21)
    lines = [line for part in text.split("\n") for line in textwrap.wrap(part, width) or [""]]
    axis.set_title("\n".join(lines), fontsize=18 if panels < 3 else 17, pad=10)


def _log_axis(axis, low: float, high: float, most: int = 8) -> None:
    """Set up a logarithmic axis with at most so many round ticks."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log", f"{axis.axis_name}lim": (low, high)})
    for steps in ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5), (1, 2, 5), (1, 3), (1,), None):
        powers = range(-6, 11, 1 if steps else 2)
        ticks = [step * 10.0**power for power in powers for step in steps or (1,) if low <= step * 10.0**power <= high]
        if len(ticks) <= most:
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(short_count))


@styled
def tier_map(tiers: pd.DataFrame, names: pd.DataFrame, low: float = 300, high: float = 5e6) -> Figure:
    """Draw who calls which follower range what.

    Parameters
    ----------
    tiers : pandas.DataFrame
        ``scheme`` (as shown), ``tier``, ``lower``, ``upper`` [followers, inf if open], schemes from top to bottom.
    names : pandas.DataFrame
        ``lower, upper`` [followers] and ``names``, the number of different words in use there.
    low, high : float
        Ends of the follower axis.
    """
    figure, axes = _figure(rows=2, sharex=True, gridspec_kw={"height_ratios": [5.2, 1]})
    bars, steps = axes[:, 0]
    order = list(dict.fromkeys(tiers["scheme"]))
    for row in tiers.itertuples():
        left, right = max(row.lower, low), min(row.upper, high)
        colour, y = tier_colour(row.tier), order.index(row.scheme)
        bars.barh(y, right - left, left=left, height=0.78, color=colour, edgecolor="white", linewidth=2)
        if np.log10(right / left) > 0.28:
            size = 18 if np.log10(right / left) > 0.11 * len(row.tier) + 0.1 else 13
            bars.text(np.sqrt(left * right), y, row.tier, ha="center", va="center", color=ink_on(colour), fontsize=size)
    bars.set(yticks=range(len(order)), yticklabels=order, ylim=(len(order) - 0.5, -0.5))
    bars.grid(visible=False, axis="y")
    shown = names[(names["upper"] > low) & (names["lower"] < high)]
    steps.stairs(shown["names"], [max(shown["lower"].iloc[0], low), *np.minimum(shown["upper"], high)], fill=True, color=QUIET)
    steps.set(ylabel="words\nin use", xlabel="followers of the account", yticks=range(0, int(shown["names"].max()) + 1, 2))
    _log_axis(steps.xaxis, low, high, most=5)
    return figure


@styled
def heat(table: pd.DataFrame, label: str) -> Figure:
    """Draw a table of shares as coloured, labelled squares.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows and columns as they are to be read; values in percent.
    label : str
        What the values are, with their unit.
    """
    import seaborn as sns

    figure, axes = _figure()
    axis = axes[0, 0]
    sns.heatmap(table, annot=True, fmt=".0f", cmap="cividis", vmin=0, vmax=100, linewidths=2, ax=axis, cbar=False, annot_kws={"size": 20})
    _title(axis, label, 1)
    axis.set(xlabel="", ylabel="")
    axis.tick_params(axis="x", rotation=30, labelsize=18)
    for text in axis.get_xticklabels():
        text.set_ha("right")
    axis.tick_params(axis="y", rotation=0)
    return figure


@styled
def intervals(
    estimates: pd.DataFrame,
    rows: str,
    panels: str | None = None,
    label: str = "ratio micro / macro",
    reference: float | None = 1.0,
    claimed: tuple[float, float] | None = None,
    claimed_value: float | None = None,
) -> Figure:
    """Draw estimates with their intervals, a row each, side by side in panels that share both axes.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The fields of an estimate, and the columns named by `rows` and `panels`. Marks of estimates that are indicative only
        are hollow; a row without an estimate says so.
    rows, panels : str
        Columns that give each row and each panel its name, in order of appearance.
    label : str
        What the axis shows, with its unit.
    reference : float, optional
        Where there is no difference.
    claimed : tuple of float, optional
        The range that counts as the claim being right, shaded.
    claimed_value : float, optional
        The claimed value itself.
    """
    names = list(dict.fromkeys(estimates[panels])) if panels and len(estimates) else ["" if len(estimates) else "no source holds this"]
    order = list(dict.fromkeys(estimates[rows]))
    figure, axes = _figure(columns=len(names), label=label, sharey=True, sharex=True)
    for axis, name in zip(axes[0], names, strict=True):
        part = estimates[estimates[panels] == name] if panels else estimates
        _claimed(axis, reference, claimed, claimed_value)
        _interval_rows(axis, part, rows, order)
        _title(axis, name, len(names))
        axis.set(yticks=range(len(order)), yticklabels=order, ylim=(max(len(order), 1) - 0.5, -0.5))
        axis.grid(visible=False, axis="y")
    low, high = _reach(estimates, (reference, claimed_value, *(claimed or ())))
    _log_axis(axes[0][0].xaxis, low, high, most=9 // len(names) + 1)
    return figure


def _claimed(axis, reference, claimed, value) -> None:
    if claimed is not None:
        axis.axvspan(max(claimed[0], 1e-9), min(claimed[1], 1e9), color=CLAIM, alpha=0.16, linewidth=0)
    if value is not None:
        axis.axvline(value, color=CLAIM, linewidth=2.5, linestyle=(0, (4, 2)))
    if reference is not None:
        axis.axvline(reference, color=QUIET, linewidth=2)


def _interval_rows(axis, part: pd.DataFrame, rows: str, order: list[str]) -> None:
    for row in part.itertuples():
        y = order.index(getattr(row, rows))
        if np.isnan(row.estimate):
            axis.text(
                0.5, y, "not in this source", transform=axis.get_yaxis_transform(), ha="center", va="center", color=QUIET, fontsize=15
            )
            continue
        if not np.isnan(row.low):
            axis.plot([row.low, row.high], [y, y], color=INK, linewidth=4, solid_capstyle="butt")
        inside = INK if row.status == "ok" else HOLLOW
        axis.plot(row.estimate, y, "o", color=INK, markerfacecolor=inside, markersize=12, markeredgewidth=2)
        place = {"textcoords": "offset points", "ha": "center", "va": "center"}
        count = f"n {short_count(_round(row.n_accounts))}"
        axis.annotate(count, (row.estimate, y), (0, -17), fontsize=14, color=QUIET, bbox=PLATE, **place)


def _round(count: float) -> float:
    """Two significant digits, for a label."""
    return float(f"{count:.2g}") if count >= 100 else count


def _reach(estimates: pd.DataFrame, marks) -> tuple[float, float]:
    """Ends of a logarithmic axis that hold every interval and mark, with some air."""
    ends = pd.concat([estimates["estimate"], estimates["low"], estimates["high"], pd.Series([mark for mark in marks if mark], dtype=float)])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = (ends.min(), ends.max()) if len(ends) else (0.5, 2.0)
    air = max((high / low) ** 0.06, 1.04)
    return low / air, high * air


@styled
def along_followers(estimates: pd.DataFrame, panels: str, label: str, edges: tuple[float, ...] = ()) -> Figure:
    """Draw an average along the follower axis, a panel per source, each with its own level.

    Parameters
    ----------
    estimates : pandas.DataFrame
        The fields of an estimate, ``lower, upper`` [followers] of each band and the column named by `panels`.
    panels : str
        Column that gives each panel its name.
    label : str
        What the vertical axis shows, with its unit.
    edges : tuple of float
        Followers at which to draw tier edges.
    """
    names = list(dict.fromkeys(estimates[panels])) or ["no source holds this"]
    rows = 1 if len(names) < 4 else 2
    columns = -(-len(names) // rows)
    figure, axes = _figure(columns, rows, label="followers of the account", sharex=True)
    figure.supylabel(label, fontsize=18)
    for axis, name in zip(axes.flat, names, strict=False):
        part = estimates[(estimates[panels] == name) & estimates["estimate"].notna()]
        _curve(axis, part, edges)
        _title(axis, f"{name}, n {short_count(_round(part['n_accounts'].sum()))}", columns)
    for axis in axes.flat[len(names) :]:
        axis.set_axis_off()
    _log_axis(axes[0][0].xaxis, max(estimates["lower"].min(), 100) / 1.5, estimates["lower"].max() * 6, most=5)
    return figure


def _curve(axis, part: pd.DataFrame, edges: tuple[float, ...]) -> None:
    """One curve with its band, each point at the middle of its follower band on the logarithmic scale."""
    upper = np.where(np.isinf(part["upper"]), part["lower"] * 3, part["upper"])
    middle = np.sqrt(np.maximum(part["lower"], upper / 5) * upper)
    for edge in edges:
        axis.axvline(edge, color=CLAIM, linewidth=1.5, linestyle=(0, (4, 2)))
    axis.fill_between(middle, part["low"], part["high"], color=QUIET, alpha=0.3, linewidth=0)
    axis.plot(middle, part["estimate"], "-o", color=INK, linewidth=2.5, markersize=6)
    _log_axis(axis.yaxis, *_reach(part, ()), most=5)


@styled
def lines(frame: pd.DataFrame, x: str, y: str, hue: str, x_label: str, y_label: str) -> Figure:
    """Draw one line per level of `hue`, on a logarithmic horizontal axis.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `x`, `y` and `hue` (as shown).
    x, y, hue : str
        Column names.
    x_label, y_label : str
        Axis labels with units.
    """
    figure, axes = _figure()
    _lines(axes[0, 0], frame, x, y, hue, x_label, y_label)
    return figure


@styled
def two_panels_of_lines(left: dict, right: dict) -> Figure:
    """Draw two line charts side by side on logarithmic axes; each holds the arguments of `lines` and a ``title``."""
    figure, axes = _figure(columns=2)
    for axis, panel in zip(axes[0], (left, right), strict=True):
        _title(axis, panel["title"], 2)
        _lines(axis, **{key: value for key, value in panel.items() if key != "title"})
        _log_axis(axis.yaxis, panel["frame"][panel["y"]].min() / 1.15, panel["frame"][panel["y"]].max() * 1.15)
    return figure


def _lines(axis, frame: pd.DataFrame, x: str, y: str, hue: str, x_label: str, y_label: str) -> None:
    import seaborn as sns

    levels = list(dict.fromkeys(frame[hue]))
    # colour and dash say the same
    sns.lineplot(frame, x=x, y=y, hue=hue, style=hue, hue_order=levels, palette="viridis", linewidth=3.5, errorbar=None, ax=axis)
    _log_axis(axis.xaxis, frame[x].min() / 1.05, frame[x].max() * 1.05)
    axis.set(xlabel=x_label, ylabel=y_label)
    axis.legend(frameon=True, framealpha=0.9, title=None)


@styled
def scorecard(verdicts: pd.DataFrame) -> Figure:
    """Draw every claim against every source: one square per pair, coloured and signed by its outcome.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        ``claim``, ``source`` (as shown) and ``outcome``, one row per pair.
    """
    figure, axes = _figure()
    axis = axes[0, 0]
    claims, sources = (list(dict.fromkeys(verdicts[name])) for name in ("claim", "source"))
    for row in verdicts.itertuples():
        colour, sign = OUTCOMES[row.outcome]
        x, y = claims.index(row.claim), sources.index(row.source)
        axis.add_patch(_square(x, y, colour))
        axis.text(x, y, sign, ha="center", va="center", color=ink_on(colour), fontsize=22)
    axis.set(xticks=range(len(claims)), xticklabels=claims, yticks=range(len(sources)), yticklabels=sources)
    axis.set(xlim=(-0.5, len(claims) - 0.5), ylim=(len(sources) - 0.5, -0.5), xlabel="claim")
    axis.grid(visible=False)
    handles = [_square(0, 0, colour) for colour, _ in OUTCOMES.values()]
    labels = [f"{sign}  {name}" for name, (_, sign) in OUTCOMES.items()]
    figure.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False, handlelength=1.2)
    return figure


def _square(x: float, y: float, colour: str):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor=colour, edgecolor="white")
