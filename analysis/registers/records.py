"""The records of sources and tiers that registers hold.

They are frozen and strict: an unknown field, a wrong type or an impossible value is refused.
"""

from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from analysis import paths
from analysis.display import Result, Shown, nearest
from analysis.registers.metrics import METRICS

Platform = Literal[
    "instagram", "tiktok", "youtube", "facebook", "x", "linkedin", "pinterest", "snapchat", "twitch"
]
PLATFORMS: tuple[str, ...] = get_args(Platform)
"""Platforms that a row may name."""

Key = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def check_metric(name: str) -> None:
    """Refuse a metric that is not registered."""
    if name not in METRICS:
        hint = nearest(name, METRICS)
        known = ", ".join(METRICS)
        raise ValueError(f"metric '{name}' is not registered.{hint} Registered: {known}")


class Record(Shown, BaseModel):
    """Frozen and strict."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def __dir__(self) -> list[str]:
        """List fields and own methods for the tab key, without those of pydantic."""
        own = set(dir(type(self))) - set(dir(BaseModel))
        return sorted({*type(self).model_fields, *(name for name in own if name[0] != "_")})


class Tier(Record):
    """One named range of followers, [lower, upper). A missing edge is open."""

    name: str
    lower: int = Field(0, ge=0)
    upper: int | None = Field(None, gt=0)
    named: bool = Field(
        True, description="false if the publisher has no word for the range, only its edges"
    )

    @model_validator(mode="after")
    def _ordered(self):
        if self.upper is not None and self.upper <= self.lower:
            edges = f"upper edge {self.upper} must lie above lower edge {self.lower}"
            raise ValueError(f"tier '{self.name}': {edges}")
        return self


class TierScheme(Result, Record):
    """One publisher's words for follower ranges, as published: ordered, possibly with gaps and open
    ends.
    """

    key: str = Field(pattern=Key)
    title: str
    short: str
    cite: str
    url: str = ""
    year: int | None = None
    platforms: tuple[Platform, ...] = Field(
        (), description="empty: the publisher names no platform"
    )
    unit: str = "followers"
    document: str = Field("", description="the seed document that uses the scheme, if any")
    note: str = ""
    published: bool = Field(
        True, description="false for this project's own yardstick, which is nobody's claim"
    )
    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _disjoint(self):
        for left, right in pairwise(self.tiers):
            if left.upper is None or left.upper > right.lower:
                raise ValueError(
                    f"tiers '{left.name}' and '{right.name}' overlap or are out of order"
                )
        return self

    def to_frame(self) -> pd.DataFrame:
        """Give a row for each tier: name, lower and upper [followers], and whether it is named."""
        return pd.DataFrame([tier.model_dump() for tier in self.tiers])

    def fits(self, platform: str) -> bool:
        """Whether the publisher meant this platform, or named none."""
        return not self.platforms or platform in self.platforms

    @property
    def names(self) -> tuple[str, ...]:
        """Tier names, smallest first."""
        return tuple(tier.name for tier in self.tiers)

    @property
    def edges(self) -> tuple[int, ...]:
        """Every finite edge above zero, ascending, once."""
        edges = {edge for tier in self.tiers for edge in (tier.lower, tier.upper)}
        return tuple(sorted(edges - {0, None}))


class SourceFile(Record):
    """A raw file of a source, as it lies in the source's folder."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class PanelPlan(Record):
    """What is published of a source that follows the same creators through time."""

    publishes: Literal["rows", "sums"] = Field(
        description="rows, where the licence is open; or sums over creators"
    )
    metrics: tuple[str, ...] = Field(min_length=1, description="keys of METRICS")
    along: tuple[str, ...] = Field(
        ("followers",), description="sizes along which they are followed: columns of POSTS"
    )
    period: Literal["week", "month"] = Field(
        "month", description="how far the rows of a creator lie apart"
    )
    least: int = Field(0, ge=0, description="smallest number of followers of a row that is used")
    edges: tuple[int, ...] = Field(
        (), description="numbers of followers around whose crossing creators are followed"
    )


class Source(Record):
    """Where observations came from."""

    key: str = Field(pattern=Key)
    title: str
    short: str
    producer: str
    cite: str
    url: str = ""
    platform: Platform | Literal["several"]
    row: str = Field(description="what a row of the raw files is")
    period: str
    licence: str
    selection: Literal[
        "population",
        "sampled by tier",
        "chosen by the authors",
        "selected on the outcome",
        "unknown",
        "simulated",
    ]
    selection_note: str = ""
    limits: tuple[str, ...] = ()
    signs: tuple[str, ...] = Field(
        (), description="of selection or simulation, found in a file of the reader's own"
    )
    trusted: bool = Field(
        False, description="whoever read the file overrules its signs of selection"
    )
    rows: int = Field(0, ge=0, description="of a reader's own file that are used")
    levels: bool = Field(
        True,
        description="false: its rates are no levels to be compared with a figure from elsewhere, "
        "only with each other; a limit that begins with 'Levels' says why",
    )
    engagement: str = Field(
        "", description="the metric that answers 'engagement rate' here; empty if none does"
    )
    strata: tuple[str, ...] = Field(
        (), description="columns beside platform by which moments are kept apart"
    )
    within: tuple[str, ...] = Field(
        (),
        description="columns by which moments are kept apart, too, to compare within their levels "
        "only, such as brands",
    )
    mixed_by: str = Field(
        "",
        description="the stratum of whose levels whoever drew the sample chose how many to take, "
        "so that their mix is not the platform's; answers are bounded over all mixes",
    )
    mix_note: str = Field("", description="how that was done, in a sentence")
    mix_seen: str = Field(
        "", description="what was known of the levels when mixed_by was written; empty: nothing"
    )
    no_bound: str = Field(
        "", description="why nothing bounds what the selection of accounts does, in a sentence"
    )
    currency: str = Field(
        "",
        pattern=r"^([A-Z]{3})?$",
        description="ISO 4217 code of its amounts; empty if it holds none",
    )
    metrics: tuple[str, ...] = Field(
        (), description="the only metrics that its rows give; all that its columns allow if empty"
    )
    panel: PanelPlan | None = None
    proxy: str = Field(
        "", description="what it measures in place of what claims are about; empty if of the thing"
    )
    adapter: str = ""
    folder: str = ""
    files: tuple[SourceFile, ...] = ()

    @property
    def evidence(self) -> bool:
        """Whether the source may decide claims; a control, which shows what bookkeeping does, may
        not.
        """
        return self.selection not in ("selected on the outcome", "simulated")

    @property
    def cells_file(self) -> Path:
        """Where its published cells lie, for readers who want them in their hands."""
        return paths.CELLS / f"{self.key}.csv"

    @property
    def group(self) -> str:
        """The group of sources it is loaded with: open, controls or proxies."""
        return "controls" if not self.evidence else "proxies" if self.proxy else "open"

    @property
    def binding(self) -> tuple[str, ...]:
        """Signs of selection that keep the source from deciding claims: none if overruled."""
        return () if self.trusted else self.signs

    @property
    def no_levels(self) -> str:
        """Why its levels are not to be compared with figures from elsewhere; empty if they are.

        Examples
        --------
        >>> import analysis as an
        >>> an.load("tiktok-tides").source.no_levels.partition(":")[0]
        'Levels are not comparable'
        """
        stated = (limit for limit in self.limits if limit.startswith("Levels"))
        return "" if self.levels else next(stated, "")

    @model_validator(mode="after")
    def _known_metric(self):
        if self.engagement:
            check_metric(self.engagement)
        return self

    @model_validator(mode="after")
    def _mix_of_a_stratum(self):
        if self.mixed_by and not (self.mixed_by in self.strata and self.mix_note):
            raise ValueError(
                f"source '{self.key}': mixed_by names one of its strata, and mix_note says how"
            )
        return self

    @model_validator(mode="after")
    def _levels_explained(self):
        if not self.levels and not self.no_levels:
            raise ValueError(
                f"source '{self.key}': levels = false needs a limit that begins with 'Levels' and "
                "says why they cannot be compared"
            )
        return self


PriceKind = Literal["measured payment", "rate card", "quote"]


class PriceList(Source):
    """Prices of one producer, each deliverable a source of its own once loaded."""

    kind: PriceKind


class PriceTable(Record):
    """What the figures of one published series of prices are: paid, asked of anyone, or stated by
    creators.
    """

    key: str
    short: str
    kind: PriceKind
    because: str
