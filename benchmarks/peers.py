"""What other tools do in each benchmark; runs in an environment of its own and imports nothing of this project's package.

    python -m benchmarks.peers WORKLOAD METHOD POSTS

prints the line that `benchmarks.ours` prints. Where a method is too slow to be run whole, a part is run, and WORKLOADS says by how much
its seconds are to be multiplied.
"""

import sys
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.measure import AVERAGED, METRICS, PLACES, RANGES, SHOWN, SPONSORED, file_of, measured

SOME = 12
"""Specifications that pandas runs of the 10,368."""


def read(posts: int) -> pd.DataFrame:
    """The posts in memory, with the geometric mean of each account's followers."""
    import duckdb

    frame = duckdb.read_parquet(str(file_of(posts))).df()
    frame["size"] = np.exp(np.log(frame["followers"]).groupby(frame["account_id"]).transform("mean"))
    return frame


def specification(frame: pd.DataFrame, scheme: int, posts: tuple, metric: str, average: str) -> tuple[float, float]:
    """One lift and its jackknife variance, by one group-by over the posts."""
    chosen = np.ones(len(frame), bool)
    for name, levels in zip(("place", "sponsored", "shown"), posts, strict=True):
        if levels:
            chosen &= frame[name].isin(levels).to_numpy()
    counted, divisor = METRICS[metric]
    part = frame.loc[chosen, ["account_id", "size"]]
    above = frame.loc[chosen, list(counted)].sum(axis=1).astype(float)
    below = frame.loc[chosen, divisor].astype(float) if divisor else pd.Series(1.0, above.index)
    defined = below > 0
    part = part[defined].assign(above=above[defined], below=below[defined], rate=above[defined] / below[defined], posts=1.0)
    sums = part.groupby("account_id").agg({"size": "first", "above": "sum", "below": "sum", "rate": "sum", "posts": "sum"})
    logs, variances = [], []
    for low, high in RANGES[scheme]:
        rows = sums[(sums["size"] >= low) & (sums["size"] < (high or np.inf))]
        columns = {"ratio of sums": ("above", "below"), "mean of posts": ("rate", "posts")}.get(average)
        a, b = (rows[name].to_numpy() for name in columns) if columns else ((rows["rate"] / rows["posts"]).to_numpy(), np.ones(len(rows)))
        without = np.log((a.sum() - a) / (b.sum() - b))
        logs.append(np.log(a.sum() / b.sum()))
        variances.append((len(a) - 1) / len(a) * np.square(without - without.mean()).sum())
    return logs[0] - logs[1], sum(variances)


def curve(posts: int):
    """Some of the specifications, drawn at random, each by a group-by of its own over posts that are in memory."""
    grid = list(product(range(8), product(PLACES, SPONSORED, SHOWN), METRICS, AVERAGED))
    drawn = [grid[place] for place in np.random.default_rng(posts).choice(len(grid), SOME, replace=False)]
    return {one: specification(FRAME[0], *one) for one in drawn}


def curve_numbers(found: dict) -> dict:
    """Keys as ours."""
    made = {}
    for (scheme, posts, metric, average), value in found.items():
        parts = zip(("place", "sponsored", "shown"), posts, strict=True)
        text = "; ".join(f"{name}: {' or '.join(levels)}" for name, levels in parts if levels) or "all"
        made[f"scheme-{scheme}|{text}|{metric}|{average}"] = value
    return made


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

    accounts = duckdb.sql(
        f"""with sized as (select *, exp(avg(ln(followers)) over (partition by account_id)) as size from '{file_of(posts)}')
        select place, size >= 500000 as variant, sum(likes + comments) as engaged, sum(impressions) as shown,
        sum(followers) as followers, sum(conversions) as bought, sum(clicks) as clicks
        from sized where (size >= 10000 and size < 100000) or (size >= 500000 and size < 1000000) group by place, variant, account_id"""
    ).df()
    test = tt.Experiment(
        {
            "a": tt.RatioOfMeans("engaged", "shown"), "b": tt.RatioOfMeans("engaged", "followers"), "c": tt.RatioOfMeans("bought", "clicks")
        }
    )  # fmt: skip
    found = []
    for (place,) in PLACES[1:5]:
        part = accounts[accounts["place"] == place].assign(variant=lambda table: table["variant"].astype(int))
        found += [float(np.log(1 / (1 + row["rel_effect_size"]))) for row in test.analyze(part).to_dicts()]
    return found


def lift_sums(posts: int) -> tuple[np.ndarray, np.ndarray]:
    """Reactions and impressions of each account in either tier."""
    frame = read(posts).assign(engaged=lambda table: table["likes"] + table["comments"])
    sums = frame.groupby("account_id").agg({"size": "first", "engaged": "sum", "impressions": "sum"})
    values = sums[["engaged", "impressions"]].to_numpy(float)
    sizes = sums["size"].to_numpy()
    micro, macro = ((sizes >= low) & (sizes < high) for low, high in RANGES[0])
    return np.column_stack([values[:, 0] * micro, values[:, 1] * micro]), np.column_stack([values[:, 0] * macro, values[:, 1] * macro])


def _log_lift(a, b, c, d, axis=-1):
    return np.log(a.sum(axis) / b.sum(axis)) - np.log(c.sum(axis) / d.sum(axis))


def scipy_resample(posts: int):
    """scipy.stats.bootstrap, paired and vectorised; a tenth of the resamples."""
    from scipy.stats import bootstrap

    columns = tuple(FRAME[0].T)
    found = bootstrap(columns, _log_lift, n_resamples=1000, paired=True, vectorized=True, batch=100, method="percentile", rng=1)
    return found.bootstrap_distribution


def arch_resample(posts: int):
    """arch's bootstrap; a tenth of the resamples."""
    from arch.bootstrap import IIDBootstrap

    made = IIDBootstrap(FRAME[0], seed=np.random.default_rng(1))
    return made.apply(lambda rows: _log_lift(*rows.T), 1000)


WORKLOADS = {
    ("curve", "pandas"): (curve, curve_numbers, 10_368 / SOME),
    ("lifts", "scan"): (scan, lambda _: None, 1),
    ("lifts", "tea-tasting"): (tea, lambda found: found, 1),
    ("resample", "scipy"): (scipy_resample, lambda drawn: [float(drawn.mean()), float(drawn.std())], 10),
    ("resample", "arch"): (arch_resample, lambda drawn: [float(drawn.mean()), float(drawn.std())], 10),
}
FRAME: list = []

if __name__ == "__main__":
    name, method, posts = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if name == "curve":
        FRAME.append(read(posts))
    if name == "resample":
        FRAME.append(np.column_stack(lift_sums(posts)))
    call, numbers, _ = WORKLOADS[name, method]
    measured(call, numbers, posts)
