"""PRICES -> moments: price lists, and a user's own prices, in the sums that every estimator takes.

A price is a post that cost something: its moments are those of the metrics `cost_per_post`,
`cost_per_follower` and, where views are known, `cost_per_view` and `views_per_follower`. Nothing is
converted: a list keeps its currency. Titles are worded here, since fields of a source are text.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis import paths
from analysis.display import because
from analysis.errors import RegisterError, SchemaError
from analysis.intake.file_types import sha256
from analysis.intake.reading import Hints
from analysis.intake.schema import PRICES
from analysis.moments.cells import cells
from analysis.moments.own import check_name, own_source
from analysis.moments.posts import from_posts
from analysis.moments.sample import Moments
from analysis.moments.samples import Sources
from analysis.moments.sources import left_out
from analysis.moments.sums import account_moments
from analysis.registers.lookup import price_lists
from analysis.registers.records import PriceList

EDGES = (0, 1_000, 10_000, 50_000, 100_000, 500_000, 1_000_000)
"""Band edges [followers]: prices are sensitive, so the bands are few and wide."""

SHARED = 2
"""Prices of one account for several deliverables stand in several tables, which share its
followers. One table may use what these allow; the others, whose prices are all that is new, half.
"""


def read_prices(path: Path | str, name: str = "own-prices", **arguments) -> Sources:
    """Read a file in the columns of PRICES, or whose columns can be mapped to them.

    Parameters
    ----------
    path : Path or str
        A CSV, TSV, Parquet, Excel or JSON file.
    name : str
        What to call it: lower-case letters, digits and hyphens.
    **arguments
        What the file leaves open, as for `analysis.moments.own.read`.

    Returns
    -------
    Sources
        Moments by key, one for each platform, deliverable and kind of price; several prices of one
        account count as their mean. What was repaired, or not read, stands in the limits of their
        sources.

    Raises
    ------
    SchemaError
        Every fault at once.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> columns = {"platform": "tiktok", "followers": [9_000, 70_000], "price": [80, 400]}
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "quotes.csv")
    ...     pd.DataFrame(columns | {"currency": "EUR"}).to_csv(path, index=False)
    ...     quotes = read_prices(path, "quotes")["quotes"]
    >>> quotes.source.currency, quotes.metrics
    ('EUR', ('cost_per_post', 'cost_per_follower'))
    """
    from analysis.intake import files  # brings the engine, which a notebook on cells does not need

    check_name(name)
    with files.opened(Path(path), Hints.from_arguments(arguments), PRICES) as reading:
        if reading.issues.refusal:
            raise SchemaError(reading.issues.refusal)
        prices, issues = reading.posts.df(), reading.issues
    posts = as_posts(prices)
    usable = posts[posts["followers"] > 0]
    if usable.empty:
        raise SchemaError(
            f"{issues.file}: no price has followers above zero, so none can be placed on the "
            "follower axis."
        )
    without = len(posts) - len(usable)
    missing = left_out(**reading.left_out, price_without_followers_above_zero=without)
    unread = [issue.sentence for issue in issues.of("warning") if issue.rule == "column ignored"]
    limits = (*issues.repairs, *unread)
    facts = {"currency": prices["currency"].iloc[0], "strata": (), "limits": limits}
    title = str(because("own_prices", file=issues.file))
    # a story is not a video, and a quote is not a payment: their prices are never averaged
    kinds = usable.groupby(["platform", "deliverable", "kind"], sort=True)
    loaded = Sources()
    for number, ((platform, deliverable, kind), rows) in enumerate(kinds, 1):
        key = name if len(kinds) == 1 else f"{name}-{number}"
        described = own_source(key, rows.columns, (platform,), title=title).model_dump() | facts
        what = {"deliverable": deliverable, "kind": kind, "platform": platform}
        described |= {"short": str(because("own_prices_of", **what)), "kind": kind}
        loaded[key] = from_posts(_known(rows), PriceList(**described), missing, reading.sha256)
    return loaded


def _known(posts: pd.DataFrame) -> pd.DataFrame:
    """The columns of POSTS that hold anything."""
    return posts.drop(columns=["deliverable", "kind"]).dropna(axis=1, how="all")


def as_posts(prices: pd.DataFrame) -> pd.DataFrame:
    """Turn PRICES into POSTS with a cost; a range of followers stands at its middle on the
    logarithmic scale, and a row without an account is an account of its own.
    """
    numbers = ["followers", "followers_min", "followers_max", "views"]
    known = prices.reindex(columns=numbers).astype(float)
    text = prices.reindex(columns=["account_id", "deliverable", "kind"]).astype(object)
    rows = pd.Series([f"row {number}" for number in range(1, len(prices) + 1)], index=prices.index)
    middle = np.sqrt(known["followers_min"] * known["followers_max"])
    return pd.DataFrame(
        {
            "account_id": text["account_id"].where(text["account_id"].notna(), rows),
            "platform": prices["platform"],
            "followers": known["followers"].fillna(middle),
            "cost": prices["price"].astype(float),
            "views": known["views"],
            "deliverable": text["deliverable"].fillna("post"),
            "kind": text["kind"].fillna("quote"),
        }
    )


def price_cells(prices: pd.DataFrame, whole: bool = False) -> pd.DataFrame:
    """Sum PRICES of one platform over coarse follower bands, each deliverable by itself:
    ``deliverable`` and the columns of cells; `whole` keeps the sums that are not for publication.

    Deliverables of different accounts are refused: a difference of their sums could reveal one.
    """
    posts = as_posts(prices)
    groups = posts.groupby("deliverable", sort=True)
    # an account in one sum and not in another is revealed by their difference
    if groups["account_id"].agg(frozenset).nunique() > 1:
        raise RegisterError(
            "the deliverables of a price list are not those of the same accounts: leave out, and "
            "count, the others."
        )
    parts, fullest = [], posts.groupby("deliverable")["views"].count().idxmax()
    for deliverable, rows in groups:
        tables = 1 if deliverable == fullest else SHARED
        moments, options = account_moments(_known(rows)), {"whole": whole, "tables": tables}
        table, _, _ = cells(moments, (), EDGES, "cost_per_post", **options)
        parts.append(table.assign(deliverable=deliverable))
    columns = ["deliverable", *parts[0].columns.drop("deliverable")]
    return pd.concat(parts, ignore_index=True)[columns]


def load_prices() -> Sources:
    """Load every registered price list, each deliverable as a source of its own.

    Examples
    --------
    >>> import analysis as an
    >>> sorted(an.cost.load_prices())
    ['agency-armenia-photo', 'agency-armenia-reel', 'agency-armenia-story']
    """
    loaded = Sources()
    for price_list in price_lists().values():
        path = paths.PRICES / f"{price_list.key}.csv"
        if not path.is_file():
            raise RegisterError(
                f"data/prices/{path.name} is missing. Make it from the raw files of the list with: "
                f"micro-macro cells {price_list.key} --from FOLDER"
            )
        table = pd.read_csv(path, dtype={"level": str})
        left_out = pd.read_csv(path.with_suffix(".left_out.csv"))
        fingerprint = sha256(path)
        for deliverable, rows in table.groupby("deliverable", sort=True):
            key = f"{price_list.key}-{deliverable}"
            short = because("deliverable_of", source=price_list.short, deliverable=deliverable)
            source = price_list.model_copy(update={"key": key, "short": str(short)})
            sums = rows.drop(columns="deliverable").reset_index(drop=True)
            loaded[key] = Moments(source, "cells", sums, left_out, fingerprint)
    return loaded
