"""Variances of size, creator and post are those of REML and of the analysis of variance, and
recover known worlds.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats
from statsmodels.regression.mixed_linear_model import MixedLM

from analysis.estimate.ratio.creators import (
    creator_beyond_size,
    posts_needed,
    reliability,
    split_half,
    variance_split,
)
from analysis.moments.load import load
from analysis.moments.rows import MOMENTS
from analysis.simulate import worlds

CREATOR, POST, SLOPE, SPREAD = 0.6, 0.5, -0.2, 1.5
EMPTY = worlds.world("creators", worlds.posts(1, accounts=(1, 1))).sample()


def icc(sample, confidence=0.95):
    """The intraclass correlation is the reliability of a single post."""
    return reliability(sample, 1, confidence)


def values(estimate):
    return estimate.estimate, estimate.low, estimate.high


def logs_of(seed, posts, creator=CREATOR, slope=SLOPE, post=POST):
    """Log rates of posts, which account each is of, and the accounts' log followers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(10, SPREAD, len(posts))
    owner = np.repeat(np.arange(len(posts)), posts)
    means = -3 + slope * (x - 10) + rng.normal(0, creator, len(x))
    return means[owner] + rng.normal(0, post, len(owner)), owner, x


def table_of(y, owner, x):
    """The same as POSTS, each post a minute and a second after the other."""
    followers = np.exp(x)[owner]
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(len(y)), unit="s")
    about = {"account_id": owner, "platform": "x", "followers": followers, "comments": 0.0}
    return pd.DataFrame(about).assign(likes=followers * np.exp(y), posted_at=times)


def sample_of(y, owner, x, bands=0):
    """Rows of accounts, or of bands of followers, with the sums that creators need."""
    posts, total, squares = (np.bincount(owner, weight) for weight in (None, y, y**2))
    rate = np.log(np.bincount(owner, np.exp(y)) / posts)
    one = np.ones(len(x))
    sums = {
        "accounts": one, "posts": posts, "positive": one, "log_rate": rate, "log_rate2": rate**2,
        "log_followers": x, "log_followers2": x**2, "log_followers_log_rate": x * rate,
        "single_accounts": one, "single_posts": posts, "single_posts2": posts**2,
        "post_log": total, "post_log2": squares, "post_log_between": total**2 / posts,
    }  # fmt: skip
    rows = pd.DataFrame(dict.fromkeys(MOMENTS, 0.0) | sums, index=range(len(x))).astype(float)
    rows = rows.assign(lower=np.exp(x), upper=np.exp(x))
    if not bands:
        return replace(EMPTY, rows=rows)
    band = np.floor(stats.rankdata(x) / (len(x) + 1) * bands)
    return replace(EMPTY, resolution="cells", rows=rows.groupby(band).sum())


def by_label(sample):
    return variance_split(sample).to_frame().set_index("label")


@pytest.fixture(scope="module")
def balanced():
    y, owner, x = logs_of(3, np.full(80, 6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = MixedLM(y, np.column_stack([np.ones(len(y)), x[owner]]), owner).fit(reml=True)
    return (y, owner, x), fitted


def test_with_equally_many_posts_the_variances_are_those_of_reml(balanced):
    logs, fitted = balanced
    split = by_label(worlds.world("balanced", table_of(*logs)).sample())["estimate"]

    assert split["post"] == pytest.approx(fitted.scale, rel=1e-4)
    assert split["creator beyond size"] == pytest.approx(fitted.cov_re[0, 0], rel=1e-3)
    slope, error, x = fitted.params[1], fitted.bse[1], logs[2]
    assert split["size"] == pytest.approx((slope**2 - error**2) * x.var(ddof=1), rel=1e-3)


def test_unequal_numbers_of_posts_give_the_closed_form_of_one_factor():
    y, owner, x = logs_of(4, np.random.default_rng(4).integers(1, 9, 120))
    posts, groups = np.bincount(owner), pd.Series(y).groupby(owner)
    within = (groups.var() * (posts - 1)).sum() / (len(y) - len(x))
    between = (posts * (groups.mean() - y.mean()) ** 2).sum() / (len(x) - 1)
    each = (len(y) - (posts**2).sum() / len(y)) / (len(x) - 1)
    share = (between - within) / (between - within + each * within)

    accounts, cells = (sample_of(y, owner, x, bands) for bands in (0, 8))

    assert icc(accounts).estimate == pytest.approx(share, rel=1e-10)
    assert icc(cells).estimate == pytest.approx(share, rel=1e-10)
    read = worlds.world("posts", table_of(y, owner, x)).sample()
    assert icc(read).estimate == pytest.approx(share, rel=1e-9)
    df, f = (len(x) - 1, len(y) - len(x)), between / within
    ratios = [f / stats.f.ppf(p, *df) for p in (0.975, 0.025)]
    ends = tuple((ratio - 1) / (ratio + each - 1) for ratio in ratios)
    assert (icc(cells).low, icc(cells).high) == pytest.approx(ends, rel=1e-9)


def test_the_jackknife_leaves_out_one_account_after_the_other():
    y, owner, x = logs_of(5, np.random.default_rng(5).integers(1, 6, 30))
    shares = np.zeros(30)
    for at in range(30):
        kept = owner != at
        others = np.unique(owner[kept], return_inverse=True)[1]
        shares[at] = icc(sample_of(y[kept], others, np.delete(x, at))).estimate
    logits = special.logit(shares)
    se = np.sqrt(29 / 30 * ((logits - logits.mean()) ** 2).sum())

    whole = icc(sample_of(y, owner, x))

    reach = special.logit(whole.high) - special.logit(whole.estimate)
    assert reach == pytest.approx(stats.t.ppf(0.975, 29) * se, rel=1e-9)


@pytest.mark.parametrize("bands", [0, 12])
def test_intervals_hold_the_truth_as_often_as_they_promise(bands):
    share = (CREATOR**2 + (SLOPE * SPREAD) ** 2) / (CREATOR**2 + (SLOPE * SPREAD) ** 2 + POST**2)
    ratio, worlds, held = CREATOR**2 / (SLOPE * SPREAD) ** 2, 250, np.zeros(2)
    for seed in range(worlds):
        posts = np.random.default_rng(seed).integers(1, 6, 300)
        sample = sample_of(*logs_of((7, seed), posts), bands)
        beyond = creator_beyond_size(sample)
        held += [icc(sample).low < share < icc(sample).high, beyond.low < ratio < beyond.high]
    assert (held / worlds > 0.95 - 3 * np.sqrt(0.05 * 0.95 / worlds)).all(), held / worlds


def test_the_three_variances_recover_a_known_world_from_accounts_and_cells():
    logs = logs_of(8, np.random.default_rng(8).integers(1, 8, 4000))
    truth = {"size": (SLOPE * SPREAD) ** 2, "creator beyond size": CREATOR**2, "post": POST**2}
    for bands in (0, 15):
        split = by_label(sample_of(*logs, bands))
        for label, value in truth.items():
            assert split.loc[label, "low"] < value < split.loc[label, "high"], (label, bands)
        assert split["share"].sum() == pytest.approx(100)


def test_where_there_are_no_creators_or_no_sizes_nothing_is_shown():
    alike = sample_of(*logs_of(9, np.full(200, 4), creator=0, slope=0), 10)
    flat = sample_of(*logs_of(10, np.full(200, 4), slope=0), 10)

    assert icc(alike).low == 0
    assert creator_beyond_size(flat).high == np.inf
    assert creator_beyond_size(flat).low > 1
    assert posts_needed(alike).high == np.inf


def test_from_cells_intervals_are_those_of_f_and_chi_squared_by_hand():
    """Searle's interval of the share, Williams' and Tukey's of the variance between creators, and
    that of a mean square.
    """
    accounts, n = 300, 5
    sample = sample_of(*logs_of(19, np.full(accounts, n)), 10)
    share, (size, beyond, post) = icc(sample, 0.9), variance_split(sample, 0.9)
    f, between = (1 + (n - 1) * share.estimate) / (1 - share.estimate), accounts - 1
    within = accounts * (n - 1)

    for p, of_share, of_creator, of_post in (
        (0.95, share.low, beyond.low, post.low),
        (0.05, share.high, beyond.high, post.high),
    ):
        quantile, mean_square = stats.f.ppf(p, between, within), f * post.estimate
        assert of_share == pytest.approx((f / quantile - 1) / (f / quantile + n - 1))
        squares = between * (mean_square - quantile * post.estimate) / n
        expected = squares / stats.chi2.ppf(p, between)
        assert of_creator + size.estimate == pytest.approx(expected)
        assert of_post == pytest.approx(post.estimate * within / stats.chi2.ppf(p, within))


def test_the_interval_of_the_ratio_ends_where_donner_and_zou_say():
    """An end is the ratio at which difference and error are equal: (a - r b)^2 = (a - a's end)^2 +
    r^2 (b - b's other end)^2.
    """
    sample = sample_of(*logs_of(16, np.full(300, 5)), 10)
    size, beyond, _ = variance_split(sample)
    whole = creator_beyond_size(sample)
    squared = beyond.estimate / whole.estimate

    ends = ((whole.low, beyond.low, size.high), (whole.high, beyond.high, size.low))
    for ratio, end, other in ends:
        error = (beyond.estimate - end) ** 2 + ratio**2 * (squared - other) ** 2
        assert (beyond.estimate - ratio * squared) ** 2 == pytest.approx(error, rel=1e-6)
    assert whole.unit == "ratio"
    assert size.low < squared < size.high


def test_an_estimate_names_its_posts_and_a_missing_estimate_still_has_its_estimand():
    paid = icc(load("instagram-kim").sample("engagement", "sponsored", "yes"))
    totals = load("tiktok-tides").sample()
    nothing = icc(totals)
    few = icc(sample_of(*logs_of(17, np.full(9, 5))))

    what = "mean over 1 posts, of the log of"
    posts = "(likes + comments) / followers, posts with sponsored = yes"
    assert str(paid.estimand) == f"{what} {posts}"
    assert str(nothing.estimand) == f"{what} {totals.metric.title}"
    assert (nothing.n_accounts, nothing.n_posts) == (totals.accounts, 0)
    assert (nothing.label, nothing.unit) == ("mean over 1 posts", "reliability")
    assert np.isnan(values(nothing)).all()
    assert (few.status, few.n_accounts, few.n_posts) == ("indicative", 9, 45)
    assert few.method.startswith("indicative only, 9 accounts; ")
    assert {part.unit for part in variance_split(totals)} == {"variance of logs"}


def test_reliability_grows_with_posts_after_spearman_and_brown():
    sample = sample_of(*logs_of(11, np.full(300, 5)), 10)
    share = icc(sample)
    for posts in (1, 3, 12):
        expected = [posts * value / (1 + (posts - 1) * value) for value in values(share)]
        assert values(reliability(sample, posts)) == pytest.approx(tuple(expected), rel=1e-12)
    needed = posts_needed(sample)
    assert reliability(sample, needed.estimate).estimate == pytest.approx(0.8, rel=1e-12)
    assert reliability(sample, needed.low).high == pytest.approx(0.8, rel=1e-12)


def test_two_halves_give_what_the_model_gives():
    sample = worlds.world("halves", table_of(*logs_of(12, np.full(900, 8)))).sample()
    halves, model = split_half(sample), reliability(sample, 8)

    assert halves.n_accounts > 850
    assert halves.low < model.estimate < halves.high
    truth = CREATOR**2 + (SLOPE * SPREAD) ** 2
    assert halves.low < truth / (truth + POST**2 / 8) < halves.high


def test_two_halves_are_correlated_as_by_hand():
    posts = table_of(*logs_of(13, np.full(40, 6)))
    half = (posts["posted_at"].dt.minute + posts["posted_at"].dt.second) % 2
    logs = np.log(posts["likes"] / posts["followers"])
    means = logs.groupby([posts["account_id"], half]).mean().unstack()
    between = 2 * means.mean(axis=1).var(ddof=1)
    within = ((means[0] - means[1]) ** 2 / 2).mean()

    halves = split_half(worlds.world("by hand", posts).sample())
    assert halves.estimate == pytest.approx(1 - within / between, rel=1e-9)


def test_scale_of_counts_and_order_of_rows_change_nothing():
    y, owner, x = logs_of(15, np.full(60, 4))
    one, other = sample_of(y, owner, x), sample_of(y + 2, owner, x)
    turned = replace(one, rows=one.rows[::-1])
    numbers = ["estimate", "low", "high"]
    expected = by_label(one)[numbers].to_numpy()
    for sample in (other, turned):
        assert by_label(sample)[numbers].to_numpy() == pytest.approx(expected, rel=1e-9)


def test_totals_of_several_posts_hold_nothing_on_single_posts():
    sample = load("tiktok-tides").sample()
    several = worlds.posts(1, accounts=(20, 20)).assign(posts=2)
    own = worlds.world("totals", several).sample()
    for estimate in (
        creator_beyond_size(sample), reliability(sample, 10), split_half(sample),
        posts_needed(sample), *variance_split(sample), creator_beyond_size(own),
    ):  # fmt: skip
        assert estimate.status == "undefined"
        few = "too few to separate the posts of an account from the accounts" in estimate.method
        # cells of few accounts lack even the sums of no posts
        assert few or "so that no account can be read off" in estimate.method
    assert "too few to separate the posts" in creator_beyond_size(own).method
    assert reliability(own, 1).method.startswith("0 accounts with posts in rows of their own: ")
    assert variance_split(sample).keys["share"].isna().all()


def test_on_instagram_a_rate_is_the_creators_and_hardly_that_of_size():
    sample = load("instagram-kim").sample()

    shares = variance_split(sample).keys["share"].tolist()
    assert shares == pytest.approx([4.4, 63.2, 32.4], abs=0.1)
    assert icc(sample).estimate == pytest.approx(0.676, abs=0.001)
    assert split_half(sample).estimate == pytest.approx(0.824, abs=0.001)
    assert "for normal logs, from cells" in icc(sample).method
