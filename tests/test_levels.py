"""Contrasts within brands: against known truth in worlds in which brands confound, in which
creators work for several brands, and in files of one's own.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import analysis as an
from analysis import paths
from analysis.errors import RegisterError
from analysis.estimate.observe import holds, is_asked, observe, unasked
from analysis.estimate.ratio.levels import contrast_within, pooled
from analysis.estimate.readiness import readiness
from analysis.estimate.tier_averages import log_interval
from analysis.moments.kept import keep_own

WITHIN = next(test for test in an.claim("A12").tests if test.estimator == "contrast within")


def world(seed, ratio=1.0, brands=24, creators=30, confounded=True, wide=0.0):
    """Posts of creators, each for one brand. Brands that get more reactions hire more macro
    creators if `confounded`; `wide` is the standard deviation of the log ratio between brands.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for brand in range(brands):
        liked = rng.normal(0, 0.8)
        macro = rng.random(creators) < 1 / (1 + np.exp(-2 * liked if confounded else 0.0))
        own = np.log(ratio) + wide * rng.normal()
        rate = np.exp(-4 + liked + own * ~macro + rng.normal(0, 0.5, creators))
        followers = np.floor(10 ** (4 + macro + rng.random(creators)))
        part = {"account_id": [f"simulated-{brand}-{one}" for one in range(creators)]}
        part |= {"followers": followers, "likes": np.ceil(followers * rate)}
        rows.append(pd.DataFrame(part | {"brand": f"brand {brand}"}))
    return pd.concat(rows).assign(comments=0, platform="instagram", sponsored="yes")


def within(posts, scheme="decades", **options):
    moments = an.simulate.world("brands", posts)
    return moments.by_level("engagement", "brand").tier(scheme).contrast_within(**options)


def rows_of(seed, levels=16, each=8, shared=False, wide=0.3):
    """Rows of accounts whose tiers do not differ on average."""
    rng = np.random.default_rng(seed)
    n = 2 * levels * each
    level = np.repeat(np.arange(levels), 2 * each)
    tier = np.tile(np.repeat(["micro", "macro"], each), levels)
    # four brands in a row share their creators, or nobody does
    account = np.arange(n) % (2 * each) + 2 * each * (level // 4) if shared else np.arange(n)
    lift = wide * rng.normal(size=levels)[level] * (tier == "micro")
    log = rng.normal(size=levels)[level] + lift + rng.normal(size=n)[account]
    log = log + 0.2 * rng.normal(size=n)
    return pd.DataFrame(
        {"level": level, "tier": tier, "log_rate": log, "positive": 1.0, "account": account}
    )


def covered(frames):
    ends = [log_interval(*pooled(rows, "micro"), 0.95) for rows in frames]
    return np.mean([low < 1 < high for low, high in ends])


@pytest.mark.parametrize("ratio", [1.0, 1.25])
def test_where_brands_confound_the_contrast_within_them_is_right_and_that_between_them_is_not(
    ratio,
):
    posts = world(3, ratio)
    inside = within(posts)
    across = an.simulate.world("brands", posts).sample("engagement").tier("decades").contrast()

    assert inside.status == "ok"
    assert inside.low < ratio < inside.high
    assert inside.estimate == pytest.approx(ratio, rel=0.12)
    assert across.high < 0.75 * ratio, "brands that are liked hire macro, which looks like size"


def test_where_brands_do_not_confound_both_contrasts_agree():
    posts = world(4, 1.25, confounded=False)
    inside = within(posts)
    across = an.simulate.world("brands", posts).sample("engagement").tier("decades").contrast()
    assert inside.estimate == pytest.approx(across.estimate, rel=0.15)
    assert inside.low < 1.25 < inside.high


def test_brands_given_at_random_leave_the_confounding_in():
    posts = world(3)
    rng = np.random.default_rng(0)
    shuffled = posts.assign(brand=rng.permutation(posts["brand"].to_numpy()))
    assert within(shuffled).high < 0.9, "what is no brand removes nothing"


def test_intervals_hold_where_brands_differ_and_where_creators_work_for_several():
    apart = [rows_of(seed) for seed in range(400)]
    assert covered(apart) == pytest.approx(0.95, abs=0.035)
    together = [rows_of(seed, shared=True, wide=0.0) for seed in range(400)]
    assert covered(together) > 0.9
    alone = [rows.drop(columns="account") for rows in together]
    assert covered(alone) < covered(together) - 0.03, "the accounts are needed"


def test_the_ratio_is_the_coefficient_of_a_regression_with_an_effect_of_each_brand():
    import statsmodels.formula.api as smf

    rows = rows_of(7, levels=6)
    rows = rows[rows.index % 5 != 2]  # not as many of each
    fitted = smf.ols("log_rate ~ C(level) + I(tier == 'micro')", rows).fit()
    assert pooled(rows, "micro")[0] == pytest.approx(fitted.params.iloc[-1], abs=1e-10)


def test_sums_by_brand_and_tier_give_what_accounts_give():
    rows = rows_of(8).drop(columns="account")
    sums = rows.groupby(["level", "tier"], as_index=False).sum()
    assert pooled(sums, "micro") == pytest.approx(pooled(rows, "micro"), rel=1e-12)


def test_a_brand_with_one_tier_only_has_no_part_and_is_counted():
    posts = world(5)
    extra = posts[posts["followers"] < 100_000].head(40)
    extra = extra.assign(brand="micro only", likes=extra["followers"])
    extra["account_id"] = [f"extra-{one}" for one in range(len(extra))]
    with_extra, without = within(pd.concat([posts, extra])), within(posts)

    assert with_extra.estimate == without.estimate
    assert with_extra.n_accounts == without.n_accounts
    single = [dict(one.reasons[-1].facts)["single"] for one in (with_extra, without)]
    assert single[0] == single[1] + 1
    assert "with one of the tiers only left out" in with_extra.method


def test_posts_without_a_brand_are_in_no_brand():
    posts = world(6)
    unnamed = posts.assign(brand=None, likes=posts["followers"])
    assert within(pd.concat([posts, unnamed])).estimate == within(posts).estimate


def test_few_brands_or_accounts_decide_nothing_and_none_gives_the_reason():
    few = within(world(1, brands=5))
    assert (few.status, few.method.split(";")[0]) == (
        "indicative", "indicative only, 5 brands with both tiers",
    )  # fmt: skip
    one = within(world(1, brands=1, confounded=False))
    assert one.status == "indicative"
    assert np.isnan(one.low)
    none = within(world(1), of="nano")
    assert (none.status, none.n_accounts) == ("undefined", 0)
    assert none.method == "no brand has posts of both nano and macro"
    with pytest.raises(ValueError, match="tier"):
        within(world(1), of="mikro")


def test_accounts_without_reactions_make_it_indicative_where_they_are_many():
    posts = world(2)
    posts.loc[posts.index % 4 == 0, "likes"] = 0
    assert within(posts).status == "indicative"


def test_a_claim_is_answered_within_brands_by_a_file_that_names_them():
    own = an.simulate.world("brands", world(3))
    own = replace(own, source=own.source.model_copy(update={"selection": "unknown"}))
    scheme = an.scheme(an.claim("A12").scheme)
    evidence = observe(WITHIN, own, scheme)

    assert holds(WITHIN, own)
    assert unasked(WITHIN, own) is None
    assert is_asked(WITHIN, evidence)
    (verdict,) = (one for one in an.judge("A12", own, [scheme]) if one.test == 3)
    assert verdict.outcome in ("supported", "undecided")
    assert "within each brand" in str(verdict.estimand)
    (crude,) = (one for one in an.judge("A12", own, [scheme]) if one.test == 2)
    assert crude.outcome == "contradicted", "between brands, which confound"


def test_what_a_file_lacks_for_a_contrast_within_brands_is_named():
    def lacks(posts):
        ready = readiness(an.simulate.world("brands", posts))
        (one,) = (each for each in ready if each.test == WITHIN)
        return [str(why) for why in one.lacks if "look selected" not in str(why)]

    assert lacks(world(3)) == []
    assert lacks(world(3, brands=4)) == ["indicative only, 4 brands with both tiers"]
    assert lacks(world(3).drop(columns="brand")) == [
        "the file does not name the brand of its posts"
    ]


def test_no_open_source_names_brands_and_each_says_so():
    asked = [one for one in an.judge("A12", an.load_all()) if one.test == 3]
    assert {one.outcome for one in asked} == {"untestable"}
    assert all("does not name the brand of its posts" in one.because for one in asked)
    with pytest.raises(RegisterError, match=r"does not name the brand of its posts\. It names:"):
        an.load("instagram-kim").by_level("engagement", "brand")


def test_brands_are_read_from_a_file_and_kept_and_none_of_them_is_shown_alone(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "OWN", tmp_path / "kept")
    posts = world(9).drop(columns="sponsored").rename(columns={"brand": "Advertiser"})
    path = tmp_path / "paid.csv"
    posts.to_csv(path, index=False)
    own = an.read(path)

    assert own.source.within == ("brand",)
    assert own.source.strata == ()
    assert len(own.samples("engagement")) == 1
    assert len(own.strata("engagement")) == 0
    levels = own.by_level()
    assert levels.sentence().startswith("paid, (likes + comments) / followers: 720 accounts")
    assert "account_id" not in levels.to_frame()
    again = within(world(9))
    assert levels.tier("decades").contrast_within().estimate == pytest.approx(again.estimate)
    keep_own(own)
    found = an.load("paid").by_level().tier("decades").contrast_within()
    assert (found.estimate, found.low) == pytest.approx((again.estimate, again.low))


def test_cells_give_a_contrast_within_levels_that_are_published():
    ratio = an.load("instagram-kim").by_level("engagement", "niche").tier("decades")
    ratio = contrast_within(ratio)
    assert ratio.status == "indicative"
    assert 1 < ratio.estimate < 1.4
