"""A user's own file gives the same report as the open sources, and nothing it cannot know."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.judging import judge_test
from analysis.moments.own import read_own
from analysis.publish.report import publish_report
from analysis.publish.run.request import Request
from analysis.registers.lookup import claim, scheme
from analysis.simulate import worlds

HOSTILE = "=1+<img src=x onerror=alert(1)> '; ..%2f.. $(touch pwned) {braces} {{7*7}}.csv"
"""The name of the user's file: nothing in it may act or lead anywhere."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    table = worlds.posts(seed=4, accounts=(20, 15), posts_per_account=7).head(200)
    rng = np.random.default_rng(4)
    table["clicks"] = rng.poisson(200, len(table))
    table["conversions"] = rng.binomial(table["clicks"], 0.02)
    table.to_csv(folder / HOSTILE, index=False)
    try:
        yield (
            table,
            publish_report(
                Request(data=folder / HOSTILE, name="acme-under-test", out=folder / "report")
            ),
        )
    finally:  # kernels find own data where the project keeps them, and nowhere else
        shutil.rmtree(paths.OWN / "acme-under-test", ignore_errors=True)


def test_two_hundred_rows_of_own_data_give_every_page_figure_and_file(bundle):
    table, published = bundle

    assert len(table) == 200
    pages = {path.stem for path in published.glob("[0-9]*.html")}
    notebooks = {path.stem for path in paths.NOTEBOOKS.glob("[0-9]*.ipynb")}
    assert pages == {name for name in notebooks if not name.startswith("00")}
    assert {path.name for path in published.glob("*.*")} >= {
        "index.html",
        "numbers.json",
        "verdicts.csv",
        "manifest.json",
    }
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    for key in manifest["figures"]:
        assert all(
            (published / "figures" / f"{key}.{kind}").stat().st_size > 10
            for kind in ("svg", "png", "csv")
        )
    assert list(manifest["sources"]) == ["acme-under-test"]


def test_the_name_of_a_users_file_names_no_file_and_acts_nowhere(bundle):
    published = bundle[1]

    assert [
        path.name
        for path in published.rglob("*")
        if not re.fullmatch(r"[A-Za-z0-9._-]+", path.name)
    ] == []
    assert not (published / "pwned").exists() and not (paths.ROOT / "pwned").exists()
    title = json.loads((published / "manifest.json").read_text(encoding="utf-8"))["sources"][
        "acme-under-test"
    ]["title"]
    assert HOSTILE in title
    for page in published.glob("*.html"):
        assert "<img src=x onerror" not in page.read_text(encoding="utf-8"), page.name
    for table in published.rglob("*.csv"):
        cells = pd.read_csv(table, dtype=str, keep_default_na=False).to_numpy().ravel()
        assert [cell for cell in cells if cell.startswith("=")] == [], table.name


def test_the_verdicts_are_about_own_data_and_no_other(bundle):
    verdicts = pd.read_csv(bundle[1] / "verdicts.csv")

    # prices of a registered list are set against one's own reactions, and said to be
    assert {source.split("+")[-1] for source in verdicts["source"].dropna()} == {"acme-under-test"}
    conversions = verdicts[(verdicts["claim"] == "D07") & (verdicts["scheme"] == "decades")]
    assert conversions["outcome"].tolist() == ["undecided"]


def test_no_account_of_own_data_is_named_in_the_bundle(bundle):
    table, published = bundle

    for path in published.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(name.encode() in content for name in table["account_id"].unique()[:5]), (
                path.name
            )


def test_a_true_conversion_lift_in_a_users_file_is_supported_and_its_absence_contradicted(tmp_path):
    d07 = claim("D07")
    outcomes = []
    for ratio in (1.2, 1.0):
        worlds.campaigns(5, ratio, creators=2_500).to_csv(tmp_path / "clicks.csv", index=False)
        outcomes.append(
            judge_test(
                d07, d07.tests[0], read_own(tmp_path / "clicks.csv", "acme"), scheme("decades")
            ).outcome
        )

    assert outcomes == ["supported", "contradicted"]
