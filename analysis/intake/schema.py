"""POSTS and PRICES: the tables that adapters return and that users' files are read into.

A row of POSTS is one post, or the totals of `posts` posts of one account. Counts are totals over
the row; `followers` is the account's number of followers when the row was posted (or crawled, if
the source knows no more).

A row of PRICES is one price of one account, asked or paid, for one post, story, reel or video.
"""

from dataclasses import dataclass

from analysis.registers.records import PLATFORMS

ACCEPTS = {
    "text": "text",
    "count": "a number{or_more}",
    "rate": "a percentage or a fraction, zero or more",
    "amount": "a number{or_more}",
    "price": "a number above 0; what cost nothing has no price",
    "time": "a time in ISO 8601, such as 2025-03-31T18:00:00Z",
    "yes/no": "yes, no, true, false, 1 or 0",
}
"""What a cell of each type of column may hold, as messages put it."""

NUMBERS = ("count", "rate", "amount", "price")
"""Types that hold numbers."""


@dataclass(frozen=True)
class Column:
    """One column of POSTS or PRICES."""

    name: str  # as it is written in the header
    type: str  # one of ACCEPTS
    meaning: str  # what it holds, with its unit
    required: bool = False  # whether a table without it is refused
    minimum: float | None = None  # smallest allowed value of a count or an amount
    allowed: tuple[str, ...] = ()  # every value of a text, in lower case; empty if any will do

    @property
    def least(self) -> float | None:
        """Smallest allowed number; None if there is none, or if it is excluded, as 0 is for a
        price.
        """
        return 0 if self.type in ("count", "rate") and self.minimum is None else self.minimum

    @property
    def accepts(self) -> str:
        """What a cell may hold, as messages put it."""
        or_more = "" if self.least is None else f", {self.least:g} or more"
        return ", ".join(self.allowed) or ACCEPTS[self.type].format(or_more=or_more)


KINDS = ("measured payment", "rate card", "quote")
"""What a price can be: money that was paid, a list of what is asked of anyone, or an offer made to
someone.
"""

_PLATFORM = Column(
    "platform", "text", f"one of {', '.join(PLATFORMS)}", required=True, allowed=PLATFORMS
)

_POSTS = (
    Column("account_id", "text",
           "the creator's account; any text that is the same on every row of the account", True),
    _PLATFORM,
    Column("followers", "count",
           "followers of the account at the time of the row [accounts]", True),
    Column("likes", "count", "likes, in total over the row [count]"),
    Column("comments", "count", "comments [count]"),
    Column("shares", "count", "shares, reposts [count]"),
    Column("saves", "count", "saves, bookmarks [count]"),
    Column("views", "count", "video views or plays [count]"),
    Column("impressions", "count", "times shown [count]"),
    Column("reach", "count", "accounts reached [count]"),
    Column("clicks", "count", "clicks on the link or code [count]"),
    Column("conversions", "count", "sales or sign-ups credited to the row [count]"),
    Column("chatters", "count", "accounts that wrote in the chat of live streams [accounts]"),
    Column("payers", "count", "of these, accounts that paid to have a message shown [accounts]"),
    Column("engagement_rate", "rate",
           "engagement rate as the file states it, whatever it counts [fraction of followers]"),
    Column("revenue", "amount", "revenue credited to the row [in `currency`]"),
    Column("post_id", "text", "the post"),
    Column("posts", "count", "how many posts the row stands for; 1 if absent [posts]", minimum=1),
    Column("posted_at", "time", "when it was posted, ISO 8601"),
    Column("sponsored", "yes/no", "whether the post was paid for"),
    Column("niche", "text", "topic of the account"),
    Column("country", "text", "country of the account"),
    Column("cost", "amount",
           "what the row cost the brand: fees, products at their price [in `currency`]", minimum=0),
    Column("amplification", "amount",
           "what was spent to have the row shown to more people; added to cost [in `currency`]",
           minimum=0),
    Column("currency", "text",
           "ISO 4217 code of revenue, cost and amplification; one for the whole file"),
    Column("creator_kind", "text",
           "kind of creator, such as external, employee, celebrity or expert"),
    Column("brand", "text", "the brand that paid"),
    Column("campaign", "text", "the campaign the row belongs to"),
)  # fmt: skip

_PRICES = (
    _PLATFORM,
    Column("followers", "count", "followers of the account when the price was named [accounts]"),
    Column("followers_min", "count",
           "lower end of a range of followers, where no number is known [accounts]"),
    Column("followers_max", "count", "upper end of that range [accounts]"),
    Column("price", "price", "price of one deliverable [in `currency`]", True),
    Column("currency", "text", "ISO 4217 code of the price; one for the whole file", True),
    Column("deliverable", "text", "what is sold, such as post, story, reel or video"),
    Column("views", "count", "views that one deliverable had, or is expected to have [count]"),
    Column("date", "time", "when the price was paid or named, ISO 8601"),
    Column("source", "text", "who named it"),
    Column("kind", "text", f"one of {', '.join(KINDS)}; quote if absent", allowed=KINDS),
    Column("account_id", "text",
           "the creator's account; each row is taken for an account of its own if absent"),
)  # fmt: skip

POSTS: dict[str, Column] = {column.name: column for column in _POSTS}
"""Every column of POSTS by name."""

PRICES: dict[str, Column] = {column.name: column for column in _PRICES}
"""Every column of PRICES by name."""

MONEY: tuple[str, ...] = ("cost", "amplification", "revenue", "price")
"""Columns that hold amounts of money."""

STRATA: tuple[str, ...] = ("sponsored", "niche", "country", "creator_kind")
"""Optional columns of a user's file by which moments are kept apart."""

WITHIN: tuple[str, ...] = ("brand",)
"""Optional columns whose levels are compared within each, and none of which is shown alone."""
