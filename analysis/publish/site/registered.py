"""What the registers hold, as pages: claims, published figures, who quoted whom, and how numbers
are made and limited.
"""

from graphlib import TopologicalSorter

import pandas as pd

from analysis.estimate.averages import AVERAGES, INDICATIVE
from analysis.present import sentences
from analysis.publish.site.layout import render
from analysis.registers.lookup import claims, documents, quotations, tier_schemes
from analysis.registers.metrics import METRICS
from analysis.registers.published import published


def claims_page(names: set[str]) -> str:
    """Write what was said, by whom and where.

    Parameters
    ----------
    names : set of str
        The notebooks in this report, to which links may lead.
    """
    register, told = claims(), documents()
    facets = {
        "document": {
            key: document.title
            for key, document in told.items()
            if any(claim.document == key for claim in register.values())
        },
        "family": {kind: kind for kind in sorted({claim.kind for claim in register.values()})},
        "settled by": {
            kind: kind
            for kind in sorted({kind for claim in register.values() for kind in claim.settled_by})
        },
    }
    schemes = {key: scheme.short for key, scheme in tier_schemes().items()}
    quoted = {step.claim for step in quotations().values()}
    return render(
        "claims",
        claims=register.values(),
        documents=told,
        facets=facets,
        names=names,
        schemes=schemes,
        quoted=quoted,
    )


def published_page() -> str:
    """Write every figure that others have published, with the page on which it was read."""
    frame = published()
    rows = [row | {"said": _said(row), "range": _range(row)} for row in frame.to_dict("records")]
    columns = {"kind": "metric_group", "platform": "platform", "confidence": "confidence", "evidence": "evidence_class",
               "directness": "directness", "owner": "data_owner"}  # fmt: skip
    facets = {
        name: {value: value for value in sorted(frame[column].unique())}
        for name, column in columns.items()
    }
    return render("published", rows=rows, facets=facets, columns=columns)


def _said(row: dict) -> str:
    """The figure as it was printed: a number, a range, or a direction without either."""
    unit = row["unit"]
    parts = [sentences.number(row["value"], unit)] if pd.notna(row["value"]) else []
    if pd.notna(row["value_low"]) or pd.notna(row["value_high"]):
        parts.append(
            f"{sentences.number(row['value_low'])} to {sentences.number(row['value_high'], unit)}"
        )
    return "; ".join(parts) if parts else "a direction only"


def _range(row: dict) -> str:
    lower, upper = row["followers_min"], row["followers_max"]
    if pd.isna(lower) and pd.isna(upper):
        return ""
    return sentences.followers(
        0.0 if pd.isna(lower) else lower, float("inf") if pd.isna(upper) else upper
    )


def quotations_page(names: set[str]) -> str:
    """Write the way of each figure from its origin to a claim, and who restates whose published
    figures.
    """
    steps, register = quotations(), claims()
    order = list(
        TopologicalSorter({key: step.quotes for key, step in steps.items()}).static_order()
    )
    trails = [
        {
            "claim": register[key],
            "steps": [steps[step] for step in order if steps[step].claim == key],
        }
        for key in dict.fromkeys(step.claim for step in steps.values())
    ]
    taken = {key: [other for other in order if key in steps[other].quotes] for key in steps}
    return render(
        "quotations",
        trails=trails,
        steps=steps,
        taken=taken,
        owners=restated(published()),
        names=names,
    )


def restated(frame: pd.DataFrame) -> list[dict]:
    """Say of each owner of data where its figures were read: with the owner, or with others.

    Parameters
    ----------
    frame : pandas.DataFrame
        The published figures.

    Returns
    -------
    list of dict
        ``owner``, ``figures``, ``own`` (read at first hand) and ``others`` (publishers that repeat
        them); most repeated first.
    """
    found: dict[str, dict] = {}
    for owner, directness, publisher in frame[
        ["data_owner", "directness", "publisher_seen"]
    ].itertuples(index=False):
        one = found.setdefault(owner, {"owner": owner, "figures": 0, "own": 0, "others": set()})
        one["figures"] += 1
        if directness.startswith("primary"):
            one["own"] += 1
        else:
            one["others"].add(publisher)
    listed = [
        one | {"others": sorted(one["others"], key=lambda name: (name.lower(), name))}
        for one in found.values()
    ]
    return sorted(listed, key=lambda one: (-len(one["others"]), one["owner"]))


def methods_page(used: dict[str, dict]) -> str:
    """Write what the words mean, and what each source cannot show."""
    return render(
        "methods", metrics=METRICS.values(), averages=AVERAGES, sources=used, fewest=INDICATIVE
    )
