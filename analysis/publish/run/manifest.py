"""A report's manifest: the hash of every file, and of itself, so that any later change shows."""

import hashlib
import json
from pathlib import Path

from analysis.intake.file_types import sha256

NAME = "manifest.json"

SEAL = "seal"
"""The entry of a manifest that holds the hash of all its other entries."""


class VerifyError(ValueError):
    """A folder is not what its manifest says; every difference is listed."""


def files_below(folder: Path) -> dict[str, Path]:
    """Every file of a folder by its path from there, in order."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in files}


def write_manifest(folder: Path, manifest: dict) -> None:
    """Write the manifest of a folder with the hashes of all that is in it, last of all files."""
    hashes = {name: sha256(path) for name, path in files_below(folder).items()}
    whole = manifest | {"files": hashes}
    text = _as_text(whole | {SEAL: _hash(whole)})
    (folder / NAME).write_text(text, encoding="utf-8")


def _as_text(manifest: dict) -> str:
    """Write a manifest in the one form in which it is published."""
    return json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _hash(manifest: dict) -> str:
    rest = {name: value for name, value in manifest.items() if name != SEAL}
    return hashlib.sha256(_as_text(rest).encode()).hexdigest()


def verify(folder: Path) -> int:
    """Count the files of a published folder that are as its manifest says, itself included."""
    path = folder / NAME
    if not path.is_file():
        raise VerifyError(f"{folder} has no {NAME}, so it is not a published report.")
    try:
        text = path.read_bytes().decode("utf-8")
        manifest = json.loads(text)
        published = dict(manifest["files"])
    except (ValueError, KeyError, TypeError):
        raise VerifyError(f"{NAME}: it is damaged and cannot be read.") from None
    sealed = manifest.get(SEAL) == _hash(manifest) and text == _as_text(manifest)
    faults = [] if sealed else [f"{NAME}: it was changed."]
    present = files_below(folder)
    del present[NAME]
    for name, expected in published.items():
        if name not in present:
            faults.append(f"{name}: it is missing.")
        elif sha256(present[name]) != expected:
            faults.append(f"{name}: it was changed.")
    faults += [f"{name}: it was added." for name in present if name not in published]
    if faults:
        raise VerifyError("\n".join(faults))
    return len(published) + 1
