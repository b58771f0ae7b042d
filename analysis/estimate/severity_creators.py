"""Worlds of creators: the log rate of a post is a line in log followers, plus the creator, plus the
post, with the accounts, followers and posts of each cell of a source.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.estimate.curve.elasticity import slope
from analysis.estimate.ratio.variance_components import one_way
from analysis.estimate.registry import estimated
from analysis.estimate.severity_followers import spread_followers
from analysis.moments.sample import Sample
from analysis.registers.claims import Test
from analysis.registers.metrics import PER_POST


@dataclass(frozen=True)
class CreatorWorld:
    """A source as creators with posts.

    Attributes
    ----------
    x, posts : numpy.ndarray
        Log followers and number of posts of each creator, cell by cell.
    starts : numpy.ndarray
        Place of the first creator of each cell.
    lower, upper : numpy.ndarray
        Edges of the cells [followers].
    slope : float
        Of log rate on log followers.
    creator, post : float
        Variance of log rates between creators of one size, and between posts of one creator.
    """

    x: np.ndarray
    posts: np.ndarray
    starts: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    slope: float
    creator: float
    post: float


def creator_world(sample: Sample, seed: int) -> CreatorWorld:
    """Take sizes and variances of a sample; posts of a creator are one and a Poisson number."""
    rows = sample.rows[sample.rows["single_accounts"] > 0]
    names = ("single_accounts", "single_posts", "positive", "log_followers", "lower", "upper")
    n, posts, positive, logs, lower, upper = (rows[name].to_numpy(float) for name in names)
    x = spread_followers(n, n * logs / np.maximum(positive, 1), lower, upper)
    rng = np.random.default_rng(seed)
    drawn = 1.0 + rng.poisson(np.repeat(posts / n - 1, n.astype(int)))
    starts = np.r_[0, np.cumsum(n.astype(int))[:-1]]
    whole, along = one_way(sample).whole, slope(sample).value
    beyond = max(float(whole.creator) - along**2 * x.var(), 1e-9)
    return CreatorWorld(x, drawn, starts, lower, upper, along, beyond, float(whole.post))


def with_value(test: Test, world: CreatorWorld, value: float) -> CreatorWorld:
    """Give what the test asks for a value: by the slope on followers, or by the share of variance
    between creators.
    """
    if test.estimator == "creator beyond size":
        return replace(world, slope=float(np.sqrt(world.creator / value / world.x.var())))
    share = value / (test.at - (test.at - 1) * value)  # Spearman and Brown, turned round
    whole = world.creator + world.slope**2 * world.x.var()
    both = whole + world.post
    # of all variance, what goes with size is a part of that between creators
    between = replace(world, post=both * (1 - share), creator=both * share)
    return replace(between, slope=0.0)


def without_difference(sample: Sample, world: CreatorWorld) -> CreatorWorld:
    """Let rates not depend on followers; totals then grow in proportion to them."""
    return replace(world, slope=1.0 if sample.metric.denominator == PER_POST else 0.0)


def drawn(sample: Sample, world: CreatorWorld, rng: np.random.Generator) -> Sample:
    """Draw the sums of every cell."""
    n, size = world.posts, len(world.x)
    own = world.slope * world.x + np.sqrt(world.creator) * rng.standard_normal(size)
    mean = own + np.sqrt(world.post / n) * rng.standard_normal(size)
    inner = np.zeros(size)
    several = n > 1
    inner[several] = world.post * rng.chisquare(n[several] - 1)
    ones = np.ones(size)
    each = {
        "accounts": ones, "positive": ones, "posts": n, "log_rate": mean, "log_rate2": mean**2,
        "log_followers": world.x, "log_followers2": world.x**2,
        "log_followers_log_rate": world.x * mean, "single_accounts": ones, "single_posts": n,
        "single_posts2": n**2, "post_log": n * mean, "post_log2": inner + n * mean**2,
        "post_log_between": n * mean**2,
    }  # fmt: skip
    table = np.add.reduceat(np.stack(list(each.values())), world.starts, axis=1)
    columns = dict(zip(each, table, strict=True))
    rows = pd.DataFrame({**columns, "lower": world.lower, "upper": world.upper})
    return replace(sample, rows=rows, histogram=None)


def creator_ends(
    test: Test, sample: Sample, world: CreatorWorld, worlds: int, rng, confidence: float
):
    """Intervals of a test in many worlds, one after the other."""
    ends = []
    for _ in range(worlds):
        estimate = estimated(test, drawn(sample, world, rng), confidence)
        ends.append((estimate.low, estimate.high, estimate.status))
    low, high, status = zip(*ends, strict=True)
    return np.array(low), np.array(high), np.array(status)
