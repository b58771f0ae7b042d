"""Cells describe no person, and give what the accounts give."""

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.errors import RegisterError
from analysis.estimate.averages import AVERAGES
from analysis.estimate.contrast import contrast
from analysis.estimate.tiers import assign_tiers
from analysis.moments.cells import FEWEST, GRID, MERGED, band_edges, cells
from analysis.moments.load import load
from analysis.moments.rebuild import read_source, rebuild
from analysis.moments.sample import Moments
from analysis.moments.sums import account_moments
from analysis.registers.lookup import scheme, sources, tier_schemes
from analysis.registers.records import TierScheme
from analysis.simulate import worlds

RAW = paths.ROOT.parent / "shared" / "datasets"
needs_raw = pytest.mark.skipif(
    not RAW.is_dir(),
    reason="the raw files (shared/datasets beside the project) are not on this machine",
)
SHIPPED = sorted(sources())


def world(seed=0, niches=("a", "b", "c")):
    table = worlds.posts(seed, accounts=(300, 120), posts_per_account=4)
    rng = np.random.default_rng(seed)
    niche = dict(
        zip(
            table["account_id"].unique(),
            rng.choice(niches, table["account_id"].nunique()),
            strict=True,
        )
    )
    sponsored = rng.choice(["yes", "no"], len(table), p=[0.03, 0.97])
    return table.assign(niche=table["account_id"].map(niche), sponsored=sponsored)


@pytest.fixture(scope="module")
def made():
    moments = account_moments(world(), ("niche", "sponsored"))
    return moments, *cells(moments, ("niche", "sponsored"), band_edges(tier_schemes()))


def as_moments(made):
    moments, table, histogram, _ = made
    source = worlds.world("cells", world()).source.model_copy(
        update={"strata": ("niche", "sponsored")}
    )
    none = pd.DataFrame({"reason": [], "rows": []})
    return Moments(source, "accounts", moments, none, ""), Moments(
        source, "cells", table, none, "", histogram
    )


def test_every_edge_of_every_scheme_is_a_band_edge():
    edges = band_edges(tier_schemes())

    assert {edge for one in tier_schemes().values() for edge in one.edges} <= set(edges)
    assert set(GRID) <= set(edges)
    assert next(iter(edges)) == 0
    assert edges[100_000] > edges[20_000] > edges[200_000] == 0


def test_the_shipped_cells_were_cut_at_the_edges_of_the_schemes_registered_now():
    shipped = pd.read_csv(paths.CELLS / "edges.csv")

    assert dict(zip(shipped["edge"], shipped["schemes"], strict=True)) == band_edges(
        tier_schemes()
    ), "rebuild the cells with make cells"


def test_metrics_on_different_posts_are_refused_since_their_difference_could_tell_of_one_post():
    table = world().assign(views=lambda posts: np.where(np.arange(len(posts)) == 3, 0, 100))

    with pytest.raises(
        RegisterError,
        match="engagement_per_view and engagement_per_follower are defined on different posts",
    ):
        cells(account_moments(table), (), band_edges(tier_schemes()))


@pytest.mark.parametrize("key", SHIPPED)
def test_every_shipped_metric_is_about_the_same_posts(key):
    table = load(key).table
    posts = table.pivot_table(
        index=["stratum", "level", "lower", "upper"],
        columns="metric",
        values="posts",
        aggfunc="sum",
    )

    assert posts.nunique(axis=1).eq(1).all()
    assert posts.notna().all(axis=None)


@pytest.mark.parametrize("key", SHIPPED)
def test_every_shipped_tier_edge_is_exact_or_its_accounts_are_in_no_tier(key):
    moments = load(key)
    for one in tier_schemes().values():
        sample = assign_tiers(moments.sample(moments.main_metric), one)
        for tier in one.tiers:
            held = sample.rows[sample.rows["tier"] == tier.name]
            assert (held["lower"] >= tier.lower).all()
            assert tier.upper is None or (held["upper"] <= tier.upper).all()


@pytest.mark.parametrize("average", sorted(set(AVERAGES) - {"median account"}))
def test_cells_give_the_ratio_that_the_accounts_give(made, average):
    accounts, summed = as_moments(made)

    exact, approximate = (
        contrast(assign_tiers(m.sample(), scheme("decades")), average=average)
        for m in (accounts, summed)
    )

    assert approximate.estimate == pytest.approx(exact.estimate, rel=1e-9)
    assert approximate.n_accounts == exact.n_accounts
    assert approximate.n_posts == exact.n_posts
    if average == "typical account":
        assert (approximate.low, approximate.high) == pytest.approx(
            (exact.low, exact.high), rel=1e-9
        )


def test_the_median_from_a_histogram_keeps_the_error_it_states(made):
    accounts, summed = as_moments(made)

    for tier in ("micro", "macro"):
        from analysis.estimate.contrast import tier_average

        exact, binned = (
            tier_average(assign_tiers(m.sample(), scheme("decades")), tier, "median account")
            for m in (accounts, summed)
        )
        stated = float(binned.method.split("median exact to ")[1].split(" %")[0]) / 100
        assert abs(np.log(binned.estimate / exact.estimate)) <= stated + 1e-3
        assert stated < 0.25


def test_no_cell_describes_fewer_than_five_accounts(made):
    _, table, histogram, _ = made

    assert table["accounts"].min() >= FEWEST
    assert histogram["accounts"].min() >= FEWEST


@pytest.mark.parametrize("key", SHIPPED)
def test_no_shipped_cell_describes_fewer_than_five_accounts(key):
    moments = load(key)

    assert moments.table["accounts"].min() >= FEWEST
    assert moments.histogram["accounts"].min() >= FEWEST


@pytest.mark.parametrize("key", SHIPPED)
def test_what_the_shipped_levels_leave_of_a_band_is_nothing_or_five_accounts(key):
    table = load(key).table
    for (_, lower, _), band in table.groupby(["metric", "lower", "upper"]):
        whole = band.loc[band["stratum"] == "all", "accounts"].item()
        for stratum, levels in band[band["stratum"] != "all"].groupby("stratum"):
            # an account with sponsored and other posts is in both levels, so the sum may exceed the
            # whole
            rest = whole - levels["accounts"].sum()
            assert rest <= 0, (
                f"{key}, band from {lower}, {stratum}: {rest} accounts could be had by subtraction"
            )


def test_levels_that_are_too_small_are_merged_and_counted():
    table = world(3, niches=("a",) * 60 + ("rare",))
    _, _, notes = cells(account_moments(table, ("niche",)), ("niche",), band_edges(tier_schemes()))
    found, _, _ = cells(account_moments(table, ("niche",)), ("niche",), band_edges(tier_schemes()))

    assert MERGED in set(found["level"])
    assert notes["reason"].str.contains("levels of niche were merged").any()


def test_bands_that_are_too_small_join_the_next_and_are_counted():
    table = pd.DataFrame(
        {
            "account_id": range(12),
            "platform": "x",
            "followers": [150] * 3 + [300] * 6 + [5e7] * 3,
            "likes": 10,
        }
    )

    found, _, notes = cells(account_moments(table), (), {0: 0, 100: 1, 200: 0, 500: 0, 1000: 0})

    bands = found[found["metric"] == "likes_per_follower"]
    assert list(zip(bands["lower"], bands["upper"], bands["accounts"], strict=True)) == [
        (100, np.inf, 12)
    ]
    assert notes.loc[notes["metric"] == "likes_per_follower", "accounts"].tolist() == [12]


def test_a_band_gives_up_the_edge_that_fewer_schemes_use():
    table = pd.DataFrame(
        {
            "account_id": range(18),
            "platform": "x",
            "followers": [150] * 7 + [300] * 4 + [700] * 7,
            "likes": 10,
        }
    )

    for uses, expected in (({200: 3, 500: 1}, [100, 200]), ({200: 1, 500: 3}, [100, 500])):
        found, _, _ = cells(account_moments(table), (), {0: 0, 100: 9, **uses, 1000: 9})
        assert found.loc[found["metric"] == "likes_per_follower", "lower"].tolist() == expected


def test_bands_with_accounts_enough_are_left_alone():
    table = pd.DataFrame(
        {"account_id": range(12), "platform": "x", "followers": [150] * 6 + [300] * 6, "likes": 10}
    )

    found, _, notes = cells(account_moments(table), (), {0: 0, 100: 1, 200: 0, 500: 0, 1000: 0})

    assert found.loc[found["metric"] == "likes_per_follower", "lower"].tolist() == [100, 200]
    assert notes.empty


def test_a_cell_across_an_edge_is_in_no_tier():
    one = TierScheme(
        key="one",
        title="",
        short="",
        cite="",
        tiers=({"name": "micro", "lower": 1000, "upper": 2000},),
    )
    sample = load("instagram-kim").sample()
    across = assign_tiers(sample, one).rows

    assert set(across.loc[across["tier"] == "micro", "lower"]) == {1000}


@needs_raw
def test_the_shipped_cells_are_what_the_raw_files_give(tmp_path):
    rebuild(RAW, tmp_path)

    for path in sorted(paths.CELLS.glob("*.csv")):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), (
            f"{path.name} differs: rebuild it with make cells"
        )


@needs_raw
@pytest.mark.parametrize("key", SHIPPED)
def test_every_exact_estimate_from_cells_equals_the_one_from_accounts(key):
    source = sources()[key]
    accounts, summed = read_source(source, RAW), load(key)

    for metric in summed.metrics:
        for average in sorted(set(AVERAGES) - {"median account"}):
            exact, found = (
                contrast(assign_tiers(m.sample(metric), scheme("decades")), average=average)
                for m in (accounts, summed)
            )
            assert found.estimate == pytest.approx(exact.estimate, rel=1e-9, nan_ok=True), (
                metric,
                average,
            )


@needs_raw
def test_on_instagram_the_ratios_of_medians_lie_where_earlier_work_found_them():
    kim = read_source(sources()["instagram-kim"], RAW)

    mediakix = contrast(
        assign_tiers(kim.sample(), scheme("mediakix-instagram")), average="median account"
    )
    nano = contrast(
        assign_tiers(kim.sample(), scheme("decades")), "nano", "macro", "median account"
    )

    assert 1.09 < mediakix.estimate < 1.19
    assert 1.5 < nano.estimate < 1.75
