"""Least squares reach the digits that the US National Institute of Standards and Technology
certifies.

Statistical Reference Datasets, linear regression (public domain,
https://www.itl.nist.gov/div898/strd/): data as printed there, certified values computed with 500
digits. Wampler's data are defined by a formula. Longley's are those that statsmodels ships."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.estimate.curve.elasticity import measured_betas
from analysis.estimate.curve.piecewise import Bands, Basis, least_squares, line
from analysis.registers.lookup import scheme
from analysis.simulate import worlds

NORRIS = np.fromstring(
    """0.1 0.2 338.8 337.4 118.1 118.2 888.0 884.6 9.2 10.1 228.1 226.5 668.5 666.3 998.5 996.3
    449.1 448.6 778.9 777.0 559.2 558.2 0.3 0.4 0.1 0.6 778.1 775.5 668.8 666.9 339.3 338.0
    448.9 447.5 10.8 11.6 557.7 556.0 228.3 228.1 998.0 995.8 888.8 887.6 119.6 120.2 0.3 0.3
    0.6 0.3 557.6 556.8 339.3 339.1 888.0 887.2 998.5 999.0 778.9 779.0 10.2 11.1 117.6 118.3
    228.9 229.2 668.4 669.1 449.2 448.9 0.2 0.5""",
    sep=" ",
).reshape(-1, 2)
PONTIUS = np.fromstring(
    """.11019 .21956 .32949 .43899 .54803 .65694 .76562 .87487 .98292 1.09146 1.20001 1.30822
    1.41599 1.52399 1.63194 1.73947 1.84646 1.95392 2.06128 2.16844 .11052 .22018 .32939 .43886
    .54798 .65739 .76596 .87474 .98300 1.09150 1.20004 1.30818 1.41613 1.52408 1.63159 1.73965
    1.84696 1.95445 2.06177 2.16829""",
    sep=" ",
)
LOAD = 150_000.0 * np.tile(np.arange(1, 21), 2)
STEPS = np.arange(21.0)
LONGLEY = sm.datasets.longley.load_pandas()


def powers(x, degree):
    return np.vander(x, degree + 1, increasing=True)


# name: columns, response, certified coefficients, certified standard errors
SETS = {
    "Norris": (
        powers(NORRIS[:, 1], 1), NORRIS[:, 0],
        [-0.262323073774029, 1.00211681802045], [0.232818234301152, 0.429796848199937e-03],
    ),
    "NoInt1": (
        np.arange(60.0, 71.0)[:, None], np.arange(130.0, 141.0),
        [2.07438016528926], [0.165289256198347e-01],
    ),
    "NoInt2": (
        np.array([[4.0], [5.0], [6.0]]), np.array([3.0, 4.0, 4.0]),
        [0.727272727272727], [0.420827318078432e-01],
    ),
    "Pontius": (
        powers(LOAD, 2), PONTIUS,
        [0.673565789473684e-03, 0.732059160401003e-06, -0.316081871345029e-14],
        [0.107938612033077e-03, 0.157817399981659e-09, 0.486652849992036e-16],
    ),
    "Longley": (
        sm.add_constant(LONGLEY.exog).to_numpy(float), LONGLEY.endog.to_numpy(float),
        [-3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683,
         -1.03322686717359, -0.511041056535807e-01, 1829.15146461355],
        [890420.383607373, 84.9149257747669, 0.334910077722432e-01, 0.488399681651699,
         0.214274163161675, 0.226073200069370, 455.478499142212],
    ),
    "Wampler1": (powers(STEPS, 5), powers(STEPS, 5) @ np.ones(6), [1.0] * 6, [0.0] * 6),
    "Wampler2": (
        powers(STEPS, 5), powers(STEPS, 5) @ 10.0 ** -np.arange(6),
        10.0 ** -np.arange(6), [0.0] * 6,
    ),
}  # fmt: skip


def as_accounts(y):
    """Responses as accounts; where they stand on the follower axis does not matter to columns that
    are given.
    """
    none, place = np.zeros(len(y)), np.arange(1.0, len(y) + 1)
    return Bands(np.ones(len(y)), place, np.asarray(y, float), none, none, none, place, place)


def digits(computed, certified):
    """Correct significant digits of the worst number; where zero is certified, zeros behind the
    point.
    """
    computed, certified = np.asarray(computed, float), np.asarray(certified, float)
    wrong = np.abs(computed - certified) / np.where(certified == 0, 1.0, np.abs(certified))
    return float(-np.log10(np.maximum(wrong, 1e-15)).min())


@pytest.mark.parametrize("name", SETS)
def test_coefficients_reach_nine_digits_or_those_of_statsmodels(name):
    columns, response, coefficients, errors = SETS[name]
    theirs = sm.OLS(response, columns).fit()

    fit = least_squares(as_accounts(response), Basis(columns, np.zeros_like(columns)))

    ours = np.sqrt(np.diag(fit.inverse) * fit.squares.sum() / fit.df)
    assert digits(fit.coefficients, coefficients) >= min(9, digits(theirs.params, coefficients))
    assert digits(ours, errors) >= min(9, digits(theirs.bse, errors))


def test_the_published_slope_of_the_norris_data_comes_out_of_posts_as_well():
    # Norris' x and y stand for logs: followers are exp(x), rates exp(y - x), scaled so that both
    # stay within reach of a float
    x, y = NORRIS[:, 1] / 100, NORRIS[:, 0] / 100
    followers = np.exp(x + 10)
    names = [f"{at:02}" for at in range(len(x))]
    posts = pd.DataFrame({"account_id": names, "platform": "instagram", "followers": followers})
    world = worlds.world("norris", posts.assign(likes=followers * np.exp(y - x), comments=0.0))

    betas = measured_betas([world.sample().tier(scheme("decades"))])

    assert digits(betas["beta"], SETS["Norris"][2][1:]) >= 9


def test_columns_that_repeat_each_other_are_refused_instead_of_answered_in_few_digits():
    # Filip's polynomial of degree 10 stands here by its design alone: x from -9 to -3, where powers
    # are nearly the same
    x = np.linspace(-9, -3, 82)

    assert least_squares(as_accounts(x), Basis(powers(x, 10), 0 * powers(x, 10))) is None


def test_from_bands_the_line_is_the_same_as_from_their_accounts():
    accounts = as_accounts(NORRIS[:, 0])
    place = NORRIS[:, 1]
    each = replace(accounts, x=place, lower=place, upper=place)
    groups = [NORRIS[np.argsort(NORRIS[:, 1])][start : start + 6] for start in range(0, 36, 6)]
    n, y, x = np.array([(len(group), *group.mean(axis=0)) for group in groups]).T
    squares = np.array([np.cov(group.T, ddof=0) * len(group) for group in groups])
    edges = np.array([(group[:, 1].min(), group[:, 1].max()) for group in groups]).T
    banded = Bands(n, x, y, squares[:, 1, 1], squares[:, 0, 1], squares[:, 0, 0], *edges)

    one, other = (least_squares(bands, line(bands)) for bands in (each, banded))

    assert digits(other.coefficients, one.coefficients) >= 12
    assert digits([one.coefficients[1]], SETS["Norris"][2][1:]) >= 12
