"""Ratios of cpu and wall seconds, ours to those of other tools, in interleaved rounds.

    python -m benchmarks.speed 1e5 1e6

makes the posts, and an environment for the other tools in .cache/benchmarks/peers, and writes benchmarks/speed.csv. Every method runs in a
process of its own, methods shuffled within a round, medians over rounds of the later calls. Ratios are the result: seconds are those of
one machine and its load. Estimates are compared before anything is timed against them.
"""

import csv
import json
import os
import random
import statistics
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np

from benchmarks import creator_posts, peers

PEERS = ("pandas==3.1.1", "duckdb==2.0.0", "scipy==1.17.1", "tea-tasting==1.14.0", "arch==8.0.0")
ROUNDS = 3
FILE = Path(__file__).with_suffix(".csv")
OURS = ("curve", "joint", "lifts", "prepared", "resample")


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
    """One method in a process of its own."""
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run([python, "-m", module, *arguments], capture_output=True, text=True, check=True, env=surroundings)
    return json.loads(run.stdout)


def rounds(posts: int, python: Path, workloads: tuple[str, ...]) -> dict[tuple[str, str], list[dict]]:
    """All methods, in a new order in each round."""
    methods = [(name, "ours") for name in workloads] + [key for key in peers.WORKLOADS if key[0] in workloads]
    found = {key: [] for key in methods}
    for number in range(ROUNDS):
        for name, method in random.Random(number).sample(methods, len(methods)):
            arguments = (sys.executable, "benchmarks.ours", name) if method == "ours" else (python, "benchmarks.peers", name, method)
            found[name, method].append(once(*arguments, str(posts)))
    return found


def difference(ours, theirs) -> float:
    """Largest difference of the log estimates that both give; nan where there is nothing to compare, or both were drawn by lot."""
    if isinstance(theirs, dict):
        return max(abs(ours[key][0] - value[0]) for key, value in theirs.items())
    return float("nan") if theirs is None else float(np.abs(np.array(ours) - theirs).max())


def table(posts: int, found: dict) -> list[list]:
    """One row per method and size: seconds, peak memory, and how many times ours it takes."""
    rows = []
    for (name, method), runs in found.items():
        scale = 1 if method == "ours" else peers.WORKLOADS[name, method][2]
        cpu, wall = (statistics.median(run["later"][place] for run in runs) * scale for place in (0, 1))
        own = found[name, "ours"]
        ratio = [
            statistics.median(scale * run["later"][place] / base["later"][place] for run, base in zip(runs, own, strict=True))
            for place in (0, 1)
        ]
        off = float("nan") if method == "ours" or name == "resample" else difference(own[0]["numbers"], runs[0]["numbers"])
        peak = max(run["peak_mb"] for run in runs)
        rows.append([name, method, posts, *(f"{value:.4g}" for value in (cpu, wall, *ratio, peak, off)), scale, ROUNDS])
    return rows


HEADER = [
    "workload",
    "method",
    "posts",
    "cpu_s",
    "wall_s",
    "cpu_over_ours",
    "wall_over_ours",
    "peak_mb",
    "difference",
    "scaled_by",
    "rounds",
]

if __name__ == "__main__":
    python, rows = environment(), []
    for size in map(int, map(float, sys.argv[1:] or ["1e5", "1e6"])):
        creator_posts.write(size)
        once(sys.executable, "benchmarks.ours", "prepare", str(size))
        rows += table(size, rounds(size, python, OURS))
        with FILE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
