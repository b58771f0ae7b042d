"""load(source): the one door from data to statistics.

A registered source answers from the cells in data/cells/, which every clone has; a user's own file
answers from the moments of its accounts, which are more exact and never leave the machine.
"""

import hashlib

import pandas as pd

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.moments.own import load_own, own_names
from analysis.moments.sample import Moments
from analysis.registers.lookup import lookup, sources
from analysis.registers.records import Source

SUMS = "SHA256SUMS"
"""In data/cells: what every file there has to be, as ``sha256sum --check`` reads it; `rebuild`
writes it.
"""

GROUPS = ("open", "controls")
"""Words for several registered sources at once."""


def load(source: str) -> Moments:
    """Load a source by key.

    Parameters
    ----------
    source : str
        A key of data/sources.toml, or the name under which a file of your own was read.

    Raises
    ------
    RegisterError
        If there is no such source; the message lists those that exist.
    """
    if source in own_names():
        return load_own(source)
    return _load_cells(lookup("source", source, sources() | dict.fromkeys(own_names())))


def load_all(source: str = "open") -> dict[str, Moments]:
    """Load one source by key, or several in the order of data/sources.toml.

    Parameters
    ----------
    source : str
        A key; ``"open"`` for every registered source that is evidence, ``"controls"`` for those
        that were selected on the outcome or simulated. A source that mixes platforms is taken apart
        into one for each.
    """
    groups = {
        name: [key for key, one in sources().items() if one.evidence == (name == "open")]
        for name in GROUPS
    }
    loaded = [load(key) for key in groups.get(source, [source])]
    apart = [
        [moments.on(name) for name in moments.platforms]
        if moments.source.platform == "several"
        else [moments]
        for moments in loaded
    ]
    return {moments.source.key: moments for group in apart for moments in group}


def _load_cells(source: Source) -> Moments:
    path = paths.CELLS / f"{source.key}.csv"
    if not path.is_file():
        raise RegisterError(
            f"data/cells/{path.name} is missing. Make it from the raw files with: micro-macro cells FOLDER."
        )
    check_cells(path.name, f"{source.key}.histogram.csv", "left_out.csv")
    # a copy puts columns of one type side by side, where reading leaves each by itself: all that is
    # cut from them is cut faster
    table = pd.read_csv(path, dtype={"level": str}).copy()
    histogram = pd.read_csv(paths.CELLS / f"{source.key}.histogram.csv").copy()
    left_out = pd.read_csv(paths.CELLS / "left_out.csv")
    left_out = left_out[left_out["source"] == source.key]
    rows = left_out[left_out["metric"].isna()].rename(columns={"count": "rows"})[["reason", "rows"]]
    notes = left_out[left_out["metric"].notna()].rename(columns={"count": "accounts"})[
        ["metric", "reason", "accounts"]
    ]
    fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
    return Moments(
        source,
        "cells",
        table,
        rows.reset_index(drop=True),
        fingerprint,
        histogram,
        notes.reset_index(drop=True),
    )


def check_cells(*names: str) -> None:
    """Refuse files of data/cells that are not what was shipped or rebuilt: one cut short would
    still be read, as fewer accounts.

    Parameters
    ----------
    *names : str
        Files to check; all of them if none is named.

    Raises
    ------
    SchemaError
        Naming every file that is missing or differs.
    """
    sums = dict(
        reversed(line.split())
        for line in (paths.CELLS / SUMS).read_text(encoding="utf-8").splitlines()
    )
    found = {name: paths.CELLS / name for name in names or sums}
    faults = [
        f"data/cells/{name} {'is not the file that SHA256SUMS beside it names' if path.is_file() else 'is missing'}. "
        "Restore it from git, or make all anew with: micro-macro cells FOLDER."
        for name, path in found.items()
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sums.get(name)
    ]
    if faults:
        raise SchemaError("\n".join(faults))
