"""The ratio of two tiers within each level of a stratum, such as brands, pooled over the levels.

Brands differ in their audiences, and choose whom to pay: a contrast over all posts mixes what
tiers differ in with what the brands that pay them differ in. Within a brand it does not. It still
compares different creators.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.display import Reason, because, verb
from analysis.estimate.averages import INDICATIVE, ZEROS
from analysis.estimate.registry import estimator
from analysis.estimate.results import Estimate, Family
from analysis.estimate.tier_averages import context_of, log_interval
from analysis.estimate.tiers import check_tiers
from analysis.estimate.tiers import tier as in_tiers
from analysis.estimate.withheld import why_withheld
from analysis.moments.levels import Levels
from analysis.registers.records import TierScheme


@verb(Levels)
def tier(levels: Levels, scheme: TierScheme | str) -> Levels:
    """Give every row the name of its tier, as `Sample.tier` does.

    Examples
    --------
    >>> import analysis as an
    >>> levels = an.load("instagram-kim").by_level("engagement", "niche").tier("decades")
    >>> levels.sample.scheme.key
    'decades'
    """
    return replace(levels, sample=in_tiers(levels.sample, scheme))


@estimator("contrast within", unit="ratio", needs=("of", "versus"), tiered=True, within=True)
def contrast_within(
    levels: Levels, of: str = "micro", versus: str = "macro", confidence: float = 0.95
) -> Estimate:
    r"""Divide the typical account of one tier by that of another within each level of a stratum,
    and average over the levels.

    With :math:`d_b` the difference of the mean logs of the two tiers within level b and
    :math:`w_b = n_{1b} n_{2b} / (n_{1b} + n_{2b})`, the ratio is :math:`\exp(\sum w_b d_b / \sum
    w_b)`: the coefficient of a regression of log rates on the tier with an effect of each level. A
    level with one tier only has no part in it.

    Parameters
    ----------
    levels : Levels
        With tiers assigned.
    of, versus : str
        Tiers; the ratio is `of` over `versus`.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A ratio. Its error is clustered by level, with the adjustment CR2 (Cameron and Miller 2015),
        so that levels may differ in their ratio, and where rows are those of accounts by account,
        too, since one may work for several brands; Student's t has the effective number of levels
        less one degrees of freedom. ``indicative`` with fewer than 10 levels, or accounts of a
        tier, or too many accounts of rate zero.

    Raises
    ------
    ValueError
        If there are no tiers, or the scheme does not have them.

    Examples
    --------
    >>> import analysis as an
    >>> niches = an.load("instagram-kim").by_level("engagement", "niche").tier("decades")
    >>> ratio = niches.contrast_within("micro", "macro")
    >>> round(ratio.estimate, 2), ratio.status
    (1.17, 'indicative')
    """
    sample = levels.sample
    check_tiers(sample, of, versus)
    rows = sample.rows[sample.rows["tier"].isin([of, versus])]
    tiers = rows[rows["positive"] > 0].groupby("level")["tier"].nunique()
    rows = rows[rows["level"].isin(tiers.index[tiers == 2])]
    facts = {"of": of, "versus": versus, "stratum": levels.stratum}
    about = {"label": f"{of} / {versus}", "unit": "ratio", "n_accounts": _accounts(rows)}
    about["n_posts"] = int(rows["posts"].sum())
    about["estimand"] = because("within_levels", **facts, metric=sample.metric.title)
    about["context"] = context_of(sample, "", of, versus, confidence)
    if rows.empty:
        return Estimate.undefined(because("no_level_shared", **facts), **about)
    # a frame of cells may lack sums that are not published
    needed = ("accounts", "positive", "log_rate")
    if sample.resolution == "cells" and (problem := why_withheld(rows, needed)):
        return Estimate.undefined(problem, **about)
    log, variance, df = pooled(rows, of)
    low, high = log_interval(log, variance, df, confidence)
    values = {"estimate": float(np.exp(log)), "low": float(low), "high": float(high)}
    shared, single = int((tiers == 2).sum()), int((tiers < 2).sum())
    how = {"stratum": levels.stratum, "levels": shared, "single": single}
    how = because("clustered_within", **how, by_account="account" in rows)
    problems = _problems(rows, (of, versus), levels.stratum, shared)
    status, family = "indicative" if problems else "ok", Family("factor", df)
    return Estimate(**about, **values, reasons=(*problems, how), status=status, family=family)


def pooled(rows: pd.DataFrame, of: str) -> tuple[float, float, float]:
    """Pool the differences of mean logs within levels, each of which has both tiers: their mean,
    its variance (nan with one level) and degrees of freedom.

    Examples
    --------
    >>> logs = [1.0, 0.0, 5.0, 4.0, 3.0, 2.0]
    >>> rows = pd.DataFrame({"level": list("aabbcc"), "tier": ["x", "y"] * 3, "log_rate": logs})
    >>> [float(value) for value in pooled(rows.assign(positive=1.0), "x")]
    [1.0, 0.0, 2.0]
    """
    level, _ = pd.factorize(rows["level"])
    first = (rows["tier"] == of).to_numpy(float)
    n, total = rows["positive"].to_numpy(float), rows["log_rate"].to_numpy(float)
    n1, n2, s1, s2 = (
        np.bincount(level, side * values) for values in (n, total) for side in (first, 1 - first)
    )
    weight, apart = n1 * n2 / (n1 + n2), s1 / n1 - s2 / n2
    whole = weight.sum()
    log = weight @ apart / whole
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (weight**2 * (apart - log) ** 2 / (1 - weight / whole)).sum() / whole**2
    if "account" in rows:
        share = first - (n1 / (n1 + n2))[level]
        scores = share * (total - n * ((s1 + s2) / (n1 + n2))[level] - n * log * share)
        # what an account has in common over the levels that it has posts of
        by_account = np.bincount(rows["account"], scores)
        variance += max(float(by_account @ by_account - scores @ scores), 0.0) / whole**2
    return float(log), float(variance), float(whole**2 / (weight @ weight) - 1)


def _accounts(rows: pd.DataFrame) -> int:
    """Count accounts, once each where that is known."""
    return int(rows["account"].nunique() if "account" in rows else rows["accounts"].sum())


def _problems(
    rows: pd.DataFrame, tiers: tuple[str, str], stratum: str, levels: int
) -> tuple[Reason, ...]:
    """Why a ratio within levels is indicative only; nothing if it is not."""
    few = because("few_levels", stratum=stratum, levels=levels)
    found = [few] if levels < INDICATIVE else []
    for name in tiers:
        part = rows[rows["tier"] == name]
        accounts, posted = _accounts(part), float(part["accounts"].sum())
        if accounts < INDICATIVE:
            found.append(because("few_accounts", tier=name, accounts=accounts))
        zeros = posted - float(part["positive"].sum())
        if zeros > ZEROS * posted:
            problem = because("many_zeros", zeros=int(zeros), accounts=int(posted))
            found.append(because("in_tier", tier=name, problem=problem))
    return tuple(found)
