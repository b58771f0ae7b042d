"""Every claim with all of its verdicts, as cards that can be filtered."""

from math import nan

import pandas as pd

from analysis.display import because
from analysis.estimate.registry import follows
from analysis.estimate.sensitivity import flip_of_question
from analysis.estimate.verdict import TOGETHER
from analysis.present import sentences
from analysis.present.sentences.published import summary
from analysis.present.sentences.reasons import OUTCOMES as WORDS
from analysis.present.sentences.sensitivity import flip_in_short
from analysis.present.sentences.severities import own_severity, severity_text
from analysis.present.sentences.shifts import by_age, fragile_sentence
from analysis.publish.site.layout import render
from analysis.registers.lookup import claims, documents
from analysis.registers.severity import SUMMARY, counted, counted_as
from analysis.registers.shifts import overturned_by


def scorecard(
    pages: list[dict],
    verdicts: pd.DataFrame,
    used: dict[str, dict],
    proxies: pd.DataFrame | None = None,
) -> str:
    """Write the page of all verdicts: each claim under the tier scheme that it uses itself.

    `pages` has the ``name``, ``title`` and ``record`` of each notebook, `verdicts` the columns of
    verdicts.csv, `used` a description of each source by its key, `proxies` the
    columns of proxies.csv: a line below the answers of a card, which counts nowhere.
    """
    shown = _cards(verdicts, used)
    rows_of = {} if proxies is None else dict(iter(proxies.groupby("claim")))
    for card in shown:
        rows = rows_of.get(card["claim"].key)
        card["nearby"] = "" if rows is None else sentences.near_it(rows)
    return render(
        "scorecard",
        cards=shown,
        facets=_facets(shown),
        summary=summary(verdicts.assign(outcome=counted(verdicts))),
        total=len(verdicts),
        own=own_severity(verdicts["source"]),
        edition=pages[0]["record"]["edition"],
        names={entry["name"] for entry in pages},
    )


def outcomes_of(verdicts: pd.DataFrame) -> dict[str, list[str]]:
    """Give what the verdicts on each claim count as under its own tiers, by its key."""
    return {card["claim"].key: card["outcomes"] for card in _cards(verdicts, {})}


def _cards(verdicts: pd.DataFrame, used: dict[str, dict]) -> list[dict]:
    """Each claim with its answers under its own tiers; claims with an estimate come first."""
    register = claims()
    answered: dict[str, list[dict]] = {}
    for row in verdicts.itertuples():
        if row.scheme in ("", register[row.claim].scheme):
            answered.setdefault(row.claim, []).append(_answer(row, used.get(row.source)))
    cards = [_card(register[key], answers) for key, answers in answered.items()]
    return sorted(cards, key=lambda card: not card["heads"])


def _card(claim, answers: list[dict]) -> dict:
    """A claim, headed by the first estimate of each source."""
    # a claim that needs all of its tests is headed by the verdict on them together
    whole = [answer for answer in answers if answer["test"] == 0 or not claim.together]
    first: dict[str, dict] = {}
    for answer in whole:
        if answer["estimate"] != sentences.MISSING:
            first.setdefault(answer["source"], answer)
    heads = sorted(first.values(), key=lambda answer: answer["source"])
    claimed = {answer["claimed"] for answer in heads}
    return {
        "claim": claim,
        "answers": answers,
        "heads": heads,
        "claimed": claimed.pop() if len(claimed) == 1 else "",
        "outcomes": list(dict.fromkeys(answer["outcome"] for answer in whole)),
        "notices": list(dict.fromkeys(filter(None, (answer["notice"] for answer in answers)))),
    }


def _answer(row, source: dict | None) -> dict:
    estimate = sentences.interval(row.estimate, row.low, row.high, row.unit)
    if row.test and follows(claims()[row.claim].tests[row.test - 1]):
        # what is followed may stand in for what the claim is about
        estimate += f", {row.estimand}" if estimate != sentences.MISSING else ""
    as_asked = getattr(row, "as_asked", "")
    if row.estimand == str(TOGETHER) and row.outcome != "untestable":
        estimate = as_asked or row.claimed
    return {
        "test": row.test,
        "outcome": counted_as(row.outcome, getattr(row, "severity", ""), as_asked),
        "fragile": getattr(row, "fragile", ""),
        "source": source["short"] if source else row.source,
        "platform": source["platform"] if source else "",
        "estimate": estimate,
        "estimand": row.estimand,
        "claimed": row.claimed,
        "because": row.because,
        "notice": short_notice(source),
        "doubts": _doubts(row),
    }


def short_notice(source: dict | None) -> str:
    """What a card says of the reader's own file; empty if it shows no signs of selection."""
    if not source or "notice" not in source:
        return ""
    return str(because("signs_in_caption", overruled=source["signs_overruled"]))


def _doubts(row) -> dict[str, str]:
    """What would flip a verdict, what makes it fragile, what posts of each age give, and how severe
    its test is, each in a sentence or empty; nothing of an early edition without such columns.
    """
    label = getattr(row, "severity", "") or ""
    which = (row.claim, row.source, row.scheme, row.test)
    if not label:
        return dict.fromkeys(("flip", "fragile", "age", "severity"), "")
    flip = flip_of_question(*which, row.outcome, row.unit, row.estimate, _number(row.flip))
    return {
        "flip": flip_in_short(flip),
        "fragile": fragile_sentence(overturned_by(*which, row.outcome), row.outcome),
        "age": by_age(*which),
        "severity": severity_text(row.claim, row.test, row.source, row.scheme, row.outcome, label),
    }


def _number(value: float | str | None) -> float:
    """A number of a record, in which there is none where nothing flips."""
    return nan if value in ("", None) else float(value)


def _facets(cards: list[dict]) -> dict[str, dict[str, str]]:
    """Values by which the cards can be filtered, each with its title."""
    answers = [answer for card in cards for answer in card["answers"]]
    columns = pd.DataFrame(answers, columns=["outcome", "source", "platform"])
    outcomes, sources, platforms = (set(columns[name]) - {""} for name in columns)
    kinds = {card["claim"].kind for card in cards}
    titles = {key: document.title for key, document in documents().items()}
    cited = {card["claim"].document for card in cards}
    return {
        "outcome": {name: WORDS[name] for name in SUMMARY if name in outcomes},
        "source": {name: name for name in sorted(sources)},
        "platform": {name: name for name in sorted(platforms)},
        "family": {name: name for name in sorted(kinds)},
        "document": {key: titles[key] for key in sorted(cited, key=titles.get)},
    }
