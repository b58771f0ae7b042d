"""A claim under every specification, with what a reader asks of the whole list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis.display import Result
from analysis.estimate.multiverse.estimates import estimate_specifications
from analysis.estimate.multiverse.holdout import Confirmation, confirm, halves
from analysis.estimate.multiverse.simultaneous import joint_intervals
from analysis.estimate.multiverse.specification_curve import rows_of
from analysis.moments.sample import Moments
from analysis.registers.claims import Claim, Test
from analysis.registers.records import TierScheme
from analysis.simulate import worlds

BY_CHOICE = {
    "source": "source", "scheme": "scheme", "average": "average", "metric": "metric",
    "posts": "kind",
}  # fmt: skip
"""Columns of a claim's curve by what is chosen."""


@dataclass(frozen=True, repr=False)
class ClaimCurve(Result):
    """Every specification of the first test of a claim.

    Attributes
    ----------
    claim : Claim
        What was said.
    frame : pandas.DataFrame
        Judged specifications, with ``joint_low, joint_high, family`` of `joint_intervals` and
        ``kind``: ``all posts`` or what posts are chosen by.
    """

    claim: Claim
    frame: pd.DataFrame

    @property
    def known(self) -> pd.DataFrame:
        """Those with an outcome."""
        return self.frame[self.frame["outcome"] != "untestable"]

    @property
    def decided(self) -> pd.DataFrame:
        """Those with an interval and enough accounts to decide."""
        return self.frame[self.frame["status"] == "ok"]

    @property
    def test(self) -> Test:
        """What is asked."""
        return self.claim.tests[0]

    def to_frame(self) -> pd.DataFrame:
        """Give the specifications."""
        return self.frame

    def touching(self) -> tuple[int, int]:
        """Count the intervals that touch the claimed range: one at a time, and those that hold
        together.
        """
        (low, high), decided = self.test.claimed_range(), self.decided
        counts = []
        for kind in ("", "joint_"):
            inside = (decided[f"{kind}low"] < high) & (decided[f"{kind}high"] > low)
            counts.append(int(inside.sum()))
        return counts[0], counts[1]

    def middles(self, choice: str) -> pd.DataFrame:
        """Give the ``median ratio`` under each option of a choice, smallest first."""
        column = BY_CHOICE[choice]
        middle = self.decided.groupby(column)["estimate"].median().sort_values()
        return middle.rename("median ratio").reset_index()


def asked_of(claims: Iterable[Claim]) -> list[tuple[Claim, Test]]:
    """List what claims ask of specifications: tests that differ only in their posts are the same.

    Examples
    --------
    >>> import analysis as an
    >>> len(asked_of([an.claim("D06")]))
    2
    """
    tests = [(claim, test) for claim in claims for test in reversed(claim.own_tests)]
    return list(
        {(claim.key, test.versus, test.relation): (claim, test) for claim, test in tests}.values()
    )


def claim_curve(
    judged: pd.DataFrame,
    claim: Claim,
    sources: Iterable[Moments],
    schemes: Iterable[TierScheme | str],
    confidence: float = 0.95,
    draws: int = 1000,
    seed: int = 1,
) -> ClaimCurve:
    """Choose the specifications of a claim's first test, with intervals that hold together.

    Parameters
    ----------
    judged : pandas.DataFrame or SpecificationCurve
        From `judge_specifications`.
    claim : Claim
        One of those that were asked.
    sources, schemes, confidence, draws, seed
        As in `joint_intervals`.
    """
    frame = rows_of(judged)
    chosen = frame[(frame["claim"] == claim.key) & (frame["test"] == 1)].reset_index(drop=True)
    wide = joint_intervals(chosen, sources, schemes, confidence, draws, seed)
    curve = pd.concat([chosen, wide], axis=1)
    kind = curve["posts"].str.split(": ").str[0].replace({"all": "all posts"})
    return ClaimCurve(claim, curve.assign(kind=kind))


def asked_questions(judged: pd.DataFrame, claims: Mapping[str, Claim]) -> pd.DataFrame:
    """List the questions that were put, with what the claim says and the margin of its test.

    Returns
    -------
    pandas.DataFrame
        ``question, says, margin``, a row for each.
    """
    questions = judged.drop_duplicates("question")[["claim", "test", "question"]]
    rows = []
    for one in questions.itertuples():
        factor = claims[one.claim].tests[one.test - 1].margin
        margin = f"factor {factor:g}" if factor > 1 else "none"
        rows.append((one.question, claims[one.claim].paraphrase, margin))
    return pd.DataFrame(rows, columns=["question", "says", "margin"])


def picked_elsewhere(judged: pd.DataFrame, sources: Mapping[str, Moments]) -> Confirmation:
    """Pick the largest ratio of each source among all posts and its own rate, and look the same
    choices up in the other sources.

    Parameters
    ----------
    judged : pandas.DataFrame
        Specifications of one test.
    sources : mapping of Moments
        By key.
    """
    rate = {key: moments.source.engagement for key, moments in sources.items()}
    plain = judged[(judged["status"] == "ok") & (judged["metric"] == judged["source"].map(rate))]
    everyone = plain[plain["posts"] == "all"]
    picked = everyone.loc[everyone.groupby("source")["estimate"].idxmax()]
    same = ("scheme", "average", "posts", "of", "versus")
    found = confirm(picked, plain, same).to_frame()
    elsewhere = found["source"] != found["source_elsewhere"]
    return Confirmation(found[elsewhere & found["estimate_elsewhere"].notna()])


def picked_in_halves(
    listed: pd.DataFrame,
    moments: Moments,
    schemes: Iterable[TierScheme | str],
    confidence: float = 0.95,
    seed: int = 1,
    most: int = 3,
) -> Confirmation:
    """Pick the largest ratios in half of the accounts, and look them up in the other half.

    Parameters
    ----------
    listed : pandas.DataFrame
        Specifications.
    moments : Moments
        At the resolution of accounts.
    schemes, confidence
        As in `estimate_specifications`.
    seed : int
        Of the split.
    most : int
        How many are picked.
    """
    parts = halves(moments, seed)
    if any(half.table.empty for half in parts):  # a single account has no other half
        whole = estimate_specifications(listed, [moments], schemes, confidence)
        first = second = whole.iloc[:0]
    else:
        first, second = (
            estimate_specifications(listed, [half], schemes, confidence) for half in parts
        )
    picked = first[first["status"] == "ok"].nlargest(most, "estimate")
    found = confirm(picked, second).to_frame()
    return Confirmation(found.assign(world=moments.source.short))


def with_accounts(sources: Iterable[Moments], ratio: float, seed: int = 1) -> list[Moments]:
    """Give the sources that hold single accounts; without any, two SIMULATED worlds: one in which
    followers bear no relation to engagement, one in which micro has a given ratio to macro.

    Examples
    --------
    >>> import analysis as an
    >>> [one.source.short for one in with_accounts([an.load("instagram-kim")], 1.6)]
    ['SIMULATED: no relation', 'SIMULATED: claimed ratio']
    """
    held = [moments for moments in sources if moments.resolution == "accounts"]
    truths = {"no relation": 1.0, "claimed ratio": ratio}
    return held or [
        worlds.world(name, worlds.posts(seed, ratio=truth)) for name, truth in truths.items()
    ]
