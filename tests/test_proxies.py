"""What is measured in place of what a claim is about is shown beside it, and counts nowhere."""

import json
import re

import pandas as pd
import pytest

import analysis as an
from analysis import paths
from analysis.display import because
from analysis.estimate.judging import schemes_for
from analysis.estimate.verdict import COLUMNS
from analysis.present.report import PROXIES, STAGE
from analysis.publish.site.build import _proxies
from analysis.publish.site.scorecard import scorecard
from analysis.registers.severity import SUMMARY, counted

KEYS = ["D07", "C17", "B14", "D05", "D09", "D11", "D23"]
"""Claims of which a test is about payments in live chats."""


@pytest.fixture(scope="module")
def chats():
    return an.judge(KEYS, an.load_all("proxies"), proxies=True).to_frame()


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setenv(STAGE, str(tmp_path))
    return an.Report("99-trial", "trial")


def proxy_tests():
    return [(one, test) for one in an.claims().values() for test in one.tests if test.proxy]


def test_a_test_of_a_proxy_says_what_was_seen_and_has_sources_that_measure_it():
    measured = {moments.source.proxy for moments in an.load_all("proxies").values()}
    assert {one.key for one, _ in proxy_tests()} == set(KEYS)
    for one, test in proxy_tests():
        assert test.proxy in measured, one.key
        assert "had been seen" in test.seen, one.key


def test_no_verdict_on_a_claim_is_of_a_proxy_whatever_is_loaded():
    together = an.load_all("open") | an.load_all("proxies")
    proxies = set(an.load_all("proxies"))
    for sources in (together, an.load_all("youtube-vtuber-livechat")):
        for verdict in an.judge(KEYS, sources):
            tests = an.claim(verdict.claim).tests
            assert not (verdict.test and tests[verdict.test - 1].proxy)
            assert verdict.source not in proxies


def test_a_source_of_a_proxy_alone_leaves_every_claim_with_a_verdict_of_its_own():
    everything = an.judge(an.claims().values(), an.load_all("proxies")).to_frame()
    assert set(everything["claim"]) == set(an.claims())
    assert set(everything["outcome"]) == {"untestable", "document"}


def test_the_card_of_a_claim_on_engagement_says_that_views_are_followed():
    verdicts = an.judge("D09", an.load_all("open")).to_frame()
    record = {"edition": "trial", "figures": {}}
    pages = [{"name": "12-scorecard", "title": "Scorecard", "record": record}]
    used = {key: one.source.model_dump() for key, one in an.load_all("open").items()}
    head = (
        scorecard(pages, verdicts, used).partition('<ul class="answers">')[2].partition("</ul>")[0]
    )
    assert "undecided" in head
    assert "views / followers of the same creators" in head


def test_verdicts_on_claims_are_the_same_with_and_without_the_proxies():
    without = an.judge(KEYS, an.load_all("open")).to_frame()
    together = an.judge(KEYS, an.load_all("open") | an.load_all("proxies")).to_frame()
    pd.testing.assert_frame_equal(without, together)
    assert set(without.loc[without["claim"] == "D07", "outcome"]) == {"untestable"}


def test_only_tests_of_the_proxy_are_put_to_it(chats):
    for row in chats.itertuples():
        assert an.claim(row.claim).tests[row.test - 1].proxy
    assert set(chats["claim"]) == set(KEYS)
    assert len(an.judge("D06", an.load_all("proxies"), proxies=True)) == 0
    assert len(an.judge(KEYS, an.load_all("open"), proxies=True)) == 0


def test_payers_per_chatter_are_as_known_from_outside(chats):
    rows = chats[(chats["claim"] == "D07") & (chats["test"] == 2)].set_index("scheme")["estimate"]
    assert rows["macro-or-micro-second"].round(2) == 1.86
    assert rows["harvard-media"].round(2) == 0.95


def test_a_claim_whose_document_names_one_tier_is_asked_under_the_tiers_of_others(chats):
    claim = an.claim("B14")
    schemes = schemes_for(claim, claim.tests[0], an.schemes().values(), "youtube")
    assert claim.scheme not in [one.key for one in schemes]
    assert len(schemes) > 3
    ours = chats[chats["claim"] == "B14"].query("test == 1").set_index("scheme")["estimate"]
    theirs = chats[chats["claim"] == "D07"].query("test == 2").set_index("scheme")["estimate"]
    assert ours.to_dict() == pytest.approx((1 / theirs).to_dict())


def test_a_report_refuses_proxies_among_verdicts_and_records_them_apart(report, chats):
    with pytest.raises(ValueError, match="no verdict on the claim"):
        report.verdicts(chats)
    with pytest.raises(ValueError, match="is about the claim itself"):
        report.proxies(an.judge("D07", an.load_all("open")))
    report.proxies(chats)
    assert report.record["verdicts"] == []
    assert len(report.record["proxies"]) == len(chats)
    table = _proxies([report.record, report.record, {}])
    assert tuple(table) == PROXIES
    assert len(table) == len(chats)
    assert set(table["proxy"]) == {"payments in live chats"}
    assert table["estimate"].sum() == pytest.approx(chats["estimate"].sum())


def test_a_card_shows_the_proxy_below_its_own_answer_and_counts_nothing_of_it(chats):
    verdicts = an.judge(["D07", "D09"], an.load_all("open")).to_frame()
    record = {"edition": "trial", "figures": {}}
    pages = [{"name": "12-scorecard", "title": "Scorecard", "record": record}]
    used = {key: one.source.model_dump() for key, one in an.load_all("open").items()}
    plain, with_line = (scorecard(pages, verdicts, used, table) for table in (None, chats))
    own = plain.partition('id="D07"')[2].partition("<details>")[0]
    assert own and "live chats" not in own
    card = with_line.partition('id="D07"')[2].partition("</article>")[0]
    answer, _, after = card.partition('<p class="nearby">')
    assert "no data" in answer
    line = after.partition("</p>")[0]
    assert line.startswith("Not the claim, but near it: payments in live chats")
    assert "the sign depends on whose tiers are meant" in line
    assert "live chat" not in answer
    for outcome in SUMMARY:
        assert with_line.count(f'"outcome": "{outcome}"') == plain.count(f'"outcome": "{outcome}"')
    assert counted(verdicts).isin(SUMMARY).all()


def test_the_sentence_names_tiers_intervals_and_the_change_of_sign(chats):
    said = {key: an.text.near_it(rows) for key, rows in chats.groupby("claim")}
    assert "in the claim's own tiers (1K to 5K followers against 10K to 25K)" in said["D07"]
    assert "own tiers" not in said["B14"]
    for key in ("D07", "C17", "B14"):
        assert said[key].endswith("the sign depends on whose tiers are meant.")
    assert "the same creators" in said["D09"]
    assert an.text.near_it(chats.assign(estimate=float("nan"))) == ""
    above = chats[(chats["claim"] == "D07") & (chats["scheme"] != "harvard-media")]
    assert "the sign depends" not in an.text.near_it(above)


def test_a_claim_that_no_source_can_be_asked_has_no_data_and_says_what_would_settle_it():
    (verdict,) = an.judge("D09", an.load_all("instagram-kim"))
    assert (verdict.outcome, verdict.test) == ("untestable", 0)
    request = an.claim("D09").data_request
    assert verdict.reason == because("nobody_asked", request=request)
    assert an.claim("B14").judge().outcome == "untestable"
    assert tuple(verdict.to_frame()) == COLUMNS


def test_how_often_a_ratio_lies_above_one_is_counted_by_pairs_of_tiers_and_clearly_by_intervals():
    rows = pd.DataFrame(
        {
            "tiers": ["a", "b", "b", "c", "d"],
            "estimate": [1.2, 2.0, 2.0, 0.5, float("nan")],
            "low": [0.9, 1.5, 1.5, 0.3, float("nan")],
            "high": [1.6, 2.5, 2.5, 0.8, float("nan")],
        }
    )
    text = an.text.over_pairs(rows)
    assert text == "above 1 for 2 of 3 pairs of tiers (clearly for 1), below for 1 (clearly for 1)"
    assert an.text.over_pairs(rows[rows["tiers"] == "d"]) == "no ratio can be estimated"


def test_no_notebook_on_live_chats_or_growth_types_a_claim_where_a_result_should_stand():
    verbs = r"\b(do|does) not change|\b(falls?|rises?) with|depends on whose|cause[sd]?\b"
    for name in ("04-twenty-percent", "13-as-creators-grow"):
        text = (paths.NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        for source in ("".join(cell["source"]) for cell in cells):
            if "caption" in source:
                assert not re.search(verbs, source.partition("alt=")[0]), source
