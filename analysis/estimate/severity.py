"""How often a test is supported in worlds in which its claim is false, true, or without a
difference.
"""

from collections.abc import Callable
from dataclasses import replace
from math import nan
from zlib import crc32

import numpy as np

from analysis.estimate import severity_at_once as at_once
from analysis.estimate import severity_creators as creator_worlds
from analysis.estimate import severity_curves as curve_worlds
from analysis.estimate import severity_panels as panel_worlds
from analysis.estimate import severity_tiers as tier_worlds
from analysis.estimate import severity_truths as truths
from analysis.estimate.decision import outcomes_of
from analysis.estimate.observe import sample_of
from analysis.estimate.questions import Question
from analysis.moments.panel import Panel
from analysis.moments.sample import Sample
from analysis.registers.claims import EVERY_OTHER, Test
from analysis.registers.records import TierScheme
from analysis.registers.severity import Severity, severity

ON_TIERS = ("contrast", "superiority", "worst case")
ON_LINES = ("slope below", "slope above", "breakpoint", "rate at", "elasticity beside")
ON_CREATORS = ("creator beyond size", "reliability")
ON_PANELS = ("within creators",)
"""Estimators that have worlds; a test with another one has no severity."""

NO_DIFFERENCE = "no difference"


def has_worlds(test: Test) -> bool:
    """Say whether worlds can be simulated for a test."""
    return test.estimator in (*ON_TIERS, *ON_LINES, *ON_CREATORS, *ON_PANELS)


def seed_of(one: Question) -> int:
    """Seed of a row, a number made of all that is asked: the same question has the same worlds,
    whichever claim asks it, and under whichever scheme with the same ranges of followers.
    """
    return seed_from(one.test, one.moments.source.key, one.scheme)


def seed_from(test: Test, source: str, scheme: TierScheme | None) -> int:
    """Make a number of a test, the key of a source, and the ranges of tiers."""
    # what was known when a test was written is no part of what it asks, and tests with the other
    # two fields have no worlds, so that adding these moved no seed
    asked = test.model_dump_json(exclude={"seen", "along", "proxy"})
    tiers = scheme.tiers if scheme else ()
    if test.versus != EVERY_OTHER:
        tiers = [tier for tier in tiers if tier.name in (test.of, test.versus)]
    ranges = [(tier.name, tier.lower, tier.upper) for tier in tiers]
    return crc32(f"{asked} {source} {ranges}".encode())


def measured(one: Question, worlds: int = 1_000, confidence: float = 0.95) -> Severity:
    """Measure the severity of a test on a source.

    Parameters
    ----------
    one : Question
        From `questions`; its estimator must have worlds.
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
    >>> from analysis.estimate.questions import questions
    >>> (first, *_) = questions([an.claim("C08")], [an.load("instagram-kim")])
    >>> row = measured(first, worlds=200)
    >>> row.supported_if_false < 0.1, row.supported_if_true, row.contradicted_if_true
    (True, 1.0, 0.0)
    """
    seed = seed_of(one)
    shares = shares_of(one.test, seed, _simulator(one, worlds, seed, confidence))
    return severity(one.row, worlds, seed, shares)


def shares_of(test: Test, seed: int, ends_at: Callable) -> dict[str, float]:
    """Give the shares of worlds that support and contradict a test where its claim is false, true
    and without a difference, by their columns; `ends_at` gives the intervals of worlds with a
    value, from a random generator.
    """

    def outcomes(value: float | str, place: int) -> np.ndarray:
        ends = ends_at(value, np.random.default_rng([seed, place]))
        return outcomes_of(test, *ends)

    false = [outcomes(value, place) for place, value in enumerate(truths.false_values(test))]
    true = outcomes(truths.true_value(test), len(false))
    alike = [outcomes(NO_DIFFERENCE, len(false) + 1)] if truths.asserts_difference(test) else []
    kinds = {"false": false, "true": [true], "no_difference": alike}
    shares = {}
    # of two edges counts the one that speaks against the test
    for outcome, worse in (("supported", max), ("contradicted", min)):
        for kind, worlds in kinds.items():
            each = [float((one == outcome).mean()) for one in worlds]
            shares[f"{outcome}_if_{kind}"] = worse(each, default=nan)
    return shares


def _simulator(one: Question, worlds: int, seed: int, confidence: float) -> Callable:
    """Give what makes the intervals of many worlds in which the test's question has a value."""
    if one.test.estimator in ON_PANELS:
        return _on_panels(one.moments.panel(one.test.metric, one.test.along), worlds, confidence)
    sample = sample_of(one.test, one.moments, one.scheme)
    if one.test.estimator in ON_TIERS:
        return _on_tiers(one.test, sample, worlds, confidence)
    if one.test.estimator in ON_CREATORS:
        return _on_creators(one.test, sample, worlds, seed, confidence)
    beside = one.beside.sample(sample.metric.key) if one.beside else None
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
        if at_once.at_once(test):
            return at_once.typical_ends(test, at, worlds, rng, confidence)
        if test.estimator == "superiority":
            return at_once.superiority_ends(test, at, worlds, rng, confidence)
        return tier_worlds.estimator_ends(test, sample, at, worlds, rng, confidence)

    return ends


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


def _on_panels(panel: Panel, worlds: int, confidence: float) -> Callable:
    world = panel_worlds.panel_world(panel)

    def ends(value, rng):
        ratio = 1.0 if value == NO_DIFFERENCE else value
        return panel_worlds.panel_ends(world, ratio, worlds, rng, confidence)

    return ends
