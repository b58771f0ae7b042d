"""A table on an engine -> POSTS: named, checked and counted where it lies, by expressions that any
engine of Narwhals runs.

What leaves the engine here are counts, and the words of columns that hold few. A file is mended
where its text can be told; a table has types, so what does not fit is refused and counted, but for
names of platforms, yes and no, and NaN, which is unknown.
"""

import narwhals as nw
import pandas as pd

from analysis.intake.coerce import NO, NUMBERS, YES, allowed
from analysis.intake.files import Reading
from analysis.intake.headers import Columns, assign, plain, platform_names
from analysis.intake.identity import CONTRADICTIONS, SUSPICIONS
from analysis.intake.reading import Findings, Hints
from analysis.intake.schema import MONEY, POSTS, Column

MOST = 1_000
"""Different words in the columns that hold few."""

ABOUT_FILES = ("encoding", "sheet", "decimal", "dates", "zone")
"""Hints that tell how text is read, which a table has none of."""


def read_table(table, title: str, hints: Hints | None = None) -> Reading:
    """Read a table of POSTS without taking a row of it.

    Parameters
    ----------
    table : frame or relation
        Anything lazy that Narwhals knows: a DuckDB relation, a Spark or Polars frame, an Ibis
        table.
    title : str
        What messages and reports call it.
    hints : Hints, optional
        Names of columns, constants, columns to ignore, and whether a rate is a percentage.

    Returns
    -------
    Reading
        Its `posts` are a frame of the same engine, not yet run; its `sha256` is empty, since no
        byte was seen.
    """
    hints = hints or Hints()
    reading = Reading(Findings(title, hints.strict), "")
    frame = nw.from_native(table).lazy()
    schema = frame.collect_schema()
    reading.columns = assign(schema.names(), hints, reading.findings)
    frame = frame.select(**_columns(schema, reading.columns, hints, reading.findings))
    if reading.findings.refusal:  # the rows cannot be asked anything yet
        return reading
    numbers = [name for name in frame.collect_schema().names() if POSTS[name].type in NUMBERS]
    frame = _worded(
        frame.with_columns(**{f"{name}_nan": nw.col(name).is_nan() for name in numbers}),
        hints,
        reading.findings,
    )
    frame = frame.with_columns(
        **{name: nw.when(~nw.col(f"{name}_nan")).then(nw.col(name)) for name in numbers}
    )
    frame = _counted(frame, numbers, hints, reading)
    _check_twice(frame, reading.findings)
    reading.posts = frame.to_native()
    return reading


def _columns(
    schema: nw.Schema, columns: Columns, hints: Hints, findings: Findings
) -> dict[str, nw.Expr]:
    """The columns of POSTS as expressions; one of another type is refused."""
    for name in ABOUT_FILES:
        if getattr(hints, name):
            findings.refused(
                "option",
                f"--{name} tells how the text of a file is read; a table has types. Leave it out.",
            )
    header, named = schema.names(), {}
    for name, place in columns.places.items():
        found = schema[header[place]]
        if not _fits(found, POSTS[name]):
            says = f"is of type {found}. Allowed: {allowed(POSTS[name])}, as such a type. Cast it in a view."
            findings.refused("type", says, column=name)
        named[name] = _plain(nw.col(header[place]), POSTS[name])
    for name, text in columns.constants.items():
        number = pd.to_numeric(text, errors="coerce") if POSTS[name].type in NUMBERS else text
        if pd.isna(number):
            findings.refused(
                "option", f"--set {name}={text} does not fit. Allowed: {allowed(POSTS[name])}."
            )
        named[name] = _plain(nw.lit(number), POSTS[name])
    for name in (
        ({*columns.averages} - {"engagement_rate"}) & named.keys() if "posts" in named else ()
    ):
        named[name] = named[name] * named["posts"].fill_null(1.0)
    return named


def _fits(found: nw.dtypes.DType, column: Column) -> bool:
    if column.type in NUMBERS:
        return found.is_numeric()
    if column.type == "time":
        return found == nw.Datetime or found == nw.Date
    words = found in (nw.String, nw.Categorical, nw.Enum) or found.is_integer()
    return words or (column.type == "yes/no" and found == nw.Boolean)


def _plain(value: nw.Expr, column: Column) -> nw.Expr:
    """A column as numbers, or as text without blanks around it; blank text is unknown."""
    if column.type in NUMBERS:
        return value.cast(nw.Float64)
    if column.type == "time":
        return value
    text = value.cast(nw.String).str.strip_chars()
    return nw.when(text != "").then(text)


def _collected(frame: nw.LazyFrame) -> pd.DataFrame:
    return frame.collect(backend="pandas").to_native()


def _worded(frame: nw.LazyFrame, hints: Hints, findings: Findings) -> nw.LazyFrame:
    """Read the columns that hold one of a few words, as they are read in a file."""
    known = {
        "platform": platform_names(hints.columns),
        "sponsored": dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no"),
    }
    names = [name for name in known if name in frame.collect_schema().names()]
    found = _collected(frame.group_by(names).agg(nw.len().alias("rows")).head(MOST + 1))
    if len(found) > MOST:
        findings.refused(
            "words",
            f"{' and '.join(names)} hold more than {MOST:,} different words. Allowed: {allowed(POSTS[names[0]])}.",
        )
        return frame
    for name in names:
        expression, plain_words = nw.lit(None, nw.String), {"true", "false", "1", "0"}
        for text, rows in found.groupby(name, dropna=False)["rows"].sum().items():
            blank = pd.isna(text)
            word = (
                None if blank else known[name].get(text.casefold()) or known[name].get(plain(text))
            )
            like = {"column": name, "count": int(rows), "example": "" if blank else text}
            if word is None and (POSTS[name].required or not blank):
                says = (
                    f"{'is blank' if blank else 'does not fit'}. Allowed: {allowed(POSTS[name])}."
                )
                findings.refused("cell", _like(rows, says), **like)
            elif word and text.casefold() not in {word, *plain_words}:
                findings.repaired(
                    "other word",
                    _like(rows, f"was read as {word} (other word)."),
                    became=word,
                    **like,
                )
            expression = (
                expression
                if blank
                else nw.when(nw.col(name) == text)
                .then(nw.lit(word, nw.String))
                .otherwise(expression)
            )
        frame = frame.with_columns(**{name: expression})
    return frame


def _like(rows, says: str) -> str:
    return f"{says} Rows like it: {int(rows):,}."


def _counted(
    frame: nw.LazyFrame, numbers: list[str], hints: Hints, reading: Reading
) -> nw.LazyFrame:
    """Give every row its place in one pass: used, left out or refused; return the rows used."""
    findings, has = (
        reading.findings,
        [name for name in POSTS if name in frame.collect_schema().names()],
    )
    rules = [*_rules_of_cells(numbers, findings), *_rules_of_rows(has, findings)]
    misfit = (
        sum(
            (_flag(where) for note, *_, where in rules if note == findings.refused),
            _flag(nw.col("platform").is_null()),
        )
        > 0
    )
    place = (
        nw.when(nw.col("followers").is_null())
        .then(nw.lit("row without followers"))
        .otherwise(nw.lit("used"))
    )
    place = (
        nw.when(nw.col("account_id").is_null())
        .then(nw.lit("row without account id"))
        .otherwise(place)
    )
    frame = frame.with_columns(place=nw.when(misfit).then(nw.lit("refused")).otherwise(place))
    facts = {f"count_{number}": _flag(rule[-1]).sum() for number, rule in enumerate(rules)}
    facts |= {
        f"least_{number}": nw.when(rule[-1]).then(nw.col(rule[2])).min()
        for number, rule in enumerate(rules)
        if rule[2] in numbers
    }
    asked = frame.group_by("place").agg(nw.len().alias("rows"), **facts, **_ranges(has))
    found = _collected(asked)
    for number, (note, rule, column, says, _) in enumerate(rules):
        count, least = (
            found[f"count_{number}"].sum(),
            found[f"least_{number}"].min() if f"least_{number}" in found else None,
        )
        note(
            rule,
            _like(count, says),
            column=column,
            count=int(count),
            example="" if pd.isna(least) else f"{least:.15g}",
        )
    rows = dict(zip(found["place"], found["rows"].astype(int), strict=True))
    reading.rows, reading.used, reading.refused = (
        sum(rows.values()),
        rows.pop("used", 0),
        rows.pop("refused", 0),
    )
    reading.left_out = dict(sorted(rows.items()))
    findings.refused("no rows", "the table has no rows.", count=int(not reading.rows))
    if reading.rows and not reading.refused and not reading.used:
        findings.refused(
            "no usable row",
            "no row has both an account_id and followers, so no account can be given a tier.",
        )
    percent = _check_ranges(found, has, hints, findings)
    return frame.filter(nw.col("place") == "used").select(**_values(has, percent))


def _flag(where: nw.Expr) -> nw.Expr:
    return nw.when(where).then(nw.lit(1)).otherwise(nw.lit(0))


def _rules_of_cells(numbers: list[str], findings: Findings) -> list[tuple]:
    """What a number may not be: ``note, rule, column, says, where``."""
    rules = []
    for name in numbers:
        value, least = nw.col(name), POSTS[name].least
        beyond = value.abs() == float("inf")
        says = f"does not fit. Allowed: {allowed(POSTS[name])}."
        rules.append(
            (
                findings.refused,
                "cell",
                name,
                says,
                beyond if least is None else beyond | (value < least),
            )
        )
        rules.append(
            (
                findings.repaired,
                "not a number",
                name,
                "was read as unknown (NaN).",
                nw.col(f"{name}_nan"),
            )
        )
    return rules


def rules_of(has) -> dict[str, dict[tuple[str, ...], nw.Expr]]:
    """The rules of `own_checks` about rows, as expressions."""
    likes, followers, clicks, impressions = (
        nw.col(name) for name in ("likes", "followers", "clicks", "impressions")
    )
    posts = nw.col("posts").fill_null(1.0) if "posts" in has else nw.lit(1.0)
    return {
        "contradiction": {
            ("clicks", "impressions"): (clicks > 0) & (impressions == 0),
            ("post_id", "posts"): ~nw.col("post_id").is_null() & (nw.col("posts") > 1),
        },
        "odd counts": {
            ("likes", "followers"): (likes / posts > followers) & (followers > 0),
            ("clicks", "impressions"): (clicks > impressions) & (impressions > 0),
            ("conversions", "clicks"): nw.col("conversions") > clicks,
            ("reach", "impressions"): nw.col("reach") > impressions,
            ("followers",): followers == 0,
        },
    }


def _rules_of_rows(has: list[str], findings: Findings) -> list[tuple]:
    """What no single cell tells, in the words of `own_checks`."""
    found, expressions = [], rules_of(has)
    for kind, note, told in (
        ("contradiction", findings.refused, CONTRADICTIONS),
        ("odd counts", findings.warning, SUSPICIONS),
    ):
        found += [
            (note, kind, "", f"a row {says}", expressions[kind][needed])
            for needed, (_, says) in told.items()
            if {*needed} <= {*has}
        ]
    amounts = [~nw.col(name).is_null() for name in MONEY if name in has]
    if amounts:
        says = "a row has an amount of no currency. Allowed: an ISO 4217 code of three letters in 'currency', such as EUR."
        code = nw.col("currency").str.len_chars() != 3 if "currency" in has else nw.lit(True)
        code = code | nw.col("currency").is_null() if "currency" in has else code
        found.append(
            (
                findings.refused,
                "currency",
                "",
                says,
                nw.any_horizontal(*amounts, ignore_nulls=True) & code,
            )
        )
    return found


def _ranges(has: list[str]) -> dict[str, nw.Expr]:
    """Currencies beside amounts, and rates above zero, from the smallest to the largest."""
    amounts = [~nw.col(name).is_null() for name in MONEY if name in has]
    values = {}
    if amounts and "currency" in has:
        values["currency"] = nw.when(nw.any_horizontal(*amounts, ignore_nulls=True)).then(
            nw.col("currency").str.to_uppercase()
        )
    if "engagement_rate" in has:
        values["rate"] = nw.when(nw.col("engagement_rate") > 0).then(nw.col("engagement_rate"))
    return {
        f"{end}_{name}": getattr(value, end)()
        for name, value in values.items()
        for end in ("min", "max")
    }


def _check_ranges(found: pd.DataFrame, has: list[str], hints: Hints, findings: Findings) -> bool:
    """Refuse several currencies, and rates that can be read in two ways; say whether rates are
    percentages.
    """
    if (
        "min_currency" in found
        and (codes := sorted({*found["min_currency"].dropna(), *found["max_currency"].dropna()}))[
            1:
        ]
    ):
        says = f"amounts are in several currencies, {' and '.join(codes)} among them. Nothing is converted: give each a table of its own."
        findings.refused("several currencies", says)
    low, high = (
        found[name].agg(name[:3]) if name in found else None for name in ("min_rate", "max_rate")
    )
    if pd.isna(low) or hints.rate:
        return hints.rate == "percent"
    if low < 1 < high:
        says = f"has rates from {low:g} to {high:g}, which may be percentages or fractions. Say which: --rate percent or --rate fraction"
        findings.refused("percent or fraction", says, column="engagement_rate")
    elif low >= 1:
        says = f"was read as percentages: {high:g} is {high / 100:g} of followers."
        findings.repaired("percent", says, column="engagement_rate")
    return low >= 1


def _values(has: list[str], percent: bool) -> dict[str, nw.Expr]:
    """POSTS as the moments take them: rates as fractions, and what was spent to have a post shown
    as part of its cost.
    """
    values = {name: nw.col(name) for name in has}
    if "engagement_rate" in has:  # a mean over the posts of its row, which are summed
        rate = values["engagement_rate"] / (100 if percent else 1)
        values["engagement_rate"] = (
            rate * nw.col("posts").fill_null(1.0) if "posts" in has else rate
        )
    if "currency" in has:
        values["currency"] = values["currency"].str.to_uppercase()
    if "amplification" in has:
        spent, cost = (
            nw.col("amplification"),
            nw.col("cost") if "cost" in has else nw.lit(None, nw.Float64),
        )
        values["cost"] = nw.when(spent.is_null()).then(cost).otherwise(spent + cost.fill_null(0.0))
    return values


def _check_twice(frame: nw.LazyFrame, findings: Findings) -> None:
    """Refuse a post that is there twice: by its post_id, or without one by its time and all its
    numbers.
    """
    has = frame.collect_schema().names()
    key = next((name for name in ("post_id", "posted_at") if name in has), "")
    if not key:
        return
    keys = ["platform", "account_id", "post_id"] if key == "post_id" else has
    counts = (
        frame.filter(~nw.col(key).is_null())
        .group_by(keys)
        .agg(nw.len().alias("rows"))
        .filter(nw.col("rows") > 1)
    )
    more = _collected(counts.select((nw.col("rows") - 1).sum().alias("more")))["more"].item()
    says = f"{int(more or 0):,} rows are of a post that is there already, by its {key}. Keep one row for each post, in a view."
    findings.refused("one post, two rows", says, count=int(more or 0))
