"""Severity of a test of reactions per cost, whose reactions and prices are of two sources."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.estimate import severity_tiers as tier_worlds
from analysis.estimate.severity import NO_DIFFERENCE, seed_from, shares_of
from analysis.estimate.severity_at_once import typical_ends
from analysis.moments.sample import Moments, Sample
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import schemes
from analysis.registers.severity import Severity, severity

METRIC = "engagement_per_cost"


@dataclass(frozen=True)
class Joined:
    """A test of reactions per cost, put to prices of one source and reactions of another."""

    claim: Claim
    number: int
    prices: Moments
    reactions: Moments

    @property
    def test(self) -> Test:
        """The test that is put."""
        return self.claim.tests[self.number - 1]

    @property
    def key(self) -> tuple[str, int, str]:
        """Claim, test and both sources."""
        both = f"{self.prices.source.key}+{self.reactions.source.key}"
        return self.claim.key, self.number, both

    @property
    def row(self) -> tuple[str, int, str, str]:
        """Claim, test, both sources, and the scheme, which is the claim's own."""
        return *self.key, self.claim.scheme

    @property
    def seed(self) -> int:
        """Seed of its worlds."""
        return seed_from(self.test, self.key[2], schemes()[self.claim.scheme])


def joined(claims: list[Claim], prices: list[Moments], sources: list[Moments]) -> Iterator[Joined]:
    """Put each test of reactions per cost to every list of prices that knows no reactions, with
    each source of the platform of the list.

    Examples
    --------
    >>> import analysis as an
    >>> lists, kim = an.cost.load_prices(), an.load("instagram-kim")
    >>> [one.key[2] for one in joined([an.claim("C13")], [lists["agency-armenia-reel"]], [kim])]
    ['agency-armenia-reel+instagram-kim']
    """
    for claim in claims:
        for number, test in enumerate(claim.tests, 1):
            for one in prices if test.metric == METRIC and claim.scheme else ():
                platform = one.source.platform
                beside = [each for each in sources if each.source.platform == platform]
                if METRIC not in one.metrics:
                    yield from (Joined(claim, number, one, each) for each in beside)


def measured_joined(one: Joined, worlds: int = 1_000, confidence: float = 0.95) -> Severity:
    """Measure the severity of a test of reactions per cost: worlds in which the reactions of one
    tier are moved, and prices are as they are.

    Examples
    --------
    >>> import analysis as an
    >>> lists, kim = an.cost.load_prices(), an.load("instagram-kim")
    >>> (one,) = joined([an.claim("C13")], [lists["agency-armenia-reel"]], [kim])
    >>> measured_joined(one, worlds=400).supported_if_false < 0.06
    True
    """
    shares = shares_of(one.test, one.seed, _worlds(one, worlds, confidence))
    return severity(one.row, worlds, one.seed, shares)


def _worlds(one: Joined, worlds: int, confidence: float):
    """Give what makes the intervals of many worlds in which reactions per cost have a value."""
    scheme, test = schemes()[one.claim.scheme], one.test
    samples = [
        one.reactions.sample("engagement").tier(scheme),
        one.prices.sample("cost_per_follower").tier(scheme),
    ]
    tiers = [_tiers(sample, test) for sample in samples]
    dearer = tiers[1][test.of].mean - tiers[1][test.versus].mean

    def ends(value, rng):
        if value == NO_DIFFERENCE:
            at = [
                tier_worlds.without_difference(*pair) for pair in zip(samples, tiers, strict=True)
            ]
        else:
            moved = tier_worlds.moved(test, samples[0], tiers[0], value * np.exp(dearer))
            at = [moved, tiers[1]]
        return quotient_ends(*(typical_ends(test, each, worlds, rng, confidence) for each in at))

    return ends


def _tiers(sample: Sample, test: Test) -> dict[str, tier_worlds.TierWorld]:
    return {name: tier_worlds.tier_world(sample, name) for name in (test.of, test.versus)}


def quotient_ends(above: tier_worlds.Ends, below: tier_worlds.Ends) -> tier_worlds.Ends:
    """Intervals of one ratio divided by another, as `analysis.estimate.cost.ratios.quotient` makes
    them.

    Examples
    --------
    >>> ok = np.array(["ok"])
    >>> low, high, _ = quotient_ends(
    ...     (np.array([0.5]), np.array([2.0]), ok), (np.array([2.0]), np.array([2.0]), ok)
    ... )
    >>> float(low[0]), float(high[0])
    (0.25, 1.0)
    """
    (low, high, status), (low2, high2, status2) = above, below
    middle = np.log(low * high / (low2 * high2)) / 2
    reach = np.hypot(np.log(high / low), np.log(high2 / low2)) / 2
    worse = np.where(status == "ok", status2, status)
    return np.exp(middle - reach), np.exp(middle + reach), worse
