"""How often joint inference on a specification curve errs where there is no effect.

    python -m benchmarks.sizes_multiverse [WORLDS [PART OF A SCENARIO'S NAME [WHAT IS ASKED]]]

writes benchmarks/sizes_multiverse.csv, in an hour and a half; what is asked is "permutation" or
"intervals", both if not given. The worlds are simulated: engagement rates
are drawn without regard to followers, posts of an account hang together, some posts are sponsored.
Each world is asked under every tier scheme, by four averages and three choices of posts; a joint
test at 5 percent should reject in 5 percent of the worlds, and joint intervals should all hold the
true ratio of 1 in 95 percent of them. 4,000 worlds give a share of 0.05 to within 0.0035. For
comparison: how often at least one of the specifications, each taken for itself, leaves out 1."""

import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.estimate.averages import AVERAGES
from analysis.estimate.multiverse.estimates import estimate_specifications
from analysis.estimate.multiverse.grid import specifications
from analysis.estimate.multiverse.resampling import studentised
from analysis.estimate.multiverse.simultaneous import joint_intervals, joint_test
from analysis.moments.bands import band_edges
from analysis.moments.cells import cells
from analysis.moments.own import own_source
from analysis.moments.sample import Moments
from analysis.moments.sums import SIZE
from analysis.registers.lookup import schemes
from analysis.registers.metrics import METRICS
from analysis.simulate import worlds


class Scenario(NamedTuple):
    """Accounts below and above 100,000 followers, what is asked of them, by how much log rates of
    those above are spread beside what they share with the others, whether accounts are summed to
    cells, which allow no permutation, and whether intervals are asked for.
    """

    accounts: tuple[int, int]
    averages: tuple[str, ...]
    spread: float = 0.0
    from_cells: bool = False
    intervals: bool = True


TYPICAL = ("typical account",)
AVERAGED = tuple(name for name in AVERAGES if name != "median account")
"""Medians have no redraws."""

THRICE = 0.82 * 8**0.5
"""Makes log rates of accounts of eight posts, of standard deviation 0.82, three times as wide."""

SCENARIOS = {
    "40 and 20 accounts": Scenario((40, 20), AVERAGED),
    "150 and 60 accounts": Scenario((150, 60), AVERAGED),
    "40 and 20 accounts, spread 1:3": Scenario((40, 20), TYPICAL, THRICE, intervals=False),
    "60 and 60 accounts, spread 1:3": Scenario((60, 60), TYPICAL, THRICE, intervals=False),
    "150 and 60 accounts, spread 1:3": Scenario((150, 60), TYPICAL, THRICE, intervals=False),
    "60 and 150 accounts, spread 1:3": Scenario((60, 150), TYPICAL, THRICE, intervals=False),
    "40 and 20 accounts, from cells": Scenario((40, 20), AVERAGED, from_cells=True),
    "150 and 60 accounts, from cells": Scenario((150, 60), AVERAGED, from_cells=True),
    "600 and 200 accounts, from cells": Scenario((600, 200), AVERAGED, from_cells=True),
}
"""Where spreads are unequal the typical accounts are still alike; means, which differ then, are not
asked for.
"""

METRIC = METRICS["engagement_per_follower"]
EDGES = band_edges(schemes())

DRAWS, PERMUTATIONS = 199, 59
"""Resamples of accounts in each world, and permutations at most: a test errs as often with few."""

POSTS = ("all", "sponsored: yes", "sponsored: no")
FILE = Path(__file__).with_suffix(".csv")


def world(scenario: Scenario, rng: np.random.Generator) -> Moments:
    """A simulated source whose rates bear no relation to followers, summed by pandas since its
    thousands are small.
    """
    posts = worlds.posts(
        seed=int(rng.integers(2**31)), ratio=1.0, accounts=scenario.accounts, posts_per_account=8
    )
    reactions = (posts["likes"] + posts["comments"]).astype(float)
    if scenario.spread:
        code, names = pd.factorize(posts["account_id"])
        off = np.exp(scenario.spread * rng.standard_normal(len(names)))[code]
        reactions = reactions * np.where(posts["followers"] < 100_000, 1.0, off)
    summed = {
        "posts": 1.0,
        "numerator": reactions,
        "denominator": posts["followers"],
        "rate": reactions / posts["followers"],
    }
    posts = posts.assign(**{f"{METRIC.key}.{part}": values for part, values in summed.items()})
    posts["sponsored"] = np.where(rng.random(len(posts)) < 0.3, "yes", "no")
    followers = posts["followers"]
    posts = posts.assign(
        followers_min=followers,
        followers_max=followers,
        with_followers=1.0,
        log_followers=np.log(followers),
    )
    sums = {f"{METRIC.key}.{part}": "sum" for part in summed}
    table = posts.groupby(["platform", "account_id", "sponsored"], as_index=False).agg(sums | SIZE)
    source = own_source(
        "no-relation", posts.columns, ("instagram",), "SIMULATED: no relation", "simulated"
    )
    if scenario.from_cells:
        made, histogram, _ = cells(table, ("sponsored",), EDGES, whole=True)
        return Moments(source, "cells", made, table.head(0), "", histogram)
    return Moments(source, "accounts", table, table.head(0), "")


def _listed(source: Moments, scenario: Scenario) -> pd.DataFrame:
    choices = {"metrics": [METRIC.key], "posts": POSTS, "averages": scenario.averages}
    return specifications([source], schemes().values(), **choices)


@cache
def listed(scenario: Scenario) -> pd.DataFrame:
    """List the specifications of a scenario of accounts, which every world has."""
    return _listed(world(scenario, np.random.default_rng(1)), scenario)


ASKED = ("permutation", "intervals")


def errors(
    scenario: Scenario, draws: int, rng: np.random.Generator, asked: tuple[str, ...] = ASKED
) -> dict[str, bool]:
    """Which of the tests and intervals err in one world."""
    source, known = [world(scenario, rng)], list(schemes().values())
    frame = listed(scenario) if not scenario.from_cells else _listed(source[0], scenario)
    seed = int(rng.integers(2**31))
    wrong = {}
    if "permutation" in asked and not scenario.from_cells:
        tests = joint_test(*studentised(frame, source, known, min(draws, PERMUTATIONS), seed))
        wrong = {f"permutation: {row.statistic}": row.p <= 0.05 for row in tests.itertuples()}
    if "intervals" not in asked or not scenario.intervals:
        return wrong
    estimated = estimate_specifications(frame, source, known)
    joint = joint_intervals(estimated, source, known, 0.95, draws, seed)
    single = estimated[estimated["status"] == "ok"]
    missed = (joint["joint_low"] > 1) | (joint["joint_high"] < 1)
    wrong["joint intervals: one misses"] = bool(missed.any())
    missed = (single["low"] > 1) | (single["high"] < 1)
    wrong["single intervals: one misses"] = bool(missed.any())
    return wrong


def sizes(
    worlds: int, draws: int, seed: int, scenarios=SCENARIOS, asked: tuple[str, ...] = ASKED
) -> list[tuple[str, str, int, float, float]]:
    """Share of worlds in which each test or interval errs, and its Monte-Carlo error: scenario,
    what, worlds, share, error.
    """
    rows = []
    streams = np.random.default_rng(seed).spawn(len(scenarios))
    for (name, scenario), rng in zip(scenarios.items(), streams, strict=True):
        wrong = pd.DataFrame([errors(scenario, draws, rng, asked) for _ in range(worlds)])
        for what, share in wrong.mean().items():
            rows.append((name, what, worlds, share, np.sqrt(share * (1 - share) / worlds)))
    return rows


def main(worlds: int, only: str = "", what: str = "") -> None:
    """Fill the table, or the rows of the scenarios that have `only` in their names, or those of
    what is asked.
    """
    asked = (what,) if what else ASKED
    chosen = {name: one for name, one in SCENARIOS.items() if only in name}
    columns = ["accounts", "test", "worlds", "share_in_error", "monte_carlo_error"]
    for name, scenario in chosen.items():
        seed = [5, *map(ord, name)]
        rows = sizes(worlds, DRAWS, seed, {name: scenario}, asked)
        made = pd.DataFrame(rows, columns=columns).round(4)
        table = pd.read_csv(FILE) if FILE.is_file() else made.head(0)
        again = (table["accounts"] == name) & table["test"].isin(made["test"])
        table = pd.concat([table[~again], made])
        order = list(SCENARIOS)
        table = table.sort_values("accounts", key=lambda at: at.map(order.index), kind="stable")
        table.to_csv(FILE, index=False, lineterminator="\n")
        print(made.to_string(), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000, *sys.argv[2:4])
