"""Worlds of the same creators through time, with the creators, periods and spreads of a panel.

A creator's cross-products determine its part in the slope within creators, so that worlds need no
rows: given the squares of its log sizes, its product of log size and log rate is normal. Creators
differ in how much their sizes change, as log-normal shares whose unevenness is that of the panel,
and each has a slope of its own; both are what makes errors clustered by creator larger than those
of least squares.
"""

from dataclasses import dataclass

import numpy as np

from analysis.estimate.panel.within import error, slopes, swept
from analysis.estimate.tier_averages import t_interval
from analysis.moments.panel import Panel


@dataclass(frozen=True)
class PanelWorld:
    """What worlds of a panel have in common.

    Attributes
    ----------
    creators : int
        Those seen more than once.
    size2 : float
        Sum of squares of log sizes within creators, months taken out.
    uneven : float
        Squared coefficient of variation of the creators' parts in it.
    own : float
        Variance of the creators' own slopes around the common one.
    noise : float
        Variance of a log rate.
    inflate, df : float
        Of the clustered error, see `analysis.estimate.panel.within.Slope`.
    """

    creators: int
    size2: float
    uneven: float
    own: float
    noise: float
    inflate: float
    df: float


def panel_world(panel: Panel) -> PanelWorld:
    """Match worlds to a panel: the variances of slopes and of noise are those that give its
    clustered error and its residual sum of squares.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.growing(seed=1, creators=200, noise_sd=0.2)
    >>> world = panel_world(an.simulate.world("growing", posts).panel("likes_per_follower"))
    >>> world.creators, round(float(world.noise**0.5 / np.log(10)), 2)
    (200, 0.2)
    """
    sums = panel.sums
    fit, _ = slopes(sums)
    rate2, product, size2 = swept(sums)
    variance = error(sums, fit.scores) ** 2
    # the second variable with itself, behind the elements of the first row
    at = 1 + len(sums.periods)
    # one over the number of creators that an even panel as uncertain would have
    part = sums.second[at, at] / sums.first[at] ** 2
    others = (1 - part) / part
    spare = sums.rows - sums.repeated - len(sums.periods)
    left = rate2 - product**2 / size2
    noise = max((left - others * variance * size2) / (spare - others), 0.0)
    own = (variance - noise / size2) / part
    if own < 0:  # errors are no larger than those of least squares
        own, noise = 0.0, variance * size2
    uneven = max(sums.repeated * part - 1, 0.0)
    return PanelWorld(sums.repeated, size2, uneven, own, noise, fit.inflate, fit.df)


def panel_ends(
    world: PanelWorld, ratio: float, worlds: int, rng: np.random.Generator, confidence: float
) -> tuple[np.ndarray, np.ndarray, str]:
    """Draw the intervals of the ratio within creators in many worlds in which it has a value."""
    slope = np.log10(ratio)
    shape = worlds, world.creators
    parts = rng.lognormal(0, np.sqrt(np.log1p(world.uneven)), shape)
    squares = world.size2 * parts / parts.sum(axis=1, keepdims=True)
    own = slope + np.sqrt(world.own) * rng.standard_normal(shape)
    products = own * squares + np.sqrt(world.noise * squares) * rng.standard_normal(shape)
    found = products.sum(axis=1) / world.size2
    scores = products - found[:, None] * squares
    se = np.sqrt(world.inflate * (scores**2).sum(axis=1)) / world.size2
    low, high = t_interval(found, se, world.df, confidence)
    return 10**low, 10**high, "ok"
