"""Event study: what happens to a rate around the period in which a creator crosses an edge.

Growing creators differ from those of like size who do not grow, so this is no effect of the edge:
it shows whether anything changes there that does not change for the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from analysis.display import Reason, because
from analysis.errors import check_share
from analysis.estimate.averages import INDICATIVE
from analysis.estimate.results import Context, Estimate, Estimates, Family
from analysis.estimate.tier_averages import t_interval
from analysis.moments.panel_crossing import Around

ANYWHERE = Context(counted="creator")


@dataclass(frozen=True, repr=False)
class EventStudy(Estimates):
    """Ratios of rates around a crossing, one estimate for each period.

    Attributes
    ----------
    edge : float
        Which size is crossed.
    step : str
        What lies between two estimates: ``week`` or ``month``, as the source observes, or
        ``window``, a stretch of observation.
    why : Reason or None
        Why there is none.
    """

    edge: float = np.nan
    step: str = "month"
    why: Reason | None = None

    def over(self, edge: float, step: str) -> "EventStudy":
        """Say which size is crossed, and what lies between two estimates."""
        return replace(self, edge=edge, step=step)


def event_study(
    around: Iterable[Around], confidence: float = 0.95, context: Context = ANYWHERE
) -> EventStudy:
    """Estimate the ratio of rates against creators of like size, period by period.

    Parameters
    ----------
    around : iterable of Around
        From `around_crossing`, or as a source publishes them.
    confidence : float
        Of each interval by itself.
    context : Context
        Whose creators.

    Returns
    -------
    EventStudy
        One estimate per period, with its place in the column ``when``; undefined with fewer than
        ten creators who cross.

    Examples
    --------
    >>> from analysis.moments.panel_crossing import Around
    >>> event_study([Around(0, 9, 100, 0.3, 0.2, 0.0)])[0].reasons[0].key
    'too_few_crossings'
    """
    check_share("confidence", confidence)
    around = list(around)
    made = [_at(one, confidence, context) for one in around]
    return EventStudy.of(made, when=[one.when for one in around])


def _at(one: Around, confidence: float, context: Context) -> Estimate:
    what = because("around_crossing", when=one.when)
    about = {
        "label": f"{one.when:+d}", "unit": "ratio", "estimand": what, "context": context,
        "n_accounts": one.crossers + one.controls, "n_posts": one.crossers,
    }  # fmt: skip
    if one.crossers < INDICATIVE:
        few = because("too_few_crossings", crossers=one.crossers, needed=INDICATIVE)
        return Estimate.undefined(few, **about)
    log, df = one.total / one.crossers, one.crossers - 1
    spread = (one.squares - one.total * log) * one.crossers / df
    se = np.sqrt(spread + one.others) / one.crossers
    values = (float(np.exp(end)) for end in (log, *t_interval(log, se, df, confidence)))
    estimate, low, high = values
    return Estimate(
        estimate=estimate, low=low, high=high, status="ok", family=Family("factor", df),
        reasons=(because("event_study", crossers=one.crossers, controls=one.controls),), **about,
    )  # fmt: skip
