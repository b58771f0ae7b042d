"""Elasticities of samples beside their standard errors, in the form in which tables are pooled."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.estimate.curve.elasticity import slope
from analysis.moments.sample import Sample


def measured_betas(samples: Iterable[Sample]) -> pd.DataFrame:
    """Estimate the same elasticity from samples: 1 plus the slope of the log rate on log followers,
    over accounts.

    Parameters
    ----------
    samples : iterable of Sample
        Of metrics per follower; from accounts or cells, since both hold the sums that least squares
        need.

    Returns
    -------
    pandas.DataFrame
        ``source, data_owner, platform, metric, stratum, level, n, beta, se``. The slope and its
        robust standard error are those of `analysis.estimate.curve.elasticity`; accounts of rate
        zero have no logarithm and are left out. The producer of the data is the owner.

    Raises
    ------
    ValueError
        If a metric is not per follower, or a sample gives no slope with an interval.
    """
    return pd.DataFrame([_measured(sample) for sample in samples])


def _measured(sample: Sample) -> dict:
    if sample.metric.denominator != "followers":
        raise ValueError(
            f"metric '{sample.metric.key}' is not per follower, so its slope on followers is no elasticity of reactions."
        )
    found = slope(sample)
    if not np.isfinite(found.se):
        raise ValueError(f"source '{sample.source.key}': {found.problem}.")
    return {
        "source": sample.source.key, "data_owner": sample.source.producer, "platform": sample.source.platform,
        "metric": sample.metric.key, "stratum": sample.stratum, "level": sample.level, "n": found.accounts,
        "beta": 1 + found.value, "se": found.se,
    }  # fmt: skip
