"""Slides repeat their figures, with verdicts and limits in the notes, the same each time."""

import io
import json

import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.util import Emu, Inches

from analysis.publish.deck import _first_sentence, deck


@pytest.fixture(scope="module")
def manifest(published):
    return json.loads((published / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def slides(published):
    return Presentation(published / "deck.pptx")


def figures_of(slides):
    """Slides with a picture, by the key of its figure."""
    pictures = [
        (slide, [shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE])
        for slide in slides.slides
    ]
    return {
        found[0].name.removeprefix("Figure "): (slide, found[0])
        for slide, found in pictures
        if found
    }


def test_there_is_a_slide_for_each_figure_between_a_first_and_a_last(slides, manifest):
    assert (slides.slide_width, slides.slide_height) == (Emu(round(914400 * 40 / 3)), Inches(7.5))
    assert list(figures_of(slides)) == sorted(manifest["figures"])
    assert len(slides.slides) == len(manifest["figures"]) + 2


def test_a_slide_has_the_finding_the_alt_text_and_the_source(slides, manifest):
    for key, (slide, picture) in figures_of(slides).items():
        figure = manifest["figures"][key]
        assert figure["caption"].startswith(slide.shapes.title.text)
        assert len(slide.shapes.title.text) > 20
        assert picture._element._nvXxPr.cNvPr.get("descr") == figure["alt"]
        footers = [
            shape.text_frame.text
            for shape in slide.shapes
            if shape.has_text_frame and shape != slide.shapes.title
        ]
        made_from = manifest["notebooks"][figure["notebook"]]["made_from"]
        assert footers == [
            f"{key} · edition {manifest['edition']} · {made_from} · {figure['source']}"
        ]


def test_nothing_lies_outside_a_slide_or_on_something_else(slides):
    for slide, picture in figures_of(slides).values():
        title = slide.shapes.title
        assert title.top >= 0
        assert title.top + title.height <= picture.top
        assert picture.left >= 0
        assert picture.left + picture.width <= slides.slide_width
        assert picture.top + picture.height <= slides.slide_height - Inches(0.4)


def test_a_picture_keeps_its_proportions(slides):
    for _, picture in figures_of(slides).values():
        wide, high = picture.image.size
        assert picture.width / picture.height == pytest.approx(
            wide / (high * (1 - picture.crop_bottom)), rel=0.002
        )


def test_the_notes_have_caption_estimand_verdicts_limits_and_citation(slides, manifest):
    for key, (slide, _) in figures_of(slides).items():
        notes = slide.notes_slide.notes_text_frame.text
        assert notes.startswith(manifest["figures"][key]["caption"])
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


def test_the_same_report_gives_the_same_bytes_whatever_the_time(published, manifest, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))
    made = deck(published, manifest)
    assert made == (published / "deck.pptx").read_bytes()
    assert Presentation(io.BytesIO(made)).core_properties.author == "The micro-vs-macro project"


@pytest.mark.parametrize(
    ("caption", "sentence"),
    [
        ("One. Two.", "One"),
        ("By Kim et al. 1.18, or 1.2 in all.", "By Kim et al. 1.18, or 1.2 in all"),
        ("A rate of 1.5 % holds. per view: 2", "A rate of 1.5 % holds"),
    ],
)
def test_a_title_is_the_first_sentence(caption, sentence):
    assert _first_sentence(caption) == sentence
