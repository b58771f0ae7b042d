"""Read a table on an engine as POSTS: named, checked and counted where it lies, by expressions that
any engine of Narwhals runs.

What leaves the engine here are counts, and the words of columns that hold few. A file is repaired
where its text leaves no doubt; a table has types, so what does not fit is refused and counted, but
for names of platforms, yes and no, and NaN, which is unknown.
"""

import narwhals as nw
import pandas as pd

from analysis.intake.coerce import USUAL, word_for, words_of
from analysis.intake.files import Reading
from analysis.intake.headers import Columns, assign
from analysis.intake.reading import Hints, Issues
from analysis.intake.schema import NUMBERS, POSTS, Column
from analysis.intake.table_checks import Check, check_ranges, checks, ranges

MOST = 1_000
"""Different words in the columns that hold few."""

ABOUT_TEXT = ("encoding", "sheet", "decimal", "dates", "zone")
"""Hints on how text is read, which a table has none of."""


def read_table(table, title: str, hints: Hints | None = None) -> Reading:
    """Read a table of POSTS without taking a row of it: anything lazy that Narwhals knows.

    The `posts` of the reading are a frame of the same engine, not yet run; its `sha256` is empty,
    since no byte was seen.
    """
    issues = Issues(title, hints or Hints())
    frame = nw.from_native(table).lazy()
    schema = frame.collect_schema()
    reading = Reading(issues, "", columns=assign(schema.names(), issues))
    frame = frame.select(**_columns(schema, reading.columns, issues))
    if issues.refusal:  # without its columns, nothing can be asked about the rows
        return reading
    numbers = [name for name in _names(frame) if POSTS[name].type in NUMBERS]
    frame = frame.with_columns(**{f"{name}_nan": nw.col(name).is_nan() for name in numbers})
    frame = _with_words(frame, issues)
    frame = frame.with_columns(
        **{name: nw.when(~nw.col(f"{name}_nan")).then(nw.col(name)) for name in numbers}
    )
    frame = _place_rows(frame, numbers, reading)
    _check_twice(frame, issues)
    reading.posts = frame.to_native()
    return reading


def _names(frame: nw.LazyFrame) -> list[str]:
    return frame.collect_schema().names()


def _collected(frame: nw.LazyFrame) -> pd.DataFrame:
    return frame.collect(backend="pandas").to_native()


def _columns(schema: nw.Schema, columns: Columns, issues: Issues) -> dict[str, nw.Expr]:
    """The columns of POSTS as expressions; a column of another type is refused."""
    hints = issues.hints
    for name in ABOUT_TEXT:
        if value := getattr(hints, name):
            message = "is about the text of a file; a table has types. Leave it out."
            issues.refuse("option", f"{hints.option(name, value)} {message}")
    header, values = schema.names(), {}
    for name, place in columns.places.items():
        column, kind = POSTS[name], schema[header[place]]
        if not _fits(kind, column):
            message = (
                f"is of type {kind}. Allowed: {column.accepts}, as such a type. Cast it in a view."
            )
            issues.refuse("type", message, column=name)
        values[name] = _as_type(nw.col(header[place]), column)
    for name, text in columns.constants.items():
        column = POSTS[name]
        value = pd.to_numeric(text, errors="coerce") if column.type in NUMBERS else text
        if pd.isna(value):
            option = hints.option("constants", {name: text})
            issues.refuse("option", f"{option} does not fit. Allowed: {column.accepts}.")
        values[name] = _as_type(nw.lit(value), column)
    if "posts" in values:
        for name in ({*columns.averages} - {"engagement_rate"}) & values.keys():
            values[name] = values[name] * values["posts"].fill_null(1.0)
    return values


def _fits(kind: nw.dtypes.DType, column: Column) -> bool:
    if column.type in NUMBERS:
        return kind.is_numeric()
    if column.type == "time":
        return kind == nw.Datetime or kind == nw.Date
    words = kind in (nw.String, nw.Categorical, nw.Enum) or kind.is_integer()
    return words or (column.type == "yes/no" and kind == nw.Boolean)


def _as_type(value: nw.Expr, column: Column) -> nw.Expr:
    """A column as numbers, or as text without blanks around it; blank text is unknown."""
    if column.type in NUMBERS:
        return value.cast(nw.Float64)
    if column.type == "time":
        return value
    text = value.cast(nw.String).str.strip_chars()
    return nw.when(text != "").then(text)


def _with_words(frame: nw.LazyFrame, issues: Issues) -> nw.LazyFrame:
    """Read the columns that hold one of a few words, as they are read in a file."""
    known = {
        name: words_of(POSTS[name], issues.hints.column_names) for name in ("platform", "sponsored")
    }
    names = [name for name in known if name in _names(frame)]
    groups = _collected(frame.group_by(names).agg(nw.len().alias("rows")).head(MOST + 1))
    if len(groups) > MOST:
        message = (
            f"{' and '.join(names)} hold more than {MOST:,} different words. "
            f"Allowed: {POSTS[names[0]].accepts}."
        )
        issues.refuse("words", message)
        return frame
    for name in names:
        expression = nw.lit(None, nw.String)
        for text, rows in groups.groupby(name, dropna=False)["rows"].sum().items():
            text = None if pd.isna(text) else text
            word = word_for(text, known[name]) if text else None
            _note_word(POSTS[name], text, word, int(rows), issues)
            if text:
                read = nw.when(nw.col(name) == text).then(nw.lit(word, nw.String))
                expression = read.otherwise(expression)
        frame = frame.with_columns(**{name: expression})
    return frame


def _note_word(column: Column, text: str | None, word: str | None, rows: int, issues: Issues):
    """Note a word that cannot be read, or that was read as another."""
    facts = {"column": column.name, "count": rows, "example": text or ""}
    if word is None and (column.required or text):
        fault = "does not fit" if text else "is blank"
        issues.refuse("cell", _like(rows, f"{fault}. Allowed: {column.accepts}."), **facts)
    elif word and text.casefold() not in {word, *USUAL}:
        message = _like(rows, f"was read as {word} (other word).")
        issues.repair("other word", message, became=word, **facts)


def _place_rows(frame: nw.LazyFrame, numbers: list[str], reading: Reading) -> nw.LazyFrame:
    """Give every row its place in one pass: used, left out or refused; return the rows used."""
    names = [name for name in POSTS if name in _names(frame)]
    asked = checks(numbers, names, reading.issues.hints)
    faults = [check.where for check in asked if check.kind == "refused"]
    place = nw.lit("used")
    for where, name in (
        (nw.col("followers").is_null(), "row without followers"),
        (nw.col("account_id").is_null(), "row without account id"),
        (nw.any_horizontal(nw.col("platform").is_null(), *faults, ignore_nulls=True), "refused"),
    ):
        place = nw.when(where).then(nw.lit(name)).otherwise(place)
    frame = frame.with_columns(place=place)
    facts = {}
    for number, check in enumerate(asked):
        facts[f"count_{number}"] = nw.when(check.where).then(1).otherwise(0).sum()
        if check.column:
            facts[f"least_{number}"] = nw.when(check.where).then(nw.col(check.column)).min()
    counted = frame.group_by("place").agg(nw.len().alias("rows"), **facts, **ranges(names))
    counts = _collected(counted)
    _note_checks(asked, counts, reading.issues)
    _count_places(dict(zip(counts["place"], counts["rows"].astype(int), strict=True)), reading)
    percent = check_ranges(counts, reading.issues)
    return frame.filter(nw.col("place") == "used").select(**_values(names, percent))


def _note_checks(asked: list[Check], counts: pd.DataFrame, issues: Issues) -> None:
    note = {"refused": issues.refuse, "repaired": issues.repair, "warning": issues.warn}
    for number, check in enumerate(asked):
        rows = int(counts[f"count_{number}"].sum())
        least = counts[f"least_{number}"].min() if check.column else None
        facts = {"column": check.column, "count": rows}
        facts["example"] = "" if pd.isna(least) else f"{least:.15g}"
        note[check.kind](check.name, _like(rows, check.message), **facts)


def _like(rows: int, message: str) -> str:
    return f"{message} Rows like it: {rows:,}."


def _count_places(places: dict[str, int], reading: Reading) -> None:
    reading.rows = sum(places.values())
    reading.used, reading.refused = places.pop("used", 0), places.pop("refused", 0)
    reading.left_out = dict(sorted(places.items()))
    reading.issues.refuse("no rows", "the table has no rows.", count=int(not reading.rows))
    if reading.rows and not reading.refused and not reading.used:
        message = "no row has both an account_id and followers, so no account can be given a tier."
        reading.issues.refuse("no usable row", message)


def _values(names: list[str], percent: bool) -> dict[str, nw.Expr]:
    """POSTS as the moments take them: rates as fractions, and what was spent to have a post shown
    as part of its cost.
    """
    values = {name: nw.col(name) for name in names}
    if "engagement_rate" in names:  # a mean over the posts of its row, which are summed
        rate = nw.col("engagement_rate") / (100 if percent else 1)
        if "posts" in names:
            rate = rate * nw.col("posts").fill_null(1.0)
        values["engagement_rate"] = rate
    if "currency" in names:
        values["currency"] = nw.col("currency").str.to_uppercase()
    if "amplification" in names:
        spent = nw.col("amplification")
        cost = nw.col("cost") if "cost" in names else nw.lit(None, nw.Float64)
        values["cost"] = nw.when(spent.is_null()).then(cost).otherwise(spent + cost.fill_null(0.0))
    return values


def _check_twice(frame: nw.LazyFrame, issues: Issues) -> None:
    """Refuse a post that is there twice: by its post_id, or without one by its time and all its
    numbers.
    """
    names = _names(frame)
    key = next((name for name in ("post_id", "posted_at") if name in names), "")
    if not key:
        return
    keys = ["platform", "account_id", "post_id"] if key == "post_id" else names
    posts = frame.filter(~nw.col(key).is_null()).group_by(keys).agg(nw.len().alias("rows"))
    more = posts.filter(nw.col("rows") > 1).select((nw.col("rows") - 1).sum().alias("more"))
    count = int(_collected(more)["more"].item() or 0)
    message = (
        f"{count:,} rows are of a post that is there already, by its {key}. Keep one row for each "
        "post, in a view."
    )
    issues.refuse("one post, two rows", message, count=count)
