"""POSTS -> additive moments: one row per account and stratum, in one pass.

Everything the estimators need of the observations is a sum. The posts are read once, by one lazy
Narwhals expression, into sums per account and stratum; adding rows then gives an account, a tier, a
platform or a follower band, and no estimator ever touches posts again. The account is the unit from
here on.

Two tables are made. The wide one has, for every metric ``m`` that the columns allow, ``m.posts``,
``m.numerator``, ``m.denominator`` and ``m.rate`` (the sum of post rates), and sums of logarithms
over single posts. `account_rows` turns one metric of it into rows with the columns MOMENTS, which
are the columns of a cell, too: an account is a cell of one.
"""

from collections.abc import Callable
from functools import cache

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.registers.metrics import PER_POST, Metric, available

PARTS = (
    "posts", "numerator", "denominator", "rate",
    "single_posts", "post_log", "post_log2", "even_posts", "even_log", "odd_posts", "odd_log",
)  # fmt: skip
"""Sums of the wide table for each metric. The last four split the single posts in two halves, see
`_half`.
"""

MOMENTS: tuple[str, ...] = (
    "accounts", "posts", "numerator", "denominator", "rate",
    "account_rate", "account_rate2", "positive", "log_rate", "log_rate2",
    "numerator2", "denominator2", "numerator_denominator", "rate2", "posts2", "rate_posts",
    "log_followers", "log_followers2", "log_followers_log_rate",
    "single_accounts", "single_posts", "single_posts2", "post_log", "post_log2", "post_log_between",
    "halves", "half_log", "half_log2", "half_product",
)  # fmt: skip
"""Additive columns of a row that describes one or more accounts, for one metric.

``accounts``, ``posts`` and the sums over them of numerator, denominator and post rates;
``account_rate`` is the sum of account rates, an account's rate being the mean of its post rates;
``positive`` counts accounts with a rate above zero, and ``log_*`` are sums of natural logarithms
over those. A trailing 2 is a sum of squares over accounts, two names joined a sum of products: what
variances need.

The rest tells posts of one account apart. ``single_posts`` counts posts of rate above zero that
stand in a row of their own, ``single_accounts`` the accounts that have any, and ``single_posts2``
is the sum of the squares of an account's number of them; ``post_log`` and ``post_log2`` are sums of
the logarithm of their rate and of its square, ``post_log_between`` the sum over accounts of
``post_log ** 2 / single_posts``. ``halves`` counts accounts with such posts in both halves of
`_half`: of their two mean logs ``half_log`` is the sum, ``half_log2`` the sum of squares and
``half_product`` the product, summed over accounts. """

SIZE = {
    "followers_min": "min",
    "followers_max": "max",
    "log_followers": "sum",
    "with_followers": "sum",
}
"""How the followers of an account are put together from its rows."""


BETWEEN = "__"
"""Between metric and part in the names of an engine, of which not all allow a point there."""


def account_moments(
    posts, strata: tuple[str, ...] = (), metrics: tuple[str, ...] | None = None, logs: bool = True
) -> pd.DataFrame:
    """Sum POSTS to one row per platform, account and stratum.

    Parameters
    ----------
    posts : frame or relation
        POSTS as a pandas frame (handed to DuckDB, which is far faster), a DuckDB relation, or any
        lazy frame that Narwhals knows.
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
        ``followers_min/_max`` [accounts], ``log_followers`` over the ``with_followers`` posts that
        know their followers, and PARTS for each available metric. Ordered by the keys.
    """
    if isinstance(posts, pd.DataFrame):
        moments = _in_memory(
            posts, tuple(strata), None if metrics is None else tuple(metrics), logs
        )
    else:
        moments = summed(posts, strata, metrics, logs).collect(backend="pandas").to_native()
    return moments.rename(columns=lambda name: name.replace(BETWEEN, ".")).sort_values(
        _keys(strata), ignore_index=True
    )


def _keys(strata: tuple[str, ...]) -> list[str]:
    return ["platform", "account_id", *strata]


def _in_memory(posts: pd.DataFrame, *how) -> pd.DataFrame:
    """Sum a frame, with a statement that is written once for all frames with such columns."""
    import duckdb

    relation = duckdb.from_df(
        posts
    )  # its names, since DuckDB tells apart what pandas calls alike but for capitals
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


def summed(
    posts, strata: tuple[str, ...] = (), metrics: tuple[str, ...] | None = None, logs: bool = True
) -> nw.LazyFrame:
    """The one expression behind `account_moments`, not yet run: a single flat group-by, for
    whatever engine holds the posts.

    What several sums need stands in a column once, missing where it is not defined: sums and counts
    pass over it.
    """
    frame = nw.from_native(posts).lazy()
    schema = frame.collect_schema()
    chosen = [
        metric for metric in available(schema.names()) if metrics is None or metric.key in metrics
    ]
    alone = "posts" not in schema.names()  # a row stands for one post
    frame = frame.select(
        "platform",
        "account_id",
        *(nw.col(name).cast(nw.String).fill_null("unknown") for name in strata),
        *(
            nw.col(name).cast(nw.Float64)
            for name in sorted(
                {name for metric in chosen for name in metric.columns} | {"followers"}
            )
        ),
        posts=nw.lit(1.0) if alone else nw.col("posts").cast(nw.Float64).fill_null(1.0),
        half=_half(schema),
    )
    known = nw.col("followers") > 0
    frame = frame.with_columns(
        followers=nw.when(known).then(nw.col("followers")),
        log_followers=nw.when(known).then(nw.col("posts") * nw.col("followers").log()),
    )
    frame = frame.with_columns(*(column for metric in chosen for column in _defined(metric)))
    if logs:
        frame = frame.with_columns(*map(_log, chosen))

    def posts_with(name: str) -> nw.Expr:
        return (
            _rows(nw.col(name))
            if alone
            else nw.when(~nw.col(name).is_null()).then(nw.col("posts")).sum()
        )

    return frame.group_by(_keys(strata)).agg(
        nw.col("followers").min().alias("followers_min"),
        nw.col("followers").max().alias("followers_max"),
        posts=posts_with("posts"),
        with_followers=posts_with("followers"),
        log_followers=nw.col("log_followers").sum(),
        **{
            _name(metric, part): value
            for metric in chosen
            for part, value in _parts(metric, posts_with, logs).items()
        },
    )


def _name(metric: Metric, part: str) -> str:
    return f"{metric.key}{BETWEEN}{part}"


def _defined(metric: Metric) -> tuple[nw.Expr, nw.Expr]:
    """Numerator and denominator of a row, missing where the metric is not defined on it."""
    numerator = sum((nw.col(name) for name in metric.numerator[1:]), nw.col(metric.numerator[0]))
    # followers and posts are per post, every other denominator is a total over the row's posts
    each = {"followers": nw.col("followers") * nw.col("posts"), PER_POST: nw.col("posts")}
    denominator = each.get(metric.denominator, nw.col(metric.denominator))
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
    """The sums PARTS of one metric."""
    numerator, denominator, log = (
        nw.col(_name(metric, part)) for part in ("numerator", "denominator", "log")
    )
    rate = nw.col("posts") * numerator / denominator
    sums = (
        posts_with(_name(metric, "denominator")),
        numerator.sum(),
        denominator.sum(),
        rate.sum(),
    )
    if logs:
        even, odd = (nw.when(nw.col("half") == half).then(log) for half in (0, 1))
        sums += (
            _rows(log),
            log.sum(),
            (log * log).sum(),
            _rows(even),
            even.sum(),
            _rows(odd),
            odd.sum(),
        )
    return dict(zip(PARTS, sums, strict=False))


def _rows(column: nw.Expr) -> nw.Expr:
    """In how many rows a column is not missing."""
    return column.count().cast(nw.Float64)


def _half(schema: nw.Schema) -> nw.Expr:
    """Put a post in half 0 or 1 by whether the minute and the second of its time add up to an even
    number, as good as by lot.

    Every engine knows minute and second, and a time zone at most swaps the halves, which the
    moments treat alike. Without times there are no halves.
    """
    if not isinstance(schema.get("posted_at"), nw.Datetime):
        return nw.lit(None, nw.Int64)
    return (nw.col("posted_at").dt.minute() + nw.col("posted_at").dt.second()) % 2


def account_rows(
    moments: pd.DataFrame, metric: Metric, stratum: str = "all", level: str = "all"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of one account each, for one metric, over the posts of one level of a stratum.

    Parameters
    ----------
    moments : pandas.DataFrame
        From `account_moments`.
    metric : Metric
        One that the posts allowed.
    stratum, level : str
        Which posts; ``"all"`` takes every post.

    Returns
    -------
    rows : pandas.DataFrame
        ``platform, account_id, lower, upper`` and MOMENTS; lower and upper are both the account's
        followers, the geometric mean over its posts where they differ.
    left_out : pandas.DataFrame
        ``reason, accounts``: accounts that give no row.
    """
    keys, parts = (
        ["platform", "account_id"],
        [name for part in PARTS if (name := f"{metric.key}.{part}") in moments],
    )
    # an account keeps the followers, and so the tier, of all its posts, whatever level of a stratum
    # is asked for
    accounts = chosen = moments if stratum == "all" else moments[moments[stratum] == level]
    if moments.duplicated(keys).any():
        whole = moments.groupby(keys, sort=False).agg(SIZE)
        accounts = chosen.groupby(keys, sort=False)[parts].sum().join(whole).reset_index()
    unknown = accounts["followers_min"].isna()
    undefined = ~unknown & (accounts[parts[0]] == 0)
    left_out = pd.DataFrame(
        {
            "reason": [
                "no follower count above zero",
                f"no post on which {metric.title} is defined",
            ],
            "accounts": [int(unknown.sum()), int(undefined.sum())],
        }
    )
    return _squared(accounts[~unknown & ~undefined], parts), left_out[
        left_out["accounts"] > 0
    ].reset_index(drop=True)


def _squared(accounts: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """The columns MOMENTS of single accounts."""
    posts, numerator, denominator, rate, *singles = (
        accounts[part].to_numpy(float) for part in parts
    )
    followers = followers_of(*(accounts[name].to_numpy(float) for name in SIZE))
    values = rates_of(posts, numerator, denominator, rate)
    log_followers, log_rate = (
        np.where(values["positive"] > 0, np.log(followers), 0.0),
        values["log_rate"],
    )
    rest = (
        log_followers, log_followers**2, log_followers * log_rate, *_single(*(singles or [np.zeros(len(accounts))] * 7)),
    )  # fmt: skip
    keys = {name: accounts[name].to_numpy() for name in ("platform", "account_id")} | {
        "lower": followers,
        "upper": followers,
    }
    return pd.DataFrame(keys | values | dict(zip(MOMENTS[len(values) :], rest, strict=True)))


def rates_of(
    posts: np.ndarray, numerator: np.ndarray, denominator: np.ndarray, rate: np.ndarray
) -> dict[str, np.ndarray]:
    """The first sixteen of MOMENTS, of single accounts: all that an average needs."""
    each = rate / posts
    positive = each > 0
    log_rate = np.log(np.where(positive, each, 1.0))
    values = (
        np.ones(len(posts)), posts, numerator, denominator, rate, each, each**2, positive.astype(float), log_rate, log_rate**2,
        numerator**2, denominator**2, numerator * denominator, rate**2, posts**2, rate * posts,
    )  # fmt: skip
    return dict(zip(MOMENTS, values, strict=False))


def _single(posts, log, log2, even_posts, even_log, odd_posts, odd_log) -> tuple[np.ndarray, ...]:
    """The columns of MOMENTS that tell posts of one account apart, of single accounts."""
    any_post, both = posts > 0, (even_posts > 0) & (odd_posts > 0)
    even, odd = (
        np.where(both, total / np.where(both, count, 1.0), 0.0)
        for total, count in ((even_log, even_posts), (odd_log, odd_posts))
    )
    between = np.where(any_post, log**2 / np.where(any_post, posts, 1.0), 0.0)
    return (
        any_post.astype(float), posts, posts**2, log, log2, between,
        both.astype(float), even + odd, even**2 + odd**2, even * odd,
    )  # fmt: skip


def followers_of(
    low: np.ndarray, high: np.ndarray, logs: np.ndarray, posts: np.ndarray
) -> np.ndarray:
    """Followers of each account; exact where all its posts agree, so that an account on a tier's
    edge stays on it.
    """
    return np.where(low == high, low, np.clip(np.exp(logs / posts), low, high))
