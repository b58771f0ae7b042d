"""One notebook through papermill: run, checked for completeness, and made the same on every run."""

import ast
import json
import logging
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis.present.report import BY_HAND, MADE_FROM, STAGE
from analysis.publish.run.environment import START, SurroundingsError
from analysis.publish.run.kernels import Kernels, light_imports

CELL_SECONDS = 600
"""Longest a cell may run, unless the request says otherwise."""

PRINTED = 1_000_000
"""Most characters that a cell may print; a page with more cannot be read, and cutting it would drop
something unseen.
"""

ROOM = 2**21
"""Kept for a notebook while it runs, by line ends behind it, so that how it failed can be saved if
a cell has filled the disk [bytes].
"""

FULL = ("[Errno 28]", "[Errno 122]", "[Errno 27]")
"""How Python words that there is no room: on the disk, in the user's share of it, for a file of
that size.
"""

VOLATILE = (
    (" at 0x", re.compile(r" at 0x[0-9a-f]+"), " at 0x0"),
    ("/ipykernel_", re.compile(r"[^\s\"'<>]*/ipykernel_\d+/\d+"), "cell"),
)
"""What outputs say of one run only, by a word that gives it away, a pattern, and what stands there
instead.

The word is looked for first: a pattern over a picture in base64 would take minutes.
"""


class NotebookError(RuntimeError):
    """A notebook that did not run to its end; the message names it and its cell."""


class TimeLimitError(NotebookError):
    """A notebook with a cell that ran too long."""


@dataclass(frozen=True)
class Job:
    """A notebook to run.

    Attributes
    ----------
    notebook : Path
        The source.
    parameters : dict
        All of them, defaults included.
    stage : Path
        Folder that receives the executed notebook and everything the notebook records.
    seconds : int
        Longest a cell may run.
    made_from : str
        Short hash of all that decides what it records, for the footers.
    """

    notebook: Path
    parameters: dict[str, Any]
    stage: Path
    seconds: int = CELL_SECONDS
    made_from: str = BY_HAND

    @property
    def executed(self) -> Path:
        """Where the executed notebook goes."""
        return self.stage / "notebooks" / self.notebook.name


def execute(job: Job, kernels: Kernels) -> None:
    """Run a notebook and leave it, finalised, in the stage.

    Raises
    ------
    NotebookError
        If a cell fails, the kernel dies, a cell did not run, or a figure that the source draws was
        not recorded.
    TimeLimitError
        If a cell runs too long.
    SurroundingsError
        If a cell found no room to write.
    """
    light_imports()
    import nbformat
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(
        logging.CRITICAL + 1
    )  # what it would log is told by the errors below
    job.executed.parent.mkdir(parents=True, exist_ok=True)
    name = job.notebook.stem
    start = (
        Path(os.environ[START]) / name
    )  # of its own: what a cell leaves or removes there, no other notebook misses
    start.mkdir(parents=True, exist_ok=True)
    try:
        notebook = papermill.execute_notebook(
            _literal(job.notebook), _literal(job.executed), job.parameters, _engine(), progress_bar=False, start_timeout=120,
            execution_timeout=job.seconds, autosave_cell_every=0, shutdown_kernel="immediate",
            kernel_manager_class=kernels.manager({STAGE: str(job.stage), MADE_FROM: job.made_from}),
            resources={"metadata": {"path": str(start)}},
        )  # fmt: skip
    except PapermillExecutionError as error:
        first = next((line for line in error.source.splitlines() if line.strip()), "")
        kind = (
            SurroundingsError
            if error.ename == "OSError" and error.evalue.startswith(FULL)
            else NotebookError
        )
        raise kind(
            f"{name}, code cell {error.exec_count} ('{first.strip()[:80]}'): {error.ename}: {error.evalue}"
        ) from None
    except CellTimeoutError:
        raise TimeLimitError(
            f"{name}{_reached(job.executed)}: ran longer than {job.seconds} seconds."
        ) from None
    except DeadKernelError:
        raise NotebookError(
            f"{name}{_reached(job.executed)}: the kernel died. Out of memory is the usual reason."
        ) from None
    except RuntimeError as error:
        raise NotebookError(f"{name}: the kernel did not start: {error}.") from None
    except NoSuchKernel as error:
        raise NotebookError(
            f"{name}: there is no Jupyter kernel named '{error.name}'; notebooks here use 'python3'."
        ) from None
    check_complete(notebook, name)
    record = job.stage / "records" / f"{name}.json"
    if not record.is_file():
        raise NotebookError(
            f"{name} ran, but recorded nothing: its last code cell has to be report.close()."
        )
    check_figures(notebook, json.loads(record.read_text(encoding="utf-8")), name)
    nbformat.write(finalise(notebook), job.executed)


@cache
def _engine() -> str:
    """Name of papermill's own engine, but for the notebook being saved before and after each cell,
    which took longer than some cells.
    """
    from papermill.engines import NBClientEngine, papermill_engines

    class SavedOnceEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(cls, nb_man, *words, **options):
            with Path(nb_man.output_path).open("a", encoding="utf-8") as saved:
                saved.write("\n" * ROOM)
            save, nb_man.save = nb_man.save, lambda **_: None
            try:
                super().execute_managed_notebook(nb_man, *words, **options)
            finally:
                nb_man.save = save  # papermill saves once more, however the run has ended

    papermill_engines.register("saved-once", SavedOnceEngine)
    return "saved-once"


def _literal(path: Path) -> str:
    """A path as papermill wants it, which takes braces for placeholders."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _reached(executed: Path) -> str:
    """Name the last cell that had begun, if the notebook was saved at all."""
    if not executed.is_file():
        return ""
    codes = [
        cell
        for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    begun = [
        number
        for number, cell in enumerate(codes, 1)
        if cell["metadata"].get("papermill", {}).get("start_time")
    ]
    return f", code cell {begun[-1]}" if begun else ""


def check_complete(notebook, name: str) -> None:
    """Refuse a notebook in which a code cell did not run, whatever its metadata say, or printed
    more than a page can show.

    Raises
    ------
    NotebookError
        Naming the first such cell.
    """
    codes = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(codes, 1):
        failed = any(output.output_type == "error" for output in cell.outputs)
        if cell.execution_count is None or failed:
            raise NotebookError(
                f"{name}, code cell {number} ('{cell.source.strip().splitlines()[0][:80]}') did not run to its end."
            )
        printed = sum(len(output.text) for output in cell.outputs if output.output_type == "stream")
        if printed > PRINTED:
            raise NotebookError(
                f"{name}, code cell {number} printed {printed:,} characters; at most {PRINTED:,} are allowed. Print less, or show a table."
            )


def expected_figures(sources: list[str]) -> list[str]:
    """Keys of the figures that code cells draw: the literal first arguments of
    ``report.figure``.
    """
    calls = [
        node
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
    ]
    figures = [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "figure" and call.args
    ]
    return [call.args[0].value for call in figures if isinstance(call.args[0], ast.Constant)]


def check_figures(notebook, record: dict, name: str) -> None:
    """Refuse a run whose figures are not all recorded and shown.

    Raises
    ------
    NotebookError
        Naming the figures that are missing.
    """
    expected = expected_figures(
        [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    )
    shown = json.dumps([cell.outputs for cell in notebook.cells if cell.cell_type == "code"])
    missing = [
        key
        for key in expected
        if key not in record["figures"] or f'<figure id=\\"{key}\\"' not in shown
    ]
    if missing:
        raise NotebookError(
            f"{name} ran, but figures are missing: {', '.join(missing)}. Expected: {', '.join(expected)}."
        )


def finalise(notebook):
    """Take out of an executed notebook everything that differs between two equal runs."""
    papermill = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {
        key: papermill[key] for key in ("parameters", "version") if key in papermill
    }
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index:03d}"
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
        for output in cell.get("outputs", []):
            for holder, names in (
                (output, ("text",)),
                (output.get("data", {}), tuple(output.get("data", {}))),
            ):
                for kind in names:
                    if isinstance(holder.get(kind), str):
                        holder[kind] = _without_volatile(holder[kind])
    return notebook


def _without_volatile(text: str) -> str:
    for word, pattern, instead in VOLATILE:
        text = pattern.sub(instead, text) if word in text else text
    return text
