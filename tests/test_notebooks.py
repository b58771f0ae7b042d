"""A notebook asks one question, defines nothing, and shows only what it computed."""

import ast
import json
import re
import symtable
from collections import Counter
from dataclasses import dataclass

import pytest

from analysis import paths
from analysis.publish.run.execute import expected_figures
from analysis.publish.run.parameters import TYPES, parameters_of
from analysis.registers import lookup

COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try)
BUILT_IN = set(dir(__builtins__)) if not isinstance(__builtins__, dict) else set(__builtins__)
TRANSCRIBED = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [*paths.CLAIMS.glob("*.toml"), paths.DATA / "quotations.toml"]
)


@dataclass(frozen=True)
class Notebook:
    """A notebook as it stands in the repository."""

    name: str
    content: dict

    def sources(self, kind):
        return [
            "".join(cell["source"]) for cell in self.content["cells"] if cell["cell_type"] == kind
        ]

    @property
    def code(self):
        return self.sources("code")

    def nodes(self, *kinds):
        return [
            node
            for source in self.code
            for node in ast.walk(ast.parse(source))
            if isinstance(node, kinds)
        ]


NOTEBOOKS = [
    Notebook(path.stem, json.loads(path.read_text(encoding="utf-8")))
    for path in sorted(paths.NOTEBOOKS.glob("*.ipynb"))
]
REPORTED = [notebook for notebook in NOTEBOOKS if not notebook.name.startswith("00")]
"""All but those that are only opened by hand."""
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
each_reported = pytest.mark.parametrize("notebook", REPORTED, ids=lambda notebook: notebook.name)


def figure_calls(notebook):
    """Calls of ``report.figure``."""
    return [call for call in notebook.nodes(ast.Call) if ast.unparse(call.func) == "report.figure"]


def tables_in(table):
    """A symbol table and all that are nested in it."""
    yield table
    for child in table.get_children():
        yield from tables_in(child)


def names_of(statement):
    """Names that a statement takes from outside, and names that it leaves behind."""
    top = symtable.symtable(ast.unparse(statement), "statement", "exec")
    left = {
        symbol.get_name()
        for symbol in top.get_symbols()
        if symbol.is_assigned() or symbol.is_imported()
    }
    taken = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    for nested in list(tables_in(top))[1:]:
        taken |= {
            symbol.get_name()
            for symbol in nested.get_symbols()
            if symbol.is_referenced() and symbol.is_global()
        }
    # from Python 3.12 on, what a comprehension binds stands among the names around it
    targets = [part.target for part in ast.walk(statement) if isinstance(part, ast.comprehension)]
    inner = {
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    }
    bound = left if isinstance(statement, COMPOUND) else set()
    return taken - bound - (inner - _assigned(statement)), left - (inner - _assigned(statement))


def _assigned(statement):
    """Names that a statement binds outside its comprehensions."""
    hidden = {
        id(node)
        for part in ast.walk(statement)
        if isinstance(part, ast.comprehension)
        for node in ast.walk(part.target)
    }
    stored = (
        node
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )
    return {node.id for node in stored if id(node) not in hidden}


def undefined_in(sources):
    """Names that are read before any statement has defined them."""
    known, missing = set(BUILT_IN), []
    for source in sources:
        for statement in ast.parse(source).body:
            taken, left = names_of(statement)
            missing += sorted(taken - known)
            known |= left
    return missing


@each_notebook
def test_the_title_is_a_question(notebook):
    first = notebook.content["cells"][0]
    title = "".join(first["source"]).splitlines()[0]
    assert first["cell_type"] == "markdown"
    assert title.startswith("# ")
    assert title.endswith("?") or notebook.name == "12-scorecard"


@each_reported
def test_the_parameters_cell_is_a_signature_with_an_edition(notebook):
    parameters = parameters_of(paths.NOTEBOOKS / f"{notebook.name}.ipynb")
    assert parameters["edition"].default == "draft"
    for parameter in parameters.values():
        assert type(parameter.default) is TYPES[parameter.type]
        assert len(parameter.help) >= 10


@each_notebook
def test_every_parameter_is_used_after_its_cell(notebook):
    names = set(parameters_of(paths.NOTEBOOKS / f"{notebook.name}.ipynb"))
    assert (
        names - {node.id for node in notebook.nodes(ast.Name) if isinstance(node.ctx, ast.Load)}
        == set()
    )


@each_notebook
def test_nothing_that_a_run_leaves_behind_is_stored(notebook):
    for cell in notebook.content["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
        assert set(cell["metadata"]) <= {"tags"}
    assert notebook.content["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook.content["metadata"]) <= {"kernelspec", "language_info", "title"}


@each_notebook
def test_a_notebook_defines_no_function_and_its_cells_are_short(notebook):
    assert notebook.nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef) == []
    assert [
        node
        for node in notebook.nodes(ast.Assign, ast.AnnAssign, ast.NamedExpr)
        if isinstance(node.value, ast.Lambda)
    ] == []
    lines = {
        len("".join(cell["source"]).splitlines())
        for cell in notebook.content["cells"]
        if cell["cell_type"] == "code" and cell["metadata"].get("tags") != ["parameters"]
    }
    assert max(lines) <= 10  # the parameters have a line each


@each_notebook
def test_no_line_of_a_notebook_is_longer_than_100_characters(notebook):
    lines = "\n".join([*notebook.code, *notebook.sources("markdown")]).splitlines()
    assert [line for line in lines if len(line) > 100] == []


@each_notebook
def test_the_first_code_cell_imports_and_nothing_from_inside_the_package(notebook):
    importing = [
        number
        for number, source in enumerate(notebook.code)
        if re.search(r"^\s*(import|from)\s", source, re.MULTILINE)
    ]
    assert importing == [0]
    assert [
        node.module
        for node in notebook.nodes(ast.ImportFrom)
        if node.module.split(".")[0] == "analysis"
    ] == []
    names = [alias.name for node in notebook.nodes(ast.Import) for alias in node.names]
    assert "analysis" in names
    assert [name for name in names if name.startswith("analysis.")] == []


@each_reported
def test_a_notebook_opens_its_own_report_and_closes_it_last(notebook):
    assert notebook.code[-1] == "report.close()"
    opened = [
        ast.unparse(call)
        for call in notebook.nodes(ast.Call)
        if ast.unparse(call.func) == "an.Report"
    ]
    assert opened == [f"an.Report('{notebook.name}', edition)"]


@each_notebook
def test_a_notebook_ends_with_what_would_change_our_mind(notebook):
    texts = notebook.sources("markdown")
    chapter = [text for text in texts if not text.startswith("## Appendix: ")]
    assert chapter[-1].startswith("## What would change our mind, and what this cannot show\n")
    assert texts[: len(chapter)] == chapter, "an appendix comes last"


@each_notebook
def test_a_figure_is_keyed_by_its_notebook_and_a_letter_without_a_gap(notebook):
    keys = [ast.literal_eval(call.args[0]) for call in figure_calls(notebook)]
    # one that was added later has a later letter, wherever it stands
    assert sorted(keys) == [
        f"F{notebook.name[:2]}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"[: len(keys)]
    ]
    assert keys == expected_figures(notebook.code), (
        "what the runner looks for is what the source draws"
    )


@each_notebook
def test_every_figure_has_a_finding_its_data_and_their_source(notebook):
    for call in figure_calls(notebook):
        given = {word.arg: ast.unparse(word.value) for word in call.keywords}
        if "caption" not in given:
            texts = [ast.unparse(part) for part in call.args]
            names = ("key", "figure", "finding", "data", "source")
            named = dict(zip(names, texts, strict=False)) | given
            assert set(named) == set(names)
            assert len({named["key"], named["figure"], named["finding"], named["source"]}) == 4
            continue
        assert set(given) == {"caption", "alt", "data", "source"}
        assert len({given["caption"], given["alt"], given["source"]}) == 3
        (alt,) = [word.value for word in call.keywords if word.arg == "alt"]
        literal = "".join(
            part.value
            for part in ast.walk(alt)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        assert len(re.findall(r"[a-z]{3,}", literal)) >= 5, given["alt"]


def test_no_two_notebooks_have_the_same_number():
    assert [
        number
        for number, count in Counter(notebook.name[:2] for notebook in REPORTED).items()
        if count > 1
    ] == []


@pytest.mark.parametrize(
    "claim",
    [claim for claim in lookup.claims().values() if claim.figure],
    ids=lambda claim: claim.key,
)
def test_the_figure_of_a_claim_is_drawn_in_its_notebook(claim):
    drawn = {notebook.name: expected_figures(notebook.code) for notebook in NOTEBOOKS}
    assert claim.figure in drawn[claim.notebook]


@each_notebook
def test_no_decimal_number_is_typed_that_was_not_claimed(notebook):
    typed = re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", "\n".join(notebook.sources("markdown")))
    assert [
        number
        for number in typed
        if not re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", TRANSCRIBED)
    ] == []


@each_notebook
def test_every_name_is_defined_before_it_is_read(notebook):
    assert undefined_in(notebook.code) == []


def test_the_check_of_names_sees_what_it_should():
    assert undefined_in(["later + 1", "later = 2"]) == ["later"]
    assert undefined_in(["total = total + 1"]) == ["total"]
    assert undefined_in(["rows = [unknown(row) for row in range(3)]", "row"]) == ["unknown", "row"]
    assert undefined_in(
        ["import pandas as pd", "for one in pd.Series():\n    two = one", "two", "f'{three}'"]
    ) == ["three"]


def test_no_table_has_a_key_that_another_notebook_uses():
    calls = [
        call
        for notebook in NOTEBOOKS
        for call in notebook.nodes(ast.Call)
        if ast.unparse(call.func) == "report.table"
    ]
    keys = Counter(
        ast.literal_eval(call.args[0]) for call in calls if isinstance(call.args[0], ast.Constant)
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_the_start_page_links_every_notebook_once():
    page = (paths.NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"^\| \[([\w-]+)\]\(\1\.ipynb\) \| \S", page, re.MULTILINE)
    assert sorted(linked) == [notebook.name for notebook in NOTEBOOKS]
