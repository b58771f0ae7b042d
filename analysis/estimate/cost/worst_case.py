"""How far one account of a tier, or a few, and as many of another as have their followers together,
can fall below the usual.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from analysis.display import because
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.cost.accounts import MOST, Creators, creators
from analysis.estimate.cost.price_laws import typical_followers
from analysis.estimate.registry import estimator
from analysis.estimate.results import Estimate
from analysis.estimate.tier_averages import context_of
from analysis.moments.sample import Sample


@estimator("worst case", unit="ratio", needs=("of", "versus"), accepts=("at",), tiered=True)
def worst_case(
    sample: Sample,
    of: str = "macro",
    versus: str = "micro",
    confidence: float = 0.95,
    together: float = 0.0,
    worst: float = 0.05,
    draws: int = 2_000,
    resamples: int = 100,
    seed: int = 20,
    at: int = 1,
) -> Estimate:
    """Compare how far one account of a tier, or a few, and as many of another as have their
    followers together, can fall below the usual.

    What is left in the worst 5 percent of cases, as a share of the median case: for the mean rate
    of m accounts of `of`, over the same for the mean rate of k accounts of `versus`, where k is m
    times the ratio of their typical followers.

    Parameters
    ----------
    sample : Sample
        Of a metric per follower, with tiers assigned.
    of, versus : str
        Tiers.
    confidence : float
        Of the interval: accounts are drawn anew `resamples` times (bootstrap percentiles), with the
        same random numbers.
    together : float
        See `portfolios`.
    worst : float
        Share of the cases that count as the worst.
    draws, resamples, seed : int
        Of the simulation.
    at : int
        m, how many accounts of `of` make a case; 0, as in a test that does not say, counts as 1.

    Returns
    -------
    Estimate
        Below 1 the few accounts are the greater gamble. The spread is that between account means:
        a single post scatters more. Where rates are log-normal and differ by as much in both tiers,
        it lies below 1 whatever their size, and nears 1 as m grows.

    Raises
    ------
    ValueError
        If `at` is no whole number.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> round(kim.worst_case("macro", "micro", draws=200, resamples=20).estimate, 2)
    0.38
    >>> round(kim.worst_case("macro", "micro", draws=200, resamples=20, at=3).estimate, 2)
    0.55
    """
    if at != int(at) or at < 0:
        raise ValueError(f"at is {at:g}, and a number of accounts is whole: 1, 2, 3 and so on.")
    of_each, facts = max(int(at), 1), {"metric": sample.metric.title, "worst": worst}
    what = because("worst_case", of=of, versus=versus, **facts)
    if of_each > 1:
        what = because("worst_case_of_several", of=of, versus=versus, **facts, accounts=of_each)
    names = {"label": f"{of} / {versus}", "unit": "ratio", "estimand": what}
    left = str(because("left_in_worst_cases", **facts, accounts=of_each))
    context = replace(context_of(sample, "", of, versus, confidence), metric=left)
    try:
        one, many = creators(sample, of), creators(sample, versus)
    except ValueError as fault:
        why = because("no_creators", fault=str(fault).rstrip("."))
        return Estimate.undefined(why, **names, context=context)
    rng = np.random.default_rng(seed)
    apart = typical_followers(sample, of) / typical_followers(sample, versus)
    if not np.isfinite(apart):
        return Estimate.undefined(because("rate_zero"), **names, context=context)
    k = int(np.clip(round(of_each * apart), 1, MOST))
    # one account can fail together with nobody
    first = rng.random((draws, 1)) if of_each == 1 else _drawn(draws, of_each, together, rng)
    several = _drawn(draws, k, together, rng)
    weights = [(one.weight, many.weight)]
    weights += [(_redrawn(one, rng), _redrawn(many, rng)) for _ in range(resamples)]
    ones, manies = zip(*weights, strict=True)
    ratios = _left(one, first, ones, worst) / _left(many, several, manies, worst)
    low, high = np.quantile(ratios[1:], [(1 - confidence) / 2, (1 + confidence) / 2])
    values, fewest = (float(ratios[0]), float(low), float(high)), min(one.n, many.n)
    few = (because("few_in_a_tier", accounts=fewest),) if fewest < INDICATIVE else ()
    why = (*few, because("bootstrap", resamples=resamples, k=k, together=together))
    status = "ok" if np.isfinite(values).all() and not few else "indicative"
    status = status if np.isfinite(values[0]) else "undefined"
    counts = {"n_accounts": one.n + many.n, "n_posts": int(sample.rows["posts"].sum())}
    ends = dict(zip(("estimate", "low", "high"), values, strict=True))
    return Estimate(**names, **counts, **ends, reasons=why, status=status, context=context)


def _drawn(draws: int, k: int, together: float, rng: np.random.Generator) -> np.ndarray:
    """Quantiles at which k accounts of a case stand, whose success has a rank correlation."""
    common, own = rng.standard_normal((draws, 1)), rng.standard_normal((draws, k))
    return ndtr(np.sqrt(together) * common + np.sqrt(1 - together) * own)


def _redrawn(part: Creators, rng: np.random.Generator) -> np.ndarray:
    """How often each account is drawn when as many are drawn anew."""
    return rng.multinomial(part.n, part.weight / part.weight.sum())


def _left(part: Creators, u: np.ndarray, weights: Iterable[np.ndarray], worst: float) -> np.ndarray:
    """What is left in the worst cases, as a share of the median one, under each choice of weights;
    nan where the median is zero.

    A case is a row of `u`, and its value the mean rate of the creators at these quantiles.
    """
    weights = np.array(list(weights))
    cumulated = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    # as `pick`, but from the sorted side, which is far faster when the same draws are looked up
    # again and again
    places = np.searchsorted(np.sort(u, axis=None), cumulated[:, :-1])
    rank = np.argsort(np.argsort(u.T, axis=None))
    counts = np.diff(places, prepend=0, append=u.size)
    cases = [np.repeat(part.rate, own)[rank].reshape(u.T.shape).mean(axis=0) for own in counts]
    low, median = np.quantile(cases, [worst, 0.5], axis=1)
    return np.divide(low, median, out=np.full(len(cases), np.nan), where=median > 0)
