"""What would flip a verdict, in a reader's unit, beside shifts that were measured."""

from collections.abc import Callable
from math import exp, isnan, log

import pandas as pd

from analysis.display import sentence
from analysis.estimate.sensitivity import Flip, Shift, scale_of, shifted
from analysis.present.sentences.names import source_name
from analysis.present.sentences.numbers import MISSING, number
from analysis.present.sentences.reasons import WORDINGS, three
from analysis.present.sentences.shifts import MOVES, NO_PARTS, named_error, part_of

WORDINGS |= {
    "truncated": "truncated log-normal rates of each tier, of which those above {least:g} "
    "reactions per post are seen; the rest is known by that shape alone",
    "missing_accounts": "bounds if {first:.0%} and {second:.0%} of the accounts are missing, whose "
    "typical rates differ from those seen by a factor of {factor:g} at most",
}

HEADS = (
    "Of parts of its posts, these alone clearly lie that way, the farthest of each kind:",
    "The other way, away from the nearest edge, lie:",
    "Of other sources that can be asked, the one that differs most is",
    "Without errors in followers as they were simulated it would be:",
)
"""What stands before shifts towards the nearest edge, away from it, to a source, of errors."""

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
        return "no part of its posts clearly lies that way"
    if flip.toward is None:
        return "no shift was measured to compare that with"
    who, there = part_of(flip.toward.kind, flip.toward.level), _at(flip, flip.toward.shift)
    enough = "which is enough" if flip.enough else "which is not enough"
    return f"{who} alone give {write(there)}, {apart(flip.toward, flip, 'all posts')}, {enough}"


def apart(shift: Shift, flip: Flip, whole: str) -> str:
    """Write how far an estimate lies from that of a whole, with direction and interval.

    Examples
    --------
    >>> known = ("D06", "my-posts", "harvard-media", 1, "contradicted", "ratio", 1.38, "factor")
    >>> flip = Flip(*known, 1.017, float("nan"))
    >>> apart(Shift("age", "older", 1.12, 1.08, 1.163, 15), flip, "all posts")
    '1.12 [1.08, 1.16] times the ratio of all posts'
    """
    size = _size_of(shift)
    if flip.scale == "difference":
        return f"a difference of {size} from that of {whole}"
    what = "odds" if flip.scale == "odds" else "ratio" if flip.unit == "ratio" else "estimate"
    return f"{size} times the {what} of {whole}"


def _size_of(shift: Shift) -> str:
    size, *ends = map(number, (shift.shift, shift.shift_low, shift.shift_high))
    return size if isnan(shift.shift_low) else f"{size} [{', '.join(ends)}]"


@sentence.register(Flip)
def _flip_sentence(flip: Flip) -> str:
    if isnan(flip.undecided):
        return _without(flip)
    first = _sized(flip, flip.undecided)
    first = f"{first[0].upper()}{first[1:]} would make this undecided"
    if isnan(flip.opposite):
        rest = "none would turn it, since the interval is wider than what was claimed"
    else:
        rest = f"{_sized(flip, flip.opposite)} would turn it"
    return " ".join([f"{first}; {rest}.", *filter(None, _beside(flip))])


def _sized(flip: Flip, moved_by: float) -> str:
    """Write a bias with the estimate to which it leads."""
    text = flip_of(moved_by, flip.unit, flip.scale, flip.estimate)
    return text if flip.scale == "odds" else f"{text} (to {number(_at(flip, moved_by))})"


def _beside(flip: Flip) -> list[str]:
    """Write where other estimates of the question lie: on the side of the nearest edge, on the
    other one, by another source, and without a simulated error.
    """
    none = 0.0 if flip.scale == "difference" else 1.0
    groups: dict[str, list[str]] = {head: [] for head in HEADS}
    for one in sorted(flip.beside, key=lambda shift: [*MOVES].index(shift.kind)):
        if one.kind in NO_PARTS:
            place = 2 if one.kind == "source" else 3
        else:
            place = 0 if (one.shift > none) == (flip.undecided > none) else 1
        groups[HEADS[place]].append(_placed(one, flip))
    texts = [f"{head} {'; '.join(held)}." for head, held in groups.items() if held]
    tried = max((one.tried for one in flip.beside if one.kind not in NO_PARTS), default=0)
    if tried > 1:
        texts.append(f"The intervals of parts hold for all {tried} that were tried at once.")
    return texts


def _placed(one: Shift, flip: Flip) -> str:
    """Write what one part, source or simulation gives, and how far from the estimate that is."""
    who = part_of(one.kind, one.level)
    if one.kind in NO_PARTS:
        who = source_name(one.level) if one.kind == "source" else named_error(one.kind, one.level)
    by = {"odds": "odds times", "difference": "a difference of"}.get(flip.scale, "times")
    return f"{who} {number(_at(flip, one.shift))}, {by} {_size_of(one)}"


def _without(flip: Flip) -> str:
    """Write why there is no bias to state."""
    if flip.outcome in ("supported", "contradicted"):
        if isnan(flip.estimate):
            return "Several tests together decide; each has a bias of its own."
        return "No bias of a finite size would make this undecided."
    return "Nothing is decided, so nothing can flip."
