"""Findings of ratios between tiers: who gets how much more of what, in a headline."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isinf, isnan

from analysis.display import finding
from analysis.estimate.results import Estimate, Estimates
from analysis.finding import MOST_WORDS, UNFIT, Finding, words
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import count, listing, short_count
from analysis.present.sentences.results import CONTRASTS, WORDS, compared, lifts
from analysis.registers.metrics import METRICS, ONE, Metric
from analysis.registers.records import Tier

TIMES = 3.0
"""From which ratio on a multiple reads better than a percentage."""

DIFFERENT = "Different creators are compared, not one that grows."
"""What every contrast of tiers has to say of itself."""

SIGNED_OFF = "No clear difference shows in these data"
"""Headline of a result that fits no other."""


def fitting(*variants: str) -> str:
    """Give the first headline that is short enough and holds nothing that no headline may.

    Parameters
    ----------
    *variants : str
        From the fullest to the shortest.

    Examples
    --------
    >>> fitting("On Instagram [1] rates differ", "On Instagram rates differ")
    'On Instagram rates differ'
    """
    fit = (one for one in variants if words(one) <= MOST_WORDS and not UNFIT.search(one))
    return next(fit, SIGNED_OFF)


def shortened(text: str, most: int = 60) -> str:
    """Cut a text to so many words, at the end of a sentence if there is one, never within a word.

    Examples
    --------
    >>> shortened("One two. Three four five.", 3)
    'One two.'
    """
    if words(text) <= most:
        return text
    kept = " ".join(text.split()[:most])
    ended = kept.rpartition(". ")[0]
    return f"{ended}." if ended else f"{kept.rstrip(',;:')}…"


def span(tier: Tier) -> str:
    """Write the followers of a tier as short as a headline needs.

    Examples
    --------
    >>> import analysis as an
    >>> [span(tier) for tier in an.scheme("decades").tiers[:2]], span(an.scheme("tint").tiers[0])
    (['1K–10K', '10K–100K'], 'under 10K')
    """
    if tier.upper is None or isinf(tier.upper):
        return f"{short_count(tier.lower)}+"
    if tier.lower <= 0:
        return f"under {short_count(tier.upper)}"
    return f"{short_count(tier.lower)}–{short_count(tier.upper)}"


def noun(metric: Metric) -> str:
    """Name what a metric counts as a headline does: of followers unless it says so.

    Examples
    --------
    >>> noun(METRICS["engagement_per_follower"]), noun(METRICS["engagement_per_view"])
    ('engagement', 'engagement per view')
    >>> noun(METRICS["likes_per_post"]), noun(METRICS["comments_per_follower"])
    ('likes per post', 'comments per follower')
    """
    if {"likes", "comments"} <= set(metric.numerator):
        counted = "engagement"
    elif "engagement_rate" in metric.numerator:
        return "engagement"
    else:
        counted = listing(metric.numerator)
    if counted == "engagement" and metric.denominator == "followers":
        return counted
    return f"{counted} per {ONE.get(metric.denominator, 'post')}"


TITLES = {metric.title: metric for metric in METRICS.values()}
"""Metrics by their titles, which results carry."""


COUNTABLE = ("likes", "comments", "views", "payers", "clicks", "conversions", "shares")
"""Of these one has fewer, not less."""


def less(what: str) -> str:
    """Choose between less and fewer."""
    return "fewer" if what.startswith(COUNTABLE) else "less"


def _of(tier: Tier) -> str:
    """A tier behind the word creators, as short as can be."""
    if tier.upper is None or isinf(tier.upper):
        return f"above {short_count(tier.lower)}"
    return f"{'' if tier.lower <= 0 else 'of '}{span(tier)}"


@dataclass(frozen=True)
class Pair:
    """Two tiers and what is counted of both, for headlines.

    Attributes
    ----------
    of, versus : Tier
        Who is compared with whom.
    metric : Metric
        What is counted.
    posts : str
        Which posts, if not all.
    """

    of: Tier
    versus: Tier
    metric: Metric
    posts: str = ""

    def sized(self, where: str, ratios: list[float], tail: str = "") -> list[str]:
        """Write by how much one tier differs, from the fullest sentence to the shortest; nothing
        if the ratios lie on both sides of one.
        """
        if not (amount := self.amount(ratios)):
            return []
        who, brief, versus = self.who, self.brief, span(self.versus)
        texts = []
        for what in self.nouns:
            size, beside = (part.format(what=what) for part in amount)
            end = f"{self.verb} {size} {beside} {versus}"
            texts += [f"{where}{who} {end}{tail}", f"{where}{brief} {end}{tail}"]
            texts += [f"{where}{who} {end}", f"{where}{brief} {end}"] if tail else []
        return [*texts, *self.unsized(where, ratios)]

    def unsized(self, where: str, ratios: list[float]) -> list[str]:
        """Write which tier has more, without a size."""
        texts = []
        for what in self.nouns:
            way = "more" if min(ratios) > 1 else less(what)
            end = f"{self.verb} {way} {what} than {span(self.versus)}"
            texts += [f"{where}{self.who} {end}", f"{where}{self.brief} {end}"]
        return texts

    @property
    def who(self) -> str:
        """Creators of the first tier, or those posts of them that are compared."""
        of = f"creators with {span(self.of)} followers"
        return f"{self.posts} of {of}" if self.posts else of

    @property
    def brief(self) -> str:
        """The same as short as can be."""
        if self.posts:
            return f"{self.posts} at {span(self.of)} followers"
        return f"creators {_of(self.of)}"

    @property
    def nouns(self) -> list[str]:
        """What is counted, fully and briefly."""
        if self.metric.numerator == ("cost",):
            return [f"per {ONE.get(self.metric.denominator, 'post')}"]
        return list(dict.fromkeys((noun(self.metric), noun(self.metric).partition(" per ")[0])))

    def amount(self, ratios: list[float]) -> tuple[str, str] | None:
        """Write by how much several ratios differ from one, e.g. ``18–141 % more``."""
        low, high = min(ratios), max(ratios)
        what = self.nouns[0]
        the = "as much {what}" if self.metric.numerator == ("cost",) else "the {what}"
        if low >= TIMES:
            few = f"{low:.{0 if low >= 10 else 1}f}"
            return f"{few if low == high else f'{low:.0f}–{high:.0f}'} times {the}", "of"
        if low > 1 or high < 1:
            ends = sorted(round(100 * abs(end - 1)) for end in (low, high))
            size = "–".join(dict.fromkeys(map(str, ends)))
            return f"{size} % {'more' if low > 1 else less(what)} {{what}}", "than"
        return None

    @property
    def verb(self) -> str:
        """What creators do with what is counted."""
        return "cost" if self.metric.numerator == ("cost",) else "get"

    def unclear(self, where: str) -> list[str]:
        """Write that the two cannot be told apart, from the fullest sentence to the shortest."""
        of, versus = span(self.of), span(self.versus)
        both = f"creators with {of} and {versus} followers"
        return [
            f"{where}{both} do not clearly differ in {noun(self.metric)}",
            f"{where}{both} do not clearly differ",
        ]


def on(platforms: Iterable[str]) -> str:
    """Begin a headline with platforms: ``On Instagram and TikTok, ``; nothing without any.

    Examples
    --------
    >>> on(["instagram", "tiktok"]), on([])
    ('On Instagram and TikTok, ', '')
    """
    named = listing(dict.fromkeys(map(platform_name, filter(None, platforms))))
    return f"On {named}, " if named != "none" else ""


def begun(text: str) -> str:
    """Begin a sentence with a capital letter."""
    return text[:1].upper() + text[1:]


def direction(low: float, high: float) -> int:
    """Give 1 if an interval of a ratio lies above one, -1 if below it, 0 otherwise."""
    return int(low > 1) - int(high < 1)


def contrast_headline(estimates: Iterable[Estimate]) -> str:
    """Write what ratios of the same two tiers in several sources have in common.

    Examples
    --------
    >>> import analysis as an
    >>> samples = an.load_all().sample("engagement").tier("decades")
    >>> contrast_headline(samples.contrast("micro", "macro"))[:54]
    'On Instagram and TikTok, creators with 10K–100K follow'
    """
    known = [one for one in estimates if not isnan(one.estimate)]
    if not known:
        return "No source has enough creators on both sides to compare them"
    context = known[0].context
    metric = TITLES.get(context.metric, METRICS["engagement_per_follower"])
    pair = Pair(context.of, context.versus, metric)
    clear = [one for one in known if direction(one.low, one.high)]
    if len(known) == 1 and clear:
        return begun(fitting(*pair.sized(on([context.platform]), [known[0].estimate])))
    ways = {direction(one.low, one.high) for one in clear}
    where = on(one.context.platform for one in clear or known)
    if not ways:
        return begun(fitting(*pair.unclear(where)))
    if len(ways) == 2:
        return begun(fitting(f"{noun(metric)} falls with size in some sources and rises in others"))
    return begun(fitting(*pair.sized(where, [one.estimate for one in clear])))


def contrast_detail(estimates: Iterable[Estimate]) -> str:
    """Write who is compared, by what, and what each source gives."""
    known = [one for one in estimates if not isnan(one.estimate)]
    if not known:
        return ""
    metrics = dict.fromkeys(WORDS.get(one.context.metric, one.context.metric) for one in known)
    parts = [f"{one.context.source} {lifts(one)}" for one in known]
    return f"{begun(compared(known[0]))}, {listing(metrics)}: {listing(parts)}."


@finding.register(Estimate)
def _estimate(estimate: Estimate) -> Finding:
    return _estimates(Estimates.of([estimate]))


@finding.register(Estimates)
def _estimates(estimates: Estimates) -> Finding:
    """Say what ratios of tiers show; of other estimates, their own sentence is the detail."""
    ratios = [one for one in estimates if one.estimand.key in CONTRASTS and one.context.versus]
    pairs = {(one.context.of, one.context.versus) for one in ratios}
    if len(pairs) != 1 or len(ratios) != len(list(estimates)):
        return Finding(SIGNED_OFF, estimates.sentence(), alt=shortened(estimates.sentence()))
    headline, detail = contrast_headline(ratios), contrast_detail(ratios)
    level = f"{100 * ratios[0].context.confidence:g} %"
    caveat = f"Bars: {level} interval; typical creators of each size. {DIFFERENT}"
    marks = f"{count(len(ratios), 'mark')} with intervals. "
    return Finding(headline, detail, caveat, shortened(f"{marks}{headline}. {detail}"))
