"""Panel: one metric of the same creators through time, which is what estimators of panels take."""

from dataclasses import dataclass
from itertools import product

import pandas as pd

from analysis.display import Result, verb
from analysis.errors import RegisterError, SchemaError
from analysis.moments.panel_files import read_rows, read_sums
from analysis.moments.panel_sums import PanelSums, panel_rows
from analysis.moments.sample import Moments
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Source


@dataclass(frozen=True, repr=False)
class Panel(Result):
    """One metric of the same creators through time.

    Attributes
    ----------
    source : Source
        Whose creators.
    metric : Metric
        The rate that is followed.
    along : str
        The size it is followed along: followers, or chatters.
    sums : PanelSums
        What estimates need.
    rows : pandas.DataFrame or None
        From `panel_rows`; None where only sums over creators are published.
    crossings : pandas.DataFrame or None
        Of a panel of sums that is kept on this machine: ``edge`` and the fields of
        `analysis.moments.panel_crossing.Around`.
    """

    source: Source
    metric: Metric
    along: str
    sums: PanelSums
    rows: pd.DataFrame | None = None
    crossings: pd.DataFrame | None = None

    def to_frame(self) -> pd.DataFrame:
        """Give the rows of creators and months.

        Raises
        ------
        SchemaError
            If only sums over creators are published.
        """
        if self.rows is None:
            raise SchemaError(
                f"source '{self.source.key}' publishes sums over creators only, no rows of single "
                "creators. .within() and .between() need no more."
            )
        return self.rows


@verb(Moments)
def panel(moments: Moments, metric: str = "main", along: str = "followers") -> Panel:
    """Follow one metric of the same creators through time.

    Parameters
    ----------
    moments : Moments
        Of a source with several periods of the same creators.
    metric : str
        A key of METRICS, ``"engagement"`` or ``"main"``.
    along : str
        The size along which it is followed.

    Raises
    ------
    RegisterError
        If the source follows no creators, or not by this metric.
    """
    key, source = moments.key_of(metric), moments.source
    if moments.panel_sums and (key, along) in moments.panel_sums:
        sums, kept = moments.panel_sums[key, along], moments.crossings
        if kept is not None:
            kept = kept[(kept["metric"] == key) & (kept["along"] == along)]
            kept = kept.drop(columns=["metric", "along"])
        return Panel(source, METRICS[key], along, sums, crossings=kept)
    rows = _rows_of(moments, key, along)
    if rows is not None and len(rows):
        kept = rows.drop(columns=["metric", "along"]).reset_index(drop=True)
        return Panel(source, METRICS[key], along, PanelSums.of(kept), kept)
    if sums := read_sums(source, key, along):
        return Panel(source, METRICS[key], along, sums)
    held = [" along ".join(pair) for pair in panels_of(moments)]
    if not held:
        raise RegisterError(
            f"source '{source.key}' does not follow creators through time: it needs posts with "
            "dates, and followers that differ between the posts of a creator."
        )
    raise RegisterError(
        f"source '{source.key}' has no panel of {key} along {along}. It has: {', '.join(held)}."
    )


def panels_of(moments: Moments) -> list[tuple[str, str]]:
    """List the metrics that a source follows, each with the size along which."""
    if moments.panel_sums:
        return list(moments.panel_sums)
    if moments.panels is not None:
        pairs = moments.panels[["metric", "along"]].drop_duplicates()
        return list(pairs.itertuples(index=False, name=None))
    plan = moments.source.panel
    return list(product(plan.metrics, plan.along)) if plan else []


def _rows_of(moments: Moments, key: str, along: str) -> pd.DataFrame | None:
    """Rows of one metric: of a file that was read, or of rows that are published."""
    if moments.panels is not None:
        table = moments.panels
        return table[(table["metric"] == key) & (table["along"] == along)]
    if (key, along) not in panels_of(moments):
        return None
    posts = read_rows(moments.source)
    return None if posts is None else panel_rows(posts, (key,), along)
