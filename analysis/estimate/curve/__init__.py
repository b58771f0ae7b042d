"""Takes samples; gives slopes, bends and shapes along followers. Called by notebooks as `an.curve`,
and as methods of samples.
"""

from analysis.display import offered
from analysis.estimate.curve.bends import PLACEBOS, bends_at, slopes_around
from analysis.estimate.curve.breakpoint import Breakpoint, breakpoint
from analysis.estimate.curve.elasticity import (
    elasticity,
    implied_ratio,
    implied_ratios,
    measured_betas,
)
from analysis.estimate.curve.inactive import explaining_error, without_inactive
from analysis.estimate.curve.inverted_u import Shape, lind_mehlum, two_lines
from analysis.estimate.curve.spline import rate_at


def __dir__() -> list[str]:
    return offered(globals())
