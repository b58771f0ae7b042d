"""Estimates recover known truth, agree with other ways of computing them, and keep silent where
nothing can be said.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.estimate.averages import AVERAGES, INDICATIVE, log_average
from analysis.estimate.breakdowns import across_schemes, along_followers
from analysis.estimate.contrast import against, by_tier, contrast, smallest_contrast, tier_average
from analysis.estimate.medians import _quantiles
from analysis.estimate.moderation import FEW
from analysis.estimate.results import COLUMNS as OF_ESTIMATES
from analysis.estimate.results import frame_of
from analysis.estimate.tiers import NO_TIER, tier_counts, tier_of
from analysis.estimate.verdict import judge
from analysis.moments.bands import band_edges
from analysis.moments.cells import BIN, cells
from analysis.moments.load import load
from analysis.moments.samples import Sources
from analysis.moments.sums import account_moments
from analysis.registers.lookup import claim, scheme, schemes
from analysis.simulate import worlds

DECADES = scheme("decades")


def tiered(posts, one=DECADES, metric="engagement"):
    return worlds.world("test", posts).sample(metric).tier(one)


def account_rates(posts):
    rate = (posts["likes"] + posts["comments"]) / posts["followers"]
    frame = pd.DataFrame(
        {"rate": rate, "account": posts["account_id"], "macro": posts["followers"] >= 100_000}
    )
    means = frame.groupby("account").agg(rate=("rate", "mean"), macro=("macro", "first"))
    return means.loc[~means["macro"], "rate"].to_numpy(), means.loc[
        means["macro"], "rate"
    ].to_numpy()


@pytest.fixture(scope="module")
def posts():
    return worlds.posts(seed=11, ratio=1.6, accounts=(200, 90))


@pytest.mark.parametrize("average", AVERAGES)
def test_a_known_ratio_lies_within_its_interval(posts, average):
    found = contrast(tiered(posts), average=average)

    assert found.low < 1.6 < found.high
    assert found.status == "ok"


def test_the_typical_account_is_a_welch_test_on_account_logs(posts):
    micro, macro = account_rates(posts)
    reference = stats.ttest_ind(np.log(micro), np.log(macro), equal_var=False).confidence_interval(
        0.95
    )

    found = contrast(tiered(posts))

    assert found.estimate == pytest.approx(
        np.exp(np.log(micro).mean() - np.log(macro).mean()), rel=1e-10
    )
    assert (found.low, found.high) == pytest.approx(tuple(np.exp(reference)), rel=1e-9)


COLUMNS = {
    "mean of accounts": ("account_rate", "accounts"),
    "mean of posts": ("rate", "posts"),
    "ratio of sums": ("numerator", "denominator"),
}


@pytest.mark.parametrize("average", COLUMNS)
def test_a_variance_is_the_delta_method_corrected_for_effective_and_for_few_accounts(
    posts, average
):
    sample = tiered(posts)
    rows = sample.rows[sample.rows["tier"] == "macro"]
    above, below = (rows[name] for name in COLUMNS[average])
    found = log_average(rows, average, "accounts")

    number = min(above.sum() ** 2 / (above**2).sum(), below.sum() ** 2 / (below**2).sum())
    residuals = above - above.sum() / below.sum() * below
    seen = (residuals**2).sum() / above.sum() ** 2 / (1 - 1 / number) ** 2
    inflation = np.exp(np.log(rows["account_rate"]).var())
    log_normal = (inflation - 1) * (below**2).sum() / below.sum() ** 2
    share = 1 / (1 + (len(rows) / inflation / FEW) ** 2)

    assert found.df == pytest.approx(number - 1, rel=1e-10)
    assert found.variance == pytest.approx(
        max(seen, (1 - share) * seen + share * log_normal), rel=1e-9
    )


@pytest.mark.parametrize("average", COLUMNS)
def test_with_many_accounts_it_is_that_of_leaving_out_one_account_after_the_other(average):
    sample = tiered(worlds.posts(seed=12, accounts=(4_000, 10), posts_per_account=3))
    rows = sample.rows[sample.rows["tier"] == "micro"]
    above, below = (rows[name].to_numpy() for name in COLUMNS[average])

    without = np.log((above.sum() - above) / (below.sum() - below))
    jackknife = (len(rows) - 1) / len(rows) * np.square(without - without.mean()).sum()

    assert log_average(rows, average, "accounts").variance == pytest.approx(jackknife, rel=0.01)


def test_the_five_averages_are_what_their_names_say(posts):
    macro = posts[posts["followers"] >= 100_000]
    engagement = macro["likes"] + macro["comments"]
    per_post = engagement / macro["followers"]
    per_account = per_post.groupby(macro["account_id"]).mean()
    expected = {
        "typical account": np.exp(np.log(per_account).mean()),
        "median account": per_account.median(),
        "mean of accounts": per_account.mean(),
        "mean of posts": per_post.mean(),
        "ratio of sums": engagement.sum() / macro["followers"].sum(),
    }

    found = {
        average: tier_average(tiered(posts), "macro", average).estimate for average in AVERAGES
    }

    assert found == pytest.approx(
        {name: 100 * value for name, value in expected.items()}, rel=1e-10
    )


def test_the_interval_of_a_median_reaches_between_two_order_statistics():
    # by hand for n = 25: rank c = round(13 - 5) = 8, so the interval runs from the 8th to the 18th
    # of 25 log rates
    z = -stats.norm.ppf(stats.binom.cdf(7, 25, 0.5))
    rates = np.exp(np.arange(25) / 10)
    logs = {"log_rate": np.log(rates), "log_rate2": np.log(rates) ** 2}
    rows = pd.DataFrame({"account_rate": rates, "accounts": 1.0, "positive": 1.0} | logs)

    found = log_average(rows, "median account", "accounts")

    assert found.log == pytest.approx(1.2)
    assert np.sqrt(found.variance) == pytest.approx((1.7 - 0.7) / (2 * z), rel=1e-9)


@pytest.mark.parametrize("average", AVERAGES)
def test_swapping_the_tiers_turns_the_ratio_upside_down(posts, average):
    one, two = (
        contrast(tiered(posts), *tiers, average=average)
        for tiers in (("micro", "macro"), ("macro", "micro"))
    )

    assert (1 / one.estimate, 1 / one.high, 1 / one.low) == pytest.approx(
        (two.estimate, two.low, two.high), rel=1e-10
    )


@pytest.mark.parametrize("average", AVERAGES)
def test_ten_times_the_followers_and_the_reactions_change_no_rate(posts, average):
    larger = posts.assign(**{name: posts[name] * 10 for name in ("followers", "likes", "comments")})
    one_step_up = scheme("decades").model_copy(
        update={
            "tiers": tuple(
                tier.model_copy(
                    update={"lower": tier.lower * 10, "upper": tier.upper and tier.upper * 10}
                )
                for tier in DECADES.tiers
            )
        }
    )

    first, second = (
        contrast(tiered(posts), average=average),
        contrast(tiered(larger, one_step_up), average=average),
    )

    assert (second.estimate, second.low, second.high) == pytest.approx(
        (first.estimate, first.low, first.high), rel=1e-9
    )


@pytest.mark.parametrize("average", AVERAGES)
def test_repeating_every_post_of_the_same_accounts_narrows_nothing(posts, average):
    once, twice = (
        contrast(tiered(posts), average=average),
        contrast(tiered(pd.concat([posts, posts])), average=average),
    )

    assert (twice.estimate, twice.low, twice.high) == pytest.approx(
        (once.estimate, once.low, once.high), rel=1e-9
    )


def test_taking_posts_for_the_unit_would_have_been_wrong(posts):
    rate = (posts["likes"] + posts["comments"]) / posts["followers"]
    macro = posts["followers"] >= 100_000
    naive = stats.ttest_ind(
        np.log(rate[~macro]), np.log(rate[macro]), equal_var=False
    ).confidence_interval(0.95)

    found = contrast(tiered(posts))

    assert np.log(found.high / found.low) > 2 * (naive.high - naive.low)


@pytest.mark.parametrize("average", AVERAGES)
def test_with_fewer_than_ten_accounts_an_estimate_is_indicative_only(average):
    nine, ten = (
        contrast(tiered(worlds.posts(3, accounts=(30, n))), average=average)
        for n in (INDICATIVE - 1, INDICATIVE)
    )

    assert nine.status == "indicative"
    assert "indicative only, 9 accounts in macro" in nine.method
    assert ten.status == "ok"


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize(
    ("case", "status", "words"),
    [
        ("no account in macro", "undefined", "macro: no account"),
        (
            "one account in macro",
            "indicative",
            "macro: a single account dominates the average: no interval",
        ),
        ("macro without engagement", "undefined", "macro: nothing was counted: the rate is zero"),
        (
            "macro without variation",
            "indicative",
            "macro: no variation between accounts: no interval",
        ),
    ],
)
def test_a_degenerate_tier_is_told_in_words_and_warns_of_nothing(average, case, status, words):
    posts = worlds.posts(4, accounts=(30, 12))
    macro = posts["followers"] >= 100_000
    if case == "no account in macro":
        posts = posts[~macro]
    elif case == "one account in macro":
        posts = posts[~macro | (posts["account_id"] == posts.loc[macro, "account_id"].iloc[0])]
    elif case == "macro without engagement":
        posts.loc[macro, ["likes", "comments"]] = 0
    else:
        posts.loc[macro, ["followers", "likes", "comments"]] = [200_000, 4_000, 0]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = contrast(tiered(posts), average=average)

    assert found.status == status
    assert words in found.method
    assert np.isnan(found.low)
    assert np.isnan(found.estimate) == (status == "undefined")


def test_accounts_of_rate_zero_have_no_logarithm_and_are_counted():
    posts = worlds.posts(5, accounts=(30, 30))
    silent = posts["account_id"].isin(["simulated-0-1", "simulated-0-2"])
    posts.loc[silent, ["likes", "comments"]] = 0

    found = contrast(tiered(posts))

    assert "2 accounts with zero rate excluded" in found.method
    assert found.n_accounts == 60


def test_an_unknown_tier_or_average_is_told_with_what_is_known(posts):
    with pytest.raises(
        ValueError,
        match=r"tier scheme 'decades' has no tier 'giant'. It has: nano, micro, macro, mega\.",
    ):
        contrast(tiered(posts), "giant")
    with pytest.raises(
        ValueError, match=r"average 'mode' is not known. Known: typical account, median account"
    ):
        contrast(tiered(posts), average="mode")


def test_frames_of_estimates_have_exactly_the_fields_of_an_estimate(posts):
    sample = tiered(posts)

    assert tuple(by_tier(sample).to_frame()) == OF_ESTIMATES
    assert [one.label for one in by_tier(sample)] == ["nano", "micro", "macro", "mega"]
    assert [one.label for one in against(sample)] == [
        "nano / macro",
        "micro / macro",
        "mega / macro",
    ]


def test_an_average_of_one_tier_says_what_it_estimates(posts):
    found = tier_average(tiered(posts), "micro", "mean of posts")

    assert str(found.estimand) == "mean of posts of (likes + comments) / followers"
    assert found.label == "micro"


def test_cells_of_a_stratum_have_no_median_and_say_why():
    moments = load("instagram-kim")
    sample = moments.sample("engagement", "sponsored", "yes").tier(DECADES)

    found = tier_average(sample, "micro", "median account")

    assert np.isnan(found.estimate)
    assert (found.status, found.method) == (
        "undefined",
        "micro: cells of a stratum hold no histogram, so no median",
    )


def test_a_tier_of_one_account_shares_the_error_of_the_smallest_contrast(posts):
    one = posts[posts["account_id"] == posts["account_id"].iloc[0]].assign(
        account_id="alone", followers=5_000
    )
    three = pd.concat(
        [posts, one], ignore_index=True
    )  # nano has one account: it is not compared, but might be the highest

    found = smallest_contrast(tiered(three), "micro")

    shared = contrast(tiered(posts), "micro", "macro", confidence=1 - 0.05 / 2)
    assert found.high == pytest.approx(shared.high, rel=1e-12)
    assert found.low == 0 and found.method.endswith("not compared for lack of accounts: mega, nano")


def test_the_smallest_contrast_is_above_one_only_for_the_highest_tier():
    sample = load("instagram-kim").sample().tier(DECADES)

    highest, other = smallest_contrast(sample, "nano"), smallest_contrast(sample, "micro")

    assert highest.low > 1
    assert highest.label == "nano / micro"
    assert other.high < 1
    assert other.label == "micro / nano"


def test_a_tier_without_accounts_may_be_the_highest_so_nothing_else_is_called_so():
    found = smallest_contrast(load("instagram-kim").sample().tier(scheme("harvard-media")), "micro")

    assert "no lower end, since not compared for lack of accounts: nano" in found.method
    assert found.low == 0
    assert judge(claim("D04"), found, claim("D04").tests[1]).outcome == "undecided"


@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_the_smallest_ratio_has_the_interval_of_all_ratios_at_once(confidence):
    sample = load("instagram-kim").sample().tier(DECADES)
    others = [
        row["tier"]
        for _, row in tier_counts(sample).iterrows()
        if row["tier"] not in ("micro", NO_TIER)
    ]
    singles = [
        contrast(sample, "micro", other, confidence=1 - (1 - confidence) / len(others))
        for other in others
    ]
    least = min(singles, key=lambda one: one.estimate)

    found = smallest_contrast(sample, "micro", confidence=confidence)

    assert len(others) == 3
    assert found.row()[:6] == (
        least.label,
        least.n_accounts,
        least.n_posts,
        least.estimate,
        min(s.low for s in singles),
        min(s.high for s in singles),
    )
    assert found.row()[6:] == (
        "ratio", f"micro / every other tier, typical account of {sample.metric.title}",
        f"{least.method}; smallest of 3 ratios, simultaneous intervals", "ok",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("macro", "accounts", "why"),
    [(0, 30, "no other tier has an account"), (9, 30, "no other tier has enough accounts")],
)
def test_a_tier_without_another_to_compare_it_with_says_so(macro, accounts, why):
    posts = worlds.posts(3, accounts=(accounts, max(macro, 1)))

    found = smallest_contrast(
        tiered(posts if macro else posts[posts["followers"] < 100_000]), "micro"
    )

    label = "micro / every other tier"
    assert found.row()[:3] == (label, accounts, 0)
    assert np.isnan(found.row()[3:6]).all()
    assert found.row()[6:] == (
        "ratio",
        f"{label}, typical account of (likes + comments) / followers",
        why,
        "undefined",
    )


@pytest.mark.parametrize(
    "options",
    [{}, {"of": "macro", "versus": "micro", "average": "ratio of sums", "confidence": 0.8}],
)
def test_across_schemes_stands_the_contrast_of_every_scheme_with_both_words_for_the_platform(
    options,
):
    sample = load("instagram-kim").sample()
    having = [
        one
        for one in schemes().values()
        if {"micro", "macro"} <= set(one.names) and one.fits("instagram")
    ]

    found = across_schemes(sample, schemes().values(), **options).to_frame()

    assert found["scheme"].tolist() == [one.short for one in having]
    assert 5 < len(having) < len(schemes())
    expected = frame_of(contrast(sample.tier(one), **options) for one in having)
    pd.testing.assert_frame_equal(found.drop(columns="scheme"), expected, check_exact=True)


def test_an_average_of_logs_that_leaves_out_many_accounts_decides_nothing():
    posts = worlds.posts(6, accounts=(40, 40))
    silent = {f"simulated-0-{number}" for number in range(4)}
    posts.loc[posts["account_id"].isin(silent), ["likes", "comments"]] = 0

    found = contrast(tiered(posts))

    assert found.status == "indicative"
    assert (
        "micro: indicative only, 4 of 40 accounts have a rate of zero and no logarithm"
        in found.method
    )
    assert contrast(tiered(posts), average="ratio of sums").status == "ok"


def test_a_median_near_which_many_accounts_have_a_rate_of_zero_decides_nothing():
    posts = worlds.posts(6, accounts=(40, 40))
    silent = {f"simulated-0-{number}" for number in range(9)}
    posts.loc[posts["account_id"].isin(silent), ["likes", "comments"]] = 0

    found = contrast(tiered(posts), average="median account")

    assert found.status == "indicative"
    assert (
        "micro: indicative only, 9 of 40 accounts have a rate of zero and no logarithm"
        in found.method
    )


def test_a_median_counts_the_accounts_of_rate_zero_from_cells_as_from_accounts():
    posts = worlds.posts(7, accounts=(400, 10))
    posts.loc[
        posts["account_id"].isin({f"simulated-0-{number}" for number in range(60)}),
        ["likes", "comments"],
    ] = 0
    moments = account_moments(posts)
    table, histogram, _ = cells(moments, (), band_edges(schemes()), whole=True)
    accounts = worlds.world("zeros", posts)
    summed = replace(accounts, resolution="cells", table=table, histogram=histogram)

    exact, binned = (
        tier_average(one.sample().tier(DECADES), "micro", "median account")
        for one in (accounts, summed)
    )

    assert binned.estimate == pytest.approx(exact.estimate, rel=0.05)
    assert histogram["bin_high"].isna().any()


def test_an_account_keeps_its_tier_in_every_level_of_a_stratum():
    posts = pd.DataFrame(
        {
            "account_id": "a",
            "platform": "x",
            "followers": [60_000, 60_000, 130_000, 130_000],
            "likes": 5,
            "comments": 1,
        }
    )
    world = worlds.world("tiers", posts.assign(sponsored=["no", "no", "yes", "yes"]))

    tiers = [
        world.sample("engagement", *at).tier(DECADES).rows["tier"].item()
        for at in ((), ("sponsored", "yes"), ("sponsored", "no"))
    ]

    assert len(set(tiers)) == 1


def test_the_curve_leaves_no_account_out():
    for key in ("instagram-kim", "tiktok-tides", "youtube-fr-science"):
        sample = load(key).sample(load(key).main_metric)
        assert along_followers(sample).to_frame()["n_accounts"].sum() == sample.accounts


def test_the_curve_along_the_follower_axis_finds_a_known_slope():
    rng = np.random.default_rng(0)
    followers = np.floor(10 ** rng.uniform(3, 7, 4_000))
    likes = followers * 0.05 * (followers / 1e4) ** -0.2 * np.exp(rng.normal(0, 0.3, 4_000))
    table = pd.DataFrame(
        {
            "account_id": range(4_000),
            "platform": "x",
            "followers": followers,
            "likes": np.round(likes),
        }
    )

    curve = along_followers(worlds.world("slope", table).sample()).to_frame()

    assert (
        curve["lower"].iloc[1:].tolist() == curve["upper"].iloc[:-1].tolist()
        and curve["upper"].iloc[-1] == np.inf
    )
    middle = np.sqrt(curve["lower"] * curve["upper"].replace(np.inf, 1e7))
    assert np.polyfit(np.log(middle[1:-1]), np.log(curve["estimate"][1:-1]), 1)[0] == pytest.approx(
        -0.2, abs=0.02
    )


def test_a_verb_of_samples_makes_the_same_estimate_of_each_and_names_its_source():
    loaded = Sources.of(load("instagram-kim"), load("youtube-tides"))

    engaged, main = loaded.sample("engagement"), loaded.sample("main")
    frame = main.tier(DECADES).contrast().to_frame()

    assert [sample.source.key for sample in engaged] == ["instagram-kim"]
    assert frame["source"].tolist() == ["Instagram (Kim et al.)", "YouTube (TIDES)"]
    assert frame["metric"].tolist() == ["(likes + comments) / followers", "views / followers"]
    assert set(Sources().sample().tier(DECADES).contrast().to_frame()) >= set(frame.columns)
    assert frame.index.tolist() == [0, 1]
    assert [sample.metric.key for sample in loaded.sample()] == [
        sample.metric.key for sample in engaged
    ]
    strata = loaded.strata("engagement").tier(DECADES)
    assert "sponsored: yes" in set(strata.contrast().to_frame()["posts"])
    levels = [sample.level for sample in loaded.strata(stratum="sponsored")]
    assert levels == ["(merged)", "no", "yes"]


def test_what_is_done_to_one_sample_leaves_the_next_as_it_was():
    source = load("instagram-kim")
    first = source.sample("engagement")
    for frame in (first.rows, first.histogram, first.left_out):
        frame["accounts"] = 0
    assert source.sample("engagement").accounts > 0
    assert source.sample("engagement").histogram["accounts"].gt(0).all()
    assert source.sample("engagement").left_out["accounts"].gt(0).all()


def test_a_level_that_a_metric_lacks_is_an_empty_sample_and_no_fault():
    kim = load("instagram-kim")
    metric, stratum, level = kim.table.loc[
        kim.table["stratum"] != "all", ["metric", "stratum", "level"]
    ].iloc[0]
    rows = kim.table.groupby(["metric", "stratum", "level"]).indices[metric, stratum, level]
    kept = kim.table.drop(index=kim.table.index[rows])
    lacking = replace(kim, table=kept, histogram=kim.histogram[kim.histogram["metric"] != metric])
    assert (
        kim.sample(metric, stratum, level).accounts
        > lacking.sample(metric, stratum, level).accounts
        == 0
    )
    assert lacking.sample(metric).histogram.empty


def test_the_bins_of_a_tier_are_those_of_its_bands():
    sample = load("instagram-kim").sample("engagement").tier(scheme("harvard-media"))
    named = tier_of(sample.histogram["lower"], sample.histogram["upper"], sample.scheme)
    for tier in sample.scheme.names:
        assert (
            sample.bins_within(tier)["accounts"].tolist()
            == sample.histogram["accounts"][named == tier].tolist()
        )
    assert sample.bins_within("no such tier")["accounts"].size == 0


def test_a_quantile_looked_up_at_few_points_is_that_of_the_whole_distribution():
    rng = np.random.default_rng(8)
    for _ in range(50):
        low = rng.integers(0, 40, 12).astype(float)
        high, accounts = (
            low + rng.integers(1, 4, 12),
            rng.integers(1, 9, 12).astype(float),
        )  # with gaps, overlaps and ties
        low[:2], high[1] = np.nan, np.nan  # down to a rate of zero, and a rate of zero
        low_of, high_of, n_of = (
            part[[0, *range(2, 12)]]
            for part in (np.where(np.isnan(low), high, low), high, accounts)
        )
        points = np.unique([*low_of, *high_of])
        share = [
            np.where(
                high_of > low_of,
                (point - low_of) / np.maximum(high_of - low_of, 1),
                point >= high_of,
            )
            for point in points
        ]
        below = accounts[1] + (np.clip(share, 0, 1) * n_of).sum(axis=1)
        wanted = [0.1, 0.5, 0.77]
        expected = [
            np.interp(part * accounts.sum(), below, points) * BIN
            for part in wanted
            if part * accounts.sum() > accounts[1]
        ]
        found = _quantiles(low, high, accounts, wanted)
        assert [value for value in found if value > -np.inf] == pytest.approx(expected, rel=1e-12)
