"""data/*.toml -> frozen records, strictly: a register is refused as a whole when anything in it is
unknown, missing or impossible; the message names file, table, field and what is allowed there.
"""

import tomllib
from collections.abc import Iterable
from functools import cache
from itertools import chain
from pathlib import Path

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from analysis import paths
from analysis.display import Result, nearest
from analysis.errors import RegisterError, UnknownKeyError
from analysis.registers.claims import Claim, Disagreement, Document, Quotation, Study
from analysis.registers.records import PriceList, PriceTable, Source, TierScheme


class Register(Result, dict):
    """Records by key; shows itself as a list of keys and titles."""

    def __missing__(self, key: str) -> None:
        raise UnknownKeyError(_unknown(key, self))

    def to_frame(self) -> pd.DataFrame:
        """Give a row per record: ``key`` and ``title`` (of a claim its paraphrase).

        Examples
        --------
        >>> schemes().to_frame().iloc[0].tolist()
        ['mediakix-instagram', 'Mediakix, Instagram']
        """
        rows = []
        for key, record in self.items():
            titles = (getattr(record, of, "") for of in ("title", "paraphrase", "topic", "cite"))
            rows.append((key, next(filter(None, titles), "")))
        return pd.DataFrame(rows, columns=["key", "title"])


def read_toml(path: Path) -> dict:
    """Read a file of TOML; a fault in its form is a sentence."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RegisterError(f"{paths.shown(path)} is not valid TOML: {error}.") from None


def read_register(path: Path, record: type, tables: dict | None = None, **common) -> dict:
    """Read the tables of one TOML file, with `common` fields, into records by key; every fault at
    once, naming file, table, field and what is allowed.
    """
    faults, records = [], Register()
    adapter = TypeAdapter(record)
    for key, table in (tables if tables is not None else read_toml(path)).items():
        try:
            records[key] = adapter.validate_python(_tuples({"key": key, **common, **table}))
        except ValidationError as error:
            place = f"{paths.shown(path)} [{key}]"
            faults += [_fault(place, record, fault) for fault in error.errors()]
    if faults:
        raise RegisterError("\n".join(faults))
    return records


def _fault(place: str, record: type, fault: dict) -> str:
    """Write one fault that pydantic reports as a sentence."""
    field = ".".join(str(part) for part in fault["loc"]) or "table"
    allowed = ""
    if fault["type"] == "extra_forbidden":
        allowed = f"{nearest(field, record.model_fields)} Fields: {', '.join(record.model_fields)}."
    return f"{place} {field}: {fault['msg']}; got {fault['input']!r}.{allowed}"


def _tuples(value):
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


@cache
def schemes() -> dict[str, TierScheme]:
    """Every registered tier scheme by key.

    Examples
    --------
    >>> schemes()["decades"].short
    'Decades (yardstick)'
    """
    return read_register(paths.DATA / "tiers.toml", TierScheme)


@cache
def sources() -> dict[str, Source]:
    """Every registered source by key.

    Examples
    --------
    >>> sources()["instagram-kim"].platform
    'instagram'
    """
    return read_register(paths.DATA / "sources.toml", Source)


@cache
def price_lists() -> dict[str, PriceList]:
    """Every registered list of prices by key."""
    path = paths.DATA / "prices.toml"
    return read_register(path, PriceList, read_toml(path)["lists"])


@cache
def price_tables() -> dict[str, PriceTable]:
    """What each published series of prices is, by the key of the series.

    Examples
    --------
    >>> price_tables()["izea_2021"].kind
    'measured payment'
    """
    path = paths.DATA / "prices.toml"
    return read_register(path, PriceTable, read_toml(path)["tables"])


@cache
def quotations() -> dict[str, Quotation]:
    """Every registered step of who quoted whom, in order.

    Examples
    --------
    >>> quotations()["conversations"].claim
    'D07'
    """
    steps = read_register(paths.DATA / "quotations.toml", Quotation)
    quoted = {key: step.quotes for key, step in steps.items()}
    check_names("quotations.toml", "quotes", quoted, steps)
    of_claim = {key: (step.claim,) for key, step in steps.items()}
    check_names("quotations.toml", "claim", of_claim, claims())
    return steps


@cache
def disagreements() -> dict[str, Disagreement]:
    """Every registered disagreement between claims, by key.

    Examples
    --------
    >>> disagreements()["meaning-of-micro"].topic
    'What micro means'
    """
    register = read_register(paths.DATA / "disagreements.toml", Disagreement)
    named = {}
    for key, disagreement in register.items():
        named[key] = tuple(chain.from_iterable(side.claims for side in disagreement.positions))
    check_names("disagreements.toml", "positions", named, claims())
    return register


@cache
def studies() -> dict[str, Study]:
    """Every registered academic study, by key.

    Examples
    --------
    >>> studies()["wies-2023"].platform
    'Instagram'
    """
    register = read_register(paths.DATA / "studies.toml", Study)
    named = {key: study.bears_on for key, study in register.items()}
    check_names("studies.toml", "bears_on", named, claims())
    return register


def check_names(file: str, field: str, named: dict[str, tuple[str, ...]], register: dict) -> None:
    """Refuse names that another register does not hold."""
    place = paths.shown(paths.DATA / file)
    pairs = [(key, name) for key, names in named.items() for name in names]
    faults = [
        f"{place} [{key}] {field}: {_unknown(name, register)}"
        for key, name in pairs
        if name not in register
    ]
    if faults:
        raise RegisterError("\n".join(faults))


def _unknown(name: str, register: dict) -> str:
    hint = nearest(name, register)
    return f"'{name}' is not registered.{hint} Registered: {', '.join(register)}."


@cache
def documents() -> dict[str, Document]:
    """Every document with registered claims, by key.

    Examples
    --------
    >>> documents()["quantumrun"].letter
    'D'
    """
    return Register({at.stem: _document(at)[0] for at in sorted(paths.CLAIMS.glob("*.toml"))})


@cache
def claims() -> dict[str, Claim]:
    """Every registered claim by key, in the order of the documents.

    Examples
    --------
    >>> claims()["D06"].kind
    'ratio'
    """
    register: dict[str, Claim] = {}
    for path in sorted(paths.CLAIMS.glob("*.toml")):
        document, tables = _document(path)
        register |= read_register(path, Claim, tables, document=document.key)
    if faults := [fault for claim in register.values() if (fault := _scheme_fault(claim))]:
        raise RegisterError("\n".join(faults))
    return Register(sorted(register.items()))


def _scheme_fault(claim: Claim) -> str:
    """What is wrong with the scheme of a claim: its words have the meaning that its own document
    gives them.
    """
    known = schemes()
    if not claim.scheme:
        return ""
    place = f"data/claims/{claim.document}.toml [{claim.key}] scheme"
    if claim.scheme not in known:
        return f"{place}: {_unknown(claim.scheme, known)}"
    if known[claim.scheme].document == claim.document:
        return ""
    own = [key for key, scheme in known.items() if scheme.document == claim.document]
    none = f"none yet; add one with document = '{claim.document}' to tiers.toml"
    theirs = known[claim.scheme].document or "no document"
    return (
        f"{place}: '{claim.scheme}' is a scheme of {theirs}, and a claim is about the tiers of its "
        f"own document. Allowed: {', '.join(own) or none}."
    )


def _document(path: Path) -> tuple[Document, dict]:
    tables = read_toml(path)
    document = read_register(path, Document, {path.stem: tables.pop("document", {})})[path.stem]
    return document, tables


def lookup(kind: str, key: str, register: dict):
    """Return one record; of a key that is not there, say which are."""
    if key not in register:
        raise RegisterError(f"{kind} {_unknown(key, register)}")
    return register[key]


def scheme(key: str) -> TierScheme:
    """Return one tier scheme by key.

    Raises
    ------
    RegisterError
        If it is not registered, with the nearest key.

    Examples
    --------
    >>> scheme("decades").names
    ('nano', 'micro', 'macro', 'mega')
    """
    return lookup("tier scheme", key, schemes())


def as_schemes(given: Iterable[TierScheme | str] | TierScheme | str) -> list[TierScheme]:
    """Take schemes, keys of registered ones, or one alone.

    Examples
    --------
    >>> [one.key for one in as_schemes(["decades", scheme("harvard-media")])]
    ['decades', 'harvard-media']
    """
    several = (given,) if isinstance(given, TierScheme | str) else given
    return [scheme(one) if isinstance(one, str) else one for one in several]


def claim(key: str) -> Claim:
    """Return one claim by key.

    Raises
    ------
    RegisterError
        If it is not registered, with the nearest key.

    Examples
    --------
    >>> claim("D07").notebook
    '04-twenty-percent'
    """
    number = key[1:].zfill(2)  # D6 means D06, not the D16 that is as near
    known = claims()
    return lookup("claim", key[:1].upper() + number if key not in known else key, known)
