"""observe(): what a test of a claim asks of one source, estimated.

A test names an estimator (see `analysis.evidence.records.Estimator`); this module says which function that is and in which unit it
answers.
"""

from collections.abc import Callable

from analysis.estimate.contrast import Estimate, contrast, smallest_contrast, tier_average
from analysis.estimate.tiers import assign_tiers
from analysis.evidence.metrics import METRICS
from analysis.evidence.records import Test, TierScheme
from analysis.evidence.sample import Moments, Sample

EVERY_OTHER = "every other tier"


def _contrast(sample: Sample, test: Test, confidence: float) -> Estimate:
    if test.versus == EVERY_OTHER:
        return smallest_contrast(sample, test.of, test.average, confidence)
    if test.versus:
        return contrast(sample, test.of, test.versus, test.average, confidence)
    return tier_average(sample, test.of, test.average, confidence)


ESTIMATORS: dict[str, tuple[Callable[[Sample, Test, float], Estimate], str]] = {
    "contrast": (_contrast, "ratio"),
}
"""How each estimator is computed, and its unit."""


def observe(test: Test, moments: Moments, scheme: TierScheme | None = None, confidence: float = 0.95) -> Estimate:
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
    return metric in moments.metrics and (not test.stratum or test.level in moments.levels(test.stratum))


def unit_of(test: Test) -> str:
    """Name the unit in which a test is answered."""
    if test.estimator in ("rate at", "contrast") and not test.versus:
        return METRICS[test.metric].unit if test.metric in METRICS else "percent"
    return ESTIMATORS[test.estimator][1]


def asked(test: Test) -> str:
    """Say in words what a test asks for, where nothing was observed."""
    of = f"{test.of}{' / ' + test.versus if test.versus else ''}, {test.average}" if test.estimator == "contrast" else test.estimator
    return f"{of} of {METRICS[test.metric].title if test.metric in METRICS else 'engagement rate'}"
