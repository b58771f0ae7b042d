"""What every kernel sees: the same on every run, and nothing of the user's own settings."""

import contextlib
import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from analysis import paths
from analysis.present.report import STAGE

START = "MICRO_MACRO_START"
"""Environment variable with the folder below which each kernel starts in an empty one: nothing to
import or read by accident.
"""

KERNEL = "python3"
"""The kernel that notebooks here use; ipykernel brings it."""

LEAST_SPACE = 64 * 2**20
"""Free space that a first report is given [bytes]; a later one needs three times the last."""

LEAST_FILES = 256
"""Files and sockets that a run may need open at once."""


class MachineError(RuntimeError):
    """The machine does not let a report be made: no space, no right to write, no kernel."""


def preflight(notebooks: list[Path], out: Path) -> None:
    """Refuse, before any cell runs, what could not be published in the end."""
    if find_spec("ipykernel") is None:
        raise MachineError(
            "the package ipykernel is missing, which runs the notebooks. "
            "Set the project up again with: make set-up"
        )
    for path in notebooks:
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        kernel = metadata.get("kernelspec", {}).get("name", "none")
        if kernel != KERNEL:
            raise MachineError(
                f"{path.stem}: there is no Jupyter kernel named '{kernel}' here; "
                f"notebooks use '{KERNEL}'."
            )
    if (files := _open_files()) < LEAST_FILES:
        raise MachineError(
            f"only {files} files may be open at once, and a run needs {LEAST_FILES}. "
            f"Allow more with: ulimit -n {LEAST_FILES}"
        )
    last = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    needed, free = max(LEAST_SPACE, 3 * last), shutil.disk_usage(out.parent).free
    if free < needed:
        raise MachineError(
            f"{out.parent} has {free / 2**20:.0f} MB free, and a report needs "
            f"{needed / 2**20:.0f} MB. Free some, or name another place with --out."
        )


def _open_files() -> int:
    """How many files may be open at once, as far as the system has such a limit."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
    except ImportError:
        return LEAST_FILES
    limit = getrlimit(RLIMIT_NOFILE)[0]
    return LEAST_FILES if limit == RLIM_INFINITY else limit


@contextlib.contextmanager
def notebook_environment(stage: Path, private: Path):
    """Set the environment that kernels inherit, and restore it afterwards.

    Notebooks record what they publish below `stage`. IPython and Jupyter keep their files in
    `private`, an empty folder, so that start-up files and an unusable HOME do not matter.
    """
    fonts, start = paths.CACHE / "matplotlib", private / "start"
    with contextlib.suppress(OSError):  # a read-only clone: matplotlib then lists fonts each time
        fonts.mkdir(parents=True, exist_ok=True)
    start.mkdir(exist_ok=True)
    before = dict(os.environ)
    os.environ.update(
        {
            STAGE: str(stage),
            START: str(start),
            "IPYTHONDIR": str(private / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTER_NO_CONFIG": "1",
            "MICRO_MACRO_DATA": "",  # no notebook needs an address, which may hold a password
            "MPLCONFIGDIR": str(fonts),
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONHASHSEED": "0",
            "PYTHONSTARTUP": "",
            "PYTHONSAFEPATH": "1",
            "PYTHONDONTWRITEBYTECODE": "",
            "SOURCE_DATE_EPOCH": "0",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TZ": "UTC",
        }
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
