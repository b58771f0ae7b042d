"""Raw files -> data/cells/ and data/prices/: of all registered sources, or of one alone."""

from collections.abc import Mapping
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis import paths
from analysis.errors import RegisterError
from analysis.intake.file_types import sha256
from analysis.moments import plausibility
from analysis.moments.bands import band_edges, highest_edge
from analysis.moments.cells import cells
from analysis.moments.kinds import AVERAGED, OF_POSTS
from analysis.moments.load import SUMS, registered_sums
from analysis.moments.panel_files import panel_tables
from analysis.moments.posts import from_posts
from analysis.moments.price_lists import price_cells
from analysis.moments.sources import Read
from analysis.registers.lookup import claims, lookup, price_lists, schemes, sources
from analysis.registers.records import Source, TierScheme


class _Made(NamedTuple):
    """What the raw files of one source give."""

    cells: pd.DataFrame
    histogram: pd.DataFrame
    left_out: pd.DataFrame
    checks: pd.DataFrame
    panels: Mapping[str, pd.DataFrame]


def read_posts(source: Source, folder: Path) -> Read:
    """Run the adapter of a source on its raw files, once their hashes are the registered ones;
    every fault at once.
    """
    faults = _missing(source, folder)
    for file in source.files:
        path = folder / file.name
        if path.is_file() and (here := sha256(path)) != file.sha256:
            faults.append(
                f"source '{source.key}': {path} has sha256 {here}, but its table in data/ "
                f"registers {file.sha256}. Use the registered file, or register this one."
            )
    if faults:
        raise RegisterError("\n".join(faults))
    adapter = import_module(f"analysis.moments.sources.{source.adapter}")
    return adapter.read(folder, source.platform)


def _missing(source: Source, folder: Path) -> list[str]:
    """Name each raw file of a source that is not in a folder."""
    names = ", ".join(file.name for file in source.files)
    paths_of = (folder / file.name for file in source.files)
    return [
        f"source '{source.key}': {path} is missing. Its files are: {names}."
        for path in paths_of
        if not path.is_file()
    ]


def _check_folder(raw: Path) -> None:
    """Refuse a folder from which not all cells and prices can be made, before any is written."""
    registered = (sources() | price_lists()).values()
    folders = sorted({one.folder for one in registered})
    if not any((raw / name).is_dir() for name in folders):
        raise RegisterError(
            f"{raw} holds none of the {len(folders)} folders of raw files from which all cells are "
            f"made: {', '.join(folders)}. For the cells of one source alone, name it and the "
            "folder of its files: micro-macro cells KEY --from FOLDER"
        )
    faults = list(chain.from_iterable(_missing(one, raw / one.folder) for one in registered))
    if faults:
        raise RegisterError("\n".join(faults))


def rebuild_all(raw: Path, out: Path | None = None) -> list[Path]:
    """Write the cells of every source and price list, from one folder that holds those of all."""
    _check_folder(raw)
    written = rebuild(raw, out or paths.CELLS)
    return written + rebuild_prices(raw, out or paths.PRICES)


def rebuild(raw: Path, out: Path = paths.CELLS) -> list[Path]:
    """Write the cells of every registered source, from a folder that holds one folder for each."""
    edges = band_edges(schemes())
    made = {key: _made(one, raw / one.folder, edges) for key, one in sources().items()}
    return _written(made, edges, out) + _panels_written(made, out.parent / paths.PANELS.name)


def rebuild_source(key: str, folder: Path, out: Path = paths.CELLS) -> list[Path]:
    """Write the cells of one registered source; what is there of the others stays as it is, so
    bands are cut at the edges of the shipped cells.
    """
    edges = cut_edges()
    source = lookup("source", key, sources())
    made = {key: _made(source, folder, edges)}
    return _written(made, edges, out) + _panels_written(made, out.parent / paths.PANELS.name)


def rebuild_prices(raw: Path, out: Path = paths.PRICES) -> list[Path]:
    """Write the cells of every registered price list from `raw`, which has a folder for each."""
    written = []
    for key, one in price_lists().items():
        written += rebuild_price_list(key, raw / one.folder, out)
    return written


def rebuild_price_list(key: str, folder: Path, out: Path = paths.PRICES) -> list[Path]:
    """Write the cells of one price list, and what is not in them."""
    read = read_posts(lookup("price list", key, price_lists()), folder)
    made = {f"{key}.csv": price_cells(read.posts), f"{key}.left_out.csv": read.left_out}
    for name, frame in made.items():
        _write(frame, out / name)
    return [out / name for name in made]


def cut_edges() -> tuple[int, ...]:
    """Edges at which the shipped cells were cut [followers], ascending from 0."""
    return tuple(pd.read_csv(paths.CELLS / "edges.csv")["edge"])


def uncut(schemes: Mapping[str, TierScheme]) -> list[str]:
    """Name each tier scheme with an edge at which the shipped cells were not cut, and what to run:
    accounts in a band across such an edge are in no tier of that scheme.
    """
    cut = set(cut_edges())
    new = {scheme.short: sorted(set(scheme.edges) - cut) for scheme in schemes.values()}
    return [_uncut(short, edges) for short, edges in new.items() if edges]


def _uncut(short: str, edges: list[int]) -> str:
    listed = "; ".join(f"{edge:,}" for edge in edges)
    return (
        f"Tier scheme '{short}' has new edges ({listed}), and accounts in a cell across it are in "
        "none of its tiers. Cut all cells anew with: micro-macro cells FOLDER, where FOLDER has "
        "the raw files of every source."
    )


def _made(source: Source, folder: Path, edges: tuple[int, ...]) -> _Made:
    read = read_posts(source, folder)
    moments = from_posts(read.posts, source, read.left_out)
    main = moments.main_metric
    # sums keep nothing back of accounts whose rows are published under an open licence
    whole = source.panel is not None and source.panel.publishes == "rows"
    table, histogram, notes = cells(
        moments.table,
        source.strata,
        edges,
        main,
        _asked(main, moments.metrics),
        whole=whole,
        highest=highest_edge(schemes()),
    )
    rows = moments.rows_left_out.rename(columns={"rows": "count"}).assign(metric="")
    left_out = pd.concat([rows, notes.rename(columns={"accounts": "count"})])
    # processors differ in the last digits of logarithms, and these files are compared by hash
    checks = plausibility.check(read.posts, moments).round(6)
    return _Made(
        table,
        histogram,
        left_out.assign(source=source.key)[["source", "metric", "reason", "count"]],
        checks.assign(source=source.key)[["source", *plausibility.Check._fields]],
        panel_tables(source, read.posts) if source.panel else {},
    )


def _asked(main: str, metrics: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Metrics beside the main one with the averages that tests of claims ask for, then those whose
    single posts they ask for.
    """
    tests = list(chain.from_iterable(claim.tests for claim in claims().values()))
    averages = {(test.metric, test.average) for test in tests if test.average in AVERAGED}
    posts = {(test.metric, "single posts") for test in tests if test.estimator in OF_POSTS}
    asked = (*sorted(averages), *sorted(posts))
    return tuple(pair for pair in asked if pair[0] in metrics and pair[0] != main)


def _written(made: Mapping[str, _Made], edges: tuple[int, ...], out: Path) -> list[Path]:
    """Write what was made of some sources into a folder that may hold others."""
    frames = {"edges.csv": pd.DataFrame({"edge": edges})}
    for key, one in made.items():
        frames |= {f"{key}.csv": one.cells, f"{key}.histogram.csv": one.histogram}
    for name, field in (("left_out.csv", "left_out"), ("plausibility.csv", "checks")):
        parts = [getattr(one, field) for one in made.values()]
        # an empty part would make its numbers objects
        rows = pd.concat([part for part in parts if len(part)] or parts[:1])
        frames[name] = _beside_others(_as_text(rows), out / name)
    return _write_all(frames, out)


def _panels_written(made: Mapping[str, _Made], out: Path) -> list[Path]:
    """Write the panels of those sources that have one."""
    frames: dict[str, pd.DataFrame] = {}
    for one in made.values():
        frames |= one.panels
    return _write_all(frames, out) if frames else []


def _write_all(frames: Mapping[str, pd.DataFrame], out: Path) -> list[Path]:
    """Write tables into a folder that may hold others, and the hash of each."""
    for name, frame in frames.items():
        _write(frame, out / name)
    # the other files keep the hash they are registered with, whatever lies there now
    sums = registered_sums(out) | {name: sha256(out / name) for name in frames}
    lines = (f"{sums[name]}  {name}\n" for name in sorted(sums))
    (out / SUMS).write_text("".join(lines), encoding="utf-8")
    return [*(out / name for name in frames), out / SUMS]


def _beside_others(rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Put the rows of some sources in place of theirs in a table, in the order of the register."""
    places = {key: place for place, key in enumerate(sources())}
    tables = [rows]
    if path.is_file():
        there = pd.read_csv(path, dtype=str, keep_default_na=False)
        # rows of a source that is no longer registered go, too
        stays = there["source"].isin(set(places) - set(rows["source"]))
        tables.append(there[stays])
    table = pd.concat(tables, ignore_index=True)
    return table.sort_values("source", key=lambda keys: keys.map(places), kind="stable")


def _write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _as_text(frame).to_csv(path, index=False, lineterminator="\n")


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Write numbers so that they read back as the same, whole ones without a decimal point."""
    numbers = frame.select_dtypes("number").columns
    text = {name: frame[name].map(_shortest).astype(object) for name in numbers}
    return frame.assign(**text)


def _shortest(value: float) -> str:
    if pd.isna(value):
        return ""
    # above 2 to the 53rd a float skips whole numbers, and int() would invent digits
    whole = float(value).is_integer() and abs(value) < 2**53
    return str(int(value)) if whole else repr(float(value))
