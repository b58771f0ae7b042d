"""What this project does in each workload. `benchmarks.peers` does the same without it,
`benchmarks.speed` compares.

    python -m benchmarks.ours WORKLOAD ours POSTS

prints one line of JSON: seconds of cpu and wall at the first call and later, peak memory [MB], and
numbers to compare."""

import sys

import duckdb
import numpy as np
from analysis.estimate.regressions import controlled_elasticity, regressions
from analysis.moments.products import cross_products

from analysis.estimate.multiverse.estimates import run
from analysis.estimate.multiverse.grid import specifications
from analysis.estimate.multiverse.resampling import bootstrap
from analysis.intake.prepare import store
from analysis.moments.own import own_source
from analysis.moments.sample import Moments
from analysis.moments.sums import account_moments
from analysis.registers.records import Tier, TierScheme
from benchmarks.measure import (
    AVERAGED,
    CONTROLS,
    DUMMIES,
    LIFTS,
    METRICS,
    OF,
    OUTCOMES,
    PLACES,
    RANGES,
    SHOWN,
    SPONSORED,
    STRATA,
    file_of,
    measured,
)  # fmt: skip

HELD: list = []
"""The moments or the frame that a workload starts from, if reading is no part of it."""


def schemes() -> list[TierScheme]:
    """The eight pairs of follower ranges."""
    made = []
    for number, (micro, macro) in enumerate(RANGES):
        tiers = tuple(
            Tier(name=name, lower=low, upper=high)
            for name, (low, high) in (("micro", micro), ("macro", macro))
        )
        made.append(
            TierScheme(
                key=f"scheme-{number}",
                title="benchmark",
                short="benchmark",
                cite="none",
                tiers=tiers,
            )
        )
    return made


def moments_of(
    posts: int, metrics=tuple(METRICS), strata=("place", "sponsored", "shown"), rows=None
) -> Moments:
    """Read the posts and sum them, in one pass."""
    rows = duckdb.read_parquet(str(file_of(posts))) if rows is None else rows
    table = account_moments(rows, strata, metrics, logs=False)
    source = own_source("benchmark", strata, ("instagram",), "SYNTHETIC: benchmark", "simulated")
    return Moments(
        source.model_copy(update={"strata": strata}), "accounts", table, table.head(0), ""
    )


def choices_of_posts() -> list[str]:
    """54 choices of posts: places, sponsored or not, how often shown."""
    made = []
    for place in PLACES:
        for sponsored in SPONSORED:
            for shown in SHOWN:
                parts = {"place": place, "sponsored": sponsored, "shown": shown}
                made.append(
                    "; ".join(
                        f"{name}: {' or '.join(levels)}" for name, levels in parts.items() if levels
                    )
                    or "all"
                )
    return made


def curve(posts: int):
    """10,368 specifications with clustered errors, reading included."""
    source, words = [moments_of(posts)], schemes()
    frame = specifications(
        source, words, metrics=tuple(METRICS), averages=AVERAGED, posts=choices_of_posts()
    )
    return run(frame, source, words)


def curve_numbers(found) -> dict[str, float]:
    keys = found[["scheme", "posts", "metric", "average"]].agg("|".join, axis=1)
    return dict(zip(keys, np.log(found["estimate"]), strict=True))


def ols(posts: int):
    """1,024 regressions with clustered errors, reading included."""
    return regressions(
        cross_products(duckdb.sql(DUMMIES.format(file_of(posts))), (OF, *CONTROLS), OUTCOMES), OF
    )


def ols_numbers(found) -> dict[str, list[float]]:
    keys = (
        found["outcome"] + "|" + found[list(CONTROLS)].astype(int).astype(str).agg("".join, axis=1)
    )
    return {
        key: [estimate, se]
        for key, estimate, se in zip(keys, found["estimate"], found["se"], strict=True)
    }


def joint(posts: int):
    """6.9 million redrawn lifts: 1,000 resamples of 6,912 specifications, from the moments."""
    frame = specifications(
        HELD, schemes(), metrics=tuple(METRICS), averages=AVERAGED[1:], posts=choices_of_posts()
    )
    return bootstrap(frame, HELD, schemes(), 1000, 1)


def resample(posts: int):
    """10,000 resamples of the accounts behind one lift, from the moments."""
    frame = specifications(
        HELD,
        schemes()[:1],
        metrics=["engagement_per_impression"],
        averages=["ratio of sums"],
        posts=["all"],
    )
    return bootstrap(frame, HELD, schemes()[:1], 10_000, 1)


def poisson(posts: int, strata=STRATA):
    """The elasticity of engagement per impression with controls, reading included."""
    return controlled_elasticity(
        moments_of(posts, ("engagement_per_impression",), strata),
        "engagement_per_impression",
        strata,
    )


def lifts(posts: int, rows=None):
    """Twelve clustered lifts, reading included: four places, three metrics."""
    source, words = [moments_of(posts, LIFTS, ("place",), rows)], schemes()[:1]
    choices = [f"place: {place}" for (place,) in PLACES[1:5]]
    return run(
        specifications(source, words, metrics=LIFTS, averages=("ratio of sums",), posts=choices),
        source,
        words,
    )


def small(posts: int):
    """The same from a frame in memory."""
    return lifts(posts, HELD[0])


def prepared(posts: int):
    """The same from the table that `micro-macro prepare` makes."""
    with duckdb.connect(str(file_of(posts).with_suffix(".duckdb")), read_only=True) as connection:
        return lifts(posts, connection.table("posts"))


def prepare(posts: int):
    """Sort the posts by account into a native table, once."""
    target = file_of(posts).with_suffix(".duckdb")
    if not target.exists():
        store(duckdb.read_parquet(str(file_of(posts))), target)


def lift_numbers(found) -> dict[str, float]:
    keys = found["posts"].str.removeprefix("place: ") + "|" + found["metric"]
    return dict(zip(keys, np.log(found["estimate"]), strict=True))


def spread_of(drawn) -> dict[str, float]:
    """What redraws by lot have in common."""
    return {"standard deviation": float(np.nanstd(drawn, axis=0).mean())}


WORKLOADS = {
    "curve": (curve, curve_numbers),
    "ols": (ols, ols_numbers),
    "joint": (joint, spread_of),
    "resample": (resample, spread_of),
    "poisson": (poisson, lambda found: {"elasticity": found.estimate}),
    "poisson alone": (
        lambda posts: poisson(posts, ()),
        lambda found: {"elasticity": found.estimate},
    ),
    "lifts": (lifts, lift_numbers),
    "small": (small, lift_numbers),
    "prepared": (prepared, lift_numbers),
    "prepare": (prepare, lambda _: {}),
}

if __name__ == "__main__":
    name, posts = sys.argv[1], int(sys.argv[3])
    if name == "joint":
        HELD.append(moments_of(posts))
    if name == "resample":
        HELD.append(moments_of(posts, ("engagement_per_impression",), ()))
    if name == "small":
        HELD.append(duckdb.read_parquet(str(file_of(posts))).df())
    measured(
        *WORKLOADS[name], posts, repeats=0 if name == "prepare" else 20 if posts < 50_000 else 2
    )
