"""What is only a mixture of levels disappears with equal mixtures, and levels that differ are told
from levels that do not.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.estimate.contrast import contrast
from analysis.estimate.replicate import take, take_strata
from analysis.estimate.synthesis.moderators import moderated, standardised
from analysis.estimate.synthesis.pooling import pool
from analysis.estimate.tiers import assign_tiers
from analysis.moments.load import load
from analysis.registers.lookup import scheme
from analysis.simulate import worlds

DECADES = scheme("decades")
WORLD = assign_tiers(worlds.world("levels", worlds.posts(1, accounts=(1, 1))).sample(), DECADES)


def world(**niches):
    """Accounts (micro, macro), rate and ratio of each niche."""
    parts = []
    for seed, (niche, (accounts, rate, ratio)) in enumerate(niches.items(), start=100):
        posts = worlds.posts(seed, ratio, accounts, 3, rate)
        parts.append(posts.assign(niche=niche, account_id=niche + posts["account_id"]))
    return worlds.world("niches", pd.concat(parts, ignore_index=True))


def levels(**niches):
    return take_strata([world(**niches)], "engagement", DECADES, "niche")


def level_of(name, micro, macro):
    """A level from the log rates of its accounts."""
    rows = [
        {
            "tier": tier,
            "accounts": len(x),
            "posts": len(x),
            "positive": len(x),
            "log_rate": x.sum(),
            "log_rate2": (x**2).sum(),
        }
        for tier, x in (("micro", micro), ("macro", macro))
    ]
    return replace(WORLD, resolution="cells", stratum="niche", level=name, rows=pd.DataFrame(rows))


def draw(rng, ratio=0.0, n=(60, 40)):
    return rng.normal(ratio, 0.8, n[0]), rng.normal(0, 0.6, n[1])


SIMPSON = {"beauty": ((600, 60), 0.06, 1.0), "travel": ((60, 600), 0.02, 1.0)}


def test_a_premium_that_is_only_a_mixture_disappears_when_both_tiers_have_the_same():
    found = standardised(levels(**SIMPSON))

    assert found.crude.low > 1.6
    assert found.estimate.low < 1 < found.estimate.high
    assert found.estimate.high < 1.3
    assert found.weights["weight"].sum() == pytest.approx(100)


def test_a_mixture_that_turns_the_sign_is_turned_back():
    found = standardised(levels(beauty=((60, 600), 0.09, 1.4), travel=((600, 60), 0.02, 1.4)))

    assert found.crude.high < 1
    assert found.estimate.low < 1.4 < found.estimate.high


@pytest.mark.parametrize("average", ["typical account", "mean of accounts"])
def test_with_a_tiers_own_shares_its_average_comes_out_again(average):
    samples = levels(
        beauty=((100, 40), 0.05, 1.2), travel=((50, 20), 0.02, 1.5)
    )  # the same shares in both tiers
    found = standardised(samples, average=average)

    assert found.estimate.estimate == pytest.approx(found.crude.estimate, rel=1e-9)


def test_equal_weights_are_the_plain_mean_of_log_ratios():
    samples = levels(**SIMPSON)
    ratios = [contrast(sample) for sample in samples]
    found = standardised(samples, weights="equal").estimate

    assert found.estimate == pytest.approx(
        np.exp(np.mean([np.log(one.estimate) for one in ratios])), rel=1e-12
    )


def test_intervals_of_standardised_and_of_ratios_of_ratios_hold_the_truth_and_q_keeps_its_size():
    worlds, held, said = 100, np.zeros(2), 0
    for seed in range(worlds):
        rng = np.random.default_rng((3, seed))
        samples = [level_of(name, *draw(rng, 0.3)) for name in ("a", "b", "c")]
        found, differing = standardised(samples).estimate, moderated(samples)
        held += (
            found.low < np.exp(0.3) < found.high,
            differing.against["low"].iloc[0] < 1 < differing.against["high"].iloc[0],
        )
        said += differing.p < 0.05
    error = 3 * np.sqrt(0.05 * 0.95 / worlds)
    assert (held / worlds > 0.95 - error).all()
    assert said / worlds < 0.05 + error


def test_a_ratio_of_ratios_is_the_interaction_of_a_welch_contrast():
    rng = np.random.default_rng(5)
    one, two = (draw(rng, shift) for shift in (0.5, 0.1))
    log = one[0].mean() - one[1].mean() - (two[0].mean() - two[1].mean())
    variances = [x.var(ddof=1) / len(x) for x in (*one, *two)]
    pairs = [sum(variances[:2]), sum(variances[2:])]
    inner = [
        pairs[at] ** 2
        / sum(variances[2 * at + side] ** 2 / (n - 1) for side, n in ((0, 60), (1, 40)))
        for at in (0, 1)
    ]
    df = sum(pairs) ** 2 / sum(pair**2 / one_df for pair, one_df in zip(pairs, inner, strict=True))
    reach = stats.t.ppf(0.975, df) * np.sqrt(sum(pairs))

    found = moderated([level_of("a", *one), level_of("b", *two)], reference="b").against.iloc[0]

    assert (found["estimate"], found["low"], found["high"]) == pytest.approx(
        tuple(np.exp([log, log - reach, log + reach])), rel=1e-9
    )
    assert (found["label"], found["level"]) == ("a / b", "a")


def test_heterogeneity_is_that_of_pooling_and_finds_a_known_difference():
    samples = levels(
        a=((200, 150), 0.03, 1.0), b=((200, 150), 0.03, 1.0), c=((200, 150), 0.03, 2.5)
    )
    found = moderated(samples)
    ratios = [contrast(sample) for sample in samples]
    logs = pd.DataFrame({"effect": np.log([one.estimate for one in ratios]), "se": [0.1, 0.1, 0.1]})
    alike = moderated(levels(a=((200, 150), 0.03, 1.5), b=((200, 150), 0.03, 1.5)))

    assert found.p < 1e-4
    assert found.tau == pytest.approx(pool(logs, prediction="z").tau2 ** 0.5, rel=0.1)
    assert alike.p > 0.05
    assert found.df == 2


def test_levels_without_overlap_are_counted_and_left_out():
    samples = levels(
        beauty=((100, 40), 0.05, 1.2), travel=((50, 3), 0.02, 1.5), food=((30, 0), 0.02, 1.5)
    )
    found, differing = standardised(samples), moderated(samples)

    assert found.weights["level"].tolist() == ["beauty"]
    assert found.left_out["accounts"].tolist() == [30, 53]
    assert "macro: no account" in found.left_out["reason"].iloc[0]
    assert "3 accounts in macro" in found.left_out["reason"].iloc[1]
    assert "2 with 83 accounts left out" in found.estimate.method
    assert (differing.status, differing.method) == (
        "undefined",
        "fewer than two levels can be compared",
    )


def test_nothing_to_compare_is_said():
    found = standardised(levels(food=((30, 0), 0.02, 1.5)))
    what = "micro / macro, typical account of (likes + comments) / followers, the same mixture of levels in both tiers"

    assert found.estimate[:3] == found.crude[:3] == ("micro / macro", 0, 0)
    assert np.isnan(found.estimate[3:6]).all()
    assert found.estimate[6:] == ("ratio", what, "no level holds both tiers", "undefined")
    assert (
        found.weights.columns.tolist() == ["level", "of", "versus", "weight"]
        and found.weights.empty
    )
    assert found.left_out[["level", "accounts"]].to_numpy().tolist() == [["food", 30]]


def test_beside_the_standardised_ratio_stand_that_of_all_levels_together_and_those_of_each():
    samples = levels(**SIMPSON)
    together = replace(
        samples[0], rows=pd.concat([one.rows for one in samples]), stratum="all", level="all"
    )
    each = moderated(samples, confidence=0.8).ratios.set_index("level")
    assert moderated(samples).status == "ok"
    found = standardised(samples, confidence=0.8)

    assert found.crude == contrast(together, confidence=0.8)
    assert found.weights["weight"].tolist() == [50, 50] and found.left_out.empty
    assert (
        found.estimate.method
        == "2 levels by shares of all accounts, 0 with 0 accounts left out; Welch-Satterthwaite df"
    )
    assert "2 levels by equal weights" in standardised(samples, weights="equal").estimate.method
    for sample in samples:
        assert tuple(each.loc[sample.level]) == contrast(sample, confidence=0.8)


def test_accounts_in_several_levels_make_the_interval_wider_and_are_told():
    samples = take_strata([load("instagram-kim")], "engagement", DECADES, "sponsored")
    apart = [replace(sample, stratum="niche") for sample in samples]
    one, other = (standardised(some).estimate for some in (samples, apart))

    assert one.estimate == other.estimate
    assert one.high / one.low > other.high / other.low
    assert "levels share accounts" in one.method
    assert "too wide" in moderated(samples).method
    assert "share" not in moderated(apart).method


def test_platforms_are_mixed_by_their_ratios_only():
    samples = take([load("instagram-kim"), load("youtube-tides")], "main", DECADES)
    found = standardised(samples)

    assert found.estimate.status == "ok"
    assert (found.crude.label, found.crude.n_accounts, found.crude.unit) == (
        "micro / macro",
        sum(one.accounts for one in samples),
        "ratio",
    )
    assert (found.crude.status, found.crude.method) == (
        "undefined", "levels are measured differently, so their accounts cannot be put together"
    )  # fmt: skip
    assert found.weights["level"].tolist() == ["Instagram (Kim et al.)", "YouTube (TIDES)"]
    with pytest.raises(
        ValueError, match=r"cannot be mixed: they are different things\. Take 'typical account'"
    ):
        standardised(samples, average="mean of accounts")


def test_what_is_not_known_is_told_with_what_is():
    samples = levels(**SIMPSON)
    with pytest.raises(
        ValueError,
        match=r"average 'ratio of sums' cannot be standardised by\. Allowed: typical account, mean of accounts",
    ):
        standardised(samples, average="ratio of sums")
    with pytest.raises(
        ValueError, match=r"weights 'posts' cannot be standardised by\. Allowed: accounts, equal"
    ):
        standardised(samples, weights="posts")
    with pytest.raises(
        ValueError,
        match=r"level 'food' cannot be the reference\. Levels that can be compared: beauty, travel",
    ):
        moderated(samples, reference="food")


def test_on_instagram_niches_differ_and_their_mixture_does_not_make_the_ratio():
    samples = take_strata([load("instagram-kim")], "engagement", DECADES, "niche")
    found, mixed = moderated(samples), standardised(samples)
    ratios = found.ratios.set_index("level")["estimate"]

    assert (found.p < 0.001, found.df) == (True, 8)
    assert ratios.idxmax() == "fitness"
    assert (ratios.loc[["interior", "pet"]] > 1).tolist() == [True, False]
    assert mixed.estimate.estimate == pytest.approx(mixed.crude.estimate, rel=0.01)
    assert mixed.left_out["level"].tolist() == ["(merged)"]
