"""The world that every kernel sees: the same on every run, and nothing of the user's own
settings.
"""

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

LEAST_ROOM = 64 * 2**20
"""Free room that a report is given, even where there is none yet whose size could be asked
[bytes].
"""

LEAST_FILES = 256
"""Files and sockets that a run may need open at once."""


class SurroundingsError(RuntimeError):
    """The machine does not let a report be made: no room, no right to write, no kernel."""


def preflight(notebooks: list[Path], out: Path) -> None:
    """Refuse, before any cell runs, what could not be published in the end.

    Raises
    ------
    SurroundingsError
        Saying what is missing.
    """
    if find_spec("ipykernel") is None:
        raise SurroundingsError(
            "the package ipykernel is missing, which runs the notebooks. Set the project up again with: make set-up"
        )
    for path in notebooks:
        kernel = (
            json.loads(path.read_text(encoding="utf-8"))["metadata"]
            .get("kernelspec", {})
            .get("name", "none")
        )
        if kernel != KERNEL:
            raise SurroundingsError(
                f"{path.stem}: there is no Jupyter kernel named '{kernel}' here; notebooks use '{KERNEL}'."
            )
    if (files := _open_files()) < LEAST_FILES:
        raise SurroundingsError(
            f"only {files} files may be open at once, and a run needs {LEAST_FILES}. Allow more with: ulimit -n {LEAST_FILES}"
        )
    last = (
        sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) if out.is_dir() else 0
    )
    needed, free = max(LEAST_ROOM, 3 * last), shutil.disk_usage(out.parent).free
    if free < needed:
        raise SurroundingsError(
            f"{out.parent} has {free / 2**20:.0f} MB free, and a report needs {needed / 2**20:.0f} MB. Make room, or name another place "
            "with --out."
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
def surroundings(stage: Path, private: Path):
    """Set the environment that kernels inherit, and restore it afterwards.

    Parameters
    ----------
    stage : Path
        Where notebooks record what they publish.
    private : Path
        An empty folder for IPython and Jupyter, so that start-up files and an unusable HOME do not
        matter.
    """
    fonts = paths.CACHE / "matplotlib"
    with contextlib.suppress(
        OSError
    ):  # of a folder that may only be read; matplotlib then looks for fonts each time
        fonts.mkdir(parents=True, exist_ok=True)
    wanted = {
        STAGE: str(stage),
        START: str(private / "start"),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_NO_CONFIG": "1",
        "MICRO_MACRO_DATA": "",  # an address with a password is no notebook's business
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
    (private / "start").mkdir(exist_ok=True)
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})
        for name in (name for name, value in before.items() if value is None):
            os.environ.pop(name, None)
