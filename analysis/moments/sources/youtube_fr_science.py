"""French-language YouTube science channels (2020): one row per channel with lifetime views."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out


def read(folder: Path, platform: str) -> Read:
    """Read the channels; a row stands for all videos of the channel."""
    raw = pd.read_csv(folder / "all_channels.csv", encoding="latin-1")
    table = pd.DataFrame(
        {
            "account_id": raw["channel_id"],
            "platform": platform,
            "followers": raw["channel_subscribers"],
            "views": raw["channel_views"],
            "posts": raw["channel_videos"],
            "category": raw["category"].str.lower(),
        }
    )
    seen = table["posts"] > 0
    return Read(table[seen], left_out(channel_without_a_video=int((~seen).sum())))
