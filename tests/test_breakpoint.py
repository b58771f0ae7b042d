"""A bend is shown where it is, a straight line has none more often than promised, and cells answer
as accounts do.
"""

import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.curve.breakpoint import breakpoint
from analysis.estimate.curve.piecewise import bands_of, candidates_of
from analysis.estimate.curve.scan import chance, largest_t, scan
from analysis.estimate.curve.slope_changes import PLACEBOS, slope_changes_at, slopes_around
from analysis.estimate.curve.spline import rate_at
from analysis.moments.bands import band_edges
from analysis.moments.cells import cells
from analysis.moments.load import load_all
from analysis.moments.sample import Moments
from analysis.moments.sums import account_moments
from analysis.registers.lookup import schemes
from analysis.simulate import worlds

SPEC = importlib.util.spec_from_file_location("sizes", paths.ROOT / "benchmarks" / "sizes.py")
sizes = importlib.util.module_from_spec(SPEC)
sys.modules["sizes"] = sizes
SPEC.loader.exec_module(sizes)


def values(estimate):
    return estimate.estimate, estimate.low, estimate.high


def table(seed=0, accounts=400, below=-0.4, above=-0.05, at=50_000, noise=0.6, jump=0.0):
    """SIMULATED accounts of one post whose log rate has these slopes on log followers."""
    rng = np.random.default_rng(seed)
    x = np.log(np.floor(np.exp(rng.uniform(np.log(2e3), np.log(3e6), accounts))))
    beyond = x - np.log(at)
    y = -3 + below * beyond + (above - below) * np.maximum(beyond, 0) + jump * (beyond >= 0)
    names = [f"s{n}" for n in range(accounts)]
    posts = pd.DataFrame({"account_id": names, "platform": "instagram"})
    # not rounded: POSTS in memory may hold fractions, and the truth stays what it is
    likes = np.exp(x + y + rng.normal(0, noise, accounts))
    return posts.assign(followers=np.exp(x).round(), likes=likes)


def sample_of(posts):
    return worlds.world("bend", posts).sample("likes_per_follower")


def cells_of(posts):
    made, histogram, _ = cells(account_moments(posts), (), band_edges(schemes()), whole=True)
    none, source = pd.DataFrame({"reason": [], "rows": []}), worlds.world("cells", posts).source
    moments = Moments(source, "cells", made, none, "", histogram)
    return moments.sample("likes_per_follower")


def test_a_known_bend_is_shown_with_both_its_slopes():
    """In 30 worlds of 400 accounts: position, slopes and change without bias beyond 3 Monte-Carlo
    errors; intervals hold 88 percent. benchmarks/sizes.py makes many more.
    """
    slopes = {"slope below": 10**-0.4, "slope above": 10**-0.05, "slope above / below": 10**0.35}
    made = [breakpoint(sample_of_fast(table(seed)), draws=500) for seed in range(30)]
    rows = pd.concat([one.to_frame() for one in made])
    for label, value in {"breakpoint": 50_000, **slopes}.items():
        estimates = rows[rows["label"] == label]
        logs = np.log(estimates["estimate"])
        assert abs(logs.mean() - np.log(value)) < 3 * logs.std() / np.sqrt(len(made)), label
        inside = (estimates["low"] <= value) & (value <= estimates["high"])
        assert inside.mean() >= 0.88, label
    assert (rows["p"] <= 0.05).mean() > 0.95  # power


def test_a_straight_line_has_no_bend_and_its_sentence_states_it():
    one = breakpoint(sample_of(table(3, below=-0.2, above=-0.2)), draws=2000)
    assert one.p > 0.05 and one.at.status == "indicative"
    assert one.at.method.startswith("no bend is shown")
    assert (one.placebos.keys["p"] > 0.05).all()
    assert one.sentence().endswith(f"along followers shows no bend (p = {one.p:.2g}).")


def test_a_bend_is_written_as_a_sentence():
    one = breakpoint(sample_of(table(3)), draws=2000)
    assert " along followers flattens or turns up at " in one.sentence()
    assert one.sentence().count("[") == 3
    assert (
        breakpoint(sample_of(table(0, 9)))
        .sentence()
        .startswith("SIMULATED: bend: breakpoint cannot")
    )


@pytest.mark.parametrize(("accounts", "worlds"), [(80, 150), (400, 50)])
def test_the_search_for_a_bend_keeps_its_size(accounts, worlds):
    """Straight worlds with a spread that grows along the axis: at most 3 Monte-Carlo errors more
    than 5 percent are rejected. benchmarks/sizes.csv has the shares in many worlds.
    """
    rejected = []
    for seed in range(worlds):
        straight = table(seed, accounts, below=-0.2, above=-0.2)
        spread = 0.25 * np.log10(straight["followers"] / 1000)
        straight["likes"] *= np.exp(np.random.default_rng(seed + 1000).normal(0, spread))
        bands = bands_of(sample_of_fast(straight))
        tried = scan(bands, candidates_of(bands))
        largest = largest_t(bands, tried, seed, 400)
        rejected.append(chance(largest, np.abs(tried.t).max()) <= 0.05)
    assert 0 < np.mean(rejected) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / worlds)


def sample_of_fast(posts):
    """The same sample without the engine, for many worlds."""
    followers, likes = (posts[name].to_numpy() for name in ("followers", "likes"))
    return sizes.sample_of(np.log(followers), np.log(likes / followers))


def test_cells_give_the_same_changes_of_slope_as_accounts_where_both_can():
    posts = table(5, 1500)
    both = (cells_of(posts), sample_of(posts))
    one, many = (slope_changes_at(sample, draws=4000).to_frame() for sample in both)
    assert one["estimate"].to_numpy() == pytest.approx(many["estimate"].to_numpy(), rel=1e-8)
    assert one["t"].to_numpy() == pytest.approx(many["t"].to_numpy(), rel=0.05)
    coarse, fine = (bands_of(sample) for sample in both)
    shared = candidates_of(coarse)
    assert len(shared) > 5
    squares = scan(fine, shared).squares
    assert scan(coarse, shared).squares == pytest.approx(squares, rel=1e-10)
    at = breakpoint(both[0], draws=2000).at
    assert at.low <= 50_000 <= at.high


def test_simultaneous_p_and_interval_agree():
    for seed in range(12):
        sample = sample_of_fast(table(seed, 300, below=-0.3, above=-0.1))
        changes = slope_changes_at(sample, draws=999, seed=seed).to_frame()
        assert ((changes["p"] <= 0.05) == ((changes["low"] > 1) | (changes["high"] < 1))).all()


def test_the_same_seed_gives_the_same_p():
    sample = sample_of_fast(table(1, 200))
    assert breakpoint(sample, draws=500, seed=4).p == breakpoint(sample, draws=500, seed=4).p


def test_slopes_around_a_fixed_point_are_those_of_the_truth():
    slopes = slopes_around(sample_of(table(2, 4000, below=0.0, above=-0.3, at=100_000)), 100_000)
    truth = {"slope below": 1.0, "slope above": 10**-0.3, "slope above / below": 10**-0.3}
    assert [slope.label for slope in slopes] == list(truth)
    for slope in slopes:
        assert slope.low <= truth[slope.label] <= slope.high and slope.status == "ok"


@pytest.mark.parametrize(("beyond", "status"), [(1, "undefined"), (2, "indicative"), (3, "ok")])
def test_a_slope_that_one_or_two_accounts_carry_decides_nothing(beyond, status):
    posts = table(2, 100, at=100_000).sort_values("followers")
    at = posts["followers"].iloc[-beyond]
    assert {slope.status for slope in slopes_around(sample_of(posts), at)} == {status}


def test_curves_are_compared_by_accounts_left_out():
    bent, straight = (
        breakpoint(sample_of(table(4, 800, above=above)), draws=500).models for above in (0.2, -0.4)
    )
    assert list(bent["model"]) == ["straight line", "one bend", "smooth curve"]
    assert bent.set_index("model").loc["one bend", "low"] > 0  # the bend is worth its parameters
    assert bent.loc[0, "gain"] == 0 and bent.loc[0, ["low", "high"]].isna().all()
    gain, low, high = bent[["gain", "low", "high"]].to_numpy()[1:].T
    assert gain == pytest.approx((low + high) / 2) and (low < high).all()
    assert straight.set_index("model").loc["one bend", "gain"] < 1


def test_leaving_each_account_out_gives_the_error_that_leverage_predicts():
    posts = table(6, 60)
    models = breakpoint(sample_of(posts), draws=200).models.set_index("model")
    followers, likes = (posts[name].to_numpy() for name in ("followers", "likes"))
    x, y = np.log(followers), np.log(likes / followers)
    errors = []
    for out in range(60):
        rest = np.arange(60) != out
        errors.append(y[out] - np.polyval(np.polyfit(x[rest], y[rest], 1), x[out]))
    root = np.sqrt(np.mean(np.square(errors)))
    assert models.loc["straight line", "error"] == pytest.approx(root, rel=1e-9)


def test_the_rate_at_a_point_is_on_the_line_of_the_truth():
    rates = [rate_at(sample_of_fast(table(seed)), 20_000) for seed in range(30)]
    truth = 100 * np.exp(-3 - 0.4 * np.log(20_000 / 50_000))
    assert np.mean([rate.low <= truth <= rate.high for rate in rates]) >= 0.87
    assert rates[0].unit == "percent"
    assert rate_at(sample_of_fast(table(0)), 10**9).status == "undefined"


def test_what_cells_or_few_accounts_do_not_show_has_a_reason():
    few = breakpoint(sample_of(table(0, 9)))
    assert few.at.status == "undefined" and "9 accounts" in few.at.method and np.isnan(few.p)
    (cut,) = slope_changes_at(cells_of(table(0, 900)), [33_333])
    why = "33,333 followers is not an edge of these cells: a band lies across it"
    assert (cut.status, cut.method) == ("undefined", why)
    beyond = slopes_around(sample_of(table(0, 100)), 10**9)
    assert {slope.status for slope in beyond} == {"undefined"}
    assert "on one side of 1,000,000,000 followers" in beyond[0].method


def test_every_shipped_source_is_searched_and_the_rows_stand_below_each_other():
    loaded = load_all("open")
    changes = loaded.sample("main").breakpoint(draws=1000)
    rows = changes.to_frame()
    assert len(rows) == 4 * len(changes) == 4 * len(loaded)
    assert ((rows["low"] <= rows["estimate"]) & (rows["estimate"] <= rows["high"])).all()
    kim = rows[rows["source"] == loaded["instagram-kim"].source.short].set_index("label")
    # it flattens before 100,000
    assert kim.loc["breakpoint", "high"] <= 100_000 and kim.loc["slope above / below", "low"] > 1
    assert PLACEBOS == (20_000, 50_000, 100_000, 200_000, 500_000)


def test_the_curves_of_a_picture_are_those_of_their_models_in_the_unit_of_the_metric():
    posts = table(7, 300)
    curves = breakpoint(sample_of(posts), draws=100).curves
    x, y = np.log(posts["followers"]), np.log(posts["likes"] / posts["followers"])
    straight = curves[curves["model"] == "straight line"]

    assert curves["model"].unique().tolist() == ["straight line", "one bend", "smooth curve"]
    assert straight["followers"].is_monotonic_increasing and len(straight) == 200
    ends = (posts["followers"].min(), posts["followers"].max())
    assert (straight["followers"].min(), straight["followers"].max()) == pytest.approx(ends)
    on_line = 100 * np.exp(np.polyval(np.polyfit(x, y, 1), np.log(straight["followers"])))
    assert straight["estimate"].to_numpy() == pytest.approx(on_line, rel=1e-9)


def test_too_few_accounts_to_look_for_a_bend_still_give_a_bend_with_reasons():
    sample = sample_of(table(8, 10))
    one, full = breakpoint(sample, draws=100), breakpoint(sample_of(table(8, 60)), draws=100)
    rows = one.to_frame()

    slopes = ["slope below", "slope above", "slope above / below"]
    assert rows["label"].tolist() == ["breakpoint", *slopes]
    assert rows["unit"].tolist() == ["followers"] + ["ratio per decade"] * 3
    assert set(rows["status"]) == {"undefined"}
    assert set(rows["n_accounts"]) == set(rows["n_posts"]) == {10}
    why = "10 accounts do not allow to look for a bend: too few, or too few follower bands"
    assert set(rows["method"]) == {why}
    assert rows[["estimate", "low", "high", "p"]].isna().all(axis=None)
    what = f"followers at which the slope of log {sample.metric.title} changes, between accounts"
    assert str(one.at.estimand) == str(full.at.estimand) == what
    for name in ("models", "curves"):
        empty, filled = getattr(one, name), getattr(full, name)
        assert empty.empty and empty.columns.equals(filled.columns)
    places = [placebos.keys["at"].tolist() for placebos in (one.placebos, full.placebos)]
    assert places == [list(PLACEBOS)] * 2


@pytest.mark.parametrize(("accounts", "at"), [(400, 50_000_000), (400, 1_000), (8, 20_000)])
def test_a_rate_is_given_neither_beyond_the_accounts_nor_from_too_few(accounts, at):
    rate = rate_at(sample_of_fast(table(1, accounts)), at)

    assert (rate.n_accounts, rate.n_posts) == (accounts, accounts)
    assert (rate.unit, rate.status) == ("percent", "undefined")
    assert np.isnan(values(rate)).all() and rate.label == f"at {at:,.0f} followers"
