"""How many seconds all notebooks together spend on loading cells and estimating from them.

    python -m benchmarks.computing

runs the code of every notebook in one process, figures drawn as ever, and counts the cpu seconds
inside calls that a notebook makes of the folders `moments`, `simulate` and `estimate`; what is
drawn, written or done by pandas in a cell is not counted. The first call pays for imports, so
everything is run twice and the second time counts. Simulated worlds are counted apart: they are no
shipped cells."""

import argparse
import contextlib
import functools
import inspect
import io
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import analysis as an
from analysis import paths
from analysis.moments.sample import Moments, Sample
from analysis.moments.samples import Samples, Sources
from analysis.registers.claims import Claim, Test

FOLDERS = ("analysis.moments", "analysis.simulate", "analysis.estimate")
NOUNS = (Moments, Sample, Samples, Sources, Claim, Test)
"""Classes whose verbs are functions of these folders."""

SIMULATED = ("posts", "world", "campaigns", "permutation_test", "halves")

spent: Counter = Counter()
inside: list[str] = []
notebook = [""]


def counted(call: Callable, name: str) -> Callable:
    """Count the cpu seconds of a function, unless it is called by another that is counted."""

    @functools.wraps(call)
    def timed(*args, **kwargs):
        if inside:
            return call(*args, **kwargs)
        inside.append(name)
        start = time.process_time()
        try:
            return call(*args, **kwargs)
        finally:
            spent[notebook[0], name] += time.process_time() - start
            inside.pop()

    return timed


def watch(owner) -> None:
    """Count every function of the folders that a module or a class offers."""
    for name, value in list(vars(owner).items()):
        ours = inspect.isfunction(value) and value.__module__.startswith(FOLDERS)
        if ours and not name.startswith("_"):
            setattr(owner, name, counted(value, name))


def run(file: Path, stage: str) -> None:
    """Run the code of a notebook."""
    notebook[0] = file.stem
    os.environ["MICRO_MACRO_STAGE"] = f"{stage}/{file.stem}"
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile("\n".join(code), file.name, "exec"), {"__name__": "__main__"})


def main() -> None:
    """Run every notebook twice, and print the second time."""
    modules = [value for value in vars(an).values() if inspect.ismodule(value)]
    for owner in (an, *modules, *NOUNS):
        watch(owner)
    files = sorted(paths.NOTEBOOKS.glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as stage:
        for _ in range(2):
            spent.clear()
            for file in files:
                run(file, stage)
    print("| notebook | cpu seconds | longest |\n|---|---|---|")
    for file in files:
        own = Counter({name: each for (where, name), each in spent.items() if where == file.stem})
        longest = ", ".join(f"{name} {seconds:.2f}" for name, seconds in own.most_common(3))
        print(f"| {file.stem} | {own.total():.2f} | {longest} |")
    simulated = sum(seconds for (_, name), seconds in spent.items() if name in SIMULATED)
    of_which = f"of which simulated worlds and redraws {simulated:.2f}"
    print(f"| together | {spent.total():.2f} | {of_which} |")


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    main()
