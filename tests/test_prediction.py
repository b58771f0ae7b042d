"""Two or three sources predict nothing, and the result says so; more predict as pooling does."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.results import Context, Estimate, Estimates, Family
from analysis.estimate.synthesis.pooling import pool
from analysis.estimate.synthesis.prediction import NEW, between_sources
from analysis.estimate.synthesis.random_effects import predictive_draws
from analysis.estimate.tier_averages import log_interval
from analysis.registers.lookup import scheme

TIERS = {tier.name: tier for tier in scheme("decades").tiers}
CONTEXT = Context("", of=TIERS["micro"], versus=TIERS["macro"])
LOGS, ERRORS = (0.1, 0.5, 0.3, -0.1, 0.7), (0.05, 0.1, 0.2, 0.1, 0.05)


def ratio(log, se, source, df=200.0):
    from analysis.display import because

    ends = log_interval(log, se**2, df, 0.95)
    counts, what = (900, 5000), because("ratio_of_" + source)
    context = replace(CONTEXT, source=source)
    rest = ("ratio", what, (), "ok", context, Family("factor", df))
    return Estimate("micro / macro", *counts, np.exp(log), *ends, *rest)


def sources(k):
    names = [f"source {number}" for number in range(k)]
    made = [ratio(*pair, name) for *pair, name in zip(LOGS, ERRORS, names, strict=False)]
    return Estimates.of(made, source=names[:k])


def test_a_new_source_is_predicted_as_pooling_the_logs_predicts_it():
    between = between_sources(sources(5), seed=3)
    studies = pd.DataFrame({"effect": LOGS, "se": ERRORS})
    new = pool(studies, seed=3).prediction
    ends = (between.prediction.low, between.prediction.high)
    assert ends == pytest.approx((np.exp(new.low), np.exp(new.high)), rel=1e-6)
    assert between.sentence().startswith("A new source is predicted to lie between -")
    assert between.to_frame()["source"].tolist()[-1] == NEW


def test_three_sources_print_their_range_and_the_wide_interval_with_a_warning():
    between = between_sources(sources(3))
    text = between.sentence()
    assert text.startswith("3 sources run from +11 % in source 0 to +65 % in source 1. ")
    assert "Three sources cannot predict what a new source would show: a 95 % prediction" in text
    assert (between.prediction.status, between.predicts) == ("indicative", False)
    low, high = between.prediction.low, between.prediction.high
    assert low < min(one.low for one in between.estimates)
    assert high > max(one.high for one in between.estimates)


@pytest.mark.parametrize(("k", "number"), [(1, "One source"), (2, "Two sources")])
def test_fewer_sources_have_no_interval_at_all(k, number):
    between = between_sources(sources(k))
    assert f"{number} cannot predict what a new source would show." in between.sentence()
    assert np.isnan(between.prediction.low)
    assert len(between.to_frame()) == k
    between.plot()


def test_no_source_gives_a_sentence_and_an_empty_picture():
    between = between_sources(sources(0))
    assert between.sentence() == "No source has a ratio that can be weighed."
    between.plot()


def test_a_source_that_is_indicative_or_has_no_interval_is_named_and_has_no_vote():
    given = list(sources(5))
    given[1] = replace(given[1], status="indicative")
    given[3] = replace(given[3], family=None)
    names = [one.context.source for one in given]
    between = between_sources(Estimates.of(given, source=names))
    assert between.names == ["source 0", "source 2", "source 4"]
    assert "Without a vote: source 1 and source 3." in between.sentence()
    assert between.left_out["reason"].str.len().gt(0).all()


def test_what_is_no_ratio_is_refused():
    level = replace(ratio(0.1, 0.1, "a"), unit="percent")
    with pytest.raises(ValueError, match="is in percent, not a ratio"):
        between_sources(Estimates.of([level], source=["a"]))


@pytest.mark.parametrize("tau", [0.15, 0.4])
def test_three_sources_would_predict_as_often_as_they_promise_only_by_being_so_wide(tau):
    rng = np.random.default_rng(7)
    v = rng.uniform(0.05, 0.40, (400, 3)) ** 2
    y, new = rng.normal(0, np.sqrt(tau**2 + v)), rng.normal(0, tau, 400)
    low, high = np.quantile(predictive_draws(y, v, rng, 1000), [0.025, 0.975], axis=-1)
    assert np.mean((low <= new) & (new <= high)) > 0.92
    assert np.median(high - low) > 5 * tau
