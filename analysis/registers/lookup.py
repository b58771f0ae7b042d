"""data/*.toml -> frozen records, strictly.

A register is refused as a whole when anything in it is unknown, missing or impossible; the message
names the file, the table, the field and what is allowed there.
"""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from analysis import paths
from analysis.errors import RegisterError
from analysis.registers.claims import Claim, Disagreement, Document, Quotation, Study
from analysis.registers.records import PriceList, PriceTable, Source, TierScheme


def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RegisterError(f"{paths.shown(path)} is not valid TOML: {error}.") from None


def read_register(path: Path, record: type, tables: dict | None = None, **common) -> dict:
    """Read one TOML file of tables into records by key.

    Parameters
    ----------
    path : Path
        The register.
    record : type
        One of the records of `analysis.registers.records`.
    tables : dict, optional
        The tables, if the file has been parsed already.
    **common
        Fields shared by every record of the file.

    Raises
    ------
    RegisterError
        Naming file, table, field and what is allowed, for every fault at once.
    """
    faults, records = [], {}
    adapter = TypeAdapter(record)
    for key, table in (tables if tables is not None else _read(path)).items():
        try:
            records[key] = adapter.validate_python(_tuples({"key": key, **common, **table}))
        except ValidationError as error:
            for fault in error.errors():
                field = ".".join(str(part) for part in fault["loc"]) or "table"
                allowed = (
                    f" Fields: {', '.join(record.model_fields)}."
                    if fault["type"] == "extra_forbidden"
                    else ""
                )
                faults.append(
                    f"{paths.shown(path)} [{key}] {field}: {fault['msg']}; got {fault['input']!r}.{allowed}"
                )
    if faults:
        raise RegisterError("\n".join(faults))
    return records


def _tuples(value):
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


@cache
def tier_schemes() -> dict[str, TierScheme]:
    """Every registered tier scheme by key."""
    return read_register(paths.DATA / "tiers.toml", TierScheme)


@cache
def sources() -> dict[str, Source]:
    """Every registered source by key."""
    return read_register(paths.DATA / "sources.toml", Source)


@cache
def price_lists() -> dict[str, PriceList]:
    """Every registered list of prices by key."""
    return read_register(
        paths.DATA / "prices.toml", PriceList, _read(paths.DATA / "prices.toml")["lists"]
    )


@cache
def price_tables() -> dict[str, PriceTable]:
    """What each published series of prices is, by the key of the series."""
    return read_register(
        paths.DATA / "prices.toml", PriceTable, _read(paths.DATA / "prices.toml")["tables"]
    )


@cache
def quotations() -> dict[str, Quotation]:
    """Every registered step of who quoted whom, in order.

    Raises
    ------
    RegisterError
        Also when a step quotes one that does not exist, or stands on the way of a claim that does
        not.
    """
    found = read_register(paths.DATA / "quotations.toml", Quotation)
    _check_names(
        "quotations.toml", "quotes", {step.key: step.quotes for step in found.values()}, found
    )
    _check_names(
        "quotations.toml", "claim", {step.key: (step.claim,) for step in found.values()}, claims()
    )
    return found


@cache
def disagreements() -> dict[str, Disagreement]:
    """Every registered disagreement between claims, by key.

    Raises
    ------
    RegisterError
        Also when a position names a claim that does not exist.
    """
    found = read_register(paths.DATA / "disagreements.toml", Disagreement)
    named = {
        one.key: tuple(key for position in one.positions for key in position.claims)
        for one in found.values()
    }
    _check_names("disagreements.toml", "positions", named, claims())
    return found


@cache
def studies() -> dict[str, Study]:
    """Every registered academic study, by key.

    Raises
    ------
    RegisterError
        Also when a study bears on a claim that does not exist.
    """
    found = read_register(paths.DATA / "studies.toml", Study)
    _check_names(
        "studies.toml",
        "bears_on",
        {study.key: study.bears_on for study in found.values()},
        claims(),
    )
    return found


def _check_names(file: str, field: str, named: dict[str, tuple[str, ...]], register: dict) -> None:
    faults = [
        f"{paths.shown(paths.DATA / file)} [{key}] {field}: '{name}' is not registered. Registered: {', '.join(register)}."
        for key, names in named.items()
        for name in names
        if name not in register
    ]
    if faults:
        raise RegisterError("\n".join(faults))


@cache
def documents() -> dict[str, Document]:
    """Every document with registered claims, by key."""
    return {path.stem: _document(path)[0] for path in sorted(paths.CLAIMS.glob("*.toml"))}


@cache
def claims() -> dict[str, Claim]:
    """Every registered claim by key, in the order of the documents.

    Raises
    ------
    RegisterError
        Also when a claim names a document, scheme or letter that does not exist.
    """
    found: dict[str, Claim] = {}
    for path in sorted(paths.CLAIMS.glob("*.toml")):
        document, tables = _document(path)
        found |= read_register(path, Claim, tables, document=document.key)
    schemes = tier_schemes()
    for claim in found.values():
        if claim.scheme and claim.scheme not in schemes:
            raise RegisterError(
                f"data/claims/{claim.document}.toml [{claim.key}] scheme: '{claim.scheme}' is not registered. "
                f"Registered: {', '.join(schemes)}."
            )
    return dict(sorted(found.items()))


def _document(path: Path) -> tuple[Document, dict]:
    tables = _read(path)
    document = read_register(path, Document, {path.stem: tables.pop("document", {})})[path.stem]
    return document, tables


def lookup(kind: str, key: str, register: dict):
    """Return one record, or say which exist.

    Raises
    ------
    RegisterError
        If `key` is not in the register.
    """
    if key not in register:
        raise RegisterError(f"{kind} '{key}' is not registered. Registered: {', '.join(register)}.")
    return register[key]


def scheme(key: str) -> TierScheme:
    """Return one tier scheme by key, e.g. ``scheme("mediakix-instagram")``."""
    return lookup("tier scheme", key, tier_schemes())


def claim(key: str) -> Claim:
    """Return one claim by key, e.g. ``claim("D06")``."""
    return lookup("claim", key, claims())
