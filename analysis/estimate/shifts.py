"""Shifts of the size of a bias: what other posts, another source, or an error in followers does to
the estimate that a verdict rests on.

Measured shifts are descriptions: they state how far an estimate moves when it is made of other
posts, not why. Simulated ones state what a known error would do to such accounts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.display import FrameResult, namespace_of
from analysis.estimate.contrast import EVERY_OTHER
from analysis.estimate.follower_shifts import ERRORS, Tiers, simulated_shift, tiers_of_test
from analysis.estimate.observe import can_answer, observe, unasked
from analysis.estimate.questions import Question, questions
from analysis.estimate.results import SCALES, Estimate
from analysis.estimate.sensitivity import distance, scale_of, shifted
from analysis.estimate.tier_averages import average_tiers
from analysis.estimate.verdict import OUTCOMES, Verdict
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim, Test
from analysis.registers.shifts import SHIFTS


@dataclass(frozen=True, repr=False)
class ShiftTable(FrameResult):
    """Shifts of many estimates, with the columns SHIFTS.

    Examples
    --------
    >>> import analysis as an
    >>> table = measured_shifts([an.claim("D06")], {"instagram-kim": an.load("instagram-kim")})
    >>> older = table.frame.query("level == 'older'").iloc[0]
    >>> round(float(older["shift"]), 2), older["outcome"]
    (1.12, 'supported')
    """


def answered_questions(
    claims: Iterable[Claim], sources: Iterable[Moments], confidence: float = 0.95
) -> Iterator[Question]:
    """Go through the tests that a source answers under the claim's own tiers, decided or not, with
    an estimate that another choice of posts gives, too.
    """
    for one in questions(claims, sources, confidence):
        own = one.scheme is None or one.scheme.key == one.claim.scheme
        if own and one.beside is None and one.whole.outcome in OUTCOMES[:3] and _closed(one.whole):
            yield one


def observed(question: Question, test: Test, moments: Moments) -> Estimate | None:
    """Estimate by other posts or another source; None if too little is there to decide."""
    evidence = _estimated(question, test, moments, question.whole.context.confidence)
    return evidence if evidence.status == "ok" and _closed(evidence) else None


def _estimated(question: Question, test: Test, moments: Moments, confidence: float) -> Estimate:
    return observe(test, moments, question.scheme, confidence)


class Part(NamedTuple):
    """What a question was asked again of: a level of a stratum, or another source.

    Attributes
    ----------
    kind, level : str
        As in SHIFTS.
    test : Test
        Of that level.
    moments : Moments
        That were asked.
    evidence : Estimate
        What they answered.
    shared : float
        Correlation with the answer of all posts.
    """

    kind: str
    level: str
    test: Test
    moments: Moments
    evidence: Estimate
    shared: float


def _outcome(question: Question, evidence: Estimate) -> str:
    return question.claim.judge(evidence, question.test).outcome


def _closed(one: Estimate | Verdict) -> bool:
    """Whether both ends are finite on the scale of the unit; an open one has no distance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = SCALES[scale_of(one.unit)][0](np.array([one.low, one.high]))
    return bool(np.isfinite(ends).all())


def measured_shifts(claims: Iterable[Claim], sources: Mapping[str, Moments]) -> ShiftTable:
    """Compare each estimate with that of each level of each stratum, and of each other source.

    The interval of a shift is that of a difference of two estimates on the scale of the unit, from
    their own intervals (MOVER, Zou 2007). The largest of many is looked at, so these are at the
    level at which all levels that were tried for a question hold at once (Bonferroni); other
    sources are a family of their own. A level is a part of the whole. Where each account is in one
    level and the typical account is compared, their correlation follows from the accounts they
    share; elsewhere it is taken as none, which makes the interval too wide rather than too narrow.

    Parameters
    ----------
    claims : iterable of Claim
        Whose tests are asked, under their own tiers.
    sources : mapping of Moments
        By key.
    """
    rows = []
    for question in answered_questions(claims, sources.values()):
        rows += [*by_stratum(question), *by_source(question, sources)]
    return ShiftTable(pd.DataFrame(rows, columns=list(SHIFTS)))


def simulated_shifts(claims: Iterable[Claim], sources: Mapping[str, Moments]) -> ShiftTable:
    """Simulate what errors in followers do to each contrast of a rate per follower: the shift is
    that from the estimate, which has the error, to what it would be without.

    Parameters
    ----------
    claims, sources
        As for `measured_shifts`.
    """
    rows, made = [], {}
    for question in answered_questions(claims, sources.values()):
        tiers = tiers_of_test(question.test, question.moments, question.whole.scheme)
        for name, kind in ERRORS.items() if tiers else ():
            if (error := kind.error(question.moments, tiers)) is not None:
                if (key := (name, *tiers.key)) not in made:
                    made[key] = simulated_shift(question.moments, tiers, error, kind.moves)
                rows.append(_simulated_row(question, kind.kind, name, tiers, made[key]))
    return ShiftTable(pd.DataFrame(rows, columns=list(SHIFTS)))


def _simulated_row(
    question: Question, kind: str, level: str, tiers: Tiers, shift: tuple[float, float, float]
) -> tuple:
    """The estimate as it would be without the error: divided by what the error does."""
    whole, ratio = question.whole, _inverse(shift) if tiers.of == question.test.of else shift
    values = [factor * ratio[0] for factor in (whole.estimate, whole.low, whole.high)]
    known = (whole.unit, whole.estimand, (), "ok", whole.context)
    outcome = _outcome(question, Estimate(level, 0, 0, *values, *known))
    shown = (np.nan, *values, whole.unit, outcome, "factor")
    return (*_key(question), "simulated", kind, level, *shown, *ratio, 1, outcome)


def _inverse(shift: tuple[float, float, float]) -> tuple[float, float, float]:
    middle, low, high = shift
    return 1 / middle, 1 / high, 1 / low


def _key(question: Question) -> tuple:
    whole = question.whole
    return whole.claim, whole.source, whole.scheme, question.number


def by_stratum(question: Question) -> Iterator[tuple]:
    """Give a row with the columns SHIFTS for each level that decides."""
    yield from _rows(question, list(_levels(question)))


def by_source(question: Question, sources: Mapping[str, Moments]) -> Iterator[tuple]:
    """Give a row with the columns SHIFTS for each other source that can answer."""
    yield from _rows(question, list(_others(question, sources)))


def _levels(question: Question) -> Iterator[Part]:
    test, moments = question.test, question.moments
    strata = moments.source.strata if not test.stratum else ()
    levels = (product([name], moments.levels(name)) for name in strata)
    for stratum, level in chain.from_iterable(levels):
        if level in (MERGED, "unknown"):
            continue
        part = test.model_copy(update={"stratum": stratum, "level": level})
        if (evidence := observed(question, part, moments)) is not None:
            shared = _correlation(question, stratum, level)
            yield Part(stratum, level, part, moments, evidence, shared)


def _others(question: Question, sources: Mapping[str, Moments]) -> Iterator[Part]:
    test = question.test
    for name, other in sources.items():
        platforms = question.claim.platforms or (other.source.platform,)
        fits = other.source.platform in platforms and can_answer(test, other)
        # a level is compared only where that source may be asked how high its rates are
        if name == question.whole.source or not fits or unasked(test, other):
            continue
        if (evidence := observed(question, test, other)) is not None:
            yield Part("source", name, test, other, evidence, 0.0)


def _rows(question: Question, parts: list[Part]) -> Iterator[tuple]:
    """Rows of all that were tried, whose shifts have intervals that hold all at once."""
    if not parts:
        return
    joint = 1 - (1 - question.whole.context.confidence) / len(parts)
    whole = _estimated(question, question.test, question.moments, joint)
    for part in parts:
        wide, one = _estimated(question, part.test, part.moments, joint), part.evidence
        shift = shift_of(wide, whole, part.shared)
        shown = (one.n_accounts, one.estimate, one.low, one.high, one.unit)
        judged = (_outcome(question, one), scale_of(one.unit))
        ends = (len(parts), _moved_to(question, shift[0]))
        key = (*_key(question), "measured", part.kind, part.level)
        yield (*key, *shown, *judged, *shift, *ends)


def _moved_to(question: Question, shift: float) -> str:
    """Outcome of the estimate of all posts and its interval, moved by a shift."""
    whole = question.whole
    ends = shifted([whole.estimate, whole.low, whole.high], shift, whole.unit)
    known = (whole.unit, whole.estimand, (), "ok", whole.context)
    return _outcome(question, Estimate("moved", 0, 0, *map(float, ends), *known))


def shift_of(
    part: Estimate | Verdict, whole: Estimate | Verdict, shared: float
) -> tuple[float, float, float]:
    """Give the shift from a whole to a part with its interval, as biases of the unit.

    Parameters
    ----------
    part, whole : Estimate or Verdict
        With ``estimate, low, high`` in the same unit.
    shared : float
        Correlation of the two estimates.
    """
    there, _ = SCALES[scale_of(part.unit)]
    with np.errstate(divide="ignore"):  # the end of an interval may be open at a wider level
        (e, l, u), (e0, l0, u0) = (  # noqa: E741
            there(np.array([one.estimate, one.low, one.high])) for one in (part, whole)
        )
    down, up = _reach(e - l, u0 - e0, shared), _reach(u - e, e0 - l0, shared)
    if scale_of(part.unit) == "difference":
        return float(e - e0), float(e - e0 - down), float(e - e0 + up)
    middle = distance(part.estimate, whole.estimate, part.unit)
    ends = np.exp([e - e0 - down, e - e0 + up])
    return middle, float(ends[0]), float(ends[1])


def _reach(part: float, whole: float, shared: float) -> float:
    if not (np.isfinite(part) and np.isfinite(whole)):  # an open end is at no distance
        return np.inf
    return float(np.sqrt(part**2 + whole**2 - 2 * shared * part * whole))


def _correlation(question: Question, stratum: str, level: str) -> float:
    """Correlation of the contrast of a level with that of all posts, of which it is a part.

    The mean of `n` logs, `k` of which are those of the level, has a covariance with the mean of
    these of `k / n` times the variance of the latter. That needs accounts with one level each.
    """
    test, moments = question.test, question.moments
    typical = test.estimator == "contrast" and test.average == "typical account"
    if not typical or not test.versus or test.versus == EVERY_OTHER:
        return 0.0
    whole = moments.sample(test.metric)
    counts = [moments.sample(test.metric, stratum, one).accounts for one in moments.levels(stratum)]
    if sum(counts) != whole.accounts:
        return 0.0
    tiers, own = (test.of, test.versus), question.scheme
    part = moments.sample(test.metric, stratum, level)
    inner = average_tiers(part.tier(own), tiers, test.average)
    outer = average_tiers(whole.tier(own), tiers, test.average)
    shared = sum(
        inner[tier].accounts / outer[tier].accounts * inner[tier].average.variance for tier in tiers
    )
    variance = 1.0
    for side in (inner, outer):
        variance *= sum(side[tier].average.variance for tier in tiers)
    return float(min(shared / np.sqrt(variance), 1.0))


__getattr__, __dir__ = namespace_of(globals())
