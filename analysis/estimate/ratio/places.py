"""Where accounts stand on the axis of a metric: at their rate or, from cells, somewhere in a bin of
a histogram.

The histogram counts accounts between the ends of a bin; the sums of a band give the mean and the
spread of the logs of its accounts. Together they place the accounts: within a bin as a normal
distribution with the band's mean and spread would have them. Where nothing but the bin is known
they are spread evenly over it. How far the two apart lead is a measure of what bins leave open.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.moments.cells import BIN
from analysis.moments.group import BINS, evenly
from analysis.moments.sample import Sample

ZERO = -1e9
"""Where a rate of zero stands on the axis of a histogram: below every bin."""

LEAST = 1e-6
"""Least share of the normal distribution of a band in a bin, if the bin is to be placed by it."""


class Places(NamedTuple):
    """Where each account of a tier stands, four times: most likely, spread evenly over its bin, at
    the lower, and at the upper end of it. All four are its rate where accounts are known.
    """

    likely: np.ndarray
    even: np.ndarray
    low: np.ndarray
    high: np.ndarray


def places_of(sample: Sample, tiers: Iterable[str]) -> dict[str, Places]:
    """Place the accounts of each tier; none of cells without a histogram."""
    if sample.resolution == "accounts":
        rates = sample.within(tiers, ("account_rate",))
        return {tier: Places(*[rows["account_rate"]] * 4) for tier, rows in rates.items()}
    if sample.histogram is None:
        return {tier: Places(*[np.array([])] * 4) for tier in tiers}
    return {tier: _of_tier(sample, tier) for tier in tiers}


def _of_tier(sample: Sample, tier: str) -> Places:
    low, high, accounts, lower = sample.bins_within(tier, (*BINS, "lower")).values()
    rows = sample.within([tier], ("lower", "positive", "log_rate", "log_rate2"))[tier]
    band = np.searchsorted(rows["lower"], lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        n, middle = rows["positive"], rows["log_rate"] / rows["positive"]
        spread = np.sqrt((rows["log_rate2"] - n * middle**2) / (n - 1))
    return in_bins(low, high, accounts, middle[band] / BIN, spread[band] / BIN)


def in_bins(
    low: np.ndarray, high: np.ndarray, accounts: np.ndarray, middle: np.ndarray, spread: np.ndarray
) -> Places:
    """Place accounts that were counted in bins.

    Parameters
    ----------
    low, high, accounts : numpy.ndarray
        Both ends of each bin, and how many accounts are in it. A missing lower end is a rate of
        zero; with the upper end missing, too, all of the bin are zero.
    middle, spread : numpy.ndarray
        Mean and standard deviation of the accounts of each bin's band; nan if not known.

    Examples
    --------
    >>> low, high, accounts, middle = np.array([[0.0], [8.0], [4.0], [8.0]])
    >>> places = in_bins(low, high, accounts, middle, np.array([4.0]))
    >>> places.even.tolist(), places.likely.round(1).tolist()
    ([1.0, 3.0, 5.0, 7.0], [2.4, 4.7, 6.1, 7.4])
    """
    place, share = evenly(accounts)
    # a bin down to a rate of zero has no width on a log scale: unless its lower end is asked for,
    # its accounts stand at the upper one
    bottom = np.where(np.isnan(low), high, low)
    low, bottom, high, middle, spread = (
        column[place] for column in (low, bottom, high, middle, spread)
    )
    even = bottom + (high - bottom) * share
    likely = _normal(bottom, high, share, middle, spread, even)
    ends = (np.where(np.isnan(low), ZERO, low), high)
    return Places(*(np.where(np.isnan(high), ZERO, at) for at in (likely, even, *ends)))


def _normal(
    low: np.ndarray, high: np.ndarray, share: np.ndarray, middle: np.ndarray, spread: np.ndarray,
    otherwise: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Quantiles of a normal distribution cut off at the ends of a bin."""
    with np.errstate(divide="ignore", invalid="ignore"):
        below, above = (ndtr((end - middle) / spread) for end in (low, high))
        placed = middle + spread * ndtri(below + share * (above - below))
    return np.where((above - below > LEAST) & np.isfinite(placed), placed, otherwise)
