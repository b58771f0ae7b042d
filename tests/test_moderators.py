"""What is only a mixture of levels disappears with equal mixtures, and levels that differ are
recognised.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.estimate.contrast import contrast
from analysis.estimate.synthesis.moderators import moderated, standardised
from analysis.estimate.synthesis.pooling import pool
from analysis.moments.load import load
from analysis.moments.samples import Samples
from analysis.registers.lookup import scheme
from analysis.simulate import worlds

DECADES = scheme("decades")
WORLD = worlds.world("levels", worlds.posts(1, accounts=(1, 1))).sample().tier(DECADES)


def world(**niches):
    """Accounts (micro, macro), rate and ratio of each niche."""
    parts = []
    for seed, (niche, (accounts, rate, ratio)) in enumerate(niches.items(), start=100):
        posts = worlds.posts(seed, ratio, accounts, 3, rate)
        parts.append(posts.assign(niche=niche, account_id=niche + posts["account_id"]))
    return worlds.world("niches", pd.concat(parts, ignore_index=True))


def levels(**niches):
    return world(**niches).strata("engagement", "niche").tier(DECADES)


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
    both = standardised(levels(**SIMPSON))

    assert both.crude.low > 1.6
    assert both.estimate.low < 1 < both.estimate.high
    assert both.estimate.high < 1.3


def test_a_mixture_that_turns_the_sign_is_turned_back():
    both = standardised(levels(beauty=((60, 600), 0.09, 1.4), travel=((600, 60), 0.02, 1.4)))

    assert both.crude.high < 1
    assert both.estimate.low < 1.4 < both.estimate.high


@pytest.mark.parametrize("average", ["typical account", "mean of accounts"])
def test_with_a_tiers_own_shares_its_average_comes_out_again(average):
    # the same shares in both tiers
    samples = levels(beauty=((100, 40), 0.05, 1.2), travel=((50, 20), 0.02, 1.5))
    both = standardised(samples, average=average)

    assert both.estimate.estimate == pytest.approx(both.crude.estimate, rel=1e-9)


def test_the_ratio_with_one_mixture_is_that_of_mean_logs_by_shares_of_all_accounts():
    samples = levels(beauty=((100, 40), 0.05, 1.2), travel=((50, 60), 0.02, 1.5))
    shares = np.array([sample.accounts for sample in samples]) / 250
    logs = [np.log(contrast(sample).estimate) for sample in samples]

    mixed = standardised(samples).estimate

    assert sorted(shares) == [110 / 250, 140 / 250]
    assert mixed.estimate == pytest.approx(np.exp(shares @ logs), rel=1e-12)


def test_intervals_of_standardised_ratios_hold_the_truth_and_q_keeps_its_size():
    draws, held, significant = 100, 0, 0
    for seed in range(draws):
        rng = np.random.default_rng((3, seed))
        samples = [level_of(name, *draw(rng, 0.3)) for name in ("a", "b", "c")]
        mixed = standardised(samples).estimate
        held += mixed.low < np.exp(0.3) < mixed.high
        significant += moderated(samples).p < 0.05
    error = 3 * np.sqrt(0.05 * 0.95 / draws)
    assert held / draws > 0.95 - error
    assert significant / draws < 0.05 + error


def test_heterogeneity_is_that_of_pooling_and_a_known_difference_is_seen():
    samples = levels(
        a=((200, 150), 0.03, 1.0), b=((200, 150), 0.03, 1.0), c=((200, 150), 0.03, 2.5)
    )
    differ = moderated(samples)
    ratios = [contrast(sample) for sample in samples]
    # an interval of a log reaches t standard errors to both sides
    df = [sample.rows.groupby("tier")["positive"].sum().min() - 1 for sample in samples]
    widths = [np.log(one.high / one.low) / 2 for one in ratios]
    se = widths / stats.t.ppf(0.975, np.array(df) * 2)
    logs = pd.DataFrame({"effect": np.log([one.estimate for one in ratios]), "se": se})
    alike = moderated(levels(a=((200, 150), 0.03, 1.5), b=((200, 150), 0.03, 1.5)))
    pooled = pool(logs, draws=50)

    assert differ.p < 1e-4
    assert (differ.tau, differ.q) == pytest.approx((pooled.tau2**0.5, pooled.q), rel=0.02)
    assert differ.i2 == pytest.approx(pooled.i2, rel=0.02)
    assert alike.p > 0.05
    assert differ.df == 2


def test_levels_without_overlap_are_counted_and_left_out():
    samples = levels(
        beauty=((100, 40), 0.05, 1.2), travel=((50, 3), 0.02, 1.5), food=((30, 0), 0.02, 1.5)
    )
    both, differ = standardised(samples), moderated(samples)

    assert both.left_out["accounts"].tolist() == [30, 53]
    assert "macro: no account" in both.left_out["reason"].iloc[0]
    assert "3 accounts in macro" in both.left_out["reason"].iloc[1]
    assert "1 level by shares of all accounts, 2 with 83 accounts" in both.estimate.method
    assert both.sentence().endswith("Left out: food and travel.")
    nothing = "fewer than two levels can be compared"
    assert (differ.status, differ.method) == ("undefined", nothing)
    assert differ.sentence() == f"Levels cannot be compared: {nothing}."


def test_where_nothing_can_be_compared_the_reason_stands_instead_of_a_ratio():
    both = standardised(levels(food=((30, 0), 0.02, 1.5)))
    mixed = both.estimate

    assert mixed == both.crude
    assert (mixed.label, mixed.n_accounts, mixed.n_posts) == ("micro / macro", 0, 0)
    assert np.isnan([mixed.estimate, mixed.low, mixed.high]).all()
    what = "micro / macro, typical account of (likes + comments) / followers"
    assert str(mixed.estimand) == f"{what}, the same mixture of levels in both tiers"
    assert (mixed.method, mixed.status) == ("no level holds both tiers", "undefined")
    assert both.left_out[["level", "accounts"]].to_numpy().tolist() == [["food", 30]]
    assert both.sentence().endswith("cannot be standardised: no level holds both tiers.")


def test_beside_the_standardised_ratio_stand_that_of_all_levels_together_and_those_of_each():
    samples = levels(**SIMPSON)
    rows = pd.concat([one.rows for one in samples])
    together = replace(samples[0], rows=rows, stratum="all", level="all")
    differ = moderated(samples, confidence=0.8)
    both = standardised(samples, confidence=0.8)

    assert differ.status == "ok"
    assert both.crude == contrast(together, confidence=0.8)
    assert both.left_out.empty
    how = "2 levels by shares of all accounts, 0 with 0 accounts left out; Welch-Satterthwaite df"
    assert both.estimate.method == how
    assert list(differ.ratios) == [contrast(sample, confidence=0.8) for sample in samples]
    assert differ.ratios.keys["level"].tolist() == [sample.level for sample in samples]


def test_levels_are_written_as_sentences_and_frames():
    samples = levels(**SIMPSON)
    differ, both = samples.moderated(), samples.standardised()
    low, high = sorted(one.estimate for one in differ.ratios)

    assert f"from {100 * (low - 1):+.0f} %" in differ.sentence()
    assert f"{100 * (high - 1):+.0f} %" in differ.sentence() and "2 levels (Q " in repr(differ)
    columns = ["levels", "Q", "df", "p", "I2 (%)", "tau", "method"]
    assert differ.to_frame().columns.tolist() == columns
    assert both.to_frame()["mixture"].tolist() == ["crude", "standardised"]
    lifts = [f"{100 * (one.estimate - 1):+.0f} %" for one in (both.estimate, both.crude)]
    assert both.sentence().index(lifts[0]) < both.sentence().index(f"{lifts[1]} [")


def test_accounts_in_several_levels_make_the_interval_wider_and_are_named():
    samples = load("instagram-kim").strata("engagement", "sponsored").tier(DECADES)
    apart = Samples(tuple(replace(sample, stratum="niche") for sample in samples))
    one, other = (standardised(some).estimate for some in (samples, apart))

    assert one.estimate == other.estimate
    assert one.high / one.low > other.high / other.low
    assert "levels share accounts" in one.method
    assert "Q is too small" in moderated(samples).method
    assert "share" not in moderated(apart).method


def test_platforms_are_mixed_by_their_ratios_only():
    both_platforms = load("instagram-kim").samples("main") + load("youtube-tides").samples("main")
    samples = both_platforms.tier(DECADES)
    both = standardised(samples)
    crude = both.crude

    assert both.estimate.status == "ok"
    accounts = sum(sample.accounts for sample in samples)
    assert (crude.label, crude.n_accounts, crude.unit) == ("micro / macro", accounts, "ratio")
    why = "levels are measured differently, so their accounts cannot be put together"
    assert (crude.status, crude.method) == ("undefined", why)
    names = ["Instagram (Kim et al.)", "YouTube (TIDES)"]
    assert moderated(samples).ratios.keys["level"].tolist() == names
    with pytest.raises(ValueError, match=r"they are different things\. Take 'typical account'"):
        standardised(samples, average="mean of accounts")


def test_an_average_that_cannot_be_mixed_is_refused_with_those_that_can():
    allowed = r"Allowed: typical account, mean of accounts"
    with pytest.raises(ValueError, match=rf"'ratio of sums' cannot be standardised\. {allowed}"):
        standardised(levels(**SIMPSON), average="ratio of sums")


def test_on_instagram_niches_differ_and_their_mixture_does_not_make_the_ratio():
    samples = load("instagram-kim").strata("engagement", "niche").tier(DECADES)
    differ, both = moderated(samples), standardised(samples)
    ratios = differ.ratios.to_frame().set_index("level")["estimate"]

    assert (differ.p < 0.001, differ.df) == (True, 8)
    assert ratios.idxmax() == "fitness"
    assert (ratios.loc[["interior", "pet"]] > 1).tolist() == [True, False]
    assert both.estimate.estimate == pytest.approx(both.crude.estimate, rel=0.01)
    assert both.left_out["level"].tolist() == ["(merged)"]
