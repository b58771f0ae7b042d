"""TikTok videos of UCLA DataRes (2020): five files, a row per video with its author's followers."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out

FILES = (*(f"sug_users_vids{number}.csv" for number in (1, 2, 3, 4)), "top_users_vids.csv")


def read(folder: Path, platform: str) -> Read:
    """Stack the five files; a video that is in several counts once, as first read.

    Videos without a play or without a follower count are left out, so that every metric is defined
    on the same videos.
    """
    videos = pd.concat([pd.read_csv(folder / name) for name in FILES], ignore_index=True)
    distinct = videos.drop_duplicates("id")
    played = distinct[distinct["n_plays"] > 0]
    once = played[played["n_followers"] > 0]
    table = pd.DataFrame(
        {
            "account_id": once["user_name"],
            "platform": platform,
            "followers": once["n_followers"],
            "likes": once["n_likes"],
            "comments": once["n_comments"],
            "shares": once["n_shares"],
            "views": once["n_plays"],
            "post_id": once["id"],
            "posted_at": pd.to_datetime(once["create_time"], unit="s", utc=True),
        }
    )
    return Read(
        table,
        left_out(
            video_that_is_in_the_files_twice=len(videos) - len(distinct),
            video_without_a_single_play=len(distinct) - len(played),
            video_of_an_account_without_followers=len(played) - len(once),
        ),
    )
