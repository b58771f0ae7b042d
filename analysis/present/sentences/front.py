"""The sentence at the top of the first page: who gets more, and that whose tiers are meant decides
by how much.
"""

import pandas as pd

from analysis.finding import Finding
from analysis.present.sentences.answer_headlines import platform_of
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import begun, direction, fitting, noun, span
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import count, listing
from analysis.registers.claims import Claim
from analysis.registers.lookup import schemes
from analysis.registers.metrics import METRICS

MANY = {3: "three", 4: "four", 5: "five", 6: "six"}
"""Numbers of platforms, where their names would make a headline too long."""


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
    'On three platforms, small creators get more engagement; how much depends on tiers'
    """
    test = claim.tests[0]
    rows = verdicts[(verdicts["claim"] == claim.key) & (verdicts["test"] == 1)]
    rows = rows[rows["estimate"].notna() & (rows["unit"] == "ratio")]
    rows = rows.assign(platform=[platform_of(key) for key in rows["source"]])
    rows = rows.assign(way=[direction(*ends) for ends in zip(rows["low"], rows["high"],
                                                            strict=True)])  # fmt: skip
    clear = rows[rows["way"] != 0]
    ways = set(clear["way"])
    what = noun(METRICS["engagement_per_follower" if test.metric == "engagement" else test.metric])
    places = listing(dict.fromkeys(map(platform_name, filter(None, clear["platform"]))))
    where = f"on {places}, " if len(clear) and places != "none" else ""
    if len(ways) != 1:
        text = f"whether small creators get more {what} depends on whose micro is meant"
        unclear = f"whether small creators get more {what} is not clear in these data"
        headline = fitting(text if ways else unclear)
    else:
        more = "more" if ways == {1} else "less"
        text = f"small creators get {more} {what}"
        depends = f"{text}; how much depends on tiers"
        on_all = f"on {MANY.get(clear['platform'].nunique(), 'several')} platforms, "
        headline = fitting(f"{where}{depends}", f"{on_all}{depends}", depends, text)
    each = f"{count(judged, 'claim')} about micro- and macro-influencers, each put to open data"
    detail = f"{_spread(clear)}{each} with its own follower ranges."
    return Finding(begun(headline), detail)


def _spread(clear: pd.DataFrame) -> str:
    """The smallest and the largest clear lift on each platform, each with its tiers."""
    parts = []
    for platform, rows in clear.groupby("platform", sort=False):
        rows = rows.sort_values("estimate", kind="stable")
        ends = [_end(row) for row in (rows.iloc[0], rows.iloc[-1])]
        place = f"on {platform_name(platform)} " if platform else ""
        parts.append(f"{place}{'from ' * (len(set(ends)) > 1)}{' to '.join(dict.fromkeys(ends))}")
    return f"Typical creators of each size differ, {'; '.join(parts)}. " if parts else ""


def _end(row: pd.Series) -> str:
    scheme = schemes().get(row["scheme"])
    tiers = {tier.name: tier for tier in scheme.tiers} if scheme else {}
    named = [tiers[name] for name in ("micro", "macro") if name in tiers]
    return f"{change(row['estimate'])}{_ranges(named)}"


def _ranges(named: list) -> str:
    return f" ({' against '.join(map(span, named))})" if len(named) == 2 else ""
