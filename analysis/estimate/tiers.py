"""Tiers: follower ranges get a publisher's names; what is in no tier is counted, never dropped.

Counts of tiers and tables of their names are plain frames: nothing in them is estimated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.display import namespace_of, nearest
from analysis.estimate import scheme_comparison
from analysis.estimate.registry import sample_verb
from analysis.estimate.scheme_comparison import Stretch as Stretch
from analysis.estimate.scheme_comparison import label_disagreement as label_disagreement
from analysis.estimate.scheme_comparison import label_matrix as label_matrix
from analysis.estimate.scheme_comparison import most_names as most_names
from analysis.estimate.scheme_comparison import names_by_publisher as names_by_publisher
from analysis.estimate.scheme_comparison import names_elsewhere as names_elsewhere
from analysis.estimate.scheme_comparison import names_in_use as names_in_use
from analysis.estimate.scheme_comparison import tier_table as tier_table
from analysis.moments.group import NO_TIER, tier_of
from analysis.moments.sample import Moments, Sample
from analysis.registers.lookup import as_schemes, schemes
from analysis.registers.records import Tier, TierScheme

OPEN_TOP, OPEN_BOTTOM = 2.0, 316.0
"""An open top tier ends at this many times its lower edge; a tier without a lower edge starts at
this many followers.
"""


@sample_verb
def tier(sample: Sample, scheme: TierScheme | str) -> Sample:
    """Give every row the name of its tier.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    scheme : TierScheme or str
        A scheme, or the key of one in data/tiers.toml.

    Returns
    -------
    Sample
        The same rows with a column ``tier``; rows outside every tier get the name NO_TIER, see
        `tier_counts`.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> kim.scheme.names
    ('nano', 'micro', 'mid-tier', 'macro', 'mega', 'all-star')
    """
    (scheme,) = as_schemes(scheme)
    rows = sample.rows.assign(tier=tier_of(sample.rows["lower"], sample.rows["upper"], scheme))
    return replace(sample, rows=rows, scheme=scheme)


def log_midpoint(
    lower: ArrayLike, upper: ArrayLike, open_top: float = OPEN_TOP, open_bottom: float = OPEN_BOTTOM
) -> np.ndarray:
    """Give the geometric middle of follower ranges, open ends closed by convention.

    Parameters
    ----------
    lower, upper : float or array of float
        Edges [followers]; a lower one that is zero or nan, and an upper one that is nan, are open.
    open_top : float
        Upper edge of an open top, in multiples of the lower edge.
    open_bottom : float
        Lower edge of an open bottom [followers].

    Returns
    -------
    numpy.ndarray
        Middles [followers], of the shape of the edges.

    Examples
    --------
    >>> log_midpoint([1_000, 100_000], [10_000, np.nan]).round()
    array([  3162., 141421.])
    """
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    lower = np.where(lower > 0, lower, open_bottom)
    return np.sqrt(lower * np.where(np.isnan(upper), open_top * lower, upper))


@sample_verb
def one_tier(sample: Sample) -> Sample:
    """Put all accounts in one tier.

    Returns
    -------
    Sample
        With a scheme of a single tier.

    Examples
    --------
    >>> import analysis as an
    >>> len(an.load("instagram-kim").sample().one_tier().by_tier())
    1
    """
    return tier(sample, bands(sample, sample.accounts))


def tiers_of(sample: Sample) -> tuple[Tier, ...]:
    """Give the tiers of a sample, smallest first; ValueError if none have been assigned.

    Returns
    -------
    tuple of Tier
        With their edges [followers].

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> [tier.name for tier in tiers_of(kim)]
    ['nano', 'micro', 'macro', 'mega']
    """
    if sample.scheme is None:
        known = ", ".join(schemes())
        raise ValueError(
            "This sample has no tiers yet: .tier('decades') assigns those of a scheme. "
            f"Schemes: {known}."
        )
    return sample.scheme.tiers


def check_tiers(sample: Sample, *names: str) -> None:
    """Refuse tiers that the scheme of a sample does not have.

    Examples
    --------
    >>> import analysis as an
    >>> check_tiers(an.load("instagram-kim").sample("engagement").tier("decades"), "micro")
    """
    known = [tier.name for tier in tiers_of(sample)]
    for name in names:
        if name not in known:
            hint = nearest(name, known)
            listed = ", ".join(known)
            raise ValueError(
                f"tier scheme '{sample.scheme.key}' has no tier '{name}'.{hint} It has: {listed}."
            )


@sample_verb
def tier_counts(sample: Sample) -> pd.DataFrame:
    """Count accounts and posts per tier, with those in no tier.

    Returns
    -------
    pandas.DataFrame
        ``tier, accounts, posts, share`` (of accounts [percent]), in the order of the scheme,
        NO_TIER last.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> kim.tier_counts()[["tier", "accounts"]].to_numpy().tolist()[1:3]
    [['micro', 10712], ['macro', 3160]]
    """
    counts = (
        sample.rows.groupby("tier")[["accounts", "posts"]]
        .sum()
        .reindex([*sample.scheme.names, NO_TIER], fill_value=0)
    )
    counts = counts.astype(int).reset_index()
    return counts.assign(share=100 * counts["accounts"] / max(counts["accounts"].sum(), 1))


def left_out(sources: Mapping[str, Moments], samples: Iterable[Sample]) -> pd.DataFrame:
    """Count rows and accounts that are left out of samples, with the reason.

    Parameters
    ----------
    sources : mapping of Moments
        As `load_all` gives them.
    samples : iterable of Sample
        Of them.

    Returns
    -------
    pandas.DataFrame
        ``source`` (its short name), ``reason`` and ``count``.

    Examples
    --------
    >>> import analysis as an
    >>> loaded = an.load_all("instagram-kim")
    >>> left_out(loaded, loaded.sample("main")).columns.tolist()[0]
    'source'
    """
    rows = {one.source.short: one.rows_left_out for one in sources.values()}
    accounts = {sample.source.short: sample.left_out for sample in samples}
    rows = pd.concat(rows, names=["source"]).rename(columns={"rows": "count"})
    accounts = pd.concat(accounts, names=["source"]).rename(columns={"accounts": "count"})
    return pd.concat([rows, accounts]).reset_index("source").reset_index(drop=True)


@sample_verb
def among_largest(sample: Sample, tier: str, firsts: Iterable[int]) -> pd.DataFrame:
    """Count a tier among the accounts with the most followers: what a list sorted by followers
    shows first.

    Parameters
    ----------
    sample : Sample
        With tiers assigned. A tier is one range of followers, so that cells give the count exactly;
        a cell across the tier's upper edge counts as above it.
    tier : str
        A tier of the scheme.
    firsts : iterable of int
        How many accounts from the top to look at; more than there are means all of them.

    Returns
    -------
    pandas.DataFrame
        ``first, accounts`` (of the tier, among the first) and ``share`` of them [percent].

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> kim.among_largest("macro", [1_000, 10_000])["accounts"].tolist()
    [498, 3160]
    """
    check_tiers(sample, tier)
    rows, total = sample.rows, sample.accounts
    held = rows["tier"] == tier
    above = int(
        rows.loc[~held & (rows["lower"] >= rows.loc[held, "lower"].min()), "accounts"].sum()
    )
    first = np.minimum(np.array(list(firsts)), total)
    accounts = np.clip(first - above, 0, int(rows.loc[held, "accounts"].sum()))
    return pd.DataFrame({"first": first, "accounts": accounts, "share": 100 * accounts / first})


def bands(sample: Sample, fewest: int = 10) -> TierScheme:
    """Make a scheme of follower bands, for a curve along the follower axis.

    Parameters
    ----------
    sample : Sample
        Cells keep their bands; accounts are cut at 1, 2 and 5 per decade.
    fewest : int
        Neighbouring bands are joined until each holds as many accounts.

    Returns
    -------
    TierScheme
        Tiers named by their edges, ascending, the last one open.

    Examples
    --------
    >>> import analysis as an
    >>> bands(an.load("instagram-kim").sample("engagement"), fewest=5_000).names
    ('1,000 to 5,000', '5,000 to 15,000', '15,000 to 50,000', '50,000 to inf')
    """
    if sample.resolution == "cells":
        edges = np.unique(np.concatenate([sample.rows["lower"], sample.rows["upper"]]))
    else:
        edges = np.array(
            [0.0, *(step * 10.0**power for power in range(9) for step in (1, 2, 5)), np.inf]
        )
    held = np.histogram(sample.rows["lower"], bins=edges, weights=sample.rows["accounts"])[0]
    kept, count = [float(edges[0])], 0.0
    for accounts, upper in zip(held, edges[1:], strict=True):
        count += accounts
        if count >= fewest:
            kept.append(float(upper))
            count = 0.0
    kept = (
        [*kept[:-1], np.inf] if len(kept) > 1 else [*kept, np.inf]
    )  # what is left at the top joins the last band
    tiers = tuple(
        Tier(
            name=f"{low:,.0f} to {high:,.0f}",
            lower=int(low),
            upper=None if np.isinf(high) else int(high),
            named=False,
        )
        for low, high in pairwise(kept)
    )
    return TierScheme(
        key="bands", title="Follower bands", short="bands", cite="this project", tiers=tiers
    )


__getattr__, __dir__ = namespace_of(globals(), vars(scheme_comparison))
