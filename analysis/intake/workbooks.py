"""Workbooks, JSON and Parquet -> the text table of `analysis.intake.text_files`."""

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from analysis.errors import SchemaError
from analysis.intake.headers import known_names, plain
from analysis.intake.reading import Findings, Hints
from analysis.intake.text_files import COLUMNS, FIELD, Opened, _lines, stage

UNPACKED, RATIO = 1 << 32, 100
"""What a packed file may hold [bytes]; and how many times its own size, if it holds more than a
256th of that.
"""
JSON_LIMIT = 1 << 28
"""Largest JSON document that is read in one piece [bytes]; lines of JSON may be any length."""


def number_text(value) -> str:
    """Write a typed value as text that cannot be read in two ways: 1.234 becomes 1.2340, since it
    has a decimal point for sure.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return f"{text}0" if len(text.partition(".")[2]) == 3 else text
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def open_workbook(path: Path, folder: Path, hints: Hints, findings: Findings) -> Opened:
    """Open one sheet of an Excel workbook."""
    import openpyxl

    _check_zip(path, findings)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the XML beneath it does
        raise SchemaError(
            f"{findings.file} could not be read as .xlsx: {type(error).__name__}, {error}. Save it again, or as CSV."
        ) from None
    try:
        sheet = _sheet(book, hints, findings)
        rows = ([number_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True))
        opened = _typed_table(rows, folder, hints, findings)
        _check_formulas(path, sheet.title, openpyxl, findings)
    except SchemaError:
        raise
    except Exception as error:
        raise SchemaError(
            f"{findings.file} could not be read as .xlsx: {type(error).__name__}, {error}. Save it again, or as CSV."
        ) from None
    finally:
        book.close()
    return opened


def _check_zip(path: Path, findings: Findings) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SchemaError(
            f"{findings.file} could not be read as .xlsx: {error}. The file may be incomplete; save it again."
        ) from None
    _check_expansion(path, unpacked, findings)


def _check_expansion(path: Path, unpacked: int, findings: Findings) -> None:
    size = path.stat().st_size
    if (unpacked > RATIO * size and unpacked > UNPACKED >> 8) or unpacked > UNPACKED:
        raise SchemaError(
            f"{findings.file}: {size:,} bytes unpack to {unpacked:,}, which no table of posts does. Export it as CSV."
        )


def _sheet(book, hints: Hints, findings: Findings):
    names = [sheet.title for sheet in book.worksheets]
    if hints.sheet:
        if hints.sheet not in names:
            raise SchemaError(
                f"{findings.file}: there is no sheet '{hints.sheet}'. Sheets: {', '.join(names)}."
            )
        return book[hints.sheet]
    filled = [
        sheet
        for sheet in book.worksheets
        if next(sheet.iter_rows(max_row=1, values_only=True), None) is not None
    ]
    filled = [
        sheet
        for sheet in filled
        if any(
            cell is not None for row in sheet.iter_rows(max_row=5, values_only=True) for cell in row
        )
    ]
    if not filled:
        raise SchemaError(f"{findings.file}: the file is empty.")
    if len(filled) > 1:
        told = ", ".join(sheet.title for sheet in filled)
        raise SchemaError(
            f"{findings.file} has several sheets: {told}. Choose one with --sheet NAME."
        )
    return filled[0]


def _check_formulas(path: Path, title: str, openpyxl, findings: Findings) -> None:
    """Refuse formulas whose results are not in the file: they would be read as missing."""
    formulas, values = (
        openpyxl.load_workbook(path, read_only=True, data_only=computed)
        for computed in (False, True)
    )
    try:
        pairs = zip(
            formulas[title].iter_rows(values_only=True),
            values[title].iter_rows(values_only=True),
            strict=False,
        )
        lost = sum(
            isinstance(one, str) and one.startswith("=") and two is None
            for row, other in pairs
            for one, two in zip(row, other, strict=False)
        )
    finally:
        formulas.close()
        values.close()
    findings.refused(
        "formula without value",
        f"{lost} formulas have no stored value. Open the file in the spreadsheet and save it again, or as CSV.",
        count=lost,
    )


def open_json(path: Path, folder: Path, hints: Hints, findings: Findings) -> Opened:
    """Open JSON: a list of objects, lines of objects, or an answer of an interface with its list in
    ``data``, ``items`` or the like.
    """
    try:
        objects = _objects(path, findings)
        first = list(islice(objects, 1000))
        names = dict.fromkeys(name for one in first for name in one)
        if len(names) > COLUMNS:
            raise SchemaError(
                f"{findings.file} has {len(names):,} columns. At most {COLUMNS} can be read; remove what is not needed."
            )
        later = set()

        def rows():
            yield list(names)
            for one in first:
                yield [one.get(name, "") for name in names]
            for one in objects:
                later.update(one.keys() - names.keys())
                yield [one.get(name, "") for name in names]

        opened = _typed_table(rows(), folder, hints, findings)
    except (ValueError, RecursionError, UnicodeError) as error:
        if isinstance(error, SchemaError):
            raise
        told = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise SchemaError(
            f"{findings.file} could not be read as {path.suffix.lower()}: {told}."
        ) from None
    findings.warning(
        "column ignored",
        f"names that only objects after the first thousand have: {', '.join(sorted(later)[:12])}.",
        count=len(later),
    )
    return opened


def _objects(path: Path, findings: Findings) -> Iterator[dict[str, str]]:
    if path.suffix.lower() == ".json":
        if path.stat().st_size > JSON_LIMIT:
            raise SchemaError(
                f"{findings.file} is larger than {JSON_LIMIT >> 20} MB. Write one object a line (.jsonl), or CSV."
            )
        found = _parse(path.read_text(encoding="utf-8-sig"))
        if isinstance(found, dict):
            lists = {
                name: value
                for name, value in found.items()
                if isinstance(value, list) and value and isinstance(value[0], dict)
            }
            if len(lists) > 1:
                raise SchemaError(
                    f"{findings.file} holds several lists: {', '.join(lists)}. Keep one."
                )
            found = next(iter(lists.values()), [found])
        for one in found:
            if not isinstance(one, dict):
                raise SchemaError(
                    f"{findings.file} is not a list of objects: one entry is {str(one)[:40]!r}."
                )
            yield flat(one)
        return
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    one = _parse(line)
                except ValueError as error:
                    raise SchemaError(
                        f"{findings.file}: line {number} is not JSON: {error}."
                    ) from None
                if not isinstance(one, dict):
                    raise SchemaError(f"{findings.file}: line {number} is not an object in braces.")
                yield flat(one)


def _parse(text: str):
    def once(pairs):
        names = [name for name, _ in pairs]
        twice = (
            {name for name in names if names.count(name) > 1}
            if len(set(names)) < len(names)
            else ()
        )
        if twice:
            raise ValueError(f"an object has '{min(twice)}' twice")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once)


def flat(value: dict, before: str = "") -> dict[str, str]:
    """Lay a nested object flat, as ``statistics.viewCount``; a list of ``{name, values:
    [{value}]}``, as insights come, by its names.
    """
    found: dict[str, str] = {}
    for name, inner in value.items():
        key = f"{before}{name}"
        if isinstance(inner, dict) and set(inner) == {"data"} and isinstance(inner["data"], list):
            for entry in inner["data"]:
                if (
                    isinstance(entry, dict)
                    and "name" in entry
                    and isinstance(entry.get("values"), list)
                    and len(entry["values"]) == 1
                ):
                    found[f"{key}.{entry['name']}"] = number_text(entry["values"][0].get("value"))
        elif isinstance(inner, dict):
            found |= flat(inner, f"{key}.")
        else:
            found[key] = json.dumps(inner) if isinstance(inner, list) else number_text(inner)
    return found


def _typed_table(
    rows: Iterator[list[str]], folder: Path, hints: Hints, findings: Findings
) -> Opened:
    """Find the header among the first rows, and copy the rest."""
    head = list(islice((row for row in rows if any(cell.strip() for cell in row)), 40))
    if not head:
        raise SchemaError(f"{findings.file}: the file is empty.")
    known = known_names(hints)
    scores = [sum(plain(cell) in known for cell in row) for row in head]
    above = scores.index(max(scores)) if max(scores) > 1 else 0
    header = [cell.strip() for cell in head[above]]
    while header and not header[-1]:
        header.pop()
    if len(header) > COLUMNS:
        raise SchemaError(
            f"{findings.file} has {len(header):,} columns. At most {COLUMNS} can be read; remove what is not needed."
        )
    findings.repaired(
        "lines above the header", f"{above} rows above the header were skipped.", count=above
    )

    def padded():
        for group in (head[above + 1 :], rows):
            for row in group:
                cells = [str(cell).replace(FIELD, "�") for cell in row]
                while len(cells) > len(header) and not cells[-1].strip():
                    cells.pop()
                yield cells + [""] * (len(header) - len(cells))

    copy, records = stage(padded(), folder)
    return Opened(header, _lines(copy, FIELD, 0), records, FIELD.join(header))


def open_parquet(path: Path, connection, findings: Findings) -> Opened:
    """Open a Parquet file where it lies; numbers are written so that they cannot be read in two
    ways.
    """
    import glob

    import duckdb

    name = glob.escape(str(path)).replace("'", "''")
    try:
        unpacked, rows = connection.execute(
            f"SELECT (SELECT sum(total_uncompressed_size) FROM parquet_metadata('{name}')), "
            f"(SELECT sum(num_rows) FROM parquet_file_metadata('{name}'))"
        ).fetchall()[0]
        schema = connection.execute(f"DESCRIBE SELECT * FROM read_parquet('{name}')").fetchall()
        written = connection.execute(
            f"SELECT name FROM parquet_schema('{name}') WHERE num_children IS NULL"
        ).fetchall()
    except duckdb.Error as error:
        raise SchemaError(
            f"{findings.file} could not be read as .parquet: {str(error).strip().splitlines()[0]}"
        ) from None
    if len(schema) > COLUMNS:
        raise SchemaError(
            f"{findings.file} has {len(schema):,} columns. At most {COLUMNS} can be read; remove what is not needed."
        )
    # a column of one value packs to nothing whatever its length, so rows count too: no record of a
    # post takes less than a byte
    _check_expansion(path, max(unpacked or 0, (rows or 0)), findings)
    names = [column[0] for column in schema]
    twice = {
        one for (one,) in written if [other for (other,) in written].count(one) > 1 and one in names
    }
    for column in sorted(twice):
        findings.refused(
            "column twice", f"the column '{column}' is there twice. Rename or remove one."
        )
    fields = ", ".join(_field(column, kind) for column, kind, *_ in schema)
    return Opened(
        names, f"SELECT '' AS line, [{fields}] AS fields FROM read_parquet('{name}')", rows
    )


def _field(name: str, kind: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
        text = f"CAST({quoted} AS VARCHAR)"
        return f"coalesce(regexp_replace({text}, '(\\.[0-9]{{3}})$', '\\10'), '')"
    if "[" in kind or kind.startswith(("STRUCT", "MAP", "UNION", "BLOB")):
        return f"CASE WHEN {quoted} IS NULL THEN '' ELSE '(not text or number: {kind.split('(')[0]})' END"
    return f"coalesce(CAST({quoted} AS VARCHAR), '')"
