"""Put one folder in the place of another, in one step where the system can."""

import ctypes
import os
import shutil
from pathlib import Path


def replace_folder(new: Path, out: Path) -> None:
    """Publish `new` as `out`, on the same file system; a failure leaves what was there."""
    if not out.exists():
        new.rename(out)
    elif _exchange(new, out):
        shutil.rmtree(new, ignore_errors=True)  # by now the old folder
    else:
        aside = _aside(out)
        shutil.rmtree(aside, ignore_errors=True)
        out.rename(aside)
        try:
            new.rename(out)
        except OSError:
            aside.rename(out)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def restore(out: Path) -> None:
    """Put back what a run laid aside that was killed between two renames."""
    if not out.exists() and _aside(out).is_dir():
        _aside(out).rename(out)


def _aside(out: Path) -> Path:
    return out.with_name(f".{out.name}-old")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step (Linux); False if the system cannot."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0
