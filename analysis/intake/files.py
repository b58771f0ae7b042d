"""Read a user's file as POSTS or PRICES.

`opened` is the only entry point. What cannot be read is reported, all of it at once; what is
repaired is counted and shown; and every row is used, left out for a reason that is counted, or
refused.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analysis.errors import SchemaError
from analysis.intake.cells import Cells
from analysis.intake.file_types import check_path, sha256, unchanged
from analysis.intake.headers import Columns, assign
from analysis.intake.json_files import open_json
from analysis.intake.parquet_files import open_parquet
from analysis.intake.reading import Hints, Issues
from analysis.intake.rows import place_rows, take_cells, type_cells
from analysis.intake.schema import POSTS, Column
from analysis.intake.text_files import open_text
from analysis.intake.text_table import TextTable
from analysis.intake.workbooks import open_workbook

MEMORY = "1GB"
"""What DuckDB may hold; the rest of a large file waits on disk."""

LARGE = 1 << 25
"""From this size a file is read by two threads; below, the second costs more than it saves
[bytes].
"""


@dataclass
class Reading:
    """A file or table as it was read."""

    issues: Issues  # what was repaired, refused or is worth a look
    sha256: str  # of the file
    # POSTS, or PRICES: the rows used; None if the columns do not allow any. Usable while the file
    # is open
    posts: duckdb.DuckDBPyRelation | None = None
    columns: Columns | None = None  # which columns were understood
    rows: int = 0  # rows below the header, blank lines not counted
    used: int = 0  # of them in `posts`
    refused: int = 0  # of them with a fault
    left_out: dict[str, int] = field(default_factory=dict)  # the others, by reason


@contextmanager
def opened(
    path: Path, hints: Hints | None = None, schema: dict[str, Column] = POSTS
) -> Iterator[Reading]:
    """Read a file as POSTS or PRICES, for use inside the ``with`` block only; what was noticed is
    in `Reading.issues`, refusals too.
    """
    check_path(path)
    issues = Issues(path.name, hints or Hints())
    with (
        tempfile.TemporaryDirectory(prefix="micro-macro-", ignore_cleanup_errors=True) as folder,
        unchanged(path),
    ):
        connection = _connect(Path(folder), path.stat().st_size)
        try:
            yield _read(connection, path, Path(folder), issues, schema)
        except duckdb.Error as error:  # rows are streamed, so a fault may show late
            reason = str(error).strip().splitlines()[0]
            raise SchemaError(
                f"{path.name} could not be read as {path.suffix.lower()}: {reason}"
            ) from None
        finally:
            connection.close()


def _connect(folder: Path, size: int) -> duckdb.DuckDBPyConnection:
    config = {
        "memory_limit": MEMORY,
        "temp_directory": str(folder / "spill"),
        "threads": "1" if size < LARGE else "2",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(config=config)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _read(
    connection, path: Path, folder: Path, issues: Issues, schema: dict[str, Column]
) -> Reading:
    table = _open(connection, path, folder, issues)
    reading = Reading(issues, sha256(path), columns=assign(table.header, issues, schema))
    cells = Cells(connection, issues)
    take_cells(cells, table, reading, schema)
    if reading.rows == 0:
        issues.refuse("no rows", f"{path.name} has no data rows.")
    required = {name for name, column in schema.items() if column.required}
    needed = {"account_id"} if schema is POSTS else required
    if reading.rows and needed <= reading.columns.known:
        type_cells(cells, reading, schema)
        place_rows(cells, reading, schema)
    return reading


def _open(connection, path: Path, folder: Path, issues: Issues) -> TextTable:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return open_parquet(path, connection, issues)
    if suffix == ".xlsx":
        return open_workbook(path, folder, issues)
    open_table = open_json if suffix in (".json", ".jsonl", ".ndjson") else open_text
    return open_table(path, folder, issues)
