"""Citations of verdicts: a claim in words, what each source answers with its interval, and whose
data these are.

A claim with several readings is cited with all of them, and they are never added up.
"""

import csv
import re
from collections.abc import Callable
from itertools import groupby
from math import isnan
from pathlib import Path
from typing import NamedTuple

from analysis import paths
from analysis.errors import RegisterError
from analysis.estimate.answer import DECIDED
from analysis.estimate.registry import follows, unit_of
from analysis.present import sentences
from analysis.present.sentences.answer_headlines import posts_of
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import BARE, followers, lift
from analysis.present.sentences.reasons import RELATIONS, claimed_lift, outcome_name
from analysis.present.sentences.results import tier_range
from analysis.publish import bibliography
from analysis.publish.bibliography import Item, as_sentence
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import claims, documents, price_lists, schemes, sources
from analysis.registers.metrics import METRICS
from analysis.registers.records import Tier
from analysis.registers.severity import AS_ASKED, EASILY, EASILY_NOT, counted_as

Row = dict[str, str]
"""A row of verdicts.csv."""

BRIEF = {
    EASILY: "easily supported",
    EASILY_NOT: "easily contradicted",
    AS_ASKED: "supported in part",
}
"""Outcomes in two or three words; the others are short enough."""

NO_DATA = "untestable"
"""The outcome where no source holds what a claim needs."""


def rows(folder: Path) -> list[Row]:
    """Read the verdicts of a published report."""
    path = folder / "verdicts.csv"
    if not path.is_file():
        raise RegisterError(f"{paths.shown(folder)} has no verdicts.csv, so it is not a report.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Reading(NamedTuple):
    """One reading of a claim: the number of its test, 0 for all together, what tells it from the
    others, and its answers, those with data.
    """

    test: int
    name: str
    answers: list[Row]


def verdict_citations(key: str, manifest: dict, verdicts: list[Row]) -> dict:
    """Cite the verdict on a claim under the claim's own tiers, in each form of `bibliography`."""
    claim = claims()[key]
    own = [row for row in verdicts if row["claim"] == key and row["scheme"] in ("", claim.scheme)]
    known = {one.key: one.model_dump() for one in sources().values()} | _deliverables(own)
    known |= manifest.get("sources", {})
    made = manifest["notebooks"].get(claim.notebook, {}).get("made_from", "")
    cited = [row["source"] for row in own if row["estimate"] and row["source"] in known]
    readings = _readings(claim, own)
    data = [as_sentence(known[source]["cite"]) for source in dict.fromkeys(cited)]
    document = documents()[claim.document].title
    by = f"{claim.attributed_to}, in {document}" if claim.attributed_to else document
    note = [f"Claimed by: {as_sentence(by)}", f"Verdict: {_in_full(claim, readings, known)}."]
    note += ["Data:", *dict.fromkeys(data)] if data else []
    note += [manifest["notice"]] if "notice" in manifest else []
    facts = {"claim": key, "sources": list(dict.fromkeys(cited)), "made_from": made}
    title = f"“{claim.paraphrase.rstrip('.')}”"
    shorter = tuple(_on_a_slide(claim, readings, known))
    item = Item(key, "Verdict on claim", title, " ".join(note), shorter, "entry", made, facts)
    return bibliography.forms(item, manifest)


def _deliverables(own: list[Row]) -> dict[str, dict]:
    """Price lists under the keys that verdicts have: each deliverable is a source of its own."""
    named = {}
    for key, prices in price_lists().items():
        for row in own:
            if row["source"].startswith(f"{key}-"):
                what = row["source"].removeprefix(f"{key}-")
                named[row["source"]] = prices.model_dump() | {"short": f"{prices.short}, {what}"}
    return named


def _readings(claim: Claim, own: list[Row]) -> list[Reading]:
    """The answers to each reading of a claim; to all of its tests together first, if it needs all.

    A claim without any answer has one reading, with one row that says why.
    """
    found, ordered = [], sorted(own, key=lambda row: int(row["test"]))
    for test, group in groupby(ordered, key=lambda row: int(row["test"])):
        answers = [row for row in group if row["outcome"] != NO_DATA]
        if test or answers:
            found.append(Reading(test, reading_of(claim, test), answers))
    if any(reading.answers for reading in found):
        return found
    nothing = dict.fromkeys(own[0], "") | {"outcome": own[0]["outcome"], "test": "0"}
    return [Reading(0, "", [nothing])]


def reading_of(claim: Claim, number: int) -> str:
    """What tells a reading from the others: its range, what is counted, of which posts, or the
    average; of a claim with one reading its range.
    """
    if not number:
        return "all together" if claim.tests else ""
    tests, test = claim.own_tests, claim.tests[number - 1]
    ways: tuple[Callable[[Test], str], ...] = (
        range_of,
        lambda one: METRICS[one.metric].words if one.metric in METRICS else "engagement rate",
        lambda one: posts_of(one) or "all posts",
        lambda one: one.average,
    )
    telling = [way for way in ways if len(set(map(way, tests))) > 1] or [range_of]
    return ", ".join(way(test) for way in telling)


def range_of(test: Test) -> str:
    """What a test takes as claimed, without its margin."""
    if _lifted(test):
        return claimed_lift(test.relation, test.value, 1, "ratio")
    return f"{RELATIONS[test.relation]}{sentences.number(test.value, unit_of(test))}"


def _lifted(test: Test) -> bool:
    """Whether a test is about a ratio of two tiers, which readers expect as a lift."""
    return bool(test.of and test.versus) and unit_of(test) == "ratio" and not follows(test)


def _in_full(claim: Claim, readings: list[Reading], known: dict[str, dict]) -> str:
    """Every answer: the reading, whom it compares, the outcome, the estimate with its interval."""
    said = []
    for test, name, answers in readings:
        parts, before = [], ""
        for row in answers:
            what = row["estimand"] if test and row["estimand"] != before else ""
            before = row["estimand"]
            value = ", ".join(filter(None, (value_of(claim, row), what)))
            by = f" by {_source(row, known)}" if row["source"] else ""
            parts.append(f"{outcome_of(row)}{by}{f' ({value})' if value else ''}")
        tiers = compared(claim, test, tier_range)
        head = ", ".join(filter(None, (name, tiers)))
        said.append(f"{head}: {sentences.listing(parts or ['no data'])}" if head else parts[0])
    return "; ".join(said)


def value_of(claim: Claim, row: Row) -> str:
    """The estimate with its interval; a ratio of two tiers as a lift."""
    if not (row.get("estimate") and int(row["test"])):
        return ""
    lifted = _lifted(claim.tests[int(row["test"]) - 1])

    def written(end: str) -> str:
        value = float(row[end] or "nan")
        if isnan(value):
            return "no limit"
        return re.sub(r"[+-](?=0 %)", "", lift(value)) if lifted else sentences.number(value)

    known = row["low"] or row["high"]
    ends = f"[{written('low')} to {written('high')}]" if known else "(no interval)"
    if row["unit"] == "percent":
        return f"{written('estimate')} % {ends}"
    unit = "" if row["unit"] in BARE or lifted else f" {row['unit']}"
    return f"{written('estimate')} {ends}{unit}" if known else f"{written('estimate')}{unit} {ends}"


def outcome_of(row: Row, brief: bool = False) -> str:
    """What a verdict counts as, and whether it is fragile; `brief`: in two or three words."""
    counted = counted_as(row["outcome"], row.get("severity", ""), row.get("as_asked", ""))
    if brief:
        return BRIEF.get(counted) or outcome_name(counted)
    return outcome_name(counted) + (" (fragile)" if row.get("fragile") else "")


def _source(row: Row, known: dict[str, dict]) -> str:
    return known[row["source"]]["short"] if row["source"] in known else row["source"]


def _platform(row: Row, known: dict[str, dict]) -> str:
    if row["source"] not in known:
        return row["source"]
    return platform_name(known[row["source"]]["platform"])


def compared(claim: Claim, number: int, write: Callable[[Tier], str]) -> str:
    """Whom a test compares, with their ranges of followers."""
    if not (number and claim.scheme):
        return ""
    test, tiers = claim.tests[number - 1], schemes()[claim.scheme].tiers
    named = {tier.name: tier for tier in tiers}
    who = [write(named[name]) for name in (test.of, test.versus) if name in named]
    return " against ".join(who)


def _brief(tier: Tier) -> str:
    """A range of followers in a word or two."""
    return followers(tier.lower, tier.upper).replace(" to ", "–").replace(" and more", "+")


def _on_a_slide(claim: Claim, readings: list[Reading], known: dict[str, dict]) -> list[str]:
    """What a slide says of a verdict, the fullest first: with values, then sources by name, then
    platforms, then how many sources.
    """
    together = [reading for reading in readings if not reading.test]
    shown = together or readings
    tiers = {compared(claim, reading.test, _brief) for reading in shown}
    who = f" ({tiers.pop()} followers)" if len(tiers) == 1 and any(tiers) else ""

    def source(row: Row) -> str:
        return f"by {_source(row, known)}" if row["source"] else ""

    def valued(row: Row) -> str:
        return " ".join(filter(None, (source(row), value_of(claim, row))))

    def platform(row: Row) -> str:
        return f"on {_platform(row, known)}" if row["source"] else ""

    def decided(row: Row) -> str:
        return platform(row) if row["outcome"] in DECIDED else "elsewhere"

    texts, named = [], ((source, True), (platform, True), (decided, True))
    for name, brief in ((valued, False), (source, False), *named):
        for place in (who, ""):
            parts = [_part(reading, name, brief, len(shown) > 1) for reading in shown]
            texts.append(f"Claim {claim.key}{place}: {'; '.join(parts)}.")
    counted = [outcome_of(row, True) for reading in shown for row in reading.answers]
    said = [f"{outcome} {counted.count(outcome)} times" for outcome in dict.fromkeys(counted)]
    return [*texts, f"Claim {claim.key}, {len(shown)} readings: {sentences.listing(said)}."]


def _part(reading: Reading, name: Callable[[Row], str], brief: bool, several: bool) -> str:
    """One reading: each outcome with those that gave it."""
    by_outcome: dict[str, dict[str, None]] = {}
    for row in reading.answers:
        by_outcome.setdefault(outcome_of(row, brief), {})[name(row)] = None
    parts = []
    for outcome, names in by_outcome.items():
        first, *more = names
        listed = sentences.listing([first, *(one.partition(" ")[2] for one in more)])
        parts.append(f"{outcome} {listed}".rstrip())
    text = ", ".join(parts) if parts else "no data"
    return f"{reading.name}: {text}" if several else text
