"""Verdicts in words: what was claimed and observed, what would flip it, how severe its test is."""

from math import isnan
from textwrap import fill

from analysis.display import lines, sentence
from analysis.estimate.verdict import Verdict, Verdicts
from analysis.present.sentences.names import scheme_name, source_name
from analysis.present.sentences.numbers import count, lift, listing, number
from analysis.present.sentences.reasons import OUTCOMES, outcome_name
from analysis.present.sentences.results import claimed_by, compared, in_lifts, observed_by, value
from analysis.present.sentences.sensitivity import flip_in_short
from analysis.present.sentences.severities import severity_sentence
from analysis.present.sentences.shifts import by_age, fragile_sentence
from analysis.registers.lookup import claims, sources
from analysis.registers.severity import AS_ASKED


def outcome_sentence(verdict: Verdict) -> str:
    """Write the outcome with what was claimed and what was observed, and what it leaves out.

    Examples
    --------
    >>> import analysis as an
    >>> (verdict, *_) = an.judge("D06", "instagram-kim", "harvard-media")
    >>> outcome_sentence(verdict).partition(";")[0]
    'Contradicted, fragile: claimed +60 % (+45 % to +76 % counts)'
    """
    known = AS_ASKED if verdict.as_asked else verdict.outcome
    outcome = outcome_name(known, verdict.fragile).capitalize()
    if isnan(verdict.estimate):
        return f"{outcome}: {verdict.because}"
    observed = observed_by(verdict)
    who = (compared(observed), verdict.context.source) if verdict.context.source else ()
    where = ", ".join(who) or str(verdict.estimand)
    text = f"{outcome}: claimed {claimed_by(verdict)}; observed {value(observed)}, {where}."
    if verdict.reason.key == "too_little":  # the interval alone may decide otherwise
        text += f" Too little to decide: {_doubt(verdict)}."
    if verdict.reason.key == "by_bound":
        text += f" {verdict.reason}"
    return " ".join([text, *map(str, verdict.notes)])


def _doubt(verdict: Verdict) -> str:
    """Write why an estimate is indicative only; how its interval was computed comes after that."""
    (first, *_) = dict(verdict.reason.facts)["reasons"]
    return str(first).replace("indicative only, ", "")


def flip_sentence(verdict: Verdict) -> str:
    """Write what bias would make a verdict undecided, beside the largest shift of its source, and
    what makes it fragile.

    Examples
    --------
    >>> import analysis as an
    >>> (verdict, *_) = an.judge("C08", "instagram-kim", "macro-or-micro-second")
    >>> flip_sentence(verdict).partition(";")[0]
    'A bias of 14 % (to +4 %) would make this undecided'
    """
    write = lift if in_lifts(verdict.unit, verdict.context) else number
    fragile = fragile_sentence(verdict.overturned, verdict.outcome, not verdict.test)
    return " ".join(filter(None, [flip_in_short(verdict.flip(), write), fragile]))


def age_sentence(verdict: Verdict) -> str:
    """Write what the posts of each age alone give, under the claim's own tiers, or why that is not
    known; nothing where the source has no ages, or nothing was decided by an interval.

    Examples
    --------
    >>> import analysis as an
    >>> (verdict, *_) = an.judge("C08", "instagram-kim", "macro-or-micro-second")
    >>> age_sentence(verdict).partition(",")[0]
    'Posts of the last year alone give +24 % [+18 %'
    """
    source, about = sources().get(verdict.source), claims().get(verdict.claim)
    if not (source and about and verdict.test and verdict.as_registered):
        return ""
    if "age" not in source.strata or isnan(verdict.estimate):
        return ""
    write = lift if in_lifts(verdict.unit, verdict.context) else number
    own = about.scheme if verdict.scheme else ""
    if text := by_age(verdict.claim, verdict.source, own, verdict.test, write):
        if own == verdict.scheme:
            return text
        return f"Under the claim's own tiers, {text[0].lower()}{text[1:]}"
    if about.tests[verdict.test - 1].stratum:
        return "Not shown by age of posts: cells hold one stratum at a time."
    return "Not shown by age of posts: those of one age give no estimate that decides."


@sentence.register(Verdict)
def _verdict_sentence(verdict: Verdict) -> str:
    parts = (outcome_sentence(verdict), flip_sentence(verdict), severity_sentence(verdict))
    return " ".join(filter(None, parts))


@lines.register(Verdict)
def _verdict_lines(verdict: Verdict) -> str:
    parts = (outcome_sentence, flip_sentence, age_sentence, severity_sentence)
    texts = [text for write in parts if (text := write(verdict))]
    return "\n".join(fill(text, 100) for text in texts)


@sentence.register(Verdicts)
def _verdicts_sentence(verdicts: Verdicts) -> str:
    outcomes = [OUTCOMES[verdict.counted_as] for verdict in verdicts]
    counted = [f"{outcomes.count(name)} {name}" for name in dict.fromkeys(outcomes)]
    return f"{count(len(verdicts), 'verdict')}: {listing(counted)}."


@lines.register(Verdicts)
def _verdicts_lines(verdicts: Verdicts) -> str:
    frame = verdicts.to_frame()[["claim", "test", "claimed", "source", "scheme", "outcome"]]
    # a claim with several tests has several readings
    frame["claimed"] = [claimed_by(one).partition(" (")[0] for one in verdicts]
    frame["outcome"] = [outcome_name(one.counted_as, one.fragile) for one in verdicts]
    frame["source"] = [one.context.source or source_name(one.source) for one in verdicts]
    frame["scheme"] = frame["scheme"].map(scheme_name)
    frame = frame.loc[:, (frame != "").any()].rename(columns={"scheme": "tiers of"})
    return f"{verdicts.sentence()}\n{frame.to_string(index=False)}"
