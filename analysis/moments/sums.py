"""POSTS -> additive moments: one row per account and stratum, in one pass.

Everything the estimators need of the observations is a sum. The posts are read once, by one lazy
Narwhals expression, into sums per account and stratum; adding rows then gives an account, a tier, a
platform or a follower band, and no estimator ever reads posts again. The account is the unit from
here on.

The table is wide: for every metric ``m`` that the columns allow it has ``m.posts``,
``m.numerator``, ``m.denominator`` and ``m.rate`` (the sum of post rates), and sums of logarithms
over single posts. `analysis.moments.rows` turns one metric of it into rows of accounts.
"""

from collections.abc import Callable
from functools import cache
from itertools import chain

import narwhals as nw
import pandas as pd

from analysis.registers.metrics import PER_POST, Metric, available

PARTS = (
    "posts", "numerator", "denominator", "rate",
    "single_posts", "post_log", "post_log2", "even_posts", "even_log", "odd_posts", "odd_log",
)  # fmt: skip
"""Sums of the wide table for each metric. The last four split the single posts in two halves, see
`_half`.
"""

SIZE = {
    "followers_min": "min",
    "followers_max": "max",
    "log_followers": "sum",
    "with_followers": "sum",
}
"""How the followers of an account are combined from its rows."""

BETWEEN = "__"
"""Between metric and part in the names within an engine; not all allow a point there."""


def account_moments(
    posts, strata: tuple[str, ...] = (), metrics: tuple[str, ...] | None = None, logs: bool = True
) -> pd.DataFrame:
    """Sum POSTS to one row per platform, account and stratum.

    Parameters
    ----------
    posts : frame or relation
        POSTS as a pandas frame (passed on to DuckDB, which is far faster), a DuckDB relation, or
        any lazy frame that Narwhals supports.
    strata : tuple of str
        Columns by which rows are kept apart; missing values become ``"unknown"``.
    metrics : tuple of str, optional
        Keys of METRICS to sum; all that the columns allow if not given.
    logs : bool
        Whether to sum the logarithms of single posts, too; without them those columns are missing
        here, and zero in `account_rows`.

    Returns
    -------
    pandas.DataFrame
        ``platform, account_id, *strata``, then sums: ``posts``, the smallest and largest
        ``followers_min/_max`` [accounts], ``log_followers`` over the ``with_followers`` posts whose
        followers are known, and PARTS for each available metric. Ordered by the keys.
    """
    how = (tuple(strata), None if metrics is None else tuple(metrics), logs)
    if isinstance(posts, pd.DataFrame):
        moments = _in_memory(posts, *how)
    else:
        moments = summed(posts, *how).collect(backend="pandas").to_native()
    moments = moments.rename(columns=lambda name: name.replace(BETWEEN, "."))
    # engines give the groups in any order
    return moments.sort_values(_keys(strata), ignore_index=True)


def _keys(strata: tuple[str, ...]) -> list[str]:
    return ["platform", "account_id", *strata]


def _in_memory(posts: pd.DataFrame, *how) -> pd.DataFrame:
    """Sum a frame, with a statement that is written once for all frames with such columns."""
    import duckdb

    # DuckDB's names, since it renames columns that differ only in capitals
    relation = duckdb.from_df(posts)
    columns = zip(relation.columns, map(str, relation.types), strict=True)
    with duckdb.default_connection().cursor() as connection:
        return connection.register("posts", posts).execute(_statement(tuple(columns), *how)).df()


@cache
def _statement(columns: tuple[tuple[str, str], ...], *how) -> str:
    """`summed` in SQL, for a table ``posts`` of such columns and types; to write it takes longer
    than to sum ten thousand posts.
    """
    import duckdb

    with duckdb.connect() as connection:
        quoted = (f'"{name.replace(chr(34), chr(34) * 2)}" {kind}' for name, kind in columns)
        connection.execute(f"CREATE TABLE posts ({', '.join(quoted)})")
        return summed(connection.table("posts"), *how).to_native().sql_query()


def row_rates(posts, metrics: tuple[Metric, ...], along: str) -> nw.LazyFrame:
    """Give the rate of each row of POSTS by each of some metrics, not yet computed: columns by
    their keys beside ``platform, account_id, year, month`` and the size `along`.
    """
    frame = nw.from_native(posts).lazy()
    time = nw.col("posted_at").dt
    frame = frame.with_columns(year=time.year(), month=time.month())
    needed = {"followers", "year", "month", along}.union(*(one.columns for one in metrics))
    frame = _known(frame, (), needed).with_columns(*chain.from_iterable(map(_defined, metrics)))
    parts = ((one, _name(one, "numerator"), _name(one, "denominator")) for one in metrics)
    rates = {one.key: nw.col(above) / nw.col(below) for one, above, below in parts}
    return frame.select("platform", "account_id", "year", "month", along, **rates)


def _known(frame: nw.LazyFrame, strata: tuple[str, ...], needed: set[str]) -> nw.LazyFrame:
    """What sums need of each row, as numbers; `posts` is one where a row stands for one post."""
    schema = frame.collect_schema()
    posts = nw.lit(1.0)
    if "posts" in schema.names():
        posts = nw.col("posts").cast(nw.Float64).fill_null(1.0)
    frame = frame.select(
        "platform",
        "account_id",
        *(nw.col(name).cast(nw.String).fill_null("unknown") for name in strata),
        *(nw.col(name).cast(nw.Float64) for name in sorted(needed)),
        posts=posts,
        half=_half(schema),
    )
    known = nw.col("followers") > 0
    return frame.with_columns(
        followers=nw.when(known).then(nw.col("followers")),
        log_followers=nw.when(known).then(nw.col("posts") * nw.col("followers").log()),
    )


def summed(
    posts, strata: tuple[str, ...] = (), metrics: tuple[str, ...] | None = None, logs: bool = True
) -> nw.LazyFrame:
    """The one expression behind `account_moments`, not yet run: a single flat group-by, for
    whatever engine holds the posts.

    What several sums need stands in a column once, missing where it is not defined: sums and counts
    skip it. All numbers are cast, since engines divide and overflow whole ones differently.
    """
    frame = nw.from_native(posts).lazy()
    columns = frame.collect_schema().names()
    possible = available(columns)
    chosen = [metric for metric in possible if metrics is None or metric.key in metrics]
    needed = {"followers"}.union(*(metric.columns for metric in chosen))
    alone = "posts" not in columns  # a row stands for one post
    frame = _known(frame, strata, needed)
    frame = frame.with_columns(*chain.from_iterable(map(_defined, chosen)))
    if logs:
        frame = frame.with_columns(*map(_log, chosen))

    def posts_with(name: str) -> nw.Expr:
        if alone:
            return _rows(nw.col(name))
        return nw.when(~nw.col(name).is_null()).then(nw.col("posts")).sum()

    sums = {
        "posts": posts_with("posts"),
        "with_followers": posts_with("followers"),
        "log_followers": nw.col("log_followers").sum(),
    }
    for metric in chosen:
        sums |= _parts(metric, posts_with, logs)
    return frame.group_by(_keys(strata)).agg(
        nw.col("followers").min().alias("followers_min"),
        nw.col("followers").max().alias("followers_max"),
        **sums,
    )


def _name(metric: Metric, part: str) -> str:
    return f"{metric.key}{BETWEEN}{part}"


def _defined(metric: Metric) -> tuple[nw.Expr, nw.Expr]:
    """Numerator and denominator of a row, missing where the metric is not defined on it."""
    numerator = sum((nw.col(name) for name in metric.numerator[1:]), nw.col(metric.numerator[0]))
    # followers and posts are per post, every other denominator is a total over the row's posts
    each = {"followers": nw.col("followers") * nw.col("posts"), PER_POST: nw.col("posts")}
    denominator = each.get(metric.denominator, nw.col(metric.denominator))
    # a post counts for a metric only if all that it needs is known
    where = ~numerator.is_null() & (denominator > 0)
    pairs = (("numerator", numerator), ("denominator", denominator))
    return tuple(nw.when(where).then(value).alias(_name(metric, part)) for part, value in pairs)


def _log(metric: Metric) -> nw.Expr:
    """Logarithm of the rate of a row that is a single post of a rate above zero, missing for
    others.
    """
    numerator, denominator = (nw.col(_name(metric, part)) for part in ("numerator", "denominator"))
    single = (nw.col("posts") == 1) & (numerator > 0)
    return nw.when(single).then((numerator / denominator).log()).alias(_name(metric, "log"))


def _parts(metric: Metric, posts_with: Callable[[str], nw.Expr], logs: bool) -> dict[str, nw.Expr]:
    """The sums PARTS of one metric, by their names within an engine."""
    names = ("numerator", "denominator", "log")
    numerator, denominator, log = (nw.col(_name(metric, part)) for part in names)
    rate = nw.col("posts") * numerator / denominator
    sums = [posts_with(_name(metric, "denominator")), numerator.sum(), denominator.sum()]
    sums.append(rate.sum())
    if logs:
        even, odd = (nw.when(nw.col("half") == half).then(log) for half in (0, 1))
        sums += [_rows(log), log.sum(), (log * log).sum()]
        sums += [_rows(even), even.sum(), _rows(odd), odd.sum()]
    return {_name(metric, part): value for part, value in zip(PARTS, sums, strict=False)}


def _rows(column: nw.Expr) -> nw.Expr:
    """In how many rows a column is not missing."""
    return column.count().cast(nw.Float64)


def _half(schema: nw.Schema) -> nw.Expr:
    """Put a post in half 0 or 1 by whether the minute and the second of its time add up to an even
    number, which is as good as random.

    Every engine knows minute and second, and a time zone at most swaps the halves, which the
    moments treat alike. Without times there are no halves.
    """
    if not isinstance(schema.get("posted_at"), nw.Datetime):
        return nw.lit(None, nw.Int64)
    return (nw.col("posted_at").dt.minute() + nw.col("posted_at").dt.second()) % 2
