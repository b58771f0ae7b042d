"""Ratios of many niches once chance is taken out: empirical Bayes after Morris (1983).

The niche with the highest ratio is partly the one that chance favoured most. If true log ratios are
normal around their mean, each observed one is drawn towards it by as much as its error and the
spread of the niches say, as batters are by Efron and Morris (1977). The intervals allow for mean
and spread being estimated, which plain empirical Bayes does not, and which matters with few niches.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.display import Reason, Result, because, verb
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.synthesis.moderators import OF_POSTS
from analysis.estimate.synthesis.prediction import names_of, weighable
from analysis.estimate.synthesis.random_effects import between_studies, weighted

FEWEST_LEVELS = 8
"""Levels below which nothing is shrunken: their spread would hardly be known."""


class Drawn(NamedTuple):
    """Values drawn towards their mean, over the last axis.

    Attributes
    ----------
    values, se : numpy.ndarray
        Shrunken values and their standard errors.
    kept : numpy.ndarray
        Share of its distance from the mean that each keeps, 0 to 1.
    mean : numpy.ndarray
        The mean they are drawn to, without the last axis.
    """

    values: np.ndarray
    se: np.ndarray
    kept: np.ndarray
    mean: np.ndarray


def draw_together(y: np.ndarray, v: np.ndarray, tau2) -> Drawn:
    """Shrink values with known variances to their weighted mean (Morris 1983, section 5).

    Parameters
    ----------
    y, v : numpy.ndarray
        Values and their sampling variances; the last axis is the level, of at least four.
    tau2 : numpy.ndarray or float
        Variance between levels, of the shape of the leading axes.

    Examples
    --------
    >>> y = np.array([-0.3, -0.1, 0.0, 0.1, 0.3])
    >>> drawn = draw_together(y, np.full(5, 0.01), 0.04)
    >>> drawn.kept.round(2).tolist()[0], drawn.values.round(2).tolist()[-1]
    (0.9, 0.27)
    """
    k = y.shape[-1]
    w = 1 / (v + np.expand_dims(tau2, -1))
    total, mu, _ = weighted(y, v, tau2)
    share = w / total[..., None]
    away = y - mu[..., None]
    # (k-3)/(k-1): the expectation of the inverse of an estimated variance is too large
    drawn = (k - 3) / (k - 1) * v * w
    typical = (share * v).sum(-1, keepdims=True)
    of_tau2 = 2 / (k - 3) * drawn**2 * (typical + np.expand_dims(tau2, -1)) * w
    variance = v * (1 - (1 - share) * drawn) + of_tau2 * away**2
    return Drawn(y - drawn * away, np.sqrt(variance), 1 - drawn, mu)


@dataclass(frozen=True, repr=False)
class Shrunken(Result):
    """Ratios of many levels, as they are and drawn towards their mean.

    Attributes
    ----------
    raw, shrunken : Estimates
        The ratios, in the same order and with the same keys; nothing shrunken of too few levels.
    kept : tuple of float
        Share of its distance from the mean, on the scale of logs, that each level keeps.
    mean : float
        The ratio that they are drawn to.
    tau : float
        Standard deviation of the true log ratios between levels, by REML.
    left_out : pandas.DataFrame
        ``level, reason`` of levels without a ratio that can be weighed.
    reasons : tuple of Reason
        How it was computed, or what is missing.
    status : str
        ``ok``, or ``undefined`` with too few levels.

    Examples
    --------
    >>> import analysis as an
    >>> niches = an.load("instagram-kim").strata("engagement", "niche").tier("harvard-media")
    >>> ratios = niches.moderated("micro", "macro").ratios.shrunken()
    >>> len(ratios.shrunken), round(min(ratios.kept), 2), round(max(ratios.kept), 2)
    (9, 0.63, 0.96)
    """

    raw: Estimates
    shrunken: Estimates
    kept: tuple[float, ...]
    mean: float
    tau: float
    left_out: pd.DataFrame
    reasons: tuple[Reason, ...]
    status: str

    @property
    def method(self) -> str:
        """How it was computed, or what is missing."""
        return "; ".join(str(reason) for reason in self.reasons)

    @property
    def names(self) -> list[str]:
        """Name each level."""
        return names_of(self.raw)

    def to_frame(self) -> pd.DataFrame:
        """Give a row per level: its keys, ``n_accounts, raw, raw_low, raw_high``, then the shrunken
        ``estimate, low, high`` and ``kept``, the share of its distance from the mean that is kept.
        """
        raw = self.raw.to_frame()
        names = {"estimate": "raw", "low": "raw_low", "high": "raw_high"}
        columns = [*self.raw.keys, "n_accounts", *names]
        values = self.shrunken.to_frame()[["estimate", "low", "high"]]
        return pd.concat([raw[columns].rename(columns=names), values], axis=1).assign(
            kept=list(self.kept) or np.nan
        )


@verb(Estimates)
def shrunken(estimates: Estimates) -> Shrunken:
    """Draw the ratios of many levels towards their mean, by as much as chance has spread them.

    Parameters
    ----------
    estimates : Estimates
        The same ratio in eight levels or more that share no account, such as the ``ratios`` of
        `moderated`; levels without an interval are left out.

    Returns
    -------
    Shrunken
        Intervals at the confidence of the estimates, by the normal distribution; they hold on
        average over the levels. The extremes of shrunken ratios are a little less far apart than
        the true ones.

    Raises
    ------
    ValueError
        If one of them is not a ratio, or levels of posts share accounts.

    Examples
    --------
    >>> import analysis as an
    >>> niches = an.load("instagram-kim").strata("engagement", "niche").tier("harvard-media")
    >>> shrunken(niches.moderated("micro", "macro").ratios).status
    'ok'
    """
    _check_apart(estimates)
    raw, logs, left_out = weighable(estimates)
    left_out = left_out.rename(columns={"source": "level"})
    if len(raw) < FEWEST_LEVELS:
        few = (because("too_few_to_shrink", levels=len(raw), fewest=FEWEST_LEVELS),)
        nothing = Estimates((), raw.keys.iloc[:0])
        return Shrunken(raw, nothing, (), np.nan, np.nan, left_out, few, "undefined")
    y, v = np.array([log.value for log in logs]), np.array([log.se for log in logs]) ** 2
    tau2 = between_studies(y, v)
    drawn = draw_together(y, v, tau2)
    reach = ndtri((1 + raw[0].context.confidence) / 2) * drawn.se
    ends = np.exp(np.column_stack([drawn.values, drawn.values - reach, drawn.values + reach]))
    how = (because("morris", levels=len(raw)),)
    made = tuple(_shrunken(one, row, how) for one, row in zip(raw, ends, strict=True))
    kept, mean = tuple(map(float, drawn.kept)), float(np.exp(drawn.mean))
    return Shrunken(
        raw, Estimates(made, raw.keys), kept, mean, float(tau2**0.5), left_out, how, "ok"
    )


def _check_apart(estimates: Estimates) -> None:
    for stratum in {one.context.posts.split(": ")[0] for one in estimates} & set(OF_POSTS):
        raise ValueError(f"levels of {stratum} share accounts, so they cannot be shrunken.")


def _shrunken(one: Estimate, values: np.ndarray, how: tuple[Reason, ...]) -> Estimate:
    """Put shrunken values in the place of an estimate's own."""
    estimate, low, high = map(float, values)
    what = because("shrunken", each=one.estimand)
    return replace(
        one, estimate=estimate, low=low, high=high, estimand=what, reasons=how, family=None
    )
