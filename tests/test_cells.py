"""Cells describe no person, and give what the accounts give."""

import shutil
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.special import stdtrit

from analysis import paths
from analysis.errors import RegisterError
from analysis.estimate.averages import AVERAGES
from analysis.estimate.contrast import contrast
from analysis.estimate.medians import around_mean, median_of_cells
from analysis.intake.file_types import sha256
from analysis.moments import rebuild as rebuild_module
from analysis.moments.bands import GRID, band_edges
from analysis.moments.cells import FEWEST, MERGED, _histogram, cells
from analysis.moments.group import tier_of
from analysis.moments.load import load, registered_sums
from analysis.moments.posts import from_posts
from analysis.moments.rebuild import cut_edges, read_posts, rebuild, rebuild_source, uncut
from analysis.moments.sample import Moments
from analysis.moments.sources import Read, left_out
from analysis.moments.sums import account_moments
from analysis.publish.cli import main
from analysis.registers import lookup as lookup_module
from analysis.registers.lookup import price_lists, scheme, schemes, sources
from analysis.registers.records import Source, TierScheme
from analysis.simulate import worlds

RAW = paths.ROOT.parent / "shared" / "datasets"
SHIPPED = sorted(sources())


def raw_files_of(key):
    """The folder of the raw files of a source or price list; the test is skipped without it."""
    source = (sources() | price_lists())[key]
    folder = RAW / source.folder
    if not all((folder / file.name).is_file() for file in source.files):
        pytest.skip("the raw files are not on this machine (shared/datasets beside the project)")
    return folder


def accounts_of(key):
    """Moments of the accounts in the raw files of a source."""
    source = sources()[key]
    return from_posts(read_posts(source, raw_files_of(key)).posts, source)


def world(seed=0, niches=("a", "b", "c")):
    table = worlds.posts(seed, accounts=(300, 120), posts_per_account=4)
    rng = np.random.default_rng(seed)
    niche = dict(
        zip(
            table["account_id"].unique(),
            rng.choice(niches, table["account_id"].nunique()),
            strict=True,
        )
    )
    sponsored = rng.choice(["yes", "no"], len(table), p=[0.03, 0.97])
    return table.assign(niche=table["account_id"].map(niche), sponsored=sponsored)


@pytest.fixture(scope="module")
def made():
    moments = account_moments(world(), ("niche", "sponsored"))
    return moments, *cells(moments, ("niche", "sponsored"), band_edges(schemes()))


@pytest.fixture(scope="module")
def whole():
    """The same cells with all sums, also those that are not for publication."""
    moments = account_moments(world(), ("niche", "sponsored"))
    return moments, *cells(moments, ("niche", "sponsored"), band_edges(schemes()), whole=True)


def as_moments(made):
    moments, table, histogram, _ = made
    source = worlds.world("cells", world()).source.model_copy(
        update={"strata": ("niche", "sponsored")}
    )
    none = pd.DataFrame({"reason": [], "rows": []})
    return Moments(source, "accounts", moments, none, ""), Moments(
        source, "cells", table, none, "", histogram
    )


def test_every_edge_of_every_scheme_is_a_band_edge():
    edges = band_edges(schemes())

    assert {edge for one in schemes().values() for edge in one.edges} <= set(edges)
    assert set(GRID) <= set(edges)
    assert edges[0] == 0
    assert list(edges) == sorted(set(edges))


def test_the_shipped_cells_were_cut_at_the_edges_of_every_scheme_registered_now():
    assert uncut(schemes()) == []
    assert set(cut_edges()) >= {0, *GRID}


def scheme_with(*edges):
    tiers = [{"name": f"from {low}", "lower": low, "upper": high} for low, high in pairwise(edges)]
    return TierScheme(key="new", title="", short="New", cite="", tiers=tuple(tiers))


def test_a_scheme_without_a_new_edge_changes_nothing():
    wider = schemes() | {"new": scheme_with(2_000, 25_000, 200_000)}

    assert band_edges(wider) == band_edges(schemes())
    assert uncut(wider) == []


def test_a_scheme_with_a_new_edge_is_reported_with_what_to_run():
    (sentence,) = uncut({"new": scheme_with(1_000, 30_000, 100_000, 300_000)})

    assert "Tier scheme 'New' has new edges (30,000; 300,000)" in sentence
    assert "micro-macro cells FOLDER" in sentence


def test_metrics_on_different_posts_are_refused_since_their_difference_could_reveal_a_post():
    table = world().assign(views=lambda posts: np.where(np.arange(len(posts)) == 3, 0, 100))

    with pytest.raises(
        RegisterError,
        match="engagement_per_view and engagement_per_follower are defined on different posts",
    ):
        cells(account_moments(table), (), band_edges(schemes()))


@pytest.mark.parametrize("key", SHIPPED)
def test_every_shipped_metric_is_about_the_same_posts(key):
    table = load(key).table
    posts = table.pivot_table(
        index=["stratum", "level", "lower", "upper"],
        columns="metric",
        values="posts",
        aggfunc="sum",
    )

    whole = posts.xs("all", level="stratum")
    if sources()[key].panel and sources()[key].panel.publishes == "rows":
        # each metric about all months that it is defined for: a month without payers has no money
        # per payer, and nothing is kept back of accounts whose rows are published
        return
    assert whole.notna().all(axis=None)
    assert whole.nunique(axis=1).eq(1).all()
    # levels that may not be published are merged in the metrics for which that is so
    assert posts.drop(index=MERGED, level="level", errors="ignore").nunique(axis=1).eq(1).all()


@pytest.mark.parametrize("key", SHIPPED)
def test_every_shipped_tier_edge_is_exact_or_its_accounts_are_in_no_tier(key):
    moments = load(key)
    for one in schemes().values():
        sample = moments.sample(moments.main_metric).tier(one)
        for tier in one.tiers:
            held = sample.rows[sample.rows["tier"] == tier.name]
            assert (held["lower"] >= tier.lower).all()
            assert tier.upper is None or (held["upper"] <= tier.upper).all()


@pytest.mark.parametrize("average", sorted(set(AVERAGES) - {"median account"}))
def test_cells_give_the_ratio_that_the_accounts_give(whole, average):
    accounts, summed = as_moments(whole)

    exact, approximate = (
        contrast(m.sample().tier(scheme("decades")), average=average) for m in (accounts, summed)
    )

    assert approximate.estimate == pytest.approx(exact.estimate, rel=1e-9)
    assert approximate.n_accounts == exact.n_accounts
    assert approximate.n_posts == exact.n_posts
    if average == "typical account":
        assert (approximate.low, approximate.high) == pytest.approx(
            (exact.low, exact.high), rel=1e-9
        )


@pytest.mark.parametrize("average", AVERAGES)
def test_published_cells_give_what_all_sums_give_or_name_the_cell_that_lacks_them(
    made, whole, average
):
    samples = [as_moments(one)[1].sample().tier(scheme("decades")) for one in (made, whole)]
    published, exact = (contrast(sample, average=average) for sample in samples)

    if published.status == "undefined":
        assert "so that no account can be read off" in published.method
        assert average not in ("typical account", "median account")
    elif average != "median account":  # whose histogram is cut at other bands
        assert published.estimate == pytest.approx(exact.estimate, rel=1e-12)
        assert (published.low, published.high) == pytest.approx((exact.low, exact.high), rel=1e-12)


def test_the_median_from_a_histogram_keeps_the_error_it_states(made):
    accounts, summed = as_moments(made)

    for tier in ("micro", "macro"):
        from analysis.estimate.contrast import tier_average

        exact, binned = (
            tier_average(m.sample().tier(scheme("decades")), tier, "median account")
            for m in (accounts, summed)
        )
        stated = float(binned.method.split("median within ")[1].split(" %")[0]) / 100
        assert abs(np.log(binned.estimate / exact.estimate)) <= stated + 1e-3
        assert stated < 0.25


SHAPES = {
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "wide": lambda rng, n: rng.normal(0, 2, n),
    "gamma": lambda rng, n: np.log(rng.gamma(0.7, 1, n)),
    "skewed to the left": lambda rng, n: -rng.exponential(1, n),
}


def binned_median(logs, bands):
    """Median account of log rates in so many bands, and its stated error in logs."""
    rows = {"account_id": np.arange(len(logs)), "log_rate": logs, "positive": 1}
    place = pd.Series(np.arange(len(logs)) % bands)
    histogram = _histogram(pd.DataFrame(rows), place, np.arange(bands + 1.0))
    sums = {"accounts": len(logs), "positive": len(logs), "log_rate": logs, "log_rate2": logs**2}
    found = median_of_cells(histogram, around_mean(sums))
    return found, np.log1p(dict(found.method.facts)["error"] / 100)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_median_that_may_decide_is_as_near_as_it_states_and_its_interval_covers(shape):
    rng = np.random.default_rng(11)
    truth, far, missed, decisive = np.median(SHAPES[shape](rng, 10**6)), 0, 0, 0
    for accounts, bands in ((80, 3), (400, 5), (400, 20)):
        for _ in range(60):
            logs = SHAPES[shape](rng, accounts)
            found, stated = binned_median(logs, bands)
            if found.decisive:
                decisive += 1
                far += abs(found.log - np.median(logs)) > stated + 1e-9
                reach = stdtrit(found.df, 0.975) * np.sqrt(found.variance)
                missed += abs(found.log - truth) > reach

    assert decisive > 40
    assert far / decisive < 0.05
    assert missed / decisive < 0.05 + 3 * np.sqrt(0.05 * 0.95 / decisive)


def test_in_bands_of_few_accounts_a_median_is_indicative_and_its_error_can_be_read():
    rng = np.random.default_rng(12)
    for shape in SHAPES.values():
        logs = shape(rng, 80)
        found, stated = binned_median(logs, 12)  # one bin per band
        assert not found.decisive
        assert found.problem.key == "wide_bins"
        # a median is never further from the mean than one standard deviation
        assert 0.1 < stated <= logs.std() + abs(found.log - logs.mean())
        assert abs(found.log - np.median(logs)) <= stated


def test_no_cell_describes_fewer_than_five_accounts(made):
    _, table, histogram, _ = made

    assert table["accounts"].min() >= FEWEST
    assert histogram["accounts"].min() >= FEWEST


@pytest.mark.parametrize("key", SHIPPED)
def test_no_shipped_cell_describes_fewer_than_five_accounts(key):
    moments = load(key)

    assert moments.table["accounts"].min() >= FEWEST
    assert moments.histogram["accounts"].min() >= FEWEST


@pytest.mark.parametrize("key", SHIPPED)
def test_what_the_shipped_levels_leave_of_a_band_is_nothing_or_five_accounts(key):
    table = load(key).table
    for (_, lower, _), band in table.groupby(["metric", "lower", "upper"]):
        whole = band.loc[band["stratum"] == "all", "accounts"].item()
        for stratum, levels in band[band["stratum"] != "all"].groupby("stratum"):
            # an account with sponsored and other posts is in both levels, so the sum may exceed the
            # whole
            rest = whole - levels["accounts"].sum()
            assert rest <= 0, (
                f"{key}, band from {lower}, {stratum}: {rest} accounts could be had by subtraction"
            )


def test_levels_that_are_too_small_are_merged_and_counted():
    table = world(3, niches=("a",) * 60 + ("rare",))
    _, _, notes = cells(account_moments(table, ("niche",)), ("niche",), band_edges(schemes()))
    result, _, _ = cells(account_moments(table, ("niche",)), ("niche",), band_edges(schemes()))

    assert MERGED in set(result["level"])
    assert notes["reason"].str.contains("levels of niche were merged").any()


def test_bands_that_are_too_small_join_the_next_and_are_counted():
    table = pd.DataFrame(
        {
            "account_id": range(12),
            "platform": "x",
            "followers": [150] * 3 + [300] * 6 + [5e7] * 3,
            "likes": 10,
        }
    )

    result, _, notes = cells(account_moments(table), (), (0, 100, 200, 500, 1000))

    bands = result[result["metric"] == "likes_per_follower"]
    assert list(zip(bands["lower"], bands["upper"], bands["accounts"], strict=True)) == [
        (100, np.inf, 12)
    ]
    assert notes.loc[notes["metric"] == "likes_per_follower", "accounts"].tolist() == [12]


@pytest.mark.parametrize(
    ("two", "kept"), [((200, 500), 500), ((200, 250), 200), ((100, 500), 100), ((250, 350), 250)]
)
def test_a_band_gives_up_the_less_round_of_its_edges_or_the_upper_if_they_are_alike(two, kept):
    low, high = two
    followers = [low - 10] * 7 + [low + 10] * 4 + [high + 10] * 7
    table = pd.DataFrame(
        {"account_id": range(18), "platform": "x", "followers": followers, "likes": 10}
    )

    result, _, _ = cells(account_moments(table), (), (0, *two, 1000))

    assert result.loc[result["metric"] == "likes_per_follower", "lower"].tolist() == [0, kept]


def test_bands_with_accounts_enough_are_left_alone():
    table = pd.DataFrame(
        {"account_id": range(12), "platform": "x", "followers": [150] * 6 + [300] * 6, "likes": 10}
    )

    result, _, notes = cells(account_moments(table), (), (0, 100, 200, 500, 1000))

    assert result.loc[result["metric"] == "likes_per_follower", "lower"].tolist() == [100, 200]
    assert notes.empty


def test_a_cell_across_an_edge_is_in_no_tier():
    one = TierScheme(
        key="one",
        title="",
        short="",
        cite="",
        tiers=({"name": "micro", "lower": 1000, "upper": 2000},),
    )
    sample = load("instagram-kim").sample()
    across = sample.tier(one).rows

    assert set(across.loc[across["tier"] == "micro", "lower"]) == {1000}


@pytest.mark.parametrize("key", SHIPPED)
def test_the_shipped_cells_are_what_the_raw_files_give(key, tmp_path):
    """To the last digit but one: processors round some logarithms differently."""
    rebuild_source(key, raw_files_of(key), tmp_path)

    for path in sorted(tmp_path.glob("*.csv")):
        fresh, shipped = pd.read_csv(path), pd.read_csv(paths.CELLS / path.name)
        if "source" in shipped:
            shipped = shipped[shipped["source"] == key].reset_index(drop=True)
        rounded = 1e-6 if path.name == "plausibility.csv" else 0
        name = f"{path.name} is to be made anew by `micro-macro cells {key} --from FOLDER`: frames"
        pd.testing.assert_frame_equal(
            fresh, shipped, rtol=1e-14, atol=rounded, check_dtype=False, obj=name
        )


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A copy of the shipped cells, with a made-up source beside the registered ones."""
    posts = worlds.posts(7, accounts=(60, 30))[["account_id", "followers", "likes", "comments"]]
    raw = tmp_path / "raw"
    raw.mkdir()
    posts.to_csv(raw / "posts.csv", index=False)
    adapter = ModuleType("analysis.moments.sources.made_up")
    adapter.read = lambda folder, platform: Read(
        pd.read_csv(folder / "posts.csv").assign(platform=platform), left_out(post_without_text=3)
    )
    monkeypatch.setitem(sys.modules, adapter.__name__, adapter)
    file = {"name": "posts.csv", "sha256": sha256(raw / "posts.csv")}
    facts = {"key": "made-up", "adapter": "made_up", "folder": "", "files": (file,), "strata": ()}
    facts["mixed_by"] = ""  # a stratum of the source that this one is made of
    kim = sources()["instagram-kim"]
    registered = sources() | {"made-up": Source(**kim.model_dump() | facts)}
    monkeypatch.setattr(rebuild_module, "sources", lambda: registered)
    return raw, Path(shutil.copytree(paths.CELLS, tmp_path / "cells"))


def test_the_cells_of_one_source_are_made_from_its_files_alone_and_the_others_stay(shipped):
    raw, folder = shipped
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    written = rebuild_source("made-up", raw, folder)

    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {path.name for path in written} <= set(after)
    assert set(after) - set(before) == {"made-up.csv", "made-up.histogram.csv"}
    for name in set(before) - {"left_out.csv", "plausibility.csv", "SHA256SUMS"}:
        assert after[name] == before[name], name
    for name in ("left_out.csv", "plausibility.csv", "SHA256SUMS"):
        old, new = before[name].splitlines(), after[name].splitlines()
        added = [line for line in new if b"made-up" in line]
        assert added and set(old) - set(new) <= {
            line for line in old if line.endswith((b"  left_out.csv", b"  plausibility.csv"))
        }
    assert b"made-up,,post without text,3" in after["left_out.csv"].splitlines()
    sums = registered_sums(folder)
    assert {name: sha256(folder / name) for name in sums} == sums
    assert set(sums) == {path.name for path in folder.glob("*.csv")}


def cells_command(*arguments):
    return CliRunner().invoke(main, ["cells", *map(str, arguments)])


def test_the_command_makes_the_cells_of_a_key_from_a_folder_and_keeps_its_older_forms(
    shipped, tmp_path, monkeypatch
):
    raw, _ = shipped
    monkeypatch.setattr(lookup_module, "sources", rebuild_module.sources)
    monkeypatch.setattr(paths, "RAW", raw)

    given = cells_command("made-up", "--from", raw, "--out", tmp_path / "given")
    fetched = cells_command("made-up", "--out", tmp_path / "fetched")
    everything = cells_command(raw, "--out", tmp_path / "everything")
    unknown = cells_command("made_up", "--out", tmp_path / "unknown")

    assert given.exit_code == fetched.exit_code == 0
    made = [(tmp_path / name / "made-up.csv").read_bytes() for name in ("given", "fetched")]
    assert made[0] == made[1]
    assert "source 'instagram-kim'" in str(everything.exception)
    assert "'made_up' is neither a folder nor the key" in str(unknown.exception)
    assert not any((tmp_path / name).exists() for name in ("everything", "unknown"))


def test_a_folder_that_cannot_give_all_cells_is_refused_with_all_that_was_looked_for(tmp_path):
    registered = sources() | price_lists()
    (tmp_path / "empty").mkdir()
    empty = str(cells_command(tmp_path / "empty", "--out", tmp_path / "made").exception)
    (tmp_path / registered["instagram-kim"].folder).mkdir()
    lacking = str(cells_command(tmp_path, "--out", tmp_path / "made").exception)

    assert empty.startswith(f"{tmp_path / 'empty'} holds none of the ")
    for key, one in registered.items():
        assert one.folder in empty
        assert f"source '{key}'" in lacking
    assert "micro-macro cells KEY --from FOLDER" in empty
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("key", price_lists())
def test_the_cells_of_a_price_list_are_made_from_its_files_alone(key, tmp_path):
    folder = raw_files_of(key)

    assert cells_command(key, "--from", folder, "--out", tmp_path).exit_code == 0

    names = {f"{key}.csv", f"{key}.left_out.csv"}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in names:
        pd.testing.assert_frame_equal(
            pd.read_csv(tmp_path / name), pd.read_csv(paths.PRICES / name), rtol=1e-14, atol=0
        )


def test_cells_of_one_source_that_are_made_again_are_the_same_bytes(shipped):
    raw, folder = shipped
    rebuild_source("made-up", raw, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    rebuild_source("made-up", raw, folder)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_of_another_source_that_was_changed_is_not_given_a_new_hash(shipped):
    raw, folder = shipped
    (folder / "instagram-kim.csv").write_text("changed")

    rebuild_source("made-up", raw, folder)

    assert registered_sums(folder)["instagram-kim.csv"] == sha256(paths.CELLS / "instagram-kim.csv")


def test_all_sources_are_made_from_one_folder_with_a_folder_for_each(shipped, monkeypatch):
    raw, folder = shipped
    alone = {"made-up": rebuild_module.sources()["made-up"]}
    monkeypatch.setattr(rebuild_module, "sources", lambda: alone)

    written = rebuild(raw, folder)

    assert {folder / "made-up.csv", folder / "edges.csv", folder / "SHA256SUMS"} <= set(written)
    assert tuple(pd.read_csv(folder / "edges.csv")["edge"]) == band_edges(schemes())
    assert set(pd.read_csv(folder / "left_out.csv")["source"]) == {"made-up"}
    assert set(pd.read_csv(folder / "plausibility.csv")["source"]) == {"made-up"}


def test_every_fault_of_raw_files_is_reported_at_once_and_nothing_is_written(shipped):
    raw, folder = shipped
    (raw / "posts.csv").write_text("account_id")

    with pytest.raises(RegisterError, match=r"posts.csv has sha256 [0-9a-f]{64}, but its table"):
        rebuild_source("made-up", raw, folder)
    (raw / "posts.csv").unlink()
    with pytest.raises(RegisterError, match=r"is missing\. Its files are: posts\.csv\."):
        rebuild_source("made-up", raw, folder)
    assert not (folder / "made-up.csv").exists()


def in_whole_bands(moments, metric, summed):
    """A sample in tiers, without accounts whose band lies across an edge of a tier."""
    sample = moments.sample(metric).tier(scheme("decades"))
    bands = np.unique(np.r_[0.0, summed.table["lower"]])
    of = bands[np.searchsorted(bands, sample.rows["lower"], "right") - 1]
    ends = summed.table.drop_duplicates("lower").set_index("lower")["upper"].reindex(of).to_numpy()
    tiers = tier_of(of, np.where(np.isnan(ends), of, ends), scheme("decades"))
    return replace(sample, rows=sample.rows.assign(tier=tiers))


@pytest.mark.parametrize("key", SHIPPED)
def test_every_exact_estimate_from_cells_equals_that_from_accounts(key):
    accounts, summed = accounts_of(key), load(key)

    for metric in summed.metrics:
        for average in sorted(set(AVERAGES) - {"median account"}):
            exact, result = (
                contrast(in_whole_bands(m, metric, summed), average=average)
                for m in (accounts, summed)
            )
            about = (metric, average)
            if "so that no account can be read off" in result.method:
                assert average != "typical account" or metric != summed.main_metric, about
                continue
            assert result.estimate == pytest.approx(exact.estimate, rel=1e-9, nan_ok=True), about


def test_on_instagram_the_ratios_of_medians_lie_where_earlier_work_has_them():
    kim = accounts_of("instagram-kim")

    mediakix = contrast(kim.sample().tier(scheme("mediakix-instagram")), average="median account")
    nano = contrast(kim.sample().tier(scheme("decades")), "nano", "macro", "median account")

    assert 1.09 < mediakix.estimate < 1.19
    assert 1.5 < nano.estimate < 1.75
