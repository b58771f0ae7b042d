"""data/published/*.csv -> figures that others have published, each with the page on which it was
read.

They are numbers at second hand: nobody here saw the posts behind them. A row states who made the
number, who holds the data it was counted from, where it was read and how far the reading can be
trusted. `published` refuses a file that breaks the codebook.
"""

import csv
import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.errors import SchemaError
from analysis.registers.records import PLATFORMS

FOLDER = paths.DATA / "published"


@dataclass(frozen=True)
class Field:
    """One column of a published figure.

    Attributes
    ----------
    name : str
        As it stands in the header.
    type : str
        ``"text"``, ``"number"`` (zero or more), ``"year"``, or ``"word"`` (one of `allowed`).
    meaning : str
        What it holds.
    required : bool
        Whether an empty cell is refused.
    allowed : tuple of str
        Every value of a word.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()


def _word(name: str, meaning: str, *allowed: str) -> Field:
    return Field(name, "word", meaning, required=True, allowed=allowed)


_ALL = (
    Field("id", "text", "the figure; never used twice", required=True),
    Field("original_source", "text", "who made the number, as far as the page says", required=True),
    Field(
        "data_owner",
        "text",
        "who holds the data that were counted: one vote each, however often it is restated",
        required=True,
    ),
    Field("title", "text", "what the number comes from", required=True),
    Field("data_year", "year", "year the data stand for; empty if undated"),
    Field("publisher_seen", "text", "who published the page on which it was read", required=True),
    Field("url_seen", "text", "address of that page", required=True),
    _word(
        "platform",
        "where the posts stand",
        *PLATFORMS,
        "telegram",
        "offline",
        "several",
        "all",
        "not stated",
    ),
    Field("tier_label", "text", "the publisher's word for the follower range", required=True),
    Field(
        "followers_min", "number", "lower edge [followers], inclusive; empty if open or not printed"
    ),
    Field(
        "followers_max", "number", "upper edge [followers], exclusive; empty if open or not printed"
    ),
    _word(
        "metric_group",
        "what kind of figure; also the name of its file",
        "conversion",
        "cost",
        "cpm",
        "egc",
        "engagement",
        "fraud",
        "impact_share",
        "likes",
        "market",
        "reach",
        "roi",
        "sample",
        "survey",
    ),
    Field("metric", "text", "what was measured", required=True),
    Field(
        "denominator",
        "text",
        "what it is divided by, in the publisher's words; empty if it is divided by nothing",
    ),
    _word(
        "per",
        "the denominator in one word, as we read it",
        "followers",
        "views",
        "impressions",
        "reach",
        "engagements",
        "post",
        "people asked",
        "accounts",
        "spend",
        "views or followers",
        "impressions or views",
        "other",
        "not stated",
    ),
    _word(
        "statistic",
        "how it was summed up; a wording that says more stands in `note`",
        "mean",
        "mean claimed",
        "median",
        "median with quartiles",
        "median of account medians",
        "range",
        "share",
        "count",
        "estimate",
        "grade",
        "limit",
        "direction",
        "ratio",
        "change",
        "correlation",
        "rule of thumb",
        "experience",
        "not stated",
    ),
    Field(
        "value", "number", "the figure in `unit`; empty if a range or only a direction was printed"
    ),
    Field("value_low", "number", "lower end of the range, or lower quartile"),
    Field("value_high", "number", "upper end of the range, or upper quartile"),
    _word(
        "unit",
        "of value, value_low and value_high; none where only a direction was printed",
        "percent",
        "ratio",
        "correlation",
        "USD",
        "GBP",
        "USD billion",
        "EUR per follower",
        "USD per 1000 followers",
        "USD per 1000 impressions",
        "EUR per 1000 impressions",
        "USD per 1000 reached",
        "USD per USD",
        "USD EMV per USD",
        "followers",
        "influencers",
        "accounts",
        "million accounts",
        "posts",
        "views",
        "likes",
        "none",
    ),
    Field("n", "number", "how many units the figure, or the whole study, rests on"),
    Field("n_unit", "text", "what `n` counts"),
    Field("data_period", "text", "when the data were made, as printed"),
    Field(
        "geography", "text", "where, as printed; not stated if the page does not say", required=True
    ),
    _word(
        "directness",
        "how close the page is to the number's maker; in part: only a beginning, or without its charts, was readable",
        "primary",
        "primary, in part",
        "secondary",
        "secondary, in part",
        "secondary, source not given",
        "tertiary",
    ),
    _word(
        "confidence", "how far the reading is trusted; low is never pooled", "high", "medium", "low"
    ),
    _word(
        "evidence_class",
        "what stands behind it",
        "open data",
        "academic",
        "vendor or agency data report",
        "survey",
        "modelled estimate",
        "rule of thumb",
        "vendor claim without method",
        "unsourced or unverified claim",
    ),
    Field(
        "series_id",
        "text",
        "the same for every restatement of one study or rate card",
        required=True,
    ),
    Field("note", "text", "our remarks"),
)

PUBLISHED: dict[str, Field] = {field.name: field for field in _ALL}
"""Every column by name, in the order of the files."""

NUMBERS: tuple[str, ...] = tuple(field.name for field in _ALL if field.type in ("number", "year"))


def published(folder: Path | None = None) -> pd.DataFrame:
    """Read every published figure.

    Parameters
    ----------
    folder : Path, optional
        Where the files lie, one per metric group; data/published if not given.

    Returns
    -------
    pandas.DataFrame
        The columns PUBLISHED, numbers as floats, and ``pooled``: False for a row of low confidence,
        which is kept to show what circulates and never enters a pooled number.

    Raises
    ------
    SchemaError
        One sentence for each fault, naming file, row, column, value and what is allowed.
    """
    return _read(FOLDER if folder is None else Path(folder)).copy()


@cache
def _read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise SchemaError(f"{paths.shown(folder)} holds no file of published figures.")
    faults: list[str] = []
    rows = [(path, row) for path in files for row in _rows(path, faults)]
    for path, row in rows:
        faults += [
            f"{paths.shown(path)}, row {row['id'] or '(no id)'}, {fault}"
            for fault in _row_faults(path, row)
        ]
    faults += _repeated(rows)
    if faults:
        raise SchemaError("\n".join(faults))
    frame = pd.DataFrame([row for _, row in rows], columns=list(PUBLISHED))
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name].where(frame[name] != ""), errors="raise").astype(
            float
        )
    return frame.assign(pooled=frame["confidence"] != "low")


def _rows(path: Path, faults: list[str]) -> list[dict[str, str]]:
    """Rows of a file as text; what is wrong with its header or with the number of its cells is
    added to the faults.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        faults.append(f"{paths.shown(path)} cannot be read: {error}. Allowed: a CSV file in UTF-8.")
        return []
    header = lines[0] if lines else []
    wrong = [
        f"column '{name}' is not known.{_nearest(name, PUBLISHED)} Allowed: {', '.join(PUBLISHED)}."
        for name in header
        if name not in PUBLISHED
    ]
    wrong += [
        f"column '{name}' is missing: {field.meaning}."
        for name, field in PUBLISHED.items()
        if name not in header
    ]
    wrong += [
        f"column '{name}' stands there twice."
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    wrong += [
        f"line {number} has {len(cells)} cells, the header has {len(header)}."
        for number, cells in enumerate(lines[1:], start=2)
        if len(cells) != len(header)
    ]
    faults += [f"{paths.shown(path)}: {fault}" for fault in wrong]
    return [] if wrong else [dict(zip(header, cells, strict=True)) for cells in lines[1:]]


def _row_faults(path: Path, row: dict[str, str]) -> list[str]:
    """What is wrong with one row."""
    faults = [fault for field in _ALL if (fault := _cell_fault(field, row[field.name]))]
    if (
        row["metric_group"] in PUBLISHED["metric_group"].allowed
        and row["metric_group"] != path.stem
    ):
        faults.append(
            f"column metric_group: '{row['metric_group']}' belongs into {row['metric_group']}.csv."
        )
    lower, upper = row["followers_min"], row["followers_max"]
    if _is_number(lower) and _is_number(upper) and float(upper) <= float(lower):
        faults.append(
            f"column followers_max: the upper edge {upper} must lie above the lower edge followers_min, which is {lower}."
        )
    for low, high in [("value_low", "value"), ("value", "value_high"), ("value_low", "value_high")]:
        if _is_number(row[low]) and _is_number(row[high]) and float(row[low]) > float(row[high]):
            faults.append(
                f"column {high}: {row[high]} must not lie below {low}, which is {row[low]}."
            )
    if (row["unit"] == "none") == any(row[name] for name in ("value", "value_low", "value_high")):
        faults.append("column unit: 'none' stands where no value does, and only there.")
    return faults


def _cell_fault(field: Field, text: str) -> str:
    """What is wrong with one cell; empty if nothing is."""
    if not text:
        return (
            f"column {field.name} is empty; required: {field.meaning}." + _list(field)
            if field.required
            else ""
        )
    if text != text.strip():
        return f"column {field.name}: '{text}' has blanks around it."
    if field.type == "word" and text not in field.allowed:
        return (
            f"column {field.name}: '{text}' is not known.{_nearest(text, field.allowed)}"
            + _list(field)
        )
    if field.type == "number" and not _is_number(text):
        return f"column {field.name}: '{text}' is no number. Allowed: a number, zero or more, without signs or separators."
    if field.type == "year" and not (
        text.isascii() and text.isdigit() and 1990 <= int(text) <= 2100
    ):
        return f"column {field.name}: '{text}' is no year. Allowed: 1990 to 2100."
    return ""


def _is_number(text: str) -> bool:
    whole, _, rest = text.partition(".")
    return text.isascii() and whole.isdigit() and (rest.isdigit() or "." not in text)


def _list(field: Field) -> str:
    return f" Allowed: {', '.join(field.allowed)}." if field.allowed else ""


def _nearest(text: str, known) -> str:
    near = difflib.get_close_matches(text, known, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _repeated(rows: list[tuple[Path, dict[str, str]]]) -> list[str]:
    """Sentences on ids that stand there more than once, and on series that name two owners."""
    first: dict[str, str] = {}
    owners: dict[str, tuple[str, str]] = {}
    faults = []
    for path, row in rows:
        place = f"{paths.shown(path)}, row {row['id']}"
        if row["id"] and row["id"] in first:
            faults.append(
                f"{place}, column id: '{row['id']}' is used twice, first in {first[row['id']]}. Allowed: an id of its own."
            )
        first.setdefault(row["id"], paths.shown(path))
        owner, where = owners.setdefault(row["series_id"], (row["data_owner"], row["id"]))
        if owner != row["data_owner"]:
            faults.append(
                f"{place}, column data_owner: '{row['data_owner']}', but row {where} of the same series has '{owner}'."
            )
    return faults
