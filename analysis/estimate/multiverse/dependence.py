"""How far specifications from cells move together, from the sums that tiers share.

The same average of the same metric and posts under different tier schemes rests partly on the same
bands. Sums of squares and products in these bands give the covariance, and normal draws with that
covariance take the place of resampled accounts.
"""

import numpy as np

from analysis.estimate.averages import RATIOS, log_averages
from analysis.moments.group import Group
from analysis.registers.records import Tier

NORMAL_DRAWS = 20_000
"""Behind the joint intervals of cells, where a draw costs next to nothing."""

LOGS = ("log_rate", "positive", "log_rate2", "positive", "log_rate")
CROSSED = RATIOS | {"typical account": LOGS}
"""Columns of cells: a sum, what divides it, their squares and their product."""


class NormalDraws:
    """Normal draws, a row per specification of the largest family, of which every family takes as
    many as it has.
    """

    def __init__(self, specifications: int, seed: int):
        shape = (NORMAL_DRAWS, specifications)
        draws = np.random.default_rng(seed).standard_normal(shape)
        self.draws = np.ascontiguousarray((draws - draws.mean(axis=0)).T)
        self.covariance = self.draws @ self.draws.T / NORMAL_DRAWS

    def largest(self, weights: np.ndarray) -> np.ndarray:
        """Largest |z| of each draw among weighted sums of the draws, a row of weights for each."""
        taken = weights.shape[1]
        covariance = self.covariance[:taken, :taken]
        deviation = np.sqrt(np.einsum("ij,jk,ik->i", weights, covariance, weights))
        z = (weights / deviation[:, None]) @ self.draws[:taken]
        return np.abs(z, out=z).max(axis=0)


def mixing_weights(
    pairs: list[tuple[Tier | None, Tier | None]], group: Group, average: str
) -> np.ndarray:
    """Weights that give independent normal draws the covariance of log ratios of tiers from cells.

    `pairs` are the tiers that each specification compares, None for none; those that compare the
    same ranges of followers share one row of weights.
    """
    ranges = {}
    for tier in (tier for pair in pairs for tier in pair if tier):
        ranges.setdefault((tier.lower, tier.upper), (len(ranges), tier))
    covariance = cell_covariance(group, average, [tier for _, tier in ranges.values()])
    signs = np.zeros((len(pairs), len(ranges)))
    for row, pair in enumerate(pairs):
        for tier, sign in zip(pair, (1, -1), strict=True):
            if tier:
                signs[row, ranges[tier.lower, tier.upper][0]] += sign
    value, vector = np.linalg.eigh(signs @ covariance @ signs.T)
    different = np.unique(signs, axis=0, return_index=True)[1]
    return (vector * np.sqrt(np.maximum(value, 0)))[different]


def cell_covariance(group: Group, average: str, tiers: list[Tier]) -> np.ndarray:
    """Covariance of the log averages of tiers that may share bands.

    The correlations are those of the plain delta method, from the sums of squares and products in
    the cells that two tiers share. The variances are those of the intervals, which `log_averages`
    corrects for few and unequal accounts: a correction stretches the spread of one average and
    leaves alone which accounts two averages have in common.
    """
    # what is not published is in none of these tiers, or they would have no variance
    columns = (np.nan_to_num(group.values[name]) for name in CROSSED[average])
    above, below, above2, below2, product = columns
    inside = np.zeros((len(tiers), len(group.lower)))
    for row, tier in enumerate(tiers):
        inside[row, group.rows(tier)] = 1
    ratio = (inside @ above) / (inside @ below)
    squares, products, divisors = (
        (inside * column) @ inside.T for column in (above2, product, below2)
    )
    crossed = np.add.outer(ratio, ratio) * products
    both = squares - crossed + np.multiply.outer(ratio, ratio) * divisors
    logs = log_averages(group.sums(tiers), average)
    scale = np.sqrt([log.variance for log in logs]) / np.sqrt(np.diag(both))
    return both * np.multiply.outer(scale, scale)
