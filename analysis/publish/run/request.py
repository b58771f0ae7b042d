"""What report is to be made, and all that can be refused before any data are read."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from analysis import paths
from analysis.errors import SchemaError
from analysis.intake.reading import Hints
from analysis.moments.kept import own_names
from analysis.moments.own import check_name
from analysis.publish.run import manifest
from analysis.publish.run.parameters import ParameterError, choose, resolve
from analysis.registers.records import TierScheme

CELL_SECONDS = 600
"""Longest a cell may run, unless the request asks otherwise."""

LONGEST = 200
"""Bytes in the name of a report's folder; staging and lock add to it, and file systems take 255."""

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Request:
    """The report to be made, as the options of ``micro-macro report`` describe it."""

    only: tuple[str, ...] = ()  # notebooks by name or number; empty for all
    parameters: dict[str, str] = field(default_factory=dict)  # values by name, as text
    data: Path | str | None = None  # a file of the user's own, or the address of a table
    name: str = ""  # of the report, and of the own data in it
    out: Path | None = None  # folder to publish to; if not given, reports/latest or reports/NAME
    jobs: int = CORES  # notebooks run at the same time
    fresh: bool = False  # run every notebook, whatever is kept of earlier runs
    seconds: int = CELL_SECONDS  # longest a cell may run
    hints: Hints = field(default_factory=Hints)  # how to read the file
    trust_file: bool = False  # overrule signs that the file was selected or simulated
    tiers: TierScheme | None = None  # of the reader's own, for the front page on own data


def foresee(request: Request) -> tuple[list[Path], dict[str, dict], Path]:
    """The notebooks, their parameters and the folder, before any data are read."""
    notebooks = choose(request.only)
    return notebooks, resolve(notebooks, request.parameters), _target(request)


def _target(request: Request) -> Path:
    """Where to publish; refuses names and folders that are something else."""
    if request.data and not request.name:
        raise ParameterError(
            "--data needs --name: the name of your data in the report, e.g. --name acme."
        )
    if request.name:
        try:
            check_name(request.name)
        except SchemaError as error:
            raise ParameterError(str(error)) from None
    if request.trust_file and not request.data:
        raise ParameterError(
            "--trust-file is about a file of your own: name it with --data. Other sources are "
            "judged as the register describes them."
        )
    source = request.parameters.get("source", "")
    if request.tiers and not (request.data or source in own_names()):
        raise ParameterError(
            "--tiers are for data of your own: name them with --data, or with --source if they "
            "are kept here. Other sources take a registered scheme, e.g. -p tier_scheme=decades."
        )
    if request.data and "source" in request.parameters:
        raise ParameterError(
            "--data and --source exclude each other: with --data the source is your own data."
        )
    out = (request.out or paths.REPORTS / (request.name or "latest")).absolute()
    if any(part.endswith(":") or len(os.fsencode(part)) > LONGEST for part in out.parts):
        raise ParameterError(
            f"--out {request.out} is not a folder of this machine, "
            f"or has a name of more than {LONGEST} bytes."
        )
    if out.is_symlink():
        raise ParameterError(
            f"{out} is a link, so it is not replaced. "
            f"Name the folder it leads to, {out.resolve()}, with --out."
        )
    check_replaceable(out, manifest.NAME, "report")
    return out


def check_replaceable(out: Path, mark: str, kind: str) -> None:
    """Refuse to replace a folder that holds something, but not the file that marks its kind."""
    holds = out.exists() and (not out.is_dir() or any(out.iterdir()))
    if holds and not (out / mark).is_file():
        raise ParameterError(
            f"{out} exists and is not a {kind}, so it is not replaced. "
            "Name an empty or new folder with --out."
        )
