"""Worlds of tiers: log rates are normal in each tier, with the accounts, followers, spreads and
zeros of a source.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.estimate.averages import NEEDED
from analysis.estimate.cost.price_laws import typical_followers
from analysis.estimate.cost.worst_case import worst_case
from analysis.estimate.decision import by_bound
from analysis.estimate.registry import estimated
from analysis.estimate.severity_followers import spread_followers
from analysis.moments.rows import rates_of
from analysis.moments.sample import Sample
from analysis.registers.claims import EVERY_OTHER, Test
from analysis.registers.metrics import PER_POST

ARITHMETIC = ("mean of accounts", "mean of posts", "ratio of sums")
"""Averages that lie above the typical account by half the variance of the logs."""

WORST, DRAWS, RESAMPLES, GROUPS = 0.05, 400, 40, 400
"""Of the worst case: the share of cases that is the worst by default, inner draws that are fewer
than by default, and into how many groups of equal size accounts are put by their rates.
"""

Ends = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Low and high ends and status of the intervals of many worlds."""


@dataclass(frozen=True)
class TierWorld:
    """Log rates of one tier.

    Attributes
    ----------
    x : numpy.ndarray
        Log followers of the accounts with a rate above zero.
    zeros : int
        Accounts with a rate of zero.
    posts : float
        Posts of an account.
    mean, sd : float
        Of the log rate.
    slope : float
        Of the log rate on `x`; `mean` is that at the mean of `x`, and `sd` is about the line.
    """

    x: np.ndarray
    zeros: int
    posts: float
    mean: float
    sd: float
    slope: float = 0.0

    @property
    def n(self) -> int:
        """Accounts with a rate above zero."""
        return len(self.x)

    @property
    def accounts(self) -> int:
        """All accounts."""
        return self.n + self.zeros

    @property
    def whole_sd(self) -> float:
        """Standard deviation of the log rate, with what goes along followers."""
        # without a slope nothing is asked of followers, which a list of prices may not have
        along = self.slope * self.x.std() if self.n and self.slope else 0.0
        return float(np.hypot(self.sd, along))

    def above(self, average: str) -> float:
        """How far the log of an average lies above `mean`."""
        if average not in ARITHMETIC:
            return 0.0
        return self.sd**2 / 2 + np.log(self.n / self.accounts)

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        """Draw the log rate of every account above zero."""
        along = self.slope * (self.x - self.x.mean()) if self.slope else 0.0
        return self.mean + along + self.sd * rng.standard_normal(self.n)


def tier_world(sample: Sample, tier: str) -> TierWorld:
    """Take sizes and spreads of one tier of a sample."""
    names = ("accounts", "positive", "posts", "log_rate", "log_rate2", "log_followers")
    edges = sample.rows.loc[sample.rows["tier"] == tier, ["lower", "upper"]].to_numpy(float)
    rows = sample.within([tier], names)[tier]
    accounts, n, posts, total, squares = (float(rows[name].sum()) for name in names[:5])
    x = spread_followers(rows["positive"], rows["log_followers"], *edges.T)
    mean = total / n if n else np.nan
    variance = max(squares - n * mean**2, 0.0) / (n - 1) if n > 1 else np.nan
    return TierWorld(x, int(accounts - n), posts / max(accounts, 1), mean, float(np.sqrt(variance)))


def without_difference(sample: Sample, tiers: dict[str, TierWorld]) -> dict[str, TierWorld]:
    """Give all tiers one distribution of rates; totals then grow in proportion to followers."""
    slope = 1.0 if sample.metric.denominator == PER_POST else 0.0
    parts = _products(sample, tiers, bool(slope))
    n = sum(part[0] for part in parts.values())
    means = {tier: (part[1] - slope * part[2]) / part[0] for tier, part in parts.items()}
    within = {
        tier: y2 - 2 * slope * xy + slope**2 * x2 - count * means[tier] ** 2
        for tier, (count, _, _, y2, xy, x2) in parts.items()
    }
    sd = np.sqrt(max(sum(within.values()), 0.0) / max(n - len(parts), 1))
    mean = sum(means[tier] * parts[tier][0] for tier in parts) / n
    zeros = sum(tiers[tier].zeros for tier in parts) / n
    return {
        tier: replace(
            one,
            # small accounts have more posts without any reaction where rates are alike, too
            zeros=one.zeros if slope else round(zeros * one.n),
            mean=float(mean + (slope * one.x.mean() if slope and one.n else 0.0)),
            sd=float(sd),
            slope=slope,
        )
        for tier, one in tiers.items()
    }


def _products(sample: Sample, tiers: dict[str, TierWorld], along: bool) -> dict[str, np.ndarray]:
    """Sums over each tier that has accounts: of them, of logs, their squares and products; those
    with followers, which a list of prices may not have, are left out where nothing goes along them.
    """
    names = ["positive", "log_rate", "log_followers", "log_rate2"]
    names += ["log_followers_log_rate", "log_followers2"]
    rates = [name for name in names if along or "followers" not in name]
    held = sample.within([tier for tier, one in tiers.items() if one.n], rates)
    sums = pd.DataFrame({tier: pd.DataFrame(rows).sum() for tier, rows in held.items()})
    return dict(zip(sums, sums.reindex(names, fill_value=0.0).to_numpy().T, strict=True))


def moved(test: Test, sample: Sample, tiers: dict[str, TierWorld], value: float):
    """Move one tier so that what the test asks for has a value."""
    of, one = test.of, tiers[test.of]
    if test.estimator == "superiority":
        other = tiers[test.versus]
        apart = ndtri(value) * np.hypot(one.sd, other.sd)
        # ranks with zeros on both sides could not reach every probability
        return {
            of: replace(one, mean=other.mean + apart, zeros=0),
            test.versus: replace(other, zeros=0),
        }
    if test.estimator == "worst case":
        return {**tiers, of: replace(one, sd=_spread_for(test, sample, tiers, value))}
    if not test.versus:
        level = np.log(value / sample.metric.scale)
    elif test.versus == EVERY_OTHER:
        others = [two.mean + two.above(test.average) for tier, two in tiers.items() if tier != of]
        level = np.nanmax(others) + np.log(value)
    else:
        other = tiers[test.versus]
        level = other.mean + other.above(test.average) + np.log(value)
    return {**tiers, of: replace(one, mean=level - one.above(test.average))}


def _spread_for(test: Test, sample: Sample, tiers: dict[str, TierWorld], value: float) -> float:
    """Standard deviation of the log rate of an account that gives the worst case a value."""
    from scipy.optimize import brentq  # slow to import, so only here

    apart = typical_followers(sample, test.of) / typical_followers(sample, test.versus)
    few = max(int(test.at), 1)
    k = max(round(few * apart), 1)
    normal = np.random.default_rng(0).standard_normal((20_000, k))
    wanted = np.log(value) + _fall(tiers[test.versus].sd, normal)
    if few == 1:
        return float(wanted / ndtri(WORST))
    normal = np.random.default_rng(1).standard_normal((20_000, few))
    return float(brentq(lambda sd: _fall(sd, normal) - wanted, 1e-3, 10.0))


def _fall(sd: float, normal: np.ndarray) -> float:
    """Log of what is left in the worst cases, of the mean rate of the accounts in a row."""
    low, median = np.quantile(np.exp(sd * normal).mean(axis=1), [WORST, 0.5])
    return float(np.log(low / median))


def estimator_ends(
    test: Test, sample: Sample, tiers: dict[str, TierWorld], worlds: int, rng, confidence
) -> Ends:
    """Intervals of a test in many worlds of single accounts, one after the other."""
    ends = []
    for _ in range(worlds):
        world = sample_of(test, sample, tiers, rng)
        if test.estimator == "worst case":
            inner = {"draws": DRAWS, "resamples": RESAMPLES}
            estimate = worst_case(world, test.of, test.versus, confidence, **inner, at=test.at)
        else:
            estimate = estimated(test, world, confidence)
        # zeros that can only favour an outcome decide as they do for a verdict
        status = "ok" if by_bound(test, estimate) else estimate.status
        ends.append((estimate.low, estimate.high, status))
    low, high, status = zip(*ends, strict=True)
    return np.array(low), np.array(high), np.array(status)


def sample_of(test: Test, sample: Sample, tiers: dict[str, TierWorld], rng) -> Sample:
    """Draw accounts of one world as a sample of single accounts."""
    held = {tier: world for tier, world in tiers.items() if world.n}
    drawn = [_accounts(test, sample, tier, world, rng) for tier, world in held.items()]
    rows = pd.concat([pd.DataFrame(part) for part in drawn], ignore_index=True)
    return replace(sample, resolution="accounts", rows=rows, histogram=None)


def _accounts(test: Test, sample: Sample, tier: str, world: TierWorld, rng) -> dict:
    """Draw the columns of one tier that a test needs."""
    rates = np.concatenate([np.exp(world.drawn(rng)), np.zeros(world.zeros)])
    x = np.concatenate([world.x, rng.choice(world.x, world.zeros)])
    posts = np.full(len(rates), world.posts)
    below = posts * (np.exp(x) if sample.metric.denominator == "followers" else 1.0)
    values = rates_of(posts, rates * below, below, rates * posts)
    values["log_followers"] = np.where(rates > 0, x, 0.0)
    values["lower"] = values["upper"] = np.exp(x)
    wanted = ("accounts", "posts", "account_rate", "log_followers", "lower", "upper")
    kept = {name: values[name] for name in (*wanted, *NEEDED[test.average])}
    if test.estimator == "worst case":
        kept = _grouped(kept)
    return kept | {"tier": np.full(len(kept["posts"]), tier, object)}


def _grouped(accounts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Sum accounts of about the same rate; their rate and followers become those of a typical one,
    which is far faster to draw from.
    """
    order = np.argsort(accounts["account_rate"], kind="stable")
    n = len(order)
    starts = np.unique(np.arange(GROUPS) * n // GROUPS)
    size = np.diff(np.r_[starts, n])
    sums = {name: np.add.reduceat(column[order], starts) for name, column in accounts.items()}
    of_one = ("account_rate", "lower", "upper")
    return sums | {name: sums[name] / size for name in of_one}
