"""Read a column of times, each as one instant, by the form in which the column writes them."""

from analysis.intake.cells import Cells, Coerced
from analysis.intake.numerals import MISSING
from analysis.intake.schema import Column

_CLOCK = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
_ISO_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?"

FORMS = {
    "time with zone": (
        rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_ISO_CLOCK} ?(Z|UTC|[+-][0-9]{{2}}(:?[0-9]{{2}})?)"
    ),
    "time without zone": rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}({_ISO_CLOCK})?",
    "seconds since 1970": r"[0-9]{9,10}",
    "milliseconds since 1970": r"[0-9]{12,13}",
    "day number of a spreadsheet": r"[2-6][0-9]{4}(\.[0-9]+)?",
    "date with slashes": rf"[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{4}}( {_CLOCK})?",
    "date with dots": rf"[0-9]{{1,2}}\.[0-9]{{1,2}}\.[0-9]{{4}}( {_CLOCK})?",
}
"""Forms of a time, by the name that messages give them."""

ISO = {"time with zone", "time without zone"}


def coerce_times(cells: Cells, column: Column) -> Coerced:
    """Read times, all in the one form in which most of the column is written."""
    name, issues = column.name, cells.issues
    form = _form(name)
    groups = {
        key: {"column": name, "count": count, "rows": tuple(rows), "example": example or ""}
        for key, count, rows, example in cells.query(
            f"SELECT {form}, count(*), min(row, 3), arg_min({name}, row) FROM cells GROUP BY 1"
        )
    }
    groups.pop("missing", None)
    counts = {key: facts["count"] for key, facts in groups.items() if key in FORMS}
    usual = max(counts, key=counts.get, default="")
    parts, refused = [], []
    for key, facts in groups.items():
        sql = _instant(cells, name, key)
        if fault := _fault(cells, column, key, usual, groups.keys(), sql):
            issues.refuse(*fault, **facts)
            refused.append(key)
            continue
        parts.append(f"WHEN '{key}' THEN {sql}")
        if key != "time with zone":
            zone = "" if "since" in key else f", in {issues.hints.zone or 'UTC'}"
            issues.repair(key, f"was read as {key}{zone}.", **facts)
    value = f"CASE {form} {' '.join(parts)} END" if parts else "NULL::TIMESTAMPTZ"
    fault = " OR ".join(f"{form} = '{key}'" for key in refused) or "false"
    impossible = f"{form} <> 'missing' AND {value} IS NULL"
    _note_range(cells, column, f"{impossible} AND NOT ({fault})", value)
    return Coerced(value, f"({fault} OR ({impossible}))")


def _form(name: str) -> str:
    """SQL of the form of a cell: one of FORMS, ``missing`` or ``other``."""
    cases = [
        f"WHEN regexp_full_match({name}, '{pattern}') THEN '{form}'"
        for form, pattern in FORMS.items()
    ]
    blank = ", ".join(f"'{word}'" for word in sorted(MISSING))
    missing = f"WHEN {name} IS NULL OR lower({name}) IN ({blank}) THEN 'missing'"
    return f"CASE {missing} {' '.join(cases)} ELSE 'other' END"


def _fault(
    cells: Cells, column: Column, form: str, usual: str, forms, sql: str
) -> tuple[str, str] | None:
    """Rule and message of the refusal of a form; None if it can be read."""
    option = cells.issues.hints.option
    if form == "other":
        return "cell", f"does not fit. Allowed: {column.accepts}."
    if not sql:
        return "cell", (
            "can be read with the day or the month first. Choose with "
            f"{option('dates', 'day first')} or {option('dates', 'month first')}."
        )
    if form != usual and not {form, usual} <= ISO:
        return (
            "mixed times",
            f"is written as {form}, while most of the column is {usual}. Write all alike.",
        )
    if form == "time without zone" and forms >= ISO and not cells.issues.hints.zone:
        return "mixed times", (
            f"has no time zone, while others have one. Name it, e.g. {option('zone', 'UTC')}."
        )
    return None


def _instant(cells: Cells, name: str, form: str) -> str:
    """SQL of the instant for one form; empty if a date can be read in two ways."""
    zone = cells.issues.hints.zone or "UTC"
    if form == "date with slashes":
        order = cells.issues.hints.dates or _order(cells, name)
        day = {"day first": "%d/%m/%Y", "month first": "%m/%d/%Y"}.get(order)
        return _parsed(name, day, zone) if day else ""
    utc = f"regexp_replace({name}, ' ?(Z|UTC)$', '+00:00')"
    colon = f"regexp_replace({utc}, ' ?([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"
    seconds = f"to_seconds(CAST(round(TRY_CAST({name} AS DOUBLE) * 86400) AS BIGINT))"
    return {
        "time with zone": f"TRY_CAST({colon} AS TIMESTAMPTZ)",
        "time without zone": f"timezone('{zone}', TRY_CAST({name} AS TIMESTAMP))",
        "seconds since 1970": f"to_timestamp(TRY_CAST({name} AS BIGINT))",
        "milliseconds since 1970": f"to_timestamp(TRY_CAST({name} AS BIGINT) / 1000.0)",
        "day number of a spreadsheet": f"timezone('{zone}', TIMESTAMP '1899-12-30' + {seconds})",
        "date with dots": _parsed(name, "%d.%m.%Y", zone),
    }.get(form, "")


def _parsed(name: str, day: str, zone: str) -> str:
    formats = f"'{day} %H:%M:%S', '{day} %H:%M', '{day}'"
    return f"timezone('{zone}', try_strptime({name}, [{formats}]))"


def _order(cells: Cells, name: str) -> str:
    """Whether the day or the month is first, if a number above 12 proves it."""
    first, second = (f"max(TRY_CAST(split_part({name}, '/', {part}) AS INT))" for part in (1, 2))
    written = f"regexp_full_match({name}, '{FORMS['date with slashes']}')"
    ((day, month),) = cells.query(f"SELECT {first}, {second} FROM cells WHERE {written}")
    if day > 12 >= month:
        return "day first"
    return "month first" if month > 12 >= day else ""


def _note_range(cells: Cells, column: Column, impossible: str, value: str) -> None:
    """Refuse days that do not exist, and warn of times before or after any platform."""
    message = f"is no day or time that exists. Allowed: {column.accepts}."
    cells.issues.refuse("time out of range", message, **cells.matching(column.name, impossible))
    outside = (
        f"{value} < TIMESTAMPTZ '2004-01-01 00:00:00+00' "
        f"OR {value} > TIMESTAMPTZ '2100-01-01 00:00:00+00'"
    )
    message = "lies before 2004 or after 2100, when no platform existed."
    cells.issues.warn("time out of range", message, **cells.matching(column.name, outside))
