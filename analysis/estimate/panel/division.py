"""What it does to a slope that the same count stands on both sides of it.

Payers per chatter along chatters divides by the size itself. If chatters are counted with error, a
month with too many by mistake shows a lower rate, although nobody behaved differently: division
bias (Borjas 1980). The slope of the numerator is then too small by the share of the size's variance
that is no error; the reverse regression is too large (Klepper and Leamer 1984), and the truth lies
between the two.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.display import Result, verb
from analysis.estimate.panel.within import swept, within
from analysis.estimate.results import Estimate
from analysis.moments.panel import Panel


@dataclass(frozen=True, repr=False)
class Division(Result):
    """Between what a slope lies if the size is counted with error.

    Attributes
    ----------
    direct : Estimate
        Ratio of rates per tenfold size within creators, as if sizes had no error.
    reverse : float
        The same by the reverse regression: the largest that error in the size allows.
    reliability : float
        Share of the variance of size within creators that is no error at which the rate would not
        change at all with size; nan where no error turns the sign of the slope.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.growing(seed=1, within=-0.1, noise_sd=0.05)
    >>> panel = an.simulate.world("growing", posts).panel("likes_per_follower")
    >>> bounds = panel.division_bounds()
    >>> bounds.direct.estimate < 0.9 < bounds.reverse, round(bounds.reliability, 2)
    (True, 0.9)
    """

    direct: Estimate
    reverse: float
    reliability: float

    def to_frame(self) -> pd.DataFrame:
        """Give a row: ``direct, low, high, reverse, reliability``."""
        direct = self.direct
        row = (direct.estimate, direct.low, direct.high, self.reverse, self.reliability)
        columns = ["direct", "low", "high", "reverse", "reliability"]
        return pd.DataFrame([row], columns=columns)


@verb(Panel)
def division_bounds(panel: Panel, confidence: float = 0.95) -> Division:
    """Bound the slope within creators where the rate is divided by the size it is followed along.

    Parameters
    ----------
    panel : Panel
        Of a rate whose denominator is the size.
    confidence : float
        Of the interval of the direct slope.

    Raises
    ------
    ValueError
        If the rate is divided by something else.
    """
    if panel.metric.denominator != panel.along:
        raise ValueError(
            f"{panel.metric.title} is not divided by {panel.along}, so an error in {panel.along} "
            "does not move the rate by itself. .within() needs no bounds here."
        )
    rate2, product, size2 = swept(panel.sums)
    # log numerator = log rate + log size
    numerator2, shared = rate2 + 2 * product + size2, product + size2
    power = shared / size2
    reverse = 10 ** (numerator2 / shared - 1) if shared > 0 else np.nan
    return Division(
        within(panel, confidence), float(reverse), float(power) if 0 < power < 1 else np.nan
    )
