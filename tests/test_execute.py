"""A notebook runs to its end, shows all its figures and leaves the same bytes, or is refused."""

import copy
import json
import os
from pathlib import Path

import nbformat
import pytest

from analysis.publish.run.environment import START, notebook_environment
from analysis.publish.run.execute import (
    CELL_SECONDS,
    Job,
    NotebookError,
    check_complete,
    check_figures,
    execute,
    expected_figures,
    finalise,
)
from analysis.publish.run.provision import Kernels

CODE, OUTPUT = nbformat.v4.new_code_cell, nbformat.v4.new_output
EVIL = "import builtins; builtins.sum = lambda *_: 42; builtins.been_here = True\n"


def ran(*cells):
    """A notebook whose code cells ran, with these sources and outputs."""
    cells = [
        CODE(source, outputs=list(outputs), execution_count=number)
        for number, (source, *outputs) in enumerate(cells, 1)
    ]
    return nbformat.v4.new_notebook(cells=cells)


def run(path, stage, private, fork=False, seconds=CELL_SECONDS, **parameters):
    """Execute one notebook as a report does, without publishing it."""
    with notebook_environment(stage, private), Kernels(fork) as kernels:
        execute(Job(path, {"edition": "test"} | parameters, stage, seconds), kernels)


def outcome(path, folder, **parameters):
    """The words in which a run is refused."""
    (folder / "private").mkdir()
    with pytest.raises(NotebookError) as error:
        run(path, folder / "stage", folder / "private", **parameters)
    return str(error.value)


@pytest.mark.parametrize("folder", ["plain", "{braces}"])
def test_a_notebook_that_never_closes_its_report_is_refused_in_a_sentence(
    tmp_path, notebook, folder
):
    message = outcome(notebook(tmp_path / folder, "05-never-closes", "x = 1"), tmp_path / folder)
    assert message.startswith("05-never-closes")
    assert "close" in message


def test_a_notebook_for_a_kernel_that_does_not_exist_is_refused_in_a_sentence(tmp_path, notebook):
    path = notebook(tmp_path, "01-elsewhere", "x = 1")
    path.write_text(
        path.read_text(encoding="utf-8").replace('"name": "python3"', '"name": "fortran"'),
        encoding="utf-8",
    )
    message = outcome(path, tmp_path)
    assert message.startswith("01-elsewhere")
    assert "fortran" in message


PROBES = {
    "sum": "sum([1, 2])",
    "start-up": "hasattr(builtins, 'been_here')",
    "own module": "importlib.util.find_spec('packaging').origin",
    "style": "mpl.rcParams['savefig.bbox']",
    "seed": "sys.flags.hash_randomization",
    "zone": "time.tzname[0]",
    "value": "[shift, wide, name]",
}
OPENING = """import builtins, importlib.util, json, sys, time
import matplotlib as mpl
import analysis as an
report = an.Report('01-looks', edition)"""


@pytest.fixture(
    scope="module", params=[pytest.param(False, id="ordinary"), pytest.param(True, id="forked")]
)
def seen(tmp_path_factory, notebook, request):
    """What a kernel sees that is started amid a user's own settings, from a folder with a user's
    own modules.
    """
    folder = tmp_path_factory.mktemp("user's home")
    for name in ("home/.ipython/profile_default/startup/00.py", "python-start-up.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(EVIL, encoding="utf-8")
    (folder / "packaging.py").write_text("", encoding="utf-8")
    (folder / "matplotlibrc").write_text("savefig.bbox: tight\n", encoding="utf-8")
    types = (
        "shift: int = 1  # to the left\nwide: bool = True  # or narrow\nname: str = 'a'  # of "
        "it\nedition: str = 'draft'  # cited"
    )
    probes = (
        f"print(json.dumps({{{', '.join(f'{key!r}: {probe}' for key, probe in PROBES.items())}}}))"
    )
    path = notebook(folder, "01-looks", OPENING, probes, "report.close()", parameters=types)
    (folder / "private").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HOME", str(folder / "home"))
        patch.setenv("PYTHONSTARTUP", str(folder / "python-start-up.py"))
        patch.setenv("TZ", "Asia/Tokyo")
        patch.delenv("IPYTHONDIR", raising=False)
        run(
            path,
            folder / "stage",
            folder / "private",
            fork=request.param,
            shift=-7,
            wide=False,
            name='it\'s "{\\n}"',
        )
    executed = nbformat.read(folder / "stage" / "notebooks" / "01-looks.ipynb", as_version=4)
    (printed,) = [
        output.text
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    ]
    return executed, json.loads(printed)


def test_a_forked_kernel_gives_the_bytes_that_an_ordinary_one_gives(tmp_path, notebook):
    drawing = (
        "import matplotlib.pyplot as plt, sys, warnings\nplt.plot([1, 3, 2])\nplt.show()\n"
        "plt.rcParams['backend']"
    )
    telling = (
        "print(sys.argv[0].rsplit('/', 1)[-1], __name__)\nwarnings.warn('mind the gap')\n"
        "{'b', 'a', 'c'}"
    )
    report = "import analysis as an\nreport = an.Report('01-draws', edition)\nreport.close()"
    path = notebook(tmp_path, "01-draws", drawing, telling, report)
    for way in ("ordinary", "forked"):
        (tmp_path / way / "private").mkdir(parents=True)
        run(path, tmp_path / way / "stage", tmp_path / way / "private", fork=way == "forked")
    executed = [
        (tmp_path / way / "stage" / "notebooks" / path.name).read_text(encoding="utf-8")
        for way in ("ordinary", "forked")
    ]
    assert '"image/png"' in executed[0]
    assert executed[0] == executed[1]


def test_a_kernel_does_not_run_a_users_start_up_files(seen):
    assert seen[1]["sum"] == 3
    assert seen[1]["start-up"] is False


def test_a_kernel_does_not_import_from_where_it_was_started(seen):
    assert "site-packages" in seen[1]["own module"]


def test_a_kernel_does_not_draw_in_the_style_of_where_it_was_started(seen):
    assert seen[1]["style"] is None


def test_every_kernel_has_the_same_hash_seed_and_time_zone(seen):
    assert (seen[1]["seed"], seen[1]["zone"]) == (0, "UTC")


def test_values_reach_the_notebook_as_they_were_given(seen):
    assert seen[1]["value"] == [-7, False, 'it\'s "{\\n}"']


def test_an_executed_notebook_keeps_nothing_of_its_run_but_its_parameters(seen):
    executed, _ = seen
    assert set(executed.metadata) == {"kernelspec", "language_info", "papermill"}
    assert set(executed.metadata["papermill"]) == {"parameters", "version"}
    assert executed.metadata["papermill"]["parameters"] == {
        "edition": "test",
        "shift": -7,
        "wide": False,
        "name": 'it\'s "{\\n}"',
    }
    assert [cell.id for cell in executed.cells] == [
        f"cell-{number:03d}" for number in range(len(executed.cells))
    ]
    assert [dict(cell.metadata) for cell in executed.cells if cell.metadata] == [
        {"tags": ["parameters"]},
        {"tags": ["injected-parameters"]},
    ]
    assert nbformat.validator.validate(executed) is None


def test_the_environment_is_restored(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    before = dict(os.environ)
    with pytest.raises(KeyboardInterrupt), notebook_environment(tmp_path, tmp_path):
        assert os.environ["TZ"] == "UTC"
        assert os.environ["IPYTHONDIR"].startswith(str(tmp_path))
        raise KeyboardInterrupt
    assert dict(os.environ) == before


def test_a_notebook_whose_cells_all_ran_is_complete():
    check_complete(ran(("x = 1",), ("x", OUTPUT("stream", text="1"))), "01-one")
    assert (
        check_complete(
            nbformat.v4.new_notebook(cells=[CODE("  \n", execution_count=None)]), "01-one"
        )
        is None
    )


def test_a_cell_without_a_count_did_not_run_whatever_its_metadata_say():
    one = ran(("x = 1",), ("y = 2",), ("z = 3",))
    one.cells[1].update(
        execution_count=None, metadata={"papermill": {"status": "completed", "exception": None}}
    )
    with pytest.raises(
        NotebookError, match=r"^01-one, code cell 2 \('y = 2'\) did not run to its end\.$"
    ):
        check_complete(one, "01-one")


def test_a_cell_with_an_error_did_not_run_to_its_end():
    with pytest.raises(NotebookError, match=r"^01-one, code cell 1 \('exit\(\)'\) did not"):
        check_complete(
            ran(("exit()", OUTPUT("error", ename="SystemExit", evalue="0", traceback=[]))), "01-one"
        )


DRAWING = 'report.figure(\n    "F01a",\n    picture,\n    caption="c",\n)'
SHOWN = OUTPUT("display_data", data={"text/html": '<figure id="F01a"><img></figure>'})


def test_the_figures_that_a_source_draws_are_found():
    assert expected_figures(
        ["x = 1\n" + DRAWING, 'if x:\n    report.figure("F01b", y)', "plt.figure()", "figure(3)"]
    ) == ["F01a", "F01b"]


def test_a_figure_that_was_recorded_and_shown_is_not_missing():
    assert check_figures(ran((DRAWING, SHOWN)), {"figures": {"F01a": {}}}, "01-one") is None


@pytest.mark.parametrize(
    ("outputs", "record"), [([SHOWN], {}), ([], {"F01a": {}})], ids=["not recorded", "not shown"]
)
def test_a_figure_that_was_only_shown_or_only_recorded_is_missing(outputs, record):
    with pytest.raises(
        NotebookError, match=r"^01-one ran, but figures are missing: F01a\. Expected: F01a\.$"
    ):
        check_figures(ran((DRAWING, *outputs)), {"figures": record}, "01-one")


def executed_at(second, address):
    """An executed notebook full of what differs from run to run."""
    seen_at = f"<tool.Tool object at {address}>"
    one = ran(
        (
            "tool",
            OUTPUT(
                "execute_result",
                data={"text/plain": seen_at, "text/html": f"<p>{seen_at}</p>"},
                execution_count=1,
            ),
            OUTPUT("stream", name="stdout", text=f"{seen_at}\n"),
            OUTPUT(
                "stream",
                name="stderr",
                text=f"/tmp/ipykernel_{second}/{second}99.py:3: UserWarning: mind the gap\n",
            ),
        )
    )
    one.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python", "version": f"3.11.{second}"},
        }
    )
    one.metadata["papermill"] = {
        "parameters": {"edition": "x"},
        "version": "2.7.0",
        "start_time": f"12:00:{second}",
        "duration": second,
        "input_path": f"/mnt/someone/{second}.ipynb",
        "output_path": f"/tmp/{second}.ipynb",
    }
    one.cells[0].metadata = nbformat.from_dict(
        {"tags": ["kept"], "papermill": {"duration": second}, "execution": {"iopub": second}}
    )
    return one


def test_finalise_removes_times_paths_and_addresses():
    first, second = (
        finalise(executed_at(number, address))
        for number, address in ((10, "0x7f01"), (47, "0xabc9def2"))
    )
    assert nbformat.writes(first) == nbformat.writes(second)
    text = nbformat.writes(first)
    assert not any(part in text for part in ("12:00", "someone", "/tmp/", "0x7f01", "3.11."))


def test_finalise_keeps_what_was_shown_and_given():
    before = executed_at(10, "0x7f01")
    after = finalise(copy.deepcopy(before))
    assert after.metadata["papermill"] == {"parameters": {"edition": "x"}, "version": "2.7.0"}
    assert after.cells[0].metadata == {"tags": ["kept"]}
    assert after.cells[0].source == before.cells[0].source
    assert after.cells[0].outputs[0].data["text/html"] == "<p><tool.Tool object at 0x0></p>"
    # warnings of libraries name paths of the machine, and a page is shared
    assert len(before.cells[0].outputs) == 3 and len(after.cells[0].outputs) == 2


def test_a_forked_kernel_uses_no_port_unless_its_folder_has_too_long_a_path(monkeypatch, tmp_path):
    monkeypatch.setenv(START, str(tmp_path))
    with Kernels(fork=True) as kernels:
        manager = kernels.manager({})(kernel_name="python3")
        assert (manager.transport, Path(manager.ip).parent) == ("ipc", tmp_path)
        monkeypatch.setenv(START, str(tmp_path / ("long" * 30)))
        assert kernels.manager({})(kernel_name="python3").transport == "tcp"
