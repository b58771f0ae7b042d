"""Choices: which of them moves the answer, and which of them changes the verdict.

What `run` found is read here in four ways: with the outcome of a claim under every specification,
as shares of the spread that each choice accounts for, as the single changes of a choice that turn a
verdict, and as the verdict under each publisher's words.
"""

from collections.abc import Iterable
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from analysis.estimate.results import COLUMNS, Estimate
from analysis.estimate.multiverse.grid import AXES, CHOICES, run, specifications
from analysis.estimate.verdict import decided
from analysis.moments.batch import ALL, posts_named
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim, Test
from analysis.registers.records import TierScheme

RELATIONS = {"equals": "≈", "at_least": "≥", "at_most": "≤", "more_than": ">", "less_than": "<"}

SINGLE = ("source", "scheme", "metric", "average", "posts")
"""Choices that can be changed one at a time."""


def claim_specifications(
    claim: Claim, test: Test, sources: Iterable[Moments], schemes: Iterable[TierScheme]
) -> pd.DataFrame:
    """List every way of asking what a test of a claim asks, had its choices been others.

    The claim's relation, value, margin and tiers' names stay; sources on platforms that the claim
    does not name are left out.

    Returns
    -------
    pandas.DataFrame
        From `specifications`, and ``registered``: whether the choices are those registered with the
        claim.

    Raises
    ------
    ValueError
        If the test asks for something else than a ratio or a level of tiers: it then has no average
        or tiers to choose.
    """
    if test.estimator != "contrast":
        raise ValueError(
            f"claim {claim.key} asks for the estimator '{test.estimator}', which leaves neither tiers nor averages to choose. "
            "Specifications are made of tests with the estimator 'contrast'."
        )
    sources = [
        moments
        for moments in sources
        if not claim.platforms or moments.source.platform in claim.platforms
    ]
    frame = specifications(sources, schemes, of=test.of, versus=test.versus)
    rate = frame["source"].map(
        {moments.source.key: moments.source.engagement for moments in sources}
    )
    posts = posts_named(test.stratum, test.level) if test.stratum else ALL
    own = (
        (frame["scheme"] == claim.scheme)
        & (frame["average"] == test.average)
        & (frame["posts"] == posts)
    )
    return frame.assign(
        registered=own & (frame["metric"] == (rate if test.metric == "engagement" else test.metric))
    )


def judge_specifications(
    asked: Iterable[tuple[Claim, Test]],
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Estimate and judge tests of claims under every specification.

    Parameters
    ----------
    asked : iterable of (Claim, Test)
        What is asked; what several tests ask of the data is estimated once.
    sources, schemes : iterable
        See `specifications`.
    confidence : float
        Of each interval.

    Returns
    -------
    pandas.DataFrame
        `claim_specifications`, the fields of `Estimate`, ``claim``, ``test`` (its number among the
        claim's tests, from 1), ``question`` (both in short words) and ``outcome``; a row per claim,
        test and specification. A control, selected on the outcome or simulated, decides nothing:
        its outcome is ``untestable``.
    """
    sources, schemes, asked = list(sources), list(schemes), list(asked)
    frames = [claim_specifications(claim, test, sources, schemes) for claim, test in asked]
    together = (
        pd.concat(frames, ignore_index=True)
        .drop(columns="registered")
        .drop_duplicates(list(AXES), ignore_index=True)
    )
    found = run(together, sources, schemes, confidence).drop(
        columns=["platform", "numerator", "denominator"]
    )
    judged = []
    for frame, (claim, test) in zip(frames, asked, strict=True):
        part = frame.merge(found, on=list(AXES), how="left")
        rows = part[list(COLUMNS)].itertuples(index=False, name=None)
        outcomes = [decided(test, Estimate(*row))[0] for row in rows]
        number = claim.tests.index(test) + 1
        judged.append(
            part.assign(
                claim=claim.key, test=number, question=question(claim, test), outcome=outcomes
            )
        )
    judged = pd.concat(judged, ignore_index=True)
    controls = {moments.source.key for moments in sources if not moments.source.evidence}
    return judged.assign(
        outcome=judged["outcome"].mask(judged["source"].isin(controls), "untestable")
    )


def question(claim: Claim, test: Test) -> str:
    """Say in short what a test asks, e.g. ``D06: micro / macro ≈ 1.6``."""
    what = f"{test.of} / {test.versus}" if test.versus else test.of
    return f"{claim.key}: {what} {RELATIONS[test.relation]} {test.value:g}" + (
        "" if test.versus else " %"
    )


def which_choice(found: pd.DataFrame, axes: Iterable[str] = tuple(CHOICES)) -> pd.DataFrame:
    """Share the spread of the estimates out among the choices.

    The logarithms of the estimates are fitted by the sum of one effect per option. A choice gets
    the variance that it adds to the fit, averaged over every order in which choices can enter
    (Lindeman, Merenda and Gold 1980; the Shapley value), since specifications are no balanced
    experiment. What no sum of effects fits is ``together``: choices that matter only in
    combination. Each source counts as much as any other, however many specifications it admits.

    Parameters
    ----------
    found : pandas.DataFrame
        From `run`; what is not decided (status other than ``ok``) is left out.
    axes : iterable of str
        Columns that are choices.

    Returns
    -------
    pandas.DataFrame
        ``choice, options, share`` [percent of the variance], ``largest_step``: the ratio of the
        highest to the lowest option's average estimate (geometric); ``choice`` is ``together`` in
        the last row. Empty for fewer than two estimates.
    """
    found = found[(found["status"] == "ok") & (found["estimate"] > 0)]
    axes = [axis for axis in axes if found[axis].nunique() > 1]
    columns = ["choice", "options", "share", "largest_step"]
    if not axes:
        return pd.DataFrame(columns=columns)
    weight = 1 / found.groupby("source")["source"].transform("size").to_numpy(float)
    y = np.log(found["estimate"].to_numpy())
    y = y - np.average(y, weights=weight)
    dummies = {axis: pd.get_dummies(found[axis]).to_numpy(float) for axis in axes}
    fitted = _fits(y, dummies, weight)
    rows = []
    for axis, dummy in dummies.items():
        means = (dummy * weight[:, None]).T @ y / (dummy.T @ weight)
        rows.append(
            (
                axis,
                len(means),
                100 * _shapley(axis, axes, fitted),
                np.exp(means.max() - means.min()),
            )
        )
    return pd.DataFrame(
        [*rows, ("together", 0, 100 * (1 - fitted[tuple(axes)]), np.nan)], columns=columns
    )


def _fits(
    y: np.ndarray, dummies: dict[str, np.ndarray], weight: np.ndarray
) -> dict[tuple[str, ...], float]:
    """Share of the variance that a sum of effects fits, for every subset of the choices, from one
    matrix of cross-products.
    """
    x = np.column_stack([np.ones(len(y)), *dummies.values()])
    products, totals = (x * weight[:, None]).T @ x, (x * weight[:, None]).T @ y
    of_axis = np.repeat(["", *dummies], [1, *(dummy.shape[1] for dummy in dummies.values())])
    fitted = {}
    for chosen in (
        chosen for size in range(len(dummies) + 1) for chosen in combinations(dummies, size)
    ):
        at = np.flatnonzero(np.isin(of_axis, ["", *chosen]))
        effects = np.linalg.lstsq(products[np.ix_(at, at)], totals[at], rcond=1e-10)[0]
        fitted[chosen] = float(effects @ totals[at] / (weight @ y**2))
    return fitted


def _shapley(axis: str, axes: list[str], fitted: dict) -> float:
    others = [other for other in axes if other != axis]
    return sum(
        (fitted[tuple(one for one in axes if one in (*before, axis))] - fitted[before])
        / len(axes)
        / comb(len(others), len(before))
        for size in range(len(axes))
        for before in combinations(others, size)
    )


def flips(found: pd.DataFrame) -> pd.DataFrame:
    """Count, over all pairs of specifications that differ in a single choice, how often the verdict
    differs.

    Parameters
    ----------
    found : pandas.DataFrame
        From `judge_specifications`; untestable specifications are left out.

    Returns
    -------
    pandas.DataFrame
        For each claim and test ``claim, test, choice, pairs, flips, share`` [percent] and
        ``reversals``: pairs of which one supports and one contradicts the claim.
    """
    rows = []
    for (claim, test), part in found[found["outcome"] != "untestable"].groupby(["claim", "test"]):
        for axis in SINGLE:
            counts = (
                part.groupby([*(other for other in SINGLE if other != axis), "outcome"])
                .size()
                .unstack(fill_value=0)
            )
            counts = counts.reindex(
                columns=["supported", "contradicted", "undecided"], fill_value=0
            )
            total = counts.sum(axis=1)
            pairs = int((total * (total - 1) / 2).sum())
            same = int((counts * (counts - 1) / 2).sum().sum())
            reversals = int((counts["supported"] * counts["contradicted"]).sum())
            rows.append(
                (
                    claim,
                    test,
                    axis,
                    pairs,
                    pairs - same,
                    100 * (pairs - same) / pairs if pairs else np.nan,
                    reversals,
                )
            )
    return pd.DataFrame(
        rows, columns=["claim", "test", "choice", "pairs", "flips", "share", "reversals"]
    )


def single_changes(found: pd.DataFrame) -> pd.DataFrame:
    """List what becomes of the registered specification of each test and source when one of its
    choices is changed.

    Parameters
    ----------
    found : pandas.DataFrame
        From `judge_specifications`.

    Returns
    -------
    pandas.DataFrame
        The rows of `found` that differ from the registered one of the same test and source in one
        choice, with ``choice`` (which), ``option`` (what it was changed to) and
        ``registered_outcome``; the registered rows themselves have the choice ``registered``.
    """
    parts = []
    for row in found[found["registered"]].itertuples():
        part = found[
            (found["source"] == row.source)
            & (found["claim"] == row.claim)
            & (found["test"] == row.test)
        ]
        differs = pd.DataFrame({axis: part[axis] != getattr(row, axis) for axis in SINGLE})
        chosen = differs.sum(axis=1) <= 1
        axis = np.where(differs.any(axis=1), differs.idxmax(axis=1), "registered")[chosen]
        part = part[chosen]
        option = [
            ALL if name == "registered" else part[name].iloc[place]
            for place, name in enumerate(axis)
        ]
        parts.append(part.assign(choice=axis, option=option, registered_outcome=row.outcome))
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else found.head(0).assign(choice="", option="", registered_outcome="")
    )
