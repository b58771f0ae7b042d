"""Moments of a user's own data, kept on this machine under a name; never published."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths
from analysis.moments.own import in_use
from analysis.moments.panel_sums import PanelSums, symmetric
from analysis.moments.sample import Moments
from analysis.registers.records import Source

TABLE, PANELS, SUMS = "moments.csv", "panels.csv", "panel_sums.npz"
"""Files of a folder: sums of accounts, of their months where followers change, and sums over all
creators in place of these where they are many.
"""

CROSSINGS = "panel_crossings.csv"
"""Beside the latter: sums around the crossing of numbers of followers."""

MANY = 20_000
"""Creators of a panel from which on sums over them are kept in place of rows."""


def keep_own(moments: Moments) -> Path:
    """Keep the moments of a user's own data under paths.OWN, so that `load` finds them by name;
    nobody else may read them.
    """
    folder = paths.OWN / moments.source.key
    folder.mkdir(parents=True, exist_ok=True)
    # exact followers of each account: also of what an older version kept
    for place in (paths.OWN, folder):
        place.chmod(0o700)
    # removed first and written last, since a folder without it does not count as a source
    (folder / "source.json").unlink(missing_ok=True)
    for name in (PANELS, SUMS, CROSSINGS):
        (folder / name).unlink(missing_ok=True)
    _keep(folder / TABLE, _numbered(moments.table).to_csv(index=False))
    if sums := moments.panel_sums or _summed(moments.panels):
        _keep_sums(folder / SUMS, sums)
    elif moments.panels is not None:
        _keep(folder / PANELS, _numbered(moments.panels).to_csv(index=False))
    if moments.crossings is not None:
        _keep(folder / CROSSINGS, moments.crossings.to_csv(index=False))
    _keep(folder / "left_out.csv", moments.rows_left_out.to_csv(index=False))
    record = {"source": moments.source.model_dump(mode="json"), "fingerprint": moments.fingerprint}
    _keep(folder / "source.json", json.dumps(record))
    return folder


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Put numbers in place of accounts, whose names are not needed any more."""
    return table.assign(account_id=pd.factorize(table["account_id"])[0])


def _keep(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    # newline: a table has its own ends of lines
    path.write_text(text, encoding="utf-8", newline="")


def _summed(panels: pd.DataFrame | None) -> dict[tuple[str, str], PanelSums]:
    """Sum a panel of many creators over them, by metric and size; nothing of a smaller one."""
    if panels is None or len(panels[["platform", "account_id"]].drop_duplicates()) < MANY:
        return {}
    return {key: PanelSums.of_many(rows) for key, rows in panels.groupby(["metric", "along"])}


def _keep_sums(path: Path, sums: Mapping[tuple[str, str], PanelSums]) -> None:
    """Write sums over creators; the lower half of a symmetric matrix is left out."""
    arrays = {}
    for key, one in sums.items():
        upper = np.triu_indices(len(one.first))
        counts = np.array([one.creators, one.repeated, one.rows])
        parts = {"periods": np.array(one.periods), "counts": counts, "first": one.first}
        parts["second"] = one.second[upper]
        arrays |= {"|".join((*key, name)): values for name, values in parts.items()}
    path.touch(mode=0o600)
    with path.open("wb") as file:
        np.savez(file, **arrays)


def _kept_sums(path: Path) -> dict[tuple[str, str], PanelSums]:
    """Read what `_keep_sums` has written."""
    with np.load(path) as file:
        parts = {tuple(name.split("|")): file[name] for name in file.files}
    made = {}
    for key in dict.fromkeys(name[:2] for name in parts):
        first, (creators, repeated, rows) = parts[*key, "first"], parts[*key, "counts"]
        second = symmetric(parts[*key, "second"], len(first))
        periods = tuple(map(str, parts[*key, "periods"]))
        made[key] = PanelSums(periods, int(creators), int(repeated), float(rows), first, second)
    return made


def own_names() -> tuple[str, ...]:
    """Names under which own data are kept here."""
    return tuple(path.parent.name for path in sorted(paths.OWN.glob("*/source.json")))


def own_currency(name: str) -> str:
    """The currency of the amounts in own data; empty if they hold none, or are not kept here."""
    if name not in own_names():
        return ""
    return _record(name)["source"]["currency"]


def _record(name: str) -> dict:
    return json.loads((paths.OWN / name / "source.json").read_text(encoding="utf-8"))


def load_own(name: str) -> Moments:
    """Load own data by name."""
    folder, record = paths.OWN / name, _record(name)
    # JSON knows lists only, where records have tuples
    source = in_use(Source.model_validate(record["source"], strict=False))
    text = dict.fromkeys(("platform", *source.strata, *source.within), str)
    # a niche or country may be called NA
    table = pd.read_csv(folder / TABLE, dtype=text, keep_default_na=False, na_values=[""])
    left_out = pd.read_csv(folder / "left_out.csv")
    panels, crossings = (
        pd.read_csv(folder / name) if (folder / name).is_file() else None
        for name in (PANELS, CROSSINGS)
    )
    sums = _kept_sums(folder / SUMS) if (folder / SUMS).is_file() else None
    facts = (left_out, record["fingerprint"])
    held = {"panels": panels, "panel_sums": sums, "crossings": crossings}
    return Moments(source, "accounts", table, *facts, **held)
