"""Chains of quotations: from left to right on a slide, one below the other on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.estimate.synthesis.quoted import Quoted, depths
from analysis.present.charts import canvas
from analysis.present.charts.anatomy import wrapped
from analysis.present.charts.register import draws
from analysis.present.style import CLAIM, HOLLOW, INK, LEAST, QUIET, REST, on_a_phone, styled

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure

LINE, SPACING = 1.2, 1.035
"""Height of a line over the size of its text, and what matplotlib is given for it."""

PAD, GAP, LEAST_GAP, GUTTER = 7, 24, 8, 62
"""Within a box, between columns, between boxes of a column, and at the left of boxes that stand
below each other [points].
"""

FREE = 345
"""Height that is left for a picture on a slide [points]."""

POINT = 72
"""Points of an inch."""


@draws(Quoted)
def draw_quoted(quoted: Quoted) -> Figure:
    """Draw the way of a figure through texts, with what changed in colour."""
    return citation_chain(*without_links_of_ours(quoted.steps, quoted.links))


def without_links_of_ours(steps: pd.DataFrame, links: pd.DataFrame):
    """Leave out steps that only this project has inferred, between two texts: what they join is
    joined by inferred links.
    """
    links = links.assign(seen=True)
    joins = set(links["from"]) & set(links["to"])
    for key in steps.loc[~steps["seen"] & steps["key"].isin(joins), "key"]:
        before, behind = (
            links.loc[links["to"] == key, "from"],
            links.loc[links["from"] == key, "to"],
        )
        pairs = [(start, end, False) for start in before for end in behind]
        links = links[(links["from"] != key) & (links["to"] != key)]
        links = pd.concat([links, pd.DataFrame(pairs, columns=list(links))], ignore_index=True)
        steps = steps[steps["key"] != key]
    return steps, links


@styled
def citation_chain(steps, links) -> Figure:
    """Draw who quoted whom: solid what was read, dashed what was inferred, in colour a figure that
    is not what the quoted text had.

    Parameters
    ----------
    steps : pandas.DataFrame
        ``key, text, seen`` (whether it was read), in order; what is in the first line of `text` is
        the head of its box. ``unit`` and ``wording``, if there, are compared with those of the
        quoted steps; on a phone ``changed`` is written out.
    links : pandas.DataFrame
        ``from, to`` (keys), and ``seen`` where it is known whether a link was read; a step stands
        behind every step that it quotes.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> import analysis as an
    >>> steps = pd.DataFrame({"key": ["a", "b"], "text": ["A study", "A blog"], "seen": True})
    >>> figure = an.plot.citation_chain(steps, pd.DataFrame({"from": ["a"], "to": ["b"]}))
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    ['A study', 'A blog']
    """
    steps = canvas.frame_of(steps, "key", "text", "seen", name="steps")
    links = canvas.frame_of(links, "from", "to", name="links")
    if steps.empty:
        return canvas.no_data()
    figure, axes = canvas.new_figure()
    axis, width = axes[0, 0], POINT * figure.get_size_inches()[0] - 30
    place = _below_each_other if on_a_phone() else _side_by_side
    boxes, height = place(steps.set_index("key"), links, width)
    changed = _changed(boxes, links)
    arrow = _round_the_side if on_a_phone() else _straight
    read = links["seen"] if "seen" in links else [True] * len(links)
    for start, end, seen in zip(links["from"], links["to"], read, strict=True):
        first, second = boxes.loc[start], boxes.loc[end]
        arrow(axis, first, second, _look(seen and first["seen"] and second["seen"]))
    for box in boxes.itertuples():
        _draw_box(axis, box, changed[box.Index])
    axis.set(xlim=(0, width), ylim=(height, 0))
    axis.set_axis_off()
    if on_a_phone():  # as many rows as its height has lines: what a phone makes room for
        axis.set(yticks=range(round(height / (1.9 * LEAST))))
        axis.set_gid(canvas.ROWS)
    return figure


def _changed(boxes: pd.DataFrame, links: pd.DataFrame) -> dict[str, bool]:
    """Whether a step counts something else, or in another unit, than every step that it quotes."""
    if not {"unit", "wording"} <= set(boxes):
        return dict.fromkeys(boxes.index, False)
    said = boxes[["unit", "wording"]].agg(tuple, axis=1)
    above = {key: links.loc[links["to"] == key, "from"] for key in boxes.index}
    return {key: len(up) > 0 and said[key] not in set(said[up]) for key, up in above.items()}


def _lines(text: str, width: float, bold: bool = False) -> list[str]:
    parts = text.split("\n") if text else []
    return [line for one in parts for line in wrapped(one, LEAST, width, bold).split("\n")]


def _box(step: pd.Series, width: float, full: bool) -> dict:
    """Lines of a box, and the size that they need."""
    head, _, body = step["text"].partition("\n")
    inner, note = width - 2 * PAD, str(step.get("changed", "")) if full else ""
    lines = [_lines(head, inner), _lines(body.replace(", ", "\n", 1), inner, True)]
    lines.append(_lines(note, inner))
    height = LINE * LEAST * sum(map(len, lines)) + 2 * PAD
    return {"head": lines[0], "body": lines[1], "note": lines[2], "height": height}


def _side_by_side(steps: pd.DataFrame, links: pd.DataFrame, width: float):
    """Place steps in columns, by how far they are from an origin."""
    column = pd.Series(depths(steps.index.to_series(), links), steps.index)
    wide = width / (column.max() + 1) - GAP
    boxes = steps.assign(**pd.DataFrame([_box(row, wide, False) for _, row in steps.iterrows()],
                                        index=steps.index), width=wide)  # fmt: skip
    boxes["x"] = column * (wide + GAP) + GAP / 2
    total = boxes["height"].groupby(column).sum()
    many = column.value_counts()
    height = max((total + LEAST_GAP * (many + 1)).max(), FREE)
    gaps = (height - total) / (many + 1)
    above = boxes["height"].groupby(column).cumsum() - boxes["height"]
    order = boxes.groupby(column).cumcount() + 1
    return boxes.assign(y=above + order * column.map(gaps)), height


def _below_each_other(steps: pd.DataFrame, links: pd.DataFrame, width: float):
    """Place steps in a single column, each below all that it quotes, with room for links."""
    column = pd.Series(depths(steps.index.to_series(), links), steps.index)
    steps = steps.loc[column.sort_values(kind="stable").index]
    wide = width - GUTTER
    boxes = steps.assign(**pd.DataFrame([_box(row, wide, True) for _, row in steps.iterrows()],
                                        index=steps.index), width=wide, x=GUTTER)  # fmt: skip
    y = (boxes["height"] + GAP).cumsum() - boxes["height"]
    return boxes.assign(y=y), float(y.iloc[-1] + boxes["height"].iloc[-1] + GAP)


def _draw_box(axis, box, changed: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    look = {"facecolor": HOLLOW, "linewidth": 2, "edgecolor": INK if box.seen else CLAIM}
    look |= {"linestyle": "-" if box.seen else "--", "boxstyle": "round,pad=0,rounding_size=6"}
    axis.add_patch(FancyBboxPatch((box.x, box.y), box.width, box.height, **look))
    y, middle = box.y + PAD, box.x + box.width / 2
    parts = [
        (box.head, {"color": QUIET if box.body else INK}),
        (box.body, {"color": CLAIM if changed else INK, "weight": "bold"}),
        (box.note, {"color": QUIET, "style": "italic"}),
    ]
    for lines, style in parts:
        if lines:
            text, place = "\n".join(lines), {"ha": "center", "va": "top", "linespacing": SPACING}
            axis.text(middle, y, text, in_layout=False, **place, **style)
            y += LINE * LEAST * len(lines)


def _look(read: bool) -> dict:
    line = {"color": REST if read else CLAIM, "linestyle": "-" if read else "--"}
    return {"arrowstyle": "-|>,head_width=.3,head_length=.6", "linewidth": 2, **line}


def _straight(axis, start: pd.Series, end: pd.Series, look: dict) -> None:
    """Draw an arrow from the right of a box to the left of a later one, round those between."""
    ends = (end["x"], end["y"] + end["height"] / 2)
    begin = (start["x"] + start["width"], start["y"] + start["height"] / 2)
    arrow = look | {"shrinkA": 0, "shrinkB": 1}
    if end["x"] - begin[0] > 2 * GAP:
        begin = (begin[0], start["y"] + start["height"] - PAD)
        ends = (ends[0], end["y"] + end["height"] - PAD)
        arrow["connectionstyle"] = "arc3,rad=0.5"
    axis.annotate("", ends, begin, zorder=0, arrowprops=arrow)


def _round_the_side(axis, start: pd.Series, end: pd.Series, look: dict) -> None:
    """Draw an arrow at the left of boxes, further out the more of them it passes."""
    begin, ends = start["y"] + start["height"] - 2 * PAD, end["y"] + 2 * PAD
    out = GUTTER - 14 - min((ends - begin) / 22, GUTTER - 18)
    line = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 2, "zorder": 0}
    axis.plot([GUTTER, out, out, GUTTER - 8], [begin, begin, ends, ends], **line)
    arrow = look | {"shrinkA": 0, "shrinkB": 0, "linestyle": "-"}
    axis.annotate("", (GUTTER, ends), (GUTTER - 10, ends), zorder=0, arrowprops=arrow)
