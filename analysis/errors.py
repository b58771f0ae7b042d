"""Errors that cross folders: sentences with the place, the value, what is allowed, what to do."""

from numbers import Real
from typing import Any


class SchemaError(ValueError):
    """Data, or the columns of a file, cannot be used; one sentence a line for every fault."""


class RegisterError(ValueError):
    """A register in data/ breaks its own rules, or has no record of that name."""


class UnknownKeyError(RegisterError, KeyError):
    """A mapping of records has no such key; shown as a sentence, which a KeyError would quote."""

    __str__ = Exception.__str__


def check_share(name: str, value: Any) -> None:
    """Refuse what is not strictly between 0 and 1, such as percent; arithmetic would go on with it.

    Examples
    --------
    >>> check_share("confidence", 0.95)
    >>> check_share("confidence", 95)
    Traceback (most recent call last):
    ValueError: confidence 95 is not between 0 and 1. Did you mean 0.95?
    """
    if not isinstance(value, Real):
        raise ValueError(f"{name} {value!r} is not a number between 0 and 1.{_as_share(value)}")
    if not 0 < value < 1:
        raise ValueError(f"{name} {value} is not between 0 and 1.{_as_share(value)}")


def _as_share(value: Any) -> str:
    """Give the share that was probably meant: percent, or the number in a text; or nothing."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    number = number / 100 if number > 2 else number
    return f" Did you mean {number:g}?" if 0 < number < 1 else ""


def check_least(name: str, value: Any, least: float, above: bool = False) -> None:
    """Refuse what is not a number of at least, or above, some other; infinity and nan, too.

    Examples
    --------
    >>> check_least("creators", 2, 2)
    >>> check_least("at", 0, 0, above=True)
    Traceback (most recent call last):
    ValueError: at 0 is not a number above 0.
    """
    known = isinstance(value, Real) and value < float("inf")
    if not (known and (value > least if above else value >= least)):
        allowed = f"above {least}" if above else f"of at least {least}"
        raise ValueError(f"{name} {value!r} is not a number {allowed}.")
