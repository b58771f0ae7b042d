"""How what is estimated is worded: estimators give it as a key with facts, as they give reasons."""

from analysis.present.sentences.numbers import posts_with
from analysis.present.sentences.reasons import WORDINGS


def rate(metric: str, posts: str) -> str:
    """Write a metric and of which posts it is."""
    return ", ".join(filter(None, (metric, posts_with(posts))))


WORDINGS |= {
    "rate": rate,
    "average": lambda average, metric, posts: f"{average} of {rate(metric, posts)}",
    "ratio": "{of} / {versus}, {each}",
    "by_stratum": "{each}, by {stratum}",
    "all_tests_together": "all tests together",
}
