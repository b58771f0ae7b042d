"""The weekly table of YouNiverse, on a made file in its form; the table itself was never here."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import analysis as an
from analysis.errors import SchemaError
from analysis.moments import kept, panel_sums, youniverse
from analysis.moments.own import read_own
from analysis.moments.panel_crossing import around_crossing
from analysis.moments.panel_sums import PanelSums, panel_rows
from analysis.moments.panel_weeks import Period, around_by_period
from analysis.publish.cli import main

WITHIN, BETWEEN = 0.2, 0.45
"""Slopes of log views per subscriber in log subscribers of the made file."""


def made_weeks(channels: int = 120, weeks: int = 40) -> pd.DataFrame:
    """Weeks of channels that grow, in the columns of the table."""
    rng = np.random.default_rng(7)
    shape = channels, weeks
    size = rng.uniform(4, 6, (channels, 1)) + rng.normal(0, 0.03, shape).cumsum(axis=1)
    mean = size.mean(axis=1, keepdims=True)
    rate = BETWEEN * (mean - 5) + WITHIN * (size - mean) - 1.5
    rate += rng.normal(0, 0.2, (channels, 1)) + rng.normal(0, 0.2, shape)
    subs, views = np.round(10**size), np.round(10 ** (rate + size))
    days = pd.date_range("2018-01-01", periods=weeks, freq="7D")
    return pd.DataFrame(
        {
            "channel": np.repeat([f"UC{number:04d}" for number in range(channels)], weeks),
            "category": "Music",
            "datetime": np.tile(days.strftime("%Y-%m-%d 00:00:00"), channels),
            "views": views.cumsum(axis=1).ravel(),
            "delta_views": views.ravel(),
            "subs": subs.ravel(),
            "delta_subs": np.diff(subs, axis=1, prepend=subs[:, :1]).ravel(),
            "videos": 100,
            "delta_videos": 1,
            "activity": 1,
        }
    )


@pytest.fixture(scope="module")
def sound():
    return made_weeks()


@pytest.fixture(scope="module")
def path(sound, tmp_path_factory):
    """Gzipped, with a last week that stands twice, a week without subscribers and one without new
    views.
    """
    twice, none, still = sound.tail(1), sound.head(1).copy(), sound.iloc[[1]].copy()
    none[["channel", "subs"]] = "UC-none", 0
    still[["channel", "delta_views"]] = "UC-still", 0
    table = pd.concat([sound, twice, none, still])
    file = tmp_path_factory.mktemp("youniverse") / "df_timeseries_en.tsv.gz"
    with gzip.open(file, "wt", encoding="utf-8") as out:
        table.to_csv(out, sep="\t", index=False)
    return file


@pytest.fixture(scope="module")
def moments(path):
    return youniverse.take(path)


def test_the_panel_is_that_of_the_same_weeks_read_by_pandas(sound, moments):
    posts = pd.DataFrame(
        {
            "account_id": sound["channel"],
            "platform": "youtube",
            "followers": sound["subs"],
            "views": sound["delta_views"],
            "posted_at": pd.to_datetime(sound["datetime"]),
        }
    )
    expected = PanelSums.of(panel_rows(posts, ("views_per_follower",)))
    sums = moments.panel().sums
    assert (sums.creators, sums.repeated, sums.rows) == (120, 120, len(sound))
    assert sums.periods == expected.periods
    np.testing.assert_allclose(sums.first, expected.first, rtol=1e-10, atol=1e-8)


def in_weeks(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the pandas engine: one per channel and week, and the place of each empty week."""
    days = pd.to_datetime(table["datetime"])
    rows = pd.DataFrame(
        {
            "account_id": table["channel"],
            "period": (days - days.min()).dt.days // 7,
            "size": table["subs"],
            "rate": table["delta_views"] / table["subs"],
        }
    )
    weeks = range(rows["period"].max() + 1)
    empty = pd.DataFrame({"account_id": "", "period": weeks, "size": np.nan, "rate": 1.0})
    return pd.concat([rows, empty])


@pytest.mark.parametrize("gaps", [0.0, 0.1])
@pytest.mark.parametrize("edge", youniverse.EDGES)
def test_crossings_are_those_of_the_pandas_engine(tmp_path, gaps, edge):
    near = made_weeks(300).assign(subs=lambda table: table["subs"] / 10)
    table = pd.concat([made_weeks(250), near.assign(channel="near " + near["channel"])])
    # weeks in which some were not observed, and one in which nobody was
    table = table[np.random.default_rng(11).uniform(size=len(table)) >= gaps]
    table = table[table["datetime"] != "2018-05-07 00:00:00"]
    # some lie on the edge itself
    table["subs"] = table["subs"].mask((table["subs"] / edge - 1).abs() < 0.02, edge)
    table.to_csv(tmp_path / "weeks.tsv", sep="\t", index=False)
    panel = youniverse.take(tmp_path / "weeks.tsv").panel()
    ours = panel.crossings.query("edge == @edge").drop(columns="edge").reset_index(drop=True)
    around = around_crossing(in_weeks(table), edge)
    theirs = pd.DataFrame(around)
    assert theirs["crossers"].max() >= 10
    assert set(theirs["when"]) == {-4, -3, -2, 0, 1, 2, 3, 4}
    pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=1e-9, atol=1e-9)
    study, other = panel.crossing(edge), an.panel.event_study(around)
    assert study.step == "week"
    np.testing.assert_allclose([one.low for one in study], [one.low for one in other], rtol=1e-9)


def test_sums_by_period_are_those_of_a_wide_table_whatever_the_reach_and_the_factor():
    rng = np.random.default_rng(5)
    for reach, near in ((0, 1.1), (1, 3.0), (6, 1.5), (1, 2)):
        sizes = np.exp(rng.normal(0, 0.5, (40, 1)) + rng.normal(0, 0.2, (40, 9)).cumsum(axis=1))
        if near == 2:  # many lie on the edge, and as far from others as may be
            sizes = 2.0 ** np.round(2 * np.log2(sizes))
        sizes[rng.uniform(size=sizes.shape) < 0.2] = np.nan
        rates = np.where(np.isfinite(sizes), rng.normal(size=sizes.shape), np.nan)
        places, periods = np.nonzero(np.isfinite(sizes))
        rows = {"account_id": places, "period": periods, "size": sizes[places, periods]}
        rows = pd.DataFrame(rows).assign(rate=np.exp(rates[places, periods]))
        first = np.where((sizes >= 1).any(axis=1), np.argmax(sizes >= 1, axis=1), -1)
        held = [Period(np.flatnonzero(there), sizes[there, at], rates[there, at])
                for at, there in enumerate(np.isfinite(sizes).T)]  # fmt: skip
        ours = around_by_period(held, first, 1.0, reach, near)
        theirs = around_crossing(rows, 1.0, reach, near)
        assert len(ours) == len(theirs) > 0
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_known_slopes_lie_in_their_intervals(moments):
    growing = moments.panel().growing()
    assert growing.within.low < 10**WITHIN < growing.within.high
    assert growing.between.low < 10**BETWEEN < growing.between.high
    assert growing.differs


def test_what_is_left_out_is_counted(moments, sound):
    left_out = moments.rows_left_out.set_index("reason")["rows"].to_dict()
    assert left_out == {
        "week that stands twice": 1,
        "week without subscribers": 1,
        "week without new views": 1,
    }
    assert moments.table["views_per_follower.posts"].sum() == len(sound)


def test_creators_in_parts_give_the_sums_of_all_and_a_plain_file_those_of_a_gzipped_one(
    path, moments, tmp_path, monkeypatch
):
    monkeypatch.setattr(youniverse, "PART", 50)
    plain = tmp_path / "weeks.tsv"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    parts = youniverse.take(plain).panel().within()
    whole = moments.panel().within()
    assert parts.estimate == pytest.approx(whole.estimate, rel=1e-10)
    assert parts.low == pytest.approx(whole.low, rel=1e-10)


def test_the_command_keeps_sums_and_no_channel_and_says_what_has_to_be_known(
    path, tmp_path, monkeypatch, moments
):
    monkeypatch.setattr(kept.paths, "OWN", tmp_path / "own")
    run = CliRunner().invoke(main, ["fetch", "youniverse", "--from", str(path)])
    assert run.exit_code == 0, run.output
    for words in ("CC BY 4.0", "Horta Ribeiro", "tested on a made file", "120 channels"):
        assert words in run.output
    folder = tmp_path / "own" / "youniverse"
    assert not (folder / kept.PANELS).exists()
    assert oct((folder / kept.SUMS).stat().st_mode)[-3:] == "600"
    for file in folder.iterdir():
        assert b"UC0001" not in file.read_bytes()
    loaded = an.load("youniverse")
    # the engine adds in another order each time
    again, first = (one.panel().within() for one in (loaded, moments))
    assert (again.estimate, again.low) == pytest.approx((first.estimate, first.low), rel=1e-10)
    assert loaded.source.licence.startswith("Creative Commons Attribution 4.0")
    source = json.loads((folder / "source.json").read_text(encoding="utf-8"))["source"]
    assert "zenodo.4650046" in source["cite"]
    followed = an.panel.followed([loaded])
    assert "Around 10K followers, by week" in followed.crossings().sentence()
    assert "sums over creators are held" in followed[0].panel.crossing(50_000).sentence()
    assert len(an.judge("D09", [loaded]).to_frame().query("test == 2")) == 1


def test_a_file_in_another_form_is_refused_and_none_is_asked_for(tmp_path):
    other = tmp_path / "posts.csv"
    other.write_text("channel,likes\na,1\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="is not the weekly table of YouNiverse"):
        youniverse.take(other)
    with pytest.raises(SchemaError, match="there is no such file"):
        youniverse.take(tmp_path / "nowhere.tsv")
    nothing = made_weeks(2, 3).assign(subs=0)
    nothing.to_csv(tmp_path / "none.tsv", sep="\t", index=False)
    with pytest.raises(SchemaError, match="above zero"):
        youniverse.take(tmp_path / "none.tsv")
    run = CliRunner().invoke(main, ["fetch", "youniverse"])
    assert run.exit_code != 0
    assert "--from FILE" in run.output + str(run.exception)


def test_of_many_creators_a_file_of_ones_own_keeps_sums_too(tmp_path, monkeypatch):
    monkeypatch.setattr(kept.paths, "OWN", tmp_path)
    monkeypatch.setattr(kept, "MANY", 20)
    monkeypatch.setattr(panel_sums, "PART", 7)
    posts = an.simulate.growing(seed=6, creators=25, months=5).round({"followers": 0, "likes": 0})
    posts.to_csv(tmp_path / "many.csv", index=False)
    moments = read_own(tmp_path / "many.csv", "many")
    kept.keep_own(moments)
    loaded = an.load("many")
    assert loaded.panels is None
    fresh, again = (one.panel("likes_per_follower").growing() for one in (moments, loaded))
    assert again.within.estimate == pytest.approx(fresh.within.estimate, rel=1e-12)
    assert again.apart.high == pytest.approx(fresh.apart.high, rel=1e-12)
