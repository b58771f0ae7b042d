"""How many estimates verdicts rest on, and how many would stay decided if all were one family.

Claims share estimates: the same source, metric, posts, average, tiers and estimator answer several
of them. And of many tests some are decided by chance. Both are stated once, over all verdicts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import Reason, Result, verb
from analysis.estimate.confidence_curve import missed_at, nearest_end, on_scale
from analysis.estimate.decision import ends_of
from analysis.estimate.verdict import Verdict, Verdicts

DECIDED = ("supported", "contradicted")

ONE_ESTIMATE = ("source", "unit", "estimate", "low", "high")
"""Columns in which rows on one estimate are equal."""

PROCEDURES = {"Benjamini-Hochberg": "fdr_bh", "Benjamini-Yekutieli": "fdr_by", "Holm": "holm"}
"""Procedures, and their names in statsmodels."""


@dataclass(frozen=True, repr=False)
class Multiplicity(Result):
    """How many of the decided answers stay decided if all that was asked is one family.

    Attributes
    ----------
    asked, decided : int
        Distinct pairs of an estimate and the nearest edge of a claimed range, whether decided or
        not, and how many of them are decided by themselves.
    kept : dict of str to int
        By procedure, how many are decided in the family.
    without : int
        Distinct estimates with an interval that is not of a family by Student's t, such as the
        worst of several comparisons or a bootstrap: they have no p-value and are left out.
    frame : pandas.DataFrame
        ``claim, test, source, scheme, edge, p`` and a column for each procedure that says whether
        it is decided by that.
    alpha : float
        Two-sided; one less the confidence of the intervals.
    """

    asked: int
    decided: int
    kept: dict[str, int]
    without: int
    frame: pd.DataFrame
    alpha: float

    def to_frame(self) -> pd.DataFrame:
        """Give the frame."""
        return self.frame


def estimate_of(verdict: Verdict) -> tuple:
    """Say what distinguishes the estimate of a verdict from others: its source, unit, value and
    interval. Tiers of two publishers with the same accounts, and claims about the same tiers, give
    one estimate.
    """
    values = (getattr(verdict, name) for name in ONE_ESTIMATE)
    return tuple(None if value != value else value for value in values)  # nan equals nothing


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


def by_outcome(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Count the distinct estimates behind the verdicts of each outcome of a table.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        With ``outcome`` as it counts in a summary, ``source, unit, estimate, low, high``, as
        verdicts.csv has them.

    Returns
    -------
    pandas.DataFrame
        By outcome, those of most verdicts first: ``verdicts``; ``estimated``, how many of these
        have an estimate; ``estimates``, how many are distinct. One that answers several claims may
        stand in several rows.

    Examples
    --------
    >>> import analysis as an
    >>> by_outcome(an.judge("D06", "instagram-kim", ["harvard-media"]).to_frame()).sum().tolist()
    [2, 2, 2]
    """
    counts = verdicts["outcome"].value_counts()
    estimated = verdicts[has_estimate(verdicts)]
    distinct = estimated.drop_duplicates(["outcome", *ONE_ESTIMATE])
    columns = {"estimated": estimated, "estimates": distinct}
    each = {name: rows["outcome"].value_counts() for name, rows in columns.items()}
    return pd.DataFrame({"verdicts": counts} | each, counts.index).fillna(0).astype(int)


def has_estimate(verdicts: pd.DataFrame) -> pd.Series:
    """Whether each row of a table of verdicts has an estimate."""
    return pd.to_numeric(verdicts["estimate"], errors="coerce").notna()


@verb(Verdicts)
def multiplicity(verdicts: Verdicts) -> Multiplicity:
    """Ask how many answers stay decided if all that was asked is one family of tests.

    The family holds every test with an interval, decided or not: the procedures would keep all of
    those that are already decided if they saw no others. The p-value of a test is that of the truth
    lying on the nearest edge of the claimed range. Claims that share an estimate and an edge count
    once.

    Parameters
    ----------
    verdicts : Verdicts
        From `judge`.

    Returns
    -------
    Multiplicity
        After Benjamini and Hochberg (1995), Benjamini and Yekutieli (2001) and Holm (1979).

    Examples
    --------
    >>> import analysis as an
    >>> family = an.judge(["D06", "C08"], "instagram-kim").multiplicity()
    >>> family.asked > family.decided >= family.kept["Holm"]
    True
    """
    pairs: dict[tuple, tuple[Verdict, float, float]] = {}
    without = set()
    for verdict in filter(_asked, verdicts):
        edge = _nearest_edge(verdict)
        if edge is None:
            without.add(estimate_of(verdict))
        else:
            answer = (verdict, edge, missed_at(verdict, edge))
            pairs.setdefault((estimate_of(verdict), edge), answer)
    alpha = 1 - next((one.context.confidence for one, _, _ in pairs.values()), 0.95)
    names = ("claim", "test", "source", "scheme")
    rows = [(*map(one.__getattribute__, names), edge, p) for one, edge, p in pairs.values()]
    frame = pd.DataFrame(rows, columns=[*names, "edge", "p"])
    for name, method in PROCEDURES.items():
        frame[name] = _kept(frame["p"].to_numpy(float), alpha, method)
    kept = {name: int(frame[name].sum()) for name in PROCEDURES}
    decided = sum(one.outcome in DECIDED for one, _, _ in pairs.values())
    return Multiplicity(len(rows), decided, kept, len(without), frame, alpha)


def _asked(verdict: Verdict) -> bool:
    """Whether a verdict rests on a registered test and an interval that may decide it."""
    indicative = verdict.outcome == "undecided" and verdict.reason.key != "interval_across"
    return bool(verdict.test) and np.isfinite(verdict.estimate) and not indicative


def _nearest_edge(verdict: Verdict) -> float | None:
    """The edge of the claimed range with the largest p-value; None where there are no p-values."""
    ends = ends_of(verdict.range)
    # without an interval by Student's t there is no p-value
    if ends is None or isinstance(on_scale(verdict), Reason):
        return None
    return nearest_end(verdict, ends)


def _kept(p: np.ndarray, alpha: float, method: str) -> np.ndarray:
    from statsmodels.stats.multitest import multipletests  # slow to import, needed once

    return multipletests(p, alpha, method)[0] if len(p) else np.array([], bool)
