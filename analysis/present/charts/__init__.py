"""Takes frames with the columns that each function names; gives figures of a slide's size that
show themselves and save nothing. The easy way is ``.plot()`` of a result, which knows its columns;
notebooks call these functions as `an.plot` where they draw several results, or frames of their own.
"""

from analysis.display import namespace_of
from analysis.present.charts import (
    answers,
    confidence,
    growing,
    results,
    several,
)  # register what draws each result
from analysis.present.charts.bends import beside_claim, in_order, places, spans
from analysis.present.charts.canvas import new_figure
from analysis.present.charts.chains import citation_chain
from analysis.present.charts.comparisons import by_average, by_metric, by_publisher, by_size
from analysis.present.charts.decisions import (
    budget_splits,
    cheapest_size_curves,
    cheapest_size_map,
    regret,
)
from analysis.present.charts.diagrams import heatmap, tier_map
from analysis.present.charts.dots import dots, histogram
from analysis.present.charts.estimates import band, intervals
from analysis.present.charts.followers import (
    along_followers,
    fitted_curves,
    lines,
    lines_side_by_side,
)
from analysis.present.charts.frames import drawn_by
from analysis.present.charts.growing import around_crossings
from analysis.present.charts.levels import levels
from analysis.present.charts.nested import nested_intervals
from analysis.present.charts.outcomes import claims_list, scorecard, shares, verdict_grid
from analysis.present.charts.prices import price_growth
from analysis.present.charts.specifications import bars, specification_curve, variance_by_choice
from analysis.present.charts.totals import beside_line, known_after, parts_of_differences

__getattr__, __dir__ = namespace_of(globals())
