"""An average on the logarithmic scale, from which averages, ratios and their intervals are made."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.display import Reason, because

Rows = pd.DataFrame | Mapping[str, np.ndarray]
"""Rows of a tier: a frame, or plain arrays by column."""


class LogEstimate(NamedTuple):
    """An average on the logarithmic scale.

    Attributes
    ----------
    log : float
        Natural logarithm of the average; nan if it is not defined.
    variance : float
        Of `log`; nan if it is not known.
    df : float
        Degrees of freedom that go with it.
    method : Reason or None
        How the variance was computed.
    problem : Reason or None
        Why something is missing, or why the number is indicative only.
    decisive : bool
        Whether a verdict may rest on it.
    """

    log: float
    variance: float
    df: float
    method: Reason | None
    problem: Reason | None = None
    decisive: bool = True


NO_ACCOUNT = LogEstimate(np.nan, np.nan, np.nan, None, because("no_account"))
