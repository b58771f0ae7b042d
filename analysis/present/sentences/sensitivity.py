"""What would flip a verdict, in a reader's unit, beside shifts that were measured."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, isnan, log

import pandas as pd

from analysis.display import sentence
from analysis.estimate.results import Estimate
from analysis.estimate.sensitivity import Flip, Shift, scale_of, shifted
from analysis.estimate.shifts import ShiftTable
from analysis.estimate.strata import Strata
from analysis.present.sentences.numbers import MISSING, count, listing, number
from analysis.present.sentences.reasons import OUTCOMES, WORDINGS, three
from analysis.present.sentences.results import compared, observed_by, value
from analysis.registers.shifts import strata_of

WORDINGS |= {
    "truncated": "truncated log-normal rates of each tier, of which those above {least:g} "
    "reactions per post are seen; the rest is known by that shape alone",
    "missing_accounts": "bounds if {first:.0%} and {second:.0%} of the accounts are missing, whose "
    "typical rates differ from those seen by a factor of {factor:g} at most",
}

MOVES = {
    "age": "the age of posts", "sponsored": "sponsored posts or others", "niche": "the niche",
    "verified": "verified accounts or others", "continent": "the continent",
    "category": "the kind of channel", "source": "another source",
    "rounding": "rounding of followers", "growth": "growth between post and crawl",
    "bots": "bots among followers",
}  # fmt: skip
"""What moved an estimate, by the kind of shift."""

PARTS = {
    ("age", "last year"): "posts of the last year", ("age", "older"): "older posts",
    ("sponsored", "yes"): "sponsored posts", ("sponsored", "no"): "posts that are not sponsored",
    ("verified", "yes"): "verified accounts", ("verified", "no"): "accounts that are not verified",
}  # fmt: skip
"""Levels of strata as one says them; of others `part_of` names stratum and level."""

SIMULATED = ("rounding", "growth", "bots")
"""Kinds of shifts that were simulated."""

LARGE = 2.0
"""From this factor on a bias is written as a factor, not in percent."""


def bias(value: float, scale: str = "factor") -> str:
    """Write the size of a bias, whichever its direction.

    Examples
    --------
    >>> bias(1.0169), bias(0.5), bias(0.05, "difference"), bias(1.0003)
    ('1.7 %', 'a factor of 2', '0.05', '0.03 %')
    """
    if scale == "difference":
        return three(abs(value))
    size = exp(abs(log(value)))
    if size >= LARGE:
        return f"a factor of {three(size)}"
    percent = 100 * (size - 1)
    return f"{percent:.1f} %" if 0.1 <= percent < 9.95 else f"{float(f'{percent:.2g}'):g} %"


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


def flip_of(value: float, unit: str, scale: str, estimate: float) -> str:
    """Write one bias in the reader's unit: of a probability, what it would have to be.

    Examples
    --------
    >>> flip_of(9.0, "probability", "odds", 0.5)
    'a probability of 0.900 instead of 0.500'
    """
    if scale == "odds":
        moved = float(shifted(estimate, value, unit))
        return f"a {unit} of {number(moved)} instead of {number(estimate)}"
    size = bias(value, scale)
    if scale == "difference":
        return f"a shift of {size}"
    return f"a bias {'by' if 'factor' in size else 'of'} {size}"


def flip_texts(verdicts: pd.DataFrame) -> list[str]:
    """Write the column `flip` of a frame of verdicts: a size, or what a probability would be.

    Examples
    --------
    >>> import analysis as an
    >>> flip_texts(an.judge("D06", "instagram-kim", ["harvard-media"]).to_frame())
    ['1.7 %', '23 %']
    """
    texts = []
    for row in verdicts.to_dict("records"):
        value, unit = row["flip"], row["unit"]
        if value == "" or value is None or isnan(value):
            texts.append(MISSING)
        elif scale_of(unit) == "odds":
            texts.append(f"to {number(float(shifted(row['estimate'], value, unit)))}")
        else:
            texts.append(bias(value, scale_of(unit)))
    return texts


def flip_in_short(flip: Flip, write: Callable[..., str] = number) -> str:
    """Write in one sentence the bias that would make a verdict undecided, beside the largest shift
    of the same source that leads that way; nothing of a verdict that decides nothing.

    Parameters
    ----------
    flip : Flip
        Of a verdict.
    write : callable
        Writes a value, in the unit in which the estimate is shown.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("macro-or-micro-second")
    >>> flip_in_short(an.claim("C08").judge(kim.contrast()).flip()).partition(";")[0]
    'A bias of 14 % (to 1.04) would make this undecided'
    """
    if isnan(flip.undecided):
        decided = flip.outcome in ("supported", "contradicted")
        return _without(flip) if decided else ""
    first = flip_of(flip.undecided, flip.unit, flip.scale, flip.estimate)
    if flip.scale != "odds":
        first += f" (to {write(_at(flip, flip.undecided))})"
    return f"{first[0].upper()}{first[1:]} would make this undecided; {_largest(flip, write)}."


def _at(flip: Flip, moved_by: float) -> float:
    return float(shifted(flip.estimate, moved_by, flip.unit))


def _largest(flip: Flip, write: Callable[..., str]) -> str:
    """Write the largest shift towards the flip, and whether it is as large."""
    if flip.toward is None and flip.compared:
        return "no part of its posts clearly moves it that way"
    if flip.toward is None:
        return "no shift was measured to compare that with"
    who, there = part_of(flip.toward.kind, flip.toward.level), _at(flip, flip.toward.shift)
    enough = "which is enough" if flip.enough else "which is not enough"
    if flip.scale == "odds":
        return f"{who} alone give {write(there)}, {enough}"
    size = bias(flip.toward.shift, flip.scale)
    return f"{who} alone move it by {size} (to {write(there)}), {enough}"


def by_age(
    claim: str, source: str, scheme: str, test: int, write: Callable[..., str] = number
) -> str:
    """Write what the posts of each age alone give for one question, as it is registered in
    data/shifts.csv; nothing where the source does not tell ages.

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


@sentence.register(Flip)
def _flip_sentence(flip: Flip) -> str:
    if isnan(flip.undecided):
        return _without(flip)
    known = (flip.unit, flip.scale, flip.estimate)
    first = flip_of(flip.undecided, *known)
    first = f"{first[0].upper()}{first[1:]} would make this undecided"
    if isnan(flip.opposite):
        rest = "none would turn it, since the interval is wider than what was claimed"
    else:
        rest = f"{flip_of(flip.opposite, *known)} would turn it"
    return " ".join([f"{first}; {rest}.", *filter(None, [_beside(flip)])])


def _beside(flip: Flip) -> str:
    """Write how far each change moves the estimate, those that were simulated last."""
    order = [*MOVES, *(shift.kind for shift in flip.beside if shift.kind not in MOVES)]
    ordered = sorted(flip.beside, key=lambda shift: order.index(shift.kind))
    parts = []
    for simulated, verb in ((False, "alone moves it"), (True, "moves it in simulations")):
        held = [shift for shift in ordered if (shift.kind in SIMULATED) == simulated]
        texts = [f"{MOVES.get(shift.kind, shift.kind)} {_moved(shift, flip)}" for shift in held]
        if texts:
            texts[0] = f"{MOVES.get(held[0].kind, held[0].kind)} {verb} {_moved(held[0], flip)}"
            parts.append(listing(texts))
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _moved(shift: Shift, flip: Flip) -> str:
    """Write how far one change moves the estimate."""
    if flip.scale == "odds":
        return f"to {number(float(shifted(flip.estimate, shift.shift, flip.unit)))}"
    return f"by {bias(shift.shift, flip.scale)}"


def _without(flip: Flip) -> str:
    """Write why there is no bias to state."""
    if flip.outcome in ("supported", "contradicted"):
        if isnan(flip.estimate):
            return "Several tests together decide; each has a bias of its own."
        return "No bias of a finite size would make this undecided."
    return "Nothing is decided, so nothing can flip."


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
    verbs = {
        "supported": "would have supported it",
        "contradicted": "would have contradicted it",
        "undecided": "would have left it undecided",
    }
    parts = []
    for other, rows in frame[frame["outcome"] != outcome].groupby("outcome", sort=False):
        pairs = zip(rows["kind"], rows["level"], strict=True)
        names = [part_of(kind, level) for kind, level in pairs]
        parts.append(f"{listing(names)} alone {verbs[other]}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""
