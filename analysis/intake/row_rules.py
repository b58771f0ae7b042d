"""What a whole row of POSTS may not be, or hardly is, as expressions that any engine runs."""

from typing import NamedTuple

import narwhals as nw

from analysis.intake.reading import Hints


class Rule(NamedTuple):
    """A rule about the columns of one row."""

    refused: bool  # whether such a row is refused, or only noted
    needs: set[str]  # columns without which it cannot be asked
    where: nw.Expr  # true for such a row
    message: str  # what is noted about it, and what to do

    @property
    def name(self) -> str:
        """Name of the rule in an `Issue`."""
        return "contradiction" if self.refused else "odd counts"


def row_rules(columns: set[str], hints: Hints) -> list[Rule]:
    """Rules that a table with these columns can be asked."""
    names = ("likes", "followers", "clicks", "impressions", "conversions", "reach", "post_id")
    likes, followers, clicks, impressions, conversions, reach, post = map(nw.col, names)
    posts = nw.col("posts").fill_null(1.0) if "posts" in columns else nw.lit(1.0)
    either = f"{hints.option('ignore', ['post_id'])} or {hints.option('ignore', ['posts'])}"
    rules = (
        Rule(True, {"clicks", "impressions"}, (clicks > 0) & (impressions == 0),
             "has clicks but was never shown. Correct the counts."),
        Rule(True, {"post_id", "posts"}, ~post.is_null() & (posts > 1),
             f"is one post by its post_id, but `posts` is more. Add {either}."),
        Rule(False, {"likes", "followers"}, (likes / posts > followers) & (followers > 0),
             "has more likes than followers; a viral post can."),
        Rule(False, {"clicks", "impressions"}, (clicks > impressions) & (impressions > 0),
             "has more clicks than impressions."),
        Rule(False, {"conversions", "clicks"}, conversions > clicks,
             "has more conversions than clicks."),
        Rule(False, {"reach", "impressions"}, reach > impressions,
             "reached more accounts than it was shown."),
        Rule(False, {"followers"}, followers == 0,
             "has no followers, so no rate per follower."),
    )  # fmt: skip
    return [rule for rule in rules if rule.needs <= columns]
