"""POSTS: the one table every adapter returns, and every user's file is read into.

A row is one post, or the totals of `posts` posts of one account. Counts are totals over the row; `followers` is the
account's number of followers when the row was posted (or crawled, if that is all the source knows).
"""

from dataclasses import dataclass
from typing import get_args

from analysis.evidence.records import Platform

PLATFORMS: tuple[str, ...] = get_args(Platform)
"""Platforms a row may name."""


class SchemaError(ValueError):
    """A table is not POSTS; every fault is listed, one sentence a line."""


@dataclass(frozen=True)
class Column:
    """One column of POSTS.

    Attributes
    ----------
    name : str
        As it stands in the header.
    type : str
        ``"text"``, ``"count"`` (a number, zero or more), ``"rate"`` (percent or a fraction), ``"amount"`` (a number), ``"time"`` or
        ``"yes/no"``.
    meaning : str
        What it holds, with its unit.
    required : bool
        Whether a table without it is refused.
    minimum : float
        Smallest allowed value of a count.
    """

    name: str
    type: str
    meaning: str
    required: bool = False
    minimum: float = 0


_ALL = (
    Column("account_id", "text", "the creator's account; any text that is the same on every row of the account", required=True),
    Column("platform", "text", f"one of {', '.join(PLATFORMS)}", required=True),
    Column("followers", "count", "followers of the account at the time of the row [accounts]", required=True),
    Column("likes", "count", "likes, in total over the row [count]"),
    Column("comments", "count", "comments [count]"),
    Column("shares", "count", "shares, reposts [count]"),
    Column("saves", "count", "saves, bookmarks [count]"),
    Column("views", "count", "video views or plays [count]"),
    Column("impressions", "count", "times shown [count]"),
    Column("reach", "count", "accounts reached [count]"),
    Column("clicks", "count", "clicks on the link or code [count]"),
    Column("conversions", "count", "sales or sign-ups credited to the row [count]"),
    Column("engagement_rate", "rate", "engagement rate as the file states it, whatever it counts [fraction of followers]"),
    Column("revenue", "amount", "revenue credited to the row [in `currency`]"),
    Column("post_id", "text", "the post"),
    Column("posts", "count", "how many posts the row stands for; 1 if absent [posts]", minimum=1),
    Column("posted_at", "time", "when it was posted, ISO 8601"),
    Column("sponsored", "yes/no", "whether the post was paid for"),
    Column("niche", "text", "topic of the account"),
    Column("country", "text", "country of the account"),
    Column("cost", "amount", "what the row cost the brand [in `currency`]"),
    Column("currency", "text", "ISO 4217 code of revenue and cost"),
    Column("creator_kind", "text", "kind of creator, such as celebrity or expert"),
    Column("brand", "text", "the brand that paid"),
    Column("campaign", "text", "the campaign the row belongs to"),
)

POSTS: dict[str, Column] = {column.name: column for column in _ALL}
"""Every documented column by name."""

STRATA: tuple[str, ...] = ("sponsored", "niche", "country", "creator_kind")
"""Optional columns of a user's file by which moments are kept apart."""
