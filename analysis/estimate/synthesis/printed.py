"""Printed tables under other assumptions, and as rows of tables and pictures."""

import pandas as pd

from analysis.estimate.synthesis.pooling import Pooled, average_by_owner, pool
from analysis.estimate.synthesis.published_elasticity import (
    COUNTED,
    as_estimates,
    at_a_tenth,
    implied_betas,
)
from analysis.registers.in_short import whole

TOPS, BOTTOMS = (1.5, 2.0, 10.0), (100.0, 316.0, 1_000.0)
"""Other ends of open tiers: multiples of the lower edge, and followers."""

ASSUMED = (0.02, 0.05, 0.1, 0.2)
"""Standard errors that tables without one are given, to see what would follow."""

SHOWN = (
    "source", "data_owner", "platform", "metric", "denominator", "year", "tiers", "n_tiers",
    "rates", "ratio", "decades", "beta", "se", "assumed",
)  # fmt: skip
"""Columns of printed tables that a page has room for."""


def with_other_ends(figures: pd.DataFrame) -> pd.DataFrame:
    """Compute the median elasticity of printed tables with other ends of their open tiers.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `analysis.registers.published`.

    Returns
    -------
    pandas.DataFrame
        ``open_top, open_bottom, median``.

    Examples
    --------
    >>> import analysis as an
    >>> len(with_other_ends(an.registers.published()))
    9
    """
    rows = []
    for top, bottom in [(top, bottom) for top in TOPS for bottom in BOTTOMS]:
        tables = implied_betas(figures, top, bottom)
        rows.append((top, bottom, tables.loc[tables["pooled"], "beta"].median()))
    return pd.DataFrame(rows, columns=["open_top", "open_bottom", "median"])


def in_short(tables: pd.DataFrame) -> pd.DataFrame:
    """Give the columns SHOWN of printed tables, with what each counts.

    Examples
    --------
    >>> import analysis as an
    >>> "year" in in_short(an.synthesis.implied_by_sales(an.registers.published()))
    True
    """
    shown = tables[list(SHOWN)].assign(year=whole(tables["year"], "undated"))
    counted = tables["metric_group"].map(COUNTED).fillna("reactions or views")
    shown.insert(2, "counted", counted)
    return shown


def pooled_rows(votes: pd.DataFrame, pooled: Pooled, confidence: float = 0.95) -> pd.DataFrame:
    """Give a row for each owner of data, one for their mean and one for a new owner, as ratios of
    rates at a tenth of the followers.

    Parameters
    ----------
    votes : pandas.DataFrame
        From `average_by_owner`.
    pooled : Pooled
        Of them.
    confidence : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``row, estimate, low, high, n_accounts, status``, ``beta, se`` and ``mean`` (whether the row
        is the mean).
    """
    owners = votes.rename(columns={"effect": "beta"}).reset_index(names="row")
    drawn = as_estimates(owners, confidence).to_frame()
    drawn["row"] = drawn["row"].str.split(r" \(|;|, ", regex=True).str[0]
    ends = pooled.estimates.to_frame()[["estimate", "low", "high", "status"]]
    ends.insert(0, "row", ["mean of the owners", "a new owner, predicted"])
    ends["beta"] = ends["estimate"]
    columns = ["row", "estimate", "low", "high", "n_accounts", "status", "beta", "se"]
    both = pd.concat([drawn, ends], ignore_index=True)[columns]
    return at_a_tenth(both).assign(mean=both["row"] == "mean of the owners")


def with_assumed_errors(
    measured: pd.DataFrame, tables: pd.DataFrame, confidence: float = 0.95, seed: int = 1
) -> pd.DataFrame:
    """Pool all tables, those without a standard error with an ASSUMED one.

    Returns
    -------
    pandas.DataFrame
        ``assumed se``, then ``k, mu, low, high, pi_low, pi_high`` as `Pooled.to_frame` has them.
    """
    every, parts = pd.concat([measured, tables], ignore_index=True), []
    for se in ASSUMED:
        votes = average_by_owner(every.fillna({"se": se}))
        mean = pool(votes, confidence=confidence, seed=seed).to_frame()
        parts.append(mean.assign(**{"assumed se": se}))
    columns = ["assumed se", "k", "mu", "low", "high", "pi_low", "pi_high"]
    return pd.concat(parts, ignore_index=True)[columns]
