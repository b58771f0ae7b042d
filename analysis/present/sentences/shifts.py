"""What other posts, other sources and errors in followers give, in words."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from analysis.display import sentence
from analysis.estimate.fragility import Fragility
from analysis.estimate.results import Estimate
from analysis.estimate.shifts import ShiftTable
from analysis.estimate.strata import Strata
from analysis.present.sentences.numbers import count, listing, number
from analysis.present.sentences.reasons import OUTCOMES
from analysis.present.sentences.results import compared, observed_by, value
from analysis.registers.shifts import FRAGILE, OPPOSITES, strata_of

MOVES = {
    "age": "age of posts", "sponsored": "sponsoring", "niche": "niche", "verified": "verification",
    "continent": "continent", "category": "kind of channel", "source": "source",
    "rounding": "rounding", "growth": "growth", "bots": "bots",
}  # fmt: skip
"""What was changed, by the kind of shift, in the order in which kinds are written."""

PARTS = {
    ("age", "last year"): "posts of the last year", ("age", "older"): "older posts",
    ("sponsored", "yes"): "sponsored posts", ("sponsored", "no"): "posts that are not sponsored",
    ("verified", "yes"): "verified accounts", ("verified", "no"): "accounts that are not verified",
}  # fmt: skip
"""Levels of strata as one says them; of others `part_of` names stratum and level."""

SIMULATED = ("rounding", "growth", "bots")
"""Kinds of shifts that were simulated."""

NO_PARTS = ("source", *SIMULATED)
"""Kinds of shifts to something else than a part of the posts."""

WOULD = {
    "supported": "would have supported it", "contradicted": "would have contradicted it",
    "undecided": "would have left it undecided",
}  # fmt: skip
"""What other posts would have done to a claim, by the outcome that they give."""

PASSIVE = {
    "supported": "would be supported", "contradicted": "would be contradicted",
    "undecided": "would be undecided",
}  # fmt: skip


def part_of(kind: str, level: str) -> str:
    """Name the posts of one level of a stratum, in the plural.

    Examples
    --------
    >>> part_of("age", "older"), part_of("niche", "pet"), part_of("continent", "Asia")
    ('older posts', "posts of the niche 'pet'", 'accounts in Asia')
    """
    if kind == "continent":
        return f"accounts in {level}"
    return PARTS.get((kind, level), f"posts of the {kind} '{level}'")


def by_age(
    claim: str, source: str, scheme: str, test: int, write: Callable[..., str] = number
) -> str:
    """Write what the posts of each age alone give for one question, as it is registered in
    data/shifts.csv; nothing where the source has no ages.

    Examples
    --------
    >>> by_age("C08", "instagram-kim", "macro-or-micro-second", 1)[:46]
    'Posts of the last year alone give 1.24 [1.18, '
    """
    parts = []
    for row in strata_of(claim, source, scheme, test):
        ends = f"[{write(row['low'])}, {write(row['high'])}]"
        who, outcome = part_of(row["kind"], row["level"]), OUTCOMES[row["outcome"]]
        parts.append(f"{who} alone give {write(row['estimate'])} {ends}, {outcome}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


FRAGILE_BY = (
    "{names} alone", "a shift as large as that to {names}",
    "without errors in followers as simulated ({names}) it",
)  # fmt: skip
"""What would have decided otherwise, the plainest first."""


def fragile_sentence(rows: list[dict], outcome: str, together: bool = False) -> str:
    """Write what would have decided otherwise, for which an outcome is called fragile.

    Parameters
    ----------
    rows : list of dict
        From `overturned_by`.
    outcome : str
        Of the verdict.
    together : bool
        Whether that is on all tests of a claim together; then only the tests are named.

    Examples
    --------
    >>> row = {"how": "measured", "kind": "age", "level": "older", "outcome": "supported"}
    >>> fragile_sentence([row | {"moved_to": "supported"}], "contradicted")
    'Fragile: older posts alone would have supported it.'
    """
    if together and rows:
        tests = dict.fromkeys(f"test {row['test']}" for row in rows)
        return f"{FRAGILE.capitalize()}, as is the answer of {listing(tests)}."
    groups: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        if row["how"] == "simulated":
            key = (2, PASSIVE[row["moved_to"]])
        elif row["outcome"] == OPPOSITES[outcome]:
            key = (0, WOULD[row["outcome"]])
        else:
            key = (1, WOULD[row["moved_to"]])
        groups.setdefault(key, []).append(_named(row))
    parts = []
    for (place, verb), names in sorted(groups.items()):
        parts.append(f"{FRAGILE_BY[place].format(names=listing(names))} {verb}")
    return f"{FRAGILE.capitalize()}: {'; '.join(parts)}." if parts else ""


def _named(row: dict) -> str:
    name = part_of if row["how"] == "measured" else named_error
    return name(row["kind"], row["level"])


def named_error(kind: str, level: str) -> str:
    """Name an error in followers, as it was simulated.

    Examples
    --------
    >>> named_error("rounding", "as TIDES rounds")
    'rounding as TIDES rounds'
    """
    return f"{MOVES[kind]}{'' if level.startswith('as') else ' of'} {level}"


@sentence.register(ShiftTable)
def _table_sentence(table: ShiftTable) -> str:
    frame = table.frame
    questions = len(frame[["claim", "source", "test"]].drop_duplicates())
    measured = int((frame["how"] == "measured").sum())
    return (
        f"{count(len(frame), 'shift')} of {count(questions, 'estimate')}: {measured:,} measured, "
        f"{len(frame) - measured:,} simulated."
    )


@sentence.register(Strata)
def _strata_sentence(held: Strata) -> str:
    parts, tiers = [], set()
    for whole in held.wholes:
        of_source = held.frame[held.frame["source"] == whole.context.source]
        levels = of_source[of_source["kind"] != ""]
        observed = observed_by(whole)
        named = compared(observed)
        who = f"{whole.context.source}, {named}" if named not in tiers else whole.context.source
        tiers.add(named)  # which is written once
        differing = strata(levels, whole.outcome)
        text = differing or "No part alone would have decided otherwise."
        ages = _ages(levels, observed)
        parts.append(
            f"{who}: {OUTCOMES[whole.outcome]} by all posts, {value(observed)}{ages}. {text}"
        )
    return " ".join(parts) or "No source has strata with enough accounts."


def _ages(levels: pd.DataFrame, observed: Estimate) -> str:
    """Write what posts of each age give, beside what all posts give."""
    texts = []
    for row in levels[levels["kind"] == "age"].to_dict("records"):
        ends = {name: row[name] for name in ("estimate", "low", "high")}
        texts.append(f"{part_of(row['kind'], row['level'])} {value(replace(observed, **ends))}")
    return f"; by {listing(texts)}" if texts else ""


def strata(frame: pd.DataFrame, outcome: str) -> str:
    """Write which strata alone would have given another outcome; nothing if all agree.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``kind, level, outcome`` of each stratum, as data/shifts.csv has them.
    outcome : str
        Of the whole.

    Examples
    --------
    >>> rows = [("age", "last year", "contradicted"), ("age", "older", "supported")]
    >>> strata(pd.DataFrame(rows, columns=["kind", "level", "outcome"]), "contradicted")
    'Older posts alone would have supported it.'
    """
    parts = []
    for other, rows in frame[frame["outcome"] != outcome].groupby("outcome", sort=False):
        pairs = zip(rows["kind"], rows["level"], strict=True)
        names = [part_of(kind, level) for kind, level in pairs]
        parts.append(f"{listing(names)} alone {WOULD[other]}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


@sentence.register(Fragility)
def _fragility_sentence(counted: Fragility) -> str:
    if not counted.tried:
        return (
            "Whether these answers are fragile was not measured: that is known of sources that "
            "come with the package, under the claims' own tiers."
        )
    answers = count(counted.tried, "supported or contradicted answer")
    were = "was" if counted.tried == 1 else "were"
    text = (
        f"{answers} under the claims' own tiers {were} put to parts of their own posts or to "
        f"simulated errors in followers: {counted.fragile} of them are fragile."
    )
    if not counted.fragile:
        return text
    return (
        f"{text} Some of the same posts alone give the opposite answer to {counted.opposite} of "
        f"these; a clear shift to a part of the posts overturns {counted.shifted}; a simulated "
        f"error in followers overturns {counted.simulated}."
    )
