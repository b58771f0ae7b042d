"""How often tests along the follower axis answer yes where nothing is, and where something is.

    python -m benchmarks.sizes [WORLDS [PART OF A TEST'S NAME [ACCOUNTS]]]

writes benchmarks/sizes.csv, one row per test and world, and takes up where it was stopped. All
worlds are simulated. A test keeps its size if it says yes in 3 to 6 percent of worlds in which the
truth lies on the edge of what it denies."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.estimate.curve.breakpoint import breakpoint
from analysis.estimate.curve.elasticity import elasticity
from analysis.estimate.curve.inverted_u import lind_mehlum, two_lines
from analysis.estimate.curve.piecewise import bands_of, candidates_of
from analysis.estimate.curve.scan import chance, largest_t, scan
from analysis.estimate.curve.slope_changes import slope_changes_at, slopes_around
from analysis.moments.bands import Need, band_edges, bands
from analysis.moments.cells import FEWEST
from analysis.moments.sample import Sample
from analysis.registers.lookup import schemes
from analysis.simulate import worlds

TABLE = Path(__file__).with_suffix(".csv")
DRAWS = 499
TEMPLATE = worlds.world("sizes", worlds.posts(0, accounts=(5, 5))).sample("likes_per_follower")


def mean_one(rng: np.random.Generator, x: np.ndarray, sd: float) -> np.ndarray:
    """Deviations of log rates whose spread grows with followers while the mean of rates stays 1;
    `sd` is that at 60,000 followers.
    """
    spread = sd * np.exp(0.2 * (x - 11))
    return (spread * rng.standard_normal(len(x)) - spread**2 / 2) / 0.8


NOISES: dict[str, Callable] = {
    "log-sd 0.8": lambda rng, x: rng.standard_normal(len(x)),
    "log-sd 1.3": lambda rng, x: rng.standard_normal(len(x)) * 1.3 / 0.8,
    "normal": lambda rng, x: rng.standard_normal(len(x)),
    "log-sd 0.8, growing": lambda rng, x: mean_one(rng, x, 0.8),
    "log-sd 1.3, growing": lambda rng, x: mean_one(rng, x, 1.3),
    "heavy tails": lambda rng, x: rng.standard_t(3, len(x)) / np.sqrt(3),
    "skewed": lambda rng, x: rng.gamma(1.0, size=len(x)) - 1.0,
    "mildly skewed": lambda rng, x: rng.gamma(4.0, size=len(x)) / 2 - 2.0,
    "unequal spread": lambda rng, x: rng.standard_normal(len(x)) * np.exp(-0.2 * (x - 11)),
    "growing spread": lambda rng, x: rng.standard_normal(len(x)) * np.exp(0.2 * (x - 11)),
    "skewed, growing spread": lambda rng, x: (
        (rng.gamma(1.0, size=len(x)) - 1.0) * np.exp(0.2 * (x - 11))
    ),
}
"""Deviations of log rates, of standard deviation about one. With "skewed" ones the rates themselves
have no variance (a Pareto tail of index 1.25), so that only tests on logarithms can keep their
size."""

EDGES = band_edges(schemes())

GROWING = ("normal", "heavy tails", "skewed", "growing spread", "skewed, growing spread")

ON_LOGS = ("normal", "heavy tails", "skewed", "unequal spread")


def followers(rng: np.random.Generator, accounts: int) -> np.ndarray:
    """Log followers, log-normal around 60,000 as influencers' are."""
    return rng.normal(np.log(60_000), 1.5, accounts)


def sample_of(x: np.ndarray, y: np.ndarray, metric: str = "likes_per_follower") -> Sample:
    """Make a sample of accounts of one post from log followers and log rates, without an engine."""
    size, ones = np.exp(x), np.ones(len(x))
    below = size if metric == "likes_per_follower" else ones
    above = below * np.exp(y)
    rows = pd.DataFrame(
        {
            "accounts": ones, "posts": ones, "positive": ones, "lower": size, "upper": size,
            "log_followers": x, "log_followers2": x * x, "log_rate": y, "log_rate2": y * y,
            "log_followers_log_rate": x * y, "numerator": above, "denominator": below,
            "numerator2": above**2, "denominator2": below**2,
            "numerator_denominator": above * below,
            "account_rate": np.exp(y), "account_rate2": np.exp(2 * y),
            "single_posts": ones, "single_accounts": ones, "post_log": y,
        }
    )  # fmt: skip
    denominator = "followers" if metric == "likes_per_follower" else "posts"
    return replace(TEMPLATE, rows=rows, metric=replace(TEMPLATE.metric, denominator=denominator))


def straight(rng, accounts: int, noise: str, slope: float = -0.15) -> Sample:
    """A power law."""
    x = followers(rng, accounts)
    return sample_of(x, slope * x + 0.8 * NOISES[noise](rng, x))


def bent(
    rng, accounts: int, noise: str, at: float = 50_000, below: float = -0.4, above: float = -0.05
) -> Sample:
    """Two power laws that meet."""
    x = followers(rng, accounts)
    return sample_of(
        x, below * x + (above - below) * np.maximum(x - np.log(at), 0) + 0.8 * NOISES[noise](rng, x)
    )


def levelling(rng, accounts: int, noise: str) -> Sample:
    """A rate that rises up to 60,000 followers and is the same beyond."""
    x = followers(rng, accounts)
    return sample_of(x, 0.6 * np.minimum(x - np.log(60_000), 0) + 0.8 * NOISES[noise](rng, x))


def saturating(rng, accounts: int, noise: str) -> Sample:
    """A rate that rises with followers, ever less, towards a limit: half of it at 60,000."""
    x = followers(rng, accounts)
    return sample_of(x, -np.log1p(60_000 * np.exp(-x)) + 0.8 * NOISES[noise](rng, x))


def peaked_at_the_end(rng, accounts: int, noise: str) -> Sample:
    """A quadratic whose peak is the largest account."""
    x = followers(rng, accounts)
    return sample_of(x, -0.1 * (x - x.max()) ** 2 + 0.8 * NOISES[noise](rng, x))


def arch(rng, accounts: int, noise: str) -> Sample:
    """An inverted U that peaks at 60,000 followers."""
    x = followers(rng, accounts)
    return sample_of(x, -0.2 * (x - np.log(60_000)) ** 2 + 0.8 * NOISES[noise](rng, x))


def totals(rng, accounts: int, noise: str) -> Sample:
    """Reactions per post that grow as followers to the power 0.8 and never turn; followers
    log-uniform from 1,000 to 5 million.
    """
    x = rng.uniform(np.log(1e3), np.log(5e6), accounts)
    return sample_of(x, 0.8 * x + 0.8 * NOISES[noise](rng, x), "likes_per_post")


def as_cells(sample: Sample) -> Sample:
    """Sum accounts to the bands that are published."""
    kept, _ = bands(sample.rows["lower"].to_numpy(), EDGES, Need(FEWEST))
    band = np.searchsorted(kept, sample.rows["lower"], side="right") - 1
    rows = sample.rows.groupby(band).sum()
    rows = rows.assign(lower=kept[rows.index], upper=kept[rows.index + 1])
    return replace(sample, rows=rows, resolution="cells")


def summed(rng, accounts: int, noise: str, world: Callable) -> Sample:
    """A world from its cells."""
    return as_cells(world(rng, accounts, noise))


def any_bend(sample: Sample, seed: int) -> bool:
    """The search for a breakpoint, without its estimates."""
    bands = bands_of(sample)
    tried = scan(bands, candidates_of(bands))
    return chance(largest_t(bands, tried, seed, DRAWS), np.abs(tried.t).max()) <= 0.05


class Row(NamedTuple):
    """What is asked of which world, and between which shares the answer should be yes."""

    test: str
    ask: Callable
    world: Callable
    accounts: tuple[int, ...]
    noises: tuple[str, ...] = ON_LOGS
    low: float = 0.03
    high: float = 0.06


def any_placebo(sample: Sample, seed: int) -> bool:
    """Any of the breakpoints fixed beforehand."""
    return bool((slope_changes_at(sample, draws=DRAWS, seed=seed).keys["p"] <= 0.05).any())


def no_slope(sample: Sample, seed: int, model: str = "log-log") -> bool:
    """Whether reactions are shown not to grow in proportion to followers."""
    beta = elasticity(sample, model)
    return not beta.low <= 1 <= beta.high


def turned(sample: Sample, seed: int, test: Callable = lind_mehlum, **options) -> bool:
    """Whether a shape is shown."""
    return test(sample, **options).shown


def passed(sample: Sample, seed: int, **options) -> bool:
    """Whether the quadratic alone has its slopes."""
    return lind_mehlum(sample, **options).p <= 0.05


def no_slope_above(sample: Sample, seed: int) -> bool:
    """Whether the slope above 100,000 followers is shown not to be level."""
    slope = slopes_around(sample, 100_000)["slope above"]
    return not slope.low <= 1 <= slope.high


def missed(sample: Sample, seed: int) -> bool:
    """Whether the interval of the breakpoint leaves out where it is."""
    at = breakpoint(sample, seed=seed, draws=99).at
    return not at.low <= 50_000 <= at.high


LEVEL, ONE = partial(straight, slope=0.0), ("normal",)
SPREADS = ("log-sd 0.8", "log-sd 1.3", "log-sd 0.8, growing", "log-sd 1.3, growing")
MORE = ("growing spread", "skewed, growing spread")
ROWS = (
    Row("any bend: straight line", any_bend, straight, (80, 400, 2500)),
    Row("any of five placebo breakpoints: straight line", any_placebo, straight, (400, 2500)),
    Row("elasticity, log-log, is not 1: it is 1", no_slope, LEVEL, (30, 400)),
    Row("elasticity, log-log, is not 1: it is 1", no_slope, LEVEL, (80,), GROWING),
    Row(
        "elasticity, poisson, outside its interval",
        partial(no_slope, model="poisson"),
        LEVEL,
        (400,),
        SPREADS,
        0.0,
        0.07,
    ),
    Row(
        "elasticity, poisson, from cells, outside its interval",
        partial(no_slope, model="poisson"),
        partial(summed, world=LEVEL),
        (400, 2500),
        SPREADS,
        0.0,
        0.07,
    ),
    Row(
        "elasticity, poisson, is not 1: it is 1",
        partial(no_slope, model="poisson"),
        LEVEL,
        (400, 2500),
        ("normal", "mildly skewed"),
    ),
    Row(
        "elasticity, poisson, where rates have no variance",
        partial(no_slope, model="poisson"),
        LEVEL,
        (400,),
        ("skewed",),
        0.0,
        1.0,
    ),
    Row("Lind-Mehlum: peak at the end of the data", passed, peaked_at_the_end, (80, 400)),
    Row("Lind-Mehlum: peak at the end of the data", passed, peaked_at_the_end, (80, 400), MORE),
    Row(
        "Lind-Mehlum, from cells: peak at the end of the data",
        passed,
        partial(summed, world=peaked_at_the_end),
        (400, 2500),
        ("normal", "skewed", "skewed, growing spread"),
        0.0,
        0.06,
    ),
    Row("Lind-Mehlum alone: rises, then level", passed, levelling, (80, 400), ONE, 0.0, 1.0),
    Row("Lind-Mehlum alone: ever nearer to a limit", passed, saturating, (80, 400), ONE, 0.0, 1.0),
    Row("turning point shown: rises, then level", turned, levelling, (80, 400), ONE, 0.0, 0.06),
    Row("turning point shown: ever nearer to a limit", turned, saturating, (80, 400), ONE, 0, 0.06),
    Row("turning point shown: an arch", turned, arch, (80, 400), ONE, 0.8, 1.0),
    Row("slope above 100,000 is not 1: it is 1", no_slope_above, LEVEL, (40, 200), GROWING),
    Row(
        "slope above 100,000, from cells, is not 1: it is 1",
        no_slope_above,
        partial(summed, world=LEVEL),
        (400,),
        ("normal", "skewed", "skewed, growing spread"),
    ),
    Row("two lines: rises, then level", partial(turned, test=two_lines), levelling, (400,)),
    Row("Lind-Mehlum on log followers: power law", turned, totals, (1700,), ONE, 0.0, 0.06),
    Row(
        "Lind-Mehlum on raw followers: power law (the trap)",
        partial(turned, scale="followers"),
        totals,
        (1700,),
        ONE,
        0.9,
        1.0,
    ),
    Row(
        "two lines, inverted U: power law",
        partial(turned, test=two_lines),
        totals,
        (400,),
        ONE,
        0.0,
        0.06,
    ),
    Row(
        "two lines, U: power law",
        partial(turned, test=two_lines, shape="U"),
        totals,
        (400,),
        ONE,
        0.0,
        0.06,
    ),
    Row("any bend: bend at 50,000", any_bend, bent, (400,), ONE, 0.8, 1.0),
    Row("breakpoint outside its interval", missed, bent, (400, 1500), ONE, 0.0, 0.06),
    Row("Lind-Mehlum: an arch", turned, arch, (400,), ONE, 0.8, 1.0),
    Row("two lines: an arch", partial(turned, test=two_lines), arch, (400,), ONE, 0.8, 1.0),
)
"""Every question put to every world."""


def share(row: Row, accounts: int, noise: str, worlds: int, seed: int = 4) -> float:
    """Share of worlds in which the answer is yes."""
    place = [row.test, accounts, noise]
    streams = np.random.default_rng([seed, *map(ord, "".join(map(str, place)))]).spawn(worlds)
    return float(
        np.mean(
            [bool(row.ask(row.world(rng, accounts, noise), at)) for at, rng in enumerate(streams)]
        )
    )


def main(worlds: int, only: str = "", of: str = "") -> None:
    """Fill the table, or those rows whose test has `only` in its name and as many accounts as `of`
    says; rows that were measured in at least as many worlds stay as they are.
    """
    keys = ["test", "accounts", "noise"]
    for row, accounts, noise in (
        (one, accounts, noise) for one in ROWS for accounts in one.accounts for noise in one.noises
    ):
        table = pd.read_csv(TABLE) if TABLE.is_file() else pd.DataFrame(columns=[*keys, "worlds"])
        same = (table[keys] == [row.test, accounts, noise]).all(axis=1)
        asked = only in row.test and of in ("", str(accounts))
        if not asked or (table.loc[same, "worlds"] >= worlds).any():
            continue
        start = time.perf_counter()
        yes = share(row, accounts, noise, worlds)
        error = 2 * np.sqrt(np.array([row.low * (1 - row.low), row.high * (1 - row.high)]) / worlds)
        within = row.low - error[0] <= yes <= row.high + error[1]
        line = {
            "test": row.test, "accounts": accounts, "noise": noise, "worlds": worlds,
            "yes": round(yes, 4), "wanted": f"{row.low:g} to {row.high:g}",
            "within two Monte-Carlo errors": "yes" if within else "no",
        }  # fmt: skip
        pd.DataFrame([*table[~same].to_dict("records"), line]).to_csv(
            TABLE, index=False, lineterminator="\n"
        )
        print(line, f"{time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000, *sys.argv[2:4])
