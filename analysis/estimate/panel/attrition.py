"""Bounds for those who ended: whoever is left at the end is not whoever was there at first.

Lee (2009): if more creators of one group stay, the surplus is trimmed from its top or from its
bottom, and the difference of the means of those who are left bounds the difference among creators
who would have stayed in either group. It assumes that belonging to the group moves staying one way
only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.display import Result, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.results import Context, Estimate, Family
from analysis.estimate.tier_averages import t_interval
from analysis.moments.panel_stayers import Stayers

ANYWHERE = Context(counted="creator")


@dataclass(frozen=True, repr=False)
class Attrition(Result):
    """How the changes of two groups differ among those who stayed, and within what bounds.

    Attributes
    ----------
    naive, lowest, highest : Estimate
        Ratio of the changes of the first group to those of the second: as observed, and with the
        surplus of stayers trimmed from one end of the group that has it.
    shares : tuple of float
        Share of each group that stayed.
    trimmed : float
        Share of the stayers of one group that is trimmed.
    groups : tuple of str
        What the two are called.
    """

    naive: Estimate
    lowest: Estimate
    highest: Estimate
    shares: tuple[float, float]
    trimmed: float
    groups: tuple[str, str] = ("the first group", "the second")

    def to_frame(self) -> pd.DataFrame:
        """Give the three estimates, one row each, with ``stayed_of, stayed_versus, trimmed``."""
        parts = (self.naive, self.lowest, self.highest)
        rows = pd.concat([one.to_frame() for one in parts], ignore_index=True)
        facts = {"stayed_of": self.shares[0], "stayed_versus": self.shares[1]}
        return rows.assign(**facts, trimmed=self.trimmed)


def lee_bounds(sums: Iterable[Stayers], context: Context = ANYWHERE) -> Attrition:
    """Bound the ratio of the changes of two groups for those who ended.

    Parameters
    ----------
    sums : iterable of Stayers
        From `analysis.moments.panel_stayers.stayers`, or as a source publishes them.
    context : Context
        Whose creators; its confidence is that of the intervals.

    Examples
    --------
    >>> from analysis.moments.panel_stayers import stayers
    >>> rng = np.random.default_rng(1)
    >>> sums = stayers(rng.normal(0.2, 1, 900), rng.normal(0, 1, 800), (1000, 1000))
    >>> bounds = lee_bounds(sums)
    >>> [round(float(np.log(part.estimate)), 1) for part in (bounds.lowest, bounds.highest)]
    [-0.0, 0.4]
    """
    by_part = {(one.group, one.trimmed): one for one in sums}
    of, versus = by_part["of", ""], by_part["versus", ""]
    more = next(group for group, trimmed in by_part if trimmed)
    shares = of.stayed / of.started, versus.stayed / versus.started
    kept = min(shares) / max(shares)
    # variance of the logarithm of the ratio of the two shares
    spread = sum(1 / one.stayed - 1 / one.started for one in (of, versus))
    whole = by_part[more, ""].stayed
    ends = [_trimmed(by_part[more, end], whole, kept, spread) for end in ("top", "bottom")]
    if more == "of":
        pairs = [(end, _mean(versus)) for end in ends]
    else:  # without the top of the second group the ratio is at its largest
        pairs = [(_mean(of), end) for end in reversed(ends)]
    pairs = [(_mean(of), _mean(versus)), *pairs]
    facts = of.stayed + versus.stayed, min(of.stayed, versus.stayed) - 1, context
    names = ("as observed", "lowest", "highest")
    made = (_ratio(name, *pair, *facts) for name, pair in zip(names, pairs, strict=True))
    return Attrition(*made, shares, 1 - kept)


class _Mean(NamedTuple):
    value: float
    variance: float


def _mean(sums: Stayers) -> _Mean:
    return _Mean(sums.total / sums.stayed, sums.squares / (sums.stayed - 1) / sums.stayed)


def _trimmed(sums: Stayers, whole: int, kept: float, spread: float) -> _Mean:
    """Mean of those left, with the variance of Lee's proposition 3: of that mean, of the quantile
    at which was cut, and of the share that was cut.
    """
    mean = sums.total / sums.stayed
    reach = (sums.cut - mean) ** 2
    variance = (sums.squares / (sums.stayed - 1) + reach * (1 - kept)) / (whole * kept)
    return _Mean(mean, variance + reach * spread)


def _ratio(
    label: str, first: _Mean, second: _Mean, creators: int, df: float, context: Context
) -> Estimate:
    """Ratio of the changes of two groups from the means of their logarithms."""
    log, se = first.value - second.value, np.sqrt(first.variance + second.variance)
    ends = t_interval(log, se, df, context.confidence)
    few = df + 1 < INDICATIVE
    reasons = (because("few_in_all", accounts=int(df + 1)),) if few else ()
    return Estimate(
        label, creators, creators, *(float(np.exp(end)) for end in (log, *ends)), "ratio",
        because("ratio_of_changes", which=label), (*reasons, because("lee")),
        "indicative" if few else "ok", context, Family("factor", df),
    )  # fmt: skip
