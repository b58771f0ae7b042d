"""What a source can answer: accounts in each tier, and what each claim still lacks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pandas as pd

from analysis.display import Reason, Result, because
from analysis.errors import RegisterError
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import EVERY_OTHER
from analysis.estimate.decision import claimed_range
from analysis.estimate.observe import holds, observe, posts_of
from analysis.estimate.power import accounts_to_decide
from analysis.estimate.registry import estimator_of
from analysis.estimate.tiers import tier_counts
from analysis.moments.levels import by_level
from analysis.moments.sample import Moments, Sample
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import claims, schemes
from analysis.registers.metrics import METRICS
from analysis.registers.records import TierScheme

ALL = "of any size"
"""Stands for a tier where a test asks for none."""


@dataclass(frozen=True, repr=False)
class Readiness(Result):
    """What a source has, and lacks, for one test of a claim.

    Attributes
    ----------
    claim : Claim
    number : int
        Of the test among those of its claim, from 1.
    test : Test
    scheme : TierScheme or None
        The claim's own, if the test is about tiers.
    accounts : dict
        Accounts that the source holds, by tier; empty if it does not hold the metric.
    to_decide : int or None
        Accounts in all, shared out as here, for INDICATIVE in each tier and for the interval to lie
        on one side of the claimed range if the estimate stays; None where that cannot be computed.
    lacks : tuple of Reason
        What is missing for an estimate that may decide; empty if nothing is.
    """

    claim: Claim
    number: int
    test: Test
    scheme: TierScheme | None
    accounts: dict[str, int] = field(default_factory=dict)
    to_decide: int | None = None
    lacks: tuple[Reason, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``claim, test, scheme, accounts, to_decide, lacks``."""
        scheme = self.scheme.key if self.scheme else ""
        lacks = ", ".join(map(str, self.lacks))
        row = (self.claim.key, self.number, scheme, self.accounts, self.to_decide, lacks)
        columns = ["claim", "test", "scheme", "accounts", "to_decide", "lacks"]
        return pd.DataFrame([row], columns=columns)


def accounts_by_tier(moments: Moments) -> dict[str, dict[str, int]]:
    """Count the accounts of a source in each tier, by the key of every scheme that a claim uses.

    Examples
    --------
    >>> import analysis as an
    >>> accounts_by_tier(an.load("instagram-kim"))["harvard-media"]["micro"]
    5520
    """
    used = {claim.scheme for claim in claims().values() if claim.tests}
    sample = moments.sample(moments.main_metric)
    return {key: _accounts(sample, scheme) for key, scheme in schemes().items() if key in used}


def _accounts(sample: Sample, scheme: TierScheme) -> dict[str, int]:
    counts = tier_counts(sample.tier(scheme))
    return {row.tier: int(row.accounts) for row in counts.itertuples()}


def readiness(moments: Moments) -> Iterator[Readiness]:
    """What a source has, and lacks, for every test of every claim about its platform.

    Parameters
    ----------
    moments : Moments
        Of one platform.

    Yields
    ------
    Readiness
        In the order of the register; a test about tiers is left out if its claim names none.

    Examples
    --------
    >>> import analysis as an
    >>> ready = {one.claim.key: one for one in readiness(an.load("youtube-fr-science"))}
    >>> ready["A14"].accounts
    {}
    """
    for claim in claims().values():
        if claim.platforms and moments.source.platform not in claim.platforms:
            continue
        for number, test in enumerate(claim.tests, 1):
            if test.proxy:  # which is not what the claim is about
                continue
            tiered = estimator_of(test).tiered
            if claim.scheme or not tiered:
                scheme = schemes()[claim.scheme] if tiered else None
                yield _readiness(claim, number, test, scheme, moments)


def _readiness(
    claim: Claim, number: int, test: Test, scheme: TierScheme | None, moments: Moments
) -> Readiness:
    asked = (claim, number, test, scheme)
    if not holds(test, moments):
        metric = METRICS[test.metric].title if test.metric in METRICS else "an engagement rate"
        why = because("file_lacks", metric=metric, posts=posts_of(test))
        if estimator_of(test).follows:
            why = because("file_follows_nobody", metric=metric)
        elif estimator_of(test).within and moments.key_of(test.metric) in moments.metrics:
            why = because("file_names_no_levels", stratum=test.stratum)
        return Readiness(*asked, lacks=(why,))
    accounts = _in_tiers(test, _asked(test, moments), scheme)
    few = {name: INDICATIVE - count for name, count in accounts.items() if count < INDICATIVE}
    lacks = tuple(because("more_accounts", tier=name, accounts=n) for name, n in few.items())
    if estimator_of(test).within:
        found = observe(test, moments, scheme).reasons
        lacks += tuple(one for one in found if one.key in ("few_levels", "no_level_shared"))
    if moments.source.binding:
        lacks = (because("a_file_that_does_not_look_selected"), *lacks)
    to_decide = None
    if test.estimator == "contrast":  # others have no interval on logs, on which the number rests
        try:
            estimate = observe(test, moments, scheme)
            to_decide = accounts_to_decide(estimate, claimed_range(test))
            if to_decide:  # a narrow interval decides nothing while a tier has too few accounts
                to_decide = max(to_decide, _enough(accounts)) if all(accounts.values()) else None
        except (RegisterError, ValueError) as fault:
            lacks = lacks or (because("written", text=str(fault)),)
    return Readiness(*asked, accounts, to_decide, lacks)


def _asked(test: Test, moments: Moments) -> Sample:
    """The accounts that a test asks for, each once."""
    if not estimator_of(test).within:
        stratum = {"stratum": test.stratum, "level": test.level} if test.stratum else {}
        return moments.sample(test.metric, **stratum)
    named = by_level(moments, test.metric, test.stratum).sample
    once = ["account"] if "account" in named.rows else None
    return replace(named, rows=named.rows.drop_duplicates(once))


def _enough(accounts: dict[str, int]) -> int:
    """Accounts in all, shared out as here, with INDICATIVE in each tier."""
    return math.ceil(INDICATIVE * sum(accounts.values()) / min(accounts.values()))


def _in_tiers(test: Test, sample: Sample, scheme: TierScheme | None) -> dict[str, int]:
    """Accounts in each tier that a test asks for, or of all sizes if it asks for none."""
    if scheme is None:
        return {ALL: sample.accounts}
    counts = _accounts(sample, scheme)
    names = scheme.names if test.versus == EVERY_OTHER else filter(None, (test.of, test.versus))
    return {name: counts.get(name, 0) for name in names}
