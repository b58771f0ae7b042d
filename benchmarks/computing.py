"""How many seconds all notebooks together spend on loading cells and estimating from them.

    python -m benchmarks.computing

runs the code of every notebook in one process, figures drawn as ever, and counts the cpu seconds
inside calls of the rooms `evidence` and `estimate` that a notebook makes; what is drawn, written or
done by pandas in a cell is not counted. The first call pays for imports, so everything is run twice
and the second time counts. Simulated worlds are told apart: they are no shipped cells."""

import contextlib
import functools
import io
import json
import os
import tempfile
import time
from collections import Counter

import analysis as an
from analysis import paths

ROOMS = ("analysis.evidence", "analysis.estimate")
spent: Counter = Counter()
inside = []


def counted(call, name: str):
    """The same function, whose cpu seconds are counted unless it is called by another that is."""

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


def watch(module) -> None:
    """Count every function of the two rooms that a module offers."""
    for name, value in vars(module).items():
        if (
            getattr(value, "__module__", "").startswith(ROOMS)
            and callable(value)
            and not isinstance(value, type)
        ):
            setattr(module, name, counted(value, name))


notebook = [""]

if __name__ == "__main__":
    for module in (an, an.choices, an.joint, an.multiverse, an.simulate, an.artefacts, an.signs):
        watch(module)
    files = sorted((paths.ROOT / "notebooks").glob("*.ipynb"))
    with tempfile.TemporaryDirectory() as stage:
        for _ in range(2):
            spent.clear()
            for file in files:
                notebook[0] = file.stem
                os.environ["MICRO_MACRO_STAGE"] = f"{stage}/{file.stem}"
                cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
                source = "\n".join(
                    "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
                )
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(source, file.name, "exec"), {"__name__": "__main__"})
    made = ("posts", "world", "campaigns", "no_relation", "halves")
    print("| notebook | cpu seconds | longest |\n|---|---|---|")
    for file in files:
        own = {name: seconds for (where, name), seconds in spent.items() if where == file.stem}
        longest = ", ".join(
            f"{name} {own[name]:.2f}" for name in sorted(own, key=own.get, reverse=True)[:3]
        )
        print(f"| {file.stem} | {sum(own.values()):.2f} | {longest} |")
    simulated = sum(seconds for (_, name), seconds in spent.items() if name in made)
    print(
        f"| together | {sum(spent.values()):.2f} | of which simulated worlds and redraws {simulated:.2f} |"
    )
