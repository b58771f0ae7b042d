"""Whether a stopped run leaves everything as it was.

    python -m benchmarks.faults --shots 200

starts the report command again and again over a good report, sends it SIGINT, SIGTERM or SIGKILL at
a random moment, and looks: at the report, from another thread all the time and afterwards byte by
byte; at the exit code; at processes and folders left behind; and at the next run. It prints the
table in benchmarks/README.md. The two notebooks are made on the spot; one starts a process of its
own."""

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil

ROOT = Path(__file__).resolve().parent.parent

COMMAND = """
import json, sys
from pathlib import Path
from analysis import paths
for name, value in json.loads(sys.argv.pop(1)).items():
    setattr(paths, name, Path(value))
from analysis.publish.cli import run
run()
"""
"""The command, with folders of its own instead of the project's."""

PARAMETERS = 'edition: str = "draft"  # what the figures are cited under'

NOTEBOOKS = {
    "01-draws": (
        "import pandas as pd\nimport analysis as an",
        "report = an.Report('01-draws', edition)",
        "frame = pd.DataFrame({'x': range(20_000), 'edition': edition})",
        "report.table('numbers', frame.head(2_000), 'Numbers', 'made up')",
        "from analysis.finding import Finding",
        "from analysis.present.charts.canvas import new_figure\nfigure, axes = new_figure()",
        "axes[0, 0].plot(frame['x'])\nalt = 'A line that rises from left to right.'",
        "report.figure('F01a', figure, Finding('A line rises', alt=alt), frame, 'made up')",
        "report.close()",
    ),
    "02-starts": (
        "import subprocess, sys, time\nimport analysis as an",
        "sleep = [sys.executable, '-c', 'import time; time.sleep(900)']",
        "child = subprocess.Popen(sleep)\ntime.sleep(0.5)",
        "report = an.Report('02-starts', edition)",
        "report.verdicts(an.judge(an.claim('A09'), []))\nreport.close()",
    ),
}


def write_notebook(
    folder: Path, name: str, *cells: str, parameters: str = PARAMETERS, kernel: str = "python3"
) -> Path:
    """A notebook with a heading, a parameters cell and these code cells."""
    new = nbformat.v4
    tagged = new.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    heading = new.new_markdown_cell(f"# Is {name} right?")
    content = new.new_notebook(cells=[heading, tagged, *map(new.new_code_cell, cells)])
    spec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": kernel}
    content.metadata["kernelspec"] = spec
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, path)
    return path


class Workshop:
    """A folder with notebooks, and the report that is made of them again and again."""

    def __init__(
        self, folder: Path, notebooks: dict[str, tuple[str, ...]] = NOTEBOOKS, **folders: Path
    ):
        self.folder, self.out, self.errors = folder, folder / "out" / "report", folder / "errors"
        for name, cells in notebooks.items():
            write_notebook(folder / "notebooks", name, *cells)
        names = ("NOTEBOOKS", "REPORTS", "RESULTS")
        places = {name: folder / name.lower() for name in names} | folders
        self.places = json.dumps({name: str(place) for name, place in places.items()})

    def start(self, *options: str, before=None, **settings) -> subprocess.Popen:
        """Start the command; what it writes goes to a file, since what it leaves behind would keep
        a pipe open.
        """
        command = [sys.executable, "-c", COMMAND, self.places, "report", "--out", str(self.out)]
        how = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "preexec_fn": before} | settings
        with self.errors.open("w") as errors:
            return subprocess.Popen([*command, *options], stderr=errors, **how)

    def run(self, *options: str, **how) -> tuple[int, str]:
        """Run the command to its end; its exit code and the last lines it wrote, the progress bar
        left out.
        """
        return self.start(*options, **how).wait(300), self.sentences()

    def sentences(self) -> str:
        """What the command wrote to standard error, without its progress bar."""
        return sentences(self.errors.read_text(encoding="utf-8"))

    def left_behind(self) -> list[str]:
        """What lies beside the report and its lock."""
        own = (self.out.name, f".{self.out.name}.lock")
        return sorted(path.name for path in self.out.parent.iterdir() if path.name not in own)

    def processes(self) -> list[psutil.Process]:
        """Processes that were started for this report, directly or not."""
        alive, here = [], str(self.out.parent)
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                ours = process.environ().get("MICRO_MACRO_STAGE", "").startswith(here)
                if ours and process.status() != "zombie":
                    alive.append(process)
        return alive

    def processes_after(self, seconds: float) -> int:
        """How many are left so long after."""
        deadline = time.monotonic() + seconds
        while (left := len(self.processes())) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left


def sentences(text: str) -> str:
    """What was written to standard error, without the progress bar."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(line for line in lines if not line.startswith("notebooks:"))


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder, by its hash."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


END = b"</html>"
"""What every page ends with."""


class Reader(threading.Thread):
    """Reads a report as fast as it can, and counts how often what it finds is whole: a manifest
    that can be read, and a page that ends.
    """

    def __init__(self, out: Path):
        super().__init__(daemon=True)
        self.out, self.polls, self.torn, self.stop = out, 0, [], threading.Event()

    def run(self):
        while not self.stop.is_set():
            try:
                json.loads((self.out / "manifest.json").read_bytes())
                with (self.out / "index.html").open("rb") as page:
                    page.seek(-len(END), os.SEEK_END)
                    if page.read() != END:
                        self.torn.append("index.html is cut short")
            except (OSError, ValueError) as error:
                self.torn.append(repr(error))
            self.polls += 1
            time.sleep(0.003)


@dataclass
class Tally:
    """What was seen in all shots."""

    codes: dict[str, Counter] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    polls: int = 0
    torn: int = 0
    orphans_soon: int = 0
    orphans_late: int = 0
    swept: int = 0


def shoot(shots: int, seed: int, folder: Path, signals=("SIGINT", "SIGTERM", "SIGKILL")) -> Tally:
    """Stop so many runs at random moments; every shot is at a run that would publish another
    edition than the one that stands.

    What a shot leaves of an edition that was not seen yet must be what the last run, which nobody
    stops, gives of it.
    """
    workshop, tally, dice = Workshop(folder), Tally(), random.Random(seed)
    started = time.monotonic()
    code, text = workshop.run("--fresh", "-p", "edition=a")
    assert code == 0, text
    longest, good = time.monotonic() - started, {"a": contents(workshop.out)}
    standing, reader = "a", Reader(workshop.out)
    reader.start()
    for number in range(shots):
        name = signals[number % len(signals)]
        standing, faults = _shot(workshop, tally, standing, name, dice.uniform(0, longest), good)
        tally.faults += [f"shot {number}, {name}: {fault}" for fault in faults]
        print(f"{number + 1} of {shots} shots, {len(tally.faults)} faults", file=sys.stderr)
    code, text = workshop.run("--fresh", "-p", "edition=b")
    reader.stop.set()
    reader.join()
    tally.polls, tally.torn = reader.polls, len(reader.torn)
    tally.swept = workshop.processes_after(1)
    tally.faults += [f"a reader saw: {fault}" for fault in reader.torn]
    now = contents(workshop.out)
    if code or now != good.get("b", now) or now == good["a"] or workshop.left_behind():
        left = f"left behind {workshop.left_behind()}"
        tally.faults.append(f"the run after all of them: exit code {code}, {left}: {text}")
    return tally


def _shot(
    workshop: Workshop, tally: Tally, standing: str, name: str, after: float, good: dict
) -> tuple[str, list[str]]:
    """Stop one run so many seconds after its start; which edition stands then, and every fault."""
    wanted, number = "ab"["ba".index(standing)], int(getattr(signal, name))
    # of a killed run, until a run holds the lock and sweeps
    before = set(workshop.left_behind())
    running = workshop.start("--fresh", "-p", f"edition={wanted}")
    time.sleep(after)
    stopped = running.poll() is None
    running.send_signal(number)
    code, text, now = running.wait(300), workshop.sentences(), contents(workshop.out)
    if now != good["a"]:
        good.setdefault("b", now)
    standing = next((edition for edition in good if now == good[edition]), "")
    ended = "published" if code == 0 else f"128+{-code}" if code < 0 else str(code)
    tally.codes.setdefault(name, Counter())[ended] += 1
    unexpected = stopped and code not in (0, -number, 128 + number)
    faults = {
        "the report is neither the old nor the new one": not standing,
        "reported as published, and is not": code == 0 and standing != wanted,
        f"exit code {code}: {text[-200:]}": unexpected,
        f"not one sentence: {text[-300:]}": code == 128 + number and len(text.splitlines()) != 1,
    }
    faults |= _leftovers(workshop, tally, name == "SIGKILL", code > 0, before)
    return standing or "a", [fault for fault, seen in faults.items() if seen]


def _leftovers(
    workshop: Workshop, tally: Tally, killed: bool, ended: bool, before: set[str]
) -> dict[str, bool]:
    """Processes that outlive a stopped run, and folders that it leaves though it could still end
    by itself.
    """
    if killed:
        left = _late(workshop)
        tally.orphans_late += left
        return {f"{left} kernels left": bool(left)}
    left = workshop.processes_after(1)
    tally.orphans_soon += left
    own = sorted(set(workshop.left_behind()) - before)
    return {f"{left} processes left": bool(left), f"left behind: {own}": ended and bool(own)}


def _late(workshop: Workshop) -> int:
    """Kernels that are left ten seconds after a runner was killed; what a cell had started may live
    until the next run.
    """
    deadline = time.monotonic() + 10
    while True:
        commands = [" ".join(process.cmdline()) for process in workshop.processes()]
        left = sum("analysis.publish.run.kernels" in command for command in commands)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def table(tally: Tally) -> str:
    """What was seen, as Markdown."""
    rows = {}
    for name, seen in tally.codes.items():
        rows[f"{name}: exit codes"] = ", ".join(f"{code} ({n})" for code, n in sorted(seen.items()))
    neither = "reports that were neither the old nor the new, byte for byte"
    rows |= {
        f"{neither}; false successes; other faults": len(tally.faults),
        "looks of a reader at the report meanwhile": tally.polls,
        "of these, torn, empty or missing files": tally.torn,
        "processes left one second after SIGINT or SIGTERM": tally.orphans_soon,
        "kernels left ten seconds after SIGKILL": tally.orphans_late,
        "processes left after the next run": tally.swept,
    }
    lines = [f"| {what} | {seen} |" for what, seen in rows.items()]
    return "\n".join(["| what | seen |", "|---|---|", *lines])


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Stop report runs at random moments.")
    options.add_argument("--shots", type=int, default=200)
    options.add_argument("--seed", type=int, default=8)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        seen = shoot(chosen.shots, chosen.seed, Path(scratch))
    print(table(seen))
    print("\n".join(seen.faults), file=sys.stderr)
    sys.exit(bool(seen.faults))
