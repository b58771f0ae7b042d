"""A user's CSV, Parquet or Excel file in the documented columns of POSTS.

DuckDB reads the file; every cell is then cast to its documented type, and every cell that does not fit is told with its
column, how often it happens and where first. Nothing is guessed and nothing is repaired here.
"""

import zipfile
from difflib import get_close_matches
from pathlib import Path

import duckdb
import pandas as pd

from analysis.evidence.metrics import METRICS, available
from analysis.evidence.schema import PLATFORMS, POSTS, Column, SchemaError
from analysis.evidence.sources import Read, left_out

SUFFIXES = (".csv", ".tsv", ".parquet", ".xlsx")
DUCKDB_TYPE = {"text": "VARCHAR", "count": "DOUBLE", "amount": "DOUBLE", "time": "TIMESTAMP WITH TIME ZONE", "yes/no": "BOOLEAN"}
ALLOWED = {
    "text": "text",
    "count": "a number, {minimum} or more",
    "amount": "a number",
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
    raw = _open(path).project("row_number() OVER () AS row_number, *")
    present = [POSTS[name] for name in raw.columns if name in POSTS]
    _check_columns(path, [name for name in raw.columns if name != "row_number"], present)
    try:
        _check_cells(path, raw, present)
        typed = raw.project(", ".join(f"{_cast(column)} AS {column.name}" for column in present))
        reasons = ("account_id IS NULL", "account_id IS NOT NULL AND followers IS NULL")
        missing = [typed.filter(reason).count("*").fetchall()[0][0] for reason in reasons]
        if typed.filter("account_id IS NOT NULL AND followers > 0").count("*").fetchall()[0][0] == 0:
            raise SchemaError(f"{path.name}: no row has both an account_id and followers above zero, so no account can be given a tier.")
    except duckdb.Error as error:  # the file is read only now, and may go wrong late
        raise _unreadable(path, error) from None
    usable = typed.filter("account_id IS NOT NULL AND followers IS NOT NULL")
    if "sponsored" in usable.columns:
        usable = usable.project("* REPLACE (CASE sponsored WHEN true THEN 'yes' WHEN false THEN 'no' END AS sponsored)")
    return Read(usable, left_out(row_without_account_id=missing[0], row_without_followers=missing[1]))


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


def _check_columns(path: Path, names: list[str], present: list[Column]) -> None:
    """Refuse a table without the required columns, without any count, or with columns that are not documented."""
    known = {column.name for column in present}
    faults = []
    for column in POSTS.values():
        if column.required and column.name not in known:
            near = get_close_matches(column.name, [name for name in names if name not in POSTS], n=1, cutoff=0.5)
            hint = f" Is '{near[0]}' meant? Rename it." if near else ""
            faults.append(f"{path.name}: required column '{column.name}' is missing ({column.meaning}).{hint}")
    if not available(known):
        sets = "; ".join(sorted({" with ".join(sorted(metric.columns)) for metric in METRICS.values()}))
        faults.append(f"{path.name}: the columns allow no metric. A metric needs one of: {sets}.")
    for name in names:
        if name not in POSTS:
            near = get_close_matches(name, POSTS, n=1)
            hint = f" Is '{near[0]}' meant?" if near else ""
            faults.append(f"{path.name}: column '{name}' is not documented.{hint} Rename or remove it. Columns: {', '.join(POSTS)}.")
    if faults:
        raise SchemaError("\n".join(faults))


def _check_cells(path: Path, raw: duckdb.DuckDBPyRelation, present: list[Column]) -> None:
    """Refuse a table with cells that do not fit their column, naming for each column how many and the first."""
    wrong = {column.name: _misfit(column) for column in present if column.type != "text" or column.name == "platform"}
    counts = raw.aggregate(", ".join(f"count(*) FILTER (WHERE {rule})" for rule in wrong.values())).fetchall()[0]
    faults = []
    for name, count in zip(wrong, counts, strict=True):
        if count:
            row, value = raw.filter(wrong[name]).order("row_number").limit(1).project(f'row_number, "{name}"').fetchall()[0]
            faults.append(
                f"{path.name}: column '{name}', data row {row}: '{value}' does not fit. Allowed: {_allowed(POSTS[name])}. "
                f"Cells like it: {count}."
            )
    if raw.count("*").fetchall()[0][0] == 0:
        faults.append(f"{path.name} has no data rows.")
    if faults:
        raise SchemaError("\n".join(faults))


def _allowed(column: Column) -> str:
    return ", ".join(PLATFORMS) if column.name == "platform" else ALLOWED[column.type].format(minimum=f"{column.minimum:g}")


def _text(column: Column) -> str:
    """A cell as text, NULL if it is blank."""
    return f"nullif(trim(CAST(\"{column.name}\" AS VARCHAR)), '')"


def _cast(column: Column) -> str:
    if column.name == "platform":
        return f"lower({_text(column)})"
    return _text(column) if column.type == "text" else f"TRY_CAST({_text(column)} AS {DUCKDB_TYPE[column.type]})"


def _misfit(column: Column) -> str:
    """SQL that is true for a cell that is filled but does not fit."""
    if column.name == "platform":
        allowed = ", ".join(f"'{name}'" for name in PLATFORMS)
        return f"{_cast(column)} IS NULL OR {_cast(column)} NOT IN ({allowed})"
    rule = f"{_text(column)} IS NOT NULL AND ({_cast(column)} IS NULL"
    if column.type == "count":
        rule += f" OR NOT isfinite({_cast(column)}) OR {_cast(column)} < {column.minimum:g}"
    return rule + ")"
