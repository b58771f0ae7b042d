"""Numbers in words: one way of writing each unit, in captions, tables and sentences alike."""

import math

MISSING = "–"
BARE = ("", "ratio", "elasticity", "probability", "share", "reliability")
"""Units of a number that is written without one."""


def number(value: float, unit: str = "") -> str:
    """Write a number to three significant digits with its unit.

    Parameters
    ----------
    value : float
        nan and infinity are written, never hidden.
    unit : str
        ``percent``, ``ratio``, ``count per post``, ``accounts``, ``posts`` or anything else, which
        is put behind.
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "unlimited"
    if unit in (
        "accounts",
        "posts",
        "comparisons",
        "creators",
        "clicks",
        "names",
        "claims",
        "sources",
        "schemes",
        "verdicts",
    ):
        return f"{value:,.0f} {unit}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{min(digits, 6)}f}"
    return f"{text} %" if unit == "percent" else text if unit in BARE else f"{text} {unit}"


def interval(estimate: float, low: float, high: float, unit: str = "") -> str:
    """Write an estimate with its interval, e.g. ``1.14 [1.09, 1.19]``; without one, say so."""
    if math.isnan(estimate):
        return MISSING
    if math.isnan(low):
        return f"{number(estimate, unit)} (no interval)"
    return f"{number(estimate, unit)} [{number(low)}, {number(high)}]"


def lift(ratio: float) -> str:
    """Write a ratio as a relative lift, e.g. ``+14 %``."""
    return MISSING if math.isnan(ratio) else f"{100 * (ratio - 1):+.0f} %"


def listing(words) -> str:
    """Join words as in a sentence: ``a, b and c``."""
    words = list(words)
    return (
        words[0]
        if len(words) == 1
        else f"{', '.join(words[:-1])} and {words[-1]}"
        if words
        else "none"
    )


def count(number_of: int, noun: str, plural: str = "") -> str:
    """Write ``1 account`` or ``12 accounts``."""
    return f"{number_of:,} {noun if number_of == 1 else plural or noun + 's'}"


def short_count(value: float, _position=None) -> str:
    """Write 2500 as ``2.5K`` and 1000000 as ``1M``; also serves as a tick formatter."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def followers(lower: float, upper: float) -> str:
    """Write a range of followers, e.g. ``10K to 100K``; an open end is said."""
    if math.isinf(upper):
        return f"{short_count(lower)} and more"
    return (
        f"under {short_count(upper)}"
        if lower <= 0
        else f"{short_count(lower)} to {short_count(upper)}"
    )


def tell(estimates, *columns: str) -> str:
    """Put estimates in a sentence: what `columns` say of each, then the estimate with its interval;
    missing ones are left out.

    Parameters
    ----------
    estimates : pandas.DataFrame
        With the columns named and ``estimate, low, high, unit``.
    *columns : str
        What tells one from the other.
    """
    rows = estimates[estimates["estimate"].notna()].to_dict("records")
    return listing(f"{', '.join(row[name] for name in columns)} {_told(row)}" for row in rows)


def _told(row: dict) -> str:
    """One estimate; that it is indicative only is said with it."""
    text = interval(row["estimate"], row["low"], row["high"], row["unit"])
    return f"{text}, indicative only" if row.get("status") == "indicative" else text
