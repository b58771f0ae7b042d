"""What a reader may say about a file, and what reading it found."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Hints:
    """What the reader says about a file, because the file itself does not.

    Attributes
    ----------
    names : dict
        Column of POSTS by what the file calls it, e.g. ``{"like_cnt": "likes"}``.
    constants : dict
        Value of a column that the file does not have, e.g. ``{"platform": "instagram"}``.
    ignore : tuple of str
        Columns of the file that are not to be read.
    columns : Path or None
        A file in the form of data/columns.toml with further names.
    encoding : str
        Of a text file that is not UTF-8.
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
    """

    names: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    columns: Path | None = None
    encoding: str = ""
    sheet: str = ""
    decimal: str = ""
    rate: str = ""
    dates: str = ""
    zone: str = ""
    strict: bool = False


KINDS = ("refused", "repaired", "warning")


@dataclass(frozen=True)
class Finding:
    """One thing that reading a file found.

    Attributes
    ----------
    kind : str
        One of KINDS.
    rule : str
        Short name of what was found, the same in every file.
    says : str
        What was done, or what is to be done, in a sentence.
    column : str
        Column of POSTS, or of the file; empty if the whole file is meant.
    count : int
        Cells or rows concerned.
    rows : tuple of int
        The first data rows, counted from 1 below the header; blank lines are not counted.
    example : str
        The first cell as it stands in the file.
    became : str
        What that cell was read as.
    """

    kind: str
    rule: str
    says: str
    column: str = ""
    count: int = 1
    rows: tuple[int, ...] = ()
    example: str = ""
    became: str = ""

    @property
    def sentence(self) -> str:
        """The finding as one sentence that names column, rows and value."""
        where = [f"column '{shortened(self.column)}'"] if self.column else []
        if self.rows:
            numbers = ", ".join(f"{row:,}" for row in self.rows)
            where.append(
                f"data row{'s' * (len(self.rows) > 1)} {numbers}{' ...' * (self.count > len(self.rows))}"
            )
        value = f"'{shortened(self.example)}' " if self.example else ""
        told = f"{', '.join(where)}{':' * bool(self.rows)} {value}{self.says}".strip()
        return (
            f"{told} {'Cells' if self.column else 'Rows'} like it: {self.count:,}."
            if self.rows
            else told
        )


def printable(text: str) -> str:
    """Write text from a file so that it cannot steer a terminal: lines stay, other control
    characters do not.
    """
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)


def shortened(text: str, length: int = 60) -> str:
    """Write a cell so that it can stand in a message: on one line, no control characters, not too
    long.
    """
    plain = printable(text).replace("\n", "�")
    return plain if len(plain) <= length else plain[:length] + " ..."


@dataclass
class Findings:
    """All that was found, in the order of finding."""

    file: str
    strict: bool = False
    all: list[Finding] = field(default_factory=list)

    def repaired(self, rule: str, says: str, **facts) -> None:
        """Note a repair; a refusal if the reader wants none."""
        if facts.get("count", 1):
            extra = " Repairs are not allowed (--strict)." if self.strict else ""
            self.all.append(
                Finding("refused" if self.strict else "repaired", rule, says + extra, **facts)
            )

    def refused(self, rule: str, says: str, **facts) -> None:
        """Note what cannot be used."""
        if facts.get("count", 1):
            self.all.append(Finding("refused", rule, says, **facts))

    def warning(self, rule: str, says: str, **facts) -> None:
        """Note what is used, and is worth a look."""
        if facts.get("count", 1):
            self.all.append(Finding("warning", rule, says, **facts))

    def of(self, kind: str) -> list[Finding]:
        """Findings of one kind."""
        return [finding for finding in self.all if finding.kind == kind]

    @property
    def repairs(self) -> tuple[str, ...]:
        """Every repair in a sentence that does not tell what a cell held, since a report may go
        further than the file.
        """
        return tuple(
            f"Repaired on reading: {one.column or 'rows'}, {one.rule}: {one.count:,}."
            for one in self.of("repaired")
        )

    @property
    def refusal(self) -> str:
        """Every refusal, one sentence a line."""
        return "\n".join(f"{self.file}: {finding.sentence}" for finding in self.of("refused"))


def cells_where(connection, column: str, rule: str) -> dict:
    """Count the cells of a column for which a rule of SQL holds: ``column, count, rows, example``
    of a `Finding`.
    """
    sql = f"SELECT count(*), min(row, 3), arg_min({column}, row) FROM cells WHERE {rule}"
    count, rows, example = connection.execute(sql).fetchall()[0]
    return {"column": column, "count": count, "rows": tuple(rows or ()), "example": example or ""}
