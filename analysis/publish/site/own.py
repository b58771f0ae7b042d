"""The first page of a report on a reader's own data: what they can tell their boss, then each claim
that their file answers; what other people's data say is kept apart.
"""

import pandas as pd

from analysis.estimate.own_answers import own_answers
from analysis.moments.kept import load_own, own_names
from analysis.moments.load import load_all
from analysis.moments.price_lists import load_prices
from analysis.moments.sample import Moments
from analysis.present.sentences import count, own
from analysis.present.sentences.results import tier_range
from analysis.publish.cite_verdict import compared, outcome_of, range_of, reading_of, value_of
from analysis.publish.site.layout import render
from analysis.registers.claims import Claim
from analysis.registers.lookup import claims, schemes, sources
from analysis.registers.records import TierScheme

NO_DATA, DOCUMENT = "untestable", "document"
"""Outcomes without an estimate."""

BUDGET = "F11f"
"""The figure whose finding is the advice on a budget."""


def own_front(
    merged: dict[str, dict], pages: list[dict], verdicts: pd.DataFrame, tiers: TierScheme | None
) -> str | None:
    """Write the first page of a report on own data; None of any other report.

    `merged` has the parameters of each notebook, `pages` the ``name``, ``title`` and ``record`` of
    each, `verdicts` the columns of verdicts.csv; `tiers` are the reader's own.
    """
    named = [values.get("source", "") for values in merged.values()]
    name = next((source for source in named if source in own_names()), "")
    if not name:
        return None
    levels = [values["confidence"] for values in merged.values() if "confidence" in values]
    moments = load_own(name)
    keys = set(load_all(name))
    theirs = verdicts["source"].isin(keys)
    answered, lacking = _claims(verdicts[theirs], {key: "" for key in keys})
    others = verdicts[~theirs & (verdicts["source"] != "")]
    return render(
        "own",
        name=name,
        facts=_facts(moments),
        told=[_told(answers) for answers in own_answers(moments, tiers, (levels or [0.95])[0])],
        heading=own.TITLE,
        answered=answered,
        lacking=count(lacking, "claim"),
        others=_claims(others, _shorts() | dict.fromkeys(keys, "your reactions"))[0],
        budget=_budget(moments, pages),
        pages=pages,
        edition=pages[0]["record"]["edition"],
    )


def _facts(moments: Moments) -> list[tuple[str, str]]:
    """File, rows, accounts, period and platforms, each with its label."""
    source, table = moments.source, moments.table
    accounts = {part: table.loc[table["platform"] == part, "account_id"].nunique()
                for part in moments.platforms}  # fmt: skip
    listed = [f"{own.platform_name(part)} {count:,}" for part, count in accounts.items()]
    facts = [("File", source.title.partition(": ")[2] or source.title)]
    facts += [("Rows used", f"{source.rows:,}")] if source.rows else []
    facts += [("Creators", f"{sum(accounts.values()):,}"), ("Period", source.period)]
    return [*facts, ("Platforms", ", ".join(listed))]


def _told(answers) -> dict:
    """What the page shows of one platform."""
    held = [f"{own.tier_name(answers.scheme, name)} {count:,}"
            for name, count in answers.accounts.items() if count]  # fmt: skip
    return {
        "platform": own.platform_name(answers.platform),
        "tiers": own.tiers_of(answers),
        "held": ", ".join(held),
        "answers": [own.described(answer) for answer in answers.answers],
    }


def _shorts() -> dict[str, str]:
    """Short names of everything that other people measured or asked."""
    named = {key: source.short for key, source in sources().items()}
    return named | {key: moments.source.short for key, moments in load_prices().items()}


def _claims(verdicts: pd.DataFrame, shorts: dict[str, str]) -> tuple[list[dict], int]:
    """Each answer to a claim under its own tiers, and how many claims have none."""
    register, answers, lacking = claims(), [], set()
    for row in verdicts.astype(object).to_dict("records"):
        claim = register[row["claim"]]
        if row["scheme"] not in ("", claim.scheme):
            continue
        if row["outcome"] in (NO_DATA, DOCUMENT):
            lacking.add(claim.key)
            continue
        text = {key: "" if pd.isna(value) else value for key, value in row.items()}
        test = int(row["test"])
        scheme = schemes()[claim.scheme].short if claim.scheme else ""
        answers.append(
            {
                "claim": claim,
                "outcome": row["outcome"],
                "badge": outcome_of(text),
                # prices of one source may be joined with reactions of another
                "source": ", with ".join(shorts.get(key, key) for key in row["source"].split("+")),
                "value": value_of(claim, text),
                "claimed": _claimed(claim, test),
                "compared": compared(claim, test, tier_range),
                "tiers": scheme,
            }
        )
    return answers, len(lacking - {answer["claim"].key for answer in answers})


def _claimed(claim: Claim, test: int) -> str:
    """What a test takes as claimed, and what tells it from the claim's other readings."""
    if not test:
        return reading_of(claim, test)
    span, reading = range_of(claim.tests[test - 1]), reading_of(claim, test)
    return reading if reading.startswith(span) else f"{span}, {reading}"


def _budget(moments: Moments, pages: list[dict]) -> dict | None:
    """The advice on a budget, where the file has prices of its own to base it on."""
    for entry in pages:
        figure = entry["record"]["figures"].get(BUDGET)
        if figure and "cost_per_post" in moments.metrics:
            return {"text": figure["caption"], "page": entry["name"], "key": BUDGET}
    return None
