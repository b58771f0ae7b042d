"""What a reader says about a file (`Hints`), and what was repaired or refused in it (`Issues`)."""

import json
import shlex
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

from analysis.errors import SchemaError

CHOICES = {
    "decimal": (".", ","),
    "rate": ("percent", "fraction"),
    "dates": ("day first", "month first"),
}
"""Values of the hints that have few."""

FLAGS = {"columns": "--map", "constants": "--set", "column_names": "--columns"}
"""Options of the command that are not called after their field of `Hints`."""


@dataclass(frozen=True)
class Hints:
    """What the reader says about a file, because the file itself does not.

    Attributes
    ----------
    columns : dict
        What the file calls a column, e.g. ``{"likes": "like_cnt"}``.
    constants : dict
        Value of a column that the file does not have, e.g. ``{"platform": "instagram"}``.
    ignore : tuple of str
        Columns of the file that are not to be read.
    column_names : Path or None
        A file in the form of data/columns.toml with further names of columns and platforms.
    encoding : str
        Of a text file that is not UTF-8, e.g. ``"cp1252"``.
    sheet : str
        Of a workbook with several.
    decimal : str
        ``"."`` or ``","`` where numbers can be read either way.
    rate : str
        ``"percent"`` or ``"fraction"`` where a rate can be read either way.
    dates : str
        ``"day first"`` or ``"month first"`` where dates can be read either way.
    zone : str
        Time zone of times that name none, e.g. ``"Europe/Copenhagen"``.
    strict : bool
        Refuse what would be repaired.
    asked_from : str
        Where the reader can answer a question: messages name options of the ``"command"``, or
        arguments of ``"python"``.
    """

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    column_names: Path | None = None
    encoding: str = ""
    sheet: str = ""
    decimal: str = ""
    rate: str = ""
    dates: str = ""
    zone: str = ""
    strict: bool = False
    asked_from: Literal["command", "python"] = "python"

    def __post_init__(self) -> None:
        """Refuse what no file can mean."""
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value and value not in allowed:
                raise SchemaError(
                    f"{self.option(name, value)} is not allowed. Allowed: {' or '.join(allowed)}."
                )
        if self.zone and self.zone not in available_timezones():
            raise SchemaError(
                f"{self.option('zone', self.zone)} is not known. "
                "Examples: UTC, Europe/Copenhagen, America/New_York, Asia/Tokyo."
            )
        try:
            "".encode(self.encoding or "utf-8")
        except LookupError:
            raise SchemaError(
                f"{self.option('encoding', self.encoding)} is not known. "
                "Examples: cp1252, utf-16, shift_jis, gb18030, cp1251."
            ) from None

    @classmethod
    def from_arguments(cls, arguments: dict) -> "Hints":
        """Take the arguments of a Python function: a single name for a list of one, numbers for
        text.
        """
        known = [entry.name for entry in fields(cls) if entry.name != "asked_from"]
        for name in arguments.keys() - set(known):
            near = get_close_matches(name, known, n=1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            raise TypeError(f"'{name}' is not an argument.{meant} Arguments: {', '.join(known)}.")
        values = {name: value for name, value in arguments.items() if value is not None}
        if "constants" in values:
            values["constants"] = {key: str(text) for key, text in values["constants"].items()}
        if "ignore" in values:
            ignore = values["ignore"]
            values["ignore"] = (ignore,) if isinstance(ignore, str) else tuple(ignore)
        if "column_names" in values:
            values["column_names"] = Path(values["column_names"])
        return cls(**values)

    def option(self, name: str, value: str | bool | dict | list) -> str:
        """Write a hint as the reader would give it; a dict or list has one entry.

        Examples
        --------
        >>> Hints().option("columns", {"followers": "Fans"})
        'columns={"followers": "Fans"}'
        >>> Hints(asked_from="command").option("columns", {"followers": "Fans"})
        '--map followers=Fans'
        """
        if self.asked_from == "python":
            shown = value if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
            return f"{name}={shown}"
        flag = FLAGS.get(name, f"--{name}")
        if isinstance(value, bool):
            return flag
        if isinstance(value, dict):
            ((key, text),) = value.items()
            value = f"{key}={text}"
        return f"{flag} {shlex.quote(value if isinstance(value, str) else value[0])}"


KINDS = ("refused", "repaired", "warning")


@dataclass(frozen=True)
class Issue:
    """One thing that was noticed in a file."""

    kind: str  # one of KINDS
    rule: str  # short name of the rule, the same in every file
    # what was done, or what is to be done; a sentence whose subject is the column or row
    message: str
    column: str = ""  # column of POSTS, or of the file; empty if the whole file is meant
    count: int = 1  # cells or rows concerned
    # the first data rows, counted from 1 below the header; blank lines are not counted
    rows: tuple[int, ...] = ()
    example: str = ""  # the first cell, as it is written in the file
    became: str = ""  # what that cell was read as

    @property
    def sentence(self) -> str:
        """One sentence that names column, rows and value."""
        place = [f"column '{shortened(self.column)}'"] if self.column else []
        if self.rows:
            numbers = ", ".join(f"{row:,}" for row in self.rows)
            more = " ..." if self.count > len(self.rows) else ""
            place.append(f"data row{'s' * (len(self.rows) > 1)} {numbers}{more}")
        value = f"'{shortened(self.example)}' " if self.example else ""
        text = f"{', '.join(place)}{':' * bool(self.rows)} {value}{self.message}".strip()
        if not self.rows:
            return text
        return f"{text} {'Cells' if self.column else 'Rows'} like it: {self.count:,}."


def printable(text: str) -> str:
    """Write text from a file so that it cannot steer a terminal: lines stay, other control
    characters do not.
    """
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)


def shortened(text: str, length: int = 60) -> str:
    """Write a cell so that it fits into a message: one line, no control characters, not too
    long.
    """
    plain = printable(text).replace("\n", "�")
    return plain if len(plain) <= length else plain[:length] + " ..."


@dataclass
class Issues:
    """Everything that was noticed in a file, in order; `file` is its name and `hints` what the
    reader said about it.
    """

    file: str
    hints: Hints = Hints()
    all: list[Issue] = field(default_factory=list)

    def _add(self, kind: str, rule: str, message: str, **facts) -> None:
        if facts.get("count", 1):
            self.all.append(Issue(kind, rule, message, **facts))

    def refuse(self, rule: str, message: str, **facts) -> None:
        """Note what cannot be used; nothing is noted for a `count` of 0."""
        self._add("refused", rule, message, **facts)

    def repair(self, rule: str, message: str, **facts) -> None:
        """Note a repair; a refusal if the reader wants none."""
        if self.hints.strict:
            message += f" Repairs are not allowed ({self.hints.option('strict', True)})."
        self._add("refused" if self.hints.strict else "repaired", rule, message, **facts)

    def warn(self, rule: str, message: str, **facts) -> None:
        """Note what is used, and is worth a look."""
        self._add("warning", rule, message, **facts)

    def of(self, kind: str) -> list[Issue]:
        """Issues of one kind."""
        return [issue for issue in self.all if issue.kind == kind]

    @property
    def repairs(self) -> tuple[str, ...]:
        """Every repair in a sentence that does not quote a cell, since a report may travel further
        than the file.
        """
        return tuple(
            f"Repaired on reading: {printable(issue.sentence)}"
            if issue.rule == "column name"
            else f"Repaired on reading: {issue.column or 'rows'}, {issue.rule}: {issue.count:,}."
            for issue in self.of("repaired")
        )

    @property
    def refusal(self) -> str:
        """Every refusal, one sentence a line."""
        return "\n".join(f"{self.file}: {issue.sentence}" for issue in self.of("refused"))
