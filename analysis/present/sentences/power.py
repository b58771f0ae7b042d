"""Studies of a given size, and what they report, as sentences."""

from math import isnan

import pandas as pd

from analysis.display import sentence
from analysis.estimate.planned import Detectable, Planned, Significant
from analysis.finding import Finding
from analysis.present.sentences.findings import begun, fitting, shortened
from analysis.present.sentences.numbers import count, lift, number


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


def what_it_takes(few: Planned, many: Planned, confirmed: Planned, clicks: Planned) -> Finding:
    """Say how many creators a test of a ratio of conversion rates takes. Computed, not measured.

    Parameters
    ----------
    few, many : Planned
        Creators of whom each has many clicks, and few.
    confirmed : Planned
        Creators for the whole interval to lie near the ratio.
    clicks : Planned
        On each side, if creators did not differ.

    Examples
    --------
    >>> import analysis as an
    >>> few, many = (an.power.creators_needed(0.02, clicks) for clicks in (5_000, 200))
    >>> confirmed = an.power.creators_to_confirm(0.02, 1_000)
    >>> what_it_takes(few, many, confirmed, an.power.clicks_needed(0.02)).headline
    'To see +20 % in conversions takes 123–224 creators a side; to confirm it, 683'
    """
    size, ends = lift(few.ratio), "–".join(dict.fromkeys(f"{n:,}" for n in sorted((few, many))))
    seen = f"to see {size} in conversions takes {ends} creators a side"
    headline = begun(fitting(f"{seen}; to confirm it, {int(confirmed):,}", seen))
    detail = f"Computed, not measured: {_percent(few.power)} power; more clicks of the same "
    detail += "creators soon add nothing."
    caveat = f"Confirmed: the interval lies within a factor of {confirmed.margin:g}. If creators "
    caveat += f"did not differ, {int(clicks):,} clicks a side would do. Spread: standard deviation "
    caveat += "of creators' log conversion rates; two-sided 5 %."
    alt = "Left: clicks needed fall with the base rate. Right: creators needed level off as clicks "
    return Finding(headline, detail, caveat, shortened(f"{alt}per creator grow. {headline}."))


def would_detect(tried: pd.DataFrame) -> Finding:
    """Say from how many creators on a claim that is true in SIMULATED worlds comes out as true.

    Parameters
    ----------
    tried : pandas.DataFrame
        ``creators, truth, low, high, verdict``: worlds in which the claim is true, and in which
        nothing differs (truth 1).
    """
    true = tried[tried["truth"] != 1]
    seen = true.loc[true["verdict"] == "supported", "creators"]
    wrong = int(((tried["truth"] == 1) & (tried["verdict"] == "supported")).sum())
    size = f"{lift(true['truth'].iloc[0])}" if len(true) else "difference"
    where = "in SIMULATED worlds a true"
    texts = [f"{where} {size} is confirmed in {len(seen) or 'none'} of {len(true)}"]
    if len(seen) and set(seen) == set(true.loc[true["creators"] >= seen.min(), "creators"]):
        texts.insert(0, f"{where} {size} is confirmed only with {seen.min():,} creators a side")
    headline = begun(fitting(*texts))
    covered = (tried["low"] <= tried["truth"]) & (tried["high"] >= tried["truth"])
    detail = f"SIMULATED conversions per click, {count(len(tried), 'world')}: "
    detail += f"{int(covered.sum())} of {len(tried)} intervals hold the truth; where nothing "
    detail += f"differs, the claim is supported in {wrong or 'none'}."
    caveat = "Shaded: what counts as the claim being right; the whole bar has to lie in it. "
    caveat += "Simulated numbers are evidence of nothing but the method."
    alt = f"SIMULATED ratios with intervals for {count(len(tried), 'world')}. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))
