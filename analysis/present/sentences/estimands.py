"""How what is estimated is worded: estimators give it as a key with facts, as they give reasons."""

from analysis.present.sentences.reasons import WORDINGS, rate


def _tier_or_contrast(of: str, versus: str, average: str, metric: str) -> str:
    return f"{of}{versus and f' / {versus}'}, {average} of {metric}"


WORDINGS |= {
    "rate": rate,
    "average": lambda average, metric, posts: f"{average} of {rate(metric, posts)}",
    "ratio": "{of} / {versus}, {each}",
    "by_stratum": "{each}, by {stratum}",
    "more_often": "probability that an account of {of} has more {metric} than one of {versus}",
    "larger_more_often": "probability that of two accounts of different tiers the larger has more "
    "{metric}",
    "mean_over_posts": "mean over {posts:g} posts",
    "mean_over_all_posts": "mean over all posts",
    "posts_for_reliability": "posts for a reliability of {wanted:g}",
    "beyond_over_size": "creator beyond size / size",
    **dict.fromkeys(("of_logs", "reliability", "posts_needed"), "{label}, of the log of {rate}"),
    "estimator": "{name} of {metric}",
    "tier_or_contrast": _tier_or_contrast,
    "all_tests_together": "all tests together",
}
