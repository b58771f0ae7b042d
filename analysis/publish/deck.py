"""A report as slides: one figure each, its finding as the title, and in the notes the verdicts, the
limits and the citation.
"""

import csv
import datetime
import io
import json
import zipfile
from pathlib import Path

import pandas as pd

from analysis.estimate.verdict import OUTCOMES as KEYS
from analysis.present import sentences
from analysis.present.sentences.published import LIMITS, summary
from analysis.present.sentences.reasons import outcome_name
from analysis.present.style import QUIET, SLIDE
from analysis.publish.bibliography import names
from analysis.publish.cite import citations
from analysis.registers.lookup import claims
from analysis.registers.severity import counted

EPOCH = datetime.datetime(1980, 1, 1)
"""Date of every deck, so that the same report twice gives the same bytes; its edition is its true
date.
"""

SIZES = ((140, 22), (250, 18), (10_000, 14))
"""Longest title and its size [characters, points]."""

TOP, BOTTOM = 1.08, 7.08
"""Where a picture begins and ends [inches]."""


def deck(folder: Path, manifest: dict, notebooks: Path | None = None) -> bytes:
    """Make the slides of a report: a PowerPoint file, always the same for the same report.

    `folder` has ``figures/`` and ``verdicts.csv``, `manifest` is its manifest but for the hashes of
    files, and `notebooks` holds the executed notebooks, if not in the folder.
    """
    from pptx import Presentation

    slides = _widened(Presentation())
    verdicts = pd.read_csv(folder / "verdicts.csv", dtype=str, keep_default_na=False)
    _opening(slides, manifest, verdicts)
    executed = notebooks or folder / "notebooks"
    limits = {name: _last_text(executed / f"{name}.ipynb") for name in manifest["notebooks"]}
    answers = {name: _answers(verdicts, name, manifest["sources"]) for name in limits}
    for key in sorted(manifest["figures"]):
        notebook = manifest["figures"][key]["notebook"]
        notes = _notes(folder, key, manifest, answers[notebook], limits[notebook])
        _figure(slides, folder, key, manifest, notes)
    _closing(slides, manifest)
    return _saved(slides, manifest)


def _widened(slides):
    """The built-in template, which is 4:3, made as wide as a 16:9 slide, its layouts with it."""
    from pptx.util import Inches

    wider = SLIDE[0] / (slides.slide_width / Inches(1))
    slides.slide_width, slides.slide_height = map(Inches, SLIDE)
    for level in (slides.slide_master, *slides.slide_layouts):
        for shape in level.placeholders:
            # all four are set, since an inherited one is lost when another is set
            top, height = shape.top, shape.height
            shape.left, shape.width = round(shape.left * wider), round(shape.width * wider)
            shape.top, shape.height = top, height
    return slides


def _opening(slides, manifest: dict, verdicts: pd.DataFrame) -> None:
    from pptx.util import Pt

    counts = summary(verdicts.assign(outcome=counted(verdicts)))
    behind, _, without = counts.partition(". ")
    decided = verdicts["outcome"].isin(KEYS[:3])  # those that had data
    claims = sentences.count(verdicts["claim"].nunique(), "claim")
    tested = f"{verdicts.loc[decided, 'claim'].nunique()} of {claims}"
    about = manifest["project"]
    slide = slides.slides.add_slide(slides.slide_layouts[0])
    _title(slide, f"{about['title']}: {tested} put to data. {behind}", 26)
    subtitle = slide.placeholders[1].text_frame
    subtitle.text = (
        f"{without}\n" * bool(without)
        + f"Edition {manifest['edition']}, version {about['version']}, commit {manifest['commit']}"
        + (f"\n{manifest['notice']}" if "notice" in manifest else "")
    )
    for paragraph in subtitle.paragraphs:
        paragraph.alignment = slide.shapes.title.text_frame.paragraphs[0].alignment
        paragraph.font.size = Pt(18)


def _closing(slides, manifest: dict) -> None:
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    _title_above(slide, "How it was judged, and what it cannot show")
    _text(slide, "\n".join(LIMITS), (0.6, 1.3, 12.1, 5.8), 20, apart=10)
    producers = [producer for _, producer in sorted(manifest["producers"].items())]
    slide.notes_slide.notes_text_frame.text = "\n".join(
        f"{one['short']}: {one['cite']} Licence: {one['licence']}" for one in producers
    )


def _figure(slides, folder: Path, key: str, manifest: dict, notes: str) -> None:
    """A slide with a figure; the picture's footer is cropped, since the slide has it as text."""
    from pptx.util import Inches

    figure = manifest["figures"][key]
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    _title_above(slide, figure["headline"])
    picture = slide.shapes.add_picture(str(folder / "figures" / f"{key}.png"), 0, 0)
    picture.crop_top, picture.crop_bottom = figure["head"], figure["foot"]
    picture.height = Inches(BOTTOM - TOP)
    shown = 1 - figure["head"] - figure["foot"]
    picture.width = round(picture.height * SLIDE[0] / (SLIDE[1] * shown))
    if picture.width > slides.slide_width:
        picture.height = round(picture.height * slides.slide_width / picture.width)
        picture.width = slides.slide_width
    picture.left, picture.top = (slides.slide_width - picture.width) // 2, Inches(TOP)
    picture.name = f"Figure {key}"
    picture._element._nvXxPr.cNvPr.set("descr", figure["alt"])  # python-pptx has no API for it yet
    made_from = manifest["notebooks"][figure["notebook"]]["made_from"]
    footer = f"{key} · edition {manifest['edition']} · {made_from} · {figure['source']}"
    _text(slide, footer, (0.4, 7.06, 12.5, 0.4), 11, QUIET)
    slide.notes_slide.notes_text_frame.text = notes


def _title_above(slide, text: str) -> None:
    from pptx.util import Inches

    title = slide.shapes.title
    title.left, title.top, title.width, title.height = map(Inches, (0.4, 0.1, 12.5, 0.95))
    _title(slide, text, next(size for longest, size in SIZES if len(text) <= longest))


def _title(slide, text: str, size: float) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    frame = slide.shapes.title.text_frame
    frame.word_wrap = True
    frame.text = text
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    frame.paragraphs[0].runs[0].font.size = Pt(size)


def _text(
    slide, text: str, box: tuple[float, ...], size: float, colour: str = "#1b1b1b", apart: float = 0
) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    frame = slide.shapes.add_textbox(*map(Inches, box)).text_frame
    frame.word_wrap = True
    frame.text = text
    for paragraph in frame.paragraphs:
        paragraph.space_after = Pt(apart)
        for run in paragraph.runs:
            run.font.size, run.font.color.rgb = Pt(size), RGBColor.from_string(colour.lstrip("#"))


LIMITS_HEADING = "## What would change our mind"
"""Heading of what a notebook cannot show; an appendix may follow."""


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
    parts = (
        manifest["figures"][key]["caption"],
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


def _saved(slides, manifest: dict) -> bytes:
    """The file, with every date in it the same."""
    about, core = manifest["project"], slides.core_properties
    core.title = f"{about['title']}, edition {manifest['edition']}"
    core.author = names(about["authors"])
    core.last_modified_by, core.revision, core.created, core.modified = core.author, 1, EPOCH, EPOCH
    written, dated = io.BytesIO(), io.BytesIO()
    slides.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(dated, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            compressed = entry.filename.endswith(".png")  # already
            kind = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
            name = zipfile.ZipInfo(entry.filename, EPOCH.timetuple()[:6])
            new.writestr(name, old.read(entry), kind)
    return dated.getvalue()
