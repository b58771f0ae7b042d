"""A report is published whole or not at all, by one run at a time, and equal runs publish equal
bytes.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import nbformat
import pytest
from faults import Workshop, contents, write_notebook

from analysis import paths
from analysis.publish.report import LockedError, publish_report
from analysis.publish.run import atomic
from analysis.publish.run.atomic import replace_folder, restore
from analysis.publish.run.parameters import ParameterError, choose
from analysis.publish.run.request import Request

PATIENCE = 60
"""Seconds to wait for what takes a few."""

OPENING = "import ctypes, os, signal, subprocess, sys, time\nimport analysis as an"
CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(900)'])"
VERDICT = "report.verdicts(an.judge(an.claim('A09'), []))\nreport.close()"
DIES = "code cell 4: the kernel died. Out of memory is the usual reason."
GOOD = ("import analysis as an", "an.Report('17-good', edition).close()")
CELLS = {
    "01-raises": ("1 / 0", "code cell 4 ('1 / 0'): ZeroDivisionError: division by zero"),
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
        "print(*('a line %d' % line for line in range(200_000)), sep='\\n')",
        "printed 2,688,890 characters; at most 1,000,000 are allowed.",
    ),
    "16-forgets": (
        "report = an.Report('16-forgets', edition)\nif edition == 'never':\n    "
        "report.figure('F16a', None, None, None, '')\nreport.close()",
        "ran, but figures are missing: F16a. Expected: F16a.",
    ),
}
WAITING = (
    "import pathlib, time\nimport analysis as an",
    "report = an.Report('01-waits', edition)\nreport.verdicts(an.judge(an.claim('A09'), []))",
    "while not pathlib.Path(until).exists():\n    time.sleep(0.05)",
    "report.close()",
)


def beside(out):
    """What lies beside a report, its lock and itself not counted."""
    return sorted(
        path.name
        for path in out.parent.iterdir()
        if path.name not in (out.name, f".{out.name}.lock")
    )


def wait_for(condition, what):
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE} seconds"
        time.sleep(0.02)


def a_report(folder, text="old"):
    """A folder that counts as a report."""
    folder.mkdir()
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def failed(tmp_path_factory, published):
    """A run over an older report in which every notebook but one fails, each in its own way:
    workshop, exit code, lines.
    """
    cells = {name: (OPENING, cell) for name, (cell, _) in CELLS.items()}
    shop = Workshop(tmp_path_factory.mktemp("failed"), cells | {"17-good": GOOD})
    shutil.copytree(published, shop.out)
    return shop, *shop.run()


def test_every_way_to_fail_within_a_notebook_is_named_once_and_no_other(failed):
    _, code, message = failed
    *lines, last = message.splitlines()
    assert code == 1
    assert [line.split(",")[0].split(" ")[0].rstrip(":") for line in lines] == list(CELLS)
    assert [
        line for line, (_, words) in zip(lines, CELLS.values(), strict=True) if words not in line
    ] == []
    unfinished = "The unfinished notebooks are in reports/failed/"
    assert last == f"{unfinished}; what was published before is unchanged."


def test_a_failed_run_leaves_the_older_report_byte_for_byte_and_nothing_else(failed, published):
    shop, *_ = failed
    before = contents(published)
    assert len(before) > 10
    assert (contents(shop.out), shop.left_behind(), shop.processes_after(1)) == (before, [], 0)


def test_what_a_failed_notebook_came_to_is_kept_apart(failed):
    shop, *_ = failed
    kept = shop.folder / "reports" / "failed"
    assert sorted(path.stem for path in kept.iterdir()) == list(CELLS)
    cells = nbformat.read(kept / "01-raises.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert any(output.output_type == "error" for output in outputs)


def test_the_next_run_after_every_fault_just_works(failed, made):
    shop, *_ = failed
    before = contents(shop.out)
    for path in (shop.folder / "notebooks").iterdir():
        path.unlink()
    start = "report = an.Report('01-good', edition)"
    write_notebook(shop.folder / "notebooks", "01-good", "import analysis as an", start, VERDICT)
    assert made(shop) == (0, "")
    assert contents(shop.out) != before


@pytest.fixture(scope="module")
def contested(tmp_path_factory, notebook):
    """Two runs to one folder at the same time, where a killed run had left its staging and an older
    report stands.
    """
    folder = tmp_path_factory.mktemp("contested")
    parameters = (
        'until: str = ""  # the file to wait for\nedition: str = "draft"  # what the '
        "figures are cited under"
    )
    notebook(folder / "notebooks", "01-waits", *WAITING, parameters=parameters)
    out = a_report(folder / "report")
    (folder / ".making-report-killed" / "figures").mkdir(parents=True)
    (folder / ".making-other-alive").mkdir()
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:
        patch.setattr(paths, "NOTEBOOKS", folder / "notebooks")
        patch.setattr(paths, "REPORTS", folder / "reports")
        first = pool.submit(publish_report, Request((), {"until": str(folder / "go")}, out=out))
        try:
            wait_for(
                lambda: first.done() or list(folder.glob(".making-report-*/parts/*/notebooks")),
                "the start of the first run",
            )
            started = time.monotonic()
            with pytest.raises(LockedError) as error:
                publish_report(Request(out=out))
            seconds = time.monotonic() - started
            meanwhile = (out / "manifest.json").read_text(encoding="utf-8")
        finally:
            (folder / "go").touch()
    return SimpleNamespace(
        first=first, message=str(error.value), seconds=seconds, meanwhile=meanwhile, out=out
    )


def test_of_two_runs_to_one_folder_the_second_ends_at_once(contested):
    assert contested.message.startswith(f"another run is publishing to {contested.out}.")
    assert contested.seconds < 2


def test_of_two_runs_to_one_folder_the_first_publishes(contested):
    assert contested.first.result() == contested.out
    assert list(
        json.loads((contested.out / "manifest.json").read_text(encoding="utf-8"))["notebooks"]
    ) == ["01-waits"]


def test_the_older_report_stands_until_the_newer_is_whole(contested):
    assert contested.meanwhile == "old"


def test_the_staging_of_a_killed_run_is_swept_and_no_other(contested):
    assert [name for name in beside(contested.out) if name.startswith(".making")] == [
        ".making-other-alive"
    ]


@pytest.fixture(scope="module")
def again(tmp_path_factory, given):
    """The published report once more, by the command, from another folder and home, in another zone
    and hash seed.
    """
    folder = tmp_path_factory.mktemp("again")
    environment = os.environ | {
        "TZ": "Asia/Tokyo",
        "PYTHONHASHSEED": "7",
        "HOME": str(folder),
        "COLUMNS": "200",
    }
    values = [part for name, value in given.items() for part in ("-p", f"{name}={value}")]
    command = [
        sys.executable,
        "-m",
        "analysis",
        "report",
        "--only",
        "01-who-is-micro",
        "--only",
        "12",
        *values,
        "--fresh",
        "--out",
        "deep/report",
    ]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    return done, folder / "deep" / "report"


def test_the_command_names_the_folder_it_published(again):
    done, out = again
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Published: {out / 'index.html'}\n"
    assert beside(out) == []


def test_two_runs_publish_the_same_bytes(published, again):
    first, second = contents(published), contents(again[1])
    assert first.keys() == second.keys()
    assert [file for file in first if first[file] != second[file]] == []


def test_values_given_and_defaults_are_in_the_manifest(published):
    message = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    assert message["edition"] == "2026-11"
    assert {name: entry["parameters"] for name, entry in message["notebooks"].items()} == {
        "01-who-is-micro": {
            "source": "open",
            "tier_scheme": "mediakix-instagram",
            "edition": "2026-11",
        },
        "12-scorecard": {"source": "open", "confidence": 0.9, "edition": "2026-11"},
    }


def test_values_given_reach_the_notebook_and_what_it_shows(published):
    executed = nbformat.read(published / "notebooks" / "12-scorecard.ipynb", as_version=4)
    (injected,) = [
        cell.source
        for cell in executed.cells
        if "injected-parameters" in cell.metadata.get("tags", [])
    ]
    assert re.search(r"^confidence = 0\.9$", injected, re.MULTILINE)
    assert "edition 2026-11." in json.dumps(executed.cells[-1].outputs, ensure_ascii=False)


def test_a_published_folder_can_be_read_by_others(published):
    assert published.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("only", "names"),
    [((), ["01-a", "03-b", "12-c"]), (("03",), ["03-b"]), (("12-c", "01"), ["01-a", "12-c"])],
)
def test_notebooks_are_chosen_by_name_or_number_and_the_interactive_one_never(
    tmp_path, monkeypatch, only, names
):
    for name in ("12-c", "00-explore", "03-b", "01-a", "draft"):
        (tmp_path / f"{name}.ipynb").touch()
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    assert [path.stem for path in choose(only)] == names
    with pytest.raises(ParameterError, match=r"^notebook '00-explore' does not exist\."):
        choose(("00-explore",))


def test_a_request_that_cannot_be_met_keeps_no_data_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "OWN", tmp_path / "own")
    (tmp_path / "posts.csv").write_text(
        "account_id,platform,followers,likes\na,instagram,1000,3\n", encoding="utf-8"
    )
    with pytest.raises(ParameterError, match="confidnce"):
        publish_report(
            Request(
                parameters={"confidnce": "1"},
                data=tmp_path / "posts.csv",
                name="acme",
                out=tmp_path / "report",
            )
        )
    assert not (tmp_path / "own" / "acme").exists()


@pytest.fixture(params=["exchanged", "aside"])
def either_way(request, monkeypatch):
    """Folders are replaced as the system does it, and as where it cannot exchange two in one
    step.
    """
    if request.param == "aside":
        monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)


def test_a_folder_is_put_where_none_was(tmp_path, either_way):
    replace_folder(a_report(tmp_path / "new", "new"), tmp_path / "report")
    assert {path.name: path.read_text() for path in tmp_path.rglob("*.json")} == {
        "manifest.json": "new"
    }
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_takes_the_place_of_another_which_is_removed(tmp_path, either_way):
    old = a_report(tmp_path / "report")
    (old / "only-in-the-old").touch()
    replace_folder(a_report(tmp_path / "new", "new"), old)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert [(path.name, path.read_text()) for path in old.iterdir()] == [("manifest.json", "new")]


def test_the_older_folder_stays_if_the_newer_cannot_take_its_place(tmp_path, either_way):
    old = a_report(tmp_path / "report")
    with pytest.raises(OSError, match="new"):
        replace_folder(tmp_path / "new-but-gone", old)
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert (old / "manifest.json").read_text() == "old"


def test_a_report_laid_aside_by_a_killed_run_is_put_back_if_nothing_took_its_place(tmp_path):
    a_report(tmp_path / ".report-old")
    restore(tmp_path / "report")
    assert (tmp_path / "report" / "manifest.json").read_text() == "old"
    a_report(tmp_path / ".report-old", "older")
    restore(tmp_path / "report")
    assert (tmp_path / "report" / "manifest.json").read_text() == "old"


def test_what_a_run_left_that_was_killed_while_replacing_is_no_obstacle(tmp_path, either_way):
    a_report(tmp_path / ".report-old", "older")
    old = a_report(tmp_path / "report")
    replace_folder(a_report(tmp_path / "new", "new"), old)
    assert (old / "manifest.json").read_text() == "new"
    assert not (tmp_path / "new").exists()


def test_a_reader_always_finds_one_of_the_two(tmp_path):
    out = a_report(tmp_path / "report")
    if not atomic._exchange(a_report(tmp_path / "probe"), out):
        pytest.skip("this system cannot exchange two folders in one step")
    stop, looks, misses = threading.Event(), [], []

    def look():
        while not stop.is_set():
            (looks if (out / "manifest.json").is_file() else misses).append(1)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(300):
        replace_folder(a_report(tmp_path / f"new-{number}"), out)
    stop.set()
    reader.join()
    assert misses == []
    assert len(looks) > 100
