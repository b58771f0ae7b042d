"""How often signs of selection or simulation bind an honest file, and how often a selected one.

    python -m benchmarks.signs [FILES]

writes benchmarks/signs.csv: for each kind of file, of how many of FILES (500 if not given, seeds
from 1) no check is made, how many show a sign, which binds verdicts, and how many show two kinds of
signs. It takes up where it was stopped. Files of real sources need the raw files in the folder RAW,
../shared/datasets if that is not set; without them their rows stay as they are."""

import os
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths
from analysis.moments import plausibility
from analysis.moments.rebuild import read_posts
from analysis.registers.lookup import sources
from analysis.simulate import artefacts, worlds

TABLE = Path(__file__).with_suffix(".csv")
RAW = Path(os.environ.get("RAW", paths.ROOT.parent / "shared" / "datasets"))
SEVERAL = 12
"""Posts of an account, on average, where a file has several."""


def honest(
    seed: int, posts: int = SEVERAL, rounded: bool = False, lifetime: bool = False,
    least: int = 20, most: int = 300, enough: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """A file as anyone has it: accounts whatever their success, with views, likes and comments.

    Number, sizes and spreads of accounts are drawn, too; rates fall per follower with a slope
    of 0 to -0.35, as in open data.
    """
    rng = np.random.default_rng([seed, posts, rounded, lifetime])
    n = int(np.exp(rng.uniform(np.log(least), np.log(max(most, enough)))))
    size = rng.normal(np.log(60_000), rng.uniform(0.6, 1.6), n)
    slope, level = rng.uniform(-0.35, 0.0), np.log(rng.uniform(0.1, 0.6))
    seen = size + level + slope * (size - np.log(60_000))
    seen = seen + rng.uniform(0.4, 1.2) * rng.standard_normal(n)
    count = np.maximum(1, rng.poisson(posts, n)) if posts > 1 else np.ones(n, int)
    owner = np.repeat(np.arange(n), count)
    views = np.exp(seen[owner] + rng.uniform(0.3, 1.0) * rng.standard_normal(len(owner)))
    per_view = np.log(rng.uniform(0.02, 0.1)) + rng.uniform(0.3, 0.8) * rng.standard_normal(n)
    # engagement per view falls a little with size, as in open data, or does not
    per_view += rng.uniform(-0.15, 0.0) * (size - np.log(60_000))
    likes = rng.poisson(views * np.minimum(np.exp(per_view[owner]), 0.9))
    followers = np.maximum(np.round(np.exp(size)), 1.0)
    if rounded:
        digits = 10.0 ** np.floor(np.log10(followers))
        followers = np.round(followers / digits, 1) * digits
    table = pd.DataFrame(
        {
            "account_id": [f"simulated-{index}" for index in owner],
            "platform": "tiktok",
            "followers": followers[owner],
            "views": np.round(views),
            "likes": likes,
            "comments": rng.poisson(likes * 0.02),
        }
    )
    if not lifetime:
        return table
    counts = {name: (name, "sum") for name in ("views", "likes", "comments")}
    sums = table.assign(posts=1).groupby(["account_id", "platform", "followers"], as_index=False)
    return sums.agg(**counts, posts=("posts", "sum"))


def tiers(seed: int) -> pd.DataFrame:
    """Two tiers in several sizes, spreads and ratios."""
    rng = np.random.default_rng(seed)
    accounts = (int(rng.integers(10, 150)), int(rng.integers(10, 150)))
    return worlds.posts(
        seed, ratio=rng.uniform(0.8, 1.8), accounts=accounts, account_sd=rng.uniform(0.4, 1.2),
        post_sd=rng.uniform(0.3, 0.8),
    )  # fmt: skip


def campaign(seed: int) -> pd.DataFrame:
    """Clicks and conversions, with reach and likes as an export of a campaign has them."""
    rng = np.random.default_rng(seed)
    creators = int(rng.integers(10, 150))
    made = worlds.campaigns(seed, creators=creators, creator_sd=rng.uniform(0.3, 1.0))
    share = np.exp(np.log(0.2) + rng.uniform(0.4, 1.0) * rng.standard_normal(len(made)))
    reach = np.round(made["followers"] * share)
    through = 0.02 * np.exp(rng.uniform(0.3, 0.8) * rng.standard_normal(len(made)))
    clicks = rng.binomial(reach.astype(int), np.minimum(through, 1.0))
    counts = {"clicks": clicks, "conversions": rng.binomial(clicks, 0.02)}
    return made.assign(reach=reach, likes=rng.poisson(0.08 * reach), **counts)


def above(seed: int, column: str, share: float, **world) -> pd.DataFrame:
    """Only posts whose count is among the largest `share` of a market of many accounts."""
    table = market(seed, **world)
    return table[table[column] >= table[column].quantile(1 - share)]


def cut_off(seed: int, least: int, most: int) -> pd.DataFrame:
    """Posts of an ordinary file, without those of few likes."""
    table = honest(seed, least=most // 3, most=most)
    return table[table["likes"] > least]


def market(seed: int, posts: int = 4) -> pd.DataFrame:
    """A market of 3,000 accounts from which a file is selected."""
    return honest(seed, posts, least=3_000, enough=3_001)


def winners(seed: int, by: str, top: int) -> pd.DataFrame:
    """The accounts of a market that did best, with all their posts."""
    table = market(seed)
    each = table.groupby("account_id").agg({"followers": "max", "likes": "sum"})
    each["rate"] = each["likes"] / each["followers"]
    return table[table["account_id"].isin(each[by].nlargest(top).index)]


def best_post(seed: int) -> pd.DataFrame:
    """The best post of each account, as in a case study."""
    table = honest(seed, least=100)
    return table.loc[table.groupby("account_id")["likes"].idxmax()]


def drawn(seed: int) -> pd.DataFrame:
    """Counts that a program drew evenly, whatever the account."""
    rng, table = np.random.default_rng(seed), honest(seed, least=50)
    most = rng.choice([5_000, 10_000, 50_000])
    return table.assign(likes=rng.integers(0, most, len(table))).drop(columns="views")


@cache
def raw(key: str) -> pd.DataFrame:
    """The posts of a registered source."""
    source = sources()[key]
    return read_posts(source, RAW / source.folder).posts


def part(seed: int, key: str) -> pd.DataFrame:
    """A file of 20 to 300 accounts of a registered source, drawn at random."""
    rng, table = np.random.default_rng(seed), raw(key)
    names = table["account_id"].unique()
    n = int(np.exp(rng.uniform(np.log(20), np.log(300))))
    chosen = rng.choice(names, min(n, len(names)), replace=False)
    return table[table["account_id"].isin(chosen)]


HONEST: dict[str, Callable[[int], pd.DataFrame]] = {
    "two tiers": tiers,
    "any sizes, several posts": honest,
    "one post each": partial(honest, posts=1),
    "rounded followers": partial(honest, rounded=True),
    "lifetime totals": partial(honest, lifetime=True),
    "campaigns": campaign,
}
"""Simulated files that nobody selected."""

SELECTED: dict[str, Callable[[int], pd.DataFrame]] = {
    "counts drawn evenly": drawn,
    "viral feed": lambda seed: artefacts.viral_feed(seed, accounts=4_000).posts,
    "posts above a view threshold (top 2 %)": partial(above, column="views", share=0.02),
    "posts above a view threshold (top 10 %)": partial(above, column="views", share=0.1),
    "posts above a like threshold (top 2 %)": partial(above, column="likes", share=0.02),
    "posts of more than 300 likes": partial(cut_off, least=300, most=300),
    "posts of more than 1,000 likes": partial(cut_off, least=1_000, most=300),
    "posts of more than 1,000 likes, few accounts": partial(cut_off, least=1_000, most=40),
    "top 100 by likes": partial(winners, by="likes", top=100),
    "top 100 by rate": partial(winners, by="rate", top=100),
    "rates above a threshold": lambda seed: artefacts.high_rates_only(seed, 1_000).posts,
    "best post of each account": best_post,
}
"""Files that were simulated, or selected on the outcome."""


def kinds() -> dict[str, tuple[str, Callable[[int], pd.DataFrame]]]:
    """Every kind of file: whether it is honest or selected, and how one is made of a seed."""
    made = {name: ("honest", make) for name, make in HONEST.items()}
    made |= {name: ("selected", make) for name, make in SELECTED.items()}
    for key, source in sources().items():
        if (RAW / source.folder).is_dir():
            truth = "honest" if source.evidence else "selected"
            made[f"accounts of {key}"] = (truth, partial(part, key=key))
            made[f"all of {key}"] = (truth, lambda seed, key=key: raw(key))
    return made


def row_of(kind: str, truth: str, checks: list[pd.DataFrame]) -> dict:
    """Count what the checks of several files of one kind say."""
    signs = [set(one.loc[one["warning"], "check"]) if len(one) else set() for one in checks]
    return {
        "kind": kind,
        "truth": truth,
        "files": len(checks),
        "unchecked": sum(one.empty for one in checks),
        "bound": sum(map(bool, signs)),
        "two_signs": sum(len(one) > 1 for one in signs),
    }


def main(files: int) -> None:
    """Add every kind of which fewer files are on record."""
    rows = pd.read_csv(TABLE).to_dict("records") if TABLE.is_file() else []
    there = {row["kind"]: row for row in rows}
    for kind, (truth, make) in kinds().items():
        wanted = 1 if kind.startswith("all of ") else files
        if there.get(kind, {"files": 0})["files"] >= wanted:
            continue
        posts = (make(seed) for seed in range(1, wanted + 1))
        checks = [plausibility.check(one, worlds.world("a file", one)) for one in posts]
        there[kind] = row_of(kind, truth, checks)
        pd.DataFrame(there.values()).to_csv(TABLE, index=False)
        print(there[kind], flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
