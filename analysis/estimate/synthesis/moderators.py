"""Does it depend on the niche? The ratio of tiers in each level of a stratum, how the levels
differ, and the ratio with equal mixtures.

Tiers can differ because their accounts are of other niches. `standardised` gives both tiers the
same mixture of levels; `moderated` asks whether the ratio is the same in all of them. Levels are
samples: the levels of one stratum of a source (`take_strata`), or platforms. Neither says that a
niche is the reason for anything.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from analysis.estimate.averages import LogEstimate
from analysis.estimate.contrast import contrast, difference, log_interval, of_tiers
from analysis.estimate.results import Estimate
from analysis.estimate.synthesis.pooling import pool
from analysis.moments.cells import MERGED
from analysis.moments.sample import Sample

OF_POSTS = ("sponsored", "age")
"""Strata that part posts: one account can stand in several levels. Others part accounts, and their
levels are independent.
"""

WEIGHTS = ("accounts", "equal")
"""Common weights of levels: their shares of all accounts, or all the same."""

MIXED = ("typical account", "mean of accounts")
"""Averages that weigh accounts alike, and so follow from those of levels by shares of accounts."""


class Moderated(NamedTuple):
    """How a ratio of tiers differs between levels.

    Attributes
    ----------
    ratios : pandas.DataFrame
        ``level`` and the fields of `Estimate`: the ratio in each level that can be compared.
    against : pandas.DataFrame
        The same of each level's ratio over that of the `reference` level.
    reference : str
        The level in the denominator.
    q, df, p : float
        Cochran's Q of the log ratios, its degrees of freedom, and p that all levels have one ratio.
    i2, tau : float
        Share of the variance of log ratios between levels [percent], and their standard deviation
        between levels, by REML.
    left_out : pandas.DataFrame
        ``level, reason, accounts``.
    method, status : str
        As in `Estimate`; ``undefined`` with fewer than two levels.
    """

    ratios: pd.DataFrame
    against: pd.DataFrame
    reference: str
    q: float
    df: int
    p: float
    i2: float
    tau: float
    left_out: pd.DataFrame
    method: str
    status: str


class Standardised(NamedTuple):
    """A ratio of tiers with a common mixture of levels.

    Attributes
    ----------
    estimate : Estimate
        The ratio with common weights.
    crude : Estimate
        The ratio of the same accounts as they are; undefined if levels are measured differently.
    weights : pandas.DataFrame
        ``level, of, versus`` (accounts) and ``weight`` [percent].
    left_out : pandas.DataFrame
        ``level, reason, accounts``: no overlap of the tiers there.
    """

    estimate: Estimate
    crude: Estimate
    weights: pd.DataFrame
    left_out: pd.DataFrame


def moderated(
    samples: Sequence[Sample],
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    reference: str = "",
    confidence: float = 0.95,
) -> Moderated:
    """Compare the ratio of two tiers between levels: contrasts of contrasts.

    Parameters
    ----------
    samples : sequence of Sample
        One per level, with tiers assigned.
    of, versus : str
        Tiers of the scheme.
    average : str
        A key of AVERAGES.
    reference : str
        The level whose ratio the others are divided by; the one with most accounts if none is
        named.
    confidence : float
        Of the intervals.

    Raises
    ------
    ValueError
        If the reference is no level that can be compared.
    """
    kept, left_out = _comparable(samples, of, versus, average)
    if reference and reference not in kept:
        raise ValueError(
            f"level '{reference}' cannot be the reference. Levels that can be compared: {', '.join(kept) or 'none'}."
        )
    found = [contrast(sample, of, versus, average, confidence) for sample in kept.values()]
    ratios = pd.DataFrame(found, columns=Estimate._fields)
    ratios.insert(0, "level", list(kept))
    if len(kept) < 2:
        nothing = (
            np.nan,
            0,
            np.nan,
            np.nan,
            np.nan,
            left_out,
            "fewer than two levels can be compared",
            "undefined",
        )
        return Moderated(ratios, ratios.iloc[:0], "", *nothing)
    averaged = {level: of_tiers(sample, (of, versus), average) for level, sample in kept.items()}
    logs = {
        level: difference(both[of].average, both[versus].average) for level, both in averaged.items()
    }
    reference = reference or max(kept, key=lambda level: kept[level].accounts)
    note = _shared(
        kept.values(),
        "levels share accounts: intervals of differences are too wide, and Q is too small",
    )
    against = _against(ratios, logs, reference, confidence, note)
    studies = pd.DataFrame(
        {
            "effect": [one.log for one in logs.values()],
            "se": [np.sqrt(one.variance) for one in logs.values()],
        },
        logs,
    )
    pooled = pool(studies, prediction="z")
    df = len(kept) - 1
    method = f"Cochran's Q; tau and I2 by REML{note}"
    return Moderated(
        ratios,
        against,
        reference,
        pooled.q,
        df,
        float(chdtrc(df, pooled.q)),
        pooled.i2,
        pooled.tau2**0.5,
        left_out,
        method,
        "ok",
    )


def _against(
    ratios: pd.DataFrame, logs: dict[str, LogEstimate], reference: str, confidence: float, note: str
) -> pd.DataFrame:
    """Each level's ratio over that of the reference."""
    rows = []
    held = ratios.set_index("level")
    for level in (level for level in logs if level != reference):
        log = difference(logs[level], logs[reference])
        n, posts = (
            int(held.loc[[level, reference], name].sum()) for name in ("n_accounts", "n_posts")
        )
        estimand = f"ratio in {level} over ratio in {reference}, each {held.loc[level, 'label']}"
        method = f"difference of two log ratios, Welch-Satterthwaite df{note}"
        ends = log_interval(log.log, log.variance, log.df, confidence)
        rows.append(
            (
                level,
                f"{level} / {reference}",
                n,
                posts,
                float(np.exp(log.log)),
                *ends,
                "ratio",
                estimand,
                method,
                "ok",
            )
        )
    return pd.DataFrame(rows, columns=["level", *Estimate._fields])


def standardised(
    samples: Sequence[Sample],
    of: str = "micro",
    versus: str = "macro",
    average: str = "typical account",
    weights: str = "accounts",
    confidence: float = 0.95,
) -> Standardised:
    """Divide the average of one tier by that of another after giving both the same mixture of
    levels (direct standardisation).

    Parameters
    ----------
    samples : sequence of Sample
        One per level, with tiers assigned.
    of, versus : str
        Tiers of the scheme.
    average : str
        One of MIXED. Logs of level averages are mixed for the typical account, the averages
        themselves for the mean of accounts.
    weights : str
        One of WEIGHTS: ``"accounts"`` takes a level's share of all accounts, of whatever tier, in
        the levels that can be compared.
    confidence : float
        Of the interval.

    Returns
    -------
    Standardised
        Weights are taken as given, so the interval holds for this mixture. If levels part posts,
        the same accounts may stand in several; their errors are then added as if they were
        perfectly correlated, which makes the interval rather too wide.

    Raises
    ------
    ValueError
        If average or weights are not known, or averages of different metrics would have to be
        mixed.
    """
    for kind, name, known in (("average", average, MIXED), ("weights", weights, WEIGHTS)):
        if name not in known:
            raise ValueError(
                f"{kind} '{name}' cannot be standardised by. Allowed: {', '.join(known)}."
            )
    metrics = sorted({sample.metric.title for sample in samples})
    if len(metrics) > 1 and average != MIXED[0]:
        raise ValueError(
            f"'{average}' of {' and '.join(metrics)} cannot be mixed: they are different things. Take '{MIXED[0]}'."
        )
    kept, left_out = _comparable(samples, of, versus, average)
    label, estimand = (
        f"{of} / {versus}",
        f"{of} / {versus}, {average} of {' or '.join(metrics)}, the same mixture of levels in both tiers",
    )
    if not kept:
        nothing = Estimate(
            label,
            0,
            0,
            np.nan,
            np.nan,
            np.nan,
            "ratio",
            estimand,
            "no level holds both tiers",
            "undefined",
        )
        return Standardised(
            nothing, nothing, pd.DataFrame(columns=["level", "of", "versus", "weight"]), left_out
        )
    share = np.array(
        [sample.accounts if weights == "accounts" else 1.0 for sample in kept.values()]
    )
    share = share / share.sum()
    averaged = [of_tiers(sample, (of, versus), average) for sample in kept.values()]
    parts = [[both[tier] for both in averaged] for tier in (of, versus)]
    note = _shared(
        kept.values(), "levels share accounts: their errors are added as if perfectly correlated"
    )
    log = difference(
        *(_mixture([found for found, *_ in tier], share, average, bool(note)) for tier in parts)
    )
    counts = [[n for _, n, _ in tier] for tier in parts]
    table = pd.DataFrame(
        {"level": list(kept), "of": counts[0], "versus": counts[1], "weight": 100 * share}
    )
    posts = sum(posts for tier in parts for *_, posts in tier)
    how = "shares of all accounts" if weights == "accounts" else "equal weights"
    without = f"{len(left_out)} with {int(left_out['accounts'].sum()):,} accounts left out"
    method = f"{len(kept)} levels by {how}, {without}; Welch-Satterthwaite df{note}"
    ends = log_interval(log.log, log.variance, log.df, confidence)
    estimate = Estimate(
        label,
        sum(map(sum, counts)),
        posts,
        float(np.exp(log.log)),
        *ends,
        "ratio",
        estimand,
        method,
        "ok",
    )
    return Standardised(
        estimate, _crude(list(kept.values()), of, versus, average, confidence), table, left_out
    )


def _mixture(logs: list[LogEstimate], share: np.ndarray, average: str, shared: bool) -> LogEstimate:
    """One tier with given shares of levels; delta method where averages and not their logs are
    mixed.
    """
    values, variances, df = (
        np.array([getattr(one, name) for one in logs]) for name in ("log", "variance", "df")
    )
    pull, log = share, share @ values
    if average != MIXED[0]:
        log = np.log(share @ np.exp(values))
        pull = share * np.exp(values - log)
    terms = pull**2 * variances
    if shared:
        return LogEstimate(log, np.sqrt(terms).sum() ** 2, df.min(), "")
    return LogEstimate(log, terms.sum(), terms.sum() ** 2 / (terms**2 / df).sum(), "")


def _crude(
    samples: list[Sample], of: str, versus: str, average: str, confidence: float
) -> Estimate:
    """The ratio without standardising, over the same levels."""
    one = replace(
        samples[0],
        rows=pd.concat([sample.rows for sample in samples], ignore_index=True),
        stratum="all",
        level="all",
    )
    if len({sample.metric.key for sample in samples}) == 1:
        return contrast(one, of, versus, average, confidence)
    words = "levels are measured differently, so their accounts cannot be put together"
    return Estimate(
        f"{of} / {versus}",
        one.accounts,
        0,
        np.nan,
        np.nan,
        np.nan,
        "ratio",
        f"{of} / {versus}, {average}",
        words,
        "undefined",
    )


def _comparable(
    samples: Sequence[Sample], of: str, versus: str, average: str
) -> tuple[dict[str, Sample], pd.DataFrame]:
    """Levels in which both tiers have enough accounts, by name; the others with a reason."""
    kept, left = {}, []
    for sample in samples:
        name = sample.source.short if sample.stratum == "all" else sample.level
        found = contrast(sample, of, versus, average)
        if name == MERGED:
            left.append((name, "levels too small to publish, merged", sample.accounts))
        elif found.status == "ok":
            kept[name] = sample
        else:
            left.append((name, found.method, sample.accounts))
    return kept, pd.DataFrame(left, columns=["level", "reason", "accounts"])


def _shared(samples, words: str) -> str:
    return f"; {words}" if any(sample.stratum in OF_POSTS for sample in samples) else ""
