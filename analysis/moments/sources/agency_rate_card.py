"""The price list of an agency in Armenia: its price of a story, a reel and a photo by account."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out

DELIVERABLES = {
    "price_reels_creative": "reel",
    "price_photo_post": "photo",
    "price_stories": "story",
}


def read(folder: Path, platform: str) -> Read:
    """Read PRICES.

    Only accounts with all three prices are taken: if an account were in the sums of two
    deliverables alone, a difference of sums could reveal it.
    """
    # the first line groups the columns; the header is the second
    table = pd.read_csv(folder / "influencers_data.csv", skiprows=1, dtype=str)
    table.columns = table.columns.str.strip()
    ours = table[table["social_net"].str.strip() == platform]
    numbers = ours[[*DELIVERABLES, "subs", "avg_views_reels"]].apply(_whole_numbers)
    priced = numbers.dropna()
    lists = [
        pd.DataFrame(
            {
                "account_id": ours.loc[priced.index, "full_name"],
                "platform": platform,
                "followers": priced["subs"],
                "deliverable": deliverable,
                "price": priced[column],
                "views": priced["avg_views_reels"] if deliverable == "reel" else float("nan"),
            }
        )
        for column, deliverable in DELIVERABLES.items()
    ]
    return Read(
        pd.concat(lists, ignore_index=True),
        left_out(
            account_on_another_platform=len(table) - len(ours),
            account_without_one_of_the_three_prices=len(ours) - len(priced),
        ),
    )


def _whole_numbers(cells: pd.Series) -> pd.Series:
    """Read numbers whose groups of three are separated by a comma, a point or a blank, some with
    two decimals.
    """
    whole = cells.str.strip().str.replace(r"[.,]00$", "", regex=True)
    digits = whole.str.replace(r"[., ]", "", regex=True)
    return pd.to_numeric(digits, errors="coerce").where(lambda number: number > 0)
