"""How severe a test is, and how many verdicts stay decided as one family, in words."""

from analysis.display import lines, sentence
from analysis.estimate.multiplicity import Multiplicity
from analysis.estimate.verdict import Verdict
from analysis.present.sentences.names import scheme_name, source_name
from analysis.present.sentences.numbers import count, listing
from analysis.registers.severity import HARDLY, NOT_MEASURED, RARELY, Severity


@lines.register(Severity)
def _severity(severity: Severity) -> str:
    test = f"test {severity.test}" if severity.test else "all tests"
    place = f"{severity.claim}, {test}, {source_name(severity.source)}"
    return f"{place}: {severity.sentence()}"


@sentence.register(Severity)
def _severity_sentence(severity: Severity) -> str:
    most = "" if severity.test else "at most "
    wrong, right, none = (
        f"{most}{100 * share:.3g} %"
        for share in (
            severity.supported_if_false,
            severity.supported_if_true,
            severity.supported_if_no_difference,
        )
    )
    if severity.hardly_fails:
        return (
            f"This test can hardly fail: it supports the claim in {none} of {severity.worlds:,} "
            "simulated worlds in which small and large creators do not differ."
        )
    rarely = " It can rarely succeed." if severity.label == RARELY else ""
    return (
        f"In {severity.worlds:,} simulated worlds in which the claim is false by the least, this "
        f"test supports it in {wrong}; in as many in which it is true, in {right}.{rarely}"
    )


def severity_sentence(verdict: Verdict) -> str:
    """Write how severe the test of a verdict is, and under whose tiers that was measured; nothing
    where no source was named.

    Examples
    --------
    >>> import analysis as an
    >>> (verdict, *_) = an.judge("A14", "tiktok-datares", "mediakix-instagram")
    >>> severity_sentence(verdict).partition(",")[0]
    'In 1'
    """
    tested = verdict.tested if verdict.severity else None
    if tested is None:
        measurable = verdict.severity == NOT_MEASURED and verdict.source and verdict.test
        return "Severity not measured." if measurable else ""
    if tested.scheme in ("", verdict.scheme):
        return tested.sentence()
    return f"{tested.sentence()} Measured under the tiers of {scheme_name(tested.scheme)}."


def severity_in_short(label: str, wrong: float, right: float, none: float) -> str:
    """Write the severity of a test for a table, from its label and its shares.

    Examples
    --------
    >>> severity_in_short("severe", 0.02, 0.96, 0.02), severity_in_short("", 0.0, 0.0, 0.0)
    ('severe: supported in 2 % if false, 96 % if true', '')
    """
    if label in ("", NOT_MEASURED):
        return label
    if label == HARDLY:
        return f"{label}: supported in {100 * none:.3g} % without a difference"
    return f"{label}: supported in {100 * wrong:.3g} % if false, {100 * right:.3g} % if true"


@sentence.register(Multiplicity)
def _multiplicity(family: Multiplicity) -> str:
    kept = listing(f"{name} {number:,}" for name, number in family.kept.items())
    decided = count(family.verdicts, "decided verdict")
    return (
        f"{decided} on ratios and levels rest on {count(family.estimates, 'distinct test')} of an "
        f"estimate against an edge. If these are one family, then of {family.estimates:,} there "
        f"stay decided, at {100 * family.alpha:.3g} %, by {kept}."
    )
