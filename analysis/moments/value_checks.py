"""Checks of single values of a file: first digits, an even spread, and a cut at the lower end."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

COUNTED = ("likes", "views", "reach", "impressions")
"""Columns whose values spread over orders of magnitude in the wild. Followers are not among them:
samples are often drawn by followers.
"""

BENFORD = np.log10(1 + 1 / np.arange(1, 10))
"""Share of each first digit among counts that spread over orders of magnitude (Benford 1938)."""

VALUES, ACCOUNTS = 100, 50
"""Fewest values, and accounts, for which a check is made."""

WIDE = 0.8
"""Standard deviation of logarithms from which on counts spread widely enough to check their first
digits, or followers their rank correlation.
"""

DIGITS, CHANCE = 0.025, 0.25
"""Limit of the mean absolute deviation from Benford, and what is added for chance: divided by the
root of the number of accounts, since posts of one account have similar counts."""

EVEN = 0.01
"""Limit of the p of an even spread."""

EDGE, LOWEST, CROWD, CUT = 0.1, 20, 5, 0.01
"""A cut shows as a crowd at the lower end, where counts in the wild thin out: the values within
EDGE standard deviations of logarithms above the smallest, if that is LOWEST or more, are of CROWD
accounts and as many different numbers, and more than a share CUT of all.
"""


class Check(NamedTuple):
    """One check that was made.

    Attributes
    ----------
    check, subject : str
        What was looked at, and in which column or platform.
    value, limit : float
        The result, and from where on it warns.
    warning : bool
        Whether it warns.

    Examples
    --------
    >>> import analysis as an
    >>> control = an.plausibility.shipped().query("source == 'synthetic-healthkart'")
    >>> made = an.plausibility.Check(*control.iloc[1, 1:])
    >>> made.check, bool(made.warning)
    ('even spread', True)
    """

    check: str
    subject: str
    value: float
    limit: float
    warning: bool


def of_values(relation, column: str) -> Iterator[Check]:
    """First digits against Benford, the spread against an even one between the smallest and the
    largest value, and how many values crowd at the smallest.
    """
    from scipy.special import kolmogorov

    digit_counts = ", ".join(f"count(*) FILTER (digit = '{digit}')" for digit in range(1, 10))
    # the scientific form begins with the first digit; the distance of Kolmogorov and Smirnov is
    # taken on both sides of each step
    sql = f"""
        WITH counts AS (
            SELECT account_id, CAST({column} AS DOUBLE) AS x FROM posts WHERE {column} > 0),
        placed AS (
            SELECT account_id, x, left(format('{{:e}}', x), 1) AS digit,
                cume_dist() OVER (ORDER BY x) AS upto,
                (rank() OVER (ORDER BY x) - 1) / count(*) OVER () AS below,
                (x - min(x) OVER ()) / nullif(max(x) OVER () - min(x) OVER (), 0) AS even
            FROM counts)
        SELECT count(*), count(DISTINCT account_id), stddev_samp(ln(x)),
            max(greatest(upto - even, even - below)), {digit_counts}
        FROM placed
    """  # noqa: S608 (column is one of COUNTED)
    n, accounts, spread, distance, *digits = relation.query("posts", sql).fetchall()[0]
    if n < VALUES or distance is None:
        return
    if accounts >= ACCOUNTS and spread >= WIDE:
        away = float(np.abs(np.array(digits) / n - BENFORD).mean())
        limit = float(DIGITS + CHANCE / np.sqrt(accounts))
        yield Check("first digits", column, away, limit, away > limit)
    p = float(kolmogorov(np.sqrt(n) * distance))
    yield Check("even spread", column, p, EVEN, p > EVEN)
    yield _crowd(relation, column, n, spread)


def _crowd(relation, column: str, values: int, spread: float) -> Check:
    """Say what share of the values lies right above the smallest one."""
    sql = f"""
        WITH counts AS (
            SELECT account_id, CAST({column} AS DOUBLE) AS x FROM posts WHERE {column} > 0)
        SELECT min(x), count(*), count(DISTINCT account_id), count(DISTINCT x) FROM counts
        WHERE x < (SELECT min(x) FROM counts) * exp({EDGE} * {spread})
    """  # noqa: S608 (column is one of COUNTED, the rest are numbers)
    least, crowd, accounts, different = relation.query("posts", sql).fetchall()[0]
    share = crowd / values
    crowded = least >= LOWEST and min(accounts, different) >= CROWD
    return Check("cut off below", column, float(share), CUT, bool(crowded and share > CUT))
