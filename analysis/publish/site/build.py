"""Everything that is published, from what the notebooks recorded: pages, slides, numbers.json,
verdicts.csv and manifest.json.
"""

import hashlib
import json
import platform
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.estimate.verdict import COLUMNS
from analysis.intake.file_types import sha256
from analysis.moments.load import load_all
from analysis.moments.price_lists import load_prices
from analysis.moments.statement import statement
from analysis.present.report import BY_HAND, PROXIES
from analysis.present.tables import to_csv
from analysis.publish.bibliography import project
from analysis.publish.cite import name_producers
from analysis.publish.deck import deck
from analysis.publish.run.manifest import write_manifest
from analysis.publish.site import registered
from analysis.publish.site.explorer import explorer_page
from analysis.publish.site.front import front, gathered
from analysis.publish.site.gallery import gallery
from analysis.publish.site.layout import with_notice
from analysis.publish.site.own import own_front
from analysis.publish.site.pages import page
from analysis.publish.site.poster import poster
from analysis.publish.site.scorecard import outcomes_of, scorecard
from analysis.registers.records import Source, TierScheme

PACKAGES = (
    "duckdb", "jupyterlab", "matplotlib", "narwhals", "nbconvert", "numpy", "pandas", "papermill",
    "scipy", "seaborn", "statsmodels",
)  # fmt: skip
"""Packages whose versions a report names."""

SHOWN = (
    "title", "short", "platform", "cite", "licence", "selection", "selection_note", "period",
    "limits",
)  # fmt: skip
"""Fields of a source that a report shows, beside the fingerprint of its data."""

QUESTION = ("claim", "source", "scheme", "test")
"""Columns of verdicts.csv that say which question a verdict answers."""


def made_from(made: dict[str, dict[str, str]], tiers: TierScheme | None = None) -> dict[str, str]:
    """Everything that decides what a report is: notebooks, this folder, citation, commit and the
    reader's own tiers.
    """
    ours = [path for path in Path(__file__).parents[1].rglob("*") if path.suffix != ".pyc"]
    files = sorted([*filter(Path.is_file, ours), paths.ROOT / "CITATION.cff"])
    notebooks = {}
    for name, facts in made.items():
        text = json.dumps(facts, sort_keys=True)
        notebooks[name] = hashlib.sha256(text.encode()).hexdigest()
    hashes = {paths.shown(path): sha256(path) for path in files}
    own = {"tiers": tiers.model_dump_json()} if tiers else {}
    return notebooks | hashes | {"commit": _commit()} | own


def build(
    stage: Path, notebooks: list[Path], merged: dict[str, dict], tiers: TierScheme | None = None
) -> None:
    """Turn what a complete run recorded into a report.

    `stage` holds ``notebooks/``, ``figures/``, ``tables/`` and ``records/``, and receives the rest;
    `notebooks` are the sources that ran, `merged` their parameters; `tiers` are the reader's own.
    """
    records = {}
    for path in notebooks:
        text = (stage / "records" / f"{path.stem}.json").read_text(encoding="utf-8")
        records[path.stem] = json.loads(text)
    shutil.rmtree(stage / "records")
    pages = [
        {"name": path.stem, "title": _title(path), "record": records[path.stem]}
        for path in notebooks
    ]
    verdicts = _verdicts(list(records.values()))
    numbers = _by_key(records, "numbers")
    text = json.dumps(numbers, indent=1, ensure_ascii=False, sort_keys=True)
    (stage / "numbers.json").write_text(text + "\n", encoding="utf-8")
    to_csv(verdicts, stage / "verdicts.csv")
    proxies = _proxies(list(records.values()))
    if len(proxies):
        to_csv(proxies, stage / "proxies.csv")
    manifest = _manifest(stage, notebooks, merged, records)
    first = gathered(pages, verdicts, manifest, proxies)
    own = own_front(merged, pages, verdicts, tiers)  # None unless the report is on own data
    for name, html in _site(stage, pages, verdicts, proxies, manifest, first, own):
        noticed = with_notice(html, manifest.get("notice", ""))
        (stage / f"{name}.html").write_text(noticed, encoding="utf-8")
    if first["poster"]:
        for name, content in poster(first, manifest["edition"], project()["address"]).items():
            (stage / name).write_bytes(content)
    (stage / "deck.pptx").write_bytes(deck(stage, manifest))
    write_manifest(stage, manifest)


def _by_key(records: dict[str, dict], kind: str) -> dict[str, dict]:
    """All figures, numbers or tables, each with its notebook."""
    entries = {}
    for notebook, record in records.items():
        for key, entry in record[kind].items():
            entries[key] = entry | {"notebook": notebook}
    return entries


def _used_sources(merged: dict[str, dict]) -> dict[str, dict]:
    """Describe every source that a parameter names, with the fingerprint of its data."""
    return _described(filter(None, (values.get("source") for values in merged.values())))


def _described(names: Iterable[str]) -> dict[str, dict]:
    described = {}
    for name in dict.fromkeys(names):
        for key, moments in load_all(name).items():
            facts = moments.source.model_dump(mode="json", include=set(SHOWN))
            data = {"resolution": moments.resolution, "sha256": moments.fingerprint}
            described[key] = facts | data | _signs(moments.source)
    return described


def _signs(source: Source) -> dict:
    """Signs of selection, and the notice on them; nothing where there are none."""
    if not source.signs:
        return {}
    said = {"signs": list(source.signs), "signs_overruled": source.trusted}
    return said | {"notice": statement(source)}


def _notice(used: dict[str, dict]) -> str:
    """What every page of a report says of the reader's own files in it; empty if nothing."""
    return " ".join(dict.fromkeys(facts["notice"] for facts in used.values() if "notice" in facts))


def _title(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).splitlines()[0].lstrip("# ")


def _verdicts(records: list[dict]) -> pd.DataFrame:
    """Every verdict that any notebook recorded, once."""
    rows = [verdict for record in records for verdict in record["verdicts"]]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype(dict.fromkeys(("estimate", "low", "high"), float))
    table = table.drop_duplicates(ignore_index=True)
    twice = table[table.duplicated(list(QUESTION), keep=False)]
    if len(twice):
        first = twice.iloc[0]
        raise ValueError(
            f"claim {first.claim}, source {first.source}, scheme {first.scheme}: "
            f"two notebooks answer {', '.join(twice['outcome'])}."
        )
    return table.sort_values(["claim", "source"], kind="stable", ignore_index=True)


def _proxies(records: list[dict]) -> pd.DataFrame:
    """Everything that was measured in place of what claims are about, once; apart from verdicts."""
    rows = [row for record in records for row in record.get("proxies", [])]
    table = pd.DataFrame(rows, columns=list(PROXIES))
    table = table.astype(dict.fromkeys(("estimate", "low", "high"), float))
    table = table.drop_duplicates(list(QUESTION), ignore_index=True)
    return table.sort_values(["claim", "source"], kind="stable", ignore_index=True)


def _site(
    stage: Path, pages: list[dict], verdicts: pd.DataFrame, proxies: pd.DataFrame, manifest: dict,
    first: dict, own: str | None = None,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Every page, by the name of its file."""
    names = {entry["name"] for entry in pages}
    lists = {
        key: moments.source.model_dump(mode="json", include=set(SHOWN))
        for key, moments in load_prices().items()
    }
    yield "index", own or front(first)
    yield "scorecard", scorecard(pages, verdicts, lists | manifest["sources"], proxies)
    for entry in pages:
        yield entry["name"], page(stage / "notebooks" / f"{entry['name']}.ipynb", entry, pages)
    yield "explore", explorer_page(names)
    yield "figures", gallery(pages, manifest)
    yield "claims", registered.claims_page(names)
    yield "statements", registered.statements_page(outcomes_of(verdicts), first["entries"])
    yield "published", registered.published_page()
    yield "quotations", registered.quotations_page(names)
    yield "methods", registered.methods_page(manifest["sources"])


def _manifest(
    stage: Path, notebooks: list[Path], merged: dict[str, dict], records: dict[str, dict]
) -> dict:
    """All by which two reports can be compared, but for the hashes of their files."""
    used = _used_sources(merged)
    measured = dict.fromkeys(row["source"] for record in records.values()
                             for row in record.get("proxies", []))  # fmt: skip
    used |= _described(key for key in measured if key not in used)
    notice = _notice(used)
    ran = {}
    for path in notebooks:
        ran[path.stem] = {
            "sha256": sha256(path),
            "parameters": merged[path.stem],
            "made_from": records[path.stem].get("made_from", BY_HAND),
        }
    return {
        "project": project(),
        "edition": records[notebooks[0].stem]["edition"],
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "lock": sha256(paths.ROOT / "requirements.lock"),
        "notebooks": ran,
        "sources": used,
        **name_producers(_by_key(records, "figures"), stage / "figures", used),
        "tables": _by_key(records, "tables"),
        **({"notice": notice} if notice else {}),
    }


def _commit() -> str:
    """The commit the code was at, with a mark if it has been changed since."""
    described = git("describe", "--always", "--dirty", "--abbrev=12")
    return "unknown" if described is None else described.strip()


def git(*words: str) -> str | None:
    """What git answers about this project; None if it is no clone."""
    command = [shutil.which("git") or "git", *words]
    try:
        run = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=True)  # noqa: S603 (fixed words)
    except (OSError, subprocess.CalledProcessError):
        return None
    return run.stdout
