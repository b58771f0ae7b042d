"""Takes sources, tier schemes and claims.
Gives every admissible combination of choices, estimated, judged and tested together.
Called by notebooks as `an.multiverse`, by the desk of the explorer and by the benchmarks.

The list of specifications and its estimates are plain frames: they are thousands of rows that a
reader filters and groups with pandas, and an object for each would take longer to make than its
estimate. What has been judged is a result, `Judged`, with a sentence and counts.
"""

from analysis.display import offered
from analysis.estimate.multiverse.choices import flips, single_changes, which_choice
from analysis.estimate.multiverse.estimates import run
from analysis.estimate.multiverse.fixed import fixed_grid
from analysis.estimate.multiverse.grid import CHOICES, fingerprint, inadmissible, specifications
from analysis.estimate.multiverse.holdout import confirm, halves
from analysis.estimate.multiverse.judged import Judged, judge_specifications, question
from analysis.estimate.multiverse.simultaneous import joint_intervals, no_relation


def __dir__() -> list[str]:
    return offered(globals())
