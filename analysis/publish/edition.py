"""A frozen edition: the part of a report that is kept in git for good, and comparisons with it."""

import csv
import io
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.estimate.multiverse.fixed import record
from analysis.moments.load import load_all
from analysis.present import sentences
from analysis.present.sentences.published import summary
from analysis.publish.bibliography import issued
from analysis.publish.cite import citations, read
from analysis.publish.deck import deck
from analysis.publish.report import publish_report
from analysis.publish.run.manifest import VerifyError, write_manifest
from analysis.publish.run.parameters import ParameterError
from analysis.publish.run.request import Request
from analysis.publish.site.build import QUESTION, git
from analysis.registers.lookup import schemes
from analysis.registers.severity import counted

KEPT = ("verdicts.csv", "numbers.json")
"""Files that an edition takes from the report as they are; its pictures are smaller."""

COLOURS = 48
"""Colours of a picture: more than a figure of ours has, smoothed edges aside, so that none looks
different; a third of the bytes.
"""

MAIN = ("F02a", "F03a", "F12a")
"""Figures that the edition's README shows, where the report has them."""


def freeze(name: str) -> Path:
    """Make an edition named by year and month, e.g. ``2026-11``: run every notebook, and keep in
    ``reports/NAME`` what is small and read most. Its grid, all that the registers now admit, is
    written down in ``data/editions.toml``.
    """
    out = paths.REPORTS / name
    if not issued(name):
        raise ParameterError(
            f"edition '{name}': an edition is named by year and month, e.g. 2026-11, and a "
            "further one of the same month by a letter, e.g. 2026-11b."
        )
    if out.exists():
        raise ParameterError(
            f"{paths.shown(out)} exists. An edition is made once; a correction is a new edition, "
            "with its reason in CHANGELOG.md."
        )
    _check_committed()
    with tempfile.TemporaryDirectory(prefix="micro-macro-") as scratch:
        request = Request(parameters={"edition": name}, out=Path(scratch) / "report", fresh=True)
        bundle(publish_report(request), Path(scratch) / name)
        shutil.move(Path(scratch) / name, out)
    record(name, load_all().values(), schemes().values())
    return out


def _check_committed() -> None:
    """Refuse code that no commit names: changed files, and files that git does not know."""
    status = git("status", "--porcelain")
    if status is None:
        raise ParameterError(
            "this is no git clone, so an edition could not name the commit it was made from. "
            "Clone the project."
        )
    if changed := [line[3:] for line in status.splitlines()]:
        raise ParameterError(
            f"the code differs from its commit: {sentences.listing(changed)}. Commit them first."
        )


def bundle(report: Path, out: Path) -> None:
    """Make the folder of an edition from a report: pictures in fewer colours, the slides, the
    citations and a page for readers of the repository.
    """
    manifest = read(report, "manifest.json")
    del manifest["files"], manifest["seal"]
    (out / "figures").mkdir(parents=True)
    for name in KEPT:
        shutil.copyfile(report / name, out / name)
    for key in manifest["figures"]:
        for kind in ("svg", "csv"):
            name = f"figures/{key}.{kind}"
            shutil.copyfile(report / name, out / name)
        _write_smaller(report / "figures" / f"{key}.png", out / "figures" / f"{key}.png")
    (out / "deck.pptx").write_bytes(deck(out, manifest, report / "notebooks"))
    cited = [citations(key, manifest) for key in sorted(manifest["figures"])]
    bibtex = "\n\n".join(citation["bibtex"] for citation in cited)
    items = json.dumps([citation["csl"] for citation in cited], indent=1, ensure_ascii=False)
    (out / "citations.bib").write_text(f"{bibtex}\n", encoding="utf-8")
    (out / "citations.json").write_text(f"{items}\n", encoding="utf-8")
    (out / "README.md").write_text(_readme(manifest, out), encoding="utf-8")
    write_manifest(out, manifest)


def _write_smaller(picture: Path, out: Path) -> None:
    from PIL import Image

    with Image.open(picture) as full:
        small = full.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
    buffer = io.BytesIO()
    small.save(buffer, "png", optimize=True)
    out.write_bytes(buffer.getvalue())


def _readme(manifest: dict, folder: Path) -> str:
    """A page that shows the main figures to whoever browses the repository, and lists all."""
    edition, figures = manifest["edition"], manifest["figures"]
    rows = pd.DataFrame(_rows(folder))
    verdicts = rows.assign(outcome=counted(rows))
    parts = [
        f"# Edition {edition}",
        f"{len(verdicts)} verdicts. {summary(verdicts)} "
        f"Version {manifest['project']['version']}, commit {manifest['commit']}. This folder is "
        "frozen and is never made again; later changes are in [CHANGELOG.md](../../CHANGELOG.md).",
        "Slides: [deck.pptx](deck.pptx). Verdicts: [verdicts.csv](verdicts.csv). Numbers: "
        "[numbers.json](numbers.json). To cite a figure: [citations.bib](citations.bib), "
        "[citations.json](citations.json), or `micro-macro cite F03a --report "
        f"reports/{edition}`. Sources, parameters and hashes: [manifest.json](manifest.json).",
    ]
    for key in MAIN:
        if key in figures:
            caption, alt = _escaped(figures[key]["caption"]), _escaped(figures[key]["alt"])
            parts.append(f"## {key}\n\n{caption}\n\n![{alt}](figures/{key}.png)")
    rows = ["| figure | finding | files |", "|---|---|---|"]
    for key, figure in sorted(figures.items()):
        files = [f"[{kind.upper()}](figures/{key}.{kind})" for kind in ("svg", "png", "csv")]
        rows.append(f"| {key} | {_escaped(figure['caption'])} | {' '.join(files)} |")
    return "\n\n".join([*parts, "## All figures", "\n".join(rows)]) + "\n"


def _escaped(text: str) -> str:
    """Text that Markdown takes for text."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(text.split()))


@dataclass(frozen=True)
class Comparison:
    """How a report compares with an edition: entries that agree, and those the edition lacks."""

    agreed: int
    added: tuple[str, ...]


def compare(report: Path, edition: Path) -> Comparison:
    """Compare a report with a frozen edition: verdicts, and numbers to their printed digits.

    An edition has what was known when it was frozen, so entries of the report that it lacks are
    listed, not refused.
    """
    faults, added, agreed = [], [], 0
    for kind, entries in (("verdict", _verdicts), ("number", _numbers)):
        now, then = entries(report), entries(edition)
        for name, value in then.items():
            if now.get(name) == value:
                agreed += 1
            else:
                current = now.get(name, "missing")
                faults.append(f"{kind} {name}: {value} in the edition, {current} now.")
        added += [f"{kind} {name}: {value}" for name, value in now.items() if name not in then]
    if faults:
        raise VerifyError(
            "\n".join(faults) + f"\n{paths.shown(report)} differs from edition {edition.name}. "
            "If this is meant, say why in CHANGELOG.md and freeze a new edition."
        )
    return Comparison(agreed, tuple(added))


def _rows(folder: Path) -> list[dict[str, str]]:
    if not (folder / "verdicts.csv").is_file():
        raise VerifyError(
            f"{paths.shown(folder)} has no verdicts.csv, so it is not a published report."
        )
    with (folder / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _verdicts(folder: Path) -> dict[str, str]:
    verdicts = {}
    for row in _rows(folder):
        ends = [float(row[end] or "nan") for end in ("estimate", "low", "high")]
        printed = " ".join([row["outcome"], *map(sentences.number, ends)])
        verdicts[", ".join(row[name] for name in QUESTION)] = printed
    return verdicts


def _numbers(folder: Path) -> dict[str, str]:
    """Every number as printed, but the counts of verdicts: each verdict is compared by itself, and
    a new claim or tier scheme adds to its count.
    """
    numbers = read(folder, "numbers.json")
    return {
        key: sentences.number(entry["value"], entry["unit"])
        for key, entry in numbers.items()
        if entry["unit"] != "verdicts"
    }
