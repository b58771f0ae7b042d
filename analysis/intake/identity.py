"""What no single cell shows: rows that contradict themselves, rows that are there twice, names that
only look different, amounts in several currencies.
"""

from typing import NamedTuple

import narwhals as nw

from analysis.intake.cells import Cells
from analysis.intake.headers import Columns
from analysis.intake.row_rules import row_rules
from analysis.intake.schema import MONEY

DATE_LIKE = "(?i)[0-9]{1,2}[-. ](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"

NAMES = {
    "looks like a date": (
        f"regexp_full_match(account_id, '{DATE_LIKE}')",
        "looks like a date that a spreadsheet made of a name.",
    ),
    "mixed scripts": (
        "regexp_matches(account_id, '[A-Za-z]') "
        r"AND regexp_matches(account_id, '[\p{Cyrillic}\p{Greek}]')",
        "mixes letters of several scripts, some of which look alike.",
    ),
    "mojibake": (
        r"regexp_matches(account_id, 'Ã[\x{80}-\x{BF}]|Â[\x{80}-\x{BF}]|â€|�')",
        "was damaged by a wrong encoding before; its numbers are used under that name.",
    ),
}
"""Names of accounts that may not be what they seem: the rule in SQL, and what is noted."""


class Copies(NamedTuple):
    """SQL that is true for rows to be dropped, and for rows that contradict another."""

    dropped: str
    refused: str


def check_rows(cells: Cells) -> None:
    """Note rows that contradict themselves or look odd, and odd names of accounts."""
    typed = nw.from_native(cells.connection.table("typed"))
    columns = set(typed.collect_schema().names())
    for rule in row_rules(columns, cells.issues.hints):
        rows = typed.filter(rule.where).to_native()
        ((count, first),) = rows.query("rows", "SELECT count(*), min(row, 3) FROM rows").fetchall()
        note = cells.issues.refuse if rule.refused else cells.issues.warn
        note(rule.name, rule.message, count=count, rows=tuple(first or ()))
    for name, (rule, message) in NAMES.items():
        ((count, rows),) = cells.query(f"SELECT count(*), min(row, 3) FROM typed WHERE {rule}")
        cells.issues.warn(name, message, column="account_id", count=count, rows=tuple(rows or ()))
    if "platform" in columns:
        _check_capitals(cells)


def _check_capitals(cells: Cells) -> None:
    """Warn of accounts whose names differ by capitals only."""
    ((alike,),) = cells.query(
        "SELECT count(*) FROM (SELECT 1 FROM typed WHERE account_id IS NOT NULL "
        "GROUP BY platform, lower(account_id) HAVING count(DISTINCT account_id) > 1)"
    )
    message = f"{alike} accounts that differ by capitals only are kept apart."
    cells.issues.warn("capitals", message, column="account_id", count=alike)


def _amounts(columns) -> str:
    """SQL that is true for a row with an amount of money."""
    return " OR ".join(f"{name} IS NOT NULL" for name in MONEY if name in columns) or "false"


def without_currency(columns) -> str:
    """SQL that is true for a row with an amount beside a currency that is none; without a column
    for it the file is refused, not a row.
    """
    if "currency" not in columns:
        return "false"
    valid = "coalesce(regexp_full_match(currency, '[A-Z]{3}'), false)"
    return f"(({_amounts(columns)}) AND NOT {valid})"


def check_currency(cells: Cells, signs: list[str]) -> None:
    """Refuse amounts without a currency, with a code that is none, or in several currencies, of
    which `signs` names those beside the amounts: nothing is converted.
    """
    columns = cells.columns("typed")
    money = " and ".join(name for name in MONEY if name in columns)
    if len(signs) > 1:
        _refuse_several(cells, "amounts", signs)
    elif "currency" not in columns:
        ((filled,),) = cells.query(f"SELECT count(*) FROM typed WHERE {_amounts(columns)}")
        message = (
            f"{money} hold amounts without a currency. Add a column 'currency' with an ISO 4217 "
            "code such as EUR in each row."
        )
        cells.issues.refuse("no currency", message, count=filled)
    else:
        _check_codes(cells, money, signs)


def _check_codes(cells: Cells, money: str, signs: list[str]) -> None:
    columns = cells.columns("typed")
    wrong = cells.query(
        "SELECT currency IS NULL, count(*), min(row, 3), arg_min(currency, row) FROM typed "
        f"WHERE {without_currency(columns)} GROUP BY 1 ORDER BY 1"
    )
    for blank, count, rows, code in wrong:
        message = (
            f"{'is blank' if blank else 'stands'} beside an amount. Allowed: an ISO 4217 code of "
            "three letters, such as EUR."
        )
        facts = {"column": "currency", "count": count, "rows": tuple(rows), "example": code or ""}
        cells.issues.refuse("currency", message, **facts)
    codes = dict(
        cells.query(
            f"SELECT currency, count(*) FROM typed WHERE {_amounts(columns)} "
            "GROUP BY 1 ORDER BY min(row)"
        )
    )
    listed = [f"{code} ({count} rows)" for code, count in codes.items()]
    listed += [f"{code} (by its sign)" for code in signs if code not in codes]
    if len(listed) > 1 and not wrong:
        _refuse_several(cells, money, listed)


def _refuse_several(cells: Cells, money: str, currencies: list[str]) -> None:
    what = money if money == "amounts" else f"amounts in {money}"
    message = (
        f"{what} are in several currencies: {', '.join(currencies)}. Nothing is converted: give "
        "each currency a file of its own."
    )
    cells.issues.refuse("several currencies", message)


def duplicates(cells: Cells, columns: Columns) -> Copies:
    """Find rows that are there twice.

    A row is a copy if its whole line is the same and it names its post, by `post_id` or
    `posted_at`; two posts may well have the same counts, so without either nothing is dropped. A
    post with different counts is refused, since nothing shows which are right.
    """
    key = next((name for name in ("post_id", "posted_at") if name in columns.places), "")
    if not key or "platform" not in columns.known:
        ((equal,),) = cells.query(
            "SELECT coalesce(sum(n - 1), 0)::BIGINT FROM "
            "(SELECT count(*) AS n FROM cells GROUP BY whole HAVING count(*) > 1)"
        )
        message = (
            f"{equal} rows are equal to another; without post_id or posted_at they are taken for "
            "different posts."
        )
        cells.issues.warn("equal rows", message, count=equal)
        return Copies("false", "false")
    cells.connection.execute(
        f"CREATE TABLE twice AS SELECT platform, account_id, {key}, whole, min(row) AS first, "
        f"count(*) AS n FROM typed WHERE {key} IS NOT NULL AND account_id IS NOT NULL "
        "GROUP BY ALL HAVING count(*) > 1"
    )
    ((copies, rows),) = cells.query(
        "SELECT coalesce(sum(n - 1), 0)::BIGINT, min(first, 3) FROM twice"
    )
    message = "is there more than once, the same in every column; one is kept."
    cells.issues.repair("copy of another row", message, count=copies, rows=tuple(rows or ()))
    dropped = "whole IN (SELECT whole FROM twice) AND row NOT IN (SELECT first FROM twice)"
    return Copies(dropped, _conflicting(cells) if key == "post_id" else "false")


def _conflicting(cells: Cells) -> str:
    """Refuse posts that are there twice with different values; give the SQL of such rows."""
    # equal extremes are equal values; counting distinct ones cannot leave memory
    cells.connection.execute(
        "CREATE TABLE conflicting AS SELECT platform, account_id, post_id, min(row) AS first "
        "FROM typed WHERE post_id IS NOT NULL AND account_id IS NOT NULL AND NOT misfit "
        "GROUP BY ALL HAVING min(whole) <> max(whole)"
    )
    ((count, rows),) = cells.query("SELECT count(*), min(first, 3) FROM conflicting")
    message = "is a post that is there again with other values. Keep one row for each post."
    facts = {"column": "post_id", "count": count, "rows": tuple(rows or ())}
    cells.issues.refuse("one post, two counts", message, **facts)
    post = "platform, account_id, post_id"
    return f"({post}) IN (SELECT {post} FROM conflicting)"
