"""What kind of file a path is, by its name and first bytes; and whether it stays the same."""

import codecs
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.errors import SchemaError

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".json", ".jsonl", ".ndjson")

SIGNATURES = {
    b"PK\x03\x04": (
        "a zip archive or an Excel workbook; a workbook ends in .xlsx, an archive must be unpacked"
    ),
    b"\x1f\x8b": "packed with gzip; unpack it first",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ": "packed with xz; unpack it first",
    b"PAR1": "a Parquet file; name it .parquet",
    b"%PDF": "a PDF; export the table as CSV",
    b"\xd0\xcf\x11\xe0": (
        "an old or password-protected Office file; save it as .xlsx without a password, or as CSV"
    ),
    b"\x80\x04": "a Python pickle, which is never opened; export the table as CSV",
    b"\x80\x05": "a Python pickle, which is never opened; export the table as CSV",
    b"SQLite": "a database; export the table as CSV",
    b"{": "JSON; name it .json",
    b"[": "JSON; name it .json",
    b"<": "a web page (HTML or XML), perhaps of a log-in; download the table itself",
}
"""What the first bytes of a file show, and what to do."""

EXPECTED = {
    ".xlsx": (b"PK\x03\x04",),
    ".parquet": (b"PAR1",),
    ".json": (b"{", b"["),
    ".jsonl": (b"{",),
    ".ndjson": (b"{",),
}
"""First bytes of the files that are not text."""


def check_path(path: Path) -> None:
    """Refuse what is no file, or of a kind that cannot be read."""
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
            f"{path.name}: '{path.suffix}' is not a file type that can be read. "
            f"Allowed: {', '.join(SUFFIXES)}."
        )
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise SchemaError(f"{path.name} cannot be read: {error.strerror}.") from None
    if not start.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise SchemaError(f"{path.name}: the file is empty.")
    _check_content(path, start)


def _check_content(path: Path, start: bytes) -> None:
    suffix = path.suffix.lower()
    bare = start.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    content = next((text for bytes_, text in SIGNATURES.items() if bare.startswith(bytes_)), "")
    if suffix in EXPECTED:
        content = "" if bare.startswith(EXPECTED[suffix]) else content or "something else"
    if content:
        raise SchemaError(f"{path.name} could not be read as {suffix}: its content is {content}.")


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Refuse a file whose size or time of change differs after it was read."""
    before = path.stat()
    yield
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SchemaError(
            f"{path.name} changed while it was read. Wait until it is complete, and try again."
        )


def sha256(path: Path) -> str:
    """Give the sha256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
