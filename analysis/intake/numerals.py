"""Parse one cell of text as a number, with the repairs that took, or the reason why it is none.

Only cells that are not plain numbers come here, each different text once, however long the file.
"""

import re
import sys
import unicodedata
from typing import NamedTuple

MISSING = {
    "", "-", "–", "—", "nan", "n/a", "na", "#n/a", "null", "none", "nil", "?", ".", "hidden",
    "private", "#div/0!", "#value!", "#ref!", "#num!",
}  # fmt: skip
"""Cells of counts, amounts, rates, times and yes/no that mean that the value is unknown."""

MAGNITUDES = {
    "k": 1e3, "tsd": 1e3, "thousand": 1e3, "тыс": 1e3, "천": 1e3, "万": 1e4, "萬": 1e4, "만": 1e4,
    "m": 1e6, "mn": 1e6, "mio": 1e6, "mill": 1e6, "million": 1e6, "млн": 1e6,
    "億": 1e8, "亿": 1e8, "억": 1e8, "b": 1e9, "bn": 1e9, "mrd": 1e9, "billion": 1e9, "млрд": 1e9,
}  # fmt: skip
"""What a letter or word behind a number multiplies it by."""

CURRENCIES = {
    "us$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₾": "GEL", "₽": "RUB",
    "₹": "INR", "₩": "KRW", "kr": "DKK", "zł": "PLN", "₺": "TRY", "₫": "VND",
}  # fmt: skip
"""Currency by its sign, longer signs first; a code of three capital letters is its own sign."""

LARGEST = 1e13
"""No account has so many of anything."""

AMBIGUOUS = "can be read with a decimal mark or with grouped digits"
"""The one fault that the reader can settle."""

_PUNCTUATION = {
    "\u066b": ".", "\u066c": ",", "\u066a": "%",  # Arabic
    "．": ".", "，": ",", "－": "-", "＋": "+", "％": "%", "−": "-", "﹣": "-",
}  # fmt: skip
_DIGITS = {
    sign: str(unicodedata.digit(sign))
    for sign in map(chr, range(128, sys.maxunicode))
    if sign.isdecimal()
}
_ASCII = str.maketrans(_DIGITS | _PUNCTUATION)
_GROUPING = re.compile(r"(?<=\d)(?<!\d{4})[\s'’_](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"([+-]?)([\d.,]*\d[\d.,]*)(e[+-]?\d+)?", re.IGNORECASE)


class Number(NamedTuple):
    """What a cell was read as."""

    value: float | None = None  # None if it is missing or refused
    rule: str = ""  # names of the repairs, joined by ``", "``; empty if there were none
    fault: str = ""  # why it is refused; empty if it is not
    unit: str = ""  # ``"%"``, a currency code or nothing


class _Fault(ValueError):
    """Why a text is not a number."""


def missing(text: str) -> bool:
    """Whether a cell means that the value is unknown."""
    return text.strip().lower() in MISSING


def decimal_marks(text: str) -> set[str]:
    """Decimal marks that a cell proves: ``.`` for 12.5 and 1,234,567; ``,`` for 12,5; none for
    1.234 and 1,234.
    """
    number = _NUMBER.search(_GROUPING.sub("", text.translate(_ASCII)))
    if not number:
        return set()
    body = number[2]
    dots, commas = body.count("."), body.count(",")
    if dots and commas:
        return {max(".,", key=body.rindex)}
    if dots + commas == 0:
        return set()
    mark, other = (".", ",") if dots else (",", ".")
    if dots + commas > 1:
        return {other}
    whole, _, rest = body.partition(mark)
    grouped = len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return set() if grouped else {mark}


def parse(text: str, decimal: str = "") -> Number:
    """Read a number: a value, missing, or a fault. `decimal` is the mark of the column, if it is
    known.
    """
    if missing(text):
        return Number(rule="missing in words")
    rules: list[str] = []
    rest = text.strip().translate(_ASCII)
    if rest != text.strip():
        rules.append("digits of another script")
    rest, sign = _sign(rest, rules)
    rest, unit = _unit(rest, rules)
    rest, factor = _magnitude(rest, rules)
    try:
        value = _value(rest, decimal, rules) * factor * sign
    except _Fault as fault:
        return Number(fault=str(fault))
    if abs(value) > LARGEST:
        return Number(fault="is larger than anything counted")
    return Number(round(value, 6) if factor > 1 else value, ", ".join(rules), unit=unit)


def _sign(text: str, rules: list[str]) -> tuple[str, int]:
    """Take off the bookkeepers' minus: (120.50) and 120-."""
    if re.fullmatch(r"\(.+\)", text):
        rules.append("minus in brackets")
        return text[1:-1].strip(), -1
    if re.fullmatch(r"[\d.,\s]+-", text):
        rules.append("minus behind")
        return text[:-1].strip(), -1
    return text, 1


def _unit(text: str, rules: list[str]) -> tuple[str, str]:
    """Take off a percent sign or a currency."""
    if text.endswith("%"):
        rules.append("percent sign")
        return text[:-1].strip(), "%"
    low = text.lower()
    for sign, code in CURRENCIES.items():
        if low.startswith((sign, f"-{sign}")) or low.endswith(sign):
            rules.append("currency sign")
            bare = re.sub(re.escape(sign), "", text, count=1, flags=re.IGNORECASE)
            return bare.strip(), code
    code = re.search(r"^([A-Z]{3})(?=[\s\d+-])|(?<=[\s\d])([A-Z]{3})$", text)
    if code:
        rules.append("currency code")
        return (text[: code.start()] + text[code.end() :]).strip(), code[0]
    return text, ""


def _magnitude(text: str, rules: list[str]) -> tuple[str, float]:
    """Take off a magnitude such as K or Mio."""
    parts = re.fullmatch(r"([+-]?[\d.,\s'’]*\d)\s*([^\W\d_]+)\.?", text)
    factor = MAGNITUDES.get(parts[2].lower()) if parts else None
    if factor is None:
        return text, 1.0
    rules.append("magnitude, digits lost")
    return parts[1].strip(), factor


def _value(text: str, decimal: str, rules: list[str]) -> float:
    """Read what is left: sign, digits in groups or not, decimals, powers of ten."""
    grouped = _GROUPING.sub("", text)
    if grouped != text:
        rules.append("grouped digits")
    number = _NUMBER.fullmatch(grouped)
    if not number:
        raise _Fault("is not a number")
    sign, body, power = number[1], number[2], number[3] or ""
    if not body.isdigit():
        body = _with_point(body, decimal or "." * bool(power), decimal, rules)
    if power:
        rules.append("powers of ten, digits lost")
    return float(f"{sign}{body}{power}")


def _with_point(body: str, usual: str, decimal: str, rules: list[str]) -> str:
    """Write digits with dots and commas as digits with a decimal point."""
    mark = "".join(decimal_marks(body)) or usual
    if not mark:
        raise _Fault(AMBIGUOUS)
    if decimal and mark != decimal:
        raise _Fault(
            f"does not fit the decimal mark '{decimal}' of the column. Write all its numbers alike"
        )
    group = "," if mark == "." else "."
    whole, _, rest = body.partition(mark)
    wrong_groups = group in whole and not re.fullmatch(rf"\d{{1,3}}(\{group}\d{{3}})+", whole)
    if wrong_groups or (rest and not rest.isdigit()):
        raise _Fault("has its digits grouped in a way that no number has")
    rules += ["decimal comma"] * (mark == "," and bool(rest)) + ["grouped digits"] * (
        group in whole
    )
    return f"{whole.replace(group, '')}.{rest}"
