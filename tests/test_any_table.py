"""A short run of benchmarks/any_table.py: any table is read, or refused as documented."""

import csv
import importlib.util
import random
import sys
from collections import Counter

import pytest

from analysis import paths

pytest.importorskip("hypothesis", reason="hypothesis is not installed, so no tables are made")
SPEC = importlib.util.spec_from_file_location(
    "any_table", paths.ROOT / "benchmarks" / "any_table.py"
)
any_table = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = any_table
SPEC.loader.exec_module(any_table)


def test_tables_that_hypothesis_makes_are_read_or_refused_in_sentences():
    seen = Counter()
    any_table.made_tables(30, seen)
    assert seen.total() >= 30


def test_files_with_changed_bytes_are_read_or_refused_in_sentences():
    seen = Counter()
    any_table.mutated_files(24, seen, seed=1)  # three of every kind
    assert seen.total() == 24


def test_a_reader_that_loses_a_row_is_caught(tmp_path, monkeypatch):
    path = tmp_path / "my.csv"
    path.write_text("account_id,platform,followers,likes\na,x,10,1\nb,x,10,1\n")
    place_rows = any_table.files.place_rows

    def careless(cells, reading, schema):
        place_rows(cells, reading, schema)
        reading.used -= 1

    monkeypatch.setattr(any_table.files, "place_rows", careless)
    with pytest.raises(AssertionError, match="2 rows read, 1 accounted for"):
        any_table.outcome(path)


def test_a_mutation_changes_a_file():
    rng = random.Random(0)
    assert (
        sum(
            any_table.mutate(b"account_id,platform", rng) != b"account_id,platform"
            for _ in range(50)
        )
        > 40
    )


def test_the_long_run_is_on_record_and_without_failures():
    record = paths.ROOT / "benchmarks" / "any_table.csv"
    if not record.is_file():
        pytest.skip("the long run is not on record: make it with python -m benchmarks.any_table")
    with record.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    files = {
        what: sum(int(row["files"]) for row in rows if row["what"] == what)
        for what in ("made", "mutated")
    }
    assert files["made"] >= 10_000 and files["mutated"] == 1_000
    assert {row["outcome"] for row in rows} == {"used", "refused", "refused as a whole"}
