"""Ratios of cpu and wall seconds, other tools' to ours, in interleaved rounds.

    python -m benchmarks.speed                      # all workloads; an hour or two
    python -m benchmarks.speed curve@1e5 lifts@1e6  # some of them
    ROUNDS=1 python -m benchmarks.speed lifts@1e8   # fewer rounds than three

makes the posts, and an environment for the other tools in .cache/benchmarks/peers, and writes
benchmarks/speed.csv and the tables in benchmarks/README.md. Every method runs in a process of its
own, methods shuffled within a round; seconds are medians over rounds of the median of the calls
after the first, ratios are medians over rounds of the ratio within a round. Ratios are the result:
seconds are those of one machine and its load. Estimates are compared before anything is timed
against them."""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import venv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import creator_posts, peers, speed_tables

PEERS = (
    "pandas==3.1.1",
    "numpy==2.4.6",
    "duckdb==2.0.0",
    "scipy==1.17.1",
    "tea-tasting==1.14.0",
    "arch==8.0.0",
    "foostrap==1.2.1",
)
ROUNDS = int(os.environ.get("ROUNDS", 3))
FILE = Path(__file__).with_suffix(".csv")
README = FILE.parent / "README.md"
PLAN = {
    "curve": ("1e5", "1e6"),
    "joint": ("1e5", "1e6", "1e7"),
    "resample": ("1e7",),
    "lifts": ("1e4", "1e5", "1e6", "1e7", "1e8"),
    "small": ("1e4",),
    "prepared": ("1e6", "1e7", "1e8"),
}
"""Sizes of each workload, in posts."""

EQUAL = {"curve": 1e-10, "lifts": 1e-10, "small": 1e-10}
"""How far estimates may differ, relative to the larger one or to 1."""


def environment() -> Path:
    """The interpreter of the environment that holds the other tools; made if it is missing."""
    folder = creator_posts.FOLDER / "peers"
    python = folder / "bin" / "python"
    if not (folder / ".ready").is_file():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
        (folder / ".ready").touch()
    return python


def once(python, module: str, *arguments: str) -> dict:
    """One method in a process of its own; linear algebra on one thread, since idle threads that
    wait for work count as cpu.
    """
    settings = {"PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"}
    settings["PYTHONPATH"] = str(Path(__file__).parents[1])
    command, how = [python, "-m", module, *arguments], {"stdout": subprocess.PIPE, "text": True}
    run = subprocess.run(command, check=True, env=os.environ | settings, **how)
    return json.loads(run.stdout.splitlines()[-1])


def interleaved(workload: str, posts: int, python: Path) -> dict[str, list[dict]]:
    """Ours and all others, in a new order in each round."""
    methods = ["ours", *(method for name, method in peers.WORKLOADS if name == workload)]
    runs = {method: [] for method in methods}
    programs = dict.fromkeys(methods, (python, "benchmarks.peers"))
    programs["ours"] = (sys.executable, "benchmarks.ours")
    for number in range(ROUNDS):
        for method in random.Random(number).sample(methods, len(methods)):
            runs[method].append(once(*programs[method], workload, method, str(posts)))
    return runs


def difference(ours: dict, theirs: dict) -> float:
    """Largest difference of what both give, relative to its size or to 1; nan where there is
    nothing to compare.
    """
    largest = float("nan")
    for key, value in theirs.items():
        here, there = np.array(ours[key]), np.array(value)
        off = (abs(here - there) / np.maximum(abs(there), 1)).max()
        largest = float(np.fmax(largest, off))
    return largest


def rows(workload: str, posts: int, runs: dict[str, list[dict]]) -> pd.DataFrame:
    """One row per method: seconds, peak memory, and how many times ours it takes."""
    made, today, ours = [], datetime.now(UTC).strftime("%Y-%m-%d"), runs["ours"]
    for method, theirs in runs.items():
        scale, off = 1, float("nan")
        if method != "ours":
            scale = peers.WORKLOADS[workload, method][2]
            off = difference(ours[0]["numbers"], theirs[0]["numbers"])
        if off > EQUAL.get(workload, np.inf):
            allowed = f"more than {EQUAL[workload]:g}"
            raise SystemExit(
                f"{workload}, {posts:,} posts: {method} differs by {off:.1e}, {allowed}."
            )
        row = {"workload": workload, "posts": posts, "method": method}
        for place, unit in enumerate(("cpu", "wall")):
            seconds = [scale * run["later"][place] for run in theirs]
            base = [run["later"][place] for run in ours]
            row[f"{unit}_s"] = statistics.median(seconds)
            row[f"{unit}_ratio"] = statistics.median(np.divide(seconds, base))
        row |= {
            "first_cpu_s": theirs[0]["first"][0],
            "peak_mb": max(run["peak_mb"] for run in theirs),
            "difference": off,
            "scaled_by": scale,
        }
        made.append(row | {"rounds": ROUNDS, "load": os.getloadavg()[0], "date": today})
    return pd.DataFrame(made)


def keep(new: pd.DataFrame) -> pd.DataFrame:
    """Write rows to the file in place of those of the same workload and size."""
    old, keys = pd.read_csv(FILE) if FILE.is_file() else new.head(0), ["workload", "posts"]
    same = old.set_index(keys).index.isin(new.set_index(keys).index)
    kept = pd.concat([part for part in (old[~same], new) if len(part)], ignore_index=True)
    order = {name: place for place, name in enumerate(PLAN)}
    kept = kept.sort_values(keys, key=lambda column: column.replace(order), kind="stable")
    kept.to_csv(FILE, index=False, float_format="%.4g", lineterminator="\n")
    return kept


def main(asked: list[str]) -> None:
    """Run what is asked for, or all."""
    python = environment()
    every = [f"{name}@{size}" for name, sizes in PLAN.items() for size in sizes]
    for name, _, size in (workload.partition("@") for workload in asked or every):
        posts = int(float(size))
        creator_posts.write(posts)
        if name == "prepared":
            once(sys.executable, "benchmarks.ours", "prepare", "ours", str(posts))
        kept = keep(rows(name, posts, interleaved(name, posts, python)))
        print(kept.tail(5).to_string(), flush=True)
    speed_tables.write(pd.read_csv(FILE), README)


if __name__ == "__main__":
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("workload", nargs="*", help="as NAME@POSTS; all if none is given")
    main(options.parse_args().workload)
