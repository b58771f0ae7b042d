"""Folders import only from their left, importing is light, and modules and functions are short."""

import ast
import subprocess
import sys

import pytest

from analysis import paths

PACKAGE = paths.ROOT / "analysis"
TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
HEAVY = (
    "duckdb pyspark ibis distributed polars pyarrow statsmodels papermill nbconvert nbformat click "
    "jinja2 requests tqdm matplotlib seaborn IPython great_tables"
).split()


def body_lines(function):
    """Lines of a function from its first statement to its last, its docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_importing_the_package_brings_neither_engine_nor_publisher():
    ours = "*(name for name in sys.modules if name.startswith('analysis.publish'))"
    code = f"import sys, analysis; print(*sorted(set({HEAVY!r}) & set(sys.modules)), {ours})"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=paths.ROOT)
    assert loaded.stdout.strip() == ""


@pytest.mark.parametrize("file", TREES)
def test_a_module_is_short_and_so_is_every_function_in_it(file):
    assert len((PACKAGE / file).read_text(encoding="utf-8").splitlines()) <= 300
    nodes = ast.walk(TREES[file])
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert {node.name: body_lines(node) for node in functions if body_lines(node) > 40} == {}
