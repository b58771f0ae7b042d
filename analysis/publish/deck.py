"""A report as slides: a story of at most ten, then every figure.

A title is a finding, a slide has a picture, and its notes have what is estimated, the verdicts, the
limits and the citation.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.display import finding
from analysis.estimate.answer import Answer, answer_from
from analysis.present import sentences
from analysis.present.sentences.answers import say_instead
from analysis.present.sentences.cards import badge, flips, needed, sure, whose
from analysis.present.sentences.findings import shortened
from analysis.present.sentences.front import headline_of
from analysis.present.sentences.published import LIMITS
from analysis.present.sentences.reasons import outcome_name
from analysis.publish.bibliography import names
from analysis.publish.cite import citations
from analysis.publish.slides import (
    OPENING,
    PLAIN,
    SECTION,
    picture_slide,
    saved,
    template,
    text_slide,
)
from analysis.registers.lookup import claims
from analysis.registers.questions import questions
from analysis.registers.severity import counted

LIMITS_HEADING = "## What would change our mind"
"""Heading of what a notebook cannot show; an appendix may follow."""

MOST = 10
"""Slides of the story, at most."""

BEFORE, AFTER = ("F01a",), ("F09c", "F10a", "F11a", "F12a")
"""Figures before the answers, what the words mean, and behind them: where a number came from, what
flips answers, what it costs, what nobody knows.
"""

MOST_WORDS = 50
"""Words below a picture, at most; notes have all."""


def deck(folder: Path, manifest: dict, notebooks: Path | None = None) -> bytes:
    """Make the slides of a report: a PowerPoint file, always the same for the same report.

    `folder` has ``figures/`` and ``verdicts.csv``, `manifest` is its manifest but for the hashes of
    files, and `notebooks` holds the executed notebooks, if not in the folder.
    """
    slides, executed = template(), notebooks or folder / "notebooks"
    verdicts = pd.read_csv(folder / "verdicts.csv", dtype=str, keep_default_na=False)
    numbers = pd.read_csv(folder / "verdicts.csv")
    texts = numbers.select_dtypes(exclude="number").columns
    numbers[texts] = numbers[texts].fillna("")
    limits = {name: _last_text(executed / f"{name}.ipynb") for name in manifest["notebooks"]}
    answers = {name: _answers(verdicts, name, manifest["sources"]) for name in limits}
    notes = {}
    for key, figure in manifest["figures"].items():
        notebook = figure["notebook"]
        notes[key] = _notes(folder, key, manifest, answers[notebook], limits[notebook])
    _opening(slides, manifest, numbers)
    _story(slides, folder, manifest, numbers, notes)
    _citing(slides, manifest)
    text_slide(slides, SECTION, "Appendix", "Every figure of this report, by notebook")
    for key in sorted(manifest["figures"]):
        figure = manifest["figures"][key] | {"key": key}
        below, picture = _below(figure["detail"], key, manifest), folder / "figures" / f"{key}.png"
        picture_slide(slides, figure["headline"], below, picture, figure, notes[key])
    _closing(slides, manifest)
    about = manifest["project"]
    title = f"{about['title']}, edition {manifest['edition']}"
    return saved(slides, title, names(about["authors"]))


def _opening(slides, manifest: dict, verdicts: pd.DataFrame) -> None:
    """The finding above all others, and which report this is."""
    first = claims()[next(iter(questions().values())).claims[0]]
    judged = verdicts["claim"].nunique()
    top, about = headline_of(first, verdicts, judged), manifest["project"]
    edition = f"{about['title']}, edition {manifest['edition']}, version {about['version']}"
    lines = (top.detail, f"{edition}, commit {manifest['commit']}", manifest.get("notice"))
    text_slide(slides, OPENING, top.headline, "\n".join(filter(None, lines)))


def _story(slides, folder: Path, manifest: dict, verdicts: pd.DataFrame, notes: dict) -> None:
    """What the words mean, the answers, what flips them, what it costs, what nobody knows; each
    with a picture, as far as the report has its notebook.
    """
    parts = [(key, None) for key in BEFORE]
    for asked in questions().values():
        parts.append((_first_figure(manifest, asked.notebook), claims()[asked.claims[0]]))
    parts += [(key, None) for key in AFTER]
    parts = [part for part in parts if part[0] in manifest["figures"]]
    for key, claim in parts[: MOST - 2]:  # the first and the last are text
        figure, note = manifest["figures"][key] | {"key": key}, notes[key]
        title, who = figure["headline"], figure["detail"]
        if claim is not None and claim.key in set(verdicts["claim"]):
            ran = manifest["notebooks"].get(claim.notebook, {}).get("parameters", {})
            level = float(ran.get("confidence", 0.95))
            title, who, more = _answered(replace(answer_from(claim, verdicts), confidence=level))
            note = f"{note}\n\n{more}"
        below = _below(who, key, manifest)
        picture_slide(slides, title, below, folder / "figures" / f"{key}.png", figure, note)


def _below(who: str, key: str, manifest: dict) -> str:
    """What stands below a picture: who is compared, and where the figure comes from."""
    return "\n".join(filter(None, (shortened(who, MOST_WORDS), _footer(key, manifest))))


def _first_figure(manifest: dict, notebook: str) -> str:
    """The first figure of a notebook, empty if the report has none of it."""
    of_it = (key for key, one in manifest["figures"].items() if one["notebook"] == notebook)
    return min(of_it, default="")


def _answered(answer: Answer) -> tuple[str, str, str]:
    """The headline of an answer, whose tiers with the badge, and what notes add."""
    made = finding(answer)
    who = f"{badge(answer)}. {made.detail if len(answer.main) else whose(answer)}"
    settled = flips(answer) or list(filter(None, (needed(answer),)))
    parts = (
        f"Claim: {answer.claim.paraphrase}",
        f"How sure: {' '.join(sure(answer)) or 'no open data'}",
        f"What would change it: {' '.join(settled) or 'nothing that was tried'}",
        f"Say instead: {say_instead(answer)}",
    )
    return made.headline, who, "\n\n".join(parts)


def _footer(key: str, manifest: dict) -> str:
    figure = manifest["figures"][key]
    made_from = manifest["notebooks"][figure["notebook"]]["made_from"]
    return f"{key} · edition {manifest['edition']} · {made_from} · {figure['source']}"


def _citing(slides, manifest: dict) -> None:
    """How to cite, with the figures of the answers as examples."""
    shown = [_first_figure(manifest, asked.notebook) for asked in questions().values()]
    keys = list(dict.fromkeys(filter(None, shown))) or sorted(manifest["figures"])[:1]
    cited = [citations(key, manifest)["short"] for key in keys]
    title = "Every figure has a key and an edition: cite both"
    command = "The same in full: micro-macro cite KEY, with --short for a line as above."
    text_slide(slides, PLAIN, title, "\n".join((*cited, command)))


def _closing(slides, manifest: dict) -> None:
    producers = [producer for _, producer in sorted(manifest["producers"].items())]
    made = (f"{one['short']}: {one['cite']} Licence: {one['licence']}" for one in producers)
    title = "How it was judged, and what it cannot show"
    text_slide(slides, PLAIN, title, "\n".join(LIMITS), "\n".join(made))


def _last_text(notebook: Path) -> str:
    """What a notebook cannot show, without its heading; the last text if it has none such."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    text = next((text for text in texts if text.startswith(LIMITS_HEADING)), texts[-1])
    return " ".join(line for line in text.splitlines() if line and not line.startswith("#"))


def _notes(folder: Path, key: str, manifest: dict, answers: list[str], limits: str) -> str:
    """The caption, the estimand, the verdicts of the notebook, its limits, and the citation."""
    with (folder / "figures" / f"{key}.csv").open(encoding="utf-8", newline="") as table:
        estimands = dict.fromkeys(row.get("estimand") for row in csv.DictReader(table))
    estimands.pop(None, None)
    verdicts = "\n".join(answers) or "none"
    estimated = "; ".join(estimands) or "none"
    if len(estimands) > 4:
        estimated = f"{len(estimands)} of them, in figures/{key}.csv"
    figure = manifest["figures"][key]
    parts = (
        " ".join(filter(None, (figure["caption"], figure["caveat"]))),
        f"What is estimated: {estimated}",
        f"Verdicts: {verdicts}",
        f"What it cannot show: {limits}",
        f"To cite: {citations(key, manifest)['apa']}",
    )
    return "\n\n".join(parts)


def _answers(verdicts: pd.DataFrame, notebook: str, sources: dict) -> list[str]:
    """Verdicts on the claims that a notebook answers, under the claims' own tiers."""
    register, answers = claims(), []
    for row in verdicts.assign(outcome=counted(verdicts)).itertuples():
        claim = register.get(row.claim)
        if claim is None or claim.notebook != notebook or row.scheme not in ("", claim.scheme):
            continue
        where = ""
        if row.source in sources and row.estimate:
            ends = (float(end or "nan") for end in (row.estimate, row.low, row.high))
            value = sentences.interval(*ends, row.unit)
            where = f", {sources[row.source]['short']}: {value}, claimed {row.claimed}"
        outcome = outcome_name(row.outcome, getattr(row, "fragile", "") or "")
        answers.append(f"{row.claim} {outcome}{where}. {row.because}")
    return answers
