"""Match the columns of a file with those of POSTS or PRICES: by their own names, by
data/columns.toml, and by what the reader says.
"""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import permutations

from analysis.intake.exports import Export, exports, normal_name
from analysis.intake.reading import Hints, Issues
from analysis.intake.schema import POSTS, PRICES, Column
from analysis.registers.metrics import METRICS, available

AVERAGES = re.compile(r"(^|_)(avg|average|mean|per_post)(_|$)")
"""In the name of a count or an amount, means that it is an average per post."""


@dataclass(frozen=True)
class Columns:
    """Which column of a file is which column of POSTS or PRICES."""

    places: dict[str, int]  # position in the file, from 0, by column of POSTS
    names: dict[str, str]  # what the file calls it, by column of POSTS
    # columns of POSTS that have one value in every row
    constants: dict[str, str] = field(default_factory=dict)
    averages: tuple[str, ...] = ()  # counts that are averages per post
    export: str = ""  # title of the export that was recognised; empty if none was
    ignored: tuple[str, ...] = ()  # columns of the file that are not read

    @property
    def known(self) -> set[str]:
        """Columns of POSTS that have a value from anywhere."""
        return {*self.places, *self.constants}


@dataclass(frozen=True)
class _Header:
    """The header of a file, and what may be known about it."""

    names: list[str]
    normal: list[str]
    hints: Hints
    export: Export | None
    general: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, names: list[str], hints: Hints) -> "_Header":
        known = exports(hints.column_names)
        normal = [normal_name(name) for name in names]
        fitting = [
            export
            for export in known.values()
            if export.recognised_by and set(map(normal_name, export.recognised_by)) <= {*normal}
        ]
        # the most specific export whose marks are all in the header
        export = max(fitting, key=lambda export: len(export.recognised_by), default=None)
        stripped = [name.strip() for name in names]
        return cls(stripped, normal, hints, export, known["general"].columns)

    def places(self, column: str) -> list[int]:
        """Places that may be a column: named by the reader, by its own name, by a name of the
        export, or by a general one.
        """
        named = self.hints.columns.get(column)
        if named in self.names:
            return [i for i, name in enumerate(self.names) if name == named]
        names = [column]
        if self.export:
            names += self.export.columns.get(column, ())
        names += self.general.get(column, ())
        taken = {*self.hints.columns.values(), *self.hints.ignore}
        free = [i for i, name in enumerate(self.names) if name not in taken]
        normal = dict.fromkeys(map(normal_name, names))
        return [place for name in normal for place in free if self.normal[place] == name]


def assign(names: list[str], issues: Issues, schema: dict[str, Column] = POSTS) -> Columns:
    """Find the columns of POSTS, or of PRICES, in a header; every fault is noted in `issues`."""
    hints = issues.hints
    header = _Header.of(names, hints)
    _check_hints(header, issues, schema)
    _check_doubles(header, issues)
    constants = dict(hints.constants)
    places = {}
    for column in schema:
        candidates = [] if column in constants else header.places(column)
        if candidates:
            places[column] = candidates[0]
            _note_choice(header, column, candidates, issues)
    averages = ()
    if schema is POSTS:
        averages = tuple(
            column
            for column, place in places.items()
            if column not in hints.columns and AVERAGES.search(header.normal[place])
        )
    export = header.export
    if export and export.platform and "platform" not in {*places, *constants}:
        constants["platform"] = export.platform
        message = f"is taken to be {export.platform}, as the file looks like: {export.title}."
        issues.repair("platform of the export", message, column="platform")
    _note_names(header, places, averages, issues)
    used = places.values()
    ignored = tuple(name for i, name in enumerate(header.names) if i not in used and name)
    called = {column: header.names[place] for column, place in places.items()}
    columns = Columns(places, called, constants, averages, export.title if export else "", ignored)
    _check_enough(columns, issues, schema)
    _check_ignored(columns, issues, schema)
    return columns


def _note_choice(header: _Header, column: str, candidates: list[int], issues: Issues) -> None:
    first, *others = (header.names[place] for place in candidates)
    if others:
        listed = ", ".join(f"'{name}'" for name in others)
        choice = issues.hints.option("columns", {column: others[0]})
        message = f"is read from '{first}', not from {listed}. To change that, add {choice}."
        issues.warn("several columns", message, column=column)


def _note_names(
    header: _Header, places: dict[str, int], averages: tuple[str, ...], issues: Issues
) -> None:
    for column, place in places.items():
        name = header.names[place]
        if name != column:
            issues.repair("column name", f"is read from '{name}'.", column=column)
    for column in averages:
        message = (
            "holds averages per post by its name; they are multiplied by `posts` where the file "
            "has it."
        )
        issues.repair("average per post", message, column=column)


def _check_hints(header: _Header, issues: Issues, schema: dict[str, Column]) -> None:
    """Refuse hints about columns that do not exist."""
    hints = issues.hints
    asked = [("columns", pair, pair[0], schema) for pair in hints.columns.items()]
    asked += [("constants", pair, pair[0], schema) for pair in hints.constants.items()]
    asked += [("columns", pair, pair[1], header.names) for pair in hints.columns.items()]
    asked += [("ignore", name, name, header.names) for name in hints.ignore]
    for option, value, name, allowed in asked:
        if name not in allowed:
            hint = hints.option(option, [value] if option == "ignore" else dict([value]))
            near = _near(name, allowed)
            meant = f" Is '{near}' meant?" if near else ""
            message = f"{hint}: there is no column '{name}'.{meant} Columns: {', '.join(allowed)}."
            issues.refuse("option", message)


def _check_doubles(header: _Header, issues: Issues) -> None:
    doubles = {
        name
        for place, name in enumerate(header.names)
        if name and header.normal[place] in header.normal[:place]
    }
    for name in sorted(doubles):
        issues.refuse("column twice", f"the column '{name}' is there twice. Rename or remove one.")


def _near(name: str, allowed, cutoff: float = 0.6) -> str:
    """The nearest allowed name; empty if none is near."""
    return next(iter(get_close_matches(name, list(allowed), n=1, cutoff=cutoff)), "")


def _check_enough(columns: Columns, issues: Issues, schema: dict[str, Column]) -> None:
    """Refuse a table without the required columns, or from which no metric follows."""
    known, option = columns.known, issues.hints.option
    for column in schema.values():
        if column.required and column.name not in known:
            near = _near(column.name, columns.ignored, 0.5)
            naming = option("columns", {column.name: near or "NAME"})
            constant = option("constants", {column.name: "VALUE"})
            remedy = (
                f"Is '{near}' meant? Then add {naming}."
                if near
                else f"Name it with {naming}, or give one value for all rows with {constant}."
            )
            message = f"required column '{column.name}' is missing ({column.meaning}). {remedy}"
            issues.refuse("column missing", message)
    if schema is PRICES:
        if "followers" not in known and not {"followers_min", "followers_max"} <= known:
            message = "a price needs followers, or both followers_min and followers_max."
            issues.refuse("column missing", message)
        return
    if not available(known | ({"cost"} if "amplification" in known else set())):
        needed = {metric.columns for metric in METRICS.values()}
        more = {columns for fewer, columns in permutations(needed, 2) if fewer < columns}
        sets = sorted(" with ".join(sorted(columns)) for columns in needed - more)
        message = f"the columns allow no metric. A metric needs one of: {'; '.join(sets)}."
        issues.refuse("no metric", message)


def _check_ignored(columns: Columns, issues: Issues, schema: dict[str, Column]) -> None:
    """Refuse names that look like a slip, and list the other columns that are not read."""
    hints = issues.hints
    optional = {name for name, column in schema.items() if not column.required}
    missing = [name for name in schema if name in optional - columns.known]
    others = []
    for name in columns.ignored:
        near = "" if name in hints.ignore else _near(normal_name(name), missing, 0.85)
        if not near:
            others.append(name)
            continue
        naming, ignoring = hints.option("columns", {near: name}), hints.option("ignore", [name])
        issues.refuse(
            "column name",
            f"column '{name}' is not known. Is '{near}' meant? Then add {naming}; if not, "
            f"{ignoring}.",
        )
    listed = f"{', '.join(others[:12])}{' ...' * (len(others) > 12)}"
    issues.warn("column ignored", f"columns that are not read: {listed}.", count=len(others))
