"""The explorer answers what the estimators answer, gives the reason where it cannot, and
follows a slider.
"""

import io
import statistics
import time

import numpy as np
import pytest

from analysis.estimate.explored import Choices, two_tiers
from analysis.moments.load import load, load_all
from analysis.present.explorer import ALL, Explorer
from analysis.registers.lookup import claims, scheme, schemes


@pytest.fixture(scope="module")
def choices():
    return Choices(load_all("open"))


@pytest.fixture
def explorer(choices):
    return Explorer(choices)


def test_the_schemes_to_choose_from_are_those_with_both_tiers(choices):
    assert set(choices.schemes) == {
        key for key, one in schemes().items() if "micro" in one.names and "macro" in one.names
    }
    assert 0 < len(choices.schemes) < len(schemes())


def answer(choices, **changed):
    choice = {
        "source": "instagram-kim",
        "metric": "engagement_per_follower",
        "average": "typical account",
        "posts": ALL,
        "claim": "D06",
    }
    return choices.answer(**choice | {"micro": (1e4, 1e5), "macro": (1e5, 1e6)} | changed)


@pytest.mark.parametrize("average", ["typical account", "median account", "ratio of sums"])
def test_the_answer_is_that_of_the_estimator(choices, average):
    decades = scheme("decades")
    edges = {tier.name: (tier.lower, tier.upper or np.inf) for tier in decades.tiers}

    estimate = answer(choices, average=average, micro=edges["micro"], macro=edges["macro"]).estimate

    sample = load("instagram-kim").sample().tier(decades)
    assert estimate.row() == sample.contrast("micro", "macro", average).row()


def test_a_verdict_belongs_to_its_claim(choices):
    register = claims()
    assert set(choices.claims) == {"A12", "C08", "C14", "D06"}
    for key in choices.claims:
        low, high = answer(choices, claim=key).claimed
        explored = answer(choices, claim=key)
        assert explored.verdict.claim == register[key].key
        assert (explored.verdict.outcome == "supported") == (
            low < explored.estimate.low and explored.estimate.high < high
        )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"metric": "likes_per_post"}, "about an engagement rate"),
        (
            {"source": "tiktok-tides", "metric": "likes_per_follower", "claim": "A12"},
            "about instagram",
        ),
        (
            {"source": "tiktok-hypeauditor", "metric": "likes_per_follower"},
            "a control that decides no claim",
        ),
    ],
)
def test_choices_beside_the_claim_decide_nothing(changed, reason):
    explored = answer(Choices(load_all("open") | load_all("controls")), **changed)
    assert explored.verdict.outcome == "untestable" and reason in explored.verdict.because


def test_tiers_that_overlap_or_are_empty_are_refused_with_a_sentence():
    overlap = r"micro ends at 200,000 followers and macro begins at 100,000: let macro begin where"
    with pytest.raises(ValueError, match=overlap):
        two_tiers((1e4, 2e5), (1e5, 1e6))
    with pytest.raises(
        ValueError, match=r"macro would begin and end at 100,000 followers: move one of its ends\."
    ):
        two_tiers((1e4, 1e5), (1e5, 1e5))


def test_a_control_that_moves_changes_number_verdict_and_picture(explorer):
    before = (explorer.text.value, explorer.picture.value)

    explorer.set(micro=(1e3, 5e3), macro=(5e5, 1e6))

    assert explorer.text.value != before[0]
    assert explorer.picture.value != before[1]
    assert explorer.controls["scheme"].value == ""


def test_a_publishers_tiers_move_both_sliders(explorer):
    explorer.set(scheme="harvard-media")
    tiers = {tier.name: tier for tier in schemes()["harvard-media"].tiers}
    assert [explorer.controls[name].value for name in ("micro", "macro")] == [
        (float(tiers[name].lower), float(tiers[name].upper)) for name in ("micro", "macro")
    ]


def test_another_source_offers_what_it_has(explorer, choices):
    explorer.set(posts=("sponsored", "yes"))
    explorer.set(source="youtube-tides")

    offered = [value for _, value in explorer.controls["metric"].options]
    assert offered == list(choices.sources["youtube-tides"].metrics)
    assert explorer.controls["posts"].value == ALL
    assert explorer.choice["metric"] == choices.sources["youtube-tides"].main_metric


def test_choices_that_cannot_be_answered_give_the_reason(explorer):
    explorer.set(micro=(1e4, 5e5))
    assert "let macro begin where micro ends" in explorer.text.value
    assert explorer.picture.value == b""


def test_an_explorer_needs_no_more_than_loaded_sources():
    explorer = Explorer({"instagram-kim": load("instagram-kim")}, 0.9)
    narrow = explorer.answer.estimate
    wide = Explorer({"instagram-kim": load("instagram-kim")}).answer.estimate
    assert narrow.estimate == wide.estimate
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_picture_is_a_picture(explorer):
    from PIL import Image

    assert Image.open(io.BytesIO(explorer.picture.value)).size == (990, 396)


def test_a_slider_is_followed_within_a_tenth_of_a_second(explorer):
    seconds = []
    for low in (1e3, 2e3, 5e3, 1e4, 2e4, 5e4) * 2:
        started = time.process_time()
        explorer.set(micro=(low, 1e5))
        seconds.append(time.process_time() - started)
    assert statistics.median(seconds) < 0.1


def test_an_answer_has_a_sentence_and_a_row(choices):
    explored = answer(choices, micro=(1e3, 5e3), macro=(1e4, 25e3))

    assert explored.sentence().startswith(explored.estimate.sentence())
    assert explored.verdict.sentence() in explored.sentence()
    row = explored.to_frame().iloc[0]
    assert (row["estimate"], row["outcome"]) == (explored.estimate.estimate, "contradicted")
