"""Try to recover accounts from the sums of cells.

    python -m benchmarks.recover ../shared/datasets [SOURCE OR PRICE LIST]

writes benchmarks/recover.csv, a row per band of every source and price list (or of one, the others
staying as they are) whose raw files are in that folder: of
the cells as published, and of the same cells with all of their sums. An attack is stronger here
than one from outside could be: it knows in which levels each account lies, it takes the cells of
all metrics and strata together, and what it finds is compared with the truth.

Two questions are asked. Which unknowns of an account do the equations determine near the truth?
Those without a part in the null space of their derivatives; this is exact, and asked of bands of up
to MANY accounts. And do least squares from many starting points come to the same accounts? It is
asked of bands of up to MOST accounts, for a minute of computing each (ten seconds where cells have
all sums). Beside them stands how far above the truth the count of an account could still be, in the
eyes of the account with the next largest, by linear programming.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis import paths
from analysis.moments.cells import MERGED, cells
from analysis.moments.price_lists import as_posts, price_cells
from analysis.moments.rebuild import cut_edges, read_posts
from analysis.moments.sums import account_moments
from analysis.registers.lookup import price_lists, sources
from analysis.registers.metrics import METRICS, PER_POST, Metric

CLOSE = 0.05
"""An account is recovered if all that is unknown of it is found to within this share."""

EXACT = 1e-16
"""Half the sum of squared relative errors at which a solution fits all sums."""

MANY, MOST, SECONDS = 300, 25, 60.0
"""Accounts of the largest bands that are asked about, and that are attacked from many starting
points, and how long it may compute.
"""

FIXED = 1e-5
"""Length of what is left of an unknown in the null space, below which it is determined."""

LARGEST = 3
"""Accounts with the largest counts whose counts are bounded."""

STEEP, STEPS = 50.0, 500
"""Largest logarithm of a count that is tried, and the most steps from one starting point."""


class Band(NamedTuple):
    """The accounts of a band, and the sums that were published about them.

    Attributes
    ----------
    lower : float
        Lower edge [followers].
    accounts : pandas.DataFrame
        ``followers, posts`` and each count, in total over the account's posts.
    single : bool
        Whether each account has one post.
    rates : bool
        Whether a rate by another count is that of the account's totals.
    sums : list of tuple
        Metric, column, which accounts are summed, and the sum.
    metrics : mapping of Metric
        Metrics by the names that they have in `sums`.
    """

    lower: float
    accounts: pd.DataFrame
    single: bool
    rates: bool
    sums: list[tuple[str, str, np.ndarray, float]]
    metrics: Mapping[str, Metric] = METRICS

    @property
    def names(self) -> list[str]:
        """What is unknown of each account."""
        return [name for name in self.accounts if name != "posts" or not self.single]


def accounts_of(posts: pd.DataFrame, counts: tuple[str, ...]) -> pd.DataFrame:
    """Sum POSTS by account: followers, posts and counts."""
    each = posts.assign(posts=posts.get("posts", 1.0))
    by_account = each.groupby("account_id")
    sums = by_account[["posts", *counts]].sum().astype(float)
    sums.insert(0, "followers", by_account["followers"].first().astype(float))
    return sums


def bands_of(table: pd.DataFrame, posts: pd.DataFrame, strata: tuple[str, ...]) -> Iterator[Band]:
    """Take the cells of a source apart into bands."""
    counts = sorted(
        {name for key in table["metric"].unique() for name in METRICS[key].columns} - {"followers"}
    )
    known = accounts_of(posts, tuple(counts))
    alone = "posts" in posts or known["posts"].eq(1).all()
    for (lower, upper), rows in table.groupby(["lower", "upper"]):
        inside = known[(known["followers"] >= lower) & (known["followers"] < upper)]
        sums = list(_sums(rows, inside.index, posts, strata))
        yield Band(lower, inside, bool(inside["posts"].eq(1).all()), bool(alone), sums)


def bands_of_prices(table: pd.DataFrame, prices: pd.DataFrame) -> Iterator[Band]:
    """Take the cells of a price list apart into bands: the tables of all deliverables together,
    whose accounts, and their followers, are the same.
    """
    posts = as_posts(prices)
    by_account = posts.groupby("account_id")
    costs = posts.pivot(index="account_id", columns="deliverable", values="cost")
    known = costs.add_prefix("cost ").assign(views=by_account["views"].max(), posts=1.0)
    known.insert(0, "followers", by_account["followers"].first())
    metrics = {}
    for deliverable, key in product(costs, table["metric"].unique()):
        counts = METRICS[key].numerator
        named = (f"cost {deliverable}",) if counts == ("cost",) else counts
        metrics[f"{key} {deliverable}"] = replace(METRICS[key], numerator=named)
    for (lower, upper), rows in table.groupby(["lower", "upper"]):
        inside = known[(known["followers"] >= lower) & (known["followers"] < upper)]
        who, sums = np.ones(len(inside), bool), []
        for row in rows.to_dict("records"):
            name = f"{row['metric']} {row['deliverable']}"
            sums += [(name, one, who, row[one]) for one in FORMS if not np.isnan(row[one])]
        yield Band(lower, inside.dropna(axis=1), True, True, sums, metrics)


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
        self.names, self.size, self.metrics = band.names, len(band.accounts), band.metrics
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
        metric = band.metrics[key]
        if (band.accounts[list(metric.numerator)].sum(axis=1) <= 0).any():
            return column in ("posts", "posts2", "denominator", "denominator2")
        # a mean of single posts' ratios is not a function of totals
        by_count = metric.denominator not in ("followers", PER_POST)
        return not (by_count and not band.rates and set(FORMS[column]) & {"q", "r"})

    def _letters(self, key: str, x: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Each letter's logarithm per account, and its derivatives by the unknowns."""
        metric, names = self.metrics[key], self.names
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
        return each.reshape(len(self.sums), len(self.names) * self.size)


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
    system, rng, found = System(band), np.random.default_rng(seed), []
    end = time.process_time() + seconds
    middle = system.truth.mean(axis=1, keepdims=True)
    # an attacker knows roughly how large accounts are, and how far they are spread
    spread = system.truth.std(axis=1, keepdims=True) + 0.1
    while len(found) < wanted and time.process_time() < end:
        start = (middle + spread * rng.standard_normal(system.truth.shape)).ravel()
        place = solved(system, start, end)
        if place is not None:
            found.append(np.exp(place.reshape(system.truth.shape)))
    return found


def solved(system: System, place: np.ndarray, end: float) -> np.ndarray | None:
    """Levenberg and Marquardt's steps from a starting point, until all sums are met; None if they
    are not.
    """
    damping, errors = 1e-2, system.errors(place)
    for _ in range(STEPS):
        cost = errors @ errors / 2
        if cost < EXACT:
            return place
        slopes = system.derivatives(place)
        wide = slopes.shape[1] > slopes.shape[0]
        gram = slopes @ slopes.T if wide else slopes.T @ slopes
        damped = gram + damping * np.diag(np.maximum(np.diag(gram), 1e-12))
        if wide:
            step = slopes.T @ np.linalg.solve(damped, errors)
        else:
            step = np.linalg.solve(damped, slopes.T @ errors)
        tried = np.clip(place - np.clip(step, -2, 2), -STEEP, STEEP)
        there = system.errors(tried)
        if there @ there / 2 < cost:
            place, errors, damping = tried, there, max(damping / 5, 1e-14)
        else:
            damping *= 4
        if damping > 1e10 or time.process_time() > end:
            return None
    return None


def recovered(band: Band, found: list[np.ndarray]) -> int:
    """Count the accounts that every solution holds; none of fewer than two solutions, since one may
    agree with an account by chance.
    """
    if len(found) < 2:
        return 0
    truth = np.exp(System(band).truth)
    near = np.ones(truth.shape[1], bool)
    for solution in found:
        apart = np.abs(solution[:, None, :] / truth[:, :, None] - 1).max(axis=0)
        near &= (apart < CLOSE).any(axis=1)
    return int(near.sum())


def slack(band: Band) -> float:
    """How far above the truth the count of any account could be, as a share of it, if all sums of
    counts and posts have to be met: the least over accounts and counts, by linear programming. The
    attacker knows the account with the largest other count.
    """
    names = [name for name in band.names if name != "followers"]
    n, truth = len(band.accounts), band.accounts[names].to_numpy().T
    rows, sums = [], []
    for key, column, who, value in band.sums:
        metric = band.metrics[key]
        counts = {
            "posts": ("posts",), "numerator": metric.numerator, "denominator": (metric.denominator,)
        }.get(column, ())  # fmt: skip
        if counts and set(counts) <= set(names):
            rows.append(np.concatenate([who * float(name in counts) for name in names]))
            sums.append(value)
    if not rows:
        return np.inf
    least = np.inf
    for place, name_truth in enumerate(truth):
        # all but a few accounts are small beside the sums
        for account in np.argsort(name_truth)[-LARGEST:]:
            others = np.delete(np.arange(n), account)
            second = others[np.argmax(name_truth[others])]
            ends = [(0.0, None)] * truth.size
            ends[place * n + second] = (name_truth[second],) * 2
            least = min(least, _above(rows, sums, ends, place * n + account) / name_truth[account])
    return float(least - 1)


def _above(rows: list[np.ndarray], sums: list[float], ends: list, unknown: int) -> float:
    """Largest value of an unknown under equations, in units of the largest sum."""
    from scipy.optimize import linprog

    unit = max(sums)
    scaled = [(low / unit, None if high is None else high / unit) for low, high in ends]
    goal = np.zeros(len(ends))
    goal[unknown] = -1.0
    # the sums are exact, but a solver counts no further than about nine digits
    fit = linprog(goal, A_eq=np.array(rows), b_eq=np.array(sums) / unit, bounds=scaled)
    return np.inf if fit.status == 3 else float(-fit.fun) * unit if fit.status == 0 else np.nan


def attacked(band: Band, seconds: float) -> dict[str, int | str]:
    """Ask both questions of a band."""
    held = freedom(band)._asdict() | {"slack": round(slack(band), 3)}
    if len(band.accounts) > MOST:
        return held | {"solutions": "", "recovered": ""}
    found = solutions(band, seconds)
    return held | {"solutions": len(found), "recovered": recovered(band, found)}


def source_bands(folder: Path, only: str = "") -> Iterator[tuple[str, str, float, list[Band]]]:
    """Each source, or only one: its key, which cells, for how long a band is attacked, and the
    bands.
    """
    for key, source in sources().items():
        if only not in ("", key):
            continue
        posts = read_posts(source, folder / source.folder).posts
        published = pd.read_csv(paths.CELLS / f"{key}.csv", dtype={"level": str})
        moments = account_moments(posts, source.strata)
        whole, _, _ = cells(moments, source.strata, cut_edges(), whole=True)
        for name, table, seconds in _both_kinds(published, whole):
            yield key, name, seconds, list(bands_of(table, posts, source.strata))
    for key, one in price_lists().items():
        if only not in ("", key):
            continue
        prices = read_posts(one, folder / one.folder).posts
        published = pd.read_csv(paths.PRICES / f"{key}.csv", dtype={"level": str})
        for name, table, seconds in _both_kinds(published, price_cells(prices, whole=True)):
            yield key, name, seconds, list(bands_of_prices(table, prices))


def _both_kinds(published: pd.DataFrame, whole: pd.DataFrame):
    return ("published", published, SECONDS), ("all sums", whole, SECONDS / 6)


def main(folder: Path, only: str = "") -> None:
    """Attack the bands of every source and price list, or those of `only`, and write the table."""
    path = Path(__file__).with_suffix(".csv")
    rows = pd.read_csv(path).query("source != @only").to_dict("records") if only else []
    for key, name, seconds, bands in source_bands(folder, only):
        for band in bands:
            if len(band.accounts) > MANY:
                continue
            about = {"source": key, "cells": name, "from": int(band.lower)}
            rows.append(about | {"n": len(band.accounts)} | attacked(band, seconds))
            print(*rows[-1].values(), flush=True)
    pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
