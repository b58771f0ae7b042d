"""Try to recover accounts from the sums of cells.

    python -m benchmarks.recover ../shared/datasets

writes benchmarks/recover.csv, a row per band of every source whose raw files are in that folder: of
the cells as published, and of the same cells with all of their sums. An attack is stronger here
than one from outside could be: it knows in which levels each account lies, it takes the cells of
all metrics and strata together, and what it finds is compared with the truth.

Two questions are asked. Which unknowns of an account do the equations determine near the truth?
Those without a part in the null space of their derivatives; this is exact, and asked of every band.
And do least squares from many starting points come to the same accounts? It is asked of bands of
up to MOST accounts, for a minute each.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis import paths
from analysis.moments.cells import MERGED
from analysis.registers.metrics import METRICS, PER_POST

CLOSE = 0.05
"""An account is recovered if all that is unknown of it is found to within this share."""

EXACT = 1e-16
"""Half the sum of squared relative errors at which a solution fits all sums."""

MOST, SECONDS = 25, 60.0
"""Accounts of the largest band that is attacked from many starting points, and how long."""

FIXED = 1e-5
"""Length of what is left of an unknown in the null space, below which it is determined."""

STEEP = 50.0
"""Largest logarithm of a count that is tried."""


class Band(NamedTuple):
    """The accounts of a band, and the sums that were published about them.

    Attributes
    ----------
    accounts : pandas.DataFrame
        ``followers, posts`` and each count, in total over the account's posts.
    single : bool
        Whether each account has one post.
    rates : bool
        Whether a rate by another count is that of the account's totals.
    sums : list of tuple
        Metric, column, which accounts are summed, and the sum.
    """

    accounts: pd.DataFrame
    single: bool
    rates: bool
    sums: list[tuple[str, str, np.ndarray, float]]

    @property
    def names(self) -> list[str]:
        """What is unknown of each account."""
        return [name for name in self.accounts if name != "posts" or not self.single]


def accounts_of(posts: pd.DataFrame, counts: tuple[str, ...]) -> pd.DataFrame:
    """Sum POSTS by account: followers, posts and counts."""
    each = posts.assign(posts=posts["posts"] if "posts" in posts else 1.0)
    by_account = each.groupby("account_id")
    sums = by_account[["posts", *counts]].sum().astype(float)
    sums.insert(0, "followers", by_account["followers"].first().astype(float))
    return sums


def bands_of(cells: pd.DataFrame, posts: pd.DataFrame, strata: tuple[str, ...]) -> Iterator[Band]:
    """Take the cells of a source apart into bands."""
    counts = sorted(
        {name for key in cells["metric"].unique() for name in METRICS[key].columns} - {"followers"}
    )
    known = accounts_of(posts, tuple(counts))
    alone = "posts" not in posts and known["posts"].eq(1).all() or "posts" in posts
    for (lower, upper), rows in cells.groupby(["lower", "upper"]):
        inside = known[(known["followers"] >= lower) & (known["followers"] < upper)]
        sums = list(_sums(rows, inside.index, posts, strata))
        yield Band(inside, bool(inside["posts"].eq(1).all()), bool(alone), sums)


def _sums(rows: pd.DataFrame, accounts: pd.Index, posts: pd.DataFrame, strata: tuple[str, ...]):
    whole = np.ones(len(accounts), bool)
    member = {("all", "all"): whole}
    for stratum in strata:
        level = posts.drop_duplicates(["account_id", stratum]).set_index("account_id")[stratum]
        level = level[level.index.isin(accounts)]
        if level.index.has_duplicates:  # accounts have other numbers in each level
            continue
        level = level.reindex(accounts).fillna("unknown")
        named = set(rows.loc[rows["stratum"] == stratum, "level"]) - {MERGED}
        level = level.where(level.isin(named), MERGED)
        member |= {(stratum, one): (level == one).to_numpy() for one in level.unique()}
    for row in rows.to_dict("records"):
        who = member.get((row["stratum"], row["level"]))
        if who is not None and row["accounts"] == who.sum():
            names = (name for name in FORMS if not np.isnan(row[name]))
            yield from ((row["metric"], name, who, row[name]) for name in names)


# a column is a product of powers, or a polynomial, of logarithms: of numerator n, denominator d,
# posts p and followers f
POWERS = {
    "posts": "p", "posts2": "pp", "numerator": "n", "numerator2": "nn", "denominator": "d",
    "denominator2": "dd", "numerator_denominator": "nd", "rate": "r", "rate2": "rr",
    "rate_posts": "rp", "account_rate": "q", "account_rate2": "qq",
}  # fmt: skip
LOGS = {
    "log_rate": "q", "log_rate2": "qq", "log_followers": "f", "log_followers2": "ff",
    "log_followers_log_rate": "fq",
}  # fmt: skip
FORMS = POWERS | LOGS


class System:
    """The equations of a band: errors of the sums, relative to them, and their derivatives, at
    logarithms of the unknowns (names x accounts).
    """

    def __init__(self, band: Band):
        self.names, self.size = band.names, len(band.accounts)
        truth = band.accounts[self.names].to_numpy().T
        self.truth = np.log(np.maximum(truth, 1e-9))
        self.sums = [one for one in band.sums if self._usable(band, *one[:2])]
        every = {(metric, column) for metric, column, _, _ in self.sums}
        self.columns = {pair: place for place, pair in enumerate(sorted(every))}
        self.place = np.array([self.columns[one[:2]] for one in self.sums], int)
        self.who = np.array([one[2] for one in self.sums], float).reshape(-1, self.size)
        self.value = np.array([one[3] for one in self.sums])
        self.scale = 1 / np.maximum(np.abs(self.value), 1e-12)

    def _usable(self, band: Band, key: str, column: str) -> bool:
        metric = METRICS[key]
        if (band.accounts[list(metric.numerator)].sum(axis=1) <= 0).any():
            return column in ("posts", "posts2", "denominator", "denominator2")
        # a mean of single posts' ratios is not a function of totals
        by_count = metric.denominator not in ("followers", PER_POST)
        return not (by_count and not band.rates and set(FORMS[column]) & {"q", "r"})

    def _letters(self, key: str, x: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Each letter's logarithm per account, and its derivatives by the unknowns."""
        metric, names = METRICS[key], self.names
        unit = np.eye(len(names))[:, :, None]

        def of(name):
            if name not in names:  # one post each
                return np.zeros(self.size), np.zeros((len(names), self.size))
            place = names.index(name)
            return x[place], unit[place] * np.ones(self.size)

        parts = [of(name) for name in metric.numerator]
        total = np.exp([log for log, _ in parts])
        n = (np.log(total.sum(axis=0)), sum(
            size / total.sum(axis=0) * slope for size, (_, slope) in zip(total, parts, strict=True)
        ))  # fmt: skip
        f, p = of("followers"), of("posts")
        d = {"followers": (f[0] + p[0], f[1] + p[1]), PER_POST: p}.get(metric.denominator)
        d = d or of(metric.denominator)
        q = (n[0] - d[0], n[1] - d[1])
        return {"n": n, "d": d, "p": p, "f": f, "q": q, "r": (q[0] + p[0], q[1] + p[1])}

    def _both(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = np.empty((len(self.columns), self.size))
        slopes = np.empty((len(self.columns), len(self.names), self.size))
        letters = {key: self._letters(key, x) for key in {pair[0] for pair in self.columns}}
        for (key, column), place in self.columns.items():
            used = [letters[key][letter] for letter in FORMS[column]]
            if column in POWERS:
                values[place] = np.exp(np.minimum(sum(log for log, _ in used), STEEP * 2))
                slopes[place] = values[place] * sum(slope for _, slope in used)
            elif len(used) == 1:
                values[place], slopes[place] = used[0]
            else:
                (first, first_slope), (second, second_slope) = used
                values[place] = first * second
                slopes[place] = first * second_slope + second * first_slope
        return values, slopes

    def errors(self, flat: np.ndarray) -> np.ndarray:
        values, _ = self._both(flat.reshape(len(self.names), self.size))
        return ((self.who * values[self.place]).sum(axis=1) - self.value) * self.scale

    def derivatives(self, flat: np.ndarray) -> np.ndarray:
        _, slopes = self._both(flat.reshape(len(self.names), self.size))
        each = self.who[:, None, :] * slopes[self.place] * self.scale[:, None, None]
        return each.reshape(len(self.sums), -1)


class Freedom(NamedTuple):
    """How many independent equations there are, of how many unknowns, and how many unknowns, and
    whole accounts, they determine near the truth.
    """

    equations: int
    unknowns: int
    determined: int
    accounts: int


def freedom(band: Band) -> Freedom:
    """Count what the sums of a band determine near the truth."""
    system = System(band)
    slopes = system.derivatives(system.truth.ravel())
    _, sizes, rows = np.linalg.svd(slopes, full_matrices=False)
    rank = int((sizes > 1e-9 * max(sizes.max(initial=0), 1e-300)).sum())
    left = 1 - np.square(rows[:rank]).sum(axis=0)
    fixed = (left < FIXED**2).reshape(len(system.names), system.size)
    return Freedom(rank, system.truth.size, int(fixed.sum()), int(fixed.all(axis=0).sum()))


def solutions(band: Band, seconds: float, wanted: int = 4, seed: int = 1) -> list[np.ndarray]:
    """Solve for the unknowns from random starting points; each solution fits all sums."""
    from scipy.optimize import least_squares

    system, rng, found = System(band), np.random.default_rng(seed), []
    end = time.monotonic() + seconds
    middle = system.truth.mean(axis=1, keepdims=True)
    # an attacker knows roughly how large accounts are, and how far they are spread
    spread = system.truth.std(axis=1, keepdims=True) + 0.1
    while len(found) < wanted and time.monotonic() < end:
        start = (middle + spread * rng.standard_normal(system.truth.shape)).ravel()
        fit = least_squares(
            system.errors, np.clip(start, -STEEP, STEEP), system.derivatives,
            bounds=(-STEEP - 1, STEEP + 1), xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=400,
            x_scale="jac",
        )  # fmt: skip
        if fit.cost < EXACT:
            found.append(np.exp(fit.x.reshape(system.truth.shape)))
    return found


def recovered(band: Band, found: list[np.ndarray]) -> int:
    """Count the accounts that every solution holds; none if there is no solution."""
    if not found:
        return 0
    truth = np.exp(System(band).truth)
    near = np.ones(truth.shape[1], bool)
    for solution in found:
        apart = np.abs(solution[:, None, :] / truth[:, :, None] - 1).max(axis=0)
        near &= (apart < CLOSE).any(axis=1)
    return int(near.sum())


def attacked(band: Band, seconds: float) -> dict[str, int | str]:
    """Ask both questions of a band."""
    held = freedom(band)._asdict()
    if len(band.accounts) > MOST:
        return held | {"solutions": "", "recovered": ""}
    found = solutions(band, seconds)
    return held | {"solutions": len(found), "recovered": recovered(band, found)}


def main(folder: Path) -> None:
    from analysis.moments.cells import cells
    from analysis.moments.rebuild import cut_edges, read_posts
    from analysis.moments.sums import account_moments
    from analysis.registers.lookup import sources

    rows = []
    for key, source in sources().items():
        posts = read_posts(source, folder / source.folder).posts
        published = pd.read_csv(paths.CELLS / f"{key}.csv", dtype={"level": str})
        whole, _, _ = cells(account_moments(posts, source.strata), source.strata, cut_edges(),
                            whole=True)  # fmt: skip
        for name, table in (("published", published), ("all sums", whole)):
            for band in bands_of(table, posts, source.strata):
                edges = band.accounts["followers"]
                about = {"source": key, "cells": name, "from": int(edges.min() // 1)}
                about["from"] = int(table["lower"][table["lower"] <= edges.min()].max())
                rows.append(about | {"n": len(band.accounts)} | attacked(band, SECONDS))
                print(*rows[-1].values(), flush=True)
    path = Path(__file__).with_suffix(".csv")
    pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
