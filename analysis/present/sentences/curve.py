"""Slopes, breakpoints and shapes along followers as sentences, and their reasons."""

import re
from math import isnan

from analysis.display import Reason, sentence
from analysis.estimate.curve.breakpoint import Breakpoint
from analysis.estimate.curve.shapes import LINES, QUADRATIC, Shape
from analysis.estimate.results import Estimate
from analysis.present.sentences.numbers import count, listing, p_value
from analysis.present.sentences.reasons import WORDINGS, rate
from analysis.present.sentences.results import BY_ESTIMAND, lifts, value


def _in_cells(cells: bool) -> str:
    return " with one variance per band (cells)" if cells else ""


ERRORS = {
    "drawn": "HC3, t of scaled residuals or Student's",
    "steadied": "HC3 steadied by a line of spreads, df after Satterthwaite",
    "plain": "HC3",
}
"""How the errors of slopes were computed."""


def _log_log(cells: bool, zeros: int, errors: str) -> str:
    without = f", without {count(zeros, 'account')} of rate zero" if zeros else ""
    return f"least squares on account logs, {ERRORS[errors]}{_in_cells(cells)}{without}"


def _poisson(df: float, cells: bool) -> str:
    bands = (
        ", accounts at their band's mean log followers and spread around it as in the band (cells)"
    )
    text = "Poisson pseudo-likelihood, clustered by account, CR3 moderated by all accounts, "
    text += f"df {df:.0f}"
    return f"{text}{bands if cells else ''}"


def _breakpoint_fixed(at: float, cells: bool, errors: str) -> str:
    where = f"one bend at {at:,.0f} followers, fixed beforehand"
    return f"least squares with {where}, {ERRORS[errors]}{_in_cells(cells)}"


def _drawn(wild: bool) -> str:
    return "flipped residual signs" if wild else "correlated normal draws"


def _changes_at_once(cells: bool, changes: int, wild: bool) -> str:
    several = f"simultaneous over {count(changes, 'bend')} by {_drawn(wild)}"
    return f"least squares, HC3{_in_cells(cells)}, {several}"


def _breakpoint_profile(candidates: int, p: float, wild: bool) -> str:
    profile = f"least squares over {count(candidates, 'candidate')}"
    return f"{profile}, profile scaled to robust variances, p of no bend {p:.2g} by {_drawn(wild)}"


def _elasticity_of(model: str, metric: str, posts: str) -> str:
    middle = "typical" if model == "log-log" else "mean"
    return f"elasticity of {middle} {rate(metric, posts)} in followers, between accounts"


# "bend" stays in texts of verdicts, which are those of the frozen edition
PLACES = {
    "below": "below the bend",
    "above": "above the bend",
    "above / below": "above the bend over that below",
}


def _turning(rate: Reason, shape: str) -> str:
    where = f"followers at which {rate} turns if it has the shape of {_article(shape)} {shape}"
    return f"{where}, between accounts"


def _article(shape: str) -> str:
    return "an" if shape[0] in "aeiou" else "a"


WORDINGS |= {
    "elasticity": _elasticity_of,
    "slope_beside": "ratio of {metric} at ten times the followers, {sources}, between accounts",
    "implied_ratio": "ratio of rates per follower, {tiers} of {scheme}, implied by the {by}",
    "slope_beside_breakpoint": lambda rate, side: (
        f"ratio of {rate} at ten times the followers {PLACES[side]}, between accounts"
    ),
    "slope_change": "slope of log {rate} above {at:,.0f} followers over that below, between "
    "accounts",
    "place_of_breakpoint": "followers at which the slope of log {rate} changes, between accounts",
    "rate_at": "typical account of {rate}, at {at:,.0f} followers",
    "ratio_with_error": "ratio of {rate} of one size to ten times that size, with an error of "
    "{error:g} in log followers",
    "explaining_error": "error in log followers that would explain all of the premium in {rate}",
    "turning": _turning,
    "at_followers": "at {at:,.0f} followers",
    "breakpoint_at": "breakpoint at {at:,.0f}",
    "slope_of_side": "{side} of {rate}, between accounts",
}
"""What is estimated along followers."""


def _quadratic(scale: str, low: float, high: float, cells: bool, errors: str) -> str:
    ends = f"slopes at {low:,.0f} and {high:,.0f} followers, {ERRORS[errors]}; Fieller interval"
    bands = ", squares to second order within bands (cells)" if cells else ""
    return f"quadratic in {scale}, {ends}{bands}"


WORDINGS |= {
    "too_few_sizes": "fewer than three accounts of different size, so no slope",
    "too_few_counts": "fewer than two sizes with a count above zero, so no slope",
    "no_variation_around_line": "no variation around the line, or one account decides it: no "
    "interval",
    "log_log": _log_log,
    "poisson": _poisson,
    "log_midpoints": "tiers at their log-midpoints, {of:,.0f} and {versus:,.0f} followers",
    "not_per_follower": "{metric} is not per follower",
    "errors_in_variables": "least squares on account logs, corrected for errors in followers",
    "error_leaves_nothing": "an error of the spread of log followers, {spread:.2f}, leaves nothing",
    "no_premium": "small accounts have no premium to explain",
    "no_edge": "{at:,.0f} followers is not an edge of these cells: a band lies across it",
    "too_few_beside": "too few accounts of different size on one side of {at:,.0f} followers",
    "breakpoint_fixed": _breakpoint_fixed,
    "changes_at_once": _changes_at_once,
    "no_search": lambda accounts: (
        f"{count(accounts, 'account')} do not allow to look for a bend: too few, or too few "
        "follower bands"
    ),
    "no_breakpoint_shown": "no bend is shown, so its place means little",
    "breakpoint_profile": _breakpoint_profile,
    "slopes_profile": "least squares with one bend at {at:,.0f} followers, HC3, profile over its "
    "place",
    "open_ends": lambda ends: f"open at the {listing(ends)} end, where the search ends",
    "outside_the_data": "{at:,.0f} followers lie outside the data, or too few accounts to draw a "
    "curve",
    "smooth_curve": "penalised linear spline, {parameters:.1f} effective parameters, posterior or "
    "robust variance",
    "no_quadratic": lambda accounts: (
        f"{count(accounts, 'account')} do not allow to fit a quadratic"
    ),
    "no_two_lines": lambda accounts: f"{count(accounts, 'account')} do not allow to fit two lines",
    "no_line_beside": "no line can be fitted on one side of the flat region",
    "quadratic": _quadratic,
    "two_lines": "two lines that part at {at:,.0f} followers, HC3; the range is where a smooth "
    "curve is flat",
    "shape_not_shown": "no {shape} is shown (p {p:.2g})",
    "two_lines_disagree": "no {shape} is shown: the quadratic has its slopes (p {p:.2g}), two "
    "lines do not (p {lines:.2g}), as where a rate rises and is then level",
    "raw_followers": "raw followers: a pure power law, which has no turning point, passes this "
    "test in nearly every sample; only the answer on log followers counts",
}


def _elasticity(estimate: Estimate) -> str:
    what = str(estimate.estimand).removeprefix("elasticity of ").split(" in followers")[0]
    what = re.sub(r"\(([^()]*)\)$", r"\1", what)  # a numerator alone needs no brackets
    return f"{what} grows as followers to the power {value(estimate)}"


def _per_decade(estimate: Estimate) -> str:
    return f"{estimate.estimand}: {lifts(estimate)}"


PER_DECADE = ("slope_beside", "slope_beside_breakpoint", "slope_change", "ratio_with_error")

BY_ESTIMAND |= {"elasticity": _elasticity, **dict.fromkeys(PER_DECADE, _per_decade)}


@sentence.register(Breakpoint)
def _bend(bend: Breakpoint) -> str:
    at = bend.at
    if at.status == "undefined":
        return at.sentence()
    what = f"{at.context.source}: {at.context.metric} along followers"
    if at.status == "indicative":
        return f"{what} shows no bend ({p_value(bend.p)})."
    turns = "flattens or turns up" if bend.change.estimate > 1 else "turns down"
    slopes = f"{lifts(bend.below)} per tenfold followers below, {lifts(bend.above)} above"
    return f"{what} {turns} at {value(at)} ({p_value(bend.p)}): {slopes}."


@sentence.register(Shape)
def _shape(answer: Shape) -> str:
    turning = answer.turning
    if isnan(answer.p):
        return turning.sentence()
    what = f"{turning.context.source}: {turning.context.metric} along followers"
    if not answer.shown:
        trap = any(reason.key == "raw_followers" for reason in turning.reasons)
        doubt = f" {str(turning.reasons[-1]).capitalize()}." if trap else ""
        return f"{what} shows no {answer.shape} ({_tests(answer)}).{doubt}"
    both = f" ({_tests(answer)})" if answer.test == QUADRATIC else ""
    shape = f"{_article(answer.shape)} {answer.shape}"
    return f"{what} has the shape of {shape} that turns at {value(turning)}{both}."


def _tests(answer: Shape) -> str:
    """Write which test says what."""
    if answer.test == LINES:
        return p_value(answer.p)
    lines = "" if isnan(answer.p_two_lines) else f"; {LINES}: {p_value(answer.p_two_lines)}"
    return f"{answer.test}: {p_value(answer.p)}{lines}"
