"""micro-macro report: parameters checked, notebooks run in parallel, everything published at once
or not at all.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from analysis import paths
from analysis.errors import SchemaError
from analysis.intake.reading import Hints
from analysis.moments.load import check_cells
from analysis.moments.own import check_name, keep_own, read_own
from analysis.publish.run import reuse
from analysis.publish.run.atomic import replace_folder, restore
from analysis.publish.run.environment import SurroundingsError, preflight, surroundings
from analysis.publish.run.execute import CELL_SECONDS, Job, NotebookError, TimeLimitError, execute
from analysis.publish.run.kernels import Kernels
from analysis.publish.run.parameters import ParameterError, choose, resolve
from analysis.publish.run.processes import end_processes, stoppable
from analysis.publish.site import build
from analysis.publish.site.pages import rendered

MARK = "manifest.json"
"""A folder with this file is a report, and may be replaced by a newer one."""

STAGING = ".making-"

WHOLE = "report"
"""What a whole report is kept under, beside the names of notebooks."""

LONGEST = 200
"""Bytes in the name of a report's folder; staging and lock add to it, and file systems take 255."""

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LockedError(RuntimeError):
    """Another run is publishing to the same place."""


class ReportError(RuntimeError):
    """One or more notebooks failed; the message names each with its cell."""


class OverdueError(ReportError):
    """Every notebook that failed did so because a cell ran too long."""


@dataclass(frozen=True)
class Request:
    """What is to be made.

    Attributes
    ----------
    only : tuple of str
        Notebooks, by name or number; empty for all.
    parameters : dict
        Given values by name, as text.
    data : Path, str or None
        A file of the user's own, or the address of a table.
    name : str
        What to call the report, and the own data in it.
    out : Path or None
        The folder to publish to; reports/latest, or reports/<name>, if not given.
    jobs : int
        Notebooks run at the same time.
    fresh : bool
        Run every notebook, whatever is kept of earlier runs.
    seconds : int
        Longest a cell may run.
    hints : Hints
        What the user says about the file.
    """

    only: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    data: Path | str | None = None
    name: str = ""
    out: Path | None = None
    jobs: int = CORES
    fresh: bool = False
    seconds: int = CELL_SECONDS
    hints: Hints = field(default_factory=Hints)


def publish_report(request: Request) -> Path:
    """Make a report and publish it.

    Parameters
    ----------
    request : Request
        What is to be made.

    Returns
    -------
    Path
        The published folder.

    Raises
    ------
    ParameterError
        If the request cannot be met; nothing has been started then.
    SchemaError
        If the user's file is not POSTS, or a file of data/cells is damaged.
    SurroundingsError
        If there is no room, no right to write, or no kernel.
    LockedError
        If another run is publishing there.
    ReportError
        If a notebook failed; what was published before is still there.
    Stopped
        If a signal told the run to end; likewise.
    """
    with stoppable() as too_late:
        notebooks, merged, out = _prepared(request)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(out.parent / f".{out.name}.lock", timeout=0):
                preflight(notebooks, out)
                return _make(notebooks, merged, out, request, too_late)
        except Timeout:
            raise LockedError(
                f"another run is publishing to {out}. Wait until it has ended, or publish elsewhere with --out."
            ) from None
        except (FileExistsError, NotADirectoryError) as error:
            raise ParameterError(
                f"{error.filename} is in the way ({error.strerror}). Name another place with --out."
            ) from None
        except OSError as error:
            reason = f"{error.strerror or error}{f', {error.filename}' if error.filename else ''}"
            raise SurroundingsError(
                f"{out} cannot be published: {reason}. What was published before is unchanged."
            ) from None


def explain(request: Request) -> dict[str, str]:
    """Say of each notebook why it would run; empty for one whose results are kept. Nothing is
    run.
    """
    _, merged, _ = _prepared(request)
    return {name: reuse.why(name, made) for name, made in reuse.made_from(merged).items()}


def _prepared(request: Request) -> tuple[list[Path], dict[str, dict], Path]:
    """The notebooks, their parameters and the folder; all that can be refused before anything is
    written.
    """
    notebooks, merged, out = foresee(request)
    check_cells()
    if request.data:
        own = read_own(request.data, request.name, request.hints)
        keep_own(own)
        print(own.source.selection_note, *own.source.limits, sep="\n", file=sys.stderr)
        merged = resolve(notebooks, request.parameters | {"source": request.name})
    return notebooks, merged, out


def foresee(request: Request) -> tuple[list[Path], dict[str, dict], Path]:
    """The notebooks, their parameters and the folder, before any data are read.

    Raises
    ------
    ParameterError
        If the request cannot be met.
    """
    notebooks = choose(request.only)
    return notebooks, resolve(notebooks, request.parameters), _target(request)


def _target(request: Request) -> Path:
    """Where to publish; refuses names and folders that are something else."""
    if request.data and not request.name:
        raise ParameterError(
            "--data needs --name: what to call your data in the report, e.g. --name acme."
        )
    if request.name:
        try:
            check_name(request.name)
        except SchemaError as error:
            raise ParameterError(str(error)) from None
    if request.data and "source" in request.parameters:
        raise ParameterError(
            "--data and --source exclude each other: with --data the source is your own data."
        )
    out = (request.out or paths.REPORTS / (request.name or "latest")).absolute()
    if any(part.endswith(":") or len(os.fsencode(part)) > LONGEST for part in out.parts):
        raise ParameterError(
            f"--out {request.out} is not a folder of this machine, or one with a name of more than {LONGEST} bytes."
        )
    if out.is_symlink():
        raise ParameterError(
            f"{out} is a link, so it is not replaced. Name the folder it leads to, {out.resolve()}, with --out."
        )
    if out.exists() and not (out / MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise ParameterError(
            f"{out} exists and is not a report, so it is not replaced. Name an empty or new folder with --out."
        )
    return out


def _make(
    notebooks: list[Path], merged: dict, out: Path, request: Request, too_late: Callable[[], None]
) -> Path:
    end_processes(
        out.parent / f"{STAGING}{out.name}-"
    )  # of runs that were killed: we hold the lock
    for stale in out.parent.glob(f"{STAGING}{out.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    restore(out)
    stage = Path(tempfile.mkdtemp(prefix=f"{STAGING}{out.name}-", dir=out.parent))
    try:
        report = stage / "report"
        _build(report, stage / "parts", notebooks, merged, request)
        report.chmod(0o755)
        too_late()
        replace_folder(report, out)
    finally:
        end_processes(stage)
        shutil.rmtree(stage, ignore_errors=True)
    return out


def _build(
    report: Path, parts: Path, notebooks: list[Path], merged: dict, request: Request
) -> None:
    """Take the whole report if it is kept and no notebook is stale; else run those that are, and
    build it of what all recorded.
    """
    made = reuse.made_from(merged)
    stale = [
        name for name in merged if request.fresh or not reuse.take(parts / name, name, made[name])
    ]
    whole = build.made_from(made)
    if not stale and reuse.take(report, WHOLE, whole):
        return
    _run(stale, parts, merged, made, request)
    _bring_together(report, parts, list(merged))
    build.build(report, notebooks, merged)
    if build.made_from(reuse.made_from(merged)) == whole:
        reuse.keep(report, WHOLE, whole)


def _run(stale: list[str], parts: Path, merged: dict, made: dict, request: Request) -> None:
    """Run what is stale; the longest source first, so that no core waits for one long notebook at
    the end.
    """
    order = sorted(stale, key=lambda name: -(paths.NOTEBOOKS / f"{name}.ipynb").stat().st_size)
    jobs = [
        Job(
            paths.NOTEBOOKS / f"{name}.ipynb",
            merged[name],
            parts / name,
            request.seconds,
            reuse.short(made[name]),
        )
        for name in order
    ]
    if jobs:
        with (
            tempfile.TemporaryDirectory(prefix="micro-macro-") as private,
            surroundings(parts.parent, Path(private)),
        ):
            _run_all(jobs, made, request.jobs)


def _bring_together(report: Path, parts: Path, names: list[str]) -> None:
    """Move what every notebook recorded into one folder."""
    report.mkdir()
    for name in names:
        for path in sorted(path for path in (parts / name).rglob("*") if path.is_file()):
            recorded = path.relative_to(parts / name)
            place = report / recorded
            if place.exists():
                raise ReportError(
                    f"{name} records {recorded}, and so does another notebook. Give one of them another key."
                )
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)


def _run_all(jobs: list[Job], made: dict, workers: int) -> None:
    """Run every notebook, whatever happens to the others, then tell of all that failed."""
    from tqdm import tqdm

    failed: dict[str, NotebookError] = {}
    with Kernels() as kernels, ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        build.prepare()  # while the process of the kernels does its own imports
        running = {pool.submit(execute, job, kernels): job for job in jobs}
        try:
            with tqdm(total=len(jobs), desc="notebooks", unit="notebook", file=sys.stderr) as bar:
                for done in as_completed(running):
                    job = running[done]
                    bar.update()
                    bar.set_postfix_str(job.notebook.stem)
                    try:
                        done.result()
                        _keep(job, made[job.notebook.stem])
                        _render(job)
                    except NotebookError as error:
                        failed[job.notebook.stem] = error
                        _keep_failed(job)
        except BaseException:  # what threads wait for must end, or they would wait on
            pool.shutdown(wait=False, cancel_futures=True)
            end_processes(jobs[0].stage.parents[1])
            raise
    if failed:
        kept = f"The unfinished notebooks are in {paths.REPORTS.name}/failed/; what was published before is unchanged."
        kind = (
            OverdueError
            if all(isinstance(error, TimeLimitError) for error in failed.values())
            else ReportError
        )
        raise kind("\n".join([*(str(failed[name]) for name in sorted(failed)), kept]))


def _keep(job: Job, made: dict[str, str]) -> None:
    """Keep what a notebook recorded, unless something it is made from was changed while it ran."""
    name = job.notebook.stem
    if reuse.made_from({name: job.parameters})[name] == made:
        reuse.keep(job.stage, name, made)


def _render(job: Job) -> None:
    """Render a notebook while others still compute; what comes of it is kept for its page."""
    try:
        rendered(job.executed)
    except OSError:
        raise
    except Exception as error:
        raise NotebookError(
            f"{job.notebook.stem}: it ran, but its page cannot be made: {error}"
        ) from error


def _keep_failed(job: Job) -> None:
    if job.executed.is_file():
        kept = paths.REPORTS / "failed" / job.notebook.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(job.executed, kept)
