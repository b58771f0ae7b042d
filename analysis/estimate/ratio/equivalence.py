"""Alike, different, or not known: equivalence tests on the log ratio of tiers.

That no difference was found is no finding that there is none. Two tiers are called alike only if a
test rejects every ratio beyond a margin that was stated beforehand: the largest difference that
would not change a budget.

Three answers. *equivalent*: both one-sided tests reject, so that the interval of 1 - 2 alpha lies
within the margin. *different*: the interval of 1 - alpha excludes 1, and equivalence was not shown.
*undecided*: neither. A ratio can differ from 1 and still lie within the margin, if there are many
accounts; the answer is then *equivalent*, since the margin says what matters, and `because` says
both. Verdicts of claims are stricter: they want the whole interval of 1 - alpha within the margin.
An answer *equivalent* can therefore go with a verdict *undecided*, never with *contradicted*.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.special import stdtr

from analysis.estimate.averages import INDICATIVE, LogEstimate
from analysis.estimate.contrast import contrast, difference, log_interval, of_tiers
from analysis.estimate.results import Estimate
from analysis.moments.sample import Sample

ANSWERS = ("different", "equivalent", "undecided")


class Equivalence(NamedTuple):
    """A ratio of two tiers and what may be said of it.

    Attributes
    ----------
    label, n_accounts, n_posts, estimate, low, high, unit, estimand, method, status
        Those of the `Estimate` that `contrast` gives; low and high are the ends of the interval of
        1 - alpha.
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
        One of ANSWERS.
    because : str
        The answer in a sentence.
    """

    label: str
    n_accounts: int
    n_posts: int
    estimate: float
    low: float
    high: float
    unit: str
    estimand: str
    method: str
    status: str
    inner_low: float
    inner_high: float
    p_below: float
    p_above: float
    p_difference: float
    margin: float
    answer: str
    because: str


class TiersAlike(NamedTuple):
    """Whether all tiers are alike.

    Attributes
    ----------
    tiers : str
        Those compared; tiers without enough accounts are in `left_out`.
    left_out : str
        Tiers that were not compared.
    n_accounts : int
        In the tiers compared.
    margin : float
        Factor either way, for each pair of tiers.
    widest : str
        The pair for which it is hardest to say.
    p_pairs : float
        Intersection-union test: the largest p-value of all one-sided tests of all pairs. It decides
        the answer.
    p_distance : float
        Wellek's F test, of statsmodels, that Welch's distance between all tiers is as large as that
        of two tiers a margin apart.
    p_difference : float
        Welch's F test that all tiers are the same.
    answer, because, estimand, method, status : str
        As in `Equivalence`.
    """

    tiers: str
    left_out: str
    n_accounts: int
    margin: float
    widest: str
    p_pairs: float
    p_distance: float
    p_difference: float
    answer: str
    because: str
    estimand: str
    method: str
    status: str


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
    """
    _check(margin)
    found = contrast(sample, of, versus, average, confidence)
    averaged = of_tiers(sample, (of, versus), average)
    log = difference(averaged[of].average, averaged[versus].average)
    alpha = 1 - confidence
    inner = log_interval(log.log, log.variance, log.df, 1 - 2 * alpha)
    below, above, apart = p_values(log, margin)
    answer, because = _answer(found, inner, max(below, above), apart, margin, alpha)
    return Equivalence(*found, *inner, below, above, apart, margin, answer, because)


def _check(margin: float) -> None:
    if not margin > 1:
        raise ValueError(
            f"margin {margin:g} is not allowed. Allowed: a factor above 1, such as 1.15; ratios from 1 / margin to it are alike."
        )


def p_values(log: LogEstimate, margin: float) -> tuple[float, float, float]:
    """Of the hypotheses: at most 1 / margin; at least margin; 1."""
    if not log.variance > 0:  # nan too
        return np.nan, np.nan, np.nan
    se, edge = np.sqrt(log.variance), np.log(margin)
    below, above = stdtr(log.df, -(log.log + edge) / se), stdtr(log.df, (log.log - edge) / se)
    return float(below), float(above), float(2 * stdtr(log.df, -abs(log.log) / se))


def _answer(
    found: Estimate, inner: tuple[float, float], p: float, apart: float, margin: float, alpha: float
) -> tuple[str, str]:
    """One of ANSWERS, and why."""
    if found.status != "ok":
        return "undecided", f"Too little to decide: {found.method}."
    level, within = f"{100 * (1 - 2 * alpha):.0f} %", f"1/{margin:g} to {margin:g}"
    if p < alpha:
        small = (
            f" The ratio differs from 1 (p = {apart:.2g}), by less than the margin."
            if apart < alpha
            else ""
        )
        return (
            "equivalent",
            f"The {level} interval, {inner[0]:.3g} to {inner[1]:.3g}, lies within {within}.{small}",
        )
    if apart < alpha:
        beyond = found.low >= margin or found.high <= 1 / margin
        return (
            "different",
            f"The interval excludes 1 and lies beyond {within}."
            if beyond
            else f"The interval excludes 1, not all of {within}.",
        )
    return (
        "undecided",
        f"The interval holds 1, and the {level} interval, {inner[0]:.3g} to {inner[1]:.3g}, leaves {within}.",
    )


def equivalence_of_tiers(
    sample: Sample, margin: float = 1.15, average: str = "typical account", confidence: float = 0.95
) -> TiersAlike:
    """Test whether all tiers of a scheme are alike, at once.

    Two tests. The intersection-union test (Berger 1982) asks that every pair of tiers be
    equivalent; it decides, so that it cannot contradict the pairs, and it needs no correction, but
    it is cautious with many tiers. Wellek's F test (2010) asks whether one distance between all
    tiers is small: Welch's, the sum over tiers of (log average - weighted mean)^2 / variance. Its
    margin is translated from that of a pair: the distance of two tiers that lie a margin apart, d^2
    / (variance of their log ratio), for the pair that is known worst. A smaller distance than that
    leaves no pair further apart than the margin.

    Returns
    -------
    TiersAlike
        Tiers with fewer than 10 accounts or without an interval are not compared, and are named.
    """
    _check(margin)
    parts = of_tiers(sample, sample.scheme.names, average)
    kept = {
        tier: log
        for tier, (log, n, _) in parts.items()
        if n >= INDICATIVE and log.decisive and log.variance > 0
    }
    left = ", ".join(tier for tier in parts if tier not in kept)
    n = sum(parts[tier][1] for tier in kept)
    estimand = f"{average} of {sample.metric.title}, all pairs of tiers"
    if len(kept) < 2:
        words = f"fewer than two tiers with {INDICATIVE} accounts and an interval"
        nothing = (
            np.nan,
            np.nan,
            np.nan,
            "undecided",
            f"Not answerable here: {words}.",
            estimand,
            words,
            "undefined",
        )
        return TiersAlike(", ".join(kept), left, n, margin, "", *nothing)
    widest, tests, method = p_values_of_all(kept, margin)
    answer, because = _answer_of_all(tests[0], tests[2], widest, margin, 1 - confidence)
    return TiersAlike(
        ", ".join(kept), left, n, margin, widest, *tests, answer, because, estimand, method, "ok"
    )


def p_values_of_all(
    logs: dict[str, LogEstimate], margin: float
) -> tuple[str, tuple[float, float, float], str]:
    """The pair of tiers hardest to call alike; `p_pairs`, `p_distance` and `p_difference` of
    `TiersAlike`; and how they were found.
    """
    from statsmodels.stats.oneway import anova_generic, equivalence_oneway_generic

    pairs = {f"{a} / {b}": difference(logs[a], logs[b]) for a, b in combinations(logs, 2)}
    p = {label: max(p_values(log, margin)[:2]) for label, log in pairs.items()}
    widest = max(p, key=p.get)
    means, variances, accounts = (
        np.array(parts)
        for parts in zip(
            *((one.log, one.variance, one.df + 1) for one in logs.values()), strict=True
        )
    )
    welch = anova_generic(means, variances * accounts, accounts, use_var="unequal")
    shift = np.log(margin) ** 2 / max(log.variance for log in pairs.values())
    wellek = equivalence_oneway_generic(
        welch.statistic, len(logs), accounts, shift / accounts.sum(), welch.df
    )
    method = f"intersection-union over {len(pairs)} pairs; Welch F {welch.statistic:.3g}, Wellek margin as noncentrality {shift:.3g}"
    return widest, (p[widest], float(wellek.pvalue), float(welch.pvalue)), method


def _answer_of_all(
    p: float, apart: float, widest: str, margin: float, alpha: float
) -> tuple[str, str]:
    if p < alpha:
        small = f" They differ (p = {apart:.2g}), by less than the margin." if apart < alpha else ""
        return (
            "equivalent",
            f"Every pair of tiers is equivalent within a factor of {margin:g}.{small}",
        )
    if apart < alpha:
        return (
            "different",
            f"The tiers differ (p = {apart:.2g}), and {widest} is not shown to lie within a factor of {margin:g}.",
        )
    return (
        "undecided",
        f"No difference is shown (p = {apart:.2g}), and {widest} is not shown to lie within a factor of {margin:g}.",
    )
