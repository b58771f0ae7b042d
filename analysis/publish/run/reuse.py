"""Only what is stale runs: what a notebook recorded is kept under the hash of everything it was
made from.

One folder per notebook, in it one per hash, in that the recorded files and ``made_from.json``. What
is kept is copied only if every file still has its hash; anything else counts as not kept.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.moments.own import own_names

MADE_FROM = "made_from.json"

KEPT = 4
"""Results kept of each notebook, the newest."""

KEPT_TEXTS = 100
"""Texts kept, the newest."""

RUNNING = ("execute.py", "kernels.py", "environment.py")
"""Modules of this room that decide what a notebook records; the others only publish it."""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _folder_sha256(folder: Path) -> str:
    """Hash of all that is kept of a user's file: read in another way, the file has the same hash,
    but other moments.
    """
    return _sha256(
        b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
    )


def made_from(merged: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Everything that decides what notebooks record.

    Parameters
    ----------
    merged : dict
        All parameters, by notebook.

    Returns
    -------
    dict
        By notebook, and then by the name of what it is made from: a hash, a version or a value.
    """
    package = paths.ROOT / "analysis"
    modules = [
        path
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] != "publish" or path.name in RUNNING
    ]
    data = [path for path in paths.DATA.rglob("*") if path.is_file()]
    shared = {
        paths.shown(path): _sha256(path.read_bytes())
        for path in sorted([*modules, *data, paths.ROOT / "requirements.lock"])
    }
    shared |= {f"package {name}": version for name, version in installed().items()}
    shared["Python"] = f"{platform.python_version()} {platform.system()} {platform.machine()}"
    asked = {value for values in merged.values() for value in values.values()}
    own = {name: _folder_sha256(paths.OWN / name) for name in own_names() if name in asked}
    return {
        notebook: {"the notebook": _sha256((paths.NOTEBOOKS / f"{notebook}.ipynb").read_bytes())}
        | {f"parameter {name}": repr(value) for name, value in values.items()}
        | {f"own data {value}": own[value] for value in values.values() if value in own}
        | shared
        for notebook, values in merged.items()
    }


def installed() -> dict[str, str]:
    """Versions of all installed packages; by the names of their folders, since reading what lies in
    them would take half a second.
    """
    folders = Path(sysconfig.get_paths()["purelib"]).glob("*-*.dist-info")
    return dict(path.name.removesuffix(".dist-info").rsplit("-", 1) for path in sorted(folders))


def short(made: dict[str, str]) -> str:
    """Name in eight digits what a notebook is made from; the machine and its packages do not count,
    so that it is the same elsewhere.
    """
    counted = {
        name: value
        for name, value in made.items()
        if name != "Python" and not name.startswith("package ")
    }
    return _sha256(json.dumps(counted, sort_keys=True).encode())[:8]


def text(made: dict[str, str], make: Callable[[], str]) -> str:
    """Take a text that was made from the same before, or make and keep it; the first line of the
    file is the hash of the others.
    """
    path = paths.RESULTS / "texts" / _sha256(json.dumps(made, sort_keys=True).encode())[:32]
    with contextlib.suppress(OSError, ValueError):
        wanted, kept = path.read_text(encoding="utf-8").split("\n", 1)
        if _sha256(kept.encode()) == wanted:
            os.utime(path)
            return kept
    made_now = make()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".new-{os.getpid()}")
        new.write_text(f"{_sha256(made_now.encode())}\n{made_now}", encoding="utf-8", newline="")
        new.rename(path)
        for old in (*_newest_first(path.parent)[KEPT_TEXTS:], *_abandoned(path.parent)):
            old.unlink()
    return made_now


def _folder(notebook: str, made: dict[str, str]) -> Path:
    return paths.RESULTS / notebook / _sha256(json.dumps(made, sort_keys=True).encode())[:32]


def keep(stage: Path, notebook: str, made: dict[str, str]) -> None:
    """Keep what a notebook recorded, where there is room and leave to write; the report does not
    depend on it.
    """
    place = _folder(notebook, made)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        try:
            shutil.copytree(stage, new, dirs_exist_ok=True)
            files = {
                path.relative_to(new).as_posix(): _sha256(path.read_bytes())
                for path in sorted(new.rglob("*"))
                if path.is_file()
            }
            (new / MADE_FROM).write_text(
                json.dumps({"made_from": made, "files": files}), encoding="utf-8"
            )
            shutil.rmtree(place, ignore_errors=True)
            new.rename(place)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        for old in (*_newest_first(place.parent)[KEPT:], *_abandoned(place.parent)):
            shutil.rmtree(old, ignore_errors=True)


def take(stage: Path, notebook: str, made: dict[str, str]) -> bool:
    """Copy into a stage what the notebook recorded when it was made from the same; False if that is
    not kept, or damaged.
    """
    place = _folder(notebook, made)
    try:
        for name, wanted in _files(place).items():
            content = (place / name).read_bytes()
            if _sha256(content) != wanted:
                raise ValueError(name)
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(content)
    except (OSError, ValueError, KeyError, TypeError):
        shutil.rmtree(stage, ignore_errors=True)
        return False
    with contextlib.suppress(OSError):
        os.utime(place)  # used: among the newest again
    return True


def _files(place: Path) -> dict[str, str]:
    return json.loads((place / MADE_FROM).read_text(encoding="utf-8"))["files"]


def why(notebook: str, made: dict[str, str]) -> str:
    """Say in words why a notebook would run; empty if it would not.

    What differs is told against the results made last.
    """
    place = _folder(notebook, made)
    with tempfile.TemporaryDirectory() as scratch:
        if take(Path(scratch) / "stage", notebook, made):
            return ""
    if place.is_dir():
        return "what it recorded is damaged"
    for kept in _newest_first(paths.RESULTS / notebook):
        with contextlib.suppress(OSError, ValueError, KeyError):
            before = json.loads((kept / MADE_FROM).read_text(encoding="utf-8"))["made_from"]
            return "; ".join(_difference(name, before.get(name), made.get(name)) for name in sorted(before | made, key=_importance)
                             if before.get(name) != made.get(name))  # fmt: skip
    return "it has not run yet"


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime, reverse=True)


def _abandoned(folder: Path) -> list[Path]:
    """What a run that was killed had begun to keep: nobody writes for an hour."""
    return [path for path in folder.glob(".new-*") if time.time() - path.stat().st_mtime > 3600]


def _importance(name: str) -> tuple[int, str]:
    return (
        0 if name == "the notebook" else 1 if name.startswith(("parameter ", "own ")) else 2,
        name,
    )


def _difference(name: str, before: str | None, now: str | None) -> str:
    if before is None or now is None:
        return f"{name} is {'new' if before is None else 'gone'}"
    said = name.startswith(("parameter ", "package ", "Python"))
    return f"{name} was {before} and is {now}" if said else f"{name} has changed"
