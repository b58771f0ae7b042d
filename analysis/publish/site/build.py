"""From what the notebooks recorded to what is published: pages, index, numbers.json, verdicts.csv,
manifest.json.
"""

import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.estimate.verdict import Verdict
from analysis.moments.load import load_all
from analysis.moments.price_lists import load_prices
from analysis.present.report import BY_HAND
from analysis.present.tables import to_csv
from analysis.publish.cite import name_producers, project
from analysis.publish.deck import deck
from analysis.publish.run.kernels import light_imports
from analysis.publish.run.manifest import as_text, hashes, sealed
from analysis.publish.site.gallery import gallery
from analysis.publish.site.pages import page, page_exporter
from analysis.publish.site.registered import (
    claims_page,
    methods_page,
    published_page,
    quotations_page,
)
from analysis.publish.site.scorecard import index

PACKAGES = (
    "duckdb",
    "jupyterlab",
    "matplotlib",
    "narwhals",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "statsmodels",
)
"""Whose versions a report names."""

SHOWN = (
    "title",
    "short",
    "platform",
    "cite",
    "licence",
    "selection",
    "selection_note",
    "period",
    "limits",
)
"""What a report says of a source, beside the fingerprint of its data."""


def prepare() -> None:
    """Import what runs notebooks and what makes pages and slides; called before threads would do it
    all at once.
    """
    light_imports()
    import papermill  # noqa: F401
    import pptx  # noqa: F401

    page_exporter()


def made_from(made: dict[str, dict[str, str]]) -> dict[str, str]:
    """Everything that decides what a report is: what its notebooks are made from, and what makes
    pages and slides of it.
    """
    ours = (
        path
        for path in [*Path(__file__).parents[1].rglob("*"), paths.ROOT / "CITATION.cff"]
        if path.is_file() and path.suffix != ".pyc"
    )
    notebooks = {
        name: hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        for name, facts in made.items()
    }
    return (
        notebooks
        | {paths.shown(path): _sha256(path) for path in sorted(ours)}
        | {"commit": _commit()}
    )


def build(stage: Path, notebooks: list[Path], merged: dict[str, dict]) -> None:
    """Turn the stage of a complete run into a report.

    Parameters
    ----------
    stage : Path
        Holds ``notebooks/``, ``figures/``, ``tables/`` and ``records/``; receives the rest.
    notebooks : list of Path
        The sources of the notebooks that ran.
    merged : dict
        Their parameters.
    """
    records = [
        json.loads((stage / "records" / f"{path.stem}.json").read_text(encoding="utf-8"))
        for path in notebooks
    ]
    shutil.rmtree(stage / "records")
    used = _used_sources(merged)
    pages = [
        {"name": path.stem, "title": _title(path), "record": record}
        for path, record in zip(notebooks, records, strict=True)
    ]
    verdicts = _verdicts(records)
    numbers = {
        key: entry | {"notebook": record["notebook"]}
        for record in records
        for key, entry in record["numbers"].items()
    }
    _write_json(stage / "numbers.json", numbers)
    to_csv(verdicts, stage / "verdicts.csv")
    manifest = _manifest(stage, notebooks, merged, records, used)
    for name, html in _site(stage, pages, verdicts, manifest):
        (stage / f"{name}.html").write_text(html, encoding="utf-8")
    (stage / "deck.pptx").write_bytes(deck(stage, manifest))
    (stage / "manifest.json").write_text(
        as_text(sealed(manifest | {"files": hashes(stage)})), encoding="utf-8"
    )


def _used_sources(merged: dict[str, dict]) -> dict[str, dict]:
    """Describe every source that a parameter named, with the fingerprint of its data."""
    named = dict.fromkeys(values["source"] for values in merged.values() if "source" in values)
    described = {}
    for key, moments in {
        key: moments for name in named for key, moments in load_all(name).items()
    }.items():
        facts = moments.source.model_dump(mode="json", include=set(SHOWN))
        described[key] = facts | {"resolution": moments.resolution, "sha256": moments.fingerprint}
    return described


def _title(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).splitlines()[0].lstrip("# ")


def _verdicts(records: list[dict]) -> pd.DataFrame:
    """Every verdict that any notebook recorded, once.

    Raises
    ------
    ValueError
        If two notebooks answer the same question differently.
    """
    table = pd.DataFrame(
        [verdict for record in records for verdict in record["verdicts"]], columns=Verdict._fields
    )
    table = table.astype(dict.fromkeys(("estimate", "low", "high"), float)).drop_duplicates(
        ignore_index=True
    )
    question = ["claim", "source", "scheme", "test"]
    twice = table[table.duplicated(question, keep=False)]
    if len(twice):
        first = twice.iloc[0]
        raise ValueError(
            f"claim {first.claim}, source {first.source}, scheme {first.scheme}: two notebooks answer {', '.join(twice['outcome'])}."
        )
    return table.sort_values(["claim", "source"], kind="stable", ignore_index=True)


def _site(
    stage: Path, pages: list[dict], verdicts: pd.DataFrame, manifest: dict
) -> Iterator[tuple[str, str]]:
    """Every page, by the name of its file."""
    names = {entry["name"] for entry in pages}
    lists = {
        key: moments.source.model_dump(mode="json", include=set(SHOWN))
        for key, moments in load_prices().items()
    }
    yield "index", index(pages, verdicts, lists | manifest["sources"])
    for entry in pages:
        yield entry["name"], page(stage / "notebooks" / f"{entry['name']}.ipynb", entry, pages)
    yield "figures", gallery(pages, manifest)
    yield "claims", claims_page(names)
    yield "published", published_page()
    yield "quotations", quotations_page(names)
    yield "methods", methods_page(manifest["sources"])


def _manifest(
    stage: Path, notebooks: list[Path], merged: dict, records: list[dict], used: dict
) -> dict:
    """Everything needed to tell whether two reports are the same, and why not if they are not; but
    for the hashes of their files.
    """
    figures = {
        key: entry | {"notebook": record["notebook"]}
        for record in records
        for key, entry in record["figures"].items()
    }
    tables = {
        key: entry | {"notebook": record["notebook"]}
        for record in records
        for key, entry in record["tables"].items()
    }
    return {
        "project": project(),
        "edition": records[0]["edition"],
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "lock": _sha256(paths.ROOT / "requirements.lock"),
        "notebooks": {
            path.stem: {
                "sha256": _sha256(path),
                "parameters": merged[path.stem],
                "made_from": record.get("made_from", BY_HAND),
            }
            for path, record in zip(notebooks, records, strict=True)
        },
        "sources": used,
        **name_producers(figures, stage / "figures", used),
        "tables": tables,
    }


def _commit() -> str:
    """The commit the code was at, with a mark if it had been changed since."""
    git = shutil.which("git") or "git"
    command = [git, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        told = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=True)  # noqa: S603 (fixed words)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_json(path: Path, content: dict) -> None:
    path.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )
