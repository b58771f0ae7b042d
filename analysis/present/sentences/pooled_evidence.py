"""Findings of several studies, sources or niches taken together."""

from math import isnan

import pandas as pd

from analysis.display import finding
from analysis.estimate.synthesis.pooling import Pooled
from analysis.estimate.synthesis.prediction import BetweenSources
from analysis.estimate.synthesis.published_elasticity import at_a_tenth
from analysis.estimate.synthesis.shrinkage import Shrunken
from analysis.finding import Finding
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import (
    DIFFERENT,
    TITLES,
    Pair,
    begun,
    direction,
    fitting,
    less,
    noun,
    on,
    shortened,
    span,
)
from analysis.present.sentences.numbers import count, listing
from analysis.present.sentences.results import compared
from analysis.registers.metrics import METRICS


def pooled_tables(pooled: Pooled) -> Finding:
    """Say what elasticities, averaged over owners of data, mean for accounts a tenth as large.

    Parameters
    ----------
    pooled : Pooled
        Of elasticities.

    Examples
    --------
    >>> import analysis as an
    >>> votes = pd.DataFrame({"effect": [0.7, 0.75, 0.8], "se": [0.01, 0.02, 0.01]})
    >>> pooled_tables(an.synthesis.pool(votes)).headline
    'Over 3 data owners, accounts a tenth as large have rates 78 % higher'
    """
    mean, new = (at_a_tenth(one.to_frame()).iloc[0] for one in (pooled.mean, pooled.prediction))
    who = f"over {count(pooled.k, 'data owner')}, "
    if isnan(mean["estimate"]) or not direction(mean["low"], mean["high"]):
        owners = count(pooled.k, "data owner")
        headline = fitting(
            f"{owners} together leave open whether smaller accounts have higher rates"
        )
    else:
        size = round(100 * abs(mean["estimate"] - 1))
        way = "higher" if mean["estimate"] > 1 else "lower"
        headline = fitting(f"{who}accounts a tenth as large have rates {size} % {way}")
    detail = f"Mean {_with_ends(mean)}."
    if not isnan(new["low"]):
        ends = f"{change(new['low'])} and {change(new['high'])}"
        detail += f" A new owner's data are predicted to lie between {ends}."
    caveat = (
        f"Reactions or views per follower; one vote for each owner; {pooled.method}. Tables that "
        "print no number of accounts cannot be weighed and have no vote."
    )
    alt = f"A row for each owner, their mean and a prediction. {begun(headline)}. {detail}"
    return Finding(begun(headline), detail, caveat, shortened(alt))


def _with_ends(row: pd.Series) -> str:
    return f"{change(row['estimate'])} [{change(row['low'])}, {change(row['high'])}]"


@finding.register(BetweenSources)
def _between_sources(between: BetweenSources) -> Finding:
    estimates = list(between.estimates)
    sentence = between.sentence()
    if not estimates:
        return Finding("No source has enough creators on both sides to compare them",
                       sentence, alt=shortened(sentence))  # fmt: skip
    place = on(one.context.platform for one in estimates)
    many, new = count(len(estimates), "source"), between.prediction
    verb = "is" if len(estimates) == 1 else "are"
    texts = [f"{where}{many} {verb} too few to predict a next one" for where in (place, "")]
    if between.predicts:
        who, what = f" for {span(estimates[0].context.of)}", _what(between)
        open_ = f"{many} cannot tell whether a new one would show more {what}"
        texts = [open_ + who, open_]
        if way := direction(new.low, new.high):
            more = "more" if way > 0 else less(what)
            texts = [f"{place}a new source would show {more} {what}{who}", f"{place}{more} {what}"]
    headline = begun(fitting(*texts))
    detail = f"{begun(compared(estimates[0]))}. {sentence}"
    alt = f"A row for each source, and one for a new source. {headline}. {detail}"
    caveat = f"Bars: {100 * estimates[0].context.confidence:g} % interval. {DIFFERENT}"
    return Finding(headline, detail, caveat, shortened(alt))


def _lift(ratio: float) -> str:
    return change(ratio).replace("-", "−")


def _what(between: BetweenSources) -> str:
    metric = TITLES.get(between.estimates[0].context.metric, METRICS["engagement_per_follower"])
    return noun(metric)


@finding.register(Shrunken)
def _shrunken(shrunken: Shrunken) -> Finding:
    sentence = shrunken.sentence()
    if shrunken.status == "undefined" or not len(shrunken.shrunken):
        return Finding("Too few niches have enough creators to compare them", sentence,
                       alt=shortened(f"An empty picture. {sentence}"))  # fmt: skip
    context = shrunken.raw[0].context
    metric = TITLES.get(context.metric, METRICS["engagement_per_follower"])
    pair = Pair(context.of, context.versus, metric)
    kind = context.posts.split(":")[0]
    kind = kind if kind not in ("", "all") else "group"
    ratios = [one.estimate for one in shrunken.shrunken]
    place = on([context.platform])
    texts = pair.sized(place, [min(ratios), max(ratios)], f", by {kind}")
    headline = begun(fitting(*(texts or _both_ways(place, pair, ratios, kind))))
    order = sorted(range(len(ratios)), key=ratios.__getitem__)
    ends = [f"{shrunken.names[at]} {_lift(ratios[at])}" for at in (order[0], order[-1])]
    detail = f"{begun(compared(shrunken.raw[0]))}: {' to '.join(ends)}, once chance is taken out."
    left = shrunken.left_out["level"].tolist()
    caveat = f"Left out: {listing(left)}. " if left else ""
    caveat += (
        f"Hollow: as measured; dark: drawn towards the mean, by {shrunken.method}. {DIFFERENT}"
    )
    alt = f"Two marks for each {kind}. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))


def _both_ways(place: str, pair: Pair, ratios: list[float], kind: str) -> list[str]:
    """Headlines where some levels have less and others more."""
    low, high = (round(100 * abs(end - 1)) for end in (min(ratios), max(ratios)))
    what = noun(pair.metric)
    size = f"{low} % {less(what)} to {high} % more {what}"
    who = f"{place}{span(pair.of)} creators get"
    return [f"{who} {size} than {span(pair.versus)}, by {kind}", f"{who} {size}, by {kind}",
            f"{place}{what} falls with size in some and rises in others, by {kind}"]  # fmt: skip


def other_ends(closed: pd.DataFrame, beta: float) -> str:
    """Write what an elasticity means, and where other ends of open tiers would put it.

    Examples
    --------
    >>> other_ends(pd.DataFrame({"median": [0.7, 0.9]}), 0.8)[:76]
    'A beta of 0.80 means that accounts a tenth as large have a rate 1.58 times a'
    """
    if isnan(beta):
        return "No printed table can be turned into an elasticity."
    low, high = closed["median"].agg(["min", "max"])
    return (
        f"A beta of {beta:.2f} means that accounts a tenth as large have a rate "
        f"{10 ** (1 - beta):.2f} times as high. Other ends of open tiers put the median between "
        f"{low:.2f} and {high:.2f}."
    )


def by_another_method(pooled: Pooled, other: Pooled) -> str:
    """Write how much of the variance lies between owners, and the mean by another method."""
    return (
        f"Share of variance between owners: {pooled.i2:.0f} percent. By Paule-Mandel instead of "
        f"REML the mean is {other.mean.estimate:.3f} rather than {pooled.mean.estimate:.3f}."
    )
