"""The follower elasticity: by what power of followers reactions grow.

If the reactions to a post grow as followers to the power beta, the rate per follower changes as
followers to the power beta - 1. One number then stands for every pair of tiers, and `implied_ratio`
translates it back. It describes different creators, not one who grows.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.display import because, nearest
from analysis.estimate.averages import INDICATIVE, ZEROS
from analysis.estimate.curve.estimates import Quantity, Slope, check_known, estimates_of
from analysis.estimate.curve.piecewise import bands_of, least_squares, line
from analysis.estimate.curve.poisson import poisson_line
from analysis.estimate.curve.scaled_residuals import spread_of_t
from analysis.estimate.registry import PER_DECADE, estimator, sample_verb
from analysis.estimate.results import Estimate, Estimates, Family
from analysis.estimate.tier_averages import context_of, t_interval
from analysis.estimate.tiers import log_midpoint
from analysis.moments.sample import Sample
from analysis.registers.lookup import as_schemes
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

    Examples
    --------
    >>> import analysis as an
    >>> beta = an.load("instagram-kim").sample("engagement").elasticity()
    >>> round(beta.estimate, 3), round(beta.low, 3), round(beta.high, 3)
    (0.879, 0.872, 0.887)
    """
    fit = slope(sample, model)
    # the denominator's own elasticity is 1 where that is followers
    per_follower = sample.metric.denominator == "followers"
    title = sample.metric.title
    metric = title.split(" / ")[0] if per_follower else title
    facts = {"model": model, "metric": metric, "posts": sample.posts}
    quantity = Quantity(f"elasticity, {model}", "elasticity", because("elasticity", **facts))
    if not np.isfinite(fit.value):
        nothing = ((fit.problem,), "undefined", confidence)
        return estimates_of(sample, fit.accounts, [quantity], None, *nothing)[0]
    few = because("few_in_all", accounts=fit.accounts) if fit.accounts < INDICATIVE else None
    doubts = tuple(reason for reason in (fit.problem, few) if reason)
    ends = fit.interval(confidence)
    values = [float(per_follower) + value for value in (fit.value, *ends)]
    how = ((*doubts, fit.method), "indicative" if doubts else "ok", confidence)
    estimate = estimates_of(sample, fit.accounts, [quantity], [values], *how)[0]
    # drawn quantiles are not Student's, so that no interval of another level follows from this one
    if fit.spread is None:
        return replace(estimate, family=Family("difference", fit.df))
    drawn = fit.spread.drawn is not None
    return replace(
        estimate, family=None if drawn else Family("difference", float(fit.spread.df[0]))
    )


@estimator(
    "elasticity beside", unit=PER_DECADE, needs=("versus",), compares_sources=True, method=False
)
def elasticity_beside(sample: Sample, beside: Sample, confidence: float = 0.95) -> Estimate:
    """Divide the rate's ratio per decade of followers in another source by that in this source; the
    two have no account in common.
    """
    other, own = slope(beside), slope(sample)
    label = f"{beside.source.short} / {sample.source.short}"
    about = {
        "label": label, "unit": PER_DECADE, "n_accounts": other.accounts + own.accounts,
        "estimand": because("slope_beside", metric=sample.metric.title, sources=label),
        "n_posts": int(sample.rows["posts"].sum() + beside.rows["posts"].sum()),
        "context": replace(context_of(sample, "", confidence=confidence), source=""),
    }  # fmt: skip
    given = (other.problem, own.problem, other.method, own.method)
    reasons = tuple(dict.fromkeys(reason for reason in given if reason))
    value = other.value - own.value
    if np.isnan(value):
        return Estimate.undefined(*reasons, **about)
    variance = other.se**2 + own.se**2
    df = variance**2 / (other.se**4 / other.df + own.se**4 / own.df)
    low, high = t_interval(value, np.sqrt(variance), df, confidence)
    estimate, low, high = (float(10**part) for part in (value, low, high))
    status = "indicative" if other.problem or own.problem else "ok"
    made = {"low": low, "high": high, "family": Family("factor", df)}
    return Estimate(estimate=estimate, reasons=reasons, status=status, **made, **about)


def implied_ratio(
    beta: Estimate, scheme: TierScheme | str, of: str = "micro", versus: str = "macro"
) -> Estimate:
    """Translate an elasticity into the ratio of two tiers' rates per follower, each tier at the
    middle of its edges on a logarithmic scale.

    Parameters
    ----------
    beta : Estimate
        From `elasticity`.
    scheme : TierScheme or str
        Whose tiers, or its key; open ends are closed as `analysis.estimate.tiers.log_midpoint`
        does.
    of, versus : str
        The ratio is `of` over `versus`: their followers' ratio to the power beta - 1.

    Returns
    -------
    Estimate
        A ratio, with the interval that follows from that of the elasticity.

    Raises
    ------
    ValueError
        If the scheme has no such tier.

    Examples
    --------
    >>> import analysis as an
    >>> beta = an.load("instagram-kim").sample("engagement").elasticity()
    >>> round(an.curve.implied_ratio(beta, an.scheme("mediakix-instagram")).estimate, 3)
    1.198
    """
    (scheme,) = as_schemes(scheme)
    tiers = {tier.name: tier for tier in scheme.tiers}
    for name in (of, versus):
        if name not in tiers:
            hint, known = nearest(name, tiers), ", ".join(tiers)
            raise ValueError(
                f"tier scheme '{scheme.key}' has no tier '{name}'.{hint} It has: {known}."
            )
    first, second = (_middle(tiers[name]) for name in (of, versus))
    power = np.array([beta.estimate, beta.low, beta.high]) - 1
    ratio, *ends = (float(value) for value in (first / second) ** power)
    label = f"{of} / {versus}"
    what = because("implied_ratio", tiers=label, scheme=scheme.short, by=beta.estimand)
    middles = because("log_midpoints", of=first, versus=second)
    about = {"of": tiers[of], "versus": tiers[versus], "scheme": scheme.short}
    context = replace(beta.context, average="implied by the elasticity", **about)
    return replace(
        beta, label=label, estimate=ratio, low=min(ends), high=max(ends), unit="ratio",
        estimand=what, reasons=(*beta.reasons, middles), context=context,
        family=Family("factor", beta.family.df) if beta.family else None,
    )  # fmt: skip


def _middle(tier: Tier) -> float:
    return float(log_midpoint(tier.lower, np.nan if tier.upper is None else tier.upper))


@sample_verb
def implied_ratios(
    sample: Sample,
    schemes: Iterable[TierScheme | str],
    of: str = "micro",
    versus: str = "macro",
    confidence: float = 0.95,
) -> Estimates:
    """Translate the elasticity into the ratio of two tiers under every scheme, or key of one, that
    has both.

    Returns
    -------
    Estimates
        One per scheme, with its short name in the column ``scheme``; see `implied_ratio`.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> tiers = [an.scheme("decades"), an.scheme("harvard-media")]
    >>> [round(ratio.estimate, 2) for ratio in kim.implied_ratios(tiers)]
    [1.32, 1.27]
    """
    beta = elasticity(sample, confidence=confidence)
    having = [scheme for scheme in as_schemes(schemes) if {of, versus} <= set(scheme.names)]
    ratios = [implied_ratio(beta, scheme, of, versus) for scheme in having]
    return Estimates.of(ratios, scheme=[scheme.short for scheme in having])


def measured_betas(samples: Iterable[Sample]) -> pd.DataFrame:
    """Put elasticities of samples beside their standard errors, as tables are pooled.

    Parameters
    ----------
    samples : iterable of Sample
        Of metrics per follower.

    Returns
    -------
    pandas.DataFrame
        ``source, data_owner, platform, metric, stratum, level, n, beta, se``; the producer of the
        data is the owner.

    Raises
    ------
    ValueError
        If a metric is not per follower, or a sample gives no slope with an interval.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> an.curve.measured_betas([kim])[["beta", "se"]].round(3).to_numpy().tolist()
    [[0.879, 0.004]]
    """
    return pd.DataFrame([_measured(sample) for sample in samples])


def _measured(sample: Sample) -> dict:
    if sample.metric.denominator != "followers":
        raise ValueError(
            f"metric '{sample.metric.key}' is not per follower, so its slope on followers is no "
            "elasticity of reactions."
        )
    fit, source = slope(sample), sample.source
    if not np.isfinite(fit.se):
        raise ValueError(f"source '{source.key}': {fit.problem}.")
    return {
        "source": source.key, "data_owner": source.producer, "platform": source.platform,
        "metric": sample.metric.key, "stratum": sample.stratum, "level": sample.level,
        "n": fit.accounts, "beta": 1 + fit.value, "se": fit.se,
    }  # fmt: skip


def slope(sample: Sample, model: str = "log-log") -> Slope:
    """Fit the slope of the logarithm of a rate on log followers; ValueError for an unknown
    model.
    """
    check_known("model", model, MODELS)
    return MODELS[model](sample)


def _log_log(sample: Sample) -> Slope:
    bands = bands_of(sample)
    accounts, zeros = bands.accounts, sample.accounts - bands.accounts
    fit = least_squares(bands, line(bands)) if accounts > 2 else None
    if fit is None:
        problem = bands.withheld or because("too_few_sizes")
        return Slope(np.nan, np.nan, np.nan, accounts, None, problem)
    value, se = float(fit.coefficients[1]), float(np.sqrt(fit.covariance[1, 1]))
    problem = None
    if not se > 1e-12:
        se, problem = np.nan, because("no_variation_around_line")
    elif zeros > ZEROS * sample.accounts:
        problem = because("many_zeros", zeros=zeros, accounts=sample.accounts)
    spread = spread_of_t(bands, line(bands), fit, np.array([[0.0, 1.0]]))
    method = because("log_log", cells=not bands.single, zeros=zeros, errors=spread.errors)
    return Slope(value, se, fit.df, accounts, method, problem, spread)


MODELS: dict[str, Callable[[Sample], Slope]] = {"log-log": _log_log, "poisson": poisson_line}
"""Every model by name. *log-log*: least squares of the log account rate on log followers; each
account counts the same, rates of zero are left out. *poisson*: pseudo-likelihood of the counts;
accounts count by what is expected of them, rates of zero are kept.
"""
