"""Slides tell a story and repeat their figures, with verdicts and limits in the notes, the same
each time, on the layouts of a template.
"""

import io
import json

import pytest
from pptx import Presentation
from pptx.shapes.placeholder import PlaceholderPicture
from pptx.util import Emu, Inches

from analysis.finding import MOST_WORDS, words
from analysis.present.charts.anatomy import wrapped
from analysis.publish.deck import AFTER, BEFORE, MOST, deck
from analysis.publish.slides import CAPTION, FIGURE, SECTION, TITLE, template


@pytest.fixture(scope="module")
def manifest(published):
    return json.loads((published / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def slides(published):
    return Presentation(published / "deck.pptx")


def pictured(slides):
    """Slides with a picture, each with it."""
    pairs = []
    for slide in slides.slides:
        found = [shape for shape in slide.shapes if isinstance(shape, PlaceholderPicture)]
        assert len(found) <= 1
        pairs += [(slide, picture) for picture in found]
    return pairs


def parts_of(slides):
    """Slides of the story and of the appendix."""
    names = [slide.slide_layout.name for slide in slides.slides]
    where = names.index(slides.slide_layouts[SECTION].name)
    return list(slides.slides)[:where], list(slides.slides)[where + 1 :]


def figures_of(slides):
    """Slides of the appendix by the key of their figure, with the picture."""
    story = {slide.slide_id for slide in parts_of(slides)[0]}
    pairs = [pair for pair in pictured(slides) if pair[0].slide_id not in story]
    return {pair[1].name.removeprefix("Figure "): pair for pair in pairs}


def test_a_story_of_at_most_ten_slides_stands_before_an_appendix_of_all_figures(slides, manifest):
    assert (slides.slide_width, slides.slide_height) == (Emu(round(914400 * 40 / 3)), Inches(7.5))
    story, appendix = parts_of(slides)
    assert 3 <= len(story) <= MOST == 10
    assert list(figures_of(slides)) == sorted(manifest["figures"])
    assert len(appendix) == len(manifest["figures"]) + 1
    inner = [
        slide for slide, _ in pictured(slides) if slide.slide_id in {s.slide_id for s in story}
    ]
    assert len(inner) == len(story) - 2, "one picture each, but on the first and the last"
    keys = [key for key in (*BEFORE, *AFTER) if key in manifest["figures"]]
    titles = [slide.shapes.title.text for slide in inner]
    assert titles == [manifest["figures"][key]["headline"] for key in keys]


def test_every_title_is_a_sentence_of_the_size_of_the_template(slides):
    for slide in slides.slides:
        title = slide.shapes.title
        assert words(title.text) <= MOST_WORDS
        assert not any(run.font.size for part in title.text_frame.paragraphs for run in part.runs)
    assert TITLE >= 28
    styles = slides.slide_master._element.find("{*}txStyles")
    sizes = [int(run.get("sz")) for run in styles.find("{*}titleStyle").iter("{*}defRPr")]
    for layout in slides.slide_layouts:
        own = [shape for shape in layout.placeholders if shape.placeholder_format.idx == 0]
        if layout.name in {slide.slide_layout.name for slide in slides.slides}:
            sizes += [int(run.get("sz")) for run in own[0]._element.iter("{*}defRPr")]
    assert min(sizes) >= 2800


def test_titles_and_captions_fit_their_places(slides):
    for slide, _ in pictured(slides):
        for shape, size, bold in (
            (slide.shapes.title, TITLE * 0.87, True),  # letters of the theme are narrower
            (slide.placeholders[2], CAPTION * 0.87, False),
        ):
            free = shape.width / 12700 - 15
            lines = sum(1 + wrapped(part, size, free, bold).count("\n")
                        for part in shape.text_frame.text.splitlines())  # fmt: skip
            assert lines * size / 0.87 * 1.2 <= shape.height / 12700, shape.text_frame.text


def test_every_shape_is_a_placeholder_of_its_layout(slides):
    for slide in slides.slides:
        assert all(shape.is_placeholder for shape in slide.shapes)
    layout = template().slide_layouts[FIGURE]
    assert {0, 1, 2} <= {shape.placeholder_format.idx for shape in layout.placeholders}


def test_a_slide_has_the_finding_the_alt_text_and_the_source(slides, manifest):
    for key, (slide, picture) in figures_of(slides).items():
        figure = manifest["figures"][key]
        assert slide.shapes.title.text == figure["headline"]
        assert len(slide.shapes.title.text) > 20
        assert picture._element._nvXxPr.cNvPr.get("descr") == figure["alt"]
        below = slide.placeholders[2].text_frame.text.splitlines()
        made_from = manifest["notebooks"][figure["notebook"]]["made_from"]
        source = f"{key} · edition {manifest['edition']} · {made_from} · {figure['source']}"
        assert below[-1] == source
        assert len(below) == 1 + bool(figure["detail"])


def test_nothing_lies_outside_a_slide_or_on_something_else(slides):
    for slide, picture in pictured(slides):
        title, below = slide.shapes.title, slide.placeholders[2]
        assert title.top >= 0
        assert title.top + title.height <= picture.top
        assert picture.left >= 0
        assert picture.left + picture.width <= slides.slide_width
        assert picture.top + picture.height <= below.top
        assert below.top + below.height <= slides.slide_height


def test_a_picture_keeps_its_proportions_without_headline_and_footer(slides, manifest):
    for _, picture in pictured(slides):
        figure = manifest["figures"][picture.name.removeprefix("Figure ")]
        assert (picture.crop_left, picture.crop_right) == (0, 0)
        assert picture.crop_top == pytest.approx(figure["head"], abs=1e-4)
        assert picture.crop_bottom == pytest.approx(figure["foot"], abs=1e-4)
        wide, high = picture.image.size
        shown = high * (1 - picture.crop_bottom - picture.crop_top)
        assert picture.width / picture.height == pytest.approx(wide / shown, rel=0.002)


def test_the_notes_have_caption_estimand_verdicts_limits_and_citation(slides, manifest):
    for slide, picture in pictured(slides):
        notes = slide.notes_slide.notes_text_frame.text
        assert notes.startswith(
            manifest["figures"][picture.name.removeprefix("Figure ")]["caption"]
        )
        for part in (
            "What is estimated: ",
            "Verdicts: ",
            "What it cannot show: ",
            "To cite: The micro-vs-macro project. (2026, November)",
        ):
            assert part in notes
    assert ("A09 settled by reading") in figures_of(slides)["F01a"][
        0
    ].notes_slide.notes_text_frame.text


def test_the_last_slide_names_every_producer(slides, manifest):
    notes = slides.slides[len(slides.slides) - 1].notes_slide.notes_text_frame.text
    assert manifest["producers"]
    assert all(one["cite"] in notes for one in manifest["producers"].values())


def test_the_story_ends_with_how_to_cite(slides, manifest):
    last = parts_of(slides)[0][-1]
    assert "cite" in last.shapes.title.text
    assert f"edition {manifest['edition']}" in last.placeholders[1].text_frame.text


def test_the_same_report_gives_the_same_bytes_whatever_the_time(published, manifest, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    made = deck(published, manifest)
    assert made == (published / "deck.pptx").read_bytes()
    assert Presentation(io.BytesIO(made)).core_properties.author == "The micro-vs-macro project"
