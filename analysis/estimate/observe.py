"""What a test of a claim asks of one source, and whether the source can be asked."""

from dataclasses import replace

import numpy as np

from analysis.display import Reason, because
from analysis.errors import RegisterError
from analysis.estimate.contrast import EVERY_OTHER
from analysis.estimate.registry import estimated, estimator_of, is_level, unit_of
from analysis.estimate.results import Estimate
from analysis.moments.levels import by_level, has_levels
from analysis.moments.metric_sample import Sample
from analysis.moments.panel import panels_of
from analysis.moments.sample import Moments
from analysis.registers import lookup
from analysis.registers.claims import Test
from analysis.registers.metrics import METRICS
from analysis.registers.records import PriceList, Tier, TierScheme

UNDER_SELECTION = frozenset({"truncated", "missing_accounts"})
"""Reasons of estimates that are bounds for accounts nobody saw, which no test asks for."""


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
    if estimator_of(test).follows:
        return estimated(test, moments.panel(test.metric, test.along), confidence)
    if estimator_of(test).within:
        levels = by_level(moments, test.metric, test.stratum)
        sample = levels.sample.tier(scheme) if scheme else levels.sample
        return estimated(test, replace(levels, sample=sample), confidence)
    tiered = sample_of(test, moments, scheme)
    if not estimator_of(test).compares_sources:
        made = estimated(test, tiered, confidence)
        return replace(made, reasons=(*made.reasons, *in_merged_cells(test, tiered)))
    if beside is None:
        raise RegisterError(f"source '{test.versus}', which the test compares with, is not loaded.")
    return estimated(test, tiered, confidence, beside=beside.sample(tiered.metric.key))


def sample_of(test: Test, moments: Moments, scheme: TierScheme | None = None) -> Sample:
    """Take the sample that a test is about, with tiers if it is about tiers.

    Examples
    --------
    >>> import analysis as an
    >>> sample_of(an.claim("A12").tests[0], an.load("instagram-kim")).posts
    'sponsored: yes'
    """
    stratum = {"stratum": test.stratum, "level": test.level} if test.stratum else {}
    sample = moments.sample(test.metric, **stratum)
    return sample.tier(scheme) if scheme else sample


def in_merged_cells(test: Test, sample: Sample) -> tuple[Reason, ...]:
    """Count the accounts, by the tiers of a test, that may have posts of a sample's level in cells
    whose levels were merged, and so are not in the sample.

    Examples
    --------
    >>> import analysis as an
    >>> paid = an.load("instagram-kim").sample("engagement", "sponsored", "yes").tier("decades")
    >>> [dict(one.facts)["tier"] for one in in_merged_cells(an.claim("A12").tests[0], paid)]
    []
    """
    if sample.merged is None:
        return ()
    tiers = sample.scheme.tiers if sample.scheme else (Tier(name=""),)
    if sample.scheme and test.versus != EVERY_OTHER:
        tiers = [tier for tier in tiers if tier.name in (test.of, test.versus)]
    counted = []
    for tier in tiers:
        inside = sample.merged["lower"] >= tier.lower
        inside &= sample.merged["upper"] <= (np.inf if tier.upper is None else tier.upper)
        accounts = int(sample.merged.loc[inside, "accounts"].sum())
        facts = {"tier": tier.name, "accounts": accounts, "posts": sample.posts}
        counted += [because("posts_in_merged_cells", **facts)] if accounts else []
    return tuple(counted)


def holds(test: Test, moments: Moments) -> bool:
    """Whether a source holds the metric, and the posts, that a test asks for.

    Examples
    --------
    >>> import analysis as an
    >>> holds(an.claim("D06").tests[0], an.load("youtube-fr-science"))
    False
    """
    key = moments.key_of(test.metric)
    if estimator_of(test).follows:
        return (key, test.along) in panels_of(moments)
    if key not in moments.metrics:
        return False
    if estimator_of(test).within:
        return has_levels(moments, test.stratum)
    return not test.stratum or test.level in moments.levels(test.stratum)


def can_answer(test: Test, moments: Moments) -> bool:
    """Whether a source holds what a test asks for, and may decide claims.

    Examples
    --------
    >>> import analysis as an
    >>> can_answer(an.claim("D06").tests[0], an.load("instagram-kim"))
    True
    """
    return concerns(test, moments) and holds(test, moments) and moments.source.evidence


def unasked(test: Test, moments: Moments) -> Reason | None:
    """Why a test cannot be asked of a source; None if it can.

    A level is a number with a numerator and a denominator: it is asked only where both are those of
    the claim, and where the source says that its levels can be compared with figures from
    elsewhere.

    Examples
    --------
    >>> import analysis as an
    >>> level, order = an.claim("D04").tests
    >>> tides = an.load("tiktok-tides")
    >>> unasked(level, tides).key, unasked(order, tides)
    ('other_level', None)
    """
    source, level = moments.source, is_level(test)
    if level and test.metric == "engagement":
        return because("level_unnamed")
    if level and test.metric in METRICS and not holds(test, moments):
        asked, key = METRICS[test.metric], source.engagement
        if key and key != test.metric and key in moments.metrics:
            facts = {"source": source.short, "held": METRICS[key].title}
            return because("other_level", metric=asked.title, **facts, limit=source.no_levels)
    if not holds(test, moments):
        metric = METRICS[test.metric].title if test.metric in METRICS else "a metric of engagement"
        if estimator_of(test).follows:
            return because("not_followed", source=source.short, metric=metric, along=test.along)
        if estimator_of(test).within and moments.key_of(test.metric) in moments.metrics:
            return because("no_levels_named", source=source.short, stratum=test.stratum)
        return because("lacking", source=source.short, metric=metric, posts=posts_of(test))
    if level and not source.levels:
        return because("no_levels", source=source.short, limit=source.no_levels)
    return None


def is_asked(test: Test, evidence: Estimate) -> bool:
    """Whether an estimate is what a test asks of a source, so that what was measured of the test,
    its severity and its shifts, holds for it.

    Examples
    --------
    >>> import analysis as an
    >>> test = an.claim("D06").tests[0]
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> is_asked(test, kim.contrast()), is_asked(test, kim.contrast(average="median account"))
    (True, False)
    """
    context, contrast = evidence.context, test.estimator == "contrast"
    source = lookup.sources().get(context.source_key)  # None of price lists and of own data
    if evidence.unit != unit_of(test):
        return False
    if source and context.source not in ("", source.short):  # an estimate of two names none
        return False
    if context.posts != posts_of(test) or context.average != (test.average if contrast else ""):
        return False
    if test.estimator == "worst case":  # whose context names what is left in the worst cases
        several = dict(evidence.estimand.facts).get("accounts", 1) == max(test.at, 1)
        return several and evidence.estimand.key.startswith("worst_case")
    own_rate = test.metric == "engagement"  # whichever that is in a source that is not registered
    key = source.engagement if own_rate and source else test.metric
    if (source or not own_rate) and (key not in METRICS or METRICS[key].title != context.metric):
        return False
    if UNDER_SELECTION & {reason.key for reason in evidence.reasons}:
        return False
    if not contrast:
        return True
    facts = {"of": context.of.name if context.of else "", "versus": ""}
    facts |= {name: value for name, value in evidence.estimand.facts if name in facts}
    kind = "ratio" if test.versus else "average"
    return (evidence.estimand.key, facts["of"], facts["versus"]) == (kind, test.of, test.versus)


def posts_of(test: Test) -> str:
    """Of which posts a test is, written as `Sample.posts`."""
    return f"{test.stratum}: {test.level}" if test.level else "all"


def concerns(test: Test, moments: Moments) -> bool:
    """Whether a source is of the kind that a test is about: a list of prices is asked about costs
    and nothing else, a source of a proxy what is asked of that proxy, and one that does not follow
    creators nothing about their growing.
    """
    source = moments.source
    if test.proxy != source.proxy or (estimator_of(test).follows and not panels_of(moments)):
        return False
    costs = test.metric in METRICS and METRICS[test.metric].costs
    return costs or not isinstance(source, PriceList)


def estimand_of(test: Test) -> Reason:
    """Name what a test asks for, where nothing was observed."""
    metric = METRICS[test.metric].title if test.metric in METRICS else "engagement rate"
    if estimator_of(test).within:
        facts = {"of": test.of, "versus": test.versus, "stratum": test.stratum}
        return because("within_levels", **facts, metric=metric)
    if test.estimator == "worst case" and test.at > 1:
        return because("worst_case_together", accounts=int(test.at), metric=metric)
    if test.estimator != "contrast":
        return because("estimator", name=test.estimator, metric=metric)
    facts = {"average": test.average, "metric": metric}
    return because("tier_or_contrast", of=test.of, versus=test.versus, **facts)
