"""The follower elasticity: by what power of followers reactions grow.

If the reactions to a post grow as followers to the power beta, the rate per follower changes as followers to the power beta - 1.
One number then stands for every pair of tiers, and `implied_ratio` translates it back. It describes different creators, not one
who grows.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtr, stdtrit

from analysis.estimate.averages import INDICATIVE, ZEROS
from analysis.estimate.contrast import Estimate
from analysis.estimate.hinges import bands_of, least_squares, line
from analysis.evidence.metrics import PER_POST
from analysis.evidence.records import Tier, TierScheme
from analysis.evidence.sample import Sample

OPEN_TOP, OPEN_BOTTOM = 2.0, 316.0
"""An open top tier ends at this many times its lower edge; one without a lower edge starts at this many followers."""


class Slope(NamedTuple):
    """Slope of the logarithm of a rate on log followers.

    Attributes
    ----------
    value, se, df : float
        The slope, its standard error and degrees of freedom; nan where not defined.
    accounts : int
        Accounts it rests on.
    method : str
        How it was found.
    problem : str
        What is missing and why; empty if nothing is.
    """

    value: float
    se: float
    df: float
    accounts: int
    method: str
    problem: str = ""

    def interval(self, confidence: float) -> tuple[float, float]:
        """Confidence interval of the slope, by Student's t."""
        reach = stdtrit(self.df, (1 + confidence) / 2) * self.se
        return self.value - reach, self.value + reach

    def p(self, null: float) -> float:
        """Two-sided p of the slope being `null`: below 1 - confidence if and only if the interval leaves it out."""
        return float(2 * stdtr(self.df, -abs(self.value - null) / self.se))


def elasticity(sample: Sample, model: str = "log-log", confidence: float = 0.95) -> Estimate:
    """Estimate by what power of followers a quantity grows, with log followers free in the regression.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower: beta is 1 plus the slope of the rate, so that its numerator grows as followers to the power beta.
        Of a total per post: beta is the slope itself. Of any other metric, such as reactions per view: the power by which that rate
        changes with followers, 0 for a rate that does not.
    model : str
        A key of MODELS.
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        With unit ``elasticity``.

    Raises
    ------
    ValueError
        If the model is not known.
    """
    found = slope(sample, model)
    shift = _shift(sample)
    low, high = found.interval(confidence)
    sure = not found.problem and found.accounts >= INDICATIVE
    status = "undefined" if not np.isfinite(found.value) else "ok" if sure else "indicative"
    few = f"indicative only, {found.accounts} accounts" if found.accounts < INDICATIVE and status != "undefined" else ""
    method = "; ".join(part for part in (found.problem, few, found.method) if part)
    return Estimate(
        f"elasticity, {model}", found.accounts, int(sample.rows["posts"].sum()), shift + found.value, shift + low, shift + high,
        "elasticity", _estimand(sample, model), method, status,
    )  # fmt: skip


def proportional_p(sample: Sample, model: str = "log-log") -> float:
    """Test whether size is without influence on the rate.

    Returns
    -------
    float
        Two-sided p of beta = 1 for metrics per follower and totals per post, of a slope of 0 for other rates. It is below
        1 - confidence if and only if the interval of `elasticity` leaves that value out.
    """
    return slope(sample, model).p(1.0 if sample.metric.denominator == PER_POST else 0.0)


def implied_ratio(
    found: Estimate, scheme: TierScheme, of: str = "micro", versus: str = "macro", per_follower: bool = True,
    open_top: float = OPEN_TOP, open_bottom: float = OPEN_BOTTOM,
) -> Estimate:  # fmt: skip
    """Translate an elasticity into the ratio of two tiers, each at the middle of its edges on a logarithmic scale.

    Parameters
    ----------
    found : Estimate
        From `elasticity`.
    scheme : TierScheme
        Whose tiers.
    of, versus : str
        The ratio is `of` over `versus`.
    per_follower : bool
        Whether a ratio of rates per follower is wanted, followers to the power beta - 1; else of the quantity itself, followers to
        the power beta, which is the only one for rates over something else than followers.
    open_top, open_bottom : float
        How open tiers are closed, as in `implied_betas`.

    Returns
    -------
    Estimate
        A ratio, with the interval that follows from that of the elasticity.

    Raises
    ------
    ValueError
        If the scheme has no such tier.
    """
    tiers = {tier.name: tier for tier in scheme.tiers}
    for name in (of, versus):
        if name not in tiers:
            raise ValueError(f"tier scheme '{scheme.key}' has no tier '{name}'. It has: {', '.join(scheme.names)}.")
    one, two = (_middle(tiers[name], open_top, open_bottom) for name in (of, versus))
    power = np.array([found.estimate, found.low, found.high]) - per_follower
    estimate, *ends = (float(value) for value in (one / two) ** power)
    what = "of rates per follower" if per_follower else "of the quantity"
    return found._replace(
        label=f"{of} / {versus}", estimate=estimate, low=min(ends), high=max(ends), unit="ratio",
        estimand=f"ratio {what}, {of} / {versus} of {scheme.short}, implied by the {found.estimand}",
        method=f"{found.method}; tiers at their log-midpoints, {one:,.0f} and {two:,.0f} followers",
    )  # fmt: skip


def _middle(tier: Tier, open_top: float, open_bottom: float) -> float:
    return float(log_midpoint(tier.lower or np.nan, np.nan if tier.upper is None else tier.upper, open_top, open_bottom))


def log_midpoint(lower, upper, open_top: float = OPEN_TOP, open_bottom: float = OPEN_BOTTOM) -> np.ndarray:
    """Geometric middle of follower ranges; a missing or zero lower edge and a missing upper edge are closed as told."""
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    lower = np.where(lower > 0, lower, open_bottom)
    return np.sqrt(lower * np.where(np.isnan(upper), open_top * lower, upper))


def slope(sample: Sample, model: str = "log-log") -> Slope:
    """Fit the slope of the logarithm of a rate on log followers.

    Raises
    ------
    ValueError
        If the model is not known.
    """
    if model not in MODELS:
        raise ValueError(f"model '{model}' is not known. Known: {', '.join(MODELS)}.")
    return _FITS[model](sample)


MODELS: dict[str, str] = {
    "log-log": "least squares of the log account rate on log followers: each account counts the same, rates of zero are left out",
    "poisson": "Poisson pseudo-likelihood of the counts: accounts count by what is expected of them, rates of zero are kept",
}
"""Every model by name, with what it weighs."""


def _log_log(sample: Sample) -> Slope:
    bands = bands_of(sample)
    zeros = sample.accounts - bands.accounts
    method = "least squares on account logs, HC3" + ("" if bands.single else " with one variance per band (cells)")
    method += f", without {zeros} accounts of rate zero" if zeros else ""
    fit = least_squares(bands, line(bands)) if bands.accounts > 2 else None
    if fit is None:
        return Slope(np.nan, np.nan, np.nan, bands.accounts, "", "fewer than three accounts of different size, so no slope")
    se = float(np.sqrt(fit.covariance[1, 1]))
    problem = ""
    if not se > 1e-12:
        se, problem = np.nan, "no variation around the line, or one account decides it: no interval"
    elif zeros > ZEROS * sample.accounts:
        problem = f"indicative only, {zeros} of {sample.accounts} accounts have a rate of zero and no logarithm"
    return Slope(float(fit.coefficients[1]), se, fit.df, bands.accounts, method, problem)


def _poisson(sample: Sample) -> Slope:
    """Score equations of E[numerator] = denominator * exp(a + slope * x), summed by account, with the sandwich of their sums."""
    rows, accounts = sample.rows, sample.accounts
    above, below, above2, below2, cross = (
        rows[name].to_numpy(float) for name in ("numerator", "denominator", "numerator2", "denominator2", "numerator_denominator")
    )
    x, spread = _stand(sample)
    if accounts < 3 or above.sum() == 0 or np.ptp(x[above > 0]) == 0:
        return Slope(np.nan, np.nan, np.nan, accounts, "", "fewer than two sizes with a count above zero, so no slope")
    centre = np.average(x, weights=below)
    a, s = _scores(above, below, x - centre, spread)
    column = np.column_stack([np.ones(len(x)), x - centre + s * spread])
    expected = np.exp(a + s * (x - centre) + s**2 * spread / 2)
    bread = np.linalg.inv((column.T * (below * expected)) @ column)
    # inside a band the larger accounts are expected to have more, which is no residual: both factors are 1 for accounts
    tilt = float(sample.metric.denominator == "followers")
    at_product, at_square = np.exp(s * spread * (tilt + s)), np.exp(s * spread * (2 * tilt + s))
    squares = np.maximum(above2 - 2 * expected * at_product * cross + expected**2 * at_square * below2, 0.0)
    posts = rows["posts"].sum()
    # the usual correction for few clusters, which is statsmodels' too
    correction = accounts / (accounts - 1) * (posts - 1) / (posts - 2)
    se = float(np.sqrt(correction * (bread @ (column.T * squares) @ column @ bread)[1, 1]))
    method = "Poisson pseudo-likelihood, clustered by account"
    if sample.resolution == "cells":
        method += ", accounts at their band's mean log followers and spread around it as in the band (cells)"
    problem = "" if se > 1e-12 else "no variation between accounts: no interval"
    return Slope(float(s), se if not problem else np.nan, accounts - 1, accounts, method, problem)


def _stand(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """Where the denominator of each row stands in log followers, and its variance there; an account stands at its own."""
    rows = sample.rows
    if sample.resolution == "accounts":
        return np.log(rows["lower"].to_numpy(float)), np.zeros(len(rows))
    n = np.maximum(rows["positive"].to_numpy(float), 1.0)
    mean = rows["log_followers"].to_numpy(float) / n
    spread = np.maximum(rows["log_followers2"].to_numpy(float) / n - mean**2, 0.0)
    # followers weigh the larger accounts of a band: a tilt by exp(x) moves the mean by the variance
    mean = mean + spread * (sample.metric.denominator == "followers")
    empty = (rows["positive"] == 0).to_numpy()
    return np.where(empty, np.log(log_midpoint(rows["lower"], rows["upper"].replace(np.inf, np.nan))), mean), spread


def _scores(above: np.ndarray, below: np.ndarray, x: np.ndarray, spread: np.ndarray) -> tuple[float, float]:
    """Solve the Poisson score equations by Fisher scoring with halved steps."""
    theta = np.array([np.log(above.sum() / below.sum()), 0.0])

    def loss(theta):
        with np.errstate(over="ignore"):
            eta = theta[0] + theta[1] * x + theta[1] ** 2 * spread / 2
            return (below * np.exp(eta) - above * eta).sum()

    for _ in range(200):
        column = np.column_stack([np.ones(len(x)), x + theta[1] * spread])
        expected = below * np.exp(theta[0] + theta[1] * x + theta[1] ** 2 * spread / 2)
        step = np.linalg.solve((column.T * expected) @ column, column.T @ (above - expected))
        size = 1.0
        while size > 1e-6 and not loss(theta + size * step) <= loss(theta) + 1e-12 * abs(loss(theta)):
            size /= 2
        theta = theta + size * step
        if np.abs(step).max() < 1e-13 * max(1.0, np.abs(theta).max()):
            break
    return float(theta[0]), float(theta[1])


_FITS = {"log-log": _log_log, "poisson": _poisson}


def _shift(sample: Sample) -> float:
    """What is added to the slope of the rate: its denominator's own elasticity where that is followers."""
    return 1.0 if sample.metric.denominator == "followers" else 0.0


def _estimand(sample: Sample, model: str) -> str:
    numerator = sample.metric.title.split(" / ")[0]
    what = numerator if _shift(sample) else sample.metric.title
    posts = "" if sample.stratum == "all" else f", posts with {sample.stratum} = {sample.level}"
    middle = "typical" if model == "log-log" else "mean"
    return f"elasticity of {middle} {what} in followers, between accounts{posts}"
