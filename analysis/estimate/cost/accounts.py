"""Creators drawn from the accounts of a tier: from single accounts of a user's file, or from the
histogram and bands of cells.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import Result
from analysis.estimate.registry import sample_verb
from analysis.moments.cells import BIN
from analysis.moments.group import BINS
from analysis.moments.sample import Sample

MOST = 1_000
"""Creators in a portfolio at the most; what they leave unspent is counted."""

FIELDS = ("account_rate", "accounts", "lower", "upper")


@dataclass(frozen=True, repr=False)
class Creators(Result):
    """Accounts of one tier, by rising rate: what creators are drawn from.

    Attributes
    ----------
    rate : numpy.ndarray
        Reactions per follower and post, ascending.
    weight : numpy.ndarray
        Accounts that each rate stands for.
    lower, upper : numpy.ndarray
        Range of followers of these accounts; equal for single accounts.
    tail : numpy.ndarray
        Mean of log followers above `lower` where the range is open.
    """

    rate: np.ndarray
    weight: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    tail: np.ndarray

    @property
    def n(self) -> int:
        """How many accounts there are."""
        return int(self.weight.sum())

    def to_frame(self) -> pd.DataFrame:
        """Give a row per rate: ``rate, weight, lower, upper, tail``."""
        return pd.DataFrame({name: getattr(self, name) for name in self.__dataclass_fields__})

    def pick(self, u: np.ndarray) -> np.ndarray:
        """Give the index of the account at each quantile of the rate."""
        cumulated = np.cumsum(self.weight)
        places = np.searchsorted(cumulated, u * cumulated[-1], side="right")
        return np.minimum(places, len(self.rate) - 1)

    def followers(self, index: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw followers: uniform on the logarithmic scale within a band, Pareto with the band's
        own mean where it is open.
        """
        lower, upper = np.log(np.maximum(self.lower[index], 1.0)), np.log(self.upper[index])
        is_open = np.isinf(upper)
        above = np.where(is_open, rng.exponential(size=index.shape) * self.tail[index], 0.0)
        width = np.where(is_open, 0, upper - lower)
        return np.exp(lower + np.where(is_open, above, rng.random(index.shape) * width))


@sample_verb
def creators(sample: Sample, tier: str) -> Creators:
    """Take the accounts of a tier as something to draw from.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower, with tiers assigned.
    tier : str
        A tier of its scheme.

    Raises
    ------
    ValueError
        If the metric is not per follower, the tier holds no account, or the cells of a stratum,
        which have no histogram, are asked.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> kim.creators("micro")
    10,712 accounts to draw creators from, median rate 2.87 %.
    """
    metric, key = sample.metric, sample.source.key
    if metric.denominator != "followers":
        raise ValueError(
            f"metric '{metric.key}' is not per follower, so no reactions of an account can be "
            "drawn from it."
        )
    rows = sample.rows[sample.rows["tier"] == tier]
    if not rows["accounts"].sum():
        raise ValueError(f"source '{key}' has no account in tier '{tier}', so none can be drawn.")
    if sample.resolution == "accounts":
        rate, weight, lower, upper = (rows[name].to_numpy(float) for name in FIELDS)
        tail = np.zeros(len(rows))
    elif sample.histogram is None:
        raise ValueError(
            f"source '{key}': cells of one {sample.stratum} hold no single rates to draw from."
        )
    else:
        bins = sample.bins_within(tier, (*BINS, "lower", "upper"))
        low, high, weight, lower, upper = bins.values()
        rate = np.where(np.isnan(low), 0.0, np.exp(BIN * (low + high) / 2))
        bottom = np.log(rows["lower"].clip(lower=1))
        excess = (rows["log_followers"] / rows["positive"] - bottom).set_axis(rows["lower"])
        tail = excess.reindex(lower).to_numpy(float)
    order = np.argsort(rate, kind="stable")
    return Creators(*(part[order] for part in (rate, weight, lower, upper, tail)))
