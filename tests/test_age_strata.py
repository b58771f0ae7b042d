"""A source that tells the age of its posts shows what each age gives, wherever a verdict rests on
it: on the verdict's card, below the table of its notebook, and in the table of all.
"""

import json
import re

import numpy as np
import pytest

import analysis as an
from analysis import paths
from analysis.display import sentence
from analysis.estimate.questions import questions
from analysis.estimate.shifts import answered_questions, by_stratum
from analysis.present.columns import by_age
from analysis.registers.shifts import strata_of

WITH_AGES = [one for one in an.load_all("open").values() if "age" in one.source.strata]


def asked():
    """Every question that a source with ages answers by a number, with what each age gives."""
    comparable = {one.key for one in answered_questions(an.claims().values(), WITH_AGES)}
    for one in questions(an.claims().values(), WITH_AGES):
        if not np.isnan(one.whole.estimate):
            rows = by_stratum(one) if one.key in comparable else ()
            yield one, {row[6]: row[8] for row in rows if row[5] == "age"}


ASKED = list(asked())
SHOWN = [(one, ages) for one, ages in ASKED if ages]


def name(value):
    return f"{value.claim.key}.{value.number}" if hasattr(value, "claim") else ""


def test_there_are_sources_with_ages_and_ratio_verdicts_that_rest_on_them():
    assert WITH_AGES
    ratios = {one.key[:2] for one, _ in SHOWN if one.whole.unit == "ratio"}
    assert {("C08", 1), ("D06", 1), ("A13", 1)} <= ratios


@pytest.mark.parametrize(("one", "ages"), SHOWN, ids=name)
def test_every_verdict_shows_on_its_card_what_the_posts_of_each_age_give(one, ages):
    held = strata_of(one.claim.key, one.moments.source.key, one.whole.scheme, one.number)
    assert {row["level"]: pytest.approx(row["estimate"]) for row in held} == ages
    for shown in (repr(one.whole).replace("\n", " "), one.whole._repr_html_()):
        assert "posts of the last year alone give" in shown.lower()
        assert "older posts alone give" in shown.lower()


@pytest.mark.parametrize(("one", "ages"), ASKED, ids=name)
def test_a_card_that_shows_no_ages_states_why(one, ages):
    assert ages or "Not shown by age of posts: " in repr(one.whole)


def test_the_card_of_a_verdict_under_other_tiers_shows_the_ages_under_the_claims_own():
    (own, *others) = [one for one in an.judge("C08", WITH_AGES) if one.source]
    assert own.scheme == "macro-or-micro-second"
    assert others
    for one in others:
        shown = repr(one).replace("\n", " ")
        assert "Under the claim's own tiers, posts of the last year alone give +24 %" in shown


def test_the_card_of_a_source_without_ages_says_nothing_of_them():
    (verdict, *_) = an.judge("C08", "tiktok-tides", "macro-or-micro-second")
    assert "by age" not in repr(verdict)


def test_the_table_below_verdicts_has_a_row_for_every_verdict_with_ages():
    frame = an.judge(an.claims().values(), WITH_AGES).to_frame()
    rows = by_age(frame)
    expected = [f"{one.claim.key}, test {one.number}" for one, _ in SHOWN]
    assert rows["claim"].tolist() == expected
    assert {"last year", "older"} < set(rows)


def test_the_scorecard_has_a_row_by_age_for_every_verdict_with_ages(published):
    page = (published / "12-scorecard.html").read_text(encoding="utf-8")
    (table,) = re.findall(r'aria-label="The same by age of posts".*?</table>', page, re.S)
    assert [f"{one.claim.key}, test {one.number}" for one, _ in SHOWN] == re.findall(
        r"[A-Z]\d\d, test \d", table
    )


@pytest.mark.parametrize("key", ["C08", "D06"])
def test_ages_stand_in_the_sentence_and_the_picture_of_a_claims_strata(key):
    claim = an.claim(key)
    strata = claim.by_strata(an.load_all("open"))
    figure = strata.plot()
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    named = [re.split(r", n |\n", label)[0] for label in labels]  # the number of accounts follows
    assert named[:3] == ["all posts", "posts of the last year", "older posts"]
    assert "by posts of the last year" in sentence(strata)


@pytest.mark.parametrize("key", sorted({one.claim.key for one, _ in SHOWN}))
def test_the_notebook_of_a_claim_with_ages_shows_its_verdicts_and_so_its_ages(key):
    path = paths.NOTEBOOKS / f"{an.claim(key).notebook}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    # a notebook names the claims that it judges, or takes all that are its own
    assert any(f'"{key}"' in cell or ".notebook == " in cell for cell in code)
    assert any("report.verdicts(" in cell for cell in code)


def test_a_table_of_verdicts_is_followed_by_the_ages(capsys):
    report = an.Report("02-engagement", "draft")
    report.verdicts(an.judge("C08", WITH_AGES, "macro-or-micro-second"))
    shown = capsys.readouterr().out
    assert "The same by age of posts" in shown
    assert "1.24 [1.18, 1.29], supported" in shown
    assert "1.08 [1.03, 1.14], supported" in shown
    report.verdicts(an.judge("C08", "tiktok-tides", "macro-or-micro-second"))
    assert "by age" not in capsys.readouterr().out
