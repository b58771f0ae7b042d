"""Five answers that a reader's own posts give about two tiers: rate, a quoted claim, totals, sales
and money, each with what keeps it undecided and how many creators more it would need.
"""

import math
from dataclasses import dataclass

import pandas as pd

from analysis.display import Result
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import contrast
from analysis.estimate.decision import claimed_range
from analysis.estimate.power import accounts_to_decide
from analysis.estimate.results import Estimate
from analysis.estimate.tiers import tier, tier_counts
from analysis.moments.own import ENGAGEMENT
from analysis.moments.sample import Moments
from analysis.registers.lookup import claims, schemes
from analysis.registers.metrics import METRICS, Metric
from analysis.registers.records import Tier, TierScheme

QUESTIONS = {
    "rate": (
        (*ENGAGEMENT, "comments_per_follower", "views_per_follower", "reach_per_follower"),
        "typical account",
    ),
    "claim": (ENGAGEMENT, "typical account"),
    "total": (
        ("likes_per_post", "comments_per_post", "views_per_post", "reach_per_post"),
        "typical account",
    ),
    "sales": (("conversion_rate", "revenue_per_follower"), "ratio of sums"),
    "money": (("revenue_per_cost", "conversions_per_cost", "engagement_per_cost"), "ratio of sums"),
}
"""The questions, with the metrics that answer each, the first that a file holds, and the average.
Sales and money are taken over all clicks
and all costs of a tier together, which a creator without a sale does not make undefined.
"""

CLAIM = "D06"
"""The claim that is quoted most: 60 percent more engagement."""

MOST = 10_000
"""Creators beyond which no file of a brand decides."""

PROJECTED = 5
"""Creators of a tier from which on the width of an interval says how many more would decide."""

YARDSTICK = "decades"
"""Tiers of a file whose reader names none."""


@dataclass(frozen=True, repr=False)
class OwnAnswer(Result):
    """What a reader's own posts say to one question about two tiers.

    Attributes
    ----------
    question : str
        A key of QUESTIONS.
    platform : str
        Of the posts; empty where all posts are on one platform.
    metric : Metric or None
        What is compared; None if the file holds nothing of the kind.
    tiers : tuple of Tier
        The smaller and the larger one.
    accounts : tuple of int
        Creators of the file in each, with this metric.
    outcome : str
        ``clear``, ``undecided`` or ``not in the file``.
    because : str
        Why: ``clear``, ``claim holds``, ``less than claimed``, ``more than claimed``, ``wide``,
        ``few``, ``zeros``, ``nothing counted``, ``no interval``, ``no creators``, ``selected`` or
        ``lacks``.
    estimate : Estimate or None
        The smaller tier over the larger one; None where there is nothing to divide.
    more : tuple of int or None
        Creators more of each tier that it would take if the difference stays; None if no number of
        them is known to settle it, or more than MOST would.
    currency : str
        Of amounts; empty if there are none.
    """

    question: str
    platform: str
    metric: Metric | None
    tiers: tuple[Tier, Tier]
    accounts: tuple[int, int]
    outcome: str
    because: str
    estimate: Estimate | None = None
    more: tuple[int, int] | None = None
    currency: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``question, platform, outcome, because, estimate, low, high``."""
        values = (math.nan,) * 3
        if self.estimate is not None:
            values = (self.estimate.estimate, self.estimate.low, self.estimate.high)
        row = (self.question, self.platform, self.outcome, self.because, *values)
        columns = ["question", "platform", "outcome", "because", "estimate", "low", "high"]
        return pd.DataFrame([row], columns=columns)


@dataclass(frozen=True, repr=False)
class OwnAnswers(Result):
    """Five answers about one platform.

    Attributes
    ----------
    platform : str
        Of the posts.
    accounts : dict
        Creators by the name of their tier, those in none of them included.
    scheme : TierScheme
        The tiers.
    answers : tuple of OwnAnswer
        One for each of QUESTIONS.
    """

    platform: str
    accounts: dict[str, int]
    scheme: TierScheme
    answers: tuple[OwnAnswer, ...]

    def to_frame(self) -> pd.DataFrame:
        """Give a row per answer; see `OwnAnswer.to_frame`."""
        return pd.concat([answer.to_frame() for answer in self.answers], ignore_index=True)


def own_answers(
    moments: Moments, scheme: TierScheme | None = None, confidence: float = 0.95
) -> tuple[OwnAnswers, ...]:
    """Answer the five questions for each platform of a reader's own posts.

    Parameters
    ----------
    moments : Moments
        Of one platform or several.
    scheme : TierScheme, optional
        The reader's tiers. If not given, those of the yardstick.
    confidence : float
        Of each interval.

    Returns
    -------
    tuple of OwnAnswers
        The platform with most creators in the two tiers first; empty if no post can be used.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.posts(seed=1, accounts=(40, 30))
    >>> (answers,) = own_answers(an.simulate.world("acme", posts))
    >>> [answer.outcome for answer in answers.answers][-1]
    'not in the file'
    """
    several = len(moments.platforms) > 1
    found = [
        _on_platform(part, scheme, confidence, several)
        for part in map(moments.on, moments.platforms)
        if part.metrics
    ]
    return tuple(sorted(found, key=lambda one: -max(sum(a.accounts) for a in one.answers)))


def _on_platform(
    moments: Moments, scheme: TierScheme | None, confidence: float, several: bool
) -> OwnAnswers:
    tiers = scheme or schemes()[YARDSTICK]
    counts = tier_counts(tier(moments.sample(moments.main_metric), tiers))
    held = {row.tier: int(row.accounts) for row in counts.itertuples()}
    pair = _pair(tiers, held)
    platform = moments.source.platform
    answers = (
        _answer(question, moments, tiers, pair, confidence, platform if several else "")
        for question in QUESTIONS
    )
    return OwnAnswers(platform, held, tiers, tuple(answers))


def _pair(scheme: TierScheme, held: dict[str, int]) -> tuple[Tier, Tier]:
    """The two tiers to compare: micro and macro where both have creators, else the two with most;
    where only one has any, the next beside it. Sizes choose, not results.
    """
    named = {one.name: one for one in scheme.tiers}
    if {"micro", "macro"} <= set(named) and (held["micro"] and held["macro"]):
        return named["micro"], named["macro"]
    by_size = sorted(scheme.tiers, key=lambda one: -held[one.name])
    first = by_size[0]
    if not held[by_size[1].name]:
        at = scheme.tiers.index(first)
        beside = at + 1 if at + 1 < len(scheme.tiers) else at - 1
        by_size = [first, scheme.tiers[beside]]
    small, large = sorted(by_size[:2], key=lambda one: one.lower)
    return small, large


def _metric(question: str, moments: Moments) -> Metric | None:
    """The first metric that answers a question, of those that the posts hold."""
    keys = QUESTIONS[question][0]
    return next((METRICS[key] for key in keys if key in moments.metrics), None)


def _answer(
    question: str, moments: Moments, scheme: TierScheme, pair: tuple[Tier, Tier],
    confidence: float, platform: str,
) -> OwnAnswer:  # fmt: skip
    metric, average = _metric(question, moments), QUESTIONS[question][1]
    if metric is None:
        return OwnAnswer(question, platform, None, pair, (0, 0), "not in the file", "lacks")
    sample = tier(moments.sample(metric.key), scheme)
    counts = tier_counts(sample).set_index("tier")["accounts"]
    accounts = (int(counts[pair[0].name]), int(counts[pair[1].name]))
    asked = (question, platform, metric, pair, accounts)
    currency = moments.source.currency
    if not all(accounts):
        more = tuple(max(INDICATIVE - count, 0) for count in accounts)
        return OwnAnswer(*asked, "undecided", "no creators", None, more, currency)
    estimate = contrast(sample, pair[0].name, pair[1].name, average, confidence)
    right = claimed_range(claims()[CLAIM].tests[0]) if question == "claim" else (1.0, math.inf)
    why = _why(question, estimate, accounts, right)
    if moments.source.binding:
        return OwnAnswer(*asked, "undecided", "selected", estimate, None, currency)
    outcome = "clear" if why in CLEAR else "undecided"
    more = None if outcome == "clear" else _more(estimate, accounts, right)
    return OwnAnswer(*asked, outcome, why, estimate, more, currency)


CLEAR = ("clear", "claim holds", "less than claimed", "more than claimed")
"""Reasons why an answer is clear."""


def _why(
    question: str, estimate: Estimate, accounts: tuple[int, int], right: tuple[float, float]
) -> str:
    """Why an answer is clear, or what keeps it undecided."""
    low, high = estimate.low, estimate.high
    if estimate.status == "undefined":
        return "nothing counted"
    if min(accounts) < INDICATIVE:
        return "few"
    if math.isnan(low):
        return "no interval"
    if estimate.status != "ok":
        return "zeros"
    if question != "claim":
        return "clear" if low > 1 or high < 1 else "wide"
    if right[0] < low and high < right[1]:
        return "claim holds"
    if high <= right[0]:
        return "less than claimed"
    return "more than claimed" if low >= right[1] else "wide"


def _more(
    estimate: Estimate, accounts: tuple[int, int], right: tuple[float, float]
) -> tuple[int, int] | None:
    """Creators more of each tier, shared out as in the file; None if too many, or not known."""
    lacking = tuple(max(INDICATIVE - count, 0) for count in accounts)
    needed = accounts_to_decide(estimate, right)
    if needed is None or min(accounts) < PROJECTED:
        return lacking if any(lacking) else None
    total = sum(accounts)
    shares = (math.ceil(needed * count / total) - count for count in accounts)
    more = tuple(max(pair) for pair in zip(shares, lacking, strict=True))
    return None if max(more) > MOST or not any(more) else more
