"""What a panel gives at once: slopes beside each other, of every source that follows creators, and
what happens around a size and to those who ended, from rows in hand or from published sums.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.display import Result, because, verb
from analysis.estimate.panel.attrition import Attrition, lee_bounds
from analysis.estimate.panel.crossing import EventStudy, event_study
from analysis.estimate.panel.within import apart, between, context_of, within
from analysis.estimate.results import Estimate, Estimates
from analysis.moments.panel import Panel, panels_of
from analysis.moments.panel_crossing import Around, around_crossing
from analysis.moments.panel_files import read_crossings, read_stayers
from analysis.moments.panel_stayers import Stayers, first_and_last, stayers_at
from analysis.moments.sample import Moments

ONCE = "followers"
"""The size whose edges creators cross."""


@dataclass(frozen=True, repr=False)
class Growing(Result):
    """What changes as creators grow beside how larger creators differ.

    Attributes
    ----------
    within, between, apart : Estimate
        Ratio of rates at ten times the size, of the same creators and of other creators, and the
        second over the first.

    Examples
    --------
    >>> import analysis as an
    >>> posts = an.simulate.growing(seed=1, within=0.0, between=-0.4)
    >>> growing = an.simulate.world("growing", posts).panel("likes_per_follower").growing()
    >>> growing.differs, growing.within.low < 1 < growing.within.high
    (True, True)
    """

    panel: Panel
    within: Estimate
    between: Estimate
    apart: Estimate

    @property
    def differs(self) -> bool:
        """Whether growing clearly does something else than being larger."""
        return bool(self.apart.low > 1 or self.apart.high < 1)

    def to_frame(self) -> pd.DataFrame:
        """Give the three estimates, one row each, behind ``source, metric, along``."""
        about = {"source": self.panel.source.short, "metric": self.panel.metric.title}
        parts = Estimates.of((self.within, self.between, self.apart))
        return parts.keyed(**about, along=self.panel.along).to_frame()


@verb(Panel)
def growing(panel: Panel, confidence: float = 0.95) -> Growing:
    """Estimate both slopes of a panel, and whether they differ.

    Parameters
    ----------
    panel : Panel
        The same creators through time.
    confidence : float
        Of the intervals.
    """
    made = (slope(panel, confidence) for slope in (within, between, apart))
    return Growing(panel, *made)


@dataclass(frozen=True, repr=False)
class Followed(Result):
    """Both slopes of everything that is followed in some sources; nothing where nobody is.

    Attributes
    ----------
    slopes : tuple of Growing
        One for each metric and size that a source follows.
    asked : tuple of str
        Short names of all sources.
    """

    slopes: tuple[Growing, ...]
    asked: tuple[str, ...]

    def __len__(self) -> int:
        """Count what is followed."""
        return len(self.slopes)

    def __iter__(self) -> Iterator[Growing]:
        """Go through the slopes."""
        return iter(self.slopes)

    def __getitem__(self, place: int) -> Growing:
        """Take one by its place."""
        return self.slopes[place]

    def to_frame(self) -> pd.DataFrame:
        """Put the frames of all below each other."""
        frames = [one.to_frame() for one in self.slopes]
        return pd.concat(frames, ignore_index=True) if frames else Estimates.of(()).to_frame()


def followed(
    sources: Iterable[Moments] | Mapping[str, Moments], confidence: float = 0.95
) -> Followed:
    """Estimate slopes within and between creators of every source that follows any.

    Parameters
    ----------
    sources : iterable or mapping of Moments
        As `load_all` gives them. Of a reader's own file, its engagement rate and its views per
        follower are followed; of a registered source, what its register names.
    confidence : float
        Of the intervals.

    Examples
    --------
    >>> import analysis as an
    >>> an.panel.followed(an.load_all("instagram-kim")).sentence()
    'No creator is followed through time in Instagram (Kim et al.).'
    """
    sources = list(sources.values() if isinstance(sources, Mapping) else sources)
    panels = [one.panel(*pair) for one in sources for pair in _wanted(one)]
    names = tuple(dict.fromkeys(one.source.short for one in sources))
    return Followed(tuple(growing(one, confidence) for one in panels), names)


@dataclass(frozen=True, repr=False)
class Crossings(Result):
    """What happens around crossings, of everything that is followed.

    Attributes
    ----------
    studies : tuple of EventStudy
        Some with the reason why they are empty.
    asked : tuple of str
        Short names of all sources.
    """

    studies: tuple[EventStudy, ...]
    asked: tuple[str, ...]

    @property
    def seen(self) -> tuple[EventStudy, ...]:
        """Those in which anybody is seen crossing, were it too few."""
        return tuple(study for study in self.studies if len(study))

    def to_frame(self) -> pd.DataFrame:
        """Put the estimates of all below each other, behind ``edge, step, when``."""
        parts = [one.keyed(edge=one.edge, step=one.step).to_frame() for one in self.seen]
        return pd.concat(parts, ignore_index=True) if parts else Estimates.of(()).to_frame()


@verb(Followed)
def crossings(
    followed: Followed, edges: Iterable[float] = (10_000, 100_000), confidence: float = 0.95
) -> Crossings:
    """Compare creators who cross numbers of followers with others of like size, in everything that
    is followed: from period to period, and from one window of observation to the next.

    Parameters
    ----------
    followed : Followed
        A source whose followers were counted once is named once, with that reason.
    edges : iterable of float
        Numbers of followers.
    confidence : float
        Of each interval by itself.
    """
    studies, edges = [], list(edges)
    for panel in (one.panel for one in followed):
        for edge in edges:
            made = crossing(panel, edge, confidence=confidence)
            wide = crossing(panel, edge, "window", confidence)
            studies += [made, *([wide] if len(wide) else [])]
    # of studies without an estimate the reason is enough, once
    once = {str(one.why) if one.why else place: one for place, one in enumerate(studies)}
    return Crossings(tuple(once.values()), followed.asked)


def _wanted(moments: Moments) -> list[tuple[str, str]]:
    pairs = panels_of(moments)
    if moments.source.panel:
        return pairs
    keys = (moments.source.engagement or moments.main_metric, "views_per_follower")
    return [pair for pair in pairs if pair[0] in keys]


@verb(Panel)
def crossing(
    panel: Panel, edge: float = 10_000, step: str = "period", confidence: float = 0.95
) -> EventStudy:
    """Compare the rates of creators who cross a number of followers with those of creators of like
    size who do not.

    Parameters
    ----------
    panel : Panel
        Along followers; months are the periods of a file of one's own.
    edge : float
        The number of followers.
    step : str
        ``period``, or ``window`` where a source was observed in several stretches.
    confidence : float
        Of each interval by itself.

    Returns
    -------
    EventStudy
        Empty, with the reason, where followers were counted once or nothing is published.
    """
    context = context_of(panel, confidence)
    plan = panel.source.panel
    apart_by = "window" if step == "window" else plan.period if plan else "month"
    if panel.along != ONCE:
        why = because("followers_counted_once", source=panel.source.short)
        return replace(event_study(()), why=why).over(edge, apart_by)
    made = event_study(_around(panel, edge, step), confidence, context).over(edge, apart_by)
    facts = {"source": panel.source.short, "edge": int(edge)}
    if panel.rows is None and edge not in (panel.source.panel.edges if panel.source.panel else ()):
        return replace(made, why=because("crossings_not_kept", source=panel.source.short))
    return made if len(made) else replace(made, why=because("nobody_crossed", **facts))


def _around(panel: Panel, edge: float, step: str) -> list[Around]:
    """Sums around a crossing: from rows in hand, kept on this machine, or as published."""
    if panel.rows is not None:
        return around_crossing(_observed(panel), edge) if step == "period" else []
    if panel.crossings is None:
        return read_crossings(panel.source, int(edge), step)
    kept = panel.crossings[panel.crossings["edge"] == edge].drop(columns="edge")
    return [Around(**row) for row in kept.to_dict("records")] if step == "period" else []


def _observed(panel: Panel) -> pd.DataFrame:
    """Rows of ``account_id, period, size, rate`` at equal distances, from sums of months."""
    rows = panel.to_frame()
    months = pd.PeriodIndex(rows["period"], freq="M")
    table = pd.DataFrame(
        {
            "account_id": rows["platform"].astype(str) + " " + rows["account_id"].astype(str),
            "period": months.year * 12 + months.month,
            "size": np.exp(rows["x"] / rows["n"]),
            "rate": np.exp(rows["y"] / rows["n"]),
        }
    )
    # a month in which nobody was observed keeps its place
    span = np.arange(table["period"].min(), table["period"].max() + 1)
    empty = pd.DataFrame({"account_id": "", "period": span, "size": np.nan, "rate": 1.0})
    return pd.concat([table, empty], ignore_index=True)


@verb(Panel)
def attrition(panel: Panel, edge: float = 10_000, confidence: float = 0.95) -> Attrition | None:
    """Bound how the changes of creators above and below an edge differ, allowing for those who
    ended, from the first stretch of observation to the last; None where nothing is known of who
    stayed, or fewer than two creators stayed on one side of the edge.

    Of rows in hand a stretch is a quarter of the months; whoever is seen in the first and in no
    month of the last has ended.
    """
    sums = _stayers(panel, edge) if panel.along == ONCE else []
    if not sums:
        return None
    groups = tuple(f"creators {side} {edge:,.0f} followers" for side in ("from", "below"))
    return replace(lee_bounds(sums, context_of(panel, confidence)), groups=groups)


def _stayers(panel: Panel, edge: float) -> list[Stayers]:
    """Sums over those who stayed: from rows in hand, or as published."""
    if panel.rows is None:
        return read_stayers(panel.source, int(edge))
    windows = first_and_last(_observed(panel).dropna())
    sides = windows.pivot(index="account_id", columns="period", values="size").dropna()
    if len(sides.columns) < 2:
        return []
    above = int((sides[0] >= edge).sum())
    if min(above, len(sides) - above) < 2:
        return []
    return stayers_at(windows, edge)
