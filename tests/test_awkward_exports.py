"""Exports that are legal and awkward: every notebook runs to its end with them."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.moments.kept import keep_own
from analysis.moments.own import read_own
from analysis.present import report
from analysis.present.charts.anatomy import Around

NOTEBOOKS = [
    path
    for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))
    if not path.stem.startswith("00") and '"source: str' in path.read_text(encoding="utf-8")
]
SLOW = {"06-hundred-thousand", "08-premium-from-nothing"}
"""Notebooks that draw many simulated worlds, whatever the source."""

FEW = {"draws": 99}
"""Redraws of accounts; tests/test_bundle.py has own data with as many as a report takes."""


def _accounts(count, smallest, largest, posts=1, platform="instagram"):
    rng = np.random.default_rng(7)
    followers = (10 ** rng.uniform(np.log10(smallest), np.log10(largest), count)).astype(int)
    table = pd.DataFrame(
        {
            "account_id": [f"a{n}" for n in range(count)],
            "platform": platform,
            "followers": followers,
        }
    )
    return table.loc[table.index.repeat(posts)].reset_index(drop=True), rng


def _clicks_only():
    table, rng = _accounts(60, 1e3, 1e6, posts=3)
    return table.assign(
        clicks=rng.integers(50, 500, len(table)), conversions=rng.integers(0, 20, len(table))
    )


def _one_tier():
    table, rng = _accounts(40, 1.2e4, 4e4)
    return table.assign(likes=rng.integers(50, 500, len(table)))


def _four_accounts():
    table, rng = _accounts(4, 1e3, 1e6, posts=3, platform="tiktok")
    return table.assign(
        likes=rng.integers(50, 500, len(table)), comments=rng.integers(0, 20, len(table))
    )


def _costs_in_euro():
    table, rng = _accounts(80, 1e3, 1e6, platform="youtube")
    counts = {
        "views": rng.integers(500, 5000, len(table)),
        "likes": rng.integers(0, 200, len(table)),
    }
    return table.assign(**counts, cost=rng.integers(10, 900, len(table)), currency="EUR")


EXPORTS = {
    "clicks-only": _clicks_only,
    "one-tier": _one_tier,
    "four-accounts": _four_accounts,
    "costs-in-euro": _costs_in_euro,
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Every export, read once and kept as own data."""
    folder = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "OWN", folder / "kept")
        for name, table in EXPORTS.items():
            table().to_csv(folder / f"{name}.csv", index=False)
            keep_own(read_own(folder / f"{name}.csv", name))
        yield folder


def _code(notebook, given):
    """Code of a notebook with these parameters."""
    cells = [
        cell
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    for cell in cells:
        yield "".join(cell["source"])
        if "parameters" in cell["metadata"].get("tags", []):
            yield "\n".join(
                f"{name} = {value!r}"
                for name, value in given.items()
                if f"{name}: " in "".join(cell["source"])
            )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("export", EXPORTS)
def test_a_notebook_runs_to_its_end_with_an_awkward_export(
    export, notebook, kept, tmp_path, monkeypatch
):
    if notebook.stem in SLOW and export != "four-accounts":
        pytest.skip("draws many simulated worlds; run with one export only")
    monkeypatch.setenv(report.STAGE, str(tmp_path))
    nothing = {"svg": b"", "phone.svg": b"", "png": b""}, Around((), (), 0.0, 0.0)
    monkeypatch.setattr(report, "pictures", lambda *drawn: nothing)
    given = FEW | {"source": export} | ({"currency": "EUR"} if export == "costs-in-euro" else {})
    names = {"__name__": "notebook"}

    for code in _code(notebook, given):
        exec(compile(code, notebook.stem, "exec"), names)

    record = json.loads(
        (tmp_path / "records" / f"{notebook.stem}.json").read_text(encoding="utf-8")
    )
    assert all(len(figure["caption"]) > 20 for figure in record["figures"].values())
    assert not [
        figure["caption"]
        for figure in record["figures"].values()
        if "nan" in figure["caption"].split()
    ]
