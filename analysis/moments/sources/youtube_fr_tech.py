"""French-language YouTube channels on technology (2026): a row per video and monthly snapshot."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out


def read(folder: Path, platform: str) -> Read:
    """Read each video once, from the later snapshot, with its channel's last subscribers.

    Videos on which not every metric is defined are left out, so that all are of the same videos.
    """
    rows = pd.read_csv(folder / "videos.csv").sort_values("snapshot", kind="stable")
    videos = rows.drop_duplicates("video_id", keep="last")
    days = pd.read_csv(folder / "daily_snapshots.csv").sort_values("date_utc", kind="stable")
    subscribers = days.groupby("channel_id")["subscribers"].last()
    table = pd.DataFrame(
        {
            "account_id": videos["channel_id"],
            "platform": platform,
            "followers": videos["channel_id"].map(subscribers),
            "likes": videos["like_count"],
            "comments": videos["comment_count"],
            "views": videos["view_count"],
            "post_id": videos["video_id"],
            "posted_at": pd.to_datetime(videos["published_at"], utc=True),
        }
    )
    seen = table[table["views"] > 0]
    counted = seen.dropna(subset=["likes", "comments"])
    return Read(
        counted,
        left_out(
            video_that_is_in_both_snapshots=len(rows) - len(videos),
            video_without_a_single_view=len(table) - len(seen),
            video_that_hides_its_likes_or_comments=len(seen) - len(counted),
        ),
    )
