"""How much of a premium inactive followers could explain: the elasticity under an assumed error in
the follower counts.

With errors that do not depend on the looking followers, the slope on counted followers is the true
slope times (s^2 - e^2) / s^2, s being the standard deviation of the counted ones and e that of the
error, both in logarithms (Fuller 1987, section 1.1). Fake followers that large accounts have more
of are no such error: a share of them that differs between tiers multiplies the ratio instead.
"""

from collections.abc import Iterable

import numpy as np
from scipy.special import ndtri

from analysis.display import Reason, because
from analysis.estimate.curve.elasticity import slope
from analysis.estimate.curve.estimates import Quantity, Slope, estimates_of
from analysis.estimate.registry import PER_DECADE, sample_verb
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.tier_averages import rate_of
from analysis.moments.sample import Sample


@sample_verb
def without_inactive(
    sample: Sample, errors: Iterable[float], confidence: float = 0.95
) -> Estimates:
    """Correct the elasticity for followers who are counted but do not look.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower.
    errors : iterable of float
        Assumed standard deviations, between accounts, of the logarithm of counted over looking
        followers; 0 is what was measured.
    confidence : float
        Of the interval, which holds for the assumed error.

    Returns
    -------
    Estimates
        The rate's ratio of one size to ten times that size, 10^(1 - beta), one per error, with the
        columns ``error`` and ``beta``; undefined where an error is as large as the spread of the
        counted followers, of which it leaves nothing.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> [round(ratio.estimate, 2) for ratio in kim.without_inactive([0.0, 0.4])]
    [1.32, 1.18]
    """
    errors, line, spread = np.array(list(errors), float), slope(sample), log_spread(sample)
    kept = np.where(errors < spread, 1 - errors**2 / spread**2, np.nan)
    betas, reach = (1 + line.value) / kept, ndtri((1 + confidence) / 2) * line.se / kept
    ratios = 10.0 ** np.array([1 - betas, 1 - betas - reach, 1 - betas + reach]).T
    made, rate = [], rate_of(sample)
    for error, row in zip(errors, ratios, strict=True):
        what = because("ratio_with_error", rate=rate, error=float(error))
        quantity = Quantity(f"error {error:g}", PER_DECADE, what)
        problem = _problem(sample, line)
        if not problem and np.isnan(row[0]):
            problem = because("error_leaves_nothing", spread=spread)
        how = (None if problem else [row], (problem or because("errors_in_variables"),))
        made += estimates_of(sample, sample.accounts, [quantity], *how, "ok", confidence)
    return Estimates.of(made, error=errors, beta=betas)


@sample_verb
def explaining_error(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Estimate the error in log followers at which nothing is left of the premium of small
    accounts.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A standard deviation between accounts, s sqrt(1 - beta); undefined if there is no premium to
        explain.

    Examples
    --------
    >>> import analysis as an
    >>> round(an.load("instagram-kim").sample("engagement").explaining_error().estimate, 2)
    0.6
    """
    line = slope(sample)
    what = because("explaining_error", rate=rate_of(sample))
    quantity = Quantity("explaining error", "", what)
    problem = _problem(sample, line)
    if not problem and not line.value < 0:
        problem = because("no_premium")
    if problem:
        nothing = (None, (problem,), "undefined", confidence)
        return estimates_of(sample, sample.accounts, [quantity], *nothing)[0]
    reach = ndtri((1 + confidence) / 2) * line.se
    slopes = np.array([line.value, line.value + reach, line.value - reach])
    row = log_spread(sample) * np.sqrt(np.maximum(-slopes, 0.0))
    how = ((because("errors_in_variables"),), "ok", confidence)
    return estimates_of(sample, sample.accounts, [quantity], [row], *how)[0]


def _problem(sample: Sample, line: Slope) -> Reason | None:
    if sample.metric.denominator != "followers":
        return because("not_per_follower", metric=sample.metric.title)
    return None if np.isfinite(line.se) else line.problem


def log_spread(sample: Sample) -> float:
    """Standard deviation of log followers over accounts with a rate above zero."""
    names = ("positive", "log_followers", "log_followers2")
    n, x, xx = (float(sample.rows[name].sum()) for name in names)
    return float(np.sqrt((xx - x**2 / n) / (n - 1))) if n > 1 else np.nan
