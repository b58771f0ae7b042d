"""One macro or many micros for the same money: what can happen, drawn from real distributions.

A creator is drawn from the accounts of a tier: from single accounts of a user's file, or from the
histogram and bands of cells. What is not in those sums, such as whether two creators share
followers or fail together, is an assumption with a name.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.registry import estimator
from analysis.estimate.results import Estimate
from analysis.estimate.cost.price_laws import PowerLaw, typical_followers
from analysis.moments.cells import BIN
from analysis.moments.sample import BINS, Sample

MOST = 1_000
"""Creators in a portfolio at the most; what they leave unspent is told."""


class Creators(NamedTuple):
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

    def pick(self, u: np.ndarray) -> np.ndarray:
        """Index of the account at each quantile of the rate."""
        cumulated = np.cumsum(self.weight)
        return np.minimum(
            np.searchsorted(cumulated, u * cumulated[-1], side="right"), len(self.rate) - 1
        )

    def followers(self, index: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw followers: uniform on the logarithmic scale within a band, Pareto with the band's
        own mean where it is open.
        """
        lower, upper = np.log(np.maximum(self.lower[index], 1.0)), np.log(self.upper[index])
        above = np.where(np.isinf(upper), rng.exponential(size=index.shape) * self.tail[index], 0.0)
        return np.exp(
            lower
            + np.where(
                np.isinf(upper),
                above,
                rng.random(index.shape) * np.where(np.isinf(upper), 0, upper - lower),
            )
        )


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
    """
    if sample.metric.denominator != "followers":
        raise ValueError(
            f"metric '{sample.metric.key}' is not per follower, so no reactions of an account can be drawn from it."
        )
    rows = sample.rows[sample.rows["tier"] == tier]
    if not rows["accounts"].sum():
        raise ValueError(
            f"source '{sample.source.key}' has no account in tier '{tier}', so none can be drawn."
        )
    if sample.resolution == "accounts":
        rate, weight, lower, upper = (
            rows[name].to_numpy(float) for name in ("account_rate", "accounts", "lower", "upper")
        )
        tail = np.zeros(len(rows))
    else:
        if sample.histogram is None:
            raise ValueError(
                f"source '{sample.source.key}': cells of one {sample.stratum} hold no single rates to draw from."
            )
        low, high, weight, lower, upper = sample.bins_within(
            tier, (*BINS, "lower", "upper")
        ).values()
        rate = np.where(np.isnan(low), 0.0, np.exp(BIN * (low + high) / 2))
        excess = (
            rows["log_followers"] / rows["positive"] - np.log(rows["lower"].clip(lower=1))
        ).set_axis(rows["lower"])
        tail = excess.reindex(lower).to_numpy(float)
    order = np.argsort(rate, kind="stable")
    return Creators(*(part[order] for part in (rate, weight, lower, upper, tail)))


def portfolios(
    one: Creators, many: Creators, price: PowerLaw, handling: float = 0.0, overlap: float = 0.0, together: float = 0.0,
    draws: int = 2_000, seed: int = 20,
) -> pd.DataFrame:  # fmt: skip
    """Spend what one large creator costs on that creator, or on as many small ones as it pays for.

    Parameters
    ----------
    one, many : Creators
        From `creators`.
    price : PowerLaw
        Of a post; each creator costs what it says, and `handling` on top.
    handling : float
        Per creator, in the currency of the price.
    overlap : float
        Share of a further creator's reactions that come from people who were reached before: the
        j-th adds ``(1 - overlap)**j``.
    together : float
        Rank correlation of the success of the creators of one campaign (a Gaussian copula): 0 if
        they fail one by one.
    draws, seed : int
        Campaigns.

    Returns
    -------
    pandas.DataFrame
        One row per campaign: ``spend``, ``one`` and ``many`` [reactions], ``creators`` bought and
        the share ``spent``.
    """
    rng = np.random.default_rng(seed)
    index = one.pick(rng.random(draws))
    followers = one.followers(index, rng)
    spend = price.at(followers) + handling
    least = float(price.at(max(many.lower.min(), 1.0)) + handling)
    most = int(np.clip(spend.max() // least, 1, MOST))
    common, own = rng.standard_normal((draws, 1)), rng.standard_normal((draws, most))
    picked = many.pick(ndtr(np.sqrt(together) * common + np.sqrt(1 - together) * own))
    sizes = many.followers(picked, rng)
    costs = np.cumsum(price.at(sizes) + handling, axis=1)
    bought = costs <= spend[:, None] * (
        1 + 1e-9
    )  # a sum of equal prices may exceed its multiple by a rounding
    reactions = many.rate[picked] * sizes * (1 - overlap) ** np.arange(most)
    count = bought.sum(axis=1)
    spent = np.where(
        count > 0, np.take_along_axis(costs, np.maximum(count - 1, 0)[:, None], axis=1)[:, 0], 0.0
    )
    return pd.DataFrame(
        {
            "spend": spend,
            "one": one.rate[index] * followers,
            "many": (reactions * bought).sum(axis=1),
            "creators": count,
            "spent": spent / spend,
        }
    )


def risk(campaigns: pd.DataFrame, worst: float = 0.05) -> pd.DataFrame:
    """Describe both ways of spending, per unit of money available.

    Returns
    -------
    pandas.DataFrame
        ``portfolio``; per 1,000 of money: ``mean``, ``median``, ``low`` (the worst 5 percent begin
        here) and ``high`` (the best do), ``shortfall`` (mean of the worst 5 percent); ``spread``
        (standard deviation over mean) and ``flat`` (share below half the median) [percent].
    """
    rows = []
    for name in ("one", "many"):
        per_money = 1000 * campaigns[name] / campaigns["spend"]
        median, low, high = per_money.quantile([0.5, worst, 1 - worst])
        rows.append(
            {
                "portfolio": name, "mean": per_money.mean(), "median": median, "low": low, "high": high,
                "shortfall": per_money[per_money <= low].mean(), "spread": per_money.std() / per_money.mean(),
                "flat": 100 * (per_money < median / 2).mean(),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def compare(
    laws: Mapping[str, PowerLaw],
    one: Creators,
    many: Creators,
    assumed: Mapping[str, tuple[float, float]],
    handling: float,
    seed: int = 20,
) -> pd.DataFrame:
    """Compare one large creator with many small ones, under several prices and assumptions.

    Parameters
    ----------
    laws : mapping of str to PowerLaw
        Prices by name, in one currency.
    one, many : Creators
        From `creators`.
    assumed : mapping of str to tuple of float
        ``overlap, together`` of `portfolios`, by the name of the assumption.
    handling, seed : float and int
        As in `portfolios`.

    Returns
    -------
    pandas.DataFrame
        ``prices``, and the columns of `risk`; for the many also the median number of ``creators``
        and the share ``spent`` [percent]. The one creator, whom no assumption touches, has one row
        for each source of prices.
    """
    parts = []
    for name, law in laws.items():
        for at, (what, (overlap, together)) in enumerate(assumed.items()):
            campaigns = portfolios(one, many, law, handling, overlap, together, seed=seed)
            rows = risk(campaigns).assign(prices=name, creators=[1, campaigns["creators"].median()])
            rows["spent"] = [100.0, 100 * campaigns["spent"].mean()]
            rows["portfolio"] = ["one alone", what]
            parts.append(rows if at == 0 else rows.tail(1))
    return pd.concat(parts, ignore_index=True)


@estimator("worst case", unit="ratio", needs=("of", "versus"), tiered=True)
def worst_case(
    sample: Sample, of: str = "macro", versus: str = "micro", confidence: float = 0.95, together: float = 0.0, worst: float = 0.05,
    draws: int = 2_000, resamples: int = 100, seed: int = 20,
) -> Estimate:  # fmt: skip
    """Compare how far one account of a tier, and as many of another as have its followers together,
    can fall below the usual.

    What is left in the worst 5 percent of cases, as a share of the median case: for the rate of one
    account of `of`, over the same for the mean rate of k accounts of `versus`, where k is the ratio
    of their typical followers.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower, with tiers assigned.
    of, versus : str
        Tiers.
    confidence : float
        Of the interval: accounts are drawn anew `resamples` times (bootstrap percentiles), with the
        same random numbers.
    together : float
        See `portfolios`.
    worst : float
        Share of the cases that count as the worst.
    draws, resamples, seed : int
        Of the simulation.

    Returns
    -------
    Estimate
        Below 1 the single account is the greater gamble. The spread is that between account means:
        a single post scatters more.
    """
    estimand = f"worst {100 * worst:g} % over the median case, one {of} / {versus} with as many followers, {sample.metric.title}"
    label = f"{of} / {versus}"
    try:
        one, many = creators(sample, of), creators(sample, versus)
    except ValueError as reason:
        return Estimate(
            label,
            0,
            0,
            np.nan,
            np.nan,
            np.nan,
            "ratio",
            estimand,
            str(reason).rstrip("."),
            "undefined",
        )
    rng = np.random.default_rng(seed)
    k = int(
        np.clip(round(typical_followers(sample, of) / typical_followers(sample, versus)), 1, MOST)
    )
    single = rng.random((draws, 1))
    several = ndtr(
        np.sqrt(together) * rng.standard_normal((draws, 1))
        + np.sqrt(1 - together) * rng.standard_normal((draws, k))
    )
    drawn = [
        [rng.multinomial(part.n, part.weight / part.weight.sum()) for part in (one, many)]
        for _ in range(resamples)
    ]
    weights = list(zip((one.weight, many.weight), *drawn, strict=True))
    found = _falls(one, single, weights[0], worst) / _falls(many, several, weights[1], worst)
    low, high = np.quantile(found[1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    n, fewest = one.n + many.n, min(one.n, many.n)
    few = f"indicative only, {fewest} accounts in a tier; " if fewest < INDICATIVE else ""
    fine = np.isfinite([found[0], low, high]).all()
    status = (
        "undefined" if not np.isfinite(found[0]) else "ok" if fine and not few else "indicative"
    )
    drawn = f"with rank correlation {together:g}" if together else "independently"
    method = f"{few}bootstrap of accounts ({resamples}), k = {k} drawn {drawn}"
    return Estimate(
        label,
        n,
        int(sample.rows["posts"].sum()),
        float(found[0]),
        float(low),
        float(high),
        "ratio",
        estimand,
        method,
        status,
    )


def _falls(
    part: Creators, u: np.ndarray, weights: Iterable[np.ndarray], worst: float
) -> np.ndarray:
    """What is left in the worst cases, as a share of the median one, under each choice of weights;
    nan where the median is zero.

    A case is a row of `u`, and its value the mean rate of the creators at these quantiles.
    """
    weights = np.array(list(weights))
    cumulated = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    # as `pick`, but from the sorted side, which is far faster when the same draws are looked up
    # again and again
    places, rank = (
        np.searchsorted(np.sort(u, axis=None), cumulated[:, :-1]),
        np.argsort(np.argsort(u.T, axis=None)),
    )
    counts = np.diff(places, prepend=0, append=u.size)
    cases = [np.repeat(part.rate, own)[rank].reshape(u.T.shape).mean(axis=0) for own in counts]
    low, median = np.quantile(cases, [worst, 0.5], axis=1)
    return np.divide(low, median, out=np.full(len(cases), np.nan), where=median > 0)
