"""Followers of the accounts that a cell sums, spread evenly over its band."""

import numpy as np


def spread_followers(
    accounts: np.ndarray, logs: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> np.ndarray:
    """Place accounts within their bands, evenly on the log scale around the mean of the band.

    Parameters
    ----------
    accounts, logs : numpy.ndarray
        Accounts of each band, and the sum of their log followers.
    lower, upper : numpy.ndarray
        Edges of each band [followers]; equal for a single account.

    Returns
    -------
    numpy.ndarray
        Log followers, one per account, band by band.

    Examples
    --------
    >>> x = spread_followers(np.array([2.0]), np.log([16.0]), np.array([1.0]), np.array([16.0]))
    >>> np.exp(x).round(6).tolist()
    [2.0, 8.0]
    """
    parts = [np.array([])]
    for n, total, low, high in zip(accounts.astype(int), logs, lower, upper, strict=True):
        if not n:
            continue
        mean, below = total / n, np.log(max(low, 1.0))
        # an open band reaches as far above its mean as below
        above = np.log(high) if np.isfinite(high) else 2 * mean - below
        reach = min((above - below) / 2, mean - below, above - mean)
        parts.append(mean + reach * ((2 * np.arange(n) + 1) / n - 1))
    return np.concatenate(parts)
