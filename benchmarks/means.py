"""How often intervals of a ratio of means hold the truth where the logs of rates are skewed.

    python -m benchmarks.means [WORLDS]

writes benchmarks/means.csv, in a minute of computing. Both tiers of a world have the same rates, so
that the ratio is 1. The variance of a mean of few accounts is raised by that of log-normal rates;
three ways of taking the spread of their logs are compared: of all logs, of the upper half, and of
the upper half where the lower one is spread wider by two standard errors, which is what
`analysis.estimate.moderation` does. Widths are medians, of logarithms."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.estimate.averages import log_averages
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.moderation import ABOVE, spread_above
from analysis.estimate.tier_averages import difference, log_interval

TABLE = Path(__file__).with_suffix(".csv")
SEED = 10

RATES: dict[str, Callable] = {
    "log-normal, sd 1.3": lambda rng, shape: np.exp(1.3 * rng.standard_normal(shape)),
    "log-normal, sd 0.7": lambda rng, shape: np.exp(0.7 * rng.standard_normal(shape)),
    "gamma, shape 1": lambda rng, shape: rng.gamma(1.0, size=shape),
    "three in ten nearly silent": lambda rng, shape: np.exp(
        0.5 * rng.standard_normal(shape) - 3.0 * (rng.random(shape) < 0.3)
    ),
    "log-t, 3 df": lambda rng, shape: np.exp(0.6 * rng.standard_t(3, size=shape).clip(-12, 12)),
}
"""Rates of accounts."""

ACCOUNTS = ((150, 60), (400, 12))

WAYS: dict[str, Callable[[np.ndarray], float]] = {
    "all logs": lambda logs: np.nan,
    "upper half": lambda logs: float(
        2 * (np.maximum(logs - np.median(logs), 0.0) ** 2).sum() / len(logs)
    ),
    "upper half where the lower is wider": spread_above,
}
"""The spread of logs that stands for high rates; nan takes that of all logs."""


def averaged(rates: np.ndarray, way: Callable[[np.ndarray], float]) -> LogEstimate:
    """Log means of many tiers, a row each, as arrays."""
    worlds, accounts = rates.shape
    logs, ones = np.log(rates), np.full(worlds, float(accounts))
    sums = {
        "accounts": ones, "positive": ones, "log_rate": logs.sum(axis=1),
        "log_rate2": (logs**2).sum(axis=1), "account_rate": rates.sum(axis=1),
        "account_rate2": (rates**2).sum(axis=1), ABOVE: np.array([way(row) for row in logs]),
    }  # fmt: skip
    made = [average[:3] for average in log_averages(sums, "mean of accounts")]
    return LogEstimate(*np.array(made).T, None)


def main(worlds: int) -> None:
    """Fill the table."""
    lines = []
    for name, rates in RATES.items():
        for accounts in ACCOUNTS:
            rng = np.random.default_rng([SEED, *accounts, *map(ord, name)])
            drawn = [rates(rng, (worlds, count)) for count in accounts]
            for way, spread in WAYS.items():
                ratio = difference(*(averaged(tier, spread) for tier in drawn))
                low, high = log_interval(ratio.log, ratio.variance, ratio.df, 0.95)
                given = np.isfinite(low)
                held = ((low <= 1) & (high >= 1))[given]
                width = float(np.median(np.log(high[given] / low[given])))
                size = f"{accounts[0]} v {accounts[1]}"
                lines.append((name, size, way, worlds, held.mean(), width))
    columns = ["rates", "accounts", "spread of", "worlds", "coverage", "width"]
    table = pd.DataFrame(lines, columns=columns)
    table.round(4).to_csv(TABLE, index=False, lineterminator="\n")
    print(table.to_string())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
