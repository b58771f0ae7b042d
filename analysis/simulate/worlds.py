"""Worlds with known truth. Everything made here is simulated and is labelled so."""

import re

import numpy as np
import pandas as pd

from analysis.moments.own import own_source
from analysis.moments.posts import from_posts
from analysis.moments.sample import Moments


def posts(
    seed: int,
    ratio: float = 1.6,
    accounts: tuple[int, int] = (150, 60),
    posts_per_account: int = 12,
    rate: float = 0.03,
    account_sd: float = 0.8,
    post_sd: float = 0.5,
    platform: str = "instagram",
) -> pd.DataFrame:
    """Simulate POSTS of a micro and a macro tier whose engagement rates differ by a known factor.

    Account rates are log-normal around `rate` (macro) and ``rate * ratio`` (micro), post rates
    log-normal around the account's, likes and comments Poisson. Followers are log-uniform in
    10,000-100,000 and 100,000-1,000,000.

    Parameters
    ----------
    seed : int
        Of the random generator.
    ratio : float
        True ratio micro over macro of every average.
    accounts : tuple of int
        Accounts in micro and in macro.
    posts_per_account : int
        Mean number of posts (Poisson, at least 1).
    rate : float
        Typical engagement rate of macro, as a fraction of followers.
    account_sd, post_sd : float
        Standard deviation of the logarithm of the rate, between accounts and between posts of one
        account.
    platform : str
        What to write in the column.

    Returns
    -------
    pandas.DataFrame
        POSTS with likes and comments.

    Examples
    --------
    >>> import analysis as an
    >>> an.simulate.posts(seed=1).head(2).drop(columns="platform")
          account_id  followers  likes  comments
    0  simulated-0-0    32495.0   1034        60
    1  simulated-0-0    32495.0    567        32
    """
    rng = np.random.default_rng(seed)
    frames = []
    tiers = zip(accounts, (1e4, 1e5), (ratio, 1.0), strict=True)
    for tier, (count, lower, effect) in enumerate(tiers):
        # whole followers, below the upper edge of the tier for sure
        followers = np.floor(lower * 10 ** rng.uniform(0, 1, count))
        account_rate = rate * effect * np.exp(rng.normal(0, account_sd, count))
        owner = np.repeat(np.arange(count), np.maximum(1, rng.poisson(posts_per_account, count)))
        noise = np.exp(rng.normal(0, post_sd, len(owner)))
        expected = followers[owner] * account_rate[owner] * noise
        columns = {
            "account_id": [f"simulated-{tier}-{index}" for index in owner],
            "platform": platform,
            "followers": followers[owner],
            "likes": rng.poisson(expected * 0.95),
            "comments": rng.poisson(expected * 0.05),
        }
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def campaigns(
    seed: int,
    ratio: float = 1.2,
    creators: int = 200,
    clicks: int = 1000,
    rate: float = 0.02,
    creator_sd: float = 0.5,
) -> pd.DataFrame:
    """Simulate POSTS with clicks and conversions of a micro and a macro tier whose conversion rates
    differ by a known factor.

    Parameters
    ----------
    seed : int
        Of the random generator.
    ratio : float
        True ratio micro over macro of the conversion rate.
    creators : int
        Creators in each of micro and macro, one campaign each.
    clicks : int
        Mean clicks of a creator (Poisson).
    rate : float
        Typical conversions per click of macro.
    creator_sd : float
        Standard deviation of the logarithm of the conversion rate between creators.

    Returns
    -------
    pandas.DataFrame
        POSTS with clicks and conversions.

    Examples
    --------
    >>> import analysis as an
    >>> made = an.simulate.campaigns(seed=1, ratio=2.0, creator_sd=0.0)
    >>> made["tier"] = made["followers"].ge(100_000).map({False: "micro", True: "macro"})
    >>> sums = made.groupby("tier")[["clicks", "conversions"]].sum()
    >>> (sums["conversions"] / sums["clicks"]).round(2).to_dict()
    {'macro': 0.02, 'micro': 0.04}
    """
    rng = np.random.default_rng(seed)
    n = 2 * creators
    followers = np.floor(np.repeat([1e4, 1e5], creators) * 10 ** rng.uniform(0, 1, n))
    factor = np.repeat([ratio, 1.0], creators)
    true_rate = rate * factor * np.exp(rng.normal(0, creator_sd, n))
    clicked = rng.poisson(clicks, n)
    return pd.DataFrame(
        {
            "account_id": [f"simulated-{index}" for index in range(n)],
            "platform": "instagram",
            "followers": followers,
            "clicks": clicked,
            # each click converts or not, so that conversions never exceed clicks
            "conversions": rng.binomial(clicked, np.minimum(true_rate, 1.0)),
        }
    )


def growing(
    seed: int,
    within: float = -0.1,
    between: float = -0.4,
    creators: int = 300,
    months: int = 12,
    growth_sd: float = 0.3,
    creator_sd: float = 0.3,
    noise_sd: float = 0.3,
    platform: str = "instagram",
) -> pd.DataFrame:
    """Simulate POSTS of creators who grow, one post a month, where growing and being larger do
    different things to the rate.

    A creator's log10 followers are a mean (normal around 4.5, standard deviation 0.6) plus a random
    walk around it; the log10 rate is `between` times the mean, plus `within` times the distance
    from it, an effect of the creator, one of the month, and noise.

    Parameters
    ----------
    seed : int
        Of the random generator.
    within, between : float
        True slopes of the log rate on log followers.
    creators, months : int
        How many of each.
    growth_sd : float
        Standard deviation of a creator's log10 followers around their mean, at the most distant.
    creator_sd, noise_sd : float
        Standard deviations of the effect of the creator and of the noise, in log10.
    platform : str
        What to write in the column.

    Returns
    -------
    pandas.DataFrame
        POSTS with likes and ``posted_at``.

    Examples
    --------
    >>> import analysis as an
    >>> made = an.simulate.growing(seed=1, creators=2, months=2)
    >>> made[["account_id", "posted_at"]].to_numpy().tolist()[1]
    ['simulated-0', Timestamp('2024-02-01 00:00:00')]
    """
    rng = np.random.default_rng(seed)
    shape = (creators, months)
    walk = np.cumsum(rng.normal(0, growth_sd / np.sqrt(months), shape), axis=1)
    walk -= walk.mean(axis=1, keepdims=True)
    mean = rng.normal(4.5, 0.6, (creators, 1))
    of_creator, of_month = rng.normal(0, creator_sd, (creators, 1)), rng.normal(0, 0.1, months)
    rate = between * (mean - 4.5) + within * walk + of_creator + of_month - 1
    followers = 10 ** (mean + walk)
    likes = followers * 10 ** (rate + rng.normal(0, noise_sd, shape))
    starts = pd.date_range("2024-01-01", periods=months, freq="MS")
    columns = {
        "account_id": np.repeat([f"simulated-{index}" for index in range(creators)], months),
        "platform": platform,
        "followers": followers.ravel(),
        "likes": likes.ravel(),
        "posted_at": np.tile(starts, creators),
    }
    return pd.DataFrame(columns)


def world(name: str, table: pd.DataFrame) -> Moments:
    """Make moments of a simulated table, marked as simulated wherever they are shown.

    Parameters
    ----------
    name : str
        What to call it, after SIMULATED.
    table : pandas.DataFrame
        POSTS, e.g. from `posts`.

    Returns
    -------
    Moments
        By account, of a source with the selection ``simulated``, which is no evidence.

    Examples
    --------
    >>> import analysis as an
    >>> moments = an.simulate.world("no difference", an.simulate.posts(seed=1, ratio=1.0))
    >>> moments.source.short, moments.sample("engagement").accounts
    ('SIMULATED: no difference', 210)
    """
    key, title = "-".join(re.findall("[a-z0-9]+", name.lower())), f"SIMULATED: {name}"
    platforms = tuple(table["platform"].unique())
    source = own_source(key, table.columns, platforms, title=title, selection="simulated")
    return from_posts(table, source.model_copy(update={"short": title}))
