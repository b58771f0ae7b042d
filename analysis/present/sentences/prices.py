"""What printed prices, handling and open lists give, as sentences; tiers as followers in frames."""

import re
from collections.abc import Iterable, Mapping
from math import isnan

import numpy as np
import pandas as pd

from analysis.estimate.cost.gather import in_dollars
from analysis.estimate.cost.printed_prices import PriceEvidence
from analysis.estimate.results import Estimates
from analysis.moments.sample import Moments
from analysis.present.sentences.findings import span
from analysis.present.sentences.numbers import count, enumerated, interval, listing, short_count
from analysis.registers.records import TierScheme

MANY = 5
"""Names of sources up to which all are written."""


def with_followers(text: str, scheme: TierScheme) -> str:
    """Write followers in place of the names of tiers.

    Examples
    --------
    >>> import analysis as an
    >>> with_followers("all macro, or micros", an.scheme("decades"))
    'all 100K–1M, or 10K–100K'
    """
    names = {tier.name: span(tier) for tier in scheme.tiers}
    pattern = rf"\b({'|'.join(map(re.escape, names))})s?\b"
    return re.sub(pattern, lambda found: names[found[1]], text)


def in_followers(frame: pd.DataFrame, column: str, scheme: TierScheme) -> pd.DataFrame:
    """Write followers in place of tiers in a column of names: ``all 100K–1M``."""
    return frame.assign(**{column: [with_followers(name, scheme) for name in frame[column]]})


def joined_curves(curves: pd.DataFrame, always: list[str]) -> pd.DataFrame:
    """Keep a single curve of all sources by which larger is always cheaper."""
    together = count(len(always), "price source")
    shown = curves[~curves["name"].isin(always[1:])]
    return shown.assign(name=shown["name"].replace(dict.fromkeys(always, together)))


def prices_at(evidence: PriceEvidence, price: float, followers: float) -> str:
    """Say from how many followers a post costs a price, by printed tables in dollars."""
    laws = in_dollars(evidence)
    ends = [float(law.at(size)) for law in laws for size in (1e5, 1e6)]
    return (
        f"A post for {price:,.0f} dollars (C27) corresponds, by {count(len(laws), 'table')} in "
        f"dollars, to an account of at least {short_count(followers)} followers, extrapolated. For "
        f"100K to 1M followers they give {min(ends):,.0f} to {max(ends):,.0f} dollars."
    )


def rising_prices(tables: pd.DataFrame) -> str:
    """Say how many printed tables have a cost per impression that rises with size."""
    shown = tables[tables["quantity"] == "cost per 1,000 shown"]
    rising = int((shown["slope"] > 0).sum())
    return (
        f"In {rising} of {count(len(shown), 'printed table')}, cost per 1,000 impressions rises "
        f"with size; {int(shown['pooled'].sum())} of these state their method."
    )


def hours_of_handling(views: Estimates, hours_each: float) -> str:
    """Say how many hours it takes to handle as many small creators as are seen as often as one
    large one.
    """
    parts = []
    for one in (one for one in views if not isnan(one.estimate)):
        times = interval(one.estimate, one.low, one.high)
        parts.append(
            f"{one.context.source}: a macro post is seen as often as {times} micro posts; at "
            f"{hours_each:.3g} hours a creator these take {hours_each * one.estimate:,.0f} hours."
        )
    return " ".join(parts)


def falls_by_number(falls: pd.DataFrame) -> str:
    """Say how far one, three and ten large creators who succeed independently fall short beside as
    many small ones as have their followers.
    """
    few = falls["drawn"].isin(["1 macro", "3 macro", "10 macro"])
    alone = falls[(falls["together"] == 0) & few & falls["estimate"].notna()]
    if alone.empty:
        return ""
    return (
        "Worst 5 percent over the middle, macros over as many micros as have their followers: "
        f"{enumerated(alone, 'source', 'drawn')}. At 1 or above, macros are no greater gamble."
    )


def reach_of_lists(lists: Mapping[str, Moments] | Iterable[Moments], missing=()) -> str:
    """Say between how many followers open prices lie, and which budgets could not be spent."""
    lists = lists.values() if isinstance(lists, Mapping) else lists
    bands = [one.table[["lower", "upper"]] for one in lists if one.resolution == "cells"]
    if not bands:
        return " ".join(missing)
    frame = pd.concat(bands)
    top = frame["upper"].replace(np.inf, np.nan).max()
    ends = listing(f"{end:,.0f}" for end in (frame["lower"].min(), top))
    text = f"The open lists begin and end at {ends} followers: beyond, prices are extrapolated."
    return " ".join((*missing, text))
