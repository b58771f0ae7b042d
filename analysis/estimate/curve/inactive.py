"""How much of a premium inactive followers could explain: the elasticity under an assumed error in
the follower counts.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.estimate.curve.measured import measured_betas
from analysis.moments.sample import Sample


def without_inactive(
    sample: Sample, errors: Iterable[float], confidence: float = 0.95
) -> pd.DataFrame:
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
    pandas.DataFrame
        ``error, beta``, and the rate's ratio of one size to ten times that size, ``estimate, low,
        high`` (10^(1 - beta)); nan where an error is as large as the spread of the counted
        followers, of which it leaves nothing.

    Notes
    -----
    With errors that do not depend on the looking followers, the slope on counted followers is the
    true one times (s^2 - e^2) / s^2, s being the standard deviation of the counted ones (Fuller
    1987, section 1.1). Fake followers that large accounts have more of are no such error: a share
    of them that differs between tiers multiplies the ratio instead.
    """
    found, spread, errors = (
        measured_betas([sample]).iloc[0],
        log_spread(sample),
        np.array(list(errors), float),
    )
    kept = np.where(errors < spread, 1 - errors**2 / spread**2, np.nan)
    beta, reach = found["beta"] / kept, ndtri((1 + confidence) / 2) * found["se"] / kept
    values = {
        "estimate": 10 ** (1 - beta),
        "low": 10 ** (1 - beta - reach),
        "high": 10 ** (1 - beta + reach),
    }
    return pd.DataFrame({"error": errors, "beta": beta, **values})


def explaining_error(sample: Sample) -> float:
    """Error in the logarithm of followers at which nothing is left of the premium: s sqrt(1 -
    beta); nan if there is none to explain.
    """
    beta = measured_betas([sample]).iloc[0]["beta"]
    return float(log_spread(sample) * np.sqrt(1 - beta)) if beta < 1 else np.nan


def log_spread(sample: Sample) -> float:
    """Standard deviation of log followers over accounts with a rate above zero."""
    n, x, xx = (
        float(sample.rows[name].sum()) for name in ("positive", "log_followers", "log_followers2")
    )
    return float(np.sqrt((xx - x**2 / n) / (n - 1)))
