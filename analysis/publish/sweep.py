"""micro-macro sweep: a report for each row of a table, on this machine or on a Dask cluster.

All rows are checked before any runs. Each report is then a run of ``micro-macro report`` in a
process of its own, started by threads here or by the workers of a cluster.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil

from analysis import paths
from analysis.display import nearest
from analysis.errors import SchemaError
from analysis.intake import engines
from analysis.intake.file_types import check_path
from analysis.moments.own import check_name
from analysis.present.tables import to_csv
from analysis.publish.report import ReportError
from analysis.publish.run.environment import MachineError
from analysis.publish.run.parameters import ParameterError, choose, parameters_of, resolve
from analysis.publish.run.processes import stoppable
from analysis.publish.run.request import CORES, Request, check_replaceable, foresee

COLUMNS = ("name", "data", "only", "trust_file")
"""Columns that are no parameters: the report's name, own data, notebooks with blanks between, and
whether signs of selection in the data are overruled, one of TRUST.
"""

TRUST = {"yes": True, "no": False, "": False}

INDEX = "index.csv"
"""In the folder of a sweep: the outcome of each row."""


class SweepError(ReportError):
    """Some rows of a sweep have no report; the others have."""


@dataclass(frozen=True)
class Sweep:
    """The reports to be made, as the options of ``micro-macro sweep`` describe them."""

    file: Path  # a CSV file with a column `name` and any of COLUMNS and parameters
    out: Path | None = None  # folder to publish to; reports/<name of the file> if not given
    jobs: int = CORES  # reports made at the same time on this machine
    cluster: str = ""  # address of a Dask scheduler; empty for this machine
    fresh: bool = False
    seconds: int = Request.seconds
    trust_file: bool = False  # overrule signs of selection in the data of every row

    @property
    def folder(self) -> Path:
        """The folder to publish to."""
        return (self.out or paths.REPORTS / self.file.stem).absolute()


def sweep(wanted: Sweep) -> Path:
    """Make a report for each row, or none if any row cannot be met.

    Gives the table of their outcomes: ``row, name, outcome, exit_code, seconds, reason`` and the
    cells of the row. Beside it, ``verdicts.csv`` holds the verdicts of all reports.
    """
    rows = read_rows(wanted)
    with stoppable(), _executor(wanted) as executor:
        wanted.folder.mkdir(parents=True, exist_ok=True)
        outcomes = _make_all(rows, executor)
    index = wanted.folder / INDEX
    to_csv(outcomes, index)
    _gather_verdicts(outcomes, wanted.folder)
    failed = outcomes[outcomes["outcome"] == "failed"].to_dict("records")
    if failed:
        faults = [f"row {row['row']}, {row['name']}: {row['reason']}" for row in failed]
        faults.append(f"{len(failed)} of {len(rows)} reports failed; {index} lists all.")
        raise SweepError("\n".join(faults))
    return index


def read_rows(wanted: Sweep) -> list[Request]:
    """Read and check every row; all faults of the file are refused at once."""
    table = _read(wanted.file)
    known = {name for notebook in choose(()) for name in parameters_of(notebook)}
    allowed = [*COLUMNS, *sorted(known)]
    faults = [
        f"column '{name}' is not known.{nearest(name, allowed)} Columns: {', '.join(allowed)}."
        for name in table
        if name not in allowed
    ]
    if "name" not in table:
        faults.append("column 'name' is missing: the name of each report.")
    if table.empty:
        faults.append("there are no rows.")
    faults += _faults("", check_replaceable, wanted.folder, INDEX, "sweep")
    if faults:
        raise ParameterError("\n".join(f"{wanted.file.name}: {fault}" for fault in faults))
    rows: list[Request] = []
    for number, cells in enumerate(table.to_dict("records"), 1):
        given = {name: text.strip() for name, text in cells.items() if text.strip()}
        trust = given.get("trust_file", "")
        if trust not in TRUST:
            faults.append(
                f"row {number}, column 'trust_file': '{trust}' is not allowed. Allowed: yes, no."
            )
            del given["trust_file"]
        row = _request(given, wanted)
        faults += [f"row {number}, {fault}" for fault in _faults_of(row)]
        if row.name in [other.name for other in rows]:
            faults.append(
                f"row {number}, column 'name': '{row.name}' is there already. "
                "Each report needs a name of its own."
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
    except (OSError, ValueError) as fault:
        reason = str(fault).strip()
        raise ParameterError(f"{file.name} cannot be read as CSV in UTF-8: {reason}") from None


def _request(given: dict[str, str], wanted: Sweep) -> Request:
    """The report that the cells of a row ask for."""
    name, data, only, trust = (given.pop(column, "") for column in COLUMNS)
    out, fresh, seconds = wanted.folder / name, wanted.fresh, wanted.seconds
    trusted = bool(data) and (wanted.trust_file or TRUST[trust])
    about = (name, out, 1, fresh, seconds)
    return Request(tuple(only.split()), given, data or None, *about, trust_file=trusted)


def _faults_of(row: Request) -> list[str]:
    """What cannot be met in a row, each with its column."""
    faults = _faults("name", check_name, row.name)
    if wrong := _faults("only", choose, row.only):
        faults += wrong
    if row.data and engines.is_table(row.data):
        faults += _faults("data", engines.check_address, row.data)
    elif row.data:
        faults += _faults("data", check_path, Path(row.data))
    for name, text in row.parameters.items() if not wrong else ():
        faults += _faults(name, resolve, choose(row.only), {name: text})
    return faults or _faults("name", foresee, row)


def _faults(column: str, check: Callable, *arguments) -> list[str]:
    """The sentences with which a check refuses, each with the column if there is one."""
    try:
        check(*arguments)
    except (ParameterError, SchemaError) as fault:
        where = f"column '{column}': " if column else ""
        return [f"{where}{line}" for line in str(fault).splitlines()]
    return []


@contextlib.contextmanager
def _executor(wanted: Sweep):
    """Threads that wait for processes here, or the workers of a cluster."""
    if wanted.cluster:
        with _cluster(wanted.cluster) as client:
            yield client.get_executor()
        return
    pool = ThreadPoolExecutor(max_workers=wanted.jobs)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for report in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                report.terminate()  # it cleans up after itself
        raise
    finally:
        pool.shutdown()


def _cluster(address: str):
    try:
        from distributed import Client
    except ImportError:
        raise MachineError(
            "the package distributed is needed for --cluster, and is not installed: "
            "pip install '.[dask]'"
        ) from None
    try:
        return Client(address, timeout=30)
    except (OSError, ValueError) as fault:
        raise MachineError(
            f"--cluster {address} does not answer: {str(fault).splitlines()[0]} "
            "Allowed: tcp://HOST:PORT of a Dask scheduler."
        ) from None


def _make_all(rows: list[Request], executor: Executor) -> pd.DataFrame:
    """Run every row, whatever happens to the others; one record each, in the order of the file."""
    from tqdm import tqdm

    running = {}
    for number, row in enumerate(rows, 1):
        data = str(row.data or "")
        running[executor.submit(make_report, _arguments(row), data, os.getcwd())] = number, row
    records = {}
    with tqdm(total=len(rows), desc="reports", unit="report", file=sys.stderr) as bar:
        for done in as_completed(running):
            number, row = running[done]
            try:
                code, reason, seconds = done.result()
            except Exception as fault:  # of a cluster, whose worker was lost
                reason = f"{type(fault).__name__}: {fault}".splitlines()[0]
                code, seconds = 1, float("nan")
            records[number] = {
                "row": number,
                "name": row.name,
                "outcome": "failed" if code else "published",
                "exit_code": code,
                "seconds": seconds,
                "reason": reason,
                **row.parameters,
            }
            if row.trust_file:
                records[number]["trust_file"] = "yes"
            if row.only:
                records[number]["only"] = " ".join(row.only)
            if row.data:  # no folder of this machine, and no password
                records[number]["data"] = engines.shown(row.data).rpartition("/")[2]
            bar.update()
            bar.set_postfix_str(row.name)
    return pd.DataFrame([records[number] for number in sorted(records)])


def _arguments(row: Request) -> list[str]:
    """A row as arguments, but for its data, whose address may hold a password."""
    arguments = ["--name", row.name, "--out", str(row.out)]
    arguments += ["--jobs", str(row.jobs), "--limit", str(row.seconds)]
    for name in row.only:
        arguments += ["--only", name]
    for name, text in row.parameters.items():
        arguments += ["-p", f"{name}={text}"]
    return arguments + ["--fresh"] * row.fresh + ["--trust-file"] * row.trust_file


def make_report(arguments: list[str], data: str, folder: str) -> tuple[int, str, float]:
    """Make one report in a process of its own: its exit code, why it failed, and its seconds.

    The command runs in `folder`; own `data` are passed where no list of processes shows them.
    """
    start = time.monotonic()
    done = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "analysis", "report", *arguments],
        cwd=folder,
        env=os.environ | {"MICRO_MACRO_DATA": data},
        capture_output=True,
        text=True,
    )
    seconds = round(time.monotonic() - start, 1)
    if not done.returncode:
        return 0, "", seconds
    _, _, last = f"\n{done.stderr}".replace("\r", "\n").rpartition("\nnotebooks:")
    lines = last.splitlines()[1:] if "notebooks:" in done.stderr else done.stderr.splitlines()
    reason = " ".join(line.strip() for line in lines if line.strip())
    return done.returncode, reason or f"ended with code {done.returncode}", seconds


def _gather_verdicts(outcomes: pd.DataFrame, folder: Path) -> None:
    """Put the verdicts of all reports in one table, so that they can be compared."""
    published = outcomes.loc[outcomes["outcome"] == "published", "name"]
    files = {name: folder / name / "verdicts.csv" for name in published}
    tables = {name: pd.read_csv(path, keep_default_na=False) for name, path in files.items()}
    if tables:
        together = pd.concat(tables, names=["report"]).reset_index("report")
        to_csv(together, folder / "verdicts.csv")
