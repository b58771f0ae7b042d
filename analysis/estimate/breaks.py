"""Does the line of log rate on log followers bend, and where?

The line may bend once, at an edge that is not known beforehand. Three questions stay apart: is there any bend (a test that pays for
looking everywhere), where is it (a profile of the sum of squares), and does a bend foretell accounts better than a straight line or a
smooth curve. A bend that fits best is always found somewhere: only the first question says whether there is one.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import chdtri, stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import Estimate
from analysis.estimate.hinges import (
    Bands,
    Basis,
    Fit,
    bands_of,
    hinges,
    joined,
    least_squares,
    leverages,
    line,
    products,
    steps,
    with_rates,
)
from analysis.estimate.smooth import Curve, compare, spline
from analysis.evidence.cells import GRID
from analysis.evidence.sample import Sample

PLACEBOS = (20_000, 50_000, 100_000, 200_000, 500_000)
"""Followers at which a bend is asked for beside the one that fits best."""

INNER = 0.05
"""Share of accounts that lies beyond the outermost candidates on either side."""

PER_DECADE = "ratio per decade"


class Break(NamedTuple):
    """One bend in the line.

    Attributes
    ----------
    at : Estimate
        Where the bend fits best [followers], with its profile interval.
    below, above, change : Estimate
        Ratio of the rate per decade of followers on either side of it, and the one above over the one below; the intervals allow for
        the bend being somewhere else.
    p : float
        Of there being no bend at all, after looking at every candidate.
    candidates : pandas.DataFrame
        ``followers``, ``squares`` (sum of squared residuals with the bend there), ``t`` (of the test) and ``inside`` (the interval).
    placebos : pandas.DataFrame
        From `bends_at`.
    models : pandas.DataFrame
        Straight line, one bend and smooth curve, from `analysis.estimate.smooth.compare`.
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
        return pd.DataFrame([self.at, self.below, self.above, self.change], columns=Estimate._fields).assign(p=self.p)


def breakpoint(sample: Sample, confidence: float = 0.95, knots: Iterable[float] | None = None, seed: int = 1, draws: int = 20_000) -> Break:
    """Fit one bend at an unknown number of followers.

    Parameters
    ----------
    sample : Sample
        Of any metric.
    confidence : float
        Of every interval.
    knots : iterable of float, optional
        Candidates [followers]; of cells only edges can be. By default every edge with at least INNER of the accounts on either side,
        for accounts 20 per decade beside the edges of GRID.
    seed, draws : int
        Of the null distribution of the largest t.

    Returns
    -------
    Break
        Of status ``undefined`` where no candidate is left, ``indicative`` where no bend is shown at this confidence.
    """
    bands = bands_of(sample)
    found = _search(bands, candidates_of(bands, knots)) if bands.accounts > INDICATIVE else None
    placebos = bends_at(sample, PLACEBOS, confidence, seed, draws)
    if found is None:
        why = f"{bands.accounts} accounts do not allow to look for a bend: too few, or too few follower bands"
        return _no_break(sample, bands, why, placebos)
    p = _p(_largest(found.correlation, bands.accounts - 3, seed, draws), np.abs(found.t).max())
    inside, outer = _profile(bands, found, confidence)
    best = int(np.argmin(found.squares))
    at, sides = float(np.exp(found.knots[best])), _sides(bands, found.knots[best], confidence)
    shown = "" if p <= 1 - confidence else "no bend is shown, so its place means little; "
    method = f"{shown}least squares over {len(found.knots)} candidates, profile scaled to robust variances, p of no bend {p:.2g}"
    status = "ok" if not shown else "indicative"
    fields = {"n_accounts": bands.accounts, "n_posts": int(sample.rows["posts"].sum()), "status": status}
    where = Estimate(
        label="bend", estimate=at, low=outer[0], high=outer[1], unit="followers", method=method + outer[2],
        estimand=f"followers at which the slope of log {_what(sample)} changes, between accounts", **fields,
    )  # fmt: skip
    how = f"{shown}least squares with one bend at {at:,.0f} followers, HC3, place of the bend not taken as known"
    table = found.table.assign(inside=inside)
    return Break(where, *_estimates(sample, sides, how, fields), p, table, placebos, _compared(bands, found, confidence))


def slopes_around(sample: Sample, at: float = 100_000, confidence: float = 0.95) -> pd.DataFrame:
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
    pandas.DataFrame
        Four rows with the fields of `Estimate`: the rate's ratio per decade of followers below and above, the latter over the former,
        and the jump of the rate there (above over below) if it is allowed one.
    """
    bands = bands_of(sample)
    knot = np.log(at)
    fields = {"n_accounts": bands.accounts, "n_posts": int(sample.rows["posts"].sum())}
    fit = least_squares(bands, joined(line(bands), hinges(bands, knot))) if _is_edge(bands, knot) else None
    jump = least_squares(bands, joined(line(bands), hinges(bands, knot), steps(bands, knot))) if fit else None
    if fit is None or jump is None:
        return pd.DataFrame(
            _estimates(sample, None, _why_not(bands, at), fields | {"status": "undefined"}, jump=True), columns=Estimate._fields
        )
    ends = [*_reading(fit, confidence), _ratio(jump.coefficients[3], jump.covariance[3, 3], jump.df, confidence, 1.0)]
    status = "ok" if bands.accounts >= INDICATIVE and np.isfinite(ends).all() else "indicative"
    how = f"least squares with one bend at {at:,.0f} followers, fixed beforehand, HC3{_from(bands)}"
    return pd.DataFrame(_estimates(sample, ends, how, fields | {"status": status}, jump=True), columns=Estimate._fields)


def bends_at(
    sample: Sample, followers: Iterable[float] = PLACEBOS, confidence: float = 0.95, seed: int = 1, draws: int = 20_000
) -> pd.DataFrame:
    """Estimate how the slope changes at several numbers of followers, one bend at a time.

    Returns
    -------
    pandas.DataFrame
        ``at`` [followers], the fields of `Estimate` (slope above over slope below, as a ratio per decade), ``t`` and ``p``. Intervals
        and p hold for all of them at once: p is below 1 - confidence if and only if the interval leaves out 1.
    """
    bands = bands_of(sample)
    followers = [float(at) for at in followers]
    fits = {at: _bend(bands, np.log(at)) for at in followers}
    usable = [at for at in followers if fits[at] is not None and fits[at].covariance[2, 2] > 0]
    largest = np.array([np.nan])
    if usable:
        correlation = _search(bands, np.log(usable)).correlation
        largest = _largest(correlation, bands.accounts - 3, seed, draws)
    fields = {"n_accounts": bands.accounts, "n_posts": int(sample.rows["posts"].sum()), "unit": PER_DECADE}
    rows = []
    for at in followers:
        estimand = f"slope of log {_what(sample)} above {at:,.0f} followers over that below, between accounts"
        label = f"bend at {at:,.0f}"
        if at not in usable:
            none = dict.fromkeys(("estimate", "low", "high"), np.nan)
            rows.append(Estimate(label=label, **none, estimand=estimand, method=_why_not(bands, at), status="undefined", **fields))
            continue
        value, se = fits[at].coefficients[2], np.sqrt(fits[at].covariance[2, 2])
        ends = 10.0 ** (value + _critical(largest, confidence) * se * np.array([0, -1, 1]))
        method = f"least squares, HC3{_from(bands)}, simultaneous over {len(usable)} bends"
        rows.append(Estimate(label, bands.accounts, fields["n_posts"], *ends, PER_DECADE, estimand, method, "ok"))
    t = [fits[at].coefficients[2] / np.sqrt(fits[at].covariance[2, 2]) if at in usable else np.nan for at in followers]
    p = [_p(largest, abs(value)) if np.isfinite(value) else np.nan for value in t]
    return pd.concat(
        [pd.DataFrame({"at": followers}), pd.DataFrame(rows, columns=Estimate._fields), pd.DataFrame({"t": t, "p": p})], axis=1
    )


class _Search(NamedTuple):
    """Every candidate at once; squares and t one per knot."""

    knots: np.ndarray
    squares: np.ndarray
    t: np.ndarray
    correlation: np.ndarray

    @property
    def table(self) -> pd.DataFrame:
        return pd.DataFrame({"followers": np.exp(self.knots), "squares": self.squares, "t": self.t})


def candidates_of(bands: Bands, knots: Iterable[float] | None = None) -> np.ndarray:
    """Edges with enough accounts on either side [log followers], ascending."""
    if knots is None:
        fine = np.log(np.unique([*GRID, *np.round(10 ** np.arange(2, 8, 0.05))]))
        tried = fine if bands.single else np.unique(bands.lower)
    else:
        tried = np.log(np.unique(np.array(list(knots), float)))
    below = np.array([bands.n[bands.lower < knot].sum() for knot in tried])
    enough = (below >= INNER * bands.accounts) & (below <= (1 - INNER) * bands.accounts)
    return np.array([knot for knot, fine in zip(tried, enough, strict=True) if fine and _is_edge(bands, knot)])


def _is_edge(bands: Bands, knot: float) -> bool:
    """Whether no band lies across a knot."""
    return not ((bands.lower < knot) & (bands.upper > knot)).any()


def _bend(bands: Bands, knot: float) -> Fit | None:
    return least_squares(bands, joined(line(bands), hinges(bands, knot))) if _is_edge(bands, knot) else None


def _search(bands: Bands, knots: np.ndarray) -> _Search | None:
    """Score test of a hinge at each knot, residuals taken from the straight line, as holds if there is no bend."""
    straight, bent = line(bands), hinges(bands, knots)
    fit = least_squares(bands, straight)
    if fit is None or not len(knots):
        return None
    explained = fit.inverse @ products(bands, straight, bent)
    rest = Basis(bent.mean - straight.mean @ explained, bent.slope - straight.slope @ explained)
    score, own = with_rates(bands, rest), np.diag(products(bands, rest, rest))
    middle = products(bands, rest, rest, fit.squares / bands.n * bands.accounts / fit.df)
    spread = np.sqrt(np.diag(middle))
    return _Search(knots, fit.squares.sum() - score**2 / own, score / spread, middle / np.outer(spread, spread))


def _largest(correlation: np.ndarray, df: int, seed: int, draws: int) -> np.ndarray:
    """Draw the largest of several t values that are correlated as told, if there is no bend."""
    rng = np.random.default_rng(seed)
    size, turn = np.linalg.eigh(correlation)
    kept = size > 1e-8 * size[-1]
    normal = rng.standard_normal((draws, kept.sum())) @ (turn[:, kept] * np.sqrt(size[kept])).T
    return np.abs(normal).max(axis=1) / np.sqrt(rng.chisquare(df, draws) / df)


def _p(largest: np.ndarray, t: float) -> float:
    """Share of draws that reach t, the observed one counted as a draw (Davison and Hinkley 1997)."""
    return float((1 + (largest >= t).sum()) / (1 + len(largest)))


def _critical(largest: np.ndarray, confidence: float) -> float:
    """The t above which `_p` is at most 1 - confidence."""
    return float(np.sort(largest)[-max(int((1 - confidence) * (1 + len(largest)) + 1e-9), 1)])


def _profile(bands: Bands, found: _Search, confidence: float) -> tuple[np.ndarray, tuple[float, float, str]]:
    """Which candidates the data do not rule out, and the edges around them."""
    best = int(np.argmin(found.squares))
    fit = _extended(bands, found.knots[best])
    variance = found.squares[best] / (bands.accounts - 4)
    # the step is the derivative of the fit by the place of the bend: its variance, robust over plain, scales the profile
    scale = 1.0 if fit is None else fit.covariance[3, 3] / (variance * fit.inverse[3, 3])
    inside = (found.squares - found.squares[best]) / variance <= chdtri(1, 1 - confidence) * scale
    first, last = np.flatnonzero(inside)[[0, -1]]
    opened = [side for side, end in (("lower", first == 0), ("upper", last == len(inside) - 1)) if end]
    low, high = np.exp(found.knots[max(first - 1, 0)]), np.exp(found.knots[min(last + 1, len(inside) - 1)])
    said = f"; open at the {' and '.join(opened)} end, where the search ends" if opened else ""
    return inside, (float(low), float(high), said)


def _extended(bands: Bands, knot: float) -> Fit | None:
    return least_squares(bands, joined(line(bands), hinges(bands, knot), steps(bands, knot)))


def _sides(bands: Bands, knot: float, confidence: float) -> list[np.ndarray]:
    """Slopes with a bend at the knot; variances from the fit in which a step stands for the place not being known (Muggeo 2003)."""
    fit, wider = _bend(bands, knot), _extended(bands, knot)
    return _reading(fit if wider is None else fit._replace(covariance=wider.covariance[:3, :3], df=wider.df), confidence)


def _reading(fit: Fit, confidence: float) -> list[np.ndarray]:
    """Slope below, above, and their difference as ratios per decade with intervals."""
    takes = np.array([[0, 1, 0], [0, 1, 1], [0, 0, 1]])
    return [_ratio(take @ fit.coefficients, take @ fit.covariance @ take, fit.df, confidence) for take in takes]


def _ratio(value: float, variance: float, df: int, confidence: float, decade: float = np.log(10)) -> np.ndarray:
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
    return np.exp(decade * np.array([value, value - reach, value + reach]))


def _estimates(sample: Sample, ends, how: str, fields: dict, jump: bool = False) -> list[Estimate]:
    """Make estimates of what `_reading` reads, and of a jump."""
    kinds = [("below", "below the bend"), ("above", "above the bend"), ("above / below", "above the bend over that below")]
    words = [(f"slope {label}", PER_DECADE, f"ratio of {_what(sample)} per decade of followers {where}") for label, where in kinds]
    words += [("jump", "ratio", f"{_what(sample)} just above over just below")] if jump else []
    ends = ends or [np.full(3, np.nan)] * len(words)
    return [
        Estimate(label=label, estimate=float(now[0]), low=float(now[1]), high=float(now[2]), unit=unit,
                 estimand=f"{estimand}, between accounts", method=how, **fields)
        for (label, unit, estimand), now in zip(words, ends, strict=True)
    ]  # fmt: skip


def _no_break(sample: Sample, bands: Bands, why: str, placebos: pd.DataFrame) -> Break:
    fields = {"n_accounts": bands.accounts, "n_posts": int(sample.rows["posts"].sum()), "status": "undefined"}
    where = Estimate(
        label="bend", estimate=np.nan, low=np.nan, high=np.nan, unit="followers", method=why,
        estimand=f"followers at which the slope of log {_what(sample)} changes, between accounts", **fields,
    )  # fmt: skip
    nothing = pd.DataFrame(columns=["followers", "squares", "t", "inside"])
    models = pd.DataFrame(columns=["model", "parameters", "error", "gain", "low", "high"])
    return Break(where, *_estimates(sample, None, why, fields), np.nan, nothing, placebos, models)


def _compared(bands: Bands, found: _Search, confidence: float) -> pd.DataFrame:
    """Straight line, one bend, smooth curve."""
    straight = _curve("straight line", bands, line(bands))
    knot = found.knots[int(np.argmin(found.squares))]
    wider = joined(line(bands), hinges(bands, knot), steps(bands, knot))
    extended = least_squares(bands, wider)
    bent = _curve("one bend", bands, joined(line(bands), hinges(bands, knot)))
    if extended:  # the place of the bend is a parameter, too
        bent = bent._replace(leverage=leverages(bands, wider, extended.inverse))
    edges = np.unique(bands.lower) if not bands.single else found.knots
    return compare(bands, [straight, bent, spline(bands, edges[1:])], confidence)


def _curve(name: str, bands: Bands, basis: Basis) -> Curve:
    fit = least_squares(bands, basis)
    return Curve(name, basis, fit.coefficients, fit.inverse, fit.squares, fit.leverage, np.array([]))


def _what(sample: Sample) -> str:
    posts = "" if sample.stratum == "all" else f", posts with {sample.stratum} = {sample.level}"
    return f"{sample.metric.title}{posts}"


def _from(bands: Bands) -> str:
    return "" if bands.single else " with one variance per band (cells)"


def _why_not(bands: Bands, at: float) -> str:
    if not _is_edge(bands, np.log(at)):
        return f"{at:,.0f} followers is not an edge of these cells: a band lies across it"
    return f"too few accounts of different size on one side of {at:,.0f} followers"
