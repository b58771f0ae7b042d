"""data/severity.csv -> how severe each test is: how often it is supported, and contradicted, in
simulated worlds.

A test is severe if it would probably have said something else, had the claim been false (Mayo and
Spanos 2006). `micro-macro severity` measures it under each scheme of tiers that a verdict has; a
verdict whose test was not measured under its scheme has none.
"""

from dataclasses import dataclass
from functools import cache
from math import nan, sqrt
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.display import Result

TABLE = paths.DATA / "severity.csv"

KEYS = ("claim", "test", "source", "scheme")
"""Columns by which a row is known."""

Key = tuple[str, int, str, str]
"""Their values."""

HARDLY = "can hardly fail"
RARELY = "can rarely succeed"
LENIENT = "lenient"
SEVERE = "severe"
SHARES = ("supported_if_false", "supported_if_true", "supported_if_no_difference")
"""Columns of shares of worlds that support a claim."""

AGAINST = ("contradicted_if_true", "contradicted_if_false", "contradicted_if_no_difference")
"""Columns of shares of the same worlds that contradict it."""

LABELS = (HARDLY, RARELY, LENIENT, SEVERE)
"""What a test is, the first that fits; each cut-off lies two standard errors of a simulated share
on the side that flatters less, so that no test owes a better label to its seed.

can hardly fail
    the claim asserts a difference, and more than half of the worlds without one support it
can rarely succeed
    less than half of the worlds in which the claim is true support it
lenient
    more than a tenth of the worlds in which the claim is false by the least support it
severe
    none of these
"""

OFTEN = "often contradicts true claims"
SELDOM = "seldom contradicts true claims"
"""What a test is that contradicts: whether it does so in more than a tenth of the worlds in which
the claim is true, with the same margin.
"""

BETWEEN = "known within bounds"
"""What all tests together are where bounds allow for several labels."""


@dataclass(frozen=True, repr=False)
class Severity(Result):
    """How often a test of a claim says *supported*, or *contradicted*, in simulated worlds of one
    source.

    Attributes
    ----------
    claim, source, scheme : str
        Keys; the scheme is that of the tiers, empty for a test without tiers.
    test : int
        Number of the test, from 1; 0 for all tests of a claim together, of which upper bounds are
        known.
    worlds, seed : int
        How many worlds of each kind, and the seed of the first.
    supported_if_false, contradicted_if_false : float
        Share of worlds in which the truth lies on the edge of the claimed range, outside; of two
        edges the one that is supported more often, or contradicted more seldom.
    supported_if_true, contradicted_if_true : float
        Share of worlds in which the claim is right.
    supported_if_no_difference, contradicted_if_no_difference : float
        Share of worlds in which all tiers have the same distribution of rates; nan where a claim
        asserts no difference.
    label : str
        One of LABELS, or BETWEEN: what a claim is worth that the test supports.
    against : str
        OFTEN, SELDOM or BETWEEN: what it is worth that the test contradicts a claim.

    Examples
    --------
    >>> severities()["A14", 2, "tiktok-datares", "mediakix-instagram"].label
    'can hardly fail'
    """

    claim: str
    test: int
    source: str
    scheme: str
    worlds: int
    seed: int
    supported_if_false: float
    supported_if_true: float
    supported_if_no_difference: float
    label: str
    contradicted_if_true: float = nan
    contradicted_if_false: float = nan
    contradicted_if_no_difference: float = nan
    against: str = ""

    @property
    def key(self) -> Key:
        """Claim, test, source and scheme."""
        return self.claim, self.test, self.source, self.scheme

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares of worlds that support the claim, in the order of SHARES."""
        return tuple(getattr(self, name) for name in SHARES)

    @property
    def hardly_fails(self) -> bool:
        """Whether a claim that is supported by this test has passed next to nothing."""
        return self.label == HARDLY

    def label_of(self, outcome: str) -> str:
        """Give the label that is about an outcome: of a contradiction, `against`."""
        return self.against if outcome == "contradicted" else self.label


def _margin(cut: float, worlds: int) -> float:
    return 2 * sqrt(cut * (1 - cut) / worlds)


def label_of(if_false: float, if_true: float, none: float = nan, worlds: int = 1_000) -> str:
    """Label a test by the shares of worlds that support it.

    Examples
    --------
    >>> label_of(0.02, 0.96, 0.02), label_of(0.02, 0.96, 1.0), label_of(0.02, 0.3)
    ('severe', 'can hardly fail', 'can rarely succeed')
    >>> label_of(0.02, 0.51, worlds=100_000), label_of(0.02, 0.51)
    ('severe', 'can rarely succeed')
    """
    if none > 0.5 - _margin(0.5, worlds):
        return HARDLY
    if if_true < 0.5 + _margin(0.5, worlds):
        return RARELY
    return LENIENT if if_false > 0.1 - _margin(0.1, worlds) else SEVERE


def against_of(if_true: float, worlds: int = 1_000) -> str:
    """Label a test by the share of worlds in which a claim is true and contradicted.

    Examples
    --------
    >>> against_of(0.02), against_of(0.4)
    ('seldom contradicts true claims', 'often contradicts true claims')
    """
    return OFTEN if if_true > 0.1 - _margin(0.1, worlds) else SELDOM


def severity(key: Key, worlds: int, seed: int, shares: dict[str, float]) -> Severity:
    """Make a row from the shares of worlds, by SHARES and AGAINST, with its labels."""
    label = label_of(*(shares[name] for name in SHARES), worlds)
    against = against_of(shares["contradicted_if_true"], worlds)
    return Severity(*key, worlds, seed, label=label, against=against, **shares)


def read(path: Path = TABLE) -> dict[Key, Severity]:
    """Read a table of severities, by claim, test, source and scheme; nothing where there is no
    file.
    """
    if not path.is_file():
        return {}
    empty = {name: "" for name in (*SHARES, *AGAINST)}
    table = pd.read_csv(path, keep_default_na=False, na_values=empty)
    rows = (Severity(**row) for row in table.to_dict("records"))
    return {one.key: one for one in rows}


@cache
def severities() -> dict[Key, Severity]:
    """Every measured severity, by claim, test, source and scheme.

    Examples
    --------
    >>> ("D06", 1, "instagram-kim", "harvard-media") in severities()
    True
    """
    return read()


EVERYWHERE = "can hardly fail, as on every open source"
"""Label of a test of a file of the reader's own, for which no worlds are simulated."""

NOT_MEASURED = "not measured"
"""Severity of a decided verdict on a test that has none in data/severity.csv."""

EASILY = "easily supported"
"""What a supported verdict counts as in every summary if its test can hardly fail."""

EASILY_NOT = "easily contradicted"
"""What a contradicted verdict counts as in every summary if its test often contradicts true claims.
"""

AS_ASKED = "supported as far as asked"
"""What an undecided verdict on all parts of a claim counts as in every summary if each part that
can be asked is supported and the others have no data.
"""


SUMMARY = (
    "supported", EASILY, AS_ASKED, "contradicted", EASILY_NOT, "undecided", "untestable",
    "document",
)  # fmt: skip
"""What verdicts count as in summaries, in this order."""


def counted_as(outcome: str, severity: str, as_asked: str = "") -> str:
    """Give what an outcome counts as in a summary.

    Parameters
    ----------
    outcome : str
        Of a verdict.
    severity : str
        Label of its severity, which for a contradiction is about contradicting.
    as_asked : str
        ``2 of 3`` if only two of three parts of a claim can be asked, and both are supported.

    Examples
    --------
    >>> counted_as("supported", "can hardly fail"), counted_as("supported", "severe")
    ('easily supported', 'supported')
    >>> counted_as("contradicted", "often contradicts true claims")
    'easily contradicted'
    >>> counted_as("undecided", "severe", "2 of 3")
    'supported as far as asked'
    """
    if outcome == "undecided" and as_asked:
        return AS_ASKED
    if outcome == "supported" and severity in (HARDLY, EVERYWHERE):
        return EASILY
    return EASILY_NOT if outcome == "contradicted" and severity == OFTEN else outcome


def counted(verdicts: pd.DataFrame) -> pd.Series:
    """Give what each row of a frame of verdicts counts as in a summary; without the columns
    ``severity`` and ``as_asked``, as of early editions, the outcome.

    Examples
    --------
    >>> rows = pd.DataFrame({"outcome": ["supported"], "severity": ["can hardly fail"]})
    >>> counted(rows).tolist(), counted(rows[["outcome"]]).tolist()
    (['easily supported'], ['supported'])
    """
    none = pd.Series("", index=verdicts.index)
    texts = (verdicts.get(name, none).astype(object) for name in ("severity", "as_asked"))
    labels, parts = (text.where(text.notna(), "") for text in texts)
    rows = zip(verdicts["outcome"], labels, parts, strict=True)
    return pd.Series([counted_as(*row) for row in rows], verdicts.index, dtype=object)
