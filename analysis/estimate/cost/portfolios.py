"""One macro or many micros for the same money: what can happen, drawn from real distributions.

What is not in the sums of accounts, such as whether two creators share followers or fail together,
is an assumption with a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from analysis.display import Result
from analysis.estimate.cost.accounts import MOST, Creators
from analysis.estimate.cost.price_laws import PowerLaw

WORST = 0.05
"""Share of the cases that count as the worst, or as the best."""

ONE = "one alone"
"""Name of the portfolio that no assumption touches."""


def portfolios(
    one: Creators,
    many: Creators,
    price: PowerLaw,
    handling: float = 0.0,
    overlap: float = 0.0,
    together: float = 0.0,
    draws: int = 2_000,
    seed: int = 20,
) -> pd.DataFrame:
    """Spend what one large creator costs on that creator, or on as many small ones as it pays for.

    `handling` is added to the price of each creator. `overlap` is the share of a further creator's
    reactions that come from people who were reached before: the j-th adds ``(1 - overlap)**j``.
    `together` is the rank correlation of the success of the creators of one campaign (a Gaussian
    copula): 0 if they fail independently. Gives one row per campaign: ``spend``, ``one`` and
    ``many`` [reactions], ``creators`` bought and the share ``spent``.
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
    # a sum of equal prices may exceed its multiple by a rounding
    bought = costs <= spend[:, None] * (1 + 1e-9)
    reactions = many.rate[picked] * sizes * (1 - overlap) ** np.arange(most)
    count = bought.sum(axis=1)
    last = np.maximum(count - 1, 0)[:, None]
    spent = np.where(count > 0, np.take_along_axis(costs, last, axis=1)[:, 0], 0.0)
    return pd.DataFrame(
        {
            "spend": spend,
            "one": one.rate[index] * followers,
            "many": (reactions * bought).sum(axis=1),
            "creators": count,
            "spent": spent / spend,
        }
    )


def risk(campaigns: pd.DataFrame) -> pd.DataFrame:
    """Describe both ways of spending: ``portfolio``; per 1,000 of money available ``mean``,
    ``median``, ``low`` (the worst 5 percent begin here) and ``high`` (the best do), ``shortfall``
    (mean of the worst 5 percent); ``spread`` (standard deviation over mean) and ``flat`` (share
    below half the median) [percent].
    """
    rows = []
    for name in ("one", "many"):
        per_money = 1000 * campaigns[name] / campaigns["spend"]
        median, low, high = per_money.quantile([0.5, WORST, 1 - WORST])
        row = {"portfolio": name, "mean": per_money.mean(), "median": median}
        row |= {"low": low, "high": high, "shortfall": per_money[per_money <= low].mean()}
        row |= {"spread": per_money.std() / per_money.mean()}
        rows.append(row | {"flat": 100 * (per_money < median / 2).mean()})
    return pd.DataFrame(rows)


@dataclass(frozen=True, repr=False)
class Portfolios(Result):
    """One large creator beside many small ones of the same cost.

    Attributes
    ----------
    table : pandas.DataFrame
        ``prices``, and the columns of `risk`; for the many also the median number of ``creators``
        and the share ``spent`` [percent]. The one creator, whom no assumption touches, has one row
        for each source of prices.
    """

    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the table."""
        return self.table

    def times_one(self, assumption: str) -> pd.DataFrame:
        """Give ``mean`` and ``low`` of the many as multiples of the one's, by source of prices."""
        rows = self.table.set_index("prices")[["portfolio", "mean", "low"]]
        many, one = (rows[rows["portfolio"] == name] for name in (assumption, ONE))
        return many[["mean", "low"]] / one[["mean", "low"]]


def compare_portfolios(
    laws: Mapping[str, PowerLaw],
    one: Creators,
    many: Creators,
    assumed: Mapping[str, tuple[float, float]],
    handling: float,
    seed: int = 20,
) -> Portfolios:
    """Compare one large creator with many small ones, under several prices and assumptions.

    Parameters
    ----------
    laws : mapping of str to PowerLaw
        Prices by name, in one currency.
    one, many : Creators
        To draw from.
    assumed : mapping of str to tuple of float
        ``overlap, together`` of `portfolios`, by the name of the assumption.
    handling, seed : float and int
        As in `portfolios`.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> reel = an.cost.load_prices()["agency-armenia-reel"].sample("cost_per_post").power_law()
    >>> macro, micro = kim.creators("macro"), kim.creators("micro")
    >>> both = an.cost.compare_portfolios({"reel": reel}, macro, micro, {"apart": (0, 0)}, 1e4)
    >>> both.times_one("apart")["mean"].round(2).to_dict()
    {'reel': 0.24}
    """
    parts = []
    for name, law in laws.items():
        for place, (assumption, (overlap, together)) in enumerate(assumed.items()):
            campaigns = portfolios(one, many, law, handling, overlap, together, seed=seed)
            rows = risk(campaigns).assign(prices=name, creators=[1, campaigns["creators"].median()])
            rows["spent"] = [100.0, 100 * campaigns["spent"].mean()]
            rows["portfolio"] = [ONE, assumption]
            parts.append(rows if place == 0 else rows.tail(1))
    return Portfolios(pd.concat(parts, ignore_index=True))
