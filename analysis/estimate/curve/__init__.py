"""Takes samples; gives slopes, breakpoints and shapes along followers. Called by notebooks as
`an.curve`, and as methods of samples.

`measured_betas` gives a frame, which `an.synthesis.pool` and the published figures stand beside.
"""

from analysis.display import namespace_of
from analysis.estimate.curve.breakpoint import Breakpoint, breakpoint
from analysis.estimate.curve.elasticity import (
    elasticity,
    implied_ratio,
    implied_ratios,
    measured_betas,
)
from analysis.estimate.curve.inactive import explaining_error, without_inactive
from analysis.estimate.curve.inverted_u import lind_mehlum, two_lines
from analysis.estimate.curve.shapes import Shape
from analysis.estimate.curve.slope_changes import PLACEBOS, slope_changes_at, slopes_around
from analysis.estimate.curve.spline import rate_at
from analysis.estimate.curve.together import (
    against,
    at_ten_times,
    fits,
    known_after,
    shapes,
    trapped,
    tried,
)

__getattr__, __dir__ = namespace_of(globals())
