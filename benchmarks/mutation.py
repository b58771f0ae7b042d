"""How many small faults, put into the estimators one at a time, the tests notice.

    python -m benchmarks.mutation               # every mutant, for a day or so; what was tried
    before is kept python -m benchmarks.mutation --sample 600  # a random sample of so many, at
    least 10 of each module python -m benchmarks.mutation --again ...   # once more those that had
    survived, after tests were written

mutmut makes the mutants and runs the tests that reach the changed function, in an environment of
its own and on a copy of this folder, both in .cache/benchmarks/mutation; survivors are tried once
more with all tests of the files that reach it. Writes benchmarks/mutation.csv and the table in
benchmarks/README.md. Survivors are printed, but for those that no test can tell from the original:
lines of benchmarks/mutation_equivalent.csv, which says why of each, and `strict` of a `zip` whose
lengths agree. Mutants of sentences (a text with a blank in it) are counted apart: tests hold the
gist of a message, not its words. Properties and module constants are not mutated."""

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
from scipy.stats import binomtest

from analysis import paths

MUTMUT = "mutmut==3.8.1"
FOLDER = paths.CACHE / "benchmarks" / "mutation"
WORK, STATS = FOLDER / "work", Path("mutants/mutmut-stats.json")
TABLE = Path(__file__).with_suffix(".csv")
EQUIVALENT = TABLE.with_name("mutation_equivalent.csv")
FIRST = "analysis.estimate.curve.inactive.x_log_spread__mutmut_1"
"""A mutant that few tests reach."""

MUTATED = ("analysis/estimate/*.py", "analysis/moments/sums.py")
LINKED = ("analysis", "tests", "data", "benchmarks", "notebooks", "pyproject.toml")
README = TABLE.with_name("README.md")
BEGIN, END = (
    "<!-- mutation: begin, written by python -m benchmarks.mutation -->",
    "<!-- mutation: end -->",
)
SURVIVED = (0, 5, 33)
"""Exit codes: all tests passed, or none reaches the function. All others are a test that failed,
crashed or did not end.
"""

GROUPS = {
    "moments": "moments", "averages and contrasts": "averages contrast many equivalence ranks tiers clustered",
    "shapes": "hinges line smooth bends breaks shapes oneway regressions", "pooling": "creators inactive effects pooling moderators power",
    "prices": "currency prices printed economics portfolios budget decisions", "claims": "observe claims",
    "the multiverse": "multiverse redraws joint choices exploring",
}  # fmt: skip
TESTS = (
    "artefacts", "breaks", "budget", "claims", "contrast", "controls", "creators", "economics", "equivalence", "explorer", "joint", "line",
    "metamorphic", "moderators", "moments", "moments_add_up", "multiverse", "nist", "observe", "pooling", "power", "prices", "published",
    "ranks", "regressions", "shapes", "tiers",
)  # fmt: skip
"""What belongs to the estimators; no browser, no report, no command."""

LONG = re.compile(
    "as_often_as|keeps?_(its|their)_(size|promise)|known_bend_is_found|table_in_the_codebook|in_almost_no_world|within_a_tenth_of_a_second"
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


def pytest_configure() -> None:
    """As a plugin of pytest: an engine of its own, since threads of one that was used before the
    fork are not there after it.
    """
    BEFORE.append(duckdb.default_connection())  # to close it would be to wait for them
    duckdb.set_default_connection(duckdb.connect())


BEFORE: list = []
"""Engines that are left behind, and not closed."""


def pytest_collection_modifyitems(items) -> None:
    """As a plugin of pytest: without the long tests, quick files first, and in each the quick
    tests.
    """
    seconds = (
        json.loads(Path(STATS.name).read_text())["duration_by_test"]
        if Path(STATS.name).is_file()
        else {}
    )
    files, items[:] = {}, [item for item in items if not LONG.search(item.name)]
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
        Path(sysconfig.get_path("purelib", vars=base), "ours.pth").write_text(
            sysconfig.get_path("purelib")
        )
        subprocess.run(
            [folder / "bin" / "python", "-m", "pip", "install", "--quiet", MUTMUT], check=True
        )
        (folder / ".ready").touch()
    return folder / "bin"


def workshop() -> None:
    """A folder of links to this one, in which mutmut makes its copy."""
    WORK.mkdir(parents=True, exist_ok=True)
    for name in LINKED:
        (WORK / name).is_symlink() or (WORK / name).symlink_to(paths.ROOT / name)
    for file in (file for pattern in MUTATED for file in (WORK / "mutants").glob(pattern)):
        if not Path(
            f"{file}.spans"
        ).is_file():  # cut short when a run was stopped, and mutmut would take it for finished
            file.unlink()
    lines = [
        f"{key} = " + "\n    ".join(("", *values) if len(values) > 1 else values)
        for key, values in SETTINGS.items()
    ]
    (WORK / "setup.cfg").write_text("\n".join(["[mutmut]", *lines, ""]))


def mutmut(names: Iterable[str] | None = ()) -> None:
    """Make the mutants, learn which tests reach which function, and try those named, one at a time;
    None tries all that are untried.

    Before it tries any, mutmut runs the tests of all functions that are named in full. They have
    just passed when it learnt what they reach, so only FIRST is named in full."""
    surroundings = {
        key: value
        for key, value in os.environ.items()
        if key not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    }
    surroundings |= {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    asked = () if names is None else (FIRST, *(f"*{name}" for name in names))
    subprocess.run(
        [environment() / "mutmut", "run", "--max-children", "1", *asked],
        cwd=WORK,
        env=surroundings,
        check=True,
    )


def widen() -> None:
    """Let a function's tests be all those of the files that reach it: what a fixture computes, a
    single test is credited with.
    """
    stats = json.loads((WORK / STATS).read_text())
    of_file = {}
    for test in stats["duration_by_test"]:
        of_file.setdefault(test.split("::")[0], []).append(test)
    reached = stats["tests_by_mangled_function_name"]
    for function, tests in reached.items():
        reached[function] = sorted(
            test for file in {test.split("::")[0] for test in tests} for test in of_file[file]
        )
    (WORK / STATS).write_text(json.dumps(stats))


def mutants() -> pd.DataFrame:
    """Every mutant: its function and module, and its exit code, nan before it was tried."""
    codes = {}
    for meta in sorted((WORK / "mutants" / "analysis").rglob("*.py.meta")):
        codes |= json.loads(meta.read_text())["exit_code_by_key"]
    found = pd.DataFrame(
        {"name": list(codes), "code": pd.Series(list(codes.values()), dtype=float)}
    )
    function = found["name"].str.rpartition("__mutmut_")[0]
    return found.assign(function=function, module=function.str.rpartition(".")[0])


def described(found: pd.DataFrame) -> pd.DataFrame:
    """Add to mutants the lines that differ, and whether the difference is in a sentence: a text
    with a blank in it.
    """
    rows = []
    for module, part in found.groupby("module", sort=False):
        file = WORK / "mutants" / f"{module.replace('.', '/')}.py"
        spans, lines = (
            json.loads(Path(f"{file}.spans").read_text())["spans"],
            file.read_text().splitlines(),
        )
        for name in part["name"].str.rpartition(".")[2]:
            function = name.rpartition("__mutmut_")[0]
            rows.append(
                difference(
                    *(
                        _lines(lines, *spans[one], one, function)
                        for one in (f"{function}__mutmut_orig", name)
                    )
                )
            )
    return found.assign(
        **pd.DataFrame(
            rows, index=[at for _, part in found.groupby("module", sort=False) for at in part.index]
        )
    )


def _lines(lines: list[str], start: int, end: int, name: str, function: str) -> list[str]:
    return [line.strip().replace(name, function) for line in lines[start - 1 : end]]


def difference(original: list[str], made: list[str]) -> dict:
    """What stands between the first and the last line that differ."""
    while original and made and original[0] == made[0]:
        original, made = original[1:], made[1:]
    while original and made and original[-1] == made[-1]:
        original, made = original[:-1], made[:-1]
    before, after = " ".join(original), " ".join(made)
    texts, others = (re.findall(r'"([^"]*)"', line) for line in (before, after))
    marked = before.lower() == after.replace("XX", "").lower() and len(texts) == len(
        others
    )  # what mutmut does to a text
    sentence = marked and any(
        " " in one for one, other in zip(texts, others, strict=True) if one != other
    )
    return {"before": before, "after": after, "sentence": sentence}


def drawn(found: pd.DataFrame, size: int, seed: int = 8) -> pd.DataFrame:
    """A random sample: of each module its share, but at least 10."""
    parts = []
    for module, rows in found.groupby("module"):
        rows = rows.sort_values("name")
        wanted = min(len(rows), max(10, round(size * len(rows) / len(found))))
        parts.append(
            rows.iloc[sorted(random.Random(f"{seed} {module}").sample(range(len(rows)), wanted))]
        )
    return pd.concat(parts)


def unguarded(line: str) -> str:
    """A line without the guard that two sequences are of one length: it never fires, so nothing
    changes with it.
    """
    return re.sub(r",? ?strict=(True|False|None)", "", line).replace(", )", ")")


def judged(tried: pd.DataFrame) -> pd.DataFrame:
    """Say of each mutant tried whether it was killed, survived, or is equivalent; a test that never
    ends was killed.
    """
    kept = set(
        map(
            tuple,
            pd.read_csv(EQUIVALENT, keep_default_na=False)[["function", "before", "after"]].values,
        )
    )
    keys = zip(tried["function"], tried["before"], tried["after"], strict=True)
    same = pd.Series(
        [key in kept or unguarded(key[1]) == unguarded(key[2]) for key in keys],
        tried.index,
        dtype=bool,
    )
    survived = tried["code"].isin(SURVIVED)
    return tried.assign(killed=~survived, equivalent=survived & same, survived=survived & ~same)


def table(found: pd.DataFrame, tried: pd.DataFrame) -> pd.DataFrame:
    """Count the mutants of each module; those of sentences stand in columns of their own."""
    code, sentences = judged(tried[~tried["sentence"]]), judged(tried[tried["sentence"]])
    counts = found.groupby("module").agg(mutants=("name", "size"))
    by_module = code.groupby("module")
    counts["tried"] = by_module.size()
    counts = counts.join(by_module[["killed", "survived", "equivalent"]].sum())
    counts["sentences_tried"] = sentences.groupby("module").size()
    counts["sentences_killed"] = sentences.groupby("module")["killed"].sum()
    return counts.fillna(0).astype(int).reset_index()


def told(counts: pd.DataFrame) -> str:
    """Write the counts as a Markdown table, by group of modules; of a sample with Wilson's interval
    of the share killed.
    """
    group_of = {module: group for group, modules in GROUPS.items() for module in modules.split()}
    counts = counts.assign(group=counts["module"].str.rpartition(".")[2].map(group_of))
    parts = [(name, counts[counts["group"] == name]) for name in GROUPS]
    lines = [
        "| modules | mutants | tried | killed | equivalent | survived | killed of those that can be | 95 % interval | sentences killed |",
        "|---|" + "---:|" * 8,
    ]
    for name, rows in [*parts, ("all", counts)]:
        total = rows.drop(columns=["module", "group"]).sum()
        possible = total["tried"] - total["equivalent"]
        whole = (rows["tried"] + rows["sentences_tried"] == rows["mutants"]).all()
        cells = (
            f"{total['mutants']:,}",
            *(str(total[key]) for key in ("tried", "killed", "equivalent", "survived")),
        )
        share = (
            f"{total['killed'] / possible:.1%} | {'–' if whole else _interval(total['killed'], possible)}"
            if possible
            else "– | –"
        )
        lines.append(
            f"| {name} | {' | '.join(cells)} | {share} | {total['sentences_killed']} of {total['sentences_tried']} |"
        )
    return "\n".join(lines)


def _interval(killed: int, possible: int) -> str:
    low, high = binomtest(int(killed), int(possible)).proportion_ci(method="wilson")
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def main(size: int | None, again: bool) -> None:
    """Try what has not been tried yet, write what came of it, and print what survived."""
    os.nice(10)
    workshop()
    mutmut()
    found = mutants()
    asked = set((found if size is None else drawn(found, size))["name"])
    due = found["name"].isin(asked) & (
        found["code"].isna() | (found["code"].isin(SURVIVED) & again)
    )
    if missing := list(found.loc[due, "name"]):
        mutmut(None if size is None and not again else missing)
        found = mutants()
        if survived := list(
            found.loc[found["name"].isin(missing) & found["code"].isin(SURVIVED), "name"]
        ):
            widen()
            mutmut(survived)
            found = mutants()
    tried = described(found[found["name"].isin(asked) & found["code"].notna()])
    counts = table(found, tried)
    counts.to_csv(TABLE, index=False, lineterminator="\n")
    text = README.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    README.write_text(f"{text[:start]}\n\n{told(counts)}\n\n{text[end:]}", encoding="utf-8")
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
