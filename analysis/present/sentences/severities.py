"""How severe a test is, and how many verdicts stay decided as one family, in words."""

from collections.abc import Iterable
from math import nan

from analysis.display import lines, sentence
from analysis.estimate.multiplicity import Multiplicity
from analysis.estimate.observe import estimand_of
from analysis.estimate.severity import has_worlds
from analysis.estimate.verdict import Verdict
from analysis.present.sentences.names import scheme_name, source_name
from analysis.present.sentences.numbers import count, listing
from analysis.registers.lookup import claim, sources
from analysis.registers.severity import (
    BETWEEN,
    EVERYWHERE,
    HARDLY,
    NOT_MEASURED,
    OFTEN,
    RARELY,
    SELDOM,
    Severity,
)
from analysis.registers.severity_lookup import is_own, severity_of


@lines.register(Severity)
def _severity(severity: Severity) -> str:
    test = f"test {severity.test}" if severity.test else "all tests"
    place = f"{severity.claim}, {test}, {source_name(severity.source)}"
    tiers = f", tiers of {scheme_name(severity.scheme)}" if severity.scheme else ""
    return f"{place}{tiers}: {severity.sentence()} {contradiction_sentence(severity)}"


@sentence.register(Severity)
def _severity_sentence(severity: Severity) -> str:
    these = _these(severity)
    wrong, right, none = (of_100(share, severity) for share in severity.shares)
    if severity.hardly_fails:
        # of several together no more is known than that they are most of the worlds
        often = none if severity.test else "more than half of the"
        return (
            f"{these[0].upper()}{these[1:]} can hardly fail: the claim would have been supported "
            f"in {often} simulated worlds in which small and large creators do not differ."
        )
    rarely = ", so it can rarely succeed" if severity.label == RARELY else ""
    return (
        f"If the claim were only just false, {these} would still have supported it in {wrong} "
        f"simulated worlds; if it were true, in {right}{rarely}."
    )


def contradiction_sentence(severity: Severity) -> str:
    """Write what a contradiction by a test is worth: how often it contradicts a true claim. How
    often one that is false by the least says as little here as it does of support.

    Examples
    --------
    >>> from analysis.registers.severity import severities
    >>> row = severities()["D06", 1, "instagram-kim", "harvard-media"]
    >>> contradiction_sentence(row).partition(" in ")[0]
    'If the claim were true, this test would have contradicted it'
    """
    right = of_100(severity.contradicted_if_true, severity)
    return (
        f"If the claim were true, {_these(severity)} would have contradicted it in {right} "
        "simulated worlds."
    )


def _these(severity: Severity) -> str:
    return "this test" if severity.test else "all these tests together"


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
    """Write how severe the test of a verdict is under its tiers, of a contradiction how often it
    contradicts, or why that was not measured; nothing where no source was named.

    Examples
    --------
    >>> import analysis as an
    >>> (verdict, *_) = an.judge("A14", "tiktok-datares", "mediakix-instagram")
    >>> severity_sentence(verdict).partition(",")[0]
    'If the claim were true'
    """
    if not (verdict.as_registered or verdict.source not in sources()):
        asked = estimand_of(claim(verdict.claim).tests[verdict.test - 1])
        return f"Severity not measured: the registered test asks for {asked}."
    if verdict.severity == NOT_MEASURED and verdict.test and is_own(verdict.source):
        return f"Severity not measured: {NO_WORLDS}."
    which = (verdict.claim, verdict.test, verdict.source, verdict.scheme)
    return severity_text(*which, verdict.outcome, verdict.severity)


NO_WORLDS = "its worlds are made like the sources that come with the package"
"""Why a file of the reader's own has no severity."""


def severity_text(key: str, test: int, source: str, scheme: str, outcome: str, label: str) -> str:
    """Write the same for a row of a table of verdicts; nothing for a file of the reader's own,
    since `own_severity` says once for all that it has none, but where its test can hardly fail.

    Examples
    --------
    >>> severity_text("D06", 1, "my-posts", "harvard-media", "supported", "not measured")
    ''
    >>> severity_text("D06", 1, "tiktok-tides", "mine", "supported", "not measured")
    'Severity not measured under these tiers.'
    """
    if label == EVERYWHERE:
        return f"This test {label}."
    tested = severity_of(key, test, source, scheme) if label else None
    if tested:
        against = outcome == "contradicted"
        return contradiction_sentence(tested) if against else tested.sentence()
    if label != NOT_MEASURED or not (source and test) or is_own(source):
        return ""
    asked = claim(key).tests[test - 1]
    if not has_worlds(asked):
        return f"Severity not measured: no worlds are simulated for the test '{asked.estimator}'."
    return f"Severity not measured{' under these tiers' if scheme else ''}."


def own_severity(keys: Iterable[str]) -> str:
    """Say once of files of the reader's own, among the keys of sources, that they have no severity;
    nothing where there is none.

    Examples
    --------
    >>> own_severity(["tiktok-tides"]), own_severity(["my-posts"]).partition(":")[0]
    ('', 'The severity of tests is not measured on my-posts')
    """
    own = sorted({key for key in keys if is_own(key)})
    if not own:
        return ""
    return (
        f"The severity of tests is not measured on {listing(own)}: {NO_WORLDS}. A test that can "
        "hardly fail on every open source under the same tiers counts as such here, too."
    )


def severity_in_short(
    label: str, wrong: float, right: float, none: float, against: float = nan
) -> str:
    """Write the severity of a test for a table, from its label and its shares.

    Examples
    --------
    >>> severity_in_short("severe", 0.02, 0.96, 0.02), severity_in_short("", 0.0, 0.0, 0.0)
    ('severe: supported in 2 % if false, 96 % if true', '')
    >>> severity_in_short("seldom contradicts true claims", 0.02, 0.96, 0.02, 0.0)
    'seldom contradicts true claims: in 0 %'
    """
    if label in ("", NOT_MEASURED, EVERYWHERE, BETWEEN):
        return label
    if label in (OFTEN, SELDOM):
        return f"{label}: in {100 * against:.3g} %"
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
