"""Intervals contain the truth as often as they promise, on worlds whose truth is known, and the
published tables agree with the measurements.
"""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.averages import AVERAGES, log_average
from analysis.estimate.contrast import contrast
from analysis.estimate.moderation import FEW, spread_above
from analysis.simulate import worlds
from benchmarks import means
from benchmarks.coverage import __main__ as command
from benchmarks.coverage import ours, tables
from benchmarks.coverage.worlds import LIFT, TIERS, WORLDS, World, draw, truth

HARD = World((80, 12), 1.0, 1.4)
FALLING = next(world for world in WORLDS if any(world.slopes))
RUNS = 120
ROWS = tables.read()


def tolerance(share, runs):
    return 3 * np.sqrt(share * (1 - share) / runs)


def generators(seed, runs=RUNS):
    return [np.random.default_rng([seed, run]) for run in range(runs)]


@pytest.mark.parametrize("world", [HARD, FALLING], ids=str)
def test_intervals_of_every_average_hold_its_own_truth(world):
    true = truth(world, np.random.default_rng(1), large=400_000)

    ends = ours.intervals(world, generators(101))

    for at, (average, _) in enumerate(ours.METHODS):
        summary = command.shares(ends[:, at], true[average])
        shares = {name: float(value) for name, value in summary.items()}
        misses = max(shares["below"], shares["above"])
        lowest = tables.LOWEST - tolerance(tables.LOWEST, RUNS)
        highest = tables.HIGHEST + tolerance(tables.HIGHEST, RUNS)
        assert shares["coverage"] >= lowest, (average, shares)
        assert misses <= highest, (average, shares)


def test_posts_of_one_account_are_not_counted_as_independent():
    posts = [worlds.posts(seed, 1.0, (150, 60)) for seed in range(RUNS)]

    ends = ours.intervals_of_posts(posts)

    false = np.mean((ends[..., 0] > 1) | (ends[..., 1] < 1), axis=0)
    assert (false <= tables.MOST_FALSE + tolerance(tables.MOST_FALSE, RUNS)).all()
    # negative control: the same posts, as if all were independent
    assert np.mean([_naive_test_rejects(table) for table in posts]) > 0.3


def _naive_test_rejects(posts):
    logs = np.log((posts["likes"] + posts["comments"]).clip(lower=0.5) / posts["followers"])
    one, two = logs[posts["followers"] < 100_000], logs[posts["followers"] >= 100_000]
    return abs(one.mean() - two.mean()) > 1.96 * np.sqrt(
        one.var() / len(one) + two.var() / len(two)
    )


def test_intervals_miss_a_wrong_lift():
    ends = ours.intervals(World((400, 200), 0.7, 1.0), generators(102, 40))

    assert (ends[..., 1] < 2 * LIFT).mean(axis=0).min() > 0.9


def test_the_closed_forms_of_the_truth_are_those_of_a_large_draw():
    world = World((0, 0), 0.5, 0.7, slopes=(-0.1, -0.3), zeros=(0.2, 0.4))
    true = truth(world, np.random.default_rng(2), large=1_000)

    tier = draw(world, np.random.default_rng(3), (1_000_000, 1_000_000)).groupby("tier")
    frame = draw(world, np.random.default_rng(3), (1_000_000, 1_000_000))
    rate = frame["numerator"] / frame["denominator"]
    sums, rates, posts = (
        values.groupby(frame["tier"]).sum()
        for values in (frame["numerator"], rate, rate * frame["posts"])
    )
    large = {
        "ratio of sums": sums / tier["denominator"].sum(),
        "mean of accounts": rates / tier.size(),
        "mean of posts": posts / tier["posts"].sum(),
    }

    for average, value in large.items():
        assert value["micro"] / value["macro"] == pytest.approx(true[average], rel=0.01), average


@pytest.mark.parametrize("average", [name for name in AVERAGES if name != "median account"])
def test_an_interval_from_cells_is_that_from_their_accounts(average):
    accounts = ours.moments(HARD, draw(HARD, np.random.default_rng(4)))

    one, other = (
        contrast(ours.tiered(moments), average=average)
        for moments in (accounts, ours.as_cells(accounts))
    )

    assert (other.estimate, other.low, other.high) == pytest.approx(
        (one.estimate, one.low, one.high), rel=1e-9
    )


def test_a_drawn_account_is_what_its_posts_would_have_given():
    posts = worlds.posts(5, accounts=(20, 12)).assign(reach=lambda table: table["followers"])
    exact = worlds.world("posts", posts)
    frame = exact.table.assign(
        tier=np.where(exact.table["followers_min"] < 100_000, "micro", "macro")
    )
    sums = frame.rename(columns=lambda name: name.removeprefix("engagement_per_reach."))[
        ["tier", "numerator", "denominator"]
    ]

    made = ours.moments(HARD, sums.assign(posts=frame["posts"].to_numpy()))

    for average in AVERAGES:
        one, other = (
            contrast(ours.tiered(moments, "engagement_per_reach"), average=average)
            for moments in (exact, made)
        )
        assert (other.estimate, other.low, other.high) == pytest.approx(
            (one.estimate, one.low, one.high), rel=1e-12
        )


def test_few_accounts_get_nearly_the_variance_of_log_normal_rates_and_many_keep_theirs():
    rng = np.random.default_rng(6)
    few, many = (
        ours.tiered(ours.moments(world, draw(world, rng))).rows
        for world in (World((12, 10), 1.4, 2.0), World((20_000, 10), 0.7, 1.0))
    )

    for rows, least, most in ((few, 0.9, 1.0), (many, 0.0, 0.001)):
        rows = rows[rows["tier"] == "micro"]
        rate, n = rows["account_rate"], len(rows)
        inflation = np.exp(np.log(rate).var())
        assert least <= 1 / (1 + (n / inflation / FEW) ** 2) <= most
        seen = rate.var(ddof=0) / rate.mean() ** 2 / n
        nearly = max(seen, (inflation - 1) / n) if least else seen
        assert log_average(rows, "mean of accounts", "accounts").variance == pytest.approx(
            nearly, rel=0.1 if least else 0.001
        )


SKEWED = Path(means.TABLE)


def test_means_of_rates_with_logs_skewed_to_the_left_are_narrower_and_others_are_as_they_were():
    """The committed table: coverage of 0.93 and more wherever all logs give it, widths as wanted,
    and no more lost where both halves are heavy than two Monte-Carlo errors.
    """
    table = pd.read_csv(SKEWED).set_index(["rates", "accounts", "spread of"])
    before, now = (table.xs(way, level=2) for way in ("all logs", list(means.WAYS)[2]))
    error = 2 * np.sqrt(0.95 * 0.05 / before["worlds"].min())
    assert before["worlds"].min() >= 4000
    assert (now["coverage"] >= np.minimum(0.93, before["coverage"] - error)).all()
    left = now.loc[["gamma, shape 1", "three in ten nearly silent"]].xs("150 v 60", level=1)
    assert left["coverage"].between(0.93, 0.98).all()
    narrower = now["width"] / before["width"]
    assert narrower["gamma, shape 1", "150 v 60"] < 0.7
    assert narrower["three in ten nearly silent", "150 v 60"] < 0.4
    assert (narrower[[rates.startswith("log-") for rates, _ in narrower.index]] > 0.96).all()


def test_the_upper_half_stands_for_all_logs_only_where_the_lower_one_is_wider():
    logs = np.log(np.random.default_rng(1).gamma(1.0, size=400))
    above = spread_above(logs)
    half = logs[logs > np.median(logs)] - np.median(logs)
    assert above == pytest.approx((half**2).mean()) and above < 0.6 * logs.var()
    assert np.isnan(spread_above(-logs))  # skewed to the right
    normal = np.random.default_rng(2).normal(size=(500, 60))
    assert np.mean([np.isfinite(spread_above(row)) for row in normal]) < 0.1
    assert np.isnan(spread_above(np.array([0.0, 1.0, 2.0])))


def test_a_histogram_gives_nearly_the_spread_of_the_upper_half():
    rng = np.random.default_rng(3)
    accounts = ours.moments(HARD, draw(HARD, rng))
    silent = np.exp(rng.normal(0, 0.5, len(accounts.table)) - 3 * (np.arange(92) % 3 == 0))
    table, key = accounts.table.copy(), HARD.metric
    table[f"{key}.rate"] = silent * table[f"{key}.posts"]
    table[f"{key}.numerator"] = silent * table[f"{key}.denominator"]
    sources = (replace(accounts, table=table), ours.as_cells(replace(accounts, table=table)))
    one, other = (contrast(ours.tiered(made), average="mean of accounts") for made in sources)
    rows = ours.tiered(sources[0]).rows.query("tier == 'micro'")
    assert np.isfinite(spread_above(rows["log_rate"].to_numpy()))
    assert (other.low, other.high) == pytest.approx((one.low, one.high), rel=0.03)


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['tool']}: {row['world']}, {row['average']}, {row['input']}"
)
def test_a_row_of_the_table_meets_the_targets(row):
    if row["tool"] != tables.TOOLS[0]:
        assert 0 <= float(row["coverage"]) <= 1
    elif row["world"].startswith("posts"):
        assert 1 - float(row["coverage"]) <= tables.MOST_FALSE
    else:
        assert not tables.given(row) or tables.kept(row)


def test_every_world_is_in_the_table_for_both_tools():
    for tool in tables.TOOLS:
        assert {row["world"] for row in ROWS if row["tool"] == tool} >= {
            str(world) for world in WORLDS
        }
    assert {int(row["seed"]) for row in ROWS} == {command.SEED}
    assert {int(row["worlds"]) for row in ROWS} == {
        command.RUNS,
        command.RUNS_OF_CELLS,
        *command.MORE_RUNS.values(),
    }


def test_the_document_shows_the_tables_of_the_file():
    text = tables.DOCUMENT.read_text(encoding="utf-8")

    assert text.split(tables.BEGIN)[1].split(tables.END)[0].strip() == tables.markdown(ROWS)


def test_a_second_run_continues_where_the_first_was_stopped(tmp_path, monkeypatch):
    drawn = []

    def task(name, fails=False):
        def ends(runs):
            if fails:
                raise KeyboardInterrupt
            drawn.append(name)
            return np.full((len(runs), 1, 2), [1.0, 2.0])

        return command.Task(
            name,
            (("mean of posts", "accounts"),),
            lambda: {"mean of posts": 1.5},
            ends,
            command.AT_ONCE,
        )

    monkeypatch.setattr(tables, "CSV", tmp_path / "coverage.csv")
    monkeypatch.setattr(command, "ProcessPoolExecutor", _HereAndNow)
    monkeypatch.setattr(command.peer, "start", lambda: None)
    monkeypatch.setattr(command, "write_tables", lambda: None)
    monkeypatch.setattr(command, "tasks", lambda: [task("first"), task("second", fails=True)])
    with pytest.raises(KeyboardInterrupt):
        command.main()
    monkeypatch.setattr(command, "tasks", lambda: [task("first"), task("second")])
    command.main()

    assert drawn == ["first", "second"]
    with (tmp_path / "coverage.csv").open(encoding="utf-8") as file:
        assert [
            (row["world"], row["coverage"], row["log_width"]) for row in csv.DictReader(file)
        ] == [("first", "1.0000", "0.6931"), ("second", "1.0000", "0.6931")]


class _HereAndNow:
    """Stands in for a pool of processes."""

    def __init__(self, *_, **__): ...

    def __enter__(self):
        return self

    def __exit__(self, *_): ...

    map = staticmethod(map)


def test_tiers_of_the_worlds_are_tiers_of_the_scheme():
    assert {ours.SCHEME.tiers[1].name, ours.SCHEME.tiers[2].name} == set(TIERS)
