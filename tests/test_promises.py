"""What people outside rely on stays: columns, keys, parameters, the command line, kept own data.

Additions are allowed, removals are not. `tests/reference/promises/README.md` says how the
references were made. A failed notebook (exit code 1), a cell that runs too long (124) and a signal
(128 and its number) take a run of their own each: tests/test_faults.py has them.
"""

import ast
import csv
import json
import shutil
import sys

import click
import pytest
from filelock import FileLock

from analysis import paths
from analysis.estimate.contrast import contrast
from analysis.moments.load import load
from analysis.publish.cli import main, run
from analysis.registers.lookup import scheme

EDITION = paths.REPORTS / "2026-11"
PROMISES = paths.ROOT / "tests" / "reference" / "promises"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def header(path):
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


REPORT = read(PROMISES / "report.json")
FIGURES = read(EDITION / "manifest.json")["figures"]
NUMBERS = read(EDITION / "numbers.json")


def broken(then, now, where=()):
    """Where something that was promised is gone or differs; what was added does not count."""
    if isinstance(then, dict) and isinstance(now, dict):
        faults = []
        for key, value in then.items():
            place = (*where, key)
            faults += broken(value, now[key], place) if key in now else [f"{place}: gone"]
        return faults
    if isinstance(then, list) and isinstance(now, list):
        return [f"{where}: {value!r} is gone" for value in then if value not in now]
    same = type(then) is type(now) and then == now
    return [] if same else [f"{where}: {then!r} before, {now!r} now"]


# --- a report


def test_the_columns_of_verdicts_come_first_and_in_their_order(published):
    assert header(EDITION / "verdicts.csv") == REPORT["verdicts"]
    assert header(published / "verdicts.csv")[: len(REPORT["verdicts"])] == REPORT["verdicts"]


def test_every_number_of_the_edition_is_in_a_fresh_report_in_the_same_unit(published):
    made = set(read(published / "manifest.json")["notebooks"])
    fields = ("notebook", "unit")
    then = {
        key: {name: entry[name] for name in fields}
        for key, entry in NUMBERS.items()
        if entry["notebook"] in made
    }
    now = read(published / "numbers.json")
    assert len(then) > 3
    assert broken(then, now) == []
    for entry in (*now.values(), *NUMBERS.values()):
        assert set(entry) >= set(REPORT["number"])


def test_a_report_that_lacks_a_number_of_an_edition_is_refused(published, tmp_path, end, capsys):
    edition = tmp_path / "2026-10"
    edition.mkdir()
    for name in ("verdicts.csv", "numbers.json"):
        shutil.copyfile(published / name, edition / name)
    assert end("verify", published, "--against", edition) == 0
    numbers = read(edition / "numbers.json")
    numbers["01.cited"] = {"notebook": "01-who-is-micro", "unit": "percent", "value": 40.0}
    (edition / "numbers.json").write_text(json.dumps(numbers), encoding="utf-8")
    assert end("verify", published, "--against", edition) == 1
    assert "01.cited" in capsys.readouterr().err


def test_every_figure_of_the_edition_is_in_a_fresh_report_with_its_files(published):
    manifest = read(published / "manifest.json")
    made, now = set(manifest["notebooks"]), manifest["figures"]
    then = {key: figure for key, figure in FIGURES.items() if figure["notebook"] in made}
    assert len(then) > 3
    for key, figure in then.items():
        assert set(now[key]) >= set(REPORT["figure"])
        assert now[key]["notebook"] == figure["notebook"]
        for kind in REPORT["files"]:
            assert (published / "figures" / f"{key}.{kind}").stat().st_size > 0


def figures_named_in(notebook):
    """Texts that a notebook gives first to a function, such as the key of a figure."""
    named = set()
    for cell in read(notebook)["cells"]:
        source = "".join(cell["source"]) if cell["cell_type"] == "code" else ""
        calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
        given = (call.args[0] for call in calls if call.args)
        named |= {text.value for text in given if isinstance(text, ast.Constant)}
    return named


@pytest.mark.parametrize("name", sorted({figure["notebook"] for figure in FIGURES.values()}))
def test_every_figure_of_the_edition_is_still_drawn_by_its_notebook(name):
    then = {key for key, figure in FIGURES.items() if figure["notebook"] == name}
    assert then
    assert then - figures_named_in(paths.NOTEBOOKS / f"{name}.ipynb") == set()


# --- parameters of notebooks


def parameters():
    """Type and default of each parameter, by notebook; the cell holds annotated literals only."""
    read_off = {}
    for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb")):
        cells = read(path)["cells"]
        tagged = (cell for cell in cells if "parameters" in cell["metadata"].get("tags", []))
        lines = ast.parse("".join(next(tagged)["source"])).body
        read_off[path.stem] = {
            line.target.id: {
                "type": ast.unparse(line.annotation),
                "default": ast.literal_eval(line.value),
            }
            for line in lines
        }
    return read_off


def test_parameters_of_notebooks_keep_their_names_types_and_defaults():
    then = read(PROMISES / "parameters.json")
    assert len(then) == 13
    assert broken(then, parameters()) == []


# --- the command


def described(option):
    """What a script relies on when it gives this option."""
    facts = {"flag": option.is_flag, "values": "any"}
    if isinstance(option.type, click.Choice):
        facts["values"] = list(option.type.choices)
    if option.multiple:
        facts["repeated"] = True
    if option.envvar:
        facts["variable"] = option.envvar
    return facts


def verbs(group):
    """Arguments and options of each verb, and what it cannot do without, as click knows them."""
    surface = {}
    for verb, command in group.commands.items():
        options, arguments, needed = {}, [], []
        for parameter in command.params:
            if isinstance(parameter, click.Argument):
                names = [f"argument {len(arguments) + 1}"]
                arguments += names
            else:
                names = [*parameter.opts, *parameter.secondary_opts]
                options |= dict.fromkeys(names, described(parameter))
            needed += names if parameter.required else []
        surface[verb] = {"arguments": arguments, "options": options, "needed": needed}
    return surface


def test_every_verb_and_flag_of_the_command_is_still_there():
    then = read(PROMISES / "command.json")
    assert len(then) == 11
    for surface in then.values():
        del surface["needed"]
    assert broken(then, verbs(main)) == []


@pytest.mark.parametrize("verb", read(PROMISES / "command.json"))
def test_no_verb_asks_for_more_than_it_did(verb):
    then, now = read(PROMISES / "command.json")[verb], verbs(main)[verb]
    assert set(now["needed"]) <= set(then["needed"])


@pytest.mark.parametrize("verb", ["", *read(PROMISES / "command.json")])
def test_the_command_and_every_verb_explain_themselves(verb, end, capsys):
    for flag in ("-h", "--help"):
        assert end(*filter(None, (verb, flag))) == 0
        usage = capsys.readouterr().out.splitlines()[0]
        assert usage.startswith("Usage: ")
        assert verb in usage.split()[2:] or not verb


@pytest.fixture
def end(monkeypatch, tmp_path):
    """The exit code of the command with these arguments."""
    monkeypatch.setattr(paths, "OWN", tmp_path / "kept")
    monkeypatch.setattr(paths, "RAW", tmp_path / "raw")

    def exit_code(*arguments):
        monkeypatch.setattr(sys, "argv", ["micro-macro", *map(str, arguments)])
        try:
            run()
        except SystemExit as stop:
            return stop.code
        return 0

    return exit_code


ENDS = {
    "the version is asked for": (0, "--version"),
    "an edition is as it was published": (0, "verify", EDITION),
    "there is no such verb": (2, "publish"),
    "there is no such flag": (2, "report", "--sorce", "open", "--out", "report"),
    "there is no such parameter": (2, "report", "-p", "confidnce=0.9", "--out", "report"),
    "a value is outside its range": (2, "report", "-p", "confidence=95", "--out", "report"),
    "there is no such notebook": (2, "report", "--only", "99", "--out", "report"),
    "a file to be checked cannot be used": (3, "check", "posts.csv"),
    "data for a report cannot be used": (
        *(3, "report", "--data", "posts.csv", "--name", "acme-refused", "--out", "report"),
    ),
    "there is no file with the data": (3, "check", "none.csv"),
    "a source is not registered": (4, "fetch", "nobody"),
    "a folder does not hold the files": (4, "fetch", "instagram-kim", "--from", "."),
    "there is no Chromium": (4, "pdf", EDITION, "--out", "report.pdf"),
}


@pytest.mark.parametrize("case", ENDS)
def test_each_way_to_end_has_its_exit_code(case, end, tmp_path, monkeypatch, capsys):
    (tmp_path / "posts.csv").write_text("account_id,platform,likes\na,instagram,3\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    code, *arguments = ENDS[case]
    assert end(*arguments) == code
    streams = capsys.readouterr()
    assert "Traceback" not in streams.err
    assert streams.out or streams.err
    assert not (tmp_path / "report").exists()


def test_a_changed_report_ends_with_1(end, tmp_path, capsys):
    changed = shutil.copytree(EDITION, tmp_path / "changed")
    (changed / "verdicts.csv").write_text("claim\n", encoding="utf-8")
    assert end("verify", changed) == 1
    assert "verdicts.csv" in capsys.readouterr().err


def test_a_report_that_another_run_is_publishing_ends_with_75(end, tmp_path, capsys):
    with FileLock(tmp_path / ".report.lock"):
        assert end("report", "--only", "12", "--out", tmp_path / "report") == 75
    assert "another run" in capsys.readouterr().err


# --- own data that are kept


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.setattr(paths, "OWN", PROMISES)
    return load("acme-kept")


def test_own_data_kept_by_0_2_1_are_read_as_they_were_kept(kept):
    assert (kept.source.currency, kept.source.strata) == ("EUR", ("niche",))
    assert kept.levels("niche") == ("007", "12")
    assert kept.rows_left_out.to_dict("list") == {"reason": ["row without account id"], "rows": [1]}


@pytest.mark.parametrize("then", read(PROMISES / "estimates_of_kept_data.json"))
def test_own_data_kept_by_0_2_1_give_the_same_estimates(kept, then):
    sample = kept.sample(then["metric"], then["stratum"], then["level"])
    tiers = sample.tier(scheme("decades"))
    now = contrast(tiers, "micro", "macro", average="typical account")
    assert then["low"] < then["estimate"] < then["high"]
    for end_of in ("estimate", "low", "high"):
        assert getattr(now, end_of) == pytest.approx(then[end_of], rel=1e-12)
