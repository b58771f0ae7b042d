"""Open a CSV or TSV, or any text table with one of the usual delimiters, in any encoding."""

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis.errors import SchemaError
from analysis.intake.exports import known_names, normal_name
from analysis.intake.reading import Issues, shortened
from analysis.intake.text_table import CELL, LINES, TextTable, check_width, copied, stream

HEAD, CHUNK = 1 << 16, 1 << 20
"""Bytes in which the header is looked for, and bytes read at a time."""

BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Encodings by their byte order mark; that of UTF-32 begins with that of UTF-16."""

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


class _Layout(NamedTuple):
    """How a text table is laid out: what divides its columns; lines above the header, without and
    with empty ones; the header in cells and as it is written.
    """

    delimiter: str
    above: int
    skipped: int
    header: list[str]
    line: str


def open_text(path: Path, folder: Path, issues: Issues) -> TextTable:
    """Open a text table; `folder` is for a copy, where one is needed."""
    path = _in_utf8(path, folder, issues)
    lines, plain = _scan(path, issues)
    layout = _layout(path, issues)
    if plain:
        source = stream(path, layout.delimiter, layout.skipped + 1)
        return TextTable(layout.header, source, lines - layout.above - 1, layout.line)
    with path.open(encoding="utf-8-sig", newline=None) as file:
        return copied(layout.header, _records(file, layout, issues), folder)


def _in_utf8(path: Path, folder: Path, issues: Issues) -> Path:
    """Copy a file in another encoding to UTF-8, if its first bytes or the reader name it."""
    with path.open("rb") as file:
        start = file.read(4)
    marked = next((name for bom, name in BOMS.items() if start.startswith(bom)), "utf-8-sig")
    encoding = issues.hints.encoding or marked
    if encoding == "utf-8-sig":
        return path
    copy = folder / "utf8.txt"
    try:
        with (
            path.open(encoding=encoding, newline="") as file,
            copy.open("w", encoding="utf-8", newline="") as out,
        ):
            while piece := file.read(CHUNK):
                out.write(piece)
    except UnicodeError as error:
        raise SchemaError(
            f"{issues.file} is not {encoding}: {error}. Name its encoding with "
            f"{issues.hints.option('encoding', 'NAME')}."
        ) from None
    issues.repair("encoding", f"the file was read as {encoding}.")
    return copy


def _scan(path: Path, issues: Issues) -> tuple[int, bool]:
    """Read every byte once: count the lines that are not empty, and say whether the file is plain:
    UTF-8 without quotes, odd line ends and control characters.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, done, last, plain = 0, 0, 10, True
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                raise _not_utf8(path, done + error.start, issues) from None
            if b"\0" in piece:
                raise SchemaError(
                    f"{issues.file}: byte {done + piece.index(0) + 1} is NUL, which no text table "
                    "has. Export the file again."
                )
            codes = np.frombuffer(piece, np.uint8)
            before = np.concatenate([[last], codes[:-1]])
            ends, ended = (codes == 10) | (codes == 13), (before == 10) | (before == 13)
            lines += int((ends & ~ended).sum())
            lone_returns = (before == 13) & (codes != 10)
            controls = (codes < 32) & ~ends & (codes != 9)
            plain = plain and not (b'"' in piece or (lone_returns | controls).any())
            last, done = codes[-1], done + len(piece)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_utf8(path, done, issues) from None
    return lines + (last not in (10, 13)), plain and last != 13


def _not_utf8(path: Path, place: int, issues: Issues) -> SchemaError:
    """Say where a file stops being UTF-8, and how its words look in the likeliest encodings."""
    import charset_normalizer

    with path.open("rb") as file:
        before = file.read(max(place, 0))
        sample = before[-HEAD:] + file.read(HEAD)
        line = before.count(b"\n") + 1
    likely = [match.encoding for match in charset_normalizer.from_bytes(sample)][:1]
    shown = []
    for name in dict.fromkeys([*likely, "cp1252", "shift_jis", "cp1251"]):
        try:
            words = re.findall(r"[^\W\d_]*[^\x00-\x7f][\w]*", sample.decode(name))
        except (UnicodeError, LookupError):
            continue
        words = [shortened(word, 20) for word in words[:3]]
        shown.append(f"{name} ({', '.join(dict.fromkeys(words))})")
    return SchemaError(
        f"{issues.file}: line {line} is not UTF-8 (byte {place + 1}). Name its encoding with "
        f"{issues.hints.option('encoding', 'NAME')}; likely, with words as they would read: "
        f"{'; '.join(shown) or 'none fits; the file may hold two encodings'}."
    )


def _layout(path: Path, issues: Issues) -> _Layout:
    """Find the delimiter and the header: where the most names are known."""
    with path.open(encoding="utf-8-sig", newline=None) as file:
        head = file.read(HEAD).split("\n")
    filled = [(place, line) for place, line in enumerate(head) if line][:LINES]
    lines = [line for _, line in filled]
    above, delimiter = _best_header(lines, issues)
    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    if delimiter != usual:
        issues.repair("delimiter", f"the columns are divided by {DELIMITERS[delimiter]}.")
    # spreadsheets write sep=; above the header
    if above and not (above == 1 and re.fullmatch(r"(?i)sep=.", lines[0].strip())):
        message = f"{above} lines above the header were skipped."
        issues.repair("lines above the header", message, count=above, example=lines[0])
    skipped, line = filled[above]
    header = [name.strip() for name in _split(line, delimiter)]
    check_width(issues.file, len(header))
    return _Layout(delimiter, above, skipped, header, line)


def _best_header(lines: list[str], issues: Issues) -> tuple[int, str]:
    """Place of the header among the lines, and its delimiter."""
    known = known_names(issues.hints)
    best = (0, 0, 0, ",")
    for place, line in enumerate(lines):
        for delimiter in DELIMITERS:
            names = [normal_name(name) for name in _split(line, delimiter)]
            score = sum(name in known for name in names)
            best = max(best, (score, -place, len(names), delimiter), key=lambda header: header[:3])
    if best[0] >= 2:
        return -best[1], best[3]
    # hardly a header: take the first line, so that what is missing can be named
    delimiter = max(DELIMITERS, key=lines[0].count)
    cells = _split(lines[0], delimiter)
    if any(re.fullmatch(r"\s*-?\d+([.,]\d+)?\s*", cell) for cell in cells):
        issues.refuse(
            "no header",
            f"the first line is no header: '{shortened(lines[0])}'. Put the names of the columns "
            "there.",
        )
    return 0, delimiter


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _records(file, layout: _Layout, issues: Issues) -> Iterator[list[str]]:
    """Parse quotes; a quote that is not closed is reported with the line on which it was opened."""
    csv.field_size_limit(CELL)
    reader = csv.reader(file, delimiter=layout.delimiter, strict=True)
    start, seen = 1, 0
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                seen += 1
                if seen > layout.above + 1:
                    yield record
            start = reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            fault = (
                f"has a cell of more than {CELL:,} characters, or a quote that is opened there and "
                "not closed"
            )
        elif "unexpected end" in str(error):
            fault = "opens a quote that is never closed"
        else:
            fault = "has a quote within a cell that is not doubled"
        raise SchemaError(
            f"{issues.file}: the record that begins on line {start} {fault}. Correct the quotes in "
            "that line."
        ) from None
