"""Records that are no results, in a line each: what a terminal shows of them."""

from analysis.display import lines
from analysis.estimate.decision import claimed
from analysis.estimate.registry import unit_of
from analysis.estimate.results import Context
from analysis.present.sentences.names import metric_title
from analysis.present.sentences.numbers import listing
from analysis.present.sentences.reasons import claimed_lift
from analysis.present.sentences.results import about, tier_range
from analysis.registers.claims import Disagreement, Document, Quotation, Study, Test
from analysis.registers.metrics import Metric
from analysis.registers.records import PriceTable, Record, Source, Tier


@lines.register(Record)
def _record(record: Record) -> str:
    """A record without a line of its own: its fields."""
    return f"{type(record).__name__}({record.__repr_str__(', ')})"


@lines.register(Source)
def _source(source: Source) -> str:
    return f"{source.short} ({source.key}): {source.title}, {source.period}"


@lines.register(Tier)
def _tier(tier: Tier) -> str:
    return tier_range(tier)


@lines.register(Test)
def _test(test: Test) -> str:
    metric = "engagement rate" if test.metric == "engagement" else metric_title(test.metric)
    return f"{asked(test)}: {claimed_of(test)} ({metric}, {test.average})"


def asked(test: Test) -> str:
    """Write what a test asks for: its estimator, tiers and threshold.

    Examples
    --------
    >>> import analysis as an
    >>> asked(an.claim("D06").tests[0])
    'contrast micro / macro'
    """
    versus = f" / {test.versus}" if test.versus else ""
    at = f" at {test.at:,.10g}" if test.at else ""
    return f"{test.estimator} {test.of}{versus}".strip() + at


def claimed_of(test: Test) -> str:
    """Write what a test claims in the reader's unit: a ratio of tiers as a lift.

    Examples
    --------
    >>> import analysis as an
    >>> claimed_of(an.claim("D06").tests[0])
    '+60 % (+45 % to +76 % counts)'
    """
    reason = claimed(test)
    is_lift = unit_of(test) == "ratio" and test.versus and test.estimator == "contrast"
    return claimed_lift(**dict(reason.facts)) if is_lift else str(reason)


@lines.register(Document)
def _document(document: Document) -> str:
    return f"{document.letter} ({document.key}): {document.title}"


@lines.register(Disagreement)
def _disagreement(disagreement: Disagreement) -> str:
    sides = (f"{side.says} ({listing(side.claims)})" for side in disagreement.positions)
    return f"{disagreement.topic}: {'; '.join(sides)}"


@lines.register(Study)
def _study(study: Study) -> str:
    return f"{study.cite} ({study.design}; bears on {listing(study.bears_on)})"


@lines.register(Quotation)
def _quotation(step: Quotation) -> str:
    return f"{step.claim}, {step.title}"


@lines.register(PriceTable)
def _prices(prices: PriceTable) -> str:
    return f"{prices.short} ({prices.key}): {prices.kind}, {prices.because}"


@lines.register(Metric)
def _metric(metric: Metric) -> str:
    return f"{metric.title} ({metric.key}), {metric.unit}"


@lines.register(Context)
def _context(context: Context) -> str:
    tiers = listing(tier_range(tier) for tier in (context.of, context.versus) if tier)
    named = f"{tiers} of {context.scheme}" if context.scheme else tiers
    parts = (about(context), named if context.of else "")
    return "; ".join(filter(None, parts)) or "no context"
