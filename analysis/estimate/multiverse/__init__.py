"""Takes sources, schemes and claims; gives every admissible specification, estimated and judged
together. Called by notebooks as `an.multiverse`, and by the desk of the explorer.
"""

from analysis.estimate.multiverse.choices import (
    flips,
    judge_specifications,
    question,
    single_changes,
    which_choice,
)
from analysis.estimate.multiverse.grid import (
    CHOICES,
    fingerprint,
    inadmissible,
    run,
    specifications,
)
from analysis.estimate.multiverse.simultaneous import confirm, halves, joint_intervals, no_relation
