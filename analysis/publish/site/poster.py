"""A poster of one page, to print and to post: the three answers, each with its picture, and the way
of the 20 percent; made from what the first page says.
"""

import io
import os
from math import isinf, isnan

from analysis import paths
from analysis.estimate.answer import DECIDED, Answer
from analysis.estimate.decision import claimed_range
from analysis.present.charts.anatomy import balanced, wrapped
from analysis.present.charts.lifts import lift_axis
from analysis.present.sentences.answer_headlines import Row, rows_of
from analysis.present.sentences.cards import main_test
from analysis.present.sentences.confidence import change
from analysis.present.sentences.names import platform_name
from analysis.present.style import CLAIM, FINDING, INK, OUTCOMES, QUIET, REST, settings
from analysis.publish.site.chain import Step

PAGE = (8.27, 11.69)
"""A4, upright [inches]."""

EDGE, RIGHT, SPLIT = 0.06, 0.94, 0.62
"""Where text begins and ends, and where pictures begin [shares of the width]."""

FULL, LEFT = (72 * PAGE[0] * (end - EDGE) for end in (RIGHT, SPLIT))
"""Widths of text over the whole page and beside a picture [points]."""

LEAST, AIR, SIDE = 0.152, 0.011, 0.1
"""Least height of an answer, what is free below it, and room for names of rows [shares]."""

SCALES, WAY = (1.0, 0.97, 0.94, 0.91, 0.88, 0.85, 0.8, 0.75), 0.19
"""Sizes of text that are tried until the answers leave so much room [share] to the way of a number.
"""

UNDECIDED = "#806000"
"""Of words, where the amber of marks would be too pale."""

DPI = 160
"""The page becomes a picture of 1323 x 1870 pixels."""

HEAD = 12
"""From this size on text is a head, whose lines are equally long [points]."""

LINE = 1.3 / 72 / PAGE[1]
"""Height of a line per point of its text [share of the page]."""


def poster(first: dict, edition: str, address: str) -> dict[str, bytes]:
    """Draw the poster, always the same bytes for the same report.

    Parameters
    ----------
    first : dict
        What the first page shows, from `analysis.publish.site.front.gathered`.
    edition, address : str
        Of the report, and of the project.

    Returns
    -------
    dict
        Bytes of ``poster.pdf`` and ``poster.png``.
    """
    # where HOME cannot be used, matplotlib would say so before anything is drawn
    os.environ.setdefault("MPLCONFIGDIR", str(paths.CACHE / "matplotlib"))
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(settings() | {"pdf.fonttype": 42}):
        for scale in SCALES:
            figure = Figure(figsize=PAGE, facecolor="white")
            figure.scale = scale
            top = _head(figure, first["top"])
            for card in first["cards"]:
                top = _answer(figure, card, top)
            if top >= WAY:
                break
        _way(figure, first["steps"], top)
        _foot(figure, edition, address)
        about = {"Title": first["top"].headline}
        dated = about | {"CreationDate": None, "Producer": None, "Creator": None}
        return {
            "poster.pdf": _saved(figure, format="pdf", metadata=dated),
            "poster.png": _saved(figure, format="png", metadata=about | {"Software": None}),
        }


def _saved(figure, **options) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, facecolor="white", dpi=DPI, **options)
    return buffer.getvalue()


def _write(figure, text: str, at: tuple[float, float], size: float, wide: float, **look) -> float:
    """Write a text within so many points; gives where the next one begins."""
    fold = balanced if size > HEAD else wrapped
    size *= figure.scale
    bold = {"bold": True} if fold is balanced else {}
    folded = fold(text, size * (1.12 if look.get("weight") and not bold else 1), wide, **bold)
    look = {"color": INK, "va": "top", "linespacing": 1.25, "parse_math": False} | look
    figure.text(*at, folded, fontsize=size, **look)
    return at[1] - size * LINE * (1 + folded.count("\n"))


def _head(figure, top) -> float:
    y = _write(figure, "Micro or macro? What open data say", (EDGE, 0.972), 11, FULL, color=FINDING,
               weight="bold")  # fmt: skip
    y = _write(figure, top.headline, (EDGE, y - 0.003), 18.5, FULL, weight="bold")
    return _write(figure, top.detail, (EDGE, y - 0.006), 9, FULL, color=QUIET) - 0.012


def _answer(figure, card: dict, top: float) -> float:
    """A question, its badge and its answer on the left, its picture on the right; gives where the
    next one begins.
    """
    from matplotlib.lines import Line2D

    rule = Line2D([EDGE, RIGHT], [top, top], color="#c9c9c9", lw=0.8)
    figure.add_artist(rule)
    colour = {"undecided": UNDECIDED, "untestable": QUIET}.get(card["kind"], INK)
    colour = OUTCOMES[card["kind"]][0] if card["kind"] in DECIDED else colour
    y = _write(figure, card["question"], (EDGE, top - 0.011), 10, LEFT, weight="bold")
    y = _write(figure, f"“{card['claim'].paraphrase}”", (EDGE, y), 7.2, LEFT, color=QUIET)
    y = _write(figure, card["badge"], (EDGE, y - 0.003), 9.5, LEFT, color=colour, weight="bold")
    y = _write(figure, card["made"].headline, (EDGE, y - 0.002), 13.5, LEFT, weight="bold")
    y = _write(figure, card["who"], (EDGE, y - 0.003), 7.5, LEFT, color=QUIET)
    if card["readings"]:
        y = _write(figure, " ".join(card["readings"]), (EDGE, y - 0.002), 7.5, LEFT, color=QUIET)
    would = "What would settle it" if card["undecided"] else "What would flip it"
    settled = card["flips"] or [card["needed"].partition(". ")[0]]
    for head, texts in (("How sure", card["sure"]), (would, settled)):
        if texts and texts[0]:
            y = _write(figure, f"{head}: {texts[0]}", (EDGE, y - 0.002), 7.5, LEFT)
    end = min(y, top - LEAST)
    tall = min(LEAST + 0.02, top - end) - 0.062
    box = (SPLIT + SIDE, top - 0.032 - tall, RIGHT - SPLIT - SIDE, tall)
    _picture(figure.add_axes(box), card["answer"])
    return end - AIR


def _picture(axes, answer: Answer) -> None:
    """A row per source over what was claimed; of a claim without data what was claimed alone."""
    test, rows = main_test(answer), rows_of(answer.main)
    low, high = test.value / test.margin, test.value * test.margin
    low, high = claimed_range(test) if test.relation == "equals" else (low, high)
    ends = [*map(_end, rows), *(row.low for row in rows), low, high, 1.0]
    least, most = min(ends), max(ends)
    lift_axis(axes.xaxis, min(least, 0.9) / 1.06, max(most, 1.3) * 1.08, most=4)
    axes.axvspan(low, high, color=CLAIM, alpha=0.13, lw=0)
    axes.axvline(test.value, color=CLAIM, ls=(0, (3, 2)), lw=1.4)
    axes.axvline(1, color=QUIET, lw=0.8)
    label = "about the same" if test.value == 1 else f"claimed: {change(test.value)}"
    axes.annotate(label, (test.value, 1), (0, 3), xycoords=("data", "axes fraction"),
                  textcoords="offset points", ha="center", color=CLAIM, fontsize=8,
                  weight="bold", annotation_clip=False)  # fmt: skip
    decided = any(row.outcome in DECIDED for row in rows)
    for place, row in enumerate(rows):
        colour = FINDING if row.outcome in DECIDED or not decided else REST
        axes.plot([row.low, _end(row)], [-place, -place], color=colour, lw=3.5,
                  solid_capstyle="round")  # fmt: skip
        axes.plot([row.estimate], [-place], "o", color=colour, ms=8)
    names = [f"{platform_name(row.platform) or row.name}\n{change(row.estimate)}" for row in rows]
    axes.set_yticks(range(0, -max(len(rows), 1), -1), names or ["No open\ndata"])
    axes.set_ylim(-max(len(rows), 1) + 0.4, 0.6)
    axes.tick_params(labelsize=8, length=0)
    axes.xaxis.set_tick_params(which="minor", length=0, labelsize=0)
    axes.grid(visible=False)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _end(row: Row) -> float:
    """The upper end of an interval; without a limit, twice the estimate."""
    return 2 * row.estimate if isnan(row.high) or isinf(row.high) else row.high


def _way(figure, steps: list[Step], top: float) -> None:
    """The longest way of a number from its origin to the claim, side by side."""
    from matplotlib.lines import Line2D

    figure.add_artist(Line2D([EDGE, RIGHT], [top, top], color="#c9c9c9", lw=0.8))
    if not steps:
        return
    y = _write(figure, "Where the 20 % comes from: a count of conversations became a rate of "
               "conversions", (EDGE, top - 0.012), 10.5, FULL, weight="bold")  # fmt: skip
    shown = [one.step for one in steps if one.main]
    apart = (RIGHT - EDGE) / len(shown)
    wide = FULL / len(shown) - 8
    for place, step in enumerate(shown):
        x = EDGE + place * apart
        if place:
            read = step.seen and shown[place - 1].seen
            line = Line2D([x - apart + 0.012, x], [y - 0.012] * 2, lw=1.4, color=REST,
                          ls="-" if read else (0, (2, 2)))  # fmt: skip
            figure.add_artist(line)
        figure.add_artist(Line2D([x + 0.006], [y - 0.012], marker="o", ms=7,
                                 color=FINDING if step.seen else CLAIM))  # fmt: skip
        unit = {"percent": " %", "times": " times"}.get(step.unit, f" {step.unit}")
        after = _write(figure, f"{step.figure}{unit}", (x, y - 0.022), 12, wide, weight="bold")
        after = _write(figure, step.wording, (x, after), 7.5, wide, weight="bold")
        who = f"{step.year or 'undated'}, {step.who}{'' if step.seen else ', inferred'}"
        _write(figure, who, (x, after), 6.8, wide, color=QUIET)


def _foot(figure, edition: str, address: str) -> None:
    text = (
        "Different creators are compared, not one that grows; no source is a random sample. "
        "Shaded: what counts as the claim being right. Bars: intervals. Dashed: a step that was "
        f"inferred and not read. Edition {edition}, {address}"
    )
    _write(figure, text, (EDGE, 0.042), 7.2, FULL, color=QUIET)
