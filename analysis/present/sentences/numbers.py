"""Numbers as text: one way of writing each unit, in captions, tables and sentences alike."""

import math

from analysis.estimate.registry import PER_DECADE

MISSING = "–"
COUNTED = (
    "accounts", "posts", "comparisons", "creators", "clicks", "names", "claims", "sources",
    "schemes", "verdicts",
)  # fmt: skip
"""Units that are whole numbers."""
BARE = ("", "ratio", "elasticity", "probability", "share", "reliability")
"""Units of a number that is written without one."""

LEAST = 5e-7
"""What lies nearer to zero has no digit among six decimals."""


def unit_name(unit: str) -> str:
    """Name a unit as readers expect it, where that differs from how it is stored.

    Examples
    --------
    >>> unit_name("ratio per decade"), unit_name("ratio per decade of chatters")
    ('at ten times the followers', 'at ten times the chatters')
    """
    if not unit.startswith(PER_DECADE):
        return unit
    return f"at ten times the {unit.removeprefix(PER_DECADE).removeprefix(' of ') or 'followers'}"


def ratio_name(unit: str) -> str:
    """Name the unit of a slope for an axis.

    Examples
    --------
    >>> ratio_name("ratio per decade"), ratio_name("ratio per 100,000 followers")
    ('ratio at ten times the followers', 'ratio per 100,000 followers')
    """
    return f"ratio {unit_name(unit)}" if unit.startswith(PER_DECADE) else unit


def number(value: float, unit: str = "") -> str:
    """Write a number to three significant digits with its unit.

    Parameters
    ----------
    value : float
        nan is written as a dash and infinity as ``unlimited``, never hidden; what six decimals
        would round to zero as ``< 0.000001``.
    unit : str
        ``percent``, a unit of BARE or COUNTED, or anything else, which is put behind.

    Examples
    --------
    >>> number(1.3803), number(3.119, "percent"), number(10712, "accounts")
    ('1.38', '3.12 %', '10,712 accounts')
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "unlimited"
    if unit in COUNTED:
        return f"{value:,.0f} {unit}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{min(digits, 6)}f}"
    if value and abs(value) < LEAST:
        text = "< 0.000001" if value > 0 else "> -0.000001"
    if unit == "percent":
        return f"{text} %"
    return text if unit in BARE else f"{text} {unit_name(unit)}"


def interval(estimate: float, low: float, high: float, unit: str = "") -> str:
    """Write an estimate with its interval, e.g. ``1.14 [1.09, 1.19]``; without one, say so.

    Examples
    --------
    >>> nothing = float("nan")
    >>> interval(1.14, 1.09, 1.19), interval(3.119, nothing, nothing, "percent")
    ('1.14 [1.09, 1.19]', '3.12 % (no interval)')
    """
    if math.isnan(estimate):
        return MISSING
    if math.isnan(low):
        return f"{number(estimate, unit)} (no interval)"
    if unit.startswith(PER_DECADE):  # several words, which would stand between value and ends
        return f"{interval(estimate, low, high)} {unit_name(unit)}"
    return f"{number(estimate, unit)} [{number(low)}, {number(high)}]"


def lift(ratio: float) -> str:
    """Write a ratio as a relative lift, e.g. ``+14 %``.

    Examples
    --------
    >>> lift(1.3803), lift(0.9)
    ('+38 %', '-10 %')
    """
    return MISSING if math.isnan(ratio) else f"{100 * (ratio - 1):+.0f} %"


def p_value(p: float) -> str:
    """Write ``p = 0.034``, or ``p < 0.001``.

    Examples
    --------
    >>> p_value(0.0312), p_value(1e-9)
    ('p = 0.031', 'p < 0.001')
    """
    return f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"


def listing(parts) -> str:
    """Join parts as in a sentence.

    Examples
    --------
    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    parts = list(parts)
    if len(parts) < 2:
        return parts[0] if parts else "none"
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def count(number_of: int, noun: str, plural: str = "") -> str:
    """Write ``1 account`` or ``12 accounts``.

    Examples
    --------
    >>> count(1, "account"), count(12_000, "account")
    ('1 account', '12,000 accounts')
    """
    return f"{number_of:,} {noun if number_of == 1 else plural or noun + 's'}"


def short_count(value: float, _position=None) -> str:
    """Write 2500 as ``2.5K`` and 1000000 as ``1M``; also serves as a tick formatter.

    Examples
    --------
    >>> short_count(2_500), short_count(1_000_000)
    ('2.5K', '1M')
    """
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def followers(lower: float, upper: float | None) -> str:
    """Write a range of followers; an end may be open.

    Examples
    --------
    >>> followers(10_000, 100_000), followers(0, 1_000), followers(1_000_000, None)
    ('10K to 100K', 'under 1K', '1M and more')
    """
    if upper is None or math.isinf(upper):
        return f"{short_count(lower)} and more"
    if lower <= 0:
        return f"under {short_count(upper)}"
    return f"{short_count(lower)} to {short_count(upper)}"


def short_range(low: float, high: float) -> str:
    """Write a stretch of followers as short as a headline needs.

    Examples
    --------
    >>> short_range(25_000, 50_000), short_range(1_000_000, float("inf")), short_range(0, 1_000)
    ('25K–50K', '1M and more', 'under 1K')
    """
    if low > 0 and not math.isinf(high):
        return f"{short_count(low)}–{short_count(high)}"
    return followers(low, high)


def enumerated(estimates, *columns: str) -> str:
    """List estimates: what `columns` hold of each, then the estimate with its interval; missing
    estimates are left out.

    Parameters
    ----------
    estimates : pandas.DataFrame
        With the columns named and ``estimate, low, high, unit``.
    *columns : str
        What distinguishes them.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> enumerated(kim.by_tier().to_frame().head(2), "label")
    'nano 3.74 % [3.67, 3.82] and micro 2.67 % [2.62, 2.72]'
    """
    rows = estimates[estimates["estimate"].notna()].to_dict("records")
    shared = {row["unit"] for row in rows}
    last = ""
    if len(rows) > 1 and len(shared) == 1 and (unit := shared.pop()).startswith(PER_DECADE):
        rows, last = [row | {"unit": ""} for row in rows], f", each {unit_name(unit)}"
    names = [", ".join(map(row.__getitem__, columns)) for row in rows]
    pairs = zip(names, rows, strict=True)
    return listing(f"{name} {_with_interval(row)}" for name, row in pairs) + last


def _with_interval(row: dict) -> str:
    """One estimate with its interval, and whether it is indicative only."""
    text = interval(row["estimate"], row["low"], row["high"], row["unit"])
    return f"{text}, indicative only" if row.get("status") == "indicative" else text


def posts_with(posts: str) -> str:
    """Write a choice of posts, e.g. ``posts with niche = beauty``; nothing of all posts.

    Examples
    --------
    >>> posts_with("niche: beauty")
    'posts with niche = beauty'
    """
    return "" if posts in ("", "all") else f"posts with {posts.replace(': ', ' = ')}"
