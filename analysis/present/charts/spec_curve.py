"""Specification curves: every estimate that other choices would have given, sorted, above the
choices that gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.present.charts.canvas import log_axis, new_figure, nothing, title
from analysis.present.style import CLAIM, INK, OUTCOMES, QUIET, ink_on, styled

DENSE = 300
"""Columns into which the dashboard below a curve is gathered: more could not be told apart on a
slide.
"""

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _halo() -> list:
    """Around lines that cross a dense curve."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=5, foreground="white")]


@styled
def specification_curve(
    found: pd.DataFrame,
    axes: dict[str, str],
    label: str,
    claimed: tuple[float, float] | None = None,
    value: float | None = None,
) -> Figure:
    """Draw the sorted estimates of all specifications with their intervals, and below which choices
    each rests on.

    Parameters
    ----------
    found : pandas.DataFrame
        From `judge_specifications`: the fields of an estimate, ``outcome``, and the columns of
        `axes`; ``joint_low, joint_high`` are drawn behind if they are there. Rows without an
        interval are counted in the legend and left out of the curve.
    axes : dict of str to str
        Columns that are choices, and what each is called. A row of the dashboard is dark where its
        option is in use.
    label : str
        What the curve shows; it stands at its right, as do the names of the choices.
    claimed : tuple of float, optional
        The range that counts as the claim being right, between two lines.
    value : float, optional
        The claimed value itself.

    Raises
    ------
    ValueError
        If the specifications were not judged, or lack a choice.
    """
    if missing := {"outcome", *axes} - set(found):
        raise ValueError(
            f"the specifications have no {', '.join(sorted(missing))}. Judge them, and name choices among their columns."
        )
    counts = found["outcome"].value_counts()
    found = found[found["low"].notna()].sort_values(["estimate", *axes], ignore_index=True)
    if found.empty:
        figure, rows = new_figure()
        nothing(rows[0, 0])
        return figure
    options = {
        axis: list(
            found.assign(place=found.index).groupby(axis)["place"].mean().sort_values().index
        )
        for axis in axes
    }
    outcomes = [outcome for outcome in OUTCOMES if (found["outcome"] == outcome).any()]
    rows_of = [len(outcomes), *map(len, options.values())]
    figure, rows = new_figure(
        rows=2 + len(axes),
        label="specifications, sorted by their estimate",
        gridspec_kw={
            "height_ratios": [max(20 - sum(rows_of), 5), *rows_of]
        },  # as high as leaves each row a line of text
    )
    figure.get_layout_engine().set(hspace=0.01, h_pad=0.04)
    _curve(rows[0, 0], found, claimed, value, label)
    _dashboard(rows[1, 0], found["outcome"], outcomes, "verdict")
    for axis, name in zip(rows[2:, 0], axes, strict=True):
        _dashboard(axis, found[name], options[name], axes[name])
    _legend(figure, counts)
    return figure


def _curve(axis, found: pd.DataFrame, claimed, value, label: str) -> None:
    x = np.arange(len(found))
    axis.axhline(1, color=QUIET, linewidth=2)
    if "joint_low" in found:
        axis.vlines(
            x,
            found["joint_low"],
            found["joint_high"],
            color="#d9d9d9",
            linewidth=1,
            rasterized=True,
        )
    for outcome in found["outcome"].value_counts().index:  # the rarest last, on top of the others
        part = found[found["outcome"] == outcome]
        axis.vlines(
            part.index,
            part["low"],
            part["high"],
            color=OUTCOMES[outcome][0],
            linewidth=1.2,
            rasterized=True,
        )
    if claimed is not None:
        for end in claimed:
            if 0 < end < np.inf:
                axis.axhline(end, color=CLAIM, linewidth=1.5, zorder=4, path_effects=_halo())
    if value is not None:
        axis.axhline(
            value, color=CLAIM, linewidth=2.5, linestyle=(0, (4, 2)), zorder=4, path_effects=_halo()
        )
    axis.plot(x, found["estimate"], color=INK, linewidth=3, zorder=5, path_effects=_halo())
    low, high = (found[name].quantile(share) for name, share in (("low", 0.01), ("high", 0.99)))
    ends = [end for end in (low, high, value, *(claimed or ())) if end and np.isfinite(end)]
    log_axis(axis.yaxis, min(ends) / 1.1, max(ends) * 1.1, most=4)
    axis.set(xlim=(-0.5, len(found) - 0.5), xticks=[])
    axis.grid(visible=False, axis="x")
    _beside(axis, label.replace(" / ", " /\n"))  # the panel may be lower than the label is long


def _legend(figure, counts: pd.Series) -> None:
    """Every outcome with its number of specifications, those without an interval among them."""
    from matplotlib.patches import Patch

    shown = [(outcome, *look) for outcome, look in OUTCOMES.items() if outcome in counts]
    handles = [
        Patch(facecolor=colour, label=f"{sign}  {outcome} ({counts[outcome]:,})")
        for outcome, colour, sign in shown
    ]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        frameon=False,
        ncols=4,
        handlelength=1.2,
        columnspacing=1.6,
    )


def _dashboard(axis, chosen: pd.Series, options: list[str], heading: str) -> None:
    """One row per option: how often it is used by the specifications that stand above; outcomes in
    their own colours.
    """
    from matplotlib.colors import to_rgb

    columns = np.arange(len(chosen)) * min(DENSE, len(chosen)) // len(chosen)
    shares = pd.crosstab(chosen, columns, normalize="columns").reindex(options).to_numpy()
    shares = shares / np.maximum(shares.max(axis=1, keepdims=True), 1e-9)
    colours = np.array(
        [to_rgb(OUTCOMES[option][0] if option in OUTCOMES else INK) for option in options]
    )
    extent = (-0.5, len(chosen) - 0.5, len(options) - 0.5, -0.5)
    axis.imshow(
        1 - shares[:, :, None] * (1 - colours[:, None]),
        aspect="auto",
        extent=extent,
        interpolation="none",
    )
    axis.set(yticks=range(len(options)), yticklabels=options, xticks=[])
    axis.tick_params(axis="y", length=0, pad=6, labelsize=18)
    axis.grid(visible=False)
    axis.hlines(np.arange(len(options) - 1) + 0.5, *extent[:2], color="white", linewidth=2)
    _beside(axis, heading)


def _beside(axis, text: str) -> None:
    """Say at the right of a panel what it shows."""
    axis.text(
        1.01, 0.5, text, transform=axis.transAxes, ha="left", va="center", fontsize=18, color=QUIET
    )


@styled
def spread_by_choice(shares: pd.DataFrame) -> Figure:
    """Draw which share of the spread of the estimates each choice accounts for.

    Parameters
    ----------
    shares : pandas.DataFrame
        ``choice`` (as shown), ``share`` [percent] and ``largest_step`` (a ratio; nan where there is
        none), largest share first.
    """
    figure, axes = new_figure(label="share of the variance of the log estimates (%)")
    axis = axes[0, 0]
    if shares.empty:
        nothing(axis)
        return figure
    bars = axis.barh(
        range(len(shares)),
        shares["share"],
        color=[QUIET if np.isnan(step) else INK for step in shares["largest_step"]],
    )
    labels = [
        f"{row.share:.0f} %"
        + (
            ""
            if np.isnan(row.largest_step)
            else f"   highest over lowest option: {row.largest_step:.2f}"
        )
        for row in shares.itertuples()
    ]
    axis.bar_label(bars, labels, padding=8, fontsize=18)
    axis.set(
        yticks=range(len(shares)), yticklabels=shares["choice"], ylim=(len(shares) - 0.5, -0.5)
    )
    axis.set_xlim(0, 1.9 * max(shares["share"].max(), 1))
    axis.grid(visible=False, axis="y")
    return figure


@styled
def verdict_grid(
    verdicts: pd.DataFrame, rows: str, columns: str, panels: str | None = None
) -> Figure:
    """Draw outcomes as squares, coloured and signed; a square that is missing was not admissible.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        ``outcome``, and the columns named; one row per square.
    rows, columns, panels : str
        Columns that name each row, column and panel, in order of appearance. Each panel has its own
        rows.
    """
    names = list(dict.fromkeys(verdicts[panels])) or [""] if panels else [""]
    order = list(dict.fromkeys(verdicts[columns]))
    figure, axes = new_figure(columns=len(names))
    if verdicts.empty:
        nothing(axes[0, 0])
        return figure
    for axis, name in zip(axes[0], names, strict=True):
        part = verdicts[verdicts[panels] == name] if panels else verdicts
        labels = list(dict.fromkeys(part[rows]))
        for x, y, outcome in zip(part[columns], part[rows], part["outcome"], strict=True):
            _square(axis, order.index(x), labels.index(y), outcome)
        axis.set(yticks=range(len(labels)), yticklabels=labels, ylim=(len(labels) - 0.5, -0.5))
        axis.set(xticks=range(len(order)), xticklabels=order, xlim=(-0.5, len(order) - 0.5))
        axis.tick_params(length=0)
        axis.tick_params(axis="x", rotation=35)
        for text in axis.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
        axis.grid(visible=False)
        title(axis, name, len(names))
    from matplotlib.patches import Patch

    handles = [
        Patch(facecolor=colour, label=f"{sign}  {name}")
        for name, (colour, sign) in OUTCOMES.items()
        if name != "document"
    ]
    figure.legend(
        handles=handles, loc="outside upper center", ncols=4, frameon=False, handlelength=1.2
    )
    return figure


def _square(axis, x: float, y: float, outcome: str) -> None:
    colour, sign = OUTCOMES[outcome]
    from matplotlib.patches import Rectangle

    axis.add_patch(Rectangle((x - 0.46, y - 0.44), 0.92, 0.88, facecolor=colour, edgecolor="white"))
    axis.text(x, y, sign, ha="center", va="center_baseline", color=ink_on(colour), fontsize=18)
