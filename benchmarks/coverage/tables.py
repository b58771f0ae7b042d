"""benchmarks/coverage.csv as the tables in docs/coverage.md."""

import csv
from collections.abc import Callable, Iterable

from analysis import paths
from analysis.estimate.averages import AVERAGES

CSV = paths.ROOT / "benchmarks" / "coverage.csv"
DOCUMENT = paths.ROOT / "docs" / "coverage.md"
BEGIN, END = (
    "<!-- coverage: begin, written by python -m benchmarks.coverage -->",
    "<!-- coverage: end -->",
)
COLUMNS = (
    "tool", "version", "world", "average", "input", "truth", "worlds",
    "withheld", "coverage", "below", "above", "log_width", "seed", "date",
)  # fmt: skip
TOOLS = ("micro-vs-macro", "tea-tasting")
LOWEST, HIGHEST, MOST_FALSE = 0.93, 0.055, 0.06
"""Targets: the coverage at least, the share of intervals on one side of the truth at most, and that
of false positives at most.
"""

MOST_WITHHELD = 0.99
"""Above this share of worlds without an answer, the remaining ones are too few to count."""

HELD = (
    "Share of intervals that contain the truth (wholly below it / wholly above it); "
    "bold where a target is missed:"
)
WIDTH = (
    "Mean width of the interval on the logarithmic scale "
    "(share of worlds in which no answer was given):"
)
FALSE = "Share of intervals that show a difference where there is none, from posts in clusters:"

NAMED = {"cells": ", from cells", "account totals": ", account totals", "posts": ", posts"}
"""How a column names its input; accounts are the default."""


def append(rows: Iterable[dict]) -> None:
    """Add rows to the file, which is made if there is none."""
    new = not CSV.is_file()
    with CSV.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)


def read() -> list[dict[str, str]]:
    """Rows of the file, as text; none if there is no file."""
    if not CSV.is_file():
        return []
    with CSV.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_tables() -> None:
    """Replace what stands between the markers."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(
        f"{before}{BEGIN}\n\n{markdown(read())}\n\n{END}{rest.split(END)[1]}", encoding="utf-8"
    )


def markdown(rows: list[dict[str, str]]) -> str:
    """Write the rows as three tables: coverage with both tails, mean width with the share without
    an answer, and false positives.
    """
    worlds = [row for row in rows if not row["world"].startswith("posts")]
    posts = [row for row in rows if row["world"].startswith("posts")]
    parts = [_provenance(rows), HELD, _table(worlds, _held), WIDTH, _table(worlds, _width)]
    return "\n\n".join([*parts, FALSE, _table(posts, _false)])


def given(row: dict[str, str]) -> bool:
    """Whether enough answers were given to measure their coverage."""
    return float(row["withheld"]) <= MOST_WITHHELD


def kept(row: dict[str, str]) -> bool:
    """Whether the targets are met."""
    return (
        float(row["coverage"]) >= LOWEST
        and max(float(row["below"]), float(row["above"])) <= HIGHEST
    )


def _provenance(rows: list[dict[str, str]]) -> str:
    versions = ", ".join(dict.fromkeys(f"{row['tool']} {row['version']}" for row in rows))
    *more, last = (
        f"{count:,}" for count in sorted({int(row["worlds"]) for row in rows}, reverse=True)
    )
    counts = f"{', '.join(more)} or {last}" if more else last
    seeds, dates = (", ".join(sorted({row[name] for row in rows})) for name in ("seed", "date"))
    return (
        f"{versions}; {counts} worlds each, seed {seeds}, {dates}; `python -m benchmarks.coverage`."
    )


def _held(row: dict[str, str]) -> str:
    if not given(row):
        return "no answer"
    shares = (float(row[name]) for name in ("coverage", "below", "above"))
    return _marked("{:.3f} ({:.3f}/{:.3f})".format(*shares), kept(row))


def _width(row: dict[str, str]) -> str:
    width, withheld = float(row["log_width"]), float(row["withheld"])
    return f"{width:.2f} ({withheld:.1%})" if given(row) else "no answer"


def _false(row: dict[str, str]) -> str:
    share = 1 - float(row["coverage"])
    return _marked(f"{share:.3f}", share <= MOST_FALSE)


def _marked(text: str, good: bool) -> str:
    return text if good else f"**{text}**"


def _table(rows: list[dict[str, str]], cell: Callable[[dict[str, str]], str]) -> str:
    """One line for each world, one column for each tool, average and input."""
    cells = {(row["world"], _column(row)): cell(row) for row in rows}
    columns = sorted({_column(row) for row in rows}, key=_place)
    lines = [["world", *map(_head, columns)], ["---"] * (len(columns) + 1)]
    for world in dict.fromkeys(row["world"] for row in rows):
        lines.append([world, *(cells.get((world, column), "") for column in columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(column: tuple[str, str, str]) -> str:
    tool, average, given_as = column
    prefix = "tea-tasting: " if tool == TOOLS[1] else ""
    return f"{prefix}{average}{NAMED.get(given_as, '')}"


def _place(column: tuple[str, str, str]) -> tuple[int, int, str]:
    return TOOLS.index(column[0]), list(AVERAGES).index(column[1]), column[2]


def _column(row: dict[str, str]) -> tuple[str, str, str]:
    return row["tool"], row["average"], row["input"]
