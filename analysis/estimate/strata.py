"""A claim judged by each stratum of a source, beside the whole."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.display import FrameResult, verb
from analysis.estimate.shifts import answered_questions, by_stratum, observed
from analysis.estimate.verdict import Verdict
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim
from analysis.registers.shifts import SHIFTS

COLUMNS = (
    "source", "row", "kind", "level", "label", "n_accounts", "estimate", "low", "high", "unit",
    "outcome", "status", "estimand",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Strata(FrameResult):
    """Estimates of a claim's first test by stratum, each with the verdict that it alone would give.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``source, row, kind, level, label, n_accounts, estimate, low, high, unit, outcome, status,
        estimand``; the whole of a source has an empty kind, and strata follow it.
    claim : str
        Key of the claim.
    wholes : tuple of Verdict
        The verdict on all posts of each source.
    """

    claim: str = ""
    wholes: tuple[Verdict, ...] = ()

    def in_every_source(self) -> pd.DataFrame:
        """Give the frame with a row of each source for each stratum that any of them has, without
        an estimate where a source does not have it.

        Examples
        --------
        >>> import analysis as an
        >>> both = by_strata(an.claim("C08"), an.load_all("open"))
        >>> len(both), len(both.in_every_source())
        (10, 14)
        """
        names = ["source", "row"]
        rows = [self.frame[name].unique() for name in names]
        every = pd.MultiIndex.from_product(rows, names=names)
        return self.frame.set_index(names).reindex(every).reset_index()[list(COLUMNS)]


@verb(Claim)
def by_strata(
    claim: Claim,
    sources: Mapping[str, Moments],
    strata: tuple[str, ...] = ("age", "sponsored", "verified"),
    confidence: float = 0.95,
) -> Strata:
    """Judge the first test of a claim by each level of some strata, wherever a source has them.

    Parameters
    ----------
    claim : Claim
        Under its own tiers.
    sources : mapping of Moments
        By key.
    strata : tuple of str
        Which, in the order in which they stand below the whole; a source in which none of them
        decides is left aside.
    confidence : float
        Of every interval.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim")
    >>> by_strata(an.claim("D06"), kim, ("age",)).frame[["row", "outcome"]].to_numpy().tolist()
    [['all posts', 'contradicted'], ['age: last year', 'contradicted'], ['age: older', 'supported']]
    """
    rows, wholes = [], []
    for question in answered_questions([claim], sources.values(), confidence):
        if question.number > 1 or not set(strata) & set(question.moments.source.strata):
            continue
        source, whole = question.moments.source.short, question.whole
        label, what = f"{question.test.of} / {question.test.versus}", str(whole.estimand)
        everything = observed(question, question.test, question.moments)
        n = everything.n_accounts if everything else float("nan")
        values = (n, whole.estimate, whole.low, whole.high, whole.unit, whole.outcome, "ok", what)
        of_source = [(source, "all posts", "", "", label, *values)]
        parts = [dict(zip(SHIFTS, part, strict=True)) for part in by_stratum(question)]
        parts = [part for part in parts if part["kind"] in strata]
        for named in sorted(parts, key=lambda part: strata.index(part["kind"])):
            shown = f"{named['kind']}: {named['level']}"
            held = {"source": source, "row": shown, "label": label, "status": "ok"}
            held |= {"estimand": what}
            of_source.append(tuple((named | held)[column] for column in COLUMNS))
        if len(of_source) > 1:
            rows += of_source
            wholes.append(whole)
    return Strata(pd.DataFrame(rows, columns=list(COLUMNS)), claim.key, tuple(wholes))
