"""Posts that are sorted once give what the file gives."""

import duckdb
import pandas as pd
import pytest

from analysis import paths
from analysis.errors import SchemaError
from analysis.intake.prepare import prepare
from analysis.moments.own import read_own
from analysis.moments.sums import account_moments
from analysis.simulate import worlds


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "it's mine.csv"
    worlds.posts(1).sample(frac=1, random_state=1).to_csv(path, index=False)
    return path


def test_the_moments_of_what_was_prepared_are_those_of_the_file(file, tmp_path):
    rows = prepare(file, tmp_path / "it's sorted.duckdb")

    with duckdb.connect(str(tmp_path / "it's sorted.duckdb"), read_only=True) as connection:
        table = connection.table("posts")
        assert rows == len(table) == len(pd.read_csv(file))
        accounts = [account for (account,) in table.project("account_id").fetchall()]
        prepared = account_moments(table)
    assert accounts == sorted(accounts)
    expected = account_moments(worlds.posts(1))
    pd.testing.assert_frame_equal(
        prepared[expected.columns], expected, rtol=1e-12, check_dtype=False
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "it's mine.csv",
        "it's sorted.duckdb",
    ]


def test_rates_and_costs_are_not_multiplied_or_added_again(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "OWN", tmp_path / "own")
    table = worlds.posts(1, accounts=(20, 15), posts_per_account=4)
    order = range(len(table))
    table = table.assign(
        posts=3,
        engagement_rate=[0.02 + number % 7 / 1_000 for number in order],
        cost=[100.0 + number for number in order],
        amplification=[50.0 if number % 2 else None for number in order],
        currency="EUR",
    )
    table.to_csv(tmp_path / "my.csv", index=False)
    prepare(tmp_path / "my.csv", tmp_path / "my.duckdb")

    file, prepared = (
        read_own(where, "mine")
        for where in (tmp_path / "my.csv", f"duckdb:///{tmp_path}/my.duckdb?table=posts")
    )

    columns = [
        "account_id",
        *(name for name in file.table if name.endswith((".numerator", ".rate"))),
    ]
    assert {"cost_per_post.numerator", "engagement_rate_given.rate"} & set(columns)
    both = [
        moments.table[columns].sort_values("account_id", ignore_index=True)
        for moments in (file, prepared)
    ]
    pd.testing.assert_frame_equal(*both, rtol=1e-12, check_dtype=False)


def test_what_is_there_is_not_written_over(file, tmp_path):
    (tmp_path / "there").touch()

    with pytest.raises(SchemaError, match=r"there exists\. Name another file, or remove it first"):
        prepare(file, tmp_path / "there")


def test_a_file_that_a_report_would_refuse_is_refused_and_nothing_is_left(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("account_id,platform,followers,likes\na,instagram,-1,2\n", encoding="utf-8")

    with pytest.raises(SchemaError):
        prepare(path, tmp_path / "out" / "new.duckdb")
    assert [one.name for one in tmp_path.iterdir()] == ["bad.csv"]
