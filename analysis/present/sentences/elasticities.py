"""Findings on how reactions grow with followers: between platforms, publishers and niches."""

from collections.abc import Iterable
from math import isfinite, isnan, nan

import pandas as pd

from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.synthesis.by_strata import ByStrata
from analysis.estimate.synthesis.pooling import Pooled
from analysis.finding import Finding
from analysis.present.sentences.bends import by_way, counted_of, lifts_of
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import (
    DIFFERENT,
    begun,
    direction,
    fitting,
    less,
    on,
    shortened,
    span,
)
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import count, interval, listing

TENFOLD = "Axis: the rate of creators with ten times the followers against that of the others."
"""What an axis of slopes shows."""


def slower_than_followers(typical: Estimates, pooled: Estimates) -> Finding:
    """Say on which platforms reactions grow more slowly than followers.

    Parameters
    ----------
    typical, pooled : Estimates
        Elasticities of metrics per follower by source: of typical accounts, and by all reactions
        together.

    Examples
    --------
    >>> import analysis as an
    >>> likes = an.load_all("instagram-kim").sample("likes_per_follower")
    >>> slower_than_followers(likes.elasticity(), likes.elasticity("poisson")).headline
    'On Instagram, creators with more followers get fewer likes per follower'
    """
    known = [one for one in typical if not isnan(one.low)]
    if not known:
        headline = "No source has enough creators to see how reactions grow with followers"
        return Finding(headline, alt="A panel without marks: no source has enough creators.")
    counted = list(dict.fromkeys(counted_of(one.context.metric) for one in known))
    what = counted[0] if len(counted) == 1 else "reactions"
    headline = begun(fitting(*_slower(by_way(known), what)))
    slow = sum(one.high < 1 for one in known)
    detail = f"{begun(listing(counted))} per follower, typical creators: less at ten times the "
    detail += f"followers in {slow} of {count(len(known), 'case')}."
    level = f"{100 * known[0].context.confidence:g} %"
    sure = [one for one in pooled if not isnan(one.low)]
    clear = sum(one.high < 1 for one in sure)
    by_sum = f"Counting reactions instead of accounts (Poisson), {clear} of {len(sure)} do so "
    by_sum = by_sum + "clearly. " if sure else ""
    caveat = f"Bars: {level} interval. {by_sum}{TENFOLD} {DIFFERENT}"
    alt = f"Ratios of rates at ten times the followers with intervals, {len(known)} rows. "
    return Finding(headline, detail, caveat, shortened(f"{alt}{headline}."))


def _slower(ways: dict[str, list[str]], what: str) -> list[str]:
    """Variants of a headline on platforms where larger creators get fewer or more reactions."""
    both = listing(map(platform_name, filter(None, ways["both"])))
    mixed = "" if not ways["both"] else f"; {both}'s sources disagree"
    mixed = mixed if both != "none" else ""
    few = less(what) if what != "reactions" else "fewer"
    for platforms, way in ((ways["falls"], few), (ways["rises"], "more")):
        if platforms:
            where, end = on(platforms), f"{way} {what} per follower"
            return [f"{where}creators with more followers get {end}{mixed}",
                    f"{where}larger creators get {end}{mixed}",
                    f"{where}larger creators get {end}"]  # fmt: skip
    if ways["both"]:
        return [f"{on(ways['both'])}sources disagree whether larger creators get {few} {what}"]
    same = f"larger creators do not clearly get {few} {what} per follower"
    return [on(ways["unclear"]) + same, same]


def new_platform(rows: Estimates, prediction: Estimate | None) -> Finding:
    """Say what one more platform could show, or what each source shows where nothing is predicted.

    Parameters
    ----------
    rows : Estimates
        Elasticity of each source's own rate.
    prediction : Estimate or None
        Of a new source, as an elasticity of a count in followers.
    """
    known = [one for one in rows if not isnan(one.low)]
    if not known:
        headline = "No source has enough creators to see how its rate changes with followers"
        return Finding(headline, alt="A panel without marks: no source has enough creators.")
    detail = f"Each source's own rate at ten times the followers: {count(len(known), 'source')}"
    level = f"{100 * known[0].context.confidence:g} %"
    caveat = f"Bars: {level} interval. "
    if prediction is None or isnan(prediction.low):
        caveat += f"Fewer than three sources: nothing is predicted of a new one. {DIFFERENT}"
        ways = by_way(known)
        headline = begun(fitting(*_slower(ways, "reactions")))
        if any(one.context.metric.endswith(" / views") for one in known):
            clear = sum(direction(one.low, one.high) != 0 for one in known)
            headline = f"In {clear} of {count(len(known), 'source')} rates clearly change with size"
        alt = f"Rates at ten times the followers with intervals, a row per source. {headline}."
        return Finding(headline, f"{detail}.", caveat, shortened(alt))
    ends = [change(10 ** (end - 1)) for end in (prediction.low, prediction.high)]
    low, high = (end.replace("-", "−") for end in ends)
    texts = [f"for a new platform nobody can tell: {low} to {high} at tenfold followers"]
    if prediction.high < 1:
        texts.insert(0, f"on a new platform, rates would fall with size, too: {low} to {high}")
    caveat += "Mean: Hartung and Knapp; new source: prediction interval, by rates per follower. "
    headline = begun(fitting(*texts))
    alt = "Rates at ten times the followers with intervals, a row per source, then their mean and "
    alt += f"a prediction for a new source. {headline}."
    detail += ", their mean, and where one more would lie."
    return Finding(headline, detail, caveat + DIFFERENT, shortened(alt))


def by_publisher(implied: Estimates) -> Finding:
    """Say how far the lead of small creators depends on whose tiers are taken.

    Parameters
    ----------
    implied : Estimates
        From ``implied_ratios`` of samples, with the column ``source``.

    Examples
    --------
    >>> import analysis as an
    >>> tiers = [an.scheme("decades"), an.scheme("harvard-media")]
    >>> kim = an.load_all("instagram-kim").sample("engagement").implied_ratios(tiers)
    >>> by_publisher(kim).headline
    'On Instagram, micro is ahead of macro in engagement by 27–32 %, by publisher'
    """
    known = [one for one in implied if not isnan(one.estimate)]
    if not known:
        headline = "No source has enough creators to compare publishers' tiers"
        return Finding(headline, alt="A panel without marks: no source has enough creators.")
    name = known[0].context.source
    first = sorted((one for one in known if one.context.source == name), key=_value)
    low, high = first[0], first[-1]
    ends = [round(100 * (one.estimate - 1)) for one in (low, high)]
    where = on([low.context.platform])
    size = "–".join(dict.fromkeys(str(abs(end)) for end in sorted(ends, key=abs)))
    what = counted_of(low.context.metric)
    both = f"{change(low.estimate)} to {change(high.estimate)}".replace("-", "−")
    texts = [f"{where}micro against macro in {what} is {both}, by publisher"]
    if ends[0] > 0:
        texts.insert(0, f"{where}micro is ahead of macro in {what} by {size} %, by publisher")
    if ends[1] < 0:
        texts.insert(0, f"{where}micro is behind macro in {what} by {size} %, by publisher")
    sources = len({one.context.source for one in known})
    detail = f"The same creators under the tiers of {count(len(first), 'publisher')}: smallest for "
    detail += f"{_tiers(low)} followers, largest for {_tiers(high)}."
    caveat = f"A dot per publisher, {count(sources, 'source')}; each tier stands at the middle of "
    caveat += f"its edges, by one line through all accounts. {DIFFERENT}"
    headline = begun(fitting(*texts))
    return Finding(headline, detail, caveat, shortened(f"Rows of dots. {headline}. {detail}"))


def _value(estimate: Estimate) -> float:
    return estimate.estimate


def _tiers(estimate: Estimate) -> str:
    context = estimate.context
    return f"{span(context.of)} against {span(context.versus)}"


def between_levels(strata: ByStrata, confidence: float = 0.95) -> Finding:
    """Say whether the lead of small creators differs between niches, or whatever has most levels.

    Parameters
    ----------
    strata : ByStrata
        From ``by_strata`` of sources.
    confidence : float
        At which levels are said to differ.
    """
    if strata.most is None:
        headline = "No source here has niches, or other levels, that can be compared"
        return Finding(headline, alt="A panel without marks: no source has levels to compare.")
    levels, place = strata.levels, strata.most
    made, name = strata.compared[place], LEVELS.get(strata.strata[place], strata.strata[place])
    known = [one for one in levels if not isnan(one.estimate)]
    where = on([strata.platforms[place]])
    ends = f"{change(known[0].estimate)} to {change(known[-1].estimate)}".replace("-", "−")
    texts = [f"{where}whether micro's lead differs between {name} is not clear"]
    if made.p <= 1 - confidence:
        texts = [f"{where}micro's lead over macro differs between {name}: {ends}",
                 f"{where}micro's lead differs between {name}: {ends}"]  # fmt: skip
    elif len(known) == 1:
        texts = [f"{where}only one of the {name} can be compared"]
    headline = begun(fitting(*texts))
    of, versus = known[0].context.of, known[0].context.versus
    same = strata.mixed[place].estimate
    detail = f"{span(of)} against {span(versus)} followers, {counted_of(known[0].context.metric)}; "
    detail += f"{count(sum(one.n_accounts for one in known), 'account')}."
    mixture = f"One mixture of {name} in both tiers: {lifts_of(same)}. "
    caveat = f"Bars: {100 * confidence:g} % interval. {mixture if isfinite(same.estimate) else ''}"
    caveat += f"The extremes are partly luck. {DIFFERENT}"
    alt = f"Ratios with intervals, a row for each of {len(known)} {name}. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))


LEVELS = {"niche": "niches", "continent": "continents", "country": "countries", "age": "ages",
          "sponsored": "sponsored and other posts"}  # fmt: skip
"""Levels of a stratum, in the plural."""


def strata_table(strata: ByStrata) -> pd.DataFrame:
    """Give a row per stratum for a table: how its levels differ, and the ratio as it is and with
    one mixture of levels.
    """
    frame = strata.to_frame()
    for column, field in {"crude": "crude", "standardised": "estimate"}.items():
        frame[column] = list(_intervals(getattr(one, field) for one in strata.mixed))
    return frame[[*(name for name in frame if name != "method"), "method"]]


def _intervals(estimates: Iterable[Estimate]) -> Iterable[str]:
    return (interval(one.estimate, one.low, one.high) for one in estimates)


def named_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Name each row by its source and what is counted, in the column ``row``, without counts, for
    which many rows leave no room.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``source`` and ``metric`` (title).
    """
    pairs = zip(frame["source"], frame["metric"], strict=True)
    names = [f"{source}, {counted_of(metric)}" for source, metric in pairs]
    return frame.assign(row=names, new=False, n_accounts=nan)


def with_pooled(rows: pd.DataFrame, pooled: Pooled) -> pd.DataFrame:
    """Put the mean of sources and what a new one would show below the rows of the sources.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `named_rows`.
    pooled : Pooled
        Of elasticities of rates per follower.
    """
    ends = pooled.estimates.to_frame()[["estimate", "low", "high", "unit", "status"]]
    names = {"row": ["mean of sources", "a new source"], "new": [False, True]}
    ends = ends.assign(**names, metric="rate / followers", n_accounts=nan)
    return pd.concat([rows, ends], ignore_index=True)
