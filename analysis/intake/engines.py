"""Open a user's table where it lies: an address, a folder of Parquet files, or a table in memory.

An address is an URL with the table at its end: ``duckdb:///posts.db?table=posts``. Nothing is read
here but names; `analysis.intake.tables` checks the columns and counts the rows where they lie, and
only sums per account ever leave the engine.
"""

import glob
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from analysis.errors import SchemaError
from analysis.intake.reading import Hints, printable

ALLOWED = (
    "Allowed: a file; a folder of Parquet files or a pattern such as 'posts/*/*.parquet'; "
    "duckdb:///FILE?table=NAME (four slashes before a path from the root); spark:///?table=NAME "
    "for the active session or a local one; spark://HOST:PORT?table=NAME; and what Ibis connects "
    "to, such as bigquery://PROJECT/DATASET?table=NAME or "
    "snowflake://USER:PASSWORD@ACCOUNT/DATABASE/SCHEMA?table=NAME."
)

FETCHED = ("http", "https", "ftp", "s3", "gs", "file")
"""Addresses of files, not of engines."""

KINDS = {"duckdb": "DuckDB", "ibis": "Ibis", "polars": "Polars", "pyspark": "Spark"}
"""How engines write their own names, where Narwhals has a key of them."""

OURS = ("analysis", "builtins", "narwhals", "numpy", "pandas")
"""Packages whose errors are faults of this program; those of any other are an engine's answer."""


def is_table(data) -> bool:
    """Whether what a user names is a table on an engine, rather than a file."""
    if not isinstance(data, str | Path):
        return True
    path = Path(data)
    pattern = re.search(r"[*?\[]", str(data)) and not path.exists()
    return bool(_scheme(data) or path.is_dir() or pattern)


def _scheme(data) -> str:
    return urlsplit(data).scheme if isinstance(data, str) and "://" in data else ""


def check_address(data) -> None:
    """Refuse an address that cannot be right, before anything is connected to."""
    if fault := _address_fault(data):
        raise SchemaError(f"{fault} {ALLOWED}")
    if _scheme(data) == "duckdb" and not _file(data).is_file():
        raise SchemaError(f"{_file(data)}: there is no such file.")


def _address_fault(data) -> str:
    """What is wrong with an address; empty if nothing is."""
    scheme = _scheme(data)
    if not scheme:
        files = glob.iglob(_pattern(data), recursive=True)
        if any(path.endswith(".parquet") for path in files):
            return ""
        return f"{printable(str(data))} has no files that end in .parquet."
    parts, (address, table) = urlsplit(data), _split(data)
    if scheme in FETCHED:
        return (
            f"{shown(data)} is an address, and nothing is fetched for you. Download the file first."
        )
    if scheme == "duckdb":  # without a table, the message is to list those that exist
        if parts.netloc or "?" in address or not parts.path[1:]:
            return (
                f"{shown(data)}: three slashes come before the file, and nothing but the table "
                "after it."
            )
        return ""
    if scheme == "spark" and (parts.path.strip("/") or "?" in address):
        return f"{shown(data)}: nothing but the table comes after the host."
    return "" if table else f"{shown(data)} names no table."


def _pattern(data) -> str:
    return f"{glob.escape(str(data))}/**/*.parquet" if Path(data).is_dir() else str(data)


def _file(data: str) -> Path:
    return Path(unquote(urlsplit(data).path[1:]))


@contextmanager
def opened(data, hints: Hints | None = None) -> Iterator:
    """Read a table where it lies, as `analysis.intake.files.opened` reads a file: an address, a
    folder or pattern of Parquet files, or any table that Narwhals knows. An engine's answer is
    quoted without the secrets of the address.
    """
    from analysis.intake.tables import read_table

    connect = _frame
    if isinstance(data, str | Path):
        check_address(data)
        known = {"": _parquet, "duckdb": _duckdb, "spark": _spark}
        connect = known.get(_scheme(data), _warehouse)
    try:
        with connect(data) as (table, title):
            yield read_table(table, title, hints)
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] in OURS:
            raise
        raise _unreadable(data, fault) from None


def shown(data) -> str:
    """Write an address without what may be secret in it: its user, its password, and all of its
    query but the table.
    """
    if not _scheme(data):
        return printable(str(data))
    parts, (_, table) = urlsplit(data), _split(data)
    host = parts.netloc.rpartition("@")[2]
    return printable(f"{parts.scheme}://{host}{parts.path}{f'?table={table}' if table else ''}")


def _unreadable(data, fault: Exception) -> SchemaError:
    """What an engine, or its driver, answered: its first line, without secrets."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    reason = lines[0] if lines else type(fault).__name__
    if _scheme(data):
        parts = urlsplit(data)
        secrets = {parts.username or "", parts.password or ""}
        secrets |= {value for name, value in parse_qsl(parts.query) if name != "table"}
        secrets |= set(map(unquote, secrets))
        for secret in sorted(secrets - {""}, key=len, reverse=True):
            reason = reason.replace(secret, "***")
    place = shown(data) if isinstance(data, str | Path) else "the table"
    return SchemaError(f"{place} cannot be read: {printable(reason)[:300]}")


def _split(data: str) -> tuple[str, str]:
    """An address without its table, and the table."""
    parts = urlsplit(data)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    table = query.pop("table", "")
    # geturl loses slashes of an empty host
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return (f"{address}?{urlencode(query)}" if query else address), table


@contextmanager
def _frame(table):
    import narwhals as nw

    try:
        frame = nw.from_native(table)
    except TypeError:
        raise SchemaError(
            f"a {type(table).__name__} is not a table that can be read. {ALLOWED}"
        ) from None
    kind = KINDS.get(frame.implementation.value, frame.implementation.value)
    if isinstance(frame, nw.DataFrame):  # in memory: DuckDB is far faster than pandas
        frame = frame.lazy(backend="duckdb")
    yield frame.to_native(), f"a {kind} table"


@contextmanager
def _engine(path: str = ":memory:"):
    import duckdb

    with TemporaryDirectory(prefix="micro-macro-", ignore_cleanup_errors=True) as spill:
        config = {
            "temp_directory": spill,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        connection = duckdb.connect(path, read_only=path != ":memory:", config=config)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


@contextmanager
def _parquet(folder):
    """A folder of Parquet files, partitioned by names such as ``year=2025`` or not, or a pattern of
    such files.
    """
    with _engine() as connection:
        table = connection.read_parquet(
            _pattern(folder), hive_partitioning=True, union_by_name=True
        )
        yield table, f"{Path(folder).name or 'folder'} (Parquet)"


@contextmanager
def _duckdb(data: str):
    table, path = _split(data)[1], _file(data)
    with _engine(str(path)) as connection:
        if not table:
            rows = connection.execute(
                "SELECT DISTINCT table_name FROM information_schema.tables ORDER BY 1"
            ).fetchall()
            names = ", ".join(name for (name,) in rows) or "none"
            raise SchemaError(
                f"{shown(data)} names no table. Add one: ?table=NAME. Tables: {names}."
            )
        yield connection.table(table), f"{path.name}, table {table}"


@contextmanager
def _spark(data: str):
    """A table that Spark knows: of the active session, or of one that is started for it."""
    _need("pyspark", "spark")
    from pyspark.sql import SparkSession

    host, table, session = urlsplit(data).netloc, _split(data)[1], SparkSession.getActiveSession()
    if session is None:
        builder = SparkSession.builder.appName("micro-macro")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        builder = builder.config("spark.sql.execution.arrow.pyspark.enabled", "true")
        session = (builder.master(f"spark://{host}") if host else builder).getOrCreate()
    yield session.table(table), f"table {table} (Spark)"


@contextmanager
def _warehouse(data: str):
    """Whatever Ibis connects to by an address."""
    _need("ibis", "ibis")
    import ibis
    from ibis.util import backend_entry_points

    scheme, (address, table) = _scheme(data), _split(data)
    known = sorted(point.name for point in backend_entry_points())
    if scheme not in known:
        raise SchemaError(
            f"{shown(data)}: '{scheme}' is no engine that is known. {ALLOWED} "
            f"Ibis knows: {', '.join(known)}."
        )
    try:
        connection = ibis.connect(address)
    except ImportError as fault:
        raise SchemaError(
            f"{shown(data)} cannot be read, {fault.name or 'a module'} is not installed. "
            f"The driver is missing: pip install 'ibis-framework[{scheme}]'"
        ) from None
    except Exception as fault:  # a driver may raise anything
        raise _unreadable(data, fault) from None
    *database, name = table.split(".")
    try:
        posts = connection.table(name, database=".".join(database) or None)
        yield posts, f"table {table} ({scheme})"
    finally:
        connection.disconnect()


def _need(package: str, extra: str) -> None:
    if find_spec(package) is None:
        raise SchemaError(
            f"the package {package} is needed for such a table, and is not installed: "
            f"pip install '.[{extra}]'"
        )
