"""A verdict follows from the interval, the claimed value and the margin, and from nothing else."""

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.display import because
from analysis.estimate.decision import claimed, claimed_range
from analysis.estimate.judging import all_together, judge_test, schemes_for
from analysis.estimate.observe import concerns, observe
from analysis.estimate.registry import estimator_of, is_level, unit_of
from analysis.estimate.results import Estimate
from analysis.estimate.verdict import OUTCOMES, Verdict, judge
from analysis.moments.load import load, load_all
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import claim, claims, scheme, schemes
from analysis.simulate import worlds

SCHEMES = schemes().values()


def made(relation="equals", value=1.6, margin=1.1, **fields):
    test = {
        "metric": "engagement",
        "of": "micro",
        "versus": "macro",
        "relation": relation,
        "value": value,
        "margin": margin,
    }
    return Claim(
        key="D99",
        document="none",
        paraphrase="",
        kind="ratio",
        notebook="",
        tests=(test,),
        **fields,
    )


def estimate(low, high, status="ok"):
    return Estimate(
        "micro / macro",
        100,
        1000,
        np.sqrt(low * high),
        low,
        high,
        "ratio",
        because("nothing"),
        (because("made_up"),),
        status,
    )


@pytest.mark.parametrize(
    ("relation", "low", "high", "outcome"),
    [
        ("equals", 1.50, 1.70, "supported"),
        ("equals", 1.10, 1.20, "contradicted"),
        ("equals", 1.80, 2.20, "contradicted"),
        ("equals", 1.40, 1.60, "undecided"),
        ("equals", 1.20, 2.40, "undecided"),
        ("at_least", 1.50, 3.00, "supported"),
        ("at_least", 1.10, 1.40, "contradicted"),
        ("at_least", 1.40, 1.80, "undecided"),
        ("at_most", 0.90, 1.70, "supported"),
        ("at_most", 1.80, 1.90, "contradicted"),
        ("at_most", 1.70, 1.80, "undecided"),
        ("more_than", 1.61, 1.70, "supported"),
        ("more_than", 1.50, 1.59, "contradicted"),
        ("more_than", 1.59, 1.61, "undecided"),
        ("less_than", 1.50, 1.59, "supported"),
        ("less_than", 1.61, 1.70, "contradicted"),
        ("less_than", 1.59, 1.61, "undecided"),
    ],
)
def test_the_whole_interval_inside_supports_outside_contradicts_across_leaves_undecided(
    relation, low, high, outcome
):
    assert judge(made(relation), estimate(low, high)).outcome == outcome


def test_the_reason_names_the_edge_that_decided():
    assert judge(made(), estimate(1.1, 1.2)).because == "The whole interval lies below 1.45."
    assert judge(made(), estimate(1.4, 1.6)).because == "The interval reaches across 1.45."
    assert judge(made(), estimate(1.2, 2.4)).because == "The interval reaches across 1.45 and 1.76."
    assert (
        judge(made("more_than", 1.0), estimate(1.1, 1.2)).because
        == "The whole interval lies above 1."
    )


@pytest.mark.parametrize(("low", "high"), [(1.5, 1.7), (1.1, 1.2)])
def test_an_indicative_estimate_neither_supports_nor_contradicts(low, high):
    verdict = judge(made(), estimate(low, high, "indicative"))

    assert verdict.outcome == "undecided"
    assert "Too little to decide" in verdict.because


def test_nothing_observed_is_untestable():
    why = because("in_tier", tier="macro", problem=because("no_account"))
    undefined = Estimate.undefined(
        why, label="micro / macro", unit="ratio", estimand=because("nothing")
    )

    assert judge(made(), undefined).outcome == "untestable"
    assert judge(made(), undefined).because == "Not answerable here: macro: no account."
    assert judge(made(data_request="sales"), None).because.endswith("To settle it: sales.")


def test_claims_without_tests_are_documents_or_untestable():
    assert judge(claim("A11")).outcome == "document"
    assert judge(claim("A11")).because == claim("A11").by_reading
    assert judge(claim("D05")).outcome == "untestable"
    assert claim("D05").data_request in judge(claim("D05")).because


def test_the_claimed_range_is_the_value_times_and_over_the_margin():
    assert claimed_range(made().tests[0]) == pytest.approx((1.6 / 1.1, 1.6 * 1.1))
    assert str(claimed(made().tests[0])) == "a ratio of 1.6 (1.45 to 1.76 counts)"
    level = Test(metric="engagement", of="micro", relation="equals", value=5.0)
    assert str(claimed(level)) == "5 percent"


def test_a_true_ratio_is_supported_and_its_absence_is_not():
    true, none = (
        worlds.world("w", worlds.posts(8, ratio, (3_000, 3_000), 3))
        .sample()
        .tier("decades")
        .contrast("micro", "macro")
        for ratio in (1.6, 1.0)
    )

    assert judge(made(), true).outcome == "supported"
    assert judge(made(), none).outcome == "contradicted"
    assert judge(made("equals", 1.0, 1.15), none).outcome == "supported"


def test_no_effect_is_called_sixty_percent_in_almost_no_world():
    outcomes = [
        judge(
            made(),
            worlds.world("w", worlds.posts(seed, 1.0, (60, 30), 4))
            .sample()
            .tier("decades")
            .contrast("micro", "macro"),
        ).outcome
        for seed in range(60)
    ]

    assert outcomes.count("supported") == 0
    assert set(outcomes) <= {"undecided", "contradicted"}


def test_a_source_without_the_metric_or_the_posts_answers_untestable():
    d07 = claim("D07")
    verdict = judge_test(d07, d07.tests[0], load("instagram-kim"), scheme("harvard-media"))
    assert verdict.outcome == "untestable"
    assert "does not hold conversions / clicks" in verdict.because

    a12 = claim("A12")
    assert (
        judge_test(a12, a12.tests[0], load("tiktok-tides"), scheme("decades")).outcome
        == "untestable"
    )


def test_a_level_is_asked_under_the_tiers_of_the_claim_only_and_a_ratio_under_all_with_its_words():
    level, ordering = claim("D04").tests
    ratio = claim("D06").tests[0]

    assert [one.key for one in schemes_for(claim("D04"), level, SCHEMES, "instagram")] == [
        "harvard-media"
    ]
    assert [one.key for one in schemes_for(claim("D04"), ordering, SCHEMES, "instagram")] == [
        "harvard-media"
    ]
    keys = [one.key for one in schemes_for(claim("D06"), ratio, SCHEMES, "tiktok")]
    assert keys[0] == "harvard-media"
    assert "mediakix-instagram" not in keys
    assert "tint" not in keys
    assert "decades" in keys


@pytest.fixture(scope="module")
def everything():
    return an.judge(claims().values(), load_all()).to_frame()


def follows(claim):
    """Whether all tests of a claim are of the same creators through time, of whom few sources
    know.
    """
    return all(estimator_of(test).follows for test in claim.own_tests)


def test_every_claim_is_answered_for_every_source_it_can_be_asked_of(everything):
    assert set(everything["claim"]) == set(claims())
    assert set(everything["outcome"]) <= set(OUTCOMES)
    for key, one in claims().items():
        if one.own_tests:
            asked = {
                source
                for source, moments in load_all().items()
                if not one.platforms or moments.source.platform in one.platforms
                if not follows(one) or any(concerns(test, moments) for test in one.own_tests)
            }
            answered = set(everything.loc[everything["claim"] == key, "source"])
            assert answered - {""} == asked
            assert ("" in answered) == bool(
                set(one.platforms) - {moments.source.platform for moments in load_all().values()}
            )


def test_an_interval_without_an_upper_end_supports_more_than_and_nothing_with_an_end():
    found = observe(claim("B08").tests[0], load("tiktok-datares"))
    below = claim("B08").tests[0].model_copy(update={"relation": "less_than", "value": 1e6})

    assert np.isinf(found.high)
    assert judge(claim("B08"), found).outcome == "supported"
    assert judge(claim("B08"), found, below).outcome == "undecided"


def test_the_creator_beyond_size_is_judged_on_the_rate_and_on_the_total_together(everything):
    rows = everything[(everything["claim"] == "B08") & (everything["outcome"] != "untestable")]
    rate, total = claim("B08").tests

    assert (rate.seen, total.metric, claim("B08").together) == ("", "likes_per_post", True)
    assert "0.28" in total.seen and "0.28" in str(claim("B08"))
    for _, one in rows.groupby("source"):
        outcomes = dict(zip(one["test"], one["outcome"], strict=True))
        assert outcomes == {1: "supported", 2: "contradicted", 0: "contradicted"}


def test_where_size_makes_the_totals_the_rate_alone_would_say_that_the_creator_does():
    rng = np.random.default_rng(3)
    size = rng.uniform(np.log(1e3), np.log(1e6), 400)
    creator, noise = rng.normal(0, 0.6, 400), rng.normal(0, 0.4, (400, 4))
    # reactions grow nearly as followers do: size is most of a total and little of a rate
    reactions = np.exp(0.9 * size[:, None] + creator[:, None] + noise)
    posts = pd.DataFrame(
        {
            "account_id": np.repeat(np.arange(400).astype(str), 4),
            "platform": "instagram",
            "followers": np.exp(size).round().repeat(4),
            "likes": reactions.ravel().round() + 1,
            "comments": 0,
        }
    )
    world = worlds.world("size makes totals", posts)

    parts = [judge(claim("B08"), observe(test, world), test) for test in claim("B08").tests]
    assert [part.outcome for part in parts] == ["supported", "contradicted"]
    assert all_together(parts).outcome == "contradicted"


def test_a_level_is_asked_only_of_its_own_numerator_and_denominator_and_of_levels_that_compare():
    level, order = claim("D04").tests
    tides, datares, kim = map(load, ("tiktok-tides", "tiktok-datares", "instagram-kim"))
    harvard = scheme("harvard-media")

    refused = judge_test(claim("D04"), level, tides, harvard)
    assert refused.outcome == "untestable"
    assert "one of (likes + comments) / followers" in refused.because
    assert "holds likes / followers, which is another quantity" in refused.because
    assert judge_test(claim("D04"), order, tides, harvard).outcome == "undecided"
    for source in (kim, datares):
        assert judge_test(claim("D04"), level, source, harvard).outcome != "untestable"

    own = level.model_copy(update={"metric": "likes_per_follower"})
    refused = judge_test(claim("D04"), own, tides, harvard)
    assert refused.reason.key == "no_levels"
    assert "lifetime" in refused.because
    assert judge_test(claim("D04"), own, kim, harvard).reason.key != "no_levels"
    unnamed = level.model_copy(update={"metric": "engagement"})
    assert judge_test(claim("D04"), unnamed, kim, harvard).reason.key == "level_unnamed"


def test_every_registered_level_names_its_numerator_and_denominator():
    levels = [test for one in claims().values() for test in one.tests if is_level(test)]

    assert levels
    assert all(test.metric != "engagement" for test in levels)


def test_posts_of_a_level_in_merged_cells_are_counted_and_stand_in_the_verdict():
    kim = load("instagram-kim")
    paid, free = (kim.sample("engagement", "sponsored", level) for level in ("yes", "no"))
    bands = kim.table.query("metric == @paid.metric.key and stratum == 'sponsored'")
    most = bands.loc[bands["level"] == "(merged)", "accounts"].sum()

    assert most > 0
    for sample in (paid, free):
        assert sample.left_out["accounts"].tolist()[-1] == most
        assert "At most" in sample.left_out["reason"].tolist()[-1]
    first, second, _ = an.judge("A12", kim, "mediakix-instagram")
    assert f"At most {most} accounts in macro have posts with sponsored = yes" in first.because
    assert "merged" not in second.because  # on all posts
    elsewhere, *_ = an.judge("A12", kim, "harvard-media")
    assert "merged" not in elsewhere.because  # no band of these tiers was merged


def test_a_reason_repeats_neither_how_an_interval_was_made_nor_itself():
    paid = an.judge("A13", load("instagram-kim"))
    why = [verdict.because for verdict in paid if verdict.reason.key == "too_little"]
    few = worlds.world("few", worlds.posts(2, accounts=(40, 5))).sample().tier("decades")
    why.append(judge(claim("C14"), few.contrast("micro", "macro")).because)

    assert why[-1] == "Too little to decide: indicative only, 5 accounts in macro."
    assert all("excluded" not in text and "Welch" not in text for text in why)


def test_no_question_is_answered_twice(everything):
    assert not everything.duplicated(["claim", "source", "scheme", "test"]).any()


def test_a_claim_that_needs_all_its_tests_gets_one_answer_from_them():
    def whole(*outcomes):
        parts = [
            Verdict("C09", outcome, "kim", range=because(f"part_{number}"), test=number)
            for number, outcome in enumerate(outcomes)
        ]
        return all_together(parts)

    assert whole("supported", "supported").outcome == "supported"
    assert whole("supported", "contradicted", "untestable").outcome == "contradicted"
    assert whole("supported", "untestable").outcome == "undecided"
    assert whole("supported", "undecided").outcome == "undecided"
    assert whole("untestable", "untestable").outcome == "untestable"
    assert whole("supported", "undecided").because == (
        "Test by test: part 0, supported; part 1, undecided."
    )
    assert whole("supported", "supported", "untestable").because == (
        "2 of 3 parts supported; the third has no data. "
        "Test by test: part 0, supported; part 1, supported; part 2, no data."
    )
    part = whole("supported", "supported", "untestable")
    assert (part.as_asked, part.counted_as) == ("2 of 3", "supported as far as asked")
    assert part.sentence().startswith("Supported as far as can be asked: 2 of 3 parts supported;")
    for others in (
        ("supported", "undecided", "untestable"),
        ("supported", "contradicted", "untestable"),
        ("supported", "supported"),
        ("untestable", "untestable"),
    ):
        assert whole(*others).as_asked == ""
        assert whole(*others).counted_as == whole(*others).outcome
    assert whole("untestable", "supported", "undecided", "untestable").because.startswith(
        "1 of 4 parts supported, 1 undecided; the first and fourth have no data. "
    )


def test_a_compound_claim_is_judged_once_per_source_and_scheme(everything):
    register = claims()
    compound = everything[
        everything["claim"].map(lambda key: register[key].together) & everything["source"].ne("")
    ]
    assert set(compound["claim"]) == {key for key, one in register.items() if one.together}
    for (key, _), rows in compound.groupby(["claim", "source"]):
        parts, wholes = rows[rows["test"] > 0], rows[rows["test"] == 0]
        assert set(parts["test"]) == set(range(1, len(register[key].tests) + 1))
        assert set(wholes["scheme"]) == set(parts["scheme"])


def test_verdict_and_interval_never_disagree(everything):
    tests = {
        (key, str(claimed(test, unit))): test
        for key, one in claims().items()
        for test in one.tests
        for unit in ("ratio", "percent", unit_of(test))
    }
    decided = everything[
        everything["outcome"].isin(["supported", "contradicted"]) & everything["test"].gt(0)
    ]
    assert len(decided) > 50
    for row in decided.itertuples():
        low, high = claimed_range(tests[row.claim, row.claimed])
        inside = low < row.low and (row.high < high or np.isinf(high))
        outside = row.high <= low or row.low >= high
        assert (inside, outside) == (row.outcome == "supported", row.outcome == "contradicted")


def test_a_claim_about_a_platform_nobody_has_says_so():
    one = made(platforms=("twitch",))

    verdicts = an.judge([one], [load("instagram-kim")], SCHEMES).to_frame()

    assert verdicts["outcome"].tolist() == ["untestable"]
    assert "the claim is about twitch, and no source is" in verdicts["because"].item()
    both = an.judge([made(platforms=("instagram", "twitch"))], [load("instagram-kim")], SCHEMES)
    assert "the claim is about twitch too, and no source is" in both[-1].because


def test_media_that_a_claim_names_and_no_source_holds_have_no_data_whatever_other_platforms_say():
    asked = an.judge("A18", an.load_all())

    assert [one.outcome for one in asked] == ["untestable"]
    assert "about blogs, podcasts, facebook, x and linkedin, and no source is" in asked[0].because


def test_what_counts_as_supported_as_far_as_asked_is_undecided_in_the_column_outcome(everything):
    part = everything[everything["as_asked"] != ""]

    assert "A13" in set(part["claim"])
    assert all(an.claim(key).together for key in part["claim"])
    assert set(part["outcome"]) == {"undecided"}
    assert set(part.loc[part["claim"] == "A13", "as_asked"]) == {"2 of 3"}
    assert set(an.counted(part)) == {"supported as far as asked"}
