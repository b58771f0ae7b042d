"""What has to be said of own data that look selected or simulated."""

from analysis.display import because
from analysis.registers.records import Source


def statement(source: Source) -> str:
    """What has to be said wherever results of a file are shown: that it looks selected, or that
    whoever read it overruled the signs. Empty if it shows none.

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
