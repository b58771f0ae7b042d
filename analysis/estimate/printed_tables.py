"""A printed table of rates or prices by tier, read as a line on logarithmic axes.

Shared by `synthesis`, which asks it for elasticities of reactions, and `cost`, which asks it for
those of prices. A tier stands at the middle of its edges on a logarithmic scale.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.display import because
from analysis.estimate.tiers import OPEN_BOTTOM, OPEN_TOP, log_midpoint

READ = (
    "series_id", "platform", "metric_group", "metric", "denominator", "statistic", "geography",
    "confidence", "data_owner", "data_year", "tier_label", "id", "followers_min", "followers_max",
    "value", "value_low", "value_high", "rate", "n",
)  # fmt: skip
"""Columns of a table that are read; ``rate`` is from `middle_value`."""

KEPT = ("data_owner", "metric_group", "platform", "metric", "denominator", "geography")
"""Columns that are the same in all rows of a table and are passed on."""

MEDIAN = 1.2533
"""Standard error of a median over that of a mean, of normal values: the root of pi / 2."""

QUARTILES = 1.349
"""Distance between the quartiles of normal values [standard deviations]."""


def middle_value(figures: pd.DataFrame) -> pd.Series:
    """Give the value, or the geometric middle of a range with two ends; nan if not above zero."""
    middle = np.sqrt(figures["value_low"] * figures["value_high"])
    return figures["value"].fillna(middle).where(lambda value: value > 0)


def fitted_line(
    rows: Mapping[str, np.ndarray] | pd.DataFrame,
    open_top: float = OPEN_TOP,
    open_bottom: float = OPEN_BOTTOM,
) -> dict:
    """Fit a line to the logarithms of one table, by unweighted least squares.

    Parameters
    ----------
    rows : mapping of numpy.ndarray or pandas.DataFrame
        One tier each, with the columns READ.
    open_top, open_bottom : float
        As in `implied_betas`.

    Returns
    -------
    dict
        ``slope`` of log value on log followers; ``se``, its sampling error alone, nan where
        ``no_se`` says why; ``ratio`` of the first tier to the last and how many ``decades`` apart
        they lie; ``tiers``, ``midpoints`` and ``rates`` as text; ``fit`` and ``assumed``; and what
        the table is: ``source``, ``year``, ``ids`` and KEPT.
    """
    at = np.log10(log_midpoint(rows["followers_min"], rows["followers_max"], open_top, open_bottom))
    order = np.argsort(at, kind="stable")
    tiers = {name: np.asarray(rows[name])[order] for name in READ}
    first, x, rates = {name: column[0] for name, column in tiers.items()}, at[order], tiers["rate"]
    away = x - x.mean()
    weights = away / (away**2).sum()
    error, no_se = _median_errors(tiers)
    return {
        **{name: first[name] for name in KEPT},
        "source": first["series_id"],
        "year": first["data_year"],
        "confidence": first["confidence"],
        "tiers": "; ".join(tiers["tier_label"]),
        "n_tiers": len(x),
        "ids": " ".join(tiers["id"]),
        "midpoints": "; ".join(f"{10**middle:.0f}" for middle in x),
        "rates": "; ".join(f"{rate:g}" for rate in rates),
        "ratio": rates[0] / rates[-1],
        "decades": x[-1] - x[0],
        "slope": (weights * np.log10(rates)).sum(),
        "se": np.sqrt((weights**2 * error**2).sum()),
        "no_se": no_se,
        "fit": str(
            because("line_of_two") if len(x) == 2 else because("line_of_more", tiers=len(x))
        ),
        "assumed": _assumed(tiers, open_top, open_bottom),
    }


def _median_errors(tiers: dict[str, np.ndarray]) -> tuple[np.ndarray, str]:
    """Standard error of each log10 median under log-normal spread, and why there is none."""
    n, low, high = (tiers[name] for name in ("n", "value_low", "value_high"))
    if (tiers["statistic"] != "median with quartiles").any() or np.isnan([n, low, high]).any():
        return np.full(len(n), np.nan), str(because("no_quartiles"))
    return MEDIAN * np.log(high / low) / QUARTILES / np.sqrt(n) / np.log(10), ""


def _assumed(tiers: dict[str, np.ndarray], open_top: float, open_bottom: float) -> str:
    """Name the edges and values that the publisher did not print."""
    assumed = [because("at_log_midpoint")]
    if np.isnan(tiers["followers_max"]).any():
        assumed.append(because("open_top", times=open_top))
    if not (tiers["followers_min"] > 0).all():
        assumed.append(because("open_bottom", followers=open_bottom))
    if np.isnan(tiers["value"]).any():
        assumed.append(because("middle_of_range"))
    return "; ".join(map(str, assumed))
