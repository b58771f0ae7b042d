"""Tier schemes compared: their ranges side by side, and what each calls the same accounts."""

from collections.abc import Iterable

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
