"""Findings of comparisons: across publishers' tiers, against one tier, by what is counted.

Each speaks of the source with the most accounts that are compared, and names its platform; the
others stand in the alt text and in the picture.
"""

from collections.abc import Iterable

from analysis.estimate.results import Estimate, Estimates
from analysis.finding import Finding
from analysis.present.sentences.findings import (
    TITLES,
    begun,
    contrast_headline,
    direction,
    fitting,
    noun,
    shortened,
    span,
)
from analysis.present.sentences.numbers import listing
from analysis.present.sentences.results import WORDS, lifts
from analysis.present.sentences.sizes import (
    counted,
    decided,
    fits,
    in_words,
    largest_source,
    note,
    nothing,
    pairs_of,
    place,
    runs,
    sized,
    stated,
    touches,
)
from analysis.registers.claims import Claim, Test
from analysis.registers.metrics import METRICS


def across_publishers(estimates: Estimates, claim: Claim | Test) -> Finding:
    """Say how far one contrast depends on whose tiers are taken, and whether any reach a claim.

    Parameters
    ----------
    estimates : Estimates
        As ``.across_schemes()`` gives them.
    claim : Claim or Test
        What was claimed.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement")
    >>> across_publishers(kim.across_schemes(an.schemes().values()), an.claim("D06")).headline
    "On Instagram, no publisher's tiers clearly give 60 % more engagement: it is 16–44 % more"
    """
    known = decided(estimates)
    if not known:
        return nothing()
    chosen = pairs_of(largest_source(known))
    where, what = place(chosen[0].context), counted(chosen)
    test, size = stated(claim, what)
    ratios = [one.estimate for one in chosen]
    ranged = sized(min(ratios), max(ratios), what).removesuffix(f" {what}").removesuffix(" the")
    fit = sum(fits(one, test) for one in chosen)
    if len(chosen) == 1:
        headline = contrast_headline(chosen)
    elif not fit:
        give = "clearly give" if any(touches(one, test) for one in chosen) else "give"
        it = f"{where}no publisher's tiers {give} {size}"
        headline = fitting(f"{it}: it is {ranged}", it)
    elif fit == len(chosen):
        headline = fitting(f"{where}{size} fits the tiers of every publisher")
    else:
        headline = fitting(f"{where}{size} fits {fit} of {len(chosen)} pairs of publishers' tiers")
    average = chosen[0].context.average
    detail = f"{begun(in_words(known))}, {average}. A row: what publishers call micro and macro."
    alt = f"{begun(headline)}. {len(chosen)} pairs of follower ranges; lifts by source: "
    return Finding(begun(headline), detail, note(known, claim), shortened(alt + runs(known) + "."))


def against_one(estimates: Estimates, claim: Claim | Test) -> Finding:
    """Say which tiers have as much more than another as was claimed.

    Parameters
    ----------
    estimates : Estimates
        As ``.against()`` gives them.
    claim : Claim or Test
        What was claimed.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("decades")
    >>> against_one(kim.against("macro"), an.claim("D06")).headline
    'On Instagram, 60 % more engagement than 100K–1M fits creators with 1K–10K followers alone'
    """
    known = decided(estimates)
    if not known:
        return nothing()
    chosen = largest_source(known)
    where, what, versus = place(chosen[0].context), counted(chosen), chosen[0].context
    test, size = stated(claim, what)
    fit = [span(one.context.of) for one in chosen if fits(one, test)]
    than = f"{size} than {span(versus.versus)}"
    if len(fit) == 1:
        it = f"{where}{than} fits creators with {fit[0]} followers"
        texts = [f"{it} alone", it, f"{where}{than} fits {fit[0]} followers alone"]
    elif fit:
        texts = [f"{where}{than} fits creators with {listing(fit)} followers",
                 f"{where}{than} fits {len(fit)} of {len(chosen)} sizes"]  # fmt: skip
    elif any(touches(one, test) for one in chosen):
        texts = [f"{where}whether any size gets {than} followers is not clear",
                 f"{where}whether any size gets {than} is not clear"]  # fmt: skip
    else:
        texts = [f"{where}no size of creator gets {than} followers",
                 f"{where}no size of creator gets {than}"]  # fmt: skip
    headline = begun(fitting(*texts))
    whom = f"creators with {span(versus.versus)} followers"
    detail = f"Every size against {whom}: {in_words(known)}, {versus.average}."
    each = listing(f"{span(one.context.of)} {lifts(one)}" for one in chosen)
    alt = f"{headline}. {versus.source}, each against {span(versus.versus)}: {each}."
    return Finding(headline, detail, note(known, claim), shortened(alt))


def by_metric(estimates: Estimates, claim: Claim | Test) -> Finding:
    """Say how far a contrast depends on what is counted over what.

    Parameters
    ----------
    estimates : Estimates
        The same contrast of several metrics.
    claim : Claim or Test
        What was claimed.

    Examples
    --------
    >>> import analysis as an
    >>> both = an.load_all("instagram-kim").sample("likes_per_follower", "comments_per_follower")
    >>> by_metric(both.tier("decades").contrast(), an.claim("D06")).headline
    'On Instagram, creators of 10K–100K get 162 % more comments but 13 % more likes'
    """
    known = decided(estimates)
    if not known:
        return nothing()
    sources = [one.context.source for one in known]
    several = [one for one in known if sources.count(one.context.source) > 1]
    chosen = largest_source(several or known)
    pair = chosen[0].context
    who, where = f"creators of {span(pair.of)}", place(pair)
    ends = [min(chosen, key=_size), max(chosen, key=_size)]
    if len(chosen) == 1:
        headline = contrast_headline(chosen)
    elif ends[1].low > ends[0].high:
        headline = fitting(*_ends(where, who, ends))
    else:
        headline = fitting(f"{where}it is not clear that what is counted makes a difference")
    sizes = f"creators with {span(pair.of)} against {span(pair.versus)} followers"
    detail = f"{begun(sizes)}, {pair.average}. A row: what is counted, over what."
    each = listing(f"{WORDS.get(one.context.metric, one.context.metric)} {lifts(one)}"
                   for one in chosen)  # fmt: skip
    alt = f"{begun(headline)}. {pair.source}: {each}."
    return Finding(begun(headline), detail, note(known, claim), shortened(alt))


def _size(estimate: Estimate) -> float:
    return estimate.estimate


def _ends(where: str, who: str, ends: list[Estimate]) -> Iterable[str]:
    """The largest and the smallest lift of a source, by what is counted, from the fullest text."""
    metrics = [TITLES.get(one.context.metric, METRICS["engagement_per_follower"]) for one in ends]
    same = metrics[0].denominator == metrics[1].denominator
    nouns = [noun(metric) for metric in metrics]
    nouns = [name.partition(" per ")[0] if same else name for name in nouns]
    sizes = [sized(one.estimate, one.estimate, name) for one, name in zip(ends, nouns, strict=True)]
    if all(direction(one.low, one.high) for one in ends):
        yield f"{where}{who} get {sizes[1]} but {sizes[0]}"
        yield f"{who} get {sizes[1]} but {sizes[0]}"
    yield f"{where}{who} differ more in {nouns[1]} than in {nouns[0]}"
    yield f"{where}it depends on what is counted"
