"""Confidence curves, predictions for a new source and shrunken levels as sentences."""

from math import isfinite, isnan

from analysis.display import sentence
from analysis.estimate.confidence_curve import HIGHEST, ConfidenceCurve
from analysis.estimate.decision import claimed
from analysis.estimate.gathered import Results
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.synthesis.prediction import BetweenSources
from analysis.estimate.synthesis.shrinkage import Shrunken
from analysis.present.sentences.numbers import count, lift, listing, number
from analysis.present.sentences.reasons import WORDINGS, claimed_lift, joined
from analysis.present.sentences.results import SEVERAL, compared, value

WORDINGS |= {
    "not_weighed": lambda reasons: f"no vote: {joined(reasons)}",
    "too_few_to_shrink": "{levels} levels that can be weighed; shrinking needs {fewest}",
    "morris": "empirical Bayes over {levels} levels (Morris), variance between them by REML",
    "shrunken": "{each}, drawn towards the mean of all levels",
    "no_interval_to_extend": "no interval",
    "interval_not_by_t": "its interval is not made by Student's t, so it has no others beside it",
}

MOST_LIFT = 10.0
"""Ratios above it are written as multiples: +4,900 % is hard to read."""


def level(missed: float) -> str:
    """Write a level of confidence by what it lacks to 1, never rounded up to 100 %.

    Examples
    --------
    >>> level(0.0068), level(0.00042), level(1e-9)
    ('99.3 %', '99.96 %', 'more than 99.99 %')
    """
    if missed < 1 - HIGHEST:
        return f"more than {100 * HIGHEST:g} %"
    digits = 1 if missed >= 0.001 else 2
    return f"{100 * (1 - missed):.{digits}f} %"


def share(part: float) -> str:
    """Write a share of confidence, never rounded to none or all.

    Examples
    --------
    >>> share(0.218), share(1e-9), share(1 - 1e-9)
    ('21.8 %', 'less than 0.1 %', 'more than 99.9 %')
    """
    if part < 0.001:
        return "less than 0.1 %"
    return "more than 99.9 %" if part > 0.999 else f"{100 * part:.1f} %"


def change(ratio: float) -> str:
    """Write a ratio as a lift; a very large one as a multiple.

    Examples
    --------
    >>> change(1.38), change(1.0), change(53.2)
    ('+38 %', 'no difference', '53 times')
    """
    if not isfinite(ratio):
        return "no limit"
    if ratio == 1:
        return "no difference"
    return lift(ratio) if ratio < MOST_LIFT else f"{ratio:,.0f} times"


def mark(estimate: Estimate, where: float) -> str:
    """Write a value in the reader's unit: of a ratio of tiers as a lift."""
    if estimate.unit == "ratio" and estimate.context.versus:
        return change(where)
    return number(where, estimate.unit)


@sentence.register(ConfidenceCurve)
def _confidence_curve(curve: ConfidenceCurve) -> str:
    source = curve.estimate.context.source
    who = ", ".join(filter(None, [source, compared(curve.estimate)]))
    return _of(curve, who, f"; claimed {_claimed(curve)}." if curve.test else ".")


def _of(curve: ConfidenceCurve, who: str, after: str) -> str:
    """Write a curve under a name, with what follows its estimate."""
    if curve.reasons:
        return f"{who} has no confidence curve: {joined(curve.reasons)}."
    doubt = ", indicative only" if curve.estimate.status != "ok" else ""
    if curve.estimate.context.signs:
        doubt += ", from a file that looks selected"
    first = f"{who}: {value(curve.estimate)}{doubt}{after}"
    if curve.test is None:
        return first
    return f"{first} {_inside(curve) if curve.inside else _outside(curve)}{_held(curve)}"


def _several(curves: Results) -> str:
    """Write curves of one contrast, which name their tiers and the claim once."""
    shared = {(compared(one.estimate), _claimed(one) if one.test else "") for one in curves}
    if len(shared) > 1:
        return " ".join(map(sentence, curves))
    ((who, stated),) = shared
    drawn = [one for one in curves if not one.reasons]
    each = listing(f"{value(one.estimate)} in {one.estimate.context.source}" for one in drawn)
    head = f"{who[0].upper()}{who[1:]}: {each}{f'; claimed {stated}' if stated else ''}."
    return " ".join(filter(None, [head, *map(_reach, curves)]))


def _reach(curve: ConfidenceCurve) -> str:
    """Write what a curve says beside its estimate."""
    source = curve.estimate.context.source
    if curve.reasons:
        return _of(curve, source, ".")
    doubt = " (indicative only)" if curve.estimate.status != "ok" else ""
    if curve.estimate.context.signs:
        doubt += " (from a file that looks selected)"
    if curve.test is None:
        return f"{source}{doubt}." if doubt else ""
    text = f"{_inside(curve) if curve.inside else _outside(curve)}{_held(curve)}"
    return f"{source}{doubt}: {text[0].lower()}{text[1:]}"


SEVERAL[ConfidenceCurve] = _several


def _claimed(curve: ConfidenceCurve) -> str:
    """Write what was claimed, and which values count as that."""
    facts = dict(claimed(curve.test, curve.estimate.unit).facts)
    if curve.estimate.unit == "ratio" and curve.estimate.context.versus:
        return claimed_lift(**facts)
    return str(claimed(curve.test, curve.estimate.unit))


def _outside(curve: ConfidenceCurve) -> str:
    """How much confidence it takes to reach the claimed range."""
    end = mark(curve.estimate, curve.nearest)
    highest = f"{100 * HIGHEST:g} %"
    if curve.missed < 1 - HIGHEST:
        return f"Even at {highest} confidence the interval does not reach {end}."
    reach = f"It would take {level(curve.missed)} confidence for the interval to reach {end}"
    if _crosses(curve):
        reach = f"An interval of only {level(curve.missed)} confidence reaches {end}"
    if curve.test.value == curve.nearest:
        return f"{reach}."
    stated = f"the claimed {mark(curve.estimate, curve.test.value)}"
    if curve.missed_value < 1 - HIGHEST:
        return f"{reach}; {stated} lies outside every interval up to {highest}."
    of = "of" if _crosses(curve) else "and"
    to_reach = "" if _crosses(curve) else "to reach "
    return f"{reach}, {of} {level(curve.missed_value)} {to_reach}{stated}."


def _inside(curve: ConfidenceCurve) -> str:
    """Up to how much confidence the interval lies in the claimed range."""
    end = mark(curve.estimate, curve.nearest)
    if curve.missed < 1 - HIGHEST:
        return f"Even at {100 * HIGHEST:g} % confidence the interval lies in the claimed range."
    only = "Only up" if _crosses(curve) else "Up"
    within = f"{only} to {level(curve.missed)} confidence the interval lies in the claimed range"
    return f"{within}; beyond that it reaches {end}."


def _crosses(curve: ConfidenceCurve) -> bool:
    """Whether the interval that is shown reaches across an end of the claimed range."""
    return curve.missed > 1 - curve.estimate.context.confidence


def _held(curve: ConfidenceCurve) -> str:
    """Of an interval that decides nothing, how much of the confidence is in the claimed range."""
    if not _crosses(curve) or isnan(curve.held):
        return ""
    return f" The confidence that it lies in the claimed range is {share(curve.held)}."


NUMERALS = ("No", "One", "Two", "Three")
"""Numbers that begin a sentence about too few sources."""


@sentence.register(BetweenSources)
def _between_sources(between: BetweenSources) -> str:
    left = between.left_out["source"].tolist()
    without = f" Without a vote: {listing(left)}." if left else ""
    k, new = len(between), between.prediction
    if not k:
        return f"No source has a ratio that can be weighed.{without}"
    confidence = f"{100 * between.estimates[0].context.confidence:g} %"
    ends = f"{change(new.low)} to {change(new.high)}"
    if between.predicts:
        first = f"A new source is predicted to lie between {ends.replace(' to ', ' and ')}"
        return f"{first} ({confidence}); {_range(between)}.{without}"
    noun = "source" if k == 1 else "sources"
    cannot = f"{NUMERALS[k]} {noun} cannot predict what a new source would show"
    wide = f": a {confidence} prediction interval from them runs from {ends}"
    seen = _range(between)
    return f"{seen[0].upper()}{seen[1:]}. {cannot}{'' if isnan(new.low) else wide}.{without}"


def _range(between: BetweenSources) -> str:
    """Write from where to where the sources run."""
    estimates, names = list(between.estimates), between.names
    if len(estimates) == 1:
        return f"the only source, {names[0]}, shows {change(estimates[0].estimate)}"
    order = sorted(range(len(names)), key=lambda place: estimates[place].estimate)
    ends = [f"{change(estimates[at].estimate)} in {names[at]}" for at in (order[0], order[-1])]
    return f"{len(names)} sources run from {' to '.join(ends)}"


@sentence.register(Shrunken)
def _shrunken(shrunken: Shrunken) -> str:
    left = shrunken.left_out["level"].tolist()
    without = f" Left out: {listing(left)}." if left else ""
    if shrunken.status == "undefined":
        return f"Nothing is shrunken: {shrunken.method}.{without}"
    kind = shrunken.raw[0].context.posts.split(":")[0]
    by = kind if kind not in ("", "all") else "level"
    drawn, raw = (_ends(shrunken, part) for part in (shrunken.shrunken, shrunken.raw))
    levels = count(len(shrunken.names), by)
    text = f"By {by} the lift runs from {drawn} once chance is taken out ({levels});"
    return f"{text} the raw figures run from {raw}.{without}"


def _ends(shrunken: Shrunken, part: Estimates) -> str:
    """Write the least and the largest ratio, each with its level."""
    ratios = [one.estimate for one in part]
    ends = [ratios.index(end) for end in (min(ratios), max(ratios))]
    return " to ".join(f"{change(ratios[at])} in {shrunken.names[at]}" for at in ends)
