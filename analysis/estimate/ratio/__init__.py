"""Takes samples with tiers; gives ratios, probabilities and variances that compare tiers and
creators. Called by notebooks as `an.ratio`, and as methods of samples.
"""

from analysis.display import namespace_of
from analysis.estimate.breakdowns import (
    across_averages,
    across_schemes,
    along_followers,
    between_levels,
    each_kind,
)
from analysis.estimate.contrast import (
    against,
    by_tier,
    contrast,
    smallest_contrast,
    tier_average,
)  # fmt: skip
from analysis.estimate.ratio.artefacts import (
    by_age,
    largest_brands,
    per_follower_and_view,
    premiums,
    with_factor,
    within_levels,
)
from analysis.estimate.ratio.creators import (
    creator_beyond_size,
    posts_needed,
    reliability,
    split_half,
    variance_split,
)  # fmt: skip
from analysis.estimate.ratio.equivalence import Equivalence, equivalence
from analysis.estimate.ratio.levels import contrast_within
from analysis.estimate.ratio.superiority import Trend, superiority, trend
from analysis.estimate.ratio.tiers_alike import TiersAlike, equivalence_of_tiers

__getattr__, __dir__ = namespace_of(globals())
