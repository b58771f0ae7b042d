"""Moments of a user's own data, kept on this machine under a name; never published."""

import json
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.moments.own import in_use
from analysis.moments.sample import Moments
from analysis.registers.records import Source

TABLE, PANELS = "moments.csv", "panels.csv"
"""Files of a folder: sums of accounts, and of their months where followers change."""


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
    (folder / PANELS).unlink(missing_ok=True)
    _keep(folder / TABLE, _numbered(moments.table).to_csv(index=False))
    if moments.panels is not None:
        _keep(folder / PANELS, _numbered(moments.panels).to_csv(index=False))
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
    text = dict.fromkeys(("platform", *source.strata), str)
    # a niche or country may be called NA
    table = pd.read_csv(folder / TABLE, dtype=text, keep_default_na=False, na_values=[""])
    left_out = pd.read_csv(folder / "left_out.csv")
    panels = pd.read_csv(folder / PANELS) if (folder / PANELS).is_file() else None
    return Moments(source, "accounts", table, left_out, record["fingerprint"], panels=panels)
