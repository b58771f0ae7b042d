"""METRICS: what is counted, and what it is divided by.

"Engagement rate" is not one number. A metric says which counts of a post are added (the numerator)
and which quantity of the same post divides them (the denominator); how posts and accounts are then
averaged is a separate choice, made in `analysis.estimate.averages`.
"""

from dataclasses import dataclass

from analysis.display import Shown

PER_POST = "posts"
"""The denominator of a total: the number of posts a row stands for."""


ONE = {
    "followers": "follower",
    "views": "view",
    "impressions": "impression",
    "reach": "account reached",
    "clicks": "click",
    "chatters": "chatter",
    "payers": "payer",
    "cost": "unit of money",
}
"""One of what a metric is divided by."""


@dataclass(frozen=True, repr=False)
class Metric(Shown):
    """A ratio defined on a single post.

    Attributes
    ----------
    key : str
        The name used in parameters, registers and files.
    title : str
        Numerator and denominator in words, as they stand on an axis.
    numerator : tuple of str
        Columns of POSTS that are added. A post counts only if all of them are known.
    denominator : str
        Column of POSTS, or ``"posts"`` for a total per post. A post counts only if it is known and
        above zero.
    unit : str
        ``"percent"`` (the ratio times 100), ``"count per post"``, or one with ``money`` in it, for
        which the currency is put.
    """

    key: str
    title: str
    numerator: tuple[str, ...]
    denominator: str
    unit: str = "percent"

    @property
    def columns(self) -> frozenset[str]:
        """Columns of POSTS without which the metric is not defined."""
        return frozenset({*self.numerator, self.denominator} - {PER_POST})

    @property
    def scale(self) -> float:
        """What a plain ratio is multiplied by to be shown in `unit`."""
        return 100.0 if self.unit == "percent" else 1000.0 if "1,000" in self.unit else 1.0

    @property
    def words(self) -> str:
        """The metric as one reads it aloud, e.g. ``likes and comments per follower``."""
        if "cost" in self.numerator or self.denominator not in ONE:
            return self.title
        *most, last = self.numerator
        counted = f"{', '.join(most)} and {last}" if most else last
        return f"{counted} per {ONE[self.denominator]}"

    @property
    def costs(self) -> bool:
        """Whether it needs to know what posts cost."""
        return "cost" in self.columns


_ALL = (
    Metric("engagement_per_follower", "(likes + comments) / followers",
           ("likes", "comments"), "followers"),
    Metric("likes_per_follower", "likes / followers", ("likes",), "followers"),
    Metric("comments_per_follower", "comments / followers", ("comments",), "followers"),
    Metric("interactions_per_follower", "(likes + comments + shares) / followers",
           ("likes", "comments", "shares"), "followers"),
    Metric("engagement_per_view", "(likes + comments) / views", ("likes", "comments"), "views"),
    Metric("interactions_per_view", "(likes + comments + shares) / views",
           ("likes", "comments", "shares"), "views"),
    Metric("engagement_per_impression", "(likes + comments) / impressions",
           ("likes", "comments"), "impressions"),
    Metric("engagement_per_reach", "(likes + comments) / reach", ("likes", "comments"), "reach"),
    Metric("views_per_follower", "views / followers", ("views",), "followers"),
    Metric("reach_per_follower", "reach / followers", ("reach",), "followers"),
    Metric("click_rate", "clicks / impressions", ("clicks",), "impressions"),
    Metric("conversion_rate", "conversions / clicks", ("conversions",), "clicks"),
    Metric("payers_per_chatter", "payers / chatters", ("payers",), "chatters"),
    Metric("revenue_per_follower", "revenue per 1,000 followers",
           ("revenue",), "followers", "money per 1,000 followers"),
    Metric("revenue_per_payer", "revenue per payer", ("revenue",), "payers", "money per payer"),
    Metric("engagement_rate_given", "engagement rate as the file states it",
           ("engagement_rate",), PER_POST),
    Metric("likes_per_post", "likes per post", ("likes",), PER_POST, "count per post"),
    Metric("comments_per_post", "comments per post", ("comments",), PER_POST, "count per post"),
    Metric("views_per_post", "views per post", ("views",), PER_POST, "count per post"),
    Metric("reach_per_post", "reach per post", ("reach",), PER_POST, "count per post"),
    Metric("cost_per_post", "cost per post", ("cost",), PER_POST, "money per post"),
    Metric("cost_per_follower", "cost per 1,000 followers",
           ("cost",), "followers", "money per 1,000 followers"),
    Metric("cost_per_view", "cost per 1,000 views", ("cost",), "views", "money per 1,000 views"),
    Metric("engagement_per_cost", "(likes + comments) / cost",
           ("likes", "comments"), "cost", "count per unit of money"),
    Metric("conversions_per_cost", "conversions / cost",
           ("conversions",), "cost", "count per unit of money"),
    Metric("revenue_per_cost", "revenue / cost", ("revenue",), "cost", "money per unit of money"),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.key: metric for metric in _ALL}
"""Every metric by its key."""


def available(columns) -> list[Metric]:
    """Return the metrics that a table with `columns` can give."""
    return [metric for metric in METRICS.values() if metric.columns <= set(columns)]
