"""Take the cells of a file, give them types, and give every row its place: used, left out or
refused.
"""

from dataclasses import replace

import narwhals as nw

from analysis.errors import SchemaError
from analysis.intake.cells import Cells, Coerced
from analysis.intake.coerce import coerce
from analysis.intake.identity import check_currency, check_rows, duplicates, without_currency
from analysis.intake.numbers import profile
from analysis.intake.row_rules import row_rules
from analysis.intake.schema import NUMBERS, POSTS, Column
from analysis.intake.text_table import BREAK, TextTable, quoted

TOTALS = (
    "total", "totals", "grand total", "sum", "summe", "gesamt", "insgesamt", "i alt", "somme",
    "suma", "итого", "всего", "合計", "总计",
)  # fmt: skip
"""Accounts that are no accounts, but the last row of a table."""

BLANK = "' \t\r\n' || chr(160) || chr(8239) || chr(12288)"
"""SQL of the characters that make a cell blank."""

SPARE_FIELD = "empty field at the end"
"""The only fate with which a row is still used."""


def take_cells(cells: Cells, table: TextTable, reading, schema: dict[str, Column]) -> None:
    """Keep the known columns as ``cells``, and count the rows that are neither posts nor prices."""
    columns = reading.columns
    values = {
        name: f"nullif(trim(replace(fields[{place + 1}], '{BREAK}', ' '), {BLANK}), '')"
        for name, place in columns.places.items()
    }
    for name, text in columns.constants.items():
        if name in schema:
            values[name] = f"CAST({quoted(text)} AS VARCHAR)"
    cells.connection.execute(
        "CREATE TABLE cells AS SELECT row_number() OVER () AS row, hash(fields) AS whole, "
        f"len(fields) AS width, {_fate(table)} AS fate, {_listed(values)} FROM ({table.source})"
    )
    if "account_id" in columns.known:
        _mark_totals(cells)
    ((reading.rows,),) = cells.query("SELECT count(*) FROM cells")
    if table.records is not None and table.records != reading.rows:
        raise SchemaError(
            f"{cells.issues.file} has {table.records:,} records, but only {reading.rows:,} could "
            "be read. Its lines do not end alike."
        )
    _note_fates(cells, len(table.header), reading, "post" if schema is POSTS else "price")
    cells.connection.execute(
        f"DELETE FROM cells WHERE fate IS NOT NULL AND fate <> '{SPARE_FIELD}'"
    )


def _listed(values: dict[str, str]) -> str:
    return ", ".join(f"{value} AS {name}" for name, value in values.items())


def _fate(table: TextTable) -> str:
    """SQL of the reason why a row is none of the table; NULL for most rows."""
    width = len(table.header)
    header = quoted(table.line.rstrip("\r"))
    beyond = f"trim(array_to_string(fields[{width + 1}:], ''), {BLANK})"
    return (
        f"CASE WHEN line <> '' AND line = {header} THEN 'repeated header' "
        # an ordinary row, so that only the others are looked at closely
        f"WHEN len(fields) = {width} AND fields[1] <> '' AND fields[1] > ' ' THEN NULL "
        f"WHEN trim(array_to_string(fields, ''), {BLANK}) = '' THEN 'empty row' "
        f"WHEN len(fields) < {width} AND starts_with(ltrim(line), '#') THEN 'comment line' "
        f"WHEN len(fields) < {width} THEN 'too few fields' "
        f"WHEN {beyond} <> '' THEN 'too many fields' "
        f"WHEN len(fields) > {width} THEN '{SPARE_FIELD}' END"
    )


def _mark_totals(cells: Cells) -> None:
    """Mark rows of totals: by their name, where they are last or have no platform."""
    words = ", ".join(map(quoted, TOTALS))
    last = "row = (SELECT max(row) FROM cells WHERE fate IS NULL OR fate <> 'empty row')"
    if "platform" in cells.columns("cells"):
        last = f"({last} OR platform IS NULL)"
    cells.connection.execute(
        "UPDATE cells SET fate = 'totals row' WHERE fate IS NULL "
        f"AND lower(rtrim(account_id, ': ')) IN ({words}) AND {last}"
    )


def _note_fates(cells: Cells, width: int, reading, thing: str) -> None:
    """Note which rows are neither posts nor prices, and why."""
    fates = cells.query(
        "SELECT fate, count(*), min(row, 3), arg_min(width, row) FROM cells "
        "WHERE fate IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    for fate, count, rows, fields in fates:
        facts = {"count": count, "rows": tuple(rows)}
        if fate.startswith("too"):
            reading.refused += count
            message = (
                f"has {fields} fields where the header has {width}. Correct the delimiters; keep "
                "one table in a file."
            )
            cells.issues.refuse("ragged", message, **facts)
        elif fate == SPARE_FIELD:
            message = "has an empty field more than the header; it was dropped."
            cells.issues.repair(fate, message, **facts)
        else:
            reading.left_out[fate] = count
            message = f"is not a {thing} ({fate}); it was left out."
            cells.issues.repair(fate, message, **facts)


def type_cells(cells: Cells, reading, schema: dict[str, Column]) -> None:
    """Make the table ``typed``: every known column as its type, and whether the row is refused."""
    columns = reading.columns
    known = {name: column for name, column in schema.items() if name in columns.known}
    numbers = [name for name, column in known.items() if column.type in NUMBERS]
    written = {name: profile(cells, name) for name in numbers}
    proved = set().union(*(written[name].marks for name in numbers if known[name].type != "rate"))
    decimal = "".join(proved) if len(proved) == 1 else ""
    coerced = {
        name: coerce(cells, column, written.get(name), decimal) for name, column in known.items()
    }
    signs = _currency(cells, coerced)
    values = {name: column.value for name, column in coerced.items()}
    if "posts" in values:
        for name in {*columns.averages, "engagement_rate"} & values.keys():
            values[name] = f"({values[name]}) * coalesce({values['posts']}, 1)"
    joins = " ".join(column.join for column in coerced.values())
    faults = " OR ".join(f"coalesce({column.fault}, false)" for column in coerced.values())
    typed = cells.connection.sql(
        f"SELECT * REPLACE (misfit OR {without_currency(values)} AS misfit) FROM "
        f"(SELECT cells.row, whole, {_listed(values)}, ({faults}) AS misfit FROM cells {joins})"
    )
    rules = row_rules(set(values), cells.issues.hints)
    wrong = [rule.where for rule in rules if rule.refused]
    misfit = nw.any_horizontal(nw.col("misfit"), *wrong, ignore_nulls=True)
    nw.from_native(typed).with_columns(misfit=misfit).to_native().create("typed")
    if schema is POSTS:
        check_rows(cells)
    check_currency(cells, signs)


def _currency(cells: Cells, coerced: dict[str, Coerced]) -> list[str]:
    """Take the currency from the signs beside the amounts, if there is one and no column names it.
    Give all currencies that signs name.
    """
    signs = sorted(set().union(*(column.currencies for column in coerced.values())))
    if "currency" in coerced:
        column = coerced["currency"]
        coerced["currency"] = replace(column, value=f"upper({column.value})")
    elif len(signs) == 1:
        coerced["currency"] = Coerced(f"CAST('{signs[0]}' AS VARCHAR)")
        message = f"was taken from the signs beside the amounts: {signs[0]}."
        cells.issues.repair("currency", message, column="currency")
    return signs


def place_rows(cells: Cells, reading, schema: dict[str, Column]) -> None:
    """Give every row its place: used, left out or refused."""
    columns = cells.columns("typed")
    place = "CASE WHEN misfit THEN 'refused' ELSE 'used' END"
    if schema is POSTS:
        place = _place(cells, reading, columns)
    cells.connection.execute(f"CREATE VIEW placed AS SELECT *, {place} AS place FROM typed")
    counts = dict(cells.query("SELECT place, count(*) FROM placed GROUP BY 1 ORDER BY 1"))
    reading.refused += counts.pop("refused", 0)
    reading.used = counts.pop("used", 0)
    reading.left_out |= counts
    if schema is POSTS and "followers" in columns and not reading.refused:
        usable = "SELECT count(*) FROM placed WHERE place = 'used' AND followers > 0"
        message = (
            "no row has both an account_id and followers above zero, so no account can be given a "
            "tier."
        )
        cells.issues.refuse("no usable row", message, count=int(cells.query(usable) == [(0,)]))
    values = {name: name for name in schema if name in columns}
    if "amplification" in columns:  # is part of the cost; a row knows its cost if it knows either
        cost = "cost" if "cost" in columns else "NULL"
        values["cost"] = (
            f"CASE WHEN {cost} IS NULL THEN amplification "
            f"ELSE {cost} + coalesce(amplification, 0) END"
        )
    reading.posts = cells.connection.sql(
        f"SELECT {_listed(values)} FROM placed WHERE place = 'used'"
    )


def _place(cells: Cells, reading, columns: list[str]) -> str:
    """SQL of the place of a row of POSTS: used, or why not."""
    copies = duplicates(cells, reading.columns)
    without = "followers IS NULL" if "followers" in columns else "true"
    return (
        f"CASE WHEN misfit OR coalesce({copies.refused}, false) THEN 'refused' "
        f"WHEN {copies.dropped} THEN 'copy of another row' "
        "WHEN account_id IS NULL THEN 'row without account id' "
        f"WHEN {without} THEN 'row without followers' ELSE 'used' END"
    )
