"""One number from several studies, what a new study would show, and what rests on which study.

A table of studies has an ``effect`` and its standard error ``se`` in each row, on a scale where
effects add; the index names the studies. The arithmetic is in `random_effects`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from analysis.display import Reason, Result, because
from analysis.errors import check_share
from analysis.estimate.results import Context, Estimate, Estimates
from analysis.estimate.synthesis.random_effects import (
    METHODS,
    between_studies,
    mean_interval,
    predictive_draws,
    share_between,
    weighted,
)

FEWEST = 3
"""Studies below which nothing is predicted, and none can be left out."""


@dataclass(frozen=True, repr=False)
class Pooled(Result):
    """Several studies as one number, and what a new study would show.

    Attributes
    ----------
    mean : Estimate
        Mean effect over studies, with the interval of Hartung and Knapp (2001). Its reasons say
        where that is narrower than the interval of one common effect.
    prediction : Estimate
        The same mean with the prediction interval of a new study's true effect; undefined with
        fewer than three studies.
    k : int
        Studies.
    se : float
        Standard error of the mean.
    tau2 : float
        Variance between studies.
    q : float
        Cochran's Q.
    i2 : float
        Share of the variance that is between studies [percent], from tau2.
    """

    mean: Estimate
    prediction: Estimate
    k: int
    se: float
    tau2: float
    q: float
    i2: float

    @property
    def method(self) -> str:
        """How mean and prediction were computed, and what is missing and why."""
        return f"{self.mean.method}, {self.prediction.method}"

    @property
    def estimates(self) -> Estimates:
        """Mean and prediction, for a picture."""
        return Estimates.of([self.mean, self.prediction])

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``k, mu, se, low, high`` of the mean, ``pi_low, pi_high`` of the prediction,
        ``tau2, q, i2, method, status``.
        """
        mean, new = self.mean, self.prediction
        row = {
            "k": self.k, "mu": mean.estimate, "se": self.se, "low": mean.low, "high": mean.high,
            "pi_low": new.low, "pi_high": new.high, "tau2": self.tau2, "q": self.q, "i2": self.i2,
            "method": self.method, "status": mean.status,
        }  # fmt: skip
        return pd.DataFrame([row])


@dataclass(frozen=True, repr=False)
class LeftOut(Result):
    """The same studies, pooled without each in turn.

    Attributes
    ----------
    without : tuple of str
        The study that is left out.
    pooled : tuple of Pooled
        As many.
    """

    without: tuple[str, ...]
    pooled: tuple[Pooled, ...]

    def to_frame(self) -> pd.DataFrame:
        """Give a row per study: ``without``, then the columns of `Pooled.to_frame`."""
        rows = pd.concat([one.to_frame() for one in self.pooled], ignore_index=True)
        rows.insert(0, "without", self.without)
        return rows


def pool(
    studies: pd.DataFrame,
    method: str = "REML",
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = 20_000,
) -> Pooled:
    """Pool studies by random effects.

    Parameters
    ----------
    studies : pandas.DataFrame
        ``effect`` and ``se``.
    method : str
        How the variance between studies is estimated, one of METHODS.
    confidence : float
        Of both intervals.
    seed, draws : int
        Of the confidence distribution behind the prediction interval.

    Returns
    -------
    Pooled

    Raises
    ------
    ValueError
        If the method is not known, there are fewer than two studies, or one has no finite effect
        and standard error above zero.

    Examples
    --------
    >>> import analysis as an
    >>> studies = pd.DataFrame({"effect": [0.7, 0.8, 1.0], "se": [0.02, 0.03, 0.1]})
    >>> an.synthesis.pool(studies, draws=500)
    3 studies: 0.809 [0.458, 1.16]; a new study is predicted to lie between 0.00617 and 1.54.
    """
    check_share("confidence", confidence)
    if method not in METHODS:
        raise ValueError(f"method '{method}' is not known. Known: {', '.join(METHODS)}.")
    y, v = _checked(studies, fewest=2)
    k, tau2 = len(y), between_studies(y, v, method)
    mu, se, low, high = (float(part) for part in mean_interval(y, v, tau2, confidence))
    counts, context = (k, 0), Context(confidence=confidence, counted="study")
    how = (*_closer(y, v, tau2, high - low, confidence), because("hartung_knapp", method=method))
    status = "ok" if k >= FEWEST else "indicative"
    what = because("mean_effect")
    mean = Estimate("mean", *counts, mu, low, high, "", what, how, status, context)
    q, i2 = float(weighted(y, v, 0.0)[2]), share_between(v, tau2)
    new = _prediction(mean, y, v, seed, draws)
    return Pooled(mean, new, k, se, float(tau2), q, i2)


def _closer(
    y: np.ndarray, v: np.ndarray, tau2: float, width: float, confidence: float
) -> tuple[Reason, ...]:
    """Say so if the interval is narrower than that of one common effect, as it may be by chance
    where studies agree more closely than their errors let expect.
    """
    total, mu, _ = (float(part) for part in weighted(y, v, 0.0))
    reach = -ndtri((1 - confidence) / 2) / np.sqrt(total)
    if width >= 2 * reach:
        return ()
    q = float(weighted(y, v, tau2)[2]) / (len(y) - 1)
    return (because("narrower_than_fixed", q=q, low=mu - reach, high=mu + reach),)


def _prediction(mean: Estimate, y: np.ndarray, v: np.ndarray, seed: int, draws: int) -> Estimate:
    """Interval of a new study's true effect, by the confidence distribution."""
    label, what, context = "a new study", because("new_effect"), mean.context
    if len(y) < FEWEST:
        few = because("too_few_to_predict", fewest=FEWEST)
        names = {"label": label, "unit": "", "estimand": what}
        return Estimate.undefined(few, **names, n_accounts=len(y), context=context)
    confidence = context.confidence
    drawn = predictive_draws(y, v, np.random.default_rng(seed), draws)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    values = (mean.estimate, float(low), float(high))
    how = (because("confidence_distribution", draws=draws),)
    return Estimate(label, len(y), 0, *values, "", what, how, "ok", context)


def _checked(studies: pd.DataFrame, fewest: int) -> tuple[np.ndarray, np.ndarray]:
    """Effects and sampling variances, or the fault."""
    if missing := {"effect", "se"} - set(studies):
        raise ValueError(
            f"studies without a column {' and '.join(sorted(missing))}: the columns effect and se "
            "are needed. average_by_owner makes them of measured betas."
        )
    if len(studies) < fewest:
        noun = "study" if len(studies) == 1 else "studies"
        raise ValueError(f"{len(studies)} {noun}: at least {fewest} are needed.")
    effect, se = (studies[name].to_numpy(float) for name in ("effect", "se"))
    wrong = studies.index[~(np.isfinite(effect) & np.isfinite(se) & (se > 0))]
    if len(wrong):
        listed = ", ".join(str(name) for name in wrong)
        raise ValueError(
            f"without a finite effect and a standard error above zero: {listed}. Leave them out "
            "and name them."
        )
    return effect, se**2


def leave_one_out(studies: pd.DataFrame, **options) -> LeftOut:
    """Pool without each study in turn.

    Parameters
    ----------
    studies : pandas.DataFrame
        At least three, as for `pool`.
    **options
        Of `pool`.

    Examples
    --------
    >>> import analysis as an
    >>> studies = pd.DataFrame({"effect": [0.7, 0.8, 0.9], "se": 0.05}, index=["a", "b", "c"])
    >>> an.synthesis.leave_one_out(studies).sentence()
    'Without one study in turn the mean runs from 0.750 to 0.850.'
    """
    _checked(studies, fewest=FEWEST)
    places = np.arange(len(studies))
    pooled = tuple(pool(studies[places != place], **options) for place in places)
    return LeftOut(tuple(str(name) for name in studies.index), pooled)


def average_by_owner(betas: pd.DataFrame) -> pd.DataFrame:
    """Average the elasticities of each owner of data, so that a number that is restated ten times
    votes once.

    Estimates of one owner share accounts, so their errors are taken as perfectly correlated: the
    vote is their plain mean, and its standard error the mean of theirs, which repetition does not
    make smaller. Perfectly correlated estimates of different precision have no useful
    inverse-variance weights: these would give all weight to one of them.

    Parameters
    ----------
    betas : pandas.DataFrame
        ``data_owner, beta, se``.

    Returns
    -------
    pandas.DataFrame
        ``effect, se, estimates``, indexed by owner in order of appearance: what `pool` takes.

    Examples
    --------
    >>> betas = {"data_owner": ["a", "b", "a"], "beta": [0.7, 0.9, 0.8], "se": [0.02, 0.03, 0.04]}
    >>> average_by_owner(pd.DataFrame(betas)).round(3).to_numpy().tolist()
    [[0.75, 0.03, 2.0], [0.9, 0.03, 1.0]]
    """
    renamed = betas.rename(columns={"beta": "effect"})
    _checked(renamed, fewest=1)
    votes = renamed.groupby("data_owner", sort=False)
    return votes[["effect", "se"]].mean().assign(estimates=votes.size())
