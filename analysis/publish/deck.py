"""From a report's folder to slides: one figure each, its finding as the title, and in the notes
what a sceptic will ask for.
"""

import csv
import datetime
import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd

from analysis.present import sentences
from analysis.present.style import FOOTER, QUIET, SLIDE
from analysis.publish.cite import apa
from analysis.registers.lookup import claims

EPOCH = datetime.datetime(1980, 1, 1)
"""When a deck says it was made, so that the same report twice gives the same bytes; its edition
says when it really was.
"""

SIZES = ((140, 22), (250, 18), (10_000, 14))
"""Longest title and its size [characters, points]."""

TOP, BOTTOM = 1.08, 7.08
"""Where a picture begins and ends [inches]."""

METHODS = (
    "Every claim was registered with its tiers, its average and its margin, and put to every source that holds what it is about.",
    "The account is the unit: posts of one account are never independent facts.",
    "Supported: the 95 % interval lies wholly within the claimed range. Contradicted: wholly outside. Undecided: across its edge.",
)
LIMITS = (
    "Every contrast compares different creators; none says what happens to one who grows, or to a brand that switches.",
    "No source is a random sample of a platform, and each covers years of its own.",
    "Levels of engagement may not be compared between sources; ratios of tiers may.",
    "No open source holds conversions, reach or sales.",
)
"""What the last slide says; README.md says it at more length."""


def deck(folder: Path, manifest: dict) -> bytes:
    """Make the slides of a report.

    Parameters
    ----------
    folder : Path
        With ``figures/``, ``notebooks/`` and ``verdicts.csv``.
    manifest : dict
        What its manifest.json holds, but for the hashes of files.

    Returns
    -------
    bytes
        A PowerPoint file with 16:9 slides, always the same for the same report.
    """
    from pptx import Presentation

    slides = _widened(Presentation())
    verdicts = pd.read_csv(folder / "verdicts.csv", dtype=str, keep_default_na=False)
    _words(slides, 0, _opening(manifest, verdicts), _stand(manifest), "")
    told = {
        notebook: "\n".join(_told(row, manifest["sources"]) for row in _answers(verdicts, notebook))
        for notebook in manifest["notebooks"]
    }
    limits = {
        notebook: _last_words(folder / "notebooks" / f"{notebook}.ipynb")
        for notebook in manifest["notebooks"]
    }
    for key in sorted(manifest["figures"]):
        _figure(slides, folder, key, manifest, _notes(folder, key, manifest, told, limits))
    _words(
        slides,
        5,
        "How it was judged, and what it cannot show",
        "\n".join([*METHODS, *LIMITS]),
        _sources(manifest),
    )
    core = slides.core_properties
    core.title, core.author = (
        f"{manifest['project']['title']}, edition {manifest['edition']}",
        ", ".join(manifest["project"]["authors"]),
    )
    core.last_modified_by, core.revision, core.created, core.modified = core.author, 1, EPOCH, EPOCH
    written = io.BytesIO()
    slides.save(written)
    return _without_clock(written)


def _widened(slides):
    """The built-in template, which is 4:3, made as wide as a 16:9 slide, its layouts with it."""
    from pptx.util import Inches

    wider = SLIDE[0] / (slides.slide_width / Inches(1))
    slides.slide_width, slides.slide_height = Inches(SLIDE[0]), Inches(SLIDE[1])
    for level in (slides.slide_master, *slides.slide_layouts):
        for shape in level.placeholders:
            shape.left, shape.top, shape.width, shape.height = (
                round(shape.left * wider), shape.top, round(shape.width * wider), shape.height,
            )  # fmt: skip
    return slides


def _opening(manifest: dict, verdicts: pd.DataFrame) -> str:
    counts = verdicts["outcome"].value_counts()
    told = sentences.listing(f"{count} {outcome}" for outcome, count in counts.items())
    return f"{manifest['project']['title']}: {sentences.count(verdicts['claim'].nunique(), 'claim')} put to data. Verdicts: {told}"


def _stand(manifest: dict) -> str:
    return f"Edition {manifest['edition']}, version {manifest['project']['version']}, commit {manifest['commit']}"


def _sources(manifest: dict) -> str:
    return "\n".join(
        f"{one['short']}: {one['cite']} Licence: {one['licence']}"
        for _, one in sorted(manifest["producers"].items())
    )


def _words(slides, layout: int, heading: str, text: str, notes: str) -> None:
    """A slide of words: the first has a place for both, on another the text stands below the
    heading.
    """
    slide = slides.slides.add_slide(slides.slide_layouts[layout])
    _title(slide, heading, place=layout > 0)
    if layout == 0:
        slide.placeholders[1].text = text
        slide.placeholders[1].text_frame.paragraphs[
            0
        ].alignment = slide.shapes.title.text_frame.paragraphs[0].alignment
    else:
        _text(slide, text, (0.6, 1.3, 12.1, 5.8), 20, apart=10)
    slide.notes_slide.notes_text_frame.text = notes


def _figure(slides, folder: Path, key: str, manifest: dict, notes: str) -> None:
    """A slide with a figure; the footer of the picture is cropped, since the slide has the same one
    in text.
    """
    from pptx.util import Inches

    figure = manifest["figures"][key]
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    _title(slide, _sentence(figure["caption"]), place=True)
    picture = slide.shapes.add_picture(str(folder / "figures" / f"{key}.png"), 0, 0)
    picture.crop_bottom = FOOTER
    picture.height = Inches(BOTTOM - TOP)
    picture.width = round(picture.height * SLIDE[0] / (SLIDE[1] * (1 - FOOTER)))
    picture.left, picture.top = (slides.slide_width - picture.width) // 2, Inches(TOP)
    picture.name = f"Figure {key}"
    picture._element._nvXxPr.cNvPr.set("descr", figure["alt"])  # python-pptx has no word for it yet
    made_from = manifest["notebooks"][figure["notebook"]]["made_from"]
    _text(
        slide,
        f"{key} · edition {manifest['edition']} · {made_from} · {figure['source']}",
        (0.4, 7.06, 12.5, 0.4),
        11,
        QUIET,
    )
    slide.notes_slide.notes_text_frame.text = notes


def _title(slide, text: str, place: bool) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    title = slide.shapes.title
    if place:
        title.left, title.top, title.width, title.height = (
            Inches(0.4),
            Inches(0.1),
            Inches(12.5),
            Inches(0.95),
        )
    title.text_frame.word_wrap = True
    title.text = text
    title.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    title.text_frame.paragraphs[0].runs[0].font.size = Pt(
        next(size for longest, size in SIZES if len(text) <= longest) if place else 30
    )


def _text(
    slide, text: str, box: tuple[float, ...], size: float, colour: str = "#1b1b1b", apart: float = 0
) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    frame = slide.shapes.add_textbox(*(Inches(edge) for edge in box)).text_frame
    frame.word_wrap = True
    frame.text = text
    for paragraph in frame.paragraphs:
        paragraph.space_after = Pt(apart)
        for run in paragraph.runs:
            run.font.size, run.font.color.rgb = Pt(size), RGBColor.from_string(colour.lstrip("#"))


def _sentence(caption: str) -> str:
    """The first sentence of a caption; an abbreviation such as "et al." does not end one."""
    return re.split(r"(?<!al)\.\s", caption.strip())[0].rstrip(".")


def _last_words(notebook: Path) -> str:
    """What a notebook says last, without its heading: what it cannot show."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    last = next(
        "".join(cell["source"]) for cell in reversed(cells) if cell["cell_type"] == "markdown"
    )
    return " ".join(line for line in last.splitlines() if line and not line.startswith("#"))


def _notes(
    folder: Path, key: str, manifest: dict, verdicts: dict[str, str], limits: dict[str, str]
) -> str:
    """What stands behind a figure: all of its caption, the verdicts of its notebook, the estimand,
    the limits, and how to cite it.
    """
    figure = manifest["figures"][key]
    with (folder / "figures" / f"{key}.csv").open(encoding="utf-8", newline="") as table:
        estimands = list(
            dict.fromkeys(row["estimand"] for row in csv.DictReader(table) if "estimand" in row)
        )
    estimated = (
        "; ".join(estimands)
        if 0 < len(estimands) <= 4
        else f"{len(estimands)} of them, in figures/{key}.csv"
        if estimands
        else "none"
    )
    parts = {
        "": figure["caption"],
        "What is estimated": estimated,
        "Verdicts": verdicts[figure["notebook"]] or "none",
        "What it cannot show": limits[figure["notebook"]],
        "To cite": apa(key, manifest),
    }
    return "\n\n".join(f"{name}: {text}" if name else text for name, text in parts.items())


def _answers(verdicts: pd.DataFrame, notebook: str) -> list:
    """Verdicts on the claims that a notebook answers, under the claims' own tiers; the scorecard's
    are on its slides.
    """
    register = claims()
    own = {
        key: ("", register[key].scheme)
        for key in verdicts["claim"].unique()
        if key in register and register[key].notebook == notebook
    }
    return [row for row in verdicts.itertuples() if row.scheme in own.get(row.claim, ())]


def _told(row, sources: dict) -> str:
    value = sentences.interval(
        *(float(end or "nan") for end in (row.estimate, row.low, row.high)), row.unit
    )
    where = (
        f", {sources[row.source]['short']}: {value}, claimed {row.claimed}"
        if row.source in sources and row.estimate
        else ""
    )
    return f"{row.claim} {row.outcome}{where}. {row.because}"


def _without_clock(written: io.BytesIO) -> bytes:
    """The same archive with every entry dated alike."""
    dated = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(dated, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            kind = (
                zipfile.ZIP_STORED if entry.filename.endswith(".png") else zipfile.ZIP_DEFLATED
            )  # pictures are compressed already
            new.writestr(
                zipfile.ZipInfo(entry.filename, EPOCH.timetuple()[:6]), old.read(entry), kind
            )
    return dated.getvalue()
