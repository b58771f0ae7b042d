"""Draws results: what ``.plot()`` of an estimate or a verdict shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from pandas.api.types import is_float_dtype

from analysis.estimate.cost.budget import BudgetSplit, BudgetSplits
from analysis.estimate.cost.decisions import Advice, Decisions
from analysis.estimate.cost.portfolios import Portfolios
from analysis.estimate.cost.price_laws import PowerLaw
from analysis.estimate.cost.printed_prices import PriceEvidence
from analysis.estimate.cost.ratios import CostRatios
from analysis.estimate.cost.sizes import CheapestSizes
from analysis.estimate.curve.breakpoint import Breakpoint
from analysis.estimate.curve.shapes import Shape
from analysis.estimate.decision import claimed_range
from analysis.estimate.multiverse.choices import DecisiveChoices, SingleChanges, VarianceByChoice
from analysis.estimate.multiverse.specification_curve import SpecificationCurve
from analysis.estimate.panel.attrition import Attrition
from analysis.estimate.ratio.equivalence import Equivalence
from analysis.estimate.ratio.superiority import Trend
from analysis.estimate.results import Estimate, Estimates
from analysis.estimate.synthesis.moderators import MIXTURES, Moderated, Standardised
from analysis.estimate.synthesis.pooling import LeftOut, Pooled
from analysis.estimate.verdict import Verdict, Verdicts
from analysis.present.charts.canvas import log_axis, no_data
from analysis.present.charts.decisions import budget_splits, cheapest_size_curves, regret
from analysis.present.charts.diagrams import heatmap
from analysis.present.charts.estimates import intervals
from analysis.present.charts.followers import along_followers, fitted_curves, lines
from analysis.present.charts.outcomes import scorecard, shares, verdict_grid
from analysis.present.charts.register import draws
from analysis.present.charts.specifications import specification_curve, variance_by_choice
from analysis.present.sentences.multiverse import choice_name
from analysis.present.sentences.numbers import ratio_name, unit_name
from analysis.present.sentences.results import compared
from analysis.registers.lookup import claim

if TYPE_CHECKING:  # half a second, which only those who draw need wait
    from matplotlib.figure import Figure


MOST_PANELS = 6
"""Sources that have a panel each; of more, each row names its source."""


@draws(Estimates)
def draw_estimates(estimates: Estimates, **options) -> Figure:
    r"""Draw estimates: along followers if they are of follower bands, otherwise a row each; several
    sources stand in panels. Options as for `along_followers` or `intervals`.

    Examples
    --------
    >>> import analysis as an
    >>> kim = an.load("instagram-kim").sample("engagement").tier("decades")
    >>> [text.get_text() for text in kim.by_tier().plot().axes[0].get_yticklabels()][:2]
    ['nano (1K to 10K)\nn 8.3K', 'micro (10K to 100K)\nn 11K']
    """
    if not len(estimates):
        return no_data()
    frame, first = estimates.to_frame(), estimates[0]
    if "source" not in frame:
        frame["source"] = first.context.source
    if {"lower", "upper"} <= set(frame):
        label = f"{first.context.average} ({unit_name(first.unit)})"
        return along_followers(frame, **{"panels": "source", "label": label} | options)
    frame["label"] = [
        estimate.label if estimate.context.versus else compared(estimate) for estimate in estimates
    ]
    frame["label"] = frame["label"].str.replace(" followers", "")
    within = frame.groupby("source", sort=False)  # what a source fixes names no row
    texts = [name for name in (*estimates.keys, "label") if not is_float_dtype(frame[name])]
    names = [name for name in texts if within[name].nunique().max() > 1]
    panels = "source" if names and 1 < len(within) <= MOST_PANELS else None
    rows = names if panels or len(within) == 1 else ["source", *names]
    frame["row"] = frame[rows or ["source"]].astype(str).agg(", ".join, axis=1)
    chosen = {"rows": "row", "panels": panels}
    return intervals(frame, **chosen | axis_of(frame) | options)


HELD: dict[type, Callable[..., Estimates]] = {
    Estimate: lambda one: Estimates.of([one]),
    Equivalence: lambda alike: Estimates.of([alike.estimate]),
    Trend: lambda trend: Estimates.of([trend.estimate]),
    Advice: lambda advice: Estimates.of([advice.ratio]),
    Moderated: lambda moderated: moderated.ratios,
    Standardised: lambda both: Estimates.of([both.crude, both.estimate], mixture=MIXTURES),
    Pooled: lambda pooled: pooled.estimates,
    Attrition: lambda bounds: Estimates.of((bounds.naive, bounds.lowest, bounds.highest)),
    LeftOut: lambda left: Estimates.of([one.mean for one in left.pooled], without=left.without),
}
"""Results that are drawn as the estimates that they hold."""


@draws(*HELD)
def draw_held(result, **options) -> Figure:
    """Draw the estimates that a result holds; options as for `intervals`."""
    return draw_estimates(HELD[type(result)](result), **options)


def axis_of(frame) -> dict:
    """Label, reference and scale of the axis: logarithmic if nothing lies at or below zero."""
    first, drawn = frame.iloc[0], frame[["estimate", "low", "high"]].to_numpy(float)
    is_ratio, alike = first["unit"] == "ratio", frame["estimand"].nunique() == 1
    unit = f" ({unit_name(first['unit'])})" if first["unit"] else ""
    label = f"{first['estimand'] if alike else 'estimate'}{unit}"
    axis = {"label": f"ratio {first['label']}", "reference": 1.0} if is_ratio else {"label": label}
    axis = {"reference": None} | axis
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) and drawn.min() <= 0:
        air = 0.1 * np.ptp(drawn)
        axis |= {"linear": (drawn.min() - air, drawn.max() + air), "reference": 0.0}
    return axis


@draws(Verdict)
def draw_verdict(verdict: Verdict, **options) -> Figure:
    """Draw what was observed over the range that counts as the claim being right."""
    if np.isnan(verdict.estimate):
        return no_data()
    row = verdict.to_frame().assign(status="ok", n_accounts=np.nan, label=str(verdict.estimand))
    tests = claim(verdict.claim).tests[verdict.test - 1 :] if verdict.test else ()
    stated = {"claimed": claimed_range(tests[0]), "claimed_value": tests[0].value} if tests else {}
    return intervals(row, **{"rows": "claim"} | axis_of(row) | stated | options)


@draws(Verdicts)
def draw_verdicts(verdicts: Verdicts) -> Figure:
    """Draw outcomes by claim and source; several tier schemes are rows, with a panel per claim."""
    frame = verdicts.to_frame()
    tests = frame.groupby("claim")["test"].transform("nunique")
    number = "." + frame["test"].astype(str)
    frame["reading"] = frame["claim"] + number.where(tests > 1, "")
    names = [verdict.context.source or verdict.source for verdict in verdicts]
    frame["source"] = [name or "(no source)" for name in names]
    if frame.duplicated(["reading", "source"]).any():
        return verdict_grid(frame, "scheme", "source", "reading")
    return scorecard(frame)


@draws(Shape)
def draw_shape(shape: Shape, **options) -> Figure:
    """Draw the slopes on either side of the turning point; options as for `intervals`."""
    slopes = Estimates.of((shape.low_end, shape.high_end))
    label = ratio_name(shape.low_end.unit)
    return draw_estimates(slopes, **{"label": label, "reference": 1.0} | options)


@draws(Breakpoint)
def draw_bend(bend: Breakpoint, **options) -> Figure:
    """Draw the fitted curves, with the interval of a breakpoint that is shown; options as for
    `fitted_curves`.
    """
    if bend.curves.empty:
        return no_data()
    source, metric = bend.at.context.source, bend.at.context.metric
    breakpoints = bend.at.to_frame().assign(source=source)
    shown = breakpoints[breakpoints["status"] == "ok"]
    label = f"typical account: {metric}"
    return fitted_curves(None, bend.curves.assign(source=source), "source", label, shown, **options)


@draws(PowerLaw)
def draw_power_law(law: PowerLaw, confidence: float = 0.95) -> Figure:
    """Draw the line with its interval, on logarithmic axes."""
    frame, (quantity, *_) = law.along(confidence).assign(law=law.name), (law.name or law.source,)
    figure = lines(frame, "followers", "estimate", "law", "followers of the account", quantity)
    y = frame[["estimate", "low", "high"]]
    log_axis(figure.axes[0].yaxis, y.min().min() / 1.1, y.max().max() * 1.1)
    return figure


@draws(PriceEvidence)
def draw_price_evidence(evidence: PriceEvidence, **options) -> Figure:
    """Draw the elasticity of each source of prices beside that of the reactions; options as for
    `intervals`.
    """
    frame = evidence.to_frame()
    names = {"gamma": "estimate", "gamma_low": "low", "gamma_high": "high", "n": "n_accounts"}
    frame["status"] = np.where(frame["printed"], "indicative", "ok")
    chosen = {"label": "elasticity of price in followers; line: that of reactions"}
    chosen |= {"rows": "name", "reference": evidence.reactions.slope}
    return intervals(frame.rename(columns=names), **chosen | options)


@draws(CostRatios)
def draw_cost_ratios(ratios: CostRatios, **options) -> Figure:
    """Draw a row per source of prices, a panel for each thing that money buys; options as for
    `intervals`.
    """
    if not len(ratios):
        return no_data()
    chosen = {"rows": "name", "panels": "quantity", "label": f"ratio of costs {ratios[0].label}"}
    return intervals(ratios, **chosen | options)


@draws(Portfolios)
def draw_portfolios(portfolios: Portfolios, **options) -> Figure:
    """Draw what each way of spending collects, a panel per source of prices; options as for
    `intervals`.
    """
    frame = portfolios.to_frame().rename(columns={"median": "estimate"})
    chosen = {"rows": "portfolio", "panels": "prices", "reference": None}
    chosen |= {"label": "reactions per 1,000 of money: middle, worst and best 5 %"}
    return intervals(frame.assign(n_accounts=np.nan, status="ok"), **chosen | options)


@draws(VarianceByChoice)
def draw_variance_by_choice(shares: VarianceByChoice) -> Figure:
    """Draw the share of each choice, largest first."""
    frame = shares.frame.sort_values("share", ascending=False, ignore_index=True)
    return variance_by_choice(frame.assign(choice=frame["choice"].map(choice_name)))


@draws(DecisiveChoices)
def draw_decisive_choices(choices: DecisiveChoices) -> Figure:
    """Draw a row per test and a column per choice: pairs whose verdicts differ."""
    frame = choices.frame.assign(choice=choices.frame["choice"].map(choice_name))
    frame["tested"] = frame["claim"] + "." + frame["test"].astype(str)
    order = frame["choice"].unique()
    table = frame.pivot(index="tested", columns="choice", values="share")[order]
    table = table.dropna(axis="columns", how="all")
    return heatmap(table, "pairs that differ in this choice alone and in the verdict (%)")


@draws(SingleChanges)
def draw_single_changes(changes: SingleChanges) -> Figure:
    """Draw verdicts by option and source; other posts, which are many, in a panel of their own."""
    frame = changes.to_frame()
    of_posts, registered = (frame["choice"] == name for name in ("posts", "registered"))
    side = np.where(of_posts, "other posts", "as registered, other tiers, average or rate")
    row = frame["option"].str.replace("_", " ").mask(registered, "as registered")
    frame = frame.assign(side=side, row=row).sort_values("side", kind="stable")
    return verdict_grid(frame, "row", "source", "side")


@draws(SpecificationCurve)
def draw_curve(judged: SpecificationCurve, axes: dict[str, str] | None = None) -> Figure:
    """Draw the specification curve of one test of a claim above the choices in `axes`, and shares
    of outcomes if several were asked.
    """
    counts = judged.counts().set_index("question").drop(columns=["claim", "test"])
    if len(counts) != 1:
        return shares(counts)
    key, number = judged.frame[["claim", "test"]].iloc[0]
    test = claim(key).tests[number - 1]
    axes = axes or {"source": "whose data", "average": "average"}
    label = f"{test.of} / {test.versus}" if test.versus else test.of
    return specification_curve(judged, axes, label, claimed_range(test), test.value)


@draws(CheapestSizes)
def draw_cheapest_sizes(sizes: CheapestSizes, **options) -> Figure:
    """Draw the cheapest size along handling costs; options as for `cheapest_size_curves`."""
    return cheapest_size_curves(sizes, **{"x_label": "cost of handling one creator"} | options)


@draws(BudgetSplit)
def draw_budget_split(split: BudgetSplit) -> Figure:
    """Draw the budget as a row of its tiers."""
    return draw_budget_splits(BudgetSplits({("", split.budget): split}, ()))


@draws(BudgetSplits)
def draw_budget_splits(splits: BudgetSplits) -> Figure:
    """Draw each budget as a row of its tiers, a panel per source of prices."""
    if not splits.splits:
        return no_data()
    frame = splits.to_frame()
    frame["budget"] = frame["budget"].map("{:,.0f}".format)
    label = "share of the budget (%), with the number of creators"
    return budget_splits(frame, "prices", "budget", label)


@draws(Decisions)
def draw_decisions(decisions: Decisions, **options) -> Figure:
    """Draw what each decision costs and brings; options as for `regret`."""
    label = {"x_label": "cost of handling one creator"}
    return regret(decisions.table, decisions.along_handling, **label | options)
