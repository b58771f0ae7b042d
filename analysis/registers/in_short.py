"""Registers as tables for readers: the columns that a page has room for."""

import pandas as pd

from analysis.registers.lookup import disagreements, studies

OF_FIGURES = (
    "id", "original_source", "data_year", "platform", "tier_label", "metric", "denominator",
    "statistic", "value", "unit", "n", "confidence", "evidence_class", "publisher_seen",
)  # fmt: skip
"""Columns of published figures that are shown."""

OF_STUDIES = (
    "cite", "design", "platform", "n", "outcome", "size_effect", "result", "verified", "caution",
)  # fmt: skip
"""What is shown of a study."""


def published_in_short(published: pd.DataFrame) -> pd.DataFrame:
    """Give the columns OF_FIGURES of published figures, whole numbers without decimals.

    Examples
    --------
    >>> import analysis as an
    >>> shown = published_in_short(an.registers.published())
    >>> bool(shown["n"].str.contains("nan").any())
    False
    """
    shown = published[list(OF_FIGURES)].copy()
    for name in ("n", "data_year"):
        shown[name] = whole(shown[name])
    return shown


def whole(numbers: pd.Series, missing: str = "") -> pd.Series:
    """Write whole numbers as text.

    Examples
    --------
    >>> whole(pd.Series([2019.0, None])).tolist()
    ['2019', '']
    """
    return numbers.map("{:.0f}".format, na_action="ignore").fillna(missing).astype(str)


def studies_in_short() -> pd.DataFrame:
    """Give OF_STUDIES of each study of the register.

    Examples
    --------
    >>> len(studies_in_short()) > 3
    True
    """
    every = [study.model_dump(include=set(OF_STUDIES)) for study in studies().values()]
    return pd.DataFrame(every, columns=list(OF_STUDIES))


def topics() -> pd.DataFrame:
    """Give ``topic, positions`` and ``resolvable by`` of what the documents disagree on.

    Examples
    --------
    >>> topics().columns.tolist()
    ['topic', 'positions', 'resolvable by']
    """
    rows = []
    for topic in disagreements().values():
        positions = [f"{one.says} ({', '.join(one.claims)})" for one in topic.positions]
        rows.append([topic.topic, "; ".join(positions), topic.resolvable_by])
    return pd.DataFrame(rows, columns=["topic", "positions", "resolvable by"])
