"""Plausibility checks: numbers that warn of a file that was simulated, or selected on the outcome.

A warning is a reason to ask how a file came about, not a proof. The limits lie between what the
registered sources of evidence give and what the controls give; data/cells/plausibility.csv has
both, and tests hold the limits to it. Warnings are worded here, since they become texts of the
record of a user's own source, which is kept as JSON.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis import paths
from analysis.display import because, namespace_of
from analysis.moments.rows import account_rows
from analysis.moments.sample import Moments
from analysis.moments.value_checks import ACCOUNTS, COUNTED, WIDE, Check, of_values
from analysis.registers.metrics import METRICS

RANK, STEEP, FLAT = 0.4, -0.4, 0.1
"""Limits: rank correlation of followers and counts; slopes per follower and per view."""

REACH = 1.96
"""Standard errors to each side in a 95 percent interval. A check of accounts warns only if its
whole interval lies beyond its limit, so that a small file does not warn by chance.
"""

SMALL, VIEWS, LIKED = 1_000, 2.0, 0.25
"""The smallest quarter of accounts is taken from so many followers on; views per follower; share
with more likes than followers."""

DRAWN = ("first digits", "even spread", "cut off below")
"""Checks of single values, which counts that were drawn by a program, or cut off, fail."""


def check(posts, moments: Moments) -> pd.DataFrame:
    """Make every check that the columns and the size of a file allow.

    Parameters
    ----------
    posts : pandas.DataFrame, duckdb.DuckDBPyRelation or None
        POSTS; None where only sums are at hand, so that checks of single posts are not made.
    moments : Moments
        Of the same posts, by account.

    Returns
    -------
    pandas.DataFrame
        One `Check` a row; empty if the file is too small for any.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.posts(seed=1)
    >>> an.plausibility.check(posts, an.simulate.world("a world", posts))[["check", "warning"]]
                        check  warning
    0            first digits    False
    1             even spread    False
    2           cut off below    False
    3  likes ignore followers    False
    4      likes per follower    False
    5   likes above followers    False
    """
    import duckdb

    relation = duckdb.from_df(posts) if isinstance(posts, pd.DataFrame) else posts
    columns = () if relation is None else relation.columns
    checks = [made for name in COUNTED if name in columns for made in of_values(relation, name)]
    for platform in moments.platforms:
        checks += _of_accounts(moments.table[moments.table["platform"] == platform], platform)
    return pd.DataFrame(checks, columns=Check._fields)


def summary(checks: pd.DataFrame) -> str:
    """Sum up the table of `check` in a sentence.

    Examples
    --------
    >>> import analysis as an
    >>> an.plausibility.summary(an.plausibility.shipped().query("source == 'instagram-kim'"))
    'None of 6 plausibility checks warns that the file was simulated or selected on the outcome.'
    """
    warnings = checks[checks["warning"]]
    if warnings.empty:
        of_accounts = bool((~checks["subject"].isin(COUNTED)).any())
        needed = 0 if of_accounts else ACCOUNTS
        return str(because("plausible", checks=len(checks), needed=needed))
    drawn = bool(warnings["check"].isin(DRAWN).any())
    return str(because("implausible", checks=len(checks), warnings=len(warnings), drawn=drawn))


def reasons(checks: pd.DataFrame) -> tuple[str, ...]:
    """Write each warning in the table of `check` as a sentence.

    Examples
    --------
    >>> import analysis as an
    >>> control = an.plausibility.shipped().query("source == 'synthetic-healthkart'")
    >>> an.plausibility.reasons(control)[1]
    'Likes spread evenly between two numbers (p = 0.49), as if drawn at random.'
    """
    facts = checks.loc[checks["warning"], ["check", "subject", "value", "limit"]]
    return tuple(str(because("plausibility_warning", **row)) for row in facts.to_dict("records"))


def signs(checks: pd.DataFrame) -> tuple[str, ...]:
    """Name in a few words each sign by which a file may not decide claims; none if nothing warns,
    or no check applies to so few rows.

    Any warning is one: `benchmarks/signs.csv` has how often each kind of honest file shows one.

    Examples
    --------
    >>> import analysis as an
    >>> control = an.plausibility.shipped().query("source == 'instagram-hypeauditor'")
    >>> an.plausibility.signs(control)[0]
    'likes hardly grow with followers (rank correlation -0.11)'
    """
    facts = checks.loc[checks["warning"], ["check", "subject", "value", "limit"]]
    words = (str(because("sign", **row)) for row in facts.to_dict("records"))
    return tuple(dict.fromkeys(words))


def shipped() -> pd.DataFrame:
    """Read the checks of every registered source: ``source`` and the fields of `Check`.

    Examples
    --------
    >>> import analysis as an
    >>> an.plausibility.shipped().columns.tolist()
    ['source', 'check', 'subject', 'value', 'limit', 'warning']
    """
    return pd.read_csv(paths.CELLS / "plausibility.csv")


def _of_accounts(table: pd.DataFrame, platform: str) -> Iterator[Check]:
    """How counts depend on followers, account by account."""
    rows = {
        key: account_rows(table, METRICS[key])[0].query("positive > 0")
        for key in METRICS
        if f"{key}.posts" in table
    }
    enough = {key for key in rows if len(rows[key]) >= ACCOUNTS}
    for count in ("likes", "views", "reach"):
        if f"{count}_per_follower" in enough:
            yield from _of_size(rows[f"{count}_per_follower"], count, platform)
    if "views_per_follower" in enough:
        yield from _of_views(rows, platform)
    if "likes_per_follower" in enough:
        above = _smallest(rows["likes_per_follower"]) > 1
        warning = _more_often(above, LIKED)
        yield Check("likes above followers", platform, float(above.mean()), LIKED, warning)


def _of_size(rows: pd.DataFrame, count: str, platform: str) -> Iterator[Check]:
    """Rank correlation of followers and a count, and the slope of the count per follower."""
    from scipy.stats import spearmanr

    size = np.log(rows["lower"])
    if size.nunique() < 2:
        return
    if size.std() >= WIDE:
        # a log rate per follower plus log followers is the log of the count
        rank = float(spearmanr(size, size + rows["log_rate"]).statistic)
        warning = _rank_upto(rank, rows) < RANK
        yield Check(f"{count} ignore followers", platform, rank, RANK, warning)
    slope, reach = _slope(rows)
    yield Check(f"{count} per follower", platform, slope, STEEP, slope + reach < STEEP)


def _of_views(rows: dict[str, pd.DataFrame], platform: str) -> Iterator[Check]:
    """Whether a rate falls per follower and not per view, and whether small accounts are watched
    far beyond their followers.
    """
    smallest = _smallest(rows["views_per_follower"])
    seen, warning = float(smallest.median()), _more_often(smallest > VIEWS, 0.5)
    yield Check("views above followers", platform, seen, VIEWS, warning)
    if "engagement_per_view" in rows:
        steep, reach = _slope(rows["views_per_follower"])
        slope = abs(_slope(rows["engagement_per_view"])[0])
        if np.isnan(slope + steep):
            return
        warning = steep + reach < STEEP and slope < FLAT
        yield Check("flat per view", platform, slope, FLAT, warning)


def _slope(rows: pd.DataFrame) -> tuple[float, float]:
    """Slope of the log rate on log followers, and the reach of its 95 percent interval; nan where
    all accounts have one size.
    """
    from scipy.stats import linregress

    if rows["lower"].nunique() < 2:
        return np.nan, np.nan
    line = linregress(np.log(rows["lower"]), rows["log_rate"])
    return float(line.slope), float(REACH * line.stderr)


def _rank_upto(rank: float, rows: pd.DataFrame) -> float:
    """Upper end of the 95 percent interval of a rank correlation (Bonett and Wright 2000)."""
    error = np.sqrt((1 + rank**2 / 2) / (len(rows) - 3))
    return float(np.tanh(np.arctanh(np.clip(rank, -0.999, 0.999)) + REACH * error))


def _more_often(happened: pd.Series, share: float) -> bool:
    """Whether something happened to more than a share of accounts, with its whole 95 percent
    interval (Clopper and Pearson).
    """
    from scipy.stats import binom

    return bool(binom.sf(int(happened.sum()) - 1, len(happened), share) < 0.025)


def _smallest(rows: pd.DataFrame) -> pd.Series:
    """Rates of the smallest quarter of the accounts from SMALL followers on."""
    sized = rows[rows["lower"] >= SMALL]
    return sized.loc[sized["lower"] <= sized["lower"].quantile(0.25), "account_rate"]


__getattr__, __dir__ = namespace_of(globals())
