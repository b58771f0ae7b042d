"""Write environment.yml from requirements.lock, so that conda users get the locked versions."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
# Made from requirements.lock by `make lock`; change pyproject.toml instead.
# Hashes are left out: pip can only demand them of every requirement at once, and this project
# itself, the last line, is a folder and has none. For an install checked by hashes use `make`,
# which needs no conda. No conda channel can be reached from where the tests run, so the two conda
# lines are checked for their syntax only.
name: micro-vs-macro
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python =3.11
  - pip
  - pip:
"""


class Pin(NamedTuple):
    """One package of the lock."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}" + (f" ; {self.marker}" if self.marker else "")


def pins(lock: str) -> list[Pin]:
    """Read a requirements file of exact versions."""
    exact = []
    for line in lock.replace("\\\n", " ").splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        wanted, _, marker = requirement.partition(";")
        name, same, version = wanted.strip().partition("==")
        if not same:
            raise SystemExit(
                f"requirements.lock should hold exact versions only, but one line is {line!r}."
            )
        exact.append(Pin(name, version, marker.strip(), tuple(hashes)))
    return exact


def environment(lock: str) -> str:
    """Return the text of environment.yml."""
    return HEAD + "".join(
        f"      - {line}\n" for line in [*(pin.requirement for pin in pins(lock)), "-e ."]
    )


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(environment((ROOT / "requirements.lock").read_text()))
