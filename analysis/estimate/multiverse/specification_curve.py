"""A claim under every specification: what its test asks, had its choices been others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import FrameResult, because
from analysis.estimate.decision import number_of, outcomes_of
from analysis.estimate.multiverse.estimates import estimate_specifications
from analysis.estimate.multiverse.grid import AXES, specifications
from analysis.estimate.registry import is_level
from analysis.estimate.verdict import OUTCOMES
from analysis.moments.batch import ALL, posts_named
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import as_schemes
from analysis.registers.records import TierScheme


@dataclass(frozen=True, repr=False)
class SpecificationCurve(FrameResult):
    """Specifications, estimated, and judged by one or more tests of claims.

    Attributes
    ----------
    frame : pandas.DataFrame
        AXES, ``platform, numerator, denominator``, ``registered`` (whether the choices are those
        registered with the claim), the columns of estimates, ``claim``, ``test`` (its number among
        the claim's tests, from 1), ``question`` (both, as a formula) and ``outcome``; a row per
        test and specification.

    Examples
    --------
    >>> import analysis as an
    >>> claim, tiers = an.claim("D06"), [an.scheme("harvard-media")]
    >>> asked = [(claim, claim.tests[0])]
    >>> judged = an.multiverse.judge_specifications(asked, [an.load("instagram-kim")], tiers)
    >>> judged.counts()[["question", "contradicted"]].to_dict("records")
    [{'question': 'D06: micro / macro ≈ 1.6', 'contradicted': 58}]
    """

    def __post_init__(self) -> None:
        rows_of(self.frame)

    def about(self, claim: str, test: int = 1) -> "SpecificationCurve":
        """Keep the specifications of one test of one claim.

        Raises
        ------
        ValueError
            If that test was not asked.

        Examples
        --------
        >>> import analysis as an
        >>> claim, tiers = an.claim("D06"), [an.scheme("harvard-media")]
        >>> asked = [(claim, claim.tests[0])]
        >>> judged = an.multiverse.judge_specifications(asked, [an.load("instagram-kim")], tiers)
        >>> judged.about("D06", 2)
        Traceback (most recent call last):
        ValueError: test 2 of claim 'D06' was not asked. Asked: D06: micro / macro ≈ 1.6.
        """
        chosen = (self.frame["claim"] == claim) & (self.frame["test"] == test)
        if len(self.frame) and not chosen.any():
            asked = ", ".join(self.frame["question"].unique())
            raise ValueError(f"test {test} of claim '{claim}' was not asked. Asked: {asked}.")
        return SpecificationCurve(self.frame[chosen].reset_index(drop=True))

    def counts(self) -> pd.DataFrame:
        """Count outcomes: ``claim, test, question``, then a column for each outcome that occurs."""
        keys = [self.frame[name] for name in ("claim", "test", "question")]
        counted = pd.crosstab(keys, self.frame["outcome"])
        order = [outcome for outcome in OUTCOMES if outcome in counted]
        return counted[order].reset_index().rename_axis(columns=None)


def rows_of(judged: SpecificationCurve | pd.DataFrame) -> pd.DataFrame:
    """Give the rows of what has been judged; some of its rows may be given as a frame."""
    frame = judged.to_frame() if isinstance(judged, SpecificationCurve) else judged
    if not {"claim", "test", "question", "outcome"} <= set(frame):
        raise ValueError(
            "These specifications have no outcomes yet: `judge_specifications` puts claims to them."
        )
    return frame


def claim_specifications(
    claim: Claim, test: Test, sources: Iterable[Moments], schemes: Iterable[TierScheme | str]
) -> pd.DataFrame:
    """List every way of asking what a test of a claim asks, had its choices been others;
    ``registered`` says whether they are those registered with the claim.

    The claim's relation, value, margin and names of tiers stay; sources on platforms that the claim
    does not name are left out. A test must ask for a ratio or a level of tiers: others have no
    average or tiers to choose.
    """
    if test.estimator != "contrast":
        raise ValueError(
            f"claim {claim.key} asks for the estimator '{test.estimator}', which leaves neither "
            "tiers nor averages to choose. Specifications are made of tests with the estimator "
            "'contrast'."
        )
    if claim.platforms:
        sources = [one for one in sources if one.source.platform in claim.platforms]
    sources = list(sources)
    frame = specifications(sources, schemes, of=test.of, versus=test.versus)
    metric = {moments.source.key: moments.key_of(test.metric) for moments in sources}
    posts = posts_named(test.stratum, test.level) if test.stratum else ALL
    registered = (frame["scheme"] == claim.scheme) & (frame["average"] == test.average)
    registered &= (frame["posts"] == posts) & (frame["metric"] == frame["source"].map(metric))
    return frame.assign(registered=registered)


def judge_specifications(
    asked: Iterable[tuple[Claim, Test]],
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    confidence: float = 0.95,
) -> SpecificationCurve:
    """Estimate and judge tests of claims under every specification.

    Parameters
    ----------
    asked : iterable of (Claim, Test)
        What is asked; what several tests ask of the data is estimated once.
    sources, schemes : iterable
        See `specifications`.
    confidence : float
        Of each interval.

    Returns
    -------
    SpecificationCurve
        A control, selected on the outcome or simulated, decides nothing: its outcome is
        ``untestable``. So is that of a level in another metric than the test's, or of a source
        whose levels cannot be compared with figures from elsewhere. A file of your own that looks
        selected decides nothing either: ``undecided``.

    Examples
    --------
    >>> import analysis as an
    >>> claim, tiers = an.claim("D06"), [an.scheme("harvard-media")]
    >>> asked = [(claim, claim.tests[0])]
    >>> judged = an.multiverse.judge_specifications(asked, [an.load("instagram-kim")], tiers)
    >>> judged.to_frame()["outcome"].value_counts().to_dict()
    {'undecided': 97, 'contradicted': 58, 'untestable': 34, 'supported': 6}
    """
    asked, schemes = _pairs(asked), as_schemes(schemes)
    sources = _moments(sources)
    frames = [claim_specifications(claim, test, sources, schemes) for claim, test in asked]
    together = pd.concat(frames).drop(columns="registered").drop_duplicates(list(AXES))
    estimated = estimate_specifications(together, sources, schemes, confidence)
    estimated = estimated.drop(columns=["platform", "numerator", "denominator"])
    parts = []
    for frame, (claim, test) in zip(frames, asked, strict=True):
        part = frame.merge(estimated, on=list(AXES), how="left")
        outcomes = outcomes_of(test, part["low"], part["high"], part["status"])
        outcomes = np.where(_asked(test, part, sources), outcomes, "untestable")
        keys = {"claim": claim.key, "test": number_of(claim, test)}
        parts.append(part.assign(**keys, question=_question(claim, test), outcome=outcomes))
    judged = pd.concat(parts, ignore_index=True)
    controls = {moments.source.key for moments in sources if not moments.source.evidence}
    outcome = judged["outcome"].mask(judged["source"].isin(controls), "untestable")
    # signs of selection leave open what an interval would decide
    selected = {moments.source.key for moments in sources if moments.source.binding}
    open_ = judged["source"].isin(selected) & (outcome != "untestable")
    outcome = outcome.mask(open_, "undecided")
    return SpecificationCurve(judged.assign(outcome=outcome))


def _asked(test: Test, part: pd.DataFrame, sources: list[Moments]) -> pd.Series | bool:
    """Which specifications a test can be asked of: a level has its numerator and denominator."""
    if not is_level(test):
        return True
    comparable = [moments.source.key for moments in sources if moments.source.levels]
    return (part["metric"] == test.metric) & part["source"].isin(comparable)


def _pairs(asked: Iterable[tuple[Claim, Test]]) -> list[tuple[Claim, Test]]:
    pairs = [] if isinstance(asked, str | Claim | Test) else list(asked)
    pairs = [tuple(pair) if isinstance(pair, list | tuple) else () for pair in pairs]
    kinds = [tuple(map(type, pair)) for pair in pairs]
    if not pairs or any(kind != (Claim, Test) for kind in kinds):
        raise TypeError(
            "asked: pairs of a claim and one of its tests are needed, such as "
            f"[(claim, claim.tests[0])], not a {type(asked).__name__}."
        )
    return pairs


def _moments(sources: Iterable[Moments] | Mapping[str, Moments]) -> list[Moments]:
    sources = sources.values() if isinstance(sources, Mapping) else sources
    listed = [] if isinstance(sources, str) else list(sources)
    if not listed or not all(isinstance(one, Moments) for one in listed):
        raise TypeError(
            "sources: Moments are needed, such as an.load_all('open') or [an.load('instagram-kim')]"
            f", not a {type(sources).__name__}."
        )
    return listed


def _question(claim: Claim, test: Test) -> str:
    """What a test asks, as a formula."""
    facts = {"of": test.of, "versus": test.versus, "relation": test.relation, "value": test.value}
    return str(because("question", claim=claim.key, **facts))
