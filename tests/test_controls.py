"""Sources that were selected on the outcome or simulated are controls: shown, labelled, and never
evidence.
"""

import pandas as pd
import pytest

from analysis import paths
from analysis.estimate.contrast import contrast
from analysis.estimate.judging import judge
from analysis.estimate.tiers import among_largest, tier_counts
from analysis.moments.load import load, load_all
from analysis.moments.posts import from_posts
from analysis.moments.rebuild import read_posts
from analysis.moments.sources import spelled_out
from analysis.publish.run.parameters import choices
from analysis.registers.lookup import claims, scheme, schemes, sources

RAW = paths.ROOT.parent / "shared" / "datasets"
KEYS = [key for key, source in sources().items() if not source.evidence]


def ratio(key, metric, average="typical account"):
    return contrast(load(key).sample(metric).tier(scheme("decades")), average=average)


def test_open_sources_leave_the_controls_out_and_the_two_together_are_all():
    assert set(load_all("controls")) == set(KEYS) >= {"tiktok-vietnam", "synthetic-healthkart"}
    assert set(load_all("open")).isdisjoint(KEYS)
    proxies = set(load_all("proxies"))
    assert proxies.isdisjoint(load_all("open"))
    assert set(load_all("open")) | set(load_all("controls")) | proxies == set(sources())


@pytest.mark.parametrize("key", KEYS)
def test_a_control_is_named_and_described_as_such(key):
    source = sources()[key]

    assert ("SYNTHETIC" if source.selection == "simulated" else "(selected)") in source.short
    assert "decides no claim" in source.selection_note
    assert not source.evidence


def test_no_source_of_evidence_is_named_like_a_control():
    assert not [
        source
        for source in sources().values()
        if source.evidence and ("selected" in source.short or "SYNTHETIC" in source.short)
    ]


def test_a_control_decides_no_claim_even_when_it_is_chosen():
    controls = load_all("controls")
    verdicts = judge(claims().values(), controls, schemes().values()).to_frame()

    tested = verdicts[verdicts["source"].isin(KEYS)]
    assert set(tested["source"]) == set(KEYS)
    assert set(tested["outcome"]) == {"untestable"}
    assert tested["estimate"].isna().all()
    assert tested["because"].str.contains("a control that decides no claim").all()
    assert {"supported", "contradicted", "undecided"}.isdisjoint(verdicts["outcome"])


def test_the_source_parameter_may_name_a_control_or_all_of_them():
    assert {"open", "controls", *sources()} <= set(choices("source"))


@pytest.mark.parametrize(
    ("key", "metric", "low", "high"),
    [
        ("tiktok-vietnam", "interactions_per_follower", 8.2, 10.1),
        ("tiktok-vietnam", "interactions_per_view", 0.94, 1.07),
        ("tiktok-hypeauditor", "interactions_per_follower", 7.6, 10.5),
        ("synthetic-healthkart", "engagement_per_follower", 8.1, 14.5),
    ],
)
def test_ratios_of_medians_lie_where_earlier_work_on_the_same_sets_has_them(key, metric, low, high):
    """Intervals of an independent computation; for the top list it had five months, of which one is
    here.
    """
    assert low < ratio(key, metric, "median account").estimate < high


# from cells micro lacks the three of its accounts that lie in a band across its edge, which weighs
# where 43 are left
@pytest.mark.parametrize(("key", "low"), [("tiktok-vietnam", 5), ("tiktok-hypeauditor", 4.5)])
def test_a_selected_list_has_a_premium_per_follower_that_is_gone_per_view(key, low):
    follower, view = ratio(key, "engagement_per_follower"), ratio(key, "engagement_per_view")

    assert follower.low > low
    assert 0.75 < view.low < view.high < 1.45


@pytest.mark.parametrize("key", ["tiktok-vietnam", "tiktok-hypeauditor"])
def test_single_accounts_of_a_selected_list_have_the_whole_premium(key):
    source = sources()[key]
    if not (RAW / source.folder).is_dir():
        pytest.skip("the raw files are not on this machine (shared/datasets beside the project)")
    accounts = from_posts(read_posts(source, RAW / source.folder).posts, source)

    premium = contrast(accounts.sample("engagement_per_follower").tier(scheme("decades")))

    assert premium.low > 5


@pytest.mark.parametrize("key", KEYS)
def test_an_adapter_keeps_or_counts_every_row(key):
    source = sources()[key]
    if not (RAW / source.folder).is_dir():
        pytest.skip("the raw files are not on this machine (shared/datasets beside the project)")
    posts, left_out = read_posts(source, RAW / source.folder)
    rows = [len(pd.read_csv(RAW / source.folder / file.name, dtype=str)) for file in source.files]

    assert len(posts) + left_out["rows"].sum() == max(rows)
    assert (posts["followers"] > 0).all()
    assert posts.notna().all(axis=None)


def test_counts_with_letters_are_spelled_out_and_what_is_no_count_is_missing():
    result = spelled_out(pd.Series(["304.9K", "1.1M", "454", "2B", "0", "#VALOR!", None, "1.2.3K"]))

    assert result.fillna(-1).tolist() == [304_900, 1_100_000, 454, 2e9, 0, -1, -1, -1]


def test_a_list_sorted_by_followers_shows_larger_tiers_first():
    sample = load("instagram-kim").sample().tier(scheme("decades"))
    held = tier_counts(sample).set_index("tier")["accounts"]
    larger = int(held["macro"] + held["mega"])
    result = among_largest(sample, "micro", [100, larger, larger + 50, 10**9])

    assert result["accounts"].tolist() == [0, 0, 50, held["micro"]]
    assert result["share"].tolist() == pytest.approx(
        [0, 0, 5000 / (larger + 50), 100 * held["micro"] / sample.accounts]
    )
    assert among_largest(sample, "mega", [100])["share"].tolist() == [100]
