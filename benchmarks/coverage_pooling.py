"""How often intervals hold the truth when few studies are pooled.

    python -m benchmarks.coverage_pooling

prints the table in data/published/README.md. A meta-analysis has k studies whose true effects are
normal around zero with standard deviation tau; standard errors are spread evenly from 0.05 to 0.40.
tau2 is estimated by Paule-Mandel, which takes all meta-analyses at once; the confidence
distribution uses no estimate of it. Beside the intervals that the package gives stand those that it
was chosen over, which are defined here."""

from itertools import product

import numpy as np
from scipy.special import ndtri, stdtrit

from analysis.estimate.synthesis.random_effects import (
    between_studies,
    mean_interval,
    predictive_draws,
    weighted,
)

INTERVALS = ("HK", "HK, q at least 1", "Wald")
"""Intervals of the mean: Hartung-Knapp, which the package gives; the same with a standard error
never below Wald's (Knapp and Hartung 2003); and the normal one (DerSimonian and Laird 1986).
"""

PREDICTIONS = ("t(k-2)", "t(k-1) with HK", "z")
"""Intervals of a new study's effect as if tau2 were known: ``z`` and ``t(k-2)`` (Higgins, Thompson
and Spiegelhalter 2009) with Wald's standard error, ``t(k-1) with HK`` (Partlett and Riley 2017;
what metafor prints after ``test="knha"``) with that of Hartung and Knapp.
"""

SCENARIOS = tuple(product((4, 6, 10), (0.15, 0.40)))
"""Studies, and the standard deviation of their true effects."""

SEED, ANALYSES = 20, 2000
DRAWS = 1000
AT_ONCE = 25


def other_interval(y, v, tau2, interval: str, confidence: float = 0.95) -> tuple[np.ndarray, ...]:
    """Mean, standard error and interval over the last axis, by one of INTERVALS."""
    if interval == "HK":
        return mean_interval(y, v, tau2, confidence)
    total, mu, q = weighted(y, v, tau2)
    df, upper = y.shape[-1] - 1, (1 + confidence) / 2
    factor = np.ones_like(q) if interval == "Wald" else np.maximum(1.0, q / df)
    se = np.sqrt(factor / total)
    reach = (ndtri(upper) if interval == "Wald" else stdtrit(df, upper)) * se
    return mu, se, mu - reach, mu + reach


def prediction_interval(y, v, tau2, prediction: str, confidence: float = 0.95):
    """Mean ± quantile * sqrt(tau2 + se^2) over the last axis, by one of PREDICTIONS."""
    k, upper = y.shape[-1], (1 + confidence) / 2
    by_t = {"t(k-2)": max(k - 2, 1), "t(k-1) with HK": k - 1}
    quantile = ndtri(upper) if prediction == "z" else stdtrit(by_t[prediction], upper)
    mu, se, *_ = other_interval(y, v, tau2, "HK" if "HK" in prediction else "Wald")
    reach = quantile * np.sqrt(tau2 + se**2)
    return mu - reach, mu + reach


def coverage(
    seed: int, analyses: int = ANALYSES, scenarios=SCENARIOS
) -> dict[tuple[int, float], dict[str, float]]:
    """Share of 95 percent intervals that hold the mean, or a new study's true effect, by scenario
    and interval. A scenario has the same numbers whichever others are asked for.
    """
    shares = {}
    streams = np.random.default_rng(seed).spawn(len(SCENARIOS))
    for scenario, rng in zip(SCENARIOS, streams, strict=True):
        if scenario in scenarios:
            parts = [_held(*scenario, rng, AT_ONCE) for _ in range(analyses // AT_ONCE)]
            shares[scenario] = {
                name: float(np.mean([part[name] for part in parts])) for name in parts[0]
            }
    return shares


def _held(k: int, tau: float, rng: np.random.Generator, analyses: int) -> dict[str, np.ndarray]:
    v = rng.uniform(0.05, 0.40, (analyses, k)) ** 2
    y = rng.normal(0, np.sqrt(tau**2 + v))
    new = rng.normal(0, tau, analyses)
    tau2 = between_studies(y, v, "PM")
    held = {}
    for name in INTERVALS:
        _, _, low, high = other_interval(y, v, tau2, name)
        held[f"mean: {name}"] = (low <= 0) & (high >= 0)
    for name in PREDICTIONS:
        low, high = prediction_interval(y, v, tau2, name)
        held[f"new study: {name}"] = (low <= new) & (new <= high)
    low, high = np.quantile(predictive_draws(y, v, rng, DRAWS), [0.025, 0.975], axis=-1)
    held["new study: confidence distribution"] = (low <= new) & (new <= high)
    return held


def coverage_table(shares: dict[tuple[int, float], dict[str, float]]) -> str:
    """Return the shares as a Markdown table."""
    names = list(next(iter(shares.values())))
    lines = [f"| k, tau | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for (k, tau), row in shares.items():
        cells = " | ".join(f"{row[name]:.3f}" for name in names)
        lines.append(f"| {k}, {tau:.2f} | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(coverage_table(coverage(SEED)))
