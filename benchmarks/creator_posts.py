"""Creator-posts: seeded synthetic posts of any size, for benchmarks. SYNTHETIC: nothing here
describes anybody.

    python -m benchmarks.creator_posts 1e6

writes .cache/benchmarks/posts-1000000.parquet. Creators have log-normal followers (median 30,000,
sigma 1.8, clipped to 1,000 and 50 million) and log-normal numbers of posts (median 120, sigma 0.9,
clipped to 20 and 2,000). Engagement falls as followers to the power of -0.12 and spreads between
creators and posts; clicks and conversions follow it. Rows are in the order of days, creators
interleaved."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths

FOLDER = paths.ROOT / ".cache" / "benchmarks"
PLATFORMS = np.array(["instagram", "tiktok", "youtube", "x"])
POSTS_PER_CREATOR = 178
AT_ONCE = 5_600
"""Creators that are simulated together: about a million posts."""

COPIED = 10_000_000
"""More posts than these are copies of them under other accounts: as many rows and accounts, in a
tenth of the time.
"""


def creators(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw creators, a row for each."""
    return pd.DataFrame(
        {
            "base": np.clip(np.exp(rng.normal(np.log(30_000), 1.8, count)), 1_000, 5e7),
            "posts": np.clip(np.exp(rng.normal(np.log(120), 0.9, count)), 20, 2_000),
            "taste": rng.normal(0, 0.45, count),
            "pull": rng.normal(0, 0.5, count),
            "growth": rng.normal(0.10, 0.30, count),
            "platform": rng.choice(4, count, p=[0.45, 0.30, 0.15, 0.10]),
            "niche": rng.integers(12, size=count),
            "country": np.minimum(rng.geometric(0.25, count), 20),
        }
    )


def posts_of(people: pd.DataFrame, first: int, rng: np.random.Generator) -> pd.DataFrame:
    """POSTS of some creators over 24 months of 30 days; `first` is the number of the first of
    them.
    """
    owner = np.repeat(np.arange(len(people)), rng.poisson(people["posts"]))
    who, n = people.iloc[owner].reset_index(drop=True), len(owner)
    day = rng.integers(720, size=n)
    followers = np.maximum(
        100, np.round(who["base"] * np.exp(who["growth"] * day / 365 + rng.normal(0, 0.02, n)))
    ).astype(int)
    sponsored = rng.random(n) < 0.18
    impressions = rng.poisson(followers * 0.4 * np.exp(rng.normal(0, 0.5, n)))
    size = (followers / 30_000) ** -0.12
    rate = 0.05 * np.exp(who["taste"]) * size * np.where(sponsored, 0.85, 1)
    engaged = rng.poisson(impressions * rate * rng.gamma(1.5, 1 / 1.5, n))
    likes, comments, shares = (rng.binomial(engaged, share) for share in (0.86, 0.06, 0.05))
    clicks = rng.poisson(impressions * np.where(sponsored, 0.012, 0.004))
    bought = np.minimum(0.02 * np.exp(who["pull"]) * (followers / 30_000) ** -0.05, 1)
    conversions = rng.binomial(clicks, bought)
    at_home, elsewhere = rng.random(n) < 0.75, rng.integers(4, size=n)
    return pd.DataFrame(
        {
            "account_id": (first + owner).astype(np.int64),
            "platform": PLATFORMS[who["platform"]],
            "followers": followers,
            "likes": likes,
            "comments": comments,
            "shares": shares,
            "impressions": impressions,
            "clicks": clicks,
            "conversions": conversions,
            "sponsored": np.where(sponsored, "yes", "no"),
            "niche": who["niche"],
            "country": who["country"],
            "shown": np.select([impressions < 1e3, impressions < 1e4], ["0", "1K"], "10K"),
            "place": PLATFORMS[np.where(at_home, who["platform"], elsewhere)],
            "day": day,
        }
    ).sort_values("day", kind="stable")


def write(posts: int, seed: int = 7) -> Path:
    """Write about so many posts as Parquet, once, and return the file; beyond ten million, of
    COPIED posts under other accounts.
    """
    import duckdb

    path = FOLDER / f"posts-{posts}.parquet"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    made, parts = path.with_name(f"{path.name}.new"), []
    limits = {"memory_limit": "4GB", "temp_directory": str(FOLDER / "spill")}
    with duckdb.connect(config=limits) as connection:
        if posts > COPIED:
            together = connection.sql(
                f"""select account_id + {10 * COPIED} * copy as account_id,
                    * exclude (account_id, copy)
                from '{write(COPIED, seed)}', range({posts // COPIED}) as copies(copy)"""
            )
        else:
            count = max(posts // POSTS_PER_CREATOR, 1)
            for number, rng in enumerate(np.random.default_rng(seed).spawn(-(-count // AT_ONCE))):
                first = number * AT_ONCE
                parts.append(path.with_name(f"{path.stem}-{number}.part"))
                table = posts_of(creators(min(AT_ONCE, count - first), rng), first, rng)
                connection.from_df(table).write_parquet(str(parts[-1]), compression="zstd")
            together = connection.read_parquet([str(part) for part in parts])
        together.order("day").write_parquet(str(made), compression="zstd", row_group_size=500_000)
    made.rename(path)
    for part in parts:
        part.unlink()
    return path


if __name__ == "__main__":
    for size in sys.argv[1:]:
        print(write(int(float(size))))
