"""What bookkeeping makes of SIMULATED worlds, and what divides the rates of lists."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.estimate.contrast import contrast
from analysis.estimate.results import COLUMNS
from analysis.moments.samples import Sources
from analysis.registers.records import TierScheme
from analysis.simulate import world
from analysis.simulate.artefacts import World

PER = {
    "per follower": ("engagement_per_follower",),
    "per view, or per account reached": ("engagement_per_view", "engagement_per_reach"),
}
"""What reactions are divided by, with the metrics that do so."""


def premiums(
    made: Mapping[str, World], scheme: TierScheme | str, confidence: float = 0.95
) -> pd.DataFrame:
    """Measure the ratio of micro to macro in SIMULATED worlds, by the average in which an artefact
    shows; of several comparisons in a world the largest.

    Parameters
    ----------
    made : mapping of str to World
        Worlds by the name of their artefact.
    scheme : TierScheme or str
        Tiers, or their key.
    confidence : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``artefact, truth, expected`` (ratio by the closed form), ``off`` (whether the interval
        leaves out the truth) and columns of estimates.

    Examples
    --------
    >>> import analysis as an
    >>> worlds = {"old posts": an.simulate.ARTEFACTS["old posts"](1)}
    >>> premiums(worlds, "decades")[["truth", "off"]].values.tolist()
    [[1.0, True]]
    """
    rows = []
    for name, each in made.items():
        moments = world(name, each.posts)
        samples = moments.strata(each.metric) or moments.samples(each.metric)
        ratios = samples.tier(scheme).contrast(average=each.average, confidence=confidence)
        frame = ratios.to_frame()
        rows.append(frame.loc[frame["estimate"].idxmax()])
    frame = pd.DataFrame(rows).reset_index(drop=True).assign(artefact=list(made))
    frame["truth"] = [each.truth for each in made.values()]
    frame["expected"] = [each.expected for each in made.values()]
    return frame.assign(off=~frame["truth"].between(frame["low"], frame["high"]))


def per_follower_and_view(
    sources: Sources, scheme: TierScheme | str, average: str, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare micro and macro per follower and per view, in the sources that hold both rates.

    Returns
    -------
    pandas.DataFrame
        ``source, panel`` (what divides), ``evidence`` and columns of estimates.
    """
    parts = []
    for panel, metrics in PER.items():
        samples = sources.sample(*metrics).tier(scheme)
        frame = samples.contrast(average=average, confidence=confidence).to_frame()
        known = [one.source.evidence for one in samples]
        parts.append(frame.assign(panel=panel, evidence=known or None))
    lists = pd.concat(parts, ignore_index=True)
    in_both = lists.groupby("source")["panel"].transform("nunique") == len(PER)
    return lists[in_both].dropna(subset="estimate").reset_index(drop=True)


def within_levels(
    sources: Sources, scheme: TierScheme | str, average: str, confidence: float = 0.95
) -> pd.DataFrame:
    """Summarise ratios of micro to macro over the levels of each stratum that has more than two.

    Returns
    -------
    pandas.DataFrame
        ``source, stratum, size, min, median, max, best`` (the level of the largest).
    """
    levels = sources.strata("engagement").tier(scheme)
    frame = levels.contrast(average=average, confidence=confidence).to_frame()
    merged = frame["posts"].astype(str).str.endswith("(merged)")
    frame = frame[(frame["status"] == "ok") & ~merged]
    stratum = frame["posts"].astype(str).str.split(": ").str[0]
    frame = frame.assign(stratum=stratum).sort_values("estimate")
    groups = frame.groupby(["source", "stratum"])
    counted = groups["estimate"].agg(["size", "min", "median", "max"])
    return counted.assign(best=groups["posts"].last()).query("size > 2").reset_index()


def by_age(
    sources: Sources, scheme: TierScheme | str, average: str, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare each tier with macro in all posts, and in those of each age, in the sources that know
    it.

    Returns
    -------
    pandas.DataFrame
        ``source, posts, label`` and columns of estimates.
    """
    known = sources.having("age")
    aged = (known.sample() + known.strata(stratum="age")).tier(scheme)
    if not len(aged):
        return pd.DataFrame(columns=["source", "posts", *COLUMNS]).astype({"estimate": float})
    ages = aged.against("macro", average, confidence).to_frame()
    return ages[~ages["posts"].str.endswith("(merged)")].reset_index(drop=True)


def largest_brands(made: World, scheme: TierScheme | str, confidence: float = 0.95) -> pd.DataFrame:
    """Compare micro and macro within each SIMULATED brand, smallest ratio first, with the column
    ``brand``.
    """
    moments = world("sixteen brands", made.posts)
    samples = moments.strata(made.metric).tier(scheme)
    frame = samples.map(contrast, confidence=confidence).to_frame()
    frame = frame.sort_values("estimate", ignore_index=True)
    return frame.assign(brand=frame["posts"].str.removeprefix("niche: "))


def with_factor(frame: pd.DataFrame) -> pd.DataFrame:
    """Read an error in log followers as the factor by which counts are typically off, in the column
    ``factor``.
    """
    errors = frame["error"] if "error" in frame else frame["estimate"]
    return frame.assign(factor=np.exp(errors.astype(float)))
