"""Answer: all verdicts on a claim under the tiers that the claim itself uses, taken together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.display import Result, verb
from analysis.estimate.judging import judge
from analysis.estimate.verdict import COLUMNS
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim, Test
from analysis.registers.severity import counted

DECIDED = ("supported", "contradicted")
"""Outcomes that decide something."""


MIXED = "mixed"
"""Badge of a claim that some sources support and others contradict."""


@dataclass(frozen=True, repr=False)
class Answer(Result):
    """What the evidence says of a claim under its own tiers, source by source and reading by
    reading; never added up.

    Attributes
    ----------
    claim : Claim
        What was said.
    frame : pandas.DataFrame
        Rows of verdicts with COLUMNS and ``n_accounts``: one per reading and source.
    confidence : float
        Of the intervals.

    Examples
    --------
    >>> import analysis as an
    >>> answer = an.claim("D06").answer(an.load_all("instagram-kim"))
    >>> answer.frame["outcome"].tolist(), answer.badge
    (['contradicted', 'supported'], 'contradicted')
    """

    claim: Claim
    frame: pd.DataFrame
    confidence: float = 0.95

    @cached_property
    def readings(self) -> Sequence[tuple[Test | None, pd.DataFrame]]:
        """Each reading of the claim with its rows; a claim that needs all of its tests has one."""
        if self.claim.together or not self.claim.own_tests:
            return [(None, self.frame[self.frame["test"] == 0])]
        return self.parts

    @cached_property
    def parts(self) -> list[tuple[Test, pd.DataFrame]]:
        """Each of the claim's own tests with its rows."""
        numbered = enumerate(self.claim.tests, 1)
        own = [(number, test) for number, test in numbered if not test.proxy]
        return [(test, self.frame[self.frame["test"] == number]) for number, test in own]

    @cached_property
    def main(self) -> pd.DataFrame:
        """Rows of the first of the claim's own tests that has an estimate."""
        numbers = [number for number, test in enumerate(self.claim.tests, 1) if not test.proxy]
        known = self.frame[self.frame["estimate"].notna()]
        first = next((number for number in numbers if (known["test"] == number).any()), 0)
        return known[known["test"] == first] if first else known.iloc[:0]

    def to_frame(self) -> pd.DataFrame:
        """Give the rows of verdicts."""
        return self.frame

    @cached_property
    def badge(self) -> str:
        """One outcome for the whole claim, by its first reading: what all decided sources say,
        ``mixed`` if they contradict each other.
        """
        _, rows = self.readings[0]
        rows = rows if len(rows) else self.frame
        counts = list(dict.fromkeys(counted(rows))) if len(rows) else []
        decided = [name for name in counts if name not in ("undecided", "untestable", "document")]
        if len({"contradicted" in name for name in decided}) > 1:
            return MIXED
        with_data = [name for name in counts if name != "untestable"]
        return (decided or with_data or ["untestable"])[0]


@verb(Claim)
def answer(
    claim: Claim,
    sources: Iterable[Moments] | Mapping[str, Moments] | str = "open",
    confidence: float = 0.95,
) -> Answer:
    """Put a claim to sources under its own tiers.

    Parameters
    ----------
    sources : iterable or mapping of Moments, or str
        As `load_all` gives them, or what it takes.
    confidence : float
        Of the intervals.
    """
    schemes = [claim.scheme] if claim.scheme else []
    verdicts = judge(claim, sources, schemes, confidence)
    accounts = [verdict.accounts for verdict in verdicts]
    return Answer(claim, verdicts.to_frame().assign(n_accounts=accounts), confidence)


def answer_from(claim: Claim, verdicts: pd.DataFrame, confidence: float = 0.95) -> Answer:
    """Collect what a table of verdicts says of a claim under its own tiers.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        Columns as in verdicts.csv, of any claims and schemes.
    confidence : float
        Of their intervals.
    """
    own = (verdicts["claim"] == claim.key) & verdicts["scheme"].isin(("", claim.scheme))
    columns = [*COLUMNS, "n_accounts"]
    return Answer(claim, verdicts[own].reindex(columns=columns).reset_index(drop=True), confidence)
