"""The rule for every test: where its interval lies beside the range that counts as the claim being
right.
"""

import numpy as np

from analysis.display import Reason, because, verb
from analysis.estimate.contrast import EVERY_OTHER
from analysis.estimate.registry import unit_of
from analysis.estimate.results import Estimate
from analysis.registers.claims import Claim, Test

NOTED = ("posts_in_merged_cells",)
"""Reasons of an estimate that every verdict on it repeats, whatever its outcome."""

WAYS_OF_COMPUTING = frozenset(
    {
        "welch",
        "welch_without_zeros",
        "delta_method",
        "smallest_ratio",
        "order_statistics",
        "order_statistics_from_histogram",
        "brunner_munzel",
        "placed_in_bins",
        "bootstrap",
        "log_log",
        "poisson",
        "smooth_curve",
        "breakpoint_fixed",
        "breakpoint_profile",
        "variance_by_jackknife",
        "variance_from_cells",
    }
)
"""Reasons of an estimate that say how its interval was computed, not what is missing."""


@verb(Test)
def claimed_range(test: Test) -> tuple[float, float]:
    """Give the open range of values that count as the claim being right, in the unit of the test.

    Examples
    --------
    >>> import analysis as an
    >>> [round(end, 3) for end in claimed_range(an.claim("D06").tests[0])]
    [1.455, 1.76]
    """
    return range_of(test.relation, test.value, test.margin)


def range_of(relation: str, value: float, margin: float) -> tuple[float, float]:
    """Give the open range that a relation, a value and a margin stand for.

    Examples
    --------
    >>> range_of("more_than", 1.0, 1.0)
    (1.0, inf)
    """
    low, high = value / margin, value * margin
    return {
        "equals": (low, high),
        "at_least": (low, np.inf),
        "at_most": (0.0, high),
        "more_than": (value, np.inf),
        "less_than": (0.0, value),
    }[relation]


def ends_of(span: Reason | None) -> tuple[float, float] | None:
    """Give the open range that a range in words stands for; None where there is none, as of a
    verdict by reading or by parts.

    Examples
    --------
    >>> import analysis as an
    >>> ends_of(an.judge("A14", "youtube-fr-science")[0].range)
    (100.0, inf)
    """
    if span is None or span.key != "claimed":
        return None
    facts = dict(span.facts)
    return range_of(facts["relation"], facts["value"], facts["margin"])


def claimed(test: Test, unit: str = "") -> Reason:
    """Give the claimed range as data, to be worded.

    Examples
    --------
    >>> import analysis as an
    >>> str(claimed(an.claim("D06").tests[0]))
    'a ratio of 1.6 (1.45 to 1.76 counts)'
    """
    return because(
        "claimed",
        relation=test.relation,
        value=test.value,
        margin=test.margin,
        unit=unit or unit_of(test),
    )


def outcomes_of(
    test: Test, low: np.ndarray | float, high: np.ndarray | float, status: np.ndarray | str
) -> np.ndarray:
    """Apply the rule to many intervals, in the unit of the test, at once.

    Examples
    --------
    >>> import analysis as an
    >>> outcomes_of(an.claim("D06").tests[0], [1.5, 1.3, 1.3], [1.7, 1.4, 1.5], ["ok"] * 3).tolist()
    ['supported', 'contradicted', 'undecided']
    """
    low, high, status = np.asarray(low), np.asarray(high), np.asarray(status)
    least, most = claimed_range(test)
    # an interval that begins nowhere, or beyond every number, holds nothing and decides nothing
    empty = ~(low < np.inf)
    rule = {
        "untestable": status == "undefined",
        "undecided": (status == "indicative") | empty,
        # neither the claimed range nor the interval may have an end
        "supported": (least < low) & ((high < most) | np.isinf(most)),
        "contradicted": (high <= least) | (low >= most),
    }
    return np.select(list(rule.values()), list(rule), "undecided")


def decided(test: Test, evidence: Estimate) -> tuple[str, Reason]:
    """Give the outcome of a test that was observed, and the reason. Whatever the interval, signs of
    selection in the file that it is drawn from leave the test undecided.
    """
    outcome = str(outcomes_of(test, evidence.low, evidence.high, evidence.status))
    if outcome == "untestable":
        return outcome, because("not_answerable", reasons=evidence.reasons)
    if evidence.context.signs:
        return "undecided", because("looks_selected", signs=evidence.context.signs)
    if evidence.status == "indicative":
        short = tuple(one for one in evidence.reasons if one.key not in WAYS_OF_COMPUTING)
        return by_bound(test, evidence) or (outcome, because("too_little", reasons=short))
    low, high = claimed_range(test)
    if outcome == "supported":
        near = (test.value, test.margin) if test.relation == "equals" else ()
        return outcome, because("interval_within", low=low, high=high, near=near)
    if outcome == "contradicted":
        if evidence.high <= low:
            return outcome, because("interval_below", edge=low)
        return outcome, because("interval_above", edge=high)
    crossed = tuple(edge for edge in (low, high) if evidence.low <= edge < evidence.high)
    open_end = "" if evidence.low > 0 else "tier" if test.versus == EVERY_OTHER else "search"
    return outcome, because("interval_across", edges=crossed, open_end=open_end)


def by_bound(test: Test, evidence: Estimate) -> tuple[str, Reason] | None:
    """Decide by a bound, where the accounts of rate zero that an estimate leaves out would only
    move it further to the side on which its interval lies; None where that decides nothing.

    A claim with one side is supported if these accounts could only favour it, and contradicted if
    they could only hurt it. A claim of equality has two sides and is never decided so.

    Examples
    --------
    >>> import analysis as an
    >>> test = an.claim("A13").tests[1]
    >>> kim = an.load("instagram-kim").sample("comments_per_post").tier("harvard-media")
    >>> outcome, why = by_bound(test, kim.contrast("macro", "micro"))
    >>> outcome, dict(why.facts)["zeros"].key
    ('supported', 'zeros_raise')
    """
    if not holds_by_bound(test, evidence.low, evidence.high, evidence.zeros):
        return None
    least, most = claimed_range(test)
    above = evidence.zeros.key == "zeros_raise"
    outcome = str(outcomes_of(test, evidence.low, evidence.high, "ok"))
    edge = least if test.relation in ("at_least", "more_than") else most
    return outcome, because("by_bound", edge=edge, above=above, zeros=evidence.zeros)


def holds_by_bound(
    test: Test, low: np.ndarray | float, high: np.ndarray | float, zeros: Reason | None
) -> np.ndarray:
    """Say of many intervals at once whether `zeros` could only move them further to the side on
    which they lie; see `by_bound`.
    """
    if zeros is None or test.relation == "equals":
        return np.zeros(np.shape(low), bool)
    above = zeros.key == "zeros_raise"
    favour = above == (test.relation in ("at_least", "more_than"))
    return outcomes_of(test, low, high, "ok") == ("supported" if favour else "contradicted")


def check_same_question(claim: Claim, test: Test, evidence: Estimate) -> None:
    """Refuse an estimate in another unit than the test, or of its tiers the other way round."""
    unit, context = unit_of(test), evidence.context
    # the currency of an amount is that of its source
    if unit != evidence.unit and "money" not in unit:
        raise ValueError(
            f"{claim.key} claims a value in the unit '{unit}', and this estimate is in "
            f"'{evidence.unit}'. Give an estimate by the estimator '{test.estimator}'."
        )
    tiers = [tier.name for tier in (context.of, context.versus) if tier]
    if tiers == [test.versus, test.of] and test.of != test.versus:
        raise ValueError(
            f"{claim.key} is about {test.of} over {test.versus}, and this estimate about "
            f"{tiers[0]} over {tiers[1]}. Give the contrast the other way round."
        )


def parts_supported(why: Reason) -> str:
    """Give how many parts of a claim are supported, e.g. ``2 of 3``, where the reason of a verdict
    is that the others have no data; empty for any other reason.

    Examples
    --------
    >>> parts = (("likes", "more", "supported"), ("reach", "more", "untestable"))
    >>> parts_supported(because("supported_as_asked", parts=parts))
    '1 of 2'
    """
    if why.key != "supported_as_asked":
        return ""
    outcomes = [outcome for *_, outcome in dict(why.facts)["parts"]]
    return f"{outcomes.count('supported')} of {len(outcomes)}"


def number_of(claim: Claim, test: Test) -> int:
    """Number of a test among those of its claim, from 1; 0 if it is not registered."""
    return claim.tests.index(test) + 1 if test in claim.tests else 0
