"""Cross-products: what least squares needs of posts, summed per account in one pass.

Moments hold sums of one metric at a time. A regression over single posts needs the products of its columns, too; summed per account they
hold every regression on any choice of these columns, with its variance between accounts, exactly (Wong et al. 2021, arXiv 2102.11297).
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import narwhals as nw
import numpy as np
import pandas as pd


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
        Numeric columns without missing values; a choice such as a platform is one column of zeros and ones per option but one.
    """
    if isinstance(posts, pd.DataFrame):
        import duckdb

        posts = duckdb.from_df(posts)
    numbers = (nw.col(name).cast(nw.Float64) for name in (*regressors, *outcomes))
    frame = nw.from_native(posts).lazy().with_columns(*numbers, constant=nw.lit(1.0))
    columns = ("constant", *regressors)
    terms = [*map(nw.col, columns)]
    squares = [(one * two).sum().alias(f"x{number}") for number, (one, two) in enumerate(combinations_with_replacement(terms, 2))]
    crosses = [(one * nw.col(two)).sum().alias(f"y{i}.{j}") for i, one in enumerate(terms) for j, two in enumerate(outcomes)]
    table = frame.group_by("account_id").agg(*squares, *crosses).drop("account_id").collect(backend="pandas").to_native().to_numpy(float)
    return Products(columns, outcomes, table[:, : len(squares)], table[:, len(squares) :].reshape(len(table), len(columns), len(outcomes)))
