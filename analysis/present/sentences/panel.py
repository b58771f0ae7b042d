"""What happens to the same creators through time as sentences, and its reasons."""

from math import isnan

from analysis.display import sentence
from analysis.estimate.panel.attrition import Attrition
from analysis.estimate.panel.crossing import EventStudy
from analysis.estimate.panel.division import Division
from analysis.estimate.panel.following import Crossings, Followed, Growing
from analysis.estimate.results import Estimate
from analysis.moments.panel import Panel
from analysis.present.sentences.numbers import count, lift, listing, number, short_count
from analysis.present.sentences.reasons import WORDINGS
from analysis.present.sentences.results import BY_ESTIMAND, lifts

WHO = {
    "within": "the same creators, where they have ten times as many {along}",
    "between": "other creators, who have ten times as many {along}",
    "between / within": "what differs between creators over what changes within them, at ten "
    "times as many {along}",
}
"""Who is compared, by the slope."""


LARGEST = 10.0
"""A bound above this ratio is none that anybody could use."""


def _slope_of(which: str, metric: str, along: str) -> str:
    return f"ratio of {metric} of {WHO[which].format(along=along)}"


def _method(which: str, periods: int) -> str:
    effects = f"effects of {count(periods, 'month')}"
    if which == "within":
        return (
            f"least squares on logs with effects of each creator and {effects}, errors by creator"
        )
    if which == "between":
        return f"least squares on creators' mean logs with {effects}, HC1"
    return f"difference of both slopes on logs with {effects}, errors by creator"


WORDINGS |= {
    "panel_slope": _slope_of,
    "panel_method": _method,
    "no_change_in_size": "no creator is seen in two months with other numbers of {along}",
    "too_few_crossings": lambda crossers, needed: (
        f"only {count(crossers, 'creator')} crossed; {needed} are needed"
    ),
    "around_crossing": lambda when: (
        "ratio of rates to those before, of creators who cross over creators of like size who do "
        f"not, {_when(when)}"
    ),
    "event_study": lambda crossers, controls: (
        f"{count(crossers, 'creator')} who crossed against {count(controls, 'creator')} of like "
        "size in the same periods; t interval"
    ),
    "followers_counted_once": "the followers of {source} were counted once, so that nobody is seen "
    "crossing a number of them",
    "crossings_not_kept": "of {source} sums over creators are held and no single ones, so that "
    "nobody can be seen crossing a number of followers",
    "nobody_crossed": "nobody in {source} is seen crossing {edge:,} followers",
    "ratio_of_changes": "ratio of changes, {which}",
    "lee": "t interval, variances after Lee (2009)",
}


def _when(periods: int) -> str:
    if periods == 0:
        return "in the period of the crossing"
    return f"{count(abs(periods), 'period')} {'after' if periods > 0 else 'before'} it"


def _per_tenfold(estimate: Estimate) -> str:
    facts = dict(estimate.estimand.facts)
    who = WHO[facts["which"]].format(along=facts["along"])
    return f"{facts['metric']}, {who}: {lifts(estimate)}"


BY_ESTIMAND |= {"panel_slope": _per_tenfold}


@sentence.register(Panel)
def _panel(panel: Panel) -> str:
    sums = panel.sums
    span = f"{sums.periods[0]} to {sums.periods[-1]}"
    creators = f"{count(sums.creators, 'creator')}, {sums.repeated:,} of them seen more than once"
    return f"{panel.source.short}: {panel.metric.title} along {panel.along}, {creators}, {span}."


@sentence.register(Division)
def _division(division: Division) -> str:
    direct, along = division.direct, dict(division.direct.estimand.facts)["along"]
    text = f"If {along} are counted without error, {direct.sentence()[:-1]}"
    if isnan(division.reliability):
        return f"{text}; no error in {along} would turn the sign."
    share = number(100 * (1 - division.reliability))
    above = f"its true value is at most {lift(division.reverse)}"
    if division.reverse > LARGEST:
        above = "the reverse regression bounds it at no useful value"
    return (
        f"{text}. Error in {along} can only have made it too small, and {above}: if {share} % of "
        "their variance within creators were error, the rate would not change with size at all."
    )


@sentence.register(Attrition)
def _attrition(attrition: Attrition) -> str:
    first, second = (f"{100 * share:.0f} %" for share in attrition.shares)
    one, other = attrition.groups
    low, high = (lift(end.estimate) for end in (attrition.lowest, attrition.highest))
    return (
        f"{first} of {one} stayed and {second} of {other}. Among those who stayed the rate of the "
        f"former changed by {lifts(attrition.naive)} beside the latter; allowing for those who "
        f"ended, by {low} to {high}."
    )


@sentence.register(Growing)
def _growing(growing: Growing) -> str:
    panel, differs = growing.panel, "clearly different"
    if not growing.differs:
        differs = "not clearly different"
    text = f"{panel.source.short}, {panel.metric.title} at ten times as many {panel.along}: "
    if isnan(growing.apart.estimate):
        return f"{text}{' '.join(map(str, growing.within.reasons))}."
    return (
        f"{text}{lifts(growing.within)} for the same creators and {lifts(growing.between)} for "
        f"other creators; the two are {differs}, the second over the first by "
        f"{lifts(growing.apart)}."
    )


@sentence.register(Followed)
def _followed(followed: Followed) -> str:
    if not len(followed):
        return f"No creator is followed through time in {listing(followed.asked)}."
    return " ".join([growing_in_short(followed), *map(sentence, followed)])


def growing_in_short(followed: Followed) -> str:
    """Write whether larger creators are what creators become, in a sentence as short as a title.

    Examples
    --------
    >>> import analysis as an
    >>> growing_in_short(an.panel.followed(an.load_all("youtube-tw-vtubers")))
    'Larger creators are not what creators become as they grow.'
    """
    if not len(followed):
        return sentence(followed)
    differ, several = sum(one.differs for one in followed), len(followed)
    if not differ:
        return "Whether larger creators are what creators become as they grow is not clear."
    where = "" if differ == several else f", in {differ} of {several} comparisons"
    return f"Larger creators are not what creators become as they grow{where}."


def no_answer(study: EventStudy) -> str:
    """Write why an event study shows nothing."""
    if study.why:
        return str(study.why)
    most = max(one.n_posts for one in study)
    return f"too few: at most {count(most, 'creator')} crossed in a {study.step}, ten are needed"


@sentence.register(EventStudy)
def _event_study(study: EventStudy) -> str:
    where = f"Around {short_count(study.edge)} followers, by {study.step}"
    if study.why:
        why = str(study.why)
        return f"{why[0].upper()}{why[1:]}."
    known = [(when, one) for when, one in zip(study.keys["when"], study, strict=True)
             if not isnan(one.estimate)]  # fmt: skip
    if not known:
        return f"{where}: {no_answer(study)}."
    clear = sum(one.low > 1 or one.high < 1 for _, one in known)
    at = next((one for when, one in known if when == 0), known[0][1])
    return (
        f"{where}: {lifts(at)} in the {study.step} of the crossing, of {at.n_posts:,} creators who "
        "crossed against creators of like size who did not; clearly different from the "
        f"{study.step} before: {clear or 'none'} of {count(len(known), study.step)}."
    )


@sentence.register(Crossings)
def _crossings(crossings: Crossings) -> str:
    if not crossings.studies:
        return f"Nobody is seen crossing a number of followers in {listing(crossings.asked)}."
    return " ".join(map(sentence, crossings.studies))


def crossings_in_short(crossings: Crossings) -> str:
    """Write whether anything clearly changes around a crossing, in a sentence as short as a title.

    Examples
    --------
    >>> import analysis as an
    >>> crossings_in_short(an.panel.followed(an.load_all("youtube-tw-vtubers")).crossings())
    'Crossing 10K followers, creators show no clear change of the rate.'
    """
    known = [(study.edge, one) for study in crossings.seen for one in study if not isnan(one.low)]
    if not known:
        return "Too few creators are seen crossing a number of followers to say anything."
    edge = min(edge for edge, _ in known)
    at = [one for at, one in known if at == edge]
    clear = sum(one.low > 1 or one.high < 1 for one in at)
    change = f"a clear change of the rate in {clear} of {len(at)} periods"
    what = change if clear else "no clear change of the rate"
    return f"Crossing {short_count(edge)} followers, creators show {what}."
