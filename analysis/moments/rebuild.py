"""Raw files -> data/cells/ and data/prices/: every registered source, from the folder its files lie
in.
"""

import hashlib
from importlib import import_module
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.errors import RegisterError
from analysis.moments import plausibility
from analysis.moments.cells import band_edges, cells
from analysis.moments.load import SUMS
from analysis.moments.price_lists import price_cells
from analysis.moments.sample import Moments, from_posts
from analysis.moments.sources import Read
from analysis.registers.lookup import price_lists, sources, tier_schemes
from analysis.registers.records import Source


def read_posts(source: Source, raw: Path) -> Read:
    """Read what the adapter of a source makes of its raw files, once they are those that were
    registered.

    Parameters
    ----------
    source : Source
        A record of data/sources.toml or data/prices.toml.
    raw : Path
        The folder that holds the source's folder.

    Raises
    ------
    RegisterError
        If a file is missing or is not the one that was registered.
    """
    folder = raw / source.folder
    for file in source.files:
        path = folder / file.name
        if not path.is_file():
            raise RegisterError(
                f"source '{source.key}': {path} is missing. Its files are: {', '.join(f.name for f in source.files)}."
            )
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != file.sha256:
            raise RegisterError(
                f"source '{source.key}': {path} has sha256 {found}; data/sources.toml registers {file.sha256}."
            )
    return import_module(f"analysis.moments.sources.{source.adapter}").read(folder, source.platform)


def read_source(source: Source, raw: Path) -> Moments:
    """Read a registered source from its raw files, as moments of its accounts; see `read_posts`."""
    return _moments(source, *read_posts(source, raw))


def _moments(source: Source, posts, left_out: pd.DataFrame) -> Moments:
    return from_posts(
        posts,
        source,
        left_out,
        hashlib.sha256("".join(f.sha256 for f in source.files).encode()).hexdigest(),
    )


def rebuild(raw: Path, out: Path = paths.CELLS, only: tuple[str, ...] = ()) -> list[Path]:
    """Write the cells, histograms, left-out counts and signs of every registered source, or of
    some.

    Parameters
    ----------
    raw : Path
        The folder that holds one folder per source.
    out : Path
        Where the files go.
    only : tuple of str
        Keys of the sources to rebuild; what is there of the others is kept. All if empty.

    Returns
    -------
    list of Path
        The files written.
    """
    edges = band_edges(tier_schemes())
    written, notes, found = (
        [],
        _others(out / "left_out.csv", only),
        _others(out / "signs.csv", only),
    )
    for source in (source for key, source in sources().items() if key in (only or sources())):
        posts, left_out = read_posts(source, raw)
        moments = _moments(source, posts, left_out)
        found.append(
            plausibility.look(posts, moments)
            .drop(columns="because")
            .round(6)
            .assign(source=source.key)
        )
        table, histogram, merged = cells(moments.table, source.strata, edges)
        for suffix, frame in (("", table), (".histogram", histogram)):
            written.append(out / f"{source.key}{suffix}.csv")
            _write(frame, written[-1])
        rows = moments.rows_left_out.rename(columns={"rows": "count"}).assign(
            source=source.key, metric=""
        )
        notes += [rows, merged.rename(columns={"accounts": "count"}).assign(source=source.key)]
    written.append(out / "edges.csv")
    _write(pd.DataFrame({"edge": edges.keys(), "schemes": edges.values()}), written[-1])
    written.append(out / "left_out.csv")
    _write(_in_order(notes)[["source", "metric", "reason", "count"]], written[-1])
    written.append(out / "signs.csv")
    _write(_in_order(found)[["source", "sign", "of", "value", "limit", "found"]], written[-1])
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(out.glob("*.csv"))
    ]
    (out / SUMS).write_text("".join(sums), encoding="utf-8")
    return [*written, out / SUMS]


def rebuild_prices(raw: Path, out: Path = paths.PRICES) -> list[Path]:
    """Write the cells of every registered price list, and what is not in them.

    Returns
    -------
    list of Path
        The files written.
    """
    written = []
    for price_list in price_lists().values():
        prices, left_out = read_posts(price_list, raw)
        for suffix, frame in (("", price_cells(prices)), (".left_out", left_out)):
            written.append(out / f"{price_list.key}{suffix}.csv")
            _write(frame, written[-1])
    return written


def _others(path: Path, only: tuple[str, ...]) -> list[pd.DataFrame]:
    """What a table of all sources says of those that are not rebuilt."""
    if not only or not path.is_file():
        return []
    table = pd.read_csv(path)
    return [table[~table["source"].isin(only)]]


def _in_order(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One table, its sources in the order of data/sources.toml."""
    places = {key: place for place, key in enumerate(sources())}
    return pd.concat(tables, ignore_index=True).sort_values(
        "source", key=lambda keys: keys.map(places), kind="stable"
    )


def _write(frame: pd.DataFrame, path: Path) -> None:
    """Write numbers so that they read back as the same numbers, whole ones without a decimal
    point.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = frame.select_dtypes("number").columns
    as_text = frame.astype(dict.fromkeys(numbers, object)).assign(
        **{name: frame[name].map(_shortest) for name in numbers}
    )
    as_text.to_csv(path, index=False, lineterminator="\n")


def _shortest(value: float) -> str:
    if pd.isna(value):
        return ""
    return (
        str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))
    )
