"""The scorecard: every claim with what the evidence says of it, in lists, tables and headlines."""

from collections.abc import Mapping
from textwrap import wrap

import pandas as pd

from analysis.estimate.answer import DECIDED, MIXED, Answer, answer_from
from analysis.finding import Finding
from analysis.present.sentences.answer_headlines import platform_of
from analysis.present.sentences.answers import reading_name
from analysis.present.sentences.findings import fitting, shortened
from analysis.present.sentences.names import platform_name, source_name
from analysis.present.sentences.numbers import count, listing, number
from analysis.present.sentences.reasons import OUTCOMES
from analysis.registers.claims import Claim
from analysis.registers.lookup import documents, studies
from analysis.registers.severity import AGAINST, AS_ASKED, EASILY, EASILY_NOT, SHARES, counted

LISTED = ("contradicted", MIXED, "supported", AS_ASKED)
"""Badges of claims that data decide, in the order of a list."""

LETTERS = 30
"""Characters of a document's title, before it is broken."""

MOST_LETTERS = 22
"""Of the name of a reading in a list."""

EASY = (EASILY, EASILY_NOT)
"""Badges of claims that are decided by tests that say little."""


def own_answers(verdicts: pd.DataFrame, claims: Mapping[str, Claim]) -> pd.DataFrame:
    """Choose the verdicts under the tiers that each claim uses itself; of a claim that needs all of
    its tests, the one on the whole. ``reading`` names claim and test.

    Parameters
    ----------
    verdicts : pandas.DataFrame
        As in verdicts.csv.
    claims : mapping of Claim
        By key.
    """
    scheme = verdicts["claim"].map(lambda key: claims[key].scheme)
    own = verdicts[(verdicts["scheme"] == "") | (verdicts["scheme"] == scheme)]
    together = own["claim"].map(lambda key: claims[key].together)
    own = own[~together | (own["test"] == 0)]
    several = own["claim"].map(lambda key: len(claims[key].own_tests) > 1) & (own["test"] > 0)
    number_of = "." + own["test"].astype(str)
    return own.assign(reading=own["claim"] + number_of.where(several, ""))


def badges(verdicts: pd.DataFrame, claims: Mapping[str, Claim]) -> pd.DataFrame:
    """Give each claim that is put to data its badge: ``claim, badge, says`` (in a few words) and
    ``where``, the platforms that decide; in the order LISTED, then the others.
    """
    rows = []
    for key, claim in claims.items():
        if claim.own_tests:
            answer = answer_from(claim, verdicts)
            rows.append((key, answer.badge, claim.brief, _where(answer)))
    frame = pd.DataFrame(rows, columns=["claim", "badge", "says", "where"])
    order = {badge: place for place, badge in enumerate(LISTED)}
    place = frame["badge"].map(order).fillna(len(order))
    return frame.assign(place=place).sort_values("place", kind="stable").drop(columns="place")


def _where(answer: Answer) -> str:
    """Write which platforms decide, and by which reading if the others give something else."""
    test, rows = answer.readings[0]
    decided = rows[rows["outcome"].isin(DECIDED)]
    names = dict.fromkeys(filter(None, map(platform_of, decided["source"])))
    places = listing(map(platform_name, names)) if names else "price list" if len(decided) else ""
    readings = [part["outcome"] for _, part in answer.readings]
    outcomes = {tuple(one[one.isin(DECIDED)]) for one in readings}
    if test is None or len(outcomes - {()}) < 2:
        return places
    name = reading_name(test, answer.claim.own_tests)
    return f"{places}, {'by its first reading' if len(name) > MOST_LETTERS else name}"


def decided_claims(listed: pd.DataFrame) -> Finding:
    """Say how many claims data decide.

    Parameters
    ----------
    listed : pandas.DataFrame
        As `badges` gives it.
    """
    counts = listed["badge"].value_counts()
    total, no = len(listed), int(counts.get("contradicted", 0))
    yes = int(sum(counts.get(badge, 0) for badge in ("supported", AS_ASKED)))
    if not total:
        return Finding("No claim was put to these data", alt="An empty list of claims.")
    verbs = ["is" if many == 1 else "are" for many in (no, yes)]
    headline = fitting(
        f"Of {count(total, 'claim')} put to data, {no} {verbs[0]} contradicted and {yes} supported"
    )
    if not no + yes:
        headline = fitting(f"None of {count(total, 'claim')} is decided by these data alone")
    easy = int(sum(counts.get(badge, 0) for badge in EASY))
    rest = {
        "true in some places only": counts.get(MIXED, 0),
        "supported by tests that can hardly fail": easy,
        "undecided": counts.get("undecided", 0),
        "without data": counts.get("untestable", 0),
    }
    others = listing(f"{many} {name}" for name, many in rest.items() if many)
    detail = f"Each under the tiers that it uses itself. The others: {others}."
    caveat = "By the first reading of each claim; sources and readings are in the tables. Both: "
    caveat += "some sources support what others contradict."
    return Finding(
        headline, detail, caveat, shortened(f"A list of claims in words. {headline}. {detail}")
    )


def by_document(answers: pd.DataFrame, claims: Mapping[str, Claim]) -> pd.DataFrame:
    """Count the outcomes of the claims of each document, each answer to a claim once."""
    titles = {key: one.title.split(" (")[0] for key, one in documents().items()}
    shown = answers.assign(outcome=counted(answers)).drop_duplicates(["claim", "outcome"])
    titled = shown["claim"].map(lambda key: titles[claims[key].document]).rename("text")
    counts = shown.groupby([titled, "outcome"], sort=False).size().unstack(fill_value=0)
    return counts.rename(index=lambda name: "\n".join(wrap(name, LETTERS)))


def of_documents(counts: pd.DataFrame) -> Finding:
    """Say which part of the answers to each document is decided.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `by_document` gives it.
    """
    decided = counts.reindex(columns=list(DECIDED), fill_value=0).sum(axis=1)
    shares = 100 * decided / counts.sum(axis=1)
    low, high = (number(float(f"{end:.2g}"), "percent") for end in (shares.min(), shares.max()))
    ends = f"{shares.min():.0f}–{shares.max():.0f} %" if low != high else f"{shares.max():.0f} %"
    what = f"what {count(len(counts), 'document')} say" if len(counts) > 1 else "a document"
    headline = fitting(f"Data support or contradict {ends} of {what}")
    parts = []
    for title, row in counts.iterrows():
        outcomes = [f"{row[key]} {OUTCOMES[key]}" for key in row.index[row > 0]]
        parts.append(f"{title}: {listing(outcomes)}".replace("\n", " "))
    detail = "Answers to the claims of each document; the rest is settled by reading, undecided, "
    detail += "passed by a test that can hardly fail, or without open data."
    alt = f"A bar for each document, shared out by outcome. {headline}. {'. '.join(parts)}."
    caveat = "A claim with several answers counts once for each of them."
    return Finding(headline, detail, caveat, shortened(alt))


def claims_table(answers: pd.DataFrame, claims: Mapping[str, Claim]) -> pd.DataFrame:
    """List every claim with all its answers, the reason of the first, and studies on it."""
    shown = answers.assign(outcome=counted(answers).map(OUTCOMES))
    by_claim = shown.groupby("claim", sort=False)
    outcomes, reasons = by_claim["outcome"].unique().map(listing), by_claim["because"].first()
    names = ["document", "kind", "paraphrase", "figure", "notebook"]
    rows = [claims[key].model_dump(include=set(names)) for key in outcomes.index]
    facts = pd.DataFrame(rows, columns=names, index=outcomes.index)
    table = facts[names[:3]].assign(outcome=outcomes, reason=reasons)
    table[names[3:]] = facts[names[3:]]
    bearing: dict[str, list[str]] = {key: [] for key in claims}
    for study in studies().values():
        for key in study.bears_on:
            bearing[key].append(study.cite.split(".")[0])
    table["studies"] = pd.Series(bearing).map(listing)
    columns = {"paraphrase": "what it says", "outcome": "what the evidence says"}
    return table.reset_index().rename(columns=columns)


def documents_table(answers: pd.DataFrame, claims: Mapping[str, Claim]) -> pd.DataFrame:
    """List what each document says that was put to data, and count the rest by outcome."""
    shown = answers.assign(outcome=counted(answers).map(OUTCOMES))
    outcomes = shown.groupby("claim", sort=False)["outcome"].unique().map(listing)
    rows = []
    for key, document in documents().items():
        its_claims = [claim for claim in claims.values() if claim.document == key]
        judged = [claim for claim in its_claims if claim.own_tests]
        said = [f"{one.key} {outcomes[one.key]}: {one.paraphrase}" for one in judged]
        others = [outcomes[one.key] for one in its_claims if not one.own_tests]
        counts = pd.Series(others, dtype=object).value_counts()
        rest = listing(f"{many} {name}" for name, many in counts.items())
        rows.append([document.title, len(its_claims), " ".join(said), rest])
    return pd.DataFrame(rows, columns=["document", "claims", "put to data", "the others"])


def agreement(answers: pd.DataFrame) -> str:
    """Count the readings that several sources decide, and those on which they agree."""
    decided = answers[answers["outcome"].isin(["supported", "contradicted", "undecided"])]
    asked = decided.groupby("reading")["outcome"].agg(["size", "nunique"]).query("size > 1")
    if asked.empty:
        return ""
    return (
        f"{count(len(asked), 'reading')} of claims could be decided by two or more sources; "
        f"{(asked['nunique'] == 1).sum()} of them get the same answer from every source."
    )


def severity_table(answers: pd.DataFrame) -> pd.DataFrame:
    """Give what each test says in simulated worlds, where that was measured [percent]."""
    names = [*SHARES, *AGAINST[:2]]
    measured = answers[answers["supported_if_true"].notna()]
    table = measured[["claim", "test", "source", "outcome", "severity"]]
    return table.assign(**(100 * measured[names]).rename(columns="{} (%)".format))


def severity_counts(table: pd.DataFrame) -> str:
    """Count the labels of severity of answers."""
    labels = table["severity"].value_counts().items()
    listed = listing(f"{many} {label}" for label, many in labels) if len(table) else "none measured"
    return f"{count(len(table), 'answer')} under the claims' own tiers: {listed}."


def fragile_answers(verdicts: pd.DataFrame) -> str:
    """Name the verdicts that other posts or an error in followers would have turned."""
    fragile = verdicts[(verdicts["fragile"] != "") & (verdicts["test"] > 0)]
    if fragile.empty:
        return ""
    tests = fragile["claim"] + "." + fragile["test"].astype(str)
    named = tests + " (" + fragile["source"].map(source_name) + ")"
    return f"Fragile: {listing(sorted(named))}."
