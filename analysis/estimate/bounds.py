"""Bounds of a contrast of typical accounts where accounts or posts were selected in a known way.

Two ways. If only accounts above a known threshold of the outcome are seen, a truncated log-normal
distribution per tier gives the ratio of all accounts: what lies below the threshold is known by the
shape of the distribution alone. If a share of accounts is missing, whose rates differ from those
seen by no more than a factor, the ratio lies between two ends whatever the shape (Manski 2003).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr, ndtri

from analysis.display import because, namespace_of
from analysis.estimate.contrast import contrast
from analysis.estimate.registry import sample_verb
from analysis.estimate.results import Estimate
from analysis.estimate.tier_averages import context_of, estimand_of
from analysis.estimate.tiers import check_tiers
from analysis.moments.sample import Sample

GRID = 81
"""Values of the mean log rate at which the likelihood of a tier is computed, twice: over all that
can be, and then where it is not negligible.
"""

NEGLIGIBLE = 16.0
"""Deviance beyond which a mean is left aside."""

CLASSES = 60
"""Into so many classes of size accounts are put, so that those of a class share a threshold."""

REACH = 6.0
"""How far below the mean of the logs that are seen, in their standard deviations, the mean of all
is looked for; an end that lies beyond is open.
"""

SPREADS = (0.2, 4.0)
"""Standard deviation of all log rates, at least and at most, in those of the logs that are seen."""

SEEN = ("positive", "log_rate", "log_rate2", "log_followers")


@dataclass(frozen=True)
class Profile:
    """Twice the log likelihood of a tier along the mean of all log rates, from its highest.

    Attributes
    ----------
    means, deviances : numpy.ndarray
        Evenly spaced means, and how much less likely each is at its best spread, zero or more.
    open_end : bool
        Whether means that are lower still may be as likely.
    """

    means: np.ndarray
    deviances: np.ndarray
    open_end: bool


@sample_verb
def contrast_of_all(
    sample: Sample,
    of: str = "micro",
    versus: str = "macro",
    least: float = 0.0,
    confidence: float = 0.95,
) -> Estimate:
    """Divide the typical rate of one tier by that of another as it would be of all accounts, if
    those seen are the ones whose numerator per post is at least `least`.

    Log rates are taken as normal in each tier, with a mean and a spread of its own, and cut off at
    ``log(least) - log(followers)``, which differs between bands of followers (Cohen 1991). The
    interval is that of the profile likelihood. Nothing in the data checks the shape below the
    threshold: if most accounts lie there, the interval has an open end, and rightly so.

    Parameters
    ----------
    sample : Sample
        With tiers; a metric per follower.
    of, versus : str
        Tiers.
    least : float
        The known threshold, such as the likes of the last post of a list [count per post].
    confidence : float
        Of the interval.

    Returns
    -------
    Estimate
        A ratio, ``indicative`` since it rests on a shape that is not seen.

    Raises
    ------
    ValueError
        If the metric is not per follower, or the threshold not above zero.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.posts(seed=1, ratio=1.5, accounts=(400, 400), posts_per_account=1)
    >>> world = an.simulate.world("selected", posts[posts["likes"] >= 1_500])
    >>> seen = world.sample("likes_per_follower").tier("decades")
    >>> of_all = contrast_of_all(seen, least=1_500)
    >>> round(seen.contrast().estimate, 1), of_all.low < 1.5 < of_all.high
    (2.9, True)
    """
    check_tiers(sample, of, versus)
    if sample.metric.denominator != "followers":
        raise ValueError(f"a threshold needs a rate per follower, not {sample.metric.title}.")
    if not least > 0:
        raise ValueError(f"least is a number of reactions above zero; got {least!r}.")
    held = sample.within((of, versus), SEEN)
    context = context_of(sample, "typical account", of, versus, confidence)
    what = because("ratio", of=of, versus=versus, each=estimand_of(context))
    rows = sample.rows[sample.rows["tier"].isin([of, versus])]
    counts = [int(rows[name].sum()) for name in ("accounts", "posts")]
    label, why = f"{of} / {versus}", because("truncated", least=least)
    few = [part["positive"].sum() for part in held.values()]
    if min(few) < 3:
        why = because("too_few_positive")
        return Estimate.undefined(why, label=label, unit="ratio", estimand=what, context=context)
    profiles = [profile(part, np.log(least)) for part in held.values()]
    values = _difference(*profiles, confidence)
    return Estimate(label, *counts, *values, "ratio", what, (why,), "indicative", context)


def profile(rows: Mapping[str, np.ndarray], log_least: float) -> Profile:
    """Give the profile likelihood of the mean of a normal distribution that is cut off below.

    Parameters
    ----------
    rows : mapping of numpy.ndarray
        SEEN, an account or the sum over a band of followers in each place.
    log_least : float
        Log of the smallest numerator per post that is seen.
    """
    from scipy.optimize import minimize_scalar  # a reader of cells need not wait for it

    n, total, squares, sizes = _classes({name: rows[name][rows["positive"] > 0] for name in SEEN})
    middle = total.sum() / n.sum()
    spread = np.sqrt(max(squares.sum() / n.sum() - middle**2, 1e-6))
    cut = log_least - sizes / n  # the rate at which an account of this size is just seen
    ends = tuple(np.log(spread) + np.log(SPREADS))

    def against(log_sd: float, mean: float) -> float:
        sd = np.exp(log_sd)
        left = squares - 2 * mean * total + n * mean**2
        beyond = log_ndtr((mean - cut) / sd)
        return float((left / sd**2 + 2 * n * log_sd + 2 * n * beyond).sum())

    def best(means: np.ndarray) -> np.ndarray:
        fits = (
            minimize_scalar(against, bounds=ends, args=(mean,), method="bounded") for mean in means
        )
        return np.array([fit.fun for fit in fits])

    # of few accounts the upper end may lie far above their mean
    above = max(1.0, REACH / np.sqrt(n.sum()))
    means = np.linspace(middle - REACH * spread, middle + above * spread, GRID)
    coarse = best(means)
    kept = np.flatnonzero(coarse - coarse.min() < NEGLIGIBLE)
    first, last = max(kept[0] - 1, 0), min(kept[-1] + 1, GRID - 1)
    means = np.linspace(means[first], means[last], 2 * GRID)
    fine = best(means)
    return Profile(means, fine - fine.min(), bool(first == 0))


def _classes(rows: Mapping[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Sum accounts of about the same size, so that there are at most CLASSES sums; bands of cells
    are fewer.
    """
    size = rows["log_followers"] / rows["positive"]
    if len(size) <= CLASSES:
        return tuple(rows.values())
    edges = np.quantile(size, np.linspace(0, 1, CLASSES + 1)[1:-1])
    number = np.searchsorted(edges, size)
    sums = [np.bincount(number, column, CLASSES) for column in rows.values()]
    return tuple(column[sums[0] > 0] for column in sums)


def _difference(first: Profile, second: Profile, confidence: float) -> tuple[float, float, float]:
    """Ratio of two tiers with its interval: all differences of two means whose deviances add up to
    no more than the quantile of a chi-squared distribution.
    """
    apart = (first.means[:, None] - second.means[None, :]).ravel()
    both = (first.deviances[:, None] + second.deviances[None, :]).ravel()
    limit = ndtri((1 + confidence) / 2) ** 2
    within = apart[both <= limit]
    ends = [first.open_end and first.deviances[0] <= limit]
    ends.append(second.open_end and second.deviances[0] <= limit)
    low = 0.0 if ends[0] else np.exp(within.min())
    high = np.inf if ends[1] else np.exp(within.max())
    return float(np.exp(apart[int(np.argmin(both))])), float(low), float(high)


@sample_verb
def contrast_with_missing(
    sample: Sample,
    of: str = "micro",
    versus: str = "macro",
    missing: tuple[float, float] = (0.1, 0.1),
    factor: float = 2.0,
    confidence: float = 0.95,
) -> Estimate:
    """Bound a contrast of typical accounts if a share of the accounts of each tier is missing.

    The typical rate of those missing is at least that of those seen divided by `factor`, and at
    most that times `factor`. With shares `m` and `k` the ratio of all accounts lies within
    ``factor ** (m + k)`` of the ratio of those seen; which accounts are missing is left open.

    Parameters
    ----------
    sample : Sample
        With tiers.
    of, versus : str
        Tiers.
    missing : tuple of float
        Share of all accounts of `of`, and of `versus`, that are missing: at least 0, below 1.
    factor : float
        At least 1.
    confidence : float
        Of the interval of the ratio of those seen, from whose ends the bounds are taken.

    Returns
    -------
    Estimate
        The ratio of those seen, with the interval widened to the bounds.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    >>> some = kim.contrast_with_missing(missing=(0.1, 0.1), factor=2)
    >>> round(some.low, 2), round(some.high, 2)
    (1.16, 1.64)
    """
    if not all(0 <= share < 1 for share in missing):
        raise ValueError(f"missing are two shares of at least 0 and below 1; got {missing!r}.")
    if not factor >= 1:
        raise ValueError(f"factor is at least 1; got {factor!r}.")
    seen = contrast(sample, of, versus, confidence=confidence)
    wide = factor ** sum(missing)
    why = because("missing_accounts", first=missing[0], second=missing[1], factor=factor)
    ends = {"low": seen.low / wide, "high": seen.high * wide}
    # bounds are no interval by Student's t, so none of another level follows from them
    return replace(seen, **ends, family=None, reasons=(why, *seen.reasons))


def share_missing(bias: float, factor: float = 2.0) -> float:
    """Give the share of accounts, missing from both tiers alike, that would amount to a bias if
    their rates differ by `factor`, in opposite directions; nan if even all would not.

    Examples
    --------
    >>> round(share_missing(1.017, factor=2), 3)
    0.012
    """
    share = abs(float(np.log(bias))) / (2 * float(np.log(factor)))
    return share if share < 1 else np.nan


__getattr__, __dir__ = namespace_of(globals())
