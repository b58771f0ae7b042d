"""POSTS in hand -> Moments: sums of accounts and, where followers change, of their months."""

import narwhals as nw
import pandas as pd

from analysis.moments.panel_sums import panel_rows
from analysis.moments.sample import Moments
from analysis.moments.sums import account_moments
from analysis.registers.records import Source


def from_posts(
    posts, source: Source, rows_left_out: pd.DataFrame | None = None, fingerprint: str = ""
) -> Moments:
    """Make moments of a POSTS table in hand, whose columns hold the strata of the source, and those
    within which it compares; `rows_left_out` has ``reason, rows``.
    """
    left_out = pd.DataFrame({"reason": [], "rows": []}) if rows_left_out is None else rows_left_out
    apart = (*source.strata, *source.within)
    table = account_moments(posts, apart, source.metrics or None)
    # a size that stays as it is says nothing about growing, and a pass is saved
    changing = (table["followers_min"] < table["followers_max"]).any()
    dated = "posted_at" in nw.from_native(posts).lazy().collect_schema().names()
    panels = panel_rows(posts) if changing and dated else None
    return Moments(source, "accounts", table, left_out, fingerprint, panels=panels)
