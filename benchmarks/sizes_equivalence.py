"""How often tests of equivalence say yes when they should not.

    python -m benchmarks.sizes_equivalence

writes sizes_equivalence.csv beside this file. Accounts are log-normal around the average of their
tier. At the edge of the margin, where tiers are just not alike, a test of level 5 percent should
say "equivalent" in 5 percent of worlds or fewer; inside it, as often as possible. Small samples say
it less often than 5 percent at the edge: both one-sided tests have to reject."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.ratio.equivalence import p_values
from analysis.estimate.ratio.tiers_alike import p_values_of_all
from analysis.estimate.tier_averages import difference

LEVEL = 0.05
MARGIN = 1.15
SEED = 1987
EDGE = float(np.log(MARGIN))
SD = (0.8, 0.8)

SCENARIOS = {
    "two tiers, at the edge, 2,000 accounts each": ((EDGE, 0.0), (2000, 2000), SD),
    "two tiers, at the edge, 600 accounts each": ((EDGE, 0.0), (600, 600), SD),
    "two tiers, at the edge, 2,400 and 600 accounts, spreads 0.5 and 1.0": (
        (EDGE, 0.0),
        (2400, 600),
        (0.5, 1.0),
    ),
    "two tiers, at the other edge, 2,000 accounts each": ((-EDGE, 0.0), (2000, 2000), SD),
    "two tiers, at the edge, 60 accounts each": ((EDGE, 0.0), (60, 60), SD),
    "two tiers, the same, 2,000 accounts each": ((0.0, 0.0), (2000, 2000), SD),
    "two tiers, the same, 562 accounts each": ((0.0, 0.0), (562, 562), SD),
    "three tiers, one between two at the edge, 2,000 accounts each": (
        (EDGE, EDGE / 2, 0.0),
        (2000,) * 3,
        (0.8,) * 3,
    ),
    "three tiers, two at the edge, one with the first, 2,000 accounts each": (
        (EDGE, EDGE, 0.0),
        (2000,) * 3,
        (0.8,) * 3,
    ),
    "three tiers, the same, 2,000 accounts each": ((0.0,) * 3, (2000,) * 3, (0.8,) * 3),
}
"""Mean log rate, accounts and standard deviation of the log rate, by tier."""


def sizes(worlds: int, seed: int = SEED, scenarios: dict = SCENARIOS) -> pd.DataFrame:
    """Share of worlds in which each test says "equivalent", by scenario."""
    rows = []
    for name, rng in zip(scenarios, np.random.default_rng(seed).spawn(len(scenarios)), strict=True):
        answers = [_world(rng, *map(np.array, scenarios[name])) for _ in range(worlds)]
        shares = pd.DataFrame(answers).mean().to_dict()
        rows.append({"scenario": name, "worlds": worlds} | shares)
    return pd.DataFrame(rows)


def _world(
    rng: np.random.Generator, means: np.ndarray, accounts: np.ndarray, sds: np.ndarray
) -> dict[str, bool]:
    """Means and variances of normal logs are drawn as such: independent, normal and chi-squared."""
    logs = rng.normal(means, sds / np.sqrt(accounts))
    variances = sds**2 * rng.chisquare(accounts - 1) / (accounts - 1) / accounts
    tiers = [LogEstimate(*tier, None) for tier in zip(logs, variances, accounts - 1.0, strict=True)]
    _, pairs, _ = p_values_of_all(dict(zip("ABC", tiers, strict=False)), MARGIN)
    answers = {"every pair": pairs < LEVEL}
    if len(tiers) == 2:
        answers["two one-sided tests"] = max(p_values(difference(*tiers), MARGIN)[:2]) < LEVEL
    return answers


if __name__ == "__main__":
    table = sizes(worlds=10_000)
    table.round(4).to_csv(Path(__file__).with_suffix(".csv"), index=False)
    print(table.to_string())
