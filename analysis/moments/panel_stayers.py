"""Changes of those who stayed -> sums of two groups, whole and trimmed, for bounds after Lee."""

from typing import NamedTuple

import numpy as np
import pandas as pd

STRETCH = 4
"""First and last stretch of a panel of months: one in so many of its months each."""


class Stayers(NamedTuple):
    """Sums over creators of one group who stayed."""

    group: str  # "of" or "versus"
    trimmed: str  # "" for all who stayed; "top" or "bottom" without the surplus at that end
    started: int
    stayed: int  # of those summed here
    total: float  # of the logarithms of their changes
    squares: float  # of the distances of these from their mean
    cut: float  # logarithm at which was cut, to two decimals, so that it is no creator's own


def stayers(of: np.ndarray, versus: np.ndarray, started: tuple[int, int]) -> list[Stayers]:
    """Sum the changes of two groups; the one that kept the larger share also without the surplus.

    Parameters
    ----------
    of, versus : numpy.ndarray
        Natural logarithm of the change of each creator who stayed, of either group.
    started : tuple of int
        Creators of each group at the start.

    Raises
    ------
    ValueError
        If fewer than two creators of a group stayed, or more than started.

    Examples
    --------
    >>> [(one.group, one.trimmed, one.stayed) for one in stayers([1, 2, 3, 4], [1, 2], (4, 4))]
    [('of', '', 4), ('versus', '', 2), ('of', 'top', 2), ('of', 'bottom', 2)]
    """
    groups = {"of": np.asarray(of, float), "versus": np.asarray(versus, float)}
    counts = dict(zip(groups, started, strict=True))
    for name, logs in groups.items():
        if not 1 < len(logs) <= counts[name]:
            raise ValueError(
                f"{len(logs):,} creators stayed of {counts[name]:,}. Give the changes of at least "
                "two creators of each group, and how many there were at the start."
            )
    shares = {name: len(logs) / counts[name] for name, logs in groups.items()}
    more = max(shares, key=shares.get)
    kept, logs = min(shares.values()) / shares[more], groups[more]
    high, low = np.quantile(logs, kept), np.quantile(logs, 1 - kept)
    made = [_sums(name, "", counts[name], part, np.nan) for name, part in groups.items()]
    made.append(_sums(more, "top", counts[more], logs[logs <= high], high))
    made.append(_sums(more, "bottom", counts[more], logs[logs >= low], low))
    return made


def stayers_at(windows: pd.DataFrame, edge: float) -> list[Stayers]:
    """Sum the changes of those of the first window who are in the last, from an edge on and below.

    Parameters
    ----------
    windows : pandas.DataFrame
        ``account_id, period, size, rate``: one row per creator and window, rates above zero.
    edge : float
        Of sizes in the first window.

    Raises
    ------
    ValueError
        If fewer than two creators of a group stayed.
    """
    rates, sizes = (
        windows.pivot(index="account_id", columns="period", values=name)
        for name in ("rate", "size")
    )
    first, last = rates.columns[0], rates.columns[-1]
    there = rates[first].notna()
    change = np.log(rates[last] / rates[first])[there]
    above = sizes.loc[there, first] >= edge
    groups = [change[above], change[~above]]
    started = len(groups[0]), len(groups[1])
    return stayers(*(group.dropna() for group in groups), started)


def first_and_last(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the first and the last stretch of a panel of months: the middle size and the typical
    rate of each creator who was seen in it, were it in one month alone.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``account_id, period, size, rate``: periods are whole numbers, rates above zero.

    Examples
    --------
    >>> rows = pd.DataFrame({"account_id": list("aaaab"), "period": [1, 2, 7, 8, 1], "size": 9.0})
    >>> first_and_last(rows.assign(rate=[1.0, 4.0, 2.0, 8.0, 1.0]))[["period", "rate"]].values
    array([[0., 2.],
           [1., 4.],
           [0., 1.]])
    """
    begin, end = rows["period"].min(), rows["period"].max()
    months = max((end - begin + 1) // STRETCH, 1)
    place = np.select([rows["period"] < begin + months, rows["period"] > end - months], [0, 1], -1)
    table = rows.assign(period=place, rate=np.log(rows["rate"]))[place >= 0]
    grouped = table.groupby(["account_id", "period"], as_index=False)
    made = grouped.agg(size=("size", "median"), rate=("rate", "mean"))
    return made.assign(rate=np.exp(made["rate"]))


def _sums(group: str, trimmed: str, started: int, logs: np.ndarray, cut: float) -> Stayers:
    squares = ((logs - logs.mean()) ** 2).sum()
    values = len(logs), float(logs.sum()), float(squares), round(float(cut), 2)
    return Stayers(group, trimmed, started, *values)
