"""Tests of claims put to the sources that can be asked, one scheme each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from analysis.estimate.judging import judge_test, schemes_for
from analysis.estimate.observe import can_answer
from analysis.estimate.registry import estimator_of
from analysis.estimate.verdict import Verdict
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import schemes
from analysis.registers.records import TierScheme


@dataclass(frozen=True)
class Question:
    """A test of a claim, put to one source under one scheme if it is about tiers, with its answer.
    A test that compares two sources has the other one beside it.
    """

    claim: Claim
    number: int
    moments: Moments
    whole: Verdict
    scheme: TierScheme | None = None
    beside: Moments | None = None

    @property
    def test(self) -> Test:
        """The test that was put."""
        return self.claim.tests[self.number - 1]

    @property
    def key(self) -> tuple[str, int, str]:
        """Claim, test and source."""
        return self.claim.key, self.number, self.moments.source.key

    @property
    def row(self) -> tuple[str, int, str, str]:
        """Claim, test, source and scheme; that of a test without tiers is empty."""
        return *self.key, self.scheme.key if self.scheme else ""


def questions(
    claims: Iterable[Claim],
    sources: Iterable[Moments],
    confidence: float = 0.95,
    every_scheme: bool = False,
) -> Iterator[Question]:
    """Go through the tests that sources answer: under the tiers of the claim itself or, if a source
    has no accounts in them, under the first scheme that it answers; or under every scheme.

    Examples
    --------
    >>> import analysis as an
    >>> (one, *_) = questions([an.claim("D06")], [an.load("instagram-kim")])
    >>> one.key, one.scheme.key, one.whole.outcome
    (('D06', 1, 'instagram-kim'), 'harvard-media', 'contradicted')
    """
    sources = list(sources)
    by_key = {moments.source.key: moments for moments in sources}
    for claim in claims:
        for moments in sources:
            if claim.platforms and moments.source.platform not in claim.platforms:
                continue
            for number, test in enumerate(claim.tests, 1):
                beside = by_key.get(test.versus) if estimator_of(test).compares_sources else None
                found = _answered(claim, number, moments, beside, confidence)
                yield from found if every_scheme else islice(found, 1)


def _answered(
    claim: Claim, number: int, moments: Moments, beside: Moments | None, confidence: float
) -> Iterator[Question]:
    test = claim.tests[number - 1]
    if not can_answer(test, moments):
        return
    for scheme in schemes_for(claim, test, schemes().values(), moments.source.platform):
        verdict = judge_test(claim, test, moments, scheme, confidence, beside)
        if verdict.outcome != "untestable":
            yield Question(claim, number, moments, verdict, scheme, beside)
