"""What a test of a claim asks of one source, and whether the source can be asked."""

from analysis.display import Reason, because
from analysis.errors import RegisterError
from analysis.estimate.registry import estimated, estimator_of
from analysis.estimate.results import Estimate
from analysis.moments.sample import Moments
from analysis.registers.claims import Test
from analysis.registers.metrics import METRICS
from analysis.registers.records import PriceList, TierScheme


def observe(
    test: Test,
    moments: Moments,
    scheme: TierScheme | None = None,
    confidence: float = 0.95,
    beside: Moments | None = None,
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
    beside : Moments, optional
        The source that `test.versus` names, if the test compares two sources.

    Raises
    ------
    RegisterError, ValueError
        If the source does not hold the metric or stratum, or the scheme not the tiers.

    Examples
    --------
    >>> import analysis as an
    >>> test, kim = an.claim("D06").tests[0], an.load("instagram-kim")
    >>> round(observe(test, kim, an.scheme("harvard-media")).estimate, 2)
    1.38
    """
    stratum = {"stratum": test.stratum, "level": test.level} if test.stratum else {}
    sample = moments.sample(test.metric, **stratum)
    tiered = sample.tier(scheme) if scheme else sample
    if not estimator_of(test).compares_sources:
        return estimated(test, tiered, confidence)
    if beside is None:
        raise RegisterError(f"source '{test.versus}', which the test compares with, is not loaded.")
    return estimated(test, tiered, confidence, beside=beside.sample(sample.metric.key))


def holds(test: Test, moments: Moments) -> bool:
    """Whether a source holds the metric, and the posts, that a test asks for.

    Examples
    --------
    >>> import analysis as an
    >>> holds(an.claim("D06").tests[0], an.load("youtube-fr-science"))
    False
    """
    if moments.key_of(test.metric) not in moments.metrics:
        return False
    return not test.stratum or test.level in moments.levels(test.stratum)


def posts_of(test: Test) -> str:
    """Of which posts a test is, written as `Sample.posts`."""
    return f"{test.stratum}: {test.level}" if test.stratum else "all"


def concerns(test: Test, moments: Moments) -> bool:
    """Whether a source is of the kind that a test is about: a list of prices is asked about costs
    and nothing else.
    """
    costs = test.metric in METRICS and METRICS[test.metric].costs
    return costs or not isinstance(moments.source, PriceList)


def estimand_of(test: Test) -> Reason:
    """Name what a test asks for, where nothing was observed."""
    metric = METRICS[test.metric].title if test.metric in METRICS else "engagement rate"
    if test.estimator != "contrast":
        return because("estimator", name=test.estimator, metric=metric)
    facts = {"average": test.average, "metric": metric}
    return because("tier_or_contrast", of=test.of, versus=test.versus, **facts)
