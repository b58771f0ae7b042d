"""Findings along followers: where rates fall, where they bend, and how their peaks deceive."""

from collections.abc import Iterable
from math import inf, isnan, nan

import pandas as pd

from analysis.estimate.gathered import Results
from analysis.estimate.results import Estimate, Estimates
from analysis.finding import Finding
from analysis.present.sentences.confidence import change
from analysis.present.sentences.findings import (
    COUNTABLE,
    DIFFERENT,
    TITLES,
    begun,
    direction,
    fitting,
    noun,
    on,
    shortened,
)
from analysis.present.sentences.names import platform_name
from analysis.present.sentences.numbers import count, interval, listing, short_count
from analysis.registers.claims import Test


def rate_noun(metrics: Iterable[str]) -> str:
    """Name the rate of several results: ``rates`` if it is not the same.

    Parameters
    ----------
    metrics : iterable of str
        Titles.

    Examples
    --------
    >>> rate_noun(["likes / followers"]), rate_noun(["likes / followers", "views / followers"])
    ('likes per follower', 'rates')
    """
    named = list(dict.fromkeys(metrics))
    if len(named) == 1 and named[0] in TITLES:
        return noun(TITLES[named[0]])
    return "rates"


def _verb(what: str, verb: str) -> str:
    """Give a verb for a noun that is counted, such as rates, or for one that is not."""
    return verb if what.startswith((*COUNTABLE, "rates")) else f"{verb}s"


WAYS = {-1: "falls", 0: "unclear", 1: "rises"}
"""What a ratio does by its direction."""


def by_way(estimates: Iterable[Estimate]) -> dict[str, list[str]]:
    """Sort platforms by what their sources show of a ratio: ``falls``, ``rises``, ``both`` or
    ``unclear``.
    """
    ways: dict[str, set[int]] = {}
    for one in estimates:
        ways.setdefault(one.context.platform, set()).add(direction(one.low, one.high))
    sorted_by: dict[str, list[str]] = {"falls": [], "rises": [], "both": [], "unclear": []}
    for platform, found in ways.items():
        clear = found - {0}
        way = "both" if len(clear) == 2 else WAYS[clear.pop() if clear else 0]
        sorted_by[way].append(platform)
    return sorted_by


def _possessive(platforms: list[str]) -> str:
    named = listing(map(platform_name, filter(None, platforms)))
    return f"; {named}'s sources disagree" if named != "none" else "; other sources disagree"


def per_tenfold(estimates: Iterable[Estimate]) -> str:
    """List what sources show of ten times the followers, as lifts with their intervals."""
    return "; ".join(f"{one.context.source} {lifts_of(one)}" for one in estimates)


def lifts_of(one) -> str:
    """Write a ratio as a lift with its interval; anything with ``estimate, low, high`` will do."""
    if isnan(one.estimate):
        return "no estimate"
    if isnan(one.low):
        return f"{change(one.estimate)} without an interval"
    return f"{change(one.estimate)} [{change(one.low)}, {change(one.high)}]"


def falls_before(beside: Estimates, at: float) -> Finding:
    """Say whether rates fall before a number of followers already.

    Parameters
    ----------
    beside : Estimates
        From ``slopes_around`` of samples.
    at : float
        Followers at which a fall is claimed to begin.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement")
    >>> falls_before(kim.slopes_around(100_000), 100_000).headline
    'On Instagram, engagement already falls before 100K followers'
    """
    place = short_count(at)
    below = [one for one in beside if one.label == "slope below" and not isnan(one.low)]
    if not below:
        headline = f"No source has enough creators on both sides of {place} followers"
        return Finding(headline, alt="A panel without lines: no source has enough creators.")
    what = rate_noun(one.context.metric for one in below)
    headline = begun(fitting(*_before(by_way(below), what, place)))
    accounts = count(sum(one.n_accounts for one in below), "account")
    rate = what if what != "rates" else "each source's own rate"
    detail = f"{begun(rate)}, typical creators of each size, against that at {place} followers"
    level = f"{100 * below[0].context.confidence:g} %"
    caveat = f"Ten times the followers, below {place}, with {level} intervals: "
    caveat += f"{per_tenfold(below)}. Bands of at least 10 accounts; typical account. {DIFFERENT}"
    alt = f"Lines of rates along followers from 1,000 up, each against its own height at {place}, "
    alt += f"where the fall is claimed to begin. {headline}."
    return Finding(headline, f"{detail}; {accounts}.", caveat, shortened(alt))


def _before(ways: dict[str, list[str]], what: str, place: str) -> list[str]:
    falls, rises = f"{what} already {_verb(what, 'fall')}", f"{what} {_verb(what, 'rise')}"
    mixed = _possessive(ways["both"]) if ways["both"] else ""
    if ways["falls"] and ways["rises"]:
        other = listing(map(platform_name, filter(None, ways["rises"])))
        mixed = "; elsewhere they rise" if other == "none" else f"; on {other} they rise"
    for platforms, text in ((ways["falls"], falls), (ways["rises"], rises)):
        if platforms:
            first = f"{on(platforms)}{text} before {place}"
            return [f"{first} followers{mixed}", first + mixed, f"{text} before {place} followers"]
    if mixed:
        return [f"{on(ways['both'])}{what} before {place} followers fall or rise by source"]
    unsure = f"whether {what} {_verb(what, 'fall')} before {place} followers is not clear"
    return [on(ways["unclear"]) + unsure, f"no clear fall shows before {place} followers"]


def _platforms(searched: Results) -> dict[str, str]:
    return {one.at.context.source: one.at.context.platform for one in searched}


def fits_anywhere(searched: Results, tried: pd.DataFrame, at: float, confidence=0.95) -> Finding:
    """Say whether a bend can be shown at a claimed place, and elsewhere as well.

    Parameters
    ----------
    searched : Results
        From ``breakpoint`` of samples.
    tried : pandas.DataFrame
        From `an.curve.tried`: bends at the claimed place and at others.
    at : float
        Followers of the claimed place.
    confidence : float
        At which a bend is shown.

    Examples
    --------
    >>> import analysis as an
    >>> bends = an.load_all("instagram-kim").sample("engagement").breakpoint(draws=999)
    >>> fits_anywhere(bends, an.curve.tried(bends), 100_000).headline
    'On Instagram, a bend fits at 100K followers and just as well elsewhere'
    """
    place = short_count(at)
    known = tried[tried["estimate"].notna()]
    if known.empty:
        headline = f"No source has enough creators to look for a bend at {place} followers"
        return Finding(headline, alt="A panel without marks: no source has enough creators.")
    clear = known[(known["status"] == "ok") & (known["p"] <= 1 - confidence)]
    here, elsewhere = clear[clear["at"] == at], clear[clear["at"] != at]
    where = on(dict.fromkeys(map(_platforms(searched).get, here["source"])))
    if here.empty:
        also = " or anywhere else tried" if elsewhere.empty else ", only elsewhere"
        texts = [f"no bend can be shown at {place} followers{also}"]
    else:
        both = set(here["source"]) & set(elsewhere["source"])
        also = "and just as well elsewhere" if both else "and at no other place tried"
        fits = f"a bend fits at {place} followers {also}"
        texts = [
            where + fits,
            f"{where}a bend fits at {place} and elsewhere, too" if both else fits,
        ]
    return _anywhere(begun(fitting(*texts)), clear, known)


def _anywhere(headline: str, clear: pd.DataFrame, known: pd.DataFrame) -> Finding:
    rising = int((clear["estimate"] > 1).sum())
    detail = f"A bend is tried at {count(known['at'].nunique(), 'place')} in each source, one at a "
    detail += f"time: {len(clear)} of {len(known)} can be shown. At {rising} of these the rate "
    falling = len(clear) - rising or "none"
    detail += f"falls less steeply or rises beyond the bend, at {falling} more steeply."
    caveat = (
        "Shown: no change lies outside the interval, which holds for all places of a source at "
    )
    caveat += f"once. Where a bend fits everywhere, one at a claimed place is no news. {DIFFERENT}"
    alt = f"A grid: a row per source, a column per place, marked where a bend shows. {headline}."
    return Finding(headline, detail, caveat, shortened(alt))


def counted_of(metric: str) -> str:
    """Name what a metric counts, by its title, in a word.

    Examples
    --------
    >>> counted_of("views / followers"), counted_of("(likes + comments) / followers")
    ('views', 'engagement')
    """
    return rate_noun([metric]).partition(" per ")[0]


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Choose breakpoints to draw: those whose interval is not open at both ends, since others have
    no place.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``source, metric, low, high`` [followers], ``status``.

    Returns
    -------
    pandas.DataFrame
        With ``about`` (source and what is counted) and ``first`` (whether the headline is about
        it), and without counts, for which rows leave no room.
    """
    drawn = rows[_has_place(rows)].reset_index(drop=True)
    pairs = zip(drawn["source"], drawn["metric"], strict=True)
    about = pd.Series([f"{name}, {counted_of(metric)}" for name, metric in pairs], dtype=str)
    sure = drawn["status"] == "ok"
    first = drawn.index == (sure.idxmax() if sure.any() else 0)
    return drawn.assign(about=about, first=first, n_accounts=nan)


def bends_near(rows: pd.DataFrame, test: Test, platforms: dict[str, str]) -> Finding:
    """Say where bends lie, and whether any lies where one is claimed.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``source, metric, estimate, low, high, status`` of breakpoints [followers].
    test : Test
        Of a claim that names a place.
    platforms : dict
        Of each source.
    """
    low, high = test.claimed_range()
    claimed = short_count(test.value)
    shown = rows[rows["status"] == "ok"]
    near = shown[(shown["low"] > low) & (shown["high"] < high)]
    away = shown[(shown["high"] < low) | (shown["low"] > high)]
    drawn = placed(rows)
    texts = [
        f"{len(shown)} of {count(len(rows), 'curve')} bend, none clearly at {claimed} followers"
    ]
    if len(near):
        where = on(map(platforms.get, near["source"]))
        texts = [f"{where}a bend lies near {claimed} followers"]
        texts += [f"a bend lies near {claimed} followers in {count(len(near), 'source')}"]
    elif shown.empty:
        texts = [f"no bend can be shown, at {claimed} followers or elsewhere"]
    else:
        one = shown.iloc[0]
        where, what = on([platforms.get(one["source"], "")]), rate_noun([one["metric"]])
        at = short_count(float(f"{one['estimate']:.2g}"))
        bends = f"{where}{what} {_verb(what, 'bend')} near {at} followers"
        texts = [f"{bends}; no bend is clearly at {claimed}", bends, *texts]
    headline = begun(fitting(*texts))
    detail = f"Followers at the bend that fits best, with its interval: {len(shown) or 'none'} of "
    detail += f"{count(len(rows), 'curve')} can be shown to bend"
    detail += f", {len(away) or 'none'} of them clearly elsewhere." if len(shown) else "."
    lost = rows[~_has_place(rows)]
    without = listing(f"{one.source}, {counted_of(one.metric)}" for one in lost.itertuples())
    missing = f"No place at all: {without}. " if len(lost) else ""
    caveat = f"Shaded: within a factor of {test.margin:g} of the claim. Hollow: no bend is shown, "
    caveat += f"so its place means little. {missing}{DIFFERENT}"
    values = listing(
        f"{one.source} {interval(one.estimate, one.low, one.high)}" for one in drawn.itertuples()
    )
    values = f"Bends at: {values}." if len(drawn) else "No bend has a place to be drawn."
    return Finding(headline, detail, caveat, shortened(f"{headline}. {values}"))


def _has_place(rows: pd.DataFrame) -> pd.Series:
    """Whether the interval of each breakpoint has an end."""
    return rows["low"].notna() & ((rows["low"] > 0) | (rows["high"] < inf))
