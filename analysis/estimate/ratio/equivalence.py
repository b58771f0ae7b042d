"""Alike, different, or not known: equivalence tests on the log ratio of tiers.

A difference that was not shown is not shown to be absent. Two tiers are called alike only if a test
rejects every ratio beyond a margin that was stated beforehand: the largest difference that would
not change a budget.

Three answers. *equivalent*: both one-sided tests reject, so that the interval of 1 - 2 alpha lies
within the margin. *different*: the interval of 1 - alpha excludes 1, and equivalence was not shown.
*undecided*: neither. A ratio can differ from 1 and still lie within the margin, if there are many
accounts; the answer is then *equivalent*, since the margin states what matters, and the reason
gives both. Verdicts of claims are stricter: they want the whole interval of 1 - alpha within the
margin. An answer *equivalent* can therefore meet a verdict *undecided*, never *contradicted*.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import fdtrc, stdtr

from analysis.display import Reason, Result, because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import ratio
from analysis.estimate.registry import sample_verb
from analysis.estimate.results import Context, Estimate, LogEstimate
from analysis.estimate.tier_averages import average_tiers, context_of, difference, log_interval
from analysis.estimate.tiers import check_tiers, tiers_of
from analysis.moments.sample import Sample


@dataclass(frozen=True, repr=False)
class Equivalence(Result):
    """A ratio of two tiers, and whether they are alike.

    Attributes
    ----------
    estimate : Estimate
        As `contrast` gives it, with the interval of 1 - alpha.
    inner_low, inner_high : float
        Interval of 1 - 2 alpha: it lies within the margin if and only if both one-sided tests
        reject.
    p_below, p_above : float
        Of the hypotheses that the ratio is at most 1 / margin, and at least the margin.
    p_difference : float
        Two-sided, of the hypothesis that the ratio is 1.
    margin : float
        Factor either way that counts as alike.
    answer : str
        ``equivalent``, ``different`` or ``undecided``.
    reason : Reason
        Why.
    """

    estimate: Estimate
    inner_low: float
    inner_high: float
    p_below: float
    p_above: float
    p_difference: float
    margin: float
    answer: str
    reason: Reason

    @property
    def because(self) -> str:
        """Why the answer is what it is."""
        return str(self.reason)

    def to_frame(self) -> pd.DataFrame:
        """Give a row: the columns of the estimate, ``inner_low, inner_high, p_below, p_above,
        p_difference, margin, answer, because``.
        """
        own = ("inner_low", "inner_high", "p_below", "p_above", "p_difference", "margin", "answer")
        columns = {name: getattr(self, name) for name in (*own, "because")}
        return self.estimate.to_frame().assign(**columns)


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
def equivalence(
    sample: Sample,
    of: str = "micro",
    versus: str = "macro",
    margin: float = 1.15,
    average: str = "typical account",
    confidence: float = 0.95,
) -> Equivalence:
    """Test whether the averages of two tiers are alike: two one-sided tests (Schuirmann 1987) on
    the log of their ratio.

    The log, its variance and its degrees of freedom are those of `contrast`, so test and interval
    cannot disagree.

    Parameters
    ----------
    sample : Sample
        With tiers assigned.
    of, versus : str
        Tiers of the scheme.
    margin : float
        Above 1: the ratios from 1 / margin to margin count as alike.
    average : str
        A key of AVERAGES.
    confidence : float
        Each one-sided test and the test of a difference have the level alpha = 1 - confidence.

    Returns
    -------
    Equivalence
        *undecided* whenever the estimate is indicative only or undefined.

    Raises
    ------
    ValueError
        If the margin is not above 1, or the scheme has no such tier.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> kim.equivalence("micro", "macro", margin=1.15).answer
    'different'
    """
    _check(margin)
    check_tiers(sample, of, versus)
    averaged = average_tiers(sample, (of, versus), average)
    estimate = ratio(sample, of, versus, averaged, average, confidence)
    log = difference(averaged[of].average, averaged[versus].average)
    alpha, p = 1 - confidence, p_values(log, margin)
    inner = log_interval(log.log, log.variance, log.df, 1 - 2 * alpha)
    if estimate.status != "ok":
        answer, reason = "undecided", because("too_little", reasons=estimate.reasons)
    else:
        answer, reason = _answer(estimate, inner, p, margin, alpha)
    return Equivalence(estimate, *inner, *p, margin, answer, reason)


def _check(margin: float) -> None:
    if not margin > 1:
        raise ValueError(
            f"margin {margin:g} is not allowed. Allowed: a factor above 1, such as 1.15; ratios "
            "from 1 / margin to it count as alike."
        )


def p_values(log: LogEstimate, margin: float) -> tuple[float, float, float]:
    """P-values of three hypotheses: at most 1 / margin; at least margin; 1."""
    if not log.variance > 0:  # nan too
        return np.nan, np.nan, np.nan
    se, edge = np.sqrt(log.variance), np.log(margin)
    below, above = stdtr(log.df, -(log.log + edge) / se), stdtr(log.df, (log.log - edge) / se)
    return float(below), float(above), float(2 * stdtr(log.df, -abs(log.log) / se))


def _answer(
    estimate: Estimate,
    inner: tuple[float, float],
    p: tuple[float, float, float],
    margin: float,
    alpha: float,
) -> tuple[str, Reason]:
    below, above, p_difference = p
    differs = p_difference < alpha
    facts = {"level": 100 * (1 - 2 * alpha), "low": inner[0], "high": inner[1], "margin": margin}
    if max(below, above) < alpha:
        differing = p_difference if differs else None
        return "equivalent", because("within_margin", **facts, p=differing)
    if differs:
        beyond = estimate.low >= margin or estimate.high <= 1 / margin
        return "different", because("differs_from_1", margin=margin, beyond=beyond)
    return "undecided", because("across_margin", **facts)


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
    _check(margin)
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
