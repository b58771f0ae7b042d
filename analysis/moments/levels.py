"""Levels: one metric of one source with the levels of a stratum kept apart, such as brands."""

from dataclasses import dataclass

import pandas as pd

from analysis.display import Result, verb
from analysis.errors import RegisterError
from analysis.moments.cells import MERGED
from analysis.moments.rows import level_rows
from analysis.moments.sample import Moments, Sample

UNNAMED = ("unknown", MERGED)
"""Levels that are none: what is not known, and what was put together."""


@dataclass(frozen=True, repr=False)
class Levels(Result):
    """One metric with the levels of a stratum kept apart: what is compared within them.

    Attributes
    ----------
    sample : Sample
        Its rows have a column ``level``, and ``account``, a number for each account, where rows
        are those of accounts; an account with posts of several levels has a row for each.
    stratum : str
        Whose levels.
    """

    NEXT = " .tier('decades') gives it tiers, .contrast_within('micro', 'macro') compares."

    sample: Sample
    stratum: str

    def to_frame(self) -> pd.DataFrame:
        """Give the rows."""
        return self.sample.rows


def has_levels(moments: Moments, stratum: str) -> bool:
    """Whether a source keeps the levels of a stratum apart.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim")
    >>> has_levels(kim, "niche"), has_levels(kim, "brand")
    (True, False)
    """
    return stratum in (*moments.source.strata, *moments.source.within)


@verb(Moments)
def by_level(moments: Moments, metric: str = "engagement", stratum: str = "brand") -> Levels:
    """Take one metric with the levels of a stratum kept apart; posts of no known level are left
    out.

    Parameters
    ----------
    moments : Moments
        Of one platform.
    metric : str
        As in `Moments.sample`.
    stratum : str
        A stratum of the source, or a column within which it compares, such as brand.

    Raises
    ------
    RegisterError
        If the source does not hold the metric, or does not keep such levels apart.

    Examples
    --------
    >>> import analysis as an
    >>> niches = an.load("instagram-kim").by_level("engagement", "niche")
    >>> sorted(niches.to_frame()["level"].unique())[:3]
    ['beauty', 'family', 'fashion']
    """
    whole, source = moments.sample(metric), moments.source
    if not has_levels(moments, stratum):
        known = ", ".join((*source.strata, *source.within)) or "none"
        raise RegisterError(
            f"source '{source.key}' does not name the {stratum} of its posts. It names: {known}."
        )
    if moments.resolution == "accounts":
        rows = level_rows(moments.table, whole.metric, stratum)
        rows["account"] = rows.groupby(["platform", "account_id"], sort=False).ngroup()
        rows = rows.drop(columns="account_id")
    else:
        levels = [level for level in moments.levels(stratum) if level not in UNNAMED]
        parts = [
            moments.sample(metric, stratum, level).rows.assign(level=level) for level in levels
        ]
        rows = pd.concat(parts, ignore_index=True) if parts else whole.rows.head(0).assign(level="")
    rows = rows[~rows["level"].isin(UNNAMED)].reset_index(drop=True)
    named = Sample(source, whole.metric, "all", "all", whole.resolution, rows, whole.left_out)
    return Levels(named, stratum)
