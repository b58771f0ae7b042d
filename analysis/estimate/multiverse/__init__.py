"""Takes sources, tier schemes and claims.
Gives every admissible combination of choices, estimated, judged and tested together.
Called by notebooks as `an.multiverse`, by the explorer and by the benchmarks.

The list of specifications and its estimates are plain frames: they are thousands of rows that a
reader filters and groups with pandas, and an object for each would take longer to make than its
estimate. So are the joint intervals, which stand beside them. What is concluded from them is a
result with a sentence, and a picture where one makes sense. `halves` gives a pair: both parts have
the key of their source, by which sources are put together.
"""

from analysis.display import namespace_of
from analysis.estimate.multiverse.choices import (
    decisive_choices,
    single_changes,
    variance_by_choice,
)
from analysis.estimate.multiverse.estimates import estimate_specifications
from analysis.estimate.multiverse.fixed import fixed_grid
from analysis.estimate.multiverse.grid import CHOICES, fingerprint, inadmissible, specifications
from analysis.estimate.multiverse.holdout import confirm, halves
from analysis.estimate.multiverse.one_claim import (
    asked_of,
    asked_questions,
    claim_curve,
    picked_elsewhere,
    picked_in_halves,
    with_accounts,
)
from analysis.estimate.multiverse.simultaneous import joint_intervals, permutation_test
from analysis.estimate.multiverse.specification_curve import (
    SpecificationCurve,
    judge_specifications,
)

__getattr__, __dir__ = namespace_of(globals())
