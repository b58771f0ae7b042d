"""Moments are sums per account, made in one pass, whatever holds the posts."""

import re
from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.moments.rows import MOMENTS, account_rows
from analysis.moments.spread import with_followers
from analysis.moments.sums import account_moments, summed
from analysis.registers.metrics import METRICS, available
from analysis.simulate import worlds

RATE = METRICS["engagement_per_follower"]


@pytest.fixture(scope="module")
def posts():
    table = worlds.posts(seed=1, accounts=(20, 10))
    return table.assign(sponsored=np.where(np.arange(len(table)) % 3 == 0, "yes", "no"))


def rates(posts):
    return (posts["likes"] + posts["comments"]) / posts["followers"]


def test_an_account_row_holds_the_sums_that_a_plain_group_by_gives(posts):
    expected = (
        posts.assign(rate=rates(posts)).groupby("account_id")["rate"].agg(["size", "sum", "mean"])
    )

    rows, _ = account_rows(account_moments(posts), RATE)
    rows = rows.set_index("account_id").loc[expected.index]

    np.testing.assert_array_equal(rows["posts"], expected["size"])
    np.testing.assert_allclose(rows["rate"], expected["sum"], rtol=1e-12)
    np.testing.assert_allclose(rows["account_rate"], expected["mean"], rtol=1e-12)
    np.testing.assert_allclose(rows["log_rate2"], np.log(expected["mean"]) ** 2, rtol=1e-12)


def test_moments_add_up_over_strata(posts):
    whole, apart = account_moments(posts), account_moments(posts, ("sponsored",))

    together = apart.groupby("account_id")[[f"{RATE.key}.posts", f"{RATE.key}.numerator"]].sum()
    np.testing.assert_allclose(
        together, whole.set_index("account_id")[together.columns], rtol=1e-12
    )


def test_every_way_of_holding_the_posts_gives_the_same_moments(posts, tmp_path):
    duckdb.from_df(posts).write_parquet(str(tmp_path / "posts.parquet"))

    expected = account_moments(posts)
    for other in (
        duckdb.from_df(posts),
        duckdb.read_parquet(str(tmp_path / "posts.parquet")),
        posts.sample(frac=1, random_state=0),
    ):
        result = account_moments(other)
        pd.testing.assert_frame_equal(result, expected, rtol=1e-12)


@pytest.mark.parametrize("alone", [True, False])
def test_a_frame_gives_what_a_relation_gives_whatever_else_its_columns_hold(posts, alone):
    order = np.arange(len(posts))
    likes = posts["likes"].where(order % 7 > 0)
    odd = posts.assign(
        likes=likes,
        followers=posts["followers"] * (order % 11 > 0),
        **{'a "quoted" name': None, "list": [[1]] * len(posts)},
    )
    odd["Likes"] = odd[""] = odd[0] = 1
    odd["posted_at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(order * 37, unit="s").where(
        order % 5 > 0
    )
    odd = (
        odd if alone else odd.assign(posts=pd.Series(order % 3, dtype="Int64").where(order % 4 > 0))
    )

    result, expected = (
        account_moments(held, ("sponsored",)) for held in (odd, duckdb.from_df(odd))
    )

    pd.testing.assert_frame_equal(result, expected, rtol=1e-12)
    assert all(
        result[name].dtype == float
        for name in ("posts", "with_followers", f"{RATE.key}.posts", f"{RATE.key}.single_posts")
    )
    assert (
        result[f"{RATE.key}.posts"].sum() < result["with_followers"].sum() < result["posts"].sum()
    )


def test_a_row_that_stands_for_several_posts_weighs_as_many():
    single = pd.DataFrame(
        {"account_id": "a", "platform": "tiktok", "followers": 1000, "likes": [10, 30]}
    )
    total = pd.DataFrame(
        {"account_id": "a", "platform": "tiktok", "followers": 1000, "likes": [40], "posts": [2]}
    )

    metric = METRICS["likes_per_follower"]
    one, two = (account_rows(account_moments(table), metric)[0] for table in (single, total))

    of_the_row = [*MOMENTS[: MOMENTS.index("single_accounts")]]
    pd.testing.assert_frame_equal(one[of_the_row], two[of_the_row])
    assert (one["single_posts"].item(), two["single_posts"].item()) == (
        2,
        0,
    )  # a total says nothing of how its posts differ
    assert one["account_rate"].item() == pytest.approx(0.02)


def test_an_account_on_a_tier_edge_stays_on_it_however_many_posts_it_has():
    table = pd.DataFrame(
        {"account_id": "a", "platform": "tiktok", "followers": 10_000, "likes": range(1, 8)}
    )

    rows, _ = account_rows(account_moments(table), METRICS["likes_per_follower"])

    assert rows["lower"].item() == 10_000


def test_changing_followers_give_their_geometric_mean():
    table = pd.DataFrame(
        {"account_id": "a", "platform": "tiktok", "followers": [1_000, 100_000], "likes": [1, 1]}
    )

    rows, _ = account_rows(account_moments(table), METRICS["likes_per_follower"])

    assert rows["lower"].item() == pytest.approx(10_000)


def test_accounts_without_followers_or_without_the_metric_are_counted_not_dropped():
    table = pd.DataFrame(
        {
            "account_id": ["a", "b", "c", "d"],
            "platform": "tiktok",
            "followers": [100, 0, None, 100],
            "likes": [1, 1, 1, None],
        }
    )

    rows, left_out = account_rows(account_moments(table), METRICS["likes_per_follower"])

    assert list(rows["account_id"]) == ["a"]
    assert dict(zip(left_out["reason"], left_out["accounts"], strict=True)) == {
        "no follower count above zero": 2,
        "no post on which likes / followers is defined": 1,
    }


def test_a_post_counts_for_a_metric_only_if_everything_it_needs_is_known():
    table = pd.DataFrame(
        {
            "account_id": "a",
            "platform": "x",
            "followers": 100,
            "clicks": [10, 0, None, 10],
            "conversions": [1, 0, 1, None],
        }
    )

    moments = account_moments(table)

    assert moments["conversion_rate.posts"].item() == 1
    assert moments["conversion_rate.numerator"].item() == 1


def test_missing_levels_become_unknown():
    table = pd.DataFrame(
        {
            "account_id": ["a", "b"],
            "platform": "x",
            "followers": 100,
            "likes": 1,
            "niche": ["food", None],
        }
    )

    assert set(account_moments(table, ("niche",))["niche"]) == {"food", "unknown"}


def test_only_metrics_whose_columns_exist_are_available():
    keys = {metric.key for metric in available(["followers", "likes"])}

    assert keys == {"likes_per_follower", "likes_per_post"}


def test_logs_of_single_posts_are_those_that_a_plain_group_by_gives(posts):
    logs = np.log(rates(posts).where(rates(posts) > 0))
    expected = logs.groupby(posts["account_id"]).agg(
        ["count", "sum", lambda values: (values**2).sum()]
    )

    rows, _ = account_rows(account_moments(posts), RATE)
    result = rows.set_index("account_id").loc[
        expected.index, ["single_posts", "post_log", "post_log2"]
    ]

    np.testing.assert_allclose(result, expected, rtol=1e-12)
    between = (expected["sum"] ** 2 / expected["count"]).sum()
    assert rows["post_log_between"].sum() == pytest.approx(between, rel=1e-12)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", None])
def test_halves_are_those_of_the_clock_in_any_time_zone(posts, zone):
    times = pd.Timestamp("2025-03-31 18:00:30", tz="UTC") + pd.to_timedelta(
        np.arange(len(posts)) * 37, unit="s"
    )
    half = (times.minute + times.second) % 2
    means = (
        np.log(rates(posts).where(rates(posts) > 0))
        .groupby([posts["account_id"], half])
        .mean()
        .unstack()
        .dropna()
    )

    local = times.tz_convert(zone) if zone else times.tz_localize(None)
    rows, _ = account_rows(account_moments(posts.assign(posted_at=local)), RATE)

    sums = rows[["halves", "half_log", "half_log2", "half_product"]].sum()
    expected = (
        len(means),
        means.sum(axis=None),
        (means**2).sum(axis=None),
        (means[0] * means[1]).sum(),
    )
    np.testing.assert_allclose(sums, expected, rtol=1e-12)
    assert len(means) > 20


def test_without_times_there_are_no_halves(posts):
    rows, _ = account_rows(account_moments(posts), RATE)

    assert rows["halves"].sum() == 0 and rows["single_accounts"].sum() == 30


@pytest.mark.parametrize("strata", [(), ("sponsored",)])
@pytest.mark.parametrize("native", [True, False])
def test_the_plan_has_exactly_one_group_by_on_files_and_on_native_tables(
    posts, tmp_path, strata, native
):
    connection = duckdb.connect(str(tmp_path / "posts.duckdb"))
    duckdb.from_df(posts).write_parquet(str(tmp_path / "posts.parquet"))
    connection.execute(f"create table posts as from '{tmp_path / 'posts.parquet'}'")
    rows = (
        connection.table("posts")
        if native
        else connection.read_parquet(str(tmp_path / "posts.parquet"))
    )

    plan = summed(rows, strata).to_native().explain()

    operators = re.findall(r"([A-Z][A-Za-z ]+) ─", plan)
    assert len([name for name in operators if "Group By" in name or "Aggregate" in name]) == 1
    assert len([name for name in operators if "Scan" in name or "Parquet" in name]) == 1
    connection.close()


def test_fewer_metrics_and_no_logs_leave_the_other_sums_as_they_are(posts):
    whole, some = account_moments(posts), account_moments(posts, metrics=(RATE.key,), logs=False)

    assert {name.split(".")[0] for name in some if "." in name} == {RATE.key}
    pd.testing.assert_frame_equal(some, whole[some.columns], rtol=1e-12)
    one, two = (account_rows(table, RATE)[0] for table in (some, whole))
    columns = [*MOMENTS[: MOMENTS.index("single_accounts")]]
    pd.testing.assert_frame_equal(one[columns], two[columns], rtol=1e-12)
    assert one["single_posts"].sum() == 0


def test_followers_computed_from_a_band_follow_the_line_through_all_bands_within_it():
    """Accounts evenly spread on the log scale, with log rates on one line: the sums of a band whose
    followers are not published come out as they are.
    """
    edges, rows, n = np.log(10.0) * np.array([3.0, 4.0, 4.5, 6.0]), [], 4_000
    for low, high in pairwise(edges):
        x = low + (high - low) * (np.arange(n) + 0.5) / n
        y = 1.0 - 0.4 * x
        sums = {"log_rate": y.sum(), "log_followers": x.sum(), "log_followers2": (x * x).sum()}
        sums |= {"log_followers_log_rate": (x * y).sum(), "positive": float(n)}
        keys = {"metric": "m", "stratum": "all", "level": "all"}
        rows.append(keys | {"lower": np.exp(low), "upper": np.exp(high)} | sums)
    true = pd.DataFrame(rows)
    names = ["log_followers", "log_followers2", "log_followers_log_rate"]
    lacking = true.copy()
    lacking.loc[1, names] = np.nan
    filled = with_followers(lacking)
    for name in names:
        assert filled[name].to_numpy() == pytest.approx(true[name].to_numpy(), rel=1e-6)
