"""Worlds whose followers are counted with an error: the true count and the count that a crawl would
show, of the same accounts with the same likes. All SIMULATED.

Log followers are normal, likes grow as a power of followers, and log rates scatter normally. Each
error moves the counted followers, so that the rate per counted follower, and for growth and
rounding the tier, too, are wrong.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import digamma

CONCENTRATION = 10.0
"""Of the beta distribution of the share of bots between accounts of one tier."""


class Population(NamedTuple):
    """Accounts as one source has them.

    Attributes
    ----------
    centre, spread : float
        Mean and standard deviation of log followers.
    beta : float
        Elasticity of likes in followers.
    rate : float
        Log rate at `centre`.
    noise : float
        Standard deviation of the log rate.
    """

    centre: float = float(np.log(3e4))
    spread: float = 1.5
    beta: float = 0.8
    rate: float = float(np.log(0.03))
    noise: float = 0.8


class Counted(NamedTuple):
    """The same accounts with true and with counted followers.

    Attributes
    ----------
    true, counted : pandas.DataFrame
        POSTS, one per account.
    """

    true: pd.DataFrame
    counted: pd.DataFrame


Error = Callable[[np.random.Generator, np.ndarray], np.ndarray]
"""Gives the log of counted over true followers from the log of true followers."""


def miscounted(
    seed: int, population: Population, error: Error, accounts: int = 20_000, moves: bool = True
) -> Counted:
    """Draw accounts, and count their followers with an error.

    Parameters
    ----------
    seed : int
        Of the random generator.
    population : Population
        From which accounts are drawn.
    error : callable
        See `rounding`, `growth` and `bots`.
    accounts : int
        How many.
    moves : bool
        Whether likes depend on true followers and `error` gives the counted ones; if not, the drawn
        followers are the counted ones, by which creators are called micro or macro, and `error`
        takes followers away.

    Examples
    --------
    >>> both = miscounted(1, Population(), rounding, accounts=100)
    >>> len(both.true), bool((both.true["likes"] == both.counted["likes"]).all())
    (100, True)
    """
    rng = np.random.default_rng(seed)
    size = rng.normal(population.centre, population.spread, accounts)
    rates = population.rate + (population.beta - 1) * (size - population.centre)
    rates = rates + rng.normal(0, population.noise, accounts)
    step = error(rng, size)
    active = size if moves else size + step
    likes = rng.poisson(np.exp(active + rates))
    seen = size + step if moves else size
    names = [f"simulated-{index}" for index in range(accounts)]
    frame = pd.DataFrame({"account_id": names, "platform": "instagram", "likes": likes})
    # the tiers of bots are those of counted followers; only what divides is wrong there
    true = np.exp(size)
    table = frame.assign(followers=true) if moves else _per_active(frame, true, step)
    return Counted(table, frame.assign(followers=np.exp(seen)))


def _per_active(frame: pd.DataFrame, followers: np.ndarray, step: np.ndarray) -> pd.DataFrame:
    """Likes as they would be if every counted follower were a person: the rate per person, in the
    tier of counted followers.
    """
    return frame.assign(likes=frame["likes"] / np.exp(step), followers=followers)


def rounding(rng: np.random.Generator, log_followers: np.ndarray) -> np.ndarray:
    """Round as TIDES and DataRes do: to hundreds from 10,000 on, to hundred thousands from a
    million on.

    Examples
    --------
    >>> step = rounding(None, np.log([9_949.0, 12_349.0, 1_234_567.0]))
    >>> np.exp(np.log([9_949.0, 12_349.0, 1_234_567.0]) + step).round().tolist()
    [9949.0, 12300.0, 1200000.0]
    """
    followers = np.exp(log_followers)
    unit = np.select([followers >= 1e6, followers >= 1e4], [1e5, 1e2], 1.0)
    return np.log(np.maximum(np.round(followers / unit) * unit, 1.0)) - log_followers


def growth(yearly: float, years: float = 1.0, slower: float = 0.5) -> Error:
    """Followers grow between a post and the crawl, faster for small accounts.

    Parameters
    ----------
    yearly : float
        Growth of an account of 10,000 followers in a year, 0.1 for 10 %.
    years : float
        Mean age of a post, which is exponentially distributed.
    slower : float
        What remains of the growth, on the log scale, with ten times the followers.

    Examples
    --------
    >>> step = growth(0.1)(np.random.default_rng(1), np.log([1e4, 1e5]))
    >>> bool((step > 0).all())
    True
    """

    def grow(rng: np.random.Generator, log_followers: np.ndarray) -> np.ndarray:
        pace = np.log1p(yearly) * slower ** ((log_followers - np.log(1e4)) / np.log(10))
        return pace * rng.exponential(years, len(log_followers))

    return grow


def growth_between(small: float, large: float, edge: float, years: float = 1.0) -> Error:
    """Followers grow by `small` a year below `edge` followers and by `large` above, both on the log
    scale, over posts of a mean age of `years`.

    Examples
    --------
    >>> step = growth_between(0.0, 0.1, 1e4)(np.random.default_rng(1), np.log([1e3, 1e5]))
    >>> bool(step[0] == 0.0 and step[1] > 0)
    True
    """

    def grow(rng: np.random.Generator, log_followers: np.ndarray) -> np.ndarray:
        pace = np.where(log_followers < np.log(edge), small, large)
        return pace * rng.exponential(years, len(log_followers))

    return grow


def bots(small: float, large: float, edge: float) -> Error:
    """A share of the counted followers are no persons: its mean is `small` below `edge` followers
    and `large` above, with a beta distribution between accounts.

    Examples
    --------
    >>> step = bots(0.5, 0.28, 1e4)(np.random.default_rng(1), np.log([1e3, 1e5]))
    >>> bool((step < 0).all())
    True
    """

    def take_away(rng: np.random.Generator, log_followers: np.ndarray) -> np.ndarray:
        mean = np.where(log_followers < np.log(edge), small, large)
        people = rng.beta((1 - mean) * CONCENTRATION, mean * CONCENTRATION)
        return np.log(np.maximum(people, 1e-6))

    return take_away


def shift_by_bots(small: float, large: float) -> float:
    """Factor by which bots move the ratio small over large of typical rates, in closed form: the
    mean of the log of a beta variable is a difference of digamma functions.

    Examples
    --------
    >>> round(shift_by_bots(0.5, 0.28), 2), shift_by_bots(0.3, 0.3)
    (0.67, 1.0)
    """

    def mean_log(share: float) -> float:
        return float(digamma((1 - share) * CONCENTRATION) - digamma(CONCENTRATION))

    return float(np.exp(mean_log(small) - mean_log(large)))
