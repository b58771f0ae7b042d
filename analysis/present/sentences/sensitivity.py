"""What would flip a verdict, in a reader's unit, beside shifts that were measured."""

from math import exp, isnan, log

import pandas as pd

from analysis.display import sentence
from analysis.estimate.sensitivity import Flip, Shift, scale_of, shifted
from analysis.estimate.shifts import ShiftTable
from analysis.estimate.strata import Strata
from analysis.present.sentences.numbers import MISSING, count, listing, number
from analysis.present.sentences.reasons import WORDINGS, three
from analysis.present.sentences.results import OUTCOMES, compared, observed_by, value

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
    return f"a shift of {size}" if scale == "difference" else f"a bias of {size}"


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
    parts = []
    for whole in held.wholes:
        of_source = held.frame["source"] == whole.context.source
        levels = held.frame[of_source & (held.frame["kind"] != "")]
        observed = observed_by(whole)
        who = f"{whole.context.source}, {compared(observed)}"
        differing = strata(levels, whole.outcome)
        text = differing or "No stratum alone would have decided otherwise."
        parts.append(f"{who}: {OUTCOMES[whole.outcome]} by all posts, {value(observed)}. {text}")
    return " ".join(parts) or "No source has strata with enough accounts."


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
    'Posts with age = older alone would have supported it.'
    """
    verbs = {
        "supported": "would have supported it",
        "contradicted": "would have contradicted it",
        "undecided": "would have left it undecided",
    }
    parts = []
    for other, rows in frame[frame["outcome"] != outcome].groupby("outcome", sort=False):
        pairs = zip(rows["kind"], rows["level"], strict=True)
        names = [f"{kind} = {level}" for kind, level in pairs]
        parts.append(f"posts with {listing(names)} alone {verbs[other]}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""
