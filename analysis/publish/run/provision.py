"""Kernels for papermill: forked on Linux, elsewhere started in the ordinary way.

Imported when a notebook runs, since jupyter_client takes a while.
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from uuid import uuid4

import psutil
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from analysis.publish.run import kernels
from analysis.publish.run.environment import START
from analysis.publish.run.kernels import LAUNCHER

PATIENCE = 120
"""Seconds that the imports may take."""

LONGEST_SOCKET = 107
"""Most bytes in the path of a Unix socket on Linux."""


class Kernel(psutil.Process):
    """A forked kernel, with what jupyter_client asks of a subprocess besides."""

    stdin = stdout = stderr = None

    def poll(self) -> int | None:
        """Give None while the kernel runs."""
        return None if self.is_running() else 1


def sockets(kernel: str) -> dict[str, str]:
    """Say where a kernel's sockets are; nothing where the folder has too long a path for them."""
    path = str(Path(os.environ.get(START, tempfile.gettempdir())) / f"kernel-{kernel[:8]}")
    fits = len(os.fsencode(f"{path}-5")) <= LONGEST_SOCKET
    return {"transport": "ipc", "ip": path} if fits else {}


class Kernels:
    """The process that forks kernels, for as long as the context lasts."""

    def __init__(self, fork: bool = sys.platform == "linux"):
        self.fork = fork
        self._one_at_a_time = threading.Lock()

    def __enter__(self):
        if self.fork:
            self._server = subprocess.Popen(  # noqa: S603 (fixed words)
                [sys.executable, "-m", kernels.__name__],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
                cwd=os.environ.get(START),  # where no style or module of the user's is picked up
            )  # fmt: skip
        return self

    def __exit__(self, *_):
        if self.fork:
            self._server.kill()  # its kernels die with it
            self._server.communicate()

    def start(self, command: list[str], environment: dict[str, str], folder: str) -> Kernel:
        """Fork a kernel; a RuntimeError if the process that forks has died."""
        words = command[command.index(LAUNCHER) + 1 :]
        request = {"words": words, "environment": environment, "folder": folder}
        with self._one_at_a_time:
            try:
                self._server.stdin.write(json.dumps(request).encode() + b"\n")
                self._server.stdin.flush()
                select.select([self._server.stdout], [], [], PATIENCE)
                return Kernel(int(self._server.stdout.readline()))
            except (OSError, ValueError, psutil.NoSuchProcess):
                raise RuntimeError("the process that starts kernels has ended") from None

    def manager(self, environment: dict[str, str]) -> type:
        """Make the class of a kernel manager whose kernels get this environment.

        They encrypt their sockets where they can, which also spares a warning of ipykernel. A
        forked kernel talks through files instead of ports: another program can take a free port
        before the kernel does, and the kernel then dies before its first cell.
        """
        ours = self

        class ForkingProvisioner(LocalProvisioner):
            async def launch_kernel(self, cmd, **options):
                self.process = ours.start(cmd, options["env"], str(options["cwd"]))
                self.pid = self.pgid = self.process.pid
                return self.connection_info

        class Manager(AsyncKernelManager):
            def __init__(self, **options):
                super().__init__(transport_encryption="auto", **options)
                if ours.fork and LAUNCHER in self.kernel_spec.argv:
                    facts = {"kernel_id": str(uuid4()), "kernel_spec": self.kernel_spec}
                    self.provisioner = ForkingProvisioner(parent=self, **facts)
                    for name, value in sockets(facts["kernel_id"]).items():
                        setattr(self, name, value)

            async def _async_start_kernel(self, **options):
                await super()._async_start_kernel(env=os.environ | environment, **options)

            start_kernel = _async_start_kernel

        return Manager
