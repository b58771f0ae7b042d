"""Open JSON as text: a list of objects, lines of objects, or the answer of an interface with its
list in ``data``, ``items`` or the like.
"""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from analysis.errors import SchemaError
from analysis.intake.reading import Issues
from analysis.intake.text_table import TextTable, check_width
from analysis.intake.workbooks import as_text, typed_table

LARGEST = 1 << 28
"""Largest JSON document that is read in one piece [bytes]; lines of JSON may be any length."""

FIRST = 1_000
"""Objects whose names make the columns."""


def open_json(path: Path, folder: Path, issues: Issues) -> TextTable:
    """Open a .json file, or one of lines of JSON."""
    suffix = path.suffix.lower()
    read = _document if suffix == ".json" else _lines
    later: set[str] = set()
    try:
        objects = (flat(entry) for entry in read(path, issues))
        first = list(islice(objects, FIRST))
        names = list(dict.fromkeys(chain.from_iterable(first)))
        check_width(issues.file, len(names))
        table = typed_table(_rows(names, chain(first, objects), later), folder, issues)
    except SchemaError:
        raise
    except (ValueError, RecursionError) as error:
        fault = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise SchemaError(f"{issues.file} could not be read as {suffix}: {fault}.") from None
    listed = ", ".join(sorted(later)[:12])
    message = f"names that only objects after the first thousand have: {listed}."
    issues.warn("column ignored", message, count=len(later))
    return table


def _rows(
    names: list[str], objects: Iterator[dict[str, str]], later: set[str]
) -> Iterator[list[str]]:
    """Objects as rows below a header; names that are not in it are added to `later`."""
    yield names
    known = set(names)
    for entry in objects:
        later |= entry.keys() - known
        yield [entry.get(name, "") for name in names]


def _document(path: Path, issues: Issues) -> Iterator[dict]:
    if path.stat().st_size > LARGEST:
        raise SchemaError(
            f"{issues.file} is larger than {LARGEST >> 20} MB. Write one object a line (.jsonl), "
            "or CSV."
        )
    content = _parse(path.read_text(encoding="utf-8-sig"))
    if isinstance(content, dict):
        lists = {
            name: value
            for name, value in content.items()
            if isinstance(value, list) and value and isinstance(value[0], dict)
        }
        if len(lists) > 1:
            raise SchemaError(f"{issues.file} holds several lists: {', '.join(lists)}. Keep one.")
        content = next(iter(lists.values()), [content])
    for entry in content:
        if not isinstance(entry, dict):
            raise SchemaError(
                f"{issues.file} is not a list of objects: one entry is {str(entry)[:40]!r}."
            )
        yield entry


def _lines(path: Path, issues: Issues) -> Iterator[dict]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                entry = _parse(line)
            except ValueError as error:
                raise SchemaError(f"{issues.file}: line {number} is not JSON: {error}.") from None
            if not isinstance(entry, dict):
                raise SchemaError(f"{issues.file}: line {number} is not an object in braces.")
            yield entry


def _parse(text: str):
    """Parse JSON; an object with the same name twice is refused, since one value would be lost."""

    def unique(pairs):
        entry = dict(pairs)
        if len(entry) < len(pairs):
            times = Counter(name for name, _ in pairs)
            raise ValueError(f"an object has '{max(times, key=times.get)}' twice")
        return entry

    return json.loads(text, object_pairs_hook=unique)


def flat(value: dict, before: str = "") -> dict[str, str]:
    """Flatten a nested object, as ``statistics.viewCount``; insights, which come as a list of
    ``{name, values: [{value}]}``, by their names.
    """
    cells: dict[str, str] = {}
    for name, inner in value.items():
        key = f"{before}{name}"
        if isinstance(inner, dict) and inner.keys() == {"data"} and isinstance(inner["data"], list):
            for entry in filter(_is_insight, inner["data"]):
                cells[f"{key}.{entry['name']}"] = as_text(entry["values"][0].get("value"))
        elif isinstance(inner, dict):
            cells |= flat(inner, f"{key}.")
        else:
            cells[key] = json.dumps(inner) if isinstance(inner, list) else as_text(inner)
    return cells


def _is_insight(entry) -> bool:
    """Whether an entry is one named value, as ``{"name": "reach", "values": [{"value": 7}]}``."""
    values = entry.get("values") if isinstance(entry, dict) and "name" in entry else None
    return isinstance(values, list) and len(values) == 1
