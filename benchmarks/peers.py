"""What other tools do in each workload; runs in an environment of its own and imports nothing of
this project's package.

    python -m benchmarks.peers WORKLOAD METHOD POSTS

prints the line that `benchmarks.ours` prints. Where a method is too slow to be run whole, a part is
run, and WORKLOADS says by how much its seconds are to be multiplied. Data are in memory before the
clock starts, but for the scan and tea-tasting."""

import sys
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.measure import (
    AVERAGED,
    METRICS,
    PLACES,
    RANGES,
    SHOWN,
    SPONSORED,
    file_of,
    measured,
    posts_named,
)

SOME, DRAWS = 12, 3
"""Specifications and direct resamples that are run."""

FRAME: list = []
"""What a method starts from."""


def read(posts: int) -> pd.DataFrame:
    """The posts in memory, with the geometric mean of each account's followers."""
    import duckdb

    frame = duckdb.read_parquet(str(file_of(posts))).df()
    logs = np.log(frame["followers"])
    return frame.assign(size=np.exp(logs.groupby(frame["account_id"]).transform("mean")))


def specification(
    frame: pd.DataFrame, scheme: int, posts: tuple, metric: str, average: str
) -> tuple[float, float]:
    """One lift and its variance by the delta method, by one group-by over the posts."""
    chosen = np.ones(len(frame), bool)
    for name, levels in zip(("place", "sponsored", "shown"), posts, strict=True):
        if levels:
            chosen &= frame[name].isin(levels).to_numpy()
    counted, divisor = METRICS[metric]
    part = frame.loc[chosen, ["account_id", "size"]]
    above = frame.loc[chosen, list(counted)].sum(axis=1).astype(float)
    below = frame.loc[chosen, divisor].astype(float) if divisor else pd.Series(1.0, above.index)
    part = part.assign(above=above, below=below, rate=above / below, posts=1.0)[below > 0]
    summed = dict.fromkeys(("above", "below", "rate", "posts"), "sum")
    sums = part.groupby("account_id").agg({"size": "first"} | summed)
    sums = sums.assign(account=sums["rate"] / sums["posts"], accounts=1.0)
    divided = {"ratio of sums": ("above", "below"), "mean of posts": ("rate", "posts")}
    columns = list(divided.get(average, ("account", "accounts")))
    logs, variances = [], []
    for low, high in RANGES[scheme]:
        rows = sums[(sums["size"] >= low) & (sums["size"] < (high or np.inf))]
        a, b = rows[columns].to_numpy().T
        logs.append(np.log(a.sum() / b.sum()))
        variances.append(np.square(a / a.sum() - b / b.sum()).sum() * len(a) / (len(a) - 1))
    return logs[0] - logs[1], sum(variances)


def curve(posts: int):
    """Some of the specifications, drawn at random, each by a group-by of its own."""
    grid = list(product(range(8), product(PLACES, SPONSORED, SHOWN), METRICS, AVERAGED))
    places = np.random.default_rng(posts).choice(len(grid), SOME, replace=False)
    drawn = [grid[place] for place in places]
    return {key_of(*choice): specification(FRAME[0], *choice)[0] for choice in drawn}


def key_of(scheme: int, posts: tuple, metric: str, average: str) -> str:
    """Name a specification as `benchmarks.ours` does."""
    return f"scheme-{scheme}|{posts_named(*posts)}|{metric}|{average}"


def direct(posts: int):
    """Resample accounts, weigh every post by how often its account was drawn, and sum again: one
    specification, a few draws.
    """
    code, account, inside, above, below = FRAME
    rng, redrawn = np.random.default_rng(1), []
    for _ in range(DRAWS):
        weight = np.bincount(rng.integers(account, size=account), minlength=account)[code]
        more, fewer = weight * above, weight * below
        redrawn.append([np.log(more[tier].sum() / fewer[tier].sum()) for tier in inside])
    return redrawn


def scan(posts: int):
    """DuckDB's scan of the columns that the lifts need."""
    import duckdb

    names = ("account_id", "followers", "likes", "comments", "impressions", "clicks", "conversions")
    sums = ", ".join([*(f"sum({name})" for name in names), "count(place)"])
    return duckdb.sql(f"select {sums} from '{file_of(posts)}'").fetchall()


def tea(posts: int):
    """tea-tasting on accounts that DuckDB has summed, one analysis per place."""
    import duckdb
    import tea_tasting as tt

    frame, file = (FRAME or [None])[0], file_of(posts)
    accounts = duckdb.sql(
        f"""with cells as (
            select account_id, place, sum(likes + comments) as engaged,
                sum(impressions) as shown, sum(followers) as followers,
                sum(conversions) as bought, sum(clicks) as clicks,
                sum(ln(followers)) as logs, count(*) as n
            from {f"'{file}'" if frame is None else "frame"} group by all
        ), sized as (
            select *, exp(sum(logs) over accounts / sum(n) over accounts) as size
            from cells window accounts as (partition by account_id)
        ) select *, (size >= 500000)::int as variant from sized
        where (size >= 10000 and size < 100000) or (size >= 500000 and size < 1000000)"""
    ).df()
    metrics = {
        "engagement_per_impression": tt.RatioOfMeans("engaged", "shown"),
        "engagement_per_follower": tt.RatioOfMeans("engaged", "followers"),
        "conversion_rate": tt.RatioOfMeans("bought", "clicks"),
    }
    test, logs = tt.Experiment(metrics), {}
    for (place,) in PLACES[1:5]:
        result = test.analyze(accounts[accounts["place"] == place])
        for name in metrics:
            logs[f"{place}|{name}"] = -float(np.log1p(result[name].rel_effect_size))
    return logs


def lift_sums(posts: int) -> list[np.ndarray]:
    """Reactions and impressions of each account, micro and macro."""
    frame = read(posts).assign(engaged=lambda table: table["likes"] + table["comments"])
    summed = {"size": "first", "engaged": "sum", "impressions": "sum"}
    sums = frame.groupby("account_id").agg(summed)
    values, sizes = sums[["engaged", "impressions"]].to_numpy(float), sums["size"].to_numpy()
    return [values[(sizes >= low) & (sizes < high)] for low, high in RANGES[0]]


def both_tiers(posts: int) -> np.ndarray:
    """The same as four columns, zero in the other tier."""
    micro, macro = lift_sums(posts)
    return np.vstack([np.column_stack([micro, 0 * micro]), np.column_stack([0 * macro, macro])])


def _log_lift(a, b, c, d, axis=-1):
    return np.log(a.sum(axis) / b.sum(axis)) - np.log(c.sum(axis) / d.sum(axis))


def scipy_resample(posts: int):
    """scipy.stats.bootstrap, paired and vectorised; a tenth of the resamples."""
    from scipy.stats import bootstrap

    how = {"paired": True, "vectorized": True, "batch": 100, "method": "percentile", "rng": 1}
    return bootstrap(tuple(FRAME[0].T), _log_lift, n_resamples=1000, **how).bootstrap_distribution


def arch_resample(posts: int):
    """arch's bootstrap; a tenth of the resamples."""
    from arch.bootstrap import IIDBootstrap

    return IIDBootstrap(FRAME[0], seed=np.random.default_rng(1)).apply(
        lambda rows: _log_lift(*rows.T), 1000
    )


def foostrap_resample(posts: int):
    """foostrap's difference of two ratios of sums, compiled; its statistic is no log ratio, so only
    the pace is compared.
    """
    from foostrap import foostrap

    how = {"statistic": "ratio", "ci_method": "percentile", "random_state": 1}
    return [foostrap(*FRAME, boot_samples=10_000, **how)]


def direct_frame(posts: int) -> list:
    """What `direct` starts from."""
    frame = read(posts)
    code, names = pd.factorize(frame["account_id"])
    size, inside = frame["size"].to_numpy(), []
    for low, high in RANGES[0]:
        inside.append((size >= low) & (size < high))
    engaged = (frame["likes"] + frame["comments"]).to_numpy(float)
    return [code, len(names), inside, engaged, frame["impressions"].to_numpy(float)]


WORKLOADS = {
    ("curve", "pandas"): (curve, lambda posts: [read(posts)], 10_368 / SOME),
    ("joint", "direct resampling"): (direct, direct_frame, 6912 * 1000 / DRAWS),
    ("resample", "scipy"): (scipy_resample, lambda posts: [both_tiers(posts)], 10),
    ("resample", "arch"): (arch_resample, lambda posts: [both_tiers(posts)], 10),
    ("resample", "foostrap"): (foostrap_resample, lift_sums, 1),
    ("lifts", "scan"): (scan, lambda posts: [], 1),
    ("lifts", "tea-tasting"): (tea, lambda posts: [], 1),
    ("small", "tea-tasting"): (tea, lambda posts: [read(posts)], 1),
    ("prepared", "scan"): (scan, lambda posts: [], 1),
}
"""What is run, what it starts from, and by how much its seconds are multiplied."""

if __name__ == "__main__":
    name, method, posts = sys.argv[1], sys.argv[2], int(sys.argv[3])
    call, start, _ = WORKLOADS[name, method]
    FRAME.extend(start(posts))
    repeats = 20 if posts < 50_000 else 1
    measured(call, lambda gave: gave if isinstance(gave, dict) else {}, posts, repeats=repeats)
