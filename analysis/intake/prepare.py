"""Prepare: posts sorted by account in a table of DuckDB's own, once, so that every later reading of
a large file is fast.

Summing posts per account is mostly decompressing and searching: rows that stand beside their
account's others, in a format that DuckDB need not decode, are summed several times faster than
Parquet in the order of days.
"""

import tempfile
from pathlib import Path

from analysis.errors import SchemaError
from analysis.intake.reading import Hints


def prepare(path: Path | str, to: Path | str, hints: Hints | None = None) -> int:
    """Read a file as a report would, and keep its posts sorted by account.

    Parameters
    ----------
    path : Path or str
        See `read_own`.
    to : Path or str
        The DuckDB file to make; its table is ``posts``.
    hints : Hints, optional
        What the file itself does not say.

    Returns
    -------
    int
        Rows written: those that a report would use.

    Raises
    ------
    SchemaError
        If the file cannot be used, or `to` is there already.
    """
    from analysis.intake import files  # brings the engine

    if Path(to).exists():
        raise SchemaError(f"{to} is there already. Name another file, or remove it first.")
    with files.opened(Path(path), hints) as reading:
        if reading.findings.refusal:
            raise SchemaError(reading.findings.refusal)
        return store(reading.posts, Path(to))


def store(posts, to: Path) -> int:
    """Write a DuckDB relation sorted by account; the file appears when it is whole."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{to.name}.", dir=to.parent) as folder:
        made = Path(folder) / "made"
        posts.query("given", f"ATTACH '{str(made).replace(chr(39), chr(39) * 2)}' AS prepared")
        try:
            posts.project(_as_given(posts.columns)).query(
                "given", "CREATE TABLE prepared.posts AS FROM given ORDER BY account_id"
            )
            ((rows,),) = posts.query("given", "SELECT count(*) FROM prepared.posts").fetchall()
        finally:
            posts.query("given", "DETACH prepared")
        made.replace(to)
    return rows


def _as_given(columns: list[str]) -> str:
    """Columns as a file would have them: what has been multiplied or added for the moments would be
    so again when it is read.
    """
    names = [name for name in columns if name != "amplification"]  # it is part of the cost by now
    rate = (
        "engagement_rate / coalesce(posts, 1) AS engagement_rate"
        if "posts" in columns
        else "engagement_rate"
    )
    return ", ".join(rate if name == "engagement_rate" else name for name in names)
