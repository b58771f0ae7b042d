"""Pages of the registers: claims, statements, published figures, who quoted whom, methods and
limits.
"""

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter

import pandas as pd

from analysis.estimate.averages import AVERAGES, INDICATIVE
from analysis.present import sentences
from analysis.present.sentences.reasons import OUTCOMES
from analysis.publish.site.layout import render
from analysis.publish.site.marks import MARKS
from analysis.registers.lookup import claims, documents, quotations, schemes
from analysis.registers.metrics import METRICS
from analysis.registers.published import published
from analysis.registers.statements import Statement, statements, statements_of

FACETS = {
    "kind": "metric_group",
    "platform": "platform",
    "confidence": "confidence",
    "evidence": "evidence_class",
    "directness": "directness",
    "owner": "data_owner",
}
"""Columns by which published figures can be filtered, by their titles."""


def claims_page(names: set[str]) -> str:
    """Write every claim, its author and place; `names` are the notebooks that links may lead to."""
    register, cited = claims(), documents()
    used = {claim.document for claim in register.values()}
    kinds = sorted({claim.kind for claim in register.values()})
    evidence = sorted({kind for claim in register.values() for kind in claim.settled_by})
    facets = {
        "document": {key: document.title for key, document in cited.items() if key in used},
        "family": {kind: kind for kind in kinds},
        "settled by": {kind: kind for kind in evidence},
    }
    return render(
        "claims",
        claims=register.values(),
        documents=cited,
        facets=facets,
        names=names,
        schemes={key: scheme.short for key, scheme in schemes().items()},
        metrics={key: metric.title for key, metric in METRICS.items()}
        | {"engagement": "the engagement rate"},
        quoted={step.claim for step in quotations().values()},
    )


def statements_page(
    outcomes: Mapping[str, list[str]], entries: Mapping[str, dict] | None = None
) -> str:
    """Write every statement of the documents, with its claims or the reason why there is none.

    `outcomes` has what the verdicts on each claim count as, by its key; a claim that is not in it
    was not judged in this report. `entries` has the badge and the headline of each, as the first
    page shows them.
    """
    cited = sorted(documents().values(), key=lambda document: document.letter)
    parts = [{"document": one, "statements": statements_of(one)} for one in cited]
    judged = {key: outcomes.get(key, []) for key in claims()}
    said = {}
    for key, one in statements().items():
        found = (outcome for claim in one.claims for outcome in judged[claim])
        said[key] = list(dict.fromkeys(found))
    there = {outcome for found in said.values() for outcome in found}
    facets = {
        "document": {one.key: one.title for one in cited},
        "claim": {"a claim": "a claim", "none": "none"},
        "outcome": {key: name for key, name in OUTCOMES.items() if key in there},
    }
    return render(
        "statements",
        parts=parts,
        count=len(said),
        without=sum(not one.claims for one in statements().values()),
        outcomes=judged,
        said=said,
        facets=facets,
        entries=entries or {},
        counts={part["document"].key: _marks(part["statements"], entries or {}) for part in parts},
    )


def _marks(lines: Iterable[Statement], entries: Mapping[str, dict]) -> str:
    """Count what becomes of the statements of a document, each by its first claim."""
    kinds = [entries[one.claims[0]]["kind"] for one in lines
             if one.claims and one.claims[0] in entries]  # fmt: skip
    counts = {kind: kinds.count(kind) for kind in MARKS if kind in kinds}
    return ", ".join(f"{number} {MARKS[kind]}" for kind, number in counts.items())


def published_page() -> str:
    """Write every figure that others have published, with the page on which it was read."""
    frame = published()
    rows = frame.to_dict("records")
    for row in rows:
        row |= {"figure": _figure(row), "range": _range(row)}
    facets = {}
    for name, column in FACETS.items():
        values = sorted(frame[column].unique())
        facets[name] = dict(zip(values, values, strict=True))
    return render("published", rows=rows, facets=facets, columns=FACETS)


def _figure(row: dict) -> str:
    """The figure as it was printed: a number, a range, or a direction without either."""
    unit, low, high = row["unit"], row["value_low"], row["value_high"]
    parts = [sentences.number(row["value"], unit)] if pd.notna(row["value"]) else []
    if pd.notna(low) or pd.notna(high):
        parts.append(f"{sentences.number(low)} to {sentences.number(high, unit)}")
    return "; ".join(parts) or "a direction only"


def _range(row: dict) -> str:
    low, high = row["followers_min"], row["followers_max"]
    if pd.isna(low) and pd.isna(high):
        return ""
    return sentences.followers(0 if pd.isna(low) else low, float("inf") if pd.isna(high) else high)


def quotations_page(names: set[str]) -> str:
    """Write the way of each figure from its origin to a claim, and who restates whose figures."""
    steps, register = quotations(), claims()
    quoted = {key: step.quotes for key, step in steps.items()}
    order = list(TopologicalSorter(quoted).static_order())
    trails: dict[str, list] = {step.claim: [] for step in steps.values()}
    taken: dict[str, list] = {key: [] for key in steps}
    for key in order:
        trails[steps[key].claim].append(steps[key])
        for origin in quoted[key]:
            taken[origin].append(key)
    return render(
        "quotations",
        trails=[{"claim": register[key], "steps": trail} for key, trail in trails.items()],
        steps=steps,
        taken=taken,
        owners=restated(published()),
        names=names,
    )


def restated(frame: pd.DataFrame) -> list[dict]:
    """Count for each owner of data where its published figures were read, most repeated first.

    Gives ``owner``, ``figures``, ``own`` (read at first hand) and ``others``, publishers that
    repeat them.
    """
    first_hand = frame["directness"].str.startswith("primary")
    rows = []
    for owner, figures in frame.groupby("data_owner"):
        own = first_hand[figures.index]
        others = sorted(set(figures.loc[~own, "publisher_seen"]))
        others = sorted(others, key=str.lower)
        rows.append(
            {"owner": owner, "figures": len(figures), "own": int(own.sum()), "others": others}
        )
    return sorted(rows, key=lambda row: (-len(row["others"]), row["owner"]))


def methods_page(used: dict[str, dict]) -> str:
    """Write how numbers are made, and the limits of each source."""
    return render(
        "methods", metrics=METRICS.values(), averages=AVERAGES, sources=used, fewest=INDICATIVE
    )
