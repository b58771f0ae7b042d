"""What a published report states of its verdicts and numbers as a whole: on slides, in an edition's
page, in a citation and in a check of one's own file.
"""

from collections.abc import Iterable

import pandas as pd

from analysis.estimate.averages import INDICATIVE
from analysis.present.sentences.numbers import BARE, listing, number
from analysis.present.sentences.reasons import OUTCOMES

LIMITS = (
    "Every claim was registered with its tiers, its average and its margin, and put to every "
    "source that holds the data it needs.",
    "The account is the unit: posts of one account are never independent facts.",
    "Supported: the 95 % interval lies wholly within the claimed range. Contradicted: wholly "
    "outside. Undecided: across its edge.",
    "Every contrast compares different creators; none shows how one fares who grows, or a brand "
    "that switches.",
    "No source is a random sample of a platform, and each covers years of its own.",
    "Levels of engagement may not be compared between sources; ratios of tiers may.",
    "No open source holds conversions, reach or sales.",
)
"""How claims were judged, and what that cannot show. README.md has more."""

READINESS = (
    f"A row is one test of a claim, C09.2 the second of C09. A verdict needs {INDICATIVE} accounts "
    "in each tier.",
    f"To decide: accounts in all, shared out as here, for {INDICATIVE} in each tier and for the "
    "interval to lie on one side of the claimed range if the estimate stays.",
    "A report runs every notebook; where a file lacks what a claim needs, it has no data for the "
    "verdict, which gives the reason.",
)
"""How to read which claims a file can answer."""


def tally(outcomes: Iterable[str]) -> str:
    """Count verdicts by outcome, the order being that in which outcomes first appear.

    Examples
    --------
    >>> tally(["supported", "untestable", "supported"])
    '2 supported and 1 no data'
    """
    counts = pd.Series(list(outcomes), dtype=object).value_counts(sort=False).items()
    return listing(f"{count} {OUTCOMES[outcome]}" for outcome, count in counts)


def in_full(value: float | None, unit: str) -> str:
    """Write a number rounded with its unit, and unrounded behind it if that differs.

    Examples
    --------
    >>> in_full(1.23456, "ratio")
    '1.23 ratio (unrounded: 1.23456)'
    """
    text = number(value, unit)
    if value is None:
        return text
    exact = f"{value:.12g}"
    text += f" {unit}" if unit in BARE[1:] else ""
    return text if exact in text.replace(",", "") else f"{text} (unrounded: {exact})"
