"""A user's own file: read once, kept as moments of numbered accounts on this machine, never published."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis import paths
from analysis.evidence import signs
from analysis.evidence.metrics import METRICS
from analysis.evidence.records import Source
from analysis.evidence.registers import sources
from analysis.evidence.sample import Moments, from_posts
from analysis.evidence.schema import STRATA, SchemaError

ENGAGEMENT = ("engagement_per_follower", "likes_per_follower", "engagement_per_view", "engagement_per_impression", "engagement_per_reach")
"""What "engagement rate" means in a file: the first of these that its columns allow."""


def read_own(path: Path | str, name: str) -> Moments:
    """Read a CSV, TSV, Parquet or Excel file in the columns of POSTS.

    Parameters
    ----------
    path : Path or str
        The file.
    name : str
        What to call it: lower-case letters, digits and hyphens.

    Returns
    -------
    Moments
        One row per account and stratum.

    Raises
    ------
    SchemaError
        If the file is not POSTS; every fault at once.
    """
    from analysis.evidence.sources import own_export  # brings the engine, which a notebook on cells does not need

    check_name(name)
    path = Path(path)
    posts, left_out = own_export.read(path)
    platforms = [row[0] for row in posts.aggregate("platform").order("platform").fetchall()]
    source = own_source(name, posts.columns, platforms, title=f"Own data: {path.name}")
    if "currency" in posts.columns:  # one for all amounts, as the door has checked
        code = posts.aggregate("upper(any_value(currency))").fetchall()[0][0]
        source = source.model_copy(update={"currency": code or ""})
    moments = from_posts(posts, source, left_out, hashlib.sha256(path.read_bytes()).hexdigest())
    if not moments.metrics:
        raise SchemaError(f"{path.name}: every metric that its columns allow is empty. Fill in the counts that a metric needs.")
    engagement = next((key for key in ENGAGEMENT if key in moments.metrics), "")  # a column may be there and hold nothing
    note, reasons = signs.told(signs.look(posts, moments))
    return replace(moments, source=source.model_copy(update={"engagement": engagement, "selection_note": note, "limits": reasons}))


def check_name(name: str) -> None:
    """Refuse a name that own data or a report cannot have.

    Raises
    ------
    SchemaError
        Saying what is allowed.
    """
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name):
        raise SchemaError(f"name '{name}' is not allowed. Allowed: lower-case letters, digits and single hyphens between them.")
    taken = ("latest", "draft", "failed", "open", "controls", *sources())
    if name in taken:
        raise SchemaError(f"name '{name}' is taken. Taken: {', '.join(taken)}.")


def own_source(name: str, posts_columns, platforms, title: str = "", selection: str = "unknown") -> Source:
    """Describe a user's file as a source: its strata, and the metric that answers "engagement rate" in it."""
    columns = set(posts_columns)
    engagement = next((key for key in ENGAGEMENT if METRICS[key].columns <= columns), "")
    return Source(
        key=name,
        title=title or f"Own data: {name}",
        short=name,
        producer="the reader of this report",
        cite=title or f"Own data '{name}'",
        platform=platforms[0] if len(platforms) == 1 else "several",
        row="a post, or the totals of several posts of one account",
        period="as in the file",
        licence="private",
        selection=selection,
        engagement=engagement,
        strata=tuple(name for name in STRATA if name in columns),
    )


def keep_own(moments: Moments) -> Path:
    """Keep the moments of a user's own data under paths.OWN, so that `load` finds them by name."""
    folder = paths.OWN / moments.source.key
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.json").unlink(missing_ok=True)  # written last: a folder without it does not count as a source
    numbered = {account: number for number, account in enumerate(moments.table["account_id"].unique())}
    moments.table.assign(account_id=moments.table["account_id"].map(numbered)).to_csv(folder / "moments.csv", index=False)
    moments.rows_left_out.to_csv(folder / "left_out.csv", index=False)
    record = {"source": moments.source.model_dump(mode="json"), "fingerprint": moments.fingerprint}
    (folder / "source.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def own_names() -> tuple[str, ...]:
    """Names under which own data are kept here."""
    return tuple(path.parent.name for path in sorted(paths.OWN.glob("*/source.json")))


def load_own(name: str) -> Moments:
    """Load own data by name."""
    folder = paths.OWN / name
    record = json.loads((folder / "source.json").read_text(encoding="utf-8"))
    source = Source.model_validate(record["source"], strict=False)
    text = dict.fromkeys(("platform", *source.strata), str)
    table = pd.read_csv(folder / "moments.csv", dtype=text, keep_default_na=False, na_values=[""])
    return Moments(source, "accounts", table, pd.read_csv(folder / "left_out.csv"), record["fingerprint"])
