"""What a published report states of its verdicts and numbers as a whole: on slides, in an edition's
page, in a citation and in a check of one's own file.
"""

import pandas as pd

from analysis.estimate.averages import INDICATIVE
from analysis.estimate.multiplicity import ONE_ESTIMATE, by_outcome, has_estimate
from analysis.present.sentences.numbers import BARE, count, listing, number
from analysis.present.sentences.reasons import OUTCOMES
from analysis.registers.severity import SUMMARY

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


def summary(verdicts: pd.DataFrame) -> str:
    """Count the distinct estimates behind verdicts first, by outcome, then the verdicts and claims
    that have none.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        ``claim, source, unit, estimate, low, high`` as in verdicts.csv, and ``outcome`` as it
        counts in a summary.

    Examples
    --------
    >>> import analysis as an
    >>> verdicts = an.judge(["C08", "C14", "D07"], "instagram-kim", ["decades", "harvard-media"])
    >>> summary(verdicts.to_frame())[:73]
    '2 distinct estimates behind 4 verdicts: 2 supported (4 verdicts). Without'
    """
    table, known = by_outcome(verdicts), has_estimate(verdicts)
    table = table.loc[[name for name in SUMMARY if name in table.index]]
    parts, lacking = [], []
    for row in table.itertuples():
        if row.estimates:
            what = "" if parts else " verdict" if row.estimated == 1 else " verdicts"
            parts.append(f"{row.estimates} {OUTCOMES[row.Index]} ({row.estimated}{what})")
        if row.verdicts > row.estimated:
            lacking.append(f"{row.verdicts - row.estimated} {OUTCOMES[row.Index]}")
    total = count(len(verdicts[known].drop_duplicates(list(ONE_ESTIMATE))), "distinct estimate")
    texts = [f"{total} behind {count(int(known.sum()), 'verdict')}"]
    texts[0] += f": {listing(parts)}." if parts else "."
    if lacking:
        texts.append(f"Without an estimate of their own: {listing(lacking)}.")
        claims = verdicts["claim"].nunique() - verdicts.loc[known, "claim"].nunique()
        texts.append(f"{claims} of {count(verdicts['claim'].nunique(), 'claim')} have none.")
    return " ".join(texts)


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
