"""Studies of a given size, and what they report, as sentences."""

from analysis.display import sentence
from analysis.estimate.power import Significant
from analysis.present.sentences.numbers import lift, number


@sentence.register(Significant)
def _significant_sentence(study: Significant) -> str:
    size = f"With {study.creators:,} creators on each side, a true {lift(study.ratio)}"
    seen = f"is significant in {number(100 * study.power, 'percent')} of studies"
    large = f"These report {lift(study.reported)}, {number(study.type_m)} times the log ratio"
    wrong = f"{number(100 * study.type_s, 'percent')} of them have the wrong sign"
    return f"{size} {seen}. {large}, and {wrong}."
