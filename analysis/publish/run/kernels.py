"""Kernels that start at once: one process imports what every notebook imports, and each kernel is
forked from it.

A forked kernel holds imported modules and nothing that another notebook did. Papermill starts it,
talks to it and ends it as it does any other. Run as a program, this module is the process that
forks: a request a line comes in, the number of a new process goes out.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import threading
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from uuid import uuid4

from analysis.publish.run.environment import START

PATIENCE = 120
"""Seconds that the imports may take."""

LAUNCHER = "ipykernel_launcher"
"""What a kernel specification of ipykernel starts; the words after it are the kernel's own."""

SHARED = (
    "ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completerlib", "IPython.extensions.storemagic", "sqlite3",
    "tornado.platform.asyncio", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "PIL.PngImagePlugin", "seaborn",
)  # fmt: skip
"""What every kernel would import, most of it before its first cell."""


def light_imports() -> None:
    """Spare the import of nbformat the grammar of internationalised addresses, which takes over a
    second and is needed by no notebook.

    A stand-in for the module that builds it is put in its place; the first address to be checked
    brings the real one.
    """

    def is_valid_syntax(term: str, value: str) -> bool:
        sys.modules.pop("rfc3987_syntax")
        from rfc3987_syntax import is_valid_syntax

        return is_valid_syntax(term, value)

    later = ModuleType("rfc3987_syntax")
    later.is_valid_syntax = is_valid_syntax
    sys.modules.setdefault("rfc3987_syntax", later)


class Kernels:
    """The process that forks kernels, for as long as the context lasts; on systems other than
    Linux, kernels start in the ordinary way.
    """

    def __init__(self, fork: bool = sys.platform == "linux"):
        self.fork = fork
        self._one_at_a_time = threading.Lock()

    def __enter__(self):
        if self.fork:
            self._server = subprocess.Popen(  # noqa: S603 (fixed words)
                [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
                cwd=os.environ.get(START),
            )  # fmt: skip
        return self

    def __exit__(self, *_):
        if self.fork:
            self._server.kill()  # its kernels die with it
            self._server.communicate()

    def start(self, command: list[str], environment: dict[str, str], folder: str):
        """Fork a kernel.

        Returns
        -------
        psutil.Process
            With what jupyter_client asks of a subprocess besides.

        Raises
        ------
        RuntimeError
            If the process that forks has died.
        """
        import psutil

        class Kernel(psutil.Process):
            stdin = stdout = stderr = None

            def poll(self):
                return None if self.is_running() else 1

        request = {
            "words": command[command.index(LAUNCHER) + 1 :],
            "environment": environment,
            "folder": folder,
        }
        with self._one_at_a_time:
            try:
                self._server.stdin.write(json.dumps(request).encode() + b"\n")
                self._server.stdin.flush()
                select.select([self._server.stdout], [], [], PATIENCE)
                return Kernel(int(self._server.stdout.readline()))
            except (OSError, ValueError, psutil.NoSuchProcess):
                raise RuntimeError("the process that starts kernels has ended") from None

    def manager(self, environment: dict[str, str]) -> type:
        """A kernel manager whose kernels get this environment, and encrypt their sockets where they
        can.

        Encryption also spares every notebook a warning of ipykernel.
        """
        from jupyter_client.manager import AsyncKernelManager
        from jupyter_client.provisioning import LocalProvisioner

        kernels = self

        class ForkedProvisioner(LocalProvisioner):
            async def launch_kernel(self, cmd, **options):
                self.process = kernels.start(cmd, options["env"], str(options["cwd"]))
                self.pid = self.pgid = self.process.pid
                return self.connection_info

        class Manager(AsyncKernelManager):
            def __init__(self, **options):
                super().__init__(transport_encryption="auto", **options)
                if kernels.fork and LAUNCHER in self.kernel_spec.argv:
                    self.provisioner = ForkedProvisioner(
                        kernel_id=str(uuid4()), kernel_spec=self.kernel_spec, parent=self
                    )

            async def _async_start_kernel(self, **options):
                await super()._async_start_kernel(env=os.environ | environment, **options)

            start_kernel = _async_start_kernel

        return Manager


def _serve() -> None:
    """Import, then fork a kernel for every line that comes in, until the runner is gone."""
    import gc

    _end_with(os.getppid())
    os.environ["MPLBACKEND"] = (
        "agg"  # the backend of notebooks draws nothing if it is imported outside one
    )
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = (
        "1"  # or the debugger warns that it will miss breakpoints in Python's own modules
    )
    for name in SHARED:  # `analysis` is there already, since this module lies in it
        import_module(name)

    signal.signal(signal.SIGCHLD, _bury)
    gc.freeze()  # so that no kernel copies what it inherits only to find that it is not rubbish
    answers = os.dup(1)
    os.dup2(2, 1)
    server = os.getpid()
    for line in sys.stdin.buffer:
        number = os.fork()
        if not number:
            os.close(answers)
            _end_with(server)
            _become_kernel(**json.loads(line))
        os.write(answers, b"%d\n" % number)
    os._exit(0)  # at once: kernels end with this process


def _end_with(parent: int) -> None:
    """Have the system end this process when its parent ends; at once, if the parent has ended
    meanwhile.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def _bury(*_) -> None:
    """Take leave of every kernel that has ended."""
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
    for stream in range(3):  # what cells say goes to the notebook, by other ways
        os.dup2(nothing, stream)
    sys.stdin = os.fdopen(0)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    mpl.rcParams["backend"] = environment.get("MPLBACKEND", "agg")
    sys.argv = [find_spec(LAUNCHER).origin, *words]
    ipykernel.kernelapp.launch_new_instance(
        argv=[*words, f"--IPKernelApp.parent_handle={os.getppid()}"]
    )
    sys.exit()


if __name__ == "__main__":
    _serve()
