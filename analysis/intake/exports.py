"""What common exports, and a file of the reader's own, call the columns of POSTS and platforms."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.intake.reading import Hints
from analysis.intake.schema import POSTS, PRICES
from analysis.registers.lookup import read_register
from analysis.registers.records import PLATFORMS, Platform


class Export(BaseModel):
    """What one kind of export calls the columns of POSTS."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    key: str
    title: str
    platform: Platform | None = None
    recognised_by: tuple[str, ...] = ()
    columns: dict[str, tuple[str, ...]]


def normal_name(name: str) -> str:
    """Write a name without case, spaces and punctuation: ``likeCount``, ``Like Count`` and
    ``like_count`` are the same.
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", unicodedata.normalize("NFKC", name))
    return re.sub(r"[^\w%]+|_+", "_", name.casefold()).strip("_")


def exports(column_names: Path | None = None) -> dict[str, Export]:
    """Every known export by key, those of the reader's own file first."""
    shipped = _shipped()
    if column_names is None:
        return shipped
    if not column_names.is_file():
        raise SchemaError(f"{column_names}: there is no such file.")
    try:
        own = _read(column_names)
    except (RegisterError, UnicodeDecodeError) as error:
        raise SchemaError(str(error)) from None
    for key in own.keys() & {"general", "platforms"}:
        mine, general = own[key].columns, shipped[key].columns
        both = {name: mine.get(name, ()) + general.get(name, ()) for name in {**mine, **general}}
        own[key] = own[key].model_copy(update={"columns": both})
    return own | {key: export for key, export in shipped.items() if key not in own}


@cache
def _shipped() -> dict[str, Export]:
    return _read(paths.DATA / "columns.toml")


def _read(path: Path) -> dict[str, Export]:
    known = read_register(path, Export)
    for export in known.values():
        allowed = PLATFORMS if export.key == "platforms" else tuple(POSTS)
        unknown = [name for name in export.columns if name not in allowed]
        if unknown:
            raise RegisterError(
                f"{paths.shown(path)} [{export.key}] columns: '{unknown[0]}' is not known. "
                f"Known: {', '.join(allowed)}."
            )
    return known


def platform_names(column_names: Path | None = None) -> dict[str, str]:
    """Platform by each normal name that a cell may give it."""
    aliases = exports(column_names)["platforms"].columns
    return {
        normal_name(alias): name for name in PLATFORMS for alias in (name, *aliases.get(name, ()))
    }


def known_names(hints: Hints) -> frozenset[str]:
    """Every normal name of a column of POSTS or PRICES, by which a header is recognised among other
    lines.
    """
    names = [*POSTS, *PRICES, *hints.columns.values()]
    for export in exports(hints.column_names).values():
        if export.key != "platforms":
            names += sum(export.columns.values(), ())
    return frozenset(map(normal_name, names))
