"""micro-macro report: parameters checked, notebooks run in parallel, everything published at once or not at all."""

import contextlib
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from analysis import paths
from analysis.evidence.own import check_name, keep_own, read_own
from analysis.evidence.reading import Hints
from analysis.evidence.schema import SchemaError
from analysis.publish import site
from analysis.publish.execute import Job, NotebookError, execute
from analysis.publish.parameters import ParameterError, nearest, resolve
from analysis.publish.replace import replace_folder
from analysis.publish.surroundings import surroundings

MARK = "manifest.json"
"""A folder with this file is a report, and may be replaced by a newer one."""

STAGING = ".making-"


class LockedError(RuntimeError):
    """Another run is publishing to the same place."""


class ReportError(RuntimeError):
    """One or more notebooks failed; the message names each with its cell."""


@dataclass(frozen=True)
class Request:
    """What is to be made.

    Attributes
    ----------
    only : tuple of str
        Notebooks, by name or number; empty for all.
    parameters : dict
        Given values by name, as text.
    data : Path or None
        A file of the user's own.
    name : str
        What to call the report, and the own data in it.
    out : Path or None
        The folder to publish to; reports/latest, or reports/<name>, if not given.
    jobs : int
        Notebooks run at the same time.
    hints : Hints
        What the user says about the file.
    """

    only: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    data: Path | None = None
    name: str = ""
    out: Path | None = None
    jobs: int = 2
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
        If the user's file is not POSTS.
    LockedError
        If another run is publishing there.
    ReportError
        If a notebook failed; what was published before is still there.
    """
    notebooks = choose(request.only)
    out = _target(request)
    given = dict(request.parameters)
    merged = resolve(notebooks, given)
    if request.data:
        keep_own(read_own(request.data, request.name, request.hints))
        merged = resolve(notebooks, given | {"source": request.name})
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"{out.parent} cannot be made a folder ({error.strerror}). Name another place with --out.") from None
    try:
        with FileLock(out.parent / f".{out.name}.lock", timeout=0):
            return _make(notebooks, merged, out, request.jobs)
    except Timeout:
        raise LockedError(f"another run is publishing to {out}. Wait until it has ended, or publish elsewhere with --out.") from None


def choose(only: tuple[str, ...]) -> list[Path]:
    """Find notebooks by name, or by number such as ``03``; all if none is named.

    Raises
    ------
    ParameterError
        For a name that fits none; 00-explore is interactive and is not run.
    """
    found = [path for path in sorted(paths.NOTEBOOKS.glob("[0-9]*.ipynb")) if not path.stem.startswith("00")]
    names = [path.stem for path in found]
    only = tuple(wanted.zfill(2) for wanted in only)
    for wanted in only:
        if not any(wanted in (name, name[:2]) for name in names):
            raise ParameterError(f"notebook '{wanted}' does not exist.{nearest(wanted, names)} Notebooks: {', '.join(names)}.")
    return [path for path in found if not only or path.stem in only or path.stem[:2] in only]


def _target(request: Request) -> Path:
    """Where to publish; refuses names and folders that are something else."""
    if request.data and not request.name:
        raise ParameterError("--data needs --name: what to call your data in the report, e.g. --name acme.")
    if request.name:
        try:
            check_name(request.name)
        except SchemaError as error:
            raise ParameterError(str(error)) from None
    if request.data and "source" in request.parameters:
        raise ParameterError("--data and --source exclude each other: with --data the source is your file.")
    out = (request.out or paths.REPORTS / (request.name or "latest")).absolute()
    if out.exists() and not (out / MARK).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise ParameterError(f"{out} exists and is not a report, so it is not replaced. Name an empty or new folder with --out.")
    return out


def _make(notebooks: list[Path], merged: dict, out: Path, jobs: int) -> Path:
    for stale in out.parent.glob(f"{STAGING}{out.name}-*"):  # of runs that were killed: we hold the lock
        shutil.rmtree(stale, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix=f"{STAGING}{out.name}-", dir=out.parent))
    try:
        with tempfile.TemporaryDirectory(prefix="micro-macro-") as private, surroundings(stage, Path(private)):
            _run_all([Job(notebook, merged[notebook.stem], stage) for notebook in notebooks], jobs)
        site.build(stage, notebooks, merged)
        stage.chmod(0o755)
        replace_folder(stage, out)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return out


def _run_all(jobs: list[Job], workers: int) -> None:
    """Run every notebook, whatever happens to the others, then tell of all that failed."""
    from tqdm import tqdm

    failed: dict[str, str] = {}
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool, _stoppable(pool):
        running = {pool.submit(execute, job): job for job in jobs}
        with tqdm(total=len(jobs), desc="notebooks", unit="notebook", file=sys.stderr) as bar:
            for done in as_completed(running):
                job = running[done]
                bar.update()
                bar.set_postfix_str(job.notebook.stem)
                try:
                    done.result()
                except NotebookError as error:
                    failed[job.notebook.stem] = str(error)
                    _keep_failed(job)
    if failed:
        kept = f"The unfinished notebooks are in {paths.REPORTS.name}/failed/; what was published before is unchanged."
        raise ReportError("\n".join([*(failed[name] for name in sorted(failed)), kept]))


def _keep_failed(job: Job) -> None:
    if job.executed.is_file():
        kept = paths.REPORTS / "failed" / job.notebook.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(job.executed, kept)


@contextlib.contextmanager
def _stoppable(pool: ThreadPoolExecutor):
    """On Ctrl-C or a signal, end the kernels, so that the threads that wait for them end too."""

    def stop(number, _frame):
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)} if _in_main_thread() else {}
    try:
        yield
    except BaseException:
        import psutil

        pool.shutdown(wait=False, cancel_futures=True)
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()
