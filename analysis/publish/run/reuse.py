"""Only what is stale runs: what a notebook recorded is kept by the hash of all it was made from.

One folder per notebook, in it one per hash, in that the recorded files and ``made_from.json``. They
are copied only if every file still has its hash; anything else counts as not kept.
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
from pathlib import Path
from typing import Any

from analysis import paths
from analysis.intake.file_types import sha256
from analysis.moments.kept import own_names
from analysis.publish.run.manifest import files_below

MADE_FROM = "made_from.json"

KEPT = 4
"""Results kept of each notebook, the newest."""

ABANDONED = 3600
"""Seconds after which a result that was not finished belongs to a run that was killed."""

RUNNING = ("execute.py", "provision.py", "kernels.py", "environment.py")
"""Modules of `analysis.publish` that decide what a notebook records; the others only publish it."""


def made_from(merged: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Everything that decides what notebooks record: hashes, versions and values, by notebook.

    Takes the parameters of each notebook, as `resolve` gives them.
    """
    package = paths.ROOT / "analysis"
    modules = [
        path
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] != "publish" or path.name in RUNNING
    ]
    data = [path for path in paths.DATA.rglob("*") if path.is_file()]
    files = sorted([*modules, *data, paths.ROOT / "requirements.lock"])
    shared = {paths.shown(path): sha256(path) for path in files}
    shared |= {f"package {name}": version for name, version in installed().items()}
    shared["Python"] = f"{platform.python_version()} {platform.system()} {platform.machine()}"
    own = own_names()
    made = {}
    for notebook, values in merged.items():
        facts = {"the notebook": sha256(paths.NOTEBOOKS / f"{notebook}.ipynb")}
        facts |= {f"parameter {name}": repr(value) for name, value in values.items()}
        asked = [value for value in values.values() if value in own]
        facts |= {f"own data {name}": _hash_of_folder(paths.OWN / name) for name in asked}
        made[notebook] = facts | shared
    return made


def _hash_of_folder(folder: Path) -> str:
    """Hash all that is kept of a user's file: read otherwise, the same file has other moments."""
    return _hash({name: sha256(path) for name, path in files_below(folder).items()})


def installed() -> dict[str, str]:
    """Versions of all packages, by the names of their folders, which is quick."""
    folders = Path(sysconfig.get_paths()["purelib"]).glob("*-*.dist-info")
    return dict(path.name.removesuffix(".dist-info").rsplit("-", 1) for path in sorted(folders))


def short_hash(made: dict[str, str]) -> str:
    """Name in eight digits what a notebook is made from, the same on every machine."""
    local = ("Python", "package ")
    return _hash({name: value for name, value in made.items() if not name.startswith(local)})[:8]


def _hash(facts: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _folder(notebook: str, made: dict[str, str]) -> Path:
    return paths.RESULTS / notebook / _hash(made)[:32]


def keep(stage: Path, notebook: str, made: dict[str, str]) -> None:
    """Keep what a notebook recorded, if it can be written; the report does not depend on it."""
    place = _folder(notebook, made)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
        try:
            shutil.copytree(stage, new, dirs_exist_ok=True)
            files = {name: sha256(path) for name, path in files_below(new).items()}
            record = json.dumps({"made_from": made, "files": files})
            (new / MADE_FROM).write_text(record, encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            new.rename(place)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        unfinished = place.parent.glob(".new-*")
        long_ago = time.time() - ABANDONED
        abandoned = [path for path in unfinished if path.stat().st_mtime < long_ago]
        for old in (*_newest_first(notebook)[KEPT:], *abandoned):
            shutil.rmtree(old, ignore_errors=True)


def copy_kept(stage: Path, notebook: str, made: dict[str, str]) -> bool:
    """Copy into a stage what the notebook recorded when it was made from the same.

    False, and no stage, if that is not kept, or damaged.
    """
    place = _folder(notebook, made)
    try:
        for name, wanted in _record(place)["files"].items():
            copy = stage / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place / name, copy)
            if sha256(copy) != wanted:
                raise ValueError(name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        shutil.rmtree(stage, ignore_errors=True)
        return False
    with contextlib.suppress(OSError):
        os.utime(place)  # used: among the newest again
    return True


def _record(place: Path) -> dict[str, dict]:
    return json.loads((place / MADE_FROM).read_text(encoding="utf-8"))


def why_stale(notebook: str, made: dict[str, str]) -> str:
    """Why a notebook would run, compared with its newest results; empty if it would not."""
    with tempfile.TemporaryDirectory() as scratch:
        if copy_kept(Path(scratch) / "stage", notebook, made):
            return ""
    if _folder(notebook, made).is_dir():
        return "what it recorded is damaged"
    for kept in _newest_first(notebook):
        with contextlib.suppress(OSError, ValueError, KeyError):
            return _differences(_record(kept)["made_from"], made)
    return "it has not run yet"


def _newest_first(notebook: str) -> list[Path]:
    places = (paths.RESULTS / notebook).glob("[0-9a-f]*")
    return sorted(places, key=lambda path: path.stat().st_mtime, reverse=True)


def _differences(before: dict[str, str], now: dict[str, str]) -> str:
    """List what differs: the notebook first, then its parameters, then the rest."""
    near = ("parameter ", "own data ")
    reasons = []
    for name in before | now:
        old, new = before.get(name), now.get(name)
        if old is None or new is None:
            reason = f"{name} is {'new' if old is None else 'gone'}"
        elif name.startswith(("parameter ", "package ", "Python")):
            reason = f"{name} was {old} and is {new}"
        else:
            reason = f"{name} has changed"
        if old != new:
            reasons.append((name != "the notebook", not name.startswith(near), name, reason))
    return "; ".join(reason for *_, reason in sorted(reasons))
