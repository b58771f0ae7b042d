"""What somebody meets who uses the package for the first time: words, hints, and what to do."""

import contextlib
import io
import os
import subprocess
import sys

import pandas as pd
import pytest

import analysis as an
from analysis import paths
from analysis.display import because
from analysis.estimate.registry import ESTIMATORS, estimator
from analysis.estimate.results import Estimate
from analysis.estimate.tier_averages import context_of
from analysis.moments.sample import Sample
from analysis.moments.samples import Samples
from analysis.present.report import STAGE
from analysis.present.sentences.reasons import WORDINGS
from analysis.publish import report
from analysis.publish.check import as_text, check
from tests.test_documents import blocks


@pytest.fixture(scope="module")
def kim():
    return an.load("instagram-kim").sample("engagement").tier("harvard-media")


@pytest.fixture
def unregistered():
    """Take away afterwards what a test registers."""
    known, words = set(ESTIMATORS), dict(WORDINGS)
    yield
    for name in set(ESTIMATORS) - known:
        function = ESTIMATORS.pop(name).function
        delattr(Sample, function.__name__)
        delattr(Samples, function.__name__)
    WORDINGS.clear()
    WORDINGS.update(words)


@pytest.mark.parametrize("unit", sorted({one.unit for one in ESTIMATORS.values()} - {""}))
def test_a_new_estimator_in_a_known_unit_gets_no_sentence_of_another(kim, unregistered, unit):
    @estimator("brand new", unit=unit, needs=("of", "versus"), tiered=True)
    def brand_new(sample: Sample, of: str, versus: str, confidence: float = 0.95) -> Estimate:
        context = context_of(sample, "", of, versus, confidence)
        what = because("what_is_new")
        return Estimate("new", 12, 34, 0.47, 0.4, 0.5, unit, what, (), "ok", context)

    sentence = kim.brand_new("micro", "macro").sentence()
    assert "what is new" in sentence
    assert "12 accounts" in sentence
    others = ("in 47", "of pairs", " get ", "not clearly different", "grows as", "reliability of")
    assert not [text for text in others if text in sentence.replace(unit, "")]


def test_the_example_of_an_estimator_runs_and_prints_what_is_shown(unregistered):
    text = (paths.ROOT / "docs" / "estimator.md").read_text(encoding="utf-8")
    printed, names = io.StringIO(), {}
    with contextlib.redirect_stdout(printed):
        for code in blocks(text, "python"):
            exec(compile(code, "estimator.md", "exec"), names)
    assert printed.getvalue() in blocks(text, "text")
    nothing = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    assert nothing.active_share("nano").status == "undefined"


def test_a_verdict_that_only_the_status_leaves_undecided_says_why():
    comments = an.load("instagram-kim").sample("comments_per_follower").tier("harvard-media")
    verdict = an.claim("D06").judge(comments.contrast("micro", "macro"))
    assert verdict.outcome == "undecided"
    why = "677 of 5,520 accounts have a rate of zero"
    for shown in (verdict.sentence(), str(verdict), verdict._repr_html_()):
        assert f"Too little to decide: micro: {why}" in shown.replace("\n", " ")


def test_two_readings_of_a_claim_are_told_apart_where_verdicts_are_listed():
    listed = str(an.judge("D06", "instagram-kim", ["harvard-media"])).splitlines()[2:]
    assert [" at most +60 %" in line for line in listed] == [False, True]
    assert all("+60 %" in line for line in listed)


def test_a_tier_without_accounts_is_named_in_the_sentence_of_all_tiers(kim):
    assert "Without an estimate: nano (500 to 1K followers)." in kim.by_tier().sentence()
    several = an.load_all("open").sample("engagement").tier("harvard-media").by_tier().sentence()
    assert "Without an estimate: Instagram (Kim et al.), nano" in several


def test_claims_without_their_tests_and_sources_by_name_are_asked_for_as_they_are_needed():
    ask, d06, decades = an.multiverse.judge_specifications, an.claim("D06"), ["decades"]
    for wrong in ("D06", d06, [d06], ["D06"], [], an.load_all("open")):
        with pytest.raises(TypeError, match=r"pairs of a claim and one of its tests are needed"):
            ask(wrong, "instagram-kim", decades)
    with pytest.raises(TypeError, match=r"Moments are needed, such as an.load_all\('open'\)"):
        ask([(d06, d06.tests[0])], "instagram-kim", decades)


def test_a_curve_of_estimates_that_were_not_judged_is_refused_when_it_is_made():
    sources = [an.load("instagram-kim")]
    grid = an.multiverse.specifications(sources, ["decades"]).head(3)
    estimated = an.multiverse.estimate_specifications(grid, sources, ["decades"])
    with pytest.raises(ValueError, match=r"no outcomes yet: `judge_specifications` puts claims"):
        an.multiverse.SpecificationCurve(estimated)


def test_how_many_accounts_decide_can_be_asked_of_a_claim_a_test_or_a_range(kim):
    lift, claim = kim.contrast("micro", "macro"), an.claim("D06")
    of_claim = an.power.accounts_to_decide(lift, claim)
    assert of_claim == an.power.accounts_to_decide(lift, claim.tests[0])
    assert of_claim == an.power.accounts_to_decide(lift, claim.tests[0].claimed_range())
    with pytest.raises(TypeError, match="a single Estimate is needed, not Estimates"):
        an.power.accounts_to_decide(kim.by_tier(), claim)
    untested = next(one for one in an.claims().values() if not one.tests)
    with pytest.raises(ValueError, match=f"claim {untested.key} has no test"):
        an.power.accounts_to_decide(lift, untested)


def test_studies_without_effects_are_refused_with_what_makes_them():
    for frame in (pd.DataFrame({"beta": [1, 2]}), pd.DataFrame()):
        with pytest.raises(ValueError, match=r"columns effect and se are needed. average_by_owner"):
            an.synthesis.pool(frame)


def test_the_tab_key_lists_fields_and_methods_of_this_project_only(kim):
    claim = an.claim("D06")
    assert {"key", "tests", "judge", "sentence", "to_frame"} <= set(dir(claim))
    records = (claim, claim.tests[0], an.scheme("decades"), kim.source)
    foreign = [name for one in records for name in dir(one) if name.startswith(("model_", "parse"))]
    assert foreign == []
    assert not [one for one in (claim, kim, kim.by_tier()) if "NEXT" in dir(one)]


def test_what_the_lines_of_the_readme_write_is_left_alone_by_git():
    text = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    written = [word.strip("'\"()") for word in text.split() if "own/" in word]
    files = [word.partition("savefig(")[2].strip('"') or word for word in written]
    assert len(files) == 2
    command = ["git", "check-ignore", *files]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    if "not a git repository" in done.stderr:
        pytest.skip("no git here")
    assert done.stdout.split() == files


def test_a_german_file_is_read_and_its_rows_are_counted_in_the_plural(tmp_path):
    path = tmp_path / "my.csv"
    rows = [f"a{number},instagram,{number * 1000},5" for number in range(1, 4)]
    lines = ["Konto,Plattform,Anhänger,Likes", *rows, "b,instagram,,5", "c,instagram,,5"]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "Left out: 2 rows without followers." in as_text(check(path))
    assert (
        "Repaired on reading: column 'followers' is read from 'Anhänger'."
        in an.read(path, name="mine").source.limits
    )


def test_a_refused_file_ends_with_its_faults(tmp_path):
    path = tmp_path / "my.csv"
    lines = ["account_id,platform,followers,likes", "a,instagram,1000,5", "b,instagram,many,5"]
    path.write_text("\n".join(lines), encoding="utf-8")
    text = as_text(check(path))
    assert text.splitlines()[0].endswith("is refused.")
    assert "\nRefused\n" in text
    assert "'many'" in text.splitlines()[-1] + text.splitlines()[-2]


def test_what_a_notebook_left_running_ends_with_the_report(tmp_path, monkeypatch):
    left = []

    def build(made, parts, *_):
        environment = os.environ | {STAGE: str(parts)}
        sleep = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
        left.append(subprocess.Popen(sleep, env=environment, stdout=subprocess.PIPE))
        left[0].stdout.readline()
        made.mkdir()

    monkeypatch.setattr(report, "_build", build)
    try:
        report._make([], {}, tmp_path / "out", None, lambda: None)
        assert left[0].wait(10) != 0
    finally:
        left[0].kill()
        left[0].communicate()
