"""Pooling agrees with metafor in every quantity and option, keeps still where it should, and
foretells as often as it says.
"""

import importlib.util
import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.synthesis import pooling
from analysis.estimate.synthesis.pooling import egger, i_squared, leave_one_out, one_vote, pool
from analysis.estimate.synthesis.random_effects import (
    INTERVALS,
    METHODS,
    PREDICTIONS,
    between_studies,
    invert_q,
    predictive_draws,
    weighted,
)

SPEC = importlib.util.spec_from_file_location(
    "coverage_pooling", paths.ROOT / "benchmarks" / "coverage_pooling.py"
)
benchmark = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(benchmark)
SEED, ANALYSES = 20, 2000

REFERENCE = json.loads(
    (paths.ROOT / "tests" / "reference" / "metafor.json").read_text(encoding="utf-8")
)["cases"]
CASES = ("bcg", "betas", "agreeing", "two")
LARGER = tuple(name for name in CASES if name != "two")
CLOSED_FORM = PREDICTIONS[1:]
FAST = {"prediction": "z"}
EXACT = 1e-8


def studies(case):
    data = REFERENCE[case]["data"]
    return pd.DataFrame({"effect": data["effect"], "se": data["se"]}, index=data["study"])


def close(found, expected):
    """Within 1e-8 of the size of what is expected; a zero is a zero to 1e-12."""
    return found == pytest.approx(expected, rel=EXACT, abs=1e-12)


def test_the_reference_holds_every_case_that_is_compared():
    assert tuple(REFERENCE) == CASES
    for case in CASES:
        assert tuple(REFERENCE[case]["pooled"]) == METHODS == ("REML", "PM", "DL")
        assert ("egger" in REFERENCE[case]) == (case in LARGER)
        for found in REFERENCE[case]["pooled"].values():
            assert set(found["interval"]) == set(INTERVALS) == {"HK", "HK, q at least 1", "Wald"}
            assert set(found.get("prediction", {})) == (
                set(CLOSED_FORM) if case in LARGER else set()
            )
            assert ("leave_one_out" in found) == (case in LARGER)
    assert set(CLOSED_FORM) == {"t(k-2)", "t(k-1) with HK", "z"}
    assert [len(studies(case)) for case in CASES] == [13, 10, 5, 2]


def test_the_effects_of_bcg_are_those_of_its_thirteen_tables():
    data = REFERENCE["bcg"]["data"]
    a, n, c, m = (
        np.array(data[name], float)
        for name in ("vaccinated_cases", "vaccinated", "control_cases", "control")
    )
    assert close(np.log(a / n / (c / m)), data["effect"])
    assert close(np.sqrt(1 / a - 1 / n + 1 / c - 1 / m), data["se"])


@pytest.mark.parametrize(("case", "method", "interval"), list(product(CASES, METHODS, INTERVALS)))
def test_mean_interval_tau2_q_and_i2_are_those_of_metafor(case, method, interval):
    expected = REFERENCE[case]["pooled"][method]

    found = pool(studies(case), method, interval, **FAST)

    assert close(
        (found.mu, found.se, found.low, found.high), tuple(expected["interval"][interval].values())
    )
    assert close(
        (found.tau2, found.q, found.i2),
        (expected["tau2"], expected["q"], expected["i2"]["from tau2"]),
    )
    assert close(i_squared(studies(case), method), expected["i2"])


@pytest.mark.parametrize(
    ("case", "method", "prediction"), list(product(LARGER, METHODS, CLOSED_FORM))
)
def test_a_prediction_interval_is_that_of_metafor(case, method, prediction):
    expected = REFERENCE[case]["pooled"][method]["prediction"][prediction]
    found = pool(studies(case), method, prediction=prediction)
    assert close((found.pi_low, found.pi_high), (expected["low"], expected["high"]))


@pytest.mark.parametrize(("case", "method"), list(product(LARGER, METHODS)))
def test_leaving_one_out_gives_what_metafor_gives(case, method):
    expected = REFERENCE[case]["pooled"][method]["leave_one_out"]

    hk, wald = (
        leave_one_out(studies(case), method=method, interval=interval, **FAST)
        for interval in ("HK", "Wald")
    )

    assert list(hk.index) == REFERENCE[case]["data"]["study"]
    columns = {
        "mu": hk["mu"],
        "tau2": hk["tau2"],
        "q": hk["q"],
        "i2": hk["i2"],
        "wald_se": wald["se"],
    }
    columns |= {"hk_se": hk["se"], "hk_low": hk["low"], "hk_high": hk["high"]}
    assert set(columns) == set(expected)
    for name, column in columns.items():
        assert close(column.to_numpy(), expected[name]), name


@pytest.mark.parametrize("case", LARGER)
def test_eggers_test_is_that_of_metafor(case):
    expected = {name: value for name, value in REFERENCE[case]["egger"].items() if name != "call"}
    found = egger(studies(case))._asdict()
    status = found.pop("status")
    assert close(found, expected)
    assert status == ("ok" if len(studies(case)) >= 10 else "indicative")


@pytest.mark.parametrize("method", METHODS)
def test_studies_that_agree_have_no_variance_between_them(method):
    found = pool(studies("agreeing"), method, "Wald", **FAST)
    w = 1 / studies("agreeing")["se"] ** 2

    assert (found.tau2, found.i2) == (0.0, 0.0)
    assert found.mu == pytest.approx((w * studies("agreeing")["effect"]).sum() / w.sum(), rel=1e-12)
    assert found.se == pytest.approx(w.sum() ** -0.5, rel=1e-12)


def test_the_plain_interval_of_agreeing_studies_is_narrower_than_the_guarded_one():
    plain, guarded = (
        pool(studies("agreeing"), interval=interval, **FAST) for interval in INTERVALS[:2]
    )
    assert plain.high - plain.low < guarded.high - guarded.low


def test_two_studies_give_a_mean_but_foretell_nothing():
    found = pool(studies("two"))
    assert (
        np.isfinite([found.mu, found.low, found.high]).all()
        and np.isnan([found.pi_low, found.pi_high]).all()
    )
    assert (
        found.status == "indicative"
        and "no prediction interval from fewer than three studies" in found.method
    )


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_studies_are_refused_in_words(count):
    with pytest.raises(ValueError, match=f"^{count} stud(y|ies): at least 2 are needed"):
        pool(studies("two").head(count))


@pytest.mark.parametrize("se", [0.0, -0.1, np.nan, np.inf])
def test_a_study_without_sampling_error_is_refused_by_name(se):
    table = studies("betas")
    table.loc["tiktok-tides Europe", "se"] = se
    with pytest.raises(ValueError, match="standard error above zero: tiktok-tides Europe"):
        pool(table)


@pytest.mark.parametrize(
    ("name", "value"), [("method", "reml"), ("interval", "t"), ("prediction", "normal")]
)
def test_an_unknown_option_is_refused_with_the_known_ones(name, value):
    with pytest.raises(ValueError, match=f"{name} '{value}' is not known. Known: .*;"):
        pool(studies("bcg"), **{name: value})


def test_leaving_one_out_of_two_and_a_line_through_equals_are_refused_in_words():
    with pytest.raises(ValueError, match="2 studies: at least 3"):
        leave_one_out(studies("two"))
    with pytest.raises(ValueError, match="equally precise"):
        egger(studies("bcg").assign(se=0.2))


@pytest.mark.parametrize(("method", "prediction"), list(product(METHODS, PREDICTIONS)))
@pytest.mark.parametrize("case", LARGER)
def test_a_shift_moves_and_a_scale_stretches_every_number(case, method, prediction):
    before = pool(studies(case), method, prediction=prediction, draws=500)
    after = pool(
        (studies(case) * 3).assign(effect=lambda table: table["effect"] + 7),
        method,
        prediction=prediction,
        draws=500,
    )

    moved = [7 + 3 * getattr(before, name) for name in ("mu", "low", "high", "pi_low", "pi_high")]
    assert [after.mu, after.low, after.high, after.pi_low, after.pi_high] == pytest.approx(
        moved, rel=1e-9
    )
    assert (after.se, after.tau2) == pytest.approx((3 * before.se, 9 * before.tau2), rel=1e-9)
    assert (after.q, after.i2) == pytest.approx((before.q, before.i2), rel=1e-9)


@pytest.mark.parametrize(("method", "prediction"), list(product(METHODS, PREDICTIONS)))
def test_the_order_of_studies_changes_nothing(method, prediction):
    before = pool(studies("bcg"), method, prediction=prediction, draws=500)
    after = pool(
        studies("bcg").sample(frac=1, random_state=4), method, prediction=prediction, draws=500
    )
    assert before[:-3] == pytest.approx(after[:-3], rel=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_a_study_that_knows_nothing_moves_nothing(method):
    # it stands one standard error away, as it should on average: PM and DL count studies, and one
    # that agrees better than chance
    # would have it tells them that there is less variance between studies
    table = studies("betas")
    ignorant = pd.DataFrame({"effect": [1e8], "se": [1e8]}, index=["ignorant"])

    before, after = (
        pool(some, method, "Wald", **FAST) for some in (table, pd.concat([table, ignorant]))
    )

    assert (after.mu, after.se, after.tau2) == pytest.approx(
        (before.mu, before.se, before.tau2), rel=1e-7
    )
    assert (after.pi_low, after.pi_high) == pytest.approx((before.pi_low, before.pi_high), rel=1e-7)


def test_inverting_q_arrives_whatever_the_scale():
    rng = np.random.default_rng(5)
    for spread, k in product([0, 1e-6, 1, 1e6], [2, 3, 40]):
        v = 10.0 ** rng.uniform(-4, 4, (50, k))
        y = rng.normal(size=(50, k)) * np.sqrt(v + spread)
        target = rng.chisquare(k - 1, 50)
        tau2 = invert_q(y, v, target)
        q = weighted(y, v, tau2)[2]
        assert np.where(tau2 > 0, q, target) == pytest.approx(target, rel=1e-9)
        assert (q[tau2 == 0] <= target[tau2 == 0]).all() and (tau2 >= 0).all()


def test_reml_is_the_highest_point_of_its_likelihood_even_with_two_hills():
    rng = np.random.default_rng(9)
    for _ in range(200):
        k = rng.integers(3, 8)
        v = 10.0 ** rng.uniform(-4, 1, k)
        y = rng.normal(size=k) * np.sqrt(v + rng.choice([0, 0.1, 1]))
        tau2 = float(between_studies(y, v, "REML"))
        grid = np.concatenate([[tau2, 0.0], np.geomspace(1e-7, 1e3, 3000)])
        total, _, q = weighted(y, v, grid)
        likelihood = -0.5 * (np.log(v + grid[:, None]).sum(-1) + np.log(total) + q)
        assert likelihood[0] >= likelihood.max() - 1e-9


def test_many_meta_analyses_at_once_are_those_one_by_one():
    rng = np.random.default_rng(2)
    v = rng.uniform(0.01, 0.2, (6, 5))
    y = rng.normal(size=(6, 5))
    for method in METHODS:
        together = between_studies(y, v, method)
        assert together == pytest.approx(
            [float(between_studies(*pair, method)) for pair in zip(y, v, strict=True)], rel=1e-10
        )
    assert predictive_draws(y, v, np.random.default_rng(1), 7).shape == (6, 7)


def test_the_seed_decides_what_is_drawn():
    first, again, other = (pool(studies("bcg"), seed=seed) for seed in (3, 3, 4))
    assert first == again != other
    assert (first.pi_low, first.pi_high) == pytest.approx((other.pi_low, other.pi_high), abs=0.06)


def test_an_owner_who_repeats_a_number_has_one_vote():
    table = pd.DataFrame(
        {
            "data_owner": ["a", "b", "a", "c"],
            "beta": [0.7, 0.9, 0.9, 0.6],
            "se": [0.02, 0.03, 0.04, 0.01],
            "source": list("wxyz"),
        }
    )

    votes = one_vote(table)
    repeated = one_vote(pd.concat([table, table]))

    assert votes.index.tolist() == ["a", "b", "c"] and votes["estimates"].tolist() == [2, 1, 1]
    assert votes.loc["a", ["effect", "se"]].tolist() == pytest.approx([0.8, 0.03])
    pd.testing.assert_frame_equal(repeated[["effect", "se"]], votes[["effect", "se"]])
    assert pool(votes).k == 3


def test_a_vote_without_a_standard_error_is_refused_and_not_left_out():
    table = pd.DataFrame(
        {"data_owner": ["a", "b"], "beta": [0.7, 0.9], "se": [0.02, np.nan]},
        index=["known", "unknown"],
    )
    with pytest.raises(ValueError, match="above zero: unknown"):
        one_vote(table)


def test_a_prediction_interval_holds_a_new_study_as_often_as_it_says():
    found = benchmark.coverage(SEED, ANALYSES)
    assert set(benchmark.SCENARIOS) == set(product((4, 6, 10), (0.15, 0.40))) == set(found)
    for scenario, shares in found.items():
        share = shares["new study: confidence distribution"]
        error = 3 * np.sqrt(0.95 * 0.05 / ANALYSES)
        assert 0.94 - error <= share <= 0.97 + error, scenario


def test_the_table_in_the_codebook_is_what_the_benchmark_prints():
    codebook = (paths.DATA / "published" / "README.md").read_text(encoding="utf-8")
    assert benchmark.coverage_table(SEED, ANALYSES) in codebook


def test_every_public_name_of_pooling_is_documented():
    assert all(
        getattr(pooling, name).__doc__
        for name in ("pool", "leave_one_out", "egger", "one_vote", "i_squared", "Pooled", "Egger")
    )


def test_a_prediction_interval_leaves_equal_shares_of_the_drawn_effects_on_either_side():
    table = pd.DataFrame({"effect": [0.1, 0.5, -0.2, 0.3], "se": [0.1, 0.2, 0.15, 0.1]})
    found = pool(table, confidence=0.8, seed=3, draws=4000)

    drawn = predictive_draws(
        table["effect"].to_numpy(), table["se"].to_numpy() ** 2, np.random.default_rng(3), 4000
    )
    assert [(drawn < found.pi_low).mean(), (drawn > found.pi_high).mean()] == pytest.approx(
        [0.1, 0.1], abs=1e-3
    )
