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
from types import SimpleNamespace

import faults
import pytest
from faults import contents, shoot

from analysis import paths
from analysis.publish import report
from analysis.publish.report import publish_report
from analysis.publish.run.environment import MachineError
from analysis.publish.run.request import Request
from analysis.publish.site import build

GOOD = ("import analysis as an", "an.Report('00-name', edition).close()")
OPENING = "import ctypes, os, signal, subprocess, sys, time\nimport analysis as an"
CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(900)'])"
VERDICT = "report.verdicts(an.judge(an.claim('A09'), []))\nreport.close()"


def stand(shop):
    """Let an older report stand; its files."""
    shop.out.mkdir(parents=True)
    (shop.out / "manifest.json").write_text('{"old": true}', encoding="utf-8")
    return contents(shop.out)


HANGS = {
    "01-sleeps": "time.sleep(600)",
    "02-never-leaves-C": "sum(range(10**13))",
    "03-is-stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
}


def test_cells_that_hang_are_ended_and_have_an_exit_code_of_their_own(workshop, made):
    shop = workshop({name: ("import os, signal, time", cell) for name, cell in HANGS.items()})
    before, started = stand(shop), time.monotonic()
    code, message = made(shop, "--limit", "2", "--jobs", "3")
    assert code == 124, message
    assert message.splitlines()[:-1] == [
        f"{name}, code cell 4: ran longer than 2 seconds." for name in HANGS
    ]
    assert time.monotonic() - started < 60
    assert (contents(shop.out), shop.left_behind(), shop.processes_after(1)) == (before, [], 0)


def test_a_run_that_is_stopped_at_any_moment_leaves_one_whole_report_and_nothing_else(tmp_path):
    seen = shoot(3, seed=1, folder=tmp_path)  # one of each signal; benchmarks.faults takes 200
    assert seen.faults == []
    assert seen.polls > 500
    assert (seen.torn, seen.orphans_soon, seen.orphans_late, seen.swept) == (0, 0, 0, 0)


def test_a_hangup_is_a_signal_like_any_other(workshop, tmp_path):
    begun = tmp_path / "begun"
    shop = workshop(
        {"01-waits": (OPENING, f"{CHILD}\nopen({str(begun)!r}, 'w').close()\ntime.sleep(600)")}
    )
    before = stand(shop)
    running = shop.start()
    wait_for(begun.exists)
    running.send_signal(signal.SIGHUP)
    assert running.wait(60) == 128 + signal.SIGHUP
    assert shop.sentences() == "stopped by SIGHUP; what was published before is unchanged."
    assert (contents(shop.out), shop.left_behind(), shop.processes_after(1)) == (before, [], 0)


def wait_for(condition):
    """Wait until a condition holds."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


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


def test_a_disk_that_fills_up_while_a_cell_writes_leaves_the_report(workshop, made):
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
        code, message = made(shop)
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
    workshop, refused, options, words
):
    shop = workshop({"01-good": GOOD})
    with mounted(shop.out.parent, options):
        code, message = refused(shop)
        assert (code, message.count("\n"), words in message) == (4, 0, True), message


WINDOW = 3
"""Seconds of computing for a refusal on a busy machine, of which an idle one takes a tenth; the
processes that run a notebook take more.
"""


@pytest.fixture
def refused(command, made, monkeypatch):
    """Make a report of a workshop that must be refused soon: exit code and lines."""

    def refuse(shop):
        monkeypatch.setattr(report, "_make", lambda *_: pytest.fail("the run had begun"))
        before = seconds()
        answer = made(shop)
        assert seconds() - before < WINDOW
        assert not shop.out.exists()
        return answer

    return refuse


def seconds():
    """What this process and its children have computed."""
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(used.ru_utime + used.ru_stime for used in each)


@pytest.mark.parametrize("where", ["build", "_manifest", "_site"])
def test_a_disk_that_fills_up_while_pages_are_written_leaves_the_report(
    tmp_path, notebook, monkeypatch, published, where
):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = shutil.copytree(published, tmp_path / "out" / "report")
    monkeypatch.setattr(
        build, "made_from", lambda *_: {"another report": str(tmp_path)}
    )  # none that is kept is this one
    monkeypatch.setattr(build, where, full)
    with pytest.raises(MachineError, match=r"No space left on device\. What was published before"):
        publish_report(Request(("01", "12"), {"confidence": "0.9", "edition": "2026-11"}, out=out))
    assert contents(out) == contents(published)
    assert sorted(path.name for path in out.parent.iterdir()) in (
        ["report"],
        [".report.lock", "report"],
    )


@pytest.fixture(scope="module")
def several(tmp_path_factory):
    """Three runs at once, where HOME cannot be used; how each ended, the one that publishes
    first.
    """
    folder = tmp_path_factory.mktemp("several")
    waits = f"while not os.path.exists({str(folder / 'go')!r}): time.sleep(0.05)"
    cells = (OPENING, f"{waits}\nreport = an.Report('01-good', edition)", VERDICT)
    shops = [faults.Workshop(folder, {"01-good": cells}) for _ in range(3)]
    for number, shop in enumerate(shops):
        shop.errors = folder / f"errors-{number}"
    runs = [shop.start(env=os.environ | {"HOME": "/dev/null"}) for shop in shops]
    try:
        wait_for(lambda: sum(run.poll() is not None for run in runs) >= 2)
    finally:
        (folder / "go").touch()
    ended = [(run.wait(120), shop.sentences()) for run, shop in zip(runs, shops, strict=True)]
    return sorted(ended), shops[0].out


def test_of_several_runs_at_once_one_publishes_and_the_others_are_refused(several):
    ended, out = several
    assert [code for code, _ in ended] == [0, 75, 75]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["notebooks"].keys() == {"01-good"}


def test_a_home_that_cannot_be_used_is_no_obstacle(several):
    assert several[0][0] == (0, "")


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


def test_a_kernel_that_does_not_exist_is_refused_before_any_cell_runs(workshop, notebook, refused):
    shop = workshop({})
    notebook(shop.folder / "notebooks", "01-elsewhere", "1", kernel="fortran")
    assert refused(shop) == (
        4,
        "01-elsewhere: there is no Jupyter kernel named 'fortran' here; notebooks use 'python3'.",
    )


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


def test_too_few_open_files_are_refused_before_any_cell_runs(workshop, refused):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        answer = refused(workshop({"01-good": GOOD}))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert answer == (
        4,
        "only 200 files may be open at once, and a run needs 256. Allow more with: ulimit -n 256",
    )


def test_no_exit_code_stands_for_two_things():
    from analysis.publish.cli import EXIT

    assert sorted(set(EXIT.values())) == [1, 2, 3, 4, 75, 124]
    assert (
        SimpleNamespace(**{kind.__name__: code for kind, code in EXIT.items()}).OverdueError == 124
    )
