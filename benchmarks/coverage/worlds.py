"""Worlds in which the ratio of micro to macro is known, drawn as sums of accounts. Everything made
here is simulated.

An account reaches D people and gets a number of reactions that is Poisson around D times its rate.
Reach is log-normal; so are rates, around 2 percent for macro and 60 percent more for micro. Posts
of one account all have its rate. Only their number, which weighs the mean of posts, is drawn.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

LIFT = 1.6
RATE = 0.02
TIERS = {"micro": 30_000, "macro": 300_000}
"""Followers of an account in each tier; its reach does not depend on them."""

LARGE = 4_000_000
"""Accounts of a tier in the draw that gives the true values that have no closed form."""


class World(NamedTuple):
    """Parameters of a world.

    Attributes
    ----------
    accounts : tuple of int
        In micro and in macro.
    rate_sd, reach_sd : float
        Standard deviation of the logarithm of an account's rate, reach fixed, and of its reach.
    slopes : tuple of float
        How the logarithm of the rate changes with that of reach, in micro and in macro.
    zeros : tuple of float
        Share of accounts in micro and in macro that get no reaction whatever they reach.
    reach : float
        Typical reach of an account, all posts together.
    metric : str
        Key of the metric whose numerator and denominator these are.
    """

    accounts: tuple[int, int]
    rate_sd: float
    reach_sd: float
    slopes: tuple[float, float] = (0.0, 0.0)
    zeros: tuple[float, float] = (0.0, 0.0)
    reach: float = 50_000
    metric: str = "engagement_per_reach"

    def __str__(self) -> str:
        """Accounts, spreads, and what is harder than usual."""
        words = f"{self.accounts[0]} v {self.accounts[1]}, {self.rate_sd:.1f}/{self.reach_sd:.1f}"
        words += ", rates fall with reach" if any(self.slopes) else ""
        return words + (", conversions with zeros" if any(self.zeros) else "")


WORLDS = (
    *(
        World(accounts, *spreads)
        for spreads in ((0.7, 1.0), (1.0, 1.4))
        for accounts in ((80, 12), (150, 60), (400, 200))
    ),
    World((150, 60), 1.0, 1.4, slopes=(-0.1, -0.3)),
    World((150, 60), 0.7, 1.0, zeros=(0.2, 0.4), reach=1_000, metric="conversion_rate"),
    *(World((400, 12), *spreads) for spreads in ((0.5, 0.7), (1.0, 1.4), (1.4, 2.0))),
    World((150, 60), 1.4, 2.0),
)
"""Six mild worlds, then harder ones; the last is as spread as open data are."""


def draw(
    world: World, rng: np.random.Generator, accounts: tuple[int, int] | None = None
) -> pd.DataFrame:
    """Draw the accounts of a world.

    Returns
    -------
    pandas.DataFrame
        ``tier, posts, numerator, denominator``, one row per account.
    """
    frames = []
    for tier, count, lift, slope, zeros in zip(
        TIERS, accounts or world.accounts, (LIFT, 1.0), world.slopes, world.zeros, strict=True
    ):
        reach = world.reach_sd * rng.normal(size=count)
        rate = RATE * lift * np.exp(slope * reach + world.rate_sd * rng.normal(size=count))
        posts = np.ceil(12 * np.exp(0.6 * rng.normal(size=count)))
        denominator = world.reach * np.exp(reach)
        numerator = rng.poisson(denominator * rate) * (rng.random(count) >= zeros)
        frames.append(
            pd.DataFrame(
                {"tier": tier, "posts": posts, "numerator": numerator, "denominator": denominator}
            )
        )
    return pd.concat(frames, ignore_index=True)


def truth(world: World, rng: np.random.Generator, large: int = LARGE) -> dict[str, float]:
    """Ratio of micro to macro in the population of a world, for each average.

    The three averages that are ratios of expectations have closed forms, since a rate is log-normal
    given reach. Poisson noise moves the typical and the median account, so theirs are taken from a
    draw of `large` accounts per tier.
    """
    moments = {
        "mean of accounts": lambda slope: slope**2,
        "ratio of sums": lambda slope: (1 + slope) ** 2 - 1,
    }
    # the number of posts is independent of everything else
    moments["mean of posts"] = moments["mean of accounts"]
    counted = (1 - world.zeros[0]) / (1 - world.zeros[1])
    above, below = (
        {name: moment(slope) for name, moment in moments.items()} for slope in world.slopes
    )
    closed = {
        name: LIFT * counted * np.exp((above[name] - below[name]) * world.reach_sd**2 / 2)
        for name in moments
    }
    frame = draw(world, rng, (large, large))
    rates = (frame["numerator"] / frame["denominator"]).groupby(frame["tier"])
    median = rates.median()
    typical = rates.agg(lambda rate: np.exp(np.log(rate[rate > 0]).mean()))
    ratios = {"typical account": typical, "median account": median}
    return closed | {name: float(value["micro"] / value["macro"]) for name, value in ratios.items()}
