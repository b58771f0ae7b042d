"""Findings of what would make an answer another: confidence, other posts, the best of many."""

from collections.abc import Callable
from math import isnan

import pandas as pd

from analysis.display import finding
from analysis.estimate.confidence_curve import HIGHEST, ConfidenceCurve
from analysis.estimate.gathered import Results
from analysis.estimate.results import Estimates
from analysis.estimate.strata import Strata
from analysis.estimate.verdict import Verdict
from analysis.finding import Finding
from analysis.present.sentences.confidence import change, level
from analysis.present.sentences.findings import (
    SIGNED_OFF,
    begun,
    direction,
    fitting,
    shortened,
    span,
)
from analysis.present.sentences.numbers import count, listing
from analysis.present.sentences.reasons import claimed_lift
from analysis.present.sentences.results import WORDS, lifts, observed_by
from analysis.present.sentences.shifts import part_of
from analysis.present.sentences.sizes import counted, decided, in_words, note, place, sized, stated
from analysis.registers.lookup import claim as claim_of

HOW = "Bars, from thick to thin: intervals of 50, 95, 99 and 99.9 %."
"""How nested intervals are read."""

TOGETHER: dict[type, Callable[[Results], Finding]] = {}
"""What several results of one kind show together."""


@finding.register(Results)
def _results(results: Results) -> Finding:
    kinds = {type(result) for result in results}
    if len(kinds) == 1 and (write := TOGETHER.get(*kinds)):
        return write(results)
    if len(results) == 1:
        return results[0].finding()
    return Finding(SIGNED_OFF, results.sentence(), alt=shortened(results.sentence()))


@finding.register(ConfidenceCurve)
def _curve(curve: ConfidenceCurve) -> Finding:
    return _curves([curve])


def _curves(curves) -> Finding:
    """Say how much confidence it takes to reach a claim, by the source with most accounts."""
    drawn = [one for one in curves if not one.reasons]
    if not drawn:
        text = "No source has an interval that could be widened"
        return Finding(text, alt=f"An empty picture: {text.lower()}.")
    first = max(drawn, key=lambda one: one.estimate.n_accounts)
    estimate = first.estimate
    where, context = place(estimate.context), estimate.context
    is_lift = estimate.unit == "ratio" and bool(context.versus)
    if first.test is None or not is_lift:
        return Finding(SIGNED_OFF, curves[0].sentence(), alt=shortened(curves[0].sentence()))
    headline = begun(fitting(*_reach(first, where)))
    who = f"{span(context.of)} against {span(context.versus)} followers"
    what = in_words([one.estimate for one in drawn])
    detail = f"{begun(who)}, {what}. {HOW}"
    each = listing(f"{one.estimate.context.source} {lifts(one.estimate)}" for one in drawn)
    alt = f"Nested intervals of each source, wider with more confidence: {each}. {headline}."
    caveat = note([one.estimate for one in drawn], first.test).partition(" Shaded")[2]
    caveat = f"Shaded{caveat}" if first.test else ""
    return Finding(headline, detail, caveat, shortened(alt))


TOGETHER[ConfidenceCurve] = lambda results: _curves(list(results))


def _reach(curve: ConfidenceCurve, where: str) -> list[str]:
    """How much confidence it takes to reach, or to leave, what counts as the claim."""
    estimate = curve.estimate
    what = counted([estimate])
    size = _as_size(curve.nearest, what)
    _, whole = stated(curve.test, what)
    if curve.inside:
        sure = level(curve.missed)
        return [f"{where}{whole} stands up to {sure} confidence",
                f"{where}the claim stands up to {sure} confidence"]  # fmt: skip
    if curve.missed > 1 - estimate.context.confidence:
        return [f"{where}intervals as wide as this cannot tell whether it is {whole}",
                f"{where}the intervals cannot tell"]  # fmt: skip
    if curve.missed < 1 - HIGHEST:
        return [f"{where}no interval up to {100 * HIGHEST:g} % confidence reaches {size}"]
    takes = f"{where}it takes {level(curve.missed)} confidence to reach"
    return [f"{takes} even {size}", f"{takes} {change(curve.nearest)}"]


def _as_size(ratio: float, what: str) -> str:
    return "no difference" if abs(ratio - 1) < 0.005 else sized(ratio, ratio, what)


@finding.register(Strata)
def _strata(held: Strata) -> Finding:
    """Say whether some of the posts alone would have decided otherwise."""
    if not held.wholes:
        text = "No source has strata with enough accounts"
        return Finding(text, alt=f"An empty picture: {text.lower()}.")
    claim = claim_of(held.claim)
    test = claim.tests[0]
    turned = {}
    for whole in held.wholes:
        rows = held.frame[held.frame["source"] == whole.context.source]
        turned[whole.context.source] = rows[
            (rows["kind"] != "") & (rows["outcome"] != whole.outcome)
        ]
    with_some = [one for one in held.wholes if len(turned[one.context.source])]
    whole = max(with_some or held.wholes, key=_accounts(held.frame))
    observed = observed_by(whole)
    what = counted([observed])
    headline = begun(fitting(*_otherwise(whole, turned[whole.context.source], what)))
    context = observed.context
    who = f"{span(context.of)} against {span(context.versus)} followers"
    metric = WORDS.get(context.metric, context.metric)
    detail = f"{begun(who)}: {metric}, {context.average}, from all posts and from parts of them."
    rows = held.frame[held.frame["source"] == whole.context.source]
    each = listing(f"{posts_of(row)} {change(row.estimate)}" for row in rows.itertuples())
    alt = shortened(f"{headline}. {context.source}: {each}.")
    stated_as = claimed_lift(test.relation, test.value, test.margin, "ratio")
    caveat = f"Bars: {100 * context.confidence:g} % intervals. Shaded: the claim, {stated_as}."
    return Finding(headline, detail, f"{caveat} A part describes; it names no cause.", alt)


def _accounts(frame: pd.DataFrame) -> Callable[[Verdict], float]:
    def of(whole: Verdict) -> float:
        rows = frame[(frame["source"] == whole.context.source) & (frame["kind"] == "")]
        return float(rows["n_accounts"].max())

    return of


def posts_of(row) -> str:
    """Name the posts of a row of strata.

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> posts_of(Row(kind="", level="")), posts_of(Row(kind="age", level="older"))
    ('all posts', 'older posts')
    """
    return part_of(row.kind, row.level) if row.kind else "all posts"


def _otherwise(whole: Verdict, turned: pd.DataFrame, what: str) -> list[str]:
    """Which posts alone would have decided otherwise, from the fullest text to the shortest."""
    where = place(whole.context)
    if not len(turned):
        return [f"{where}no part of the posts alone would have decided otherwise"]
    rows = list(turned.itertuples())
    names, (first, *others) = [posts_of(row) for row in rows], rows
    otherwise = "alone would have decided otherwise"
    texts = [f"{where}{listing(names)} {otherwise}",
             f"{where}{len(names)} parts of the posts {otherwise}"]  # fmt: skip
    if others or isnan(first.estimate):
        return texts
    every = sized(whole.estimate, whole.estimate, what)
    if not direction(first.low, first.high):
        return [f"{where}{names[0]} alone show no clear difference, all posts {every}", *texts]
    part = sized(first.estimate, first.estimate, what)
    every = every.removesuffix(f" {what}")
    return [f"{where}{names[0]} alone give {part}, all posts {every}", *texts]


def best_of_many(chances: pd.DataFrame, claimed: float, comparisons: int, error: float) -> Finding:
    """Say how often the largest of several comparisons reaches a claim although nothing differs.

    Parameters
    ----------
    chances : pandas.DataFrame
        As `an.power.chances_of_up_to` gives it.
    claimed : float
        The ratio to be reached.
    comparisons : int
        How many the headline speaks of, at the standard error `error`.

    Examples
    --------
    >>> import analysis as an
    >>> chances = an.power.chances_of_up_to(1.6, [1, 16])
    >>> best_of_many(chances, 1.6, 16, 0.3).headline
    'Chance alone lifts the best of 16 comparisons past 60 % in 62 % of cases'
    """
    at = (chances["comparisons"] == comparisons) & chances["error"].str.endswith(f" {error:g}")
    chance, size = chances.loc[at, "chance"].iloc[0], f"{100 * abs(claimed - 1):.0f} %"
    many = f"the best of {comparisons} comparisons past {size}"
    headline = fitting(f"Chance alone lifts {many} in {chance:.0f} % of cases",
                       "Chance alone often lifts the best of many comparisons")  # fmt: skip
    detail = (
        f"Nothing differs, and so many independent comparisons are made, each with a standard "
        f"error of its log ratio; how often the largest reaches {change(claimed)}. Computed, not "
        "observed."
    )
    low, high = chances["chance"].min(), chances["chance"].max()
    alt = (
        f"Rising curves of the chance that the largest of several comparisons reaches "
        f"{change(claimed)} although nothing differs, from {low:.0f} % to {high:.0f} %. {headline}."
    )
    caveat = f"At the mark: {comparisons} comparisons, standard error {error:g}."
    return Finding(headline, detail, caveat, shortened(alt))


def up_to(estimates: Estimates) -> str:
    """Write what "up to" would say of our own comparisons: the largest of them.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load_all("instagram-kim").sample("engagement")
    >>> up_to(kim.across_schemes(["decades", "harvard-media"]))[:43]
    "From our own 2 comparisons, 'up to +38 %' ("
    """
    known = decided(estimates)
    if not known:
        return "No comparison of our own has enough creators on both sides."
    top = max(known, key=lambda one: one.estimate)
    whose = f"{top.context.source}, tiers of {top.context.scheme}"
    first = f"From our own {count(len(known), 'comparison')}, 'up to {change(top.estimate)}'"
    return f"{first} ({whose}) would be true in print, and mislead as much."
