"""What must not matter does not: the order of rows, names, units, how many rows say the same, and
whether a default is written out.
"""

import inspect

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.averages import AVERAGES, log_average
from analysis.estimate.breakdowns import along_followers
from analysis.estimate.contrast import against, by_tier, contrast, smallest_contrast
from analysis.estimate.curve.elasticity import elasticity, measured_betas
from analysis.estimate.curve.inactive import explaining_error
from analysis.estimate.curve.slope_changes import slopes_around
from analysis.estimate.curve.spline import rate_at
from analysis.estimate.ratio.creators import (
    creator_beyond_size,
    posts_needed,
    split_half,
    variance_split,
)
from analysis.estimate.ratio.equivalence import equivalence
from analysis.estimate.ratio.superiority import superiority, trend
from analysis.estimate.ratio.tiers_alike import equivalence_of_tiers
from analysis.estimate.results import frame_of
from analysis.moments.samples import Samples
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
    return worlds.world("metamorphic", posts).sample().tier(tiers)


def everything(posts, tiers=DECADES):
    """Estimates by tier and the contrast under every average, and the slope on followers."""
    of, versus = tiers.names[1:3]
    estimates, tiered = [], sample(posts, tiers)
    for average in AVERAGES:
        estimates += [*by_tier(tiered, average), contrast(tiered, of, versus, average)]
    return frame_of(estimates), measured_betas([tiered])[["n", "beta", "se"]]


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
    tiers = tuple(tier.model_copy(update={"name": words[tier.name]}) for tier in DECADES.tiers)
    renamed = DECADES.model_copy(update={"tiers": tiers})

    one, other = everything(posts), everything(posts, renamed)

    same(one, other, but=("label", "estimand", "method"))
    in_new_words = one[0]["label"].replace(words, regex=True)
    assert other[0]["label"].tolist() == in_new_words.tolist()


@pytest.mark.parametrize("factor", [2, 1000])
def test_counting_in_another_unit_changes_levels_but_no_ratio(posts, factor):
    frame, beta = everything(posts)
    counts = {name: posts[name] * factor for name in ("likes", "comments")}
    larger, beta2 = everything(posts.assign(**counts))

    scale, ends = np.where(frame["unit"] == "ratio", 1, factor), ["low", "high"]
    np.testing.assert_allclose(larger["estimate"], scale * frame["estimate"], rtol=EXACT)
    np.testing.assert_allclose(larger[ends], scale[:, None] * frame[ends], rtol=INTERVAL)
    np.testing.assert_allclose(beta2, beta, rtol=INTERVAL)


def test_one_row_of_two_posts_is_two_rows_with_the_same_sums(posts):
    apart = pd.concat([posts, posts])
    together = posts.assign(posts=2, likes=2 * posts["likes"], comments=2 * posts["comments"])

    same(everything(apart), everything(together))


def test_an_account_that_posts_the_same_again_adds_nothing(posts):
    once, twice = everything(posts), everything(pd.concat([posts, posts]))

    same(once, twice, but=("n_posts",))
    assert (twice[0]["n_posts"] == 2 * once[0]["n_posts"]).all()


def test_other_accounts_that_post_the_same_double_the_evidence(posts):
    others = posts.assign(account_id="other-" + posts["account_id"])
    one, two = sample(posts), sample(pd.concat([posts, others]))

    for average in AVERAGES:
        first, second = (
            log_average(both.rows[both.rows["tier"] == "micro"], average, "accounts")
            for both in (one, two)
        )
        assert second.log == pytest.approx(first.log, rel=EXACT)
        if average == "typical account":
            n = one.rows["tier"].eq("micro").sum()
            expected = (n - 1) / (2 * n - 1)
            assert second.variance / first.variance == pytest.approx(expected, rel=INTERVAL)
        # the corrections for few accounts shrink, too, so that the variance is rather less than
        # half
        assert 0.3 < second.variance / first.variance < 0.53
        assert second.df == pytest.approx(2 * first.df + 1, rel=EXACT)


def test_so_do_other_accounts_for_the_slope_on_followers(posts):
    others = posts.assign(account_id="other-" + posts["account_id"])

    both = (posts, pd.concat([posts, others]))
    one, two = (measured_betas([sample(table)]).iloc[0] for table in both)

    assert two["n"] == 2 * one["n"]
    assert two["beta"] == pytest.approx(one["beta"], rel=EXACT)
    # leverages are halved, so that HC3 gives rather less than half of the variance
    assert 0.45 < two["se"] ** 2 / one["se"] ** 2 < 0.5


DEFAULTS = {
    "of": "micro", "versus": "macro", "average": "typical account", "confidence": 0.95,
    "margin": 1.15, "model": "log-log", "wanted": 0.8, "at": 100_000,
}  # fmt: skip
"""What is meant where nothing is given."""

ASKED = (
    by_tier, contrast, smallest_contrast, against, along_followers, equivalence,
    equivalence_of_tiers, superiority, trend, elasticity, posts_needed, variance_split, split_half,
    creator_beyond_size, slopes_around, rate_at, explaining_error,
)  # fmt: skip


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.__name__)
def test_the_default_is_the_typical_account_of_micro_over_macro_at_95_percent(posts, ask):
    parameters = inspect.signature(ask).parameters
    given = {name: DEFAULTS[name] for name in parameters if name in DEFAULTS}

    one, other = (ask(sample(posts), **options).to_frame() for options in ({}, given))

    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize("ask", ASKED, ids=lambda ask: ask.__name__)
def test_a_method_of_a_sample_or_of_several_gives_what_the_function_gives(posts, ask):
    tiered = sample(posts)
    alone, several = (getattr(noun, ask.__name__)() for noun in (tiered, Samples((tiered,))))

    expected = ask(tiered).to_frame()
    pd.testing.assert_frame_equal(alone.to_frame(), expected)
    pd.testing.assert_frame_equal(several.to_frame()[list(expected)], expected)
    assert str(alone) and alone.sentence()
