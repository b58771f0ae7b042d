"""Times of a column -> one instant each, by the form in which the column writes them."""

from dataclasses import dataclass

from analysis.intake.numerals import MISSING
from analysis.intake.reading import Findings, Hints, cells_where
from analysis.intake.schema import Column

ALLOWED = {
    "text": "text",
    "count": "a number{or_more}",
    "rate": "a percentage or a fraction, zero or more",
    "amount": "a number{or_more}",
    "price": "a number above 0; what cost nothing has no price",
    "time": "a time in ISO 8601, such as 2025-03-31T18:00:00Z",
    "yes/no": "yes, no, true, false, 1 or 0",
}

TIMES = {
    "time with zone": r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)? ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)",
    "time without zone": r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?",
    "seconds since 1970": r"[0-9]{9,10}",
    "milliseconds since 1970": r"[0-9]{12,13}",
    "day number of a spreadsheet": r"[2-6][0-9]{4}(\.[0-9]+)?",
    "date with slashes": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?",
    "date with dots": r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?",
}


@dataclass(frozen=True)
class Mended:
    """How a column is read.

    Attributes
    ----------
    value : str
        SQL of the value, NULL if missing or refused.
    fault : str
        SQL that is true where the cell is refused.
    join : str
        SQL of the join that both need; may be empty.
    units : frozenset of str
        Currencies that stand in its cells.
    """

    value: str
    fault: str = "false"
    join: str = ""
    units: frozenset = frozenset()


def time_column(connection, column: Column, hints: Hints, findings: Findings) -> Mended:
    """Read times, all in the one form in which most of the column is written."""
    name = column.name
    kinds = " ".join(
        f"WHEN regexp_full_match({name}, '{pattern}') THEN '{kind}'"
        for kind, pattern in TIMES.items()
    )
    blank = ", ".join(f"'{word}'" for word in sorted(MISSING))
    kind = f"CASE WHEN {name} IS NULL OR lower({name}) IN ({blank}) THEN 'missing' {kinds} ELSE 'other' END"
    found = {
        kind: (count, tuple(rows), example)
        for kind, count, rows, example in connection.execute(
            f"SELECT {kind} AS kind, count(*), min(row, 3), arg_min({name}, row) FROM cells GROUP BY 1"
        ).fetchall()
    }
    parts, faults, zone = [], [], hints.zone or "UTC"
    usual = max(
        (name for name in found if name in TIMES), key=lambda name: found[name][0], default=""
    )
    for which, (count, rows, example) in found.items():
        facts = {"column": name, "count": count, "rows": rows, "example": example or ""}
        if which == "missing":
            continue
        sql, says = _time_sql(connection, name, which, hints)
        if which == "other" or not sql:
            findings.refused("cell", says or f"does not fit. Allowed: {ALLOWED['time']}.", **facts)
            faults.append(f"{kind} = '{which}'")
        elif which != usual and not {which, usual} <= {"time with zone", "time without zone"}:
            findings.refused(
                "mixed times",
                f"is a {which}, while the column mostly holds: {usual}. Write all alike.",
                **facts,
            )
            faults.append(f"{kind} = '{which}'")
        elif which == "time without zone" and "time with zone" in found and not hints.zone:
            findings.refused(
                "mixed times",
                "has no time zone, while others have one. Say which with --zone, e.g. --zone UTC.",
                **facts,
            )
            faults.append(f"{kind} = '{which}'")
        else:
            parts.append(f"WHEN '{which}' THEN {sql}")
            if which != "time with zone":
                findings.repaired(
                    which,
                    f"was read as a {which}{'' if 'since' in which else f', in {zone}'}.",
                    **facts,
                )
    value = (
        f"CASE {kind} {' '.join(parts)} END" if parts else "CAST(NULL AS TIMESTAMP WITH TIME ZONE)"
    )
    _impossible_times(connection, column, kind, value, faults, findings)
    fault = " OR ".join(faults) or "false"
    return Mended(value, f"({fault} OR ({kind} <> 'missing' AND {value} IS NULL))")


def _time_sql(connection, name: str, kind: str, hints: Hints) -> tuple[str, str]:
    """SQL of the value for one way of writing a time, or the reason why there is none."""
    zone = (hints.zone or "UTC").replace("'", "''")
    if kind == "date with slashes":
        order = hints.dates
        if not order:
            first, second = connection.execute(
                f"SELECT max(TRY_CAST(split_part({name}, '/', 1) AS INT)), max(TRY_CAST(split_part({name}, '/', 2) AS INT)) "
                f"FROM cells WHERE regexp_full_match({name}, '{TIMES[kind]}')"
            ).fetchall()[0]
            order = (
                "day first"
                if first > 12 >= second
                else "month first"
                if second > 12 >= first
                else ""
            )
        if not order:
            return (
                "",
                "can be read with the day or the month first. Say which: --dates 'day first' or --dates 'month first'.",
            )
        day = "%d/%m/%Y" if order == "day first" else "%m/%d/%Y"
        return (
            f"timezone('{zone}', try_strptime({name}, ['{day} %H:%M:%S', '{day} %H:%M', '{day}']))",
            "",
        )
    colon = f"regexp_replace(regexp_replace({name}, ' ?(Z|UTC)$', '+00:00'), ' ?([+-][0-9]{{2}})([0-9]{{2}})$', '\\1:\\2')"
    days = f"to_seconds(CAST(round(TRY_CAST({name} AS DOUBLE) * 86400) AS BIGINT))"
    return {
        "time with zone": f"TRY_CAST({colon} AS TIMESTAMP WITH TIME ZONE)",
        "time without zone": f"timezone('{zone}', TRY_CAST({name} AS TIMESTAMP))",
        "seconds since 1970": f"to_timestamp(TRY_CAST({name} AS BIGINT))",
        "milliseconds since 1970": f"to_timestamp(TRY_CAST({name} AS BIGINT) / 1000.0)",
        "day number of a spreadsheet": f"timezone('{zone}', TIMESTAMP '1899-12-30' + {days})",
        "date with dots": f"timezone('{zone}', try_strptime({name}, ['%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M', '%d.%m.%Y']))",
    }.get(kind, ""), ""


def _impossible_times(
    connection, column: Column, kind: str, value: str, faults: list[str], findings: Findings
) -> None:
    known = " AND ".join(f"NOT ({fault})" for fault in faults) or "true"
    none = f"{kind} <> 'missing' AND {known} AND {value} IS NULL"
    early = f"{value} < TIMESTAMPTZ '2004-01-01 00:00:00+00' OR {value} > TIMESTAMPTZ '2100-01-01 00:00:00+00'"
    for rule, says in (
        (none, f"is no day or time that exists. Allowed: {ALLOWED['time']}."),
        (early, "lies before 2004 or after 2100, when no platform was there."),
    ):
        note = findings.refused if rule == none else findings.warning
        note("time out of range", says, **cells_where(connection, column.name, rule))
