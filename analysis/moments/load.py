"""load(source): from the key of a source to its moments.

A registered source is read from the cells in data/cells/, which every clone has; a user's own file
from the moments of its accounts, which are more exact and never leave the machine.
"""

from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.errors import RegisterError, SchemaError
from analysis.intake.file_types import sha256
from analysis.moments.kept import load_own, own_names
from analysis.moments.sample import Moments
from analysis.moments.samples import Sources
from analysis.moments.spread import with_followers
from analysis.registers.lookup import lookup, sources
from analysis.registers.records import Source

SUMS = "SHA256SUMS"
"""In data/cells: the sha256 of every file there, as ``sha256sum --check`` reads it; written by
`analysis.moments.rebuild`.
"""

GROUPS = ("open", "controls", "proxies")
"""Words for several registered sources at once."""


def load(source: str) -> Moments:
    """Load a source by key.

    Parameters
    ----------
    source : str
        A key of data/sources.toml, or the name under which a file of your own was read.

    Returns
    -------
    Moments
        Of cells for a registered source, of accounts for your own file.

    Raises
    ------
    RegisterError
        If there is no such source; the message lists those that exist.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim")
    >>> kim.resolution, kim.main_metric
    ('cells', 'engagement_per_follower')
    >>> kim.sample("engagement").accounts
    22669
    """
    if source in own_names():
        return load_own(source)
    return _load_cells(lookup("source", source, sources() | dict.fromkeys(own_names())))


def load_all(source: str = "open") -> Sources:
    """Load one source by key, or several in the order of data/sources.toml.

    Parameters
    ----------
    source : str
        A key; ``"open"`` for every registered source that is evidence, ``"controls"`` for those
        that were selected on the outcome or simulated, ``"proxies"`` for those that measure
        something else in place of what claims are about.

    Returns
    -------
    Sources
        Moments by key; a source that mixes platforms becomes one entry for each.

    Examples
    --------
    >>> import analysis as an
    >>> list(an.load_all("tiktok-datares"))
    ['tiktok-datares']
    """
    keys = [source]
    if source in GROUPS:
        keys = [key for key, one in sources().items() if one.group == source]
    elif source not in own_names():
        lookup("source", source, dict.fromkeys(GROUPS) | sources() | dict.fromkeys(own_names()))
    loaded = Sources()
    # rates of two platforms are different things and are never averaged
    for moments in map(load, keys):
        several = moments.source.platform == "several"
        for part in map(moments.on, moments.platforms) if several else (moments,):
            loaded[part.source.key] = part
    return loaded


def _load_cells(source: Source) -> Moments:
    path = paths.CELLS / f"{source.key}.csv"
    if not path.is_file():
        raise RegisterError(
            f"data/cells/{path.name} is missing. Make it from the raw files of the source with: "
            f"micro-macro cells {source.key} --from FOLDER"
        )
    check_cells(path.name, f"{source.key}.histogram.csv", "left_out.csv")
    # a copy lays columns of one type side by side, where reading keeps each apart: slices of it
    # are faster
    table = with_followers(pd.read_csv(path, dtype={"level": str})).copy()
    histogram = pd.read_csv(paths.CELLS / f"{source.key}.histogram.csv").copy()
    left_out = pd.read_csv(paths.CELLS / "left_out.csv").query("source == @source.key")
    # rows of the raw files were left out before any metric was known
    of_rows = left_out["metric"].isna()
    rows = left_out.loc[of_rows, ["reason", "count"]].rename(columns={"count": "rows"})
    notes = left_out.loc[~of_rows, ["metric", "reason", "count"]]
    return Moments(
        source,
        "cells",
        table,
        rows.reset_index(drop=True),
        sha256(path),
        histogram,
        notes.rename(columns={"count": "accounts"}).reset_index(drop=True),
    )


def registered_sums(folder: Path) -> dict[str, str]:
    """Read the sha256 of each file that SUMS in a folder of cells names; none if there is none."""
    path = folder / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    # each line has the hash first
    return dict(reversed(line.split()) for line in lines)


def check_cells(*names: str) -> None:
    """Refuse files of data/cells, all if none is named, that differ from what was shipped or
    rebuilt: a truncated file would still be read, as fewer accounts.
    """
    sums = registered_sums(paths.CELLS)
    faults = []
    for name in names or sums:
        path = paths.CELLS / name
        if path.is_file() and sha256(path) == sums.get(name):
            continue
        fault = f"is not the file that {SUMS} beside it names" if path.is_file() else "is missing"
        faults.append(
            f"data/cells/{name} {fault}. Restore it from git, or make all anew with: "
            "micro-macro cells FOLDER."
        )
    if faults:
        raise SchemaError("\n".join(faults))
