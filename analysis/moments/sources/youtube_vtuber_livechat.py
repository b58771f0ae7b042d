"""VTuber 1B (2021-2022): a row per channel and month with live-chat viewers, payers and yen."""

from pathlib import Path

import pandas as pd

from analysis.moments.sources import Read, left_out, yes_no

INDEPENDENT = ("Independents", "Twitch Independents")


def read(folder: Path, platform: str) -> Read:
    """Join the months' chats and Super Chats to the channels.

    A month of chats without a row of Super Chats is a month in which nobody paid: zero payers and
    zero yen. Whether the channel had payments switched on is not in the files.
    """
    names = ("channels", "chat_stats", "superchat_stats")
    channels, chats, paid = (pd.read_csv(folder / f"{name}.csv") for name in names)
    months = chats.merge(paid, on=["channel", "period"], how="left", validate="1:1")
    known = months.merge(channels, on="channel", validate="m:1")
    table = pd.DataFrame(
        {
            "account_id": known["channel"],
            "platform": platform,
            "followers": known["subscriptionCount"],
            "chatters": known["uniqueChatters"],
            "payers": known["uniqueSuperChatters"].fillna(0),
            "revenue": known["totalSC"].fillna(0),
            "currency": "JPY",
            "posted_at": pd.to_datetime(known["period"], format="%Y-%m"),
            "agency": yes_no(~known["affiliation"].isin(INDEPENDENT)),
        }
    )
    return Read(table, left_out(month_of_a_channel_without_subscribers=len(months) - len(known)))
