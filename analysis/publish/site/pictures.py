"""Small pictures of answers for cards, as SVG whose colours the page's style gives."""

from html import escape
from math import isinf, isnan, log

from analysis.estimate.answer import DECIDED, Answer
from analysis.estimate.decision import claimed_range
from analysis.present.sentences.answer_headlines import Row, rows_of
from analysis.present.sentences.answers import values_of
from analysis.present.sentences.cards import main_test
from analysis.present.sentences.confidence import change
from analysis.present.sentences.names import platform_name
from analysis.registers.claims import Test

WIDE, LEFT, RIGHT = 320, 112, 308
"""Width of a picture, and where its axis begins and ends [pixels]."""

TOP, ROW, FOOT = 24, 40, 24
"""Heights of the label of the claim, of a row and of the axis."""

TICKS = (0.25, 0.5, 0.8, 1, 1.2, 1.5, 2, 3, 5, 10, 20, 50)
"""Ratios that may be ticks."""

APART = 58
"""Least distance of two ticks, whose labels are up to so wide."""

NEAR = 34
"""Within so many pixels of an edge a label is written inwards."""


def small_picture(answer: Answer) -> str:
    """Draw a row per source over what was claimed, those that decide in colour; of a claim without
    data what was claimed and that nobody can say.

    Examples
    --------
    >>> import analysis as an
    >>> "claimed: +20 %" in small_picture(an.claim("D07").answer("open"))
    True
    """
    test = main_test(answer)
    if test is None or not test.versus:
        return ""
    rows = [row for row in rows_of(answer.main) if row.unit == "ratio" and row.estimate > 0]
    low, high = (test.value / test.margin, test.value * test.margin)
    low, high = claimed_range(test) if test.relation == "equals" else (low, high)
    scale = _Scale(_extent([*rows, (low, high)]))
    label = "about the same" if test.value == 1 else f"claimed: {change(test.value)}"
    parts = [_band(scale, low, high, test.value, max(len(rows), 1)), _label(scale, test, label)]
    if rows:
        decided = any(row.outcome in DECIDED for row in rows)
        parts += [_row(scale, row, place, decided) for place, row in enumerate(rows)]
    else:
        middle = TOP + ROW / 2 + 5
        parts.append(f'<text class="name" x="0" y="{middle:g}">No open data</text>')
    parts.append(_axis(scale, max(len(rows), 1)))
    tall = TOP + ROW * max(len(rows), 1) + FOOT
    said = f"{label}. {values_of(answer) or 'No open data.'}"
    return (
        f'<svg class="small" viewBox="0 0 {WIDE} {tall}" role="img" aria-label="{escape(said)}">'
        f"{''.join(parts)}</svg>"
    )


def _extent(spans) -> tuple[float, float]:
    """From where to where the axis goes: around one, what was claimed and every interval."""
    ends = [1.0]
    for one in spans:
        ends += [one.low, one.high, one.estimate] if isinstance(one, Row) else one
    known = [end for end in ends if end > 0 and not isnan(end) and not isinf(end)]
    low, high = max(min(known), 0.2), min(max(known), 20)
    room = (high / low) ** 0.06
    return min(low, 0.9) / room, max(high, 1.3) * room


class _Scale:
    """Places of ratios on a logarithmic axis [pixels]."""

    def __init__(self, extent: tuple[float, float]):
        self.low, self.high = extent

    def __call__(self, ratio: float) -> float:
        """Give the place of a ratio, at the edge of the axis if it lies beyond it."""
        if isnan(ratio) or isinf(ratio):
            ratio = self.high
        inside = min(max(ratio, self.low), self.high)
        part = log(inside / self.low) / log(self.high / self.low)
        return round(LEFT + part * (RIGHT - LEFT), 1)


def _band(scale: _Scale, low: float, high: float, value: float, rows: int) -> str:
    """What counts as the claim being right, and the claimed value as a dashed line."""
    bottom, x = TOP + ROW * rows, scale(value)
    return (
        f'<rect class="band" x="{scale(low)}" y="{TOP}" width="{scale(high) - scale(low):.1f}" '
        f'height="{ROW * rows}"></rect>'
        f'<path class="claimed" d="M{x} {TOP}V{bottom}"></path>'
        f'<path class="same" d="M{scale(1)} {TOP}V{bottom}"></path>'
    )


def _label(scale: _Scale, test: Test, text: str) -> str:
    x = min(max(scale(test.value), LEFT), RIGHT - 4 * len(text))
    anchor = "middle" if x - LEFT > 4 * len(text) - 60 else "start"
    return f'<text class="said" x="{x:.1f}" y="15" text-anchor="{anchor}">{escape(text)}</text>'


def _row(scale: _Scale, row: Row, place: int, decided: bool) -> str:
    """The name of a source, its value, and its interval as a bar with a mark."""
    y = TOP + ROW * place
    kind = row.outcome if row.outcome in DECIDED or not decided else "quiet"
    low, high = scale(row.low), scale(row.high if not isnan(row.high) else float("inf"))
    name, _, other = row.name.partition(" (")
    name = platform_name(row.platform) or name
    value = change(row.estimate).replace("-", "−")
    second = " · ".join(filter(None, (value, other.rstrip(")"))))
    return (
        f'<text class="name" x="0" y="{y + 17}">{escape(name)}</text>'
        f'<text class="value" x="0" y="{y + 33}">{escape(second)}</text>'
        f'<path class="range {kind}" d="M{low} {y + 20}H{high}"></path>'
        f'<circle class="point {kind}" cx="{scale(row.estimate)}" cy="{y + 20}" r="6"></circle>'
    )


def _axis(scale: _Scale, rows: int) -> str:
    """Ticks in percent, ``same`` where nothing differs, none so near that labels meet."""
    y, placed, parts = TOP + ROW * rows + 17, [scale(1)], [(1.0, "same")]
    for ratio in sorted(TICKS, key=lambda one: abs(log(one))):
        x = scale(ratio)
        inside = scale.low < ratio < scale.high and LEFT + NEAR < x < RIGHT - 14
        if inside and all(abs(x - other) >= APART for other in placed):
            placed.append(x)
            parts.append((ratio, change(ratio).replace("-", "−")))
    return "".join(
        f'<text class="tick" x="{scale(ratio)}" y="{y}" text-anchor="middle">{text}</text>'
        for ratio, text in parts
    )
