"""Instagram influencers of Kim et al. (2020): a list of accounts and a sample of their posts."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out, yes_no

NICHES = {"by": "beauty", "fasion": "fashion", "fashion 0.5": "fashion"}
"""Typing errors in three rows of the list."""


def read(folder: Path, platform: str) -> Read:
    """Join posts to accounts.

    A post counts as sponsored if its caption carries a strict disclosure tag or phrase, or the
    platform marks a sponsor or an advertisement. Followers were counted at the crawl, which is no
    earlier than the newest post: `age` separates posts of the year before that from older posts.
    """
    # the second line is a rule of equals signs
    accounts = pd.read_csv(folder / "influencers.txt", sep="\t", skiprows=[1])
    posts = pd.read_csv(folder / "posts.csv")
    once = posts.drop_duplicates("shortcode")
    joined = once.merge(accounts, left_on="username", right_on="Username", validate="many_to_one")
    sponsored = (
        joined["tag_disclosure_strict"]
        | joined["text_disclosure"]
        | joined["is_ad"]
        | (joined["n_sponsor_users"] > 0)
    )
    posted = pd.to_datetime(joined["taken_at_utc"], unit="s", utc=True)
    recent = posted > posted.max() - pd.Timedelta(days=365)
    # an account has one level: verified at any of its posts counts for all
    verified = joined["owner_verified"].groupby(joined["username"]).transform("max")
    table = pd.DataFrame(
        {
            "account_id": joined["username"],
            "platform": platform,
            "followers": joined["#Followers"],
            "likes": joined["likes"],
            "comments": joined["comments"],
            "post_id": joined["shortcode"],
            "posted_at": posted,
            "sponsored": yes_no(sponsored),
            "niche": joined["Category"].replace(NICHES),
            "age": recent.map({True: "last year", False: "older"}),
            "verified": yes_no(verified),
        }
    )
    without = ~accounts["Username"].isin(once["username"])
    return Read(
        table,
        left_out(
            post_that_is_in_the_file_twice=len(posts) - len(once),
            post_of_an_account_that_is_not_in_the_list=len(once) - len(joined),
            account_in_the_list_without_a_post=int(without.sum()),
        ),
    )
