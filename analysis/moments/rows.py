"""Moments of accounts -> rows of one metric, with the columns MOMENTS.

These are the columns of a cell, too: an account is a cell of one.
"""

import numpy as np
import pandas as pd

from analysis.display import because
from analysis.moments.sums import PARTS, SIZE
from analysis.registers.metrics import Metric

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

The rest distinguishes posts of one account. ``single_posts`` counts posts of rate above zero that
stand in a row of their own, ``single_accounts`` the accounts that have any, and ``single_posts2``
is the sum of the squares of an account's number of them; ``post_log`` and ``post_log2`` are sums of
the logarithm of their rate and of its square, ``post_log_between`` the sum over accounts of
``post_log ** 2 / single_posts``. ``halves`` counts accounts with such posts in both halves (see
`_half` in `analysis.moments.sums`): of their two mean logs ``half_log`` is the sum, ``half_log2``
the sum of squares and ``half_product`` the product, summed over accounts.
"""


def account_rows(
    moments: pd.DataFrame, metric: Metric, stratum: str = "all", level: str = "all"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make rows of one account each, for one metric, over the posts of one level of a stratum.

    Returns
    -------
    rows : pandas.DataFrame
        ``platform, account_id, lower, upper`` and MOMENTS; lower and upper are both the account's
        followers, the geometric mean over its posts where they differ.
    left_out : pandas.DataFrame
        ``reason, accounts``: accounts that give no row.
    """
    keys = ["platform", "account_id"]
    parts = [name for part in PARTS if (name := f"{metric.key}.{part}") in moments]
    accounts = chosen = moments if stratum == "all" else moments[moments[stratum] == level]
    if moments.duplicated(keys).any():
        # an account keeps the followers, and so the tier, of all its posts, whatever level of a
        # stratum is asked for
        whole = moments.groupby(keys, sort=False).agg(SIZE)
        accounts = chosen.groupby(keys, sort=False)[parts].sum().join(whole).reset_index()
    unknown = accounts["followers_min"].isna()
    # each account is counted for one reason only
    undefined = ~unknown & (accounts[parts[0]] == 0)
    reasons = because("followers_unknown"), because("metric_undefined", metric=metric.title)
    counts = [unknown.sum(), undefined.sum()]
    left_out = pd.DataFrame({"reason": map(str, reasons), "accounts": counts})
    rows = _rows(accounts[~unknown & ~undefined], parts)
    return rows, left_out[left_out["accounts"] > 0].reset_index(drop=True)


def level_rows(moments: pd.DataFrame, metric: Metric, stratum: str) -> pd.DataFrame:
    """Make a row of each account and level of a stratum, for one metric: ``level, platform,
    account_id, lower, upper`` and MOMENTS; lower and upper are the account's followers over all of
    its posts.
    """
    keys = ["platform", "account_id"]
    parts = [name for part in PARTS if (name := f"{metric.key}.{part}") in moments]
    whole = moments.groupby(keys, sort=False).agg(SIZE)
    sums = moments.groupby([*keys, stratum], sort=False)[parts].sum().reset_index(stratum)
    known = sums.join(whole).dropna(subset="followers_min")
    known = known[known[parts[0]] > 0].reset_index()
    return _rows(known, parts).assign(level=known[stratum].to_numpy())


def _rows(accounts: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """The columns MOMENTS of single accounts."""
    posts, numerator, denominator, rate, *singles = (
        accounts[part].to_numpy(float) for part in parts
    )
    followers = followers_of(*(accounts[name].to_numpy(float) for name in SIZE))
    values = rates_of(posts, numerator, denominator, rate)
    log_followers = np.where(values["positive"] > 0, np.log(followers), 0.0)
    products = (log_followers, log_followers**2, log_followers * values["log_rate"])
    # sums without logarithms of posts, as a batch takes, have no such columns
    single = _single(*(singles or [np.zeros(len(accounts))] * 7))
    keys = {name: accounts[name].to_numpy() for name in ("platform", "account_id")}
    keys |= {"lower": followers, "upper": followers}
    rest = zip(MOMENTS[len(values) :], (*products, *single), strict=True)
    return pd.DataFrame(keys | values | dict(rest))


def rates_of(
    posts: np.ndarray, numerator: np.ndarray, denominator: np.ndarray, rate: np.ndarray
) -> dict[str, np.ndarray]:
    """The first sixteen of MOMENTS, of single accounts: all that an average needs."""
    each = rate / posts
    positive = each > 0
    # a rate of zero adds nothing to a sum of logarithms, as the logarithm of 1
    log_rate = np.log(np.where(positive, each, 1.0))
    sums = (np.ones(len(posts)), posts, numerator, denominator, rate)
    of_rates = (each, each**2, positive.astype(float), log_rate, log_rate**2)
    squares = (numerator**2, denominator**2, numerator * denominator)
    of_posts = (rate**2, posts**2, rate * posts)
    return dict(zip(MOMENTS, (*sums, *of_rates, *squares, *of_posts), strict=False))


def _single(posts, log, log2, even_posts, even_log, odd_posts, odd_log) -> tuple[np.ndarray, ...]:
    """The columns of MOMENTS that distinguish posts of one account, of single accounts."""
    any_post, both = posts > 0, (even_posts > 0) & (odd_posts > 0)
    halves = ((even_log, even_posts), (odd_log, odd_posts))
    even, odd = (np.where(both, total / np.where(both, n, 1.0), 0.0) for total, n in halves)
    between = np.where(any_post, log**2 / np.where(any_post, posts, 1.0), 0.0)
    of_posts = (any_post.astype(float), posts, posts**2, log, log2, between)
    return (*of_posts, both.astype(float), even + odd, even**2 + odd**2, even * odd)


def followers_of(
    low: np.ndarray, high: np.ndarray, logs: np.ndarray, posts: np.ndarray
) -> np.ndarray:
    """Followers of each account; exact where all its posts agree, so that an account on a tier's
    edge stays on it.
    """
    return np.where(low == high, low, np.clip(np.exp(logs / posts), low, high))
