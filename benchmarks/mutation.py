"""How many small faults, put into the estimators one at a time, the tests notice.

    python -m benchmarks.mutation               # every mutant, for a day or so
    python -m benchmarks.mutation --sample 600  # a random sample, at least 10 of each module
    python -m benchmarks.mutation --again ...   # try those again that had survived

mutmut makes the mutants and runs the tests that reach the changed function, in an environment of
its own and on a copy of this folder, both in .cache/benchmarks/mutation; what was tried before is
kept, and survivors are tried once more with all tests of the files that reach them. Writes
benchmarks/mutation.csv and the table in benchmarks/README.md. Survivors are printed, but for those
that no test can distinguish from the original: lines of benchmarks/mutation_equivalent.csv, each
with the reason, and `strict` of a `zip` whose lengths agree. Mutants of sentences (a text with a
blank in it) are counted apart: tests hold the gist of a message, not its words. Properties and
module constants are not mutated."""

import argparse
import gc
import json
import os
import random
import re
import subprocess
import sysconfig
import venv
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd

from analysis import paths
from benchmarks.mutation_table import SURVIVED, described, judged, table, write

MUTMUT = "mutmut==3.8.1"
FOLDER = paths.CACHE / "benchmarks" / "mutation"
WORK, STATS = FOLDER / "work", Path("mutants/mutmut-stats.json")
FIRST = "analysis.estimate.curve.inactive.x_log_spread__mutmut_1"
"""A mutant that few tests reach."""

MUTATED = ("analysis/estimate/*.py", "analysis/estimate/*/*.py", "analysis/moments/sums.py")
LINKED = ("analysis", "tests", "data", "benchmarks", "notebooks", "pyproject.toml")
TESTS = (
    "artefacts", "breakpoint", "budget", "claims", "contrast", "controls", "creators", "economics",
    "equivalence", "explorer", "joint", "line", "metamorphic", "moderators", "moments",
    "moments_add_up", "multiverse", "nist", "observe", "panel", "pooling", "power", "prices",
    "published", "ranks", "shapes", "tiers",
)  # fmt: skip
"""What belongs to the estimators; no browser, no report, no command."""

LONG = re.compile(
    "as_often_as|keeps?_(its|their)_(size|promise)|known_bend_is_shown|table_in_the_codebook|"
    "in_almost_no_world|within_a_tenth_of_a_second"
)
"""Tests left out here: they draw so many worlds that one mutant would take minutes, or hold a
second to be a second.
"""

SETTINGS = {
    "source_paths": ("analysis",),
    "only_mutate": MUTATED,
    "also_copy": ("data", "benchmarks", "notebooks"),
    "pytest_add_cli_args": ("-p", "benchmarks.mutation"),
    "pytest_add_cli_args_test_selection": tuple(f"tests/test_{name}.py" for name in TESTS),
    "process_isolation": ("forkserver",),  # caches of tests must not be filled before the fork
    "timeout_multiplier": ("3",),
    "timeout_constant": ("20",),
    "use_git_change_detection": ("false",),
    "on_dependency_change": ("ignore",),
}

BEFORE: list = []
"""Engines that are left behind, and not closed."""


def pytest_configure() -> None:
    """As a plugin of pytest: an engine of its own, since threads of one that was used before the
    fork are not there after it.
    """
    BEFORE.append(duckdb.default_connection())  # to close it would be to wait for them
    duckdb.set_default_connection(duckdb.connect())


def pytest_collection_modifyitems(items) -> None:
    """As a plugin of pytest: without the long tests, quick files first, and in each the quick
    tests.
    """
    known, files = Path(STATS.name), {}
    seconds = json.loads(known.read_text())["duration_by_test"] if known.is_file() else {}
    items[:] = [item for item in items if not LONG.search(item.name)]
    for item in items:
        files[item.path] = files.get(item.path, 0) + seconds.get(item.nodeid, 0)
    items.sort(key=lambda item: (files[item.path], str(item.path), seconds.get(item.nodeid, 0)))


def pytest_collection_finish(session) -> None:
    """Keep what was imported before the fork out of every collection of garbage, which would
    otherwise take most of the time.
    """
    if session.config.option.collectonly:
        gc.freeze()


def environment() -> Path:
    """The programs of an environment that adds mutmut to the packages of this one; made if it is
    missing.
    """
    folder = FOLDER / "environment"
    if not (folder / ".ready").is_file():
        venv.create(folder, with_pip=True, clear=True)
        base = {"base": str(folder), "platbase": str(folder)}
        link = Path(sysconfig.get_path("purelib", vars=base), "ours.pth")
        link.write_text(sysconfig.get_path("purelib"))
        install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", MUTMUT]
        subprocess.run(install, check=True)
        (folder / ".ready").touch()
    return folder / "bin"


def workshop() -> None:
    """Make a folder of links to this one, in which mutmut makes its copy."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name in LINKED:
        (WORK / name).is_symlink() or (WORK / name).symlink_to(paths.ROOT / name)
    for pattern in MUTATED:
        for file in (WORK / "mutants").glob(pattern):
            # cut short when a run was stopped, and mutmut would take it for finished
            if not Path(f"{file}.spans").is_file():
                file.unlink()
    lines = ["[mutmut]"]
    for key, values in SETTINGS.items():
        lines.append(f"{key} = " + "\n    ".join(("", *values) if len(values) > 1 else values))
    (WORK / "setup.cfg").write_text("\n".join([*lines, ""]))


def mutmut(names: Iterable[str] | None = ()) -> None:
    """Make the mutants, learn which tests reach which function, and try those named, one at a time;
    None tries all that are untried.

    Before it tries any, mutmut runs the tests of all functions that are named in full. They have
    just passed when it learnt what they reach, so only FIRST is named in full."""
    left_out = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    settings = {key: value for key, value in os.environ.items() if key not in left_out}
    settings |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    settings["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    asked = () if names is None else (FIRST, *(f"*{name}" for name in names))
    command = [environment() / "mutmut", "run", "--max-children", "1", *asked]
    subprocess.run(command, cwd=WORK, env=settings, check=True)


def widen() -> None:
    """Let a function's tests be all those of the files that reach it: what a fixture computes, a
    single test is credited with.
    """
    stats, of_file = json.loads((WORK / STATS).read_text()), {}
    for test in stats["duration_by_test"]:
        of_file.setdefault(test.split("::")[0], []).append(test)
    reached = stats["tests_by_mangled_function_name"]
    for function, tests in reached.items():
        files = {test.split("::")[0] for test in tests}
        reached[function] = sorted(test for file in files for test in of_file[file])
    (WORK / STATS).write_text(json.dumps(stats))


def mutants() -> pd.DataFrame:
    """List every mutant: its function and module, and its exit code, nan before it was tried."""
    codes = {}
    for meta in sorted((WORK / "mutants" / "analysis").rglob("*.py.meta")):
        codes |= json.loads(meta.read_text())["exit_code_by_key"]
    values = pd.Series(list(codes.values()), dtype=float)
    every = pd.DataFrame({"name": list(codes), "code": values})
    function = every["name"].str.rpartition("__mutmut_")[0]
    return every.assign(function=function, module=function.str.rpartition(".")[0])


def drawn(every: pd.DataFrame, size: int, seed: int = 8) -> pd.DataFrame:
    """Draw a random sample: of each module its share, but at least 10."""
    parts = []
    for module, rows in every.groupby("module"):
        rows = rows.sort_values("name")
        wanted = min(len(rows), max(10, round(size * len(rows) / len(every))))
        places = random.Random(f"{seed} {module}").sample(range(len(rows)), wanted)
        parts.append(rows.iloc[sorted(places)])
    return pd.concat(parts)


def main(size: int | None, again: bool) -> None:
    """Try what has not been tried yet, write what came of it, and print what survived."""
    os.nice(10)
    workshop()
    mutmut()
    every = mutants()
    asked = set((every if size is None else drawn(every, size))["name"])
    untried, survived = every["code"].isna(), every["code"].isin(SURVIVED)
    due = every["name"].isin(asked) & (untried | (survived & again))
    if missing := list(every.loc[due, "name"]):
        mutmut(None if size is None and not again else missing)
        every = mutants()
        survived = every["name"].isin(missing) & every["code"].isin(SURVIVED)
        if left := list(every.loc[survived, "name"]):
            widen()
            mutmut(left)
            every = mutants()
    tried = described(every[every["name"].isin(asked) & every["code"].notna()], WORK)
    write(table(every, tried))
    for row in judged(tried).query("survived").itertuples():
        print(f"{row.name}{' (a sentence)' * row.sentence}\n  - {row.before}\n  + {row.after}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--sample", type=int, metavar="N", help="a random sample of N mutants")
    options.add_argument("--again", action="store_true", help="try those again that had survived")
    asked = options.parse_args()
    main(asked.sample, asked.again)
