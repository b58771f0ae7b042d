"""Cells of text -> values of one column of POSTS, as SQL that streams, with every repair and
refusal counted.

Plain cells are cast by DuckDB. Of all others each different text is parsed once, by
`analysis.intake.numerals`, into a small table that the stream is joined with; so the rules are read
as Python and the file may be of any size.
"""

from typing import NamedTuple

from analysis.errors import SchemaError
from analysis.intake.dates import ALLOWED, Mended, time_column
from analysis.intake.headers import plain, platform_names
from analysis.intake.numerals import Number, marks, missing, parse
from analysis.intake.reading import Findings, Hints, cells_where
from analysis.intake.schema import Column

PLAIN = r"[0-9]{1,13}|[0-9]{1,12}\.([0-9]{1,2}|[0-9]{4,15})|[0-9]{4,12}\.[0-9]{1,15}|0\.[0-9]{1,15}"
"""A number that can be read in one way only."""

MOST = 1_000_000
"""Different texts that are no plain numbers, in one column."""

YES = {
    "yes",
    "true",
    "1",
    "y",
    "t",
    "ja",
    "oui",
    "si",
    "sí",
    "sim",
    "да",
    "はい",
    "是",
    "paid",
    "sponsored",
    "ad",
}
NO = {
    "no",
    "false",
    "0",
    "n",
    "f",
    "nein",
    "nej",
    "non",
    "não",
    "нет",
    "いいえ",
    "否",
    "organic",
    "unpaid",
}


class Look(NamedTuple):
    """What a first look at a column of numbers tells.

    Attributes
    ----------
    odd : dict
        Every different text that is no plain number, with how often it is there.
    dotted, small, large : int
        Plain numbers with a decimal point, whole ones below a thousand, and whole ones from there
        on.
    """

    odd: dict[str, int]
    dotted: int
    small: int
    large: int

    @property
    def marks(self) -> set[str]:
        """Decimal marks that the column proves."""
        proved = {"."} if self.dotted else set()
        for text in self.odd:
            proved |= set() if parse(text, ",").fault and parse(text, ".").fault else marks(text)
        return proved


def look(connection, names: list[str]) -> dict[str, Look]:
    """Look at all columns of numbers of the table ``cells`` at once."""
    if not names:
        return {}
    counts = []
    for name in names:
        written = f"regexp_full_match({name}, '{PLAIN}')"
        rules = (f"NOT {written}", f"{written} AND contains({name}, '.')", f"{written} AND length({name}) <= 3",
                 f"{written} AND length({name}) > 3 AND NOT contains({name}, '.')")  # fmt: skip
        counts += [f"count(*) FILTER (WHERE {rule})" for rule in rules]
    found = connection.execute(f"SELECT {', '.join(counts)} FROM cells").fetchall()[0]
    looks = {}
    for place, name in enumerate(names):
        odd, *others = found[4 * place : 4 * place + 4]
        looks[name] = Look(
            odd_texts(connection, name, f"NOT regexp_full_match({name}, '{PLAIN}')") if odd else {},
            *others,
        )
    return looks


NUMBERS = ("count", "rate", "amount", "price")
"""Types that hold numbers."""


def mend(
    connection,
    column: Column,
    hints: Hints,
    findings: Findings,
    looked: Look | None = None,
    decimal: str = "",
) -> Mended:
    """Read one column of the table ``cells``; repairs and refusals go to `findings`.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds ``cells`` with ``row`` and one trimmed text column per column of POSTS, NULL where
        blank.
    column : Column
        Which.
    hints : Hints
        What the reader says.
    findings : Findings
        Receives what was found.
    looked : Look, optional
        The first look, if the column holds numbers.
    decimal : str
        Decimal mark that other columns of the file prove, if this one proves none.
    """
    if column.name == "platform":
        return _worded(connection, column, platform_names(hints.columns), findings)
    if column.type == "yes/no":
        return _worded(
            connection, column, dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no"), findings
        )
    if column.allowed:
        return _worded(connection, column, {word: word for word in column.allowed}, findings)
    if column.type == "text":
        return _text(connection, column, findings)
    if column.type == "time":
        return time_column(connection, column, hints, findings)
    return _number(
        connection,
        column,
        hints,
        findings,
        looked or look(connection, [column.name])[column.name],
        decimal,
    )


def allowed(column: Column) -> str:
    """Say what a cell of a column may hold."""
    or_more = "" if column.least is None else f", {column.least:g} or more"
    return ", ".join(column.allowed) or ALLOWED[column.type].format(or_more=or_more)


def odd_texts(connection, column: str, rule: str) -> dict[str, int]:
    """Every different text of a column for which a rule of SQL holds, with how often it is
    there.
    """
    found = connection.execute(
        f"SELECT {column}, count(*) FROM cells WHERE {column} IS NOT NULL AND {rule} GROUP BY 1 LIMIT {MOST + 1}"
    ).fetchall()
    if len(found) > MOST:
        raise SchemaError(
            f"column '{column}' has more than {MOST:,} different cells that are not plain. Export it with plain values."
        )
    return dict(found)


def _keep(connection, column: str, read: dict[str, tuple]) -> str:
    """Keep what texts were read as: ``text, value, word, rule, fault``. Give the join."""
    import pandas as pd

    table = pd.DataFrame(
        [(text, *values) for text, values in read.items()],
        columns=["text", "value", "word", "rule", "fault"],
    )
    table = table.astype(
        {"text": "str", "value": "float64", "word": "str", "rule": "str", "fault": "str"}
    )
    connection.register("table_in_hand", table)
    connection.execute(
        f"CREATE OR REPLACE TABLE odd_{column} AS SELECT CAST(text AS VARCHAR) AS text, "
        "CASE WHEN NOT isnan(value) THEN value END AS value, "
        "CAST(word AS VARCHAR) AS word, CAST(rule AS VARCHAR) AS rule, CAST(fault AS VARCHAR) AS fault FROM table_in_hand"
    )
    connection.unregister("table_in_hand")
    return f"LEFT JOIN odd_{column} ON cells.{column} = odd_{column}.text"


def _told(connection, column: Column, findings: Findings, shown: str = "value") -> None:
    """Turn the table of odd texts into findings: one for each rule, and one for each reason of
    refusal.
    """
    found = connection.execute(
        f"SELECT o.fault, o.rule, count(*), min(c.row, 3), arg_min(c.{column.name}, c.row), arg_min(o.{shown}, c.row) FROM cells c "
        f"JOIN odd_{column.name} o ON c.{column.name} = o.text WHERE o.fault <> '' OR o.rule <> '' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for fault, rule, count, rows, example, value in found:
        facts = {"column": column.name, "count": count, "rows": tuple(rows), "example": example}
        if fault:
            reason = "does not fit" if fault in ("is not a number", "misfit") else fault
            findings.refused("cell", f"{reason}. Allowed: {allowed(column)}.", **facts)
        else:
            became = (
                "" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)
            )
            findings.repaired(
                rule,
                f"was read as {became or 'missing'} ({rule}).",
                became=became or "missing",
                **facts,
            )


def _worded(connection, column: Column, words: dict[str, str], findings: Findings) -> Mended:
    """Read a column that holds one of a few words."""
    base = {"yes", "no", "true", "false", "1", "0", *column.allowed}
    read = {}
    for text in odd_texts(connection, column.name, "true"):
        key = text.strip().casefold()
        word = words.get(key) or words.get(plain(text))
        if word:
            read[text] = (None, word, "" if key in base else "other word", "")
        elif missing(text) and not column.required:
            read[text] = (None, None, "missing in words", "")
        else:
            read[text] = (None, None, "", "misfit")
    _refuse_blank(connection, column, findings)
    join = _keep(connection, column.name, read)
    _told(connection, column, findings, "word")
    odd = f"odd_{column.name}"
    fault = (
        f"({odd}.text IS NULL OR {odd}.fault <> '')" if column.required else f"{odd}.fault <> ''"
    )
    return Mended(f"{odd}.word", fault, join)


def _refuse_blank(connection, column: Column, findings: Findings) -> None:
    """Refuse blank cells of a platform or a price; rows without an account or followers are left
    out instead.
    """
    if column.required:
        findings.refused(
            "cell",
            f"is blank. Allowed: {allowed(column)}.",
            **cells_where(connection, column.name, f"{column.name} IS NULL"),
        )


def _text(connection, column: Column, findings: Findings) -> Mended:
    """Read text as it is, but for characters that cannot be seen and the case of a handle."""
    name = column.name
    value = f"nullif(trim(nfc_normalize(regexp_replace(cells.{name}, '[\\p{{Cc}}\\p{{Cf}}]|[\\x{{A0}}\\x{{3000}}]+$', '', 'g'))), '')"
    # most text is plain, and need not be taken apart
    simple = f"regexp_full_match(cells.{name}, '[!-?A-~]([ -~]*[!-~])?')"
    if name == "account_id":
        value = f"CASE WHEN {value} LIKE '@%' THEN lower({value}) ELSE {value} END"
    value = f"CASE WHEN {simple} THEN cells.{name} ELSE {value} END"
    changed = f"{name} IS DISTINCT FROM {value}"
    damaged = f"regexp_full_match(cells.{name}, '[0-9]([.,][0-9]+)?[eE]\\+[0-9]+')"
    counts = (
        f"SELECT count(*) FILTER (WHERE {changed}), count(*) FILTER (WHERE {damaged}) FROM cells"
    )
    altered, lost = connection.execute(counts).fetchall()[0]
    if altered:
        became = (
            connection.execute(
                f"SELECT arg_min({value}, row) FROM cells WHERE {changed}"
            ).fetchall()[0][0]
            or "missing"
        )
        facts = cells_where(connection, name, changed) | {"became": became}
        findings.repaired(
            "text",
            f"was read as '{became}' (case of a handle, or characters that cannot be seen).",
            **facts,
        )
    if name not in ("account_id", "post_id"):
        return Mended(value)
    if lost:
        says = "has lost its digits in a spreadsheet. Export it again, with this column as text."
        findings.refused("damaged by a spreadsheet", says, **cells_where(connection, name, damaged))
    return Mended(value, damaged)


def _number(
    connection, column: Column, hints: Hints, findings: Findings, looked: Look, decimal: str
) -> Mended:
    """Read counts, amounts and rates."""
    name, (odd, dotted, small, large), proved = column.name, looked, looked.marks
    mark = hints.decimal or ("".join(proved) if len(proved) == 1 else "")
    if not mark and not proved:
        mark = decimal or (
            "."
            if column.type == "rate" and not any("," in text for text in odd)
            else _consistent(odd, small, large)
        )
    read = {text: _cell(text, column, mark or "", proved, hints) for text in odd}
    percent = _percent(connection, column, hints, findings, read) if column.type == "rate" else None
    join, fault = "", "false"
    value = f"TRY_CAST(cells.{name} AS DOUBLE)" + (f" / {percent:g}" if percent else "")
    if read:
        join = _keep(
            connection,
            name,
            {text: (found.value, None, found.rule, found.fault) for text, found in read.items()},
        )
        _told(connection, column, findings)
        value = f"CASE WHEN odd_{name}.text IS NULL THEN {value} ELSE odd_{name}.value END"
        fault = f"coalesce(odd_{name}.fault, '') <> ''"
    written = f"regexp_full_match({name}, '{PLAIN}')"
    low = (
        "<= 0" if column.type == "price" else f"< {column.least:g}" if column.least else ""
    )  # a plain number is never below zero
    if low:
        below = cells_where(connection, name, f"{written} AND TRY_CAST({name} AS DOUBLE) {low}")
        findings.refused("cell", f"does not fit. Allowed: {allowed(column)}.", **below)
        fault = f"({fault} OR coalesce({value} {low}, false))"
    if column.type == "price":
        _refuse_blank(connection, column, findings)
        fault = f"({fault} OR cells.{name} IS NULL)"
    if hints.decimal == "," and dotted:
        pointed = f"regexp_full_match(cells.{name}, '{PLAIN}') AND contains(cells.{name}, '.')"
        findings.refused(
            "cell",
            "has a decimal point, against --decimal ,",
            **cells_where(connection, name, pointed),
        )
        fault = f"({fault} OR ({pointed}))"
    units = {
        found.unit for found in read.values() if found.unit not in ("", "%") and not found.fault
    }
    return Mended(value, fault, join, frozenset(units))


def _consistent(odd: dict[str, int], small: int, large: int) -> str:
    """The mark that groups digits, if all numbers from a thousand on have it and those below have
    none; gives the other one.
    """
    for group, mark in ((",", "."), (".", ",")):
        grouped = [text for text in odd if group in text]
        if (
            len(grouped) >= 3
            and small
            and not large
            and len(grouped) == sum(any(sign in text for sign in ",.") for text in odd)
        ):
            return mark
    return ""


def _cell(text: str, column: Column, mark: str, proved: set[str], hints: Hints) -> Number:
    """Read one odd cell by the rules of its column."""
    if len(proved) > 1 and not hints.decimal and any(sign in text for sign in ",."):
        return Number(
            fault="stands in a column that has both decimal points and decimal commas. Write all its numbers alike, or say --decimal . or ,"
        )
    found = parse(text, mark)
    if found.value is None and not found.fault and column.type == "price":
        return Number(fault="misfit")
    if found.fault or found.value is None:
        return found
    if (found.unit == "%" and column.type != "rate") or (
        found.unit not in ("", "%") and column.type not in ("amount", "price")
    ):
        return Number(fault="misfit")
    if (
        found.value == -1
        and column.type == "count"
        and not column.required
        and column.name != "posts"
    ):
        return Number(rule="hidden, written as -1")
    if (column.least is not None and found.value < column.least) or (
        column.type == "price" and found.value <= 0
    ):
        return Number(fault="misfit")
    return found


def _percent(
    connection, column: Column, hints: Hints, findings: Findings, read: dict[str, Number]
) -> float | None:
    """Find out whether rates without a sign are percentages (give 100) or fractions (None), and
    scale those in `read`.
    """
    name = column.name
    low, high = connection.execute(
        "SELECT min(value) FILTER (WHERE value > 0), max(value) FROM "
        f"(SELECT TRY_CAST({name} AS DOUBLE) AS value FROM cells WHERE regexp_full_match({name}, '{PLAIN}'))"
    ).fetchall()[0]
    bare = [found.value for found in read.values() if found.value and found.unit != "%"] + [
        value for value in (low, high) if value
    ]
    signed = any(found.unit == "%" for found in read.values())
    percent = hints.rate == "percent"
    if bare and not hints.rate:
        percent = min(bare) >= 1
        if min(bare) < 1 < max(bare) or (signed and percent):
            findings.refused(
                "percent or fraction",
                f"has rates from {min(bare):g} to {max(bare):g} without a sign, which may be percentages or fractions. "
                "Say which: --rate percent or --rate fraction", column=name, rows=(), count=1,
            )  # fmt: skip
    for text, found in read.items():
        if found.value is not None and (found.unit == "%" or percent):
            read[text] = found._replace(value=found.value / 100)
    if percent and bare:
        findings.repaired(
            "percent",
            f"was read as percentages: {max(bare):g} is {max(bare) / 100:g} of followers.",
            column=name,
        )
    return 100 if percent else None
