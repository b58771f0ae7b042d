"""Read columns of text as values of their types, as SQL that streams; every repair and refusal is
counted.
"""

from analysis.intake.cells import Cells, Coerced
from analysis.intake.dates import coerce_times
from analysis.intake.exports import normal_name, platform_names
from analysis.intake.numbers import Profile, coerce_numbers
from analysis.intake.numerals import missing
from analysis.intake.schema import NUMBERS, Column

YES = (
    "yes", "true", "1", "y", "t", "ja", "oui", "si", "sí", "sim", "да", "はい", "是",
    "paid", "sponsored", "ad",
)  # fmt: skip
NO = (
    "no", "false", "0", "n", "f", "nein", "nej", "non", "não", "нет", "いいえ", "否",
    "organic", "unpaid",
)  # fmt: skip
YES_NO = dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no")
"""What yes and no may be written as."""

USUAL = {"yes", "no", "true", "false", "1", "0"}
"""Words for yes and no that need no repair."""


def coerce(
    cells: Cells, column: Column, written: Profile | None = None, decimal: str = ""
) -> Coerced:
    """Read one column of the table ``cells``; repairs and refusals are noted in its issues.
    `decimal` is the mark that other columns of the file prove, if this one proves none.
    """
    if column.type in NUMBERS:
        return coerce_numbers(cells, column, written, decimal)
    if column.type == "time":
        return coerce_times(cells, column)
    words = words_of(column, cells.issues.hints.column_names)
    return _words(cells, column, words) if words else _text(cells, column)


def words_of(column: Column, column_names=None) -> dict[str, str]:
    """What each word of a column that holds few is read as; empty for any other column."""
    if column.name == "platform":
        return platform_names(column_names)
    return YES_NO if column.type == "yes/no" else {word: word for word in column.allowed}


def word_for(text: str, words: dict[str, str]) -> str | None:
    """What a text is read as, whatever its case and punctuation; None if it is not known."""
    return words.get(text.strip().casefold()) or words.get(normal_name(text))


def _words(cells: Cells, column: Column, words: dict[str, str]) -> Coerced:
    """Read a column that holds one of a few words."""
    readings = {}
    for text in cells.texts(column.name):
        word = word_for(text, words)
        if word:
            usual = text.strip().casefold() in {*USUAL, *column.allowed}
            readings[text] = (None, word, "" if usual else "other word", "")
        elif missing(text) and not column.required:
            readings[text] = (None, None, "missing in words", "")
        else:
            readings[text] = (None, None, "", "does not fit")
    cells.refuse_blank(column)
    join = cells.join(column, readings, "word")
    odd = f"odd_{column.name}"
    fault = f"{odd}.fault <> ''"
    if column.required:
        fault = f"({odd}.text IS NULL OR {fault})"
    return Coerced(f"{odd}.word", fault, join)


def _text(cells: Cells, column: Column) -> Coerced:
    """Read text as it is, but for invisible characters and the case of a handle."""
    name = column.name
    visible = rf"regexp_replace(cells.{name}, '[\p{{Cc}}\p{{Cf}}]|[\x{{A0}}\x{{3000}}]+$', '', 'g')"
    value = f"nullif(trim(nfc_normalize({visible})), '')"
    if name == "account_id":
        value = f"CASE WHEN {value} LIKE '@%' THEN lower({value}) ELSE {value} END"
    # most text is plain ASCII, which is faster to recognise than to take apart
    simple = f"regexp_full_match(cells.{name}, '[!-?A-~]([ -~]*[!-~])?')"
    value = f"CASE WHEN {simple} THEN cells.{name} ELSE {value} END"
    changed = cells.matching(name, f"{name} IS DISTINCT FROM {value}")
    if changed["count"]:
        ((became,),) = cells.query(
            f"SELECT arg_min({value}, row) FROM cells WHERE {name} IS DISTINCT FROM {value}"
        )
        became = became or "missing"
        message = f"was read as '{became}' (case of a handle, or invisible characters)."
        cells.issues.repair("text", message, **changed, became=became)
    if name not in ("account_id", "post_id"):
        return Coerced(value)
    # 1.78E+16: a spreadsheet took an id for a number, and several ids may have become one
    damaged = f"regexp_full_match(cells.{name}, '[0-9]([.,][0-9]+)?[eE]\\+[0-9]+')"
    message = "has lost its digits in a spreadsheet. Export it again, with this column as text."
    cells.issues.refuse("damaged by a spreadsheet", message, **cells.matching(name, damaged))
    return Coerced(value, damaged)
