"""What curves of several sources have beside each other: rates against those at one size, bends
that were tried, fits, shapes, and the trap of raw followers.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.estimate.curve.inverted_u import lind_mehlum, two_lines
from analysis.estimate.curve.shapes import SHAPES
from analysis.estimate.gathered import Results, keyed_frames
from analysis.estimate.results import COLUMNS, Estimates
from analysis.moments.samples import Samples
from analysis.simulate import evenly_sized, world

FEWEST = 10
"""Accounts of a follower band from which on it is drawn."""

ACCOUNTS, REPEATS = 1_700, 40
"""Of a simulated world without a peak, and how many such worlds."""


def against(points: Estimates, at: float) -> pd.DataFrame:
    """Give averages along followers against the one of the same source at a size, so that what
    counts is how curves bend, and not how high they lie.

    Parameters
    ----------
    points : Estimates
        From ``along_followers`` of samples.
    at : float
        Followers; the rate there is drawn straight between the bands beside it, on logs. Where the
        bands of a source do not reach it, the nearest band is taken.

    Returns
    -------
    pandas.DataFrame
        Columns of `points`, ``followers`` (middle of the band) and ``against`` (ratio), of bands
        with at least 10 accounts.

    Examples
    --------
    >>> import analysis as an
    >>> points = an.load_all("instagram-kim").sample("engagement").along_followers()
    >>> lines = against(points, 100_000)
    >>> lines.loc[lines["lower"] == 10_000, "against"].round(2).item()
    1.28
    """
    frame = points.to_frame()
    for name in ("source", "platform", "followers", "against", "lower", "upper"):
        if name not in frame:
            frame[name] = pd.Series(dtype=float)
    frame["platform"] = [one.context.platform for one in points]
    sure = (frame["n_accounts"] >= FEWEST) & (frame["estimate"] > 0)
    frame = frame[sure].reset_index(drop=True)
    closed = frame["upper"].where(np.isfinite(frame["upper"]), 3 * frame["lower"])
    frame["followers"] = np.sqrt(np.maximum(frame["lower"], closed / 5) * closed)
    for _, part in frame.groupby("source", sort=False):
        size, rate = np.log(part["followers"]), np.log(part["estimate"])
        there = np.interp(np.log(at), size, rate)
        frame.loc[part.index, "against"] = np.exp(rate - there)
    return frame


def at_ten_times(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn elasticities into what readers see: the rate at ten times the followers.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``metric`` (title), ``estimate, low, high`` [elasticity].

    Returns
    -------
    pandas.DataFrame
        The same as ratios of the rate, with the columns ``elasticity``, for what was estimated,
        and ``falls``, whether the rate is clearly lower.

    Examples
    --------
    >>> one = pd.DataFrame({"metric": ["likes / followers"], "estimate": [0.9], "low": [0.8]})
    >>> at_ten_times(one.assign(high=1.0))[["low", "estimate", "high"]].round(2).values.tolist()
    [[0.63, 0.79, 1.0]]
    """
    slope = frame["metric"].str.endswith(" / followers").astype(float)
    powers = frame[["estimate", "low", "high"]].sub(slope, axis=0).astype(float)
    with np.errstate(over="ignore"):  # an end may be so far away that it is infinite
        made = frame.assign(elasticity=frame["estimate"], **10.0**powers, unit="ratio")
    return made.assign(falls=made["high"] < 1)


def tried(searched: Results) -> pd.DataFrame:
    """Put the bends that were tried at fixed places below each other.

    Parameters
    ----------
    searched : Results
        From ``breakpoint`` of samples.

    Returns
    -------
    pandas.DataFrame
        ``source, metric, posts, at, p`` and columns of estimates.
    """
    frame = keyed_frames([one.placebos.to_frame() for one in searched], keys_of(searched))
    return frame if len(searched) else frame.reindex(columns=[*frame, "at", "p", *COLUMNS])


def fits(searched: Results) -> pd.DataFrame:
    """Put straight line, one bend and smooth curve of all sources below each other, from
    ``breakpoint`` of samples.
    """
    frame = keyed_frames([one.models for one in searched], keys_of(searched))
    names = ("model", "parameters", "error", "gain", "low", "high")
    return frame if len(searched) else frame.reindex(columns=[*frame, *names])


def known_after(samples: Samples, confidence: float = 0.95) -> pd.DataFrame:
    """Put the reliability of creators' averages after 1 to 50 posts below each other.

    Returns
    -------
    pandas.DataFrame
        Columns of estimates and ``posts_used``.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("decades")
    >>> known_after(kim)["estimate"].round(2).tolist()
    [0.68, 0.81, 0.91, 0.95, 0.98, 0.99]
    """
    made = [
        samples.reliability(count, confidence).to_frame().assign(posts_used=count)
        for count in (1, 2, 5, 10, 20, 50)
    ]
    return pd.concat(made, ignore_index=True)


def keys_of(searched: Results) -> pd.DataFrame:
    """Source, metric and posts of each result; a frame without rows of none."""
    return searched.keys[["source", "metric", "posts"]]


def shapes(samples: Samples, confidence: float = 0.95) -> pd.DataFrame:
    """Ask each sample for an inverted U and a U in log followers, by both tests.

    Returns
    -------
    pandas.DataFrame
        ``source, shape, p, Lind and Mehlum``, ``p, two lines``, ``both show it`` (yes or no) and
        ``turns at (followers)``.

    Examples
    --------
    >>> import analysis as an
    >>> shapes(an.load_all("instagram-kim").sample("engagement"))["both show it"].tolist()
    ['no', 'no']
    """
    rows = []
    for sample in samples:
        for shape in SHAPES:
            lines = two_lines(sample, shape, confidence=confidence)
            curve = lind_mehlum(sample, shape, confidence=confidence)
            shown = "yes" if curve.shown else "no"
            turn = curve.turning.estimate
            rows.append((sample.source.short, shape, curve.p, lines.p, shown, turn))
    names = ["source", "shape", "p, Lind and Mehlum", "p, two lines", "both show it"]
    return pd.DataFrame(rows, columns=[*names, "turns at (followers)"])


def trapped(
    seed: int, betas: Iterable[float] = (0.6, 0.8, 1.0), confidence: float = 0.95
) -> pd.DataFrame:
    """Count SIMULATED worlds without a turning point in which a quadratic shows one, on log
    followers and on raw ones.

    Parameters
    ----------
    seed : int
        Of the first world.
    betas : iterable of float
        Elasticities of likes in followers.
    confidence : float
        Of the test and, by Wilson (1927), of the interval of each share.

    Returns
    -------
    pandas.DataFrame
        ``row, panel, on`` (both), ``raw`` (whether on raw followers), ``estimate, low, high``
        [percent of worlds], ``n_accounts`` (worlds), ``unit`` and ``status``.

    Examples
    --------
    >>> trapped(1, betas=[0.8])["estimate"].tolist()
    [100.0, 0.0]
    """
    from scipy.stats import binomtest

    rows = []
    for beta in betas:
        made = [evenly_sized(seed + place, beta, ACCOUNTS) for place in range(REPEATS)]
        likes = [world("power law", posts).sample("likes_per_post") for posts in made]
        for scale in ("log followers", "followers"):
            peaks = [lind_mehlum(one, scale=scale).p <= 1 - confidence for one in likes]
            ends = binomtest(sum(peaks), REPEATS).proportion_ci(confidence, "wilson")
            share = (100 * part for part in (sum(peaks) / REPEATS, *ends))
            raw = scale == "followers"
            name = f"{'raw' if raw else 'log'} followers, elasticity {beta:g}"
            row = (f"elasticity {beta:g}", f"SIMULATED: on {scale}", name, raw)
            rows.append((*row, *share))
    columns = ["row", "panel", "on", "raw", "estimate", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.sort_values("raw", kind="stable", ascending=False, ignore_index=True)
    return frame.assign(n_accounts=REPEATS, unit="percent", status="ok")
