"""Ratios of tiers within every stratum of several sources: niches, continents, disclosure."""

from dataclasses import dataclass

import pandas as pd

from analysis.display import Result, verb
from analysis.estimate.results import Estimates
from analysis.estimate.synthesis.moderators import (
    MIXED,
    Moderated,
    Standardised,
    moderated,
    standardised,
)
from analysis.moments.samples import Sources
from analysis.registers.records import TierScheme


@dataclass(frozen=True, repr=False)
class ByStrata(Result):
    """How the ratio of micro to macro differs between the levels of each stratum.

    Attributes
    ----------
    sources, platforms, strata : tuple of str
        Of each stratum: short name, platform and stratum.
    compared : tuple of Moderated
        Ratios of its levels.
    mixed : tuple of Standardised
        The ratio with one mixture of levels in both tiers, by `average`.
    average : str
        Of the mixed ratios, which not every average allows.
    """

    sources: tuple[str, ...]
    platforms: tuple[str, ...]
    strata: tuple[str, ...]
    compared: tuple[Moderated, ...]
    mixed: tuple[Standardised, ...]
    average: str

    @property
    def names(self) -> list[str]:
        """Source and stratum of each."""
        return [f"{name}, {part}" for name, part in zip(self.sources, self.strata, strict=True)]

    @property
    def most(self) -> int | None:
        """Place of the stratum of most levels that can be compared; None of none."""
        counts = [len(one.ratios) for one in self.compared]
        return counts.index(max(counts)) if any(counts) else None

    @property
    def levels(self) -> Estimates:
        """Ratios of that stratum, smallest first, with the column ``level``."""
        if self.most is None:
            return Estimates.of([], level=[])
        ratios = self.compared[self.most].ratios
        order = sorted(range(len(ratios)), key=lambda place: ratios[place].estimate)
        names = [ratios.keys["level"][place] for place in order]
        return Estimates.of((ratios[place] for place in order), level=names)

    def to_frame(self) -> pd.DataFrame:
        """Give a row per stratum: how its levels differ, and by which method that is tested."""
        frame = pd.DataFrame({"stratum": self.names})
        parts = [one.to_frame().drop(columns="method") for one in self.compared]
        tests = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        frame = pd.concat([frame, tests], axis=1)
        frame["method"] = [one.method for one in self.compared]
        return frame


@verb(Sources)
def by_strata(
    loaded: Sources,
    scheme: TierScheme | str,
    average: str = "typical account",
    confidence: float = 0.95,
) -> ByStrata:
    """Compare micro and macro within every level of every stratum.

    Parameters
    ----------
    scheme : TierScheme or str
        Tiers, or their key.
    average : str
        A key of AVERAGES; standardised ratios are by the first of MIXED if it is not among them.
    confidence : float
        Of the intervals.

    Examples
    --------
    >>> import analysis as an
    >>> made = an.load_all("instagram-kim").by_strata("decades")
    >>> made.names[0], len(made.levels)
    ('Instagram (Kim et al.), niche', 9)
    """
    engaged = [moments for moments in loaded.values() if moments.source.engagement]
    pairs = [(moments, name) for moments in engaged for name in moments.source.strata]
    levels = [one.strata("engagement", name).tier(scheme) for one, name in pairs]
    mixable = average if average in MIXED else MIXED[0]
    how = {"confidence": confidence}
    return ByStrata(
        tuple(moments.source.short for moments, _ in pairs),
        tuple(moments.source.platform for moments, _ in pairs),
        tuple(name for _, name in pairs),
        tuple(moderated(each, average=average, **how) for each in levels),
        tuple(standardised(each, average=mixable, **how) for each in levels),
        mixable,
    )
