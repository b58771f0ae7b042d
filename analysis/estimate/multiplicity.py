"""How many estimates verdicts rest on, and how many would stay decided if all were one family.

Claims share estimates: the same source, metric, posts, average, tiers and estimator answer several
of them. And of many tests some are decided by chance. Both are stated once, over all verdicts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.display import Result, verb
from analysis.errors import check_share
from analysis.estimate.decision import claimed_range
from analysis.estimate.verdict import Verdict, Verdicts
from analysis.registers.lookup import claims

DECIDED = ("supported", "contradicted")

METHODS = {"Benjamini-Hochberg": "fdr_bh", "Benjamini-Yekutieli": "fdr_by", "Holm": "holm"}
"""Procedures, and their names in statsmodels."""

MANY = 1e7
"""Degrees of freedom that are as good as infinite."""


@dataclass(frozen=True, repr=False)
class Multiplicity(Result):
    """How many of the decided ratios and levels stay decided if all are one family.

    Attributes
    ----------
    verdicts, estimates : int
        Decided verdicts on ratios and levels, and the distinct estimates and edges behind them.
    kept : dict of str to int
        By procedure, how many of the latter stay decided.
    frame : pandas.DataFrame
        ``claim, test, source, scheme, edge`` (the nearest one of the claimed range), ``p`` and a
        column for each procedure that says whether it is kept.
    alpha : float
        Two-sided; one less the confidence of the intervals.
    """

    verdicts: int
    estimates: int
    kept: dict[str, int]
    frame: pd.DataFrame
    alpha: float

    def to_frame(self) -> pd.DataFrame:
        """Give the frame."""
        return self.frame


def estimate_of(verdict: Verdict) -> tuple:
    """Say what distinguishes the estimate of a verdict from others: the source, the metric, the
    posts, the average, the ranges of the tiers and the estimator with its threshold.
    """
    context, facts = verdict.context, dict(verdict.estimand.facts)
    ranges = [(one.lower, one.upper) if one else None for one in (context.of, context.versus)]
    at = facts.get("at", facts.get("label", ""))
    about = (context.metric, context.posts, context.average, verdict.unit)
    return (verdict.source, *about, *ranges, verdict.estimand.key, at, verdict.estimate)


@verb(Verdicts)
def distinct(verdicts: Iterable[Verdict]) -> Verdicts:
    """Keep the first verdict on each distinct estimate; those without an estimate are left out.

    Examples
    --------
    >>> import analysis as an
    >>> verdicts = an.judge("D06", "instagram-kim", ["harvard-media"])
    >>> len(verdicts), len(verdicts.distinct())
    (2, 1)
    """
    first: dict[tuple, Verdict] = {}
    for verdict in verdicts:
        if not np.isnan(verdict.estimate):
            first.setdefault(estimate_of(verdict), verdict)
    return Verdicts(tuple(first.values()))


@verb(Verdicts)
def multiplicity(verdicts: Verdicts, narrower: Verdicts) -> Multiplicity:
    """Ask how many decided ratios and levels stay decided if all of them are one family.

    A verdict is decided where an interval does not reach the nearest edge of the claimed range; its
    p-value is that of the truth lying on this edge, by Student's t on the logarithmic scale. Claims
    that share an estimate and an edge count once.

    Parameters
    ----------
    verdicts : Verdicts
        From `judge`.
    narrower : Verdicts
        The same at a lower confidence: how much narrower an interval is gives its degrees of
        freedom.

    Returns
    -------
    Multiplicity
        After Benjamini and Hochberg (1995), Benjamini and Yekutieli (2001) and Holm (1979).

    Raises
    ------
    ValueError
        If the two are not of the same tests, or `narrower` not of a lower confidence.

    Examples
    --------
    >>> import analysis as an
    >>> asked = ("D06", "instagram-kim", ["harvard-media"])
    >>> an.judge(*asked).multiplicity(an.judge(*asked, confidence=0.5)).kept["Holm"]
    2
    """
    rows = list(_tested(verdicts, narrower))
    alpha = 1 - (rows[0][0].context.confidence if rows else 0.95)
    check_share("confidence", 1 - alpha)
    first: dict[tuple, tuple[Verdict, float, float]] = {}
    for verdict, edge, p in rows:
        first.setdefault((estimate_of(verdict), edge), (verdict, edge, p))
    table = [
        (one.claim, one.test, one.source, one.scheme, edge, p) for one, edge, p in first.values()
    ]
    frame = pd.DataFrame(table, columns=["claim", "test", "source", "scheme", "edge", "p"])
    for name, method in METHODS.items():
        frame[name] = _kept(frame["p"].to_numpy(float), alpha, method)
    kept = {name: int(frame[name].sum()) for name in METHODS}
    return Multiplicity(len(rows), len(frame), kept, frame, alpha)


def _tested(verdicts: Verdicts, narrower: Verdicts) -> Iterator[tuple[Verdict, float, float]]:
    """Go through decided ratios and levels, with their nearest edges and p-values."""
    if len(verdicts) != len(narrower):
        raise ValueError("both verdicts have to be on the same tests, at two confidences.")
    for one, other in zip(verdicts, narrower, strict=True):
        if one.outcome not in DECIDED or one.estimand.key not in ("ratio", "average"):
            continue
        if not (one.test and np.isfinite([one.low, one.high]).all() and one.low > 0):
            continue
        claim = claims().get(one.claim)
        if claim is None or one.test > len(claim.tests):
            continue
        edges = [edge for edge in claimed_range(claim.tests[one.test - 1]) if 0 < edge < np.inf]
        edge = min(edges, key=_distance_from(one))
        yield one, edge, p_value(one, other, edge)


def _distance_from(verdict: Verdict):
    return lambda edge: abs(np.log(verdict.estimate / edge))


def p_value(verdict: Verdict, narrower: Verdict, edge: float) -> float:
    """Two-sided p-value of the truth lying on an edge, from two intervals of one estimate.

    Examples
    --------
    >>> import analysis as an
    >>> asked = ("D06", "instagram-kim", "harvard-media")
    >>> ninety_five, half = (an.judge(*asked, confidence=level)[0] for level in (0.95, 0.5))
    >>> round(p_value(ninety_five, half, ninety_five.high), 4)
    0.05
    """
    from scipy.optimize import brentq  # a reader of cells need not wait for it

    wide, narrow = (np.log(one.high / one.low) / 2 for one in (verdict, narrower))
    levels = [(1 + one.context.confidence) / 2 for one in (verdict, narrower)]
    if not levels[1] < levels[0]:
        raise ValueError("'narrower' has to be of a lower confidence than the verdicts.")

    def excess(log_df: float) -> float:
        quantiles = stdtrit(np.exp(log_df), levels)
        return float(quantiles[0] / quantiles[1] - wide / narrow)

    ends = (0.0, np.log(MANY))
    # beyond many degrees of freedom, rounding decides how much narrower an interval is
    few = excess(ends[0]) > 0 > excess(ends[1])
    df = np.exp(brentq(excess, *ends)) if few else MANY
    se = wide / stdtrit(df, levels[0])
    return float(2 * stdtr(df, -abs(np.log(verdict.estimate / edge)) / se))


def _kept(p: np.ndarray, alpha: float, method: str) -> np.ndarray:
    from statsmodels.stats.multitest import multipletests  # slow to import, needed once

    return multipletests(p, alpha, method)[0] if len(p) else np.array([], bool)
