"""A frozen edition: the part of a report that is kept in git for good, and the comparison of later
reports with it.
"""

import csv
import io
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from analysis import paths
from analysis.present import sentences
from analysis.publish.cite import citations, issued, read
from analysis.publish.deck import deck
from analysis.publish.run.manifest import VerifyError, as_text, hashes, sealed
from analysis.publish.run.parameters import ParameterError
from analysis.publish.run.report import Request, publish_report

KEPT = ("verdicts.csv", "numbers.json")
"""Files that an edition takes from the report as they are; figures it takes in smaller form."""

COLOURS = 48
"""Of a picture: more than a figure of ours has, smoothed edges aside, so that none looks different;
a third of the bytes.
"""

MAIN = ("F02a", "F03a", "F12a")
"""Figures that the edition's README shows, where the report has them."""

VERDICT = ("claim", "source", "scheme", "test")
"""Columns of verdicts.csv that say which question a verdict answers."""


def freeze(name: str) -> Path:
    """Make an edition: run every notebook under its name, and keep what is small and read most.

    Parameters
    ----------
    name : str
        Year and month, e.g. ``2026-11``.

    Returns
    -------
    Path
        The folder ``reports/NAME``.

    Raises
    ------
    ParameterError
        If the name is no year and month, the edition exists, or the code is not that of a commit.
    """
    out = paths.REPORTS / name
    if not issued(name):
        raise ParameterError(
            f"edition '{name}': an edition is named by year and month, e.g. 2026-11."
        )
    if out.exists():
        raise ParameterError(
            f"{paths.shown(out)} exists. An edition is made once; a correction is a new edition, with its reason in CHANGELOG.md."
        )
    _check_committed()
    with tempfile.TemporaryDirectory(prefix="micro-macro-") as scratch:
        report = publish_report(
            Request(parameters={"edition": name}, out=Path(scratch) / "report", fresh=True)
        )
        bundle(report, Path(scratch) / name)
        shutil.move(Path(scratch) / name, out)
    return out


def _check_committed() -> None:
    """Refuse code that no commit names: what is changed, and what git does not know."""
    command = [shutil.which("git") or "git", "status", "--porcelain"]
    try:
        changed = subprocess.run(  # noqa: S603 (fixed words)
            command, cwd=paths.ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        raise ParameterError(
            "this is no git clone, so an edition could not name the commit it was made from. Clone the project."
        ) from None
    if changed.strip():
        raise ParameterError(
            f"the code differs from its commit: {sentences.listing(line[3:] for line in changed.splitlines())}. Commit them first."
        )


def bundle(report: Path, out: Path) -> None:
    """Copy from a report what an edition keeps, pictures in fewer colours, with the slides, the
    citations and a page for git's readers.
    """
    manifest = {
        name: told
        for name, told in read(report, "manifest.json").items()
        if name not in ("files", "seal")
    }
    (out / "figures").mkdir(parents=True)
    for name in KEPT:
        shutil.copyfile(report / name, out / name)
    for key in manifest["figures"]:
        for kind in ("svg", "csv"):
            shutil.copyfile(report / "figures" / f"{key}.{kind}", out / "figures" / f"{key}.{kind}")
        (out / "figures" / f"{key}.png").write_bytes(
            _fewer_colours(report / "figures" / f"{key}.png")
        )
    shutil.copytree(report / "notebooks", out / "notebooks")
    (out / "deck.pptx").write_bytes(deck(out, manifest))
    shutil.rmtree(out / "notebooks")
    told = {key: citations(key, manifest) for key in sorted(manifest["figures"])}
    (out / "citations.bib").write_text(
        "\n\n".join(one["bibtex"] for one in told.values()) + "\n", encoding="utf-8"
    )
    (out / "citations.json").write_text(
        json.dumps([one["csl"] for one in told.values()], indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    (out / "README.md").write_text(_readme(manifest, out), encoding="utf-8")
    (out / "manifest.json").write_text(
        as_text(sealed(manifest | {"files": hashes(out)})), encoding="utf-8"
    )


def _fewer_colours(path: Path) -> bytes:
    from PIL import Image

    small = io.BytesIO()
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        ).save(small, "png", optimize=True)
    return small.getvalue()


def _readme(manifest: dict, folder: Path) -> str:
    """A page that shows the main figures to whoever browses the repository, and lists the
    others.
    """
    with (folder / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        outcomes = [row["outcome"] for row in csv.DictReader(file)]
    told = sentences.listing(
        f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(outcomes)
    )
    main = [key for key in MAIN if key in manifest["figures"]]
    shown = [
        f"## {key}\n\n{_escaped(manifest['figures'][key]['caption'])}\n\n![{_escaped(manifest['figures'][key]['alt'])}](figures/{key}.png)"
        for key in main
    ]
    rows = [
        f"| {key} | {_escaped(one['caption'])} | [SVG](figures/{key}.svg) [PNG](figures/{key}.png) [CSV](figures/{key}.csv) |"
        for key, one in sorted(manifest["figures"].items())
    ]
    about = (
        f"# Edition {manifest['edition']}\n\n{len(outcomes)} verdicts: {told}. Version {manifest['project']['version']}, "
        f"commit {manifest['commit']}. This folder is frozen and is never made again; what has changed since stands in "
        "[CHANGELOG.md](../../CHANGELOG.md).\n\n"
        "Slides: [deck.pptx](deck.pptx). Verdicts: [verdicts.csv](verdicts.csv). Numbers: [numbers.json](numbers.json). To cite a figure: "
        "[citations.bib](citations.bib), [citations.json](citations.json), or "
        f"`micro-macro cite F03a --report reports/{manifest['edition']}`. Sources, parameters and hashes: [manifest.json](manifest.json)."
    )
    return (
        "\n\n".join(
            [
                about,
                *shown,
                "## All figures\n\n| figure | finding | files |\n|---|---|---|\n" + "\n".join(rows),
            ]
        )
        + "\n"
    )


def _escaped(text: str) -> str:
    """Text that Markdown takes for text."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(text.split()))


def compare(report: Path, edition: Path) -> int:
    """Compare a report with a frozen edition: the same verdicts, and the same numbers to the digits
    in which they are printed.

    Parameters
    ----------
    report, edition : Path
        Folders with verdicts.csv and numbers.json.

    Returns
    -------
    int
        How many verdicts and numbers agree.

    Raises
    ------
    VerifyError
        Naming every verdict and number that differs, is missing or is new.
    """
    faults, agreed = [], 0
    for kind, tell in (("verdict", _verdicts), ("number", _numbers)):
        now, then = tell(report), tell(edition)
        for name in dict.fromkeys([*then, *now]):
            if now.get(name) == then.get(name):
                agreed += 1
            else:
                faults.append(
                    f"{kind} {name}: {then.get(name, 'not there')} in the edition, {now.get(name, 'not there')} now."
                )
    if faults:
        remedy = "If this is meant, say why in CHANGELOG.md and freeze a new edition."
        raise VerifyError(
            "\n".join(
                [
                    *faults,
                    f"{paths.shown(report)} is not what edition {edition.name} says. {remedy}",
                ]
            )
        )
    return agreed


def _verdicts(folder: Path) -> dict[str, str]:
    if not (folder / "verdicts.csv").is_file():
        raise VerifyError(
            f"{paths.shown(folder)} has no verdicts.csv, so it is not a published report."
        )
    with (folder / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    printed = {
        ", ".join(row[name] for name in VERDICT): [
            sentences.number(float(row[end] or "nan")) for end in ("estimate", "low", "high")
        ]
        for row in rows
    }
    return {
        name: " ".join([row["outcome"], *printed[name]])
        for name, row in zip(printed, rows, strict=True)
    }


def _numbers(folder: Path) -> dict[str, str]:
    return {
        key: sentences.number(
            float("nan") if entry["value"] is None else entry["value"], entry["unit"]
        )
        for key, entry in read(folder, "numbers.json").items()
    }
