"""Whatever fails, the last good report stays as it was, no success is claimed, nothing is left
running, and the next run works.
"""

import contextlib
import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from faults import contents, shoot

from analysis import paths
from analysis.publish.report import publish_report
from analysis.publish.run.environment import MachineError
from analysis.publish.run.request import Request
from analysis.publish.site import build

GOOD = ("import analysis as an", "an.Report('00-name', edition).close()")
OPENING = "import ctypes, os, signal, subprocess, sys, time\nimport analysis as an"
CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(900)'])"
DIES = "code cell 4: the kernel died. Out of memory is the usual reason."

CELLS = {
    "01-raises": ("1 / 0", "ZeroDivisionError: division by zero"),
    "02-exits-with-three": ("sys.exit(3)", "SystemExit: 3"),
    "03-exits-with-nothing": ("sys.exit(0)", "('sys.exit(0)') did not run to its end."),
    "04-ends-its-process": ("os._exit(0)", DIES),
    "05-ends-it-with-nine": ("os._exit(9)", DIES),
    "06-is-killed": ("os.kill(os.getpid(), signal.SIGKILL)", DIES),
    "07-segfaults": ("ctypes.string_at(0)", DIES),
    "08-asks": ("input('name?')", "StdinNotImplementedError"),
    "09-leaves-a-child": (
        f"{CHILD}\nraise ValueError('after the child')",
        "ValueError: after the child",
    ),
    "10-runs-out-of-memory": ("x = bytearray(2**62)", "MemoryError"),
    "11-closes-too-early": (
        "report = an.Report('other', edition)\nreport.close()",
        "recorded nothing",
    ),
    "12-loses-its-folder": (
        "import shutil\nshutil.rmtree(os.getcwd())\nopen('here', 'w')",
        "FileNotFoundError",
    ),
    "13-kills-its-children": ("os.killpg(0, signal.SIGKILL)", DIES),
    "14-does-not-converge": (
        "import warnings\nan.Report('other', edition)\nwarnings.warn('Optimization failed to "
        "converge.')",
        "UserWarning: Optimization failed to converge.",
    ),
    "15-prints-without-end": (
        "for line in range(200_000): print('a line', line)\n",
        "printed 2,688,890 characters; at most 1,000,000 are allowed.",
    ),
}


def test_every_way_to_fail_within_a_notebook_is_named_and_leaves_the_report(workshop):
    shop = workshop({name: (OPENING, cell) for name, (cell, _) in CELLS.items()})
    before = stand(shop)
    code, message = shop.run()
    *lines, last = message.splitlines()
    assert code == 1
    assert [line.split(",")[0].split(" ")[0].rstrip(":") for line in lines] == list(CELLS)
    assert [
        line for line, (_, words) in zip(lines, CELLS.values(), strict=True) if words not in line
    ] == []
    assert last.endswith("what was published before is unchanged.")
    assert (contents(shop.out), shop.left_behind(), shop.processes_after(1)) == (before, [], 0)


def stand(shop):
    """Let an older report stand; its files."""
    shop.out.mkdir(parents=True)
    (shop.out / "manifest.json").write_text('{"old": true}', encoding="utf-8")
    return contents(shop.out)


HANGS = {
    "sleeps": "time.sleep(600)",
    "never leaves C": "sum(range(10**13))",
    "is stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
}


@pytest.mark.parametrize("cell", HANGS.values(), ids=HANGS)
def test_a_cell_that_hangs_is_ended_and_has_an_exit_code_of_its_own(workshop, cell):
    shop = workshop({"01-hangs": (OPENING, cell)})
    before, started = stand(shop), time.monotonic()
    code, message = shop.run("--limit", "2")
    assert (code, message.splitlines()[0]) == (
        124,
        "01-hangs, code cell 4: ran longer than 2 seconds.",
    )
    assert time.monotonic() - started < 60
    assert (contents(shop.out), shop.left_behind(), shop.processes_after(1)) == (before, [], 0)


def test_a_run_that_is_stopped_at_any_moment_leaves_one_whole_report_and_nothing_else(tmp_path):
    seen = shoot(3, seed=1, folder=tmp_path)  # one of each signal; benchmarks.faults takes 200
    assert seen.faults == []
    assert seen.polls > 500
    assert (seen.torn, seen.orphans_soon, seen.orphans_late, seen.swept) == (0, 0, 0, 0)


def test_a_hangup_is_a_signal_like_any_other(workshop):
    shop = workshop(
        {
            "01-waits": (
                OPENING,
                f"{CHILD}\nopen({str(paths.CACHE)!r} + '/x', 'w') if 0 else None",
                "time.sleep(600)",
            )
        }
    )
    before = stand(shop)
    running = shop.start()
    deadline = time.monotonic() + 60
    while not any("time.sleep" in " ".join(process.cmdline()) for process in shop.processes()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGHUP)
    assert running.wait(60) == 128 + signal.SIGHUP
    assert shop.sentences() == "stopped by SIGHUP; what was published before is unchanged."
    assert (contents(shop.out), shop.left_behind(), shop.processes_after(1)) == (before, [], 0)


@contextlib.contextmanager
def mounted(folder, options):
    """A small file system of its own, where that is allowed."""
    folder.mkdir(parents=True)
    if (
        os.geteuid()
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True
        ).returncode
    ):
        pytest.skip("only root may mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_fills_up_while_a_cell_writes_leaves_the_report(workshop):
    fills = (
        "with open(os.environ['MICRO_MACRO_STAGE'] + '/big', 'wb') as big:\n    while True: "
        "big.write(bytes(2**20))"
    )
    shop = workshop(
        {
            "01-fills": (
                OPENING,
                "os.makedirs(os.environ['MICRO_MACRO_STAGE'], exist_ok=True)",
                fills,
            )
        }
    )
    with mounted(shop.out.parent, "size=80m"):
        before = stand(shop)
        code, message = shop.run()
        assert (code, message.count("\n")) == (4, 0)
        assert message.startswith("01-fills, code cell 5 ('with open")
        assert "No space left" in message
        assert (contents(shop.out), shop.left_behind(), shop.processes_after(1)) == (before, [], 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("size=64k", "MB free, and a report needs"),
        ("size=80m,ro", "cannot be published: Read-only file system"),
    ],
)
def test_a_place_without_room_or_leave_to_write_is_refused_before_any_cell_runs(
    workshop, options, words
):
    shop = workshop({"01-marks": (f"open({str(paths.CACHE / 'no-such')!r}, 'w')",)})
    with mounted(shop.out.parent, options):
        used, (code, message) = seconds(shop.run)
        assert (code, message.count("\n"), words in message) == (4, 0, True), message
    assert used < WINDOW


@pytest.fixture
def refused(command, monkeypatch):
    """Make a report of a workshop that must be refused, in this process: exit code and lines."""

    def refuse(shop):
        for name, place in json.loads(shop.places).items():
            monkeypatch.setattr(paths, name, Path(place))
        done = command("report", "--out", shop.out)
        assert "notebooks:" not in done.stderr, "a progress bar: the run had begun"
        assert not shop.out.exists()
        return done.returncode, done.stderr.rstrip("\n")

    return refuse


WINDOW = 6
"""Seconds of computing for a refusal on a busy machine; on an idle one it takes less than three,
see benchmarks/README.md.
"""


def seconds(act, *arguments):
    """What an act and its children compute, and what it gives."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    given = act(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, given


@pytest.mark.parametrize("where", ["build", "_manifest", "_site"])
def test_a_disk_that_fills_up_while_pages_are_written_leaves_the_report(
    tmp_path, notebook, monkeypatch, published, where
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = shutil.copytree(published, tmp_path / "out" / "report")
    monkeypatch.setattr(
        build, "made_from", lambda _: {"another report": str(tmp_path)}
    )  # none that is kept is this one
    monkeypatch.setattr(build, where, full)
    with pytest.raises(MachineError, match=r"No space left on device\. What was published before"):
        publish_report(Request(("01", "12"), {"confidence": "0.9", "edition": "2026-11"}, out=out))
    assert contents(out) == contents(published)
    assert sorted(path.name for path in out.parent.iterdir()) in (
        ["report"],
        [".report.lock", "report"],
    )


def test_of_several_runs_at_once_one_publishes_and_the_others_are_refused(workshop):
    shop = workshop(
        {
            "01-good": (
                "import analysis as an, time",
                "time.sleep(20)\nreport = an.Report('01-good', edition)",
                VERDICT,
            )
        }
    )
    started = [shop.start() for _ in range(4)]
    codes = sorted(running.wait(120) for running in started)
    assert codes == [0, 75, 75, 75]
    assert json.loads((shop.out / "manifest.json").read_text(encoding="utf-8"))[
        "notebooks"
    ].keys() == {"01-good"}


VERDICT = "report.verdicts(an.judge(an.claim('A09'), []))\nreport.close()"


@pytest.fixture
def damaged(tmp_path, workshop):
    """The project's cells, one of their files damaged."""

    def damage(change):
        cells = shutil.copytree(paths.CELLS, tmp_path / "cells")
        change(cells / "tiktok-tides.csv")
        return workshop({"01-good": GOOD}, CELLS=cells)

    return damage


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda path: path.write_bytes(path.read_bytes()[:40_000]),
            "is not the file that SHA256SUMS beside it names",
        ),
        (lambda path: path.write_bytes(b""), "is not the file"),
        (lambda path: path.unlink(), "is missing"),
    ],
    ids=["cut short", "empty", "gone"],
)
def test_a_shipped_file_that_is_cut_short_is_refused_as_data_before_any_cell_runs(
    damaged, refused, change, words
):
    shop = damaged(change)
    code, message = refused(shop)
    assert code == 3
    assert message.startswith(f"data/cells/tiktok-tides.csv {words}")
    assert message.count("\n") == 0
    assert not shop.out.parent.exists()


def test_a_kernel_that_does_not_exist_is_refused_before_any_cell_runs(workshop, notebook):
    shop = workshop({})
    notebook(shop.folder / "notebooks", "01-elsewhere", "1", kernel="fortran")
    used, (code, message) = seconds(shop.run)
    assert (code, message) == (
        4,
        "01-elsewhere: there is no Jupyter kernel named 'fortran' here; notebooks use 'python3'.",
    )
    assert used < WINDOW


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"cells": [', "01-broken.ipynb is not a notebook"),
        ("", "01-broken.ipynb is not a notebook"),
        ("\udcff", "01-broken.ipynb is not a notebook"),
        ('{"cells": []}', "01-broken.ipynb has 0 cells tagged 'parameters'"),
    ],
    ids=["cut short", "empty", "not UTF-8", "no parameters"],
)
def test_a_notebook_file_that_is_broken_is_refused_in_a_sentence(workshop, refused, content, words):
    shop = workshop({"02-good": GOOD})
    (shop.folder / "notebooks" / "01-broken.ipynb").write_text(
        content, encoding="utf-8", errors="surrogateescape"
    )
    code, message = refused(shop)
    assert (code, message.count("\n")) == (2, 0)
    assert message.startswith(words)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("x = 1\n1 / 0\nexit()", "code cell 2: 'exit' is not allowed in a report"),
        ("if True:\n    quit()", "code cell 2: 'quit' is not allowed in a report"),
        ("x = 1\nexit", "code cell 2: 'exit' is not allowed"),
        (
            "get_ipython().run_cell_magic('script', 'false --no-raise-error', '1 / 0')",
            "code cell 2: 'get_ipython' is not allowed",
        ),
        (
            "%%script false --no-raise-error\n1 / 0",
            "code cell 2: '%%script false --no-raise-error' is not Python. A report takes no "
            "magics",
        ),
        ("x = 1\n!touch here", "code cell 2: '!touch here' is not Python."),
    ],
    ids=["exit", "quit", "exit without brackets", "magic in disguise", "magic", "shell"],
)
def test_a_cell_that_could_skip_others_unseen_is_refused_before_any_cell_runs(
    workshop, refused, cell, words
):
    code, message = refused(workshop({"01-skips": (cell,), "02-good": GOOD}))
    assert (code, message.count("\n")) == (2, 0)
    assert message.startswith(f"01-skips.ipynb, {words}")


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("http://example.org/report", "is not a folder of this machine"),
        ("x" * 260, "is not a folder of this machine"),
    ],
)
def test_a_place_that_is_no_folder_here_is_refused(command, out, words):
    done = command("report", "--out", out)
    assert (done.returncode, words in done.stderr, done.stderr.count("\n")) == (2, True, 1)


def test_a_link_is_not_followed_and_not_replaced(tmp_path):
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text("old", encoding="utf-8")
    (tmp_path / "report").symlink_to(tmp_path / "target")
    with pytest.raises(
        ValueError,
        match=f"is a link, so it is not replaced. Name the folder it leads to, "
        f"{tmp_path / 'target'}",
    ):
        publish_report(Request(out=tmp_path / "report"))
    assert (tmp_path / "report").is_symlink()
    assert (tmp_path / "target" / "manifest.json").read_text(encoding="utf-8") == "old"


def test_a_home_that_cannot_be_used_is_no_obstacle(workshop):
    shop = workshop(
        {"01-good": ("import analysis as an", "report = an.Report('01-good', edition)", VERDICT)}
    )
    assert shop.run(env=os.environ | {"HOME": "/dev/null"}) == (0, "")


def test_too_few_open_files_are_refused_before_any_cell_runs(workshop):
    code, message = workshop({"01-good": GOOD}).run(
        before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    )
    assert (code, message) == (
        4,
        "only 64 files may be open at once, and a run needs 256. Allow more with: ulimit -n 256",
    )


def test_the_next_run_after_a_fault_just_works(workshop):
    shop = workshop(
        {
            "01-good": (
                "import analysis as an",
                "report = an.Report('01-good', edition)\n1 / 0",
                VERDICT,
            )
        }
    )
    assert shop.run()[0] == 1
    path = shop.folder / "notebooks" / "01-good.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("1 / 0", "1 / 1"), encoding="utf-8")
    assert shop.run() == (0, "")


def test_no_exit_code_stands_for_two_things():
    from analysis.publish.cli import EXIT

    assert sorted(set(EXIT.values())) == [1, 2, 3, 4, 75, 124]
    assert (
        SimpleNamespace(**{kind.__name__: code for kind, code in EXIT.items()}).OverdueError == 124
    )
