"""Slides of a template with layouts and placeholders, so that another theme can be applied: sizes
and places stand in the master and its layouts, not on the slides.
"""

import datetime
import io
import zipfile
from pathlib import Path

from analysis.present.style import SLIDE

EPOCH = datetime.datetime(1980, 1, 1)
"""Date of every deck, so that the same report twice gives the same bytes; its edition is its true
date.
"""

TITLE, TEXT, CAPTION = 28, 18, 12
"""Sizes of titles, of text and of what stands below a picture [points]."""

OPENING, PLAIN, SECTION, FIGURE = 0, 1, 2, 8
"""Places of the layouts that are used: title, title and text, a part's title, a picture."""

HEAD = (0.42, 0.16, 12.5, 1.02)
"""Where the title of a slide stands [inches: left, top, width, height]."""

PLACES = {
    OPENING: {0: (0.9, 1.7, 11.5, 1.7), 1: (0.9, 3.6, 11.5, 2.4)},
    PLAIN: {0: HEAD, 1: (0.42, 1.3, 12.5, 5.8)},
    SECTION: {0: (0.9, 2.6, 11.5, 1.2), 1: (0.9, 3.9, 11.5, 1.4)},
    FIGURE: {0: HEAD, 1: (0.42, 1.24, 12.5, 5.32), 2: (0.42, 6.6, 12.5, 0.82)},
}
"""Where the placeholders of each layout stand."""


def template():
    """Open the built-in template, which is 4:3, as a wide one with our places and sizes."""
    from pptx import Presentation
    from pptx.util import Inches

    slides = Presentation()
    wider = SLIDE[0] / (slides.slide_width / Inches(1))
    slides.slide_width, slides.slide_height = map(Inches, SLIDE)
    for level in (slides.slide_master, *slides.slide_layouts):
        for shape in level.placeholders:
            # all four are set, since an inherited one is lost when another is set
            top, height = shape.top, shape.height
            shape.left, shape.width = round(shape.left * wider), round(shape.width * wider)
            shape.top, shape.height = top, height
    styles = slides.slide_master._element.find("{*}txStyles")
    _sized(styles.find("{*}titleStyle"), TITLE, "1")
    _sized(styles.find("{*}bodyStyle"), TEXT)
    for layout, places in PLACES.items():
        for shape in slides.slide_layouts[layout].placeholders:
            if box := places.get(shape.placeholder_format.idx):
                shape.left, shape.top, shape.width, shape.height = map(Inches, box)
                _own_size(shape, layout)
    return slides


def _own_size(shape, layout: int) -> None:
    """Replace what a layout says of the size of its text, and where text begins."""
    kind = shape.placeholder_format.idx
    for style in shape._element.iter("{*}lstStyle"):
        size = CAPTION if layout == FIGURE and kind else TEXT if kind else TITLE
        _sized(style, size, None if kind else "1")
        for properties in style.iter("{*}buNone"):
            properties.getparent().set("marL", "0")
    for properties in shape._element.iter("{*}bodyPr"):
        properties.set("anchor", "b" if layout != FIGURE and layout != PLAIN and not kind else "t")


def _sized(style, size: float, bold: str | None = None) -> None:
    """Set size and side of every level of text in a style."""
    for level in style:
        level.set("algn", "l")
        for run in level.iter("{*}defRPr"):
            run.set("sz", str(int(100 * size)))
            run.set("cap", "none")
            if bold:
                run.set("b", bold)


def text_slide(slides, layout: int, title: str, text: str, notes: str = ""):
    """Add a slide with a title and text."""
    slide = slides.slides.add_slide(slides.slide_layouts[layout])
    slide.shapes.title.text = title
    slide.placeholders[1].text = text
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    return slide


def picture_slide(slides, title: str, below: str, picture: Path, figure: dict, notes: str):
    """Add a slide with a title, a figure without what the slide has as text, and text below.

    `figure` has the ``key``, ``alt``, and the shares ``head`` and ``foot`` of its picture that are
    left away.
    """
    slide = slides.slides.add_slide(slides.slide_layouts[FIGURE])
    slide.shapes.title.text = title
    place = slide.placeholders[1]
    box = (place.left, place.top, place.width, place.height)
    shown = place.insert_picture(str(picture))
    shown.crop_left = shown.crop_right = 0
    shown.crop_top, shown.crop_bottom = figure["head"], figure["foot"]
    _fit(shown, box, figure)
    shown.name = f"Figure {figure['key']}"
    shown._element._nvXxPr.cNvPr.set("descr", figure["alt"])  # python-pptx has no API for it yet
    slide.placeholders[2].text = below
    slide.notes_slide.notes_text_frame.text = notes
    return slide


def _fit(shown, box: tuple[int, ...], figure: dict) -> None:
    """Make a picture as large as its place allows, in its own proportions."""
    left, top, width, height = box
    wide, high = shown.image.size
    part = wide / (high * (1 - figure["head"] - figure["foot"]))
    fitting = min(width, round(height * part)), min(height, round(width / part))
    shown.width, shown.height = fitting
    shown.left, shown.top = left + (width - fitting[0]) // 2, top


def saved(slides, title: str, author: str) -> bytes:
    """Give the file, with every date in it the same."""
    core = slides.core_properties
    core.title, core.author = title, author
    core.last_modified_by, core.revision, core.created, core.modified = author, 1, EPOCH, EPOCH
    written, dated = io.BytesIO(), io.BytesIO()
    slides.save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(dated, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            compressed = entry.filename.endswith(".png")  # already
            kind = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
            name = zipfile.ZipInfo(entry.filename, EPOCH.timetuple()[:6])
            new.writestr(name, old.read(entry), kind)
    return dated.getvalue()
