"""How often a test is supported in worlds in which its claim is false, true, or without a
difference.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from math import nan
from zlib import crc32

import numpy as np

from analysis.estimate import severity_creators as creator_worlds
from analysis.estimate import severity_curves as curve_worlds
from analysis.estimate import severity_tiers as tier_worlds
from analysis.estimate import severity_truths as truths
from analysis.estimate.averages import INDICATIVE, ZEROS
from analysis.estimate.contrast import EVERY_OTHER
from analysis.estimate.decision import outcomes_of
from analysis.estimate.judging import judge_test, schemes_for
from analysis.estimate.observe import can_answer, sample_of
from analysis.estimate.registry import estimator_of
from analysis.moments.sample import Moments, Sample
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import schemes
from analysis.registers.records import TierScheme
from analysis.registers.severity import Severity, label_of

ON_TIERS = ("contrast", "superiority", "worst case")
ON_LINES = ("slope below", "slope above", "breakpoint", "rate at", "elasticity beside")
ON_CREATORS = ("creator beyond size", "reliability")
"""Estimators that have worlds; a test with another one has no severity."""

SLOW = {"worst case": 200, "breakpoint": 200, "superiority": 200, EVERY_OTHER: 200}
"""Worlds of estimators that take long, at the most."""

NO_DIFFERENCE = "no difference"


@dataclass(frozen=True)
class Asked:
    """A test that a source answers, under the tiers by which worlds are simulated."""

    claim: Claim
    number: int
    moments: Moments
    scheme: TierScheme | None
    beside: Moments | None = None

    @property
    def test(self) -> Test:
        """The test."""
        return self.claim.tests[self.number - 1]

    @property
    def key(self) -> tuple[str, int, str]:
        """Claim, test and source."""
        return self.claim.key, self.number, self.moments.source.key

    def samples(self) -> tuple[Sample, Sample | None]:
        """Take the sample that the test is about, and the one beside it."""
        sample = sample_of(self.test, self.moments, self.scheme)
        beside = self.beside.sample(sample.metric.key) if self.beside else None
        return sample, beside


def asked(claims: Iterable[Claim], sources: Iterable[Moments]) -> Iterator[Asked]:
    """List the tests that sources answer: under the tiers of the claim itself or, if a source has
    no accounts in them, under the first scheme that it answers.
    """
    sources = list(sources)
    by_key = {moments.source.key: moments for moments in sources}
    for claim in claims:
        here = [
            one for one in sources if not claim.platforms or one.source.platform in claim.platforms
        ]
        for moments in here:
            for number, test in enumerate(claim.tests, 1):
                if found := _answered(claim, number, test, moments, by_key):
                    yield found


def _answered(
    claim: Claim, number: int, test: Test, moments: Moments, by_key: dict[str, Moments]
) -> Asked | None:
    if not can_answer(test, moments):
        return None
    beside = by_key.get(test.versus) if estimator_of(test).compares_sources else None
    for scheme in schemes_for(claim, test, schemes().values(), moments.source.platform):
        verdict = judge_test(claim, test, moments, scheme, beside=beside)
        if verdict.outcome != "untestable":
            return Asked(claim, number, moments, scheme, beside)
    return None


def has_worlds(test: Test) -> bool:
    """Say whether worlds can be simulated for a test."""
    return test.estimator in (*ON_TIERS, *ON_LINES, *ON_CREATORS)


def seed_of(one: Asked) -> int:
    """Seed of a row, a number made of all that is asked: the same question has the same worlds,
    whichever claim asks it.
    """
    scheme = one.scheme.key if one.scheme else ""
    asked_of = (one.test.model_dump_json(), one.moments.source.key, scheme)
    return crc32(" ".join(asked_of).encode())


def worlds_of(test: Test, wanted: int) -> int:
    """How many worlds a test is put to: fewer than wanted if it is slow."""
    asked_of = EVERY_OTHER if test.versus == EVERY_OTHER else test.estimator
    return min(wanted, SLOW.get(asked_of, wanted))


def measured(one: Asked, worlds: int = 1_000, confidence: float = 0.95) -> Severity:
    """Measure the severity of a test on a source.

    Parameters
    ----------
    one : Asked
        From `asked`; its estimator must have worlds.
    worlds : int
        Of each kind.
    confidence : float
        Of the intervals that are judged.

    Returns
    -------
    Severity
        The same for the same data, worlds and code.

    Examples
    --------
    >>> import analysis as an
    >>> (first, *_) = asked([an.claim("C08")], [an.load("instagram-kim")])
    >>> row = measured(first, worlds=200)
    >>> row.supported_if_false < 0.1, row.supported_if_true
    (True, 1.0)
    """
    seed, test = seed_of(one), one.test
    worlds = worlds_of(test, worlds)
    ends_at = _simulator(one, worlds, seed, confidence)

    def supported(value: float | str, place: int) -> float:
        ends = ends_at(value, np.random.default_rng([seed, place]))
        return float((outcomes_of(test, *ends) == "supported").mean())

    wrong = [supported(value, place) for place, value in enumerate(truths.false_values(test))]
    right = supported(truths.true_value(test), len(wrong))
    differs = truths.asserts_difference(test)
    none = supported(NO_DIFFERENCE, len(wrong) + 1) if differs else nan
    shares = (max(wrong), right, none)
    scheme = one.scheme.key if one.scheme else ""
    return Severity(*one.key, scheme, worlds, seed, *shares, label_of(*shares))


def _simulator(one: Asked, worlds: int, seed: int, confidence: float) -> Callable:
    """Give what makes the intervals of many worlds in which the test's question has a value."""
    sample, beside = one.samples()
    if one.test.estimator in ON_TIERS:
        return _on_tiers(one.test, sample, worlds, confidence)
    if one.test.estimator in ON_CREATORS:
        return _on_creators(one.test, sample, worlds, seed, confidence)
    return _on_lines(one.test, sample, beside, worlds, confidence)


def _on_tiers(test: Test, sample: Sample, worlds: int, confidence: float) -> Callable:
    names = [name for name in (test.of, test.versus) if name]
    if test.versus == EVERY_OTHER:
        names = list(sample.scheme.names)
    tiers = {name: tier_worlds.tier_world(sample, name) for name in names}

    def ends(value, rng):
        differing = value != NO_DIFFERENCE
        at = (
            tier_worlds.moved(test, sample, tiers, value)
            if differing
            else tier_worlds.without_difference(sample, tiers)
        )
        if _at_once(test, at):
            return tier_worlds.typical_ends(test, at, worlds, rng, confidence)
        return tier_worlds.estimator_ends(test, sample, at, worlds, rng, confidence)

    return ends


def _at_once(test: Test, tiers: dict[str, tier_worlds.TierWorld]) -> bool:
    """Whether intervals follow from means and spreads alone."""
    plain = test.estimator == "contrast" and test.average == "typical account"
    full = all(
        one.n >= INDICATIVE and one.zeros <= ZEROS * (one.n + one.zeros) for one in tiers.values()
    )
    return plain and full and test.versus != EVERY_OTHER


def _on_lines(
    test: Test, sample: Sample, beside: Sample | None, worlds: int, confidence: float
) -> Callable:
    def ends(value, rng):
        if beside is not None:
            lines = _beside(sample, beside, value)
        elif value == NO_DIFFERENCE:
            flat = {"below": 0.0, "above": 0.0}
            lines = (replace(curve_worlds.observed_line(sample, test.at), **flat),)
        else:
            lines = (curve_worlds.line_for(test, sample, value),)
        return curve_worlds.line_ends(test, sample, lines, worlds, rng, confidence, beside)

    return ends


def _beside(
    sample: Sample, beside: Sample, value: float | str
) -> tuple[curve_worlds.Line, curve_worlds.Line]:
    """Lines of two sources: the other's as it is, that of the sample so much flatter or steeper."""
    own, other = (curve_worlds.straight_line(one, 100_000) for one in (sample, beside))
    if value == NO_DIFFERENCE:
        flat = {"below": 0.0, "above": 0.0}
        return replace(own, **flat), replace(other, **flat)
    # the ratio per decade is ten to the power of the other's slope less the own one
    steeper = float(other.below - np.log10(value))
    return replace(own, below=steeper, above=steeper), other


def _on_creators(test: Test, sample: Sample, worlds: int, seed: int, confidence: float) -> Callable:
    world = creator_worlds.creator_world(sample, seed)

    def ends(value, rng):
        if value == NO_DIFFERENCE:
            at = creator_worlds.without_difference(sample, world)
        else:
            at = creator_worlds.with_value(test, world, value)
        return creator_worlds.creator_ends(test, sample, at, worlds, rng, confidence)

    return ends
