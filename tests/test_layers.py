"""Imports keep the contracts in pyproject.toml, importing is light, and modules and functions are
short."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache

import pytest

from analysis import paths

PACKAGE, TESTS = paths.ROOT / "analysis", paths.ROOT / "tests"
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "tool"
    ]["importlinter"]["contracts"]
}
HEAVY = {
    *("duckdb", "pyspark", "ibis", "distributed", "polars", "pyarrow", "statsmodels"),
    *("papermill", "nbconvert", "nbformat", "click", "jinja2", "requests", "tqdm"),
    *("scipy.stats", "scipy.optimize", "scipy.sparse"),
    *("matplotlib", "seaborn", "IPython", "great_tables"),
}


@cache
def tree(file):
    """A file of the package, parsed once."""
    return ast.parse((PACKAGE / file).read_text(encoding="utf-8"))


def lint_imports(folder, *options):
    """Run import-linter on the package in a folder; its exit code and what it writes."""
    code = "from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", code, "--no-cache", "--no-logo", *options]
    wide = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=wide, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def body_lines(function):
    """Lines of a function from its first statement to its last, its docstring not counted."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("contract", CONTRACTS)
def test_imports_keep_the_contract(contract):
    code, report = lint_imports(paths.ROOT, "--contract", contract)
    assert code == 0, report


@pytest.mark.parametrize(
    ("contract", "module", "imported", "shown"),
    [
        ("folders", "registers/claims.py", "analysis.publish.cli", "registers.claims ->"),
        ("folders", "errors.py", "analysis.registers.claims", "errors -> analysis.registers"),
        ("folders", "somewhere/__init__.py", "json", "- analysis.somewhere"),
        ("estimators", "estimate/ratio/__init__.py", "analysis.estimate.curve", "ratio -> "),
        ("estimators", "estimate/results.py", "analysis.estimate.cost", "results -> "),
        ("cycles", "registers/records.py", "analysis.registers.lookup", "analysis.registers."),
        ("facade", "present/style.py", "analysis", "style -> analysis"),
    ],
)
def test_an_import_that_breaks_a_contract_is_noticed(tmp_path, contract, module, imported, shown):
    shutil.copytree(PACKAGE, tmp_path / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(paths.ROOT / "pyproject.toml", tmp_path)
    changed = tmp_path / "analysis" / module
    changed.parent.mkdir(exist_ok=True)
    with changed.open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")
    code, report = lint_imports(tmp_path, "--contract", contract)
    assert code == 1
    assert f"{CONTRACTS[contract]['name']} BROKEN" in report
    assert shown in report


def test_every_folder_of_estimate_is_in_its_contract():
    folders = {path.parent.name for path in (PACKAGE / "estimate").glob("*/__init__.py")}
    assert {f"analysis.estimate.{name}" for name in folders} == {
        *CONTRACTS["estimators"]["modules"]
    }


def test_the_quick_tests_and_those_on_a_newer_python_exist():
    makefile = (paths.ROOT / "Makefile").read_text(encoding="utf-8")
    script = (paths.ROOT / ".ci" / "run").read_text(encoding="utf-8")
    quick = re.search(r"^QUICK := (.+)$", makefile.replace("\\\n", ""), re.MULTILINE)[1].split()
    sensitive = re.search(r"sensitive='([^']+)'", script)[1].split()
    assert len(quick) > 5 and len(sensitive) > 10
    missing = {name for name in (*quick, *sensitive) if not (TESTS / f"test_{name}.py").is_file()}
    assert not missing


def test_importing_the_package_brings_neither_engine_nor_publisher():
    ours = "*(name for name in sys.modules if name.startswith('analysis.publish'))"
    code = f"import sys, analysis; print(*sorted({HEAVY!r} & set(sys.modules)), {ours})"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=paths.ROOT)
    assert loaded.stdout.strip() == ""


@pytest.mark.parametrize("file", FILES)
def test_a_module_is_short_and_so_is_every_function_in_it(file):
    lines = (PACKAGE / file).read_text(encoding="utf-8").count("\n")
    assert lines <= 300, f"{file} has {lines} lines"
    nodes = ast.walk(tree(file))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert {node.name: body_lines(node) for node in functions if body_lines(node) > 40} == {}


COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def comprehensions(tree):
    """Comprehensions in a tree, itself included."""
    return [node for node in ast.walk(tree) if isinstance(node, COMPREHENSIONS)]


@pytest.mark.parametrize("file", FILES)
def test_no_comprehension_stands_inside_another(file):
    whole = comprehensions(tree(file))
    nested = {node.lineno: ast.unparse(node) for node in whole if len(comprehensions(node)) > 1}
    assert nested == {}
