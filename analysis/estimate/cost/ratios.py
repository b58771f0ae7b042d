"""Costs of one tier over those of another, per post, per follower, per view and per reaction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.display import Reason, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import contrast
from analysis.estimate.cost.price_laws import power_law, typical_followers
from analysis.estimate.results import Estimate, Estimates
from analysis.moments.sample import Moments, Sample

A_POST, FOLLOWERS, A_REACTION, VIEWS = "a post", "1,000 followers", "a reaction", "1,000 views"
"""What the money buys."""

METRICS = {A_POST: "cost_per_post", FOLLOWERS: "cost_per_follower", VIEWS: "cost_per_view"}
"""Metric of a list of prices for each."""

COST = "cost per reaction"
"""What lists with reactions of their own and quotients of two sources both give."""

DEARER = 1.005
"""Ratios from here on count as above 1: smaller ones are printed as 1.00."""


@dataclass(frozen=True, repr=False)
class CostRatios(Estimates):
    """Costs of one tier over those of another, with the columns ``name, kind, platform,
    quantity``.
    """

    def where(self, chosen: Iterable[bool]) -> "CostRatios":
        """Keep some of the ratios, in their order."""
        places = np.flatnonzero(np.asarray(list(chosen), bool))
        keys = self.keys.iloc[places].reset_index(drop=True)
        return CostRatios(tuple(self.estimates[place] for place in places), keys)

    def for_platform(self, platform: str, own: Iterable[str] = ()) -> "CostRatios":
        """Keep the prices of a platform, those of all, and one's own."""
        fits = self.keys["platform"].isin((platform, "all"))
        return self.where(fits | self.keys["name"].isin(set(own)))

    def dearer(self) -> dict[str, tuple[int, int]]:
        """Count, per what the money buys, the sources by which the first tier costs more, and
        all.
        """
        above = pd.Series(
            [one.estimate > DEARER for one in self], index=self.keys.index, dtype=bool
        )
        counted = above.groupby(self.keys["quantity"]).agg(["sum", "size"])
        return {row.Index: (int(row.sum), int(row.size)) for row in counted.itertuples()}


def cost_ratios(
    lists: Iterable[Moments],
    tables: pd.DataFrame,
    reactions: Sample,
    of: str = "micro",
    versus: str = "macro",
    confidence: float = 0.95,
) -> CostRatios:
    """Divide the costs of one tier by those of another, per source of prices and per what the money
    buys.

    Parameters
    ----------
    lists : iterable of Moments
        Sources that know the cost of posts.
    tables : pandas.DataFrame
        From `price_slopes`; their ratios are those between the typical followers of the two tiers
        in `reactions`, without intervals.
    reactions : Sample
        Of reactions per follower, with tiers assigned; from a source of its own, unless a list
        knows its reactions itself.
    of, versus : str
        Tiers.
    confidence : float
        Of every interval.

    Returns
    -------
    CostRatios
        Of a post, of 1,000 followers, of a reaction and of 1,000 views.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> lists = an.cost.load_prices().values()
    >>> tables = an.cost.price_slopes(an.registers.published(), an.registers.price_tables())
    >>> an.cost.cost_ratios(lists, tables.head(0), kim).dearer()["a reaction"]
    (3, 3)
    """
    rate, keys, ratios = contrast(reactions, of, versus, confidence=confidence), [], []
    for source in lists:
        kind = getattr(source.source, "kind", "measured payment")
        for quantity, ratio in _list_ratios(source, reactions, rate, of, versus):
            keys.append((source.source.short, kind, source.source.platform, quantity))
            ratios.append(ratio)
    beta = power_law(reactions).slope
    apart = np.log10(typical_followers(reactions, of) / typical_followers(reactions, versus))
    bought = {
        "cost per post": ((A_POST, 0.0), (FOLLOWERS, 1.0), (A_REACTION, beta)),
        "cost per engagement": ((A_REACTION, 0.0),),
        "cost per 1,000 shown": ((VIEWS, 0.0),),
    }
    for row in tables.itertuples():
        name = f"{row.short}, {row.platform} {row.deliverable}"
        for quantity, less in bought[row.quantity]:
            keys.append((name, row.kind, row.platform, quantity))
            ratios.append(_printed_ratio(rate, float(10 ** ((row.slope - less) * apart))))
    columns = ["name", "kind", "platform", "quantity"]
    return CostRatios(tuple(ratios), pd.DataFrame(keys, columns=columns))


def _printed_ratio(rate: Estimate, ratio: float) -> Estimate:
    """A ratio that follows from a printed table, for the tiers of `rate`."""
    values, context = (ratio, np.nan, np.nan), replace(rate.context, source="", metric="cost")
    what, why = because("nothing"), (because("printed_without_error"),)
    return Estimate(rate.label, np.nan, 0, *values, "ratio", what, why, "indicative", context)


def _list_ratios(
    source: Moments, reactions: Sample, rate: Estimate, of: str, versus: str
) -> Iterator[tuple[str, Estimate]]:
    """What the money buys, and the ratio of costs, of one source of prices."""
    held, confidence = {}, rate.context.confidence
    for quantity, metric in METRICS.items():
        if metric in source.metrics:
            tiered = source.sample(metric).tier(reactions.scheme)
            held[quantity] = contrast(tiered, of, versus, confidence=confidence)
            yield quantity, held[quantity]
    if "engagement_per_cost" in source.metrics:
        tiered = source.sample("engagement_per_cost").tier(reactions.scheme)
        turned = contrast(tiered, versus, of, confidence=confidence)  # cost per reaction
        tiers = {"of": rate.context.of, "versus": rate.context.versus}
        context = replace(turned.context, metric=COST, **tiers)
        yield A_REACTION, replace(turned, label=rate.label, context=context)
    else:
        prices, counted = source.source.short, reactions.source.short
        what = because("cost_per_reaction", prices=prices, reactions=counted)
        yield A_REACTION, quotient(held[FOLLOWERS], rate, COST, what, confidence)


def reactions_per_cost(
    prices: Moments,
    reactions: Sample,
    of: str = "micro",
    versus: str = "macro",
    confidence: float = 0.95,
) -> Estimate:
    """Divide the reactions per unit of money of two tiers, from prices per follower of one source
    and reactions per follower of another, independent one.

    Parameters
    ----------
    prices : Moments
        Of a source that knows the cost of posts.
    reactions : Sample
        Of a metric per follower, with tiers.
    of, versus : str
        The tiers that are compared.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A ratio of reactions per unit of money; currencies cancel.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> reel = an.cost.load_prices()["agency-armenia-reel"]
    >>> gain = an.cost.reactions_per_cost(reel, kim)
    >>> round(gain.estimate, 2), gain.status
    (0.6, 'ok')
    """
    rate = contrast(reactions, of, versus, confidence=confidence)
    tiered = prices.sample("cost_per_follower").tier(reactions.scheme)
    cost = contrast(tiered, of, versus, confidence=confidence)
    sources = {"reactions": reactions.source.short, "prices": prices.source.short}
    what = because("reactions_per_cost", **sources)
    return quotient(rate, cost, "reactions per cost", what, confidence)


def quotient(
    above: Estimate, below: Estimate, metric: str, estimand: Reason, confidence: float = 0.95
) -> Estimate:
    """Divide one estimated ratio by another from an independent source, such as rates of one and
    prices of the other, both with intervals at the same confidence.

    The variances of the logarithms add; each is read off its interval as if it were normal, which
    for t intervals errs on the safe side. Rests on as many accounts as the smaller of the two.
    """
    z = ndtri((1 + confidence) / 2)
    log = np.log(above.estimate / below.estimate)
    reach = z * np.hypot(*(np.log(one.high / one.low) / (2 * z) for one in (above, below)))
    n, posts = min(above.n_accounts, below.n_accounts), min(above.n_posts, below.n_posts)
    statuses = {above.status, below.status}
    status = "indicative" if "indicative" in statuses or n < INDICATIVE else "ok"
    if "undefined" in statuses:
        status = "undefined"
    why = (because("two_sources"), *above.reasons, *below.reasons)
    values = (float(np.exp(log + side * reach)) for side in (0, -1, 1))
    sources = f"{above.context.source} and {below.context.source}"
    context = replace(above.context, source=sources, metric=metric)
    return Estimate(above.label, n, posts, *values, "ratio", estimand, why, status, context)
