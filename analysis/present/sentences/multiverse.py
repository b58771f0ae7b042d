"""Specifications, judged, and choices made by hand: as sentences, and as counts of outcomes."""

import pandas as pd

from analysis.display import lines, sentence
from analysis.estimate.explored import Explored
from analysis.estimate.multiverse.choices import DecisiveChoices, SingleChanges, VarianceByChoice
from analysis.estimate.multiverse.fixed import Added
from analysis.estimate.multiverse.grid import CHOICES
from analysis.estimate.multiverse.holdout import Confirmation
from analysis.estimate.multiverse.simultaneous import JointTest
from analysis.estimate.multiverse.specification_curve import SpecificationCurve
from analysis.present.sentences.numbers import count, listing, number, p_value
from analysis.present.sentences.reasons import OUTCOMES, WORDINGS

SIGNS = {"equals": "≈", "at_least": "≥", "at_most": "≤", "more_than": ">", "less_than": "<"}


def _question(claim: str, of: str, versus: str, relation: str, value: float) -> str:
    what, unit = (f"{of} / {versus}", "") if versus else (of, " %")
    return f"{claim}: {what} {SIGNS[relation]} {value:g}{unit}"


WORDINGS |= {
    "question": _question,
    "metric_not_held": "the source does not hold the metric",
    "tier_not_in_scheme": "the publisher has no tier '{tier}'",
    "scheme_of_other_platforms": "the publisher means other platforms",
    "one_level_at_a_time": "cells are published one level at a time; to combine levels takes "
    "accounts",
    "merged_levels": "levels that are too small were merged",
}


@sentence.register(SpecificationCurve)
def _judged_sentence(judged: SpecificationCurve) -> str:
    if not len(judged):
        return "No specification is admissible."
    frame = judged.to_frame()
    parts = [_of_question(part) for _, part in frame.groupby(["claim", "test"], sort=False)]
    return " ".join(parts)


def _of_question(rows: pd.DataFrame) -> str:
    """Write what all specifications of one test give."""
    counts = rows["outcome"].value_counts()
    outcomes = listing(f"{number_of:,} {OUTCOMES[name]}" for name, number_of in counts.items())
    asked = f"{rows['question'].iloc[0]}, over {count(len(rows), 'specification')}: {outcomes}."
    decided = rows[rows["status"] == "ok"]
    if decided.empty:
        return asked
    low, middle, high = decided["estimate"].quantile([0.1, 0.5, 0.9])
    unit = decided["unit"].iloc[0]
    noun = "ratios" if unit == "ratio" else "values"
    spread = f"between {number(low, unit)} and {number(high, unit)}, half below"
    who = f"Of the {len(decided):,} with an interval that may decide"
    return f"{asked} {who}, four in five {noun} lie {spread} {number(middle, unit)}."


@lines.register(SpecificationCurve)
def _judged_lines(judged: SpecificationCurve) -> str:
    first = count(len(judged), "specification")
    if not len(judged):
        return first
    return f"{first}, judged\n{outcomes_by_question(judged).to_string(index=False)}"


def outcomes_by_question(judged: SpecificationCurve) -> pd.DataFrame:
    """Count the outcomes of each question, under the names that readers see."""
    return judged.counts().drop(columns=["claim", "test"]).rename(columns=OUTCOMES)


@sentence.register(VarianceByChoice)
def _variance_sentence(shares: VarianceByChoice) -> str:
    if not len(shares):
        return "No choice has two options that can be compared."
    ordered = shares.frame.sort_values("share", ascending=False)
    parts = [
        f"{choice_name(row.choice)} {number(row.share, 'percent')}" for row in ordered.itertuples()
    ]
    return f"Of the variance of the log estimates, by choice: {listing(parts)}."


def choice_name(choice: str) -> str:
    """Write a choice as readers see it."""
    names = CHOICES | {"metric": "which rate", "together": "only in combination"}
    return names.get(choice, choice)


@sentence.register(DecisiveChoices)
def _decisive_sentence(choices: DecisiveChoices) -> str:
    most = choices.frame.dropna(subset="share").sort_values("share", ascending=False)
    most = most.groupby(["claim", "test"], sort=False).head(1).sort_values(["claim", "test"])
    parts = [
        f"{choice_name(row.choice)} for {row.claim}, test {row.test}: "
        f"{number(row.share, 'percent')} of {count(row.pairs, 'pair')}"
        for row in most.itertuples()
    ]
    if not parts:
        return "No two specifications differ in a single choice."
    return f"The choice that changes the verdict most often is {'; '.join(parts)}."


@sentence.register(SingleChanges)
def _changes_sentence(changes: SingleChanges) -> str:
    decisive = f"{len(changes.decisive)} of {count(len(changes.changed), 'single change')}"
    return f"{decisive} of the registered choices give another verdict."


@sentence.register(JointTest)
def _joint_test_sentence(test: JointTest) -> str:
    if not len(test):
        return "No specification has an estimate under every permutation."
    parts = [f"{row.statistic} {p_value(row.p)}" for row in test.frame.itertuples()]
    curves = f"{test.frame['draws'].iloc[0]:,} curves with followers shuffled"
    return f"Against {curves}: {listing(parts)}."


@sentence.register(Confirmation)
def _confirmation_sentence(confirmed: Confirmation) -> str:
    known = confirmed.frame.dropna(subset="estimate_elsewhere")
    if known.empty:
        return "No pick has an estimate where it was not picked."
    smaller = int((known["estimate_elsewhere"] < known["estimate"]).sum())
    one = len(known) == 1
    where = "is smaller where it was" if one else "are smaller where they were"
    return f"{smaller} of {count(len(known), 'pick')} {where} not picked."


@sentence.register(Added)
def _added_sentence(added: Added) -> str:
    if not added.edition:
        return "The list is whatever the data and the registers admit."
    fixed = f"The list is the one that edition {added.edition} wrote down"
    names = [f"{axis} {option}" for axis, option in added.options[["axis", "option"]].to_numpy()]
    if not names:
        return f"{fixed}; nothing has been registered since."
    return f"{fixed}. Registered since, for the next edition to take in: {listing(names)}."


@sentence.register(Explored)
def _explored_sentence(explored: Explored) -> str:
    return f"{explored.estimate.sentence()} {explored.verdict.claim}: {explored.verdict.sentence()}"
