"""micro-macro report: notebooks run in parallel, everything is published at once or not at all."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from filelock import FileLock, Timeout

from analysis import paths
from analysis.moments.kept import keep_own
from analysis.moments.load import check_cells
from analysis.moments.own import read_own
from analysis.moments.statement import statement
from analysis.publish.run import manifest, reuse
from analysis.publish.run.atomic import replace_folder, restore
from analysis.publish.run.environment import MachineError, notebook_environment, preflight
from analysis.publish.run.parameters import ParameterError, resolve
from analysis.publish.run.processes import end_processes, stoppable
from analysis.publish.run.request import Request, foresee

STAGING = ".making-"

WHOLE = "report"
"""What a whole report is kept under, beside the names of notebooks."""


class LockedError(RuntimeError):
    """Another run is publishing to the same place."""


class ReportError(RuntimeError):
    """One or more notebooks failed; the message names each with its cell."""


class OverdueError(ReportError):
    """Every notebook that failed did so because a cell ran too long."""


def publish_report(request: Request) -> Path:
    """Make a report and publish it; give its folder. If that fails, what was published before
    is still there; `cli.EXIT` lists the kinds of faults.
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
                f"another run is publishing to {out}. Wait until it has ended, "
                "or publish elsewhere with --out."
            ) from None
        except (FileExistsError, NotADirectoryError) as error:
            raise ParameterError(
                f"{error.filename} is in the way ({error.strerror}). Name another place with --out."
            ) from None
        except OSError as error:
            where = f", {error.filename}" if error.filename else ""
            raise MachineError(
                f"{out} cannot be published: {error.strerror or error}{where}. "
                "What was published before is unchanged."
            ) from None


def explain(request: Request) -> dict[str, str]:
    """Why each notebook would run; empty where results are kept. Nothing is run."""
    _, merged, _ = _prepared(request)
    made = reuse.made_from(merged)
    return {name: reuse.why_stale(name, facts) for name, facts in made.items()}


def _prepared(request: Request) -> tuple[list[Path], dict[str, dict], Path]:
    """Refuse all that can be refused before anything is written, then read the user's data."""
    notebooks, merged, out = foresee(request)
    check_cells()
    if request.data:
        own = read_own(request.data, request.name, request.hints, request.trust_file)
        keep_own(own)
        said = (own.source.selection_note, statement(own.source), *own.source.limits)
        print(*filter(None, said), sep="\n", file=sys.stderr)
        merged = resolve(notebooks, request.parameters | {"source": request.name})
    return notebooks, merged, out


def _make(
    notebooks: list[Path], merged: dict, out: Path, request: Request, too_late: Callable[[], None]
) -> Path:
    staging = f"{STAGING}{out.name}-"
    end_processes(out.parent / staging)  # of runs that were killed: we hold the lock
    for stale in out.parent.glob(f"{staging}*"):
        shutil.rmtree(stale, ignore_errors=True)
    restore(out)
    stage = Path(tempfile.mkdtemp(prefix=staging, dir=out.parent))
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
    """Take the whole report if it is kept and no notebook is stale; else run those that are."""
    from analysis.publish.site import build

    made = reuse.made_from(merged)
    stale = [
        name
        for name in merged
        if request.fresh or not reuse.copy_kept(parts / name, name, made[name])
    ]
    whole = build.made_from(made, request.tiers)
    if not stale and reuse.copy_kept(report, WHOLE, whole):
        return
    if stale:
        with (
            tempfile.TemporaryDirectory(prefix="micro-macro-") as private,
            notebook_environment(parts.parent, Path(private)),
        ):
            _run_all(stale, parts, merged, made, request)
    _bring_together(report, parts, list(merged))
    build.build(report, notebooks, merged, request.tiers)
    if build.made_from(reuse.made_from(merged), request.tiers) == whole:  # unless changed meanwhile
        reuse.keep(report, WHOLE, whole)


def _bring_together(report: Path, parts: Path, names: list[str]) -> None:
    """Move what every notebook recorded into one folder."""
    report.mkdir()
    for name in names:
        for recorded, path in manifest.files_below(parts / name).items():
            place = report / recorded
            if place.exists():
                raise ReportError(
                    f"{name} records {recorded}, and so does another notebook. "
                    "Give one of them another key."
                )
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)


def _run_all(names: list[str], parts: Path, merged: dict, made: dict, request: Request) -> None:
    """Run every stale notebook, whatever happens to the others, then report all that failed."""
    from tqdm import tqdm

    from analysis.publish.run.provision import Kernels

    failed: dict[str, RuntimeError] = {}
    with Kernels() as kernels, ThreadPoolExecutor(request.jobs) as pool:
        # imported while the process that forks kernels does its own imports
        from analysis.publish.run.execute import Job, NotebookError, execute

        def run(name: str) -> None:
            source, short = paths.NOTEBOOKS / f"{name}.ipynb", reuse.short_hash(made[name])
            job = Job(source, merged[name], parts / name, request.seconds, short)
            try:
                execute(job, kernels)
            except NotebookError as error:
                failed[name] = error
                _keep_failed(job.executed)
            else:
                keep_unless_changed(parts / name, name, merged[name], made[name])

        # the longest source first, so that no core waits for one long notebook at the end
        order = sorted(names, key=lambda name: -(paths.NOTEBOOKS / f"{name}.ipynb").stat().st_size)
        running = {pool.submit(run, name): name for name in order}
        try:
            with tqdm(total=len(names), desc="notebooks", unit="notebook", file=sys.stderr) as bar:
                for done in as_completed(running):
                    bar.update()
                    bar.set_postfix_str(running[done])
                    done.result()
        except BaseException:  # threads wait for kernels, which must end first
            pool.shutdown(wait=False, cancel_futures=True)
            end_processes(parts.parent)
            raise
    if failed:
        raise _report_of(failed)


def _report_of(failed: dict[str, RuntimeError]) -> RuntimeError:
    """One error for all notebooks that failed, another one if all of them ran too long."""
    from analysis.publish.run.execute import TimeLimitError

    overdue = all(isinstance(error, TimeLimitError) for error in failed.values())
    faults = [str(failed[name]) for name in sorted(failed)]
    return (OverdueError if overdue else ReportError)(
        "\n".join(faults) + f"\nThe unfinished notebooks are in {paths.REPORTS.name}/failed/; "
        "what was published before is unchanged."
    )


def keep_unless_changed(stage: Path, name: str, parameters: dict, made: dict[str, str]) -> None:
    """Keep what a notebook recorded, unless what it is made from was changed while it ran."""
    if reuse.made_from({name: parameters})[name] == made:
        reuse.keep(stage, name, made)


def _keep_failed(executed: Path) -> None:
    if executed.is_file():
        kept = paths.REPORTS / "failed" / executed.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(executed, kept)
