"""What the page says on which edges can be moved: templates in braces that its script fills in, so
that words have one source.
"""

from inspect import signature

from analysis.display import because
from analysis.estimate.explored import OVERLAP
from analysis.present.sentences.answers import READINGS
from analysis.present.sentences.reasons import AVERAGES, OUTCOMES

HEADLINES = {
    "clear": "On {platform}, creators with {micro} get {size} {more} {metric} than those with "
    "{macro}.",
    "times": "On {platform}, creators with {micro} get {size} times the {metric} of those with "
    "{macro}.",
    "bound": "On {platform}, creators with {micro} get {more} {metric} than those with {macro}.",
    "open": "On {platform}, creators with {micro} and those with {macro} do not clearly differ in "
    "{metric}.",
    "none": "On {platform}, creators with {micro} and those with {macro} cannot be compared in "
    "{metric}.",
}
"""The answer in a sentence: a clear difference, one of several times, one whose size accounts of
rate zero would change, none that is clear, no estimate.
"""

RANGES = {
    "under": "under {high}{noun}", "over": "{low}{noun} or more",
    "within": "{low}–\u2060{high}{noun}",
}  # fmt: skip
"""Followers of a tier; a word joiner keeps a range on one line."""

VERDICTS = {
    "interval_within": "The whole interval lies in the range that counts.",
    "interval_below": "The whole interval lies below {low}.",
    "interval_above": "The whole interval lies above {high}.",
    "interval_across": "The interval reaches across {edges}.",
    "too_little": "Too little to decide.",
    "not_answerable": "Not answerable here: {reasons}.",
    "by_bound": "Accounts of rate zero in {tier}, {zeros:,} of {accounts:,}, would only {lift} the "
    "ratio further.",
}
"""Why a reading of the claim has its outcome, in percent more or less."""

LEFT_OUT = ("few_accounts", "in_tier", "many_zeros", "no_account", "no_variation", "not_published",
            "one_account_dominates", "rate_zero", "too_few_positive")  # fmt: skip
"""Reasons that an average from sums may have."""


class _Slot(str):
    """Stands for a fact: however it is formatted, its name in braces is written."""

    def __format__(self, how: str) -> str:
        return "".join(["{", *self, ":," if how == "," else "", "}"])


def templates() -> dict[str, dict[str, str] | str]:
    """Give every sentence of the page, by what it is for.

    Examples
    --------
    >>> templates()["reasons"]["few_accounts"]
    'indicative only, {accounts:,} accounts in {tier}'
    """
    reasons = {key: _with_slots(key) for key in LEFT_OUT}
    return {
        "headlines": HEADLINES, "ranges": RANGES, "verdicts": VERDICTS, "readings": READINGS,
        "reasons": reasons, "outcomes": OUTCOMES, "overlap": OVERLAP,
    }  # fmt: skip


def _with_slots(key: str) -> str:
    """The wording of a reason, with the names of its facts in braces."""
    wording = AVERAGES[key]
    if isinstance(wording, str):
        return wording
    return str(because(key, **{name: _Slot(name) for name in signature(wording).parameters}))
