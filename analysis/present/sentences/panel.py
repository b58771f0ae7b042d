"""What happens to the same creators through time as sentences, and its reasons."""

from math import isnan

from analysis.display import sentence
from analysis.estimate.panel.attrition import Attrition
from analysis.estimate.panel.division import Division
from analysis.estimate.results import Estimate
from analysis.moments.panel import Panel
from analysis.present.sentences.numbers import count, lift, number
from analysis.present.sentences.reasons import WORDINGS
from analysis.present.sentences.results import BY_ESTIMAND, lifts

WHO = {
    "within": "the same creators, where they have ten times as many {along}",
    "between": "other creators, who have ten times as many {along}",
    "between / within": "what differs between creators over what changes within them, at ten "
    "times as many {along}",
}
"""Who is compared, by the slope."""


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
    return (
        f"{text}. Error in {along} can only have made it too small, and its true value is at most "
        f"{lift(division.reverse)}: if {share} % of their variance within creators were error, the "
        "rate would not change with size at all."
    )


@sentence.register(Attrition)
def _attrition(attrition: Attrition) -> str:
    first, second = (f"{100 * share:.0f} %" for share in attrition.shares)
    low, high = (lift(end.estimate) for end in (attrition.lowest, attrition.highest))
    return (
        f"{first} of the first group stayed and {second} of the second. Among those who stayed the "
        f"first changed by {lifts(attrition.naive)} more; allowing for those who ended, by {low} "
        f"to {high}."
    )
