"""The one form in which any file reaches DuckDB: lines of text fields that it can stream.

A plain text table is read where it lies. What has quotes, other line ends or another encoding, and
what is a workbook or JSON, is first copied into this form, record by record; memory does not grow
with the file.
"""

import glob
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import SchemaError

CELL, COLUMNS = 65_536, 500
"""Longest cell [characters], and most columns."""

LINES = 40
"""Lines among which the header is looked for."""

FIELD, BREAK = "\x1f", "\x1e"
"""What divides two fields of a copied record, and what stands for a line break within a field."""

LINE_FIELD, LINE_NULL = "\x02", "\x03"
"""Delimiter and NULL as DuckDB is given them, so that it leaves each line in one piece."""

RESERVED = str.maketrans(dict.fromkeys((FIELD, BREAK, LINE_FIELD, LINE_NULL), "�"))
"""Replaces these characters in the cells of a file."""


@dataclass(frozen=True)
class TextTable:
    """A file as text."""

    header: list[str]  # what the columns are called
    # SQL of a relation with the columns ``line`` (text) and ``fields`` (list of text, shorter if
    # the record is)
    source: str
    records: int | None  # how many there are, counted independently of DuckDB
    line: str = ""  # the header as it is written, by which a repeated header is recognised


def check_width(file: str, columns: int) -> None:
    """Refuse a table with too many columns."""
    if columns > COLUMNS:
        raise SchemaError(
            f"{file} has {columns:,} columns. At most {COLUMNS} can be read; remove what is not "
            "needed."
        )


def copied(header: list[str], records: Iterable[list[str]], folder: Path) -> TextTable:
    """Copy records into a file of lines; blank ones are dropped."""
    path, count = folder / "copy.txt", 0
    with path.open("w", encoding="utf-8", newline="\n", errors="surrogatepass") as file:
        for record in records:
            if any(cell.strip() for cell in record):
                line = FIELD.join(cell.translate(RESERVED) for cell in record)
                file.write(line.replace("\r", "").replace("\n", BREAK) + "\n")
                count += 1
    return TextTable(header, stream(path, FIELD, 0), count, FIELD.join(header))


def stream(path: Path, delimiter: str, above: int) -> str:
    """SQL that reads a file line by line below `above` lines, each split into fields."""
    name = quoted(glob.escape(str(path)))
    longest = COLUMNS * CELL // 4
    return (
        f"SELECT rtrim(line, chr(13)) AS line, string_split(rtrim(line, chr(13)), "
        f"{quoted(delimiter)}) AS fields FROM read_csv({name}, delim = '{LINE_FIELD}', "
        "quote = '', escape = '', header = false, auto_detect = false, strict_mode = false, "
        f"skip = {above}, nullstr = '{LINE_NULL}', columns = {{'line': 'VARCHAR'}}, "
        f"max_line_size = {longest}, buffer_size = {4 * longest}) WHERE line IS NOT NULL"
    )


def quoted(text: str) -> str:
    """Write a text as a literal of SQL."""
    return "'{}'".format(text.replace("'", "''"))
