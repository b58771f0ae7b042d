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
    "scale", "shift", "shift_low", "shift_high",
)  # fmt: skip
"""Columns of the file."""


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
    frame = pd.read_csv(path, keep_default_na=False, na_values={"shift_low": "", "shift_high": ""})
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
