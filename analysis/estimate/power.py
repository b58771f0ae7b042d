"""How much data a test of a ratio of conversion rates needs, and what a small study reports.

What is planned is a result; `accounts_to_decide`, `significance` and `chance_of_up_to` are plain
numbers, from which results and charts are computed. Arguments have one order: creators, base,
clicks, creator_sd, ratio, margin, power, alpha.

Throughout, the log conversion rate of a creator varies by ``creator_sd**2`` between creators and,
within one, by ``(1 - p) / (p * clicks)`` (delta method on a binomial proportion p).
"""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from analysis.display import namespace_of
from analysis.errors import check_least, check_share
from analysis.estimate import planned
from analysis.estimate.decision import claimed_range
from analysis.estimate.planned import Detectable, Planned, Significant, significance
from analysis.estimate.results import Estimate
from analysis.registers.claims import Claim, Test


def clicks_needed(
    base: float, ratio: float = 1.2, power: float = 0.8, alpha: float = 0.05
) -> Planned:
    """Clicks per side to see a ratio of conversion rates, if creators did not differ.

    Parameters
    ----------
    base, ratio : float
        Conversions per click of the reference side; ratio to be detected.
    power, alpha : float
        Chance of detecting it; two-sided level of the two-proportion z test.

    Examples
    --------
    >>> import analysis as an
    >>> an.power.clicks_needed(0.02)
    21,109 clicks on each side detect +20 % in 80 % of studies.
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    _check(power, alpha, ratio)
    _spread(base, 1, 0, ratio)  # refuses rates that are none
    difference = base * (ratio - 1)
    needed = samplesize_proportions_2indep_onetail(difference, base, power, alpha=alpha)
    return Planned(needed, "clicks", ratio, power)


def creators_needed(
    base: float, clicks: float, creator_sd: float = 0.5, ratio: float = 1.2, power: float = 0.8,
    alpha: float = 0.05,
) -> Planned:  # fmt: skip
    """Creators per side to see a ratio of conversion rates by a z test on the mean logs.

    Parameters
    ----------
    clicks : float
        Clicks of one creator.
    creator_sd : float
        Standard deviation of the log conversion rate between creators.
    base, ratio, power, alpha : float
        As in `clicks_needed`.

    Examples
    --------
    >>> import analysis as an
    >>> an.power.creators_needed(0.02, clicks=1000)
    140 creators on each side detect +20 % in 80 % of studies.
    """
    _check(power, alpha, ratio)
    reach = ndtri(1 - alpha / 2) + ndtri(power)
    needed = reach**2 * _spread(base, clicks, creator_sd, ratio) / math.log(ratio) ** 2
    return Planned(needed, "creators", ratio, power)


def creators_to_confirm(
    base: float, clicks: float, creator_sd: float = 0.5, ratio: float = 1.2, margin: float = 1.1,
    power: float = 0.8, alpha: float = 0.05,
) -> Planned:  # fmt: skip
    """Creators per side for the whole interval to lie within a factor of a ratio that is true.

    Both ends have to hold, as in two one-sided tests (Schuirmann 1987).

    Parameters
    ----------
    base, clicks, creator_sd, ratio, power, alpha : float
        As in `creators_needed`.
    margin : float
        Factor either way that still counts as the ratio.

    Examples
    --------
    >>> import analysis as an
    >>> int(an.power.creators_to_confirm(0.02, clicks=1000))
    683
    """
    _check(power, alpha)
    check_least("margin", margin, 1, above=True)
    reach = ndtri(1 - alpha / 2) + ndtri((1 + power) / 2)
    needed = reach**2 * _spread(base, clicks, creator_sd, ratio) / math.log(margin) ** 2
    return Planned(needed, "creators", ratio, power, margin)


def accounts_to_decide(
    estimate: Estimate, claimed: Claim | Test | tuple[float, float]
) -> int | None:
    """Accounts, in the proportions of the sample, for the interval to lie on one side of what is
    claimed, if the estimate stays.

    The width of an interval falls with the square root of the number of accounts; on logs it has to
    fall to the distance between the estimate and the nearest edge of the claimed range.

    Parameters
    ----------
    estimate : Estimate
        With an interval.
    claimed : Claim, Test or tuple of float
        A claim, of which the first test is taken, a test, or the open range that counts as the
        claim being right.

    Returns
    -------
    int or None
        None if the sample gives no interval, or an estimate on the edge.

    Raises
    ------
    TypeError
        If several estimates are given.
    ValueError
        If the claim has no test.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> an.power.accounts_to_decide(kim.contrast("micro", "macro"), an.claim("D06"))
    4983
    """
    if not isinstance(estimate, Estimate):
        kind = type(estimate).__name__
        raise TypeError(f"a single Estimate is needed, not {kind}: take one, such as estimates[0].")
    if not (0 < estimate.low < estimate.high < math.inf):
        return None
    claimed = _range_of(claimed)
    half = math.log(estimate.high / estimate.low) / 2
    edges = [edge for edge in claimed if 0 < edge < math.inf]
    nearest = min((abs(math.log(estimate.estimate / edge)) for edge in edges), default=0.0)
    return math.ceil(estimate.n_accounts * (half / nearest) ** 2) if nearest > 1e-9 else None


def _range_of(claimed: Claim | Test | tuple[float, float]) -> tuple[float, float]:
    if isinstance(claimed, Claim):
        if not claimed.tests:
            raise ValueError(f"claim {claimed.key} has no test, so no number of accounts decides.")
        claimed = claimed.tests[0]
    return claimed_range(claimed) if isinstance(claimed, Test) else claimed


def _check(power: float, alpha: float, ratio: float = 2.0) -> None:
    check_share("power", power)
    check_share("alpha", alpha)
    if ratio == 1:
        raise ValueError("ratio 1 is no difference, which no study can detect.")


def _spread(base: float, clicks: float, creator_sd: float, ratio: float) -> float:
    """Variance of a creator's log conversion rate, summed over the two sides."""
    check_least("creator_sd", creator_sd, 0)
    if not (0 < base < 1 and 0 < base * ratio < 1 and clicks > 0):
        given = f"base {base:g}, ratio {ratio:g}, clicks {clicks:g}"
        raise ValueError(f"{given}: a rate lies between 0 and 1 on both sides, clicks above 0.")
    return sum(creator_sd**2 + (1 - p) / (p * clicks) for p in (base, base * ratio))


def detectable_ratio(
    creators: int, base: float, clicks: float, creator_sd: float = 0.5, power: float = 0.8,
    alpha: float = 0.05,
) -> Detectable:  # fmt: skip
    """Smallest ratio above 1 that a study of so many creators sees with the given power.

    The inverse of `creators_needed`, but with Student's t, since their spread is estimated, too.

    Parameters
    ----------
    creators : int
        On each side, at least 2.
    base, clicks, creator_sd, power, alpha : float
        As in `creators_needed`.

    Returns
    -------
    Detectable
        nan if no ratio up to 1 / base is seen, since no rate can be higher.

    Examples
    --------
    >>> import analysis as an
    >>> round(an.power.detectable_ratio(10, base=0.02, clicks=1000), 2)
    2.03
    """
    from scipy.optimize import brentq

    _check(power, alpha)
    _spread(base, clicks, creator_sd, 1.0)  # refuses rates that are none

    def excess(log: float) -> float:
        known = (creators, base, clicks, creator_sd, math.exp(log), alpha)
        return significant_study(*known).power - power

    highest = min(-math.log(base), 20.0) - 1e-9
    if excess(highest) <= 0:
        return Detectable(math.nan, creators, power)
    ratio = math.exp(brentq(excess, 1e-6, highest, xtol=1e-10))
    return Detectable(ratio, creators, power)


def significant_study(
    creators: int, base: float, clicks: float, creator_sd: float = 0.5, ratio: float = 1.2,
    alpha: float = 0.05,
) -> Significant:  # fmt: skip
    """Work out what a study reports when its difference is significant: type S and type M error
    (Gelman and Carlin 2014).

    Parameters
    ----------
    creators : int
        On each side, at least 2.
    ratio : float
        The true ratio of conversion rates, not 1.
    base, clicks, creator_sd, alpha : float
        As in `creators_needed`.

    Examples
    --------
    >>> import analysis as an
    >>> study = an.power.significant_study(10, base=0.02, clicks=1000)
    >>> round(study.power, 2), round(study.reported, 2)
    (0.11, 1.78)
    """
    _check(0.5, alpha, ratio)
    check_least("creators", creators, 2)
    log, spread = math.log(ratio), _spread(base, clicks, creator_sd, ratio)
    parts = significance(abs(log), math.sqrt(spread / creators), 2 * creators - 2, alpha)
    return Significant(ratio, creators, *parts, math.exp(log * parts[2]))


def chance_of_up_to(claimed: float, comparisons: int | Iterable[int], log_se: float) -> np.ndarray:
    """Chance that the largest of several comparisons without any difference reaches a ratio.

    Parameters
    ----------
    claimed, log_se : float
        The ratio to be reached; standard error of each log ratio.
    comparisons : int or iterable of int
        How many comparisons are looked at.

    Examples
    --------
    >>> import analysis as an
    >>> an.power.chance_of_up_to(1.6, [1, 16], log_se=0.3).round(2)
    array([0.06, 0.62])
    """
    check_least("claimed", claimed, 0, above=True)
    check_least("log_se", log_se, 0, above=True)
    below = ndtr(math.log(claimed) / log_se)
    return 1 - below ** np.asarray(comparisons, float)


def chances_of_up_to(
    claimed: float, comparisons: Iterable[int], log_ses: Iterable[float] = (0.1, 0.2, 0.3, 0.4)
) -> pd.DataFrame:
    """Tabulate `chance_of_up_to` over numbers of comparisons and their standard errors.

    Returns
    -------
    pandas.DataFrame
        ``comparisons, error`` (which standard error of a log ratio) and ``chance`` [percent].

    Examples
    --------
    >>> import analysis as an
    >>> an.power.chances_of_up_to(1.6, [1, 16], [0.3])["chance"].round(1).tolist()
    [5.9, 61.9]
    """
    comparisons = list(comparisons)
    chances = pd.DataFrame({"comparisons": comparisons})
    for error in log_ses:
        chance = chance_of_up_to(claimed, comparisons, error)
        chances[f"standard error {error:g}"] = 100 * chance
    return chances.melt("comparisons", var_name="error", value_name="chance")


__getattr__, __dir__ = namespace_of(globals(), vars(planned))
