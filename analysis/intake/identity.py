"""What no single cell tells: rows that contradict themselves, rows that are there twice, names that
only look different.
"""

from typing import NamedTuple

from analysis.intake.headers import Columns
from analysis.intake.reading import Findings
from analysis.intake.schema import MONEY

CONTRADICTIONS = {
    ("clicks", "impressions"): (
        "clicks > 0 AND impressions = 0",
        "has clicks but was never shown. Correct the counts.",
    ),
    ("post_id", "posts"): (
        "post_id IS NOT NULL AND posts > 1",
        "is one post by its post_id, but `posts` says more. Use --ignore for one of them.",
    ),
}
"""Rows that cannot be: the columns needed, the rule in SQL, what to do."""

SUSPICIONS = {
    ("likes", "followers"): (
        "likes / coalesce(posts, 1) > followers AND followers > 0",
        "has more likes than followers; a viral post can.",
    ),
    ("clicks", "impressions"): (
        "clicks > impressions AND impressions > 0",
        "has more clicks than impressions.",
    ),
    ("conversions", "clicks"): ("conversions > clicks", "has more conversions than clicks."),
    ("reach", "impressions"): ("reach > impressions", "reached more accounts than it was shown."),
    ("followers",): ("followers = 0", "has no followers, so no rate per follower."),
}
"""Rows that are used and worth a look."""

NAMES = {
    "looks like a date": (r"regexp_full_match(account_id, '(?i)[0-9]{1,2}[-. ](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*')",
                          "looks like a date that a spreadsheet made of a name."),
    "mixed scripts": (r"regexp_matches(account_id, '[A-Za-z]') AND regexp_matches(account_id, '[\p{Cyrillic}\p{Greek}]')",
                      "mixes letters of several scripts, some of which look alike."),
    "mojibake": (r"regexp_matches(account_id, 'Ã[\x{80}-\x{BF}]|Â[\x{80}-\x{BF}]|â€|�')",
                 "was damaged by a wrong encoding before it came here; its numbers are used under that name."),
}  # fmt: skip
"""Names of accounts that may not be what they seem."""


class Copies(NamedTuple):
    """SQL that is true for rows to be dropped, and for rows that contradict another."""

    dropped: str
    refused: str


def contradictory(columns) -> str:
    """SQL that is true for a row that contradicts itself, as far as its columns tell."""
    rules = [rule for needed, (rule, _) in CONTRADICTIONS.items() if set(needed) <= set(columns)]
    return f"coalesce({' OR '.join(f'({rule})' for rule in rules)}, false)" if rules else "false"


def _amounts(columns) -> str:
    """SQL that is true for a row with an amount of money."""
    return " OR ".join(f"{name} IS NOT NULL" for name in MONEY if name in columns) or "false"


def without_currency(columns: dict[str, str]) -> str:
    """SQL that is true for a row with an amount beside a currency that is none; without a column
    for it the file is refused, not a row.
    """
    valid = "coalesce(regexp_full_match(currency, '[A-Z]{3}'), false)"
    return f"(({_amounts(columns)}) AND NOT {valid})" if "currency" in columns else "false"


def check_currency(connection, units: list[str], findings: Findings) -> None:
    """Refuse amounts without a currency, with a code that is none, or in several currencies:
    nothing is converted.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Holds ``cells`` and ``typed``.
    units : list of str
        Currencies that signs beside the amounts tell.
    findings : Findings
        Receives what was found.
    """
    columns = connection.table("typed").columns
    money = " and ".join(name for name in MONEY if name in columns)
    if len(units) > 1:
        says = f"amounts are in {', '.join(units)}. Nothing is converted here: give each currency a file of its own."
        findings.refused("several currencies", says)
    elif "currency" not in columns:
        filled = connection.execute(
            f"SELECT count(*) FROM typed WHERE {_amounts(columns)}"
        ).fetchall()[0][0]
        says = f"{money} hold amounts of no currency. Add a column 'currency' with an ISO 4217 code such as EUR in each row."
        findings.refused("no currency", says, count=filled)
    else:
        _check_codes(connection, money, units, findings)


def _check_codes(connection, money: str, units: list[str], findings: Findings) -> None:
    columns = connection.table("typed").columns
    wrong = connection.execute(
        "SELECT currency IS NULL, count(*), min(row, 3), arg_min(currency, row) FROM typed "
        f"WHERE {without_currency(columns)} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for blank, count, rows, code in wrong:
        says = f"{'is blank' if blank else 'stands'} beside an amount. Allowed: an ISO 4217 code of three letters, such as EUR."
        findings.refused(
            "currency", says, column="currency", count=count, rows=tuple(rows), example=code or ""
        )
    codes = connection.execute(
        f"SELECT currency, count(*) FROM typed WHERE {_amounts(columns)} GROUP BY 1 ORDER BY min(row)"
    ).fetchall()
    told = [f"{code} ({count} rows)" for code, count in codes] + [
        f"{unit} (by its sign)" for unit in units if unit not in dict(codes)
    ]
    if len(told) > 1 and not wrong:
        says = f"{money} stand in several currencies: {', '.join(told)}. Nothing is converted here: give each currency a file of its own."
        findings.refused("several currencies", says)


def check_rows(connection, columns: Columns, findings: Findings) -> None:
    """Tell of rows that contradict themselves, or look odd."""
    has = {*columns.places, *columns.constants}
    rules = [
        (findings.refused, "contradiction", "", *found)
        for needed, found in CONTRADICTIONS.items()
        if has.issuperset(needed)
    ]
    rules += [
        (findings.warning, "odd counts", "", *found)
        for needed, found in SUSPICIONS.items()
        if has.issuperset(needed)
    ]
    rules += [(findings.warning, rule, "account_id", *found) for rule, found in NAMES.items()]
    one = "coalesce(posts, 1)"
    conditions = [rule if "posts" in has else rule.replace(one, "1") for _, _, _, rule, _ in rules]
    counts = connection.execute(
        f"SELECT {', '.join(f'count(*) FILTER (WHERE {rule}), min(row, 3) FILTER (WHERE {rule})' for rule in conditions)} FROM typed"
    ).fetchall()[0]
    for place, (note, rule, column, _, says) in enumerate(rules):
        note(
            rule,
            says,
            column=column,
            count=counts[2 * place],
            rows=tuple(counts[2 * place + 1] or ()),
        )
    _check_accounts(connection, findings)


def _check_accounts(connection, findings: Findings) -> None:
    """Tell of accounts whose names differ by capitals only, and of one that has most of the
    rows.
    """
    if "platform" not in connection.table("typed").columns:
        return
    alike = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM typed WHERE account_id IS NOT NULL GROUP BY platform, lower(account_id) "
        "HAVING count(DISTINCT account_id) > 1)"
    ).fetchall()[0][0]
    findings.warning(
        "capitals",
        f"{alike} accounts that differ by capitals only are kept apart.",
        column="account_id",
        count=alike,
    )
    rows, most = connection.execute(
        "SELECT coalesce(sum(n), 0), coalesce(max(n), 0) FROM "
        "(SELECT count(*) AS n FROM typed WHERE account_id IS NOT NULL GROUP BY platform, account_id)"
    ).fetchall()[0]
    findings.warning(
        "one account",
        f"one account has {most} of {rows} rows.",
        column="account_id",
        count=int(rows > 10 and most > rows / 2),
    )


def duplicates(connection, columns: Columns, findings: Findings) -> Copies:
    """Find rows that are there twice.

    A row is a copy if its whole line is the same and it says which post it is, by `post_id` or
    `posted_at`; two posts may well have the same counts, so without either nothing is dropped. One
    post with different counts is refused, since nothing says which are right.
    """
    has = {*columns.places, *columns.constants}
    key = (
        "post_id"
        if "post_id" in columns.places
        else "posted_at"
        if "posted_at" in columns.places
        else ""
    )
    if not key or "platform" not in has:
        count = connection.execute(
            "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM cells GROUP BY whole HAVING count(*) > 1)"
        ).fetchall()[0][0]
        findings.warning(
            "equal rows",
            f"{int(count)} rows are equal to another; without post_id or posted_at they are taken for different posts.",
            count=int(count),
        )
        return Copies("false", "false")
    connection.execute(
        f"CREATE TABLE twice AS SELECT platform, account_id, {key} AS key, whole, min(row) AS first, count(*) AS n FROM typed "
        f"WHERE {key} IS NOT NULL AND account_id IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING count(*) > 1"
    )
    copies, rows = connection.execute(
        "SELECT coalesce(sum(n - 1), 0), min(first, 3) FROM twice"
    ).fetchall()[0]
    findings.repaired(
        "copy of another row",
        "is there more than once, the same in every column; one is kept.",
        count=int(copies),
        rows=tuple(rows or ()),
    )
    dropped = "whole IN (SELECT whole FROM twice) AND row NOT IN (SELECT first FROM twice)"
    if key != "post_id":
        return Copies(dropped, "false")
    # equal extremes are equal values; counting distinct ones cannot leave memory
    connection.execute(
        "CREATE TABLE torn AS SELECT platform, account_id, post_id AS key, min(row) AS first, count(*) AS n FROM typed "
        "WHERE post_id IS NOT NULL AND account_id IS NOT NULL AND NOT misfit GROUP BY 1, 2, 3 HAVING min(whole) <> max(whole)"
    )
    torn, rows = connection.execute("SELECT count(*), min(first, 3) FROM torn").fetchall()[0]
    findings.refused(
        "one post, two counts", "is a post that is there again with other values. Keep one row for each post.", column="post_id",
        count=torn, rows=tuple(rows or ()),
    )  # fmt: skip
    return Copies(
        dropped, "(platform, account_id, post_id) IN (SELECT platform, account_id, key FROM torn)"
    )
