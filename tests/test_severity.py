"""How often tests are supported and contradicted in worlds in which their claims are false, true,
or without a difference: against known answers, against the estimators themselves, and in the table.
"""

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.errors import RegisterError
from analysis.estimate import severity_at_once as at_once
from analysis.estimate import severity_creators as creator_worlds
from analysis.estimate import severity_curves as curve_worlds
from analysis.estimate import severity_table
from analysis.estimate import severity_tiers as tier_worlds
from analysis.estimate import severity_truths as truths
from analysis.estimate.confidence_curve import missed_at
from analysis.estimate.decision import claimed_range
from analysis.estimate.multiplicity import _kept, estimate_of
from analysis.estimate.observe import observe
from analysis.estimate.questions import questions
from analysis.estimate.registry import estimated
from analysis.estimate.severity import has_worlds, measured, seed_of, shares_of
from analysis.estimate.severity_quotients import joined, measured_joined, quotient_ends
from analysis.estimate.severity_table import fill, missing, open_rows, write
from analysis.estimate.verdict import COLUMNS
from analysis.present.sentences import severities as severities_in_words
from analysis.present.sentences.severities import own_severity, severity_text
from analysis.publish.cli import main
from analysis.registers import severity_lookup
from analysis.registers.claims import EVERY_OTHER
from analysis.registers.severity import (
    AGAINST,
    BETWEEN,
    EASILY,
    EASILY_NOT,
    EVERYWHERE,
    HARDLY,
    LABELS,
    NOT_MEASURED,
    OFTEN,
    RARELY,
    SELDOM,
    SHARES,
    against_of,
    counted,
    counted_as,
    label_of,
    read,
    severities,
    severity,
)
from analysis.registers.severity_lookup import all_of, label_for, severity_of


@pytest.fixture(scope="module")
def kim():
    return an.load("instagram-kim")


def row_of(claim, test, moments, scheme=""):
    rows = questions([an.claim(claim)], [moments], every_scheme=bool(scheme))
    return next(row for row in rows if row.number == test and scheme in ("", row.row[3]))


def error_of(share, worlds):
    """Standard error of a share of worlds, never zero."""
    inner = np.clip(share, 1 / worlds, 1 - 1 / worlds)
    return np.sqrt(inner * (1 - inner) / worlds)


# --- which worlds


@pytest.mark.parametrize(
    "test", [test for claim in an.claims().values() for test in claim.tests], ids=str
)
def test_false_values_lie_outside_the_claimed_range_and_the_true_one_inside(test):
    low, high = claimed_range(test)
    assert low < truths.true_value(test) < high
    assert truths.false_values(test)
    for edge in truths.false_values(test):
        assert not low < edge < high


def test_a_claim_of_no_difference_or_of_a_level_asserts_no_difference():
    assert not truths.asserts_difference(an.claim("A12").tests[0])
    assert not truths.asserts_difference(an.claim("D04").tests[0])
    assert not truths.asserts_difference(an.claim("C36").tests[0])
    assert truths.asserts_difference(an.claim("D06").tests[1])


# --- simulated worlds have the truth that they should have


@pytest.mark.parametrize("average", ["typical account", "mean of accounts", "ratio of sums"])
def test_a_moved_tier_has_the_ratio_that_was_asked_for(kim, average):
    test = an.claim("D06").tests[0].model_copy(update={"average": average})
    sample = kim.sample("engagement").tier("harvard-media")
    tiers = {name: tier_worlds.tier_world(sample, name) for name in ("micro", "macro")}
    at = tier_worlds.moved(test, sample, tiers, 1.6)
    rng = np.random.default_rng(1)
    worlds = (tier_worlds.sample_of(test, sample, at, rng) for _ in range(20))
    logs = [np.log(estimated(test, world).estimate) for world in worlds]
    assert np.mean(logs) == pytest.approx(np.log(1.6), abs=4 * np.std(logs) / np.sqrt(20))


def test_a_moved_tier_has_the_probability_and_the_worst_case_that_was_asked_for(kim):
    rng = np.random.default_rng(2)
    for claim, place, value, scheme in (
        ("C23", 0, 0.9, "macro-or-micro-second"),
        ("A04", 0, 0.8, "mediakix-instagram"),
        ("A04", 1, 0.8, "mediakix-instagram"),
    ):
        test = an.claim(claim).tests[place]
        sample = kim.sample("engagement").tier(scheme)
        tiers = {name: tier_worlds.tier_world(sample, name) for name in (test.of, test.versus)}
        at = tier_worlds.moved(test, sample, tiers, value)
        worlds = (tier_worlds.sample_of(test, sample, at, rng) for _ in range(5))
        seen = [estimated(test, world).estimate for world in worlds]
        assert np.mean(seen) == pytest.approx(value, rel=0.06), (claim, place)


def test_without_a_difference_rates_are_alike_and_totals_follow_followers(kim):
    test, rng = an.claim("A13").tests[0], np.random.default_rng(3)
    sample = kim.sample("likes_per_post").tier("mediakix-instagram")
    tiers = {name: tier_worlds.tier_world(sample, name) for name in (test.of, test.versus)}
    alike = tier_worlds.without_difference(sample, tiers)
    world = tier_worlds.sample_of(test, sample, alike, rng)
    apart = alike["macro"].x.mean() - alike["micro"].x.mean()
    assert estimated(test, world).estimate == pytest.approx(np.exp(apart), rel=0.1)
    rate = kim.sample("engagement").tier("mediakix-instagram")
    tiers = {name: tier_worlds.tier_world(rate, name) for name in (test.of, test.versus)}
    alike = tier_worlds.without_difference(rate, tiers)
    assert alike["macro"].mean == pytest.approx(alike["micro"].mean)
    assert alike["macro"].sd == pytest.approx(alike["micro"].sd)


def test_worlds_at_once_give_the_intervals_of_worlds_one_by_one(kim):
    test = an.claim("D06").tests[0]
    sample = kim.sample("engagement").tier("harvard-media")
    tiers = {name: tier_worlds.tier_world(sample, name) for name in ("micro", "macro")}
    at = tier_worlds.moved(test, sample, tiers, 1.5)
    how = (np.random.default_rng(4), 0.95)
    together = at_once.typical_ends(test, at, 2_000, *how)
    apart = tier_worlds.estimator_ends(test, sample, at, 60, *how)
    for one, other in zip(together[:2], apart[:2], strict=True):
        error = np.log(other).std() / np.sqrt(60)
        assert np.log(one).mean() == pytest.approx(np.log(other).mean(), abs=4 * error)
    widths = [np.log(high / low).mean() for low, high, _ in (together, apart)]
    assert widths[0] == pytest.approx(widths[1], rel=0.01)
    assert set(together[2]) == set(apart[2]) == {"ok"}


def test_lines_and_creators_have_the_truth_that_was_asked_for(kim):
    rng, sample = np.random.default_rng(5), kim.sample("engagement")
    for claim, number, value in (("C09", 1, 0.8), ("C10", 1, 2.0)):
        test = an.claim(claim).tests[number - 1]
        line = curve_worlds.line_for(test, sample, value)
        worlds = (curve_worlds.world_of(sample, line, rng) for _ in range(10))
        seen = [estimated(test, world).estimate for world in worlds]
        assert np.mean(seen) == pytest.approx(value, rel=0.02)
    world = creator_worlds.creator_world(sample, 6)
    for claim, value in (("B08", 1.5), ("C36", 0.85)):
        test = an.claim(claim).tests[0]
        at = creator_worlds.with_value(test, world, value)
        worlds = (creator_worlds.drawn(sample, at, rng) for _ in range(5))
        seen = [estimated(test, one).estimate for one in worlds]
        assert np.mean(seen) == pytest.approx(value, rel=0.05)


# --- severity


def test_a_test_that_no_world_can_fail_is_labelled_and_a_severe_one_is_not(kim):
    easy, severe = (measured(row_of(claim, 1, kim), 200) for claim in ("A13", "C08"))
    assert (easy.label, easy.supported_if_no_difference) == (HARDLY, 1.0)
    assert severe.label == "severe"
    assert severe.supported_if_no_difference < 0.08 < 0.9 < severe.supported_if_true


def test_a_measurement_is_the_same_every_time_and_another_seed_differs_by_chance_only(kim):
    row = row_of("D06", 1, kim)
    assert measured(row, 100) == measured(row, 100)
    same = row_of("C14", 1, kim)
    assert seed_of(same) == seed_of(row_of("C08", 1, kim)) != seed_of(row)


def test_labels_follow_the_shares():
    assert label_of(0.02, 1.0, 0.51) == HARDLY
    assert label_of(0.02, 0.49, 0.46) == RARELY
    assert label_of(0.11, 0.9) == "lenient"
    assert label_of(0.08, 0.54, nan) == "severe"
    assert (against_of(0.11), against_of(0.08)) == (OFTEN, SELDOM)


RECOMPUTED = [
    ("D06", 1, "instagram-kim", "harvard-media"),
    ("D06", 2, "tiktok-datares", "decades"),
    ("A14", 2, "tiktok-datares", "mediakix-instagram"),
    ("C08", 1, "tiktok-tides", "macro-or-micro-second"),
    ("C38", 1, "tiktok-datares", "influencer-marketing-hub"),
    ("A12", 1, "instagram-kim", "mediakix-instagram"),
    ("A13", 2, "instagram-kim", "harvard-media"),
    ("C23", 1, "tiktok-datares", "decades"),
    ("C09", 3, "tiktok-tides", ""),
    ("C11", 1, "tiktok-datares", "macro-or-micro-second"),
]


@pytest.mark.parametrize("key", RECOMPUTED, ids=str)
def test_the_table_holds_what_fewer_worlds_give_within_chance(key):
    held, fewer = severities()[key], 150
    (row,) = (one for one in open_rows([key[0]]) if one.row == key)
    assert held.seed == seed_of(row)
    again = measured(row, fewer)
    for name in (*SHARES, *AGAINST):
        share, other = getattr(held, name), getattr(again, name)
        assert isnan(share) == isnan(other)
        # the largest of two shares of fewer worlds lies higher by chance
        reach = 5 * np.hypot(error_of(share, held.worlds), error_of(share, fewer))
        assert isnan(share) or other == pytest.approx(share, abs=reach)


def test_the_table_is_complete_or_says_what_is_missing(tmp_path):
    assert missing() == []
    shorter = tmp_path / "severity.csv"
    rows = list(severities().values())
    write(rows[1:], shorter)
    (first, *_) = rows
    assert first.key in missing(shorter)


def test_every_row_of_the_table_is_a_test_of_a_claim_and_labelled_by_its_shares():
    assert severities()
    for (claim, test, _, scheme), row in severities().items():
        assert 1 <= test <= len(an.claim(claim).tests)
        assert scheme in ("", *an.schemes())
        shares = [getattr(row, name) for name in (*SHARES, *AGAINST)]
        assert row.label == label_of(*shares[:3], row.worlds) in LABELS
        assert row.against == against_of(row.contradicted_if_true, row.worlds) in (OFTEN, SELDOM)
        assert all(isnan(share) or 0 <= share <= 1 for share in shares)
        for kind in ("if_true", "if_no_difference"):  # of one world: not both
            both = getattr(row, f"supported_{kind}") + getattr(row, f"contradicted_{kind}")
            assert not both > 1 + 1e-9


def test_the_table_is_filled_where_it_was_stopped(tmp_path):
    path, said = tmp_path / "severity.csv", []
    made = fill(["D07", "D10"], path, 20, say=said.append)
    rows = len(said)
    assert {row.claim for row in said} == {"D10"}
    assert {key[3] for key in made} == {row.scheme for row in said}
    assert fill(["D10"], path, 20, say=said.append) == made
    assert len(said) == rows
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    fill(["D10"], path, 20, say=said.append)
    assert len(said) == rows + 1
    assert path.read_text(encoding="utf-8") == text
    fill(["D10"], path, 20, fresh=True, say=said.append)
    assert len(said) == 2 * rows + 1
    assert path.read_text(encoding="utf-8") == text
    assert read(path) == made
    fill(["D10"], path, 40, say=said.append)
    assert len(said) == 3 * rows + 1


def test_a_question_that_is_asked_twice_is_measured_once(tmp_path, monkeypatch):
    """C08 and C14 are one question, and two schemes may give two tiers the same ranges."""
    asked = []

    def counting(one, worlds):
        asked.append(seed_of(one))
        return measured(one, worlds)

    monkeypatch.setattr(severity_table, "measured", counting)
    rows = fill(["C08", "C14"], tmp_path / "severity.csv", 5)
    assert len(rows) > len(asked) == len(set(asked))
    twins = ("macro-or-micro-second", "mediakix-instagram", "harvard-media")
    seeds = [rows["C08", 1, "instagram-kim", key].seed for key in twins]
    assert seeds[0] == seeds[1] != seeds[2]
    for key, row in rows.items():
        if key[0] == "C08":  # C14 names no platform, so that it is asked of more sources
            assert replace(rows["C14", *key[1:]], claim="C08") == row


def test_a_test_without_worlds_is_not_measured():
    test = an.claim("D06").tests[0]
    assert has_worlds(test)
    assert not has_worlds(test.model_copy(update={"estimator": "elasticity"}))


def test_a_source_that_follows_creators_has_worlds_for_slopes_within_them():
    one = row_of("D09", 2, an.load("youtube-tw-vtubers"))
    row = measured(one, 400)
    # the claim is of a fall and lies on the edge where it is false; few creators carry the slope
    assert row.supported_if_false < 0.025 + 4 * error_of(0.025, 400)
    assert row.supported_if_false < row.supported_if_true < 0.5
    assert (row.label, row.against) == (RARELY, SELDOM)
    assert measured(one, 400) == row


def test_a_test_without_worlds_says_so_in_a_sentence(monkeypatch):
    asked = "D09", 2, "youtube-tw-vtubers", "", "supported", NOT_MEASURED
    monkeypatch.setattr(severities_in_words, "has_worlds", lambda test: False)
    why = "no worlds are simulated for the test 'within creators'"
    monkeypatch.setattr(severities_in_words, "severity_of", lambda *which: None)
    assert severity_text(*asked) == f"Severity not measured: {why}."
    monkeypatch.setattr(severities_in_words, "has_worlds", has_worlds)
    assert severity_text(*asked) == "Severity not measured."


def test_every_row_of_the_table_rests_on_as_many_worlds():
    assert {row.worlds for row in severities().values()} == {1_000}


def test_what_was_known_when_a_test_was_written_does_not_change_its_worlds(kim):
    one = row_of("D06", 1, kim)
    test = one.test

    def seed(**changes):
        tests = (test.model_copy(update=changes), *one.claim.tests[1:])
        return seed_of(replace(one, claim=one.claim.model_copy(update={"tests": tests})))

    assert seed(seen="All of it.") == seed() == seed_of(one)
    assert seed(value=1.7) != seed()


@pytest.fixture(scope="module")
def reel(kim):
    prices = an.cost.load_prices()["agency-armenia-reel"]
    (one,) = joined([an.claim("C13")], [prices], [kim])
    return one


def test_intervals_of_quotients_are_those_of_reactions_per_cost(reel, kim):
    reactions = kim.sample("engagement").tier(reel.claim.scheme)
    prices = reel.prices.sample("cost_per_follower").tier(reel.claim.scheme)
    parts = [sample.contrast("micro", "macro") for sample in (reactions, prices)]

    ends = [tuple(np.array([end]) for end in (one.low, one.high, one.status)) for one in parts]
    low, high, status = quotient_ends(*ends)

    whole = an.cost.reactions_per_cost(reel.prices, reactions)
    assert (low[0], high[0]) == pytest.approx((whole.low, whole.high))
    assert status[0] == whole.status


def test_reactions_per_cost_are_rarely_supported_where_false_and_more_often_where_true(reel):
    row = measured_joined(reel, 1_000)

    assert row.supported_if_false < 0.025 + 3 * error_of(0.025, 1_000)
    assert row.supported_if_no_difference < 0.025 + 3 * error_of(0.025, 1_000)
    assert row.supported_if_true > 0.3
    assert row.source == "agency-armenia-reel+instagram-kim"


def test_the_command_lists_what_is_missing_and_refuses_what_is_no_claim(capsys):
    main(["severity", "--missing"], standalone_mode=False)
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == len(missing())
    with pytest.raises(RegisterError, match="Z99"):
        main(["severity", "Z99"], standalone_mode=False)


# --- verdicts and summaries


def test_verdicts_show_their_severity_and_easy_ones_are_counted_apart():
    easy = an.judge("A14", "tiktok-datares", ["mediakix-instagram"])[1]
    assert (easy.outcome, easy.severity, easy.counted_as) == ("supported", HARDLY, EASILY)
    assert "can hardly fail" in easy.sentence()
    severe = an.judge("D06", "instagram-kim", ["harvard-media"])[0]
    assert severe.counted_as == severe.outcome == "contradicted"
    assert severe.severity == SELDOM
    assert "If the claim were true, this test would have contradicted it in" in severe.sentence()
    held = an.judge("C08", "instagram-kim", ["macro-or-micro-second"])[0]
    assert "If the claim were only just false, this test would still" in held.sentence()
    frame = an.judge("A14", "tiktok-datares").to_frame()
    assert list(frame) == list(COLUMNS)
    supported = frame["outcome"] == "supported"
    easily = supported & (frame["severity"] == HARDLY)
    assert (counted(frame) == EASILY).tolist() == easily.tolist()
    assert easily[supported & (frame["test"] == 2)].all()
    assert easily.any()
    assert "can hardly fail" in an.judge("A14", "tiktok-datares").sentence()


def test_a_source_that_was_not_measured_says_so():
    named = an.simulate.world("another", an.simulate.posts(seed=1)).source
    named = named.model_copy(update={"selection": "a census"})
    other = replace(an.simulate.world("another", an.simulate.posts(seed=1)), source=named)
    (verdict, *_) = an.judge("D06", other, ["decades"])
    assert verdict.severity == "not measured"
    why = "Severity not measured: its worlds are made like the sources that come with the package."
    assert why in verdict.sentence()
    alone = an.claim("D06").judge(other.sample("engagement").tier("decades").contrast())
    assert (alone.source, alone.severity) == ("another", "not measured")
    assert why in alone.sentence()


OWN_TIERS = ("A12", "A13", "A14", "C08", "C11", "C23", "C38", "D04", "D06")


@pytest.mark.parametrize("key", OWN_TIERS)
def test_a_claim_that_judges_an_estimate_knows_the_severity_and_the_shifts_of_its_source(key):
    claim, compared = an.claim(key), 0
    for one in an.judge(key, an.load_all("open"), claim.scheme):
        if not one.test or np.isnan(one.estimate):
            continue
        test = claim.tests[one.test - 1]
        evidence = observe(test, an.load(one.source), an.scheme(claim.scheme))
        alone = claim.judge(evidence, test)
        assert (alone.source, alone.scheme) == (one.source, one.scheme)
        assert alone.sentence() == one.sentence()
        assert alone.tested == one.tested
        assert str(alone.flip()) == str(one.flip())
        assert alone.flip().toward == one.flip().toward
        compared += 1
    assert compared


def test_every_verdict_of_the_package_judges_what_its_test_asks():
    """Or its severity would be lost, and with it how its support is counted."""
    sources = an.load_all("open") | an.cost.load_prices()
    verdicts = an.judge(an.claims().values(), sources)
    assert len(verdicts) > 500
    assert [one for one in verdicts if not one.as_registered] == []
    measured = {one.tested.key for one in verdicts if one.tested and one.test}
    # reactions per cost are put together from two sources where they are asked, in notebook 11
    joint = {key for key in severities() if "+" in key[2]}
    assert {key[:2] for key in joint} == {("C13", 3)}
    assert measured == set(severities()) - joint
    decided = ("supported", "contradicted", "undecided")
    lacking = [one for one in verdicts if one.test and one.outcome in decided and not one.tested]
    assert lacking == []
    for one in verdicts:
        if one.tested:
            assert (one.tested.source, one.tested.scheme) == (one.source, one.scheme)


def test_reactions_of_one_source_per_cost_of_another_have_their_severity(reel, kim):
    claim = reel.claim
    reactions = kim.sample("engagement").tier(claim.scheme)
    joint = an.cost.reactions_per_cost(reel.prices, reactions)
    verdict = claim.judge(joint, reel.test, reel.key[2], claim.scheme)
    assert verdict.tested.key == reel.row
    # of which one source alone, by whose key it goes otherwise, knows nothing
    assert claim.judge(joint, reel.test).tested is None


def test_an_estimate_that_is_not_what_the_test_asks_for_has_no_severity():
    moments, claim = an.load("instagram-kim"), an.claim("D06")
    kim = moments.sample("engagement").tier("harvard-media")
    for other in (
        kim.contrast(average="median account"),
        kim.contrast("mid-tier", "macro"),
        moments.sample("likes_per_post").tier("harvard-media").contrast(),
        moments.sample("engagement", "age", "older").tier("harvard-media").contrast(),
        kim.contrast_with_missing(missing=(0.1, 0.1)),
    ):
        verdict = claim.judge(other)
        assert (verdict.source, verdict.severity) == ("instagram-kim", "not measured")
        assert "the registered test asks for micro / macro" in verdict.sentence()
        assert verdict.flip().toward is None


def test_the_tiers_of_a_row_decide_on_its_severity():
    """D06 test 2 by tiktok-datares: under decades worlds without a difference support it as well,
    under the claim's own tiers they do not.
    """
    own, other = (
        next(one for one in an.judge("D06", "tiktok-datares", [key]) if one.test == 2)
        for key in ("harvard-media", "decades")
    )
    assert own.tested.supported_if_no_difference < 0.4 < 0.9
    assert other.tested.supported_if_no_difference > 0.9
    assert (own.tested.scheme, other.tested.scheme) == ("harvard-media", "decades")
    assert other.severity == HARDLY


def test_what_was_measured_under_other_tiers_only_is_not_passed_on(monkeypatch):
    own = {key: row for key, row in severities().items() if key[3] != "decades"}
    monkeypatch.setattr(severity_lookup, "severities", lambda: own)
    held, lost = an.judge("D22", "tiktok-tides", ["harvard-media", "decades"])
    assert held.tested
    assert lost.tested is None
    assert (lost.severity, lost.counted_as) == (NOT_MEASURED, lost.outcome)
    assert "Severity not measured under these tiers." in lost.sentence()


def test_all_tests_together_are_supported_at_most_as_often_as_the_one_that_is_least(kim):
    whole = next(one for one in an.judge("C23", kim) if one.test == 0).tested
    parts = [severities()["C23", test, kim.source.key, whole.scheme] for test in (1, 2)]
    assert whole.supported_if_true == min(part.supported_if_true for part in parts)
    assert whole.contradicted_if_true >= max(part.contradicted_if_true for part in parts)
    assert "all these tests together" in whole.sentence().lower()


def part(test, none, right=1.0, against=0.0, scheme="decades"):
    shares = dict(zip((*SHARES, *AGAINST), (0.02, right, none, against, 0.5, 0.0), strict=True))
    return severity(("C23", test, "instagram-kim", scheme), 1_000, 1, shares)


def test_a_bound_from_above_makes_no_test_one_that_can_hardly_fail():
    # each is supported in most worlds without a difference; both together may be in few of them
    assert [part(test, 0.7).label for test in (1, 2)] == [HARDLY, HARDLY]
    assert all_of([part(1, 0.7), part(2, 0.7)], "decades").label == BETWEEN
    assert all_of([part(1, 0.9), part(2, 0.9)], "decades").label == HARDLY
    assert all_of([part(1, 0.9), part(2, 0.1)], "decades").label == "severe"
    assert all_of([part(1, 0.1), part(2, 0.1, right=0.3)], "decades").label == RARELY


def test_of_tests_together_the_one_that_contradicts_most_bounds_from_below():
    assert all_of([part(1, 0.0, against=0.2), part(2, 0.0)], "decades").against == OFTEN
    assert all_of([part(1, 0.0, against=0.02), part(2, 0.0)], "decades").against == SELDOM
    twice = all_of([part(1, 0.0, against=0.07), part(2, 0.0, against=0.07)], "decades")
    assert (twice.against, twice.contradicted_if_true) == (BETWEEN, pytest.approx(0.14))


def test_a_part_without_severity_leaves_all_tests_together_without(kim, monkeypatch):
    whole = next(one for one in an.judge("A13", kim, ["mediakix-instagram"]) if one.test == 0)
    assert whole.outcome == "undecided"  # reach has no data
    assert whole.tested is None
    assert whole.severity == NOT_MEASURED
    assert "can hardly fail" not in whole.sentence()
    rows = {("C23", 1, "instagram-kim", "decades"): part(1, 0.0)}
    monkeypatch.setattr(severity_lookup, "severities", lambda: rows)
    assert severity_of("C23", 0, "instagram-kim", "decades") is None
    rows["C23", 2, "instagram-kim", "harvard-media"] = part(2, 0.0, scheme="harvard-media")
    assert severity_of("C23", 0, "instagram-kim", "decades") is None
    rows["C23", 2, "instagram-kim", "decades"] = part(2, 0.0)
    assert severity_of("C23", 0, "instagram-kim", "decades").label == "severe"


# --- contradictions


@pytest.mark.parametrize(
    ("low", "high", "shares", "against"),
    [(0.1, 0.2, (1.0, 1.0), OFTEN), (0.1, 9.0, (0.0, 0.0), SELDOM), (1.5, 1.7, (0.0, 0.0), SELDOM)],
)
def test_a_test_that_contradicts_every_true_claim_is_labelled_so(low, high, shares, against):
    test = an.claim("D06").tests[0]

    def ends(value, rng):
        return np.full(50, low), np.full(50, high), np.full(50, "ok")

    made = shares_of(test, 1, ends)
    row = severity(("D06", 1, "instagram-kim", "decades"), 50, 1, made)
    assert (row.contradicted_if_true, row.contradicted_if_false) == shares
    assert row.against == against


def test_easy_contradictions_are_counted_apart_and_their_label_is_about_contradicting():
    assert counted_as("contradicted", OFTEN) == EASILY_NOT
    for label in (SELDOM, HARDLY, RARELY, "severe", ""):
        assert counted_as("contradicted", label) == "contradicted"
    assert counted_as("supported", OFTEN) == "supported"
    verdicts = an.judge(["C08", "D06", "C09", "B06"], an.load_all("open"))
    against = [one for one in verdicts if one.outcome == "contradicted" and one.test]
    assert {one.severity for one in against} <= {OFTEN, SELDOM}
    for one in against:
        often = one.tested.contradicted_if_true
        assert one.counted_as == (EASILY_NOT if often > 0.1 else "contradicted")
    others = [one for one in verdicts if one.test and one.tested and one not in against]
    assert {one.severity for one in others} <= set(LABELS)


def test_labels_have_a_margin_for_chance_towards_the_one_that_flatters_less():
    for worlds in (200, 1_000, 100_000):
        reach = 2 * np.sqrt(0.25 / worlds)
        assert label_of(0.0, 0.5 + 0.9 * reach, worlds=worlds) == RARELY
        assert label_of(0.0, 0.5 + 1.1 * reach, worlds=worlds) == "severe"
        assert label_of(0.0, 1.0, 0.5 - 0.9 * reach, worlds) == HARDLY
        assert label_of(0.0, 1.0, 0.5 - 1.1 * reach, worlds) == "severe"


# --- worlds follow the rule of verdicts


def test_worlds_decide_by_a_bound_where_verdicts_do(kim):
    """A13 test 2: many accounts have no comments, which can only favour it."""
    verdict = next(one for one in an.judge("A13", kim, ["harvard-media"]) if one.test == 2)
    assert (verdict.outcome, verdict.reason.key) == ("supported", "by_bound")
    row = measured(row_of("A13", 2, kim, "harvard-media"), 200)
    assert row.supported_if_true > 0.9
    assert row.supported_if_false < 0.1
    # the same accounts would hurt the opposite claim, so that they never support it
    one = row_of("A13", 2, kim, "harvard-media")
    turned = one.test.model_copy(update={"relation": "less_than"})
    claim = one.claim.model_copy(update={"tests": (one.claim.tests[0], turned)})
    turned = measured(replace(one, claim=claim), 200)
    assert (turned.supported_if_true, turned.contradicted_if_true) == (0.0, 0.0)


def test_prices_without_followers_have_worlds_too():
    prices = an.cost.load_prices()["agency-armenia-reel"]
    row = measured(row_of("A15", 2, prices), 1_000)
    # a factor of 1.25 is about one standard error of this ratio
    assert 0.12 < row.supported_if_true < 0.24
    assert row.supported_if_false < 0.05


@pytest.mark.parametrize(
    ("claim", "test", "source", "scheme"),
    [
        ("C22", 1, "tiktok-datares", "macro-or-micro-second"),
        ("D04", 2, "tiktok-tides", ""),
        ("A13", 2, "instagram-kim", "harvard-media"),
    ],
)
def test_intervals_at_once_are_those_of_the_estimators(claim, test, source, scheme):
    one = row_of(claim, test, an.load(source), scheme)
    sample = one.moments.sample(one.test.metric).tier(one.scheme)
    names = (one.test.of, one.test.versus)
    names = sample.scheme.names if names[1] == EVERY_OTHER else names
    tiers = {name: tier_worlds.tier_world(sample, name) for name in names}
    made = at_once.superiority_ends if claim == "C22" else at_once.typical_ends
    for at in (
        tier_worlds.moved(one.test, sample, tiers, truths.true_value(one.test)),
        tier_worlds.without_difference(sample, tiers),
    ):
        together = made(one.test, at, 600, np.random.default_rng(7), 0.95)
        apart = tier_worlds.estimator_ends(one.test, sample, at, 60, np.random.default_rng(8), 0.95)
        assert set(together[2]) == set(apart[2])
        for ends in zip(together[:2], apart[:2], strict=True):
            logs = [np.log(each + 1e-9) for each in ends]
            error = np.hypot(logs[0].std() / np.sqrt(600), logs[1].std() / np.sqrt(60))
            assert logs[0].mean() == pytest.approx(logs[1].mean(), abs=4.5 * error + 1e-12)


# --- own data


def test_own_data_have_the_label_that_a_test_has_on_every_open_source():
    named = an.simulate.world("another", an.simulate.posts(seed=1)).source
    named = named.model_copy(update={"selection": "a census"})
    own = replace(an.simulate.world("another", an.simulate.posts(seed=1)), source=named)
    easy = next(one for one in an.judge("A14", own, ["mediakix-instagram"]) if one.test == 2)
    if easy.outcome == "supported":
        assert (easy.severity, easy.counted_as) == (EVERYWHERE, EASILY)
    assert label_for("supported", "A14", 2, "another", "mediakix-instagram") == EVERYWHERE
    assert label_for("contradicted", "A14", 2, "another", "mediakix-instagram") == NOT_MEASURED
    # one open source on which it can fail is enough
    assert label_for("supported", "D06", 2, "another", "harvard-media") == NOT_MEASURED
    # and under tiers that nobody else has, nothing was measured
    assert label_for("supported", "A14", 2, "another", "my-tiers") == NOT_MEASURED
    assert counted_as("supported", EVERYWHERE) == EASILY
    assert own_severity([own.source.key, "instagram-kim", "agency-armenia-reel"]).count("another")
    shipped = [*an.load_all("open"), *an.cost.load_prices(), "agency-armenia-reel+instagram-kim"]
    assert own_severity([*shipped, ""]) == ""


def test_a_summary_of_an_early_edition_counts_outcomes():
    frame = pd.DataFrame({"outcome": ["supported", "undecided"]})
    assert counted(frame).tolist() == ["supported", "undecided"]


# --- distinct estimates and multiplicity


def test_claims_that_share_an_estimate_count_once_and_others_do_not(kim):
    same = an.judge(["C08", "C14"], kim, ["macro-or-micro-second"])
    assert len(same.distinct()) == 1
    schemes = ["macro-or-micro-second", "mediakix-instagram"]
    tiers = an.judge("C08", kim, schemes)
    contexts = [one.context for one in tiers if one.context.of]
    ranges = {(one.of.lower, one.of.upper, one.versus.upper) for one in contexts}
    assert len(tiers.distinct()) == len(ranges)
    assert len({estimate_of(one) for one in an.judge("A13", kim, schemes[1:])[:2]}) == 2


def test_the_family_holds_undecided_tests_too_and_procedures_do_as_statsmodels_does(kim):
    sources = [kim, an.load("tiktok-tides"), an.load("tiktok-datares")]
    verdicts = an.judge(["C08", "C38", "D06", "A12", "D04"], sources)
    family = verdicts.multiplicity()
    frame = family.to_frame()
    # tests that are decided have a p of at most 5 % by construction: alone they would all be kept
    assert (frame["p"] > 0.05).sum() == family.asked - family.decided > 0
    assert family.without > 0  # every other tier: the worst of several comparisons
    assert family.kept["Holm"] <= family.kept["Benjamini-Yekutieli"]
    assert family.kept["Benjamini-Yekutieli"] <= family.kept["Benjamini-Hochberg"]
    smallest = np.sort(frame["p"])
    ranks, m = np.arange(1, len(smallest) + 1), len(smallest)
    below = np.flatnonzero(smallest <= 0.05 * ranks / m)
    assert family.kept["Benjamini-Hochberg"] == (below[-1] + 1 if len(below) else 0)
    failing = np.flatnonzero(smallest > 0.05 / (m - ranks + 1))
    assert family.kept["Holm"] == (failing[0] if len(failing) else m)


def test_of_tests_that_only_chance_decides_the_procedures_keep_next_to_none():
    p = np.random.default_rng(4).uniform(size=400)
    decided = p <= 0.05
    assert decided.sum() > 10
    assert _kept(p, 0.05, "fdr_bh").sum() == 0
    # the mistake that this guards against: a family of decided tests alone
    assert _kept(p[decided], 0.05, "fdr_bh").all()


@pytest.mark.parametrize("accounts", [(12, 10), (400, 200)])
def test_a_p_value_is_one_less_the_confidence_at_which_the_interval_reaches_an_edge(accounts):
    posts = an.simulate.posts(seed=3, accounts=accounts)
    sample = an.simulate.world("known", posts).sample("engagement").tier("decades")
    at = {level: sample.contrast(confidence=level) for level in (0.95, 0.99)}
    claim = an.claim("D06")
    test = claim.tests[0].model_copy(update={"value": at[0.99].low, "margin": 1.0})
    verdict = claim.judge(at[0.95], test)
    assert missed_at(verdict, at[0.99].low) == pytest.approx(0.01, rel=1e-6)
    assert missed_at(verdict, at[0.95].high) == pytest.approx(0.05, rel=1e-6)
