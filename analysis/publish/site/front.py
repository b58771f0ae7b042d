"""The first page: it answers what is asked most, then lists all claims by question, with a search
that takes a whole sentence.
"""

import json
from collections.abc import Mapping

import pandas as pd

from analysis.display import finding
from analysis.estimate.answer import Answer, answer_from
from analysis.finding import Finding
from analysis.moments.load import load_all
from analysis.present import sentences
from analysis.present.sentences.answers import counted_by, readings_of, say_instead, values_of
from analysis.present.sentences.cards import badge, flips, main_test, needed, sure, unsure, whose
from analysis.present.sentences.front import headline_of
from analysis.publish.cite_verdict import verdict_citations
from analysis.publish.site.chain import chain
from analysis.publish.site.layout import TEMPLATES, render
from analysis.publish.site.marks import MARKS
from analysis.publish.site.pictures import small_picture
from analysis.registers.claims import Claim
from analysis.registers.lookup import claims, documents, sources
from analysis.registers.questions import Asked, asked

STORY = "twenty"
"""The question whose number has a story of who quoted whom."""


def front(first: dict) -> str:
    """Write the first page from what was gathered for it."""
    script = (TEMPLATES / "front.js").read_text(encoding="utf-8")
    return render("index", script=script, **first)


def gathered(
    pages: list[dict], verdicts: pd.DataFrame, manifest: dict, proxies: pd.DataFrame | None = None
) -> dict:
    """Gather what the first page and the poster show.

    `pages` has the ``name``, ``title`` and ``record`` of each notebook, `verdicts` and `proxies`
    the columns of verdicts.csv and proxies.csv; citations are made from the manifest.
    """
    register, names = asked(), {entry["name"] for entry in pages}
    rows = dict(iter(verdicts.groupby("claim")))
    levels = _levels(pages, manifest)
    answers = {
        key: answer_from(claim, rows.get(key, verdicts.iloc[:0]), levels.get(key, 0.95))
        for key, claim in claims().items()
    }
    judged = {key: one for key, one in answers.items() if len(one.frame)}
    cards = [_card(one, answers, names) for one in register.questions.values()]
    for card in cards:
        card["cite"] = _cited(card["claim"].key, manifest, verdicts) if card["judged"] else ""
        card["near"] = _near(register.questions[card["key"]].claims, proxies)
    story = register.questions[STORY]
    first = next(iter(register.questions.values())).claims[0]
    groups = _groups(register, judged, names)
    return {
        "top": headline_of(claims()[first], verdicts, len(judged)),
        "cards": cards,
        "story": story,
        "steps": [step for key in story.claims for step in chain(key)],
        "groups": groups,
        "entries": {one["claim"].key: one for group in groups for one in group["entries"]},
        "same": json.dumps({key: one.same for key, one in register.words.items()}, sort_keys=True),
        "pages": pages,
        "names": names,
        # a poster is about open sources; a file of the reader's own is nobody else's to post
        "poster": bool(judged) and set(manifest["sources"]) <= set(sources()),
    }


def _levels(pages: list[dict], manifest: dict) -> dict[str, float]:
    """The confidence level of the verdicts on each claim: that of the notebook that gave them."""
    levels = {}
    for entry in pages:
        given = manifest["notebooks"].get(entry["name"], {}).get("parameters", {})
        for row in entry["record"].get("verdicts", []):
            levels[row["claim"]] = float(given.get("confidence", 0.95))
    return levels


def _card(question, answers: Mapping[str, Answer], names: set[str]) -> dict:
    """A question with the answer to the first of its claims."""
    answer = answers[question.claims[0]]
    made = finding(answer)
    return {
        "key": question.key,
        "question": question.title,
        "claim": answer.claim,
        "answer": answer,
        "judged": bool(len(answer.frame)),
        "kind": answer.badge,
        "badge": badge(answer),
        "made": made,
        "picture": small_picture(answer),
        "who": " ".join(
            filter(None, (made.detail if len(answer.main) else _asked(answer), _accounts(answer)))
        ),
        "readings": readings_of(answer) if _differ(answer) else [],
        "sure": sure(answer) or [unsure(answer)],
        "flips": flips(answer),
        "undecided": answer.badge in ("undecided", "untestable"),
        "needed": needed(answer),
        "say": say_instead(answer),
        "notebook": question.notebook if question.notebook in names else "",
    }


def _accounts(answer: Answer) -> str:
    """How many accounts the headline of an answer rests on, source by source; of a file of the
    reader's own its own page says that.
    """
    rows = answer.main
    known = [key for key in dict.fromkeys(rows["source"]) if key in sources()]
    parts = []
    for key in known:
        fresh = answer.claim.answer(load_all(key)).main
        if len(fresh) and fresh["n_accounts"].notna().any():
            count = int(fresh["n_accounts"].iloc[0])
            parts.append(f"{sources()[key].short}, {sentences.count(count, 'account')}")
    return f"{sentences.listing(parts)}." if parts else ""


def _asked(answer: Answer) -> str:
    """Whom a claim without data compares, and what was looked for."""
    test = main_test(answer)
    who = ", ".join(filter(None, (whose(answer), counted_by(test) if test else "")))
    return f"Asked: {who}." if who else ""


def _differ(answer: Answer) -> bool:
    """Whether the readings of a claim have different outcomes."""
    known = [rows[rows["estimate"].notna()] for _, rows in answer.readings]
    outcomes = [frozenset(rows["outcome"]) for rows in known]
    return len(set(outcomes)) > 1


def _cited(key: str, manifest: dict, verdicts: pd.DataFrame) -> str:
    """The citation of a verdict that fits a slide."""
    rows = verdicts.astype(object).where(verdicts.notna(), "").astype(str)
    return verdict_citations(key, manifest, rows.to_dict("records"))["short"]


def _near(keys: tuple[str, ...], proxies: pd.DataFrame | None) -> str:
    """What a proxy of a card's claims gave: small text, never a headline."""
    if proxies is None or not len(proxies):
        return ""
    of_claim = (proxies[proxies["claim"] == key] for key in keys)
    return next((sentences.near_it(rows) for rows in of_claim if len(rows)), "")


def _groups(register: Asked, judged: Mapping[str, Answer], names: set[str]) -> list[dict]:
    """Each group with its claims; only those that this report has judged."""
    shown = []
    for group in register.groups.values():
        entries = [_entry(judged[key], register, names) for key in group.claims if key in judged]
        if not entries:
            continue
        counts = pd.Series([entry["kind"] for entry in entries]).value_counts(sort=False)
        outcomes = [f"{number} {MARKS[kind]}" for kind, number in counts.items()]
        first = next((one for one in entries if one["kind"] not in WITHOUT), None)
        shown.append({"group": group, "entries": entries, "counts": " · ".join(outcomes),
                      "line": first["made"].headline if first else ""})  # fmt: skip
    return shown


WITHOUT = ("untestable", "document")
"""Badges of claims without an estimate."""


def _entry(answer: Answer, register: Asked, names: set[str]) -> dict:
    claim: Claim = answer.claim
    made: Finding = finding(answer)
    also = [one.synonyms for one in register.questions.values() if claim.key in one.claims]
    groups = [one for one in register.groups.values() if claim.key in one.claims]
    return {
        "claim": claim,
        "kind": answer.badge,
        "badge": badge(answer),
        "whose": whose(answer),
        "made": made,
        "estimates": values_of(answer),
        "readings": readings_of(answer),
        "flips": flips(answer),
        "needed": needed(answer),
        "say": say_instead(answer),
        "document": documents()[claim.document].title,
        "also": ". ".join(word for words in also for word in words),
        "group": ". ".join([groups[0].title, *groups[0].synonyms]),
        "notebook": claim.notebook if claim.notebook in names else "",
    }
