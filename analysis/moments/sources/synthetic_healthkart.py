"""SYNTHETIC: a simulated set of campaigns, kept as a negative control. Its likes and reach do not
depend on its followers.
"""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out


def read(folder: Path, platform: str) -> Read:
    """Join the simulated posts to the simulated influencers; platforms, which are random, are taken
    as one.
    """
    posts, accounts = (pd.read_csv(folder / name) for name in ("posts.csv", "influencers.csv"))
    joined = posts.merge(accounts, left_on="influencer_id", right_on="ID", validate="many_to_one")
    table = joined[["likes", "comments", "reach"]].assign(
        account_id=joined["influencer_id"].map("simulated-{}".format),
        platform=platform,
        followers=joined["follower_count"],
    )
    return Read(table, left_out(post_without_an_account=len(posts) - len(joined)))
