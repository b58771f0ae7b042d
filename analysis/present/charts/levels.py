"""Levels of tiers over a claimed level, a panel for each source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.estimate.results import Estimates
from analysis.present.charts import canvas
from analysis.present.charts.comparisons import by_accounts
from analysis.present.charts.estimates import band, intervals
from analysis.present.sentences.findings import span
from analysis.present.style import styled
from analysis.registers.claims import Claim

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure


@styled
def levels(estimates: Estimates, claim: Claim) -> Figure:
    """Draw the level of each tier over what was claimed, a panel for each source.

    Parameters
    ----------
    estimates : Estimates
        As ``.by_tier()`` gives them.
    claim : Claim
        Whose value is marked.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("harvard-media")
    >>> figure = an.plot.levels(kim.by_tier(), an.claim("D04"))
    >>> [text.get_text().split()[0] for text in figure.axes[0].get_yticklabels()][:2]
    ['1K–5K', '5K–10K']
    """
    frame = estimates.to_frame()
    if frame["estimate"].isna().all():
        return canvas.no_data()
    frame["row"] = [span(one.context.of) for one in estimates]
    frame["source"] = [one.context.source for one in estimates]
    frame["claimed"] = frame["label"] == claim.tests[0].of
    kept = by_accounts(frame)[:3]
    frame = pd.concat(frame[frame["source"] == name] for name in kept)
    known = frame.groupby("row")["estimate"].transform("count") > 0
    frame = frame[known]
    options = {"emphasis": "claimed", "reference": None} | band(claim)
    label = f"{estimates[0].context.average} [%]"
    return intervals(frame, "row", "source" if len(kept) > 1 else None, label, **options)
