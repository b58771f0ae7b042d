"""Published tables of rates that differ in tiers, translated into one number: the elasticity beta
of reactions in followers.

If the reactions to a post grow as followers to the power beta, the rate per follower falls by 1 -
beta decades for each decade of followers. A table of rates by tier then implies a number that does
not depend on how its publisher cut the tiers: 1 is a rate that is the same for all, 0.8 is a rate
1.6 times higher for accounts a tenth as large. It describes different creators, not one who grows.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.display import FrameResult, because
from analysis.estimate.printed_tables import READ, fitted_line, middle_value
from analysis.estimate.results import Context, Estimate, Estimates
from analysis.estimate.tiers import OPEN_BOTTOM, OPEN_TOP

TABLE = (
    "series_id", "platform", "metric_group", "metric", "denominator", "statistic", "unit",
    "geography", "url_seen", "confidence",
)  # fmt: skip
"""Rows that agree in all of these are one printed table."""

STUDY = ("source", "platform", "metric", "geography")
"""Tables that agree in these restate one study: the one with most tiers stands for them."""

COLUMNS = (
    "source", "data_owner", "metric_group", "platform", "metric", "denominator", "geography",
    "year", "tiers", "n_tiers", "midpoints", "rates", "ratio", "decades", "beta", "se", "fit",
    "assumed", "no_se", "confidence", "pooled", "not_pooled", "ids",
)  # fmt: skip

COUNTED = {
    "engagement": "reactions", "reach": "views", "roi": "revenue", "conversion": "conversions",
}  # fmt: skip
"""What a table counts, by its metric group."""

SOLD = {
    "conversion": {"other": ["percent"], "not stated": ["percent"], "engagements": ["percent"]},
    "roi": {"spend": ["USD", "USD per USD"]},
}
"""Units of conversions and revenue that are divided by something else than followers. Revenue per
post is a total and no rate: it grows with followers whoever earns it.
"""

MODERATORS = ("platform", "metric_group", "denominator", "year", "decades")
"""What else differs between tables."""


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
        From `analysis.registers.published`.
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

    Examples
    --------
    >>> import analysis as an
    >>> tables = an.synthesis.implied_betas(an.registers.published())
    >>> round(float(tables.loc[tables["pooled"], "beta"].median()), 2)
    0.8
    """
    per_follower = (
        (figures["per"] == "followers")
        & figures["metric_group"].isin(["engagement", "reach", "roi"])
        & figures["unit"].isin(["percent", "ratio", "EUR per follower"])
    )
    frame = _fitted(figures[per_follower], open_top, open_bottom)
    frame["not_pooled"] = _not_pooled(frame)
    return frame.assign(pooled=frame["not_pooled"] == "")[list(COLUMNS)]


def implied_by_sales(
    figures: pd.DataFrame, open_top: float = OPEN_TOP, open_bottom: float = OPEN_BOTTOM
) -> pd.DataFrame:
    """Translate every published table of conversions or revenue that is not per follower.

    `beta` is 1 plus the slope of the log rate in log followers, so that 1 means in every table that
    the rate is the same for all sizes. It is an elasticity of the count in followers only where
    what the rate is divided by (clicks, engagements, money) grows in proportion to them.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `analysis.registers.published`.
    open_top, open_bottom : float
        As in `implied_betas`.

    Returns
    -------
    pandas.DataFrame
        One row per table with COLUMNS. None is pooled with reactions.

    Examples
    --------
    >>> import analysis as an
    >>> tables = an.synthesis.implied_by_sales(an.registers.published())
    >>> bool(tables["pooled"].any()), sorted(tables["metric_group"].unique())
    (False, ['conversion', 'roi'])
    """
    sold = pd.Series(False, index=figures.index)
    for group, units in SOLD.items():
        of_group = figures["metric_group"] == group
        for per, allowed in units.items():
            sold |= of_group & (figures["per"] == per) & figures["unit"].isin(allowed)
    lifts = figures["metric"].str.contains("lift")  # of one tier over another: no rate
    frame = _fitted(figures[sold & ~lifts], open_top, open_bottom)
    low, other = (str(because(key)) for key in ("low_confidence", "not_per_follower"))
    frame["not_pooled"] = np.where(frame["confidence"] == "low", low, other)
    return frame.assign(pooled=False)[list(COLUMNS)]


def _fitted(figures: pd.DataFrame, open_top: float, open_bottom: float) -> pd.DataFrame:
    """Fit a line to each printed table that has two tiers or more."""
    usable = figures[figures["followers_min"].notna() | figures["followers_max"].notna()]
    usable = usable.assign(rate=middle_value(usable)).dropna(subset="rate")
    columns = {name: usable[name].to_numpy() for name in READ}
    grouped = usable.groupby(list(TABLE)).indices.values()
    lines = []
    for places in sorted(grouped, key=min):  # in the order in which tables begin
        if len(places) > 1:
            rows = {name: column[places] for name, column in columns.items()}
            lines.append(fitted_line(rows, open_top, open_bottom))
    return pd.DataFrame(lines, columns=["slope", *COLUMNS]).assign(beta=lambda t: 1 + t["slope"])


def _not_pooled(tables: pd.DataFrame) -> np.ndarray:
    """Why each table is not pooled; empty if it is."""
    low = tables["confidence"] == "low"
    order, ascending = ["low", "n_tiers"], [True, False]
    ranked = tables.assign(low=low).sort_values(order, ascending=ascending, kind="stable")
    restated = ranked.duplicated(subset=list(STUDY)).reindex(tables.index)
    reasons = [str(because(key)) for key in ("low_confidence", "restates_a_table")]
    return np.select([low, restated], reasons, "")


def as_estimates(betas: pd.DataFrame, confidence: float = 0.95) -> Estimates:
    """Make estimates of elasticities with their standard errors.

    Parameters
    ----------
    betas : pandas.DataFrame
        ``beta, se`` and, if known, ``n`` [accounts]; from `implied_betas` or `measured_betas`.
    confidence : float
        Of the intervals, which are normal.

    Returns
    -------
    Estimates
        One per row, with the columns of `betas`; without a standard error there is no interval and
        the status is ``indicative``.

    Examples
    --------
    >>> import analysis as an
    >>> tables = an.synthesis.implied_betas(an.registers.published())
    >>> an.synthesis.as_estimates(tables).to_frame()["status"].value_counts().to_dict()
    {'indicative': 24, 'ok': 3}
    """
    keys, what = betas.reset_index(drop=True), because("elasticity_of_studies")
    context, made = Context(confidence=confidence), []  # which checks the confidence
    reach = ndtri((1 + confidence) / 2) * keys["se"]
    accounts = keys.get("n", pd.Series(np.nan, keys.index))
    for n, beta, half in zip(accounts, keys["beta"], reach, strict=True):
        known = np.isfinite(half)
        why = because("normal_interval") if known else because("no_standard_error")
        rest = ("", what, (why,), "ok" if known else "indicative", context)
        made.append(Estimate("elasticity", n, 0, beta, beta - half, beta + half, *rest))
    return Estimates(tuple(made), keys)


def at_a_tenth(estimates: Estimates | pd.DataFrame) -> pd.DataFrame:
    """Turn elasticities into what readers ask for: the rate of accounts with a tenth of the
    followers, as a ratio to that of accounts ten times as large, ``10 ** (1 - beta)``.

    Parameters
    ----------
    estimates : Estimates or pandas.DataFrame
        With ``estimate, low, high`` (elasticities).

    Returns
    -------
    pandas.DataFrame
        The same with ratios in their place; the ends of intervals change places.

    Examples
    --------
    >>> one = pd.DataFrame({"estimate": [0.8], "low": [0.7], "high": [1.0]})
    >>> at_a_tenth(one)[["estimate", "low", "high"]].round(2).to_numpy().tolist()
    [[1.58, 1.0, 2.0]]
    """
    frame = estimates.to_frame() if isinstance(estimates, Estimates) else estimates
    turned = {"estimate": frame["estimate"], "low": frame["high"], "high": frame["low"]}
    ratios = {name: 10 ** (1 - column) for name, column in turned.items()}
    return frame.assign(**ratios, unit="ratio")


def side_by_side(tables: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Put printed tables beside open sources, by platform.

    Parameters
    ----------
    tables : pandas.DataFrame
        From `implied_betas`, the pooled ones.
    measured : pandas.DataFrame
        From `an.curve.measured_betas`.

    Returns
    -------
    pandas.DataFrame
        ``platform`` (empty: all of them), ``printed`` (whether it is a table), ``data_owner,
        beta`` and ``ratio``, see `at_a_tenth`. Each printed table also has a row without a
        platform, which come first; then by platform, those with most tables first.
    """
    both = pd.concat([tables.assign(printed=True), measured.assign(printed=False)])
    order = both["platform"].value_counts()
    both = both.sort_values("platform", key=lambda names: -names.map(order), kind="stable")
    both = pd.concat([tables.assign(printed=True, platform=""), both], ignore_index=True)
    both["ratio"] = 10 ** (1 - both["beta"])
    return both[["platform", "printed", "data_owner", "beta", "ratio"]]


@dataclass(frozen=True, repr=False)
class BetasByModerator(FrameResult):
    """How elasticities of published tables vary with what else differs between the tables.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``moderator, level, tables, owners`` and the ``lowest``, ``median`` and ``highest`` beta,
        one row per level of MODERATORS; numbers are cut at their median.
    """

    def spreads(self) -> pd.Series:
        """How far apart the medians of a moderator's levels lie, among those with two owners or
        more.
        """
        several = self.frame[self.frame["owners"] > 1]
        medians = several.groupby("moderator", sort=False)["median"]
        return medians.max() - medians.min()


def by_moderator(betas: pd.DataFrame) -> BetasByModerator:
    """Describe how the implied betas vary with what else differs between tables; a description,
    since owners are few.

    Parameters
    ----------
    betas : pandas.DataFrame
        From `implied_betas`, the pooled ones.

    Examples
    --------
    >>> import analysis as an
    >>> tables = an.synthesis.implied_betas(an.registers.published())
    >>> betas = an.synthesis.by_moderator(tables[tables["pooled"]])
    >>> betas.frame["moderator"].unique().tolist()
    ['platform', 'metric_group', 'denominator', 'year', 'decades']
    """
    parts = []
    for name in MODERATORS:
        groups = betas.groupby(_levels(betas[name]).rename("level"), sort=True)
        numbers = groups["beta"].agg(tables="size", lowest="min", median="median", highest="max")
        owners = groups["data_owner"].nunique()
        parts.append(numbers.assign(owners=owners, moderator=name).reset_index())
    columns = ["moderator", "level", "tables", "owners", "lowest", "median", "highest"]
    return BetasByModerator(pd.concat(parts, ignore_index=True)[columns])


def _levels(values: pd.Series) -> pd.Series:
    """Levels of a moderator: its values, or those up to and over the median of numbers."""
    if not pd.api.types.is_numeric_dtype(values):
        return values
    cut = values.median()
    below, above = (str(because(side, cut=float(cut))) for side in ("up_to", "over"))
    side = np.where(values <= cut, below, above)
    return pd.Series(np.where(values.isna(), str(because("not_given")), side), values.index)
