"""Headlines of answers to claims, by the estimator of the test that is answered."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import pandas as pd

from analysis.estimate.answer import DECIDED
from analysis.present.sentences.findings import TIMES, Pair, begun, direction, noun, on, span
from analysis.present.sentences.names import platform_name, source_name
from analysis.present.sentences.numbers import listing, short_count
from analysis.registers.claims import EVERY_OTHER, Test
from analysis.registers.lookup import price_lists, schemes, sources
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Tier
from analysis.registers.severity import counted


class Row(NamedTuple):
    """A verdict of one source, as headlines need it."""

    source: str
    name: str
    platform: str
    scheme: str
    test: int
    outcome: str
    counted: str
    severity: str
    estimate: float
    low: float
    high: float
    unit: str


def rows_of(frame: pd.DataFrame, known: bool = True) -> list[Row]:
    """Give rows of verdicts, those without an estimate left out if `known`."""
    frame = frame[frame["estimate"].notna()] if known and len(frame) else frame
    if frame.empty:
        return []
    columns = [name for name in Row._fields if name in frame.columns]
    return [
        Row(**one, name=source_name(one["source"]), platform=platform_of(one["source"]))
        for one in frame[columns].assign(counted=counted(frame)).to_dict("records")
    ]


def platform_of(source: str) -> str:
    """Give the platform of a source by its key, of prices and posts together that of the posts;
    empty where none is known.
    """
    known = {**price_lists(), **sources()}
    of = next((key for key in reversed(source.split("+")) if key in known), "")
    return known[of].platform if of else ""


def where(platforms: Iterable[str]) -> str:
    """Write ``on Instagram and TikTok``; of a source without a platform ``in your data``."""
    named = dict.fromkeys(map(platform_name, filter(None, platforms)))
    return f"on {listing(named)}" if named else "in these data"


def said_by(rows: list[Row]) -> list[Row]:
    """Choose the rows that a headline is about: those that decide, else those that are clear."""
    decided = [row for row in rows if row.outcome in DECIDED]
    clear = [row for row in decided or rows if direction(row.low, row.high)]
    return clear or decided or rows


POSTS = {("sponsored", "yes"): "sponsored posts", ("sponsored", "no"): "unpaid posts"}
"""Posts of a stratum in a word or two."""


def posts_of(test: Test) -> str:
    """Name the posts that a test is about; empty if all."""
    if not test.stratum:
        return ""
    return POSTS.get((test.stratum, test.level), f"posts with {test.stratum} = {test.level}")


def metric_of(test: Test) -> Metric:
    """Give the metric that a test counts; a source's own engagement rate is that of followers.

    Examples
    --------
    >>> import analysis as an
    >>> metric_of(an.claim("D06").tests[0]).key
    'engagement_per_follower'
    """
    return METRICS["engagement_per_follower" if test.metric == "engagement" else test.metric]


def _tiers(test: Test, row: Row) -> tuple[Tier, Tier | None]:
    tiers = {tier.name: tier for tier in schemes()[row.scheme].tiers}
    return tiers[test.of], tiers.get(test.versus)


def _not(test: Test, rows: list[Row]) -> str:
    """What was claimed, where all that a headline is about contradict a size."""
    if test.value == 1 or any(row.outcome != "contradicted" for row in rows):
        return ""
    if test.value >= TIMES:
        return f", not {test.value:g}"
    return f", not {100 * abs(test.value - 1):.0f} %"


def _contrast(test: Test, rows: list[Row]) -> list[str]:
    if rows[0].unit == "percent" or not test.versus:
        return _level(test, rows)
    if test.versus == EVERY_OTHER:
        return _highest(test, rows)
    chosen = said_by(rows)
    pair = Pair(
        *_tiers(test, chosen[0]), metric_of(test), POSTS.get((test.stratum, test.level), "")
    )
    place = on(row.platform for row in chosen)
    if not any(direction(row.low, row.high) for row in chosen):
        return pair.unclear(place)
    sized = pair.sized(place, [row.estimate for row in chosen], _not(test, chosen))
    return sized or [f"{place}{noun(pair.metric)} differs in both directions between sources"]


def _highest(test: Test, rows: list[Row]) -> list[str]:
    of, what = _tiers(test, rows[0])[0], noun(metric_of(test))
    yes = [row for row in rows if row.outcome == "supported"]
    if not yes:
        unsure = f"whether creators with {span(of)} followers get the most {what} is not clear"
        return [f"{on(row.platform for row in rows)}{unsure}", unsure]
    place = on(row.platform for row in yes)
    return [f"{place}no other size gets more {what} than creators with {span(of)} followers"]


def _level(test: Test, rows: list[Row]) -> list[str]:
    chosen = [row for row in rows if row.outcome in DECIDED] or rows
    tiers = _tiers(test, chosen[0]) if test.of else ()
    who = f"creators with {span(tiers[0])} followers" if tiers else f"creators near {_at(test)}"
    values = [f"{float(f'{row.estimate:.2g}'):g} %" for row in chosen]
    claimed = f"{test.value:g} %"
    what = noun(metric_of(test))
    first = f"{on([chosen[0].platform])}{who} average {values[0]} {what}"
    if len(chosen) == 1:
        ends = {"contradicted": f", not {claimed}", "supported": f", near the claimed {claimed}"}
        return [first + ends.get(chosen[0].outcome, ""), first]
    second = f"{first}, {where([chosen[1].platform])} {values[1]}"
    return [f"{second}, not {claimed}" if _all_wrong(chosen) else second, second, first]


def _all_wrong(rows: list[Row]) -> bool:
    return all(row.outcome == "contradicted" for row in rows)


def _at(test: Test) -> str:
    return f"{short_count(test.at)} followers"


def _breakpoint(test: Test, rows: list[Row]) -> list[str]:
    what, claimed = noun(metric_of(test)), short_count(test.value)
    decided = [row for row in rows if row.outcome in DECIDED]
    if not decided:
        return [
            f"where the fall of {what} slows, at {claimed} followers or elsewhere, is not clear"
        ]
    at = short_count(float(f"{decided[0].estimate:.2g}"))
    place = on([decided[0].platform])
    end = f", not {claimed}" if decided[0].outcome == "contradicted" else ", as claimed"
    texts = [f"{place}the fall of {what} slows near {at} followers{end}"]
    return [*texts, f"{place}{what} bends near {at} followers{end}"]


def _slope(side: str) -> Callable[[Test, list[Row]], list[str]]:
    def write(test: Test, rows: list[Row]) -> list[str]:
        chosen, what = said_by(rows), noun(metric_of(test))
        place = on(row.platform for row in chosen)
        ways = {row.estimate > 1 for row in chosen}
        if len(ways) == 2 or not any(direction(row.low, row.high) for row in chosen):
            at = short_count(test.at)
            return [f"{place}{what} {side} {at} followers does not clearly change with size"]
        way = "higher" if True in ways else "lower"
        first = "already " if side == "below" and test.relation == "equals" else ""
        size = f"{first}{_sizes(row.estimate - 1 for row in chosen)} % {way}"
        text = f"{what} is {size} per tenfold followers {side} {short_count(test.at)}"
        return [place + text, text]

    return write


def _within(test: Test, rows: list[Row]) -> list[str]:
    chosen = said_by(rows)
    what, place = noun(metric_of(test)), on(row.platform for row in chosen)
    if not any(direction(row.low, row.high) for row in chosen):
        text = f"no clear change in {what} shows as creators grow"
        return [f"{place}{what} of the same creators does not clearly change as they grow",
                f"{place}{text}", text]  # fmt: skip
    way = "higher" if chosen[0].estimate > 1 else "lower"
    return [f"{place}{what} of the same creators is {way} where they have more {test.along}"]


def _sizes(parts: Iterable[float]) -> str:
    """Write the smallest and the largest of some shares in percent: ``30–66``."""
    percents = sorted(round(100 * abs(part)) for part in parts)
    return "–".join(dict.fromkeys(map(str, (percents[0], percents[-1]))))


def _superiority(test: Test, rows: list[Row]) -> list[str]:
    of, versus = _tiers(test, rows[0])
    size = _sizes(row.estimate for row in rows)
    what = noun(metric_of(test)).partition(" per ")[0]
    place = on(row.platform for row in rows)
    text = f"creators with {span(of)} have more {what} than {span(versus)} in {size} % of pairs"
    return [place + text, begun(text)]


def _worst_case(test: Test, rows: list[Row]) -> list[str]:
    of, versus = _tiers(test, rows[0])
    lows = [100 * (1 - row.estimate) for row in rows]
    if all(row.outcome == "supported" for row in rows):
        return [
            f"one {span(of)} creator varies more than many {span(versus)} with as many followers"
        ]
    return [f"one {span(of)} creator falls up to {max(lows):.0f} % short in bad cases"]


def _reliability(test: Test, rows: list[Row]) -> list[str]:
    place = where(row.platform for row in rows)
    verb = "are enough" if all(row.outcome == "supported" for row in rows) else "may not be enough"
    return [f"{test.at:g} posts {verb} to know a creator's rate {place}"]


def _beyond_size(test: Test, rows: list[Row]) -> list[str]:
    place = on(row.platform for row in rows)
    if all(row.outcome == "supported" for row in rows):
        text = f"creators of one size differ more in {noun(metric_of(test))} than sizes"
        return [f"{place}{text} do", f"{place}{text}", text]
    return [f"{place}size and creator share the differences in {noun(metric_of(test))}"]


HEADLINES: dict[str, Callable[[Test, list[Row]], list[str]]] = {
    "contrast": _contrast,
    "rate at": _level,
    "breakpoint": _breakpoint,
    "slope below": _slope("below"),
    "slope above": _slope("above"),
    "within creators": _within,
    "superiority": _superiority,
    "worst case": _worst_case,
    "reliability": _reliability,
    "creator beyond size": _beyond_size,
}
"""Variants of a headline, fullest first, by the estimator of a test."""
