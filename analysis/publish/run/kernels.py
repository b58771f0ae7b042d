"""The program that forks kernels: it imports what every notebook imports, once.

A forked kernel holds imported modules and nothing that another notebook did. A request a line comes
in, the number of a new process goes out. Without this, each of twelve kernels would import for two
to three seconds, a quarter of what a report computes.
"""

import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
from importlib import import_module
from importlib.util import find_spec

LAUNCHER = "ipykernel_launcher"
"""What a kernel specification of ipykernel starts; the words after it are the kernel's own."""

SHARED = (
    "ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completerlib",
    "IPython.extensions.storemagic", "sqlite3", "tornado.platform.asyncio",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg",
    "PIL.PngImagePlugin", "seaborn",
)  # fmt: skip
"""What every kernel would import, most of it before its first cell."""


def serve() -> None:
    """Import, then fork a kernel for every line that comes in, until the runner is gone."""
    end_with(os.getppid())
    os.environ["MPLBACKEND"] = "agg"  # the notebooks' backend draws nothing if imported outside one
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # no warning of breakpoints in Python itself
    for name in SHARED:  # `analysis` is there already, since this module lies in it
        import_module(name)

    signal.signal(signal.SIGCHLD, _reap)
    gc.freeze()  # so that no kernel's collector touches, and so copies, what it inherits
    answers = os.dup(1)
    os.dup2(2, 1)
    server = os.getpid()
    for line in sys.stdin.buffer:
        number = os.fork()
        if not number:
            os.close(answers)
            end_with(server)
            _become_kernel(**json.loads(line))
        os.write(answers, b"%d\n" % number)
    os._exit(0)  # at once: kernels end with this process


def end_with(parent: int) -> None:
    """Have the system end this process when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it has ended meanwhile
        os._exit(1)


def _reap(*_) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become_kernel(words: list[str], environment: dict[str, str], folder: str) -> None:
    """Be what ``python -m ipykernel_launcher`` would be after the imports. Does not return."""
    import ipykernel.kernelapp
    import matplotlib as mpl

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # what cells print reaches the notebook by other ways
        os.dup2(nothing, stream)
    sys.stdin = os.fdopen(0)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    mpl.rcParams["backend"] = environment.get("MPLBACKEND", "agg")
    sys.argv = [find_spec(LAUNCHER).origin, *words]
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"
    ipykernel.kernelapp.launch_new_instance(argv=[*words, parent])
    sys.exit()


if __name__ == "__main__":
    serve()
