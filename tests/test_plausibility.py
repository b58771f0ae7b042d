"""Plausibility checks warn of simulated or selected files: of the controls, not of the evidence,
and of a user's file when it is read.
"""

import numpy as np
import pytest

from analysis import paths
from analysis.moments import plausibility, value_checks
from analysis.moments.load import load
from analysis.moments.own import read_own
from analysis.registers.lookup import sources
from analysis.simulate import artefacts, worlds


def check(posts):
    return plausibility.check(posts, worlds.world("w", posts))


def warnings(posts):
    table = check(posts)
    return set(table.loc[table["warning"], "check"])


@pytest.mark.parametrize("key", sources())
def test_evidence_raises_no_warning_and_every_control_does(key):
    shipped = plausibility.shipped()
    mine = shipped[shipped["source"] == key]

    # of payments in live chats no check knows what is usual
    few = load(key).table["accounts"].max() < plausibility.ACCOUNTS
    assert len(mine) or few or sources()[key].proxy
    assert mine["warning"].any() == (not sources()[key].evidence), (
        "register a source that warns as a control, or explain it and move the limit"
    )


def test_the_codebook_states_every_limit():
    text = (
        (paths.DATA / "README.md")
        .read_text(encoding="utf-8")
        .split("## cells/plausibility.csv")[1]
        .split("\n## ")[0]
    )
    for stated in (
        value_checks.DIGITS,
        value_checks.CHANCE,
        value_checks.EVEN,
        value_checks.EDGE,
        value_checks.LOWEST,
        value_checks.CROWD,
        plausibility.RANK,
        plausibility.STEEP,
        plausibility.FLAT,
        f"{plausibility.SMALL:,}",
        value_checks.ACCOUNTS,
    ):
        assert f"{stated}" in text
    assert (plausibility.VIEWS, plausibility.LIKED) == (2.0, 0.25), (
        "two views per follower, a quarter of the accounts"
    )


def test_what_the_reasons_state_of_open_data_is_true_of_the_evidence():
    shipped = plausibility.shipped()
    evidence = shipped[shipped["source"].map(lambda key: sources()[key].evidence)]

    assert evidence.loc[evidence["check"].str.endswith("ignore followers"), "value"].min() >= 0.66
    assert (
        evidence.loc[evidence["check"].str.endswith("per follower"), "value"]
        .between(-0.4, 0.18)
        .all()
    )


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "old posts",
        "inactive followers",
        "high rates only",
        "best of many",
        "averaging rule",
    ],
)
def test_a_simulated_world_that_obeys_the_usual_laws_is_not_noticed(name):
    assert warnings(artefacts.ARTEFACTS[name](1).posts) == set()


def test_a_feed_is_noticed_as_selected():
    assert {
        "likes per follower",
        "views per follower",
        "flat per view",
        "views above followers",
    } <= warnings(artefacts.viral_feed(1).posts)


def test_likes_that_do_not_depend_on_followers_are_noticed():
    assert warnings(artefacts.own_denominator(1).posts) == {
        "likes ignore followers",
        "likes per follower",
    }


@pytest.mark.parametrize("seed", range(5))
def test_counts_drawn_evenly_are_noticed(seed):
    rng = np.random.default_rng(seed)
    posts = worlds.posts(seed, accounts=(150, 150)).assign(
        likes=lambda table: rng.integers(0, 10_000, len(table))
    )
    checks = check(posts)
    summary, reasons = plausibility.summary(checks), plausibility.reasons(checks)

    assert {"first digits", "even spread", "likes ignore followers"} <= warnings(posts)
    assert summary.startswith("This file looks simulated, or cut off at a threshold: ")
    assert len(reasons) == checks["warning"].sum()
    assert any("spread evenly between two numbers" in reason for reason in reasons)


@pytest.mark.parametrize("accounts", [(12, 12), (40, 40), (150, 60)])
def test_ordinary_files_of_any_size_are_hardly_ever_flagged(accounts):
    flagged = [seed for seed in range(4) if warnings(worlds.posts(seed, accounts=accounts))]

    assert flagged == []


def test_no_check_is_made_of_a_tiny_file():
    table = check(worlds.posts(1, accounts=(2, 2), posts_per_account=2))

    assert table.empty
    assert plausibility.reasons(table) == ()
    assert plausibility.summary(table).startswith("No plausibility check could be made")


def test_counts_that_are_all_alike_or_zero_do_not_break_the_check():
    posts = worlds.posts(1).assign(likes=7, comments=0)

    assert "first digits" not in set(check(posts)["check"])
    assert check(posts.assign(likes=0)).empty


def test_accounts_that_all_have_one_size_do_not_break_the_check():
    posts = worlds.posts(1).assign(followers=50_000)

    assert "likes per follower" not in set(check(posts)["check"])


def test_a_file_of_your_own_states_what_it_looks_like(tmp_path):
    rng = np.random.default_rng(0)
    honest = worlds.posts(3, accounts=(60, 60))
    honest.to_csv(tmp_path / "honest.csv", index=False)
    honest.assign(likes=rng.integers(0, 9_000, len(honest))).to_csv(
        tmp_path / "drawn.csv", index=False
    )

    plain, drawn = (read_own(tmp_path / f"{name}.csv", name).source for name in ("honest", "drawn"))

    assert plain.selection_note.startswith("None of 6 plausibility checks warns")
    assert plain.limits == ()
    assert drawn.selection_note.startswith("This file looks simulated")
    assert any("Likes spread evenly between two numbers" in limit for limit in drawn.limits)


@pytest.mark.parametrize("bias", [1e-6, 1e6])
def test_a_scale_of_the_counts_does_not_change_first_digits_of_powers_of_ten(bias):
    posts = worlds.posts(2).assign(likes=lambda table: table["likes"] * bias)
    scaled, plain = (
        check(table).set_index("check").loc["first digits", "value"]
        for table in (posts, worlds.posts(2))
    )

    assert scaled == pytest.approx(plain, abs=1e-9)


@pytest.mark.parametrize("key", [key for key, one in sources().items() if not one.evidence])
def test_every_warning_has_a_reason_with_its_numbers(key):
    checks = plausibility.shipped().query("source == @key")
    reasons = plausibility.reasons(checks)

    assert len(reasons) == checks["warning"].sum() > 0
    for reason, made in zip(reasons, checks[checks["warning"]].itertuples(), strict=True):
        assert made.subject.lower() in reason.lower()
        assert "{" not in reason and reason.endswith(".")
