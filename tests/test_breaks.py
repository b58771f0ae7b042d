"""A bend is found where it is, a straight line has none more often than it says, and cells answer
as accounts do.
"""

import importlib.util
import sys

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.curve.bends import PLACEBOS, bends_at, largest_t, search, slopes_around
from analysis.estimate.curve.breakpoint import breakpoint, fitted
from analysis.estimate.curve.piecewise import bands_of, candidates_of
from analysis.estimate.curve.spline import rate_at
from analysis.estimate.replicate import each
from analysis.moments.cells import band_edges, cells
from analysis.moments.load import load
from analysis.moments.sample import Moments
from analysis.moments.sums import account_moments
from analysis.registers.lookup import tier_schemes
from analysis.simulate import worlds

SPEC = importlib.util.spec_from_file_location("sizes", paths.ROOT / "benchmarks" / "sizes.py")
sizes = importlib.util.module_from_spec(SPEC)
sys.modules["sizes"] = sizes
SPEC.loader.exec_module(sizes)


def table(seed=0, accounts=400, below=-0.4, above=-0.05, at=50_000, noise=0.6, jump=0.0):
    """SIMULATED accounts of one post whose log rate has these slopes on log followers."""
    rng = np.random.default_rng(seed)
    x = np.log(np.floor(np.exp(rng.uniform(np.log(2e3), np.log(3e6), accounts))))
    bend = np.maximum(x - np.log(at), 0)
    y = (
        -3
        + below * (x - np.log(at))
        + (above - below) * bend
        + jump * (x >= np.log(at))
        + rng.normal(0, noise, accounts)
    )
    likes = np.exp(
        x + y
    )  # not rounded: POSTS in memory may hold fractions, and the truth stays what it is
    return pd.DataFrame(
        {
            "account_id": [f"s{n}" for n in range(accounts)],
            "platform": "instagram",
            "followers": np.exp(x).round(),
            "likes": likes,
        }
    )


def sample_of(posts):
    return worlds.world("break", posts).sample("likes_per_follower")


def cells_of(posts):
    made, histogram, _ = cells(account_moments(posts), (), band_edges(tier_schemes()))
    none = pd.DataFrame({"reason": [], "rows": []})
    return Moments(worlds.world("cells", posts).source, "cells", made, none, "", histogram).sample(
        "likes_per_follower"
    )


def test_a_known_bend_is_found_with_both_its_slopes():
    """60 worlds of 400 accounts: position, slopes and change without bias beyond 3 Monte-Carlo
    errors; intervals hold 88 percent.
    """
    truth = {
        "bend": 50_000,
        "slope below": 10**-0.4,
        "slope above": 10**-0.05,
        "slope above / below": 10**0.35,
    }
    rows = pd.concat(
        [breakpoint(sample_of_fast(table(seed)), draws=500).rows for seed in range(60)]
    )
    for label, value in truth.items():
        found = rows[rows["label"] == label]
        logs = np.log(found["estimate"])
        assert abs(logs.mean() - np.log(value)) < 3 * logs.std() / np.sqrt(60), label
        assert ((found["low"] <= value) & (value <= found["high"])).mean() >= 0.88, label
    assert (rows["p"] <= 0.05).mean() > 0.95  # power


def test_a_straight_line_has_no_bend_and_says_so():
    found = breakpoint(sample_of(table(3, below=-0.2, above=-0.2)), draws=2000)
    assert (
        found.p > 0.05
        and found.at.status == "indicative"
        and found.at.method.startswith("no bend is shown")
    )
    assert (found.placebos["p"] > 0.05).all()


@pytest.mark.parametrize("accounts", [80, 400])
def test_the_search_for_a_bend_keeps_its_size(accounts):
    """150 straight worlds with a spread that grows along the axis: at most 10.3 percent rejected, 3
    Monte-Carlo errors above 5.
    """
    rejected = []
    for seed in range(150):
        straight = table(seed, accounts, below=-0.2, above=-0.2)
        straight["likes"] *= np.exp(
            np.random.default_rng(seed + 1000).normal(
                0, 0.25 * np.log10(straight["followers"] / 1000)
            )
        )
        bands = bands_of(sample_of_fast(straight))
        found = search(bands, candidates_of(bands))
        rejected.append(
            (largest_t(bands, found, seed, 400) >= np.abs(found.t).max()).mean() <= 0.05
        )
    assert 0 < np.mean(rejected) <= 0.103


def sample_of_fast(posts):
    """The same sample without the engine, for many worlds."""
    return sizes.sample_of(
        np.log(posts["followers"].to_numpy()),
        np.log((posts["likes"] / posts["followers"]).to_numpy()),
    )


def test_cells_find_the_same_bends_as_accounts_where_both_can():
    posts = table(5, 1500)
    one, many = (bends_at(sample, draws=4000) for sample in (cells_of(posts), sample_of(posts)))
    assert one["estimate"].to_numpy() == pytest.approx(many["estimate"].to_numpy(), rel=1e-8)
    assert one["t"].to_numpy() == pytest.approx(many["t"].to_numpy(), rel=0.05)
    coarse, fine = breakpoint(cells_of(posts), draws=2000), breakpoint(sample_of(posts), draws=2000)
    shared = pd.merge(coarse.candidates, fine.candidates, on="followers")
    assert len(shared) > 5 and shared["squares_x"].to_numpy() == pytest.approx(
        shared["squares_y"].to_numpy(), rel=1e-10
    )
    assert coarse.at.low <= 50_000 <= coarse.at.high


def test_simultaneous_p_and_interval_agree():
    for seed in range(12):
        found = bends_at(
            sample_of_fast(table(seed, 300, below=-0.3, above=-0.1)), draws=999, seed=seed
        )
        assert ((found["p"] <= 0.05) == ((found["low"] > 1) | (found["high"] < 1))).all()


def test_the_same_seed_gives_the_same_p():
    sample = sample_of_fast(table(1, 200))
    assert breakpoint(sample, draws=500, seed=4).p == breakpoint(sample, draws=500, seed=4).p


def test_slopes_and_jump_at_a_fixed_point_are_those_of_the_truth():
    found = slopes_around(
        sample_of(table(2, 4000, below=0.0, above=-0.3, at=100_000, jump=-0.5)), 100_000
    )
    assert list(found["label"]) == ["slope below", "slope above", "slope above / below", "jump"]
    plain = slopes_around(sample_of(table(2, 4000, below=0.0, above=-0.3, at=100_000)), 100_000)
    for value, (_, row) in zip((1.0, 10**-0.3, 10**-0.3, 1.0), plain.iterrows(), strict=True):
        assert row["low"] <= value <= row["high"] and row["status"] == "ok"
    assert found.loc[3, "low"] <= np.exp(-0.5) <= found.loc[3, "high"]


def test_curves_are_compared_by_accounts_left_out():
    bent, straight = (
        breakpoint(sample_of(table(4, 800, above=above)), draws=500).models for above in (0.2, -0.4)
    )
    assert list(bent["model"]) == ["straight line", "one bend", "smooth curve"]
    assert bent.set_index("model").loc["one bend", "low"] > 0  # the bend is worth its parameters
    assert bent.loc[0, "gain"] == 0 and bent.loc[0, ["low", "high"]].isna().all()
    assert (
        bent["gain"].to_numpy()[1:]
        == pytest.approx(((bent["low"] + bent["high"]) / 2).to_numpy()[1:])
        and (bent["low"] < bent["high"])[1:].all()
    )
    assert straight.set_index("model").loc["one bend", "gain"] < 1


def test_leaving_each_account_out_gives_the_error_that_leverage_foretells():
    posts = table(6, 60)
    found = breakpoint(sample_of(posts), draws=200).models.set_index("model")
    x, y = (
        np.log(posts["followers"]).to_numpy(),
        np.log(posts["likes"] / posts["followers"]).to_numpy(),
    )
    errors = []
    for out in range(60):
        rest = np.arange(60) != out
        errors.append(y[out] - np.polyval(np.polyfit(x[rest], y[rest], 1), x[out]))
    assert found.loc["straight line", "error"] == pytest.approx(
        np.sqrt(np.mean(np.square(errors))), rel=1e-9
    )


def test_the_rate_at_a_point_is_on_the_line_of_the_truth():
    found = [rate_at(sample_of_fast(table(seed)), 20_000) for seed in range(60)]
    truth = 100 * np.exp(-3 - 0.4 * np.log(20_000 / 50_000))
    assert np.mean([one.low <= truth <= one.high for one in found]) >= 0.87
    assert found[0].unit == "percent"
    assert rate_at(sample_of_fast(table(0)), 10**9).status == "undefined"


def test_what_cells_or_few_accounts_cannot_tell_is_said():
    few = breakpoint(sample_of(table(0, 9)))
    assert few.at.status == "undefined" and "9 accounts" in few.at.method and np.isnan(few.p)
    cut = bends_at(cells_of(table(0, 900)), [33_333])
    assert cut["status"].item() == "undefined" and "not an edge" in cut["method"].item()
    assert slopes_around(sample_of(table(0, 100)), 10**9)["status"].eq("undefined").all()


def test_every_shipped_source_is_searched_and_each_takes_the_rows():
    samples = [load(key).sample(load(key).main_metric) for key in ("instagram-kim", "tiktok-tides")]
    rows = each(samples, lambda sample: breakpoint(sample, draws=1000).rows)
    assert (
        len(rows) == 8
        and (rows["low"] <= rows["estimate"]).all()
        and (rows["estimate"] <= rows["high"]).all()
    )
    kim = rows[rows["source"] == samples[0].source.short].set_index("label")
    assert (
        kim.loc["bend", "high"] <= 100_000 and kim.loc["slope above / below", "low"] > 1
    )  # it flattens before 100,000
    assert PLACEBOS == (20_000, 50_000, 100_000, 200_000, 500_000)


def test_the_curves_of_a_picture_are_those_of_their_models_in_the_unit_of_the_metric():
    posts = table(7, 300)
    curves = fitted(sample_of(posts))
    x, y = np.log(posts["followers"]), np.log(posts["likes"] / posts["followers"])
    straight = curves[curves["model"] == "straight line"]

    assert curves["model"].unique().tolist() == ["straight line", "one bend", "smooth curve"]
    assert straight["followers"].is_monotonic_increasing and len(straight) == 200
    assert (straight["followers"].min(), straight["followers"].max()) == pytest.approx(
        (posts["followers"].min(), posts["followers"].max())
    )
    on_line = 100 * np.exp(np.polyval(np.polyfit(x, y, 1), np.log(straight["followers"])))
    assert straight["estimate"].to_numpy() == pytest.approx(on_line, rel=1e-9)
    nothing = fitted(sample_of(table(7, 10)))
    assert nothing.empty and nothing.columns.tolist() == curves.columns.tolist()


def test_too_few_accounts_to_look_for_a_bend_still_give_a_break_that_says_so():
    sample = sample_of(table(8, 10))
    found = breakpoint(sample, draws=100)

    assert found.rows["label"].tolist() == [
        "bend",
        "slope below",
        "slope above",
        "slope above / below",
    ]
    assert found.rows["unit"].tolist() == ["followers"] + ["ratio per decade"] * 3
    assert (
        set(found.rows["status"]) == {"undefined"}
        and set(found.rows["n_accounts"]) == {10}
        and set(found.rows["n_posts"]) == {10}
    )
    why = "10 accounts do not allow to look for a bend: too few, or too few follower bands"
    assert set(found.rows["method"]) == {why} and found.rows[
        ["estimate", "low", "high", "p"]
    ].isna().all(axis=None)
    assert (
        found.at.estimand
        == f"followers at which the slope of log {sample.metric.title} changes, between accounts"
    )
    full = breakpoint(sample_of(table(8, 60)), draws=100)
    assert found.candidates.empty and found.candidates.columns.equals(full.candidates.columns)
    assert found.models.empty and found.models.columns.equals(full.models.columns)
    assert found.placebos["at"].tolist() == full.placebos["at"].tolist() == list(PLACEBOS)


@pytest.mark.parametrize(("accounts", "at"), [(400, 50_000_000), (400, 1_000), (8, 20_000)])
def test_a_rate_is_told_neither_beyond_the_accounts_nor_from_too_few(accounts, at):
    found = rate_at(sample_of_fast(table(1, accounts)), at)

    assert (found.n_accounts, found.n_posts, found.unit, found.status) == (
        accounts,
        accounts,
        "percent",
        "undefined",
    )
    assert np.isnan(found[3:6]).all() and f"{at:,.0f} followers" in found.label
