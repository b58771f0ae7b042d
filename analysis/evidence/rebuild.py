"""Raw files -> data/cells/: every registered source, from the folder its files lie in."""

import hashlib
from importlib import import_module
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.evidence.cells import band_edges, cells
from analysis.evidence.records import Source
from analysis.evidence.registers import RegisterError, lookup, sources, tier_schemes
from analysis.evidence.sample import Moments, from_posts


def read_source(source: Source, raw: Path) -> Moments:
    """Read a registered source from its raw files.

    Parameters
    ----------
    source : Source
        A record of data/sources.toml.
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
            raise RegisterError(f"source '{source.key}': {path} is missing. Its files are: {', '.join(f.name for f in source.files)}.")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != file.sha256:
            raise RegisterError(f"source '{source.key}': {path} has sha256 {found}; data/sources.toml registers {file.sha256}.")
    posts, left_out = import_module(f"analysis.evidence.sources.{source.adapter}").read(folder, source.platform)
    return from_posts(posts, source, left_out, hashlib.sha256("".join(f.sha256 for f in source.files).encode()).hexdigest())


def rebuild(raw: Path, out: Path = paths.CELLS) -> list[Path]:
    """Write the cells, histograms and left-out counts of every registered source.

    Parameters
    ----------
    raw : Path
        The folder that holds one folder per source.
    out : Path
        Where the files go.

    Returns
    -------
    list of Path
        The files written.
    """
    edges = band_edges(tier_schemes())
    written, notes = [], []
    for source in sources().values():
        moments = read_source(source, raw)
        table, histogram, merged = cells(moments.table, source.strata, edges)
        for suffix, frame in (("", table), (".histogram", histogram)):
            written.append(out / f"{source.key}{suffix}.csv")
            _write(frame, written[-1])
        rows = moments.rows_left_out.rename(columns={"rows": "count"}).assign(source=source.key, metric="")
        notes += [rows, merged.rename(columns={"accounts": "count"}).assign(source=source.key)]
    written.append(out / "edges.csv")
    _write(pd.DataFrame({"edge": edges.keys(), "schemes": edges.values()}), written[-1])
    written.append(out / "left_out.csv")
    _write(pd.concat(notes, ignore_index=True)[["source", "metric", "reason", "count"]], written[-1])
    return written


def rebuild_source(key: str, raw: Path, out: Path) -> list[Path]:
    """Write the cells and the histogram of one registered source.

    Parameters
    ----------
    key : str
        A key of data/sources.toml.
    raw, out : Path
        As in `rebuild`.
    """
    source = lookup("source", key, sources())
    table, histogram, _ = cells(read_source(source, raw).table, source.strata, band_edges(tier_schemes()))
    for suffix, frame in (("", table), (".histogram", histogram)):
        _write(frame, out / f"{key}{suffix}.csv")
    return [out / f"{key}.csv", out / f"{key}.histogram.csv"]


def _write(frame: pd.DataFrame, path: Path) -> None:
    """Write numbers so that they read back as the same numbers, whole ones without a decimal point."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = frame.select_dtypes("number").columns
    as_text = frame.astype(dict.fromkeys(numbers, object)).assign(**{name: frame[name].map(_shortest) for name in numbers})
    as_text.to_csv(path, index=False, lineterminator="\n")


def _shortest(value: float) -> str:
    if pd.isna(value):
        return ""
    return str(int(value)) if float(value).is_integer() and abs(value) < 2**53 else repr(float(value))
