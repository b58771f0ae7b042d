"""Everything a run has started ends with it, and a signal ends a run in order, like a fault."""

import contextlib
import signal
import threading
from pathlib import Path

import psutil

from analysis.present.report import STAGE

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Stopped(BaseException):
    """A signal ended the run; no handler of errors takes it for one."""

    def __init__(self, number: int):
        self.number = number
        super().__init__(
            f"stopped by {signal.Signals(number).name}; what was published before is unchanged."
        )


@contextlib.contextmanager
def stoppable():
    """Raise `Stopped` in the main thread at the first signal; ignore further ones. Yields what
    to call when it is too late to stop: from then on all are ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def ignore():
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)

    def stop(number, _frame):
        ignore()
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield ignore
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_processes(stage: Path | str) -> None:
    """Kill every process that was started for a stage whose path begins so.

    They are known by their environment, which descendants inherit even after their parents have
    died.
    """
    mine = psutil.Process().pid
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != mine and process.environ().get(STAGE, "").startswith(str(stage)):
                process.kill()
