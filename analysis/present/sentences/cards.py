"""Cards of claims: a badge in words, whose tiers, how sure, and what would flip or settle it."""

from collections.abc import Callable
from math import isnan, log

import pandas as pd

from analysis.estimate.answer import DECIDED, Answer
from analysis.estimate.decision import claimed_range
from analysis.estimate.sensitivity import flip_of_question
from analysis.present.sentences.answer_headlines import Row, rows_of
from analysis.present.sentences.answers import compared_in, value_of
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import begun, noun, shortened
from analysis.present.sentences.names import platform_name, source_name
from analysis.present.sentences.numbers import listing, number
from analysis.present.sentences.sensitivity import flip_of
from analysis.present.sentences.severities import severity_text
from analysis.present.sentences.shifts import WOULD, part_of
from analysis.registers.claims import Test
from analysis.registers.metrics import METRICS
from analysis.registers.severity import AS_ASKED, EASILY, EASILY_NOT
from analysis.registers.shifts import OPPOSITES, overturned_by

BADGES = {
    "supported": "supported",
    EASILY: "holds, but could hardly fail",
    AS_ASKED: "supported as far as asked",
    "contradicted": "contradicted",
    EASILY_NOT: "contradicted, but easily",
    "undecided": "undecided",
    "untestable": "no open data",
    "document": "settled by reading",
}
"""Outcomes as badges, those that decide first."""


def badge(answer: Answer) -> str:
    """Write what becomes of a claim by its first reading, and where, in a few words.

    Examples
    --------
    >>> import analysis as an
    >>> badge(an.claim("D06").answer(an.load_all("open")))
    'Contradicted on Instagram'
    >>> badge(an.claim("D07").answer(an.load_all("open")))
    'No open data on conversions'
    """
    rows = rows_of(answer.readings[0][1], known=False)
    there = {row.counted for row in rows}
    shown = [name for name in BADGES if name in there]
    decided = [name for name in shown if name not in ("undecided", "untestable", "document")]
    if not decided and answer.badge in ("untestable", "document"):
        return begun(_without_data(answer))
    parts = []
    for name in decided or ["undecided"]:
        them = [row for row in rows if row.counted == name]
        names = [row.name if _shared(row, rows, name) else platform_name(row.platform)
                 for row in them]  # fmt: skip
        places = listing(dict.fromkeys(filter(None, names)))
        parts.append(f"{BADGES[name]} on {places}" if any(names) else BADGES[name])
    return begun("; ".join(parts))


def _shared(row: Row, rows: list[Row], outcome: str) -> bool:
    """Whether another source of the same platform decides otherwise."""
    them = [one for one in rows if one.platform == row.platform and one.counted in BADGES]
    return any(one.outcome in DECIDED and one.counted != outcome for one in them)


def is_own(answer: Answer) -> bool:
    """Whether an answer is about a file of the reader's own, which no register names."""
    return any(key and source_name(key) == key for key in answer.frame["source"])


def unsure(answer: Answer) -> str:
    """Write why there is nothing to be sure about."""
    if is_own(answer):
        return "These data lack what this needs."
    return "Every open source was asked, and none holds what this needs."


def _without_data(answer: Answer) -> str:
    if answer.badge == "untestable" and is_own(answer):
        return "no data"
    if answer.badge == "document" or not answer.claim.own_tests:
        return BADGES[answer.badge]
    test = answer.claim.own_tests[0]
    if test.estimator == "within creators" or test.metric not in METRICS:
        return BADGES["untestable"]
    return f"{BADGES['untestable']} on {noun(METRICS[test.metric]).partition(' per ')[0]}"


def whose(answer: Answer) -> str:
    """Write whom a claim compares, in followers; empty of a claim that is about no tiers.

    Examples
    --------
    >>> import analysis as an
    >>> whose(an.claim("D07").answer("open"))
    '1K to 5K against 10K to 25K followers'
    """
    test = main_test(answer)
    return compared_in(test, answer.claim.scheme) if test else ""


def main_test(answer: Answer) -> Test | None:
    """Give the test that a headline is about: the first with data, else the first of all."""
    if len(answer.main):
        return answer.claim.tests[answer.main["test"].iloc[0] - 1]
    return next(iter(answer.claim.own_tests), None)


def writer(row: Row, test: Test) -> Callable[[float], str]:
    """Give what writes a value of a row in the reader's unit: of a ratio of tiers as a lift."""
    return change if row.unit == "ratio" and test.versus else number


def sure(answer: Answer) -> list[str]:
    """Write how sure an answer is, a sentence for each source that decides, or for all: interval,
    and how severe the test is.
    """
    rows, test = rows_of(answer.main), main_test(answer)
    texts = []
    for row in [row for row in rows if row.outcome in DECIDED] or rows:
        which = (row.test, row.source, row.scheme, row.outcome, row.severity)
        severe = severity_text(answer.claim.key, *which)
        interval = "" if isnan(row.low) else f", {100 * answer.confidence:g} % interval"
        texts.append(f"{row.name} {value_of(row, test)}{interval}. {severe}".strip())
    return texts


def flips(answer: Answer) -> list[str]:
    """Write what would flip each decided row of an answer, or what would settle the others."""
    rows, test = rows_of(answer.main), main_test(answer)
    decided = [row for row in rows if row.outcome in DECIDED]
    if decided:
        stated = pd.to_numeric(answer.main["flip"], errors="coerce")
        known = dict(zip(answer.main["source"], stated, strict=True))
        texts = [_flip(answer.claim.key, row, test, known[row.source]) for row in decided]
        several = len(texts) > 1
        pairs = zip(decided, texts, strict=True)
        return [f"{row.name}: {text}" if several else begun(text) for row, text in pairs if text]
    return [text for row in rows if (text := settle(row, test))]


def _flip(key: str, row: Row, test: Test, undecided: float) -> str:
    which = (key, row.source, row.scheme, row.test)
    parts = []
    if not isnan(undecided):
        flip = flip_of_question(*which, row.outcome, row.unit, row.estimate, undecided)
        parts.append(f"{flip_of(undecided, row.unit, flip.scale, row.estimate)} is enough")
    write = writer(row, test)
    for one in overturned_by(*which, row.outcome):
        if one["how"] == "measured" and one["outcome"] == OPPOSITES[row.outcome]:
            would = WOULD[one["outcome"]]
            parts.append(f"{part_of(one['kind'], one['level'])} alone give "
                         f"{write(one['estimate'])} and {would}")  # fmt: skip
    return f"{'; '.join(parts)}." if parts else ""


def settle(row: Row, test: Test) -> str:
    """Write what would settle an undecided row: which edge its interval crosses, and how many times
    as many accounts would decide if the estimate stays; empty where that is not known.

    Examples
    --------
    >>> import analysis as an
    >>> answer = an.claim("A12").answer(an.load_all("instagram-kim"))
    >>> settle(rows_of(answer.main)[0], answer.claim.tests[0])[-33:]
    'decide it, if the estimate stays.'
    """
    low, high = claimed_range(test)
    edges = [edge for edge in (low, high) if row.low < edge < row.high]
    if not edges or min(row.low, row.estimate, edges[0]) <= 0 or row.unit != "ratio":
        return ""
    write = writer(row, test)
    nearest = min((abs(log(row.estimate / edge)), edge) for edge in edges)
    half = log(row.high / row.low) / 2
    text = f"On {row.name} the interval crosses {listing(write(edge) for edge in edges)}"
    if not nearest[0] or half / nearest[0] > 10:
        return f"{text}; only far more accounts would decide."
    return (
        f"{text}; {(half / nearest[0]) ** 2:.1f} times as many accounts would decide it, if the "
        "estimate stays."
    )


def needed(answer: Answer) -> str:
    """Write what data would settle a claim without any, in at most 60 words."""
    asks = answer.claim.data_request
    return shortened(begun(asks)) if asks else ""
