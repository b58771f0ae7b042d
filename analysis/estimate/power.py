"""How much data a test of a conversion lift needs, what a small study can see, and what it says
when it happens to see something.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import chdtri, ndtr, ndtri, stdtrit

from analysis.estimate.results import Estimate

STEPS = 4000
"""Points at which the estimated spread of a small study is taken, equally likely."""


class Significant(NamedTuple):
    """What studies say that find a significant difference.

    Attributes
    ----------
    power : float
        Chance of a significant difference, whatever its sign.
    type_s : float
        Share of the significant studies that have the wrong sign.
    type_m : float
        Their mean absolute log ratio over the true one: how many times too large the effect looks.
    reported : float
        The ratio that they report, ``ratio ** type_m``.
    """

    power: float
    type_s: float
    type_m: float
    reported: float


def clicks_needed(base: float, ratio: float = 1.2, power: float = 0.8, alpha: float = 0.05) -> int:
    """Clicks per side to see a ratio of conversion rates, if creators did not differ.

    Parameters
    ----------
    base : float
        Conversions per click of the reference side.
    ratio : float
        Ratio to be detected.
    power, alpha : float
        Chance of detecting it; two-sided level of the test.

    Returns
    -------
    int
        Per side, from the two-proportion z test of statsmodels.
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    return math.ceil(
        samplesize_proportions_2indep_onetail(base * (ratio - 1), base, power, alpha=alpha)
    )


def creators_needed(
    base: float,
    clicks: float,
    creator_sd: float = 0.5,
    ratio: float = 1.2,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Creators per side to see a ratio of conversion rates, when creators differ.

    The log conversion rate of a creator with `clicks` clicks varies by ``creator_sd**2`` between
    creators and, within one, by ``(1 - p) / (p * clicks)`` (delta method on a binomial proportion
    p); the two sides are compared by a z test on the mean logs.

    Parameters
    ----------
    base : float
        Conversions per click of the reference side.
    clicks : float
        Clicks of one creator.
    creator_sd : float
        Standard deviation of the log conversion rate between creators.
    ratio, power, alpha : float
        As in `clicks_needed`.
    """
    spread = _spread(base, clicks, creator_sd, ratio)
    return math.ceil((ndtri(1 - alpha / 2) + ndtri(power)) ** 2 * spread / math.log(ratio) ** 2)


def creators_to_confirm(
    base: float,
    clicks: float,
    creator_sd: float = 0.5,
    ratio: float = 1.2,
    margin: float = 1.1,
    power: float = 0.8,
    alpha: float = 0.05,
) -> int:
    """Creators per side so that the whole interval lies within a factor of the ratio, when the
    ratio is true.

    Both ends have to hold, as in two one-sided tests (Schuirmann 1987); the other assumptions are
    those of `creators_needed`.

    Parameters
    ----------
    base, clicks, creator_sd, ratio, power, alpha : float
        As in `creators_needed`.
    margin : float
        Factor either way that still counts as the ratio.
    """
    spread = _spread(base, clicks, creator_sd, ratio)
    return math.ceil(
        (ndtri(1 - alpha / 2) + ndtri((1 + power) / 2)) ** 2 * spread / math.log(margin) ** 2
    )


def accounts_to_decide(estimate: Estimate, claimed: tuple[float, float]) -> int | None:
    """Accounts, in the proportions of the sample, for the interval to lie on one side of what is
    claimed, if the estimate stays.

    The width of an interval falls with the square root of the number of accounts; on logs it has to
    fall to the distance between the estimate and the nearest edge of the claimed range.

    Parameters
    ----------
    estimate : Estimate
        With an interval.
    claimed : tuple of float
        The open range that counts as the claim being right.

    Returns
    -------
    int or None
        None if the sample gives no interval, or an estimate on the edge.
    """
    if not (0 < estimate.low < estimate.high < math.inf):
        return None
    half = math.log(estimate.high / estimate.low) / 2
    distances = [abs(math.log(estimate.estimate / edge)) for edge in claimed if 0 < edge < math.inf]
    nearest = min(distances, default=0.0)
    return math.ceil(estimate.n_accounts * (half / nearest) ** 2) if nearest > 1e-9 else None


def _spread(base: float, clicks: float, creator_sd: float, ratio: float) -> float:
    """Variance of a creator's log conversion rate, summed over the two sides."""
    return sum(creator_sd**2 + (1 - p) / (p * clicks) for p in (base, base * ratio))


def detectable_ratio(
    creators: int,
    base: float,
    clicks: float,
    creator_sd: float = 0.5,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Smallest ratio above 1 that a study with so many creators on each side sees with the given
    power.

    The inverse of `creators_needed`, but with Student's t, which counts with 10 or 20 creators: its
    spread, too, is estimated.

    Parameters
    ----------
    creators : int
        On each side, at least 2.
    base, clicks, creator_sd, power, alpha : float
        As in `creators_needed`.

    Returns
    -------
    float
        nan if no ratio up to 1 / base is seen, since no rate can be higher.
    """
    from scipy.optimize import brentq

    def seen(log: float) -> float:
        return (
            significant_study(math.exp(log), creators, base, clicks, creator_sd, alpha).power
            - power
        )

    highest = min(-math.log(base), 20.0) - 1e-9
    return math.exp(brentq(seen, 1e-6, highest, xtol=1e-10)) if seen(highest) > 0 else math.nan


def significant_study(
    ratio: float,
    creators: int,
    base: float,
    clicks: float,
    creator_sd: float = 0.5,
    alpha: float = 0.05,
) -> Significant:
    """Tell what a study reports when its difference is significant: type S and type M error (Gelman
    and Carlin 2014).

    Parameters
    ----------
    ratio : float
        The true ratio of conversion rates, not 1.
    creators : int
        On each side, at least 2.
    base, clicks, creator_sd, alpha : float
        As in `creators_needed`.
    """
    log = math.log(ratio)
    power, type_s, type_m = significance(
        abs(log),
        math.sqrt(_spread(base, clicks, creator_sd, ratio) / creators),
        2 * creators - 2,
        alpha,
    )
    return Significant(power, type_s, type_m, math.exp(log * type_m))


def significance(
    effect: float, se: float, df: float = math.inf, alpha: float = 0.05
) -> tuple[float, float, float]:
    """Power, type S and type M error of a two-sided test of an effect above zero.

    With a known standard error these are the closed forms of Lu, Qiu and Deng (2019). If the
    standard error is estimated with `df` degrees of freedom, the same forms hold for each estimate
    of it, and are averaged over its distribution.

    Parameters
    ----------
    effect, se : float
        The true effect and the true standard error of its estimate.
    df, alpha : float
        Degrees of freedom of that standard error; two-sided level.
    """
    share = (np.arange(STEPS) + 0.5) / STEPS
    known = math.isinf(df)
    threshold = (
        ndtri(1 - alpha / 2)
        if known
        else stdtrit(df, 1 - alpha / 2) * np.sqrt(chdtri(df, share) / df)
    )
    size = effect / se
    right, wrong = ndtr(size - threshold), ndtr(-size - threshold)
    above = _density(threshold - size) + _density(threshold + size) + size * (right - wrong)
    power = np.mean(right + wrong)
    return float(power), float(np.mean(wrong) / power), float(np.mean(above) / power / size)


def _density(z):
    return np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi)


def chance_of_up_to(claimed: float, comparisons, log_se: float, truth: float = 1.0) -> np.ndarray:
    """Chance that the largest of several independent comparisons reaches a ratio, whatever "up to"
    then says.

    Parameters
    ----------
    claimed : float
        The ratio to be reached.
    comparisons : array_like of int
        How many comparisons are looked at.
    log_se : float
        Standard error of each log ratio.
    truth : float
        The true ratio in every comparison.

    Returns
    -------
    numpy.ndarray
        One chance per entry of `comparisons`, between 0 and 1.
    """
    one = ndtr((math.log(claimed) - math.log(truth)) / log_se)
    return 1 - one ** np.asarray(comparisons, float)
