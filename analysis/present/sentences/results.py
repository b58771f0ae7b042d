"""Results as sentences, and as lines in a terminal."""

from collections.abc import Callable, Iterable
from math import isinf, isnan
from numbers import Integral

from analysis.display import lines, sentence
from analysis.estimate.gathered import Results
from analysis.estimate.results import Context, Estimate, Estimates
from analysis.estimate.verdict import Verdict
from analysis.moments.metric_sample import Sample
from analysis.moments.spread import placed
from analysis.present.sentences.numbers import (
    MISSING,
    count,
    followers,
    interval,
    lift,
    listing,
    number,
    posts_with,
)  # fmt: skip
from analysis.present.sentences.reasons import claimed_lift
from analysis.registers.metrics import METRICS
from analysis.registers.records import Tier

WORDS = {metric.title: metric.words for metric in METRICS.values()}
"""Metrics as one reads them aloud, by their titles."""

BY_ESTIMAND: dict[str, Callable[[Estimate], str]] = {}
"""What an estimate means for its sentence, by the key of its estimand; filled by the modules of the
folders. What is not in it, such as a new estimator, gets its label, value and estimand.
"""

CONTRASTS = ("ratio", "by_stratum", "worst_case", "standardised", "crude", "implied_ratio")
CONTRASTS += ("worst_case_of_several",)
"""Estimands of which a tier has more or less than another."""


def tier_range(tier: Tier, unit: str = " followers") -> str:
    """Write a tier with its range, e.g. ``micro (1K to 5K followers)``; of a tier without a name
    the range alone.

    Examples
    --------
    >>> import analysis as an
    >>> tier_range(an.scheme("decades").tiers[1])
    'micro (10K to 100K followers)'
    """
    if not tier.named:
        return f"{followers(tier.lower, tier.upper)}{unit}"
    return f"{tier.name} ({followers(tier.lower, tier.upper)}{unit})"


def lifts(estimate: Estimate) -> str:
    """Write a ratio as a lift with its interval, e.g. ``+38 % [+33 %, +43 %]``.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> lifts(kim.contrast("micro", "macro"))
    '+16 % [+12 %, +20 %]'
    """
    if isnan(estimate.estimate):
        return MISSING
    if isnan(estimate.low):
        return f"{lift(estimate.estimate)} (no interval)"
    ends = ("no limit" if isinf(end) else lift(end) for end in (estimate.low, estimate.high))
    return f"{lift(estimate.estimate)} [{', '.join(ends)}]"


def in_lifts(unit: str, context: Context) -> bool:
    """Whether a value is a ratio of two tiers, which readers expect as a lift."""
    return unit == "ratio" and context.versus is not None


def value(estimate: Estimate) -> str:
    """Write an estimate with its interval in the unit that a reader expects."""
    if in_lifts(estimate.unit, estimate.context):
        return lifts(estimate)
    return interval(estimate.estimate, estimate.low, estimate.high, estimate.unit)


def compared(estimate: Estimate) -> str:
    """Write who is compared, with follower ranges where tiers are.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> compared(kim.contrast("micro", "macro"))
    'micro (10K to 100K followers) against macro (100K to 1M)'
    """
    context = estimate.context
    if context.of and context.versus:
        return f"{tier_range(context.of)} against {tier_range(context.versus, '')}"
    if context.of and not context.of.named:
        return tier_range(context.of)
    if context.of:
        return f"{estimate.label} ({followers(context.of.lower, context.of.upper)} followers)"
    return estimate.label


def about(context: Context) -> str:
    """Write whose data, which metric and which average.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> about(kim.contrast("micro", "macro").context)
    'Instagram (Kim et al.), (likes + comments) / followers, typical account'
    """
    parts = (context.source, context.metric, context.average, posts_with(context.posts))
    return ", ".join(part for part in parts if part)


def rests_on(estimate: Estimate) -> str:
    """Write how many accounts, or whatever was counted, an estimate rests on.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> rests_on(kim.contrast("micro", "macro"))
    '13,872 accounts'
    """
    noun = estimate.context.counted
    plural = "studies" if noun == "study" else f"{noun}s"
    if isnan(estimate.n_accounts):
        return f"number of {plural} not stated"
    return count(estimate.n_accounts, noun, plural)


@lines.register(Estimate)
def _estimate_lines(estimate: Estimate) -> str:
    first = f"{compared(estimate)}: {value(estimate)}"
    why = f"; {estimate.method}" if estimate.status != "ok" else ""
    what = about(estimate.context) or str(estimate.estimand)
    return f"{first}\n{what}; {rests_on(estimate)}{why}"


@sentence.register(Estimate)
def _estimate_sentence(estimate: Estimate) -> str:
    context = estimate.context
    where = f"{context.source}: " if context.source else ""
    if estimate.status == "undefined":
        return f"{where}{compared(estimate)} cannot be estimated: {estimate.method}."
    sure = ", indicative only" if estimate.status == "indicative" else ""
    n = rests_on(estimate)
    if context.of and context.versus and estimate.estimand.key in CONTRASTS:
        return f"{where}{_contrast(estimate)}, {n}{sure}."
    if estimate.estimand.key in BY_ESTIMAND:
        return f"{where}{BY_ESTIMAND[estimate.estimand.key](estimate)}, {n}{sure}."
    what = str(estimate.estimand)
    if estimate.label in what:
        return f"{where}{what}: {value(estimate)}, {n}{sure}."
    return f"{where}{compared(estimate)}: {value(estimate)}, {what}, {n}{sure}."


def _contrast(estimate: Estimate) -> str:
    """Write a ratio of tiers: how much more or less, or that no difference is clear."""
    context = estimate.context
    who, whom = tier_range(context.of), tier_range(context.versus, "")
    metric = WORDS.get(context.metric, context.metric)
    if isnan(estimate.low):
        return f"{who} against {whom}, {metric}: {lifts(estimate)}, so nothing is decided"
    if not (estimate.low > 1 or estimate.high < 1):
        what = f"the share {metric}" if metric.startswith("of ") else metric
        return f"{who} and {whom} are not clearly different in {what}: {lifts(estimate)}"
    more = "more" if estimate.estimate > 1 else "less"
    inner, outer = sorted(abs(100 * (end - 1)) for end in (estimate.low, estimate.high))
    ends = f"{inner:.0f} to {'any number' if isinf(outer) else f'{outer:.0f}'}"
    level = f"{100 * context.confidence:g} % interval"
    size = abs(100 * (estimate.estimate - 1))
    return f"{who} get {size:.0f} % {more} {metric} than {whom} ({level} {ends} %)"


def _key(value) -> str:
    """Write a key of an estimate."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return f"{value:,}"
    return number(value) if isinstance(value, float) else str(value)


def count_or_dash(number_of: float) -> str:
    """Write a count with separators, a dash where it is not known."""
    return MISSING if isnan(number_of) else f"{number_of:,.0f}"


@lines.register(Estimates)
def _estimates_lines(estimates: Estimates) -> str:
    frame = estimates.keys.map(_key)
    frame["tier or contrast"] = [compared(estimate) for estimate in estimates]
    frame["estimate [interval]"] = [value(estimate) for estimate in estimates]
    frame["accounts"] = [count_or_dash(estimate.n_accounts) for estimate in estimates]
    return frame.to_string(index=False) if len(frame) else "no estimates"


@sentence.register(Estimates)
def _estimates_sentence(estimates: Estimates) -> str:
    several = "source" in estimates.keys
    sources = estimates.keys["source"] if several else [""] * len(estimates)
    known, unknown = [], []
    for name, one in zip(sources, estimates, strict=True):
        who = f"{name}, {compared(one)}" if name else compared(one)
        if isnan(one.estimate):
            unknown.append(who)
        else:
            known.append(f"{who} {value(one)}")
    abouts = {about(one.context) for one in estimates}
    where = f"{abouts.pop()}: " if len(abouts) == 1 and any(abouts) and not several else ""
    without = f" Without an estimate: {listing(unknown)}." if unknown else ""
    return f"{where}{listing(known)}.{without}"


def no_estimate(*groups: Estimates) -> str:
    """Write of how many estimates there are none, and why; nothing if there are all.

    Examples
    --------
    >>> import analysis as an
    >>> datares = an.load_all("tiktok-datares").sample("likes_per_follower")
    >>> no_estimate(datares.elasticity("poisson"))[:47]
    'No estimate in 1 of 1 case: the sums of a cell '
    """
    every = [one for group in groups for one in group]
    missing = [one for one in every if isnan(one.estimate)]
    reasons = [
        dict(reason.facts).get("problem", reason) for one in missing for reason in one.reasons
    ]
    withheld = [dict(one.facts)["accounts"] for one in reasons if one.key == "not_published"]
    texts = [str(reason) for reason in reasons if reason.key != "not_published"]
    if withheld:
        few, many = min(withheld), max(withheld)
        size = count(few, "account") if few == many else f"{few:,} to {count(many, 'account')}"
        texts.insert(
            0, f"the sums of a cell of {size} are not published, so that nobody can be read off"
        )
    why = "; ".join(dict.fromkeys(texts))
    cases = f"{len(missing)} of {count(len(every), 'case')}"
    return f"No estimate in {cases}: {why}." if missing else ""


def placed_followers(samples: Iterable[Sample]) -> str:
    """Write of how many accounts the followers are computed from their band, since the sums of
    their cells are not published; nothing if of none.

    Examples
    --------
    >>> import analysis as an
    >>> tides = an.load_all("tiktok-tides").sample("likes_per_follower")
    >>> placed_followers(tides)
    ''
    """
    parts = []
    for sample in samples:
        if computed := placed(sample.rows):
            title = sample.metric.title.split(" / ")[0]
            of_all = f"{computed:,} of {count(sample.accounts, 'account')}"
            parts.append(f"{of_all} ({sample.source.short}, {title})")
    if not parts:
        return ""
    return f"Followers are computed from the band of a cell for {listing(parts)}."


@lines.register(Results)
def _results_lines(results: Results) -> str:
    return "\n".join(str(result) for result in results) or "no results"


SEVERAL: dict[type, Callable[[Results], str]] = {}
"""How several results of one kind are written without repeating what they share; filled by the
modules of their kinds.
"""


@sentence.register(Results)
def _results_sentence(results: Results) -> str:
    kinds = {type(result) for result in results}
    if len(results) > 1 and len(kinds) == 1 and (write := SEVERAL.get(*kinds)):
        return write(results)
    return " ".join(result.sentence() for result in results) or "No sample gave a result."


def claimed_by(verdict: Verdict) -> str:
    """Write the claimed range in the reader's unit: a ratio of tiers as a lift."""
    if in_lifts(verdict.unit, verdict.context) and verdict.range.key == "claimed":
        return claimed_lift(**dict(verdict.range.facts))
    return verdict.claimed


def observed_by(verdict: Verdict) -> Estimate:
    """Give the estimate that a verdict judged."""
    values, what = (verdict.estimate, verdict.low, verdict.high), verdict.estimand
    return Estimate(str(what), 0, 0, *values, verdict.unit, what, (), "ok", verdict.context)
