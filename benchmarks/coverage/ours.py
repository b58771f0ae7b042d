"""The worlds through this project: its own tables of sums, its own tiers, its own contrast."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.estimate.averages import AVERAGES
from analysis.estimate.contrast import Estimate, contrast
from analysis.moments.bands import band_edges
from analysis.moments.cells import cells
from analysis.moments.sample import Moments, Sample
from analysis.moments.sums import PARTS
from analysis.registers.lookup import scheme, schemes
from analysis.simulate import worlds
from benchmarks.coverage.worlds import TIERS, World, draw

METHODS = tuple((average, "accounts") for average in AVERAGES)
CELL_METHODS = (("median account", "cells"),)
"""From cells only the median differs: the other averages need sums only, and cells are sums."""

POST_METHODS = tuple((average, "posts") for average in AVERAGES)
SCHEME, EDGES = scheme("decades"), band_edges(schemes())
EMPTY = {
    metric: worlds.world(
        "coverage",
        pd.DataFrame(
            {"account_id": ["a"], "platform": "instagram", "followers": 1}
            | dict.fromkeys(counts, 1)
        ),
    )
    for metric, counts in {
        "engagement_per_reach": ("likes", "comments", "reach"),
        "conversion_rate": ("clicks", "conversions"),
    }.items()
}
"""A source for each metric; its one account is replaced by those of a world."""


def moments(world: World, frame: pd.DataFrame) -> Moments:
    """Moments as `account_moments` would make them of a table of posts."""
    followers = frame["tier"].map(TIERS).to_numpy(float)
    rate = frame["posts"] * frame["numerator"] / frame["denominator"]
    drawn = {
        "posts": frame["posts"],
        "numerator": frame["numerator"],
        "denominator": frame["denominator"],
        "rate": rate,
    }
    table = pd.DataFrame(
        {
            "platform": "instagram",
            "account_id": np.arange(len(frame)),
            "followers_min": followers,
            "followers_max": followers,
            "posts": frame["posts"],
            "with_followers": frame["posts"],
            "log_followers": frame["posts"] * np.log(followers),
            **{f"{world.metric}.{part}": drawn.get(part, 0.0) for part in PARTS},
        }
    )
    return replace(EMPTY[world.metric], table=table)


def as_cells(accounts: Moments) -> Moments:
    """Sum the accounts to cells, as they are published."""
    table, histogram, notes = cells(accounts.table, (), EDGES, whole=True)
    return replace(accounts, resolution="cells", table=table, histogram=histogram, notes=notes)


def intervals(world: World, rngs: list[np.random.Generator]) -> np.ndarray:
    """Draw worlds and estimate each; low and high ends (worlds x METHODS x 2), nan where no verdict
    may rest on them.
    """
    frame = pd.concat([draw(world, rng) for rng in rngs], ignore_index=True)
    return _ends(
        tiered(moments(world, frame)),
        np.repeat(np.arange(len(rngs)), len(frame) // len(rngs)),
        METHODS,
    )


def intervals_of_cells(world: World, rngs: list[np.random.Generator]) -> np.ndarray:
    """Draw worlds and estimate each from its cells; ends (worlds x CELL_METHODS x 2)."""
    samples = (tiered(as_cells(moments(world, draw(world, rng)))) for rng in rngs)
    return np.concatenate(
        [_ends(sample, np.zeros(len(sample.rows)), CELL_METHODS) for sample in samples]
    )


def intervals_of_posts(drawn: list[pd.DataFrame]) -> np.ndarray:
    """Estimate each table of POSTS; ends (worlds x POST_METHODS x 2)."""
    # all worlds are read at once: the name of an account begins with the number of its world, and
    # moments come in the order of these names
    named = [
        posts.assign(account_id=f"{number:03}-" + posts["account_id"])
        for number, posts in enumerate(drawn)
    ]
    accounts = worlds.world("posts", pd.concat(named))
    return _ends(tiered(accounts), accounts.table["account_id"].str[:3].to_numpy(), POST_METHODS)


def tiered(moments: Moments, metric: str | None = None) -> Sample:
    """Sample of a metric, by default the only one of the source, with tiers assigned."""
    return moments.sample(metric or moments.metrics[0]).tier(SCHEME)


def _ends(sample: Sample, world: np.ndarray, methods) -> np.ndarray:
    """Low and high end of the contrast of each world, one after the other."""
    apart = [replace(sample, rows=rows) for _, rows in sample.rows.groupby(world)]
    averages = [average for average, _ in methods]
    ends = [_ends_of(contrast(part, average=average)) for part in apart for average in averages]
    return np.array(ends).reshape(len(apart), len(averages), 2)


def _ends_of(estimate: Estimate) -> tuple[float, float]:
    """Both ends, or nan where no verdict may rest on them."""
    return (estimate.low, estimate.high) if estimate.status == "ok" else (np.nan, np.nan)
