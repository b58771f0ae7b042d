"""Every claim, put to every source it can be asked of, under every scheme that has its tiers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from analysis.display import because
from analysis.estimate.contrast import EVERY_OTHER
from analysis.estimate.observe import concerns, holds, observe, posts_of
from analysis.estimate.registry import estimator_of
from analysis.estimate.verdict import Verdict, Verdicts, all_together, unanswered
from analysis.moments.load import load
from analysis.moments.sample import Moments
from analysis.registers import lookup
from analysis.registers.claims import Claim, Test
from analysis.registers.metrics import METRICS
from analysis.registers.records import TierScheme


def judge(
    claims: Iterable[Claim | str] | Claim | str,
    sources: Iterable[Moments] | Mapping[str, Moments],
    schemes: Iterable[TierScheme] | None = None,
    confidence: float = 0.95,
) -> Verdicts:
    """Judge every claim by every source it can be asked of, under every scheme that has its tiers.

    Parameters
    ----------
    claims : Claim, str, or iterable of either
        Claims, or keys of registered ones.
    sources : mapping or iterable of Moments
        As `load_all` gives them.
    schemes : iterable of TierScheme, optional
        All registered ones if not given.
    confidence : float
        Of the intervals.

    Returns
    -------
    Verdicts
        In the order of claims, sources, tests and schemes. A claim about platforms of which there
        is no source gets one verdict that names them.

    Examples
    --------
    >>> import analysis as an
    >>> verdicts = an.judge(an.claim("D06"), an.load_all("instagram-kim"))
    >>> {verdict.outcome for verdict in verdicts} >= {"contradicted"}
    True
    """
    claims = [claims] if isinstance(claims, Claim | str) else list(claims)
    claims = [lookup.claim(one) if isinstance(one, str) else one for one in claims]
    sources = list(sources.values() if isinstance(sources, Mapping) else sources)
    schemes = list(lookup.schemes().values() if schemes is None else schemes)
    verdicts: list[Verdict] = []
    for claim in claims:
        verdicts += _judge_claim(claim, sources, schemes, confidence)
    return Verdicts(tuple(verdicts))


def _judge_claim(
    claim: Claim, sources: list[Moments], schemes: list[TierScheme], confidence: float
) -> list[Verdict]:
    if not claim.tests:
        return [claim.judge()]
    verdicts = []
    for moments in sources:
        if not claim.platforms or moments.source.platform in claim.platforms:
            verdicts += _judge_source(claim, moments, schemes, confidence, sources)
    present = {moments.source.platform for moments in sources}
    if missing := tuple(name for name in claim.platforms if name not in present):
        why = because("platforms_missing", platforms=missing)
        verdict = unanswered(claim, claim.tests[0], "", claim.scheme, why)
        verdicts.append(replace(verdict, test=0))  # of the claim as a whole
    return verdicts


def _judge_source(
    claim: Claim,
    moments: Moments,
    schemes: list[TierScheme],
    confidence: float,
    sources: list[Moments],
) -> list[Verdict]:
    """Every test of a claim that concerns a source, under every scheme, then all together if the
    claim needs them all.
    """
    tests, answers = [test for test in claim.tests if concerns(test, moments)], []
    for test in tests:
        under = schemes_for(claim, test, schemes, moments.source.platform)
        # a source that lacks the metric, or may not decide, is untestable under every scheme: one
        # verdict is enough
        if not (holds(test, moments) and moments.source.evidence):
            under = under[:1]
        beside = _beside(test, sources)
        answers.append([judge_test(claim, test, moments, one, confidence, beside) for one in under])
    verdicts = [verdict for of_test in answers for verdict in of_test]
    if not claim.together or len(tests) < len(claim.tests) or not all(answers):
        return verdicts
    for scheme in dict.fromkeys(verdict.scheme for verdict in verdicts):
        parts = [_under(of_test, scheme) for of_test in answers]
        verdicts.append(all_together(parts))
    return verdicts


def _under(verdicts: list[Verdict], scheme: str) -> Verdict:
    """The verdict of a test under a scheme; its first one if it was not asked under that one."""
    return next((one for one in verdicts if one.scheme == scheme), verdicts[0])


def _beside(test: Test, sources: list[Moments]) -> Moments | None:
    """The source that a test compares with: the one at hand, or else the registered one."""
    if not estimator_of(test).compares_sources:
        return None
    at_hand = {moments.source.key: moments for moments in sources}
    return at_hand.get(test.versus) or load(test.versus)


def judge_test(
    claim: Claim,
    test: Test,
    moments: Moments,
    scheme: TierScheme | None = None,
    confidence: float = 0.95,
    beside: Moments | None = None,
) -> Verdict:
    """Put one test of a claim to one source, under one scheme if it is about tiers; what the source
    lacks makes it untestable there.

    A control, selected on the outcome or simulated, decides nothing.

    Examples
    --------
    >>> import analysis as an
    >>> d06, kim = an.claim("D06"), an.load("instagram-kim")
    >>> judge_test(d06, d06.tests[0], kim, an.scheme("harvard-media")).outcome
    'contradicted'
    """
    key, source = scheme.key if scheme else "", moments.source
    if not source.evidence:
        why = because("control", source=source.short, selection=source.selection)
        return unanswered(claim, test, source.key, key, why)
    if not holds(test, moments):
        metric = METRICS[test.metric].title if test.metric in METRICS else "a metric of engagement"
        facts = {"source": source.short, "metric": metric, "posts": posts_of(test)}
        why = because("lacking", **facts)
        return unanswered(claim, test, source.key, key, why)
    evidence = observe(test, moments, scheme, confidence, beside)
    return claim.judge(evidence, test, source.key, key)


def schemes_for(
    claim: Claim, test: Test, schemes: Iterable[TierScheme], platform: str
) -> list[TierScheme | None]:
    """List the schemes under which a test can be asked: the claim's own first, then every other
    with the same tiers.

    A level, a worst case, or a comparison with every other tier, is asked under the claim's own
    scheme only: other schemes cut other tiers, so the number claimed would not be about them. A
    scheme bound to other platforms is left aside. A test that is not about tiers is asked once,
    under no scheme.

    Examples
    --------
    >>> import analysis as an
    >>> d06 = an.claim("D06")
    >>> under = schemes_for(d06, d06.tests[0], an.schemes().values(), "instagram")
    >>> under[0].key, len(under) > 3
    ('harvard-media', True)
    """
    if not estimator_of(test).tiered:
        return [None]
    schemes = list(schemes)
    own = [scheme for scheme in schemes if scheme.key == claim.scheme]
    if not test.versus or test.versus == EVERY_OTHER or test.estimator == "worst case":
        return own
    both = {test.of, test.versus}
    others = [one for one in schemes if one not in own and both <= set(one.names)]
    return own + [one for one in others if one.fits(platform)]
