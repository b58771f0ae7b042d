"""Does the line of log rate on log followers bend, and where?

The line may bend once, at an edge that is not known beforehand. Three questions stay apart: is
there any bend (a test that pays for looking everywhere), where is it (a profile of the sum of
squares), and does a bend foretell accounts better than a straight line or a smooth curve. A bend
that fits best is always found somewhere: only the first question says whether there is one.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtri

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.bends import (
    PLACEBOS,
    Search,
    bend,
    bends_at,
    chance,
    largest_t,
    null_by,
    readings,
    search,
    told,
    what,
    with_step,
)
from analysis.estimate.curve.piecewise import (
    Bands,
    Basis,
    bands_of,
    candidates_of,
    hinges,
    joined,
    least_squares,
    leverages,
    line,
    steps,
)
from analysis.estimate.curve.spline import Curve, compare, smooth_curve
from analysis.estimate.registry import estimator, verb
from analysis.estimate.results import Estimate
from analysis.moments.sample import Sample


class Break(NamedTuple):
    """One bend in the line.

    Attributes
    ----------
    at : Estimate
        Where the bend fits best [followers], with its profile interval.
    below, above, change : Estimate
        Ratio of the rate per decade of followers on either side of it, and the one above over the
        one below; the intervals allow for the bend being somewhere else.
    p : float
        Of there being no bend at all, after looking at every candidate.
    candidates : pandas.DataFrame
        ``followers``, ``squares`` (sum of squared residuals with the bend there), ``t`` (of the
        test) and ``inside`` (the interval).
    placebos : pandas.DataFrame
        From `bends_at`.
    models : pandas.DataFrame
        Straight line, one bend and smooth curve, from `analysis.estimate.curve.spline.compare`.
    """

    at: Estimate
    below: Estimate
    above: Estimate
    change: Estimate
    p: float
    candidates: pd.DataFrame
    placebos: pd.DataFrame
    models: pd.DataFrame

    @property
    def rows(self) -> pd.DataFrame:
        """The four estimates as a frame, with ``p``: what `each` takes."""
        return pd.DataFrame(
            [self.at, self.below, self.above, self.change], columns=Estimate._fields
        ).assign(p=self.p)


@verb
def breakpoint(
    sample: Sample, confidence: float = 0.95, knots: Iterable[float] | None = None, places: Iterable[float] = PLACEBOS, seed: int = 1,
    draws: int = 20_000,
) -> Break:  # fmt: skip
    """Fit one bend at an unknown number of followers.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    confidence : float
        Of every interval.
    knots : iterable of float, optional
        Candidates [followers]; of cells only edges can be. By default every edge with at least
        INNER of the accounts on either side, for accounts 20 per decade beside the edges of GRID.
    places : iterable of float
        Where a single bend is tried as a placebo, see `bends_at`.
    seed, draws : int
        Of the null distribution of the largest t.

    Returns
    -------
    Break
        Of status ``undefined`` where no candidate is left, ``indicative`` where no bend is shown at
        this confidence.
    """
    bands = bands_of(sample)
    found = search(bands, candidates_of(bands, knots)) if bands.accounts > INDICATIVE else None
    placebos = bends_at(sample, places, confidence, seed, draws)
    if found is None:
        why = f"{bands.accounts} accounts do not allow to look for a bend: too few, or too few follower bands"
        return _no_break(sample, bands, why, placebos)
    p = chance(largest_t(bands, found, seed, draws), np.abs(found.t).max())
    behind, (low, high), opened = _profile(bands, found, confidence)
    best = int(np.argmin(found.squares))
    at, sides = float(np.rint(np.exp(found.knots[best]))), _sides(bands, found, behind, confidence)
    shown = "" if p <= 1 - confidence else "no bend is shown, so its place means little; "
    method = f"{shown}least squares over {len(found.knots)} candidates, profile scaled to robust variances"
    method += f", p of no bend {p:.2g} by {null_by(bands)}"
    status = "ok" if not shown else "indicative"
    fields = {
        "n_accounts": bands.accounts,
        "n_posts": int(sample.rows["posts"].sum()),
        "status": status,
    }
    where = Estimate(
        label="bend", estimate=at, low=low, high=high, unit="followers", reasons=method + opened,
        estimand=f"followers at which the slope of log {what(sample)} changes, between accounts", **fields,
    )  # fmt: skip
    how = f"{shown}least squares with one bend at {at:,.0f} followers, HC3, profile over its place"
    table = found.table.assign(inside=behind <= chdtri(1, 1 - confidence))
    return Break(
        where,
        *told(sample, sides, how, fields),
        p,
        table,
        placebos,
        compare(bands, _curves(bands, found), confidence),
    )


@estimator("break", unit="followers", method=False)
def break_at(sample: Sample, confidence: float = 0.95) -> Estimate:
    """Estimate the followers at which the slope changes; see `breakpoint`."""
    return breakpoint(sample, confidence).at


def fitted(sample: Sample) -> pd.DataFrame:
    """Evaluate the straight line, the line with its best bend and the smooth curve, for a picture
    of them.

    Returns
    -------
    pandas.DataFrame
        ``model, followers, estimate``: the typical rate in the unit of the metric at the middle of
        each band, ascending; of accounts, at most 200 of them. No row where no candidate for a bend
        is left.
    """
    bands = bands_of(sample)
    found = search(bands, candidates_of(bands)) if bands.accounts > INDICATIVE else None
    order = np.argsort(bands.x, kind="stable")
    order = (
        order[np.unique(np.linspace(0, len(order) - 1, 200).astype(int))] if found else order[:0]
    )
    parts = []
    for curve in _curves(bands, found) if found else ():
        logs = (curve.basis.mean @ curve.coefficients)[order]
        parts.append(
            pd.DataFrame(
                {
                    "model": curve.name,
                    "followers": np.exp(bands.x[order]),
                    "estimate": sample.metric.scale * np.exp(logs),
                }
            )
        )
    return (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["model", "followers", "estimate"])
    )


def _profile(
    bands: Bands, found: Search, confidence: float
) -> tuple[np.ndarray, tuple[float, float], str]:
    """How far each candidate's fit lies behind the best one, robustly scaled; the edges around
    those not ruled out; what is open.
    """
    best = int(np.argmin(found.squares))
    fit = with_step(bands, found.knots[best])
    variance = found.squares[best] / (bands.accounts - 4)
    # the step is the derivative of the fit by the place of the bend: its variance, robust over
    # plain, scales the profile
    scale = (
        fit.covariance[3, 3] / (variance * fit.inverse[3, 3])
        if fit is not None and fit.covariance[3, 3] > 0
        else 1.0
    )
    behind = (found.squares - found.squares[best]) / variance / scale
    first, last = np.flatnonzero(behind <= chdtri(1, 1 - confidence))[[0, -1]]
    opened = [
        side for side, end in (("lower", first == 0), ("upper", last == len(behind) - 1)) if end
    ]
    low = 0.0 if first == 0 else np.rint(np.exp(found.knots[first - 1]))
    high = np.inf if last == len(behind) - 1 else np.rint(np.exp(found.knots[last + 1]))
    said = f"; open at the {' and '.join(opened)} end, where the search ends" if opened else ""
    return behind, (float(low), float(high)), said


def _sides(bands: Bands, found: Search, behind: np.ndarray, confidence: float) -> list[np.ndarray]:
    """Slopes with the best bend; their profile intervals run over every place of the bend that is
    not ruled out.
    """
    critical = chdtri(1, 1 - confidence)
    best = readings(bend(bands, found.knots[int(np.argmin(behind))]))
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for knot, lag in zip(found.knots, behind, strict=True):
        fit = bend(bands, knot) if lag <= critical else None
        if fit is not None:
            value, se = readings(fit)
            reach = se * np.sqrt(critical - lag)
            low, high = np.fmin(low, value - reach), np.fmax(high, value + reach)
    return list(10.0 ** np.column_stack([best[0], low, high]))


def _no_break(sample: Sample, bands: Bands, why: str, placebos: pd.DataFrame) -> Break:
    fields = {
        "n_accounts": bands.accounts,
        "n_posts": int(sample.rows["posts"].sum()),
        "status": "undefined",
    }
    where = Estimate(
        label="bend", estimate=np.nan, low=np.nan, high=np.nan, unit="followers", reasons=why,
        estimand=f"followers at which the slope of log {what(sample)} changes, between accounts", **fields,
    )  # fmt: skip
    nothing = pd.DataFrame(columns=["followers", "squares", "t", "inside"])
    models = pd.DataFrame(columns=["model", "parameters", "error", "gain", "low", "high"])
    return Break(where, *told(sample, None, why, fields), np.nan, nothing, placebos, models)


def _curves(bands: Bands, found: Search) -> list[Curve]:
    """Straight line, one bend, smooth curve."""
    straight = _curve("straight line", bands, line(bands))
    knot = found.knots[int(np.argmin(found.squares))]
    wider = joined(line(bands), hinges(bands, knot), steps(bands, knot))
    extended = least_squares(bands, wider)
    bent = _curve("one bend", bands, joined(line(bands), hinges(bands, knot)))
    if extended:  # the place of the bend is a parameter, too
        bent = bent._replace(leverage=leverages(bands, wider, extended.inverse))
    return [straight, bent, smooth_curve(bands)]


def _curve(name: str, bands: Bands, basis: Basis) -> Curve:
    fit = least_squares(bands, basis)
    return Curve(
        name, basis, fit.coefficients, fit.inverse, fit.squares, fit.leverage, np.array([])
    )
