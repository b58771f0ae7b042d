"""A user's file -> POSTS or PRICES: opened, its columns found, its cells mended, its rows accounted
for.

`opened` is the one way in. What cannot be read is told, all of it at once; what is repaired is
counted and shown; and every row is either used, left out for a reason that is counted, or refused.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from analysis.errors import SchemaError
from analysis.intake.coerce import NUMBERS, look, mend
from analysis.intake.dates import Mended
from analysis.intake.headers import Columns, assign
from analysis.intake.identity import (
    check_currency,
    check_rows,
    contradictory,
    duplicates,
    without_currency,
)
from analysis.intake.reading import Findings, Hints
from analysis.intake.schema import POSTS, Column
from analysis.intake.text_files import Opened, check_path, digest, open_text, unchanged
from analysis.intake.workbooks import open_json, open_parquet, open_workbook

MEMORY = "1GB"
"""What DuckDB may hold; the rest of a large file waits on disk."""

ALONE = 1 << 25
"""Smaller files are read by one thread; a second costs more than it brings [bytes]."""

TOTALS = (
    "total",
    "totals",
    "grand total",
    "sum",
    "summe",
    "gesamt",
    "insgesamt",
    "i alt",
    "somme",
    "suma",
    "итого",
    "всего",
    "合計",
    "总计",
)


@dataclass
class Reading:
    """A file as it was read.

    Attributes
    ----------
    posts : duckdb.DuckDBPyRelation or None
        POSTS, or PRICES: the rows used; None if the columns do not allow any. Usable while the file
        is open.
    findings : Findings
        What was repaired, refused or is worth a look.
    columns : Columns or None
        Which columns were understood.
    rows : int
        Rows below the header, blank lines not counted.
    used, refused : int
        How many of them are in `posts`, and how many have a fault.
    left_out : dict
        The others, by reason.
    sha256 : str
        Of the file.
    """

    findings: Findings
    sha256: str
    posts: duckdb.DuckDBPyRelation | None = None
    columns: Columns | None = None
    rows: int = 0
    used: int = 0
    refused: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


@contextmanager
def opened(
    path: Path, hints: Hints | None = None, schema: dict[str, Column] = POSTS
) -> Iterator[Reading]:
    """Read a file; what is found is in `Reading.findings`, refusals too.

    Parameters
    ----------
    path : Path
        A file with one of the SUFFIXES of `analysis.intake.text_files`.
    hints : Hints, optional
        What the reader says about it.
    schema : dict
        POSTS or PRICES: which columns it should have.

    Yields
    ------
    Reading
        To be used inside the ``with`` block only.

    Raises
    ------
    SchemaError
        If the file cannot be read as a table at all.
    """
    hints = hints or Hints()
    check_path(path)
    _check_zone(hints.zone)
    findings = Findings(path.name, hints.strict)
    with (
        tempfile.TemporaryDirectory(prefix="micro-macro-", ignore_cleanup_errors=True) as folder,
        unchanged(path),
    ):
        connection = _engine(Path(folder), path.stat().st_size)
        try:
            yield _read(connection, path, Path(folder), hints, findings, schema)
        except duckdb.Error as error:  # the file is read only now, and may go wrong late
            told = str(error).strip().splitlines()[0]
            raise SchemaError(
                f"{path.name} could not be read as {path.suffix.lower()}: {told}"
            ) from None
        finally:
            connection.close()


def _check_zone(zone: str) -> None:
    from zoneinfo import available_timezones

    if zone and zone not in available_timezones():
        raise SchemaError(
            f"--zone {zone} is not known. Examples: UTC, Europe/Copenhagen, America/New_York, Asia/Tokyo."
        )


def _engine(folder: Path, size: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "memory_limit": MEMORY, "temp_directory": str(folder / "spill"), "threads": "1" if size < ALONE else "2",
            "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
        },
    )  # fmt: skip
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _read(
    connection,
    path: Path,
    folder: Path,
    hints: Hints,
    findings: Findings,
    schema: dict[str, Column],
) -> Reading:
    reading = Reading(findings, digest(path))
    source = _open(connection, path, folder, hints, findings)
    reading.columns = assign(source.header, hints, findings, schema)
    _take_cells(connection, source, reading, schema)
    if reading.rows == 0:
        findings.refused("no rows", f"{path.name} has no data rows.")
    known = {
        name: column
        for name, column in schema.items()
        if name in reading.columns.places | reading.columns.constants
    }
    needed = (
        {"account_id"}
        if schema is POSTS
        else {name for name, column in schema.items() if column.required}
    )
    if not needed <= known.keys() or not reading.rows:
        return reading
    units = _type_cells(connection, hints, reading, known)
    if schema is POSTS:
        check_rows(connection, reading.columns, findings)
    check_currency(connection, units, findings)
    _account(connection, reading, schema)
    return reading


def _open(connection, path: Path, folder: Path, hints: Hints, findings: Findings) -> Opened:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return open_parquet(path, connection, findings)
    if suffix == ".xlsx":
        return open_workbook(path, folder, hints, findings)
    return (open_json if suffix in (".json", ".jsonl", ".ndjson") else open_text)(
        path, folder, hints, findings
    )


def _take_cells(connection, source: Opened, reading: Reading, schema: dict[str, Column]) -> None:
    """Keep the columns that are known as ``cells``, and count the rows that are none of posts or
    prices.
    """
    columns, findings, width = reading.columns, reading.findings, len(source.header)
    blank = "' \t\r\n' || chr(160) || chr(8239) || chr(12288)"
    taken = [
        f"nullif(trim(replace(fields[{place + 1}], chr(30), ' '), {blank}), '') AS {name}"
        for name, place in columns.places.items()
    ]
    taken += [
        "CAST('{}' AS VARCHAR) AS {}".format(value.replace("'", "''"), name)
        for name, value in columns.constants.items()
        if name in schema
    ]
    header = source.line.rstrip("\r").replace("'", "''")
    connection.execute(
        f"CREATE TABLE cells AS SELECT row_number() OVER () AS row, hash(fields) AS whole, len(fields) AS width, CASE "
        f"WHEN line <> '' AND line = '{header}' THEN 'repeated header' "
        # most rows; the others are looked at closely
        f"WHEN len(fields) = {width} AND fields[1] <> '' AND fields[1] > ' ' THEN NULL "
        f"WHEN trim(array_to_string(fields, ''), {blank}) = '' THEN 'empty row' "
        f"WHEN len(fields) < {width} AND starts_with(ltrim(line), '#') THEN 'comment line' "
        f"WHEN len(fields) < {width} THEN 'too few fields' "
        f"WHEN trim(array_to_string(fields[{width + 1}:], ''), {blank}) <> '' THEN 'too many fields' "
        f"WHEN len(fields) > {width} THEN 'empty field at the end' END AS fate{''.join(f', {one}' for one in taken)} FROM ({source.source})"
    )
    if "account_id" in columns.places | columns.constants:
        words = ", ".join(f"'{word}'" for word in TOTALS)
        last = "row = (SELECT max(row) FROM cells WHERE fate IS NULL OR fate <> 'empty row')" + (
            " OR platform IS NULL" if "platform" in columns.places else ""
        )
        connection.execute(
            f"UPDATE cells SET fate = 'totals row' WHERE lower(rtrim(account_id, ': ')) IN ({words}) AND fate IS NULL AND ({last})"
        )
    reading.rows = connection.execute("SELECT count(*) FROM cells").fetchall()[0][0]
    if source.records is not None and source.records != reading.rows:
        raise SchemaError(
            f"{findings.file} has {source.records:,} records, but only {reading.rows:,} could be read. Its lines do not end alike."
        )
    _tell_fates(connection, width, reading, schema)
    connection.execute(
        "DELETE FROM cells WHERE fate IS NOT NULL AND fate <> 'empty field at the end'"
    )


def _tell_fates(connection, width: int, reading: Reading, schema: dict[str, Column]) -> None:
    """Tell which rows are none of posts or prices, and why."""
    findings = reading.findings
    fates = connection.execute(
        "SELECT fate, count(*), min(row, 3), arg_min(width, row) FROM cells WHERE fate IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for fate, count, rows, found in fates:
        facts = {"count": count, "rows": tuple(rows)}
        if fate.startswith("too"):
            reading.refused += count
            findings.refused(
                "ragged",
                f"has {found} fields where the header has {width}. Mend the delimiters; keep one table in a file.",
                **facts,
            )
        elif fate == "empty field at the end":
            findings.repaired(
                fate, "has an empty field more than the header; it was dropped.", **facts
            )
        else:
            reading.left_out[fate] = count
            findings.repaired(
                fate,
                f"is {'not a post' if schema is POSTS else 'not a price'} ({fate}); it was left out.",
                **facts,
            )


def _type_cells(connection, hints: Hints, reading: Reading, known: dict[str, Column]) -> list[str]:
    """Make the table ``typed``: every known column as its type, and whether the row is refused.
    Give the currencies of signs in cells.
    """
    columns, findings = reading.columns, reading.findings
    looks = look(connection, [name for name, column in known.items() if column.type in NUMBERS])
    proved = set().union(*(looks[name].marks for name in looks if known[name].type != "rate"))
    decimal = "".join(proved) if len(proved) == 1 else ""
    mended = {
        name: mend(connection, column, hints, findings, looks.get(name), decimal)
        for name, column in known.items()
    }
    units = _currency(mended, findings)
    values = {name: one.value for name, one in mended.items()}
    if "posts" in values:
        for name in {*columns.averages, "engagement_rate"} & values.keys():
            values[name] = f"({values[name]}) * coalesce({values['posts']}, 1)"
    joins = " ".join(one.join for one in mended.values())
    faults = " OR ".join(f"coalesce({one.fault}, false)" for one in mended.values())
    listed = ", ".join(f"{value} AS {name}" for name, value in values.items())
    connection.execute(
        f"CREATE TABLE typed AS SELECT * REPLACE (misfit OR {contradictory(values)} OR {without_currency(values)} AS misfit) "
        f"FROM (SELECT cells.row, whole, {listed}, ({faults}) AS misfit FROM cells {joins})"
    )
    return units


def _currency(mended: dict[str, Mended], findings: Findings) -> list[str]:
    """Take the currency from the signs beside the amounts, if there is one and no column says it.
    Give all that signs tell.
    """
    units = sorted(set().union(*(one.units for one in mended.values())))
    if "currency" in mended:
        mended["currency"] = replace(mended["currency"], value=f"upper({mended['currency'].value})")
    elif len(units) == 1:
        mended["currency"] = Mended(f"CAST('{units[0]}' AS VARCHAR)")
        findings.repaired(
            "currency",
            f"was taken from the signs beside the amounts: {units[0]}.",
            column="currency",
        )
    return units


def _account(connection, reading: Reading, schema: dict[str, Column]) -> None:
    """Give every row its place: used, left out or refused."""
    has = connection.table("typed").columns
    place = (
        _place(connection, reading)
        if schema is POSTS
        else "CASE WHEN misfit THEN 'refused' ELSE 'used' END"
    )
    connection.execute(f"CREATE VIEW placed AS SELECT *, {place} AS place FROM typed")
    counts = dict(
        connection.execute("SELECT place, count(*) FROM placed GROUP BY 1 ORDER BY 1").fetchall()
    )
    reading.refused += counts.pop("refused", 0)
    reading.used = counts.pop("used", 0)
    reading.left_out |= counts
    if (
        schema is POSTS
        and not reading.refused
        and "followers" in has
        and not connection.execute(
            "SELECT count(*) FROM placed WHERE place = 'used' AND followers > 0"
        ).fetchall()[0][0]
    ):
        reading.findings.refused(
            "no usable row",
            "no row has both an account_id and followers above zero, so no account can be given a tier.",
        )
    listed = {name: name for name in schema if name in has}
    if (
        "amplification" in has
        # what was spent to have a post shown is part of its cost; a row knows its cost if it knows
        # either
    ):
        cost = "cost" if "cost" in has else "NULL"
        listed["cost"] = (
            f"CASE WHEN {cost} IS NULL THEN amplification ELSE {cost} + coalesce(amplification, 0) END"
        )
    names = ", ".join(f"{value} AS {name}" for name, value in listed.items())
    reading.posts = connection.sql(f"SELECT {names} FROM placed WHERE place = 'used'")


def _place(connection, reading: Reading) -> str:
    """SQL that says of a row of POSTS whether it is used, or why not."""
    copies = duplicates(connection, reading.columns, reading.findings)
    without = "followers IS NULL" if "followers" in connection.table("typed").columns else "true"
    return (
        f"CASE WHEN misfit OR coalesce({copies.refused}, false) THEN 'refused' WHEN {copies.dropped} THEN 'copy of another row' "
        f"WHEN account_id IS NULL THEN 'row without account id' "
        f"WHEN {without} THEN 'row without followers' ELSE 'used' END"
    )
