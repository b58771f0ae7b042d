"""data/shifts.csv: by how much estimates move with the posts, the source, or an error in followers.

`micro-macro shifts` writes the file; see data/README.md for its columns.
"""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import paths
from analysis.errors import RegisterError

FILE = paths.DATA / "shifts.csv"

QUESTION = ("claim", "source", "scheme", "test")
"""Columns that name one question: a test of a claim, put to a source under a scheme."""

SHIFTS = (
    *QUESTION, "how", "kind", "level", "n_accounts", "estimate", "low", "high", "unit", "outcome",
    "scale", "shift", "shift_low", "shift_high", "tried", "moved_to",
)  # fmt: skip
"""Columns of the file."""

FRAGILE = "fragile"
"""Said beside an outcome for which `overturned_by` gives anything; the outcome stays."""

OPPOSITES = {"supported": "contradicted", "contradicted": "supported"}
"""The other outcome of one that is decided."""


def read_shifts(path: Path = FILE) -> pd.DataFrame:
    """Read the registered shifts, with the columns SHIFTS.

    Raises
    ------
    RegisterError
        If the file has other columns.

    Examples
    --------
    >>> bool((read_shifts()["shift"] != 0).all())
    True
    """
    numbers = dict.fromkeys(("n_accounts", "shift_low", "shift_high"), "")
    frame = pd.read_csv(path, keep_default_na=False, na_values=numbers)
    if list(frame) != list(SHIFTS):
        raise RegisterError(
            f"{paths.shown(path)}: its columns are {', '.join(frame)}. "
            f"Allowed: {', '.join(SHIFTS)}. `micro-macro shifts` writes the file anew."
        )
    return frame


@cache
def _by_question() -> dict[tuple, list[dict[str, Any]]]:
    grouped = read_shifts().groupby(list(QUESTION), sort=False)
    return {key: rows.to_dict("records") for key, rows in grouped}


def shifts_of(claim: str, source: str, scheme: str, test: int) -> list[dict[str, Any]]:
    """Look up the rows of one question; none of a source that is not registered.

    Examples
    --------
    >>> shifts_of("D06", "my-posts", "harvard-media", 1)
    []
    """
    return _by_question().get((claim, source, scheme, test), [])


def strata_of(
    claim: str, source: str, scheme: str, test: int, kind: str = "age"
) -> list[dict[str, Any]]:
    """Look up what each level of a stratum alone gives for one question; none where the source does
    not have the stratum, or the question is about one level of another.

    Examples
    --------
    >>> rows = strata_of("C08", "instagram-kim", "macro-or-micro-second", 1)
    >>> [(row["level"], round(row["estimate"], 2), row["outcome"]) for row in rows]
    [('last year', 1.24, 'supported'), ('older', 1.08, 'supported')]
    """
    rows = shifts_of(claim, source, scheme, test)
    return [row for row in rows if row["how"] == "measured" and row["kind"] == kind]


def is_clear(row: dict[str, Any]) -> bool:
    """Whether the interval of a shift, which holds for all that were tried at once, holds no shift
    of none.

    Examples
    --------
    >>> is_clear({"scale": "factor", "shift_low": 1.02, "shift_high": 1.3})
    True
    """
    none = 0.0 if row["scale"] == "difference" else 1.0
    return not row["shift_low"] <= none <= row["shift_high"]


def overturned_by(
    claim: str, source: str, scheme: str, test: int, outcome: str, parts: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Look up what would have decided otherwise, for which an outcome is called fragile: levels of
    the same source that alone give the opposite outcome, clear shifts to a level by which the whole
    is no longer decided so, and simulated errors in followers that do the same. The word is
    Leamer's (1985): an inference is fragile if a credible change of what it assumes reverses it.

    Parameters
    ----------
    claim, source, scheme : str
        Keys, as in a verdict.
    test : int
        Number of the test; 0 for all tests together.
    outcome : str
        Of the verdict; one that is not decided is never fragile.
    parts : tuple of str
        Outcomes of all tests, if the verdict is on all of them together. Supported, that is fragile
        if any of them is; contradicted, if each test that contradicts the claim is.

    Examples
    --------
    >>> which = ("D06", "instagram-kim", "harvard-media", 1)
    >>> rows = overturned_by(*which, "contradicted")
    >>> [row["level"] for row in rows if row["kind"] == "age"]
    ['older']
    """
    if outcome not in OPPOSITES:
        return []
    if parts:
        return _together(claim, source, scheme, outcome, parts)
    rows = shifts_of(claim, source, scheme, test)
    return [row for row in rows if row["kind"] != "source" and _overturns(row, outcome)]


def _together(claim: str, source: str, scheme: str, outcome: str, parts: tuple[str, ...]) -> list:
    found = []
    for test, of_test in enumerate(parts, 1):
        rows = []
        for under in dict.fromkeys((scheme, "")):  # tests that are not about tiers have no scheme
            rows += overturned_by(claim, source, under, test, of_test)
        if outcome == "contradicted" == of_test and not rows:
            return []  # this test alone contradicts the claim
        found += rows if of_test == outcome else []
    return found


def _overturns(row: dict[str, Any], outcome: str) -> bool:
    opposite = row["outcome"] == OPPOSITES[outcome]
    if row["how"] == "simulated":
        return row["moved_to"] != outcome
    return opposite or (is_clear(row) and row["moved_to"] != outcome)
