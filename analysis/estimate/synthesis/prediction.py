"""What a new source would show: the main message where several sources answer one question.

Sources are samples of convenience from different platforms and years, so they differ by more than
chance. Their mean describes none of them; the range of the sources, and the interval in which the
true ratio of a further one is predicted to lie, say more. Two or three sources cannot predict a
fourth, and the result says so.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.display import Reason, Result, because, verb
from analysis.estimate.confidence_curve import OnScale, on_scale
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.synthesis.pooling import FEWEST, Pooled, pool

ENOUGH = 4
"""Sources from which a new one can be predicted; with one less, the interval is printed for what it
is.
"""

NEW = "a new source"
"""Row of the prediction."""


@dataclass(frozen=True, repr=False)
class BetweenSources(Result):
    """The same ratio in several sources, and what a new source would show.

    Attributes
    ----------
    estimates : Estimates
        The ratios, one per source.
    prediction : Estimate
        The mean ratio with the interval of a new source's true ratio; undefined with fewer than
        three sources.
    pooled : Pooled or None
        The same on the scale of logs; None with fewer than two sources.
    left_out : pandas.DataFrame
        ``source, reason`` of sources without an estimate that can be weighed.

    Examples
    --------
    >>> import analysis as an
    >>> sources = an.load_all().sample("engagement").tier("harvard-media")
    >>> between = an.synthesis.between_sources(sources.contrast("micro", "macro"))
    >>> len(between), between.predicts
    (4, True)
    """

    estimates: Estimates
    prediction: Estimate
    pooled: Pooled | None
    left_out: pd.DataFrame

    def __len__(self) -> int:
        """Count the sources that are weighed."""
        return len(self.estimates)

    @property
    def predicts(self) -> bool:
        """Whether there are enough sources to predict a new one."""
        return len(self) >= ENOUGH

    @property
    def names(self) -> list[str]:
        """Name each source."""
        return names_of(self.estimates)

    @property
    def rows(self) -> Estimates:
        """The sources and, if there is one, the prediction, with the column ``source``."""
        names = self.names
        if np.isnan(self.prediction.low):
            return Estimates.of(self.estimates, source=names)
        return Estimates.of((*self.estimates, self.prediction), source=[*names, NEW])

    def to_frame(self) -> pd.DataFrame:
        """Give a row per source and one for the prediction: ``source``, then those of estimates."""
        return self.rows.to_frame()


def names_of(estimates: Estimates) -> list[str]:
    """Name estimates by their source or level, whichever distinguishes them."""
    if "level" in estimates.keys:
        return estimates.keys["level"].astype(str).tolist()
    if "source" in estimates.keys:
        return estimates.keys["source"].tolist()
    return [one.context.source or one.label for one in estimates]


@verb(Estimates)
def between_sources(
    estimates: Estimates, method: str = "REML", seed: int = 1, draws: int = 20_000
) -> BetweenSources:
    """Set the sources beside each other, and predict what a new one would show.

    Parameters
    ----------
    estimates : Estimates
        The same ratio of each source, as ``samples.contrast()`` gives it.
    method, seed, draws
        As in `pool`, which is given the log ratios with the standard errors of their intervals.

    Returns
    -------
    BetweenSources

    Raises
    ------
    ValueError
        If one of them is not a ratio.

    Examples
    --------
    >>> import analysis as an
    >>> sources = an.load_all("instagram-kim").sample("engagement").tier("harvard-media")
    >>> sources.contrast("micro", "macro").between_sources().sentence().split('. ')[1]
    'One source cannot predict what a new source would show.'
    """
    held, logs, left_out = weighable(estimates)
    if len(held) < 2:
        return BetweenSources(held, _nothing(held), None, left_out)
    confidence = held[0].context.confidence
    studies = pd.DataFrame(
        {"effect": [log.value for log in logs], "se": [log.se for log in logs]},
        index=names_of(held),
    )
    pooled = pool(studies, method, confidence, seed, draws)
    return BetweenSources(held, _prediction(held, pooled), pooled, left_out)


def weighable(estimates: Estimates) -> tuple[Estimates, list[OnScale], pd.DataFrame]:
    """Give the ratios that can be weighed, their logs, and the others with a reason (``source,
    reason``); ValueError for what is no ratio.
    """
    held, logs, left = [], [], []
    names = names_of(estimates)
    for place, (name, one) in enumerate(zip(names, estimates, strict=True)):
        if one.unit != "ratio":
            raise ValueError(f"'{one.label}' is in {one.unit}, not a ratio: see .contrast().")
        log = _without_vote(one) if one.status != "ok" or one.context.signs else on_scale(one)
        if isinstance(log, OnScale):
            held.append(place)
            logs.append(log)
        else:
            left.append((name, str(log)))
    keys = estimates.keys.iloc[held].reset_index(drop=True)
    chosen = Estimates(tuple(estimates[place] for place in held), keys)
    return chosen, logs, pd.DataFrame(left, columns=["source", "reason"])


def _without_vote(estimate: Estimate) -> Reason:
    """Why an estimate has no vote: its file looks selected, or what is missing there."""
    if estimate.context.signs:
        return because("looks_selected", signs=estimate.context.signs)
    return because("not_weighed", reasons=estimate.reasons)


def _nothing(held: Estimates) -> Estimate:
    few = because("too_few_to_predict", fewest=FEWEST)
    accounts, posts = _counted(held)
    about = {"label": NEW, "unit": "ratio", "estimand": because("new_effect")}
    return Estimate.undefined(few, n_accounts=accounts, n_posts=posts, **about)


def _counted(held: Estimates) -> tuple[int, int]:
    """Accounts and posts of all sources together."""
    return sum(one.n_accounts for one in held), sum(one.n_posts for one in held)


def _prediction(held: Estimates, pooled: Pooled) -> Estimate:
    """Take the prediction from logs to a ratio, with the tiers of the sources if they agree."""
    new, first = pooled.prediction, held[0]
    if np.isnan(new.low):
        return _nothing(held)
    with np.errstate(over="ignore"):  # an end that no number reaches is infinite
        values = (float(np.exp(part)) for part in (new.estimate, new.low, new.high))
    status = "ok" if len(held) >= ENOUGH else "indicative"
    rest = (because("new_effect"), new.reasons, status, replace(first.context, source=""))
    return Estimate(first.label, *_counted(held), *values, "ratio", *rest)
