"""What is missing because it was not published: cells of few accounts lack some of their sums."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.display import Reason, because
from analysis.estimate.log_estimates import Rows

LEFT = 0.05
"""Largest share of accounts without which an estimate for a whole source may be made."""


def published(rows: pd.DataFrame, columns: Iterable[str]) -> tuple[pd.DataFrame, int]:
    """Keep the rows that have all of some columns, and count the accounts of the others; if these
    are more than the share LEFT, all rows are kept and none is counted.

    For what is estimated of a whole source. An average of a tier must not do without one of its
    cells.

    Examples
    --------
    >>> rows = pd.DataFrame({"accounts": [7.0, 190.0], "rate": [np.nan, 0.1]})
    >>> kept, left = published(rows, ["rate"])
    >>> len(kept), left
    (1, 7)
    """
    lacking = rows[list(columns)].isna().any(axis=1)
    left = int(rows.loc[lacking, "accounts"].sum())
    return (rows[~lacking], left) if left <= LEFT * rows["accounts"].sum() else (rows, 0)


def smallest_withheld(rows: Rows, columns: Iterable[str]) -> int:
    """Count the accounts of the smallest row that lacks one of some columns; 0 if none does.

    Examples
    --------
    >>> rows = {"accounts": np.array([7.0, 90.0]), "rate": np.array([np.nan, 0.1])}
    >>> smallest_withheld(rows, ["rate"]), smallest_withheld(rows, ["accounts"])
    (7, 0)
    """
    lacking = np.zeros(len(rows["accounts"]), bool)
    for name in columns:
        lacking |= np.isnan(np.asarray(rows[name], float))
    accounts = np.asarray(rows["accounts"], float)[lacking]
    return int(accounts.min()) if len(accounts) else 0


def why_withheld(rows: Rows, columns: Iterable[str]) -> Reason | None:
    """Give the reason why an estimate that needs some columns of all rows cannot be had; None if
    nothing is lacking.

    Examples
    --------
    >>> rows = {"accounts": np.array([7.0]), "rate": np.array([np.nan])}
    >>> str(why_withheld(rows, ["rate"]))
    'not published for a cell of 7 accounts, so that no account can be read off'
    """
    accounts = smallest_withheld(rows, columns)
    return because("not_published", accounts=accounts) if accounts else None
