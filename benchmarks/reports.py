"""How long all reports take, against the computing that they contain.

    python -m benchmarks.reports

prints the table in benchmarks/README.md. Every way is run once a round, in turn, and compared
within its round, so that a machine that slows down slows all of them. Seconds of computing are
those of a process and all it started; they move less with load than the clock does. `--profile`
prints instead what the seconds of computing of one report go to."""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"

PLAIN = """
import contextlib, io, json, multiprocessing, os, sys, time
from pathlib import Path
import analysis, matplotlib.backends.backend_agg, matplotlib.backends.backend_svg, seaborn

def run(path):
    started = time.perf_counter()
    os.environ["MICRO_MACRO_STAGE"] = os.path.join(sys.argv[1], Path(path).stem)
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    source = "\\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, path, "exec"), {"__name__": "__main__"})
    return time.perf_counter() - started

if __name__ == "__main__":
    longest_first = sorted(sys.argv[2:], key=os.path.getsize, reverse=True)
    with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0))) as pool:
        seconds = pool.map(run, longest_first, chunksize=1)
    print(json.dumps(dict(zip((Path(path).stem for path in longest_first), seconds))))
"""
"""One plain Python process that does what the notebooks compute and draw, on all cores, after one
import.
"""

REPORT = """
import json, sys
from pathlib import Path
from analysis import paths
for name, value in json.loads(sys.argv.pop(1)).items():
    setattr(paths, name, Path(value))
from analysis.publish.cli import run
run()
"""


def environment(scratch: Path) -> dict[str, str]:
    """What all ways have in common: one thread a process, compiled modules, and matplotlib's list
    of fonts at hand.
    """
    settings = dict(os.environ) | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(ROOT / ".cache" / "matplotlib"),
        "MICRO_MACRO_STAGE": str(scratch / "stage"),
        "PYTHONWARNINGS": "ignore",
    }
    settings.pop("PYTHONDONTWRITEBYTECODE", None)
    return settings


def timed(command: list[str], scratch: Path) -> tuple[float, float, str]:
    """Seconds by the clock and of computing, and what the command printed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    how = {"cwd": ROOT, "env": environment(scratch), "capture_output": True, "text": True}
    done = subprocess.run(command, **how)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command[:4]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


class Round:
    """Every way, once."""

    def __init__(self, scratch: Path, edited: str):
        self.scratch, self.edited, self.seconds = scratch, edited, {}
        files = sorted(str(path) for path in NOTEBOOKS.glob("[0-9]*.ipynb"))
        self.notebooks = [path for path in files if not Path(path).stem.startswith("00")]
        shutil.copytree(NOTEBOOKS, scratch / "notebooks")
        names = ("NOTEBOOKS", "RESULTS", "REPORTS")
        places = {name: str(scratch / name.lower()) for name in names}
        self.report = [sys.executable, "-c", REPORT, json.dumps(places), "report"]

    def measure(self, way: str, *commands: list[str]) -> str:
        """Time one way; commands of one way follow each other."""
        spent = [timed(command, self.scratch) for command in commands]
        self.seconds[way] = tuple(sum(figures[i] for figures in spent) for i in (0, 1))
        return spent[-1][2]

    def all(self) -> dict[str, tuple[float, float]]:
        """Run them; seconds by the clock and of computing, by way."""
        plain = [sys.executable, "-c", PLAIN, str(self.scratch / "plain")]
        papermill, made = [sys.executable, "-m", "papermill"], str(self.scratch / "apart.ipynb")
        apart = [[*papermill, path, made] for path in self.notebooks]
        one = str(NOTEBOOKS / f"{self.edited}.ipynb")
        self.measure("plain", [*plain, *self.notebooks])
        self.measure("report, nothing kept", self.report)
        self.measure("papermill, a call a notebook", *apart)
        self.measure("report, nothing changed", self.report)
        path = self.scratch / "notebooks" / f"{self.edited}.ipynb"
        text = path.read_text(encoding="utf-8")
        edited = text.replace("report.close()", "report.close()  # edited")
        path.write_text(edited, encoding="utf-8")
        self.measure(f"report, {self.edited} edited", self.report)
        computing = json.loads(self.measure(f"plain, {self.edited} alone", [*plain, one]))
        alone = computing[self.edited]
        self.seconds[f"computing of {self.edited}, imports not counted"] = (alone, alone)
        return self.seconds


def table(rounds: list[dict[str, tuple[float, float]]], edited: str) -> str:
    """Medians, then ratios within rounds."""
    lines = ["| way | seconds, median | least to most | of computing |", "|---|---|---|---|"]
    for way in rounds[0]:
        clock, computing = ([seconds[way][i] for seconds in rounds] for i in (0, 1))
        spread = f"{min(clock):.1f} to {max(clock):.1f}"
        middle, of_computing = statistics.median(clock), statistics.median(computing)
        lines.append(f"| {way} | {middle:.1f} | {spread} | {of_computing:.1f} |")
    pairs = [
        ("report, nothing kept", "plain", "at most 2"),
        ("papermill, a call a notebook", "report, nothing kept", "at least 4"),
        (f"report, {edited} edited", f"plain, {edited} alone", "under 2"),
        (f"report, {edited} edited", f"computing of {edited}, imports not counted", "under 2"),
    ]
    lines += ["", "| ratio | target | by the clock, median | least to most | of computing |"]
    lines.append("|---|---|---|---|---|")
    for upper, lower, target in pairs:
        clock = [seconds[upper][0] / seconds[lower][0] for seconds in rounds]
        computing = [seconds[upper][1] / seconds[lower][1] for seconds in rounds]
        spread = f"{min(clock):.2f} to {max(clock):.2f}"
        middle, of_computing = statistics.median(clock), statistics.median(computing)
        cells = f"{target} | {middle:.2f} | {spread} | {of_computing:.2f}"
        lines.append(f"| {upper} / {lower} | {cells} |")
    return "\n".join(lines)


PARTS = {
    "imports of the command": "import analysis.publish.cli",
    "papermill and what makes pages": (
        "import analysis.publish.run.execute, analysis.publish.site.build; "
        "from analysis.publish.site.pages import page_exporter; page_exporter()"
    ),
    "imports that all kernels share": (
        "from analysis.publish.run.kernels import SHARED; [__import__(name) for name in SHARED]"
    ),
}
"""What each start pays, by itself."""


def profile(scratch: Path) -> str:
    """Seconds of computing of one report, by what they go to, as Markdown."""
    one = Round(scratch, "")

    def computing(code: str, *arguments: str) -> float:
        return timed([sys.executable, "-c", code, *arguments], scratch)[1]

    parts = {part: computing(code) for part, code in PARTS.items()}
    parts["papermill and what makes pages"] -= computing("import analysis.publish.cli")
    plain = computing(PLAIN, str(scratch / "plain"), *one.notebooks)
    shared = computing("import analysis, matplotlib.backends.backend_svg, seaborn")
    parts["computing and drawing of the notebooks"] = plain - shared
    whole = timed(one.report, scratch)[1]
    parts["starts of kernels, messages, pages, copies"] = whole - sum(parts.values())
    lines = ["| what | seconds of computing | percent |", "|---|---|---|"]
    for part, seconds in parts.items():
        lines.append(f"| {part} | {seconds:.1f} | {100 * seconds / whole:.0f} |")
    return "\n".join([*lines, f"| all | {whole:.1f} | 100 |"])


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description="Time reports against what they compute.")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--edited", default="03-sixty-percent", help="the notebook that is edited")
    options.add_argument("--profile", action="store_true", help="what the seconds go to")
    chosen = options.parse_args()
    if chosen.profile:
        with tempfile.TemporaryDirectory() as scratch:
            print(profile(Path(scratch)))
        return
    rounds = []
    for number in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as scratch:
            rounds.append(Round(Path(scratch), chosen.edited).all())
        load = f"load {os.getloadavg()[0]:.1f}"
        print(f"round {number + 1} of {chosen.rounds}, {load}", file=sys.stderr)
    names = ("papermill", "ipykernel", "nbconvert", "matplotlib", "pandas")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    print(f"{len(os.sched_getaffinity(0))} cores, {machine}, {packages}; ")
    print(f"{chosen.rounds} rounds.\n\n{table(rounds, chosen.edited)}")


if __name__ == "__main__":
    main()
