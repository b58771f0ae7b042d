"""Tiers are half-open, what falls in none is counted, and nobody is named twice."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.tiers import (
    NO_TIER,
    bands,
    label_disagreement,
    label_matrix,
    names_in_use,
    tier_counts,
    tier_of,
    tier_table,
)
from analysis.moments.load import load
from analysis.registers.lookup import scheme, schemes
from analysis.simulate import worlds

BOUNDARIES = [(one.key, tier) for one in schemes().values() for tier in one.tiers]


def named(followers, key):
    return tier_of(np.array([followers]), np.array([followers]), scheme(key))[0]


@pytest.mark.parametrize(
    ("key", "tier"), BOUNDARIES, ids=lambda value: getattr(value, "name", value)
)
def test_an_account_on_the_lower_edge_is_in_the_tier_and_one_on_the_upper_edge_is_not(key, tier):
    assert named(tier.lower, key) == tier.name
    if tier.lower:
        assert named(tier.lower - 1, key) != tier.name
    if tier.upper is None:
        assert named(10**10, key) == tier.name
    else:
        assert named(tier.upper - 1, key) == tier.name
        assert named(tier.upper, key) != tier.name


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        (10_000, 100_000, "micro"),
        (20_000, 50_000, "micro"),
        (5_000, 20_000, NO_TIER),
        (100_000, np.inf, "macro"),
        (50_000, 200_000, NO_TIER),
    ],
)
def test_a_cell_is_in_a_tier_only_if_all_of_it_is(lower, upper, expected):
    assert (
        tier_of(np.array([lower]), np.array([upper]), scheme("mediakix-instagram"))[0] == expected
    )


def test_accounts_in_no_tier_are_counted_and_the_counts_add_up():
    sample = load("instagram-kim").sample().tier(scheme("mediakix-instagram"))

    counts = tier_counts(sample)

    assert counts["tier"].tolist() == ["micro", "macro", NO_TIER]
    assert counts["accounts"].sum() == sample.accounts
    assert counts.loc[counts["tier"] == NO_TIER, "accounts"].item() > 0
    assert counts["share"].sum() == pytest.approx(100)


def test_the_label_matrix_says_what_each_publisher_calls_an_account():
    matrix = label_matrix([scheme("tint"), scheme("harvard-media")], [700, 2_000, 150_000])

    assert matrix.to_numpy().tolist() == [
        ["nano", "nano"],
        ["nano", "micro"],
        [NO_TIER, "all-star"],
    ]


def test_the_number_of_names_in_use_is_that_of_the_distinct_words():
    names = names_in_use([scheme("tint"), scheme("harvard-media"), scheme("macro-or-micro-first")])

    seven_thousand = names[(names["lower"] <= 7_000) & (names["upper"] > 7_000)]
    assert seven_thousand["names"].item() == 3
    assert seven_thousand["which"].item() == "micro, mid-tier, nano"


def test_a_scheme_renames_no_account_of_its_own_and_all_where_it_shares_none():
    sample = worlds.world("names", worlds.posts(1, accounts=(40, 20))).sample()

    mediakix, decades = scheme("mediakix-instagram"), scheme("decades")
    assert label_disagreement(sample, decades, decades) == 0
    assert label_disagreement(sample, mediakix, scheme("mediakix-youtube-facebook")) > 0
    assert label_disagreement(sample, mediakix, scheme("harvard-media")) == 100


@pytest.mark.parametrize(
    "sample",
    [
        load("youtube-fr-science").sample("views_per_follower"),
        worlds.world("b", worlds.posts(2)).sample(),
    ],
)
def test_bands_hold_enough_accounts_and_cover_them(sample):
    scheme_of_bands = bands(sample, fewest=10)

    counts = tier_counts(sample.tier(scheme_of_bands)).set_index("tier")["accounts"]
    assert counts.drop(NO_TIER).min() >= 10
    assert counts[NO_TIER] < 10


def test_fewer_accounts_than_a_band_needs_are_in_one_band_of_all():
    (band,) = bands(worlds.world("few", worlds.posts(2, accounts=(3, 2))).sample(), fewest=10).tiers

    assert (band.lower, band.upper) == (0, None)


def test_the_tier_table_lists_open_ends_as_infinite():
    table = tier_table([scheme("mediakix-instagram")])

    expected = pd.DataFrame(
        {
            "scheme": "Mediakix (Instagram)",
            "tier": ["micro", "macro"],
            "lower": [10_000, 100_000],
            "upper": [100_000, np.inf],
        }
    )
    pd.testing.assert_frame_equal(table, expected)


def test_ten_accounts_make_a_band_and_nine_do_not():
    followers = [3_000] * 10 + [30_000] * 50
    table = pd.DataFrame(
        {
            "account_id": range(60),
            "platform": "x",
            "followers": followers,
            "likes": range(60, 120),
            "comments": 0,
        }
    )
    sample = worlds.world("bands", table).sample()

    assert (
        len(bands(sample).tiers)
        == len(bands(sample, fewest=10).tiers)
        == len(bands(sample, fewest=11).tiers) + 1
    )
