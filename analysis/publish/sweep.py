"""micro-macro sweep: a report for each row of a table, on this machine or on a Dask cluster.

All rows are checked before any runs. Each report is then a run of ``micro-macro report`` in a
process of its own, so that none disturbs another, whoever starts it: threads here, or the workers
of a cluster, which offer the same interface of `concurrent.futures`.
"""

import contextlib
import os
import subprocess
import sys
import time
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.errors import SchemaError
from analysis.intake import engines
from analysis.intake.text_files import check_path
from analysis.moments.own import check_name
from analysis.present.tables import to_csv
from analysis.publish.run.environment import SurroundingsError
from analysis.publish.run.execute import CELL_SECONDS
from analysis.publish.run.parameters import ParameterError, choose, nearest, parameters_of, resolve
from analysis.publish.run.processes import stoppable
from analysis.publish.run.report import CORES, ReportError, Request, foresee

OWN = ("name", "data", "only")
"""Columns that are no parameters: what to call the report, a user's own data, and notebooks with
blanks between them.
"""

INDEX = "index.csv"
"""In the folder of a sweep: what became of each row."""


class SweepError(ReportError):
    """Some rows of a sweep have no report; the others have."""


@dataclass(frozen=True)
class Sweep:
    """What is to be made.

    Attributes
    ----------
    file : Path
        A CSV file: a column ``name``, and any of ``data``, ``only`` and the parameters of the
        notebooks. A blank cell is not given.
    out : Path or None
        The folder to publish to; reports/<name of the file> if not given. Each report is a folder
        in it.
    jobs : int
        Reports made at the same time on this machine; each runs one notebook at a time.
    cluster : str
        Address of a Dask scheduler; empty for this machine.
    fresh : bool
        Run every notebook, whatever is kept of earlier runs.
    seconds : int
        Longest a cell may run.
    """

    file: Path
    out: Path | None = None
    jobs: int = CORES
    cluster: str = ""
    fresh: bool = False
    seconds: int = CELL_SECONDS

    @property
    def folder(self) -> Path:
        """The folder to publish to."""
        return (self.out or paths.REPORTS / self.file.stem).absolute()


@dataclass(frozen=True)
class Row:
    """One report: its number in the file, its name, and what the row gives."""

    number: int
    name: str
    data: str = ""
    only: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)


def sweep(wanted: Sweep) -> Path:
    """Make a report for each row, and a table of what became of them.

    Returns
    -------
    Path
        The table: ``row, name, outcome, exit_code, seconds, reason`` and what the row gave. Beside
        it, ``verdicts.csv`` holds the verdicts of all reports.

    Raises
    ------
    ParameterError
        If any row cannot be met; nothing has been started then.
    SweepError
        If rows failed; the others are published.
    SurroundingsError
        If the cluster cannot be had.
    """
    rows = read_rows(wanted)
    with stoppable(), _executor(wanted) as executor:
        wanted.folder.mkdir(parents=True, exist_ok=True)
        made = _make_all(rows, wanted, executor)
    to_csv(made, wanted.folder / INDEX)
    _gather_verdicts(made, wanted.folder)
    failed = made[made["outcome"] == "failed"]
    if len(failed):
        told = [
            f"row {row.row}, {row.name_}: {row.reason}"
            for row in failed.rename(columns={"name": "name_"}).itertuples()
        ]
        raise SweepError(
            "\n".join(
                [
                    *told,
                    f"{len(failed)} of {len(made)} reports failed; {wanted.folder / INDEX} lists all.",
                ]
            )
        )
    return wanted.folder / INDEX


def read_rows(wanted: Sweep) -> list[Row]:
    """Read and check every row.

    Raises
    ------
    ParameterError
        Every fault of the file at once, each with its row and column.
    """
    table = _read(wanted.file)
    known = {name for notebook in choose(()) for name in parameters_of(notebook)}
    allowed = [*OWN, *sorted(known)]
    unknown = [name for name in table if name not in allowed]
    faults = [
        f"column '{name}' is not known.{nearest(name, allowed)} Columns: {', '.join(allowed)}."
        for name in unknown
    ]
    if "name" not in table:
        faults.append("column 'name' is missing: what to call each report.")
    if table.empty:
        faults.append("there are no rows.")
    if (
        wanted.folder.exists()
        and not (wanted.folder / INDEX).is_file()
        and (not wanted.folder.is_dir() or any(wanted.folder.iterdir()))
    ):
        faults.append(
            f"{wanted.folder} exists and is not a sweep. Name an empty or new folder with --out."
        )
    if faults:
        raise ParameterError("\n".join(f"{wanted.file.name}: {fault}" for fault in faults))
    rows = []
    for number, cells in enumerate(table.to_dict("records"), 1):
        given = {name: text.strip() for name, text in cells.items() if text.strip()}
        row = Row(
            number,
            given.pop("name", ""),
            given.pop("data", ""),
            tuple(given.pop("only", "").split()),
            given,
        )
        faults += [f"row {number}, {fault}" for fault in _faults(row, wanted)]
        if row.name in {other.name for other in rows}:
            faults.append(
                f"row {number}, column 'name': '{row.name}' is there already. Each report needs a name of its own."
            )
        rows.append(row)
    if faults:
        raise ParameterError("\n".join(f"{wanted.file.name}, {fault}" for fault in faults))
    return rows


def _read(file: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise ParameterError(f"{file}: there is no such file.") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as fault:
        raise ParameterError(
            f"{file.name} cannot be read as CSV in UTF-8: {str(fault).strip()}"
        ) from None


def _faults(row: Row, wanted: Sweep) -> list[str]:
    """What cannot be met in a row, each with its column."""
    faults = []

    def ask(column: str, check, *arguments) -> None:
        try:
            check(*arguments)
        except (ParameterError, SchemaError) as fault:
            faults.extend(f"column '{column}': {line}" for line in str(fault).splitlines())

    ask("name", check_name, row.name)
    ask("only", choose, row.only)
    if row.data:
        ask(
            "data",
            engines.check_address if engines.is_table(row.data) else check_path,
            _place(row.data),
        )
    if not any(fault.startswith("column 'only'") for fault in faults):
        for name, text in row.parameters.items():
            ask(name, resolve, choose(row.only), {name: text})
    if not faults:
        ask(
            "name",
            foresee,
            Request(row.only, row.parameters, row.data or None, row.name, wanted.folder / row.name),
        )
    return faults


def _place(data: str) -> Path | str:
    return data if engines.is_table(data) else Path(data)


@contextlib.contextmanager
def _executor(wanted: Sweep):
    """Who makes the reports: threads that wait for processes here, or a cluster."""
    if wanted.cluster:
        with _cluster(wanted.cluster) as executor:
            yield executor
        return
    pool = ThreadPoolExecutor(max_workers=wanted.jobs)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        _end_reports()
        raise
    finally:
        pool.shutdown()


@contextlib.contextmanager
def _cluster(address: str):
    try:
        from distributed import Client
    except ImportError:
        raise SurroundingsError(
            "the package distributed is needed for --cluster, and is not installed: pip install '.[dask]'"
        ) from None
    try:
        client = Client(address, timeout=30)
    except (OSError, ValueError) as fault:
        told = str(fault).splitlines()[0]
        raise SurroundingsError(
            f"--cluster {address} does not answer: {told} Allowed: tcp://HOST:PORT of a Dask scheduler."
        ) from None
    with client:
        yield client.get_executor()


def _end_reports() -> None:
    """End the reports that are being made, which clean up after themselves."""
    import psutil

    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            child.terminate()


def _make_all(rows: list[Row], wanted: Sweep, executor: Executor) -> pd.DataFrame:
    """Run every row, whatever happens to the others; one record each, in the order of the file."""
    from tqdm import tqdm

    running = {
        executor.submit(make_report, _arguments(row, wanted), row.data, os.getcwd()): row
        for row in rows
    }
    made = {}
    with tqdm(total=len(rows), desc="reports", unit="report", file=sys.stderr) as bar:
        for done in as_completed(running):
            row = running[done]
            try:
                code, reason, seconds = done.result()
            except Exception as fault:  # of a cluster, whose worker was lost
                code, reason, seconds = (
                    1,
                    f"{type(fault).__name__}: {fault}".splitlines()[0],
                    float("nan"),
                )
            outcome = "failed" if code else "published"
            facts = {
                "row": row.number,
                "name": row.name,
                "outcome": outcome,
                "exit_code": code,
                "seconds": seconds,
                "reason": reason,
            }
            given = row.parameters | {
                "only": " ".join(row.only),
                "data": engines.shown(row.data).rpartition("/")[2],
            }
            made[row.number] = facts | {name: text for name, text in given.items() if text}
            bar.update()
            bar.set_postfix_str(f"{row.name} {outcome}")
    return pd.DataFrame([made[row.number] for row in rows])


def _arguments(row: Row, wanted: Sweep) -> list[str]:
    """A row as arguments of `micro-macro report`, but for its data, whose address may hold a
    password.
    """
    arguments = [
        "--name",
        row.name,
        "--out",
        str(wanted.folder / row.name),
        "--jobs",
        "1",
        "--limit",
        str(wanted.seconds),
    ]
    arguments += [part for name in row.only for part in ("--only", name)]
    arguments += [
        part for name, text in row.parameters.items() for part in ("-p", f"{name}={text}")
    ]
    return arguments + ["--fresh"] * wanted.fresh


def make_report(arguments: list[str], data: str, folder: str) -> tuple[int, str, float]:
    """Make one report in a process of its own: its exit code, why it failed, and how many seconds
    it took.

    Parameters
    ----------
    arguments : list of str
        Of ``micro-macro report``.
    data : str
        The user's own data, handed over where no list of processes shows it; empty if there are
        none.
    folder : str
        In which the command runs.
    """
    environment = os.environ | {"MICRO_MACRO_DATA": data}
    start = time.monotonic()
    done = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "analysis", "report", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    lines = done.stderr.replace("\r", "\n").splitlines()
    last = max(
        (place for place, line in enumerate(lines) if line.startswith("notebooks:")), default=-1
    )
    reason = (
        " ".join(line.strip() for line in lines[last + 1 :] if line.strip())
        if done.returncode
        else ""
    )
    return (
        done.returncode,
        reason or f"ended with code {done.returncode}" * bool(done.returncode),
        round(time.monotonic() - start, 1),
    )


def _gather_verdicts(made: pd.DataFrame, folder: Path) -> None:
    """Put the verdicts of all reports in one table, so that they can be compared."""
    published = made.loc[made["outcome"] == "published", "name"]
    tables = [
        pd.read_csv(folder / name / "verdicts.csv", keep_default_na=False).assign(report=name)
        for name in published
    ]
    if tables:
        together = pd.concat(tables)
        to_csv(
            together[["report", *(name for name in together if name != "report")]],
            folder / "verdicts.csv",
        )
