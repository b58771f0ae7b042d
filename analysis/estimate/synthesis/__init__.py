"""Takes levels of a stratum, published tables, and elasticities of several studies.
Gives how they differ, pooled and shrunken numbers, and what a new source would show, as results
that write, tabulate and draw themselves.
Studies are rows of plain frames, which a reader filters before they are pooled.
Called by notebooks as `an.synthesis`.
"""

from analysis.display import namespace_of
from analysis.estimate.synthesis.by_strata import ByStrata, by_strata
from analysis.estimate.synthesis.moderators import MIXED, moderated, standardised
from analysis.estimate.synthesis.pooling import average_by_owner, leave_one_out, pool
from analysis.estimate.synthesis.prediction import between_sources
from analysis.estimate.synthesis.printed import (
    in_short,
    pooled_rows,
    with_assumed_errors,
    with_other_ends,
)
from analysis.estimate.synthesis.published_elasticity import (
    COUNTED,
    as_estimates,
    at_a_tenth,
    by_moderator,
    implied_betas,
    implied_by_sales,
    side_by_side,
)
from analysis.estimate.synthesis.quoted import quoted
from analysis.estimate.synthesis.shrinkage import shrunken

__getattr__, __dir__ = namespace_of(globals())
