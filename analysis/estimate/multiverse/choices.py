"""Choices: which of them moves the answer, and which of them changes the verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from analysis.display import FrameResult
from analysis.estimate.multiverse.grid import CHOICES
from analysis.estimate.multiverse.specification_curve import SpecificationCurve, rows_of
from analysis.moments.batch import ALL

SINGLE = ("source", "scheme", "metric", "average", "posts")
"""Choices that can be changed one at a time."""


@dataclass(frozen=True, repr=False)
class VarianceByChoice(FrameResult):
    """Which share of the spread of the estimates each choice accounts for.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``choice, options, share`` [percent of the variance], ``largest_step``: the ratio of the
        highest to the lowest option's average estimate (geometric); ``choice`` is ``together`` in
        the last row. Empty if no choice has two options.
    """


@dataclass(frozen=True, repr=False)
class DecisiveChoices(FrameResult):
    """How often a single choice changes the verdict.

    Attributes
    ----------
    frame : pandas.DataFrame
        For each claim and test ``claim, test, choice, pairs, changed, share`` [percent] and
        ``reversals``: pairs of which one supports and one contradicts the claim.
    """


@dataclass(frozen=True, repr=False)
class SingleChanges(FrameResult):
    """The registered specifications, and each with one of its choices changed.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows of judged specifications that differ from the registered one of the same test and
        source in one choice, with ``choice`` (which), ``option`` (what it was changed to) and
        ``registered_outcome``; the registered rows themselves have the choice ``registered``.
    """

    @property
    def changed(self) -> pd.DataFrame:
        """The rows other than the registered ones."""
        return self.frame[self.frame["choice"] != "registered"]

    @property
    def decisive(self) -> pd.DataFrame:
        """Those of them that give another verdict than the registered specification."""
        return self.changed[self.changed["outcome"] != self.changed["registered_outcome"]]


def variance_by_choice(estimated: SpecificationCurve | pd.DataFrame) -> VarianceByChoice:
    """Share the variance of the log estimates out among the CHOICES.

    The logarithms of the estimates are fitted by the sum of one effect per option. A choice gets
    the variance that it adds to the fit, averaged over every order in which choices can enter
    (Lindeman, Merenda and Gold 1980; the Shapley value), since specifications are no balanced
    experiment. What no sum of effects fits is ``together``: choices that matter only in
    combination. Each source counts as much as any other, however many specifications it admits.

    Parameters
    ----------
    estimated : SpecificationCurve or pandas.DataFrame
        From `judge_specifications` or `estimate_specifications`; estimates that may not decide
        (status other than ``ok``) are left out.

    Examples
    --------
    >>> import analysis as an
    >>> claim, tiers = an.claim("D06"), [an.scheme("harvard-media")]
    >>> asked = [(claim, claim.tests[0])]
    >>> judged = an.multiverse.judge_specifications(asked, [an.load("instagram-kim")], tiers)
    >>> shares = an.multiverse.variance_by_choice(judged).to_frame()
    >>> shares[["choice", "options"]].to_numpy().tolist()
    [['numerator', 3], ['average', 5], ['posts', 16], ['together', 0]]
    """
    frame = estimated.to_frame() if isinstance(estimated, SpecificationCurve) else estimated
    frame = frame[(frame["status"] == "ok") & (frame["estimate"] > 0)]
    columns = ["choice", "options", "share", "largest_step"]
    axes = [axis for axis in CHOICES if frame[axis].nunique() > 1]
    if not axes:
        return VarianceByChoice(pd.DataFrame(columns=columns))
    weight = 1 / frame.groupby("source")["source"].transform("size").to_numpy(float)
    y = np.log(frame["estimate"].to_numpy())
    y = y - np.average(y, weights=weight)
    dummies = {axis: pd.get_dummies(frame[axis]).to_numpy(float) for axis in axes}
    fitted = _fits(y, dummies, weight)
    rows = []
    for axis, dummy in dummies.items():
        means = (dummy * weight[:, None]).T @ y / (dummy.T @ weight)
        step = np.exp(means.max() - means.min())
        rows.append((axis, len(means), 100 * _shapley(axis, axes, fitted), step))
    rows.append(("together", 0, 100 * (1 - fitted[tuple(axes)]), np.nan))
    return VarianceByChoice(pd.DataFrame(rows, columns=columns))


def _subsets(axes: Iterable[str]) -> list[tuple[str, ...]]:
    axes = list(axes)
    return [chosen for size in range(len(axes) + 1) for chosen in combinations(axes, size)]


def _fits(
    y: np.ndarray, dummies: Mapping[str, np.ndarray], weight: np.ndarray
) -> dict[tuple[str, ...], float]:
    """Share of the variance that a sum of effects fits, for every subset of the choices, from one
    matrix of cross-products.
    """
    x = np.column_stack([np.ones(len(y)), *dummies.values()])
    products, totals = (x * weight[:, None]).T @ x, (x * weight[:, None]).T @ y
    options = [dummy.shape[1] for dummy in dummies.values()]
    of_axis = np.repeat(["", *dummies], [1, *options])
    fitted = {}
    for chosen in _subsets(dummies):
        at = np.flatnonzero(np.isin(of_axis, ["", *chosen]))
        effects = np.linalg.lstsq(products[np.ix_(at, at)], totals[at], rcond=1e-10)[0]
        fitted[chosen] = float(effects @ totals[at] / (weight @ y**2))
    return fitted


def _shapley(axis: str, axes: list[str], fitted: Mapping[tuple[str, ...], float]) -> float:
    """What a choice adds to the fit, averaged over all orders."""
    others, share = [other for other in axes if other != axis], 0.0
    for before in _subsets(others):
        after = tuple(name for name in axes if name in (*before, axis))
        share += (fitted[after] - fitted[before]) / len(axes) / comb(len(others), len(before))
    return share


def decisive_choices(judged: SpecificationCurve | pd.DataFrame) -> DecisiveChoices:
    """Count, over all pairs of specifications that differ in a single choice, how often the verdict
    differs.

    Parameters
    ----------
    judged : SpecificationCurve or pandas.DataFrame
        From `judge_specifications`, or some of its rows; untestable specifications are left out.

    Examples
    --------
    >>> import analysis as an
    >>> claim, tiers = an.claim("D06"), [an.scheme("harvard-media")]
    >>> asked = [(claim, claim.tests[0])]
    >>> judged = an.multiverse.judge_specifications(asked, [an.load("instagram-kim")], tiers)
    >>> counts = an.multiverse.decisive_choices(judged).to_frame().set_index("choice")
    >>> counts.loc["average", ["pairs", "reversals"]].tolist()
    [212, 0]
    """
    frame = rows_of(judged)
    rows = []
    decided = frame[frame["outcome"] != "untestable"]
    for (claim, test), part in decided.groupby(["claim", "test"]):
        for axis in SINGLE:
            same = [other for other in SINGLE if other != axis]
            counts = part.groupby([*same, "outcome"]).size().unstack(fill_value=0)
            outcomes = ["supported", "contradicted", "undecided"]
            counts = counts.reindex(columns=outcomes, fill_value=0)
            pairs = int(_pairs(counts.sum(axis=1)).sum())
            changed = pairs - int(_pairs(counts).to_numpy().sum())
            share = 100 * changed / pairs if pairs else np.nan
            reversals = int((counts["supported"] * counts["contradicted"]).sum())
            rows.append((claim, test, axis, pairs, changed, share, reversals))
    columns = ["claim", "test", "choice", "pairs", "changed", "share", "reversals"]
    return DecisiveChoices(pd.DataFrame(rows, columns=columns))


def _pairs(count):
    return count * (count - 1) / 2


def single_changes(judged: SpecificationCurve | pd.DataFrame) -> SingleChanges:
    """List what becomes of the registered specification of each test and source when one of its
    choices is changed.

    Parameters
    ----------
    judged : SpecificationCurve or pandas.DataFrame
        From `judge_specifications`, or some of its rows.

    Examples
    --------
    >>> import analysis as an
    >>> claim, tiers = an.claim("D06"), [an.scheme("harvard-media")]
    >>> asked = [(claim, claim.tests[0])]
    >>> judged = an.multiverse.judge_specifications(asked, [an.load("instagram-kim")], tiers)
    >>> changes = an.multiverse.single_changes(judged)
    >>> changes.to_frame()["choice"].value_counts().to_dict()
    {'posts': 15, 'average': 4, 'metric': 2, 'registered': 1}
    """
    frame = rows_of(judged)
    parts = [frame.head(0).assign(choice="", option="", registered_outcome="")]
    for _, own in frame[frame["registered"]].iterrows():
        same = (frame[["source", "claim", "test"]] == own[["source", "claim", "test"]]).all(axis=1)
        part = frame[same]
        differs = part[list(SINGLE)] != own[list(SINGLE)]
        part, differs = part[differs.sum(axis=1) <= 1], differs[differs.sum(axis=1) <= 1]
        choice = differs.idxmax(axis=1).where(differs.any(axis=1), "registered")
        option = [ALL if axis == "registered" else part.at[at, axis] for at, axis in choice.items()]
        part = part.assign(choice=choice, option=option, registered_outcome=own["outcome"])
        parts.append(part)
    return SingleChanges(pd.concat(parts, ignore_index=True))
