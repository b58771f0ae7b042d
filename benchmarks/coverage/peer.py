"""The same worlds through tea-tasting, the best public tool for ratios of two groups, in an
environment of its own.

It is given the totals of accounts, as its guide asks for where units are clustered, and for
comparison single posts, which it takes without a warning."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths
from benchmarks.coverage.worlds import TIERS, World, draw

NAME = "tea-tasting"
HOME = paths.ROOT / ".cache" / "coverage" / NAME
METHODS = (("ratio of sums", "account totals"), ("mean of accounts", "account totals"))
POST_METHODS = (*METHODS, ("ratio of sums", "posts"), ("mean of posts", "posts"))


def python() -> Path:
    """Interpreter of the environment; a missing one is made first, with the newest release."""
    interpreter = HOME / "bin" / "python"
    if not (HOME / "ready").is_file():
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([interpreter, "-m", "pip", "install", "-qq", NAME, "pandas"], check=True)
        # the worlds import packages that tea-tasting does not install: those come from here
        packages = next((HOME / "lib").glob("python*/site-packages"))
        (packages / "worlds.pth").write_text(
            f"{sysconfig.get_paths()['purelib']}\n", encoding="utf-8"
        )
        (HOME / "ready").touch()
    return interpreter


def start() -> None:
    """Run the benchmark in the environment."""
    environment = {**os.environ, "PYTHONPATH": str(paths.ROOT)}
    subprocess.run(
        [python(), "-m", "benchmarks.coverage"], check=True, env=environment, cwd=paths.ROOT
    )


def at_home() -> bool:
    """Whether this process runs in the environment."""
    return Path(sys.prefix).resolve() == HOME.resolve()


def intervals(world: World, rngs: list[np.random.Generator]) -> np.ndarray:
    """Draw worlds and compare totals of accounts; low and high ends (worlds x METHODS x 2)."""
    return np.array([_ends(draw(world, rng)) for rng in rngs])


def intervals_of_posts(drawn: list[pd.DataFrame]) -> np.ndarray:
    """Compare totals of accounts, then single posts; ends (worlds x POST_METHODS x 2)."""
    return np.array([_ends_of_posts(posts) for posts in drawn])


def _ends_of_posts(posts: pd.DataFrame) -> np.ndarray:
    tier = np.where(posts["followers"] < 100_000, "micro", "macro")
    rows = posts.assign(
        numerator=posts["likes"] + posts["comments"], denominator=posts["followers"], tier=tier
    )
    totals = rows.groupby(["tier", "account_id"], as_index=False)[
        ["numerator", "denominator"]
    ].sum()
    return np.concatenate([_ends(totals), _ends(rows)])


def _ends(rows: pd.DataFrame) -> np.ndarray:
    """Intervals of the ratio of sums and of the mean of rates, micro over macro, from the same
    aggregates that tea-tasting would ask an engine for.
    """
    import tea_tasting as tt

    sums = {
        tier: _sums(*rows.loc[rows["tier"] == tier, ["numerator", "denominator"]].to_numpy(float).T)
        for tier in TIERS
    }
    metrics = {"ratio": tt.RatioOfMeans("numerator", "denominator"), "rates": tt.Mean("rate")}
    found = tt.Experiment(metrics).analyze(sums, control="macro")
    return 1 + np.array(
        [
            (found[name].rel_effect_size_ci_lower, found[name].rel_effect_size_ci_upper)
            for name in metrics
        ]
    )


def _sums(numerator: np.ndarray, denominator: np.ndarray):
    import tea_tasting as tt

    values = {"numerator": numerator, "denominator": denominator, "rate": numerator / denominator}
    return tt.aggr.Aggregates(
        count_=len(numerator),
        mean_={name: value.mean() for name, value in values.items()},
        var_={name: value.var(ddof=1) for name, value in values.items()},
        cov_={("denominator", "numerator"): np.cov(numerator, denominator)[0, 1]},
    )
