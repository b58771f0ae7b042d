"""The sentence at the top of the first page: who gets more, and that whose tiers are meant decides
by how much.
"""

import pandas as pd

from analysis.finding import Finding
from analysis.present.sentences.answer_headlines import metric_of, platform_of
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import begun, direction, fitting, noun, on
from analysis.present.sentences.names import platform_name
from analysis.registers.claims import Claim


def headline_of(claim: Claim, verdicts: pd.DataFrame, judged: int) -> Finding:
    """Write what ratios of a claim's two tiers have in common under the tiers of every publisher.

    Parameters
    ----------
    claim : Claim
        Whose first test compares two tiers.
    verdicts : pandas.DataFrame
        As verdicts.csv.
    judged : int
        How many claims a report judges.

    Examples
    --------
    >>> import analysis as an
    >>> table = an.judge("D06", "open").to_frame()
    >>> headline_of(an.claim("D06"), table, 143).headline
    'On Instagram, small creators get more engagement; elsewhere it depends on source and tiers'
    """
    test = claim.tests[0]
    rows = verdicts[(verdicts["claim"] == claim.key) & (verdicts["test"] == 1)]
    rows = rows[rows["estimate"].notna() & (rows["unit"] == "ratio")]
    ends = zip(rows["low"], rows["high"], strict=True)
    rows = rows.assign(
        platform=[platform_of(key) for key in rows["source"]],
        way=[direction(*each) for each in ends],
    )
    what = noun(metric_of(test))
    detail = _spread(rows) + EVERY.format(judged=judged)
    return Finding(begun(fitting(*_said(rows, what))), detail)


def _said(rows: pd.DataFrame, what: str) -> list[str]:
    """Headlines, the fullest first: where every comparison is clear and of one direction, and that
    the others are not.
    """
    ways = rows.groupby("platform", sort=False)["way"].agg(set)
    more, less = (ways[ways.map({way}.__eq__)].index for way in (1, -1))
    if bool(len(more)) != bool(len(less)):
        rest = "elsewhere it depends on source and tiers"
        if len(more) + len(less) == len(ways):
            rest = "how much depends on tiers"
        text = f"small creators get {'more' if len(more) else 'less'} {what}"
        said = f"{on([*more, *less])}{text}"
        return [f"{said}; {rest}", said, text]
    decided = "depends on whose micro is meant" if (rows["way"] != 0).any() else "is not clear"
    return [f"whether small creators get more {what} {decided}"]


def _spread(rows: pd.DataFrame) -> str:
    """The smallest and the largest lift on each platform, and how many are clear."""
    parts = []
    for platform, each in rows.groupby("platform", sort=False):
        low, high = (change(end) for end in (each["estimate"].min(), each["estimate"].max()))
        place = f"On {platform_name(platform)}" if platform else "In these data"
        size = low if low == high else f"{low} to {high}"
        clear = f"clearly different in {(each['way'] != 0).sum()} of {len(each)} comparisons"
        parts.append(f"{place}: {size}, {clear}.")
    return " ".join([*parts, COMPARED]) + " " if parts else ""


COMPARED = "A comparison is one source under one publisher's words micro and macro."
"""What the numbers are of."""

EVERY = (
    "{judged:,} claims are registered, each answered under its own follower ranges as far as open "
    "data and reading go."
)
"""What else the page holds."""
