"""How severe a test is, and how many verdicts stay decided as one family, in words."""

from analysis.display import lines, sentence
from analysis.estimate.multiplicity import Multiplicity
from analysis.estimate.observe import estimand_of
from analysis.estimate.verdict import Verdict
from analysis.present.sentences.names import scheme_name, source_name
from analysis.present.sentences.numbers import count, listing
from analysis.registers.lookup import claim, sources
from analysis.registers.severity import HARDLY, NOT_MEASURED, RARELY, Severity, severity_of


@lines.register(Severity)
def _severity(severity: Severity) -> str:
    test = f"test {severity.test}" if severity.test else "all tests"
    place = f"{severity.claim}, {test}, {source_name(severity.source)}"
    return f"{place}: {severity.sentence()}"


@sentence.register(Severity)
def _severity_sentence(severity: Severity) -> str:
    these = "this test" if severity.test else "all these tests together"
    wrong, right, none = (of_100(share, severity) for share in severity.shares)
    if severity.hardly_fails:
        return (
            f"{these[0].upper()}{these[1:]} can hardly fail: the claim would have been supported "
            f"in {none} simulated worlds in which small and large creators do not differ."
        )
    rarely = ", so it can rarely succeed" if severity.label == RARELY else ""
    return (
        f"If the claim were only just false, {these} would still have supported it in {wrong} "
        f"simulated worlds; if it were true, in {right}{rarely}."
    )


def of_100(share: float, severity: Severity) -> str:
    """Write a share of worlds as so many of 100, and no more exactly than it was measured.

    Examples
    --------
    >>> one = Severity("D06", 1, "my-posts", "", 1_000, 1, 0.14, 1.0, 0.0, "severe")
    >>> of_100(0.14, one), of_100(0.002, one), of_100(1.0, one)
    ('14 of 100', 'fewer than 1 of 100', 'all of 1,000')
    """
    most = "" if severity.test else "up to "  # of several together only bounds are known
    if share in (0.0, 1.0):
        return f"{most if share else ''}{'all' if share else 'none'} of {severity.worlds:,}"
    if not 0.005 <= share < 0.995:
        return f"{most}fewer than 1 of 100" if share < 0.5 else f"{most}more than 99 of 100"
    return f"{most}{100 * share:.0f} of 100"


def severity_sentence(verdict: Verdict) -> str:
    """Write how severe the test of a verdict is, and under whose tiers that was measured, or why it
    was not measured; nothing where no source was named.

    Examples
    --------
    >>> import analysis as an
    >>> (verdict, *_) = an.judge("A14", "tiktok-datares", "mediakix-instagram")
    >>> severity_sentence(verdict).partition(",")[0]
    'If the claim were only just false'
    """
    known = (verdict.source, verdict.scheme, verdict.severity)
    if verdict.as_registered or verdict.source not in sources():
        return severity_text(verdict.claim, verdict.test, *known)
    asked = estimand_of(claim(verdict.claim).tests[verdict.test - 1])
    return f"Severity not measured: the registered test asks for {asked}."


def severity_text(key: str, test: int, source: str, scheme: str, label: str) -> str:
    """Write the same for a row of a table of verdicts.

    Examples
    --------
    >>> severity_text("D06", 1, "my-posts", "harvard-media", "not measured").partition(":")[0]
    'Severity not measured'
    """
    tested = severity_of(key, test, source) if label else None
    if tested is None:
        if label != NOT_MEASURED or not (source and test):
            return ""
        known = any(part in sources() for part in source.split("+"))  # or two that are joined
        why = "" if known else ": its worlds are made like the sources that come with the package"
        return f"Severity not measured{why}."
    if tested.scheme in ("", scheme):
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
    kept = listing(f"{number:,} by {name}" for name, number in family.kept.items())
    asked = count(family.asked, "distinct test of an estimate", "distinct tests of an estimate")
    text = (
        f"{asked} against the nearest edge of a claimed range were made, and {family.decided:,} "
        f"are decided, each by itself at {100 * family.alpha:.3g} %. If all {family.asked:,} are "
        f"one family, {kept} stay decided."
    )
    if not family.without:
        return text
    lacking = count(family.without, "further estimate has", "further estimates have")
    return f"{text} {lacking} no p-value, since no single t interval stands behind it."
