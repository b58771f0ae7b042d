"""Tables for people: columns named in words, numbers with units, and always a note on where they
come from.
"""

import html
from pathlib import Path

import pandas as pd

from analysis.present import sentences

TITLES = {
    "label": "",
    "n_accounts": "accounts",
    "n_posts": "posts",
    "estimand": "what is estimated",
    "method": "interval by",
    "because": "reason",
}
"""Column names that read better otherwise."""


def with_words(frame: pd.DataFrame) -> pd.DataFrame:
    """Fold estimate, low, high and unit into one readable column, and drop what is the same in
    every row and said elsewhere.

    Parameters
    ----------
    frame : pandas.DataFrame
        With at least ``estimate, low, high, unit``.

    Returns
    -------
    pandas.DataFrame
        The other columns as they are, and ``estimate`` in words.
    """
    told = [
        sentences.interval(row.estimate, row.low, row.high, row.unit) for row in frame.itertuples()
    ]
    return frame.drop(columns=["low", "high", "unit"]).assign(estimate=told)


def to_html(frame: pd.DataFrame, caption: str, note: str) -> str:
    """Write a table with its caption above and its source note below; everything in it is escaped.

    Parameters
    ----------
    frame : pandas.DataFrame
        Shown as it is, without its index; floats to three significant digits, counts with
        separators.
    caption, note : str
        What the table says; where it comes from.
    """
    shown = frame.rename(columns=lambda name: TITLES.get(name, str(name).replace("_", " "))).map(
        _cell
    )
    body = shown.to_html(
        index=False,
        border=0,
        escape=True,
        justify="left",
        classes="table",
        na_rep=sentences.MISSING,
    )
    body = body.replace("<table", f"<table aria-label={_quoted(caption)}", 1)
    return f'<div class="table-box"><p class="caption">{html.escape(caption)}</p>{body}<p class="note">{html.escape(note)}</p></div>'


def _quoted(text: str) -> str:
    return f'"{html.escape(text, quote=True)}"'


def _cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return sentences.number(value)
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else value


def to_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a CSV: numbers to 12 significant digits, and no text that a spreadsheet would run as a
    formula.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.map(_guarded).to_csv(path, index=False, float_format="%.12g", lineterminator="\n")


def _guarded(value):
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace(
        "\r", "\n"
    )  # a bare carriage return would end the row
    return f"'{text}" if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\0") else text
