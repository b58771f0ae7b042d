"""An attack on cells recovers nobody; on the same cells with all of their sums it recovers all."""

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.errors import RegisterError
from analysis.estimate.ratio.superiority import OPEN
from analysis.moments.cells import BIN, STEP, cells
from analysis.moments.dominance import P, dominated
from analysis.moments.kinds import COUNTS, GROUPS, SHARE
from analysis.moments.load import load
from analysis.moments.price_lists import price_cells
from analysis.moments.rank import independent
from analysis.moments.rebuild import read_posts
from analysis.moments.rows import MOMENTS
from analysis.moments.spread import with_followers
from analysis.moments.sums import account_moments
from analysis.registers.lookup import price_lists, sources
from benchmarks.recover import bands_of, bands_of_prices, freedom, recovered, slack, solutions

RAW = paths.ROOT.parent / "shared" / "datasets"
EDGES = (0, 1_000, 10_000, 20_000, 50_000, 100_000)
SMALL, SECONDS = 25, 3.0


def totals(seed, accounts, counts, low=1_000, high=100_000):
    """A row per account with the totals of its posts, as lists of channels have them."""
    rng = np.random.default_rng(seed)
    followers = np.exp(rng.uniform(np.log(low), np.log(high), accounts)).round()
    posts = np.exp(rng.normal(5, 1, accounts)).round() + 1
    table = {"account_id": np.arange(accounts).astype(str), "platform": "youtube"}
    table |= {"followers": followers, "posts": posts}
    for count in counts:
        table[count] = (followers * posts * np.exp(rng.normal(-2, 0.8, accounts))).round() + 1
    return pd.DataFrame(table)


def single(seed, accounts, counts, mean=3):
    """A row per post, as crawls have them."""
    table = totals(seed, accounts, (), low=1_000).drop(columns="posts")
    rng = np.random.default_rng(seed + 1)
    rows = table.loc[table.index.repeat(1 + rng.poisson(mean, accounts))].reset_index(drop=True)
    for count in counts:
        rows[count] = (rows["followers"] * np.exp(rng.normal(-2, 0.8, len(rows)))).round() + 1
    return rows


def with_levels(table, seed=3):
    rng = np.random.default_rng(seed)
    accounts = table["account_id"].unique()
    niche = dict(zip(accounts, rng.choice(["a", "b", "c"], len(accounts)), strict=True))
    proved = dict(zip(accounts, rng.choice(["yes", "no"], len(accounts)), strict=True))
    sponsored = rng.choice(["yes", "no"], len(table), p=[0.1, 0.9])
    named = {"niche": table["account_id"].map(niche), "verified": table["account_id"].map(proved)}
    return table.assign(**named, sponsored=sponsored)


STRATA = ("niche", "verified")
WORLDS = {
    "totals of views": (totals(1, 60, ("views",)), ()),
    "totals of likes, with levels": (with_levels(totals(2, 90, ("likes",))), STRATA),
    "posts with likes and comments": (
        with_levels(single(3, 90, ("likes", "comments"))),
        (*STRATA, "sponsored"),
    ),
    "posts with four counts": (single(4, 70, ("likes", "comments", "shares", "views")), ()),
    "one post each": (single(5, 60, ("likes", "views"), mean=0), ()),
}


def published(table, strata, whole=False):
    return cells(account_moments(table, strata), strata, EDGES, whole=whole)[0]


@pytest.fixture(scope="module", params=list(WORLDS))
def world(request):
    table, strata = WORLDS[request.param]
    return table, strata, list(bands_of(published(table, strata), table, strata))


def size_of(band):
    return len(band.accounts)


def raw_posts(source):
    folder = RAW / source.folder
    if not all((folder / file.name).is_file() for file in source.files):
        pytest.skip("the raw files are not on this machine (shared/datasets beside the project)")
    return read_posts(source, folder).posts


def with_rows(key):
    """Rows of such a source are published under an open licence, so that sums keep nothing back."""
    panel = sources()[key].panel
    return bool(panel) and panel.publishes == "rows"


def test_only_a_source_in_the_public_domain_publishes_rows():
    for key in filter(with_rows, sources()):
        assert "Public Domain" in sources()[key].licence


ATTACKED = sorted(key for key in sources() if key != "instagram-kim" and not with_rows(key))


@pytest.fixture(scope="module", params=ATTACKED)
def shipped(request):
    posts = raw_posts(sources()[request.param])
    table = pd.read_csv(paths.CELLS / f"{request.param}.csv", dtype={"level": str})
    bands = bands_of(table, posts, sources()[request.param].strata)
    return [band for band in bands if len(band.accounts) <= SMALL]


def check(band):
    held = freedom(band)
    assert held.determined == 0, (band.lower, held)
    assert SHARE * held.equations <= held.unknowns, (band.lower, held)


def test_no_unknown_of_a_simulated_account_is_determined_by_all_sums_together(world):
    for band in world[2]:
        check(band)


def test_least_squares_recover_no_simulated_account(world):
    bands = sorted(world[2], key=size_of)
    found = solutions(bands[0], SECONDS)

    assert found, "the sums can be met, so a failed attack would prove nothing"
    assert recovered(bands[0], found) == 0


def test_no_count_of_a_simulated_account_is_bounded_within_p_percent(world):
    for band in world[2]:
        assert slack(band) >= P - 1e-6, band.lower


@pytest.mark.parametrize("counts", [("views",), ("likes", "comments")])
def test_the_same_attack_recovers_every_account_of_a_small_cell_with_all_of_its_sums(counts):
    table = totals(7, 5, counts, low=20_000, high=50_000)
    (band,) = bands_of(published(table, (), whole=True), table, ())

    found = solutions(band, 60.0, wanted=2)

    assert recovered(band, found) == 5
    assert freedom(band).determined == freedom(band).unknowns


def test_linear_programming_sees_an_account_that_dominates_a_cell():
    table = totals(7, 12, ("views",), low=20_000, high=50_000)
    table.loc[0, "views"] = 1_000 * table["views"].max()
    (whole,) = bands_of(published(table, (), whole=True), table, ())
    (band,) = bands_of(published(table, ()), table, ())

    assert slack(whole) < P
    assert slack(band) >= P - 1e-6


def test_no_unknown_of_an_account_in_a_shipped_small_cell_is_determined(shipped):
    for band in shipped:
        check(band)


def test_least_squares_recover_no_account_of_a_shipped_small_cell(shipped):
    for band in shipped:
        assert recovered(band, solutions(band, SECONDS)) == 0, band.lower


def test_no_count_of_an_account_in_a_shipped_small_cell_is_bounded_within_p_percent(shipped):
    for band in shipped:
        assert slack(band) >= P - 1e-6, band.lower


@pytest.fixture(scope="module", params=sorted(price_lists()))
def price_list(request):
    one = price_lists()[request.param]
    prices = raw_posts(one)
    table = pd.read_csv(paths.PRICES / f"{one.key}.csv", dtype={"level": str})
    return prices, list(bands_of_prices(table, prices))


def test_no_unknown_of_an_account_in_a_price_list_is_determined_by_all_of_its_tables(price_list):
    for band in price_list[1]:
        check(band)


def test_least_squares_recover_no_account_of_a_price_list(price_list):
    for band in price_list[1]:
        assert recovered(band, solutions(band, SECONDS)) == 0, band.lower


def test_no_price_is_bounded_within_p_percent(price_list):
    for band in price_list[1]:
        assert slack(band) >= P - 1e-6, band.lower


def test_all_sums_of_a_price_list_determine_every_price_of_a_small_band(price_list):
    prices, _ = price_list
    smallest = min(bands_of_prices(price_cells(prices, whole=True), prices), key=size_of)

    held = freedom(smallest)

    assert held.determined == held.unknowns


@pytest.mark.parametrize("key", sorted(sources()))
def test_a_group_of_sums_is_published_whole_and_for_all_levels_of_a_band_or_none(key):
    table = pd.read_csv(paths.CELLS / f"{key}.csv", dtype={"level": str})

    for columns in GROUPS.values():
        missing = table[list(columns)].isna()
        assert missing.nunique(axis=1).eq(1).all()
        keys = [table[name] for name in ("metric", "stratum", "lower")]
        assert missing.iloc[:, 0].groupby(keys).nunique().eq(1).all()
    assert table[["accounts", "posts"]].notna().all(axis=None)


@pytest.mark.parametrize("key", sorted(sources()))
def test_every_shipped_cell_of_all_posts_has_the_typical_account_of_every_metric(key):
    table = pd.read_csv(paths.CELLS / f"{key}.csv", dtype={"level": str})
    whole = table[table["stratum"] == "all"]

    assert whole[list(GROUPS["typical account"])].notna().all(axis=None)


def test_the_groups_hold_every_sum_of_a_cell_once():
    columns = [name for group in GROUPS.values() for name in group]

    assert sorted(columns) == sorted(MOMENTS)
    assert set(COUNTS) <= set(columns)


def test_a_difference_of_cells_is_charged_to_the_accounts_that_it_is_about():
    # two levels of three accounts each, and one of all but the last: three equations about the
    # last two accounts by subtraction
    member = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0]], float)

    assert independent(member, [], np.array([1, 1, 1, 1, 0])) is None
    assert sorted(independent(member, [], np.array([1, 0, 0, 1, 1]))) == [0, 3, 4]


def niches(busiest, commented):
    """Comments in two niches, the second without any if wanted, where one account has so many
    posts; the first has enough of them that both together hide it.
    """
    table = totals(6, 60, ("comments",))
    table["niche"] = np.where(np.arange(60) < 30, "a", "b")
    table.loc[table["niche"] == "a", "posts"] *= 20
    if not commented:
        table.loc[table["niche"] == "b", "comments"] = 0.0
    table.loc[59, ["followers", "posts"]] = 2_000.0, busiest
    return table


@pytest.mark.parametrize("commented", [True, False])
def test_an_account_with_nearly_all_posts_of_a_niche_is_seen_also_where_nobody_comments(commented):
    published(niches(300.0, commented), ("niche",))
    with pytest.raises(RegisterError, match="niche: the posts of a cell"):
        published(niches(30_000.0, commented), ("niche",))


def test_a_sum_without_its_two_largest_parts_has_to_leave_enough():
    assert dominated(np.array([100.0, 50.0, 4.0, 5.0]))
    assert not dominated(np.array([100.0, 50.0, 4.0, 6.0]))


def test_edges_of_histogram_bins_do_not_depend_on_single_accounts():
    table = totals(9, 400, ("views",))
    rates = np.log(table["views"] / table["posts"] / table["followers"])
    band = np.searchsorted(EDGES, table["followers"], side="right")
    places = np.floor(rates / BIN).groupby(band).agg(["min", "max"])

    _, histogram, _ = cells(account_moments(table), (), EDGES)

    of_metric = histogram[histogram["metric"] == "views_per_follower"]
    ends = of_metric.groupby("lower").agg({"bin_low": "min", "bin_high": "max"})
    assert (ends["bin_low"].to_numpy() <= places["min"].to_numpy()).all()
    assert (ends["bin_high"].to_numpy() > places["max"].to_numpy()).all()
    assert (ends % STEP == 0).all(axis=None)
    assert histogram["accounts"].min() >= 5


def test_followers_that_are_not_published_are_spread_evenly_over_their_band():
    kim = load("instagram-kim").table
    lacking = kim.assign(
        **dict.fromkeys(("log_followers", "log_followers2", "log_followers_log_rate"), np.nan)
    )
    chosen = (kim["metric"] == "engagement_per_follower") & (kim["stratum"] == "all")

    filled = with_followers(lacking)[chosen]

    middle = filled["log_followers"] / filled["positive"]
    exact = kim[chosen]["log_followers"] / kim[chosen]["positive"]
    assert np.allclose(middle[:-1], exact[:-1], atol=0.13)
    spread = filled["log_followers2"] / filled["positive"] - middle**2
    width = np.log(filled["upper"] / filled["lower"])[:-1]
    assert np.allclose(spread[:-1], width**2 / 12)


def test_the_table_of_the_page_on_cells_is_that_of_the_benchmark():
    table = pd.read_csv(paths.ROOT / "benchmarks" / "ranks_from_cells.csv").set_index("smaller")
    page = " ".join((paths.ROOT / "docs" / "cells.md").read_text(encoding="utf-8").split())
    off, few = table.loc["all"], table.loc["(20.0, 40.0]"]

    assert f"[{off['comparisons']:.0f} comparisons][ranks]" in page
    assert f"by {off['mean_off']:.4f} on average ({off['mean_off_even']:.4f} if spread" in page
    assert f"at most {few['off_in_95_percent']:.3f} in 95 %" in page
    assert off["off_over_gap"] == pytest.approx(OPEN, abs=0.02)
