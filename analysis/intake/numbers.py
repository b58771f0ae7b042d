"""Read columns of counts, amounts, rates and prices.

Plain numbers are cast by DuckDB. Of all others each different text is parsed once, by
`analysis.intake.numerals`; so the rules are read as Python and the file may be of any size.
"""

from typing import NamedTuple

from analysis.intake.cells import Cells, Coerced
from analysis.intake.numerals import AMBIGUOUS, Number, decimal_marks, parse
from analysis.intake.reading import Hints
from analysis.intake.schema import Column

PLAIN = r"[0-9]{1,13}|[0-9]{1,12}\.([0-9]{1,2}|[0-9]{4,15})|[0-9]{4,12}\.[0-9]{1,15}|0\.[0-9]{1,15}"
"""A number that can be read in one way only."""

MISFIT = Number(fault="does not fit")


class Profile(NamedTuple):
    """How a column of numbers is written."""

    odd: list[str]  # every different text that is no plain number
    dotted: int  # plain numbers with a decimal point
    small: int  # whole numbers below a thousand
    large: int  # whole numbers from there on

    @property
    def marks(self) -> set[str]:
        """Decimal marks that the column proves."""
        proved = {"."} if self.dotted else set()
        for text in self.odd:
            if not (parse(text, ",").fault and parse(text, ".").fault):
                proved |= decimal_marks(text)
        return proved


def is_plain(column: str) -> str:
    """SQL that is true for a plain number."""
    return f"regexp_full_match(cells.{column}, '{PLAIN}')"


def profile(cells: Cells, name: str) -> Profile:
    """Look at how a column of numbers is written."""
    plain, dot, short = is_plain(name), f"contains({name}, '.')", f"length({name}) <= 3"
    rules = (f"{plain} AND {dot}", f"{plain} AND {short}", f"{plain} AND NOT ({dot} OR {short})")
    counts = ", ".join(f"count(*) FILTER (WHERE {rule})" for rule in rules)
    (numbers,) = cells.query(f"SELECT {counts} FROM cells")
    return Profile(cells.texts(name, f"NOT {plain}"), *numbers)


def coerce_numbers(cells: Cells, column: Column, written: Profile, decimal: str) -> Coerced:
    """Read one column of numbers. `decimal` is the mark that other columns of the file prove, if
    this one proves none.
    """
    name, hints = column.name, cells.issues.hints
    mark = _decimal_mark(column, written, decimal, hints)
    readings = {text: _number(text, column, mark, written.marks, hints) for text in written.odd}
    divisor = ""
    if column.type == "rate" and _are_percentages(cells, column, readings):
        divisor = " / 100"
    join, fault = "", "false"
    value = f"TRY_CAST(cells.{name} AS DOUBLE){divisor}"
    if readings:
        rows = {text: (n.value, None, n.rule, n.fault) for text, n in readings.items()}
        join = cells.join(column, rows, "value")
        value = f"CASE WHEN odd_{name}.text IS NULL THEN {value} ELSE odd_{name}.value END"
        fault = f"coalesce(odd_{name}.fault, '') <> ''"
    fault = _bounded(cells, column, value, fault)
    if hints.decimal == "," and written.dotted:
        dotted = f"{is_plain(name)} AND contains(cells.{name}, '.')"
        message = f"has a decimal point, against {hints.option('decimal', ',')}"
        cells.issues.refuse("cell", message, **cells.matching(name, dotted))
        fault = f"({fault} OR ({dotted}))"
    units = {number.unit for number in readings.values() if not number.fault}
    return Coerced(value, fault, join, frozenset(units - {"", "%"}))


def _decimal_mark(column: Column, written: Profile, decimal: str, hints: Hints) -> str:
    """The decimal mark: as the reader says, as the column proves, or as other columns do."""
    proved = written.marks
    if hints.decimal or len(proved) == 1:
        return hints.decimal or "".join(proved)
    if proved or decimal:
        return "" if proved else decimal
    if column.type == "rate" and not any("," in text for text in written.odd):
        return "."
    return _mark_of_groups(written)


def _mark_of_groups(written: Profile) -> str:
    """The decimal mark, if all numbers from a thousand on have the other mark between groups of
    digits and those below have none.
    """
    marked = [text for text in written.odd if "," in text or "." in text]
    for group, mark in ((",", "."), (".", ",")):
        grouped = len(marked) >= 3 and all(group in text for text in marked)
        if grouped and written.small and not written.large:
            return mark
    return ""


def _number(text: str, column: Column, mark: str, proved: set[str], hints: Hints) -> Number:
    """Read one odd cell by the rules of its column."""
    either = f"{hints.option('decimal', '.')} or {hints.option('decimal', ',')}"
    if len(proved) > 1 and not hints.decimal and ("." in text or "," in text):
        both = "stands in a column that has both decimal points and decimal commas"
        return Number(fault=f"{both}. Write all its numbers alike, or add {either}")
    number = parse(text, mark)
    if number.fault == AMBIGUOUS:
        return Number(fault=f"{AMBIGUOUS}. Choose with {either}")
    if number.fault:
        return number
    if number.value is None:
        return MISFIT if column.type == "price" else number
    foreign = (number.unit == "%" and column.type != "rate") or (
        number.unit not in ("", "%") and column.type not in ("amount", "price")
    )
    if foreign:
        return MISFIT
    if (
        number.value == -1
        and column.type == "count"
        and not column.required
        and column.name != "posts"
    ):
        return Number(rule="hidden, written as -1")
    too_small = column.least is not None and number.value < column.least
    return MISFIT if too_small or (column.type == "price" and number.value <= 0) else number


def _bounded(cells: Cells, column: Column, value: str, fault: str) -> str:
    """Refuse plain numbers that are too small, and blank prices; give the SQL of the fault."""
    low = f"< {column.least:g}" if column.least else ""  # a plain number is never below zero
    if column.type == "price":
        low = "<= 0"
        cells.refuse_blank(column)
        fault = f"({fault} OR cells.{column.name} IS NULL)"
    if low:
        rule = f"{is_plain(column.name)} AND TRY_CAST({column.name} AS DOUBLE) {low}"
        message = f"does not fit. Allowed: {column.accepts}."
        cells.issues.refuse("cell", message, **cells.matching(column.name, rule))
        fault = f"({fault} OR coalesce({value} {low}, false))"
    return fault


def _are_percentages(cells: Cells, column: Column, readings: dict[str, Number]) -> bool:
    """Whether rates without a sign are percentages rather than fractions; scales `readings`."""
    name, hints = column.name, cells.issues.hints
    ends = cells.query(
        "SELECT min(value) FILTER (WHERE value > 0), max(value) FROM "
        f"(SELECT TRY_CAST({name} AS DOUBLE) AS value FROM cells WHERE {is_plain(name)})"
    )[0]
    numbers = readings.values()
    bare = [number.value for number in numbers if number.value and number.unit != "%"]
    bare += [value for value in ends if value]
    signed = any(number.unit == "%" for number in numbers)
    percent = hints.rate == "percent"
    if bare and not hints.rate:
        percent = min(bare) >= 1
        if min(bare) < 1 < max(bare) or (signed and percent):
            message = (
                f"has rates from {min(bare):g} to {max(bare):g} without a sign, which may be "
                f"percentages or fractions. Choose with {hints.option('rate', 'percent')} "
                f"or {hints.option('rate', 'fraction')}."
            )
            cells.issues.refuse("percent or fraction", message, column=name)
    for text, number in readings.items():
        if number.value is not None and (number.unit == "%" or percent):
            readings[text] = number._replace(value=number.value / 100)
    if percent and bare:
        message = f"was read as percentages: {max(bare):g} is {max(bare) / 100:g} of followers."
        cells.issues.repair("percent", message, column=name)
    return percent
