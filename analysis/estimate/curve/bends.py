"""Bends in the line of log rate on log followers, each at a number of followers that was fixed
beforehand.

What is said of several bends at once holds for all of them: t values of neighbouring bends are
close to each other, so the null distribution of the largest is drawn with the correlations that the
data show, robust like the variances.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.curve.piecewise import (
    PER_DECADE,
    STRAIGHT,
    Bands,
    Basis,
    Fit,
    bands_of,
    hinges,
    is_edge,
    joined,
    least_squares,
    line,
    products,
    steps,
    with_rates,
)
from analysis.estimate.registry import estimator, verb
from analysis.estimate.results import Estimate, Estimates
from analysis.moments.sample import Sample

PLACEBOS = (20_000, 50_000, 100_000, 200_000, 500_000)
"""Followers at which a bend is asked for beside the one that fits best."""

FEW = 2_000
"""Up to so many accounts the null distribution is drawn by flipping the signs of their
residuals.
"""

AT_ONCE = 500


@verb
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
        Four, labelled ``slope below``, ``slope above``, ``slope above / below`` and ``jump``: the rate's ratio per decade of followers below and
        above, the latter over the former, and the jump of the rate there (above over below) if it
        is allowed one.
    """
    bands = bands_of(sample)
    knot = np.log(at)
    fields = {"n_accounts": bands.accounts, "n_posts": int(sample.rows["posts"].sum())}
    fit = (
        least_squares(bands, joined(line(bands), hinges(bands, knot)))
        if is_edge(bands, knot)
        else None
    )
    jump = (
        least_squares(bands, joined(line(bands), hinges(bands, knot), steps(bands, knot)))
        if fit
        else None
    )
    if fit is None or jump is None:
        fields |= {"status": "undefined"}
        return Estimates.of(told(sample, None, _why_not(bands, at), fields, jump=True))
    value, se = readings(fit)
    value, se = (
        np.append(value * np.log(10), jump.coefficients[3]),
        np.append(se * np.log(10), np.sqrt(jump.covariance[3, 3])),
    )
    reach = stdtrit(fit.df, (1 + confidence) / 2) * se
    ends = list(np.exp(np.column_stack([value, value - reach, value + reach])))
    status = "ok" if bands.accounts >= INDICATIVE and np.isfinite(ends).all() else "indicative"
    how = f"least squares with one bend at {at:,.0f} followers, fixed beforehand, HC3{_from(bands)}"
    return Estimates.of(told(sample, ends, how, fields | {"status": status}, jump=True))


@estimator("slope below", unit=PER_DECADE, needs=("at",), method=False)
def slope_below(sample: Sample, at: float, confidence: float = 0.95) -> Estimate:
    """Estimate the slope below a number of followers; see `slopes_around`."""
    return slopes_around(sample, at, confidence)["slope below"]


@estimator("slope above", unit=PER_DECADE, needs=("at",), method=False)
def slope_above(sample: Sample, at: float, confidence: float = 0.95) -> Estimate:
    """Estimate the slope above a number of followers; see `slopes_around`."""
    return slopes_around(sample, at, confidence)["slope above"]


def bends_at(
    sample: Sample,
    followers: Iterable[float] = PLACEBOS,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = 20_000,
) -> pd.DataFrame:
    """Estimate how the slope changes at several numbers of followers, one bend at a time.

    Returns
    -------
    pandas.DataFrame
        ``at`` [followers], the fields of `Estimate` (slope above over slope below, as a ratio per
        decade), ``t`` and ``p``. Intervals and p hold for all of them at once: p is below 1 -
        confidence if and only if the interval leaves out 1.
    """
    bands = bands_of(sample)
    followers = [float(at) for at in followers]
    fits = {at: bend(bands, np.log(at)) for at in followers}
    t = {
        at: fit.coefficients[2] / np.sqrt(fit.covariance[2, 2])
        for at, fit in fits.items()
        if fit and fit.covariance[2, 2] > 0
    }
    found = search(bands, np.log(list(t)))
    largest = largest_t(bands, found, seed, draws, bent=True) if found else np.array([])
    how = f"least squares, HC3{_from(bands)}, simultaneous over {len(t)} bends by {null_by(bands)}"
    rows = []
    for at in followers:
        ends, method, status = np.full(3, np.nan), _why_not(bands, at), "undefined"
        if at in t:
            value = fits[at].coefficients[2]
            reach = abs(value / t[at]) * _critical(largest, confidence)
            ends, method = 10.0 ** (value + reach * np.array([0, -1, 1])), how
            status = "ok" if bands.accounts >= INDICATIVE else "indicative"
        estimand = f"slope of log {what(sample)} above {at:,.0f} followers over that below, between accounts"
        posts = int(sample.rows["posts"].sum())
        told = Estimate(
            f"bend at {at:,.0f}", bands.accounts, posts, *ends, PER_DECADE, estimand, method, status
        )
        rows.append(
            (at, *told, t.get(at, np.nan), chance(largest, abs(t[at])) if at in t else np.nan)
        )
    return pd.DataFrame(rows, columns=["at", *Estimate._fields, "t", "p"])


class Search(NamedTuple):
    """Every candidate at once.

    Attributes
    ----------
    knots, squares, t : numpy.ndarray
        [log followers], sum of squared residuals with a bend there, and t of the score test.
    correlation : numpy.ndarray
        Of the t values if there is no bend.
    rest : Basis
        What each hinge adds to a straight line.
    straight : Fit
        The straight line.
    """

    knots: np.ndarray
    squares: np.ndarray
    t: np.ndarray
    correlation: np.ndarray
    rest: Basis
    straight: Fit

    @property
    def table(self) -> pd.DataFrame:
        """The candidates as a frame."""
        return pd.DataFrame(
            {"followers": np.rint(np.exp(self.knots)), "squares": self.squares, "t": self.t}
        )


def bend(bands: Bands, knot: float) -> Fit | None:
    """Fit a line that bends at a knot; None where that cannot be done."""
    return (
        least_squares(bands, joined(line(bands), hinges(bands, knot)))
        if is_edge(bands, knot)
        else None
    )


def with_step(bands: Bands, knot: float) -> Fit | None:
    """Fit a line that bends and jumps at a knot; None where that cannot be done."""
    return least_squares(bands, joined(line(bands), hinges(bands, knot), steps(bands, knot)))


def search(bands: Bands, knots: np.ndarray) -> Search | None:
    """Score test of a hinge at each knot, residuals taken from the straight line, as holds if there
    is no bend.
    """
    straight, bent = line(bands), hinges(bands, knots)
    fit = least_squares(bands, straight)
    if fit is None or not len(knots):
        return None
    explained = fit.inverse @ products(bands, straight, bent)
    rest = Basis(bent.mean - straight.mean @ explained, bent.slope - straight.slope @ explained)
    score, own = with_rates(bands, rest), np.diag(products(bands, rest, rest))
    middle = products(bands, rest, rest, fit.squares / bands.n)
    spread = np.sqrt(np.diag(middle))
    return Search(
        knots,
        fit.squares.sum() - score**2 / own,
        score / spread,
        middle / np.outer(spread, spread),
        rest,
        fit,
    )


def null_by(bands: Bands) -> str:
    """Say how `largest_t` draws."""
    return "flipped residual signs" if _flips(bands) else "correlated normal draws"


def _flips(bands: Bands) -> bool:
    return bands.single and bands.accounts <= FEW


def largest_t(bands: Bands, found: Search, seed: int, draws: int, bent: bool = False) -> np.ndarray:
    """Draw the largest absolute t of several bends if there is none.

    Up to FEW accounts each draw flips the signs of the residuals from the straight line by lot
    (wild bootstrap with the null imposed, Davidson and Flachaire 2008), which keeps the size where
    few accounts lie beyond a bend. With more, and from cells, t values are normal with the
    correlation that the residuals show.

    Parameters
    ----------
    bands : Bands
        From `bands_of`.
    found : Search
        Where bends are looked for.
    seed, draws : int
        Of the draws.
    bent : bool
        Whether t is that of the fit with the bend (HC3) and not that of the score test.
    """
    rng = np.random.default_rng(seed)
    if not _flips(bands):
        size, turn = np.linalg.eigh(found.correlation)
        kept = size > 1e-8 * size[-1]
        normal = rng.standard_normal((draws, kept.sum())) @ (turn[:, kept] * np.sqrt(size[kept])).T
        return np.abs(normal).max(axis=1)
    straight, rest = line(bands).mean, found.rest.mean
    residual = bands.y - straight @ found.straight.coefficients
    own = (rest**2).sum(axis=0)
    free = 1 - found.straight.leverage[:, None] - rest**2 / own * bent
    weights = 1 / np.maximum(free, STRAIGHT) ** 2 if bent else np.ones_like(free)
    parts = []
    for _ in range(-(-draws // AT_ONCE)):
        flipped = residual * rng.choice([-1.0, 1.0], (AT_ONCE, bands.accounts))
        score = flipped @ rest
        left = flipped - (flipped @ straight) @ found.straight.inverse @ straight.T
        variance = left**2 @ (rest**2 * weights)
        if (
            bent
        ):  # residuals of the fit with the bend: those of the line less what the hinge takes up
            change = score / own
            variance += change**2 * (rest**4 * weights).sum(axis=0) - 2 * change * (
                left @ (rest**3 * weights)
            )
        parts.append(
            (np.abs(score) / np.sqrt(np.maximum(variance, np.finfo(float).tiny))).max(axis=1)
        )
    return np.concatenate(parts)[:draws]


def chance(largest: np.ndarray, t: float) -> float:
    """Share of draws that reach t, the observed one counted as a draw (Davison and Hinkley
    1997).
    """
    return float((1 + (largest >= t).sum()) / (1 + len(largest)))


def _critical(largest: np.ndarray, confidence: float) -> float:
    """The t above which `_p` is at most 1 - confidence."""
    return float(np.sort(largest)[-max(int((1 - confidence) * (1 + len(largest)) + 1e-9), 1)])


def readings(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    """Slope below, slope above and their difference, with standard errors."""
    takes = np.zeros((3, len(fit.coefficients)))
    takes[:2, 1] = takes[1:, 2] = 1.0
    return takes @ fit.coefficients, np.sqrt(np.einsum("ij,jk,ik->i", takes, fit.covariance, takes))


def told(sample: Sample, ends, how: str, fields: dict, jump: bool = False) -> list[Estimate]:
    """Make estimates of `readings` with their intervals, and of a jump."""
    kinds = [
        ("below", "below the bend"),
        ("above", "above the bend"),
        ("above / below", "above the bend over that below"),
    ]
    words = [
        (f"slope {label}", PER_DECADE, f"ratio of {what(sample)} per decade of followers {where}")
        for label, where in kinds
    ]
    words += [("jump", "ratio", f"{what(sample)} just above over just below")] if jump else []
    ends = ends or [np.full(3, np.nan)] * len(words)
    return [
        Estimate(label=label, estimate=float(now[0]), low=float(now[1]), high=float(now[2]), unit=unit,
                 estimand=f"{estimand}, between accounts", reasons=how, **fields)
        for (label, unit, estimand), now in zip(words, ends, strict=True)
    ]  # fmt: skip


def what(sample: Sample) -> str:
    """Name the rate, and of which posts."""
    posts = "" if sample.stratum == "all" else f", posts with {sample.stratum} = {sample.level}"
    return f"{sample.metric.title}{posts}"


def _from(bands: Bands) -> str:
    return "" if bands.single else " with one variance per band (cells)"


def _why_not(bands: Bands, at: float) -> str:
    if not is_edge(bands, np.log(at)):
        return f"{at:,.0f} followers is not an edge of these cells: a band lies across it"
    return f"too few accounts of different size on one side of {at:,.0f} followers"
