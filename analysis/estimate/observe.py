"""observe(): what a test of a claim asks of one source, estimated.

A test names an estimator (see `analysis.registers.records.Estimator`); this module says which
function that is and in which unit it answers.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import stdtrit

from analysis.estimate.contrast import Estimate, contrast, smallest_contrast, tier_average
from analysis.estimate.cost.portfolios import worst_case
from analysis.estimate.curve.bends import PER_DECADE, slopes_around
from analysis.estimate.curve.breakpoint import breakpoint
from analysis.estimate.curve.elasticity import elasticity, slope
from analysis.estimate.curve.spline import rate_at
from analysis.estimate.ratio.creators import creator_beyond_size, reliability
from analysis.estimate.ratio.superiority import superiority
from analysis.estimate.tiers import assign_tiers
from analysis.moments.load import load
from analysis.moments.sample import Moments, Sample
from analysis.registers.claims import Test
from analysis.registers.metrics import METRICS
from analysis.registers.records import PriceList, TierScheme

EVERY_OTHER = "every other tier"


def _contrast(sample: Sample, test: Test, confidence: float) -> Estimate:
    if test.versus == EVERY_OTHER:
        return smallest_contrast(sample, test.of, test.average, confidence)
    if test.versus:
        return contrast(sample, test.of, test.versus, test.average, confidence)
    return tier_average(sample, test.of, test.average, confidence)


def _beside(sample: Sample, test: Test, confidence: float) -> Estimate:
    """The rate's ratio per decade of followers in the source `versus`, over that in this one; the
    two have no account in common.
    """
    other = load(test.versus).sample(sample.metric.key)
    one, two = slope(other), slope(sample)
    variance = one.se**2 + two.se**2
    df = variance**2 / (one.se**4 / one.df + two.se**4 / two.df)
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
    value, low, high = 10 ** (one.value - two.value + np.array([0.0, -reach, reach]))
    label = f"{other.source.short} / {sample.source.short}"
    estimand = f"ratio of {sample.metric.title} per decade of followers, {label}, between accounts"
    status = (
        "undefined"
        if np.isnan(value)
        else "ok"
        if not (one.problem or two.problem)
        else "indicative"
    )
    method = "; ".join(
        dict.fromkeys(part for part in (one.problem, two.problem, one.method, two.method) if part)
    )
    n, posts = (
        one.accounts + two.accounts,
        int(sample.rows["posts"].sum() + other.rows["posts"].sum()),
    )
    return Estimate(
        label, n, posts, float(value), float(low), float(high), PER_DECADE, estimand, method, status
    )


def _side(row: int) -> Callable:
    """Slope on one side of a number of followers, as `slopes_around` orders them."""
    return lambda sample, test, confidence: Estimate(
        *slopes_around(sample, test.at, confidence)[list(Estimate._fields)].iloc[row]
    )


ESTIMATORS: dict[str, tuple[Callable[[Sample, Test, float], Estimate], str]] = {
    "contrast": (_contrast, "ratio"),
    "superiority": (
        lambda sample, test, confidence: superiority(sample, test.of, test.versus, confidence),
        "probability",
    ),
    "elasticity": (
        lambda sample, test, confidence: elasticity(sample, confidence=confidence),
        "elasticity",
    ),
    "elasticity beside": (_beside, PER_DECADE),
    "break": (lambda sample, test, confidence: breakpoint(sample, confidence).at, "followers"),
    "slope below": (_side(0), PER_DECADE),
    "slope above": (_side(1), PER_DECADE),
    "rate at": (lambda sample, test, confidence: rate_at(sample, test.at, confidence), "percent"),
    "creator beyond size": (
        lambda sample, test, confidence: creator_beyond_size(sample, confidence),
        "ratio",
    ),
    "reliability": (
        lambda sample, test, confidence: reliability(sample, test.at, confidence),
        "reliability",
    ),
    "worst case": (
        lambda sample, test, confidence: worst_case(sample, test.of, test.versus, confidence),
        "ratio",
    ),
}
"""How each estimator is computed, and its unit."""


def observe(
    test: Test, moments: Moments, scheme: TierScheme | None = None, confidence: float = 0.95
) -> Estimate:
    """Estimate what a test asks of one source.

    Parameters
    ----------
    test : Test
        What is asked.
    moments : Moments
        The source.
    scheme : TierScheme, optional
        The tiers, if the test is about tiers.
    confidence : float
        Of the interval.

    Raises
    ------
    RegisterError, ValueError
        If the source does not hold the metric or stratum, or the scheme not the tiers.
    """
    stratum = {"stratum": test.stratum, "level": test.level} if test.stratum else {}
    sample = moments.sample(test.metric, **stratum)
    estimate, _ = ESTIMATORS[test.estimator]
    return estimate(assign_tiers(sample, scheme) if scheme else sample, test, confidence)


def holds(test: Test, moments: Moments) -> bool:
    """Tell whether a source holds the metric, and the posts, that a test asks for."""
    metric = moments.source.engagement if test.metric == "engagement" else test.metric
    return metric in moments.metrics and (
        not test.stratum or test.level in moments.levels(test.stratum)
    )


def concerns(test: Test, moments: Moments) -> bool:
    """Tell whether a source is of the kind that a test is about: a list of prices is asked about
    costs and nothing else.
    """
    return not isinstance(moments.source, PriceList) or (
        test.metric in METRICS and METRICS[test.metric].costs
    )


def unit_of(test: Test) -> str:
    """Name the unit in which a test is answered."""
    if test.estimator in ("rate at", "contrast") and not test.versus:
        return METRICS[test.metric].unit if test.metric in METRICS else "percent"
    return ESTIMATORS[test.estimator][1]


def asked(test: Test) -> str:
    """Say in words what a test asks for, where nothing was observed."""
    of = (
        f"{test.of}{' / ' + test.versus if test.versus else ''}, {test.average}"
        if test.estimator == "contrast"
        else test.estimator
    )
    return f"{of} of {METRICS[test.metric].title if test.metric in METRICS else 'engagement rate'}"
