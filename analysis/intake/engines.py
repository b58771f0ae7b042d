"""Where a user's table lies: an address, a folder of Parquet, or a table in hand -> a frame of its
own engine.

An address is an URL with the table at its end: ``duckdb:///posts.db?table=posts``. Nothing is read
here but names; `own_table` checks the columns and counts the rows where they lie, and only sums per
account ever leave the engine.
"""

import glob
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from analysis.errors import SchemaError
from analysis.intake.reading import Hints, printable

ALLOWED = (
    "Allowed: a file; a folder of Parquet files or a pattern such as 'posts/*/*.parquet'; duckdb:///FILE?table=NAME (four slashes before "
    "a path from the root); spark:///?table=NAME for the session at hand or a local one; spark://HOST:PORT?table=NAME; and what Ibis "
    "connects to, such as bigquery://PROJECT/DATASET?table=NAME or snowflake://USER:PASSWORD@ACCOUNT/DATABASE/SCHEMA?table=NAME."
)

FETCHED = ("http", "https", "ftp", "s3", "gs", "file")
"""Addresses of files, not of engines."""

PATTERN = re.compile(r"[*?\[]")


def is_table(data) -> bool:
    """Whether what a user names is a table on an engine, rather than a file."""
    if not isinstance(data, str | Path):
        return True
    return (
        bool(_scheme(str(data)))
        or Path(data).is_dir()
        or (bool(PATTERN.search(str(data))) and not Path(data).exists())
    )


def _scheme(data: str) -> str:
    return urlsplit(data).scheme if "://" in data else ""


def check_address(data) -> None:
    """Refuse an address that cannot be right, before anything is connected to.

    Raises
    ------
    SchemaError
        Saying what is allowed.
    """
    scheme = _scheme(str(data))
    parts, (address, table) = urlsplit(str(data)), _split(str(data))
    if not scheme:
        if not any(
            path.endswith(".parquet") for path in glob.iglob(_pattern(data), recursive=True)
        ):
            raise SchemaError(
                f"{printable(str(data))} has no files that end in .parquet. {ALLOWED}"
            )
    elif scheme in FETCHED:
        raise SchemaError(
            f"{shown(data)} is an address, and nothing is fetched for you. Download the file first. {ALLOWED}"
        )
    elif scheme == "duckdb" and (parts.netloc or "?" in address or not parts.path[1:]):
        raise SchemaError(
            f"{shown(data)}: three slashes come before the file, and nothing but the table after it. {ALLOWED}"
        )
    elif scheme == "duckdb" and not _file(data).is_file():
        raise SchemaError(f"{_file(data)}: there is no such file.")
    elif scheme == "spark" and (parts.path.strip("/") or "?" in address):
        raise SchemaError(f"{shown(data)}: nothing but the table comes after the host. {ALLOWED}")
    elif scheme != "duckdb" and not table:
        raise SchemaError(f"{shown(data)} names no table. {ALLOWED}")


def _pattern(data) -> str:
    return f"{glob.escape(str(data))}/**/*.parquet" if Path(data).is_dir() else str(data)


def _file(data: str) -> Path:
    return Path(unquote(urlsplit(data).path[1:]))


@contextmanager
def opened(data, hints: Hints | None = None) -> Iterator:
    """Read a table where it lies, as `own_export.opened` reads a file.

    Parameters
    ----------
    data : str, Path or frame
        An address, a folder or pattern of Parquet files, or any table that Narwhals knows: of
        DuckDB, Spark, Ibis, Polars, pandas.
    hints : Hints, optional
        See `own_table.read_table`.

    Yields
    ------
    Reading
        To be used inside the ``with`` block only.

    Raises
    ------
    SchemaError
        If the address or the table cannot be read; what an engine answers is told without the
        secrets of the address.
    """
    from analysis.intake.tables import read_table

    opener = _in_hand
    if isinstance(data, str | Path):
        check_address(data)
        opener = {"": _parquet, "duckdb": _duckdb, "spark": _spark}.get(
            _scheme(str(data)), _warehouse
        )
    try:
        with opener(data) as (table, title):
            yield read_table(table, title, hints)
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] in (
            "analysis",
            "builtins",
            "narwhals",
            "numpy",
            "pandas",
        ):
            raise
        raise _told(data, fault) from None


def shown(data) -> str:
    """Write an address without what may be secret in it: its user, its password, and all of its
    query but the table.
    """
    if not isinstance(data, str | Path) or not _scheme(str(data)):
        return printable(str(data))
    parts, (_, table) = urlsplit(str(data)), _split(str(data))
    host = parts.netloc.rpartition("@")[2]
    return printable(f"{parts.scheme}://{host}{parts.path}{f'?table={table}' if table else ''}")


def _told(data, fault: Exception) -> SchemaError:
    """What an engine, or its driver, says of an address, in one line."""
    says = next(
        (line.strip() for line in str(fault).splitlines() if line.strip()), type(fault).__name__
    )
    if isinstance(data, str):
        parts = urlsplit(data)
        raw = [
            parts.username,
            parts.password,
            *(value for name, value in parse_qsl(parts.query) if name != "table"),
        ]
        for secret in sorted(
            {form for one in raw if one for form in (one, unquote(one))}, key=len, reverse=True
        ):
            says = says.replace(secret, "***")
    where = shown(data) if isinstance(data, str | Path) else "the table"
    return SchemaError(f"{where} cannot be read: {printable(says)[:300]}")


def _split(data: str) -> tuple[str, str]:
    """An address without its table, and the table."""
    parts = urlsplit(data)
    query = parse_qsl(parts.query, keep_blank_values=True)
    rest = urlencode([(name, value) for name, value in query if name != "table"])
    # geturl loses slashes of an empty host
    address = f"{parts.scheme}://{parts.netloc}{parts.path}{f'?{rest}' if rest else ''}"
    return address, dict(query).get("table", "")


@contextmanager
def _in_hand(table):
    import narwhals as nw

    try:
        frame = nw.from_native(table)
    except TypeError:
        raise SchemaError(
            f"a {type(table).__name__} is not a table that can be read. {ALLOWED}"
        ) from None
    if isinstance(frame, nw.DataFrame):  # in memory: DuckDB is far faster than pandas
        frame = frame.lazy(backend="duckdb")
    yield frame.to_native(), f"table of {frame.implementation.value}"


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
        rows = connection.execute(
            "SELECT DISTINCT table_name FROM information_schema.tables ORDER BY 1"
        ).fetchall()
        if not table:
            raise SchemaError(
                f"{shown(data)} names no table. Add one: ?table=NAME. Tables: {', '.join(name for (name,) in rows) or 'none'}."
            )
        yield connection.table(table), f"{path.name}, table {table}"


@contextmanager
def _spark(data: str):
    """A table that Spark knows: of the active session, or of one that is started for it."""
    _need("pyspark", "spark")
    from pyspark.sql import SparkSession

    host, table, session = urlsplit(data).netloc, _split(data)[1], SparkSession.getActiveSession()
    if session is None:
        builder = SparkSession.builder.appName("micro-macro").config(
            "spark.ui.showConsoleProgress", "false"
        )
        builder = builder.config("spark.sql.execution.arrow.pyspark.enabled", "true")
        session = (builder.master(f"spark://{host}") if host else builder).getOrCreate()
    yield session.table(table), f"table {table} (Spark)"


@contextmanager
def _warehouse(data: str):
    """Whatever Ibis connects to by an address."""
    _need("ibis", "ibis")
    import ibis
    from ibis.util import backend_entry_points

    known = sorted(point.name for point in backend_entry_points())
    if _scheme(data) not in known:
        raise SchemaError(
            f"{shown(data)}: '{_scheme(data)}' is no engine that is known. {ALLOWED} Ibis knows: {', '.join(known)}."
        )
    address, table = _split(data)
    *database, name = table.split(".")
    try:
        connection = ibis.connect(address)
    except ImportError as fault:
        told = f"The driver is missing: pip install 'ibis-framework[{_scheme(data)}]'"
        raise SchemaError(
            f"{shown(data)} cannot be read, {fault.name or 'a module'} is not installed. {told}"
        ) from None
    except Exception as fault:  # of a driver, whose kinds nobody knows
        raise _told(data, fault) from None
    try:
        yield (
            connection.table(name, database=".".join(database) or None),
            f"table {table} ({_scheme(data)})",
        )
    finally:
        connection.disconnect()


def _need(package: str, extra: str) -> None:
    from importlib.util import find_spec

    if find_spec(package) is None:
        raise SchemaError(
            f"the package {package} is needed for such a table, and is not installed: pip install '.[{extra}]'"
        )
