"""Takes a truth; gives posts, moments and feeds of a world in which it holds. Called by notebooks
as `an.simulate`, by tests and by benchmarks.
"""

from analysis.display import namespace_of
from analysis.simulate.artefacts import (
    ARTEFACTS,
    averaging_gap,
    best_of_many,
    brand_error,
    evenly_sized,
    old_posts,
    power_law,
    viral_feed,
)
from analysis.simulate.worlds import campaigns, growing, posts, world

__getattr__, __dir__ = namespace_of(globals())
