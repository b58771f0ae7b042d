"""Takes estimates of several studies, tables or levels; gives pooled ones. Called by notebooks as
`an.synthesis`.
"""

from analysis.estimate.synthesis.moderators import MIXED, moderated, standardised
from analysis.estimate.synthesis.pooling import leave_one_out, one_vote, pool
from analysis.estimate.synthesis.printed_prices import (
    far_apart,
    owners_mean,
    price_evidence,
    price_slopes,
)
from analysis.estimate.synthesis.published_elasticity import (
    as_estimates,
    by_moderator,
    implied_betas,
)
