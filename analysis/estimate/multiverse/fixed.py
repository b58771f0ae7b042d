"""The grid of each frozen edition, so that what is registered later adds to it and moves nothing.

`data/editions.toml` keeps, for every edition, the options of each choice that there were and the
fingerprint of the specifications that they gave. A published report runs on the grid of the newest
edition and names what has been registered since, which waits for the next.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.display import Result
from analysis.estimate.multiverse.grid import fingerprint, inadmissible, specifications
from analysis.moments.sample import Moments
from analysis.registers.lookup import as_schemes, read_register
from analysis.registers.records import Record, TierScheme

EDITIONS = paths.DATA / "editions.toml"

OPTIONS = ("source", "scheme", "metric", "average", "posts")
"""What a grid fixes; the tiers that are compared are what a claim asks, and no choice."""


@dataclass(frozen=True, repr=False)
class Added(Result):
    """What the data and registers of today have beside the grid of an edition.

    Attributes
    ----------
    edition : str
        Its name; empty if the grid is not that of an edition.
    options : pandas.DataFrame
        ``axis, option`` and ``specifications``: how many need this option (0 if no tier scheme or
        source admits it).
    """

    edition: str
    options: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the options."""
        return self.options


class FixedGrid(Record):
    """The specifications of an edition: their fingerprint, and the options of each choice, whether
    or not anything admits them. A choice without options is not fixed.

    Examples
    --------
    >>> import analysis as an
    >>> kim, tiers = an.load("instagram-kim"), an.scheme("decades")
    >>> grid, new = fixed_grid().split(specifications([kim], [tiers], posts=["all"]))
    >>> len(grid), len(new)
    (15, 0)
    """

    key: str
    fingerprint: str
    source: tuple[str, ...]
    scheme: tuple[str, ...]
    metric: tuple[str, ...]
    average: tuple[str, ...]
    posts: tuple[str, ...]

    def split(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Split specifications, estimated or not, into those of the edition and those that are new.

        Parameters
        ----------
        frame : pandas.DataFrame
            With the columns OPTIONS.
        """
        fixed = [axis for axis in OPTIONS if getattr(self, axis)]
        known = pd.DataFrame({axis: frame[axis].isin(getattr(self, axis)) for axis in fixed})
        old = known.reindex(frame.index).all(axis=1)
        return frame[old], frame[~old]

    def added(self, sources: Iterable[Moments], schemes: Iterable[TierScheme | str]) -> Added:
        """List what sources and schemes have beside this grid.

        Parameters
        ----------
        sources, schemes : iterable
            Those of today, see `specifications`.
        """
        sources, schemes = list(sources), as_schemes(schemes)
        listed, refused = specifications(sources, schemes), inadmissible(sources, schemes)
        rows = []
        for axis in OPTIONS:
            options = getattr(self, axis) or set(refused[axis]) | set(listed[axis])
            new = (set(refused[axis]) | set(listed[axis])).difference(options)
            rows += [(axis, option, int((listed[axis] == option).sum())) for option in sorted(new)]
        return Added(self.key, pd.DataFrame(rows, columns=["axis", "option", "specifications"]))


NOT_FIXED = FixedGrid(key="", fingerprint="", **dict.fromkeys(OPTIONS, ()))


def fixed_grids(path: Path | None = None) -> dict[str, FixedGrid]:
    """Read the grid of every edition, by the edition's name."""
    return read_register(path or EDITIONS, FixedGrid)


def fixed_grid(source: str = "open", edition: str = "draft") -> FixedGrid:
    """Look up on which grid a report runs.

    Parameters
    ----------
    source : str
        As `load_all` takes it. Only a report on all open sources has a fixed grid; that of others
        is whatever their data allow.
    edition : str
        An edition has its own grid, one that is about to be frozen none yet; anything else, such as
        a draft, has that of the newest edition.

    Examples
    --------
    >>> fixed_grid("instagram-kim").key, fixed_grid("open", "2026-11").key
    ('', '2026-11')
    """
    grids = fixed_grids()
    upcoming = re.fullmatch(r"\d{4}-\d{2}[b-z]?", edition) and edition not in grids
    if source != "open" or upcoming or not grids:
        return NOT_FIXED
    return grids.get(edition, grids[max(grids)])


def record(
    edition: str,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    path: Path | None = None,
) -> None:
    """Write down the grid of a new edition.

    Parameters
    ----------
    edition : str
        Its name.
    sources, schemes : iterable
        See `specifications`.
    path : Path, optional
        Where; EDITIONS if not given.
    """
    sources, schemes = list(sources), as_schemes(schemes)
    listed = specifications(sources, schemes)
    every = pd.concat([listed, inadmissible(sources, schemes)])
    options = {"fingerprint": fingerprint(listed, schemes)}
    options |= {axis: sorted(set(every[axis])) for axis in OPTIONS}
    # texts and lists of texts are written alike in JSON and in TOML
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in options.items()]
    with (path or EDITIONS).open("a", encoding="utf-8") as file:
        file.write("\n".join(["", f"[{edition}]", *lines, ""]))
