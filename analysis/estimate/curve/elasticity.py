"""The follower elasticity: by what power of followers reactions grow.

If the reactions to a post grow as followers to the power beta, the rate per follower changes as
followers to the power beta - 1. One number then stands for every pair of tiers, and `implied_ratio`
translates it back. It describes different creators, not one who grows.
"""

import numpy as np
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE, ZEROS
from analysis.estimate.curve.clustered import Slope, poisson_line, posts_line
from analysis.estimate.curve.piecewise import PER_DECADE, bands_of, least_squares, line
from analysis.estimate.registry import estimator
from analysis.estimate.results import Estimate
from analysis.estimate.tiers import OPEN_BOTTOM, OPEN_TOP, log_midpoint
from analysis.moments.sample import Sample
from analysis.registers.metrics import PER_POST
from analysis.registers.records import Tier, TierScheme


@estimator("elasticity", unit="elasticity")
def elasticity(sample: Sample, model: str = "log-log", confidence: float = 0.95) -> Estimate:
    """Estimate by what power of followers a quantity grows, with log followers free in the
    regression.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower: beta is 1 plus the slope of the rate, so that its numerator grows
        as followers to the power beta. Of a total per post: beta is the slope itself. Of any other
        metric, such as reactions per view: the power by which that rate changes with followers, 0
        for a rate that does not.
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
    few = (
        f"indicative only, {found.accounts} accounts"
        if found.accounts < INDICATIVE and status != "undefined"
        else ""
    )
    method = "; ".join(part for part in (found.problem, few, found.method) if part)
    return Estimate(
        f"elasticity, {model}", found.accounts, int(sample.rows["posts"].sum()), shift + found.value, shift + low, shift + high,
        "elasticity", _estimand(sample, model), method, status,
    )  # fmt: skip


@estimator(
    "elasticity beside", unit=PER_DECADE, needs=("versus",), compares_sources=True, method=False
)
def elasticity_beside(sample: Sample, beside: Sample, confidence: float = 0.95) -> Estimate:
    """Divide the rate's ratio per decade of followers in another source by that in this one; the
    two have no account in common.
    """
    other, own = slope(beside), slope(sample)
    variance = other.se**2 + own.se**2
    df = variance**2 / (other.se**4 / other.df + own.se**4 / own.df)
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
    value, low, high = 10 ** (other.value - own.value + np.array([0.0, -reach, reach]))
    label = f"{beside.source.short} / {sample.source.short}"
    estimand = f"ratio of {sample.metric.title} per decade of followers, {label}, between accounts"
    status = "indicative" if other.problem or own.problem else "ok"
    status = "undefined" if np.isnan(value) else status
    texts = (other.problem, own.problem, other.method, own.method)
    method = "; ".join(dict.fromkeys(text for text in texts if text))
    posts = int(sample.rows["posts"].sum() + beside.rows["posts"].sum())
    values = (float(value), float(low), float(high))
    counts = (other.accounts + own.accounts, posts)
    return Estimate(label, *counts, *values, PER_DECADE, estimand, method, status)


def proportional_p(sample: Sample, model: str = "log-log") -> float:
    """Test whether size is without influence on the rate.

    Returns
    -------
    float
        Two-sided p of beta = 1 for metrics per follower and totals per post, of a slope of 0 for
        other rates. It is below 1 - confidence if and only if the interval of `elasticity` leaves
        that value out.
    """
    return slope(sample, model).p(1.0 if sample.metric.denominator == PER_POST else 0.0)


def implied_ratio(
    found: Estimate, scheme: TierScheme, of: str = "micro", versus: str = "macro", per_follower: bool = True,
    open_top: float = OPEN_TOP, open_bottom: float = OPEN_BOTTOM,
) -> Estimate:  # fmt: skip
    """Translate an elasticity into the ratio of two tiers, each at the middle of its edges on a
    logarithmic scale.

    Parameters
    ----------
    found : Estimate
        From `elasticity`.
    scheme : TierScheme
        Whose tiers.
    of, versus : str
        The ratio is `of` over `versus`.
    per_follower : bool
        Whether a ratio of rates per follower is wanted, followers to the power beta - 1; else of
        the quantity itself, followers to the power beta, which is the only one for rates over
        something else than followers.
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
            raise ValueError(
                f"tier scheme '{scheme.key}' has no tier '{name}'. It has: {', '.join(scheme.names)}."
            )
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
    return float(
        log_midpoint(
            tier.lower or np.nan,
            np.nan if tier.upper is None else tier.upper,
            open_top,
            open_bottom,
        )
    )


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
    "log-log posts": "least squares of the log rate of single posts, clustered by account: busy accounts count more; accounts only",
    "poisson": "Poisson pseudo-likelihood of the counts: accounts count by what is expected of them, rates of zero are kept",
}
"""Every model by name, with what it weighs."""


def _log_log(sample: Sample) -> Slope:
    bands = bands_of(sample)
    zeros = sample.accounts - bands.accounts
    method = "least squares on account logs, HC3" + (
        "" if bands.single else " with one variance per band (cells)"
    )
    method += f", without {zeros} accounts of rate zero" if zeros else ""
    fit = least_squares(bands, line(bands)) if bands.accounts > 2 else None
    if fit is None:
        return Slope(
            np.nan,
            np.nan,
            np.nan,
            bands.accounts,
            "",
            "fewer than three accounts of different size, so no slope",
        )
    se = float(np.sqrt(fit.covariance[1, 1]))
    problem = ""
    if not se > 1e-12:
        se, problem = np.nan, "no variation around the line, or one account decides it: no interval"
    elif zeros > ZEROS * sample.accounts:
        problem = f"indicative only, {zeros} of {sample.accounts} accounts have a rate of zero and no logarithm"
    return Slope(float(fit.coefficients[1]), se, fit.df, bands.accounts, method, problem)


_FITS = {"log-log": _log_log, "log-log posts": posts_line, "poisson": poisson_line}


def _shift(sample: Sample) -> float:
    """What is added to the slope of the rate: its denominator's own elasticity where that is
    followers.
    """
    return 1.0 if sample.metric.denominator == "followers" else 0.0


def _estimand(sample: Sample, model: str) -> str:
    numerator = sample.metric.title.split(" / ")[0]
    what = numerator if _shift(sample) else sample.metric.title
    posts = "" if sample.stratum == "all" else f", posts with {sample.stratum} = {sample.level}"
    middle = "typical" if model == "log-log" else "mean"
    return f"elasticity of {middle} {what} in followers, between accounts{posts}"
