"""Published tables of prices by tier: the elasticity that each implies, and all sources of prices
beside one source of reactions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.display import Result, because
from analysis.errors import check_share
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.cost.price_laws import REFERENCE, PowerLaw, price_laws
from analysis.estimate.printed_tables import fitted_line, middle_value
from analysis.estimate.results import Context, Estimate
from analysis.moments.sample import Moments
from analysis.registers.records import PriceTable

QUANTITIES = {
    "cost per post": r"^(?:price per (?:sponsored |Instagram )?(?:post|video)"
    r"|cost per (?:post|endorsement))",
    "cost per engagement": r"^cost per engagement$",
    "cost per 1,000 shown": r"^CPM",
}
"""Kinds of printed prices, by what their `metric` begins with."""

TABLE = ["series_id", "platform", "quantity", "deliverable", "currency"]
"""Rows that agree in all of these are one printed table."""

COLUMNS = (
    "source", "short", "kind", "quantity", "platform", "deliverable", "currency", "data_owner",
    "year", "n_tiers", "decades", "slope", "level", "confidence", "pooled", "because", "ids",
)  # fmt: skip


def price_slopes(figures: pd.DataFrame, tables: Mapping[str, PriceTable]) -> pd.DataFrame:
    """Translate every published table of prices by tier into the elasticity that it implies.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `analysis.registers.published`.
    tables : mapping of str to PriceTable
        What each series is; a series that is not registered is refused, since payments and rate
        cards must not be mixed.

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

    Examples
    --------
    >>> import analysis as an
    >>> tables = price_slopes(an.registers.published(), an.registers.price_tables())
    >>> posts = tables[tables["quantity"] == "cost per post"]
    >>> f"{len(posts)} tables, median {posts['slope'].median():.2f}"
    '19 tables, median 0.83'
    """
    metric, quantity = figures["metric"], pd.Series(pd.NA, index=figures.index, dtype=object)
    for name, pattern in QUANTITIES.items():
        quantity = quantity.mask(metric.str.contains(pattern), name)
    placed = figures["followers_min"].notna() | figures["followers_max"].notna()
    facts = {
        "quantity": quantity,
        "currency": figures["unit"].str.extract(r"^(USD|GBP|EUR)\b")[0],
        "rate": middle_value(figures),
        "deliverable": np.where(metric.str.contains("video"), "video", "post"),
    }
    needed = ["quantity", "currency", "rate"]
    usable = figures.assign(**facts)[placed].dropna(subset=needed)
    groups = (rows for _, rows in usable.groupby(TABLE, sort=False) if len(rows) > 1)
    printed = [_trusted(rows) for rows in groups]
    unknown = sorted({rows["series_id"].iloc[0] for rows in printed} - set(tables))
    if unknown:
        raise ValueError(
            f"published prices of {', '.join(unknown)} have no kind. Register it in "
            "data/prices.toml under [tables.SERIES]."
        )
    lines = [_table(rows, tables[rows["series_id"].iloc[0]]) for rows in printed]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _trusted(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave tiers of low confidence aside where two others are left."""
    trusted = rows[rows["confidence"] != "low"]
    return trusted if len(trusted) > 1 else rows


def _table(rows: pd.DataFrame, table: PriceTable) -> dict:
    """One table as a row of COLUMNS."""
    line, first = fitted_line(rows), rows.iloc[0]
    # from the numbers as they are shown, so that a reader can repeat the level by hand
    middles, rates = (_logs(line[name]) for name in ("midpoints", "rates"))
    low = rows["confidence"] == "low"
    return line | {
        "source": table.key,
        "short": table.short,
        "kind": table.kind,
        "because": table.because,
        **{name: first[name] for name in TABLE[1:]},
        "level": float(rates.mean() + line["slope"] * (np.log(REFERENCE) - middles.mean())),
        "confidence": "low" if low.any() else first["confidence"],
        "pooled": not low.any(),
    }


def _logs(shown: str) -> np.ndarray:
    """Logs of numbers that a table shows."""
    return np.log([float(text) for text in shown.split("; ")])


def owners_mean(tables: pd.DataFrame, prices: str = "", confidence: float = 0.95) -> Estimate:
    """Average slopes of costs per post over data owners, one vote each, as the ratio of costs per
    follower of accounts to others a tenth as large.

    The tables print no errors, so the interval is that of the mean of the owners' votes, by t. It
    shows how far owners differ, not what a list of all prices would give, and with fewer than ten
    owners it is indicative only.

    Parameters
    ----------
    tables : pandas.DataFrame
        Rows of `price_slopes` of a cost per post.
    prices : str
        Which prices they are, for the estimand.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A ratio: above 1 larger accounts cost more per follower.

    Examples
    --------
    >>> import analysis as an
    >>> tables = an.cost.price_slopes(an.registers.published(), an.registers.price_tables())
    >>> an.cost.owners_mean(tables.head(4)).status
    'indicative'
    """
    check_share("confidence", confidence)
    votes = tables.groupby("data_owner")["slope"].mean() - 1
    k, label = len(votes), str(because("tenfold_accounts"))
    what = because("cost_per_follower_of", prices=prices)
    if not k:
        why = because("no_published_table")
        return Estimate.undefined(why, label=label, unit="ratio", estimand=what)
    spread = votes.std(ddof=1) / np.sqrt(k) if k > 1 else np.nan
    mean, reach = votes.mean(), stdtrit(k - 1, (1 + confidence) / 2) * spread
    values = [float(10**end) for end in (mean, mean - reach, mean + reach)]
    few = (because("few_owners", owners=k),) if k < INDICATIVE else ()
    why = (*few, because("owners_vote", tables=len(tables)))
    status = "indicative" if few else "ok"
    context = Context(confidence=confidence, counted="data owner")
    return Estimate(label, k, len(tables), *values, "ratio", what, why, status, context)


@dataclass(frozen=True, repr=False)
class PriceEvidence(Result):
    """Sources of prices beside one source of reactions.

    Attributes
    ----------
    facts : pandas.DataFrame
        ``name, owner, kind, platform, printed`` of each source of prices.
    laws : tuple of PowerLaw
        Of the price of a post, as many.
    reactions : PowerLaw
        Independent of the prices.
    confidence : float
        Of every interval.
    """

    facts: pd.DataFrame
    laws: tuple[PowerLaw, ...]
    reactions: PowerLaw
    confidence: float

    def __len__(self) -> int:
        """Count the sources."""
        return len(self.laws)

    def to_frame(self) -> pd.DataFrame:
        """Give the facts, then ``n, currency, gamma, gamma_low, gamma_high, beta, beta_low,
        beta_high``; what was printed has no interval.
        """
        names = ["n", "currency", "gamma", "gamma_low", "gamma_high"]
        rows = [
            (law.n, law.currency, law.slope, *law.interval(self.confidence)) for law in self.laws
        ]
        numbers = pd.DataFrame(rows, columns=names, index=self.facts.index)
        low, high = self.reactions.interval(self.confidence)
        frame = pd.concat([self.facts, numbers], axis=1)
        return frame.assign(beta=self.reactions.slope, beta_low=low, beta_high=high)

    def where(self, chosen: Iterable[bool]) -> "PriceEvidence":
        """Keep some of the sources, in their order."""
        return self._at(np.flatnonzero(np.asarray(list(chosen), bool)))

    def _at(self, places: Iterable[int]) -> "PriceEvidence":
        facts = self.facts.iloc[list(places)].reset_index(drop=True)
        return replace(self, facts=facts, laws=tuple(self.laws[place] for place in places))

    def for_platform(self, platform: str, own: Iterable[str] = ()) -> "PriceEvidence":
        """Keep the prices of a platform, those of all, and one's own, with the platform left out of
        their names.
        """
        fits, names = [platform, "all"], self.facts["name"]
        short = names.str.replace(f", (?:{'|'.join(fits)})$", "", regex=True)
        kept = self.facts["platform"].isin(fits) | names.isin(set(own))
        return replace(self, facts=self.facts.assign(name=short)).where(kept)

    def anchored(self, currency: str, price: float) -> dict[str, PowerLaw]:
        """Give the laws by name, those in other currencies with the stated price of a post at
        REFERENCE followers.
        """
        pairs = zip(self.facts["name"], self.laws, strict=True)
        return {name: law.anchored(currency, price) for name, law in pairs}

    def far_apart(self, own: Iterable[str] = ()) -> "PriceEvidence":
        """Choose the sources of prices to calculate with: one's own if there are any, else the
        source with the smallest gamma that has an interval and the one with the largest gamma (of
        equal ones that with most tiers).
        """
        mine = self.facts["name"].isin(set(own))
        if mine.any():
            return self.where(mine)
        frame = self.to_frame()
        smallest = frame[frame["gamma_low"].notna()].nsmallest(1, "gamma").index
        ranked = frame.assign(rounded=frame["gamma"].round(3))
        largest = ranked.sort_values(["rounded", "n"], ascending=False).index[:1]
        return self._at([*smallest, *largest])

    def by_owner(self) -> dict[str, list[PowerLaw]]:
        """Give the laws of each data owner, who has one vote."""
        owned: dict[str, list[PowerLaw]] = {}
        for owner, law in zip(self.facts["owner"], self.laws, strict=True):
            owned.setdefault(owner, []).append(law)
        return owned


def price_evidence(
    lists: Mapping[str, Moments],
    tables: pd.DataFrame,
    reactions: PowerLaw,
    confidence: float = 0.95,
) -> PriceEvidence:
    """Set the elasticity of every source of prices, gamma, beside that of a source of reactions,
    beta.

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

    Examples
    --------
    >>> import analysis as an
    >>> law = an.load("instagram-kim").sample("engagement").power_law()
    >>> tables = an.cost.price_slopes(an.registers.published(), an.registers.price_tables())
    >>> evidence = an.cost.price_evidence(an.cost.load_prices(), tables, law)
    >>> len(evidence), evidence.far_apart().facts["name"].tolist()
    (22, ['Agency list, reel', 'IIDB 2026, all'])
    """
    check_share("confidence", confidence)
    facts, laws = [], []
    for key, law in price_laws(lists.values()).items():
        source = lists[key].source
        kind = getattr(source, "kind", "measured payment")
        facts.append((source.short, source.producer, kind, source.platform, False))
        laws.append(law)
    for row in tables[tables["quantity"] == "cost per post"].itertuples():
        name = f"{row.short}, {row.platform}"
        facts.append((name, row.data_owner, row.kind, row.platform, True))
        line = (row.level, row.slope, np.nan, 0.0, np.nan)
        laws.append(PowerLaw(row.source, int(row.n_tiers), *line, row.currency, f"{name}, price"))
    columns = ["name", "owner", "kind", "platform", "printed"]
    return PriceEvidence(pd.DataFrame(facts, columns=columns), tuple(laws), reactions, confidence)
