"""What all results along followers share: how a slope and an estimate are made."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from analysis.display import Reason, nearest
from analysis.estimate.curve.scaled_residuals import Spread
from analysis.estimate.results import Estimate
from analysis.estimate.tier_averages import context_of, t_interval
from analysis.moments.sample import Sample


class Slope(NamedTuple):
    """Slope of the logarithm of a rate on log followers; nan where not defined."""

    value: float
    se: float
    df: float
    accounts: int  # that it rests on
    method: Reason | None
    problem: Reason | None = None  # what is missing and why
    spread: Spread | None = None  # of its t value, if it is not Student's

    def interval(self, confidence: float) -> tuple[float, float]:
        """Slopes that are not ruled out; nan without a standard error."""
        if self.spread is None or not np.isfinite(self.se):
            return t_interval(self.value, self.se, self.df, confidence)
        return self.spread.interval(0, self.value, self.se, (1 + confidence) / 2)


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
    """Make estimates of quantities that rest on the same accounts, those with a rate above zero;
    without `values` (estimate and interval of each) all are undefined, for the reasons given.
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
