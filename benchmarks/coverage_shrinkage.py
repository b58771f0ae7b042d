"""How often the intervals of shrunken niches hold the truth.

    python -m benchmarks.coverage_shrinkage

writes coverage_shrinkage.csv beside this file. In a set, the true log ratios of k niches have
standard deviation tau around a common mean; errors are spread evenly on a logarithmic scale from
0.03 to 0.15, about those of the niches of Kim et al. True ratios are normal, as the method assumes,
or lie in two groups; in a third kind of world the errors of the niches are themselves estimated,
from as few accounts as make them that large. Beside the intervals that the package gives stand
those of plain empirical Bayes, which take mean and tau as known: the negative control."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.estimate.synthesis.random_effects import between_studies, weighted
from analysis.estimate.synthesis.shrinkage import draw_together

LEVELS, TAUS = (8, 10, 20), (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
ERRORS = (0.03, 0.15)
SD = 0.8
"""Standard deviation of log rates of accounts, from which estimated errors follow."""

KINDS = ("normal", "two groups", "errors estimated")
SEED, SETS, CONFIDENCE = 1983, 1000, 0.95


def plain(y: np.ndarray, v: np.ndarray, tau2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and standard errors of empirical Bayes that take mean and tau2 as known."""
    mu = weighted(y, v, tau2)[1][..., None]
    drawn = v / (v + tau2[..., None])
    return y - drawn * (y - mu), np.sqrt(v * (1 - drawn))


def draw_sets(
    rng: np.random.Generator, kind: str, k: int, tau: float, sets: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True log ratios, observed ones and the variances that the method is given, (sets, k)."""
    se = np.exp(rng.uniform(*np.log(ERRORS), (sets, k)))
    normal, signs = rng.normal(0, tau, (sets, k)), rng.choice((-1, 1), (sets, k))
    truth = tau * signs if kind == "two groups" else normal
    y = truth + se * rng.standard_normal((sets, k))
    if kind != "errors estimated":
        return truth, y, se**2
    df = np.maximum(2 * (SD / se) ** 2 - 2, 2)  # half of the variance in each of two tiers
    return truth, y, se**2 * rng.chisquare(df) / df


SCENARIOS = tuple(product(KINDS, LEVELS, TAUS))


def coverage(
    sets: int = SETS, seed: int = SEED, only: tuple[tuple[str, int, float], ...] = SCENARIOS
) -> pd.DataFrame:
    """Share of intervals that hold the truth, a row per kind, number of niches and tau; a row has
    the same numbers whichever others are asked for.
    """
    streams = np.random.default_rng(seed).spawn(len(SCENARIOS))
    pairs = zip(SCENARIOS, streams, strict=True)
    return pd.DataFrame([_row(rng, *scenario, sets) for scenario, rng in pairs if scenario in only])


def _row(rng: np.random.Generator, kind: str, k: int, tau: float, sets: int) -> dict:
    truth, y, v = draw_sets(rng, kind, k, tau, sets)
    tau2, z = between_studies(y, v), ndtri((1 + CONFIDENCE) / 2)
    drawn = draw_together(y, v, tau2)
    raw, control = np.sqrt(v), plain(y, v, tau2)
    held = np.abs(drawn.values - truth) <= z * drawn.se
    errors = {name: np.mean((values - truth) ** 2) for name, values in
              (("raw", y), ("shrunken", drawn.values))}  # fmt: skip
    return {
        "true ratios": kind, "niches": k, "tau": tau, "sets": sets,
        "coverage": held.mean(),
        "most precise niche": _of_rank(held, v, 0), "least precise niche": _of_rank(held, v, -1),
        "without the correction": np.mean(np.abs(control[0] - truth) <= z * control[1]),
        "raw figures": np.mean(np.abs(y - truth) <= z * raw),
        "width over raw": drawn.se.mean() / raw.mean(),
        "squared error over raw": errors["shrunken"] / errors["raw"],
        "seed": SEED,
    }  # fmt: skip


def _of_rank(held: np.ndarray, v: np.ndarray, rank: int) -> float:
    """Coverage of the niche whose error has that rank in its set."""
    order = np.argsort(v, axis=-1)[:, [rank]]
    return float(np.take_along_axis(held, order, -1).mean())


if __name__ == "__main__":
    table = Path(__file__).with_suffix(".csv")
    coverage().to_csv(table, index=False, float_format="%.4g", lineterminator="\n")
