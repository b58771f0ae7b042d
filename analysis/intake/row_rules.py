"""What a whole row of POSTS may not be, or hardly is, as expressions that any engine runs."""

from typing import NamedTuple

import narwhals as nw

from analysis.intake.reading import Hints


class Rule(NamedTuple):
    """A rule about the columns of one row.

    Attributes
    ----------
    name : str
        ``"contradiction"``, for which a row is refused, or ``"odd counts"``, which is only noted.
    needs : frozenset of str
        Columns without which it cannot be asked.
    message : str
        What is noted about such a row, and what to do.
    where : narwhals.Expr
        True for such a row.
    """

    name: str
    needs: frozenset[str]
    message: str
    where: nw.Expr


def row_rules(columns: set[str], hints: Hints) -> list[Rule]:
    """Rules that a table with these columns can be asked."""
    names = ("likes", "followers", "clicks", "impressions", "conversions", "reach", "post_id")
    likes, followers, clicks, impressions, conversions, reach, post = map(nw.col, names)
    posts = nw.col("posts").fill_null(1.0) if "posts" in columns else nw.lit(1.0)
    refused, odd = "contradiction", "odd counts"
    many = (
        "is one post by its post_id, but `posts` is larger. Leave out one of them with "
        f"{hints.option('ignore', ['post_id'])} or {hints.option('ignore', ['posts'])}."
    )
    rules = [
        Rule(
            refused,
            frozenset({"clicks", "impressions"}),
            "has clicks but was never shown. Correct the counts.",
            (clicks > 0) & (impressions == 0),
        ),
        Rule(refused, frozenset({"post_id", "posts"}), many, ~post.is_null() & (posts > 1)),
        Rule(
            odd,
            frozenset({"likes", "followers"}),
            "has more likes than followers; a viral post can.",
            (likes / posts > followers) & (followers > 0),
        ),
        Rule(
            odd,
            frozenset({"clicks", "impressions"}),
            "has more clicks than impressions.",
            (clicks > impressions) & (impressions > 0),
        ),
        Rule(
            odd,
            frozenset({"conversions", "clicks"}),
            "has more conversions than clicks.",
            conversions > clicks,
        ),
        Rule(
            odd,
            frozenset({"reach", "impressions"}),
            "reached more accounts than it was shown.",
            reach > impressions,
        ),
        Rule(
            odd,
            frozenset({"followers"}),
            "has no followers, so no rate per follower.",
            followers == 0,
        ),
    ]
    return [rule for rule in rules if rule.needs <= columns]
