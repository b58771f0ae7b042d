"""micro-vs-macro: claims about small and large creators, put to real data.

Seven folders; data flow one way, and a module imports only from its left::

    registers -> intake -> moments -> simulate -> estimate -> present -> publish

Five lines to begin with::

    import analysis as an
    kim = an.load("instagram-kim").sample("engagement").tier("harvard-media")
    kim.by_tier()
    lift = kim.contrast("micro", "macro")
    an.claim("D06").judge(lift)

Verbs are methods of samples; what is needed more rarely is in the namespaces `ratio`, `curve`,
`cost`, `panel`, `synthesis`, `multiverse`, `power`, `sensitivity`, `shifts`, `bounds`, `tiers`,
`plot`, `plausibility`, `simulate`, `registers` and `text`.
"""

from analysis import registers, simulate
from analysis.display import nearest
from analysis.estimate import (
    bounds,
    cost,
    curve,
    multiverse,
    panel,
    power,
    ratio,
    sensitivity,
    shifts,
    synthesis,
    tiers,
)
from analysis.estimate.averages import AVERAGES
from analysis.estimate.judging import judge
from analysis.moments import plausibility
from analysis.moments.load import load, load_all
from analysis.moments.own import read
from analysis.moments.samples import Samples, Sources
from analysis.present import charts as plot
from analysis.present import sentences as text
from analysis.present.explorer import Explorer
from analysis.present.report import Report
from analysis.registers.lookup import claim, claims, scheme, schemes, sources
from analysis.registers.metrics import METRICS
from analysis.registers.severity import counted

__all__ = [
    "AVERAGES", "METRICS", "Explorer", "Report", "Sources", "bounds", "claim", "claims", "cost",
    "counted", "curve", "judge", "load", "load_all", "multiverse", "panel", "plausibility", "plot",
    "power", "ratio", "read", "registers", "scheme", "schemes", "sensitivity", "shifts", "simulate",
    "sources", "synthesis", "text", "tiers",
]  # fmt: skip


def __getattr__(name: str):
    """Explain a name that the package does not have."""
    if hasattr(Samples, name):
        raise AttributeError(f"'{name}' is a method of samples: an.load(...).sample(...).{name}()")
    hint = nearest(name, __all__) or f" It has: {', '.join(__all__)}."
    raise AttributeError(f"analysis has no '{name}'.{hint}")


def __dir__() -> list[str]:
    return __all__
