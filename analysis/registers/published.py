"""data/published/*.csv -> figures that others have published, each with the page on which it was
read.

They are numbers at second hand: nobody here saw the posts behind them. A row states who made the
number, who holds the data it was counted from, where it was read and how far the reading can be
trusted. `published` refuses a file that breaks the codebook.
"""

import csv
from functools import cache
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.display import nearest
from analysis.errors import SchemaError
from analysis.registers.codebook import FIELDS, NUMBERS, PUBLISHED, Field

FOLDER = paths.DATA / "published"


def published(folder: Path | None = None) -> pd.DataFrame:
    """Read every published figure.

    Parameters
    ----------
    folder : Path, optional
        Where the files lie, one per metric group; data/published if not given.

    Returns
    -------
    pandas.DataFrame
        The columns PUBLISHED, numbers as floats, and ``pooled``: False for a row of low confidence,
        which is kept to show what circulates and never enters a pooled number.

    Raises
    ------
    SchemaError
        One sentence for each fault, naming file, row, column, value and what is allowed.

    Examples
    --------
    >>> bool(published()["pooled"].any())
    True
    """
    return _read(FOLDER if folder is None else Path(folder)).copy()


@cache
def _read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise SchemaError(f"{paths.shown(folder)} holds no file of published figures.")
    faults: list[str] = []
    rows = [(path, row) for path in files for row in _rows(path, faults)]
    for path, row in rows:
        faults += [
            f"{paths.shown(path)}, row {row['id'] or '(no id)'}, {fault}"
            for fault in _row_faults(path, row)
        ]
    faults += _repeated(rows)
    if faults:
        raise SchemaError("\n".join(faults))
    frame = pd.DataFrame([row for _, row in rows], columns=list(PUBLISHED))
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name].where(frame[name] != ""), errors="raise").astype(
            float
        )
    return frame.assign(pooled=frame["confidence"] != "low")


def _rows(path: Path, faults: list[str]) -> list[dict[str, str]]:
    """Rows of a file as text; what is wrong with its header or with the number of its cells is
    added to the faults.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        faults.append(f"{paths.shown(path)} cannot be read: {error}. Allowed: a CSV file in UTF-8.")
        return []
    header = lines[0] if lines else []
    wrong = [
        f"column '{name}' is not known.{nearest(name, PUBLISHED)} Allowed: {', '.join(PUBLISHED)}."
        for name in header
        if name not in PUBLISHED
    ]
    wrong += [
        f"column '{name}' is missing: {field.meaning}."
        for name, field in PUBLISHED.items()
        if name not in header
    ]
    wrong += [
        f"column '{name}' stands there twice."
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    wrong += [
        f"line {number} has {len(cells)} cells, the header has {len(header)}."
        for number, cells in enumerate(lines[1:], start=2)
        if len(cells) != len(header)
    ]
    faults += [f"{paths.shown(path)}: {fault}" for fault in wrong]
    return [] if wrong else [dict(zip(header, cells, strict=True)) for cells in lines[1:]]


def _row_faults(path: Path, row: dict[str, str]) -> list[str]:
    """What is wrong with one row."""
    faults = [fault for field in FIELDS if (fault := _cell_fault(field, row[field.name]))]
    if (
        row["metric_group"] in PUBLISHED["metric_group"].allowed
        and row["metric_group"] != path.stem
    ):
        faults.append(
            f"column metric_group: '{row['metric_group']}' belongs into {row['metric_group']}.csv."
        )
    lower, upper = row["followers_min"], row["followers_max"]
    if _is_number(lower) and _is_number(upper) and float(upper) <= float(lower):
        faults.append(
            f"column followers_max: the upper edge {upper} must lie above the lower edge "
            f"followers_min, which is {lower}."
        )
    for low, high in [("value_low", "value"), ("value", "value_high"), ("value_low", "value_high")]:
        if _is_number(row[low]) and _is_number(row[high]) and float(row[low]) > float(row[high]):
            faults.append(
                f"column {high}: {row[high]} must not lie below {low}, which is {row[low]}."
            )
    if (row["unit"] == "none") == any(row[name] for name in ("value", "value_low", "value_high")):
        faults.append("column unit: 'none' stands where no value does, and only there.")
    return faults


def _cell_fault(field: Field, text: str) -> str:
    """What is wrong with one cell; empty if nothing is."""
    place, allowed = f"column {field.name}", _list(field)
    if not text:
        empty = f"{place} is empty; required: {field.meaning}.{allowed}"
        return empty if field.required else ""
    if text != text.strip():
        return f"{place}: '{text}' has blanks around it."
    if field.type == "word" and text not in field.allowed:
        return f"{place}: '{text}' is not known.{nearest(text, field.allowed)}{allowed}"
    if field.type == "number" and not _is_number(text):
        kind = "a number, zero or more, without signs or separators"
        return f"{place}: '{text}' is not a number. Allowed: {kind}."
    if field.type == "year" and not _is_year(text):
        return f"{place}: '{text}' is not a year. Allowed: 1990 to 2100."
    return ""


def _is_year(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1990 <= int(text) <= 2100


def _is_number(text: str) -> bool:
    whole, _, rest = text.partition(".")
    return text.isascii() and whole.isdigit() and (rest.isdigit() or "." not in text)


def _list(field: Field) -> str:
    return f" Allowed: {', '.join(field.allowed)}." if field.allowed else ""


def _repeated(rows: list[tuple[Path, dict[str, str]]]) -> list[str]:
    """Faults of ids that are used more than once, and of series that name two owners."""
    first: dict[str, str] = {}
    owners: dict[str, tuple[str, str]] = {}
    faults = []
    for path, row in rows:
        file, key, owned = paths.shown(path), row["id"], row["data_owner"]
        place = f"{file}, row {key}"
        if key and key in first:
            used = f"column id: '{key}' is used twice, first in {first[key]}"
            faults.append(f"{place}, {used}. Allowed: an id of its own.")
        first.setdefault(key, file)
        owner, where = owners.setdefault(row["series_id"], (owned, key))
        if owner != owned:
            other = f"'{owned}', but row {where} of the same series has '{owner}'"
            faults.append(f"{place}, column data_owner: {other}.")
    return faults
