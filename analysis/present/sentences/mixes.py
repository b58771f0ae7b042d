"""What the mix of the accounts that were drawn does to a claim, in words."""

from analysis.display import sentence
from analysis.estimate.mixes import Bound, MixBounds, Mixes
from analysis.present.sentences.numbers import count, lift
from analysis.present.sentences.reasons import WORDINGS

WORDINGS |= {
    "no_mix": lambda text: text or "how its accounts were selected is not stated",
    "thin_levels": "too few accounts of a tier at some level of its {stratum}",
}

JUDGED = {
    "supported": "which supports the claim whatever the mix",
    "contradicted": "which contradicts the claim whatever the mix",
    "undecided": "so that the mix decides on the claim",
}


@sentence.register(MixBounds)
def _of_source(bounds: MixBounds) -> str:
    who = bounds.whole.context.source
    if bounds.shared is None:
        return f"{who}: no bound. {_capital(str(bounds.why)).rstrip('.')}."
    unknown = f" (without {count(bounds.left_out, 'account')} whose {bounds.stratum} is not known)"
    return (
        f"{who}: {bounds.how} If {bounds.test.of} and {bounds.test.versus} share their mix, "
        f"whatever it is, the difference lies {_between(bounds.shared)}"
        f"{unknown if bounds.left_out else ''}, {JUDGED[bounds.shared.outcome(bounds.test)]}. "
        f"If their mixes differ as much as they can, it lies {_between(bounds.free)}, "
        f"{JUDGED[bounds.free.outcome(bounds.test)]}."
    )


def _between(bound: Bound) -> str:
    """Write both ends, with the interval that covers what lies between them."""
    ends = f"[{lift(bound.low)}, {lift(bound.high)}]"
    return f"between {lift(bound.least)} and {lift(bound.most)} {ends}"


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


@sentence.register(Mixes)
def _mixes(mixes: Mixes) -> str:
    texts = [sentence(one) for one in mixes.of_sources]
    return " ".join(texts) or "No source answers this by a ratio of tiers."
