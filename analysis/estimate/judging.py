"""Every claim, put to every source it can be asked of, under every scheme that has its tiers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain

from analysis.display import Reason, because
from analysis.errors import check_share
from analysis.estimate.observe import concerns, observe, unasked
from analysis.estimate.registry import estimator_of
from analysis.estimate.verdict import TOGETHER, Verdict, Verdicts, unanswered
from analysis.moments.load import load, load_all
from analysis.moments.sample import Moments
from analysis.registers import lookup
from analysis.registers.claims import Claim, Test
from analysis.registers.records import TierScheme


def judge(
    claims: Iterable[Claim | str] | Claim | str,
    sources: Iterable[Moments] | Mapping[str, Moments] | Moments | str,
    schemes: Iterable[TierScheme | str] | TierScheme | str | None = None,
    confidence: float = 0.95,
    proxies: bool = False,
) -> Verdicts:
    """Judge every claim by every source it can be asked of, under every scheme that has its tiers.

    Parameters
    ----------
    claims : Claim, str, or iterable of either
        Claims, or keys of registered ones.
    sources : Moments, mapping or iterable of Moments, or str
        As `load` and `load_all` give them, or what these take. A source that a test compares with
        is loaded, too, if it is not among them.
    schemes : TierScheme, str, or iterable of either, optional
        Schemes, or keys of registered ones; all registered ones if not given.
    confidence : float
        Of the intervals, between 0 and 1.
    proxies : bool
        Put only the tests of something else that is measured in place of what a claim is about, to
        sources of that; without it no such test is put, so that verdicts of the two never mix.

    Returns
    -------
    Verdicts
        In the order of claims, sources, tests and schemes. A claim about platforms of which there
        is no source, or about media that are no platform here, gets one verdict that names them;
        one that no source was asked gets another; of proxies only what was asked is answered.

    Examples
    --------
    >>> import analysis as an
    >>> verdicts = an.judge("D06", "instagram-kim", ["harvard-media"])
    >>> [verdict.outcome for verdict in verdicts]
    ['contradicted', 'supported']
    """
    check_share("confidence", confidence)
    claims = [claims] if isinstance(claims, Claim | str) else list(claims)
    claims = [lookup.claim(one) if isinstance(one, str) else one for one in claims]
    sources = _at_hand(sources)
    schemes = lookup.as_schemes(lookup.schemes().values() if schemes is None else schemes)
    besides = _besides(claims, sources)
    verdicts: list[Verdict] = []
    for claim in claims:
        if proxies:
            asked_of = [moments for moments in sources if moments.source.proxy]
            verdicts += _answers(claim, asked_of, schemes, confidence, besides)
        else:
            verdicts += _judge_claim(claim, sources, schemes, confidence, besides)
    return Verdicts(tuple(verdicts))


def _at_hand(given: Iterable[Moments] | Mapping[str, Moments] | Moments | str) -> list[Moments]:
    if isinstance(given, Moments):
        return [given]
    given = load_all(given) if isinstance(given, str) else given
    return list(given.values() if isinstance(given, Mapping) else given)


def _besides(claims: list[Claim], sources: list[Moments]) -> dict[str, Moments]:
    """The sources that tests compare with, by key: those at hand, or else the registered ones."""
    at_hand = {moments.source.key: moments for moments in sources}
    tests = [test for claim in claims for test in claim.tests]
    keys = {test.versus for test in tests if sources and estimator_of(test).compares_sources}
    return {key: at_hand.get(key) or load(key) for key in sorted(keys)}


def _judge_claim(
    claim: Claim,
    sources: list[Moments],
    schemes: list[TierScheme],
    confidence: float,
    besides: Mapping[str, Moments],
) -> list[Verdict]:
    if not claim.own_tests:
        return [claim.judge()]
    known = [moments for moments in sources if not moments.source.proxy]
    verdicts = _answers(claim, known, schemes, confidence, besides)
    present = {moments.source.platform for moments in known}
    if missing := (*claim.media, *(name for name in claim.platforms if name not in present)):
        why = because("platforms_missing", platforms=missing, others=bool(verdicts))
        verdicts.append(_of_nobody(claim, why))
    elif sources and not verdicts:
        verdicts.append(_of_nobody(claim, because("nobody_asked", request=claim.data_request)))
    return verdicts


def _of_nobody(claim: Claim, why: Reason) -> Verdict:
    """The verdict on a claim as a whole, where no source could be asked."""
    verdict = unanswered(claim, claim.own_tests[0], "", claim.scheme, why)
    return replace(verdict, test=0)


def _answers(
    claim: Claim,
    sources: list[Moments],
    schemes: list[TierScheme],
    confidence: float,
    besides: Mapping[str, Moments],
) -> list[Verdict]:
    """Every test of a claim put to every source of its platforms."""
    verdicts = []
    for moments in sources:
        if not claim.platforms or moments.source.platform in claim.platforms:
            verdicts += _judge_source(claim, moments, schemes, confidence, besides)
    return verdicts


def _judge_source(
    claim: Claim,
    moments: Moments,
    schemes: list[TierScheme],
    confidence: float,
    besides: Mapping[str, Moments],
) -> list[Verdict]:
    """Every test of a claim that concerns a source, under every scheme, then all together if the
    claim needs them all.
    """
    tests, answers = [test for test in claim.tests if concerns(test, moments)], []
    for test in tests:
        under = schemes_for(claim, test, schemes, moments.source.platform)
        # a source that lacks the metric, or may not decide, is untestable under every scheme: one
        # verdict is enough
        if unasked(test, moments) or not moments.source.evidence:
            under = under[:1]
        beside = besides.get(test.versus) if estimator_of(test).compares_sources else None
        answers.append([judge_test(claim, test, moments, one, confidence, beside) for one in under])
    verdicts = [verdict for of_test in answers for verdict in of_test]
    if not claim.together or len(tests) < len(claim.own_tests) or not all(answers):
        return verdicts
    for scheme in dict.fromkeys(verdict.scheme for verdict in verdicts):
        parts = [_under(of_test, scheme) for of_test in answers]
        verdicts.append(all_together(parts))
    return verdicts


def _under(verdicts: list[Verdict], scheme: str) -> Verdict:
    """The verdict of a test under a scheme; its first one if it was not asked under that one."""
    return next((one for one in verdicts if one.scheme == scheme), verdicts[0])


def judge_test(
    claim: Claim,
    test: Test,
    moments: Moments,
    scheme: TierScheme | None = None,
    confidence: float = 0.95,
    beside: Moments | None = None,
) -> Verdict:
    """Put one test of a claim to one source, under one scheme if it is about tiers; what the source
    lacks makes it untestable there, as does a source to compare with that is not given as `beside`.

    A control, selected on the outcome or simulated, decides nothing; a file of the reader's own
    that looks selected or simulated leaves every test undecided.

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
    if why := unasked(test, moments):
        return unanswered(claim, test, source.key, key, why)
    if beside is None and estimator_of(test).compares_sources:
        why = because("not_at_hand", source=test.versus)
        return unanswered(claim, test, source.key, key, why)
    evidence = observe(test, moments, scheme, confidence, beside)
    both = (moments.source, beside.source) if beside else (moments.source,)
    # an estimate of two sources knows the first one only
    signs = tuple(dict.fromkeys(chain.from_iterable(one.binding for one in both)))
    evidence = replace(evidence, context=replace(evidence.context, signs=signs))
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
    if not test.under_any_tiers:
        return own
    both = {test.of, test.versus}
    others = [one for one in schemes if one not in own and both <= set(one.names)]
    # a document may name one tier only, such as micro without a range for macro
    own = [one for one in own if both <= set(one.names)]
    return own + [one for one in others if one.fits(platform)]


def all_together(parts: Iterable[Verdict]) -> Verdict:
    """Judge a claim that needs all of its tests: one that fails contradicts it, all that hold
    support it. A part without data leaves it undecided, and the reason counts the others; if all
    of these are supported, it counts as supported as far as can be asked (`Verdict.as_asked`).

    Parameters
    ----------
    parts : iterable of Verdict
        One for each test, of the same claim and source.

    Examples
    --------
    >>> import analysis as an
    >>> parts = list(an.judge("A14", an.load_all("youtube-fr-science")))[:2]
    >>> all_together(parts).outcome
    'contradicted'
    """
    parts = list(parts)
    outcomes = {part.outcome for part in parts}
    outcome = "untestable" if outcomes <= {"untestable"} else "undecided"
    if "contradicted" in outcomes:
        outcome = "contradicted"
    elif outcomes == {"supported"}:
        outcome = "supported"
    each = tuple((part.estimand, part.range, part.outcome) for part in parts)
    how = "supported_as_asked" if outcomes == {"supported", "untestable"} else "test_by_test"
    why = parts[0].reason if outcome == "untestable" else because(how, parts=each)
    # a file that looks selected decides none of the tests, and one reason holds for all
    why = next((part.reason for part in parts if part.reason.key == "looks_selected"), why)
    scheme = next((part.scheme for part in parts if part.scheme), "")
    whole = Verdict(parts[0].claim, outcome, parts[0].source, scheme, TOGETHER)
    return replace(whole, range=because("all_tests", tests=len(parts)), reason=why)
