"""Tables for people: columns with plain names, numbers with units and right-aligned, and always a
note on where they come from. Registers how each result is tabulated in Jupyter.
"""

import hashlib
import html
import re
from numbers import Integral
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.display import Result, table
from analysis.estimate.multiplicity import Multiplicity
from analysis.estimate.multiverse.choices import SingleChanges
from analysis.estimate.multiverse.specification_curve import SpecificationCurve
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.tiers import tier_counts
from analysis.estimate.verdict import Verdict, Verdicts
from analysis.moments.sample import Moments, Sample
from analysis.moments.samples import Sources
from analysis.present import sentences
from analysis.present.columns import readable
from analysis.present.sentences import nouns
from analysis.present.sentences import results as texts
from analysis.present.sentences.multiverse import outcomes_by_question
from analysis.present.sentences.sensitivity import flip_texts
from analysis.present.sentences.severities import severity_sentence
from analysis.present.sentences.verdicts import age_sentence, flip_sentence, outcome_sentence
from analysis.registers.claims import Claim
from analysis.registers.lookup import Register
from analysis.registers.records import TierScheme
from analysis.registers.severity import Severity

TITLES = {
    "label": "",
    "n_accounts": "accounts",
    "n_posts": "posts",
    "estimand": "what is estimated",
    "method": "interval by",
    "because": "reason",
    "flip": "bias to undecided",
}
"""Column names that read better otherwise."""

LONG, ROWS = 40, 12
"""A result with more rows than the first shows as many as the second."""

NUMBER = re.compile(rf"{sentences.MISSING}$|[<>≈]?\s*[-+−]?\d")
"""How a text begins that is a number with its unit or interval."""


def with_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Fold ``estimate, low, high, unit`` into one readable column ``estimate``."""
    columns = (frame[name] for name in ("estimate", "low", "high", "unit"))
    estimates = [sentences.interval(*values) for values in zip(*columns, strict=True)]
    return frame.drop(columns=["low", "high", "unit"]).assign(estimate=estimates)


def to_html(frame: pd.DataFrame, caption: str, note: str) -> str:
    """Write a table, without its index, with its caption above and its source note below;
    everything in it is escaped. Floats have three significant digits, counts separators.
    """
    title, foot = html.escape(caption), html.escape(note)
    body = styled(frame, caption)
    above, below = f'<p class="caption">{title}</p>', f'<p class="note">{foot}</p>'
    return f'<div class="table-box">{above}{body}{below}</div>'


def styled(frame: pd.DataFrame, label: str) -> str:
    """Write the rows of a table, without its index: text left, numbers right; a screen reader
    announces the label.
    """
    numeric = frame.map(_is_number).to_numpy(bool) if len(frame.columns) else np.empty((0, 0))
    titles = [TITLES.get(name, str(name).replace("_", " ")) for name in frame.columns]
    # numbers for columns, since two may have one title
    shown = frame.apply(_column).set_axis(range(len(titles)), axis=1).reset_index(drop=True)
    numbers = [bool(len(frame)) and column.all() for column in numeric.T]
    attributes = f'class="table" aria-label="{html.escape(label, quote=True)}"'
    # a fixed name, or two runs would differ in their bytes
    name = hashlib.sha256(f"{label}{titles}{shown.to_csv()}".encode()).hexdigest()[:8]
    style = shown.style.hide(axis="index").format(escape="html", na_rep=sentences.MISSING)
    # pandas takes a heading for a format string
    heads = [html.escape(title).replace("{", "{{").replace("}", "}}") for title in titles]
    style = style.relabel_index(heads, axis=1).set_uuid(name)
    kinds = np.where(numbers, "number", "")
    every = np.tile(kinds, (len(shown), 1))
    classes = pd.DataFrame(every, index=shown.index, columns=shown.columns)
    places = [place for place, is_number in enumerate(numbers) if is_number]
    aligned = [{"selector": f".col{place}", "props": "text-align: right"} for place in places]
    style = style.set_td_classes(classes).set_table_styles(
        [{"selector": "th, td", "props": "text-align: left"}, *aligned]
    )
    written = style.to_html(table_attributes=attributes, cell_ids=False)
    for place in places:  # pages have a style of their own, which uses the class
        heading = f'class="col_heading level0 col{place}"'
        written = written.replace(heading, heading[:-1] + ' number"', 1)
    return written


def _is_number(value) -> bool:
    """Whether a cell holds a number: missing ones count, or a gap would turn a column left."""
    if isinstance(value, str):
        return bool(NUMBER.match(value))
    return not isinstance(value, bool)


def _column(column: pd.Series) -> pd.Series:
    """Write the cells of a column: with separators in all counts if one of them needs any."""
    counts = [value for value in column if isinstance(value, Integral)]
    return column.astype(object).map(_cell if max(counts, default=0) < 10_000 else _separated)


def _separated(value):
    is_count = isinstance(value, Integral) and not isinstance(value, bool)
    return f"{value:,}" if is_count else _cell(value)


def _cell(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return sentences.number(value) if isinstance(value, float) else value


@table.register(Estimates)
def _estimates(estimates: Estimates) -> str:
    columns = {
        "who": [texts.compared(one) for one in estimates],
        "estimate": [texts.value(one) for one in estimates],
        "accounts": [texts.count_or_dash(one.n_accounts) for one in estimates],
        "": ["" if one.status == "ok" else one.method for one in estimates],
    }
    frame = pd.concat([estimates.keys, pd.DataFrame(columns, index=estimates.keys.index)], axis=1)
    contexts = {texts.about(one.context) for one in estimates}
    note = contexts.pop() if len(contexts) == 1 else ""
    return to_html(frame.loc[:, (frame != "").any()], "", note)


@table.register(Estimate)
def _estimate(estimate: Estimate) -> str:
    return _estimates(Estimates((estimate,), pd.DataFrame(index=[0])))


@table.register(Verdicts)
def _verdicts(verdicts: Verdicts) -> str:
    rows = [
        {
            "claim": one.claim,
            "outcome": sentences.outcome_name(one.counted_as, one.fragile),
            "source": one.context.source or one.source,
            "who": texts.compared(texts.observed_by(one)),
            "estimate": texts.value(texts.observed_by(one)),
            "claimed": texts.claimed_by(one),
            "reason": one.because,
            "flip": flip,
            "severity": severity_sentence(one),
        }
        for one, flip in zip(verdicts, flip_texts(verdicts.to_frame()), strict=True)
    ]
    return to_html(pd.DataFrame(rows), verdicts.sentence(), "")


@table.register(Severity)
def _severity(severity: Severity) -> str:
    return f"<p>{html.escape(severity.sentence())}</p>"


@table.register(Multiplicity)
def _multiplicity(family: Multiplicity) -> str:
    return to_html(readable(family.frame), family.sentence(), "")


@table.register(Verdict)
def _verdict(verdict: Verdict) -> str:
    """Write a card: what was claimed and observed, and each doubt in a row of its own."""
    title = outcome_sentence(verdict)
    rows = [
        ("what would flip it", flip_sentence(verdict)),
        ("by age of posts", age_sentence(verdict)),
        ("how severe the test is", severity_sentence(verdict)),
    ]
    doubts = any(text for _, text in rows)
    return _card(title, rows) if doubts else f"<p>{html.escape(title)}</p>"


def _card(title: str, rows: list[tuple[str, str]]) -> str:
    """Write a title and a table of labelled facts."""
    frame = pd.DataFrame([row for row in rows if row[1]], columns=["", " "])
    return to_html(frame, title, "")


@table.register(Moments)
def _moments(moments: Moments) -> str:
    return _card(moments.sentence(), nouns.moments_rows(moments))


@table.register(Sample)
def _sample(sample: Sample) -> str:
    if sample.scheme is None:
        return f"<pre>{html.escape(repr(sample))}</pre>"
    counts = tier_counts(sample)
    ranges = {tier.name: texts.tier_range(tier) for tier in sample.scheme.tiers}
    counts["tier"] = counts["tier"].replace(ranges)
    counts = counts.rename(columns={"share": "share of accounts [%]"})
    return to_html(counts, sample.sentence(), "")


@table.register(Sources)
def _sources(sources: Sources) -> str:
    return to_html(sources.to_frame(), sources.sentence(), "")


@table.register(Register)
def _register(register: Register) -> str:
    return to_html(register.to_frame(), sentences.count(len(register), "record"), "")


@table.register(Claim)
def _claim(claim: Claim) -> str:
    return _card(claim.sentence(), nouns.claim_rows(claim))


@table.register(TierScheme)
def _scheme(scheme: TierScheme) -> str:
    ranges = [sentences.followers(tier.lower, tier.upper) for tier in scheme.tiers]
    frame = pd.DataFrame({"tier": scheme.names, "followers": ranges})
    return to_html(frame, scheme.title, scheme.cite)


@table.register(SpecificationCurve)
def _judged(judged: SpecificationCurve) -> str:
    return to_html(outcomes_by_question(judged), sentences.count(len(judged), "specification"), "")


@table.register(SingleChanges)
def _single_changes(changes: SingleChanges) -> str:
    columns = ["claim", "source", "choice", "option", "estimate", "low", "high", "unit", "outcome"]
    return _table_of(changes.frame[columns], changes)


@table.register(Result)
def _any(result: Result) -> str:
    """A result without a table of its own: its sentence, and its frame."""
    return _table_of(result.to_frame(), result)


def _table_of(frame: pd.DataFrame, result: Result) -> str:
    """Write a frame of a result below its sentence; of a long one the first rows."""
    shown, note = frame, ""
    if len(frame) > LONG:
        shown, note = frame.head(ROWS), f"{ROWS} of {len(frame):,} rows; .to_frame() gives all."
    return to_html(readable(shown, type(result)), result.sentence(), note)


def to_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a CSV: numbers to 12 significant digits, and no text that a spreadsheet would run as a
    formula.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.map(_guarded).to_csv(path, index=False, float_format="%.12g", lineterminator="\n")


def _guarded(value):
    if not isinstance(value, str):
        return value
    # a bare carriage return would end the row
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\0") else text
