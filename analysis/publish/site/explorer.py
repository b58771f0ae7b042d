"""The page on which the edges of both tiers can be moved: what its script needs of the shipped
cells, and no more.
"""

import json
from functools import cache

import numpy as np

from analysis.estimate import averages, moderation
from analysis.estimate.decision import claimed_range
from analysis.estimate.explored import Choices, beside_the_claim, comparisons
from analysis.moments.cells import BIN
from analysis.moments.load import load_all
from analysis.moments.sample import Moments, Sample
from analysis.present.sentences.explored import templates
from analysis.present.sentences.findings import TIMES, less, noun
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.reasons import claimed_lift
from analysis.publish.site.layout import TEMPLATES, render
from analysis.registers.metrics import METRICS

AVERAGES = {name: what for name, what in averages.AVERAGES.items() if name != "median account"}
"""Averages that are made of sums."""

RULES = {
    "bin": BIN, "few": moderation.FEW, "negligible": moderation.NEGLIGIBLE,
    "wider": moderation.WIDER, "indicative": averages.INDICATIVE, "zeros": averages.ZEROS,
    "times": TIMES, "confidence": 0.95,
}  # fmt: skip
"""Constants of the estimators and of sentences, by the names that the script has for them."""

FIRST = {
    "claim": "D06", "source": "instagram-kim", "average": "typical account",
    "scheme": "harvard-media",
}  # fmt: skip
"""What is chosen when the page opens."""

SCRIPTS = ("estimate.js", "picture.js", "explore.js")


def explorer_page(names: set[str]) -> str:
    """Write the page; `names` are the notebooks that links may lead to."""
    texts = [(TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS]
    held = explorer_data()
    compact = json.dumps(held, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    escaped = compact.replace("<", "\\u003c")  # no text of a register ends the script
    # in braces, so that nothing here meets the names of the script of every page
    script = "\n".join(["{", f"const EXPLORER = {escaped};", *texts, "}"])
    return render("explore", script=script, averages=AVERAGES, names=names, held=held)


@cache
def explorer_data() -> dict:
    """Collect sources with their cells, claims, tiers and sentences, as plain values for JSON."""
    choices = Choices(load_all("open"), RULES["confidence"])
    sources = {key: _source(moments, choices) for key, moments in choices.sources.items()}
    used = {key for source in sources.values() for key in source["metrics"]}
    return {
        "rules": RULES,
        "first": FIRST,
        "words": templates(),
        "averages": {name: _average(name) for name in AVERAGES},
        "metrics": {key: _metric(key) for key in METRICS if key in used},
        "schemes": {key: _tiers(scheme) for key, scheme in choices.schemes.items()},
        "claims": {key: _claim(claim) for key, (claim, _) in choices.tests.items()},
        "sources": sources,
    }


def _average(name: str) -> dict:
    return {
        "what": AVERAGES[name],
        "needs": averages.NEEDED[name],
        "ratio": averages.RATIOS.get(name),
    }


def _metric(key: str) -> dict:
    metric = METRICS[key]
    return {
        "title": metric.words,
        "short": noun(metric),
        "less": less(noun(metric)),
        "unit": metric.unit,
        "scale": metric.scale,
    }


def _tiers(scheme) -> dict:
    edges = {tier.name: [tier.lower, tier.upper] for tier in scheme.tiers}
    return {"title": scheme.title, "micro": edges["micro"], "macro": edges["macro"]}


def _claim(claim) -> dict:
    """A claim with its readings, the first of which is its verdict."""
    tests = []
    for test in comparisons(claim):
        low, high = claimed_range(test)
        words = claimed_lift(test.relation, test.value, test.margin, "ratio")
        short = words.partition(" (")[0]
        tests.append(
            {"relation": test.relation, "low": low, "high": _end(high), "words": words,
             "value": test.value, "short": short}
        )  # fmt: skip
    return {"title": claim.paraphrase, "tests": tests}


def _source(moments: Moments, choices: Choices) -> dict:
    """A source: the bands of its cells, their sums for each metric, and what it cannot answer."""
    source = moments.source
    rows = _rows(moments.sample(moments.main_metric))
    edges = sorted({*rows["lower"].tolist(), *rows["upper"].tolist()})
    beside: dict[str, dict[str, str]] = {}
    for key, (claim, _) in choices.tests.items():
        whys = {name: beside_the_claim(moments, name, claim) for name in moments.metrics}
        beside[key] = {name: str(why) for name, why in whys.items() if why}
    return {
        "title": source.short,
        "platform": platform_name(source.platform),
        "main": moments.main_metric,
        "edges": [_end(edge) for edge in edges],
        "lower": list(map(_end, rows["lower"])),
        "upper": list(map(_end, rows["upper"])),
        "beside": {key: whys for key, whys in beside.items() if whys},
        "metrics": {key: _cells(moments.sample(key)) for key in moments.metrics},
    }


def _rows(sample: Sample):
    return sample.rows.sort_values("lower", ignore_index=True)


def _cells(sample: Sample) -> dict:
    """Sums of each band, a missing one where it is not published, and its histogram."""
    rows = _rows(sample)
    needs = dict.fromkeys(name for average in AVERAGES for name in averages.NEEDED[average])
    columns = {"accounts": None, "posts": None} | needs
    return {
        "sums": {name: list(map(_number, rows[name])) for name in columns},
        "bins": _bins(sample, rows),
    }


def _bins(sample: Sample, rows) -> list[list]:
    """Bins of each band: where they begin, their width and accounts, one after the other.

    Only few accounts need them (`moderation.raised`), so those of a band are left out if no run of
    bands that holds it has so few. A bin of rates of zero alone is left out; another one without a
    lower end stands at its upper end.
    """
    starts, ends = np.triu_indices(len(rows))
    names = ("accounts", "positive", "log_rate", "log_rate2")
    summed = {name: np.concatenate([[0.0], rows[name].cumsum()]) for name in names}
    runs = {name: sums[ends + 1] - sums[starts] for name, sums in summed.items()}
    few = moderation.raised(runs)
    held = []
    for place, lower in enumerate(rows["lower"]):
        needed = (few & (starts <= place) & (place <= ends)).any()
        bins = sample.histogram[(sample.histogram["lower"] == lower) & needed]
        bins = bins[np.isfinite(bins["bin_high"])]
        low = bins["bin_low"].fillna(bins["bin_high"])
        table = np.column_stack([low, bins["bin_high"] - low, bins["accounts"]])
        held.append(list(map(_number, table.ravel())))
    return held


def _end(value: float) -> int | float | None:
    """An end of a range; an open one is none."""
    return None if np.isinf(value) else _number(value)


def _number(value: float) -> int | float | None:
    """A number as short as it can be written without a loss; none if it is missing."""
    if np.isnan(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
