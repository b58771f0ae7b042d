"""How often joint inference on a specification curve errs where there is nothing to be found.

    python -m benchmarks.sizes_multiverse

writes benchmarks/sizes_multiverse.csv. The worlds are simulated: engagement rates are drawn without regard to followers, posts of an
account hang together, some posts are sponsored. Each world is asked under every tier scheme and average, by two metrics and three choices
of posts; a joint test at 5 percent should reject in 5 percent of the worlds, and joint intervals should all hold the true ratio of
1 in at least 95 percent of them. For comparison: what the most striking specification alone would say.
"""

import csv
import sys
from pathlib import Path

import numpy as np

from analysis.estimate.joint import joint_intervals, no_relation, one_value
from analysis.estimate.multiverse import run, specifications
from analysis.evidence import simulate
from analysis.evidence.registers import tier_schemes

SCENARIOS = {"40 and 20 accounts": (40, 20), "150 and 60 accounts": (150, 60), "400 and 200 accounts": (400, 200)}
"""Accounts below and above 100,000 followers."""

METRICS = ("engagement_per_follower", "comments_per_follower")
POSTS = ("all", "sponsored: yes", "sponsored: no")
FILE = Path(__file__).with_suffix(".csv")


def world(accounts: tuple[int, int], rng: np.random.Generator):
    """A simulated source whose rates bear no relation to followers."""
    posts = simulate.posts(seed=int(rng.integers(2**31)), ratio=1.0, accounts=accounts, posts_per_account=8)
    sponsored = np.where(rng.random(len(posts)) < 0.3, "yes", "no")
    return simulate.world("no relation", posts.assign(sponsored=sponsored))


def errors(accounts: tuple[int, int], draws: int, rng: np.random.Generator) -> dict[str, bool]:
    """Which of the tests and intervals err in one world."""
    source, schemes = [world(accounts, rng)], list(tier_schemes().values())
    frame = specifications(source, schemes, metrics=METRICS, posts=POSTS)
    seed = int(rng.integers(2**31))
    dealt, drawn = no_relation(frame, source, schemes, draws, seed), one_value(frame, source, schemes, 1.0, draws, seed)
    found = run(frame, source, schemes)
    joint = joint_intervals(found, source, schemes, 0.95, draws, seed)
    decided = found["status"] == "ok"
    wrong = {f"permutation: {row.statistic}": row.p <= 0.05 for row in dealt.itertuples()}
    wrong |= {f"bootstrap: {row.statistic}": row.p <= 0.05 for row in drawn.itertuples()}
    wrong["joint intervals: one misses"] = bool(((joint["joint_low"] > 1) | (joint["joint_high"] < 1)).any())
    wrong["single intervals: one misses"] = bool(((found["low"] > 1) | (found["high"] < 1))[decided].any())
    return wrong


def sizes(worlds: int, draws: int, seed: int, scenarios=SCENARIOS) -> list[tuple[str, str, float, int]]:
    """Share of worlds in which each test or interval errs: scenario, what, share, worlds."""
    rows = []
    for (name, accounts), rng in zip(scenarios.items(), np.random.default_rng(seed).spawn(len(scenarios)), strict=True):
        found = [errors(accounts, draws, rng) for _ in range(worlds)]
        rows += [(name, what, float(np.mean([one[what] for one in found])), worlds) for what in found[0]]
    return rows


if __name__ == "__main__":
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["accounts", "test", "share_in_error", "worlds"])
        writer.writerows(sizes(worlds, draws=399, seed=5))
