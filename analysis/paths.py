"""Every folder of the project, once."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DATA = ROOT / "data"
CLAIMS = DATA / "claims"
CELLS = DATA / "cells"
PRICES = DATA / "prices"
PANELS = DATA / "panels"
NOTEBOOKS = ROOT / "notebooks"
REPORTS = ROOT / "reports"

CACHE = ROOT / ".cache"
"""Ignored by git: what can be made again, and a user's own data once read."""

RAW = CACHE / "raw"
"""Raw files of registered sources, one folder per source, as `micro-macro fetch` leaves them. Never
published.
"""

OWN = CACHE / "own"
"""Moments of users' own files, one folder per name. Never published."""

RESULTS = CACHE / "results"
"""What notebooks recorded, by the hash of what they were made from, so that only stale ones run."""


def shown(path: Path) -> str:
    """Write a path for a message: from the project's root, if it lies below."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
