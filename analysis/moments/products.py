"""Cross-products: what least squares needs of posts, summed per account in one pass.

Moments hold sums of one metric at a time. A regression over single posts needs the products of its columns, too; summed per account they
hold every regression on any choice of these columns, with its variance between accounts, exactly (Wong et al. 2021, arXiv 2102.11297).
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import narwhals as nw
import numpy as np
import pandas as pd

ALIKE = "__alike"
"""How many posts of an account are alike in every regressor."""


@dataclass(frozen=True)
class Products:
    """Sums of products over the posts of each account.

    Attributes
    ----------
    columns : tuple of str
        ``constant`` and the regressors.
    outcomes : tuple of str
        What is explained.
    squares : numpy.ndarray
        accounts x pairs of columns, in the order of `pairs`.
    crosses : numpy.ndarray
        accounts x columns x outcomes.
    """

    columns: tuple[str, ...]
    outcomes: tuple[str, ...]
    squares: np.ndarray
    crosses: np.ndarray

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Places of the columns that are multiplied in each column of `squares`."""
        return list(combinations_with_replacement(range(len(self.columns)), 2))


def cross_products(posts, regressors: tuple[str, ...], outcomes: tuple[str, ...]) -> Products:
    """Sum the products of columns per account.

    Parameters
    ----------
    posts : frame or relation
        One row per post with an ``account_id``: a pandas frame, a DuckDB relation, or any lazy frame that Narwhals knows.
    regressors, outcomes : tuple of str
        Numeric columns without missing values; a choice such as a platform is one column of zeros and ones per option but one. The fewer
        values the regressors have, the faster it is; with many, as many rows as there are posts are held in memory.
    """
    if isinstance(posts, pd.DataFrame):
        import duckdb

        posts = duckdb.from_df(posts)
    numbers = (nw.col(name).cast(nw.Float64) for name in (*regressors, *outcomes))
    frame = nw.from_native(posts).lazy().select("account_id", *numbers)
    # posts of an account that are alike in every regressor need only be counted, and their outcomes added
    alike = frame.group_by("account_id", *regressors).agg(nw.len().alias(ALIKE), *(nw.col(name).sum() for name in outcomes))
    table = alike.collect(backend="pandas").to_native()
    account = pd.factorize(table["account_id"])[0]
    order = np.argsort(account, kind="stable")
    starts = np.flatnonzero(np.diff(account[order], prepend=-1))
    x = table[list(regressors)].assign(constant=1.0)[["constant", *regressors]].to_numpy(float)[order].T
    weight, y = table[ALIKE].to_numpy(float)[order], table[list(outcomes)].to_numpy(float)[order].T
    squares = [np.add.reduceat(weight * one * two, starts) for one, two in combinations_with_replacement(x, 2)]
    crosses = [[np.add.reduceat(one * two, starts) for two in y] for one in x]
    return Products(("constant", *regressors), outcomes, np.stack(squares, axis=1), np.array(crosses).transpose(2, 0, 1))
