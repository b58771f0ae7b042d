"""What is registered after an edition was frozen adds to a report and moves nothing in it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from analysis import paths
from analysis.estimate import multiverse
from analysis.moments.load import SUMS, load_all
from analysis.present.report import STAGE
from analysis.publish.edition import compare
from analysis.registers.lookup import schemes

SCHEME = """
[somebody]
title = "Somebody's tiers"
short = "Somebody"
cite = "Somebody (2030). Tiers."
url = "https://example.org/tiers"
year = 2030
platforms = ["instagram", "tiktok", "youtube"]
tiers = [
  { name = "micro", lower = 10_000, upper = 50_000 },
  { name = "macro", lower = 100_000, upper = 500_000 },
]
"""

METRIC = 'Metric("shares_per_follower", "shares / followers", ("shares",), "followers"),'


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project in another folder, with a scheme and a metric more.

    No data are at hand to count shares again, so the new metric has the sums of another.
    """
    copy = tmp_path_factory.mktemp("copy")
    for name in ("analysis", "data", "notebooks"):
        shutil.copytree(paths.ROOT / name, copy / name)
    with (copy / "data" / "tiers.toml").open("a", encoding="utf-8") as file:
        file.write(SCHEME)
    metrics = copy / "analysis" / "registers" / "metrics.py"
    text = metrics.read_text(encoding="utf-8")
    metrics.write_text(text.replace("_ALL = (", f"_ALL = (\n    {METRIC}"), encoding="utf-8")
    cells = copy / "data" / "cells"
    for path in cells.glob("tiktok-*.csv"):
        text = path.read_text(encoding="utf-8")
        rows = re.findall(r"^interactions_per_follower,.*\n", text, re.MULTILINE)
        new = [row.replace("interactions", "shares", 1) for row in rows]
        path.write_text(text + "".join(new), encoding="utf-8")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(cells.iterdir())
        if path.name != SUMS
    ]
    (cells / SUMS).write_text("".join(sums), encoding="utf-8")
    return copy


RUN = """
import json
import analysis as an
an.Report.figure = lambda *_, **__: None
names = {}
with open("notebooks/10-specification-curve.ipynb", encoding="utf-8") as file:
    cells = json.load(file)["cells"]
for cell in cells:
    if cell["cell_type"] == "code":
        exec("".join(cell["source"]), names)
        names["draws"] = 20
"""
"""The multiverse without its pictures, which have most of its time. Joint intervals are in none of
its numbers, so few draws do.
"""


def test_a_new_scheme_and_metric_are_listed_and_move_no_number_of_the_edition(copy, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(copy), STAGE: str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", RUN], cwd=copy, env=environment, stdout=subprocess.PIPE, check=True
    )
    record = tmp_path / "records" / "10-specification-curve.json"
    now, then = tmp_path / "now", tmp_path / "then"
    write(now, json.loads(record.read_text(encoding="utf-8"))["numbers"])
    edition = max(paths.REPORTS.glob("20*-*"))
    numbers = json.loads((edition / "numbers.json").read_text(encoding="utf-8"))
    own = {key: value for key, value in numbers.items() if key.startswith("10.")}
    write(then, own)

    comparison = compare(now, then)
    expected = sorted([*since_the_edition(), "metric shares_per_follower", "scheme somebody"])

    assert comparison.agreed == len(own) > 10
    assert [line.split(":")[0] for line in comparison.added] == [
        f"number 10.added.{name.replace(' ', '.')}" for name in expected
    ]
    listed = r"Registered since, for the next edition to take in: ([^.]*)\."
    (names,) = re.findall(listed, ran.stdout.decode())
    assert sorted(re.split(", | and ", names)) == expected


def since_the_edition():
    """What this checkout has registered since, without the copy's additions."""
    fixed = multiverse.fixed_grid("open", "draft")
    options = fixed.added(load_all("open").values(), schemes().values()).options
    return [f"{axis} {option}" for axis, option in options[["axis", "option"]].to_numpy()]


def write(folder, numbers):
    """Write what is compared of a report; the multiverse has no verdicts of its own."""
    folder.mkdir()
    (folder / "numbers.json").write_text(json.dumps(numbers), encoding="utf-8")
    (folder / "verdicts.csv").write_text("outcome\n", encoding="utf-8")
