"""Moments of accounts -> cells: sums over follower bands that describe no person.

A cell is the sum of MOMENTS over the accounts of one platform and follower band, for one metric and
one level of one stratum. Its columns are those of an account, so estimators are written once. Band
edges contain every edge of every tier scheme: a scheme is never approximated.

No cell describes fewer than FEWEST accounts, and none can be derived by subtracting cells from each
other. A band with fewer accounts, or too few for the typical account of every metric, is merged
with a neighbour before anything is summed. Within a
band, levels of a stratum that are too small become one level, "(merged)", with the smallest other
level if they are still too few; so the cells of a stratum always add up to those of all accounts,
or overlap them. And every metric of a source has to be defined on the same posts, since the
difference of two metrics could otherwise reveal a single post. How many sums of a cell are
published depends on its accounts, see `analysis.moments.disclosure`; the others are missing.
"""

import numpy as np
import pandas as pd

from analysis.display import Reason, because
from analysis.errors import RegisterError
from analysis.moments.bands import Need, bands
from analysis.moments.disclosure import withhold
from analysis.moments.kinds import enough_of, fewest_of
from analysis.moments.rows import MOMENTS, account_rows
from analysis.registers.metrics import METRICS, Metric

FEWEST = 5
"""Accounts that a published cell describes at the least."""

MERGED = "(merged)"
BIN = 0.02
"""Width of the finest histogram bin, in natural logarithms of the account rate."""

STEP = 8
"""Finest step in which bins are narrowed, in units of BIN: more than P of a rate."""

WIDEST = 2**11
"""Half the width of the range in which bins are halved, in units of BIN: all rates lie there."""

Members = dict[tuple[str, str, str], pd.DataFrame]
"""Rows of accounts with their band, by metric, stratum and level."""


def cells(
    moments: pd.DataFrame, strata: tuple[str, ...], edges: tuple[int, ...],
    main: str = "", asked: tuple[tuple[str, str], ...] = (), whole: bool = False, tables: int = 1,
    highest: float = np.inf,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Sum account moments of one platform over follower bands, for every metric and one stratum at
    a time; `edges` ascend from 0, and the last band is open.

    The sums of `main`, the metric of the first column if none is given, are published first, and
    `asked`, metrics with groups of sums, before what no test asks for. `whole` keeps the sums that
    are not for publication, as where rows of single accounts are published, too; `tables` is how
    many are published about the same accounts. Bands above `highest`, the highest edge of any tier,
    are joined until they may have every average of every metric.

    Returns
    -------
    cells : pandas.DataFrame
        ``metric, stratum, level, platform, lower, upper`` and MOMENTS, missing where a sum may not
        be published; the upper edge of an open band is infinite.
    histogram : pandas.DataFrame
        ``metric, lower, upper`` (the band), ``bin_low, bin_high`` (the logarithm of the account
        rate in units of BIN; a missing ``bin_low`` reaches down to a rate of zero) and
        ``accounts``, at least FEWEST, for all accounts together.
    notes : pandas.DataFrame
        ``metric, reason, accounts``: accounts that are in no cell, and those in cells that had to
        be merged.
    """
    if not whole:
        _check_same_posts(moments)
    held = [metric for key, metric in METRICS.items() if f"{key}.posts" in moments]
    members: Members = {}
    # a band of fewer accounts could not have the typical account of every metric
    keys, need = [metric.key for metric in held], Need(FEWEST)
    if not whole:
        main = main or keys[0]
        enough = enough_of(keys, main, bool(moments[f"{main}.single_posts"].any()))
        need = Need(max(FEWEST, tables * fewest_of(keys)), tables * enough, highest)
    made = [_of_metric(moments, metric, strata, edges, members, need) for metric in held]
    frames = zip(*made, strict=True)
    table, histogram, notes = (pd.concat(part, ignore_index=True) for part in frames)
    if not whole:
        table = _whole_levels(withhold(table, members, main, asked, tables))
    notes = pd.concat([notes, _notes_of_levels(table)], ignore_index=True)
    named = ["metric", "stratum", "level", "platform", "lower", "upper"]
    return (
        table[[*named, *MOMENTS]],
        histogram[["metric", "lower", "upper", "bin_low", "bin_high", "accounts"]],
        notes.loc[notes["accounts"] > 0, ["metric", "reason", "accounts"]].reset_index(drop=True),
    )


def _whole_levels(table: pd.DataFrame) -> pd.DataFrame:
    """Make one level, "(merged)", of those of a stratum in a band where the typical account of none
    of them may be published. It is that of all accounts, so it adds nothing to what is known, and
    the other bands of the stratum stay of use.
    """
    keys = ["metric", "stratum", "band"]
    lacking = table.loc[table["log_rate"].isna() & (table["stratum"] != "all"), keys]
    lacking = lacking.drop_duplicates()
    kept = pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(lacking))
    every = table[table["stratum"] == "all"].drop(columns=["stratum", "level"])
    instead = lacking.merge(every, on=["metric", "band"]).assign(level=MERGED)
    whole = pd.concat([table[~kept], instead]) if len(instead) else table
    place = {key: at for at, key in enumerate(table["metric"].unique())}
    return whole.sort_values("metric", key=lambda keys: keys.map(place), kind="stable")


def _notes_of_levels(table: pd.DataFrame) -> pd.DataFrame:
    """Count the accounts of each metric and stratum in levels that were merged."""
    merged = table[table["level"] == MERGED].groupby(["metric", "stratum"], sort=False)["accounts"]
    notes = merged.sum().astype(int).reset_index()
    reasons = [str(because("levels_merged_in_cell", stratum=name)) for name in notes["stratum"]]
    return notes.assign(reason=reasons)[["metric", "reason", "accounts"]]


def _of_metric(
    moments: pd.DataFrame, metric: Metric, strata: tuple[str, ...], edges: tuple[int, ...],
    members: Members, need: Need,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Give the cells, the histogram and the notes of one metric; put the accounts behind the cells
    in `members`.
    """
    rows, left_out = account_rows(moments, metric)
    cut, merged = bands(rows["lower"].to_numpy(), edges, need)
    place = np.searchsorted(cut, rows["lower"], side="right") - 1
    band = pd.Series(place, index=rows["account_id"].to_numpy())
    held = {("all", "all"): rows}
    notes = [left_out, _note(because("band_merged"), merged)]
    for stratum in strata:
        regrouped = _merge_levels(moments, metric, stratum, band)
        for level in sorted(regrouped[stratum].unique()):
            held[stratum, level], _ = account_rows(regrouped, metric, stratum, level)
    sums = []
    for (stratum, level), chosen in held.items():
        placed = chosen.assign(band=chosen["account_id"].map(band))
        members[metric.key, stratum, level] = placed
        sums.append(_sum(placed, cut).assign(stratum=stratum, level=level))
    frames = (pd.concat(sums), _histogram(rows, band, cut), pd.concat(notes))
    return tuple(frame.assign(metric=metric.key) for frame in frames)


def _check_same_posts(moments: pd.DataFrame) -> None:
    placed = moments[moments["followers_min"].notna()]  # the others are in no cell
    counts = placed[[name for key in METRICS if (name := f"{key}.posts") in moments]]
    keys = counts.columns.str.removesuffix(".posts")
    # all metrics are alike if each is like the first
    differing = keys[[not counts[name].equals(counts.iloc[:, 0]) for name in counts]]
    if len(differing):
        raise RegisterError(
            f"{', '.join(differing)} and {keys[0]} are defined on different posts, so that their "
            "difference could reveal single posts. Let the adapter leave out, and count, posts "
            "on which not every metric is defined."
        )


def _note(reason: Reason, accounts: int) -> pd.DataFrame:
    return pd.DataFrame({"reason": [str(reason)], "accounts": [accounts]})


def _merge_levels(
    moments: pd.DataFrame, metric: Metric, stratum: str, band: pd.Series
) -> pd.DataFrame:
    """Rename, band by band, the levels of a stratum that are too small."""
    defined = moments["account_id"].isin(band.index) & (moments[f"{metric.key}.posts"] > 0)
    moments = moments[defined].copy()
    for _, rows in moments.groupby(moments["account_id"].map(band)):
        accounts = rows.groupby(stratum)["account_id"].agg(set)
        # by name among equals: the same files have to give the same cells
        by_size = sorted(accounts.index, key=lambda level: (len(accounts[level]), level))
        pool = [level for level in by_size if len(accounts[level]) < FEWEST]
        rest = by_size[len(pool) :]
        # a pool that is too small could still be had by subtracting the others from all
        while pool and rest and len(set().union(*accounts[pool])) < FEWEST:
            pool.append(rest.pop(0))
        if pool:
            moments.loc[rows.index[rows[stratum].isin(pool)], stratum] = MERGED
    return moments


def _sum(rows: pd.DataFrame, bands: np.ndarray) -> pd.DataFrame:
    """One row per band that has accounts."""
    sums = rows.groupby(["platform", "band"])[list(MOMENTS)].sum().reset_index()
    return sums.assign(lower=bands[sums["band"]], upper=bands[sums["band"] + 1])


def _histogram(rows: pd.DataFrame, band: pd.Series, bands: np.ndarray) -> pd.DataFrame:
    """Count account rates in bins whose edges no single account decides: a bin is halved as long as
    it describes more than FEWEST accounts, one of fewer then joins a neighbour, and where accounts
    fill little of a bin it is narrowed in coarse steps.
    """
    # a rate of zero has no logarithm; such accounts stand in a first bin without a lower end
    places = np.floor(rows["log_rate"] / BIN).where(rows["positive"] > 0)
    parts = []
    for index, values in places.groupby(rows["account_id"].map(band)):
        zeros = int(values.isna().sum())
        positive = np.sort(values.dropna().to_numpy(int))
        joined = _joined(_halved(positive, -WIDEST, WIDEST))
        bins = [_narrowed(one, positive) for one in joined]
        if zeros >= FEWEST or not bins:
            bins.insert(0, (np.nan, np.nan, zeros))
        elif zeros:
            _, high, accounts = bins[0]
            bins[0] = (np.nan, high, accounts + zeros)
        part = pd.DataFrame(bins, columns=["bin_low", "bin_high", "accounts"])
        part = part[part["accounts"] > 0]
        parts.append(part.assign(lower=bands[index], upper=bands[index + 1]))
    return pd.concat(parts, ignore_index=True)


Bin = tuple[float, float, int]
"""Both ends and the accounts between them."""


def _halved(values: np.ndarray, low: int, high: int) -> list[Bin]:
    """Halve a bin with its ascending values as often as may be; none without values."""
    if high - low == 1 or len(values) <= FEWEST:
        return [(low, high, len(values))] if len(values) else []
    middle = (low + high) // 2
    below = int(np.searchsorted(values, middle))
    return [*_halved(values[:below], low, middle), *_halved(values[below:], middle, high)]


def _joined(bins: list[Bin]) -> list[Bin]:
    """Join bins of too few accounts upward, the last of them downward."""
    grown: list[Bin] = []
    for low, high, accounts in bins:
        if grown and grown[-1][2] < FEWEST:
            first, _, before = grown.pop()
            grown.append((first, high, before + accounts))
        else:
            grown.append((low, high, accounts))
    if len(grown) > 1 and grown[-1][2] < FEWEST:
        _, high, accounts = grown.pop()
        low, _, before = grown.pop()
        grown.append((low, high, before + accounts))
    return grown


def _narrowed(one: Bin, values: np.ndarray) -> Bin:
    """Cut off what is empty at the ends of a bin, in steps of a power of two that is at least half
    as wide as its accounts are spread.
    """
    low, high, accounts = one
    inside = values[(values >= low) & (values < high)]
    step = STEP
    while 2 * step < inside[-1] - inside[0] + 1:
        step *= 2
    least, most = inside[0] // step * step, (inside[-1] // step + 1) * step
    return max(low, int(least)), min(high, int(most)), accounts
