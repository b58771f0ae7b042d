"""The median account: from account rates, or from a histogram of their logarithms."""

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
from scipy.special import bdtr, ndtri

from analysis.display import because
from analysis.estimate.log_estimates import NO_ACCOUNT, LogEstimate, Rows
from analysis.moments.cells import BIN

LARGEST_ERROR = 0.1
"""With a larger error from binning, as a share, the median is indicative only. In simulated worlds
the intervals of medians with a smaller one cover as often as they say, as
benchmarks/medians_from_cells.csv shows.
"""


def median_of_accounts(rows: Rows) -> LogEstimate:
    """Median of account rates; variance of its log from order statistics (Price and Bonett 2001,
    Bonett and Price 2020).
    """
    rates = np.sort(np.asarray(rows["account_rate"]))
    n = len(rates)
    rank, z = _middle_ranks(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.log(rates[rank - 1]), np.log(rates[n - rank])
        log = np.log(np.median(rates))
        variance = ((high - low) / (2 * z)) ** 2
    return LogEstimate(log, variance, n - 1, because("order_statistics"))


ANYWHERE = (-np.inf, np.inf)


def around_mean(rows: Rows) -> tuple[float, float]:
    """Range in which the median of log rates lies: one standard deviation on either side of their
    mean (Hotelling and Solomons 1932). Anywhere, if accounts of rate zero have no logarithm.
    """
    names = ("accounts", "positive", "log_rate", "log_rate2")
    accounts, positive, total, squares = (float(np.sum(rows[name])) for name in names)
    if positive < accounts or not positive:
        return ANYWHERE
    mean = total / positive
    spread = np.sqrt(max(squares / positive - mean**2, 0.0))
    return mean - spread, mean + spread


def median_of_cells(histogram: Rows | None, within: tuple[float, float] = ANYWHERE) -> LogEstimate:
    """Median of binned log rates; the method states how far off binning can be, and more than
    LARGEST_ERROR lets no verdict rest on it. `within` is what is known besides, as from
    `around_mean`.
    """
    if histogram is None:
        return NO_ACCOUNT._replace(problem=because("no_histogram"))
    columns = ("bin_low", "bin_high", "accounts")
    low, high, accounts = (np.asarray(histogram[name], float) for name in columns)
    n = float(accounts.sum())
    if n == 0:
        return NO_ACCOUNT
    rank, z = _middle_ranks(n)
    shares = (0.5, (rank - 0.5) / n, (n - rank + 0.5) / n)
    middle, first, last = _quantiles(low, high, accounts, shares)
    most = max(within[1] - middle, middle - within[0])
    error = 100 * np.expm1(min(_binning_error(low, high, accounts, middle), most))
    method = because("order_statistics_from_histogram", error=round(error, 1))
    found = LogEstimate(middle, ((last - first) / (2 * z)) ** 2, n - 1, method)
    if not np.isfinite(middle) or error <= 100 * LARGEST_ERROR:
        return found
    problem = because("wide_bins", error=round(error, 1))
    return found._replace(problem=problem, decisive=False)


def _middle_ranks(n: float) -> tuple[float, float]:
    """Rank c of Price and Bonett (2001), and the normal quantile of the interval (c, n - c + 1)."""
    rank = max(round((n + 1) / 2 - np.sqrt(n)), 1)
    return rank, -ndtri(bdtr(rank - 1, int(n), 0.5))


def _quantiles(
    low: np.ndarray, high: np.ndarray, accounts: np.ndarray, shares: Iterable[float]
) -> list[float]:
    """Quantiles of log rates, spread evenly within each bin."""
    zero = np.isnan(high)
    floor = float(accounts[zero].sum())  # accounts of rate zero lie below every point
    low, high, accounts = low[~zero], high[~zero], accounts[~zero]
    # a bin that reaches down to a rate of zero has no width on a log scale: its accounts stand at
    # its upper end
    low = np.where(np.isnan(low), high, low)
    points = np.unique(np.concatenate([low, high]))
    flat = high <= low
    width = np.where(flat, 1.0, high - low)

    def below(place: int) -> float:
        point = points[place]
        covered = np.clip((point - low) / width, 0, 1)
        return floor + (accounts * np.where(flat, point >= high, covered)).sum()

    quantiles = []
    for wanted in (share * (floor + accounts.sum()) for share in shares):
        # bisection looks at a few points only, since there are many bins
        place = bisect_right(range(len(points)), wanted, key=below)
        pair = range(len(points))[max(place - 1, 0) : place + 1]
        cumulated = [below(at) for at in pair]
        inside = np.interp(wanted, cumulated, points[pair]) if wanted > floor else -np.inf
        quantiles.append(float(inside * BIN))
    return quantiles


def _binning_error(low: np.ndarray, high: np.ndarray, accounts: np.ndarray, middle: float) -> float:
    """How far the median of binned logs may be from that of the accounts [natural logarithms].

    A bin of `a` accounts that reaches across the median has a share c of its width below it. Spread
    at random, its accounts below the median vary by the variance v = a c (1 - c); were their
    density a slope from one end of the bin to the other, instead of flat, v more or fewer would be
    below. Twice the root of the sum of v, or the sum if it is larger, and half an account, over the
    accounts per unit of log rate there, is the error; never less than half of BIN, and never more
    than if every account stood at one end of its bin.
    """
    worst = max(_bound(high, high, accounts) - middle, middle - _bound(low, high, accounts))
    point = middle / BIN
    across = (np.where(np.isnan(low), high, low) <= point) & (point <= high)
    low, high, accounts = low[across], high[across], accounts[across]
    if not accounts.size or np.isnan(low).any() or not np.isfinite(worst):
        return worst
    width = high - low
    share = (point - low) / width
    varies = (accounts * share * (1 - share)).sum()
    # where two bins touch at the median, half of both is the density there
    touching = ((point == low) | (point == high)).any()
    density = (accounts / width).sum() / BIN / (2 if touching else 1)
    error = (max(2 * np.sqrt(varies), varies) + 0.5) / density
    return min(worst, max(error, BIN / 2))


def _bound(ends: np.ndarray, high: np.ndarray, accounts: np.ndarray) -> float:
    """Where the median would be if every account stood at one end of its bin; bins without an
    upper end hold rates of zero.
    """
    ends = np.where(np.isnan(high) | np.isnan(ends), -np.inf, ends)
    order = np.argsort(ends)
    place = np.searchsorted(np.cumsum(accounts[order]), accounts.sum() / 2)
    return float(ends[order][place] * BIN)
