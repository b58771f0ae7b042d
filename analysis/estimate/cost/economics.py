"""Who is cheaper: one model behind every sentence on cost.

A post of an account with F followers costs ``P * f**gamma``, where f is F over REFERENCE, collects
``K * f**beta`` reactions, and handling its creator costs c on top. Then the cost per thousand
followers falls with size if and only if gamma < 1, before handling; the cost per reaction falls if
and only if gamma < beta; and with c > 0 and gamma > beta it is lowest at ``F* = REFERENCE * (c *
beta / (P * (gamma - beta))) ** (1 / gamma)``. It compares different creators, as everything here
does.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import contrast
from analysis.estimate.results import Estimate
from analysis.estimate.cost.price_laws import REFERENCE, PowerLaw, power_law, typical_followers
from analysis.estimate.tiers import assign_tiers
from analysis.moments.sample import Moments, Sample

WORLDS = ["price", "gamma", "reactions", "beta"]
"""Columns of draws: price and reactions at REFERENCE followers, and their elasticities."""


def draws(
    price: PowerLaw, reactions: PowerLaw, n: int = 4_000, seed: int = 20, shared: float = 0.0
) -> pd.DataFrame:
    """Draw worlds from the estimated laws, each with the covariance of its level and slope.

    Parameters
    ----------
    price, reactions : PowerLaw
        From `power_law`. A printed price, whose error nobody knows, is the same in every draw.
    n, seed : int
        Draws.
    shared : float
        Correlation of the residuals of the two laws. It is 0 when they come from different sources,
        which are independent; for one source with costs and reactions `shared_residuals` estimates
        it.

    Returns
    -------
    pandas.DataFrame
        WORLDS. Each draw also draws the spread of its law (a scaled chi-square), so level and slope
        are t distributed.
    """
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((2, 2, n))
    normal[1] = shared * normal[0] + np.sqrt(1 - shared**2) * normal[1]
    columns = {}
    for law, z, names in ((price, normal[0], WORLDS[:2]), (reactions, normal[1], WORLDS[2:])):
        wider = (
            np.sqrt((law.n - 2) / rng.chisquare(law.n - 2, n)) if np.isfinite(law.spread) else 0.0
        )
        # the slope first, so that correlated residuals give correlated slopes whatever the follower
        # counts
        root = (
            np.linalg.cholesky(law.covariance[::-1, ::-1])
            if np.isfinite(law.spread)
            else np.zeros((2, 2))
        )
        slope, level = (root @ z) * wider
        columns |= {names[0]: np.exp(law.level + level), names[1]: law.slope + slope}
    return pd.DataFrame(columns)[WORLDS]


def shared_residuals(price: PowerLaw, reactions: PowerLaw, reactions_per_cost: PowerLaw) -> float:
    """Correlation of accounts' residuals in price and reactions, from the three laws of one source.

    The residual of reactions per cost is the difference of the two, so its variance tells their
    covariance. The metric per cost has to be defined on the same accounts.

    Raises
    ------
    ValueError
        If the three laws do not rest on the same number of accounts.
    """
    if not price.n == reactions.n == reactions_per_cost.n:
        raise ValueError(
            f"laws of {price.n}, {reactions.n} and {reactions_per_cost.n} accounts: not the same accounts."
        )
    covariance = (price.spread**2 + reactions.spread**2 - reactions_per_cost.spread**2) / 2
    return float(np.clip(covariance / (price.spread * reactions.spread), -1, 1))


def shared_by_source(sources: Iterable[Moments], reactions: PowerLaw) -> dict[str, float]:
    """Estimate `shared_residuals` for the source of the reactions itself, if it knows costs of the
    same accounts; others are 0.

    Posts are averaged within accounts first, so this is exact where an account's posts cost the
    same, and close elsewhere.
    """
    names, found = ("cost_per_post", "engagement_per_follower", "engagement_per_cost"), {}
    for source in (
        source
        for source in sources
        if source.source.key == reactions.source and set(names) <= set(source.metrics)
    ):
        laws = [power_law(source.sample(name)) for name in names]
        if len({law.n for law in laws}) == 1:
            found[source.source.key] = shared_residuals(*laws)
    return found


def cost_per(followers, price, gamma, reactions, beta, handling=0.0):
    """Cost of one reaction, handling included; with ``reactions=1, beta=0`` of one post, with
    ``beta=1`` of REFERENCE followers.

    Parameters
    ----------
    followers : array_like
        Of the account.
    price, gamma : array_like
        Of a post at REFERENCE followers; its elasticity.
    reactions, beta : array_like
        Per post at REFERENCE followers; their elasticity.
    handling : array_like
        Fixed cost per creator, in the currency of `price`.
    """
    size = np.asarray(followers, float) / REFERENCE
    return (price * size**gamma + handling) / (reactions * size**beta)


def cheapest_size(price, gamma, beta, handling) -> np.ndarray:
    """Followers at which a reaction costs least.

    Returns
    -------
    numpy.ndarray
        F* where gamma > beta; infinite where gamma <= beta, since larger is then always cheaper; 0
        where gamma > beta and either nothing is to be handled or larger accounts collect no more;
        nan where gamma = beta and nothing is to be handled: size is indifferent.

    Notes
    -----
    From setting the derivative of the logarithm of `cost_per` to zero.
    """
    price, gamma, beta, handling = np.broadcast_arrays(
        *(np.asarray(part, float) for part in (price, gamma, beta, handling))
    )
    interior = gamma > np.maximum(beta, 0)
    gap, power = (np.where(interior, part, 1.0) for part in (gamma - beta, gamma))
    best = REFERENCE * (handling * np.maximum(beta, 0) / (price * gap)) ** (1 / power)
    return np.where(interior, best, np.where((gamma == beta) & (handling == 0), np.nan, np.inf))


def turning_cost(small, large, price, gamma, beta):
    """Handling cost per creator at which two sizes cost the same per reaction; above it the larger
    is cheaper.

    Zero or less means that the larger is cheaper whatever handling costs.
    """
    small, large = np.asarray(small, float) / REFERENCE, np.asarray(large, float) / REFERENCE
    return (
        price * (large ** (gamma - beta) - small ** (gamma - beta)) / (small**-beta - large**-beta)
    )


def turning_costs(
    worlds: Mapping[str, pd.DataFrame], small: float, large: float, confidence: float = 0.95
) -> pd.DataFrame:
    """Tell the turning cost of two sizes for each source of prices, with intervals over its draws.

    Returns
    -------
    pandas.DataFrame
        ``name, estimate, low, high``; the estimate is the median of the draws.
    """
    ends = [0.5, (1 - confidence) / 2, (1 + confidence) / 2]
    rows = [
        (name, *np.quantile(turning_cost(small, large, w["price"], w["gamma"], w["beta"]), ends))
        for name, w in worlds.items()
    ]
    return pd.DataFrame(rows, columns=["name", "estimate", "low", "high"])


def cheapest_sizes(
    worlds: pd.DataFrame, handling: Iterable[float], confidence: float = 0.95
) -> pd.DataFrame:
    """Cheapest size along handling costs, with intervals over draws.

    Returns
    -------
    pandas.DataFrame
        ``handling, estimate, low, high`` [followers; inf: the larger the cheaper] and ``larger``,
        the share of draws in which larger is always cheaper.
    """
    ends = [0.5, (1 - confidence) / 2, (1 + confidence) / 2]
    rows = []
    for cost in handling:
        sizes = cheapest_size(worlds["price"], worlds["gamma"], worlds["beta"], cost)
        rows.append(
            (cost, *np.quantile(sizes, ends, method="inverted_cdf"), float(np.isinf(sizes).mean()))
        )
    return pd.DataFrame(rows, columns=["handling", "estimate", "low", "high", "larger"])


def quotient(
    above: Estimate, below: Estimate, label: str, estimand: str, confidence: float = 0.95
) -> Estimate:
    """Divide one estimated ratio by another from an independent source, such as rates of one and
    prices of the other.

    Parameters
    ----------
    above, below : Estimate
        Ratios with intervals at the same confidence.
    label, estimand : str
        What the quotient is.
    confidence : float
        Of all three intervals.

    Returns
    -------
    Estimate
        The variances of the logarithms add; each is read off its interval as if it were normal,
        which for t intervals errs on the safe side. Rests on as many accounts as the smaller of the
        two.
    """
    z = ndtri((1 + confidence) / 2)
    log = np.log(above.estimate / below.estimate)
    reach = z * np.hypot(*(np.log(one.high / one.low) / (2 * z) for one in (above, below)))
    worst = next(
        (
            status
            for status in ("undefined", "indicative")
            if status in (above.status, below.status)
        ),
        "ok",
    )
    method = (
        f"two independent sources, variances of logarithms added; {above.method}; {below.method}"
    )
    n = min(above.n_accounts, below.n_accounts)
    if worst == "ok" and n < INDICATIVE:
        worst = "indicative"
    ends = (float(np.exp(log + side * reach)) for side in (0, -1, 1))
    return Estimate(
        label, n, min(above.n_posts, below.n_posts), *ends, "ratio", estimand, method, worst
    )


def reactions_per_cost(
    prices: Moments,
    reactions: Sample,
    of: str = "micro",
    versus: str = "macro",
    confidence: float = 0.95,
) -> Estimate:
    """Ratio of reactions per unit of money, from prices per follower of one source and reactions
    per follower of another.
    """
    rate = contrast(reactions, of, versus, confidence=confidence)
    cost = contrast(
        assign_tiers(prices.sample("cost_per_follower"), reactions.scheme),
        of,
        versus,
        confidence=confidence,
    )
    told = f"reactions per cost: reactions of {reactions.source.short}, prices of {prices.source.short}"
    return quotient(rate, cost, rate.label, told, confidence)


def cost_ratios(
    lists: Iterable[Moments],
    tables: pd.DataFrame,
    reactions: Sample,
    of: str = "micro",
    versus: str = "macro",
    confidence: float = 0.95,
) -> pd.DataFrame:
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
    pandas.DataFrame
        ``name, kind, platform, quantity`` and the fields of `Estimate`; quantities are the cost of
        a post, of 1,000 followers, of a reaction and of 1,000 views.
    """
    rate = contrast(reactions, of, versus, confidence=confidence)
    rows = [
        row
        for source in lists
        for row in _list_ratios(source, reactions, rate, of, versus, confidence)
    ]
    beta = power_law(reactions).slope
    apart = np.log10(typical_followers(reactions, of) / typical_followers(reactions, versus))
    taken = {"cost per post": (("a post", 0.0), ("1,000 followers", 1.0), ("a reaction", beta))}
    taken |= {
        "cost per engagement": (("a reaction", 0.0),),
        "cost per 1,000 shown": (("1,000 views", 0.0),),
    }
    for row in tables.itertuples():
        for quantity, less in taken[row.quantity]:
            ratio = float(10 ** ((row.slope - less) * apart))
            told = Estimate(
                rate.label,
                np.nan,
                0,
                ratio,
                np.nan,
                np.nan,
                "ratio",
                "",
                "a printed table gives no error",
                "indicative",
            )
            rows.append(
                (
                    f"{row.short}, {row.platform} {row.deliverable}",
                    row.kind,
                    row.platform,
                    quantity,
                    *told,
                )
            )
    return pd.DataFrame(rows, columns=["name", "kind", "platform", "quantity", *Estimate._fields])


def _list_ratios(
    source: Moments, reactions: Sample, rate: Estimate, of: str, versus: str, confidence: float
):
    """Rows of one source of prices."""
    facts = (
        source.source.short,
        getattr(source.source, "kind", "measured payment"),
        source.source.platform,
    )
    held = {}
    for metric, quantity in (
        ("cost_per_post", "a post"),
        ("cost_per_follower", "1,000 followers"),
        ("cost_per_view", "1,000 views"),
    ):
        if metric in source.metrics:
            held[quantity] = contrast(
                assign_tiers(source.sample(metric), reactions.scheme),
                of,
                versus,
                confidence=confidence,
            )
            yield *facts, quantity, *held[quantity]
    if "engagement_per_cost" in source.metrics:
        found = contrast(
            assign_tiers(source.sample("engagement_per_cost"), reactions.scheme),
            versus,
            of,
            confidence=confidence,
        )
        yield *facts, "a reaction", *found._replace(label=rate.label)
    else:
        told = f"cost per reaction: prices of {source.source.short}, reactions of {reactions.source.short}"
        yield (
            *facts,
            "a reaction",
            *quotient(held["1,000 followers"], rate, rate.label, told, confidence),
        )


def mixture(
    laws: Mapping[str, Iterable[PowerLaw]], reactions: PowerLaw, currency: str, price: float, n: int = 4_000, seed: int = 20,
    shared: Mapping[str, float] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Draw worlds from several price sources, one vote for each data owner.

    Parameters
    ----------
    laws : mapping of str to iterable of PowerLaw
        Price laws by data owner; an owner's laws share its vote.
    reactions : PowerLaw
        The same for all.
    currency, price : str and float
        What a post at REFERENCE followers costs, for laws in other currencies, see `anchored`.
    n, seed : int
        Draws in all, nearly.
    shared : mapping of str to float, optional
        From `shared_by_source`, by source of the law.

    Returns
    -------
    pandas.DataFrame
        WORLDS and ``owner``.
    """
    parts = []
    for number, (owner, owned) in enumerate(laws.items()):
        owned = list(owned)
        for at, law in enumerate(owned):
            drawn = draws(
                law,
                reactions,
                n // len(laws) // len(owned),
                seed + 100 * number + at,
                (shared or {}).get(law.source, 0.0),
            )
            stated = (
                {} if law.currency == currency else {"price": price}
            )  # a level that is stated has no error
            parts.append(drawn.assign(owner=owner, **stated))
    return pd.concat(parts, ignore_index=True)
