"""data/panels/: rows of creators under an open licence, or sums over creators."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths
from analysis.moments.panel_crossing import Around, around_crossing
from analysis.moments.panel_stayers import Stayers, stayers_at
from analysis.moments.panel_sums import PanelSums, panel_rows
from analysis.registers.metrics import METRICS
from analysis.registers.records import Source

APART = pd.Timedelta(days=60)
"""Periods that are farther apart than this lie in two windows of observation."""

DIGITS = 12
"""Significant digits of published sums; processors differ in later ones."""

FEWEST = 5
"""Creators over whom a published sum runs at the least."""

SUMS, CROSSINGS, STAYERS = ".sums.csv", ".crossings.csv", ".stayers.csv"
"""Ends of the names of a source's files."""


def panel_tables(source: Source, posts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Make the files of a source's panel, by name."""
    if source.panel.publishes == "rows":
        return {f"{source.key}.csv": posts}
    posts = posts[posts["followers"] >= source.panel.least]
    sums = [
        _sums_table(PanelSums.of(rows), metric, along)
        for along in source.panel.along
        for metric, rows in panel_rows(posts, source.panel.metrics, along).groupby("metric")
    ]
    tables = {SUMS: pd.concat(sums, ignore_index=True)}
    if source.panel.edges:
        observed = _observed(posts, source.panel.metrics[0])
        tables[CROSSINGS] = pd.DataFrame(_crossings(observed, source.panel.edges))
        tables[STAYERS] = pd.DataFrame(_stayers(observed, source.panel.edges))
    return {f"{source.key}{name}": table for name, table in tables.items()}


def _sums_table(sums: PanelSums, metric: str, along: str) -> pd.DataFrame:
    """Write sums as rows of ``metric, along, what, at, value``."""
    upper = np.triu_indices(len(sums.first))
    parts = {
        "period": sums.periods,
        "creators": [sums.creators],
        "repeated": [sums.repeated],
        "rows": [sums.rows],
        "first": map(_short, sums.first),
        "second": map(_short, sums.second[upper]),
    }
    rows = [(what, at, value) for what, values in parts.items() for at, value in enumerate(values)]
    table = pd.DataFrame(rows, columns=["what", "at", "value"])
    table.insert(0, "metric", metric)
    table.insert(1, "along", along)
    return table


def _short(value: float) -> str:
    return f"{value:.{DIGITS}g}"


def read_sums(source: Source, metric: str, along: str) -> PanelSums | None:
    """Read the sums of a panel; None if they are not published."""
    path = paths.PANELS / f"{source.key}{SUMS}"
    if not path.is_file():
        return None
    table = pd.read_csv(path, dtype=str)
    table = table[(table["metric"] == metric) & (table["along"] == along)]
    if table.empty:
        return None
    parts = {what: rows["value"].tolist() for what, rows in table.groupby("what", sort=False)}
    first = np.array(parts["first"], float)
    second = np.zeros((len(first), len(first)))
    upper = np.triu_indices(len(first))
    second[upper] = np.array(parts["second"], float)
    second.T[upper] = second[upper]
    counts = int(parts["creators"][0]), int(parts["repeated"][0]), float(parts["rows"][0])
    return PanelSums(tuple(parts["period"]), *counts, first, second)


def path_of(source: Source | str) -> Path:
    """Where the rows of a source lie that ships them, for readers who want them in their hands."""
    return paths.PANELS / f"{source if isinstance(source, str) else source.key}.csv"


def read_rows(source: Source) -> pd.DataFrame | None:
    """Read the rows of a panel, which are POSTS; None if they are not published."""
    path = path_of(source)
    return pd.read_csv(path, parse_dates=["posted_at"]) if path.is_file() else None


def _observed(posts: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows of ``account_id, period, window, size, rate`` with a rate above zero."""
    of = METRICS[metric]
    counted = posts[list(of.numerator)].sum(axis=1)
    below = posts.get(of.denominator, 1.0)
    table = pd.DataFrame(
        {
            "account_id": posts["account_id"],
            "period": posts["posted_at"],
            "size": posts["followers"],
            "rate": counted / below,
        }
    )
    starts = [after for before, after in pairwise(sorted(table["period"].unique()))
              if after - before > APART]  # fmt: skip
    window = np.searchsorted(pd.DatetimeIndex(starts), table["period"], side="right")
    return table.assign(window=window)[table["rate"] > 0]


def _by_window(observed: pd.DataFrame) -> pd.DataFrame:
    """One row per creator and window: the middle size and the typical rate."""
    table = observed.assign(rate=np.log(observed["rate"]))
    grouped = table.groupby(["account_id", "window"], as_index=False)
    rows = grouped.agg(size=("size", "median"), rate=("rate", "mean"))
    return rows.assign(rate=np.exp(rows["rate"])).rename(columns={"window": "period"})


def _crossings(observed: pd.DataFrame, edges: Iterable[int]) -> Iterator[dict]:
    """Sums around the crossing of each edge, window by window and period by period; of too few
    creators only how many they are.
    """
    for edge in edges:
        for one in around_crossing(_by_window(observed), edge, reach=0):
            yield {"edge": edge, "step": "window", **_published(one)}
        together: dict[int, Around] = {}
        for _, rows in observed.groupby("window"):
            for one in around_crossing(rows, edge):
                held = together.get(one.when)
                together[one.when] = held.plus(one) if held else one
        for when in sorted(together):
            yield {"edge": edge, "step": "period", **_published(together[when])}


def _published(around: Around) -> dict[str, float]:
    row = around._asdict()
    if min(around.crossers, around.controls) < FEWEST:
        row |= dict.fromkeys(("total", "squares", "others"), np.nan)
    return row


def _stayers(observed: pd.DataFrame, edges: Iterable[int]) -> Iterator[dict]:
    """Sums over those of the first window who are in the last, above each edge and below it."""
    table = _by_window(observed)
    for edge in edges:
        yield from ({"edge": edge, **one._asdict()} for one in stayers_at(table, edge))


def read_crossings(source: Source, edge: int, step: str = "period") -> list[Around]:
    """Read sums around the crossing of an edge; none if none are published."""
    rows = _chosen(source, CROSSINGS, edge=edge, step=step)
    return [Around(**row) for row in rows]


def read_stayers(source: Source, edge: int) -> list[Stayers]:
    """Read sums over those who stayed, above an edge and below it."""
    return [Stayers(**row) for row in _chosen(source, STAYERS, edge=edge)]


def _chosen(source: Source, name: str, **of: object) -> list[dict]:
    path: Path = paths.PANELS / f"{source.key}{name}"
    if not path.is_file():
        return []
    # an empty cell of trimmed is a text: nothing was trimmed
    numbers = ("total", "squares", "others", "cut")
    table = pd.read_csv(path, keep_default_na=False, na_values=dict.fromkeys(numbers, ""))
    for column, value in of.items():
        table = table[table[column] == value].drop(columns=column)
    return table.to_dict("records")
