"""Verdicts: a claim and an estimate -> supported, contradicted or undecided.

One rule for every test. The claim's relation, value and margin give a range of values that would
count as the claim being right. If the whole confidence interval lies in that range the claim is
supported; if none of it does, contradicted; otherwise undecided. The interval shown is the interval
judged, so picture, number and verdict cannot disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.display import Reason, Result, because, verb
from analysis.estimate.decision import (
    NOTED,
    check_same_question,
    claimed,
    decided,
    number_of,
    parts_supported,
)  # fmt: skip
from analysis.estimate.observe import estimand_of, is_asked
from analysis.estimate.registry import unit_of
from analysis.estimate.results import Context, Estimate, Family, worded
from analysis.estimate.sensitivity import Flip, flip_of_question, flips_of
from analysis.registers.claims import Claim, Test
from analysis.registers.severity import AGAINST, NOT_MEASURED, SHARES, Severity, counted_as
from analysis.registers.severity_lookup import label_for, severity_of
from analysis.registers.shifts import FRAGILE, overturned_by

OUTCOMES = ("supported", "contradicted", "undecided", "untestable", "document")
"""The five answers; the first three are decided by an interval."""

TOGETHER = Reason("all_tests_together")
"""Estimand of a verdict on all tests of a claim."""

COLUMNS = (
    "claim", "outcome", "source", "scheme", "estimand", "estimate", "low", "high", "unit",
    "claimed", "because", "test", "flip", "severity", "supported_if_false", "supported_if_true",
    "supported_if_no_difference", "as_asked", "fragile", *AGAINST)  # fmt: skip
"""Columns that every frame of verdicts has, and so verdicts.csv; `flip` is `Flip.undecided`."""

NOTHING = Reason("nothing")
ANYWHERE = Context()


@dataclass(frozen=True, repr=False)
class Verdict(Result):
    """What the evidence says of a claim.

    Attributes
    ----------
    claim : str
        Key of the claim.
    outcome : str
        One of OUTCOMES.
    source, scheme : str
        Keys of the source and the tier scheme that were asked; empty where nothing was observed.
    estimand : Reason
        What was estimated, worded as reasons are.
    estimate, low, high : float
        Estimate and confidence interval, nan where there is none.
    unit : str
        Of the three.
    range : Reason or None
        The values that count as the claim being right.
    reason : Reason
        Why the outcome is what it is.
    test : int
        Number of the test among those of its claim, from 1; 0 for all of them together, for a claim
        without tests, and for a test that is not registered.
    context : Context
        Source, metric and tiers, for sentences and pictures.
    notes, family
        What the evidence leaves out without deciding anything; as of an `Estimate`.
    as_registered : bool
        Whether the register asks for what was judged, so that its severity and shifts hold.
    accounts : float
        On how many accounts it rests.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> verdict = an.claim("D06").judge(kim.contrast("micro", "macro"))
    >>> verdict.outcome, verdict.severity
    ('contradicted', 'seldom contradicts true claims')
    """

    claim: str
    outcome: str
    source: str = ""
    scheme: str = ""
    estimand: Reason = NOTHING
    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    unit: str = ""
    range: Reason | None = None
    reason: Reason = NOTHING
    test: int = 0
    context: Context = ANYWHERE
    notes: tuple[Reason, ...] = ()
    as_registered: bool = True
    family: Family | None = None
    accounts: float = np.nan

    @property
    def claimed(self) -> str:
        """The range of values that count as the claim being right."""
        return str(self.range) if self.range else ""

    @property
    def _asked(self) -> tuple[str, int, str, str] | None:
        """Claim, test, source and scheme, if what was judged is what the register asks for."""
        known = self.as_registered and (self.test or self.estimand == TOGETHER)
        return (self.claim, self.test, self.source, self.scheme) if known else None

    @property
    def tested(self) -> Severity | None:
        """How severe the test is under the tiers of the verdict, by data/severity.csv; None if that
        was not measured.
        """
        return severity_of(*self._asked) if self._asked else None

    @property
    def severity(self) -> str:
        """Label of the severity of the test, of a contradiction that about contradicting; empty for
        a verdict that is not decided by a test.
        """
        if self.outcome in ("untestable", "document"):
            return ""
        return label_for(self.outcome, *self._asked) if self._asked else NOT_MEASURED

    @property
    def counted_as(self) -> str:
        """What the verdict counts as in summaries; see `registers.severity.counted_as`."""
        return counted_as(self.outcome, self.severity, self.as_asked)

    @property
    def as_asked(self) -> str:
        """How many parts of a claim are supported, e.g. ``2 of 3``, where the others have no data;
        empty for any other verdict.
        """
        return parts_supported(self.reason)

    @property
    def overturned(self) -> list[dict[str, Any]]:
        """Rows of data/shifts.csv that would have decided otherwise; see `overturned_by`."""
        parts = dict(self.reason.facts).get("parts", ()) if self.estimand == TOGETHER else ()
        which = (self.claim, self.source, self.scheme, self.test if self.as_registered else 0)
        return overturned_by(*which, self.outcome, tuple(outcome for *_, outcome in parts))

    @property
    def fragile(self) -> str:
        """FRAGILE where a measured or simulated shift would have decided otherwise, or empty."""
        return FRAGILE if self.overturned else ""

    @property
    def because(self) -> str:
        """Why the outcome is what it is, and what was left out."""
        return " ".join(map(str, (self.reason, *self.notes)))

    def row(self) -> tuple[Any, ...]:
        """Give the values of COLUMNS."""
        tested = self.tested if self.severity else None
        values = {name: getattr(tested, name, np.nan) for name in (*SHARES, *AGAINST)}
        values["flip"] = self._flips()[0]
        plain = [values[name] if name in values else getattr(self, name) for name in COLUMNS]
        return worded(plain)

    def to_frame(self) -> pd.DataFrame:
        """Give a frame of one row with COLUMNS."""
        return Verdicts((self,)).to_frame()

    def flip(self) -> Flip:
        """Give the smallest bias that would change the outcome, beside shifts of the same estimate
        that were measured.

        Examples
        --------
        >>> import analysis as an
        >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
        >>> flip = an.claim("D06").judge(kim.contrast("micro", "macro")).flip()
        >>> round(flip.undecided, 3)
        1.017
        """
        undecided, opposite = self._flips()
        which = (self.claim, self.source, self.scheme, self.test if self.as_registered else 0)
        values = (self.outcome, self.unit, self.estimate, undecided, opposite)
        return flip_of_question(*which, *values)

    def _flips(self) -> tuple[float, float]:
        bound = self.reason.key == "by_bound"
        return flips_of(self.range, self.low, self.high, self.outcome, self.unit, bound)


@dataclass(frozen=True, repr=False)
class Verdicts(Result):
    """Several verdicts, in the order of claims, sources, tests and schemes.

    Examples
    --------
    >>> import analysis as an
    >>> verdicts = an.judge("A14", an.load_all("youtube-fr-science"))
    >>> verdicts[0].outcome, len(verdicts) == len(verdicts.to_frame())
    ('contradicted', True)
    """

    verdicts: tuple[Verdict, ...]

    def __len__(self) -> int:
        """Count the verdicts."""
        return len(self.verdicts)

    def __iter__(self) -> Iterator[Verdict]:
        """Go through the verdicts."""
        return iter(self.verdicts)

    def __getitem__(self, place: int) -> Verdict:
        """Take one verdict by its place."""
        return self.verdicts[place]

    def to_frame(self) -> pd.DataFrame:
        """Give a frame with COLUMNS, one row per verdict."""
        return pd.DataFrame([one.row() for one in self.verdicts], columns=list(COLUMNS))


@verb(Claim)
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
        What was observed; without it the claim is settled by reading, or has no data.
    test : Test, optional
        Which of the claim's tests; the first if not given.
    source, scheme : str
        Keys, passed on to the verdict; those of the estimate if not given.

    Returns
    -------
    Verdict
        Decided by whether the interval of `evidence` lies within, outside or across the claimed
        range.

    Examples
    --------
    >>> import analysis as an
    >>> an.claim("D06").judge().outcome
    'untestable'
    """
    if not claim.own_tests and test is None:
        scheme = scheme or claim.scheme
        if claim.by_reading:
            why = because("written", text=claim.by_reading)
            return Verdict(claim.key, "document", source, scheme, reason=why)
        why = because("to_settle", request=claim.data_request)
        return Verdict(claim.key, "untestable", source, scheme, reason=why)
    test = test or claim.tests[0]
    if not isinstance(evidence, Estimate | None):
        kind = type(evidence).__name__
        raise TypeError(f"judged by an Estimate, not by a {kind}: see sample.contrast().")
    if evidence is None:
        why = because("nothing_observed", request=claim.data_request)
        return unanswered(claim, test, source, scheme, why)
    check_same_question(claim, test, evidence)
    outcome, why = decided(test, evidence)
    context = evidence.context
    # an estimate that does not know its source, or of two that are named together, is what the
    # caller takes it for
    known = context.source_key and "+" not in source
    asked = is_asked(test, evidence) if known else bool(source)
    return Verdict(
        claim.key, outcome, source or context.source_key, scheme or context.scheme_key,
        evidence.estimand, evidence.estimate, evidence.low, evidence.high, evidence.unit,
        claimed(test, evidence.unit), why, number_of(claim, test), context,
        tuple(one for one in evidence.reasons if one.key in NOTED), asked, evidence.family,
        evidence.n_accounts,
    )  # fmt: skip


def unanswered(claim: Claim, test: Test, source: str, scheme: str, why: Reason) -> Verdict:
    """Make the verdict on a test that could not be asked."""
    unit, number = unit_of(test), number_of(claim, test)
    nothing = (np.nan, np.nan, np.nan)
    values = (estimand_of(test), *nothing, unit, claimed(test, unit))
    return Verdict(claim.key, "untestable", source, scheme, *values, why, number)
