"""Sizes of differences in words, and what the notes of comparisons say."""

from collections.abc import Iterable
from math import isnan

from analysis.estimate.decision import claimed as claimed_by
from analysis.estimate.decision import claimed_range
from analysis.estimate.results import Context, Estimate, Estimates
from analysis.finding import Finding
from analysis.present.sentences.findings import DIFFERENT, TIMES, TITLES, less, noun, on, span
from analysis.present.sentences.names import source_name
from analysis.present.sentences.numbers import listing, short_count
from analysis.present.sentences.reasons import claimed_lift
from analysis.present.sentences.results import WORDS
from analysis.registers.claims import Claim, Test
from analysis.registers.lookup import sources

NONE_KNOWN = "No source has enough creators on both sides to compare them"
"""Headline where nothing is estimated."""

OWN_RATE = "each source's own engagement rate"
"""What is counted where sources hold different rates."""

INDICATIVE = "Hollow: fewer than ten accounts in a tier."
"""What a hollow mark means."""


def sized(low: float, high: float, what: str) -> str:
    """Write from how much to how much more or less of something, by two ratios.

    Examples
    --------
    >>> sized(1.16, 1.44, "engagement"), sized(0.8, 0.9, "likes per post")
    ('16–44 % more engagement', '10–20 % fewer likes per post')
    >>> sized(0.9, 1.4, "engagement"), sized(1.92, 4.88, "engagement")
    ('between 10 % less and 40 % more engagement', '1.9–4.9 times the engagement')
    """
    if high >= TIMES and low > 1:
        ends = (f"{round(end, 0 if low >= 10 else 1):,g}" for end in (low, high))
        return f"{'–'.join(dict.fromkeys(ends))} times the {what}"
    ends = [round(100 * (end - 1)) for end in (low, high)]
    if not any(ends):
        return f"about as {'many' if less(what) == 'fewer' else 'much'} {what}"
    if low < 1 < high and ends[0] < 0 < ends[1]:
        return f"between {-ends[0]} % {less(what)} and {ends[1]} % more {what}"
    way = "more" if high > 1 else less(what)
    sizes = "–".join(map(str, dict.fromkeys(sorted(map(abs, ends)))))
    return f"{sizes} % {way} {what}"


def decided(estimates: Iterable[Estimate]) -> list[Estimate]:
    """Give the estimates with enough accounts on both sides; if there are none, all that exist."""
    known = [one for one in estimates if not isnan(one.estimate)]
    return [one for one in known if one.status == "ok"] or known


def largest_source(estimates: Iterable[Estimate]) -> list[Estimate]:
    """Give the estimates of the source in which most accounts are compared."""
    known = decided(estimates)
    most = max(known, key=lambda one: one.n_accounts, default=None)
    return [one for one in known if most and one.context.source == most.context.source]


def counted(estimates: Iterable[Estimate]) -> str:
    """Name what estimates count, for a headline."""
    titles = dict.fromkeys(one.context.metric for one in estimates)
    known = {noun(TITLES[title]) for title in titles if title in TITLES}
    return known.pop() if len(known) == 1 else "engagement"


def in_words(estimates: Iterable[Estimate]) -> str:
    """Name what estimates count, for a subtitle."""
    titles = list(dict.fromkeys(one.context.metric for one in estimates))
    return WORDS.get(titles[0], titles[0]) if len(titles) == 1 else OWN_RATE


def place(context: Context) -> str:
    """Begin a headline with the platform of a source; of a file of the reader's own with that.

    Examples
    --------
    >>> place(Context(platform="tiktok", source_key="tiktok-tides")), place(Context())
    ('On TikTok, ', 'In these data, ')
    """
    return on([context.platform]) if context.source_key in sources() else "In these data, "


def pairs_of(estimates: Iterable[Estimate]) -> list[Estimate]:
    """Give one estimate for each pair of follower ranges, whatever publishers call them."""
    return list({(span(one.context.of), span(one.context.versus)): one for one in estimates}
                .values())  # fmt: skip


def runs(estimates: Iterable[Estimate]) -> str:
    """Write from where to where each source runs.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement")
    >>> runs(kim.across_schemes(["decades", "harvard-media"]))
    'Instagram (Kim et al.) +16 % to +38 %'
    """
    ends: dict[str, list[float]] = {}
    for one in decided(estimates):
        ends.setdefault(one.context.source, []).append(one.estimate)
    parts = []
    for source, ratios in ends.items():
        texts = dict.fromkeys(f"{100 * (end - 1):+.0f} %" for end in (min(ratios), max(ratios)))
        parts.append(f"{source} {' to '.join(texts)}")
    return listing(parts)


def stated(claim: Claim | Test, what: str) -> tuple[Test, str]:
    """Give the first test of a claim and what it claims, e.g. ``60 % more engagement``."""
    test = claim.tests[0] if isinstance(claim, Claim) else claim
    return test, "as much" if test.value == 1 else sized(test.value, test.value, what)


def note(estimates: Iterable[Estimate], claim: Claim | Test | None = None) -> str:
    """Write what bars, shading and hollow marks mean, and what the comparison cannot show."""
    drawn = [one for one in estimates if not isnan(one.estimate)]
    levels = [f"{100 * one.context.confidence:g} %" for one in drawn[:1]]
    parts = [f"Bars: {level} intervals." for level in levels]
    if claim is not None:
        test = claim.tests[0] if isinstance(claim, Claim) else claim
        facts = dict(claimed_by(test, "ratio").facts)
        parts.append(f"Shaded: the claim, {claimed_lift(**facts)}.")
    parts += [INDICATIVE] if any(one.status == "indicative" for one in drawn) else []
    return " ".join([*parts, accounts_of(largest_source(drawn)), DIFFERENT])


def accounts_of(estimates: list[Estimate]) -> str:
    """Write how many accounts a row of a source rests on."""
    ends = [short_count(float(f"{one.n_accounts:.2g}")) for one in
            sorted(estimates, key=lambda one: one.n_accounts)]  # fmt: skip
    ends = " to ".join(dict.fromkeys((ends[0], ends[-1]))) if ends else "no"
    return f"{estimates[0].context.source}: {ends} accounts in a row." if estimates else ""


def fits(estimate: Estimate, test: Test) -> bool:
    """Whether a whole interval lies in the claimed range."""
    low, high = claimed_range(test)
    return low < estimate.low and estimate.high < high  # which nan never is


def touches(estimate: Estimate, test: Test) -> bool:
    """Whether an interval, or an estimate without one, reaches into the claimed range."""
    low, high = claimed_range(test)
    ends = (estimate.low, estimate.high)
    ends = (estimate.estimate,) * 2 if isnan(ends[0]) else ends
    return ends[0] < high and (isnan(ends[1]) or ends[1] > low)


def nothing(detail: str = "") -> Finding:
    """Say that nothing is estimated."""
    return Finding(NONE_KNOWN, detail, alt=f"An empty picture: {NONE_KNOWN.lower()}.")


def whose(result) -> str:
    """List the sources of what has an estimate, for a footer.

    Examples
    --------
    >>> import analysis as an
    >>> whose(an.load_all("instagram-kim").sample("engagement").tier("decades").contrast())
    'Instagram (Kim et al.)'
    """
    frame = result.to_frame() if hasattr(result, "to_frame") else result
    if "source" not in frame:
        return "no source"
    named = dict.fromkeys(map(source_name, frame.loc[frame["estimate"].notna(), "source"]))
    return listing(named) if named else "no source"


def table_of(estimates: Estimates) -> tuple[str, str]:
    """Write the title and the note of a table of contrasts.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement").tier("decades")
    >>> table_of(kim.against("macro", "median account"))[0]
    'Tiers compared, all that is drawn and the rest: median account'
    """
    averages = dict.fromkeys(filter(None, (one.context.average for one in estimates)))
    title = f"Tiers compared, all that is drawn and the rest: {listing(averages)}"
    return title, "Sources differ in years, in metrics and in how accounts were selected."
