"""Taiwanese virtual YouTubers (2025, 2026): a row per channel and week, with its views."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out


def read(folder: Path, platform: str) -> Read:
    """Read weeks of active channels of which all seven days were observed."""
    weeks = pd.read_csv(folder / "weekly.csv")
    active = weeks[weeks["activity"] == "active"]
    counted = active[active["subscribers"] > 0]
    full = counted[counted["record"] == "full"]
    table = pd.DataFrame(
        {
            "account_id": full["channel"],
            "platform": platform,
            "followers": full["subscribers"],
            "views": full["views_7_days"],
            "posted_at": pd.to_datetime(full["week"]),
        }
    )
    return Read(
        table,
        left_out(
            week_of_a_channel_that_ended_or_had_not_begun=len(weeks) - len(active),
            week_without_a_count_of_subscribers=len(active) - len(counted),
            week_of_which_not_all_days_were_observed=len(counted) - len(full),
        ),
    )
