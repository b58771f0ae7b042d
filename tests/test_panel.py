"""The same creators through time: slopes within and between them, and what may be wrong."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import analysis as an
from analysis.errors import RegisterError, SchemaError
from analysis.estimate.panel.within import error, slopes
from analysis.estimate.severity_panels import panel_ends, panel_world
from analysis.moments.kept import keep_own
from analysis.moments.own import read_own
from analysis.moments.panel import Panel
from analysis.moments.panel_crossing import around_crossing
from analysis.moments.panel_files import read_crossings, read_rows, read_sums
from analysis.moments.panel_stayers import first_and_last, stayers, stayers_at
from analysis.moments.panel_sums import PanelSums, panel_rows


def _panel(posts: pd.DataFrame):
    return an.simulate.world("growing", posts).panel("likes_per_follower")


def _quick(posts: pd.DataFrame) -> Panel:
    """The panel of one post a month without an engine, for tests of many worlds."""
    x, y = np.log(posts["followers"]), np.log(posts["likes"] / posts["followers"])
    sums = {"n": 1.0, "x": x, "y": y, "xx": x * x, "xy": x * y, "yy": y * y}
    rows = posts[["platform", "account_id"]].assign(
        period=posts["posted_at"].dt.strftime("%Y-%m"), **sums
    )
    source = an.sources()["instagram-kim"]
    return Panel(source, an.METRICS["likes_per_follower"], "followers", PanelSums.of(rows), rows)


def _logs(posts: pd.DataFrame) -> pd.DataFrame:
    table = posts.assign(
        x=np.log(posts["followers"]), y=np.log(posts["likes"] / posts["followers"]),
        month=posts["posted_at"].dt.strftime("%Y-%m"),
    )  # fmt: skip
    return table.assign(mean=table.groupby("account_id")["x"].transform("mean"))


@pytest.fixture(scope="module")
def unbalanced() -> pd.DataFrame:
    """Sixty creators, each seen in some of ten months, some in one alone."""
    posts = an.simulate.growing(seed=5, creators=60, months=10)
    kept = posts[np.random.default_rng(5).uniform(size=len(posts)) < 0.4]
    assert kept["account_id"].value_counts().min() == 1
    return kept


def test_the_slope_within_creators_is_that_of_least_squares_with_dummies(unbalanced):
    fit, _ = slopes(_panel(unbalanced).sums)
    logs = _logs(unbalanced)
    logs = logs[logs.groupby("account_id")["x"].transform("size") > 1]
    codes = pd.factorize(logs["account_id"])[0]
    dummies = smf.ols("y ~ x + C(month) + C(account_id)", logs)
    them = dummies.fit(cov_type="cluster", cov_kwds={"groups": codes})
    assert fit.value == pytest.approx(them.params["x"], rel=1e-8)
    # statsmodels counts the creators' dummies as spent, although they lie within clusters
    n, months = len(logs), logs["month"].nunique()
    factor = np.sqrt((n - them.df_model - 1) / (n - months))
    ours = error(_panel(unbalanced).sums, fit.scores) * np.sqrt(fit.inflate)
    assert ours == pytest.approx(them.bse["x"] * factor, rel=1e-8)


def test_the_slope_between_creators_is_that_of_their_means(unbalanced):
    _, fit = slopes(_panel(unbalanced).sums)
    logs = _logs(unbalanced)
    months = pd.get_dummies(logs["month"], dtype=float).iloc[:, 1:].add_prefix("m")
    months.columns = [f"m{place}" for place in range(months.shape[1])]
    means = pd.concat([logs[["account_id", "x", "y"]], months], axis=1)
    means = means.groupby("account_id").mean()
    them = smf.ols(f"y ~ x + {' + '.join(months)}", means).fit(cov_type="HC1")
    assert fit.value == pytest.approx(them.params["x"], rel=1e-8)
    ours = error(_panel(unbalanced).sums, fit.scores) * np.sqrt(fit.inflate)
    assert ours == pytest.approx(them.bse["x"], rel=1e-8)


def test_within_and_the_difference_are_those_of_a_mixed_model_after_mundlak():
    posts = an.simulate.growing(seed=2, creators=40, months=6)
    within, between = slopes(_panel(posts).sums)
    model = smf.mixedlm("y ~ x + mean + C(month)", _logs(posts), groups="account_id")
    them = model.fit(reml=True)
    assert within.value == pytest.approx(them.params["x"], abs=1e-8)
    assert between.value - within.value == pytest.approx(them.params["mean"], abs=1e-8)


def test_sums_of_two_halves_of_the_creators_give_the_estimates_of_all(unbalanced):
    rows = _panel(unbalanced).rows
    periods = tuple(sorted(rows["period"].unique()))
    first = rows["account_id"].isin(sorted(rows["account_id"].unique())[::2])
    halves = [PanelSums.of(part, periods) for part in (rows[first], rows[~first])]
    pairs = zip(slopes(PanelSums.of(rows)), slopes(halves[0] + halves[1]), strict=True)
    for whole, added in pairs:
        assert added.value == pytest.approx(whole.value, rel=1e-10)
        assert added.inflate == whole.inflate
    with pytest.raises(ValueError, match="only over the same periods"):
        halves[0] + PanelSums.of(rows[rows["period"] != periods[0]])


def test_rows_from_several_posts_a_month_give_the_slopes_of_single_posts():
    posts = an.simulate.growing(seed=3, creators=30, months=24)
    dates = pd.to_datetime(posts["posted_at"].dt.strftime("%Y-%m").map(
        {month: f"2024-{1 + place // 4:02d}-01" for place, month in
         enumerate(sorted(posts["posted_at"].dt.strftime("%Y-%m").unique()))}))  # fmt: skip
    monthly = posts.assign(posted_at=dates + pd.to_timedelta(np.arange(len(posts)) % 20, "D"))
    logs = _logs(monthly)
    them = smf.ols("y ~ x + C(month) + C(account_id)", logs).fit()
    fit, _ = slopes(_panel(monthly).sums)
    assert fit.value == pytest.approx(them.params["x"], rel=1e-8)


@pytest.mark.parametrize("truth", [(-0.1, -0.4), (0.0, 0.0), (0.3, -0.3)])
def test_intervals_cover_known_slopes_within_and_between(truth):
    covered = np.zeros(3)
    worlds, wanted = 150, [*truth, truth[1] - truth[0]]
    for seed in range(worlds):
        panel = _quick(an.simulate.growing(seed, *truth, creators=60, months=6))
        made = panel.within(), panel.between(), panel.apart()
        covered += [
            one.low <= 10**value <= one.high for one, value in zip(made, wanted, strict=True)
        ]
    # a Monte-Carlo error of .018 at 150 worlds
    assert (covered / worlds > 0.90).all()
    assert (covered / worlds < 0.99).all()


def test_creators_who_stay_as_they_are_have_no_slope_within():
    posts = an.simulate.growing(seed=1, creators=20, months=4)
    still = posts.assign(followers=posts.groupby("account_id")["followers"].transform("first"))
    with pytest.raises(RegisterError, match="followers that differ between the posts"):
        _panel(still)
    one = posts["account_id"] == "simulated-0"
    sums = PanelSums.of(panel_rows(pd.concat([still[~one], posts[one].head(1)])))
    assert np.isnan(slopes(sums)[0].value)


def test_error_in_followers_biases_the_slope_and_the_bounds_hold_the_truth():
    posts = an.simulate.growing(seed=4, within=0.0, noise_sd=0.05, creators=400)
    noise = 10 ** np.random.default_rng(4).normal(0, 0.05, len(posts))
    wrong = posts.assign(followers=posts["followers"] * noise, likes=posts["likes"])
    bounds = _panel(wrong).division_bounds()
    assert bounds.direct.high < 1  # a fall that is not there
    assert bounds.direct.estimate < 1 < bounds.reverse
    assert 0.5 < bounds.reliability < 1
    with pytest.raises(ValueError, match="is not divided by chatters"):
        an.load("youtube-vtuber-livechat").panel("revenue_per_payer", "chatters").division_bounds()


def test_who_crosses_is_compared_with_whoever_is_of_like_size_and_does_not():
    rows = pd.DataFrame(
        {
            "account_id": np.repeat(["cross", "near", "far", "later"], 3),
            "period": [1, 2, 3] * 4,
            "size": [8, 12, 13, 9, 9, 9, 2, 2, 2, 8, 9, 11],
            "rate": np.exp([0.0, 1.0, 2.0, 0.0, 0.5, 0.5, 0.0, 9.0, 9.0, 0.0, 0.0, 0.0]),
        }
    )
    around = {one.when: one for one in around_crossing(rows, edge=10, reach=1)}
    # the first to cross has one other beside it, the second none: "near" is of like size for both
    assert around[0].crossers == 2
    assert around[0].total == pytest.approx((1.0 - 0.5) + (0.0 - 0.0))
    assert around[1].total == pytest.approx(2.0 - 0.5)
    assert -1 not in around


def test_an_event_study_shows_a_jump_at_the_edge_and_none_where_there_is_none():
    rng = np.random.default_rng(8)
    creators, periods = 200, 10
    start = rng.uniform(7_000, 9_900, (creators, 1))
    grows = rng.uniform(size=(creators, 1)) < 0.5
    size = start * np.where(grows, 1.05, 1.0) ** np.arange(periods)
    rate = np.exp(rng.normal(0, 0.3, (creators, 1)) + rng.normal(0, 0.3, size.shape))
    jump = np.where(size >= 10_000, 2.0, 1.0)
    for factor, truth in ((jump, 2.0), (1.0, 1.0)):
        table = pd.DataFrame(
            {
                "account_id": np.repeat(np.arange(creators), periods),
                "period": np.tile(np.arange(periods), creators),
                "size": size.ravel(),
                "rate": (rate * factor).ravel(),
            }
        )
        study = {
            int(one.label): one for one in an.panel.event_study(around_crossing(table, 10_000))
        }
        after = [study[when] for when in (0, 1, 2)]
        assert all(one.low <= truth <= one.high for one in after)
        assert all(study[when].low <= 1.0 <= study[when].high for when in (-3, -2))


def test_bounds_for_those_who_ended_hold_the_truth_that_the_naive_comparison_misses():
    rng = np.random.default_rng(3)
    n, effect = 20_000, 0.2
    latent = rng.normal(size=2 * n)
    group = np.repeat([True, False], n)
    change = latent + effect * group
    # belonging to the first group keeps creators who would otherwise have ended
    stayed = 0.8 * latent + rng.normal(size=2 * n) + 0.5 * group > -0.8
    sums = stayers(change[group & stayed], change[~group & stayed], (n, n))
    bounds = an.panel.lee_bounds(sums)
    assert np.log(bounds.naive.high) < effect
    assert np.log(bounds.lowest.low) < effect < np.log(bounds.highest.high)
    # the other way round everything is mirrored
    other = an.panel.lee_bounds(stayers(change[~group & stayed], change[group & stayed], (n, n)))
    assert other.lowest.estimate == pytest.approx(1 / bounds.highest.estimate, rel=0.01)
    assert other.highest.estimate == pytest.approx(1 / bounds.lowest.estimate, rel=0.01)


def test_published_sums_and_rows_describe_creators_as_their_sources_say():
    rows = read_rows(an.load("youtube-vtuber-livechat").source)
    assert set(rows.columns) == {
        "account_id", "platform", "followers", "chatters", "payers", "revenue", "currency",
        "posted_at", "agency",
    }  # fmt: skip
    assert len(rows) == 10_473
    assert rows["account_id"].nunique() == 1_119
    weekly = an.load("youtube-tw-vtubers")
    panel = weekly.panel()
    assert panel.rows is None
    with pytest.raises(SchemaError, match="sums over creators only"):
        panel.to_frame()
    sums = read_sums(weekly.source, "views_per_follower", "followers")
    # far fewer equations than the counts of creators and weeks behind them
    assert 3 * (len(sums.first) * (len(sums.first) + 3) / 2) < 2 * sums.rows
    around = read_crossings(weekly.source, 100_000)
    assert all(np.isnan(one.total) for one in around if one.crossers < 5)
    assert {one.status for one in an.panel.event_study(around)} == {"undefined"}


def test_payments_in_live_chats_are_as_known_from_outside():
    chat = an.load("youtube-vtuber-livechat")
    known = {"mediakix-instagram": (1.86, 998), "harvard-media": (0.95, 207)}
    for scheme, (ratio, creators) in known.items():
        tiers = chat.sample("payers_per_chatter").tier(scheme)
        made = tiers.contrast("micro", "macro", average="ratio of sums")
        assert (round(made.estimate, 2), made.n_accounts) == (ratio, creators)
    panel = chat.panel("payers_per_chatter", "chatters")
    within, between = panel.within(), panel.between()
    assert within.low < 0.96 < within.high
    assert between.low < 0.58 < between.high
    assert panel.apart().high < 1


def test_a_file_of_repeated_periods_is_followed_also_after_it_was_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(an.moments.kept.paths, "OWN", tmp_path)
    posts = an.simulate.growing(seed=6, creators=25, months=5).round({"followers": 0, "likes": 0})
    posts.to_csv(tmp_path / "mine.csv", index=False)
    moments = read_own(tmp_path / "mine.csv", "mine")
    keep_own(moments)
    fresh, kept = (one.panel("likes_per_follower").within() for one in (moments, an.load("mine")))
    assert (fresh.estimate, fresh.low) == (kept.estimate, kept.low)
    assert not an.load("mine").panels["account_id"].astype(str).str.contains("simulated").any()


def test_growing_puts_both_slopes_beside_each_other_and_says_whether_they_differ():
    apart = an.simulate.world("apart", an.simulate.growing(1, 0.0, -0.5))
    alike = an.simulate.world("alike", an.simulate.growing(1, -0.3, -0.3))
    both = an.panel.followed([apart, alike])
    assert [one.differs for one in both] == [True, False]
    assert both[0].within.low < 1 < both[0].within.high
    assert "in 1 of 2 comparisons" in an.text.growing_in_short(both)
    assert len(both.to_frame()) == 6
    panel = apart.panel("likes_per_follower")
    assert panel.growing().between == panel.between()


def test_what_is_followed_of_a_source_is_what_its_register_names():
    named = [(one.panel.metric.key, one.panel.along) for one in
             an.panel.followed(an.load_all("proxies"))]  # fmt: skip
    assert named == [("payers_per_chatter", "chatters"), ("revenue_per_payer", "chatters")]
    nobody = an.panel.followed(an.load_all("instagram-kim"))
    assert len(nobody) == 0
    assert "No creator is followed" in nobody.sentence()
    assert "Nobody is seen crossing" in nobody.crossings().sentence()


def test_crossings_show_the_common_edge_and_say_why_the_rare_one_and_the_chats_are_not_shown():
    followed = an.panel.followed(an.load_all("open") | an.load_all("proxies"))
    crossings = followed.crossings()
    by = {(study.edge, study.step): study for study in crossings.seen}
    assert by[10_000, "week"][0].status == "ok"
    assert {one.status for one in by[100_000, "week"]} == {"undefined"}
    assert "too few: at most 4 creators crossed" in crossings.sentence()
    # the chats follow two metrics and give one reason, not four
    assert crossings.sentence().count("were counted once") == 1
    assert len(crossings.to_frame()) == sum(map(len, crossings.seen))


def test_crossings_of_rows_in_hand_keep_the_place_of_a_month_in_which_nobody_was_seen():
    posts = an.simulate.growing(seed=6, creators=200, months=12)
    first, *_, last = sorted(posts["posted_at"].unique())
    there = an.simulate.world("whole", posts).panel("likes_per_follower").crossing(10_000)
    gap = posts[~posts["posted_at"].isin(sorted(posts["posted_at"].unique())[5:6])]
    fewer = an.simulate.world("gap", gap).panel("likes_per_follower").crossing(10_000)
    crossed = [next(one.n_posts for one in study if one.label == "+0") for study in (there, fewer)]
    # who would have crossed in that month, or in the next, has no period before it
    assert crossed[1] < crossed[0]
    assert first < last


def test_the_bounds_of_a_source_name_both_groups_and_hold_what_was_observed():
    bounds = an.load("youtube-tw-vtubers").panel().attrition(10_000)
    assert bounds.lowest.estimate < bounds.naive.estimate < bounds.highest.estimate
    assert "creators from 10,000 followers stayed" in bounds.sentence()
    assert an.load("youtube-vtuber-livechat").panel("revenue_per_payer", "chatters").attrition() \
        is None  # fmt: skip


def test_sales_are_even_where_each_payer_stands_for_as_many_times_more_as_payers_are_fewer():
    chat = an.load("youtube-vtuber-livechat").sample("payers_per_chatter")
    ratio = chat.tier("macro-or-micro-second").contrast(average="ratio of sums")
    turn = an.sensitivity.turning(ratio)
    # sales per click of each tier: payers per chatter times a factor, larger for macro by the turn
    micro, macro = (chat.tier("macro-or-micro-second").by_tier("ratio of sums")[name].estimate
                    for name in ("micro", "macro"))  # fmt: skip
    assert micro * 1.0 == pytest.approx(macro * turn.even)
    assert turn.unclear == pytest.approx(ratio.low)
    assert "1.86 times as many sales with macro" in turn.sentence()
    other = an.sensitivity.turning(
        chat.tier("macro-or-micro-second").contrast("macro", "micro", average="ratio of sums")
    )
    assert (other.even, other.unclear) == pytest.approx((turn.even, turn.unclear))
    assert not other.first and "with macro" in other.sentence()
    own = chat.tier("harvard-media").contrast(average="ratio of sums")
    assert an.sensitivity.turning(own).unclear == 1
    assert "may be even already" in an.sensitivity.turning(own).sentence()
    with pytest.raises(ValueError, match="is that of a ratio"):
        an.sensitivity.turning(chat.tier("decades").tier_average("micro"))


def test_pictures_of_panels_label_both_kinds_of_creators_and_show_what_is_too_few():
    followed = an.panel.followed(an.load_all("open") | an.load_all("proxies"))
    (axis,) = followed.plot().axes
    words = [text.get_text() for text in axis.texts]
    assert words.count("the same creators") == words.count("other creators") == 3
    assert axis.get_xscale() == "log"
    figure = followed.crossings().plot()
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["crossing 10K followers\nviews / followers",
                      "crossing 100K followers\nviews / followers"]  # fmt: skip
    assert any("too few" in text.get_text() for text in figure.axes[1].texts)
    assert an.panel.followed([]).plot() is not None


def test_whether_two_slopes_differ_is_worded_by_the_interval_of_their_ratio_alone():
    for within, between, words in ((0.0, -0.5, "are clearly"), (-0.3, -0.3, "are not clearly")):
        world = an.simulate.world("one", an.simulate.growing(1, within, between))
        said = world.panel("likes_per_follower").growing().sentence()
        assert f"the two {words} different" in said


def ended(seed: int, effect: float, selective: bool, creators: int = 4_000) -> pd.DataFrame:
    """Posts of eight months; the rate of creators from 10K followers on changes by `effect` more in
    the last two. If selective, who would fall ends, fewer of them among the larger.
    """
    rng = np.random.default_rng(seed)
    months, large = 8, np.arange(creators) % 2 == 0
    latent = rng.normal(0, 1, creators)
    size = np.where(large, 30_000, 3_000)[:, None] * np.exp(rng.normal(0, 0.1, (creators, months)))
    late = np.arange(months) >= months - 2
    rate = np.log(0.05) + late * (latent + effect * large)[:, None]
    rate += rng.normal(0, 0.1, (creators, months))
    stays = 0.8 * latent + rng.normal(0, 1, creators) + 1.2 * large > -0.8
    there = np.repeat(stays | (not selective), months).reshape(creators, months) | ~late
    start = pd.date_range("2024-01-01", periods=months, freq="MS")
    posts = pd.DataFrame(
        {
            "account_id": np.repeat([f"creator-{one}" for one in range(creators)], months),
            "platform": "instagram",
            "followers": size.ravel(),
            "likes": (size * np.exp(rate)).ravel(),
            "posted_at": np.tile(start, creators),
        }
    )
    return posts[there.ravel()]


def _bounds(posts: pd.DataFrame, edge: float = 10_000):
    return an.simulate.world("ended", posts).panel("likes_per_follower").attrition(edge)


def test_a_file_in_hand_has_bounds_that_hold_the_truth_that_the_naive_comparison_misses():
    bounds = _bounds(ended(3, effect=0.2, selective=True))
    assert np.log(bounds.naive.high) < 0.2
    assert np.log(bounds.lowest.low) < 0.2 < np.log(bounds.highest.high)
    assert bounds.shares[0] > bounds.shares[1]
    assert "creators from 10,000 followers stayed" in bounds.sentence()


def test_where_nobody_ends_the_bounds_of_a_file_are_the_naive_comparison_and_hold_the_truth():
    bounds = _bounds(ended(4, effect=0.2, selective=False))
    assert bounds.shares == (1.0, 1.0)
    for end in (bounds.lowest, bounds.highest):
        assert end.estimate == pytest.approx(bounds.naive.estimate, rel=1e-12)
        assert (end.low, end.high) == pytest.approx((bounds.naive.low, bounds.naive.high))
    assert np.log(bounds.naive.low) < 0.2 < np.log(bounds.naive.high)


def test_a_file_has_no_bounds_where_a_side_of_the_edge_is_empty_or_all_is_one_month():
    posts = ended(5, effect=0.0, selective=True, creators=40)
    assert _bounds(posts) is not None
    assert _bounds(posts, edge=1_000_000) is None
    # of one side a single creator
    few = posts[(posts["followers"] < 10_000) | (posts["account_id"] == "creator-0")]
    assert _bounds(few) is None
    still = posts[posts["posted_at"].dt.month == 1]
    again = still.assign(followers=still["followers"] * 1.01, posted_at="2024-01-09")
    again["posted_at"] = pd.to_datetime(again["posted_at"])
    assert _bounds(pd.concat([still, again])) is None


def test_the_bounds_of_a_file_are_those_of_its_first_and_last_quarter_of_months():
    posts = ended(6, effect=0.3, selective=True, creators=200)
    logs = posts.assign(y=np.log(posts["likes"] / posts["followers"]))
    month = posts["posted_at"].dt.month
    begin, end = (logs[part].groupby("account_id")["y"].mean() for part in (month <= 2, month >= 7))
    sizes = posts[month <= 2].groupby("account_id")["followers"].median()
    change = (end - begin).dropna()
    large = sizes >= 10_000
    sums = stayers(
        change[large[change.index]], change[~large[change.index]], (large.sum(), (~large).sum())
    )
    ours, theirs = _bounds(posts), an.panel.lee_bounds(sums)
    for name in ("naive", "lowest", "highest"):
        one, other = getattr(ours, name), getattr(theirs, name)
        assert (one.estimate, one.low) == pytest.approx((other.estimate, other.low), rel=1e-9)


def test_simulated_panels_have_the_spread_and_the_error_of_the_panel_they_are_matched_to():
    found, said, worlds = [], [], []
    for seed in range(60):
        panel = _quick(an.simulate.growing(seed, -0.1, creators=80, months=8, growth_sd=0.4))
        estimate = panel.within()
        found.append(np.log10(estimate.estimate))
        said.append(np.log10(estimate.high / estimate.low))
        worlds.append(panel_world(panel))
    rng = np.random.default_rng(1)
    low, high, _ = panel_ends(worlds[0], 10**-0.1, 2_000, rng, 0.95)
    middle, width = (np.log10(low) + np.log10(high)) / 2, np.log10(high / low)
    assert middle.mean() == pytest.approx(-0.1, abs=4 * middle.std() / 2_000**0.5)
    # of 60 worlds a standard deviation is known within a tenth, of one panel within a fifth
    assert middle.std() == pytest.approx(np.std(found), rel=0.3)
    assert width.mean() == pytest.approx(np.mean(said), rel=0.2)
    # noise of 0.3 in log10; all creators have the same slope
    noise = np.mean([world.noise for world in worlds]) ** 0.5 / np.log(10)
    assert noise == pytest.approx(0.3, rel=0.05)
    assert np.median([world.own for world in worlds]) < 0.1


def test_creators_with_slopes_of_their_own_widen_the_worlds_as_they_widen_the_interval():
    own, widths = [], []
    for seed in range(12):
        posts = an.simulate.growing(seed, creators=200, months=8, growth_sd=0.4, noise_sd=0.05)
        rng = np.random.default_rng(seed)
        size = np.log(posts["followers"])
        apart = size - size.groupby(posts["account_id"]).transform("mean")
        slopes_of_creators = np.repeat(rng.normal(0, 0.5, 200), 8)
        panel = _quick(posts.assign(likes=posts["likes"] * np.exp(slopes_of_creators * apart)))
        world, estimate = panel_world(panel), panel.within()
        low, high, _ = panel_ends(world, 1.0, 200, rng, 0.95)
        own.append(world.own)
        widths.append(np.log(high / low).mean() / np.log(estimate.high / estimate.low))
    # one such variance is known within a quarter
    assert np.mean(own) == pytest.approx(0.25, rel=0.2)
    assert np.mean(widths) == pytest.approx(1.0, abs=0.1)


def test_who_starts_on_the_edge_itself_counts_as_from_it_on():
    names, sizes = np.repeat(list("abcde"), 2), np.repeat([9, 9, 10, 10, 11], 2)
    columns = {"account_id": names, "period": np.tile([0, 1], 5), "size": sizes, "rate": 1.0}
    sums = stayers_at(pd.DataFrame(columns), 10)
    assert [one.started for one in sums if not one.trimmed] == [3, 2]


def test_of_four_months_the_first_and_the_last_are_compared_and_none_between():
    columns = {"account_id": "a", "period": [5, 6, 7, 8], "size": 9.0, "rate": [1.0, 8.0, 8.0, 3.0]}
    ends = first_and_last(pd.DataFrame(columns))
    assert ends[["period", "rate"]].to_numpy().tolist() == [[0, 1.0], [1, pytest.approx(3.0)]]
