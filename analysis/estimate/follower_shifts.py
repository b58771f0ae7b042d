"""What a known error in followers does to a contrast of two tiers: simulated accounts like those of
a source, with true and with counted followers.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis import paths
from analysis.estimate.contrast import contrast
from analysis.moments.sample import Moments
from analysis.registers.claims import Test
from analysis.registers.lookup import scheme
from analysis.registers.published import published
from analysis.registers.records import Tier
from analysis.simulate.follower_errors import (
    Error,
    Population,
    bots,
    growth,
    growth_between,
    miscounted,
    rounding,
)
from analysis.simulate.worlds import world

SEEDS = range(1, 7)
"""Worlds per error, each with ACCOUNTS accounts."""

ACCOUNTS = 20_000

PUBLISHED_BOTS = {"micro": ("FRD009",), "macro": ("FRD007", "FRD008")}
"""Rows of data/published/fraud.csv: share of an audience that is of low quality, by tier."""


class Tiers(NamedTuple):
    """The two tiers of a contrast of a rate per follower, the smaller one first."""

    source: str
    scheme: str
    metric: str
    of: str
    versus: str

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one contrast from another."""
        return tuple(self)

    def edges(self) -> tuple[Tier, Tier]:
        """Look up both tiers."""
        tiers = {tier.name: tier for tier in scheme(self.scheme).tiers}
        return tiers[self.of], tiers[self.versus]

    def between(self) -> float:
        """Give a number of followers between the two."""
        small, large = self.edges()
        return float(np.sqrt(small.upper * large.lower))


def tiers_of_test(test: Test, moments: Moments, key: str) -> Tiers | None:
    """Give the tiers of a contrast of typical rates per follower; None of any other test."""
    metric = moments.sample(test.metric).metric
    names = {tier.name: tier.lower for tier in scheme(key).tiers} if key else {}
    contrast_of_two = test.estimator == "contrast" and {test.of, test.versus} <= set(names)
    if not contrast_of_two or metric.denominator != "followers" or test.stratum:
        return None
    of, versus = sorted((test.of, test.versus), key=names.__getitem__)
    return Tiers(moments.source.key, key, metric.key, of, versus)


def population_of(moments: Moments, tiers: Tiers) -> Population:
    """Give accounts like those of a source: log followers, the slope between the two tiers, and the
    scatter of log rates.

    Examples
    --------
    >>> import analysis as an
    >>> tiers = Tiers("", "harvard-media", "engagement_per_follower", "micro", "macro")
    >>> round(float(population_of(an.load("instagram-kim"), tiers).beta), 2)
    0.83
    """
    sample = moments.sample(tiers.metric).tier(tiers.scheme)
    names = ("positive", "log_rate", "log_rate2", "log_followers", "log_followers2")
    sums = {name: float(sample.rows[name].sum()) for name in names}
    n, centre = sums["positive"], sums["log_followers"] / sums["positive"]
    spread = np.sqrt(sums["log_followers2"] / n - centre**2)
    within = sample.within((tiers.of, tiers.versus), names)
    totals = [pd.DataFrame(part).sum() for part in within.values()]
    (low, high) = (part["log_rate"] / part["positive"] for part in totals)
    (small, large) = (part["log_followers"] / part["positive"] for part in totals)
    slope, middle = (high - low) / (large - small), (small + large) / 2
    noise = np.sqrt(max(sums["log_rate2"] / n - (sums["log_rate"] / n) ** 2, 0.01))
    rate = (low + high) / 2 + slope * (centre - middle)
    return Population(centre, float(spread), 1 + slope, rate, float(noise))


def simulated_shift(
    moments: Moments, tiers: Tiers, error: Error, moves: bool
) -> tuple[float, float, float]:
    """Give the factor by which an error moves the ratio of the smaller over the larger tier, with
    the interval of its simulation.
    """
    population, steps = population_of(moments, tiers), []
    for seed in SEEDS:
        both = miscounted(seed, population, error, ACCOUNTS, moves)
        logs = []
        for posts in both:
            sample = world("followers", posts).sample("likes_per_follower").tier(tiers.scheme)
            logs.append(np.log(contrast(sample, tiers.of, tiers.versus).estimate))
        steps.append(logs[1] - logs[0])
    reach = stdtrit(len(steps) - 1, 0.975) * np.std(steps, ddof=1) / np.sqrt(len(steps))
    middle = float(np.mean(steps))
    return tuple(float(np.exp(value)) for value in (middle, middle - reach, middle + reach))


class Kind(NamedTuple):
    """An error in followers.

    Attributes
    ----------
    kind : str
        ``rounding``, ``growth`` or ``bots``.
    error : callable
        Gives the error for a source and its tiers, or None where nothing is known of it.
    moves : bool
        Whether counted followers decide on the tier of an account; see `miscounted`.
    """

    kind: str
    error: Callable[[Moments, Tiers], Error | None]
    moves: bool = True


def mean_ages(source: str) -> dict[str, float]:
    """Look up the mean age of the posts of each level of a source when it was collected [years];
    empty if it is not known.

    Examples
    --------
    >>> mean_ages("instagram-kim")["older"]
    1.79
    """
    table = pd.read_csv(paths.DATA / "post_ages.csv")
    rows = table[table["source"] == source]
    return dict(zip(rows["level"], rows["years"], strict=True))


def growth_from_ages(moments: Moments, tiers: Tiers) -> Error | None:
    """Growth by which older posts would have the rates that they have, if growth were all that
    distinguishes them from posts of the last year; None of a source without both.
    """
    ages = mean_ages(moments.source.key)
    if not ages:
        return None
    logs = {}
    for level in ("last year", "older"):
        sample = moments.sample(tiers.metric, "age", level).tier(tiers.scheme)
        sums = sample.within((tiers.of, tiers.versus), ("log_rate", "positive"))
        logs[level] = [part["log_rate"].sum() / part["positive"].sum() for part in sums.values()]
    years = ages["older"] - ages["last year"]
    pairs = zip(logs["last year"], logs["older"], strict=True)
    small, large = ((recent - older) / years for recent, older in pairs)
    return growth_between(small, large, tiers.between(), ages["all"])


def published_bots(_moments: Moments, tiers: Tiers) -> Error | None:
    """Shares of low-quality followers by tier as HypeAuditor published them; None of other tiers.

    Examples
    --------
    >>> tiers = Tiers("", "decades", "likes_per_follower", "nano", "macro")
    >>> published_bots(None, tiers) is None
    True
    """
    if {tiers.of, tiers.versus} != set(PUBLISHED_BOTS):
        return None
    shares = published_shares()
    return bots(shares[tiers.of], shares[tiers.versus], tiers.between())


def published_shares() -> dict[str, float]:
    """Look up the published shares; of "over 50 percent" the 50.

    Examples
    --------
    >>> {tier: round(share, 3) for tier, share in published_shares().items()}
    {'micro': 0.5, 'macro': 0.284}
    """
    frame = published().set_index("id")
    values = frame["value"].fillna(frame["value_low"])
    return {tier: float(values[list(ids)].mean()) / 100 for tier, ids in PUBLISHED_BOTS.items()}


ERRORS = {
    "as TIDES rounds": Kind("rounding", lambda _moments, _tiers: rounding),
    "10 % a year at 10K followers": Kind("growth", lambda _moments, _tiers: growth(0.1)),
    "30 % a year at 10K followers": Kind("growth", lambda _moments, _tiers: growth(0.3)),
    "as posts of both ages imply": Kind("growth", growth_from_ages),
    "as published by tier": Kind("bots", published_bots, moves=False),
}
"""Errors by name. Growth of so much is halved, on the log scale, with ten times the followers."""
