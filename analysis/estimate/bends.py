"""Bends in the line of log rate on log followers, each at a number of followers that was fixed beforehand.

What is said of several bends at once holds for all of them: t values of neighbouring bends are close to each other, so the null
distribution of the largest is drawn with the correlations that the data show, robust like the variances.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.contrast import Estimate
from analysis.estimate.hinges import Bands, Basis, Fit, bands_of, hinges, joined, least_squares, line, products, steps, with_rates
from analysis.evidence.sample import Sample

PLACEBOS = (20_000, 50_000, 100_000, 200_000, 500_000)
"""Followers at which a bend is asked for beside the one that fits best."""

PER_DECADE = "ratio per decade"


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
    fit = least_squares(bands, joined(line(bands), hinges(bands, knot))) if is_edge(bands, knot) else None
    jump = least_squares(bands, joined(line(bands), hinges(bands, knot), steps(bands, knot))) if fit else None
    if fit is None or jump is None:
        return pd.DataFrame(told(sample, None, _why_not(bands, at), fields | {"status": "undefined"}, jump=True), columns=Estimate._fields)
    ends = [*reading(fit, confidence), _ratio(jump.coefficients[3], jump.covariance[3, 3], jump.df, confidence, 1.0)]
    status = "ok" if bands.accounts >= INDICATIVE and np.isfinite(ends).all() else "indicative"
    how = f"least squares with one bend at {at:,.0f} followers, fixed beforehand, HC3{_from(bands)}"
    return pd.DataFrame(told(sample, ends, how, fields | {"status": status}, jump=True), columns=Estimate._fields)


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
    fits = {at: bend(bands, np.log(at)) for at in followers}
    usable = [at for at in followers if fits[at] is not None and fits[at].covariance[2, 2] > 0]
    largest = np.array([np.nan])
    if usable:
        correlation = search(bands, np.log(usable)).correlation
        largest = largest_t(correlation, bands.accounts - 3, seed, draws)
    fields = {"n_accounts": bands.accounts, "n_posts": int(sample.rows["posts"].sum()), "unit": PER_DECADE}
    rows = []
    for at in followers:
        estimand = f"slope of log {what(sample)} above {at:,.0f} followers over that below, between accounts"
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
    p = [chance(largest, abs(value)) if np.isfinite(value) else np.nan for value in t]
    return pd.concat(
        [pd.DataFrame({"at": followers}), pd.DataFrame(rows, columns=Estimate._fields), pd.DataFrame({"t": t, "p": p})], axis=1
    )


class Search(NamedTuple):
    """Every candidate at once; squares and t one per knot."""

    knots: np.ndarray
    squares: np.ndarray
    t: np.ndarray
    correlation: np.ndarray

    @property
    def table(self) -> pd.DataFrame:
        """The candidates as a frame."""
        return pd.DataFrame({"followers": np.rint(np.exp(self.knots)), "squares": self.squares, "t": self.t})


def is_edge(bands: Bands, knot: float) -> bool:
    """Whether no band lies across a knot."""
    return not ((bands.lower < knot) & (bands.upper > knot)).any()


def bend(bands: Bands, knot: float) -> Fit | None:
    """Fit a line that bends at a knot; None where that cannot be done."""
    return least_squares(bands, joined(line(bands), hinges(bands, knot))) if is_edge(bands, knot) else None


def with_step(bands: Bands, knot: float) -> Fit | None:
    """Fit a line that bends and jumps at a knot; None where that cannot be done."""
    return least_squares(bands, joined(line(bands), hinges(bands, knot), steps(bands, knot)))


def search(bands: Bands, knots: np.ndarray) -> Search | None:
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
    return Search(knots, fit.squares.sum() - score**2 / own, score / spread, middle / np.outer(spread, spread))


def largest_t(correlation: np.ndarray, df: int, seed: int, draws: int) -> np.ndarray:
    """Draw the largest of several t values that are correlated as told, if there is no bend."""
    rng = np.random.default_rng(seed)
    size, turn = np.linalg.eigh(correlation)
    kept = size > 1e-8 * size[-1]
    normal = rng.standard_normal((draws, kept.sum())) @ (turn[:, kept] * np.sqrt(size[kept])).T
    return np.abs(normal).max(axis=1) / np.sqrt(rng.chisquare(df, draws) / df)


def chance(largest: np.ndarray, t: float) -> float:
    """Share of draws that reach t, the observed one counted as a draw (Davison and Hinkley 1997)."""
    return float((1 + (largest >= t).sum()) / (1 + len(largest)))


def _critical(largest: np.ndarray, confidence: float) -> float:
    """The t above which `_p` is at most 1 - confidence."""
    return float(np.sort(largest)[-max(int((1 - confidence) * (1 + len(largest)) + 1e-9), 1)])


def reading(fit: Fit, confidence: float) -> list[np.ndarray]:
    """Slope below, above, and their difference as ratios per decade with intervals."""
    takes = np.array([[0, 1, 0], [0, 1, 1], [0, 0, 1]])
    return [_ratio(take @ fit.coefficients, take @ fit.covariance @ take, fit.df, confidence) for take in takes]


def _ratio(value: float, variance: float, df: int, confidence: float, decade: float = np.log(10)) -> np.ndarray:
    reach = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
    return np.exp(decade * np.array([value, value - reach, value + reach]))


def told(sample: Sample, ends, how: str, fields: dict, jump: bool = False) -> list[Estimate]:
    """Make estimates of what `reading` reads, and of a jump."""
    kinds = [("below", "below the bend"), ("above", "above the bend"), ("above / below", "above the bend over that below")]
    words = [(f"slope {label}", PER_DECADE, f"ratio of {what(sample)} per decade of followers {where}") for label, where in kinds]
    words += [("jump", "ratio", f"{what(sample)} just above over just below")] if jump else []
    ends = ends or [np.full(3, np.nan)] * len(words)
    return [
        Estimate(label=label, estimate=float(now[0]), low=float(now[1]), high=float(now[2]), unit=unit,
                 estimand=f"{estimand}, between accounts", method=how, **fields)
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
