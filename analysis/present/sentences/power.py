"""Studies of a given size, and what they report, as sentences."""

from math import isnan

from analysis.display import sentence
from analysis.estimate.planned import Detectable, Planned, Significant
from analysis.present.sentences.numbers import lift, number


@sentence.register(Significant)
def _significant_sentence(study: Significant) -> str:
    size = f"With {study.creators:,} creators on each side, a true {lift(study.ratio)}"
    seen = f"is significant in {number(100 * study.power, 'percent')} of studies"
    large = f"These report {lift(study.reported)}, {number(study.type_m)} times the log ratio"
    wrong = f"{number(100 * study.type_s, 'percent')} of them have the wrong sign"
    return f"{size} {seen}. {large}, and {wrong}."


@sentence.register(Planned)
def _planned_sentence(planned: Planned) -> str:
    who = f"{int(planned):,} {planned.counted} on each side"
    often = f"in {_percent(planned.power)} of studies"
    if isnan(planned.margin):
        return f"{who} detect {lift(planned.ratio)} {often}."
    ends = (planned.ratio / planned.margin, planned.ratio * planned.margin)
    return f"{who} confirm {lift(planned.ratio)} as {' to '.join(map(lift, ends))} {often}."


@sentence.register(Detectable)
def _detectable_sentence(ratio: Detectable) -> str:
    size = f"With {int(ratio.creators):,} creators on each side, a study detects"
    if isnan(ratio):
        return f"{size} no ratio of conversion rates."
    often = f"in {_percent(ratio.power)} of tries"
    return f"{size} {lift(ratio)} or more {often}."


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
