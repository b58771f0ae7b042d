"""What several test files share: notebooks written on the spot, one published report, and the
command without a process of its own.
"""

import os

# before numpy is loaded: threads for matrices this small wait for each other, which cost five times
# as much as the computing; notebooks have one, too
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import contextlib
import gc
import importlib.util
import io
import json
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, configuration, settings

import analysis.publish  # noqa: F401 (before nbformat: see there)
from analysis import paths
from analysis.moments import own

# the same examples everywhere, so that a run that passed passes again; a slow machine is no failure
settings.register_profile(
    "fixed",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fixed")
configuration.set_hypothesis_home_dir(paths.ROOT / ".cache" / "hypothesis")

SPEC = importlib.util.spec_from_file_location("faults", paths.ROOT / "benchmarks" / "faults.py")
faults = sys.modules["faults"] = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(faults)


@pytest.fixture(autouse=True)
def _no_own_data_in_use():
    """Let what one test read of its own not be said in the captions of the next."""
    yield
    own.IN_USE.clear()


def pytest_configure(config):
    """Overlook that nbclient leaves the event loop of a thread open: the command ends soon after, a
    test session does not.
    """
    config.addinivalue_line("filterwarnings", "ignore:unclosed event loop:ResourceWarning")
    config.addinivalue_line(
        "filterwarnings",
        r"ignore:unclosed <socket\.socket fd=\d+, family=1, type=1,:ResourceWarning",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """One worker more than cores: some tests wait for a browser or for a process that hangs."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else None


LONG = (
    *("_in_a_browser", "_faults", "_run", "_bundle"),
    *("_joint", "_line", "_sensitivity", "_severity", "_sweep", "_tables"),
)
"""Ends of the names of files that take longest, some of them waiting, and of those that take twenty
seconds and stand late in the alphabet. They come first, so that no worker is left with one alone.
"""


def pytest_collection_modifyitems(items):
    """Put long files first and leave all else in its order."""
    items.sort(key=lambda item: not item.path.stem.endswith(LONG))


@pytest.fixture(scope="session", autouse=True)
def results(tmp_path_factory):
    """Nothing that earlier sessions or a user's own runs have kept is taken for a result."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "RESULTS", tmp_path_factory.mktemp("results"))
        yield


@pytest.fixture(scope="session", autouse=True)
def swept():
    """Let go of those event loops while they are still overlooked."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def notebook():
    """The function that writes a notebook."""
    return faults.write_notebook


@pytest.fixture
def workshop(tmp_path):
    """A folder with notebooks, and the command that makes their report."""

    def open_with(notebooks=faults.NOTEBOOKS, **folders):
        return faults.Workshop(tmp_path, notebooks, **folders)

    return open_with


@pytest.fixture(scope="session")
def given():
    """Parameters of the published report; the first goes to one of its notebooks, the second to
    both.
    """
    return {"confidence": "0.9", "edition": "2026-11"}


@pytest.fixture(scope="session")
def published(tmp_path_factory, given, worker_id):
    """Notebooks 01 and 12 as they are published, made once a session: whichever process needs them
    first makes them, the others wait for it and take over what it has kept. Nobody writes there.
    """
    from analysis.publish.report import Request, publish_report

    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    with FileLock(shared / "published.lock"):
        out, kept = shared / "published" / "report", shared / "published" / "kept"
        if out.is_dir():
            shutil.copytree(kept, paths.RESULTS, dirs_exist_ok=True)
        else:
            publish_report(Request(("01", "12"), given, out=out))
            shutil.copytree(paths.RESULTS, kept)
    return out


class Ended(NamedTuple):
    """How a command ended, as `subprocess.run` describes it."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(monkeypatch):
    """The command as a function of its arguments. It runs in this process, which has imported
    everything already; `tests/test_cli.py` shows that a process of its own ends in the same way.
    """
    from analysis.publish.cli import run

    # What a shell has set must not decide how a message is wrapped or coloured.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def run_here(*arguments):
        monkeypatch.setattr(sys, "argv", ["micro-macro", *map(str, arguments)])
        code, out, err = 0, io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                run()
            except SystemExit as end:
                code = end.code
        return Ended(code, out.getvalue(), err.getvalue())

    return run_here


@pytest.fixture
def made(command, monkeypatch):
    """Make a report of a workshop in this process: exit code and lines, without the progress
    bar.
    """

    def make(shop, *options):
        for name, place in json.loads(shop.places).items():
            monkeypatch.setattr(paths, name, Path(place))
        done = command("report", "--out", shop.out, *options)
        return done.returncode, faults.sentences(done.stderr)

    return make


@pytest.fixture(scope="module")
def browser():
    """A browser that reaches no other host; where there is none, its tests are skipped and say
    so.
    """
    api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed, so no page is opened"
    )
    found = next(
        (
            path
            for name in ("chromium", "chromium-browser", "google-chrome")
            if (path := shutil.which(name))
        ),
        None,
    )
    if found is None:
        pytest.skip("there is no Chromium on this machine, so no page is opened")
    with api.sync_playwright() as started:
        alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        opened = started.chromium.launch(executable_path=found, args=["--no-sandbox", alone])
        yield opened
        opened.close()
