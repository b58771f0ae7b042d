"""TikTok Vietnam (2025): videos that the For-You feed showed, with their authors' followers.
Selected on the outcome.
"""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out, spelled_out

COUNTS = {
    "followers": "user_nfollower",
    "views": "vid_nview",
    "likes": "vid_nlike",
    "comments": "vid_ncomment",
    "shares": "vid_nshare",
    "saves": "vid_nsave",
}


def read(folder: Path, platform: str) -> Read:
    """Read the first crawl; videos that lack a count are left out, so that every metric is defined
    on the same videos.
    """
    raw = pd.read_csv(folder / "raw_data.csv", dtype=str)
    counts = raw[list(COUNTS.values())].apply(spelled_out).set_axis(list(COUNTS), axis=1)
    complete = counts.notna().all(axis=1)
    sized = complete & (counts["followers"] > 0)
    seen = sized & (counts["views"] > 0)
    # times name no zone; that of the country is taken
    posted = pd.to_datetime(raw["vid_postTime"]).dt.tz_localize("Asia/Ho_Chi_Minh")
    own = pd.DataFrame(
        {
            "account_id": raw["user_name"],
            "platform": platform,
            "post_id": raw["vid_id"],
            "posted_at": posted,
        }
    )
    return Read(
        own.join(counts)[seen].reset_index(drop=True),
        left_out(
            video_that_lacks_a_count=int((~complete).sum()),
            video_of_an_account_without_followers=int((complete & ~sized).sum()),
            video_without_a_single_view=int((sized & ~seen).sum()),
        ),
    )
