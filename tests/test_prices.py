"""Prices are read in one stated currency, kept as sums that describe no person, and give the
elasticity they were made with.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.estimate.breakdowns import between_levels, each_kind
from analysis.estimate.contrast import contrast
from analysis.estimate.cost.price_laws import (
    REFERENCE,
    PowerLaw,
    check_currency,
    power_law,
    price_laws,
)
from analysis.estimate.cost.printed_prices import owners_mean, price_evidence, price_slopes
from analysis.moments.cells import FEWEST
from analysis.moments.load import load
from analysis.moments.own import read_own
from analysis.moments.price_lists import EDGES, load_prices, price_cells, read_prices
from analysis.moments.rebuild import rebuild_prices
from analysis.moments.sources import agency_rate_card
from analysis.registers.lookup import price_lists, price_tables, scheme
from analysis.registers.published import published
from analysis.registers.records import PriceTable

RAW = paths.ROOT.parent / "shared" / "datasets"
needs_raw = pytest.mark.skipif(
    not RAW.is_dir(),
    reason="the raw files (shared/datasets beside the project) are not on this machine",
)


def quotes(seed=1, n=200, gamma=0.6, level=1_000.0, spread=0.3):
    rng = np.random.default_rng(seed)
    followers = np.round(10 ** rng.uniform(3.5, 6, n))
    price = level * (followers / REFERENCE) ** gamma * np.exp(rng.normal(0, spread, n))
    return pd.DataFrame(
        {"platform": "instagram", "followers": followers, "price": price, "currency": "EUR"}
    )


def written(table, tmp_path, name="prices.csv"):
    path = tmp_path / name
    table.to_csv(path, index=False)
    return path


def refusal(table, tmp_path):
    with pytest.raises(SchemaError) as error:
        read_prices(written(table, tmp_path))
    (line,) = str(error.value).splitlines()
    return line


def law_of(table, tmp_path):
    (moments,) = read_prices(written(table, tmp_path)).values()
    return power_law(moments.sample("cost_per_post"))


def test_a_known_elasticity_and_level_are_estimated(tmp_path):
    law = law_of(quotes(n=4_000), tmp_path)

    assert law.slope == pytest.approx(0.6, abs=3 * np.sqrt(law.covariance[1, 1]))
    assert np.exp(law.level) == pytest.approx(1_000, rel=3 * np.sqrt(law.covariance[0, 0]))
    assert law.spread == pytest.approx(0.3, rel=0.05)
    assert law.currency == "EUR"


def test_the_law_is_that_of_least_squares_with_its_covariance(tmp_path):
    table = quotes(n=40)
    law = law_of(table, tmp_path)
    x, y = np.log(table["followers"] / REFERENCE), np.log(table["price"])

    (slope, level), covariance = np.polyfit(x, y, 1, cov=True)

    assert (law.slope, law.level) == pytest.approx((slope, level))
    assert law.covariance == pytest.approx(covariance[::-1, ::-1])
    assert law.at(50_000) == pytest.approx(np.exp(level) * 0.5**slope)


def test_the_interval_of_an_elasticity_holds_the_truth_as_often_as_it_says():
    one = load_prices()["agency-armenia-reel"].sample("cost_per_post")
    held = 0
    for seed in range(200):
        table = quotes(seed, n=20)
        x, y = np.log(table["followers"]), np.log(table["price"])
        sums = {
            "positive": 1.0,
            "log_followers": x,
            "log_rate": y,
            "log_followers2": x**2,
            "log_rate2": y**2,
        }
        low, high = power_law(
            replace(one, rows=pd.DataFrame(sums | {"log_followers_log_rate": x * y}))
        ).interval(0.9)
        held += low < 0.6 < high
    assert 0.84 < held / 200 < 0.96


def test_the_interval_of_an_elasticity_is_that_of_t():
    law = PowerLaw("made", 22, 0.0, 0.6, 0.3, 0.4, 60.0, "EUR")
    reach = stats.t.ppf(0.95, 20) * np.sqrt(law.covariance[1, 1])

    assert law.interval(0.9) == pytest.approx((0.6 - reach, 0.6 + reach))


@pytest.mark.parametrize(
    ("followers", "laws"), [([1e4, 1e4, 1e4], 0), ([1e4, 1e4, 1e5], 1), ([1e4, 1e5], 0)]
)
def test_a_law_takes_three_prices_and_two_sizes(tmp_path, followers, laws):
    table = quotes(n=len(followers)).assign(followers=followers)

    assert len(price_laws(read_prices(written(table, tmp_path)).values())) == laws


def test_prices_that_ignore_size_have_no_elasticity(tmp_path):
    low, high = law_of(quotes(7, gamma=0.0), tmp_path).interval()

    assert low < 0 < high


def test_the_price_per_follower_and_per_post_tell_one_elasticity(tmp_path):
    (moments,) = read_prices(written(quotes(), tmp_path)).values()

    per_post, per_follower = (
        power_law(moments.sample(name)) for name in ("cost_per_post", "cost_per_follower")
    )

    assert per_follower.slope == pytest.approx(per_post.slope)
    assert per_follower.level == pytest.approx(per_post.level)


def test_platforms_deliverables_and_kinds_are_kept_apart(tmp_path):
    table = quotes(n=40).assign(
        kind=["quote", "Measured payment"] * 20, deliverable=["reel"] * 20 + ["post"] * 20
    )

    found = read_prices(written(table, tmp_path))

    assert len(found) == 4
    assert {moments.source.short for moments in found.values()} == {
        f"Own {deliverable} ({kind}, instagram)"
        for deliverable in ("reel", "post")
        for kind in ("quote", "measured payment")
    }


def test_a_range_of_followers_stands_at_its_logarithmic_middle(tmp_path):
    table = pd.DataFrame(
        {
            "platform": "x",
            "followers_min": 1_000,
            "followers_max": 100_000,
            "price": [5, 6],
            "currency": "EUR",
        }
    )

    (moments,) = read_prices(written(table, tmp_path)).values()

    assert moments.sample("cost_per_post").rows["lower"].tolist() == pytest.approx([10_000, 10_000])


BAD_PRICES = {
    "a zero price": (
        {"price": [0, 9]},
        "column 'price', data row 1: '0' does not fit. Allowed: a number above 0; what cost "
        "nothing",
    ),
    "a negative price": (
        {"price": [9, -3]},
        "column 'price', data row 2: '-3' does not fit. Allowed: a number above 0;",
    ),
    "an empty price": (
        {"price": [9, None]},
        "column 'price', data row 2: is blank. Allowed: a number above 0;",
    ),
    "text for a price": (
        {"price": ["nine", 9]},
        "column 'price', data row 1: 'nine' is not a number.",
    ),
    "no code": (
        {"currency": ["EUR", "euros"]},
        "column 'currency', data row 2: 'EUROS' stands beside an amount. Allowed: an ISO",
    ),
    "a missing code": (
        {"currency": ["EUR", None]},
        "column 'currency', data row 2: is blank beside an amount. Allowed: an ISO",
    ),
    "two currencies": (
        {"currency": ["EUR", "USD"]},
        "amounts in price are in several currencies: EUR (1 rows), USD (1 rows). "
        "Nothing is converted: give each currency a file of its own.",
    ),
    "another kind": (
        {"kind": "guess"},
        "column 'kind', data rows 1, 2: 'guess' does not fit. Allowed: measured payment, rate "
        "card, quote.",
    ),
}


@pytest.mark.parametrize("fault", BAD_PRICES)
def test_a_bad_price_is_refused_in_one_sentence(fault, tmp_path):
    changed, sentence = BAD_PRICES[fault]

    assert sentence in refusal(quotes(n=2).assign(**changed), tmp_path)


def test_prices_without_currency_or_followers_are_refused_in_one_sentence(tmp_path):
    assert "required column 'currency' is missing" in refusal(
        quotes(n=2).drop(columns="currency"), tmp_path
    )
    assert "a price needs followers, or both followers_min and followers_max" in refusal(
        quotes(n=2).drop(columns="followers"), tmp_path
    )
    assert "no price has followers above zero" in refusal(quotes(n=2).assign(followers=0), tmp_path)


def test_prices_are_read_as_any_file_is_and_what_was_repaired_or_not_read_stands_in_their_limits(
    tmp_path,
):
    path = tmp_path / "prices.csv"
    path.write_text(
        "Network;Follower Count;price;currency;mood\nIG;12K;€ 450,50;eur;a\nIG;1.5M;2000;EUR;b\n"
    )

    (moments,) = read_prices(path).values()

    assert moments.source.currency == "EUR"
    assert sorted(moments.sample("cost_per_post").rows["numerator"]) == [450.5, 2000]
    assert sorted(moments.sample("cost_per_post").rows["lower"]) == [12_000, 1_500_000]
    limits = "\n".join(moments.source.limits)
    assert "Repaired on reading: platform, other word: 2." in limits
    assert "columns that are not read: mood." in limits
    assert "450" not in limits


def test_a_sign_beside_a_price_that_is_not_its_currency_is_refused(tmp_path):
    sentence = (
        "amounts in price are in several currencies: EUR (2 rows), USD (by its sign). "
        "Nothing is converted"
    )

    assert sentence in refusal(quotes(n=2).assign(price=["$12", "9"]), tmp_path)


POSTS = {
    "account_id": ["a", "b"],
    "platform": "x",
    "followers": [10, 20],
    "likes": 3,
    "comments": 1,
    "cost": [5, 6],
}
BAD_COSTS = {
    "no currency": (
        {},
        "cost hold amounts without a currency. Add a column 'currency' with an ISO 4217 code "
        "such as EUR in each row.",
    ),
    "two currencies": (
        {"currency": ["EUR", "USD"]},
        "amounts in cost are in several currencies: EUR (1 rows), USD (1 rows).",
    ),
    "a sign against the column": (
        {"cost": ["$5", 6], "currency": "EUR"},
        "amounts in cost are in several currencies: EUR (2 rows), USD (by its sign).",
    ),
    "no currency beside amplification": (
        {"cost": [None, None], "amplification": [5, 6]},
        "cost and amplification hold amounts without a currency.",
    ),
    "a negative cost": (
        {"cost": [5, -1], "currency": "EUR"},
        "column 'cost', data row 2: '-1' does not fit. Allowed: a number, 0 or",
    ),
}


@pytest.mark.parametrize("fault", BAD_COSTS)
def test_bad_costs_of_posts_are_refused_in_one_sentence(fault, tmp_path):
    changed, sentence = BAD_COSTS[fault]
    with pytest.raises(SchemaError) as error:
        read_own(written(pd.DataFrame(POSTS | changed), tmp_path), "acme")
    assert sentence in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_costs_of_posts_give_the_law_that_the_same_prices_give(tmp_path):
    table = quotes()
    posts = table.rename(columns={"price": "cost"}).assign(
        account_id=range(len(table)), likes=1, comments=0
    )

    own = read_own(written(posts, tmp_path), "acme")

    assert own.source.currency == "EUR"
    law = price_laws([own])["acme"]
    same = law_of(table, tmp_path)
    assert (law.slope, law.level) == pytest.approx((same.slope, same.level))


def programme(n=40, ratio=3.0):
    rng = np.random.default_rng(3)
    employee = np.arange(2 * n) < n
    return pd.DataFrame(
        {
            "account_id": range(2 * n),
            "platform": "linkedin",
            "followers": np.round(10 ** rng.uniform(3, 4, 2 * n)),
            "likes": np.round(
                np.exp(rng.normal(np.where(employee, np.log(100 * ratio), np.log(100)), 0.5))
            ),
            "comments": 5,
            "cost": np.where(employee, np.nan, 200.0),
            "amplification": np.where(employee, 50.0, np.nan),
            "currency": "EUR",
            "creator_kind": np.where(employee, "employee", "external"),
        }
    )


def test_employees_and_external_creators_are_contrasted_like_tiers_and_amplification_is_a_cost(
    tmp_path,
):
    own = read_own(written(programme(), tmp_path), "acme")

    metrics = ("engagement_per_follower", "cost_per_post", "engagement_per_cost")
    kinds = each_kind([own], metrics)
    per_cost = between_levels(own, "engagement_per_cost", "employee", "external")

    assert per_cost.label == "employee / external"
    tiers = contrast(own.sample("engagement_per_cost").tier(scheme("decades")))
    what = str(tiers.estimand).replace("micro / macro", "employee / external")
    assert str(per_cost.estimand) == f"{what}, by creator_kind"
    assert per_cost.low < 3.0 * 200 / 50 < per_cost.high
    assert own.sample("cost_per_post", "creator_kind", "employee").rows[
        "numerator"
    ].unique().tolist() == [50.0]
    assert own.sample("cost_per_post", "creator_kind", "external").rows[
        "numerator"
    ].unique().tolist() == [200.0]
    assert len(kinds) == 3
    assert set(each_kind([own], ("cost_per_post",)).to_frame()["label"]) == {"employee / external"}

    kinds = programme().replace({"creator_kind": {"external": "partner"}})
    without = read_own(written(kinds, tmp_path), "acme")
    assert set(each_kind([without], ("cost_per_post",)).to_frame()["label"]) == {
        "partner / employee"
    }


def test_amplification_is_added_to_what_the_post_cost(tmp_path):
    table = programme().assign(cost=200.0, amplification=50.0)

    own = read_own(written(table, tmp_path), "acme")

    assert own.sample("cost_per_post").rows["numerator"].unique().tolist() == [250.0]


def test_an_account_of_two_kinds_is_refused_since_the_two_sides_would_share_it(tmp_path):
    table = programme().assign(
        account_id=lambda t: t.index // 2, creator_kind=["employee", "external"] * 40
    )

    with pytest.raises(ValueError, match="40 accounts have posts of both employee and external"):
        between_levels(
            read_own(written(table, tmp_path), "acme"),
            "engagement_per_follower",
            "employee",
            "external",
        )


def test_no_shipped_price_describes_fewer_than_five_accounts_and_no_difference_one():
    for moments in load_prices().values():
        assert moments.table["accounts"].min() >= FEWEST
    bands = {
        key: tuple(m.table.loc[m.table["metric"] == "cost_per_post", "accounts"])
        for key, m in load_prices().items()
    }
    assert len(set(bands.values())) == 1, "every deliverable is of the same accounts"


def test_deliverables_of_different_accounts_are_refused():
    table = quotes(n=12).assign(account_id=range(12), deliverable=["reel", "post"] * 6)

    with pytest.raises(RegisterError, match="not those of the same accounts"):
        price_cells(table)


def test_cells_of_prices_give_the_law_that_the_prices_give(tmp_path):
    table = quotes(n=300).assign(account_id=range(300))
    cells = price_cells(table)
    whole = power_law(
        next(iter(read_prices(written(table, tmp_path)).values())).sample("cost_per_post")
    )
    moments = next(iter(load_prices().values()))

    summed = power_law(
        replace(moments, table=cells.drop(columns="deliverable")).sample("cost_per_post")
    )

    names = ("n", "level", "slope", "spread", "distance", "sxx")
    numbers = [[getattr(law, name) for name in names] for law in (summed, whole)]
    assert numbers[0] == pytest.approx(numbers[1])
    assert set(cells["lower"]) <= set(EDGES)


def test_the_open_list_gives_the_elasticities_that_its_provenance_states():
    laws = price_laws(load_prices().values())

    assert laws["agency-armenia-reel"].slope == pytest.approx(0.41, abs=0.03)
    assert laws["agency-armenia-photo"].slope == pytest.approx(0.52, abs=0.01)
    assert {law.n for law in laws.values()} == {37}


@needs_raw
def test_the_shipped_prices_are_what_the_raw_file_gives(tmp_path):
    rebuild_prices(RAW, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in paths.PRICES.iterdir()
    )
    for path in paths.PRICES.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), (
            f"{path.name} differs: rebuild it with make cells"
        )


def test_numbers_are_read_however_their_thousands_are_separated(tmp_path):
    prices = "price_reels_creative,price_photo_post,price_stories,avg_views_reels"
    lines = (
        ",,",
        f"full_name,social_net ,subs,{prices}",
        'a,instagram,"196 000","400,000","400,000",180.000,300000',
        'b,instagram,"11,700","200,000",-,"50,000","80,000"',
        "c,tiktok,1,1,1,1,1",
    )
    (tmp_path / "influencers_data.csv").write_text("\n".join(lines), encoding="utf-8")

    prices_read, left_out = agency_rate_card.read(tmp_path, "instagram")

    assert prices_read["price"].tolist() == [400_000, 400_000, 180_000]
    assert set(prices_read["followers"]) == {196_000}
    assert left_out["rows"].tolist() == [1, 1]


def test_a_published_table_gives_the_slope_between_its_tiers():
    tables = price_slopes(published(), price_tables()).set_index(["source", "quantity", "platform"])

    card = tables.loc[("rate_card_2021", "cost per post", "instagram")]
    assert card["slope"] == pytest.approx(1.0, abs=0.02)
    assert np.exp(card["level"]) == pytest.approx(1_000, rel=0.05)
    assert tables.loc[("captiv8_nd", "cost per post", "instagram"), "slope"] == pytest.approx(
        np.log10(75 / 5) / 1.3116, abs=0.001
    )


def test_payments_and_rate_cards_are_kept_apart_and_every_series_has_a_kind():
    tables = price_slopes(published(), price_tables())

    assert set(tables["source"]) == set(price_tables())
    assert set(tables.loc[tables["kind"] == "measured payment", "data_owner"]) == {
        "izea",
        "beichert-2024",
    }
    with pytest.raises(
        ValueError,
        match=r"published prices of .*izea_2021.* have no kind. Register it in data/prices.toml",
    ):
        price_slopes(published(), {})


def test_a_table_of_prices_keeps_its_name_and_leaves_out_tiers_of_low_confidence_if_two_are_left():
    figures, kinds = published(), price_tables()
    tables = price_slopes(figures, kinds)

    assert tables["short"].tolist() == [kinds[key].short for key in tables["source"]]
    assert set(tables["deliverable"]) == {"post", "video"}
    five, two = (
        {"ids": tables.loc[tables["n_tiers"] == n, "ids"].iloc[0], "n_tiers": n} for n in (5, 2)
    )
    for table, left in ((five, 4), (two, 2)):
        names = table["ids"].split()
        doubted = price_slopes(
            figures.assign(confidence=figures["confidence"].mask(figures["id"] == names[0], "low")),
            kinds,
        )
        found = doubted[doubted["ids"].str.contains(names[-1])].iloc[0]
        assert (found["n_tiers"], found["pooled"], found["confidence"] == "low") == (
            left,
            left == 4,
            left == 2,
        )


def test_a_card_that_is_copied_counts_once_however_many_tables_it_has():
    tables = price_slopes(published(), price_tables())
    post = tables[(tables["quantity"] == "cost per post") & tables["pooled"]]

    once, thrice = (
        owners_mean(table, "e")
        for table in (post, pd.concat([post, post[post["source"] == "rate_card_2021"]]))
    )

    assert once.n_accounts == thrice.n_accounts == post["data_owner"].nunique()


def test_few_owners_without_errors_decide_nothing():
    tables = price_slopes(published(), price_tables())
    few = owners_mean(tables[tables["pooled"]], "e")
    nothing = owners_mean(tables.head(0), "e")

    assert few.status == "indicative"
    assert few.sentence().endswith(f"{few.n_accounts} data owners, indicative only.")
    assert np.isnan([nothing.estimate, nothing.low, nothing.high]).all()
    assert (nothing.unit, nothing.n_accounts) == ("ratio", 0)
    assert str(nothing.estimand) == "cost per follower, e"
    assert (nothing.method, nothing.status) == ("no published table", "undefined")
    assert nothing.label == "accounts ten times as large / accounts"


def test_the_mean_of_owners_has_the_interval_of_a_t_test_of_their_votes_in_powers_of_ten():
    slopes = np.linspace(0.5, 1.4, 10)
    tables = pd.DataFrame({"data_owner": [*range(10), 0], "slope": [*slopes, slopes[0]]})
    mean, nine = (owners_mean(tables, "e"), owners_mean(tables[tables["data_owner"] < 9], "e"))
    ends = stats.ttest_1samp(slopes, 0).confidence_interval(0.95)

    expected = [10 ** (value - 1) for value in (slopes.mean(), *ends)]
    assert [mean.estimate, mean.low, mean.high] == pytest.approx(expected)
    assert (mean.n_accounts, mean.n_posts, mean.status) == (10, 11, "ok")
    assert mean.method == "t over data owners, one vote each, 11 tables"
    few = "indicative only, 9 data owners; t over data owners, one vote each, 10 tables"
    assert (nine.method, nine.status) == (few, "indicative")
    assert nine.estimate == pytest.approx(10 ** (slopes[:9].mean() - 1))
    alone = owners_mean(tables.head(1), "e")
    assert np.isnan(alone.low) and "1 data owner;" in alone.method


def test_another_currency_keeps_its_slope_and_takes_the_stated_level():
    law = price_laws(load_prices().values())["agency-armenia-reel"]
    in_euros = law.anchored("EUR", 5.0)

    assert law.anchored("AMD", 5.0) is law
    assert in_euros.at(REFERENCE) == pytest.approx(5.0)
    assert (in_euros.slope, in_euros.currency) == (law.slope, "EUR")


def test_a_law_reads_as_a_sentence():
    law = load("instagram-kim").sample("engagement").power_law()

    grows = "grows as followers to the power 0.879 [0.872, 0.886]."
    assert repr(law) == f"Instagram (Kim et al.), (likes + comments): {grows}"


def test_prices_in_another_currency_than_the_report_are_refused_in_one_sentence(tmp_path):
    prices = read_prices(written(quotes(), tmp_path)).values()
    own = {one.source.short: one.source.currency for one in prices}

    check_currency(own, "EUR")
    with pytest.raises(
        SchemaError,
        match=r"not in USD: Own post .* in EUR\. Nothing is converted here: set the parameter",
    ):
        check_currency(own, "USD")
    with pytest.raises(
        SchemaError, match=r"currency 'euro' is not allowed\. Allowed: an ISO 4217 code"
    ):
        check_currency({}, "euro")


def test_own_prices_come_first_and_else_two_that_lie_far_apart(tmp_path):
    own = read_prices(written(quotes(), tmp_path))
    law = power_law(load("instagram-kim").sample())
    evidence = price_evidence(own | load_prices(), price_slopes(published(), price_tables()), law)
    frame = evidence.to_frame()

    mine = "Own post (quote, instagram)"
    assert evidence.far_apart([mine]).facts["name"].tolist() == [mine]
    two = evidence.far_apart()
    columns = ["name", "owner", "kind", "platform", "printed", "n", "currency"]
    columns += ["gamma", "gamma_low", "gamma_high", "beta", "beta_low", "beta_high"]
    assert frame.columns.tolist() == columns
    assert two.to_frame()["gamma"].is_monotonic_increasing and len(two) == 2
    printed = [one.printed for one in evidence.laws]
    assert frame["printed"].tolist() == frame["gamma_low"].isna().tolist() == printed


def test_prices_of_a_platform_are_kept_by_name_and_owner_and_counted_in_a_sentence():
    law = power_law(load("instagram-kim").sample())
    tables = price_slopes(published(), price_tables())
    evidence = price_evidence(load_prices(), tables, law)
    here = evidence.for_platform("instagram")

    assert set(here.facts["platform"]) == {"instagram", "all"}
    assert not here.facts["name"].str.contains(", instagram$").any()
    assert list(here.anchored("USD", 1_000.0)) == here.facts["name"].tolist()
    owners = evidence.by_owner()
    assert list(owners) == evidence.facts["owner"].unique().tolist()
    assert sum(len(laws) for laws in owners.values()) == len(evidence)
    below = (evidence.to_frame()["gamma"] < law.slope).sum()
    assert evidence.sentence().startswith(f"By {below} of {len(evidence)} sources of prices")


def test_every_price_list_has_a_currency_a_licence_and_limits():
    for price_list in price_lists().values():
        assert price_list.currency and price_list.licence and price_list.limits
        assert price_list.kind in PriceTable.model_fields["kind"].annotation.__args__
