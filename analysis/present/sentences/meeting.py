"""Ratios, ranges, creators and metrics in the words of a meeting: ``30 % fewer likes``, ``22 micro
creators (10K–100K followers)``.
"""

from analysis.present.sentences.numbers import followers
from analysis.registers.metrics import PER_POST, Metric
from analysis.registers.records import Tier

HUGE = 100
"""Ratio from which on the number itself says nothing any more."""

MASS = ("engagement", "revenue")
"""What is more or less, where likes are more or fewer."""


def counted(metric: Metric, currency: str = "") -> tuple[str, str]:
    """Write what a metric counts, and by what, e.g. ``("likes and comments", "per follower")``.

    Examples
    --------
    >>> import analysis as an
    >>> counted(an.METRICS["engagement_per_follower"])
    ('likes and comments', 'per follower')
    """
    if metric.key == "engagement_rate_given":
        return "engagement", "by the rate in the file"
    *most, last = metric.numerator
    what = f"{', '.join(most)} and {last}" if most else last
    ones = {"cost": f"for each {currency or 'unit of money'} spent", PER_POST: "per post",
            "reach": "per account reached"}  # fmt: skip
    return what, ones.get(metric.denominator, f"per {metric.denominator.removesuffix('s')}")


def fold(ratio: float, what: str = "") -> tuple[str, str]:
    """Write a ratio, and the word that leads on to what it is compared with.

    Examples
    --------
    >>> fold(1.14, "likes"), fold(0.7, "likes"), fold(1.0)
    (('14 % more likes', 'than'), ('30 % fewer likes', 'than'), ('as much', 'as'))
    >>> fold(5.13, "likes")
    ('5.1 times as many likes', 'as')
    """
    many = bool(what) and what not in MASS
    much, less = ("many", "fewer") if many else ("much", "less")
    thing, percent = f" {what}" if what else "", round(100 * (ratio - 1))
    if percent == 0:
        return f"as {much}{thing}", "as"
    if ratio >= HUGE:
        return f"over {HUGE} times as {much}{thing}", "as"
    if ratio >= 2:
        return f"{ratio:.{0 if ratio >= 10 else 1}f} times as {much}{thing}", "as"
    if percent <= -99:
        return f"at least 99 % {less}{thing}", "than"
    return f"{abs(percent)} % {'more' if percent > 0 else less}{thing}", "than"


def reach(low: float, high: float) -> str:
    """Write the ends of an interval, e.g. ``anything from 30 % less to 85 % more``.

    Examples
    --------
    >>> reach(0.7, 1.85), reach(1.05, 1.24)
    ('anything from 30 % less to 85 % more', 'anything from 5 % to 24 % more')
    >>> reach(0.9, 0.95), reach(2.4, 4), reach(1, float("inf"))
    ('anything from 5 % to 10 % less', 'anything from 2.4 to 4.0 times as much', \
'anything from no difference to any amount more')
    """
    if high < 1:
        low, high = high, low  # the smaller difference first
    ends = [_end(end) for end in (low, high)]
    if ends[0] == ends[1]:
        return ends[0]
    for shared in (" more", " less", " times as much"):
        if all(end.endswith(shared) and end[0].isdigit() for end in ends):
            ends[0] = ends[0].removesuffix(shared)
    return f"anything from {ends[0]} to {ends[1]}"


def _end(ratio: float) -> str:
    if ratio >= HUGE:
        return "any amount more"
    text = fold(ratio)[0]
    return "no difference" if text == "as much" else text


def creators(count: int, tier: Tier, noun: bool = True) -> str:
    """Write how many creators of a tier, with its range of followers.

    Examples
    --------
    >>> from analysis.registers.own_tiers import own_tiers
    >>> creators(22, own_tiers("10k-100k,100k-1m").tiers[0])
    '22 micro creators (10K–100K followers)'
    """
    number = "one" if count == 1 else f"{count:,}"
    return f"{number} {people(tier, count == 1, noun)}"


def people(tier: Tier, one: bool = False, noun: bool = True) -> str:
    """Write a tier as people with their range of followers; `noun`: the word itself is needed.

    Examples
    --------
    >>> from analysis.registers.own_tiers import own_tiers
    >>> people(own_tiers("10k-100k,100k-").tiers[1])
    'macro creators (100K or more followers)'
    """
    people = "creator" if one else "creators"
    unit = " followers" if noun else ""
    span = followers(tier.lower, tier.upper).replace(" to ", "–").replace(" and more", " or more")
    return f"{tier.name} {people} ({span}{unit})" if tier.named else f"{people} with {span}{unit}"


def people_in_short(tier: Tier, one: bool = False) -> str:
    """Write a tier as people, without its range where it has a name.

    Examples
    --------
    >>> from analysis.registers.own_tiers import own_tiers
    >>> people_in_short(own_tiers("10k-100k,100k-").tiers[1])
    'macro creators'
    """
    return f"{tier.name} {'creator' if one else 'creators'}" if tier.named else people(tier, one)
