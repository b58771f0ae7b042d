"""What a study needs, can detect and reports: results of `analysis.estimate.power`, and
the error rates behind them.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtri, ndtr, ndtri, stdtrit

from analysis.display import Result
from analysis.errors import check_least, check_share

STEPS = 4000  # equally likely points at which the spread of a small study is taken


class Planned(Result, int):
    """How many clicks or creators each side of a study needs: a whole number, and computes as one.

    Attributes
    ----------
    counted : str
        ``clicks`` or ``creators``.
    ratio, power : float
        The ratio of conversion rates, and the chance of what is planned for.
    margin : float
        Factor either way within which the interval has to lie; nan if the ratio has to be told
        from 1.

    Examples
    --------
    >>> import analysis as an
    >>> needed = an.power.creators_needed(0.02, clicks=1000)
    >>> needed
    140 creators on each side detect +20 % in 80 % of studies.
    >>> needed + 1
    141
    """

    def __new__(
        cls,
        needed: float,
        counted: str = "creators",
        ratio: float = math.nan,
        power: float = math.nan,
        margin: float = math.nan,
    ) -> "Planned":
        """Round up, and note what it is for."""
        planned = super().__new__(cls, math.ceil(needed))
        planned.counted, planned.ratio = counted, ratio
        planned.power, planned.margin = power, margin
        return planned

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``needed, counted, ratio, power, margin``."""
        return pd.DataFrame([{"needed": int(self), **vars(self)}])


class Detectable(Result, float):
    """The smallest ratio above 1 that a study detects: a number, and computes as one.

    Attributes
    ----------
    creators : int
        On each side.
    power : float
        Chance of detecting it.

    Examples
    --------
    >>> import analysis as an
    >>> an.power.detectable_ratio(10, base=0.02, clicks=1000)
    With 10 creators on each side, a study detects +103 % or more in 80 % of tries.
    """

    def __new__(cls, ratio: float, creators: int = 0, power: float = math.nan) -> "Detectable":
        """Note of which study it is."""
        detectable = super().__new__(cls, ratio)
        detectable.creators, detectable.power = creators, power
        return detectable

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``creators, ratio, power``."""
        row = {"creators": int(self.creators), "ratio": float(self), "power": self.power}
        return pd.DataFrame([row])


@dataclass(frozen=True, repr=False)
class Significant(Result):
    """What studies report that see a significant difference.

    Attributes
    ----------
    ratio : float
        The true ratio of conversion rates.
    creators : int
        On each side.
    power : float
        Chance of a significant difference, whatever its sign.
    type_s : float
        Share of the significant studies that have the wrong sign.
    type_m : float
        Their mean absolute log ratio over the true one: how many times too large the effect looks.
    reported : float
        The ratio that they report, ``ratio ** type_m``.

    Examples
    --------
    >>> import analysis as an
    >>> study = an.power.significant_study(10, base=0.02, clicks=1000)
    >>> round(study.type_m, 1), round(study.type_s, 2)
    (3.2, 0.03)
    """

    ratio: float
    creators: int
    power: float
    type_s: float
    type_m: float
    reported: float


def significance(
    effect: float, se: float, df: float = math.inf, alpha: float = 0.05
) -> tuple[float, float, float]:
    """Power, type S and type M error of a two-sided test of an effect above zero.

    With a known standard error these are the closed forms of Lu, Qiu and Deng (2019). If the
    standard error is estimated with `df` degrees of freedom, the same forms hold for each estimate
    of it, and are averaged over its distribution.

    Parameters
    ----------
    effect, se, df, alpha : float
        The true effect; the true standard error of its estimate; its degrees of freedom; level.

    Examples
    --------
    >>> import analysis as an
    >>> power, type_s, type_m = an.power.significance(0.2, se=0.1)
    >>> round(power, 2), round(type_m, 2)
    (0.52, 1.39)
    """
    check_share("alpha", alpha)
    check_least("se", se, 0, above=True)
    threshold = ndtri(1 - alpha / 2)
    if math.isfinite(df):
        share = (np.arange(STEPS) + 0.5) / STEPS
        threshold = stdtrit(df, 1 - alpha / 2) * np.sqrt(chdtri(df, share) / df)
    size = effect / se
    right, wrong = ndtr(size - threshold), ndtr(-size - threshold)
    densities = [
        np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi) for at in (threshold - size, threshold + size)
    ]
    above = sum(densities) + size * (right - wrong)
    power = np.mean(right + wrong)
    return float(power), float(np.mean(wrong) / power), float(np.mean(above) / power / size)
