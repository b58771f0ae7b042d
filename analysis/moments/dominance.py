"""Sums that one or two accounts dominate."""

import numpy as np
import pandas as pd

from analysis.moments.kinds import PRODUCTS

P = 0.1
"""What has to be left of a sum without its two largest parts, as a share of the largest."""

SQUARED = (1 + P) ** 2 - 1
"""The same for a sum of squares."""

COARSE = 1.5
"""Sums of squares that are dominated are known to this factor, so their largest part to the root of
it: more than P.
"""


def dominated(parts: np.ndarray, share: float = P) -> bool:
    """Say whether the second largest part of a sum could compute the largest to within a `share`.

    Examples
    --------
    >>> dominated(np.array([10.0, 3.0, 0.5, 0.4])), dominated(np.array([10.0, 3.0, 0.6, 0.5]))
    (True, False)
    """
    ordered = np.sort(parts)
    return bool(ordered[:-2].sum() < share * ordered[-1])


def rounded(sums: pd.Series, column: str) -> pd.Series:
    """Round sums of squares up, and of products down, to a power of COARSE.

    Examples
    --------
    >>> [rounded(pd.Series([1.6, 0.0]), name).tolist() for name in ("rate2", "rate_posts")]
    [[2.25, 0.0], [1.5, 0.0]]
    """
    towards = np.floor if column in PRODUCTS else np.ceil
    positive = sums.where(sums > 0)
    return (COARSE ** towards(np.log(positive) / np.log(COARSE))).where(sums > 0, sums)
