"""What published tables of prices imply: the elasticity of each, and all sources of prices beside
one source of reactions.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.results import Estimate
from analysis.estimate.cost.price_laws import REFERENCE, PowerLaw, price_laws
from analysis.estimate.synthesis.published_elasticity import middle_rate, translate
from analysis.moments.sample import Moments
from analysis.registers.records import PriceTable

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
    figures: pd.DataFrame,
    tables: Mapping[str, PriceTable],
    open_top: float = 2.0,
    open_bottom: float = 316.0,
) -> pd.DataFrame:
    """Translate every published table of prices by tier into the elasticity that it implies.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `published`.
    tables : mapping of str to PriceTable
        What each series is; a series that is not registered is refused, since payments and rate
        cards must not be mixed.
    open_top, open_bottom : float
        As in `implied_betas`.

    Returns
    -------
    pandas.DataFrame
        One row per table with COLUMNS. `slope` is that of the logarithm of `quantity` on log
        followers: gamma for a cost per post. `level` is the natural logarithm of the quantity at
        REFERENCE followers. No table prints what a standard error needs.

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
        quantity=quantity,
        currency=unit,
        rate=middle_rate(figures),
        deliverable=np.where(metric.str.contains("video"), "video", "post"),
    )[placed & quantity.notna() & unit.notna()].dropna(subset="rate")
    keys = ["series_id", "platform", "quantity", "deliverable", "currency"]
    found = [_trusted(rows) for _, rows in usable.groupby(keys, sort=False) if len(rows) > 1]
    unknown = sorted({rows["series_id"].iloc[0] for rows in found} - set(tables))
    if unknown:
        raise ValueError(
            f"published prices of {', '.join(unknown)} have no kind. Register it in data/prices.toml under [tables.SERIES]."
        )
    return pd.DataFrame(
        [_table(rows, tables[rows["series_id"].iloc[0]], open_top, open_bottom) for rows in found],
        columns=list(COLUMNS),
    )


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
    return PowerLaw(
        row.source, int(row.n_tiers), row.level, row.slope, np.nan, 0.0, np.nan, row.currency
    )


def owners_mean(
    tables: pd.DataFrame, estimand: str, less: float = 1.0, confidence: float = 0.95
) -> Estimate:
    """Average slopes over data owners, one vote each, and tell it as the ratio of accounts to
    others a tenth as large.

    The tables print no errors, so the interval is that of the mean of the owners' votes, by t. It
    says how far owners differ, not what a list of all prices would give, and with fewer than ten
    owners it is indicative only.

    Parameters
    ----------
    tables : pandas.DataFrame
        Rows of `price_slopes` of one quantity.
    estimand : str
        In words.
    less : float
        What is taken off the slope: 1 turns a cost per post into one per follower, beta into one
        per engagement.
    confidence : float
        Of the interval.
    """
    votes = tables.groupby("data_owner")["slope"].mean() - less
    k, label = len(votes), "accounts ten times as large / accounts"
    if not k:
        return Estimate(
            label,
            0,
            0,
            np.nan,
            np.nan,
            np.nan,
            "ratio",
            estimand,
            "no published table",
            "undefined",
        )
    reach = (
        stdtrit(k - 1, (1 + confidence) / 2) * votes.std(ddof=1) / np.sqrt(k) if k > 1 else np.nan
    )
    low, middle, high = (
        float(10**end) for end in (votes.mean() - reach, votes.mean(), votes.mean() + reach)
    )
    few = f"indicative only, {k} data owner{'s' if k > 1 else ''}; " if k < INDICATIVE else ""
    method = f"{few}t over data owners, one vote each, {len(tables)} tables"
    return Estimate(
        label,
        k,
        len(tables),
        middle,
        low,
        high,
        "ratio",
        estimand,
        method,
        "ok" if not few else "indicative",
    )


def price_evidence(
    lists: Mapping[str, Moments],
    tables: pd.DataFrame,
    reactions: PowerLaw,
    confidence: float = 0.95,
) -> pd.DataFrame:
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
        ``name, owner, kind, platform, printed, n, currency, gamma, gamma_low, gamma_high, beta,
        beta_low, beta_high`` and ``law``; what was printed has no interval.
    """
    beta = dict(
        zip(
            ("beta", "beta_low", "beta_high"),
            (reactions.slope, *reactions.interval(confidence)),
            strict=True,
        )
    )
    rows = []
    for key, law in price_laws(lists.values()).items():
        source = lists[key].source
        rows.append(
            (
                source.short,
                source.producer,
                getattr(source, "kind", "measured payment"),
                source.platform,
                False,
                law,
            )
        )
    for row in tables[tables["quantity"] == "cost per post"].itertuples():
        rows.append(
            (
                f"{row.short}, {row.platform}",
                row.data_owner,
                row.kind,
                row.platform,
                True,
                printed_law(row),
            )
        )
    facts = ["name", "owner", "kind", "platform", "printed"]
    frame = pd.DataFrame(rows, columns=[*facts, "law"])
    found = [(law.n, law.currency, law.slope, *law.interval(confidence)) for law in frame["law"]]
    numbers = pd.DataFrame(found, columns=["n", "currency", "gamma", "gamma_low", "gamma_high"])
    return pd.concat([frame[facts], numbers, frame[["law"]]], axis=1).assign(**beta)


def far_apart(evidence: pd.DataFrame, own: Iterable[str] = ()) -> pd.DataFrame:
    """Choose the sources of prices to reckon with: one's own if there are any, else two that lie
    far apart.

    Parameters
    ----------
    evidence : pandas.DataFrame
        From `price_evidence`.
    own : iterable of str
        Names of one's own sources.

    Returns
    -------
    pandas.DataFrame
        Rows of `evidence`: one's own, or the one with the smallest gamma that has an interval and
        the one with the largest gamma (of equal ones that with most tiers).
    """
    mine = evidence[evidence["name"].isin(set(own))]
    if len(mine):
        return mine
    smallest = evidence[evidence["gamma_low"].notna()].nsmallest(1, "gamma")
    ranked = evidence.assign(rounded=evidence["gamma"].round(3)).sort_values(
        ["rounded", "n"], ascending=False
    )
    return pd.concat([smallest, ranked.drop(columns="rounded").head(1)])
