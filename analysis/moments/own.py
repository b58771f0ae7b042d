"""A user's own data: read once, by an engine, into moments of accounts."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import narwhals as nw
import pandas as pd

from analysis.display import because
from analysis.errors import SchemaError
from analysis.intake.reading import Hints
from analysis.intake.schema import MONEY, STRATA, WITHIN
from analysis.moments import plausibility
from analysis.moments.posts import from_posts
from analysis.moments.sample import Moments
from analysis.registers.lookup import sources
from analysis.registers.metrics import METRICS
from analysis.registers.records import Source

ENGAGEMENT = (
    "engagement_per_follower",
    "likes_per_follower",
    "engagement_per_view",
    "engagement_per_impression",
    "engagement_per_reach",
    "engagement_rate_given",
)
"""What "engagement rate" means in a file: the first of these that its columns allow."""


IN_USE: dict[str, Source] = {}
"""Own data that this process read or loaded and that show signs of selection, by key: whatever is
shown from then on says so.
"""


def read(data, name: str | None = None, trust_file: bool = False, **arguments) -> Moments:
    """Read posts of your own; what the data themselves leave open is an argument.

    Parameters
    ----------
    data : Path, str or frame
        A CSV, TSV, Parquet, Excel or JSON file; a folder of Parquet files; the address of a table,
        such as ``duckdb:///posts.db?table=posts``; or a table of DuckDB, Spark, Ibis, Polars or
        pandas, which is summed where it lies.
    name : str, optional
        What to call it: lower-case letters, digits and hyphens. The name of the file or table if
        not given.
    trust_file : bool
        Overrule signs that the file was selected on the outcome or simulated, which would leave
        every claim undecided; reports print that it was done.
    **arguments
        The fields of `analysis.intake.reading.Hints`: ``columns={"likes": "like_cnt"}`` if the data
        call a column otherwise, ``constants={"platform": "instagram"}`` for what is the same in
        every row, ``ignore=["mood"]``, ``column_names="names.toml"``, ``encoding``, ``sheet``,
        ``decimal``, ``rate``, ``dates``, ``zone`` and ``strict=True``.

    Returns
    -------
    Moments
        One row per account and stratum; what was repaired is among the limits of its source.

    Raises
    ------
    SchemaError
        If the data cannot be used: every fault at once, each with the argument that settles it.
    TypeError
        For an argument that does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> posts = pd.DataFrame({"account_id": ["ana", "bo"], "Fans": [900, 80], "likes": [30, 4]})
    >>> own = read(posts, columns={"followers": "Fans"}, constants={"platform": "instagram"})
    >>> own.source.key, own.metrics
    ('own', ('likes_per_follower', 'likes_per_post'))
    """
    hints = Hints.from_arguments(arguments)
    return read_own(data, default_name(data) if name is None else name, hints, trust_file)


def default_name(data) -> str:
    """A legal name made of that of a file or table; ``own`` for a table in memory.

    Examples
    --------
    >>> default_name("exports/My posts-2025.csv")
    'my-posts-2025'
    >>> default_name("duckdb:///posts.db?table=brand.posts")
    'brand-posts'
    """
    text = str(data) if isinstance(data, str | Path) else ""
    stem = text.rpartition("table=")[2].partition("&")[0] if "://" in text else Path(text).stem
    name = "-".join(re.findall("[a-z0-9]+", stem.lower())) or "own"
    # a file may be called like a registered source, whose cells must not be replaced
    return f"{name}-own" if name in _taken() else name


def read_own(data, name: str, hints: Hints | None = None, trust_file: bool = False) -> Moments:
    """Read posts as `read` does, with everything that is known about them in `hints`."""
    check_name(name)
    with opened(data, hints) as reading:
        if reading.issues.refusal:
            raise SchemaError(reading.issues.refusal)
        return moments_of(reading, name, trust_file)


def opened(data, hints: Hints | None = None):
    """Open a user's file, or a table on an engine: a context that gives a `Reading`."""
    from analysis.intake import engines, files  # they bring the engine, which cells do not need

    if engines.is_table(data):
        return engines.opened(data, hints)
    return files.opened(Path(data), hints)


def moments_of(reading, name: str, trust_file: bool = False) -> Moments:
    """Make moments of a file or table that is open and was not refused."""
    from analysis.moments.sources import left_out

    posts, file = reading.posts, reading.issues.file
    source = own_source(name, posts.columns, (), title=str(because("own_data", name=file)))
    moments = from_posts(posts, source, left_out(**reading.left_out), reading.sha256)
    if not moments.metrics:
        raise SchemaError(
            f"{file}: every metric that its columns allow is empty. Fill in the counts that a "
            "metric needs."
        )
    # checks of single posts are made of files only: a table on an engine may be too large to sort
    checks = plausibility.check(posts if reading.sha256 else None, moments)
    platforms = moments.platforms
    facts = {
        "platform": platforms[0] if len(platforms) == 1 else "several",
        "currency": _currency(posts),
        # not the guess by columns: a column may be there and hold nothing
        "engagement": next((key for key in ENGAGEMENT if key in moments.metrics), ""),
        "selection_note": plausibility.summary(checks),
        "limits": (*reading.issues.repairs, *plausibility.reasons(checks)),
        "signs": plausibility.signs(checks),
        "trusted": trust_file,
        "rows": int(reading.used),
        "period": " to ".join(period_of(posts) or ()) or source.period,
    }
    return replace(
        moments,
        source=in_use(source.model_copy(update=facts)),
        fingerprint=reading.sha256 or _fingerprint(moments.table),
    )


def period_of(posts) -> list[str] | None:
    """First and last day of posts, wherever they are; None if they have no dates."""
    if "posted_at" not in posts.columns:
        return None
    posted = nw.col("posted_at")
    ends = {"first": posted.min(), "last": posted.max()}
    days = [end.dt.to_string("%Y-%m-%d").alias(name) for name, end in ends.items()]
    period = nw.from_native(posts).lazy().select(*days).collect(backend="pandas").to_native()
    return None if period.isna().any(axis=None) else period.iloc[0].to_list()


def in_use(source: Source) -> Source:
    """Note a source whose signs have to be said."""
    IN_USE.pop(source.key, None)  # read again, perhaps with other signs
    if source.signs:
        IN_USE[source.key] = source
    return source


def _currency(posts) -> str:
    """The currency of all amounts; reading has refused a file with several."""
    amounts = [name for name in MONEY if name in posts.columns]
    if "currency" not in posts.columns or not amounts:
        return ""
    stated = (~nw.col(name).is_null() for name in amounts)
    rows = nw.from_native(posts).lazy().filter(nw.any_horizontal(*stated, ignore_nulls=True))
    codes = rows.select(nw.col("currency").max()).collect(backend="pandas").to_native()
    code = codes["currency"].item()
    return "" if pd.isna(code) else code


def _fingerprint(table: pd.DataFrame) -> str:
    """Hash moments by their whole numbers, which no order of adding changes: the same posts have
    the same hash on every engine.
    """
    counts = ("posts", "followers_min", "followers_max")
    whole = [name for name in table if name in counts or name.endswith(".posts")]
    # sums of logarithms differ in their last digit between engines
    keys = [name for name in table if table[name].dtype.kind not in "fiu"]
    text = table[[*keys, *whole]].sort_values(keys).to_csv(index=False, float_format="%.0f")
    return hashlib.sha256(text.encode()).hexdigest()


def check_name(name: str) -> None:
    """Refuse a name that own data or a report cannot have."""
    if not re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name):
        near = "-".join(re.findall("[a-z0-9]+", name.lower()))
        hint = f" Did you mean '{near}'?" if near else ""
        raise SchemaError(
            f"name '{name}' is not allowed. Allowed: lower-case letters, digits and single hyphens "
            f"between them.{hint}"
        )
    if name in _taken():
        raise SchemaError(f"name '{name}' is taken. Taken: {', '.join(_taken())}.")


def _taken() -> tuple[str, ...]:
    """Names that own data cannot have: folders of reports, groups of sources, and sources."""
    return ("latest", "draft", "failed", "open", "controls", *sources())


def own_source(
    name: str, posts_columns, platforms, title: str = "", selection: str = "unknown"
) -> Source:
    """Describe a user's file as a source: its strata, and the metric that answers "engagement rate"
    in it.
    """
    columns = set(posts_columns)
    engagement = next((key for key in ENGAGEMENT if METRICS[key].columns <= columns), "")
    return Source(
        key=name,
        title=title or str(because("own_data", name=name)),
        short=name,
        producer=str(because("own_producer")),
        cite=title or str(because("own_data_cited", name=name)),
        platform=platforms[0] if len(platforms) == 1 else "several",
        row=str(because("own_row")),
        period=str(because("own_period")),
        licence="private",
        selection=selection,
        engagement=engagement,
        strata=tuple(name for name in STRATA if name in columns),
        within=tuple(name for name in WITHIN if name in columns),
    )
