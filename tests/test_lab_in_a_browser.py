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
  .map((widget) => widget.innerText)
  .some((text) => text.includes('micro / macro') && text.trim() !== before.trim())"""


FOLDERS = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


def environment(folder):
    """Folders of its own for the server, and drafts that stay in it."""
    own = {name: str(folder / name.lower()) for name in FOLDERS}
    drafts = str(folder / "drafts")
    matplotlib = str(paths.CACHE / "matplotlib")
    return os.environ | own | {"MICRO_MACRO_STAGE": drafts, "MPLCONFIGDIR": matplotlib}


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
            command, env=environment(folder), stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for_server(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}", token
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


@pytest.fixture
def opened(lab, browser):
    """A function that opens a notebook and waits for its kernel; nothing may be requested from
    another host.
    """
    address, token = lab
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page, requested = context.new_page(), []
    page.set_default_timeout(SECONDS * 1000)
    page.on("request", lambda request: requested.append(request.url))

    def open_notebook(notebook):
        page.goto(f"{address}/lab/tree/notebooks/{notebook}.ipynb?token={token}&reset")
        # the sign beside the kernel's name shows idle seconds too early, and what is run then is
        # silently lost
        page.get_by_text("| Idle").first.wait_for()
        return page

    yield open_notebook
    context.close()
    hosts = {urlsplit(address).hostname for address in requested}
    assert hosts - {None} == {"127.0.0.1"}  # addresses of data have no host


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
    """Widths of the figures in the page [pixels]."""
    images = page.locator(".jp-Notebook figure img")
    return images.evaluate_all("(images) => images.map((image) => image.naturalWidth)")


def test_a_notebook_runs_and_follows_a_changed_parameter(opened):
    page = opened("02-engagement")

    run_all(page)
    page.get_by_text("Recorded:").wait_for()
    source = (paths.NOTEBOOKS / "02-engagement.ipynb").read_text(encoding="utf-8")
    assert len(widths(page)) == source.count("report.figure(") and min(widths(page)) > 0
    caption = page.locator("#F02a figcaption")
    text = caption.inner_text()
    assert text.startswith("F02a. On Instagram, ")
    errors = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']"
    assert page.locator(errors).count() == 0

    cell = page.locator(".jp-CodeCell", has_text=re.compile("tier_scheme: str")).first
    code = cell.locator(".cm-content")
    changed = code.inner_text().replace('"typical account"', '"median account"')
    code.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(changed)
    run_all(page)
    page.get_by_text("Recorded:").wait_for()
    assert page.locator(errors).count() == 0


def test_the_explorer_follows_a_slider(opened):
    page = opened("00-explore")

    run_all(page)
    inside = ".jp-OutputArea "
    content = f"{inside}.widget-html-content, {inside}.jupyter-widgets.widget-html"
    answer = page.locator(content).last
    answer.get_by_text("micro / macro").wait_for()
    before = answer.inner_text()
    handle = page.locator(".widget-hslider .noUi-handle").first
    handle.focus()
    handle.press("ArrowRight")
    page.wait_for_function(CHANGED, arg=before)
    assert "micro / macro" in answer.inner_text()
    picture = page.locator(".jupyter-widgets.widget-image")
    assert picture.evaluate("(image) => image.naturalWidth") > 0
