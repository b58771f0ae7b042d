"""Takes panels, the same creators through time; gives what changes within creators beside what
differs between them. Called by notebooks as methods of a panel, and as `an.panel`.
"""

from analysis.display import namespace_of
from analysis.estimate.panel.attrition import Attrition, lee_bounds
from analysis.estimate.panel.crossing import EventStudy, event_study
from analysis.estimate.panel.division import Division, division_bounds
from analysis.estimate.panel.following import (
    Crossings,
    Followed,
    Growing,
    attrition,
    crossing,
    crossings,
    followed,
    growing,
)
from analysis.estimate.panel.within import apart, between, within
from analysis.moments.panel_files import path_of

__getattr__, __dir__ = namespace_of(globals())
