"""What is missing because it was not published: cells of few accounts lack some of their sums."""

from collections.abc import Iterable

import numpy as np

from analysis.display import Reason, because
from analysis.estimate.log_estimates import Rows


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
