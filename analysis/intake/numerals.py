"""One cell of text -> a number, with what had to be repaired; or the reason why it is none.

Only cells that are not plain numbers come here, each different text once, however long the file.
"""

import re
import sys
import unicodedata
from typing import NamedTuple

MISSING = {
    "",
    "-",
    "–",
    "—",
    "nan",
    "n/a",
    "na",
    "#n/a",
    "null",
    "none",
    "nil",
    "#div/0!",
    "#value!",
    "#ref!",
    "#num!",
    "?",
    ".",
    "hidden",
    "private",
}
"""Cells of counts, amounts, rates, times and yes/no that say that nothing is known."""

MAGNITUDES = {
    "k": 1e3, "tsd": 1e3, "thousand": 1e3, "тыс": 1e3, "천": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "mill": 1e6, "million": 1e6, "млн": 1e6,
    "b": 1e9, "bn": 1e9, "mrd": 1e9, "billion": 1e9, "млрд": 1e9, "万": 1e4, "萬": 1e4, "만": 1e4, "億": 1e8, "亿": 1e8, "억": 1e8,
}  # fmt: skip
"""What a letter or word behind a number multiplies it by."""

CURRENCIES = {
    "$": "USD",
    "us$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₾": "GEL",
    "₽": "RUB",
    "₹": "INR",
    "₩": "KRW",
    "kr": "DKK",
    "zł": "PLN",
    "₺": "TRY",
    "₫": "VND",
}
"""Currency by its sign; a code of three capital letters stands for itself."""

LARGEST = 1e13
"""No account has so many of anything."""

_SEPARATORS = {
    "\u066b": ".",
    "\u066c": ",",
    "．": ".",
    "，": ",",
    "−": "-",
    "﹣": "-",
    "－": "-",
    "＋": "+",
    "％": "%",
    "\u066a": "%",
}  # the escaped ones are Arabic
_SAME = str.maketrans(
    {
        digit: str(unicodedata.digit(digit))
        for digit in map(chr, range(128, sys.maxunicode))
        if digit.isdecimal()
    }
    | _SEPARATORS
)
_GROUPING = re.compile(r"(?<=\d)(?<!\d{4})[\s'’_](?=\d{3}(?!\d))")
_NUMBER = re.compile(r"([+-]?)([\d.,]*\d[\d.,]*)(e[+-]?\d+)?", re.IGNORECASE)


class Number(NamedTuple):
    """What a cell was read as.

    Attributes
    ----------
    value : float or None
        None if it is missing or refused.
    rule : str
        Names of the repairs, joined by ``", "``; empty if there were none.
    fault : str
        Why it is refused; empty if it is not.
    unit : str
        ``"%"``, a currency code or nothing.
    """

    value: float | None = None
    rule: str = ""
    fault: str = ""
    unit: str = ""


def missing(text: str) -> bool:
    """Tell whether a cell says that nothing is known."""
    return text.strip().lower() in MISSING


def marks(text: str) -> set[str]:
    """Which decimal marks a cell proves: ``.`` for 12.5 and 1,234,567; ``,`` for 12,5; none for
    1.234 and 1,234.
    """
    found = _NUMBER.search(_GROUPING.sub("", text.translate(_SAME)))
    if not found:
        return set()
    body, other = found[2], {".": ",", ",": "."}
    dots, commas = body.count("."), body.count(",")
    if dots and commas:
        return {"." if body.rindex(".") > body.rindex(",") else ","}
    if not dots and not commas:
        return set()
    mark = "." if dots else ","
    if dots + commas > 1:
        return {other[mark]}
    whole, _, rest = body.partition(mark)
    return {mark} if len(rest) != 3 or not 1 <= len(whole) <= 3 or whole.startswith("0") else set()


def parse(text: str, decimal: str = "") -> Number:
    """Read a number.

    Parameters
    ----------
    text : str
        The cell.
    decimal : str
        The decimal mark of the column; empty if nothing tells.

    Returns
    -------
    Number
        With a value, or missing, or a fault.
    """
    if missing(text):
        return Number(rule="missing in words")
    same = text.strip().translate(_SAME)
    rules = ["digits of another script"] if same != text.strip() else []
    same, sign, found = _sign(same)
    rules += found
    same, unit, found = _unit(same)
    rules += found
    same, factor, found = _magnitude(same)
    rules += found
    grouped = _GROUPING.sub("", same)
    rules += ["grouped digits"] if grouped != same else []
    number = _NUMBER.fullmatch(grouped)
    if not number:
        return Number(fault="is not a number")
    if number[2] != re.sub("[.,]", "", number[2]):
        body, rule, fault = _marked(number[2], decimal, bool(number[3]))
        if fault:
            return Number(fault=fault)
        rules += [rule] if rule else []
    else:
        body = number[2]
    rules += ["powers of ten, digits lost"] if number[3] else []
    value = float(f"{body}{number[3] or ''}") * factor * sign * (-1 if number[1] == "-" else 1)
    if abs(value) > LARGEST:
        return Number(fault="is larger than anything counted")
    return Number(round(value, 6) if factor > 1 else value, ", ".join(rules), unit=unit)


def _unit(text: str) -> tuple[str, str, list[str]]:
    """Take off a percent sign or a currency."""
    if text.endswith("%"):
        return text[:-1].strip(), "%", ["percent sign"]
    for sign, code in sorted(CURRENCIES.items(), key=lambda item: -len(item[0])):
        low = text.lower()
        if low.startswith((sign, f"-{sign}")) or low.endswith(sign):
            return (
                re.sub(re.escape(sign), "", text, count=1, flags=re.IGNORECASE).strip(),
                code,
                ["currency sign"],
            )
    code = re.search(r"^([A-Z]{3})(?=[\s\d+-])|(?<=[\s\d])([A-Z]{3})$", text)
    if code:
        return (text[: code.start()] + text[code.end() :]).strip(), code[0], ["currency code"]
    return text, "", []


def _sign(text: str) -> tuple[str, int, list[str]]:
    """Read the bookkeepers' minus: (120.50) and 120-."""
    if re.fullmatch(r"\(.+\)", text):
        return text[1:-1].strip(), -1, ["minus in brackets"]
    return (
        (text[:-1].strip(), -1, ["minus behind"])
        if re.fullmatch(r"[\d.,\s]+-", text)
        else (text, 1, [])
    )


def _magnitude(text: str) -> tuple[str, float, list[str]]:
    """Take off a magnitude such as K or Mio."""
    found = re.fullmatch(r"([+-]?[\d.,\s'’]*\d)\s*([^\W\d_]+)\.?", text)
    factor = MAGNITUDES.get(found[2].lower()) if found else None
    return (found[1].strip(), factor, ["magnitude, digits lost"]) if factor else (text, 1.0, [])


def _marked(body: str, decimal: str, powers: bool) -> tuple[str, str, str]:
    """Digits with dots and commas -> digits with a decimal point; the repair; the fault."""
    proved = marks(body)
    mark = "".join(proved) or decimal or ("." if powers else "")
    if not mark:
        return (
            "",
            "",
            "can be read with a decimal mark or with grouped digits. Say which with --decimal '.' or --decimal ','",
        )
    if decimal and mark != decimal:
        return (
            "",
            "",
            f"does not fit the decimal mark '{decimal}' of the column. Write all its numbers alike",
        )
    group = "," if mark == "." else "."
    whole, _, rest = body.partition(mark) if body.count(mark) <= 1 else (body, "", "!")
    if (rest and not rest.isdigit()) or (
        group in whole and not re.fullmatch(rf"\d{{1,3}}({re.escape(group)}\d{{3}})+", whole)
    ):
        return "", "", "has its digits grouped in a way that no number has"
    rules = ["decimal comma"] * (mark == "," and bool(rest)) + ["grouped digits"] * (group in whole)
    return f"{whole.replace(group, '')}.{rest}", ", ".join(rules), ""
