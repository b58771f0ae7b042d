"""Findings of choices: which of them moves an answer, and which changes the verdict."""

import pandas as pd

from analysis.display import finding
from analysis.estimate.multiverse.choices import (
    DecisiveChoices,
    SingleChanges,
    VarianceByChoice,
    single_changes,
)
from analysis.estimate.multiverse.grid import CHOICES
from analysis.estimate.multiverse.one_claim import ClaimCurve
from analysis.finding import Finding
from analysis.present.sentences.findings import begun, fitting, shortened
from analysis.present.sentences.multiverse import choice_name
from analysis.present.sentences.names import scheme_name, source_name
from analysis.present.sentences.numbers import count, listing, number
from analysis.present.sentences.reasons import OUTCOMES
from analysis.present.sentences.specifications import ASKED, NONE, SHARED, at, claimed_words, who
from analysis.registers.claims import Claim
from analysis.registers.lookup import claims


@finding.register(VarianceByChoice)
def _variance(shares: VarianceByChoice) -> Finding:
    frame = shares.frame.sort_values("share", ascending=False)
    if frame.empty:
        return NONE
    first = frame.iloc[0]
    what, verb = ASKED.get(first["choice"], ""), "accounts for"
    if first["choice"] == "together":
        what, verb = "choices in combination", "account for"
    size = f"{first['share']:.0f} % of the spread"
    headline = fitting(f"{what} {verb} {size}, the largest part", f"{what} {verb} {size}")
    parts = [f"{choice_name(row.choice)} {row.share:.0f} %" for row in frame.itertuples()]
    detail = "Parts of the variance of all answers, by what was chosen; each source counts alike."
    caveat = (
        "Shapley shares on the scale of logs. Only in combination: what no sum of single choices "
        f"explains. {SHARED}"
    )
    alt = f"A bar for each choice. {begun(headline)}: {listing(parts)}."
    return Finding(begun(headline), detail, caveat, shortened(alt))


def turning(choices: DecisiveChoices, claim: Claim) -> Finding:
    """Say which single choice changes the verdict on a claim most often.

    Parameters
    ----------
    choices : DecisiveChoices
        From `decisive_choices`.
    claim : Claim
        One of those that were asked; its first test counts.
    """
    frame = turned(choices, claim)
    if frame.empty:
        return NONE
    first = frame.iloc[0]
    asked = ASKED[first["choice"]]
    headline = fitting(
        f"{asked} turns the verdict most often, in {first['share']:.0f} % of pairs",
        f"{asked} turns the verdict most often",
    )
    parts = [f"{choice_name(row.choice)} {row.share:.0f} %" for row in frame.itertuples()]
    said = f"{claim.key}, {claimed_words(claim.tests[0])}"
    detail = f"{said}: pairs of answers that differ in one choice and nothing else, and disagree."
    alt = f"A bar for each choice. {begun(headline)}: {listing(parts)}."
    return Finding(begun(headline), detail, SHARED, shortened(alt))


def turned(choices: DecisiveChoices, claim: Claim) -> pd.DataFrame:
    """Choose how often each choice changes the verdict on a claim, most often first, with the
    ``name`` of the choice and the share as ``text``.
    """
    frame = choices.frame
    own = (frame["claim"] == claim.key) & (frame["test"] == 1)
    frame = frame[own].dropna(subset="share").sort_values("share", ascending=False)
    text = frame["share"].map("{:.0f} %".format)
    return frame.assign(name=frame["choice"].map(choice_name), text=text)


@finding.register(SingleChanges)
def _single_changes(changes: SingleChanges) -> Finding:
    if changes.changed.empty:
        return NONE
    many, turns = len(changes.changed), len(changes.decisive)
    verb = "turns" if turns == 1 else "turn"
    headline = f"{turns} of {count(many, 'single change')} of a choice {verb} the verdict"
    keys = changes.frame["claim"].unique()
    said = [f"{key}, {claimed_words(claims()[key].tests[0])}" for key in keys]
    before = changes.frame[changes.frame["choice"] == "registered"]["outcome"].map(OUTCOMES)
    detail = f"{listing(said)}: as registered, {listing(dict.fromkeys(before))}; then with one "
    detail += "choice changed."
    alt = f"A bar for each choice, shared out by verdict. {headline}. {detail}"
    caveat = "First row: all choices as registered with the claim, in each source. " + SHARED
    return Finding(headline, detail, caveat, shortened(alt))


def counted_changes(changes: SingleChanges) -> pd.DataFrame:
    """Count the outcomes of single changes by choice, what was registered first."""
    names = {"registered": "as registered", "metric": "another rate", "scheme": "other tiers",
             "average": "another average", "posts": "other posts"}  # fmt: skip
    frame = changes.frame
    counts = pd.crosstab(frame["choice"].map(names), frame["outcome"])
    return counts.reindex([name for name in names.values() if name in counts.index])


def whose_tiers(judged: pd.DataFrame) -> pd.DataFrame:
    """Choose the first test of each claim as registered, and under the tiers of every other
    publisher.
    """
    changes = single_changes(judged[judged["test"] == 1]).to_frame()
    kept = changes["choice"].isin(["registered", "scheme"])
    return changes[kept].sort_values("claim", kind="stable")


def all_sorted(curve: ClaimCurve) -> Finding:
    """Say what the sorted curve of all answers shows.

    Parameters
    ----------
    curve : ClaimCurve
        Of a claim.
    """
    if curve.decided.empty:
        return NONE
    low, _, high = curve.decided["estimate"].quantile([0.1, 0.5, 0.9])
    ends = f"{at(low)} and {at(high)}"
    headline = f"Four in five ways to compare lie between {ends}"
    touching, together = curve.touching()
    detail = f"{begun(who(curve.claim))}. All answers, sorted, above the choices behind them."
    caveat = (
        f"{touching:,} of {len(curve.decided):,} intervals touch the claimed range one at a time, "
        f"{together:,} of those that hold together (grey). A row is dark where its option is used."
    )
    alt = f"A rising line of all answers, above rows that show their choices. {headline}. {caveat}"
    return Finding(headline, detail, caveat, shortened(alt))


def spread_name(choice: str) -> str:
    """Name a choice as numbers of editions do."""
    return {**CHOICES, "together": "only in combination"}.get(choice, choice)


def smaller_elsewhere(confirmed: pd.DataFrame, where: str) -> str:
    """Count the picks that are smaller where they were not picked.

    Parameters
    ----------
    confirmed : pandas.DataFrame
        Rows of a `Confirmation`.
    where : str
        E.g. ``in another source``.
    """
    if confirmed.empty:
        return "No other source here allows the picks to be checked."
    smaller = int((confirmed["estimate_elsewhere"] < confirmed["estimate"]).sum())
    verb = "is" if smaller == 1 else "are"
    return f"{smaller} of {count(len(confirmed), 'pick')} {verb} smaller {where}."


def p_values(shuffled: pd.DataFrame) -> list[str]:
    """Write the largest and smallest p of each world."""
    return [
        f"{name}: p at most {number(p.max())}, at least {number(p.min())}."
        for name, p in shuffled.groupby("world", sort=False)["p"]
    ]


def picks(confirmed: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of confirmed picks that a table shows, with the names of their options."""
    first = ["world", "scheme", "metric"] if "world" in confirmed else ["source", "scheme"]
    last = ["average", "posts"] if "world" in confirmed else ["average"]
    ends = ["estimate_elsewhere", "low_elsewhere", "high_elsewhere"]
    between = [] if "world" in confirmed else ["source_elsewhere"]
    frame = confirmed[[*first, *last, "estimate", *between, *ends]].copy()
    frame["scheme"] = frame["scheme"].map(scheme_name)
    for name in {"source", "source_elsewhere"} & set(frame):
        frame[name] = frame[name].map(source_name)
    return frame
