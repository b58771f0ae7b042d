"""How prices and reactions grow with followers: power laws from lists and files.

A price that grows as followers to the power gamma makes the cost per thousand followers fall with
size if and only if gamma is below one. Reactions that grow to the power beta make the cost per
reaction fall if and only if gamma is below beta.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.display import Result
from analysis.errors import SchemaError, check_share
from analysis.estimate.registry import sample_verb
from analysis.moments.sample import Moments, Sample

REFERENCE = 100_000.0
"""Followers at which the level of a power law is given."""

POINTS = 61
"""Of a line that is followed over sizes."""

SUMS = (
    "positive", "log_followers", "log_rate", "log_followers2", "log_rate2",
    "log_followers_log_rate",
)  # fmt: skip
"""Sums that least squares need."""


@dataclass(frozen=True, repr=False)
class PowerLaw(Result):
    """A quantity per post, over accounts: ``exp(level) * (followers / REFERENCE) ** slope``.

    Attributes
    ----------
    source : str
        Key of the source, or of the published series.
    n : int
        Accounts, or printed tiers.
    level, slope : float
        Natural logarithm of the typical account's quantity at REFERENCE followers, and the
        elasticity in followers.
    spread : float
        Standard deviation of the logarithm around the line; nan for a printed table, which has no
        interval.
    distance : float
        Logarithm of REFERENCE less the mean logarithm of followers.
    sxx : float
        Sum of squared deviations of log followers from their mean.
    currency : str
        Of a price; empty for a count.
    name : str
        What grows, and of which source, for people.
    """

    source: str
    n: int
    level: float
    slope: float
    spread: float
    distance: float
    sxx: float
    currency: str
    name: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Give a row of the attributes; `source` is the column ``key``, beside names of samples."""
        return super().to_frame().rename(columns={"source": "key"})

    @property
    def printed(self) -> bool:
        """Whether it is read off a printed table, whose error nobody knows."""
        return bool(np.isnan(self.spread))

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of level and slope, of shape (2, 2); zero for a printed table."""
        if self.printed:
            return np.zeros((2, 2))
        d, s = self.distance, self.sxx
        return self.spread**2 * np.array([[1 / self.n + d * d / s, d / s], [d / s, 1 / s]])

    def at(self, followers) -> np.ndarray:
        """Give the quantity of the typical account with so many followers."""
        return np.exp(self.level) * (np.asarray(followers, float) / REFERENCE) ** self.slope

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Give the interval of the slope, by t with n - 2 degrees of freedom; nan for a printed
        table.
        """
        check_share("confidence", confidence)
        if self.printed:
            return np.nan, np.nan
        reach = stdtrit(self.n - 2, (1 + confidence) / 2) * np.sqrt(self.covariance[1, 1])
        return float(self.slope - reach), float(self.slope + reach)

    def along(self, confidence: float = 0.95) -> pd.DataFrame:
        """Follow the line over the sizes of nearly all accounts, within two standard deviations of
        their mean logarithm; of a printed table from 1,000 to a million followers.

        Returns
        -------
        pandas.DataFrame
            ``followers, estimate, low, high``; the interval is that of the line, by t, and nan for
            a printed table.

        Examples
        --------
        >>> import analysis as an
        >>> line = an.load("instagram-kim").sample("engagement").power_law().along()
        >>> line["followers"].iloc[[0, -1]].round(-3).tolist()
        [1000.0, 596000.0]
        """
        check_share("confidence", confidence)
        x, reach = np.log(np.geomspace(1e3, 1e6, POINTS)), np.nan
        if not self.printed:
            middle, spread = np.log(REFERENCE) - self.distance, np.sqrt(self.sxx / (self.n - 1))
            x = np.linspace(middle - 2 * spread, middle + 2 * spread, POINTS)
            columns = np.column_stack([np.ones(POINTS), x - np.log(REFERENCE)])
            se = np.sqrt(((columns @ self.covariance) * columns).sum(axis=1))
            reach = stdtrit(self.n - 2, (1 + confidence) / 2) * se
        estimate = self.at(np.exp(x))
        ends = {"low": estimate * np.exp(-reach), "high": estimate * np.exp(reach)}
        return pd.DataFrame({"followers": np.exp(x), "estimate": estimate, **ends})

    def anchored(self, currency: str, price: float) -> "PowerLaw":
        """Keep a law in this currency as it is; give any other the stated price at REFERENCE
        followers, and leave it its slope.
        """
        if self.currency == currency:
            return self
        return replace(self, level=float(np.log(price)), currency=currency)


@sample_verb
def power_law(sample: Sample) -> PowerLaw:
    """Fit a quantity per post on followers, both in logarithms, by least squares with the account
    as the unit.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower, whose total per post is meant, per post or per cost. Accounts and
        cells alike hold the sums.

    Raises
    ------
    ValueError
        If the metric is none of these, or fewer than three accounts above zero differ in size.

    Examples
    --------
    >>> import analysis as an
    >>> law = an.load("instagram-kim").sample("engagement").power_law()
    >>> round(law.slope, 3), law.n
    (0.879, 22666)
    """
    metric, source = sample.metric, sample.source
    if metric.denominator not in ("followers", "posts", "cost"):
        raise ValueError(
            f"metric '{metric.key}' is neither per follower nor per post nor per cost, so it has "
            "no power law."
        )
    n, x, y, xx, yy, xy = (float(sample.rows[name].sum()) for name in SUMS)
    sxx, syy, sxy = (xx - x * x / n, yy - y * y / n, xy - x * y / n) if n else (0.0, 0.0, 0.0)
    if n < 3 or sxx <= 0:
        raise ValueError(
            f"source '{source.key}': fewer than three accounts of different size, so no slope on "
            "followers."
        )
    slope, distance = sxy / sxx, np.log(REFERENCE) - x / n
    per_follower = metric.denominator == "followers"
    level = y / n + slope * distance + per_follower * np.log(REFERENCE)
    spread = np.sqrt(max(syy - sxy**2 / sxx, 0.0) / (n - 2))
    line = (float(level), float(slope + per_follower), float(spread), float(distance), sxx)
    what = metric.title.split(" / ")[0] if per_follower else metric.title
    currency = source.currency if metric.costs else ""
    return PowerLaw(source.key, int(n), *line, currency, f"{source.short}, {what}")


def typical_followers(sample: Sample, tier: str) -> float:
    """Geometric mean of the followers of a tier's accounts; nan if it has none."""
    rows = sample.rows[sample.rows["tier"] == tier]
    positive = rows["positive"].sum()
    return float(np.exp(rows["log_followers"].sum() / positive)) if positive else np.nan


def price_laws(sources: Iterable[Moments]) -> dict[str, PowerLaw]:
    """Fit the price of a post for every source that knows costs, by key; not of fewer than three
    accounts, nor of one size only.
    """
    laws = {}
    for source in sources:
        if "cost_per_post" in source.metrics:
            sample = source.sample("cost_per_post")
            sizes = sample.rows.loc[sample.rows["positive"] > 0, "lower"].nunique()
            if sizes > 1 and sample.accounts > 2:
                laws[source.source.key] = power_law(sample)
    return laws


def check_currency(currencies: Mapping[str, str], currency: str) -> None:
    """Refuse amounts in another currency than that of the report: nothing is converted.

    Parameters
    ----------
    currencies : mapping of str to str
        Currency of the amounts of each source, by its name; empty if they have none.
    currency : str
        That of the report.

    Raises
    ------
    SchemaError
        Also if the currency of the report is no code.

    Examples
    --------
    >>> check_currency({"our price list": "EUR"}, "EUR")
    """
    if not re.fullmatch("[A-Z]{3}", currency):
        raise SchemaError(
            f"currency '{currency}' is not allowed. Allowed: an ISO 4217 code of three letters, "
            "such as EUR."
        )
    other = {name: code for name, code in currencies.items() if code != currency}
    if other:
        listed = ", ".join(f"{name} in {code or 'no currency'}" for name, code in other.items())
        code = next(iter(other.values()))
        raise SchemaError(
            f"your prices are not in {currency}: {listed}. Nothing is converted here: set the "
            f"parameter currency to {code}."
        )
