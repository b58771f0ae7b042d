"""Regressions from sums per account are those that others fit on the posts."""

from itertools import product

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import stdtrit

from analysis.estimate.curve.elasticity import elasticity
from analysis.estimate.regressions import controlled_elasticity, regressions
from analysis.simulate import worlds
from analysis.moments.load import load
from analysis.moments.products import cross_products

CONTROLS = ("sponsored", "evening", "long")
OUTCOMES = ("likes", "comments")


@pytest.fixture(scope="module")
def posts():
    table, rng = worlds.posts(5, accounts=(60, 40), posts_per_account=8), np.random.default_rng(5)
    table["small"] = (table["followers"] < 1e5).astype(int)
    for name in CONTROLS:
        table[name] = rng.integers(2, size=len(table))
    table["niche"] = rng.choice(["food", "travel", "none of both"], len(table))
    table.loc[table["niche"] == "none of both", ["likes", "comments"]] = 0
    return table


def test_every_subset_of_controls_is_the_regression_that_statsmodels_fits_on_the_posts(posts):
    found = regressions(cross_products(posts, ("small", *CONTROLS), OUTCOMES), "small")

    assert len(found) == 2 ** len(CONTROLS) * len(OUTCOMES)
    for outcome, *chosen in product(OUTCOMES, *[(False, True)] * len(CONTROLS)):
        names = ["small", *(name for name, taken in zip(CONTROLS, chosen, strict=True) if taken)]
        fit = sm.OLS(posts[outcome].astype(float), sm.add_constant(posts[names].astype(float))).fit(
            cov_type="cluster", cov_kwds={"groups": pd.factorize(posts["account_id"])[0]}, use_t=True
        )
        row = found[(found["outcome"] == outcome) & (found[list(CONTROLS)] == chosen).all(axis=1)].iloc[0]
        expected = [fit.params["small"], fit.bse["small"], *fit.conf_int().loc["small"]]
        np.testing.assert_allclose(row[["estimate", "se", "low", "high"]].astype(float), expected, rtol=1e-10)


def test_products_are_summed_in_one_pass_from_a_relation_as_from_a_frame(posts):
    frame, relation = (cross_products(given, ("small", "long"), ("likes",)) for given in (posts, duckdb.from_df(posts)))

    assert frame.pairs == [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]
    assert frame.squares[:, 0].sum() == len(posts)
    np.testing.assert_array_equal(np.sort(frame.squares, axis=0), np.sort(relation.squares, axis=0))


def test_a_column_that_follows_from_the_others_is_refused(posts):
    both = posts.assign(large=1 - posts["small"])

    with pytest.raises(ValueError, match="one of constant, small, large follows from the others: leave one option of each choice out"):
        regressions(cross_products(both, ("small", "large"), ("likes",)), "small")


@pytest.mark.parametrize(
    ("of", "says"), [("large", "'large' is no regressor of these products. Allowed: small, none."), ("small", "none: zero on every post")]
)
def test_what_cannot_be_regressed_on_is_told(posts, of, says):
    products = cross_products(posts.assign(none=0), ("small", "none"), ("likes",))

    with pytest.raises(ValueError, match=says):
        regressions(products, of)


def test_the_elasticity_with_controls_is_the_poisson_regression_that_statsmodels_fits_on_the_posts(posts):
    table = posts.assign(sponsored=np.where(posts["sponsored"] == 1, "yes", "no"))
    moments = worlds.world("controls", table)
    found = controlled_elasticity(moments, "engagement_per_follower", ("sponsored", "niche"))

    kept = table[table["niche"] != "none of both"].reset_index(drop=True)
    column = pd.get_dummies(kept[["sponsored", "niche"]], drop_first=True).astype(float).assign(size=np.log(kept["followers"]))
    fit = sm.GLM(
        (kept["likes"] + kept["comments"]).astype(float),
        sm.add_constant(column),
        family=sm.families.Poisson(),
        offset=np.log(kept["followers"]),
    ).fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(kept["account_id"])[0]}, tol=1e-14)

    assert found.estimate == pytest.approx(fit.params["size"], rel=1e-8)
    assert f"without {len(table) - len(kept)} posts" in found.method
    # both correct the variance for few clusters alike; statsmodels takes a normal quantile, and our method prints a rounded df
    df, reach = float(found.method.split("Kish df ")[1].split(",")[0]), (found.high - found.low) / 2 / fit.bse["size"]
    assert stdtrit(df + 0.5, 0.975) <= reach <= stdtrit(df - 0.5, 0.975)


def test_without_controls_it_is_the_elasticity_of_the_sample(posts):
    moments = worlds.world("controls", posts[["account_id", "platform", "followers", "likes", "comments"]])

    found, expected = controlled_elasticity(moments, "likes_per_post"), elasticity(moments.sample("likes_per_post"), "poisson")

    for name in ("estimate", "low", "high"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-8)


def test_cells_have_no_controls_and_say_so():
    with pytest.raises(ValueError, match="is at hand as cells, which do not tell how its strata go together"):
        controlled_elasticity(load("instagram-kim"), "engagement_per_follower", ("sponsored",))
