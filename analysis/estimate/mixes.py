"""Bounds of a contrast over every mix of the levels of a stratum, where whoever drew the sample
chose how many accounts of each level to take, so that their mix is not that of the platform.

It is the one way of selection that the registers state and that can be bounded: the shares of the
levels are left open, and within a level accounts are taken for those of the platform.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from analysis.display import Reason, Result, because, namespace_of, verb
from analysis.estimate.decision import outcomes_of
from analysis.estimate.questions import Question, questions
from analysis.estimate.tier_averages import (
    Averaged,
    average_tiers,
    difference,
    log_interval,
    status_of,
)
from analysis.estimate.verdict import Verdict
from analysis.moments.cells import MERGED
from analysis.moments.sample import Moments, Sample
from analysis.registers.claims import Claim, Test


@dataclass(frozen=True)
class Bound:
    """What a ratio is at least and at most, over all mixes that are allowed.

    Attributes
    ----------
    least, most : float
        The smallest and the largest ratio that a mix gives.
    low, high : float
        Their outer confidence ends: the ratio of any mix lies between them at the confidence that
        was asked for.
    """

    least: float
    most: float
    low: float
    high: float

    def outcome(self, test: Test) -> str:
        """Judge the bound by a test, as an interval is judged."""
        return str(outcomes_of(test, self.low, self.high, "ok"))


@dataclass(frozen=True, repr=False)
class MixBounds(Result):
    """What the mix of the accounts of one source does to its answer to a claim.

    Attributes
    ----------
    whole : Verdict
        On the accounts as they were drawn.
    test : Test
        That was asked.
    stratum, how : str
        Whose mix was chosen, and how; empty if there is no bound.
    levels : int
        Of the stratum.
    shared, free : Bound or None
        Over all mixes that both tiers share, and over all pairs of mixes.
    left_out : int
        Accounts of both tiers whose level is not published.
    why : Reason or None
        Why there is no bound.
    """

    whole: Verdict
    test: Test
    stratum: str = ""
    how: str = ""
    levels: int = 0
    shared: Bound | None = None
    free: Bound | None = None
    left_out: int = 0
    why: Reason | None = None


@dataclass(frozen=True, repr=False)
class Mixes(Result):
    """What the mix of accounts does to a claim, by source.

    Attributes
    ----------
    claim : str
        Key of the claim.
    of_sources : tuple of MixBounds
        One for each source that answers the first test of the claim by a ratio of tiers.
    """

    claim: str
    of_sources: tuple[MixBounds, ...]


def over_mixes(
    samples: Iterable[Sample], of: str = "micro", versus: str = "macro", confidence: float = 0.95
) -> tuple[Bound, Bound] | None:
    """Bound the ratio of typical accounts over every mix of some levels.

    The log of the ratio is a mean of the contrasts of the levels if both tiers share their mix, and
    a difference of two means of levels if they do not, so that it lies between the smallest and the
    largest of these (Manski 2003). The interval reaches from the lowest lower end of their
    intervals to the highest upper end: the one of the smallest contrast covers it already, so that
    none has to be widened for their number.

    Parameters
    ----------
    samples : iterable of Sample
        With tiers, one for each level: all levels there are.
    of, versus : str
        Tiers.
    confidence : float
        Of the interval.

    Returns
    -------
    tuple of Bound or None
        Over mixes that both tiers share, and over all pairs of mixes; None if a level has too few
        accounts of a tier.

    Examples
    --------
    >>> import analysis as an
    >>> sampled = an.load("tiktok-tides").strata("engagement", "continent").tier("decades")
    >>> levels = [level for level in sampled if level.level != "(merged)"]
    >>> shared, free = over_mixes(levels)
    >>> round(shared.least, 2), round(shared.most, 2), free.least < shared.least
    (1.57, 2.88, True)
    """
    held = [average_tiers(sample, (of, versus), "typical account") for sample in samples]
    averages = [(tiers[of], tiers[versus]) for tiers in held]
    if not averages or any(status_of(*pair) != "ok" for pair in averages):
        return None
    first, second = zip(*averages, strict=True)
    return _bound(averages, confidence), _bound(product(first, second), confidence)


def _bound(pairs: Iterable[tuple[Averaged, Averaged]], confidence: float) -> Bound:
    logs = [difference(first.average, second.average) for first, second in pairs]
    ratios = np.exp([one.log for one in logs])
    ends = np.array([log_interval(one.log, one.variance, one.df, confidence) for one in logs])
    values = (ratios.min(), ratios.max(), ends[:, 0].min(), ends[:, 1].max())
    return Bound(*map(float, values))


@verb(Claim)
def over_all_mixes(claim: Claim, sources: Mapping[str, Moments], confidence: float = 0.95) -> Mixes:
    """Bound the answer to the first test of a claim over the mixes of each source whose accounts
    were drawn in chosen numbers, and say of every other source why there is no bound.

    Parameters
    ----------
    claim : Claim
        Under its own tiers.
    sources : mapping of Moments
        By key.
    confidence : float
        Of the intervals.

    Examples
    --------
    >>> import analysis as an
    >>> tides, datares = an.claim("C08").over_all_mixes(
    ...     an.load_all("tiktok-tides") | an.load_all("tiktok-datares")
    ... ).of_sources
    >>> round(tides.shared.least, 2), tides.shared.outcome(tides.test), datares.shared
    (1.75, 'supported', None)
    """
    asked = [one for one in questions([claim], sources.values(), confidence) if one.number == 1]
    asked = [one for one in asked if _is_ratio(one)]
    return Mixes(claim.key, tuple(_of_source(one, confidence) for one in asked))


def _is_ratio(question: Question) -> bool:
    test, own = question.test, question.claim.scheme
    plain = test.estimator == "contrast" and test.average == "typical account"
    tiers = question.scheme.names if question.scheme and question.scheme.key == own else ()
    return plain and not test.stratum and {test.of, test.versus} <= set(tiers)


def _of_source(question: Question, confidence: float) -> MixBounds:
    moments, test = question.moments, question.test
    source, known = moments.source, (question.whole, test)
    if not source.mixed_by:
        return MixBounds(*known, why=because("no_mix", text=source.no_bound))
    named = [name for name in moments.levels(source.mixed_by) if name not in (MERGED, "unknown")]
    levels = [moments.sample(test.metric, source.mixed_by, name) for name in named]
    levels = [level.tier(question.scheme) for level in levels]
    bounds = over_mixes(levels, test.of, test.versus, confidence)
    if bounds is None:
        return MixBounds(*known, why=because("thin_levels", stratum=source.mixed_by))
    inside = sum(_accounts(level, test) for level in levels)
    whole = moments.sample(test.metric).tier(question.scheme)
    left_out = max(_accounts(whole, test) - inside, 0)
    return MixBounds(*known, source.mixed_by, source.mix_note, len(levels), *bounds, left_out)


def _accounts(sample: Sample, test: Test) -> int:
    rows = sample.rows[sample.rows["tier"].isin([test.of, test.versus])]
    return int(rows["accounts"].sum())


__getattr__, __dir__ = namespace_of(globals())
