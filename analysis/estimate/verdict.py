"""judge(): a claim and what was observed -> a verdict.

One rule for every test. The claim's relation, value and margin give a range of values that would
count as the claim being right. If the whole confidence interval lies in that range the claim is
supported; if none of it does, contradicted; otherwise undecided. The interval shown is the interval
judged, so picture, number and verdict cannot disagree.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.errors import RegisterError
from analysis.estimate.contrast import Estimate
from analysis.estimate.observe import EVERY_OTHER, asked, concerns, holds, observe, unit_of
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim, Test
from analysis.registers.records import TierScheme

OUTCOMES = ("supported", "contradicted", "undecided", "untestable", "document")
"""The five answers; the first three are decided by an interval."""
TOGETHER = "all tests together"
"""Estimand of a verdict on all tests of a claim."""


class Verdict(NamedTuple):
    """What the evidence says of a claim.

    Attributes
    ----------
    claim : str
        Key of the claim.
    outcome : str
        One of OUTCOMES.
    source, scheme : str
        What the claim was put to; empty for a verdict that needs no observations.
    estimand : str
        What was estimated.
    estimate, low, high : float
        Estimate and confidence interval, nan where there is none.
    unit : str
        Of the three.
    claimed : str
        The range that counts as the claim being right, in words.
    because : str
        The reason, in a sentence.
    test : int
        Number of the test among those of its claim, from 1; 0 for all of them together, for a claim
        without tests, and for a test that is not registered.
    """

    claim: str
    outcome: str
    source: str
    scheme: str
    estimand: str
    estimate: float
    low: float
    high: float
    unit: str
    claimed: str
    because: str
    test: int = 0


def claimed_range(test: Test) -> tuple[float, float]:
    """Give the open range of values that count as the claim being right, in the unit of the
    test.
    """
    low, high = test.value / test.margin, test.value * test.margin
    return {
        "equals": (low, high),
        "at_least": (low, np.inf),
        "at_most": (0.0, high),
        "more_than": (test.value, np.inf),
        "less_than": (0.0, test.value),
    }[test.relation]


def claimed_words(test: Test, unit: str = "") -> str:
    """Put the claimed value in words, e.g. ``a ratio of 1.6 within a factor of 1.1``."""
    unit = unit or unit_of(test)
    counted = unit in ("percent", "followers")
    value = (
        f"{test.value:,.10g} {unit}"
        if counted
        else f"{'an' if unit[0] in 'aeiou' else 'a'} {unit} of {test.value:g}"
    )
    margin = f" within a factor of {test.margin:g}" if test.margin > 1 else ""
    relation = {
        "equals": "",
        "at_least": "at least ",
        "at_most": "at most ",
        "more_than": "more than ",
        "less_than": "less than ",
    }
    return f"{relation[test.relation]}{value}{margin}"


def judge(
    claim: Claim,
    evidence: Estimate | None = None,
    test: Test | None = None,
    source: str = "",
    scheme: str = "",
) -> Verdict:
    """Judge a claim by an estimate.

    Parameters
    ----------
    claim : Claim
        What was said.
    evidence : Estimate, optional
        What was observed; without it the claim is a document or untestable.
    test : Test, optional
        Which of the claim's tests; the first if not given.
    source, scheme : str
        Keys, passed on to the verdict.

    Returns
    -------
    Verdict
        Decided by whether the interval of `evidence` lies within, outside or across the claimed
        range.
    """
    if not claim.tests:
        outcome, because = (
            ("document", claim.finding)
            if claim.finding
            else ("untestable", f"To settle it: {claim.data_request}")
        )
        return Verdict(
            claim.key,
            outcome,
            source,
            scheme or claim.scheme,
            "",
            np.nan,
            np.nan,
            np.nan,
            "",
            "",
            because,
        )
    test = test or claim.tests[0]
    if evidence is None:
        reason = f"Not answerable here: nothing was observed. To settle it: {claim.data_request}."
        return _verdict(claim, "untestable", source, scheme, test, evidence, reason)
    outcome, because = decided(test, evidence)
    return _verdict(claim, outcome, source, scheme, test, evidence, because)


def decided(test: Test, evidence: Estimate) -> tuple[str, str]:
    """Give the outcome, and the reason in a sentence, of a test that was observed."""
    if evidence.status == "undefined":
        return "untestable", f"Not answerable here: {evidence.method}."
    if evidence.status == "indicative":
        return "undecided", f"Too little to decide: {evidence.method}."
    low, high = claimed_range(test)
    if low < evidence.low and (
        evidence.high < high or np.isinf(high)
    ):  # neither may have an upper end
        return "supported", f"The whole interval lies {_inside(low, high)}."
    if evidence.high <= low:
        return "contradicted", f"The whole interval lies below {_three(low)}."
    if evidence.low >= high:
        return "contradicted", f"The whole interval lies above {_three(high)}."
    open_end = (
        "" if evidence.low > 0 else " It has no lower end, because a tier could not be compared."
    )
    return "undecided", f"The interval reaches across {_crossed(evidence, low, high)}.{open_end}"


def _inside(low: float, high: float) -> str:
    if np.isinf(high):
        return f"above {_three(low)}"
    return f"below {_three(high)}" if low == 0 else f"between {_three(low)} and {_three(high)}"


def _three(value: float) -> str:
    """Three significant digits, never as a power of ten."""
    return f"{float(f'{value:.3g}'):,.10g}"


def _crossed(evidence: Estimate, low: float, high: float) -> str:
    edges = [_three(edge) for edge in (low, high) if evidence.low <= edge < evidence.high]
    return " and ".join(edges)


def _verdict(
    claim: Claim,
    outcome: str,
    source: str,
    scheme: str,
    test: Test,
    evidence: Estimate | None,
    because: str,
) -> Verdict:
    if evidence is None:
        estimand, values = asked(test), (np.nan, np.nan, np.nan, unit_of(test))
    else:
        estimand, values = (
            evidence.estimand,
            (evidence.estimate, evidence.low, evidence.high, evidence.unit),
        )
    number = claim.tests.index(test) + 1 if test in claim.tests else 0
    return Verdict(
        claim.key,
        outcome,
        source,
        scheme,
        estimand,
        *values,
        claimed_words(test, values[3]),
        because,
        number,
    )


def all_together(parts: list[Verdict]) -> Verdict:
    """Judge a claim that needs all of its tests: one that fails contradicts it, all that hold
    support it.

    Parameters
    ----------
    parts : list of Verdict
        One for each test, of the same claim and source.
    """
    found = {part.outcome for part in parts}
    undecided = "untestable" if found <= {"untestable"} else "undecided"
    outcome = (
        "contradicted"
        if "contradicted" in found
        else "supported"
        if found == {"supported"}
        else undecided
    )
    told = "; ".join(f"{part.claimed}, {part.outcome}" for part in parts)
    scheme = next((part.scheme for part in parts if part.scheme), "")
    nothing = (np.nan, np.nan, np.nan, "")
    claimed = f"all of {len(parts)} tests"
    because = parts[0].because if outcome == "untestable" else f"Test by test: {told}."
    return Verdict(
        parts[0].claim, outcome, parts[0].source, scheme, TOGETHER, *nothing, claimed, because
    )


def ask(
    claim: Claim,
    test: Test,
    moments: Moments,
    scheme: TierScheme | None = None,
    confidence: float = 0.95,
) -> Verdict:
    """Put one test of a claim to one source, under one scheme if it is about tiers; what the source
    lacks makes it untestable there.

    A control, selected on the outcome or simulated, decides nothing.
    """
    key = scheme.key if scheme else ""
    source = moments.source
    if not source.evidence:
        reason = f"Not answerable here: {source.short} is {source.selection}, a control that decides no claim."
        return _verdict(claim, "untestable", source.key, key, test, None, reason)
    try:
        evidence = observe(test, moments, scheme, confidence)
    except (
        RegisterError
    ) as reason:  # the source lacks it; a typo in the register is no answer, and is raised
        return _verdict(
            claim,
            "untestable",
            moments.source.key,
            key,
            test,
            None,
            f"Not answerable here: {reason}",
        )
    return judge(claim, evidence, test, moments.source.key, key)


def schemes_for(
    claim: Claim, test: Test, schemes: Iterable[TierScheme], platform: str
) -> list[TierScheme | None]:
    """List the schemes under which a test can be asked: the claim's own first, then every other
    with the same words.

    A level, a worst case, or a comparison with every other tier, is asked under the claim's own
    scheme only: other schemes cut other tiers, so the number claimed would not be about them. A
    scheme bound to other platforms is left aside. A test that is not about tiers is asked once,
    under no scheme.
    """
    if not test.tiered:
        return [None]
    schemes = list(schemes)
    own = [scheme for scheme in schemes if scheme.key == claim.scheme]
    if not test.versus or test.versus == EVERY_OTHER or test.estimator == "worst case":
        return own
    others = [
        s
        for s in schemes
        if s not in own and {test.of, test.versus} <= set(s.names) and s.fits(platform)
    ]
    return own + others


def judge_all(
    claims: Iterable[Claim],
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Judge every claim by every source it can be asked of, under every scheme that has its words.

    Returns
    -------
    pandas.DataFrame
        One verdict a row, in the order of claims, sources, tests and schemes. A claim about
        platforms of which there is no source gets one row that names them.
    """
    sources, schemes, verdicts = list(sources), list(schemes), []
    for claim in claims:
        if not claim.tests:
            verdicts.append(judge(claim))
            continue
        asked = [
            moments
            for moments in sources
            if not claim.platforms or moments.source.platform in claim.platforms
        ]
        for moments in asked:
            verdicts += _judge_source(claim, moments, schemes, confidence)
        missing = [
            name
            for name in claim.platforms
            if name not in {moments.source.platform for moments in sources}
        ]
        if missing:
            reason = f"Not answerable here: the claim is about {', '.join(missing)} too, and no source is."
            verdicts.append(
                _verdict(
                    claim, "untestable", "", claim.scheme, claim.tests[0], None, reason
                )._replace(test=0)
            )
    return pd.DataFrame(verdicts, columns=Verdict._fields)


def _judge_source(
    claim: Claim, moments: Moments, schemes: list[TierScheme], confidence: float
) -> list[Verdict]:
    """Every test of a claim that concerns a source, under every scheme, then all together if the
    claim needs them all.
    """
    tests, found = [test for test in claim.tests if concerns(test, moments)], []
    for test in tests:
        under = schemes_for(claim, test, schemes, moments.source.platform)
        # what the source does not hold, or may not decide, is so under every scheme: said once
        decisive = holds(test, moments) and moments.source.evidence
        found.append(
            [
                ask(claim, test, moments, scheme, confidence)
                for scheme in (under if decisive else under[:1])
            ]
        )
    verdicts = [verdict for answers in found for verdict in answers]
    if not claim.together or len(tests) < len(claim.tests) or not all(found):
        return verdicts
    for scheme in dict.fromkeys(verdict.scheme for verdict in verdicts):
        parts = [
            next((one for one in answers if one.scheme == scheme), answers[0]) for answers in found
        ]
        verdicts.append(all_together(parts))
    return verdicts
