"""POSTS -> a panel: rows of one creator and month, and sums over creators.

A panel follows the same creators through time. `panel_rows` sums logarithms of single rows of POSTS
in one pass; `PanelSums` adds up what each creator gives, so that estimates within and between
creators follow from sums over creators as they do from rows.
"""

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.moments.sums import row_rates
from analysis.registers.metrics import available

PANEL = ("n", "x", "y", "xx", "xy", "yy")
"""Sums in a row: of how many rows of POSTS, of the natural logarithms of their size (x) and of
their rate (y), and of squares and products of these.
"""

PART = 5_000
"""Creators that are summed at once."""

KEYS = ("platform", "account_id", "period")


def panel_rows(
    posts, metrics: tuple[str, ...] | None = None, along: str = "followers"
) -> pd.DataFrame:
    """Sum the logarithms of rates and of a size to a row per metric, creator and calendar month.

    Parameters
    ----------
    posts : frame or relation
        POSTS with ``posted_at``: a row is a post, or a period of a creator, and holds the size at
        that time.
    metrics : tuple of str, optional
        Keys of METRICS; all that the columns allow, without those of money, if not given.
    along : str
        Column of POSTS that is the size, such as followers or chatters.

    Returns
    -------
    pandas.DataFrame
        ``metric, along`` and KEYS (a period is YYYY-MM), then PANEL, in the order of the keys. Rows
        of POSTS whose rate or size is zero have no logarithm and are in no row.

    Examples
    --------
    >>> dates = pd.to_datetime(["2025-01-01", "2025-01-09"])
    >>> posts = pd.DataFrame({"platform": "tiktok", "account_id": "a", "followers": [10, 20],
    ...                       "likes": [1, 4], "posted_at": dates})
    >>> rows = panel_rows(posts, ("likes_per_follower",))
    >>> rows[["period", "n", "x", "y"]].round(2).to_numpy().tolist()
    [['2025-01', 2.0, 5.3, -3.91]]
    """
    import duckdb

    if isinstance(posts, pd.DataFrame):
        posts = duckdb.from_df(posts)
    frame = nw.from_native(posts).lazy()
    possible = available(frame.collect_schema().names())
    chosen = [one for one in possible if (one.key in metrics if metrics else not one.costs)]
    rates = row_rates(frame, tuple(chosen), along).filter(nw.col(along) > 0)
    rates = rates.with_columns(x=nw.col(along).log())
    by_metric = [_sums_of(rates, metric.key).assign(along=along) for metric in chosen]
    if not by_metric:
        return pd.DataFrame(columns=["metric", "along", *KEYS, *PANEL])
    table = pd.concat(by_metric, ignore_index=True)
    columns = ["metric", "along", *KEYS]
    return table[[*columns, *PANEL]].sort_values(columns, ignore_index=True)


def _sums_of(rates: nw.LazyFrame, metric: str) -> pd.DataFrame:
    """The rows of one metric, whose rates stand in the column of its name."""
    x, y = nw.col("x"), nw.col("y")
    frame = rates.filter(nw.col(metric) > 0).with_columns(y=nw.col(metric).log())
    sums = {"n": nw.len(), "x": x.sum(), "y": y.sum()}
    sums |= {"xx": (x * x).sum(), "xy": (x * y).sum(), "yy": (y * y).sum()}
    grouped = frame.group_by("platform", "account_id", "year", "month").agg(**sums)
    table = grouped.collect(backend="pandas").to_native()
    months = pd.to_datetime(table[["year", "month"]].astype(int).assign(day=1))
    table = table.assign(metric=metric, period=months.dt.strftime("%Y-%m"))
    return table[["metric", *KEYS, *PANEL]].astype(dict.fromkeys(PANEL, float))


@dataclass(frozen=True, eq=False)
class PanelSums:
    r"""Sums over creators, from which every estimate of a panel follows.

    With :math:`z = (y, x, d_2, \dots, d_T)`, the logarithms and an indicator of each month but the
    first, a creator gives the vector of distinct elements of two matrices: the cross-products of z
    around the creator's own means, and those of the means themselves with a constant. Errors
    clustered by creator are quadratic in these vectors, hence the sum of their products.

    Attributes
    ----------
    periods : tuple of str
        Months, ascending.
    creators, repeated : int
        Creators, and those seen more than once.
    rows : float
        Rows of those seen more than once.
    first : numpy.ndarray, shape (p,)
        Sum of the vectors of all creators.
    second : numpy.ndarray, shape (p, p)
        Sum of the products of each vector with itself.
    """

    periods: tuple[str, ...]
    creators: int
    repeated: int
    rows: float
    first: np.ndarray
    second: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, periods: tuple[str, ...] = ()) -> "PanelSums":
        """Sum rows of `panel_rows`; `periods` if they are to be added to sums of other months."""
        periods = periods or tuple(sorted(rows["period"].unique()))
        vectors, n = creator_vectors(rows, periods)
        repeated = n > 1
        counts = len(n), int(repeated.sum()), float(n[repeated].sum())
        return cls(periods, *counts, vectors.sum(axis=0), vectors.T @ vectors)

    @classmethod
    def of_many(cls, rows: pd.DataFrame) -> "PanelSums":
        """Sum rows of so many creators that the vectors of all would not fit into memory."""
        periods = tuple(sorted(rows["period"].unique()))
        part = rows.groupby(["platform", "account_id"], sort=False).ngroup() // PART
        return reduce(add, (cls.of(some, periods) for _, some in rows.groupby(part)))

    def __add__(self, other: "PanelSums") -> "PanelSums":
        """Add the sums of other creators over the same months."""
        if self.periods != other.periods:
            raise ValueError(
                "Sums of panels can be added only over the same periods. Give both the same "
                "`periods`."
            )
        names = ("creators", "repeated", "rows", "first", "second")
        totals = {name: getattr(self, name) + getattr(other, name) for name in names}
        return replace(self, **totals)

    @cached_property
    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """Cross-products within creators, shape (K, K), and of creators' means with a constant
        last, shape (K + 1, K + 1); K is 1 + the number of months.
        """
        size = 1 + len(self.periods)
        inner = size * (size + 1) // 2
        return symmetric(self.first[:inner], size), symmetric(self.first[inner:], size + 1)


def creator_vectors(rows: pd.DataFrame, periods: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The vector of each creator, shape (creators, p), and its number of rows; see `PanelSums`."""
    creators = rows.groupby(["platform", "account_id"], sort=False).ngroup().to_numpy()
    place = rows["period"].map({period: at for at, period in enumerate(periods)}).to_numpy()
    count, size = int(creators.max()) + 1, 1 + len(periods)
    sums = {name: rows[name].to_numpy(float) for name in PANEL}
    total = {name: np.bincount(creators, values, count) for name, values in sums.items()}

    def by_month(name: str) -> np.ndarray:
        table = np.zeros((count, len(periods)))
        np.add.at(table, (creators, place), sums[name])
        return table[:, 1:]

    n, months = total["n"], by_month("n")
    products = np.zeros((count, size, size))
    products[:, 0, 0], products[:, 1, 1] = total["yy"], total["xx"]
    products[:, 0, 1], products[:, 0, 2:] = total["xy"], by_month("y")
    products[:, 1, 2:] = by_month("x")
    which = np.arange(2, size)
    products[:, which, which] = months
    means = np.column_stack([total["y"], total["x"], months]) / n[:, None]
    upper = np.triu_indices(size)
    within = products - n[:, None, None] * means[:, :, None] * means[:, None, :]
    means = np.column_stack([means, np.ones(count)])
    wide = np.triu_indices(size + 1)
    between = means[:, wide[0]] * means[:, wide[1]]
    return np.column_stack([within[:, upper[0], upper[1]], between]), n


def symmetric(vector: np.ndarray, size: int) -> np.ndarray:
    """Lay the distinct elements of a symmetric matrix out as one."""
    matrix = np.zeros((size, size))
    upper = np.triu_indices(size)
    matrix[upper] = vector
    matrix.T[upper] = vector
    return matrix
