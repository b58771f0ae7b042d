"""What a test of a claim asks is what the estimators answer, on worlds with known truth."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import RegisterError
from analysis.estimate.contrast import contrast
from analysis.estimate.curve.elasticity import slope
from analysis.estimate.observe import estimand_of, holds, observe
from analysis.estimate.registry import ESTIMATORS, estimator_of, unit_of
from analysis.moments.load import load
from analysis.registers.claims import Test
from analysis.registers.lookup import scheme
from analysis.simulate import worlds


def test_of(estimator, **fields):
    return Test(metric="engagement", estimator=estimator, relation="equals", value=1.0, **fields)


test_of.__test__ = False
ONE_OF_EACH = {
    "contrast": {"of": "micro", "versus": "macro"},
    "superiority": {"of": "micro", "versus": "macro"},
    "elasticity beside": {"versus": "instagram-kim"},
    "slope below": {"at": 100_000},
    "slope above": {"at": 100_000},
    "rate at": {"at": 100_000},
    "reliability": {"at": 10},
    "worst case": {"of": "macro", "versus": "micro"},
    "contrast within": {"of": "micro", "versus": "macro", "stratum": "brand"},
}


@pytest.fixture(scope="module")
def bent():
    """Accounts whose rate is the same up to 100,000 followers and falls with their square root
    above.
    """
    rng = np.random.default_rng(6)
    n = 6_000
    followers = np.floor(10 ** rng.uniform(3.5, 6.5, n))
    rate = 0.05 * np.maximum(followers / 1e5, 1) ** -0.5 * np.exp(rng.normal(0, 0.5, n))
    account = {
        "account_id": [f"simulated-{index}" for index in range(n)],
        "platform": "instagram",
        "followers": followers,
        "brand": [f"brand {index % 20}" for index in range(n)],
    }
    likes = [rng.poisson(followers * rate * np.exp(rng.normal(0, 0.3, n))) for _ in range(4)]
    posts = pd.concat(
        [pd.DataFrame(account | {"likes": counts, "comments": 0}) for counts in likes]
    )
    times = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 3_000_000, len(posts)), unit="s"
    )
    return worlds.world("bent", posts.assign(posted_at=times))


@pytest.fixture(scope="module")
def growing():
    """The same creators as they grow; the smaller of them also have the higher rates."""
    return worlds.world("growing", worlds.growing(3, within=-0.1, between=-0.4))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_answer_has_the_unit_that_was_registered(bent, growing, estimator):
    follows = ESTIMATORS[estimator].follows
    bent = growing if follows else bent
    test = test_of(estimator, **ONE_OF_EACH.get(estimator, {}))
    tiers = scheme("decades") if ESTIMATORS[estimator].tiered else None
    beside = load("instagram-kim") if ESTIMATORS[estimator].compares_sources else None
    found = observe(test, bent, tiers, beside=beside)

    assert found.unit == unit_of(test)
    assert found.status == "ok"
    assert found.low < found.estimate < found.high
    assert str(estimand_of(test))


def test_a_contrast_is_the_contrast(bent):
    expected = contrast(bent.sample().tier(scheme("decades")), "micro", "macro")

    assert (
        observe(test_of("contrast", of="micro", versus="macro"), bent, scheme("decades"))
        == expected
    )


def test_a_break_and_the_slopes_beside_it_are_found_where_they_are(bent):
    where, below, above = (
        observe(test_of(name, **ONE_OF_EACH.get(name, {})), bent)
        for name in ("breakpoint", "slope below", "slope above")
    )

    assert where.low < 100_000 < where.high and where.high / where.low < 2.5
    assert below.low < 1 < below.high
    assert above.low < 10**-0.5 < above.high


def test_the_rate_at_a_size_is_that_of_accounts_of_about_that_size():
    world = worlds.world(
        "flat", worlds.posts(7, 1.0, (4_000, 4_000), 20, rate=0.03, account_sd=0.4, post_sd=0.01)
    )

    found = observe(test_of("rate at", at=100_000), world)

    assert found.unit == "percent"
    assert found.low < 3.0 < found.high and found.high / found.low < 1.1


def test_two_sources_with_one_slope_do_not_differ_and_a_source_does_not_differ_from_itself():
    kim = load("instagram-kim")
    kim = observe(test_of("elasticity beside", versus="instagram-kim"), kim, beside=kim)
    assert kim.estimate == pytest.approx(1.0, abs=1e-12)

    steep = observe(
        test_of("elasticity beside", versus="tiktok-tides").model_copy(
            update={"metric": "likes_per_follower"}
        ),
        load("instagram-kim"),
        beside=load("tiktok-tides"),
    )
    flat = observe(
        test_of("elasticity beside", versus="instagram-kim").model_copy(
            update={"metric": "likes_per_follower"}
        ),
        load("tiktok-tides"),
        beside=load("instagram-kim"),
    )
    assert steep.estimate == pytest.approx(1 / flat.estimate)
    assert steep.high < 1 < flat.low
    one, two = (
        slope(load(key).sample("likes_per_follower")) for key in ("tiktok-tides", "instagram-kim")
    )
    variance = one.se**2 + two.se**2
    reach = stats.t.ppf(0.975, variance**2 / (one.se**4 / one.df + two.se**4 / two.df)) * np.sqrt(
        variance
    )
    assert np.log10([steep.low, steep.high]) == pytest.approx(
        one.value - two.value + np.array([-reach, reach])
    )
    assert (steep.n_accounts, steep.status) == (one.accounts + two.accounts, "ok")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"estimator": "slope below"}, "needs: at"),
        ({"estimator": "superiority", "of": "micro"}, "needs: versus"),
        ({"estimator": "breakpoint", "of": "micro"}, "has no use for: of"),
        ({"estimator": "contrast"}, "needs: of"),
        ({"estimator": "contrats", "of": "micro"}, "not known. Did you mean 'contrast'?"),
    ],
)
def test_a_test_that_lacks_a_field_or_has_one_too_many_is_refused(fields, said):
    with pytest.raises(RegisterError, match=re.escape(said)):
        estimator_of(Test(metric="engagement", relation="equals", value=1.0, **fields))


def test_a_source_without_sizes_cannot_be_set_beside_another():
    one_size = worlds.world("one size", worlds.posts(1, accounts=(30, 30)).assign(followers=50_000))
    test = test_of("elasticity beside", versus="instagram-kim")
    found = observe(test, one_size, beside=load("instagram-kim"))

    assert found.status == "undefined"
    assert np.isnan([found.estimate, found.low, found.high]).all()
    assert found.method.startswith("fewer than three accounts of different size, so no slope; ")


def test_a_source_holds_what_has_the_metric_and_the_posts_that_are_asked_for():
    kim, paid = (
        load("instagram-kim"),
        test_of("contrast", of="micro", versus="macro", stratum="sponsored", level="yes"),
    )

    assert holds(test_of("contrast", of="micro", versus="macro"), kim) and holds(paid, kim)
    assert not holds(paid.model_copy(update={"level": "perhaps"}), kim)
    assert not holds(paid.model_copy(update={"metric": "views_per_follower"}), kim)
