"""Signs of selection or simulation in a file of one's own bind its verdicts, wherever they are
asked for; who overrules them cannot hide it.
"""

import json

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.contrast import contrast
from analysis.estimate.judging import judge
from analysis.estimate.multiverse.specification_curve import judge_specifications
from analysis.estimate.verdict import judge as judge_estimate
from analysis.finding import Finding
from analysis.intake.reading import Hints
from analysis.moments import kept, own, plausibility
from analysis.moments.load import load
from analysis.moments.statement import statement
from analysis.present.charts.canvas import new_figure
from analysis.present.report import Report
from analysis.publish import check as checking
from analysis.publish.cite import citations
from analysis.publish.run.parameters import ParameterError
from analysis.publish.run.request import Request, foresee
from analysis.publish.site.layout import render, with_notice
from analysis.registers.lookup import claim, scheme
from analysis.simulate import artefacts, worlds
from benchmarks import signs as benchmark

DECADES = scheme("decades")
OVERRULED = "Signs of selection were overruled by whoever made this report: "


@pytest.fixture(autouse=True)
def _private_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(paths, "OWN", tmp_path / "cache" / "own")


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    """A file that a feed selected: only posts that were watched widely."""
    path = tmp_path_factory.mktemp("feed") / "feed.csv"
    artefacts.viral_feed(1, accounts=8_000).posts.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """A file in which micro has the larger rates, and nobody selected."""
    path = tmp_path_factory.mktemp("honest") / "honest.csv"
    worlds.posts(3, ratio=1.6, accounts=(80, 80)).to_csv(path, index=False)
    return path


def outcomes(moments):
    return {one.outcome for one in judge("C08", moments, [DECADES]) if one.test}


def test_a_selected_file_decides_nothing_and_the_reason_names_the_signs(feed):
    moments = own.read(feed, "feed")
    verdict = judge("C08", moments, [DECADES])[0]

    assert (verdict.outcome, verdict.low > 1) == ("undecided", True)
    assert verdict.because.startswith("This file looks selected or simulated: ")
    assert "likes per follower fall steeply with followers" in verdict.because


def test_an_estimate_from_a_selected_file_decides_nothing_either(feed):
    sample = own.read(feed, "feed").sample("engagement").tier(DECADES)
    verdict = judge_estimate(claim("C08"), contrast(sample, "micro", "macro"))

    assert verdict.outcome == "undecided"
    assert "looks selected" in verdict.because


def test_no_specification_of_a_selected_file_is_decided(feed):
    asked = [(claim("C08"), claim("C08").tests[0])]
    judged = {
        trusted: judge_specifications(
            asked, [own.read(feed, "feed", trust_file=trusted)], [DECADES]
        ).to_frame()["outcome"]
        for trusted in (False, True)
    }

    assert set(judged[False]) <= {"undecided", "untestable"}
    assert "supported" in set(judged[True])


def test_who_trusts_the_file_gets_the_verdict_and_the_statement(feed):
    moments = own.read(feed, "feed", trust_file=True)

    assert outcomes(moments) == {"supported"}
    assert statement(moments.source).startswith(OVERRULED)
    assert "likes per follower fall steeply" in statement(moments.source)


@pytest.mark.parametrize("trusted", [False, True])
def test_an_honest_file_is_judged_as_ever_and_nothing_is_said(honest, trusted):
    moments = own.read(honest, "honest", trust_file=trusted)

    assert outcomes(moments) == {"supported"}
    assert (statement(moments.source), own.IN_USE) == ("", {})


def test_a_file_too_small_for_any_check_is_not_bound_and_says_so(tmp_path):
    path = tmp_path / "small.csv"
    worlds.posts(1, ratio=3.0, accounts=(11, 11), posts_per_account=1).to_csv(path, index=False)
    moments = own.read(path, "small")

    assert moments.source.signs == ()
    assert moments.source.selection_note.startswith("No plausibility check could be made")


def test_what_is_kept_binds_when_it_is_loaded_by_name(feed):
    for trusted in (False, True):
        kept.keep_own(own.read(feed, "feed", trust_file=trusted))
        loaded = load("feed")
        assert loaded.source.trusted is trusted
        assert outcomes(loaded) == ({"supported"} if trusted else {"undecided"})


def test_what_is_kept_differs_if_signs_are_overruled(feed):
    texts = []
    for trusted in (False, True):
        folder = kept.keep_own(own.read(feed, "feed", trust_file=trusted))
        texts.append((folder / "source.json").read_text(encoding="utf-8"))
    assert texts[0] != texts[1]


@pytest.mark.parametrize("trusted", [False, True])
def test_check_says_it_first_and_no_notebook_can_answer(feed, trusted):
    facts = checking.check(feed, trust_file=trusted)
    text, page = checking.as_text(facts), checking.as_html(facts)

    said = OVERRULED if trusted else "Own data here look selected or simulated: "
    assert " ".join(text.split()).count(said) == page.count(said) == 1
    assert bool(facts["notebooks"]) is trusted
    assert json.loads(checking.as_json(facts))["notice"].startswith(said)


@pytest.mark.parametrize("trusted", [False, True])
def test_a_notebook_says_it_before_anything_else_and_in_every_caption(
    feed, trusted, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("MICRO_MACRO_STAGE", str(tmp_path / "stage"))
    kept.keep_own(own.read(feed, "feed", trust_file=trusted))
    own.IN_USE.clear()
    report = Report("03-sixty-percent", "draft")
    load("feed")
    report.write("A sentence.")
    shown = capsys.readouterr().out
    figure, _ = new_figure()
    made = Finding("Nothing differs", alt="A picture of nothing at all.")
    report.figure("F03a", figure, made, pd.DataFrame(), "nobody")

    said = OVERRULED if trusted else "Own data here look selected or simulated: "
    assert shown.startswith(said) and shown.count(said) == 1
    brief = "were overruled." if trusted else "look selected: they decide no claim."
    recorded = report.record["figures"]["F03a"]
    assert recorded["caption"].endswith(brief) and recorded["source"].endswith(brief)


def test_every_page_has_the_notice_at_its_top_and_one_without_a_place_is_refused():
    page = with_notice(render("published", rows=[], facets={}, columns={}), "Said <first>.")

    assert page.count("Said &lt;first&gt;.") == 1
    assert page.index("Said &lt;") < page.index("<h1>")
    with pytest.raises(ValueError, match="no place"):
        with_notice("<p>bare</p>", "Said.")


def test_a_citation_carries_the_notice():
    figure = {"caption": "A.", "source": "b", "sources": [], "notebook": "01"}
    manifest = {
        "figures": {"F01a": figure}, "producers": {}, "edition": "draft", "commit": "c",
        "notebooks": {"01": {"made_from": "d"}}, "notice": f"{OVERRULED}e.",
        "project": {"title": "t", "authors": ["u"], "version": "1"},
    }  # fmt: skip
    cited = citations("F01a", manifest)
    for text in (cited["apa"], cited["bibtex"], cited["csl"]["note"]):
        assert OVERRULED.strip() in text


def test_only_a_file_of_ones_own_can_be_trusted():
    with pytest.raises(ParameterError, match="--trust-file is about a file of your own"):
        foresee(Request(trust_file=True))


def test_hints_have_no_such_field_so_that_no_file_can_set_it():
    with pytest.raises(TypeError):
        Hints(trust_file=True)


@pytest.mark.parametrize("kind", benchmark.HONEST)
@pytest.mark.parametrize("seed", [1, 2])
def test_files_that_nobody_selected_show_no_sign(kind, seed):
    posts = benchmark.HONEST[kind](seed)
    assert plausibility.signs(plausibility.check(posts, worlds.world("w", posts))) == ()


@pytest.mark.parametrize("kind", list(benchmark.SELECTED)[:6])
def test_files_selected_by_their_counts_show_a_sign(kind):
    posts = benchmark.SELECTED[kind](1)
    assert plausibility.signs(plausibility.check(posts, worlds.world("w", posts)))


def test_one_size_of_account_does_not_break_the_checks():
    posts = worlds.posts(1, accounts=(40, 40)).assign(followers=50_000.0)
    checks = plausibility.check(posts.assign(views=posts["likes"] * 9), worlds.world("w", posts))
    assert not checks["check"].str.endswith("per follower").any()


def test_the_record_of_false_alarms_keeps_within_three_in_a_hundred():
    table = pd.read_csv(benchmark.TABLE)
    honest = table[table["truth"] == "honest"]
    assert honest["files"].sum() >= 500
    assert honest["bound"].sum() / honest["files"].sum() <= 0.01
    assert np.all(honest["bound"] <= np.maximum(0.03 * honest["files"], 1))


@pytest.mark.parametrize("least", [300, 1_000, 3_000])
def test_a_file_of_which_posts_below_a_threshold_were_left_out_shows_it(least):
    posts = worlds.posts(seed=3, accounts=(200, 100))
    whole, cut = (worlds.world("likes", table) for table in (posts, posts[posts["likes"] > least]))
    assert plausibility.signs(plausibility.check(posts, whole)) == ()
    made = plausibility.check(posts[posts["likes"] > least], cut)
    assert "likes crowd right above the smallest one" in " ".join(plausibility.signs(made))
