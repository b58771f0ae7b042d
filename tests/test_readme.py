"""The README is short, and what it shows is what happens."""

import contextlib
import io
import re
import shlex
import subprocess
import sys

import pytest

import analysis as an
from analysis import paths
from tests.test_documents import README, blocks

MEASURED = re.compile(
    r"accounts with ([\d,]+) to ([\d,]+) followers get (\d+) % more engagement per follower than "
    r"accounts with ([\d,]+) to ([\d,]+): less than 60 %. Drawn at 100,000 followers .* is (\d+) %"
)


@pytest.fixture(scope="module")
def kim():
    return an.load("instagram-kim").sample("engagement")


def test_the_readme_is_at_most_eight_kilobytes_and_shows_two_pictures():
    assert len(README.encode()) <= 8 * 1024
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 2
    assert all((paths.ROOT / picture).stat().st_size > 10_000 for picture in pictures)


@pytest.mark.parametrize("number", range(len(blocks(README, "python"))))
def test_the_lines_of_python_run_as_written_and_print_what_is_shown(number, tmp_path, monkeypatch):
    code, printed = blocks(README, "python")[number], io.StringIO()
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue() in blocks(README, "text")


def test_the_headline_numbers_are_what_the_data_give(kim):
    match = MEASURED.search(" ".join(README.split()))
    low, high, more, above, top, drawn = (int(text.replace(",", "")) for text in match.groups())
    tiers = kim.tier("harvard-media")
    micro, macro = (one for one in tiers.scheme.tiers if one.name in ("micro", "macro"))
    assert (low, high, above, top) == (micro.lower, micro.upper, macro.lower, macro.upper)
    assert more == round(100 * (tiers.contrast("micro", "macro").estimate - 1))
    assert drawn == round(100 * (kim.tier("decades").contrast("micro", "macro").estimate - 1))


def test_no_open_source_holds_conversions():
    assert not [key for key, one in an.load_all("open").items() if "conversion_rate" in one.metrics]


def test_plain_papermill_runs_a_notebook_with_a_parameter(tmp_path):
    (line,) = [line for block in blocks(README, "bash") for line in block.splitlines()
               if line.startswith("papermill ")]  # fmt: skip
    program, source, _, *options = shlex.split(line)
    out = tmp_path / "out.ipynb"
    command = [sys.executable, "-m", program, source, str(out), *options, "--no-progress-bar"]
    stage = {"MICRO_MACRO_STAGE": str(tmp_path / "stage")}
    own = _environment(stage)
    subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True, env=own)
    assert '"median account"' in out.read_text(encoding="utf-8").replace("\\", "")


def _environment(more):
    import os

    return os.environ | more
