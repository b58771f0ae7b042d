"""The size of a creator at which a reaction costs least: one model behind every sentence on cost.

A post of an account with F followers costs ``P * f**gamma``, where f is F over REFERENCE, collects
``K * f**beta`` reactions, and handling its creator costs c on top. Then the cost per thousand
followers falls with size if and only if gamma < 1, before handling; the cost per reaction falls if
and only if gamma < beta; and with c > 0 and gamma > beta it is lowest at ``F* = REFERENCE * (c *
beta / (P * (gamma - beta))) ** (1 / gamma)``. It compares different creators, as everything here
does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import Result
from analysis.errors import check_share
from analysis.estimate.cost.price_laws import REFERENCE


def cheapest_size(price, gamma, beta, handling) -> np.ndarray:
    """Give the followers at which a reaction costs least.

    Parameters
    ----------
    price, gamma : array_like
        Of a post at REFERENCE followers, in the currency of `handling`; its elasticity.
    beta : array_like
        Elasticity of reactions.
    handling : array_like
        Fixed cost per creator.

    Returns
    -------
    numpy.ndarray
        F* where gamma > beta, which is where the derivative of the cost per reaction is zero;
        infinite where gamma <= beta, since larger is then always cheaper; 0 where gamma > beta and
        either nothing is to be handled or larger accounts collect no more; nan where gamma = beta
        and nothing is to be handled: size is indifferent.

    Examples
    --------
    >>> import analysis as an
    >>> [float(an.cost.cheapest_size(1_000, gamma, 0.8, 50).round()) for gamma in (1.0, 0.7)]
    [20000.0, inf]
    """
    parts = (np.asarray(part, float) for part in (price, gamma, beta, handling))
    price, gamma, beta, handling = np.broadcast_arrays(*parts)
    interior = gamma > np.maximum(beta, 0)
    gap, power = (np.where(interior, part, 1.0) for part in (gamma - beta, gamma))
    best = REFERENCE * (handling * np.maximum(beta, 0) / (price * gap)) ** (1 / power)
    return np.where(interior, best, np.where((gamma == beta) & (handling == 0), np.nan, np.inf))


def turning_cost(small, large, price, gamma, beta):
    """Handling cost per creator at which two sizes cost the same per reaction; above it the larger
    is cheaper.

    Zero or less means that the larger is cheaper whatever handling costs.
    """
    small, large = np.asarray(small, float) / REFERENCE, np.asarray(large, float) / REFERENCE
    dearer = large ** (gamma - beta) - small ** (gamma - beta)
    return price * dearer / (small**-beta - large**-beta)


@dataclass(frozen=True, repr=False)
class CheapestSizes(Result):
    """Where a reaction costs least, by source of prices, and what that depends on.

    Attributes
    ----------
    curves : pandas.DataFrame
        ``handling, estimate, low, high`` [followers; inf: the larger the cheaper], ``larger``, the
        share of draws in which larger is always cheaper, and ``name`` of the source.
    turning : pandas.DataFrame
        ``name, estimate, low, high, unit``: the handling cost above which `large` followers cost
        less per reaction than `small`; zero or less, if they do even where handling is free.
    small, large : float
        Followers.
    """

    curves: pd.DataFrame
    turning: pd.DataFrame
    small: float
    large: float

    @property
    def always_larger(self) -> list[str]:
        """Sources by which larger is always cheaper, even at the low end of the interval."""
        grouped = self.curves.groupby("name", sort=False)["low"]
        return [name for name, low in grouped if np.isinf(low).all()]

    def to_frame(self) -> pd.DataFrame:
        """Give the curves."""
        return self.curves


def cheapest_sizes(
    worlds: Mapping[str, pd.DataFrame],
    handling: Iterable[float],
    currency: str,
    small: float = 30_000,
    large: float = 300_000,
    confidence: float = 0.95,
) -> CheapestSizes:
    """Find the cheapest size along handling costs for each source of prices, and the handling cost
    at which two sizes cost the same.

    Parameters
    ----------
    worlds : mapping of str to DataFrame
        From `draw_worlds`, by name of the source of prices.
    handling : iterable of float
        Costs of handling one creator, in `currency`, as are the prices.
    small, large : float
        Two sizes to compare [followers].
    confidence : float
        Of the intervals over draws, around their median.

    Returns
    -------
    CheapestSizes
        Sizes in followers, costs in the currency, per source of prices.

    Examples
    --------
    >>> import analysis as an
    >>> law = an.load("instagram-kim").sample("engagement").power_law()
    >>> reel = an.cost.load_prices()["agency-armenia-reel"].sample("cost_per_post").power_law()
    >>> worlds = {"reel": an.cost.draw_worlds(reel, law, 500)}
    >>> an.cost.cheapest_sizes(worlds, [5_000, 50_000], "AMD")
    By 1 of 1 source of prices larger is always cheaper per reaction.
    """
    check_share("confidence", confidence)
    ends = [0.5, (1 - confidence) / 2, (1 + confidence) / 2]
    handling, curves, turning = list(handling), [], []
    for name, drawn in worlds.items():
        price, gamma, beta = (drawn[column] for column in ("price", "gamma", "beta"))
        for cost in handling:
            sizes = cheapest_size(price, gamma, beta, cost)
            quantiles = np.quantile(sizes, ends, method="inverted_cdf")
            curves.append((cost, *quantiles, float(np.isinf(sizes).mean()), name))
        costs = turning_cost(small, large, price, gamma, beta)
        turning.append((name, *np.quantile(costs, ends), currency))
    columns = ["handling", "estimate", "low", "high", "larger", "name"]
    return CheapestSizes(
        pd.DataFrame(curves, columns=columns),
        pd.DataFrame(turning, columns=["name", "estimate", "low", "high", "unit"]),
        small,
        large,
    )
