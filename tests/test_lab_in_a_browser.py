"""JupyterLab as a reader meets it: a notebook runs, shows its figures and follows a parameter; the
explorer follows a slider.
"""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from analysis import paths

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed, so JupyterLab is not opened"
)
SECONDS = 180
"""A busy machine needs a minute to start a kernel and import everything."""

SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
"""Figures are in the page even if they are out of sight."""

CHANGED = """(before) => [...document.querySelectorAll('.widget-html')]
  .some((one) => one.innerText.includes('micro / macro') && one.innerText.trim() !== before.trim())"""


def surroundings(folder):
    """Folders of its own for the server, and drafts that stay in it."""
    own = {
        name: str(folder / name.lower())
        for name in (
            "HOME",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "IPYTHONDIR",
        )
    }
    drafts = {
        "MICRO_MACRO_STAGE": str(folder / "drafts"),
        "MPLCONFIGDIR": str(paths.CACHE / "matplotlib"),
    }
    return os.environ | own | drafts


def wait_for_server(address, server):
    started = time.monotonic()
    while time.monotonic() - started < SECONDS:
        assert server.poll() is None, "JupyterLab ended before it had begun"
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("JupyterLab did not answer")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of JupyterLab on copies of the notebooks, and its token."""
    folder, token = tmp_path_factory.mktemp("lab"), secrets.token_hex(16)
    shutil.copytree(paths.NOTEBOOKS, folder / "notebooks")
    (folder / "settings").mkdir()
    ours = json.loads((paths.NOTEBOOKS / ".jupyter" / "overrides.json").read_text(encoding="utf-8"))
    (folder / "settings" / "overrides.json").write_text(
        json.dumps(ours | SETTINGS), encoding="utf-8"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
        "--ServerApp.port_retries=0",
    ]
    options += ["--no-browser", "--allow-root", f"--LabApp.app_settings_dir={folder / 'settings'}"]
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(
            command, env=surroundings(folder), stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for_server(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}", token
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


@pytest.fixture
def opened(lab, browser):
    """A function that opens a notebook and waits for its kernel; no other host may be asked for
    anything.
    """
    address, token = lab
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page, foreign = context.new_page(), []
    page.set_default_timeout(SECONDS * 1000)
    page.on(
        "request",
        lambda request: (
            foreign.append(request.url)
            if urlsplit(request.url).hostname not in ("127.0.0.1", None)
            else None
        ),
    )

    def go(notebook):
        page.goto(f"{address}/lab/tree/notebooks/{notebook}.ipynb?token={token}&reset")
        # the sign beside the kernel's name says idle seconds too early, and what is run then is
        # lost without a word
        page.get_by_text("| Idle").first.wait_for()
        return page

    yield go
    context.close()
    assert foreign == []


def test_the_start_page_is_shown_as_a_page(lab, browser):
    address, token = lab
    page = browser.new_page()
    page.goto(f"{address}/lab/tree/notebooks/README.md?token={token}&reset")
    page.locator(".jp-RenderedMarkdown h1", has_text="Start here").wait_for(timeout=SECONDS * 1000)
    page.close()


def run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()


def widths(page):
    """Widths of the figures that are there [pixels]."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.jp-Notebook figure img')].map((one) => one.naturalWidth)"
    )


def test_a_notebook_runs_and_follows_a_changed_parameter(opened):
    page = opened("02-engagement")

    run_all(page)
    page.get_by_text("Recorded:").wait_for()
    assert len(widths(page)) == 3 and min(widths(page)) > 0
    assert (
        page.locator("#F02a figcaption")
        .inner_text()
        .startswith("F02a. Micro over macro, typical account:")
    )
    assert (
        page.locator(
            ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
        ).count()
        == 0
    )

    cell = page.locator(".jp-CodeCell", has_text=re.compile("tier_scheme: str")).first
    changed = (
        cell.locator(".cm-content").inner_text().replace('"typical account"', '"median account"')
    )
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(changed)
    run_all(page)
    page.locator("#F02a figcaption", has_text="Micro over macro, median account:").wait_for()


def test_the_explorer_follows_a_slider(opened):
    page = opened("00-explore")

    run_all(page)
    told = page.locator(
        ".jp-OutputArea .widget-html-content, .jp-OutputArea .jupyter-widgets.widget-html"
    ).last
    told.get_by_text("micro / macro").wait_for()
    before = told.inner_text()
    handle = page.locator(".widget-hslider .noUi-handle").first
    handle.focus()
    handle.press("ArrowRight")
    page.wait_for_function(CHANGED, arg=before)
    assert "micro / macro" in told.inner_text()
    assert page.locator(".jupyter-widgets.widget-image").evaluate("(one) => one.naturalWidth") > 0
