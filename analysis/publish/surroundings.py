"""The world that every kernel sees: the same on every run, and nothing of the user's own settings."""

import contextlib
import os
from pathlib import Path

from analysis import paths
from analysis.present.report import STAGE

START = "MICRO_MACRO_START"
"""Environment variable with the folder that kernels start in: nothing lies there that they could import or read by accident."""


@contextlib.contextmanager
def surroundings(stage: Path, private: Path):
    """Set the environment that kernels inherit, and restore it afterwards.

    Parameters
    ----------
    stage : Path
        Where notebooks record what they publish.
    private : Path
        An empty folder for IPython and Jupyter, so that start-up files and an unusable HOME do not matter.
    """
    fonts = paths.CACHE / "matplotlib"
    fonts.mkdir(parents=True, exist_ok=True)
    wanted = {
        STAGE: str(stage),
        START: str(private),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(private / "runtime"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_NO_CONFIG": "1",
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
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})
        for name in (name for name, value in before.items() if value is None):
            os.environ.pop(name, None)
