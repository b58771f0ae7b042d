"""Estimate and Estimates: a number with its uncertainty, and many of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from analysis.display import Reason, Result, Shown, nearest
from analysis.errors import check_share
from analysis.registers.records import Tier

COLUMNS = (
    "label", "n_accounts", "n_posts", "estimate", "low", "high", "unit", "estimand", "method",
    "status",
)  # fmt: skip
"""Columns that every frame of estimates has."""

NUMBERS = ("n_accounts", "n_posts", "estimate", "low", "high")
"""Those that hold numbers."""


def worded(values: Iterable[Any]) -> tuple[Any, ...]:
    """Write out what is held as a reason, for a row of a frame."""
    return tuple(str(value) if isinstance(value, Reason) else value for value in values)


@dataclass(frozen=True, repr=False)
class Context(Shown):
    """What a reader needs to know beside the number: whose accounts, which metric, which tiers.

    Attributes
    ----------
    source, platform : str
        Short name of the source, and the platform its posts are on.
    metric : str
        Numerator and denominator.
    average : str
        How accounts are weighed; empty where no average is taken.
    posts : str
        ``"all"``, or a stratum and its level.
    of, versus : Tier or None
        Tiers that are compared; `of` alone for a level.
    scheme : str
        Short name of the scheme that the tiers are from.
    confidence : float
        Of the interval.
    counted : str
        What an estimate rests on, in the singular.
    signs : tuple of str
        Signs of selection in the file that it is drawn from, which keep it from deciding claims.
    source_key, scheme_key : str
        Keys of the source and the scheme, by which what was measured of them is looked up; empty
        of an estimate that is not what a sample itself gives.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> context = kim.contrast("micro", "macro").context
    >>> context.platform, context.of.name, context.versus.name
    ('instagram', 'micro', 'macro')
    """

    source: str = ""
    platform: str = ""
    metric: str = ""
    average: str = ""
    posts: str = "all"
    of: Tier | None = None
    versus: Tier | None = None
    scheme: str = ""
    confidence: float = 0.95
    counted: str = "account"
    signs: tuple[str, ...] = ()
    source_key: str = ""
    scheme_key: str = ""

    def __post_init__(self) -> None:
        check_share("confidence", self.confidence)  # every estimate passes here


SCALES = {
    "factor": (np.log, np.exp), "odds": (logit, expit), "difference": (np.asarray, np.asarray),
}  # fmt: skip
"""Scales on which an error or a bias is a sum, by what it does to a value: a factor on it, a factor
on its odds, or a difference. Each has the function to the scale and the one back.
"""


class Family(NamedTuple):
    """How an interval by Student's t was made, so that one of another level can be.

    Attributes
    ----------
    scale : str
        Of SCALES, on which estimate plus and minus a multiple of its standard error was taken.
    df : float
        Degrees of freedom.
    """

    scale: str
    df: float


@dataclass(frozen=True, repr=False)
class Estimate(Result):
    """One number with its uncertainty.

    Attributes
    ----------
    label : str
        The tier, or ``of / versus``.
    n_accounts, n_posts : int
        Accounts and posts it rests on; in a contrast both tiers together.
    estimate, low, high : float
        Estimate and confidence interval in `unit`; nan where not defined.
    unit : str
        ``percent``, ``count per post``, ``ratio``, ``elasticity``, ``followers`` and so on.
    estimand : Reason
        What is estimated, worded as reasons are.
    reasons : tuple of Reason
        What is missing and why, then how the interval was computed.
    status : str
        ``ok``; ``indicative`` (fewer than 10 accounts in a tier, or no interval); ``undefined`` (no
        estimate).
    context : Context
        Source, metric and tiers, for sentences and pictures.
    family : Family or None
        How the interval was made, if by Student's t; none of a bootstrap or of several intervals.
    zeros : Reason or None
        Which accounts of rate zero, that have no logarithm and are left out, would only raise or
        only lower the estimate: a verdict may rest on that bound.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> lift = kim.contrast("micro", "macro")
    >>> round(lift.estimate, 3), lift.n_accounts, lift.status
    (1.38, 10776, 'ok')
    """

    label: str
    n_accounts: int
    n_posts: int
    estimate: float
    low: float
    high: float
    unit: str
    estimand: Reason
    reasons: tuple[Reason, ...]
    status: str
    context: Context = Context()
    family: Family | None = None
    zeros: Reason | None = None

    def __post_init__(self) -> None:
        for name in ("estimate", "low", "high"):  # plain numbers, which print as such
            object.__setattr__(self, name, float(getattr(self, name)))

    @classmethod
    def undefined(
        cls, *reasons: Reason, label: str, unit: str, estimand: Reason, n_accounts: int = 0,
        n_posts: int = 0, context: Context = Context(),
    ) -> "Estimate":  # fmt: skip
        """Make the result of a question that has no answer, with the reasons."""
        counts, nothing = (int(n_accounts), int(n_posts)), (np.nan, np.nan, np.nan)
        return cls(label, *counts, *nothing, unit, estimand, reasons, "undefined", context)

    @property
    def method(self) -> str:
        """How the interval was computed, and what is missing and why."""
        return "; ".join(dict.fromkeys(str(reason) for reason in self.reasons))

    def row(self) -> tuple[Any, ...]:
        """Give the values of COLUMNS."""
        return worded(getattr(self, name) for name in COLUMNS)

    def to_frame(self) -> pd.DataFrame:
        """Give a frame of one row with COLUMNS."""
        return frame_of([self])


def frame_of(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """Put estimates in a frame with COLUMNS, one row each.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> frame_of([kim.tier_average("micro"), kim.tier_average("macro")])["label"].tolist()
    ['micro', 'macro']
    """
    frame = pd.DataFrame([one.row() for one in estimates], columns=list(COLUMNS))
    # without rows no type is known, and arithmetic on the columns would fail
    return frame if len(frame) else frame.astype(dict.fromkeys(NUMBERS, float))


@dataclass(frozen=True, repr=False)
class Estimates(Result):
    """Several estimates, with columns that distinguish them.

    Attributes
    ----------
    estimates : tuple of Estimate
        One or more.
    keys : pandas.DataFrame
        As many rows: ``source``, ``metric``, ``scheme`` and the like; no column where labels do.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> tiers = kim.by_tier()
    >>> round(tiers["micro"].estimate, 2), len(tiers)
    (2.67, 4)
    """

    estimates: tuple[Estimate, ...]
    keys: pd.DataFrame

    @classmethod
    def of(cls, estimates: Iterable[Estimate], **keys: Iterable[Any]) -> "Estimates":
        """Collect estimates; each keyword is a column of keys, with one value for each estimate.

        Examples
        --------
        >>> Estimates.of([], source=[]).keys.columns.tolist()
        ['source']
        """
        made = tuple(estimates)
        columns = {name: list(values) for name, values in keys.items()}
        return cls(made, pd.DataFrame(columns, index=range(len(made))))

    @classmethod
    def joined(cls, parts: Iterable["Estimates"]) -> "Estimates":
        """Put the rows of several below each other."""
        parts = list(parts)
        frames = [part.keys for part in parts if len(part)]
        keys = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
        return cls(tuple(estimate for part in parts for estimate in part), keys)

    def keyed(self, **keys: Any) -> "Estimates":
        """Put columns in front of the keys, each with one value for all rows."""
        front = pd.DataFrame(keys, index=self.keys.index)
        return replace(self, keys=pd.concat([front, self.keys], axis=1))

    def __len__(self) -> int:
        """Count the estimates."""
        return len(self.estimates)

    def __iter__(self) -> Iterator[Estimate]:
        """Go through the estimates."""
        return iter(self.estimates)

    def __getitem__(self, label: str | int) -> Estimate:
        """Take one estimate by its label, or by its place."""
        if isinstance(label, int):
            return self.estimates[label]
        chosen = [estimate for estimate in self if estimate.label == label]
        if len(chosen) != 1:
            labels = dict.fromkeys(estimate.label for estimate in self)
            problem = "no estimate" if not chosen else f"{len(chosen)} estimates"
            raise KeyError(f"{problem} with the label '{label}'.{nearest(label, labels)}")
        return chosen[0]

    def to_frame(self) -> pd.DataFrame:
        """Give a frame: the keys, then COLUMNS."""
        return pd.concat([self.keys, frame_of(self.estimates)], axis=1)
