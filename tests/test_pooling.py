"""Pooling agrees with metafor in every quantity, does not move where it should not, and predicts as
often as it promises.
"""

import importlib.util
import json
import re
from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.synthesis.pooling import average_by_owner, leave_one_out, pool
from analysis.estimate.synthesis.random_effects import (
    METHODS,
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

REFERENCE = json.loads(
    (paths.ROOT / "tests" / "reference" / "metafor.json").read_text(encoding="utf-8")
)["cases"]
CASES = ("bcg", "betas", "agreeing", "two")
LARGER = tuple(name for name in CASES if name != "two")
INTERVALS, PREDICTIONS = benchmark.INTERVALS, benchmark.PREDICTIONS
FAST = {"draws": 50}
EXACT = 1e-8


def studies(case):
    data = REFERENCE[case]["data"]
    return pd.DataFrame({"effect": data["effect"], "se": data["se"]}, index=data["study"])


def arrays(case):
    table = studies(case)
    return table["effect"].to_numpy(float), table["se"].to_numpy(float) ** 2


def close(value, expected):
    """Within 1e-8 of the size of what is expected; a zero is a zero to 1e-12."""
    return value == pytest.approx(expected, rel=EXACT, abs=1e-12)


def test_the_reference_holds_every_case_that_is_compared():
    assert tuple(REFERENCE) == CASES
    for case in CASES:
        assert set(METHODS) == {"REML", "PM"} < set(REFERENCE[case]["pooled"])
        for method in METHODS:
            reference = REFERENCE[case]["pooled"][method]
            assert (
                set(reference["interval"]) == set(INTERVALS) == {"HK", "HK, q at least 1", "Wald"}
            )
            predicted = set(PREDICTIONS) if case in LARGER else set()
            assert set(reference.get("prediction", {})) == predicted
            assert ("leave_one_out" in reference) == (case in LARGER)
    assert set(PREDICTIONS) == {"t(k-2)", "t(k-1) with HK", "z"}
    assert [len(studies(case)) for case in CASES] == [13, 10, 5, 2]


def test_the_effects_of_bcg_are_those_of_its_thirteen_tables():
    data = REFERENCE["bcg"]["data"]
    a, n, c, m = (
        np.array(data[name], float)
        for name in ("vaccinated_cases", "vaccinated", "control_cases", "control")
    )
    assert close(np.log(a / n / (c / m)), data["effect"])
    assert close(np.sqrt(1 / a - 1 / n + 1 / c - 1 / m), data["se"])


@pytest.mark.parametrize(("case", "method"), list(product(CASES, METHODS)))
def test_mean_interval_tau2_q_and_i2_are_those_of_metafor(case, method):
    expected = REFERENCE[case]["pooled"][method]

    pooled = pool(studies(case), method, **FAST)

    ends = (pooled.mean.estimate, pooled.se, pooled.mean.low, pooled.mean.high)
    assert close(ends, tuple(expected["interval"]["HK"].values()))
    spread = (expected["tau2"], expected["q"], expected["i2"]["from tau2"])
    assert close((pooled.tau2, pooled.q, pooled.i2), spread)


@pytest.mark.parametrize(("case", "method", "interval"), list(product(CASES, METHODS, INTERVALS)))
def test_the_intervals_that_pooling_is_compared_with_are_those_of_metafor(case, method, interval):
    y, v = arrays(case)
    ends = benchmark.other_interval(y, v, between_studies(y, v, method), interval)
    expected = REFERENCE[case]["pooled"][method]["interval"][interval]
    assert close(tuple(map(float, ends)), tuple(expected.values()))


@pytest.mark.parametrize(
    ("case", "method", "prediction"), list(product(LARGER, METHODS, PREDICTIONS))
)
def test_a_prediction_interval_is_that_of_metafor(case, method, prediction):
    y, v = arrays(case)
    ends = benchmark.prediction_interval(y, v, between_studies(y, v, method), prediction)
    expected = REFERENCE[case]["pooled"][method]["prediction"][prediction]
    assert close(tuple(map(float, ends)), (expected["low"], expected["high"]))


@pytest.mark.parametrize(("case", "method"), list(product(LARGER, METHODS)))
def test_leaving_one_out_gives_what_metafor_gives(case, method):
    expected = REFERENCE[case]["pooled"][method]["leave_one_out"]

    left = leave_one_out(studies(case), method=method, **FAST).to_frame()

    assert list(left["without"]) == REFERENCE[case]["data"]["study"]
    names = {"mu": "mu", "tau2": "tau2", "q": "q", "i2": "i2"}
    names |= {"hk_se": "se", "hk_low": "low", "hk_high": "high"}
    assert {*names, "wald_se"} == set(expected)
    for name, column in names.items():
        assert close(left[column].to_numpy(), expected[name]), name
    _, v = arrays(case)
    wald = [(1 / (np.delete(v, at) + tau2)).sum() ** -0.5 for at, tau2 in enumerate(left["tau2"])]
    assert close(wald, expected["wald_se"])


@pytest.mark.parametrize("method", METHODS)
def test_studies_that_agree_have_no_variance_between_them(method):
    pooled, (y, v) = pool(studies("agreeing"), method, **FAST), arrays("agreeing")

    assert (pooled.tau2, pooled.i2) == (0.0, 0.0)
    assert pooled.mean.estimate == pytest.approx((y / v).sum() / (1 / v).sum(), rel=1e-12)


def test_the_plain_interval_of_agreeing_studies_is_narrower_than_the_guarded_one():
    y, v = arrays("agreeing")
    tau2 = between_studies(y, v, "PM")
    (plain, guarded) = (benchmark.other_interval(y, v, tau2, name)[1] for name in INTERVALS[:2])
    assert plain < guarded


def test_a_mean_says_when_its_interval_is_narrower_than_that_of_one_common_effect():
    """In homogeneous worlds of 2 to 8 studies it is in 10 to 35 percent; among ten studies that
    differ it is not.
    """
    rng, told = np.random.default_rng(7), []
    for _ in range(120):
        se = rng.uniform(0.05, 0.2, rng.integers(2, 9))
        made = pd.DataFrame({"effect": 0.8 + se * rng.standard_normal(len(se)), "se": se})
        pooled = pool(made, method="PM", draws=50)
        reach = 1.959964 / np.sqrt((1 / se**2).sum())
        narrower = pooled.mean.high - pooled.mean.low < 2 * reach
        assert narrower == ("narrower than their errors alone allow" in pooled.method)
        assert narrower == ("one common effect would give [" in pooled.sentence())
        told.append(narrower)
    assert 0.1 < np.mean(told) < 0.35
    assert "narrower" not in pool(studies("betas"), **FAST).sentence()


def test_two_studies_give_a_mean_but_predict_nothing():
    pooled = pool(studies("two"))
    assert np.isfinite([pooled.mean.estimate, pooled.mean.low, pooled.mean.high]).all()
    assert np.isnan([pooled.prediction.low, pooled.prediction.high]).all()
    assert (pooled.mean.status, pooled.prediction.status) == ("indicative", "undefined")
    assert "no prediction interval from fewer than 3 studies" in pooled.method
    assert "no prediction interval" in pooled.sentence()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_studies_are_refused_in_a_sentence(count):
    with pytest.raises(ValueError, match=f"^{count} stud(y|ies): at least 2 are needed"):
        pool(studies("two").head(count))


@pytest.mark.parametrize("se", [0.0, -0.1, np.nan, np.inf])
def test_a_study_without_sampling_error_is_refused_by_name(se):
    table = studies("betas")
    table.loc["tiktok-tides Europe", "se"] = se
    with pytest.raises(ValueError, match="standard error above zero: tiktok-tides Europe"):
        pool(table)


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"method 'reml' is not known. Known: REML, PM\."):
        pool(studies("bcg"), method="reml")


def test_leaving_one_out_of_two_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="2 studies: at least 3"):
        leave_one_out(studies("two"))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", LARGER)
def test_a_shift_moves_and_a_scale_stretches_every_number(case, method):
    table = studies(case)
    before = pool(table, method, draws=500).to_frame().iloc[0]
    stretched = (table * 3).assign(effect=lambda t: t["effect"] + 7)
    after = pool(stretched, method, draws=500).to_frame().iloc[0]

    ends = ["mu", "low", "high", "pi_low", "pi_high"]
    assert list(after[ends]) == pytest.approx([7 + 3 * before[name] for name in ends], rel=1e-9)
    assert (after["se"], after["tau2"]) == pytest.approx(
        (3 * before["se"], 9 * before["tau2"]), rel=1e-9
    )
    assert list(after[["q", "i2"]]) == pytest.approx(list(before[["q", "i2"]]), rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_studies_changes_nothing(method):
    table = studies("bcg")
    before, after = (
        pool(some, method, draws=500).to_frame().drop(columns=["method", "status"]).iloc[0]
        for some in (table, table.sample(frac=1, random_state=4))
    )
    assert before.to_numpy() == pytest.approx(after.to_numpy(), rel=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_a_study_that_knows_nothing_moves_nothing(method):
    # it stands one standard error away, as it should on average: PM counts studies, and one that
    # agrees better than chance would have it is evidence of less variance between studies
    table = studies("betas")
    ignorant = pd.DataFrame({"effect": [1e8], "se": [1e8]}, index=["ignorant"])

    ends = []
    for some in (table, pd.concat([table, ignorant])):
        y, v = some["effect"].to_numpy(), some["se"].to_numpy() ** 2
        tau2 = between_studies(y, v, method)
        mean = benchmark.other_interval(y, v, tau2, "Wald")
        ends.append([float(tau2), *mean, *benchmark.prediction_interval(y, v, tau2, "z")])

    assert ends[1] == pytest.approx(ends[0], rel=1e-7)


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
    ends = [(one.prediction.low, one.prediction.high) for one in (first, other)]
    assert ends[0] == pytest.approx(ends[1], abs=0.06)


def test_what_was_pooled_reads_as_a_sentence_and_is_drawn_as_two_rows():
    pooled = pool(studies("betas"))
    new = pooled.prediction

    assert pooled.sentence().startswith(f"10 studies: {pooled.mean.estimate:.3f} [")
    assert f"between {new.low:.3f} and {new.high:.2f}." in pooled.sentence()
    assert pooled.estimates.to_frame()["label"].tolist() == ["mean", "a new study"]
    assert pooled.mean.sentence().endswith(", 10 studies.")
    left = leave_one_out(studies("agreeing"), **FAST)
    means = left.to_frame()["mu"]
    assert f"runs from {means.min():.3f} to {means.max():.3f}" in left.sentence()


def test_an_owner_who_repeats_a_number_has_one_vote():
    table = pd.DataFrame(
        {
            "data_owner": ["a", "b", "a", "c"],
            "beta": [0.7, 0.9, 0.9, 0.6],
            "se": [0.02, 0.03, 0.04, 0.01],
            "source": list("wxyz"),
        }
    )

    votes = average_by_owner(table)
    repeated = average_by_owner(pd.concat([table, table]))

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
        average_by_owner(table)


def test_a_prediction_interval_holds_a_new_study_as_often_as_it_says():
    codebook = (paths.DATA / "published" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+), (0\.\d\d) \|.* (0\.\d{3}) \|$", codebook, re.MULTILINE)
    shares = {(int(k), float(tau)): float(share) for k, tau, share in rows}
    assert {*benchmark.SCENARIOS} == {*product((4, 6, 10), (0.15, 0.40))} == shares.keys()
    error = 3 * np.sqrt(0.95 * 0.05 / benchmark.ANALYSES)
    for scenario, share in shares.items():
        assert 0.94 - error <= share <= 0.97 + error, scenario


def test_the_table_in_the_codebook_is_what_the_benchmark_prints():
    """Its head and the row of fewest studies, made anew; the benchmark makes all of them."""
    codebook = (paths.DATA / "published" / "README.md").read_text(encoding="utf-8")
    head, rule, row = benchmark.coverage_table(
        benchmark.coverage(benchmark.SEED, scenarios=[(4, 0.15)])
    ).splitlines()
    assert head.endswith("| new study: confidence distribution |")
    assert f"{head}\n{rule}\n{row}\n" in codebook


def test_a_prediction_interval_leaves_equal_shares_of_the_drawn_effects_on_either_side():
    table = pd.DataFrame({"effect": [0.1, 0.5, -0.2, 0.3], "se": [0.1, 0.2, 0.15, 0.1]})
    new = pool(table, confidence=0.8, seed=3, draws=4000).prediction

    drawn = predictive_draws(
        table["effect"].to_numpy(), table["se"].to_numpy() ** 2, np.random.default_rng(3), 4000
    )
    outside = [(drawn < new.low).mean(), (drawn > new.high).mean()]
    assert outside == pytest.approx([0.1, 0.1], abs=1e-3)
