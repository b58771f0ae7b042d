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

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analysis.display import Reason, Result, because
from analysis.estimate.contrast import ratio
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.registry import sample_verb
from analysis.estimate.results import Estimate
from analysis.estimate.tier_averages import average_tiers, difference, log_interval
from analysis.estimate.tiers import check_tiers
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

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> alike = kim.equivalence("micro", "macro", margin=1.25)
    >>> alike.answer, round(alike.p_above, 3)
    ('equivalent', 0.0)
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
    check_margin(margin)
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


def check_margin(margin: float) -> None:
    """Refuse a margin that is no factor above 1."""
    if not margin > 1:
        raise ValueError(
            f"margin {margin:g} is not allowed. Allowed: a factor above 1, such as 1.15; ratios "
            "from 1 / margin to it count as alike."
        )


def p_values(log: LogEstimate, margin: float) -> tuple[float, float, float]:
    """P-values of three hypotheses: at most 1 / margin; at least margin; 1.

    Parameters
    ----------
    log : LogEstimate
        Logarithm of the ratio.
    margin : float
        A ratio above 1.

    Returns
    -------
    tuple of float
        One-sided, one-sided and two-sided; nan without a variance.

    Examples
    --------
    >>> [round(p, 3) for p in p_values(LogEstimate(0.0, 0.01, 30.0, None), margin=1.25)]
    [0.017, 0.017, 1.0]
    """
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
