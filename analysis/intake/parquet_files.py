"""Open a Parquet file as text, where it lies."""

import glob
from collections import Counter
from pathlib import Path

import duckdb

from analysis.errors import SchemaError
from analysis.intake.reading import Issues
from analysis.intake.text_table import TextTable, check_width, quoted
from analysis.intake.workbooks import check_unpacked


def open_parquet(path: Path, connection, issues: Issues) -> TextTable:
    """Open a Parquet file; numbers are written so that they cannot be read in two ways."""
    file = quoted(glob.escape(str(path)))

    def fetch(sql: str) -> list[tuple]:
        return connection.execute(sql.format(file=file)).fetchall()

    try:
        ((unpacked,),) = fetch("SELECT sum(total_uncompressed_size) FROM parquet_metadata({file})")
        ((rows,),) = fetch("SELECT sum(num_rows) FROM parquet_file_metadata({file})")
        schema = fetch("DESCRIBE SELECT * FROM read_parquet({file})")
        written = fetch("SELECT name FROM parquet_schema({file}) WHERE num_children IS NULL")
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise SchemaError(f"{issues.file} could not be read as .parquet: {reason}") from None
    check_width(issues.file, len(schema))
    # a column of one value packs to nothing whatever its length, so rows count too: no record of a
    # post takes less than a byte
    check_unpacked(path, max(unpacked or 0, rows or 0), issues)
    names = [column for column, *_ in schema]
    times = Counter(name for (name,) in written)
    for column in sorted(name for name in names if times[name] > 1):
        issues.refuse(
            "column twice", f"the column '{column}' is there twice. Rename or remove one."
        )
    fields = ", ".join(_field(column, kind) for column, kind, *_ in schema)
    source = f"SELECT '' AS line, [{fields}] AS fields FROM read_parquet({file})"
    return TextTable(names, source, rows)


def _field(name: str, kind: str) -> str:
    """SQL of a column as text; a number with three decimals gets a fourth, as in `as_text`."""
    column = '"{}"'.format(name.replace('"', '""'))
    text = f"CAST({column} AS VARCHAR)"
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        text = f"regexp_replace({text}, '(\\.[0-9]{{3}})$', '\\10')"
    elif "[" in kind or kind.startswith(("STRUCT", "MAP", "UNION", "BLOB")):
        text = (
            f"CASE WHEN {column} IS NOT NULL THEN '(not text or number: {kind.split('(')[0]})' END"
        )
    return f"coalesce({text}, '')"
