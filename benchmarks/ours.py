"""What this project does in each benchmark. `benchmarks.peers` does the same without it, `benchmarks.speed` compares.

    python -m benchmarks.ours WORKLOAD METHOD POSTS

prints one line of JSON: seconds of cpu and wall at the first call and later, peak memory [MB], and numbers to compare.
"""

import sys

import duckdb
import numpy as np

from analysis.estimate.multiverse import run, specifications
from analysis.estimate.redraws import bootstrap
from analysis.evidence.moments import account_moments
from analysis.evidence.own import own_source
from analysis.evidence.records import Tier, TierScheme
from analysis.evidence.sample import Moments
from benchmarks.measure import AVERAGED, METRIC_KEYS, PLACES, RANGES, SHOWN, SPONSORED, file_of, measured

STRATA = ("place", "sponsored", "shown")


def schemes() -> list[TierScheme]:
    """The eight pairs of follower ranges."""
    made = []
    for number, (micro, macro) in enumerate(RANGES):
        tiers = tuple(Tier(name=name, lower=low, upper=high) for name, (low, high) in (("micro", micro), ("macro", macro)))
        made.append(TierScheme(key=f"scheme-{number}", title="benchmark", short="benchmark", cite="none", tiers=tiers))
    return made


def moments_of(posts: int, metrics=METRIC_KEYS, strata=STRATA, prepared: bool = False) -> Moments:
    """Read the posts and sum them, in one pass."""
    if prepared:
        connection = duckdb.connect(str(file_of(posts).with_suffix(".duckdb")), read_only=True)
        rows = connection.table("posts")
    else:
        rows = duckdb.read_parquet(str(file_of(posts)))
    table = account_moments(rows, strata, metrics, logs=False)
    if prepared:
        connection.close()
    source = own_source("benchmark", strata, ("instagram",), "SYNTHETIC: benchmark", "simulated")
    return Moments(source.model_copy(update={"strata": strata}), "accounts", table, table.head(0), "")


def choices_of_posts() -> list[str]:
    """54 choices of posts: places, sponsored or not, how often shown."""
    made = []
    for place in PLACES:
        for sponsored in SPONSORED:
            for shown in SHOWN:
                parts = {"place": place, "sponsored": sponsored, "shown": shown}
                made.append("; ".join(f"{name}: {' or '.join(levels)}" for name, levels in parts.items() if levels) or "all")
    return made


def curve(posts: int):
    """10,368 specifications with clustered errors, reading included."""
    source, words = [moments_of(posts)], schemes()
    frame = specifications(source, words, metrics=METRIC_KEYS, averages=AVERAGED, posts=choices_of_posts())
    return frame, run(frame, source, words)


def curve_numbers(result):
    frame, found = result
    width = np.log(found["high"] / found["low"])
    keys = frame[["scheme", "posts", "metric", "average"]].agg("|".join, axis=1)
    return {key: (value, reach) for key, value, reach in zip(keys, np.log(found["estimate"]), width, strict=True)}


def joint(posts: int):
    """6.9 million redrawn lifts: 1,000 resamples of 6,912 specifications, after the moments."""
    frame = specifications(SOURCE, schemes(), metrics=METRIC_KEYS, averages=AVERAGED[1:], posts=choices_of_posts())
    return bootstrap(frame, SOURCE, schemes(), 1000, 1)


def lifts(posts: int, prepared: bool = False):
    """Twelve clustered lifts from the file: four places, three metrics."""
    source, words = [moments_of(posts, LIFTS, ("place",), prepared)], schemes()[:1]
    choices = [f"place: {place}" for (place,) in PLACES[1:5]]
    return run(specifications(source, words, metrics=LIFTS, averages=("ratio of sums",), posts=choices), source, words)


LIFTS = ("engagement_per_impression", "engagement_per_follower", "conversion_rate")


def one_lift(posts: int):
    """10,000 resamples of the accounts behind one lift, after the moments."""
    frame = specifications(SOURCE, schemes()[:1], metrics=["engagement_per_impression"], averages=["ratio of sums"], posts=["all"])
    return bootstrap(frame, SOURCE, schemes()[:1], 10_000, 1)


def prepare(posts: int):
    """Sort the posts by account into a native table, once."""
    target = file_of(posts).with_suffix(".duckdb")
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"create table posts as select * from '{file_of(posts)}' order by account_id")


def check_lifts(found):
    return [float(value) for value in np.log(found["estimate"])]


WORKLOADS = {
    "curve": (curve, curve_numbers),
    "joint": (joint, lambda drawn: float(np.nanstd(drawn))),
    "lifts": (lifts, check_lifts),
    "prepared": (lambda posts: lifts(posts, True), check_lifts),
    "prepare": (prepare, lambda _: None),
    "resample": (one_lift, lambda drawn: [float(drawn.mean()), float(drawn.std())]),
}
SOURCE: list[Moments] = []

if __name__ == "__main__":
    name, posts = sys.argv[1], int(sys.argv[2])
    if name in ("joint", "resample"):
        SOURCE.append(moments_of(posts))
    measured(*WORKLOADS[name], posts)
