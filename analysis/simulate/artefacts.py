"""Worlds in which size does not matter, and artefacts that make it look so. All SIMULATED.

Every world has one post per account. Followers are log-normal around the edge of micro and macro
(10,000 to 100,000 and to a million), and the logarithm of the rate is normal with the same mean at
every size. So the true ratio of the tiers is 1, and the ratio under an artefact has a closed form.
Arguments that they share: `beta` is the elasticity of likes in followers, `spread` the standard
deviation of log followers, `accounts` how many, `seed` that of the random generator.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import log_ndtr, ndtr, ndtri

# edges of the two tiers, in logarithms of followers
MICRO, MACRO = (math.log(1e4), math.log(1e5)), (math.log(1e5), math.log(1e6))
CENTRE, SPREAD = MICRO[1], 1.5  # mean and standard deviation of log followers
RATE, NOISE = math.log(0.03), 0.8  # mean and standard deviation of the log rate


class World(NamedTuple):
    """A simulated world and its known ratios.

    Attributes
    ----------
    posts : pandas.DataFrame
        POSTS.
    truth, expected : float
        Ratio micro over macro without the artefact, and with it by the closed form.
    metric, average : str
        The metric and the average in which the artefact shows.
    """

    posts: pd.DataFrame
    truth: float
    expected: float
    metric: str = "likes_per_follower"
    average: str = "typical account"


def premium(beta: float, spread: float = SPREAD) -> float:
    """Ratio micro over macro of the typical rate where likes grow with followers to the power
    `beta`.

    The tiers are a decade wide, but within them log followers (normal around CENTRE) lie closer
    than a decade: their means are those of a truncated normal distribution.

    Examples
    --------
    >>> from analysis.simulate import artefacts
    >>> artefacts.premium(1.0), round(artefacts.premium(0.8), 2)
    (1.0, 1.46)
    """
    return math.exp((1 - beta) * (_mean_within(MACRO, spread) - _mean_within(MICRO, spread)))


def _mean_within(edges: tuple[float, float], spread: float) -> float:
    low, high = ((edge - CENTRE) / spread for edge in edges)
    density = (math.exp(-(low**2) / 2) - math.exp(-(high**2) / 2)) / math.sqrt(2 * math.pi)
    return CENTRE + spread * density / float(ndtr(high) - ndtr(low))


def _posts(
    rng: np.random.Generator, log_followers: np.ndarray, log_likes: np.ndarray, **columns
) -> pd.DataFrame:
    followers = np.maximum(np.round(np.exp(log_followers)), 1.0)
    counts = {"followers": followers, "likes": rng.poisson(np.exp(log_likes))}
    # the name says wherever it is shown that the account does not exist
    names = [f"simulated-{index}" for index in range(len(log_followers))]
    return pd.DataFrame({"account_id": names, "platform": "instagram", **counts, **columns})


def _drawn(
    seed: int, accounts: int, spread: float = SPREAD
) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    """Give a generator, log followers, and standard normal noise of the rate."""
    rng = np.random.default_rng(seed)
    return rng, rng.normal(CENTRE, spread, accounts), rng.normal(0, 1, accounts)


def nothing(seed: int, accounts: int = 10_000) -> World:
    """No artefact: the negative control."""
    return power_law(seed, 1.0, accounts=accounts)


def power_law(seed: int, beta: float, spread: float = SPREAD, accounts: int = 10_000) -> World:
    """Likes grow with followers to the power `beta`: a true difference, no artefact.

    Examples
    --------
    >>> import analysis as an
    >>> round(an.simulate.power_law(seed=1, beta=0.8).truth, 2)
    1.46
    """
    rng, size, noise = _drawn(seed, accounts, spread)
    log_likes = RATE + size + (beta - 1) * (size - CENTRE) + NOISE * noise
    return World(_posts(rng, size, log_likes), premium(beta, spread), premium(beta, spread))


def evenly_sized(seed: int, beta: float, accounts: int = 1_700) -> pd.DataFrame:
    """POSTS of accounts spread evenly over log followers from 1,000 to 5 million, likes growing as
    followers to the power `beta`.

    There is no turning point, but a quadratic on raw followers, where most accounts crowd at the
    small end, finds one.

    Examples
    --------
    >>> import analysis as an
    >>> len(an.simulate.evenly_sized(seed=1, beta=0.8))
    1700
    """
    rng = np.random.default_rng(seed)
    size = rng.uniform(math.log(1e3), math.log(5e6), accounts)
    noise = rng.normal(0, 1, accounts)
    return _posts(rng, size, RATE + size + (beta - 1) * (size - CENTRE) + NOISE * noise)


def averaging_gap(beta: float, spread: float = SPREAD) -> float:
    """Mean of account rates over ratio of sums, of the same accounts: exp(spread^2 (1 - beta)).

    Examples
    --------
    >>> import analysis as an
    >>> round(an.simulate.averaging_gap(beta=0.8), 2), an.simulate.averaging_gap(beta=1.0)
    (1.57, 1.0)
    """
    return math.exp(spread**2 * (1 - beta))


def averaging_rule(
    seed: int, accounts: int = 10_000, small: float = 1.0, large: float = 0.6
) -> World:
    """Rates of micro lie further apart (standard deviation `small` in logs) than those of macro
    (`large`), around the same middle.

    The arithmetic mean of a log-normal rate is exp(sd^2 / 2) times its middle.
    """
    rng, size, noise = _drawn(seed, accounts)
    made = _posts(rng, size, RATE + size + np.where(size < CENTRE, small, large) * noise)
    return World(made, 1.0, math.exp((small**2 - large**2) / 2), average="mean of accounts")


def old_posts(
    seed: int, accounts: int = 10_000, age: float = 1.5, years: float = 3.0, growth: float = 0.35,
    growth_sd: float = 0.35, start: float = 1.3,
) -> World:  # fmt: skip
    """Posts `age` years old are divided by the followers of today, and accounts are large today
    because they grew.

    Log followers start with standard deviation `start` and grow for `years` by `growth` a year
    (mean; `growth_sd` between accounts). The regression of past growth on size today gives beta = 1
    - age years growth_sd^2 / (start^2 + (years growth_sd)^2).

    Examples
    --------
    >>> import analysis as an
    >>> world = an.simulate.old_posts(seed=1, accounts=1_000)
    >>> world.truth, round(world.expected, 2)
    (1.0, 1.47)
    """
    rng = np.random.default_rng(seed)
    spread = math.hypot(start, years * growth_sd)
    pace = rng.normal(growth, growth_sd, accounts)
    today = rng.normal(CENTRE - years * growth, start, accounts) + years * pace
    then = today - age * pace
    made = _posts(rng, today, RATE + then + rng.normal(0, NOISE, accounts))
    return World(made, 1.0, premium(1 - age * years * growth_sd**2 / spread**2, spread))


def inactive_followers(seed: int, accounts: int = 10_000, error: float = 0.7) -> World:
    """A share of the counted followers is bought or inactive, and it differs between accounts
    (`error`, standard deviation in logs).

    The log of active followers has standard deviation SPREAD, so that beta is attenuated to
    SPREAD^2 / (SPREAD^2 + error^2).
    """
    rng, active, noise = _drawn(seed, accounts)
    counted = active + rng.normal(0, error, accounts)
    beta = SPREAD**2 / (SPREAD**2 + error**2)
    return World(
        _posts(rng, counted, RATE + active + NOISE * noise),
        1.0,
        premium(beta, math.hypot(SPREAD, error)),
    )


def viral_feed(seed: int, accounts: int = 40_000, views: float = 3e5, noise: float = 1.5) -> World:
    """A feed or a top list holds only posts with more than so many `views`: a small account is
    there only with a viral post.

    The median of views is 0.3 of followers, with standard deviation `noise` in logs; likes per view
    depend on nothing.

    Examples
    --------
    >>> import analysis as an
    >>> world = an.simulate.viral_feed(seed=1, accounts=2_000)
    >>> world.truth, round(world.expected, 1), len(world.posts)
    (1.0, 4.3, 261)
    """
    rng, size, luck = _drawn(seed, accounts)
    log_views = math.log(0.3) + size + noise * luck
    seen = log_views > math.log(views)
    log_likes = RATE + log_views[seen] + rng.normal(0, NOISE, seen.sum())
    made = _posts(rng, size[seen], log_likes, views=np.round(np.exp(log_views[seen])), comments=0)
    floor, middle = (lambda size: math.log(views) - size), (lambda size: math.log(0.3))
    return World(made, 1.0, _selected(floor, middle, noise))


def high_rates_only(
    seed: int, accounts: int = 10_000, beta: float = 0.8, least: float = 0.02
) -> World:
    """A list holds accounts with a rate of at least `least`; here size does matter, and the list
    hides a part of the difference.
    """
    world = power_law(seed, beta, accounts=accounts)
    listed = world.posts["likes"] >= least * world.posts["followers"]
    kept = world.posts[listed].reset_index(drop=True)
    expected = _selected(
        lambda size: math.log(least), lambda size: RATE + (beta - 1) * (size - CENTRE), NOISE
    )
    return World(kept, world.truth, expected)


def _selected(floor: Callable, middle: Callable, noise: float) -> float:
    """Ratio micro over macro of the typical rate among accounts whose log rate, normal around
    `middle`, lies above `floor`.

    Both are functions of log followers. The mean of a normal beyond a floor is its middle plus
    noise times the inverse Mills ratio; it is averaged over each tier with the share that passes
    the floor as weight.
    """
    means = []
    for edges in (MICRO, MACRO):
        size = np.linspace(*edges, 2001)
        z = (floor(size) - middle(size)) / noise
        mills = np.exp(-(z**2) / 2 - log_ndtr(-z)) / math.sqrt(2 * math.pi)
        weight = np.exp(-((size - CENTRE) ** 2) / 2 / SPREAD**2) * ndtr(-z)
        means.append(np.average(middle(size) + noise * mills, weights=weight))
    return math.exp(means[0] - means[1])


def own_denominator(seed: int, accounts: int = 10_000) -> World:
    """Likes do not depend on followers, and are divided by them."""
    rng, size, noise = _drawn(seed, accounts)
    return World(_posts(rng, size, RATE + CENTRE + NOISE * noise), 1.0, premium(0.0))


def brand_error(accounts: int = 14) -> float:
    """Standard error of a log ratio of so many accounts to as many.

    Examples
    --------
    >>> import analysis as an
    >>> round(an.simulate.brand_error(accounts=14), 2)
    0.3
    """
    return NOISE * math.sqrt(2 / accounts)


def best_of_many(seed: int, brands: int = 16, accounts: int = 14) -> World:
    """Several `brands` each compare `accounts` micro with as many macro accounts, and the largest
    ratio is reported.

    The largest of k independent normal errors exceeds the quantile of 0.5^(1/k) in half of the
    worlds; that median is `expected`.

    Examples
    --------
    >>> import analysis as an
    >>> world = an.simulate.best_of_many(seed=1)
    >>> world.truth, round(world.expected, 2)
    (1.0, 1.68)
    """
    rng = np.random.default_rng(seed)
    n = brands * accounts
    size = np.concatenate([rng.uniform(*MICRO, n), rng.uniform(*MACRO, n)])
    names = [f"brand {1 + index % brands}" for index in range(2 * n)]
    made = _posts(rng, size, RATE + size + rng.normal(0, NOISE, 2 * n), niche=names)
    return World(made, 1.0, math.exp(brand_error(accounts) * float(ndtri(0.5 ** (1 / brands)))))


ARTEFACTS: dict[str, Callable[[int], World]] = {
    "nothing": nothing,
    "averaging rule": averaging_rule,
    "old posts": old_posts,
    "inactive followers": inactive_followers,
    "viral feed": viral_feed,
    "high rates only": high_rates_only,
    "own denominator": own_denominator,
    "best of many": best_of_many,
}
"""Every artefact by the name that the parameter of a notebook gives it."""
