"""Choices made by hand: one contrast and its verdict, whenever a control of the explorer moves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from analysis.display import Reason, Result, because
from analysis.errors import check_share
from analysis.estimate.averages import AVERAGES
from analysis.estimate.breakdowns import along_followers
from analysis.estimate.contrast import contrast
from analysis.estimate.decision import claimed, claimed_range
from analysis.estimate.multiverse.grid import engagement_rates
from analysis.estimate.results import Estimate
from analysis.estimate.verdict import Verdict
from analysis.moments.bands import band_edges
from analysis.moments.sample import Moments, Sample
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import claims, schemes
from analysis.registers.metrics import METRICS
from analysis.registers.records import Tier, TierScheme

OVERLAP = (
    "micro ends at {ends} followers and macro begins at {begins}: let macro begin where micro ends."
)
"""Why two tiers are refused, here and on the page where their edges can be moved."""


@dataclass(frozen=True, repr=False)
class Explored(Result):
    """The answer to one choice.

    Attributes
    ----------
    estimate : Estimate
        The contrast of micro with macro.
    verdict : Verdict
        Of the chosen claim, judged by these tiers.
    claimed : tuple of float
        The range that counts as the claim being right.
    curve : pandas.DataFrame
        The same average, follower band after follower band; the same object for the same source,
        metric, average and posts.
    """

    estimate: Estimate
    verdict: Verdict
    claimed: tuple[float, float]
    curve: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give the columns of the estimate, and ``claim, outcome, because``."""
        verdict = self.verdict.to_frame()[["claim", "outcome", "because"]]
        return pd.concat([self.estimate.to_frame(), verdict], axis=1)


class Choices:
    """What can be chosen, and the answer to each choice.

    Parameters
    ----------
    sources : mapping of str to Moments
        Loaded sources, by key.
    confidence : float
        Of every interval.

    Attributes
    ----------
    schemes : dict of str to TierScheme
        Those with tiers called micro and macro.
    metrics : dict of str to str
        Titles, by key.
    averages : tuple of str
        All.
    claims : dict of str to str
        The claims that compare micro with macro in an engagement rate: what each claims, by key.
    edges : tuple of float
        Followers at which a tier may begin or end: those of the shipped cells.

    Examples
    --------
    >>> import analysis as an
    >>> from analysis.estimate.explored import Choices
    >>> choices = Choices(an.load_all("instagram-kim"))
    >>> choice = {"source": "instagram-kim", "metric": "engagement_per_follower"}
    >>> choice |= {"average": "typical account", "posts": ("all", "all"), "claim": "D06"}
    >>> explored = choices.answer(**choice, micro=(1e3, 5e3), macro=(1e4, 25e3))
    >>> round(float(explored.estimate.estimate), 2), explored.verdict.outcome
    (1.38, 'contradicted')
    """

    def __init__(self, sources: Mapping[str, Moments], confidence: float = 0.95):
        check_share("confidence", confidence)
        self.sources, self.confidence = dict(sources), confidence
        both = {"micro", "macro"}
        self.schemes = {key: one for key, one in schemes().items() if both <= set(one.names)}
        self.metrics = {key: metric.title for key, metric in METRICS.items()}
        self.averages = tuple(AVERAGES)
        compared = {key: (claim, comparisons(claim)) for key, claim in claims().items()}
        self.tests = {key: (claim, tests[0]) for key, (claim, tests) in compared.items() if tests}
        self.claims = {key: f"{key}: {claimed(test)}" for key, (_, test) in self.tests.items()}
        self.edges = tuple(float(edge) for edge in band_edges(schemes()))
        self._sample, self._curve = lru_cache(64)(self._take), lru_cache(256)(self._along)

    def answer(
        self,
        source: str,
        metric: str,
        average: str,
        posts: tuple[str, str],
        micro: tuple[float, float],
        macro: tuple[float, float],
        claim: str,
    ) -> Explored:
        """Estimate and judge one choice.

        Parameters
        ----------
        source, metric, average, claim : str
            Keys of what is offered.
        posts : tuple of str
            A stratum and one of its levels; ``("all", "all")`` for all posts.
        micro, macro : tuple of float
            Edges of the two tiers [followers], the upper one possibly infinite.

        Raises
        ------
        ValueError
            If the tiers overlap or are empty, or the source has no such posts.
        """
        tiered = self._sample(source, metric, posts).tier(two_tiers(micro, macro))
        estimate = contrast(tiered, "micro", "macro", average, self.confidence)
        about, test = self.tests[claim]
        verdict = about.judge(estimate, test, source, "yours")
        if why := beside_the_claim(self.sources[source], metric, about):
            verdict = replace(verdict, outcome="untestable", reason=why)
        curve = self._curve(source, metric, posts, average)
        return Explored(estimate, verdict, claimed_range(test), curve)

    def _take(self, source: str, metric: str, posts: tuple[str, str]) -> Sample:
        return self.sources[source].sample(metric, *posts)

    def _along(
        self, source: str, metric: str, posts: tuple[str, str], average: str
    ) -> pd.DataFrame:
        curve = along_followers(self._sample(source, metric, posts), average, self.confidence)
        return curve.to_frame()


def beside_the_claim(moments: Moments, metric: str, claim: Claim) -> Reason | None:
    """Give the reason why a metric of a source does not answer a claim; None if it does.

    Examples
    --------
    >>> import analysis as an
    >>> why = beside_the_claim(an.load("tiktok-tides"), "likes_per_follower", an.claim("A12"))
    >>> str(why)
    'Not answerable here: the claim is about instagram.'
    """
    source = moments.source
    if not source.evidence:
        return because("control", source=source.short, selection=source.selection)
    if claim.platforms and source.platform not in claim.platforms:
        return because("other_platforms", platforms=claim.platforms)
    if metric not in engagement_rates([moments]):
        return because("other_metric", metric=METRICS[metric].title)
    return None


def comparisons(claim: Claim) -> tuple[Test, ...]:
    """Give the tests of a claim that compare micro with macro in the engagement rate of all posts.

    Examples
    --------
    >>> import analysis as an
    >>> [test.relation for test in comparisons(an.claim("D06"))]
    ['equals', 'at_most']
    """
    wanted = ("contrast", "micro", "macro", "engagement", "")

    def asks(test: Test) -> tuple[str, ...]:
        return test.estimator, test.of, test.versus, test.metric, test.stratum

    return tuple(test for test in claim.tests if asks(test) == wanted)


def two_tiers(micro: tuple[float, float], macro: tuple[float, float]) -> TierScheme:
    """Make a scheme of two tiers of one's own.

    Parameters
    ----------
    micro, macro : tuple of float
        Edges [followers], the upper one possibly infinite.

    Raises
    ------
    ValueError
        If the two overlap, or one is empty.

    Examples
    --------
    >>> two_tiers((1e3, 1e4), (1e5, float("inf"))).tiers[1].upper is None
    True
    """
    for name, (low, high) in (("micro", micro), ("macro", macro)):
        if low >= high:
            at = f"{low:,.0f} followers"
            raise ValueError(f"{name} would begin and end at {at}: move one of its ends.")
    if micro[1] > macro[0]:
        ends, begins = (f"{edge:,.0f}" for edge in (micro[1], macro[0]))
        raise ValueError(OVERLAP.format(ends=ends, begins=begins))
    tiers = tuple(
        Tier(name=name, lower=int(low), upper=None if np.isinf(high) else int(high))
        for name, (low, high) in (("micro", micro), ("macro", macro))
    )
    names = {"key": "yours", "title": "Your own tiers", "short": "yours", "cite": "your own"}
    return TierScheme(**names, published=False, tiers=tiers)
