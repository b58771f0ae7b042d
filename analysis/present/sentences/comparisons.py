"""Findings of comparisons: across publishers' tiers, against one tier, by what is counted.

Each speaks of the source with the most accounts that are compared, and names its platform; the
others stand in the alt text and in the picture.
"""

from collections.abc import Iterable

from analysis.estimate.results import Estimate, Estimates
from analysis.finding import Finding
from analysis.present.sentences.findings import (
    DIFFERENT,
    TITLES,
    begun,
    contrast_headline,
    direction,
    fitting,
    noun,
    shortened,
    span,
)
from analysis.present.sentences.numbers import listing, number, short_count
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
    if len({one.context.source for one in known}) > 1:
        detail += " Other sources: from their lowest row to their highest."
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


def across_averages(estimates: Estimates, claim: Claim | Test) -> Finding:
    """Say whether a contrast is as claimed by every way of averaging.

    Parameters
    ----------
    estimates : Estimates
        As ``.across_averages()`` gives them.
    claim : Claim or Test
        What was claimed.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("mediakix-instagram")
    >>> across_averages(kim.across_averages(), an.claim("A12")).headline
    'On Instagram, creators of 10K–100K get 15–18 % more engagement, by whatever average'
    """
    known = decided(estimates)
    if not known:
        return nothing()
    chosen = largest_source(known)
    pair, ratios = chosen[0].context, [one.estimate for one in chosen]
    who, where, what = f"creators of {span(pair.of)}", place(pair), counted(chosen)
    test, size = stated(claim, what)
    ways = {direction(one.low, one.high) for one in chosen}
    inside = [fits(one, test) for one in chosen]
    about = f"about as much {what}" if test.value == 1 else size
    if all(inside):
        texts = [f"{where}{who} get {about} as those of {span(pair.versus)}, by whatever average"]
        texts += [f"{where}the two sizes get {about}, by whatever average"]
    elif ways in ({1}, {-1}):
        ends = sized(min(ratios), max(ratios), what)
        texts = [f"{where}{who} get {ends}, by whatever average", f"{where}{who} get {ends}"]
    elif ways == {0}:
        texts = [f"{where}no average shows a clear difference between the two sizes"]
    else:
        texts = [f"{where}whether {who} get more {what} depends on the average"]
    headline = begun(fitting(*texts))
    sizes = f"creators with {span(pair.of)} against {span(pair.versus)} followers"
    detail = f"{begun(sizes)}; {in_words(known)}."
    each = listing(f"{one.context.average} {lifts(one)}" for one in chosen)
    alt = f"{headline}. {pair.source}, against {span(pair.versus)}: {each}."
    return Finding(headline, detail, note(known, claim), shortened(alt))


def along_followers(estimates: Estimates, edge: float) -> Finding:
    """Say by how much a rate falls up to an edge, and beyond it.

    Parameters
    ----------
    estimates : Estimates
        As ``.along_followers()`` gives them.
    edge : float
        Followers.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement")
    >>> along_followers(kim.along_followers(), 100_000).headline
    'On Instagram, engagement falls 49 % up to 100K followers and falls 11 % beyond'
    """
    bands = [one for one in decided(estimates) if one.context.of]
    if not bands:
        return nothing()
    chosen = sorted(largest_source(bands), key=lambda one: one.context.of.lower)
    context, where, near = chosen[0].context, place(chosen[0].context), short_count(edge)
    steps = _steps(chosen, edge)
    texts = [f"{where}too few sizes are known on both sides of {near} followers"]
    if len(steps) == 2:
        it = f"{where}{counted(chosen)}"
        texts = [f"{it} {steps[0]} up to {near} followers and {steps[1]} beyond"]
        texts += [f"{it} changes most among smaller creators"]
    headline = begun(fitting(*texts))
    detail = f"{begun(in_words(bands))}, {context.average}, by followers. Dashed: edges of tiers."
    first, last = (number(one.estimate, one.unit) for one in (chosen[0], chosen[-1]))
    ends = f"{first} at {span(chosen[0].context.of)} to {last} at {span(chosen[-1].context.of)}"
    level = f"{100 * context.confidence:g} %"
    caveat = f"Shaded: {level} intervals. Sources differ in year and metric. {DIFFERENT}"
    alt = f"A line per source over followers. {headline}. {context.source}: from {ends} followers."
    return Finding(headline, detail, caveat, shortened(alt))


def _steps(bands: list[Estimate], edge: float) -> list[str]:
    """By how much a rate changes from the first band to the last, up to an edge and beyond it."""
    below = [one for one in bands if one.context.of.upper and one.context.of.upper <= edge]
    above = [one for one in bands if one.context.of.lower >= edge]
    steps = []
    for part in (below, above):
        if len(part) > 1:
            ratio = part[-1].estimate / part[0].estimate
            steps.append(f"{'falls' if ratio < 1 else 'rises'} {100 * abs(ratio - 1):.0f} %")
    return steps
