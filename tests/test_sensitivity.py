"""What would flip a verdict, shifts beside it, and bounds, in worlds whose truth is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import analysis as an
from analysis import paths
from analysis.estimate import follower_shifts
from analysis.estimate import shifts as shifts_module
from analysis.estimate.bounds import contrast_of_all, contrast_with_missing, share_missing
from analysis.estimate.decision import outcomes_of, range_of
from analysis.estimate.follower_shifts import Kind, mean_ages, published_shares
from analysis.estimate.mixes import over_mixes
from analysis.estimate.observe import unasked
from analysis.estimate.questions import Question
from analysis.estimate.sensitivity import Flip, Shift, flips, shifted
from analysis.estimate.shifts import _correlation, by_stratum, measured_shifts, shift_of
from analysis.estimate.strata import by_strata
from analysis.moments.rebuild import read_posts
from analysis.present.sentences.numbers import lift
from analysis.present.sentences.sensitivity import bias, flip_in_short
from analysis.present.sentences.shifts import strata
from analysis.registers import shifts as registered
from analysis.registers.claims import Test
from analysis.registers.lookup import sources
from analysis.registers.shifts import SHIFTS, is_clear, read_shifts, shifts_of
from analysis.simulate.follower_errors import (
    Population,
    bots,
    growth,
    miscounted,
    rounding,
    shift_by_bots,
)
from analysis.simulate.worlds import posts, world

RELATIONS = ["equals", "at_least", "at_most", "more_than", "less_than"]
UNITS = ["ratio", "percent", "followers", "probability", "reliability", "elasticity"]
LITTLE = 1e-6


def outcome_of(ends, relation, value, margin):
    test = Test(
        metric="engagement",
        of="micro",
        versus="macro",
        relation=relation,
        value=value,
        margin=margin,
    )
    return str(outcomes_of(test, *ends, "ok"))


def nudged(bias, step, unit):
    """The bias a little further (step above 0) or a little less far from none."""
    if unit == "elasticity":
        return bias + np.sign(bias) * step
    return float(np.exp(np.log(bias) + np.sign(np.log(bias)) * step))


@settings(max_examples=100)
@given(
    relation=st.sampled_from(RELATIONS),
    unit=st.sampled_from(UNITS),
    middle=st.floats(0.05, 0.95),
    width=st.floats(0.001, 1.5),
    value=st.floats(0.05, 0.95),
    margin=st.floats(1.0, 2.0),
)
def test_a_bias_beyond_the_flip_changes_the_outcome_and_a_little_less_does_not(
    relation, unit, middle, width, value, margin
):
    ends = shifted([middle, middle], np.exp(width), unit) if unit != "elasticity" else None
    low = float(shifted(middle, np.exp(-width) if unit != "elasticity" else -width, unit))
    high = float(ends[1]) if ends is not None else middle + width
    outcome = outcome_of((low, high), relation, value, margin)
    span = range_of(relation, value, margin)
    undecided, opposite = flips(low, high, span, outcome, unit)
    opposites = {"supported": "contradicted", "contradicted": "supported"}
    assume(outcome in opposites)
    for flip, wanted in ((undecided, "undecided"), (opposite, opposites[outcome])):
        if np.isnan(flip) or abs(np.log(flip) if unit != "elasticity" else flip) < 2 * LITTLE:
            continue
        less = shifted([low, high], nudged(flip, -LITTLE, unit), unit)
        more = shifted([low, high], nudged(flip, LITTLE, unit), unit)
        assert outcome_of(more, relation, value, margin) == wanted
        assert outcome_of(less, relation, value, margin) != wanted


def test_a_verdict_that_decides_nothing_has_no_flip_and_states_so():
    assert np.isnan(flips(0.9, 1.1, (1.0, np.inf), "undecided", "ratio")).all()
    verdict = an.claim("D07").judge()
    assert verdict.flip().sentence() == "Nothing is decided, so nothing can flip."


def test_an_interval_wider_than_the_claimed_range_can_become_undecided_but_not_supported():
    undecided, opposite = flips(0.5, 1.0, range_of("equals", 1.6, 1.1), "contradicted", "ratio")
    assert undecided == pytest.approx(1.6 / 1.1)
    assert np.isnan(opposite)


def test_the_flip_of_the_sixty_percent_stands_behind_the_first_columns_of_verdicts():
    frame = an.judge("D06", "instagram-kim", ["harvard-media"]).to_frame()
    assert list(frame).index("flip") == list(frame).index("test") + 1
    assert frame["flip"].round(3).tolist() == [1.017, 1.23]


def test_a_flip_is_a_sentence_with_the_measured_shifts_beside_it():
    verdict = an.judge("D06", "instagram-kim", ["harvard-media"])[0]
    text = verdict.flip().sentence()
    assert text.startswith(
        "A bias of 1.7 % (to 1.40) would make this undecided; a bias of 9.2 % (to 1.51) would turn"
    )
    that_way, other_way = text.split("The other way, away from the nearest edge, lie:")
    assert "older posts 1.55, times 1.12 [1.03, 1.22]" in that_way
    assert "verified accounts 0.709, times 0.514 [0.292, 0.906]" in other_way
    assert "the one that differs most is TikTok (TIDES) 1.92, times 1.39" in other_way
    assert "hold for all 15 that were tried at once" in other_way
    assert "moves" not in text  # different posts are compared; nothing moves anything


def test_the_largest_shift_beside_a_flip_leads_the_same_way_and_is_of_the_same_source():
    compared = 0
    for one in an.judge(an.claims().values(), an.load_all("open")):
        flip = one.flip()
        if flip.toward is None:
            continue
        compared += 1
        none = 0.0 if flip.scale == "difference" else 1.0
        assert (flip.toward.shift > none) == (flip.undecided > none)
        assert flip.toward.kind not in ("source", "rounding", "growth", "bots")
        rows = shifts_of(one.claim, one.source, one.scheme, one.test)
        assert flip.toward.level in {row["level"] for row in rows if row["how"] == "measured"}
    assert compared > 10


def flip_with(undecided, **shift):
    toward = Shift("age", "older", **shift) if shift else None
    known = ("D06", "my-posts", "harvard-media", 1, "contradicted", "ratio", 1.38, "factor")
    return Flip(*known, undecided, np.nan, (), toward, compared=True)


def test_a_card_states_whether_the_largest_shift_is_enough_to_flip_the_verdict():
    little, much = flip_with(1.017, shift=1.12), flip_with(1.2, shift=1.12)
    assert flip_in_short(little) == (
        "A bias of 1.7 % (to 1.40) would make this undecided; older posts alone give 1.55, 1.12 "
        "times the ratio of all posts, which is enough."
    )
    assert flip_in_short(much).endswith(
        "older posts alone give 1.55, 1.12 times the ratio of all posts, which is not enough."
    )
    assert flip_in_short(flip_with(1.2)).endswith("no part of its posts clearly lies that way.")
    assert "(to +66 %)" in flip_in_short(much, lift)


def test_the_card_of_a_verdict_shows_its_flip_its_ages_and_its_severity():
    (verdict, *_) = an.judge("C08", "instagram-kim", "macro-or-micro-second")
    for shown in (repr(verdict).replace("\n", " "), verdict._repr_html_()):
        assert "A bias of 14 % (to +4 %) would make this undecided" in shown
        assert "Posts of the last year alone give +24 % [+18 %, +29 %], supported" in shown
        assert "older posts alone give +8 % [+3 %, +14 %], supported" in shown
        assert "still have supported it in 3 of 100 simulated worlds" in shown


def test_a_verdict_that_decides_nothing_shows_no_flip_on_its_card():
    (verdict, *_) = an.judge("C08", "tiktok-datares", "macro-or-micro-second")
    assert verdict.outcome == "undecided"
    assert "would make this undecided" not in repr(verdict) + verdict._repr_html_()


def test_sizes_of_a_bias_are_percent_below_a_factor_of_two_and_the_same_both_ways():
    assert bias(1.25) == bias(0.8) == "25 %"
    assert bias(8.0) == "a factor of 8"


# --- shifts


def test_the_registered_measured_shifts_are_those_that_the_shipped_cells_give():
    held = read_shifts().query("how == 'measured' and claim in ['D06', 'C08']")
    fresh = measured_shifts([an.claim(key) for key in ("D06", "C08")], an.load_all("open")).frame
    keys = ["claim", "source", "test", "kind", "level"]
    both = held.merge(fresh, on=keys, suffixes=("", "_now"), how="outer")
    assert len(both) == len(held) == len(fresh) > 20
    for name in ("shift", "shift_low", "shift_high", "estimate"):
        assert both[name].to_numpy() == pytest.approx(both[f"{name}_now"].to_numpy(), rel=1e-9)
    assert (both["outcome"] == both["outcome_now"]).all()


def test_registered_shifts_have_their_columns_and_move_the_estimate_by_what_they_state():
    frame = read_shifts()
    assert tuple(frame) == SHIFTS
    verdicts = {one.source: one for one in an.judge("D06", an.load_all("open"), ["harvard-media"])}
    for source in ("instagram-kim", "tiktok-tides"):
        rows = shifts_of("D06", source, "harvard-media", 1)
        assert rows
        for row in rows:
            assert row["estimate"] == pytest.approx(verdicts[source].estimate * row["shift"])


def levels_of_a_world(seed, step):
    """Posts with two levels of a stratum whose contrast differs by a known factor."""
    parts = [posts(seed, 1.5, (120, 120)), posts(seed + 1000, 1.5 * step, (120, 120))]
    for name, part in zip(("a", "b"), parts, strict=True):
        part["niche"] = name
        part["account_id"] = name + part["account_id"]
    return world("levels", pd.concat(parts, ignore_index=True))


def test_the_interval_of_a_shift_between_a_part_and_the_whole_covers_the_truth():
    """The typical account of all is the geometric mean of two halves: the true shift of the first
    is one over the root of the step.
    """
    step, covered, crude = 1.3, 0, 0
    claim = an.claim("A12")
    for seed in range(80):
        moments = levels_of_a_world(seed, step)
        whole = moments.sample("engagement").tier("mediakix-instagram").contrast()
        sample = moments.sample("engagement", "niche", "a").tier("mediakix-instagram")
        verdict = claim.judge(whole, claim.tests[1], "x", "mediakix-instagram")
        question = Question(claim, 2, moments, verdict, an.scheme("mediakix-instagram"))
        shared = _correlation(question, "niche", "a")
        _, low, high = shift_of(sample.contrast(), whole, shared)
        covered += low <= step**-0.5 <= high
        _, low, high = shift_of(sample.contrast(), whole, 0.0)
        crude += low <= step**-0.5 <= high
    assert 0.88 <= covered / 80 <= 0.99
    assert crude / 80 >= 0.99  # without their correlation it is too wide, never too narrow


def levels_alike(seed, levels=8, accounts=60):
    """Accounts of several niches that do not differ."""
    both = (accounts * levels // 2,) * 2
    table = posts(seed, 1.5, both, posts_per_account=2)
    numbers = pd.factorize(table["account_id"])[0]
    names = np.random.default_rng(seed).permutation(np.arange(sum(both)) % levels)
    table["niche"] = [f"niche {name}" for name in names[numbers]]
    return world("alike", table)


def test_of_niches_that_do_not_differ_hardly_any_world_shows_a_clear_shift():
    """The largest of eight shifts is looked at, so the intervals hold for all eight at once."""
    claim, clear, alone = an.claim("A12"), 0, 0
    for seed in range(40):
        moments = levels_alike(seed)
        whole = moments.sample("engagement").tier("mediakix-instagram").contrast()
        verdict = claim.judge(whole, claim.tests[1], "x", "mediakix-instagram")
        question = Question(claim, 2, moments, verdict, an.scheme("mediakix-instagram"))
        rows = [dict(zip(SHIFTS, row, strict=True)) for row in by_stratum(question)]
        assert {row["tried"] for row in rows} == {8}
        clear += any(map(is_clear, rows))
        by_itself = False
        for row in rows:  # whose estimates have intervals of 95 % each
            shared = _correlation(question, "niche", row["level"])
            _, low, high = shift_of(SimpleNamespace(**row), verdict, shared)
            by_itself |= not low <= 1 <= high
        alone += by_itself
    assert clear / 40 <= 0.125
    assert alone / 40 > 0.2  # each by itself at 95 %, a shift would be seen in many worlds


def test_shifts_that_hold_at_once_are_wider_than_one_by_itself():
    rows = shifts_of("D06", "instagram-kim", "harvard-media", 1)
    older = next(row for row in rows if row["level"] == "older")
    assert older["tried"] == sum(
        row["how"] == "measured" and row["kind"] != "source" for row in rows
    )
    part, whole = SimpleNamespace(**older), an.judge("D06", "instagram-kim", ["harvard-media"])[0]
    _, low, high = shift_of(part, whole, 0.0)
    assert older["shift_low"] < low < high < older["shift_high"]


# --- fragile


def row_of(**changed):
    plain = {"how": "measured", "kind": "age", "level": "older", "outcome": "supported"}
    plain |= {"scale": "factor", "shift": 1.1, "shift_low": 1.05, "shift_high": 1.2}
    return plain | {"moved_to": "supported"} | changed


@pytest.mark.parametrize(
    ("row", "outcome", "fragile"),
    [
        (row_of(), "contradicted", True),
        (row_of(), "supported", False),
        (row_of(), "undecided", False),
        (row_of(outcome="undecided", moved_to="undecided"), "supported", True),
        # a shift that is not clear overturns nothing, unless the level itself gives the opposite
        (row_of(outcome="undecided", moved_to="undecided", shift_low=0.9), "supported", False),
        (row_of(outcome="contradicted", shift_low=0.9), "supported", True),
        (row_of(kind="source", outcome="contradicted"), "supported", False),
        (row_of(how="simulated", kind="bots", moved_to="undecided"), "supported", True),
        (row_of(how="simulated", kind="bots"), "supported", False),
    ],
)
def test_an_outcome_is_fragile_if_its_own_posts_or_a_simulated_error_decide_otherwise(
    monkeypatch, row, outcome, fragile
):
    monkeypatch.setattr(registered, "shifts_of", lambda *which: [row])
    assert bool(registered.overturned_by("D06", "x", "y", 1, outcome)) == fragile


@pytest.mark.parametrize(
    ("parts", "outcome", "rows", "fragile"),
    [
        (("contradicted", "contradicted"), "contradicted", {1}, False),
        (("contradicted", "contradicted"), "contradicted", {1, 2}, True),
        (("contradicted", "supported"), "contradicted", {1}, True),
        (("contradicted", "supported"), "contradicted", {2}, False),
        (("supported", "supported"), "supported", {2}, True),
        (("supported", "untestable"), "undecided", {1}, False),
    ],
)
def test_all_tests_together_are_fragile_if_the_fragile_ones_decide_them(
    monkeypatch, parts, outcome, rows, fragile
):
    other = {"supported": "contradicted", "contradicted": "supported"}

    def held(_claim, _source, scheme, test):
        return [row_of(outcome=other[parts[test - 1]])] if scheme and test in rows else []

    monkeypatch.setattr(registered, "shifts_of", held)
    assert bool(registered.overturned_by("D06", "x", "y", 0, outcome, parts)) == fragile


def test_the_sixty_percent_is_contradicted_and_fragile_wherever_it_is_shown():
    verdicts = an.judge("D06", "instagram-kim", ["harvard-media"])
    verdict = verdicts[0]
    assert (verdict.outcome, verdict.fragile) == ("contradicted", "fragile")
    assert verdicts.to_frame()["fragile"].tolist() == ["fragile", "fragile"]
    for shown in (repr(verdict).replace("\n", " "), verdict._repr_html_()):
        assert "Contradicted, fragile: claimed +60 %" in shown
        assert "older posts alone would have supported it" in shown
    assert "contradicted, fragile" in repr(verdicts)
    assert "contradicted, fragile" in verdicts._repr_html_()


def test_a_verdict_without_registered_shifts_is_not_called_fragile():
    others = [one for one in an.judge("D06", "instagram-kim") if one.scheme != "harvard-media"]
    assert others
    assert not any(one.fragile for one in others)
    kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    verdict = an.claim("D06").judge(kim.contrast("micro", "macro", average="median account"))
    assert verdict.fragile == ""


def moved(error, moves=True, accounts=10_000, seed=3):
    both = miscounted(seed, Population(), error, accounts, moves)
    samples = [world("f", one).sample("likes_per_follower").tier("decades") for one in both]
    true, counted = (sample.contrast("micro", "macro").estimate for sample in samples)
    return counted / true


def test_bots_move_the_ratio_as_their_closed_form_states():
    error = bots(0.5, 0.28, edge=1e5)
    assert moved(error, moves=False) == pytest.approx(shift_by_bots(0.5, 0.28), rel=0.02)
    alike = bots(0.3, 0.3, edge=1e5)
    assert moved(alike, moves=False) == pytest.approx(1.0, rel=0.02)


def test_rounding_hardly_moves_the_ratio_and_faster_growth_of_small_accounts_lowers_it():
    assert moved(rounding) == pytest.approx(1.0, abs=0.005)
    assert moved(growth(0.3)) < moved(growth(0.1)) < 1
    assert moved(growth(0.0)) == pytest.approx(1.0)


def test_the_count_of_fragile_answers_is_that_of_the_verdicts_and_unknown_of_own_data():
    verdicts = an.judge(["D06", "C36", "A13"], "instagram-kim")
    counted = verdicts.fragility()
    assert counted.fragile == sum(bool(one.fragile and one.test) for one in verdicts) == 2
    assert counted.tried > counted.fragile
    assert "2 of them are fragile" in counted.sentence()
    own = an.judge("D06", world("own", posts(1, 1.6, (150, 150)))).fragility()
    assert own.tried == 0
    assert "was not measured" in own.sentence()


def simulated_question(claim, moments, scheme="decades"):
    whole = moments.sample("likes_per_follower").tier(scheme)
    test = claim.tests[0].model_copy(update={"metric": "likes_per_follower"})
    claim = claim.model_copy(update={"tests": (test,), "scheme": scheme})
    verdict = claim.judge(whole.contrast(test.of, test.versus), test, "x", scheme)
    return Question(claim, 1, moments, verdict, an.scheme(scheme))


@pytest.mark.parametrize(("of", "versus"), [("micro", "macro"), ("macro", "micro")])
def test_a_simulated_error_leads_from_what_was_counted_back_to_the_truth(monkeypatch, of, versus):
    """Accounts whose small ones grew are counted; without that growth their ratio is the true one,
    whichever tier is above the line.
    """
    error = growth(0.3)
    both = miscounted(5, Population(), error, 20_000)
    true, counted = (world("grown", one) for one in both)
    test = an.claim("D06").tests[0].model_copy(update={"of": of, "versus": versus})
    question = simulated_question(an.claim("D06").model_copy(update={"tests": (test,)}), counted)
    truth = true.sample("likes_per_follower").tier("decades").contrast(of, versus).estimate
    monkeypatch.setattr(shifts_module, "answered_questions", lambda *_: [question])
    monkeypatch.setattr(shifts_module, "ERRORS", {"grown": Kind("growth", lambda *_: error)})
    (row,) = shifts_module.simulated_shifts([], {}).frame.to_dict("records")
    assert question.whole.estimate != pytest.approx(truth, rel=0.05)  # the error is seen
    assert row["estimate"] == pytest.approx(truth, rel=0.03)
    assert row["shift_low"] < row["shift"] < row["shift_high"]


def test_growth_that_posts_of_both_ages_imply_is_that_of_their_followers(monkeypatch):
    """Followers of small accounts grew by a known pace, so older posts have lower rates over the
    followers of today; those of large accounts did not grow.
    """
    pace, parts = 0.3, []
    for name, factor in (("last year", 1.0), ("older", np.exp(-pace))):
        part = posts(7, 1.5, (300, 300), posts_per_account=4)
        small = part["followers"] < 100_000
        part["likes"] = np.where(small, factor, 1.0) * part["likes"]
        part["likes"] = part["likes"].round()
        parts.append(part.assign(niche=name, account_id=name + part["account_id"]))
    held = world("ages", pd.concat(parts, ignore_index=True))
    moments = SimpleNamespace(
        source=held.source, sample=lambda metric, _, level: held.sample(metric, "niche", level)
    )
    years = {"last year": 0.5, "older": 1.5, "all": 1.0}
    monkeypatch.setattr(follower_shifts, "mean_ages", lambda source: years)
    tiers = follower_shifts.Tiers("x", "decades", "likes_per_follower", "micro", "macro")
    grow = follower_shifts.growth_from_ages(moments, tiers)
    rng = np.random.default_rng(1)
    assert grow(rng, np.full(20_000, np.log(3e4))).mean() == pytest.approx(pace, abs=0.02)
    assert grow(rng, np.full(20_000, np.log(3e5))).mean() == pytest.approx(0, abs=0.02)


def test_levels_are_compared_with_those_of_sources_only_that_may_be_asked_for_levels():
    frame = read_shifts().query("unit == 'percent' and kind == 'source'")
    assert len(frame)
    for row in frame.to_dict("records"):
        test, other = an.claim(row["claim"]).tests[row["test"] - 1], an.load(row["level"])
        assert unasked(test, other) is None
        assert other.key_of(test.metric) == an.load(row["source"]).key_of(test.metric)


def test_a_source_that_has_no_comparable_levels_is_not_put_beside_a_level():
    kim, other = an.load("instagram-kim"), an.load("tiktok-datares")
    (question, *_) = shifts_module.answered_questions([an.claim("D04")], [kim])
    assert question.whole.unit == "percent"
    assert list(shifts_module.by_source(question, {"other": other}))
    source = other.source.model_copy(update={"levels": False})
    silent = replace(other, source=source)
    assert not list(shifts_module.by_source(question, {"other": silent}))


def test_each_kind_of_simulated_shift_is_that_of_the_registered_table():
    fresh = shifts_module.simulated_shifts(
        [an.claim("D06")], {"instagram-kim": an.load("instagram-kim")}
    ).frame.query("test == 1")
    held = pd.DataFrame(shifts_of("D06", "instagram-kim", "harvard-media", 1))
    held = held.query("how == 'simulated'")
    assert set(held["kind"]) == {"rounding", "growth", "bots"}
    both = held.merge(fresh, on=["kind", "level"], suffixes=("", "_now"), how="outer")
    assert len(both) == len(held) == len(fresh) == 5
    for name in ("estimate", "shift", "shift_low", "shift_high"):
        assert both[name].to_numpy() == pytest.approx(both[f"{name}_now"].to_numpy(), rel=1e-9)
    assert (both["moved_to"] == both["moved_to_now"]).all()


def test_published_shares_of_bots_are_rows_of_the_published_figures():
    assert published_shares()["micro"] == 0.5
    assert published_shares()["macro"] == pytest.approx((0.2666 + 0.3023) / 2)


def test_strata_that_disagree_with_the_whole_are_named_and_others_are_not():
    frame = pd.DataFrame({"kind": ["age"], "level": ["older"], "outcome": ["supported"]})
    assert strata(frame, "supported") == ""
    assert strata(frame, "contradicted") == "Older posts alone would have supported it."


# --- bounds


def selected(seed, truth, least, accounts=800, noise=0.8):
    """Accounts of two tiers with a known ratio, of which those with `least` likes are seen."""
    rng = np.random.default_rng(seed)
    edges = np.repeat(np.log([1e4, 1e5]), accounts)
    size = edges + rng.uniform(0, np.log(10), 2 * accounts)
    rate = np.log(0.03) + np.repeat([np.log(truth), 0.0], accounts)
    likes = np.round(np.exp(size + rate + rng.normal(0, noise, 2 * accounts)))
    names = [f"simulated-{number}" for number in range(2 * accounts)]
    table = pd.DataFrame({"account_id": names, "platform": "instagram", "likes": likes})
    table = table.assign(followers=np.round(np.exp(size)))
    return world("selected", table[likes >= least].reset_index(drop=True))


def test_the_truncated_likelihood_covers_a_truth_that_the_accounts_seen_miss():
    covered, missed = 0, 0
    for seed in range(8):
        sample = selected(seed, 1.5, 1_500).sample("likes_per_follower").tier("decades")
        of_all, seen = contrast_of_all(sample, least=1_500), sample.contrast()
        covered += of_all.low <= 1.5 <= of_all.high
        missed += not seen.low <= 1.5 <= seen.high
        assert of_all.status == "indicative"
    assert covered >= 7
    assert missed == 8


def test_without_a_threshold_that_bites_the_truncated_likelihood_gives_the_plain_contrast():
    sample = selected(1, 1.5, 0).sample("likes_per_follower").tier("decades")
    of_all, seen = contrast_of_all(sample, least=0.01), sample.contrast()
    assert of_all.estimate == pytest.approx(seen.estimate, rel=0.01)
    assert of_all.low == pytest.approx(seen.low, rel=0.02)


def test_where_most_accounts_are_below_the_threshold_an_end_is_open():
    sample = selected(1, 1.5, 30_000).sample("likes_per_follower").tier("decades")
    of_all = contrast_of_all(sample, least=30_000)
    assert of_all.status == "undefined" or np.isinf(of_all.high) or of_all.low == 0


def test_a_threshold_needs_a_rate_per_follower_and_a_number_above_zero():
    sample = selected(1, 1.5, 0)
    with pytest.raises(ValueError, match="per follower"):
        contrast_of_all(sample.sample("likes_per_post").tier("decades"), least=10)
    with pytest.raises(ValueError, match="above zero"):
        contrast_of_all(sample.sample("likes_per_follower").tier("decades"))


@pytest.mark.parametrize("worst", [0, 1])
def test_bounds_with_missing_accounts_hold_the_truth_in_the_worst_world_and_not_beyond(worst):
    """A fifth of one tier is missing, all with half the rate: the bound is reached, not passed."""
    share, factor, truth = 0.2, 2.0, 1.5
    seen_of_all = factor ** (share if worst == 0 else -share)
    covered = narrow = 0
    for seed in range(40):
        sample = world("seen", posts(seed, truth * seen_of_all, (150, 150)))
        tiered = sample.sample("engagement").tier("decades")
        bound = contrast_with_missing(tiered, missing=(share, share), factor=factor)
        covered += bound.low <= truth <= bound.high
        plain = tiered.contrast()
        narrow += plain.low <= truth <= plain.high
    assert covered / 40 > 0.95 > narrow / 40


def test_the_share_of_missing_accounts_that_amounts_to_a_flip_leads_exactly_to_its_bias():
    kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    flip = an.claim("D06").judge(kim.contrast("micro", "macro")).flip()
    share = share_missing(flip.undecided, factor=2)
    bound = contrast_with_missing(kim, missing=(share, share), factor=2)
    assert bound.high == pytest.approx(1.6 / 1.1)
    with pytest.raises(ValueError, match="below 1"):
        contrast_with_missing(kim, missing=(1.0, 0.0))


def test_strata_of_a_source_stand_below_the_whole_with_their_own_outcome():
    held = by_strata(an.claim("D06"), an.load_all("instagram-kim"))
    frame = held.to_frame().set_index("row")
    assert frame.index[0] == "all posts"
    assert frame.loc["age: older", "outcome"] == "supported"
    assert frame.loc["age: last year", "outcome"] == frame.loc["all posts", "outcome"]
    assert "Older posts alone" in held.sentence()
    assert "all posts" in str(held.plot().axes[0].get_yticklabels()[0])


def test_mean_ages_of_posts_are_those_of_the_raw_files():
    source = sources()["instagram-kim"]
    folder = paths.ROOT.parent / "shared" / "datasets" / source.folder
    if not all((folder / file.name).is_file() for file in source.files):
        pytest.skip("the raw files are not on this machine (shared/datasets beside the project)")
    posts = read_posts(source, folder).posts
    days = (posts["posted_at"].max() - posts["posted_at"]).dt.total_seconds() / 86_400

    years = (days / 365.25).groupby(posts["age"]).mean().to_dict() | {"all": days.mean() / 365.25}

    assert mean_ages("instagram-kim") == pytest.approx(years, abs=0.005)


# --- mixes of levels


def drawn_by_quota(seed, ratios, rates=(0.02, 0.02), accounts=(120, 120)):
    """As many accounts of each of two levels, whose contrasts and rates differ."""
    parts = []
    for number, (ratio, rate) in enumerate(zip(ratios, rates, strict=True)):
        part = posts(seed + 1000 * number, ratio, accounts, rate=rate)
        parts.append(part.assign(niche="ab"[number], account_id="ab"[number] + part["account_id"]))
    return world("drawn", pd.concat(parts, ignore_index=True)).strata("engagement", "niche")


@pytest.mark.parametrize("share", [1.0, 0.9, 0.5, 0.0])
def test_a_bound_over_mixes_covers_the_ratio_of_a_population_of_any_mix(share):
    ratios, covered, missed = (1.2, 2.0), 0, 0
    truth = np.exp(share * np.log(ratios[0]) + (1 - share) * np.log(ratios[1]))
    for seed in range(60):
        levels = drawn_by_quota(seed, ratios).tier("decades")
        shared, free = over_mixes(levels)
        covered += shared.low <= truth <= shared.high
        assert free.low <= shared.low
        assert free.high >= shared.high
        whole = np.exp(np.mean([np.log(level.contrast().estimate) for level in levels]))
        missed += not 0.9 * truth < whole < 1.1 * truth
    assert covered >= 57
    if share in (0.0, 1.0):
        assert missed >= 50  # the accounts as they were drawn have another ratio


def test_tiers_that_differ_in_their_mix_are_covered_by_the_wider_bound_alone():
    """Micro accounts are all of the level with high rates, macro accounts of the other one."""
    levels = drawn_by_quota(1, (1.0, 1.0), rates=(0.06, 0.02)).tier("decades")
    shared, free = over_mixes(levels)
    assert not shared.low <= 3.0 <= shared.high
    assert free.low <= 3.0 <= free.high


def test_levels_that_do_not_differ_give_a_bound_little_wider_than_their_intervals():
    levels = drawn_by_quota(2, (1.5, 1.5)).tier("decades")
    shared, _ = over_mixes(levels)
    each = [level.contrast() for level in levels]
    assert shared.low == pytest.approx(min(one.low for one in each))
    assert shared.high == pytest.approx(max(one.high for one in each))
    assert shared.high / shared.low < 2


def test_a_level_with_too_few_accounts_leaves_no_bound():
    assert over_mixes(drawn_by_quota(3, (1.5, 1.5), accounts=(120, 5)).tier("decades")) is None


def test_every_source_states_whether_its_selection_can_be_bounded_and_what_was_seen():
    for source in sources().values():
        assert bool(source.mixed_by) != bool(source.no_bound), source.key
        assert bool(source.mixed_by) == bool(source.mix_seen), source.key


def test_the_bounds_of_c08_are_shown_for_the_sources_whose_mix_was_chosen_and_denied_to_others():
    bounds = an.claim("C08").over_all_mixes(an.load_all("open"))
    held = {one.whole.source: one for one in bounds.of_sources}
    tides, kim, datares = (held[key] for key in ("tiktok-tides", "instagram-kim", "tiktok-datares"))
    assert tides.shared.outcome(tides.test) == "supported"
    assert kim.shared.outcome(kim.test) == "undecided"
    rows = [row for row in shifts_of("C08", "tiktok-tides", "macro-or-micro-second", 1)]
    of_levels = [row["estimate"] for row in rows if row["kind"] == "continent"]
    assert (tides.shared.least, tides.shared.most) == pytest.approx(
        (min(of_levels), max(of_levels))
    )
    assert "which supports the claim whatever the mix" in tides.sentence()
    assert "By which rule the platform suggests accounts is not known." in datares.sentence()


def test_a_mix_of_what_is_no_stratum_is_refused():
    known = sources()["tiktok-tides"].model_dump()
    with pytest.raises(ValueError, match="mixed_by names one of its strata"):
        type(sources()["tiktok-tides"])(**{**known, "mixed_by": "age"})
