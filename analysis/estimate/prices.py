"""How price goes with followers: power laws from lists and files, and the slopes that published tables imply.

A price that grows as followers to the power gamma makes the cost per thousand followers fall with size if and only if gamma is below
one. Reactions that grow to the power beta make the cost per reaction fall if and only if gamma is below beta.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import Estimate
from analysis.estimate.currency import middle_rate, translate
from analysis.evidence.records import PriceTable
from analysis.evidence.sample import Moments, Sample
from analysis.evidence.schema import SchemaError

REFERENCE = 100_000.0
"""Followers at which the level of a power law is given."""


class PowerLaw(NamedTuple):
    """A quantity per post, over accounts: ``exp(level) * (followers / REFERENCE) ** slope``.

    Attributes
    ----------
    source : str
        Key of the source, or of the published series.
    n : int
        Accounts, or printed tiers.
    level, slope : float
        Natural logarithm of the typical account's quantity at REFERENCE followers, and the elasticity in followers.
    spread : float
        Standard deviation of the logarithm around the line; nan for a printed table, which has no interval.
    distance : float
        Logarithm of REFERENCE less the mean logarithm of followers.
    sxx : float
        Sum of squared deviations of log followers from their mean.
    currency : str
        Of a price; empty for a count.
    """

    source: str
    n: int
    level: float
    slope: float
    spread: float
    distance: float
    sxx: float
    currency: str

    @property
    def design(self) -> np.ndarray:
        """Covariance of level and slope over the squared spread, of shape (2, 2)."""
        d, s = self.distance, self.sxx
        return np.array([[1 / self.n + d * d / s, d / s], [d / s, 1 / s]])

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of level and slope; zero for a printed table, whose error nobody knows."""
        return np.zeros((2, 2)) if np.isnan(self.spread) else self.spread**2 * self.design

    def at(self, followers) -> np.ndarray:
        """Quantity of the typical account with so many followers."""
        return np.exp(self.level) * (np.asarray(followers, float) / REFERENCE) ** self.slope

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Interval of the slope, by t with n - 2 degrees of freedom; nan for a printed table."""
        if np.isnan(self.spread):
            return np.nan, np.nan
        reach = stdtrit(self.n - 2, (1 + confidence) / 2) * np.sqrt(self.covariance[1, 1])
        return float(self.slope - reach), float(self.slope + reach)


def power_law(sample: Sample) -> PowerLaw:
    """Fit a quantity per post on followers, both in logarithms, by least squares with the account as the unit.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower, whose total per post is meant, per post or per cost. Accounts and cells alike hold the sums.

    Raises
    ------
    ValueError
        If the metric is none of these, or fewer than three accounts above zero differ in size.
    """
    if sample.metric.denominator not in ("followers", "posts", "cost"):
        raise ValueError(f"metric '{sample.metric.key}' is neither per follower nor per post nor per cost, so it has no law here.")
    names = ("positive", "log_followers", "log_rate", "log_followers2", "log_rate2", "log_followers_log_rate")
    n, x, y, xx, yy, xy = (float(sample.rows[name].sum()) for name in names)
    sxx, syy, sxy = (xx - x * x / n, yy - y * y / n, xy - x * y / n) if n else (0.0, 0.0, 0.0)
    if n < 3 or sxx <= 0:
        raise ValueError(f"source '{sample.source.key}': fewer than three accounts of different size, so no slope on followers.")
    slope, distance = sxy / sxx, np.log(REFERENCE) - x / n
    per_follower = sample.metric.denominator == "followers"
    level = y / n + slope * distance + per_follower * np.log(REFERENCE)
    spread = np.sqrt(max(syy - sxy**2 / sxx, 0.0) / (n - 2))
    currency = sample.source.currency if sample.metric.costs else ""
    return PowerLaw(sample.source.key, int(n), float(level), float(slope + per_follower), float(spread), float(distance), sxx, currency)


def typical_followers(sample: Sample, tier: str) -> float:
    """Geometric mean of the followers of a tier's accounts; nan if it has none."""
    rows = sample.rows[sample.rows["tier"] == tier]
    return float(np.exp(rows["log_followers"].sum() / rows["positive"].sum())) if rows["positive"].sum() else np.nan


def price_laws(sources: Iterable[Moments]) -> dict[str, PowerLaw]:
    """Fit the price of a post for every source that knows costs, by key; sources with fewer than three sizes are left out."""
    samples = [source.sample("cost_per_post") for source in sources if "cost_per_post" in source.metrics]
    fit = [sample for sample in samples if sample.rows.loc[sample.rows["positive"] > 0, "lower"].nunique() > 1 and sample.accounts > 2]
    return {sample.source.key: power_law(sample) for sample in fit}


def same_currency(sources: Iterable[Moments], currency: str) -> None:
    """Refuse prices of one's own in another currency than that of the report.

    Raises
    ------
    SchemaError
        Also if the currency is no code.
    """
    if not re.fullmatch("[A-Z]{3}", currency):
        raise SchemaError(f"currency '{currency}' is not allowed. Allowed: an ISO 4217 code of three letters, such as EUR.")
    other = {source.source.short: source.source.currency for source in sources if source.source.currency != currency}
    if other:
        told = ", ".join(f"{name} in {code or 'no currency'}" for name, code in other.items())
        code = next(iter(other.values()))
        raise SchemaError(f"your prices are not in {currency}: {told}. Nothing is converted here: set the parameter currency to {code}.")


def anchored(law: PowerLaw, currency: str, price: float) -> PowerLaw:
    """Keep a law in this currency as it is; give any other the stated price at REFERENCE followers, and leave it its slope."""
    return law if law.currency == currency else law._replace(level=float(np.log(price)), currency=currency)


def price_evidence(lists: Mapping[str, Moments], tables: pd.DataFrame, reactions: PowerLaw, confidence: float = 0.95) -> pd.DataFrame:
    """Set gamma of every source of prices beside beta of one source of reactions.

    Parameters
    ----------
    lists : mapping of str to Moments
        Sources that know the cost of posts, by key.
    tables : pandas.DataFrame
        From `price_slopes`; only those of a cost per post are taken.
    reactions : PowerLaw
        Independent of the prices.
    confidence : float
        Of every interval.

    Returns
    -------
    pandas.DataFrame
        ``name, owner, kind, n, currency, gamma, gamma_low, gamma_high, beta, beta_low, beta_high`` and ``law``; a printed table has no
        interval.
    """
    beta = dict(zip(("beta", "beta_low", "beta_high"), (reactions.slope, *reactions.interval(confidence)), strict=True))
    rows = []
    for key, law in price_laws(lists.values()).items():
        source = lists[key].source
        rows.append((source.short, source.producer, getattr(source, "kind", "measured payment"), law))
    for row in tables[tables["quantity"] == "cost per post"].itertuples():
        rows.append((f"{row.short}, {row.platform}", row.data_owner, row.kind, printed_law(row)))
    frame = pd.DataFrame(rows, columns=["name", "owner", "kind", "law"])
    found = [(law.n, law.currency, law.slope, *law.interval(confidence)) for law in frame["law"]]
    numbers = pd.DataFrame(found, columns=["n", "currency", "gamma", "gamma_low", "gamma_high"])
    return pd.concat([frame[["name", "owner", "kind"]], numbers, frame[["law"]]], axis=1).assign(**beta)


def far_apart(evidence: pd.DataFrame, own: Iterable[str] = ()) -> pd.DataFrame:
    """Choose the sources of prices to reckon with: one's own if there are any, else two that lie far apart.

    Parameters
    ----------
    evidence : pandas.DataFrame
        From `price_evidence`.
    own : iterable of str
        Names of one's own sources.

    Returns
    -------
    pandas.DataFrame
        Rows of `evidence`: one's own, or the one with the smallest gamma that has an interval and the one with the largest gamma (of
        equal ones that with most tiers).
    """
    mine = evidence[evidence["name"].isin(set(own))]
    if len(mine):
        return mine
    smallest = evidence[evidence["gamma_low"].notna()].nsmallest(1, "gamma")
    ranked = evidence.assign(rounded=evidence["gamma"].round(3)).sort_values(["rounded", "n"], ascending=False)
    return pd.concat([smallest, ranked.drop(columns="rounded").head(1)])


QUANTITIES = {
    "cost per post": r"^(?:price per (?:sponsored |Instagram )?(?:post|video)|cost per (?:post|endorsement))",
    "cost per engagement": r"^cost per engagement$",
    "cost per 1,000 shown": r"^CPM",
}
"""Kinds of printed prices, by what their `metric` begins with."""

COLUMNS = (
    "source", "short", "kind", "quantity", "platform", "deliverable", "currency", "data_owner", "year", "n_tiers", "decades", "slope",
    "level", "confidence", "pooled", "because", "ids",
)  # fmt: skip


def price_slopes(
    figures: pd.DataFrame, tables: Mapping[str, PriceTable], open_top: float = 2.0, open_bottom: float = 316.0
) -> pd.DataFrame:
    """Translate every published table of prices by tier into the elasticity that it implies.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `published`.
    tables : mapping of str to PriceTable
        What each series is; a series that is not registered is refused, since payments and rate cards must not be mixed.
    open_top, open_bottom : float
        As in `implied_betas`.

    Returns
    -------
    pandas.DataFrame
        One row per table with COLUMNS. `slope` is that of the logarithm of `quantity` on log followers: gamma for a cost per post.
        `level` is the natural logarithm of the quantity at REFERENCE followers. No table prints what a standard error needs.

    Raises
    ------
    ValueError
        If a series has tiers but no registered kind.
    """
    metric, unit = figures["metric"], figures["unit"].str.extract(r"^(USD|GBP|EUR)\b")[0]
    quantity = pd.Series(pd.NA, index=figures.index, dtype=object)
    for name, pattern in QUANTITIES.items():
        quantity = quantity.mask(metric.str.contains(pattern), name)
    placed = figures["followers_min"].notna() | figures["followers_max"].notna()
    usable = figures.assign(
        quantity=quantity, currency=unit, rate=middle_rate(figures), deliverable=np.where(metric.str.contains("video"), "video", "post")
    )[placed & quantity.notna() & unit.notna()].dropna(subset="rate")
    keys = ["series_id", "platform", "quantity", "deliverable", "currency"]
    found = [_trusted(rows) for _, rows in usable.groupby(keys, sort=False) if len(rows) > 1]
    unknown = sorted({rows["series_id"].iloc[0] for rows in found} - set(tables))
    if unknown:
        raise ValueError(f"published prices of {', '.join(unknown)} have no kind. Register it in data/prices.toml under [tables.SERIES].")
    return pd.DataFrame([_table(rows, tables[rows["series_id"].iloc[0]], open_top, open_bottom) for rows in found], columns=list(COLUMNS))


def _trusted(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave tiers of low confidence aside where two others are left."""
    trusted = rows[rows["confidence"] != "low"]
    return trusted if len(trusted) > 1 else rows


def _table(rows: pd.DataFrame, table: PriceTable, open_top: float, open_bottom: float) -> dict:
    """One table as a row of COLUMNS."""
    line = translate(rows, open_top, open_bottom)
    slope = line["beta"] - 1
    middles = np.log([float(middle) for middle in line["midpoints"].split("; ")])
    rates = np.log([float(rate) for rate in line["rates"].split("; ")])
    first = rows.iloc[0]
    return {
        "source": table.key, "short": table.short, "kind": table.kind, "because": table.because,
        **{name: first[name] for name in ("quantity", "platform", "deliverable", "currency", "data_owner")},
        "year": first["data_year"], "n_tiers": len(rows), "decades": line["decades"], "slope": slope,
        "level": float(rates.mean() + slope * (np.log(REFERENCE) - middles.mean())),
        "confidence": "low" if (rows["confidence"] == "low").any() else first["confidence"],
        "pooled": bool((rows["confidence"] != "low").all()), "ids": line["ids"],
    }  # fmt: skip


def printed_law(row) -> PowerLaw:
    """Read one row of `price_slopes` as a power law without a known error."""
    return PowerLaw(row.source, int(row.n_tiers), row.level, row.slope, np.nan, 0.0, np.nan, row.currency)


def owners_mean(tables: pd.DataFrame, estimand: str, less: float = 1.0, confidence: float = 0.95) -> Estimate:
    """Average slopes over data owners, one vote each, and tell it as the ratio of accounts to others a tenth as large.

    The tables print no errors, so the interval is that of the mean of the owners' votes, by t. It says how far owners differ, not
    what a list of all prices would give, and with fewer than ten owners it is indicative only.

    Parameters
    ----------
    tables : pandas.DataFrame
        Rows of `price_slopes` of one quantity.
    estimand : str
        In words.
    less : float
        What is taken off the slope: 1 turns a cost per post into one per follower, beta into one per engagement.
    confidence : float
        Of the interval.
    """
    votes = tables.groupby("data_owner")["slope"].mean() - less
    k, label = len(votes), "accounts ten times as large / accounts"
    if not k:
        return Estimate(label, 0, 0, np.nan, np.nan, np.nan, "ratio", estimand, "no published table", "undefined")
    reach = stdtrit(k - 1, (1 + confidence) / 2) * votes.std(ddof=1) / np.sqrt(k) if k > 1 else np.nan
    low, middle, high = (float(10**end) for end in (votes.mean() - reach, votes.mean(), votes.mean() + reach))
    few = f"indicative only, {k} data owner{'s' if k > 1 else ''}; " if k < INDICATIVE else ""
    method = f"{few}t over data owners, one vote each, {len(tables)} tables"
    return Estimate(label, k, len(tables), middle, low, high, "ratio", estimand, method, "ok" if not few else "indicative")
