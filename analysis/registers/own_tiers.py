"""Tiers of a reader's own, written as text: ``micro=10k-100k,macro=100k-1m``, names optional."""

import re

from analysis.errors import SchemaError
from analysis.registers.records import Tier, TierScheme

KEY = "own-tiers"
"""Key of the scheme that such a text gives."""

SIZES = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
NAMES = ("micro", "macro")
"""What two tiers are called that have no names."""

EDGE = r"(\d+(?:\.\d+)?)\s*([kmb]?)"
FORM = rf"(?:(?P<name>[^=]+)=)?\s*(?:{EDGE})?\s*(?:-|–|\+|to)\s*(?:{EDGE})?"
EXAMPLE = "10k-100k,100k-1m or small=1k-10k,large=10k-"


def own_tiers(text: str) -> TierScheme:
    """Read tiers of a reader's own; an edge may be missing at either end.

    Parameters
    ----------
    text : str
        Ranges of followers, smallest first, separated by commas, each with a name or without.

    Returns
    -------
    TierScheme
        Two tiers without names are called micro and macro, more by their ranges.

    Raises
    ------
    SchemaError
        If a range cannot be read, or there are fewer than two, or they overlap.

    Examples
    --------
    >>> own_tiers("10k-100k,100k-1m").names
    ('micro', 'macro')
    >>> own_tiers("small=0-5k,large=5k-").edges
    (5000,)
    """
    parts = [_range(part.strip()) for part in text.split(",") if part.strip()]
    if len(parts) < 2:
        raise SchemaError(f"tiers '{text}': at least two are needed, e.g. {EXAMPLE}.")
    tiers = []
    for at, (name, lower, upper) in enumerate(parts):
        named = bool(name) or len(parts) == len(NAMES)
        name = name or (NAMES[at] if named else _span(lower, upper))
        tiers.append({"name": name, "lower": lower, "upper": upper, "named": named})
    if len({tier["name"] for tier in tiers}) < len(tiers):
        raise SchemaError(f"tiers '{text}': every tier needs a name of its own.")
    try:
        made = tuple(Tier(**tier) for tier in tiers)
        return TierScheme(key=KEY, title="Tiers of your own", short="your tiers",
                          cite="whoever made this report", published=False, tiers=made)  # fmt: skip
    except ValueError:
        raise SchemaError(
            f"tiers '{text}': they overlap or are out of order. Each begins where the one before "
            f"ends, or later, e.g. {EXAMPLE}."
        ) from None


def _range(text: str) -> tuple[str, int, int | None]:
    """Name and edges of one tier."""
    found = re.fullmatch(FORM, text.lower())
    if not found or not (found[2] or found[4]):
        raise SchemaError(
            f"tier '{text}': a range of followers such as 10k-100k is needed, with or without a "
            f"name before it, e.g. {EXAMPLE}."
        )
    name, low, low_size, high, high_size = found.groups()
    lower = round(float(low) * SIZES[low_size]) if low else 0
    upper = round(float(high) * SIZES[high_size]) if high else None
    return (name or "").strip(), lower, upper


def _span(lower: int, upper: int | None) -> str:
    """What a tier without a name is called."""
    if upper is None:
        return f"{lower:,} or more"
    return f"{lower:,} to {upper:,}" if lower else f"under {upper:,}"
