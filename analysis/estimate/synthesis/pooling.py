"""One number from several studies, what a new study would show, and what hangs on which study.

A table of studies has an ``effect`` and its standard error ``se`` in each row, on a scale where
effects add; the index names the studies. The model and its arithmetic are in `effects`.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from analysis.estimate.synthesis.random_effects import (
    INTERVALS,
    METHODS,
    PREDICTIONS,
    between_studies,
    mean_interval,
    prediction_interval,
    predictive_draws,
    shares,
    weighted,
)


class Pooled(NamedTuple):
    """One pooled number.

    Attributes
    ----------
    mu, se, low, high : float
        Mean effect over studies, its standard error in the chosen interval's sense, and that
        interval.
    tau2 : float
        Variance between studies.
    q : float
        Cochran's Q.
    i2 : float
        Share of variance that is between studies [percent], from tau2; `i_squared` also gives the
        one from Q.
    pi_low, pi_high : float
        Prediction interval of a new study's true effect; nan with fewer than three studies.
    k : int
        Studies.
    method : str
        Estimator, interval and prediction by name, and what is missing and why.
    status : str
        ``ok``, or ``indicative`` if there is no prediction interval.
    """

    mu: float
    se: float
    low: float
    high: float
    tau2: float
    q: float
    i2: float
    pi_low: float
    pi_high: float
    k: int
    method: str
    status: str


class Egger(NamedTuple):
    """Egger's test: do small studies say something else?

    Attributes
    ----------
    slope, se, t, p : float
        Of the effect on its standard error; `p` two-sided.
    df : int
        Degrees of freedom, k - 2.
    limit, low, high : float
        Effect that a study without sampling error would show, with its interval.
    status : str
        ``ok``, or ``indicative`` with fewer than ten studies, where the test sees next to nothing.
    """

    slope: float
    se: float
    t: float
    p: float
    df: int
    limit: float
    low: float
    high: float
    status: str


def pool(
    studies: pd.DataFrame,
    method: str = "REML",
    interval: str = "HK",
    prediction: str = "confidence distribution",
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = 20_000,
) -> Pooled:
    """Pool studies by random effects.

    Parameters
    ----------
    studies : pandas.DataFrame
        ``effect`` and ``se``.
    method, interval, prediction : str
        One of METHODS, INTERVALS, PREDICTIONS.
    confidence : float
        Of both intervals.
    seed, draws : int
        Of the confidence distribution.

    Returns
    -------
    Pooled

    Raises
    ------
    ValueError
        In words: an unknown name, fewer than two studies, or a study without a finite effect and a
        standard error above zero.
    """
    for kind, name, known in (
        ("method", method, METHODS),
        ("interval", interval, INTERVALS),
        ("prediction", prediction, PREDICTIONS),
    ):
        if name not in known:
            raise ValueError(f"{kind} '{name}' is not known. Known: {'; '.join(known)}.")
    y, v = _checked(studies, fewest=2)
    k = len(y)
    tau2 = between_studies(y, v, method)
    mu, se, low, high = (float(part) for part in mean_interval(y, v, tau2, interval, confidence))
    said = f"{method}, {interval} interval"
    if k < 3:
        said, pi_low, pi_high = (
            f"{said}, no prediction interval from fewer than three studies",
            np.nan,
            np.nan,
        )
    elif prediction == PREDICTIONS[0]:
        new = predictive_draws(y, v, np.random.default_rng(seed), draws)
        pi_low, pi_high = np.quantile(new, [(1 - confidence) / 2, (1 + confidence) / 2])
        said += f", prediction by the confidence distribution ({draws} draws)"
    else:
        pi_low, pi_high = prediction_interval(y, v, tau2, prediction, confidence)
        said += f", prediction by {prediction}"
    q, i2 = float(weighted(y, v, 0.0)[2]), shares(y, v, tau2)["from tau2"]
    return Pooled(
        mu,
        se,
        low,
        high,
        float(tau2),
        q,
        i2,
        float(pi_low),
        float(pi_high),
        k,
        said,
        "ok" if k > 2 else "indicative",
    )


def _checked(studies: pd.DataFrame, fewest: int) -> tuple[np.ndarray, np.ndarray]:
    """Effects and sampling variances, or a sentence."""
    if len(studies) < fewest:
        raise ValueError(
            f"{len(studies)} stud{'y' if len(studies) == 1 else 'ies'}: at least {fewest} are needed."
        )
    effect, se = (studies[name].to_numpy(float) for name in ("effect", "se"))
    wrong = [
        str(name)
        for name, fine in zip(
            studies.index, np.isfinite(effect) & np.isfinite(se) & (se > 0), strict=True
        )
        if not fine
    ]
    if wrong:
        raise ValueError(
            f"without a finite effect and a standard error above zero: {', '.join(wrong)}. Leave them out, and say so."
        )
    return effect, se**2


def i_squared(studies: pd.DataFrame, method: str = "REML") -> dict[str, float]:
    """Share of the variance that lies between studies [percent], by both definitions in use.

    Returns
    -------
    dict
        ``from tau2``: tau2 over itself plus the typical sampling variance of Higgins and Thompson
        (2002), as metafor prints it; ``from Q``: (Q - df) / Q, at least zero. They agree for DL
        only.
    """
    y, v = _checked(studies, fewest=2)
    return shares(y, v, between_studies(y, v, method))


def leave_one_out(studies: pd.DataFrame, **options) -> pd.DataFrame:
    """Pool without each study in turn.

    Parameters
    ----------
    studies : pandas.DataFrame
        At least three, as for `pool`.
    **options
        Of `pool`.

    Returns
    -------
    pandas.DataFrame
        Fields of `Pooled`, indexed by the study that is left out.
    """
    _checked(studies, fewest=3)
    without = [
        pool(studies[np.arange(len(studies)) != at], **options) for at in range(len(studies))
    ]
    return pd.DataFrame(without, index=studies.index, columns=Pooled._fields)


def egger(studies: pd.DataFrame, confidence: float = 0.95) -> Egger:
    """Test whether the effect depends on its standard error (Egger and others 1997).

    A least-squares line of effect on standard error with weights 1/v and a free residual variance,
    the form that metafor calls ``regtest(model="lm")``. Small studies can differ for better reasons
    than that others stayed in a drawer.

    Raises
    ------
    ValueError
        If there are fewer than three studies, or all are equally precise.
    """
    y, v = _checked(studies, fewest=3)
    x, w, df = np.sqrt(v), 1 / v, len(y) - 2
    centre = (w * x).sum() / w.sum()
    sxx = (w * (x - centre) ** 2).sum()
    if sxx <= 1e-20 * (w * x**2).sum():
        raise ValueError(
            "all studies are equally precise: no line of effect on standard error can be drawn."
        )
    slope = (w * (x - centre) * y).sum() / sxx
    limit = (w * y).sum() / w.sum() - slope * centre
    variance = (w * (y - limit - slope * x) ** 2).sum() / df
    se, reach = (
        np.sqrt(variance / sxx),
        stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance * (1 / w.sum() + centre**2 / sxx)),
    )
    t = slope / se
    status = "ok" if len(y) >= 10 else "indicative"
    p = 2 * stdtr(df, -abs(t))
    return Egger(
        *map(float, (slope, se, t, p)),
        df,
        *map(float, (limit, limit - reach, limit + reach)),
        status,
    )


def one_vote(
    table: pd.DataFrame, owner: str = "data_owner", effect: str = "beta", se: str = "se"
) -> pd.DataFrame:
    """Average what each owner of data says, so that a number that is restated ten times votes once.

    Estimates of one owner share accounts, so their errors are taken as perfectly correlated: the
    vote is their plain mean, and its standard error the mean of theirs, which repetition does not
    make smaller. Perfectly correlated estimates of different precision have no useful
    inverse-variance weights: these would give all weight to one of them.

    Returns
    -------
    pandas.DataFrame
        ``effect, se, estimates``, indexed by owner in order of appearance: what `pool` takes.
    """
    renamed = table.rename(columns={effect: "effect", se: "se"})
    _checked(renamed, fewest=1)
    votes = renamed.groupby(owner, sort=False)
    return votes[["effect", "se"]].mean().assign(estimates=votes.size())
