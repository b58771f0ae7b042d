"""The first page: each claim with its verdicts, as cards that can be filtered."""

import pandas as pd

from analysis.estimate.verdict import OUTCOMES, TOGETHER
from analysis.present import sentences
from analysis.publish.site.layout import render
from analysis.registers.lookup import claims, documents, tier_schemes


def index(pages: list[dict], verdicts: pd.DataFrame, used: dict[str, dict]) -> str:
    """Write the scorecard.

    Parameters
    ----------
    pages : list of dict
        ``name``, ``title`` and ``record`` of each notebook.
    verdicts : pandas.DataFrame
        With the fields of `Verdict`; shown under the scheme that each claim uses itself.
    used : dict
        What is said of each source.
    """
    shown = cards(verdicts, used)
    outcomes = {name: int((verdicts["outcome"] == name).sum()) for name in OUTCOMES}
    return render(
        "index", cards=shown, facets=facets(shown), pages=pages, outcomes={name: n for name, n in outcomes.items() if n},
        total=len(verdicts), edition=pages[0]["record"]["edition"], names={entry["name"] for entry in pages},
        schemes={key: scheme.short for key, scheme in tier_schemes().items()},
    )  # fmt: skip


def cards(verdicts: pd.DataFrame, used: dict[str, dict]) -> list[dict]:
    """Each claim with its answers under its own tiers, and the first estimate of each source; what
    was estimated comes first.
    """
    register, found = claims(), []
    answered: dict[str, list[dict]] = {}
    for row in verdicts.itertuples():
        if row.scheme in ("", register[row.claim].scheme):
            answered.setdefault(row.claim, []).append(_answer(row, used.get(row.source)))
    for key, answers in answered.items():
        # a claim that needs all of its tests is headed by what comes of them together
        whole = [answer for answer in answers if answer["test"] == 0 or not register[key].together]
        first = {
            answer["source"]: answer
            for answer in reversed(whole)
            if answer["estimate"] != sentences.MISSING
        }
        heads = sorted(first.values(), key=lambda answer: answer["source"])
        claimed = {answer["claimed"] for answer in heads}
        found.append({"claim": register[key], "answers": answers, "heads": heads, "claimed": claimed.pop() if len(claimed) == 1 else "",
                      "outcomes": list(dict.fromkeys(answer["outcome"] for answer in whole))})  # fmt: skip
    return sorted(found, key=lambda card: not card["heads"])


def _answer(row, source: dict | None) -> dict:
    together = row.estimand == TOGETHER and row.outcome != "untestable"
    return {
        "test": row.test,
        "outcome": row.outcome,
        "source": source["short"] if source else row.source,
        "platform": source["platform"] if source else "",
        "estimate": row.claimed
        if together
        else sentences.interval(row.estimate, row.low, row.high, row.unit),
        "estimand": row.estimand,
        "claimed": row.claimed,
        "because": row.because,
    }


def facets(shown: list[dict]) -> dict[str, dict[str, str]]:
    """What the cards can be filtered by: the values of each field, with their words."""
    answers = [answer for card in shown for answer in card["answers"]]
    kept = {
        name: {value: value for value in sorted({answer[name] for answer in answers} - {""})}
        for name in ("source", "platform")
    }
    titles = {key: document.title for key, document in documents().items()}
    return {
        "outcome": {
            value: value
            for value in OUTCOMES
            if any(answer["outcome"] == value for answer in answers)
        },
        **kept,
        "family": {
            value: value
            for value in dict.fromkeys(
                card["claim"].kind for card in sorted(shown, key=lambda one: one["claim"].kind)
            )
        },
        "document": {
            key: titles[key]
            for key in sorted({card["claim"].document for card in shown}, key=titles.get)
        },
    }
