"""Specifications, judged, and choices made by hand: as sentences, and as counts of outcomes."""

import pandas as pd

from analysis.display import lines, sentence
from analysis.estimate.desk import Explored
from analysis.estimate.multiverse import Judged
from analysis.estimate.multiverse.fixed import Added
from analysis.present.sentences.numbers import count, listing, number
from analysis.present.sentences.reasons import WORDINGS
from analysis.present.sentences.results import OUTCOMES

WORDINGS |= {
    "metric_not_held": "the source does not hold the metric",
    "tier_not_in_scheme": "the publisher has no tier '{tier}'",
    "scheme_of_other_platforms": "the publisher means other platforms",
    "one_level_at_a_time": "cells are published one level at a time; to combine levels takes "
    "accounts",
    "merged_levels": "levels that are too small were merged",
}


@sentence.register(Judged)
def _judged_sentence(judged: Judged) -> str:
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


@lines.register(Judged)
def _judged_lines(judged: Judged) -> str:
    first = count(len(judged), "specification")
    if not len(judged):
        return first
    return f"{first}, judged\n{outcomes_by_question(judged).to_string(index=False)}"


def outcomes_by_question(judged: Judged) -> pd.DataFrame:
    """Count the outcomes of each question, under the names that readers see."""
    return judged.counts().drop(columns=["claim", "test"]).rename(columns=OUTCOMES)


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
