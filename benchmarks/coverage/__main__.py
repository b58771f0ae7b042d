"""How often the intervals contain the truth, beside those of another tool on the same worlds.

    python -m benchmarks.coverage

writes benchmarks/coverage.csv and the tables in docs/coverage.md. Finished worlds are kept, so a
second run continues where the first was stopped; delete the file to start again. It takes about
twenty minutes on two idle cores.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import cache, partial
from importlib import import_module, metadata
from typing import NamedTuple

import numpy as np

from analysis.simulate import worlds
from benchmarks.coverage import peer
from benchmarks.coverage.tables import TOOLS, append, read, write_tables
from benchmarks.coverage.worlds import WORLDS, World, truth

SEED = 20
RUNS, RUNS_OF_CELLS, AT_ONCE = 2000, 1000, 50
CORES = 2
MORE_RUNS = {(400, 12): 6_000}
"""More runs for worlds whose shares lie too close to a target for 2,000 runs to decide."""

NO_LIFT = ((150, 60),)
"""Accounts of the worlds of posts in which the tiers do not differ."""

AS_CELLS = (1,)
"""Numbers of the worlds that are also estimated from cells, which takes long."""


class Task(NamedTuple):
    """Worlds of one kind, the methods to try on them, and two functions: one gives the true
    values, the other the ends of the intervals of a batch of worlds.
    """

    world: str
    methods: tuple[tuple[str, str], ...]
    true: Callable[[], dict[str, float]]
    ends: Callable[[range], np.ndarray]
    runs: int = RUNS


def main() -> None:
    """Compute what is missing, this project's part here and the other tool's in an environment of
    its own.
    """
    tool, version = (
        (TOOLS[1], metadata.version(peer.NAME))
        if peer.at_home()
        else (TOOLS[0], metadata.version(TOOLS[0]))
    )
    done = {(row["tool"], row["world"], row["input"]) for row in read()}
    with ProcessPoolExecutor(CORES, initializer=_alone) as pool:
        for task in tasks():
            if (tool, task.world, task.methods[0][1]) in done:
                continue
            batches = [range(start, start + AT_ONCE) for start in range(0, task.runs, AT_ONCE)]
            ends, true = np.concatenate([*pool.map(task.ends, batches)]), task.true()
            names = {
                "tool": tool,
                "version": version,
                "world": task.world,
                "seed": SEED,
                "date": date.today().isoformat(),
            }
            append(
                names | {"average": average, "input": given} | shares(ends[:, at], true[average])
                for at, (average, given) in enumerate(task.methods)
            )
            print(f"{tool}: {task.world}, {task.methods[0][1]}", flush=True)
    if not peer.at_home():
        peer.start()
        write_tables()


def tasks() -> Iterator[Task]:
    """Everything that one tool has to do."""
    tool = peer if peer.at_home() else import_module("benchmarks.coverage.ours")
    true = [
        cache(partial(truth, world, np.random.default_rng([SEED, number])))
        for number, world in enumerate(WORLDS)
    ]
    for number, world in enumerate(WORLDS):
        runs = RUNS if tool is peer else MORE_RUNS.get(world.accounts, RUNS)
        yield Task(
            str(world),
            tool.METHODS,
            true[number],
            partial(_of_accounts, tool.intervals, world, number),
            runs,
        )
    for accounts in NO_LIFT:
        name, averages = (
            f"posts, no lift, {accounts[0]} v {accounts[1]}",
            (average for average, _ in tool.POST_METHODS),
        )
        yield Task(
            name,
            tool.POST_METHODS,
            partial(dict.fromkeys, averages, 1.0),
            partial(_of_posts, tool.intervals_of_posts, accounts),
        )
    for number in () if tool is peer else AS_CELLS:
        ends = partial(_of_accounts, tool.intervals_of_cells, WORLDS[number], number)
        yield Task(str(WORLDS[number]), tool.CELL_METHODS, true[number], ends, RUNS_OF_CELLS)


def _of_accounts(intervals: Callable, world: World, number: int, runs: range) -> np.ndarray:
    return intervals(world, [np.random.default_rng([SEED, number, run]) for run in runs])


def _of_posts(intervals: Callable, accounts: tuple[int, int], runs: range) -> np.ndarray:
    return intervals([worlds.posts(1_000_000 * SEED + run, 1.0, accounts) for run in runs])


def _alone() -> None:
    """Keep DuckDB to one thread, since the processes share the cores."""
    import duckdb

    duckdb.default_connection().execute("SET threads = 1")


def shares(ends: np.ndarray, true: float) -> dict[str, float]:
    """Summarise the intervals of many worlds.

    Parameters
    ----------
    ends : numpy.ndarray
        Low and high ends (worlds x 2), nan where no answer was given.
    true : float
        The true ratio.

    Returns
    -------
    dict
        ``truth``, ``worlds``, the share ``withheld``; of the others the shares that hold the truth
        (``coverage``), lie wholly ``below`` or ``above`` it, and the mean width of the logarithm.
    """
    given = ends[np.isfinite(ends).all(axis=1)]
    low, high = given.T
    summary = {
        "withheld": 1 - len(given) / len(ends),
        "coverage": np.mean((low <= true) & (true <= high)) if len(given) else np.nan,
        "below": np.mean(high < true) if len(given) else np.nan,
        "above": np.mean(low > true) if len(given) else np.nan,
        "log_width": np.mean(np.log(high / low)) if len(given) else np.nan,
    }
    return {"truth": f"{true:.5f}", "worlds": len(ends)} | {
        name: f"{value:.4f}" for name, value in summary.items()
    }


if __name__ == "__main__":
    main()
