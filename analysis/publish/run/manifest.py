"""A report's manifest: the hash of every file, and of itself, so that any byte that changed later
is found.
"""

import hashlib
import json
from pathlib import Path

SEAL = "seal"
"""The entry of a manifest that holds the hash of all its other entries."""


class VerifyError(ValueError):
    """A folder is not what its manifest says; every difference is listed."""


def sealed(manifest: dict) -> dict:
    """Add the hash of a manifest to it."""
    return manifest | {SEAL: _hash(manifest)}


def hashes(folder: Path) -> dict[str, str]:
    """Hash every file of a folder but its manifest."""
    found = (
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / "manifest.json"
    )
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
    }


def as_text(manifest: dict) -> str:
    """Write a manifest in the one form in which it is published."""
    return json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _hash(manifest: dict) -> str:
    rest = {name: value for name, value in manifest.items() if name != SEAL}
    return hashlib.sha256(as_text(rest).encode()).hexdigest()


def verify(folder: Path) -> int:
    """Compare a published folder with its manifest.

    Parameters
    ----------
    folder : Path
        With a manifest.json.

    Returns
    -------
    int
        How many files are as they were published, the manifest among them.

    Raises
    ------
    VerifyError
        Naming every file that changed, is missing or was added.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise VerifyError(f"{folder} has no manifest.json, so it is not a published report.")
    try:
        text = path.read_bytes().decode("utf-8")
        manifest = json.loads(text)
        files = dict(manifest["files"])
    except (ValueError, KeyError, TypeError):
        raise VerifyError(f"{path.name}: it is damaged and cannot be read.") from None
    faults = (
        []
        if manifest.get(SEAL) == _hash(manifest) and text == as_text(manifest)
        else [f"{path.name}: it was changed."]
    )
    found = {
        str(one.relative_to(folder)): one
        for one in sorted(folder.rglob("*"))
        if one.is_file() and one != path
    }
    for name, expected in files.items():
        if name not in found:
            faults.append(f"{name}: it is missing.")
        elif hashlib.sha256(found[name].read_bytes()).hexdigest() != expected:
            faults.append(f"{name}: it was changed.")
    faults += [f"{name}: it was added." for name in found if name not in files]
    if faults:
        raise VerifyError("\n".join(faults))
    return len(files) + 1
