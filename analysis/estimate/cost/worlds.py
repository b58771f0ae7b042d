"""Worlds drawn from estimated laws of price and reactions, each with the error of both."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from analysis.estimate.cost.price_laws import PowerLaw, power_law
from analysis.moments.sample import Moments

WORLDS = ["price", "gamma", "reactions", "beta"]
"""Columns of draws: price and reactions at REFERENCE followers, and their elasticities."""

SHARED = ("cost_per_post", "engagement_per_follower", "engagement_per_cost")
"""Metrics of which a source needs all for the correlation of its price and its reactions."""

EXACT = 1e-9
"""Spread of logs up to which accounts stand on a line exactly; residuals are then rounding."""


def draw_worlds(
    price: PowerLaw, reactions: PowerLaw, n: int = 4_000, seed: int = 20, shared: float = 0.0
) -> pd.DataFrame:
    """Draw worlds from two laws, each with the covariance of its level and slope.

    Parameters
    ----------
    price, reactions : PowerLaw
        A printed price, whose error nobody knows, is the same in every draw.
    n, seed : int
        Draws.
    shared : float
        Correlation of the residuals of the two laws. It is 0 when they come from different sources,
        which are independent; for a source with costs and reactions `shared_residuals` estimates
        it.

    Returns
    -------
    pandas.DataFrame
        WORLDS. Each draw also draws the spread of its law (a scaled chi-square), so level and slope
        are t distributed.

    Examples
    --------
    >>> import analysis as an
    >>> law = an.load("instagram-kim").sample("engagement").power_law()
    >>> reel = an.cost.load_prices()["agency-armenia-reel"].sample("cost_per_post").power_law()
    >>> an.cost.draw_worlds(reel, law, 500)[["gamma", "beta"]].mean().round(1).to_dict()
    {'gamma': 0.4, 'beta': 0.9}
    """
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((2, 2, n))
    normal[1] = shared * normal[0] + np.sqrt(1 - shared**2) * normal[1]
    columns = {}
    for law, z, names in ((price, normal[0], WORLDS[:2]), (reactions, normal[1], WORLDS[2:])):
        slope, level = _errors(law, z, rng) if law.spread > EXACT else np.zeros((2, n))
        columns |= {names[0]: np.exp(law.level + level), names[1]: law.slope + slope}
    return pd.DataFrame(columns)[WORLDS]


def _errors(law: PowerLaw, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Errors of slope and level: the slope first, so that correlated residuals give correlated
    slopes whatever the follower counts.
    """
    wider = np.sqrt((law.n - 2) / rng.chisquare(law.n - 2, z.shape[1]))
    return (np.linalg.cholesky(law.covariance[::-1, ::-1]) @ z) * wider


def shared_residuals(price: PowerLaw, reactions: PowerLaw, reactions_per_cost: PowerLaw) -> float:
    """Correlation of accounts' residuals in price and reactions, from three laws of the same
    accounts: the residual of reactions per cost is the difference of the two, so its variance gives
    their covariance. A ValueError where a law has no residuals: there is nothing to correlate.
    """
    if not price.n == reactions.n == reactions_per_cost.n:
        counts = f"{price.n}, {reactions.n} and {reactions_per_cost.n}"
        raise ValueError(f"laws of {counts} accounts: not the same accounts.")
    if exact := [law.name for law in (price, reactions) if not law.spread > EXACT]:
        listed = " and ".join(exact)
        raise ValueError(f"{listed}: no account is off the line, so no residuals are correlated.")
    covariance = (price.spread**2 + reactions.spread**2 - reactions_per_cost.spread**2) / 2
    return float(np.clip(covariance / (price.spread * reactions.spread), -1, 1))


def shared_by_source(sources: Iterable[Moments], reactions: PowerLaw) -> dict[str, float]:
    """Estimate `shared_residuals` for the source of the reactions itself, if it knows costs of the
    same accounts; others are 0.

    Posts are averaged within accounts first, so this is exact where an account's posts cost the
    same, and close elsewhere.

    Parameters
    ----------
    sources : iterable of Moments
        Sources of prices.
    reactions : PowerLaw
        Of the source that may be among them.

    Returns
    -------
    dict of str to float
        Correlation of residuals, by key of the source.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.posts(seed=1)
    >>> liked = posts.groupby("account_id")["likes"].transform("mean")
    >>> paid = an.simulate.world("paid", posts.assign(cost=posts["followers"] ** 0.7 + liked))
    >>> shared = an.cost.shared_by_source([paid], paid.sample("engagement").power_law())
    >>> {source: round(correlation, 2) for source, correlation in shared.items()}
    {'paid': 0.97}
    """
    shared = {}
    for source in sources:
        key = source.source.key
        if key == reactions.source and set(SHARED) <= set(source.metrics):
            laws = [power_law(source.sample(name)) for name in SHARED]
            known = all(law.spread > EXACT for law in laws[:2])
            if len({law.n for law in laws}) == 1 and known:
                shared[key] = shared_residuals(*laws)
    return shared


def draw_mixture(
    laws: Mapping[str, Iterable[PowerLaw]],
    reactions: PowerLaw,
    currency: str,
    price: float,
    n: int = 4_000,
    seed: int = 20,
    shared: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Draw worlds from several price sources, one vote for each data owner.

    Parameters
    ----------
    laws : mapping of str to iterable of PowerLaw
        Price laws by data owner; an owner's laws share its vote.
    reactions : PowerLaw
        The same for all.
    currency, price : str and float
        What a post at REFERENCE followers costs, for laws in other currencies, see
        `PowerLaw.anchored`.
    n, seed : int
        Draws in all, nearly.
    shared : mapping of str to float, optional
        From `shared_by_source`, by source of the law.

    Returns
    -------
    pandas.DataFrame
        WORLDS and ``owner``.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").power_law()
    >>> prices = an.cost.load_prices()["agency-armenia-reel"].sample("cost_per_post").power_law()
    >>> worlds = an.cost.draw_mixture({"an agency": [prices]}, kim, "EUR", price=100.0, n=500)
    >>> round(float(worlds["gamma"].median()), 2), worlds["price"].unique().tolist()
    (0.43, [100.0])
    """
    parts, shared = [], shared or {}
    for number, (owner, owned) in enumerate(laws.items()):
        owned = list(owned)
        each = n // len(laws) // len(owned)
        for at, law in enumerate(owned):
            correlation, start = shared.get(law.source, 0.0), seed + 100 * number + at
            drawn = draw_worlds(law, reactions, each, start, correlation).assign(owner=owner)
            if law.currency != currency:  # a level that is stated has no error
                drawn["price"] = price
            parts.append(drawn)
    return pd.concat(parts, ignore_index=True)
