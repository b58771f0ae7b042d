"""How near the median from cells is to that of the accounts, beside the error that it states.

    python -m benchmarks.medians_from_cells

writes medians_from_cells.csv beside this file: worlds by their stated error, how often the median
of the accounts lies within it, how far it is on average, and how often the interval from cells
holds the true median. Log rates are normal, gamma or skewed to the left; accounts are spread evenly
over bands, each with a histogram of its own, as cells have them.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.medians import median_of_cells
from analysis.moments.cells import _histogram

SEED, WORLDS = 2017, 40
SHAPES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal, 0.5": lambda rng, n: rng.normal(0, 0.5, n),
    "normal, 1": lambda rng, n: rng.normal(0, 1, n),
    "normal, 2": lambda rng, n: rng.normal(0, 2, n),
    "gamma": lambda rng, n: np.log(rng.gamma(0.7, 1, n)),
    "left-skewed": lambda rng, n: -rng.exponential(1, n),
}
SIZES = ((12, 1), (12, 2), (30, 2), (80, 3), (80, 12), (400, 5), (400, 20), (2000, 20))
EDGES = (0, 2, 5, 10, 20, 40, np.inf)


def world(logs: np.ndarray, bands: int, truth: float) -> tuple[float, ...]:
    """Give the stated error and the actual one [percent], and whether the interval holds."""
    rows = {"account_id": np.arange(len(logs)), "log_rate": logs, "positive": 1}
    place = pd.Series(np.arange(len(logs)) % bands)
    found = median_of_cells(_histogram(pd.DataFrame(rows), place, np.arange(bands + 1.0)))
    stated = dict(found.method.facts)["error"]
    actual = 100 * np.expm1(abs(found.log - np.median(logs)))
    reach = stdtrit(found.df, 0.975) * np.sqrt(found.variance)
    return stated, actual, abs(found.log - truth) <= reach


def main() -> None:
    """Measure all worlds and write the table."""
    rng, made = np.random.default_rng(SEED), []
    for draw in SHAPES.values():
        truth = np.median(draw(rng, 2_000_000))
        for accounts, bands in SIZES:
            made += [world(draw(rng, accounts), bands, truth) for _ in range(WORLDS)]
    frame = pd.DataFrame(made, columns=["stated", "actual", "covered"])
    frame["within"] = frame["actual"] <= frame["stated"] + 0.05  # it is stated to a tenth
    parts = frame.groupby(pd.cut(frame["stated"], EDGES), observed=True)
    table = parts[["within", "actual", "covered"]].mean().round(3)
    table.insert(0, "worlds", parts.size())
    table.rename_axis("stated error, percent").to_csv(
        Path(__file__).with_suffix(".csv"), lineterminator="\n"
    )


if __name__ == "__main__":
    main()
