"""What this project does in each workload. `benchmarks.peers` does the same without it,
`benchmarks.speed` compares.

    python -m benchmarks.ours WORKLOAD ours POSTS

prints one line of JSON: seconds of cpu and wall at the first call and later, peak memory [MB], and
numbers to compare."""

import sys
from itertools import product

import duckdb
import numpy as np
import pandas as pd

from analysis.estimate.multiverse.estimates import estimate_specifications
from analysis.estimate.multiverse.grid import specifications
from analysis.estimate.multiverse.resampling import bootstrap
from analysis.intake.prepare import store
from analysis.moments.own import own_source
from analysis.moments.sample import Moments
from analysis.moments.sums import account_moments
from analysis.registers.records import Tier, TierScheme
from benchmarks.measure import (
    AVERAGED,
    LIFTS,
    METRICS,
    PLACES,
    RANGES,
    SHOWN,
    SPONSORED,
    file_of,
    measured,
    posts_named,
)

HELD: list = []
"""The moments or the frame that a workload starts from, if reading is no part of it."""


def schemes() -> list[TierScheme]:
    """The eight pairs of follower ranges."""
    made = []
    for number, ranges in enumerate(RANGES):
        pairs = zip(("micro", "macro"), ranges, strict=True)
        tiers = tuple(Tier(name=name, lower=low, upper=high) for name, (low, high) in pairs)
        names = {"key": f"scheme-{number}", "title": "benchmark", "short": "benchmark"}
        made.append(TierScheme(**names, cite="none", tiers=tiers))
    return made


def moments_of(
    posts: int, metrics=tuple(METRICS), strata=("place", "sponsored", "shown"), rows=None
) -> Moments:
    """Read the posts and sum them, in one pass."""
    rows = duckdb.read_parquet(str(file_of(posts))) if rows is None else rows
    table = account_moments(rows, strata, metrics, logs=False)
    source = own_source("benchmark", strata, ("instagram",), "SYNTHETIC: benchmark", "simulated")
    source = source.model_copy(update={"strata": strata})
    return Moments(source, "accounts", table, table.head(0), "")


def choices_of_posts() -> list[str]:
    """54 choices of posts: places, sponsored or not, how often shown."""
    return [posts_named(*levels) for levels in product(PLACES, SPONSORED, SHOWN)]


def curve(posts: int) -> pd.DataFrame:
    """10,368 specifications with clustered errors, reading included."""
    source, tiers = [moments_of(posts)], schemes()
    choices = {"metrics": tuple(METRICS), "averages": AVERAGED, "posts": choices_of_posts()}
    return estimate_specifications(specifications(source, tiers, **choices), source, tiers)


def curve_numbers(estimated: pd.DataFrame) -> dict[str, float]:
    """Log ratios by specification."""
    keys = estimated[["scheme", "posts", "metric", "average"]].agg("|".join, axis=1)
    return dict(zip(keys, np.log(estimated["estimate"]), strict=True))


def joint(posts: int) -> np.ndarray:
    """6.9 million redrawn lifts: 1,000 resamples of 6,912 specifications, from the moments."""
    choices = {"metrics": tuple(METRICS), "averages": AVERAGED[1:], "posts": choices_of_posts()}
    return bootstrap(specifications(HELD, schemes(), **choices), HELD, schemes(), 1000, 1)


def resample(posts: int) -> np.ndarray:
    """10,000 resamples of the accounts behind one lift, from the moments."""
    tiers = schemes()[:1]
    choices = {"metrics": ["engagement_per_impression"], "averages": ["ratio of sums"]}
    return bootstrap(specifications(HELD, tiers, **choices, posts=["all"]), HELD, tiers, 10_000, 1)


def lifts(posts: int, rows=None) -> pd.DataFrame:
    """Twelve clustered lifts, reading included: four places, three metrics."""
    source, tiers = [moments_of(posts, LIFTS, ("place",), rows)], schemes()[:1]
    places = [f"place: {place}" for (place,) in PLACES[1:5]]
    choices = {"metrics": LIFTS, "averages": ("ratio of sums",), "posts": places}
    return estimate_specifications(specifications(source, tiers, **choices), source, tiers)


def small(posts: int) -> pd.DataFrame:
    """The same from a frame in memory."""
    return lifts(posts, HELD[0])


def prepared(posts: int) -> pd.DataFrame:
    """The same from the table that `micro-macro prepare` makes."""
    with duckdb.connect(str(file_of(posts).with_suffix(".duckdb")), read_only=True) as connection:
        return lifts(posts, connection.table("posts"))


def prepare(posts: int) -> None:
    """Sort the posts by account into a native table, once."""
    target = file_of(posts).with_suffix(".duckdb")
    if not target.exists():
        store(duckdb.read_parquet(str(file_of(posts))), target)


def lift_numbers(estimated: pd.DataFrame) -> dict[str, float]:
    """Log ratios by place and metric."""
    keys = estimated["posts"].str.removeprefix("place: ") + "|" + estimated["metric"]
    return dict(zip(keys, np.log(estimated["estimate"]), strict=True))


def spread_of(drawn: np.ndarray) -> dict[str, float]:
    """What random redraws have in common."""
    return {"standard deviation": float(np.nanstd(drawn, axis=0).mean())}


WORKLOADS = {
    "curve": (curve, curve_numbers),
    "joint": (joint, spread_of),
    "resample": (resample, spread_of),
    "lifts": (lifts, lift_numbers),
    "small": (small, lift_numbers),
    "prepared": (prepared, lift_numbers),
    "prepare": (prepare, lambda _: {}),
}


def main(name: str, posts: int) -> None:
    """Make what the workload starts from, and measure it."""
    if name == "joint":
        HELD.append(moments_of(posts))
    if name == "resample":
        HELD.append(moments_of(posts, ("engagement_per_impression",), ()))
    if name == "small":
        HELD.append(duckdb.read_parquet(str(file_of(posts))).df())
    repeats = 0 if name == "prepare" else 20 if posts < 50_000 else 2
    measured(*WORKLOADS[name], posts, repeats=repeats)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[3]))
