"""The rooms and their modules stand in one order, and what is imported stands further left."""

import ast
import subprocess
import sys
from itertools import chain, pairwise

import pytest

from analysis import paths

PLAN = (paths.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```text")[1].split("```")[0]
"""The list of rooms and modules in CONTRIBUTING.md; a line that starts with spaces goes on with the room above it."""
WORDS = [word.rstrip("/") for word in PLAN.split()]
ROOMS = ("evidence", "estimate", "present", "publish")
STARTS = [WORDS.index(room) for room in ROOMS]
HOUSE = {room: WORDS[start + 1 : end] for room, (start, end) in zip(ROOMS, pairwise([*STARTS, len(WORDS)]), strict=True)}
FROM_LEFT_TO_RIGHT = ["paths", *(f"{room}.{module}" for room, modules in HOUSE.items() for module in modules)]
PACKAGE = paths.ROOT / "analysis"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.name == "paths.py")
TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
HEAVY = {
    "duckdb", "pyspark", "ibis", "distributed", "polars", "pyarrow", "statsmodels", "papermill", "nbconvert", "nbformat", "click",
    "jinja2", "requests", "tqdm", "matplotlib", "seaborn", "IPython",
}  # fmt: skip


def module_of(path):
    """``room.module`` of a file; an adapter belongs to ``evidence.sources``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts[:2]).removesuffix(".__init__")


def imported_by(path):
    """Modules of ours that a file imports, wherever in it."""
    for node in ast.walk(TREES[path.relative_to(PACKAGE).as_posix()]):
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path.name}: a relative import hides where it leads"
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in (name.split(".") for name in names if name.split(".")[0] == "analysis"):
            yield ".".join(name[1:2] if name[1:2] == ["paths"] else name[1:3])


def body_lines(function):
    """Lines of a function from its first statement to its last, its docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_every_module_on_disk_has_its_place_and_every_place_its_module():
    assert {module_of(path) for path in FILES} - set(HOUSE) == set(FROM_LEFT_TO_RIGHT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_its_left(path):
    here = module_of(path)
    places = {name: place for place, name in enumerate(FROM_LEFT_TO_RIGHT)}
    left = {name for name in places if places[name] < places.get(here, 0)}  # the file of a room itself stands before all
    allowed = left | ({here} if here == "evidence.sources" else set())
    assert set(imported_by(path)) <= allowed


def test_what_is_shown_does_not_know_how_it_was_estimated():
    shown = chain.from_iterable(imported_by(path) for path in FILES if module_of(path).startswith("present"))
    assert [name for name in shown if name.startswith("estimate")] == []


def test_what_a_notebook_imports_brings_neither_engine_nor_publisher():
    ours = "*(name for name in sys.modules if name.startswith('analysis.publish'))"
    code = f"import sys, analysis; print(*sorted({HEAVY!r} & set(sys.modules)), {ours})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=paths.ROOT).stdout
    assert loaded.strip() == ""


def test_the_map_in_the_package_names_the_rooms_in_their_order():
    places = [PACKAGE.joinpath("__init__.py").read_text(encoding="utf-8").index(f"{room}  ->") for room in list(HOUSE)[:3]]
    assert all(left < right for left, right in pairwise(places))


@pytest.mark.parametrize("file", TREES)
def test_a_module_is_short_and_so_is_every_function_in_it(file):
    assert len((PACKAGE / file).read_text(encoding="utf-8").splitlines()) <= 330
    functions = [node for node in ast.walk(TREES[file]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert {node.name: body_lines(node) for node in functions if body_lines(node) > 45} == {}
