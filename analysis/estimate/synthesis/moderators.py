"""Does a ratio of tiers depend on the niche? The ratio in each level of a stratum, how the levels
differ, and the ratio with the same mixture of levels in both tiers.

Tiers can differ because their accounts are of other niches. `standardised` gives both tiers the
same mixture of levels; `moderated` asks whether the ratio is the same in all of them. Levels are
samples: the levels of one stratum of a source, or platforms. Neither shows that a niche is a cause.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from analysis.display import Reason, Result, because, verb
from analysis.estimate.contrast import contrast, ratio
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.results import Context, Estimate, Estimates, Family
from analysis.estimate.synthesis.random_effects import between_studies, share_between, weighted
from analysis.estimate.tier_averages import (
    Averaged,
    average_tiers,
    context_of,
    difference,
    log_interval,
)
from analysis.estimate.tiers import check_tiers
from analysis.moments.cells import MERGED
from analysis.moments.sample import Sample
from analysis.moments.samples import Samples

OF_POSTS = ("sponsored", "age")
"""Strata that part posts: one account can stand in several levels. Others part accounts, and their
levels are independent.
"""

MIXED = ("typical account", "mean of accounts")
"""Averages that weigh accounts alike, and so follow from those of levels by shares of accounts."""

MIXTURES = ("crude", "standardised")
"""Ratios of accounts as they are, and with the same mixture of levels in both tiers."""


class Level(NamedTuple):
    """A level in which the tiers can be compared."""

    sample: Sample
    of: Averaged
    versus: Averaged
    ratio: Estimate


@dataclass(frozen=True, repr=False)
class Moderated(Result):
    """How a ratio of tiers differs between levels.

    Attributes
    ----------
    ratios : Estimates
        The ratio in each level that can be compared, with the column ``level``.
    q, df, p : float
        Cochran's Q of the log ratios, its degrees of freedom, and p that all levels have one ratio.
    i2, tau : float
        Share of the variance of log ratios between levels [percent], and their standard deviation
        between levels, by REML.
    left_out : pandas.DataFrame
        ``level, reason, accounts``.
    reasons : tuple of Reason
        How it was computed, or what is missing.
    status : str
        ``ok``, or ``undefined`` with fewer than two levels.
    """

    ratios: Estimates
    q: float
    df: int
    p: float
    i2: float
    tau: float
    left_out: pd.DataFrame
    reasons: tuple[Reason, ...]
    status: str

    @property
    def method(self) -> str:
        """How it was computed, or what is missing."""
        return "; ".join(str(reason) for reason in self.reasons)

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``levels`` (how many), ``Q, df, p, I2 (%), tau, method``."""
        numbers = {"Q": self.q, "df": self.df, "p": self.p, "I2 (%)": self.i2, "tau": self.tau}
        return pd.DataFrame([{"levels": len(self.ratios), **numbers, "method": self.method}])


@dataclass(frozen=True, repr=False)
class Standardised(Result):
    """A ratio of tiers with the same mixture of levels in both.

    Attributes
    ----------
    estimate : Estimate
        The ratio with common weights: a level's share of all accounts, of whatever tier, in the
        levels that can be compared.
    crude : Estimate
        The ratio of the same accounts as they are; undefined if levels are measured differently.
    left_out : pandas.DataFrame
        ``level, reason, accounts``: no overlap of the tiers there.
    """

    estimate: Estimate
    crude: Estimate
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each ratio, with the column ``mixture`` in front."""
        return Estimates.of((self.crude, self.estimate), mixture=MIXTURES).to_frame()


@verb(Samples)
def moderated(
    samples: Samples,
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> Moderated:
    """Ask whether the ratio of two tiers is the same in all levels.

    Parameters
    ----------
    samples : Samples
        One per level, with tiers assigned.
    of, versus, average, confidence
        As in `contrast`.

    Examples
    --------
    >>> import analysis as an
    >>> niches = an.load("instagram-kim").strata("engagement", "niche").tier("decades")
    >>> differ = niches.moderated("micro", "macro")
    >>> len(differ.ratios), differ.df, round(differ.i2)
    (9, 8, 84)
    """
    levels, left_out = _comparable(samples, of, versus, average, confidence)
    ratios = Estimates.of((one.ratio for one in levels.values()), level=levels)
    if len(levels) < 2:
        nothing = (np.nan, 0, np.nan, np.nan, np.nan)
        why = (because("fewer_than_two_levels"),)
        return Moderated(ratios, *nothing, left_out, why, "undefined")
    logs = [difference(one.of.average, one.versus.average) for one in levels.values()]
    y, v = np.array([one.log for one in logs]), np.array([one.variance for one in logs])
    q, tau2, df = float(weighted(y, v, 0.0)[2]), float(between_studies(y, v)), len(levels) - 1
    why = (because("cochrans_q"),)
    if _share_accounts(levels):
        why += (because("levels_share_accounts_q"),)
    spread = (share_between(v, tau2), tau2**0.5)
    return Moderated(ratios, q, df, float(chdtrc(df, q)), *spread, left_out, why, "ok")


@verb(Samples)
def standardised(
    samples: Samples,
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    confidence: float = 0.95,
) -> Standardised:
    """Divide the average of one tier by that of another after giving both the same mixture of
    levels (direct standardisation).

    Parameters
    ----------
    samples, of, versus, confidence
        As in `moderated`.
    average : str
        One of MIXED. Logs of level averages are mixed for the typical account, the averages
        themselves for the mean of accounts.

    Returns
    -------
    Standardised
        Weights are taken as given, so the interval holds for this mixture. If levels part posts,
        the same accounts may stand in several; their errors are then added as if they were
        perfectly correlated, which makes the interval rather too wide.

    Raises
    ------
    ValueError
        If the average cannot be mixed, or averages of different metrics would have to be.

    Examples
    --------
    >>> import analysis as an
    >>> niches = an.load("instagram-kim").strata("engagement", "niche").tier("decades")
    >>> mixed = niches.standardised("micro", "macro")
    >>> f"{mixed.crude.estimate:.2f} as they are, {mixed.estimate.estimate:.2f} mixed alike"
    '1.15 as they are, 1.16 mixed alike'
    """
    metrics = sorted({sample.metric.title for sample in samples})
    _check_mixable(average, metrics)
    levels, left_out = _comparable(samples, of, versus, average, confidence)
    label = f"{of} / {versus}"
    what = because("standardised", tiers=label, average=average, metrics=tuple(metrics))
    if not levels:
        why = because("no_level_holds_both")
        nothing = Estimate.undefined(why, label=label, unit="ratio", estimand=what)
        return Standardised(nothing, nothing, left_out)
    chosen = [one.sample for one in levels.values()]
    share = np.array([float(sample.accounts) for sample in chosen])
    share, shared = share / share.sum(), _share_accounts(levels)
    tiers = [[one.of for one in levels.values()], [one.versus for one in levels.values()]]
    log = difference(*(_mixture(tier, share, average, shared) for tier in tiers))
    left, accounts = len(left_out), int(left_out["accounts"].sum())
    why = (because("mixed_levels", levels=len(levels), left=left, accounts=accounts),)
    why += (because("levels_share_accounts"),) if shared else ()
    held = [averaged for tier in tiers for averaged in tier]
    counts = (sum(one.accounts for one in held), sum(one.posts for one in held))
    values = (float(np.exp(log.log)), *log_interval(log.log, log.variance, log.df, confidence))
    context = _context(chosen, average, of, versus, confidence)
    rest = (what, why, "ok", context, Family("factor", log.df))
    estimate = Estimate(label, *counts, *values, "ratio", *rest)
    return Standardised(estimate, _crude(chosen, of, versus, average, confidence), left_out)


def _check_mixable(average: str, metrics: list[str]) -> None:
    if average not in MIXED:
        raise ValueError(
            f"average '{average}' cannot be standardised. Allowed: {', '.join(MIXED)}."
        )
    if len(metrics) > 1 and average != MIXED[0]:
        raise ValueError(
            f"'{average}' of {' and '.join(metrics)} cannot be mixed: they are different things. "
            f"Take '{MIXED[0]}'."
        )


def _comparable(
    samples: Samples, of: str, versus: str, average: str, confidence: float
) -> tuple[dict[str, Level], pd.DataFrame]:
    """Levels in which both tiers have enough accounts, by name; the others with a reason."""
    levels, left = {}, []
    for sample in samples:
        check_tiers(sample, of, versus)
        name = sample.source.short if sample.stratum == "all" else sample.level
        averaged = average_tiers(sample, (of, versus), average)
        compared = ratio(sample, of, versus, averaged, average, confidence)
        if name == MERGED:
            left.append((name, str(because("levels_merged")), sample.accounts))
        elif compared.status == "ok":
            levels[name] = Level(sample, averaged[of], averaged[versus], compared)
        else:
            left.append((name, compared.method, sample.accounts))
    return levels, pd.DataFrame(left, columns=["level", "reason", "accounts"])


def _share_accounts(levels: dict[str, Level]) -> bool:
    """Whether one account may stand in several levels."""
    return any(one.sample.stratum in OF_POSTS for one in levels.values())


def _mixture(tier: list[Averaged], share: np.ndarray, average: str, shared: bool) -> LogEstimate:
    """One tier with given shares of levels; delta method where averages and not their logs are
    mixed.
    """
    values, variances, df = np.array([one.average[:3] for one in tier]).T
    pull, log = share, share @ values
    if average != MIXED[0]:
        log = np.log(share @ np.exp(values))
        pull = share * np.exp(values - log)
    terms = pull**2 * variances
    if shared:
        return LogEstimate(log, np.sqrt(terms).sum() ** 2, df.min(), None)
    return LogEstimate(log, terms.sum(), terms.sum() ** 2 / (terms**2 / df).sum(), None)


def _context(
    samples: list[Sample], average: str, of: str, versus: str, confidence: float
) -> Context:
    """The context of a number from several levels."""
    sources = " and ".join(dict.fromkeys(sample.source.short for sample in samples))
    metrics = " or ".join(dict.fromkeys(sample.metric.title for sample in samples))
    context = context_of(samples[0], average, of, versus, confidence)
    return replace(context, source=sources, metric=metrics, posts="all")


def _crude(
    samples: list[Sample], of: str, versus: str, average: str, confidence: float
) -> Estimate:
    """The ratio without standardising, over the same levels."""
    if len({sample.metric.key for sample in samples}) == 1:
        rows = pd.concat([sample.rows for sample in samples], ignore_index=True)
        together = replace(samples[0], rows=rows, stratum="all", level="all")
        return contrast(together, of, versus, average, confidence)
    why, label = because("levels_measured_differently"), f"{of} / {versus}"
    what = because("crude", tiers=label, average=average)
    names = {"label": label, "unit": "ratio", "estimand": what}
    context = _context(samples, average, of, versus, confidence)
    accounts = sum(sample.accounts for sample in samples)
    return Estimate.undefined(why, **names, n_accounts=accounts, context=context)
