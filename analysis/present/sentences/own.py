"""What a reader can tell their boss: answers from posts of one's own, in words for a meeting.

The one source of these words: the front page of a report on own data and `micro-macro check` both
take them from here.
"""

from math import inf, isnan

from analysis.display import sentence
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.decision import claimed_range
from analysis.estimate.own_answers import CLAIM, MOST, PROJECTED, OwnAnswer, OwnAnswers
from analysis.present.sentences.meeting import (
    counted,
    creators,
    fold,
    people,
    people_in_short,
    reach,
)
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import followers, listing
from analysis.registers.lookup import claims
from analysis.registers.records import Tier, TierScheme

TITLE = "What you can tell your boss"

TOPICS = {
    "rate": "engagement",
    "claim": "the often quoted “60 % more engagement”",
    "total": "what a post gets in all",
    "sales": "sales",
    "money": "what you get for your money",
}
"""What each question is about, as a label."""

OUTCOMES = {"clear": "Clear", "undecided": "Cannot tell", "not in the file": "Not in your file"}
"""What a badge says."""

LACKS = {
    "rate": "Your file has no likes or other reactions beside followers, so it says nothing about "
    "engagement.",
    "claim": "Your file has no engagement, so it says nothing about the often quoted “60 % more”.",
    "total": "Your file has no likes, comments, views or reach of single posts, so it says nothing "
    "about totals.",
    "sales": "Your file has no clicks with conversions, so it says nothing about who sells more.",
    "money": "Your file has no costs, so it says nothing about who is cheaper.",
}
"""What is said where the file does not hold the columns."""

COLUMNS = {
    "rate": "a column with likes, and one with comments if you have it",
    "claim": "a column with likes, and one with comments if you have it",
    "total": "a column with likes, views or reach",
    "sales": "columns with clicks and conversions, or with revenue",
    "money": "columns with what each post cost and the currency",
}
"""Columns that would answer a question."""

FEW = 30
"""Creators in a tier below which they are called few."""


@sentence.register(OwnAnswer)
def _sentence(answer: OwnAnswer) -> str:
    text = _plain(answer)
    if not answer.platform:
        return text
    return f"On {platform_name(answer.platform)}, {text[0].lower()}{text[1:]}"


def _plain(answer: OwnAnswer) -> str:
    if answer.because == "lacks":
        return LACKS[answer.question]
    if answer.because == "no creators":
        return _nobody(answer)
    if answer.because == "nothing counted":
        return _nothing_counted(answer)
    if answer.question == "claim":
        return _claimed(answer)
    return f"{_compared(answer)}; {_how_sure(answer)}."


def _nobody(answer: OwnAnswer) -> str:
    """What is missing where a tier has nobody of whom this was counted."""
    pairs = list(zip(answer.accounts, answer.tiers, strict=True))
    missing = " or ".join(people(one) for count, one in pairs if not count)
    held = [creators(count, one, False) for count, one in pairs if count]
    what = " ".join(counted(answer.metric, answer.currency))
    if answer.question == "rate":
        beside = f" to compare with those of your {held[0]}" if held else ""
        return f"Your file has no {what} of {missing}{beside}."
    who = " or ".join(people_in_short(one) for count, one in pairs if not count)
    if answer.question == "claim":
        return f"Without {who} your file cannot tell whether it is {TOPICS['claim']}."
    return f"Your file has no {what} of {who}, so it says nothing about {TOPICS[answer.question]}."


def _nothing_counted(answer: OwnAnswer) -> str:
    what, _ = counted(answer.metric, answer.currency)
    zero = [
        dict(reason.facts)["tier"]
        for reason in answer.estimate.reasons
        if reason.key == "in_tier" and dict(reason.facts)["problem"].key == "rate_zero"
    ]
    pairs = list(zip(answer.accounts, answer.tiers, strict=True))
    without = [creators(count, one) for count, one in pairs if one.name in zero]
    who = " and ".join(without or [creators(count, one) for count, one in pairs])
    kind = "counted for" if without else "that can be compared of"
    if answer.question == "claim":
        return f"Your file has no {what} {kind} your {who}, so it cannot tell whether it is " + (
            f"{TOPICS['claim']}."
        )
    return f"Your file has no {what} {kind} your {who}, so nothing can be compared."


def _compared(answer: OwnAnswer) -> str:
    """Who has how much more or less than whom."""
    what, per = counted(answer.metric, answer.currency)
    (first, small), (second, large) = zip(answer.accounts, answer.tiers, strict=True)
    ratio = answer.estimate.estimate
    if _turned(answer):
        ratio, first, small, second, large = 1 / ratio, second, large, first, small
    size, link = fold(ratio, what)
    sums = answer.question in ("sales", "money") and first > 1
    together = "together " if sums else ""
    return f"Your {creators(first, small)} {together}got {size} {per} {link} your " + creators(
        second, large, False
    )


def _turned(answer: OwnAnswer) -> bool:
    """Whether the larger tier is named first, as in totals, which are higher for it."""
    return answer.question == "total" and answer.estimate.estimate < 1


def _ends(answer: OwnAnswer) -> tuple[float, float]:
    low, high = answer.estimate.low, answer.estimate.high
    return ((1 / high if high else inf), (1 / low if low else inf)) if _turned(answer) else (
        low, high
    )  # fmt: skip


def _how_sure(answer: OwnAnswer) -> str:
    low, high = _ends(answer)
    if isnan(low) or isnan(high):
        return "how far chance alone could move that, the file cannot tell"
    span = reach(low, high)
    if answer.outcome == "clear":
        return f"allowing for chance it is {span}"
    if answer.because == "selected":
        return f"chance alone could make it {span}, and the file looks selected"
    few = min(answer.accounts) < FEW
    return f"{'with so few creators ' if few else ''}it could be {span}"


def _claimed(answer: OwnAnswer) -> str:
    """How the claim that is quoted most fares."""
    low, high = answer.estimate.low, answer.estimate.high
    whether = f"Whether it is {TOPICS['claim']} your file cannot tell"
    if isnan(low) or isnan(high):
        return f"{whether}: nobody can say how far chance goes here."
    span = reach(low, high)
    if answer.because == "claim holds":
        return f"Your file agrees with {TOPICS['claim']}: allowing for chance it is {span}."
    if answer.because in ("less than claimed", "more than claimed"):
        much = answer.because.split()[0]
        return f"Your file contradicts {TOPICS['claim']}: it is {much}, {span}."
    return f"{whether}: it could be {span}."


def why(answer: OwnAnswer) -> str:
    """Write why an answer is clear or not."""
    low = [(count, one) for count, one in zip(answer.accounts, answer.tiers, strict=True)
           if count < INDICATIVE]  # fmt: skip
    few = listing(
        f"{'one' if count == 1 else count} {people_in_short(one, count == 1)}" for count, one in low
    )
    level = f"{100 * answer.estimate.context.confidence:g} %" if answer.estimate else ""
    texts = {
        "clear": f"The whole {level} interval lies on one side of no difference.",
        "claim holds": f"The whole {level} interval lies within what counts as 60 % more.",
        "less than claimed": f"The whole {level} interval lies below what counts as 60 % more.",
        "more than claimed": f"The whole {level} interval lies above what counts as 60 % more.",
        "wide": "Creators differ so much from each other that chance alone could do this."
        if answer.question != "claim"
        else f"The {level} interval reaches across an edge of what counts as 60 % more, {_band()}.",
        "few": f"A tier needs {INDICATIVE} creators to decide anything; here "
        f"{'are' if len(low) > 1 or (low and low[0][0] != 1) else 'is'} {few}.",
        "zeros": "Many of these creators have a count of zero, which no ratio can weigh.",
        "nothing counted": "A ratio needs something counted on both sides.",
        "no interval": "The creators of a tier are all alike, or one outweighs all others.",
        "no creators": f"A tier needs {INDICATIVE} creators to decide anything.",
        "selected": "The file looks as if its posts had been chosen by their results, or made up.",
        "lacks": "",
    }
    return texts[answer.because]


def _band() -> str:
    """What counts as the claim being right, e.g. ``45 % to 76 % more``."""
    low, high = claimed_range(claims()[CLAIM].tests[0])
    return reach(low, high).removeprefix("anything from ")


def needs(answer: OwnAnswer) -> str:
    """Write what it would take to decide; empty where it is clear."""
    if answer.outcome == "clear":
        return ""
    if answer.because == "lacks":
        return f"It would take {COLUMNS[answer.question]}."
    if answer.because == "selected":
        return "It would take a file with all posts of these creators in a period."
    if answer.because == "nothing counted":
        return "It would take posts that have been counted, in both tiers."
    if answer.more is None:
        if answer.because in ("wide", "few") and not isnan(answer.estimate.low):
            return (f"Were the difference as small as it looks, more than {MOST:,} creators more "
                    "would be needed.")  # fmt: skip
        return "How many creators more it would take cannot be computed from this file."
    extra = [(count, one) for count, one in zip(answer.more, answer.tiers, strict=True) if count]
    who = listing(_more(count, one) for count, one in extra)
    known = answer.because in ("wide", "few", "zeros") and not isnan(answer.estimate.low)
    sure = known and min(answer.accounts) >= PROJECTED
    least = "about" if sure else "at least"
    stays = ", if the difference stays as it is" if sure else ""
    return f"It would take {least} {who}{stays}."


def _more(count: int, tier: Tier) -> str:
    """Write creators to be added, rounded up to two digits."""
    step = 10 ** max(len(str(count)) - 2, 0)
    rounded = -(-count // step) * step
    return f"{rounded:,} more {people_in_short(tier, rounded == 1)}"


@sentence.register(OwnAnswers)
def _all(answers: OwnAnswers) -> str:
    return " ".join(answer.sentence() for answer in answers.answers)


def tiers_of(answers: OwnAnswers) -> str:
    """Write which tiers are compared, e.g. ``micro 10K to 100K, macro 100K to 1M followers``."""
    tiers = answers.answers[0].tiers
    spans = [followers(one.lower, one.upper) for one in tiers]
    named = [
        f"{one.name} {span}" if one.named else span for one, span in zip(tiers, spans, strict=True)
    ]
    return f"{', '.join(named)} followers"


def tier_name(scheme: TierScheme, name: str) -> str:
    """Write a tier for a count of creators; what is in no tier is called other sizes.

    Examples
    --------
    >>> import analysis as an
    >>> tier_name(an.scheme("decades"), "micro"), tier_name(an.scheme("decades"), "(no tier)")
    ('micro', 'of other sizes')
    """
    tier = next((one for one in scheme.tiers if one.name == name), None)
    if tier is None:
        return "of other sizes"
    return tier.name if tier.named else followers(tier.lower, tier.upper)


def described(answer: OwnAnswer) -> dict[str, str]:
    """Give the words of an answer for a page, a terminal or a machine: ``about``, ``outcome``,
    ``badge``, ``sentence``, ``why`` and ``needs``.
    """
    return {
        "question": answer.question,
        "about": TOPICS[answer.question],
        "outcome": answer.outcome,
        "badge": OUTCOMES[answer.outcome],
        "sentence": answer.sentence(),
        "why": why(answer),
        "needs": needs(answer),
    }
