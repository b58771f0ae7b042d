"""What the sums of a cell are sums of, in which groups they are published and in which order."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from analysis.registers.metrics import METRICS, PER_POST, Metric

SHARE = 3
"""Unknowns that stand against each published sum, at the least."""

GROUPS: dict[str, tuple[str, ...]] = {
    "size": ("accounts", "posts"),
    "typical account": ("positive", "log_rate", "log_rate2"),
    "mean of accounts": ("account_rate", "account_rate2"),
    "ratio of sums": (
        "numerator", "denominator", "numerator2", "denominator2", "numerator_denominator",
    ),
    "mean of posts": ("rate", "rate2", "posts2", "rate_posts"),
    "single posts": (
        "single_accounts", "single_posts", "single_posts2", "post_log", "post_log2",
        "post_log_between",
    ),
    "halves": ("halves", "half_log", "half_log2", "half_product"),
    "followers": ("log_followers", "log_followers2", "log_followers_log_rate"),
}  # fmt: skip
"""Columns that are published together, in the order in which they are tried."""

AVERAGED = ("mean of accounts", "ratio of sums", "mean of posts")
SPLIT = ("single posts", "halves", "followers")
OF_SINGLE = ("single posts", "halves")
LOGS = ("typical account", "followers")
"""Of these two, those of a rate per post and of the same rate per follower follow from each other:
their logarithms differ by that of followers.
"""

COUNTS = ("accounts", "positive", "single_accounts", "halves")
"""Columns that count accounts: they are no equation about what is unknown of one, and charged to
nobody.
"""

LINEAR = ("posts", "numerator", "denominator", "rate", "account_rate", "single_posts")
SQUARES = (
    "posts2", "numerator2", "denominator2", "rate2", "account_rate2", "numerator_denominator",
    "rate_posts",
)  # fmt: skip
"""Columns that are tested for dominance: those of LINEAR are withheld, as is that of OF_ESTIMATE;
SQUARES, of which only variances are made, are rounded. A square is known to P if its sum is to
about twice P.
"""

OF_ESTIMATE = ("single_posts2",)
"""A square on which an estimate itself rests."""

PRODUCTS = ("numerator_denominator", "rate_posts")
"""Those of SQUARES that make a variance smaller, not larger."""

OF_POSTS = ("creator beyond size", "reliability")
"""Estimators whose tests need the sums of single posts."""

Kind = tuple
"""A sum by what is added up, which may stand in the columns of several metrics."""


class Unit(NamedTuple):
    """Sums that are published together: a group of one metric, for all levels of a stratum."""

    stratum: str
    metric: str
    group: str


def units(
    metrics: tuple[str, ...], strata: tuple[str, ...], main: str, asked: tuple[tuple[str, str], ...]
) -> Iterator[Unit]:
    """List groups of sums in the order in which they are published: all posts come before levels,
    the main metric before the others, and the typical account first.

    Groups of other metrics that a test of a claim asks for, `asked`, come before their averages.
    """
    others = [metric for metric in metrics if metric != main]
    every = ("all", *strata)
    yield from (Unit(stratum, main, "size") for stratum in every)
    if twin_of(METRICS[main], metrics):
        # with these, its typical account follows at no cost
        yield from (Unit("all", main, group) for group in LOGS)
    yield from (Unit("all", metric, "typical account") for metric in (main, *others))
    yield Unit("all", main, "followers")
    first_groups = ("mean of accounts", "mean of posts", "ratio of sums", "single posts")
    yield from (Unit("all", main, group) for group in first_groups)
    yield from (Unit("all", *pair) for pair in asked)
    yield Unit("all", main, "halves")
    yield from (Unit(stratum, main, "typical account") for stratum in strata)
    # what follows is skipped where it was taken above
    yield from (Unit("all", metric, group) for group in AVERAGED for metric in others)
    yield from (Unit(stratum, main, group) for group in AVERAGED for stratum in strata)
    groups = ("typical account", *AVERAGED)
    for group in groups:
        yield from (Unit(stratum, metric, group) for metric in others for stratum in strata)
    yield from (Unit("all", metric, group) for group in SPLIT for metric in others)
    for group in SPLIT:
        yield from (
            Unit(stratum, metric, group) for metric in (main, *others) for stratum in strata
        )


def kind_of(metric: Metric, column: str) -> Kind:
    """Name what a column adds up, alike where two metrics have the same sum.

    Examples
    --------
    >>> total, rate = METRICS["views_per_post"], METRICS["views_per_follower"]
    >>> kind_of(total, "rate") == kind_of(rate, "numerator")
    True
    """
    counts, divisor = metric.numerator, metric.denominator
    per_post = divisor == PER_POST
    square = column.endswith("2")
    if column.startswith("denominator"):
        if per_post:
            return ("posts2",) if square else ("posts",)
        # followers are per post: their sum is that of followers times posts
        counts = (divisor,)
    elif column in ("rate", "rate2") and not per_post:
        return (column, metric.key)
    elif column in ("numerator_denominator", "rate_posts"):
        if column == "rate_posts" and not per_post:
            return (column, metric.key)
        return ("product", counts, divisor)
    elif not column.startswith(("numerator", "rate")):
        if column in ("posts", "posts2", *COUNTS):
            return (column,) if column.startswith("posts") else ("accounts",)
        # which posts and accounts have a rate above zero depends on what is counted alone
        of_counts = column.startswith(("single", "log_followers2")) or column == "log_followers"
        return (column, counts if of_counts else metric.key)
    return ("count2" if square else "count", counts)


def terms_of(kind: Kind) -> dict[tuple, float]:
    """Write a kind of sum as a combination of others, which shows when it follows from some: what
    likes and comments add up to is linear in both, and logarithms of a rate per post and per
    follower differ by that of followers.

    Examples
    --------
    >>> sorted(terms_of(("count", ("likes", "comments"))))
    [('count', 'comments'), ('count', 'likes')]
    """
    name, *rest = kind
    if name == "count" and rest[0] != ("followers",):
        return {(name, count): 1.0 for count in rest[0]}
    if name == "product":
        return {(name, count, rest[1]): 1.0 for count in rest[0]}
    if name in ("rate", "account_rate"):
        metric = METRICS[rest[0]]
        return {(name, count, metric.denominator): 1.0 for count in metric.numerator}
    if name == "log_rate":
        counts, divisor = METRICS[rest[0]].numerator, METRICS[rest[0]].denominator
        if divisor == PER_POST:
            return {(name, counts, "followers"): 1.0, ("log_followers", counts): 1.0}
        return {(name, counts, divisor): 1.0}
    return {kind: 1.0}


def family_of(metric: Metric, column: str) -> tuple:
    """Name the sums from which that of a column follows by addition: if one of them may not be
    published, none is.
    """
    kind = kind_of(metric, column)
    if kind[0] == "count" and kind[1] != ("followers",):
        return ("count",)
    if column in ("rate", "account_rate"):
        return (column, metric.denominator)
    return ("product", kind[2]) if kind[0] == "product" else kind


def twin_of(metric: Metric, metrics: tuple[str, ...]) -> str | None:
    """Find the metric of the same counts per post where one is per follower, and the reverse.

    Examples
    --------
    >>> twin_of(METRICS["views_per_post"], tuple(METRICS))
    'views_per_follower'
    """
    both = {"followers", PER_POST}
    for key in metrics:
        one = METRICS[key]
        if one.numerator == metric.numerator and {one.denominator, metric.denominator} == both:
            return key
    return None


def unknowns(metrics: tuple[str, ...], single: bool) -> int:
    """Count the unknowns of an account: followers, posts unless each account has one, and every
    count.

    Examples
    --------
    >>> unknowns(("engagement_per_follower", "likes_per_post"), single=False)
    4
    """
    columns = set().union(*({*METRICS[key].numerator, METRICS[key].denominator} for key in metrics))
    return 1 + (not single) + len(columns - {"followers", PER_POST})


def fewest_of(metrics: list[str]) -> int:
    """Count the accounts that a band needs for the typical account of every metric, whether they
    have one post each or more.

    Examples
    --------
    >>> fewest_of(["views_per_follower", "views_per_post"])
    6
    """
    needed = [
        -(-SHARE * ((not single) + 2 * len(metrics)) // unknowns(tuple(metrics), single))
        for single in (True, False)
    ]
    return max(needed)


def enough_of(metrics: list[str], main: str, single_posts: bool = True) -> int:
    """Count the accounts that a band needs for all sums of all posts of the main metric, and the
    mean of accounts and the ratio of sums of the others.

    Parameters
    ----------
    metrics : list of str
        Keys of METRICS.
    main : str
        One of them.
    single_posts : bool
        Whether the file has sums of single posts.

    Examples
    --------
    >>> enough_of(["views_per_follower", "views_per_post"], "views_per_follower")
    28
    """
    groups = ("size", "typical account", "mean of accounts", "ratio of sums")
    averages = set(product(metrics, groups))
    of_main = [group for group in GROUPS if single_posts or group not in OF_SINGLE]
    twin = twin_of(METRICS[main], tuple(metrics))
    asked = (averages - {(twin, "typical account")}) | set(product([main], of_main))
    kinds = {kind_of(METRICS[key], name) for key, group in asked for name in GROUPS[group]}
    sums = len(kinds - {("accounts",)})
    return -(-SHARE * sums // unknowns(tuple(metrics), single=False))
