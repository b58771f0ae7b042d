"""A specification is estimated as if it stood alone; what is left out has a reason; the grid is
fixed before answers are seen.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.averages import AVERAGES, log_average
from analysis.estimate.contrast import EVERY_OTHER, contrast, smallest_contrast, tier_average
from analysis.estimate.decision import decided
from analysis.estimate.judging import judge, judge_test
from analysis.estimate.multiverse.choices import (
    decisive_choices,
    single_changes,
    variance_by_choice,
)
from analysis.estimate.multiverse.estimates import estimate_specifications
from analysis.estimate.multiverse.fixed import fixed_grid, fixed_grids, record
from analysis.estimate.multiverse.grid import AXES, fingerprint, inadmissible, specifications
from analysis.estimate.multiverse.specification_curve import judge_specifications
from analysis.estimate.results import COLUMNS
from analysis.moments.batch import ALL, chosen_posts
from analysis.moments.load import load_all
from analysis.moments.rows import account_rows
from analysis.present.charts import specification_curve
from analysis.registers.lookup import claim, claims, schemes
from analysis.simulate import worlds

SCHEMES = schemes()
METRIC = "engagement_per_follower"


def some_posts(seed=3, accounts=(80, 40)):
    """Posts with two strata, some accounts without followers, some without a reaction."""
    table, rng = (
        worlds.posts(seed, accounts=accounts, posts_per_account=6),
        np.random.default_rng(seed),
    )
    table = table.assign(
        sponsored=rng.choice(["yes", "no"], len(table)),
        niche=rng.choice(["a", "b", "c; d or e"], len(table)),
    )
    table.loc[table["account_id"] == "simulated-0-3", "followers"] = np.nan
    table.loc[table["account_id"] == "simulated-1-3", ["likes", "comments"]] = 0
    return table


@pytest.fixture(scope="module")
def world():
    return worlds.world("multiverse", some_posts())


@pytest.fixture(scope="module")
def sources():
    return load_all()


def alone(row, moments):
    """The estimate of one specification by the functions that estimate one."""
    stratum, _, level = row.posts.partition(": ")
    sample = (
        moments.sample(row.metric)
        if row.posts == "all"
        else moments.sample(row.metric, stratum, level)
    )
    sample = sample.tier(SCHEMES[row.scheme])
    if not row.versus:
        return tier_average(sample, row.of, row.average)
    if row.versus == EVERY_OTHER:
        return smallest_contrast(sample, row.of, row.average)
    return contrast(sample, row.of, row.versus, row.average)


def assert_same(row, expected):
    for name, value in zip(COLUMNS, expected.row(), strict=True):
        here = getattr(row, name)
        if isinstance(value, float):
            assert here == pytest.approx(value, rel=1e-10, nan_ok=True), name
        else:
            assert here == value, name


@pytest.mark.parametrize("versus", ["macro", "", EVERY_OTHER])
def test_cells_give_each_specification_what_it_gives_alone(sources, versus):
    frame = specifications(sources.values(), SCHEMES.values(), versus=versus)
    estimated = estimate_specifications(
        frame.sample(300, random_state=1), sources.values(), SCHEMES.values()
    )

    for row in estimated.sample(25, random_state=1).itertuples():
        assert_same(row, alone(row, sources[row.source]))
    assert set(estimated["average"]) == set(AVERAGES)


@pytest.mark.parametrize("versus", ["macro", "", EVERY_OTHER])
def test_accounts_give_each_specification_what_it_gives_alone(world, versus):
    estimated = estimate_specifications(
        specifications([world], SCHEMES.values(), versus=versus), [world], SCHEMES.values()
    )

    for row in estimated.sample(25, random_state=2).itertuples():
        assert_same(row, alone(row, world))
    assert {"niche: c; d or e", "sponsored: yes", "all"} <= set(estimated["posts"])


def test_posts_of_several_levels_and_strata_are_those_that_a_filter_of_the_posts_gives():
    table = some_posts()
    moments = worlds.world("whole", table)
    text = "niche: a or b; sponsored: yes"
    assert chosen_posts(text, moments) == {"niche": ("a", "b"), "sponsored": ("yes",)}
    some = worlds.world(
        "whole", table[table["niche"].isin(["a", "b"]) & (table["sponsored"] == "yes")]
    )

    frame = specifications([moments], [SCHEMES["decades"]], posts=[text])
    estimated, expected = (
        estimate_specifications(part, [one], SCHEMES.values())
        for part, one in ((frame, moments), (frame.assign(posts="all"), some))
    )

    pd.testing.assert_frame_equal(
        estimated.drop(columns=["posts", "estimand"]),
        expected.drop(columns=["posts", "estimand"]),
        rtol=1e-10,
    )
    assert estimated["estimand"].str.endswith("posts with niche = a or b; sponsored = yes").all()


@pytest.mark.parametrize("edition", fixed_grids().values(), ids=fixed_grids())
def test_the_options_of_an_edition_still_give_the_specifications_that_it_fixed(edition, sources):
    own, _ = edition.split(specifications(sources.values(), SCHEMES.values()))

    assert fingerprint(own, SCHEMES.values()) == edition.fingerprint


def test_a_new_scheme_adds_to_the_grid_and_changes_nothing_of_what_an_edition_fixed(
    sources, tmp_path
):
    frame = specifications(sources.values(), [SCHEMES["decades"]])
    record("2030-01", sources.values(), [SCHEMES["decades"]], tmp_path / "editions.toml")
    edition = fixed_grids(tmp_path / "editions.toml")["2030-01"]

    own, new = edition.split(specifications(sources.values(), SCHEMES.values()))

    assert fingerprint(own, SCHEMES.values()) == edition.fingerprint
    assert set(own["scheme"]) == {"decades"} and len(own) == len(frame)
    assert "decades" not in set(new["scheme"]) and len(new)
    added = edition.added(sources.values(), SCHEMES.values())
    assert set(added.options["option"]) == set(SCHEMES) - {"decades"}
    assert added.options["specifications"].sum() == len(new)
    assert added.sentence().startswith("The list is the one that edition 2030-01 wrote down. ")


def test_a_draft_has_the_newest_grid_and_an_edition_its_own_and_other_data_none(sources):
    newest = fixed_grids()[max(fixed_grids())]
    assert fixed_grid("open", "draft") == fixed_grid("open", "Draft for Kim") == newest
    assert fixed_grid("open", "2026-11").key == "2026-11"
    for free in (fixed_grid("open", "2999-01"), fixed_grid("instagram-kim", "draft")):
        frame = specifications(sources.values(), SCHEMES.values())
        assert len(free.split(frame)[0]) == len(frame)
        added = free.added(sources.values(), SCHEMES.values())
        assert added.to_frame().empty
        assert added.sentence() == "The list is whatever the data and the registers admit."


def test_a_fingerprint_is_of_specifications_and_edges_and_not_of_their_order(sources):
    frame = specifications(sources.values(), SCHEMES.values())
    whole = fingerprint(frame, SCHEMES.values())

    assert fingerprint(frame.sample(frac=1, random_state=0), SCHEMES.values()) == whole
    assert fingerprint(frame.iloc[1:], SCHEMES.values()) != whole
    moved = SCHEMES["decades"].model_copy(update={"tiers": SCHEMES["harvard-media"].tiers})
    assert fingerprint(frame, (SCHEMES | {"decades": moved}).values()) != whole


def test_what_is_inadmissible_and_what_is_not_make_up_every_combination_once(sources):
    kept, left = (
        make(sources.values(), SCHEMES.values()) for make in (specifications, inadmissible)
    )

    every = pd.concat([kept, left])[list(AXES)]
    assert not every.duplicated().any()
    assert (left["reason"] != "").all()
    for _, part in every.groupby("source"):
        assert len(part) == np.prod([part[axis].nunique() for axis in AXES])


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        (
            {"posts": ["sponsored: yes; niche: food"]},
            "cells are published one level at a time; to combine levels takes accounts",
        ),
        (
            {"posts": ["niche: food or travel"]},
            "cells are published one level at a time; to combine levels takes accounts",
        ),
        (
            {"posts": ["sponsored: yes"], "averages": ["median account"]},
            "cells of a stratum hold no histogram, so no median",
        ),
        ({"metrics": ["click_rate"]}, "the source does not hold the metric"),
        ({"of": "celebrity"}, "the publisher has no tier 'celebrity'"),
        (
            {"posts": ["sponsored: maybe"]},
            "source 'instagram-kim' has no posts with sponsored: maybe. It has: ",
        ),
    ],
)
def test_what_is_left_out_has_a_reason(sources, choices, reason):
    left = inadmissible([sources["instagram-kim"]], [SCHEMES["harvard-media"]], **choices)

    assert left["reason"].str.startswith(reason).all() and len(left)


def test_a_publisher_of_other_platforms_is_not_asked(sources):
    left = inadmissible(
        [sources["tiktok-tides"]], [SCHEMES["mediakix-instagram"]], metrics=["likes_per_follower"]
    )

    assert set(left["reason"]) == {"the publisher means other platforms"}


def test_a_source_without_an_engagement_rate_has_no_specification_and_nothing_breaks(sources):
    silent = [sources["youtube-tides"]]
    judged = judge_specifications([(claim("D06"), claim("D06").tests[0])], silent, SCHEMES.values())

    assert len(judged) == len(judged.counts()) == 0
    assert len(variance_by_choice(judged)) == len(single_changes(judged)) == 0
    assert decisive_choices(judged).to_frame()["pairs"].sum() == 0
    assert judged.sentence() == "No specification is admissible."


@pytest.fixture(scope="module")
def result(sources):
    asked = [(claim("C38"), claim("C38").tests[0])]
    return judge_specifications(asked, sources.values(), SCHEMES.values())


@pytest.fixture(scope="module")
def judged(result):
    return result.to_frame()


def test_the_sentence_of_judged_specifications_counts_them_and_their_outcomes(result, judged):
    text, spread = result.sentence(), judged.loc[judged["status"] == "ok", "estimate"]

    assert f"over {len(judged):,} specifications: " in text
    assert f"{(judged['outcome'] == 'supported').sum():,} supported" in text
    assert f"half below {spread.median():.3f}." in text
    assert text in result.about("C38").sentence()
    assert result.counts().iloc[0, 3:].sum() == len(judged)
    assert f">{(judged['outcome'] == 'untestable').sum()}</td>" in result._repr_html_()
    assert str(result).startswith(f"{len(judged):,} specifications, judged\n")


def test_a_question_that_was_not_asked_and_rows_without_outcomes_are_refused(result, judged):
    with pytest.raises(ValueError, match=r"test 2 of claim 'C38' was not asked\. Asked: C38: "):
        result.about("C38", 2)
    with pytest.raises(ValueError, match=r"no outcomes yet: `judge_specifications` puts claims"):
        decisive_choices(judged.drop(columns="outcome"))


def test_the_rule_for_many_intervals_is_the_rule_for_one(judged, sources):
    for row in judged.sample(40, random_state=4).itertuples():
        estimate = alone(row, sources[row.source])
        assert row.outcome == decided(claim("C38").tests[0], estimate)[0]


def test_the_registered_specification_has_the_verdict_of_the_claim(judged, sources):
    registered = judged[judged["registered"]]

    asked = judge(claim("C38"), sources, ["macro-or-micro-second"]).to_frame()
    answered = asked[(asked["test"] == 1) & asked["estimate"].notna()]
    assert sorted(registered["source"]) == sorted(answered["source"])
    assert len(registered) > 2
    for row in registered.itertuples():
        verdict = judge_test(
            claim("C38"), claim("C38").tests[0], sources[row.source], SCHEMES[row.scheme]
        )
        assert (row.outcome, row.estimate) == (
            verdict.outcome,
            pytest.approx(verdict.estimate, rel=1e-10),
        )


def test_a_test_that_compares_no_tiers_is_refused(sources):
    (claim_, test) = next(
        (one, test)
        for one in claims().values()
        for test in one.tests
        if test.estimator == "breakpoint"
    )

    refusal = (
        rf"claim {claim_.key} asks for the estimator 'breakpoint', which leaves neither tiers nor"
    )
    with pytest.raises(ValueError, match=refusal):
        judge_specifications([(claim_, test)], sources.values(), SCHEMES.values())


def test_a_simulated_world_decides_nothing(world):
    judged = judge_specifications(
        [(claim("D06"), claim("D06").tests[0])], [world], SCHEMES.values()
    )

    assert set(judged.frame["status"]) >= {"ok"}
    assert set(judged.frame["outcome"]) == {"untestable"}


def test_decisive_pairs_are_those_that_differ_in_one_choice_and_in_the_verdict(judged):
    some = judged[(judged["source"] == "tiktok-datares") & (judged["posts"] == "all")]
    asked = some[some["outcome"] != "untestable"].to_dict("records")
    pairs = [(one, two) for place, one in enumerate(asked) for two in asked[:place]]
    single = [
        (one, two)
        for one, two in pairs
        if [axis for axis in ("scheme", "metric", "average") if one[axis] != two[axis]]
        == ["scheme"]
    ]

    row = decisive_choices(some).to_frame().set_index("choice").loc["scheme"]

    assert row["pairs"] == len(single)
    assert row["changed"] == sum(one["outcome"] != two["outcome"] for one, two in single) > 0


def test_what_is_untestable_decides_nothing_and_shares_are_percents_of_pairs(judged):
    silent = judged.assign(scheme="another", outcome="untestable")

    turned = decisive_choices(pd.concat([judged, silent, silent.assign(claim="Z99")])).to_frame()

    pd.testing.assert_frame_equal(turned, decisive_choices(judged).to_frame())
    assert turned.columns.tolist() == [
        "claim",
        "test",
        "choice",
        "pairs",
        "changed",
        "share",
        "reversals",
    ]
    counted = turned[turned["pairs"] > 0]
    assert counted["share"].to_numpy() == pytest.approx(100 * counted["changed"] / counted["pairs"])


def test_a_single_change_differs_in_one_choice_from_what_was_registered(judged):
    changes = single_changes(judged)
    assert changes.frame.index.equals(pd.RangeIndex(len(changes)))
    turned = (changes.changed["outcome"] != changes.changed["registered_outcome"]).sum()
    assert changes.sentence().startswith(f"{turned} of {len(changes.changed)} single changes of ")
    for row in changes.frame.itertuples():
        own = judged[judged["registered"] & (judged["source"] == row.source)].iloc[0]
        differing = [
            axis
            for axis in ("scheme", "metric", "average", "posts")
            if getattr(row, axis) != own[axis]
        ]
        assert differing == ([] if row.choice == "registered" else [row.choice])
        assert row.option == (ALL if row.choice == "registered" else getattr(row, row.choice))


def test_a_curve_of_specifications_that_were_not_judged_is_refused(judged):
    with pytest.raises(ValueError, match=r"^judged specifications: there is no column 'outcome'\."):
        specification_curve(
            judged.drop(columns=["outcome", "average"]), {"average": "average"}, "micro / macro"
        )


def curve_of(effects):
    """A full grid whose log estimates are given by a function of the choices."""
    levels = {"scheme": list("abcd"), "average": list("xyz"), "posts": list("pq")}
    grid = pd.MultiIndex.from_product(levels.values(), names=levels).to_frame(index=False)
    codes = [
        grid[axis].map({level: place for place, level in enumerate(options)})
        for axis, options in levels.items()
    ]
    return grid.assign(
        source="one",
        numerator="likes",
        denominator="views",
        status="ok",
        estimate=np.exp(effects(*codes)),
    )


def test_the_spread_is_shared_out_as_the_analysis_of_variance_of_a_balanced_grid_does():
    estimated = curve_of(lambda scheme, average, posts: 0.3 * scheme + 0.2 * average + 0.0 * posts)

    shares = variance_by_choice(estimated).to_frame().set_index("choice")

    scheme, average = np.var(0.3 * np.arange(4)), np.var(0.2 * np.arange(3))
    assert shares.loc["scheme", "share"] == pytest.approx(
        100 * scheme / (scheme + average), rel=1e-9
    )
    assert shares.loc[["posts", "together"], "share"].to_numpy() == pytest.approx([0, 0], abs=1e-9)
    assert shares.loc["scheme", "largest_step"] == pytest.approx(np.exp(0.9), rel=1e-9)


def test_choices_that_matter_only_in_combination_are_counted_together():
    estimated = curve_of(lambda scheme, average, posts: (posts - 0.5) * (average - 1))

    shares = variance_by_choice(estimated).to_frame().set_index("choice")["share"]

    assert shares["together"] == pytest.approx(100, rel=1e-9)


def test_a_slice_of_the_batch_holds_the_accounts_of_the_tier(world):
    estimated = estimate_specifications(
        specifications(
            [world], [SCHEMES["decades"]], metrics=["engagement_per_follower"], posts=["all"]
        ),
        [world],
        SCHEMES.values(),
    )
    sample = world.sample("engagement_per_follower").tier(SCHEMES["decades"])

    assert set(estimated["n_accounts"]) == {int(sample.rows["tier"].isin(["micro", "macro"]).sum())}
    rows, _ = account_rows(world.table, sample.metric)
    assert log_average(rows.to_dict("series"), "mean of posts", "accounts") == log_average(
        rows, "mean of posts", "accounts"
    )


@pytest.mark.parametrize(
    "average", ["typical account", "ratio of sums", "mean of accounts", "median account"]
)
def test_an_average_is_the_model_that_has_nothing_but_tiers(average):
    import statsmodels.api as sm

    posts = worlds.posts(5, accounts=(81, 41), posts_per_account=6)
    sample = worlds.world("odd", posts).sample(METRIC).tier("decades")
    rows = sample.rows[sample.rows["tier"].isin(["micro", "macro"])]
    tiers = sm.add_constant((rows["tier"] == "micro").to_numpy(float))
    rates, poisson = rows["account_rate"].to_numpy(), sm.families.Poisson()
    models = {
        "typical account": lambda: sm.OLS(np.log(rates), tiers),
        "ratio of sums": lambda: sm.GLM(
            rows["numerator"].to_numpy(),
            tiers,
            poisson,
            offset=np.log(rows["denominator"].to_numpy()),
        ),
        "mean of accounts": lambda: sm.GLM(rates, tiers, poisson),
        "median account": lambda: sm.QuantReg(np.log(rates), tiers),
    }
    slope = models[average]().fit().params[1]
    assert np.exp(slope) == pytest.approx(
        contrast(sample, "micro", "macro", average).estimate,
        rel=1e-4 if average == "median account" else 1e-8,
    )
