"""One notebook through papermill: run, checked for completeness, and made the same on every run.

Imported when a notebook runs, since papermill takes a while.
"""

import ast
import json
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from analysis.present.report import BY_HAND, MADE_FROM, STAGE
from analysis.publish.run.environment import START, MachineError
from analysis.publish.run.provision import Kernels
from analysis.publish.run.request import CELL_SECONDS

PRINTED = 1_000_000
"""Most characters that a cell may print: nobody reads more, and cutting would drop it unseen."""

RESERVE = 2**21
"""Bytes of line ends behind a running notebook, so that its failure can be saved if a cell has
filled the disk.
"""

FULL = ("[Errno 28]", "[Errno 122]", "[Errno 27]")
"""How Python words that the disk, a user's share of it or a file is full."""

VOLATILE = (
    (" at 0x", re.compile(r" at 0x[0-9a-f]+"), " at 0x0"),
    ("/ipykernel_", re.compile(r"[^\s\"'<>]*/ipykernel_\d+/\d+"), "cell"),
)
"""What differs in outputs from run to run: a word that gives it away, a pattern, a stand-in. The
word comes first, since a pattern over a picture in base64 would take minutes.
"""

WARNING = re.compile(r"^\S+:\d+: \w*Warning: ", re.MULTILINE)
"""How Python writes a warning."""

logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)  # the errors below report it all


class NotebookError(RuntimeError):
    """A notebook that did not run to its end; the message names it and its cell."""


class TimeLimitError(NotebookError):
    """A notebook with a cell that ran too long."""


@dataclass(frozen=True)
class Job:
    """A notebook to run."""

    notebook: Path  # the source
    parameters: dict[str, Any]  # all of them, defaults included
    stage: Path  # folder that receives the executed notebook and everything it records
    seconds: int = CELL_SECONDS  # longest a cell may run
    made_from: str = BY_HAND  # short hash of all that decides what it records, for the footers

    @property
    def executed(self) -> Path:
        """Where the executed notebook is written."""
        return self.stage / "notebooks" / self.notebook.name


class SavedOnceEngine(NBClientEngine):
    """Papermill's own engine, without saving before and after each cell, which took longer than
    some cells.
    """

    @classmethod
    def execute_managed_notebook(cls, nb_man, *words, **options):
        """Run the notebook; papermill itself saves once more, however the run has ended."""
        with Path(nb_man.output_path).open("a", encoding="utf-8") as saved:
            saved.write("\n" * RESERVE)
        save, nb_man.save = nb_man.save, lambda **_: None
        try:
            super().execute_managed_notebook(nb_man, *words, **options)
        finally:
            nb_man.save = save


papermill_engines.register("saved-once", SavedOnceEngine)


def execute(job: Job, kernels: Kernels) -> None:
    """Run a notebook and leave it, finalised, in the stage."""
    name = job.notebook.stem
    job.executed.parent.mkdir(parents=True, exist_ok=True)
    start = Path(os.environ[START]) / name  # of its own: no notebook sees what another leaves there
    start.mkdir(parents=True, exist_ok=True)
    variables = {STAGE: str(job.stage), MADE_FROM: job.made_from}
    try:
        notebook = papermill.execute_notebook(
            _literal(job.notebook), _literal(job.executed), job.parameters, "saved-once",
            progress_bar=False, start_timeout=120, execution_timeout=job.seconds,
            autosave_cell_every=0, shutdown_kernel="immediate",
            kernel_manager_class=kernels.manager(variables),
            resources={"metadata": {"path": str(start)}},
        )  # fmt: skip
    except (PapermillExecutionError, CellTimeoutError, NoSuchKernel, RuntimeError) as error:
        raise _fault(job, error) from None
    check_complete(notebook, name)
    record = job.stage / "records" / f"{name}.json"
    if not record.is_file():
        raise NotebookError(
            f"{name} ran, but recorded nothing: its last code cell has to be report.close()."
        )
    check_figures(notebook, json.loads(record.read_text(encoding="utf-8")), name)
    nbformat.write(finalise(notebook), job.executed)


def _fault(job: Job, error: Exception) -> RuntimeError:
    """Name the notebook and the cell in which papermill failed, and why."""
    name = job.notebook.stem
    if isinstance(error, PapermillExecutionError):
        full = error.ename == "OSError" and error.evalue.startswith(FULL)
        first = error.source.strip().partition("\n")[0].strip()[:80]
        cell = f"{name}, code cell {error.exec_count} ('{first}')"
        return (MachineError if full else NotebookError)(f"{cell}: {error.ename}: {error.evalue}")
    if isinstance(error, CellTimeoutError):
        return TimeLimitError(f"{name}{_reached(job)}: ran longer than {job.seconds} seconds.")
    if isinstance(error, DeadKernelError):
        usual = "Out of memory is the usual reason."
        return NotebookError(f"{name}{_reached(job)}: the kernel died. {usual}")
    if isinstance(error, NoSuchKernel):
        return NotebookError(
            f"{name}: there is no Jupyter kernel named '{error.name}'; notebooks use 'python3'."
        )
    return NotebookError(f"{name}: the kernel did not start: {error}.")


def _literal(path: Path) -> str:
    """A path as papermill wants it, which takes braces for placeholders."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _reached(job: Job) -> str:
    """Name the last cell that had begun, if the notebook was saved at all."""
    if not job.executed.is_file():
        return ""
    cells = json.loads(job.executed.read_text(encoding="utf-8"))["cells"]
    codes = [cell["metadata"] for cell in cells if cell["cell_type"] == "code"]
    begun = [data.get("papermill", {}).get("start_time") is not None for data in codes]
    return f", code cell {len(begun) - begun[::-1].index(True)}" if any(begun) else ""


def check_complete(notebook, name: str) -> None:
    """Refuse a notebook in which a code cell did not run, whatever its metadata claim, or printed
    more than a page can show; the NotebookError names the first such cell.
    """
    codes = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for number, cell in enumerate(codes, 1):
        where = f"{name}, code cell {number}"
        failed = any(output.output_type == "error" for output in cell.outputs)
        if cell.execution_count is None or failed:
            first = cell.source.strip().splitlines()[0][:80]
            raise NotebookError(f"{where} ('{first}') did not run to its end.")
        printed = sum(len(output.text) for output in cell.outputs if output.output_type == "stream")
        if printed > PRINTED:
            raise NotebookError(
                f"{where} printed {printed:,} characters; at most {PRINTED:,} are allowed. "
                "Print less, or show a table."
            )


def expected_figures(sources: list[str]) -> list[str]:
    """Keys of the figures that code cells draw: literal first arguments of ``report.figure``."""
    keys = []
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if called and node.func.attr == "figure" and node.args:
                keys += [node.args[0].value] if isinstance(node.args[0], ast.Constant) else []
    return keys


def check_figures(notebook, record: dict, name: str) -> None:
    """Refuse a run whose figures are not all recorded and shown, naming those that are missing."""
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    expected = expected_figures([cell.source for cell in codes])
    shown = json.dumps([cell.outputs for cell in codes])
    made = [key for key in record["figures"] if f'<figure id=\\"{key}\\"' in shown]
    if missing := [key for key in expected if key not in made]:
        raise NotebookError(
            f"{name} ran, but figures are missing: {', '.join(missing)}. "
            f"Expected: {', '.join(expected)}."
        )


def finalise(notebook):
    """Take out of an executed notebook everything that differs between two equal runs."""
    papermill_data = notebook.metadata.get("papermill", {})
    kept = {key: papermill_data[key] for key in ("parameters", "version") if key in papermill_data}
    notebook.metadata["papermill"] = kept
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata.pop("widgets", None)
    for index, cell in enumerate(notebook.cells):
        if "outputs" in cell:
            cell["outputs"] = [output for output in cell["outputs"] if not _warns(output)]
        cell["id"] = f"cell-{index:03d}"
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
        for output in cell.get("outputs", []):
            _stabilise(output)
            _stabilise(output.get("data", {}))
    return notebook


def _warns(output: dict) -> bool:
    """Whether an output is a warning of a library: words for whoever wrote the code, with a path
    of this machine.
    """
    return output.get("name") == "stderr" and bool(WARNING.search(output.get("text", "")))


def _stabilise(texts: dict) -> None:
    for key, text in texts.items():
        for word, pattern, instead in VOLATILE:
            if isinstance(text, str) and word in text:
                texts[key] = text = pattern.sub(instead, text)
