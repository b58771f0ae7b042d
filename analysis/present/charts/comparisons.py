"""Comparisons of tiers: across publishers, of every size against one, and by what is counted.

The source with the most accounts, of which the headline speaks, has the widest panel and its values
beside the marks; the others stand beside it, each on an axis of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.estimate.decision import claimed_range
from analysis.estimate.results import Estimates
from analysis.estimate.strata import Strata
from analysis.present.charts import canvas
from analysis.present.charts.estimates import draw_claim, draw_row, intervals, lift_words, log_range
from analysis.present.charts.lifts import lift_axis
from analysis.present.charts.register import draws
from analysis.present.charts.results import axis_of
from analysis.present.sentences.doubts import posts_of
from analysis.present.sentences.findings import span
from analysis.present.sentences.results import WORDS, compared, observed_by
from analysis.present.style import QUIET, REST, on_a_phone, styled
from analysis.registers import lookup
from analysis.registers.claims import Claim

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

MOST_PANELS = 4
"""Sources that have room for a panel each; of more, those with most accounts are drawn."""

DENSE = 5
"""Rows from which on values stand beside their intervals instead of above their marks."""

NAME = 18
"""Characters of a source's name before it is broken."""


@styled
def by_publisher(estimates: Estimates, claim: Claim) -> Figure:
    """Draw one contrast under the tiers of each publisher, a row for each pair of follower ranges,
    small ones first, whatever publishers call them: of the source with most accounts; of each other
    source, from where to where the same rows run.

    Parameters
    ----------
    estimates : Estimates
        As ``.across_schemes()`` gives them.
    claim : Claim
        Whose value is marked.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement")
    >>> both = kim.across_schemes(["decades", "harvard-media"])
    >>> figure = an.plot.by_publisher(both, an.claim("D06"))
    >>> [text.get_text().split()[0] for text in figure.axes[0].get_yticklabels()]
    ['1K–5K', '10K–100K']
    """
    frame = _named(estimates)
    if frame["estimate"].isna().all():
        return canvas.no_data()
    frame = frame.sort_values(["lower", "upper", "beyond"], kind="stable")
    frame = frame.drop_duplicates(["source", "row"])
    first, *others = by_accounts(frame)
    beside = {"gridspec_kw": {"width_ratios": [1.4, 1]}} if others else {}
    label = "lift of the first range over the second"
    figure, axes = canvas.new_figure(1 + bool(others), label=label, **beside)
    main = frame[frame["source"] == first]
    canvas.title(axes[0, 0], first, 1 + bool(others))
    _rows(axes[0, 0], main, list(main["row"]), claim, True, stated=True)
    if others:
        canvas.title(axes[0, 1], "other sources", 2)
        _spans(axes[0, 1], frame[frame["source"].isin(others)], others, claim)
    return figure


def _spans(axis, frame: pd.DataFrame, sources: list[str], claim: Claim) -> None:
    """Draw from where to where the rows of each source run."""
    known = frame[frame["status"] == "ok"]
    ends = (known if len(known) else frame).groupby("source")["estimate"].agg(["min", "max"])
    drawn = pd.DataFrame({name: ends.stack() for name in ("estimate", "low", "high")})
    _scale(axis, drawn, claim, most=2)
    draw_claim(axis, 1.0, claimed_range(claim.tests[0]), claim.tests[0].value, None)
    look = {"textcoords": "offset points", "ha": "center", "gid": canvas.INSIDE, "color": QUIET}
    for y, source in enumerate(sources):
        low, high = ends.loc[source] if source in ends.index else (np.nan, np.nan)
        axis.plot([low, high], [y, y], color=REST, linewidth=9, solid_capstyle="round")
        text = " to ".join(dict.fromkeys(map(lift_words, (low, high)))) if low == low else "no data"
        middle = np.sqrt(low * high) if low == low else 1.0
        axis.annotate(text, (middle, y), (0, 10), va="bottom", bbox=canvas.PLATE, **look)
    canvas.categories(
        axis, [canvas.wrap_lines(name.replace(" (", "\n("), NAME) for name in sources]
    )


@styled
def by_size(estimates: Estimates, claim: Claim) -> Figure:
    """Draw every tier against one, a panel for each source.

    Parameters
    ----------
    estimates : Estimates
        As ``.against()`` gives them.
    claim : Claim
        Whose value is marked.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("decades")
    >>> figure = an.plot.by_size(kim.against("macro"), an.claim("D06"))
    >>> [text.get_text().split()[0] for text in figure.axes[0].get_yticklabels()]
    ['1K–10K', '10K–100K', '1M+']
    """
    frame = _named(estimates)
    if frame["estimate"].isna().all():
        return canvas.no_data()
    frame["row"] = [span(one.context.of) for one in estimates]
    versus = span(estimates[0].context.versus)
    return _in_panels(frame, claim, f"lift over creators with {versus} followers")


@styled
def by_metric(estimates: Estimates, claim: Claim) -> Figure:
    """Draw one contrast by what is counted over what, a panel for each source that holds several;
    what only adds shares to likes and comments is left to the table.

    Parameters
    ----------
    estimates : Estimates
        The same contrast of several metrics.
    claim : Claim
        Whose value is marked.

    Examples
    --------
    >>> import analysis as an
    >>> both = an.load_all("instagram-kim").sample("likes_per_follower", "comments_per_follower")
    >>> figure = an.plot.by_metric(both.tier("decades").contrast(), an.claim("D06"))
    >>> [text.get_text().replace(chr(10), " ") for text in figure.axes[0].get_yticklabels()]
    ['likes per follower', 'comments per follower']
    """
    frame = _named(estimates)
    if frame["estimate"].isna().all():
        return canvas.no_data()
    frame["row"] = [WORDS.get(name, name) for name in frame["metric"]]
    frame = frame[~frame["row"].str.contains("shares")]
    several = frame.groupby("source")["row"].transform("nunique") > 1
    frame = frame[several] if several.any() else frame
    of, versus = (span(getattr(estimates[0].context, end)) for end in ("of", "versus"))
    return _in_panels(frame, claim, f"lift of creators with {of} over {versus} followers")


@draws(Strata)
def draw_strata(strata: Strata, **options) -> Figure:
    """Draw each stratum below the whole, over the claimed range; sources have a panel each."""
    if not len(strata):
        return canvas.no_data()
    several = strata.frame["source"].nunique() > 1
    chosen = {"rows": "row", "panels": "source" if several else None}
    test = lookup.claim(strata.claim).tests[0]
    chosen |= {"claimed": claimed_range(test), "claimed_value": test.value}
    axis = axis_of(strata.frame)
    if axis["reference"] == 1.0:  # a ratio: whose, with the ranges of followers
        axis["lifts"] = True
        axis["label"] = f"lift of {compared(observed_by(strata.wholes[0]))}"
    frame, wholes = strata.in_every_source(), {one.context.source: one for one in strata.wholes}
    frame["row"] = frame["row"].map({row.row: posts_of(row) for row in strata.frame.itertuples()})
    outcomes = [wholes[source].outcome for source in frame["source"]]
    frame["turns"] = frame["outcome"].notna() & (frame["outcome"] != outcomes)
    chosen["emphasis"] = "turns" if frame["turns"].any() else None
    return intervals(frame, **chosen | axis | options)


@styled
def by_average(estimates: Estimates, claim: Claim) -> Figure:
    """Draw one contrast by every way of averaging, a panel for each source.

    Parameters
    ----------
    estimates : Estimates
        As ``.across_averages()`` gives them.
    claim : Claim
        Whose value is marked.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("decades")
    >>> figure = an.plot.by_average(kim.across_averages(), an.claim("A12"))
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'typical account'
    """
    frame = _named(estimates)
    if frame["estimate"].isna().all():
        return canvas.no_data()
    frame["row"] = [one.context.average for one in estimates]
    of, versus = (span(getattr(estimates[0].context, end)) for end in ("of", "versus"))
    return _in_panels(frame, claim, f"lift of creators with {of} over {versus} followers")


def _named(estimates: Estimates) -> pd.DataFrame:
    """A frame with follower ranges as names of rows, and edges to sort them by."""
    frame, contexts = estimates.to_frame(), [one.context for one in estimates]
    frame = frame.assign(source=[one.source for one in contexts], row="")
    if not len(frame):
        return frame
    frame["row"] = [f"{span(one.of)} against {span(one.versus)}" for one in contexts]
    frame["lower"] = [one.of.lower for one in contexts]
    frame["upper"] = [one.of.upper for one in contexts]
    frame["beyond"] = [one.versus.lower for one in contexts]
    return frame


def by_accounts(frame: pd.DataFrame) -> list[str]:
    """Sources with an estimate, that with the most accounts in a decided one first."""
    known = frame[frame["estimate"].notna()]
    accounts = known["n_accounts"].where(known["status"] == "ok", 0)
    most = accounts.groupby(known["source"], sort=False).max()
    return list(most.sort_values(ascending=False, kind="stable").index)


def _in_panels(frame: pd.DataFrame, claim: Claim, label: str) -> Figure:
    """Draw rows in a panel for each source, each on an axis of its own."""
    sources = by_accounts(frame)[:MOST_PANELS]
    names = list(dict.fromkeys(frame[frame["source"].isin(sources)]["row"]))
    count = len(sources)
    ratios = {"width_ratios": [1.6, *[1] * (count - 1)]}
    figure, axes = canvas.new_figure(count, label=label, sharey=True, gridspec_kw=ratios)
    for place, (axis, source) in enumerate(zip(axes.flat, sources, strict=True)):
        canvas.title(axis, source.replace(" (", "\n("), count)
        rows = frame[frame["source"] == source]
        _rows(axis, rows, names, claim, place == 0, stated=len(names) <= DENSE or place == 0)
    return figure


def _rows(axis, frame, names: list[str], claim: Claim, first: bool, stated: bool) -> None:
    """Draw the rows of a source over what was claimed, with values; quiet unless it is first."""
    test = claim.tests[0]
    dense = len(names) > DENSE
    _scale(axis, frame, claim, most=2 + 2 * first, room=0.16 if dense else 0.0)
    draw_claim(axis, 1.0, claimed_range(test), test.value, lift_words if first else None)
    for row in frame.itertuples():
        y = names.index(row.row)
        above = lift_words if stated and not dense else None
        draw_row(axis, row, y, first, above)
        if stated and dense and row.estimate == row.estimate:
            end = row.high if np.isfinite(row.high) else row.estimate
            look = {"va": "center", "bbox": canvas.PLATE, "textcoords": "offset points"}
            axis.annotate(lift_words(row.estimate), (end, y), (8, 0), **look)
    for y in set(range(len(names))) - set(map(names.index, frame["row"])):
        look = {"ha": "center", "va": "center", "color": QUIET, "bbox": canvas.PLATE}
        axis.text(0.5, y, "no data", transform=axis.get_yaxis_transform(), **look)
    canvas.categories(axis, [canvas.wrap_lines(name, 26) for name in names])
    if not dense:  # room for the value above the first mark
        axis.set_ylim(len(names) - 0.5, -0.8)


def _scale(axis, frame, claim: Claim, most: int, room: float = 0.0) -> None:
    """An axis that holds all that is drawn, with room for values at the right."""
    test = claim.tests[0]
    low, high = log_range(frame, 1.0, test.value, *claimed_range(test))
    lift_axis(axis.xaxis, low, high * (high / low) ** room, most=3 if on_a_phone() else most)
