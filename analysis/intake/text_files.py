"""Any file a user may bring -> lines of text fields that DuckDB can stream, with every doubt about
the file itself settled.

A plain text table is read where it lies. What has quotes, other line ends or another encoding, and
what is a workbook or JSON, is first copied, record by record, into the one form that `Opened`
describes; memory does not grow with the file.
"""

import codecs
import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.errors import SchemaError
from analysis.intake.headers import known_names, plain
from analysis.intake.reading import Findings, Hints, shortened

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".json", ".jsonl", ".ndjson")
CELL, COLUMNS, HEAD, CHUNK = 65_536, 500, 1 << 16, 1 << 20
"""Longest cell [characters], most columns, bytes in which the header is looked for, bytes read at a
time.
"""

FIELD = "\x1f"
"""Between two fields of a copied record; a line break within a field is kept as BREAK."""
BREAK = "\x1e"

MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; a workbook ends in .xlsx, an archive has to be unpacked",
    b"\x1f\x8b": "packed with gzip; unpack it first",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ": "packed with xz; unpack it first",
    b"PAR1": "a Parquet file; name it .parquet",
    b"%PDF": "a PDF; export the table as CSV",
    b"\xd0\xcf\x11\xe0": "an old or password-protected Office file; save it as .xlsx without a password, or as CSV",
    b"\x80\x04": "a Python pickle, which is never opened; export the table as CSV",
    b"\x80\x05": "a Python pickle, which is never opened; export the table as CSV",
    b"SQLite": "a database; export the table as CSV",
    b"{": "JSON; name it .json",
    b"[": "JSON; name it .json",
    b"<": "a web page (HTML or XML), perhaps of a log-in; download the table itself",
}
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Opened:
    """A file as text.

    Attributes
    ----------
    header : list of str
        What the columns are called.
    source : str
        SQL of a relation with the columns ``line`` (text) and ``fields`` (list of text, missing at
        the end if the record is short).
    records : int or None
        How many there are, counted apart from DuckDB; None for Parquet.
    line : str
        The header as it stands, by which a repeated header is known.
    """

    header: list[str]
    source: str
    records: int | None
    line: str = ""


def check_path(path: Path) -> None:
    """Refuse what is no file, or of a kind that cannot be read.

    Raises
    ------
    SchemaError
        Saying what is allowed.
    """
    if "://" in str(path) or re.match(r"[a-z0-9]+:/[^/]", str(path)):
        raise SchemaError(
            f"{path} is an address, and nothing is fetched for you. Download the file first."
        )
    if path.is_dir():
        raise SchemaError(f"{path} is a folder. Name one file.")
    if not path.exists():
        raise SchemaError(f"{path}: there is no such file.")
    if not path.is_file():
        raise SchemaError(f"{path} is not a file but a device or a pipe. Name a file.")
    if path.suffix.lower() not in SUFFIXES:
        raise SchemaError(
            f"{path.name}: '{path.suffix}' is not a file type that can be read. Allowed: {', '.join(SUFFIXES)}."
        )
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise SchemaError(f"{path.name} cannot be read: {error.strerror}.") from None
    if not start.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise SchemaError(f"{path.name}: the file is empty.")
    _check_magic(path, start)


def _check_magic(path: Path, start: bytes) -> None:
    suffix = path.suffix.lower()
    allowed = {
        ".xlsx": (b"PK\x03\x04",),
        ".parquet": (b"PAR1",),
        ".json": (b"{", b"["),
        ".jsonl": (b"{",),
        ".ndjson": (b"{",),
    }.get(suffix, ())
    bare = start.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    is_what = next((what for magic, what in MAGIC.items() if bare.startswith(magic)), "")
    if allowed and not bare.startswith(allowed):
        raise SchemaError(
            f"{path.name} could not be read as {suffix}: its content is {is_what or 'something else'}."
        )
    if not allowed and is_what:
        raise SchemaError(f"{path.name} could not be read as {suffix}: its content is {is_what}.")


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Refuse a file that changed while it was read.

    Raises
    ------
    SchemaError
        If its size or time of change differs at the end.
    """
    before = path.stat()
    yield
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SchemaError(
            f"{path.name} changed while it was read. Wait until it is complete, and try again."
        )


def digest(path: Path) -> str:
    """Give the sha256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_text(path: Path, folder: Path, hints: Hints, findings: Findings) -> Opened:
    """Open a CSV or TSV, or any text table with one of the usual delimiters."""
    path = _in_utf8(path, folder, hints, findings)
    lines, quoted, breaks, controls = _scan(path, findings)
    delimiter, (above, skipped), header, line = _dialect(path, hints, findings)
    if quoted or breaks or controls:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            copy, records = stage(_records(file, delimiter, above, path, findings), folder)
        return Opened(header, _lines(copy, FIELD, 0), records, FIELD.join(header))
    return Opened(header, _lines(path, delimiter, skipped + 1), lines - above - 1, line)


def stage(records: Iterable[list[str]], folder: Path) -> tuple[Path, int]:
    """Copy records into a file of lines with FIELD between two fields; say where, and how many."""
    path, count = folder / "copy.txt", 0
    with path.open("w", encoding="utf-8", newline="\n", errors="surrogatepass") as file:
        for record in records:
            if any(cell.strip() for cell in record):
                file.write(FIELD.join(record).replace("\r", "").replace("\n", BREAK) + "\n")
                count += 1
    return path, count


def _lines(path: Path, delimiter: str, above: int) -> str:
    """SQL that streams a file line by line, each split into fields."""
    import glob

    name = glob.escape(str(path)).replace("'", "''")
    longest = COLUMNS * CELL // 4
    quoted = delimiter.replace("'", "''")
    return (
        f"SELECT rtrim(line, chr(13)) AS line, string_split(rtrim(line, chr(13)), '{quoted}') AS fields FROM read_csv('{name}', "
        f"delim = '\x02', quote = '', escape = '', header = false, auto_detect = false, skip = {above}, nullstr = '\x03', "
        f"strict_mode = false, columns = {{'line': 'VARCHAR'}}, max_line_size = {longest}, "
        f"buffer_size = {4 * longest}) WHERE line IS NOT NULL"
    )


def _in_utf8(path: Path, folder: Path, hints: Hints, findings: Findings) -> Path:
    """Copy a file in another encoding to UTF-8, if its first bytes or the reader say which."""
    with path.open("rb") as file:
        start = file.read(4)
    found = next((name for bom, name in BOMS.items() if start.startswith(bom)), "")
    encoding = hints.encoding or (found if found != "utf-8-sig" else "")
    if not encoding:
        return path
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise SchemaError(
            f"--encoding {encoding} is not known. Examples: cp1252, utf-16, shift_jis, gb18030, cp1251."
        ) from None
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
            f"{findings.file} is not {encoding}: {error}. Name its encoding with --encoding."
        ) from None
    findings.repaired("encoding", f"the file was read as {encoding}.")
    return copy


def _scan(path: Path, findings: Findings) -> tuple[int, bool, bool, bool]:
    """Read every byte once: count lines that are not empty; look for quotes, odd line ends and
    control characters.

    Raises
    ------
    SchemaError
        For bytes that are not UTF-8, and for NUL.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, done, last, quoted, breaks, controls = 0, 0, 10, False, False, False
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                raise _not_utf8(path, done + error.start, findings) from None
            if b"\0" in piece:
                raise SchemaError(
                    f"{findings.file}: byte {done + piece.index(0) + 1} is NUL, which no text table has. Export the file again."
                )
            codes = np.frombuffer(piece, np.uint8)
            before = np.concatenate([[last], codes[:-1]])
            ends, ended = (codes == 10) | (codes == 13), (before == 10) | (before == 13)
            lines += int((ends & ~ended).sum())
            breaks = breaks or bool(((before == 13) & (codes != 10)).any())
            quoted = quoted or b'"' in piece
            controls = controls or bool(((codes < 32) & ~ends & (codes != 9)).any())
            last, done = codes[-1], done + len(piece)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_utf8(path, done, findings) from None
    return lines + (last not in (10, 13)), quoted, breaks or last == 13, controls


def _not_utf8(path: Path, place: int, findings: Findings) -> SchemaError:
    """Say where a file stops being UTF-8, and show how its header's lines look in the likeliest
    encodings.
    """
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
        shown.append(
            f"{name} ({', '.join(dict.fromkeys(shortened(word, 20) for word in words[:3]))})"
        )
    told = "; ".join(shown) or "none fits; the file may hold two encodings"
    return SchemaError(
        f"{findings.file}: line {line} is not UTF-8 (byte {place + 1}). Say what it is with --encoding; "
        f"likely, with words as they would read: {told}."
    )


def _dialect(
    path: Path, hints: Hints, findings: Findings
) -> tuple[str, tuple[int, int], list[str], str]:
    """Find the delimiter and the header: where the most names are known.

    Gives the delimiter, how many lines are above the header (without and with empty ones), the
    header split and as it stands.
    """
    with path.open(encoding="utf-8-sig", newline=None) as file:
        head = file.read(HEAD)
    places = [place for place, line in enumerate(head.split("\n")) if line][:40]
    lines = [head.split("\n")[place] for place in places]
    known = known_names(hints)
    best = (0, 0, 0, ",")
    for place, line in enumerate(lines):
        for delimiter in ",;\t|":
            names = [plain(name) for name in _split(line, delimiter)]
            score = sum(name in known for name in names)
            best = max(best, (score, -place, len(names), delimiter), key=lambda found: found[:3])
    score, above, _, delimiter = best
    if score < 2:  # hardly a header: take the first line, so that what is missing can be told
        above, delimiter = 0, max(",;\t|", key=lines[0].count)
        if any(
            re.fullmatch(r"\s*-?\d+([.,]\d+)?\s*", cell) for cell in _split(lines[0], delimiter)
        ):
            findings.refused(
                "no header",
                f"the first line is no header: '{shortened(lines[0])}'. Put the names of the columns there.",
            )
    above = -above
    declared = lines[:above] if above == 1 and re.fullmatch(r"(?i)sep=.", lines[0].strip()) else []
    if above and not declared:
        findings.repaired(
            "lines above the header",
            f"{above} lines above the header were skipped.",
            count=above,
            example=lines[0],
        )
    if delimiter != ("\t" if path.suffix.lower() == ".tsv" else ","):
        told = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas"}[delimiter]
        findings.repaired("delimiter", f"the columns are divided by {told}.")
    header = _split(lines[above], delimiter)
    if len(header) > COLUMNS:
        raise SchemaError(
            f"{findings.file} has {len(header):,} columns. At most {COLUMNS} can be read; remove what is not needed."
        )
    return delimiter, (above, places[above]), [name.strip() for name in header], lines[above]


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _records(
    file, delimiter: str, above: int, path: Path, findings: Findings
) -> Iterator[list[str]]:
    """Parse quotes; a quote that is not closed is told with the line on which it was opened."""
    csv.field_size_limit(CELL)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    start, seen = 1, 0
    table = str.maketrans(dict.fromkeys((FIELD, BREAK, "\x02", "\x03"), "�"))
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                seen += 1
                if seen > above + 1:
                    yield [cell.translate(table) for cell in record]
            start = reader.line_num + 1
    except csv.Error as error:
        kind = str(error)
        if "field limit" in kind:
            what = f"has a cell of more than {CELL:,} characters, or a quote that is opened there and not closed"
        elif "unexpected end" in kind:
            what = "opens a quote that is never closed"
        else:
            what = "has a quote within a cell that is not doubled"
        raise SchemaError(
            f"{findings.file}: the record that begins on line {start} {what}. Mend the quotes in that line."
        ) from None
