"""What all results along followers share: how a slope and an estimate are made."""

from collections.abc import Iterable
from typing import NamedTuple

from analysis.display import Reason, nearest
from analysis.estimate.results import Estimate
from analysis.estimate.tier_averages import context_of
from analysis.moments.sample import Sample

PER_DECADE = "ratio per decade"
"""Unit of a slope: the ratio of rates at ten times the followers."""


class Slope(NamedTuple):
    """Slope of the logarithm of a rate on log followers.

    Attributes
    ----------
    value, se, df : float
        The slope, its standard error and degrees of freedom; nan where not defined.
    accounts : int
        Accounts it rests on.
    method : Reason or None
        How it was estimated.
    problem : Reason or None
        What is missing and why.
    """

    value: float
    se: float
    df: float
    accounts: int
    method: Reason | None
    problem: Reason | None = None


class Quantity(NamedTuple):
    """What is estimated, with a label and its unit."""

    label: str
    unit: str
    estimand: Reason


def check_known(kind: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that is not known, with the nearest one."""
    if name not in known:
        hint, listed = nearest(name, known), ", ".join(known)
        raise ValueError(f"{kind} '{name}' is not known.{hint} Known: {listed}.")


def estimates_of(
    sample: Sample,
    accounts: int,
    quantities: Iterable[Quantity],
    values: Iterable[Iterable[float]] | None,
    reasons: tuple[Reason, ...],
    status: str,
    confidence: float,
) -> list[Estimate]:
    """Make estimates of quantities that rest on the same accounts.

    Parameters
    ----------
    sample : Sample
        From which they are.
    accounts : int
        Those with a rate above zero.
    quantities : iterable of Quantity
        What is estimated.
    values : iterable of (float, float, float), optional
        Estimate and interval of each; without them all are undefined, for the reasons given.
    reasons : tuple of Reason
        Doubts, then the method.
    status : str
        ``ok`` or ``indicative``.
    confidence : float
        Of the intervals.
    """
    posts, context = int(sample.rows["posts"].sum()), context_of(sample, "", confidence=confidence)
    if values is None:
        about = {"n_accounts": accounts, "n_posts": posts, "context": context}
        return [
            Estimate.undefined(*reasons, label=label, unit=unit, estimand=what, **about)
            for label, unit, what in quantities
        ]
    pairs = zip(quantities, values, strict=True)
    counts, rest = (accounts, posts), (reasons, status, context)
    return [
        Estimate(label, *counts, *map(float, row), unit, what, *rest)
        for (label, unit, what), row in pairs
    ]
