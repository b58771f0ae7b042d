"""One currency for tables that differ in tiers: the elasticity beta of reactions in followers.

If the reactions to a post grow as followers to the power beta, the rate per follower falls by 1 -
beta decades for each decade of followers. Every table of rates by tier then says one number that
does not depend on how its publisher cut the tiers: 1 is a rate that is the same for all, 0.8 is a
rate 1.6 times higher for accounts a tenth as large. It describes different creators; it says
nothing on what happens to one who grows.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.estimate.tiers import OPEN_BOTTOM, OPEN_TOP, log_midpoint

TABLE = (
    "series_id",
    "platform",
    "metric_group",
    "metric",
    "denominator",
    "statistic",
    "unit",
    "geography",
    "url_seen",
    "confidence",
)
"""Rows that agree in all of these are one printed table."""

READ = (
    *TABLE[:5], "statistic", "geography", "confidence", "data_owner", "data_year", "tier_label", "id",
    "followers_min", "followers_max", "value", "value_low", "value_high", "rate", "n",
)  # fmt: skip
"""Columns of a table that are read."""

STUDY = ("source", "platform", "metric", "geography")
"""Tables that agree in these restate one study: the one with most tiers stands for them."""

COLUMNS = (
    "source", "data_owner", "metric_group", "platform", "metric", "denominator", "geography", "year", "tiers", "n_tiers", "midpoints",
    "rates", "ratio", "decades", "beta", "se", "fit", "assumed", "no_se", "confidence", "pooled", "not_pooled", "ids",
)  # fmt: skip


def implied_betas(
    figures: pd.DataFrame, open_top: float = OPEN_TOP, open_bottom: float = OPEN_BOTTOM
) -> pd.DataFrame:
    """Translate every published table of rates per follower into the elasticity that it implies.

    A tier stands at the middle of its edges on a logarithmic scale. Two tiers give 1 minus the
    slope between them with its sign turned, ``beta = 1 - log10(first rate / last rate) / decades``;
    more give a least-squares line through all of them, unweighted.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `published`.
    open_top : float
        An open top tier is taken to end at this many times its lower edge.
    open_bottom : float
        A bottom tier without a lower edge is taken to start at this many followers.

    Returns
    -------
    pandas.DataFrame
        One row per table with COLUMNS. `ratio` is that of the first tier to the last, `decades` how
        far apart their midpoints lie. `se` is the sampling error alone, and only where the table
        gives n and quartiles for every tier; elsewhere it is missing and `no_se` says why: no
        standard error is invented. `pooled` is False where `not_pooled` says why.
    """
    usable = figures[
        (figures["per"] == "followers")
        & figures["metric_group"].isin(["engagement", "reach", "roi"])
        & figures["unit"].isin(["percent", "ratio", "EUR per follower"])
        & (figures["followers_min"].notna() | figures["followers_max"].notna())
    ]
    usable = usable.assign(rate=middle_rate(usable)).dropna(subset="rate")
    columns = {name: usable[name].to_numpy() for name in READ}
    places = sorted(
        usable.groupby(list(TABLE)).indices.values(), key=min
    )  # in the order in which tables begin
    tables = [
        translate({name: column[rows] for name, column in columns.items()}, open_top, open_bottom)
        for rows in places
        if len(rows) > 1
    ]
    frame = pd.DataFrame(tables, columns=list(COLUMNS))
    low = frame["confidence"] == "low"
    ranked = frame.assign(low=low).sort_values(
        ["low", "n_tiers"], ascending=[True, False], kind="stable"
    )
    restated = ranked.duplicated(subset=list(STUDY)).reindex(frame.index)
    frame["not_pooled"] = np.select(
        [low, restated], ["low confidence", "restates a table with more tiers or read earlier"], ""
    )
    return frame.assign(pooled=frame["not_pooled"] == "")


def middle_rate(figures: pd.DataFrame) -> pd.Series:
    """The value, or the geometric middle of a range with two ends."""
    return (
        figures["value"]
        .fillna(np.sqrt(figures["value_low"] * figures["value_high"]))
        .where(lambda rate: rate > 0)
    )


def translate(
    rows: Mapping[str, np.ndarray] | pd.DataFrame, open_top: float, open_bottom: float
) -> dict:
    """One table as a row of COLUMNS."""
    at = np.log10(log_midpoint(rows["followers_min"], rows["followers_max"], open_top, open_bottom))
    order = np.argsort(at, kind="stable")
    tiers = {name: np.asarray(rows[name])[order] for name in READ}
    first, x, rates = {name: column[0] for name, column in tiers.items()}, at[order], tiers["rate"]
    away = x - x.mean()
    weights = away / (away**2).sum()
    error, no_se = _median_errors(tiers)
    return {
        "source": first["series_id"], "data_owner": first["data_owner"], "year": first["data_year"],
        **{name: first[name] for name in ("metric_group", "platform", "metric", "denominator", "geography", "confidence")},
        "tiers": "; ".join(tiers["tier_label"]), "n_tiers": len(x), "ids": " ".join(tiers["id"]),
        "midpoints": "; ".join(f"{10**middle:.0f}" for middle in x), "rates": "; ".join(f"{rate:g}" for rate in rates),
        "ratio": rates[0] / rates[-1], "decades": x[-1] - x[0], "beta": 1 + (weights * np.log10(rates)).sum(),
        "se": np.sqrt((weights**2 * error**2).sum()), "no_se": no_se,
        "fit": "first against last tier" if len(x) == 2 else f"least squares over {len(x)} tiers",
        "assumed": _assumed(tiers, open_top, open_bottom),
    }  # fmt: skip


def _median_errors(tiers: dict[str, np.ndarray]) -> tuple[np.ndarray, str]:
    """Standard error of each log10 median under log-normal spread, 1.2533 sd / sqrt(n); and why
    there is none.
    """
    n, low, high = (tiers[name] for name in ("n", "value_low", "value_high"))
    if (tiers["statistic"] != "median with quartiles").any() or np.isnan([n, low, high]).any():
        return np.full(len(n), np.nan), "the table does not give n and quartiles for each tier"
    return 1.2533 * np.log(high / low) / 1.349 / np.sqrt(n) / np.log(10), ""


def _assumed(tiers: dict[str, np.ndarray], open_top: float, open_bottom: float) -> str:
    """Say which edges and values the publisher did not print."""
    said = ["each tier stands at its log-midpoint"]
    if np.isnan(tiers["followers_max"]).any():
        said.append(f"an open top ends at {open_top:g} times its lower edge")
    if not (tiers["followers_min"] > 0).all():
        said.append(f"an open bottom starts at {open_bottom:g} followers")
    if np.isnan(tiers["value"]).any():
        said.append("a printed range stands at its geometric middle")
    return "; ".join(said)


def as_estimates(betas: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Give betas the columns that a chart of intervals takes.

    Returns
    -------
    pandas.DataFrame
        ``estimate, low, high, unit, n_accounts, status`` beside the columns of `betas`; without a
        standard error there is no interval and the status is ``indicative``.
    """
    reach = ndtri((1 + confidence) / 2) * betas["se"]
    status = np.where(betas["se"].isna(), "indicative", "ok")
    ends = {"estimate": betas["beta"], "low": betas["beta"] - reach, "high": betas["beta"] + reach}
    return betas.assign(**ends, unit="", n_accounts=betas.get("n", np.nan), status=status)


def by_moderator(
    betas: pd.DataFrame,
    moderators: Iterable[str] = ("platform", "metric_group", "denominator", "year", "decades"),
) -> pd.DataFrame:
    """Describe how the implied betas go with what else differs between tables; a description, since
    owners are few.

    Parameters
    ----------
    betas : pandas.DataFrame
        From `implied_betas`, the pooled ones.
    moderators : iterable of str
        Columns; a numeric one is cut at its median.

    Returns
    -------
    pandas.DataFrame
        ``moderator, level, tables, owners`` and the ``lowest``, ``median`` and ``highest`` beta,
        one row per level.
    """
    parts = []
    for name in moderators:
        levels = betas[name]
        if pd.api.types.is_numeric_dtype(levels):
            cut = levels.median()
            levels = pd.Series(
                np.where(
                    levels.isna(),
                    "not given",
                    np.where(levels <= cut, f"up to {cut:.4g}", f"over {cut:.4g}"),
                ),
                betas.index,
            )
        groups = betas.groupby(levels.rename("level"), sort=True)
        found = groups["beta"].agg(tables="size", lowest="min", median="median", highest="max")
        parts.append(
            found.assign(owners=groups["data_owner"].nunique(), moderator=name).reset_index()
        )
    return pd.concat(parts, ignore_index=True)[
        ["moderator", "level", "tables", "owners", "lowest", "median", "highest"]
    ]
