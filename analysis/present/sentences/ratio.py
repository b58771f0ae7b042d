"""Comparisons of tiers and of creators as sentences, and their reasons."""

from collections.abc import Callable
from math import isnan

from analysis.display import sentence
from analysis.estimate.ratio.equivalence import Equivalence
from analysis.estimate.ratio.superiority import Trend
from analysis.estimate.ratio.tiers_alike import TiersAlike
from analysis.estimate.results import Estimate
from analysis.moments.levels import Levels
from analysis.present.sentences.numbers import count, interval, listing, number, p_value
from analysis.present.sentences.reasons import WORDINGS, without
from analysis.present.sentences.results import (
    BY_ESTIMAND,
    WORDS,
    about,
    compared,
    tier_range,
    value,
)


def _with_posts(accounts: int, halves: bool) -> str:
    what = "posts in both halves" if halves else "posts in rows of their own"
    return f"{count(accounts, 'account')} with {what}"


def _too_few_repeated(accounts: int, halves: bool) -> str:
    why = "too few to separate the posts of an account from the accounts"
    return f"{_with_posts(accounts, halves)}: {why}"


def _components(how: str) -> Callable[..., str]:
    return lambda accounts, halves, left=0: (
        f"analysis of variance over {_with_posts(accounts, halves)}{without(left)}; {how}"
    )


def _around(low: float, high: float, margin: float) -> tuple[str, str]:
    return f"{low:.3g} to {high:.3g}", f"1/{margin:g} to {margin:g}"


def _within_margin(level: float, low: float, high: float, margin: float, p: float | None) -> str:
    inner, allowed = _around(low, high, margin)
    small = f" The ratio differs from 1 ({p_value(p)}), by less than the margin." if p else ""
    return f"The {level:.0f} % interval, {inner}, lies within {allowed}.{small}"


def _across_margin(level: float, low: float, high: float, margin: float) -> str:
    inner, allowed = _around(low, high, margin)
    return f"The interval includes 1, and the {level:.0f} % interval, {inner}, leaves {allowed}."


def _differs_from_1(margin: float, beyond: bool) -> str:
    allowed = f"1/{margin:g} to {margin:g}"
    if beyond:
        return f"The interval excludes 1 and lies beyond {allowed}."
    return f"The interval excludes 1, but not all of {allowed}."


def _every_pair_alike(margin: float, p: float | None) -> str:
    small = f" They differ ({p_value(p)}), by less than the margin." if p else ""
    return f"Every pair of tiers is equivalent within a factor of {margin:g}.{small}"


def _not_alike(start: str) -> Callable[..., str]:
    return lambda margin, p, widest: (
        f"{start} ({p_value(p)}), and {widest} is not shown to lie within a factor of {margin:g}."
    )


def _clustered(stratum: str, levels: int, single: int, by_account: bool) -> str:
    left = f", {single} with one of the tiers only left out" if single else ""
    accounts = " and account" if by_account else ""
    return f"errors clustered by {stratum}{accounts} (CR2), {levels} {stratum}s with both{left}"


WORDINGS |= {
    "within_levels": "{of} / {versus} within each {stratum}, typical account of {metric}",
    "no_level_shared": "no {stratum} has posts of both {of} and {versus}",
    "few_levels": lambda stratum, levels: (
        f"indicative only, {count(levels, stratum)} with both tiers"
    ),
    "clustered_within": _clustered,
    "no_levels_named": "Not answerable here: {source} does not name the {stratum} of its posts, "
    "so nothing can be compared within one.",
    "few_in_all": lambda accounts: f"indicative only, {count(accounts, 'account')}",
    "too_few_repeated": _too_few_repeated,
    "variance_by_jackknife": _components("leave-one-account-out jackknife"),
    "variance_from_cells": _components("F and chi-squared intervals for normal logs, from cells"),
    "no_histogram_for_ranks": "cells of a stratum hold no histogram, so no ranks",
    "fewer_than_two_tiers": "fewer than two tiers hold accounts",
    "no_overlap": "the tiers do not overlap, or one of them holds a single account: no interval",
    "brunner_munzel": "Brunner-Munzel, logit interval",
    "jonckheere": "Jonckheere-Terpstra; logit interval from placements",
    "placed_in_bins": "from a histogram: {even:.3f} if accounts are spread evenly over their bins, "
    "{low:.3f} to {high:.3f} however they lie in them",
    "within_margin": _within_margin,
    "across_margin": _across_margin,
    "differs_from_1": _differs_from_1,
    "every_pair_alike": _every_pair_alike,
    "tiers_differ": _not_alike("The tiers differ"),
    "no_difference_shown": _not_alike("No difference is shown"),
    "too_few_tiers_to_compare": "Not answerable here: fewer than two tiers with {fewest} accounts "
    "and an interval.",
}


def _probability(estimate: Estimate) -> str:
    shares = [100 * part for part in (estimate.estimate, estimate.low, estimate.high)]
    pairs, context = interval(*shares, "percent"), estimate.context
    if not context.versus:
        larger = f"the account of the larger tier has more {context.metric}"
        return f"of two accounts of different tiers, {larger} in {pairs} of pairs"
    who, whom = tier_range(context.of), tier_range(context.versus)
    more = f"a random account of {who} has more {context.metric} than that of {whom}"
    return f"{more} in {pairs} of pairs"


def _reliability(estimate: Estimate) -> str:
    return f"the {estimate.label} of a creator has a reliability of {value(estimate)}"


def _posts(estimate: Estimate) -> str:
    posts = interval(estimate.estimate, estimate.low, estimate.high)
    return f"{estimate.label} of a creator's mean: {posts}"


def _within_levels(estimate: Estimate) -> str:
    stratum = dict(estimate.estimand.facts)["stratum"]
    metric = WORDS.get(estimate.context.metric, estimate.context.metric)
    return f"within each {stratum}, {compared(estimate)}, {metric}: {value(estimate)}"


BY_ESTIMAND |= {
    "within_levels": _within_levels,
    "more_often": _probability,
    "larger_more_often": _probability,
    "reliability": _reliability,
    "posts_needed": _posts,
}


@sentence.register(Levels)
def _levels(levels: Levels) -> str:
    rows, sample = levels.sample.rows, levels.sample
    many = count(rows["level"].nunique(), levels.stratum)
    accounts = rows["account"].nunique() if "account" in rows else int(rows["accounts"].sum())
    text = f"{sample.source.short}, {sample.metric.title}: {count(accounts, 'account')}"
    return f"{text} with posts of {many}."


@sentence.register(Trend)
def _trend(trend: Trend) -> str:
    if isnan(trend.p):
        return trend.estimate.sentence()
    context, direction = trend.estimate.context, "rises" if trend.z > 0 else "falls"
    clear = trend.p <= 1 - context.confidence
    shown = f"{direction} with the tiers" if clear else "shows no trend over the tiers"
    text, share = f"{context.source}: {context.metric} {shown}", _probability(trend.estimate)
    return f"{text} ({trend.estimate.label}; {p_value(trend.p)}): {share}."


@sentence.register(Equivalence)
def _equivalence(alike: Equivalence) -> str:
    estimate = alike.estimate
    if estimate.status == "undefined":
        return estimate.sentence()
    what = f"{about(estimate.context)}: {compared(estimate)} {value(estimate)}"
    return f"{what}, {alike.answer}. {alike.because}"


@sentence.register(TiersAlike)
def _tiers_alike(alike: TiersAlike) -> str:
    without = f" Not compared: {listing(alike.left_out)}." if alike.left_out else ""
    tiers = f"{listing(alike.tiers)}, {number(alike.n_accounts, 'accounts')}"
    return f"{about(alike.context)}: {tiers}: {alike.answer}. {alike.because}{without}"
