"""Looking a severity up: of one test, of all tests of a claim together, and for own data."""

from itertools import product
from math import isnan, nan

from analysis.registers import lookup
from analysis.registers.severity import (
    BETWEEN,
    EVERYWHERE,
    HARDLY,
    NOT_MEASURED,
    Severity,
    against_of,
    label_of,
    severities,
)


def severity_of(claim: str, test: int, source: str, scheme: str = "") -> Severity | None:
    """Look up a severity; None where none was measured under this scheme.

    All tests of a claim together, number 0, have one where each of them has, under the scheme or,
    if no other scheme asks it, under the claim's own.

    Examples
    --------
    >>> severity_of("D06", 1, "my-own-file", "harvard-media") is None
    True
    """
    if test:
        return severities().get((claim, test, source, scheme))
    about = lookup.claims().get(claim)
    own = about.scheme if about else ""
    parts = []
    for number, one in enumerate(about.tests if about else (), 1):
        keys = [scheme] if one.under_any_tiers else [scheme, own, ""]
        held = [severities().get((claim, number, source, key)) for key in keys]
        parts.append(next(filter(None, held), None))
    if not parts or None in parts:
        return None
    return all_of(parts, scheme)


def all_of(parts: list[Severity], scheme: str) -> Severity:
    """Bound the severity of all tests of a claim together, which are asked of the same accounts, so
    that nothing but bounds follows from that of each.

    A claim is supported if all of its tests are, at most as often as the one that is least often,
    and at least in the worlds that are left when those are taken away in which one is not. It is
    contradicted if one is. It is false where one part is false and the others are true; the worst
    such part counts. Where one test asserts no difference, a world without any says nothing of all
    together.
    """
    right = [one.supported_if_true for one in parts]
    none = [one.supported_if_no_difference for one in parts]
    wrong = [one.supported_if_false for one in parts]
    lost = [1 - share for share in right]
    false = max(max(share - (sum(lost) - lost[at]), 0.0) for at, share in enumerate(wrong))
    apart = any(map(isnan, none))
    bounds = (
        (false, max(wrong)),
        (max(1 - sum(lost), 0.0), min(right)),
        (nan, nan) if apart else (max(1 - sum(1 - one for one in none), 0.0), min(none)),
    )
    worlds = min(one.worlds for one in parts)
    labels = {label_of(*ends, worlds) for ends in product(*bounds)}
    against = [one.contradicted_if_true for one in parts]
    ends = {against_of(share, worlds) for share in (max(against), min(sum(against), 1.0))}
    missed = [one.contradicted_if_false + sum(against) - one.contradicted_if_true for one in parts]
    alike = nan if apart else min(sum(one.contradicted_if_no_difference for one in parts), 1.0)
    first = parts[0]
    return Severity(
        first.claim, 0, first.source, scheme, worlds, first.seed, *(high for _, high in bounds),
        labels.pop() if len(labels) == 1 else BETWEEN, min(sum(against), 1.0),
        min(1.0, *missed), alike, ends.pop() if len(ends) == 1 else BETWEEN,
    )  # fmt: skip


def is_own(source: str) -> bool:
    """Whether a source is a file of the reader's own, which has no worlds; a list of prices is
    known by its deliverables.

    Examples
    --------
    >>> is_own("my-posts"), is_own("tiktok-tides"), is_own("agency-armenia-reel+tiktok-tides")
    (True, False, False)
    """
    lists = tuple(f"{key}-" for key in lookup.price_lists())
    known = (part in lookup.sources() or part.startswith(lists) for part in source.split("+"))
    return bool(source) and not any(known)


def label_for(outcome: str, claim: str, test: int, source: str, scheme: str) -> str:
    """Label a test that has an outcome, by what was measured under the same tiers. A file of the
    reader's own has no worlds: its test is EVERYWHERE if it can hardly fail on each open source.

    Examples
    --------
    >>> label_for("supported", "A13", 1, "my-posts", "mediakix-instagram")
    'can hardly fail, as on every open source'
    >>> label_for("supported", "D06", 1, "my-posts", "harvard-media")
    'not measured'
    """
    if held := severity_of(claim, test, source, scheme):
        return held.label_of(outcome)
    if outcome != "supported" or not is_own(source):
        return NOT_MEASURED
    sources = {key[2] for key in severities() if key[0] == claim}
    found = (severity_of(claim, test, one, scheme) for one in sorted(sources))
    return EVERYWHERE if {one.label for one in found if one} == {HARDLY} else NOT_MEASURED
