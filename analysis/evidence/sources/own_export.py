"""A user's CSV, Parquet or Excel file in the documented columns of POSTS or PRICES.

DuckDB reads the file; every cell is then cast to its documented type, and every cell that does not fit is told with its
column, how often it happens and where first. Nothing is guessed and nothing is repaired here.
"""

import re
import zipfile
from difflib import get_close_matches
from pathlib import Path

import duckdb
import pandas as pd

from analysis.evidence.metrics import METRICS, available
from analysis.evidence.schema import MONEY, POSTS, PRICES, Column, SchemaError
from analysis.evidence.sources import Read, left_out

SUFFIXES = (".csv", ".tsv", ".parquet", ".xlsx")
DUCKDB_TYPE = {
    "text": "VARCHAR",
    "count": "DOUBLE",
    "amount": "DOUBLE",
    "price": "DOUBLE",
    "time": "TIMESTAMP WITH TIME ZONE",
    "yes/no": "BOOLEAN",
}
ALLOWED = {
    "text": "text",
    "count": "a number{or_more}",
    "amount": "a number{or_more}",
    "price": "a number above 0; what cost nothing has no price",
    "time": "a time in ISO 8601, such as 2025-03-31T18:00:00Z",
    "yes/no": "yes, no, true, false, 1 or 0",
}


def read(path: Path) -> Read:
    """Read a file into POSTS.

    Parameters
    ----------
    path : Path
        A file ending in .csv, .tsv, .parquet or .xlsx.

    Returns
    -------
    Read
        `posts` is a lazy DuckDB relation. Rows without an account or without followers are left out and counted.

    Raises
    ------
    SchemaError
        Every fault at once: unknown file type, missing or unknown columns, cells that do not fit.
    """
    typed = _typed(path, POSTS)
    try:
        reasons = ("account_id IS NULL", "account_id IS NOT NULL AND followers IS NULL")
        missing = [typed.filter(reason).count("*").fetchall()[0][0] for reason in reasons]
        if typed.filter("account_id IS NOT NULL AND followers > 0").count("*").fetchall()[0][0] == 0:
            raise SchemaError(f"{path.name}: no row has both an account_id and followers above zero, so no account can be given a tier.")
    except duckdb.Error as error:  # the file is read only now, and may go wrong late
        raise _unreadable(path, error) from None
    usable = _with_amplification(typed.filter("account_id IS NOT NULL AND followers IS NOT NULL"))
    if "sponsored" in usable.columns:
        usable = usable.project("* REPLACE (CASE sponsored WHEN true THEN 'yes' WHEN false THEN 'no' END AS sponsored)")
    return Read(usable, left_out(row_without_account_id=missing[0], row_without_followers=missing[1]))


def read_prices(path: Path) -> pd.DataFrame:
    """Read a file into PRICES.

    Returns
    -------
    pandas.DataFrame
        Columns of PRICES that the file has, one row per price.

    Raises
    ------
    SchemaError
        As `read`.
    """
    return _typed(path, PRICES).df()


def _typed(path: Path, schema: dict[str, Column]) -> duckdb.DuckDBPyRelation:
    """The documented columns of a file, each in its type, or every fault at once."""
    raw = _open(path).project("row_number() OVER () AS row_number, *")
    present = [schema[name] for name in raw.columns if name in schema]
    _check_columns(path, [name for name in raw.columns if name != "row_number"], schema)
    try:
        _check_cells(path, raw, present)
        _check_currency(path, raw, [column.name for column in present])
    except duckdb.Error as error:
        raise _unreadable(path, error) from None
    return raw.project(", ".join(f"{_cast(column)} AS {column.name}" for column in present))


def _with_amplification(posts: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Add what was spent on amplification to the cost; a row knows its cost if it knows either."""
    if "amplification" not in posts.columns:
        return posts
    if "cost" not in posts.columns:
        return posts.project("*, amplification AS cost")
    either = "CASE WHEN cost IS NULL THEN amplification ELSE cost + coalesce(amplification, 0) END"
    return posts.project(f"* REPLACE ({either} AS cost)")


def _unreadable(path: Path, error: Exception) -> SchemaError:
    return SchemaError(f"{path.name} could not be read as {path.suffix.lower()}: {str(error).strip().splitlines()[0]}")


def _open(path: Path) -> duckdb.DuckDBPyRelation:
    if not path.is_file():
        raise SchemaError(f"{path}: there is no such file.")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise SchemaError(f"{path.name}: '{path.suffix}' is not a file type that can be read. Allowed: {', '.join(SUFFIXES)}.")
    try:
        if suffix == ".parquet":
            return duckdb.read_parquet(str(path))
        if suffix == ".xlsx":
            return duckdb.from_df(pd.read_excel(path, dtype=str))
        return duckdb.read_csv(str(path), all_varchar=True, header=True, sep="\t" if suffix == ".tsv" else None)
    except (duckdb.Error, ValueError, OSError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from None


def _check_columns(path: Path, names: list[str], schema: dict[str, Column]) -> None:
    """Refuse a table without what it needs, or with columns that are not documented."""
    known = set(names) & set(schema)
    faults = []
    for column in schema.values():
        if column.required and column.name not in known:
            near = get_close_matches(column.name, [name for name in names if name not in schema], n=1, cutoff=0.5)
            hint = f" Is '{near[0]}' meant? Rename it." if near else ""
            faults.append(f"{path.name}: required column '{column.name}' is missing ({column.meaning}).{hint}")
    if schema is PRICES and "followers" not in known and not {"followers_min", "followers_max"} <= known:
        faults.append(f"{path.name}: a price needs followers, or both followers_min and followers_max.")
    if schema is POSTS and not available(_counted(known)):
        sets = "; ".join(sorted({" with ".join(sorted(metric.columns)) for metric in METRICS.values()}))
        faults.append(f"{path.name}: the columns allow no metric. A metric needs one of: {sets}.")
    for name in names:
        if name not in schema:
            near = get_close_matches(name, schema, n=1)
            hint = f" Is '{near[0]}' meant?" if near else ""
            faults.append(f"{path.name}: column '{name}' is not documented.{hint} Rename or remove it. Columns: {', '.join(schema)}.")
    if faults:
        raise SchemaError("\n".join(faults))


def _counted(names: set[str]) -> set[str]:
    """Columns that metrics can use: what was spent on amplification is a cost."""
    return names | ({"cost"} if "amplification" in names else set())


def _check_cells(path: Path, raw: duckdb.DuckDBPyRelation, present: list[Column]) -> None:
    """Refuse a table with cells that do not fit their column, naming for each column how many and the first."""
    wrong = {column.name: _misfit(column) for column in present if column.type != "text" or column.allowed}
    counts = raw.aggregate(", ".join(f"count(*) FILTER (WHERE {rule})" for rule in wrong.values())).fetchall()[0]
    named, faults = {column.name: column for column in present}, []
    for name, count in zip(wrong, counts, strict=True):
        if count:
            row, value = raw.filter(wrong[name]).order("row_number").limit(1).project(f'row_number, "{name}"').fetchall()[0]
            faults.append(
                f"{path.name}: column '{name}', data row {row}: '{value}' does not fit. Allowed: {_allowed(named[name])}. "
                f"Cells like it: {count}."
            )
    if raw.count("*").fetchall()[0][0] == 0:
        faults.append(f"{path.name} has no data rows.")
    if faults:
        raise SchemaError("\n".join(faults))


def _check_currency(path: Path, raw: duckdb.DuckDBPyRelation, names: list[str]) -> None:
    """Refuse amounts without a currency, with a code that is none, or in several currencies: nothing is converted."""
    money = [name for name in names if name in MONEY]
    filled = " OR ".join(f"nullif(trim(CAST(\"{name}\" AS VARCHAR)), '') IS NOT NULL" for name in money) or "false"
    rows = raw.filter(filled)
    if not rows.count("*").fetchall()[0][0]:
        return
    told = f"{path.name}: {' and '.join(money)}"
    if "currency" not in names:
        raise SchemaError(f"{told} hold amounts of no currency. Add a column 'currency' with an ISO 4217 code such as EUR in each row.")
    code = "coalesce(upper(trim(CAST(currency AS VARCHAR))), '')"
    codes = rows.aggregate(f"{code} AS code, count(*), min(row_number)", code).order("3").fetchall()
    for text, count, first in codes:
        if not re.fullmatch("[A-Z]{3}", text):
            raise SchemaError(
                f"{path.name}: column 'currency', data row {first}: '{text}' stands beside an amount. Allowed: an ISO 4217 code of three "
                f"letters, such as EUR. Cells like it: {count}."
            )
    if len(codes) > 1:
        listed = ", ".join(f"{text} ({count} rows)" for text, count, _ in codes)
        raise SchemaError(f"{told} stand in several currencies: {listed}. Nothing is converted here: give each currency a file of its own.")


def _allowed(column: Column) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    least = _minimum(column)
    return ALLOWED[column.type].format(or_more="" if least is None else f", {least:g} or more")


def _minimum(column: Column) -> float | None:
    return 0 if column.type == "count" and column.minimum is None else column.minimum


def _text(column: Column) -> str:
    """A cell as text, NULL if it is blank."""
    return f"nullif(trim(CAST(\"{column.name}\" AS VARCHAR)), '')"


def _cast(column: Column) -> str:
    if column.allowed:
        return f"lower({_text(column)})"
    return _text(column) if column.type == "text" else f"TRY_CAST({_text(column)} AS {DUCKDB_TYPE[column.type]})"


def _misfit(column: Column) -> str:
    """SQL that is true for a cell that is filled but does not fit."""
    if column.allowed:
        allowed = ", ".join(f"'{name}'" for name in column.allowed)
        empty = f"{_cast(column)} IS NULL OR " if column.required else ""
        return f"{empty}{_cast(column)} NOT IN ({allowed})"
    if column.type == "price":
        return f"{_cast(column)} IS NULL OR NOT isfinite({_cast(column)}) OR {_cast(column)} <= 0"
    rule = f"{_text(column)} IS NOT NULL AND ({_cast(column)} IS NULL"
    if (least := _minimum(column)) is not None:
        rule += f" OR NOT isfinite({_cast(column)}) OR {_cast(column)} < {least:g}"
    return rule + ")"
