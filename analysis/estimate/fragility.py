"""How many decided verdicts other posts of the same source, or known errors, would overturn."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.display import Result, verb
from analysis.estimate.verdict import Verdict, Verdicts
from analysis.registers.shifts import OPPOSITES, is_clear, shifts_of


@dataclass(frozen=True, repr=False)
class Fragility(Result):
    """How many of several verdicts are fragile, and by what.

    Attributes
    ----------
    tried : int
        Supported or contradicted answers to single tests that were put to parts of their own posts,
        or to simulated errors in followers.
    fragile : int
        How many of them are fragile.
    opposite : int
        How many of these a part of the posts alone answers the opposite way.
    shifted : int
        How many a clear shift to a part of the posts would overturn.
    simulated : int
        How many a simulated error in followers would.
    """

    tried: int
    fragile: int
    opposite: int
    shifted: int
    simulated: int


@verb(Verdicts)
def fragility(verdicts: Iterable[Verdict]) -> Fragility:
    """Count the verdicts that are fragile; those on all tests of a claim together are left aside,
    since they follow from the others.

    Examples
    --------
    >>> import analysis as an
    >>> counted = an.judge("D06", "instagram-kim", ["harvard-media"]).fragility()
    >>> counted.tried, counted.fragile, counted.opposite
    (2, 2, 1)
    """
    tried, found = 0, []
    for one in verdicts:
        if not (one.test and one.outcome in OPPOSITES and one.as_registered):
            continue
        rows = shifts_of(one.claim, one.source, one.scheme, one.test)
        if any(row["kind"] != "source" for row in rows):
            tried += 1
            found.append((one.outcome, one.overturned))
    opposite = shifted = simulated = 0
    for outcome, rows in found:
        measured = [row for row in rows if row["how"] == "measured"]
        opposite += any(row["outcome"] == OPPOSITES[outcome] for row in measured)
        shifted += any(is_clear(row) and row["moved_to"] != outcome for row in measured)
        simulated += len(measured) < len(rows)
    fragile = sum(bool(rows) for _, rows in found)
    return Fragility(tried, fragile, opposite, shifted, simulated)
