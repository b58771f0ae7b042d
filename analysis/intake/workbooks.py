"""Open a sheet of an Excel workbook, and any table of typed values, as text."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path

from analysis.errors import SchemaError
from analysis.intake.exports import known_names, normal_name
from analysis.intake.reading import Issues
from analysis.intake.text_table import LINES, TextTable, check_width, copied

UNPACKED, RATIO = 1 << 32, 100
"""What a packed file may hold [bytes], and how many times its own size if it is not small."""

SMALL = UNPACKED >> 8
"""A packed file that holds less may have any ratio [bytes]."""


def as_text(value) -> str:
    """Write a typed value as text that cannot be read in two ways: 1.234 becomes 1.2340, which
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


def _as_texts(row: tuple) -> list[str]:
    return [as_text(cell) for cell in row]


def open_workbook(path: Path, folder: Path, issues: Issues) -> TextTable:
    """Open one sheet of an Excel workbook."""
    import openpyxl

    _check_zip(path, issues)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = _sheet(book, issues)
            rows = sheet.iter_rows(values_only=True)
            table = typed_table(map(_as_texts, rows), folder, issues)
        finally:
            book.close()
        _check_formulas(path, sheet.title, issues)
    except SchemaError:
        raise
    except Exception as error:  # openpyxl raises whatever the XML beneath it does
        raise SchemaError(
            f"{issues.file} could not be read as .xlsx: {type(error).__name__}, {error}. Save it "
            "again, or as CSV."
        ) from None
    return table


def _check_zip(path: Path, issues: Issues) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SchemaError(
            f"{issues.file} could not be read as .xlsx: {error}. The file may be incomplete; save "
            "it again."
        ) from None
    check_unpacked(path, unpacked, issues)


def check_unpacked(path: Path, unpacked: int, issues: Issues) -> None:
    """Refuse a packed file that was made to fill the disk."""
    size = path.stat().st_size
    if unpacked > UNPACKED or unpacked > max(RATIO * size, SMALL):
        raise SchemaError(
            f"{issues.file}: {size:,} bytes unpack to {unpacked:,}, which no table of posts does. "
            "Export it as CSV."
        )


def _sheet(book, issues: Issues):
    """The sheet that the reader named, or the only one that holds anything."""
    wanted = issues.hints.sheet
    names = [sheet.title for sheet in book.worksheets]
    if wanted and wanted not in names:
        raise SchemaError(
            f"{issues.file}: there is no sheet '{wanted}'. Sheets: {', '.join(names)}."
        )
    if wanted:
        return book[wanted]
    filled = [sheet for sheet in book.worksheets if _holds_cells(sheet)]
    if not filled:
        raise SchemaError(f"{issues.file}: the file is empty.")
    if len(filled) > 1:
        listed = ", ".join(sheet.title for sheet in filled)
        choice = issues.hints.option("sheet", filled[0].title)
        raise SchemaError(f"{issues.file} has several sheets: {listed}. Choose one, e.g. {choice}.")
    return filled[0]


def _holds_cells(sheet) -> bool:
    cells = chain.from_iterable(sheet.iter_rows(max_row=5, values_only=True))
    return any(cell is not None for cell in cells)


def _check_formulas(path: Path, title: str, issues: Issues) -> None:
    """Refuse formulas whose results are not in the file: they would be read as missing."""
    import openpyxl

    formulas, values = (
        openpyxl.load_workbook(path, read_only=True, data_only=computed)
        for computed in (False, True)
    )
    try:
        cells, results = (
            chain.from_iterable(book[title].iter_rows(values_only=True))
            for book in (formulas, values)
        )
        lost = sum(
            isinstance(cell, str) and cell.startswith("=") and result is None
            for cell, result in zip(cells, results, strict=False)
        )
    finally:
        formulas.close()
        values.close()
    message = (
        f"{lost} formulas have no stored value. Open the file in the spreadsheet and save it "
        "again, or as CSV."
    )
    issues.refuse("formula without value", message, count=lost)


def _known_in(row: list[str], known: set[str]) -> int:
    return sum(normal_name(cell) in known for cell in row)


def _is_filled(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


def typed_table(rows: Iterator[list[str]], folder: Path, issues: Issues) -> TextTable:
    """Find the header among the first rows, and copy the rest."""
    head = list(islice(filter(_is_filled, rows), LINES))
    if not head:
        raise SchemaError(f"{issues.file}: the file is empty.")
    known = known_names(issues.hints)
    scores = [_known_in(row, known) for row in head]
    above = scores.index(max(scores)) if max(scores) > 1 else 0
    header = [cell.strip() for cell in head[above]]
    while header and not header[-1]:
        header.pop()
    check_width(issues.file, len(header))
    message = f"{above} rows above the header were skipped."
    issues.repair("lines above the header", message, count=above)
    below = chain(head[above + 1 :], rows)
    return copied(header, (_fitted(row, len(header)) for row in below), folder)


def _fitted(row: list[str], width: int) -> list[str]:
    """A row without blank cells beyond the header, and with those that a short row lacks."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    return row + [""] * (width - len(row))
