"""YouNiverse: weekly views and subscribers of English-language channels, from the reader's copy.

The table is too large to be shipped (544 MB, 18,872,499 rows of 153,550 channels). Whoever
downloads it gets the same panel as that of a registered source: DuckDB reads it into a table on
disk, creators are summed in parts, and crossings of a number of followers week by week, so that
memory hardly grows with them. What is kept is sums, and it stays on this machine.
"""

import tempfile
from collections.abc import Iterator
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import SchemaError
from analysis.intake.file_types import sha256
from analysis.moments.panel_crossing import Around
from analysis.moments.panel_sums import PART, PanelSums, panel_rows
from analysis.moments.panel_weeks import Period, around_by_period
from analysis.moments.sample import Moments
from analysis.moments.sources import left_out
from analysis.moments.sums import account_moments
from analysis.registers.records import PanelPlan, Source

COLUMNS = {
    "channel": "VARCHAR", "category": "VARCHAR", "datetime": "TIMESTAMP", "views": "DOUBLE",
    "delta_views": "DOUBLE", "subs": "DOUBLE", "delta_subs": "DOUBLE", "videos": "DOUBLE",
    "delta_videos": "DOUBLE", "activity": "DOUBLE",
}  # fmt: skip
"""Of df_timeseries_en.tsv.gz, with types."""

MEMORY = "1GB"
"""What the engine may use before it writes to disk."""

METRIC, ALONG = "views_per_follower", "followers"

EDGES = (10_000, 100_000)
"""Numbers of followers around whose crossing channels are followed."""

SOURCE = Source(
    key="youniverse",
    title="YouNiverse: weekly views and subscribers of English-language YouTube channels",
    short="YouTube weekly (YouNiverse)",
    producer="Horta Ribeiro and West (2021)",
    cite="Horta Ribeiro, M. and West, R. (2021). YouNiverse: Large-Scale Channel and Video "
    "Metadata from English-Speaking YouTube. Proceedings of the International AAAI Conference on "
    "Web and Social Media, 15, 1016-1024. Data: https://doi.org/10.5281/zenodo.4650046",
    url="https://doi.org/10.5281/zenodo.4650046",
    platform="youtube",
    row="one channel and week, with subscribers and the views gained in it",
    period="weekly, from January 2015 to September 2019",
    licence="Creative Commons Attribution 4.0 (CC BY 4.0), stated by the producers.",
    selection="chosen by the authors",
    selection_note="English-language channels with more than 10,000 subscribers and ten videos "
    "when they were listed in 2019, so that who was small and stayed small is missing.",
    limits=(
        "Views only: no likes, comments or payments.",
        "Views of a week include those of old videos.",
        "Every channel had more than 10,000 subscribers at the end: those that were small before "
        "are the ones that grew.",
        "Levels are not comparable: views of a week over subscribers depend on how many videos a "
        "channel keeps.",
        "The adapter was tested on a made file in the form of the table, not on the table itself.",
    ),
    levels=False,
    metrics=(METRIC,),
    panel=PanelPlan(publishes="sums", metrics=(METRIC,), period="week", edges=EDGES),
)


def take(path: Path) -> Moments:
    """Read the weekly table, plain or gzipped, into sums.

    Parameters
    ----------
    path : Path
        df_timeseries_en.tsv.gz, as the producers publish it.

    Returns
    -------
    Moments
        Of accounts, with sums of the panel in place of its rows.

    Raises
    ------
    SchemaError
        If the file has other columns, or nothing of use.
    """
    import duckdb

    if not path.is_file():
        raise SchemaError(f"{path}: there is no such file.")
    with tempfile.TemporaryDirectory(prefix="micro-macro-") as folder:
        own = {"memory_limit": MEMORY, "temp_directory": folder}
        with duckdb.connect(Path(folder) / "weeks.duckdb", config=own) as engine:
            counts = _read(engine, path)
            if not counts["kept"]:
                raise SchemaError(f"{path.name}: no week has views and subscribers above zero.")
            table = account_moments(engine.table("weeks"), (), SOURCE.metrics)
            sums = reduce(add, _parts(engine))
            around = pd.concat([_around(engine, edge) for edge in EDGES], ignore_index=True)
    panel = {(METRIC, ALONG): sums}
    without = left_out(
        week_that_stands_twice=counts["all"] - counts["once"],
        week_without_subscribers=counts["once"] - counts["counted"],
        week_without_new_views=counts["counted"] - counts["kept"],
    )
    return Moments(
        SOURCE, "accounts", table, without, sha256(path), panel_sums=panel, crossings=around
    )


def _read(engine, path: Path) -> dict[str, int]:
    """Read the file into the table of weeks; gives how many rows there were at each step."""
    import duckdb

    try:
        engine.read_csv(str(path), delimiter="\t", header=True, columns=COLUMNS).create("raw")
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise SchemaError(
            f"{path.name} is not the weekly table of YouNiverse: {first} Give the file "
            f"df_timeseries_en.tsv.gz, with the columns {', '.join(COLUMNS)}."
        ) from None
    ((total,),) = engine.execute("select count(*) from raw").fetchall()
    # the last week of a channel can stand twice
    engine.execute(
        """create table once as select channel, datetime, max(delta_views) as views,
        max(subs) as followers from raw group by channel, datetime"""
    )
    engine.execute("drop table raw")
    engine.execute(
        """create table weeks as select channel as account_id, 'youtube' as platform, followers,
        views, datetime as posted_at from once where followers > 0 and views > 0"""
    )
    steps = "select count(*), count(*) filter (followers > 0) from once"
    ((once, counted),) = engine.execute(steps).fetchall()
    engine.execute("drop table once")
    ((kept,),) = engine.execute("select count(*) from weeks").fetchall()
    return {"all": total, "once": once, "counted": counted, "kept": kept}


def _parts(engine) -> Iterator[PanelSums]:
    """Sums of the panel, of some creators at a time."""
    engine.execute(
        """create table places as select account_id, row_number() over (order by account_id) - 1
        as place from (select distinct account_id from weeks)"""
    )
    ((creators,),) = engine.execute("select count(*) from places").fetchall()
    months = "select distinct strftime(posted_at, '%Y-%m') from weeks order by 1"
    periods = tuple(month for (month,) in engine.execute(months).fetchall())
    for start in range(0, creators, PART):
        some = engine.sql(
            f"""select weeks.* from weeks join places using (account_id)
            where place >= {start:d} and place < {start + PART:d}"""  # noqa: S608 (whole numbers)
        )
        yield PanelSums.of(panel_rows(some, (METRIC,), ALONG), periods)


def _around(engine, edge: int) -> pd.DataFrame:
    """Sums around the crossing of an edge, a row per week after it."""
    engine.execute(
        """create table if not exists seen as select place,
        date_diff('day', (select min(posted_at) from weeks), posted_at) // 7 as week,
        arg_max(followers, posted_at) as followers,
        arg_max(ln(views / followers), posted_at) as rate
        from weeks join places using (account_id) group by place, week order by week"""
    )
    ((creators, last),) = engine.execute("select max(place) + 1, max(week) from seen").fetchall()
    first = np.full(creators, -1)
    crossed = "select place, min(week) as week from seen where followers >= ? group by place"
    found = engine.execute(crossed, [edge]).fetchnumpy()
    first[found["place"]] = found["week"]
    around = around_by_period(_weeks(engine, last), first, edge)
    rows = [{"metric": METRIC, "along": ALONG, "edge": edge} | one._asdict() for one in around]
    return pd.DataFrame(rows, columns=["metric", "along", "edge", *Around._fields])


def _weeks(engine, last: int) -> Iterator[Period]:
    """Go through the weeks, also those in which no channel was observed."""
    for week in range(last + 1):
        of_week = "select place, followers, rate from seen where week = ?"
        rows = engine.execute(of_week, [week]).fetchnumpy()
        yield Period(rows["place"], rows["followers"], rows["rate"])
