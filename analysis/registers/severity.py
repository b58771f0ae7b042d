"""data/severity.csv -> how severe each test is: how often it is supported in simulated worlds.

A test is severe if it would probably have said something else, had the claim been false (Mayo and
Spanos 2006). `micro-macro severity` measures it; a test that was not measured has none.
"""

from dataclasses import dataclass
from functools import cache
from math import isnan, nan
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.display import Result

TABLE = paths.DATA / "severity.csv"

KEYS = ("claim", "test", "source")
"""Columns by which a row is known."""

HARDLY = "can hardly fail"
RARELY = "can rarely succeed"
LENIENT = "lenient"
SEVERE = "severe"
SHARES = ("supported_if_false", "supported_if_true", "supported_if_no_difference")
"""Columns of shares of worlds."""

LABELS = (HARDLY, RARELY, LENIENT, SEVERE)
"""What a test is, the first that fits.

can hardly fail
    the claim asserts a difference, and more than half of the worlds without one support it
can rarely succeed
    less than half of the worlds in which the claim is true support it
lenient
    more than a tenth of the worlds in which the claim is false by the least support it
severe
    none of these
"""


@dataclass(frozen=True, repr=False)
class Severity(Result):
    """How often a test of a claim says *supported* in simulated worlds of one source.

    Attributes
    ----------
    claim, source, scheme : str
        Keys; the scheme is that under which worlds were simulated, mostly the claim's own.
    test : int
        Number of the test, from 1; 0 for all tests of a claim together.
    worlds, seed : int
        How many worlds of each kind, and the seed of the first.
    supported_if_false : float
        Share of worlds in which the truth lies on the edge of the claimed range, outside.
    supported_if_true : float
        Share of worlds in which the claim is right.
    supported_if_no_difference : float
        Share of worlds in which all tiers have the same distribution of rates; nan where a claim
        asserts no difference.
    label : str
        One of LABELS.

    Examples
    --------
    >>> severity_of("A14", 2, "tiktok-datares").label
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

    @property
    def shares(self) -> tuple[float, float, float]:
        """The three shares of worlds."""
        return tuple(getattr(self, name) for name in SHARES)

    @property
    def hardly_fails(self) -> bool:
        """Whether a claim that is supported by this test has passed next to nothing."""
        return self.label == HARDLY


def label_of(if_false: float, if_true: float, if_no_difference: float = nan) -> str:
    """Label a test by its shares.

    Examples
    --------
    >>> label_of(0.02, 0.96, 0.02), label_of(0.02, 0.96, 1.0), label_of(0.02, 0.3)
    ('severe', 'can hardly fail', 'can rarely succeed')
    """
    if if_no_difference > 0.5:
        return HARDLY
    if if_true < 0.5:
        return RARELY
    return LENIENT if if_false > 0.1 else SEVERE


def read(path: Path = TABLE) -> dict[tuple[str, int, str], Severity]:
    """Read a table of severities, by claim, test and source; nothing where there is no file."""
    if not path.is_file():
        return {}
    table = pd.read_csv(path, keep_default_na=False, na_values={name: "" for name in SHARES})
    rows = (Severity(**row) for row in table.to_dict("records"))
    return {(one.claim, one.test, one.source): one for one in rows}


@cache
def severities() -> dict[tuple[str, int, str], Severity]:
    """Every measured severity, by claim, test and source.

    Examples
    --------
    >>> ("D06", 1, "instagram-kim") in severities()
    True
    """
    return read()


def severity_of(claim: str, test: int, source: str) -> Severity | None:
    """Look up a severity; None where none was measured.

    All tests of a claim together, number 0, are supported at most as often as the one that is
    supported least often: these are bounds from above.

    Examples
    --------
    >>> severity_of("D06", 1, "my-own-file") is None
    True
    """
    table = severities()
    if test:
        return table.get((claim, test, source))
    parts = [one for one in table.values() if (one.claim, one.source) == (claim, source)]
    if not parts:
        return None
    wrong, right, none = zip(*(one.shares for one in parts), strict=True)
    # where one test asserts no difference, a world without any says nothing of all together
    bounds = (max(wrong), min(right), nan if any(map(isnan, none)) else min(none))
    first = parts[0]
    return Severity(
        claim, 0, source, first.scheme, min(one.worlds for one in parts), first.seed, *bounds,
        label_of(*bounds),
    )  # fmt: skip


NOT_MEASURED = "not measured"
"""Severity of a decided verdict on a test that has none in data/severity.csv."""

EASILY = "easily supported"
"""What a supported verdict counts as in every summary if its test can hardly fail."""

AS_ASKED = "supported as far as asked"
"""What an undecided verdict on all parts of a claim counts as in every summary if each part that
can be asked is supported and the others have no data.
"""


def counted_as(outcome: str, severity: str, as_asked: str = "") -> str:
    """Give what an outcome counts as in a summary.

    Parameters
    ----------
    outcome : str
        Of a verdict.
    severity : str
        Label of the severity of its test.
    as_asked : str
        ``2 of 3`` if only two of three parts of a claim can be asked, and both are supported.

    Examples
    --------
    >>> counted_as("supported", "can hardly fail"), counted_as("supported", "severe")
    ('easily supported', 'supported')
    >>> counted_as("undecided", "severe", "2 of 3")
    'supported as far as asked'
    """
    if outcome == "undecided" and as_asked:
        return AS_ASKED
    return EASILY if outcome == "supported" and severity == HARDLY else outcome


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
    labels, parts = (verdicts.get(name, none).fillna("") for name in ("severity", "as_asked"))
    rows = zip(verdicts["outcome"], labels, parts, strict=True)
    return pd.Series([counted_as(*row) for row in rows], verdicts.index, dtype=object)
