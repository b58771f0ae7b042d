"""What must not matter does not: the order of rows, names, units, how many rows say the same, and
whether the usual is asked for.
"""

import inspect

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.averages import AVERAGES, log_average
from analysis.estimate.contrast import against, by_tier, contrast, smallest_contrast
from analysis.estimate.curve.elasticity import elasticity, proportional_p
from analysis.estimate.curve.measured import measured_betas
from analysis.estimate.curve.spline import rate_at
from analysis.estimate.ratio.creators import (
    creator_beyond_size,
    design_effect,
    icc,
    posts_needed,
    variance_split,
)
from analysis.estimate.ratio.equivalence import equivalence, equivalence_of_tiers
from analysis.estimate.ratio.superiority import superiority, trend
from analysis.estimate.replicate import along_followers
from analysis.estimate.tiers import assign_tiers
from analysis.registers.lookup import scheme
from analysis.simulate import worlds

DECADES = scheme("decades")
NUMBERS = ["estimate", "low", "high"]
# sums over accounts are added in another order where rows or names are another: nothing else may
# differ
EXACT = 1e-12
# an interval rests on a difference of such sums, which loses two or three more digits
INTERVAL = 1e-10


@pytest.fixture(scope="module")
def posts():
    return worlds.posts(seed=21, accounts=(60, 40))


def sample(posts, tiers=DECADES):
    return assign_tiers(worlds.world("metamorphic", posts).sample(), tiers)


def everything(posts, tiers=DECADES):
    """Estimates by tier and the contrast under every average, and the slope on followers."""
    of, versus = tiers.names[1:3]
    rows, found = [], sample(posts, tiers)
    for average in AVERAGES:
        rows += [
            *by_tier(found, average).to_dict("records"),
            contrast(found, of, versus, average)._asdict(),
        ]
    return pd.DataFrame(rows), measured_betas([found])[["n", "beta", "se"]]


def same(one, other, but=()):
    """Whether all estimates are the same, apart from some columns."""
    (frame, beta), (frame2, beta2) = one, other
    words = [name for name in frame if name not in (*NUMBERS, *but)]
    pd.testing.assert_frame_equal(frame[words], frame2[words])
    np.testing.assert_allclose(frame2["estimate"], frame["estimate"], rtol=EXACT)
    np.testing.assert_allclose(frame2[NUMBERS], frame[NUMBERS], rtol=INTERVAL)
    np.testing.assert_allclose(beta2["beta"], beta["beta"], rtol=EXACT)
    np.testing.assert_allclose(beta2, beta, rtol=INTERVAL)


def test_the_order_of_rows_does_not_matter(posts):
    same(everything(posts), everything(posts.sample(frac=1, random_state=1)))


def test_nor_do_the_names_of_accounts(posts):
    names = {
        name: f"{number * 7919 % 10_007:05}"
        for number, name in enumerate(posts["account_id"].unique())
    }

    same(everything(posts), everything(posts.assign(account_id=posts["account_id"].map(names))))


def test_nor_do_the_names_of_tiers(posts):
    words = {"nano": "tiny", "micro": "small", "macro": "large", "mega": "huge"}
    renamed = DECADES.model_copy(
        update={
            "tiers": tuple(
                tier.model_copy(update={"name": words[tier.name]}) for tier in DECADES.tiers
            )
        }
    )

    one, other = everything(posts), everything(posts, renamed)

    same(one, other, but=("label", "estimand", "method"))
    in_new_words = one[0]["label"].replace(words, regex=True)
    assert other[0]["label"].tolist() == in_new_words.tolist()


@pytest.mark.parametrize("factor", [2, 1000])
def test_counting_in_another_unit_changes_levels_but_no_ratio(posts, factor):
    frame, beta = everything(posts)
    larger, beta2 = everything(
        posts.assign(**{name: posts[name] * factor for name in ("likes", "comments")})
    )

    scale = np.where(frame["unit"] == "ratio", 1, factor)
    np.testing.assert_allclose(larger["estimate"], scale * frame["estimate"], rtol=EXACT)
    np.testing.assert_allclose(
        larger[["low", "high"]], scale[:, None] * frame[["low", "high"]], rtol=INTERVAL
    )
    np.testing.assert_allclose(beta2, beta, rtol=INTERVAL)


def test_one_row_of_two_posts_is_two_rows_with_the_same_sums(posts):
    apart = pd.concat([posts, posts])
    together = posts.assign(posts=2, likes=2 * posts["likes"], comments=2 * posts["comments"])

    same(everything(apart), everything(together))


def test_an_account_that_posts_the_same_again_tells_nothing_new(posts):
    once, twice = everything(posts), everything(pd.concat([posts, posts]))

    same(once, twice, but=("n_posts",))
    assert (twice[0]["n_posts"] == 2 * once[0]["n_posts"]).all()


def test_other_accounts_that_post_the_same_double_the_evidence(posts):
    others = posts.assign(account_id="other-" + posts["account_id"])
    one, two = sample(posts), sample(pd.concat([posts, others]))

    for average in AVERAGES:
        first, second = (
            log_average(found.rows[found.rows["tier"] == "micro"], average, "accounts")
            for found in (one, two)
        )
        assert second.log == pytest.approx(first.log, rel=EXACT)
        if average == "typical account":
            n = one.rows["tier"].eq("micro").sum()
            assert second.variance / first.variance == pytest.approx(
                (n - 1) / (2 * n - 1), rel=INTERVAL
            )
        # the corrections for few accounts shrink, too, so that the variance is rather less than
        # half
        assert 0.3 < second.variance / first.variance < 0.53
        assert second.df == pytest.approx(2 * first.df + 1, rel=EXACT)


def test_so_do_other_accounts_for_the_slope_on_followers(posts):
    others = posts.assign(account_id="other-" + posts["account_id"])

    one, two = (
        measured_betas([sample(table)]).iloc[0] for table in (posts, pd.concat([posts, others]))
    )

    assert two["n"] == 2 * one["n"]
    assert two["beta"] == pytest.approx(one["beta"], rel=EXACT)
    # leverages are halved, so that HC3 gives rather less than half of the variance
    assert 0.45 < two["se"] ** 2 / one["se"] ** 2 < 0.5


STANDING = {
    "of": "micro", "versus": "macro", "average": "typical account", "confidence": 0.95, "margin": 1.15, "model": "log-log", "wanted": 0.8,
    "at": 100_000,
}  # fmt: skip
"""What is meant where nothing is said."""

ASKED = (
    by_tier, contrast, smallest_contrast, against, along_followers, equivalence, equivalence_of_tiers, superiority, trend, elasticity,
    proportional_p, icc, design_effect, posts_needed, variance_split, creator_beyond_size, rate_at,
)  # fmt: skip


@pytest.mark.parametrize("estimator", ASKED, ids=lambda estimator: estimator.__name__)
def test_what_is_not_said_is_the_typical_account_of_micro_over_macro_at_95_percent(
    posts, estimator
):
    said = {
        name: STANDING[name] for name in inspect.signature(estimator).parameters if name in STANDING
    }

    found = [estimator(sample(posts), **options) for options in ({}, said)]

    one, other = (
        frame if isinstance(frame, pd.DataFrame) else pd.DataFrame([frame]) for frame in found
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)
