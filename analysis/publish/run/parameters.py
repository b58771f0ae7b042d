"""The parameters cell of a notebook is its signature: names, types, defaults and help, checked
before any kernel starts.
"""

import ast
import io
import json
import tokenize
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from analysis import paths
from analysis.estimate.averages import AVERAGES
from analysis.moments.load import GROUPS
from analysis.moments.own import own_currency, own_names
from analysis.registers.lookup import sources, tier_schemes
from analysis.registers.metrics import METRICS
from analysis.simulate.artefacts import ARTEFACTS

TYPES = {"str": str, "int": int, "float": float, "bool": bool}
"""Types that a parameter may have."""


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
    """Values allowed for a parameter that names something registered; empty if any value of its
    type will do.
    """
    allowed = {
        "source": (*GROUPS, *sources(), *own_names()),
        "tier_scheme": tuple(
            key for key, scheme in tier_schemes().items() if {"micro", "macro"} <= set(scheme.names)
        ),
        "metric": ("engagement", *METRICS),
        "average": tuple(AVERAGES),
        "artefact": ("all", *ARTEFACTS),
    }
    return allowed.get(name, ())


RANGES = {
    "confidence": (0.5, 0.999),
    "base_rate": (0.0001, 0.5),
    "seed": (0, 2**31 - 1),
    "budget": (1, 1e12),
    "handling_cost": (0.01, 1e9),
    "hourly_cost": (0.01, 1e9),
    "hours": (0, 1e9),
    "price_100k": (0.01, 1e12),
    "overlap": (0, 0.99),
    "present_macro": (0, 1),
}
"""Smallest and largest value of a number, both allowed."""


def parameters_of(notebook: Path) -> dict[str, Parameter]:
    """Read the parameters cell.

    Parameters
    ----------
    notebook : Path
        A notebook with exactly one code cell tagged ``parameters``, which holds nothing but
        annotated literals.

    Raises
    ------
    ParameterError
        If the cell is missing or holds anything else, or if any code cell is not plain Python.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise ParameterError(
            f"{notebook.name} is not a notebook: {error}. Restore it from git."
        ) from None
    tagged = [
        "".join(cell["source"])
        for cell in cells
        if "parameters" in cell["metadata"].get("tags", [])
    ]
    if len(tagged) != 1:
        raise ParameterError(
            f"{notebook.name} has {len(tagged)} cells tagged 'parameters'; exactly one is allowed."
        )
    try:
        nodes = ast.parse(tagged[0]).body
        tokens = list(tokenize.generate_tokens(io.StringIO(tagged[0]).readline))
    except (SyntaxError, tokenize.TokenError) as error:
        raise ParameterError(
            f"{notebook.name}: the parameters cell is not Python: {error}."
        ) from None
    helps = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokens
        if token.type == tokenize.COMMENT
    }
    found = {}
    for node in nodes:
        parameter = _parameter(node, helps)
        if parameter is None:
            line = ast.unparse(node)
            allowed = f"Types: {', '.join(TYPES)}; the help is required."
            raise ParameterError(
                f"{notebook.name}: '{line}' is not 'name: type = literal  # help'. {allowed}"
            )
        found[parameter.name] = parameter
    for number, source in enumerate(
        ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"), 1
    ):
        _check_plain(source, f"{notebook.name}, code cell {number}")
    return found


def _check_plain(source: str, where: str) -> None:
    """Refuse what can skip a part of a notebook unseen: magics, lines for the shell, and IPython's
    own ``exit``.
    """
    try:
        names = [node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    except SyntaxError as error:
        line = (error.text or source).strip()[:80]
        raise ParameterError(
            f"{where}: '{line}' is not Python. A report takes no magics (%, %%) and no lines for the shell (!), "
            "since one of them can skip a cell unseen."
        ) from None
    if found := [name for name in names if name in ("exit", "quit", "get_ipython")]:
        raise ParameterError(
            f"{where}: '{found[0]}' is not allowed in a report, since it can skip a cell unseen. To stop with an error: raise ValueError."
        )


def _parameter(node: ast.stmt, helps: dict[int, str]) -> Parameter | None:
    """Read one line; None if it is anything but an annotated literal of its type with help."""
    try:
        name, kind, default = node.target.id, node.annotation.id, ast.literal_eval(node.value)
    except (AttributeError, ValueError, TypeError):
        return None
    if kind == "float" and type(default) is int:
        default = float(default)
    return (
        Parameter(name, kind, default, helps[node.lineno])
        if type(default) is TYPES.get(kind) and helps.get(node.lineno)
        else None
    )


def resolve(notebooks: list[Path], given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Merge defaults and given values for each notebook; a value goes to every chosen notebook that
    has the parameter.

    The currency of a notebook about own data is theirs, since nothing is converted.

    Parameters
    ----------
    notebooks : list of Path
        The chosen notebooks.
    given : dict
        Values by name, as text or already typed.

    Returns
    -------
    dict
        All parameters, by notebook.

    Raises
    ------
    ParameterError
        For an unknown name (with the nearest), a wrong type, or a value that is not allowed; every
        fault at once.
    """
    known = {notebook.stem: parameters_of(notebook) for notebook in notebooks}
    names = sorted({name for parameters in known.values() for name in parameters})
    faults = {name: _unknown(name, names) for name in given if name not in names}
    merged: dict[str, dict[str, Any]] = {}
    for notebook, parameters in known.items():
        merged[notebook] = {}
        for parameter in parameters.values():
            value = given.get(parameter.name, parameter.default)
            try:
                merged[notebook][parameter.name] = _typed(parameter, value)
            except ParameterError as fault:
                faults.setdefault(
                    parameter.name, str(fault)
                )  # once, however many notebooks have it
        values = merged[notebook]
        if "currency" in values and (theirs := own_currency(values.get("source", ""))):
            if given.get("currency", theirs) != theirs:
                faults["currency"] = (
                    f"currency: {given['currency']} is not that of '{values['source']}', whose amounts are in {theirs}. Nothing is "
                    f"converted here: give {theirs}, or leave the currency out."
                )
            values["currency"] = theirs
    if faults:
        raise ParameterError("\n".join(faults.values()))
    return merged


def choose(only: tuple[str, ...]) -> list[Path]:
    """Find notebooks by name, or by number such as ``03``; all if none is named.

    Raises
    ------
    ParameterError
        For a name that fits none; 00-explore is interactive and is not run.
    """
    found = [
        path
        for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb"))
        if not path.stem.startswith("00")
    ]
    names = [path.stem for path in found]
    only = tuple(wanted.zfill(2) for wanted in only)
    for wanted in only:
        if not any(wanted in (name, name[:2]) for name in names):
            raise ParameterError(
                f"notebook '{wanted}' does not exist.{nearest(wanted, names)} Notebooks: {', '.join(names)}."
            )
    return [path for path in found if not only or path.stem in only or path.stem[:2] in only]


def nearest(word: str, allowed) -> str:
    """Write a hint at the nearest allowed word, or nothing."""
    near = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""


def _unknown(name: str, names: list[str]) -> str:
    return f"parameter '{name}' does not exist in the chosen notebooks.{nearest(name, names)} Parameters: {', '.join(names)}."


def _typed(parameter: Parameter, value: Any) -> Any:
    try:
        typed = TypeAdapter(
            TYPES[parameter.type], config=ConfigDict(allow_inf_nan=False)
        ).validate_python(value)
    except ValidationError:
        raise ParameterError(
            f"parameter '{parameter.name}': '{value}' is not of type {parameter.type}. "
            f"It is {parameter.help}; default {parameter.default!r}."
        ) from None
    allowed = choices(parameter.name)
    if allowed and typed not in allowed:
        raise ParameterError(
            f"parameter '{parameter.name}': '{value}' is not allowed.{nearest(str(value), allowed)} Allowed: {', '.join(allowed)}."
        )
    low, high = RANGES.get(parameter.name, (None, None))
    if low is not None and not low <= typed <= high:
        raise ParameterError(
            f"parameter '{parameter.name}': {value} is not allowed. Allowed: {low:.10g} to {high:.10g}."
        )
    return typed
