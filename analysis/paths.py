"""Every folder of the project, once."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

DATA = ROOT / "data"
CLAIMS = DATA / "claims"
CELLS = DATA / "cells"
NOTEBOOKS = ROOT / "notebooks"
REPORTS = ROOT / "reports"

CACHE = ROOT / ".cache"
"""Ignored by git: what can be made again, and a user's own data once read."""

OWN = CACHE / "own"
"""Moments of users' own files, one folder per name. Never published."""
