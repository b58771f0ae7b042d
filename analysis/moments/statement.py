"""The notice on own data that look selected or simulated."""

from analysis.display import because
from analysis.registers.records import Source


def statement(source: Source) -> str:
    """Give the notice that stands wherever results of a file are shown: it looks selected, or
    whoever read it overruled the signs. Empty if it shows no sign.

    Examples
    --------
    >>> import analysis as an
    >>> statement(an.load("instagram-kim").source)
    ''
    """
    if not source.signs:
        return ""
    key = "signs_overruled" if source.trusted else "signs_bind"
    return str(because(key, signs=source.signs))
