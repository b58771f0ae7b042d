"""Which sums over accounts a redraw needs, laid out once for all draws of a source."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr

from analysis.estimate.averages import RATIOS, plain
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.tier_averages import difference
from analysis.moments.batch import ADDITIVE, Batch
from analysis.registers.metrics import METRICS, PER_POST

DIVIDED = {name: columns[:2] for name, columns in RATIOS.items()}
DIVIDED["typical account"] = ("log_rate", "positive")
"""Averages that are a sum over a sum, with both; for the typical account that is the logarithm."""

SQUARED = RATIOS | {"typical account": ("log_rate", "positive", "log_rate2")}
"""What the variances of their logarithms need."""

NO_ROWS = np.array([], int)

GROWING = {
    "numerator": 1, "denominator": 1, "numerator2": 2, "denominator2": 2,
    "numerator_denominator": 2,
}  # fmt: skip
"""Sums that grow with a power of the followers of an account, unless they are counted per post."""

NOTHING = np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1)
"""What a level is compared with: zero, which has no variance, and any degrees of freedom."""

Sums = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Sums values (accounts x columns) of some accounts per follower band in each redraw; the last
argument says by which power of followers a column grows. Gives bands x columns x redraws.
"""


class Plan:
    """What the specifications of one source need of its accounts, laid out once for all draws.

    `edges` are those of all tiers, `bands` says which bands between them each range of followers
    consists of, `pairs` which two ranges a specification compares.
    """

    def __init__(self, batch: Batch, part: pd.DataFrame, tiers: dict):
        self.batch, self.index = batch, part.index.to_numpy()
        self.metric, self.average = part["metric"].to_numpy(), part["average"].to_numpy()
        self._lay_out_tiers(part, tiers)
        posts = part.groupby("posts", sort=False).indices
        additive = {name for name, columns in DIVIDED.items() if set(columns) <= set(ADDITIVE)}
        adds = part["average"].isin(additive).to_numpy()
        added = {choice: rows[adds[rows]] for choice, rows in posts.items()}
        self.added = {choice: rows for choice, rows in added.items() if len(rows)}
        self.others = {choice: rows[~adds[rows]] for choice, rows in posts.items()}
        self.columns = self._columns()
        per_post = {key for key, metric in METRICS.items() if metric.denominator == PER_POST}
        grow = [name in GROWING and metric not in per_post for metric, name in self.columns]
        self.grows = np.array(grow, int)
        self.sides = {choice: self._sides(rows) for choice, rows in self.added.items()}
        self.cells = self._cells()

    def _lay_out_tiers(self, part: pd.DataFrame, tiers: dict) -> None:
        above = [tiers.get(key) for key in zip(part["scheme"], part["of"], strict=True)]
        below = [tiers.get(key) for key in zip(part["scheme"], part["versus"], strict=True)]
        ranges = sorted(set(above + below) - {None})
        lower, upper = np.array(ranges).reshape(-1, 2).T
        self.edges = np.unique(np.array(ranges))
        starts, ends = self.edges[:-1] >= lower[:, None], self.edges[1:] <= upper[:, None]
        self.bands = (starts & ends).astype(float)
        place = {edges: number for number, edges in enumerate(ranges)}
        # a level has no second range: the row of zeros after the last stands for it
        pairs = zip(above, below, strict=True)
        places = [(place.get(of, len(ranges)), place.get(to, len(ranges))) for of, to in pairs]
        self.pairs = np.array(places, int).reshape(-1, 2)

    def _columns(self) -> list[tuple[str, str]]:
        """Metric and name of the sums of a batch that any specification needs, in the order of the
        batch.
        """
        needed = set()
        for rows in self.added.values():
            for metric, average in zip(self.metric[rows], self.average[rows], strict=True):
                needed |= {(metric, name) for name in DIVIDED[average]}
        return [column for column in product(self.batch.metrics, ADDITIVE) if column in needed]

    def _sides(self, rows: np.ndarray) -> np.ndarray:
        """Which of these sums is divided in each specification, and by which."""
        place = {column: number for number, column in enumerate(self.columns)}
        sides = []
        for metric, average in zip(self.metric[rows], self.average[rows], strict=True):
            sides.append([place[metric, name] for name in DIVIDED[average]])
        return np.array(sides).T

    def _cells(self) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Rows that lie in the same choices of posts, added up by account: which choices, the
        accounts, their sums.
        """
        if not self.added or not len(self.batch.account):
            return []
        levels = [*self.batch.levels.values(), np.zeros(len(self.batch.account), int)]
        code = np.ravel_multi_index(levels, [level.max() + 1 for level in levels])
        _, first, cell = np.unique(code, return_index=True, return_inverse=True)
        chosen = np.array([self.batch.chosen(posts)[first] for posts in self.added])
        kinds, kind = np.unique(chosen, axis=1, return_inverse=True)
        wanted = set(self.columns)
        needed = [column in wanted for column in product(self.batch.metrics, ADDITIVE)]
        cells = []
        for number, within in enumerate(kinds.T):
            values, account = self.batch.added(kind.ravel()[cell] == number)
            cells.append((within, account, values[:, needed]))
        return cells

    def logs(self, sums: Sums, draws: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield places in the frame, and the logs there: a row per specification and a column per
        draw.
        """
        yield from self._of_sums_over_posts(sums, draws)
        for posts, rows in self.others.items():
            pairs = zip(self.metric[rows], self.average[rows], strict=True)
            for metric, average in dict.fromkeys(pairs):
                chosen = rows[(self.metric[rows] == metric) & (self.average[rows] == average)]
                yield self.index[chosen], self._of_accounts(sums, metric, average, posts, chosen)

    def _of_sums_over_posts(self, sums: Sums, draws: int) -> Iterator:
        cells = []
        for within, account, values in self.cells:
            of_bands = sums(account, values, self.grows)
            cells.append((within, np.tensordot(self.bands, of_bands, 1)))
        for number, (posts, rows) in enumerate(self.added.items()):
            whole = np.zeros((len(self.bands) + 1, len(self.columns), draws))
            for within, of_cell in cells:
                if within[number]:
                    whole[:-1] += of_cell
            whole[-1] = 1.0  # its logarithm is zero, which a level is compared with
            above, below = self.sides[posts]
            with np.errstate(divide="ignore", invalid="ignore"):
                logs = np.log(whole)
                first, second = (
                    logs[side, above] - logs[side, below] for side in self.pairs[rows].T
                )
                yield self.index[rows], first - second

    def _of_accounts(
        self, sums: Sums, metric: str, average: str, posts: str, rows: np.ndarray
    ) -> np.ndarray:
        """Logs of an average whose sums are over accounts, which do not add up over levels."""
        group = self.batch.take(metric, posts)
        values = np.stack([group.values[name] for name in DIVIDED[average]], axis=1)
        of_bands = sums(group.places, values, np.zeros(2, int))
        above, below = np.tensordot(self.bands, of_bands, 1).transpose(1, 0, 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = above / below if average == "typical account" else np.log(above / below)
            logs = np.vstack([logs, np.zeros((1, logs.shape[1]))])
            return logs[self.pairs[rows, 0]] - logs[self.pairs[rows, 1]]

    def studentised(self, sums: Sums, draws: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield places in the frame, and the logs there divided by their standard errors, as normal
        values; zero where a tier has no standard error.
        """
        for posts in dict.fromkeys([*self.added, *self.others]):
            rows = np.concatenate([self.added.get(posts, NO_ROWS), self.others[posts]])
            pairs = zip(self.metric[rows], self.average[rows], strict=True)
            for metric, average in dict.fromkeys(pairs):
                chosen = rows[(self.metric[rows] == metric) & (self.average[rows] == average)]
                yield self.index[chosen], self._t_of(sums, metric, average, posts, chosen)

    def _t_of(
        self, sums: Sums, metric: str, average: str, posts: str, rows: np.ndarray
    ) -> np.ndarray:
        group = self.batch.take(metric, posts)
        names = SQUARED[average]
        per_post = METRICS[metric].denominator == PER_POST
        powers = np.array([0 if per_post else GROWING.get(name, 0) for name in names])
        values = np.stack([group.values[name] for name in names], axis=1)
        of_ranges = np.tensordot(self.bands, sums(group.places, values, powers), 1)
        of_ranges = dict(zip(names, of_ranges.transpose(1, 0, 2), strict=True))
        with np.errstate(divide="ignore", invalid="ignore"):
            columns = np.stack(plain(of_ranges, average))
            columns = np.concatenate([columns, np.repeat(NOTHING, columns.shape[2], 2)], axis=1)
            sides = (LogEstimate(*columns[:, at], None) for at in self.pairs[rows].T)
            ratio = difference(*sides)
            z = as_normal(ratio.log / np.sqrt(ratio.variance), ratio.df)
        return np.where(np.isfinite(ratio.log) & ~np.isfinite(z), 0.0, z)


def as_normal(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Normal values that are as improbable as those of Student's t.

    Examples
    --------
    >>> as_normal(np.array([-2.262, 0.0, 1.984]), np.array([9.0, 9.0, 99.0])).round(2).tolist()
    [-1.96, 0.0, 1.96]
    """
    beyond = np.maximum(stdtr(df, -np.abs(t)), np.finfo(float).tiny)
    return np.sign(t) * np.abs(ndtri(beyond))
