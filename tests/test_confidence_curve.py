"""A confidence curve is the estimator's own intervals at every level, and is right as often as it
says.
"""

import re
from dataclasses import replace
from functools import cache
from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import paths
from analysis.estimate.confidence_curve import HIGHEST, missed_at, on_scale
from analysis.estimate.contrast import contrast, ratio_of, smallest_contrast, tier_average
from analysis.estimate.curve.elasticity import elasticity, implied_ratio
from analysis.estimate.curve.slope_changes import slopes_around
from analysis.estimate.curve.spline import rate_at
from analysis.estimate.log_estimates import LogEstimate
from analysis.estimate.ratio.creators import split_half
from analysis.estimate.ratio.superiority import superiority
from analysis.estimate.results import Context, Estimates, Family
from analysis.estimate.tier_averages import Averaged
from analysis.moments.load import load
from analysis.registers.lookup import claim, scheme
from analysis.simulate import worlds

DECADES = scheme("decades")


@cache
def simulated():
    """A few accounts of a simulated world."""
    return worlds.world("curves", worlds.posts(5, 1.3, (40, 14))).sample().tier(DECADES)


@cache
def kim():
    """The published cells of a source."""
    return load("instagram-kim").sample("engagement").tier("harvard-media")


def lift():
    """Their ratio of micro to macro."""
    return kim().contrast("micro", "macro")


MADE_BY_T = {
    "contrast": lambda confidence: contrast(simulated(), confidence=confidence),
    "median": lambda confidence: contrast(
        simulated(), average="median account", confidence=confidence
    ),
    "sums": lambda confidence: contrast(
        simulated(), average="ratio of sums", confidence=confidence
    ),
    "level": lambda confidence: tier_average(simulated(), "micro", confidence=confidence),
    "share of pairs": lambda confidence: superiority(simulated(), confidence=confidence),
    "elasticity": lambda confidence: elasticity(kim(), confidence=confidence),
    "implied ratio": lambda confidence: implied_ratio(
        elasticity(kim(), confidence=confidence), DECADES
    ),
    "slope": lambda confidence: slopes_around(kim(), 100_000, confidence)[0],
    "rate at": lambda confidence: rate_at(simulated(), 50_000, confidence=confidence),
    "of published cells": lambda confidence: kim().contrast(confidence=confidence),
}


@pytest.mark.parametrize("kind", MADE_BY_T)
@pytest.mark.parametrize("confidence", [0.5, 0.999])
def test_the_intervals_of_every_level_lie_on_the_curve_of_one(kind, confidence):
    estimate, other = MADE_BY_T[kind](0.95), MADE_BY_T[kind](confidence)

    missed = [missed_at(estimate, end) for end in (other.low, other.high)]

    assert missed == pytest.approx([1 - confidence] * 2, rel=1e-6)


def test_intervals_with_drawn_quantiles_lie_on_no_curve_of_students_t():
    assert elasticity(simulated()).family is None
    assert all(slope.family is None for slope in slopes_around(simulated(), 100_000))
    assert elasticity(kim()).family is not None


def test_the_confidence_at_which_no_difference_is_reached_is_that_of_welchs_test():
    rows = simulated().rows
    logs = [np.log(rows.loc[rows["tier"] == tier, "account_rate"]) for tier in ("micro", "macro")]
    welch = stats.ttest_ind(*logs, equal_var=False)
    assert missed_at(contrast(simulated()), 1.0) == pytest.approx(welch.pvalue, rel=1e-9)


def averaged(logs):
    log = LogEstimate(logs.mean(), logs.var(ddof=1) / len(logs), len(logs) - 1, None)
    return Averaged(log, len(logs), len(logs))


def test_the_true_ratio_is_reached_at_every_level_as_often_as_that_level_says():
    rng, missed, normal = np.random.default_rng(6), [], []
    for _ in range(4000):
        tiers = averaged(rng.normal(0.4, 0.8, 12)), averaged(rng.normal(0, 0.8, 6))
        ratio = ratio_of("micro", "macro", *tiers, Context())
        missed.append(missed_at(ratio, np.exp(0.4)))
        value, se, _ = on_scale(ratio)
        normal.append(2 * stats.norm.sf(abs(0.4 - value) / se))
    assert stats.kstest(missed, "uniform").pvalue > 0.01
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(missed) < level) == pytest.approx(level, abs=0.02)
    # negative control: as if so few accounts gave the variance exactly
    assert np.mean(np.array(normal) < 0.05) > 0.065


def test_what_the_claimed_range_holds_and_what_lies_beside_it_is_all():
    curve = lift().confidence_curve("D06")
    value, se, df = on_scale(lift())
    ends = (np.log(curve.range) - value) / se
    assert curve.held == pytest.approx(stats.t.sf(ends[0], df) - stats.t.sf(ends[1], df), rel=1e-6)
    below, above = stats.t.cdf(ends[0], df), stats.t.sf(ends[1], df)
    assert below + curve.held + above == pytest.approx(1)


def test_the_frame_starts_at_the_highest_level_and_touches_zero_at_the_estimate():
    frame = lift().confidence_curve().to_frame()
    assert frame["confidence"].iloc[[0, -1]].tolist() == pytest.approx([100 * HIGHEST] * 2)
    middle = frame.iloc[len(frame) // 2]
    assert middle.tolist() == pytest.approx([lift().estimate, 0], abs=1e-9)
    assert frame["value"].is_monotonic_increasing


def moved(factor, confidence=0.95):
    """The lift of Kim et al., times a factor."""
    made = kim().contrast("micro", "macro", confidence=confidence)
    values = {name: factor * getattr(made, name) for name in ("estimate", "low", "high")}
    return replace(made, **values)


@pytest.mark.parametrize(
    ("factor", "claimed", "words"),
    [
        (1.0, "D06", "It would take 99.6 % confidence for the interval to reach +45 %; the claimed "
         "+60 % lies outside every interval up to 99.99 %."),
        (0.9, "D06", "Even at 99.99 % confidence the interval does not reach +45 %."),
        (1.16, "D06", "Even at 99.99 % confidence the interval lies in the claimed range."),
        (1.21, "D06", "Up to 99.6 % confidence the interval lies in the claimed range; beyond that "
         "it reaches +76 %."),
        (1.27, "D06", "Only up to 17.1 % confidence the interval lies in the claimed range"),
        (1.31, "D06", "An interval of only 86.4 % confidence reaches +76 %; the claimed +60 % lies "
         "outside every interval up to 99.99 %. The confidence that it lies in the claimed range "
         "is 6.8 %."),
        (0.72, "C08", "An interval of only 26.5 % confidence reaches no difference."),
        (0.69, "C08", "It would take 99.3 % confidence for the interval to reach no difference."),
    ],
)  # fmt: skip
def test_each_place_of_an_interval_beside_the_claimed_range_has_its_words(factor, claimed, words):
    assert words in moved(factor).confidence_curve(claimed).sentence()


def test_a_level_is_never_rounded_up_to_certainty():
    for factor in np.linspace(0.5, 2, 61):
        text = moved(factor).confidence_curve("D06").sentence()
        assert "100" not in text.replace("100K", "") or "to 100 %" not in text
        assert " 100.0 %" not in text


def test_an_interval_that_is_not_by_t_has_no_curve_and_says_so():
    smallest, halves = smallest_contrast(kim(), "micro"), split_half(kim())
    widened = replace(lift(), high=lift().high * 1.2)
    for estimate in (smallest, halves, widened):
        curve = estimate.confidence_curve("D06")
        assert "has no confidence curve: its interval is not made by Student's t" in str(curve)
        assert curve.to_frame().empty
        with pytest.raises(ValueError, match="has no confidence curve"):
            missed_at(estimate, 1.0)


def test_an_estimate_without_an_interval_says_what_is_missing():
    alone = worlds.world("one", worlds.posts(1, accounts=(1, 1))).sample().tier(DECADES)
    assert "no interval" in str(contrast(alone).confidence_curve("D06"))


def test_a_claim_without_a_test_has_no_range_to_mark():
    without = next(one for one in map(claim, ("D07", "C05", "A01", "B01")) if not one.tests)
    with pytest.raises(ValueError, match=f"{without.key} has no test"):
        lift().confidence_curve(without)


def test_curves_of_several_sources_keep_their_names_and_are_drawn_together():
    curves = Estimates.of([lift(), moved(1.2)], source=["one", "two"]).confidence_curve("D06")
    assert set(curves.to_frame()["source"]) == {"one", "two"}
    legend = [text.get_text() for text in curves.plot().legends[0].get_texts()]
    assert len(legend) == 2


def test_no_estimate_gives_no_curve_and_no_fault():
    none = Estimates.of([], source=[]).confidence_curve("D06")
    assert none.sentence() == "No sample gave a result."
    assert none.to_frame().empty
    none.plot()


def test_the_page_on_how_far_names_functions_that_exist():
    page = (paths.ROOT / "docs" / "how-far.md").read_text(encoding="utf-8")
    names = re.findall(r"`(analysis\.[\w.]+)`", page)
    assert len(names) >= 4
    for name in names:
        module, function = name.rsplit(".", 1)
        assert callable(getattr(import_module(module), function))
    references = (paths.ROOT / "docs" / "references.bib").read_text(encoding="utf-8")
    cited = re.findall(r"\[(\w+)\]\[bib\]", page)
    assert [key for key in cited if f"{{{key}," not in references] == []
    assert page.count("$$") % 2 == 0


def test_the_family_of_an_interval_does_not_show_in_its_frame():
    assert lift().family == Family("factor", lift().family.df)
    assert "family" not in lift().to_frame()
    assert isinstance(lift().to_frame(), pd.DataFrame)
