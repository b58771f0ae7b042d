"""Sources, samples, claims and tier schemes as sentences and as cards in a terminal."""

from collections.abc import Iterable
from textwrap import fill, shorten

from analysis.display import lines, sentence
from analysis.estimate.readiness import Readiness
from analysis.moments.sample import Moments, Sample
from analysis.moments.samples import Samples, Sources
from analysis.present.sentences.names import metric_title, scheme_name
from analysis.present.sentences.numbers import count, listing
from analysis.present.sentences.reasons import rate
from analysis.present.sentences.results import tier_range
from analysis.registers.claims import Claim
from analysis.registers.lookup import Register
from analysis.registers.records import TierScheme


def card(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """Write a title and labelled lines below it; empty lines are left out.

    Examples
    --------
    >>> print(card("A title", [("a label", "its text"), ("left out", "")]))
    A title
      a label: its text
    """
    facts = [f"  {label}: {text}" for label, text in rows if text]
    return "\n".join(fill(line, 100, subsequent_indent="    ") for line in [title, *facts])


def moments_rows(moments: Moments) -> list[tuple[str, str]]:
    """Facts about a source, as they stand on its card."""
    source = moments.source
    accounts = f"{source.selection}; {source.selection_note}" if source.selection_note else ""
    unit = "account" if moments.resolution == "accounts" else "follower band"
    strata = [f"{name} ({', '.join(moments.levels(name))})" for name in source.strata]
    return [
        ("platform", ", ".join(moments.platforms)),
        ("a row is", source.row),
        ("period", source.period),
        ("accounts were", accounts or source.selection),
        ("held as", f"sums per {unit}"),
        ("metrics", ", ".join(f"{metric_title(key)} ({key})" for key in moments.metrics)),
        ("strata", "; ".join(strata)),
        ("compares within", ", ".join(source.within)),
        ("limits", " ".join(source.limits)),
        ("cite", source.cite),
    ]


@sentence.register(Moments)
def _moments(moments: Moments) -> str:
    short, title = moments.source.short, moments.source.title
    return f"{title}." if short == title else f"{short}: {title}."  # worlds have a single name


@lines.register(Moments)
def _moments_lines(moments: Moments) -> str:
    return card(sentence(moments), moments_rows(moments))


@sentence.register(Sample)
def _sample(sample: Sample) -> str:
    tiers = "no tiers yet" if sample.scheme is None else f"tiers of {sample.scheme.short}"
    n = count(sample.accounts, "account")
    return f"{sample.source.short}: {rate(sample.metric.title, sample.posts)}; {n}, {tiers}."


@lines.register(Sample)
def _sample_lines(sample: Sample) -> str:
    left_out = sample.left_out.itertuples()
    rows = [(row.reason, count(int(row.accounts), "account")) for row in left_out]
    step = "" if sample.scheme else ".tier('decades') assigns tiers; .along_followers() needs none"
    tiers = listing(map(tier_range, sample.scheme.tiers)) if sample.scheme else ""
    return card(sentence(sample), [("tiers", tiers), ("next", step), *rows])


@sentence.register(Samples)
def _samples(samples: Samples) -> str:
    return f"{count(len(samples), 'sample')}: {' '.join(map(sentence, samples))}"


@lines.register(Samples)
def _samples_lines(samples: Samples) -> str:
    return "\n".join(map(sentence, samples)) or "no samples"


@sentence.register(Sources)
def _sources(sources: Sources) -> str:
    names = (moments.source.short for moments in sources.values())
    return f"{count(len(sources), 'source')}: {listing(names)}."


@lines.register(Sources)
def _sources_lines(sources: Sources) -> str:
    frame = sources.to_frame().drop(columns="metrics")
    return frame.to_string(index=False) if sources else "no sources"


@sentence.register(Register)
def _register(register: Register) -> str:
    return f"{count(len(register), 'record')}: {listing(register)}."


@lines.register(Register)
def _register_lines(register: Register) -> str:
    return "\n".join(
        shorten(f"{row.key}: {row.title}", 100) for row in register.to_frame().itertuples()
    )


@sentence.register(Claim)
def _claim(claim: Claim) -> str:
    return f"{claim.key} ({claim.document}): {claim.paraphrase}"


@lines.register(Claim)
def _claim_lines(claim: Claim) -> str:
    return card(sentence(claim), claim_rows(claim))


def claim_rows(claim: Claim) -> list[tuple[str, str]]:
    """Facts about a claim, as they stand on its card."""
    rows = [
        ("kind", claim.kind),
        ("would be answered by", claim.estimand),
        ("tiers", scheme_name(claim.scheme)),
        ("platforms", listing(claim.platforms) if claim.platforms else ""),
    ]
    for number, test in enumerate(claim.tests, 1):
        rows += [(f"test {number}", str(test)), (f"known before test {number}", test.seen)]
    by_reading, request = claim.by_reading, claim.data_request
    return [*rows, ("settled by reading", by_reading), ("data that would settle it", request)]


@sentence.register(Readiness)
def _readiness(ready: Readiness) -> str:
    held = listing(f"{name} {accounts:,}" for name, accounts in ready.accounts.items())
    enough = f", about {ready.to_decide:,} would decide" if ready.to_decide else ""
    lacks = listing(map(str, ready.lacks)) if ready.lacks else "nothing"
    return f"{ready.claim.key}, test {ready.number}: accounts {held}{enough}; lacks {lacks}."


@sentence.register(TierScheme)
def _scheme(scheme: TierScheme) -> str:
    return f"{scheme.title}: {listing(map(tier_range, scheme.tiers))}."


@lines.register(TierScheme)
def _scheme_lines(scheme: TierScheme) -> str:
    platforms = listing(scheme.platforms) if scheme.platforms else ""
    return card(sentence(scheme), [("platforms", platforms), ("cite", scheme.cite)])
