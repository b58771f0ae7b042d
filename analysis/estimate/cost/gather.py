"""Everything that one question on cost needs, gathered from what was loaded."""

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import pandas as pd

from analysis.estimate.cost.price_laws import REFERENCE, PowerLaw, check_currency
from analysis.estimate.cost.printed_prices import PriceEvidence
from analysis.estimate.cost.worlds import draw_worlds, shared_by_source
from analysis.estimate.cost.worst_case import worst_case
from analysis.moments.load import load
from analysis.moments.price_lists import read_prices
from analysis.moments.sample import Sample
from analysis.moments.samples import Samples, Sources
from analysis.registers.records import TierScheme

WITHOUT_OWN = "instagram-kim"
"""Whose reactions are used where no loaded source has both tiers."""

FEW = (1, 2, 3, 5, 10)
"""How many large creators make a case."""

TOGETHER = (0.0, 0.5, 0.9)
"""Rank correlations of success that are tried."""


def own_prices(loaded: Sources, path: str, currency: str) -> Sources:
    """Gather prices that came with loaded sources or stand in a file of the reader's own.

    Parameters
    ----------
    loaded : Sources
        Of which those with a cost per post are taken.
    path : str
        A CSV of prices, or empty.
    currency : str
        In which costs are stated.

    Raises
    ------
    ValueError
        If prices are in another currency.

    Examples
    --------
    >>> import analysis as an
    >>> len(own_prices(an.load_all("instagram-kim"), "", "USD"))
    0
    """
    held = {key: one for key, one in loaded.items() if "cost_per_post" in one.metrics}
    own = Sources(held)
    own = own | read_prices(path) if path else own
    check_currency({one.source.short: one.source.currency for one in own.values()}, currency)
    return own


def reactions_beside(loaded: Sources, scheme: TierScheme) -> list[Sample]:
    """Choose reactions per follower of sources with both micro and macro, the first being those to
    calculate with.

    Parameters
    ----------
    loaded : Sources
        If none of them has both tiers, an open source stands in.
    scheme : TierScheme
        With micro and macro.

    Examples
    --------
    >>> import analysis as an
    >>> chosen = reactions_beside(an.load_all("instagram-kim"), an.scheme("decades"))
    >>> chosen[0].source.key
    'instagram-kim'
    """
    counted = [sample for sample in loaded.sample() if "views" not in sample.metric.numerator]
    followed = [sample for sample in counted if sample.metric.denominator == "followers"]
    tiered = [sample.tier(scheme) for sample in followed]
    held = [set(sample.rows.query("positive > 0")["tier"]) for sample in tiered]
    both = [one for one, tiers in zip(tiered, held, strict=True) if {"micro", "macro"} <= tiers]
    return both or list(load(WITHOUT_OWN).samples("main").tier(scheme))


def followers_for(evidence: PriceEvidence, price: float) -> float:
    """Calculate the followers from which a post costs a price [USD], by the printed table in
    dollars that gives the fewest; to two digits.
    """
    laws = in_dollars(evidence)
    size = min(REFERENCE * (price / np.exp(law.level)) ** (1 / law.slope) for law in laws)
    return float(f"{size:.2g}")


def in_dollars(evidence: PriceEvidence) -> tuple[PowerLaw, ...]:
    """Give the laws of printed tables in dollars."""
    frame = evidence.to_frame()
    return evidence.where(frame["printed"] & (frame["currency"] == "USD")).laws


def worlds_by_name(
    laws: Mapping[str, PowerLaw], reactions: PowerLaw, own: Sources, seed: int
) -> dict[str, pd.DataFrame]:
    """Draw worlds for each law of prices; prices and reactions of the same accounts are drawn
    together.

    Parameters
    ----------
    laws : mapping of str to PowerLaw
        By name, in one currency.
    reactions : PowerLaw
        Of one source.
    own : Sources
        Prices of the reader's own, among which that source may be.
    seed : int
        Of the draws.
    """
    shared = shared_by_source(own.values(), reactions)
    return {
        name: draw_worlds(law, reactions, seed=seed, shared=shared.get(law.source, 0.0))
        for name, law in laws.items()
    }


def worst_cases(samples: Samples | Iterable[Sample], confidence: float = 0.95) -> pd.DataFrame:
    """Compare how far one large creator, or a few, falls short with how far as many small ones as
    have their followers do, for several degrees to which creators succeed together.

    Gives ``source, drawn`` (how many of the large) and ``together`` before each estimate.
    """
    parts = []
    for sample, few, together in product(samples, FEW, TOGETHER):
        ratio = worst_case(sample, confidence=confidence, together=together, at=few).to_frame()
        keys = {"source": sample.source.short, "drawn": f"{few} macro", "together": together}
        parts.append(ratio.assign(**keys))
    columns = ["source", "drawn", "together", "estimate", "low", "high", "unit", "status", "method"]
    return pd.concat(parts)[columns]
