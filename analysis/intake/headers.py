"""Columns of a file -> columns of POSTS or PRICES, by their own names, by data/columns.toml and by
what the reader says.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.intake.reading import Findings, Hints
from analysis.intake.schema import POSTS, PRICES, Column
from analysis.registers.lookup import read_register
from analysis.registers.metrics import METRICS, available
from analysis.registers.records import PLATFORMS, Platform

AVERAGES = re.compile(r"(^|_)(avg|average|mean|per_post)(_|$)")
"""In the name of a count or an amount, says that it is an average per post."""


class Export(BaseModel):
    """What one kind of export calls the columns of POSTS."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    key: str
    title: str
    platform: Platform | None = None
    recognised_by: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Columns:
    """Which column of a file is which column of POSTS.

    Attributes
    ----------
    places : dict
        Position in the file, from 0, by column of POSTS.
    names : dict
        What the file calls it, by column of POSTS.
    constants : dict
        Columns of POSTS that have one value in every row.
    averages : tuple of str
        Counts that are averages per post.
    export : str
        Title of the export that was recognised; empty if none was.
    ignored : tuple of str
        Columns of the file that are not read.
    """

    places: dict[str, int]
    names: dict[str, str]
    constants: dict[str, str] = field(default_factory=dict)
    averages: tuple[str, ...] = ()
    export: str = ""
    ignored: tuple[str, ...] = ()


def plain(name: str) -> str:
    """Write a name without case, spaces and punctuation: ``likeCount``, ``Like Count`` and
    ``like_count`` are one.
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", unicodedata.normalize("NFKC", name))
    return re.sub(r"[^\w%]+|_+", "_", name.casefold()).strip("_")


def exports(extra: Path | None = None) -> dict[str, Export]:
    """Every known export by key, those of the reader's own file first.

    Raises
    ------
    RegisterError, SchemaError
        If data/columns.toml, or the reader's own file, breaks the form.
    """
    if extra is None:
        return _exports(None, 0)
    if not extra.is_file():
        raise SchemaError(f"--columns {extra}: there is no such file.")
    return _exports(extra, extra.stat().st_mtime_ns)


@cache
def _exports(extra: Path | None, _changed: int) -> dict[str, Export]:
    known = _read(paths.DATA / "columns.toml")
    if extra is None:
        return known
    try:
        own = _read(extra)
    except (RegisterError, UnicodeDecodeError) as error:
        raise SchemaError(f"--columns: {error}") from None
    for key in own.keys() & {"general", "platforms"}:
        both = {
            name: own[key].columns.get(name, ()) + known[key].columns.get(name, ())
            for name in {**own[key].columns, **known[key].columns}
        }
        own[key] = own[key].model_copy(update={"columns": both})
    return own | {key: export for key, export in known.items() if key not in own}


def _read(path: Path) -> dict[str, Export]:
    found = read_register(path, Export)
    for export in found.values():
        allowed = PLATFORMS if export.key == "platforms" else tuple(POSTS)
        for name in export.columns:
            if name not in allowed:
                raise RegisterError(
                    f"{paths.shown(path)} [{export.key}] columns: '{name}' is not known. Known: {', '.join(allowed)}."
                )
    return found


def platform_names(extra: Path | None = None) -> dict[str, str]:
    """Platform by each plain name that a cell may give it."""
    aliases = exports(extra)["platforms"].columns
    return {plain(alias): name for name in PLATFORMS for alias in (name, *aliases.get(name, ()))}


def known_names(hints: Hints) -> frozenset[str]:
    """Every plain name under which a column of POSTS or PRICES may go, by which a header is found
    among other lines.
    """
    aliases = (
        alias
        for export in exports(hints.columns).values()
        if export.key != "platforms"
        for group in export.columns.values()
        for alias in group
    )
    return frozenset(map(plain, (*POSTS, *PRICES, *aliases, *hints.names)))


def assign(
    header: list[str], hints: Hints, findings: Findings, schema: dict[str, Column] = POSTS
) -> Columns:
    """Find the columns of POSTS, or of PRICES, in a header; every fault goes to `findings`."""
    _check_hints(header, hints, findings, schema)
    given = [plain(name) for name in header]
    _check_doubles(header, given, findings)
    export = _recognised(given, hints)
    places, averages = {}, []
    for column in schema:
        candidates = _candidates(column, header, given, export, hints)
        if candidates and column not in hints.constants:
            places[column] = candidates[0]
            name = given[candidates[0]]
            if "posts" in schema and column not in hints.names.values() and AVERAGES.search(name):
                averages.append(column)
            if len(candidates) > 1:
                others = ", ".join(f"'{header[place]}'" for place in candidates[1:])
                findings.warning(
                    "several columns",
                    f"is read from '{header[candidates[0]]}', not from {others}. Choose with --map.",
                    column=column,
                )
    constants = dict(hints.constants)
    if export and export.platform and "platform" not in places and "platform" not in constants:
        constants["platform"] = export.platform
        findings.repaired(
            "platform of the export",
            f"is taken to be {export.platform}, as the file looks like: {export.title}.",
            column="platform",
        )
    for column, place in places.items():
        if header[place].strip() != column:
            findings.repaired(
                "column name", f"is read from '{header[place].strip()}'.", column=column
            )
    for column in averages:
        findings.repaired(
            "average per post",
            "holds averages per post by its name; they are multiplied by `posts` where the file has it.",
            column=column,
        )
    ignored = tuple(
        name for place, name in enumerate(header) if place not in places.values() and name.strip()
    )
    _check_enough({*places, *constants}, ignored, hints, findings, schema)
    names = {column: header[place].strip() for column, place in places.items()}
    return Columns(
        places, names, constants, tuple(averages), export.title if export else "", ignored
    )


def _check_hints(
    header: list[str], hints: Hints, findings: Findings, schema: dict[str, Column]
) -> None:
    for kind, wanted, allowed in (
        ("--map", hints.names.values(), schema),
        ("--set", hints.constants, schema),
        ("--map", hints.names, [name.strip() for name in header]),
        ("--ignore", hints.ignore, [name.strip() for name in header]),
    ):
        for name in wanted:
            if name not in allowed:
                findings.refused(
                    "option",
                    f"{kind}: there is no column '{name}'.{_near(name, allowed)} Columns: {', '.join(allowed)}.",
                )


def _check_doubles(header: list[str], given: list[str], findings: Findings) -> None:
    doubles = {
        name.strip()
        for place, name in enumerate(header)
        if name.strip() and given[place] in given[:place]
    }
    for name in sorted(doubles):
        findings.refused(
            "column twice", f"the column '{name}' is there twice. Rename or remove one."
        )


def _recognised(given: list[str], hints: Hints) -> Export | None:
    """The most specific export whose marks are all in the header."""
    fitting = [
        export
        for export in exports(hints.columns).values()
        if export.recognised_by and set(map(plain, export.recognised_by)) <= set(given)
    ]
    return max(fitting, key=lambda export: len(export.recognised_by), default=None)


def _candidates(
    column: str, header: list[str], given: list[str], export: Export | None, hints: Hints
) -> list[int]:
    """Places in the header that may be a column: what the reader said, its own name, names of the
    export, names in general.
    """
    said = [place for place, name in enumerate(header) if hints.names.get(name.strip()) == column]
    if said:
        return said
    general = exports(hints.columns)["general"].columns.get(column, ())
    names = dict.fromkeys(
        map(plain, (column, *(export.columns.get(column, ()) if export else ()), *general))
    )
    taken = {
        place
        for place, name in enumerate(header)
        if name.strip() in hints.names or name.strip() in hints.ignore
    }
    return [
        place
        for name in names
        for place, found in enumerate(given)
        if found == name and place not in taken
    ]


def _near(name: str, allowed, cutoff: float = 0.6) -> str:
    near = get_close_matches(name, list(allowed), n=1, cutoff=cutoff)
    return f" Is '{near[0]}' meant?" if near else ""


def _check_enough(
    known: set[str],
    ignored: tuple[str, ...],
    hints: Hints,
    findings: Findings,
    schema: dict[str, Column],
) -> None:
    """Refuse a table without the required columns or any count, and names so near to a missing one
    that they look like a slip.
    """
    for column in schema.values():
        if column.required and column.name not in known:
            near = get_close_matches(column.name, ignored, n=1, cutoff=0.5)
            hint = (
                f" Is '{near[0]}' meant? Then add --map {column.name}={near[0]}."
                if near
                else f" Name it with --map {column.name}=NAME"
            )
            hint += (
                "" if near else f", or give one value for all rows with --set {column.name}=VALUE."
            )
            findings.refused(
                "column missing",
                f"required column '{column.name}' is missing ({column.meaning}).{hint}",
            )
    if (
        schema is PRICES
        and "followers" not in known
        and not {"followers_min", "followers_max"} <= known
    ):
        findings.refused(
            "column missing", "a price needs followers, or both followers_min and followers_max."
        )
    if schema is POSTS and not available(
        known | ({"cost"} if "amplification" in known else set())
    ):  # which is a cost
        sets = "; ".join(
            sorted({" with ".join(sorted(metric.columns)) for metric in METRICS.values()})
        )
        findings.refused(
            "no metric", f"the columns allow no metric. A metric needs one of: {sets}."
        )
    missing = [name for name, column in schema.items() if name not in known and not column.required]
    slips = {
        name: get_close_matches(plain(name), missing, n=1, cutoff=0.85)
        for name in ignored
        if name.strip() not in hints.ignore
    }
    for name, near in slips.items():
        if near:
            findings.refused(
                "column name",
                f"column '{name}' is not known. Is '{near[0]}' meant? Then add --map {near[0]}={name}; else --ignore {name}.",
            )
    others = [name for name in ignored if not slips.get(name)]
    if others:
        findings.warning(
            "column ignored",
            f"columns that are not read: {', '.join(others[:12])}{' ...' * (len(others) > 12)}.",
            count=len(others),
        )
