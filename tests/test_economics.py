"""Closed forms agree with brute force, portfolios are drawn from the real distributions, and
draws keep their covariance.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from analysis.display import because
from analysis.estimate.contrast import contrast
from analysis.estimate.cost.accounts import Creators, creators
from analysis.estimate.cost.portfolios import compare_portfolios, portfolios, risk
from analysis.estimate.cost.price_laws import REFERENCE, PowerLaw, power_law
from analysis.estimate.cost.printed_prices import price_slopes
from analysis.estimate.cost.ratios import cost_ratios, quotient, reactions_per_cost
from analysis.estimate.cost.sizes import cheapest_size, cheapest_sizes, turning_cost
from analysis.estimate.cost.worlds import (
    draw_mixture,
    draw_worlds,
    shared_by_source,
    shared_residuals,
)
from analysis.estimate.cost.worst_case import worst_case
from analysis.estimate.results import Estimate
from analysis.moments.load import load
from analysis.moments.price_lists import load_prices
from analysis.registers.lookup import price_tables, scheme
from analysis.registers.published import published
from analysis.simulate import worlds

SIZES = np.geomspace(1e2, 1e9, 140_001)
KIM = load("instagram-kim").sample().tier(scheme("decades"))


def cost_per(followers, price, gamma, reactions, beta, handling=0.0):
    """Cost of one reaction, handling included, written out."""
    size = np.asarray(followers, float) / REFERENCE
    return (price * size**gamma + handling) / (reactions * size**beta)


def law(slope, level=0.0, spread=0.3, n=50, distance=0.4, sxx=60.0, currency=""):
    return PowerLaw("made", n, level, slope, spread, distance, sxx, currency)


@pytest.mark.parametrize(
    ("gamma", "beta", "handling"),
    [(1.0, 0.8, 50), (1.0, 0.8, 200), (1.0, 0.8, 1_000), (0.9, 0.6, 30), (1.3, 0.2, 5)],
)
def test_the_cheapest_size_is_where_brute_force_sees_the_lowest_cost(gamma, beta, handling):
    costs = cost_per(SIZES, 1_000.0, gamma, 1.0, beta, handling)

    assert cheapest_size(1_000.0, gamma, beta, handling) == pytest.approx(
        SIZES[costs.argmin()], rel=2e-4
    )


@pytest.mark.parametrize(("handling", "followers"), [(50, 20_000), (200, 80_000), (1_000, 400_000)])
def test_a_cent_a_follower_and_a_beta_of_four_fifths_give_the_sizes_of_a_hand_calculation(
    handling, followers
):
    assert cheapest_size(1_000.0, 1.0, 0.8, handling) == pytest.approx(followers)


@pytest.mark.parametrize(("gamma", "beta"), [(0.5, 0.9), (0.9, 0.9), (0.2, 1.1)])
def test_where_price_grows_no_faster_than_reactions_larger_is_always_cheaper(gamma, beta):
    assert np.isinf(cheapest_size(1_000.0, gamma, beta, 10.0))
    assert (np.diff(cost_per(SIZES, 1_000.0, gamma, 1.0, beta, 10.0)) < 0).all()


def test_without_handling_the_smallest_is_the_cheapest_or_size_is_indifferent():
    assert cheapest_size(1_000.0, 1.0, 0.8, 0.0) == 0
    assert (np.diff(cost_per(SIZES, 1_000.0, 1.0, 1.0, 0.8)) > 0).all()
    assert np.isnan(cheapest_size(1_000.0, 0.8, 0.8, 0.0))
    assert cheapest_size(1_000.0, 1.0, -0.1, 10.0) == 0


@pytest.mark.parametrize(("gamma", "falls"), [(0.6, True), (1.0, None), (1.2, False)])
def test_cost_per_thousand_followers_falls_with_size_if_and_only_if_gamma_is_below_one(
    gamma, falls
):
    steps = np.diff(cost_per(SIZES, 1_000.0, gamma, 1.0, 1.0))

    assert np.allclose(steps, 0) if falls is None else ((steps < 0) == falls).all()


@pytest.mark.parametrize(("gamma", "beta"), [(1.0, 0.8), (0.9, 0.85), (0.5, 0.9)])
def test_at_the_turning_cost_two_sizes_cost_the_same_and_above_it_the_larger_less(gamma, beta):
    turn = turning_cost(3e4, 3e5, 1_000.0, gamma, beta)
    small, large = (cost_per(size, 1_000.0, gamma, 1.0, beta, turn) for size in (3e4, 3e5))

    assert small == pytest.approx(large)
    assert cost_per(3e5, 1_000.0, gamma, 1.0, beta, turn + 5) < cost_per(
        3e4, 1_000.0, gamma, 1.0, beta, turn + 5
    )
    assert (turn > 0) == (gamma > beta)


def test_draws_have_the_covariance_of_the_fit_and_none_between_sources():
    one, two = law(0.6, np.log(1_000)), law(0.9, np.log(3_000), n=400, distance=-0.3)
    made = draw_worlds(one, two, n=200_000, seed=1)
    logs = np.column_stack(
        [np.log(made["price"]), made["gamma"], np.log(made["reactions"]), made["beta"]]
    )

    found = np.cov(logs.T)

    for law_, at in ((one, 0), (two, 2)):
        wider = (law_.n - 2) / (law_.n - 4)
        assert found[at : at + 2, at : at + 2] == pytest.approx(law_.covariance * wider, rel=0.03)
    assert np.abs(np.corrcoef(logs.T)[:2, 2:]).max() < 0.01
    assert logs.mean(axis=0) == pytest.approx([one.level, 0.6, two.level, 0.9], abs=0.002)


def test_laws_of_one_source_are_drawn_with_the_correlation_of_their_residuals():
    rng = np.random.default_rng(4)
    n, x = 20_000, rng.normal(11, 1, 20_000)
    shock = rng.normal(0, 1, n)
    cost, likes = (
        np.exp(0.5 * x + 0.3 * shock),
        np.exp(0.8 * x - 5 + 0.4 * (0.6 * shock + 0.8 * rng.normal(0, 1, n))),
    )
    table = pd.DataFrame(
        {
            "account_id": range(n),
            "platform": "x",
            "followers": np.exp(x),
            "likes": likes,
            "comments": 0,
            "cost": cost,
        }
    )
    own = worlds.world("w", table)
    price, reactions = (
        power_law(own.sample(name)) for name in ("cost_per_post", "engagement_per_follower")
    )

    per_cost = power_law(own.sample("engagement_per_cost"))
    shared = shared_residuals(price, reactions, per_cost)

    assert shared == pytest.approx(0.6, abs=0.02)
    assert shared_by_source([own], reactions) == {"w": shared}
    assert shared_by_source([own], replace(reactions, source="another")) == {}
    made = draw_worlds(price, reactions, n=50_000, seed=2, shared=shared)
    assert np.corrcoef(made["gamma"], made["beta"])[0, 1] == pytest.approx(0.6, abs=0.02)
    with pytest.raises(ValueError, match="not the same accounts"):
        shared_residuals(price, replace(reactions, n=5), per_cost)


def test_a_printed_price_is_the_same_in_every_draw():
    made = draw_worlds(law(0.9, np.log(500), spread=np.nan), law(0.8), n=100)

    assert made["gamma"].nunique() == made["price"].nunique() == 1
    assert made["beta"].nunique() == 100


def test_every_owner_has_one_vote_and_a_stated_level_no_error():
    laws = {"a": [law(0.4, currency="EUR")], "b": [law(0.9), law(1.0)]}

    made = draw_mixture(laws, law(0.8), "EUR", 700.0, n=4_000)

    assert made.groupby("owner").size().tolist() == [2_000, 2_000]
    assert set(made.loc[made["owner"] == "b", "price"]) == {700.0}
    assert made.loc[made["owner"] == "a", "price"].nunique() == 2_000


def test_curves_give_the_median_draw_and_where_larger_is_always_cheaper():
    world = draw_worlds(law(1.0, np.log(1_000), spread=0.01), law(0.8, spread=0.01))

    sizes = cheapest_sizes({"list": world, "card": world.assign(gamma=0.5)}, [50, 200], "EUR")
    listed, carded = (sizes.curves[sizes.curves["name"] == name] for name in ("list", "card"))
    turning = sizes.turning.set_index("name")

    assert listed["estimate"].tolist() == pytest.approx([20_000, 80_000], rel=0.03)
    assert (listed["low"] < listed["estimate"]).all()
    assert (listed["estimate"] < listed["high"]).all()
    assert carded["larger"].tolist() == [1.0, 1.0] and sizes.always_larger == ["card"]
    turn = turning_cost(3e4, 3e5, 1e3, 1.0, 0.8)
    assert turning.loc["list", "estimate"] == pytest.approx(turn, rel=0.05)
    assert turning.loc["card", "high"] < 0
    assert "By 1 of 2 sources of prices larger is always cheaper" in sizes.sentence()
    assert "300K followers beat 30K where" in sizes.sentence() and "EUR" in sizes.sentence()


def test_the_quotient_of_two_independent_ratios_adds_their_variances():
    z = ndtri(0.975)
    ends = (2.0, 2 / np.exp(0.3 * z), 2 * np.exp(0.3 * z))
    one = Estimate("a / b", 50, 50, *ends, "ratio", because("nothing"), (), "ok")
    two = replace(one, estimate=0.5, low=0.5 / np.exp(0.4 * z), high=0.5 * np.exp(0.4 * z))

    both = quotient(one, two, "cost", because("written", text="e"))

    expected = (4, 4 * np.exp(-0.5 * z), 4 * np.exp(0.5 * z))
    assert (both.estimate, both.low, both.high) == pytest.approx(expected)
    unsure, nothing = replace(one, status="indicative"), replace(two, status="undefined")
    assert quotient(unsure, two, "", because("nothing")).status == "indicative"
    assert quotient(one, replace(two, n_accounts=5), "", because("nothing")).status == "indicative"
    assert quotient(unsure, nothing, "", because("nothing")).status == "undefined"


def test_costs_per_what_follow_from_each_other():
    tables = price_slopes(published(), price_tables())
    ratios = cost_ratios(load_prices().values(), tables, KIM)
    rows = ratios.to_frame()
    of = rows[rows["name"] == "Agency list, reel"].set_index("quantity")
    rate = contrast(KIM)

    reaction = of.loc["a reaction"]
    assert reaction["estimate"] == pytest.approx(
        of.loc["1,000 followers", "estimate"] / rate.estimate
    )
    per_cost = reactions_per_cost(load_prices()["agency-armenia-reel"], KIM)
    assert per_cost.estimate == pytest.approx(1 / reaction["estimate"])
    assert rows.loc[rows["kind"] == "measured payment", "low"].isna().all()
    assert rows["status"].value_counts()["ok"] == 10
    bought = {"a post", "1,000 followers", "a reaction", "1,000 views"}
    printed = rows[rows["method"] == "a printed table gives no error"]
    assert set(rows["quantity"]) == set(printed["quantity"]) == bought
    assert set(printed["status"]) == {"indicative"}
    sources = "prices of Agency list, reel, reactions of Instagram (Kim et al.)"
    assert reaction["estimand"] == f"cost per reaction: {sources}"

    turned = cost_ratios(load_prices().values(), tables, KIM, "macro", "micro").to_frame()
    assert (1 / turned[["estimate", "high", "low"]]).to_numpy() == pytest.approx(
        rows[["estimate", "low", "high"]].to_numpy(), nan_ok=True
    )


def test_ratios_of_costs_are_chosen_by_platform_and_counted_per_what_the_money_buys():
    tables = price_slopes(published(), price_tables())
    ratios = cost_ratios(load_prices().values(), tables, KIM)
    here = ratios.for_platform("instagram")

    assert set(here.keys["platform"]) == {"instagram", "all"}
    assert len(ratios.for_platform("nowhere", ["Agency list, reel"])) > len(
        ratios.for_platform("nowhere")
    )
    frame = here.to_frame()
    posts = frame.loc[frame["quantity"] == "a reaction", "estimate"]
    counts = here.dearer()["a reaction"]
    assert counts == ((posts > 1.005).sum(), len(posts))
    assert f"per reaction by {counts[0]} of {counts[1]}" in here.sentence()


def test_a_file_that_knows_its_own_reactions_is_asked_for_them():
    table = worlds.posts(3).assign(
        cost=lambda posts: 2.0 * (posts["likes"] + posts["comments"]) + 1e-9
    )
    own = worlds.world("w", table)
    nothing = price_slopes(published(), price_tables()).head(0)

    rows = cost_ratios([own], nothing, KIM).to_frame().set_index("quantity")

    assert rows.loc["a reaction", "estimate"] == pytest.approx(1.0, abs=1e-3)
    assert rows.loc["a reaction", "label"] == "micro / macro"


def flat(rate, followers):
    n, sizes = len(rate), np.full(len(rate), float(followers))
    return Creators(np.sort(np.asarray(rate, float)), np.ones(n), sizes, sizes, np.zeros(n))


def test_equal_spend_buys_as_many_small_creators_as_the_price_allows():
    price = law(1.0, np.log(1_000), currency="EUR")

    made = portfolios(flat([0.02], 100_000), flat([0.03], 10_000), price, handling=20.0, draws=50)

    assert set(made["creators"]) == {8}, "1,020 for one, 120 for each of the others"
    assert made["many"].unique() == pytest.approx([8 * 300])
    assert made["one"].unique() == pytest.approx([2_000])
    assert made["spent"].unique() == pytest.approx([960 / 1_020])


def test_overlap_takes_from_each_further_creator_what_was_reached_before():
    price = law(1.0, np.log(1_000))

    made = portfolios(flat([0.02], 100_000), flat([0.03], 10_000), price, overlap=0.25, draws=20)

    assert made["many"].unique() == pytest.approx([300 * (1 - 0.75**10) / 0.25])


def test_independent_creators_scatter_less_than_a_single_one_and_together_as_much():
    rates = np.exp(ndtri((np.arange(2_000) + 0.5) / 2_000))
    price = law(1.0, np.log(1_000))
    spread = {
        together: risk(
            portfolios(
                flat(rates, 100_000), flat(rates, 4_000), price, together=together, draws=6_000
            )
        ).set_index("portfolio")
        for together in (0.0, 1.0)
    }

    sd = np.sqrt(np.e - 1)
    assert spread[0.0].loc["one", "spread"] == pytest.approx(sd, rel=0.12)
    assert spread[0.0].loc["many", "spread"] == pytest.approx(sd / 5, rel=0.12)
    assert spread[1.0].loc["many", "spread"] == pytest.approx(sd, rel=0.12)
    assert spread[0.0].loc["many", "low"] > spread[0.0].loc["one", "low"]


def test_creators_drawn_from_cells_have_the_rates_and_sizes_of_their_accounts():
    rng = np.random.default_rng(0)
    for tier in ("micro", "mega"):
        pool = creators(KIM, tier)
        rows = KIM.rows[KIM.rows["tier"] == tier]
        picked = pool.pick(rng.random(100_000))
        assert pool.n == rows["accounts"].sum()
        assert np.log(pool.followers(picked, rng)).mean() == pytest.approx(
            rows["log_followers"].sum() / rows["positive"].sum(), abs=0.05
        )
        assert pool.rate[picked].mean() == pytest.approx(
            rows["account_rate"].sum() / rows["accounts"].sum(), rel=0.03
        )


def test_no_creator_can_be_drawn_where_there_is_none():
    with pytest.raises(ValueError, match="has no account in tier 'none'"):
        creators(KIM, "none")
    with pytest.raises(ValueError, match="is not per follower"):
        creators(load("instagram-kim").sample("likes_per_post").tier(scheme("decades")), "micro")
    with pytest.raises(ValueError, match="hold no single rates"):
        creators(
            load("instagram-kim").sample(stratum="niche", level="food").tier(scheme("decades")),
            "micro",
        )


def test_the_worst_case_of_one_account_is_its_quantile_over_its_median():
    table = worlds.posts(5, 1.0, (3_000, 3_000), 1, account_sd=1.0, post_sd=0.0, rate=0.5)
    sample = worlds.world("w", table).sample().tier(scheme("decades"))

    alone = worst_case(sample, "macro", "macro")
    ten = worst_case(sample, "macro", "micro")

    assert alone.estimate == pytest.approx(1.0, abs=0.1), "one account against one of the same kind"
    rng = np.random.default_rng(0)
    several = np.exp(rng.normal(0, 1, (100_000, 10))).mean(axis=1)
    truth = np.exp(-1.645) / (np.quantile(several, 0.05) / np.median(several))
    assert ten.low < truth < ten.high
    assert ten.estimate == pytest.approx(truth, rel=0.1)
    assert "k = 10" in ten.method


def test_the_worst_case_of_a_few_is_that_of_their_mean_and_nears_that_of_many():
    table = worlds.posts(5, 1.0, (3_000, 3_000), 1, account_sd=1.0, post_sd=0.0, rate=0.5)
    sample = worlds.world("w", table).sample().tier(scheme("decades"))
    rng = np.random.default_rng(0)
    means = {m: np.exp(rng.normal(0, 1, (100_000, m))).mean(axis=1) for m in (1, 3, 10, 30, 100)}
    left = {m: np.quantile(each, 0.05) / np.median(each) for m, each in means.items()}

    few = {m: worst_case(sample, "macro", "micro", at=m) for m in (1, 3, 10)}
    for m, ratio in few.items():
        truth = left[m] / left[10 * m]
        assert ratio.low < truth < ratio.high
        assert ratio.estimate == pytest.approx(truth, rel=0.1)
        assert int(ratio.method.split("k = ")[1].split()[0]) == pytest.approx(10 * m, abs=1)
    assert few[1].estimate < few[3].estimate < few[10].estimate < 1
    assert "3 macro / micro with as many followers together" in str(few[3].estimand)
    same = worst_case(sample, "macro", "macro", at=3)
    assert same.estimate == pytest.approx(1.0, abs=0.1), "three against three of the same kind"
    with pytest.raises(ValueError, match=r"at is 2\.5, and a number of accounts is whole"):
        worst_case(sample, at=2.5)
    assert worst_case(sample, at=0).to_frame().equals(few[1].to_frame()), "a test that names none"


def test_a_few_that_fail_together_fall_as_far_as_many_that_do():
    table = worlds.posts(6, 1.0, (800, 800), 1, post_sd=0.0, rate=0.5)
    sample = worlds.world("w", table).sample().tier(scheme("decades"))

    assert worst_case(sample, at=3).high < 0.95
    assert worst_case(sample, at=3, together=0.999).estimate == pytest.approx(1.0, abs=0.12)


def test_accounts_that_fail_together_fall_as_far_as_one():
    table = worlds.posts(6, 1.0, (800, 800), 1, post_sd=0.0, rate=0.5)
    sample = worlds.world("w", table).sample().tier(scheme("decades"))

    assert worst_case(sample).high < 0.8
    assert worst_case(sample, together=0.999).estimate == pytest.approx(1.0, abs=0.12)


def test_a_tier_without_accounts_or_with_few_decides_no_worst_case():
    few = worlds.world("w", worlds.posts(1, accounts=(60, 6))).sample().tier(scheme("decades"))

    nothing = worst_case(few, "mega", "micro")
    assert (nothing.label, nothing.n_accounts, nothing.n_posts) == ("mega / micro", 0, 0)
    assert np.isnan([nothing.estimate, nothing.low, nothing.high]).all()
    what = "worst 5 % over the median case, one mega / micro with as many followers, "
    assert str(nothing.estimand).startswith(what)
    assert nothing.method == "source 'w' has no account in tier 'mega', so none can be drawn"
    few_macro = worst_case(few, "macro", "micro")
    assert (nothing.status, few_macro.status) == ("undefined", "indicative")
    assert few_macro.method.startswith("indicative only, 6 accounts in a tier; bootstrap")
    assert "of the usual (likes + comments) / followers" in few_macro.sentence()


def test_assumptions_change_the_many_and_never_the_one():
    laws = {"list": law(0.5, np.log(1_000)), "card": law(1.0, np.log(1_000))}
    pools = [creators(KIM, tier) for tier in ("macro", "micro")]

    compared = compare_portfolios(laws, *pools, {"apart": (0.0, 0.0), "overlap": (0.2, 0.0)}, 50.0)
    rows = compared.to_frame()

    assert rows["portfolio"].tolist() == ["one alone", "apart", "overlap"] * 2
    assert rows["prices"].unique().tolist() == ["list", "card"]
    apart, overlapping = (rows[rows["portfolio"] == name] for name in ("apart", "overlap"))
    assert (overlapping["mean"].to_numpy() < apart["mean"].to_numpy()).all()
    times = compared.times_one("apart")
    one = rows[rows["portfolio"] == "one alone"]
    assert times["mean"].tolist() == pytest.approx(list(apart["mean"].array / one["mean"].array))
    assert f"prices of list: {times.loc['list', 'mean']:.2f} times as much" in compared.sentence()
    assert REFERENCE == 100_000


def test_creators_are_picked_by_their_weight_and_sized_within_their_band():
    edges = np.array([0.0, 1e3, 1e4, np.inf])
    some = Creators(
        np.array([0.01, 0.02, 0.03]),
        np.array([0.0, 1.0, 3.0]),
        edges[:-1],
        edges[1:],
        np.array([0.0, 0.0, 0.5]),
    )

    logs = np.log(some.followers(np.repeat([0, 1, 2], 20_000), np.random.default_rng(3))).reshape(
        3, -1
    )

    assert some.n == 4
    assert some.pick(np.array([0.0, 0.2, 0.25, 0.9, 1.0])).tolist() == [1, 1, 2, 2, 2]
    assert (logs.min(axis=1) >= np.log([1, 1e3, 1e4])).all() and (
        logs[:2].max(axis=1) <= np.log([1e3, 1e4])
    ).all()
    assert logs.mean(axis=1) == pytest.approx(
        [np.log(1e3) / 2, np.log(np.sqrt(1e7)), np.log(1e4) + 0.5], abs=0.05
    )
    assert logs.std(axis=1) == pytest.approx(
        [np.log(1e3) / np.sqrt(12), np.log(10) / np.sqrt(12), 0.5], rel=0.03
    )
