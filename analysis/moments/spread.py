"""Followers of a cell whose sums of followers are not published: computed from its band alone.

The accounts are taken to be spread evenly between the edges on a logarithmic scale. How the rate
changes inside the band is not known then, and is taken from the line through the bands, so that
such a cell adds nothing to a slope but its place.
"""

import numpy as np
import pandas as pd

TOP = 2.0
"""An open band ends at this many times its lower edge."""

PLACED = "placed"
"""Accounts whose followers are computed from their band."""

LOWEST = 10.0
"""A band from zero starts at its upper edge divided by this."""


def ends_of(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Close the open ends of bands; logarithms of both ends [log followers]."""
    high = np.where(np.isfinite(upper), upper, TOP * lower)
    return np.log(np.where(lower > 0, lower, high / LOWEST)), np.log(high)


def with_followers(cells: pd.DataFrame) -> pd.DataFrame:
    """Fill the sums of followers that are not published.

    Parameters
    ----------
    cells : pandas.DataFrame
        ``metric, stratum, level, lower, upper`` and MOMENTS.

    Returns
    -------
    pandas.DataFrame
        With a column PLACED if anything was filled: how many accounts of each cell that is.

    Examples
    --------
    >>> keys = {"metric": "m", "stratum": "all", "level": "all", "lower": 100.0, "upper": 10_000.0}
    >>> sums = {"positive": 4.0, "log_rate": -8.0, "log_followers": np.nan}
    >>> rest = {"log_followers2": np.nan, "log_followers_log_rate": np.nan}
    >>> cell = pd.DataFrame([keys | sums | rest])
    >>> round(float(np.exp(with_followers(cell)["log_followers"].item() / 4)))
    1000
    """
    lacking = cells["log_followers"].isna().to_numpy()
    if not lacking.any():
        return cells
    low, high = ends_of(*(cells[name].to_numpy(float) for name in ("lower", "upper")))
    n, logs = (cells[name].to_numpy(float) for name in ("positive", "log_rate"))
    middle, spread = (low + high) / 2, (high - low) ** 2 / 12
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(lacking, middle, cells["log_followers"].to_numpy(float) / n)
        y = logs / n
    within = np.zeros(len(cells))
    for places in cells.groupby(["metric", "stratum", "level"]).indices.values():
        within[places] = _slope(n[places], x[places], y[places])
    filled = {
        "log_followers": n * middle,
        "log_followers2": n * (middle**2 + spread),
        "log_followers_log_rate": middle * logs + within * n * spread,
    }
    whole = {name: cells[name].where(~lacking, filled[name]) for name in filled}
    return cells.assign(**whole, **{PLACED: np.where(lacking, n, 0.0)})


def placed(rows: pd.DataFrame) -> int:
    """Count the accounts whose followers are computed from their band, of rows of a sample.

    Examples
    --------
    >>> import analysis as an
    >>> sample = an.load("tiktok-datares").sample("likes_per_follower")
    >>> 0 < placed(sample.rows) < sample.accounts
    True
    """
    return int(rows[PLACED].sum()) if PLACED in rows else 0


def _slope(n: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """Slope of a line through the means of bands; zero where there is none."""
    known = (n > 0) & np.isfinite(x) & np.isfinite(y)
    n, x, y = n[known], x[known], y[known]
    if len(n) < 2:
        return 0.0
    x = x - np.average(x, weights=n)
    squares = (n * x * x).sum()
    return float((n * x * y).sum() / squares) if squares > 0 else 0.0
