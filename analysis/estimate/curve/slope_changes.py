"""Changes of slope in the line of log rate on log followers, each at a breakpoint that was fixed
beforehand.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from analysis.display import Reason, because
from analysis.errors import check_least
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.estimates import Quantity, estimates_of
from analysis.estimate.curve.piecewise import (
    Bands,
    Fit,
    bands_of,
    bent_line,
    hinges,
    is_edge,
    joined,
    line,
)
from analysis.estimate.curve.scaled_residuals import spread_of_t
from analysis.estimate.curve.scan import chance, critical, largest_t, scan, wild
from analysis.estimate.registry import PER_DECADE, estimator, sample_verb
from analysis.estimate.results import Estimate, Estimates, Family
from analysis.estimate.tier_averages import rate_of
from analysis.moments.sample import Sample

PLACEBOS = (20_000, 50_000, 100_000, 200_000, 500_000)
"""Followers at which a breakpoint is tried beside the one that fits best."""

READINGS = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
"""Weights of level, slope and change of slope in the slope below, above and their difference."""


@sample_verb
def slopes_around(sample: Sample, at: float = 100_000, confidence: float = 0.95) -> Estimates:
    """Estimate the slope on either side of a number of followers that was fixed beforehand.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    at : float
        Followers; of cells only an edge can be taken.
    confidence : float
        Of each interval by itself.

    Returns
    -------
    Estimates
        Three, labelled ``slope below``, ``slope above`` and ``slope above / below``: the rate's
        ratio per decade of followers below and above, and the latter over the former.

    Examples
    --------
    >>> import analysis as an
    >>> slopes = an.load("instagram-kim").sample("engagement").slopes_around(100_000)
    >>> round(slopes["slope below"].estimate, 2), round(slopes["slope above"].estimate, 2)
    (0.7, 0.98)
    """
    check_least("at", at, 0, above=True)
    bands, knot = bands_of(sample), np.log(at)
    bent, jump = (bent_line(bands, knot, step) for step in (False, True))
    # a line that may also jump there has to be possible, or too few accounts carry a slope
    if bent is None or jump is None:
        nothing = ((_why_not(bands, at, None),), "undefined", confidence)
        return Estimates.of(estimates_of(sample, bands.accounts, sides(sample), None, *nothing))
    value, se = readings(bent)
    spread = spread_of_t(bands, joined(line(bands), hinges(bands, knot)), bent, READINGS)
    ends = [
        spread.interval(place, *of_side, (1 + confidence) / 2)
        for place, of_side in enumerate(zip(value, se, strict=True))
    ]
    with np.errstate(over="ignore"):  # an interval may be so wide that its end is infinite
        rows = 10.0 ** np.column_stack([value, ends])
    rows[:, 1:] = np.where(bent.exact, np.nan, rows[:, 1:])
    carried = np.isfinite(rows).all() and np.isfinite(jump.covariance[3, 3])
    status = "ok" if bands.accounts >= INDICATIVE and carried else "indicative"
    facts = {"cells": not bands.single, "errors": spread.errors}
    how = (because("breakpoint_fixed", at=float(at), **facts),)
    made = estimates_of(sample, bands.accounts, sides(sample), rows, how, status, confidence)
    # drawn quantiles are not Student's, so that no interval of another level follows from these
    drawn = spread.drawn is not None
    families = [None if drawn else Family("factor", float(df)) for df in spread.df]
    pairs = zip(made, families, strict=True)
    return Estimates.of(replace(one, family=family) for one, family in pairs)


@estimator("slope below", unit=PER_DECADE, needs=("at",), method=False)
def slope_below(sample: Sample, at: float, confidence: float = 0.95) -> Estimate:
    """Estimate the slope below a number of followers; see `slopes_around`."""
    return slopes_around(sample, at, confidence)["slope below"]


@estimator("slope above", unit=PER_DECADE, needs=("at",), method=False)
def slope_above(sample: Sample, at: float, confidence: float = 0.95) -> Estimate:
    """Estimate the slope above a number of followers; see `slopes_around`."""
    return slopes_around(sample, at, confidence)["slope above"]


@sample_verb
def slope_changes_at(
    sample: Sample,
    followers: Iterable[float] = PLACEBOS,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = 20_000,
) -> Estimates:
    """Estimate how the slope changes at several numbers of followers, one breakpoint at a time.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    followers : iterable of float
        Where; of cells only edges can be taken.
    confidence : float
        Of all intervals at once.
    seed, draws : int
        Of the null distribution of the largest t.

    Returns
    -------
    Estimates
        One per place: slope above over slope below, as a ratio per decade, with the columns ``at``
        [followers], ``t`` and ``p``. Intervals and p hold for all of them at once: p is below
        1 - confidence if and only if the interval leaves out 1.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement")
    >>> kim.slope_changes_at([20_000, 100_000], draws=999).to_frame()["p"].tolist()
    [0.001, 0.001]
    """
    places = [float(at) for at in followers]
    for at in places:
        check_least("followers", at, 0, above=True)
    bands = bands_of(sample)
    fits = {at: bent_line(bands, np.log(at)) for at in places}
    t = {
        at: fit.coefficients[2] / np.sqrt(fit.covariance[2, 2])
        for at, fit in fits.items()
        if fit and fit.covariance[2, 2] > 0 and not fit.exact
    }
    tried = scan(bands, np.log(list(t)))
    largest = largest_t(bands, tried, seed, draws, bent=True) if tried else np.array([])
    p = {at: chance(largest, abs(value)) for at, value in t.items()}
    facts = {"cells": not bands.single, "changes": len(t), "wild": wild(bands)}
    sure = "ok" if bands.accounts >= INDICATIVE else "indicative"
    made = []
    for at in places:
        what = because("slope_change", rate=rate_of(sample), at=at)
        quantity = Quantity(str(because("breakpoint_at", at=at)), PER_DECADE, what)
        values, reason, status = None, _why_not(bands, at, fits[at]), "undefined"
        if at in t:
            change = fits[at].coefficients[2]
            reach = abs(change / t[at]) * critical(largest, confidence)
            with np.errstate(over="ignore"):  # an interval may be so wide that its end is infinite
                values = [10.0 ** np.array([change, change - reach, change + reach])]
            reason, status = because("changes_at_once", **facts), sure
        how = (values, (reason,), status, confidence)
        made += estimates_of(sample, bands.accounts, [quantity], *how)
    columns = {"t": [t.get(at, np.nan) for at in places], "p": [p.get(at, np.nan) for at in places]}
    return Estimates.of(made, at=places, **columns)


def readings(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Slope below, slope above and their difference, with standard errors."""
    takes = np.zeros((3, len(fit.coefficients)))
    takes[:, :3] = READINGS
    return takes @ fit.coefficients, np.sqrt(np.einsum("ij,jk,ik->i", takes, fit.covariance, takes))


def sides(sample: Sample) -> list[Quantity]:
    """Name what `readings` gives."""
    rate = rate_of(sample)
    return [
        Quantity(
            f"slope {side}", PER_DECADE, because("slope_beside_breakpoint", rate=rate, side=side)
        )
        for side in ("below", "above", "above / below")
    ]


def _why_not(bands: Bands, at: float, fit: Fit | None) -> Reason:
    if bands.withheld:
        return bands.withheld
    if not is_edge(bands, np.log(at)):
        return because("no_edge", at=at)
    return because("too_few_beside", at=at) if fit is None else because("no_variation_around_line")
