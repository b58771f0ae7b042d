"""Findings on the same creators through time: as they grow, and around a number of followers."""

from math import isnan

from analysis.display import finding, sentence
from analysis.estimate.panel.following import Crossings, Followed, Growing
from analysis.estimate.results import Estimate
from analysis.finding import Finding
from analysis.present.sentences.bends import counted_of, rate_noun
from analysis.present.sentences.findings import begun, direction, fitting, on, shortened
from analysis.present.sentences.numbers import count, lift, listing, short_count
from analysis.present.sentences.results import lifts

CHATS = "chatters"
"""The size of channels in live chats."""

NOT_CAUSAL = "Months are taken out; whatever else changes while somebody grows is in it."
"""What every slope within creators has to say of itself."""


def place_of(slopes: list[Growing]) -> str:
    """Begin a headline with where creators are followed; live chats are always named."""
    chats = [one for one in slopes if one.panel.along == CHATS]
    others = on(one.panel.source.platform for one in slopes if one.panel.along != CHATS)
    if not chats:
        return others
    return f"{others[:-2]} and in live chats, " if others else "in live chats, "


@finding.register(Followed)
def _followed(followed: Followed) -> Finding:
    known = [one for one in followed if not isnan(one.apart.estimate)]
    if not known:
        headline = "No creator is followed through time long enough in these data"
        why = sentence(followed)
        return Finding(headline, shortened(why, 40), alt=shortened(f"No marks. {headline}. {why}"))
    differ, where = sum(one.differs for one in known), place_of(known)
    what = "larger creators are not what creators become"
    texts = [f"{where}whether creators become like larger ones is not clear"]
    if differ:
        some = "" if differ == len(known) else f" in {differ} of {len(known)} rates"
        texts = [f"{where}{what} as they grow{some}", f"{where}{what}{some}", f"{where}{what}"]
    headline = begun(fitting(*texts))
    parts = [f"{_name(one)} {lift(one.within.estimate)} and {lift(one.between.estimate)}"
             for one in known]  # fmt: skip
    detail = f"At ten times the size, the same creators and other creators: {listing(parts)}."
    caveat = f"{_level(known[0].within)} {NOT_CAUSAL} Errors clustered by creator."
    alt = "A dot for the same creators and a diamond for other creators in each row. "
    return Finding(headline, detail, caveat, shortened(f"{alt}{headline}. {detail}"))


def _name(one: Growing) -> str:
    return f"{counted_of(one.panel.metric.title) if one.panel.along != CHATS else _chat(one)}"


def _chat(one: Growing) -> str:
    return one.panel.metric.title.replace(" / ", " per ").replace("chatters", "chatter")


def _level(estimate: Estimate) -> str:
    return f"Bars: {100 * estimate.context.confidence:g} % interval."


@finding.register(Growing)
def _growing(growing: Growing) -> Finding:
    within, between = growing.within, growing.between
    if isnan(within.low) or isnan(between.low):
        return _followed(Followed((growing,), ()))
    same = {0: "show no clear change", 1: "rise", -1: "fall"}[direction(within.low, within.high)]
    others = {0: "do not clearly differ", 1: "lie higher", -1: "lie lower"}
    other = others[direction(between.low, between.high)]
    headline = begun(fitting(f"{place_of([growing])}the same creators {same}, larger ones {other}"))
    what = _chat(growing) if growing.panel.along == CHATS else growing.panel.metric.title
    detail = f"{begun(what)} at ten times as many {growing.panel.along}: {lifts(within)} for the "
    detail += f"same creators, {lifts(between)} for other creators."
    alt = f"Two lines along {growing.panel.along}, through dots. {headline}. {detail}"
    return Finding(headline, detail, NOT_CAUSAL, shortened(alt))


@finding.register(Crossings)
def _crossings(crossings: Crossings) -> Finding:
    known = [(study, one) for study in crossings.seen for one in study if not isnan(one.low)]
    why = sentence(crossings)
    if not known:
        headline = "Too few creators are seen crossing a number of followers"
        return Finding(headline, shortened(why, 40), alt=shortened(f"No marks. {headline}. {why}"))
    edge = min(study.edge for study, _ in known)
    at = [one for study, one in known if study.edge == edge]
    clear = sum(direction(one.low, one.high) != 0 for one in at)
    where, who = on([at[0].context.platform]), f"creators who cross {short_count(edge)} followers"
    what = counted_of(at[0].context.metric)
    texts = [f"{where}{who} show no clear change in {what}"]
    if clear:
        texts = [f"{where}{who} show a clear change in {clear} of {count(len(at), 'period')}"]
    headline = begun(fitting(*texts))
    most = max(one.n_posts for one in at)
    detail = f"{begun(rate_noun([at[0].context.metric]))} of at most {most:,} "
    detail += "who cross beside creators of like size who do not, against the period before."
    caveat = f"{_level(at[0])} Hollow: the period before the crossing. A rise in the period of "
    caveat += "crossing can be its reason. Below ten creators nothing is shown."
    alt = "Rates of creators who cross beside others of like size, period by period. "
    return Finding(headline, detail, caveat, shortened(f"{alt}{headline}. {why}"))
