"""The grid of each frozen edition, so that later options add to it and never replace it.

`data/editions.toml` keeps, for every edition, the options of each choice and the fingerprint of the
specifications that they gave. Another source or scheme changes the list of today, not that of an
edition.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.estimate.multiverse.grid import AXES, fingerprint
from analysis.registers.lookup import read_register
from analysis.registers.records import Record, TierScheme

EDITIONS = paths.DATA / "editions.toml"


class FixedGrid(Record):
    """The specifications of an edition: their fingerprint, and the options of each choice."""

    key: str
    fingerprint: str
    source: tuple[str, ...]
    scheme: tuple[str, ...]
    metric: tuple[str, ...]
    average: tuple[str, ...]
    posts: tuple[str, ...]
    of: tuple[str, ...]
    versus: tuple[str, ...]

    def split(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Split a list of specifications into those of the edition and those that are new."""
        known = [frame[axis].isin(getattr(self, axis)) for axis in AXES]
        old = pd.concat(known, axis=1).all(axis=1)
        return frame[old], frame[~old]


def fixed_grids(path: Path | None = None) -> dict[str, FixedGrid]:
    """Read the grid of every edition, by the edition's name."""
    return read_register(path or EDITIONS, FixedGrid)


def record(
    edition: str, frame: pd.DataFrame, schemes: Iterable[TierScheme], path: Path | None = None
) -> None:
    """Write down the grid of a new edition.

    Parameters
    ----------
    edition : str
        Its name.
    frame : pandas.DataFrame
        From `specifications`.
    schemes : iterable of TierScheme
        At least those that the frame names.
    path : Path, optional
        Where; EDITIONS if not given.
    """
    options = {"fingerprint": fingerprint(frame, schemes)}
    options |= {axis: sorted(set(frame[axis])) for axis in AXES}
    # texts and lists of texts are written alike in JSON and in TOML
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in options.items()]
    with (path or EDITIONS).open("a", encoding="utf-8") as file:
        file.write("\n".join(["", f"[{edition}]", *lines, ""]))
