"""Whether all tiers of a scheme are alike, at once; see `analysis.estimate.ratio.equivalence`."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from analysis.display import Reason, Result, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.ratio.equivalence import check_margin, p_values
from analysis.estimate.registry import sample_verb
from analysis.estimate.results import Context
from analysis.estimate.tier_averages import average_tiers, context_of, difference
from analysis.estimate.tiers import tiers_of
from analysis.moments.sample import Sample


@dataclass(frozen=True, repr=False)
class TiersAlike(Result):
    """Whether all tiers of a scheme are alike.

    Attributes
    ----------
    answer : str
        As of `Equivalence`.
    reason : Reason
        Why.
    margin : float
        Factor either way, for each pair of tiers.
    tiers, left_out : tuple of str
        Those compared; those with fewer than 10 accounts, or without an interval.
    n_accounts : int
        In the tiers compared.
    widest : str
        The pair for which it is hardest to decide.
    p_pairs : float
        Intersection-union test: the largest p-value of all one-sided tests of all pairs.
    p_difference : float
        Welch's F test that all tiers are the same.
    context : Context
        Source, metric and average.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> alike = kim.equivalence_of_tiers(margin=1.5)
    >>> alike.answer, alike.tiers
    ('different', ('nano', 'micro', 'macro', 'mega'))
    """

    answer: str
    reason: Reason
    margin: float
    tiers: tuple[str, ...]
    left_out: tuple[str, ...]
    n_accounts: int
    widest: str
    p_pairs: float
    p_difference: float
    context: Context

    @property
    def because(self) -> str:
        """Why the answer is what it is."""
        return str(self.reason)

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``tiers, left_out, n_accounts, margin, widest, p_pairs, p_difference, answer,
        because``.
        """
        names = ("n_accounts", "margin", "widest", "p_pairs", "p_difference", "answer", "because")
        listed = {name: ", ".join(getattr(self, name)) for name in ("tiers", "left_out")}
        return pd.DataFrame([listed | {name: getattr(self, name) for name in names}])


@sample_verb
def equivalence_of_tiers(
    sample: Sample, margin: float = 1.15, average: str = "typical account", confidence: float = 0.95
) -> TiersAlike:
    """Test whether all tiers of a scheme are alike, at once.

    The intersection-union test (Berger 1982) asks that every pair of tiers be equivalent, so that
    it cannot contradict the pairs. It needs no correction for their number, but is cautious with
    many tiers.

    Parameters
    ----------
    sample : Sample
        With tiers assigned.
    margin, average, confidence
        As of `equivalence`.

    Returns
    -------
    TiersAlike
        Tiers with fewer than 10 accounts or without an interval are not compared, and are named.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> kim.equivalence_of_tiers().widest
    'nano / micro'
    """
    check_margin(margin)
    parts = average_tiers(sample, [tier.name for tier in tiers_of(sample)], average)
    kept = {
        tier: log
        for tier, (log, accounts, _) in parts.items()
        if accounts >= INDICATIVE and log.decisive and log.variance > 0
    }
    about = {
        "margin": margin, "tiers": tuple(kept),
        "left_out": tuple(tier for tier in parts if tier not in kept),
        "n_accounts": sum(parts[tier].accounts for tier in kept),
        "context": context_of(sample, average, confidence=confidence),
    }  # fmt: skip
    if len(kept) < 2:
        why = because("too_few_tiers_to_compare", fewest=INDICATIVE)
        return TiersAlike("undecided", why, widest="", p_pairs=np.nan, p_difference=np.nan, **about)
    widest, p, p_difference = p_values_of_all(kept, margin)
    alpha, facts = 1 - confidence, {"margin": margin, "p": p_difference, "widest": widest}
    if p < alpha:
        differing = p_difference if p_difference < alpha else None
        answer, reason = "equivalent", because("every_pair_alike", margin=margin, p=differing)
    elif p_difference < alpha:
        answer, reason = "different", because("tiers_differ", **facts)
    else:
        answer, reason = "undecided", because("no_difference_shown", **facts)
    return TiersAlike(answer, reason, widest=widest, p_pairs=p, p_difference=p_difference, **about)


def p_values_of_all(logs: dict[str, LogEstimate], margin: float) -> tuple[str, float, float]:
    """The pair of tiers hardest to call alike, with `p_pairs` and `p_difference` of
    `TiersAlike`.
    """
    pairs = {f"{a} / {b}": difference(logs[a], logs[b]) for a, b in combinations(logs, 2)}
    p = {label: max(p_values(log, margin)[:2]) for label, log in pairs.items()}
    widest = max(p, key=p.get)
    return widest, p[widest], _welch(list(logs.values()))


def _welch(logs: list[LogEstimate]) -> float:
    """P-value of Welch's (1951) F test that all averages are the same."""
    means, variances, df = np.array([(log.log, log.variance, log.df) for log in logs]).T
    weights, k = 1 / variances, len(logs)
    spread = weights @ (means - weights @ means / weights.sum()) ** 2 / (k - 1)
    error = ((1 - weights / weights.sum()) ** 2 / df).sum() / (k**2 - 1)
    f = spread / (1 + 2 * (k - 2) * error)
    return float(fdtrc(k - 1, 1 / (3 * error), f))
