"""Keep posts sorted by account in a table of DuckDB, so that every later reading of a large file is
fast.

Summing posts per account is mostly decompressing and searching: rows that lie beside their
account's others, in a format that DuckDB need not decode, are summed several times faster than
Parquet in the order of days.
"""

import tempfile
from pathlib import Path

from analysis.errors import SchemaError
from analysis.intake.reading import Hints
from analysis.intake.text_table import quoted


def prepare(path: Path | str, to: Path | str, hints: Hints | None = None) -> int:
    """Read a file as a report would, keep its posts sorted by account in the table ``posts`` of a
    new DuckDB file, and count them.
    """
    from analysis.intake import files  # brings the engine

    if Path(to).exists():
        raise SchemaError(f"{to} exists. Name another file, or remove it first.")
    with files.opened(Path(path), hints) as reading:
        if reading.issues.refusal:
            raise SchemaError(reading.issues.refusal)
        return store(reading.posts, Path(to))


def store(posts, to: Path) -> int:
    """Write a DuckDB relation sorted by account; the file appears when it is complete."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{to.name}.", dir=to.parent) as folder:
        made = Path(folder) / "made"
        posts.query("given", f"ATTACH {quoted(str(made))} AS prepared")
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
    if "engagement_rate" in names and "posts" in names:
        place = names.index("engagement_rate")
        names[place] = "engagement_rate / coalesce(posts, 1) AS engagement_rate"
    return ", ".join(names)
