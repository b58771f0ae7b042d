"""Signs that a file was simulated, or selected on the outcome: each a number, its limit and a
sentence.

A sign is a reason to ask how a file came about, not a proof. The limits lie between what the
registered sources of evidence give and what the controls give; data/cells/signs.csv has both, and
tests hold them to it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis import paths
from analysis.moments.sample import Moments
from analysis.moments.sums import account_rows
from analysis.registers.metrics import METRICS

COUNTED = ("likes", "views", "reach", "impressions")
"""Columns whose values spread over orders of magnitude in the wild. Followers do not count: samples
are often drawn by followers.
"""

BENFORD = np.log10(1 + 1 / np.arange(1, 10))
"""Share of each first digit among counts that spread over orders of magnitude (Benford 1938)."""

VALUES, ACCOUNTS = 100, 50
"""With fewer values, or accounts, a sign is not asked for."""

WIDE = 0.8
"""Standard deviation of logarithms from which on counts spread widely enough to ask for first
digits, or followers for their rank.
"""

DIGITS, CHANCE = 0.025, 0.25
"""Limit of the mean absolute deviation from Benford, and what is added for chance: divided by the
root of the number of accounts, since posts of one account have similar counts."""

EVEN, RANK, STEEP, FLAT = 0.01, 0.4, -0.4, 0.1
"""Limits: chance of so even a spread; rank correlation of followers and counts; slope per follower;
slope per view.
"""

SMALL, VIEWS, LIKED = 1_000, 2.0, 0.25
"""The smallest quarter of accounts is taken from so many followers on; views per follower; share
with more likes than followers.
"""


class Sign(NamedTuple):
    """One sign that was asked for.

    Attributes
    ----------
    sign, of : str
        What was looked at, and in which column or platform.
    value, limit : float
        What was found, and from where on it counts.
    found : bool
        Whether the sign is there.
    because : str
        What that means, in a sentence.
    """

    sign: str
    of: str
    value: float
    limit: float
    found: bool
    because: str


def look(posts, moments: Moments) -> pd.DataFrame:
    """Look for every sign that the columns and the size of a file allow.

    Parameters
    ----------
    posts : pandas.DataFrame, duckdb.DuckDBPyRelation or None
        POSTS; None where only sums are at hand, and then no sign is asked for that needs single
        posts.
    moments : Moments
        Of the same posts, by account.

    Returns
    -------
    pandas.DataFrame
        One `Sign` a row; empty if the file is too small for any.
    """
    import duckdb

    relation = duckdb.from_df(posts) if isinstance(posts, pd.DataFrame) else posts
    signs = [
        sign
        for column in COUNTED
        if relation is not None and column in relation.columns
        for sign in _of_values(relation, column)
    ]
    for platform in moments.platforms:
        signs += _of_accounts(moments.table[moments.table["platform"] == platform], platform)
    return pd.DataFrame(signs, columns=Sign._fields)


def told(signs: pd.DataFrame) -> tuple[str, tuple[str, ...]]:
    """Say what the signs come to, and the sentence of each that was found."""
    found = signs[signs["found"]]
    if found.empty:
        asked = f"{len(signs)} sign{'s' * (len(signs) != 1)}"
        return f"Asked for {asked} of a simulated or selected file: none was found.", ()
    drawn = found["sign"].isin(["first digits", "even spread"]).any()
    looks = (
        "simulated, or cut off at a threshold" if drawn else "selected on the outcome, or simulated"
    )
    return (
        f"This file looks {looks}: {len(found)} of {len(signs)} signs that were asked for are there.",
        tuple(found["because"]),
    )


def shipped() -> pd.DataFrame:
    """Read the signs of every registered source: ``source`` and the fields of `Sign` but the
    sentence, which quotes the value.
    """
    return pd.read_csv(paths.CELLS / "signs.csv")


def _of_values(relation, column: str) -> Iterator[Sign]:
    """First digits against Benford, and the spread against an even one between the smallest and the
    largest value.
    """
    from scipy.special import kolmogorov

    sql = f"""
        WITH counts AS (SELECT account_id, CAST({column} AS DOUBLE) AS x FROM posts WHERE {column} > 0),
        placed AS (
            SELECT account_id, x, left(format('{{:e}}', x), 1) AS digit, cume_dist() OVER (ORDER BY x) AS upto,
                (rank() OVER (ORDER BY x) - 1) / count(*) OVER () AS below,
                (x - min(x) OVER ()) / nullif(max(x) OVER () - min(x) OVER (), 0) AS even
            FROM counts)
        SELECT count(*), count(DISTINCT account_id), stddev_samp(ln(x)), max(greatest(upto - even, even - below)),
            {", ".join(f"count(*) FILTER (digit = '{digit}')" for digit in range(1, 10))}
        FROM placed
    """  # noqa: S608 (column is one of COUNTED)
    n, accounts, spread, distance, *digits = relation.query("posts", sql).fetchall()[0]
    if n < VALUES or distance is None:
        return
    if accounts >= ACCOUNTS and spread >= WIDE:
        away, limit = (
            float(np.abs(np.array(digits) / n - BENFORD).mean()),
            float(DIGITS + CHANCE / np.sqrt(accounts)),
        )
        because = f"The first digits of {column} lie {away:.3f} from Benford's law on average, and not below {limit:.3f}."
        yield Sign("first digits", column, away, limit, away > limit, because)
    chance = float(kolmogorov(np.sqrt(n) * distance))
    because = f"{column.capitalize()} spread evenly between two numbers (p = {chance:.2g}), as if drawn by lot."
    yield Sign("even spread", column, chance, EVEN, chance > EVEN, because)


def _of_accounts(table: pd.DataFrame, platform: str) -> Iterator[Sign]:
    """What followers have to do with counts, account by account."""
    rows = {
        key: account_rows(table, METRICS[key])[0].query("positive > 0")
        for key in METRICS
        if f"{key}.posts" in table
    }
    counts = [
        key
        for key in ("likes_per_follower", "views_per_follower", "reach_per_follower")
        if len(rows.get(key, ())) >= ACCOUNTS
    ]
    for key in counts:
        yield from _of_size(rows[key], METRICS[key].numerator[0], platform)
    if "views_per_follower" in counts:
        yield from _of_views(rows, platform)
    if "likes_per_follower" in counts:
        share = float((_smallest(rows["likes_per_follower"]) > 1).mean())
        because = f"On {platform}, {100 * share:.0f} % of the smallest accounts get more likes than they have followers."
        yield Sign("likes above followers", platform, share, LIKED, share > LIKED, because)


def _of_size(rows: pd.DataFrame, count: str, platform: str) -> Iterator[Sign]:
    """Rank correlation of followers and a count, and the slope of the count per follower."""
    from scipy.stats import spearmanr

    size = np.log(rows["lower"])
    if size.std() >= WIDE:
        rank = float(spearmanr(size, size + rows["log_rate"]).statistic)
        because = f"On {platform}, {count} hardly grow with followers: rank correlation {rank:.2f}, and not 0.7 or more as in open data."
        yield Sign(f"{count} ignore followers", platform, rank, RANK, rank < RANK, because)
    slope, reach = _slope(rows)
    because = f"On {platform}, {count} per follower fall with slope {slope:.2f} on log scales, and not 0 to -0.35 as in open data."
    yield Sign(f"{count} per follower", platform, slope, STEEP, slope + reach < STEEP, because)


def _of_views(rows: dict[str, pd.DataFrame], platform: str) -> Iterator[Sign]:
    """Whether a rate falls per follower and not per view, and whether small accounts are watched
    far beyond their followers.
    """
    seen = float(_smallest(rows["views_per_follower"]).median())
    because = f"On {platform}, the smallest accounts get {seen:.3g} views per follower in the middle: only what was watched widely is here."
    yield Sign("views above followers", platform, seen, VIEWS, seen > VIEWS, because)
    if "engagement_per_view" in rows:
        (steep, reach), (slope, _) = (
            _slope(rows["views_per_follower"]),
            _slope(rows["engagement_per_view"]),
        )
        because = f"On {platform}, views per follower fall with slope {steep:.2f}, but engagement per view does not ({slope:.2f})."
        yield Sign(
            "flat per view",
            platform,
            abs(slope),
            FLAT,
            steep + reach < STEEP and abs(slope) < FLAT,
            because,
        )


def _slope(rows: pd.DataFrame) -> tuple[float, float]:
    """Slope of the log rate on log followers, and the reach of its 95 percent interval."""
    from scipy.stats import linregress

    line = linregress(np.log(rows["lower"]), rows["log_rate"])
    return float(line.slope), float(1.96 * line.stderr)


def _smallest(rows: pd.DataFrame) -> pd.Series:
    """Rates of the smallest quarter of the accounts from SMALL followers on."""
    sized = rows[rows["lower"] >= SMALL]
    return sized.loc[sized["lower"] <= sized["lower"].quantile(0.25), "account_rate"]
