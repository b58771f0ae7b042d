"""The parameters cell of a notebook is its signature: names, types, defaults and help.

It is read without running anything, and every value is checked before a kernel starts.
"""

import ast
import io
import json
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from analysis import paths
from analysis.display import nearest
from analysis.errors import SchemaError
from analysis.estimate.averages import AVERAGES
from analysis.estimate.cost.price_laws import check_currency
from analysis.moments.kept import own_currency, own_names
from analysis.moments.load import GROUPS
from analysis.registers.lookup import schemes, sources
from analysis.registers.metrics import METRICS
from analysis.simulate.artefacts import ARTEFACTS

TYPES = {"str": str, "int": int, "float": float, "bool": bool}
"""Types that a parameter may have."""

RANGES = {
    "confidence": (0.5, 0.999),
    "base_rate": (0.0001, 0.5),
    "seed": (0, 2**31 - 1),
    "budget": (1, 1e12),
    "handling_cost": (0, 1e9),
    "hourly_cost": (0.01, 1e9),
    "hours": (0, 1e9),
    "price_100k": (0.01, 1e12),
    "overlap": (0, 0.99),
    "present_macro": (0, 1),
}
"""Smallest and largest value of a number, both allowed."""

SKIPPING = ("exit", "quit", "get_ipython")
"""Names that IPython defines, with which a cell can leave out the rest of a notebook."""


class ParameterError(ValueError):
    """A parameter, notebook or option that cannot be used; the message says what is allowed."""


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: ``name: type = literal  # help``."""

    name: str
    type: str
    default: Any
    help: str


def choices(name: str) -> tuple[str, ...]:
    """Values allowed for a parameter that names something registered; empty if any will do."""
    if name == "tier_scheme":  # notebooks compare these two tiers
        both = {"micro", "macro"}
        return tuple(key for key, scheme in schemes().items() if both <= set(scheme.names))
    allowed = {
        "source": (*GROUPS, *sources(), *own_names()),
        "metric": ("engagement", *METRICS),
        "average": tuple(AVERAGES),
        "artefact": ("all", *ARTEFACTS),
    }
    return allowed.get(name, ())


def parameters_of(notebook: Path) -> dict[str, Parameter]:
    """Read the one cell tagged ``parameters`` of a notebook, by name; no cell may hide a part."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        codes = [cell for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(
            f"{notebook.name} is not a notebook: {error}. Restore it from git."
        ) from None
    tagged = [cell for cell in codes if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(
            f"{notebook.name} has {len(tagged)} cells tagged 'parameters'; exactly one is allowed."
        )
    parameters = _signature("".join(tagged[0]["source"]), notebook.name)
    for number, cell in enumerate(codes, 1):
        _check_plain("".join(cell["source"]), f"{notebook.name}, code cell {number}")
    return parameters


def _signature(source: str, notebook: str) -> dict[str, Parameter]:
    """Parse the source of a parameters cell."""
    try:
        nodes = ast.parse(source).body
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError) as error:
        raise ParameterError(f"{notebook}: the parameters cell is not Python: {error}.") from None
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    helps = {token.start[0]: token.string.lstrip("# ") for token in comments}
    parameters = {}
    for node in nodes:
        parameter = _parameter(node, helps)
        if parameter is None:
            raise ParameterError(
                f"{notebook}: '{ast.unparse(node)}' is not 'name: type = literal  # help'. "
                f"Types: {', '.join(TYPES)}; the help is required."
            )
        parameters[parameter.name] = parameter
    return parameters


def _parameter(node: ast.stmt, helps: dict[int, str]) -> Parameter | None:
    """Read one line; None if it is anything but an annotated literal of its type with help."""
    try:
        name, kind, default = node.target.id, node.annotation.id, ast.literal_eval(node.value)
    except (AttributeError, ValueError, TypeError):
        return None
    if kind == "float" and type(default) is int:
        default = float(default)
    if type(default) is not TYPES.get(kind) or not helps.get(node.lineno):
        return None
    return Parameter(name, kind, default, helps[node.lineno])


def _check_plain(source: str, where: str) -> None:
    """Refuse what can leave out a part of a notebook unseen: magics, shell lines and ``exit``."""
    try:
        names = [node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    except SyntaxError as error:
        line = (error.text or source).strip()[:80]
        raise ParameterError(
            f"{where}: '{line}' is not Python. A report takes no magics (%, %%) and no shell "
            "commands (!), since they can skip a cell unseen."
        ) from None
    for name in names:
        if name in SKIPPING:
            raise ParameterError(
                f"{where}: '{name}' is not allowed in a report, since it can skip a cell unseen. "
                "To stop with an error: raise ValueError."
            )


def resolve(notebooks: Iterable[Path], given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Merge defaults and given values, by notebook; a value applies wherever its name exists. All
    faults are refused at once.
    """
    known = {notebook.stem: parameters_of(notebook) for notebook in notebooks}
    names = sorted({name for parameters in known.values() for name in parameters})
    faults = {
        name: f"parameter '{name}' does not exist in the chosen notebooks.{nearest(name, names)} "
        f"Parameters: {', '.join(names)}."
        for name in given
        if name not in names
    }
    merged: dict[str, dict[str, Any]] = {}
    for notebook, parameters in known.items():
        values = merged[notebook] = {}
        for name, parameter in parameters.items():
            try:
                values[name] = _typed(parameter, given.get(name, parameter.default))
            except ParameterError as fault:
                faults.setdefault(name, str(fault))
        if fault := _take_currency(values, given):
            faults["currency"] = fault
    if faults:
        raise ParameterError("\n".join(faults.values()))
    return merged


def _take_currency(values: dict[str, Any], given: dict[str, Any]) -> str:
    """Report own data in their own currency, since nothing is converted; a fault, or nothing."""
    theirs = own_currency(values.get("source", "")) if "currency" in values else ""
    if not theirs:
        return ""
    values["currency"] = theirs
    try:
        check_currency({values["source"]: theirs}, given.get("currency", theirs))
    except SchemaError as fault:
        return f"currency: {fault}"
    return ""


def choose(only: tuple[str, ...]) -> list[Path]:
    """Notebooks by name, or by number such as ``03``; all if none is named, but for those of 00."""
    notebooks = sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))
    notebooks = [path for path in notebooks if not path.stem.startswith("00")]
    names = [path.stem for path in notebooks]
    wanted = [name.zfill(2) for name in only]
    for name in wanted:
        if name not in names and name not in [known[:2] for known in names]:
            raise ParameterError(
                f"notebook '{name}' does not exist.{nearest(name, names)} "
                f"Notebooks: {', '.join(names)}."
            )
    return [path for path in notebooks if not only or {path.stem, path.stem[:2]} & set(wanted)]


def _typed(parameter: Parameter, value: Any) -> Any:
    """Give a value its type; refuse one that its parameter does not allow."""
    where = f"parameter '{parameter.name}'"
    try:
        finite = ConfigDict(allow_inf_nan=False)
        typed = TypeAdapter(TYPES[parameter.type], config=finite).validate_python(value)
    except ValidationError:
        raise ParameterError(
            f"{where}: '{value}' is not of type {parameter.type}. "
            f"It is {parameter.help}; default {parameter.default!r}."
        ) from None
    allowed = choices(parameter.name)
    if allowed and typed not in allowed:
        raise ParameterError(
            f"{where}: '{value}' is not allowed.{nearest(value, allowed)} "
            f"Allowed: {', '.join(allowed)}."
        )
    low, high = RANGES.get(parameter.name, (None, None))
    if low is not None and not low <= typed <= high:
        percent = high < 1 < typed and low <= typed / 100 <= high  # a share written as percent
        hint = f" Did you mean {typed / 100:g}?" if percent else ""
        raise ParameterError(
            f"{where}: {value} is not allowed. Allowed: {low:.10g} to {high:.10g}.{hint}"
        )
    return typed
