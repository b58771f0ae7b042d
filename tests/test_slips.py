"""Slips of a caller: a number out of its range or a name with a typo ends in a sentence, never in a
number that looks right.
"""

from dataclasses import replace
from inspect import signature

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis.errors import check_least, check_share
from analysis.estimate import registry
from analysis.estimate.cost.worlds import shared_residuals
from analysis.estimate.judging import judge_test
from analysis.estimate.tier_averages import context_of
from analysis.moments.sample import Sample
from analysis.moments.samples import Samples
from analysis.publish.run.parameters import ParameterError, choose, resolve

KIM = an.load("instagram-kim")
RATE = KIM.sample("engagement")
TIERED = RATE.tier("decades")
DECADES = an.scheme("decades")
STUDIES = pd.DataFrame({"effect": [0.8, 0.9, 1.0], "se": [0.05, 0.05, 0.1]})
NAMESPACES = (
    "cost", "curve", "multiverse", "plausibility", "plot", "power", "ratio", "registers",
    "simulate", "synthesis", "text", "tiers",
)  # fmt: skip

NO_SHARES = [95, 1.5, 0, 1, -0.1, np.nan, np.inf, "0.95", None]
WITH_CONFIDENCE = sorted(
    name for name, verb in vars(Sample).items()
    if callable(verb) and "confidence" in signature(verb).parameters
)  # fmt: skip


@pytest.mark.parametrize("value", NO_SHARES)
def test_what_is_not_between_0_and_1_is_no_share(value):
    with pytest.raises(ValueError, match="between 0 and 1"):
        check_share("confidence", value)


@pytest.mark.parametrize(("value", "meant"), [(95, "0.95"), ("0.95", "0.95"), ("90", "0.9")])
def test_a_share_in_percent_or_in_quotes_is_answered_with_the_one_that_was_meant(value, meant):
    with pytest.raises(ValueError, match=rf"Did you mean {meant}\?$"):
        check_share("confidence", value)


@pytest.mark.parametrize("value", [1, -3, np.nan, np.inf, "3", None])
def test_what_is_below_the_least_or_no_number_is_refused(value):
    with pytest.raises(ValueError, match="not a number of at least 2"):
        check_least("creators", value, 2)


@pytest.mark.parametrize("value", NO_SHARES)
@pytest.mark.parametrize("verb", WITH_CONFIDENCE)
def test_no_verb_of_a_sample_takes_a_confidence_that_is_none(verb, value):
    for noun in (TIERED, Samples((TIERED,))):
        with pytest.raises(ValueError, match=r"^confidence .* between 0 and 1"):
            getattr(noun, verb)(confidence=value)


def test_a_confidence_is_checked_by_position_as_by_name():
    with pytest.raises(ValueError, match=r"Did you mean 0\.9\?"):
        TIERED.by_tier("typical account", 90)
    with pytest.raises(ValueError, match=r"Did you mean 0\.9\?"):
        RATE.reliability(3, 90)
    assert TIERED.by_tier("typical account", 0.9)["micro"].context.confidence == 0.9


def power_law():
    return RATE.power_law()


FUNCTIONS = {
    "a verdict": lambda c: an.judge("D06", KIM, confidence=c),
    "a context, which every estimate has": lambda c: context_of(TIERED, "", confidence=c),
    "a function beside its verb": lambda c: an.ratio.contrast(TIERED, confidence=c),
    "a pooled mean": lambda c: an.synthesis.pool(STUDIES, confidence=c, draws=99),
    "studies": lambda c: an.synthesis.as_estimates(pd.DataFrame({"beta": [1.0], "se": 0.1}), c),
    "moderated levels": lambda c: (
        KIM.strata("engagement", "sponsored").tier("decades").moderated(confidence=c)
    ),
    "specifications": lambda c: an.multiverse.estimate_specifications(
        an.multiverse.specifications([KIM], [DECADES], posts=["all"]), [KIM], [DECADES], c
    ),
    "no specification": lambda c: an.multiverse.estimate_specifications(
        an.multiverse.specifications([KIM], []), [KIM], [], c
    ),
    "joint intervals": lambda c: an.multiverse.joint_intervals(
        pd.DataFrame(), [KIM], [DECADES], c, draws=9, seed=1
    ),
    "a power law": lambda c: power_law().interval(c),
    "a line": lambda c: power_law().along(c),
    "cheapest sizes": lambda c: an.cost.cheapest_sizes({}, [1.0], "EUR", confidence=c),
    "evidence of prices": lambda c: an.cost.price_evidence({}, pd.DataFrame(), power_law(), c),
    "owners of tables": lambda c: an.cost.owners_mean(
        pd.DataFrame({"data_owner": [], "slope": []}), "costs", c
    ),
    "the explorer": lambda c: an.Explorer({"instagram-kim": KIM}, c),
}


@pytest.mark.parametrize("value", [95, 0, np.nan, "0.95"])
@pytest.mark.parametrize("what", FUNCTIONS)
def test_no_function_takes_a_confidence_that_is_none(what, value):
    with pytest.raises(ValueError, match=r"^confidence .* between 0 and 1"):
        FUNCTIONS[what](value)


@pytest.mark.parametrize("value", ["95", "1.5", "0", "nan"])
def test_a_report_refuses_a_confidence_before_a_cell_runs(value):
    with pytest.raises(ParameterError, match="parameter 'confidence'"):
        resolve(choose(("02",)), {"confidence": value})


def test_a_report_answers_a_confidence_in_percent_with_the_share():
    with pytest.raises(ParameterError, match=r"0\.5 to 0\.999\. Did you mean 0\.95\?$"):
        resolve(choose(("02",)), {"confidence": "95"})


OUT_OF_RANGE = {
    "the reliability over fewer than no posts": (lambda: RATE.reliability(-1), "at -1"),
    "posts for a certain reliability": (lambda: RATE.posts_needed(1.5), "wanted 1.5"),
    "posts for a reliability in percent": (lambda: RATE.posts_needed(80), "Did you mean 0.8?"),
    "slopes around no followers": (lambda: RATE.slopes_around(0), "at 0 is not a number above 0"),
    "a rate at no followers": (lambda: RATE.rate_at(0), "at 0 is not a number above 0"),
    "fewer than no creators": (
        lambda: an.power.significant_study(ratio=1.2, creators=-10, base=0.02, clicks=1000),
        "creators -10 is not a number of at least 2",
    ),
    "one creator on each side": (
        lambda: an.power.detectable_ratio(1, base=0.02, clicks=1000),
        "creators 1 is not",
    ),
    "a base above one": (lambda: an.power.detectable_ratio(9, 1.2, 9), "between 0 and 1 on both"),
    "a ratio that is no difference": (
        lambda: an.power.creators_needed(0.02, 1000, ratio=1),
        "ratio 1 is no difference",
    ),
    "a margin of nothing": (
        lambda: an.power.creators_to_confirm(0.02, 1000, margin=1),
        "margin 1 is not a number above 1",
    ),
    "power in percent": (lambda: an.power.clicks_needed(0.02, power=80), "Did you mean 0.8?"),
    "a level in percent": (lambda: an.power.significance(0.2, 0.1, alpha=5), "Did you mean 0.05?"),
    "no standard error": (lambda: an.power.chance_of_up_to(1.6, 3, 0), "log_se 0 is not"),
    "a tier that is not in the scheme": (
        lambda: TIERED.among_largest("mirco", [10]),
        "Did you mean 'micro'?",
    ),
}


@pytest.mark.parametrize("case", OUT_OF_RANGE)
def test_a_number_out_of_its_range_is_refused_with_a_sentence(case):
    call, sentence = OUT_OF_RANGE[case]
    with pytest.raises(ValueError) as error:
        call()
    assert sentence in str(error.value)


def exact_world():
    """Every account pays and gets exactly what its followers say."""
    followers = np.array([1e3, 1e4, 1e5, 1e6])
    posts = {"account_id": list("abcd"), "platform": "instagram", "followers": followers}
    posts |= {"likes": followers / 100, "comments": 0, "cost": followers / 10}
    return an.simulate.world("exact", pd.DataFrame(posts))


def test_laws_without_any_spread_share_no_residuals_and_still_make_worlds():
    world = exact_world()
    names = ("cost_per_post", "engagement_per_follower", "engagement_per_cost")
    price, reactions, per_cost = (world.sample(name).power_law() for name in names)

    with pytest.raises(ValueError, match="no account is off the line"):
        shared_residuals(replace(price, spread=0.0), reactions, per_cost)
    assert an.cost.shared_by_source([world], reactions) == {}
    drawn = an.cost.draw_worlds(replace(price, spread=0.0), reactions, n=9)
    assert drawn["gamma"].tolist() == pytest.approx([1.0] * 9)


@pytest.mark.parametrize("name", NAMESPACES)
def test_a_typo_in_a_namespace_is_answered_with_the_nearest_name(name):
    namespace = getattr(an, name)
    for known in dir(namespace):
        with pytest.raises(AttributeError, match=f"has no '{known}x'. Did you mean '\\w+'\\?"):
            getattr(namespace, f"{known}x")


def test_names_of_python_itself_are_plainly_missing_from_a_namespace():
    for name in NAMESPACES:
        assert not hasattr(getattr(an, name), "__wrapped__")
    with pytest.raises(AttributeError, match=r"It has: .*elasticity"):
        _ = an.curve.zzz


TYPOS = {
    "a stratum of a source": (lambda: KIM.strata("engagement", "nich"), "'niche'"),
    "a metric of strata": (lambda: KIM.strata("engagment"), "'engagement'"),
    "a stratum that sources have": (lambda: an.load_all().having("sponsred"), "'sponsored'"),
    "a source among sources": (lambda: an.load_all("open")["instagram-kmi"], "'instagram-kim'"),
    "a claim of the register": (lambda: an.claims()["D066"], "'D06'"),
    "a scheme of the register": (lambda: an.schemes()["decade"], "'decades'"),
    "a document": (lambda: an.registers.documents()["quantumrn"], "'quantumrun'"),
    "a scheme by key": (lambda: TIERED.across_schemes(["decdes"]), "'decades'"),
    "a source to judge by": (lambda: an.judge("D06", "instagram-kmi"), "'instagram-kim'"),
}


@pytest.mark.parametrize("case", TYPOS)
def test_a_typo_in_a_key_is_answered_with_the_nearest(case):
    call, nearest = TYPOS[case]
    with pytest.raises(ValueError) as error:
        call()
    assert f"Did you mean {nearest}?" in str(error.value)


def test_a_register_without_a_key_is_still_a_mapping_without_it():
    with pytest.raises(KeyError):
        an.claims()["D066"]
    assert an.claims().get("D066") is None and "D066" not in an.claims()


def test_a_stratum_that_only_own_data_can_have_is_known_and_held_by_none():
    assert not an.load_all("open").having("creator_kind")
    assert len(KIM.strata("engagement", "creator_kind")) == 0


def test_a_claim_is_judged_by_one_source_and_by_the_key_of_one():
    by_all = an.judge("D06", an.load_all("instagram-kim")).to_frame()
    pd.testing.assert_frame_equal(an.judge("D06", KIM).to_frame(), by_all)
    pd.testing.assert_frame_equal(an.judge("D06", "instagram-kim").to_frame(), by_all)
    assert set(an.judge("D06", "open").to_frame()["source"]) >= {"instagram-kim"}


def test_schemes_are_taken_by_key_wherever_they_are_taken():
    def same(function):
        one, other = function([DECADES]), function(["decades"])
        pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())

    same(RATE.across_schemes)
    same(RATE.implied_ratios)
    same(lambda schemes: an.judge("D06", KIM, schemes))
    same(lambda schemes: an.curve.implied_ratio(RATE.elasticity(), *schemes))
    for listing in (an.multiverse.specifications, an.multiverse.inadmissible):
        by_key = listing([KIM], ["decades"], posts=["all"])
        pd.testing.assert_frame_equal(listing([KIM], [DECADES], posts=["all"]), by_key)
    listed = an.multiverse.specifications([KIM], "decades", posts=["all"])
    assert an.multiverse.fingerprint(listed, ["decades"]) == an.multiverse.fingerprint(
        listed, [DECADES]
    )
    ratios = [
        an.multiverse.estimate_specifications(listed, [KIM], of) for of in ([DECADES], "decades")
    ]
    pd.testing.assert_frame_equal(*ratios)
    assert an.tiers.tier_table(["decades"]).equals(an.tiers.tier_table([DECADES]))
    assert an.tiers.label_disagreement(RATE, "decades", "harvard-media") == 100.0


def compared():
    """The first claim with a test that compares two sources, and that test."""
    for claim in an.claims().values():
        for test in claim.tests:
            if registry.estimator_of(test).compares_sources:
                return claim, test
    raise AssertionError("no registered test compares two sources")


def test_a_test_that_compares_sources_is_untestable_without_the_other_one():
    claim, test = compared()
    verdict = judge_test(claim, test, KIM)
    assert verdict.outcome == "untestable"
    assert f"the source to compare with, '{test.versus}', is not at hand" in verdict.because


def test_a_test_reads_no_source_from_disk_and_a_judgement_takes_the_one_at_hand(monkeypatch):
    claim, test = compared()
    loaded = an.load_all("open")
    expected = an.judge(claim, loaded).to_frame()

    def refuse(key):
        raise AssertionError(f"{key} is read from disk")

    monkeypatch.setattr("analysis.estimate.judging.load", refuse)
    pd.testing.assert_frame_equal(an.judge(claim, loaded).to_frame(), expected)
    with pytest.raises(AssertionError, match=f"{test.versus} is read"):
        an.judge(claim, [one for key, one in loaded.items() if key != test.versus])


def test_an_estimator_is_registered_again_by_itself_and_by_no_other(monkeypatch):
    monkeypatch.setattr(registry, "ESTIMATORS", dict(registry.ESTIMATORS))
    monkeypatch.setattr(registry, "sample_verb", lambda function: function)
    held = registry.ESTIMATORS["contrast"]
    again = registry.estimator("contrast", held.unit, held.needs, held.accepts, held.tiered)
    assert again(held.function) is held.function

    def another(sample):
        return sample

    with pytest.raises(
        ValueError, match=r"'contrast' is registered as .*contrast; .*another needs"
    ):
        again(another)
