"""What is asked of the rows of a table on an engine, in one pass."""

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from analysis.intake.reading import Hints, Issues
from analysis.intake.row_rules import row_rules
from analysis.intake.schema import MONEY, POSTS


class Check(NamedTuple):
    """What is counted about rows in the one pass over a table."""

    kind: str
    name: str
    column: str
    message: str
    where: nw.Expr


def checks(numbers: list[str], names: list[str], hints: Hints) -> list[Check]:
    """Everything that a row may not be; of `names`, all columns, `numbers` hold numbers, each with
    a column ``<name>_nan``.
    """
    return [*_checks_of_cells(numbers), *_checks_of_rows(names, hints)]


def _checks_of_cells(numbers: list[str]) -> list[Check]:
    """What a number may not be."""
    checks = []
    for name in numbers:
        value, least = nw.col(name), POSTS[name].least
        misfit = value.abs() == float("inf")
        if least is not None:
            misfit = misfit | (value < least)
        message = f"does not fit. Allowed: {POSTS[name].accepts}."
        checks.append(Check("refused", "cell", name, message, misfit))
        message, unknown = "was read as unknown (NaN).", nw.col(f"{name}_nan")
        checks.append(Check("repaired", "not a number", name, message, unknown))
    return checks


def _checks_of_rows(names: list[str], hints: Hints) -> list[Check]:
    """What no single cell shows, as in a file."""
    checks = []
    for rule in row_rules(set(names), hints):
        kind = "refused" if rule.refused else "warning"
        checks.append(Check(kind, rule.name, "", f"a row {rule.message}", rule.where))
    if any(name in MONEY for name in names):
        message = (
            "a row has an amount without a currency. Allowed: an ISO 4217 code of three letters in "
            "'currency', such as EUR."
        )
        without = nw.lit(True)
        if "currency" in names:
            code = nw.col("currency")
            without = (code.str.len_chars() != 3) | code.is_null()
        checks.append(Check("refused", "currency", "", message, _has_amount(names) & without))
    return checks


def _has_amount(names: list[str]) -> nw.Expr:
    amounts = [~nw.col(name).is_null() for name in MONEY if name in names]
    return nw.any_horizontal(*amounts, ignore_nulls=True)


def ranges(names: list[str]) -> dict[str, nw.Expr]:
    """The ends of what must be of one kind: currencies beside amounts, and rates above zero."""
    ends = {}
    if "currency" in names and any(name in MONEY for name in names):
        code = nw.when(_has_amount(names)).then(nw.col("currency").str.to_uppercase())
        ends |= {"min_currency": code.min(), "max_currency": code.max()}
    if "engagement_rate" in names:
        rate = nw.when(nw.col("engagement_rate") > 0).then(nw.col("engagement_rate"))
        ends |= {"min_rate": rate.min(), "max_rate": rate.max()}
    return ends


def check_ranges(counts: pd.DataFrame, issues: Issues) -> bool:
    """Refuse several currencies, and rates that can be read in two ways; say whether rates are
    percentages.
    """
    if "min_currency" in counts:
        codes = {*counts["min_currency"].dropna(), *counts["max_currency"].dropna()}
        if len(codes) > 1:
            message = (
                f"amounts are in several currencies, {' and '.join(sorted(codes))} among them. "
                "Nothing is converted: give each a table of its own."
            )
            issues.refuse("several currencies", message)
    hints = issues.hints
    low = counts["min_rate"].min() if "min_rate" in counts else None
    if pd.isna(low) or hints.rate:
        return hints.rate == "percent"
    high = counts["max_rate"].max()
    if low < 1 < high:
        message = (
            f"has rates from {low:g} to {high:g}, which may be percentages or fractions. Choose "
            f"with {hints.option('rate', 'percent')} or {hints.option('rate', 'fraction')}."
        )
        issues.refuse("percent or fraction", message, column="engagement_rate")
    elif low >= 1:
        message = f"was read as percentages: {high:g} is {high / 100:g} of followers."
        issues.repair("percent", message, column="engagement_rate")
    return low >= 1
