"""TIDES: one row per TikTok or YouTube account, balanced by tier, with lifetime totals."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out, yes_no


def read(folder: Path, platform: str) -> Read:
    """Read the accounts of one platform; a row stands for all videos of the account."""
    if platform == "tiktok":
        raw = pd.read_csv(folder / "tiktok_influencers.csv")
        own = {
            "likes": raw["total_likes"],
            "posts": raw["total_videos"],
            "verified": yes_no(raw["verified"]),
        }
        account = raw["username"]
    else:
        raw = pd.read_csv(folder / "youtube_influencers.csv")
        own = {"views": raw["tot_views"], "posts": raw["tot_videos"]}
        account = raw["handle"]
    table = pd.DataFrame(
        {
            "account_id": account,
            "platform": platform,
            "followers": raw["followers"],
            **own,
            "continent": raw["continent"],
        }
    )
    seen = table["posts"] > 0
    return Read(table[seen], left_out(account_without_a_video=int((~seen).sum())))
