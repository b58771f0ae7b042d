"""How each reason is worded: why something is missing, undecided, or as it is.

Estimators give reasons as keys with facts; a key without an entry here is shown with blanks for
underscores, so that a new estimator reads tolerably before it reads well.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from analysis.display import Reason, sentence
from analysis.present.sentences.numbers import count, lift, listing, posts_with, unit_name
from analysis.registers.severity import AS_ASKED, EASILY, EASILY_NOT

WORDINGS: dict[str, str | Callable[..., str]] = {}
"""Wording of each reason: text with its facts in braces, or a function of the facts."""


@sentence.register(Reason)
@lru_cache(100_000)
def worded(reason: Reason) -> str:
    """Word a reason."""
    wording = WORDINGS.get(reason.key, reason.key.replace("_", " "))
    facts = dict(reason.facts)
    return wording(**facts) if callable(wording) else wording.format(**facts)


def joined(reasons: tuple[Reason, ...]) -> str:
    """Word several reasons, each once.

    Examples
    --------
    >>> joined((Reason("no_account"), Reason("no_account")))
    'no account'
    """
    return "; ".join(dict.fromkeys(str(reason) for reason in reasons))


def rate(metric: str, posts: str) -> str:
    """Write a metric and of which posts it is.

    Examples
    --------
    >>> rate("likes / followers", "niche: beauty")
    'likes / followers, posts with niche = beauty'
    """
    return ", ".join(filter(None, (metric, posts_with(posts))))


def three(value: float) -> str:
    """Write three significant digits, never as a power of ten.

    Examples
    --------
    >>> three(0.012345), three(123456.0)
    ('0.0123', '123,000')
    """
    return f"{float(f'{value:.3g}'):,.10g}"


def without(left: int) -> str:
    """Say how many accounts an estimate does without, since sums of their cells are missing."""
    cells = "in cells whose sums are not published, so that nobody can be read off"
    return f", without {count(left, 'account')} {cells}" if left else ""


AVERAGES = {
    "no_account": "no account",
    "not_published": lambda accounts: (
        f"not published for a cell of {count(accounts, 'account')}, so that no account can be "
        "read off"
    ),
    "rate_zero": "nothing was counted: the rate is zero",
    "one_account_dominates": "a single account dominates the average: no interval",
    "too_few_positive": "too few accounts have a rate above zero: no interval",
    "no_variation": "no variation between accounts: no interval",
    "many_zeros": "indicative only, {zeros:,} of {accounts:,} accounts have a rate of zero and no "
    "logarithm",
    "no_histogram": "cells of a stratum hold no histogram, so no median",
    "welch": "Welch t interval on log account rates",
    "welch_without_zeros": lambda accounts: (
        "Welch t interval on log account rates; "
        f"{count(accounts, 'account')} with zero rate excluded"
    ),
    "delta_method": "delta method from sums over accounts (HC3, moderated by log-normal rates), "
    "degrees of freedom after Kish",
    "order_statistics": "order statistics of log rates (Price and Bonett)",
    "order_statistics_from_histogram": "order statistics of log rates (Price and Bonett) from a "
    "histogram, median within {error:.1f} % of that of the accounts",
    "wide_bins": lambda error: (
        "indicative only, bins so wide that the median of the accounts may be "
        f"{'anywhere below' if math.isinf(error) else f'{error:.0f} % away'}"
    ),
    "in_tier": "{tier}: {problem}",
    "posts_in_merged_cells": lambda tier, accounts, posts: (
        f"At most {count(accounts, 'account')} {f'in {tier} ' if tier else ''}"
        f"{'has' if accounts == 1 else 'have'} {posts_with(posts)} in cells whose levels were "
        "merged, and are not counted with them."
    ),
    "few_accounts": lambda tier, accounts: (
        f"indicative only, {count(accounts, 'account')} in {tier}"
    ),
    "no_other_tier": "no other tier has an account",
    "no_other_tier_suffices": "no other tier has enough accounts",
    "smallest_ratio": "smallest of {ratios} ratios, simultaneous intervals",
    "not_compared": lambda tiers: (
        f"no lower end, since not compared for lack of accounts: {', '.join(tiers)}"
    ),
}


def _within(low: float, high: float, near: tuple[float, float] | tuple[()] = ()) -> str:
    if math.isinf(high):
        where = f"above {three(low)}"
    elif low == 0:
        where = f"below {three(high)}"
    else:
        where = f"between {three(low)} and {three(high)}"
    counts = f", which counts as {three(near[0])} (a factor of {near[1]:g})" if near else ""
    return f"The whole interval lies {where}{counts}."


NO_LOWER_END = {
    "": "",
    "tier": " It has no lower end, because a tier could not be compared.",
    "search": " It has no lower end.",
}


def _across(edges: tuple[float, ...], open_end: str) -> str:
    crossed = " and ".join(three(edge) for edge in edges)
    return f"The interval reaches across {crossed}.{NO_LOWER_END[open_end]}"


RELATIONS = {
    "equals": "",
    "at_least": "at least ",
    "at_most": "at most ",
    "more_than": "more than ",
    "less_than": "less than ",
}


def _by_bound(edge: float, above: bool, zeros: Reason) -> str:
    facts = dict(zeros.facts)
    where, lifts = "above" if above else "below", zeros.key == "zeros_raise"
    return (
        f"By a bound: {facts['zeros']:,} of {facts['accounts']:,} accounts in {facts['tier']} have "
        f"a rate of zero and would only {'raise' if lifts else 'lower'} the ratio; the whole "
        f"interval without them lies {where} {three(edge)}."
    )


def _claimed(relation: str, value: float, margin: float, unit: str) -> str:
    article = "an" if unit[:1] in tuple("aeiou") else "a"
    text = f"{article} {unit} of {value:g}"
    if unit in ("percent", "followers"):
        text = f"{value:,.10g} {unit}"
    elif unit_name(unit) != unit:
        text = f"a ratio of {value:g} {unit_name(unit)}"
    return f"{RELATIONS[relation]}{text}{_counts(relation, value, margin, three)}"


def claimed_lift(relation: str, value: float, margin: float, unit: str) -> str:
    """Word a claimed ratio of tiers as a lift, e.g. ``+60 % (+45 % to +76 % counts)``.

    Examples
    --------
    >>> claimed_lift("equals", 1.6, 1.1, "ratio"), claimed_lift("at_least", 100, 1, "ratio")
    ('+60 % (+45 % to +76 % counts)', 'at least 100 times')
    """
    if value == 1:
        equal = {"equals": "about the same", "more_than": "more", "less_than": "less"}
        return f"{equal.get(relation, 'the same')}{_counts(relation, value, margin, lift)}"
    # beyond tenfold a multiple is easier to read, as in `confidence.change`
    write = lift if value < 10 else "{:,.0f} times".format
    return f"{RELATIONS[relation]}{write(value)}{_counts(relation, value, margin, write)}"


def _counts(relation: str, value: float, margin: float, write: Callable[[float], str]) -> str:
    """Which values count as the claim being right, where that is not only the value itself."""
    low, high = write(value / margin), write(value * margin)
    if margin == 1 or relation in ("more_than", "less_than"):
        return ""
    ends = {"equals": f"{low} to {high}", "at_least": f"{low} or more", "at_most": f"up to {high}"}
    return f" ({ends[relation]} counts)"


OUTCOMES = {
    "supported": "supported",
    EASILY: "supported by a test that can hardly fail",
    AS_ASKED: "supported as far as can be asked",
    "contradicted": "contradicted",
    EASILY_NOT: "contradicted by a test that often contradicts true claims",
    "undecided": "undecided",
    "untestable": "no data",
    "document": "settled by reading",
}
"""What readers see for each outcome of a register."""


def outcome_name(outcome: str, fragile: str = "") -> str:
    """Write an outcome, and that it is fragile.

    Examples
    --------
    >>> outcome_name("untestable"), outcome_name("supported", "fragile")
    ('no data', 'supported, fragile')
    """
    return ", ".join(filter(None, (OUTCOMES.get(outcome, outcome), fragile)))


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def _test_by_test(parts: tuple[tuple[Reason, Any, str], ...]) -> str:
    ranges = [claimed for _, claimed, _ in parts]
    listed = []
    for estimand, claimed, outcome in parts:
        # where several parts claim the same, only what they are about tells them apart
        what = f"{estimand}: " if ranges.count(claimed) > 1 else ""
        listed.append(f"{what}{claimed}, {OUTCOMES.get(outcome, outcome)}")
    return f"{_without_data(parts)}Test by test: {'; '.join(listed)}."


def _without_data(parts: tuple[tuple[Reason, Any, str], ...]) -> str:
    """How many parts have which outcome, where some have no data."""
    outcomes = [outcome for *_, outcome in parts]
    lacking = [ORDINALS[at] for at, outcome in enumerate(outcomes) if outcome == "untestable"]
    if not lacking:
        return ""
    known = [outcome for outcome in outcomes if outcome != "untestable"]
    counted = [f"{known.count(outcome)} {outcome}" for outcome in dict.fromkeys(known)]
    first, *more = counted
    has = "has" if len(lacking) == 1 else "have"
    first = first.replace(" ", f" of {len(parts)} parts ", 1)
    return f"{', '.join([first, *more])}; the {listing(lacking)} {has} no data. "


VERDICTS = {
    "nothing": "",
    "written": "{text}",
    "to_settle": "To settle it: {request}",
    "nothing_observed": "Not answerable here: nothing was observed. To settle it: {request}.",
    "nobody_asked": "Not answerable here: no source holds anything of the kind. To settle it: "
    "{request}",
    "not_answerable": lambda reasons: f"Not answerable here: {joined(reasons)}.",
    "too_little": lambda reasons: f"Too little to decide: {joined(reasons)}.",
    "lacking": lambda source, metric, posts: (
        f"Not answerable here: {source} does not hold {rate(metric, posts)}."
    ),
    "not_followed": "Not answerable here: {source} does not follow creators by {metric} along "
    "{along}.",
    "level_unnamed": "Not answerable here: the test asks how high an engagement rate is, and does "
    "not name what is counted and what it is divided by.",
    "other_level": lambda source, metric, held, limit: (
        f"Not answerable here: the level claimed is one of {metric}, and {source} holds {held}, "
        f"which is another quantity.{f' {limit}' if limit else ''}"
    ),
    "no_levels": "Not answerable here: a level is claimed, and {source} has none to compare. "
    "{limit}",
    "not_at_hand": "Not answerable here: the source to compare with, '{source}', is not at hand.",
    "control": "Not answerable here: {source} is {selection}, a control that decides no claim.",
    "platforms_missing": lambda platforms, others=True: (
        f"Not answerable here: the claim is about {listing(platforms)}{' too' if others else ''}, "
        "and no source is."
    ),
    "other_platforms": lambda platforms: (
        f"Not answerable here: the claim is about {listing(platforms)}."
    ),
    "other_metric": "Not answerable here: the claim is about an engagement rate, and {metric} is "
    "not one.",
    "file_lacks": lambda metric, posts: f"the file does not hold {rate(metric, posts)}",
    "file_follows_nobody": "the file does not hold {metric} of the same creators at several dates, "
    "with the followers they had then",
    "file_names_no_levels": "the file does not name the {stratum} of its posts",
    "more_accounts": lambda tier, accounts: (
        f"{accounts} more {tier if tier.startswith('of ') else f'in {tier}'}"
    ),
    "a_file_that_does_not_look_selected": "a file without signs of selection",
    "interval_within": _within,
    "interval_below": lambda edge: f"The whole interval lies below {three(edge)}.",
    "interval_above": lambda edge: f"The whole interval lies above {three(edge)}.",
    "interval_across": _across,
    "by_bound": _by_bound,
    "test_by_test": _test_by_test,
    "supported_as_asked": _test_by_test,
    "claimed": _claimed,
    "all_tests": "all of {tests} tests",
}

WORDINGS |= AVERAGES | VERDICTS
