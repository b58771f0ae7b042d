"""HypeAuditor's lists of the thousand leading accounts of a platform (2022). Selected on the
outcome.
"""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out, spelled_out

COLUMNS = {
    "instagram": {
        "account_id": "Influencer insta name",
        "followers": "Followers",
        "likes": "Engagement avg",
    },
    "tiktok": {
        "account_id": "Tiktoker name",
        "followers": "Subscribers count",
        "views": "Views avg.",
        "likes": "Likes avg",
        "comments": "Comments avg.",
        "shares": "Shares avg",
    },
    "youtube": {
        "account_id": "youtuber name",
        "followers": "Subscribers",
        "views": "avg views",
        "likes": "avg likes",
    },
}
"""The columns with letters (2.8M); their numeric copies hold errors of the uploader."""


def read(folder: Path, platform: str) -> Read:
    """Read one list: a row is an account, its counts are averages per post, so it stands for one
    post.

    Of an account that is listed twice the first row counts. The Instagram list adds likes and
    comments up; the sum stands as likes.
    """
    raw = pd.read_csv(folder / f"social media influencers - {platform}.csv", dtype=str)
    named = COLUMNS[platform]
    table = raw.rename(columns=str.strip)[list(named.values())].set_axis(list(named), axis=1)
    once = table.drop_duplicates("account_id")
    counts = once.drop(columns="account_id").apply(spelled_out)
    complete = counts.notna().all(axis=1)
    # the Instagram list has no views
    seen = complete & (counts.get("views", 1) > 0)
    kept = counts[seen].assign(account_id=once["account_id"], platform=platform)
    return Read(
        kept.reset_index(drop=True),
        left_out(
            row_of_an_account_that_is_listed_twice=len(table) - len(once),
            account_that_lacks_a_count=int((~complete).sum()),
            account_without_a_single_view=int((complete & ~seen).sum()),
        ),
    )
