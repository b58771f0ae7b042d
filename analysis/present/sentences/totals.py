"""Findings on totals: how they grow with size, and what is guaranteed."""

from collections.abc import Iterable
from math import isnan

import pandas as pd

from analysis.estimate.results import Estimate, Estimates
from analysis.finding import Finding
from analysis.present.sentences.bends import counted_of
from analysis.present.sentences.findings import DIFFERENT, begun, fitting, on, shortened, span
from analysis.present.sentences.numbers import count, listing

NOBODY = "A panel without marks: no source has data for this."
"""Alt text of a figure in which nothing is drawn."""

CERTAIN = 0.99
"""Share of pairs above which an order of two creators is as good as guaranteed."""


def at_ten_times(growth: pd.DataFrame) -> pd.DataFrame:
    """Turn elasticities of totals into multiples at ten times the followers.

    Parameters
    ----------
    growth : pandas.DataFrame
        ``source, metric`` (title), ``estimate, low, high`` [elasticity].

    Returns
    -------
    pandas.DataFrame
        The same in multiples, with ``elasticity``, what was estimated.

    Examples
    --------
    >>> row = {"source": "A", "metric": "likes per post", "estimate": 0.9, "low": 0.8, "high": 1.0}
    >>> made = at_ten_times(pd.DataFrame([row]))
    >>> made["estimate"].round(1).item(), made["high"].item()
    (7.9, 10.0)
    """
    powers = growth[["estimate", "low", "high"]].astype(float).clip(-99, 99)
    return growth.assign(elasticity=growth["estimate"], **10.0**powers, unit="times")


def _multiple(value: float) -> str:
    if value >= 1e4:
        return "over 10,000"
    return f"{value:.0f}" if value >= 10 else f"{float(f'{value:.2g}'):g}"


def _multiples(values: Iterable[float]) -> str:
    ends = sorted(values)
    return "–".join(dict.fromkeys(_multiple(end) for end in (ends[0], ends[-1])))


def nothing_drawn(headline: str) -> Finding:
    """Give the finding of a figure in which nothing is drawn."""
    return Finding(headline, alt=NOBODY)


def _level(estimates: list[Estimate]) -> str:
    return f"Bars: {100 * estimates[0].context.confidence:g} % interval."


def _what(estimates: Iterable[Estimate]) -> str:
    """What is counted, if it is the same everywhere, else reactions."""
    counted = list(dict.fromkeys(one.context.metric for one in estimates))
    return counted[0] if len(counted) == 1 else "reactions"


def _short(what: str) -> str:
    return what.removesuffix(" per post")


def slower_totals(growth: Estimates) -> Finding:
    """Say how many times a post collects at ten times the followers.

    Parameters
    ----------
    growth : Estimates
        Elasticities of totals per post in followers, by source.

    Examples
    --------
    >>> import analysis as an
    >>> likes = an.load_all("instagram-kim").sample("likes_per_post")
    >>> slower_totals(likes.elasticity()).headline
    'On Instagram, creators with ten times the followers get 7.7 times the likes'
    """
    known = [one for one in growth if not isnan(one.low)]
    if not known:
        return nothing_drawn("No source has enough creators to see how totals grow with followers")
    more = [one for one in known if one.low > 0]
    fewer = [one for one in known if one.high < 0]
    slower = sum(one.high < 1 for one in known)
    where = on(one.context.platform for one in more or known)
    what, tenfold = _what(more or known), "ten times the followers"
    texts = [f"{where}totals per post do not clearly grow with followers"]
    if more and not fewer:
        size = _multiples(10 ** min(one.estimate, 99) for one in more)
        texts = [f"{where}creators with {tenfold} get {size} times the {what}",
                 f"{where}creators with {tenfold} get {size} times the {_short(what)}",
                 f"{where}{tenfold} get {size} times the {what}",
                 f"creators with {tenfold} get {size} times the {what}"]  # fmt: skip
    elif fewer:
        texts = [f"{where}whether larger creators get more per post differs between sources"]
    headline = begun(fitting(*texts))
    counted = listing(dict.fromkeys(one.context.metric for one in known))
    detail = f"{begun(counted)}: clearly more for larger creators in {len(more) or 'none'} of "
    detail += f"{count(len(known), 'case')}, clearly less than ten times as many in "
    detail += f"{slower or 'none'}."
    caveat = f"{_level(known)} Left of the marked line, rates per follower are lower for larger "
    caveat += f"creators. Typical accounts, log on log. {DIFFERENT}"
    alt = f"Multiples of totals at {tenfold} with intervals, {count(len(known), 'row')}. "
    return Finding(headline, detail, caveat, shortened(f"{alt}{headline}."))


def posts_for_one(ratios: Estimates) -> Finding:
    """Say how many posts of smaller creators collect what one of larger creators does.

    Parameters
    ----------
    ratios : Estimates
        Totals per post of larger creators over those of smaller ones, by source.

    Examples
    --------
    >>> import analysis as an
    >>> likes = an.load_all("instagram-kim").sample("likes_per_post").tier("decades")
    >>> posts_for_one(likes.contrast("macro", "micro")).headline
    'On Instagram, one 100K–1M post collects 7.4 times a 10K–100K post'
    """
    known = [one for one in ratios if not isnan(one.estimate)]
    if not known:
        return nothing_drawn("No source has enough creators on both sides to compare totals")
    of, versus = (span(tier) for tier in (known[0].context.of, known[0].context.versus))
    sure = [one for one in known if not isnan(one.low)]
    clear = [one for one in sure if one.low > 1]
    where = on(one.context.platform for one in clear or known)
    texts = [f"{where}posts at {of} and {versus} followers do not clearly differ in totals"]
    if clear and not any(one.high < 1 for one in sure):
        size = _multiples(one.estimate for one in clear)
        texts = [f"{where}one {of} post collects {size} times a {versus} post",
                 f"one {of} post collects {size} times a {versus} post"]  # fmt: skip
    elif sure and any(one.high < 1 for one in sure):
        texts = [f"{where}whether {of} or {versus} posts collect more differs between sources"]
    headline = begun(fitting(*texts))
    counted = listing(dict.fromkeys(one.context.metric for one in known))
    detail = f"{of} against {versus} followers: {counted}, {known[0].context.average or 'means'}."
    caveat = f"{_level(known)} So many posts of smaller creators collect the same, if their "
    caveat += f"audiences may be added. {DIFFERENT}"
    alt = f"Multiples of totals with intervals, {count(len(known), 'row')}. {headline}. {detail}"
    return Finding(headline, detail, caveat, shortened(alt))


def _percents(estimates: Iterable[Estimate]) -> str:
    """Smallest and largest share in percent, never rounded to none or all."""
    ends = sorted(100 * one.estimate for one in estimates)
    if ends[0] < 1:
        return "some"
    low, high = ("over 99" if end > 99 else f"{end:.0f}" for end in (ends[0], ends[-1]))
    return f"{low}–{high} %" if low != high else f"{low} %"


def _known(estimates: Iterable[Estimate]) -> list[Estimate]:
    return [one for one in estimates if not isnan(one.estimate)]


def no_guarantee(totals: Iterable[Estimate], rates: Iterable[Estimate]) -> Finding:
    """Say in how many pairs a larger creator is ahead of a smaller one, and that this is no
    guarantee, or as good as one.

    Parameters
    ----------
    totals, rates : iterable of Estimate
        Probabilities of superiority of totals per post and of rates, by source.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("likes_per_post").tier("decades")
    >>> shares = kim.superiority("macro", "micro")
    >>> no_guarantee(shares, []).headline
    'On Instagram, 100K–1M followers beat 10K–100K in likes per post in 91 % of pairs'
    """
    known, beside = _known(totals), _known(rates)
    if not known and not beside:
        return nothing_drawn("No source has enough creators on both sides to compare them in pairs")
    shown, what = (known, "totals") if known else (beside, "rates")
    counted = {one.context.metric for one in shown}
    one = counted.pop() if len(counted) == 1 else what
    name = one if known else counted_of(one) if one != what else what
    of, versus = (span(tier) for tier in (shown[0].context.of, shown[0].context.versus))
    size, where = _percents(shown), on(each.context.platform for each in shown)
    texts = [f"{where}{of} followers beat {versus} in {name} in {size} of pairs",
             f"{where}{of} beat {versus} in {name} in {size} of pairs",
             f"{where}{of} beat {versus} in {what} in {size} of pairs",
             f"creators with {of} beat {versus} in {what} in {size} of pairs"]  # fmt: skip
    certain = sum(each.low > CERTAIN for each in shown)
    detail = f"Random creators with {of} and {versus} followers; guaranteed in {certain or 'none'} "
    detail += f"of {count(len(shown), 'comparison')} of {what}."
    if known and beside:
        detail += f" In rates the larger is ahead in {_percents(beside)}."
    headline = begun(fitting(*texts))
    alt = f"Shares of pairs with intervals, a row per source. {headline}. {detail}"
    return Finding(headline, detail, f"{_level(shown)} {PAIRS} {DIFFERENT}", shortened(alt))


PAIRS = (
    "At half of all pairs the two sizes cannot be distinguished; a guarantee would be all pairs. "
    "Means of accounts over their posts."
)
"""What a share of pairs means."""


def pairs_shown(pairs: pd.DataFrame, totals: int) -> pd.DataFrame:
    """Choose one total and one rate of each source to be drawn, in percent of pairs.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``source, metric`` and columns of estimates: first totals, then rates.
    totals : int
        How many rows are totals.

    Returns
    -------
    pandas.DataFrame
        With ``kind`` (of each panel) and ``total``, whether it is one.
    """
    kinds = ["totals per post"] * totals + ["rates"] * (len(pairs) - totals)
    ends = 100 * pairs[["estimate", "low", "high"]].astype(float)
    drawn = pairs.assign(**ends, unit="percent", kind=kinds)
    drawn = drawn.assign(total=drawn["kind"] != "rates")
    return drawn.drop_duplicates(["source", "kind"], ignore_index=True)
