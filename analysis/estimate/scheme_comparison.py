"""Tier schemes compared: their ranges side by side, and what each calls the same accounts."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.moments.group import NO_TIER, tier_of
from analysis.moments.sample import Sample
from analysis.registers.lookup import as_schemes
from analysis.registers.records import TierScheme


def tier_table(schemes: Iterable[TierScheme | str]) -> pd.DataFrame:
    """List every tier of every scheme.

    Returns
    -------
    pandas.DataFrame
        ``scheme`` (its short name), ``tier``, ``lower``, ``upper`` [followers; infinite if open].

    Examples
    --------
    >>> import analysis as an
    >>> tier_table([an.scheme("decades")])["tier"].tolist()
    ['nano', 'micro', 'macro', 'mega']
    """
    tiers = []
    for scheme in as_schemes(schemes):
        for tier in scheme.tiers:
            upper = np.inf if tier.upper is None else tier.upper
            tiers.append((scheme.short, tier.name, tier.lower, upper))
    return pd.DataFrame(tiers, columns=["scheme", "tier", "lower", "upper"])


def label_matrix(schemes: Iterable[TierScheme | str], followers: Iterable[int]) -> pd.DataFrame:
    """List the tier that each scheme assigns to follower counts.

    Returns
    -------
    pandas.DataFrame
        One row per follower count, one column per scheme key, NO_TIER where a scheme has no word.

    Examples
    --------
    >>> import analysis as an
    >>> two = [an.scheme("decades"), an.scheme("harvard-media")]
    >>> label_matrix(two, [7_000, 20_000]).to_numpy().tolist()
    [['nano', 'mid-tier'], ['micro', 'macro']]
    """
    counts = np.array(list(followers), float)
    table = pd.DataFrame(
        {scheme.key: tier_of(counts, counts, scheme) for scheme in as_schemes(schemes)}
    )
    return table.set_axis(pd.Index(counts.astype(int), name="followers"))


def names_in_use(schemes: Iterable[TierScheme | str]) -> pd.DataFrame:
    """List, for every stretch of the follower axis, the different names it carries.

    Returns
    -------
    pandas.DataFrame
        ``lower, upper`` [followers], ``names`` (how many different ones) and ``which``, from 0
        upward.

    Examples
    --------
    >>> import analysis as an
    >>> names_in_use([an.scheme("decades"), an.scheme("harvard-media")])["which"].tolist()[1:3]
    ['nano', 'micro, nano']
    """
    schemes = as_schemes(schemes)
    edges, unnamed = {0}, {NO_TIER}
    for scheme in schemes:
        edges.update(scheme.edges)
        unnamed.update(tier.name for tier in scheme.tiers if not tier.named)
    edges = sorted(edges)
    used = [sorted(set(row) - unnamed) for row in label_matrix(schemes, edges).to_numpy()]
    which = [", ".join(names) for names in used]
    return pd.DataFrame(
        {
            "lower": edges,
            "upper": [*edges[1:], np.inf],
            "names": [len(names) for names in used],
            "which": which,
        }
    )


def names_by_publisher(
    schemes: Iterable[TierScheme | str], followers: Iterable[int]
) -> pd.DataFrame:
    """List what each publisher calls accounts with so many followers, for a table.

    Returns
    -------
    pandas.DataFrame
        ``scheme`` (its short name), and a column for each number of followers.

    Examples
    --------
    >>> names_by_publisher(["tint", "harvard-media"], [7_000, 20_000]).to_numpy().tolist()
    [['TINT', 'nano', 'micro'], ['Harvard Media', 'mid-tier', 'macro']]
    """
    schemes = as_schemes(schemes)
    table = label_matrix(schemes, followers).T
    table.columns = [f"{count:,}" for count in table.columns]
    table.insert(0, "scheme", [scheme.short for scheme in schemes])
    return table.reset_index(drop=True).rename_axis(columns=None)


class Stretch(NamedTuple):
    """A stretch of the follower axis, and what accounts in it are called."""

    lower: float
    upper: float
    which: tuple[str, ...]

    @property
    def names(self) -> int:
        """How many different names are in use."""
        return len(self.which)


def most_names(names: pd.DataFrame) -> Stretch:
    """Find the stretch of the follower axis with the most names, among those that are both micro
    and macro if there are any; neighbours with the same names are one stretch.

    Parameters
    ----------
    names : pandas.DataFrame
        As `names_in_use` gives it.

    Examples
    --------
    >>> import analysis as an
    >>> most_names(names_in_use([an.scheme("tint"), an.scheme("harvard-media")]))
    Stretch(lower=10000.0, upper=25000.0, which=('macro', 'micro'))
    """
    joined: list[Stretch] = []
    for row in names.itertuples():
        which = tuple(name for name in row.which.split(", ") if name)
        if joined and joined[-1].which == which:
            joined[-1] = joined[-1]._replace(upper=float(row.upper))
        else:
            joined.append(Stretch(float(row.lower), float(row.upper), which))
    both = [one for one in joined if {"micro", "macro"} <= set(one.which)]
    return max(both or joined, key=lambda one: one.names, default=Stretch(0.0, np.inf, ()))


def names_elsewhere(
    samples: Iterable[Sample], chosen: TierScheme | str, others: Iterable[TierScheme | str]
) -> pd.DataFrame:
    """Count the accounts that other schemes name differently from a chosen one.

    Returns
    -------
    pandas.DataFrame
        ``source`` (its short name), ``platform, accounts, scheme`` (short name of the other),
        ``renamed`` [percent of the accounts that either scheme names] and ``largest`` (whether the
        source is the one with the most accounts); a row per pair.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> names_elsewhere([kim], "decades", ["harvard-media"])["renamed"].tolist()
    [100.0]
    """
    (chosen,) = as_schemes(chosen)
    rows = [
        (sample.source.short, sample.source.platform, sample.accounts, other.short,
         label_disagreement(sample, chosen, other))
        for sample in samples
        for other in as_schemes(others)
        if other.key != chosen.key
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["source", "platform", "accounts", "scheme", "renamed"])
    first = frame["source"].where(frame["accounts"] == frame["accounts"].max()).dropna()
    return frame.assign(largest=frame["source"].isin(first.head(1)))


def label_disagreement(sample: Sample, one: TierScheme | str, other: TierScheme | str) -> float:
    """Share of the accounts named by either scheme that the two schemes name differently
    [percent].

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> label_disagreement(kim, an.scheme("decades"), an.scheme("harvard-media"))
    100.0
    """
    first, second = (
        tier_of(sample.rows["lower"], sample.rows["upper"], scheme)
        for scheme in as_schemes((one, other))
    )
    accounts = sample.rows["accounts"].to_numpy()
    named = (first != NO_TIER) | (second != NO_TIER)
    return float(100 * accounts[named & (first != second)].sum() / max(accounts[named].sum(), 1))
