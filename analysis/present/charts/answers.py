"""Draws answers to claims: a row per source over what was claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.estimate.answer import DECIDED, Answer
from analysis.estimate.decision import claimed_range
from analysis.present.charts.canvas import no_data
from analysis.present.charts.estimates import intervals
from analysis.present.charts.register import draws
from analysis.present.sentences.answers import compared_in, counted_by
from analysis.present.sentences.names import source_name

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure


@draws(Answer)
def draw_answer(answer: Answer, **options) -> Figure:
    """Draw the first reading of a claim that has data: a row per source over the claimed range,
    those that decide in colour. Options as for `intervals`.

    Examples
    --------
    >>> import analysis as an
    >>> figure = an.claim("D06").answer(an.load_all("instagram-kim")).plot()
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['claimed: +60 %', '+38 %']
    """
    frame = answer.main
    if frame.empty:
        return no_data()
    test = answer.claim.tests[frame["test"].iloc[0] - 1]
    decided = frame["outcome"].isin(DECIDED)
    frame = frame.assign(status="ok", row=frame["source"].map(source_name))
    frame = frame.assign(decides=decided if decided.any() else True)
    is_ratio = frame["unit"].eq("ratio").all() and bool(test.versus)
    chosen = {"rows": "row", "emphasis": "decides", "reference": 1.0 if is_ratio else None}
    chosen |= {"claimed": claimed_range(test), "claimed_value": test.value}
    who = compared_in(test, frame["scheme"].iloc[0])
    chosen["label"] = f"{counted_by(test)}: {who}" if who else str(frame["estimand"].iloc[0])
    return intervals(frame, **chosen | options)
