"""Regressions with controls: every choice of controls at once, and the elasticity at equal composition.

Both rest on sums per account, never on posts, and cluster by account: least squares on any subset of controls follows from one matrix of
cross-products, and Poisson pseudo-likelihood from the moments of each account's strata, since all its regressors are constant there.
"""

from itertools import product

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.curve.clustered import kish
from analysis.estimate.contrast import Estimate
from analysis.registers.metrics import METRICS
from analysis.moments.sums import followers_of
from analysis.moments.products import Products
from analysis.moments.sample import Moments


def regressions(products: Products, of: str, confidence: float = 0.95) -> pd.DataFrame:
    """Regress every outcome on one column, with every subset of the others as controls.

    Parameters
    ----------
    products : Products
        From `cross_products`.
    of : str
        The regressor whose coefficient is wanted; the others are controls.
    confidence : float
        Of each interval.

    Returns
    -------
    pandas.DataFrame
        ``outcome``, a column of booleans per control, ``estimate, se, low, high``; 2 ** controls rows per outcome. Standard errors are
        clustered by account with the correction CR1 (Cameron and Miller 2015), intervals have one degree of freedom less than accounts.

    Raises
    ------
    ValueError
        If a column follows from the others, is zero everywhere, or `of` is no regressor.
    """
    columns, pairs = products.columns, np.array(products.pairs)
    if of not in columns[1:]:
        raise ValueError(f"'{of}' is no regressor of these products. Allowed: {', '.join(columns[1:])}.")
    squares = np.zeros((len(columns), len(columns)))
    squares[pairs[:, 0], pairs[:, 1]] = squares[pairs[:, 1], pairs[:, 0]] = products.squares.sum(axis=0)
    scale = np.sqrt(np.diag(squares))
    if empty := [name for name, size in zip(columns, scale, strict=True) if size == 0]:
        raise ValueError(f"{', '.join(empty)}: zero on every post, so that nothing can be said of it. Leave it out.")
    if np.linalg.matrix_rank(squares / np.multiply.outer(scale, scale)) < len(columns):
        raise ValueError(f"one of {', '.join(columns)} follows from the others: leave one option of each choice out.")
    controls = [name for name in columns[1:] if name != of]
    chosen = np.array(list(product((False, True), repeat=len(controls))))
    kept = np.ones((len(chosen), len(columns)), bool)
    kept[:, [columns.index(name) for name in controls]] = chosen
    # what is left out stands on the diagonal alone, so that all subsets are inverted together
    both = kept[:, :, None] & kept[:, None, :]
    inverse = np.linalg.inv(np.where(both, squares, 0.0) + np.eye(len(columns)) * ~kept[:, None, :]) * both
    row = inverse[:, columns.index(of)]
    fits = np.einsum("sij,jk->ski", inverse, products.crosses.sum(axis=0))
    se = _clustered(products, pairs, row, fits, kept.sum(axis=1))
    reach = stdtrit(len(products.squares) - 1, (1 + confidence) / 2) * se
    estimate = fits[:, :, columns.index(of)]
    parts = [
        pd.DataFrame(chosen, columns=controls).assign(
            outcome=name, estimate=estimate[:, k], se=se[:, k], low=(estimate - reach)[:, k], high=(estimate + reach)[:, k]
        )
        for k, name in enumerate(products.outcomes)
    ]
    return pd.concat(parts, ignore_index=True)[["outcome", *controls, "estimate", "se", "low", "high"]]


def _clustered(products: Products, pairs: np.ndarray, row: np.ndarray, fits: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Standard errors, subsets x outcomes: an account's score is linear in its sums, so one matrix of their products serves all."""
    accounts, width = len(products.squares), len(products.outcomes)
    sums = np.column_stack([products.squares, products.crosses.reshape(accounts, -1)])
    cross = sums.T @ sums
    first, second = pairs.T
    weights = np.zeros((len(row), width, sums.shape[1]))
    twice = row[:, None, first] * fits[:, :, second] + row[:, None, second] * fits[:, :, first]
    weights[:, :, : len(pairs)] = -np.where(first == second, twice / 2, twice)
    for k in range(width):
        weights[:, k, len(pairs) + k :: width] = row
    posts = products.squares[:, 0].sum()
    correction = accounts / (accounts - 1) * (posts - 1) / (posts - sizes)
    return np.sqrt(correction[:, None] * np.einsum("skt,tu,sku->sk", weights, cross, weights, optimize=True))


def controlled_elasticity(moments: Moments, metric: str, controls: tuple[str, ...] = (), confidence: float = 0.95) -> Estimate:
    """Estimate the power of followers by which a rate changes, among posts of the same kind: Poisson pseudo-likelihood with controls.

    Parameters
    ----------
    moments : Moments
        Of accounts; cells are published one stratum at a time.
    metric : str
        A key of METRICS.
    controls : tuple of str
        Strata of the source; each level has a factor of its own.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        The slope of the logarithm of the rate on log followers, with unit ``elasticity``, clustered by account.

    Raises
    ------
    ValueError
        For cells.
    """
    if moments.resolution == "cells":
        raise ValueError(f"source '{moments.source.key}' is at hand as cells, which do not tell how its strata go together.")
    table, account, x, left = _rows(moments, metric, controls)
    above, below = (table[f"{metric}.{part}"].to_numpy(float) for part in ("numerator", "denominator"))
    dummies = [pd.get_dummies(table[name], drop_first=True).to_numpy(float) for name in controls]
    column = np.column_stack([np.ones(len(x)), x - np.average(x, weights=below), *dummies])
    theta = _scored(above, below, column)
    expected = below * np.exp(column @ theta)
    bread = np.linalg.inv((column.T * expected) @ column)
    parts = (column @ bread)[:, 1]
    scores, weight = (np.bincount(account, parts * values) for values in (above - expected, expected))
    accounts, posts = len(scores), table[f"{metric}.posts"].sum()
    se = float(np.sqrt(accounts / (accounts - 1) * (posts - 1) / (posts - len(theta)) * (scores**2).sum()))
    df = kish(weight**2, np.ones(accounts))
    reach = stdtrit(df, (1 + confidence) / 2) * se
    given = f", given {', '.join(controls)}" if controls else ""
    estimand = f"elasticity of mean {METRICS[metric].title} in followers, between accounts{given}"
    method = f"Poisson pseudo-likelihood, clustered by account, Kish df {df:.0f}"
    method += f", without {left:.0f} posts of unknown followers or of levels where nothing was counted" if left else ""
    value = float(theta[1])
    return Estimate(f"elasticity{given}", accounts, int(posts), value, value - reach, value + reach, "elasticity", estimand, method, "ok")


def _rows(moments: Moments, metric: str, controls: tuple[str, ...]) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, float]:
    """Rows that can be explained, the number of each one's account, its log followers, and how many posts are left out."""
    table = moments.table[moments.table[f"{metric}.posts"] > 0]
    account = pd.factorize(table["account_id"])[0]
    low, high, logs, known = (
        getattr(table.groupby(account)[name], how)().to_numpy(float)
        for name, how in (("followers_min", "min"), ("followers_max", "max"), ("log_followers", "sum"), ("with_followers", "sum"))
    )
    x = np.log(followers_of(low, high, logs, known))[account]
    at = np.isfinite(x)
    for name in controls:  # a level without a count has a factor of zero, whatever the slope
        at &= (table.groupby(name)[f"{metric}.numerator"].transform("sum") > 0).to_numpy()
    left = table.loc[~at, f"{metric}.posts"].sum()
    table, account, x = table[at], pd.factorize(account[at])[0], x[at]
    return table, account, x, left


def _scored(above: np.ndarray, below: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Solve the score equations by Fisher scoring."""
    theta = np.zeros(column.shape[1])
    theta[0] = np.log(above.sum() / below.sum())
    for _ in range(100):
        expected = below * np.exp(column @ theta)
        step = np.linalg.solve((column.T * expected) @ column, column.T @ (above - expected))
        theta = theta + step
        if np.abs(step).max() < 1e-12:
            return theta
    raise ArithmeticError("the scores of the Poisson regression could not be solved in 100 steps.")
