"""Shrunken ratios are those of published examples, and intervals hold the truth on average."""

import importlib.util
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.results import Estimates
from analysis.estimate.synthesis.random_effects import between_studies
from analysis.estimate.synthesis.shrinkage import FEWEST_LEVELS, draw_together, shrunken
from analysis.moments.load import load

SPEC = importlib.util.spec_from_file_location(
    "coverage_shrinkage", paths.ROOT / "benchmarks" / "coverage_shrinkage.py"
)
benchmark = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(benchmark)

TABLE = pd.read_csv(paths.ROOT / "benchmarks" / "coverage_shrinkage.csv")
KIM = load("instagram-kim").strata("engagement", "niche").tier("harvard-media")
RATIOS = KIM.moderated("micro", "macro").ratios

BASEBALL = (
    18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7,
)  # fmt: skip
"""Hits of eighteen players in 45 times at bat: Efron and Morris (1977), Stein's paradox in
statistics, Scientific American 236(5), 119-127.
"""


def test_eighteen_batters_are_shrunken_as_efron_and_morris_published():
    y = np.array(BASEBALL) / 45
    v = np.full(18, y.mean() * (1 - y.mean()) / 45)
    drawn = draw_together(y, v, between_studies(y, v))
    # their mean and shrinking factor, to the three digits that are printed
    assert drawn.mean == pytest.approx(0.265, abs=5e-4)
    assert drawn.kept == pytest.approx(0.212, abs=5e-4)
    # their formula c = 1 - (k-3) sigma^2 / sum (y - mean)^2
    c = 1 - 15 * v[0] / ((y - y.mean()) ** 2).sum()
    assert drawn.values == pytest.approx(y.mean() + c * (y - y.mean()), rel=1e-9)


def test_with_equal_variances_the_interval_is_morriss_closed_form():
    y, v = np.random.default_rng(2).normal(0, 0.3, 12), np.full(12, 0.02)
    k, s = len(y), ((y - y.mean()) ** 2).sum()
    b = (k - 3) * v[0] / s
    variance = v * (1 - (k - 1) / k * b) + 2 / (k - 3) * b**2 * (y - y.mean()) ** 2
    drawn = draw_together(y, v, between_studies(y, v))
    assert drawn.se == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_unequal_variances_written_out_one_by_one_give_the_same():
    rng = np.random.default_rng(4)
    v = rng.uniform(0.01, 0.1, 9) ** 1.5
    y, tau2 = rng.normal(0, 0.3, 9), 0.03
    drawn, k = draw_together(y, v, tau2), 9
    w = [1 / (one + tau2) for one in v]
    mu = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    middle = sum(a * b for a, b in zip(w, v, strict=True)) / sum(w)
    for i in range(k):
        b = (k - 3) / (k - 1) * v[i] / (v[i] + tau2)
        r = k * w[i] / sum(w)
        more = 2 / (k - 3) * b**2 * (middle + tau2) / (v[i] + tau2)
        variance = v[i] * (1 - (k - r) / k * b) + more * (y[i] - mu) ** 2
        assert drawn.values[i] == pytest.approx((1 - b) * y[i] + b * mu)
        assert drawn.se[i] == pytest.approx(np.sqrt(variance))


def test_every_ratio_moves_towards_the_mean_and_the_least_precise_moves_most():
    drawn = shrunken(RATIOS)
    raw, values = (np.array([one.estimate for one in part]) for part in (drawn.raw, drawn.shrunken))
    assert ((values - raw) * (drawn.mean - raw) > 0).all()
    assert (np.abs(np.log(values / drawn.mean)) < np.abs(np.log(raw / drawn.mean))).all()
    widths = [np.log(one.high / one.low) for one in drawn.raw]
    assert np.argsort(widths).tolist() == np.argsort(drawn.kept)[::-1].tolist()


def test_the_order_of_levels_does_not_matter():
    order = [4, 2, 0, 8, 6, 1, 3, 5, 7]
    shuffled = Estimates(tuple(RATIOS[at] for at in order), RATIOS.keys.iloc[order])
    first, second = shrunken(RATIOS).to_frame(), shrunken(shuffled).to_frame()
    both = first.merge(second, on="level")
    assert both["estimate_x"].to_numpy() == pytest.approx(both["estimate_y"].to_numpy(), rel=1e-9)


def test_the_sentence_gives_both_ranges():
    text = shrunken(RATIOS).sentence()
    assert text.startswith("By niche the lift runs from ")
    assert "once chance is taken out (9 niches); the raw figures run from" in text


def test_levels_that_are_alike_are_drawn_nearly_together():
    rng = np.random.default_rng(5)
    y, v = rng.normal(0, 0.1, 20), np.full(20, 0.01)
    assert np.ptp(draw_together(y, v, 0.0).values) < 0.2 * np.ptp(y)


def test_fewer_than_eight_levels_are_not_shrunken():
    few = Estimates(RATIOS.estimates[: FEWEST_LEVELS - 1], RATIOS.keys.iloc[:-2])
    drawn = shrunken(few)
    assert (drawn.status, len(drawn.shrunken)) == ("undefined", 0)
    assert drawn.sentence() == (
        "Nothing is shrunken: 7 levels that can be weighed; shrinking needs 8."
    )
    drawn.plot()
    assert len(drawn.to_frame()) == 7


def test_a_level_that_cannot_be_weighed_is_named():
    without = [replace(RATIOS[0], status="indicative"), *RATIOS.estimates[1:]]
    drawn = shrunken(Estimates(tuple(without), RATIOS.keys))
    assert f"Left out: {RATIOS.keys['level'][0]}." in drawn.sentence()


def test_levels_of_posts_share_accounts_and_are_refused():
    age = [replace(one, context=replace(one.context, posts="age: old")) for one in RATIOS]
    with pytest.raises(ValueError, match="levels of age share accounts"):
        shrunken(Estimates(tuple(age), RATIOS.keys))


@pytest.mark.parametrize("kind", benchmark.KINDS)
def test_the_table_holds_what_the_command_gives(kind):
    scenario = (kind, 8, 0.2)
    (fresh,) = benchmark.coverage(only=[scenario]).to_dict("records")
    kept = TABLE.set_index(["true ratios", "niches", "tau"]).loc[scenario]
    for name in ("coverage", "without the correction", "squared error over raw"):
        assert fresh[name] == pytest.approx(kept[name], rel=1e-3)


def test_intervals_hold_the_truth_on_average_and_no_rarer_in_any_kind_of_world():
    assert set(TABLE["niches"]) == {8, 10, 20}
    assert TABLE["sets"].min() >= 1000
    assert TABLE["coverage"].min() >= 0.93
    # with no spread at all they are too wide, which favours nobody
    assert TABLE.loc[TABLE["tau"] > 0, "coverage"].max() <= 0.97
    assert TABLE[["most precise niche", "least precise niche"]].min().min() >= 0.92
    assert (TABLE["width over raw"] < 1).all()
    assert (TABLE["squared error over raw"] < 1).all()


def test_without_the_correction_the_same_intervals_promise_too_much():
    small = TABLE[TABLE["tau"].between(0.05, 0.1) & (TABLE["niches"] <= 10)]
    assert small["without the correction"].max() < 0.91
    assert (TABLE["without the correction"] < TABLE["coverage"]).all()
