"""A U and an inverted U are shown where they are, a power law is neither, and raw followers show
why that has to be tested.
"""

import importlib.util
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis import paths
from analysis.estimate.curve.inverted_u import _quadratic, lind_mehlum, two_lines
from analysis.estimate.curve.piecewise import bands_of
from analysis.moments.bands import band_edges
from analysis.moments.cells import cells
from analysis.moments.load import load, load_all
from analysis.moments.sample import Moments
from analysis.moments.sums import account_moments
from analysis.registers.lookup import schemes
from analysis.simulate import worlds as simulated

SPEC = importlib.util.spec_from_file_location("sizes", paths.ROOT / "benchmarks" / "sizes.py")
sizes = importlib.util.module_from_spec(SPEC)
sys.modules["sizes"] = sizes
SPEC.loader.exec_module(sizes)


def worlds(make, accounts, count):
    streams = np.random.default_rng(11).spawn(count)
    return [make(rng, accounts, "normal") for rng in streams]


def test_a_quadratic_is_that_of_statsmodels_with_hc3():
    sample = sizes.arch(np.random.default_rng(1), 200, "unequal spread")
    x, y = sample.rows["log_followers"], sample.rows["log_rate"]
    fit = sm.OLS(y.to_numpy(), np.column_stack([np.ones(len(x)), x, x**2])).fit(cov_type="HC3")
    answer = lind_mehlum(sample)
    for end, place in ((answer.low_end, x.min()), (answer.high_end, x.max())):
        slope = fit.t_test(np.array([[0, 1, 2 * place]]))
        assert end.estimate == pytest.approx(10 ** slope.effect.item(), rel=1e-8)
    peak = np.exp(-fit.params[1] / (2 * fit.params[2]))
    assert answer.turning.estimate == pytest.approx(peak, rel=1e-8)


def test_the_turning_point_of_an_arch_is_recovered_and_fiellers_interval_keeps_its_promise():
    """100 worlds: mean log position within 3 Monte-Carlo errors of 60,000; the 90 percent interval
    holds it in 80 to 99 of them.
    """
    turns = [lind_mehlum(sample).turning for sample in worlds(sizes.arch, 400, 100)]
    logs = np.log([turn.estimate for turn in turns])
    assert abs(logs.mean() - np.log(60_000)) < 3 * logs.std() / 10
    assert 80 <= sum(turn.low <= 60_000 <= turn.high for turn in turns) <= 99


def test_p_the_two_slopes_and_fiellers_interval_agree():
    for sample in worlds(sizes.peaked_at_the_end, 300, 40):
        answer, rows = lind_mehlum(sample), sample.rows["lower"]
        slopes = answer.low_end.low > 1 and answer.high_end.high < 1
        inside = answer.turning.low > rows.min() and answer.turning.high < rows.max()
        assert (answer.p <= 0.05) == slopes == inside
        assert answer.shown == (answer.p <= 0.05 and two_lines(sample).shown)


def test_lind_and_mehlum_keep_their_size_where_the_peak_is_the_end_of_the_data():
    """150 worlds: at most 10.3 percent, 3 Monte-Carlo errors above 5; benchmarks/sizes.csv has the
    long run.
    """
    made = worlds(sizes.peaked_at_the_end, 400, 150)
    assert np.mean([lind_mehlum(sample).p <= 0.05 for sample in made]) <= 0.103


def test_two_lines_keep_their_size_where_the_rate_rises_and_is_then_level():
    assert np.mean([two_lines(sample).shown for sample in worlds(sizes.levelling, 300, 80)]) <= 0.12


def test_a_power_law_passes_as_an_inverted_u_on_raw_followers_and_seldom_on_their_logarithm():
    made = worlds(sizes.totals, 1700, 40)
    raw = [lind_mehlum(sample, scale="followers") for sample in made]
    log = [lind_mehlum(sample) for sample in made]
    assert all(answer.p <= 0.05 and answer.turning.status == "indicative" for answer in raw)
    assert all("a pure power law" in answer.turning.method for answer in raw)
    assert "Raw followers: a pure power law" in raw[0].sentence()
    assert not any(answer.shown for answer in raw)
    assert np.mean([answer.shown for answer in log]) <= 0.1
    assert not any("power law" in answer.turning.method for answer in log)
    lines = [two_lines(sample, shape) for sample in made[:10] for shape in ("U", "inverted U")]
    assert not any(answer.shown for answer in lines)


@pytest.mark.parametrize("test", [lind_mehlum, two_lines])
def test_an_arch_is_an_inverted_u_and_no_u_and_turned_over_the_reverse(test):
    sample = sizes.arch(np.random.default_rng(2), 600, "normal")
    x, y = sample.rows["log_followers"].to_numpy(), sample.rows["log_rate"].to_numpy()
    arch, other, turned = test(sample), test(sample, "U"), test(sizes.sample_of(x, -y), "U")
    assert arch.shown and not other.shown and turned.shown
    assert turned.p == pytest.approx(arch.p, rel=1e-6)
    assert 20_000 < arch.turning.estimate < 180_000
    assert arch.to_frame()["p"].nunique() == 1 and arch.turning.unit == "followers"
    assert "has the shape of an inverted U that turns at " in arch.sentence()
    assert "along followers shows no U (" in other.sentence()
    assert f"p = {other.p:.2g}" in other.sentence()


def test_a_curve_that_only_flattens_is_no_inverted_u_though_the_quadratic_passes():
    """80 worlds that rise and are then level, and as many that saturate, of 400 accounts: the
    quadratic alone passes in most, both tests in at most 12 percent, 3 Monte-Carlo errors above 5.
    """
    for make in (sizes.levelling, sizes.saturating):
        answers = [lind_mehlum(sample) for sample in worlds(make, 400, 80)]
        fooled = [answer for answer in answers if answer.p <= 0.05 and not answer.shown]
        assert len(fooled) > 40
        assert np.mean([answer.shown for answer in answers]) <= 0.12
        assert all(answer.turning.status == "indicative" for answer in fooled)
        said = fooled[0].sentence()
        assert "shows no inverted U (Lind and Mehlum: p" in said and "; two lines: p = " in said
        assert "no inverted U is shown: the quadratic has its slopes" in fooled[0].turning.method


def test_where_two_lines_part_follows_the_robin_hood_rule_between_flat_ends():
    answer = two_lines(sizes.arch(np.random.default_rng(3), 600, "normal"))
    assert answer.turning.low <= answer.turning.estimate <= answer.turning.high
    labels = answer.to_frame()["label"].tolist()
    assert labels == ["turning point", "slope below", "slope above"]


def test_cells_and_accounts_agree_on_shapes():
    rng = np.random.default_rng(5)
    x = np.log(np.floor(np.exp(rng.uniform(np.log(2e3), np.log(5e6), 1500))))
    likes = np.exp(x - 3 - 0.1 * (x - np.log(60_000)) ** 2 + rng.normal(0, 0.8, 1500))
    posts = pd.DataFrame({"account_id": [f"s{n}" for n in range(1500)], "platform": "instagram"})
    posts = posts.assign(followers=np.exp(x).round(), likes=likes)
    world = simulated.world("shape", posts)
    made, histogram, _ = cells(account_moments(posts), (), band_edges(schemes()), whole=True)
    none = pd.DataFrame({"reason": [], "rows": []})
    summed = Moments(world.source, "cells", made, none, "", histogram)
    from_cells = summed.sample("likes_per_follower")
    one, many = lind_mehlum(from_cells), lind_mehlum(world.sample("likes_per_follower"))
    assert one.turning.estimate == pytest.approx(many.turning.estimate, rel=0.05)
    assert "cells" in one.turning.method
    assert two_lines(from_cells).shown == two_lines(world.sample("likes_per_follower")).shown


def test_no_shipped_source_has_a_u_or_an_inverted_u_by_two_lines():
    samples = load_all().sample("main")
    for shape in ("U", "inverted U"):
        rows = samples.two_lines(shape).to_frame()
        assert not rows["shown"].any() and (rows["status"] != "ok").all()


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (lind_mehlum, "3 accounts do not allow to fit a quadratic"),
        (two_lines, "3 accounts do not allow to fit two lines"),
    ],
)
def test_what_cannot_be_answered_has_a_reason(test, why):
    few = sizes.arch(np.random.default_rng(1), 3, "normal")
    answer = test(few)
    rows = answer.to_frame()
    labels = ["turning point", "slope at the low end", "slope at the high end"]
    assert rows["label"].tolist() == labels
    assert rows["unit"].tolist() == ["followers", "ratio per decade", "ratio per decade"]
    assert set(rows["status"]) == {"undefined"} and set(rows["method"]) == {why}
    assert set(rows["n_accounts"]) == {3}
    assert rows[["estimate", "low", "high"]].isna().all(axis=None)
    assert np.isnan(answer.p) and not answer.shown
    what = f"followers at which {few.metric.title} turns if it has the shape of an inverted U"
    assert str(answer.turning.estimand) == f"{what}, between accounts"
    assert answer.sentence().endswith(f"cannot be estimated: {why}.")


def test_a_line_that_two_accounts_carry_is_no_side_of_a_shape():
    posts = simulated.posts(2, accounts=(7, 5))
    answer = two_lines(simulated.world("few", posts).sample())
    assert answer.turning.method == "no line can be fitted on one side of the flat region"


def test_unknown_shapes_and_scales_are_refused():
    few = sizes.arch(np.random.default_rng(1), 3, "normal")
    with pytest.raises(ValueError, match=r"shape 'hill' is not known\. Known: inverted U, U"):
        lind_mehlum(few, "hill")
    known = r"Did you mean 'followers'\? Known: log followers, followers"
    with pytest.raises(ValueError, match=rf"scale 'follower' is not known\. {known}"):
        lind_mehlum(few, scale="follower")


@pytest.mark.parametrize("log", [True, False])
def test_within_a_band_a_quadratic_runs_along_its_tangent(log):
    sample = load("instagram-kim").sample()
    bands, step = bands_of(sample), 1e-5
    ahead, here, behind = (
        _quadratic(replace(bands, x=bands.x + side * step), log, 1e5, 10.0) for side in (1, 0, -1)
    )

    tangent = (ahead.mean - behind.mean) / (2 * step)
    assert here.slope == pytest.approx(tangent, rel=1e-6, abs=1e-9)
