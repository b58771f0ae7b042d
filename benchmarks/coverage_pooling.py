"""How often intervals hold the truth when few studies are pooled.

    python -m benchmarks.coverage_pooling

prints the table in data/published/README.md. A meta-analysis has k studies whose true effects are
normal around zero with standard deviation tau; standard errors are spread evenly from 0.05 to 0.40.
tau2 is estimated by Paule-Mandel, which takes all meta-analyses at once; the confidence
distribution uses no estimate of it."""

from functools import cache
from itertools import product

import numpy as np

from analysis.estimate.synthesis.random_effects import (
    INTERVALS,
    PREDICTIONS,
    between_studies,
    mean_interval,
    prediction_interval,
    predictive_draws,
)

SCENARIOS = tuple(product((4, 6, 10), (0.15, 0.40)))
"""Studies, and the standard deviation of their true effects."""

DRAWS = 1000
AT_ONCE = 25


@cache
def coverage(seed: int, analyses: int = 2000) -> dict[tuple[int, float], dict[str, float]]:
    """Share of 95 percent intervals that hold the mean, or a new study's true effect, by scenario
    and interval.
    """
    found = {}
    for scenario, rng in zip(
        SCENARIOS, np.random.default_rng(seed).spawn(len(SCENARIOS)), strict=True
    ):
        parts = [_held(*scenario, rng, AT_ONCE) for _ in range(analyses // AT_ONCE)]
        found[scenario] = {
            name: float(np.mean([part[name] for part in parts])) for name in parts[0]
        }
    return found


def _held(k: int, tau: float, rng: np.random.Generator, analyses: int) -> dict[str, np.ndarray]:
    v = rng.uniform(0.05, 0.40, (analyses, k)) ** 2
    y = rng.normal(0, np.sqrt(tau**2 + v))
    new = rng.normal(0, tau, analyses)
    tau2 = between_studies(y, v, "PM")
    held = {}
    for name in INTERVALS:
        _, _, low, high = mean_interval(y, v, tau2, name)
        held[f"mean: {name}"] = (low <= 0) & (high >= 0)
    for name in PREDICTIONS[1:]:
        low, high = prediction_interval(y, v, tau2, name)
        held[f"new study: {name}"] = (low <= new) & (new <= high)
    low, high = np.quantile(predictive_draws(y, v, rng, DRAWS), [0.025, 0.975], axis=-1)
    held[f"new study: {PREDICTIONS[0]}"] = (low <= new) & (new <= high)
    return held


def coverage_table(seed: int, analyses: int = 2000) -> str:
    """Return the shares as a Markdown table."""
    found = coverage(seed, analyses)
    names = list(found[SCENARIOS[0]])
    lines = [f"| k, tau | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    lines += [
        f"| {k}, {tau:.2f} | {' | '.join(f'{shares[name]:.3f}' for name in names)} |"
        for (k, tau), shares in found.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(coverage_table(seed=20))
